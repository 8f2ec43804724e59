/*
 * What the token endpoint answers, judged by itself: is it a token set at all, and how long does it live.
 * Whether its ID token may be believed is id_token.c's question; what an account keeps after it,
 * token_merge.c's.
 */
#include "proto/token.h"

#include "base/buf.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/text.h"
#include "proto/details.h"
#include "proto/program_hooks.h"
#include "proto/reply.h"

#include <string.h>
#include <strings.h>

#define WHAT "token endpoint"

/* Errors at a refresh that a new login mends: RFC 6749 section 5.2, OpenID Connect Core section 3.1.2.6. */
static int
is_mended_by_login(const char *code)
{
	static const char *const codes[] = {"invalid_grant", "interaction_required", "login_required",
					    "consent_required"};

	for (size_t i = 0; i < BG_LEN(codes); i++) {
		if (strcmp(codes[i], code) == 0)
			return 1;
	}
	return 0;
}

/* @spec RFC 6749 section 5.2 */
static belgo_rc
refused(const struct belgo_provider *provider, enum bg_grant grant, const struct belgo_http_response *res,
	const char *const *secrets, struct belgo_error *err)
{
	struct belgo_error why;
	belgo_rc rc;

	bg_error_init(&why);
	rc = bg_reply_refused(provider, res, WHAT, secrets, &why);
	if (rc == BELGO_EDENIED && grant == BG_GRANT_REFRESH && is_mended_by_login(why.oauth_error))
		rc = why.rc = BELGO_ELOGIN;
	/* In the midst of a login, nobody is told to log in, whatever the provider's hook thinks. */
	if (rc == BELGO_ELOGIN && grant != BG_GRANT_REFRESH)
		rc = why.rc = BELGO_EDENIED;
	if (err != NULL && err->rc == BELGO_OK) {
		memcpy(why.subject, err->subject, sizeof(why.subject));
		*err = why;
	}
	return rc;
}

/* @spec RFC 6749 appendix A.12, RFC 6750 section 2.1: it will stand in a header line */
static belgo_rc
read_access_token(struct belgo_token *t, const json_t *reply, struct belgo_error *err)
{
	const char *text;

	BG_TRY(bg_json_str(&text, reply, "access_token", BG_REQUIRED, WHAT, err));
	if (!bg_text_is_nqchar(text))
		return bg_fail(err, BELGO_EPROTO,
			       WHAT ": \"access_token\" has characters that no header may hold");
	if (strlen(text) > BG_MAX_ACCESS_TOKEN)
		return bg_fail(err, BELGO_EPROTO, WHAT ": \"access_token\" is longer than %d bytes",
			       BG_MAX_ACCESS_TOKEN);
	if (bg_str_set(&t->access_token, text) != BELGO_OK)
		return bg_fail(err, BELGO_ENOMEM, WHAT ": out of memory");
	return BELGO_OK;
}

/*
 * A token that is bound to nothing although it was asked to be would be worth stealing.
 * @spec RFC 6749 section 5.1, 7.1: any case; a type that is not known must not be used. RFC 9449 section 5;
 * RFC 8693 section 2.2.1
 */
static belgo_rc
read_token_type(struct belgo_token *t, const json_t *reply, const struct belgo_provider *provider,
		enum bg_token_type wanted, struct belgo_error *err)
{
	const char *type = wanted == BG_TOKEN_BEARER ? provider->token_type_default : NULL;
	const char *name = wanted == BG_TOKEN_DPOP ? "DPoP" : "Bearer";
	int is_none;

	if (type == NULL || json_object_get(reply, "token_type") != NULL)
		BG_TRY(bg_json_str(&type, reply, "token_type", BG_REQUIRED, WHAT, err));
	is_none = wanted == BG_TOKEN_ISSUED && strcasecmp(type, "N_A") == 0;
	if (!is_none && strcasecmp(type, name) != 0)
		return bg_fail(err, BELGO_EPROTO, WHAT ": \"token_type\" is not %s", name);
	if (bg_str_set(&t->token_type, type) != BELGO_OK)
		return bg_fail(err, BELGO_ENOMEM, WHAT ": out of memory");
	return BELGO_OK;
}

/* @spec RFC 6749 appendix A.17 */
static belgo_rc
read_refresh_token(struct belgo_token *t, const json_t *reply, struct belgo_error *err)
{
	const json_t *value = json_object_get(reply, "refresh_token");
	const char *text = json_string_value(value);

	if (value == NULL || json_is_null(value) || (text != NULL && *text == '\0'))
		return BELGO_OK;
	if (text == NULL || !bg_text_is_vschar(text) || strlen(text) > BG_MAX_ACCESS_TOKEN)
		return bg_fail(err, BELGO_EPROTO,
			       WHAT ": \"refresh_token\" is not a printable string of at most %d bytes",
			       BG_MAX_ACCESS_TOKEN);
	if (bg_str_set(&t->refresh_token, text) != BELGO_OK)
		return bg_fail(err, BELGO_ENOMEM, WHAT ": out of memory");
	return BELGO_OK;
}

/* Only its being a string. */
static belgo_rc
read_id_token(struct belgo_token *t, const json_t *reply, struct belgo_error *err)
{
	const json_t *value = json_object_get(reply, "id_token");

	if (value == NULL || json_is_null(value))
		return BELGO_OK;
	return bg_json_str_dup(&t->id_token, reply, "id_token", BG_REQUIRED, WHAT, err);
}

/* Where the preset says so: an array of scopes becomes the list with blanks that it should have been. */
static belgo_rc
join_scopes(json_t *reply, const struct belgo_provider *provider, struct belgo_error *err)
{
	BG_AUTO(bg_buf_free) struct bg_buf joined = BG_BUF(BG_MAX_REPLY);
	const json_t *words;
	size_t i;
	json_t *word;

	if (provider->scope_reply != BG_SCOPE_ARRAY || !json_is_array(json_object_get(reply, "scope")))
		return BELGO_OK;
	BG_TRY(bg_json_strings(&words, reply, "scope", BG_REQUIRED, WHAT, err));
	json_array_foreach(words, i, word)
	{
		if (json_string_length(word) == 0 || !bg_text_is_nqchar(json_string_value(word)))
			return bg_fail(err, BELGO_EPROTO, WHAT ": \"scope\" holds a word that is no scope");
		if ((i > 0 && bg_buf_add_char(&joined, ' ')) ||
		    bg_buf_add_str(&joined, json_string_value(word)))
			return bg_fail(err, BELGO_ENOMEM, WHAT ": out of memory");
	}
	if (json_object_set_new(reply, "scope", json_string(joined.len > 0 ? joined.data : "")) != 0)
		return bg_fail(err, BELGO_ENOMEM, WHAT ": out of memory");
	return BELGO_OK;
}

/* What is granted is asked for again, in a form. @spec RFC 6749 section 3.3, appendix A.4 */
static belgo_rc
read_scope(struct belgo_token *t, const json_t *reply, struct belgo_error *err)
{
	const json_t *value = json_object_get(reply, "scope");
	const char *text = json_string_value(value);

	if (value == NULL || json_is_null(value))
		return BELGO_OK;
	if (text == NULL || !bg_text_is_vschar(text) || strpbrk(text, "\"\\") != NULL)
		return bg_fail(err, BELGO_EPROTO, WHAT ": \"scope\" is not a list of scopes in a string");
	if (strlen(text) > BG_MAX_FORM)
		return bg_fail(err, BELGO_EPROTO, WHAT ": \"scope\" is longer than %d bytes", BG_MAX_FORM);
	if (text[strspn(text, " ")] == '\0')
		return BELGO_OK;
	if (bg_str_set(&t->scope, text) != BELGO_OK)
		return bg_fail(err, BELGO_ENOMEM, WHAT ": out of memory");
	return BELGO_OK;
}

/*
 * Whole seconds, in digits of a number or of a string; -1: unknown, for whatever else stands there, since the
 * token is good all the same.
 * @spec RFC 6749 section 5.1, appendix A.14
 */
static int64_t
read_lifetime(const json_t *value)
{
	int64_t seconds = -1;
	double real = json_is_real(value) ? json_real_value(value) : -1;

	if (json_is_integer(value))
		seconds = json_integer_value(value);
	else if (json_is_string(value) && bg_text_to_int(&seconds, json_string_value(value)) != BELGO_OK)
		return -1;
	else if (real >= (double)BG_MAX_LIFETIME_S)
		return BG_MAX_LIFETIME_S;
	else if (real >= 0 && (double)(int64_t)real <= real && (double)(int64_t)real >= real)
		seconds = (int64_t)real;
	if (seconds < 0)
		return -1;
	return seconds < BG_MAX_LIFETIME_S ? seconds : BG_MAX_LIFETIME_S;
}

/* A refresh token's lifetime of 0 is how common servers write "without end"; an access token's means what it
 * says. */
static void
set_times(struct belgo_token *t, const json_t *reply, int64_t now)
{
	const json_t *value = json_object_get(reply, "refresh_token_expires_in");
	int64_t access = read_lifetime(json_object_get(reply, "expires_in"));
	int64_t refresh = read_lifetime(value != NULL ? value : json_object_get(reply, "refresh_expires_in"));

	t->obtained_at = now;
	t->expires_at = access >= 0 ? now + access : 0;
	t->refresh_expires_at = t->refresh_token != NULL && refresh > 0 ? now + refresh : 0;
}

/* An `error` makes it a refusal whatever else stands beside it. */
static int
is_error(const json_t *reply)
{
	const json_t *error = json_object_get(reply, "error");

	return error != NULL && !json_is_null(error);
}

static belgo_rc
read_token(struct belgo_token **out, const struct belgo_provider *provider, enum bg_token_type type,
	   const json_t *reply, int64_t now, struct belgo_error *err)
{
	BG_AUTO(belgo_token_free) struct belgo_token *t = bg_calloc(1, sizeof(*t));

	if (t == NULL)
		return bg_fail(err, BELGO_ENOMEM, WHAT ": out of memory");
	BG_TRY(read_access_token(t, reply, err));
	BG_TRY(read_token_type(t, reply, provider, type, err));
	BG_TRY(read_refresh_token(t, reply, err));
	BG_TRY(read_id_token(t, reply, err));
	BG_TRY(read_scope(t, reply, err));
	BG_TRY(bg_details_read(&t->authorization_details, reply, WHAT, err));
	set_times(t, reply, now);
	*out = BG_TAKE(t);
	return BELGO_OK;
}

belgo_rc
bg_token_response(struct belgo_token **out, const struct belgo_provider *provider, enum bg_grant grant,
		  enum bg_token_type type, const struct belgo_http_response *res, int64_t now,
		  const char *const *secrets, struct belgo_error *err)
{
	BG_AUTO(bg_json_free) json_t *reply = NULL;

	BG_TRY(bg_reply_check_available(res, WHAT, err));
	if (res->status >= 400)
		return refused(provider, grant, res, secrets, err);
	if (res->status != 200)
		return bg_reply_unexpected(res, WHAT, err);
	BG_TRY(bg_reply_json(&reply, res, BG_MAX_REPLY, BG_JSON_NUMBERS_DEFUSE, WHAT, err));
	if (provider->hooks->fix_token_reply != NULL)
		BG_TRY(provider->hooks->fix_token_reply(provider, reply, err));
	BG_TRY(bg_program_fix_reply(reply, provider, err));
	if (is_error(reply))
		return refused(provider, grant, res, secrets, err);
	BG_TRY(join_scopes(reply, provider, err));
	return read_token(out, provider, type, reply, now, err);
}

char *
bg_token_response_refresh_token(const struct belgo_provider *provider, const struct belgo_http_response *res)
{
	BG_AUTO(bg_json_free) json_t *reply = NULL;
	BG_AUTO(belgo_token_free) struct belgo_token *t = bg_calloc(1, sizeof(*t));
	struct belgo_error told = {0}; /* by whoever refused it */

	if (t == NULL || res->status != 200 ||
	    bg_reply_json(&reply, res, BG_MAX_REPLY, BG_JSON_NUMBERS_DEFUSE, WHAT, &told) != BELGO_OK)
		return NULL;
	if (provider->hooks->fix_token_reply != NULL)
		(void)!provider->hooks->fix_token_reply(provider, reply, &told);
	(void)!bg_program_fix_reply(reply, provider, &told);
	if (is_error(reply) || read_refresh_token(t, reply, &told) != BELGO_OK)
		return NULL;
	return BG_TAKE(t->refresh_token);
}
