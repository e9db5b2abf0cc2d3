"""One piece of work, timed in several runtimes by turns: checked first, then A B B A."""
import dataclasses
import statistics
import time

import numpy

from statistics_of_rounds import interval_of_median, summary
from worker import Refused

# Largest difference from ONNX Runtime's answers on the same weights, as a share of the largest answer: sums in another
# order for f32, 8 bits of mantissa for bf16. For int8 the root of the mean square: calibration is random.
TOLERANCES = {"f32": 2e-4, "bf16": 0.1, "int8": 0.5}
MOST_DISTURBED = 0.03  # of a turn, in which threads waited for a processor
PAUSE = 0.3  # seconds before such a turn is taken again


@dataclasses.dataclass
class Pace:
    """In each of the rounds every runtime takes so many samples of so many seconds. A turn that others disturbed is
    taken again, for so many seconds in all of one piece of work; those that remain are counted."""
    rounds: int
    samples: int
    seconds: float
    patience: float


def difference(answer, reference, precision):
    if answer.shape != reference.shape:
        return float("inf")
    if precision == "int8":
        return float(numpy.sqrt(numpy.mean((answer - reference) ** 2) / numpy.mean(reference**2)))
    return float(numpy.abs(answer - reference).max() / numpy.abs(reference).max())


def references_of(entries, checker, file, shape):
    """What ONNX Runtime answers for each model that an entry is checked against."""
    answers = {}
    for model in {entry["reference"] for entry in entries}:
        checker.load(model, 1)
        checker.set_input(file, shape)
        answers[model] = checker.answer()
    return answers


def prepare(entry, worker, threads, reference, file, shape):
    """Loads and checks; None, or why the entry is not timed."""
    try:
        entry["version"] = worker.load(entry["model"], threads)
        worker.set_input(file, shape)
        answer = worker.answer()
    except Refused as refusal:
        return str(refusal)
    entry["difference"] = difference(answer, reference, entry["precision"])
    if not entry["difference"] <= TOLERANCES[entry["precision"]]:
        return f"wrong by {entry['difference']:.1e} of the largest answer"
    return None


def time_entries(entries, workers, threads, file, shape, pace):
    """`entries` are dictionaries with label, model, precision and reference (the model whose answers in ONNX Runtime
    are right); `workers` has a process for each label and one called `checker`; `file` holds the input. Adds times,
    or in `refused` why there are none."""
    references = references_of(entries, workers["checker"], file, shape)
    timed = []
    for entry in entries:
        reference = references[entry["reference"]]
        reason = prepare(entry, workers[entry["label"]], threads, reference, file, shape)
        if reason is None:
            entry["turns"] = []
            timed.append(entry)
        else:
            entry["refused"] = reason
    fastest = {}
    deadline = time.monotonic() + pace.patience
    for turn in range(pace.rounds):
        for entry in timed if turn % 2 == 0 else reversed(timed):
            label = entry["label"]
            times, disturbed = workers[label].times(pace.samples, pace.seconds)
            while disturbed > MOST_DISTURBED and time.monotonic() < deadline:
                time.sleep(PAUSE)
                times, disturbed = workers[label].times(pace.samples, pace.seconds)
            entry["turns"].append(statistics.median(times))
            entry["disturbed"] = entry.get("disturbed", 0) + (disturbed > MOST_DISTURBED)
            fastest[label] = min(fastest.get(label, times[0]), *times)
    for entry in timed:
        entry.update(summary(entry["turns"]), minimum=fastest[entry["label"]])
    return entries


def ratio(slow, fast):
    """How many times faster, from rounds side by side: the median of their ratios, and its interval."""
    ratios = [a / b for a, b in zip(slow["turns"], fast["turns"])]
    return {"median": statistics.median(ratios), "interval": interval_of_median(ratios)}
