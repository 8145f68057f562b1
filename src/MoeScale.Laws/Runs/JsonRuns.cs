using System.Text;
using System.Text.Json;
using MoeScale.Basics;

namespace MoeScale.Laws.Runs;

/// <summary>Reads runs from JSON: flat objects, one a line or in a list, whose keys are the columns.</summary>
internal static class JsonRuns
{
    private const string Example = "{\"active_params\": 1e9, \"tokens\": 2e10, \"loss\": 2.5}";

    /// <summary>Reads a list of objects.</summary>
    /// <exception cref="UserException">It is no list of flat objects; says the line and the cure.</exception>
    public static void ReadList(UnpackedFile file, TableBuilder table)
    {
        ListReader objects = new(file, table);
        while (objects.Next())
        {
            if (!System.Text.Unicode.Utf8.IsValid(objects.Current))
            {
                throw table.NotUtf8(objects.Line);
            }
            table.BeginRow(objects.Line);
            try
            {
                ReadRow(new Utf8JsonReader(BareNumbers.Replace(objects.Current)), table, objects.Line);
            }
            catch (Exception e) when (e is JsonException or InvalidOperationException)
            {
                throw table.Error(objects.Line, $"this is no JSON object. Write a list of objects such as {Example}");
            }
        }
    }

    /// <summary>Reads JSON Lines.</summary>
    /// <exception cref="UserException">A line is no flat object; says the line and the cure.</exception>
    public static void ReadLines(UnpackedFile file, TableBuilder table)
    {
        LineReader lines = new(file, table);
        while (lines.Next())
        {
            ReadOnlySpan<byte> line = lines.Current;
            if (line.Trim(" \t\r"u8).IsEmpty)
            {
                continue;
            }
            if (!System.Text.Unicode.Utf8.IsValid(line))
            {
                throw table.NotUtf8(lines.Number);
            }
            table.BeginRow(lines.Number);
            try
            {
                ReadRow(new Utf8JsonReader(BareNumbers.Replace(line)), table, lines.Number);
            }
            catch (Exception e) when (e is JsonException or InvalidOperationException)
            {
                throw table.Error(lines.Number, $"this is no JSON object in one line. Write one object a line, such as {Example}");
            }
        }
    }

    private static void ReadRow(Utf8JsonReader json, TableBuilder table, long line)
    {
        json.Read();
        if (json.TokenType != JsonTokenType.StartObject)
        {
            throw table.Error(line, $"this is no JSON object. Write one object a line, such as {Example}");
        }
        int expected = 0;
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            int column = Column(json, table, expected, line);
            json.Read();
            if (table.HasCell(column))
            {
                throw table.Error(line, $"'{table.Name(column)}' stands twice in the object; remove one");
            }
            switch (json.TokenType)
            {
                case JsonTokenType.Number or JsonTokenType.True or JsonTokenType.False:
                    table.Add(column, json.ValueSpan);
                    break;
                case JsonTokenType.String:
                    table.Add(column, json.ValueIsEscaped ? Encoding.UTF8.GetBytes(json.GetString()!) : json.ValueSpan);
                    break;
                case JsonTokenType.Null:
                    table.Add(column, []);
                    break;
                default:
                    throw table.Error(
                        line,
                        $"'{table.Name(column)}' holds {(json.TokenType == JsonTokenType.StartArray ? "a list" : "an object")}; a cell "
                            + $"holds one number or text. Write the parts as keys of their own, such as {table.Name(column)}_a"
                    );
            }
            expected = column + 1;
        }
        json.Read();
    }

    // Keys mostly come in the order of the line before.
    private static int Column(Utf8JsonReader json, TableBuilder table, int expected, long line)
    {
        if (table.IsInFile(expected) && json.ValueTextEquals(table.Name(expected)))
        {
            return expected;
        }
        string name = json.GetString()!.Trim();
        int column = table.Find(name);
        return column >= 0 ? column : table.AddColumn(name, line);
    }
}
