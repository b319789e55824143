# sim.sh - a simulated GitHub for tests in shell. Source it after tests/tap.sh (and tests/cli/lib.sh).
#   sim_start [OPTION...]       starts it; sets SIM_API, SIM_STORAGE, SIM_TOKEN and GH_ENTERPRISE_TOKEN; ends with the test
#   sim_config [LINE...]        writes config.yaml with a queue "media" on acme/media; each LINE is one more of the queue;
#                               SIM_PREFIX=/api/v3 or /api/v1 before it: another forge
#   sim_post PATH [JSON]        a control route: sim_post clock '{"advance": 60}'; sim_get PATH: what it gives
#   sim_wait EXPRESSION [S]     until the Python expression is true of s, runs or runners: sim_wait 'len(runs) == 7'
#   sim_labels NAME             the custom labels of a runner
#   sim_asked REGEX             how many requests matched it in "METHOD /path?query"
#   sim_clean NAME              passes when no client has done what it must never do
#   sim_stop                    ends it before the test does
# A screen test has no shell of its own for all of its steps:
#   sh python3 "$top_srcdir/tests/github/sim.py" start --config config/relayq/config.yaml --clock manual
#   env GH_ENTERPRISE_TOKEN=sim-token-that-opens-nothing
#   sh python3 "$top_srcdir/tests/github/sim.py" call POST /_sim/clock '{"advance": 5}'
#   sh python3 "$top_srcdir/tests/github/sim.py" stop
# shellcheck shell=sh
sim_py=$top_srcdir/tests/github/sim.py
sim_pid=

# Through a fifo, not a pipeline, so that the simulator's own pid is known.
sim_start() {
	test -n "${PYTHON-}" || tap_skip_all "python3 is missing"
	rm -f "$TMPDIR/sim.out"
	mkfifo "$TMPDIR/sim.out" || exit 99
	"$PYTHON" "$sim_py" "$@" >"$TMPDIR/sim.out" 2>>"$TMPDIR/sim.err" </dev/null &
	sim_pid=$!
	SIM_API='' SIM_STORAGE=''
	{
		read -r _ SIM_API
		read -r _ SIM_STORAGE
	} <"$TMPDIR/sim.out"
	if test -z "$SIM_STORAGE"; then
		echo "Bail out! the simulator does not start"
		sed 's/^/# /' "$TMPDIR/sim.err"
		exit 99
	fi
	SIM_TOKEN=sim-token-that-opens-nothing
	GH_ENTERPRISE_TOKEN=$SIM_TOKEN
	export SIM_API SIM_STORAGE SIM_TOKEN GH_ENTERPRISE_TOKEN
	trap sim_exit EXIT
}

sim_exit() {
	sim_stop
	if command -v stop_agents >/dev/null; then
		stop_agents
	fi
}

sim_stop() {
	test -n "$sim_pid" || return 0
	kill "$sim_pid" 2>/dev/null
	wait "$sim_pid" 2>/dev/null
	sim_pid=
}

sim_config() {
	mkdir -p "${XDG_CONFIG_HOME:-$HOME/.config}/relayq"
	{
		printf 'queues:\n  media:\n    kind: github\n    api: %s\n    repos: [acme/media]\n' "$SIM_API${SIM_PREFIX-}"
		for sim_line; do
			printf '    %s\n' "$sim_line"
		done
	} >"${XDG_CONFIG_HOME:-$HOME/.config}/relayq/config.yaml"
}

sim_post() {
	"$PYTHON" "$sim_py" call POST "/_sim/$1" "${2-}" >"$TMPDIR/sim.answer" || {
		echo "# sim_post $*: $(cat "$TMPDIR/sim.answer")"
		return 1
	}
}

sim_get() {
	"$PYTHON" "$sim_py" call GET "/_sim/$1"
}

sim_wait() {
	"$PYTHON" "$sim_py" wait "$@"
}

sim_labels() {
	sim_get state | "$PYTHON" -c 'import json, sys
print(*[",".join(r["custom"]) for r in json.load(sys.stdin)["runners"] if r["name"] == sys.argv[1]])' "$1"
}

# The query of /_sim/requests is percent-encoded by hand: what tests ask for holds few such characters.
sim_asked() {
	sim_get "requests?match=$(printf '%s' "$1" | sed 's/%/%25/g; s/ /%20/g; s/&/%26/g; s/+/%2B/g; s/#/%23/g')" |
		"$PYTHON" -c 'import json, sys; print(len(json.load(sys.stdin)))'
}

sim_clean() {
	tap_same "$1" "$(sim_get violations)" "[]"
}
