#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The Stowage authors
# SPDX-License-Identifier: MIT
#
# Makes the input of the example project in a directory: a small BusyBox system that boots as a Xen guest, as
# a directory and as a disk image, and what a BitBake deploy directory would hold for it: a real Debian
# kernel (from STOWAGE_FIXTURES), and a RAM disk with the block driver that this kernel has as a module.
# Does nothing when all is there and not older than this file.

set -euo pipefail

dir=$1
root=$dir/busybox-root

main() {
    [[ $dir/.complete -nt ${BASH_SOURCE[0]} ]] && return
    rm -rf "$root" "$dir/busybox.ext4" "$dir/busybox.qcow2" "$dir/deploy" "$dir/initrd"
    make_root
    make_disk
    make_deploy
    touch "$dir/.complete"
}

# put PATH [MODE] <CONTENT: a file of the root file system
put() {
    mkdir -p "$(dirname "$root/$1")"
    cat >"$root/$1"
    chmod "${2-644}" "$root/$1"
}

make_root() {
    local applet
    mkdir -p "$root"/{bin,sbin,usr/bin,usr/sbin,dev,proc,sys,run,tmp,mnt,root,etc/init.d,var/log}
    chmod 1777 "$root/tmp"
    chmod 700 "$root/root"
    cp "$(command -v busybox)" "$root/bin/busybox"
    while read -r applet; do
        [[ -e $root/$applet || $applet == linuxrc ]] || ln -s /bin/busybox "$root/$applet"
    done < <(busybox --list-full)
    ln -s sbin/init "$root/init"
    put etc/inittab <<'END'
::sysinit:/etc/init.d/rcS
hvc0::respawn:/sbin/getty -L hvc0 115200 vt100
::ctrlaltdel:/sbin/reboot
::shutdown:/bin/umount -a -r
END
    put etc/init.d/rcS 755 <<'END'
#!/bin/sh
mount -a
mount -o remount,rw /
hostname -F /etc/hostname
ip link set lo up
[ ! -e /sys/class/net/eth0 ] || udhcpc -b -i eth0 -s /etc/udhcpc.script
END
    put etc/udhcpc.script 755 <<'END'
#!/bin/sh
case $1 in
    deconfig) ip address flush dev "$interface"; ip link set "$interface" up ;;
    bound | renew)
        ip address flush dev "$interface"
        ip address add "$ip/$mask" dev "$interface"
        [ -z "$router" ] || ip route replace default via "${router%% *}"
        : >/etc/resolv.conf
        for server in $dns; do echo "nameserver $server" >>/etc/resolv.conf; done
        ;;
esac
END
    put etc/fstab <<'END'
/dev/xvda  /     ext4      defaults  0 1
proc       /proc proc      defaults  0 0
sysfs      /sys  sysfs     defaults  0 0
devtmpfs   /dev  devtmpfs  defaults  0 0
tmpfs      /run  tmpfs     defaults  0 0
END
    put etc/passwd <<<'root::0:0:root:/root:/bin/sh'
    put etc/group <<<'root:x:0:'
    put etc/hostname <<<'busybox'
    put etc/hosts <<<'127.0.0.1 localhost busybox'
    put etc/issue <<<'BusyBox on Xen, console \l. Log in as root; there is no password.'
}

make_disk() {
    mkfs.ext4 -q -L busybox -E root_owner=0:0 -d "$root" "$dir/busybox.ext4" 64M
    if ((EUID != 0)); then # the directory's files are the user's; in the image they are root's
        (cd "$root" && find . -printf 'set_inode_field "%P" uid 0\nset_inode_field "%P" gid 0\n') |
            debugfs -w -f - "$dir/busybox.ext4" >/dev/null 2>&1
    fi
    qemu-img convert -f raw -O qcow2 "$dir/busybox.ext4" "$dir/busybox.qcow2"
    rm "$dir/busybox.ext4"
}

make_deploy() {
    mkdir -p "$dir/deploy" "$dir/initrd"/{bin,dev,proc,mnt}
    cp "${STOWAGE_FIXTURES:?names the test input}"/kernel-amd64/vmlinuz-* "$dir/deploy/bzImage"
    cp "$STOWAGE_FIXTURES/kernel-amd64/xen-blkfront.ko" "$dir/initrd/"
    cp "$(command -v busybox)" "$dir/initrd/bin/busybox"
    cat >"$dir/initrd/init" <<'END'
#!/bin/sh
# Loads the driver of the guest's disk and starts the system that is on it.
PATH=/bin
busybox mount -t proc proc /proc
busybox mount -t devtmpfs devtmpfs /dev
busybox insmod /xen-blkfront.ko
disk=/dev/xvda
for option in $(busybox cat /proc/cmdline); do
    case $option in root=*) disk=${option#root=} ;; esac
done
tries=50
until [ -e "$disk" ] || [ $((tries -= 1)) = 0 ]; do busybox usleep 100000; done
busybox mount -t ext4 -o ro "$disk" /mnt || exec busybox sh
busybox mount --move /dev /mnt/dev
busybox umount /proc
exec busybox switch_root /mnt /sbin/init
END
    ln -s busybox "$dir/initrd/bin/sh"
    chmod 755 "$dir/initrd/init"
    (cd "$dir/initrd" && find . | sort | cpio --quiet -o -H newc -R 0:0 --reproducible | gzip -n) \
        >"$dir/deploy/busybox-initrd.cpio.gz"
    rm -r "$dir/initrd"
}

main
