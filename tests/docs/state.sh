#!/bin/sh
# No variable that the whole program shares: neither the library nor the faces have writable data.
set -u
. "$top_srcdir/tests/tap.sh"
command -v nm >/dev/null || tap_skip_all "nm is missing"
test -z "$RELAYQ_SANITIZED" || tap_skip_all "the sanitizers add data of their own"
nm -f sysv --version >/dev/null 2>&1 || tap_skip_all "this nm does not name the sections"

# writable FILE: object:variable for all that is in .data, .bss or their thread-local kin.  Constant
# tables with pointers are in .data.rel.ro and become read-only before main.
writable() {
	nm -A -f sysv "$1" 2>/dev/null | "$AWK" -F'|' '
		{ section = $7; gsub(/ /, "", section) }
		section ~ /^\.(data|bss|tdata|tbss)/ && section !~ /^\.data\.rel\.ro/ || $3 ~ /C/ {
			sub(/^.*\//, "", $1); gsub(/ /, "", $1); print $1 }'
}

echo 'static int n; static char *s = "a"; static const char *const t[] = { "b" };
int f(int i) { n += i; return s++[0] + t[i][0] + n; }' >"$TMPDIR/planted.c"
if $CC -fPIE -c "$TMPDIR/planted.c" -o "$TMPDIR/planted.o" 2>"$TMPDIR/errors"; then
	tap_same "the check sees planted variables and no constants" "$(writable "$TMPDIR/planted.o" | wc -l | tr -d ' ')" 2
else
	tap_skip "the check sees planted variables" "the compiler makes no object file here"
fi
# Time and randomness are the process's own, and tests replace them for the process; and the handler of a
# deadly signal, which is given nothing but a number, must find the terminal's state.
allowed='^librelayq.a:(clock\.o:replaced|rand\.o:replaced_fill)$|^libtui.a:crash\.o:crash_terminal$'
for archive in "$top_builddir"/lib*.a; do
	tap_empty "${archive##*/} has no writable data" "$(writable "$archive" | grep -vE "$allowed")"
done
tap_done
