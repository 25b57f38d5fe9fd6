#!/usr/bin/env bash
# A million (or as many as the first argument says) spoiled files and requests for everything that reads such; the second argument is the number
# of the first, so that a long soak can be run in parts. Prints a table by reader, and what failed with its input in Base64.
# ASFT_SOAK_READER=NAME runs one reader. eng/test.sh runs some hundred of each.
set -uo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
export ASFT_SOAK_MUTATIONS=${1:-1000000} ASFT_SOAK_SEED=${2:-0} ASFT_SOAK_REPORT=$root/artifacts/soak-readers.txt
mkdir -p "$root/artifacts"
rm -f "$ASFT_SOAK_REPORT"
TMPDIR=${TMPDIR:-$([ -w /dev/shm ] && echo /dev/shm || echo /tmp)} \
  nice -n 19 dotnet test "$root/test/Microsoft.ML.Asft.Serving.Tests" -c Release -v quiet -nologo --filter FullyQualifiedName~ReaderSoakTests
code=$?
cat "$ASFT_SOAK_REPORT"
exit $code
