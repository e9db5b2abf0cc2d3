"""A runtime in a process of its own, which stands still whenever it is not asked for anything."""
import os
import pathlib
import signal
import subprocess
import tempfile
import time

import numpy


class Refused(Exception):
    """The runtime answered with an error."""


class Worker:
    """Speaks the protocol of serve.h. Between requests the process is stopped, so that threads which spin while
    they wait take nothing from the runtime whose turn it is."""

    def __init__(self, command, environment=None):
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                                        env={**os.environ, **(environment or {})})
        self.process.send_signal(signal.SIGSTOP)

    def ask(self, *words):
        """The words of the answer. Throws Refused."""
        self.process.send_signal(signal.SIGCONT)
        try:
            self.process.stdin.write(" ".join(map(str, words)) + "\n")
            self.process.stdin.flush()
            answer = self.process.stdout.readline()
        except BrokenPipeError:
            answer = ""
        if not answer:
            raise Refused(f"it ended with exit code {self.process.wait()}")
        self.process.send_signal(signal.SIGSTOP)
        kind, *rest = answer.split()
        if kind != "ok":
            raise Refused(" ".join(rest))
        return rest

    def load(self, model, threads):
        version = self.ask("load", model, threads)
        return version[0] if version else ""

    def set_input(self, file, shape):
        self.ask("input", file, *shape)

    def answer(self):
        with tempfile.TemporaryDirectory() as folder:
            file = pathlib.Path(folder) / "answer"
            shape = [int(size) for size in self.ask("answer", file)]
            return numpy.fromfile(file, numpy.float32).reshape(shape)

    def waited(self):
        """Seconds that threads of the process which are alive have waited for a processor so far (Linux counts them
        in schedstat; where it does not, this is 0)."""
        nanoseconds = 0
        for file in pathlib.Path(f"/proc/{self.process.pid}/task").glob("*/schedstat"):
            try:
                nanoseconds += int(file.read_text().split()[1])
            except (OSError, IndexError):
                pass  # the thread ended meanwhile
        return nanoseconds * 1e-9

    def times(self, samples, seconds):
        """Seconds of each sample, and the share of the time in which a thread waited for a processor: what others
        took away."""
        start, waited = time.monotonic(), self.waited()
        times = [float(word) for word in self.ask("time", samples, seconds)]
        return times, (self.waited() - waited) / (time.monotonic() - start)

    def end(self):
        self.process.kill()
        self.process.wait()
        self.process.stdin.close()
        self.process.stdout.close()
