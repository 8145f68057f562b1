using System.Buffers.Binary;
using System.IO.Hashing;
using System.Text;
using System.Text.Json;
using MoeScale.Basics;

namespace MoeScale.Exchange.Logs.Formats;

/// <summary>
/// What W&amp;B writes of a run that was offline, run-ID.wandb: a header of seven bytes, then blocks of 32 KiB in the way of LevelDB's log
/// (checksum, length, type; a record may go over several blocks), in them protobuf records of history, configuration and end.
/// </summary>
internal sealed class WandbRecords : ILogFormat
{
    private const int BlockBytes = 1 << 15;
    private const int HeaderBytes = 7;
    private const int LargestRecord = 1 << 28;

    private static readonly byte[] Magic = [.. ":W&B"u8, 0xE1, 0xBE];

    public string Name => "wandb-offline";

    public string Title => "offline records of W&B";

    public bool Recognises(LogFile file) =>
        file.Name.EndsWith(".wandb", StringComparison.Ordinal) || file.Head.StartsWith(":W&B", StringComparison.Ordinal);

    public IEnumerable<RunLog> Read(LogFile file)
    {
        RunLog run = new(file.Stem.StartsWith("run-", StringComparison.Ordinal) ? file.Stem[4..] : file.Stem, Name) { Files = [file.Path] };
        foreach (byte[] record in Records(file, run))
        {
            ProtobufFields field = new(record);
            while (field.Next())
            {
                switch (field.Number)
                {
                    case 2:
                        AddHistory(run, field.Bytes);
                        break;
                    case 5:
                        AddConfiguration(run, field.Bytes);
                        break;
                    // RunExitRecord: 1 exit code, absent where it is 0.
                    case 8:
                        ProtobufFields exit = new(field.Bytes);
                        run.End = exit.Next() && exit.Number == 1 && exit.Value != 0 ? RunEnd.Unfinished : RunEnd.Finished;
                        break;
                }
            }
        }
        if (run.Steps.Count > 0)
        {
            Losses.Take(run, run.Columns.ToArray());
            yield return run;
        }
    }

    // Blocks count from the start of the file, the header too. A block's last bytes are empty where no record's head fits.
    private static IEnumerable<byte[]> Records(LogFile file, RunLog run)
    {
        using Stream stream = file.Open();
        byte[] block = new byte[BlockBytes];
        MemoryStream record = new();
        long start = 0;
        int length;
        while ((length = stream.ReadAtLeast(block, BlockBytes, throwOnEndOfStream: false)) > 0)
        {
            int at = 0;
            if (start == 0)
            {
                if (length < HeaderBytes || !block.AsSpan(0, Magic.Length).SequenceEqual(Magic))
                {
                    throw new UserException($"{file.Path} does not begin as W&B's records do. Copy it again from where it was written.");
                }
                at = HeaderBytes;
            }
            while (at + HeaderBytes <= length)
            {
                uint crc = BinaryPrimitives.ReadUInt32LittleEndian(block.AsSpan(at));
                int size = BinaryPrimitives.ReadUInt16LittleEndian(block.AsSpan(at + 4));
                byte type = block[at + 6];
                if (type == 0 && size == 0)
                {
                    // The rest of the block is empty.
                    break;
                }
                if (
                    at + HeaderBytes + size > length
                    || type > 4
                    || crc != Checksum(block.AsSpan(at + 6, size + 1))
                    || record.Length > LargestRecord
                )
                {
                    run.Tell(new ImportNote.Damaged(file.Path, start + at));
                    yield break;
                }
                // Whole, first, middle, last.
                if (type is 1 or 2)
                {
                    record.SetLength(0);
                }
                record.Write(block, at + HeaderBytes, size);
                if (type is 1 or 4)
                {
                    yield return record.ToArray();
                }
                at += HeaderBytes + size;
            }
            start += length;
        }
    }

    // Plain CRC-32 of type and data, not masked as in LevelDB.
    private static uint Checksum(ReadOnlySpan<byte> data) => Crc32.HashToUInt32(data);

    // HistoryRecord: 1 item, 2 step; the step's 1 is its number.
    private static void AddHistory(RunLog run, ReadOnlySpan<byte> message)
    {
        double? step = null;
        List<(string Name, double Value)> items = [];
        ProtobufFields field = new(message);
        while (field.Next())
        {
            if (field.Number == 1 && Item(field.Bytes) is (string name, JsonElement value) && JsonLog.Number(value) is double number)
            {
                if (name == "_step")
                {
                    step = number;
                }
                else
                {
                    items.Add((name, number));
                }
            }
            else if (field.Number == 2)
            {
                ProtobufFields of = new(field.Bytes);
                step = of.Next() && of.Number == 1 ? of.Value : 0;
            }
        }
        if (step is >= 0 and <= 1e15 && items.Count > 0)
        {
            run.At(step.Value);
            foreach ((string name, double value) in items)
            {
                run.SetNamed(name, value);
            }
        }
    }

    // ConfigRecord: 1 update.
    private static void AddConfiguration(RunLog run, ReadOnlySpan<byte> message)
    {
        ProtobufFields field = new(message);
        while (field.Next())
        {
            if (
                field.Number == 1
                && Item(field.Bytes) is (string name, JsonElement value)
                && value.ValueKind is JsonValueKind.Number or JsonValueKind.String
            )
            {
                run.Settings[name] = $"{value}";
            }
        }
    }

    // An item: 1 key, 2 parts of a nested key, 16 its value as JSON.
    private static (string Name, JsonElement Value)? Item(ReadOnlySpan<byte> message)
    {
        string name = "";
        List<string> parts = [];
        ReadOnlySpan<byte> json = default;
        ProtobufFields field = new(message);
        while (field.Next())
        {
            switch (field.Number)
            {
                case 1:
                    name = Encoding.UTF8.GetString(field.Bytes);
                    break;
                case 2:
                    parts.Add(Encoding.UTF8.GetString(field.Bytes));
                    break;
                case 16:
                    json = field.Bytes;
                    break;
            }
        }
        try
        {
            using JsonDocument document = JsonDocument.Parse(PythonNumbers.ToJson(Encoding.UTF8.GetString(json)));
            string full = name.Length > 0 ? name : string.Join('.', parts);
            return full.Length is > 0 and <= 1000 ? (full, document.RootElement.Clone()) : null;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or ArgumentException)
        {
            return null;
        }
    }
}
