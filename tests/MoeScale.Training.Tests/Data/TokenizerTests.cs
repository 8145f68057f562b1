using System.Text;
using FsCheck;
using FsCheck.Fluent;
using MoeScale.Basics;
using MoeScale.Training.Data.Tokenizers;

namespace MoeScale.Training.Tests.Data;

public class TokenizerTests
{
    [Fact]
    public void Bpe_TextsOfTheReference_HaveItsIds()
    {
        int texts = 0;
        foreach ((string text, int[] ids) in Gpt2.Golden())
        {
            // Twice: the second time from the cache of words.
            for (int time = 0; time < 2; time++)
            {
                int[] actual = Gpt2.Encode(Gpt2.Tokenizer, Encoding.UTF8.GetBytes(text));
                Assert.True(ids.SequenceEqual(actual), $"'{text}': {string.Join(" ", ids)} expected, {string.Join(" ", actual)} found");
            }
            texts++;
        }
        Assert.True(texts > 200);
    }

    // Published: the README of nanoGPT's and llm.c's samples, and tiktoken's own tests.
    [Theory]
    [InlineData("Hello world", new[] { 15496, 995 })]
    [InlineData("Hello, I'm a language model,", new[] { 15496, 11, 314, 1101, 257, 3303, 2746, 11 })]
    [InlineData("hello world", new[] { 31373, 995 })]
    public void Bpe_PublishedEncodings_AreFound(string text, int[] ids) =>
        Assert.Equal(ids, Gpt2.Encode(Gpt2.Tokenizer, Encoding.UTF8.GetBytes(text)));

    [Fact]
    public void Bpe_Vocabulary_IsThatOfGpt2()
    {
        Assert.Equal(50257, Gpt2.Tokenizer.VocabularySize);
        Assert.Equal(50256, Gpt2.Tokenizer.Separator);
        Assert.Empty(Gpt2.Tokenizer.Bytes(50256).ToArray());
        Assert.Equal(" world"u8.ToArray(), Gpt2.Tokenizer.Bytes(995).ToArray());
    }

    [Fact]
    public void Bpe_AnyText_ComesBackAndNeverHoldsTheSeparator() =>
        Prop.ForAll<UnicodeString>(text =>
            {
                byte[] bytes = Encoding.UTF8.GetBytes(text.Get ?? "");
                int[] tokens = Gpt2.Encode(Gpt2.Tokenizer, bytes);
                return bytes.AsSpan().SequenceEqual(Gpt2.Decode(Gpt2.Tokenizer, tokens)) && !tokens.Contains(Gpt2.Tokenizer.Separator);
            })
            .Check(Config.QuickThrowOnFailure.WithMaxTest(500).WithReplay(1, 1));

    [Fact]
    public void Bytes_AnyText_ComesBackAndNeverHoldsTheSeparator() =>
        Prop.ForAll<UnicodeString>(text =>
            {
                ByteTokenizer tokenizer = new();
                byte[] bytes = Encoding.UTF8.GetBytes(text.Get ?? "");
                int[] tokens = Gpt2.Encode(tokenizer, bytes);
                return bytes.AsSpan().SequenceEqual(Gpt2.Decode(tokenizer, tokens)) && !tokens.Contains(tokenizer.Separator);
            })
            .Check(Config.QuickThrowOnFailure.WithReplay(1, 1));

    [Fact]
    public void Merger_ScanAndHeap_AgreeOnAnyBytes()
    {
        BpeFiles files = ReadFiles();
        WordMerger merger = new(files.Merges);
        Random random = new(1);
        for (int round = 0; round < 2000; round++)
        {
            // Few different letters, so that equal pairs overlap.
            byte[] word = new byte[random.Next(1, 65)];
            for (int i = 0; i < word.Length; i++)
            {
                word[i] = (byte)(round % 2 == 0 ? "aeinst"[random.Next(6)] : random.Next(256));
            }
            int[] scanned = merger.MergeByScan(word, files.IdOfByte).ToArray();
            Assert.Equal(scanned, merger.MergeByHeap(word, files.IdOfByte).ToArray());
        }
    }

    [Fact]
    public void Merger_MegabyteWithoutASpace_IsOneWord()
    {
        int[] tokens = Gpt2.Encode(Gpt2.Tokenizer, [.. Enumerable.Repeat((byte)'a', 1 << 20)]);
        Assert.Equal(1 << 20, Gpt2.Decode(Gpt2.Tokenizer, tokens).Length);
    }

    /// <summary>
    /// Of a word of letters at random and of one letter alone: each pair goes into the heap once, and each merge makes at most two more,
    /// so at most three pairs a byte are looked at. A scan looks at all of them for each merge.
    /// </summary>
    [Fact]
    public void Merger_OfALongWord_TakesNoQuadraticTime()
    {
        const int length = 1 << 15;
        BpeFiles files = ReadFiles();
        Random random = new(1);
        foreach (string letters in (string[])["a", "aeinst", "abcdefghijklmnopqrstuvwxyz"])
        {
            byte[] word = [.. Enumerable.Range(0, length).Select(_ => (byte)letters[random.Next(letters.Length)])];
            WordMerger merger = new(files.Merges);
            merger.Merge(word, files.IdOfByte);
            Assert.InRange(merger.Looked, 1, 3 * length);

            WordMerger scan = new(files.Merges);
            scan.MergeByScan(word.AsSpan(0, 1 << 10), files.IdOfByte);
            Assert.True(scan.Looked > 100 * (1 << 10), $"{scan.Looked}");
        }
    }

    [Fact]
    public void TokenText_CharacterSpreadOverTokens_IsShownWhenWhole()
    {
        int[] tokens = Gpt2.Encode(Gpt2.Tokenizer, "a🙂é"u8.ToArray());
        TokenText text = new(Gpt2.Tokenizer);
        string[] parts = [.. tokens.Select(text.Next)];
        Assert.Equal("a🙂é", string.Concat(parts) + text.End());
        Assert.Contains("", parts);
        Assert.DoesNotContain(parts, part => part.Contains('\uFFFD'));
    }

    [Fact]
    public void TokenText_CutOrWrongBytes_BecomeReplacements()
    {
        Assert.Equal("a\uFFFD", TokenText.Of(new ByteTokenizer(), [0x61, 0xC3]));
        Assert.Equal("\uFFFDb", TokenText.Of(new ByteTokenizer(), [0xC3, 0x62]));
        Assert.Equal("xy", TokenText.Of(new ByteTokenizer(), [0x78, 0xFF, 0x79]));
    }

    [Theory]
    [InlineData("[]", "a JSON object")]
    [InlineData("{", "a JSON object")]
    [InlineData("{\"a\": \"b\"}", "no whole number below 65536")]
    [InlineData("{\"a\": 4294967295}", "no whole number below 65536")]
    [InlineData("{\"a\": -1}", "no whole number below 65536")]
    [InlineData("{\"a\": 0, \"a\": 1}", "twice")]
    [InlineData("{\"a\": 0, \"b\": 2}", "must be 0 to 1")]
    [InlineData("{\"a b\": 0}", "alphabet of GPT-2")]
    [InlineData("{\"<|endoftext|>\": 0}", "no token for the single byte 0")]
    [InlineData("{\"a\": 0}", "no token <|endoftext|>")]
    public void Read_WrongVocabulary_SaysWhy(string vocabulary, string expected)
    {
        using TemporaryFolder folder = new();
        string vocabularyPath = folder.Write("vocab.json", vocabulary);
        Assert.Contains(
            expected,
            Assert.Throws<UserException>(() => BpeTokenizer.Read(vocabularyPath, folder.Write("merges.txt", ""))).Message
        );
    }

    [Theory]
    [InlineData("a", "line 1: a line holds two tokens")]
    [InlineData("#version: 0.2\nĠ t x", "line 2: a line holds two tokens")]
    [InlineData("Ġ t\nĠ t", "line 2: 'Ġ t' stands there twice")]
    [InlineData("Ġ \u4e16", "is not in")]
    public void Read_WrongMerges_SaysWhy(string merges, string expected)
    {
        using TemporaryFolder folder = new();
        string vocabularyPath = folder.Write("vocab.json", Gpt2.Vocabulary);
        Assert.Contains(
            expected,
            Assert.Throws<UserException>(() => BpeTokenizer.Read(vocabularyPath, folder.Write("merges.txt", merges))).Message
        );
    }

    [Fact]
    public void Read_DamagedFiles_AreRefusedOrReadAndNothingElse()
    {
        using TemporaryFolder folder = new();
        byte[] vocabulary = Encoding.UTF8.GetBytes(Gpt2.Vocabulary[..4000] + "}");
        byte[] merges = Encoding.UTF8.GetBytes(Gpt2.Merges[..4000]);
        string whole = folder.Write("whole.json", Gpt2.Vocabulary);
        Random random = new(2);
        // An emptied file is read as a pipe would be, through a buffer of 16 MiB; the whole vocabulary takes about as much.
        for (int round = 0; round < 300; round++)
        {
            string vocabularyPath = folder.Write("vocab.json", Damage.Of(vocabulary, random));
            string mergesPath = folder.Write("merges.txt", Damage.Of(merges, random));
            Damage.IsRefusedOrRead(() => BpeTokenizer.Read(vocabularyPath, mergesPath), 64 << 20);
            if (round % 10 == 0)
            {
                Damage.IsRefusedOrRead(() => BpeTokenizer.Read(whole, mergesPath), 64 << 20);
            }
        }
    }

    private static BpeFiles ReadFiles()
    {
        using TemporaryFolder folder = new();
        return BpeFiles.Read(folder.Write("vocab.json", Gpt2.Vocabulary), folder.Write("merges.txt", Gpt2.Merges));
    }
}
