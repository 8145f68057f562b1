#!/bin/sh
# Dense against experts at the same active parameters, on synthetic text: a run a seed and model, one after the other, and a table of differences.
# From any folder; runs go to OUT (default: a folder beside this script, which git ignores), results to runs.jsonl beside this script.
# Again, it goes on where it was stopped. SEEDS, TOKENS and MOESCALE (the command) may be set.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
moescale=${MOESCALE:-"$here/../../moescale"}
out=${OUT:-"$here/out"}
seeds=${SEEDS:-"1 2 3 4"}
tokens=${TOKENS:-4M}
results="$here/runs.jsonl"

# Arguments: name, seed, options of the model.
run() {
    name=$1 seed=$2
    shift 2
    $moescale train --family joint-2025 --d-model 64 --context 64 --text synthetic --tokens "$tokens" --batch-tokens 1024 --seed "$seed" \
        --out "$out/$name-$seed" --json "$@" > /dev/null
    cat "$out/$name-$seed/result.json" >> "$results.new"
    echo "$name $seed $(sed 's/.*"loss":\([0-9.]*\),.*/\1/' "$out/$name-$seed/result.json")"
}

: > "$results.new"
for seed in $seeds; do
    run dense "$seed"
    run switch "$seed" --experts 8
    run fine "$seed" --experts 8 --granularity 4
done | tee "$out.losses"
mv "$results.new" "$results"

# Differences to the dense run of the same seed: mean and 95 % interval of Student's t over seeds.
awk '
    { loss[$1, $2] = $3; if (!($1 in models)) { models[$1] = 1; order[++m] = $1 }; if (!($2 in seeds)) { seeds[$2] = 1; n++ } }
    END {
        split("12.706 4.303 3.182 2.776 2.571 2.447 2.365 2.306 2.262", t, " ")
        for (i = 1; i <= m; i++) {
            sum = squares = mean = 0
            for (s in seeds) { d = loss[order[i], s] - loss["dense", s]; sum += d; squares += d * d; mean += loss[order[i], s] / n }
            half = 0
            if (n > 1) { half = t[n - 1] * sqrt(((squares - sum * sum / n) / (n - 1)) / n) }
            printf "%-8s mean loss %.4f, minus dense %+.4f +- %.4f (95 %%, %d seeds)\n", order[i], mean, sum / n, half, n
        }
    }' "$out.losses"
