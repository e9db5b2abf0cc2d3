"""gcompress measure --compare tells changes of two reports from noise, with an exit code for pipelines."""
import copy
import json

from _program import Scratch, check, run


def figure(value, unit, interval=None, provenance="measured"):
    return {"value": value, "unit": unit, "interval": interval, "provenance": provenance}


def model(role):
    return {"role": role, "name": role, "path": "m.onnx", "sha256": role,
            "sizes": {"parameters": 1000, "parameters_nonzero": 100, "parameters_outside_target": 0,
                      "dense_bytes": 4000, "packed_bytes": 500, "flops": 2000, "flops_nonzero": 200},
            "accuracy": {"metric": "top1", "correct": 9700, "total": 10000,
                         "figure": figure(0.97, "proportion", [0.966, 0.973])},
            "latency": [{"executor": "torch", "version": "2", "precision": "float", "batch": 1,
                         "threads": 2, "runs": 100, "median": figure(2.0, "ms", [1.9, 2.1]),
                         "p90": figure(2.2, "ms")}],
            "energy": {"per_inference": figure(0.5, "J", [0.45, 0.55]), "marginal": None,
                       "sensors": ["powercap package-0"]}}


REPORT = {"schema": "gcompress-report/1", "seed": 0,
          "host": {"processor": "p", "instruction_sets": ["avx2"], "cores": 2, "system": "s"},
          "models": [model("before"), model("after")], "comparison": None, "layers": [], "notes": []}


class Reports:
    """Two reports in a folder; the second can be changed."""

    def __init__(self, scratch):
        self.first, self.second = scratch / "first.json", scratch / "second.json"
        self.first.write_text(json.dumps(REPORT))

    def compare(self, *arguments, change=lambda after, report: None, code=0):
        report = copy.deepcopy(REPORT)
        change(report["models"][1], report)
        self.second.write_text(json.dumps(report))
        done = run("measure", "--compare", self.first, self.second, "--json", *arguments, code=code)
        return json.loads(done.stdout)


def of(result, what, role="after"):
    return next(each for each in result["figures"]
                if each["role"] == role and each["figure"].startswith(what))


def changes(reports):
    same = reports.compare()
    check(same["schema"] == "gcompress-report-comparison/1" and not same["regressed"], "nothing changed")
    check(of(same, "median")["change"] == "within noise", f"a latency is noise: {same}")
    check(of(same, "packed bytes")["change"] == "same", "bytes are the same")

    def slower(after, _):
        after["latency"][0]["median"] = figure(2.5, "ms", [2.4, 2.6])

    def hungrier(after, _):
        after["energy"]["per_inference"] = figure(0.6, "J", [0.58, 0.62])

    def larger(after, _):
        after["sizes"]["packed_bytes"] = 530

    def less_accurate(after, _):
        after["accuracy"].update(correct=9500, figure=figure(0.95, "proportion", [0.945, 0.954]))

    for change, what in ((slower, "median"), (hungrier, "energy"), (larger, "packed"), (less_accurate, "top1")):
        result = reports.compare(change=change, code=4)
        found = of(result, what)
        check(found["change"] == "worse" and found["regression"] and result["regressed"], f"{what}: {found}")
    reports.compare("--tolerance", 0.3, change=slower)
    reports.compare("--tolerance", 0.3, change=hungrier)
    reports.compare("--max-drop", 0.03, change=less_accurate)
    reports.compare("--max-drop", 0.01, change=less_accurate, code=4)

    def other_host(after, report):
        slower(after, report)
        report["host"]["processor"] = "q"

    result = reports.compare(change=other_host)
    check(of(result, "median")["change"] == "not compared", "other hosts have other latencies")
    check(any("q" in note for note in result["notes"]), f"and that is said: {result['notes']}")


def texts(reports):
    reports.compare()
    text = run("measure", "--compare", reports.first, reports.second).stdout
    for word in ("within noise", "packed bytes", "same", "Nothing"):
        check(word in text, f"'{word}' is in the text: {text}")
    folder = reports.first.parent / "out"
    folder.mkdir()
    (folder / "report.json").write_text(json.dumps(REPORT))
    run("measure", "--compare", folder, reports.second)


def refusals(reports):
    def expect(code, word, *arguments):
        done = run("measure", *arguments, code=code)
        check(word in done.stderr, f"'{word}' is said by {arguments}: {done.stderr!r}")

    reports.compare()
    damaged = reports.first.parent / "damaged.json"
    damaged.write_text(json.dumps(REPORT)[:200])
    expect(3, "damaged.json", "--compare", reports.first, damaged)
    damaged.write_text(json.dumps({**REPORT, "schema": "gcompress-report/9"}))
    expect(3, "schema", "--compare", damaged, reports.first)
    expect(3, "absent.json", "--compare", "absent.json", reports.first)
    expect(2, "--compare", "--compare", reports.first)
    expect(2, "measures nothing", "model.onnx", "--compare", reports.first, reports.second)
    expect(2, "--data", "--data", "life:", "--compare", reports.first, reports.second)
    expect(2, "--tolerance", "--compare", reports.first, reports.second, "--tolerance", "-1")
    expect(2, "--max-drop", "--compare", reports.first, reports.second, "--max-drop", "much")
    expect(2, "--compare", "model.onnx", "--tolerance", "0.1")
    expect(2, "before")


def main():
    with Scratch() as scratch:
        reports = Reports(scratch)
        changes(reports)
        texts(reports)
        refusals(reports)


main()
