using MoeScale.Basics;
using MoeScale.Exchange.Import;
using MoeScale.Exchange.Logs;

namespace MoeScale.Exchange.Tests.Logs;

public class LogFuzzTests
{
    private const int Mutations = 500;

    public static TheoryData<string, string> Samples { get; } =
        new()
        {
            {
                "megatron",
                " hidden_size ... 64\n num_layers ... 2\n iteration 1/ 5 | consumed samples: 32 | lm loss: 5.5 |\n iteration 2/ 5 | "
                    + "consumed samples: 64 | lm loss: 5 |\n validation loss at iteration 2 | lm loss value: 5.5 |\n"
            },
            {
                "torchtitan",
                "[rank0]: x total steps 2,000\n[rank0]: step:  1  loss:  8.1  tps: 3,502  mfu: 0.19%\n[rank0]: step:  2  loss:  7.1  "
                    + "tps: 3,502  mfu: 0.19%\n"
            },
            {
                "olmo-core",
                "a [step=1/2,epoch=0]\n    train/CE loss=6.2\n    throughput/total tokens=1.2B\nb [step=2/2,epoch=0]\n    train/CE loss=6\n"
            },
            { "transformers", "{\"log_history\": [{\"loss\": NaN, \"step\": 5}, {\"eval_loss\": 3.5, \"step\": 20}], \"max_steps\": 20}" },
            { "lm-eval", "{\"results\": {\"piqa\": {\"acc,none\": 0.66, \"acc_stderr,none\": \"N/A\"}}}" },
            {
                "wandb-table",
                "\"Name\",\"State\",\"tokens\",\"eval/loss\"\n\"a\",\"finished\",\"1e9\",\"2.5\"\n\"b\",\"crashed\",\"\",\"\"\n"
            },
            { "wandb-history", "_step,train/loss,throughput/total_tokens\n1,5,100\n2,,200\n" },
            {
                "wandb-chart",
                "\"Step\",\"a - loss\",\"a - loss__MIN\",\"a - loss__MAX\"\n\"1\",\"5\",\"5\",\"5\"\n\"2\",\"4\",\"4\",\"4\"\n"
            },
            {
                "moescale",
                "{\"step\": 1, \"tokens\": 100, \"loss\": 5, \"smoothed_loss\": 5}\n{\"step\": 2, \"tokens\": 200, \"loss\": 4, "
                    + "\"smoothed_loss\": 4.5}\n"
            },
            { "tensorboard", "\u0018\0\0\0\0\0\0\0abcdefghijklmnopqrstuvwxyz" },
            { "wandb-offline", ":W&B\u00E1\u00BE\0abcdefghijklmnopqrstuvwxyz" },
        };

    // By hand, for longer: MOESCALE_FUZZ_MUTATIONS=5000.
    [Theory]
    [MemberData(nameof(Samples))]
    public void Import_MutatedLog_IsReadOrRefused(string kind, string sample)
    {
        int count = int.TryParse(Environment.GetEnvironmentVariable("MOESCALE_FUZZ_MUTATIONS"), out int given) ? given : Mutations;
        byte[] valid = System.Text.Encoding.Latin1.GetBytes(sample);
        using TemporaryFolder logs = new();
        for (int seed = 0; seed < count; seed++)
        {
            Random random = new(seed);
            byte[] bytes = Mutated(valid, random);
            string path = logs.Write("log.jsonl", bytes);
            try
            {
                Imports.All(
                    new ImportRequest([path])
                    {
                        Format = LogFormats.Named(kind),
                        SequenceTokens = 128,
                        BatchTokens = 4096,
                        WithPoints = true,
                    }
                );
                LogFormats.Of(new LogFile(path));
            }
            catch (UserException)
            {
                // What it says is judged elsewhere.
            }
            catch (Exception e)
            {
                Assert.Fail($"{kind}, seed {seed}: {e}");
            }
        }
    }

    private static byte[] Mutated(byte[] valid, Random random)
    {
        List<byte> bytes = [.. valid];
        for (int n = random.Next(1, 8); n > 0 && bytes.Count > 0; n--)
        {
            int at = random.Next(bytes.Count);
            switch (random.Next(5))
            {
                case 0:
                    bytes[at] = (byte)random.Next(256);
                    break;
                case 1:
                    bytes.RemoveRange(at, Math.Min(random.Next(1, 20), bytes.Count - at));
                    break;
                case 2:
                    bytes.InsertRange(at, bytes.GetRange(at, Math.Min(random.Next(1, 40), bytes.Count - at)));
                    break;
                case 3:
                    bytes.InsertRange(
                        at,
                        System.Text.Encoding.UTF8.GetBytes(
                            ((string[])["1e999", "-1", "NaN", "\n", "99999999999999999999", "\"", ",", "|", "\0"])[random.Next(9)]
                        )
                    );
                    break;
                default:
                    (bytes[at], bytes[^1]) = (bytes[^1], bytes[at]);
                    break;
            }
        }
        return [.. bytes];
    }
}
