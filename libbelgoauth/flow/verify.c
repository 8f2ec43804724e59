#include "flow/verify.h"

#include <stdlib.h>
#include <string.h>

#include "flow/documents.h"
#include "proto/jwks.h"

#define FORCED_COOL_DOWN 60
#define MAX_STALE (24 * 3600)

struct verify {
	struct bg_verdict *out;
	const char *what;                        /* a literal */
	const struct bg_metadata *metadata;      /* whose keys */
	const struct bg_id_token_expect *expect; /* one of these two, the other is NULL */
	const struct bg_signed_answer *of_answer;
	struct bg_jws jws;
	struct bg_document *doc;
	struct bg_jwks *keys;
	int fetched; /* during this frame */
	int forced;  /* the fetch under way is one that an unknown key forced */
};

static void
verify_free(void *frame)
{
	struct verify *v = frame;

	bg_jws_done(&v->jws);
	bg_document_free(&v->doc);
	bg_jwks_free(&v->keys);
	free(v);
}

static belgo_rc
conclude_answer(struct belgo_op *op, struct verify *v, const struct bg_jwk *key, struct belgo_error *err)
{
	struct bg_signed_answer expect = *v->of_answer;

	expect.now = bg_op_now(op);
	expect.tolerance = op->client->params.clock_tolerance;
	return bg_signed_answer_validate(&v->out->claims, &v->jws, key, &expect, err);
}

static belgo_rc
conclude(struct belgo_op *op, struct verify *v, const struct bg_jwk *key, struct belgo_error *err)
{
	struct bg_id_token_expect expect;

	if (v->expect == NULL)
		return conclude_answer(op, v, key, err);
	expect = *v->expect;
	if (expect.now == 0)
		expect.now = bg_op_now(op);
	expect.tolerance = op->client->params.clock_tolerance;
	return bg_id_token_validate(&v->out->claims, &v->jws, key, &expect,
				    op->has_clock_skew ? &op->clock_skew : NULL, err);
}

static bg_step_fn keys_replied;

static belgo_rc
fetch_keys(struct belgo_op *op, struct verify *v, struct belgo_error *err)
{
	struct belgo_http_request req = {0};

	v->fetched = 1;
	BG_TRY(bg_jwks_request(&req, v->metadata->endpoints.jwks_uri,
			       v->doc == NULL || v->forced ? NULL : v->doc->etag, err));
	return bg_op_send(op, &req, keys_replied);
}

/*
 * A key that is not in a cached set may have come since: one refetch, and then none for a minute whoever
 * asks, so that nobody can make us hammer the provider with made-up key ids.
 */
static int
may_refetch(const struct belgo_op *op, const struct verify *v)
{
	int64_t now = bg_op_now(op);

	if (v->fetched || v->doc == NULL)
		return 0;
	/* a minute that begins in the future was begun by a clock that was wrong */
	return v->doc->forced_at > now || now - v->doc->forced_at >= FORCED_COOL_DOWN;
}

/* The minute begins with the attempt: a provider that is down must not be asked at every made-up key id. */
static belgo_rc
force_refetch(struct belgo_op *op, struct verify *v, struct belgo_error *err)
{
	v->forced = 1;
	v->doc->forced_at = bg_op_now(op);
	bg_document_keep(op->client, v->doc);
	return fetch_keys(op, v, err);
}

static belgo_rc
choose_key(struct belgo_op *op, struct verify *v, struct belgo_error *err)
{
	BG_AUTO(bg_jwk_free) struct bg_jwk *key = NULL;
	belgo_rc rc = bg_jwks_select(&key, v->keys, v->jws.alg, v->jws.kid, err);

	if (rc == BELGO_OK)
		return conclude(op, v, key, err);
	if (rc != BELGO_ENOTFOUND)
		return rc;
	bg_error_reset(err);
	if (may_refetch(op, v))
		return force_refetch(op, v, err);
	return bg_fail(err, BELGO_ESIGNATURE, "%s is signed with a key that %s does not publish", v->what,
		       v->metadata->issuer);
}

/* The old set may go on serving for a while where it knows this very key and no newer one is to be had. */
static int
may_use_stale(const struct belgo_op *op, const struct verify *v)
{
	return v->keys != NULL && !v->forced && bg_op_now(op) < v->doc->fresh_until + MAX_STALE &&
	       bg_jwks_has_kid(v->keys, v->jws.kid);
}

/* Takes the set that has come, and remembers it. */
static belgo_rc
take_keys(struct belgo_op *op, struct verify *v, struct belgo_error *err)
{
	BG_AUTO(bg_document_free) struct bg_document *doc = NULL;
	BG_AUTO(bg_jwks_free) struct bg_jwks *keys = NULL;
	const char *uri = v->metadata->endpoints.jwks_uri;

	if (op->response.status == 304 && v->doc != NULL && !v->forced)
		BG_TRY(bg_jwks_parse(&keys, v->doc->body, strlen(v->doc->body), err));
	else
		BG_TRY(bg_jwks_response(&keys, &op->response, err));
	BG_TRY(bg_document_from_response(&doc, uri, v->doc, &op->response, err));
	bg_document_keep(op->client, doc);
	bg_jwks_free(&v->keys);
	v->keys = BG_TAKE(keys);
	return BELGO_OK;
}

/* @spec OpenID Connect Core section 10.1.1 */
static belgo_rc
keys_replied(struct belgo_op *op, void *frame, belgo_rc awaited, struct belgo_error *err)
{
	struct verify *v = frame;

	if (awaited == BELGO_OK)
		awaited = take_keys(op, v, err);
	if (awaited == BELGO_EUNAVAILABLE && may_use_stale(op, v)) {
		bg_error_reset(err);
		return choose_key(op, v, err);
	}
	v->out->keys_missing = awaited != BELGO_OK;
	BG_TRY(awaited);
	return choose_key(op, v, err);
}

static belgo_rc
verify_begin(struct belgo_op *op, void *frame, belgo_rc awaited, struct belgo_error *err)
{
	struct verify *v = frame;
	const char *uri = v->metadata->endpoints.jwks_uri;

	(void)awaited;
	if (!bg_alg_is_asymmetric(v->jws.alg))
		return conclude(op, v, NULL, err);
	if (uri == NULL) {
		v->out->keys_missing = 1;
		return bg_fail(err, BELGO_EPROTO, "the metadata of %s has no jwks_uri", v->metadata->issuer);
	}
	if (bg_document_load(&v->doc, op->client, uri) == BELGO_OK &&
	    bg_jwks_parse(&v->keys, v->doc->body, strlen(v->doc->body), NULL) != BELGO_OK)
		bg_document_free(&v->doc);
	if (v->doc == NULL || !bg_document_is_fresh(v->doc, bg_op_now(op)))
		return fetch_keys(op, v, err);
	return choose_key(op, v, err);
}

belgo_rc
bg_verify_id_token(struct belgo_op *op, struct bg_verdict *out, const char *id_token,
		   const struct bg_id_token_expect *expect, bg_step_fn *next, struct belgo_error *err)
{
	struct verify *v = bg_calloc(1, sizeof(*v));
	belgo_rc rc;

	if (v == NULL)
		return bg_fail(err, BELGO_ENOMEM, "out of memory");
	*v = (struct verify){
	    .out = out, .what = "the ID token", .metadata = expect->metadata, .expect = expect};
	if ((rc = bg_jws_parse(&v->jws, id_token, BG_JWS_TYP_JWT, BG_MAX_JWT, "ID token", err)) ||
	    (rc = bg_id_token_check_alg(&v->jws, expect, err))) {
		verify_free(v);
		return rc;
	}
	return bg_op_call(op, verify_begin, v, verify_free, next, err);
}

belgo_rc
bg_verify_answer(struct belgo_op *op, struct bg_verdict *out, const struct bg_signed_answer *expect,
		 bg_step_fn *next, struct belgo_error *err)
{
	struct verify *v = bg_calloc(1, sizeof(*v));
	belgo_rc rc;

	if (v == NULL)
		return bg_fail(err, BELGO_ENOMEM, "out of memory");
	*v = (struct verify){
	    .out = out, .what = expect->what, .metadata = expect->metadata, .of_answer = expect};
	if ((rc = bg_signed_answer_parse(&v->jws, &op->response, expect, err)) != BELGO_OK) {
		verify_free(v);
		return rc;
	}
	return bg_op_call(op, verify_begin, v, verify_free, next, err);
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
