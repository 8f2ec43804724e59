/*
 * A JWT that brings our state is ours, whoever made it: then it is verified or it ends the login. The state
 * is read before that, as JARM section 2.4 wants it, so that nobody else's costs more than a look.
 */
#include "proto/jarm.h"

#include <string.h>

#include "base/error.h"
#include "base/limits.h"
#include "base/mem.h"

#define WHAT "authorization response"

int
bg_jarm_is_mode(const char *response_mode)
{
	return response_mode != NULL &&
	       (strcmp(response_mode, "jwt") == 0 || strcmp(response_mode, "query.jwt") == 0 ||
		strcmp(response_mode, "form_post.jwt") == 0);
}

/* @spec JARM section 4 */
belgo_rc
bg_jarm_check_offered(const char *response_mode, const struct bg_metadata *metadata, struct belgo_error *err)
{
	if (metadata->response_modes_supported != NULL &&
	    !bg_list_has(metadata->response_modes_supported, response_mode))
		return bg_fail(err, BELGO_EPROTO,
			       "%s does not sign its answers: response_modes_supported has no \"%s\"",
			       metadata->issuer, response_mode);
	if (metadata->endpoints.jwks_uri == NULL)
		return bg_fail(err, BELGO_EPROTO,
			       "the metadata of %s has no jwks_uri, so no answer of its can be verified",
			       metadata->issuer);
	return BELGO_OK;
}

/* Whether each JWT says of itself that it is ours: *ours is the last that does, or NULL; *count: how many
 * there are at all. BELGO_ENOMEM. */
static belgo_rc
find_ours(const char **ours, size_t *count, const struct bg_form *form, const char *state,
	  struct belgo_error *err)
{
	*ours = NULL;
	*count = 0;
	for (size_t i = 0; i < form->n; i++) {
		const char *jwt = form->params[i].value;
		BG_AUTO(bg_json_free) json_t *payload = NULL;
		belgo_rc rc;

		if (strcmp(form->params[i].name, "response") != 0)
			continue;
		++*count;
		if ((rc = bg_jws_peek(&payload, jwt, BG_MAX_JWT, WHAT, err)) == BELGO_ENOMEM)
			return rc;
		if (rc == BELGO_OK &&
		    bg_str_equal_secret(json_string_value(json_object_get(payload, "state")), state))
			*ours = jwt;
	}
	return BELGO_OK;
}

static enum bg_redirect_verdict
refuse(belgo_rc *rc, belgo_rc why, const char *text, struct belgo_error *err)
{
	bg_error_reset(err);
	*rc = bg_fail(err, why, WHAT ": %s", text);
	return BG_REDIRECT_REFUSED;
}

/* @spec JARM sections 2.3 and 2.4 */
enum bg_redirect_verdict
bg_jarm_judge(char **response, belgo_rc *rc, const char *state, const char *params, size_t len,
	      struct belgo_error *err)
{
	BG_AUTO(bg_form_done) struct bg_form form = {0};
	belgo_rc result = bg_redirect_parse(&form, params, len, err);
	const char *ours;
	size_t count;

	if (result == BELGO_EPROTO)
		return BG_REDIRECT_IGNORE;
	if (result != BELGO_OK || (result = find_ours(&ours, &count, &form, state, err)) != BELGO_OK)
		return refuse(rc, result, belgo_rc_str(result), err);
	if (ours == NULL && !bg_redirect_holds_state(&form, state)) {
		(void)bg_fail(err, BELGO_ESTATE, WHAT ": there is none that is signed for a login under way");
		return BG_REDIRECT_IGNORE;
	}
	if (count == 0)
		return refuse(rc, BELGO_EPROTO, "it is not signed, although that was asked for", err);
	if (ours == NULL || count > 1)
		return refuse(rc, BELGO_EPROTO, "it is not the one JWT that was asked for", err);
	if (bg_str_set(response, ours) != BELGO_OK)
		return refuse(rc, BELGO_ENOMEM, "out of memory", err);
	bg_error_reset(err);
	return BG_REDIRECT_SIGNED;
}

/* What the first JWT claims, else what stands beside it. */
belgo_rc
bg_jarm_state(char **out, const char *params, size_t len, struct belgo_error *err)
{
	BG_AUTO(bg_form_done) struct bg_form form = {0};
	BG_AUTO(bg_json_free) json_t *payload = NULL;
	const char *state = NULL, *jwt;

	BG_TRY(bg_redirect_parse(&form, params, len, err));
	if ((jwt = bg_form_get(&form, "response", NULL)) != NULL &&
	    bg_jws_peek(&payload, jwt, BG_MAX_JWT, WHAT, err) == BELGO_ENOMEM)
		return BELGO_ENOMEM;
	bg_error_reset(err);
	if ((state = json_string_value(json_object_get(payload, "state"))) == NULL)
		state = bg_form_get(&form, "state", NULL);
	if (state == NULL)
		return bg_fail(err, BELGO_ESTATE, WHAT ": there is none that is signed for any login");
	return bg_str_set(out, state) == BELGO_OK ? BELGO_OK
						  : bg_fail(err, BELGO_ENOMEM, WHAT ": out of memory");
}

/* @spec JARM sections 2.1 and 2.4, 4 */
struct bg_signed_answer
bg_jarm_expect(const struct bg_redirect_expect *expect, const char *client_id)
{
	return (struct bg_signed_answer){.what = "the authorization response",
					 .typ = BG_JWS_TYP_JWT,
					 .iat = BG_ANSWER_IAT_OPTIONAL,
					 .needs_exp = 1,
					 .provider = expect->provider,
					 .metadata = expect->metadata,
					 .algs = expect->metadata->authorization_signing_alg_values_supported,
					 .client_id = client_id};
}

belgo_rc
bg_jarm_code(char **code, const struct bg_redirect_expect *expect, const json_t *claims,
	     struct belgo_error *err)
{
	static const char *const names[] = {"state",    "iss", "code", "error", "error_description",
					    "error_uri"};
	struct bg_form_param params[BG_LEN(names)];
	struct bg_form form = {.params = params};
	belgo_rc rc = BELGO_OK;

	for (size_t i = 0; i < BG_LEN(names); i++) {
		const json_t *value = json_object_get(claims, names[i]);

		if (value == NULL)
			continue;
		if (!json_is_string(value))
			return bg_fail(err, BELGO_EPROTO, WHAT ": \"%s\" is no string", names[i]);
		params[form.n++] = (struct bg_form_param){(char *)(uintptr_t)names[i],
							  (char *)(uintptr_t)json_string_value(value)};
	}
	if (bg_redirect_judge_form(code, &rc, expect, &form, err) != BG_REDIRECT_IGNORE)
		return rc;
	bg_error_reset(err);
	return bg_fail(err, BELGO_EPROTO, WHAT ": neither \"code\" nor \"error\" of this login");
}
