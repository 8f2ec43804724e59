/*
 * The authorization request: its parameters, and the URL that the browser is sent to. What the values are
 * (state, nonce, verifier) is decided elsewhere; which scope is asked for is authorize_scope.c's.
 */
#include "proto/authorize.h"

#include "base/error.h"
#include "base/form.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/text.h"
#include "base/url.h"
#include "proto/details.h"
#include "proto/pkce.h"

#include <string.h>

#define WHAT "authorization request"

/* Set here, checked later against the answer (hd, max_age, resource, response_mode, ...), or with no place in
 * a URL. */
int
bg_authorize_param_is_reserved(const char *name)
{
	static const char *const reserved[] = {
	    "response_type",
	    "client_id",
	    "redirect_uri",
	    "scope",
	    "state",
	    "nonce",
	    "code_challenge",
	    "code_challenge_method",
	    "response_mode",
	    "resource",
	    "max_age",
	    "hd",
	    "claims",
	    "authorization_details",
	    "request",
	    "request_uri",
	    "dpop_jkt",
	    "code",
	    "iss",
	    "error",
	    "client_secret",
	    "client_assertion",
	    "client_assertion_type",
	    "code_verifier",
	    "access_token",
	    "refresh_token",
	    "id_token_hint",
	};

	for (size_t i = 0; i < BG_LEN(reserved); i++)
		if (strcmp(name, reserved[i]) == 0)
			return 1;
	return 0;
}

static const char *
extra_value(const struct bg_authorize *in, const char *name)
{
	for (size_t i = 0; i < in->n_extra; i++)
		if (strcmp(in->extra[i].name, name) == 0)
			return in->extra[i].value;
	return NULL;
}

static const char *
preset_value(const struct bg_authorize *in, const char *name)
{
	for (size_t i = 0; i < in->provider->n_authorize_params; i++)
		if (strcmp(in->provider->authorize_params[i].name, name) == 0)
			return in->provider->authorize_params[i].value;
	return NULL;
}

/* The members of the request that a preset or an extra parameter may name as well; NULL where the caller said
 * nothing. */
static const char *
own_value(const struct bg_authorize *in, const char *name)
{
	if (strcmp(name, "prompt") == 0)
		return in->prompt;
	if (strcmp(name, "login_hint") == 0)
		return in->login_hint;
	if (strcmp(name, "access_type") == 0)
		return in->access_type;
	if (strcmp(name, "acr_values") == 0)
		return in->acr_values;
	return NULL;
}

static int
is_repeated(const struct belgo_param *extra, size_t i)
{
	for (size_t j = 0; j < i; j++)
		if (strcmp(extra[j].name, extra[i].name) == 0)
			return 1;
	return 0;
}

/* @spec RFC 6749 section 3.1, 3.2 (no parameter more than once) */
belgo_rc
bg_further_params_check(const struct belgo_param *extra, size_t n, const char *what, struct belgo_error *err)
{
	for (size_t i = 0; i < n; i++) {
		const struct belgo_param *p = &extra[i];
		const char *why = NULL;

		if (p->name == NULL || p->name[0] == '\0' || !bg_text_is_nqchar(p->name))
			return bg_fail(err, BELGO_EINVAL, "%s: a further parameter has no printable name",
				       what);
		if (bg_authorize_param_is_reserved(p->name))
			why = "is set by this library, or has a setting of its own";
		else if (p->value == NULL || !bg_text_is_utf8(p->value, strlen(p->value)))
			why = "has no value in UTF-8";
		else if (is_repeated(extra, i))
			why = "is given twice";
		if (why != NULL)
			return bg_fail(err, BELGO_EINVAL, "%s: the parameter \"%s\" %s", what, p->name, why);
	}
	return BELGO_OK;
}

/* @spec RFC 6749 section 3.1, 3.2 (an empty one is none) */
belgo_rc
bg_further_params_add(struct bg_buf *form, const struct belgo_param *extra, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (extra[i].value[0] != '\0')
			BG_TRY(bg_form_add(form, extra[i].name, extra[i].value));
	return BELGO_OK;
}

static belgo_rc
check_extra(const struct bg_authorize *in, struct belgo_error *err)
{
	BG_TRY(bg_further_params_check(in->extra, in->n_extra, WHAT, err));
	for (size_t i = 0; i < in->n_extra; i++)
		if (own_value(in, in->extra[i].name) != NULL)
			return bg_fail(err, BELGO_EINVAL,
				       WHAT ": the parameter \"%s\" is given twice, once by its own setting",
				       in->extra[i].name);
	return BELGO_OK;
}

static belgo_rc
check_resources(const struct bg_authorize *in, struct belgo_error *err)
{
	for (size_t i = 0; i < in->n_resources; i++)
		if (in->resources[i] == NULL || !bg_uri_is_absolute(in->resources[i]))
			return bg_fail(err, BELGO_EINVAL,
				       WHAT ": resource %zu is no absolute URI without a fragment", i + 1);
	return BELGO_OK;
}

/* @spec OpenID Connect Core section 5.5 */
static belgo_rc
check_claims(const struct bg_authorize *in, struct belgo_error *err)
{
	BG_AUTO(bg_json_free) json_t *claims = NULL;
	belgo_rc rc;

	if (in->claims == NULL)
		return BELGO_OK;
	rc = bg_json_object(&claims, in->claims, strlen(in->claims), BG_MAX_URL, BG_JSON_NUMBERS_STRICT,
			    "claims", NULL);
	if (rc == BELGO_EPROTO)
		return bg_fail(err, BELGO_EINVAL, WHAT ": claims is no JSON object");
	return rc == BELGO_OK ? BELGO_OK : bg_fail(err, rc, WHAT ": %s", belgo_rc_str(rc));
}

static belgo_rc
check(const struct bg_authorize *in, struct belgo_error *err)
{
	if (in->client_id == NULL || in->redirect_uri == NULL || in->state == NULL ||
	    in->code_verifier == NULL)
		return bg_fail(err, BELGO_EINVAL,
			       WHAT ": client_id, redirect_uri, state or code_verifier is missing");
	if (in->metadata->endpoints.authorization == NULL)
		return bg_fail(err, BELGO_EPROTO, WHAT ": %s has no authorization_endpoint",
			       in->metadata->issuer);
	BG_TRY(check_extra(in, err));
	BG_TRY(check_resources(in, err));
	BG_TRY(bg_details_check(in->authorization_details, in->metadata, err));
	return check_claims(in, err);
}

/*
 * Many servers drop offline_access silently unless consent is asked for.
 * @spec OpenID Connect Core section 11
 */
static int
lacks_consent(const struct bg_authorize *in)
{
	if (in->provider->offline != BG_OFFLINE_SCOPE || !bg_scope_has(in->scope, "offline_access"))
		return 0;
	if (in->prompt != NULL)
		return !bg_scope_has(in->prompt, "consent") && !bg_scope_has(in->prompt, "none");
	return extra_value(in, "prompt") == NULL && preset_value(in, "prompt") == NULL;
}

static int
knows_consent(const struct bg_metadata *metadata)
{
	return metadata->prompt_values_supported == NULL ||
	       bg_list_has(metadata->prompt_values_supported, "consent");
}

static belgo_rc
add_prompt(struct bg_buf *q, const struct bg_authorize *in)
{
	BG_AUTO(bg_str_free) char *prompt = NULL;

	if (!lacks_consent(in) || !knows_consent(in->metadata))
		return bg_form_add(q, "prompt", in->prompt);
	BG_TRY(bg_scope_union(&prompt, in->prompt, "consent"));
	return bg_form_add(q, "prompt", prompt);
}

/* @spec RFC 6749 section 4.1.1; RFC 7636 section 4.3; RFC 9449 section 10; OpenID Connect Core
 * section 3.1.2.1 */
static belgo_rc
add_protocol(struct bg_buf *q, const struct bg_authorize *in)
{
	BG_AUTO(bg_str_free) char *challenge = NULL;

	BG_TRY(bg_pkce_challenge(&challenge, in->code_verifier));
	BG_TRY(bg_form_add(q, "response_type", "code"));
	BG_TRY(bg_form_add(q, "redirect_uri", in->redirect_uri));
	BG_TRY(bg_form_add(q, "scope", in->scope != NULL && in->scope[0] != '\0' ? in->scope : NULL));
	BG_TRY(bg_form_add(q, "state", in->state));
	BG_TRY(bg_form_add(q, "nonce", in->nonce));
	BG_TRY(bg_form_add(q, "code_challenge", challenge));
	BG_TRY(bg_form_add(q, "code_challenge_method", "S256"));
	BG_TRY(bg_form_add(q, "dpop_jkt", in->dpop_jkt));
	return bg_form_add(q, "response_mode", in->response_mode);
}

static belgo_rc
add_wishes(struct bg_buf *q, const struct bg_authorize *in)
{
	BG_AUTO(bg_str_free) char *max_age = NULL;

	if (in->max_age >= 0 && (max_age = bg_strf("%lld", (long long)in->max_age)) == NULL)
		return BELGO_ENOMEM;
	BG_TRY(add_prompt(q, in));
	BG_TRY(bg_form_add(q, "login_hint", in->login_hint));
	BG_TRY(bg_form_add(q, "hd", in->hd));
	BG_TRY(bg_form_add(q, "access_type", in->access_type));
	BG_TRY(bg_form_add(q, "claims", in->claims));
	BG_TRY(bg_form_add(q, "acr_values", in->acr_values));
	BG_TRY(bg_form_add(q, "authorization_details", in->authorization_details));
	BG_TRY(bg_form_add(q, "max_age", max_age));
	return bg_form_add_each(q, "resource", in->resources, in->n_resources);
}

/* The preset's, but for what the caller said otherwise; then the caller's own. */
static belgo_rc
add_further(struct bg_buf *q, const struct bg_authorize *in)
{
	const struct belgo_provider *p = in->provider;

	for (size_t i = 0; i < p->n_authorize_params; i++) {
		const struct bg_pair *pair = &p->authorize_params[i];

		if (own_value(in, pair->name) == NULL && extra_value(in, pair->name) == NULL)
			BG_TRY(bg_form_add(q, pair->name, pair->value));
	}
	return bg_further_params_add(q, in->extra, in->n_extra);
}

static belgo_rc
too_long(belgo_rc rc, struct belgo_error *err)
{
	return bg_fail(err, rc, WHAT ": %s", rc == BELGO_EINVAL ? "it grows too long" : belgo_rc_str(rc));
}

belgo_rc
bg_authorize_form(struct bg_buf *form, const struct bg_authorize *in, struct belgo_error *err)
{
	belgo_rc rc;

	BG_TRY(check(in, err));
	if ((rc = add_protocol(form, in)) || (rc = add_wishes(form, in)) || (rc = add_further(form, in)))
		return too_long(rc, err);
	return BELGO_OK;
}

/*
 * An OpenID provider wants to see by these two that it is an OpenID request before it opens the object.
 * @spec RFC 9101 section 5 (may be repeated); OpenID Connect Core section 6.1 (must be)
 */
static belgo_rc
add_outside(struct bg_buf *query, const struct bg_authorize *in)
{
	if (in->nonce == NULL)
		return BELGO_OK;
	BG_TRY(bg_form_add(query, "response_type", "code"));
	return bg_form_add(query, "scope", in->scope);
}

/* @spec RFC 9126 section 4; RFC 9101 section 5 */
static belgo_rc
add_object(struct bg_buf *query, const struct bg_authorize *in)
{
	if (in->request_uri != NULL || in->request == NULL)
		return bg_form_add(query, "request_uri", in->request_uri);
	BG_TRY(add_outside(query, in));
	return bg_form_add(query, "request", in->request);
}

/* @spec RFC 6749 section 4.1.1 */
belgo_rc
bg_authorize_url(char **out, const struct bg_authorize *in, struct belgo_error *err)
{
	BG_AUTO(bg_buf_free) struct bg_buf query = BG_BUF(BG_MAX_URL);
	const char *endpoint = in->metadata->endpoints.authorization;
	belgo_rc rc;
	char *url;

	if (in->request_uri == NULL && in->request == NULL)
		BG_TRY(bg_authorize_form(&query, in, err));
	else
		BG_TRY(check(in, err));
	if ((rc = bg_form_add(&query, "client_id", in->client_id)) || (rc = add_object(&query, in)))
		return too_long(rc, err);
	if (strlen(endpoint) + 1 + query.len > BG_MAX_URL)
		return too_long(BELGO_EINVAL, err);
	if ((url = bg_url_with_query(endpoint, query.data)) == NULL)
		return bg_fail(err, BELGO_ENOMEM, WHAT ": out of memory");
	*out = url;
	return BELGO_OK;
}
