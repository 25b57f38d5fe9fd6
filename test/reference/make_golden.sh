#!/usr/bin/env bash
# Makes the golden models and numbers of test/Microsoft.ML.Asft.Tests/Golden with asft_torch.py, an independent PyTorch implementation of ASFT:
#   make_golden.sh                     all of it
#   make_golden.sh FOLDER ADAPTERS     into another folder, with the adapters of ADAPTERS, to compare the numbers by compare_golden.py:
#                                      12 steps of AdamW make more of a last digit than those allow
# It needs Debian's python3-torch (1.13) and libopenblas0-pthread. Every folder gets a model, an adapter trained for a few
# steps so that it is not zero, and golden.json: what `score` and `train` of the reference printed.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
peer=$here/asft_torch.py
adapters=${2:+$(realpath "$2")}
cd "${1:-$here/../Microsoft.ML.Asft.Tests/Golden}"
python=/usr/bin/python3

# 12 rows of 6 to 40 ids below 256; about the first half of each is prompt.
$python - > encoded.jsonl <<'PY'
import json, random
r = random.Random(7)
for _ in range(12):
    n = r.randint(6, 40); ids = [r.randrange(3, 256) for _ in range(n)]; cut = r.randint(2, n - 3)
    print(json.dumps({"input_ids": ids, "labels": [-100] * cut + ids[cut:]}))
PY

make() { # name, then the arguments of init
  local name=$1; shift
  rm -rf "$name"; mkdir "$name"
  $python "$peer" init --out "$name" --hidden 32 --layers 2 --heads 4 --kv-heads 2 --vocab 256 --std 0.2 "$@"
  if [ -n "$adapters" ]; then
    cp -r "$adapters/$name/adapter" "$name"
  else
    $python "$peer" train --model "$name" --data encoded.jsonl --mode sft --lr 2e-2 --steps 12 --rank 4 --alpha 8 --out "$name/adapter" > /dev/null
  fi
  {
    echo '{'
    for kl in forward reverse; do
      echo "\"score_$kl\": $($python "$peer" score --model "$name" --data encoded.jsonl --adapter "$name/adapter" --kl $kl --grads),"
    done
    echo "\"score_bf16\": $($python "$peer" score --model "$name" --data encoded.jsonl --adapter "$name/adapter" --dtype bf16),"
    for mode in sft dft sft+kl asft; do
      echo "\"train_$mode\": $($python "$peer" train --model "$name" --data encoded.jsonl --adapter-in "$name/adapter" --mode $mode --lr 2e-3 --steps 20 --kl-weight 0.05),"
    done
    echo "\"command\": \"init $*\""
    echo '}'
  } | $python -c '
import json, sys
d = json.load(sys.stdin)
for k, v in d.items():
    if k.startswith("train_"): d[k] = {"losses": v["losses"]}   # times and memory are of one machine and one day
json.dump(d, open(sys.argv[1], "w"), indent=1)' "$name/golden.json"
}

make qwen2 --arch qwen2 --seed 1
make qwen2-tied --arch qwen2 --seed 2 --tie
make qwen2-theta --arch qwen2 --seed 3 --theta 1000000
make llama --arch llama --seed 4
make llama3-tied --arch llama --seed 5 --rope llama3 --tie
make mistral --arch mistral --seed 6 --window 8
make qwen3-tied --arch qwen3 --seed 7 --tie
make smollm3-tied --arch smollm3 --seed 8 --layers 4 --tie
make smollm3-window --arch smollm3 --seed 9 --layers 3 --no-rope 1,0,1 --window 8
