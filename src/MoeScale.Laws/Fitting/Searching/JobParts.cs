namespace MoeScale.Laws.Fitting.Searching;

/// <summary>Fits that together make up one job.</summary>
internal static class JobParts
{
    /// <summary>The options of one of several fits, whose progress is told as that of the job.</summary>
    /// <param name="options">Of the job.</param>
    /// <param name="index">Which fit, from 0.</param>
    /// <param name="parts">How many there are.</param>
    public static FitOptions Part(this FitOptions options, int index, int parts) =>
        options.Progress is Action<double> progress ? options with { Progress = done => progress((index + done) / parts) } : options;
}
