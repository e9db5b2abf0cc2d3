"""gcompress footprint reproduces published footprints from their inputs, and keeps kinds of energy apart."""
import json
import os
import pathlib

from _program import Scratch, check, run

GRAMS_PER_POUND = 453.59237
SHIPPED = pathlib.Path(os.environ["GCOMPRESS_SOURCE"]) / "measure/carbon/constants.json"


def footprint(*arguments, **options):
    return json.loads(run("footprint", "--json", *arguments, **options).stdout)


def only_line(result):
    check(len(result["lines"]) == 1, f"there is one line: {result['lines']}")
    return result["lines"][0]


def value(line, name):
    return line[name]["value"]


def near(found, expected, tolerance, what):
    check(abs(found - expected) <= tolerance, f"{what} is {expected}, got {found}")


def strubell_constants(scratch):
    """Strubell, Ganesh & McCallum 2019: 0.954 pounds of CO2e and 0.12 dollars a kWh."""
    constants = json.loads(SHIPPED.read_text())
    constants["grid"]["rows"]["EPA"] = 0.954 * GRAMS_PER_POUND
    constants["tariff"].update(unit="USD/kWh", rows={"US": 0.12}, source="Strubell et al.", year=2019)
    path = scratch / "strubell.json"
    path.write_text(json.dumps(constants))
    return ["--constants", path, "--region", "EPA", "--tariff", "US"]


def strubell(scratch):
    world = strubell_constants(scratch)
    # Table 3: 1,515.43 W in all, 274,120 hours, PUE 1.58.
    line = only_line(footprint("--processor-watts", 1515.43, "--hours", 274120, "--pue", 1.58, *world))
    near(value(line, "kwh_facility"), 656347, 1, "the search's energy")
    near(value(line, "pounds_co2e"), 626155, 1, "the search's pounds")
    check(line["energy"]["provenance"] == "estimated", "an estimate is called one")
    line = only_line(footprint("--kwh", 656347, *world))
    near(value(line, "pounds_co2e"), 626155, 1, "the same from its kWh")
    check(line["kwh"]["provenance"] == "quoted", "what is given is called quoted")
    text = run("footprint", "--kwh", 656347, "--pounds", *world).stdout
    check("626,155 lb" in text, f"pounds are printed where asked for: {text}")
    check(" lb" not in run("footprint", "--kwh", 656347, *world).stdout, "and only there")


def campaign_of_4789_runs(scratch):
    world = strubell_constants(scratch)
    # Table 4: 9,870 dollars at 0.12 a kWh; the bill is rounded to 10 dollars (0.05%).
    line = only_line(footprint("--kwh", 9870 / 0.12 / 1.58, "--pue", 1.58, *world))
    near(value(line, "pounds_co2e"), 78468, 0.0005 * 78468, "the campaign's pounds by its bill")
    near(value(line, "money"), 9870, 1e-6, "the campaign's bill")
    # Table 1: 39 pounds, rounded (1.3%), for a run of 120 hours; 239,942 hours in all.
    watts = 39 / 0.954 / 1.58 / 120 * 1000
    line = only_line(footprint("--gpus", 1, "--gpu-watts", watts, "--hours", 239942 / 4789, "--runs",
                               4789, "--pue", 1.58, *world))
    near(value(line, "pounds_co2e"), 78000, 0.013 * 78000, "the campaign's pounds by its runs")


def bloomz():
    # Luccioni, Jernite & Strubell 2024, table 5: 51,686 + 7,571 kWh, 1e-4 kWh (360 J) an inference.
    found = only_line(footprint("--kwh", 51686 + 7571, "--saving", 360))["break_even"]
    near(found["inferences"]["value"], 592.57e6, 1e3, "BLOOMz's break-even")
    check("592.57 million" in found["sentence"], "it is said in words")
    found = only_line(footprint("--kwh", 1, "--saving", 2, "--saving-interval", "-1,5"))["break_even"]
    check(found["inferences"]["value"] is None, "nothing is paid by what may be no saving")
    check("never shown" in found["sentence"], "and that is said")


def report_of(scratch, stages):
    figure = {"unit": "J", "interval": None}
    report = {
        "schema": "gcompress-report/1", "seed": 0,
        "host": {"processor": "p", "instruction_sets": [], "cores": 2, "system": "s"}, "models": [],
        "comparison": {"energy_ratio": None, "break_even": {"saving": {
            "value": 0.5, "unit": "J", "interval": [0.4, 0.6], "provenance": "measured"}}},
        "stages": [{"name": name, "seconds": None,
                    "energy": {**figure, "value": joules, "provenance": provenance}}
                   for name, joules, provenance in stages]}
    path = scratch / "report.json"
    path.write_text(json.dumps(report))
    return path


def reports(scratch):
    path = report_of(scratch, [("train", 300, "measured"), ("prune", 60, "measured"),
                               ("recover", 7, "estimated")])
    measured, estimated = footprint("--report", path)["lines"]
    check(value(measured, "energy") == 360 and measured["energy"]["provenance"] == "measured",
          f"measured stages sum: {measured}")
    check(value(estimated, "energy") == 7 and estimated["energy"]["provenance"] == "estimated",
          f"estimated ones stand apart: {estimated}")
    near(measured["break_even"]["inferences"]["value"],
         720, 1e-6, "the report's own saving pays")
    check(estimated["break_even"]["inferences"]["value"] is None, "but only for its own kind")
    text = run("footprint", "--report", path).stdout
    for word in ("measured", "estimated", "after 720 inferences"):
        check(word in text, f"'{word}' is in the text: {text}")
    refusals(scratch, report_of(scratch, []))


def refusals(scratch, empty_report):
    def expect(code, word, *arguments):
        done = run("footprint", *arguments, code=code)
        check(word in done.stderr, f"'{word}' is said by {arguments}: {done.stderr!r}")

    expect(3, "energy", "--report", empty_report)
    damaged = scratch / "damaged.json"
    damaged.write_text(empty_report.read_text()[:100])
    expect(3, "damaged.json", "--report", damaged)
    expect(3, "damaged.json", "--kwh", "1", "--constants", damaged)
    expect(3, "absent.json", "--report", scratch / "absent.json")
    expect(2, "world", "--kwh", "1", "--region", "Atlantis")
    expect(2, "EU", "--kwh", "1", "--tariff", "Atlantis")
    expect(2, "average", "--kwh", "1", "--pue", "Atlantis")
    expect(2, "PUE", "--kwh", "1", "--pue", "0.5")
    expect(2, "--hours", "--processor-watts", "100")
    expect(2, "--gpu-watts", "--gpus", "1", "--hours", "2")
    expect(2, "--kwh", "--hours", "1", "--kwh", "1")
    expect(2, "--report")
    expect(2, "-1", "--kwh=-1")
    expect(2, "--saving-interval", "--kwh", "1", "--saving", "9", "--saving-interval", "1,2")


def lists():
    result = footprint("--list")
    check(result["schema"] == "gcompress-footprint/1", "the schema is named")
    for constant in result["constants"]:
        check(constant["source"] and constant["year"] > 2000, f"{constant} has a source and a year")
    text = run("footprint", "--list").stdout
    check("grid SE" in text and "2024" in text, f"the list is a table, too: {text}")
    used = footprint("--kwh", 1, "--region", "SE", "--pue", "average", "--tariff", "EU")["constants"]
    check([constant["name"] for constant in used] ==
          ["grid SE", "pue average", "tariff EU", "phone charge", "car"], f"constants used: {used}")


def main():
    with Scratch() as scratch:
        strubell(scratch)
        campaign_of_4789_runs(scratch)
        bloomz()
        reports(scratch)
        lists()


main()
