"""A recipe of several stages: repeated bit for bit, resumed behind finished stages, backing off."""
import pathlib
import subprocess
import time

from _program import BIN, Scratch, check, model_of, needs_training, report, run

RECIPE = """schema: gcompress-recipe/1
common: {{model: life, data: "life:size=8,count=4000", out: {out}, threads: 1, latency: false, seed: 2}}
stages:
- {{stage: train, epochs: 6}}
- {{stage: prune, target: 0.5, epochs: 3}}
- {{stage: prune, target: 0.3, epochs: {epochs}}}
"""


def write_recipe(scratch, out, epochs=3):
    file = scratch / f"{out.name}.yaml"
    file.write_text(RECIPE.format(out=out, epochs=epochs))
    return file


def interrupt_in_the_last_stage(recipe, out):
    """Kills the run once the stage before the last is recorded."""
    process = subprocess.Popen([BIN, "run", str(recipe), "--quiet"], stdout=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL)
    checkpoints = pathlib.Path(f"{out}.partial") / "checkpoints"
    while process.poll() is None and not (checkpoints / "2-prune" / "attempt-0").exists():
        time.sleep(0.01)
    process.kill()
    check(process.wait() != 0, "the run was killed in its last stage")
    check((checkpoints / "1-prune.done" / "record.json").exists(), "the stage before is recorded")


def check_stages(scratch):
    whole = scratch / "whole"
    run("run", write_recipe(scratch, whole), "--quiet")
    made = report(whole)
    roles = [model["role"] for model in made["models"]]
    check(roles == ["before", "after", "stage"], f"a network for every stage, not {roles}")
    kept = [model_of(made, role)["sizes"]["parameters_nonzero"]
            for role in ("before", "stage", "after")]
    check(kept[0] > kept[1] > kept[2], f"each stage keeps less: {kept}")
    check((whole / "stages/2-prune.onnx").exists(), "the network between is kept")
    run("verify", whole)
    again = scratch / "again"
    run("run", whole / "recipe.yaml", "--out", again, "--quiet")
    check((again / "model.onnx").read_bytes() == (whole / "model.onnx").read_bytes(),
          "the recipe of a run gives the same bits")


def check_refusal(scratch):
    out = scratch / "long"
    recipe = write_recipe(scratch, out, 300)
    interrupt_in_the_last_stage(recipe, out)
    refused = run("run", recipe, "--set", "2.epochs=4", "--resume", "--quiet", code=2)
    check("other options" in refused.stderr, "a finished stage with other options is refused")


def check_going_on(scratch):
    """Killed in the last stage and resumed, the run has the bits of one that was not."""
    plain, cut = scratch / "plain", scratch / "cut"
    run("run", write_recipe(scratch, plain, 40), "--quiet")
    recipe = write_recipe(scratch, cut, 40)
    interrupt_in_the_last_stage(recipe, cut)
    done = run("run", recipe, "--resume")
    check("prune was finished before" in done.stderr, "it says what it did not run again")
    check((cut / "model.onnx").read_bytes() == (plain / "model.onnx").read_bytes(),
          "the resumed run has the same bits")
    names = [stage["name"] for stage in report(cut)["stages"]]
    check("train" in names, f"what the first run took stays counted: {names}")


def check_back_off(scratch):
    out = scratch / "goal"
    run("demo", "--out", scratch / "start", "--quiet", "--no-latency", "--epochs", 4,
        "--restarts", 1, "--seed", 1, code=(0, 4))
    run("prune", scratch / "start/model.onnx", "--data", "life:size=8,count=3000", "--target", 0.02,
        "--epochs", 2, "--max-drop", 0, "--back-off", 2, "--no-latency", "--threads", 1, "--quiet",
        "--out", out, code=(0, 4))
    notes = " ".join(report(out)["notes"])
    check("Backed off in" in notes or "target 0.02" not in notes, f"it says what it tried: {notes}")
    check("back-off: 0" in (out / "recipe.yaml").read_text(), "a repeat searches no more")
    refused = run("prune", scratch / "start/model.onnx", "--data", "life:size=8", "--back-off", 2,
                  "--out", out, code=2)
    check("--max-drop" in refused.stderr, "backing off needs a goal")


def check_rivals(scratch):
    out = scratch / "rivals"
    run("train", "lenet-300-100", "--data", "life:size=8,count=600", "--out", out, code=2)
    run("train", "life", "--data", "life:size=8,count=2000", "--epochs", 2, "--out", scratch / "d",
        "--no-latency", "--quiet")
    run("prune", scratch / "d/model.onnx", "--data", "life:size=8,count=2000", "--epochs", 2,
        "--rivals", "full", "--no-latency", "--quiet", "--out", out)
    rivals = [model["name"] for model in report(out)["models"] if model["role"] == "rival"]
    check({"dense trained on", "random mask"} <= set(rivals), f"trained rivals: {rivals}")
    told = "dense, narrower" in rivals or "narrower dense rival" in " ".join(report(out)["notes"])
    check(told, f"a narrower dense rival, or why there is none: {rivals}")


def check_presets(scratch):
    """The chain of the preset edge, shortened; the others are checked as recipes."""
    start = scratch / "preset-start"
    run("train", "life", "--data", "life:size=8,count=2000", "--epochs", 2, "--out", start, "--no-latency",
        "--quiet")
    common = ("--model", start / "model.onnx", "--data", "life:size=8,count=2000", "--no-latency", "--threads", 1)
    for preset in ("fast", "careful"):
        shown = run("run", "--preset", preset, *common, "--dry-run").stdout
        check("stage: prune" in shown and "stage: quantize" in shown, f"the stages of {preset}: {shown}")
    out = scratch / "edge"
    run("run", "--preset", "edge", *common, "--set", "prune.target=0.5", "--set", "prune.epochs=1", "--set",
        "distill.epochs=1", "--quiet", "--out", out)
    stages = [model["name"] for model in report(out)["models"] if model["role"] == "stage"]
    check(stages == ["1 prune", "2 distill"], f"a network behind each stage: {stages}")
    check("multiply-adds, run on integers" in " ".join(report(out)["notes"]), "the last stage quantizes")
    run("verify", out)


def check_wrong_input(scratch):
    refused = run("run", code=2)
    check("recipe or a preset" in refused.stderr, "one of both is needed")
    refused = run("run", "--preset", "egde", "--model", "life", code=2)
    check("did you mean 'edge'" in refused.stderr, "the nearest preset is named")
    recipe = write_recipe(scratch, scratch / "typo")
    refused = run("run", recipe, "--set", "prune.tarjet=0.2", code=2)
    check("'target'" in refused.stderr, "the nearest option is named")


def main():
    needs_training()
    with Scratch() as scratch:
        check_wrong_input(scratch)
        check_stages(scratch)
        check_going_on(scratch)
        check_refusal(scratch)
        check_back_off(scratch)
        check_rivals(scratch)
        check_presets(scratch)


main()
