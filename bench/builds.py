#!/usr/bin/python3
"""Two builds of this project against each other, in turns on the same data, models and threads.

  bench/builds.py OLD NEW                              the root folders of two checkouts, each built as it wants to be
  bench/builds.py OLD NEW --only train,start --rounds 7

Each must have built samples/Quickstart's command line and bench/Generation (-c Release). Needs ../shared and Debian's python3-torch, which
measures what the machine can do: the rate of a float32 product of 1,024 × 1,024 numbers, before each round. Ratios are NEW's to OLD's, of tokens/s and of tokens per
second of processor time (of a whole run, starting included), which other work on the machine disturbs less; of memory, the peak of the process.
"""
import argparse, glob, json, os, re, shutil, statistics, subprocess, sys, time
import common

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("old")
parser.add_argument("new")
parser.add_argument("--rounds", type=int, default=5)
parser.add_argument("--only", default="train,start,decode")
parser.add_argument("--batch", type=int, default=2)
parser.add_argument("--steps", type=int, default=4, help="of which the first is not counted")
a = parser.parse_args()
work = os.path.join(common.WORK, "builds")
os.makedirs(work, exist_ok=True)
model = os.path.join(work, "135m")


def program(build, project):
    """The assembly of a project. Builds have called it by different names; only what can be started has a runtimeconfig.json."""
    [config] = glob.glob(os.path.join(build, "artifacts", "bin", project, "release", "*.runtimeconfig.json"))
    return config.removesuffix(".runtimeconfig.json") + ".dll"


def tool(build, *arguments):
    return run(program(build, "Microsoft.ML.Asft.Cli"), *arguments)


def run(dll, *arguments):
    """What it printed, its seconds, its seconds of processor time, and its peak memory in MB."""
    started = time.monotonic()
    process = subprocess.Popen(["dotnet", dll, *map(str, arguments)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    output, error = process.stdout.read(), process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"{dll} {' '.join(map(str, arguments))}\n{output}{error}")
    return output, time.monotonic() - started, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def train(build, folder, dtype, steps):
    output = os.path.join(work, "out")
    shutil.rmtree(output, ignore_errors=True)
    text, _, processor, memory = tool(
        build, "train", "--model", folder, "--data", rows, "--output", output, "--dtype", dtype, "--batch-size", a.batch, "--max-length", 512,
        "--max-steps", steps, "--order", "sequential", "--threads", 2, "--lora-dropout", 0, "--objective", "asft", "--reference", "adapter-off",
        "--samples", 0, "--json")
    # The median step: rows are the same, and a step during which the machine did something else counts no more than another.
    return {"speed": 1 / statistics.median(json.loads(text)["seconds"][1:]), "processor": 1 / processor, "memory": memory}


def start(build):
    _, seconds, processor, memory = tool(build, "generate", "--model", common.BASE, "--prompt", "What is the plural of box?", "--max-new-tokens", 1)
    return {"speed": 1 / seconds, "processor": 1 / processor, "memory": memory}


def decode(build, dtype):
    text, _, processor, memory = run(program(build, "Generation"), "decode", model, "-", dtype)
    speeds = {f"{b} at a time": float(speed) for b, speed in re.findall(r"batch (\d+): .* ms a token, (\d+) tokens/s", text)}
    return {**speeds, "processor": 1 / processor, "memory": memory}


def products():
    """GFLOP/s, the best of several. In a process of its own: a child's peak memory begins with that of the process that started it."""
    return float(common.run(["/usr/bin/python3", "-c", """if True:
        import time, torch
        torch.set_num_threads(2)
        x = torch.randn(1024, 1024)
        seconds = []
        for _ in range(10):
            started = time.monotonic()
            x @ x
            seconds.append(time.monotonic() - started)
        print(2 * 1024 ** 3 / min(seconds) / 1e9)"""]))


rows = os.path.join(work, "rows.jsonl")
with open(common.DATA) as source, open(rows, "w") as target:
    target.writelines(line for _, line in zip(range(a.steps * a.batch), source))
if not os.path.exists(os.path.join(model, "config.json")):
    tool(a.new, "init", "--preset", "135m", "--tokenizer", common.BASE, "--vocab-size", 49152, "--dtype", "bfloat16", "--seed", 1, "--output", model)
cases = {
    "train 135m bfloat16": lambda build: train(build, model, "bfloat16", a.steps),
    "train 135m float32": lambda build: train(build, model, "float32", a.steps),
    "train the small base model, float32": lambda build: train(build, common.BASE, "float32", 10 * a.steps),
    "start to the first token": start,
    "decode 135m float32": lambda build: decode(build, "float32"),
    "decode 135m bfloat16": lambda build: decode(build, "bfloat16"),
}
for name, case in cases.items():
    if not any(name.startswith(wanted) for wanted in a.only.split(",")):
        continue
    ratios = []
    for number in range(a.rounds):
        rate = products()
        measured = {build: case(build) for build in common.turns([a.old, a.new], number)}
        ratios.append({what: measured[a.new][what] / of for what, of in measured[a.old].items()})
        print(f"{name}, round {number + 1} (load {os.getloadavg()[0]:.1f}, products {rate:.0f} GFLOP/s): " + "; ".join(
            f"{what} {of:.4g} and {measured[a.new][what]:.4g}" for what, of in measured[a.old].items()), flush=True)
    print(f"{name}, medians (lowest to highest): " + ", ".join(
        f"{what} {statistics.median(r[what] for r in ratios):.2f} ({min(r[what] for r in ratios):.2f} to {max(r[what] for r in ratios):.2f})"
        for what in ratios[0]), flush=True)
