using System.Text.Json;
using MoeScale.Basics;
using MoeScale.Models;
using MoeScale.Training.Data;
using MoeScale.Training.Diagnostics;
using MoeScale.Training.Layers.Experts;
using MoeScale.Training.Runs;
using MoeScale.Training.Tests.Runs;
using MoeScale.Training.Transformers;

namespace MoeScale.Training.Tests.Diagnostics;

public sealed class RoutingRecordTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string> Kinds => ["token choice", "expert choice"];

    public void Dispose() => _folder.Dispose();

    private static Model Of(string kind) => kind == "token choice" ? ExpertRun.Model : ExpertRun.ExpertChoice;

    private string In(string name) => Path.Combine(_folder.Path, name);

    private byte[] Bytes(string run, string file) => File.ReadAllBytes(Path.Combine(In(run), file));

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Run_AtItsEnd_HasTakenDownEachStepOfEachRouter(string kind)
    {
        ExpertRun.Run(In("a"), Of(kind));
        IReadOnlyList<RoutingStep> steps = RoutingHistory.Read(Path.Combine(In("a"), "routing.jsonl"), ExpertRun.Model);
        Assert.Equal(Enumerable.Range(1, 48), steps.Select(s => (int)s.Step));
        Assert.Equal(6144, steps[^1].Tokens);
        Assert.All(
            steps,
            step =>
            {
                Assert.Equal([1, 2], step.Layers.Select(l => l.Block));
                // 8 sequences of 16, two choices a token.
                Assert.All(step.Layers, l => Assert.Equal(256, l.Load.Sum()));
                Assert.All(step.Layers, l => Assert.InRange(l.TokenEntropy, 0, Math.Log(4) + 1e-6));
            }
        );
        foreach (string line in File.ReadLines(Path.Combine(In("a"), "routing.jsonl")))
        {
            foreach (JsonElement layer in JsonDocument.Parse(line).RootElement.GetProperty("layers").EnumerateArray())
            {
                long[] load = [.. layer.GetProperty("load").EnumerateArray().Select(n => n.GetInt64())];
                Assert.Equal(load.Max() * 4 / 256.0, layer.GetProperty("max_over_mean").GetDouble());
                Assert.Equal(load.Count(n => n == 0), layer.GetProperty("dead").GetInt32());
            }
        }
        int warnings = JsonDocument.Parse(Bytes("a", "result.json")).RootElement.GetProperty("router_warnings").GetInt32();
        RouterHealth health = new(Of(kind), [1, 2]);
        foreach (RoutingStep step in steps)
        {
            health.Add(step);
        }
        Assert.Equal(health.Findings().Count, warnings);
    }

    /// <summary>At the beginning, and where 1, 2, 5, 10, 20 ... 100 % of 6144 tokens are seen in steps of 128.</summary>
    [Fact]
    public void Run_AtItsMarks_AsksTheProbe()
    {
        ExpertRun.Run(In("a"), ExpertRun.Model);
        ProbeHistory probe = ProbeHistory.Read(Path.Combine(In("a"), "choices.jsonl"), ExpertRun.Model, 256)!;
        Assert.Equal([0, 1, 3, 5, 10, 15, 20, 24, 29, 34, 39, 44, 48], probe.Moments.Select(m => (int)m.Step));
        Assert.Equal((16, 2048), (probe.Sequence, probe.Tokens.Count));
        Assert.Equal([1, 2], probe.Blocks);
        Assert.All(
            [0, 1],
            layer =>
            {
                Assert.All(probe.Moments, m => Assert.Equal(2 * 2048, m.Layers[layer].Count));
                Assert.Equal(1, probe.Saturation(layer)[^1]);
            }
        );
        // It has learnt, so that some choices have changed.
        Assert.All([0, 1], layer => Assert.InRange(probe.Saturation(layer)[0], 0, 0.99));
    }

    /// <summary>The last choices are those of the finished weights on the first held-out sequences.</summary>
    [Theory]
    [MemberData(nameof(Kinds))]
    public unsafe void Probe_AtTheEnd_HoldsTheChoicesOfTheFinishedModel(string kind)
    {
        ExpertRun.Run(In("a"), Of(kind));
        ProbeHistory probe = ProbeHistory.Read(Path.Combine(In("a"), "choices.jsonl"), ExpertRun.Model, 256)!;
        using Transformer model = TrainedModel.Open(In("a")).Load(sequences: 128, sequence: 16, threads: 2);
        using TrainingData data = TinyRun.Data(ExpertRun.Configuration);
        int[] window = new int[17];
        for (int i = 0; i < 128; i++)
        {
            data.HeldOut!.Read(i, window);
            Assert.Equal(window[..16], probe.Tokens.Skip(16 * i).Take(16));
        }
        int[] tokens = [.. probe.Tokens];
        model.Loss(tokens, tokens);
        for (int layer = 0; layer < 2; layer++)
        {
            Dispatch dispatch = model.Dispatches[layer];
            for (int row = 0; row < tokens.Length; row++)
            {
                int[] experts = new ReadOnlySpan<int>(
                    dispatch.ChoiceExperts + dispatch.ChoiceStarts[row],
                    dispatch.ChoiceStarts[row + 1] - dispatch.ChoiceStarts[row]
                ).ToArray();
                Assert.Equal(experts.Order(), Enumerable.Range(0, 4).Where(e => probe.Last.Layers[layer][row, e]));
            }
        }
    }

    /// <summary>As a kill does: what was written behind the last checkpoint is cut off and written again, half a line too.</summary>
    [Theory]
    [InlineData("token choice", 1)]
    [InlineData("token choice", 23)]
    [InlineData("expert choice", 30)]
    public void Run_CutOffBehindACheckpoint_LeavesTheSameFiles(string kind, int steps)
    {
        ExpertRun.Run(In("whole"), Of(kind));
        ExpertRun.Run(In("cut"), Of(kind), 128 * steps);
        foreach (string file in (string[])["routing.jsonl", "choices.jsonl"])
        {
            // Lines of the whole run that lie behind the checkpoint, and a part of one.
            string[] behind =
            [
                .. File.ReadLines(Path.Combine(In("whole"), file))
                    .Where(l => JsonDocument.Parse(l).RootElement.GetProperty("step").GetInt64() > steps)
                    .Take(2),
            ];
            File.AppendAllText(Path.Combine(In("cut"), file), string.Concat(behind.Select(l => l + "\n")) + "{\"step\":");
        }
        ExpertRun.Run(In("cut"), Of(kind), threads: 3);
        Assert.Equal(Bytes("whole", "routing.jsonl"), Bytes("cut", "routing.jsonl"));
        Assert.Equal(Bytes("whole", "choices.jsonl"), Bytes("cut", "choices.jsonl"));
        Assert.Equal(Bytes("whole", "model.safetensors"), Bytes("cut", "model.safetensors"));
    }

    [Fact]
    public void Read_WhileALineIsWritten_LeavesItOut()
    {
        ExpertRun.Run(In("a"), ExpertRun.Model, 1280);
        string path = Path.Combine(In("a"), "routing.jsonl");
        string whole = File.ReadAllText(path);
        for (int cut = 1; cut < 40; cut += 7)
        {
            File.WriteAllText(path, whole[..^cut]);
            // Without its end of a line alone the last one is whole.
            Assert.Equal(cut == 1 ? 10 : 9, RoutingHistory.Read(path, ExpertRun.Model)[^1].Step);
            Assert.Equal(cut == 1 ? [9, 10] : [8, 9], RoutingHistory.Read(path, ExpertRun.Model, last: 2).Select(s => (int)s.Step));
        }
    }

    [Fact]
    public void Read_OfADamagedFile_IsRefused()
    {
        string path = _folder.Write("routing.jsonl", "{\"step\":1,\n{\"step\":2}\n");
        Assert.Contains("is damaged", Assert.Throws<UserException>(() => RoutingHistory.Read(path, ExpertRun.Model)).Message);
        Assert.Contains(
            "is damaged",
            Assert.Throws<UserException>(() => RoutingHistory.Read(_folder.Write("b.jsonl", "{\"step\":1}\n"), ExpertRun.Model)).Message
        );
        Assert.Empty(RoutingHistory.Read(In("none.jsonl"), ExpertRun.Model));
        Assert.Null(ProbeHistory.Read(In("none.jsonl"), ExpertRun.Model, 256));
    }

    /// <summary>What would be too much for the arrays of who reads it, or comes from another model.</summary>
    [Theory]
    [InlineData("\"load\":[", "\"load\":[0,")]
    [InlineData("\"load\":[", "\"load\":[-1,")]
    [InlineData("\"load\":[", "\"load\":[9223372036854775807,")]
    [InlineData("\"block\":1", "\"block\":3")]
    [InlineData("\"block\":1", "\"block\":2")]
    [InlineData("\"block\":1", "\"block\":4294967296")]
    [InlineData("\"step\":4", "\"step\":3")]
    [InlineData("\"tokens\":", "\"tokens\":-")]
    [InlineData("\"layers\":", "\"layers\":[],\"others\":")]
    [InlineData("\"z_loss\":", "\"z_loss\":1e400,\"z\":")]
    [InlineData("\"tokens\":", "\"\\ud800\":1,\"tokens\":")]
    public void Read_OfALineThatNoRouterLeft_IsRefused(string what, string instead)
    {
        ExpertRun.Run(In("a"), ExpertRun.Model, 1280);
        string[] lines = File.ReadAllLines(Path.Combine(In("a"), "routing.jsonl"));
        int at = lines[3].IndexOf(what, StringComparison.Ordinal);
        lines[3] = string.Concat(lines[3].AsSpan(0, at), instead, lines[3].AsSpan(at + what.Length));
        string path = _folder.Write("routing.jsonl", string.Join('\n', lines) + "\n");
        Assert.StartsWith($"{path} is damaged: ", Assert.Throws<UserException>(() => RoutingHistory.Read(path, ExpertRun.Model)).Message);
    }

    [Theory]
    [InlineData("\"sequence\":16", "\"sequence\":2147483647")]
    [InlineData("\"sequence\":16", "\"sequence\":0")]
    [InlineData("\"tokens\":[", "\"tokens\":[256,")]
    [InlineData("\"experts\":4", "\"experts\":2147483647")]
    [InlineData("\"experts\":4", "\"experts\":3")]
    [InlineData("\"block\":1", "\"block\":-1")]
    [InlineData("\"choices\":\"", "\"choices\":\"*")]
    public void Probe_ThatNoRunAsked_IsRefused(string what, string instead)
    {
        ExpertRun.Run(In("a"), ExpertRun.Model, 1280);
        string text = File.ReadAllText(Path.Combine(In("a"), "choices.jsonl"));
        int at = text.IndexOf(what, StringComparison.Ordinal);
        string path = _folder.Write("choices.jsonl", string.Concat(text.AsSpan(0, at), instead, text.AsSpan(at + what.Length)));
        Assert.StartsWith(
            $"{path} is damaged: ",
            Assert.Throws<UserException>(() => ProbeHistory.Read(path, ExpertRun.Model, 256)).Message
        );
    }
}
