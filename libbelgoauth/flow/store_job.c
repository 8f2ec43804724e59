/* One call of the store seam, with its arguments and its answer as a value, so that a driver can do it
 * anywhere. */
#include "flow/op.h"

#include <stdlib.h>
#include <string.h>

struct collector {
	struct bg_store_job *job;
	belgo_rc rc;
};

static int
collect(void *arg, const char *key, const struct belgo_blob *blob)
{
	struct collector *c = arg;
	struct bg_store_job *job = c->job;
	struct bg_store_item *items = reallocarray(job->items, job->n_items + 1, sizeof(*items));
	struct bg_store_item item = {0};

	if (items == NULL) {
		c->rc = BELGO_ENOMEM;
		return 1;
	}
	job->items = items;
	item.key = bg_strdup(key);
	/* a record without a byte is a damaged one, and no reason to hide the others */
	item.blob.data =
	    (unsigned char *)bg_strndup(blob->len > 0 ? (const char *)blob->data : "", blob->len);
	item.blob.len = blob->len;
	items[job->n_items++] = item;
	if (item.key == NULL || item.blob.data == NULL) {
		c->rc = BELGO_ENOMEM;
		return 1;
	}
	return 0;
}

static belgo_rc
list(struct bg_store_job *job, const struct belgo_store *store, struct belgo_error *err)
{
	struct collector c = {.job = job};
	belgo_rc rc = store->list(store->ctx, job->key, collect, &c, err);

	if (c.rc == BELGO_OK)
		return rc;
	bg_error_reset(
	    err); /* a list that was cut short is no partial answer, whatever else ails the store */
	return bg_fail(err, c.rc, "out of memory");
}

static belgo_rc
put(struct bg_store_job *job, const struct belgo_store *s, struct belgo_error *err)
{
	belgo_rc rc = s->put(s->ctx, job->key, job->label, job->blob.data, job->blob.len, err);

	job->in_recovery = s->in_recovery;
	return rc;
}

static belgo_rc
run(struct bg_store_job *job, const struct belgo_store *s, struct belgo_error *err)
{
	switch (job->verb) {
	case BG_STORE_GET:
		return s->get(s->ctx, job->key, &job->blob, err);
	case BG_STORE_PUT:
		return put(job, s, err);
	case BG_STORE_REMOVE:
		return s->remove(s->ctx, job->key, err);
	case BG_STORE_LIST:
		return list(job, s, err);
	case BG_STORE_PROBE:
		return s->probe == NULL ? BELGO_OK : s->probe(s->ctx, job->key, err);
	case BG_STORE_STAGE:
		return s->stage == NULL ? BELGO_OK
					: s->stage(s->ctx, job->key, job->blob.data, job->blob.len, err);
	case BG_STORE_UNSTAGE:
		return s->unstage == NULL ? BELGO_OK : s->unstage(s->ctx, job->key, err);
	case BG_STORE_LOCK:
		return s->lock == NULL ? BELGO_OK : s->lock(s->ctx, job->key, &job->lock, &job->holder, err);
	}
	return bg_fail(err, BELGO_EINTERNAL, "an unknown call of the store");
}

belgo_rc
bg_store_job_run(struct bg_store_job *job, struct belgo_client *client, struct belgo_error *err)
{
	belgo_rc rc;

	if (client->params.store == NULL)
		return bg_fail(err, BELGO_EINVAL, "this client has no store");
	(void)pthread_mutex_lock(&client->store_mutex);
	rc = run(job, client->params.store, err);
	(void)pthread_mutex_unlock(&client->store_mutex);
	return rc;
}

void
bg_store_job_done(struct bg_store_job *job)
{
	bg_str_free(&job->key);
	bg_str_free(&job->label);
	belgo_blob_done(&job->blob);
	for (size_t i = 0; i < job->n_items; i++) {
		bg_str_free(&job->items[i].key);
		belgo_blob_done(&job->items[i].blob);
	}
	free(job->items);
	*job = (struct bg_store_job){0};
}
