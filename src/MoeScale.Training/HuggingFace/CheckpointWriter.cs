using System.Globalization;
using System.Text;
using System.Text.Json;
using MoeScale.Basics;
using MoeScale.Models;
using MoeScale.Training.Safetensors;

namespace MoeScale.Training.HuggingFace;

/// <summary>
/// The weights of a run as files of a Hugging Face checkpoint: one, or several with an index of them. Tensor after tensor is read from the
/// run's file, so that memory holds one at a time.
/// </summary>
public sealed class CheckpointWriter
{
    /// <summary>The largest file of usual checkpoints.</summary>
    public const long DefaultShardBytes = 5_000_000_000;

    private const string SingleName = "model.safetensors";
    private const string IndexName = "model.safetensors.index.json";

    // Without it the library transformers does not know whose tensors they are.
    private static readonly Dictionary<string, string> Metadata = new() { ["format"] = "pt" };

    private readonly string _weights;
    private readonly List<List<TensorPlace>> _shards;

    /// <param name="type">model_type of an architecture that <see cref="TensorLayout"/> knows.</param>
    /// <param name="model">The model of the run.</param>
    /// <param name="weights">Its file of weights.</param>
    /// <param name="shardBytes">A file is closed before it has more.</param>
    public CheckpointWriter(string type, Model model, string weights, long shardBytes = DefaultShardBytes)
    {
        _weights = weights;
        _shards = Shards(TensorLayout.Of(type, model), shardBytes);
    }

    /// <summary>The files, each with what writes it.</summary>
    public IEnumerable<(string Name, Action<Stream> Write)> Files
    {
        get
        {
            for (int i = 0; i < _shards.Count; i++)
            {
                string name = NameOf(i);
                IReadOnlyList<TensorPlace> shard = _shards[i];
                yield return (name, stream => Write(stream, name, shard));
            }
            if (_shards.Count > 1)
            {
                yield return (IndexName, WriteIndex);
            }
        }
    }

    private string NameOf(int shard) =>
        _shards.Count == 1
            ? SingleName
            : string.Create(CultureInfo.InvariantCulture, $"model-{shard + 1:00000}-of-{_shards.Count:00000}.safetensors");

    private static List<List<TensorPlace>> Shards(IReadOnlyList<TensorPlace> places, long most)
    {
        List<List<TensorPlace>> shards =
        [
            [],
        ];
        long bytes = 0;
        foreach (TensorPlace place in places)
        {
            long more = place.Count * sizeof(float);
            if (bytes > 0 && bytes + more > most)
            {
                shards.Add([]);
                bytes = 0;
            }
            shards[^1].Add(place);
            bytes += more;
        }
        return shards;
    }

    private void Write(Stream stream, string name, IReadOnlyList<TensorPlace> shard)
    {
        using SafetensorsFile weights = SafetensorsFile.Open(_weights);
        float[] ours = [];
        float[] theirs = [];
        SafetensorsFile.Write(stream, name, [.. shard.Select(p => (p.Name, p.Shape))], i => Values(shard[i]), Metadata);

        ReadOnlySpan<float> Values(TensorPlace place)
        {
            int count = checked((int)place.Count);
            if (ours.Length < count)
            {
                ours = new float[count];
                theirs = new float[count];
            }
            Span<float> read = ours.AsSpan(0, count);
            if (place.Parameter is null)
            {
                read.Clear();
                return read;
            }
            SafetensorsTensor tensor =
                weights.Find(place.Parameter)
                ?? throw new UserException(
                    $"{_weights} has no '{place.Parameter}', which {place.Name} is made of. It is of another model."
                );
            weights.Read(tensor, place.Offset, read);
            if (!place.IsTransposed)
            {
                return read;
            }
            place.ToTheirs(read, theirs.AsSpan(0, count));
            return theirs.AsSpan(0, count);
        }
    }

    private void WriteIndex(Stream stream)
    {
        using (Utf8JsonWriter json = new(stream, new JsonWriterOptions { Indented = true }))
        {
            json.WriteStartObject();
            json.WriteStartObject("metadata");
            json.WriteNumber("total_size", _shards.Sum(s => s.Sum(p => p.Count * sizeof(float))));
            json.WriteEndObject();
            json.WriteStartObject("weight_map");
            for (int i = 0; i < _shards.Count; i++)
            {
                foreach (TensorPlace place in _shards[i])
                {
                    json.WriteString(place.Name, NameOf(i));
                }
            }
            json.WriteEndObject();
            json.WriteEndObject();
        }
        stream.Write(Encoding.UTF8.GetBytes("\n"));
    }
}
