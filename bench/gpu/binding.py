"""Finds a libtorch that TorchSharp's native library loads with: that of the present PyTorch first."""
import glob
import importlib.util
import os
import shutil
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))


def bind(a, device, log):
    """What was tried, and the environment and the kind of the first binding whose smoke test passes."""
    tried = []
    for what, folders, native, bind_now in candidates(a, log):
        environment = dict(os.environ, LD_LIBRARY_PATH=os.pathsep.join([*folders, os.environ.get("LD_LIBRARY_PATH", "")]).strip(os.pathsep))
        if bind_now:
            environment["LD_BIND_NOW"] = "1"     # the loader then looks up every function, not only those that the smoke test calls
        if native:
            shutil.copyfile(native, os.path.join(a.app, "libLibTorchSharp.so"))
        done = subprocess.run([os.path.join(a.app, "Microsoft.ML.Asft.Bench.Gpu"), "smoke", device], env=environment, capture_output=True, text=True)
        message = "passed" if done.returncode == 0 else next((line for line in done.stderr.splitlines() if line.strip()), f"exit code {done.returncode}")
        tried.append(dict(libtorch=what, folder=folders[0], everyFunction=bind_now, smoke=message[:600], missing=missing(a.app, environment)))
        log.write(f"smoke test with {what}, {'every function' if bind_now else 'functions as they are called'}: {message[-300:]}")
        if done.returncode == 0:
            environment.pop("LD_BIND_NOW", None)
            return dict(tried=tried, libtorch=what, folder=folders[0], builtNative=bool(native), environment=environment)
    return dict(tried=tried)


def missing(app, environment):
    """The functions of TorchSharp's native library that its libraries lack, as the loader says; None if it does not say."""
    done = subprocess.run(["ldd", "-r", os.path.join(app, "libLibTorchSharp.so")], env=dict(environment, LD_BIND_NOW=""), capture_output=True, text=True)
    lines = (done.stdout + done.stderr).splitlines()
    return sorted({line.split()[2] for line in lines if line.startswith("undefined symbol:")}) if lines else None


def candidates(a, log):
    """What to call it, the folders of its libraries, TorchSharp's native library if it is not the published one, whether every function must be there."""
    found = pytorch()
    for what, folders in [*([found] if found else []), *((f"the libtorch in {folder}", [folder]) for folder in a.libtorch)]:
        yield what, folders, None, True
        yield what, folders, None, False
    if found and a.torchsharp:
        native = os.path.join(a.output, "native", "libLibTorchSharp.so")
        log.write("building TorchSharp's native part against this PyTorch")
        done = subprocess.run([os.path.join(HERE, "build_native.sh"), a.torchsharp, native], env=dict(os.environ, PYTHON=sys.executable), capture_output=True, text=True)
        log.write((done.stdout + done.stderr)[-4000:])
        if done.returncode == 0:
            yield f"{found[0]}, with TorchSharp's native part built for it", found[1], native, True


def pytorch():
    """The folders of this Python's libtorch and of the NVIDIA libraries beside it, without importing it; None without PyTorch."""
    spec = importlib.util.find_spec("torch")
    if spec is None or spec.origin is None:
        return None
    package = os.path.dirname(spec.origin)
    version = "unknown"
    try:
        with open(os.path.join(package, "version.py")) as file:
            version = next(line.split("'")[1] for line in file if line.startswith("__version__") and "'" in line)
    except (OSError, StopIteration):
        pass
    nvidia = sorted(glob.glob(os.path.join(os.path.dirname(package), "nvidia", "*", "lib")))
    return f"PyTorch {version}", [os.path.join(package, "lib"), *nvidia]
