#!/bin/sh
# What the sources may call, how long they may be, and what no file may say.
set -u
. "$top_srcdir/tests/tap.sh"
cd "$top_srcdir" || exit 99
export LC_ALL=C

# ours PATTERN: the files of the project that match, without what autoreconf and builds leave.
ours() {
	find core cli tui keymaps themes types man contrib bench tests m4/relayq.m4 build-aux/embed.sh .ci README.md \
		quickstart configure.ac Makefile.am -type f -name "$1" ! -path '*/__pycache__/*' 2>/dev/null | sort
}

c_files() {
	find core cli tui -name '*.[ch]' 2>/dev/null | sort
}

check() {
	c_files | xargs "$AWK" -v rule="$1" -f tests/docs/source.awk
}

# sees RULE LINE: the check is awake.
sees() {
	mkdir -p "$TMPDIR/core"
	echo "$2" >"$TMPDIR/core/planted.c"
	if (cd "$TMPDIR" && "$AWK" -v rule="$1" -f "$OLDPWD/tests/docs/source.awk" core/planted.c) |
		grep -q '^core/planted.c:1: '; then
		tap_ok "the $1 check sees: $2"
	else
		tap_not_ok "the $1 check sees: $2"
	fi
}

tap_empty "no forbidden function is called" "$(check calls)"
sees calls '	strcpy(to, "from");'
sees calls "	if (c == '\"') p = malloc(3); /* comment */"
sees calls '	printf("hello");'
tap_empty "files, functions and lines have the agreed sizes" "$(check size)"
sees size 'int x; '

# In pieces, so that these lines do not find themselves.
todo="TO""DO|FIX""ME|XX""X"
tap_empty "nothing is left for later" "$(ours '*' | xargs grep -nEw "$todo" 2>/dev/null)"
outside='\.\./sha''red|(^|[^A-Za-z0-9_.}/)])/wo''rk(/|$|[^A-Za-z0-9_/.-])'
tap_empty "nothing refers to a place outside the tree" "$(ours '*' | xargs grep -nE "$outside" 2>/dev/null)"
tap_done
