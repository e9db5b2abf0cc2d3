"""Reports that no run gives so soon: one with every part, one network alone, and a hostile one."""
import math
import random

MARGIN = 0.005
BEFORE_JOULES, AFTER_JOULES = 1.92e-3, 1.17e-3


def figure(value, unit, interval=None, provenance="measured"):
    return {"value": value, "unit": unit, "interval": interval, "provenance": provenance}


def around(value, unit, share, provenance="measured"):
    return figure(value, unit, [value * (1 - share), value * (1 + share)], provenance)


def wilson(correct, total):
    z2 = 1.959964 ** 2
    p = correct / total
    middle = (p + z2 / (2 * total)) / (1 + z2 / total)
    half = 1.959964 / (1 + z2 / total) * math.sqrt(p * (1 - p) / total + z2 / (4 * total * total))
    return [middle - half, middle + half]


def latency(executor, version, precision, batch, median):
    return {"executor": executor, "version": version, "precision": precision, "batch": batch,
            "threads": 1, "runs": 400, "median": around(median, "ms", 0.015), "p90": around(median * 1.11, "ms", 0.02),
            "p99": around(median * 1.46, "ms", 0.06), "throughput": around(1000 * batch / median, "inferences/s", 0.012)}


def model(role, name, correct, nonzero, packed, milliseconds, joules, marginal,
          runtime=("engine", "0.1.0", "float"), provenance="measured"):
    return {
        "role": role, "name": name,
        "path": "model.onnx" if role == "after" else f"{name}.onnx".replace(" ", "-"),
        "sha256": "".join(random.Random(name).choices("0123456789abcdef", k=64)),
        "sizes": {"parameters": 266610, "parameters_nonzero": nonzero, "parameters_outside_target": 0,
                  "dense_bytes": 1066440, "packed_bytes": packed, "flops": 532400,
                  "flops_nonzero": 2 * nonzero - 820},
        "accuracy": {"metric": "top1", "correct": correct, "total": 10000,
                     "figure": figure(correct / 10000, "proportion", wilson(correct, 10000))},
        "latency": [latency(*runtime, 1, milliseconds), latency(*runtime, 64, milliseconds * 21)],
        "memory": {"peak": around(61.4e6 * (0.7 + 0.3 * nonzero / 266610), "bytes", 0.01),
                   "cold_start": around(38.0, "ms", 0.06)},
        "energy": {"per_inference": around(joules, "J", 0.02 if provenance == "measured" else 0.3,
                                           provenance),
                   "marginal": None if marginal is None else around(marginal, "J", 0.04),
                   "idle_power": around(11.8, "W", 0.01), "seconds": around(milliseconds / 1000, "s", 0.012),
                   "sensors": ["powercap package-0", "powercap dram"] if provenance == "measured" else [],
                   "beside": {"external": around(joules * 2.4, "J", 0.05)} if role != "rival" else {},
                   "estimates": [
                       {"model": "power",
                        "per_inference": figure(joules * 1.22, "J", [joules * 0.8, joules * 1.7], "estimated"),
                        "assumptions": ["65 W at full load, by the processor's rated power",
                                        "one of 8 cores busy"]},
                       {"model": "operations",
                        "per_inference": figure(4.4e-6 * nonzero / 26661, "J", [1e-6, 1.3e-5], "estimated"),
                        "assumptions": ["45 nm energies per operation (Horowitz 2014)",
                                        "all weights from DRAM once"]}]},
    }


def experiment(generator, name, seconds_ratio, joules_ratio, blocks=12):
    """Paired windows: warm-ups, then blocks of four between idle baselines; some of them rejected."""
    clock = 81234.0
    windows, ratios = [], []

    def add(kind, side, block, position, seconds, watts, rejected=None):
        nonlocal clock
        clock += generator.uniform(0.1, 0.5)
        warmth = 1 - math.exp(-(clock - 81234) / 90)
        joules = watts * seconds * generator.gauss(1, 0.006)
        work = kind != "idle"
        windows.append({
            "kind": kind, "side": side, "block": block, "position": position, "begin": clock,
            "seconds": seconds, "inferences": int(seconds / 1.05e-4) if work else 0, "joules": joules,
            "integrated_joules": joules * 1.01,
            "temperature": 46 + 17 * warmth + (1.5 if work else -2) + generator.gauss(0, 0.4),
            "megahertz": generator.gauss(3350 if work else 3100, 25), "rejected": rejected})
        clock += seconds

    watts = {"before": 24.6, "after": 24.6 * joules_ratio / seconds_ratio}
    for side in ("before", "after", "before"):
        add("warm-up", side, -1, 0, 5, watts[side] * 0.97)
    for block in range(blocks):
        add("idle", None, block, 0, 5, 11.8)
        first, second = ("before", "after") if generator.random() < 0.5 else ("after", "before")
        bad = {4: "throttled", 9: "another process was busy"}.get(block)
        for position, side in enumerate((first, second, second, first)):
            rejected = bad if bad and position == 2 else None
            add("work", side, block, position, 10, watts[side] * (1.16 if rejected else 1), rejected)
        ratios.append({"block": block, "seconds": generator.gauss(seconds_ratio, 0.008),
                       "joules": generator.gauss(joules_ratio, 0.010) * (1.05 if bad else 1),
                       "kept": not bad})
    add("idle", None, blocks, 0, 5, 11.8)
    return {"before": "before", "after": name, "conclusive": True, "half_width": 0.0062,
            "blocks": {"kept": blocks - 2, "rejected_outside": 2, "rejected_discord": 0},
            "rejected": {"throttled": 1, "another process was busy": 1}, "step_seconds": 0.001,
            "counters_disagree": 0, "ratios": ratios, "windows": windows,
            "notes": ["Turbo was on: the clock is that of a short load."]}


def layer(name, parameters, kept, role="kernel", floored=False):
    return {"layer": name, "tensor": f"{name}.{'bias' if role == 'bias' else 'weight'}", "role": role,
            "parameters": parameters, "kept": kept, "floored": floored, "outside_target": False}


def footprint(rows):
    grams = lambda joules: joules / 3.6 * 473 / 1000
    return {
        "region": "world", "pue": 1.0, "tariff": "EU",
        "inference": [{"role": role, "name": name, "watt_hours_per_1000": around(joules / 3.6, "Wh per 1,000 inferences", 0.02),
                       "grams_co2e_per_1000": around(grams(joules), "g CO2e per 1,000 inferences", 0.02)}
                      for role, name, joules in rows],
        "compression": {"kwh": around(0.0313, "kWh", 0.03),
                        "grams_co2e": around(0.0313 * 473, "g CO2e", 0.03),
                        "phone_charges": around(0.0313 / 0.022, "phone charges", 0.03),
                        "car_km": around(0.0313 * 473 / 106.8, "km by car", 0.03),
                        "money": around(0.0313 * 0.2889, "EUR", 0.03)},
        "grid": {"US": 383.5, "DE": 344.1, "GB": 210.9, "FR": 44.2, "SE": 35.8, "CN": 559.6, "IN": 708.3,
                 "world": 473},
        "constants": [
            {"name": "grid, world", "value": 473, "unit": "g CO2e/kWh", "year": 2024,
             "source": "Ember, by way of Our World in Data (CC BY 4.0)"},
            {"name": "PUE, none", "value": 1.0, "unit": "facility energy / equipment energy",
             "source": "1 where the meter sees everything", "year": 2025},
            {"name": "phone charge", "value": 0.022, "unit": "kWh", "year": 2024,
             "source": "Luccioni, Jernite & Strubell, Power Hungry Processing"},
            {"name": "car", "value": 106.8, "unit": "g CO2e/km", "year": 2024,
             "source": "EEA, new passenger cars in the EU"},
            {"name": "tariff, EU", "value": 0.2889, "unit": "EUR/kWh", "year": 2024,
             "source": "Eurostat, household consumers"}]}


def full():
    generator = random.Random(7)
    models = [
        model("before", "before", 9840, 266610, 985210, 0.1049, BEFORE_JOULES, 1.0e-3),
        model("after", "after", 9838, 26661, 112384, 0.0712, AFTER_JOULES, 5.6e-4),
        model("rival", "dense trained on", 9843, 266610, 985940, 0.1051, 1.93e-3, 1.01e-3),
        model("rival", "dense, narrow, same bytes", 9781, 26710, 99310, 0.0433, 7.3e-4, 3.3e-4),
        model("rival", "int8", 9836, 266610, 252300, 0.0587, 1.31e-3, None,
              ("onnxruntime", "1.31.1", "int8"), "estimated"),
    ]
    per_class = []
    for digit, total in enumerate([980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]):
        right = total - generator.randint(8, 25)
        per_class.append({"class": digit, "total": total, "before_right": right,
                          "after_right": right + generator.randint(-4, 4)})
    ratio = AFTER_JOULES / BEFORE_JOULES
    spent, saving = 112700.0, BEFORE_JOULES - AFTER_JOULES
    return {
        "schema": "gcompress-report/1", "seed": 0,
        "host": {"processor": "AMD Ryzen 7 5800X 8-Core Processor", "instruction_sets": ["avx2", "fma"],
                 "cores": 8, "system": "Linux 6.1.0", "governor": "performance", "virtual": False},
        "models": models,
        "comparison": {
            "accuracy_difference": figure(-0.0002, "proportion", [-0.00193, 0.00153]),
            "accuracy_verdict": "equivalent", "margin": MARGIN, "mcnemar_p": 0.9098,
            "changed_samples": {"only_before_right": 40, "only_after_right": 38}, "per_class": per_class,
            "latency_ratio": around(0.0712 / 0.1049, "after / before", 0.006),
            "energy_ratio": around(ratio, "after / before", 0.0062),
            "marginal_energy_ratio": around(0.56, "after / before", 0.011),
            "break_even": {"spent": around(spent, "J", 0.03), "saving": around(saving, "J", 0.055),
                           "inferences": figure(spent / saving, "inferences", [
                               0.97 * spent / (1.055 * saving), 1.03 * spent / (0.945 * saving)]),
                           "sentence": "after 150.27 million inferences [138.16 million, 163.78 million]"},
            "verdict": "Pruned to 10.0% of its parameters, the network is as accurate within 0.5 points: "
                       "98.38% against 98.40%, with 39% less energy per inference."},
        "experiments": [experiment(generator, "after", 0.0712 / 0.1049, ratio)],
        "stages": [{"name": "train", "seconds": figure(412.3, "s"), "energy": around(16900.0, "J", 0.03)},
                   {"name": "prune", "seconds": figure(1873.0, "s"), "energy": around(77400.0, "J", 0.03)},
                   {"name": "rivals", "seconds": figure(402.0, "s"), "energy": around(16600.0, "J", 0.03)},
                   {"name": "measure", "seconds": figure(560.0, "s"),
                    "energy": figure(1800.0, "J", [900.0, 2700.0], "estimated")}],
        "footprint": footprint([("before", "before", BEFORE_JOULES), ("after", "after", AFTER_JOULES)]),
        "layers": [layer("fc1", 235200, 17804) | {"sensitivity": [{"density": 0.5, "loss": 0.004},
                                                                  {"density": 0.1, "loss": 0.26}]}, layer("fc1", 300, 300, "bias"), layer("fc2", 30000, 7856),
                   layer("fc2", 100, 100, "bias"), layer("fc3", 1000, 591, floored=True),
                   layer("fc3", 10, 10, "bias")],
        "notes": ["The rival int8 was not metered: onnxruntime ran it for too short a time. Its energy is an "
                  "estimate by power.",
                  "Turbo could not be turned off: no permission."]}


def minimal():
    """What `gcompress measure` writes of one network where nothing can be metered."""
    return {
        "schema": "gcompress-report/1", "seed": 3,
        "host": {"processor": "", "instruction_sets": [], "cores": 2, "system": "Linux"},
        "models": [{
            "role": "after", "name": "resnet.onnx", "path": "resnet.onnx", "sha256": "",
            "sizes": {"parameters": 272474, "parameters_nonzero": 272474, "parameters_outside_target": 0,
                      "dense_bytes": 1089896, "packed_bytes": None, "flops": 81600000,
                      "flops_nonzero": 81600000},
            "accuracy": None, "latency": [], "memory": None, "energy": None}],
        "comparison": None, "experiments": [], "stages": [], "footprint": None, "layers": [], "notes": []}


SCRIPT = "</script><script>document.title='broken in'</script>"
IMAGE = "<img src=x onerror=\"document.title='broken in'\">"


def hostile():
    """Strings that try to be markup, numbers beyond sense, null and wrong types everywhere else."""
    report = full()
    report["comparison"]["verdict"] = (
        f"{SCRIPT} <!-- {IMAGE} \u2028\u2029 ]]> \ufffd {{{{report}}}} &amp; \u202eevil")
    report["comparison"]["break_even"] = {
        "spent": None, "saving": figure(None, SCRIPT), "inferences": figure(None, ""),
        "sentence": "never shown: " + IMAGE}
    report["host"]["processor"] = IMAGE + "x" * 400
    report["notes"] = [SCRIPT, "<!--<script>", None, 7, {"a": "b"}, "long" * 300]
    report["footprint"]["grid"] = {SCRIPT: 473, "__proto__": 12, "constructor": 3, "null": None, "world": 1e300}
    report["footprint"]["region"] = SCRIPT
    report["footprint"]["compression"] = {"kwh": figure(1e300, "kWh", [None, "x"], "<b>")}
    before, after, *rivals = report["models"]
    before["accuracy"]["figure"] = figure(1e308, "constructor", [-1e308, 1e308], SCRIPT)
    before["sizes"] = {"parameters": 10 ** 300, "parameters_nonzero": -5, "dense_bytes": "many", "flops": [],
                       "packed_bytes": {}}
    after["latency"] = [{"executor": IMAGE, "version": 7, "batch": 1e99, "threads": -1,
                         "median": figure(1e-300, "__proto__"), "p90": "no figure", "p99": None}]
    after["name"] = SCRIPT
    rivals[0]["name"] = IMAGE
    rivals[1]["energy"] = {"per_inference": figure(-1e-3, "J"), "sensors": "none",
                           "estimates": [None, {"assumptions": 3}]}
    rivals[2].update(accuracy="x", latency=None, memory=[], sizes=None, role=IMAGE)
    report["models"] += [None, 5, "x", {}]
    window = report["experiments"][0]["windows"]
    window[0].update(seconds=0)
    window[1].update(seconds=1e-300, joules=1e300)
    window[2].update(kind=SCRIPT, side="constructor")
    window[3].update(begin=None)
    report["experiments"] += [{}, None, {"before": SCRIPT, "after": IMAGE, "rejected": {SCRIPT: 1},
                                         "ratios": [{}, {"seconds": 1e300}], "windows": {}}]
    report["stages"] += [{}, {"name": SCRIPT, "seconds": figure(1e300, "s")}]
    report["layers"] += [{}, layer(SCRIPT, -1, 10 ** 30) | {"sensitivity": [{}, 3, {"density": -1, "loss": None}]},
                         layer(IMAGE, 10, 5) | {"sensitivity": SCRIPT}]
    report["comparison"]["per_class"] += [{}, {"class": SCRIPT, "total": 0}]
    return report


def empty():
    """Null for every part."""
    return {key: None for key in full()}
