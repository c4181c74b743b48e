# SPDX-FileCopyrightText: 2026 The Stowage authors
# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# Where the commands run: on this system where it has the baseline, else in a private Debian root.

suite=trixie
shared_files=(resolv.conf passwd group hosts machine-id localtime) # below /etc
root= # the private root's directory; empty: this system itself

# Decides native or private root, and makes what is missing of it. Quick when all is there.
ensure_environment() {
    [[ -z ${environment_ready-} ]] || return 0
    mkdir -p "$cache"
    local key
    key=$(list_key)
    if has_baseline "$key"; then
        ensure_native "$key"
    else
        root=$cache/root-$key
        [[ -e $root/.complete ]] || make_root
    fi
    environment_ready=yes
}

# A hash of what the environment is made of: the packages, the release, the machine's architecture.
list_key() {
    { packages_of build runtime test && echo "$suite" && uname -m; } | sha256sum | head -c 16
}

# Has this system Qt 6.8 and KDE Frameworks 6? The answer is kept until the system is upgraded.
has_baseline() {
    local answer=$cache/baseline-$1
    if [[ ! -e $answer || /etc/os-release -nt $answer ]]; then
        if probe_baseline; then echo yes; else echo no; fi >"$answer.$$"
        mv "$answer.$$" "$answer"
    fi
    [[ $(<"$answer") == yes ]]
}

probe_baseline() {
    command -v apt-get >/dev/null ||
        die "this is not a Debian-like system: ./dev needs apt." \
            "Build by hand with the packages that packaging/packages.txt names."
    ensure_apt_lists
    local qt
    qt=$(candidate qt6-base-dev)
    [[ -n $qt && -n $(candidate libkf6archive-dev) ]] && dpkg --compare-versions "$qt" ge 6.8
}

# The version apt would install of a package, if any.
candidate() { LC_ALL=C apt-cache policy "$1" | sed -n 's/^ *Candidate: *\([^(].*\)/\1/p'; }

# Installs what is missing of the packages on this system; looks again only after dpkg has changed something.
ensure_native() {
    local stamp=$cache/native-$1
    [[ -e $stamp && ! /var/lib/dpkg/status -nt $stamp ]] && return
    local -a wanted
    mapfile -t wanted < <(packages_of host build runtime test)
    install_packages "${wanted[@]}"
    touch "$stamp"
}

# Makes the private root under a temporary name and renames it when complete. Others wait meanwhile.
make_root() {
    local -a wanted
    mapfile -t wanted < <(packages_of host)
    install_packages "${wanted[@]}"
    check_user_namespaces
    exec {root_lock}>"$root.lock"
    flock -n "$root_lock" || {
        say "another ./dev is setting up; waiting for it"
        flock "$root_lock"
    }
    if [[ ! -e $root/.complete ]]; then
        rm -rf "$root" "$root.new"
        say "making a private Debian root in $root (once; a few minutes, 2 GB)"
        run_set_up fill_root "$root.new"
        touch "$root.new/.complete"
        mv "$root.new" "$root"
        say "the private root is ready after $SECONDS s"
    fi
    exec {root_lock}>&-
}

# Runs a part of the set-up in a process group of its own, which an interruption of ./dev ends as a whole.
run_set_up() {
    local child status=0
    set -m
    "$@" </dev/null &
    child=$!
    set +m
    trap 'kill -TERM -- "-$child"; wait "$child"; exit 130' HUP INT TERM
    wait "$child" || status=$?
    trap - HUP INT TERM
    ((status == 0)) || exit "$status"
}

# An ordinary user's root is made in a user namespace, which needs a range of ids.
check_user_namespaces() {
    ((EUID != 0)) || return 0
    local name
    name=$(id -un)
    [[ $(cut -d: -f1 /etc/subuid) =~ (^|$'\n')($name|$EUID)($|$'\n') &&
        $(cut -d: -f1 /etc/subgid) =~ (^|$'\n')($name|$EUID)($|$'\n') ]] ||
        die "user $name has no range of subordinate ids; run as root:" \
            "usermod --add-subuids 100000-165535 --add-subgids 100000-165535 $name"
    bwrap --ro-bind / / true 2>/dev/null ||
        die "bubblewrap cannot make a user namespace here." \
            "Where AppArmor forbids it (Ubuntu 24.04), allow it as root:" \
            "apt-get install apparmor-profiles apparmor-utils" \
            "ln -s /usr/share/apparmor/extra-profiles/bwrap-userns-restrict /etc/apparmor.d/" \
            "apparmor_parser -r /etc/apparmor.d/bwrap-userns-restrict"
}

# Unpacks the packages below a directory, owned by the user. Device nodes come from the system at run time.
fill_root() {
    local packages setting
    packages=$(packages_of build runtime test | paste -sd,)
    local -a options=(--variant=apt --include="$packages" --format=tar --quiet
        --aptopt='APT::Install-Recommends "false"' --dpkgopt=force-unsafe-io
        --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/man/*'
        --dpkgopt='path-exclude=/usr/share/locale/*')
    while read -r setting; do
        options+=(--aptopt="$setting")
    done < <(apt_network_settings)
    mkdir -p "$1"
    (
        cd / # mmdebstrap's other user may not enter the directory this was called from
        # shellcheck disable=SC2046 # no mirror: no argument at all
        mmdebstrap --mode="$(mmdebstrap_mode)" "${options[@]}" "$suite" - $(debian_mirror)
    ) | tar -x --exclude=./dev -C "$1" || die "the private root could not be made; see above." \
        "If a signature could not be checked, install a debian-archive-keyring that knows Debian 12 or newer." \
        "If the mirror does not carry Debian 13, name another in STOWAGE_MIRROR."
    mkdir -p "$1/dev"
    for setting in "${shared_files[@]}"; do # what the machine's own are bound onto
        rm -f "$1/etc/$setting"
        : >"$1/etc/$setting"
    done
}

# Runs a command where the tools are, in the current directory. Its exit status is the function's.
inside() {
    local -a sandbox=()
    [[ -z $root ]] || describe_sandbox
    supervise "${sandbox[@]}" env --default-signal=HUP,INT,QUIT,TERM "$@"
}

# Fills `sandbox` with bubblewrap's arguments: the root read-only, and all of the machine that is not
# the operating system's own at its own path. No user namespace for root: it stays the real one.
describe_sandbox() {
    local path
    sandbox=(bwrap --die-with-parent --ro-bind "$root" / --dev-bind /dev /dev --dev-bind /proc /proc --dev-bind-try /sys /sys
        --tmpfs /run --bind /var/tmp /var/tmp)
    ((EUID != 0)) || sandbox+=(--cap-add ALL)
    for path in /*; do
        case $path in
            /bin | /boot | /dev | /etc | /lib* | /lost+found | /proc | /run | /sbin | /sys | /usr | /var) ;;
            *) [[ ! -d $path ]] || share "$path" ;;
        esac
    done
    for path in "$top" "$cache" "$HOME" "$PWD"; do # even where they lie below one of the system's own
        case $path in
            /boot/* | /etc/* | /lib* | /run/* | /usr/* | /var/*) [[ ! -d $path ]] || share "$path" ;;
        esac
    done
    for path in "${XDG_RUNTIME_DIR-}" "/run/user/$EUID" /run/dbus /run/systemd/resolve; do
        [[ -z $path || ! -d $path ]] || sandbox+=(--bind "$path" "$path")
    done
    for path in "${shared_files[@]}"; do
        sandbox+=(--ro-bind-try "/etc/$path" "/etc/$path")
    done
    sandbox+=(--chdir "$PWD" --setenv PATH /usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
        --setenv LANG C.UTF-8)
    for path in $(compgen -e | grep -E '^(LC_.*|LD_.*|PYTHON.*|QT_PLUGIN_PATH|QT_QPA_PLATFORMTHEME|QT_STYLE_OVERRIDE|QML.*_PATH|(C|CPLUS_INCLUDE_|C_INCLUDE_|LIBRARY_|PKG_CONFIG_|CMAKE_PREFIX_)PATH|XDG_DATA_DIRS|CC|CXX|C(XX|PP)?FLAGS|LDFLAGS|PERL5LIB)$'); do
        sandbox+=(--unsetenv "$path")
    done
    sandbox+=(--)
}

# Binds a directory at its own path; the root, read-only in there, gets the mount point beforehand.
share() {
    [[ -d $root$1 ]] || mkdir -p "$root$1"
    sandbox+=(--bind "$1" "$1")
}

# Runs a command and passes signals on to it. On a terminal it has Ctrl-C already and needs only what was
# sent to ./dev alone; elsewhere it gets its own process group, so that nothing arrives twice.
supervise() {
    local status=0 signalled='' child pgrp terminal stat
    read -r stat </proc/$$/stat
    read -r _ _ pgrp _ _ terminal _ <<<"${stat##*) }"
    ((pgrp == terminal)) || set -m
    (
        trap '' HUP INT QUIT TERM # bubblewrap must outlive the command; the command has them reset
        exec "$@"
    ) <&0 &
    child=$!
    set +m
    if ((pgrp == terminal)); then
        trap 'signalled=1' HUP INT
        trap 'signalled=1; kill -TERM $(commands_of "$child")' TERM
    else
        trap 'signalled=1; kill -HUP -- "-$child"' HUP
        trap 'signalled=1; kill -INT -- "-$child"' INT
        trap 'signalled=1; kill -TERM -- "-$child"' TERM
    fi
    while :; do
        status=0
        wait "$child" || status=$?
        [[ -n $signalled ]] || break
        signalled=
    done
    trap - HUP INT TERM
    return "$status"
}

# The process of the command itself: in the private root it is bubblewrap's child.
commands_of() {
    local children=
    [[ -z $root ]] || read -r children <"/proc/$1/task/$1/children" || true
    printf '%s' "${children:-$1}"
}
