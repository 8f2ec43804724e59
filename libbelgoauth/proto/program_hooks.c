/*
 * The hooks of a program: values to text for the call, and what comes back through the same gates as an
 * answer from outside. No hook is trusted to be careful; what its words mean is judged where they are used.
 */
#include "proto/program_hooks.h"

#include "base/error.h"
#include "base/form.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/text.h"
#include "proto/authorize.h"
#include "proto/provider_members.h"
#include "proto/reply.h"
#include "proto/token.h"
#include "proto/userinfo.h"

#include <string.h>
#include <strings.h>

#define HOOK "the program's hook "
#define TCHAR "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

struct belgo_token_request {
	struct bg_buf *form;
	struct belgo_http_request *added;
	belgo_rc refused; /* of an addition: the hook may have looked away */
};

belgo_rc
belgo_provider_with_hooks(struct belgo_provider **out, const struct belgo_provider *provider,
			  const struct belgo_provider_hooks *hooks, struct belgo_error *err)
{
	BG_AUTO(belgo_provider_free) struct belgo_provider *p = NULL;

	if (hooks == NULL)
		return bg_fail(err, BELGO_EINVAL, "the hooks are missing");
	if (provider->id == NULL)
		return bg_fail(err, BELGO_EINVAL,
			       "the provider of %s has no id by which an account could find its hooks again",
			       provider->issuer);
	if (bg_provider_dup(&p, provider) != BELGO_OK)
		return bg_fail(err, BELGO_ENOMEM, "provider %s: out of memory", provider->id);
	p->program = *hooks;
	*out = BG_TAKE(p);
	return BELGO_OK;
}

static belgo_rc
called(belgo_rc rc, const char *name, struct belgo_error *err)
{
	return rc == BELGO_OK ? BELGO_OK : bg_fail(err, rc, HOOK "%s failed", name);
}

static belgo_rc
refuse(struct belgo_token_request *request, belgo_rc rc, const char *what, const char *name,
       struct belgo_error *err)
{
	request->refused = rc;
	return bg_fail(err, rc, HOOK "fix_token_request: the %s \"%s\" %s", what, name,
		       rc == BELGO_EINVAL ? "cannot be added" : "does not fit into memory");
}

/* @spec RFC 6749 section 3.2: no parameter more than once */
belgo_rc
belgo_token_request_add_param(struct belgo_token_request *request, const char *name, const char *value,
			      struct belgo_error *err)
{
	BG_AUTO(bg_form_done) struct bg_form form = {0};
	belgo_rc rc;

	if (name == NULL || *name == '\0' || value == NULL || !bg_text_is_utf8(name, strlen(name)) ||
	    !bg_text_is_utf8(value, strlen(value)) || bg_authorize_param_is_reserved(name))
		return refuse(request, BELGO_EINVAL, "parameter", name != NULL ? name : "", err);
	if ((rc = bg_form_parse(&form, request->form->data, request->form->len)) == BELGO_OK)
		rc = bg_form_get(&form, name, NULL) != NULL ? BELGO_EINVAL
							    : bg_form_add(request->form, name, value);
	return rc == BELGO_OK ? BELGO_OK : refuse(request, rc, "parameter", name, err);
}

/* @spec RFC 9110 section 5.1, 5.6.2 */
static int
is_free_header(const char *name)
{
	static const char *const taken[] = {"Accept",           "Authorization",
					    "Connection",       "Content-Encoding",
					    "Content-Length",   "Content-Type",
					    "Cookie",           "DPoP",
					    "Expect",           "Host",
					    "Keep-Alive",       "Proxy-Authorization",
					    "Proxy-Connection", "TE",
					    "Trailer",          "Transfer-Encoding",
					    "Upgrade"};

	if (name == NULL || *name == '\0' || name[strspn(name, TCHAR)] != '\0')
		return 0;
	for (size_t i = 0; i < BG_LEN(taken); i++)
		if (strcasecmp(name, taken[i]) == 0)
			return 0;
	return 1;
}

static int
has_header(const struct belgo_http_request *req, const char *name)
{
	for (size_t i = 0; i < req->n_headers; i++)
		if (strcasecmp(req->headers[i].name, name) == 0)
			return 1;
	return 0;
}

belgo_rc
belgo_token_request_add_header(struct belgo_token_request *request, const char *name, const char *value,
			       struct belgo_error *err)
{
	belgo_rc rc = BELGO_EINVAL;

	if (is_free_header(name) && value != NULL && !has_header(request->added, name))
		rc = bg_request_header(request->added, name, value);
	return rc == BELGO_OK ? BELGO_OK : refuse(request, rc, "header", name != NULL ? name : "", err);
}

belgo_rc
bg_program_fix_request(struct belgo_http_request *added, struct bg_buf *form,
		       const struct belgo_provider *provider, struct belgo_error *err)
{
	const struct belgo_provider_hooks *hooks = &provider->program;
	struct belgo_token_request request = {.form = form, .added = added};
	BG_AUTO(bg_form_done) struct bg_form members = {0};
	belgo_rc rc;

	if (hooks->fix_token_request == NULL)
		return BELGO_OK;
	if ((rc = bg_form_parse(&members, form->data, form->len)) != BELGO_OK)
		return bg_fail(err, rc, "request for tokens: %s", belgo_rc_str(rc));
	BG_TRY(called(
	    hooks->fix_token_request(hooks->arg, &request, bg_form_get(&members, "grant_type", NULL), err),
	    "fix_token_request", err));
	return called(request.refused, "fix_token_request", err);
}

belgo_rc
bg_program_fix_reply(json_t *reply, const struct belgo_provider *provider, struct belgo_error *err)
{
	const struct belgo_provider_hooks *hooks = &provider->program;
	BG_AUTO(bg_str_free) char *before = NULL;
	BG_AUTO(bg_str_free) char *after = NULL;
	BG_AUTO(bg_json_free) json_t *fixed = NULL;

	if (hooks->fix_token_reply == NULL)
		return BELGO_OK;
	if (bg_json_dump(&before, reply) != BELGO_OK)
		return bg_fail(err, BELGO_ENOMEM, "token reply: out of memory");
	BG_TRY(called(hooks->fix_token_reply(hooks->arg, &after, before, err), "fix_token_reply", err));
	if (after == NULL)
		return BELGO_OK;
	BG_TRY(bg_json_object(&fixed, after, strlen(after), BG_MAX_REPLY, BG_JSON_NUMBERS_DEFUSE,
			      HOOK "fix_token_reply", err));
	(void)json_object_clear(reply);
	return json_object_update(reply, fixed) == 0
		   ? BELGO_OK
		   : bg_fail(err, BELGO_ENOMEM, "token reply: out of memory");
}

/* A bound token is of no use without a proof, and proofs are the library's. @spec RFC 9449 section 7.1 */
belgo_rc
bg_program_userinfo(json_t **out, const struct belgo_provider *provider, const struct belgo_token *token,
		    const char *subject, struct belgo_error *err)
{
	const struct belgo_provider_hooks *hooks = &provider->program;
	BG_AUTO(bg_str_free) char *text = NULL;
	BG_AUTO(bg_json_free) json_t *claims = NULL;

	if (bg_token_is_bound(token))
		return bg_fail(err, BELGO_EINVAL,
			       HOOK "get_userinfo gets no token that is bound to a key (DPoP)");
	BG_TRY(called(hooks->get_userinfo(hooks->arg, &text, token->access_token, err), "get_userinfo", err));
	if (text == NULL)
		return bg_fail(err, BELGO_EPROTO, HOOK "get_userinfo has no answer");
	BG_TRY(bg_json_object(&claims, text, strlen(text), BG_MAX_REPLY, BG_JSON_NUMBERS_STRICT,
			      HOOK "get_userinfo", err));
	return bg_userinfo_claims(out, claims, subject, err);
}

static int
is_plain(const char *text)
{
	return text == NULL || (bg_text_is_utf8(text, strlen(text)) && !bg_text_has_control(text));
}

belgo_rc
bg_program_map_profile(struct bg_profile *out, const struct belgo_provider *provider, const json_t *claims,
		       struct belgo_error *err)
{
	const struct belgo_provider_hooks *hooks = &provider->program;
	BG_AUTO(bg_profile_done) struct bg_profile profile = {0};
	BG_AUTO(bg_str_free) char *text = NULL;
	struct belgo_profile told = {0};
	belgo_rc rc;

	if (bg_json_dump(&text, claims) != BELGO_OK)
		return bg_fail(err, BELGO_ENOMEM, "claims: out of memory");
	rc = hooks->map_profile(hooks->arg, &told, text, err);
	profile = (struct bg_profile){.subject = told.subject,
				      .email = told.email,
				      .name = told.name,
				      .picture = told.picture,
				      .email_verified = told.email_verified};
	BG_TRY(called(rc, "map_profile", err));
	if (!is_plain(profile.subject) || !is_plain(profile.email) || !is_plain(profile.name) ||
	    !is_plain(profile.picture) || (unsigned)profile.email_verified > BELGO_VERIFIED_YES)
		return bg_fail(err, BELGO_EPROTO, HOOK "map_profile: a member is no plain text");
	*out = profile;
	profile = (struct bg_profile){0};
	return BELGO_OK;
}
