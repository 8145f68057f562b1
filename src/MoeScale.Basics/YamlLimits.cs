using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace MoeScale.Basics;

/// <summary>
/// Hands the parts of a YAML text on, one by one, and stops at what no file of ours has before it is loaded: the library recurses for each
/// level, compares keys with all that is in them, and an alias stands for as much as its anchor.
/// </summary>
internal sealed class YamlLimits(IParser parts) : IParser
{
    // The deepest file of ours has six levels; a table of draws is one value.
    private const int MaxLevels = 100;
    private const int MaxParts = 100_000;

    private int _level;
    private int _count;

    public ParsingEvent? Current => parts.Current;

    /// <exception cref="YamlException">Says what is too much, where, and the cure.</exception>
    public bool MoveNext()
    {
        if (!parts.MoveNext())
        {
            return false;
        }
        Check(parts.Current!);
        return true;
    }

    private void Check(ParsingEvent part)
    {
        switch (part)
        {
            case AnchorAlias alias:
                throw Refused(part, $"an alias, '*{alias.Value}', is not read. Write the value out");
            case NodeEvent { Anchor.IsEmpty: false } node:
                throw Refused(
                    part,
                    $"an anchor, '&{node.Anchor.Value}', is not read. Leave it out, and write the value out wherever it is meant"
                );
            case NodeEvent when ++_count > MaxParts:
                throw Refused(part, $"the file has more than {MaxParts} keys and values; no file of this kind needs so many");
            case MappingStart or SequenceStart when ++_level > MaxLevels:
                throw Refused(part, $"brackets or lines are nested more than {MaxLevels} levels deep; no file of this kind needs so many");
            case MappingEnd or SequenceEnd:
                _level--;
                break;
        }
    }

    private static YamlException Refused(ParsingEvent part, string message) => new(part.Start, part.End, message);
}
