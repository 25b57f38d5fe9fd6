#!/usr/bin/env bash
# Proves in one command what this project does on a GPU.
#
#   bench/gpu/run.sh pack             where the .NET SDK is: artifacts/gpu/asft-gpu.tar.gz, which has all that the proof needs but PyTorch
#   bench/gpu/run.sh [--output DIR]   where the GPU is, beside that archive or unpacked from it: up to nine minutes; run it again to go on
#   bench/gpu/run.sh --dry-run        both, on the CPU with tiny shapes
#
# PYTHON names the Python with PyTorch; the default is python3. docs/gpu.md says what is measured.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
work=$root/artifacts/gpu
archive=$work/asft-gpu.tar.gz
most=$((64 << 20))

pack() {
  local stage=$work/asft-gpu
  rm -rf "$stage" && mkdir -p "$stage/bench" "$stage/test"
  dotnet publish "$here" -c Release -r linux-x64 --self-contained -v quiet -nologo -p:RunAnalyzers=false -o "$stage/app"
  find "$stage/app" \( -name '*.pdb' -o -name '*.xml' -o -name '*.dbg' \) -delete
  cp -r "$here" "$stage/bench/gpu"
  cp -r "$root/test/reference" "$stage/test/reference"
  cp -r "$root/test/Microsoft.ML.Asft.Tests/Golden" "$stage/golden"
  rm -rf "$stage"/golden/{jinja,parquet,tokenizers,transformers} "$stage/bench/gpu/__pycache__" "$stage/test/reference/__pycache__"
  tar czf "$archive" -C "$work" asft-gpu
  rm -rf "$stage"
  local bytes
  bytes=$(stat -c %s "$archive")
  echo "$archive: $bytes bytes, $((bytes >> 20)) MiB of at most $((most >> 20))"
  [ "$bytes" -le "$most" ] || { echo "The archive is too large." >&2; return 1; }
}

unpacked=$root
prepare() { # the folder with app/ and golden/: this one if run.sh was unpacked with them
  [ -d "$root/app" ] && return
  [ -f "$archive" ] || { echo "There is no $archive. Make it with 'bench/gpu/run.sh pack' where the .NET SDK is." >&2; exit 1; }
  unpacked=$work/unpacked/asft-gpu
  rm -rf "$work/unpacked" && mkdir -p "$work/unpacked"
  tar xzf "$archive" -C "$work/unpacked"
}

prove() {
  local python=${PYTHON:-python3} bytes=()
  [ -f "$archive" ] && bytes=(--archive-bytes "$(stat -c %s "$archive")")
  "$python" "$unpacked/bench/gpu/proof.py" --app "$unpacked/app" --golden "$unpacked/golden" "${bytes[@]}" "$@"
}

case ${1:-} in
  pack) pack ;;
  --dry-run)
    pack
    prepare
    [ -n "${PYTHON:-}" ] || { /usr/bin/python3 -c 'import torch' 2> /dev/null && export PYTHON=/usr/bin/python3; } || true
    # PyTorch's libtorch if it fits, else that of the package cache.
    packages=${NUGET_PACKAGES:-$HOME/.nuget/packages}/libtorch-cpu-linux-x64
    version=$(sed -n 's:.*<LibtorchVersion>\(.*\)</LibtorchVersion>.*:\1:p' "$root/Directory.Packages.props")
    rm -rf "$work/dry-run"
    prove --dry-run --output "$work/dry-run" --libtorch "$packages/$version/runtimes/linux-x64/native" "${@:2}" ;;
  *)
    prepare
    source=${TORCHSHARP_SOURCE:-$work/torchsharp}   # for build_native.sh, if no libtorch fits
    arguments=(--output "$work/proof")
    [ -d "$source" ] && arguments+=(--torchsharp "$source")
    prove "${arguments[@]}" "$@" ;;
esac
