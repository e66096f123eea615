#!/usr/bin/env bash
# One digest: the same seeds give the same digests whatever the build, the number of workers, and what fresh memory holds.
# Usage: one_digest.sh PROGRAM...
set -euo pipefail
[ $# -ge 1 ] || { echo "usage: $0 PROGRAM..." >&2; exit 64; }
scenario=${SCENARIO:-scenarios/generic/adversity.yaml}
seeds=${SEEDS:-1..4}

digests() { # PROGRAM ARGS...: "seed digest" lines
  local program=$1
  shift
  "$program" run "$scenario" --seeds "$seeds" --out "$(mktemp -d)" --format json --quiet "$@" |
    sed -n 's/^ *"seed": \([0-9]*\),$/\1/p; s/^ *"digest": "\([0-9a-f]*\)",$/\1/p' | paste - -
}

first=$(digests "$1" --jobs 1)
[ -n "$first" ] || { echo "no digests from $1" >&2; exit 1; }
failed=0
compare() { # NAME DIGESTS
  if [ "$2" = "$first" ]; then echo "same digests: $1"; else
    echo "OTHER digests: $1"
    diff <(echo "$first") <(echo "$2") || true
    failed=1
  fi
}
compare "two workers" "$(digests "$1" --jobs 2)"
compare "memory filled with 0xa5" "$(MALLOC_PERTURB_=165 digests "$1" --jobs 2)"
for program in "${@:2}"; do compare "$program" "$(digests "$program" --jobs 2)"; done
echo "$first"
exit $failed
