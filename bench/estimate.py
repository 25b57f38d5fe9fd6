"""The estimate of a run beside the run: seconds of a step and peak memory.

    bench/estimate.py WORK [CASE...]

Makes the models in the folder WORK with `asft init`, then for each case calls `asft inspect --estimate` and `asft train`, right after each other. All rows are
longer than --max-length, and nearly all of their tokens are labels, which is what the estimate without data assumes. An epoch has three steps, and from the second
epoch on the reference is cached; with --epochs 1 it has seven steps, each with a pass of the reference. A step's time is the mean without the first third: how long
the training thread computed, which is what the estimate means, and by the clock, which is longer where others use the machine. Short steps need many epochs,
because the runtime compiles the kernels for good during the first seconds.
"""
import json, os, subprocess, sys, time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
ASFT = os.path.join(ROOT, 'eng', 'asft')
TOKENIZER = os.path.join(ROOT, 'samples', 'assets', 'base-model')
VOCABULARY = {'135m': 49152, '0.5b': 151936}
CASES = {
    # name: (model, options)
    '135m bfloat16, 4 x 512': ('135m', '--batch-size 4 --max-length 512 --dtype bfloat16'),
    '135m bfloat16, 4 x 512, one epoch': ('135m', '--batch-size 4 --max-length 512 --dtype bfloat16 --epochs 1'),
    '135m bfloat16, 1 x 128': ('135m', '--batch-size 1 --max-length 128 --dtype bfloat16 --epochs 10'),
    '135m bfloat16, 4 x 256, sft': ('135m', '--batch-size 4 --max-length 256 --dtype bfloat16 --objective sft --epochs 5'),
    '135m bfloat16, 4 x 256, iw-sft': ('135m', '--batch-size 4 --max-length 256 --dtype bfloat16 --objective iw-sft'),
    '135m bfloat16, 2 x 512, all projections, checkpointing': (
        '135m', '--batch-size 2 --max-length 512 --dtype bfloat16 --lora-targets all-linear --gradient-checkpointing'),
    '135m float32, 2 x 256': ('135m', '--batch-size 2 --max-length 256 --dtype float32'),
    '135m int8, 2 x 256': ('135m', '--batch-size 2 --max-length 256 --dtype bfloat16 --quantize int8 --epochs 5'),
    '135m nf4, 2 x 256': ('135m', '--batch-size 2 --max-length 256 --dtype bfloat16 --quantize nf4 --epochs 5'),
    '135m bfloat16, full, sft, 2 x 256': ('135m', '--batch-size 2 --max-length 256 --dtype bfloat16 --full --objective sft'),
    '135m float32, full, asft, 2 x 256': ('135m', '--batch-size 2 --max-length 256 --dtype float32 --full'),
    '0.5b bfloat16, 1 x 256': ('0.5b', '--batch-size 1 --max-length 256 --dtype bfloat16'),
    '0.5b bfloat16, 2 x 512': ('0.5b', '--batch-size 2 --max-length 512 --dtype bfloat16'),
    '0.5b nf4, 1 x 256, checkpointing': ('0.5b', '--batch-size 1 --max-length 256 --dtype bfloat16 --quantize nf4 --gradient-checkpointing'),
    'small base float32, 16 x 64, all projections': ('small', '--batch-size 16 --max-length 64 --dtype float32 --lora-targets all-linear --epochs 40'),
    'small base bfloat16, 16 x 64': ('small', '--batch-size 16 --max-length 64 --dtype bfloat16 --epochs 40'),
}


def asft(*arguments):
    """Runs a command; returns what it printed, its peak memory in MiB and its seconds."""
    started = time.monotonic()
    process = subprocess.Popen([ASFT, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    output, errors = process.stdout.read(), process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        sys.exit(f'asft {" ".join(arguments)}: exit code {process.returncode}\n{errors}')
    return output, usage.ru_maxrss / 1024, time.monotonic() - started


def train(log, *arguments):
    """Trains; returns peak memory, and the seconds of a step by the training thread and by the clock."""
    process = subprocess.Popen([ASFT, 'train', *arguments], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    seen = []          # (steps, {thread: seconds})
    while True:
        pid, status, usage = os.wait4(process.pid, os.WNOHANG)
        if pid != 0:
            break
        try:
            with open(log) as file:
                steps = file.read().count('\n')
            seen.append((steps, threads(process.pid)))
        except FileNotFoundError:
            pass
        time.sleep(0.02)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        sys.exit(f'asft train {" ".join(arguments)}: exit code {process.returncode}\n{process.stderr.read()}')
    with open(log) as file:
        clock = [json.loads(line)['seconds'] for line in file]
    skipped, first = next((steps, times) for steps, times in seen if steps >= len(clock) / 3)
    last = next(times for steps, times in seen if steps == len(clock))
    counted = len(clock) - skipped
    return usage.ru_maxrss / 1024, max(last[thread] - first.get(thread, 0) for thread in last) / counted, sum(clock[skipped:]) / counted


def threads(pid):
    times = {}
    for thread in os.listdir(f'/proc/{pid}/task'):
        try:
            with open(f'/proc/{pid}/task/{thread}/schedstat') as file:
                times[thread] = int(file.read().split()[0]) * 1e-9
        except (FileNotFoundError, ProcessLookupError):
            pass
    return times


def model_folder(work, model):
    folder = TOKENIZER if model == 'small' else os.path.join(work, model)
    if not os.path.exists(folder):
        asft('init', '--preset', model, '--tokenizer', TOKENIZER, '--vocab-size', str(VOCABULARY[model]), '--dtype', 'bfloat16', '--output', folder)
    return folder


def rows_file(work, rows):
    path = os.path.join(work, f'rows-{rows}.jsonl')
    with open(path, 'w') as file:
        for i in range(rows):
            answer = ' '.join(f'{(i + 2) * j} and {j} make {(i + 3) * j}.' for j in range(400))
            file.write(json.dumps({'instruction': 'Go on.', 'response': answer}) + '\n')
    return path


def measure(work, name):
    model, options = CASES[name][0], CASES[name][1].split()
    folder = model_folder(work, model)
    batch = int(options[options.index('--batch-size') + 1])
    data = rows_file(work, batch * (7 if options[-2:] == ['--epochs', '1'] else 3))
    output = os.path.join(work, 'out')
    subprocess.run(['rm', '-rf', output], check=True)
    text, _, taken = asft('inspect', folder, '--estimate', *options, '--json')
    estimate = json.loads(text)
    peak, step, clock = train(
        os.path.join(output, 'training_log.jsonl'), '--model', folder, '--data', data, '--output', output, '--samples', '0', '--json', *options)
    memory = estimate['peak_memory_mb']
    print(f"| {name} | {estimate['seconds_per_step']:.3f} | {step:.3f} | {100 * (estimate['seconds_per_step'] / step - 1):+.0f} % | {clock:.3f} "
          f"| {memory:.0f} | {peak:.0f} | {100 * (memory / peak - 1):+.0f} % | {taken:.1f} |", flush=True)


def main():
    work = sys.argv[1]
    os.makedirs(work, exist_ok=True)
    print('| case | step estimated, s | measured, s | | by the clock, s | memory estimated, MiB | measured, MiB | | the estimate took, s |\n|---|---|---|---|---|---|---|---|---|')
    for name in sys.argv[2:] or CASES:
        for case in CASES:
            if name in case:
                measure(work, case)


main()
