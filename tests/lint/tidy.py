#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Stowage authors
# SPDX-License-Identifier: MIT
"""Runs clang-tidy on every source of a build, and remembers what was clean.

A verdict is kept under a hash of all that it depends on: the source and the project's headers it includes
(as ninja recorded them), its flags, .clang-tidy, the tool. An unchanged tree is checked in about a second.
"""

import concurrent.futures
import hashlib
import json
import os
import shlex
import subprocess
import sys
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]

# What only GCC understands, or what serves its precompiled header.
DROPPED = {"-Winvalid-pch", "-Wlogical-op", "-Wduplicated-cond", "-Wduplicated-branches", "-Wuseless-cast",
           "-Werror", "-fno-fat-lto-objects"}
DROPPED_WITH_VALUE = {"-include", "-o", "-MF", "-MT", "-MQ"}


def flags_of(command):
    """The compiler's arguments as clang-tidy is to see them: no output, no precompiled header."""
    words = iter(shlex.split(command)[1:])
    flags = []
    for word in words:
        if word in DROPPED_WITH_VALUE:
            value = next(words)
            if word == "-include" and "cmake_pch" not in value:
                flags += [word, value]
        elif word not in DROPPED and word not in ("-c", "-MD", "-MMD"):
            flags.append(word)
    return flags


def is_ours(path, build):
    """Whether a file is the project's own source, not generated and not the system's."""
    return path.is_relative_to(TOP) and not path.is_relative_to(build) and not path.is_relative_to(TOP / "build")


def included_headers(build):
    """For every object file the project's files that its last compilation read, from ninja's own records."""
    text = subprocess.run(["ninja", "-C", str(build), "-t", "deps"], capture_output=True, text=True,
                          check=True).stdout
    headers, current = {}, None
    for line in text.splitlines():
        if line and not line.startswith(" ") and ": #deps" in line:
            current = headers.setdefault(line.split(": #deps")[0], [])
        elif line.startswith("    ") and current is not None:
            path = Path(os.path.normpath(build / line.strip()))
            if path.is_relative_to(TOP):  # generated ones too: they decide what the source means
                current.append(path)
    return headers


class Hashes:
    """Hashes of files, each file read once."""

    def __init__(self):
        self.known = {}

    def of(self, path):
        if path not in self.known:
            try:
                self.known[path] = hashlib.sha256(path.read_bytes()).hexdigest()
            except OSError:
                self.known[path] = "absent"
        return self.known[path]


class Unit:
    """One translation unit and the key of its verdict."""

    def __init__(self, entry, headers, common, hashes):
        self.source = Path(entry["file"])
        self.flags = flags_of(entry["command"])
        digest = hashlib.sha256(common.encode())
        digest.update("\0".join(self.flags).encode())
        for path in sorted({self.source, *headers}):
            digest.update(f"{path.relative_to(TOP)} {hashes.of(path)}\n".encode())
        self.key = digest.hexdigest()

    def check(self):
        """clang-tidy's complaints; empty when there are none."""
        result = subprocess.run(["clang-tidy", "--quiet", "--use-color=0", str(self.source), "--", *self.flags],
                                capture_output=True, text=True, cwd=TOP, check=False)
        if result.returncode == 0:
            return ""
        return result.stdout.replace(f"{TOP}/", "") or result.stderr or "clang-tidy failed"


def units_of(build):
    headers = included_headers(build)
    version = subprocess.run(["clang-tidy", "--version"], capture_output=True, text=True, check=True).stdout
    common = version + (TOP / ".clang-tidy").read_text()
    hashes = Hashes()
    entries = json.loads((build / "compile_commands.json").read_text())
    return [Unit(entry, headers.get(entry["output"], []), common, hashes)
            for entry in entries if is_ours(Path(entry["file"]), build)]


def main():
    build = Path(sys.argv[1]).resolve()
    verdicts = build / "tidy"
    verdicts.mkdir(exist_ok=True)
    units = units_of(build)
    pending = [unit for unit in units if not (verdicts / unit.key).exists()]
    failed = 0
    with concurrent.futures.ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
        running = {pool.submit(unit.check): unit for unit in pending}
        for number, done in enumerate(concurrent.futures.as_completed(running), 1):
            unit, complaints = running[done], done.result()
            name = unit.source.relative_to(TOP)
            if complaints:
                failed += 1
                print(complaints)
            else:
                (verdicts / unit.key).touch()
            print(f"[{number}/{len(pending)}] {name}{': FAILED' if complaints else ''}", flush=True)
    for stale in {path.name for path in verdicts.iterdir()} - {unit.key for unit in units}:
        (verdicts / stale).unlink()
    print(f"clang-tidy: {len(units)} sources, {len(pending)} looked at, {failed} with complaints")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
