#!/usr/bin/env bash
# Builds TorchSharp's native library against the libtorch of the present PyTorch, if the published one does not load with it.
#
#   bench/gpu/build_native.sh SOURCE OUTPUT
#
# SOURCE is a checkout of github.com/dotnet/TorchSharp at the commit of version 0.107.0, or only its src/Native. OUTPUT is the library to write.
# Needs cmake and a compiler with C++20, which newer versions of PyTorch demand. PYTHON names the Python with PyTorch; the default is python3.
set -euo pipefail
[ $# -eq 2 ] || { sed -n '2,8s/^# \{0,1\}//p' "$0" >&2; exit 2; }
source=$(cd "$1" && pwd)
output=$2
[ -d "$source/src/Native" ] && source=$source/src/Native
[ -f "$source/LibTorchSharp/CMakeLists.txt" ] || { echo "$1 is not TorchSharp's source: there is no LibTorchSharp/CMakeLists.txt." >&2; exit 1; }
python=${PYTHON:-python3}
prefix=$("$python" -c 'import torch; print(torch.utils.cmake_prefix_path)')
build=$(mktemp -d)
trap 'rm -rf "$build"' EXIT

# Without what newer versions of PyTorch have changed and the proof never calls: autograd functions written in C#, and names of dimensions. TorchSharp
# then says that a function is missing if it is called.
header=""
while read -r folder; do
  if [ -z "$header" ] && [ -f "$folder/ATen/core/TensorBody.h" ]; then header=$folder/ATen/core/TensorBody.h; fi
done < <("$python" -c 'from torch.utils.cpp_extension import include_paths; print("\n".join([*include_paths(), "/usr/include"]))')
cp -r "$source" "$build/source"
sed -i '/^variable_list CSharpNode::apply/,$d' "$build/source/LibTorchSharp/THSAutograd.cpp"
grep -q Dimname "${header:?PyTorch has no header files}" ||
  sed -i '/^bool THSTensor_has_names/,/^Tensor THSTensor_quantize_per_tensor/{/quantize_per_tensor/!d}' "$build/source/LibTorchSharp/THSTensor.cpp"

# A project of a few lines around TorchSharp's, whose own top file sets flags for its release builds: warnings of a newer PyTorch would be errors.
# The functions only call libtorch, so that little optimization is enough, and minutes count.
cat > "$build/CMakeLists.txt" <<CMAKE
cmake_minimum_required(VERSION 3.18)
project(Native LANGUAGES C CXX)
set(CMAKE_CXX_STANDARD 20)
find_package(Torch REQUIRED)
file(GLOB SOURCES "$build/source/LibTorchSharp/*.cpp" "$build/source/LibTorchSharp/*.c")
add_library(LibTorchSharp SHARED \${SOURCES})
target_include_directories(LibTorchSharp PRIVATE "$build/source" "$build/source/LibTorchSharp")
target_compile_options(LibTorchSharp PRIVATE -fvisibility=hidden -w)
target_link_libraries(LibTorchSharp \${TORCH_LIBRARIES})
CMAKE
cmake -S "$build" -B "$build/out" -DCMAKE_BUILD_TYPE=Release -DCMAKE_CXX_FLAGS_RELEASE=-O1 -DCMAKE_PREFIX_PATH="$prefix"
cmake --build "$build/out" --parallel "$(nproc)"
mkdir -p "$(dirname "$output")"
cp "$build/out/libLibTorchSharp.so" "$output"
echo "$output: TorchSharp's native library for PyTorch $("$python" -c 'import torch; print(torch.__version__)')"
