using System.Buffers;
using System.Text.Json;
using MoeScale.Basics;

namespace MoeScale.Training.Logs;

/// <summary>
/// A file of JSON lines, each of which begins with its "step". A run that goes on from a checkpoint cuts off what came
/// after it, and writes it again: so the bytes are those of a run that was never stopped.
/// </summary>
internal sealed class StepLog : IDisposable
{
    private const int BufferBytes = 1 << 16;

    private readonly string _path;
    private readonly FileStream _stream;
    private readonly ArrayBufferWriter<byte> _line = new();
    private readonly Utf8JsonWriter _json;

    private StepLog(string path, FileStream stream)
    {
        _path = path;
        _stream = stream;
        _json = new Utf8JsonWriter(_line);
    }

    /// <summary>Whether there is no line in it.</summary>
    public bool IsEmpty => _stream.Position == 0;

    /// <summary>Opens it behind the lines of a step and those before.</summary>
    /// <exception cref="UserException">It cannot be opened.</exception>
    public static StepLog Open(string path, long step)
    {
        try
        {
            if (Path.Exists(path) && !PlainFile.IsPlain(path))
            {
                throw new UserException($"{path} is a pipe or a device, or a folder; a run writes a file there. Remove it.");
            }
            FileStream stream = new(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read, BufferBytes);
            try
            {
                stream.SetLength(EndOf(stream, step, path));
                stream.Seek(0, SeekOrigin.End);
                return new StepLog(path, stream);
            }
            catch
            {
                stream.Dispose();
                throw;
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UserException($"{path} cannot be written: {TextFile.Reason(e)}.");
        }
    }

    /// <summary>
    /// Begins a line; what follows goes into the writer that it returns, up to <see cref="End"/>. Its memory is used again.
    /// </summary>
    public Utf8JsonWriter Begin(long step)
    {
        _line.ResetWrittenCount();
        _json.Reset();
        _json.WriteStartObject();
        _json.WriteNumber("step", step);
        return _json;
    }

    /// <summary>Ends the line.</summary>
    /// <exception cref="UserException">It cannot be written.</exception>
    public void End()
    {
        _json.WriteEndObject();
        _json.Flush();
        _line.Write("\n"u8);
        try
        {
            _stream.Write(_line.WrittenSpan);
        }
        catch (IOException e)
        {
            throw Failure(e);
        }
    }

    /// <summary>So that who looks on sees it, and it is there if the program is killed.</summary>
    /// <param name="toDisk">Whether it is to be there, too, if the machine stops: before a checkpoint, which must not know more than the
    /// log.</param>
    /// <exception cref="UserException">It cannot be written.</exception>
    public void Flush(bool toDisk)
    {
        try
        {
            _stream.Flush(toDisk);
        }
        catch (IOException e)
        {
            throw Failure(e);
        }
    }

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
    /// <exception cref="UserException">One of them stands behind a line that is none: what follows it is not cut off with it.</exception>
    private static long EndOf(FileStream stream, long step, string path)
    {
        long end = 0;
        long at = 0;
        long number = 0;
        long? wrong = null;
        using MemoryStream line = new();
        Span<byte> buffer = new byte[BufferBytes];
        for (int read; (read = stream.Read(buffer)) > 0; )
        {
            foreach (byte value in buffer[..read])
            {
                at++;
                if (value != (byte)'\n')
                {
                    line.WriteByte(value);
                    continue;
                }
                number++;
                bool isKept = StepOf(line.GetBuffer().AsSpan(0, (int)line.Length)) <= step;
                line.SetLength(0);
                if (isKept && wrong is not null)
                {
                    throw new UserException(
                        $"{path} is damaged: its line {wrong} is not what a run writes there. "
                            + $"Put it in order, or move the file away, and the run begins a new one."
                    );
                }
                if (isKept)
                {
                    end = at;
                }
                else
                {
                    wrong ??= number;
                }
            }
        }
        return end;
    }

    private static long? StepOf(ReadOnlySpan<byte> line)
    {
        try
        {
            Utf8JsonReader json = new(line);
            return json.Read() && json.Read() && json.ValueTextEquals("step") && json.Read() && json.TryGetInt64(out long step)
                ? step
                : null;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    private UserException Failure(IOException e) =>
        new($"{_path} cannot be written: {TextFile.Reason(e)}. The last checkpoint is kept, and the same command goes on from there.");
}
