#!/bin/sh
# The screen tests' own tests: the harness sees what it must see and fails where it must fail.
set -u
screen=$top_builddir/tests/screen/screen
test -x "$screen" || exec sh "$top_srcdir/tests/screen/skip.sh"
exec "$screen" "$top_srcdir"/tests/screen/self/*.screen
