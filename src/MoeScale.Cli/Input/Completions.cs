using System.CommandLine;
using MoeScale.Exchange.Export.Targets;
using MoeScale.Exchange.Import;
using MoeScale.Laws;
using MoeScale.Laws.Procedure;
using MoeScale.Models;
using MoeScale.Planning.Hardware;
using MoeScale.Training.Data.Corpora;
using MoeScale.Training.Data.Tokenizers;
using MoeScale.Training.Data.Tokens;
using MoeScale.Training.Recipes;

namespace MoeScale.Cli.Input;

/// <summary>What a word of the command line can be: verbs, options, and the names that the catalogs know.</summary>
internal static class Completions
{
    // Names that an option or an argument takes, by its name in the help. Most of them also take the path of a file, which is the shell's.
    private static readonly Dictionary<string, Func<IEnumerable<string>>> Names = new()
    {
        ["--as"] = () => LogFormats.All.Select(f => f.Name),
        ["--export"] = () => ExportTargets.All.Select(t => t.Name),
        ["--family"] = () => ShapeFamily.Ids,
        ["--gpus"] = () => Accelerator.Ids,
        ["--kv"] = () => NumberTypes.All,
        ["--law"] = () => LawCatalog.Ids,
        ["--model"] = () => ModelCatalog.Ids,
        ["--weights"] = () => NumberTypes.All,
        ["--objective"] = () => Objective.Names,
        ["--precision"] = () => ["mixed", "fp32"],
        ["--recompute"] = () => ["none", "selective", "full"],
        ["--executor"] = () => ["local", "slurm"],
        ["--text"] = () => [TokenizerKinds.Synthetic, CorpusRequest.DotnetDocs],
        ["--to"] = () => ExportArguments.Targets,
        ["--token-type"] = () => TokenTypes.Names,
        ["--tokenizer"] = () => [TokenizerKinds.Bytes, TokenizerKinds.Gpt2],
        ["WHAT"] = () => ModelCatalog.Ids.Concat(LawCatalog.Ids),
        ["law"] = () => LawCatalog.Ids,
        ["model"] = () => ModelCatalog.Ids,
    };

    /// <summary>Options and arguments whose names stand in a catalog.</summary>
    public static IEnumerable<string> Named => Names.Keys;

    /// <summary>The words that the last one can become, each with what it means; none where it is a number, a text or a file.</summary>
    /// <param name="root">The whole command.</param>
    /// <param name="words">What was typed after the command's name; the last word is the one to complete.</param>
    public static IEnumerable<(string Word, string Meaning)> Of(Command root, string[] words)
    {
        string current = words.LastOrDefault() ?? "";
        string[] before = words.Length > 0 ? words[..^1] : [];
        Command command = Deepest(root, before);
        Option[] options = [.. Options(command, root)];
        if (before.Length > 0 && Array.Find(options, o => IsCalled(o, before[^1])) is Option open && TakesWord(open))
        {
            return Starting(current, Values(open.Name, open.HelpName));
        }
        int equals = current.IndexOf('=', StringComparison.Ordinal);
        if (equals > 0 && Array.Find(options, o => IsCalled(o, current[..equals])) is Option assigned)
        {
            string start = current[..(equals + 1)];
            return Starting(current, Values(assigned.Name, assigned.HelpName).Select(v => (start + v.Word, v.Meaning)));
        }
        return current.StartsWith('-')
            ? Starting(current, options.Where(o => CanStandAgain(o) || !before.Any(w => IsCalled(o, w))).Select(Told))
            : Starting(
                current,
                command.Subcommands.Where(c => !c.Hidden).Select(Told).Concat(command.Arguments.SelectMany(a => Values(a.Name, a.HelpName)))
            );
    }

    private static Command Deepest(Command root, string[] words)
    {
        Command command = root;
        foreach (string word in words)
        {
            if (command.Subcommands.FirstOrDefault(c => c.Name == word) is not Command next)
            {
                break;
            }
            command = next;
        }
        return command;
    }

    // Options of a verb's parents count where they are for all their verbs.
    private static IEnumerable<Option> Options(Command command, Command root) =>
        command
            .Options.Concat(command.Parents.OfType<Command>().SelectMany(p => p.Options).Where(o => o.Recursive))
            .Concat(root.Options.Where(o => o.Recursive))
            .Where(o => !o.Hidden)
            .DistinctBy(o => o.Name);

    private static bool IsCalled(Option option, string word) => option.Name == word || option.Aliases.Contains(word);

    private static bool TakesWord(Option option) => option.ValueType != typeof(bool) && option.Arity.MaximumNumberOfValues > 0;

    private static bool CanStandAgain(Option option) => option.Arity.MaximumNumberOfValues > 1;

    // "dense|switch|fine" of the help are the values themselves; "ID|FILE" are not.
    private static IEnumerable<(string Word, string Meaning)> Values(string name, string? help)
    {
        if (Names.TryGetValue(name, out Func<IEnumerable<string>>? names))
        {
            return names().Select(n => (n, ""));
        }
        if (RecipeSettings.All.FirstOrDefault(s => s.Option == name) is RecipeSetting setting)
        {
            return setting.Choices.Select(c => (c, ""));
        }
        return help?.Contains('|') == true && !help.Any(char.IsUpper) ? help.Split('|').Select(c => (c, "")) : [];
    }

    private static (string Word, string Meaning) Told(Symbol symbol) => (symbol.Name, symbol.Description?.ReplaceLineEndings(" ") ?? "");

    // Names of models are known in any case of letters, and a shell keeps what was typed.
    private static IEnumerable<(string Word, string Meaning)> Starting(string start, IEnumerable<(string Word, string Meaning)> all) =>
        all.Where(w => w.Word.StartsWith(start, StringComparison.OrdinalIgnoreCase))
            .Select(w => (start + w.Word[start.Length..], w.Meaning));
}
