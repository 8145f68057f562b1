using System.Text.Json;
using System.Text.RegularExpressions;
using MoeScale.Basics;
using MoeScale.Training.Layers;
using MoeScale.Training.Safetensors;
using MoeScale.Training.Transformers;

namespace MoeScale.Training.HuggingFace;

/// <summary>The weights of a Hugging Face checkpoint: model.safetensors, or the files that an index beside them names.</summary>
internal sealed partial class CheckpointReader : IDisposable
{
    private const string SingleName = "model.safetensors";
    private const string IndexName = "model.safetensors.index.json";
    private const int NamedInComplaints = 4;

    private readonly string _folder;
    private readonly IReadOnlyList<SafetensorsFile> _files;
    private readonly Dictionary<string, SafetensorsFile> _fileOf = [];

    private CheckpointReader(string folder, IReadOnlyList<string> paths)
    {
        _folder = folder;
        List<SafetensorsFile> files = [];
        _files = files;
        try
        {
            foreach (string path in paths)
            {
                SafetensorsFile file = SafetensorsFile.Open(path);
                files.Add(file);
                foreach (SafetensorsTensor tensor in file.Tensors)
                {
                    if (!_fileOf.TryAdd(tensor.Name, file))
                    {
                        throw new UserException($"{path}: '{tensor.Name}' stands in another file of {folder} too. Remove one of them.");
                    }
                }
            }
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>The files of weights in a folder; none where there are none.</summary>
    /// <exception cref="UserException">The index is damaged, or names what is not there.</exception>
    public static IReadOnlyList<string> FilesIn(string folder)
    {
        string single = Path.Combine(folder, SingleName);
        string index = Path.Combine(folder, IndexName);
        return File.Exists(single) ? [single]
            : File.Exists(index) ? [.. FilesOf(index).Select(name => There(index, name, Path.Combine(folder, name)))]
            : [];
    }

    /// <exception cref="UserException">A file cannot be read.</exception>
    public static CheckpointReader Open(string folder) => new(folder, FilesIn(folder));

    /// <summary>Fills a model.</summary>
    /// <param name="type">model_type of an architecture that <see cref="TensorLayout"/> knows.</param>
    /// <param name="model">Of that architecture.</param>
    /// <exception cref="UserException">A tensor is missing, unknown, or of another shape; then nothing was changed.</exception>
    public void Read(string type, Transformer model)
    {
        IReadOnlyList<TensorPlace> places = TensorLayout.Of(type, model.Model);
        Dictionary<string, Parameter> parameters = model.Parameters.ToDictionary(p => p.Name);
        (TensorPlace Place, SafetensorsFile File, SafetensorsTensor Tensor)[] all = [.. places.Select(Find)];
        RequireKnown([.. all.Select(a => a.Tensor.Name)], model.Model.TiedEmbeddings);
        float[] turned = [];
        foreach ((TensorPlace place, SafetensorsFile file, SafetensorsTensor tensor) in all.Where(a => a.Place.Parameter is not null))
        {
            Span<float> ours = parameters[place.Parameter!].Weights.Slice((int)place.Offset, (int)place.Count);
            if (!place.IsTransposed)
            {
                file.Read(tensor, ours);
                continue;
            }
            turned = turned.Length < ours.Length ? new float[ours.Length] : turned;
            file.Read(tensor, turned.AsSpan(0, ours.Length));
            place.ToOurs(turned.AsSpan(0, ours.Length), ours);
        }
    }

    public void Dispose()
    {
        foreach (SafetensorsFile file in _files)
        {
            file.Dispose();
        }
    }

    // Files of the bare model, without its head, leave the prefix out.
    private (TensorPlace Place, SafetensorsFile File, SafetensorsTensor Tensor) Find(TensorPlace place)
    {
        string bare = place.Name[(place.Name.IndexOf('.', StringComparison.Ordinal) + 1)..];
        string name = _fileOf.ContainsKey(place.Name) || !_fileOf.ContainsKey(bare) ? place.Name : bare;
        if (!_fileOf.TryGetValue(name, out SafetensorsFile? file))
        {
            throw new UserException(
                $"{_folder} has no tensor '{place.Name}' in its weights, which its config.json asks for. Fetch both files anew."
            );
        }
        SafetensorsTensor tensor = file.Find(name)!;
        return tensor.Shape.SequenceEqual(place.Shape)
            ? (place, file, tensor)
            : throw new UserException(
                $"{_folder}: '{name}' is ({string.Join(", ", tensor.Shape)}) in its weights, and its config.json asks for "
                    + $"({string.Join(", ", place.Shape)}). They do not belong together."
            );
    }

    private void RequireKnown(HashSet<string> known, bool isTied)
    {
        string[] unknown =
        [
            .. _fileOf
                .Keys.Where(name => !known.Contains(name) && !Buffers().IsMatch(name) && !(isTied && name == "lm_head.weight"))
                .Order(StringComparer.Ordinal),
        ];
        if (unknown.Length > 0)
        {
            string more = unknown.Length > NamedInComplaints ? $" and {unknown.Length - NamedInComplaints} more" : "";
            throw new UserException(
                $"{_folder} has tensors in its weights that its config.json does not ask for: "
                    + $"{string.Join(", ", unknown.Take(NamedInComplaints))}{more}. Without them it would be another model."
            );
        }
    }

    private static string There(string index, string name, string path) =>
        File.Exists(path) ? path : throw new UserException($"{index} names {name}, which is not beside it. Fetch that file too.");

    private static string[] FilesOf(string index)
    {
        try
        {
            JsonElement root = JsonText.Parse(TextFile.Read(index));
            if (
                root.ValueKind == JsonValueKind.Object
                && root.TryGetProperty("weight_map", out JsonElement map)
                && map.ValueKind == JsonValueKind.Object
            )
            {
                string[] names = [.. map.EnumerateObject().Select(p => p.Value.ToString()).Distinct().Order(StringComparer.Ordinal)];
                return names.FirstOrDefault(n => Path.GetFileName(n) != n || n.Length == 0) is string elsewhere
                    ? throw new UserException($"{index} names '{elsewhere}', which is no file beside it.")
                    : names;
            }
        }
        catch (JsonException)
        {
            // The same as a file without the map.
        }
        throw new UserException($"{index} is no index of weights: it has no 'weight_map' of tensors to files. Fetch it anew.");
    }

    // What older versions stored beside the weights: masks, and the angles of rotary positions.
    [GeneratedRegex(@"(\.attn\.(bias|masked_bias)|\.rotary_emb\.inv_freq)$")]
    private static partial Regex Buffers();
}
