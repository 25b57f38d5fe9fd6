"""What the benchmarks share: models and data made by eng/asft, runs of it and of the PyTorch peer, medians of ratios.

Runs alternate, and a ratio is taken within a round, because machines get slower and faster by themselves.
"""
import json, os, shutil, statistics, subprocess, sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
ASFT = os.path.join(ROOT, "eng", "asft")
BASE = os.path.join(ROOT, "samples", "assets", "base-model")
PEER = os.path.join(ROOT, "test", "reference", "asft_torch.py")
DATA = os.path.join(ROOT, "..", "shared", "data", "gsm8k_train.jsonl")
WORK = os.path.join(ROOT, "artifacts", "bench")


def add_options(parser):
    parser.add_argument("--preset", default="135m", help="tiny, 135m or 0.5b")
    parser.add_argument("--vocab", type=int, default=49152, help="rows of the embedding")
    parser.add_argument("--dtype", default="bfloat16", choices=["bfloat16", "float32"])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--steps", type=int, default=4, help="of which the first is not counted")
    parser.add_argument("--batch", type=int, default=4)
    parser.add_argument("--max-length", type=int, default=512)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--data", default=DATA)


def prepare(a):
    """A model folder, as many rows as the steps use, and the same rows as token ids."""
    os.makedirs(WORK, exist_ok=True)
    model = os.path.join(WORK, f"{a.preset}-{a.vocab}")
    if not os.path.exists(os.path.join(model, "config.json")):
        run([ASFT, "init", "--preset", a.preset, "--tokenizer", BASE, "--vocab-size", a.vocab, "--dtype", "bfloat16", "--seed", 1,
             "--output", model])
    rows = os.path.join(WORK, "rows.jsonl")
    with open(a.data) as source, open(rows, "w") as target:
        target.writelines(line for _, line in zip(range(a.steps * a.batch), source))
    encoded = os.path.join(WORK, "encoded.jsonl")
    run([ASFT, "encode", "--model", model, "--data", rows, "--output", encoded, "--max-length", a.max_length])
    return model, rows, encoded


def train(a, model, rows, *options, workers=None):
    """Runs eng/asft train in file order, by so many workers of mpirun where that is asked for; its JSON."""
    output = os.path.join(WORK, "out")
    shutil.rmtree(output, ignore_errors=True)
    dropout = [] if {"--full", "--adapter-in"} & set(options) else ["--lora-dropout", 0]
    mpirun = ["mpirun", "--oversubscribe", "--allow-run-as-root", "--bind-to", "none", "-n", workers] if workers else []
    options = [*options, *(["--workers", "mpi"] if workers else [])]
    return json.loads(run([
        *mpirun, ASFT, "train", "--model", model, "--data", rows, "--output", output, "--dtype", a.dtype, "--batch-size", a.batch,
        "--max-length", a.max_length, "--max-steps", a.steps, "--order", "sequential", "--threads", a.threads, "--json", *dropout, *options]))


def train_peer(a, model, encoded):
    """Runs the PyTorch peer on the same token ids; its JSON."""
    return json.loads(run([
        "/usr/bin/python3", PEER, "train", "--model", model, "--data", encoded, "--mode", "asft", "--steps", a.steps, "--batch", a.batch,
        "--dtype", {"bfloat16": "bf16", "float32": "f32"}[a.dtype], "--threads", a.threads]))


def run(command):
    done = subprocess.run([str(part) for part in command], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    if done.returncode:
        sys.exit(f"{' '.join(map(str, command))}\n{done.stderr}")
    return done.stdout


def above_loaded(result):
    """Peak memory above the loaded model, in MB."""
    return result["peak_memory_mb"] - result["loaded_memory_mb"] if "peak_memory_mb" in result else result["peak_mb"] - result["loaded_mb"]


def processor():
    """The processor's name and the number of processors, as Linux reports them."""
    with open("/proc/cpuinfo") as file:
        names = [line.split(":", 1)[1].strip() for line in file if line.startswith("model name")]
    return f"{len(names)} × {names[0]}"


def turns(cases, number):
    """The cases of a round, in turns from the first and from the last: who goes first is faster on some machines."""
    return cases if number % 2 == 0 else cases[::-1]


def seconds(result, first=1):
    """Of the steps after the first."""
    return sum(result["seconds"][first:])


def medians(title, rows):
    """Prints the median of each column of ratios."""
    print(f"{title}: " + ", ".join(f"{name} {statistics.median(row[name] for row in rows):.2f}" for name in rows[0]), flush=True)
