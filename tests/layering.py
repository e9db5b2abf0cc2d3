#!/usr/bin/env python3
"""Checks that every #include follows the arrows between the rooms.

Reads the list that cmake/rooms.cmake wrote (rooms.txt in the build folder) and all sources. Prints one
sentence for each fault and exits with 1 if there is any.
"""

import argparse
import re
import sys
from pathlib import Path

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')
HEADERS = {".h", ".hpp"}
SOURCES = HEADERS | {".cc", ".cpp", ".cu", ".cuh"}


class House:
    """The list of rooms: paths, arrows, outside libraries and who may use them."""

    def __init__(self, rooms_file):
        self.rooms = {}  # name -> {path, includes, uses, tests_also}
        self.guards = {}  # library -> (pattern, whether rooms that use it may have it in their headers)
        self.installed = set()  # paths of installed headers
        for line in rooms_file.read_text().splitlines():
            kind, *fields = line.split(" ")
            if kind == "room":
                name, path, *lists = fields
                room = {"path": path}
                for field in lists:
                    key, _, names = field.partition("=")
                    room[key] = [n for n in names.split(",") if n]
                self.rooms[name] = room
            elif kind == "guard":
                name, where, pattern = fields
                self.guards[name] = (re.compile(pattern), where == "own_headers")
            elif kind == "installed":
                self.installed.add(fields[0])

    def room_of(self, path):
        """The room in which a file lies: the longest path wins, so subrooms are rooms of their own."""
        homes = [n for n, r in self.rooms.items() if path.startswith(r["path"] + "/")]
        return max(homes, key=lambda n: len(self.rooms[n]["path"]), default=None)

    def guard_of(self, include):
        return next((n for n, (pattern, _) in self.guards.items() if pattern.match(include)), None)


class Source:
    def __init__(self, root, path):
        self.path = path.relative_to(root).as_posix()
        self.is_header = path.suffix in HEADERS
        self.includes = []  # (line number, what is between the quotes or brackets)
        for number, line in enumerate(path.read_text(errors="replace").splitlines(), 1):
            if found := INCLUDE.match(line):
                self.includes.append((number, found[2]))


def read_sources(root, house):
    tops = sorted({room["path"].split("/")[0] for room in house.rooms.values()} | {"tests", "bench"})
    sources = {}
    for top in tops:
        for path in sorted((root / top).rglob("*")):
            if path.suffix in SOURCES and path.is_file():
                source = Source(root, path)
                sources[source.path] = source
    return sources


def guards_behind(house, sources):
    """For every header, the guarded libraries that come in with it, and the header that names them."""
    behind = {}

    def visit(path):
        if path in behind:
            return behind[path]
        behind[path] = found = {}
        for _, include in sources[path].includes:
            guard = house.guard_of(include)
            if guard:
                found.setdefault(guard, path)
            elif include.startswith("gcompress/") and include[len("gcompress/"):] in sources:
                for guard, origin in visit(include[len("gcompress/"):]).items():
                    found.setdefault(guard, origin)
        return found

    for path in sources:
        visit(path)
    return behind


def stands_alone(path):
    """CUDA kernels name their neighbours, so that nvcc compiles such a file without any options."""
    return "/kernels/cuda/" in path


def faults_of(source, house, sources, behind):
    """The faults of one file, as sentences."""
    is_test = source.path.startswith(("tests/", "bench/"))
    place = source.path.partition("/")[2] if is_test else source.path
    name = house.room_of(place)
    if name is None:
        if not is_test:
            yield f"{source.path} lies in no room; rooms are listed in cmake/rooms.cmake."
        return  # tests/support, tests/fuzz: bound by what they link
    room = house.rooms[name]
    allowed = [name] + room["includes"] + (room.get("tests_also", []) if is_test else [])
    if is_test:
        allowed += ["networks", "data", "graph"]  # what tests/support brings
    allowed_text = ", ".join(dict.fromkeys(allowed))

    for number, include in source.includes:
        where = f"{source.path}:{number} includes {include}"
        guard = house.guard_of(include)
        if guard:
            users = [n for n, r in house.rooms.items() if guard in r["uses"]]
            if name not in users:
                yield f"{where}, but only these rooms may use {guard}: {', '.join(users)}."
            elif source.is_header and not is_test and not house.guards[guard][1]:
                yield f"{where}, but no header may include {guard}; include it in the .cc file."
        elif include.startswith("gcompress/"):
            target = include[len("gcompress/"):]
            if target == "version.h":
                continue
            other = house.room_of(target)
            if other is None:
                yield f"{where}, which lies in no room."
                continue
            if other not in allowed:
                yield f"{where}, which is room {other}, but {name} may include only: {allowed_text}."
            if other != name and target in behind:
                for guard, origin in behind[target].items():
                    if guard not in room["uses"]:
                        through = "" if origin == target else f" by way of {origin}"
                        yield (f"{where}, which brings in {guard}{through}, "
                               f"but room {name} may not use {guard}.")
            if not is_test and source.path in house.installed and target not in house.installed:
                yield (f"{where}, but {source.path} is an installed header and {target} is not; "
                       "see cmake/install_headers.cmake.")
        elif house.room_of(include) or (Path(include).name == include and not is_test
                                        and not stands_alone(source.path)
                                        and (Path(source.path).parent / include).as_posix() in sources):
            yield f'{where}; spell our own headers from the root: "gcompress/...".'
    if source.path in house.installed:
        for guard, origin in behind[source.path].items():
            yield f"{source.path} is an installed header and brings in {guard} by way of {origin}."


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rooms", type=Path, required=True, help="rooms.txt of a build folder")
    parser.add_argument("--source", type=Path, required=True, help="root of the source tree")
    options = parser.parse_args()

    house = House(options.rooms)
    sources = read_sources(options.source.resolve(), house)
    behind = guards_behind(house, sources)
    faults = [f for s in sources.values() for f in faults_of(s, house, sources, behind)]
    for fault in faults:
        print(fault)
    print(f"layering: {len(sources)} files, {len(faults)} faults")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
