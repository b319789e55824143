#!/bin/sh
# Logs: whole, following, by attempt, with and without times.
set -u
. "$top_srcdir/tests/tap.sh"
. "$top_srcdir/tests/cli/lib.sh"

id=$(rq submit --wait -- printf 'one\ntwo\n')
runs logs "$id"
tap_same "a log ends with the job's output" "$status: $(tail -n2 "$out" | tr '\n' ' ')" "0: one two "
says "it begins with what ran" "$out" '^##\[group\]Run printf'
runs logs --timestamps "$id"
says "--timestamps" "$out" '^20[0-9-]*T[0-9:]*\.[0-9]\{7\}Z two$'
gives "the alias, and an id with its queue" 0 "$(rq logs "$id")" log "$id"
gives "-f of a job that has ended is the same" 0 "$(rq logs "$id")" logs -f "$id"
complains "an attempt that there was not" 3 'has no attempt 7; it had 1' logs --attempt 7 "$id"

# shellcheck disable=SC2016 # for the job's shell
id=$(rq submit --wait --retries 1 --backoff 10ms -- sh -c 'echo "attempt $RELAYQ_RUN_ATTEMPT"; exit 1' 2>/dev/null)
runs logs "$id"
says "the latest attempt" "$out" '^attempt 2$'
runs logs --attempt 1 "$id"
says "an earlier one" "$out" '^attempt 1$'

mkfifo gate1 gate2
id=$(rq submit -- sh -c "echo before; read -r x <'$TMPDIR/gate1'; echo after; printf part
	read -r x <'$TMPDIR/gate2'; exit 3")
wait_for is_in_state "$id" in_progress
"$RELAYQ" logs -f "$id" >followed 2>"$err" &
follower=$!
holds "-f prints what is there" wait_for grep -qx before followed
echo go >gate1
holds "-f prints what comes" wait_for grep -qx after followed
holds "-f prints a line without its end" wait_for grep -q '^part' followed
echo go >gate2
wait $follower
tap_same "-f ends with the job, whatever its end was" "$?: $(tail -n1 followed)" \
	"0: ##[error]Process completed with exit code 3."

"$RELAYQ" logs -f "$id" --attempt 1 >followed2 2>/dev/null
holds "-f of one attempt that is over" cmp followed followed2

id=$(rq submit -- sleep 60)
"$RELAYQ" logs -f "$id" >looked 2>"$err" &
follower=$!
wait_for grep -q endgroup looked
kill -INT $follower
wait $follower
tap_same "ctrl-C looks away; that is no failure" "$?" 0
tap_same "the job goes on" "$(state_of "$id")" in_progress
rq cancel "$id" >/dev/null

id=$(rq submit --delay 1h -- true)
gives "a job that has not begun" 0 '' logs "$id"
says "is told to have no log yet" "$err" 'has no log yet: it is .* DELAYED'
"$RELAYQ" logs -f "$id" >waited 2>"$err" &
follower=$!
rq cancel "$id" >/dev/null
wait $follower
tap_same "-f of a job that never begins ends with it" "$?" 0
says "and says so" "$err" 'ended without a log: cancelled'
tap_done
