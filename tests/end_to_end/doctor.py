"""gcompress doctor finds sensors, says why others are missing, and answers at once; on made-up trees."""
import json
import os
import pathlib
import subprocess
import sys

from _program import BIN, Scratch, check, run


def zone(root, folder, name, microjoules):
    at = root / "class" / "powercap" / folder
    at.mkdir(parents=True)
    (at / "name").write_text(name + "\n")
    (at / "energy_uj").write_text(f"{microjoules}\n")
    (at / "max_energy_range_uj").write_text("262143328850\n")


def doctor(*arguments, environment=None):
    done = run("doctor", "--json", *arguments, env={**os.environ, **(environment or {})})
    return json.loads(done.stdout)


def missing(findings, name):
    for sensor in findings["missing"]:
        if sensor["name"] == name:
            return sensor
    sys.exit(f"{name} is not among the missing: {findings['missing']}")


def nothing_there(scratch):
    findings = doctor("--sys", scratch, "--nvml", scratch / "none.so")
    check(findings["schema"] == "gcompress-doctor/1", "the schema is named")
    check(findings["sensors"] == [], "an empty tree has no sensors")
    check(not findings["packages_complete"], "an empty tree has no counter")
    estimate = findings["estimate"]["energy"]
    check(estimate["provenance"] == "estimated", "an estimate is called one")
    low, high = estimate["interval"]
    check(0 < low < high, "an estimate is a range")
    check(findings["estimate"]["assumptions"], "an estimate has assumptions")
    check("none.so" in missing(findings, "nvml")["reason"], "the missing library is named")
    check(findings["machine"]["threads"] >= 1, "there is a processor")
    check(findings["libraries"]["fmt"], "libraries have versions")
    text = run("doctor", "--sys", scratch, "--nvml", scratch / "none.so").stdout
    for word in ("Machine", "Energy sensors", "estimated", "none.so", "Libraries"):
        check(word in text, f"'{word}' is in the text: {text}")


def power_given(scratch):
    findings = doctor("--sys", scratch, "--nvml", scratch / "none.so", "--tdp", 65)
    check(findings["estimate"]["energy"]["interval"] == [65, 65], "full load takes the power given")


def two_sockets(scratch):
    for socket in range(2):
        zone(scratch, f"intel-rapl:{socket}", f"package-{socket}", 1000 + socket)
        zone(scratch, f"intel-rapl:{socket}:0", "core", 500)
        zone(scratch, f"intel-rapl:{socket}:1", "dram", 700)
    zone(scratch, "intel-rapl:2", "psys", 5000)
    zone(scratch, "intel-rapl-mmio:0", "package-0", 1000)
    findings = doctor("--sys", scratch, "--nvml", scratch / "none.so")
    parts = [sensor["part"] for sensor in findings["sensors"] if sensor["used"]]
    check(parts == ["package-0", "package-1", "dram-0", "dram-1"], f"packages count once: {parts}")
    check(findings["packages_complete"] and findings["estimate"] is None, "nothing is estimated")
    check(any("psys" in sentence for sentence in findings["left_out"]), "psys is left out")
    check(any("mmio" in sentence for sentence in findings["left_out"]), "the duplicate is left out")
    # Files that never change have no step, and that is said.
    for sensor in findings["sensors"]:
        check(sensor["step"]["seconds"] is None and sensor["step"]["why_not"], "no step is invented")


def gpus(scratch):
    library = pathlib.Path(os.environ["GCOMPRESS_BUILD"]) / "tests" / "libfake_nvml.so"
    if not library.exists():
        return
    findings = doctor("--sys", scratch / "empty", "--nvml", library,
                      environment={"FAKE_NVML_GPUS": "2"})
    check([gpu["bus_id"] for gpu in findings["gpus"]] == ["0000:3b:00.0", "0000:af:00.0"],
          "both GPUs are listed")
    check(findings["nvidia_driver"] == "550.54.15", "the driver is named")
    used = [sensor["name"] for sensor in findings["sensors"] if sensor["used"]]
    check(used == ["nvml 0000:3b:00.0 energy", "nvml 0000:af:00.0 energy"], f"counters used: {used}")
    check("Fake GPU 1" in run("doctor", "--sys", scratch, "--nvml", library,
                              env={**os.environ, "FAKE_NVML_GPUS": "2"}).stdout, "GPUs are named")


def meters(scratch):
    good = doctor("--sys", scratch / "empty", "--nvml", "none.so", "--meter",
                  "printf '1 10\\n'; exec sleep 100")
    check([sensor["name"] for sensor in good["sensors"]] == ["meter"], "the meter is found")
    bad = doctor("--sys", scratch / "empty", "--nvml", "none.so", "--meter", "echo 12 volts")
    check("12 volts" in missing(bad, "meter")["reason"], "nonsense is quoted")


def main():
    with Scratch() as scratch:
        nothing_there(scratch)
        power_given(scratch)
    with Scratch() as scratch:
        two_sockets(scratch)
        gpus(scratch)
        meters(scratch)
    # On this machine, whatever it is.
    run("doctor")
    check(subprocess.run([BIN, "doctor", "--sys"], capture_output=True).returncode == 2,
          "an option without its value is wrong usage")


main()
