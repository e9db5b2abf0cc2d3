#!/usr/bin/env python3
"""Turns gpu-check.json (scripts/gpu_check.sh) into Markdown: gpu_report.py gpu-check.json > docs/performance-gpu.md"""

import json
import re
import sys

# Copy bandwidth in bytes a second, by a part of the device's name, from the makers' data sheets.
BANDWIDTH = {"H200": 4.8e12, "H100": 3.35e12, "A100": 2.0e12, "L40": 0.86e12, "RTX 4090": 1.0e12}


def benchmarks(stages):
    """(kernel, arguments) -> microseconds and bytes a second; and what went wrong."""
    times, faults = {}, []
    for name, stage in stages.items():
        if not name.startswith("bench-"):
            continue
        for run in stage["benchmarks"]:
            kernel = re.split(r"/(?=\w+:)", run["name"], maxsplit=1)[0]
            arguments = tuple((k, int(v)) for k, v in re.findall(r"(\w+):(\d+)", run["name"]))
            if run.get("error_occurred"):
                faults.append(f"{run['name']}: {run.get('error_message', 'failed')}")
            else:
                times[kernel, arguments] = run["real_time"], run.get("bytes/s", 0)
    return times, faults


def linear_rows(times, peak):
    for (kernel, arguments), (time, rate) in sorted(times.items(), key=lambda item: (item[0][1], item[0][0])):
        given = dict(arguments)
        if "rows" not in given:
            continue
        dense = times.get(("dense/cublas_f16", arguments))
        share = f"{rate / peak:.0%}" if peak else "-"
        ratio = f"{dense[0] / time:.2f}" if dense else "-"
        yield (f"| {kernel} | {given['rows']} x {given['columns']} x {given['samples']} | {'cold' if given['cold'] else 'hot'} "
               f"| {time:.1f} | {share} | {ratio} |")


def convolution_rows(times):
    for (kernel, arguments), (time, _) in sorted(times.items()):
        given = dict(arguments)
        if "kernel" in given:
            yield (f"| {given['kernel']}x{given['kernel']}, stride {given['stride']} | {given['channels']} to {given['filters']} "
                   f"| {given['size']} | {given['batch']} | {time:.1f} |")


def figure(value):
    if not value or value.get("value") is None:
        return "-"
    return f"{value['value']:.4g} {value['unit']}, {value['provenance']}"


def network_rows(stages):
    """Times and energies of whole networks: what `gcompress measure --json` printed."""
    for name, report in sorted(stages.items()):
        if not name.startswith("network-"):
            continue
        for model in report.get("models", []):
            energy = (model.get("energy") or {}).get("per_inference")
            for row in model.get("latency", []):
                yield (f"| {name.removeprefix('network-')} | {model['role']} | {row['batch']} | {figure(row['median'])} "
                       f"| {figure(energy)} |")


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    with open(sys.argv[1], encoding="utf-8") as file:
        report = json.load(file)
    stages = report["stages"]
    times, faults = benchmarks(stages)
    peak = next((b for name, b in BANDWIDTH.items() if name in report["device"]), None)
    print(f"# Performance on a GPU\n\nMeasured on {report['device']}, {report['date']}, by `make gpu-check`. Microseconds, means; "
          "the share is of the memory bandwidth in the data sheet, the ratio against cuBLAS fp16.\n")
    for name, of in (("tests", "the kernels"), ("networks", "whole networks")):
        if tests := stages.get(name):
            print(f"Tests of {of}: {tests['tests']} run, {tests['failures']} failed.")
    clean = [name.removeprefix("sanitizer-") for name in stages if name.startswith("sanitizer-")]
    print(f"compute-sanitizer without errors: {', '.join(clean) or 'not run'}.\n")
    print("| kernel | rows x columns x samples | L2 | us | of bandwidth | times cuBLAS |\n|---|---|---|---|---|---|")
    print("\n".join(linear_rows(times, peak)))
    print("\n| convolution | channels | height and width | batch | us |\n|---|---|---|---|---|")
    print("\n".join(convolution_rows(times)))
    networks = list(network_rows(stages))
    if networks:
        print("\n| network | role | batch | time, median | energy an inference |\n|---|---|---|---|---|")
        print("\n".join(networks))
    if faults:
        print("\nWhat failed:\n\n" + "\n".join(f"- {fault}" for fault in faults))


if __name__ == "__main__":
    main()
