# bash completion for relayq, which knows its own words: it is asked for what fits.
# shellcheck shell=bash

_relayq()
{
	local line=${COMP_LINE:0:COMP_POINT} cur split candidate
	local -a words
	read -ra words <<<"$line"
	case $line in
	*[[:blank:]]) words+=("") ;;
	esac
	cur=${words[${#words[@]} - 1]}

	# bash cuts words at : and =, as in local:17; what it has cut off it wants left out.
	split=${COMP_WORDS[COMP_CWORD]}
	case $split in
	: | =) split= ;;
	esac
	split=${cur%"$split"}

	COMPREPLY=()
	while IFS= read -r candidate; do
		candidate=${candidate%%$'\t'*}
		case $candidate in
		:file | :dir)
			compopt -o filenames 2>/dev/null
			cur=${cur#--*=}
			if test "$candidate" = :dir; then
				split=d
			else
				split=f
			fi
			while IFS= read -r candidate; do
				COMPREPLY+=("$candidate")
			done < <(compgen -"$split" -- "$cur")
			return
			;;
		esac
		COMPREPLY+=("${candidate#"$split"}")
	done < <("${words[0]}" __complete -- "${words[@]:1}" 2>/dev/null)
}

complete -o default -o bashdefault -F _relayq relayq
