using MoeScale.Basics;
using MoeScale.Models;
using MoeScale.Studies.Answers;
using MoeScale.Studies.Files;

namespace MoeScale.Studies.Tests;

/// <summary>What only the built-in trainer needs is asked of no other; and what a study settles by itself is told.</summary>
public sealed class OwnTrainerTests : IDisposable
{
    private const string Trainer = "\ntrainer: { command: \"mine {config} {out}\" }";

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private Study Read(string model, string rest, string text = "text: synthetic", string train = "tokens: 4k, batch_tokens: 1k") =>
        TinyStudy.Read(
            _folder,
            $$"""
            id: tiny
            {{text}}
            family: joint-2025
            model: { n_blocks: 1, n_heads: 2, {{model}} }
            grid: { d_model: [32, 64], experts: [1, 4] }
            train: { {{train}} }
            {{rest}}
            """
        );

    [Theory]
    [InlineData("context: 16, qk_norm: full", "norms of queries and keys (qk_norm) are not built")]
    [InlineData("context: 16, attention_sinks: true", "attention sinks are not built")]
    [InlineData("context: 16, mtp_modules: 1", "modules that predict further ahead (mtp_modules) are not built")]
    [InlineData("context: 16, norm_after_parts: true", "norms after the parts of a block")]
    [InlineData("context: 16, shared_experts: 1, shared_gate: true", "gates of shared experts (shared_gate) are not built")]
    [InlineData("context: 2M", "a sequence of 2e6 tokens is more than 1048576")]
    public void Model_ThatOnlyTrainCannotBuild_IsATrainersOfTheUsers(string model, string refusal)
    {
        string train = model.Contains("2M", StringComparison.Ordinal) ? "tokens: 40M, batch_tokens: 2M" : "tokens: 4k, batch_tokens: 1k";
        Assert.Contains(refusal, Assert.Throws<UserException>(() => Read(model, "", train: train)).Message);
        Study study = Read(model, Trainer, train: train);
        Assert.Equal(4, study.Cells.Count);
        // As its trainer gets it.
        Assert.Contains(model.Split(", ")[^1].Split(':')[0], CellConfiguration.Of(study.Cells[^1], study.Text).ToJson());
    }

    [Fact]
    public void Text_OfATrainerOfTheUsers_MayBeLeftOut()
    {
        Assert.Contains("nothing says what to train on", Assert.Throws<UserException>(() => Read("context: 16", "", text: "")).Message);
        Study study = Read("context: 16", Trainer, text: "");
        Assert.False(study.Text.IsGiven);
        string json = CellConfiguration.Of(study.Cells[0], study.Text).ToJson();
        Assert.DoesNotContain("\"text\"", json);
        Assert.DoesNotContain("\"tokenizer\"", json);
        // The family's own.
        Assert.Equal(ShapeFamily.Open("joint-2025").Model(64, 1, 1).VocabularySize, study.Cells[0].Model.VocabularySize);
        Assert.Empty(study.Notes);
    }

    [Fact]
    public void TextAndTokenizer_OfATrainerOfTheUsers_AreWhatItKnows()
    {
        Study study = Read(
            "context: 16",
            $"tokenizer: llama-3{Trainer}",
            text: "text: s3://bucket/tokens",
            train: "tokens: 4k, batch_tokens: 1k, schedule: constant"
        );
        string json = CellConfiguration.Of(study.Cells[0], study.Text).ToJson();
        Assert.Contains("\"s3://bucket/tokens\"", json);
        Assert.Contains("\"tokenizer\": \"llama-3\"", json);
        Assert.Contains("\"schedule\": \"constant\"", json);
        Assert.Throws<UserException>(() => Read("context: 16", "", text: "text: s3://bucket/tokens"));
        Assert.Throws<UserException>(() => Read("context: 16", "tokenizer: llama-3"));
        Assert.Throws<UserException>(() => Read("context: 16", "", train: "tokens: 4k, schedule: constant"));
    }

    [Fact]
    public void Trainer_WithoutAText_Trains()
    {
        _folder.Write("train.sh", "printf '{\"loss\": 1.5}\\n' >\"$2/result.json\"");
        Read("context: 16, qk_norm: full", "trainer: { command: \"sh train.sh {config} {out}\" }", text: "");
        StudyOutcome outcome = InProcess.Run(_folder.In("tiny.yaml"));
        Assert.True(outcome.IsWhole);
        Assert.Equal(4, outcome.Answer!.CellsDone);
    }

    /// <summary>Step Law's experiments begin at tens of millions of parameters.</summary>
    [Fact]
    public void Rate_OfALawBeyondItsExperiments_IsToldInPlanAndReport()
    {
        Study study = Read("context: 16", "fit: { bootstrap: 0 }", train: "tokens: 4k, batch_tokens: 1k, learning_rate: step-2025-lr");
        StudyNote.RateBeyondLaw found = Assert.Single(study.Notes.OfType<StudyNote.RateBeyondLaw>());
        Assert.Equal((4, 4, false), (found.Count, found.Cells, found.Rate.IsDefault));
        string note = StudyWords.Of(found);
        Assert.StartsWith("step-2025-lr gives the learning rate of all cells beyond its experiments (d32: ", note);
        Assert.Contains("is below", note);
        MadeUpRuns.Write(_folder, study, (c, t) => 2 + (8 / c.Model.ModelWidth));
        InProcess.Report(_folder);
        Assert.Contains($"- {note}\n", File.ReadAllText(_folder.In("tiny", "report.md")));

        // Where nothing is given, a model beyond every law's gets the rate of small runs.
        study = TinyStudy.Read(
            _folder,
            $"id: big\nmodel_file: llama-3-8b\ngrid: {{ seed: 0 }}\ntrain: {{ tokens: 1B, batch_tokens: 1M }}{Trainer}"
        );
        Assert.StartsWith(
            "no learning rate is given, and all cells lie beyond the experiments of joint-2025-lr (cell: active_params",
            StudyWords.Of(Assert.Single(study.Notes))
        );
        Assert.Empty(Read("context: 16", "").Notes.OfType<StudyNote.RateBeyondLaw>());
    }

    [Fact]
    public void Vocabulary_ThatTheTokenizerChanges_IsTold()
    {
        _folder.Write("a.txt", new string('a', 9000));
        double own = ShapeFamily.Open("joint-2025").Model(64, 1, 1).VocabularySize;
        Study study = Read("context: 16", "", text: "text: a.txt");
        Assert.Equal(
            [
                FormattableString.Invariant(
                    $"vocab_size is 256, the number of tokens (bytes), where joint-2025 has {own:#,0}; so parameters and FLOPs differ"
                ),
            ],
            study.Notes.Select(StudyWords.Of)
        );
        Assert.Equal(
            ["vocab_size is 300, and the text has 256 tokens (bytes): the other rows of embedding and head are never met"],
            Read("context: 16, vocab_size: 300", "", text: "text: a.txt").Notes.Select(StudyWords.Of)
        );
        Assert.Empty(Read("context: 16, vocab_size: 256", "", text: "text: a.txt").Notes);
    }
}
