"""The benchmark's driver (bench/engine): answers are checked before anything is timed, turns alternate, intervals hold
the median, and a processor's section of docs/performance.md is replaced alone. Runtimes are made up; nothing depends
on how long anything takes."""
import importlib.util
import os
import pathlib
import random
import statistics
import sys
import textwrap

import numpy

SOURCE = pathlib.Path(os.environ["GCOMPRESS_SOURCE"])
BENCH = SOURCE / "bench" / "engine"
sys.path[:0] = [str(BENCH), str(pathlib.Path(__file__).parent.parent / "end_to_end")]
from _program import Scratch, check  # noqa: E402
from rounds import Pace, ratio, time_entries  # noqa: E402
from statistics_of_rounds import geometric_mean, interval_of_median  # noqa: E402
from worker import Refused, Worker  # noqa: E402

# Multiplies by the number that its model file holds; writes down whose turn it is.
FAKE = textwrap.dedent(f"""
    import sys
    sys.path.insert(0, {str(BENCH)!r})
    import _serve

    class Fake:
        def load(self, model, threads):
            self.factor = float(open(model).read())
            return "1.0"
        def set_input(self, values):
            self.values = values
        def run(self):
            pass
        def output(self):
            return self.values * self.factor

    def noted(run, samples, seconds):
        open(sys.argv[1], "a").write(sys.argv[2])
        return [1.0, 3.0, 2.0]
    _serve.time_runs = noted
    _serve.serve(Fake())
""")


def check_rounds(scratch):
    notes, fake = scratch / "notes", scratch / "fake.py"
    fake.write_text(FAKE)
    right, wrong = scratch / "right", scratch / "wrong"
    right.write_text("2")
    wrong.write_text("2.01")
    values = numpy.arange(6, dtype=numpy.float32).reshape(2, 3)
    values.tofile(scratch / "input")
    labels = ("a", "b", "wrong", "absent", "checker")
    workers = {label: Worker([sys.executable, fake, notes, label]) for label in labels}
    models = {"a": right, "b": right, "wrong": wrong, "absent": scratch / "absent"}
    entries = [{"label": label, "model": model, "reference": right, "precision": "f32"}
               for label, model in models.items()]
    try:
        time_entries(entries, workers, 1, scratch / "input", values.shape, Pace(4, 3, 0.0, 0.0))
        try:
            workers["a"].ask("dance")
            sys.exit("a request that does not exist is refused")
        except Refused as refusal:
            check("dance" in str(refusal), "the refusal names the request")
    finally:
        for worker in workers.values():
            worker.end()
    a, b, wrong, absent = entries
    check(notes.read_text() == "abbaabba", f"turns alternate, A B B A: {notes.read_text()}")
    check(a["turns"] == [2.0] * 4 and a["minimum"] == 1.0, "a turn is the median of its samples")
    check("wrong by" in wrong["refused"] and "turns" not in wrong, "wrong answers are not timed")
    check("absent" in absent["refused"], "what cannot be loaded says why")
    check(ratio({"turns": [2.0, 6.0, 4.0]}, {"turns": [1.0, 2.0, 2.0]})["median"] == 2.0, "ratios are of rounds")


def check_intervals():
    """Normal values, 4,000 times: the interval holds the true median at least as often as it says."""
    draw = random.Random(0)
    for count in (6, 8, 11):
        held = 0
        for _ in range(4000):
            low, high = interval_of_median([draw.gauss(0, 1) for _ in range(count)])
            held += low <= 0 <= high
        check(held / 4000 > 0.945, f"{count} values: {held / 4000}")
    check(interval_of_median([3, 1, 2]) == [1, 3], "few values give the extremes")
    values = [draw.random() for _ in range(40)]
    low, high = interval_of_median(values)
    check(min(values) < low < statistics.median(values) < high < max(values), "many values give less than all")
    check(abs(geometric_mean([1, 4]) - 2) < 1e-12, "the geometric mean of 1 and 4 is 2")


def made_up_results(processor, seconds):
    def entry(label, turns):
        return {"label": label, "turns": turns, "median": turns[0], "interval": [turns[0], turns[0]],
                "minimum": turns[0], "disturbed": 0, "version": "1.0"}
    work = {"group": "fc", "name": "layer", "batch": 1, "threads": 2, "flops": 2e6, "flop_density": 0.1,
            "entries": [entry("engine", [seconds]), entry("onnxruntime", [4 * seconds])]}
    return {"schema": "gcompress-bench/1", "works": [work],
            "processor": {"name": processor, "processors": 2, "flags": ["avx2"], "kernels": "AVX2",
                          "gigaflops_limit": {"2": 100.0}}}


def check_document(scratch):
    specification = importlib.util.spec_from_file_location("performance", SOURCE / "scripts" / "performance.py")
    performance = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(performance)
    document = scratch / "performance.md"
    document.write_text("# Performance\n\nHow.\n")
    for processor, seconds in (("One", 1e-3), ("Two", 2e-3), ("One", 5e-6)):
        performance.put_into(document, performance.section(made_up_results(processor, seconds)))
    text = document.read_text()
    one, two = text.index("## One"), text.index("## Two")
    check(text.startswith("# Performance\n\nHow.\n") and one < two, "sections are appended")
    check(text.count("## One") == 1 and "5 us" in text[one:two] and "1 ms" not in text, "and replaced alone")
    check("4.00" in text[one:two] and "40%" in text[one:two], "4 times faster, 40 of 100 GFLOP/s")
    check("2 ms" in text[two:], "the other processor's times stay")


check_intervals()
with Scratch() as folder:
    check_rounds(folder)
    check_document(folder)
print("ok")
