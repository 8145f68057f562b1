using System.Buffers;
using System.Text.Json;
using System.Text.Unicode;
using MoeScale.Basics;

namespace MoeScale.Training.Data.Corpora;

/// <summary>The documents of a JSON Lines file: one field of each line's object, whole and unchanged.</summary>
internal static class JsonLineDocuments
{
    private const int LongestLine = 1 << 26;

    /// <exception cref="UserException">A line is no object, or has no such text; says the line.</exception>
    public static void Read(Stream stream, string path, string field, DocumentSink sink)
    {
        ByteWindow window = new(stream);
        window.Fill(3);
        if (window.Unread is [0xEF, 0xBB, 0xBF, ..])
        {
            window.Pass(3);
        }
        ArrayBufferWriter<byte> text = new();
        for (long number = 1; NextLine(window, path, number) is int length and > 0; number++)
        {
            ReadOnlySpan<byte> line = window.Unread[..length];
            if (!line.Trim(" \t\r\n"u8).IsEmpty)
            {
                text.ResetWrittenCount();
                ReadText(line, path, field, number, text);
                if (text.WrittenCount > 0 && !sink(text.WrittenSpan))
                {
                    return;
                }
            }
            window.Pass(length);
        }
    }

    // With its end; zero behind the last line.
    private static int NextLine(ByteWindow window, string path, long number) =>
        window.FillLine(LongestLine)
        ?? throw new UserException(
            $"{path}, line {number}: the line is longer than {Quantity.FormatBytes(LongestLine)}. "
                + $"Write one object a line, and cut a document that is longer."
        );

    private static void ReadText(ReadOnlySpan<byte> line, string path, string field, long number, ArrayBufferWriter<byte> text)
    {
        bool found = false;
        List<string> others = [];
        try
        {
            if (!Utf8.IsValid(line))
            {
                throw new UserException($"{path}, line {number} is not UTF-8. Save the file as UTF-8.");
            }
            Utf8JsonReader json = new(line);
            json.Read();
            if (json.TokenType != JsonTokenType.StartObject)
            {
                throw NoObject(path, field, number);
            }
            while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
            {
                bool wanted = json.ValueTextEquals(field);
                if (!wanted && !found && others.Count < 8)
                {
                    others.Add(json.GetString()!);
                }
                json.Read();
                if (!wanted)
                {
                    json.Skip();
                    continue;
                }
                if (found || json.TokenType != JsonTokenType.String)
                {
                    throw new UserException(
                        $"{path}, line {number}: '{field}' {(found ? "stands there twice" : "is no text")}. "
                            + $"Name the field that holds the document."
                    );
                }
                found = true;
                text.Advance(json.CopyString(text.GetSpan(json.ValueSpan.Length)));
            }
            json.Read();
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw NoObject(path, field, number);
        }
        if (!found)
        {
            throw new UserException(
                $"{path}, line {number} has no field '{field}'{(others.Count > 0 ? $"; it has {string.Join(", ", others)}" : "")}. "
                    + $"Name the field that holds the document."
            );
        }
    }

    private static UserException NoObject(string path, string field, long number) =>
        new($"{path}, line {number} is no JSON object. Write one object a line, such as {{\"{field}\": \"Once upon a time ...\"}}.");
}
