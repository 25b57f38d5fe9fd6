#!/usr/bin/env bash
# The main job, samples/Quickstart: fine-tunes the small base model. What it saves lies in artifacts/quickstart.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
mkdir -p "$root/artifacts/quickstart"
cd "$root/artifacts/quickstart"
exec dotnet run --project "$root/samples/Quickstart" -c Release -- "$@"
