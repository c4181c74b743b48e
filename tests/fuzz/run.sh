#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The Stowage authors
# SPDX-License-Identifier: MIT
#
# Fuzzes: tests/fuzz/run.sh SECONDS [TARGET...], every target in turn where none is named, inside `./dev shell` after
# `./dev build fuzz`. Prints what came of each. New inputs are kept in build/fuzz/corpus, what was found in build/fuzz/found.

set -uo pipefail

top=$(cd -- "$(dirname -- "$0")/../.." && pwd -P)
seconds=${1:?how many seconds for each target}
shift
(($#)) || set -- "$top"/tests/fuzz/corpus/*/
found=$top/build/fuzz/found
mkdir -p "$found"
status=0
printf '%-16s %7s %10s %8s %8s  %s\n' target seconds runs edges features result
for target in "$@"; do
    target=$(basename "$target")
    kept=$top/build/fuzz/corpus/$target
    log=$top/build/fuzz/$target.log
    mkdir -p "$kept"
    started=$SECONDS
    result=good
    "$top/build/fuzz/bin/fuzz_$target" "$kept" "$top/tests/fuzz/corpus/$target" -max_total_time="$seconds" -max_len=65536 \
        -rss_limit_mb=2048 -timeout=10 -print_final_stats=1 -artifact_prefix="$found/$target-" >"$log" 2>&1 \
        || { result="FOUND, see $log" status=1; }
    runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
    read -r edges features < <(sed -n 's/.* cov: \([0-9]*\) ft: \([0-9]*\) .*/\1 \2/p' "$log" | tail -n 1)
    printf '%-16s %7d %10s %8s %8s  %s\n' "$target" $((SECONDS - started)) "${runs:--}" "${edges:--}" "${features:--}" "$result"
done
exit "$status"
