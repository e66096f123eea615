#!/usr/bin/env bash
# One failure: what one build wrote, every other replays to the same digest; and where a digest differs, replay says by which
# version it was made.
# Usage: one_failure.sh PROGRAM PROGRAM...   (of the same sources, each built otherwise)
set -euo pipefail
[ $# -ge 2 ] || { echo "usage: $0 PROGRAM PROGRAM..." >&2; exit 64; }
scenario=${SCENARIO:-scenarios/generic/adversity.yaml}
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
failed=0

problem() {
  echo "PROBLEM: $*"
  failed=1
}

# A failing run of the program, without a sabotage, for a build may lack those: nothing settles within a second.
fail_with() { # PROGRAM DIRECTORY
  "$1" run "$scenario" --seed 3 --set devices.count=6 --set devices.teams=2 --set duration=40m --set expect.settle_within=1s \
    --out "$2" --quiet >"$scratch/run.txt" || true # a failing run is what is wanted
  ls -d "$2"/* 2>/dev/null | head -1
}

for writer in "$@"; do
  kept=$(fail_with "$writer" "$scratch/$(cksum <<<"$writer" | cut -d' ' -f1)")
  [ -n "$kept" ] || { problem "$writer wrote no failure"; continue; }
  for reader in "$@"; do
    [ "$reader" != "$writer" ] || continue
    "$reader" replay "$kept" >"$scratch/out" 2>"$scratch/err" || true # it fails, as it did
    if grep -q '^same digest as recorded' "$scratch/err"; then echo "same digest: $writer wrote it, $reader replays it"
    else problem "$writer wrote it, $reader replays it: $(cat "$scratch/err")"; fi
  done
  # What a changed program would find: another digest, and that another version made the recorded one.
  sed -i 's/"digest": "..../"digest": "zzzz/' "$kept/failure.json"
  for reader in "$@"; do
    [ "$reader" != "$writer" ] || continue
    "$reader" replay "$kept" >"$scratch/out" 2>"$scratch/err" || true
    made=$("$writer" --version | sed 's/^squall //') is=$("$reader" --version | sed 's/^squall //')
    if [ "$made" = "$is" ]; then problem "$writer and $reader call themselves by one version: $made"; fi
    grep -qF "by version $made; this is $is" "$scratch/err" || problem "$reader does not say who made it: $(cat "$scratch/err")"
  done
done
exit $failed
