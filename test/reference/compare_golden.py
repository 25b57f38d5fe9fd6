#!/usr/bin/python3
"""Compares two folders that make_golden.sh made: every number and every tensor, to 1e-6. What was computed in bfloat16 is held to
1e-3: how its sums are rounded depends on the processor's instructions.

  compare_golden.py COMMITTED MADE      prints the largest differences; exit code 1 where one is too large
"""
import json, os, sys
from tensors import read_safetensors

TOLERANCE = {"float32": 1e-6, "bfloat16": 1e-3}
worst = {kind: (0.0, "nothing") for kind in TOLERANCE}

def note(difference, where):
    kind = "bfloat16" if "bf16" in where else "float32"
    worst[kind] = max(worst[kind], (difference, where))

def compare(a, b, where):
    if isinstance(a, dict):
        if a.keys() != b.keys(): sys.exit(f"{where}: {sorted(a)} against {sorted(b)}")
        for key in a: compare(a[key], b[key], f"{where}/{key}")
    elif isinstance(a, list):
        if len(a) != len(b): sys.exit(f"{where}: {len(a)} values against {len(b)}")
        for i, (x, y) in enumerate(zip(a, b)): compare(x, y, f"{where}[{i}]")
    elif isinstance(a, float) or isinstance(b, float):
        note(abs(a - b) / max(1.0, abs(a)), where)
    elif a != b:
        sys.exit(f"{where}: {a!r} against {b!r}")

def compare_tensors(a, b, where):
    if a.keys() != b.keys(): sys.exit(f"{where}: other tensors")
    for key in a:
        note(float((a[key].float() - b[key].float()).abs().max()), f"{where}/{key}")

committed, made = sys.argv[1:]
for folder, _, files in os.walk(made):
    for file in files:
        path = os.path.join(folder, file)
        other = os.path.join(committed, os.path.relpath(path, made))
        if file.endswith(".safetensors"): compare_tensors(read_safetensors(other), read_safetensors(path), os.path.relpath(path, made))
        elif file.endswith(".json"): compare(json.load(open(other)), json.load(open(path)), os.path.relpath(path, made))
        elif open(other).read() != open(path).read(): sys.exit(f"{file} differs")
for kind, (difference, where) in worst.items():
    print(f"{kind}: largest difference {difference:.2e} ({where}), allowed {TOLERANCE[kind]}")
sys.exit(any(difference > TOLERANCE[kind] for kind, (difference, _) in worst.items()))
