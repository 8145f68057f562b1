using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using MoeScale.Basics;
using MoeScale.Training.Data.Corpora;

namespace MoeScale.Training.Scoring;

/// <summary>
/// Reads questions from JSON Lines, gzip or not: <c>{"context": "...", "choices": ["...", "..."], "answer": 0}</c>.
/// What common data sets call these fields is read too: "ctx", "query", "question"; "endings"; "gold", "label". An
/// answer is a place from 0, as number or text, or a letter from "A".
/// </summary>
public static class ChoiceFile
{
    private static readonly string[] ContextNames = ["context", "ctx", "query", "question"];
    private static readonly string[] ChoicesNames = ["choices", "endings"];
    private static readonly string[] AnswerNames = ["answer", "gold", "label"];

    private const int LongestLine = 1 << 24;
    private const long MaxBytes = 1L << 27;

    /// <param name="path">Of the file, or "-" for standard input.</param>
    /// <exception cref="UserException">The file cannot be read, is larger than 128 MiB of text, or a line is no question: says which, and
    /// why.</exception>
    public static IReadOnlyList<ChoiceItem> Read(string path)
    {
        try
        {
            if (path == PlainFile.StandardInput)
            {
                return Read(Console.OpenStandardInput(), "standard input");
            }
            using FileStream file = PlainFile.Open(path, "a file of questions", cure: PlainFile.StreamCure);
            bool packed = file.ReadByte() == 0x1F && file.ReadByte() == 0x8B;
            file.Position = 0;
            return Read(packed ? new WholeGzip(file) : file, path);
        }
        catch (InvalidDataException e)
        {
            throw new UserException($"{path} is damaged gzip: {TextFile.Reason(e)}. Fetch it or pack it again.");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new UserException($"{path} cannot be read: {TextFile.Reason(e)}.");
        }
    }

    private static List<ChoiceItem> Read(Stream stream, string path)
    {
        List<ChoiceItem> items = [];
        ByteWindow window = new(stream);
        window.Fill(3);
        if (window.Unread is [0xEF, 0xBB, 0xBF, ..])
        {
            window.Pass(3);
        }
        for (long number = 1; NextLine(window, path, number) is int length and > 0; number++)
        {
            ReadOnlySpan<byte> line = window.Unread[..length].Trim(" \t\r\n"u8);
            if (!Utf8.IsValid(line))
            {
                throw new UserException($"{path}, line {number} is not UTF-8 text. Save the file as UTF-8.");
            }
            if (!line.IsEmpty)
            {
                items.Add(Parse(Encoding.UTF8.GetString(line), path, number));
            }
            window.Pass(length);
        }
        return items.Count > 0 ? items : throw new UserException($"{path} holds no question. Write one a line, such as {Example}.");
    }

    private static int NextLine(ByteWindow window, string path, long number) =>
        window.Position > MaxBytes
            ? throw new UserException($"{path} holds more than {Quantity.FormatBytes(MaxBytes)} of questions. Answer them in parts.")
            : window.FillLine(LongestLine)
                ?? throw new UserException(
                    $"{path}, line {number} is longer than {Quantity.FormatBytes(LongestLine)}. "
                        + $"Write one question a line, such as {Example}."
                );

    private const string Example = """{"context": "The sky is", "choices": ["blue", "seven"], "answer": 0}""";

    private static ChoiceItem Parse(string line, string path, long number)
    {
        try
        {
            using JsonDocument json = JsonDocument.Parse(line);
            JsonElement root = json.RootElement;
            if (root.ValueKind != JsonValueKind.Object)
            {
                throw Wrong("is no JSON object");
            }
            JsonElement context = Field(root, ContextNames);
            if (context.ValueKind != JsonValueKind.String)
            {
                throw Wrong("has a context that is no text");
            }
            string[] choices = Choices(Field(root, ChoicesNames));
            return new ChoiceItem(number, context.GetString()!, choices, Answer(Field(root, AnswerNames), choices.Length)) { File = path };
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw Wrong("is no JSON object");
        }

        JsonElement Field(JsonElement root, string[] names)
        {
            string[] found = [.. names.Where(name => root.TryGetProperty(name, out _))];
            return found.Length == 1
                ? root.GetProperty(found[0])
                : throw Wrong(
                    found.Length == 0
                        ? $"has no field '{names[0]}' (or {string.Join(", ", names[1..])})"
                        : $"has both '{found[0]}' and '{found[1]}', which mean the same"
                );
        }

        string[] Choices(JsonElement field)
        {
            if (field.ValueKind != JsonValueKind.Array || field.EnumerateArray().Any(c => c.ValueKind != JsonValueKind.String))
            {
                throw Wrong("has choices that are no list of texts");
            }
            string[] choices = [.. field.EnumerateArray().Select(c => c.GetString()!)];
            return choices.Length < 2
                    ? throw Wrong($"has {Plural.Of(choices.Length, "choice")}, of which none can be chosen; two or more are needed")
                : Array.FindIndex(choices, string.IsNullOrWhiteSpace) is int empty and >= 0
                    ? throw Wrong($"has an empty choice, number {empty}, counted from 0")
                : choices;
        }

        int Answer(JsonElement field, int choices)
        {
            string text = field.ValueKind == JsonValueKind.String ? field.GetString()! : field.GetRawText();
            int answer =
                text is [>= 'A' and <= 'Z'] ? text[0] - 'A'
                : int.TryParse(
                    text,
                    System.Globalization.NumberStyles.None,
                    System.Globalization.CultureInfo.InvariantCulture,
                    out int place
                )
                    ? place
                : -1;
            return answer >= 0 && answer < choices
                ? answer
                : throw Wrong(
                    $"has the answer {field.GetRawText()}; with {choices} choices it is 0 to {choices - 1}, "
                        + $"or A to {(char)('A' + Math.Min(choices, 26) - 1)}"
                );
        }

        UserException Wrong(string what) => new($"{path}, line {number} {what}. Write one question a line, such as {Example}.");
    }
}
