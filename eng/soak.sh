#!/usr/bin/env bash
# The tests that take long, which `dotnet test` and eng/test.sh leave out (trait Category=soak).
#   eng/soak.sh server [SECONDS]          `asft serve` among good and bad clients, 600 s: it stays up, its memory flat, every answer well-formed
#   eng/soak.sh readers [COUNT [FIRST]]   a million spoiled files and requests for everything that reads such; FIRST is the number of the first,
#                                         so that a long soak can be run in parts. ASFT_SOAK_READER=NAME runs one reader.
# The report is printed, and kept in artifacts/.
set -uo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
case ${1-} in
  server) project=Cli; export ASFT_SOAK_SECONDS=${2:-600} ;;
  readers) project=Serving; export ASFT_SOAK_MUTATIONS=${2:-1000000} ASFT_SOAK_SEED=${3:-0} ;;
  *) sed -n '2,6s/^# \{0,1\}//p' "$0"; exit 2 ;;
esac
export ASFT_SOAK_REPORT=$root/artifacts/soak-$1.txt
mkdir -p "$root/artifacts"
rm -f "$ASFT_SOAK_REPORT"
TMPDIR=${TMPDIR:-$([ -w /dev/shm ] && echo /dev/shm || echo /tmp)} \
  nice -n 19 dotnet test "$root/test/Microsoft.ML.Asft.$project.Tests" -c Release -v quiet -nologo --filter Category=soak
code=$?
cat "$ASFT_SOAK_REPORT"
exit $code
