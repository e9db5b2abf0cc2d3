#!/usr/bin/env python3
"""Makes the tables of docs/performance.md out of what bench/engine/run.py measured.

    scripts/performance.py build/bench-results/engine.json            # prints the processor's section
    scripts/performance.py build/bench-results/engine.json --update   # puts it into docs/performance.md

A section a processor: one that is there already is replaced, another is appended. They are never mixed.
"""
import argparse
import json
import pathlib
import sys

SOURCE = pathlib.Path(__file__).parent.parent
sys.path.insert(0, str(SOURCE / "bench" / "engine"))
from rounds import ratio  # noqa: E402
from statistics_of_rounds import geometric_mean  # noqa: E402

DENSE_F32 = ("onnxruntime", "openvino", "onednn")
NAMES = {"onnxruntime": "ONNX Runtime", "openvino": "OpenVINO", "openvino-bf16": "OpenVINO bf16",
         "onednn": "oneDNN",
         "onnxruntime int8": "ONNX Runtime int8", "openvino int8": "OpenVINO int8", "mkl-row": "MKL",
         "mkl-column": "MKL"}


def entry_of(work, label):
    return next((e for e in work["entries"] if e["label"] == label and "median" in e), None)


def best_of(work, labels):
    """The fastest of those that were timed."""
    timed = [e for label in labels if (e := entry_of(work, label))]
    return min(timed, key=lambda e: e["median"], default=None)


def time_text(seconds):
    return f"{seconds * 1e3:.3g} ms" if seconds >= 1e-3 else f"{seconds * 1e6:.3g} us"


def measured(entry):
    """Median, interval, minimum."""
    if entry is None:
        return ""
    low, high = (time_text(value) for value in entry["interval"])
    mark = "*" if entry["disturbed"] else ""
    return f"{time_text(entry['median'])}{mark} [{low}, {high}], {time_text(entry['minimum'])}"


def times_faster(slow, fast):
    if slow is None or fast is None:
        return ""
    found = ratio(slow, fast)
    low, high = found["interval"]
    return f"{found['median']:.2f} [{low:.2f}, {high:.2f}]"


def table(head, rows):
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    return lines + ["| " + " | ".join(map(str, row)) + " |" for row in rows] + [""]


def named(entry):
    return f"{NAMES[entry['label']]}: {measured(entry)}" if entry else ""


def networks_section(works):
    works = [work for work in works if work["group"] == "networks"]
    if not works:
        return []
    rows = []
    for work in works:
        engine = entry_of(work, "engine")
        dense = best_of(work, DENSE_F32)
        ours, theirs = best_precisions(work)
        rows.append([work["name"], f"{work['flop_density']:.3f}", work["threads"], work["batch"], measured(engine),
                     named(dense), times_faster(dense, engine), work.get("goal") or "",
                     times_faster(dense, entry_of(work, "engine dense")),
                     f"{ours['label']} than {NAMES[theirs['label']]}: {times_faster(theirs, ours)}" if theirs and ours else ""])
    return ["### Whole networks", "",
            "Times: median [95% interval], minimum. Times faster: median of the rounds' ratios [95% interval]. The last "
            "two columns: the engine on dense weights against the best dense fp32; and our best precision against the "
            "peers' best, int8 and bf16 included.", "",
            *table(["network", "FLOPs kept", "threads", "batch", "engine", "best dense fp32", "times faster", "goal",
                    "dense: times faster", "best precision: times faster"], rows)]


def best_precisions(work):
    """Our fastest entry and the peers'."""
    return (best_of(work, ("engine", "engine int8")),
            best_of(work, (*DENSE_F32, "openvino-bf16", "onnxruntime int8", "openvino int8")))


def spread(values):
    return f"{geometric_mean(values):.2f}", f"{min(values):.2f} to {max(values):.2f}"


def ratios_of(works, groups, ours, theirs):
    """Times faster, by work, where both were timed."""
    found = []
    for work in works:
        if work["group"] in groups and (mine := entry_of(work, ours)) and (other := best_of(work, theirs)):
            found.append((work["batch"], ratio(other, mine)["median"]))
    return found


def means_section(works, processor):
    rows = []

    def add(title, against, goal, found):
        if found:
            mean, extremes = spread([value for _, value in found])
            by_batch = ", ".join(f"batch {batch}: {geometric_mean([v for b, v in found if b == batch]):.2f}"
                                 for batch in sorted({batch for batch, _ in found}))
            rows.append([f"{title} ({len(found)})", against, mean, goal, f"{extremes}; {by_batch}"])

    add("FC and 1x1 layers", "best dense fp32", 5, ratios_of(works, ("fc", "conv1x1"), "engine", DENSE_F32))
    add("3x3 layers of ResNet-20 and ResNet-50", "best dense fp32", 5,
        ratios_of(works, ("conv3x3",), "engine", DENSE_F32))
    add("matrix products", "MKL sparse CSR, the better layout", 2,
        ratios_of(works, ("fc", "conv1x1", "spmm"), "engine", ("mkl-row", "mkl-column")))
    precisions = [(work["batch"], ratio(theirs, ours)["median"]) for work in works
                  if work["group"] == "networks" and all(pair := best_precisions(work)) and (ours := pair[0])
                  and (theirs := pair[1])]
    goal = 0.95 if "amx_int8" in processor["flags"] else 1.3 if "avx512_vnni" in processor["flags"] else 1.5
    add("whole networks, our best precision", "the peers' best precision", goal, precisions)
    shares = [(work["batch"], gigaflops(work, engine) / processor["gigaflops_limit"][str(work["threads"])])
              for work in works if work["group"] == "spmm" and (engine := entry_of(work, "engine"))]
    add("square products, share of the limit", "multiply-adds out of registers", 0.4, shares)
    own = ratios_of(works, ("densities",), "engine", ("engine dense",))
    if own:
        worst = min(value for _, value in own)
        rows.append([f"densities from 0.02 to 1 ({len(own)})", "the engine on dense weights", f"at worst {worst:.2f}",
                     0.97, spread([value for _, value in own])[1]])
    if not rows:
        return []
    return ["### Goals over many layers", "", "Geometric means of times faster, at density 0.1.", "",
            *table(["what", "against", "reached", "goal", "spread"], rows)]


def gigaflops(work, entry):
    return work["flops"] * work["flop_density"] * work["batch"] / entry["median"] * 1e-9


def layers_section(works, limits):
    rows = []
    for work in works:
        engine = entry_of(work, "engine")
        if work["group"] not in ("fc", "conv1x1", "conv3x3", "spmm") or engine is None:
            continue
        done = gigaflops(work, engine)
        dense, mkl = best_of(work, DENSE_F32), best_of(work, ("mkl-row", "mkl-column"))
        several = work.get("layers", 1)
        name = work["name"] + (f" x{several}" if several > 1 else "")
        rows.append([name, work["batch"], measured(engine), f"{done:.0f}",
                     f"{done / limits[str(work['threads'])]:.0%}", named(dense), times_faster(dense, engine),
                     times_faster(mkl, engine)])
    if not rows:
        return []
    return ["### Each layer", "",
            "GFLOP/s count the kept weights alone, a multiply and an add as two; the share is that of the limit above. "
            "`x4`: a layer and its mirror image, twice in a row. `square-4096`: a 4096 x 4096 weight at density 0.1 times "
            "512 columns.", "",
            *table(["layer", "batch", "engine", "GFLOP/s", "share", "best dense fp32", "times faster",
                    "than MKL"], rows)]


def densities_section(works):
    rows = []
    for work in works:
        engine, own = entry_of(work, "engine"), entry_of(work, "engine dense")
        if work["group"] == "densities" and engine and own:
            rows.append([work["name"].rsplit("-density-", 1)[0], work["batch"], work["density"], measured(engine),
                         times_faster(own, engine), times_faster(best_of(work, DENSE_F32), engine)])
    if not rows:
        return []
    return ["### From density 0.02 to 1", "",
            *table(["layer", "batch", "density", "engine", "than itself on dense weights", "than the best dense fp32"],
                   rows)]


def versions(works):
    found = {}
    for work in works:
        for each in work["entries"]:
            if "version" in each:
                name = each["label"].split(" ")[0]
                found[NAMES.get(name, name).split(" bf16")[0]] = each["version"]
    return "; ".join(f"{name} {version}" for name, version in found.items())


def refusals(works):
    lines = {f"{work['name']}, {each['label']}: {each['refused']}" for work in works for each in work["entries"]
             if "refused" in each}
    return ["Not timed:", "", *(f"- {line}" for line in sorted(lines)), ""] if lines else []


def mostly_disturbed(work):
    """Whether others took part of the processor in most rounds of the engine or of the fastest it is compared with."""
    compared = (entry_of(work, "engine"), best_of(work, DENSE_F32))
    return any(each["disturbed"] > len(each["turns"]) / 2 for each in compared if each)


def section(results):
    processor = results["processor"]
    works = [work for work in results["works"] if not mostly_disturbed(work)]
    left_out = len(results["works"]) - len(works)
    limits = processor["gigaflops_limit"]
    limit_text = ", ".join(f"{value:.0f} GFLOP/s with {count}" for count, value in sorted(limits.items()))
    disturbed = sum(each.get("disturbed", 0) > 0 for work in works for each in work["entries"])
    return ["## " + processor["name"], "",
            f"{processor['processors']} processors, {' '.join(processor['flags'])}; our kernels run as "
            f"{processor['kernels']}. The limit, fused multiply-adds out of registers: {limit_text} (threads). "
            f"{versions(works)}.", "",
            *([f"\\* at {disturbed} of the times others took part of the processor in at least one round. {left_out} pieces "
               "of work were disturbed in most rounds and are left out.", ""] if disturbed or left_out else []),
            *networks_section(works), *means_section(works, processor), *layers_section(works, limits),
            *densities_section(works), *refusals(works)]


def put_into(document, lines):
    """Replaces the section of that heading, or appends it."""
    text = document.read_text().split("\n")
    heads = [i for i, line in enumerate(text) if line.startswith("## ")] + [len(text)]
    for start, end in zip(heads, heads[1:]):
        if text[start] == lines[0]:
            text[start:end] = lines
            break
    else:
        text = [*"\n".join(text).rstrip("\n").split("\n"), "", *lines]
    document.write_text("\n".join(text).rstrip("\n") + "\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("results", type=pathlib.Path)
    parser.add_argument("--update", action="store_true", help="writes into docs/performance.md")
    options = parser.parse_args()
    lines = section(json.loads(options.results.read_text()))
    if options.update:
        put_into(SOURCE / "docs" / "performance.md", lines)
    else:
        print("\n".join(lines))


if __name__ == "__main__":
    main()
