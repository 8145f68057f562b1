using System.Text.RegularExpressions;
using MoeScale.Basics;

namespace MoeScale.Studies.Files;

/// <summary>
/// The program that trains a cell: the built-in trainer, or a command of the user's in which {config}, {out} and {threads} are replaced.
/// docs/studies.md has the contract.
/// </summary>
public sealed partial record TrainerCommand
{
    private const string Configuration = "{config}";
    private const string Out = "{out}";
    private const string Threads = "{threads}";
    private const string Data = "{data}";

    /// <summary>Words of the user's command; null for the built-in trainer.</summary>
    public IReadOnlyList<string>? Words { get; init; }

    /// <summary>How fast the user's trainer is, for estimates; null where nobody knows.</summary>
    public double? FlopsPerSecond { get; init; }

    public bool IsBuiltIn => Words is null;

    /// <exception cref="UserException">The command does not say where its files are.</exception>
    public static TrainerCommand Read(YamlMap yaml)
    {
        if (yaml.OptionalMap("trainer") is not YamlMap map)
        {
            return new TrainerCommand();
        }
        map.RefuseOthers(["command", "flops_per_second"]);
        string[] words =
            Split(map.Text("command"))
            ?? throw map.Error("command", "the command begins a quote and does not end it; close it, or leave it out");
        if (words.Length == 0 || words[0].Length == 0)
        {
            throw map.Error(
                "command",
                "the command's first word, the program to start, is empty; write for example \"python train.py {config} {out}\""
            );
        }
        string? missing = Array.Find([Configuration, Out], p => !words.Any(w => w.Contains(p, StringComparison.Ordinal)));
        double? speed = map.OptionalNumber("flops_per_second");
        return speed <= 0
                ? throw map.Error("flops_per_second", $"'flops_per_second' is {speed}; it needs a number above zero, such as 2e14")
            : missing is null ? new TrainerCommand { Words = words, FlopsPerSecond = speed }
            : throw map.Error(
                "command",
                $"the command has no {missing}; write for example \"python train.py {{config}} {{out}}\", where "
                    + $"{{config}} becomes a JSON file to read and {{out}} a folder to write"
            );
    }

    /// <summary>The words that start it.</summary>
    /// <param name="builtIn">Those of the built-in trainer, in which the same words in braces are replaced, and {data}.</param>
    /// <param name="configuration">The file that says what the cell is.</param>
    /// <param name="folder">For what it leaves.</param>
    /// <param name="data">Folder of tokens that all cells share.</param>
    /// <param name="threads">To work with.</param>
    public IReadOnlyList<string> For(IReadOnlyList<string> builtIn, string configuration, string folder, string data, int threads)
    {
        // In one pass: a path that has such a word in it is a path.
        return [.. (Words ?? builtIn).Select(w => Place().Replace(w, Said))];

        string Said(Match place) =>
            place.Value switch
            {
                Configuration => configuration,
                Out => folder,
                Threads => $"{threads}",
                Data when IsBuiltIn => data,
                _ => place.Value,
            };
    }

    [GeneratedRegex(@"\{(?:config|out|threads|data)\}")]
    private static partial Regex Place();

    // Words are parted by spaces; quotes keep them together. Null where a quote is not ended.
    private static string[]? Split(string command)
    {
        List<string> words = [];
        string word = "";
        char quote = '\0';
        bool isWord = false;
        foreach (char c in command)
        {
            if (quote == '\0' && c is '"' or '\'')
            {
                (quote, isWord) = (c, true);
            }
            else if (c == quote)
            {
                quote = '\0';
            }
            else if (quote == '\0' && char.IsWhiteSpace(c))
            {
                if (isWord)
                {
                    words.Add(word);
                }
                (word, isWord) = ("", false);
            }
            else
            {
                word += c;
                isWord = true;
            }
        }
        return quote != '\0' ? null
            : isWord ? [.. words, word]
            : [.. words];
    }
}
