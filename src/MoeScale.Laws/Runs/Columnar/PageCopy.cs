namespace MoeScale.Laws.Runs.Columnar;

/// <summary>The pages of a column in a group of rows, checked and copied.</summary>
/// <param name="Start">Where they begin in the copy.</param>
/// <param name="Length">Bytes there.</param>
/// <param name="Unpacked">Bytes of all pages, unpacked.</param>
/// <param name="Codec">How they are packed.</param>
internal sealed record PageCopy(long Start, long Length, long Unpacked, int Codec)
{
    private const int MaxPage = 1 << 27;

    // Bytes before a page: a few numbers, and the least and the greatest value.
    private const int MaxHeader = 1 << 16;

    private const int DataPage = 0,
        IndexPage = 1,
        DictionaryPage = 2,
        DataPageV2 = 3;

    private const int NotPacked = 0,
        Snappy = 1;

    // Plain, by dictionary (two numbers), runs, differences (three), and bytes of equal place together.
    private static readonly long[] Encodings = [0, 2, 3, 5, 6, 7, 8, 9];

    // Runs, for which levels have a length.
    private const long LevelRuns = 3;

    /// <param name="bytes">The file before its metadata.</param>
    /// <param name="told">What the file says of the chunk.</param>
    /// <param name="column">The column.</param>
    /// <param name="rows">Rows of the group.</param>
    /// <param name="to">Gets the copy.</param>
    /// <exception cref="InvalidDataException">A page is damaged, or there are too few.</exception>
    public static PageCopy Of(ReadOnlyMemory<byte> bytes, ThriftStruct told, ParquetColumn column, int rows, Stream to)
    {
        long start = to.Position;
        // The offsets of some programs are zero where they mean nothing.
        long at = new[] { told.Whole(9), told.Whole(11) }.Where(o => o > 0).Min() ?? 0;
        int codec = told.Whole(4) is >= 0 and <= 7 and long known
            ? (int)known
            : throw new NotSupportedException($"the column '{column.Name}' is packed in no known way");
        long unpacked = 0;
        long values = 0;
        bool hasDictionary = false;
        while (values < rows)
        {
            if (at < 4 || at >= bytes.Length)
            {
                throw new InvalidDataException($"pages of the column '{column.Name}' are missing");
            }
            ThriftReader reader = new(bytes[..(int)Math.Min(at + MaxHeader, bytes.Length)], (int)at);
            ThriftStruct header = reader.Read();
            Page page = new(header, bytes, reader.Position, column);
            at = reader.Position + page.Packed;
            switch (page.Kind)
            {
                case DictionaryPage when !hasDictionary && values == 0:
                    hasDictionary = true;
                    break;
                case DataPage or DataPageV2 when page.Values > 0:
                    values += page.Values;
                    break;
                case DataPage or DataPageV2 or IndexPage:
                    continue;
                default:
                    throw page.Damaged();
            }
            if (values > rows)
            {
                throw page.Damaged();
            }
            unpacked += page.Unpacked;
            page.Write(to, codec, hasDictionary);
        }
        return new PageCopy(start, to.Position - start, unpacked, codec);
    }

    private sealed class Page
    {
        private readonly ThriftStruct _details;
        private readonly ReadOnlyMemory<byte> _content;
        private readonly ParquetColumn _column;

        public Page(ThriftStruct header, ReadOnlyMemory<byte> bytes, int position, ParquetColumn column)
        {
            _column = column;
            Kind = (int)(header.Whole(1) is >= DataPage and <= DataPageV2 and long kind ? kind : throw Damaged());
            Unpacked = (int)(header.Whole(2) is >= 0 and <= MaxPage and long unpacked ? unpacked : throw Damaged());
            Packed = (int)(header.Whole(3) is >= 0 and long packed && packed <= bytes.Length - position ? packed : throw Damaged());
            _content = bytes.Slice(position, Packed);
            int field = Kind switch
            {
                DataPage => 5,
                DictionaryPage => 7,
                DataPageV2 => 8,
                _ => 0,
            };
            _details = field == 0 ? header : header.Struct(field) ?? throw Damaged();
            Values = (int)(
                field == 0 ? 0
                : _details.Whole(1) is >= 0 and <= int.MaxValue and long values ? values
                : throw Damaged()
            );
        }

        public int Kind { get; }

        public int Unpacked { get; }

        public int Packed { get; }

        public int Values { get; }

        public InvalidDataException Damaged() => new($"a page of the column '{_column.Name}' is damaged");

        public void Write(Stream to, int codec, bool hasDictionary)
        {
            int levels = Kind == DataPageV2 ? Levels() : 0;
            long encoding = Kind == DataPageV2 ? _details.Whole(4) ?? -1 : _details.Whole(2) ?? -1;
            bool isPacked = codec != NotPacked && (Kind != DataPageV2 || (_details.Truth(7) != false && Packed > levels));
            Check(codec, levels, encoding, isPacked, hasDictionary);
            ThriftWriter thrift = new(to);
            thrift.Element(() =>
            {
                thrift.Whole(1, Kind);
                thrift.Whole(2, Unpacked);
                thrift.Whole(3, Packed);
                switch (Kind)
                {
                    case DataPage:
                        thrift.Begin(
                            5,
                            () =>
                            {
                                thrift.Whole(1, Values);
                                thrift.Whole(2, (int)encoding);
                                thrift.Whole(3, (int)LevelRuns);
                                thrift.Whole(4, (int)LevelRuns);
                            }
                        );
                        break;
                    case DictionaryPage:
                        thrift.Begin(
                            7,
                            () =>
                            {
                                thrift.Whole(1, Values);
                                thrift.Whole(2, 0);
                            }
                        );
                        break;
                    default:
                        thrift.Begin(
                            8,
                            () =>
                            {
                                thrift.Whole(1, Values);
                                thrift.Whole(2, (int)_details.Whole(2)!);
                                thrift.Whole(3, Values);
                                thrift.Whole(4, (int)encoding);
                                thrift.Whole(5, levels);
                                thrift.Whole(6, 0);
                                thrift.Truth(7, isPacked);
                            }
                        );
                        break;
                }
            });
            to.Write(_content.Span);
        }

        // Of a page of the second version: bytes of levels before its values, which are not packed.
        private int Levels()
        {
            long levels = _details.Whole(5) ?? 0;
            bool isWhole = _details.Whole(2) is >= 0 and long missing && missing <= Values;
            return isWhole && levels >= 0 && levels <= Packed && levels <= Unpacked && (_details.Whole(6) ?? 0) == 0
                ? (int)levels
                : throw Damaged();
        }

        private void Check(int codec, int levels, long encoding, bool isPacked, bool hasDictionary)
        {
            bool isByDictionary = encoding is 2 or 8;
            bool isKnown = Kind == DictionaryPage ? encoding is 0 or 2 : Encodings.Contains(encoding) && (!isByDictionary || hasDictionary);
            if (!isKnown)
            {
                throw new NotSupportedException($"the column '{_column.Name}' is written in an unknown way, encoding {encoding}");
            }
            // A dictionary is plain: what it holds has a length.
            if (Kind == DictionaryPage && (long)Values * Width > Unpacked)
            {
                throw Damaged();
            }
            if (Kind == DataPage && _column.IsOptional && _details.Whole(3) is long runs && runs != LevelRuns)
            {
                throw new NotSupportedException($"the column '{_column.Name}' has levels of an old kind");
            }
            if (!isPacked && Kind != DataPageV2 && Packed != Unpacked)
            {
                throw Damaged();
            }
            if (isPacked && codec == Snappy && SnappyLength(_content.Span[levels..]) != Unpacked - levels)
            {
                throw Damaged();
            }
        }

        private int Width =>
            _column.Physical switch
            {
                Physical.Boolean => 1,
                Physical.Int64 or Physical.Double => 8,
                Physical.Int96 => 12,
                Physical.FixedByteArray => _column.TypeLength,
                _ => 4,
            };

        // What comes out, which Snappy writes first.
        private static long SnappyLength(ReadOnlySpan<byte> packed)
        {
            long length = 0;
            for (int i = 0; i < Math.Min(5, packed.Length); i++)
            {
                length |= (long)(packed[i] & 0x7F) << (7 * i);
                if (packed[i] < 0x80)
                {
                    return length;
                }
            }
            return -1;
        }
    }
}
