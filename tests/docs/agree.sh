#!/bin/sh
# Each command's --help, manual page and completion name the same options, and the page has its
# synopsis; the pages of settings, keys and colours name all that there is, and nothing else.
set -u
. "$top_srcdir/tests/tap.sh"
test -x "$RELAYQ" || tap_skip_all "relayq is not built"
man=$top_srcdir/man
export LC_ALL=C

# page_of COMMAND: the manual page that describes it.
page_of() {
	case $1 in
	help | version | summary) echo relayq.1 ;;
	undrain) echo relayq-drain.1 ;;
	explain) echo relayq-decisions.1 ;;
	*) echo "relayq-${1%% *}.1" ;;
	esac
}

# help_of COMMAND: its own --help, also where its name begins others (config).
help_of() {
	# shellcheck disable=SC2086 # one word or two
	"$RELAYQ" $1 --help | awk -v name="$1" '
		/^usage: / { own = "usage: relayq " name " "
			on = index($0 " ", own) == 1 && substr($0, length(own) + 1) !~ /^[a-z]/ }
		on'
}

options_in_help() {
	help_of "$1" | sed -n -e 's/^  \(-[a-z], \)*--\([a-z-]*\).*/\2/p' | sort
}

options_in_completion() {
	# shellcheck disable=SC2086 # one word or two
	"$RELAYQ" __complete -- $1 -- | sed -n 's/^--\([a-z-]*\).*/\1/p' | grep -vx help | sort
}

# options_in_page PAGE COMMAND: of its own subsection where the page has several commands.
options_in_page() {
	awk -v section="relayq $2" '
		/^\.S[hs] / { title = $0; sub(/^\.S[hs] /, "", title); own = title == section
			several = several || title ~ /^relayq / }
		/^\.It / && / Fl Fl / { line = $0; sub(/.* Fl Fl /, "", line); sub(/ .*/, "", line)
			n++; name[n] = line; mine[n] = own }
		END { for (i = 1; i <= n; i++) if (mine[i] || !several) print name[i] }' "$man/$1" | sort -u
}

# in_one_line: blanks and line ends to one blank, and how mandoc sets dots.
in_one_line() {
	tr -s ' \n' '  ' | sed -e 's/ $//'
}

synopsis_in_page() {
	mandoc -Tascii -O width=500 "$man/$1" | sed 's/.\x08//g' |
		awk '/^SYNOPSIS/ { on = 1; next } /^[A-Z]/ { on = 0 } on' |
		awk '/^     relayq/ { if (line) print line; line = "" } { line = line " " $0 } END { print line }' |
		sed -e 's/^ *//' -e 's/  */ /g' -e 's/ $//'
}

synopsis_in_help() {
	help_of "$1" | awk '/^$/ { exit } / is the same$/ { next } { print }' | sed 's/^usage: //' | in_one_line
}

commands() {
	"$RELAYQ" help | sed -n 's/^  \([a-z][a-z -]*[a-z]\)  *[A-Z].*/\1/p'
}

check_command() {
	command=$1
	page=$(page_of "$command")
	if ! test -f "$man/$page"; then
		tap_not_ok "relayq $command has a page" "$page is missing"
		return
	fi
	options=$(options_in_help "$command")
	tap_same "relayq $command: options of --help and of completion" "$(options_in_completion "$command")" "$options"
	tap_same "relayq $command: options of --help and of $page" "$(options_in_page "$page" "$command")" "$options"
	if ! command -v mandoc >/dev/null; then
		tap_skip "relayq $command: synopsis in $page" "mandoc is missing"
	elif synopsis_in_page "$page" | grep -qxF "$(synopsis_in_help "$command")"; then
		tap_ok "relayq $command: synopsis in $page"
	else
		tap_not_ok "relayq $command: synopsis in $page" "--help: $(synopsis_in_help "$command")" \
			"$page: $(synopsis_in_page "$page")"
	fi
}

# listed WHAT WANTED GOT: two lists, a line each.
listed() {
	tap_same "$1" "$(printf '%s\n' "$3" | sort)" "$(printf '%s\n' "$2" | sort)"
}

# names_in PAGE MACRO: the items of its tagged lists.
names_in() {
	sed -n "s/^\\.It $2 //p" "$man/$1" | sed -e 's/ Ar .*//' -e 's/ Ta .*//'
}

tap_empty "relayq help names every command" "$(test "$(commands | wc -l)" -ge 20 || echo "only: $(commands)")"
for command in $(commands | tr ' ' _); do
	check_command "$(echo "$command" | tr _ ' ')"
done

listed "relayq-config(5) has every setting" "$("$RELAYQ" config | cut -f1)" "$(names_in relayq-config.5 Cm)"
for setting in $("$RELAYQ" config | cut -f1); do
	readers=$(cd "$top_srcdir" && grep -rlF "\"$setting\"" core cli tui | grep -v '^core/model/config')
	tap_empty "something reads $setting" "$(test -n "$readers" || echo "nothing does")"
done
defaults=$("$RELAYQ" config | awk -F '\t' '$2 != "" { print $1, $2 }')
listed "relayq-config(5) has every default" "$defaults" "$(awk '
	/^\.It Cm / { name = $3 } /^\.Li / && name { print name, $2; name = "" }' "$man/relayq-config.5")"

listed "relayq-config(5) has every key of a queue" \
	"$(sed -n '/^} keys/,/^};/p' "$top_srcdir/core/model/queues.c" | grep -o '{ "[a-z_]*"' | tr -d '{" ')" \
	"$(names_in relayq-config.5 Va)"

# table FILE FIELD: names of the X(...) rows of a table.
table() {
	sed -n 's/^X([A-Z_]*, "\([^"]*\)".*/\1/p' "$top_srcdir/tui/$1"
}

if test -f "$top_srcdir/tui/doing.def"; then
	listed "relayq-keymap(5) has all that the console does itself" "$(table doing.def)" \
		"$(sed -n '/^\.Sh COMMANDS/,/^\.El/p' "$man/relayq-keymap.5" | sed -n 's/^\.It Cm //p' | sed 's/ Ar .*//')"
	for view in $(table views.def); do
		tap_empty "relayq-keymap(5) names the view $view" \
			"$(grep -qw -- "$view" "$man/relayq-keymap.5" || echo "it does not")"
	done
	listed "relayq-theme(5) has every role" "$(table role.def)" "$(names_in relayq-theme.5 Li)"
else
	tap_skip "relayq-keymap(5) and relayq-theme(5)" "this tree has no console"
fi

# strings FILE ARRAY: the words of a table of that name.
strings() {
	awk -v name="$2" 'index($0, name "[") { on = 1 } on { print } on && /};/ { exit }' "$top_srcdir/core/$1" |
		grep -o '"[A-Za-z_.]*"' | tr -d '"'
}
# tells WHAT WORDS: each is in relayq-github(7).
tells() {
	for word in $2; do
		tap_empty "relayq-github(7) tells $1 $word" "$(grep -qw -- "$word" "$man/relayq-github.7" || echo "it does not")"
	done
}
tells "the state" "$(strings model/ghdrain_labels.c states | grep -v ACTIVE)"
tells "the side" "$(sed -n 's/^\tRQ_GHDRAIN_\([A-Z]*\) = [0-9]*,* .*/\1/p' "$top_srcdir/core/model/ghdrain.h" |
	sed -n '1,/FAILED/p')"
tells "the variable" "$(grep -o '"[A-Z_]*_TOKEN"' "$top_srcdir/core/queue/github_token.c" | tr -d '"' | sort -u)"

pages=$(cd "$man" && find . -name '*.[1-9]' | sed 's/^\.\///')
listed "man/local.mk installs every page" "$pages" "$(grep -o 'relayq[a-z-]*\.[1-9]' "$man/local.mk")"
tap_done
