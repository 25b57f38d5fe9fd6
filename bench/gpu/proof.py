#!/usr/bin/env python3
"""Runs the measurements of the GPU proof, one process after the other, and keeps their results in proof.json. bench/gpu/run.sh calls it.

It stops by itself after --minutes. Run it again, and it measures only what has no result yet. Exit code 1 says that something failed, that a
number is outside its limit, or that a dry run did not reach everything; proof.json then says what.
"""
import argparse
import json
import os
import platform
import sys
import time

from binding import bind
from measuring import Log, Missing, measure
from summary import summarize
from workloads import write

HERE = os.path.dirname(os.path.abspath(__file__))

# Relative distances: float32 with TF32 off, and bfloat16, whose losses alone are compared.
LIMITS = {"float32": 1e-3, "bfloat16": 2e-2}


def parser():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--app", required=True, help="the folder of the published program")
    p.add_argument("--golden", required=True, help="test/Microsoft.ML.Asft.Tests/Golden")
    p.add_argument("--output", required=True, help="the folder of proof.json and proof.log")
    p.add_argument("--libtorch", action="append", default=[], help="a folder with libtorch to try if PyTorch's does not fit")
    p.add_argument("--torchsharp", help="TorchSharp's source, whose native part is built if none of the others fits")
    p.add_argument("--archive-bytes", type=int, help="the size of the archive, for the record")
    p.add_argument("--dry-run", action="store_true", help="everything on the CPU, with tiny shapes")
    p.add_argument("--minutes", type=float, default=9)
    return p


def measurements(a, device, shapes, rows):
    """(name, kind, arguments, the fewest seconds it is worth starting with, the field and its limit), the most important ones first."""
    for dtype in LIMITS:
        yield f"kernels {dtype}", "program", ["kernels", device, dtype], 10, ("distance", LIMITS[dtype])
        yield f"goldens {dtype}", "program", ["goldens", device, dtype, a.golden], 20, ("distance", LIMITS[dtype])
        yield f"steps {dtype}", "program", ["steps", device, dtype, a.golden], 20, ("loss", LIMITS[dtype])
    yield "rate", "program", ["rate", device, "512" if a.dry_run else "8192"], 10, None
    steps = "3" if a.dry_run else "8"
    # A dry run needs each shape and each kind of rows once.
    pairs = list(zip(shapes, rows)) if a.dry_run else [(shape, data) for data in rows for shape in shapes]
    for number in (1,) if a.dry_run else (1, 2):
        for shape, data in pairs:
            yield from one_round(a, device, shape, data, steps, number)
    for shape in shapes:
        for batch in ("1", "8"):
            tokens = "16" if a.dry_run else "128"
            yield f"decode {shape} batch {batch} ours", "program", ["decode", device, "bfloat16", model(a, shape), batch, tokens], 25, None
            yield f"decode {shape} batch {batch} peer", "transformers", [
                "decode", "--model", model(a, shape), "--device", device, "--batch", batch, "--tokens", tokens], 25, None


def one_round(a, device, shape, data, steps, number):
    """Ours and the peer in turns. Who goes first alternates, since a device may change its clock."""
    file = os.path.join(model(a, shape), f"{data}.jsonl")
    ours = ["train", device, "bfloat16", model(a, shape), file]
    peer = ["train", "--model", model(a, shape), "--rows", file, "--device", device, "--steps", steps]
    turns = [
        ("ours asft", "program", [*ours, "asft", "8", steps]),
        ("peer sdpa", "transformers", [*peer, "--attention", "sdpa"]),
        ("ours sft", "program", [*ours, "sft", "8", steps]),
        ("peer sdpa checkpointing", "transformers", [*peer, "--attention", "sdpa", "--checkpointing"]),
        ("ours asft checkpointing", "program", [*ours, "asft", "8", steps, "checkpointing"]),
        ("peer eager", "transformers", [*peer, "--attention", "eager"]),
    ]
    for what, kind, arguments in turns if number == 1 else reversed(turns):
        yield f"{shape} {data} {what} round {number}", kind, arguments, 40, None
    if a.dry_run:
        yield f"{shape} {data} stand-in round {number}", "stand-in", [*peer, "--stand-in"], 20, None


def model(a, shape):
    return os.path.join(a.output, "workloads", shape)


def main():
    a = parser().parse_args()
    deadline = time.time() + 60 * a.minutes
    device = "cpu" if a.dry_run else "cuda"
    os.makedirs(a.output, exist_ok=True)
    path, log = os.path.join(a.output, "proof.json"), Log(os.path.join(a.output, "proof.log"))
    state = read(path) if os.path.exists(path) else dict(results={})
    if state.get("device", device) != device:
        sys.exit(f"{path} is of a run on {state['device']}. Give another --output, or delete it.")
    state.update(device=device, machine=platform.platform(), archiveBytes=a.archive_bytes, failures={}, notMeasured={}, notReached=[])
    binding = bind(a, device, log)
    state["binding"] = {key: value for key, value in binding.items() if key != "environment"}
    if "environment" not in binding:
        state["failures"]["binding"] = "no libtorch loads; see binding.tried"
        save(path, state)
        sys.exit(f"No libtorch here fits the program: {json.dumps(binding['tried'], indent=1)}")
    shapes, rows = write(os.path.join(a.output, "workloads"), a.dry_run)
    peer = [sys.executable, os.path.join(HERE, "peer.py")]
    commands = {"program": [os.path.join(a.app, "Microsoft.ML.Asft.Bench.Gpu")], "transformers": peer, "stand-in": peer}
    missing = {}
    for name, kind, arguments, seconds, limit in measurements(a, device, shapes, rows):
        if name in state["results"]:
            check(name, limit, state)
            continue
        if kind in missing:
            state["notMeasured"][name] = missing[kind]
            continue
        if time.time() + (1 if a.dry_run else seconds) > deadline:
            state["notReached"].append(name)
            continue
        environment = binding["environment"] if kind == "program" else dict(os.environ)
        try:
            state["results"][name] = measure([*commands[kind], *arguments], environment, deadline, device, log)
        except Missing as error:
            missing[kind] = state["notMeasured"][name] = f"not measured: {error}"
        except TimeoutError:
            state["notReached"].append(name)
        except RuntimeError as error:
            if "out of memory" in str(error).lower():
                state["results"][name] = dict(outOfMemory=True)
            else:
                state["failures"][name] = str(error)
        check(name, limit, state)
        state["summary"] = summarize(state, shapes, rows)
        save(path, state)
    state["summary"] = summarize(state, shapes, rows)
    save(path, state)
    log.write(json.dumps(state["summary"], indent=1))
    log.write(f"{len(state['results'])} results, {len(state['failures'])} failures, {len(state['notMeasured'])} not measured, "
              f"{len(state['notReached'])} not reached in {a.minutes:g} minutes: {path}")
    sys.exit(1 if state["failures"] or (a.dry_run and state["notReached"]) else 0)


def check(name, limit, state):
    if limit and name in state["results"]:
        field, most = limit
        value = state["results"][name].get(field)
        if value is None or not value <= most:
            state["failures"][name] = f"{field} is {value}; the limit is {most}"


def read(path):
    with open(path) as file:
        return json.load(file)


def save(path, state):
    with open(path + ".tmp", "w") as file:
        json.dump(state, file, indent=1)
    os.replace(path + ".tmp", path)


if __name__ == "__main__":
    main()
