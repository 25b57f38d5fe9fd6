#!/usr/bin/env bash
# Makes the golden models and numbers of test/Microsoft.ML.Asft.Tests/Golden with asft_torch.py, an independent PyTorch implementation of ASFT:
#   make_golden.sh                     all of it
#   make_golden.sh FOLDER ADAPTERS     into another folder, with the adapters of ADAPTERS, to compare the numbers by compare_golden.py:
#                                      12 steps of AdamW make more of a last digit than those allow
#   ONLY='phi3 olmo2' make_golden.sh   only these
# It needs Debian's python3-torch (1.13) and libopenblas0-pthread. golden.py says what a folder holds.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
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

# As many at a time as there are processors: the models are too small for more than one thread each.
golden() { # name, the command that golden.json shows, then the arguments of golden.py
  [[ -z "${ONLY:-}" || " $ONLY " == *" $1 "* ]] || return 0
  while [ "$(jobs -rp | wc -l)" -ge "$(nproc)" ]; do wait -n; done
  OMP_NUM_THREADS=1 $python "$here/golden.py" "$@" --data encoded.jsonl ${adapters:+--adapter "$adapters/$1/adapter"} &
}

make() { # name, then what differs from a small Llama
  local name=$1; shift
  golden "$name" "init $*" --hidden 32 --layers 2 --heads 4 --kv-heads 2 --vocab 256 --std 0.2 "$@"
}

family() { # name, which is that of a file in configs, then the arguments of init
  local name=$1; shift
  golden "$name" "init --config configs/$name.json $*" --config "$here/configs/$name.json" "$@"
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

family granite --seed 11 --std 0.4 --head-std 0.9
family ministral3 --seed 12 --std 0.3
family ministral3-nested --seed 13 --std 0.3
family gemma2 --seed 14 --std 0.4 --head-std 0.4
family gemma3 --seed 15 --std 0.3 --head-std 0.25
family gemma3-nested --seed 16 --std 0.3 --head-std 0.25
family phi3 --seed 17 --std 0.25 --targets qkv_proj,down_proj
family phi35-long --seed 18 --std 0.25 --targets qkv_proj,o_proj,gate_up_proj,down_proj
family phi4-mini --seed 19 --std 0.2 --targets qkv_proj,gate_up_proj
family olmo2 --seed 20 --std 0.3
family olmo3 --seed 21 --std 0.3
family qwen3-moe --seed 22 --std 0.3
family qwen3-moe-mixed --seed 23 --std 0.3 --targets q_proj,v_proj,gate_proj,up_proj,down_proj
family mixtral --seed 24 --std 0.3 --targets q_proj,v_proj,w1,w3,w2
while [ "$(jobs -rp | wc -l)" -gt 0 ]; do wait -n; done

[[ -n "${ONLY:-}" ]] || $python "$here/nf4.py" > nf4.json
[[ -n "${ONLY:-}" ]] || $python "$here/golden_objectives.py" "${adapters:-.}" .
