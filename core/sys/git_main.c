/* relayq-git: answers one question about a git repository, and ends. Only its files know libgit2.
 *
 *   relayq-git blob DIR REV PATH        commit oid text       (PATH "": REV is the blob's own id)
 *   relayq-git status DIR PATH          commit oid dirty
 *   relayq-git log DIR REV PATH MAX     commit oid at author subject, again for each, newest first
 *   relayq-git list DIR REV PATH        commit name, again for each file; a directory's name ends in a slash
 *   relayq-git remotes DIR              branch remote url push resolved, again for each, the best first
 *
 * DIR lies in the repository, PATH counts from the top of its work tree. The answer begins with "relayq-git 1\n"; then
 * come records, "NAME SIZE\n" with SIZE bytes and a newline behind; the last is `end`. What failed is one record
 * `error`, "CODE SENTENCE" with a code of core/base/err.h. core/sys/git.c reads it.
 *
 * The repository may be hostile: so this is a process of its own, which libgit2 keeps from other users' repositories,
 * and which cannot write a file, run long or grow large. Hooks and programs named by its settings are never run:
 * libgit2 has none of them. */
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>
#include "core/sys/git_parts.h"

enum { BLOB_MAX = 1 << 20, LOG_MAX = 1000, LIST_MAX = 1000, WORD_MAX = 200, SECONDS = 15, EDGE_MAX = 4096 };

/* --- the answer -------------------------------------------------------------------------- */

void rq_tell(const char *name, const void *data, size_t n)
{
	fprintf(stdout, "%s %zu\n", name, n);
	fwrite(data, 1, n, stdout);
	fputc('\n', stdout);
}

static void record_text(const char *name, const char *text)
{
	size_t n = text ? strlen(text) : 0;

	rq_tell(name, text ? text : "", n < WORD_MAX ? n : WORD_MAX);
}

static void record_oid(const char *name, const git_oid *oid)
{
	char hex[GIT_OID_HEXSZ + 1];

	record_text(name, git_oid_tostr(hex, sizeof hex, oid));
}

int rq_tell_end(void)
{
	rq_tell("end", "", 0);
	return fflush(stdout) || ferror(stdout) ? 1 : 0;
}

static int fail(const char *code, const char *what, const char *in, const char *why)
{
	char text[PATH_MAX * 2 + 512];

	snprintf(text, sizeof text, "%s %s%s%s.", code, what, in, why);
	rq_tell("error", text, strlen(text));
	return rq_tell_end();
}

static const char *git_says(void)
{
	const git_error *e = git_error_last();

	return e && e->message ? e->message : "no reason was given";
}

static int fail_git(int r, const char *what, const char *in)
{
	char why[512];

	snprintf(why, sizeof why, ": %s", git_says());
	return fail(r == GIT_ENOTFOUND ? "not-found" : "failed", what, in, why);
}

/* --- finding things ---------------------------------------------------------------------- */

/* What libgit2 says of one that is not there is of where it looked last. */
static int no_revision(int r, const char *rev)
{
	const char *what = "There is no revision ";

	rev = *rev ? rev : "HEAD";
	return r == GIT_ENOTFOUND ? fail("not-found", what, rev, "") : fail_git(r, what, rev);
}

/* The commit that REV ("": HEAD) means; what is not here may be a branch that is only at the server. */
static int find_commit(git_repository *repo, const char *rev, git_commit **out)
{
	git_object *any = NULL, *commit = NULL;
	int r = git_revparse_single(&any, repo, *rev ? rev : "HEAD");
	char name[PATH_MAX];

	if (r == GIT_ENOTFOUND && *rev && rq_remote_branch(repo, rev, name, sizeof name))
		r = git_revparse_single(&any, repo, name);
	if (!r)
		r = git_object_peel(&commit, any, GIT_OBJECT_COMMIT);
	git_object_free(any);
	*out = (git_commit *)commit;
	return r;
}

/* The blob of PATH in COMMIT; GIT_ENOTFOUND also where it is something else than a file. */
static int find_entry(const git_commit *commit, const char *path, git_oid *oid)
{
	git_tree_entry *entry = NULL;
	git_tree *tree = NULL;
	int r = git_commit_tree(&tree, commit);

	if (!r)
		r = git_tree_entry_bypath(&entry, tree, path);
	if (!r && git_tree_entry_type(entry) != GIT_OBJECT_BLOB)
		r = GIT_ENOTFOUND;
	if (!r)
		git_oid_cpy(oid, git_tree_entry_id(entry));
	git_tree_entry_free(entry);
	git_tree_free(tree);
	return r;
}

/* --- blob -------------------------------------------------------------------------------- */

static int give_blob(git_repository *repo, const git_oid *oid, const char *name)
{
	git_odb *odb = NULL;
	git_blob *blob = NULL;
	git_object_t type;
	size_t size;
	int r = git_repository_odb(&odb, repo);

	/* The size is known before anything is unpacked. */
	if (!r)
		r = git_odb_read_header(&size, &type, odb, oid);
	git_odb_free(odb);
	if (r)
		return fail_git(r, name, " cannot be read");
	if (type != GIT_OBJECT_BLOB)
		return fail("not-found", name, " is no file", "");
	if (size > BLOB_MAX)
		return fail("limit", name, " is larger than 1 MiB", "");
	r = git_blob_lookup(&blob, repo, oid);
	if (r)
		return fail_git(r, name, " cannot be read");
	record_oid("oid", oid);
	rq_tell("text", git_blob_rawcontent(blob), (size_t)git_blob_rawsize(blob));
	git_blob_free(blob);
	return rq_tell_end();
}

static int blob_by_id(git_repository *repo, const char *id)
{
	git_oid oid;

	if (strlen(id) != GIT_OID_HEXSZ || git_oid_fromstr(&oid, id))
		return fail("usage", id, " is no id of a blob", "");
	return give_blob(repo, &oid, id);
}

static int do_blob(git_repository *repo, const char *rev, const char *path)
{
	git_commit *commit = NULL;
	git_oid oid;
	int r;

	if (!*path)
		return blob_by_id(repo, rev);
	if ((r = find_commit(repo, rev, &commit)))
		return no_revision(r, rev);
	if ((r = find_entry(commit, path, &oid))) {
		git_commit_free(commit);
		return fail(r == GIT_ENOTFOUND ? "not-found" : "failed", path, " does not exist at ", *rev ? rev : "HEAD");
	}
	record_oid("commit", git_commit_id(commit));
	git_commit_free(commit);
	return give_blob(repo, &oid, path);
}

/* --- list -------------------------------------------------------------------------------- */

static void tell_entry(const git_tree_entry *entry)
{
	const char *slash = git_tree_entry_type(entry) == GIT_OBJECT_TREE ? "/" : "";
	char name[NAME_MAX + 2];
	int n = snprintf(name, sizeof name, "%s%s", git_tree_entry_name(entry), slash);

	/* Neither links nor other repositories are files that can be read here. */
	if (n > 0 && (size_t)n < sizeof name && (*slash || git_tree_entry_filemode(entry) == GIT_FILEMODE_BLOB ||
						  git_tree_entry_filemode(entry) == GIT_FILEMODE_BLOB_EXECUTABLE))
		rq_tell("name", name, (size_t)n);
}

static int find_tree(git_repository *repo, const git_commit *commit, const char *path, git_tree **out)
{
	git_tree_entry *entry = NULL;
	git_tree *top = NULL;
	int r = git_commit_tree(&top, commit);

	if (!r && !*path) {
		*out = top;
		return 0;
	}
	if (!r)
		r = git_tree_entry_bypath(&entry, top, path);
	if (!r && git_tree_entry_type(entry) != GIT_OBJECT_TREE)
		r = GIT_ENOTFOUND;
	if (!r)
		r = git_tree_lookup(out, repo, git_tree_entry_id(entry));
	git_tree_entry_free(entry);
	git_tree_free(top);
	return r;
}

static int do_list(git_repository *repo, const char *rev, const char *path)
{
	git_commit *commit = NULL;
	git_tree *tree = NULL;
	size_t i, n;
	int r = find_commit(repo, rev, &commit);

	if (r)
		return no_revision(r, rev);
	r = find_tree(repo, commit, path, &tree);
	n = tree ? git_tree_entrycount(tree) : 0;
	if (!r && n <= LIST_MAX)
		record_oid("commit", git_commit_id(commit));
	for (i = 0; i < n && n <= LIST_MAX; i++)
		tell_entry(git_tree_entry_byindex(tree, i));
	git_tree_free(tree);
	git_commit_free(commit);
	if (r)
		return fail(r == GIT_ENOTFOUND ? "not-found" : "failed", path, " is no directory at ", *rev ? rev : "HEAD");
	return n > LIST_MAX ? fail("limit", path, " has more than 1,000 files", "") : rq_tell_end();
}

/* --- status ------------------------------------------------------------------------------ */

/* As git would store it: with the repository's own rules for the ends of lines. */
static bool differs(git_repository *repo, const char *path, const git_oid *oid)
{
	const char *top = git_repository_workdir(repo);
	char full[PATH_MAX];
	struct stat st;
	git_oid now;
	int n;

	if (!top)
		return true;
	n = snprintf(full, sizeof full, "%s%s", top, path);
	if (n < 0 || (size_t)n >= sizeof full || lstat(full, &st) < 0 || !S_ISREG(st.st_mode) || st.st_size > BLOB_MAX)
		return true;
	return git_repository_hashfile(&now, repo, full, GIT_OBJECT_BLOB, NULL) || !git_oid_equal(&now, oid);
}

static int do_status(git_repository *repo, const char *path)
{
	git_commit *commit = NULL;
	bool dirty = true;
	git_oid oid;

	/* A repository without a commit is none to complain about: nothing is stored yet. */
	if (!find_commit(repo, "", &commit)) {
		record_oid("commit", git_commit_id(commit));
		if (!find_entry(commit, path, &oid)) {
			record_oid("oid", &oid);
			dirty = differs(repo, path, &oid);
		}
	}
	git_commit_free(commit);
	record_text("dirty", dirty ? "1" : "0");
	return rq_tell_end();
}

/* --- log --------------------------------------------------------------------------------- */

/* A commit whose history is still to be looked at. */
struct edge {
	git_commit *commit;
	git_oid oid;                    /* of the path there */
	bool there;
};

struct walk {
	const char *path;
	struct edge edge[EDGE_MAX];     /* oldest first */
	size_t n;
	git_oid told[LOG_MAX];
	size_t n_told, max;
};

static bool is_told(const struct walk *w, const git_oid *id)
{
	size_t i;

	for (i = 0; i < w->n_told; i++)
		if (git_oid_equal(&w->told[i], id))
			return true;
	return false;
}

/* Takes COMMIT over. By time, so that the newest is the last. */
static void push(struct walk *w, git_commit *commit)
{
	size_t at = w->n, i;

	for (i = 0; i < w->n; i++)
		if (git_oid_equal(git_commit_id(w->edge[i].commit), git_commit_id(commit)))
			break;
	if (i < w->n || w->n == EDGE_MAX || is_told(w, git_commit_id(commit))) {
		git_commit_free(commit);
		return;
	}
	while (at > 0 && git_commit_time(w->edge[at - 1].commit) > git_commit_time(commit))
		at--;
	memmove(&w->edge[at + 1], &w->edge[at], (w->n - at) * sizeof *w->edge);
	w->edge[at].commit = commit;
	w->edge[at].there = !find_entry(commit, w->path, &w->edge[at].oid);
	w->n++;
}

static bool has_same(const struct walk *w, const struct edge *e, git_commit *parent)
{
	git_oid oid;
	bool there = !find_entry(parent, w->path, &oid);

	return there == e->there && (!there || git_oid_equal(&oid, &e->oid));
}

static void tell(struct walk *w, const struct edge *e)
{
	const git_signature *author = git_commit_author(e->commit);
	char at[32];

	git_oid_cpy(&w->told[w->n_told++], git_commit_id(e->commit));
	record_oid("commit", git_commit_id(e->commit));
	if (e->there)
		record_oid("oid", &e->oid);
	snprintf(at, sizeof at, "%lld", (long long)git_commit_time(e->commit));
	record_text("at", at);
	record_text("author", author ? author->name : "");
	record_text("subject", git_commit_summary(e->commit));
}

/* As git itself simplifies: a commit that has the path as one of its parents has it says nothing new, and only that
 * parent's history counts. */
static void step(struct walk *w)
{
	struct edge e = w->edge[--w->n];
	unsigned i, n = git_commit_parentcount(e.commit);
	git_commit *parent;
	bool same = false;

	for (i = 0; i < n && !same; i++) {
		if (git_commit_parent(&parent, e.commit, i))
			continue;
		same = has_same(w, &e, parent);
		if (same)
			push(w, parent);
		else
			git_commit_free(parent);
	}
	if (!same && (n || e.there))
		tell(w, &e);
	for (i = 0; i < n && !same; i++)
		if (!git_commit_parent(&parent, e.commit, i))
			push(w, parent);
	git_commit_free(e.commit);
}

static int do_log(git_repository *repo, const char *rev, const char *path, const char *max)
{
	static struct walk w;
	git_commit *commit;
	char *end;
	int r = find_commit(repo, rev, &commit);

	if (r)
		return no_revision(r, rev);
	w.path = path;
	w.max = strtoul(max, &end, 10);
	if (*end || !w.max || w.max > LOG_MAX)
		w.max = LOG_MAX;
	push(&w, commit);
	while (w.n && w.n_told < w.max)
		step(&w);
	while (w.n)
		git_commit_free(w.edge[--w.n].commit);
	return rq_tell_end();
}

/* --- starting ---------------------------------------------------------------------------- */

static void limit(int what, rlim_t to)
{
	struct rlimit l = { to, to };

	setrlimit(what, &l);
}

/* Whatever the repository makes of us: no file is written, and it is over soon. */
static void confine(void)
{
	limit(RLIMIT_FSIZE, 0);
	limit(RLIMIT_CORE, 0);
	limit(RLIMIT_CPU, SECONDS);
#if !defined(RQ_SANITIZED) && defined(RLIMIT_AS)
	limit(RLIMIT_AS, (rlim_t)2 << 30);
#endif
	alarm(SECONDS);
}

static int answer(git_repository *repo, char **argv, int n)
{
	const char *what = argv[0];

	if (!strcmp(what, "blob") && n == 4)
		return do_blob(repo, argv[2], argv[3]);
	if (!strcmp(what, "status") && n == 3)
		return do_status(repo, argv[2]);
	if (!strcmp(what, "log") && n == 5)
		return do_log(repo, argv[2], argv[3], argv[4]);
	if (!strcmp(what, "list") && n == 4)
		return do_list(repo, argv[2], argv[3]);
	if (!strcmp(what, "remotes") && n == 2)
		return rq_tell_remotes(repo);
	return fail("usage", what, " is no question to relayq-git", "");
}

/* libgit2 1.5 tells another user's repository as a setting that is missing, unless there is some safe.directory. */
static bool is_foreign(int r)
{
	const git_error *e = git_error_last();

#if LIBGIT2_VER_MAJOR > 1 || LIBGIT2_VER_MINOR >= 5
	if (r == GIT_EOWNER)
		return true;
#endif
	return r == GIT_ENOTFOUND && e && e->klass == GIT_ERROR_CONFIG;
}

int main(int argc, char **argv)
{
	git_repository *repo = NULL;
	int r;

	if (argc < 3) {
		fputs("relayq-git is started by relayq, not by hand\n", stderr);
		return 2;
	}
	confine();
	fputs("relayq-git 1\n", stdout);
	if (git_libgit2_init() < 0)
		return fail("failed", "libgit2 cannot be used: ", git_says(), "");
	/* Large packs in pieces, or they do not fit into what confine() leaves. */
	git_libgit2_opts(GIT_OPT_SET_MWINDOW_SIZE, (size_t)32 << 20);
	git_libgit2_opts(GIT_OPT_SET_MWINDOW_MAPPED_LIMIT, (size_t)256 << 20);
	r = git_repository_open_ext(&repo, argv[2], 0, NULL);
	if (is_foreign(r))
		r = fail("perm", "Git trusts no repository of another user's: to use that of ", argv[2],
			 ", add it to safe.directory of your git configuration (git-config(1))");
	else if (r == GIT_ENOTFOUND)
		r = fail("not-found", argv[2], " lies in no git repository", "");
	else if (r)
		r = fail_git(r, "The git repository of ", argv[2]);
	else
		r = answer(repo, argv + 1, argc - 1);
	git_repository_free(repo);
	git_libgit2_shutdown();
	return r;
}
