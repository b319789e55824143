#!/bin/sh
# Who stays on this machine pays for no network: no local verb loads libcurl or makes cache.db.
set -u
. "$top_srcdir/tests/tap.sh"
. "$top_srcdir/tests/cli/lib.sh"
. "$top_srcdir/tests/github/sim.sh"

# loads NAME ARGUMENT...: which libraries the dynamic linker loads for relayq and all that it starts, in $TMPDIR/ld.NAME.*
loads() {
	loads_name=$1
	shift
	LD_DEBUG=files LD_DEBUG_OUTPUT=$TMPDIR/ld.$loads_name "$RELAYQ" "$@" >"$out" 2>"$err" </dev/null
}

# spares NAME ARGUMENT...
spares() {
	spares_name=$1
	shift
	if loads "$spares_name" "$@"; then
		tap_empty "$spares_name loads no libcurl" "$(grep -l 'file=libcurl' "$TMPDIR/ld.$spares_name".*)"
	else
		tap_not_ok "$spares_name loads no libcurl" "$(cat "$err")"
	fi
}

loads probe version
grep -q 'file=lib' "$TMPDIR"/ld.probe.* 2>/dev/null || tap_skip_all "the dynamic linker does not tell what it loads"
trap stop_agents EXIT
spares jobs jobs
spares submit submit -- true
spares help help submit
sim_start
sim_config
spares submit-with-a-queue submit -- true
spares agent agent status
holds "no cache was made" test ! -e "${XDG_CACHE_HOME:-$HOME/.cache}/relayq/cache.db"
loads network jobs --queue media
holds "a queue on the network does" grep -q 'file=libcurl' "$TMPDIR"/ld.network.*
says "and has answered" "$out" media:
holds "a cache was made" test -e "${XDG_CACHE_HOME:-$HOME/.cache}/relayq/cache.db"
tap_done
