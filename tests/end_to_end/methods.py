"""Every way of pruning reaches its target, ends with the same bits when it is interrupted and resumed,
and refuses what makes no sense. So does finding a lottery ticket."""
import pathlib
import signal
import subprocess
import time

from _program import BIN, Scratch, check, needs_training, report, run, trains

DATA = ("--data", "life:size=6,steps=1,count=3000,density=0.5")
FIT = ("--epochs", "6", "--threads", "1", "--seed", "1", "--no-latency", "--rivals", "none", "--quiet",
       "--checkpoint-seconds", "0.05")
METHODS = {
    "gradual": (),
    "iterative": ("--rounds", "3"),
    "iterative-fine-tune": ("--method", "iterative", "--rounds", "2", "--rewind", "none"),
    "iterative-weights": ("--method", "iterative", "--rounds", "2", "--rewind", "weights", "--start",
                          "{start}", "--rewind-to", "10%"),
    "surgery": ("--optimizer", "sgd", "--learning-rate", "0.05", "--average", "0.9"),
    "rigging": (),
}


def arguments_of(method, scratch):
    own = tuple(text.format(start=scratch / "start.onnx") for text in METHODS[method])
    named = () if "--method" in own else ("--method", method)
    return ("prune", scratch / "dense/model.onnx", *DATA, *FIT, "--target", "0.3", *named, *own)


def interrupt(arguments, out, seconds):
    process = subprocess.Popen([BIN, *map(str, arguments), "--out", str(out)],
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    time.sleep(seconds)
    process.send_signal(signal.SIGKILL)
    return process.wait() != 0


def resumes(arguments, scratch, name):
    """Killed at some moments and resumed, the run gives the same network."""
    began = time.monotonic()
    run(*arguments, "--out", scratch / f"{name}-whole")
    seconds = time.monotonic() - began
    out = scratch / f"{name}-cut"
    for share in (0.5, 0.75):
        if (out / "report.json").exists():
            break
        resume = ("--resume",) if pathlib.Path(f"{out}.partial").exists() else ()
        interrupt((*arguments, *resume), out, share * seconds)
    if not (out / "report.json").exists():
        resume = ("--resume",) if pathlib.Path(f"{out}.partial").exists() else ()
        run(*arguments, "--out", out, *resume)
    check((out / "model.onnx").read_bytes() == (scratch / f"{name}-whole/model.onnx").read_bytes(),
          f"{name}: the same bits after a resume")


def prunes(scratch):
    for method in METHODS:
        arguments = arguments_of(method, scratch)
        resumes(arguments, scratch, method)
        after = [model for model in report(scratch / f"{method}-whole")["models"]
                 if model["role"] == "after"][0]
        kept = after["sizes"]["parameters_nonzero"] / after["sizes"]["parameters"]
        check(kept <= 0.3, f"{method}: {kept} of the parameters are at most the target")
        run("verify", scratch / f"{method}-whole")


def finds_a_ticket(scratch):
    arguments = ("ticket", "life:n=1,m=7", *DATA, "--epochs", "2", "--threads", "1",
                 "--target", "0.5", "--rounds", "2", "--seeds", "2", "--rewind-to", "5%", "--quiet",
                 "--checkpoint-seconds", "0.05")
    resumes(arguments, scratch, "ticket")
    folder = scratch / "ticket-whole"
    trials = report(folder)["trials"]
    check([arm["name"] for arm in trials["arms"]]
          == ["dense", "ticket", "re-initialised", "random mask"], "the four arms")
    check(all(len(arm["models"]) == 2 for arm in trials["arms"]), "two seeds each")
    check("ticket" in trials["verdict"], "a verdict")
    run("verify", folder)
    text = (folder / "report.json").read_text()
    value = trials["arms"][1]["mean"]["value"]
    (folder / "report.json").write_text(text.replace(f'"value": {value}', '"value": 0.9999'))
    run("verify", folder, code=3)


def spends_time(scratch):
    out = scratch / "timed"
    done = run("prune", scratch / "dense/model.onnx", *DATA, "--target", "0.3", "--time", "5s",
               "--threads", "1", "--no-latency", "--rivals", "none", "--out", out)
    check("For --time 5s" in done.stdout, "what was chosen is said")
    recipe = (out / "recipe.yaml").read_text()
    check('time: ""' in recipe, "the recipe needs no clock")
    run("run", out / "recipe.yaml", "--out", scratch / "again")
    check((out / "model.onnx").read_bytes() == (scratch / "again/model.onnx").read_bytes(),
          "a repeat has the same bits")
    run("prune", scratch / "dense/model.onnx", *DATA, "--time", "soon", code=2)
    run("prune", scratch / "dense/model.onnx", *DATA, "--time", "5s", "--epochs", "3", code=2)
    run("prune", scratch / "dense/model.onnx", "--time", "5s", code=2)


def refuses(scratch):
    dense = scratch / "dense/model.onnx"
    for wrong, word in (
            (("--method", "iterative", "--rewind", "weights"), "--start"),
            (("--method", "gradual", "--rewind", "weights"), "iterative"),
            (("--method", "iterative", "--start", dense), "--rewind"),
            (("--method", "iterative", "--rounds", "30"), "--epochs"),
            (("--method", "iterative", "--rewind-to", "soon"), "--rewind-to"),
            (("--method", "surgery", "--until", "0.2"), "--until"),
            (("--method", "rigging", "--pattern", "2:4"), "--pattern"),
            (("--method", "iterative", "--criterion", "curvature"), "curvature")):
        done = run("prune", dense, *DATA, *wrong, "--epochs", "6", code=2)
        check(word in done.stderr, f"{wrong} is refused with {word}: {done.stderr}")
    other = scratch / "other"
    run("train", "mlp:hidden=5", "--data", "life:size=4,steps=1,count=200,density=0.5", "--epochs", "1",
        "--quiet", "--no-latency", "--out", other, code=(0, 2))
    if (other / "model.onnx").exists():
        done = run("prune", dense, *DATA, "--epochs", "6", "--method", "iterative", "--rewind",
                   "weights", "--start", other / "model.onnx", "--out", scratch / "x", code=3)
        check("another network" in done.stderr, f"another network's start: {done.stderr}")


def main():
    needs_training()
    assert trains()
    with Scratch() as scratch:
        train = ("train", "life:n=1,m=7", *DATA, "--threads", "1", "--seed", "1",
                 "--quiet", "--no-latency")
        run(*train, "--epochs", "0", "--out", scratch / "first", code=(0, 2))
        run(*train, "--epochs", "6", "--out", scratch / "dense")
        start = scratch / "first/model.onnx"
        (scratch / "start.onnx").write_bytes(
            (start if start.exists() else scratch / "dense/model.onnx").read_bytes())
        prunes(scratch)
        finds_a_ticket(scratch)
        spends_time(scratch)
        refuses(scratch)


main()
