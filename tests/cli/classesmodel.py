#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Stowage authors
# SPDX-License-Identifier: MIT
"""Builds random configurations and compares each tree with an independent model of the BitBake classes.

A seed makes a configuration: guests with tags and per-guest values, a deploy directory with links to time-stamped
files, sources to import, custom configs. The model says, from what the classes are documented to do and with no
knowledge of Stowage's code, which files the host gets, byte by byte. Some seeds leave a file out: then the input is
invalid and nothing may be written.

    classesmodel.py STOWAGE_CLI [--first SEED] [--count N] [--keep DIRECTORY]
"""

import argparse
import os
import random
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

from bitbaketext import BitBakeText
from comparetree import compare_tree
from payloads import Payloads

IMAGES = "/var/lib/xen/images"
MACHINES = {
    "qemuarm64": "Image",
    "qemux86-64": "bzImage",
    "qemuarm": "zImage",
    "genericx86-64": "bzImage",
    "genericarm64": "Image",
}
NAMES = ["xen-guest-image-minimal", "alpine", "vendor.guest", "guest_1", "c++box", "a", "9front", "Debian-13", "web-01",
         "my-vendor-guest", "x" * 60]
FILES = ["vendor-rootfs", "root fs", "größe-ß", "日本語", "a'b", "x+y~1", "name.with.dots", "UPPER lower", "-dash", "(paren)"]
DEFAULTS = {"MEMORY": "512", "VCPUS": "1", "VIF": "bridge=xenbr0", "EXTRA": "root=/dev/xvda ro ip=dhcp",
            "DISK_DEVICE": "xvda", "IMAGE_SIZE": "256"}
VALUES = {
    "MEMORY": ["64", "256", "1024", "2048"],
    "VCPUS": ["1", "2", "4"],
    "VIF": ["bridge=xenbr1", "mac=00:16:3e:01:02:03,bridge=br0", "bridge=xenbr0,script=vif-bridge", ""],
    "EXTRA": ["root=/dev/xvda ro console=hvc0", "root=/dev/xvda1 rw quiet  loglevel=3", "init=/bin/sh", 'dyndbg="file a.c +p"',
              "root=LABEL=größe", ""],
    "DISK_DEVICE": ["xvdb", "hda", "sda", ""],
    "IMAGE_SIZE": ["8", "16", "24"],
}


class Case(BitBakeText):
    """One configuration: its files on the disk, and what the host is to get."""

    def __init__(self, seed, top, payloads):
        super().__init__(random.Random(seed))
        self.top = top
        self.payloads = payloads
        self.deploy = top / self.random.choice(["deploy", "deploy dir", "tmp/deploy/images/größe"])
        self.unpack = top / self.random.choice(["unpack", "work/sources-unpack"])
        self.deploy.mkdir(parents=True)
        self.unpack.mkdir(parents=True)
        self.machine = self.random.choice(list(MACHINES))
        self.kernel_type = MACHINES[self.machine]
        self.arguments = ["--machine", self.machine]
        if self.chance(0.2):
            self.kernel_type = self.random.choice(["Image.gz", "vmlinuz", "fitImage"])
            self.arguments += ["--kernel-type", self.kernel_type]
        self.arguments += ["--deploy-dir", str(self.deploy), "--unpack-dir", str(self.unpack)]
        self.expected = {}  # path on the host: ("file", bytes) | ("link", target) | ("ext4", MiB, {path: bytes})
        self.fault = None
        self.stamp = 20240101000000
        self.defaults = dict(DEFAULTS)
        self.fstype = "ext4"
        self.make()
        if self.chance(0.25):
            self.add_host()

    def content(self):
        return self.random.randbytes(self.random.randint(0, 5000))

    # Files

    def deployed(self, stem, suffix, directory=None):
        """Puts a file named stem+suffix there: plain, or behind links as Yocto deploys. Returns (link name, file name, bytes)."""
        directory = directory or self.deploy
        link = directory / (stem + suffix)
        link.parent.mkdir(parents=True, exist_ok=True)
        data = self.content()
        how = self.random.randrange(4)
        if how == 0:
            link.write_bytes(data)
            return link.name, link.name, data
        self.stamp += 1
        real = link.parent / f"{Path(stem).name}-{self.stamp}{suffix}"
        real.write_bytes(data)
        if how == 1:
            link.symlink_to(real)
        elif how == 2:
            link.symlink_to(real.name)
        else:
            middle = link.parent / f".{Path(stem).name}-{self.stamp}.link"
            middle.symlink_to(real.name)
            link.symlink_to(middle.name)
        return link.name, real.name, data

    def add_host(self):
        """A host root file system: what it has is kept, but for what a guest's file replaces."""
        host = self.top / "host root"
        kept = {"/etc/xen/xl.conf": b"# kept\n", "/etc/xen/scripts/vif-bridge": b"#!/bin/sh\n", "/usr/lib/größe/a b": self.content(),
                "/etc/xen/other.cfg": b"name = 'other'\n", "/etc/hostname": b"dom0\n"}
        replaced = [name for name, node in self.expected.items() if node[0] == "file" and self.chance(0.3)]
        for name, data in [*kept.items(), *((name, b"old") for name in replaced)]:
            path = host / name[1:]
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        for name, data in kept.items():
            self.expected[name] = ("file", data)
        link = "/etc/xen/auto/other.cfg"
        (host / "etc/xen/auto").mkdir(exist_ok=True)
        (host / link[1:]).symlink_to("../other.cfg")
        self.expected[link] = ("link", "../other.cfg")
        self.arguments += ["--host", str(host)]

    # Guests

    def make(self):
        for key, values in VALUES.items():
            if self.chance(0.25) or key == "IMAGE_SIZE":
                self.defaults[key] = self.random.choice([value for value in values if value])
                self.assign(f"XEN_GUEST_{key}_DEFAULT", self.defaults[key])
        if self.chance(0.2):
            self.fstype = self.random.choice(["ext3", "wic", "squashfs"])
            self.assign("XEN_GUEST_IMAGE_FSTYPE", self.fstype)
        self.host_kernel = None
        names = self.random.sample(NAMES, self.random.randint(1, 5))
        in_bundle = self.random.choice([0, 0, len(names), self.random.randint(0, len(names))])
        victim = self.random.choice(names) if self.chance(0.15) else None
        entries = []
        for i, name in enumerate(names):
            tags = [tag for tag in ("autostart", "external") if self.chance(0.5)]
            self.random.shuffle(tags)
            entries.append(":".join([name] + tags))
            self.guest(name, "autostart" in tags, i < in_bundle, name == victim)
        if in_bundle:
            self.assign_list("XEN_GUEST_BUNDLES", entries[:in_bundle])
        if in_bundle < len(names):
            self.assign_list("BUNDLED_XEN_GUESTS", entries[in_bundle:])

    def guest(self, name, autostart, by_link_name, broken):
        values = dict(self.defaults)
        for key, choices in VALUES.items():
            if self.chance(0.4):
                value = self.random.choice(choices)
                self.flag(f"XEN_GUEST_{key}", name, value)
                values[key] = value or self.defaults[key]
        title = name
        if self.chance(0.2):
            title = self.random.choice(["domain of " + name, "Gäst-" + name, name.upper()])
            self.flag("XEN_GUEST_NAME", name, title)
        faults = self.random.choice(["rootfs", "kernel", "config"]) if broken else None
        image = self.root_disk(name, values, by_link_name, faults == "rootfs")
        kernel = self.kernel(name, by_link_name, faults == "kernel")
        config = self.custom_config(name, image, kernel, faults == "config")
        self.expected[f"/etc/xen/{name}.cfg"] = ("file", (config or self.generated(title, values, image, kernel)).encode())
        if autostart:
            self.expected[f"/etc/xen/auto/{name}.cfg"] = ("link", f"/etc/xen/{name}.cfg")

    def put(self, name, data):
        self.expected[f"{IMAGES}/{name}"] = ("file", bytes(data))
        return name

    def root_disk(self, name, values, by_link_name, missing):
        if self.chance(0.45):
            return self.imported(name, values, missing)
        if self.chance(0.3):
            stem = f"{self.random.choice(FILES)}-{name}"
            if self.chance(0.3):
                stem = "sub dir/" + stem
            self.flag("XEN_GUEST_ROOTFS", name, stem + ".ext4")
            if missing:
                self.fault = stem + ".ext4"
                return ""
            link, real, data = self.deployed(stem, ".ext4")
        else:
            stem = f"{name}-{self.machine}"
            if missing:
                self.fault = stem + ".rootfs." + self.fstype
                return ""
            fallback = self.chance(0.4)
            if not fallback and self.chance(0.3):
                (self.deploy / f"{stem}.rootfs.{self.fstype}").write_bytes(b"the second choice")
            link, real, data = self.deployed(stem, (".rootfs." if fallback else ".") + self.fstype)
        return self.put(link if by_link_name else real, data)

    def imported(self, name, values, missing):
        kind = self.random.choice(["raw", "ext4", "qcow2", "rootfs_dir"])
        source = f"{self.random.choice(FILES)} {name} source"
        self.flag("XEN_GUEST_SOURCE_TYPE", name, kind)
        self.assign_source(name, source, missing)
        if missing:
            return ""
        path = self.source_path
        if kind == "rootfs_dir":
            tree = {"etc/hostname": name.encode() + b"\n", "bin/tool": self.content(), "usr/share/größe 1": self.content()}
            for relative, data in tree.items():
                (path / relative).parent.mkdir(parents=True, exist_ok=True)
                (path / relative).write_bytes(data)
            self.expected[f"{IMAGES}/{name}.img"] = ("ext4", int(values["IMAGE_SIZE"]), tree)
            return f"{name}.img"
        data = getattr(self.payloads, kind)
        path.write_bytes(data)
        return self.put(f"{name}.img", self.payloads.raw if kind == "qcow2" else data)

    def assign_source(self, name, source, missing):
        elsewhere = self.top / "elsewhere"
        elsewhere.mkdir(exist_ok=True)
        if self.chance(0.3) and not missing:
            self.source_path = elsewhere / source
            self.flag("XEN_GUEST_SOURCE_FILE", name, str(self.source_path))
        else:
            self.source_path = self.unpack / source
            self.flag("XEN_GUEST_SOURCE_FILE", name, source)
            self.fault = source if missing else self.fault

    def kernel(self, name, by_link_name, missing):
        """The name of the guest's kernel on the target; empty for HVM."""
        if not missing and self.chance(0.2):
            self.flag("XEN_GUEST_KERNEL", name, "none")
            return ""
        if missing or self.chance(0.35):
            stem = f"{self.random.choice(FILES)}-kernel-{name}"
            self.flag("XEN_GUEST_KERNEL", name, stem + ".bin")
            if missing:
                self.fault = stem + ".bin"
                return "x"
            if self.chance(0.5):
                if self.chance(0.3):
                    (self.deploy / (stem + ".bin")).write_bytes(b"hidden by the one in the unpack directory")
                found = self.deployed(stem, ".bin", self.unpack)
            else:
                found = self.deployed(stem, ".bin")
        else:
            if self.host_kernel is None:
                self.host_kernel = self.deployed(self.kernel_type, "")
            found = self.host_kernel
        link, real, data = found
        return self.put(link if by_link_name else real, data)

    # Configs

    @staticmethod
    def string(value):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'

    @staticmethod
    def item(value):
        return "['" + value.replace("\\", "\\\\").replace("'", "\\'") + "']"

    def generated(self, title, values, image, kernel):
        lines = [f"name = {self.string(title)}"]
        if not kernel:
            lines.append('type = "hvm"')
        lines += [
            f"memory = {values['MEMORY']}",
            f"vcpus = {values['VCPUS']}",
            f"disk = {self.item(f'file:{IMAGES}/{image},' + values['DISK_DEVICE'] + ',rw')}",
            f"vif = {self.item(values['VIF'])}",
        ]
        if kernel:
            lines += [f"kernel = {self.string(f'{IMAGES}/{kernel}')}", f"extra = {self.string(values['EXTRA'])}"]
        return "".join(line + "\n" for line in lines)

    def custom_config(self, name, image, kernel, missing):
        if not missing and not self.chance(0.3):
            return None
        file_name = f"custom-{name}.cfg"
        directory = self.unpack if self.chance(0.7) else self.top / "elsewhere"
        directory.mkdir(exist_ok=True)
        reference = "${UNPACKDIR}/" if directory == self.unpack else f"{directory}/"
        self.flag("XEN_GUEST_CONFIG_FILE", name, reference + file_name)
        if missing:
            self.fault = file_name
            return None
        prefix = self.random.choice(["file:", "phy:", "tap:aio:"])
        rest = self.random.choice([",xvda,rw", ",xvda,w", ",hda,r"])
        head = self.random.choice(["", "# A config with its own comment: disk and kernel\n", "\n\n"]) + f'name = "{name}"\n'
        tail = self.random.choice(["", "on_crash = 'preserve' # kept\n", "vif = [ 'bridge=br7' ,]\n  \n", "serial='pty'"])
        kernel_line = bool(kernel) and self.chance(0.8)

        def text(disk, kernel_path):
            line = f'kernel = "{kernel_path}"\n' if kernel_line else ""
            return head + line + f"disk = ['{disk}{rest}']\nmemory = 77\n" + tail

        (directory / file_name).write_text(text(f"{prefix}/old/place/disk.img", "/old/place/kernel"), encoding="utf-8")
        # A quote in the image's name must be escaped in the config.
        return text(f"file:{IMAGES}/{image}".replace("'", "\\'"), f"{IMAGES}/{kernel}")

    # Running

    def write_inputs(self):
        """The lines in one to three files, in order; at most one of them a recipe, which is a world of its own to BitBake."""
        files = []
        cuts = sorted(self.random.sample(range(len(self.lines) + 1), min(2, len(self.lines)))) if self.chance(0.5) else []
        for start, end in zip([0] + cuts, cuts + [len(self.lines)]):
            suffix = self.random.choice([".conf", ".inc", ".bb" if end == len(self.lines) and start < end else ".conf"])
            path = self.top / f"input {len(files)}{suffix}"
            comment = self.random.choice(["", "# a comment\n\n", "#\n"])
            path.write_text(comment + "".join(line + "\n" for line in self.lines[start:end]), encoding="utf-8")
            files.append(str(path))
        return files

    def run(self, program):
        output = self.top / "out" / self.random.choice(["tree", "a:b", "staging größe"])
        output.parent.mkdir()
        command = [program, "build", *self.write_inputs(), *self.arguments, "--output", f"tree:{output}", "--quiet"]
        archive = output.parent / self.random.choice(["archive.tar", "archive ß.tar.gz", "archive.txz"]) if self.chance(0.25) else None
        if archive:
            command += ["--output", f"tar:{archive}"]
        done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
        complaint = self.compare(done, output, archive)
        if complaint:
            return f"{complaint}\n  command: {' '.join(command)}\n  status {done.returncode}\n{done.stderr}"
        return None

    def compare(self, done, output, archive):
        asked = (output, archive, Path(f"{output}.stowage-owners"))
        left = [path.name for path in output.parent.iterdir() if path not in asked]
        if left:
            return f"left behind: {left}"
        if self.fault:
            if done.returncode != 3:
                return f"{self.fault} is missing, but the status is not 3"
            if self.fault not in done.stderr:
                return f"{self.fault} is missing, but no message names it"
            return "an output was written" if output.exists() or archive and archive.exists() else None
        if done.returncode != 0:
            return "the build failed"
        complaint = compare_tree(output, self.expected)
        if not complaint and archive:
            unpacked = self.top / "unpacked"
            with tarfile.open(archive) as tar:
                if any((member.uid, member.gid) != (0, 0) for member in tar if self.is_new(member.name)):
                    return f"{archive.name} has files that are not owned by root"
                tar.extractall(unpacked, filter="tar")
            complaint = compare_tree(unpacked, self.expected)
        return complaint

    @staticmethod
    def is_new(name):
        """Whether a member of an archive comes from a guest: always root's, whoever builds."""
        return name.removeprefix("./").startswith("var/lib/xen/images/")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--count", type=int, default=120)
    parser.add_argument("--keep", help="leave the files of failed cases in this directory")
    options = parser.parse_args()
    os.environ["PATH"] += ":/usr/sbin:/sbin"
    os.umask(0o022)
    failed = invalid = 0
    with tempfile.TemporaryDirectory() as scratch:
        payloads = Payloads(Path(scratch))
        for seed in range(options.first, options.first + options.count):
            top = Path(options.keep or scratch) / f"case-{seed}"
            top.mkdir(parents=True)
            case = Case(seed, top, payloads)
            complaint = case.run(options.program)
            invalid += bool(case.fault)
            if complaint:
                failed += 1
                print(f"seed {seed}: {complaint}", file=sys.stderr)
            if not complaint or not options.keep:
                shutil.rmtree(top)
    print(f"{options.count} configurations, {invalid} of them invalid on purpose; {failed} differ from the model")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
