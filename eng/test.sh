#!/usr/bin/env bash
# Sets everything up, builds the whole solution and runs every test. The last line is the count:
# "N passed, M failed" or "N passed, M failed, K skipped". Logs and results lie in artifacts/tests.
set -uo pipefail
cd "$(dirname "$0")/.." || exit
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 MSBUILDDISABLENODEREUSE=1
results=$PWD/artifacts/tests
passed=0 failed=0 skipped=0

# Prints the count as the last line, and ends.
finish() {
  local count="$passed passed, $failed failed"
  [ "$skipped" -eq 0 ] || count+=", $skipped skipped"
  echo "$count"
  [ "$failed" -eq 0 ]
  exit
}

# A counter of a .trx file, 0 when the run ended before there was one.
counter() {
  local value
  value=$(sed -n "s/.*<Counters.* $2=\"\([0-9]*\)\".*/\1/p" "$1" 2> /dev/null)
  echo "${value:-0}"
}

# The names and messages of a .trx file's results with the outcome asked for.
show() {
  awk -v outcome="$2" -v label="$3" '
    function text(s) {
      gsub(/&lt;/, "<", s); gsub(/&gt;/, ">", s); gsub(/&quot;/, "\"", s); gsub(/&#x[ADad];/, " ", s); gsub(/&amp;/, "\\&", s)
      return s
    }
    /<UnitTestResult / {
      wanted = index($0, " outcome=\"" outcome "\"") > 0
      if (!wanted) next
      name = $0; sub(/.* testName="/, "", name); sub(/".*/, "", name)
      print "  " label " " text(name)
    }
    wanted && /<Message>/ { message = 1; sub(/.*<Message>/, "") }
    message {
      last = sub(/<\/Message>.*/, "")
      print "      " text($0)
      if (last) message = 0
    }' "$1"
}

if ! eng/packages.sh || ! dotnet build Microsoft.ML.Asft.sln -c Release -v quiet -nologo -clp:NoSummary; then
  echo "The build failed; no test ran."
  failed=1
  finish
fi

rm -rf "$results"
mkdir -p "$results"
for project in test/*/*.csproj; do
  name=$(basename "$project" .csproj)
  log=$results/$name.log
  trx=$results/$name.trx
  started=$SECONDS
  dotnet test "$project" -c Release --no-build -nologo --results-directory "$results" --logger "trx;LogFileName=$name.trx" \
    --blame-hang-timeout 10m --blame-hang-dump-type none > "$log" 2>&1
  code=$?

  total=$(counter "$trx" total) executed=$(counter "$trx" executed) good=$(counter "$trx" passed)
  bad=$((executed - good))
  echo "$name: $good of $total passed in $((SECONDS - started)) s"
  if [ -f "$trx" ]; then
    show "$trx" Failed failed
    show "$trx" NotExecuted skipped
  fi
  if [ "$bad" -eq 0 ] && { [ "$code" -ne 0 ] || [ "$total" -eq 0 ]; }; then
    bad=1   # the test process died, hung or found nothing
    echo "  failed $name: the run did not end well; the end of artifacts/tests/$name.log is"
    grep -v '^ *at ' "$log" | tail -n 20 | sed 's/^/      /'
  fi
  passed=$((passed + good)) failed=$((failed + bad)) skipped=$((skipped + total - executed))
done
finish
