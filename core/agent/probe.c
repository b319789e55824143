/* probe.c - what this machine is: labels, and the capabilities that a policy may ask for. */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>
#ifdef __APPLE__
#include <sys/sysctl.h>
#endif
#include "core/agent/daemon.h"
#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/base/str.h"

/* Looked for in PATH: what jobs of this kind of work want. */
static const char tools[] = "cc,cmake,curl,docker,ffmpeg,gcc,git,go,make,node,npm,ollama,pandoc,piper,podman,python3,"
			    "rsync,sox,tesseract,whisper,whisper-cli,yt-dlp";

static bool in_path(const char *tool)
{
	const char *path = getenv("PATH");
	char file[1024];

	while (path && *path) {
		size_t n = strcspn(path, ":");
		int len = snprintf(file, sizeof file, "%.*s/%s", (int)n, path, tool);

		if (n && len > 0 && (size_t)len < sizeof file && access(file, X_OK) == 0)
			return true;
		path += n + (path[n] == ':');
	}
	return false;
}

static void find_tools(struct rq_arena *a, struct rq_labels *out)
{
	struct rq_labels all;
	struct rq_str have;

	rq_str_init(&have, 0);
	if (rq_labels_parse(a, tools, &all, NULL) == RQ_OK)
		for (size_t i = 0; i < all.n; i++)
			if (in_path(all.v[i]))
				rq_str_addf(&have, "%s%s", have.len ? "," : "", all.v[i]);
	rq_labels_parse(a, rq_str_get(&have), out, NULL);
	rq_str_release(&have);
}

/* A small number in a file; -1 without it. */
static int64_t number_in(const char *path)
{
	char buf[64];
	ssize_t n;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return -1;
	n = read(fd, buf, sizeof buf - 1);
	close(fd);
	if (n <= 0)
		return -1;
	buf[n] = '\0';
	return strtoll(buf, NULL, 10);
}

/* The hottest zone, in 1/1000 degrees C; -1 where the system does not tell. */
static int temperature(void)
{
	char path[64];
	int64_t hottest = -1;

	for (int i = 0; i < 16; i++) {
		int64_t t;

		snprintf(path, sizeof path, "/sys/class/thermal/thermal_zone%d/temp", i);
		t = number_in(path);
		if (t < 0)
			break;
		if (t > hottest && t < 150000)
			hottest = t;
	}
	return (int)hottest;
}

static int64_t memory_bytes(void)
{
#if defined(__APPLE__)
	int64_t v = -1;
	size_t n = sizeof v;

	return sysctlbyname("hw.memsize", &v, &n, NULL, 0) == 0 ? v : -1;
#elif defined(_SC_PHYS_PAGES)
	int64_t pages = sysconf(_SC_PHYS_PAGES), size = sysconf(_SC_PAGESIZE);

	return pages > 0 && size > 0 ? pages * size : -1;
#else
	return -1;
#endif
}

static int load_milli(int64_t cores)
{
	double load[1];

	if (cores <= 0 || getloadavg(load, 1) != 1)
		return -1;
	return (int)(load[0] * 1000 / (double)cores);
}

/* GitHub's words: x64, arm64, arm. */
static const char *arch_of(const char *machine)
{
	if (rq_eq(machine, "x86_64") || rq_eq(machine, "amd64"))
		return "x64";
	if (rq_eq(machine, "aarch64") || rq_eq(machine, "arm64"))
		return "arm64";
	if (rq_starts(machine, "arm"))
		return "arm";
	if (rq_starts(machine, "i") && rq_eq(machine + 2, "86"))
		return "x86";
	return machine;
}

/* S with what no name may hold made '-'; into A. */
static const char *as_name(struct rq_arena *a, const char *s)
{
	char *name = rq_arena_strn(a, s, strnlen(s, RQ_NAME_MAX - 1));

	for (char *p = name; *p; p++)
		if (!isalnum((unsigned char)*p) && *p != '.' && *p != '_' && *p != '-')
			*p = '-';
	while (*name && !isalnum((unsigned char)*name))
		name++;
	return *name ? name : "localhost";
}

const char *rq_probe_host(struct rq_arena *a)
{
	const char *test = getenv("RELAYQ_TEST_HOST");
	char host[256] = "";

	if (test)
		return as_name(a, test);
	if (gethostname(host, sizeof host - 1) < 0 || !*host)
		return "localhost";
	/* What a person calls the machine: without its domain. */
	host[strcspn(host, ".")] = '\0';
	return as_name(a, host);
}

static int labels_of(struct rq_arena *a, const char *extra, struct rq_runner *r, struct rq_error *e)
{
	struct rq_str s;
	int code;

	rq_str_init(&s, 0);
	rq_str_addf(&s, "self-hosted,%s,%s,%s", r->os, r->arch, r->host);
	if (extra && *extra)
		rq_str_addf(&s, ",%s", extra);
	code = rq_labels_parse(a, rq_str_get(&s), &r->labels, e);
	rq_str_release(&s);
	return code;
}

int rq_probe(struct rq_arena *a, const char *name, const char *extra_labels, const char *state_dir,
	     struct rq_runner *out, struct rq_error *e)
{
	struct utsname u;

	memset(out, 0, sizeof *out);
	if (uname(&u) < 0)
		snprintf(u.sysname, sizeof u.sysname, "unknown");
	out->name = rq_arena_str(a, name);
	out->os = rq_eq(u.sysname, "Darwin") ? "macos" : rq_eq(u.sysname, "Linux") ? "linux" : as_name(a, u.sysname);
	out->arch = as_name(a, arch_of(u.machine));
	out->host = rq_probe_host(a);
	out->version = PACKAGE_VERSION;
	out->started_at = out->seen_at = rq_now();
	out->online = true;
	out->cpu_cores = sysconf(_SC_NPROCESSORS_ONLN);
	out->memory_bytes = memory_bytes();
	out->disk_free_bytes = rq_disk_free(state_dir);
	out->temp_milli_c = temperature();
	out->load_milli = load_milli(out->cpu_cores);
	out->drain_reason = out->drain_by = "";
	find_tools(a, &out->tools);
	return labels_of(a, extra_labels, out, e);
}

/* Our own group in the unified hierarchy, below its mount point. */
static bool own_cgroup(char *out, size_t size)
{
	char *text = NULL, *line, *mount = NULL, *path = NULL, *save = NULL;
	size_t n;
	bool found = false;

	if (rq_file_read("/proc/self/mountinfo", 1 << 20, &text, &n, NULL))
		return false;
	for (line = strtok_r(text, "\n", &save); line && !mount; line = strtok_r(NULL, "\n", &save)) {
		char *dash = strstr(line, " - cgroup2 "), *p = line;

		for (int i = 0; dash && p && i < 4; i++) {
			p = strchr(p, ' ');
			p = p ? p + 1 : NULL;
		}
		if (dash && p)
			mount = rq_strndup(p, strcspn(p, " "));
	}
	rq_free(text);
	if (mount && !rq_file_read("/proc/self/cgroup", 1 << 16, &text, &n, NULL)) {
		for (line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save))
			if (rq_starts(line, "0::"))
				path = line + 3;
		if (path) {
			int len = snprintf(out, size, "%s%s", mount, rq_eq(path, "/") ? "" : path);

			found = len > 0 && (size_t)len < size;
		}
		rq_free(text);
	}
	rq_free(mount);
	return found;
}

const char *rq_probe_cgroup(struct rq_arena *a)
{
	char own[512];

	return own_cgroup(own, sizeof own) ? rq_arena_fmt(a, "%s/relayq", own) : NULL;
}

/* Made when a job needs it, and shared by all agents here: so a killed one leaves no directory of its own behind. */
bool rq_probe_make_cgroup(const char *dir)
{
	char control[700];
	ssize_t done;
	int fd;

	if (mkdir(dir, 0700) < 0)
		return errno == EEXIST;
	/* Nothing runs in the directory itself, so its children may have the memory controller where we have it. */
	snprintf(control, sizeof control, "%s/cgroup.subtree_control", dir);
	fd = open(control, O_WRONLY | O_CLOEXEC);
	if (fd >= 0) {
		/* Where we have it not, the shim limits each process instead. */
		done = write(fd, "+memory", 7);
		(void)done;
		close(fd);
	}
	return true;
}
