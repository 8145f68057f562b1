using System.Buffers;
using System.Text.Json;
using MoeScale.Basics;

namespace MoeScale.Training.Runs;

/// <summary>metrics.jsonl: a line for each step. A run that goes on from a checkpoint cuts off what came after it, and writes it again.</summary>
internal sealed class MetricsLog : IDisposable
{
    private const int BufferBytes = 1 << 16;

    private readonly string _path;
    private readonly FileStream _stream;
    private readonly ArrayBufferWriter<byte> _line = new();
    private readonly Utf8JsonWriter _json;

    private MetricsLog(string path, FileStream stream)
    {
        _path = path;
        _stream = stream;
        _json = new Utf8JsonWriter(_line);
    }

    /// <summary>Opens it behind the line of a step; one of step 0 is empty.</summary>
    /// <exception cref="UserException">It cannot be opened.</exception>
    public static MetricsLog Open(string path, long step)
    {
        try
        {
            FileStream stream = new(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read, BufferBytes);
            stream.SetLength(EndOf(stream, step));
            stream.Seek(0, SeekOrigin.End);
            return new MetricsLog(path, stream);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UserException($"{path} cannot be written: {TextFile.Reason(e)}.");
        }
    }

    public void Write(StepReport step, double? heldOutLoss)
    {
        _line.ResetWrittenCount();
        _json.Reset();
        _json.WriteStartObject();
        _json.WriteNumber("step", step.Step);
        _json.WriteNumber("tokens", step.Tokens);
        _json.WriteNumber("loss", step.Loss);
        _json.WriteNumber("smoothed_loss", step.SmoothedLoss);
        _json.WriteNumber("learning_rate", step.Rate);
        _json.WriteNumber("gradient_norm", step.GradientNorm);
        _json.WriteNumber("tokens_per_second", Math.Round(step.TokensPerSecond));
        if (heldOutLoss is double heldOut)
        {
            _json.WriteNumber("held_out_loss", heldOut);
        }
        _json.WriteEndObject();
        _json.Flush();
        _line.Write("\n"u8);
        Try(s => s.Write(_line.WrittenSpan));
    }

    /// <summary>So that who looks on sees it, and it is there if the program is killed.</summary>
    public void Flush() => Try(s => s.Flush());

    public void Dispose()
    {
        _json.Dispose();
        try
        {
            _stream.Dispose();
        }
        catch (IOException)
        {
            // A full disk, which was told when the lines were written.
        }
    }

    /// <summary>Where the lines of steps up to <paramref name="step"/> end; a line that was cut short belongs to none.</summary>
    private static long EndOf(FileStream stream, long step)
    {
        long end = 0;
        long at = 0;
        using MemoryStream line = new();
        Span<byte> buffer = new byte[BufferBytes];
        for (int read; (read = stream.Read(buffer)) > 0;)
        {
            foreach (byte value in buffer[..read])
            {
                at++;
                if (value != (byte)'\n')
                {
                    line.WriteByte(value);
                    continue;
                }
                if (StepOf(line.GetBuffer().AsSpan(0, (int)line.Length)) is not long number || number > step)
                {
                    return end;
                }
                end = at;
                line.SetLength(0);
            }
        }
        return end;
    }

    private static long? StepOf(ReadOnlySpan<byte> line)
    {
        try
        {
            Utf8JsonReader json = new(line);
            return json.Read() && json.Read() && json.ValueTextEquals("step") && json.Read() && json.TryGetInt64(out long step) ? step : null;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    private void Try(Action<FileStream> write)
    {
        try
        {
            write(_stream);
        }
        catch (IOException e)
        {
            throw new UserException($"{_path} cannot be written: {TextFile.Reason(e)}. The last checkpoint is kept, and the same command goes on from there.");
        }
    }
}
