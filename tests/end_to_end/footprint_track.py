"""gcompress footprint --track measures any program: its streams, exit code and signals stay its own."""
import json
import os
import pathlib
import signal
import subprocess
import sys
import threading
import time

from _program import BIN, Scratch, check, run

COUNT = "import sys; print('out'); print('err', file=sys.stderr); sys.exit(7)"
BUSY = "import time\nend = time.process_time() + 1\nwhile time.process_time() < end: pass"
CHILDREN = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {BUSY!r}])"
WAIT = "import time; print('up', flush=True); time.sleep(60)"


def zone(root, folder, name):
    at = root / "class" / "powercap" / folder
    at.mkdir(parents=True)
    (at / "name").write_text(name + "\n")
    (at / "energy_uj").write_text("1000000\n")
    (at / "max_energy_range_uj").write_text("262143328850\n")
    return at / "energy_uj"


class Counter:
    """A counter of 50 W that a thread of ours moves, until it is stopped."""

    def __init__(self, file):
        self.file, self.going = file, True
        self.thread = threading.Thread(target=self.move)

    def move(self):
        start = time.monotonic()
        while self.going:
            new = self.file.with_suffix(".new")
            try:
                new.write_text(f"{1000000 + int((time.monotonic() - start) * 50e6)}\n")
                new.replace(self.file)
            except FileNotFoundError:
                return
            time.sleep(0.01)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.going = False
        self.thread.join()


def nowhere(scratch):
    (scratch / "empty").mkdir(exist_ok=True)
    return ["--sys", scratch / "empty", "--nvml", scratch / "none.so"]


def track(scratch, *command, code=0, options=(), **run_options):
    out = scratch / "footprint.json"
    done = run("footprint", "--track", *options, "--out", out, *command, code=code, **run_options)
    return done, json.loads(out.read_text())


def streams_and_exit_code(scratch):
    done, found = track(scratch, sys.executable, "-c", COUNT, code=7, options=nowhere(scratch))
    check(done.stdout == "out\n", f"standard output is the command's: {done.stdout!r}")
    check(done.stderr.startswith("err\n"), f"so is standard error, first: {done.stderr!r}")
    for word in ("estimated", "not subtracted", "exit code 7"):
        check(word in done.stderr, f"'{word}' is in the summary: {done.stderr}")
    check(found["tracked"]["exit_code"] == 7, "the exit code is kept")
    run("footprint", "--track", *nowhere(scratch), "sh", "-c", "kill -KILL $$", code=137)
    done = run("footprint", "--track", *nowhere(scratch), "cat", input="in")
    check(done.stdout == "in", "standard input is the command's")
    # Options behind the command are the command's, also those that we have, and our own commands.
    done = run("footprint", "--track", *nowhere(scratch), "echo", "--region", "--json", "run", "--")
    check(done.stdout == "--region --json run --\n", f"the command's options are its own: {done.stdout}")


def estimate(scratch):
    _, found = track(scratch, sys.executable, "-c", CHILDREN, options=[*nowhere(scratch), "--tdp", 100])
    check(found["schema"] == "gcompress-footprint/1" and found["source"] == "command", "it is a footprint")
    tracked = found["tracked"]
    check(0.9 <= tracked["processor_seconds"] <= 5, f"children's time counts: {tracked}")
    (line,) = found["lines"]
    energy = line["energy"]
    check(energy["provenance"] == "estimated" and line["assumptions"], "the estimate is called one")
    share = min(1, tracked["processor_seconds"] / tracked["seconds"] / tracked["processors"])
    low, high = energy["interval"]
    for found_joules, idle in ((low, 10), (high, 50)):
        expected = tracked["seconds"] * (idle + share * (100 - idle))
        check(abs(found_joules - expected) < 0.01 * expected, f"{expected} J, got {found_joules}")


def measured(scratch):
    with Counter(zone(scratch / "sys", "intel-rapl:0", "package-0")):
        options = ["--sys", scratch / "sys", "--nvml", scratch / "none.so", "--region", "DE"]
        done, found = track(scratch, "sleep", 2, options=options)
    (line,) = found["lines"]
    check(line["energy"]["provenance"] == "measured", f"a counter measures: {line}")
    seconds = found["tracked"]["seconds"]
    # The counter moves every 10 ms, a machine under load lets it wait: 20%.
    joules = line["energy"]["value"]
    check(abs(joules / (50 * seconds) - 1) < 0.2, f"{50 * seconds} J, got {joules}")
    check(not found["tracked"]["idle_subtracted"], "idle is not subtracted")
    check("package-0" in done.stderr and "measured" in done.stderr, f"sensors are named: {done.stderr}")


def vanishing(scratch):
    counter = zone(scratch / "vanishing", "intel-rapl:0", "package-0")
    other = zone(scratch / "vanishing", "intel-rapl:1", "package-1")
    with Counter(counter), Counter(other):
        options = ["--sys", scratch / "vanishing", "--nvml", scratch / "none.so"]
        done, found = track(scratch, sys.executable, "-c",
                            f"import os, time; time.sleep(1); os.rename({str(other.parent)!r}, "
                            f"{str(scratch / 'gone')!r}); time.sleep(1.5)", options=options)
    sensors = {sensor["part"]: sensor for sensor in found["tracked"]["sensors"]}
    check(sensors["package-0"]["joules"]["value"] > 0, f"one counter stays: {sensors}")
    check(sensors["package-1"]["joules"]["value"] is None, f"the other is lost, and no zero: {sensors}")
    check("lost after" in sensors["package-1"]["why_not"], "it is said since when")
    check([line["energy"]["provenance"] for line in found["lines"]] == ["estimated"],
          f"there is no measured total: {found['lines']}")
    check("lost after" in done.stderr and "no measured total" in done.stderr, f"said plainly: {done.stderr}")


def meter(scratch):
    lines = "i=0; while true; do echo $i $((i * 40)); i=$((i + 1)); sleep 1; done"
    _, found = track(scratch, "sleep", 3, options=[*nowhere(scratch), "--meter", lines])
    external = [total for total in found["tracked"]["totals"] if total["coverage"] == "external"]
    check(len(external) == 1 and external[0]["joules"]["value"] in (80, 120, 160), f"a meter counts: {external}")
    check(len(found["lines"]) == 2, "and is never summed with the processor's estimate")


def start(*arguments):
    process = subprocess.Popen([BIN, "footprint", *map(str, arguments)], stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE, text=True, start_new_session=True)
    return process


def signals(scratch):
    handler = ("import signal, sys, time\n"
               "def stop(number, frame): print('got', number, flush=True); sys.exit(5)\n"
               "for each in (signal.SIGTERM, signal.SIGINT): signal.signal(each, stop)\n" + WAIT)
    for number in (signal.SIGTERM, signal.SIGINT):
        process = start("--track", *nowhere(scratch), sys.executable, "-c", handler)
        check(process.stdout.readline() == "up\n", "the command runs")
        process.send_signal(number)
        out, err = process.communicate(timeout=60)
        check(out == f"got {int(number)}\n", f"signals are passed on, once: {out!r}")
        check(process.returncode == 5 and "exit code 5" in err, f"and the summary comes: {err}")


def ctrl_c(scratch):
    """A terminal sends Ctrl-C to the whole group: the command gets it once."""
    import pty
    handler = ("import signal, time\n"
               "seen = []\n"
               "signal.signal(signal.SIGINT, lambda *_: seen.append(1))\n"
               "print('up', flush=True)\n"
               "end = time.monotonic() + 2\n"
               "while time.monotonic() < end: time.sleep(0.05)\n"
               "print('seen', len(seen), flush=True)")
    process, terminal = pty.fork()
    if process == 0:
        os.execv(BIN, [BIN, "footprint", "--track", *map(str, nowhere(scratch)), sys.executable, "-c",
                       handler])
    text = ""
    while "up" not in text:
        text += os.read(terminal, 1000).decode()
    os.write(terminal, b"\x03")
    try:
        while part := os.read(terminal, 1000):
            text += part.decode()
    except OSError:
        pass
    _, status = os.waitpid(process, 0)
    check("seen 1" in text, f"Ctrl-C comes once: {text!r}")
    check("Tracked" in text and os.waitstatus_to_exitcode(status) == 0, f"and the summary comes: {text!r}")


def processes(scratch):
    worker = subprocess.Popen([sys.executable, "-c", BUSY])
    threading.Thread(target=worker.wait).start()
    found = json.loads(run("footprint", "--json", "--track-pid", worker.pid, *nowhere(scratch)).stdout)
    check(found["source"] == "process" and not found["tracked"]["interrupted"], "it was followed to its end")
    check(found["tracked"]["processor_seconds"] is not None, "its processor time is known")
    worker = subprocess.Popen([sys.executable, "-c", WAIT], stdout=subprocess.DEVNULL)
    process = start("--track-pid", worker.pid, *nowhere(scratch))
    time.sleep(1.5)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    check(process.returncode == 0 and "which goes on" in out, f"Ctrl-C ends the following: {out} {err}")
    check(worker.poll() is None, "and not the process")
    worker.kill()
    worker.wait()
    done = run("footprint", "--track-pid", worker.pid, code=2)
    check(str(worker.pid) in done.stderr, "a process that is gone is named")


def refusals(scratch):
    def expect(word, *arguments):
        done = run("footprint", *arguments, code=2)
        check(word in done.stderr, f"'{word}' is said by {arguments}: {done.stderr!r}")
        return done

    ran = scratch / "ran"
    expect("command", "--track")
    expect("no-such-program", "--track", *nowhere(scratch), "no-such-program")
    expect("--out", "--track", "--json", "touch", ran)
    expect("--regoin", "--track", "--regoin", "DE", "touch", ran)
    expect("Atlantis", "--track", "--region", "Atlantis", "touch", ran)
    expect("touch", "--kwh", "1", "touch", ran)
    expect("--kwh", "--track", "--kwh", "1", "touch", ran)
    expect("--tdp", "--track", "--tdp", "-5", "touch", ran)
    precious = scratch / "precious.json"
    precious.write_text('{"schema": "mine"}')
    expect("precious.json", "--track", "--out", precious, "touch", ran)
    check(precious.read_text() == '{"schema": "mine"}', "a foreign file stays")
    expect("no-folder", "--track", "--out", scratch / "no-folder" / "x.json", "touch", ran)
    check(not ran.exists(), "nothing was run after a mistake")
    ours = scratch / "ours.json"
    for kwh in (1, 2):
        run("footprint", "--kwh", kwh, "--out", ours)
    check(json.loads(ours.read_text())["lines"][0]["kwh"]["value"] == 2, "our own file is replaced")


def main():
    with Scratch() as scratch:
        for test in (streams_and_exit_code, estimate, measured, vanishing, meter, signals, ctrl_c,
                     processes, refusals):
            test(scratch)


main()
