#!/bin/sh
# A policy over two agents: what is held and let go, what a drained or dead runner had goes elsewhere, and each step is
# a decision linked to the one before.
set -u
. "$top_srcdir/tests/tap.sh"
. "$top_srcdir/tests/cli/lib.sh"
rq config set agent.autostart false
config=$(dirname "$(rq config path)")
state=$HOME/.local/state/relayq
cat >"$config/policy.yaml" <<'END'
schema: 2
defaults: {runner_stale_after: 3s}
routes:
  transcribe:
    prefer: [macmini]
    fallback: [rpi4]
  single:
    prefer: [macmini]
    constraints: {max_concurrent: 1}
END
rq agent start --name macmini --slots 2 >/dev/null
rq agent start --name rpi4 --slots 2 >/dev/null

reason_of() {
	rq jobs --limit 1000 | awk -F '\t' -v id="$1" '$2 == id { print $NF }'
}

waits_for() {
	is_in_state "$1" waiting && test "$(reason_of "$1")" = "$2"
}

pid_of() {
	cat "$state/agent-$1.lock"
}

# linked ID: each of its decisions names the one before.
linked() {
	is_json "$2" True 'len(j) > 1 and all((d["prev_decision_id"] or "") == (j[i + 1]["decision_id"] if i + 1 < len(j) else "")
	for i, d in enumerate(j))' decisions --job "$1" --json
}

# --- places

mkfifo gate
first=$(rq submit --type single -- sh -c "read -r x <'$TMPDIR/gate'")
wait_for is_in_state "$first" in_progress
second=$(rq submit --type single -- true)
tap_same "max_concurrent holds the second" "$(state_of "$second") $(reason_of "$second")" "waiting ROUTE_CONCURRENCY"
third=$(rq submit --type single -- true)
# An event is what differs between two looks: this one is let go by a look, which saw the place taken.
seen=$(rq submit --type transcribe --after "$(rq submit -- true)" -- true)
wait_for is_in_state "$seen" success
echo go 1<>gate
wait_for is_in_state "$second" success
tap_same "and lets it go when the first has ended" "$(state_of "$second") $(runner_of "$second")" "success macmini"
wait_for is_in_state "$third" success
tap_same "and then the third" "$(state_of "$third")" success
is_json "the event is told" "wake route:single@macmini" 'j[0]["trigger"], j[0]["note"]' decisions --job "$second" --json
linked "$second" "by a decision that is linked to the one before"

# --- drained

rq drain macmini --reason 'new disk' >/dev/null
passed=$(rq submit --type transcribe -- true)
wait_for is_in_state "$passed" success
tap_same "a drained runner is passed over" "$(runner_of "$passed")" rpi4
rq explain "$passed" >"$out"
says "with the reason" "$out" '^  macmini .*FAIL .*RUNNER_PAUSED .*new disk'
only=$(rq submit --type single -- true 2>/dev/null)
tap_same "who may go nowhere else waits" "$(state_of "$only") $(reason_of "$only")" "waiting RUNNER_PAUSED"
rq undrain macmini >/dev/null
wait_for is_in_state "$only" success
tap_same "until it is undrained" "$(state_of "$only")" success

# --- a drain's deadline

running=$(rq submit --type transcribe -- sh -c "echo \$RELAYQ_RUNNER >>'$TMPDIR/ran'; read -r x <'$TMPDIR/gate'")
wait_for test -s ran
rq drain rpi4 --reason 'so that it runs on macmini' >/dev/null
mkfifo gate.plain
rq submit -- sh -c "echo \$RELAYQ_RUNNER >>'$TMPDIR/plain'; read -r x <'$TMPDIR/gate.plain'" >/dev/null 2>&1
wait_for test -s plain
rq undrain rpi4 >/dev/null
rq drain macmini --reason 'power cut' --deadline 1s >/dev/null
wait_for grep -q rpi4 ran
tap_same "what outlasts a drain's deadline starts again elsewhere" "$(tr '\n' ' ' <ran)" "macmini rpi4 "
is_json "by a decision of its own" True 'any(d["trigger"] == "drain" for d in j)' decisions --job "$running" --json
wait_for grep -q rpi4 plain
tap_same "so it does where no policy decides" "$(tr '\n' ' ' <plain)" "macmini rpi4 "
wait_for runner_is macmini drained
tap_same "the runner is drained then" "$(rq runners | awk -F '\t' '$1 == "macmini" { print $2 }')" drained
echo go 1<>gate
echo go 1<>gate.plain
wait_for is_in_state "$running" success
tap_same "the job ends well" "$(state_of "$running")" success
rq undrain macmini >/dev/null

# --- dead

# Frozen it still has its lock, so the job is placed there, and is not begun.
kill -STOP "$(pid_of macmini)"
queued=$(rq submit --type transcribe -- true)
tap_same "a job is queued at macmini" "$(state_of "$queued") $(rq decisions --job "$queued" | cut -f5)" "queued macmini"
kill -KILL "$(pid_of macmini)"
began=$(date +%s)
wait_for is_in_state "$queued" success
took=$(($(date +%s) - began))
tap_same "macmini is killed: it moves to rpi4" "$(state_of "$queued") $(runner_of "$queued")" "success rpi4"
tap_empty "within five seconds" "$(test $took -le 5 || echo "after $took s")"
is_json "as a failover, with the runner's reason" "failover runner:macmini.offline RUNNER_OFFLINE" \
	'j["trigger"], j["note"], j["candidates"][0]["reasons"][0]["code"]' explain "$queued" --json
linked "$queued" "linked to the decision before"
only=$(rq submit --type single -- true 2>/dev/null)
tap_same "who may go nowhere else waits for it" "$(state_of "$only") $(reason_of "$only")" "waiting RUNNER_OFFLINE"
rq agent start --name macmini --slots 2 >/dev/null
wait_for is_in_state "$only" success
is_json "until it is back" "wake runner:macmini.online" 'j[0]["trigger"], j[0]["note"]' decisions --job "$only" --json
holds "the journal's chain holds" rq policy verify-chain
tap_done
