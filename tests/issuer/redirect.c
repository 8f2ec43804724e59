/* The authorization response: back to the client by query or by form_post, always with `iss`, or as a JWT. */
#include "issuer.h"

#include "text.h"

#include <stdlib.h>
#include <string.h>

static void
add(struct params *fields, const char *name, const char *value)
{
	if (value == NULL)
		return;
	fields->item[fields->n].name = text_copy(name);
	fields->item[fields->n].value = text_copy(value);
	fields->n++;
}

static char *
with_query(const char *uri, const struct params *fields)
{
	char *url = text_copy(uri);

	for (size_t i = 0; i < fields->n; i++) {
		char *value = text_percent(fields->item[i].value), *longer;

		longer = text_format("%s%c%s=%s", url, strchr(url, '?') == NULL ? '?' : '&',
				     fields->item[i].name, value);
		free(value);
		free(url);
		url = longer;
	}
	return url;
}

/* In place of the fields: one JWT, which says them. */
static void
sign(const struct issuer *issuer, const struct params *request, struct params *fields)
{
	char *jwt = jwt_response(issuer, params_get(request, "client_id"), fields);

	params_done(fields);
	add(fields, "response", jwt);
	free(jwt);
}

/* @spec RFC 6749 section 4.1.2; OAuth 2.0 Form Post Response Mode section 2; RFC 9207 section 2; JARM section
 * 2.3 */
static void
send_back(const struct issuer *issuer, struct reply *reply, const struct params *request,
	  struct params *fields)
{
	const char *uri = params_get(request, "redirect_uri"), *mode = params_get(request, "response_mode");

	add(fields, "state", params_get(request, "state"));
	if (mode != NULL && strstr(mode, "jwt") != NULL && text_has_word(ISSUER_RESPONSE_MODES, mode))
		sign(issuer, request, fields);
	else
		add(fields, "iss", issuer->base);
	if (mode != NULL && (strcmp(mode, "form_post") == 0 || strcmp(mode, "form_post.jwt") == 0)) {
		page_form_post(reply, uri, fields);
	} else {
		char *url = with_query(uri, fields);

		/* 303: a browser that comes from the page's form goes on with GET. */
		reply_text(reply, 303, "text/plain; charset=utf-8", text_copy("Back to the application.\n"));
		reply_header(reply, "Location", url);
		free(url);
	}
	params_done(fields);
}

void
redirect_code(const struct issuer *issuer, struct reply *reply, const struct params *request,
	      const char *code)
{
	struct params fields = {0};

	add(&fields, "code", code);
	send_back(issuer, reply, request, &fields);
	reply->outcome = "code";
}

/* @spec RFC 6749 section 4.1.2.1 */
void
redirect_error(const struct issuer *issuer, struct reply *reply, const struct params *request,
	       const char *error, const char *description)
{
	struct params fields = {0};

	add(&fields, "error", error);
	add(&fields, "error_description", description);
	send_back(issuer, reply, request, &fields);
	reply->outcome = error;
}
