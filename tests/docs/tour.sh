#!/bin/sh
# The tour of GitHub in README.md, word for word against a simulated GitHub. Each line behind "$" must go well, or fail with the
# message that stands below it; what stands below it must come, but for how long ago things were and how wide the columns are.
set -u
. "$top_srcdir/tests/tap.sh"
. "$top_srcdir/tests/github/sim.sh"
test -x "$RELAYQ" || tap_skip_all "relayq is not built"
PATH=$(dirname "$RELAYQ"):$PATH
export PATH

section() {
	sed -n '/^## GitHub$/,/^## [^G]/p' "$top_srcdir/README.md" | sed -n 's/^    //p'
}

# shown: as a person reads it, without what differs from one second to the next.
shown() {
	"$PYTHON" -c '
import re, sys
text = re.sub(r"\033\[[0-9;]*m", "", sys.stdin.read())
text = re.sub(r"\b(\d+(\.\d+)?(ms|s|m|h|d))+\b", "AGO", text)
text = re.sub(r"\d{4}-\d\d-\d\dT[\d:]{8}Z", "DATE", text)
print(re.sub(r" *$", "", re.sub(r" +", " ", text), flags=re.M).rstrip("\n"))'
}

# try COMMAND WANTED: on a terminal of 132 columns.
try() {
	cd "$HOME" || exit 99
	COLUMNS=132 TERM=xterm "$PYTHON" "$top_srcdir/tests/cli/terminal.py" sh -c "$1" >"$TMPDIR/raw" 2>&1
	try_status=$?
	tr -d '\r' <"$TMPDIR/raw" >"$TMPDIR/got"
	if test -n "$2"; then
		tap_same "$1" "$(shown <"$TMPDIR/got")" "$(printf '%s\n' "$2" | shown)"
		case $2 in *relayq:\ *) return ;; esac
	fi
	tap_same "$1 goes well" "$try_status $(test $try_status = 0 || cat "$TMPDIR/got")" "0 "
}

sim_start
mkdir -p "$HOME/.config/relayq"
section | sed '/^\$/,$d' | awk -v api="$SIM_API" '/^    repos:/ { print "    api: " api } { print }' >"$HOME/.config/relayq/config.yaml"
tap_same "the README has a configuration" "$(grep -c 'repos: \[acme/media\]' "$HOME/.config/relayq/config.yaml")" 1

section | sed -n '/^\$/,$p' >"$TMPDIR/tour"
tap_empty "the README has a tour" "$(test "$(grep -c '^\$' "$TMPDIR/tour")" -ge 10 || cat "$TMPDIR/tour")"
command='' wanted=''
while IFS= read -r line <&3; do
	case $line in
	'$ '*)
		test -z "$command" || try "$command" "$wanted"
		command=${line#??} wanted=''
		;;
	*) wanted=${wanted:+$wanted
}$line ;;
	esac
done 3<"$TMPDIR/tour"
try "$command" "$wanted"
sim_clean "nothing was done that must never be done"
tap_done
