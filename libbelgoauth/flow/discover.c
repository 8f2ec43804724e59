/* The steps of finding a provider's metadata: one well-known address after the other. */
#include "flow/discover.h"

#include <stdlib.h>
#include <string.h>

#include "flow/documents.h"
#include "proto/reply.h"

struct discover {
	struct bg_metadata **out;
	const struct belgo_provider *provider;
	enum bg_freshness freshness;
	size_t candidate;
	char *url;
	char *key;               /* of its document in the caches */
	struct bg_document *old; /* stale, for revalidation */
};

static void
discover_free(void *frame)
{
	struct discover *d = frame;

	bg_str_free(&d->url);
	bg_str_free(&d->key);
	bg_document_free(&d->old);
	free(d);
}

/* Who looks in another order has not been told that nothing lies before it, and must find out by himself. */
static belgo_rc
take_candidate(struct discover *d, size_t i, struct belgo_error *err)
{
	int is_oauth = bg_discovery_begins_with_oauth(d->provider);

	bg_str_free(&d->url);
	bg_str_free(&d->key);
	BG_TRY(bg_discovery_url(&d->url, d->provider, i, err));
	d->candidate = i;
	d->key = bg_strf("%s%s", d->url, is_oauth ? "#oauth" : "");
	return d->key != NULL ? BELGO_OK : bg_fail(err, BELGO_ENOMEM, "out of memory");
}

static bg_step_fn replied;

/* A cached document counts only while it still passes the judgement it passed when it came. */
static int
take_cached(struct belgo_op *op, struct discover *d)
{
	BG_AUTO(bg_document_free) struct bg_document *doc = NULL;
	BG_AUTO(bg_metadata_free) struct bg_metadata *metadata = NULL;

	if (d->freshness == BG_FETCH_ANEW || bg_document_load(&doc, op->client, d->key) != BELGO_OK ||
	    bg_metadata_parse(&metadata, d->provider, doc->body, strlen(doc->body), NULL) != BELGO_OK)
		return 0;
	if (bg_document_is_fresh(doc, bg_op_now(op)))
		*d->out = BG_TAKE(metadata);
	else
		d->old = BG_TAKE(doc);
	return *d->out != NULL;
}

/* Any candidate that was good before is better than asking the first one again. */
static belgo_rc
look_in_caches(struct belgo_op *op, struct discover *d, int *found, struct belgo_error *err)
{
	for (size_t i = 0; !*found && d->old == NULL; i++) {
		struct belgo_error why = {0};
		belgo_rc rc;

		if ((rc = take_candidate(d, i, &why)) == BELGO_ENOTFOUND)
			return BELGO_OK;
		if (rc != BELGO_OK)
			return bg_fail(err, rc, "%s", why.text);
		*found = take_cached(op, d);
	}
	return BELGO_OK;
}

static belgo_rc
ask(struct belgo_op *op, struct discover *d, struct belgo_error *err)
{
	struct belgo_http_request req = {0};

	BG_TRY(bg_discovery_request(&req, d->url, d->old == NULL ? NULL : d->old->etag,
				    d->old == NULL ? NULL : d->old->last_modified, err));
	return bg_op_send(op, &req, replied);
}

static belgo_rc
ask_first(struct belgo_op *op, struct discover *d, struct belgo_error *err)
{
	bg_document_free(&d->old);
	BG_TRY(take_candidate(d, 0, err));
	return ask(op, d, err);
}

static belgo_rc
begin(struct belgo_op *op, void *frame, belgo_rc awaited, struct belgo_error *err)
{
	struct discover *d = frame;
	int found = 0;

	(void)awaited;
	if (d->provider->discovery == BG_DISCOVERY_NONE)
		return bg_metadata_manual(d->out, d->provider, err);
	BG_TRY(look_in_caches(op, d, &found, err));
	if (found)
		return BELGO_OK;
	if (d->old != NULL)
		return ask(op, d, err);
	return ask_first(op, d, err);
}

static belgo_rc
next_candidate(struct belgo_op *op, struct discover *d, struct belgo_error *err)
{
	belgo_rc rc;

	bg_error_reset(err);
	if ((rc = take_candidate(d, d->candidate + 1, NULL)) == BELGO_OK)
		return ask(op, d, err);
	if (rc != BELGO_ENOTFOUND)
		return bg_fail(err, rc, "out of memory");
	if (d->provider->has_fixed_paths)
		return bg_metadata_assume(d->out, d->provider, err);
	return bg_fail(err, BELGO_ENOTFOUND,
		       "%s publishes no metadata: every well-known address answered 4xx",
		       d->provider->issuer);
}

static belgo_rc
replied(struct belgo_op *op, void *frame, belgo_rc awaited, struct belgo_error *err)
{
	struct discover *d = frame;
	BG_AUTO(bg_document_free) struct bg_document *doc = NULL;
	belgo_rc rc;

	BG_TRY(awaited);
	if (op->response.status == 304 && d->old != NULL) {
		rc = bg_metadata_parse(d->out, d->provider, d->old->body, strlen(d->old->body), err);
	} else if ((rc = bg_discovery_response(d->out, d->provider, &op->response, err)) == BELGO_ENOTFOUND) {
		int was_revalidation = d->old != NULL;

		if (!was_revalidation)
			return next_candidate(op, d, err);
		bg_error_reset(err); /* the document has moved: look everywhere again */
		return ask_first(op, d, err);
	}
	BG_TRY(rc);
	BG_TRY(bg_document_from_response(&doc, d->key, d->old, &op->response, err));
	bg_document_keep(op->client, doc);
	return BELGO_OK;
}

belgo_rc
bg_discover(struct belgo_op *op, struct bg_metadata **out, const struct belgo_provider *provider,
	    enum bg_freshness freshness, bg_step_fn *next, struct belgo_error *err)
{
	struct discover *d = bg_calloc(1, sizeof(*d));

	if (d != NULL)
		*d = (struct discover){.out = out, .provider = provider, .freshness = freshness};
	return bg_op_call(op, begin, d, discover_free, next, err);
}

struct discover_op {
	const struct belgo_provider *provider;
	enum bg_freshness freshness;
	struct bg_metadata *metadata;
};

static void
discover_op_free(void *frame)
{
	struct discover_op *f = frame;

	bg_metadata_free(&f->metadata);
	free(f);
}

static belgo_rc
discovered(struct belgo_op *op, void *frame, belgo_rc awaited, struct belgo_error *err)
{
	struct discover_op *f = frame;

	BG_TRY(awaited);
	if (f->metadata->json == NULL)
		return bg_fail(err, BELGO_ENOTFOUND, "%s publishes no metadata; %s", f->provider->issuer,
			       f->metadata->at_fixed_paths ? "its endpoints are at fixed paths"
							   : "its preset names the endpoints");
	return bg_str_set(&op->json, f->metadata->json);
}

static belgo_rc
discover_begin(struct belgo_op *op, void *frame, belgo_rc awaited, struct belgo_error *err)
{
	struct discover_op *f = frame;

	(void)awaited;
	return bg_discover(op, &f->metadata, f->provider, f->freshness, discovered, err);
}

static belgo_rc
make_op(struct belgo_op **out, struct belgo_client *client, const struct belgo_provider *provider,
	enum bg_freshness freshness, struct belgo_error *err)
{
	struct discover_op *f;

	if (provider == NULL)
		return bg_fail(err, BELGO_EINVAL, "a discovery needs a provider");
	if ((f = bg_calloc(1, sizeof(*f))) == NULL)
		return bg_fail(err, BELGO_ENOMEM, "out of memory");
	f->provider = provider;
	f->freshness = freshness;
	return bg_op_new(out, client, discover_begin, f, discover_op_free, err);
}

belgo_rc
belgo_discover_op(struct belgo_op **out, struct belgo_client *client, const struct belgo_provider *provider,
		  struct belgo_error *err)
{
	return make_op(out, client, provider, BG_FETCH_ANEW, err);
}

belgo_rc
belgo_metadata_op(struct belgo_op **out, struct belgo_client *client, const struct belgo_provider *provider,
		  struct belgo_error *err)
{
	return make_op(out, client, provider, BG_CACHED_IS_FINE, err);
}
