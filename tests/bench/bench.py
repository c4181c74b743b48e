#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Stowage authors
# SPDX-License-Identifier: MIT
"""Times Stowage against the tools that people use now, both in turn in one run, and prints the ratio of the medians.

bench.py CLI DATA WORK [NAME...]: the release build of stowage-cli, the directory that fetch.sh filled, a directory on
the same disk for output, and the names of benchmarks (a part of a name is enough; none: all of them).
"""

import argparse
import os
import resource
import shutil
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

ROUNDS = 5


@dataclass
class Benchmark:
    name: str
    goal: float  # ours / the peer's at most
    peer: str  # shell commands; the output is $OUT
    ours: str
    check: str  # tells whether our $OUT is right


def benchmarks() -> list[Benchmark]:
    """The table; $CLI and $DATA are set, $OUT does not exist at first."""
    image = "e2fsck -fn $OUT"
    size = 2048
    rows = [
        Benchmark("directory to ext4", 0.25, f"mkfs.ext4 -q -F -d $DATA/system $OUT {size}M",
                  f"$CLI import $DATA/system $OUT --size {size}", image)]
    for suffix, goal in (("tar", 0.20), ("tar.gz", 0.27), ("tar.zst", 0.33), ("tar.xz", 0.95)):
        rows.append(Benchmark(f".{suffix} to ext4", goal,
                              f"mke2fs -q -F -t ext4 -d $DATA/system.{suffix} $OUT {size}M",
                              f"$CLI import $DATA/system.{suffix} $OUT --size {size}", image))
    same = "cmp $OUT $DATA/disk.raw"
    for name, words, goal in (("zlib", "with zlib clusters", 0.40), ("zstd", "with zstd clusters", 0.60),
                              ("plain", "uncompressed", 0.80)):
        rows.append(Benchmark(f"qcow2 {words} to raw", goal,
                              f"qemu-img convert -m 8 -W -O raw $DATA/{name}.qcow2 $OUT",
                              f"$CLI import $DATA/{name}.qcow2 $OUT", same))
    for suffix, words in (("vmdk", "streamOptimized VMDK"), ("vdi", "VDI"), ("vhd", "VHD"), ("vhdx", "VHDX")):
        rows.append(Benchmark(f"{words} to raw", 1.0, f"qemu-img convert -m 8 -W -O raw $DATA/disk.{suffix} $OUT",
                              f"$CLI import $DATA/disk.{suffix} $OUT", same))
    rows.append(Benchmark("disk of an OVA to raw", 1.0,
                          "mkdir $OUT.d && tar -x -f $DATA/machine.ova -C $OUT.d && "
                          "qemu-img convert -m 8 -W -O raw $OUT.d/disk.vmdk $OUT && rm -r $OUT.d",
                          "$CLI import $DATA/machine.ova $OUT", same))
    rows.append(Benchmark("Android sparse to raw", 1.0, "simg2img $DATA/disk.simg $OUT",
                          "$CLI import $DATA/disk.simg $OUT", same))
    for suffix, tool in (("gz", "gzip"), ("zst", "zstd -q"), ("xz", "xz -T0")):
        rows.append(Benchmark(f"raw.{suffix} to raw", 1.0,
                              f"{tool} -dc < $DATA/disk.raw.{suffix} | dd of=$OUT bs=64K iflag=fullblock conv=sparse status=none",
                              f"$CLI import $DATA/disk.raw.{suffix} $OUT", same))
    rows.append(Benchmark("qcow2.gz to raw, for the first time", 1.0,
                          "gzip -dc < $DATA/plain.qcow2.gz > $OUT.q && qemu-img convert -m 8 -W -O raw $OUT.q $OUT && rm $OUT.q",
                          "XDG_CACHE_HOME=$OUT.c $CLI import $DATA/plain.qcow2.gz $OUT && rm -r $OUT.c", same))
    rows.append(Benchmark("squashfs to ext4", 0.50,
                          "unsquashfs -q -n -d $OUT.d $DATA/system.squashfs && "
                          f"mkfs.ext4 -q -F -d $OUT.d $OUT {size}M && rm -r $OUT.d",
                          f"$CLI import $DATA/system.squashfs $OUT --size {size}", image))
    rows.append(Benchmark("OCI archive to ext4", 0.50,
                          "skopeo --insecure-policy copy -q oci-archive:$DATA/system.oci oci:$OUT.l:x && "
                          "umoci unpack --rootless --image $OUT.l:x $OUT.d && "
                          f"mkfs.ext4 -q -F -d $OUT.d/rootfs $OUT {size}M && rm -r $OUT.d $OUT.l",
                          f"$CLI import $DATA/system.oci $OUT --size {size}", image))
    rows.append(Benchmark("raw, 4 GB sparse", 0.75, "cp --reflink=never $DATA/disk.raw $OUT",
                          "$CLI import $DATA/disk.raw $OUT --type raw", same))
    guests = "$DATA/host/var/lib/xen/images"
    rows.append(Benchmark("host image with four guests", 0.10, "mkfs.ext4 -q -F -d $DATA/host $OUT 8G",
                          f"$CLI build $DATA/four.conf --deploy-dir {guests} --output ext4:$OUT --image-size 8192",
                          image))
    rows.append(Benchmark("a guest put into a host image", 0.30,
                          "cp --sparse=always $DATA/host.ext4 $OUT && debugfs -w -f $DATA/one.debugfs $OUT",
                          f"$CLI build $DATA/one.conf --deploy-dir {guests} --host $DATA/host.ext4 --output ext4:$OUT",
                          image))
    return rows


def run(command: str, environment: dict[str, str]) -> tuple[float, int]:
    """Seconds by the clock, and the peak memory in KiB of the largest process."""
    started = time.monotonic()
    process = subprocess.Popen(["sh", "-ec", command], env=environment, stdout=subprocess.PIPE,
                               stderr=subprocess.STDOUT)
    output = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    elapsed = time.monotonic() - started
    if process.returncode != 0:
        sys.exit(f"{command}: exit {process.returncode}\n{output.decode(errors='replace')[-2000:]}")
    return elapsed, usage.ru_maxrss


def remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def measure(benchmark: Benchmark, environment: dict[str, str]) -> bool:
    out = Path(environment["OUT"])
    peers, ours, memory = [], [], 0
    for turn in range(ROUNDS + 1):  # the first warms the caches and is not counted
        remove(out)
        peer, _ = run(benchmark.peer, environment)
        remove(out)
        mine, peak = run(benchmark.ours, environment)
        if turn == 0:
            run(benchmark.check, environment)
            continue
        peers.append(peer)
        ours.append(mine)
        memory = max(memory, peak)
    remove(out)
    ratio = statistics.median(ours) / statistics.median(peers)
    verdict = "good" if ratio <= benchmark.goal else "SHORT"
    print(f"{benchmark.name:<34} {statistics.median(peers):8.2f} {statistics.median(ours):8.2f} {ratio:7.2f} "
          f"{benchmark.goal:6.2f} {memory / 1024:8.0f}  {verdict}", flush=True)
    return ratio <= benchmark.goal


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cli", type=Path)
    parser.add_argument("data", type=Path)
    parser.add_argument("work", type=Path)
    parser.add_argument("names", nargs="*")
    arguments = parser.parse_args()
    arguments.work.mkdir(parents=True, exist_ok=True)
    environment = dict(os.environ, CLI=str(arguments.cli.resolve()), DATA=str(arguments.data.resolve()),
                       OUT=str(arguments.work.resolve() / "out"), LC_ALL="C.UTF-8")
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    print(f"{'seconds, medians of ' + str(ROUNDS):<34} {'peer':>8} {'ours':>8} {'ratio':>7} {'goal':>6} {'peak MiB':>8}")
    chosen = [row for row in benchmarks()
              if not arguments.names or any(name in row.name for name in arguments.names)]
    results = [measure(row, environment) for row in chosen]
    shutil.rmtree(arguments.work)
    print(f"{sum(results)} of {len(results)} reach their goal")


if __name__ == "__main__":
    main()
