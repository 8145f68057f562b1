#!/bin/sh
# Every kind of routing on the documentation of .NET, one run after the other; a line for each: name, seed, held-out loss, active and total parameters.
# From any folder; runs go to OUT (default: a folder beside this script, which git ignores), results to runs.jsonl beside this script.
# Again, it goes on where it was stopped. SEEDS, TOKENS and MOESCALE (the command) may be set.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
moescale=${MOESCALE:-"$here/../../moescale"}
out=${OUT:-"$here/out"}
seeds=${SEEDS:-"1 2"}
tokens=${TOKENS:-500k}
results="$here/runs.jsonl"

# Arguments: name, then what says which model.
run() {
    name=$1
    shift
    for seed in $seeds; do
        $moescale train "$@" --context 64 --text dotnet-docs --tokens "$tokens" --batch-tokens 2048 --seed "$seed" --out "$out/$name-$seed" --json > /dev/null
        cat "$out/$name-$seed/result.json" >> "$results.new"
        sed "s/.*\"loss\":\([0-9.]*\),.*\"active_params\":\([0-9]*\),\"total_params\":\([0-9]*\),.*/$name $seed \1 \2 \3/" "$out/$name-$seed/result.json"
    done
}

joint="--family joint-2025 --d-model 64"
fine="--family fine-grained-2024 --d-model 64"
: > "$results.new"
run dense $joint
run switch-capacity $joint --experts 8
run switch-dropless $joint --experts 8 --capacity-factor none
run fine-capacity $joint --experts 8 --granularity 4
run fine-dropless $joint --experts 8 --granularity 4 --capacity-factor none
run fine-selected-softmax $joint --experts 8 --granularity 4 --capacity-factor none --router-weights selected_softmax
run fine-balance-bias $joint --experts 8 --granularity 4 --capacity-factor none --router-weights selected_sigmoid --balance-bias 0.001
run fine-shared --model "$here/shared.yaml"
run fine-expert-choice $joint --experts 8 --granularity 4 --routing expert_choice
run family-fine-dense $fine
run family-fine-expert-choice $fine --experts 8 --granularity 4
mv "$results.new" "$results"
