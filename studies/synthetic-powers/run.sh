#!/bin/sh
# Trains small Transformers on the synthetic text and fits both powers of docs/synthetic-corpus.md:
#
#   studies/synthetic-powers/run.sh OUT [tokens|sizes|table] ...
#
# "tokens" trains one model on 100K to 10M tokens, "sizes" trains models of 5K to 279K parameters on 10M tokens,
# "table" fits what OUT holds. Without a part it does all three. Stopped and started again, it goes on.
set -eu
[ $# -ge 1 ] || { sed -n '2,7p' "$0"; exit 2; }
here=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)
moescale="$here/../../moescale"
out=$1
shift
[ $# -ge 1 ] || set -- tokens sizes table
seeds=${SEEDS:-1 2}
mkdir -p "$out"

# model WIDTH HEADS FEED_FORWARD: one block. The heads find the four tokens that spell a context; the feed-forward layer remembers it.
model() {
  file="$out/w$1-h$2-f$3.yaml"
  printf '%s\n' "id: w$1-h$2-f$3" "d_model: $1" "n_blocks: 1" "n_heads: $2" "d_ff: $3" "vocab_size: 256" "context: 64" \
    "activation: swiglu" "norm: rmsnorm" "positions: rope" "tied_embeddings: false" >"$file"
}

# run NAME SEED TOKENS SEQUENCES RATE: of the model last written.
run() {
  echo "$1, seed $2, $3 tokens" >&2
  "$moescale" train --model "$file" --text synthetic --context 64 --seed "$2" --tokens "$3" --batch "$4" --lr "$5" \
    --eval-tokens 524288 --out "$out/$1-seed$2" >"$out/$1-seed$2.log" || { cat "$out/$1-seed$2.log" >&2; exit 1; }
}

# The batch grows as tokens^0.6, so that the shortest run has 780 steps, and the longest 4,900.
tokens() {
  model 128 8 1024
  for seed in $seeds; do
    run tokens-100k "$seed" 100k 2 2e-3
    run tokens-300k "$seed" 300k 4 2e-3
    run tokens-1M "$seed" 1M 8 2e-3
  done
  # Seeds differ by a hundredth; where a run takes minutes, one is enough.
  run tokens-3M 1 3M 16 2e-3
  run tokens-10M 1 10M 32 2e-3
}

sizes() {
  for seed in $seeds; do
    model 8 1 24; run sizes-8 "$seed" 10M 32 8e-3
    model 16 1 48; run sizes-16 "$seed" 10M 32 8e-3
    model 32 2 96; run sizes-32 "$seed" 10M 32 8e-3
    model 64 4 192; run sizes-64 "$seed" 10M 32 4e-3
  done
  model 128 8 384; run sizes-128 1 10M 32 2e-3
}

# The runs of a part, and the power through them: log-squares is the straight line through the logarithms.
table() {
  for part in tokens sizes; do
    ls "$out/$part"-*/result.json >/dev/null 2>&1 || continue
    cat "$out/$part"-*/result.json >"$out/$part.jsonl"
    by=total_params
    [ $part = sizes ] || by=tokens
    echo "$part: $by, excess, tokens/s"
    awk -v by=$by '
      function field(name) { match($0, "\"" name "\":[-+0-9.eE]+"); return substr($0, RSTART + length(name) + 3, RLENGTH - length(name) - 3) + 0 }
      { printf "%10d  %.4f  %7.0f\n", field(by), field("loss") - field("loss_floor"), field("tokens_per_second") }' "$out/$part.jsonl" | sort -n
    "$moescale" fit "$out/$part.jsonl" --formula "a*X^-α" --map "X=$by,L=loss-loss_floor" --objective log-squares | sed -n '/ value /,/^$/p'
  done
}

for part; do
  case $part in
    tokens | sizes | table) "$part" ;;
    *) echo "$0: no part '$part'; there are tokens, sizes and table." >&2; exit 2 ;;
  esac
done
