#!/usr/bin/env bash
# Makes the packages of the libraries, and of the asft tool for the systems that are named (this one by default), with symbols:
#   eng/pack.sh FOLDER [linux-x64] [win-x64] [osx-arm64]
# The prefix of their names is one property, which the environment can give: AsftPackagePrefix=Contoso.Asft.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
mkdir -p "$1"
folder=$(cd "$1" && pwd)
shift
[ $# -gt 0 ] || set -- "$(dotnet --info | sed -n 's/^ *RID: *//p')"

pack() { dotnet pack -c Release -v quiet -nologo -o "$folder" -p:CI=true "$@"; }

tool=$root/src/Microsoft.ML.Asft.Cli
for project in "$root"/src/*/*.csproj; do
  [ "$(dirname "$project")" = "$tool" ] || pack "$project"
done

# libtorch is in the tool, so that each system has a package of its own; the one without a system's name says which there are.
for system in "$@"; do pack "$tool" -r "$system" -p:SelfContained=false; done
# The SDK takes this property as: the packages of the systems are made elsewhere.
pack "$tool" -p:_InnerToolsPublishAot=true -p:IncludeSymbols=false
