using System.Buffers.Binary;
using System.Runtime.InteropServices;
using MoeScale.Basics;

namespace MoeScale.Training.Safetensors;

/// <summary>The values of a tensor that is written, in row-major order; asked for one tensor after the other.</summary>
public delegate ReadOnlySpan<float> TensorValues(int index);

/// <summary>
/// Named tensors in the format of huggingface/safetensors, read one by one, so that memory holds no second copy of a model.
/// </summary>
public sealed class SafetensorsFile : IDisposable
{
    private const int BufferBytes = 1 << 16;

    private readonly string _path;
    private readonly FileStream _stream;
    private readonly long _dataStart;
    private readonly Dictionary<string, SafetensorsTensor> _byName;

    private SafetensorsFile(string path, FileStream stream, long dataStart, SafetensorsHeader header)
    {
        _path = path;
        _stream = stream;
        _dataStart = dataStart;
        Tensors = header.Tensors;
        Metadata = header.Metadata;
        _byName = Tensors.ToDictionary(tensor => tensor.Name);
    }

    /// <summary>In the order of their bytes.</summary>
    public IReadOnlyList<SafetensorsTensor> Tensors { get; }

    public IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>Reads the header. Nothing is allocated for a length that the file does not have.</summary>
    /// <exception cref="UserException">The file cannot be read, or is not as the format prescribes.</exception>
    public static SafetensorsFile Open(string path)
    {
        FileStream? stream = null;
        try
        {
            // Without a buffer of its own: tensors are read straight to where they go.
            stream = PlainFile.Open(path, "a safetensors file", bufferSize: 0);
            if (stream.Length < SafetensorsHeader.LengthBytes)
            {
                throw SafetensorsHeader.Malformed(path, $"it has {stream.Length} bytes");
            }
            Span<byte> lengthBytes = stackalloc byte[SafetensorsHeader.LengthBytes];
            stream.ReadExactly(lengthBytes);
            ulong length = BinaryPrimitives.ReadUInt64LittleEndian(lengthBytes);
            long rest = stream.Length - SafetensorsHeader.LengthBytes;
            if (length > SafetensorsHeader.MaxBytes || (long)length > rest)
            {
                string most =
                    length > SafetensorsHeader.MaxBytes ? $"no header has more than {SafetensorsHeader.MaxBytes}" : $"{rest} follow";
                throw SafetensorsHeader.Malformed(path, $"its header should have {length} bytes, but {most}");
            }
            byte[] json = new byte[length];
            stream.ReadExactly(json);
            return new SafetensorsFile(path, stream, stream.Position, SafetensorsHeader.Parse(json, path, rest - (long)length));
        }
        catch (Exception e)
        {
            stream?.Dispose();
            if (e is IOException or UnauthorizedAccessException or ArgumentException)
            {
                throw new UserException($"{path} cannot be read: {TextFile.Reason(e)}.");
            }
            throw;
        }
    }

    /// <summary>The tensor of that name; null if there is none.</summary>
    public SafetensorsTensor? Find(string name) => _byName.GetValueOrDefault(name);

    /// <summary>Reads a tensor as single precision; F16 and BF16 become wider without a loss.</summary>
    /// <param name="tensor">Of this file, of type F32, F16 or BF16.</param>
    /// <param name="values">As long as the tensor.</param>
    /// <exception cref="UserException">It is of another type, or its bytes cannot be read.</exception>
    public void Read(SafetensorsTensor tensor, Span<float> values)
    {
        if (values.Length != tensor.Count)
        {
            throw new ArgumentException($"{tensor.Name} holds {tensor.Count} numbers; there is room for {values.Length}.", nameof(values));
        }
        Read(tensor, 0, values);
    }

    /// <summary>Reads a part of a tensor.</summary>
    /// <param name="tensor">As for <see cref="Read(SafetensorsTensor, Span{float})"/>.</param>
    /// <param name="first">The first number of it.</param>
    /// <param name="values">As many as are read.</param>
    /// <exception cref="UserException">As for <see cref="Read(SafetensorsTensor, Span{float})"/>.</exception>
    public void Read(SafetensorsTensor tensor, long first, Span<float> values)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(first);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(first + values.Length, tensor.Count);
        try
        {
            _stream.Position = _dataStart + tensor.Start + (first * SafetensorsTensor.TypeBytes(tensor.Type)!.Value);
            switch (tensor.Type)
            {
                case "F32":
                    _stream.ReadExactly(MemoryMarshal.AsBytes(values));
                    break;
                case "F16":
                    ReadHalves(values, half => (float)BitConverter.UInt16BitsToHalf(half));
                    break;
                case "BF16":
                    ReadHalves(values, half => BitConverter.UInt32BitsToSingle((uint)half << 16));
                    break;
                default:
                    throw new UserException($"{_path}: '{tensor.Name}' is of type {tensor.Type}; F32, F16 or BF16 is needed. Convert it.");
            }
        }
        catch (Exception e) when (e is IOException)
        {
            throw new UserException($"{_path} cannot be read: {TextFile.Reason(e)}.");
        }
    }

    /// <summary>Writes tensors of single precision, whole or not at all: see <see cref="WholeFile"/>.</summary>
    /// <param name="path">Replaced when all is on the disk.</param>
    /// <param name="tensors">Names, each once, and shapes.</param>
    /// <param name="values">Gives the values of tensor i, as many as its shape says.</param>
    /// <param name="metadata">Texts for the reader.</param>
    /// <exception cref="UserException">The file cannot be written; the one before it stays.</exception>
    public static void Write(
        string path,
        IReadOnlyList<(string Name, IReadOnlyList<long> Shape)> tensors,
        TensorValues values,
        IReadOnlyDictionary<string, string> metadata
    ) => WholeFile.Write(path, stream => Write(stream, path, tensors, values, metadata));

    /// <summary>Writes such a file to a stream.</summary>
    /// <param name="stream">From where it stands.</param>
    /// <param name="name">Of the file, in complaints.</param>
    /// <param name="tensors">Names, each once, and shapes.</param>
    /// <param name="values">Gives the values of tensor i, as many as its shape says.</param>
    /// <param name="metadata">Texts for the reader.</param>
    /// <exception cref="UserException">There are too many tensors for the format.</exception>
    public static void Write(
        Stream stream,
        string name,
        IReadOnlyList<(string Name, IReadOnlyList<long> Shape)> tensors,
        TensorValues values,
        IReadOnlyDictionary<string, string> metadata
    )
    {
        long start = 0;
        List<SafetensorsTensor> placed = [];
        HashSet<string> names = ["__metadata__"];
        foreach ((string tensor, IReadOnlyList<long> shape) in tensors)
        {
            long bytes = shape.Aggregate((long)sizeof(float), (product, size) => checked(product * size));
            placed.Add(
                names.Add(tensor)
                    ? new SafetensorsTensor(tensor, "F32", shape, start, bytes)
                    : throw new ArgumentException($"'{tensor}' is written twice.", nameof(tensors))
            );
            start = checked(start + bytes);
        }
        byte[] header = new SafetensorsHeader(placed, metadata).Write();
        if (header.Length > SafetensorsHeader.MaxBytes)
        {
            throw new UserException(
                $"{name} would need a header of {header.Length} bytes; the format allows {SafetensorsHeader.MaxBytes}."
            );
        }
        stream.Write(header);
        for (int i = 0; i < placed.Count; i++)
        {
            ReadOnlySpan<byte> bytes = MemoryMarshal.AsBytes(values(i));
            if (bytes.Length != placed[i].Bytes)
            {
                throw new InvalidOperationException($"'{placed[i].Name}' has {bytes.Length} bytes; its shape says {placed[i].Bytes}.");
            }
            stream.Write(bytes);
        }
    }

    public void Dispose() => _stream.Dispose();

    private void ReadHalves(Span<float> values, Func<ushort, float> widen)
    {
        Span<ushort> halves = new ushort[Math.Min(values.Length, BufferBytes / sizeof(ushort))];
        while (!values.IsEmpty)
        {
            halves = halves[..Math.Min(halves.Length, values.Length)];
            _stream.ReadExactly(MemoryMarshal.AsBytes(halves));
            for (int i = 0; i < halves.Length; i++)
            {
                values[i] = widen(halves[i]);
            }
            values = values[halves.Length..];
        }
    }
}
