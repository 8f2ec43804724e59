/* Fetching a provider's keys. What a key must be like is jose/jwk.c's, when to fetch the flow's. */
#include "proto/jwks.h"

#include "base/error.h"
#include "base/http1.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/text.h"

#define WHAT "key set"

/* @spec RFC 7517 section 8.5.2 (application/jwk-set+json); RFC 9110 section 13.1.2 */
belgo_rc
bg_jwks_request(struct belgo_http_request *out, const char *jwks_uri, const char *etag,
		struct belgo_error *err)
{
	BG_AUTO(belgo_http_request_done)
	struct belgo_http_request req = {
	    .method = "GET",
	    .max_body = BG_MAX_JWKS,
	    .timeout_ms = BG_TIMEOUT_METADATA_MS,
	    .what = WHAT,
	};
	belgo_rc rc;

	if (jwks_uri == NULL)
		return bg_fail(err, BELGO_EPROTO, "the provider's metadata names no key set");
	if ((rc = bg_str_set(&req.url, jwks_uri)) ||
	    (rc = bg_request_header(&req, "Accept", "application/json, application/jwk-set+json")))
		return bg_fail(err, rc, "request for " WHAT ": %s", belgo_rc_str(rc));
	/* It came over the network and was kept: what would break a header line is not sent back. */
	if (etag != NULL && *etag != '\0' && bg_text_is_vschar(etag) &&
	    (rc = bg_request_header(&req, "If-None-Match", etag)))
		return bg_fail(err, rc, "request for " WHAT ": %s", belgo_rc_str(rc));
	*out = req;
	req = (struct belgo_http_request){0};
	return BELGO_OK;
}

/* @spec OpenID Connect Discovery 1.0 section 3 (jwks_uri); RFC 7517 section 5 */
belgo_rc
bg_jwks_response(struct bg_jwks **out, const struct belgo_http_response *res, struct belgo_error *err)
{
	const char *type = belgo_http_response_header(res, "content-type");

	BG_TRY(bg_reply_check_available(res, WHAT, err));
	if (res->status != 200)
		return bg_reply_unexpected(res, WHAT, err);
	if (!bg_http_is_media_type(type, "application/jwk-set+json") &&
	    !bg_http_is_media_type(type, "application/json"))
		return bg_fail(err, BELGO_EPROTO,
			       WHAT ": the answer is neither application/json nor application/jwk-set+json");
	return bg_jwks_parse(out, res->body, res->body_len, err);
}
