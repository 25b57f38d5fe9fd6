#!/usr/bin/env bash
# Writes PublicAPI.Unshipped.txt of every library: its public members less those in PublicAPI.Shipped.txt. A review of the change shows
# what users will notice. Give project names to do those alone.
set -euo pipefail
cd "$(dirname "$0")/.."
[ $# -gt 0 ] || set -- $(grep -L PackAsTool src/*/*.csproj | xargs -n1 dirname | xargs -n1 basename)
for project in "$@"; do
  folder=src/$project
  [ -f "$folder/PublicAPI.Shipped.txt" ] || echo '#nullable enable' > "$folder/PublicAPI.Shipped.txt"
  echo '#nullable enable' > "$folder/PublicAPI.Unshipped.txt"
  { echo '#nullable enable'
    { dotnet build -c Release -v quiet -nologo --no-incremental -p:BuildProjectReferences=false -p:TreatWarningsAsErrors=false -p:WarningsAsErrors= "$folder" ||
      dotnet build -c Release -v quiet -nologo --no-incremental -p:TreatWarningsAsErrors=false -p:WarningsAsErrors= "$folder"; } |
      sed -n "s/.*RS0016: Symbol '\(.*\)' is not part of the declared public API.*/\1/p" | LC_ALL=C sort -u
  } > "$folder/PublicAPI.Unshipped.txt.new"
  mv "$folder/PublicAPI.Unshipped.txt.new" "$folder/PublicAPI.Unshipped.txt"
  echo "$project: $(($(wc -l < "$folder/PublicAPI.Unshipped.txt") - 1)) members"
done
