#!/bin/sh
# Help, version, settings, and what is said about mistakes; nothing of it needs an agent.
set -u
. "$top_srcdir/tests/tap.sh"
. "$top_srcdir/tests/cli/lib.sh"

runs --version
says "relayq --version" "$out" '^relayq [0-9]'
runs help
says "relayq help lists submit" "$out" '^  submit  *Queue a command'
says "and the console's options" "$out" '^  --screen-reader '
tap_same "relayq -h is the same" "$(rq -h)" "$(cat "$out")"
runs help submit
says "relayq help submit" "$out" '^usage: relayq submit '
tap_same "relayq submit --help is the same" "$(rq submit --help)" "$(cat "$out")"
runs help agent
says "relayq help of a group tells all of it" "$out" '^usage: relayq agent stop'
is_json "relayq version --json" relayq 'j["name"]' version --json

complains "a command that is misspelt" 2 'did you mean relayq jobs?' jbos
complains "the second word misspelt" 2 'did you mean relayq agent start?' agent strat
complains "help on nothing that there is" 2 'There is no command "nothing"' help nothing
complains "an option before any command" 2 'relayq has no option --bogus' --bogus
complains "an option that is misspelt" 2 'did you mean --runs-on?' submit --run-on gpu -- true
complains "an option without its value" 2 '--type needs a value' submit --type
complains "a value of the wrong type" 2 '--timeout cannot be "soon"' submit --timeout soon -- true
complains "a required option is missing" 2 'relayq drain needs --reason TEXT' drain rpi4
complains "an argument is missing" 2 'relayq show needs ID' show
complains "one argument too many" 2 'one argument too many' jobs x
complains "an id that can be none" 2 'ID cannot be "a/b/c"' show a/b/c
complains "a filter that makes no sense" 2 'did you mean status:queued?' jobs --filter status:qeued
complains "nothing to run" 2 'What shall run?' submit
complains "two things to run" 2 'exclude each other' submit --steps x -- true
complains "--wait for a batch" 2 'for one job' submit --wait --batch x
complains "a queue that there is not" 3 'nosuch' jobs --queue nosuch
complains "no such job" 3 "There is no job '99'" show 99
complains "no log of no such job" 3 "There is no job '99'" logs 99
complains "no such job to cancel" 3 "There is no job '99'" cancel 99
complains "no such job to retry" 3 "There is no job '99'" retry 99
complains "no such job to move" 3 "There is no job '99'" reroute 99 --runs-on gpu
complains "nowhere to move it" 2 'name a runner (--to) or labels (--runs-on)' reroute 1
complains "two places to move it to" 2 'exclude each other' reroute 1 --to a --runs-on b
complains "no such decision" 3 '99' explain 99
complains "no such runner to drain" 3 "There is no runner 'x'" drain x --reason y
complains "no agent runs" 1 'No agent runs on this machine' agent status
complains "no agent to stop" 3 'nosuch' agent stop --name nosuch
complains "slots that are none" 2 '--slots goes from 1 to 256' agent start --slots 0
complains "a steps file that is not there" 3 '/nosuch' submit --steps /nosuch
complains "an environment variable that is not there" 2 'there is no such variable' submit --env NO_SUCH_VAR -- true

gives "relayq alone without a terminal prints the summary" 0 'local  0 queued, 0 running, 0 waiting, 0 finished
no runner has been here yet'
is_json "the summary as JSON" '0' 'j["queues"][0]["queued"]' summary --json
gives "there are no jobs" 0 '' jobs
is_json "an empty array" '[]' j jobs --json
is_json "no runners" '[]' j runners --json
is_json "no decisions" '[]' j decisions --json

gives "config get tells a default" 0 1 config get agent.slots
gives "config path" 0 "$HOME/.config/relayq/config.yaml" config path
gives "config set" 0 '' config set agent.slots 3
gives "config get" 0 3 config get agent.slots
runs config
says "config tells where a setting comes from" "$out" '^agent.slots	3	config.yaml:2$'
says "config tells what is a default" "$out" '^agent.lease	15s	default$'
is_json "config --json" '3 config.yaml:2' '[(s["value"] + " " + s["origin"]) for s in j if s["name"] == "agent.slots"][0]' config --json
complains "a setting that there is not" 3 'did you mean agent.slots?' config get agent.slot
complains "a value that a setting cannot have" 2 'agent.slots cannot be "x"' config set agent.slots x
gives "and nothing has changed" 0 3 config get agent.slots
printf '# mine\nagent:\n  slots: 3 # three\n' >"$HOME/.config/relayq/config.yaml"
runs config set agent.slots 4
tap_same "config set keeps comments" "$(cat "$HOME/.config/relayq/config.yaml")" '# mine
agent:
  slots: 4 # three'
printf 'agent:\n  slotz: 3\n' >"$HOME/.config/relayq/config.yaml"
complains "a mistake in config.yaml is told with its place" 2 'config.yaml:2:3: There is no setting "agent.slotz"' jobs
complains "config tells it as well" 2 'config.yaml:2:3' config
gives "help works all the same" 0 "$HOME/.config/relayq/config.yaml" config path
rm "$HOME/.config/relayq/config.yaml"

chmod 755 "$HOME/.local/state/relayq"
runs doctor
tap_same "doctor fails when something is bad" "$status" 1
says "doctor says how to mend it" "$out" '^BAD	state directory	.*	chmod 700 '
chmod 700 "$HOME/.local/state/relayq"
runs doctor
tap_same "doctor is content" "$status: $(grep -c '^BAD' "$out")" "0: 0"
is_json "doctor --json" '0' 'sum(f["level"] == "bad" for f in j)' doctor --json
if test -n "$PYTHON"; then
	TERM=nosuchterminal rq doctor >"$out"
	says "doctor knows when a terminal is not known" "$out" '^BAD	terminal	TERM=nosuchterminal'
fi
HOME=/dev/null/x runs jobs
tap_same "a home that cannot be is a plain failure" "$status: $(wc -l <"$err" | tr -d ' ')" "1: 1"
if test -c /dev/full; then
	rq help >/dev/full 2>"$err"
	tap_same "output that cannot be written is a failure" "$?: $(cat "$err")" \
		"1: relayq: The output could not be written."
fi
tap_done
