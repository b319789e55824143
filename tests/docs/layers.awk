# layers.awk: reads C files and prints FILE:LINE: WHY for each #include that breaks the layering.
# Run it in the top directory of the source tree: the file names carry the layers.

BEGIN {
	# A file includes its own directory and what ranks lower.  policy, queue and provider are
	# neighbours and do not see each other.
	rank["core/base"] = 0
	rank["core/sys"] = 1
	rank["core/model"] = 2
	rank["core/policy"] = rank["core/queue"] = rank["core/provider"] = 3
	rank["core/agent"] = 4
	rank["core"] = 5
	rank["core/command"] = 6
	rank["cli"] = rank["tui"] = 7

	# A third-party header belongs to one wrapper.  An expression, matched against the file.
	owner["cjson/cJSON.h"] = owner["cJSON.h"] = "core/base/json\\.c"
	owner["pcre2.h"] = "core/base/regex\\.c"
	owner["yaml.h"] = "core/base/yaml\\.c"
	owner["sha1.h"] = owner["sha2.h"] = "core/base/hash\\.c"
	owner["sqlite3.h"] = "core/sys/(db[a-z_]*\\.c|db_private\\.h)"
	owner["curl/curl.h"] = "core/sys/http_private\\.h"
	owner["git2.h"] = "core/sys/(git_remotes\\.c|git_main\\.c|git_parts\\.h)"
	owner["hiredis/hiredis.h"] = "core/sys/redis\\.c"
	owner["uv.h"] = "core/sys/([a-z_]+\\.c|loop_uv\\.h)"
	owner["curses.h"] = owner["ncurses.h"] = owner["term.h"] = "tui/(term|draw)\\.c"

	# A header that only its own directory sees, because it carries a library's types.
	private["core/sys/loop_uv.h"] = private["core/sys/db_private.h"] = private["core/sys/git_parts.h"] = private["core/sys/http_private.h"] = 1

	# libc, POSIX, and what the systems add.  Anything else in <> is a library that has no wrapper yet.
	n = split("assert ctype dlfcn errno fcntl fnmatch dirent float ftw getopt glob grp inttypes langinfo " \
		"libgen limits locale malloc math netdb poll pthread pwd regex sched semaphore setjmp signal spawn " \
		"stdalign stdarg stdatomic stdbool stddef stdint stdio stdlib stdnoreturn string strings " \
		"syslog termios time unistd utime wchar wctype pty util libutil libproc", names, " ")
	for (i = 1; i <= n; i++)
		libc[names[i] ".h"] = 1
}

function layer_of(path)
{
	sub(/\/[^\/]*$/, "", path)
	return path
}

function breach(why)
{
	print FILENAME ":" FNR ": " why
}

# The shim is paid for at each job: libc and its own headers, nothing of the library.
function is_shim(path)
{
	return path ~ /^core\/agent\/shim[a-z_]*\.[ch]$/
}

function face_may_see(header)
{
	return header ~ /^core\/(relayq\.h|model\/[a-z_]+\.h|command\/command\.h|base\/[a-z_]+\.h|sys\/loop\.h)$/
}

function exists(header,    line)
{
	if (!(header in found)) {
		found[header] = (getline line < header) >= 0
		close(header)
	}
	return found[header]
}

function check_own(header,    from, to)
{
	from = layer_of(FILENAME)
	to = layer_of(header)
	if (!(from in rank)) {
		breach("a directory without a layer: " from)
	} else if (!(to in rank)) {
		breach("\"" header "\" is in no layer; write the path from the top directory")
	} else if (!exists(header)) {
		breach("\"" header "\" does not exist")
	} else if (is_shim(FILENAME) && !is_shim(header)) {
		breach("the shim includes only libc and its own headers, not " header)
	} else if (from == to) {
		return
	} else if (header in private) {
		breach("\"" header "\" is private to " to "/")
	} else if (from == "cli" || from == "tui") {
		if (!face_may_see(header) && !(FILENAME == "cli/main.c" && to == "tui"))
			breach(from "/ may not include " header)
	} else if (rank[to] >= rank[from]) {
		breach(from "/ may not include " header ": not a lower layer")
	}
}

function check_system(header)
{
	if (header in owner) {
		if (FILENAME !~ "^" owner[header] "$")
			breach("<" header "> belongs to " owner[header] " alone")
	} else if (!(header in libc) && header !~ /^(sys|net|netinet|arpa|linux|mach)\/[a-z0-9_-]+\.h$/) {
		breach("<" header "> has no wrapper: add it to tests/docs/layers.awk with its one owner")
	}
}

/^[ \t]*#[ \t]*include[ \t]/ {
	line = $0
	if (match(line, /"[^"]+"/))
		check_own(substr(line, RSTART + 1, RLENGTH - 2))
	else if (match(line, /<[^>]+>/))
		check_system(substr(line, RSTART + 1, RLENGTH - 2))
	else
		breach("an #include that names no file")
}
