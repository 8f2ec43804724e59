/*
 * Is this request the redirect that the login waits for? Looks at the form of the request only; whether
 * `state` and `code` are right is not known here. Whatever is not a candidate gets an answer and changes
 * nothing.
 */
#include "io/loopback.h"

#include "base/limits.h"
#include "base/mem.h"

#include <string.h>

static const char no_parameters[] = "The provider's answer has no parameters that can be read here. If it "
				    "stands after a # in the address, the provider "
				    "answers in a way (\"fragment\") that this program does not use.";

const char *
bg_redirect_status_message(int status)
{
	switch (status) {
	case 404:
		return "There is nothing at this address.";
	case 405:
		return "This method is not used here.";
	case 413:
	case 414:
	case 431:
		return "The request is too large.";
	case 415:
		return "The answer is not a form.";
	case 503:
		return "There is no memory for this request.";
	default:
		return "The request is not one that a browser sends here.";
	}
}

static void
refuse(struct bg_loopback_verdict *out, int status, const char *message)
{
	*out = (struct bg_loopback_verdict){
	    .status = status,
	    .message = message != NULL ? message : bg_redirect_status_message(status),
	};
}

/* A name of the attacker's that resolves to 127.0.0.1 (DNS rebinding) still shows in Host. Port 80 is left
 * out by browsers. */
static int
is_our_host(const struct bg_loopback_rules *rules, const char *host)
{
	size_t bare = strlen(rules->authority) - strlen(":80");

	if (host == NULL)
		return 0;
	if (strcmp(host, rules->authority) == 0)
		return 1;
	return rules->port == 80 && strlen(host) == bare && strncmp(host, rules->authority, bare) == 0;
}

static int
is_our_path(const struct bg_loopback_rules *rules, const char *target, size_t len)
{
	return strlen(rules->path) == len && strncmp(rules->path, target, len) == 0;
}

/* What a browser fetches ahead of the user must not use up the login; it will come again in earnest. */
static int
is_prefetch(const struct bg_http1_request *req)
{
	const char *sec = bg_http1_field(req, "sec-purpose"), *old = bg_http1_field(req, "purpose");

	return (sec != NULL && strncmp(sec, "prefetch", 8) == 0) ||
	       (old != NULL && strncmp(old, "prefetch", 8) == 0);
}

static void
accept_params(struct bg_loopback_verdict *out, const char *params, size_t len)
{
	char *copy = bg_strndup(params, len);

	if (copy == NULL)
		refuse(out, 503, NULL);
	else
		*out = (struct bg_loopback_verdict){.params = copy};
}

/* @spec OAuth 2.0 Multiple Response Type Encoding Practices section 2.1 */
static void
judge_query(struct bg_loopback_verdict *out, const struct bg_loopback_rules *rules,
	    const struct bg_http1_request *req, const char *query)
{
	const char *origin = bg_http1_field(req, "origin");

	/* A redirect is a navigation, which has no Origin in a GET; another site's script has. */
	if (origin != NULL && strcmp(origin, rules->origin) != 0)
		return refuse(out, 400, NULL);
	if (req->content_length > 0)
		return refuse(out, 400, NULL);
	if (query == NULL || *query == '\0')
		return refuse(out, 400, no_parameters);
	accept_params(out, query, strlen(query));
}

/* @spec OAuth 2.0 Form Post Response Mode section 2 */
static void
judge_form(struct bg_loopback_verdict *out, const struct bg_http1_request *req, const char *query,
	   const char *body, size_t len)
{
	if (!bg_http_is_media_type(bg_http1_field(req, "content-type"), "application/x-www-form-urlencoded"))
		return refuse(out, 415, NULL);
	if (query != NULL)
		return refuse(out, 400, "The answer has parameters in two places.");
	if (len == 0)
		return refuse(out, 400, no_parameters);
	if (memchr(body, '\0', len) != NULL)
		return refuse(out, 400, NULL);
	accept_params(out, body, len);
}

void
bg_loopback_judge(struct bg_loopback_verdict *out, const struct bg_loopback_rules *rules,
		  const struct bg_http1_request *req, const char *body, size_t body_len)
{
	const char *query = strchr(req->target, '?');
	size_t path_len = query != NULL ? (size_t)(query - req->target) : strlen(req->target);
	int is_form = rules->mode == BELGO_RESPONSE_FORM_POST;

	if (query != NULL)
		query++;
	if (!is_our_host(rules, bg_http1_field(req, "host")))
		return refuse(out, 400, NULL);
	if (!is_our_path(rules, req->target, path_len))
		return refuse(out, 404, NULL);
	if (strcmp(req->method, is_form ? "POST" : "GET") != 0)
		return refuse(out, 405, NULL);
	if (is_prefetch(req)) {
		*out = (struct bg_loopback_verdict){.status = 204};
		return;
	}
	if (is_form)
		judge_form(out, req, query, body, body_len);
	else
		judge_query(out, rules, req, query);
}
