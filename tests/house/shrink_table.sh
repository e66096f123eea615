#!/usr/bin/env bash
# How small each sabotage's failure gets: makes the tables of docs/shrinking.md from runs, with one job each.
# Usage: shrink_table.sh PROGRAM [NAME...]   (all that docs/sabotage.md says are caught in this scenario, unless named)
#   SEEDS=200     give up after this seed         SCENARIO=scenarios/generic/adversity.yaml (or enterprise.yaml beside it)
#   SECONDS_MAX=600   of shrinking                WRITE=FILE   put the table between FILE's markers instead of printing it:
#                                                 "<!-- adversity begins -->" and "... ends -->", by the scenario's name
#   KEEP=DIR      keep the shrunk failures there    FAILURES=DIR  take failures of these seeds from there, DIR/...-NAME
set -euo pipefail
[ $# -ge 1 ] || { echo "usage: $0 PROGRAM [NAME...]" >&2; exit 64; }
program=$1
shift
scenario=${SCENARIO:-scenarios/generic/adversity.yaml}
about=$(basename "$scenario" .yaml)
seeds=${SEEDS:-200}
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
keep=${KEEP:-$scratch/kept}
mkdir -p "$keep"

names=("$@")
# The first table there is of adversity, the second of enterprise.
caught() {
  awk -F'`' -v wanted="$([ "$about" = enterprise ] && echo 1 || echo 0)" '
    /^## / { ++part } /^\| `/ && !/not caught/ && part + 0 == wanted { print $2 }' docs/sabotage.md
}
[ ${#names[@]} -gt 0 ] || mapfile -t names < <(caught)

# The directory of the first failing seed; nothing if there is none.
first_failure() { # NAME
  local from=1 to
  if [ -n "${FAILURES:-}" ]; then
    find "$FAILURES" -maxdepth 1 -name "*-$1" | sort | head -1
    return
  fi
  while [ "$from" -le "$seeds" ]; do
    to=$((from + 7 < seeds ? from + 7 : seeds))
    "$program" run "$scenario" --seeds "$from..$to" --sabotage "$1" --out "$scratch/out/$1" --format json --quiet \
      >"$scratch/runs.json" || true # a failing run is what is looked for
    local seed
    seed=$(jq -r '[.runs[] | select(.verdict == "fail") | .seed][0] // empty' "$scratch/runs.json")
    if [ -n "$seed" ]; then
      "$program" run "$scenario" --seed "$seed" --sabotage "$1" --out "$scratch/first/$1" --quiet >"$scratch/run.txt" || true
      ls -d "$scratch/first/$1"/*
      return
    fi
    from=$((to + 1))
  done
}

# "ok" if the scenario file gives the same signature when it is run, and does not fail without the sabotage.
verdict_on() { # SHRUNK SIGNATURE
  local file=$1/scenario.yaml seed
  [ -e "$file" ] || { echo "no scenario file"; return; }
  "$program" validate "$file" >"$scratch/valid.txt" 2>&1 || { echo "scenario file refused"; return; }
  seed=$(jq -r .seed "$1/failure.json")
  [ "$("$program" run "$file" --seed "$seed" --out "$scratch/o" --format json | jq -r '.runs[0].signature')" = "$2" ] ||
    { echo "another signature"; return; }
  grep -v '^sabotage:' "$file" >"$scratch/clean.yaml"
  [ "$("$program" run "$scratch/clean.yaml" --seed "$seed" --out "$scratch/o" --format json | jq -r '.runs[0].verdict')" != fail ] ||
    { echo "fails without it, too"; return; }
  echo ok
}

row() { # NAME
  local failure shrunk=$keep/$1 seconds said numbers signature minimal=yes
  failure=$(first_failure "$1")
  if [ -z "$failure" ]; then echo "| \`$1\` | | not caught | | | | | |"; return; fi
  rm -rf "$shrunk"
  seconds=$({ TIMEFORMAT='%U %S'
    time "$program" shrink "$failure" -o "$shrunk" --jobs 1 --seconds "${SECONDS_MAX:-600}" >"$scratch/said" 2>"$scratch/err" || true; } 2>&1)
  said=$(grep '^shrunk from' "$scratch/said") ||
    { echo "| \`$1\` | | $(tail -1 "$scratch/err") | | | | | |"; return; }
  signature=${said##*same signature: }
  numbers=$(sed -E 's/^shrunk from ([0-9]+) entr.* on ([0-9]+) dev.* to ([0-9]+) entr.* on ([0-9]+) dev.* in ([0-9]+) run.*/\1 \2 \3 \4 \5/' <<<"$said")
  grep -q 'no single entry can go' <<<"$said" || minimal=no
  read -r entries _ left devices runs <<<"$numbers"
  echo "| \`$1\` | $signature | $entries | $left | $devices | $minimal | $(awk '{printf "%.1f", $1 + $2}' <<<"$seconds") ($runs runs) | $(verdict_on "$shrunk" "$signature") |"
}

table() {
  echo "| sabotage | signature | entries before | entries | devices | 1-minimal | CPU s | run again from its scenario file |"
  echo "|---|---|---|---|---|---|---|---|"
  local name
  for name in "${names[@]}"; do row "$name"; done
}

if [ -z "${WRITE:-}" ]; then
  table
else
  table >"$scratch/table"
  awk -v table="$scratch/table" -v begins="<!-- $about begins -->" -v ends="<!-- $about ends -->" '
    index($0, ends) { skipping = 0 }
    !skipping { print }
    index($0, begins) { while ((getline line < table) > 0) print line; skipping = 1 }' "$WRITE" >"$scratch/page"
  cat "$scratch/page" >"$WRITE"
fi
