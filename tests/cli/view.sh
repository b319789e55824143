#!/bin/sh
# A log in a file: without a terminal its bytes; what is no file is refused.
set -u
. "$top_srcdir/tests/tap.sh"
. "$top_srcdir/tests/cli/lib.sh"

printf '2026-11-21T18:02:21.1234567Z one\r\n\033[31mtwo\033[0m\nno end \377' >some.log
"$RELAYQ" view some.log >"$out" 2>"$err"
tap_same "view passes a file on" "$? $(wc -c <"$err")" "0 0"
holds "byte by byte" cmp some.log "$out"
: >empty.log
gives "an empty one" 0 '' view empty.log
complains "a file that is not there" 3 'cannot be read: No such file' view no.log
complains "a directory" 2 'is a directory: name a file' view .
mkfifo pipe
complains "a pipe, without waiting for it" 2 'is no regular file' view pipe
complains "a device" 2 'is no regular file' view /dev/null
complains "no file at all" 2 'FILE' view
complains "two files" 2 '' view some.log empty.log
complains "an option of the console without a terminal" 2 'is an option of the console' --ascii view some.log

if command -v python3 >/dev/null; then
	TERM=xterm-256color python3 "$top_srcdir/tests/cli/terminal.py" "$RELAYQ" view . >"$out" 2>&1
	tap_same "on a terminal the same is said before anything is drawn" \
		"$? $(tr -d '\r' <"$out")" "2 relayq: . is a directory: name a file."
	TERM=dumb python3 "$top_srcdir/tests/cli/terminal.py" "$RELAYQ" view some.log >"$out" 2>&1
	says "on a terminal that cannot be drawn on it is printed" "$out" 'one'
else
	tap_skip "view on a terminal" "python3 is missing"
fi
tap_done
