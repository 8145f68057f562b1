using MoeScale.Studies.Files;

namespace MoeScale.Studies.Tests;

/// <summary>A study of four runs that takes some seconds.</summary>
internal static class TinyStudy
{
    public const string Text = """
        id: tiny
        text: synthetic
        family: joint-2025
        model: { context: 16, n_blocks: 1, n_heads: 2 }
        grid: { d_model: [16, 24] }
        train: { branches: [4k, 8k], batch_tokens: 256, eval_tokens: 512, checkpoint_steps: 4 }
        """;

    public static string Write(TemporaryFolder folder, string text = Text) => folder.Write("tiny.yaml", text);

    public static Study Read(TemporaryFolder folder, string text = Text) => StudyFile.Read(Write(folder, text));
}
