/* How long a document is fresh, what a cache entry looks like, and which documents are forgotten first. */
#include "flow/documents.h"

#include <stdlib.h>
#include <string.h>

#include "base/http1.h"
#include "base/json.h"

#define MAX_REMEMBERED 32
#define TTL_MIN 60
#define TTL_MAX (24 * 3600)
#define TTL_DEFAULT 3600

struct bg_documents {
	pthread_mutex_t mutex;
	struct bg_document *items[MAX_REMEMBERED];
	size_t next; /* the slot that is given up when all are taken */
};

void
bg_document_free(struct bg_document **doc)
{
	if (*doc == NULL)
		return;
	bg_str_free(&(*doc)->url);
	bg_str_free(&(*doc)->body);
	bg_str_free(&(*doc)->etag);
	bg_str_free(&(*doc)->last_modified);
	free(*doc);
	*doc = NULL;
}

struct bg_documents *
bg_documents_new(void)
{
	struct bg_documents *docs = bg_calloc(1, sizeof(*docs));

	if (docs != NULL)
		(void)pthread_mutex_init(&docs->mutex, NULL);
	return docs;
}

void
bg_documents_free(struct bg_documents **documents)
{
	if (*documents == NULL)
		return;
	for (size_t i = 0; i < MAX_REMEMBERED; i++)
		bg_document_free(&(*documents)->items[i]);
	(void)pthread_mutex_destroy(&(*documents)->mutex);
	free(*documents);
	*documents = NULL;
}

static belgo_rc
copy(struct bg_document **out, const struct bg_document *in)
{
	BG_AUTO(bg_document_free) struct bg_document *doc = bg_calloc(1, sizeof(*doc));

	if (doc == NULL)
		return BELGO_ENOMEM;
	doc->fetched_at = in->fetched_at;
	doc->fresh_until = in->fresh_until;
	doc->forced_at = in->forced_at;
	BG_TRY(bg_str_set(&doc->url, in->url));
	BG_TRY(bg_str_set(&doc->body, in->body));
	BG_TRY(bg_str_set(&doc->etag, in->etag));
	BG_TRY(bg_str_set(&doc->last_modified, in->last_modified));
	*out = BG_TAKE(doc);
	return BELGO_OK;
}

static belgo_rc
decode(struct bg_document **out, const char *url, const char *text, size_t len)
{
	BG_AUTO(bg_json_free) json_t *json = NULL;
	BG_AUTO(bg_document_free) struct bg_document *doc = bg_calloc(1, sizeof(*doc));
	const char *what = "cached document";

	if (doc == NULL)
		return BELGO_ENOMEM;
	BG_TRY(bg_json_object(&json, text, len, BG_MAX_REPLY, BG_JSON_NUMBERS_STRICT, what, NULL));
	BG_TRY(bg_json_str_dup(&doc->url, json, "url", BG_REQUIRED, what, NULL));
	/* not bg_json_str_dup: a body may well hold newlines */
	if (!bg_str_equal(doc->url, url) || !json_is_string(json_object_get(json, "body")))
		return BELGO_ENOTFOUND;
	if ((doc->body = bg_strdup(json_string_value(json_object_get(json, "body")))) == NULL)
		return BELGO_ENOMEM;
	BG_TRY(bg_json_str_dup(&doc->etag, json, "etag", BG_OPTIONAL, what, NULL));
	BG_TRY(bg_json_str_dup(&doc->last_modified, json, "last_modified", BG_OPTIONAL, what, NULL));
	BG_TRY(bg_json_number(&doc->fetched_at, json, "fetched_at", BG_REQUIRED, what, NULL));
	BG_TRY(bg_json_number(&doc->fresh_until, json, "fresh_until", BG_REQUIRED, what, NULL));
	BG_TRY(bg_json_number(&doc->forced_at, json, "forced_at", BG_OPTIONAL, what, NULL));
	*out = BG_TAKE(doc);
	return BELGO_OK;
}

static belgo_rc
encode(char **out, const struct bg_document *doc)
{
	BG_AUTO(bg_json_free) json_t *json = json_object();

	if (json == NULL)
		return BELGO_ENOMEM;
	BG_TRY(bg_json_set_str(json, "url", doc->url));
	BG_TRY(bg_json_set_str(json, "body", doc->body));
	BG_TRY(bg_json_set_str(json, "etag", doc->etag));
	BG_TRY(bg_json_set_str(json, "last_modified", doc->last_modified));
	BG_TRY(bg_json_set_int(json, "fetched_at", doc->fetched_at));
	BG_TRY(bg_json_set_int(json, "fresh_until", doc->fresh_until));
	BG_TRY(bg_json_set_int(json, "forced_at", doc->forced_at));
	return bg_json_dump(out, json);
}

static belgo_rc
recall(struct bg_document **out, struct bg_documents *docs, const char *url)
{
	belgo_rc rc = BELGO_ENOTFOUND;

	(void)pthread_mutex_lock(&docs->mutex);
	for (size_t i = 0; i < MAX_REMEMBERED && rc == BELGO_ENOTFOUND; i++)
		if (docs->items[i] != NULL && bg_str_equal(docs->items[i]->url, url))
			rc = copy(out, docs->items[i]);
	(void)pthread_mutex_unlock(&docs->mutex);
	return rc;
}

static void
remember(struct bg_documents *docs, const struct bg_document *doc)
{
	struct bg_document *fresh = NULL;
	size_t slot;

	if (copy(&fresh, doc) != BELGO_OK)
		return;
	(void)pthread_mutex_lock(&docs->mutex);
	for (slot = 0; slot < MAX_REMEMBERED; slot++)
		if (docs->items[slot] == NULL || bg_str_equal(docs->items[slot]->url, doc->url))
			break;
	if (slot == MAX_REMEMBERED)
		slot = docs->next++ % MAX_REMEMBERED;
	bg_document_free(&docs->items[slot]);
	docs->items[slot] = fresh;
	(void)pthread_mutex_unlock(&docs->mutex);
}

/* The cache is shared with other processes, so it is asked first: one of them may have refetched. */
belgo_rc
bg_document_load(struct bg_document **out, const struct belgo_client *client, const char *url)
{
	const struct belgo_cache *cache = client->params.cache;
	char *text = NULL;
	size_t len = 0;
	belgo_rc rc = BELGO_ENOTFOUND;

	if (cache != NULL && cache->get(cache->ctx, url, &text, &len) == BELGO_OK) {
		rc = decode(out, url, text, len);
		bg_str_free(&text);
	}
	return rc == BELGO_OK ? BELGO_OK : recall(out, client->documents, url);
}

void
bg_document_keep(const struct belgo_client *client, const struct bg_document *doc)
{
	const struct belgo_cache *cache = client->params.cache;
	BG_AUTO(bg_str_free) char *text = NULL;

	remember(client->documents, doc);
	if (cache != NULL && encode(&text, doc) == BELGO_OK)
		cache->put(cache->ctx, doc->url, text, strlen(text));
}

/* A document from the future was fetched by a clock that was wrong; it is not fresh. */
int
bg_document_is_fresh(const struct bg_document *doc, int64_t now)
{
	return now < doc->fresh_until && now >= doc->fetched_at - TTL_MIN;
}

/* @spec RFC 9111 section 4.2.1, clamped to a minute and a day */
static int64_t
lifetime(const struct belgo_http_response *res)
{
	int64_t age = bg_http_max_age(belgo_http_response_header(res, "cache-control"));

	if (age < 0)
		return TTL_DEFAULT;
	return age < TTL_MIN ? TTL_MIN : age > TTL_MAX ? TTL_MAX : age;
}

belgo_rc
bg_document_from_response(struct bg_document **out, const char *url, const struct bg_document *old,
			  const struct belgo_http_response *res, struct belgo_error *err)
{
	BG_AUTO(bg_document_free) struct bg_document *doc = bg_calloc(1, sizeof(*doc));
	const char *etag = belgo_http_response_header(res, "etag");
	const char *modified = belgo_http_response_header(res, "last-modified");
	int not_modified = res->status == 304 && old != NULL;

	if (doc == NULL || bg_str_set(&doc->url, url) ||
	    bg_str_set(&doc->body, not_modified ? old->body : res->body) ||
	    bg_str_set(&doc->etag, etag == NULL && not_modified ? old->etag : etag) ||
	    bg_str_set(&doc->last_modified, modified == NULL && not_modified ? old->last_modified : modified))
		return bg_fail(err, BELGO_ENOMEM, "out of memory");
	doc->forced_at = old == NULL ? 0 : old->forced_at;
	doc->fetched_at = res->received_at;
	doc->fresh_until = res->received_at + lifetime(res);
	*out = BG_TAKE(doc);
	return BELGO_OK;
}
