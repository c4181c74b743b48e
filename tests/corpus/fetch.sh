#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The Stowage authors
# SPDX-License-Identifier: MIT
#
# Makes the large trees of the corpus from a Debian mirror, as archives: systems for amd64 and arm64, of a minimal kind and
# of about 700 MB. Their packages are unpacked and nothing of them is run, so that it does not matter what this machine is.
#
#   fetch.sh DIR   makes minbase-arm64.tar, system-amd64.tar and system-arm64.tar in DIR

set -Eeuo pipefail

top=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.." && pwd -P)
# shellcheck source=packaging/dev/common.sh
. "$top/packaging/dev/common.sh"

suite=trixie

# unpacked ARCHITECTURE PACKAGES FILE
unpacked() {
    local -a options=()
    local setting
    while read -r setting; do
        options+=(--aptopt="$setting")
    done < <(apt_network_settings)
    (
        cd / # mmdebstrap's other user may not enter the directory this was called from
        # shellcheck disable=SC2046 # no mirror: no argument at all
        mmdebstrap --quiet --mode="$(mmdebstrap_mode)" --variant=extract --architectures="$1" --format=tar \
            "${options[@]}" --include='?essential' --include="$2" "$suite" - $(debian_mirror)
    ) >"$3"
}

trap 'say "the trees of the corpus could not be made; see above"' ERR

unpacked arm64 apt "$1/minbase-arm64.tar"
for architecture in amd64 arm64; do
    unpacked "$architecture" "apt,linux-image-$architecture,openssh-server,build-essential,python3,git" \
        "$1/system-$architecture.tar"
done
