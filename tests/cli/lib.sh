# lib.sh - what the tests of the command line share. Source it after tests/tap.sh.
# shellcheck shell=sh
cd "$TMPDIR" || exit 99
err=$TMPDIR/stderr
out=$TMPDIR/stdout

# rq ARGUMENT...: relayq, never longer than half a minute.
if command -v timeout >/dev/null; then
	rq() { timeout 30 "$RELAYQ" "$@"; }
else
	rq() { "$RELAYQ" "$@"; }
fi

# runs ARGUMENT...: relayq with its output in $out, its complaints in $err, its exit status in $status.
runs() {
	rq "$@" >"$out" 2>"$err" </dev/null
	status=$?
}

# gives NAME STATUS OUTPUT ARGUMENT...: exactly this on standard output, and this exit status.
gives() {
	gives_name=$1 gives_status=$2 gives_output=$3
	shift 3
	runs "$@"
	tap_same "$gives_name" "$status: $(cat "$out")" "$gives_status: $gives_output"
}

# complains NAME STATUS WORDS ARGUMENT...: WORDS on standard error, in one line, and nothing on standard output.
complains() {
	complains_name=$1 complains_status=$2 complains_words=$3
	shift 3
	runs "$@"
	if test "$status" = "$complains_status" && grep -qF -- "$complains_words" "$err" && test ! -s "$out" &&
		test "$(wc -l <"$err")" -eq 1; then
		tap_ok "$complains_name"
	else
		tap_not_ok "$complains_name" "status $status, wanted $complains_status" "said: $(cat "$err" "$out")" \
			"wanted: $complains_words"
	fi
}

# says NAME FILE PATTERN: a line of FILE matches the basic regular expression.
says() {
	if grep -q -- "$3" "$2"; then
		tap_ok "$1"
	else
		tap_not_ok "$1" "wanted: $3" "got: $(cat "$2")"
	fi
}

# holds NAME COMMAND...: the command succeeds.
holds() {
	holds_name=$1
	shift
	if "$@" >"$TMPDIR/holds" 2>&1; then
		tap_ok "$holds_name"
	else
		tap_not_ok "$holds_name" "$* failed" "$(cat "$TMPDIR/holds")"
	fi
}

# wait_for COMMAND...: until it succeeds; half a minute at most.
wait_for() {
	wait_left=600
	until "$@" >/dev/null 2>&1; do
		wait_left=$((wait_left - 1))
		test $wait_left -gt 0 || return 1
		sleep 0.05
	done
}

# state_of ID: its status, or its conclusion when it has one.
state_of() {
	rq jobs --limit 1000 | awk -F '\t' -v id="$1" '$2 == id { print $1 }'
}

is_in_state() {
	test "$(state_of "$1")" = "$2"
}

# runner_of ID: where it runs, or ran.
runner_of() {
	rq show "$1" | sed -n 's/^runner  *//p'
}

runner_is() {
	test "$(rq runners | awk -F '\t' -v name="$1" '$1 == name { print $2 }')" = "$2"
}

# json EXPRESSION ARGUMENT...: what the Python expression makes of the JSON that relayq prints, called j.
json() {
	json_expression=$1
	shift
	rq "$@" 2>"$err" | "$PYTHON" -c "import json, sys; j = json.load(sys.stdin); print($json_expression)"
}

# is_json NAME WANTED EXPRESSION ARGUMENT...
is_json() {
	json_name=$1 json_wanted=$2
	shift 2
	if test -n "$PYTHON"; then
		tap_same "$json_name" "$(json "$@" 2>&1)" "$json_wanted"
	else
		tap_skip "$json_name" "python3 is missing"
	fi
}

# on_terminal COLUMNS COMMAND...: the command's output on a terminal, without the CR before each line's end.
on_terminal() {
	on_columns=$1
	shift
	TERM=xterm COLUMNS=$on_columns "$PYTHON" "$top_srcdir/tests/cli/terminal.py" "$@" | tr -d '\r'
}

# What this test started ends with it.
stop_agents() {
	rq agent status 2>/dev/null | cut -f1 | while read -r name; do
		rq agent stop --now --name "$name" >/dev/null 2>&1
	done
}
trap stop_agents EXIT
