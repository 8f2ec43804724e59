/*
 * The file store at a power cut: after each change that an operation makes on the disk, and in each state in
 * which a disk may then be found that was promised nothing beyond fsync(). The store that is opened on it
 * must find the old record or the new one, and the new one alone once it was promised; and the same where the
 * cut meets a process that goes on after another was killed.
 */
#include "power.h"
#include "scratch.h"

#include <belgoauth/store.h>

#include <sys/stat.h>
#include <unistd.h>

static const char key[] = "account/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
static const char other[] = "account/bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";

/* The key of the store, beside the disk of the moment: that has one path, for a store is known by its own. */
static char key_file[512], disk[512];

static struct belgo_store *
open_store(void)
{
	struct belgo_store *store = NULL;
	char uri[600], state_dir[600];
	const struct belgo_store_params params = {.uri = uri, .state_dir = state_dir, .key_file = key_file};

	snprintf(uri, sizeof(uri), "file:%s/share/store", disk);
	snprintf(state_dir, sizeof(state_dir), "%s/state", disk);
	assert_int_equal(belgo_store_open(&store, &params, NULL), BELGO_OK);
	return store;
}

static belgo_rc
put(struct belgo_store *store, const char *name, const char *text, struct belgo_error *err)
{
	return store->put(store->ctx, name, "label", text, strlen(text), err);
}

/* What get() finds: one of the texts below, "" for no record, "?" for a failure or a stranger. */
static const char *
found(struct belgo_store *store, const char *name, struct belgo_error *err)
{
	static const char *const texts[] = {"older", "old", "staged", "new", "newer", "next", "other"};
	struct belgo_blob blob = {0};
	const char *text = "?";
	belgo_rc rc = store->get(store->ctx, name, &blob, err);

	if (rc != BELGO_OK)
		return rc == BELGO_ENOTFOUND ? "" : "?";
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (blob.len == strlen(texts[i]) && memcmp(blob.data, texts[i], blob.len) == 0)
			text = texts[i];
	belgo_blob_done(&blob);
	return text;
}

/* What a process does, and what is promised when it returns: text, or what was there before. */
struct act {
	enum { END, LOOK, PROBE, STAGE, UNSTAGE, PUT, REMOVE } verb;
	const char *text;
};

enum before { NOTHING, OLD, STAGED, RECOVERED };

struct story {
	const char *name;
	enum before before;
	struct act first[4];
	struct act second[5]; /* of a process that finds what the first left when it was killed */
};

/* A process that goes on looks before it trusts; probe() is what the refresh token is spent after. */
static const struct story stories[] = {
    {"first put", NOTHING, {{PUT, "new"}}, {{PROBE, NULL}, {PUT, "newer"}}},
    {"probe, first put", NOTHING, {{PROBE, NULL}, {PUT, "new"}}, {{PROBE, NULL}, {PUT, "newer"}}},
    {"put", OLD, {{PUT, "new"}}, {{LOOK, NULL}, {PROBE, NULL}, {PUT, "newer"}}},
    {"refresh", OLD, {{PROBE, NULL}, {PUT, "new"}}, {{LOOK, NULL}, {PROBE, NULL}, {PUT, "newer"}}},
    {"refresh with an ID token",
     OLD,
     {{PROBE, NULL}, {STAGE, "new"}, {PUT, "new"}},
     {{LOOK, NULL}, {PROBE, NULL}, {STAGE, "newer"}, {PUT, "newer"}}},
    {"refused ID token",
     OLD,
     {{PROBE, NULL}, {STAGE, "new"}, {UNSTAGE, "old"}},
     {{LOOK, NULL}, {PROBE, NULL}, {STAGE, "newer"}, {UNSTAGE, NULL}}},
    {"refresh over a staged record",
     STAGED,
     {{PROBE, NULL}, {STAGE, "new"}, {PUT, "new"}},
     {{LOOK, NULL}, {PROBE, NULL}, {STAGE, "newer"}, {PUT, "newer"}}},
    {"refresh over a recovery record",
     RECOVERED,
     {{PROBE, NULL}, {STAGE, "new"}, {PUT, "new"}},
     {{LOOK, NULL}, {PROBE, NULL}, {STAGE, "newer"}, {UNSTAGE, NULL}}},
    {"refused ID token over a recovery record",
     RECOVERED,
     {{PROBE, NULL}, {STAGE, "new"}, {UNSTAGE, "old"}},
     {{LOOK, NULL}, {PROBE, NULL}, {PUT, "newer"}}},
    {"remove", OLD, {{REMOVE, ""}}, {{LOOK, NULL}, {PROBE, NULL}, {PUT, "newer"}}},
    {"remove with a staged record", STAGED, {{REMOVE, ""}}, {{LOOK, NULL}, {PROBE, NULL}, {PUT, "newer"}}},
    {"refresh, then remove", OLD, {{PROBE, NULL}, {STAGE, "new"}, {PUT, "new"}}, {{REMOVE, ""}}},
};

/* What may be found. */
struct allowed {
	const char *texts[8];
	size_t n;
};

static int
is_allowed(const struct allowed *allowed, const char *text)
{
	for (size_t i = 0; i < allowed->n; i++)
		if (strcmp(allowed->texts[i], text) == 0)
			return 1;
	return 0;
}

static void
allow(struct allowed *allowed, const char *text)
{
	if (is_allowed(allowed, text))
		return;
	assert_true(allowed->n < sizeof(allowed->texts) / sizeof(allowed->texts[0]));
	allowed->texts[allowed->n++] = text;
}

static void
prepare(enum before before)
{
	struct belgo_store *store;
	char dir[600];

	if (before == NOTHING)
		return;
	store = open_store();
	assert_int_equal(put(store, other, "other", NULL), BELGO_OK);
	assert_int_equal(put(store, key, before == RECOVERED ? "older" : "old", NULL), BELGO_OK);
	if (before == STAGED)
		assert_int_equal(store->stage(store->ctx, key, "staged", 6, NULL), BELGO_OK);
	if (before == RECOVERED) {
		snprintf(dir, sizeof(dir), "%s/share/store", disk);
		assert_int_equal(chmod(dir, 0755), 0); /* which it does not accept */
		assert_int_equal(put(store, key, "old", NULL), BELGO_OK);
		assert_int_equal(store->in_recovery, 1);
		assert_int_equal(chmod(dir, 0700), 0);
	}
	belgo_store_free(&store);
}

static belgo_rc
do_act(struct belgo_store *store, const struct act *act)
{
	switch (act->verb) {
	case PROBE:
		return store->probe(store->ctx, key, NULL);
	case STAGE:
		return store->stage(store->ctx, key, act->text, strlen(act->text), NULL);
	case UNSTAGE:
		return store->unstage(store->ctx, key, NULL);
	case PUT:
		return put(store, key, act->text, NULL);
	case REMOVE:
		return store->remove(store->ctx, key, NULL);
	default:
		return BELGO_OK;
	}
}

/* What may be found after each change of a log. */
struct history {
	struct power_log log;
	struct allowed *allowed; /* log.n + 1 of them from `from` on */
	size_t from;
};

static void
note_promises(struct history *history, size_t done, const struct allowed *during, const struct allowed *after)
{
	size_t n = history->log.n;

	history->allowed = reallocarray(history->allowed, n + 1, sizeof(*during));
	assert_non_null(history->allowed);
	for (size_t i = done; i < n; i++)
		history->allowed[i] = *during;
	history->allowed[n] = *after;
}

/* One process does its acts; the log grows. It starts where `allowed` may be found. */
static void
live(struct history *history, const struct act *acts, struct allowed allowed)
{
	struct belgo_store *store = open_store();
	const char *seen = "";
	size_t done = history->log.n;

	history->from = done;
	note_promises(history, done, &allowed, &allowed);
	for (const struct act *act = acts; act->verb != END; act++) {
		struct allowed during = allowed;
		const char *text = act->text;

		power_record(&history->log, disk);
		if (do_act(store, act) != BELGO_OK)
			fail_msg("act %td fails", act - acts);
		power_pause();
		if (act->verb == LOOK || (act == acts && act->verb == PROBE)) {
			seen = found(store, key, NULL);
			if (!is_allowed(&allowed, seen))
				fail_msg("\"%s\" is found by the next process", seen);
		}
		if (text == NULL)
			text = seen;
		if (act->verb != LOOK) {
			allow(&during, text);
			allowed = (struct allowed){.texts = {text}, .n = 1};
		}
		note_promises(history, done, &during, &allowed);
		done = history->log.n;
	}
	/* What it gives up when it ends is no promise of anybody's, but it is a change. */
	power_record(&history->log, disk);
	belgo_store_free(&store);
	power_pause();
	note_promises(history, done, &allowed, &allowed);
}

struct check {
	const char *name;
	const struct allowed *allowed;
	enum before before;
	size_t first, second; /* the changes of either process */
};

static void
check_state(void *arg)
{
	const struct check *check = arg;
	struct belgo_store *store = open_store();
	struct belgo_error err = {0};
	const char *text = found(store, key, &err);

	if (!is_allowed(check->allowed, text))
		fail_msg("%s, cut after %zu and %zu changes: \"%s\" is found (%s)", check->name, check->first,
			 check->second, text, err.text);
	if (check->before != NOTHING && strcmp(found(store, other, &err), "other") != 0)
		fail_msg("%s, cut after %zu and %zu changes: another record is lost (%s)", check->name,
			 check->first, check->second, err.text);
	/* And it goes on from there. */
	if (store->probe(store->ctx, key, &err) != BELGO_OK || put(store, key, "next", &err) != BELGO_OK ||
	    strcmp(found(store, key, &err), "next") != 0)
		fail_msg("%s, cut after %zu and %zu changes: nothing can be put any more (%s)", check->name,
			 check->first, check->second, err.text);
	belgo_store_free(&store);
}

static size_t n_cuts, n_states;

static void
cut_each(const struct history *history, struct check *check, size_t *at)
{
	for (size_t n = history->from; n <= history->log.n; n++) {
		uint64_t salt = check->before;

		check->allowed = &history->allowed[n];
		for (size_t i = 0; i < check->allowed->n; i++)
			for (const char *c = check->allowed->texts[i]; *c != '\0'; c++)
				salt = salt * 31 + (unsigned char)*c;
		*at = n - history->from;
		n_states += power_cut(&history->log, n, disk, salt, check_state, check);
		n_cuts++;
	}
}

/* The second process goes on in what the first left behind when it was killed after n changes. */
static void
go_on(const struct story *story, const struct history *first, size_t n)
{
	struct history history = {0};
	struct check check = {.name = story->name, .before = story->before, .first = n - first->from};

	history.log.changes = calloc(n + 1, sizeof(*history.log.changes));
	assert_non_null(history.log.changes);
	memcpy(history.log.changes, first->log.changes, n * sizeof(*history.log.changes));
	history.log.n = n;
	power_write_seen(&history.log, n, disk);
	power_seed(2);
	live(&history, story->second, first->allowed[n]);
	power_remove(disk);
	cut_each(&history, &check, &check.second);
	power_log_done(&history.log);
	free(history.allowed);
}

static void
run(const struct story *story)
{
	static const char *const texts[] = {
	    [NOTHING] = "", [OLD] = "old", [STAGED] = "staged", [RECOVERED] = "old"};
	struct history history = {0};
	struct check check = {.name = story->name, .before = story->before};
	struct allowed allowed = {.texts = {texts[story->before]}, .n = 1};

	assert_int_equal(mkdir(disk, 0700), 0);
	power_seed(1);
	power_record(&history.log, disk);
	prepare(story->before);
	power_pause();
	power_settle(&history.log);
	live(&history, story->first, allowed);
	power_remove(disk);
	cut_each(&history, &check, &check.first);
	for (size_t n = history.from; n <= history.log.n; n++)
		go_on(story, &history, n);
	power_log_done(&history.log);
	free(history.allowed);
}

static void
test_store__loses_no_record_when_the_power_is_cut(void **state)
{
	(void)scratch_path(disk, *state, "disk");
	scratch_write(scratch_path(key_file, *state, "key"), "0123456789abcdef0123456789abcdef", 32, 0600);
	for (size_t i = 0; i < sizeof(stories) / sizeof(stories[0]); i++)
		run(&stories[i]);
	print_message("%zu power cuts, %zu different states of the disk\n", n_cuts, n_states);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_store__loses_no_record_when_the_power_is_cut, scratch_setup,
					    scratch_teardown),
	};

	/* In memory that takes a tenth of the time. */
	if (access("/dev/shm", R_OK | W_OK | X_OK) == 0)
		(void)setenv("TMPDIR", "/dev/shm", 0);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
