using MoeScale.Models;

namespace MoeScale.Planning.Tests;

/// <summary>
/// What GPUs were measured to use in training, beside the count and the headroom that is kept for the difference. Megatron-LM,
/// pull request 482: the highest <c>torch.cuda.max_memory_allocated</c> of Llama 2 7B in bf16 on eight GPUs of 80 GB, with fused
/// attention, a distributed optimizer and dropout, without sequence parallelism. The length of the sequences is not printed;
/// the estimate printed beside each number is that of 2,048 tokens.
/// </summary>
public class MeasuredMemoryTests
{
    private const double GiB = 1073741824;

    [Theory]
    [InlineData(8, 1, 1, 2, 69.1, 6.4)]
    [InlineData(4, 2, 1, 4, 55.7, 8.5)]
    [InlineData(4, 1, 2, 2, 49.8, 9.0)]
    [InlineData(1, 8, 1, 4, 28.8, 4.8)]
    public void OfTraining_Headroom_CoversWhatWasMeasured(
        int data,
        int tensor,
        int pipeline,
        int sequences,
        double measured,
        double percentBelow
    )
    {
        double counted =
            TrainingMemory
                .Of(
                    ModelCatalog.Open("Llama-2-7B"),
                    new()
                    {
                        DataParallel = data,
                        TensorParallel = tensor,
                        PipelineParallel = pipeline,
                        SequencesPerMicroBatch = sequences,
                        SequenceLength = 2048,
                        Zero = 1,
                        FusedAttention = true,
                        Dropout = true,
                        SequenceParallel = false,
                    }
                )
                .MostLoaded.TotalBytes / GiB;
        Assert.Equal(percentBelow, 100 * (1 - (counted / measured)), 0.05); // as docs/training-memory.md prints it
        Assert.InRange(measured, counted, Headroom.OfTraining.Around(counted));
    }
}
