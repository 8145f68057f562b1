using MoeScale.Basics;

namespace MoeScale.Formulas;

/// <summary>Named sub-expressions, which a law lists under <c>where</c> and a shape family writes as its fields.</summary>
public static class NamedParts
{
    /// <summary>Each part with every other part's name replaced by what it stands for, so that only outer names remain.</summary>
    /// <param name="parts">Name and meaning; the order does not matter.</param>
    /// <param name="error">Makes the complaint about the part of that name.</param>
    /// <exception cref="UserException">A part is defined in terms of itself.</exception>
    public static Dictionary<string, Expression> Resolve(
        IReadOnlyDictionary<string, Expression> parts,
        Func<string, string, UserException> error
    )
    {
        Dictionary<string, Expression> resolved = [];
        List<string> open = [];
        foreach (string name in parts.Keys)
        {
            Visit(name);
        }
        return resolved;

        void Visit(string name)
        {
            if (resolved.ContainsKey(name))
            {
                return;
            }
            if (open.Contains(name))
            {
                throw error(
                    name,
                    $"'{name}' is defined in terms of itself: {string.Join(" -> ", open.SkipWhile(n => n != name).Append(name))}"
                );
            }
            open.Add(name);
            foreach (string inner in parts[name].FreeNames())
            {
                if (parts.ContainsKey(inner))
                {
                    Visit(inner);
                }
            }
            open.RemoveAt(open.Count - 1);
            resolved[name] = parts[name].Substitute(resolved);
            if (resolved[name].Depth > Expression.DeepestAccepted)
            {
                throw error(name, $"'{name}' nests more than {Expression.DeepestAccepted} operations, through the parts that it names");
            }
        }
    }
}
