#!/usr/bin/env bash
# Measures what docs/generation.md reports of completions: decoding, prompts, serving, starting. Takes some minutes and wants the
# machine to itself. The models it makes are random: speed does not depend on what they say.
#   bench/generation.sh [decode|prefill|serve|llamacpp|start …]      all without arguments
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
work=$root/artifacts/bench
mkdir -p "$work"
dotnet build "$root/bench/Generation" -c Release -v quiet -nologo -clp:NoSummary
small=$root/samples/assets/base-model
model=$work/135m
[ -d "$model" ] || "$root/eng/asft" init --preset 135m --tokenizer "$small" --vocab-size 49152 --output "$model"
adapter=$work/135m-adapter
[ -d "$adapter" ] || "$root/eng/asft" train --model "$model" --data "$root/samples/assets/finetune.jsonl" --output "$adapter" --max-steps 1
bench() { dotnet "$root/artifacts/bin/Generation/release/Microsoft.ML.Asft.Bench.Generation.dll" "$@"; }

for what in "${@:-decode prefill serve llamacpp start}"; do for step in $what; do
  case $step in
    decode)
      echo "decode, 135m float32"; bench decode "$model" - float32
      echo "decode, 135m float32 with an adapter"; bench decode "$model" "$adapter" float32
      echo "decode, 135m bfloat16"; bench decode "$model" - bfloat16 ;;
    prefill) echo "prefill, 135m float32 with an adapter"; bench prefill "$model" "$adapter" float32 ;;
    serve) echo "serve, 135m float32"; bench serve "$model" - float32 ;;
    llamacpp)
      for width in float32 bfloat16 int8; do bench llamacpp "$model" - "$width"; done ;;
    start)
      "$root/eng/asft" --help > /dev/null
      for i in 1 2 3 4 5 6; do
        from=$(date +%s%N)
        "$root/eng/asft" generate --model "$small" --prompt "What is the plural of box?" --max-new-tokens 1 > /dev/null
        echo $((($(date +%s%N) - from) / 1000000))
      done | tail -n +2 | sort -n | awk '{ ms[NR] = $1 } END { print "from process start to the first token: " ms[3] " ms (median of 5)" }' ;;
  esac
done; done
