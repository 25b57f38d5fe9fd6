#!/usr/bin/env bash
# Makes the golden numbers again from the committed models and adapters, and compares them. Installs Debian's PyTorch where it can, and says so
# where it cannot be had.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
golden=$here/../Microsoft.ML.Asft.Tests/Golden
if ! /usr/bin/python3 -c 'import torch' 2> /dev/null; then
  if [ "$(id -u)" -ne 0 ] || ! command -v apt-get > /dev/null ||
    ! { apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends python3-torch libopenblas0-pthread; } > /dev/null 2>&1; then
    echo "There is no PyTorch here: the golden numbers are not checked."
    exit 0
  fi
fi

made=$(mktemp -d)
trap 'rm -rf "$made"' EXIT
OMP_NUM_THREADS=1 "$here/make_golden.sh" "$made" "$golden"
cd "$here" && ./compare_golden.py "$golden" "$made"
