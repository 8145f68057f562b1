using MoeScale.Training.Kernels;
using MoeScale.Training.Tests.Reference;

namespace MoeScale.Training.Tests.Kernels;

public unsafe class EmbeddingTests
{
    private const int Rows = 13;
    private const int Sequence = 5;
    private const int Vocabulary = 4;

    [Fact]
    public void Forward_AllWidths_MatchesReference()
    {
        foreach ((int width, int offset) in Draw.Lengths)
        {
            Draw draw = new(width);
            int[] tokens = draw.Integers(Rows, Vocabulary);
            float[] table = draw.Floats(Vocabulary * width),
                positions = draw.Floats(Sequence * width);
            using Guarded<int> gTokens = new(tokens);
            using Guarded<float> gTable = new(table, offset),
                gPositions = new(positions, 1),
                y = new(Rows * width, offset);
            // In two ranges of rows.
            Embedding.Forward(gTokens, gTable, gPositions, 0, 6, Sequence, width, y);
            Embedding.Forward(gTokens.Pointer + 6, gTable, gPositions, 6, Rows - 6, Sequence, width, y.Pointer + (6 * width));
            // One addition, rounded once.
            Near.Check(
                $"y of {width}",
                y.Span,
                EmbeddingReference.Forward(tokens, Draw.Wide(table), Draw.Wide(positions), Sequence, width),
                6e-8,
                scale: 0
            );
            Embedding.Forward(gTokens, gTable, null, 0, Rows, Sequence, width, y);
            Near.Check($"y of {width}", y.Span, EmbeddingReference.Forward(tokens, Draw.Wide(table), null, Sequence, width), 0);
        }
    }

    [Fact]
    public void Backward_AnyCutOfTheColumns_MatchesReferenceWithTheSameBits()
    {
        foreach ((int width, int offset) in Draw.Lengths.Skip(1))
        {
            Draw draw = new(width);
            int[] tokens = draw.Integers(Rows, Vocabulary);
            float[] dY = draw.Floats(Rows * width);
            using Guarded<int> gTokens = new(tokens);
            using Guarded<float> gDY = new(dY, 1);
            using Guarded<float> dTable = new(new float[Vocabulary * width], offset),
                cut = new(new float[Vocabulary * width], offset);
            using Guarded<float> dPositions = new(new float[Sequence * width], 2),
                positionsCut = new(new float[Sequence * width], 2);
            Embedding.Backward(gTokens, gDY, Rows, width, 0, width, dTable);
            Embedding.BackwardPositions(gDY, Rows, Sequence, width, 0, width, dPositions);
            for (int first = 0, columns = 1; first < width; first += columns, columns = Math.Min(columns + 2, width - first))
            {
                Embedding.Backward(gTokens, gDY, Rows, width, first, columns, cut);
                Embedding.BackwardPositions(gDY, Rows, Sequence, width, first, columns, positionsCut);
            }
            // Sums of up to 13 numbers of a few units.
            Near.Check("dTable", dTable.Span, EmbeddingReference.Backward(tokens, Draw.Wide(dY), Vocabulary, width), 1e-6);
            Near.Check(
                "dPositions",
                dPositions.Span,
                EmbeddingReference.Backward([.. Enumerable.Range(0, Rows).Select(r => r % Sequence)], Draw.Wide(dY), Sequence, width),
                1e-6
            );
            Near.SameBits("dTable", cut.Span, dTable.Span);
            Near.SameBits("dPositions", positionsCut.Span, dPositions.Span);
        }
    }
}
