#!/bin/sh
# Schedules: the list, what is wrong with one, an edit while an agent runs, and a job that is due. The clock on the wall
# goes sixty times as fast.
set -u
. "$top_srcdir/tests/tap.sh"
. "$top_srcdir/tests/cli/lib.sh"
RELAYQ_TEST_NOW="$(date +%s)000*60"
export RELAYQ_TEST_NOW
night=$(date -u -d 'now + 12 hours' +%H) # never due in this test, whatever the time is when it runs
config=$(rq config path)
mkdir -p "$(dirname "$config")"
cat >"$config" <<END
agent: {autostart: false}
schedules:
  nightly: {cron: "30 $night * * *", timezone: UTC, command: [backup, --all]}
  paused: {cron: "@hourly", command: ["true"], enabled: false}
END

runs schedules
tap_same "a list of schedules" "$status: $(cut -f 1-4 "$out" | tr '\t\n' '|;')" \
	"0: nightly|30 $night * * *|UTC|;paused|@hourly|UTC|;"
says "the next time, in UTC and by its own clock" "$out" \
	'^nightly.*	20..-..-..T'"$night"':30:00Z	20..-..-.. '"$night"':30$'
is_json "as JSON" "nightly 30 $night * * * True None $night:30:00Z" \
	'j[0]["name"], j[0]["cron"], j[0]["enabled"], j[0]["last_due_at"], j[0]["next_due_at"][11:]' schedules --json
is_json "one that is switched off is never due" "False None" 'j[1]["enabled"], j[1]["next_due_at"]' schedules --json

rq agent start --name mac >/dev/null
cat >>"$config" <<'END'
  tick: {cron: "* * * * *", command: [echo, tick], params: {size_mb: 1}}
  wrong: {cron: "* * * * *", comand: ["true"]}
END
runs schedules
tap_same "one that is wrong is told after the others" "$status $(wc -l <"$out"): $(cat "$err")" \
	"1 3: relayq: config.yaml:6:30: a schedule has no key 'comand' (did you mean 'command'?)."
rq doctor >"$out"
says "and by doctor" "$out" "^BAD	schedule	config.yaml:6:30: "
ticked() {
	rq jobs --limit 1000 | awk -F '\t' '$1 == "success" && $3 == "tick"' | grep -q .
}
wait_for ticked
tap_same "an edit needs no restart, and what is due is run" "$(rq logs 1 | tail -n 1)" tick
says "in the home directory" /dev/stdin "^directory  *$HOME\$" <<END
$(rq show 1)
END
is_json "its decision says so" "schedule dispatcher:mac True" \
	'j["trigger"], j["by"], j["note"].startswith("tick, due 20")' explain 1 --json
rq schedules >"$out" 2>/dev/null
says "and the list says when" "$out" '^tick	\* \* \* \* \*	UTC	20..-..-..T..:..:00Z	'
tap_done
