#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The Stowage authors
# SPDX-License-Identifier: MIT
#
# Makes the input of the benchmarks from a Debian mirror, as tests/fixtures/fetch.sh does that of the tests:
#
#   fetch.sh download DIR   on the machine itself: system.tar, a Debian 13 system of about 700 MB
#   fetch.sh images DIR     where the tools are:
#                             system/                       the same as a directory
#                             system.tar.gz, .zst, .xz      the same, compressed
#                             disk.raw                      a disk of 4 GiB that holds it, sparse
#                             zlib.qcow2, zstd.qcow2, plain.qcow2   that disk
#                             host/                         a tree with four guest images, 2.8 GB of data
#                             host.ext4                     the system in a file system of 2 GiB
#                             four.conf, one.conf, one.debugfs   what is put into them

set -Eeuo pipefail

top=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.." && pwd -P)
# shellcheck source=packaging/dev/common.sh
. "$top/packaging/dev/common.sh"

suite=trixie

download() {
    local -a options=()
    local setting
    while read -r setting; do
        options+=(--aptopt="$setting")
    done < <(apt_network_settings)
    (
        cd / # mmdebstrap's other user may not enter the directory this was called from
        # shellcheck disable=SC2046 # no mirror: no argument at all
        mmdebstrap --quiet --mode="$(mmdebstrap_mode)" --variant=important --format=tar "${options[@]}" \
            --include=linux-image-amd64,openssh-server,build-essential,python3 \
            "$suite" - $(debian_mirror)
    ) >"$dir/system.tar"
}

images() {
    local system=$dir/system data=$dir/host/var/lib/xen/images guest
    mkdir "$system"
    local -a without=()
    ((EUID == 0)) || without=(--exclude=./dev/*)
    tar -x -f "$system.tar" -C "$system" --numeric-owner "${without[@]}"
    gzip -k "$system.tar"
    zstd -q -k "$system.tar"
    xz -k -T0 "$system.tar"
    mke2fs -q -t ext4 -d "$system.tar" "$dir/disk.raw" 4G
    cp --sparse=always "$dir/disk.raw" "$dir/disk.sparse"
    mv "$dir/disk.sparse" "$dir/disk.raw"
    qemu-img convert -f raw -O qcow2 -c -o compression_type=zlib "$dir/disk.raw" "$dir/zlib.qcow2"
    qemu-img convert -f raw -O qcow2 -c -o compression_type=zstd "$dir/disk.raw" "$dir/zstd.qcow2"
    qemu-img convert -f raw -O qcow2 "$dir/disk.raw" "$dir/plain.qcow2"
    mkdir -p "$data" "$dir/host/etc/xen"
    for guest in one two three four; do
        cp --sparse=always "$dir/disk.raw" "$data/$guest.img"
        printf 'name = "%s"\nmemory = 512\n' "$guest" >"$dir/host/etc/xen/$guest.cfg"
    done
    mke2fs -q -t ext4 -d "$system" "$dir/host.ext4" 2G
    write_inputs
}

# What names the guests, for Stowage and for debugfs.
write_inputs() {
    local guest guests='one two three four'
    local images=/var/lib/xen/images
    {
        echo "BUNDLED_XEN_GUESTS = \"$guests\""
        for guest in $guests; do
            echo "XEN_GUEST_ROOTFS[$guest] = \"$guest.img\""
            echo "XEN_GUEST_KERNEL[$guest] = \"none\""
        done
    } >"$dir/four.conf"
    sed 's/ two three four//; /two\|three\|four/d' "$dir/four.conf" >"$dir/one.conf"
    printf '%s\n' 'mkdir /var/lib/xen' "mkdir $images" 'mkdir /etc/xen' \
        "write $dir$images/one.img $images/one.img" "write $dir/host/etc/xen/one.cfg /etc/xen/one.cfg" |
        sed "s|$dir$images|$dir/host$images|; s|$dir|${dir%.new}|g" >"$dir/one.debugfs"
}

trap 'say "the benchmarks'\'' input could not be made; see above"' ERR

dir=$2
case $1 in
    download | images) "$1" ;;
    *) die "unknown step $1" ;;
esac
