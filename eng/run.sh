#!/usr/bin/env bash
# The main job: sets everything up and fine-tunes the small base model with samples/Quickstart.
# What it saves lies in artifacts/quickstart.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 MSBUILDDISABLENODEREUSE=1

"$root/eng/packages.sh"
dotnet build "$root/samples/Quickstart" -c Release -v quiet -nologo -clp:NoSummary
mkdir -p "$root/artifacts/quickstart"
cd "$root/artifacts/quickstart"
exec dotnet run --project "$root/samples/Quickstart" -c Release --no-build -- "$@"
