#!/usr/bin/env bash
# Which invariant catches each sabotage, at which seed: makes the table of docs/sabotage.md from runs.
# Usage: sabotage_table.sh PROGRAM [NAME...]   (all sabotages unless named)
#   SEEDS=200     give up after this seed         SCENARIO=scenarios/generic/adversity.yaml
#   WRITE=FILE    put the table between FILE's markers instead of printing it
set -euo pipefail
[ $# -ge 1 ] || { echo "usage: $0 PROGRAM [NAME...]" >&2; exit 64; }
program=$1
shift
scenario=${SCENARIO:-scenarios/generic/adversity.yaml}
seeds=${SEEDS:-200}
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

catalogue=$("$program" list sabotage --format json)
names=("$@")
[ ${#names[@]} -gt 0 ] || mapfile -t names < <(jq -r '.sabotage[].name' <<<"$catalogue")

# The first seed that fails, in steps that grow: "SEED HITS INVARIANTS", hits counted from seed 1; or "none HITS".
first_catch() { # NAME
  local name=$1 from=1 step=4 hits=0 to row
  while [ "$from" -le "$seeds" ]; do
    to=$((from + step - 1 < seeds ? from + step - 1 : seeds))
    "$program" run "$scenario" --seeds "$from..$to" --sabotage "$name" --out "$scratch/out" --format json --quiet \
      >"$scratch/runs.json" || true # a failing run is what is looked for
    row=$(jq -r --arg n "$name" --argjson before "$hits" '
      .runs as $all | ([$all[] | .verdict == "fail"] | index(true)) as $at |
      if $at == null then "none \($before + ([$all[].sabotages[$n] // 0] | add))"
      else "\($all[$at].seed) \($before + ([$all[range(0; $at + 1)].sabotages[$n] // 0] | add)) " +
        "\([$all[$at].invariants[] | select(.verdict == "fail") | .name] | join(", "))" end' "$scratch/runs.json")
    hits=$(cut -d' ' -f2 <<<"$row")
    if [ "${row%% *}" != none ]; then echo "$row"; return; fi
    from=$((to + 1)) step=$((step < 16 ? step * 2 : step))
  done
  echo "none $hits"
}

passes_without() { # SEED
  [ "$("$program" run "$scenario" --seed "$1" --out "$scratch/out" --format json --quiet | jq -r '.runs[0].verdict')" = pass ]
}

table() {
  echo "| sabotage | bug | what it does | caught by | first seed | hits until then |"
  echo "|---|---|---|---|---|---|"
  local name seed hits caught bug about
  for name in "${names[@]}"; do
    read -r bug about < <(jq -r --arg n "$name" '.sabotage[] | select(.name == $n) | "\(.bug) \(.about)"' <<<"$catalogue")
    read -r seed hits caught < <(first_catch "$name") || true
    if [ "$seed" = none ]; then
      echo "| \`$name\` | $bug | $about | **not caught** in $seeds seeds | | $hits |"
    else
      passes_without "$seed" || caught="$caught, **but seed $seed does not pass without it**"
      echo "| \`$name\` | $bug | $about | $caught | $seed | $hits |"
    fi
  done
}

if [ -z "${WRITE:-}" ]; then
  table
else
  table >"$scratch/table"
  awk -v table="$scratch/table" '
    /<!-- table begins -->/ { print; while ((getline line < table) > 0) print line; skipping = 1 }
    /<!-- table ends -->/ { skipping = 0 }
    !skipping && !/<!-- table begins -->/ { print }' "$WRITE" >"$scratch/page"
  cat "$scratch/page" >"$WRITE"
fi
