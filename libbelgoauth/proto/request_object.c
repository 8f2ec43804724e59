/*
 * A signed authorization request. What it asks for is authorize.c's; here its parameters become claims, with
 * who signed, for whom and for how long. It has no `sub`: nobody may use it as the client's assertion.
 */
#include "proto/request_object.h"

#include "base/error.h"
#include "base/form.h"
#include "base/limits.h"
#include "base/mem.h"
#include "jose/sign.h"
#include "proto/assertion.h"

#include <string.h>

#define WHAT "the signed authorization request"

/* It is used at once, but for a browser that has to be found first. */
#define LIFETIME_S 300

/* Parameters that are JSON already. @spec OpenID Connect Core section 6.1; RFC 9396 section 3 */
static int
is_json(const char *name)
{
	static const char *const names[] = {"claims", "authorization_details", "max_age"};

	for (size_t i = 0; i < BG_LEN(names); i++)
		if (strcmp(name, names[i]) == 0)
			return 1;
	return 0;
}

/* The texts were judged when the form was made of them. */
static json_t *
value_of(const struct bg_form_param *param)
{
	return is_json(param->name) ? json_loads(param->value, JSON_DECODE_ANY | JSON_REJECT_DUPLICATES, NULL)
				    : json_string(param->value);
}

/* Only `resource` may come twice. @spec RFC 8707 section 2; RFC 9101 section 4 */
static belgo_rc
set_parameter(json_t *claims, const struct bg_form_param *param)
{
	json_t *before = json_object_get(claims, param->name), *list;

	if (before == NULL)
		return json_object_set_new(claims, param->name, value_of(param)) == 0 ? BELGO_OK
										      : BELGO_ENOMEM;
	if (json_is_array(before))
		return json_array_append_new(before, value_of(param)) == 0 ? BELGO_OK : BELGO_ENOMEM;
	if ((list = json_array()) == NULL)
		return BELGO_ENOMEM;
	if (json_array_append(list, before) != 0 || json_array_append_new(list, value_of(param)) != 0) {
		json_decref(list);
		return BELGO_ENOMEM;
	}
	return json_object_set_new(claims, param->name, list) == 0 ? BELGO_OK : BELGO_ENOMEM;
}

/* @spec RFC 9101 section 4 (neither request nor request_uri; iss and aud), section 10.8 (no sub) */
static belgo_rc
set_registered(json_t *claims, const struct bg_request_object *in)
{
	const struct bg_authorize *request = in->request;

	BG_TRY(bg_json_set_str(claims, "client_id", request->client_id));
	BG_TRY(bg_json_set_str(claims, "iss", request->client_id));
	BG_TRY(bg_json_set_str(claims, "aud", request->metadata->issuer));
	BG_TRY(bg_json_set_str(claims, "jti", in->jti));
	BG_TRY(bg_json_set_int(claims, "iat", in->now));
	BG_TRY(bg_json_set_int(claims, "nbf", in->now));
	return bg_json_set_int(claims, "exp", in->now + LIFETIME_S);
}

static belgo_rc
make_claims(json_t **out, const struct bg_request_object *in, const struct bg_form *form)
{
	BG_AUTO(bg_json_free) json_t *claims = json_object();

	if (claims == NULL)
		return BELGO_ENOMEM;
	for (size_t i = 0; i < form->n; i++)
		BG_TRY(set_parameter(claims, &form->params[i]));
	BG_TRY(set_registered(claims, in));
	*out = BG_TAKE(claims);
	return BELGO_OK;
}

/* A registered claim that a caller or a preset names as a parameter would change who says what to whom. */
static belgo_rc
check_names(const struct bg_form *form, struct belgo_error *err)
{
	static const char *const names[] = {"iss", "sub", "aud", "exp", "nbf", "iat", "jti"};

	for (size_t i = 0; i < BG_LEN(names); i++)
		if (bg_form_get(form, names[i], NULL) != NULL)
			return bg_fail(err, BELGO_EINVAL, WHAT ": no parameter of it can be named \"%s\"",
				       names[i]);
	return BELGO_OK;
}

belgo_rc
bg_request_object_make(char **out, const struct bg_request_object *in, struct belgo_error *err)
{
	BG_AUTO(bg_buf_free) struct bg_buf text = BG_BUF(BG_MAX_FORM);
	BG_AUTO(bg_form_done) struct bg_form form = {0};
	BG_AUTO(bg_json_free) json_t *claims = NULL;
	BG_AUTO(bg_json_free) json_t *header = NULL;
	belgo_rc rc;

	BG_TRY(bg_authorize_form(&text, in->request, err));
	if ((rc = bg_form_parse(&form, text.data, text.len)) != BELGO_OK)
		return bg_fail(err, rc, WHAT ": %s", belgo_rc_str(rc));
	BG_TRY(check_names(&form, err));
	if ((rc = make_claims(&claims, in, &form)) ||
	    (rc = bg_assertion_header(&header, "oauth-authz-req+jwt", in->key)))
		return bg_fail(err, rc, WHAT ": %s", belgo_rc_str(rc));
	return bg_jws_sign(out, in->alg, header, claims, in->key, err);
}
