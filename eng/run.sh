#!/usr/bin/env bash
# The main job: sets everything up and fine-tunes the small base model with samples/Quickstart.
set -euo pipefail
cd "$(dirname "$0")/.."
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 MSBUILDDISABLENODEREUSE=1

eng/packages.sh
dotnet build samples/Quickstart -c Release -v quiet -nologo -clp:NoSummary
exec dotnet run --project samples/Quickstart -c Release --no-build -- "$@"
