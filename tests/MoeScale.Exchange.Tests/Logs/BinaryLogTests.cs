using System.Buffers.Binary;
using System.IO.Hashing;
using System.Text;
using MoeScale.Exchange.Import;
using MoeScale.Exchange.Logs;
using MoeScale.Exchange.Logs.Formats;

namespace MoeScale.Exchange.Tests.Logs;

public class BinaryLogTests
{
    // RFC 3720, appendix B.4: 32 bytes of zeros.
    [Fact]
    public void Castagnoli_ZerosOfTheStandard_HaveItsChecksum() => Assert.Equal(0x8A9136AAu, Crc.Castagnoli(new byte[32]));

    [Fact]
    public void TensorBoard_ScalarsOfBothKinds_AreRead()
    {
        using TemporaryFolder logs = new();
        logs.Write(
            "events.out.tfevents.1.a",
            [.. Event(1, Simple("lm loss", 5.5f)), .. Event(2, Simple("lm loss", 5f)), .. Event(3, Simple("lm loss", 9f))]
        );
        // A restart begins a file; a step that stands twice counts once.
        logs.Write(
            "events.out.tfevents.2.a",
            [.. Event(3, Tensor("lm loss", 4.5f)), .. Event(4, Simple("lm loss", 4f)), .. Event(4, Simple("lm loss vs samples", 1f))]
        );
        ImportedRun run = Imports.One(new ImportRequest([logs.Path]) { BatchTokens = 100, WithPoints = true });
        Assert.Equal([5.5, 5, 4.5, 4], run.Points.Select(p => p["loss"]));
        Assert.Equal(Path.GetFileName(logs.Path), run.Log.Name);
        Assert.DoesNotContain(run.Notes, n => n is ImportNote.Damaged);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(9)]
    [InlineData(20)]
    public void TensorBoard_LastRecordCut_IsTold(int cut)
    {
        using TemporaryFolder logs = new();
        byte[] whole = [.. Event(1, Simple("loss", 5f)), .. Event(2, Simple("loss", 4f))];
        string path = logs.Write("events.out.tfevents.1.a", whole[..^cut]);
        ImportedRun run = Imports.One(new ImportRequest([path]) { BatchTokens = 100 });
        Assert.Equal(5, run.Numbers["loss"]);
        Assert.Contains(run.Notes, n => n is ImportNote.Damaged);
    }

    [Fact]
    public void Wandb_RecordsOverSeveralBlocks_AreRead()
    {
        using TemporaryFolder logs = new();
        byte[] long_ = History(1, "loss", $"{{\"a\": \"{new string('x', 70_000)}\"}}", "loss", "5.5");
        string path = logs.Write(
            "run-abc.wandb",
            Blocks(long_, History(2, "loss", "4.5"), History(3, "loss", "NaN"), History(4, "loss", "4.25"))
        );
        ImportedRun run = Imports.One(new ImportRequest([path]) { BatchTokens = 100 });
        Assert.Equal(("abc", "wandb-offline"), (run.Log.Name, run.Log.Format));
        Assert.Equal([5.5, 4.5, double.PositiveInfinity, 4.25], run.Log.Column("loss")!);
    }

    [Fact]
    public void Wandb_WrongChecksum_IsToldAndEndsThere()
    {
        using TemporaryFolder logs = new();
        byte[] file = Blocks(History(1, "loss", "5.5"), History(2, "loss", "4.5"));
        file[^1] ^= 1;
        ImportedRun run = Imports.One(new ImportRequest([logs.Write("run-abc.wandb", file)]) { BatchTokens = 100 });
        Assert.Equal(5.5, run.Numbers["loss"]);
        Assert.Contains(run.Notes, n => n is ImportNote.Damaged);
    }

    private static byte[] Event(long step, byte[] value)
    {
        byte[] message =
        [
            .. Field(1, BitConverter.GetBytes(1.7e9 + step), 1),
            .. Varint(2 << 3),
            .. Varint(step),
            .. Bytes(5, Bytes(1, value)),
        ];
        byte[] length = BitConverter.GetBytes((ulong)message.Length);
        return [.. length, .. BitConverter.GetBytes(Crc.Masked(length)), .. message, .. BitConverter.GetBytes(Crc.Masked(message))];
    }

    private static byte[] Simple(string tag, float value) =>
        [.. Bytes(1, Encoding.UTF8.GetBytes(tag)), .. Field(2, BitConverter.GetBytes(value), 5)];

    // TensorProto: type 1 (float), one float packed.
    private static byte[] Tensor(string tag, float value) =>
        [.. Bytes(1, Encoding.UTF8.GetBytes(tag)), .. Bytes(8, [.. Varint(1 << 3), 1, .. Bytes(5, BitConverter.GetBytes(value))])];

    private static byte[] History(long step, params string[] items) =>
        Bytes(
            2,
            [
                .. items
                    .Chunk(2)
                    .SelectMany(i => Bytes(1, [.. Bytes(2, Encoding.UTF8.GetBytes(i[0])), .. Bytes(16, Encoding.UTF8.GetBytes(i[1]))])),
                .. Bytes(2, [.. Varint(1 << 3), .. Varint(step)]),
            ]
        );

    private static byte[] Blocks(params byte[][] records)
    {
        const int block = 1 << 15;
        List<byte> file = [.. ":W&B"u8, 0xE1, 0xBE, 0];
        foreach (byte[] record in records)
        {
            int at = 0;
            do
            {
                int room = block - (file.Count % block);
                if (room < 7)
                {
                    file.AddRange(new byte[room]);
                    continue;
                }
                int size = Math.Min(record.Length - at, room - 7);
                bool first = at == 0;
                bool last = at + size == record.Length;
                byte[] data =
                [
                    (byte)(
                        first && last ? 1
                        : first ? 2
                        : last ? 4
                        : 3
                    ),
                    .. record[at..(at + size)],
                ];
                byte[] head = new byte[6];
                BinaryPrimitives.WriteUInt32LittleEndian(head, Crc32.HashToUInt32(data));
                BinaryPrimitives.WriteUInt16LittleEndian(head.AsSpan(4), (ushort)size);
                file.AddRange(head);
                file.AddRange(data);
                at += size;
            } while (at < record.Length);
        }
        return [.. file];
    }

    private static byte[] Bytes(int number, byte[] data) => [.. Varint((number << 3) | 2), .. Varint(data.Length), .. data];

    private static byte[] Field(int number, byte[] data, int kind) => [.. Varint((number << 3) | kind), .. data];

    private static byte[] Varint(long value)
    {
        List<byte> bytes = [];
        for (; value >= 0x80; value >>= 7)
        {
            bytes.Add((byte)(value | 0x80));
        }
        return [.. bytes, (byte)value];
    }
}
