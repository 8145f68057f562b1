namespace MoeScale.Training.Recipes;

/// <summary>When checkpoints are written: after so many seconds or steps, whichever comes first; 0 for never.</summary>
public sealed record CheckpointRule(double Seconds = 60, long Steps = 0);
