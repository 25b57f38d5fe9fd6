#!/usr/bin/env bash
# Decides once between the real packages and the polyfills (see docs/building.md), and installs what
# the polyfills need on Debian and Ubuntu, and Open MPI where that can be had. The answer, NuGet or
# Polyfill, lies in artifacts/packages.
#
#   eng/packages.sh           keeps the answer of an earlier run
#   eng/packages.sh --force   asks the feed again
#   AsftPackages=Polyfill     in the environment decides without asking; nothing is recorded then
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
answer=$root/artifacts/packages
log=$root/artifacts/packages.log
mkdir -p "$root/artifacts"

say() { echo "packages: $*" >&2; }

# True when the feed serves every real package at its pinned version. They are fetched, as a build would do anyway.
feed_has_packages() {
  local folder served=0 native=TorchSharp-cpu
  [ "${AsftDevice:-cpu}" = cpu ] || native=TorchSharp-cuda-linux
  # Inside the repository, so that its NuGet.config counts; with files of its own, so that its build does not.
  folder=$(mktemp -d "$root/artifacts/probe.XXXXXX")
  echo "<Project />" | tee "$folder/Directory.Build.props" > "$folder/Directory.Build.targets"
  echo "<Project><Import Project=\"$root/Directory.Packages.props\" /></Project>" > "$folder/Directory.Packages.props"
  cat > "$folder/probe.csproj" <<PROBE
<Project Sdk="Microsoft.NET.Sdk">
  <PropertyGroup><TargetFramework>net10.0</TargetFramework></PropertyGroup>
  <ItemGroup>
    <PackageReference Include="Microsoft.ML;Microsoft.ML.Tokenizers;TorchSharp;$native;Krafs.Publicizer" />
  </ItemGroup>
</Project>
PROBE
  (cd "$folder" && timeout 300 dotnet restore probe.csproj -p:NuGetAudit=false) > "$log" 2>&1 || served=1
  rm -rf "$folder"
  return $served
}

# libtorch, a C++ compiler and the fast BLAS, unless they are there.
install_libtorch() {
  local missing=()
  command -v g++ > /dev/null || missing+=(g++)
  if [ -z "${ASFT_LIBTORCH:-}" ]; then
    [ -d /usr/include/torch ] || missing+=(libtorch-dev)
    compgen -G '/usr/lib/*/openblas-pthread/libblas.so.3' > /dev/null || missing+=(libopenblas0-pthread)
  fi
  [ ${#missing[@]} -gt 0 ] || return 0

  if ! command -v apt-get > /dev/null; then
    say "missing: ${missing[*]} (Debian's names). Install a C++ compiler, and libtorch 1.13 to 2.11 into a folder named by ASFT_LIBTORCH."
    return 1
  fi
  install "${missing[@]}"
}

# Debian's packages, as root or by sudo.
install() {
  local as_root=()
  if [ "$(id -u)" -ne 0 ]; then
    if ! command -v sudo > /dev/null; then
      say "missing: $*. As root, run: apt-get update && apt-get install -y $*"
      return 1
    fi
    as_root=(sudo)
  fi
  say "installing $*"
  if ! { "${as_root[@]}" apt-get update && "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
      apt-get install -y --no-install-recommends "$@"; } > "$log" 2>&1; then
    tail -n 20 "$log" >&2
    say "apt-get could not install $*; its output is in artifacts/packages.log"
    return 1
  fi
}

# Open MPI, which training by several workers needs and nothing else. It is tried once.
try_mpi() {
  local tried=$root/artifacts/openmpi
  if command -v mpirun > /dev/null || { [ -e "$tried" ] && [ "${1:-}" != --force ]; }; then return; fi
  touch "$tried"
  if ! command -v apt-get > /dev/null || ! install openmpi-bin openssh-client; then
    say "there is no Open MPI here: several workers cannot train together, and their tests are skipped"
  fi
}

if [ -n "${AsftPackages:-}" ]; then
  choice=$AsftPackages
elif [ "${1:-}" != --force ] && [ -s "$answer" ]; then
  choice=$(cat "$answer")
else
  say "asking the feed for the real packages"
  if feed_has_packages; then choice=NuGet; else choice=Polyfill; fi
  say "$choice"
fi

[ "$choice" = NuGet ] || install_libtorch
try_mpi "$@"
if [ -z "${AsftPackages:-}" ]; then
  echo "$choice" > "$answer.$$"
  mv "$answer.$$" "$answer"
fi
