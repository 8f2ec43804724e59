/* The request for the user's picture, and which answers are one. */
#include "proto/photo.h"

#include "base/error.h"
#include "base/http1.h"
#include "base/mem.h"
#include "proto/token.h"

#include <string.h>

#define WHAT "photo endpoint"

static const struct {
	const char *media_type;
	size_t at;
	const char *magic;
	size_t len;
} kinds[] = {
    {"image/jpeg", 0, "\xff\xd8\xff", 3},
    {"image/png", 0, "\x89PNG\r\n\x1a\n", 8},
    {"image/gif", 0, "GIF8", 4},
    {"image/webp", 8, "WEBP", 4},
};

belgo_rc
bg_photo_request(struct belgo_http_request *out, const struct belgo_provider *provider,
		 const struct belgo_token *token, struct belgo_error *err)
{
	BG_AUTO(belgo_http_request_done) struct belgo_http_request req = {0};
	belgo_rc rc;

	if (provider->photo_endpoint == NULL)
		return bg_fail(err, BELGO_ENOTFOUND, "%s has no photo endpoint",
			       provider->id != NULL ? provider->id : provider->issuer);
	if ((rc = bg_request_begin_for(&req, "GET", provider->photo_endpoint, "image/*", WHAT)) ||
	    (rc = bg_token_authorize(&req, token)))
		return bg_fail(err, rc, "request for the photo: %s",
			       rc == BELGO_EINVAL ? "the access token fits in no header" : belgo_rc_str(rc));
	req.max_body = BG_MAX_PHOTO;
	*out = req;
	req = (struct belgo_http_request){0};
	return BELGO_OK;
}

/* What it says and what it is must agree: the bytes will go to somebody's decoder. */
static const char *
kind_of(const struct belgo_http_response *res)
{
	const char *type = belgo_http_response_header(res, "content-type");

	for (size_t i = 0; type != NULL && i < BG_LEN(kinds); i++)
		if (bg_http_is_media_type(type, kinds[i].media_type) &&
		    res->body_len >= kinds[i].at + kinds[i].len &&
		    memcmp(res->body + kinds[i].at, kinds[i].magic, kinds[i].len) == 0)
			return kinds[i].media_type;
	return NULL;
}

belgo_rc
bg_photo_response(const char **media_type, const struct belgo_provider *provider,
		  const struct belgo_http_response *res, const char *const *secrets, struct belgo_error *err)
{
	const char *kind;

	BG_TRY(bg_reply_check_available(res, WHAT, err));
	if (res->status == 404)
		return bg_fail(err, BELGO_ENOTFOUND, "the user has no photo there");
	if (res->status == 401)
		return bg_fail(err, BELGO_ELOGIN, WHAT ": the access token is not accepted");
	if (res->status >= 400)
		return bg_reply_refused(provider, res, WHAT, secrets, err);
	if (res->status != 200)
		return bg_reply_unexpected(res, WHAT, err);
	if ((kind = kind_of(res)) == NULL)
		return bg_fail(err, BELGO_EPROTO, WHAT ": the answer is no JPEG, PNG, GIF or WebP picture");
	*media_type = kind;
	return BELGO_OK;
}
