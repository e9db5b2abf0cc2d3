"""The protocol of serve.h for runtimes that are reached from Python. A runtime is an object with load(model,
threads) -> version, set_input(array), run (an attribute: what is called to run once) and output() -> array."""
import sys
import time

import numpy


def seconds_of(run, runs):
    start = time.perf_counter()
    for _ in range(runs):
        run()
    return time.perf_counter() - start


def runs_that_fit(run, seconds):
    runs = 1
    while (taken := seconds_of(run, runs)) < seconds / 10:
        runs *= 2
    return max(1, int(runs * seconds / taken))


def time_runs(run, samples, seconds):
    run()
    runs = runs_that_fit(run, seconds)
    return [seconds_of(run, runs) / runs for _ in range(samples)]


def answer_to(runtime, request, words):
    if request == "load":
        return [runtime.load(words[0], int(words[1]))]
    if request == "input":
        shape = [int(word) for word in words[1:]]
        runtime.set_input(numpy.fromfile(words[0], numpy.float32).reshape(shape))
        return []
    if request == "answer":
        runtime.run()
        output = numpy.ascontiguousarray(runtime.output(), numpy.float32)
        output.tofile(words[0])
        return output.shape
    if request == "time":
        return [f"{seconds:.9g}" for seconds in time_runs(runtime.run, int(words[0]), float(words[1]))]
    raise ValueError(f"there is no request '{request}'")


def serve(runtime):
    for line in sys.stdin:
        request, *words = line.split()
        try:
            print("ok", *answer_to(runtime, request, words), flush=True)
        except Exception as error:  # whatever it is, the driver is to hear of it
            print("error", str(error).replace("\n", " "), flush=True)
