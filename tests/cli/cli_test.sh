#!/usr/bin/env bash
# Runs one case against the program: exit codes, and one clear line where something is wrong.
# Usage: cli_test.sh PROGRAM CASE, from the root of the sources.
set -uo pipefail
[ $# -eq 2 ] || { echo "usage: $0 PROGRAM CASE" >&2; exit 64; }
squall=$1
adversity=$PWD/scenarios/generic/adversity.yaml
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
failed=0

problem() {
  echo "PROBLEM: $*"
  failed=1
}

# expect CODE ARGS...: runs the program; its output is in `out` and `err`.
expect() {
  local code=$1
  shift
  "$squall" "$@" >out 2>err
  local got=$?
  [ $got -eq "$code" ] || problem "exit $got, not $code: $* ($(head -3 err))"
}
says() { grep -qE -- "$1" err || problem "standard error has no \`$1\`: $(cat err)"; }
prints() { grep -qE -- "$1" out || problem "standard output has no \`$1\`: $(head -5 out)"; }
one_line() { [ "$(wc -l <err)" -eq 1 ] || problem "not one line: $(cat err)"; }
silent() { [ ! -s out ] || problem "standard output is not empty: $(head -3 out)"; }
small=(--set devices.count=4 --set devices.teams=2 --set duration=34m --set 'expect.reached.intents=">= 1"')

usage() {
  expect 64 run "$adversity" --bogus
  says 'bogus'
  expect 64 bogus
  says 'bogus'
  expect 64
  says 'run'
  expect 64 run
  says 'files'
  expect 64 run "$adversity" --seeds 5..1
  says '^squall: --seeds takes A\.\.B'
  one_line
  expect 64 run "$adversity" --jobs 0
  says 'jobs'
  expect 64 run "$adversity" --format xml
  says 'xml'
  expect 0 --version
  prints '^squall [0-9]+\.[0-9]+'
  expect 0 run --help
  prints '--lost-acks-everywhere'
}

exhaustive() {
  local sources=${adversity%/scenarios/*}
  expect 0 run "$sources/scenarios/exhaustive/create_group.yaml" --exhaustive --lose 0
  prints '[0-9]+ states'
  prints 'complete: every distinct schedule was judged'
  expect 2 run "$sources/scenarios/exhaustive/counter.yaml" --exhaustive --lose 0 --limit 5
  prints 'not complete'
  expect 1 run "$sources/scenarios/exhaustive/counter.yaml" --exhaustive --lose 1 --sabotage no_dedupe --out found
  prints 'exactly_once'
  expect 1 replay found/exhaustive_counter-1-*
  prints 'replay|same digest|FAIL'
  expect 0 explain found/exhaustive_counter-1-exhaustive-no_dedupe
  prints 'it is LOST'
  [ "$(grep -c 'not needed' out)" = 0 ] || problem "the loss without which nothing fails is not needed"
  expect 0 shrink found/exhaustive_counter-1-exhaustive-no_dedupe
  prints 'same signature: exactly_once'
  expect 1 run "$sources/scenarios/exhaustive/field_merge.yaml" --exhaustive --lose 0 --sabotage early_sequence --jobs 2 --out found
  expect 1 replay found/exhaustive_field_merge-1-*
  expect 0 explain found/exhaustive_field_merge-1-exhaustive-early_sequence
  expect 0 shrink found/exhaustive_field_merge-1-exhaustive-early_sequence
  prints 'same signature: '
  expect 65 run "$adversity" --exhaustive
  says 'exhaustive|devices|script'
  expect 64 run "$adversity" --lose 1
  says 'exhaustive'
}

bad_scenarios() {
  printf 'name: x\nabout: y\nduration: 1h\ndevices: {count: 2}\ncollections:\n  a: {policy: lww, fields: {b: text}}\n' >bad.yaml
  expect 65 run bad.yaml
  says '^bad\.yaml:6:[0-9]+: '
  silent
  expect 65 validate bad.yaml
  says '^bad\.yaml:6:[0-9]+: '
  printf 'name: [\n' >broken.yaml
  expect 65 run broken.yaml
  says '^broken\.yaml:2:[0-9]+: not YAML'
  one_line
  sed 's/^duration:/duratoin:/' "$adversity" >typo.yaml
  expect 65 run typo.yaml
  says '^typo\.yaml:[0-9]+:1: unknown key `duratoin`; did you mean `duration`'
  expect 65 run "$adversity" --set devices.count=many
  says 'expected an integer'
  [ ! -e squall-out ] || problem "squall-out was made"
}

missing_files() {
  for command in run validate; do
    expect 64 $command nowhere.yaml
    says '^squall: cannot read nowhere\.yaml: No such file'
    one_line
    silent
  done
  mkdir empty
  expect 64 run empty
  says '^squall: no \.yaml files in the folder empty'
  for command in replay shrink explain; do
    expect 64 $command nowhere
    says '^squall: nowhere is not a failure directory'
    one_line
  done
}

unwritable_out() {
  echo x >file
  for out in file file/below file/below/deeper; do
    expect 70 run "$adversity" --out $out
    says '^squall: cannot (create|write into) file'
    one_line
    silent
  done
  [ "$(ls)" = "$(printf 'err\nfile\nout')" ] || problem "left behind: $(ls)"
  expect 0 run "$adversity" "${small[@]}" --quiet --out a/b/c
  [ ! -e a ] || problem "a run that fails nothing left $(find a)"
  "$squall" list faults >/dev/full 2>err && problem "a full disk behind standard output went unnoticed"
}

sabotage_names() {
  expect 64 run "$adversity" --sabotage no_dedup
  says '^squall: unknown sabotage `no_dedup`; did you mean `no_dedupe`'
  one_line
  silent
  expect 0 list sabotage
  prints '^no_dedupe '
}

failures() {
  expect 1 run "$adversity" --set devices.count=8 --sabotage no_dedupe --seeds 1..3 --out kept
  prints 'replay +.* replay kept/adversity-'
  local kept
  kept=$(ls -d kept/adversity-* | head -1)
  expect 1 replay "$kept"
  says '^same digest as recorded'
  cp -r "$kept" damaged
  head -c 100 "$kept/plan.bin" >damaged/plan.bin
  expect 65 replay damaged
  says '^squall: damaged/plan.bin is damaged'
}

# A run that fails tells the story that `explain` tells, as short as a screen, and what to type next.
one_story() {
  expect 1 run "${adversity%/generic/*}/first.yaml" --sabotage no_dedupe --out kept
  prints '^  broken +exactly_once [0-9]+ times'
  prints '^  how exactly_once was first broken'
  prints '^  ! .*the server +commits d[0-9]+:[0-9]+ AGAIN'
  prints '^  ! .*the judge +the server committed'
  prints '^  disturbed by '
  [ "$(wc -l <out)" -le 48 ] || problem "more than a screen: $(wc -l <out) lines"
  [ "$(wc -L <out)" -le 140 ] || problem "wider than a screen: $(wc -L <out) columns"
  local turn kept
  turn=$(sed -n 's/^  ! .*the server *//p' out | head -1)
  kept=$(ls -d kept/*)
  for command in explain shrink replay; do prints "^  $command +.* $command $kept$"; done
  expect 0 explain "$kept"
  tr -s ' \n' ' ' <out | grep -qF "$turn" || problem "explain does not tell: $turn"
}

# A failure to look into.
fail_once() {
  expect 1 run "$adversity" --set devices.count=8 --sabotage no_dedupe --seeds 1..3 --out kept
  ls -d kept/adversity-* | head -1
}

explanation() {
  local kept
  kept=$(fail_once)
  expect 0 explain "$kept"
  prints 'is broken$'
  prints '^What happened'
  prints '^What made the difference'
  prints "replay $kept --interactive"
  expect 0 explain "$kept" --invariant exactly_once
  prints '^exactly_once is broken'
  prints 'AGAIN'
  expect 64 explain "$kept" --invariant clock_sane
  says '^squall: .* does not break `clock_sane`; it breaks .*exactly_once'
  expect 64 explain "$kept" --invariant exactly_onec
  says '^squall: no invariant is named `exactly_onec`; did you mean `exactly_once`'
  one_line
  silent
  head -c 100 "$kept/history.bin" >part && mv part "$kept/history.bin"
  expect 65 explain "$kept"
  says '^squall: .*history\.bin: '
  rm "$kept/history.bin"
  expect 0 explain "$kept" --counterfactual --seconds 1
  prints '\+ the bug no_dedupe'
}

time_travel() {
  local kept
  kept=$(fail_once)
  expect 0 replay "$kept" --until 10m
  prints '^00:10:00\.000  after event @'
  prints '^  server +up'
  expect 0 replay "$kept" --until violation --device d1 --record d1:1/0 --diff d1,server
  prints '^  cursor '
  prints 'server +d1 shows'
  expect 64 replay "$kept" --until 'no such thing'
  says '^squall: nothing in this run mentions'
  expect 64 replay "$kept" --until voilation
  says 'did you mean `violation`'
  expect 64 replay "$kept" --until '#99999999'
  says '^squall: this run has no #99999999: it ends after event @[0-9]+, with history entry #[0-9]+'
  expect 64 replay "$kept" --until 10m --device d99
  prints 'no participant'
  printf 'g 10m\nn\nn\nb\nn d1:1\ng end\nb\ns\nd d1\nr d1:1/0\ndiff d1 server\nm\nw\nbogus\nq\n' >commands
  "$squall" replay "$kept" --interactive <commands >out 2>err || problem "exit $? of the prompt: $(cat err)"
  [ ! -s err ] || problem "the prompt complains: $(cat err)"
  prints 'the run is over'
  # On and back: the same event, the same digest.
  [ "$(grep '^00:' out | sort | uniq -d | wc -l)" -ge 1 ] || problem "no place was visited twice: $(grep '^00:' out)"
  [ -z "$(pgrep -P $$ squall)" ] || problem "processes are left behind"
}

# Waits until a command succeeds, for a while.
await() {
  local tries=0
  until "$@"; do
    [ $((tries += 1)) -lt 600 ] || { problem "waited in vain: $*"; return 1; }
    sleep 0.05
  done
}
has_child() { pgrep -P "$1" >/dev/null; }

shrinking() {
  expect 1 run "$adversity" --set devices.count=8 --set devices.teams=2 --sabotage no_dedupe --seeds 1..3 --out kept
  prints 'failures .*\(.* run.*smallest with seed'
  local kept little signature
  kept=$(ls -d kept/adversity-* | head -1)
  little=$kept-shrunk
  "$squall" shrink "$kept" >out 2>err &
  local pid=$!
  await test -e "$little/progress.bin"
  kill -KILL $pid # at any moment
  wait $pid 2>/dev/null
  expect 0 shrink "$kept"
  says '^squall: going on from'
  prints '^shrunk from .* no single entry can go'
  signature=$(sed -n 's/.*same signature: //p' out)
  expect 0 validate "$little/scenario.yaml"
  expect 1 run "$little/scenario.yaml" --seed "$(sed -n 's/ *"seed": "\([0-9]*\)",/\1/p' "$little/failure.json")" --format json
  prints "\"signature\": \"$signature\""
  expect 1 replay "$little"
  says '^same digest as recorded'
  grep -q 'EXPECT_EQ(outcome->run.signature(), "")' "$little/test.cpp" || problem "no test in $little"
  sed -i 's/"digest": "..../"digest": "zzzz/; s/"version": ".*"/"version": "0.0.1+0badcafe"/' "$little/failure.json"
  expect 1 replay "$little"
  says 'by version 0\.0\.1\+0badcafe; this is '
}

interrupt() {
  "$squall" run "$adversity" "${small[@]}" --seeds 1..100000 --jobs 2 --quiet >out 2>err &
  local pid=$!
  await has_child $pid
  sleep 1
  kill -INT $pid
  wait $pid
  local got=$?
  [ $got -eq 2 ] || problem "exit $got, not 2, of an interrupted run"
  prints 'interrupted'
  local done
  done=$(grep -c '^PASS' out)
  [ "$done" -ge 1 ] || problem "nothing of what had finished is shown: $(cat out)"
  [ "$done" -lt 100000 ] || problem "it was not interrupted"
}

dead_worker() {
  for signal in SEGV KILL; do
    "$squall" run "$adversity" "${small[@]}" --seeds 1..60 --jobs 2 --format json --out o$signal >out 2>err &
    local pid=$!
    await has_child $pid && kill -$signal "$(pgrep -P $pid | head -1)"
    wait $pid
    local got=$?
    [ $got -eq 70 ] || problem "exit $got, not 70, after a worker died by $signal"
    local all passed
    all=$(grep -c '"seed":' out)
    passed=$(grep -c '"verdict": "PASS"' out)
    [ "$all" -eq 60 ] || problem "$all runs, not 60, after $signal"
    prints 'killed by'
  done
}

# A search is a tree of processes: the one that the program waits for, its worker, who looks after them, the first that searches.
dead_search() {
  local sources=${adversity%/scenarios/*} at
  "$squall" run "$sources/scenarios/exhaustive/three/counter.yaml" --exhaustive --lose 0 --jobs 1 --quiet --out o >out 2>err &
  local pid=$!
  at=$pid
  for level in worker keeper first; do
    await has_child "$at"
    at=$(pgrep -P "$at" | head -1)
  done
  await has_child "$at" # it searches
  kill -SEGV "$at"
  wait $pid
  local got=$?
  [ $got -eq 70 ] || problem "exit $got, not 70, after a process of a search died"
  [ -s o/exhaustive_three_counter-1-exhaustive/plan.bin ] || problem "nothing of it is kept: $(ls o)"
  grep -q 'killed by Segmentation fault' o/*/report.txt || problem "how it died is not told"
  grep -q 'squall.*\[0x' o/*/report.txt || problem "no stack is told"
}

# A server rebuilt from its audit, and captured audits: kept, replayed, cut and edited.
audit() {
  local first=${adversity%/generic/*}/first.yaml digest log
  expect 0 audit "$first" --seed 2 --export log.jsonl
  prints 'decisions  the same, in the same order'
  prints 'state      [0-9]+ rows, tasks and positions, the same'
  digest=$(sed -n 's/^  digest *//p' out)
  expect 0 audit "$first" --seed 2 --export log.pb
  for log in log.jsonl log.pb; do
    expect 0 audit --replay $log
    prints "digest *$digest\$"
    expect 0 audit --replay $log --against "$first" --seed 2
    prints 'the same as'
  done
  expect 1 audit --replay log.jsonl --against "$first" --seed 3
  prints 'different +scope'
  sed '7s/"user":[0-9]*/"user":77/' log.jsonl >edited.jsonl
  expect 65 audit --replay edited.jsonl
  says '^squall: edited.jsonl: line 7 was changed'
  one_line
  head -9 log.jsonl >cut.jsonl
  expect 65 audit --replay cut.jsonl
  says 'the log is cut after 8 records'
  expect 64 audit --replay nothing.jsonl
  says 'cannot read nothing.jsonl'
  expect 64 audit
  says 'audit needs'
  silent
}

# The README's scenario is a file that runs, and what it shows was printed, but for how long it took and what it weighed.
readme() {
  local root
  root=$(dirname "$(dirname "$(dirname "$adversity")")")
  block() { awk -v n="$1" '/^```/ { ++fences; next } fences == 2 * n - 1' "$root/README.md"; }
  timeless() { sed -E 's/ in [0-9.]+ .?s \([0-9,]+x\)//; s/ · [0-9]+ MiB peak//; s#[^ ]*squall (explain|shrink|replay)#squall \1#'; }
  block 1 | diff - "$root/scenarios/first.yaml" >difference || problem "README's scenario is not scenarios/first.yaml: $(cat difference)"
  expect 0 run "$root/scenarios/first.yaml"
  expect 1 run "$root/scenarios/first.yaml" --sabotage no_dedupe
  diff <(block 2 | sed 1d | timeless) <(timeless <out) >difference || problem "README shows what is not printed: $(cat difference)"
}

case $2 in
  usage | bad_scenarios | missing_files | unwritable_out | sabotage_names | failures | one_story | explanation | time_travel | interrupt | dead_worker | dead_search | shrinking | exhaustive | audit | readme) "$2" ;;
  *) problem "no case is named $2" ;;
esac
exit $failed
