#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The Stowage authors
# SPDX-License-Identifier: MIT
#
# Makes the host that the boot tests put guests into: a Debian with Xen, as an archive. Runs on the machine itself; no
# root needed.
#
#   fetch.sh FILE   FILE: dom0.tar, with root's password empty and a bridge xenbr0 that leads nowhere

set -Eeuo pipefail

top=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.." && pwd -P)
# shellcheck source=packaging/dev/common.sh
. "$top/packaging/dev/common.sh"

packages=xen-system-amd64,linux-image-amd64,initramfs-tools,systemd-sysv,udev,kmod,iproute2,zstd

# What a person would set up on a new host, as a hook of mmdebstrap: $1 is its root.
# shellcheck disable=SC2016
set_up='
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

options=()
while read -r setting; do
    options+=(--aptopt="$setting")
done < <(apt_network_settings)
(
    cd / # mmdebstrap's other user may not enter the directory this was called from
    # shellcheck disable=SC2046 # no mirror: no argument at all
    mmdebstrap --quiet --mode="$(mmdebstrap_mode)" --variant=minbase --format=tar "${options[@]}" \
        --aptopt='APT::Install-Recommends "false"' --dpkgopt=force-unsafe-io --include="$packages" \
        --customize-hook="$set_up" trixie - $(debian_mirror)
) >"$1"
