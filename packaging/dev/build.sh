# SPDX-FileCopyrightText: 2026 The Stowage authors
# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# Configuring and building a preset. One build of a preset at a time; CMake is called only when it must.

export CCACHE_DIR=$cache/ccache
export CCACHE_BASEDIR=$top
export CCACHE_SLOPPINESS=pch_defines,time_macros
export CCACHE_NOHASHDIR=1

# build PRESET [TARGET...]
build() {
    local preset=$1 lock status=0
    shift
    mkdir -p "build/$preset"
    exec {lock}>"build/$preset.lock"
    flock "$lock"
    { configure "$preset" && inside ninja -C "build/$preset" "$@"; } {lock}>&- || status=$?
    exec {lock}>&-
    return "$status"
}

# Configures a preset where it is not, or was with other presets or tools. Later changes are ninja's to see.
configure() {
    local stamp=build/$1/.configured state
    state=$(sha256sum <CMakePresets.json)$root
    [[ -e build/$1/build.ninja && -e $stamp && $(<"$stamp") == "$state" ]] && return
    inside cmake --preset "$1" || return
    printf '%s\n' "$state" >"$stamp"
}

# The same with nothing on standard output, and the log on standard error only when the build fails.
build_quietly() {
    mkdir -p build
    build "$@" >"build/$1.log" 2>&1 || {
        cat "build/$1.log" >&2
        exit 1
    }
}
