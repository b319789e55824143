#!/bin/sh
# Re-routes: a run of ours is cancelled and dispatched again; for others' runs labels are lent.
set -u
. "$top_srcdir/tests/tap.sh"
. "$top_srcdir/tests/cli/lib.sh"
. "$top_srcdir/tests/github/sim.sh"
test -x "$RELAYQ" || tap_skip_all "relayq is not built"
export XDG_STATE_HOME="$HOME/state" XDG_CONFIG_HOME="$HOME/config" XDG_CACHE_HOME="$HOME/cache"

# copies NAME: the runs of a submission: where they were to run, and which were cancelled.
copies() {
	sim_get state | "$PYTHON" -c 'import json, sys
print(*[r["inputs"]["runner"] + (":cancelled" if r["conclusion"] == "cancelled" else "")
        for r in json.load(sys.stdin)["runs"] if r["inputs"].get("audio") == sys.argv[1]])' "$1"
}

submit() { rq submit --workflow transcribe.yml -f "audio=$1" --to "$2"; }

now=$(date +%s)
export RELAYQ_TEST_NOW="${now}000*60"
sim_start --speed 60 --now "$now"
sim_config 'runner_input: runner'
printf 'agent:\n  autostart: false\n' >>"$XDG_CONFIG_HOME/relayq/config.yaml"

# --- our own
id=$(submit t-1 oldpc)
runs reroute "$id" --to rpi4 --reason "oldpc is off"
says "a run of ours that waits moves" "$out" "^$id: cancelled, and dispatched again to rpi4 as media:"
tap_same "it was cancelled, and is there once" "$(copies t-1)" "oldpc:cancelled rpi4"
tap_same "in two requests" "$(sim_asked 'POST .*cancel') $(sim_asked 'POST .*dispatches')" "1 2"
new=$(sed -n 's/.* as //p' "$out")
runs show "$new"
says "with what it was given" "$out" 'audio=t-1'
runs decisions --job "$new"
complains "what has ended does not move" 1 'retry runs it again' reroute "$id" --to rpi4

id=$(submit t-2 oldpc)
sim_post reset-requests
complains "a place that the workflow does not take" 2 'one of' reroute "$id" --to nowhere
tap_same "is refused before anything is cancelled" "$(sim_asked POST) $(copies t-2)" "0 oldpc"

sim_post run '{"id": 19283746505, "conclusion": "success"}'
sim_post workflow '{"repo": "acme/media", "file": "long.yml", "name": "Long", "on": ["workflow_dispatch"],
	"inputs": {"audio": {"type": "string"}, "runner": {"type": "string"}},
	"jobs": {"long": {"labels": ["self-hosted", "${{ inputs.runner }}"],
		"steps": [{"name": "Wait", "run": "sleep 36000", "seconds": 36000}]}}}'
id=$(rq submit --workflow long.yml -f audio=t-3 --to macmini)
sim_wait 'any(r["inputs"].get("audio") == "t-3" and r["status"] == "in_progress" for r in runs)'
complains "what runs is not ended unasked" 1 '--restart' reroute "$id" --to rpi4
runs reroute "$id" --to oldpc --restart
tap_same "but where it is asked for" "$status $(copies t-3)" "0 macmini:cancelled oldpc"

# --- somebody else's
sim_post reset-requests
runs reroute media:19283746506 --to rpi4
tap_same "labels are lent to an idle runner, and come back" \
	"$status $(sim_asked 'POST .*labels') $(sim_asked 'DELETE .*labels/oldpc') $(sim_labels rpi4)" "0 1 1 rpi4"
says "when it took the job" "$out" 'rpi4 took it'
sim_post run '{"repo": "acme/media", "workflow": "transcribe.yml", "inputs": {"audio": "x", "runner": "oldpc"}, "actor": "octocat"}'
other=$(sim_get state | "$PYTHON" -c 'import json, sys; print(json.load(sys.stdin)["runs"][-1]["id"])')
sim_post reset-requests
complains "not to one that is offline" 1 'oldpc is offline' reroute "media:$other" --to oldpc
complains "not to one that is not there" 3 'no runner' reroute "media:$other" --to nosuch
rq drain macmini --reason x >/dev/null
complains "not to one that is drained" 1 'macmini is drained' reroute "media:$other" --to macmini
rq undrain macmini >/dev/null
tap_same "for which nothing was lent" "$(sim_asked '^POST .*labels')" 0
sim_post set '{"pick": 100000}'
runs reroute "media:$other" --to macmini
tap_same "what is not picked up in ten minutes comes back" "$status $(sim_labels macmini)" "1 macmini,audio"
says "which is told" "$err" 'did not take it in time'

# --- the second half fails
sim_post set '{"pick": 1}'
id=$(submit t-4 oldpc)
sim_post fault '{"kind": "primary", "match": "POST .*dispatches", "reset": 600}'
runs reroute "$id" --to rpi4
tap_same "when the dispatch is refused for a limit, it is kept" "$status $(copies t-4)" "5 oldpc:cancelled"
says "which is told" "$err" 'dispatched again as soon as that can be done, as media:01'
runs jobs --filter status:waiting
says "and it is a row of the list" "$out" 'media:01'
sim_clean "no secret went astray"
tap_done
