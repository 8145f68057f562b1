namespace MoeScale.Laws.Runs;

/// <summary>NaN and Infinity, which JSON lacks but Python writes for runs that diverged.</summary>
internal static class BareNumbers
{
    /// <summary>The line with NaN as null and ±Infinity as a number too large for a double; texts in quotes stay as they are.</summary>
    public static ReadOnlySpan<byte> Replace(ReadOnlySpan<byte> line)
    {
        if (line.IndexOf("NaN"u8) < 0 && line.IndexOf("Infinity"u8) < 0)
        {
            return line;
        }
        List<byte> replaced = new(line.Length);
        bool quoted = false;
        int i = 0;
        while (i < line.Length)
        {
            ReadOnlySpan<byte> rest = line[i..];
            if (!quoted && rest.StartsWith("NaN"u8))
            {
                replaced.AddRange("null"u8);
                i += 3;
            }
            else if (!quoted && rest.StartsWith("Infinity"u8))
            {
                replaced.AddRange("1e999"u8);
                i += 8;
            }
            else
            {
                quoted ^= rest[0] == '"';
                replaced.Add(rest[0]);
                i++;
                if (quoted && rest[0] == '\\' && rest.Length > 1)
                {
                    replaced.Add(rest[1]);
                    i++;
                }
            }
        }
        return replaced.ToArray();
    }
}
