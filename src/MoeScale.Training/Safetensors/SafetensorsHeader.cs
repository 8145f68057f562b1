using System.Text.Json;
using MoeScale.Basics;

namespace MoeScale.Training.Safetensors;

/// <summary>
/// The JSON in front of a safetensors file: an object of tensor to type, shape and place, and "__metadata__", an object
/// of texts. The tensors' bytes must lie behind each other without a hole from the header to the end, so that a file is
/// read in one way only.
/// </summary>
/// <remarks>The rules and the limit of 100 MB are those of the reference implementation, huggingface/safetensors.</remarks>
internal sealed record SafetensorsHeader(IReadOnlyList<SafetensorsTensor> Tensors, IReadOnlyDictionary<string, string> Metadata)
{
    public const int LengthBytes = sizeof(ulong);
    public const int MaxBytes = 100_000_000;
    private const string MetadataKey = "__metadata__";
    private const int MaxDimensions = 16;

    /// <param name="json">The header, with the spaces behind it.</param>
    /// <param name="path">For messages.</param>
    /// <param name="dataBytes">What follows the header.</param>
    /// <exception cref="UserException">It is no such header, or does not fit the file.</exception>
    public static SafetensorsHeader Parse(ReadOnlySpan<byte> json, string path, long dataBytes)
    {
        Dictionary<string, SafetensorsTensor> tensors = [];
        Dictionary<string, string>? metadata = null;
        if (json.IsEmpty || json[0] != (byte)'{')
        {
            throw Malformed(path, "its header does not begin with '{'");
        }
        try
        {
            Utf8JsonReader reader = new(json, new JsonReaderOptions { MaxDepth = 3 });
            reader.Read();
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                string name = reader.GetString()!;
                if (name == MetadataKey && metadata is null)
                {
                    metadata = ReadMetadata(ref reader, path);
                }
                else if (name == MetadataKey || !tensors.TryAdd(name, ReadTensor(ref reader, name, path)))
                {
                    throw Malformed(path, $"'{name}' stands twice in its header");
                }
            }
            reader.Read();
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw Malformed(path, "its header is no such JSON");
        }
        SafetensorsTensor[] ordered = [.. tensors.Values.OrderBy(tensor => tensor.Start).ThenBy(tensor => tensor.Bytes)];
        CheckPlaces(ordered, path, dataBytes);
        return new SafetensorsHeader(ordered, metadata ?? []);
    }

    /// <summary>The file's first bytes: the header's length, the header, and spaces up to a multiple of 8.</summary>
    public byte[] Write()
    {
        using MemoryStream stream = new();
        stream.Write(new byte[LengthBytes]);
        using (Utf8JsonWriter json = new(stream))
        {
            json.WriteStartObject();
            if (Metadata.Count > 0)
            {
                json.WriteStartObject(MetadataKey);
                foreach ((string key, string value) in Metadata.OrderBy(entry => entry.Key, StringComparer.Ordinal))
                {
                    json.WriteString(key, value);
                }
                json.WriteEndObject();
            }
            foreach (SafetensorsTensor tensor in Tensors)
            {
                json.WriteStartObject(tensor.Name);
                json.WriteString("dtype", tensor.Type);
                WriteNumbers(json, "shape", tensor.Shape);
                WriteNumbers(json, "data_offsets", [tensor.Start, tensor.Start + tensor.Bytes]);
                json.WriteEndObject();
            }
            json.WriteEndObject();
        }
        while (stream.Length % LengthBytes != 0)
        {
            stream.WriteByte((byte)' ');
        }
        byte[] bytes = stream.ToArray();
        System.Buffers.Binary.BinaryPrimitives.WriteInt64LittleEndian(bytes, bytes.Length - LengthBytes);
        return bytes;
    }

    /// <summary>A file that is not as the format prescribes.</summary>
    public static UserException Malformed(string path, string reason) =>
        new($"{path} is no whole safetensors file: {reason}. It was cut short or damaged, or is of another kind; fetch or write it again.");

    private static void WriteNumbers(Utf8JsonWriter json, string name, IReadOnlyList<long> numbers)
    {
        json.WriteStartArray(name);
        foreach (long number in numbers)
        {
            json.WriteNumberValue(number);
        }
        json.WriteEndArray();
    }

    private static Dictionary<string, string> ReadMetadata(ref Utf8JsonReader reader, string path)
    {
        Dictionary<string, string> metadata = [];
        Require(reader.Read() && reader.TokenType == JsonTokenType.StartObject, path, "its metadata is no object");
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            string key = reader.GetString()!;
            Require(
                reader.Read() && reader.TokenType == JsonTokenType.String && metadata.TryAdd(key, reader.GetString()!),
                path,
                $"'{key}' of its metadata is no text, or stands twice"
            );
        }
        return metadata;
    }

    private static SafetensorsTensor ReadTensor(ref Utf8JsonReader reader, string name, string path)
    {
        string? type = null;
        List<long>? shape = null;
        List<long>? offsets = null;
        Require(reader.Read() && reader.TokenType == JsonTokenType.StartObject, path, $"'{name}' is no object");
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (type is null && reader.ValueTextEquals("dtype"))
            {
                Require(reader.Read() && reader.TokenType == JsonTokenType.String, path, $"the type of '{name}' is no text");
                type = reader.GetString();
            }
            else if (shape is null && reader.ValueTextEquals("shape"))
            {
                shape = ReadNumbers(ref reader, name, path);
            }
            else
            {
                Require(
                    offsets is null && reader.ValueTextEquals("data_offsets"),
                    path,
                    $"'{name}' says more than its type, shape and place"
                );
                offsets = ReadNumbers(ref reader, name, path);
            }
        }
        Require(
            type is not null && shape is not null && offsets is [_, _] && offsets[0] <= offsets[1],
            path,
            $"'{name}' does not say its type, shape and place"
        );
        int typeBytes = SafetensorsTensor.TypeBytes(type!) ?? throw Malformed(path, $"'{name}' is of the unknown type '{type}'");
        Int128 bytes = typeBytes;
        foreach (long size in shape!)
        {
            // At most 2^63 before each product, so that it cannot overflow 128 bits.
            bytes *= size;
            Require(bytes <= long.MaxValue, path, $"'{name}' is larger than any file");
        }
        long length = offsets![1] - offsets[0];
        Require(bytes == length, path, $"'{name}' of type {type} and shape ({string.Join(", ", shape)}) takes {bytes} bytes, not {length}");
        return new SafetensorsTensor(name, type!, shape, offsets[0], length);
    }

    private static List<long> ReadNumbers(ref Utf8JsonReader reader, string name, string path)
    {
        List<long> numbers = [];
        Require(
            reader.Read() && reader.TokenType == JsonTokenType.StartArray,
            path,
            $"'{name}' has no list of numbers where one is needed"
        );
        while (reader.Read() && reader.TokenType == JsonTokenType.Number)
        {
            Require(
                reader.TryGetInt64(out long number) && number >= 0 && numbers.Count < MaxDimensions,
                path,
                $"'{name}' has a size or place that is no whole number, or more than {MaxDimensions} dimensions"
            );
            numbers.Add(number);
        }
        Require(reader.TokenType == JsonTokenType.EndArray, path, $"'{name}' has something else than numbers in a list of them");
        return numbers;
    }

    private static void CheckPlaces(SafetensorsTensor[] ordered, string path, long dataBytes)
    {
        long end = 0;
        foreach (SafetensorsTensor tensor in ordered)
        {
            Require(
                tensor.Start == end,
                path,
                $"the bytes of '{tensor.Name}' begin at {tensor.Start}, not where those before it end, at {end}"
            );
            end = tensor.Start + tensor.Bytes;
        }
        Require(end == dataBytes, path, $"its tensors take {end} bytes, but {dataBytes} follow the header");
    }

    private static void Require(bool holds, string path, string reason)
    {
        if (!holds)
        {
            throw Malformed(path, reason);
        }
    }
}
