#!/usr/bin/env bash
# Writes PublicAPI.Unshipped.txt of every library: its public members less those in PublicAPI.Shipped.txt. A review of the change shows
# what users will notice. Give project names to do those alone.
set -euo pipefail
cd "$(dirname "$0")/.."
[ $# -gt 0 ] || set -- $(grep -L PackAsTool src/*/*.csproj | xargs -n1 dirname | xargs -n1 basename)
for project in "$@"; do
  folder=src/$project
  for file in Shipped Unshipped; do
    [ "$file" = Shipped ] && [ -f "$folder/PublicAPI.Shipped.txt" ] || echo '#nullable enable' > "$folder/PublicAPI.$file.txt"
  done
  members=$(dotnet build -c Release -v quiet -nologo --no-incremental -p:TreatWarningsAsErrors=false "$folder" |
    sed -n "s/.*RS0016: Symbol '\(.*\)' is not part of the declared public API.*/\1/p" | LC_ALL=C sort -u)
  echo "$members" >> "$folder/PublicAPI.Unshipped.txt"
  echo "$project: $(echo "$members" | wc -l) members"
done
