#!/usr/bin/env bash
# Builds the solution and runs every test: `dotnet test -c Release`, and the count of all projects as the last line, "N passed, M failed"
# or "N passed, M failed, K skipped". Installs Open MPI where it can, without which the tests of several workers are skipped, and
# Chromium, without which those of HTML pages are.
# Logs and results lie in artifacts/tests. Arguments go to dotnet test, such as --filter.
# Without arguments it also prints which share of the library's lines its own tests run, and fails below this floor, in percent (94.2 was measured;
# on processors without AVX-512 some kernels cannot run):
floor=90
set -uo pipefail
cd "$(dirname "$0")/.." || exit
results=$PWD/artifacts/tests
[ $# -gt 0 ] || set -- -p:Coverage=true

install() { # what for, then the packages
  local what=$1; shift
  { apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$@"; } > /dev/null 2>&1 ||
    echo "$1 could not be installed: the tests of $what are skipped."
}
if [ "$(id -u)" -eq 0 ] && command -v apt-get > /dev/null; then
  command -v mpirun > /dev/null || install "several workers" openmpi-bin openssh-client
  command -v chromium > /dev/null || install "pages in a browser" chromium
fi

rm -rf "$results"
# Two projects at a time, since most tests use one processor. Without the build before it, dotnet test runs them one after the other.
dotnet build -c Release -nologo -v quiet && dotnet test test/all.proj --no-build -c Release -nologo -m:2 --results-directory "$results" --logger trx \
  --logger "console;verbosity=minimal" --blame-hang-timeout 10m --blame-hang-dump-type none "$@"
code=$?

counter() { cat "$results"/*.trx 2> /dev/null | sed -n "s/.*<Counters.* $1=\"\([0-9]*\)\".*/\1/p" | awk '{ sum += $1 } END { print sum + 0 }'; }
passed=$(counter passed)
failed=$(($(counter executed) - passed))
skipped=$(($(counter total) - passed - failed))
report=$(find "$results" -name '*.cobertura.xml' 2> /dev/null | head -n 1)
if [ "$*" = -p:Coverage=true ]; then
  covered=$(sed -n 's/.*<coverage line-rate="\([0-9.]*\)".*/\1/p' "${report:-/dev/null}" | awk '{ printf "%.1f", 100 * $1 }')
  echo "line coverage of Microsoft.ML.Asft: ${covered:-0} %"
  awk "BEGIN { exit !(${covered:-0} >= $floor) }" || { echo "That is below the floor of $floor %: test what you added, or what lost its test."; code=1; }
fi
if [ "$failed" -eq 0 ] && { [ "$code" -ne 0 ] || [ "$passed" -eq 0 ]; }; then
  echo "The build failed, a test run died, hung or found nothing, or too few lines are tested: see above."
  failed=1
fi
count="$passed passed, $failed failed"
[ "$skipped" -eq 0 ] || count+=", $skipped skipped"
echo "$count"
[ "$failed" -eq 0 ]
