using System.Runtime.InteropServices;
using System.Text;
using MoeScale.Basics;
using MoeScale.Training.Data;
using MoeScale.Training.Data.Corpora;
using MoeScale.Training.Data.Tokenizers;
using MoeScale.Training.Data.Tokens;

namespace MoeScale.Training.Tests.Data;

public sealed class TrainingDataTests : IDisposable
{
    private const int Context = 16;
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Training_OneEpoch_MeetsEachTokenOnceAndKeepsDocumentsWhole()
    {
        using TrainingData data = Open(Documents(300), 1000);
        List<int> stream = Stream(data.Training);
        // Sequences come shuffled: put back in order by their content, which is different everywhere.
        int[] counts = new int[256];
        foreach (int token in stream)
        {
            counts[token]++;
        }
        int[] written = new int[256];
        foreach (string document in Documents(300))
        {
            foreach (byte value in Encoding.UTF8.GetBytes(document))
            {
                written[value]++;
            }
            written[0xFF]++;
        }
        // The first token is no target, and the last ones, fewer than a sequence, are left out.
        Assert.InRange(written.Sum() - stream.Count, 1, Context + 1);
        Assert.All(Enumerable.Range(0, 256), value => Assert.InRange(written[value] - counts[value], 0, Context + 1));
    }

    [Fact]
    public void Training_SequencesInTheirOwnOrder_AreTheDocumentsWithSeparators()
    {
        using TokenFile file = TokenFile.Open(_folder.Write("a.bin", Tokens([1, 2, 9, 3, 9, 4, 5, 6, 9])));
        TokenDocuments documents = TokenDocuments.All(file, separator: 9, vocabularySize: 10);
        Assert.Equal([3, 2, 4], documents.Lengths.ToArray());
        PackedSequences sequences = new(documents, context: 2, seed: 5, epochs: 1);
        Assert.Equal(4, sequences.Count);
        // Four sequences of three overlap by one: together they are the nine tokens, documents in one order or another.
        int[][] read = [.. Enumerable.Range(0, 4).Select(i => Read(sequences, i))];
        string[] orders = ["129394569", "129456939", "391294569", "394569129", "456912939", "456939129"];
        string[] expected =
        [
            .. orders.Select(order => string.Join(' ', Enumerable.Range(0, 4).Select(i => order.Substring(2 * i, 3)).Order())),
        ];
        Assert.Contains(string.Join(' ', read.Select(tokens => string.Concat(tokens)).Order()), expected);
    }

    [Fact]
    public void Training_ReadAtAnyPositionOrAfterAnother_IsTheSame()
    {
        using TrainingData data = Open(Documents(200), 6000, epochs: 3);
        using TrainingData again = Open(Documents(200), 6000, epochs: 3);
        Random random = new(1);
        for (int round = 0; round < 300; round++)
        {
            long position = random.NextInt64(data.Training.Count);
            Assert.Equal(Read(data.Training, position), Read(again.Training, position));
            _ = Read(again.Training, random.NextInt64(again.Training.Count));
        }
    }

    [Fact]
    public void Training_AnotherSeedOrEpoch_IsAnotherOrderAndHeldOutIsNot()
    {
        using TrainingData one = Open(Documents(300), 8000, epochs: 2, share: 0.3);
        using TrainingData two = Open(Documents(300), 8000, epochs: 2, share: 0.3, seed: 2);
        Assert.NotEqual(Stream(one.Training), Stream(two.Training));
        Assert.Equal(Stream(one.HeldOut!), Stream(two.HeldOut!));
        List<int> stream = Stream(one.Training);
        Assert.NotEqual(stream[..(stream.Count / 2)], stream[(stream.Count / 2)..]);
        Assert.Equal(one.HeldOutBytes, Stream(one.HeldOut!).Count(token => token != 0xFF));
    }

    [Fact]
    public void HeldOut_MoreFiles_MoveNoDocument()
    {
        HashSet<string> few = HeldOut(Documents(100));
        HashSet<string> many = HeldOut([.. Documents(400).Reverse()]);
        Assert.InRange(few.Count, 5, 40);
        Assert.Equal(few, many.Where(document => int.Parse(document.Split(' ')[1]) < 100).ToHashSet());
        // 400 documents at 0.2: 80, five standard deviations of 8 on both sides.
        Assert.InRange(many.Count, 40, 120);
    }

    [Fact]
    public void Prepare_SameRequest_KeepsTheTokensThoughTheTextIsGone()
    {
        string text = _folder.Write("a.txt", "Some text that goes.");
        CorpusRequest request = new() { Paths = [text], HeldOutShare = 0 };
        string folder = Path.Combine(_folder.Path, "data");
        PreparedCorpus made = PreparedCorpus.Prepare(request, new ByteTokenizer(), folder);
        Assert.Equal(21, made.TrainingTokens);
        File.Delete(text);
        Assert.Equal(made, PreparedCorpus.Prepare(request, new ByteTokenizer(), folder));
        Assert.Contains(
            "holds the tokens of another corpus",
            Assert
                .Throws<UserException>(() => PreparedCorpus.Prepare(request with { HeldOutShare = 0.5 }, new ByteTokenizer(), folder))
                .Message
        );
        File.WriteAllBytes(PreparedCorpus.TrainingPath(folder), [1]);
        Assert.Contains(
            "does not fit",
            Assert.Throws<UserException>(() => PreparedCorpus.Prepare(request, new ByteTokenizer(), folder)).Message
        );
    }

    [Fact]
    public async Task Prepare_SeveralAtOnce_OneReadsTheTextAndTheOthersWait()
    {
        CorpusRequest request = new() { Paths = [_folder.Write("a.txt", "Some text.")], HeldOutShare = 0 };
        string folder = Path.Combine(_folder.Path, "data");
        int read = 0;
        using CountdownEvent begun = new(3);
        PreparedCorpus[] made = await Task.WhenAll(
            Enumerable
                .Range(0, 3)
                .Select(_ =>
                    Task.Run(() =>
                    {
                        begun.Signal();
                        return PreparedCorpus.Prepare(request, new TellingTokenizer(Tell), folder);
                    })
                )
        );
        Assert.Equal(1, read);
        Assert.All(made, m => Assert.Equal(11, m.TrainingTokens));

        void Tell()
        {
            // Whoever is first waits until the others want the corpus too.
            begun.Wait();
            Interlocked.Increment(ref read);
        }
    }

    [Fact]
    public void Prepare_AfterForget_ReadsTheTextAndTheRequestAgain()
    {
        string text = _folder.Write("a.txt", "Some text that grows.");
        CorpusRequest request = new() { Paths = [text], HeldOutShare = 0 };
        string folder = Path.Combine(_folder.Path, "data");
        PreparedCorpus.Invalidate(folder); // nothing there is no failure
        Assert.Equal(22, PreparedCorpus.Prepare(request, new ByteTokenizer(), folder).TrainingTokens);
        File.AppendAllText(text, " And more.");
        PreparedCorpus.Invalidate(folder);
        Assert.Equal(32, PreparedCorpus.Prepare(request, new ByteTokenizer(), folder).TrainingTokens);
        PreparedCorpus.Invalidate(folder);
        Assert.Equal(32, PreparedCorpus.Prepare(request with { Field = "body" }, new ByteTokenizer(), folder).TrainingTokens);
    }

    [Theory]
    [InlineData(1.0)]
    [InlineData(-0.1)]
    [InlineData(double.NaN)]
    public void Prepare_NoShare_IsRefused(double share) =>
        Assert.Contains("cannot be held out", Assert.Throws<UserException>(() => Open(Documents(3), 10, share: share)).Message);

    [Fact]
    public void Prepare_TextThatFails_LeavesNothingBehind()
    {
        string good = _folder.Write("a.txt", "good");
        string bad = _folder.Write("b.txt", [0xC3]);
        string folder = Path.Combine(_folder.Path, "data");
        Assert.Throws<UserException>(() => PreparedCorpus.Prepare(new CorpusRequest { Paths = [good, bad] }, new ByteTokenizer(), folder));
        Assert.Empty(Directory.GetFiles(folder));
    }

    [Fact]
    public void Open_TooLittle_SaysHowManyTokensThereAre()
    {
        string text = _folder.Write("a.txt", new string('a', 1000));
        CorpusRequest request = new() { Paths = [text], HeldOutShare = 0 };
        string message = Assert
            .Throws<UserException>(() =>
                TrainingData.OfTexts(
                    request,
                    new ByteTokenizer(),
                    Path.Combine(_folder.Path, "d"),
                    new DataSettings { Context = Context, Tokens = 5000 }
                )
            )
            .Message;
        Assert.Contains("has 1,001 tokens to train on; the run needs 5,000. ", message);
        Assert.Contains("allow 6 epochs", message);
        using TrainingData enough = TrainingData.OfTexts(
            request,
            new ByteTokenizer(),
            Path.Combine(_folder.Path, "d"),
            new DataSettings
            {
                Context = Context,
                Tokens = 5000,
                Epochs = 6,
            }
        );
        Assert.True(enough.Training.Count * Context >= 5000);
        Assert.Null(enough.HeldOut);
    }

    [Fact]
    public void Open_HeldOutFile_IsHeldOutWhole()
    {
        string text = _folder.Write("a.txt", new string('a', 1000));
        string held = _folder.Write("b.txt", new string('b', 100));
        CorpusRequest request = new() { Paths = [text], HeldOutPaths = [held] };
        using TrainingData data = TrainingData.OfTexts(
            request,
            new ByteTokenizer(),
            Path.Combine(_folder.Path, "d"),
            new DataSettings { Context = Context, Tokens = 900 }
        );
        Assert.All(Stream(data.HeldOut!), token => Assert.Equal('b', token));
        Assert.All(Stream(data.Training), token => Assert.Equal('a', token));
        Assert.Contains(
            "it is one document, of which no share can be held out",
            Assert
                .Throws<UserException>(() =>
                    TrainingData.OfTexts(
                        new CorpusRequest { Paths = [text], HeldOutShare = 1e-9 },
                        new ByteTokenizer(),
                        Path.Combine(_folder.Path, "e"),
                        new DataSettings { Context = Context, Tokens = 900 }
                    )
                )
                .Message
        );
    }

    [Fact]
    public void Open_TextToScoreOnly_HasNothingToTrainOn()
    {
        CorpusRequest request = new() { Paths = [], HeldOutPaths = [_folder.Write("a.txt", new string('a', 100))] };
        using TrainingData data = TrainingData.OfTexts(
            request,
            new ByteTokenizer(),
            Path.Combine(_folder.Path, "d"),
            new DataSettings { Context = Context, Tokens = 0 }
        );
        Assert.Equal(6, data.HeldOut!.Count);
        Assert.StartsWith("1 file, 1 document,", data.Description);
        Assert.Throws<InvalidOperationException>(() => data.Training);
    }

    [Fact]
    public void Batch_Loaded_HoldsTokensAndWhatFollowsThemAndAllocatesNothing()
    {
        using TrainingData data = Open(Documents(300), 1000, epochs: 2);
        Batch batch = new(4, Context);
        batch.Load(data.Training, 3, 4);
        for (int row = 0; row < 4; row++)
        {
            int[] tokens = Read(data.Training, 3 + row);
            Assert.Equal(tokens[..Context], batch.Tokens.Slice(row * Context, Context).ToArray());
            Assert.Equal(tokens[1..], batch.Targets.Slice(row * Context, Context).ToArray());
        }
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (long position = 0; position + 4 <= data.Training.Count; position += 4)
        {
            batch.Load(data.Training, position, 4);
        }
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void TokenFile_OfNanoGptOrLlmC_GivesItsTokens(bool header)
    {
        byte[] tokens = Tokens([50256, 7, 8, 50256, 9]);
        using TokenFile file = TokenFile.Open(_folder.Write("a.bin", header ? [.. Header(20240520, 1, 5), .. tokens] : tokens));
        int[] read = new int[5];
        file.Read(0, read);
        Assert.Equal([50256, 7, 8, 50256, 9], read);
        (TokenDocuments training, TokenDocuments heldOut) = TokenDocuments.Split(file, EndedBy(50256), 50257, heldOut: null);
        Assert.Equal([3, 1], training.Lengths.ToArray());
        Assert.Equal(0, heldOut.Count);
        Assert.Contains(
            "token 0 is 50256, but the vocabulary has 50256",
            Assert.Throws<UserException>(() => TokenDocuments.Split(file, EndedBy(50255), 50256, heldOut: null)).Message
        );
    }

    [Fact]
    public void TokenFile_WithoutSeparators_IsCutSplitAndWhole()
    {
        ushort[] tokens = [.. Enumerable.Range(0, 300_000).Select(i => (ushort)(i % 1000))];
        using TokenFile file = TokenFile.Open(_folder.Write("a.bin", Tokens([.. tokens.Select(token => (int)token)])));
        (TokenDocuments training, TokenDocuments heldOut) = TokenDocuments.Split(file, EndedBy(50256), 50257, new HeldOutRule(0.2));
        Assert.Equal(300_000, training.Tokens + heldOut.Tokens);
        Assert.True(training.Count > 5 && heldOut.Count > 0);
    }

    [Fact]
    public void TokenFile_Wrong_SaysWhy()
    {
        Assert.Contains("no whole number of 16-bit tokens", Error([1, 2, 3]));
        Assert.Contains("is empty", Error([]));
        Assert.Contains("says that it holds 1 token, but has 1024 bytes, not 1028", Error(Header(20240801, 7, 1)));
        Assert.Contains("evaluation file", Error(Header(20240522, 1, 1)));
        Assert.Contains("version 2", Error(Header(20240520, 2, 1)));
        Assert.Contains("says that it holds 5 tokens, but has 1026 bytes", Error([.. Header(20240520, 1, 5), 1, 2]));
        Assert.Contains("1073741824 tokens", Error([.. Header(20240520, 1, 1 << 30), 1, 2]));
        Assert.Contains("is a folder", Assert.Throws<UserException>(() => TokenFile.Open(_folder.Path)).Message);
        Assert.Contains("no such file", Assert.Throws<UserException>(() => TokenFile.Open(Path.Combine(_folder.Path, "none.bin"))).Message);
    }

    [Fact]
    public void TokenFile_Damaged_IsRefusedOrReadAndNothingElse()
    {
        byte[] whole = [.. Header(20240520, 1, 200), .. Tokens([.. Enumerable.Range(0, 200)])];
        Random random = new(4);
        for (int round = 0; round < 500; round++)
        {
            string path = _folder.Write("a.bin", Damage.Of(whole, random));
            Damage.IsRefusedOrRead(
                () =>
                {
                    using TrainingData data = TrainingData.OfTokens(
                        path,
                        null,
                        0.1,
                        256,
                        new TokenReading { Separator = 255 },
                        tokenizer: null,
                        new DataSettings { Context = 8, Tokens = 16 }
                    );
                    _ = Read(data.Training, data.Training.Count - 1);
                },
                1 << 20
            );
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(1000)]
    [InlineData(65537)]
    public void Permutation_AnyCount_MeetsEachOnce(long count)
    {
        Permutation permutation = new(count, key: 7);
        Assert.Equal(
            count,
            Enumerable.Range(0, (int)count).Select(i => permutation[i]).Where(value => value >= 0 && value < count).Distinct().LongCount()
        );
    }

    private static DocumentEnds EndedBy(int separator) => new(separator, null, TokenFile.Given);

    private static byte[] Tokens(int[] tokens) => MemoryMarshal.AsBytes([.. tokens.Select(token => (ushort)token)]).ToArray();

    private static byte[] Header(int magic, int version, int count)
    {
        int[] header = new int[256];
        (header[0], header[1], header[2]) = (magic, version, count);
        return MemoryMarshal.AsBytes(header.AsSpan()).ToArray();
    }

    private static string[] Documents(int count) =>
        [.. Enumerable.Range(0, count).Select(number => $"Document {number} says {new string((char)('a' + (number % 26)), number % 40)}.")];

    private static int[] Read(ISequences sequences, long position)
    {
        int[] tokens = new int[sequences.Context + 1];
        sequences.Read(position, tokens);
        return tokens;
    }

    private static List<int> Stream(ISequences sequences)
    {
        List<int> targets = [];
        for (long i = 0; i < sequences.Count; i++)
        {
            targets.AddRange(Read(sequences, i)[1..]);
        }
        return targets;
    }

    private string Error(byte[] file) => Assert.Throws<UserException>(() => TokenFile.Open(_folder.Write("wrong.bin", file))).Message;

    private HashSet<string> HeldOut(string[] documents)
    {
        string folder = Path.Combine(_folder.Path, Guid.NewGuid().ToString());
        string text = _folder.Write($"{Guid.NewGuid()}.txt", string.Join("<|endoftext|>", documents));
        PreparedCorpus.Prepare(new CorpusRequest { Paths = [text], HeldOutShare = 0.2 }, new ByteTokenizer(), folder);
        byte[] tokens =
        [
            .. MemoryMarshal
                .Cast<byte, ushort>(File.ReadAllBytes(PreparedCorpus.HeldOutPath(folder)))
                .ToArray()
                .Select(token => (byte)(token == 0xFF ? 0 : token)),
        ];
        return [.. Encoding.UTF8.GetString(tokens).Split('\0', StringSplitOptions.RemoveEmptyEntries)];
    }

    private TrainingData Open(string[] documents, long tokens, int epochs = 1, double share = 0, ulong seed = 1)
    {
        string text = _folder.Write("corpus.txt", string.Join("<|endoftext|>", documents));
        string folder = Path.Combine(_folder.Path, $"data-{documents.Length}-{share}");
        return TrainingData.OfTexts(
            new CorpusRequest { Paths = [text], HeldOutShare = share },
            new ByteTokenizer(),
            folder,
            new DataSettings
            {
                Context = Context,
                Tokens = tokens,
                Epochs = epochs,
                Seed = seed,
            }
        );
    }

    /// <summary>Tells of a document before it is encoded.</summary>
    private sealed class TellingTokenizer(Action tell) : ITokenizer
    {
        private readonly ByteTokenizer _bytes = new();

        public string Name => _bytes.Name;

        public int VocabularySize => _bytes.VocabularySize;

        public int Separator => _bytes.Separator;

        public void Encode(ReadOnlySpan<byte> utf8, System.Buffers.IBufferWriter<ushort> tokens)
        {
            tell();
            _bytes.Encode(utf8, tokens);
        }

        public ReadOnlySpan<byte> Bytes(int token) => _bytes.Bytes(token);
    }
}
