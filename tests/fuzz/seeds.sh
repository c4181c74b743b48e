#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The Stowage authors
# SPDX-License-Identifier: MIT
#
# Makes the binary part of the seed corpus of the fuzz targets again, below tests/fuzz/corpus, with Debian's own tools. Texts
# there are written by hand. What fuzzing found is beside them as found-*, and is left alone.

set -euo pipefail

corpus=$(cd -- "$(dirname -- "$0")" && pwd -P)/corpus
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export LC_ALL=C.UTF-8 SOURCE_DATE_EPOCH=1700000000
export E2FSPROGS_FAKE_TIME=1700000000

# seed TARGET NAME [BYTES]: standard input, or the first of its bytes, becomes a seed.
seed() {
    mkdir -p "$corpus/$1"
    head -c "${3-65536}" >"$corpus/$1/$2"
}

# spread FILE: the sectors of a file that are not zeros, and the last one, each behind its number in four bytes, as the target sparsedisk takes them.
spread() {
    python3 - "$1" <<'END'
import struct, sys
with open(sys.argv[1], "rb") as file:
    content = file.read()
last = (len(content) - 1) // 512
for number in range(last + 1):
    sector = content[number * 512:number * 512 + 512]
    if sector.strip(b"\0") or number == last:
        sys.stdout.buffer.write(struct.pack("<I", number) + sector.ljust(512, b"\0"))
END
}

make_tree() {
    mkdir -p "$work/tree/etc" "$work/tree/boot/grub" "$work/tree/bin"
    echo 'PRETTY_NAME="Tiny 1"' >"$work/tree/etc/os-release"
    printf 'menuentry "Tiny" {\n linux /boot/vmlinuz root=/dev/sda1\n}\n' >"$work/tree/boot/grub/grub.cfg"
    printf '\177ELF\2\1\1\0\0\0\0\0\0\0\0\0\3\0\76\0' >"$work/tree/bin/sh"
    printf 'the same line again and again\n%.0s' {1..200} >"$work/tree/etc/motd"
    ln -s ../bin/sh "$work/tree/etc/link"
    ln "$work/tree/etc/motd" "$work/tree/etc/motd2"
    find "$work/tree" -exec touch -hd @1700000000 {} +
}

make_disks() {
    local format
    printf 'some data on the disk' >"$work/raw"
    truncate -s 64K "$work/raw"
    qemu-img convert -f raw -O qcow2 -o cluster_size=512 "$work/raw" "$work/qcow2"
    qemu-img convert -f raw -O qcow2 -o cluster_size=512,compression_type=zlib -c "$work/raw" "$work/qcow2z"
    qemu-img convert -f raw -O qcow2 -o cluster_size=4096,compression_type=zstd -c "$work/raw" "$work/qcow2zstd"
    qemu-img convert -f raw -O qcow2 -o cluster_size=16384,extended_l2=on "$work/raw" "$work/qcow2l2"
    qemu-img create -q -f qcow2 -o cluster_size=512,compat=0.10 "$work/qcow2v2" 1M
    for format in qcow2 qcow2z qcow2zstd qcow2v2; do
        seed qcow2 "$format" <"$work/$format"
    done
    seed disks qcow2 <"$work/qcow2"
    qemu-img convert -f raw -O qed "$work/raw" "$work/qed"
    qemu-img convert -f raw -O vpc -o subformat=dynamic "$work/raw" "$work/vhd"
    qemu-img convert -f raw -O vdi "$work/raw" "$work/vdi"
    qemu-img create -q -f vmdk -o subformat=twoGbMaxExtentSparse "$work/two.vmdk" 1M
    qemu-img convert -f raw -O vmdk -o subformat=monolithicSparse "$work/raw" "$work/mono"
    qemu-img convert -f raw -O vmdk -o subformat=streamOptimized "$work/raw" "$work/stream"
    qemu-img convert -f raw -O vhdx "$work/raw" "$work/vhdx"
    img2simg "$work/raw" "$work/simg"
    seed androidsparse simg <"$work/simg"
    seed disks simg <"$work/simg"
    seed disks vhd 4096 <"$work/vhd"
    seed disks vdi 2048 <"$work/vdi"
    seed disks raw 1024 <"$work/raw"
    seed vmdkdescriptor two.vmdk <"$work/two.vmdk"
    for format in vhd vdi mono stream vhdx qed qcow2l2; do
        spread "$work/$format" | seed sparsedisk "$format"
    done
}

make_partitions() {
    truncate -s 64K "$work/gpt" "$work/mbr"
    sgdisk --disk-guid=6f9f2a4d-0000-4000-8000-000000000001 -a 1 -n 1:40:60 -t 1:ef00 -c 1:esp -n 2:61:80 \
        -u 1:6f9f2a4d-0000-4000-8000-000000000002 -u 2:6f9f2a4d-0000-4000-8000-000000000003 "$work/gpt" >/dev/null
    printf 'label: dos\nlabel-id: 0x12345678\nunit: sectors\n1 2 L\n4 60 E\n6 8 L\n16 8 L\n' \
        | sfdisk -q --no-reread --no-tell-kernel --wipe never "$work/mbr"
    seed partitions gpt 17408 <"$work/gpt"
    seed partitions mbr 9216 <"$work/mbr"
    spread "$work/gpt" | seed sparsedisk gpt
    spread "$work/mbr" | seed sparsedisk mbr
}

make_filesystems() {
    local codec
    for codec in gzip xz lzo lz4 zstd; do
        mksquashfs "$work/tree" "$work/squash-$codec" -quiet -no-progress -comp "$codec" -b 4096 -nopad -all-root -processors 1
        seed squashfs "$codec" <"$work/squash-$codec"
    done
    mksquashfs "$work/tree" "$work/squash-plain" -quiet -no-progress -noI -noD -noF -noX -b 4096 -nopad -all-root -no-fragments
    seed squashfs plain <"$work/squash-plain"
    mksquashfs "$work/tree/etc/motd" "$work/squash-one" -quiet -no-progress -comp lzo -b 8192 -nopad -all-root -no-fragments
    python3 -c 'import struct, sys
image = open(sys.argv[1], "rb").read()
sys.stdout.buffer.write(image[106:struct.unpack_from("<Q", image, 64)[0]])' "$work/squash-one" | seed lzo motd

    mkfs.vfat -C -a -F 12 -r 16 -s 1 -i 12345678 -n TINY "$work/fat12" 40 >/dev/null
    mkfs.vfat -C -a -F 16 -r 16 -s 1 -i 12345678 "$work/fat16" 2600 >/dev/null
    mkfs.vfat -C -a -F 32 -s 1 -f 1 -R 2 -i 12345678 "$work/fat32" 40 >/dev/null 2>&1
    mmd -i "$work/fat12" ::EFI ::EFI/BOOT
    mcopy -m -i "$work/fat12" "$work/tree/bin/sh" ::EFI/BOOT/BOOTX64.EFI
    mcopy -m -i "$work/fat12" "$work/tree/etc/motd" "::a long name of a file.txt"
    mcopy -m -i "$work/fat16" "$work/tree/etc/motd" "::a long name of a file.txt"
    mcopy -m -i "$work/fat32" "$work/tree/etc/motd" "::a long name of a file.txt"
    seed fat fat12 <"$work/fat12"
    seed fat fat32 <"$work/fat32"
    spread "$work/fat16" | seed sparsedisk fat16

    xorriso -as mkisofs -quiet -o "$work/iso" -R -J -V TINY "$work/tree" 2>/dev/null
    seed iso rockridge 61440 <"$work/iso"

    truncate -s 64K "$work/ext2" "$work/ext4"
    mke2fs -q -t ext2 -b 1024 -N 32 -m 0 -U 12345678-0000-4000-8000-000000000000 -O ^resize_inode -d "$work/tree" "$work/ext2" 64
    mke2fs -q -t ext4 -b 1024 -I 256 -N 32 -m 0 -O ^resize_inode,^has_journal -E hash_seed=12345678-0000-4000-8000-000000000000 \
        -U 12345678-0000-4000-8000-000000000000 -d "$work/tree" "$work/ext4" 64
    seed ext4 ext2 <"$work/ext2"
    seed ext4 ext4 <"$work/ext4"
}

make_archives() {
    local tree=(-C "$work/tree" --owner=0 --group=0 --sort=name --mtime=@1700000000 -b 1)
    local tool suffix
    tar "${tree[@]}" --format=gnu -cf "$work/gnu.tar" .
    tar "${tree[@]}" --format=posix --pax-option=delete=atime,delete=ctime --xattrs -cf "$work/pax.tar" .
    truncate -s 200K "$work/sparse"
    printf end >>"$work/sparse"
    tar -C "$work" -b 1 --format=gnu --owner=0 --group=0 --mtime=@1700000000 -Scf "$work/sparse.tar" sparse
    (cd "$work/tree" && find . | sort | cpio -o -H newc --quiet --reproducible -R 0:0) >"$work/newc.cpio"
    for suffix in gnu.tar pax.tar sparse.tar newc.cpio; do
        gzip -9n <"$work/$suffix" | seed tar "$suffix.gz"
    done
    seed tar gnu.tar <"$work/gnu.tar"
    seed archivelook gnu.tar <"$work/gnu.tar"
    seed archivelook pax.tar 6144 <"$work/pax.tar"

    for tool in "gzip -9n" "xz -9" "zstd -q" "bzip2 -9" "lz4 -q" "xz --format=lzma"; do
        suffix=${tool//[ -]/}
        # shellcheck disable=SC2086
        $tool <"$work/tree/etc/motd" 2>/dev/null | seed compressed "$suffix"
    done
    (cd "$work/tree/etc" && zip -qX - motd) | seed compressed zip
    (cd "$work/tree/etc" && 7z a -bd -y "$work/motd.7z" motd >/dev/null)
    seed compressed 7z <"$work/motd.7z"
}

# A container image whose upper layer takes away from the lower one.
make_containers() {
    mkdir -p "$work/upper/etc" "$work/upper/bin"
    touch "$work/upper/etc/.wh.motd" "$work/upper/bin/.wh..wh..opq"
    ln -s etc "$work/upper/conf"
    tar -C "$work/upper" -b 1 --owner=0 --group=0 --sort=name --mtime=@1700000000 -cf "$work/upper.tar" .
    {
        printf '=== manifest.json\n[{"Config":"c","RepoTags":["a:b"],"Layers":["one","two"]}]\n'
        printf '=== c\n{"architecture":"amd64","config":{"Cmd":["/bin/sh"]}}\n=== two\n'
        cat "$work/upper.tar"
        printf '\n=== one\n'
        cat "$work/gnu.tar"
    } | seed containers layers
}

# Kernels in each form, small ones that say what Xen and Stowage look for.
make_kernels() {
    python3 - "$work" <<'END'
import gzip, struct, sys
work = sys.argv[1]

def note(kind, value):
    return struct.pack("<III4s", 4, len(value), kind, b"Xen\0") + value

config = gzip.compress(b"CONFIG_XEN=y\nCONFIG_XEN_PV=y\nCONFIG_EXT4_FS=m\n", mtime=0)
notes = note(1, struct.pack("<Q", 0x1000000)) + note(18, struct.pack("<I", 0x1000000)) + note(6, b"linux\0\0\0")
body = b"Linux version 6.1.0 (a@b) #1 SMP\n\0" + b"IKCFG_ST" + config + b"IKCFG_ED"
start = 64 + 2 * 56
elf = (b"\x7fELF\2\1\1".ljust(16, b"\0")
       + struct.pack("<HHIQQQIHHHHHH", 2, 62, 1, 0x1000000, 64, 0, 0, 64, 56, 2, 64, 0, 0)
       + struct.pack("<IIQQQQQQ", 1, 5, 0, 0xffffffff81000000, 0x1000000, start + len(notes), start + len(notes), 4096)
       + struct.pack("<IIQQQQQQ", 4, 4, start, 0, 0, len(notes), len(notes), 4)
       + notes + body)
packed = gzip.compress(elf, mtime=0)
setup = bytearray(1024)
setup[0x1f1] = 1
setup[0x1fe:0x200] = b"\x55\xaa"
setup[0x200:0x202] = b"\xeb\x66"
setup[0x202:0x206] = b"HdrS"
struct.pack_into("<H", setup, 0x206, 0x20f)
struct.pack_into("<H", setup, 0x20e, 0x150)
setup[0x211] = 1
struct.pack_into("<H", setup, 0x236, 0x3f)
struct.pack_into("<II", setup, 0x248, 0, len(packed))
setup[0x350:0x360] = b"6.1.0 (a@b) #1\0\0"
arm = bytearray(64)
arm[56:60] = b"ARM\x64"
struct.pack_into("<QQ", arm, 8, 0, 64 + len(body))
image = bytes(arm) + body
packedImage = gzip.compress(image, mtime=0)
zboot = bytearray(64)
zboot[0:8] = b"MZ\0\0zimg"
struct.pack_into("<II", zboot, 8, 64, len(packedImage))
zboot[24:29] = b"gzip\0"
uimage = struct.pack(">IIIIIIIBBBB32s", 0x27051956, 0, 0, len(packedImage), 0, 0, 0, 5, 22, 2, 1, b"Linux")
zimage = bytearray(256)
struct.pack_into("<I", zimage, 0x24, 0x016f2818)
struct.pack_into("<II", zimage, 0x28, 0, 256)
files = {"elf": elf, "bzimage": bytes(setup) + packed, "image": image, "image.gz": packedImage,
         "zboot": bytes(zboot) + packedImage, "uimage": uimage + packedImage, "zimage": bytes(zimage)}

sections = {b".linux": files["bzimage"], b".initrd": b"070701", b".cmdline": b"root=/dev/sda1 quiet\0",
            b".osrel": b"PRETTY_NAME=Tiny\n", b".uname": b"6.1.0\0"}
head = bytearray(b"MZ".ljust(0x3c, b"\0") + struct.pack("<I", 0x40))
head += b"PE\0\0" + struct.pack("<HHIIIHH", 0x8664, len(sections), 0, 0, 0, 0, 0x22e)
data, at = b"", 1024
for name, content in sections.items():
    stored = (len(content) + 511) // 512 * 512
    head += name.ljust(8, b"\0") + struct.pack("<IIII", len(content), at, stored, at) + bytes(16)
    data += content.ljust(stored, b"\0")
    at += stored
files["unified"] = bytes(head).ljust(1024, b"\0") + data
for name, content in files.items():
    with open(f"{work}/kernel-{name}", "wb") as file:
        file.write(content)
END
    local form
    for form in elf bzimage image image.gz zboot uimage zimage; do
        seed kernel "$form" <"$work/kernel-$form"
    done
    seed unifiedkernel unified <"$work/kernel-unified"
}

# The probe as a whole: one of each.
make_probes() {
    seed probe qcow2 <"$work/qcow2"
    seed probe squashfs <"$work/squash-gzip"
    seed probe tar.gz < <(gzip -9n <"$work/gnu.tar")
    seed probe bzimage <"$work/kernel-bzimage"
    seed probe newc.cpio.gz < <(gzip -9n <"$work/newc.cpio")
    seed probe mbr 4096 <"$work/mbr"
    seed probe simg <"$work/simg"
    seed probe zip <"$corpus/compressed/zip"
    seed probe ext2.xz < <(xz -9 <"$work/ext2")
    seed probe gpt.gz < <(gzip -9n <"$work/gpt")
}

make_tree
make_disks
make_partitions
make_filesystems
make_archives
make_containers
make_kernels
make_probes
du -sb "$corpus"
