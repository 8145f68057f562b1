using System.Buffers.Binary;
using System.Text;
using MoeScale.Basics;

namespace MoeScale.Exchange.Logs.Formats;

/// <summary>
/// Event files of TensorBoard: records of a length, its checksum, a protobuf <c>Event</c>, its checksum. Scalars stand as simple_value or,
/// by the newer API, as a tensor. All files of a folder are of one run: each restart begins one. The last record may be cut.
/// </summary>
internal sealed class TensorBoardEvents : ILogFormat
{
    // No scalar needs more; pictures and graphs may, and are passed over.
    private const int LargestRecord = 1 << 28;

    public string Name => "tensorboard";

    public string Title => "event files of TensorBoard";

    public bool FolderIsOneRun => true;

    public bool Recognises(LogFile file) => file.Name.Contains("tfevents", StringComparison.Ordinal);

    public IEnumerable<RunLog> Read(LogFile file)
    {
        RunLog run = new(file.FolderName is { Length: > 0 } folder ? folder : file.Stem, Name) { Files = [file.Path] };
        using Stream stream = file.Open();
        byte[] header = new byte[12];
        long position = 0;
        while (Fill(stream, header) == header.Length)
        {
            ulong length = BinaryPrimitives.ReadUInt64LittleEndian(header);
            if (Crc.Masked(header.AsSpan(0, 8)) != BinaryPrimitives.ReadUInt32LittleEndian(header.AsSpan(8)) || length > LargestRecord)
            {
                run.Tell(new ImportNote.Damaged(file.Path, position));
                break;
            }
            byte[] record = new byte[(int)length + 4];
            int read = Fill(stream, record);
            if (
                read < record.Length
                || Crc.Masked(record.AsSpan(0, (int)length)) != BinaryPrimitives.ReadUInt32LittleEndian(record.AsSpan((int)length))
            )
            {
                run.Tell(new ImportNote.Damaged(file.Path, position));
                break;
            }
            position += header.Length + record.Length;
            Add(run, record.AsSpan(0, (int)length));
        }
        if (run.Steps.Count > 0)
        {
            yield return run;
        }
    }

    // Event: 1 wall time, 2 step, 5 summary.
    private static void Add(RunLog run, ReadOnlySpan<byte> message)
    {
        double wall = 0;
        double step = 0;
        ReadOnlySpan<byte> summary = default;
        ProtobufFields e = new(message);
        while (e.Next())
        {
            switch (e.Number)
            {
                case 1:
                    wall = e.Real;
                    break;
                case 2:
                    step = e.Value;
                    break;
                case 5:
                    summary = e.Bytes;
                    break;
            }
        }
        ProtobufFields values = new(summary);
        while (values.Next())
        {
            // 1 value; its 1 tag, 2 simple value, 8 tensor.
            if (
                values.Number == 1
                && Scalar(values.Bytes) is (string tag, double value)
                && !tag.EndsWith(" vs samples", StringComparison.Ordinal)
                && step <= 1e15
            )
            {
                run.At(step, Time(wall));
                run.SetNamed(tag, value);
            }
        }
    }

    private static (string Tag, double Value)? Scalar(ReadOnlySpan<byte> message)
    {
        string? tag = null;
        double? value = null;
        ProtobufFields field = new(message);
        while (field.Next())
        {
            switch (field.Number)
            {
                case 1:
                    tag = Encoding.UTF8.GetString(field.Bytes);
                    break;
                case 2:
                    value = field.Real;
                    break;
                case 8:
                    value = Tensor(field.Bytes);
                    break;
            }
        }
        return tag is { Length: > 0 and <= 1000 } && value is double v ? (tag, v) : null;
    }

    // TensorProto: 1 type (1 float, 2 double), 4 content, 5 floats, 6 doubles; a scalar has one of them.
    private static double? Tensor(ReadOnlySpan<byte> message)
    {
        ulong type = 0;
        ReadOnlySpan<byte> content = default;
        double? value = null;
        ProtobufFields field = new(message);
        while (field.Next())
        {
            switch (field.Number)
            {
                case 1:
                    type = field.Value;
                    break;
                case 4:
                    content = field.Bytes;
                    break;
                case 5 or 6:
                    value = field.Bytes.Length switch
                    {
                        0 => field.Real,
                        4 => BinaryPrimitives.ReadSingleLittleEndian(field.Bytes),
                        8 when field.Number == 6 => BinaryPrimitives.ReadDoubleLittleEndian(field.Bytes),
                        _ => null,
                    };
                    break;
            }
        }
        return value
            ?? (type, content.Length) switch
            {
                (1, 4) => BinaryPrimitives.ReadSingleLittleEndian(content),
                (2, 8) => BinaryPrimitives.ReadDoubleLittleEndian(content),
                _ => null,
            };
    }

    private static DateTime? Time(double wall) => wall is > 0 and < 1e11 ? DateTime.UnixEpoch.AddSeconds(wall) : null;

    private static int Fill(Stream stream, byte[] buffer)
    {
        try
        {
            return stream.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false);
        }
        catch (InvalidDataException)
        {
            throw new UserException($"an event file cannot be unpacked: its gzip data is damaged or cut short. Copy or pack it again.");
        }
    }
}
