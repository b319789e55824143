#!/bin/sh
# Dispatching workflows: what is sent, what is refused before, older servers, other forges, lost answers.
set -u
. "$top_srcdir/tests/tap.sh"
. "$top_srcdir/tests/cli/lib.sh"
. "$top_srcdir/tests/github/sim.sh"
test -x "$RELAYQ" || tap_skip_all "relayq is not built"
export XDG_STATE_HOME="$HOME/state" XDG_CONFIG_HOME="$HOME/config" XDG_CACHE_HOME="$HOME/cache"

# sent: the body of the last dispatch.
sent() {
	sim_get 'requests?match=POST.*dispatches' |
		"$PYTHON" -c 'import json, sys; r = json.load(sys.stdin); print(r[-1]["body"] if r else "nothing")'
}

# dispatches: how many runs there are of what this test submitted.
dispatches() {
	sim_get state | "$PYTHON" -c '
import json, sys
print(sum(1 for r in json.load(sys.stdin)["runs"] if str(r["inputs"].get("audio", "")).startswith("t-")))'
}

sim_start --clock manual
sim_config
printf 'agent:\n  autostart: false\n' >>"$XDG_CONFIG_HOME/relayq/config.yaml"

# --- what is sent
runs submit --workflow transcribe.yml --ref next -f audio=t-1.mp3 -f diarize=True
tap_same "a workflow is dispatched, and its run's id printed" "$status $(sed 's/[0-9]*$//' "$out")" "0 media:"
id=$(cat "$out")
tap_same "the inputs are sent as texts, with an id of ours" \
	"$(sent | sed 's/"relayq_id":"[0-9A-Z]\{26\}"/"relayq_id":ID/')" \
	'{"ref":"next","inputs":{"audio":"t-1.mp3","diarize":"true","relayq_id":ID},"return_run_details":true}'
tap_same "the id that was printed is the run's" "$(sim_get state | "$PYTHON" -c '
import json, sys; r = json.load(sys.stdin)["runs"][-1]; print(r["id"], r["ref"])')" "${id#media:} next"
runs show "$id"
says "what it was dispatched with is kept" "$out" "audio=t-1.mp3, diarize=true, relayq_id="
runs submit --queue media --workflow acme/media:transcribe.yml -f audio=t-2.mp3 --json
says "the repository may be named; --json describes the run" "$out" '"params":\["audio=t-2.mp3","relayq_id='
says "its default branch is the ref" "$out" 'workflow_dispatch on main'
runs submit --workflow transcribe.yml -f audio=t-3.mp3 --token once
first=$(cat "$out")
runs submit --workflow transcribe.yml -f audio=t-3.mp3 --token once
tap_same "the same token gives the same run" "$status $(cat "$out")" "0 $first"
tap_same "and dispatches nothing" "$(dispatches)" 3

# --- what is refused before anything is sent
sim_post reset-requests
complains "an input that the workflow has not" 2 'no input "audoi"; did you mean audio?' submit --workflow transcribe.yml -f audoi=x
complains "a required one is missing" 2 'audio' submit --workflow transcribe.yml
complains "a value that is none of the options" 2 'one of: small, medium, large' \
	submit --workflow transcribe.yml -f audio=t-4 -f model=huge
complains "no number" 2 '"speakers"' submit --workflow transcribe.yml -f audio=t-4 -f speakers=two
complains "no such workflow" 3 'acme/media has no workflow nope.yml at main' submit --workflow nope.yml
complains "no such ref" 3 'at nowhere' submit --workflow transcribe.yml --ref nowhere -f audio=t-4
complains "no such repository" 3 "no repository 'acme/other'" submit --workflow acme/other:transcribe.yml
complains "a command needs a workflow" 2 'runs workflows and no commands' submit --queue media -- true
complains "a runner that the workflow cannot be told" 2 'runner_input' \
	submit --workflow transcribe.yml -f audio=t-4 --to rpi4
complains "what only this machine can do" 1 'cannot start a job later' \
	submit --workflow transcribe.yml -f audio=t-4 --delay 1h
complains "a workflow that is not dispatched by hand" 2 'nightly.yml' submit --workflow nightly.yml
sim_post file '{"repo": "acme/media", "path": ".github/workflows/bad.yml",
	"text": "on: workflow_dispatch\njobs:\n  a:\n    steps:\n      - run: make\n"}'
complains "a file that would not run, by line and column" 2 'bad.yml:3:' submit --workflow bad.yml
tap_same "nothing of it was sent" "$(sim_asked '^POST')" 0
runs submit --workflow transcribe.yml --queue media -f audio=t-4 --dry-run
says "--dry-run tells the inputs" "$out" '^input  *audio=t-4$'
says "and who could take it" "$out" 'rpi4'
tap_same "and sends nothing" "$status $(sim_asked '^POST')" "0 0"

# --- the runner
sim_config "runner_input: runner" "workflow: transcribe.yml"
printf 'agent:\n  autostart: false\n' >>"$XDG_CONFIG_HOME/relayq/config.yaml"
runs submit --queue media -f audio=t-5 --to rpi4
tap_same "the runner goes into the input that the settings name" "$status $(sent | grep -c '"runner":"rpi4"')" "0 1"
complains "which has no such choice" 2 '"runner"' submit --queue media -f audio=t-6 --to nobody
complains "an input that says otherwise" 2 'leave one of them out' submit --queue media -f audio=t-6 -f runner=oldpc --to rpi4

# --- answers that say less, or come from older servers
sim_post fault '{"kind": "lost", "match": "POST .*dispatches"}'
before=$(dispatches)
"$RELAYQ" submit --queue media -f audio=t-7 >"$out" 2>"$err" &
pid=$!
sim_wait 's["faults"] > 0'
sim_post clock '{"advance": 9}'
wait "$pid"
tap_same "an answer that was lost: the run is found" "$? $(sed 's/[0-9]*$//' "$out")" "0 media:"
tap_same "and dispatched once" "$(($(dispatches) - before))" 1
sim_stop

sim_start
SIM_API=$SIM_API/api/v3
sim_config
printf 'agent:\n  autostart: false\n' >>"$XDG_CONFIG_HOME/relayq/config.yaml"
SIM_API=${SIM_API%/api/v3}
runs submit --workflow transcribe.yml -f audio=t-1
tap_same "GitHub Enterprise Server, which tells no run: it is found" "$status $(sed 's/[0-9]*$//' "$out")" "0 media:"
tap_same "the key that it refuses is left out the second time" \
	"$(sim_asked 'POST.*dispatches') $(sent | grep -c return_run) $(dispatches)" "2 0 1"
sim_clean "nothing that a client must never do"
sim_stop

for forge in gitea forgejo; do
	sim_start --forge $forge
	sim_config "api: $SIM_API/api/v1"
	sed -i -e "0,/^    api: /{/^    api: /d}" "$XDG_CONFIG_HOME/relayq/config.yaml"
	printf 'agent:\n  autostart: false\n' >>"$XDG_CONFIG_HOME/relayq/config.yaml"
	GITEA_TOKEN=$SIM_TOKEN FORGEJO_TOKEN=$SIM_TOKEN
	export GITEA_TOKEN FORGEJO_TOKEN
	runs submit --workflow transcribe.yml -f audio=t-1
	tap_same "$forge: dispatched, and its run's id printed" "$status $(sed 's/[0-9]*$//' "$out") $(dispatches)" "0 media: 1"
	sim_stop
done
tap_done
