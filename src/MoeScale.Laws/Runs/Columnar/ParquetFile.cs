using System.Buffers.Binary;
using System.Text;

namespace MoeScale.Laws.Runs.Columnar;

/// <summary>
/// A Parquet file whose metadata was read and checked here. The package that decodes its pages trusts metadata: cut or changed ones make it
/// read without end, or ask for any memory. So it is given files that are written anew, with the flat columns of one group of rows, and
/// metadata that say nothing but what was checked.
/// </summary>
internal sealed class ParquetFile
{
    /// <summary>Of a file; tables of runs are smaller by far.</summary>
    public const int MaxBytes = 1 << 28;

    private const int MaxFooter = 1 << 23;
    private const int MaxRows = 1 << 23;
    private const int MaxUnpacked = 1 << 28;
    private const int Repeated = 2;

    private static readonly byte[] Magic = "PAR1"u8.ToArray();

    private readonly ReadOnlyMemory<byte> _bytes;

    private ParquetFile(ReadOnlyMemory<byte> bytes) => _bytes = bytes;

    /// <summary>Columns whose cells a table can hold, in the order of the file.</summary>
    public required IReadOnlyList<ParquetColumn> Columns { get; init; }

    /// <summary>Names of all others: lists, structs, bytes.</summary>
    public required IReadOnlyList<string> PassedOver { get; init; }

    public required IReadOnlyList<ThriftStruct> Groups { get; init; }

    /// <summary>Reads the metadata.</summary>
    /// <exception cref="InvalidDataException">They are damaged.</exception>
    public static ParquetFile Read(ReadOnlyMemory<byte> bytes)
    {
        if (bytes.Length < 12 || !bytes.Span[^4..].SequenceEqual(Magic))
        {
            throw new InvalidDataException("its end is missing");
        }
        int length = BinaryPrimitives.ReadInt32LittleEndian(bytes.Span[^8..]);
        if (length is <= 0 or > MaxFooter || length > bytes.Length - 12)
        {
            throw new InvalidDataException("its metadata have no length");
        }
        int start = bytes.Length - 8 - length;
        ThriftStruct footer = new ThriftReader(bytes[..^8], start).Read();
        IReadOnlyList<ThriftStruct> schema = footer.Structs(2);
        List<ParquetColumn> columns = [];
        List<string> passedOver = [];
        int leaves = 0;
        int at = 1;
        for (int left = (int)Math.Min(schema.Count == 0 ? 0 : schema[0].Whole(5) ?? 0, schema.Count); left > 0 && at < schema.Count; left--)
        {
            int first = at;
            int leaf = leaves;
            leaves += Leaves(schema, ref at);
            ParquetColumn? column = at == first + 1 && schema[first].Whole(3) != Repeated ? ParquetColumn.Of(schema[first], leaf) : null;
            if (column is null or { Meaning: Meaning.None })
            {
                passedOver.Add(ParquetColumn.NameOf(schema[first]));
            }
            else
            {
                columns.Add(column);
            }
        }
        return new ParquetFile(bytes[..start])
        {
            Columns = columns,
            PassedOver = passedOver,
            Groups = footer.Structs(4),
        };
    }

    // Of the element at which it stands, and moves behind it.
    private static int Leaves(IReadOnlyList<ThriftStruct> schema, ref int at)
    {
        int leaves = 0;
        long open = 1;
        while (open > 0 && at < schema.Count)
        {
            long children = schema[at++].Whole(5) ?? 0;
            open += children - 1;
            leaves += children == 0 ? 1 : 0;
            if (children < 0 || open > schema.Count)
            {
                throw new InvalidDataException("its schema contradicts itself");
            }
        }
        return leaves;
    }

    /// <summary>Rows of a group.</summary>
    /// <exception cref="InvalidDataException">The group does not say it.</exception>
    public static int RowsOf(ThriftStruct group) =>
        group.Whole(3) switch
        {
            >= 0 and <= MaxRows and long rows => (int)rows,
            > MaxRows => throw new InvalidDataException($"a group of rows has more than {MaxRows}"),
            _ => throw new InvalidDataException("a group of rows has no number of rows"),
        };

    /// <summary>A file of its own with the flat columns of a group of rows, which are called by their place: "0", "1".</summary>
    /// <exception cref="InvalidDataException">The group, or a page in it, is damaged.</exception>
    public MemoryStream Alone(ThriftStruct group)
    {
        int rows = RowsOf(group);
        IReadOnlyList<ThriftStruct> chunks = group.Structs(1);
        MemoryStream file = new();
        file.Write(Magic);
        long unpacked = 0;
        PageCopy[] copies =
        [
            .. Columns.Select(column =>
            {
                ThriftStruct chunk = column.Index < chunks.Count ? chunks[column.Index] : throw Lacking(column);
                // Chunks in other files, and encrypted ones.
                if (chunk.Struct(3) is not ThriftStruct told || chunk.Has(1) || chunk.Has(8))
                {
                    throw Lacking(column);
                }
                if (told.Whole(1) != (long)column.Physical || told.Whole(5) != rows)
                {
                    throw new InvalidDataException($"what it says of the column '{column.Name}' contradicts itself");
                }
                PageCopy copy = PageCopy.Of(_bytes, told, column, rows, file);
                unpacked += copy.Unpacked;
                return unpacked <= MaxUnpacked
                    ? copy
                    : throw new InvalidDataException($"a group of rows unfolds to more than {MaxUnpacked} bytes");
            }),
        ];
        long footer = file.Position;
        WriteFooter(new ThriftWriter(file), copies, rows);
        byte[] length = new byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(length, (int)(file.Position - footer));
        file.Write(length);
        file.Write(Magic);
        file.Position = 0;
        return file;
    }

    private void WriteFooter(ThriftWriter thrift, PageCopy[] copies, int rows) =>
        thrift.Element(() =>
        {
            thrift.Whole(1, 1);
            thrift.Structs(
                2,
                Columns.Count + 1,
                i =>
                {
                    if (i == 0)
                    {
                        thrift.Bytes(4, "schema"u8);
                        thrift.Whole(5, Columns.Count);
                        return;
                    }
                    ParquetColumn column = Columns[i - 1];
                    thrift.Whole(1, (int)column.Physical);
                    if (column.TypeLength > 0)
                    {
                        thrift.Whole(2, column.TypeLength);
                    }
                    thrift.Whole(3, column.IsOptional ? 1 : 0);
                    thrift.Bytes(4, Called(i - 1));
                }
            );
            thrift.Long(3, rows);
            thrift.Structs(
                4,
                1,
                _ =>
                {
                    thrift.Structs(1, copies.Length, i => WriteChunk(thrift, copies[i], i, rows));
                    thrift.Long(2, copies.Sum(c => c.Unpacked));
                    thrift.Long(3, rows);
                }
            );
        });

    private void WriteChunk(ThriftWriter thrift, PageCopy copy, int index, int rows)
    {
        thrift.Long(2, copy.Start);
        thrift.Begin(
            3,
            () =>
            {
                thrift.Whole(1, (int)Columns[index].Physical);
                thrift.Wholes(2, 0);
                thrift.Text(3, Called(index));
                thrift.Whole(4, copy.Codec);
                thrift.Long(5, rows);
                thrift.Long(6, copy.Unpacked);
                thrift.Long(7, copy.Length);
                thrift.Long(9, copy.Start);
            }
        );
    }

    private static byte[] Called(int index) => Encoding.ASCII.GetBytes($"{index}");

    private static InvalidDataException Lacking(ParquetColumn column) => new($"a group of rows lacks the column '{column.Name}'");
}
