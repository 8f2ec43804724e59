/* The steps of finding the key that signed a token. */
#include "flow/keys.h"

#include <stdlib.h>
#include <string.h>

#include "flow/documents.h"
#include "proto/jwks.h"

#define FORCED_COOL_DOWN 60
#define MAX_STALE (24 * 3600)

struct find {
	struct bg_jwk **out;
	int *keys_missing;
	const struct bg_key_search *search;
	struct bg_document *doc;
	struct bg_jwks *keys;
	int fetched; /* during this frame */
	int forced;  /* the fetch under way is one that an unknown key forced */
};

static void
find_free(void *frame)
{
	struct find *f = frame;

	bg_document_free(&f->doc);
	bg_jwks_free(&f->keys);
	free(f);
}

static bg_step_fn keys_replied;

static belgo_rc
fetch_keys(struct belgo_op *op, struct find *f, struct belgo_error *err)
{
	struct belgo_http_request req = {0};

	f->fetched = 1;
	BG_TRY(bg_jwks_request(&req, f->search->jwks_uri, f->doc == NULL || f->forced ? NULL : f->doc->etag,
			       err));
	return bg_op_send(op, &req, keys_replied);
}

/*
 * A key that is not in a cached set may have come since: one refetch, and then none for a minute whoever
 * asks, so that nobody can make us hammer the provider with made-up key ids.
 */
static int
may_refetch(const struct belgo_op *op, const struct find *f)
{
	int64_t now = bg_op_now(op);

	if (f->fetched || f->doc == NULL)
		return 0;
	/* a minute that begins in the future was begun by a clock that was wrong */
	return f->doc->forced_at > now || now - f->doc->forced_at >= FORCED_COOL_DOWN;
}

/* The minute begins with the attempt: a provider that is down must not be asked at every made-up key id. */
static belgo_rc
force_refetch(struct belgo_op *op, struct find *f, struct belgo_error *err)
{
	f->forced = 1;
	f->doc->forced_at = bg_op_now(op);
	bg_document_keep(op->client, f->doc);
	return fetch_keys(op, f, err);
}

static belgo_rc
choose_key(struct belgo_op *op, struct find *f, struct belgo_error *err)
{
	belgo_rc rc = bg_jwks_select(f->out, f->keys, f->search->jws->alg, f->search->jws->kid, err);

	if (rc != BELGO_ENOTFOUND)
		return rc;
	bg_error_reset(err);
	if (may_refetch(op, f))
		return force_refetch(op, f, err);
	return bg_fail(err, BELGO_ESIGNATURE, "%s is signed with a key that %s does not publish",
		       f->search->what, f->search->issuer);
}

/* The old set may go on serving for a while where it knows this very key and no newer one is to be had. */
static int
may_use_stale(const struct belgo_op *op, const struct find *f)
{
	return f->keys != NULL && !f->forced && bg_op_now(op) < f->doc->fresh_until + MAX_STALE &&
	       bg_jwks_has_kid(f->keys, f->search->jws->kid);
}

/* Takes the set that has come, and remembers it. */
static belgo_rc
take_keys(struct belgo_op *op, struct find *f, struct belgo_error *err)
{
	BG_AUTO(bg_document_free) struct bg_document *doc = NULL;
	BG_AUTO(bg_jwks_free) struct bg_jwks *keys = NULL;

	if (op->response.status == 304 && f->doc != NULL && !f->forced)
		BG_TRY(bg_jwks_parse(&keys, f->doc->body, strlen(f->doc->body), err));
	else
		BG_TRY(bg_jwks_response(&keys, &op->response, err));
	BG_TRY(bg_document_from_response(&doc, f->search->jwks_uri, f->doc, &op->response, err));
	bg_document_keep(op->client, doc);
	bg_jwks_free(&f->keys);
	f->keys = BG_TAKE(keys);
	return BELGO_OK;
}

/* @spec OpenID Connect Core section 10.1.1 */
static belgo_rc
keys_replied(struct belgo_op *op, void *frame, belgo_rc awaited, struct belgo_error *err)
{
	struct find *f = frame;

	if (awaited == BELGO_OK)
		awaited = take_keys(op, f, err);
	if (awaited == BELGO_EUNAVAILABLE && may_use_stale(op, f)) {
		bg_error_reset(err);
		return choose_key(op, f, err);
	}
	*f->keys_missing = awaited != BELGO_OK;
	BG_TRY(awaited);
	return choose_key(op, f, err);
}

static belgo_rc
find_begin(struct belgo_op *op, void *frame, belgo_rc awaited, struct belgo_error *err)
{
	struct find *f = frame;
	const char *uri = f->search->jwks_uri;

	(void)awaited;
	if (uri == NULL) {
		*f->keys_missing = 1;
		return bg_fail(err, BELGO_EPROTO, "the metadata of %s has no jwks_uri", f->search->issuer);
	}
	if (bg_document_load(&f->doc, op->client, uri) == BELGO_OK &&
	    bg_jwks_parse(&f->keys, f->doc->body, strlen(f->doc->body), NULL) != BELGO_OK)
		bg_document_free(&f->doc);
	if (f->doc == NULL || !bg_document_is_fresh(f->doc, bg_op_now(op)))
		return fetch_keys(op, f, err);
	return choose_key(op, f, err);
}

belgo_rc
bg_find_key(struct belgo_op *op, struct bg_jwk **out, int *keys_missing, const struct bg_key_search *search,
	    bg_step_fn *next, struct belgo_error *err)
{
	struct find *f = bg_calloc(1, sizeof(*f));

	if (f != NULL)
		*f = (struct find){.out = out, .keys_missing = keys_missing, .search = search};
	return bg_op_call(op, find_begin, f, find_free, next, err);
}

belgo_rc
bg_prefetch_request(struct belgo_op *op, struct belgo_http_request *req, const char *jwks_uri)
{
	BG_AUTO(bg_document_free) struct bg_document *doc = NULL;

	if (jwks_uri == NULL)
		return BELGO_ENOTFOUND;
	if (bg_document_load(&doc, op->client, jwks_uri) == BELGO_OK &&
	    bg_document_is_fresh(doc, bg_op_now(op)))
		return BELGO_ENOTFOUND;
	return bg_jwks_request(req, jwks_uri, NULL, NULL);
}

void
bg_prefetch_keep(struct belgo_op *op, const char *jwks_uri)
{
	BG_AUTO(bg_document_free) struct bg_document *old = NULL;
	BG_AUTO(bg_document_free) struct bg_document *doc = NULL;
	BG_AUTO(bg_jwks_free) struct bg_jwks *keys = NULL;

	if (bg_jwks_response(&keys, &op->response, NULL) != BELGO_OK)
		return;
	/* for the time of the last forced refetch; without it there is none to remember */
	if (bg_document_load(&old, op->client, jwks_uri) != BELGO_OK)
		old = NULL;
	if (bg_document_from_response(&doc, jwks_uri, old, &op->response, NULL) == BELGO_OK)
		bg_document_keep(op->client, doc);
}

struct prefetch {
	char *jwks_uri;
};

static void
prefetch_free(void *frame)
{
	struct prefetch *p = frame;

	bg_str_free(&p->jwks_uri);
	free(p);
}

static belgo_rc
prefetched(struct belgo_op *op, void *frame, belgo_rc awaited, struct belgo_error *err)
{
	struct prefetch *p = frame;

	if (awaited == BELGO_OK)
		bg_prefetch_keep(op, p->jwks_uri);
	bg_error_reset(err);
	return BELGO_OK;
}

static belgo_rc
prefetch_begin(struct belgo_op *op, void *frame, belgo_rc awaited, struct belgo_error *err)
{
	struct prefetch *p = frame;
	struct belgo_http_request req = {0};

	(void)awaited;
	(void)err;
	if (bg_prefetch_request(op, &req, p->jwks_uri) != BELGO_OK)
		return BELGO_OK;
	return bg_op_send(op, &req, prefetched);
}

belgo_rc
bg_prefetch_keys(struct belgo_op *op, const char *jwks_uri, bg_step_fn *next, struct belgo_error *err)
{
	struct prefetch *p = bg_calloc(1, sizeof(*p));

	if (p != NULL && bg_str_set(&p->jwks_uri, jwks_uri) != BELGO_OK) {
		prefetch_free(p);
		p = NULL;
	}
	return bg_op_call(op, prefetch_begin, p, prefetch_free, next, err);
}
