/*
 * What all requests have in common: method, address, the media types, the ceilings. Which members a request
 * has is each exchange's own business, and sending it the transport's.
 */
#include "proto/reply.h"

#include "base/error.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/text.h"

#include <stdlib.h>
#include <string.h>

belgo_rc
bg_request_begin(struct belgo_http_request *out, const char *method, const char *url, const char *what)
{
	return bg_request_begin_for(out, method, url, "application/json", what);
}

belgo_rc
bg_request_begin_for(struct belgo_http_request *out, const char *method, const char *url, const char *accept,
		     const char *what)
{
	BG_AUTO(belgo_http_request_done)
	struct belgo_http_request req = {
	    .method = method,
	    .max_body = BG_MAX_REPLY,
	    .timeout_ms = BG_TIMEOUT_TOKEN_MS,
	    .what = what,
	};

	if ((req.url = bg_strdup(url)) == NULL)
		return BELGO_ENOMEM;
	BG_TRY(bg_request_header(&req, "Accept", accept));
	*out = req;
	req = (struct belgo_http_request){0};
	return BELGO_OK;
}

/* @spec RFC 9110 section 5.5 */
belgo_rc
bg_request_header(struct belgo_http_request *req, const char *name, const char *value)
{
	BG_AUTO(bg_str_free) char *own_name = NULL;
	BG_AUTO(bg_str_free) char *own_value = NULL;
	struct belgo_http_header *headers;

	if (*name == '\0' || !bg_text_is_nqchar(name) || !bg_text_is_vschar(value))
		return BELGO_EINVAL;
	if ((own_name = bg_strdup(name)) == NULL || (own_value = bg_strdup(value)) == NULL ||
	    (headers = bg_calloc(req->n_headers + 1, sizeof(*headers))) == NULL)
		return BELGO_ENOMEM;
	/* Pointers only: the strings themselves stay where they are, so that no copy is left unwiped. */
	if (req->n_headers > 0)
		memcpy(headers, req->headers, req->n_headers * sizeof(*headers));
	headers[req->n_headers++] = (struct belgo_http_header){BG_TAKE(own_name), BG_TAKE(own_value)};
	free(req->headers);
	req->headers = headers;
	return BELGO_OK;
}

belgo_rc
bg_request_take_form(struct belgo_http_request *req, struct bg_buf *form)
{
	size_t len = form->len;
	char *body;

	BG_TRY(bg_request_header(req, "Content-Type", "application/x-www-form-urlencoded"));
	if ((body = bg_buf_take(form)) == NULL)
		return BELGO_ENOMEM;
	req->body = body;
	req->body_len = len;
	return BELGO_OK;
}

belgo_rc
bg_request_put_json(struct belgo_http_request *req, const json_t *json)
{
	BG_TRY(bg_request_header(req, "Content-Type", "application/json"));
	BG_TRY(bg_json_dump(&req->body, json));
	req->body_len = strlen(req->body);
	return BELGO_OK;
}

/* @spec RFC 6750 section 2.1 */
belgo_rc
bg_request_bearer(struct belgo_http_request *req, const char *token)
{
	BG_AUTO(bg_str_free) char *value = NULL;

	if (*token == '\0' || !bg_text_is_nqchar(token))
		return BELGO_EINVAL;
	if ((value = bg_strf("Bearer %s", token)) == NULL)
		return BELGO_ENOMEM;
	return bg_request_header(req, "Authorization", value);
}
