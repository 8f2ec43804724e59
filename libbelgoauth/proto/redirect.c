/*
 * The authorization response, judged as one value. An answer without the right state is nobody's and changes
 * nothing; with it, the issuer is compared before anything else is believed or shown. No text here holds a
 * value from the answer but the OAuth members of an error whose issuer is right.
 */
#include "proto/redirect.h"

#include "base/error.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/text.h"
#include "proto/reply.h"
#include "proto/redirect_uri.h"

#include <string.h>

#define WHAT "authorization response"

/* Every value is compared, so that one right state among several is recognised for what it is. */
int
bg_redirect_holds_state(const struct bg_form *form, const char *state)
{
	int right = 0;

	for (size_t i = 0; i < form->n; i++) {
		if (strcmp(form->params[i].name, "state") == 0)
			right |= bg_str_equal_secret(form->params[i].value, state);
	}
	return right;
}

/* @spec RFC 6749 section 3.1: no parameter more than once */
static belgo_rc
check_single(const struct bg_form *form, struct belgo_error *err)
{
	static const char *const names[] = {"state", "iss", "code", "error"};

	for (size_t i = 0; i < BG_LEN(names); i++) {
		size_t count;

		(void)bg_form_get(form, names[i], &count);
		if (count > 1)
			return bg_fail(err, BELGO_EPROTO, WHAT ": \"%s\" stands there %zu times", names[i],
				       count);
	}
	if (bg_form_get(form, "response", NULL) != NULL)
		return bg_fail(err, BELGO_EPROTO, WHAT ": a signed response, which was not asked for");
	return BELGO_OK;
}

/*
 * @spec RFC 9207 section 2.4
 * The comparison's own text is withheld: it quotes the issuer that was found, and that may be anybody's text.
 */
static belgo_rc
check_issuer(const struct bg_form *form, const struct bg_redirect_expect *expect, struct belgo_error *err)
{
	const struct bg_issuer_check check = {
	    .place = BG_ISSUER_IN_REDIRECT,
	    .expected = expect->metadata->issuer,
	    .found = bg_form_get(form, "iss", NULL),
	};
	belgo_rc rc;

	if (check.found == NULL && bg_iss_is_promised(expect->provider, expect->metadata))
		return bg_fail(err, BELGO_EISSUER,
			       WHAT ": \"iss\" is missing, though the provider says it sends it");
	if (check.found == NULL)
		return BELGO_OK;
	if ((rc = bg_provider_match_issuer(expect->provider, &check, NULL)) != BELGO_OK)
		return bg_fail(err, rc, WHAT ": \"iss\" is not the issuer that this login was begun with");
	return BELGO_OK;
}

/* @spec RFC 6749 section 4.1.2.1 */
static belgo_rc
refused(const struct bg_form *form, const char *code, const char *state, struct belgo_error *err)
{
	const char *const secrets[] = {state, NULL};
	belgo_rc rc = strcmp(code, "access_denied") == 0 ? BELGO_ECANCELLED : BELGO_EDENIED;

	if (*code == '\0' || !bg_text_is_vschar(code))
		return bg_fail(err, BELGO_EPROTO, WHAT ": \"error\" is empty or not printable");
	if (err == NULL || err->rc != BELGO_OK)
		return rc;
	if (bg_reply_set_oauth(err, code, bg_form_get(form, "error_description", NULL),
			       bg_form_get(form, "error_uri", NULL), secrets) != BELGO_OK)
		return bg_fail(err, BELGO_ENOMEM, WHAT ": out of memory");
	if (rc == BELGO_ECANCELLED)
		return bg_fail(err, rc, "the login was declined at the provider");
	return bg_fail(err, rc, "the provider refused the login with \"%s\"", err->oauth_error);
}

/* @spec RFC 6749 appendix A.11 */
static belgo_rc
take_code(char **out, const char *code, struct belgo_error *err)
{
	if (*code == '\0' || strlen(code) > BG_MAX_CODE || !bg_text_is_vschar(code))
		return bg_fail(err, BELGO_EPROTO,
			       WHAT ": \"code\" is empty, not printable or longer than %d bytes",
			       BG_MAX_CODE);
	return bg_str_set(out, code) == BELGO_OK ? BELGO_OK
						 : bg_fail(err, BELGO_ENOMEM, WHAT ": out of memory");
}

/* With the right state. *code stays NULL where neither code nor error came, which ends nothing. */
static belgo_rc
judge(char **code, const struct bg_form *form, const struct bg_redirect_expect *expect,
      struct belgo_error *err)
{
	const char *found = bg_form_get(form, "code", NULL);
	const char *error = bg_form_get(form, "error", NULL);

	BG_TRY(check_single(form, err));
	if (found == NULL && error == NULL)
		return BELGO_OK;
	BG_TRY(check_issuer(form, expect, err));
	if (found != NULL && error != NULL)
		return bg_fail(err, BELGO_EPROTO, WHAT ": both \"code\" and \"error\"");
	return error != NULL ? refused(form, error, expect->state, err) : take_code(code, found, err);
}

belgo_rc
bg_redirect_parse(struct bg_form *out, const char *params, size_t len, struct belgo_error *err)
{
	belgo_rc rc = bg_form_parse(out, params, len);

	if (rc == BELGO_EPROTO)
		return bg_fail(err, rc, WHAT ": the parameters are not well-formed");
	return rc == BELGO_OK ? BELGO_OK : bg_fail(err, rc, WHAT ": %s", belgo_rc_str(rc));
}

static enum bg_redirect_verdict
ignore(struct belgo_error *err, belgo_rc why, const char *text)
{
	(void)bg_fail(err, why, WHAT ": %s", text);
	return BG_REDIRECT_IGNORE;
}

enum bg_redirect_verdict
bg_redirect_judge_form(char **code, belgo_rc *rc, const struct bg_redirect_expect *expect,
		       const struct bg_form *form, struct belgo_error *err)
{
	BG_AUTO(bg_str_free) char *found = NULL;
	belgo_rc result;

	if (!bg_redirect_holds_state(form, expect->state))
		return ignore(err, BELGO_ESTATE, "\"state\" is missing or belongs to no login under way");
	if ((result = judge(&found, form, expect, err)) != BELGO_OK) {
		*rc = result;
		return BG_REDIRECT_REFUSED;
	}
	if (found == NULL)
		return ignore(err, BELGO_EPROTO, "neither \"code\" nor \"error\"");
	*code = BG_TAKE(found);
	return BG_REDIRECT_CODE;
}

enum bg_redirect_verdict
bg_redirect_judge(char **code, belgo_rc *rc, const struct bg_redirect_expect *expect, const char *params,
		  size_t len, struct belgo_error *err)
{
	BG_AUTO(bg_form_done) struct bg_form form = {0};
	belgo_rc result = bg_redirect_parse(&form, params, len, err);

	if (result == BELGO_OK)
		return bg_redirect_judge_form(code, rc, expect, &form, err);
	if (result == BELGO_EPROTO)
		return BG_REDIRECT_IGNORE;
	*rc = result;
	return BG_REDIRECT_REFUSED;
}

belgo_rc
bg_redirect_state(char **out, const char *params, size_t len, struct belgo_error *err)
{
	BG_AUTO(bg_form_done) struct bg_form form = {0};
	const char *state;

	BG_TRY(bg_redirect_parse(&form, params, len, err));
	if ((state = bg_form_get(&form, "state", NULL)) == NULL)
		return bg_fail(err, BELGO_ESTATE, WHAT ": \"state\" is missing");
	if (bg_form_get(&form, "code", NULL) == NULL && bg_form_get(&form, "error", NULL) == NULL)
		return bg_fail(err, BELGO_EPROTO, WHAT ": neither \"code\" nor \"error\"");
	return bg_str_set(out, state) == BELGO_OK ? BELGO_OK
						  : bg_fail(err, BELGO_ENOMEM, WHAT ": out of memory");
}
