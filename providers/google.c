/*
 * What Google does that a preset cannot say: two spellings of its issuer in ID tokens, the `hd` claim, scopes
 * that come back under longer names, and refusals whose meaning lies in `error_subtype`.
 */
#include "strategy.h"

#include "base/error.h"
#include "base/mem.h"
#include "base/text.h"

#include <stdio.h>
#include <string.h>

static const char issuer[] = "https://accounts.google.com";
static const char old_issuer[] = "accounts.google.com";

/* A closed set of two, and in ID tokens alone: metadata and the redirect carry the https form only. */
static belgo_rc
match_issuer(int *handled, const struct belgo_provider *provider, const struct bg_issuer_check *in,
	     struct belgo_error *err)
{
	(void)provider;
	(void)err;
	*handled = in->place == BG_ISSUER_IN_ID_TOKEN && strcmp(in->expected, issuer) == 0 &&
		   (strcmp(in->found, issuer) == 0 || strcmp(in->found, old_issuer) == 0);
	return BELGO_OK;
}

/* The `hd` that was sent is a hint to the login page; only the claim says that the account is of that domain.
 */
static belgo_rc
check_claims(const struct belgo_provider *provider, const json_t *claims, const char *hd,
	     struct belgo_error *err)
{
	const char *found = json_string_value(json_object_get(claims, "hd"));

	(void)provider;
	if (hd == NULL)
		return BELGO_OK;
	if (found == NULL || found[0] == '\0')
		return bg_fail(err, BELGO_ECLAIM,
			       "ID token: claim \"hd\" is missing; the account is of no organization");
	if (strcmp(hd, "*") != 0 && strcmp(hd, found) != 0)
		return bg_fail(err, BELGO_ECLAIM,
			       "ID token: claim \"hd\" is \"%s\" where \"%s\" was asked for", found, hd);
	return BELGO_OK;
}

static int
scope_is_granted(const char *asked, const char *granted)
{
	static const struct {
		const char *brief;
		const char *full;
	} aliases[] = {
	    {"email", "https://www.googleapis.com/auth/userinfo.email"},
	    {"profile", "https://www.googleapis.com/auth/userinfo.profile"},
	};

	if (bg_scope_has(granted, asked))
		return 1;
	for (size_t i = 0; i < BG_LEN(aliases); i++) {
		if (strcmp(asked, aliases[i].brief) == 0)
			return bg_scope_has(granted, aliases[i].full);
		if (strcmp(asked, aliases[i].full) == 0)
			return bg_scope_has(granted, aliases[i].brief);
	}
	return 0;
}

struct meaning {
	const char *word;
	belgo_rc rc;
	const char *text;
};
static const struct meaning meanings[] = {
    {"invalid_rapt", BELGO_ELOGIN, "the organization wants the user to sign in anew"},
    {"rapt_required", BELGO_ELOGIN, "the organization wants the user to sign in anew"},
    {"admin_policy_enforced", BELGO_EDENIED,
     "the organization does not allow this client; its administrator can"},
    {"org_internal", BELGO_EDENIED, "this client is for members of its own organization only"},
    {"deleted_client", BELGO_EDENIED, "this client was deleted in the console; another one is needed"},
    {"rate_limit_exceeded", BELGO_EUNAVAILABLE, "the client has used up its quota for now"},
};

static const struct meaning *
meaning_of(const json_t *word)
{
	for (size_t i = 0; json_is_string(word) && i < BG_LEN(meanings); i++)
		if (strcmp(json_string_value(word), meanings[i].word) == 0)
			return &meanings[i];
	return NULL;
}

static void
map_error(const struct belgo_provider *provider, const json_t *reply, struct belgo_error *err)
{
	static const char *const places[] = {"error_subtype", "error_code", "error"};
	const struct meaning *m = NULL;

	(void)provider;
	for (size_t i = 0; m == NULL && i < BG_LEN(places); i++)
		m = meaning_of(json_object_get(reply, places[i]));
	if (m == NULL || err == NULL)
		return;
	err->rc = m->rc;
	snprintf(err->provider_code, sizeof(err->provider_code), "%s", m->word);
	snprintf(err->text, sizeof(err->text), "Google refused: %s", m->text);
}

static const struct bg_hooks hooks = {
    .match_issuer = match_issuer,
    .check_claims = check_claims,
    .map_error = map_error,
    .scope_is_granted = scope_is_granted,
};
static const char *const hosts[] = {"accounts.google.com", NULL};
const struct bg_strategy bg_strategy_google = {"google", &hooks, hosts};
