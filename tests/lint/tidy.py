#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Stowage authors
# SPDX-License-Identifier: MIT
"""Runs clang-tidy on every source of a build, and remembers what was clean.

A verdict is kept under a hash of all that it depends on: the source and the project's headers it includes
(as ninja recorded them), its flags, .clang-tidy, the tool. An unchanged tree is checked in about a second, and so is
another clone of it, as the verdicts lie in the user's cache.

Nearly all of clang-tidy's time goes into the system's headers, so several sources with the same flags are
looked at as one translation unit, if they give no name twice. Where they cannot stand together after all, they are looked
at apart.
"""

import concurrent.futures
import hashlib
import json
import os
import re
import shlex
import subprocess
import sys
import time
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]

GROUP = 8  # sources in one translation unit at most; more need too much memory

KEPT_DAYS = 30  # for verdicts that nobody asked for

# What a source may define for itself in a namespace without a name: types, constants and functions, one a line.
OWN_NAME = re.compile(r"^(?:struct|class|enum(?: class)?) (\w+)|^(?:constexpr|const|using|static) (?:.*? )??(\w+)[({ ]*=|"
                      r"^(?!return|using|else)(?=\w)[\w:<>,*& \[\]]*?[\w>*&] (\w+)\(", re.MULTILINE)

# What only GCC understands, or what serves its precompiled header.
DROPPED = {"-Winvalid-pch", "-Wlogical-op", "-Wduplicated-cond", "-Wduplicated-branches", "-Wuseless-cast",
           "-Werror", "-fno-fat-lto-objects", "-fmodules-ts", "-c", "-MD", "-MMD"}
DROPPED_WITH_VALUE = {"-include", "-o", "-MF", "-MT", "-MQ", "-x"}
DROPPED_BEGINNINGS = ("-fmodule-mapper", "-fdeps-format")

OUR_FILES = r"/(src|tests)/[^.]*\.(h|cpp)$"


def flags_of(entry):
    """The compiler's arguments as clang-tidy is to see them: no source, no output, no precompiled header."""
    words = iter(shlex.split(entry["command"])[1:])
    flags = []
    for word in words:
        if word in DROPPED_WITH_VALUE:
            next(words)
        elif word not in DROPPED and word != entry["file"] and not word.startswith(DROPPED_BEGINNINGS):
            flags.append(word)
    return flags


def split_generated(flags):
    """The flags without the directories of moc's and uic's output, and those: only they differ among tests."""
    common, generated = [], []
    words = iter(flags)
    for word in words:
        if word in ("-isystem", "-I"):
            pair = [word, next(words)]
            (generated if "_autogen/" in pair[1] else common).extend(pair)
        elif word.startswith("-I") and "_autogen/" in word:
            generated.append(word)
        else:
            common.append(word)
    return tuple(common), generated


def is_ours(path, build):
    """Whether a file is a source of the programs: not generated, not the system's, and no test, which GCC's warnings do for."""
    return path.is_relative_to(TOP / "src") and not path.is_relative_to(build)


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


def own_names(source):
    """The names that a source gives in namespaces without a name, as far as they can be told by the look of its lines."""
    names = set()
    for part in re.findall(r"^namespace\n\{\n(.*?)^\} // namespace$", source.read_text(), re.DOTALL | re.MULTILINE):
        names.update(name for found in OWN_NAME.findall(part) for name in found if name)
    return names


class Unit:
    """One source and the key of its verdict."""

    def __init__(self, entry, headers, common, hashes):
        self.source = Path(entry["file"])
        self.names = own_names(self.source)
        self.flags, self.generated = split_generated(flags_of(entry))
        digest = hashlib.sha256(common.encode())
        digest.update("\0".join([*self.flags, *self.generated]).replace(str(TOP), "").encode())
        for path in sorted({self.source, *headers}):
            digest.update(f"{path.relative_to(TOP)} {hashes.of(path)}\n".encode())
        self.key = digest.hexdigest()

    @property
    def name(self):
        return str(self.source.relative_to(TOP))


def run_tidy(source, flags):
    """clang-tidy's complaints about a file; empty when there are none."""
    result = subprocess.run(["clang-tidy", "--quiet", "--use-color=0", f"--header-filter={OUR_FILES}", str(source),
                             "--", *flags], capture_output=True, text=True, cwd=TOP, check=False)
    if result.returncode == 0:
        return ""
    return result.stdout.replace(f"{TOP}/", "") or result.stderr or "clang-tidy failed"


def check(units, verdicts):
    """Looks at some sources with the same flags together; the complaints of each part that had to be apart."""
    if len(units) == 1:
        return [(units, run_tidy(units[0].source, [*units[0].flags, *units[0].generated]))]
    together = verdicts / f"together-{units[0].key[:16]}.cpp"
    together.write_text("".join(f'#define main main_{number}\n#include "{unit.source}"  // NOLINT\n#undef main\n'
                                for number, unit in enumerate(units)))
    generated = [word for unit in units for word in unit.generated]
    complaints = run_tidy(together, [*units[0].flags, *generated])
    together.unlink()
    if "[clang-diagnostic-error]" in complaints:  # perhaps only because they are together
        middle = len(units) // 2
        return check(units[:middle], verdicts) + check(units[middle:], verdicts)
    return [(units, complaints)]


def groups_of(units):
    """Sources that can be looked at together: of one set of flags and no name twice, as many as keep every processor busy."""
    by_flags = {}
    for unit in sorted(units, key=lambda unit: unit.source):
        by_flags.setdefault(unit.flags, []).append(unit)
    for alike in by_flags.values():
        size = min(GROUP, -(-len(alike) // os.cpu_count()))
        groups = []
        for unit in alike:
            fits = (group for group in groups
                    if len(group) < size and not any(unit.names & other.names for other in group))
            group = next(fits, None)
            if group is None:
                groups.append([unit])
            else:
                group.append(unit)
        yield from groups


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
    verdicts = Path(sys.argv[2])
    verdicts.mkdir(parents=True, exist_ok=True)
    units = units_of(build)
    pending = []
    for unit in units:
        if (verdicts / unit.key).exists():
            (verdicts / unit.key).touch()
        else:
            pending.append(unit)
    failed = looked_at = 0
    with concurrent.futures.ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
        running = [pool.submit(check, group, verdicts) for group in groups_of(pending)]
        for done in concurrent.futures.as_completed(running):
            for group, complaints in done.result():
                looked_at += len(group)
                failed += bool(complaints)
                print(complaints, end="")
                print(f"[{looked_at}/{len(pending)}]", "FAILED:" if complaints else "clean:",
                      *(unit.name for unit in group), flush=True)
                if not complaints:
                    for unit in group:
                        (verdicts / unit.key).touch()
    for verdict in verdicts.iterdir():
        if verdict.stat().st_mtime < time.time() - KEPT_DAYS * 24 * 3600:
            verdict.unlink(missing_ok=True)
    print(f"clang-tidy: {len(units)} sources, {len(pending)} looked at, {failed} with complaints")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
