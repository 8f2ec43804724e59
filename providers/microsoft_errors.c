/*
 * What the numbers of the Microsoft identity platform mean for the user. Only `error`, `error_codes`,
 * `suberror` and the number at the head of the description are looked at, never its words: those are
 * translated and change.
 */
#include "strategy.h"

#include "base/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct meaning {
	long code;
	belgo_rc rc;
	const char *text; /* what it is, and what to do */
};

static const struct meaning meanings[] = {
    {16000, BELGO_ELOGIN, "several accounts are signed in; log in again and choose one"},
    {50011, BELGO_EDENIED,
     "the redirect URI is not registered; add http://localhost under \"Mobile and desktop applications\""},
    {50020, BELGO_EDENIED, "the user is not in this tenant; name the right one with --tenant"},
    {50034, BELGO_EDENIED, "the tenant does not know this user"},
    {50053, BELGO_EDENIED, "the account is locked after too many attempts; wait, or ask the administrator"},
    {50057, BELGO_EDENIED, "the account is disabled; ask the administrator"},
    {50058, BELGO_ELOGIN, "nobody is signed in; log in again without --prompt none"},
    {50059, BELGO_EDENIED, "no tenant is named; name one with --tenant"},
    {50072, BELGO_ELOGIN, "the user must enrol a second factor; log in again"},
    {50074, BELGO_ELOGIN, "a second factor is required; log in again"},
    {50076, BELGO_ELOGIN, "a second factor is required; log in again"},
    {50078, BELGO_ELOGIN, "the second factor's sign-in has expired; log in again"},
    {50079, BELGO_ELOGIN, "the user must enrol a second factor; log in again"},
    {50097, BELGO_ELOGIN, "the organization wants a registered device; log in again on one"},
    {50105, BELGO_EDENIED, "the user is not assigned to this client; ask the administrator"},
    {50126, BELGO_ELOGIN, "the user name or password is wrong; log in again"},
    {50131, BELGO_ELOGIN, "the organization's conditions for access are not met; log in again"},
    {50133, BELGO_ELOGIN, "the session was ended by a change of password; log in again"},
    {50173, BELGO_ELOGIN, "the session was revoked; log in again"},
    {50187, BELGO_ELOGIN, "the device could not prove what it is; log in again"},
    {50194, BELGO_EDENIED, "the client is registered for one tenant only; name that tenant with --tenant"},
    {50196, BELGO_EUNAVAILABLE, "too many equal requests in a short time; wait some minutes"},
    {53000, BELGO_ELOGIN, "the organization wants a compliant device; log in again on one"},
    {53001, BELGO_ELOGIN, "the organization wants a device that is joined to it; log in again on one"},
    {53003, BELGO_ELOGIN, "the organization's conditions for access forbid this; log in again, in a browser"},
    {54005, BELGO_EDENIED, "the authorization code was used before; begin a new login"},
    {65001, BELGO_ELOGIN, "the user or administrator has not consented to the scopes; log in again"},
    {65004, BELGO_ECANCELLED, "the user declined to consent"},
    {70008, BELGO_ELOGIN, "the grant has expired; log in again"},
    {70011, BELGO_EDENIED, "a scope is not known, or the scopes are of more than one resource"},
    {70043, BELGO_ELOGIN, "the organization's sign-in frequency has passed; log in again"},
    {90002, BELGO_EDENIED, "there is no such tenant; check --tenant"},
    {90033, BELGO_EUNAVAILABLE, "a passing failure at the provider; try later"},
    {501481, BELGO_EDENIED, "code_verifier does not fit code_challenge"},
    {700016, BELGO_EDENIED, "the tenant does not know this client id"},
    {700025, BELGO_EDENIED, "the client is a public one; remove its client secret"},
    {700082, BELGO_ELOGIN, "the refresh token has expired for want of use; log in again"},
    {700084, BELGO_ELOGIN,
     "the refresh token has expired, for the redirect URI is registered for a single-page application; move "
     "it to "
     "\"Mobile and desktop applications\" and log in again"},
    {900144, BELGO_EDENIED, "a parameter of the request is missing"},
    {7000215, BELGO_EDENIED, "the client secret is wrong; set the secret's value, not its id"},
    {7000218, BELGO_EDENIED,
     "the client is a confidential one; set \"Allow public client flows\" to Yes, or give its client secret"},
    {7000222, BELGO_EDENIED, "the client secret has expired; make a new one"},
    {9001023, BELGO_EDENIED, "this grant needs one tenant; name it with --tenant"},
    {9002313, BELGO_EDENIED, "the request is malformed"},
    {9002327, BELGO_EDENIED,
     "the redirect URI is registered for a single-page application; move it to \"Mobile and desktop "
     "applications\""},
};

static const struct meaning *
meaning_of(long code)
{
	for (size_t i = 0; i < BG_LEN(meanings); i++)
		if (meanings[i].code == code)
			return &meanings[i];
	return NULL;
}

/* "AADSTS50076: ..." at the very head; 0 where there is none. */
static long
code_in_description(const json_t *reply)
{
	static const char prefix[] = "AADSTS";
	const char *text = json_string_value(json_object_get(reply, "error_description"));
	size_t digits;

	if (text == NULL || !bg_str_begins(text, prefix))
		return 0;
	text += strlen(prefix);
	digits = strspn(text, "0123456789");
	return digits > 0 && digits <= 9 ? strtol(text, NULL, 10) : 0;
}

/* The first code that has a meaning here, else the first at all, else the description's. */
static long
code_of(const json_t *reply)
{
	const json_t *codes = json_object_get(reply, "error_codes");
	long first = 0;

	for (size_t i = 0; i < json_array_size(codes) && i < 16; i++) {
		json_int_t code = json_integer_value(json_array_get(codes, i));

		if (code <= 0 || code > 999999999)
			continue;
		if (meaning_of((long)code) != NULL)
			return (long)code;
		first = first == 0 ? (long)code : first;
	}
	return first != 0 ? first : code_in_description(reply);
}

static int
is_word(const json_t *reply, const char *member, const char *word)
{
	const char *text = json_string_value(json_object_get(reply, member));

	return text != NULL && strcmp(text, word) == 0;
}

/* Without a number that is known: what `error`, `suberror` and `claims` say by themselves. */
static const struct meaning *
meaning_of_words(const json_t *reply)
{
	static const struct meaning another_client = {0, BELGO_EDENIED,
						      "the refresh token belongs to another client or needs "
						      "a managed app; logging in again does not mend it"};
	static const struct meaning challenge = {0, BELGO_ELOGIN,
						 "the organization wants more proof; log in again"};
	static const struct meaning expired = {0, BELGO_ELOGIN,
					       "the user's password has expired; log in again"};
	static const struct meaning interaction = {0, BELGO_ELOGIN,
						   "the provider wants to see the user; log in again"};

	if (is_word(reply, "suberror", "client_mismatch") ||
	    is_word(reply, "suberror", "protection_policy_required"))
		return &another_client;
	if (is_word(reply, "suberror", "user_password_expired"))
		return &expired;
	if (json_is_string(json_object_get(reply, "claims")))
		return &challenge;
	if (is_word(reply, "error", "interaction_required") || is_word(reply, "error", "login_required") ||
	    is_word(reply, "error", "consent_required") || is_word(reply, "suberror", "consent_required"))
		return &interaction;
	return NULL;
}

void
bg_microsoft_map_error(const struct belgo_provider *provider, const json_t *reply, struct belgo_error *err)
{
	long code = code_of(reply);
	const struct meaning *m = meaning_of(code);

	(void)provider;
	if (err == NULL)
		return;
	if (code != 0)
		snprintf(err->provider_code, sizeof(err->provider_code), "AADSTS%ld", code);
	if (m == NULL && (m = meaning_of_words(reply)) == NULL)
		return;
	err->rc = m->rc;
	snprintf(err->text, sizeof(err->text), "Microsoft refused%s%s: %s", code != 0 ? ", " : "",
		 err->provider_code, m->text);
}
