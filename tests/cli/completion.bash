#!/usr/bin/env bash
# The completions: what the program offers, and that the shells take it.
set -u
. "$top_srcdir/tests/tap.sh"
. "$top_srcdir/tests/cli/lib.sh"
rq config set agent.autostart false
mkdir bin
ln -s "$RELAYQ" bin/relayq
PATH=$TMPDIR/bin:$PATH
rq submit -- true >/dev/null 2>&1
rq submit -- true >/dev/null 2>&1

offers() {
	rq __complete -- "$@" | cut -f1 | tr '\n' ' '
}

tap_same "commands" "$(offers dr)" "drain "
tap_same "a group once" "$(offers ag)" "agent "
tap_same "its second word" "$(offers agent st)" "start stop status "
tap_same "options" "$(offers submit --re)" "--ref --retries "
tap_same "the values of a setting" "$(offers config set ui.detail r)$(offers config set ui.mouse '')$(offers config set agent.name '')" "right true false "
tap_same "settings" "$(offers config get ui.th)" "ui.theme "
tap_same "jobs" "$(offers cancel local: | tr ' ' '\n' | sort | tr '\n' ' ' | sed 's/^ //')" "local:1 local:2 "
tap_same "a value behind =" "$(offers submit --cwd=x)" ":dir "
tap_same "files" "$(offers submit --steps '')" ":file "
tap_same "a job's own command line is not ours" "$(offers submit -- --wa)" ""
tap_same "nothing for nonsense" "$(offers nosuch x)" ""

# completes LINE WORD...: what bash makes of it.
completes() {
	COMP_LINE=$1 COMP_POINT=${#1}
	shift
	COMP_WORDS=("$@")
	COMP_CWORD=$(($# - 1))
	_relayq
	printf '%s\n' "${COMPREPLY[@]}" | sort | tr '\n' ' '
}
. "$top_srcdir/contrib/completions/relayq.bash"
tap_same "bash: commands" "$(completes 'relayq und' relayq und)" "undrain "
tap_same "bash: an id, which it cuts at the colon" "$(completes 'relayq show local:' relayq show local :)" "1 2 "
tap_same "bash: options" "$(completes 'relayq submit --dry' relayq submit --dry)" "--dry-run "
touch steps.yaml
tap_same "bash: files" "$(completes 'relayq submit --steps step' relayq submit --steps step)" "steps.yaml "

if command -v fish >/dev/null; then
	script=$top_srcdir/contrib/completions/relayq.fish
	tap_same "fish: commands" "$(fish -N -c "source '$script'; complete -C 'relayq und'" 2>/dev/null | cut -f1)" undrain
	tap_same "fish: ids" "$(fish -N -c "source '$script'; complete -C 'relayq show local:1'" 2>/dev/null | cut -f1)" local:1
else
	tap_skip "fish" "fish is missing"
fi
if command -v zsh >/dev/null; then
	holds "zsh: the script is sound" zsh -n "$top_srcdir/contrib/completions/_relayq"
else
	tap_skip "zsh" "zsh is missing"
fi
tap_done
