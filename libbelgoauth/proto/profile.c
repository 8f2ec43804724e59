/*
 * Claims as a profile: who this is, and what people call them. The subject is judged, for accounts are keyed
 * by it; the rest is for display only and is left out where it is not plain text.
 */
#include "proto/userinfo.h"

#include "base/error.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/text.h"
#include "proto/program_hooks.h"

#include <string.h>

/* @spec OpenID Connect Core section 2 (sub), 5.1: at most 255 bytes, compared byte for byte */
static int
is_subject(const char *text)
{
	return text != NULL && *text != '\0' && strlen(text) <= BG_MAX_SUBJECT && !bg_text_has_control(text);
}

static belgo_rc
take_subject(char **out, const struct belgo_provider *provider, const json_t *claims, struct belgo_error *err)
{
	const char *name = provider->subject_claim;
	const json_t *sub = json_object_get(claims, name != NULL ? name : "sub");
	const json_t *value = sub != NULL || name != NULL ? sub : json_object_get(claims, "id");
	const char *text = json_string_value(value);

	if ((sub == NULL || name != NULL) && json_is_integer(value)) {
		*out = bg_strf("%lld", (long long)json_integer_value(value));
		return *out != NULL ? BELGO_OK : bg_fail(err, BELGO_ENOMEM, "claims: out of memory");
	}
	if (!is_subject(text))
		return bg_fail(err, BELGO_ECLAIM, "claims: no subject that could name an account");
	*out = bg_strdup(text);
	return *out != NULL ? BELGO_OK : bg_fail(err, BELGO_ENOMEM, "claims: out of memory");
}

/* The first of two names that holds plain text; the second may be NULL. */
static belgo_rc
take_text(char **out, const json_t *claims, const char *name, const char *other, struct belgo_error *err)
{
	const char *text = json_string_value(json_object_get(claims, name));

	if (text == NULL && other != NULL)
		text = json_string_value(json_object_get(claims, other));
	if (text == NULL || *text == '\0' || bg_text_has_control(text))
		return BELGO_OK;
	return bg_str_set(out, text) == BELGO_OK ? BELGO_OK
						 : bg_fail(err, BELGO_ENOMEM, "claims: out of memory");
}

/* Some providers write the boolean as a string; anything else says nothing. */
static enum belgo_verified
read_verified(const json_t *value)
{
	const char *text = json_string_value(value);

	if (json_is_true(value) || (text != NULL && strcmp(text, "true") == 0))
		return BELGO_VERIFIED_YES;
	if (json_is_false(value) || (text != NULL && strcmp(text, "false") == 0))
		return BELGO_VERIFIED_NO;
	return BELGO_VERIFIED_UNKNOWN;
}

/* @spec OpenID Connect Core section 5.1 */
static belgo_rc
map_standard(struct bg_profile *profile, const struct belgo_provider *provider, const json_t *claims,
	     struct belgo_error *err)
{
	BG_TRY(take_subject(&profile->subject, provider, claims, err));
	BG_TRY(take_text(&profile->email, claims, "email", NULL, err));
	BG_TRY(take_text(&profile->name, claims, "name", NULL, err));
	BG_TRY(take_text(&profile->picture, claims, "picture", "avatar_url", err));
	profile->email_verified = read_verified(json_object_get(claims, "email_verified"));
	return BELGO_OK;
}

belgo_rc
bg_profile_map(struct bg_profile *out, const struct belgo_provider *provider, const json_t *claims,
	       struct belgo_error *err)
{
	BG_AUTO(bg_profile_done) struct bg_profile profile = {0};

	if (provider->hooks->map_profile != NULL)
		BG_TRY(provider->hooks->map_profile(&profile, provider, claims, err));
	else
		BG_TRY(map_standard(&profile, provider, claims, err));
	*out = profile;
	profile = (struct bg_profile){0};
	return BELGO_OK;
}

/* What the account is keyed by comes from the signed claims, and is not the program's to change. */
static belgo_rc
keep_subject(struct bg_profile *profile, const struct belgo_provider *provider, const json_t *claims,
	     struct belgo_error *err)
{
	BG_AUTO(bg_profile_done) struct bg_profile judged = {0};
	const char *subject;

	BG_TRY(bg_profile_map(&judged, provider, claims, err));
	subject = judged.subject != NULL ? judged.subject : json_string_value(json_object_get(claims, "sub"));
	if (profile->subject != NULL && (subject == NULL || strcmp(profile->subject, subject) != 0))
		return bg_fail(err, BELGO_ECLAIM,
			       "the program's hook map_profile: its subject is not the ID token's");
	bg_str_free(&profile->subject);
	profile->subject = BG_TAKE(judged.subject);
	return BELGO_OK;
}

belgo_rc
bg_profile_identify(struct bg_profile *out, const struct belgo_provider *provider, const json_t *claims,
		    int is_verified, struct belgo_error *err)
{
	BG_AUTO(bg_profile_done) struct bg_profile profile = {0};

	if (provider->program.map_profile == NULL)
		return bg_profile_map(out, provider, claims, err);
	BG_TRY(bg_program_map_profile(&profile, provider, claims, err));
	if (is_verified)
		BG_TRY(keep_subject(&profile, provider, claims, err));
	else if (!is_subject(profile.subject))
		return bg_fail(err, BELGO_ECLAIM,
			       "the program's hook map_profile names no subject that could name an account");
	*out = profile;
	profile = (struct bg_profile){0};
	return BELGO_OK;
}
