/* A copy of the login's parameters that lives as long as the login, with what a challenge adds to them. */
#include "flow/login.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"

/* The plain string members, so that one loop copies them. */
static const size_t strings[] = {
#define MEMBER(name) offsetof(struct belgo_login_params, name)
    MEMBER(client_id),
    MEMBER(client_secret),
    MEMBER(token_endpoint_auth_method),
    MEMBER(account_name),
    MEMBER(scope),
    MEMBER(prompt),
    MEMBER(login_hint),
    MEMBER(hd),
    MEMBER(access_type),
    MEMBER(claims),
    MEMBER(acr_values),
    MEMBER(challenge),
    MEMBER(authorization_details),
    MEMBER(jwt_bearer_subject),
    MEMBER(refresh_token),
    MEMBER(redirect_host),
    MEMBER(redirect_path),
#undef MEMBER
};

static belgo_rc
copy_strings(struct bg_login_wish *wish)
{
	for (size_t i = 0; i < BG_LEN(strings); i++) {
		const char **member = (const char **)(void *)((char *)&wish->p + strings[i]);

		if (*member != NULL &&
		    (*member = wish->strings[wish->n_strings++] = bg_strdup(*member)) == NULL)
			return BELGO_ENOMEM;
	}
	return BELGO_OK;
}

static belgo_rc
copy_extra(struct bg_login_wish *wish, const struct belgo_login_params *in)
{
	struct belgo_param *extra = bg_calloc(in->n_extra + 1, sizeof(*extra));

	wish->p.extra = wish->extra = extra;
	wish->p.n_extra = 0;
	if (extra == NULL)
		return BELGO_ENOMEM;
	for (; wish->p.n_extra < in->n_extra; wish->p.n_extra++) {
		const struct belgo_param *from = &in->extra[wish->p.n_extra];

		extra[wish->p.n_extra] = (struct belgo_param){bg_strdup(from->name), bg_strdup(from->value)};
		if (extra[wish->p.n_extra].name == NULL || extra[wish->p.n_extra].value == NULL) {
			wish->p.n_extra++;
			return BELGO_ENOMEM;
		}
	}
	return BELGO_OK;
}

static belgo_rc
check_lists(const struct belgo_login_params *in, struct belgo_error *err)
{
	BG_TRY(bg_check_list(in->resources, in->n_resources, "the resources", err));
	BG_TRY(bg_check_list(in->extra_client_ids, in->n_extra_client_ids, "the further client ids", err));
	for (size_t i = 0; i < in->n_extra; i++)
		if (in->extra[i].name == NULL || in->extra[i].value == NULL)
			return bg_fail(err, BELGO_EINVAL, "the extra parameters: number %zu is NULL", i + 1);
	return BELGO_OK;
}

static belgo_rc
copy_lists(struct bg_login_wish *wish, const struct belgo_login_params *in)
{
	BG_TRY(bg_strv_dup(&wish->resources, in->resources, in->n_resources));
	wish->p.resources = (const char *const *)wish->resources;
	BG_TRY(bg_strv_dup(&wish->extra_client_ids, in->extra_client_ids, in->n_extra_client_ids));
	wish->p.extra_client_ids = (const char *const *)wish->extra_client_ids;
	if ((wish->ports = bg_calloc(in->n_ports + 1, sizeof(*wish->ports))) == NULL)
		return BELGO_ENOMEM;
	for (size_t i = 0; i < in->n_ports; i++)
		wish->ports[i] = in->ports[i];
	wish->p.ports = wish->ports;
	return copy_extra(wish, in);
}

/*
 * What was granted is asked for again, so that a step up is never a step down.
 * @spec RFC 9470 section 4; RFC 6750 section 3.1
 */
static belgo_rc
take_challenge(struct bg_login_wish *wish, struct belgo_error *err)
{
	struct belgo_login_params *p = &wish->p;
	struct bg_step_up *step_up = &wish->step_up;
	BG_AUTO(bg_str_free) char *scope = NULL;

	if (p->challenge == NULL)
		return BELGO_OK;
	if (p->acr_values != NULL || p->max_age_set || (p->scope != NULL && p->scope_mode != BELGO_SCOPE_ADD))
		return bg_fail(err, BELGO_EINVAL,
			       "a challenge says itself which acr_values, max_age and scope it wants");
	BG_TRY(bg_step_up_read(step_up, p->challenge, err));
	if (bg_scope_union(&scope, p->scope, step_up->scope) != BELGO_OK)
		return bg_fail(err, BELGO_ENOMEM, "out of memory");
	bg_str_free(&step_up->scope);
	p->scope = step_up->scope = BG_TAKE(scope);
	p->scope_mode = BELGO_SCOPE_ADD;
	p->acr_values = step_up->acr_values;
	p->max_age = step_up->max_age;
	return BELGO_OK;
}

belgo_rc
bg_login_wish_copy(struct bg_login_wish *out, const struct belgo_login_params *in, struct belgo_error *err)
{
	_Static_assert(BG_LEN(strings) <= BG_LEN(out->strings), "room for every string");

	BG_TRY(check_lists(in, err));
	out->p = *in;
	if (!in->max_age_set)
		out->p.max_age = -1;
	/* until each is copied it must not be freed as ours */
	out->p.extra = NULL;
	out->p.n_extra = 0;
	if (copy_strings(out) != BELGO_OK || copy_lists(out, in) != BELGO_OK)
		return bg_fail(err, BELGO_ENOMEM, "out of memory");
	return take_challenge(out, err);
}

void
bg_login_wish_done(struct bg_login_wish *wish)
{
	for (size_t i = 0; i < wish->n_strings; i++)
		bg_str_free(&wish->strings[i]);
	bg_strv_free(&wish->resources);
	bg_strv_free(&wish->extra_client_ids);
	for (size_t i = 0; i < wish->p.n_extra; i++) {
		belgo_secret_free((char *)(uintptr_t)wish->extra[i].name);
		belgo_secret_free((char *)(uintptr_t)wish->extra[i].value);
	}
	free(wish->extra);
	free(wish->ports);
	bg_step_up_done(&wish->step_up);
	*wish = (struct bg_login_wish){0};
}
