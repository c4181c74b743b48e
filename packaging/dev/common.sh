# SPDX-FileCopyrightText: 2026 The Stowage authors
# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2016 # apt's own $(FIELD)s are not the shell's
#
# What every part of ./dev shares: messages, the cache directory, the package list and apt.

cache="${XDG_CACHE_HOME:-$HOME/.cache}/stowage"

say() { printf 'dev: %s\n' "$*" >&2; }

die() {
    printf 'dev: error: %s\n' "$1" >&2
    shift
    (($# == 0)) || printf '     %s\n' "$@" >&2
    exit 1
}

# The packages of the named sections of packaging/packages.txt, sorted, each once.
packages_of() {
    local line section=
    while read -r line; do
        case $line in
            '' | '#'*) ;;
            '['*']') section=${line:1:-1} ;;
            *) [[ " $* " != *" $section "* ]] || printf '%s\n' "$line" ;;
        esac
    done <"$top/packaging/packages.txt" | sort -u
}

# Runs a command as root: directly, or with sudo, which may ask only on a terminal.
as_root() {
    if ((EUID == 0)); then
        "$@"
    elif [[ -t 0 && -t 2 ]]; then
        sudo "$@"
    else
        sudo -n "$@"
    fi
}

can_become_root() {
    ((EUID == 0)) && return
    command -v sudo >/dev/null || return
    [[ -t 0 && -t 2 ]] || sudo -n true 2>/dev/null
}

# Refreshes apt's lists where the machine has none yet, as in a fresh container.
ensure_apt_lists() {
    [[ -z $(apt-get indextargets 'Created-By: Packages' --format '$(FILENAME)' 2>/dev/null) ]] || return 0
    can_become_root || return 0
    say "fetching the package lists"
    as_root apt-get update -q >&2
}

# Those of the given packages that are not installed.
missing_packages() {
    local name
    local -A installed=()
    while read -r _ name; do
        installed[$name]=1
    done < <(dpkg-query -W -f '${db:Status-Abbrev} ${Package}\n' "$@" 2>/dev/null | grep '^ii')
    for name; do
        [[ -n ${installed[$name]-} ]] || printf '%s\n' "$name"
    done
}

# Installs what is missing of the given packages with apt.
install_packages() {
    local -a missing
    mapfile -t missing < <(missing_packages "$@")
    ((${#missing[@]})) || return 0
    local command="apt-get install --no-install-recommends ${missing[*]}"
    can_become_root ||
        die "these packages are needed and this user cannot install them; run as root:" "$command"
    if [[ -t 0 && -t 2 ]]; then
        local answer
        read -r -p "dev: may I run '$command' as root? [Y/n] " answer
        [[ ${answer:-y} == [Yy]* ]] || die "nothing was installed; needed:" "$command"
    fi
    say "installing ${#missing[@]} packages with apt"
    ensure_apt_lists
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends \
        "${missing[@]}" >&2 || die "apt could not install what is needed:" "$command"
}

# The Debian mirror this machine already uses, or nothing: mmdebstrap then takes its default.
# STOWAGE_MIRROR overrides. A mirror frozen at one moment does not serve: it may not know the release.
debian_mirror() {
    if [[ -n ${STOWAGE_MIRROR-} ]]; then
        printf '%s\n' "$STOWAGE_MIRROR"
        return
    fi
    local origin codename component uri
    while IFS='|' read -r origin codename component uri; do
        if [[ $origin == Debian && $codename != *-* && $component == main && $uri == http?(s)://* &&
            ! $uri =~ /[0-9]{8}T[0-9]{6}Z ]]; then
            printf '%s\n' "$uri"
            return
        fi
    done < <(apt-get indextargets --format '$(ORIGIN)|$(CODENAME)|$(COMPONENT)|$(REPO_URI)' \
        'Created-By: Packages' 2>/dev/null)
}

# Notes the date of the mirror's list of packages, which stands for all their versions; where no mirror is known or it is out
# of reach, the old note stays.
note_mirror_state() {
    local mirror file=$cache/mirror-state
    mirror=$(debian_mirror)
    [[ -n $mirror ]] || return 0
    if timeout 20 /usr/lib/apt/apt-helper download-file "${mirror%/}/dists/trixie/InRelease" \
        "$file.$$" >/dev/null 2>&1; then
        sed -n 's/^Date: //p' "$file.$$" >"$file"
    fi
    rm -f "$file.$$"
}

# This machine's apt settings for reaching a mirror (proxies, certificates, clocks), a line each.
apt_network_settings() {
    apt-config dump --format '%f "%v";%n' |
        grep -E '^Acquire::(https?::|Check-Valid-Until|Check-Date|Retries)' | grep -v ' "";$' || true
}

mmdebstrap_mode() { if ((EUID == 0)); then echo root; else echo unshare; fi; }
