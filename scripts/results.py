#!/usr/bin/env python3
"""Repeats the figures of docs/results.md: runs gcompress, gathers its reports, prints Markdown.

    scripts/results.py life --seeds 20
    scripts/results.py lenet-300-100 --seeds 5 --data ../shared/datasets/mnist
    scripts/results.py resnet-20 --data /tmp/cifar10 --model ../shared/models/resnet20-cifar10.onnx

Each run has a folder under build/results; one that is finished is not run again, and one that was
interrupted goes on.
"""
import argparse
import json
import pathlib
import shutil
import statistics
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
DENSITIES = (0.1, 0.05, 0.02, 0.01)
LENET_FIT = ("--warmup", 200, "--no-restore-best")
DECAY = ("--weight-decay", 0.05)


class Runner:
    def __init__(self, arguments):
        self.program = arguments.program
        self.folder = pathlib.Path(arguments.folder)
        self.threads = arguments.threads
        self.folder.mkdir(parents=True, exist_ok=True)

    def report(self, name, *options):
        """Runs gcompress with these options into folder NAME (once) and returns its report."""
        out = self.folder / name
        if not (out / "report.json").exists():
            command = [self.program, *map(str, options), "--out", str(out), "--quiet"]
            command += ["--threads", str(self.threads)]
            if pathlib.Path(f"{out}.partial").exists():
                command.append("--resume")
            print("$", " ".join(command), file=sys.stderr, flush=True)
            done = subprocess.run(command, stdout=subprocess.DEVNULL)
            if done.returncode not in (0, 4):
                sys.exit(f"failed with exit code {done.returncode}: {' '.join(command)}")
        return json.loads((out / "report.json").read_text())

    def model(self, name):
        return self.folder / name / "model.onnx"

    def packed(self, name, coding):
        """What pack says of the network in folder NAME."""
        file = self.folder / name / f"{coding}.gcz"
        done = subprocess.run([self.program, "pack", self.model(name), "--coding", coding, "--out", file, "--json"],
                              capture_output=True, text=True, check=True)
        return json.loads(done.stdout)


def model_of(report, role, name=None):
    for model in report["models"]:
        if model["role"] == role and name in (None, model["name"]):
            return model
    return None


def error_percent(model):
    accuracy = model["accuracy"]
    return 100 * (1 - accuracy["correct"] / accuracy["total"])


def spread(values):
    """'1.55 (0.09, 3)': mean, standard deviation, number of seeds."""
    deviation = statistics.stdev(values) if len(values) > 1 else 0.0
    return f"{statistics.mean(values):.2f} ({deviation:.2f}, {len(values)})"


def lenet(runner, arguments, network, dense_epochs, prune_epochs, random_seeds):
    """Dense and pruned with equal total epochs, beside the random mask."""
    data = ("--data", f"mnist:{arguments.data}")
    dense, rows = {"with": [], "without": []}, {density: ([], []) for density in DENSITIES}
    for seed in range(arguments.seeds):
        prefix = f"{network}-{seed}"
        common = (*data, "--seed", seed, "--no-latency", *LENET_FIT)
        runner.report(f"{prefix}-dense", "train", network, *common, *DECAY, "--epochs",
                      dense_epochs)
        start = runner.model(f"{prefix}-dense")
        common = (*common, "--epochs", prune_epochs)
        # The rival has the same options, and the teacher; once more without what may only hurt it.
        for name, options in (("dense-on", DECAY), ("dense-on-free", ())):
            longer = runner.report(f"{prefix}-{name}", "prune", start, *common, *options,
                                   "--target", 1)
            dense["with" if options else "without"].append(error_percent(model_of(longer, "after")))
        for density in DENSITIES:
            options = ("prune", start, *common, *DECAY, "--target", density)
            pruned = runner.report(f"{prefix}-{density}", *options)
            rows[density][0].append(error_percent(model_of(pruned, "after")))
            if seed < random_seeds:
                control = runner.report(f"{prefix}-{density}-random", *options, "--criterion",
                                        "random")
                rows[density][1].append(error_percent(model_of(control, "after")))
    print(f"| density | test error % of {network}: mean (sd, seeds) | random mask |\n|---|---|---|")
    for name, errors in dense.items():
        print(f"| dense, {dense_epochs} + {prune_epochs} epochs, the last {name} weight decay "
              f"| {spread(errors)} | |")
    for density, (pruned, control) in rows.items():
        print(f"| {density} | {spread(pruned)} | {spread(control) if control else ''} |")


def extreme(runner, arguments, network, dense_epochs, densities, options):
    """As small as published figures go: one long fit, beside the dense network trained alike."""
    data = ("--data", f"mnist:{arguments.data}")
    rows = {density: [] for density in (1, *densities)}
    for seed in range(arguments.seeds):
        common = (*data, "--seed", seed, "--no-latency", *LENET_FIT, *DECAY)
        runner.report(f"{network}-{seed}-dense", "train", network, *common, "--epochs", dense_epochs)
        start = runner.model(f"{network}-{seed}-dense")
        for density in rows:
            report = runner.report(f"{network}-{seed}-extreme-{density}", "prune", start, *common, *options,
                                   "--rivals", "none", "--target", density)
            rows[density].append(error_percent(model_of(report, "after")))
    print(f"| density | test error % of {network}: mean (sd, seeds) |\n|---|---|")
    for density, errors in rows.items():
        print(f"| {density} | {spread(errors)} |")


def shared(runner, arguments, network, rows):
    """Pruned networks of the study without "-shared", which comes first: values shared, then packed."""
    data = ("--data", f"mnist:{arguments.data}", "--no-latency", "--rivals", "none")
    print(f"| {network}: kept | bits | epochs | test error %, pruned | shared | coded, times fewer bytes | plain |\n"
          "|---|---|---|---|---|---|---|")
    for density, bits, epochs in rows:
        pruned, after, fewer = [], [], {"coded": [], "plain": []}
        for seed in range(arguments.seeds):
            start = runner.model(f"{network}-{seed}-{density}")
            if not start.exists():
                continue
            name = f"{network}-{seed}-{density}-shared-{bits}-{epochs}"
            report = runner.report(name, "share", start, *data, "--seed", seed, "--bits", bits, "--epochs", epochs)
            pruned.append(error_percent(model_of(report, "before")))
            after.append(error_percent(model_of(report, "after")))
            for coding, ratios in fewer.items():
                packed = runner.packed(name, coding)
                ratios.append(packed["dense_bytes"] / packed["bytes_after"])
        if after:
            print(f"| {density} | {bits} | {epochs} | {spread(pruned)} | {spread(after)} "
                  + "".join(f"| {statistics.mean(ratios):.1f} " for ratios in fewer.values()) + "|")


def life(runner, arguments, name="life", options=()):
    """How many of the seeds give a perfect one-step player of at most 25 parameters."""
    perfect, kept, dense_perfect = 0, [], 0
    for seed in range(arguments.seeds):
        report = runner.report(f"{name}-{seed}", "demo", "--seed", seed, "--restarts", 1,
                               "--no-latency", *options)
        after = model_of(report, "after")
        kept.append(after["sizes"]["parameters_nonzero"])
        dense_perfect += model_of(report, "before").get("neighbourhoods_right") == 512
        perfect += after.get("neighbourhoods_right") == 512
    print(f"Perfect players (all 512 neighbourhoods right): {perfect} of {arguments.seeds} seeds "
          f"after pruning, {dense_perfect} before; {min(kept)} to {max(kept)} parameters not zero.")


def resnet(runner, arguments):
    """One-shot, with recalibration, gradual in 10 epochs in all; beside dense trained on as long."""
    data = ("--data", f"images:{arguments.data}", "--no-latency")
    fit = (*data, "--optimizer", "sgd", "--learning-rate", 0.05, "--weight-decay", 5e-4, "--flip",
           "--crop", 4)
    one_shot = ("prune", arguments.model, *data, "--method", "one-shot")
    rows = {
        "one-shot, no data used": runner.report("resnet-20-0", *one_shot, "--no-recalibrate"),
        "one-shot, statistics recalibrated": runner.report("resnet-20-1", *one_shot),
        "dense trained on, 10 epochs": runner.report(
            "resnet-20-dense-on", "train", arguments.model, *fit, "--epochs", 10, "--hold", 0.6),
        # The pruned network learns from one that knows the images as they are here.
        "dense trained on, 3 epochs: the teacher": runner.report(
            "resnet-20-adapted", "train", arguments.model, *fit, "--epochs", 3),
        "that one pruned gradually, 7 epochs": runner.report(
            "resnet-20-gradual", "prune", runner.model("resnet-20-adapted"), *fit, "--epochs", 7),
    }
    print("| ResNet-20, CIFAR-10 JPEG copy, 0.1 | right of 10,000 | parameters not zero |\n|---|---|---|")
    before = model_of(rows["one-shot, no data used"], "before")
    for label, model in [("dense as it comes", before),
                         *((label, model_of(report, "after")) for label, report in rows.items())]:
        print(f"| {label} | {model['accuracy']['correct']} "
              f"| {model['sizes']['parameters_nonzero']} |")


def resnet_fit(arguments):
    return ("--data", f"images:{arguments.data}", "--no-latency", "--optimizer", "sgd", "--learning-rate", 0.05,
            "--weight-decay", 5e-4, "--flip", "--crop", 4)


def adapted(runner, arguments):
    """ResNet-20 after three epochs on the images as they are here: what is pruned, and the teacher."""
    runner.report("resnet-20-adapted", "train", arguments.model, *resnet_fit(arguments), "--epochs", 3)
    return runner.model("resnet-20-adapted")


def print_right(title, rows):
    print(f"| {title} | right of 10,000 | parameters not zero |\n|---|---|---|")
    for label, report in rows.items():
        model = model_of(report, "after")
        print(f"| {label} | {model['accuracy']['correct']} | {model['sizes']['parameters_nonzero']} |")


def resnet_thirty(runner, arguments):
    """Thirty epochs in all, dense and to a tenth."""
    fit = (*resnet_fit(arguments), "--hold", 0.4)
    start = adapted(runner, arguments)
    print_right("ResNet-20, CIFAR-10 JPEG copy, 30 epochs", {
        "dense": runner.report("resnet-20-tenth-dense", "train", arguments.model, *fit, "--epochs", 30),
        "pruned to 0.1": runner.report("resnet-20-tenth", "prune", start, *fit, "--epochs", 27, "--rivals", "none"),
    })


def resnet_patterns(runner, arguments):
    """What a pattern costs, at equal density, with three epochs."""
    common = ("prune", adapted(runner, arguments), *resnet_fit(arguments), "--epochs", 3, "--rivals", "none")
    print_right("ResNet-20, CIFAR-10 JPEG copy, 3 + 3 epochs", {
        f"{pattern} at {target}": runner.report(
            f"resnet-20-pattern-{pattern.replace(':', '-')}-{target}", *common, "--pattern", pattern, "--target", target)
        for target, pattern in ((0.1, "unstructured"), (0.1, "16:2:20"), (0.5, "unstructured"), (0.5, "2:4"))
    })


def resnet_channels(runner, arguments):
    """Whole channels, ten epochs in all: fewer FLOPs than a half, so that a runtime's time halves."""
    print_right("ResNet-20, CIFAR-10 JPEG copy, channels, 3 + 7 epochs", {
        "0.42 of the FLOPs, multiples of 8": runner.report(
            "resnet-20-channels", "prune", adapted(runner, arguments), *resnet_fit(arguments), "--epochs", 7,
            "--pattern", "channel", "--target-of", "flops", "--target", 0.42, "--channel-multiple", 8, "--begin", 0,
            "--end", 0.2, "--hold", 0.4, "--rivals", "none"),
    })


def with_and_without_teacher(reports, title, before="teacher"):
    """Rows of the network before, the student as taught, and the same student by labels alone, over paired seeds."""
    networks = {before: ("before", None), "student, taught": ("after", None),
                "student by labels alone": ("rival", "student without teacher")}
    print(f"| {title} | test error % | parameters not zero |\n|---|---|---|")
    for label, (role, name) in networks.items():
        models = [model_of(report, role, name) for report in reports]
        print(f"| {label} | {spread([error_percent(model) for model in models])} "
              f"| {models[0]['sizes']['parameters_nonzero']} |")


def distill_lenet(runner, arguments):
    """A dense tenth of LeNet-5 with and without teacher. The teacher is of the study lenet-5."""
    teacher = runner.model("lenet-5-0-dense")
    reports = [runner.report(
        f"distill-lenet-5-{seed}", "distill", "lenet-5", "--width", 0.31, "--teacher", teacher,
        "--data", f"mnist:{arguments.data}", "--epochs", 10, "--rivals", "full", "--no-latency",
        "--cache", runner.folder / "distill-lenet-5-cache", "--seed", seed)
        for seed in range(arguments.seeds)]
    with_and_without_teacher(reports, "LeNet-5, a tenth, MNIST, 10 epochs")


def distill_resnet(runner, arguments):
    """ResNet-20 (of the study resnet-20) pruned to a tenth at once, three epochs of recovery, taught
    by a ResNet-44 that was trained on for five epochs, and not."""
    data = f"images:{arguments.data}"
    fit = {"optimizer": "sgd", "learning-rate": 0.05, "weight-decay": 5e-4, "flip": "true", "crop": 4}
    large = pathlib.Path(arguments.model).with_name("resnet44-cifar10.onnx")
    runner.report("resnet-44-adapted", "train", large, "--data", data, "--no-latency", "--epochs", 5,
                  *(f"--{name}={value}" if value != "true" else f"--{name}" for name, value in fit.items()))
    options = ", ".join(f"{name}: {value}" for name, value in fit.items())
    reports = []
    for seed in range(arguments.seeds):
        recipe = runner.folder / f"distill-resnet-20-{seed}.yaml"
        recipe.write_text(f"""schema: gcompress-recipe/1
common: {{model: "{runner.model('resnet-20-adapted')}", data: "{data}", seed: {seed}, rivals: full, latency: false}}
stages:
  - {{stage: prune, target: 0.1, method: one-shot}}
  - {{stage: distill, teacher: "{runner.model('resnet-44-adapted')}", epochs: 3, {options}}}
""")
        reports.append(runner.report(f"distill-resnet-20-{seed}", "run", recipe))
    with_and_without_teacher(reports, "ResNet-20 at 0.1 in one shot, CIFAR-10 JPEG copy, 3 epochs",
                             before="dense")


STUDIES = {
    "life": life,
    "life-backtracking": lambda r, a: life(r, a, "life-backtracking", (
        "--method", "backtracking", "--criterion", "fisher", "--epochs", 4, "--l1", 0)),
    "lenet-300-100": lambda r, a: lenet(r, a, "lenet-300-100", 30, 30, a.random_seeds),
    "lenet-5": lambda r, a: lenet(r, a, "lenet-5", 8, 12, a.random_seeds),
    "lenet-300-100-extreme": lambda r, a: extreme(
        r, a, "lenet-300-100", 30, (0.018, 0.015),
        ("--criterion", "curvature", "--learning-rate", 3e-3, "--epochs", 100, "--hold", 0.3)),
    "lenet-300-100-shared": lambda r, a: shared(r, a, "lenet-300-100", (
        *((0.05, bits, epochs) for bits in (5, 4, 3, 2) for epochs in (0, 2)), ("extreme-0.018", 4, 0))),
    "lenet-5-shared": lambda r, a: shared(r, a, "lenet-5", (
        (0.02, 5, 0), (0.02, 4, 0), (0.02, 3, 0), (0.02, 3, 1), (0.01, 4, 0))),
    "lenet-5-extreme": lambda r, a: extreme(
        r, a, "lenet-5", 8, (0.0093, 0.0036),
        ("--criterion", "curvature", "--learning-rate", 3e-3, "--epochs", 40, "--hold", 0.3)),
    "resnet-20": resnet,
    "resnet-20-thirty": resnet_thirty,
    "resnet-20-patterns": resnet_patterns,
    "resnet-20-channels": resnet_channels,
    "distill-lenet-5": distill_lenet,
    "distill-resnet-20": distill_resnet,
}


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("study", choices=STUDIES)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--random-seeds", type=int, default=1)
    parser.add_argument("--data", default="../shared/datasets/mnist")
    parser.add_argument("--model", default="../shared/models/resnet20-cifar10.onnx")
    parser.add_argument("--threads", type=int, default=0)
    parser.add_argument("--program", default=str(ROOT / "build/release/bin/gcompress"))
    parser.add_argument("--folder", default=str(ROOT / "build/results"))
    arguments = parser.parse_args()
    if shutil.which(arguments.program) is None:
        sys.exit(f"{arguments.program} is not there: run make build first")
    STUDIES[arguments.study](Runner(arguments), arguments)


if __name__ == "__main__":
    main()
