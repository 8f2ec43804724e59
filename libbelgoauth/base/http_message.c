/*
 * The life and death of HTTP messages as values. Bodies and header values carry codes and tokens, so all of
 * them are wiped; who fills them and who sends them is not known here,
 * and a transport is only put to rest.
 */
#include <belgoauth/transport.h>

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

static void
free_headers(struct belgo_http_header *headers, size_t n)
{
	for (size_t i = 0; headers != NULL && i < n; i++) {
		bg_str_free(&headers[i].name);
		bg_str_free(&headers[i].value);
	}
	free(headers);
}

/* By its length, not up to the first NUL: a body is bytes. */
static void
free_body(char *body, size_t len)
{
	if (body != NULL)
		bg_wipe(body, len);
	free(body);
}

void
belgo_http_request_done(struct belgo_http_request *req)
{
	if (req == NULL)
		return;
	bg_str_free(&req->url);
	free_headers(req->headers, req->n_headers);
	free_body(req->body, req->body_len);
	bg_str_free(&req->client_certificate);
	*req = (struct belgo_http_request){0};
}

void
belgo_http_response_done(struct belgo_http_response *res)
{
	if (res == NULL)
		return;
	free_headers(res->headers, res->n_headers);
	free_body(res->body, res->body_len);
	*res = (struct belgo_http_response){0};
}

const char *
belgo_http_response_header(const struct belgo_http_response *res, const char *name)
{
	for (size_t i = 0; i < res->n_headers; i++)
		if (strcasecmp(res->headers[i].name, name) == 0)
			return res->headers[i].value;
	return NULL;
}

void
belgo_transport_done(struct belgo_transport *transport)
{
	if (transport == NULL)
		return;
	if (transport->free != NULL)
		transport->free(transport->ctx);
	*transport = (struct belgo_transport){0};
}
