#!/usr/bin/env python3
"""Races the engine against ONNX Runtime, OpenVINO, oneDNN and MKL: networks and layers with a tenth of their weights.

One process a runtime; rounds by turns, A B B A; answers are checked first; whoever's turn it is not stands still.
Results go to OUT, work by work, so that a run may be continued or repeated in parts; scripts/performance.py makes
tables of them. Needs the Python that `scripts/venv.sh engine_peers` makes.
"""
import argparse
import json
import pathlib
import re
import signal
import sys

import onnxruntime

import machine
from models import Kitchen
from rounds import Pace, time_entries
from worker import Worker
from works import NETWORKS, layer_works

HERE = pathlib.Path(__file__).parent
SOURCE = HERE.parent.parent
SCHEMA = "gcompress-bench/1"


class Workers:
    """A process for each entry, started when it is first needed."""

    def __init__(self, build):
        library = next(pathlib.Path(onnxruntime.__file__).parent.glob("capi/libonnxruntime.so.*"))
        openvino = [sys.executable, HERE / "openvino_worker.py"]
        self.commands = {
            "engine": [build / "bench" / "engine_worker"],
            "onnxruntime": [build / "bench" / "onnxruntime_worker", library],
            "openvino": [*openvino, "f32"],
            "openvino-bf16": [*openvino, "bf16"],
            "onednn": [build / "bench" / "onednn_worker"],
            "mkl-row": [sys.executable, HERE / "mkl_worker.py", "row"],
            "mkl-column": [sys.executable, HERE / "mkl_worker.py", "column"],
        }
        self.running = {}

    def __getitem__(self, label):
        runtime = {"checker": "onnxruntime"}.get(label, label.split(" ")[0])
        if label not in self.running:
            self.running[label] = Worker(self.commands[runtime])
        return self.running[label]

    def end(self):
        for worker in self.running.values():
            worker.end()
        self.running.clear()


def entry(label, model, reference, precision="f32"):
    return {"label": label, "model": str(model), "reference": str(reference), "precision": precision}


def network_works(kitchen):
    """Works of whole networks: their description, the input's shape, and what makes the entries."""
    for network in NETWORKS:
        shared = kitchen.shared / "models" / network.source
        if network.source.endswith(".onnx") and not shared.exists():
            print(f"left out: {network.name}, as there is no {shared}", file=sys.stderr)
            continue
        for batch, goal in zip(network.batches, network.goals):
            work = {"group": "networks", "name": network.name, "batch": batch, "goal": goal}
            yield work, [batch, *network.sample], lambda n=network, b=batch: network_entries(kitchen, n, b)


def network_entries(kitchen, network, batch):
    source = kitchen.shared / "models" / network.source if network.source.endswith(".onnx") else network.source
    whole = kitchen.pruned(source, network.name, network.allocation) if network.allocation else source
    sparse = kitchen.batched(whole, batch)
    dense = kitchen.dense_twin(sparse)
    integers = kitchen.integer_twin(whole, network.sample)
    costs = json.loads(kitchen.run("inspect", whole, "--json"))
    facts = {"flops": costs["flops"], "flop_density": costs["flops_nonzero"] / costs["flops"],
             "density": costs["parameters_nonzero"] / costs["parameters"]}
    return facts, [
        entry("engine", kitchen.packed(sparse), sparse),
        entry("engine int8", kitchen.packed(integers), sparse, "int8"),
        entry("engine dense", kitchen.packed(dense), dense),
        entry("onnxruntime", sparse, sparse),
        entry("openvino", sparse, sparse),
        entry("openvino-bf16", sparse, sparse, "bf16"),
        entry("onnxruntime int8", kitchen.batched(integers, batch), sparse, "int8"),
        entry("openvino int8", kitchen.batched(integers, batch), sparse, "int8"),
    ]


def layer_entries(kitchen, work):
    sparse = kitchen.layer(work.layer, work.batch, work.density)
    facts = {"flops": work.layer.flops(), "flop_density": work.density, "density": work.density,
             "layers": len(work.layer.weights())}
    entries = [entry("engine", kitchen.packed(sparse), sparse)]
    if work.group == "densities":
        dense = kitchen.layer(work.layer, work.batch, 1.0)
        entries.append(entry("engine dense", kitchen.packed(dense), dense))
    if work.group != "spmm":
        entries += [entry("onnxruntime", sparse, sparse), entry("openvino", sparse, sparse)]
        if kitchen.has_onednn:
            entries.append(entry("onednn", sparse, sparse))
    if work.mkl:
        matrices = kitchen.matrices(work.layer, work.density)
        entries += [entry(f"mkl-{layout}", matrices, sparse) for layout in work.mkl]
    return facts, entries


def all_works(kitchen):
    yield from network_works(kitchen)
    for work in layer_works():
        name = work.layer.name + (f"-density-{work.density:g}" if work.group == "densities" else "")
        described = {"group": work.group, "name": name, "batch": work.batch}
        yield described, work.layer.input_shape(work.batch), lambda w=work: layer_entries(kitchen, w)


def key_of(work):
    return (work["group"], work["name"], work["batch"], work["threads"])


def save(out, processor, works):
    """Adds works to the file; those of the same name replace older ones."""
    known = {}
    if out.exists():
        before = json.loads(out.read_text())
        if before["processor"]["name"] != processor["name"]:
            sys.exit(f"{out} is of another processor; give --out")
        for count, limit in before["processor"]["gigaflops_limit"].items():  # the best that was seen
            limits = processor["gigaflops_limit"]
            limits[count] = max(limit, limits.get(count, 0))
        known = {key_of(work): work for work in before["works"]}
    known.update((key_of(work), work) for work in works)
    out.parent.mkdir(parents=True, exist_ok=True)
    unfinished = out.with_suffix(".partial")
    unfinished.write_text(json.dumps({"schema": SCHEMA, "processor": processor, "works": list(known.values())},
                                     indent=1) + "\n")
    unfinished.replace(out)


def line_of(work):
    """What is printed when a work is done."""
    parts = []
    for each in work["entries"]:
        if "median" in each:
            time = f"{each['median'] * 1e3:.4g} ms" + (f" ({each['disturbed']} disturbed)" if each["disturbed"] else "")
        else:
            time = "refused: " + each["refused"]
        parts.append(f"{each['label']} {time}")
    return f"{work['group']}/{work['name']} batch {work['batch']}, {work['threads']} threads: " + ", ".join(parts)


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", default="", help="a regular expression: works whose group/name/batch it is found in")
    parser.add_argument("--threads", default="2,1", help="counts of threads; layers take the first alone [2,1]")
    parser.add_argument("--rounds", type=int, default=8)
    parser.add_argument("--samples", type=int, default=3, help="of a turn [3]")
    parser.add_argument("--seconds", type=float, default=0.02, help="of a sample [0.02]")
    parser.add_argument("--patience", type=float, default=10,
                        help="seconds that a work may last longer to take turns again which others disturbed [10]")
    parser.add_argument("--build", type=pathlib.Path, default=SOURCE / "build" / "bench")
    parser.add_argument("--shared", type=pathlib.Path, default=SOURCE.parent / "shared", help="folder with models/")
    parser.add_argument("--models", type=pathlib.Path, default=SOURCE / "build" / "bench-models")
    parser.add_argument("--out", type=pathlib.Path, default=SOURCE / "build" / "bench-results" / "engine.json")
    parser.add_argument("--prepare", action="store_true", help="makes the models and times nothing")
    return parser.parse_args()


def main():
    options = parse()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that no worker stays behind, stopped
    has_onednn = (options.build / "bench" / "onednn_worker").exists()
    kitchen = Kitchen(options.models, options.build / "bin" / "gcompress", options.shared, has_onednn)
    pace = Pace(options.rounds, options.samples, options.seconds, options.patience)
    threads = [int(count) for count in options.threads.split(",")]
    wanted = re.compile(options.only)
    workers = Workers(options.build)
    processor = None if options.prepare else machine.describe(options.build / "bench" / "engine_worker", threads)
    try:
        for described, shape, make in all_works(kitchen):
            if not wanted.search(f"{described['group']}/{described['name']}/{described['batch']}"):
                continue
            facts, _ = make()
            file = kitchen.input(shape)
            if options.prepare:
                continue
            for count in threads if described["group"] == "networks" else threads[:1]:
                _, entries = make()
                work = {**described, **facts, "threads": count, "entries": entries}
                time_entries(entries, workers, count, file, shape, pace)
                save(options.out, processor, [work])
                print(line_of(work), flush=True)
    finally:
        workers.end()


if __name__ == "__main__":
    main()
