#!/bin/sh
# Every binding of the default keymap is exercised by a screen test: the console told which of them ran (RELAYQ_TEST_KEYS), and
# what none of the tests did is listed. Keys of one view that run the same command count as one.
set -u
. "$top_srcdir/tests/tap.sh"
cd "$top_builddir/tests/screen" || exit 99
ls ./*.keys >/dev/null 2>&1 || tap_skip_all "no screen test was run"

sort -u ./*.keys >"$TMPDIR/used"
awk '$1 !~ /^#/ && NF {
	view = $1
	sub(/^[^ \t]+[ \t]+[^ \t]+[ \t]+/, "")
	sub(/^\[[^]]*\][ \t]+/, "")
	if ($0 != "none")
		print view "\t" $0
}' "$top_srcdir/keymaps/default.keys" | sort -u >"$TMPDIR/bound"
tap_same "the keymap binds something" "$(test "$(wc -l <"$TMPDIR/bound")" -gt 80 && echo yes)" yes
tap_empty "each action of the keymap is exercised by a screen test" "$(comm -23 "$TMPDIR/bound" "$TMPDIR/used")"
tap_done
