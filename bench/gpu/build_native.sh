#!/usr/bin/env bash
# Builds TorchSharp's native library against the libtorch of the present PyTorch, if the published one does not load with it.
#
#   bench/gpu/build_native.sh SOURCE OUTPUT
#
# SOURCE is a checkout of github.com/dotnet/TorchSharp at the commit of version 0.107.0, or only its src/Native. OUTPUT is the library to write.
# Needs cmake and a C++17 compiler. PYTHON names the Python with PyTorch; the default is python3.
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

# A project of two lines around TorchSharp's, whose own top file sets flags for its release builds: warnings of a newer PyTorch would be errors.
cat > "$build/CMakeLists.txt" <<CMAKE
cmake_minimum_required(VERSION 3.18)
project(Native LANGUAGES C CXX)
set(CMAKE_CXX_STANDARD 17)
find_package(Torch REQUIRED)
file(GLOB SOURCES "$source/LibTorchSharp/*.cpp" "$source/LibTorchSharp/*.c")
add_library(LibTorchSharp SHARED \${SOURCES})
target_include_directories(LibTorchSharp PRIVATE "$source" "$source/LibTorchSharp")
target_compile_options(LibTorchSharp PRIVATE -fvisibility=hidden -w)
target_link_libraries(LibTorchSharp \${TORCH_LIBRARIES})
CMAKE
cmake -S "$build" -B "$build/out" -DCMAKE_BUILD_TYPE=Release -DCMAKE_PREFIX_PATH="$prefix"
cmake --build "$build/out" --parallel "$(nproc)"
mkdir -p "$(dirname "$output")"
cp "$build/out/libLibTorchSharp.so" "$output"
echo "$output: TorchSharp's native library for PyTorch $("$python" -c 'import torch; print(torch.__version__)')"
