using System.CommandLine;
using MoeScale.Basics;
using MoeScale.Models;
using MoeScale.Planning;

namespace MoeScale.Cli.Input;

/// <summary>Values of options as numbers and types, with complaints that name the option.</summary>
internal static class Options
{
    /// <summary>More than any machine has processors.</summary>
    public const double MaxThreads = 1024;

    /// <summary>A number above zero; null if the option is absent.</summary>
    public static double? Positive(ParseResult parsed, Option<string> option) =>
        parsed.GetValue(option) is string text ? Bounded(Quantity.ParsePositiveCount(text, option.Name), option, Budget.Largest) : null;

    /// <summary>A number from zero up; null if the option is absent.</summary>
    public static double? Count(ParseResult parsed, Option<string> option)
    {
        if (parsed.GetValue(option) is not string text)
        {
            return null;
        }
        double value = Quantity.ParseCount(text, option.Name);
        return value >= 0
            ? Bounded(value, option, Budget.Largest)
            : throw new UserException($"{option.Name} '{text}' must not be below zero.");
    }

    /// <summary>A whole number from 1 up; null if the option is absent.</summary>
    public static double? Whole(ParseResult parsed, Option<string> option, double largest)
    {
        double? value = Positive(parsed, option);
        return value is null || value == Math.Floor(value.Value)
            ? value is null
                ? null
                : Bounded(value.Value, option, largest)
            : throw new UserException($"{option.Name} '{parsed.GetValue(option)}' must be a whole number, such as 64.");
    }

    public static double Bounded(double value, Option<string> option, double largest) =>
        value <= largest
            ? value
            : throw new UserException($"{option.Name} {value:0.###e0} is more than {largest:0e0}, the most that makes sense here.");

    /// <summary>A number type; bf16 if the option is absent.</summary>
    public static NumberType Type(ParseResult parsed, Option<string> option) =>
        parsed.GetValue(option) is string text ? NumberTypes.Parse(text, option.Name) : NumberType.Bf16;

    /// <summary>A list of numbers above zero; null if the option is absent.</summary>
    public static IReadOnlyList<double>? List(ParseResult parsed, Option<string> option) =>
        parsed.GetValue(option) is string text ? [.. text.Split(',').Select(part => Listed(part, option.Name))] : null;

    private static double Listed(string part, string name) =>
        Quantity.TryParseCount(part, out _)
            ? Quantity.ParsePositiveCount(part, name)
            : throw new UserException(
                $"{name} '{part}' is not a number; a list has commas between its numbers, such as 1,2,4 or 1e19,1e20."
            );
}
