#!/bin/sh
# Submitting: what a job gets, what --wait and --follow leave with, batches, steps, dependencies, warnings.
set -u
. "$top_srcdir/tests/tap.sh"
. "$top_srcdir/tests/cli/lib.sh"

rq config set agent.autostart false
runs submit -- true
tap_same "submit prints the id" "$status: $(cat "$out")" "0: local:1"
says "and says that nobody is there to run it" "$err" 'no agent runs and agent.autostart is off: relayq agent start'
gives "no log yet" 0 '' logs 1
says "and it is said" "$err" 'local:1 has no log yet: it is queued'
rq config set agent.autostart true
gives "a job that waits is cancelled" 0 '1: cancelled' cancel 1

runs submit --follow -- sh -c 'echo hello; exit 3'
tap_same "--follow prints the job's output alone, and leaves with its status" "$status: $(cat "$out")" "3: hello"
tap_same "relayq's closing words go to standard error" "$(cat "$err")" "relayq: Process completed with exit code 3."
rq explain 2 >"$out"
says "explain tells what came of a job that waited for the first agent" "$out" '^  since then .* took it: failure$'
gives "--follow of a job that says nothing" 0 '' submit --follow -- true
rq explain 3 >"$out"
says "and who took one that had been placed" "$out" '^  since then .* took it: success$'
gives "an unfinished last line" 0 'no end' submit --follow -- printf 'no end'
gives "what looks like ours is the job's" 0 '##[error]mine
##[group]Run x
##[endgroup]
end' submit --follow -- printf '##[error]mine\n##[group]Run x\n##[endgroup]\nend\n'

runs submit --wait -- true
tap_same "--wait prints the id and leaves with 0" "$status: $(sed 's/[0-9]*$/N/' "$out")" "0: local:N"
runs submit --wait -- sh -c 'exit 7'
tap_same "--wait: the job's own status" "$status" 7
# shellcheck disable=SC2016 # for the job's shell
runs submit --wait -- sh -c 'kill -15 $$'
tap_same "--wait: ended by a signal" "$status" 143
runs submit --wait --timeout 200ms -- sleep 60
tap_same "--wait: out of time" "$status" 124
runs submit --wait -- /nosuch/command
holds "--wait: a command that does not exist" test "$status" -ne 0
runs submit --wait --cwd /nosuch/directory -- true
holds "--wait: a directory that does not exist" test "$status" -ne 0

rq submit -- sleep 60 >"$out"
id=$(cat "$out")
rq submit --wait --after "$id" -- true >/dev/null 2>"$err" &
waiter=$!
wait_for is_in_state "$id" in_progress
rq cancel "$id" >/dev/null
wait $waiter
tap_same "--wait: what waits for a cancelled job is cancelled" "$?" 143
says "and it says why" "$err" 'DEPENDENCY_FAILED'

# shellcheck disable=SC2016 # for the job's shell
gives "environment, parameters and directory" 0 "a b/v/unset/$TMPDIR" \
	submit --follow --env FOO='a b' -f key=v -- sh -c 'echo "$FOO/$INPUT_KEY/${HIDDEN-unset}/$PWD"'
HIDDEN=secret
export HIDDEN
# shellcheck disable=SC2016 # for the job's shell
gives "--env takes a variable as it is here" 0 secret submit --follow --env HIDDEN -- sh -c 'echo "$HIDDEN"'
# shellcheck disable=SC2016 # for the job's shell
gives "--env-all takes them all" 0 secret submit --follow --env-all -- sh -c 'echo "$HIDDEN"'
# shellcheck disable=SC2016 # for the job's shell
gives "without it, none but the few" 0 unset submit --follow -- sh -c 'echo "${HIDDEN-unset}"'
mkdir below
gives "--cwd from here" 0 "$TMPDIR/below" submit --follow --cwd below -- pwd
gives "standard input is closed" 0 0 submit --follow -- sh -c 'wc -c | tr -d " "'

printf -- '- run: |\n    echo one\n    echo more\n- name: second\n  command: [echo, "two words"]\n' >steps.yaml
gives "steps" 0 'one
more
two words' submit --follow --steps steps.yaml
tap_same "show has a line for each of a script's" "$(rq show "$(rq jobs --limit 1 | cut -f2)" | sed -n '/^step/,/^step/p')" \
	"step          echo one
              echo more
step          second: echo 'two words'"
says "and the list says how many there are" /dev/stdin '	echo one.*(and 1 more step)	' <<END
$(rq jobs --limit 1)
END
printf -- '- run: exit 4\n- run: echo never\n' >steps.yaml
gives "the first step that fails ends the job" 4 '' submit --follow --steps steps.yaml
printf -- '- run: x\n  command: y\n' >steps.yaml
complains "a step is one thing or the other" 2 'steps.yaml:1:3: a step needs either' submit --steps steps.yaml
printf -- '- cmd: x\n' >steps.yaml
complains "a step has nothing else" 2 'steps.yaml:1:3: a step has name, run and command' submit --steps steps.yaml

printf '%s\n' '{"command":["sh","-c","echo a; exit 0"],"name":"first","runs_on":["self-hosted"]}' '' \
	'{"command":"echo \"b c\"","after":"^0","env":{"X":"1"},"params":{"k":"v"},"timeout":"5s","priority":3}' >batch.json
runs submit --batch batch.json
tap_same "a batch gives an id for each line" "$status: $(wc -l <"$out" | tr -d ' ')" "0: 2"
second=$(tail -n1 "$out")
wait_for is_in_state "$second" success
tap_same "its second job ran" "$(state_of "$second")" success
is_json "with all that its line says" "3 5000 ['k=v'] 1" \
	'j["priority"], j["timeout_ms"], j["params"], len(j["after"])' show "$second" --json
printf '{"command":"true"}\n{"comand":"true"}\n' >batch.json
before=$(rq jobs --limit 1000 | wc -l)
complains "a mistake in a batch is told with its line" 2 'batch.json:2: A submission has no member "comand"' submit --batch batch.json
tap_same "and nothing of it is stored" "$(rq jobs --limit 1000 | wc -l)" "$before"
printf '{"command":"true"\n' >batch.json
complains "a batch that is no JSON" 2 'batch.json:1:' submit --batch batch.json
complains "an empty batch" 2 'holds no submission' submit --batch /dev/null
echo '{"run":"exit 5"}' | rq submit --batch - --name piped >"$out"
id=$(cat "$out")
wait_for is_in_state "$id" failure
is_json "a batch from standard input, with options for all" 'piped 5' 'j["name"] + " " + str(j["exit_code"])' show "$id" --json

runs submit --runs-on self-hostd -- true
tap_same "an unknown label is accepted" "$status" 0
says "with a warning and the nearest" "$err" "warning: no known runner has the label 'self-hostd'; did you mean 'self-hosted'?"
rq cancel "$(cat "$out")" >/dev/null
runs submit --to nosuch -- true
says "an unknown runner is told" "$err" "warning: there is no runner 'nosuch' yet"
rq cancel "$(cat "$out")" >/dev/null
complains "waiting for a job that there is not" 3 "There is no job '9999'" submit --after 9999 -- true

before=$(rq jobs --limit 1000 | wc -l)
runs submit --dry-run -- true
says "--dry-run tells the decision" "$out" 'PLACED -> '
is_json "--dry-run --json" PLACED 'j["outcome"]' submit --dry-run --json -- true
tap_same "and stores nothing" "$(rq jobs --limit 1000 | wc -l)" "$before"

is_json "--json" "None command" 'j["conclusion"], j["type"]' submit --json -- true
is_json "--wait --json" 'completed failure 6' 'j["status"], j["conclusion"], j["exit_code"]' submit --wait --json -- sh -c 'exit 6'
first=$(rq submit --token once -- true)
tap_same "the same token makes no second job" "$(rq submit --token once -- true)" "$first"
is_json "retries" "failure 3" 'j["conclusion"], len(j["attempts"])' submit --wait --json --retries 2 --backoff 10ms -- false
# shellcheck disable=SC2016 # for the job's shell
gives "--follow goes on with the next attempt" 0 'attempt 1
attempt 2' submit --follow --retries 1 --backoff 10ms -- sh -c 'echo "attempt $RELAYQ_RUN_ATTEMPT"; test "$RELAYQ_RUN_ATTEMPT" = 2'
start=$(date +%s)
runs submit --wait --delay 1s -- true
holds "--delay" test $(($(date +%s) - start)) -ge 1

"$RELAYQ" submit --follow -- sleep 60 >"$out" 2>"$err" &
waiter=$!
sleeps() {
	rq jobs --filter status:in_progress | grep -q sleep
}
wait_for sleeps
kill -INT $waiter
wait $waiter
tap_same "ctrl-C looks away" "$?" 130
says "and says how to look again" "$err" 'goes on; relayq logs -f local:[0-9]* shows it'
id=$(rq jobs --filter 'status:in_progress' | cut -f2)
tap_same "the job goes on" "$(state_of "$id")" in_progress
rq cancel --force "$id" >/dev/null
tap_done
