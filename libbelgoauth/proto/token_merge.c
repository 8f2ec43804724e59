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

/* Does the provider have a rule of its own by which `word` stands in `scopes`? BELGO_ENOMEM. */
typedef belgo_rc stands_in_fn(int *out, const struct belgo_provider *provider, const char *word,
			      const char *scopes);

static belgo_rc
is_granted_otherwise(int *out, const struct belgo_provider *provider, const char *word, const char *granted)
{
	int (*is_granted)(const char *, const char *) = provider->hooks->scope_is_granted;

	*out = is_granted != NULL && is_granted(word, granted);
	return BELGO_OK;
}

/* Is a word that was granted the provider's name for one that was asked for? One that it takes for granted
 * whatever came has no name. */
static belgo_rc
is_asked_otherwise(int *out, const struct belgo_provider *provider, const char *word, const char *asked)
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

/* *out: those words that do not stand in scopes; they are cut up. */
static belgo_rc
leave_out(char **out, const struct belgo_provider *provider, char *words, const char *scopes,
	  stands_in_fn *stands_in)
{
	BG_AUTO(bg_buf_free) struct bg_buf left = BG_BUF(BG_MAX_FORM);
	char *rest = words, *result;
	const char *word;
	int is_there;

	while ((word = strsep(&rest, " ")) != NULL) {
		if (*word == '\0')
			continue;
		BG_TRY(stands_in(&is_there, provider, word, scopes));
		if (is_there)
			continue;
		if (left.len > 0)
			BG_TRY(bg_buf_add_char(&left, ' '));
		BG_TRY(bg_buf_add_str(&left, word));
	}
	if ((result = bg_buf_take(&left)) == NULL)
		return BELGO_ENOMEM;
	*out = result;
	return BELGO_OK;
}

/* @spec RFC 6749 section 3.3, 5.1 */
belgo_rc
bg_token_scope_missing(char **out, const struct belgo_provider *provider, const char *asked,
		       const char *granted)
{
	BG_AUTO(bg_str_free) char *left = NULL;

	if (granted != NULL)
		BG_TRY(bg_scope_minus(&left, asked, granted));
	return leave_out(out, provider, left, granted, is_granted_otherwise);
}

/* @spec RFC 6749 section 3.3 */
belgo_rc
bg_token_scope_beyond(char **out, const struct belgo_provider *provider, const char *asked,
		      const char *granted)
{
	BG_AUTO(bg_str_free) char *more = NULL;

	if (asked != NULL && asked[0] != '\0' && granted != NULL)
		BG_TRY(bg_scope_minus(&more, granted, asked));
	return leave_out(out, provider, more, asked, is_asked_otherwise);
}
