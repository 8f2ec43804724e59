/*
 * WWW-Authenticate, read leniently: servers write it in many wrong ways. What hangs on it is the words of an
 * error message, and hints that are judged where they are followed.
 */
#include "proto/challenge.h"

#include "base/ascii.h"
#include "base/buf.h"
#include "base/limits.h"
#include "base/mem.h"

#include <string.h>
#include <strings.h>

/* @spec RFC 9110 section 5.6.2 */
static size_t
token_len(const char *text)
{
	size_t n = 0;

	while (text[n] != '\0' && (bg_is_alnum(text[n]) || strchr("!#$%&'*+-.^_`|~", text[n]) != NULL))
		n++;
	return n;
}

static int
is_word(const char *text, size_t len, const char *word)
{
	return strlen(word) == len && strncasecmp(text, word, len) == 0;
}

/*
 * @spec RFC 9110 section 5.6.4
 * *out: what stands at text, a token or a quoted string, decoded. Returns where it ends, NULL for lack of
 * memory.
 */
static const char *
take_value(char **out, const char *text)
{
	BG_AUTO(bg_buf_free) struct bg_buf value = BG_BUF(BG_MAX_HEADERS);
	size_t len = token_len(text);

	if (*text != '"') {
		*out = bg_strndup(text, len);
		return *out != NULL ? text + len : NULL;
	}
	for (text++; *text != '\0' && *text != '"'; text++) {
		text += (text[0] == '\\' && text[1] != '\0');
		if (bg_buf_add_char(&value, *text) != BELGO_OK)
			return NULL;
	}
	*out = bg_buf_take(&value);
	if (*out == NULL)
		return NULL;
	return *text == '"' ? text + 1 : text;
}

static const struct {
	const char *name;
	size_t offset;
} members[] = {
    {"error", offsetof(struct bg_challenge, error)},
    {"error_description", offsetof(struct bg_challenge, error_description)},
    {"error_uri", offsetof(struct bg_challenge, error_uri)},
    {"scope", offsetof(struct bg_challenge, scope)},
    {"resource_metadata", offsetof(struct bg_challenge, resource_metadata)},
    {"acr_values", offsetof(struct bg_challenge, acr_values)},
    {"max_age", offsetof(struct bg_challenge, max_age)},
};

static char **
member_at(struct bg_challenge *challenge, size_t i)
{
	return (char **)(void *)((char *)challenge + members[i].offset);
}

static char **
member(struct bg_challenge *challenge, const char *name, size_t len)
{
	for (size_t i = 0; i < BG_LEN(members); i++)
		if (is_word(name, len, members[i].name))
			return member_at(challenge, i);
	return NULL;
}

/* The scheme that is looked for, and whether it is the one under way. */
struct reading {
	struct bg_challenge *challenge;
	const char *scheme;
	int is_it;
};

/*
 * A word at text, len bytes, and what follows it: `word =value` is a parameter of the scheme under way, any
 * other word begins a scheme. Returns where to go on, NULL for lack of memory.
 */
static const char *
take_word(struct reading *in, const char *text, size_t len)
{
	BG_AUTO(bg_str_free) char *value = NULL;
	const char *after = text + len + strspn(text + len, " \t");
	char **place;

	if (*after != '=') {
		in->is_it = is_word(text, len, in->scheme);
		return after;
	}
	after++;
	if ((after = take_value(&value, after + strspn(after, " \t"))) == NULL)
		return NULL;
	place = in->is_it ? member(in->challenge, text, len) : NULL;
	if (place != NULL && *place == NULL)
		*place = BG_TAKE(value);
	return after;
}

static belgo_rc
read_field(struct bg_challenge *challenge, const char *scheme, const char *text)
{
	struct reading in = {.challenge = challenge, .scheme = scheme};

	while (*(text += strspn(text, " \t,")) != '\0') {
		size_t len = token_len(text);

		/* Bytes that begin nothing: the tail of a token68, a stray quotation mark. */
		if (len == 0)
			text++;
		else if ((text = take_word(&in, text, len)) == NULL)
			return BELGO_ENOMEM;
	}
	return BELGO_OK;
}

static belgo_rc
read_fields(struct bg_challenge *out, const char *scheme, const struct belgo_http_response *res)
{
	BG_AUTO(bg_challenge_done) struct bg_challenge challenge = {0};

	for (size_t i = 0; i < res->n_headers; i++) {
		if (strcasecmp(res->headers[i].name, "www-authenticate") == 0)
			BG_TRY(read_field(&challenge, scheme, res->headers[i].value));
	}
	*out = challenge;
	challenge = (struct bg_challenge){0};
	return BELGO_OK;
}

/* @spec RFC 6750 section 3 */
belgo_rc
bg_challenge_bearer(struct bg_challenge *out, const struct belgo_http_response *res)
{
	return read_fields(out, "Bearer", res);
}

/* @spec RFC 9449 section 7.1 */
belgo_rc
bg_challenge_dpop(struct bg_challenge *out, const struct belgo_http_response *res)
{
	return read_fields(out, "DPoP", res);
}

/* A resource that takes bound tokens alone need not name the scheme of the others. @spec RFC 9728 section 5.1
 */
belgo_rc
bg_challenge_resource(struct bg_challenge *out, const struct belgo_http_response *res)
{
	BG_AUTO(bg_challenge_done) struct bg_challenge bearer = {0};

	BG_TRY(bg_challenge_bearer(&bearer, res));
	if (bearer.resource_metadata == NULL && bearer.scope == NULL)
		return bg_challenge_dpop(out, res);
	*out = bearer;
	bearer = (struct bg_challenge){0};
	return BELGO_OK;
}

/* A resource that takes bound tokens may name both schemes, and says the error in the one it was sent. */
belgo_rc
bg_challenge_error(struct bg_challenge *out, const struct belgo_http_response *res)
{
	BG_AUTO(bg_challenge_done) struct bg_challenge bearer = {0};

	BG_TRY(bg_challenge_bearer(&bearer, res));
	if (bearer.error == NULL)
		return bg_challenge_dpop(out, res);
	*out = bearer;
	bearer = (struct bg_challenge){0};
	return BELGO_OK;
}

void
bg_challenge_done(struct bg_challenge *challenge)
{
	for (size_t i = 0; i < BG_LEN(members); i++)
		bg_str_free(member_at(challenge, i));
}
