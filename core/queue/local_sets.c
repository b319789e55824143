/* local_sets.c - label sets, interned, and concurrency groups. */
#include <stdlib.h>
#include <string.h>
#include "core/base/mem.h"
#include "core/queue/local.h"

static int by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static char *lower(char *s)
{
	for (char *p = s; *p; p++)
		if (*p >= 'A' && *p <= 'Z')
			*p = (char)(*p + ('a' - 'A'));
	return s;
}

/* "@rpi4,audio,self-hosted": the target first, then the labels, lower case, sorted, each once. "=rpi4,..." for a job
 * that was placed there. */
static void canonical(const struct rq_labels *labels, char sign, const char *target, struct rq_str *out)
{
	const char *v[RQ_LABELS_MAX];
	size_t n = labels->n < RQ_LABELS_MAX ? labels->n : RQ_LABELS_MAX;
	struct rq_arena a = { 0 };

	if (target && *target)
		rq_str_addf(out, "%c%s", sign, lower(rq_arena_str(&a, target)));
	for (size_t i = 0; i < n; i++)
		v[i] = lower(rq_arena_str(&a, labels->v[i]));
	qsort(v, n, sizeof *v, by_text);
	for (size_t i = 0; i < n; i++) {
		if (i && strcmp(v[i], v[i - 1]) == 0)
			continue;
		if (out->len)
			rq_str_addc(out, ',');
		rq_str_add(out, v[i]);
	}
	rq_arena_release(&a);
}

static int64_t intern(struct rq_local *l, const struct rq_labels *labels, char sign, const char *target)
{
	struct rq_str canon;
	struct rq_stmt *s;
	int64_t id = 0;

	rq_str_init(&canon, 0);
	canonical(labels, sign, target, &canon);
	s = rq_db_stmt(l->db, "SELECT id FROM label_set WHERE canon=?");
	rq_bind_str(s, 1, rq_str_get(&canon));
	if (rq_stmt_row(s))
		id = rq_col_int(s, 0);
	rq_stmt_done(s);
	if (!id) {
		s = rq_db_stmt(l->db, "INSERT INTO label_set(canon)VALUES(?)");
		rq_bind_str(s, 1, rq_str_get(&canon));
		rq_stmt_exec(s, NULL);
		id = rq_db_last_id(l->db);
	}
	rq_str_release(&canon);
	return id;
}

int64_t rq_local_set(struct rq_local *l, const struct rq_labels *labels, const char *target)
{
	return intern(l, labels, '@', target);
}

int64_t rq_local_set_placed(struct rq_local *l, const struct rq_labels *labels, const char *runner)
{
	return intern(l, labels, '=', runner);
}

static struct rq_set *read_set(int64_t id, const char *canon)
{
	struct rq_set *set = rq_alloc(sizeof *set);
	char *text = rq_arena_str(&set->arena, canon), *comma;

	set->id = id;
	set->target = "";
	set->placed = *text == '=';
	if (*text == '@' || set->placed) {
		set->target = text + 1;
		comma = strchr(text, ',');
		text = comma ? comma + 1 : text + strlen(text);
		if (comma)
			*comma = '\0';
	}
	rq_labels_parse(&set->arena, text, &set->labels, NULL);
	return set;
}

void rq_local_sets_load(struct rq_local *l)
{
	struct rq_stmt *s = rq_db_stmt(l->db, "SELECT id,canon FROM label_set WHERE id>? ORDER BY id");

	rq_bind_int(s, 1, l->n_sets ? l->sets[l->n_sets - 1]->id : 0);
	while (rq_stmt_row(s)) {
		struct rq_set *set = read_set(rq_col_int(s, 0), rq_col_str(s, 1));

		RQ_GROW(l->sets, l->n_sets, &l->cap_sets);
		set->at = l->n_sets;
		l->sets[l->n_sets++] = set;
	}
	rq_stmt_done(s);
}

const struct rq_set *rq_local_set_get(struct rq_local *l, int64_t id)
{
	size_t from = 0, to = l->n_sets;

	while (from < to) {
		size_t mid = (from + to) / 2;

		if (l->sets[mid]->id == id)
			return l->sets[mid];
		if (l->sets[mid]->id < id)
			from = mid + 1;
		else
			to = mid;
	}
	return NULL;
}

void rq_local_sets_forget(struct rq_local *l)
{
	while (l->n_sets) {
		struct rq_set *set = l->sets[--l->n_sets];

		rq_arena_release(&set->arena);
		rq_free(set);
	}
}

bool rq_local_set_fits(const struct rq_set *set, const struct rq_labels *have, const char *runner)
{
	if (*set->target && !rq_ieq(set->target, runner))
		return false;
	return set->placed || rq_labels_subset(&set->labels, have, NULL);
}

/* --- groups ------------------------------------------------------------------------------- */

static void set_limit(struct rq_local *l, int64_t grp, int limit)
{
	struct rq_stmt *s = rq_db_stmt(l->db, "UPDATE grp SET lim=? WHERE id=? AND lim<>?1");

	rq_bind_int(s, 1, limit);
	rq_bind_int(s, 2, grp);
	rq_stmt_exec(s, NULL);
	if (rq_db_changes(l->db))
		rq_local_group_fill(l, grp);
}

int64_t rq_local_group(struct rq_local *l, const char *name, int limit)
{
	struct rq_stmt *s = rq_db_stmt(l->db, "SELECT id FROM grp WHERE name=?");
	int64_t id = 0;

	rq_bind_str(s, 1, name);
	if (rq_stmt_row(s))
		id = rq_col_int(s, 0);
	rq_stmt_done(s);
	if (id) {
		if (limit)
			set_limit(l, id, limit);
		return id;
	}
	s = rq_db_stmt(l->db, "INSERT INTO grp(name,lim)VALUES(?,?)");
	rq_bind_str(s, 1, name);
	rq_bind_int(s, 2, limit ? limit : 1);
	rq_stmt_exec(s, NULL);
	return rq_db_last_id(l->db);
}

int64_t rq_local_group_room(struct rq_local *l, int64_t grp)
{
	struct rq_stmt *s = rq_db_stmt(l->db,
		"SELECT lim-(SELECT count(*) FROM job WHERE grp=?1 AND state='leased' AND state<>'done')"
		" FROM grp WHERE id=?1");
	int64_t room = 0;

	rq_bind_int(s, 1, grp);
	if (rq_stmt_row(s))
		room = rq_col_int(s, 0);
	rq_stmt_done(s);
	return room;
}

/* Room is counted for each label set by itself: a job that no runner may take must not keep the others parked. */
void rq_local_group_fill(struct rq_local *l, int64_t grp)
{
	int64_t room = rq_local_group_room(l, grp), set = 0;
	struct rq_stmt *s;

	while (room > 0) {
		s = rq_db_stmt(l->db, "SELECT min(set_id) FROM job WHERE grp=? AND state='parked' AND state<>'done'"
				      " AND set_id>?");
		rq_bind_int(s, 1, grp);
		rq_bind_int(s, 2, set);
		set = rq_stmt_row(s) ? rq_col_int(s, 0) : 0;
		rq_stmt_done(s);
		if (!set)
			return;
		s = rq_db_stmt(l->db,
			"UPDATE job SET state='ready',reason=NULL WHERE id IN(SELECT id FROM job WHERE grp=?1"
			" AND state='parked' AND state<>'done' AND set_id=?2 ORDER BY priority DESC,id LIMIT max(0,?3-"
			"(SELECT count(*) FROM(SELECT 1 FROM job WHERE grp=?1 AND state='ready' AND state<>'done'"
			" AND set_id=?2 LIMIT ?3))))");
		rq_bind_int(s, 1, grp);
		rq_bind_int(s, 2, set);
		rq_bind_int(s, 3, room);
		rq_stmt_exec(s, NULL);
	}
}
