#!/usr/bin/python3
"""Compares two folders that make_golden.sh made: every number and every tensor, absolutely and relatively to 1e-6.

  compare_golden.py COMMITTED MADE      prints the largest difference; exit code 1 where one is larger
"""
import json, os, sys
from asft_torch import read_safetensors

TOLERANCE = 1e-6
worst = (0.0, "nothing")

def compare(a, b, where):
    global worst
    if isinstance(a, dict):
        if a.keys() != b.keys(): sys.exit(f"{where}: {sorted(a)} against {sorted(b)}")
        for key in a: compare(a[key], b[key], f"{where}/{key}")
    elif isinstance(a, list):
        if len(a) != len(b): sys.exit(f"{where}: {len(a)} values against {len(b)}")
        for i, (x, y) in enumerate(zip(a, b)): compare(x, y, f"{where}[{i}]")
    elif isinstance(a, float) or isinstance(b, float):
        worst = max(worst, (abs(a - b) / max(1.0, abs(a)), where))
    elif a != b:
        sys.exit(f"{where}: {a!r} against {b!r}")

def compare_tensors(a, b, where):
    global worst
    if a.keys() != b.keys(): sys.exit(f"{where}: other tensors")
    for key in a:
        worst = max(worst, (float((a[key].float() - b[key].float()).abs().max()), f"{where}/{key}"))

committed, made = sys.argv[1:]
for folder, _, files in os.walk(made):
    for file in files:
        path = os.path.join(folder, file)
        other = os.path.join(committed, os.path.relpath(path, made))
        if file.endswith(".safetensors"): compare_tensors(read_safetensors(other), read_safetensors(path), os.path.relpath(path, made))
        elif file.endswith(".json"): compare(json.load(open(other)), json.load(open(path)), os.path.relpath(path, made))
        elif open(other).read() != open(path).read(): sys.exit(f"{file} differs")
print(f"largest difference {worst[0]:.2e} ({worst[1]}), allowed {TOLERANCE}")
sys.exit(worst[0] > TOLERANCE)
