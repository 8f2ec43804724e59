/* What all JSON answers have in common: status first, then media type, then the gate, then members. */
#ifndef BG_PROTO_REPLY_H
#define BG_PROTO_REPLY_H

#include "base/buf.h"
#include "base/json.h"
#include "proto/provider.h"

#include <belgoauth/transport.h>

/*
 * BELGO_EUNAVAILABLE for 5xx and 429 whatever the body, with http_status and retry_after set. BELGO_EPROTO
 * for a redirect and for an interim status: no answer to any request of ours is one, and none is followed.
 */
belgo_rc bg_reply_check_available(const struct belgo_http_response *res, const char *what,
				  struct belgo_error *err) BG_MUST_USE;
/* Status in hand: application/json, the gate. */
belgo_rc bg_reply_json(json_t **out, const struct belgo_http_response *res, size_t max,
		       enum bg_json_numbers numbers, const char *what, struct belgo_error *err) BG_MUST_USE;
/*
 * An error answer of a token-like endpoint: fills the OAuth members from the body where it is JSON in any of
 * the shapes seen
 * (`error` string, nested object, error_code, detail), else from the status alone; then the provider's
 * map_error. Returns the rc: BELGO_EDENIED, or what map_error made of it. secrets: NULL-terminated values
 * that are cut out of descriptions.
 * @spec RFC 6749 section 5.2
 */
belgo_rc bg_reply_refused(const struct belgo_provider *provider, const struct belgo_http_response *res,
			  const char *what, const char *const *secrets, struct belgo_error *err);
/* A status that is neither success nor refusal here (201, 206): BELGO_EPROTO. */
belgo_rc bg_reply_unexpected(const struct belgo_http_response *res, const char *what,
			     struct belgo_error *err);
/* bg_error_set_oauth() with every secret cut out first; BELGO_ENOMEM leaves the members alone. */
belgo_rc bg_reply_set_oauth(struct belgo_error *err, const char *code, const char *description,
			    const char *uri, const char *const *secrets) BG_MUST_USE;
/* Retry-After or X-Retry-After in seconds (a date counts from `received_at`), -1 where none. */
int64_t bg_reply_retry_after(const struct belgo_http_response *res);
/* This clock minus the provider's, by its Date header; 0 returned where it has none. */
int bg_reply_clock_skew(int64_t *out, const struct belgo_http_response *res);

/* Request building shared by all. */

/* A request that accepts JSON, with the ceilings of a token-like endpoint. method and what are literals.
 */
belgo_rc bg_request_begin(struct belgo_http_request *out, const char *method, const char *url,
			  const char *what) BG_MUST_USE;
/* The same for an answer of another media type. */
belgo_rc bg_request_begin_for(struct belgo_http_request *out, const char *method, const char *url,
			      const char *accept, const char *what) BG_MUST_USE;
/* BELGO_EINVAL for a name or value that would break out of its header line. */
belgo_rc bg_request_header(struct belgo_http_request *req, const char *name, const char *value) BG_MUST_USE;
/* The form becomes the body; it is empty after. */
belgo_rc bg_request_take_form(struct belgo_http_request *req, struct bg_buf *form) BG_MUST_USE;
/* The document becomes the body. */
belgo_rc bg_request_put_json(struct belgo_http_request *req, const json_t *json) BG_MUST_USE;
/* The token goes into the header. BELGO_EINVAL: it fits in none. */
belgo_rc bg_request_bearer(struct belgo_http_request *req, const char *token) BG_MUST_USE;

#endif
