namespace MoeScale.Training.Layers.Experts;

/// <summary>Who meets whom, by the scores of a router.</summary>
internal unsafe interface ISelection
{
    /// <summary>Fills a dispatch.</summary>
    /// <param name="logits">(rows, experts)</param>
    /// <param name="scores">(rows, experts)</param>
    /// <param name="rows">Whole sequences.</param>
    /// <param name="training">Whether experts may be full.</param>
    /// <param name="dispatch">Written.</param>
    /// <param name="routed">(experts) the choices that fell on each expert, with those that found it full.</param>
    void Select(float* logits, float* scores, int rows, bool training, Dispatch dispatch, Span<int> routed);

    /// <summary>From the gradients by weights of some rows' choices to those by their scores, in place.</summary>
    void BackwardWeights(float* scores, int firstRow, int endRow, Dispatch dispatch);
}
