/*
 * Keeping the index true to what the verbs did. It is a hint: a failure leaves the old one, which costs
 * time and nothing else.
 */
#include "ctl.h"

#include "file.h"
#include "path.h"

#include <stdlib.h>
#include <string.h>

static const char *
text(const char *value)
{
	return value != NULL ? value : "";
}

void
index_load(struct index *out)
{
	AUTO(text_free) char *path = path_state("index");

	if (path == NULL || index_read(out, path) != 0)
		*out = (struct index){.default_name = "", .config_path = ""};
}

static struct index_account
line_of(const struct belgo_account *account, const char *store)
{
	return (struct index_account){
	    .name = text(account->name),
	    .key = text(account->key),
	    .cache_id = text(account->cache_id),
	    /* what a login takes to renew it */
	    .provider = text(account->resource != NULL ? NULL : account->provider),
	    .issuer = text(account->resource != NULL ? account->resource : account->issuer),
	    .email = text(account->email),
	    .store = store,
	    .subject = text(account->subject)};
}

/* What an update does to the accounts read from the file; may grow the array by `more`. */
struct update {
	void (*change)(struct index *index, const void *arg);
	const void *arg;
	size_t more;
};

/* Under the lock: read, change, write. */
static void
update(struct ctl *ctl, const struct update *how)
{
	AUTO(text_free) char *path = path_state("index");
	AUTO(index_done) struct index index = {0};
	AUTO(fd_close) int lock = -1;
	struct belgo_error cause = {0};
	struct index_account *accounts;

	if (path == NULL || file_lock(&lock, "lock/index", &cause) != BELGO_OK)
		return;
	index_load(&index);
	accounts = reallocarray(index.accounts, index.n + how->more + 1, sizeof(*accounts));
	if (accounts == NULL)
		return;
	index.accounts = accounts;
	how->change(&index, how->arg);
	index.default_name = text(config_string(&ctl->config, "default_account"));
	index.config_path = ctl->config.path;
	index.config = ctl->config.stamp;
	if (index_write(&index, path, &cause) != BELGO_OK && ctl->globals.verbose)
		warn(ctl, "the index was not written: %s", cause.text);
}

static void
remove_line(struct index *index, size_t i)
{
	index->n--;
	memmove(&index->accounts[i], &index->accounts[i + 1], (index->n - i) * sizeof(*index->accounts));
}

/* The account itself, or the one whose name it took: a store has each name once. gone->name NULL: none. */
static int
gives_way(const struct index_account *line, const struct index_account *gone)
{
	return strcmp(line->store, gone->store) == 0 &&
	       (strcmp(line->key, gone->key) == 0 ||
		(gone->name != NULL && strcmp(line->name, gone->name) == 0));
}

static void
forget(struct index *index, const void *arg)
{
	size_t i = 0;

	while (i < index->n)
		if (gives_way(&index->accounts[i], arg))
			remove_line(index, i);
		else
			i++;
}

static void
put(struct index *index, const void *arg)
{
	const struct index_account *line = arg;

	forget(index, line);
	index->accounts[index->n++] = *line;
}

static void
leave(struct index *index, const void *arg)
{
	(void)index;
	(void)arg;
}

void
index_put(struct ctl *ctl, const struct belgo_account *account, const char *store)
{
	const struct index_account line = line_of(account, store);

	update(ctl, &(const struct update){.change = put, .arg = &line, .more = 1});
}

void
index_forget(struct ctl *ctl, const char *key, const char *store)
{
	const struct index_account line = {.key = key, .store = store};

	update(ctl, &(const struct update){.change = forget, .arg = &line});
}

void
index_restamp(struct ctl *ctl)
{
	AUTO(index_done) struct index index = {0};

	index_load(&index);
	if (index.n > 0 && (strcmp(index.config_path, ctl->config.path) != 0 ||
			    !index_stamp_equal(&index.config, &ctl->config.stamp)))
		update(ctl, &(const struct update){.change = leave});
}

/* Every account that was found stands for all of its store's: other stores' lines stay. */
static void
replace_stores(struct index *index, const void *arg)
{
	const struct account_list *list = arg;
	size_t i = 0, s;

	while (i < index->n) {
		for (s = 0; s < list->n_shelves; s++)
			if (strcmp(index->accounts[i].store, list->shelves[s].uri) == 0)
				break;
		if (s < list->n_shelves)
			remove_line(index, i);
		else
			i++;
	}
	for (i = 0; i < list->n; i++)
		index->accounts[index->n++] = line_of(list->rows[i].account, list->rows[i].store);
}

void
index_replace(struct ctl *ctl, const struct account_list *list)
{
	update(ctl, &(const struct update){.change = replace_stores, .arg = list, .more = list->n});
}
