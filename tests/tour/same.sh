#!/bin/sh
# tests/tour/README.md and the screen of README.md are what the scripts of the tour say; those are compared with the console
# itself by tests/tour/*.screen.
set -u
. "$top_srcdir/tests/tap.sh"
tap_empty "the tour and the screen of README.md are as the console is (else run tests/tour/make)" \
	"$(cd "$top_srcdir" && tests/tour/make --check . 2>&1 | sed 's/^/  /')"
tap_done
