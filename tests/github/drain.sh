#!/bin/sh
# Drains of runners: what is sent, what is shown, who may undo it, what keeps a runner from being drained.
set -u
. "$top_srcdir/tests/tap.sh"
. "$top_srcdir/tests/cli/lib.sh"
. "$top_srcdir/tests/github/sim.sh"
test -x "$RELAYQ" || tap_skip_all "relayq is not built"
export XDG_STATE_HOME="$HOME/state" XDG_CONFIG_HOME="$HOME/config" XDG_CACHE_HOME="$HOME/cache"

# field NAME FIELD: of the runner, as relayq tells it.
field() {
	rq runners "$1" --json 2>&1 | "$PYTHON" -c 'import json, sys; print(json.load(sys.stdin)[sys.argv[1]])' "$2"
}

# notes NAME RUNNER PATTERN: sooner or later that is what is noted of the runner.
notes() {
	wait_for noted "$2" "$3"
	says "$1" "$TMPDIR/note" "$3"
}

noted() {
	field "$1" drain_note >"$TMPDIR/note"
	grep -q -- "$2" "$TMPDIR/note"
}

# Another machine of the same operator: it knows nothing but what the server knows.
elsewhere() {
	XDG_STATE_HOME="$HOME/other" XDG_CACHE_HOME="$HOME/other-cache" rq "$@"
}

# Both clocks go sixty times as fast, from the same moment.
now=$(date +%s)
export RELAYQ_TEST_NOW="${now}000*60"
sim_start --speed 60 --now "$now"
sim_config 'drain: {confirm: 2m}'
printf 'agent:\n  autostart: false\n' >>"$XDG_CONFIG_HOME/relayq/config.yaml"

# --- begin and end
runs drain rpi4 --reason "new disk" --deadline 2h
tap_same "a drain begins" "$status" 0
says "with what it means for others" "$out" 'No other runner that is online has rpi4: .*Jobs that ask for nothing but self-hosted'
tap_same "one request takes the labels away and leaves how to undo it" "$(sim_asked '^PUT') $(sim_labels rpi4)" "1 drain,was.rpi4"
tap_same "it is shown, with its reason" "$(field rpi4 drain) $(field rpi4 drain_reason)" "draining new disk"
sim_post reset-requests
runs drain rpi4 --reason "newer disk"
tap_same "draining it again is no mistake, and asks for nothing" "$status $(sim_asked '^PUT')" "0 0"
tap_same "the later reason counts" "$(field rpi4 drain_reason)" "newer disk"
runs undrain rpi4
tap_same "it is taken into use again" "$status $(sim_labels rpi4)" "0 rpi4"
tap_same "and is active" "$(field rpi4 drain) $(field rpi4 drain_note)" "active None"
runs undrain rpi4
says "what does not drain need not be undrained" "$out" 'was not draining'

# --- to its end
runs drain rpi4 --reason "new disk" --wait
tap_same "an idle runner is drained when its window is over" "$status $(field rpi4 drain)" "0 drained"
runs undrain rpi4
tap_same "the labels are back" "$(sim_labels rpi4)" rpi4

# --- busy
runs drain macmini --reason "to be moved"
says "a busy runner finishes what it has" "$out" 'finishes'
tap_same "which is told" "$(field macmini drain_note | sed 's/media:[0-9/]*/JOB/')" \
	"DRAINING: runs JOB; drained when that has ended and nothing came for 2m"
rq drain macmini --reason "to be moved" --deadline 1s >/dev/null
sim_post clock '{"advance": 1}'
notes "a deadline that has passed is told" macmini 'OVERDUE since'
tap_same "and nothing is done about it" "$(sim_asked 'POST .*cancel')" 0
sim_post runner '{"name": "macmini", "online": false}'
notes "a busy runner that is offline is lost" macmini 'LOST'
sim_post runner '{"name": "macmini", "online": true}'

# --- a job that should not have come
run=$(sim_get state | "$PYTHON" -c '
import json, sys
print([r["id"] for r in json.load(sys.stdin)["runs"] if any(j["runner"] == "macmini" and j["status"] == "in_progress" for j in r["jobs"])][0])')
rq drain macmini --reason "to be moved" >/dev/null
sim_post run "{\"id\": $run, \"conclusion\": \"success\"}"
wait_for noted macmini 'idle for'
sim_post workflow '{"repo": "acme/media", "file": "any.yml", "name": "Any", "on": ["workflow_dispatch"],
	"jobs": {"any": {"labels": ["self-hosted", "macos"], "steps": [{"name": "Wait", "run": "sleep", "seconds": 36000}]}}}'
sim_post run '{"repo": "acme/media", "workflow": "any.yml", "title": "any"}'
sim_wait 'any(r["title"] == "any" and r["status"] == "in_progress" for r in runs)'
notes "a job that began after the drain is told" macmini 'BREACHED: media:'
runs undrain macmini
tap_same "all is as before" "$(sim_labels macmini)" "macmini,audio"

# --- other people
runs drain rpi4 --reason "new disk"
says "a drain from elsewhere is an orphan" "$(elsewhere runners rpi4 >"$TMPDIR/note"; echo "$TMPDIR/note")" 'ORPHAN'
elsewhere drain rpi4 --reason "I take care" >"$out" 2>&1
says "and can be adopted" "$out" 'adopted'
tap_same "the server keeps what it has" "$(sim_labels rpi4)" "drain,was.rpi4"
elsewhere undrain rpi4 >"$out" 2>&1
tap_same "anybody can undo it, from the markers alone" "$(sim_labels rpi4)" rpi4
notes "whoever began it sees a conflict" rpi4 'CONFLICT: somebody has put its labels back'
runs undrain rpi4
says "and need not undo it" "$out" 'put it back already'
rq drain rpi4 --reason "new disk" >/dev/null
sim_post runner '{"name": "rpi4", "labels": ["drain", "was.rpi4", "gpu"]}'
notes "what somebody changes is shown" rpi4 'CONFLICT: .*new: gpu'
sim_post reset-requests
complains "and never overwritten" 1 'Nothing was overwritten' drain rpi4 --reason again
tap_same "nothing was sent" "$(sim_asked '^(PUT|POST|DELETE|PATCH)')" 0
runs undrain rpi4
tap_same "an undo leaves what is new" "$(sim_labels rpi4)" "rpi4,gpu"
sim_post runner '{"name": "rpi4", "labels": ["drain", "mine"]}'
sleep 1.1
complains "a label that happens to be called drain is nobody's marker" 1 'that no drain leaves' drain rpi4 --reason x
sim_post runner '{"name": "rpi4", "labels": ["rpi4"]}'

# --- refusals
complains "a runner that is not there" 3 'no runner' drain nosuch --reason x
sim_post set '{"denied": ["administration=write"]}'
complains "what may not be done" 1 'administration=write' drain rpi4 --reason x
sim_post set '{"denied": []}'
sleep 1.1
tap_same "leaves nothing" "$(field rpi4 drain) $(sim_labels rpi4)" "active rpi4"
sim_post runner "{\"name\": \"rpi4\", \"labels\": [\"$(printf '%0253d' 0)\"]}"
sim_post reset-requests
runs drain rpi4 --reason x
tap_same "a label that leaves no room for its marker: nothing is sent" "$status $(sim_asked '^PUT')" "1 0"
sim_post runner '{"name": "rpi4", "labels": ["rpi4"]}'

# --- lost answers
sim_post fault '{"kind": "lost", "match": "PUT .*labels"}'
runs drain rpi4 --reason x
tap_same "an answer that was lost is looked for" "$status $(sim_labels rpi4)" "0 drain,was.rpi4"
sim_post fault '{"kind": "lost", "match": "PUT .*labels"}'
runs undrain rpi4
tap_same "also when it ends" "$status $(sim_labels rpi4)" "0 rpi4"
sim_post net '{"down": true}'
runs drain rpi4 --reason x
tap_same "no network: it is not begun" "$status" 5
sim_post net '{"down": false}'
sim_clean "no secret went astray"

# --- an organisation, with a group for drained runners
sim_stop
rm -rf "$HOME/state" "$HOME/cache"
cat >"$TMPDIR/world.json" <<'END'
{"orgs": {"acme": {"groups": [{"name": "parked", "visibility": "selected", "repos": []}],
  "runners": [{"name": "big", "os": "Linux", "arch": "X64", "labels": ["gpu"]}]}},
 "repos": [{"name": "acme/media", "workflows": []}]}
END
now=$(date +%s)
export RELAYQ_TEST_NOW="${now}000*60"
sim_start --speed 60 --now "$now" --world "$TMPDIR/world.json"
sim_config 'org: acme' 'drain: {confirm: 1m, group: parked}'
group() { sim_get state | "$PYTHON" -c 'import json, sys; print(json.load(sys.stdin)["runners"][0]["group"])'; }
before=$(group)
runs drain big --reason x
tap_same "a runner of an organisation is parked" "$status $(sim_labels big) $(test "$(group)" != "$before" && echo moved)" "0 gpu moved"
tap_same "which is a drain" "$(field big drain)" draining
runs undrain big
tap_same "and comes back" "$status $(group)" "0 $before"
rq drain big --reason x >/dev/null
elsewhere undrain big >"$out" 2>&1
tap_same "also from elsewhere, into the default group" "$(group)" "$before"

# --- Gitea and Forgejo
sim_stop
rm -rf "$HOME/state" "$HOME/cache"
now=$(date +%s)
export RELAYQ_TEST_NOW="${now}000*60"
sim_start --speed 60 --now "$now" --forge gitea
export GITEA_TOKEN="$SIM_TOKEN"
# shellcheck disable=SC2034 # sim_config reads it
SIM_PREFIX=/api/v1
sim_config 'drain: {confirm: 1m}'
runs drain rpi4 --reason x
tap_same "Gitea has a switch" "$status $(sim_asked '^PATCH') $(field rpi4 drain)" "0 1 draining"
runs undrain rpi4
tap_same "which goes back" "$status $(field rpi4 drain)" "0 active"
sim_stop
rm -rf "$HOME/state" "$HOME/cache"
sim_start --forge forgejo
export FORGEJO_TOKEN="$SIM_TOKEN"
sim_config
runs drain rpi4 --reason x
says "Forgejo has nothing of that kind" "$err" 'Forgejo has none'
tap_done
