namespace MoeScale.Fuzz.Tests;

/// <param name="Inputs">Files and folders that one of is changed in.</param>
/// <param name="Commands">That read them; a word each, so that no word holds a space.</param>
internal sealed record FuzzCase(string[] Inputs, params string[] Commands);

internal static class FuzzCases
{
    /// <summary>A run of a second.</summary>
    public const string Tiny = "--model tiny.yaml --context 16 --batch-tokens 64 --eval-tokens 64 --threads 1 --held-out 0.2";
    private const string Model =
        "--model model.yaml --batch-tokens 64 --context 16 --eval-tokens 64 --threads 1 --held-out 0.2 --tokens 128 --out out";

    /// <summary>Every kind of input, and what reads it.</summary>
    public static readonly FuzzCase[] Files =
    [
        new(
            ["law.yaml"],
            "plan --law law.yaml --flops 1e20",
            "laws show law.yaml",
            "laws eval law.yaml N=1e9 D=2e10",
            "fit runs.csv --law law.yaml --starts 4 --no-profile"
        ),
        new(["model.yaml"], "cost model.yaml --training", "train --model model.yaml --text synthetic --tokens 1k --out out --dry-run"),
        new(["family.yaml"], "plan --family family.yaml --flops 1e20 --memory 80GB"),
        new(["study.yaml"], "study plan study.yaml --no-measure --out new", "study status study.yaml --out study"),
        new(
            ["runs.csv", "runs.jsonl", "runs.json", "runs.csv.gz", "runs.parquet"],
            "fit @ --law chinchilla-2024 --starts 4 --no-profile",
            "fit @ --template",
            "fit more.jsonl @ --law chinchilla-2024 --starts 4 --no-profile"
        ),
        new(["config.json"], "cost config.json", "export config.json --to hf"),
        new(["checkpoint"], "eval checkpoint --text text.txt --threads 1", "sample checkpoint --tokens 4 --threads 1", "cost checkpoint"),
        new(
            ["vocab.json", "merges.txt"],
            "train --text text.txt --tokenizer gpt2 --vocab-file vocab.json --merges-file merges.txt --dry-run --tokens 128 --out out "
                + Tiny
        ),
        new(["text.txt", "text.jsonl", "text.txt.gz"], "train --text @ " + Model, "eval run --text @ --threads 1"),
        new(["tokens.bin"], "train --text tokens.bin " + Model, "eval run --text tokens.bin --threads 1"),
        new(["choices.jsonl", "choices.jsonl.gz"], "eval run --choices @ --threads 1 --json"),
        new(
            ["run"],
            "train --text text.txt --tokens 512 --out run " + Tiny,
            "train --text text.txt --tokens 512 --json --out run " + Tiny,
            "train --report run",
            "train --report run --json",
            "eval run --text text.txt --threads 1",
            "sample run --tokens 4 --threads 1"
        ),
        new(["trunk"], "train --text text.txt --branches 512,1k --out trunk " + Tiny),
        new(["begun"], "train --text text.txt --tokens 512 --out begun " + Tiny),
        new(["swept"], "train --text text.txt --tokens 512 --sweep-lr --sweep-tokens 64 --out swept " + Tiny),
        new(
            ["study"],
            "study report study.yaml --out study",
            "study status study.yaml --out study",
            "study status study.yaml --out study --json"
        ),
    ];

    /// <summary>Command lines that say all that can be said; nothing here takes long, whatever a number becomes.</summary>
    public static readonly string[] Lines =
    [
        "plan --flops 1e20 --law joint-2025 --experts 1,8 --granularity 1 --memory 80GB --kv-tokens 16k --inference-tokens 1T "
            + "--max-params 70B --max-tokens 15T --allow-repeats 1T --multiple-of 64",
        "plan --gpus 64xH100 --days 30 --mfu 0.4 --training-memory 80GB --weights bf16 --kv bf16 --micro-batch 1 --sequence 2048 --dp 8 "
            + "--tp 4 --pp 2 --zero 1",
        "plan --frontier flops=1e20..1e22 --points 3 --json",
        "plan --target-loss 2.2 --law chinchilla-2024 --in-range --continuous",
        "plan --flops 1e20 --isoflop 1e19,1e20 --law chinchilla-2024 --prefer-simple",
        "fit runs.csv --law chinchilla-2024 --starts 4 --no-profile --objective log-huber --delta 1e-3 --level 0.9 --seed 3 --where "
            + "loss<3 --weight tokens --hold-out tokens>1e9",
        "fit runs.csv --formula c+a*N^-b --map N=active_params --starts 4 --no-profile --fix b=0.3",
        "cost mixtral-8x7b --weights int4 --expert-weights fp8 --kv bf16 --kv-tokens 16k --context 4k --training --tp 2 --pp 2 --ep 2",
        "laws eval joint-2025 N=1e9 D=2e10 E=8",
        "train --dry-run --text synthetic --tokens 1k --out out --lr 1e-3 --warmup 0.1 --decay 0.2 --batch-ramp 0.1 --micro-batch 1 "
            + "--epochs 1 --seed 1 --init-scale 0.1 --clip 1 --weight-decay 0.1 --eval-every 100 "
            + "--family joint-2025 --d-model 16 --experts 2 --granularity 1 --context 16 --batch-tokens 64 --eval-tokens 64",
        "eval run --text text.txt --held-out 0.2 --tokens 32 --stride 4 --threads 1",
        "sample run --prompt Doc --tokens 3 --temperature 0.5 --top-k 3 --top-p 0.9 --seed 1 --threads 1",
        "study plan study.yaml --no-measure --max-flops 1e15 --out new",
    ];
}
