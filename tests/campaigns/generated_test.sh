#!/usr/bin/env bash
# Makes test sources of shrunk failures, as `squall shrink` writes them: of a story that is told as a scenario (red.cpp), of the
# same with its bug switched off (green.cpp), and of one that only its plan can say, for its order of events is given (plan.cpp).
# Usage: generated_test.sh PROGRAM SOURCES OUT
set -euo pipefail
[ $# -eq 3 ] || { echo "usage: $0 PROGRAM SOURCES OUT" >&2; exit 64; }
program=$1 sources=$2 out=$3
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# The source of the test that the one failure of this run becomes.
test_of() { # NAME ARGS...
  local name=$1 code=0
  shift
  "$program" run "$@" --jobs 1 --quiet --out "$scratch/$name" >"$scratch/said" || code=$?
  [ "$code" -eq 1 ] || { echo "exit $code, not 1, of: run $*" >&2; cat "$scratch/said" >&2; return 1; }
  "$program" shrink "$scratch/$name"/* -o "$scratch/$name-little" --jobs 1 >"$scratch/said"
  cp "$scratch/$name-little/test.cpp" "$out/$name.cpp"
}

mkdir -p "$out"
test_of red "$sources/scenarios/generic/adversity.yaml" --set devices.count=8 --set devices.teams=2 --sabotage no_dedupe --seed 1
test_of plan "$sources/scenarios/exhaustive/counter.yaml" --exhaustive --lose 1 --sabotage no_dedupe
grep -q '^sabotage:' "$out/red.cpp" || { echo "the story does not say which bug is switched on" >&2; exit 1; }
grep -v '^sabotage:' "$out/red.cpp" >"$out/green.cpp"
