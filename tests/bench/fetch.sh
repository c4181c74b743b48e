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
#                             disk.vmdk, .vdi, .vhd, .vhdx, .simg, disk.raw.gz, .zst, .xz, plain.qcow2.gz   that disk in other formats
#                             machine.ova                   a machine with the streamOptimized VMDK
#                             system.squashfs, system.oci   the system as a file system and as a container image
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
    other_forms
    mkdir -p "$data" "$dir/host/etc/xen"
    for guest in one two three four; do
        cp --sparse=always "$dir/disk.raw" "$data/$guest.img"
        printf 'name = "%s"\nmemory = 512\n' "$guest" >"$dir/host/etc/xen/$guest.cfg"
    done
    mke2fs -q -t ext4 -d "$system" "$dir/host.ext4" 2G
    write_inputs
}

other_forms() {
    local disk=$dir/disk.raw
    qemu-img convert -f raw -O vmdk -o subformat=streamOptimized "$disk" "$dir/disk.vmdk"
    qemu-img convert -f raw -O vdi "$disk" "$dir/disk.vdi"
    qemu-img convert -f raw -O vpc -o force_size=on "$disk" "$dir/disk.vhd"
    qemu-img convert -f raw -O vhdx "$disk" "$dir/disk.vhdx"
    img2simg "$disk" "$dir/disk.simg"
    gzip -k -1 "$disk"
    gzip -k -1 "$dir/plain.qcow2"
    zstd -q -k "$disk"
    xz -k -0 -T0 "$disk"
    mksquashfs "$dir/system" "$dir/system.squashfs" -quiet -no-progress -comp zstd
    sed "s/@SIZE@/$(stat -c %s "$disk")/" >"$dir/machine.ovf" <<'END'
<?xml version="1.0"?>
<Envelope xmlns="http://schemas.dmtf.org/ovf/envelope/1" xmlns:ovf="http://schemas.dmtf.org/ovf/envelope/1"
  xmlns:rasd="http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/CIM_ResourceAllocationSettingData">
 <References><File ovf:id="f1" ovf:href="disk.vmdk"/></References>
 <DiskSection><Info/><Disk ovf:diskId="d1" ovf:fileRef="f1" ovf:capacity="@SIZE@"
   ovf:format="http://www.vmware.com/interfaces/specifications/vmdk.html#streamOptimized"/></DiskSection>
 <VirtualSystem ovf:id="system"><Info/><Name>system</Name><VirtualHardwareSection><Info/>
  <Item><rasd:InstanceID>1</rasd:InstanceID><rasd:ResourceType>6</rasd:ResourceType></Item>
  <Item><rasd:InstanceID>2</rasd:InstanceID><rasd:ResourceType>17</rasd:ResourceType><rasd:Parent>1</rasd:Parent>
   <rasd:AddressOnParent>0</rasd:AddressOnParent><rasd:HostResource>ovf:/disk/d1</rasd:HostResource></Item>
 </VirtualHardwareSection></VirtualSystem>
</Envelope>
END
    tar -c -f "$dir/machine.ova" -C "$dir" machine.ovf disk.vmdk
    umoci init --layout "$dir/oci"
    umoci new --image "$dir/oci:x"
    umoci raw add-layer --image "$dir/oci:x" "$dir/system.tar"
    skopeo --insecure-policy copy -q "oci:$dir/oci:x" "oci-archive:$dir/system.oci"
    rm -r "$dir/oci"
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
