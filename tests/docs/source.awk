# source.awk -v rule=NAME: reads C files and prints FILE:LINE: WHY for what the rule forbids.
# Rules: calls (functions that are not used here), size (lines, columns, functions).

BEGIN {
	# What overflows, ignores errors, or shares state; and what base/ wraps.
	n = split("strcpy strcat sprintf vsprintf gets atoi atol atoll strtok mktemp tmpnam tempnam " \
		"system popen alloca rand srand localtime gmtime ctime asctime usleep setenv putenv signal " \
		"vfork", names, " ")
	for (i = 1; i <= n; i++)
		why[names[i]] = "is not used here"
	n = split("malloc calloc realloc reallocarray strdup strndup asprintf vasprintf", names, " ")
	for (i = 1; i <= n; i++)
		allocates[names[i]] = 1
	n = split("printf vprintf puts putchar", names, " ")
	for (i = 1; i <= n; i++)
		prints[names[i]] = 1
}

FNR == 1 {
	end_of_file()
	in_comment = 0
	start = 0
	file = FILENAME
}

# code(LINE): LINE without its comments and with the contents of its strings gone.
function code(line,    out, c)
{
	out = ""
	while (line != "") {
		if (in_comment) {
			c = index(line, "*/")
			if (!c)
				return out
			line = substr(line, c + 2)
			in_comment = 0
		} else if (match(line, /^[^"'\/]+/)) {
			out = out substr(line, 1, RLENGTH)
			line = substr(line, RLENGTH + 1)
		} else if (substr(line, 1, 2) == "/*") {
			in_comment = 1
			line = substr(line, 3)
		} else if (substr(line, 1, 2) == "//") {
			return out
		} else if (match(line, /^"([^"\\]|\\.)*"/)) {
			out = out "\"\""
			line = substr(line, RLENGTH + 1)
		} else if (match(line, /^'([^'\\]|\\.)[^']*'/)) {
			out = out "0"
			line = substr(line, RLENGTH + 1)
		} else {
			out = out substr(line, 1, 1)
			line = substr(line, 2)
		}
	}
	return out
}

function complain(text)
{
	print FILENAME ":" FNR ": " text
}

# width(LINE): columns, with tabs at every eighth and UTF-8 counted by character (LC_ALL=C).
function width(line,    w, i, n, parts)
{
	gsub(/[\200-\277]/, "", line)
	n = split(line, parts, "\t")
	w = 0
	for (i = 1; i <= n; i++) {
		w += length(parts[i])
		if (i < n)
			w += 8 - w % 8
	}
	return w
}

function check_calls(line,    name)
{
	while (match(line, /[A-Za-z_][A-Za-z_0-9]*[ \t]*\(/)) {
		before = substr(line, RSTART - 1, 1)
		name = substr(line, RSTART, RLENGTH - 1)
		line = substr(line, RSTART + RLENGTH)
		sub(/[ \t]+$/, "", name)
		# A member of that name (x->signal(), x.signal()) is somebody else's function.
		if (before == "." || before == ">")
			continue
		# Time zones are read by exchanging TZ, in one place.
		if (name == "setenv" && FILENAME ~ /^core\/base\/zone\.c$/)
			continue
		if (name in why)
			complain(name "() " why[name])
		if (name in allocates && FILENAME !~ /^core\/base\/mem\.c$/)
			complain(name "() belongs to core/base/mem.c")
		if (name in prints && FILENAME ~ /^(core|tui)\//)
			complain(name "(): only cli/ prints")
	}
}

function end_of_file()
{
	if (rule == "size" && file != "" && lines > (file ~ /\.h$/ ? 250 : 800))
		print file ":" lines ": " lines " lines; split it"
}

{
	lines = FNR
	if (rule == "calls") {
		check_calls(code($0))
	} else if (rule == "size") {
		if (width($0) > 130)
			complain("wider than 130 columns; 100 is what reads well")
		if ($0 ~ /[ \t]$/)
			complain("blanks at the end of the line")
		if ($0 == "{")
			start = FNR
		if ($0 == "}" && start && FNR - start > 100)
			complain("a function of " (FNR - start - 1) " lines; split it")
	}
}

END {
	end_of_file()
}
