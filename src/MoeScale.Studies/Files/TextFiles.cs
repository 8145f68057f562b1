using System.Globalization;
using MoeScale.Basics;
using MoeScale.Training.Data;
using MoeScale.Training.Data.Corpora;
using MoeScale.Training.Data.Tokenizers;
using MoeScale.Training.Data.Tokens;
using MoeScale.Training.Runs;

namespace MoeScale.Studies.Files;

/// <summary>Whether what a study trains on is there, and is enough: before the first of its trainers finds that it is not.</summary>
/// <param name="yaml">The study's file.</param>
/// <param name="text">Of the study.</param>
internal sealed class TextFiles(YamlMap yaml, StudyText text)
{
    // A text of bytes has as many tokens, and a separator for each document, of which none is empty.
    private const double TokensOfByte = 2;

    // What runs a script that is its next word.
    private static readonly string[] Interpreters =
    [
        "python",
        "python3",
        "sh",
        "bash",
        "zsh",
        "node",
        "julia",
        "Rscript",
        "perl",
        "ruby",
        "pwsh",
    ];

    /// <summary>For any trainer: paths exist.</summary>
    /// <exception cref="UserException">One of them does not; with line and cure.</exception>
    public void RequireThere()
    {
        Require(text.Paths, "text", yaml);
        Require(text.HeldOut, "held_out", yaml);
        if (text.VocabularyFile is not null)
        {
            YamlMap files = yaml.Map("tokenizer");
            Require([text.VocabularyFile], "vocab_file", files);
            Require([text.MergesFile!], "merges_file", files);
        }
    }

    /// <summary>What <c>train</c> asks of a text, as far as it can be known without reading it.</summary>
    /// <param name="cells">Of the study.</param>
    /// <exception cref="UserException">The text is none that <c>train</c> takes, or too short for a cell.</exception>
    public void RequireForTrain(IReadOnlyList<Cell> cells)
    {
        if (text.Paths.Concat(text.HeldOut).FirstOrDefault(StudyText.IsAddress) is string address)
        {
            string key = text.Paths.Contains(address) ? "text" : "held_out";
            throw yaml.Error(key, $"{address} is an address, and train reads files; save it first, or train by a 'trainer' of your own");
        }
        if (text.Given.Fault() is TextFault fault)
        {
            throw StudyText.Error(yaml, fault);
        }
        bool isTokens = text.Given.IsTokens;
        if (!text.IsSynthetic && MaxTokens(isTokens) is double most)
        {
            RequireEnough(cells, most);
        }
        if (isTokens)
        {
            RequireTokens(cells);
        }
    }

    /// <summary>That the user's program or script is there, where the command gives its path.</summary>
    /// <exception cref="UserException">There is no such file.</exception>
    public void RequireTrainer(IReadOnlyList<string> words)
    {
        int script = Interpreters.Contains(Path.GetFileName(words[0])) && words is [_, [not ('-' or '{'), ..], ..] ? 1 : 0;
        string word = words[script];
        if ((script == 1 || word.Contains('/')) && !word.Contains('{') && !Path.Exists(Path.GetFullPath(word, text.Folder)))
        {
            throw yaml.Map("trainer")
                .Error(
                    "command",
                    $"there is no '{word}' in {text.Folder}, the study's folder, in which trainers are started; correct the path, or put "
                        + $"the file there"
                );
        }
    }

    private static void Require(IReadOnlyList<string> paths, string key, YamlMap map)
    {
        if (paths.FirstOrDefault(p => StudyText.IsPath(p) && !Path.Exists(p)) is string missing)
        {
            throw map.Error(
                key,
                $"there is no {missing}; correct '{key}', whose paths start from the study's folder, or put the file there"
            );
        }
    }

    /// <summary>No more than so many tokens can be in the text; null where that is not known without reading it.</summary>
    private double? MaxTokens(bool isTokens)
    {
        try
        {
            if (isTokens)
            {
                using TokenFile file = TokenFile.Open(text.Paths[0], text.Given.Reading.Type);
                return file.Count;
            }
            if (text.Paths is [CorpusRequest.DotnetDocs])
            {
                // Is there, or not.
                DotnetDocs.Find();
                return null;
            }
            IReadOnlyList<string> files = CorpusFiles.Find(text.Paths).Paths;
            // Also a file without the ending may be packed, but few are.
            return files.Any(f => f.EndsWith(".gz", StringComparison.OrdinalIgnoreCase) || !File.Exists(f))
                ? null
                : TokensOfByte * files.Sum(f => (double)new FileInfo(f).Length);
        }
        catch (UserException e)
        {
            throw yaml.Error("text", new UserException(e.Phrase.Say(StudyTerms.All)));
        }
    }

    // Reads all of the file as train would, once for each vocabulary: the longest sequences need the most to hold out.
    private void RequireTokens(IReadOnlyList<Cell> cells)
    {
        try
        {
            ITokenizer? tokenizer = RunText.OpenTokenizer(text.Given);
            string? held = text.Given.HeldOutPaths is [string path, ..] ? path : null;
            double share = text.Given.HeldOutShare;
            foreach (IGrouping<int, Cell> same in cells.GroupBy(c => tokenizer?.VocabularySize ?? (int)c.Model.VocabularySize))
            {
                DataSettings settings = new() { Context = same.Max(c => c.Context), Tokens = 0 };
                using TrainingData data = TrainingData.OfTokens(
                    text.Paths[0],
                    held,
                    share,
                    same.Key,
                    text.Given.Reading,
                    tokenizer,
                    settings
                );
            }
        }
        catch (UserException e)
        {
            throw yaml.Error("text", new UserException(e.Phrase.Say(StudyTerms.All)));
        }
    }

    private void RequireEnough(IReadOnlyList<Cell> cells, double most)
    {
        foreach (Cell cell in cells)
        {
            int epochs = cell.Recipe.Run.Epochs;
            if (cell.Lengths[^1] > most * epochs)
            {
                throw yaml.Error(
                    "text",
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"the text has {most:#,0} tokens at most, and cell '{cell.Name}' is trained on "
                            + $"{cell.Lengths[^1]:#,0}{(epochs > 1 ? $" in {epochs} epochs" : "")}; give more text or fewer tokens, or "
                            + $"allow {Math.Ceiling(cell.Lengths[^1] / most)} 'epochs' under 'train'"
                    )
                );
            }
        }
    }
}
