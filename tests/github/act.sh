#!/bin/sh
# What an operator does to runs, artifacts, workflows and runners of a GitHub: each request as it must be, what is said
# when the server refuses, and nothing done twice when an answer is lost.
set -u
. "$top_srcdir/tests/tap.sh"
. "$top_srcdir/tests/cli/lib.sh"
. "$top_srcdir/tests/github/sim.sh"

# The world of sim_default.py: 6501 test, done; 6502 transcribe, failed; 6503 transcribe, done; 6504 deploy, waits for
# approval; 6505 transcribe, runs; 6506 transcribe, waits for a runner that is off.
run() { echo "media:1928374$1"; }
route=/repos/acme/media/actions

# wrote NAME REGEX WANTED: how often "METHOD /path" of REGEX was asked, all in all.
wrote() {
	tap_same "$1" "$(sim_asked "$2")" "$3"
}

# body_of REGEX: the last body that was sent there.
body_of() {
	sim_get requests | "$PYTHON" -c 'import json, re, sys
found = [r for r in json.load(sys.stdin) if re.search(sys.argv[1], r["method"] + " " + r["target"])]
print(found[-1].get("body") or "" if found else "nothing was asked")' "$1"
}

lose() {
	sim_post fault "{\"kind\": \"lost\", \"match\": \"$1\"}"
}

# job_of RUN: the first of its jobs.
job_of() {
	sim_get state | "$PYTHON" -c 'import json, sys
print([r["jobs"][0]["id"] for r in json.load(sys.stdin)["runs"] if r["id"] == int(sys.argv[1])][0])' "${1#media:}"
}

# given_token: the last one that was given out.
given_token() {
	sim_get secrets | "$PYTHON" -c 'import json, sys; print(json.load(sys.stdin)[-1])'
}

# forge NAME: a queue on a server of this kind.
forge() {
	sim_start --forge "$1"
	GITEA_TOKEN=$SIM_TOKEN FORGEJO_TOKEN=$SIM_TOKEN
	export GITEA_TOKEN FORGEJO_TOKEN
	{
		printf 'queues:\n  media:\n    kind: github\n    api: %s\n    host: %s\n' "$1" "$SIM_API"
		printf '    repos: [acme/media]\n'
	} >"$HOME/.config/relayq/config.yaml"
}

sim_start
sim_config

# --- approve ---
new=$(run 6504)
gives "what waits is told" 0 "$(printf 'production\ttrue\tmonalisa\t')" approve --list "$new"
complains "another environment does not" 3 "to staging waits" approve --environment staging "$new"
gives "it is approved" 0 "$new: approved: production" approve --comment 'heard "it"' "$new"
tap_same "with ids, state and comment" "$(body_of "POST .*pending_deployments" | sed 's/[0-9][0-9]*/N/')" \
	'{"environment_ids":[N],"state":"approved","comment":"heard \"it\""}'
complains "then nothing waits" 1 "Nothing of $new waits" approve "$new"
sim_wait "any(r['id'] == ${new#media:} and r['conclusion'] == 'success' for r in runs)" 30

# --- artifacts ---
runs artifacts "$new"
tap_same "its artifacts are listed" "$(cut -f1 "$out")" site
gives "one is fetched" 0 site.zip artifacts --download site "$new"
tap_same "whole, for nobody else, and nothing else is left" \
	"$("$PYTHON" -c 'import zipfile; print(*zipfile.ZipFile("site.zip").namelist())') $(find . -name 'site*' -perm 600 | wc -l)" \
	"index.html 1"
complains "nothing is written over" 1 "is there already" artifacts --download site "$new"
mkdir into
gives "into a directory" 0 into/site.zip artifacts --download site --output into "$new"
complains "what is not there" 3 "has no artifact 'other'" artifacts --download other "$new"
sim_post fault '{"kind": "cut-body", "match": "artifacts/.*zip", "count": 0}'
runs artifacts --download site --output cut.zip "$new"
tap_same "a file that is cut off is thrown away" "$status $(find . -name 'cut*' | wc -l)" "5 0"
sim_post reset-faults
sim_post run "{\"id\": ${new#media:}, \"expire\": true}"
complains "what has expired is told" 3 "it has expired" artifacts --download site --output gone.zip "$new"
sim_clean "the storage host never saw the token"

# --- cancel ---
gives "a run that waits is cancelled, and seen to be" 0 "$(run 6506): cancelled" cancel "$(run 6506)"
wrote "by one request" "POST $route/runs/19283746506/cancel" 1
complains "a finished run is not" 1 "It has finished already" cancel "$(run 6501)"
complains "nor one job of a run" 1 "cancels whole runs" cancel "$(run 6505)/53012345001"
wrote "which is not asked for" "POST $route/jobs" 0
complains "nor what is not there" 3 "media:1: " cancel media:1
lose "POST .*6505/force-cancel"
gives "a lost answer: the run itself tells" 0 "$(run 6505): cancelled" cancel --force "$(run 6505)"
wrote "it was asked once" "POST $route/runs/19283746505/force-cancel" 1
sim_post run '{"repo": "acme/media", "workflow": "transcribe.yml", "inputs": {"audio": "x.mp3", "runner": "oldpc"}}'
new=media:$("$PYTHON" -c 'import json, sys; print(json.load(sys.stdin)["id"])' <"$TMPDIR/sim.answer")
runs cancel "$(run 6501)" "$(run 6502)" "$new"
tap_same "each of several gets its own answer" "$status $(cat "$out")" "1 $new: cancelled"
tap_same "also the refused ones" "$(grep -c 'finished already' "$err")" 2

# --- run again ---
gives "the failed jobs run again" 0 "$(run 6502)" retry --failed --debug "$(run 6502)"
tap_same "with debug logging" "$(body_of rerun-failed-jobs)" '{"enable_debug_logging":true}'
complains "not while it runs" 1 "It has not finished" retry "$(run 6502)"
lose "POST .*6503/rerun"
gives "a lost answer: the new attempt tells" 0 "$(run 6503)" retry "$(run 6503)"
wrote "it was asked once" "POST $route/runs/19283746503/rerun" 1
job=$(job_of "$(run 6501)")
gives "one job runs again" 0 "$(run 6501)" retry "$(run 6501)/$job"
wrote "by its own number" "POST $route/jobs/$job/rerun" 1
complains "--failed is for runs" 2 "for whole runs" retry --failed "$(run 6501)/$job"
complains "--failed or --all" 2 "exclude each other" retry --failed --all "$(run 6502)"
sim_post fault '{"kind": "lost", "match": "POST .*6504/rerun", "count": 1}'
sim_post fault '{"kind": "503", "match": "GET .*runs/19283746504$", "count": 0, "skip": 1}'
sim_post reset-requests
runs retry "$(run 6504)"
tap_same "an answer lost for good is told, and never asked for again" \
	"$status $(sim_asked "POST .*6504/rerun")" "5 1"
sim_post reset-faults

# --- delete ---
sim_post run '{"repo": "acme/media", "workflow": "transcribe.yml", "inputs": {"audio": "x.mp3", "runner": "oldpc"}}'
new=media:$("$PYTHON" -c 'import json, sys; print(json.load(sys.stdin)["id"])' <"$TMPDIR/sim.answer")
complains "what has not finished is not deleted" 1 "cancel it first" delete "$new"
wrote "nor asked for" "DELETE $route" 0
rq cancel "$new" >/dev/null
lose "DELETE .*${new#media:}"
gives "a finished run is deleted, its answer lost" 0 "$new: deleted" delete "$new"
wrote "once" "DELETE $route/runs/${new#media:}$" 1
complains "then it is gone" 3 "$new: " delete "$new"

# --- workflows ---
runs workflows
tap_same "workflows and their states" "$(cut -f1,3 "$out" | tr '\t\n' ': ')" \
	"transcribe.yml:active test.yml:active deploy.yml:active nightly.yml:disabled_inactivity "
gives "one is enabled" 0 "nightly.yml is enabled" workflows enable nightly
lose "PUT .*/disable"
gives "and disabled, its answer lost" 0 "test.yml is disabled" workflows disable .github/workflows/test.yml
wrote "once" "PUT $route/workflows/test.yml/disable" 1
complains "not what is not there" 3 "There is no workflow 'none'" workflows enable none

# --- runners ---
runs runners oldpc
says "a version that GitHub refuses is told" "$out" "too old"
gives "labels are set" 0 "rpi4: labels: audio, gpu; GitHub's own stay: self-hosted, Linux, ARM64" \
	runner labels rpi4 gpu,audio,Self-Hosted
tap_same "all in one request, without GitHub's own" "$(body_of "PUT .*labels")" '{"labels":["audio","gpu"]}'
gives "and taken away" 0 "rpi4: labels: none; GitHub's own stay: self-hosted, Linux, ARM64" runner labels rpi4 --none
lose "PUT .*labels"
gives "a lost answer: the server is asked which it has" 0 \
	"rpi4: labels: rpi4; GitHub's own stay: self-hosted, Linux, ARM64" runner labels rpi4 rpi4
sim_post runner '{"name": "rpi4", "repo": "acme/media", "labels": ["drain", "was.rpi4"]}'
complains "not those of a drained one" 1 "undrain it first" runner labels rpi4 rpi4
sim_post fault '{"kind": "lost", "match": "DELETE .*runners", "count": 1}'
runs runner remove oldpc
tap_same "a runner is removed, its answer lost" "$status $(sed 's/;.*//' "$out")" "0 oldpc: removed"
wrote "once" "DELETE $route/runners" 1
complains "then it is gone" 3 "has no runner oldpc" runner remove oldpc
sim_post run '{"repo": "acme/media", "workflow": "transcribe.yml", "inputs": {"audio": "x.mp3"}, "seconds": {"Convert to 16 kHz": 600}}'
sim_wait "any(r['name'] == 'macmini' and r['job'] for r in runners)" 30
complains "not one that runs a job" 1 "runs a job now" runner remove macmini

runs runner new --name pi5 --labels audio,pi5
token=$(given_token)
tap_same "a token is asked for" "$status" 0
says "the commands have it" "$out" "^./config.sh --unattended --url $SIM_API/acme/media --token $token --name pi5 --labels audio,pi5$"
says "with the packed runner and its digest" "$out" "^echo '[0-9a-f]*  actions-runner-linux-arm64-2.336.0.tar.gz' | sha256sum -c -$"
rq jobs >/dev/null
tap_empty "no file keeps the token" "$(grep -rlF "$token" "$HOME" | grep -v -e "^$out$" -e "^$err$")"
sim_stop

# --- Gitea and Forgejo ---
forge forgejo
complains "Forgejo runs nothing again" 1 "Forgejo cannot run a run again" retry "$(run 6502)"
gives "it cancels" 0 "$(run 6506): cancelled" cancel "$(run 6506)"
complains "and says yes to what has finished: the run tells" 1 "It finished before it could be stopped: success" \
	cancel "$(run 6501)"
complains "it has no labels to set" 1 "come from its own settings" runner labels rpi4 a
runs runner new
says "its runner is registered by its own program" "$out" "^forgejo-runner register --no-interactive --instance $SIM_API --token A"
token=$(given_token)
tap_empty "no file keeps its token" "$(grep -rlF "$token" "$HOME" | grep -v -e "^$out$" -e "^$err$")"
sim_stop
forge gitea
gives "Gitea runs the failed jobs again" 0 "$(run 6502)" retry --failed "$(run 6502)"
complains "but knows no debug logging" 1 "no debug logging" retry --debug "$(run 6503)"
gives "and switches workflows by their files" 0 "nightly.yml is enabled" workflows enable nightly.yml
sim_stop
tap_done
