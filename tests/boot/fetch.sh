#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The Stowage authors
# SPDX-License-Identifier: MIT
#
# Makes the hosts that the boot tests put guests into: Debian's Xen as archives, with a kernel and no password.
#
#   fetch.sh hosts DIRECTORY     dom0.tar, an amd64 system with systemd; dom0-arm64.tar, Debian's files with a BusyBox
#                                init, since nothing of another architecture runs here. Both have a bridge xenbr0
#                                that leads nowhere. On the machine itself; no root needed.
#   fetch.sh ramdisk DIRECTORY   puts a RAM disk into dom0-arm64.tar. Where the tools are.

set -Eeuo pipefail

top=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.." && pwd -P)
# shellcheck source=packaging/dev/common.sh
. "$top/packaging/dev/common.sh"

amd64_packages=xen-system-amd64,linux-image-amd64,initramfs-tools,systemd-sysv,udev,kmod,iproute2,zstd
arm64_packages=base-files,xen-hypervisor-4.20-arm64,xen-utils-4.20,xen-utils-common,linux-image-arm64
arm64_packages+=,bash,coreutils,mount,util-linux,iproute2,busybox-static

# In the order in which they are loaded; both hosts and guests do.
arm64_modules=(crc32c_generic crc16 mbcache jbd2 ext4 virtio_mmio virtio_blk loop
    xen-evtchn xen-gntdev xen-privcmd xenfs xen-blkfront xen-blkback llc stp bridge xen-netback)

# What a person would set up on a new host, as a hook of mmdebstrap: $1 is its root.
# shellcheck disable=SC2016
amd64_set_up='
sed -i "s|^root:[^:]*:|root::|" "$1/etc/shadow"
echo dom0 >"$1/etc/hostname"
cat >"$1/etc/systemd/system/xenbr0.service" <<END
[Unit]
Description=Bridge for the guests
Before=xendomains.service

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/usr/sbin/ip link add xenbr0 type bridge
ExecStart=/usr/sbin/ip link set xenbr0 up

[Install]
WantedBy=multi-user.target
END
ln -s ../xenbr0.service "$1/etc/systemd/system/multi-user.target.wants/xenbr0.service"
rm -f "$1/etc/apt/apt.conf.d/99mmdebstrap"
'

# An init that does what xencommons and xendomains do.
# shellcheck disable=SC2016
arm64_set_up='
cat >"$1/usr/sbin/init" <<"END"
#!/usr/bin/busybox sh
export PATH=/usr/sbin:/usr/bin
mount -t proc proc /proc
mount -o remount,rw /
/usr/bin/busybox --install -s 2>/dev/null
mount -t sysfs sysfs /sys
mount -t tmpfs tmpfs /run
mkdir -p /dev/pts /run/lock /run/xen /var/lib/xen /var/log/xen
mount -t devpts devpts /dev/pts
ln -s /proc/self/fd /dev/fd
ln -s fd/0 /dev/stdin # the block script locks by it
mount -t xenfs xenfs /proc/xen
xen=/usr/lib/xen-4.20/bin
$xen/xenstored --pid-file /run/xen/xenstored.pid
until xenstore-read / >/dev/null 2>&1; do sleep 1; done
$xen/xen-init-dom0
$xen/xenconsoled --pid-file=/run/xen/xenconsoled.pid
ip link add xenbr0 type bridge
ip link set xenbr0 up
for guest in /etc/xen/auto/*; do
    [ ! -e "$guest" ] || xl create "$guest"
done
exec getty -n -l /bin/sh 0 hvc0
END
chmod 755 "$1/usr/sbin/init"
rmdir "$1/var/run" "$1/var/lock"
ln -s ../run ../run/lock "$1/var/"
rm -rf "$1"/usr/share/doc "$1"/usr/share/locale "$1"/usr/share/man "$1"/etc/apt/apt.conf.d/99mmdebstrap
find "$1/usr/lib/modules" -name "*.ko.xz" >"$1/tmp/modules"
for module in '"${arm64_modules[*]}"'; do
    sed -i "\,/$module\.ko\.xz\$,d" "$1/tmp/modules"
done
xargs rm <"$1/tmp/modules"
rm "$1/tmp/modules"
'

# debian OPTION... >ARCHIVE
debian() {
    local setting
    local -a options=()
    while read -r setting; do
        options+=(--aptopt="$setting")
    done < <(apt_network_settings)
    # In / since mmdebstrap's other user may not enter the directory this was called from.
    # shellcheck disable=SC2046 # no mirror: no argument at all
    (cd / && mmdebstrap --quiet --mode="$(mmdebstrap_mode)" --format=tar "${options[@]}" \
        --aptopt='APT::Install-Recommends "false"' --dpkgopt=force-unsafe-io "$@" trixie - $(debian_mirror))
}

make_hosts() {
    debian --variant=minbase --include="$amd64_packages" --customize-hook="$amd64_set_up" >"$1/dom0.tar"
    debian --variant=extract --arch=arm64 --include="$arm64_packages" --extract-hook="$arm64_set_up" \
        >"$1/dom0-arm64.tar"
}

make_ramdisk() {
    local archive=$1/dom0-arm64.tar system=$1/system disk=$1/ramdisk module kernel
    mkdir -p "$system" "$disk"/{bin,dev,proc,mnt,lib}
    tar -xf "$archive" -C "$system" --wildcards './usr/lib/modules/*.ko.xz' ./usr/bin/busybox './boot/vmlinuz-*'
    kernel=$(basename "$system"/boot/vmlinuz-*)
    cp "$system/usr/bin/busybox" "$disk/bin/"
    ln -s busybox "$disk/bin/sh"
    for module in "${arm64_modules[@]}"; do
        find "$system" -name "$module.ko.xz" -exec xz -dc {} + >"$disk/lib/$module.ko"
    done
    cat >"$disk/init" <<END
#!/bin/sh
# Loads the drivers, and starts the system that is on the disk.
PATH=/bin
for module in ${arm64_modules[*]}; do busybox insmod /lib/\$module.ko; done
END
    cat >>"$disk/init" <<'END'
busybox mount -t proc proc /proc
busybox mount -t devtmpfs devtmpfs /dev
for option in $(busybox cat /proc/cmdline); do
    case $option in root=*) root=${option#root=} ;; esac
done
tries=100
until disk=$(busybox findfs "$root" 2>/dev/null) && [ -e "$disk" ] || [ $((tries -= 1)) = 0 ]; do
    busybox usleep 100000
done
busybox mount -t ext4 -o ro "$disk" /mnt || exec busybox sh
busybox mount --move /dev /mnt/dev
busybox umount /proc
exec busybox switch_root /mnt /sbin/init
END
    chmod 755 "$disk/init"
    (cd "$disk" && find . | sort | cpio --quiet -o -H newc -R 0:0) | gzip >"$system/boot/initrd.img${kernel#vmlinuz}"
    tar -rf "$archive" -C "$system" --owner=0 --group=0 "./boot/initrd.img${kernel#vmlinuz}"
    rm -r "$system" "$disk"
}

"make_$1" "$2"
