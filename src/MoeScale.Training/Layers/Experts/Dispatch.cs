namespace MoeScale.Training.Layers.Experts;

/// <summary>
/// Which token meets which expert. It is kept twice: by token, as choices in a fixed order, and by expert, as slots
/// that follow each other, since experts work on slots and their outputs are gathered by choices.
/// </summary>
internal sealed unsafe class Dispatch
{
    private readonly ActivationBuffer _choiceStarts;
    private readonly ActivationBuffer _choiceExperts;
    private readonly ActivationBuffer _choiceSlots;
    private readonly ActivationBuffer _choiceWeights;
    private readonly SharedBuffer _choiceGradients;
    private readonly ActivationBuffer _slotTokens;
    private readonly ActivationBuffer _slotWeights;
    private readonly SharedBuffer _slotGradients;
    private readonly int[] _starts;

    /// <param name="plan">Of the model.</param>
    /// <param name="name">"blocks.0 routing"</param>
    /// <param name="experts">Experts of the layer.</param>
    /// <param name="choices">Choices of a micro-batch at most.</param>
    public Dispatch(MemoryPlan plan, string name, int experts, int choices)
    {
        Experts = experts;
        _starts = new int[experts + 1];
        _choiceStarts = plan.Indices($"{name}: choices by token", plan.Rows + 1);
        _choiceExperts = plan.Indices($"{name}: experts of choices", choices);
        _choiceSlots = plan.Indices($"{name}: slots of choices", choices);
        _choiceWeights = plan.Keep($"{name}: weights of choices", choices);
        _choiceGradients = plan.Share("gradients of choices", choices);
        _slotTokens = plan.Indices($"{name}: tokens of slots", choices);
        _slotWeights = plan.Keep($"{name}: weights of slots", choices);
        _slotGradients = plan.Share("gradients of slots", choices);
    }

    public int Experts { get; }

    /// <summary>(rows + 1): the choices of a token r are ChoiceStarts[r] to ChoiceStarts[r + 1] − 1.</summary>
    public int* ChoiceStarts => _choiceStarts.Indices;

    /// <summary>The expert of each choice.</summary>
    public int* ChoiceExperts => _choiceExperts.Indices;

    /// <summary>The slot of each choice; −1 where the expert was full.</summary>
    public int* ChoiceSlots => _choiceSlots.Indices;

    /// <summary>What the output of its expert is multiplied with.</summary>
    public float* ChoiceWeights => _choiceWeights.Data;

    /// <summary>The gradient by the weight, later by the score, of each choice; until another layer works.</summary>
    public float* ChoiceGradients => _choiceGradients.Data;

    /// <summary>The row of each slot's token.</summary>
    public int* SlotTokens => _slotTokens.Indices;

    /// <summary>The weight of each slot's choice.</summary>
    public float* SlotWeights => _slotWeights.Data;

    /// <summary>The gradient by <see cref="SlotWeights"/>; until another layer works.</summary>
    public float* SlotGradients => _slotGradients.Data;

    /// <summary>Slots of all experts.</summary>
    public int Slots => _starts[Experts];

    /// <summary>The first slot of an expert.</summary>
    public int FirstOf(int expert) => _starts[expert];

    /// <summary>The slots of an expert: the tokens that it processes.</summary>
    public int CountOf(int expert) => _starts[expert + 1] - _starts[expert];

    /// <summary>To be called before any of it is written: so many tokens make so many choices.</summary>
    /// <exception cref="InvalidOperationException">There is no room for them.</exception>
    public void Begin(int rows, nint choices)
    {
        _choiceStarts.Require(rows + 1);
        _choiceExperts.Require(choices);
        _choiceSlots.Require(choices);
        _choiceWeights.Require(choices);
        _choiceGradients.Require(choices);
    }

    /// <summary>Says how many slots each expert has.</summary>
    /// <exception cref="InvalidOperationException">There is no room for them.</exception>
    public void SetCounts(ReadOnlySpan<int> counts)
    {
        for (int e = 0; e < Experts; e++)
        {
            _starts[e + 1] = _starts[e] + counts[e];
        }
        _slotTokens.Require(Slots);
        _slotWeights.Require(Slots);
        _slotGradients.Require(Slots);
    }

    /// <summary>Puts a choice into a slot.</summary>
    public void Place(int choice, int token, int slot)
    {
        ChoiceSlots[choice] = slot;
        SlotTokens[slot] = token;
        SlotWeights[slot] = ChoiceWeights[choice];
    }

    /// <summary>Brings the gradients by weights from slots to choices; one without a slot has none.</summary>
    public void CollectGradients(int firstRow, int endRow)
    {
        for (int i = ChoiceStarts[firstRow]; i < ChoiceStarts[endRow]; i++)
        {
            ChoiceGradients[i] = ChoiceSlots[i] < 0 ? 0 : SlotGradients[ChoiceSlots[i]];
        }
    }
}
