# SPDX-FileCopyrightText: 2026 The Stowage authors
# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# The benchmarks and their input, which is made once and kept in the cache.

ensure_bench_input() {
    local key lock
    key=$(sha256sum <tests/bench/fetch.sh | head -c 16)
    bench_input=$cache/bench-$key
    [[ ! -e $bench_input/.complete ]] || return 0
    exec {lock}>"$bench_input.lock"
    flock "$lock"
    if [[ ! -e $bench_input/.complete ]]; then
        say "making the benchmarks' input in $bench_input (once; a few minutes, 300 MB to download, 6 GB of disk)"
        rm -rf "$bench_input.new" "$bench_input"
        mkdir -p "$bench_input.new"
        run_set_up tests/bench/fetch.sh download "$bench_input.new" >&2
        inside tests/bench/fetch.sh images "$bench_input.new" >&2 || die "the benchmarks' input could not be made."
        touch "$bench_input.new/.complete"
        mv "$bench_input.new" "$bench_input"
    fi
    exec {lock}>&-
}

# bench [NAME...]
bench() {
    build release stowage-cli >&2
    ensure_bench_input
    inside python3 tests/bench/bench.py build/release/bin/stowage-cli "$bench_input" "$cache/bench-work" "$@"
}
