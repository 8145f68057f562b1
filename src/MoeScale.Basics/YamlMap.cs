using System.Globalization;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace MoeScale.Basics;

/// <summary>
/// A YAML mapping that knows where each of its values stands, so that every complaint names the file, the line and the cure.
/// </summary>
public sealed class YamlMap
{
    // How its message of a key that stands twice begins.
    private const string Duplicate = "Duplicate key ";

    private readonly YamlMappingNode _node;
    private readonly string _name;
    private readonly Dictionary<string, Phrase> _places = [];

    // Where keys stand that were put in from elsewhere, or that lack; null where they stand as the file has them.
    private Func<string, Phrase?>? _placeOf;

    // What keys are called that stand in no file; null where they are called as they are.
    private Func<string, Setting>? _settings;

    private YamlMap(YamlMappingNode node, string file, string? folder, string name)
    {
        _node = node;
        File = file;
        Folder = folder;
        _name = name;
    }

    /// <summary>The file as the user named it.</summary>
    public string File { get; }

    /// <summary>The folder that holds the file, whole; null for text that is no file.</summary>
    public string? Folder { get; }

    /// <summary>The keys, in the order of the file.</summary>
    public IReadOnlyList<string> Keys => [.. _node.Children.Keys.Select(k => ((YamlScalarNode)k).Value!)];

    /// <summary>The first of them, for complaints about the whole mapping; empty where there is none.</summary>
    public string FirstKey => Keys is [string first, ..] ? first : "";

    /// <exception cref="UserException">The file cannot be read, or is no YAML mapping.</exception>
    public static YamlMap Read(string path)
    {
        return Parse(TextFile.Read(path), path, Path.GetDirectoryName(Path.GetFullPath(path)));
    }

    /// <summary>A mapping that stands in no file.</summary>
    /// <param name="values">Keys, their values, and where a complaint says that each comes from, such as the option that gave it.</param>
    /// <param name="settings">By which complaints name keys; null for the keys themselves.</param>
    public static YamlMap Of(IEnumerable<(string Key, string Value, Phrase Place)> values, Func<string, Setting>? settings = null)
    {
        YamlMap map = new([], "", folder: null, name: "") { _settings = settings };
        foreach ((string key, string value, Phrase place) in values)
        {
            map._node.Add(key, value);
            map._places.Add(key, place);
        }
        return map;
    }

    /// <param name="text">The YAML.</param>
    /// <param name="file">Its name in error messages.</param>
    /// <exception cref="UserException">Not YAML, or not a mapping.</exception>
    public static YamlMap Parse(string text, string file) => Parse(text, file, folder: null);

    private static YamlMap Parse(string text, string file, string? folder)
    {
        YamlStream stream = [];
        try
        {
            stream.Load(new YamlLimits(new Parser(new StringReader(text))));
        }
        catch (YamlException e)
        {
            string message = e.Message.StartsWith(Duplicate, StringComparison.Ordinal)
                ? $"'{e.Message[Duplicate.Length..]}' stands twice; leave one of the two out."
                : e.Message;
            throw new UserException($"{file}:{e.Start.Line}:{e.Start.Column}: {message.TrimEnd('.')}.");
        }
        catch (Exception e) when (e is InvalidOperationException or ArgumentException)
        {
            // Some texts end the library's scanner in the middle, which then knows no line.
            throw new UserException($"{file} cannot be read as YAML: a bracket or a quote is begun and not ended. Close it.");
        }
        if (stream.Documents.Count != 1 || stream.Documents[0].RootNode is not YamlMappingNode root)
        {
            throw new UserException($"{file} holds no mapping of keys to values. A file starts with a line such as 'id: my-name'.");
        }
        return Checked(root, file, folder, "");
    }

    public bool Has(string key) => Find(key) is not null;

    /// <exception cref="UserException">The key is absent or not a single value.</exception>
    public string Text(string key) => OptionalText(key) ?? throw Missing(key);

    public string? OptionalText(string key) =>
        Find(key) switch
        {
            null => null,
            YamlScalarNode { Value: { Length: > 0 } value } => value.Trim(),
            _ => throw Error(key, $"{Named(key)} needs a single value"),
        };

    /// <summary>
    /// A value of many lines as it stands, and the line of the file on which it starts, for complaints about one of its lines.
    /// </summary>
    /// <exception cref="UserException">The key is absent or not a single value.</exception>
    public (string Text, long FirstLine) Block(string key) =>
        Find(key) switch
        {
            null => throw Missing(key),
            // Under "key: |" the text starts on the next line.
            YamlScalarNode { Value: { Length: > 0 } value } node => (
                value,
                node.Start.Line + (node.Style is ScalarStyle.Literal or ScalarStyle.Folded ? 1 : 0)
            ),
            _ => throw Error(key, $"{Named(key)} needs lines of text, begun by '|' after the colon"),
        };

    /// <summary>A number as <see cref="Quantity"/> reads counts: 1.5e9, 100B.</summary>
    public double Number(string key) => Number(Text(key), key);

    public double? OptionalNumber(string key) => Has(key) ? Number(key) : null;

    public bool Flag(string key, bool otherwise) =>
        OptionalText(key) switch
        {
            null => otherwise,
            "true" => true,
            "false" => false,
            string other => throw Error(key, $"{Named(key)} is '{other}'; it needs true or false"),
        };

    /// <summary>One of <paramref name="choices"/>, or <paramref name="otherwise"/> when the key is absent.</summary>
    public string Choice(string key, IReadOnlyCollection<string> choices, string? otherwise = null)
    {
        string value = OptionalText(key) ?? otherwise ?? throw Missing(key);
        string needed = $"{(choices.Count == 1 ? "" : "one of ")}{string.Join(", ", choices)}";
        return choices.Contains(value)
            ? value
            : throw Error(key, $"{Named(key)} is '{value}'{Guess.Hint(value, choices)}; it needs {needed}");
    }

    /// <summary>A nested mapping; null when the key is absent.</summary>
    public YamlMap? OptionalMap(string key) =>
        Find(key) switch
        {
            null => null,
            YamlMappingNode map => Checked(map, File, Folder, Name(key)),
            _ => throw Error(key, $"{Named(key)} needs a mapping of names to values, such as {{ a: 1, b: 2 }}"),
        };

    /// <exception cref="UserException">The key is absent or not a mapping.</exception>
    public YamlMap Map(string key) => OptionalMap(key) ?? throw Missing(key);

    /// <summary>A nested mapping, or a list of them: one, several, or none when the key is absent.</summary>
    /// <exception cref="UserException">The key holds something else.</exception>
    public IReadOnlyList<YamlMap> Maps(string key) =>
        Find(key) switch
        {
            YamlSequenceNode list when list.Children.All(c => c is YamlMappingNode) =>
            [
                .. list.Children.Select(c => Checked((YamlMappingNode)c, File, Folder, Name(key))),
            ],
            YamlSequenceNode => throw Error(key, $"{Named(key)} needs a mapping of names to values, or a list of such mappings"),
            _ => OptionalMap(key) is YamlMap map ? [map] : [],
        };

    /// <summary>
    /// The same mapping with some values replaced or added, each a single one, or, where it is null, taken out.
    /// </summary>
    /// <param name="values">Keys and values.</param>
    /// <param name="placeOf">Where complaints about a key say that it stands; null for this file.</param>
    public YamlMap With(IEnumerable<KeyValuePair<string, string?>> values, Func<string, Phrase?>? placeOf = null)
    {
        Dictionary<string, string?> open = new(values);
        YamlMappingNode node = [];
        foreach ((YamlNode key, YamlNode value) in _node.Children)
        {
            if (!open.Remove(((YamlScalarNode)key).Value!, out string? other))
            {
                node.Children.Add(key, value);
            }
            else if (other is not null)
            {
                node.Children.Add(key, new YamlScalarNode(other));
            }
        }
        foreach ((string key, string? value) in open.Where(o => o.Value is not null))
        {
            node.Children.Add(new YamlScalarNode(key), new YamlScalarNode(value));
        }
        return new YamlMap(node, File, Folder, _name) { _placeOf = placeOf };
    }

    /// <summary>The mapping as a file, without comments.</summary>
    public string ToText() => string.Concat(Entries(_node, inFlow: false).Select(e => e + "\n"));

    /// <summary>Whether the value is a nested mapping.</summary>
    public bool IsMap(string key) => Find(key) is YamlMappingNode;

    /// <summary>Whether the value is a list.</summary>
    public bool IsList(string key) => Find(key) is YamlSequenceNode;

    /// <summary>Whether the value is a list of nested mappings, and not an empty one.</summary>
    public bool IsListOfMaps(string key) => Find(key) is YamlSequenceNode { Children: [YamlMappingNode, ..] };

    /// <summary>A list of single values; empty when the key is absent.</summary>
    public IReadOnlyList<string> Texts(string key) =>
        Find(key) switch
        {
            null => [],
            YamlSequenceNode list when list.Children.All(c => c is YamlScalarNode) =>
            [
                .. list.Children.Select(c => ((YamlScalarNode)c).Value ?? ""),
            ],
            _ => throw Error(key, $"{Named(key)} needs a list, such as [1, 2]"),
        };

    /// <summary>A single value, or a list of them; empty when the key is absent.</summary>
    public IReadOnlyList<string> OneOrMore(string key) =>
        IsList(key) ? Texts(key)
        : OptionalText(key) is string one ? [one]
        : [];

    /// <param name="key">Of the list.</param>
    /// <param name="mayBeInfinite">Whether a number may be YAML's ".inf".</param>
    public IReadOnlyList<double> Numbers(string key, bool mayBeInfinite = false) =>
        [.. Texts(key).Select(text => mayBeInfinite && text == ".inf" ? double.PositiveInfinity : Number(text, key))];

    /// <summary>Refuses keys that nobody reads: a misspelt optional key must not be ignored in silence.</summary>
    /// <exception cref="UserException">A key is not among <paramref name="known"/>.</exception>
    public void RefuseOthers(IReadOnlyCollection<string> known)
    {
        foreach (string key in Keys)
        {
            if (!known.Contains(key))
            {
                throw Error(key, $"{Named(key)} is not known here{Guess.Hint(key, known)}; known are {string.Join(", ", known)}");
            }
        }
    }

    /// <summary>A complaint about the value of <paramref name="key"/>, with file, line and column.</summary>
    public UserException Error(string key, Phrase message) => new UserException($"{message}.").At(PlaceOf(key));

    /// <summary>As <see cref="Error(string, Phrase)"/>, of a complaint that has its full stop.</summary>
    public UserException Error(string key, UserException complaint) => complaint.At(PlaceOf(key));

    /// <summary>A key as complaints name it: in quotes, with the mapping that it stands in, or by its setting.</summary>
    public Phrase Named(string key) => _settings is null ? (Phrase)$"'{Name(key)}'" : (Phrase)$"{_settings(key)}";

    /// <summary>Where the value of <paramref name="key"/> stands: "file:line:column".</summary>
    public string Place(string key) => PlaceOf(key).ToString();

    private Phrase PlaceOf(string key)
    {
        if (_places.GetValueOrDefault(key) is Phrase given)
        {
            return given;
        }
        if (_placeOf?.Invoke(key) is Phrase elsewhere)
        {
            return elsewhere;
        }
        Mark mark = (Find(key) ?? _node).Start;
        return $"{File}:{mark.Line}:{mark.Column}";
    }

    private UserException Missing(string key) =>
        _placeOf?.Invoke(key) is Phrase place
            ? new UserException($"'{Name(key)}' needs a value.").At(place)
            : new UserException($"{(_name.Length == 0 ? "the file" : $"'{_name}'")} needs a value for '{key}'.").At(
                $"{File}:{_node.Start.Line}"
            );

    private double Number(string text, string key)
    {
        try
        {
            return _settings is null ? Quantity.ParseCount(text, Name(key)) : Quantity.ParseCount(text, _settings(key));
        }
        catch (UserException e)
        {
            throw Error(key, e);
        }
    }

    private string Name(string key) => _name.Length == 0 ? key : $"{_name}.{key}";

    private YamlNode? Find(string key) => _node.Children.TryGetValue(new YamlScalarNode(key), out YamlNode? value) ? value : null;

    private static YamlMap Checked(YamlMappingNode node, string file, string? folder, string name)
    {
        foreach (YamlNode key in node.Children.Keys)
        {
            if (key is not YamlScalarNode { Value.Length: > 0 })
            {
                throw new UserException(
                    string.Create(CultureInfo.InvariantCulture, $"{file}:{key.Start.Line}:{key.Start.Column}: a key must be a plain word.")
                );
            }
        }
        return new YamlMap(node, file, folder, name);
    }

    private static IEnumerable<string> Entries(YamlMappingNode map, bool inFlow) =>
        map.Children.Select(c => $"{YamlText.Key(((YamlScalarNode)c.Key).Value!)}: {Text(c.Value, inFlow)}");

    // A number or a truth value stays one: what stood without quotes is written without.
    private static string Text(YamlNode node, bool inFlow) =>
        node switch
        {
            YamlScalarNode { Style: ScalarStyle.Plain or ScalarStyle.Any, Value: string text } when YamlText.IsTyped(text) => text,
            YamlScalarNode scalar => YamlText.Scalar(scalar.Value ?? "", inFlow),
            YamlSequenceNode list => YamlText.List(list.Children.Select(c => Text(c, inFlow: true))),
            YamlMappingNode map => $"{{ {string.Join(", ", Entries(map, inFlow: true))} }}",
            _ => throw new InvalidOperationException($"A mapping of ours holds no {node.NodeType}."),
        };
}
