# fish completion for relayq, which knows its own words: it is asked for what fits.

function __relayq_words
	set -l words (commandline -opc)
	set -l current (commandline -ct)
	set -l found ($words[1] __complete -- $words[2..-1] $current 2>/dev/null)
	switch "$found[1]"
		case :file
			__fish_complete_path (string replace -r -- '^--[^=]*=' '' $current)
		case :dir
			__fish_complete_directories (string replace -r -- '^--[^=]*=' '' $current)
		case '*'
			printf '%s\n' $found
	end
end

complete -c relayq -f -a '(__relayq_words)'
