/* The store and the caches of the scripted world. */
#include "harness/world_parts.h"

static struct world_item *
find_in(const struct world_item *items, const char *key)
{
	for (size_t i = 0; i < WORLD_MAX_ITEMS; i++)
		if (items[i].key != NULL && strcmp(items[i].key, key) == 0)
			return (struct world_item *)(uintptr_t)&items[i];
	return NULL;
}

static void
set_in(struct world_item *items, const char *key, const char *value)
{
	struct world_item *item = find_in(items, key);

	for (size_t i = 0; item == NULL && i < WORLD_MAX_ITEMS; i++)
		if (items[i].key == NULL) {
			item = &items[i];
			item->key = strdup(key);
		}
	assert_non_null(item);
	free(item->value);
	free(item->staged);
	item->staged = NULL;
	item->value = strdup(value);
}

void
world_item_done(struct world_item *item)
{
	free(item->key);
	free(item->value);
	free(item->staged);
	*item = (struct world_item){0};
}

static belgo_rc
store_call(struct world *w, enum bg_store_verb verb, const char *name, struct belgo_error *err)
{
	struct world_verb *v = &w->verbs[verb];
	void (*fn)(struct world *, void *) = v->fn;

	world_note(w, name);
	v->fn = NULL;
	if (fn != NULL)
		fn(w, v->arg);
	if (v->rc == BELGO_OK || (!v->forever && v->times-- <= 0))
		return BELGO_OK;
	return bg_fail(err, v->rc, "the scripted store fails");
}

static belgo_rc
store_get(void *ctx, const char *key, struct belgo_blob *out, struct belgo_error *err)
{
	WORLD_OWN_MEMORY;
	struct world *w = ctx;
	const struct world_item *item;
	const char *value;

	BG_TRY(store_call(w, BG_STORE_GET, "get", err));
	if ((item = find_in(w->items, key)) == NULL)
		return bg_fail(err, BELGO_ENOTFOUND, "nothing there");
	value = item->staged != NULL ? item->staged : item->value;
	out->len = strlen(value);
	out->data = malloc(out->len); /* and no NUL, which a store need not give */
	assert_non_null(out->data);
	memcpy(out->data, value, out->len);
	return BELGO_OK;
}

/* Another process may be refreshing it. */
static void
assert_locked(const struct world *w, const char *key)
{
	if (w->store.lock != NULL && strncmp(key, "account/", 8) == 0)
		assert_int_equal(w->locks_taken, 1);
}

static belgo_rc
store_put(void *ctx, const char *key, const char *label, const void *data, size_t len,
	  struct belgo_error *err)
{
	WORLD_OWN_MEMORY;
	struct world *w = ctx;
	char *text;

	assert_non_null(label);
	assert_locked(w, key);
	BG_TRY(store_call(w, BG_STORE_PUT, "put", err));
	text = strndup(data, len);
	set_in(w->items, key, text);
	free(text);
	return BELGO_OK;
}

static belgo_rc
store_remove(void *ctx, const char *key, struct belgo_error *err)
{
	WORLD_OWN_MEMORY;
	struct world *w = ctx;
	struct world_item *item;

	if (!w->locks_held)
		assert_locked(w, key);
	BG_TRY(store_call(w, BG_STORE_REMOVE, "remove", err));
	if ((item = find_in(w->items, key)) == NULL)
		return bg_fail(err, BELGO_ENOTFOUND, "nothing there");
	world_item_done(item);
	return BELGO_OK;
}

/* A scripted failure comes after the records, as of a store with one that cannot be read. */
static belgo_rc
store_list(void *ctx, const char *prefix, int (*each)(void *, const char *, const struct belgo_blob *),
	   void *arg, struct belgo_error *err)
{
	struct world *w = ctx;

	for (size_t i = 0; i < WORLD_MAX_ITEMS; i++) {
		struct belgo_blob blob;

		if (w->items[i].key == NULL || strncmp(w->items[i].key, prefix, strlen(prefix)) != 0)
			continue;
		blob.data = (unsigned char *)w->items[i].value;
		blob.len = strlen(w->items[i].value);
		if (each(arg, w->items[i].key, &blob) != 0)
			break;
	}
	WORLD_OWN_MEMORY;
	return store_call(w, BG_STORE_LIST, "list", err);
}

static belgo_rc
store_probe(void *ctx, const char *key, struct belgo_error *err)
{
	WORLD_OWN_MEMORY;

	(void)key;
	return store_call(ctx, BG_STORE_PROBE, "probe", err);
}

static belgo_rc
store_stage(void *ctx, const char *key, const void *data, size_t len, struct belgo_error *err)
{
	WORLD_OWN_MEMORY;
	struct world *w = ctx;
	struct world_item *item;

	BG_TRY(store_call(w, BG_STORE_STAGE, "stage", err));
	item = find_in(w->items, key);
	assert_non_null(item);
	free(item->staged);
	item->staged = strndup(data, len);
	return BELGO_OK;
}

static belgo_rc
store_unstage(void *ctx, const char *key, struct belgo_error *err)
{
	WORLD_OWN_MEMORY;
	struct world *w = ctx;
	struct world_item *item;

	BG_TRY(store_call(w, BG_STORE_UNSTAGE, "unstage", err));
	item = find_in(w->items, key);
	assert_non_null(item);
	free(item->staged);
	item->staged = NULL;
	return BELGO_OK;
}

static belgo_rc
store_lock(void *ctx, const char *key, struct belgo_lock **out, long *holder, struct belgo_error *err)
{
	WORLD_OWN_MEMORY;
	struct world *w = ctx;

	assert_non_null(key);
	BG_TRY(store_call(w, BG_STORE_LOCK, "lock", err));
	if (w->locks_held) {
		*holder = w->locks_held;
		return BELGO_EBUSY;
	}
	w->locks_taken++;
	*out = (struct belgo_lock *)w;
	return BELGO_OK;
}

static void
store_unlock(void *ctx, struct belgo_lock *lock)
{
	WORLD_OWN_MEMORY;
	struct world *w = ctx;

	assert_ptr_equal(lock, w);
	w->locks_taken--;
	world_note(w, "unlock");
}

static void
access_put(void *ctx, const char *id, const char *type, const char *token, int64_t expires_at, int64_t now)
{
	WORLD_OWN_MEMORY;
	struct world *w = ctx;

	assert_int_equal(strlen(id), 64);
	assert_non_null(type);
	assert_true(expires_at == 0 || now <= expires_at);
	free(w->cached);
	w->cached = strdup(token);
}

static void
access_purge(void *ctx, const char *id)
{
	struct world *w = ctx;

	assert_int_equal(strlen(id), 64);
	free(w->cached);
	w->cached = NULL;
}

static belgo_rc
cache_get(void *ctx, const char *key, char **out, size_t *out_len)
{
	WORLD_OWN_MEMORY;
	const struct world *w = ctx;
	const struct world_item *item = find_in(w->documents, key);

	if (item == NULL)
		return BELGO_ENOTFOUND;
	*out = strdup(item->value);
	*out_len = strlen(item->value);
	return BELGO_OK;
}

static void
cache_put(void *ctx, const char *key, const char *value, size_t len)
{
	WORLD_OWN_MEMORY;
	struct world *w = ctx;

	assert_int_equal(strlen(value), len);
	set_in(w->documents, key, value);
}

static void
cache_remove(void *ctx, const char *key)
{
	struct world *w = ctx;
	struct world_item *item = find_in(w->documents, key);

	if (item != NULL)
		world_item_done(item);
}

void
world_store_init(struct world *w)
{
	w->store = (struct belgo_store){.ctx = w,
					.get = store_get,
					.put = store_put,
					.remove = store_remove,
					.list = store_list,
					.probe = store_probe,
					.stage = store_stage,
					.unstage = store_unstage,
					.lock = store_lock,
					.unlock = store_unlock,
					.uri = (char *)(uintptr_t) "memory",
					.identity = (char *)(uintptr_t) "world"};
	w->access_cache = (struct belgo_access_cache){.ctx = w, .put = access_put, .purge = access_purge};
	w->cache = (struct belgo_cache){.ctx = w, .get = cache_get, .put = cache_put, .remove = cache_remove};
}

void
world_store_done(struct world *w)
{
	for (size_t i = 0; i < WORLD_MAX_ITEMS; i++) {
		world_item_done(&w->items[i]);
		world_item_done(&w->documents[i]);
	}
	free(w->cached);
}

struct belgo_store *
world_store(struct world *w)
{
	return &w->store;
}

void
world_store_fails(struct world *w, enum bg_store_verb verb, belgo_rc rc, int times)
{
	w->verbs[verb].rc = rc;
	w->verbs[verb].times = times;
	w->verbs[verb].forever = times == 0;
}

void
world_store_before(struct world *w, enum bg_store_verb verb, void (*fn)(struct world *, void *), void *arg)
{
	w->verbs[verb].fn = fn;
	w->verbs[verb].arg = arg;
}

const char *
world_store_value(const struct world *w, const char *key)
{
	const struct world_item *item = find_in(w->items, key);

	return item == NULL ? NULL : item->value;
}

const char *
world_store_staged(const struct world *w, const char *key)
{
	const struct world_item *item = find_in(w->items, key);

	return item == NULL ? NULL : item->staged;
}

void
world_store_set(struct world *w, const char *key, const char *value)
{
	struct world_item *item = find_in(w->items, key);

	if (value != NULL)
		set_in(w->items, key, value);
	else if (item != NULL)
		world_item_done(item);
}

void
world_store_set_staged(struct world *w, const char *key, const char *value)
{
	struct world_item *item = find_in(w->items, key);

	assert_non_null(item);
	free(item->staged);
	item->staged = strdup(value);
}

void
world_hold_locks(struct world *w, int holder)
{
	w->locks_held = holder;
}

int
world_locks_taken(const struct world *w)
{
	return w->locks_taken;
}

const char *
world_cached_token(const struct world *w)
{
	return w->cached;
}

const char *
world_document(const struct world *w, const char *url)
{
	const struct world_item *item = find_in(w->documents, url);

	return item == NULL ? NULL : item->value;
}

void
world_document_set(struct world *w, const char *url, const char *value)
{
	set_in(w->documents, url, value);
}
