#!/bin/sh
# Compiles asft_torch.cpp: build.sh <output> [<libtorch>]
# <libtorch> holds include/ and lib/: a libtorch folder or the torch folder of a PyTorch installation.
# Without it the system's libtorch (Debian's libtorch-dev) is used. CXX picks the compiler.
set -eu
output=$1
libtorch=${2:-}
source=$(dirname "$0")/asft_torch.cpp
cxx=${CXX:-g++}

if ! command -v "${cxx%% *}" >/dev/null; then
  echo "asft_torch : error ASFT001: the C++ compiler '$cxx' is missing. Install it (apt-get install g++) or set CXX."
  exit 1
fi

if [ -n "$libtorch" ]; then
  set -- "-I$libtorch/include" "-I$libtorch/include/torch/csrc/api/include" "-L$libtorch/lib" "-Wl,-rpath,$libtorch/lib"
  # Older builds of PyTorch use the string type from before C++11; it shows in the names of their functions.
  if grep -q _ZN3c105ErrorC1ENS_14SourceLocationESs "$libtorch/lib/libc10.so"; then
    set -- "$@" -D_GLIBCXX_USE_CXX11_ABI=0
  fi
else
  set -- -I/usr/include/torch/csrc/api/include
fi

libraries="-ltorch -ltorch_cpu -lc10"
# Nothing here names a symbol of these two, yet loading them is what registers the CUDA kernels.
if [ -n "$libtorch" ] && [ -e "$libtorch/lib/libtorch_cuda.so" ]; then
  libraries="$libraries -ltorch_cuda -lc10_cuda"
fi

mkdir -p "$(dirname "$output")"
# shellcheck disable=SC2086
$cxx -std=c++20 -O2 -shared -fPIC -fvisibility=hidden "$@" "$source" -o "$output.new" -Wl,--no-as-needed $libraries
mv "$output.new" "$output"
