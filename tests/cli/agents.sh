#!/bin/sh
# Two agents: what runs where, draining, moving jobs, and how it all is told afterwards.
set -u
. "$top_srcdir/tests/tap.sh"
. "$top_srcdir/tests/cli/lib.sh"
rq config set agent.autostart false

runs agent start --name one --labels alpha,shared
says "agent start" "$out" '^one: started, process [0-9][0-9]*$'
rq agent start --name two --labels beta,shared --slots 2 >/dev/null
complains "a second one of the same name" 1 'one' agent start --name one
runs agent status
tap_same "agent status" "$(cut -f1,2,4 "$out" | tr '\t\n' ' ,')" "one running 0/1,two running 0/2,"
tap_same "agent status --name" "$(rq agent status --name two | cut -f1)" two
is_json "labels" "[True, False]" '["alpha" in [l["name"] for l in r["labels"]] for r in j]' runners --json

runs submit --wait --runs-on alpha -- true
tap_same "a label leads to its runner" "$(runner_of "$(cat "$out")")" one
runs submit --wait --to two -- true
tap_same "so does a name" "$(runner_of "$(cat "$out")")" two

# A gate holds a job where it runs until the test lets it go.
mkfifo gate
long=$(rq submit --to one -- sh -c "read -r x <'$TMPDIR/gate'")
wait_for is_in_state "$long" in_progress
runs drain one --reason 'new disk' --deadline 2h
says "drain of a busy runner" "$out" '^one: '
tap_same "it is draining" "$(rq runners | awk -F '\t' '$1 == "one" { print $2, $7 }')" "draining new disk"
is_json "and it is known who, why, and until when" "draining new disk True" \
	'j[0]["drain"], j[0]["drain_reason"], j[0]["drain_deadline"] > j[0]["drain_since"]' runners --json
held=$(rq submit --to one -- true 2>"$err")
says "a submission to it is warned about" "$err" 'one is draining'
"$RELAYQ" drain one --reason 'new disk' --wait >"$out" 2>"$err" &
waiter=$!
"$RELAYQ" drain one --reason 'new disk' --wait >"$out.away" 2>"$err.away" &
away=$!
wait_for test -s "$out.away"
kill -INT $away
wait $away
tap_same "ctrl-C during drain --wait looks away" "$?" 130
says "and says what goes on" "$err.away" 'one goes on draining; relayq undrain one takes it back'
echo go >gate
wait $waiter
tap_same "drain --wait ends when the last job has" "$?: $(tail -n1 "$out")" "0: one is drained"
tap_same "which was let finish" "$(state_of "$long")" success
rq agent stop --name one >/dev/null
rq agent start --name one --labels alpha,shared >/dev/null
runner_is one drained && drained=yes || drained=no
tap_same "a drain outlives a restart" "$drained" yes
tap_same "with all places free it has taken nothing new" "$(state_of "$held")" queued

runs reroute "$held" --to two --reason 'one is drained'
tap_same "reroute" "$status" 0
wait_for is_in_state "$held" success
tap_same "the job ran at its new place" "$(runner_of "$held")" two
is_json "the decisions tell of it" "reroute one is drained submit" \
	'j[0]["trigger"], j[0]["note"], j[1]["trigger"]' decisions --job "$held" --json
waiting=$(rq submit --runs-on nosuchlabel -- true 2>/dev/null)
gives_nothing=$(rq reroute "$waiting" --runs-on beta 2>&1)
wait_for is_in_state "$waiting" success
tap_same "reroute to a label" "$(runner_of "$waiting")" two
test -n "$gives_nothing" || tap_not_ok "reroute says what it did"

runs undrain one
tap_same "undrain" "$status" 0
back=$(rq submit --to one -- true)
wait_for is_in_state "$back" success
tap_same "it takes jobs again" "$(state_of "$back")" success

moving=$(rq submit --to two -- sh -c "echo \$RELAYQ_RUNNER >>'$TMPDIR/ran'; read -r x <'$TMPDIR/gate'")
wait_for test -s ran
complains "a running job is not moved by accident" 1 "${moving#*:}: It runs on two: --restart" reroute "${moving#*:}" --to one
tap_same "the refusal is in activity by the job's whole id" "$(rq activity --limit 1 | cut -f3-5)" "reroute	$moving	conflict"
runs reroute "$moving" --to one --restart
tap_same "but with --restart" "$status" 0
wait_for sh -c "grep -q one '$TMPDIR/ran'"
tap_same "it began again at the other place" "$(tr '\n' ' ' <ran)" "two one "
echo go >gate
wait_for is_in_state "$moving" success
is_json "as the next attempt of the same job" "2 one" 'len(j["attempts"]), j["runner_name"]' show "$moving" --json

again=$(rq retry "$moving")
says "retry prints the new id" /dev/stdin '^local:[0-9]*$' <<END
$again
END
rq cancel --force "$again" >/dev/null
wait_for is_in_state "$again" cancelled
tap_same "cancel --force" "$(state_of "$again")" cancelled
complains "what is over cannot be cancelled" 1 'already completed' cancel "$again"

long=$(rq submit --to two -- sh -c "read -r x <'$TMPDIR/gate'")
wait_for is_in_state "$long" in_progress
"$RELAYQ" agent stop --name two >"$out" 2>"$err" &
waiter=$!
tap_same "agent stop lets its jobs finish" "$(state_of "$long")" in_progress
echo go >gate
wait $waiter
tap_same "and waits until it is gone" "$?: $(tail -n1 "$out")" "0: two: stopped"
tap_same "the job has ended well" "$(state_of "$long")" success

long=$(rq submit --to one -- sleep 60)
wait_for is_in_state "$long" in_progress
gives "agent stop --now does not wait for jobs" 0 'one: stopped' agent stop --name one --now
tap_same "the job waits for the next agent" "$(state_of "$long")" queued
rq cancel "$long" >/dev/null
complains "no agent is left" 1 'No agent runs' agent status
tap_done
