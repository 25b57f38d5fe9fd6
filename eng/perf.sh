#!/usr/bin/env bash
# The tests that measure speed, which `dotnet test` and eng/test.sh leave out (trait Category=perf). Run them on a machine that does nothing else.
set -uo pipefail
cd "$(dirname "$0")/.." || exit
dotnet test test/Microsoft.ML.Asft.Tests -c Release -nologo --logger "console;verbosity=normal" --filter Category=perf "$@"
