#!/usr/bin/env python3
"""Collects inputs without labels for real networks, as .npz files for --data npz:FILE.

    scripts/collect_inputs.py magika magika.npz --count 3000      # files of this machine
    scripts/collect_inputs.py text-lines lines.npz --count 3000   # rendered lines, half upside down
    scripts/collect_inputs.py long-lines long.npz --count 900     # 320 pixels wide, upright
    scripts/collect_inputs.py notes notes.npz --count 300         # made-up music

Needs numpy, and Pillow for lines (the Python of the peers has both: scripts/venv.sh peers).
"""
import argparse
import pathlib
import random

import numpy

BLOCK = 1024  # bytes that magika looks at, at each end of a file
PADDING = 256  # its number for "no byte"


def magika_features(content):
    """First and last bytes of a file, blanks stripped at the ends, padded (magika 1.0, model 3.3)."""
    begin = content[: 4 * BLOCK].lstrip()[:BLOCK]
    end = content[-4 * BLOCK:].rstrip()[-BLOCK:]
    features = numpy.full(2 * BLOCK, PADDING, numpy.int32)
    features[: len(begin)] = list(begin)
    if end:
        features[-len(end):] = list(end)
    return features


def collect_magika(count, generator):
    files = [path for root in ("/usr/share", "/usr/lib", "/usr/include", "/etc", "/usr/bin")
             for path in pathlib.Path(root).rglob("*")]
    files = sorted(files)
    generator.shuffle(files)
    # No more than a twentieth of one ending, so that no kind of file drowns the others.
    limit, seen, rows = max(1, count // 20), {}, []
    for path in files:
        if len(rows) == count:
            break
        if seen.get(path.suffix, 0) >= limit:
            continue
        try:
            if path.is_symlink() or not path.is_file() or path.stat().st_size < 16:
                continue
            rows.append(magika_features(path.read_bytes()))
        except OSError:
            continue
        seen[path.suffix] = seen.get(path.suffix, 0) + 1
    return {"bytes": numpy.stack(rows)}


def words_of_this_machine():
    texts = sorted(pathlib.Path("/usr/share/common-licenses").glob("*"))
    words = " ".join(path.read_text(errors="ignore") for path in texts if path.is_file()).split()
    return [word for word in words if word.isprintable()]


def collect_text_lines(count, generator):
    from PIL import Image, ImageDraw, ImageFont

    words = words_of_this_machine()
    images = numpy.empty((count, 3, 48, 192), numpy.float32)
    for i in range(count):
        start = generator.randrange(len(words) - 4)
        paper, ink = generator.randrange(150, 256), generator.randrange(0, 110)
        image = Image.new("RGB", (192, 48), (paper,) * 3)
        font = ImageFont.load_default(size=generator.randrange(18, 36))
        ImageDraw.Draw(image).text((4, generator.randrange(2, 12)),
                                   " ".join(words[start:start + generator.randrange(1, 4)]),
                                   fill=(ink,) * 3, font=font)
        if generator.random() < 0.5:
            image = image.rotate(180)
        pixels = numpy.asarray(image, numpy.float32)
        pixels += numpy.random.default_rng(i).normal(0, 4, pixels.shape)
        images[i] = (pixels.transpose(2, 0, 1) / 255 - 0.5) / 0.5
    return {"x": images}


def collect_long_lines(count, generator):
    from PIL import Image, ImageDraw, ImageFont

    words = words_of_this_machine()
    images = numpy.empty((count, 3, 48, 320), numpy.float32)
    for i in range(count):
        start = generator.randrange(len(words) - 5)
        paper, ink = generator.randrange(150, 256), generator.randrange(0, 110)
        image = Image.new("RGB", (320, 48), (paper,) * 3)
        font = ImageFont.load_default(size=generator.randrange(20, 36))
        ImageDraw.Draw(image).text((4, generator.randrange(2, 10)),
                                   " ".join(words[start:start + generator.randrange(2, 5)]),
                                   fill=(ink,) * 3, font=font)
        pixels = numpy.asarray(image, numpy.float32)
        pixels += numpy.random.default_rng(i).normal(0, 4, pixels.shape)
        images[i] = (pixels.transpose(2, 0, 1) / 255 - 0.5) / 0.5
    return {"x": images}


def collect_notes(count, generator):
    """Two seconds of up to four decaying notes with overtones, at 22,050 Hz, as basic-pitch hears them."""
    seconds = numpy.arange(43844) / 22050
    sounds = numpy.zeros((count, 43844, 1), numpy.float32)
    for i in range(count):
        for _ in range(generator.randrange(1, 5)):
            frequency = 440 * 2 ** (generator.randrange(-24, 25) / 12)
            since = numpy.maximum(seconds - generator.uniform(0, 1.5), 0)
            loudness = generator.uniform(0.1, 0.5) * numpy.exp(-generator.uniform(1, 4) * since) * (since > 0)
            for overtone in range(1, 6):
                sounds[i, :, 0] += loudness / overtone ** 1.5 * numpy.sin(2 * numpy.pi * frequency * overtone * since)
        sounds[i, :, 0] += numpy.random.default_rng(i).normal(0, 0.003, 43844)
    return {"serving_default_input_2:0": numpy.clip(sounds, -1, 1)}


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kind", choices=("magika", "text-lines", "long-lines", "notes"))
    parser.add_argument("out")
    parser.add_argument("--count", type=int, default=3000)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    collect = {"magika": collect_magika, "text-lines": collect_text_lines,
               "long-lines": collect_long_lines, "notes": collect_notes}[arguments.kind]
    inputs = collect(arguments.count, random.Random(arguments.seed))
    numpy.savez(arguments.out, **inputs)
    for name, values in inputs.items():
        print(f"{arguments.out}: {name} {values.dtype} {values.shape}")


if __name__ == "__main__":
    main()
