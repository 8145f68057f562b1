using MoeScale.Basics;
using MoeScale.Exchange.Logs;
using MoeScale.Models;

namespace MoeScale.Exchange.Import;

/// <summary>The model that a run trained, from what its log prints or from a file beside it.</summary>
internal static class ModelOfLog
{
    private static readonly string[] Beside = ["config.json", "model.yaml"];

    /// <summary>The model and where it is from; null where nothing tells it.</summary>
    /// <exception cref="UserException">What tells it cannot be read.</exception>
    public static (Model Model, string From)? Of(RunLog run)
    {
        if (MegatronModel.IsTold(run.Settings))
        {
            return (MegatronModel.Read(run.Settings, run.Files[0]), "the arguments in the log");
        }
        string folder = Path.GetDirectoryName(Path.GetFullPath(run.Files[0])) ?? "";
        string? file = Array.Find(Beside, b => File.Exists(Path.Combine(folder, b)));
        // Other programs have a config.json that is no model's.
        return
            file is null
            || (file == "config.json" && !TextFile.Read(Path.Combine(folder, file)).Contains("\"model_type\"", StringComparison.Ordinal))
            ? null
            : (ModelCatalog.Open(Path.Combine(folder, file)), $"{file} beside its log");
    }
}
