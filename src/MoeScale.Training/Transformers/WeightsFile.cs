using MoeScale.Basics;
using MoeScale.Training.Layers;
using MoeScale.Training.Safetensors;

namespace MoeScale.Training.Transformers;

/// <summary>Tensors of a model's parameters as safetensors: its weights, or the optimizer's moments.</summary>
internal static class WeightsFile
{
    /// <summary>Values of one parameter, in place.</summary>
    public delegate Span<float> ValuesOf(Parameter parameter);

    /// <summary>A kind of values that a file holds of each parameter: "" for the weights, "first." and "second." for moments.</summary>
    public readonly record struct Kind(string Prefix, ValuesOf Values);

    public static Kind Weights { get; } = new("", p => p.Weights);

    /// <exception cref="UserException">It cannot be written.</exception>
    public static void Write(string path, Transformer model, IReadOnlyDictionary<string, string> metadata, params Kind[] kinds)
    {
        (Kind Kind, Parameter Parameter)[] all = [.. kinds.SelectMany(k => model.Parameters.Select(p => (k, p)))];
        SafetensorsFile.Write(
            path,
            [.. all.Select(a => (a.Kind.Prefix + a.Parameter.Name, (IReadOnlyList<long>)a.Parameter.Shape))],
            i => all[i].Kind.Values(all[i].Parameter),
            metadata
        );
    }

    /// <exception cref="UserException">It cannot be read, or holds tensors of another model; then nothing was changed.</exception>
    public static void Read(string path, Transformer model, params Kind[] kinds)
    {
        using SafetensorsFile file = SafetensorsFile.Open(path);
        (Kind Kind, Parameter Parameter, SafetensorsTensor Tensor)[] all =
        [
            .. kinds.SelectMany(k => model.Parameters.Select(p => (k, p, Find(file, path, k.Prefix + p.Name, p, model)))),
        ];
        if (file.Tensors.Count > all.Length)
        {
            HashSet<string> known = [.. all.Select(a => a.Tensor.Name)];
            throw Another(path, model, $"its '{file.Tensors.First(t => !known.Contains(t.Name)).Name}' is no parameter of that");
        }
        foreach ((Kind kind, Parameter parameter, SafetensorsTensor tensor) in all)
        {
            file.Read(tensor, kind.Values(parameter));
        }
    }

    private static SafetensorsTensor Find(SafetensorsFile file, string path, string name, Parameter parameter, Transformer model)
    {
        SafetensorsTensor tensor = file.Find(name) ?? throw Another(path, model, $"it has no '{name}'");
        return tensor.Shape.SequenceEqual(parameter.Shape)
            ? tensor
            : throw Another(
                path,
                model,
                $"'{name}' is ({string.Join(", ", tensor.Shape)}) there and ({string.Join(", ", parameter.Shape)}) in that"
            );
    }

    private static UserException Another(string path, Transformer model, string reason) =>
        new($"{path} holds another model than '{model.Model.Name}': {reason}. Give the model that it was written for, or another folder.");
}
