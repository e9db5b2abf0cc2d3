#!/usr/bin/env python3
"""What the compiler says about every CUDA kernel, per architecture: registers, spills, shared memory, theoretical
occupancy, and the instructions of its machine code.

  cuda_resources.py --check   compares with bench/cuda/resources.json; exit code 1 on a spill, on an occupancy lower
                              than written there, or where instructions are missing that the kernel is built on
  cuda_resources.py --write   writes the file anew; where occupancy dropped, only with --because "REASON"
  cuda_resources.py --print   the table, without comparing

Needs nvcc and nvdisasm (scripts/fetch_wheels.sh sass); exit code 77 without them. Each kernel file is also compiled
to PTX by itself, without any option but the architecture.
"""

import argparse
import collections
import concurrent.futures
import glob
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
KERNELS = ROOT / "core/kernels/cuda"
FILE = ROOT / "bench/cuda/resources.json"
ARCHITECTURES = ("sm_80", "sm_90")

# Dynamic shared memory of the usual launch, by the beginning of the kernel's name.
DYNAMIC_SHARED = {"sparse_convolution": 32 * 1024}

# Instructions without which a kernel would not be what its name says: asynchronous copies, fragment loads, tensor
# cores (dense and sparse).
EXPECTED = {"bitmap_spmm_f16_": ("LDGSTS", "LDSM", "HMMA"), "bitmap_spmm_bf16_": ("LDGSTS", "LDSM", "HMMA"),
            "two_four_spmm_f16_": ("LDGSTS", "LDSM", "HMMA.SP")}

# Of a multiprocessor (CUDA C++ Programming Guide, technical specifications per compute capability).
LIMITS = {"sm_80": {"shared": 164 * 1024}, "sm_90": {"shared": 228 * 1024}}
REGISTERS, THREADS, BLOCKS, RESERVED_SHARED = 65536, 2048, 32, 1024

COUNTED = ("FFMA", "IDP", "HMMA", "IMMA", "LDG", "LDGSTS", "LDS", "LDSM", "STS", "STG", "SHFL", "POPC", "BAR", "LDL", "STL")


def find(name, places):
    return shutil.which(name) or next((p for place in places for p in sorted(glob.glob(os.path.expanduser(place)))), None)


def tools():
    cache = os.environ.get("GCOMPRESS_DEPS") or os.path.join(
        os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"), "gcompress")
    return (find("nvcc", ["/usr/local/cuda/bin/nvcc"]),
            find("nvdisasm", ["/usr/local/cuda/bin/nvdisasm", cache + "/nvidia-cuda-nvdisasm-*/nvidia/cu13/bin/nvdisasm"]))


def run(*command):
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    if result.returncode != 0:
        sys.exit(f"cuda_resources: {' '.join(map(str, command))} failed:\n{result.stderr}")
    return result.stdout, result.stderr


def blocks_resident(architecture, threads, registers, shared):
    """Blocks of a kernel that fit onto a multiprocessor at once."""
    warps = -(-threads // 32)
    registers_of_warp = -(-registers * 32 // 256) * 256
    by_registers = REGISTERS // registers_of_warp // 4 * 4 // warps  # warps are placed by four
    by_shared = LIMITS[architecture]["shared"] // (-(-(shared + RESERVED_SHARED) // 128) * 128)
    return min(BLOCKS, THREADS // (warps * 32), by_registers, by_shared)


def instructions_of(lines):
    """Opcodes of a function's machine code, and its loops: from a label to a branch back to it."""
    labels, branches, code = {}, [], []
    for line in lines:
        if label := re.match(r"\s*(\.L_\w+):", line):
            labels[label[1]] = len(code)
        elif instruction := re.match(r"\s+/\*\w+\*/\s+(@!?U?P\w+\s+)?([A-Z0-9_.]+)(.*)", line):
            if (instruction[1] or "").strip() == "@!PT":
                continue  # never happens: room that the assembler leaves around LDGSTS
            code.append(instruction[2])
            if instruction[2].startswith("BRA") and (target := re.search(r"\.L_\w+", instruction[3])):
                branches.append((len(code) - 1, target[0]))
    return code, sorted({(labels[target], at) for at, target in branches if labels.get(target, at + 1) <= at})


def count(code):
    counts = collections.Counter(op.split(".")[0] for op in code)
    return {name: counts[name] for name in COUNTED if counts[name]}


def multiplications(code):
    counts = count(code)
    return counts.get("FFMA", 0) + counts.get("IDP", 0)


def densest_loop_of(code, loops):
    """The innermost loop with the largest share of multiplications."""
    innermost = [(a, b) for a, b in loops if not any((a, b) != (c, d) and a <= c and d <= b for c, d in loops)]
    parts = [code[a:b + 1] for a, b in innermost]
    best = max(parts, key=lambda part: multiplications(part) / len(part), default=[])
    return {"instructions": len(best), "opcodes": count(best)} if multiplications(best) else None


def hot_loop_of(code, loops):
    """The loop with the most multiplications in it, without the loops inside of it."""
    best = (0, 0), []
    for begin, end in loops:
        inner = [(a, b) for a, b in loops if begin <= a and b <= end and (a, b) != (begin, end)]
        own = [op for i, op in enumerate(code[begin:end + 1], begin) if not any(a <= i <= b for a, b in inner)]
        key = count(own).get("HMMA", 0), multiplications(own)
        if key > best[0]:
            best = key, own
    return {"instructions": len(best[1]), "opcodes": count(best[1])} if best[1] else None


def of_file(source, architecture, nvcc, nvdisasm, folder):
    """The rows of one kernel file for one architecture."""
    stem = Path(folder) / f"{source.stem}-{architecture}"
    run(nvcc, "-arch=compute_80", "-ptx", source, "-o", f"{stem}.ptx")
    threads = {m[1]: int(m[2]) for m in re.finditer(r"\.entry (\w+)\(.*?\.maxntid (\d+)", Path(f"{stem}.ptx").read_text(), re.S)}
    _, log = run(nvcc, f"-arch={architecture}", "-cubin", "-Xptxas", "-v,-suppress-sparse-mma-advisory-info", source, "-o", f"{stem}.cubin")
    if "warning" in log.lower():
        sys.exit(f"cuda_resources: {source.name} compiles with warnings:\n{log}")
    sass, _ = run(nvdisasm, "--print-code", f"{stem}.cubin")
    functions = {}
    for part in re.split(r"\n//-+ \.text\.", sass)[1:]:
        functions[part.split(maxsplit=1)[0]] = part.splitlines()[1:]
    for part in re.split(r"Compiling entry function '", log)[1:]:
        name = part.split("'")[0]
        registers = int(re.search(r"Used (\d+) registers", part)[1])
        shared = re.search(r"(\d+) bytes smem", part)
        stack, stores, loads = map(int, re.search(
            r"(\d+) bytes stack frame, (\d+) bytes spill stores, (\d+) bytes spill loads", part).groups())
        static = int(shared[1]) if shared else 0
        dynamic = next((b for k, b in DYNAMIC_SHARED.items() if name.startswith(k)), 0)
        blocks = blocks_resident(architecture, threads[name], registers, static + dynamic)
        code, loops = instructions_of(functions[name])
        yield {
            "kernel": name, "architecture": architecture, "threads": threads[name], "registers": registers,
            "stack_bytes": stack, "spill_bytes": stores + loads, "static_shared_bytes": static,
            "dynamic_shared_bytes": dynamic, "blocks_per_multiprocessor": blocks,
            "occupancy": round(blocks * threads[name] / THREADS, 4), "instructions": len(code),
            "opcodes": count(code),
            "hot_loop": hot_loop_of(code, loops), "densest_loop": densest_loop_of(code, loops),
            "missing": [op for k, ops in EXPECTED.items() if name.startswith(k) for op in ops
                        if not any(c == op or c.startswith(op + ".") for c in code)],
        }


def measure(nvcc, nvdisasm):
    jobs = [(source, architecture) for source in sorted(KERNELS.glob("*/*.cu")) for architecture in ARCHITECTURES]
    with tempfile.TemporaryDirectory() as folder, concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        rows = pool.map(lambda job: list(of_file(*job, nvcc, nvdisasm, folder)), jobs)
        return sorted((row for part in rows for row in part), key=lambda r: (r["kernel"], r["architecture"]))


def faults_of(row, before):
    where = f"{row['kernel']} on {row['architecture']}"
    if row["spill_bytes"] or row["stack_bytes"]:
        yield f"{where} spills {row['spill_bytes']} bytes and has a stack of {row['stack_bytes']} bytes."
    for op in row["missing"]:
        yield f"{where} has no {op} instruction, which it is built on."
    if before is None:
        yield f"{where} is not in {FILE.relative_to(ROOT)}; run scripts/cuda_resources.py --write."
    elif row["occupancy"] < before["occupancy"]:
        yield (f"{where} has an occupancy of {row['occupancy']:.2f}, before {before['occupancy']:.2f}; if that is meant, "
               "run scripts/cuda_resources.py --write --because REASON.")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    what = parser.add_mutually_exclusive_group(required=True)
    for name in ("check", "write", "print"):
        what.add_argument(f"--{name}", action="store_true")
    parser.add_argument("--because", help="why occupancy may drop")
    options = parser.parse_args()

    nvcc, nvdisasm = tools()
    if not nvcc or not nvdisasm:
        print("cuda_resources: needs nvcc and nvdisasm; run scripts/fetch_wheels.sh sass for the second", file=sys.stderr)
        return 77
    rows = measure(nvcc, nvdisasm)
    old = {(r["kernel"], r["architecture"]): r for r in json.loads(FILE.read_text())["kernels"]} if FILE.exists() else {}
    if options.print:
        for row in rows:
            print(f"{row['kernel']:28} {row['architecture']} {row['registers']:3} registers {row['spill_bytes']:3} spilled "
                  f"{row['static_shared_bytes'] + row['dynamic_shared_bytes']:6} shared {row['occupancy']:5.0%} "
                  f"{row['instructions']:5} instructions")
        return 0
    faults = []
    for row in rows:
        before = old.get((row["kernel"], row["architecture"]))
        if options.write:
            if before and "occupancy_because" in before:
                row["occupancy_because"] = before["occupancy_because"]
            if before and row["occupancy"] < before["occupancy"] and options.because:
                row["occupancy_because"] = options.because
                before = row
            before = before or row
        faults += faults_of(row, before)
    for fault in faults:
        print(fault)
    print(f"cuda_resources: {len(rows)} kernels, {len(faults)} faults")
    if options.write and not faults:
        for row in rows:
            del row["missing"]
        compiler = re.search(r"release ([\d.]+)", run(nvcc, "--version")[0])[1]
        lines = ",\n".join("  " + json.dumps(row) for row in rows)
        FILE.write_text(f'{{"compiler": "nvcc {compiler}", "kernels": [\n{lines}\n]}}\n')
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
