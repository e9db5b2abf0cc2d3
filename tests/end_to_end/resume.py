"""Killed at several moments and resumed, a run ends with the same bits as without the kill."""
import pathlib
import random
import signal
import subprocess
import time

from _program import BIN, Scratch, check, needs_training, run

COMMAND = ("demo", "--seed", "3", "--restarts", "1", "--epochs", "6", "--quiet", "--no-latency",
           "--checkpoint-seconds", "0.2")


def kill_after(out, seconds, number):
    """Starts (or goes on with) the run and sends the signal after so long. True if it was hit."""
    resume = ["--resume"] if pathlib.Path(f"{out}.partial").exists() else []
    process = subprocess.Popen([BIN, *COMMAND, "--out", str(out), *resume],
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    time.sleep(seconds)
    process.send_signal(number)
    code = process.wait()
    if number == signal.SIGINT and code not in (0, 130):
        raise SystemExit(f"an interrupted run exits with 130, not {code}")
    return code != 0


def main():
    needs_training()
    generator = random.Random(5)
    with Scratch() as scratch:
        began = time.monotonic()
        run(*COMMAND, "--out", scratch / "whole")
        whole_seconds = time.monotonic() - began
        expected = (scratch / "whole/model.onnx").read_bytes()
        for number in (signal.SIGKILL, signal.SIGINT):
            out = scratch / f"cut-{int(number)}"
            hits = 0
            for _ in range(5):
                if not (out / "report.json").exists():
                    hits += kill_after(out, generator.uniform(0.2, 0.5) * whole_seconds, number)
            if not (out / "report.json").exists():
                resume = ["--resume"] if pathlib.Path(f"{out}.partial").exists() else []
                run(*COMMAND, "--out", out, *resume)
            check(hits > 0, "the run was interrupted at least once")
            check((out / "model.onnx").read_bytes() == expected,
                  f"after {hits} times {number.name} the network has the same bits")
        check_refusal(scratch)


def kill_once_it_prunes(out):
    """Starts the run and kills it as soon as there is a checkpoint of the second stage."""
    process = subprocess.Popen([BIN, *COMMAND, "--out", str(out)], stdout=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL)
    checkpoints = pathlib.Path(f"{out}.partial") / "checkpoints" / "1-prune" / "attempt-0"
    while process.poll() is None and not (checkpoints / "fit.checkpoint").exists():
        time.sleep(0.02)
    process.kill()
    check(process.wait() != 0, "the run was killed while it pruned")


def check_refusal(scratch):
    """Checkpoints made on the way to one target are no beginning of a run to another."""
    out = scratch / "other"
    kill_once_it_prunes(out)
    for other in (("--target", "0.2"), ("--begin", "0.1"), ("--allocation", "uniform")):
        refused = run(*COMMAND, *other, "--out", out, "--resume", code=3)
        check("the way of pruning or distilling changed" in refused.stderr,
              f"{' '.join(other)} is refused for what it is, not: {refused.stderr}")
    run(*COMMAND, "--out", out, "--resume")


main()
