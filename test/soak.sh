#!/usr/bin/env bash
# Ten minutes (or as many seconds as the first argument says) of good and bad clients against `asft serve` on loopback: the
# process must stay up, its memory flat and every answer well-formed. eng/test.sh runs the same for some seconds.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
export ASFT_SOAK_SECONDS=${1:-600} ASFT_SOAK_REPORT=$root/artifacts/soak.txt
mkdir -p "$root/artifacts"
rm -f "$ASFT_SOAK_REPORT"
dotnet test "$root/test/Microsoft.ML.Asft.Cli.Tests" -c Release -v quiet -nologo --filter FullyQualifiedName~SoakTests
cat "$ASFT_SOAK_REPORT"
