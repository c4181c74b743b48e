# SPDX-FileCopyrightText: 2026 The Stowage authors
# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# The checks of the sources. All run, also after one has failed.

lint() {
    local failed=0
    check "formatting" check_format || failed=1
    check "licences" inside reuse lint --lines || failed=1
    check "layers" inside python3 tests/lint/layers.py || failed=1
    check "scripts" check_scripts || failed=1
    check "clang-tidy" check_tidy || failed=1
    return "$failed"
}

# check NAME COMMAND...
check() {
    local name=$1 started=$SECONDS
    shift
    if "$@" >&2; then
        say "$name: good ($((SECONDS - started)) s)"
    else
        say "$name: FAILED"
        return 1
    fi
}

cpp_sources() { find src tests -name '*.cpp' -o -name '*.h' | sort; }

check_format() {
    local -a files
    mapfile -t files < <(cpp_sources)
    inside clang-format --dry-run -Werror "${files[@]}"
}

check_scripts() {
    inside shellcheck -x dev .ci/run resources/example/make-inputs.sh tests/fixtures/fetch.sh tests/boot/fetch.sh \
        tests/bench/fetch.sh tests/corpus/fetch.sh tests/fuzz/seeds.sh tests/fuzz/run.sh
}

check_tidy() {
    build dev && inside python3 tests/lint/tidy.py build/dev "$cache/tidy"
}
