/* What an account holds after a refresh, and what it was not given of what was asked. */
#include "proto/token.h"

#include "base/buf.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/text.h"

#include <string.h>

/* NULL where fresh has its own or old has none; BELGO_ENOMEM. */
static belgo_rc
inherit(char **out, const char *fresh, const char *old)
{
	return fresh != NULL ? BELGO_OK : bg_str_set(out, old);
}

static void
move(char **to, char **from)
{
	if (*from != NULL)
		*to = BG_TAKE(*from);
}

/* @spec RFC 6749 section 6: no refresh token in the reply means that the old one goes on */
belgo_rc
bg_token_merge(struct belgo_token *fresh, const struct belgo_token *old)
{
	BG_AUTO(bg_str_free) char *refresh_token = NULL;
	BG_AUTO(bg_str_free) char *scope = NULL;
	BG_AUTO(bg_str_free) char *id_token = NULL;
	BG_AUTO(bg_str_free) char *token_type = NULL;
	BG_AUTO(bg_str_free) char *details = NULL;

	/* All copies first: after a failure fresh is as it was. */
	BG_TRY(inherit(&refresh_token, fresh->refresh_token, old->refresh_token));
	BG_TRY(inherit(&scope, fresh->scope, old->scope));
	BG_TRY(inherit(&id_token, fresh->id_token, old->id_token));
	BG_TRY(inherit(&token_type, fresh->token_type, old->token_type));
	BG_TRY(inherit(&details, fresh->authorization_details, old->authorization_details));
	/* An old expiry beside a new token would be wrong for ever: each goes with its own token. */
	if (fresh->refresh_token == NULL)
		fresh->refresh_expires_at = refresh_token != NULL ? old->refresh_expires_at : 0;
	move(&fresh->refresh_token, &refresh_token);
	move(&fresh->scope, &scope);
	move(&fresh->id_token, &id_token);
	move(&fresh->token_type, &token_type);
	move(&fresh->authorization_details, &details);
	return BELGO_OK;
}

/* Adds to missing the words of scopes that the provider's own rule does not find in granted. */
static belgo_rc
add_missing(struct bg_buf *missing, const struct belgo_provider *provider, char *scopes, const char *granted)
{
	char *rest = scopes;
	const char *word;

	while ((word = strsep(&rest, " ")) != NULL) {
		if (*word == '\0')
			continue;
		if (provider->hooks->scope_is_granted != NULL &&
		    provider->hooks->scope_is_granted(word, granted))
			continue;
		if (missing->len > 0)
			BG_TRY(bg_buf_add_char(missing, ' '));
		BG_TRY(bg_buf_add_str(missing, word));
	}
	return BELGO_OK;
}

/* @spec RFC 6749 section 3.3, 5.1 */
belgo_rc
bg_token_scope_missing(char **out, const struct belgo_provider *provider, const char *asked,
		       const char *granted)
{
	BG_AUTO(bg_str_free) char *left = NULL;
	BG_AUTO(bg_buf_free) struct bg_buf missing = BG_BUF(BG_MAX_FORM);
	char *result;

	if (granted != NULL)
		BG_TRY(bg_scope_minus(&left, asked, granted));
	if (left != NULL)
		BG_TRY(add_missing(&missing, provider, left, granted));
	if ((result = bg_buf_take(&missing)) == NULL)
		return BELGO_ENOMEM;
	*out = result;
	return BELGO_OK;
}

/* Is a word that was granted the provider's name for one that was asked for? One that it takes for granted
 * whatever came has no name. */
static belgo_rc
is_asked_otherwise(int *out, const struct belgo_provider *provider, const char *asked, const char *word)
{
	int (*is_granted)(const char *, const char *) = provider->hooks->scope_is_granted;
	BG_AUTO(bg_str_free) char *copy = bg_strdup(asked);
	char *rest = copy;
	const char *one;

	*out = 0;
	if (copy == NULL)
		return BELGO_ENOMEM;
	while (is_granted != NULL && !*out && (one = strsep(&rest, " ")) != NULL)
		*out = *one != '\0' && is_granted(one, word) && !is_granted(one, "");
	return BELGO_OK;
}

static belgo_rc
add_beyond(struct bg_buf *beyond, const struct belgo_provider *provider, const char *asked, char *scopes)
{
	char *rest = scopes;
	const char *word;
	int is_asked;

	while ((word = strsep(&rest, " ")) != NULL) {
		if (*word == '\0')
			continue;
		BG_TRY(is_asked_otherwise(&is_asked, provider, asked, word));
		if (is_asked)
			continue;
		if (beyond->len > 0)
			BG_TRY(bg_buf_add_char(beyond, ' '));
		BG_TRY(bg_buf_add_str(beyond, word));
	}
	return BELGO_OK;
}

/* @spec RFC 6749 section 3.3 */
belgo_rc
bg_token_scope_beyond(char **out, const struct belgo_provider *provider, const char *asked,
		      const char *granted)
{
	BG_AUTO(bg_str_free) char *more = NULL;
	BG_AUTO(bg_buf_free) struct bg_buf beyond = BG_BUF(BG_MAX_FORM);
	char *result;

	if (asked != NULL && asked[0] != '\0' && granted != NULL) {
		BG_TRY(bg_scope_minus(&more, granted, asked));
		BG_TRY(add_beyond(&beyond, provider, asked, more));
	}
	if ((result = bg_buf_take(&beyond)) == NULL)
		return BELGO_ENOMEM;
	*out = result;
	return BELGO_OK;
}
