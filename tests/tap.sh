# tap.sh: what shell tests share.  Source it, report with these, and end with tap_done.
# shellcheck shell=sh
tap_count=0

# tap_ok NAME, tap_not_ok NAME [WHY...]: one result; WHY becomes comment lines.
tap_ok() {
	tap_count=$((tap_count + 1))
	echo "ok $tap_count - $1"
}

tap_not_ok() {
	tap_count=$((tap_count + 1))
	echo "not ok $tap_count - $1"
	shift
	for tap_line; do
		printf '%s\n' "$tap_line" | sed 's/^/# /'
	done
}

# tap_skip NAME REASON
tap_skip() {
	tap_count=$((tap_count + 1))
	echo "ok $tap_count - $1 # SKIP $2"
}

# tap_empty NAME TEXT: passes when TEXT, a list of complaints, is empty.
tap_empty() {
	if test -z "$2"; then
		tap_ok "$1"
	else
		tap_not_ok "$1" "$2"
	fi
}

# tap_same NAME GOT WANTED
tap_same() {
	if test "$2" = "$3"; then
		tap_ok "$1"
	else
		tap_not_ok "$1" "got:    $2" "wanted: $3"
	fi
}

# tap_skip_all REASON: the whole file cannot run here.
tap_skip_all() {
	echo "1..0 # SKIP $1"
	exit 0
}

# tap_done: prints the plan; a test that stops before it has failed.
tap_done() {
	echo "1..$tap_count"
}
