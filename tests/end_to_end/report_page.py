"""report.html in a browser: it draws what report.json says, light and dark, on a desk, a phone and paper.

GCOMPRESS_SCREENSHOTS=FOLDER keeps what the browser showed.
"""
import json
import math
import os
import pathlib
import subprocess

import _reports
from _browser import Browser, find
from _program import Scratch, check, run, skip, trains

ROWS = {  # rows of the headline table, and where report.json has their figures
    "accuracy": lambda model: (model["accuracy"] or {}).get("figure"),
    "parameters": lambda model: {"value": model["sizes"]["parameters"]},
    "parameters_nonzero": lambda model: {"value": model["sizes"]["parameters_nonzero"]},
    "dense_bytes": lambda model: {"value": model["sizes"]["dense_bytes"]},
    "packed_bytes": lambda model: {"value": model["sizes"]["packed_bytes"]},
    "flops": lambda model: {"value": model["sizes"]["flops"]},
    "flops_nonzero": lambda model: {"value": model["sizes"]["flops_nonzero"]},
    "latency_median": lambda model: latency(model).get("median"),
    "latency_p90": lambda model: latency(model).get("p90"),
    "latency_p99": lambda model: latency(model).get("p99"),
    "throughput": lambda model: latency(model).get("throughput"),
    "memory_peak": lambda model: (model.get("memory") or {}).get("peak"),
    "cold_start": lambda model: (model.get("memory") or {}).get("cold_start"),
    "energy_per_inference": lambda model: (model.get("energy") or {}).get("per_inference"),
    "energy_marginal": lambda model: (model.get("energy") or {}).get("marginal"),
}
HEADLINE = """Object.fromEntries([...document.querySelectorAll('tr[data-figure]')].map(row => [
  row.dataset.figure, [...row.querySelectorAll('td')].map(cell => ({value: cell.querySelector('data')?.value ?? null,
    text: cell.innerText.trim()}))]))"""
CANVASES = """[...document.querySelectorAll('canvas')].map(canvas => {
  const {data} = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
  const colours = new Set();
  for (let i = 0; i < data.length; i += 4)
    if (data[i + 3] > 200) colours.add(data[i] << 16 | data[i + 1] << 8 | data[i + 2]);
  return {name: canvas.getAttribute('aria-label'), width: canvas.clientWidth, height: canvas.clientHeight,
          colours: colours.size, hasTable: !!canvas.closest('figure').querySelector('details table')};
})"""
SIDEWAYS = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
STRAY = """[...document.querySelectorAll('body *')].filter(node => {
  const box = node.getBoundingClientRect();
  return box.width > 0 && box.right > document.documentElement.clientWidth + 1 && !node.closest('.scroll');
}).map(node => node.tagName + '.' + node.className).slice(0, 5)"""
SMALL_TEXT = """[...document.querySelectorAll('body *')].filter(node => node.offsetParent &&
  [...node.childNodes].some(child => child.nodeType === 3 && child.textContent.trim()) &&
  parseFloat(getComputedStyle(node).fontSize) < 11).map(node => node.textContent.slice(0, 40))"""


def latency(model):
    entries = model["latency"]
    return next((entry for entry in entries if entry["batch"] == 1), entries[0] if entries else {})


def make_page(report, path):
    program = pathlib.Path(os.environ["GCOMPRESS_BUILD"]) / "tests" / "report_page_of"
    json_bytes = json.dumps(report, ensure_ascii=False).encode()
    path.write_bytes(subprocess.run([program], input=json_bytes, capture_output=True, check=True).stdout)
    return path


def keep(browser, name):
    if os.environ.get("GCOMPRESS_SCREENSHOTS"):
        browser.screenshot(pathlib.Path(os.environ["GCOMPRESS_SCREENSHOTS"]) / f"{name}.png")


def visit(browser, path, width, dark=False):
    browser.open(path, width, dark=dark)
    keep(browser, f"{path.stem}-{width}-{'dark' if dark else 'light'}")
    canvases = browser.evaluate(CANVASES)
    check(not browser.problems, f"{path.name} opens without a word in the console: {browser.problems}")
    for canvas in canvases:
        check(canvas["colours"] > 2 and canvas["height"] > 50, f"{path.name} draws {canvas}")
        check(canvas["name"] and canvas["hasTable"], f"{canvas} can be read without seeing it")
    check(browser.evaluate(SIDEWAYS) <= 0,
          f"{path.name} fits {width} pixels, without {browser.evaluate(STRAY)}")
    check(not (small := browser.evaluate(SMALL_TEXT)), f"no text is too small to read: {small}")
    return canvases


def figures_agree(browser, report):
    shown = browser.evaluate(HEADLINE)
    for row, of in ROWS.items():
        check(len(shown[row]) == len(report["models"]), f"{row} has a cell for each network")
        for cell, model in zip(shown[row], report["models"]):
            value = (of(model) or {}).get("value")
            if value is None:
                check(cell["value"] is None and cell["text"] in ("not measured", "not packed"),
                      f"{row} of {model['name']} says that nothing was measured: {cell}")
            else:
                check(float(cell["value"]) == value, f"{row} of {model['name']} is {value}: {cell}")
    for cell, model in zip(shown["accuracy"], report["models"]):
        if model["accuracy"] and model["accuracy"]["figure"]["unit"] == "proportion":
            check(cell["text"].startswith(f"{100 * model['accuracy']['figure']['value']:.2f}%"),
                  f"the accuracy reads right: {cell}")


def test_full(browser, scratch):
    report = _reports.full()
    page = make_page(report, scratch / "full.html")
    wide = visit(browser, page, 1280)
    check(len(wide) == 11, f"eleven charts are drawn, not {len(wide)}")
    figures_agree(browser, report)
    picture = "document.querySelector('canvas').toDataURL()"
    light = browser.evaluate(picture)
    browser.prefer(dark=True)
    check(browser.evaluate(picture) != light, "an open page turns dark, and its charts with it")
    visit(browser, page, 1280, dark=True)
    visit(browser, page, 390)
    visit(browser, page, 320)
    visit(browser, page, 390, dark=True)
    heading = browser.evaluate("document.querySelector('h1').textContent")
    check(heading == report["comparison"]["verdict"], f"the verdict comes first: {heading}")
    for word in ("not measured", "estimated", "measured", "conclusive", "throttled"):
        check(word in browser.evaluate("document.body.innerText"), f"the page says {word}")


def test_footprint(browser, scratch):
    """By keyboard alone: another grid, another PUE, and back."""
    report = _reports.full()
    browser.open(make_page(report, scratch / "footprint.html"), 1000)
    carbon = """[...document.querySelectorAll('.footprint table')].map(table =>
      [...table.querySelectorAll('tbody tr')].map(row => Number([...row.querySelectorAll('data')].at(-1).value)))"""
    footprint = report["footprint"]
    reported = browser.evaluate(carbon)
    expected = [[row["grams_co2e_per_1000"]["value"] for row in footprint["inference"]],
                [footprint["compression"][key]["value"]
                 for key in ("kwh", "grams_co2e", "phone_charges", "car_km", "money")]]
    agree(reported, expected, "what is shown first is what was reported")
    browser.evaluate("document.querySelector('select').focus()")
    for letter in "FR":
        browser.press(letter, ord(letter), letter)
    chosen = browser.evaluate("document.querySelector('select').value")
    check(chosen == "FR", f"the grid can be chosen by keyboard: {chosen}")
    browser.press("Tab", 9)
    check(browser.evaluate("document.activeElement.type") == "number", "the PUE comes after the grid")
    browser.evaluate("document.activeElement.select()")
    browser.call("Input.insertText", text="1.5")
    factor = 44.2 * 1.5 / 473
    first, second = expected
    agree(browser.evaluate(carbon),
          [[value * factor for value in first],
           [second[0], second[1] * factor, second[2] * 1.5, second[3] * factor, second[4] * 1.5]],
          "carbon follows grid and PUE, charges and money the PUE")
    browser.evaluate("document.activeElement.select()")
    browser.call("Input.insertText", text="0.5")
    check(browser.evaluate("document.activeElement.getAttribute('aria-invalid')") == "true",
          "a PUE below 1 is refused")
    browser.press("Tab", 9)
    browser.press("Enter", 13, "\r")
    agree(browser.evaluate(carbon), expected, "one button goes back to what was reported")
    check(not browser.problems, f"nothing went wrong: {browser.problems}")


def agree(shown, expected, sentence):
    flat = [[value for table in tables for value in table] for tables in (shown, expected)]
    check(len(flat[0]) == len(flat[1]) and all(math.isclose(*pair, rel_tol=1e-9) for pair in zip(*flat)),
          f"{sentence}: {shown}, expected {expected}")


def test_screen_reader(browser, scratch):
    browser.open(make_page(_reports.full(), scratch / "tree.html"), 390)
    nodes = browser.call("Accessibility.getFullAXTree")["nodes"]
    named = [(node.get("role", {}).get("value"), node.get("name", {}).get("value", ""))
             for node in nodes if not node["ignored"]]
    roles = [role for role, _ in named]
    for role in ("main", "navigation", "heading", "table", "row", "rowheader", "columnheader", "cell",
                 "combobox", "spinbutton"):
        check(role in roles, f"there is a {role}")
    for role in ("img", "image", "table", "region", "combobox", "spinbutton", "button", "link"):
        check(all(name for this, name in named if this == role), f"each {role} has a name")
    check(len([1 for role, _ in named if role in ("img", "image")]) == 11, "each chart is an image with a name")


def test_paper(browser, scratch):
    browser.open(make_page(_reports.full(), scratch / "paper.html"), 1280, dark=True)
    path = pathlib.Path(os.environ.get("GCOMPRESS_SCREENSHOTS", scratch)) / "paper.pdf"
    browser.pdf(path)
    check(path.read_bytes().startswith(b"%PDF") and not browser.problems, f"it can be printed: {browser.problems}")
    check(browser.evaluate("document.documentElement.hasAttribute('data-printing')") is False,
          "and is itself again afterwards")


def test_hostile(browser, scratch):
    page = make_page(_reports.hostile(), scratch / "hostile.html")
    for width in (1280, 390):
        visit(browser, page, width)
    check(browser.evaluate("document.title") == "gcompress report", "no script of the report has run")
    check(browser.evaluate("document.querySelectorAll('main img, main b, header script, main script').length") == 0,
          "no markup of the report became elements")
    shown = browser.evaluate("document.body.textContent")
    for words in (_reports.SCRIPT, _reports.IMAGE, "<!--<script>", "{{report}}", "&amp;"):
        check(words in shown, f"shown as text: {words}")


def test_little(browser, scratch):
    minimal = _reports.minimal()
    page = make_page(minimal, scratch / "minimal.html")
    for width in (1280, 390):
        check(visit(browser, page, width) == [], "one unmeasured network has nothing to draw")
    figures_agree(browser, minimal)
    text = browser.evaluate("document.body.innerText")
    check("One network was measured" in text and "Not measured: accuracy, latency, memory, energy" in text,
          f"it says what it is and what is missing: {text}")
    for name, report in (("null", _reports.empty()), ("no-object", [1, 2]), ("number", 5)):
        visit(browser, make_page(report, scratch / f"{name}.html"), 390)
    path = scratch / "no-json.html"
    path.write_bytes(page.read_bytes().replace(b'{"schema"', b'{"sch'))
    visit(browser, path, 390)
    check("no report that can be read" in browser.evaluate("document.body.innerText"), "a damaged page says so")


def test_parts_left_out(browser, scratch):
    """Every top-level part taken away in turn leaves a page that works."""
    for part in _reports.full():
        report = _reports.full()
        del report[part]
        visit(browser, make_page(report, scratch / f"without-{part}.html"), 1280)
    report = _reports.full()
    for model in report["models"]:
        model["energy"] = None
    visit(browser, make_page(report, scratch / "no-energy.html"), 1280)
    check("latency takes its place" in browser.evaluate("document.body.innerText"),
          "latency stands in for energy, and says so")


def test_real_run(browser, scratch):
    """A run of the program, with paired windows; on most machines they estimate energy."""
    if not trains():
        print("no run of the program to look at: built without libtorch")
        return
    run("demo", "--out", scratch / "demo", "--quiet", "--energy", "true", "--energy-minutes", 0.1, "--warm-up", 1)
    report = json.loads((scratch / "demo" / "report.json").read_text())
    page = scratch / "demo" / "report.html"
    for width, dark in ((1280, False), (390, True)):
        visit(browser, page, width, dark)
    figures_agree(browser, report)
    check("Paired windows" in browser.evaluate("document.body.innerText"), "the experiment is shown")


def main():
    program = find()
    if not program:
        skip("no Chromium here; on Debian: apt-get install chromium")
    with Scratch() as scratch, Browser(program) as browser:
        for test in (test_full, test_footprint, test_screen_reader, test_paper, test_hostile, test_little,
                     test_parts_left_out, test_real_run):
            test(browser, scratch)


main()
