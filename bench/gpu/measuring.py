"""One measurement: a process, its last line of JSON, and the most memory that it used."""
import json
import os
import shutil
import subprocess
import tempfile
import time


class Missing(Exception):
    """What the measurement needs is not on this machine."""


class Log:
    """Lines on the terminal and in a file."""

    def __init__(self, path):
        self.path, self.started = path, time.time()

    def write(self, text):
        line = f"{time.time() - self.started:6.1f} s  {text}"
        print(line, flush=True)
        with open(self.path, "a") as file:
            file.write(line + "\n")


def measure(command, environment, deadline, device, log):
    """Runs a command to its end. TimeoutError: the deadline passed. RuntimeError: it failed, with the last of what it wrote."""
    started, before = time.time(), used_device_memory(device)
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as errors:
        process = subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL, stdout=out, stderr=errors)
        most = 0
        while True:
            ended, status, usage = os.wait4(process.pid, os.WNOHANG)
            if ended:
                process.returncode = os.waitstatus_to_exitcode(status)
                break
            if time.time() > deadline:
                process.kill()
                process.wait()
                log.write(f"stopped at the deadline: {short(command)}")
                raise TimeoutError
            most = max(most, used_device_memory(device))
            time.sleep(0.1)
        out.seek(0)
        errors.seek(0)
        written, complaint = out.read(), errors.read()
    log.write(f"{time.time() - started:5.1f} s, exit code {process.returncode}: {short(command)}")
    if process.returncode == 3:
        raise Missing(complaint.strip().splitlines()[-1])
    if process.returncode != 0:
        log.write(complaint[-4000:])
        raise RuntimeError(f"exit code {process.returncode}: {complaint[-1500:]}")
    result = json.loads(written.strip().splitlines()[-1])
    result.update(wallSeconds=time.time() - started, hostPeakMb=usage.ru_maxrss / 1024)
    if device == "cuda":
        # By nvidia-smi, for both sides alike: it has what libtorch's allocator holds and the CUDA context.
        result["devicePeakMb"] = most - before
    return result


def used_device_memory(device):
    if device != "cuda" or not shutil.which("nvidia-smi"):
        return 0
    answer = subprocess.run(["nvidia-smi", "--query-gpu=memory.used", "--format=csv,noheader,nounits"], capture_output=True, text=True)
    return int(answer.stdout.split()[0]) if answer.returncode == 0 and answer.stdout.split() else 0


def short(command):
    return " ".join(os.path.basename(part) if os.sep in part else part for part in command)
