#!/bin/sh
# The manual pages are clean mdoc.
set -u
. "$top_srcdir/tests/tap.sh"
command -v mandoc >/dev/null || tap_skip_all "mandoc is missing"
cd "$top_srcdir/man" || exit 99

pages=$(find . -name '*.[1-9]' | sed 's/^\.\///' | LC_ALL=C sort)
test -n "$pages" || tap_skip_all "there are no manual pages"

# mandoc looks for a page's references among the pages it is given and those installed; what other
# projects have installed here is not ours to judge.
# shellcheck disable=SC2086 # a list of plain names
complaints=$(mandoc -Tlint $pages 2>&1 | grep -v 'referenced manual not found: Xr [^r]')
for page in $pages; do
	tap_empty "mandoc -Tlint $page" "$(printf '%s\n' "$complaints" | grep -F "$page:")"
done
tap_done
