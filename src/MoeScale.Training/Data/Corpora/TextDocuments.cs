using System.Buffers;
using System.Text;
using System.Text.Unicode;
using MoeScale.Basics;

namespace MoeScale.Training.Data.Corpora;

/// <summary>
/// The documents of a text file. A file is one, or several with "&lt;|endoftext|&gt;" between them, as corpora are
/// often stored. A document longer than 64 KiB is taken for a collection, such as a whole book or one file of
/// everything, and is cut into pieces of at most 12 KiB at empty lines where there are some: else it could be neither
/// shuffled nor split. Line ends around a document are no part of it.
/// </summary>
internal static class TextDocuments
{
    private const int LongestWhole = 1 << 16;
    private const int Piece = 1 << 13;
    private const int LongestPiece = Piece + (Piece / 2);

    private static ReadOnlySpan<byte> Separator => "<|endoftext|>"u8;

    /// <exception cref="UserException">The file is not UTF-8; says the byte.</exception>
    public static void Read(Stream stream, string path, DocumentSink sink)
    {
        ByteWindow window = new(stream);
        window.Fill(3);
        if (window.Unread is [0xFF, 0xFE, ..] or [0xFE, 0xFF, ..])
        {
            throw new UserException($"{path} is UTF-16 text; UTF-8 is needed. Convert it, for example with: iconv -f UTF-16 -t UTF-8");
        }
        if (window.Unread is [0xEF, 0xBB, 0xBF, ..])
        {
            window.Pass(3);
        }
        bool inPieces = false;
        while (true)
        {
            window.Fill(LongestWhole + Separator.Length);
            ReadOnlySpan<byte> text = window.Unread;
            if (text.IsEmpty && window.Ended)
            {
                return;
            }
            int separator = text.IndexOf(Separator);
            int end =
                separator >= 0 ? separator
                : window.Ended ? text.Length
                : int.MaxValue;
            bool whole = end <= (inPieces ? LongestPiece : LongestWhole);
            int length = whole ? end : PieceLength(text);
            if (!Give(text[..length], path, window.Position, sink))
            {
                return;
            }
            window.Pass(whole && separator >= 0 ? length + Separator.Length : length);
            inPieces = !whole;
        }
    }

    // At the last empty line of the first 8 KiB; or line, or space, if it lies in their second half; or between two characters.
    private static int PieceLength(ReadOnlySpan<byte> text)
    {
        ReadOnlySpan<byte> piece = text[..Piece];
        foreach (ReadOnlySpan<byte> border in (ReadOnlySpan<byte[]>)["\n\n"u8.ToArray(), "\n"u8.ToArray(), " "u8.ToArray()])
        {
            int at = piece.LastIndexOf(border);
            if (at >= Piece / 2)
            {
                return at + border.Length;
            }
        }
        int length = Piece;
        while (length > Piece - 4 && (text[length] & 0xC0) == 0x80)
        {
            length--;
        }
        return length;
    }

    private static bool Give(ReadOnlySpan<byte> document, string path, long position, DocumentSink sink)
    {
        if (!Utf8.IsValid(document))
        {
            throw new UserException(
                $"{path} is not UTF-8 text: byte {position + FirstInvalid(document)} belongs to no character. "
                    + $"Save it as UTF-8, or leave it out."
            );
        }
        document = document.Trim("\r\n"u8);
        return document.IsEmpty || sink(document);
    }

    private static int FirstInvalid(ReadOnlySpan<byte> text)
    {
        int at = 0;
        while (Rune.DecodeFromUtf8(text[at..], out _, out int length) == OperationStatus.Done)
        {
            at += length;
        }
        return at;
    }
}
