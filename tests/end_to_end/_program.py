"""Runs the program as its user would; shared by the end-to-end tests and those in ../peers."""
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

BIN = os.environ["GCOMPRESS_BIN"]
SKIPPED = 77


def skip(reason):
    print(f"skipped: {reason}")
    sys.exit(SKIPPED)


def test_data():
    """The folder of data sets and models, or the test is skipped."""
    folder = os.environ.get("GCOMPRESS_TEST_DATA")
    if not folder or not pathlib.Path(folder).is_dir():
        skip("GCOMPRESS_TEST_DATA names no folder of data sets and models")
    return pathlib.Path(folder)


def trains():
    """Whether the program was built with libtorch."""
    return (pathlib.Path(BIN).parent.parent / "libexec" / "gcompress" / "gcompress-train").exists()


def needs_training():
    if not trains():
        skip("built without libtorch")


def run(*arguments, code=0, **options):
    """Runs gcompress; fails the test unless it exits with `code` (a number or several)."""
    command = [BIN, *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, **options)
    allowed = code if isinstance(code, tuple) else (code,)
    if done.returncode not in allowed:
        sys.exit(f"expected exit code {code}, got {done.returncode}: {' '.join(command)}\n"
                 f"{done.stdout}{done.stderr}")
    return done


def report(folder):
    return json.loads((pathlib.Path(folder) / "report.json").read_text())


def model_of(report_json, role, name=None):
    for model in report_json["models"]:
        if model["role"] == role and name in (None, model["name"]):
            return model
    sys.exit(f"the report has no model with role {role}")


def check(condition, sentence):
    if not condition:
        sys.exit(f"does not hold: {sentence}")


class Scratch:
    """A folder that is removed afterwards."""

    def __enter__(self):
        self.path = pathlib.Path(tempfile.mkdtemp(prefix="gcompress-test-"))
        return self.path

    def __exit__(self, *_):
        shutil.rmtree(self.path, ignore_errors=True)
