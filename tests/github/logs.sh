#!/bin/sh
# Logs of jobs on GitHub and Gitea: fetched when the job is over, kept, followed where their lines can be had, and told of where
# they cannot.
. "$top_srcdir/tests/tap.sh"
. "$top_srcdir/tests/cli/lib.sh"
. "$top_srcdir/tests/github/sim.sh"
b=media:192837465
cache=${XDG_CACHE_HOME:-$HOME/.cache}

# until_has FILE TEXT: for as long as a slow machine may take.
until_has() {
	wait_for grep -qe "$2" "$1"
}

# has NAME FILE TEXT
has() {
	if grep -qe "$3" "$2"; then
		tap_ok "$1"
	else
		tap_not_ok "$1"
		sed 's/^/# /' "$2" | tail -20
	fi
}

# begin AUDIO: a run on rpi4 that is in its long step.
begin() {
	sim_post run '{"repo": "acme/media", "workflow": "transcribe.yml", "inputs": {"audio": "'"$1"'", "runner": "rpi4"},
		"seconds": {"Transcribe audio": 600}}'
	sim_post clock '{"advance": 12}'
}

# follow ID: in the background, into follow.out and follow.err; its pid in $follow.
follow() {
	rq logs -f "$1" >follow.out 2>follow.err </dev/null &
	follow=$!
}

kept() {
	find "$cache/relayq/logs" -type f | sed 's|.*/||; s/-[0-9a-f]*\././' | sort | tr '\n' ' '
}

sim_start --clock manual
sim_config

# --- when the job is over ---------------------------------------------------------------------
runs logs "${b}05/53012345011"
tap_same "the log of a finished job in a run that goes on" "$status: $(head -n 1 "$out")" "0: Current runner version: '2.336.0'"
tap_same "its byte order marks are no part of it" "$(LC_ALL=C grep -c "$(printf '\357\273\277')" "$out")" 0
sim_post reset-requests
sim_post net '{"down": true}'
runs logs "${b}05/53012345011"
tap_same "it was kept: without the network too" "$status: $(tail -n 1 "$out")" "0: Cleaning up orphan processes"
sim_post net '{"down": false}'
runs logs "${b}05/53012345011"
tap_same "and is not fetched again" "$(sim_asked /logs)" 0

runs logs "${b}02"
has "of a run, the job that failed" "$err" "^==> transcribe: ${b}02/53012345006"
complains_to=$out
runs logs "${b}03"
tap_same "of several jobs, neither failed nor running, none is guessed" "$status: $(cut -f 1 "$complains_to" | tr '\n' ' ')" \
	"2: ${b}03/53012345007 ${b}03/53012345008 "
has "and the sentence says what to do" "$err" "relayq logs ${b}03/53012345007"
runs logs "${b}06"
has "of a job that waits for a runner there is no log yet" "$err" "no log yet: it is queued"
tap_same "which is no failure" "$status" 0
runs logs "${b}01/1"
tap_same "no such job" "$status: $(cat "$out")" "3: "

# --- a log that is late, gone, or that the network keeps -----------------------------------------
sim_post set '{"log_lag": 3}'
begin late.mp3
sim_post run '{"id": 19283746507, "conclusion": "success"}'
rq logs "${b}07/53012345015" >late.out 2>late.err </dev/null &
late=$!
asked_twice() {
	test "$(sim_asked jobs/53012345015/logs)" -ge 2
}
wait_for asked_twice
sim_post clock '{"advance": 5}'
wait $late
tap_same "a log that is late is asked for again" "$?: $(tail -n 1 late.out)" "0: Transcribe audio: line 12 of 12"
"$PYTHON" - "$SIM_API/repos/acme/media/actions/runs/${b#*:}03/logs" "$SIM_TOKEN" <<'END'
import sys
import urllib.request
urllib.request.urlopen(urllib.request.Request(sys.argv[1], method="DELETE", headers={
    "Authorization": "Bearer " + sys.argv[2], "User-Agent": "test"}))
END
runs logs "${b}03/53012345008"
has "a log that was deleted" "$err" "is gone: logs are kept for a time"
tap_same "is no such thing" "$status" 3

# --- while it runs: steps ---------------------------------------------------------------------
begin steps.mp3
runs logs "${b}08"
has "steps are told beside the output" "$err" "^Check out: success after 1.0s"
has "and what would give lines" "$err" "run relayq on rpi4 or name it in runner_hosts"
tap_same "which has nothing then" "$status: $(cat "$out")" "0: "
follow "${b}08"
until_has follow.err "Transcribe audio"
sim_post clock '{"advance": 700}'
wait $follow
tap_same "at the end the whole log follows" "$?: $(tail -n 1 follow.out)" "0: Cleaning up orphan processes"
has "and how its steps went" follow.err "Fetch the model: success"

# --- while it runs: the runner's own files --------------------------------------------------------
# A new one, whose time is that of the runner.
again() {
	sim_stop
	rm -rf "$cache/relayq"
	sim_start "$@"
}

again --clock manual
sim_config "runners_at: [$TMPDIR/runner]" "runner_hosts: {rpi4: {ssh: me@pi.lan, root: $TMPDIR/away}}"
mkdir runner
begin live.mp3
"$PYTHON" "$top_srcdir/tests/github/fake_runner.py" runner --expect expect --name rpi4 --id 22 --lines 200 --steps 2 \
	--page-size 20000 --upload 0.5 --pause 0.1 --before 1.5 --until attached &
runner=$!
until_has runner/.runner rpi4
follow "${b}07"
until_has follow.err "^==> live from"
: >attached
wait $runner
rm attached
sed 's/^[0-9TZ:.-]\{28\} //' expect >expect.plain
wait_for cmp -s follow.out expect.plain
tap_same "live lines from the runner's own files are all there, each once" "$(cmp follow.out expect.plain 2>&1)" ""
has "where they come from is said" follow.err "^==> live from rpi4's own files"
sim_post run '{"id": 19283746507, "conclusion": "success"}'
wait $follow
tap_same "the job's end ends it, and nothing is printed twice" \
	"$?: $(head -n "$(wc -l <expect.plain)" follow.out | cmp - expect.plain 2>&1) $(grep -c '^line 5 ' follow.out)" \
	"0:  $(grep -c '^line 5 ' expect.plain)"
has "what the operator did not see live is fetched" "$(find "$cache" -name '*.19283746507.*.log')" "line 12 of 12"
tap_same "of this process nothing is left" "$(kept)" \
	"$(kept | tr ' ' '\n' | grep '\.log$' | tr '\n' ' ')"

# --- while it runs: the same by ssh ---------------------------------------------------------------
mkdir bin
cp "$top_srcdir/tests/github/fake_ssh" bin/ssh
FAKE_SSH_LOG=$TMPDIR/ssh.log FAKE_SSH_BREAK=$TMPDIR/ssh.break
export FAKE_SSH_LOG FAKE_SSH_BREAK
PATH=$TMPDIR/bin:$PATH
rm -rf runner
mkdir away
begin ssh.mp3
: >ssh.break
runs logs "${b}08"
has "what ssh says is told" "$err" "No live lines of rpi4: ssh me@pi.lan says"
rm ssh.break
"$PYTHON" "$top_srcdir/tests/github/fake_runner.py" away --expect expect --name rpi4 --id 22 --lines 100 --steps 1 \
	--upload 0.5 --pause 0.1 --before 1 --until attached &
runner=$!
until_has away/.runner rpi4
follow "${b}08"
until_has follow.out "line 99"
: >attached
has "live lines by ssh" follow.err "^==> live from rpi4's own files, by ssh me@pi.lan"
sed 's/^[0-9TZ:.-]\{28\} //' expect >expect.plain
tap_same "are all there" "$(cmp follow.out expect.plain 2>&1)" ""
wait $runner
sim_post run '{"id": 19283746508, "conclusion": "success"}'
wait $follow
tap_same "to the end of the job" $? 0
sim_clean "the storage host saw no token"

# --- Gitea gives the log while the job runs -----------------------------------------------------------
again --clock manual --forge gitea
GITEA_TOKEN=$SIM_TOKEN
export GITEA_TOKEN
SIM_PREFIX=/api/v1 sim_config
begin gitea.mp3
follow "${b}07"
until_has follow.out "Fetch the model\|models get"
has "live lines from Gitea" follow.err "^==> live from Gitea"
sim_post clock '{"advance": 700}'
wait $follow
tap_same "and the rest when it is over" "$?: $(tail -n 1 follow.out)" "0: Cleaning up orphan processes"
runs logs "${b}07/53012345015"
tap_same "each line once" "$(cmp follow.out "$out" 2>&1)" ""
sim_clean "nobody saw the token"
tap_done
