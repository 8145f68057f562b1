namespace MoeScale.House.Tests;

/// <summary>The strongly connected components of a graph, by Tarjan's algorithm.</summary>
public sealed class Components
{
    private readonly ILookup<string, string> _edges;
    private readonly Dictionary<string, (int Index, int Low)> _numbers = [];
    private readonly Stack<string> _open = [];
    private readonly List<IReadOnlyList<string>> _components = [];

    private Components(IReadOnlyCollection<(string From, string To)> edges)
    {
        _edges = edges.ToLookup(e => e.From, e => e.To);
        foreach (string node in edges.SelectMany(e => (string[])[e.From, e.To]).Distinct())
        {
            if (!_numbers.ContainsKey(node))
            {
                Visit(node);
            }
        }
    }

    /// <summary>The components, what is used before what uses it: those of more than one node are circles.</summary>
    public static IReadOnlyList<IReadOnlyList<string>> Of(IReadOnlyCollection<(string From, string To)> edges) =>
        new Components(edges)._components;

    private void Visit(string node)
    {
        int index = _numbers.Count;
        _numbers[node] = (index, index);
        _open.Push(node);
        foreach (string next in _edges[node])
        {
            if (!_numbers.TryGetValue(next, out (int Index, int Low) seen))
            {
                Visit(next);
                _numbers[node] = (index, Math.Min(_numbers[node].Low, _numbers[next].Low));
            }
            else if (_open.Contains(next))
            {
                _numbers[node] = (index, Math.Min(_numbers[node].Low, seen.Index));
            }
        }
        if (_numbers[node].Low != index)
        {
            return;
        }
        List<string> component = [];
        string member;
        do
        {
            member = _open.Pop();
            component.Add(member);
        } while (member != node);
        _components.Add(component);
    }
}
