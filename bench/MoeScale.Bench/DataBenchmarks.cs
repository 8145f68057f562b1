using System.Buffers;
using BenchmarkDotNet.Attributes;
using MoeScale.Training.Data;
using MoeScale.Training.Data.Corpora;
using MoeScale.Training.Data.Synthetic;
using MoeScale.Training.Data.Tokenizers;

namespace MoeScale.Bench;

/// <summary>
/// What feeds a training run: a million bytes tokenized, a million synthetic tokens drawn, a batch of 16 x 256 loaded.
/// GPT-2's files are looked for in the folder that GPT2_FILES names (vocab.json, merges.txt).
/// </summary>
[MemoryDiagnoser]
public class DataBenchmarks
{
    private const int Million = 1_000_000;

    private readonly ArrayBufferWriter<ushort> _tokens = new(Million + 1);
    private readonly SyntheticSequences _synthetic = SyntheticSequences.Training(new SyntheticLanguage(), 256, seed: 1);
    private readonly int[] _sequence = new int[257];
    private readonly Batch _batch = new(16, 256);
    private readonly ByteTokenizer _bytes = new();
    private byte[] _text = [];
    private BpeTokenizer? _bpe;
    private TrainingData _data = null!;
    private string _folder = "";
    private long _position;

    [GlobalSetup]
    public void Prepare()
    {
        List<byte> text = [];
        DotnetDocs
            .Find()
            .Read(document =>
            {
                text.AddRange(document);
                return true;
            });
        // From the middle, where the types are many.
        _text = [.. text.Skip((text.Count - Million) / 2).Take(Million)];
        if (Environment.GetEnvironmentVariable("GPT2_FILES") is string files)
        {
            _bpe = BpeTokenizer.Read(Path.Combine(files, "vocab.json"), Path.Combine(files, "merges.txt"));
        }
        _folder = Directory.CreateTempSubdirectory().FullName;
        _data = TrainingData.OfTexts(
            new CorpusRequest { Paths = [CorpusRequest.DotnetDocs] },
            _bytes,
            _folder,
            new DataSettings { Context = 256, Tokens = Million }
        );
    }

    [GlobalCleanup]
    public void Remove()
    {
        _data.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Benchmark]
    public int EncodeBytes() => Encode(_bytes);

    [Benchmark]
    public int EncodeGpt2() => Encode(_bpe ?? throw new InvalidOperationException("Set GPT2_FILES."));

    /// <summary>Nothing is in the cache of words: the merges alone.</summary>
    [Benchmark]
    public int EncodeGpt2OneWordWithoutSpaces()
    {
        _tokens.ResetWrittenCount();
        _bpe!.Encode(_letters, _tokens);
        return _tokens.WrittenCount;
    }

    [Benchmark]
    public int DrawSynthetic()
    {
        for (int i = 0; i < Million / 256; i++)
        {
            _synthetic.Read(_position++, _sequence);
        }
        return _sequence[0];
    }

    [Benchmark]
    public int LoadBatch()
    {
        _batch.Load(_data.Training, _position % (_data.Training.Count - 16), 16);
        _position += 16;
        return _batch.Tokens[0];
    }

    private readonly byte[] _letters = [.. Enumerable.Range(0, Million).Select(i => (byte)('a' + (i * 7919L % 104729 % 26)))];

    private int Encode(ITokenizer tokenizer)
    {
        _tokens.ResetWrittenCount();
        tokenizer.Encode(_text, _tokens);
        return _tokens.WrittenCount;
    }
}
