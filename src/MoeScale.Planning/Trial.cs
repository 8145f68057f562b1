using MoeScale.Models;

namespace MoeScale.Planning;

/// <summary>One model of a candidate, with what the budget buys for it.</summary>
/// <param name="Size">Value of the family's free size.</param>
/// <param name="Model">The model.</param>
/// <param name="Census">Its census.</param>
/// <param name="Columns">Values of <see cref="PlanColumns"/>.</param>
/// <param name="TrainFlopsPerToken">FLOPs of training on one token.</param>
/// <param name="AffordableTokens">Tokens that the FLOPs buy, whatever the data allow; may be negative when inference costs more than
/// everything.</param>
/// <param name="TokenCap">Tokens that the data, and the range where it must be kept, allow; may be infinite.</param>
/// <param name="TokenCapLimit">The limit that the cap comes from.</param>
/// <param name="Loss">Prediction at the column tokens; may be no finite number.</param>
/// <param name="MemoryBytes">Weights and KV cache.</param>
/// <param name="IsBuilt">Whether the model can be built, and counts as it would be; otherwise sizes are continuous.</param>
internal sealed record Trial(
    double Size,
    Model Model,
    Census Census,
    double[] Columns,
    double TrainFlopsPerToken,
    double AffordableTokens,
    double TokenCap,
    Limit TokenCapLimit,
    double Loss,
    double MemoryBytes,
    bool IsBuilt
)
{
    public double Tokens => Columns[PlanColumns.Tokens];

    public double? Column(string name) => PlanColumns.Index(name) is int i and >= 0 ? Columns[i] : null;
}
