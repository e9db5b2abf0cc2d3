"""Sharing weights: one-shot, trained, behind prune in a recipe; few values, zeros kept, packed small."""
import json

from _program import Scratch, check, model_of, needs_training, report, run

DATA = ("--data", "life:size=8,steps=1,count=2000,density=0.5", "--threads", "1", "--no-latency", "--quiet",
        "--rivals", "none")


def sizes(folder, role):
    return model_of(report(folder), role)["sizes"]


def main():
    needs_training()
    with Scratch() as scratch:
        network = scratch / "trained/model.onnx"
        run("train", "life:n=4,m=32", *DATA[:-2], "--epochs", "2", "--out", scratch / "trained")
        run("prune", network, *DATA, "--target", "0.3", "--epochs", "1", "--out", scratch / "pruned")
        pruned = scratch / "pruned/model.onnx"
        run("share", pruned, "--bits", "3", "--no-latency", "--quiet", "--out", scratch / "once")
        run("share", pruned, "--bits", "3", *DATA, "--epochs", "1", "--out", scratch / "trained-on")
        run("share", pruned, "--bits", "3", *DATA, "--epochs", "1", "--out", scratch / "again")
        for name in ("once", "trained-on"):
            before, after = sizes(scratch / name, "before"), sizes(scratch / name, "after")
            check(after["parameters_nonzero"] == before["parameters_nonzero"], f"{name}: no weight comes or goes")
            check(after["packed_bytes"] < 0.6 * before["packed_bytes"], f"{name}: {after} packs smaller than {before}")
        check((scratch / "trained-on/model.onnx").read_bytes() == (scratch / "again/model.onnx").read_bytes(),
              "the same seed gives the same bits")
        pack(scratch, scratch / "trained-on/model.onnx")
        recipe(scratch, network)
        misuse(scratch, pruned)


def pack(scratch, network):
    """Coded is smaller than plain, near its entropy, and both give the same network again."""
    sizes_of = {}
    for coding in ("coded", "plain"):
        packed = scratch / f"{coding}.gcz"
        sizes_of[coding] = json.loads(run("pack", network, "--coding", coding, "--out", packed, "--json").stdout)
        run("unpack", packed, "--out", scratch / f"{coding}.onnx")
        check((scratch / f"{coding}.onnx").read_bytes() == network.read_bytes(), f"{coding} is bit-exact")
        parts = sum(sizes_of[coding][f"{part}_bytes"] for part in ("positions", "values", "structure"))
        check(parts == packed.stat().st_size, "the parts sum to the file")
    check(sizes_of["coded"]["bytes_after"] < sizes_of["plain"]["bytes_after"], "coded is smaller than plain")
    bound = sum(sizes_of["coded"][f"{part}_entropy_bound"] for part in ("positions", "values"))
    coded = sizes_of["coded"]["positions_bytes"] + sizes_of["coded"]["values_bytes"]
    check(coded < 1.1 * bound, f"{coded} bytes are near their entropy, {bound}")
    done = run("pack", network, "--coding", "none", "--out", scratch / "x.gcz", code=2)
    check("plain" in done.stderr, f"'{done.stderr.strip()}' says which codings there are")


def recipe(scratch, network):
    """prune, then share, in one recipe."""
    (scratch / "recipe.yaml").write_text(f"""schema: gcompress-recipe/1
common:
  model: {network}
  data: "{DATA[1]}"
  threads: 1
  latency: false
  rivals: none
  out: {scratch / "both"}
stages:
  - stage: prune
    target: 0.3
    epochs: 1
  - stage: share
    bits: 3
    epochs: 1
""")
    run("run", scratch / "recipe.yaml", "--quiet")
    after = sizes(scratch / "both", "after")
    check(after["parameters_nonzero"] <= 0.3 * after["parameters"], "the target of prune holds behind share")
    check("stage: share" in (scratch / "both/recipe.yaml").read_text(), "the recipe is written with both stages")


def misuse(scratch, pruned):
    done = run("share", pruned, "--bits", "17", "--out", scratch / "none", code=2)
    check("16" in done.stderr, f"'{done.stderr.strip()}' says how many bits there may be")


main()
