#!/bin/sh
# relayq-policy(5) has every key, fact, operator, scorer and code that the source has, and no other; and there is advice for
# every code that keeps a job from a runner.
set -u
. "$top_srcdir/tests/tap.sh"
cd "$top_srcdir" || exit 99
export LC_ALL=C
page=man/relayq-policy.5

# section TITLE: that section or subsection of the page.
section() {
	awk -v title="$1" '/^\.S[hs] / { name = $0; sub(/^\.S[hs] /, "", name); on = name == title } on' $page
}

# items TITLE MACRO: the names of the tagged items there.
items() {
	section "$1" | sed -n "s/^\\.It $2 //p" | sed 's/ .*//'
}

# same WHAT WANTED GOT: two lists; an empty one is no agreement.
same() {
	if test -z "$2"; then
		tap_not_ok "$1" "the source has none: the test does not find them"
		return
	fi
	tap_same "$1" "$(printf '%s\n' "$3" | sort)" "$(printf '%s\n' "$2" | sort)"
}

# keys TABLE: the keys of one of the loader's tables.
keys() {
	awk -v table="$1" '
		/load_key [a-z_]+\[\] = \{/ { on = index($0, " " table "[]") > 0 }
		/^};/ { on = 0 }
		on && /^\t\{ "/ { split($0, part, "\""); print part[2] }' core/policy/load*.c
}

section_of() {
	case $1 in
	load_top_keys) echo "The top" ;;
	default_keys) echo "Below defaults" ;;
	load_rule_keys) echo "Below rules" ;;
	set_keys) echo "Below set" ;;
	load_route_keys) echo "Below a route" ;;
	constraint_keys) echo "Below constraints" ;;
	concurrency_keys) echo "Below concurrency" ;;
	load_budget_keys) echo "Below budget" ;;
	load_window_keys) echo "Below an item of windows" ;;
	retry_keys) echo "Below retry" ;;
	provider_keys) echo "Below provider" ;;
	load_group_keys) echo "Below a group" ;;
	global_keys) echo "Below global_constraints" ;;
	load_declared_keys) echo "Below a runner of runner_capabilities" ;;
	*) echo "no section for $1" ;;
	esac
}

tables=$(sed -n 's/.*load_key \([a-z_]*_keys\)\[\] = {.*/\1/p' core/policy/load*.c)
for table in $tables; do
	title=$(section_of "$table")
	same "keys: $title" "$(keys "$table")" "$(items "$title" Cm)"
done

# names LIST: the names of a list X(ID, "name") ... of policy.h.
names() {
	awk -v list="$1" '
		index($0, "#define " list "(X)") { on = 1 }
		on { line = $0; while (match(line, /"[a-z_0-9]+"/)) {
			print substr(line, RSTART + 1, RLENGTH - 2); line = substr(line, RSTART + RLENGTH) } }
		on && !/\\$/ { on = 0 }' core/policy/policy.h
}

same "facts" "$(names RQ_FACT_LIST)" "$(items Facts Li)"
same "operators" "$(names RQ_OP_LIST)" "$(items Operators Li)"
same "scorers" "$(names RQ_SCORER_LIST)" "$(items Scorers Li)"

codes=$(sed -n "s/^X(\([A-Z_]*\), '\([PTEI]\)'.*/\1 \2/p" core/policy/codes.def)
same "codes of decisions, with their class" "$codes" \
	"$(section "Of decisions" | sed -n 's/^\.It Li \([A-Z_]*\) Pq \([A-Z]\)$/\1 \2/p')"
# What no line of the source gives is said to be so.
unused=$(for code in $(echo "$codes" | sed 's/ .*//'); do
	grep -rlE "\"$code\"|RQ_WHY_$code\>" core | grep -v '^core/command/advice.c$' >/dev/null || echo "$code"
done)
same "codes that this version does not give" "$unused" \
	"$(section "Of decisions" | sed -n '/^This version gives none of/,/^:\|:$/p' | sed -n 's/^\.Li //p' | tr -d ' :' | tr ',' '\n')"
same "codes of problems" "$(sed -n 's/^PROBLEM("\([PL][0-9]*\)".*/\1/p' core/policy/problems.def)" \
	"$(items "Of problems" Li)"
same "advice for each code that keeps a job from a runner" "$(echo "$codes" | sed -n 's/ [PTE]$//p')" \
	"$(sed -n 's/^	{ "\([A-Z_]*\)", ".*/\1/p' core/command/advice.c)"
tap_done
