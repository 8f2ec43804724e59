/* HTTP answers and requests as the tests of proto/ write and read them. */
#ifndef UNIT_PROTO_ANSWER_H
#define UNIT_PROTO_ANSWER_H

#include "harness/test.h"

#include <belgoauth/token.h>
#include <belgoauth/transport.h>

#include <strings.h>

#define JSON_TYPE "application/json"
#define RECEIVED_AT 1700000000

static inline void
answer_header(struct belgo_http_response *res, const char *name, const char *value)
{
	struct belgo_http_header *headers = calloc(res->n_headers + 1, sizeof(*headers));

	if (headers == NULL)
		fail_msg("out of memory");
	if (res->n_headers > 0)
		memcpy(headers, res->headers, res->n_headers * sizeof(*headers));
	free(res->headers);
	headers[res->n_headers++] = (struct belgo_http_header){strdup(name), strdup(value)};
	res->headers = headers;
}

/* type NULL: no Content-Type. For belgo_http_response_done(). */
static inline struct belgo_http_response
answer(int status, const char *type, const char *body)
{
	struct belgo_http_response res = {
	    .status = status,
	    .body = strdup(body),
	    .body_len = strlen(body),
	    .received_at = RECEIVED_AT,
	};

	if (type != NULL)
		answer_header(&res, "content-type", type);
	return res;
}

/* A token of that type, for requests that carry it. */
#define TOKEN_OF(type, text)                                                                                 \
	(&(const struct belgo_token){.access_token = (char *)(uintptr_t)(text),                              \
				     .token_type = (char *)(uintptr_t)(type)})

/* The only value of that header, NULL where there is none. */
static inline const char *
sent_header(const struct belgo_http_request *req, const char *name)
{
	const char *value = NULL;

	for (size_t i = 0; i < req->n_headers; i++) {
		if (strcasecmp(req->headers[i].name, name) != 0)
			continue;
		assert_null(value);
		value = req->headers[i].value;
	}
	return value;
}

#endif
