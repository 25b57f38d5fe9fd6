#!/usr/bin/env bash
# Makes samples/assets from nothing but this repository: data, tokenizer, the base model. See README.md.
#   samples/BaseModel/reproduce.sh [WORK_FOLDER]
set -euo pipefail
cd "$(dirname "$0")/../.."
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 MSBUILDDISABLENODEREUSE=1
work=${1:-artifacts/base-model}
assets=samples/assets
pretrained=test/assets/base-model

dotnet build samples/BaseModel -c Release -v quiet -nologo -clp:NoSummary
base_model() { dotnet run --project samples/BaseModel -c Release --no-build -- "$@"; }

rm -rf "$work"
base_model data --seed 7 --new-skill-seed 7 --out "$work"
base_model check --data "$work"
base_model tokenizer --data "$work/pretrain.jsonl" --vocab 2048 --out "$work/tokenizer"

eng/asft init --arch qwen2 --hidden-size 192 --layers 5 --heads 6 --kv-heads 2 --intermediate-size 512 --tie --rope-theta 10000 \
  --tokenizer "$work/tokenizer" --dtype bfloat16 --seed 7 --output "$work/init"
eng/asft train --full --objective sft --model "$work/init" --data "$work/pretrain.jsonl" --output "$work/trained" \
  --dtype bfloat16 --batch-size 64 --learning-rate 2e-3 --warmup-ratio 0.02 --weight-decay 0.01 --epochs 3 --max-length 128 --seed 7

# What pretraining made is test/assets/base-model, with which many tests and older figures were made.
eng/asft train --full --objective sft --model "$work/trained" --data "$work/midtrain.jsonl" --output "$work/midtrained" \
  --dtype bfloat16 --batch-size 32 --learning-rate 1e-3 --warmup-ratio 0.05 --weight-decay 0.01 --epochs 1 --max-length 128 --seed 7

mkdir -p "$assets/base-model" "$assets/surprise" "$pretrained"
for file in config.json model.safetensors tokenizer.json tokenizer_config.json; do
  cp "$work/trained/$file" "$pretrained/"
  cp "$work/midtrained/$file" "$assets/base-model/"
done
cp "$work"/{finetune,new_skill_test,old_skills_test}.jsonl "$assets/"
cp "$work"/surprise/{finetune,new_skill_test}.jsonl "$assets/surprise/"

for skills in old_skills new_skill; do
  eng/asft generate --model "$assets/base-model" --data "$assets/${skills}_test.jsonl" --max-new-tokens 48 --batch-size 32 --dtype float32 \
    --output "$work/$skills.jsonl"
  base_model grade --data "$work/$skills.jsonl"
done
