using MoeScale.Basics;
using MoeScale.Formulas;

namespace MoeScale.Laws.Runs;

/// <summary>Guesses which column of a table holds what a law reads. Only for messages: nothing is read by a guess.</summary>
internal static class ColumnGuess
{
    // As public tables of runs name them.
    private static readonly Dictionary<string, string[]> Default = new()
    {
        ["active_params"] = ["params_active", "params", "n_params", "num_params", "parameters", "N"],
        ["total_params"] = ["params_total", "params", "n_params", "num_params", "parameters", "N"],
        ["active_params_nonembedding"] =
        [
            "params_no_emb",
            "params_non_embedding",
            "non_embedding_params",
            "params_active",
            "active_params",
            "params",
        ],
        ["total_params_nonembedding"] =
        [
            "params_no_emb",
            "params_non_embedding",
            "non_embedding_params",
            "params_total",
            "total_params",
            "params",
        ],
        ["tokens"] = ["n_tokens", "num_tokens", "train_tokens", "training_tokens", "tokens_seen", "D"],
        ["unique_tokens"] = ["tokens_unique", "dataset_tokens", "U"],
        ["train_flops"] = ["flops", "training_flops", "total_flops", "compute", "C"],
        ["loss"] = ["val_loss", "valid_loss", "validation_loss", "eval_loss", "test_loss", "final_loss", "train_loss", "L"],
        ["experts"] = ["expansion", "expansion_rate", "num_experts", "n_experts", "E"],
        ["expert_count"] = ["num_experts", "n_experts", "experts"],
        ["granularity"] = ["G"],
        ["top_k"] = ["topk", "k", "K", "active_experts"],
        ["learning_rate"] = ["lr", "peak_lr", "max_lr"],
        ["batch_tokens"] = ["batch_size", "tokens_per_batch"],
        ["n_blocks"] = ["num_blocks", "n_layers", "num_layers", "layers"],
    };

    /// <summary>The column that is most likely meant; null if none is.</summary>
    public static string? Find(string wanted, RunTable table)
    {
        string[] names = [.. table.Columns.Select(c => c.Name)];
        string words = Words(wanted);
        return names.FirstOrDefault(n => n.Equals(wanted, StringComparison.OrdinalIgnoreCase) || Words(n) == words)
            ?? Default
                .GetValueOrDefault(wanted)
                ?.Select(d => Array.Find(names, n => n == d) ?? Array.Find(names, n => n.Length > 1 && Words(n) == Words(d)))
                .FirstOrDefault(n => n is not null)
            ?? Guess.Nearest(wanted, names)
            ?? names.FirstOrDefault(n => n.StartsWith(wanted + "_", StringComparison.Ordinal));
    }

    /// <summary>" (did you mean 'params_active'?)", " (did you mean `val/loss`?)", or "".</summary>
    public static string Hint(string wanted, RunTable table)
    {
        if (Find(wanted, table) is not string guess)
        {
            return Guess.Hint(wanted, table.Columns.Select(c => c.Name));
        }
        return $" (did you mean {(Names.IsName(guess) ? $"'{guess}'" : Names.InFormula(guess))}?)";
    }

    // params_active and active_params are the same words, and so are val/loss and val_loss.
    private static string Words(string name) =>
        string.Join('_', name.ToLowerInvariant().Split('_', '-', '.', '/', ' ').Order(StringComparer.Ordinal));
}
