using System.Text.Json;
using MoeScale.Basics;
using MoeScale.Training.Logs;

namespace MoeScale.Training.Diagnostics;

/// <summary>
/// choices.jsonl: now and then, the choices of all routers on a probe. The first line, of where the run began, holds the probe too.
/// </summary>
internal sealed class ChoicesLog : IDisposable
{
    private readonly StepLog _log;
    private readonly RouterProbe _probe;
    private readonly IReadOnlyList<int> _blocks;

    private ChoicesLog(StepLog log, RouterProbe probe, IReadOnlyList<int> blocks) => (_log, _probe, _blocks) = (log, probe, blocks);

    /// <summary>Opens it behind the lines up to a step.</summary>
    /// <exception cref="UserException">It cannot be opened.</exception>
    public static ChoicesLog Open(string path, long step, RouterProbe probe, IReadOnlyList<int> blocks) =>
        new(StepLog.Open(path, step), probe, blocks);

    /// <summary>Whether nothing was written yet.</summary>
    public bool IsEmpty => _log.IsEmpty;

    /// <summary>Asks the probe and writes what it answers.</summary>
    /// <exception cref="UserException">It cannot be written.</exception>
    public void Write(long step, long tokens, int sequence)
    {
        bool isFirst = IsEmpty;
        _probe.Ask();
        Utf8JsonWriter json = _log.Begin(step);
        json.WriteNumber("tokens", tokens);
        if (isFirst)
        {
            json.WriteStartObject("probe");
            json.WriteNumber("sequence", sequence);
            json.WriteStartArray("tokens");
            foreach (int token in _probe.Tokens)
            {
                json.WriteNumberValue(token);
            }
            json.WriteEndArray();
            json.WriteEndObject();
        }
        json.WriteStartArray("layers");
        for (int layer = 0; layer < _blocks.Count; layer++)
        {
            json.WriteStartObject();
            json.WriteNumber("block", _blocks[layer]);
            json.WriteNumber("experts", _probe.Choices[layer].Experts);
            json.WriteBase64String("choices", _probe.Choices[layer].Bits);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        _log.End();
    }

    /// <inheritdoc cref="StepLog.Flush"/>
    public void Flush(bool toDisk) => _log.Flush(toDisk);

    public void Dispose() => _log.Dispose();
}
