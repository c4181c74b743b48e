# SPDX-FileCopyrightText: 2026 The Stowage authors
# SPDX-License-Identifier: MIT
"""Real files for imports, made with the tools that make them for users."""

import random
import struct
import subprocess

MIB = 1024 * 1024


class Payloads:
    """The few real files that imports take, made once."""

    def __init__(self, directory):
        self.raw = bytearray(random.Random(1).randbytes(MIB))
        self.raw[446:512] = bytes(66)
        self.raw[446:462] = struct.pack("<B3sB3sII", 0x80, b"\0\2\0", 0x83, b"\0\2\0", 64, 1024)
        self.raw[510:512] = b"\x55\xaa"
        raw = directory / "payload.raw"
        raw.write_bytes(self.raw)
        qcow2 = directory / "payload.qcow2"
        subprocess.run(["qemu-img", "convert", "-q", "-f", "raw", "-O", "qcow2", raw, qcow2], check=True)
        self.qcow2 = qcow2.read_bytes()
        ext4 = directory / "payload.ext4"
        with open(ext4, "wb") as file:
            file.truncate(4 * MIB)
        subprocess.run(["mkfs.ext4", "-q", "-F", "-L", "payload", ext4], check=True)
        self.ext4 = ext4.read_bytes()
