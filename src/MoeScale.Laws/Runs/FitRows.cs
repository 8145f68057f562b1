using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using MoeScale.Basics;

namespace MoeScale.Laws.Runs;

/// <summary>Rows that hold the same value in a column.</summary>
/// <param name="Label">The value as text; "missing" where there is none.</param>
/// <param name="Value">The value as a number; null where it is none.</param>
/// <param name="Rows">Indices into the <see cref="FitRows"/>, ascending.</param>
public sealed record RowGroup(string Label, double? Value, IReadOnlyList<int> Rows);

/// <summary>
/// What a fit reads: for each row the letters, what was observed, and perhaps a weight. Immutable; its arrays are not to be written.
/// </summary>
public sealed class FitRows
{
    private readonly Lazy<string> _digest;

    private FitRows(
        RunTable table,
        FitColumns columns,
        IReadOnlyList<double[]> values,
        double[] observed,
        double[]? weights,
        int[] tableRows,
        BadRows skipped
    )
    {
        Table = table;
        Columns = columns;
        Letters = [.. columns.Letters.Select(l => l.Name)];
        Values = values;
        Observed = observed;
        Weights = weights;
        TableRows = tableRows;
        Skipped = skipped;
        _digest = new Lazy<string>(Hash);
    }

    /// <summary>The table that the rows come from.</summary>
    public RunTable Table { get; }

    /// <summary>What the letters read.</summary>
    public FitColumns Columns { get; }

    /// <summary>Names of the letters, in the order of the formula's variables.</summary>
    public IReadOnlyList<string> Letters { get; }

    /// <summary>For each letter its value in every row.</summary>
    public IReadOnlyList<double[]> Values { get; }

    /// <summary>What the formula predicts, as measured.</summary>
    public double[] Observed { get; }

    /// <summary>The weight of each row, above 0; null where all weigh the same.</summary>
    public double[]? Weights { get; }

    /// <summary>For each row its index in <see cref="Table"/>.</summary>
    public IReadOnlyList<int> TableRows { get; }

    /// <summary>Rows that were asked for but left out.</summary>
    public BadRows Skipped { get; }

    public int Count => Observed.Length;

    /// <summary>The line of the file on which a row starts.</summary>
    public int Line(int row) => Table.Line(TableRows[row]);

    /// <summary>"line 5", "line 5 of b.csv"</summary>
    public string Place(int row) => Table.Place(TableRows[row]);

    /// <summary>
    /// SHA-256, in hexadecimal, of the number of letters and rows and the bits of all numbers: letters in order, observed, weights.
    /// </summary>
    public string Digest => _digest.Value;

    /// <param name="table">The runs.</param>
    /// <param name="columns">What the letters read.</param>
    /// <param name="rows">Rows of the table; null for all.</param>
    /// <param name="weight">A column or formula of columns, above zero; null for equal weights.</param>
    /// <param name="skipBadRows">Whether rows that cannot be fitted are left out and counted instead of refused.</param>
    /// <exception cref="UserException">
    /// Rows have missing or non-finite values, a value not above zero in what is predicted, in a weight or in a letter that is a plain
    /// column of a quantity which cannot be zero; or no row is left. Bad rows are listed by line.
    /// </exception>
    public static FitRows Take(
        RunTable table,
        FitColumns columns,
        IReadOnlyList<int>? rows = null,
        string? weight = null,
        bool skipBadRows = false
    )
    {
        rows ??= [.. Enumerable.Range(0, table.RowCount)];
        List<FitValues> values =
        [
            .. columns.Letters.Select(l => FitValues.OfLetter(l, table)),
            FitValues.Positive(columns.Observed, table),
        ];
        if (weight is not null)
        {
            values.Add(FitValues.Positive(TableFormula.Read("weight", weight, table, $"{FitSettings.Weight}"), table));
        }
        BadRows bad = new(table.Path, rows.Count);
        List<int> good = new(rows.Count);
        foreach (int row in rows)
        {
            if (values.Select(v => v.Complaint(row)).FirstOrDefault(c => c is not null) is Phrase complaint)
            {
                bad.Add(table.Line(row), table.Place(row), complaint);
            }
            else
            {
                good.Add(row);
            }
        }
        if (bad.Count > 0 && !skipBadRows)
        {
            throw bad.Refusal();
        }
        if (good.Count == 0)
        {
            throw bad.Count > 0
                ? new UserException($"no row of {table.Path} is left to fit: {bad.Count} were skipped as bad:{bad.List()}Correct them.")
                : new UserException(
                    $"no row of {table.Path} is left to fit: of {table.RowCount} rows none was chosen. Loosen {FitSettings.Where}."
                );
        }
        double[][] taken = [.. values.Select(v => v.At(good))];
        int letters = columns.Letters.Count;
        return new FitRows(table, columns, taken[..letters], taken[letters], weight is null ? null : taken[^1], [.. good], bad);
    }

    /// <summary>Some of the rows, in the order given; a row may come more than once.</summary>
    public FitRows Subset(IReadOnlyList<int> indices) =>
        new(
            Table,
            Columns,
            [.. Values.Select(v => At(v, indices))],
            At(Observed, indices),
            Weights is null ? null : At(Weights, indices),
            [.. indices.Select(i => TableRows[i])],
            Skipped
        );

    /// <summary>The same rows with other weights.</summary>
    /// <param name="weights">One for each row, finite and above zero; null for equal ones.</param>
    internal FitRows Weighted(double[]? weights) => new(Table, Columns, Values, Observed, weights, [.. TableRows], Skipped);

    /// <summary>Indices of the rows that pass a filter on the table's columns and the letters.</summary>
    /// <exception cref="UserException">There is no such column or letter, or a text is compared with a number.</exception>
    public int[] Where(RunFilter filter)
    {
        HashSet<int> passing = [.. filter.Select(Table, TableRows, Columns)];
        return [.. Enumerable.Range(0, Count).Where(i => passing.Contains(TableRows[i]))];
    }

    /// <summary>The rows by their value in a column of the table: numbers in order, then texts in order.</summary>
    /// <param name="column">Its name.</param>
    /// <param name="asker">Who asks, for the error.</param>
    /// <exception cref="UserException">No such column; shows the header, with a guess.</exception>
    public IReadOnlyList<RowGroup> Groups(string column, Phrase asker)
    {
        RunColumn by = Table.Column(column, asker);
        int[] codes = by.Codes(TableRows);
        List<List<int>> groups = [];
        for (int i = 0; i < codes.Length; i++)
        {
            if (codes[i] == groups.Count)
            {
                groups.Add([]);
            }
            groups[codes[i]].Add(i);
        }
        return
        [
            .. groups
                .Select(rows => Group(by, rows))
                .OrderBy(g => g.Value is null)
                .ThenBy(g => g.Value)
                .ThenBy(g => g.Label, StringComparer.Ordinal),
        ];
    }

    private RowGroup Group(RunColumn by, List<int> rows)
    {
        int row = TableRows[rows[0]];
        double number = by.Numbers.Span[row];
        string text = by.Text(row);
        return new RowGroup(text.Length > 0 ? text : "missing", double.IsNaN(number) ? null : number, rows);
    }

    private static double[] At(double[] values, IReadOnlyList<int> indices) => [.. indices.Select(i => values[i])];

    private string Hash()
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Append(hash, [Letters.Count, Count]);
        foreach (double[] values in Values)
        {
            Append(hash, values);
        }
        Append(hash, Observed);
        Append(hash, Weights ?? []);
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    // Little-endian, whatever the machine.
    private static void Append(IncrementalHash hash, double[] values)
    {
        if (BitConverter.IsLittleEndian)
        {
            hash.AppendData(MemoryMarshal.AsBytes(values.AsSpan()));
            return;
        }
        byte[] bytes = new byte[8 * values.Length];
        for (int i = 0; i < values.Length; i++)
        {
            BinaryPrimitives.WriteDoubleLittleEndian(bytes.AsSpan(8 * i), values[i]);
        }
        hash.AppendData(bytes);
    }
}
