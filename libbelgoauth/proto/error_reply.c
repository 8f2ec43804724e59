/*
 * What a refusal says, in whatever shape a server writes it, as the OAuth members of an error. A body that
 * cannot be read changes nothing about the answer being a refusal. Values that are ours to keep secret are
 * cut out, for servers echo them.
 */
#include "proto/reply.h"

#include "base/error.h"
#include "base/limits.h"
#include "base/mem.h"

#include <string.h>

#define CUT "[...]"
/* What is shorter protects nothing, and would cut the words that an answer is judged by. */
#define MIN_SECRET 4

/* Borrowed from the reply. */
struct said {
	const char *code;
	const char *description;
	const char *uri;
};

/* The first of these members that is a string with something in it, or NULL. */
static const char *
first_string(const json_t *object, const char *const *names)
{
	const char *text = NULL;

	for (; *names != NULL && (text == NULL || *text == '\0'); names++)
		text = json_string_value(json_object_get(object, *names));
	return text;
}

/* FastAPI's and others' lists: the first element stands for all. */
static const char *
text_of(const json_t *value)
{
	static const char *const names[] = {"message", "msg", NULL};

	if (json_is_array(value))
		value = json_array_get(value, 0);
	return json_is_object(value) ? first_string(value, names) : json_string_value(value);
}

/* @spec RFC 6749 section 5.2 */
static struct said
read_error(const json_t *reply)
{
	static const char *const codes[] = {"error", "error_code", NULL};
	static const char *const nested_codes[] = {"code", "status", "type", NULL};
	static const char *const texts[] = {"error_description", "message", NULL};
	static const char *const uris[] = {"error_uri", NULL};
	const json_t *nested = json_object_get(reply, "error");
	struct said said = {
	    .code = first_string(reply, codes),
	    .description = first_string(reply, texts),
	    .uri = first_string(reply, uris),
	};

	if (json_is_object(nested)) {
		said.code = first_string(nested, nested_codes);
		said.description = first_string(nested, texts);
	}
	if (said.description == NULL)
		said.description = text_of(json_object_get(reply, "detail"));
	if (said.description == NULL)
		said.description = text_of(json_object_get(reply, "errors"));
	return said;
}

/* *out: text without any occurrence of secret. */
static belgo_rc
cut_one(char **out, const char *text, const char *secret)
{
	BG_AUTO(bg_buf_free) struct bg_buf kept = BG_BUF(BG_MAX_REPLY);
	const char *hit;

	for (; (hit = strstr(text, secret)) != NULL; text = hit + strlen(secret)) {
		BG_TRY(bg_buf_add(&kept, text, (size_t)(hit - text)));
		BG_TRY(bg_buf_add_str(&kept, CUT));
	}
	BG_TRY(bg_buf_add_str(&kept, text));
	bg_str_free(out);
	*out = bg_buf_take(&kept);
	return BELGO_OK;
}

/* NULL stays NULL. Whole texts, before anything is shortened: half a secret would not be recognised. */
static belgo_rc
cut_all(char **out, const char *text, const char *const *secrets)
{
	BG_AUTO(bg_str_free) char *left = NULL;

	BG_TRY(bg_str_set(&left, text));
	for (; left != NULL && secrets != NULL && *secrets != NULL; secrets++) {
		if (strlen(*secrets) < MIN_SECRET || strstr(left, *secrets) == NULL)
			continue;
		if (cut_one(&left, left, *secrets) != BELGO_OK)
			return BELGO_ENOMEM;
	}
	*out = BG_TAKE(left);
	return BELGO_OK;
}

belgo_rc
bg_reply_set_oauth(struct belgo_error *err, const char *code, const char *description, const char *uri,
		   const char *const *secrets)
{
	BG_AUTO(bg_str_free) char *own_code = NULL;
	BG_AUTO(bg_str_free) char *own_description = NULL;
	BG_AUTO(bg_str_free) char *own_uri = NULL;

	BG_TRY(cut_all(&own_code, code, secrets));
	BG_TRY(cut_all(&own_description, description, secrets));
	BG_TRY(cut_all(&own_uri, uri, secrets));
	/* An address with a hole in it leads nowhere. */
	bg_error_set_oauth(err, own_code, own_description, bg_str_equal(uri, own_uri) ? own_uri : NULL);
	return BELGO_OK;
}

/* *out: the body where it is readable, else NULL. Only lack of memory is a failure. */
static belgo_rc
read_body(json_t **out, const struct belgo_http_response *res, const char *what)
{
	json_t *reply = NULL;
	belgo_rc rc = bg_reply_json(&reply, res, BG_MAX_REPLY, BG_JSON_NUMBERS_DEFUSE, what, NULL);

	*out = reply;
	return rc == BELGO_ENOMEM ? rc : BELGO_OK;
}

static belgo_rc
rc_of_code(const char *code)
{
	if (strcmp(code, "temporarily_unavailable") == 0 || strcmp(code, "server_error") == 0)
		return BELGO_EUNAVAILABLE;
	return BELGO_EDENIED;
}

/* Into a fresh error, so that the rules and the provider's hook see one even where the caller has none. */
static belgo_rc
judge(struct belgo_error *why, const struct belgo_provider *provider, const struct belgo_http_response *res,
      const char *what, const char *const *secrets)
{
	BG_AUTO(bg_json_free) json_t *reply = NULL;
	struct said said = {0};

	BG_TRY(read_body(&reply, res, what));
	if (reply != NULL)
		said = read_error(reply);
	BG_TRY(bg_reply_set_oauth(why, said.code, said.description, said.uri, secrets));
	if (why->oauth_error[0] != '\0')
		(void)bg_fail(why, rc_of_code(why->oauth_error), "%s: refused with \"%s\"", what,
			      why->oauth_error);
	else
		(void)bg_fail(why, BELGO_EDENIED, "%s: refused without an OAuth error (HTTP %d)", what,
			      res->status);
	if (reply != NULL && provider->hooks->map_error != NULL)
		provider->hooks->map_error(provider, reply, why);
	return BELGO_OK;
}

belgo_rc
bg_reply_refused(const struct belgo_provider *provider, const struct belgo_http_response *res,
		 const char *what, const char *const *secrets, struct belgo_error *err)
{
	struct belgo_error why;

	bg_error_init(&why);
	why.http_status = res->status;
	why.retry_after = bg_reply_retry_after(res);
	why.has_clock_skew = bg_reply_clock_skew(&why.clock_skew, res);
	if (judge(&why, provider, res, what, secrets) != BELGO_OK)
		return bg_fail(err, BELGO_ENOMEM, "%s: out of memory", what);
	if (err != NULL && err->rc == BELGO_OK) {
		memcpy(why.subject, err->subject, sizeof(why.subject));
		*err = why;
	}
	return why.rc;
}
