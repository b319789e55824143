#!/bin/sh
# Lists and details: tables on a terminal, tabs without one, JSON; and nothing hostile gets through.
set -u
. "$top_srcdir/tests/tap.sh"
. "$top_srcdir/tests/cli/lib.sh"

esc=$(printf '\033')
hostile=$(printf 'evil\033[2J\033]0;title\007\nnext\tend')
rq submit --wait --name first --type thumb -- true >/dev/null
rq submit --wait --name second -- sh -c 'exit 3' >/dev/null 2>&1
rq submit --name "$hostile" --runs-on nowhere -- printf "$hostile" >/dev/null 2>&1
rq submit --name later --delay 1h --priority 7 --group g:2 -- true >/dev/null

ids() {
	rq "$@" | cut -f2 | sort | tr '\n' ' '
}

# wider_than COLUMNS: lines of $out, and its absence, which would prove nothing.
wider_than() {
	test -s "$out" || echo "nothing was printed"
	"$PYTHON" -c 'import sys
for line in open(sys.argv[1], encoding="utf-8"):
    if len(line.rstrip("\n")) > int(sys.argv[2]):
        print(line)' "$out" "$1"
}

runs jobs
tap_same "without a terminal: a job a line, no header" "$(wc -l <"$out" | tr -d ' ')" 4
tap_same "eight columns in each" "$(awk -F '\t' '{ print NF }' "$out" | sort -u)" 8
tap_same "active ones come first" "$(tail -n2 "$out" | cut -f1 | tr '\n' ' ')" "failure success "
tap_empty "no control character of a name gets into a list" "$(grep "$esc" "$out")"
says "times are exact" "$out" '	20[0-9-]*T[0-9:]*Z	'
says "a job that waits says why" "$out" '	DELAYED$'
tap_same "filter by conclusion" "$(ids jobs --filter status:failure)" "local:2 "
tap_same "filter by type and text" "$(ids jobs --filter 'type:thumb first')" "local:1 "
tap_same "a negated filter" "$(ids jobs --filter '-status:completed')" "local:3 local:4 "
tap_same "filter by label" "$(ids jobs --filter label:nowhere)" "local:3 "
tap_same "limit" "$(rq jobs --limit 2 | wc -l | tr -d ' ')" 2
tap_same "the alias" "$(ids ls --filter group:g)" "local:4 "
is_json "the JSON has the name as it was given" "$(printf '%s' "$hostile" | od -An -tx1 | tr -d ' \n')" \
	'[x["name"].encode().hex() for x in j if x["id"] == "local:3"][0]' jobs --json
is_json "GitHub's names" "failure 3 ['self-hosted'] True" \
	'j["conclusion"], j["exit_code"], j["labels"], j["completed_at"].endswith("Z")' show 2 --json
is_json "what is not yet is null" 'None None None' 'j["conclusion"], j["started_at"], j["runner_name"]' show 4 --json
is_json "details" '7 g 2 1' 'j["priority"], j["group"], len(j["command"].split()) + 1, len(j["steps"])' show 4 --json
is_json "runners" "True online" 'len(j) == 1, j[0]["status"]' runners --json
is_json "labels of runners as GitHub has them" True '"self-hosted" in [l["name"] for l in j[0]["labels"]]' runners --json
is_json "decisions" "4 local:4" 'len(j), j[0]["job_id"]' decisions --json
is_json "decisions of one job" "1" 'len(j)' decisions --job 3 --json
is_json "explain" "WAIT LABEL_MISSING" 'j["outcome"], j["candidates"][0]["reasons"][0]["code"]' explain 3 --json
is_json "the summary" "4 1" 'len(j["jobs"]), len(j["runners"])' summary --json

is_json "usage" "2 1 True" 'j[0]["jobs"], j[0]["succeeded"], j[0]["run_ms"] >= 0' usage --json
tap_same "usage: a line for each day and runner" "$(rq usage | awk -F '\t' '{ print NF, $3, $4 }')" "5 2 1"
is_json "activity" "submit local:4 ok True" 'j[0]["action"], j[0]["object"], j[0]["result"], j[0]["created_at"].endswith("Z")' \
	activity --filter submit --json
tap_same "activity: the newest first, as many as asked for" "$(rq activity --filter submit --limit 2 | cut -f4 | tr '\n' ' ')" "local:4 local:3 "
tap_empty "nothing hostile gets into activity" "$(rq activity | grep "$esc")"
runs activity --filter submit --output "$HOME/activity.tsv"
tap_same "activity into a file" "$(cut -f3,4 "$HOME/activity.tsv" | sed -n 1p)" "submit	local:4"
tap_empty "and none hostile into it" "$(grep "$esc" "$HOME/activity.tsv")"
complains "activity over a file" 1 'is there already' activity --output "$HOME/activity.tsv"
complains "a bad filter of activity" 2 'is wrong at offset' activity --filter 're:('
complains "usage of no days" 2 '--days goes from 1' usage --days 0

runs show 3
says "show" "$out" '^labels  *nowhere$'
tap_empty "no control character gets into show" "$(grep "$esc" "$out")"
runs show local:2
says "show tells the attempts" "$out" '^1	[^	]*	failure	3	'
tap_empty "and no retries where none were asked for" "$(grep '^retries' "$out")"
runs explain 3
says "explain names every runner and its reasons" "$out" 'FAIL  LABEL_MISSING'
decision=$(rq decisions --job 3 | cut -f1)
tap_same "explain of the decision itself is the same" "$(rq explain "$decision")" "$(cat "$out")"
runs runners
says "runners" "$out" '	idle	0/1	'

if test -n "$PYTHON"; then
	on_terminal 80 "$RELAYQ" jobs >"$out"
	says "on a terminal: a header" "$out" '^STATUS  *ID  *NAME'
	says "and ages for people" "$out" '[0-9]s  *0\.[0-9]s$'
	tap_empty "no line is wider than the terminal" "$(wider_than 80)"
	tap_empty "nothing hostile reaches it" "$(grep "$esc" "$out"; wider_than 80)"
	on_terminal 66 "$RELAYQ" jobs >"$out"
	tap_empty "nor a narrow one" "$(wider_than 66)"
	on_terminal 80 env LC_ALL=C "$RELAYQ" jobs >"$out"
	tap_empty "ASCII alone where the locale has no more" "$(LC_ALL=C grep '[^ -~]' "$out")"
	on_terminal 80 "$RELAYQ" jobs --json >"$out"
	says "JSON is indented for people" "$out" '^    "id": *"local:4",$\|^	*"id":	*"local:4",$\|^  *"id":'
	on_terminal 80 env TERM=dumb "$RELAYQ" >"$out"
	says "relayq alone on a terminal that cannot draw prints the summary" "$out" '^STATUS  *ID'
	on_terminal 80 "$RELAYQ" show 3 >"$out"
	tap_empty "show on a terminal" "$(grep "$esc" "$out")"
	on_terminal 80 "$RELAYQ" submit --follow -- true >"$out"
	says "--follow on a terminal tells the id" "$out" '^relayq: local:5$'
	# shellcheck disable=SC2016 # for the job's shell
	on_terminal 80 "$RELAYQ" submit --follow -- printf 'a\033[31mred\033[0m\033[2J\033]52;c;aGk=\007b\n' >"$out"
	says "a job's colours stay, all else is gone" "$out" "^a$esc\[31mred$esc\[0mb\$"
	on_terminal 80 env NO_COLOR=1 "$RELAYQ" logs 6 >"$out"
	tap_empty "NO_COLOR" "$(grep "$esc" "$out")"
	rq logs 6 >"$out"
	says "into a pipe its bytes are as they were" "$out" "$esc\[2J"
else
	tap_skip "on a terminal" "python3 is missing"
fi
tap_done
