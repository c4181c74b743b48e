# SPDX-FileCopyrightText: 2026 The Stowage authors
# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# The real input of tests and of the example project, made once and kept in the cache.

# Tells tests where the fixtures are, or will be.
name_fixtures() {
    local key
    key=$(sha256sum <tests/fixtures/fetch.sh | head -c 16)
    export STOWAGE_FIXTURES=$cache/fixtures-$key
}

# Makes the fixtures where they are not there yet.
ensure_fixtures() {
    local lock
    name_fixtures
    [[ ! -e $STOWAGE_FIXTURES/.complete ]] || return 0
    exec {lock}>"$STOWAGE_FIXTURES.lock"
    flock "$lock"
    if [[ ! -e $STOWAGE_FIXTURES/.complete ]]; then
        say "fetching test input into $STOWAGE_FIXTURES (once; about a minute, 300 MB to download)"
        make_fixtures "$STOWAGE_FIXTURES.new" >&2
        mv "$STOWAGE_FIXTURES.new" "$STOWAGE_FIXTURES"
    fi
    exec {lock}>&-
}

make_fixtures() {
    rm -rf "$1" "${1%.new}"
    mkdir -p "$1"
    run_set_up tests/fixtures/fetch.sh download "$1"
    inside tests/fixtures/fetch.sh images "$1" || die "the test images could not be made; see above."
    touch "$1/.complete"
}

# Tells the boot tests where their hosts are, or will be.
name_boot_input() {
    local key
    key=$({ cat tests/boot/fetch.sh "$cache/mirror-state" 2>/dev/null || true; } | sha256sum | head -c 16)
    export STOWAGE_BOOT_INPUT=$cache/boot-$key
}

# The hosts of the boot tests: made once for the packages that the mirror has now. Without a network the newest serve.
ensure_boot_input() {
    local lock
    note_mirror_state
    name_boot_input
    exec {lock}>"$cache/boot.lock"
    flock "$lock"
    if [[ ! -e $STOWAGE_BOOT_INPUT/.complete ]]; then
        say "making the boot tests' hosts in $STOWAGE_BOOT_INPUT (once; two minutes, 300 MB to download)"
        # Those of older packages; what was used this week may be another checkout's.
        find "$cache" -maxdepth 1 -name 'boot-*' -type d -mtime +7 -exec rm -rf {} +
        make_boot_input "$STOWAGE_BOOT_INPUT.new" >&2
        mv "$STOWAGE_BOOT_INPUT.new" "$STOWAGE_BOOT_INPUT"
    fi
    touch "$STOWAGE_BOOT_INPUT"
    exec {lock}>&-
}

# Tells the corpus tests where their large trees are, or will be.
name_corpus_input() {
    local key
    key=$(sha256sum <tests/corpus/fetch.sh | head -c 16)
    export STOWAGE_CORPUS_INPUT=$cache/corpus-$key
}

# Makes the large trees where they are not there yet.
ensure_corpus_input() {
    local lock
    name_corpus_input
    exec {lock}>"$cache/corpus.lock"
    flock "$lock"
    if [[ ! -e $STOWAGE_CORPUS_INPUT ]]; then
        say "making the large trees of the corpus in $STOWAGE_CORPUS_INPUT (once; minutes, 600 MB to download, 2 GB of disk)"
        rm -rf "$cache"/corpus-*/ # of other packages, or not complete
        mkdir -p "$STOWAGE_CORPUS_INPUT.new"
        run_set_up tests/corpus/fetch.sh "$STOWAGE_CORPUS_INPUT.new" >&2 ||
            die "the large trees of the corpus could not be made; see above."
        mv "$STOWAGE_CORPUS_INPUT.new" "$STOWAGE_CORPUS_INPUT"
    fi
    exec {lock}>&-
}

make_boot_input() {
    rm -rf "$1" "${1%.new}"
    mkdir -p "$1"
    run_set_up tests/boot/fetch.sh hosts "$1"
    inside tests/boot/fetch.sh ramdisk "$1" || die "the boot tests' hosts could not be made; see above."
    touch "$1/.complete"
}

# The example project with its input, in build/example. A changed copy is left alone until its source is newer.
ensure_example() {
    ensure_fixtures
    inside resources/example/make-inputs.sh build/example
    if [[ ! build/example/example.stowage -nt resources/example/example.stowage ]]; then
        cp resources/example/example.stowage build/example/
    fi
}
