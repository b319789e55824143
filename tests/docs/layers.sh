#!/bin/sh
# The layers of the source tree hold, and the test that says so sees a breach.
set -u
. "$top_srcdir/tests/tap.sh"

# breaches TREE: one line for each.
breaches() {
	(cd "$1" && find core cli tui -name '*.[ch]' 2>/dev/null | LC_ALL=C sort | xargs "$AWK" -f "$top_srcdir/tests/docs/layers.awk")
}

# planted FILE LINE WHY: a copy of the tree with LINE added to FILE, told by its place and reason.
planted() {
	rm -rf "$TMPDIR/tree"
	mkdir "$TMPDIR/tree"
	(cd "$top_srcdir" && find core cli tui -name '*.[ch]' 2>/dev/null | tar cf - -T -) | (cd "$TMPDIR/tree" && tar xf -)
	mkdir -p "$TMPDIR/tree/$(dirname "$1")" "$TMPDIR/tree/core/agent" "$TMPDIR/tree/core/queue"
	chmod -R u+w "$TMPDIR/tree"
	touch "$TMPDIR/tree/core/agent/planted.h" "$TMPDIR/tree/core/queue/planted.h"
	echo "$2" >>"$TMPDIR/tree/$1"
	line=$(wc -l <"$TMPDIR/tree/$1" | tr -d ' ')
	found=$(breaches "$TMPDIR/tree" | grep -F "$1:$line: ")
	case $found in
	*"$3"*) tap_ok "planted in $1: $2" ;;
	*) tap_not_ok "planted in $1: $2" "got: $found" ;;
	esac
}

tap_empty "every #include is of its own layer or a lower one" "$(breaches "$top_srcdir")"
planted core/base/planted.c '#include "core/agent/planted.h"' 'not a lower layer'
planted core/policy/planted.c '#include "core/queue/planted.h"' 'not a lower layer'
planted core/base/planted.c '#  include <uv.h>' 'belongs to'
planted core/queue/planted.c '#include <sqlite3.h>' 'belongs to'
planted core/queue/planted.c '#include "core/sys/loop_uv.h"' 'is private'
planted core/model/planted.c '#include <zlib.h>' 'no wrapper'
planted core/agent/shim.c '#include "core/base/embed.h"' 'only libc'
planted cli/main.c '#include "core/queue/planted.h"' 'may not include'
planted tui/planted.c '#include <curses.h>' 'belongs to'
planted tui/planted.c '#include "core/nowhere.h"' 'does not exist'
tap_done
