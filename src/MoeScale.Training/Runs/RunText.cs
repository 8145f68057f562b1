using MoeScale.Basics;
using MoeScale.Training.Data;
using MoeScale.Training.Data.Corpora;
using MoeScale.Training.Data.Synthetic;
using MoeScale.Training.Data.Tokenizers;
using MoeScale.Training.Recipes;

namespace MoeScale.Training.Runs;

/// <summary>The text of a run, as it is given, and what turns it into tokens.</summary>
public sealed class RunText
{
    private readonly GivenText _given;

    private RunText(GivenText given, ITokenizer? tokenizer) => (_given, Tokenizer) = (given, tokenizer);

    /// <summary>Null for synthetic text, and for tokens of which no more is known.</summary>
    public ITokenizer? Tokenizer { get; }

    /// <summary>vocab.json and merges.txt, if they are used.</summary>
    public IReadOnlyList<string> VocabularyFiles =>
        _given.Kind == TokenizerKinds.Gpt2 ? [_given.Value(TrainSettings.VocabularyFile)!, _given.Value(TrainSettings.MergesFile)!] : [];

    /// <summary>How many tokens there are; null where the model must say.</summary>
    public int? VocabularySize => _given.IsSynthetic ? new SyntheticLanguage().Vocabulary : Tokenizer?.VocabularySize;

    /// <exception cref="UserException">What is given makes no text, or a file of the tokenizer cannot be read.</exception>
    public static RunText Of(GivenText given) =>
        given.Fault() is TextFault fault ? throw new UserException(fault.Complaint) : new RunText(given, OpenTokenizer(given));

    /// <summary>The configuration of a run on this text.</summary>
    public RunConfiguration Fill(RunConfiguration run) =>
        run with
        {
            Text = _given.Paths,
            HeldOut = _given.HeldOutPaths,
            HeldOutShare = _given.HeldOutShare,
            Field = _given.Value(TrainSettings.Field) ?? CorpusRequest.DefaultField,
            Tokenizer = _given.Kind,
            TokenizerName = Tokenizer?.Name ?? "",
            TokenType = _given.Value(TrainSettings.TokenType) ?? "",
            Separator = _given.Value(TrainSettings.Separator) ?? "",
        };

    /// <summary>Null for synthetic text, and for tokens of which no more is known.</summary>
    /// <exception cref="UserException">A file of the tokenizer cannot be read.</exception>
    public static ITokenizer? OpenTokenizer(GivenText given) =>
        given.Kind switch
        {
            TokenizerKinds.Bytes => new ByteTokenizer(),
            TokenizerKinds.Gpt2 => BpeTokenizer.Read(given.Value(TrainSettings.VocabularyFile)!, given.Value(TrainSettings.MergesFile)!),
            _ => null,
        };
}
