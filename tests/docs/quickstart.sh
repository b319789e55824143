#!/bin/sh
# quickstart, after it has built: what it adds, what it leaves alone, and what it says when it cannot.
set -u
. "$top_srcdir/tests/tap.sh"
quickstart=$top_srcdir/quickstart
test -f "$top_srcdir/build/built" || tap_skip_all "quickstart has not built here"

# --- a first job, from an empty home --------------------------------------------------------------

output=$("$quickstart" submit --follow -- sh -c 'echo hello; exit 3' 2>"$TMPDIR/errors")
tap_same "submit --follow leaves with the job's exit status" $? 3
case $output in
*hello*) tap_ok "and prints its log" ;;
*) tap_not_ok "and prints its log" "$output" "$(cat "$TMPDIR/errors")" ;;
esac
"$quickstart" </dev/null >"$TMPDIR/summary" 2>&1
tap_same "without a terminal it prints the summary" "$? $(grep -c . "$TMPDIR/summary" | sed 's/^[1-9].*/lines/')" \
	"0 lines"
"$quickstart" agent stop --now >"$TMPDIR/stop" 2>&1
tap_same "the agent that it started stops" $? 0

(unset HOME && "$quickstart" version) >"$TMPDIR/version" 2>&1
tap_same "it works without a HOME" "$? $(sed 's/[0-9.]*$//' "$TMPDIR/version")" "0 relayq "

# --- what it adds when there is nothing to do -----------------------------------------------------

# ms COMMAND...: the shortest of five runs.
ms() {
	for _ in 1 2 3 4 5; do
		start=$(date +%s%N)
		"$@" >/dev/null 2>&1
		end=$(date +%s%N)
		echo $(((end - start) / 1000000))
	done | sort -n | head -n 1
}
added=$(($(ms "$quickstart" version) - $(ms "$top_srcdir/build/relayq" version)))
if test "$added" -lt 200; then
	tap_ok "with nothing to do it adds $added ms"
else
	tap_not_ok "with nothing to do it adds $added ms"
fi

# --- machines where something is missing, with stand-ins for the tools ----------------------------

stand_in() {
	printf '#!/bin/sh\n%s\n' "$2" >"$TMPDIR/bin/$1"
	chmod +x "$TMPDIR/bin/$1"
}

new_machine() {
	rm -rf "${TMPDIR:?}/bin" "$TMPDIR/a clone" "$TMPDIR/apt-calls"
	mkdir "${TMPDIR:?}/bin" "$TMPDIR/a clone"
	cp "$quickstart" "$TMPDIR/a clone/"
	stand_in apt-get "echo \"\$@\" >>'$TMPDIR/apt-calls'"
	stand_in pkg-config "test \"\$1\" != --exists"
	stand_in autoreconf 'echo this is the reason; exit 1'
}

start_there() {
	PATH="$TMPDIR/bin:$PATH" "$TMPDIR/a clone/quickstart" version >"$TMPDIR/said" 2>&1
}

new_machine
stand_in id 'echo 1000'
stand_in sudo 'exit 1'
start_there
tap_same "without the right to install it fails" $? 1
tap_same "names one command" "$(grep -c 'apt-get install -y .*libuv1-dev' "$TMPDIR/said")" 1
tap_same "and installs nothing" "$(cat "$TMPDIR/apt-calls" 2>/dev/null)" ""

new_machine
stand_in id 'echo 0'
start_there
tap_same "with the right to, it installs" \
	"$(grep -c '^-qy update$' "$TMPDIR/apt-calls") $(grep -c 'install .*libuv1-dev' "$TMPDIR/apt-calls")" "1 1"

new_machine
stand_in pkg-config 'exit 0'
start_there
tap_same "where nothing is missing it installs nothing" "$(cat "$TMPDIR/apt-calls" 2>/dev/null)" ""
tap_same "a failure shows the last lines and where the log is" \
	"$(grep -c -e 'this is the reason' -e 'a clone/build/quickstart.log' "$TMPDIR/said")" 2
tap_done
