using System.Text;

namespace MoeScale.Basics;

/// <summary>What Python's json module writes beyond JSON: Infinity, -Infinity and NaN.</summary>
public static class PythonNumbers
{
    // Read as infinite; and a text, which no number is taken from. Of equal lengths where that can be, so that places in complaints stay.
    private static readonly (string Python, string Json)[] Words =
    [
        ("-Infinity", "-1e999   "),
        ("Infinity", "1e999   "),
        ("NaN", "\"NaN\""),
    ];

    /// <summary>The text as JSON; the same one where it has none of these.</summary>
    public static string ToJson(string text)
    {
        if (!text.Contains("Infinity", StringComparison.Ordinal) && !text.Contains("NaN", StringComparison.Ordinal))
        {
            return text;
        }
        StringBuilder json = new(text.Length);
        bool inText = false;
        for (int i = 0; i < text.Length; )
        {
            (string python, string replacement) = inText
                ? default
                : Array.Find(Words, w => string.CompareOrdinal(text, i, w.Python, 0, w.Python.Length) == 0);
            if (python is not null)
            {
                json.Append(replacement);
                i += python.Length;
                continue;
            }
            int taken = inText && text[i] == '\\' && i + 1 < text.Length ? 2 : 1;
            inText ^= text[i] == '"';
            json.Append(text, i, taken);
            i += taken;
        }
        return json.ToString();
    }
}
