/* What guards a protected resource: it is asked without a token, and then for its metadata. Stores nothing,
 * and sends nothing that is anybody's. */
#include "proto/resource.h"

#include <stdlib.h>

#include "flow/op.h"
#include "proto/challenge.h"
#include "proto/reply.h"

struct look {
	char *url;
	char *metadata_url; /* where it was asked for last */
	struct bg_challenge challenge;
	int is_guarded; /* it did ask for a token */
	size_t place;   /* of the metadata */
};

static void
look_free(void *frame)
{
	struct look *f = frame;

	bg_str_free(&f->url);
	bg_str_free(&f->metadata_url);
	bg_challenge_done(&f->challenge);
	free(f);
}

static bg_step_fn challenged, described;

static belgo_rc
begin(struct belgo_op *op, void *frame, belgo_rc awaited, struct belgo_error *err)
{
	struct look *f = frame;
	struct belgo_http_request req = {0};

	(void)awaited;
	BG_TRY(bg_resource_probe_request(&req, f->url, err));
	return bg_op_send(op, &req, challenged);
}

static belgo_rc
ask(struct belgo_op *op, struct look *f, struct belgo_error *err)
{
	struct belgo_http_request req = {0};

	bg_str_free(&f->metadata_url);
	BG_TRY(bg_resource_metadata_url(&f->metadata_url, f->url, f->challenge.resource_metadata, f->place,
					err));
	BG_TRY(bg_resource_metadata_request(&req, f->metadata_url, err));
	return bg_op_send(op, &req, described);
}

/* Any answer will do that the resource gives: what it says of itself may lie at a well-known address.
 * @spec RFC 9728 section 5 */
static belgo_rc
challenged(struct belgo_op *op, void *frame, belgo_rc awaited, struct belgo_error *err)
{
	struct look *f = frame;
	int status = op->response.status;

	BG_TRY(awaited);
	if (status >= 500 || status == 429)
		return bg_reply_check_available(&op->response, f->url, err);
	f->is_guarded = status == 401;
	if (f->is_guarded && bg_challenge_resource(&f->challenge, &op->response) != BELGO_OK)
		return bg_fail(err, BELGO_ENOMEM, "out of memory");
	BG_TRY(bg_resource_check_scope(f->challenge.scope, f->url, err));
	return ask(op, f, err);
}

static belgo_rc
tell(struct belgo_op *op, const struct look *f, const struct bg_resource *resource, struct belgo_error *err)
{
	return bg_resource_json(&op->json, resource, f->challenge.scope, err);
}

static belgo_rc
nothing_written(struct belgo_op *op, const struct look *f, struct belgo_error *err)
{
	BG_AUTO(bg_resource_done) struct bg_resource resource = {0};

	if (!f->is_guarded)
		return bg_fail(err, BELGO_ENOTFOUND,
			       "%s is no protected resource: it asks for no token and publishes no metadata",
			       f->url);
	bg_error_reset(err);
	BG_TRY(bg_resource_assume(&resource, f->url, err));
	return tell(op, f, &resource, err);
}

static belgo_rc
described(struct belgo_op *op, void *frame, belgo_rc awaited, struct belgo_error *err)
{
	struct look *f = frame;
	BG_AUTO(bg_resource_done) struct bg_resource resource = {0};
	belgo_rc rc;

	BG_TRY(awaited);
	rc = bg_resource_metadata_response(&resource, f->url, f->metadata_url, &op->response, err);
	if (rc == BELGO_ENOTFOUND) {
		bg_error_reset(err);
		f->place++;
		rc = ask(op, f, err);
		return rc == BELGO_ENOTFOUND ? nothing_written(op, f, err) : rc;
	}
	BG_TRY(rc);
	return tell(op, f, &resource, err);
}

belgo_rc
belgo_resource_discover_op(struct belgo_op **out, struct belgo_client *client, const char *url,
			   struct belgo_error *err)
{
	struct look *f;

	if (url == NULL)
		return bg_fail(err, BELGO_EINVAL, "the protected resource is missing");
	BG_TRY(bg_resource_check(url, err));
	if ((f = bg_calloc(1, sizeof(*f))) == NULL || (f->url = bg_strdup(url)) == NULL) {
		free(f);
		return bg_fail(err, BELGO_ENOMEM, "out of memory");
	}
	return bg_op_new(out, client, begin, f, look_free, err);
}
