using MoeScale.Exchange.Megatron;
using MoeScale.Models;

namespace MoeScale.Exchange.Export.Megatron;

/// <summary>Options of Megatron-LM's command line, in groups with a heading each.</summary>
internal sealed class MegatronArguments
{
    private readonly List<(string Heading, List<string> Lines)> _groups = [];

    /// <summary>Heading and lines: an option, and behind a blank its value as the shell reads it.</summary>
    public IReadOnlyList<(string Heading, List<string> Lines)> Groups => _groups;

    /// <summary>What follows belongs together.</summary>
    public void Begin(string heading) => _groups.Add((heading, []));

    /// <summary>An option without a value.</summary>
    /// <param name="argument">As a log prints it, with underscores.</param>
    public void Add(string argument) => _groups[^1].Lines.Add(MegatronTable.Option(argument));

    /// <inheritdoc cref="Add(string)"/>
    public void AddIf(bool isOn, string argument)
    {
        if (isOn)
        {
            Add(argument);
        }
    }

    /// <param name="argument">As a log prints it.</param>
    /// <param name="value">Any number; a whole one is written as such.</param>
    public void Add(string argument, double value) => AddRaw(argument, ScriptNumber.Of(value));

    /// <param name="argument">As a log prints it.</param>
    /// <param name="value">Text, which the shell will not read any further.</param>
    public void Add(string argument, string value) => AddRaw(argument, Shell.Quoted(value));

    /// <param name="argument">As a log prints it.</param>
    /// <param name="value">As the shell is to read it: variables count.</param>
    public void AddRaw(string argument, string value) => _groups[^1].Lines.Add($"{MegatronTable.Option(argument)} {value}");

    /// <summary>What of a list of names has a value in a model.</summary>
    public void Add(IEnumerable<MegatronSize> sizes, Model model)
    {
        foreach (MegatronSize size in sizes)
        {
            if (size.Value(model) is double value)
            {
                Add(size.Argument, value);
            }
        }
    }
}
