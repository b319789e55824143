#!/bin/sh
# Several queues at once: lists of all, ids and runners that find their queue, what is written down of others, a queue with a
# mistake, and the queue that nobody wrote down.
set -u
. "$top_srcdir/tests/tap.sh"
. "$top_srcdir/tests/cli/lib.sh"
. "$top_srcdir/tests/github/sim.sh"

mkdir -p "$HOME/.config/relayq"
sim_start --clock manual
config=$HOME/.config/relayq/config.yaml
sim_config 'runner_input: runner'
printf '  wrong:\n    repo: acme/x\nagent: {autostart: false}\n' >>"$config"
rq submit --name here -- true >/dev/null 2>&1

# queues: of the rows of a list, one after the other.
queues() {
	cut -f2 "$out" | cut -d: -f1 | sort | uniq -c | tr -s ' \n' ' '
}

runs jobs
tap_same "jobs of all queues" "$(queues)" " 1 local 6 media "
tap_same "what is wrong with one is told" "$(cat "$err")" \
	"relayq: warning: queue wrong: config.yaml:8:5: a queue has no key 'repo' (did you mean 'repos'?)."
runs jobs --queue local
tap_same "jobs of one queue" "$(queues)" " 1 local "
complains "a queue that there is not" 3 "There is no queue 'nowhere': this machine has 'local', 'media', 'wrong'." \
	jobs --queue nowhere
complains "a queue with a mistake" 2 "config.yaml:8:5: a queue has no key 'repo'" jobs --queue wrong
runs runners
tap_same "runners with what they run" "$(cut -f1,8,9 "$out" | head -n1)" \
	"$(printf 'macmini\tmedia\tmedia:19283746505/53012345012')"

# The numbers of a server are long: they need no prefix, here where one server is whole. (The one with a mistake counts too.)
sed -i.was -e '/^  wrong:/d' -e '/^    repo: acme/d' "$config"
runs doctor
says "doctor is content with a queue that answers" "$out" '^ok	queue media	'
(unset GH_ENTERPRISE_TOKEN GH_TOKEN && rq doctor) >"$out" 2>/dev/null
says "and not with one that cannot be asked" "$out" '^BAD	queue media	There is no token for '
runs show 19283746505
tap_same "an id without its queue" "$(sed -n 's/^id  *//p' "$out")" media:19283746505
runs show 1
tap_same "one of this machine" "$(sed -n 's/^id  *//p' "$out")" local:1
runs show 19283746505 --json
tap_same "the jobs of a run, as JSON" "$("$PYTHON" -c 'import json, sys
run = json.load(sys.stdin)
for job in run["jobs"]:
    print(job["name"], job["status"], job["conclusion"], len(job["steps"]), job["steps"][0]["name"])' <"$out")" \
	"prepare completed success 5 Set up job
transcribe in_progress None 5 Set up job"

# One action on jobs of both; what was asked of the server is written down.
gives "jobs of two queues are cancelled at once, and each has its answer" 0 "local:1: cancelled
media:19283746506: asked to stop" cancel local:1 media:19283746506
tap_same "no more than one POST" "$(sim_asked '^POST ')" 1
runs drain rpi4 --reason 'new card'
tap_same "a runner is found" "$status" 0
runs submit --workflow transcribe.yml -f audio=a.wav --to macmini
id=$(cat "$out")
tap_same "a workflow goes where there are some" "$(echo "$id" | cut -d: -f1)" media
runs explain "$id"
tap_same "its decision is kept here" "$(head -n1 "$out" | cut -d' ' -f1)" "$id"
runs policy verify-chain
tap_same "in the chain of all" "$status" 0

# Nothing that is local alone asks a server.
before=$(sim_asked .)
rq submit -- true >/dev/null 2>&1
rq jobs --queue local >/dev/null
rq cancel 1 >/dev/null 2>&1
rq decisions >/dev/null
rq __complete -- show '' >/dev/null
tap_same "local requests ask no server" "$(sim_asked .)" "$before"

# A clone is a queue by itself.
command -v git >/dev/null || { tap_skip "a clone" "git is missing"; tap_done; exit; }
printf 'agent: {autostart: false}\n' >"$config"
runs jobs
tap_same "without a queue in the settings" "$(queues)" " 2 local "
mkdir clone
git init -q clone
git -C clone remote add origin "$SIM_API/acme/media.git"
GH_HOST=127.0.0.1
export GH_HOST
cd clone || exit 99
runs jobs
tap_same "in a clone its repository is shown" "$(queues)" " 2 local 7 media "
runs show "$id"
tap_same "by the same name" "$(sed -n 's/^id  *//p' "$out")" "$id"
rq config set queue.detect false >/dev/null 2>&1
runs jobs
tap_same "unless it is not wanted" "$(queues)" " 2 local "
sim_clean "no client did what it must not"
tap_done
