"""Names the processor and measures the limit that shares are taken of."""
import re
import subprocess

# Flags that decide which kernels a runtime has, in the order of their years.
FLAGS = ("avx2", "avx_vnni", "avx512f", "avx512_vnni", "avx512_bf16", "amx_int8")


def describe(engine_worker, threads):
    """The processor, and its fused multiply-adds a second out of registers for each count of threads."""
    text = open("/proc/cpuinfo").read()
    field = lambda name: re.search(rf"^{name}\s*: (.*)$", text, re.MULTILINE)[1].strip()  # noqa: E731
    flags = field("flags").split()
    limits = {}
    for count in threads:
        done = subprocess.run([engine_worker, "limit", str(count)], check=True, capture_output=True, text=True)
        limit, kernels = done.stdout.split()
        limits[str(count)] = float(limit)
    name = f"{field('model name')}, family {field('cpu family')}, model {field('model')}"
    return {"name": name, "processors": text.count("\nprocessor") + 1, "flags": [f for f in FLAGS if f in flags],
            "kernels": kernels, "gigaflops_limit": limits}
