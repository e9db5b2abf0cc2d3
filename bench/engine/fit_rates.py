#!/usr/bin/env python3
"""Fits the rates of core/engine/predict.cc to measured steps: fit_rates.py GCOMPRESS MODEL...

Runs `gcompress inspect MODEL --plan --json` on each and prints a row of the table, by least squares of relative errors
with no rate below zero. Give networks of several kinds and densities, on a quiet machine.
"""
import json
import subprocess
import sys

import numpy

KINDS = ("tap vectors", "gathered taps", "depthwise vectors", "activation pairs", "elements")


def steps_of(gcompress, model):
    done = subprocess.run([gcompress, "inspect", model, "--plan", "--json", "--measure", "1"], check=True,
                          capture_output=True, text=True)
    return [step for step in json.loads(done.stdout)["steps"] if step["predicted"]["value"] is not None]


def features(step):
    """What the rates are multiplied by: a step, the outputs of a layer, the work of each kind."""
    work = step["work"]
    is_layer = work["kind"] != "elements"
    return [1, work["outputs"] if is_layer else 0] + [work["amount"] if kind == work["kind"] else 0 for kind in KINDS]


def not_negative(rows, times):
    """Least squares of rates that are not negative: those that would be are left out, worst first."""
    used = [i for i in range(rows.shape[1]) if rows[:, i].any()]
    while True:
        found = numpy.linalg.lstsq(rows[:, used], times, rcond=None)[0]
        if found.min() >= 0:
            break
        used.pop(int(found.argmin()))
    rates = numpy.zeros(rows.shape[1])
    rates[used] = found
    return rates


def fit(rows, times):
    """Errors count as shares of the mean of both, predicted and measured: as shares of the measured alone, what is
    predicted too low would be preferred."""
    rows, times = numpy.array(rows, float), numpy.array(times)
    predicted = times
    for _ in range(30):
        scale = 1 / numpy.sqrt(times * predicted)
        rates = not_negative(rows * scale[:, None], times * scale)
        predicted = numpy.maximum(rows @ rates, 0.01 * times)
    return rates, predicted / times


def main():
    gcompress, *models = sys.argv[1:]
    steps = [step for model in models for step in steps_of(gcompress, model)]
    times = [step["measured"]["value"] for step in steps]
    rates, predicted = fit([features(step) for step in steps], times)
    step, output, *work = (f"{rate:.3g}" for rate in rates)
    print(f"{step}, {output}, {{{', '.join(work)}}}")
    for kind in KINDS:
        errors = [abs(p - 1) for p, s in zip(predicted, steps) if s["work"]["kind"] == kind]
        if errors:
            print(f"{kind}: {len(errors)} steps, off by {numpy.median(errors):.0%} (median), "
                  f"{numpy.quantile(errors, 0.9):.0%} (nine in ten)", file=sys.stderr)
    print(f"all: {numpy.dot(predicted, times) / sum(times):.2f} of the time", file=sys.stderr)


if __name__ == "__main__":
    main()
