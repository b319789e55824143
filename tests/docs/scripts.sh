#!/bin/sh
# Every script passes shellcheck.
set -u
. "$top_srcdir/tests/tap.sh"
command -v shellcheck >/dev/null || tap_skip_all "shellcheck is missing"
cd "$top_srcdir" || exit 99

scripts=$(find build-aux/embed.sh .ci contrib core bench tests quickstart -type f 2>/dev/null | LC_ALL=C sort |
	while read -r file; do
		head -n1 "$file" | grep -qaE '^#! ?(/bin/|/usr/bin/env )(sh|bash)|^# .*shellcheck shell=' && echo "$file"
	done)
for script in $scripts tests/tap.sh; do
	tap_empty "$script" "$(shellcheck --exclude=SC1091,SC2016,SC2154,SC2238 "$script" 2>&1)"
done
tap_done
