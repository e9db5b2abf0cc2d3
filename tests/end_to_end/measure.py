"""gcompress measure times networks in processes of their own, meters them, keeps the evidence, and verify
computes every figure again. The energy counter is made up: 20 W, whatever happens."""
import json
import os
import pathlib
import shutil
import subprocess
import threading
import time

from _program import BIN, Scratch, check, model_of, needs_training, report, run

WATTS = 20
STEP_SECONDS = 0.01


class Counter:
    """A tree of /sys with one package, whose counter a thread moves on."""

    def __init__(self, folder):
        self.root = folder
        zone = folder / "class" / "powercap" / "intel-rapl:0"
        zone.mkdir(parents=True)
        (zone / "name").write_text("package-0\n")
        (zone / "max_energy_range_uj").write_text("262143328850\n")
        self.file = zone / "energy_uj"
        self.stop = threading.Event()
        self.write(1)
        self.thread = threading.Thread(target=self.count)

    def write(self, joules):
        # One write of one length: a reader never sees half a number.
        descriptor = os.open(self.file, os.O_WRONLY | os.O_CREAT)
        os.pwrite(descriptor, b"%015d\n" % int(1e6 * joules), 0)
        os.close(descriptor)

    def count(self):
        begin = time.monotonic()
        while not self.stop.wait(STEP_SECONDS):
            if self.file.exists():
                self.write(1 + WATTS * (time.monotonic() - begin))

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.stop.set()
        self.thread.join()


def make_networks(scratch):
    """A player of the Game of Life and a tenth of it, quickly made and bad."""
    run("train", "life:n=1,m=7", "--data", "life:size=8,steps=1,count=2000,density=0.4", "--epochs", "1",
        "--no-latency", "--out", scratch / "dense", "--quiet", "--threads", "1")
    dense = scratch / "dense" / "model.onnx"
    run("prune", dense, "--target", "0.5", "--out", scratch / "half", "--quiet")
    return dense, scratch / "half" / "model.onnx"


DATA = ("--data", "life:size=8,steps=1,count=2000,density=0.4", "--threads", "1", "--quiet")
# Short windows, and other processes do not matter: the counter is made up.
SHORT = ("--energy", "--energy-minutes", "0.2", "--warm-up", "1", "--window", "1", "--foreign-share", "1")


def measured_energy(scratch, before, after):
    # On a loaded machine blocks may disagree with themselves; of three, two must be left.
    for attempt in range(4):
        with Counter(scratch / f"sys-{attempt}") as counter:
            run("measure", before, after, *DATA, *SHORT, "--sys", counter.root, "--batches", "1,16", "--out",
                scratch / "measured")
        result = report(scratch / "measured")
        if result["experiments"][0]["blocks"]["kept"] >= 2:
            break
    for role in ("before", "after"):
        model = model_of(result, role)
        energy = model["energy"]
        joules = energy["per_inference"]
        check(joules["provenance"] == "measured", "a counter gives measured joules")
        check(energy["sensors"] == ["powercap package-0"], "the sensor is named")
        watts = joules["value"] / energy["seconds"]["value"]
        check(abs(watts / WATTS - 1) < 0.03, f"joules over seconds are the counter's watts, not {watts}")
        check({"power", "operations"} == {estimate["model"] for estimate in energy["estimates"]},
              "estimates stand beside")
        check([latency["batch"] for latency in model["latency"]] == [1, 16], "both batches were timed")
        check(model["memory"]["peak"]["value"] > 1e7, "a process that runs networks takes memory")
        check(0 < model["memory"]["cold_start"]["value"] < 60000, "and time to start")
    check(abs(result["experiments"][0]["step_seconds"] / STEP_SECONDS - 1) < 1, "the step was found")
    check(result["comparison"]["energy_ratio"]["provenance"] == "measured", "so is their ratio")
    check(result["comparison"]["accuracy_verdict"] in ("equivalent", "better", "worse", "undecided"),
          "the accuracies were compared")
    label = run("inspect", scratch / "measured" / "model.onnx").stdout
    check("an inference by torch" in label, f"the network carries its label: {label}")
    return result


def verified(scratch):
    out = scratch / "measured"
    text = run("verify", out).stdout
    check("comes out" in text, f"an honest report verifies: {text}")
    check(json.loads(run("verify", "--json", out).stdout)["verified"], "in JSON too")


def tampered(scratch, name, change):
    """A copy of the folder with one file changed does not verify."""
    copy = scratch / "copy"
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(scratch / "measured", copy)
    file = copy / name
    file.write_text(change(file.read_text()))
    done = run("verify", copy, code=3)
    check("does not come out" in done.stdout or "do not come out" in done.stdout or done.stderr,
          f"a changed {name} is found: {done.stdout}{done.stderr}")


def changed_report(path, value):
    def change(text):
        json_value = json.loads(text)
        part = json_value
        for key in path[:-1]:
            part = part[key]
        check(part[path[-1]] != value, "the test changes something")
        part[path[-1]] = value
        return json.dumps(json_value)
    return change


def lies_are_found(scratch, result):
    tampered(scratch, "report.json", changed_report(["models", 1, "accuracy", "correct"], 1))
    tampered(scratch, "report.json", changed_report(["models", 1, "sizes", "parameters_nonzero"], 12))
    tampered(scratch, "report.json", changed_report(["models", 1, "energy", "per_inference", "value"], 1e-9))
    tampered(scratch, "report.json", changed_report(["models", 0, "latency", 0, "median", "value"], 1e-9))
    tampered(scratch, "report.json", changed_report(["comparison", "verdict"], "It paid."))
    tampered(scratch, "report.json", changed_report(["comparison", "energy_ratio", "value"], 0.1))
    tampered(scratch, "report.json",
             changed_report(["footprint", "inference", 0, "watt_hours_per_1000", "value"], 1e-12))
    tampered(scratch, "evidence/after.csv", lambda text: text.replace("\n0,1", "\n0,0", 1)
             if "\n0,1" in text else text.replace("\n0,0", "\n0,1", 1))
    tampered(scratch, "evidence/after.csv", lambda text: text + "nonsense\n")
    tampered(scratch, "evidence/before-milliseconds-1.csv", lambda text: text + "1000000\n")
    tampered(scratch, "evidence/windows-0.json",
             lambda text: text.replace('"inferences": ', '"inferences": 1', 1))
    tampered(scratch, "evidence/windows-0.json", lambda text: text[:len(text) // 2])
    check(result["models"][1]["sha256"] != "", "the network is named by its digest")
    copy = scratch / "copy"
    shutil.rmtree(copy)
    shutil.copytree(scratch / "measured", copy)
    shutil.copy(scratch / "dense" / "model.onnx", copy / "model.onnx")
    check("sha256" in run("verify", copy, code=3).stdout, "another network is found by its digest")
    (copy / "report.json").write_text('{"schema": "gcompress-report/9"}')
    check("gcompress-report/1" in run("verify", copy, code=3).stderr, "another schema is refused")
    run("verify", scratch / "nothing", code=3)


def vanishing_sensor(scratch, before, after):
    """The counter goes in the middle: windows are rejected, energy falls back to an estimate that says so."""
    with Counter(scratch / "vanishing") as counter:
        process = subprocess.Popen(
            [BIN, "measure", before, after, *DATA, *SHORT, "--sys", counter.root, "--out",
             scratch / "vanished"], stdout=subprocess.DEVNULL)
        deadline = time.monotonic() + 60
        while process.poll() is None and time.monotonic() < deadline:
            time.sleep(6)
            counter.stop.set()
            counter.thread.join()
            counter.file.unlink(missing_ok=True)
            break
        check(process.wait() == 0, "a sensor that vanishes does not end the measurement")
    result = report(scratch / "vanished")
    energy = model_of(result, "after")["energy"]
    rejected = result["experiments"][0]["rejected"]
    lost = "energy counter unreadable" in rejected or not energy["sensors"]
    check(lost, f"windows without a counter do not count: {rejected}")
    if energy["sensors"]:
        check(energy["per_inference"]["provenance"] == "measured", "what is left was measured")
    else:
        check(energy["per_inference"]["provenance"] == "estimated", "else it is called an estimate")


def no_counter(scratch, before, after):
    empty = scratch / "empty"
    empty.mkdir()
    run("measure", before, after, *DATA, *SHORT, "--sys", empty, "--out", scratch / "estimated")
    result = report(scratch / "estimated")
    joules = model_of(result, "after")["energy"]["per_inference"]
    check(joules["provenance"] == "estimated", "without a counter it is an estimate")
    check(0 < joules["interval"][0] < joules["interval"][1], "and a range")
    check(model_of(result, "after")["energy"]["marginal"]["value"] is None, "nothing is said of idling")
    check(result["comparison"]["energy_ratio"]["provenance"] == "estimated", "the ratio too")
    check([stage["name"] for stage in result["stages"]] == ["prune", "measure"],
          "what pruning took comes from the report beside the network")
    paid = result["comparison"]["break_even"]
    check(paid["spent"]["value"] > 0 and paid["sentence"], "and with it the break-even")
    run("verify", scratch / "estimated")


def refusals(scratch, before, after):
    check("whole numbers" in run("measure", before, *DATA, "--batches", "0", code=2).stderr, "batch 0")
    check("whole numbers" in run("measure", before, *DATA, "--batches", "1,x", code=2).stderr, "batch x")
    check("world" in run("measure", before, *DATA, "--region", "Atlantis", code=2).stderr,
          "an unknown region is answered with those there are")
    numbers = scratch / "numbers.csv"
    numbers.write_text("a,b,label\n" + "".join(f"{i % 7},{i % 3},{i % 2}\n" for i in range(60)))
    run("train", "mlp:hidden=4", "--data", f"csv:{numbers},label=label", "--epochs", "1", "--no-latency",
        "--out", scratch / "mlp", "--quiet", "--threads", "1")
    check("are not those of the network before" in
          run("measure", before, scratch / "mlp" / "model.onnx", *DATA, code=3).stderr,
          "inputs that differ are named")
    keep = scratch / "keep"
    keep.mkdir()
    (keep / "notes.txt").write_text("mine")
    run("measure", before, after, *DATA, "--no-latency", "--out", keep, code=2)
    check((keep / "notes.txt").read_text() == "mine", "a folder of something else stays as it is")
    empty = scratch / "empty.csv"
    empty.write_text("a,label\n")
    run("measure", before, after, "--data", f"csv:{empty},label=label", "--quiet", code=(2, 3))
    table = run("measure", before, after, *DATA, "--markdown", "--no-latency").stdout
    check(table.startswith("|  | before | after |"), f"a Markdown table: {table}")
    check("worker" not in run("--help").stdout, "the inside of a worker is not for users")


def main():
    needs_training()
    with Scratch() as scratch:
        before, after = make_networks(scratch)
        result = measured_energy(scratch, before, after)
        verified(scratch)
        lies_are_found(scratch, result)
        vanishing_sensor(scratch, before, after)
        no_counter(scratch, before, after)
        refusals(scratch, before, after)
        check(pathlib.Path(scratch / "measured" / "report.md").read_text().startswith("|"), "report.md")


main()
