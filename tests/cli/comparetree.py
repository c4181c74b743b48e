# SPDX-FileCopyrightText: 2026 The Stowage authors
# SPDX-License-Identifier: MIT
"""Compares a tree that was written with what it is to hold, byte by byte."""

import os
import stat
import subprocess
from pathlib import Path

MIB = 1024 * 1024


def compare_tree(output, expected):
    """What is wrong with the tree; None when all is as expected: {path: ("file", bytes) | ("link", target) | ("ext4", MiB, files)}."""
    found = {}
    for directory, directories, files in os.walk(output):
        for name in directories:
            mode = stat.S_IMODE(os.lstat(os.path.join(directory, name)).st_mode)
            if mode != 0o755:
                return f"{directory}/{name} has mode {mode:o}"
        for name in files:
            path = os.path.join(directory, name)
            found["/" + os.path.relpath(path, output)] = Path(path)
    if set(found) != set(expected):
        return f"missing: {sorted(set(expected) - set(found))}, surplus: {sorted(set(found) - set(expected))}"
    for name, path in sorted(found.items()):
        complaint = compare_file(path, *expected[name])
        if complaint:
            return f"{name}: {complaint}"
    return None


def compare_file(path, kind, *expected):
    if kind == "link":
        target = os.readlink(path) if path.is_symlink() else None
        return None if target == expected[0] else f"leads to {target}, not to {expected[0]}"
    if path.is_symlink() or not path.is_file() or stat.S_IMODE(path.stat().st_mode) != 0o644:
        return "is not a file of mode 0644"
    if kind == "file":
        data = path.read_bytes()
        shown = f"\n{data.decode(errors='replace')}\ninstead of\n{expected[0].decode(errors='replace')}" \
            if path.suffix == ".cfg" else ""
        return None if data == expected[0] else "has other bytes" + shown
    return compare_ext4(path, *expected)


def compare_ext4(path, size, tree):
    if path.stat().st_size != size * MIB:
        return f"has {path.stat().st_size} bytes, not {size} MiB"
    check = subprocess.run(["e2fsck", "-fn", path], capture_output=True, check=False)
    if check.returncode != 0:
        return "e2fsck: " + check.stdout.decode(errors="replace")
    for name, data in tree.items():
        cat = subprocess.run(["debugfs", "-R", f'cat "/{name}"', path], capture_output=True, check=True)
        if cat.stdout != data:
            return f"has another {name} inside"
    return None
