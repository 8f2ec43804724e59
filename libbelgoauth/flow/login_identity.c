/* Which account a login makes or renews: who signed in, what was granted, and by what name it goes. Nothing
 * is sent or stored here. */
#include "flow/login.h"

#include <stdlib.h>
#include <string.h>

#include "base/ascii.h"
#include "base/text.h"
#include "base/url.h"
#include "proto/userinfo.h"

/* The ID token's claims win: they are signed and bound to this login. */
static belgo_rc
merge_claims(json_t **out, const struct bg_login *l)
{
	json_t *merged = json_object();

	*out = merged;
	if (merged == NULL || (l->userinfo != NULL && json_object_update(merged, l->userinfo) != 0) ||
	    (l->verdict.claims != NULL && json_object_update(merged, l->verdict.claims) != 0))
		return BELGO_ENOMEM;
	return BELGO_OK;
}

int
bg_login_may_be_nobodys(const struct bg_login *login)
{
	return login->wish.p.identity == BELGO_IDENTITY_OPTIONAL && login->verdict.claims == NULL;
}

/* Whose it is where no claim says so. A subject that a person thought of could be some user's there. */
static belgo_rc
choose_stand_in(const char **out, struct belgo_op *op, struct bg_login *l, struct belgo_error *err)
{
	const struct belgo_login_params *p = &l->wish.p;

	*out = bg_login_resource(l);
	if (l->way->grant != NULL)
		*out = p->jwt_bearer_subject != NULL ? p->jwt_bearer_subject : p->client_id;
	if (!bg_login_may_be_nobodys(l) || l->userinfo != NULL)
		return BELGO_OK;
	BG_TRY(bg_op_random_text(op, &l->nobody, err));
	*out = l->nobody;
	return BELGO_OK;
}

static belgo_rc
fill_identity(struct belgo_op *op, struct bg_login *l, struct belgo_error *err)
{
	struct belgo_account *a = l->record->account;
	BG_AUTO(bg_json_free) json_t *merged = NULL;
	BG_AUTO(bg_profile_done) struct bg_profile profile = {0};
	const char *subject = json_string_value(json_object_get(l->verdict.claims, "sub"));
	const char *issuer = json_string_value(json_object_get(l->verdict.claims, "iss"));
	const char *resource = bg_login_resource(l);
	const char *stand_in = NULL;
	char key[BG_ID_SIZE], cache_id[BG_ID_SIZE] = "";

	BG_TRY(choose_stand_in(&stand_in, op, l, err));
	if (l->verdict.claims == NULL && l->userinfo == NULL && stand_in == NULL)
		return bg_fail(
		    err, BELGO_EPROTO,
		    "%s does not say who signed in: there is neither an ID token nor a userinfo answer",
		    l->metadata->issuer);
	if (merge_claims(&merged, l) != BELGO_OK)
		return bg_fail(err, BELGO_ENOMEM, "out of memory");
	if (json_object_size(merged) > 0)
		BG_TRY(bg_profile_identify(&profile, l->provider, merged, l->verdict.claims != NULL, err));
	if (profile.subject != NULL)
		subject = profile.subject;
	else if (subject == NULL)
		subject = stand_in;
	if (subject == NULL)
		return bg_fail(err, BELGO_ECLAIM, "the userinfo answer of %s names no subject",
			       l->metadata->issuer);
	if (issuer == NULL)
		issuer = l->metadata->issuer;
	BG_TRY(bg_account_key(key, issuer, l->wish.p.client_id, subject, resource));
	if (l->token->access_token != NULL)
		BG_TRY(bg_cache_id(cache_id, op->client, key));
	if (bg_str_set(&a->key, key) || bg_str_set(&a->cache_id, cache_id) ||
	    bg_str_set(&a->issuer, issuer) || bg_str_set(&a->subject, subject) ||
	    bg_str_set(&a->email, profile.email) || bg_str_set(&a->display_name, profile.name) ||
	    bg_str_set(&a->picture, profile.picture) || bg_str_set(&a->resource, resource) ||
	    (l->verdict.claims != NULL && bg_json_dump(&a->claims, l->verdict.claims) != BELGO_OK))
		return bg_fail(err, BELGO_ENOMEM, "out of memory");
	a->email_verified = profile.email_verified;
	return BELGO_OK;
}

static belgo_rc
fill_record(struct belgo_op *op, struct bg_login *l, struct belgo_error *err)
{
	struct bg_record *r = l->record;
	struct belgo_account *a = r->account;
	const struct belgo_login_params *p = &l->wish.p;
	const char *granted = l->token->scope != NULL ? l->token->scope : l->scope;
	/* that of another program's login is told by its ID token alone, and repeated by those to come */
	const char *nonce = json_string_value(json_object_get(l->verdict.claims, "nonce"));

	if (bg_str_set(&a->provider, l->provider->id) || bg_str_set(&a->tenant, l->provider->tenant) ||
	    bg_str_set(&a->metadata_issuer, l->provider->issuer) || bg_str_set(&a->client_id, p->client_id) ||
	    bg_str_set(&a->authorization_details, l->token->authorization_details) ||
	    bg_str_set(&a->grant, l->nobody != NULL ? BG_GRANT_NAME_REFRESH : l->way->grant) ||
	    bg_str_set(&a->scope, granted) || bg_str_set(&a->scope_requested, l->scope) ||
	    bg_str_set(&r->nonce, nonce != NULL ? nonce : l->nonce) ||
	    bg_str_set(&r->assertion_subject, p->jwt_bearer_subject) || bg_str_set(&r->hd, p->hd) ||
	    bg_str_set(&r->redirect_uri, l->redirect_uri) ||
	    bg_str_set(&r->profile, p->profile == BELGO_PROFILE_FAPI2 ? BG_PROFILE_NAME_FAPI2 : NULL) ||
	    (l->dpop.key != NULL && bg_json_dump(&r->dpop_key, l->dpop.key) != BELGO_OK) ||
	    bg_str_set(&r->token_endpoint_auth_method, p->token_endpoint_auth_method) ||
	    bg_strv_dup(&r->resources, p->resources, p->n_resources) ||
	    bg_strv_dup(&r->client_ids, p->extra_client_ids, p->n_extra_client_ids))
		return bg_fail(err, BELGO_ENOMEM, "out of memory");
	a->at_fixed_paths = l->metadata->at_fixed_paths;
	a->created_at = bg_op_now(op);
	r->refreshed_at_ms = bg_op_now_ms(op);
	belgo_token_free(&r->token);
	r->token = BG_TAKE(l->token);
	if (bg_record_settle(r) != BELGO_OK)
		return bg_fail(err, BELGO_ENOMEM, "out of memory");
	return BELGO_OK;
}

/* PROVIDER:EMAIL, for a bare issuer its host, without e-mail the subject. Of a protected resource: its host,
 * and its path where no e-mail is known. Where strangers sign in, the account's key, for with an address that
 * is not his somebody would take the name of whoever has it. */
static belgo_rc
default_name(char **out, const struct bg_login *l, struct belgo_error *err)
{
	const struct belgo_account *a = l->record->account;
	BG_AUTO(bg_url_done) struct bg_url url = {0};
	const char *resource = bg_login_resource(l), *where = resource == NULL ? l->provider->id : NULL;
	const char *user = l->way->is_for_strangers ? a->key : bg_account_user(a);
	char who[100];

	if (where == NULL &&
	    bg_url_parse(&url, resource != NULL ? resource : l->provider->issuer) == BELGO_OK)
		where = url.host;
	if (bg_str_equal(user, resource) && url.path != NULL)
		user = url.path + strspn(url.path, "/");
	belgo_text_printable(who, sizeof(who), user);
	for (char *c = who; *c != '\0'; c++)
		if (!bg_is_alnum(*c) && strchr("@.-+_:", *c) == NULL) /* no shell finds a meaning in it */
			*c = '_';
	if ((*out = bg_strf("%.24s%s%s", where, *who == '\0' ? "" : ":", who)) == NULL)
		return bg_fail(err, BELGO_ENOMEM, "out of memory");
	return BELGO_OK;
}

/* Somebody has this name already: it is given up only if that was asked for. */
static belgo_rc
displace(struct bg_login *l, const struct belgo_account *other, struct belgo_error *err)
{
	const struct belgo_account *a = l->record->account;
	const char *who = bg_account_user(a), *owner = bg_account_user(other);

	if (l->wish.p.replace == BELGO_REPLACE_ANY_USER)
		return bg_str_set(&l->displaced, other->key) == BELGO_OK
			   ? BELGO_OK
			   : bg_fail(err, BELGO_ENOMEM, "out of memory");
	if (bg_str_equal(a->issuer, other->issuer) && bg_str_equal(a->subject, other->subject))
		return bg_fail(err, BELGO_EACCOUNT, "the account %s is this user's %s", other->name,
			       bg_str_equal(a->client_id, other->client_id) ? "for another resource"
									    : "through another client id");
	if (bg_str_equal(who, owner)) { /* an address that two users have tells neither from the other */
		who = a->subject;
		owner = other->subject;
	}
	return bg_fail(err, BELGO_EACCOUNT, "you signed in as %s, but the account %s is %s", who, other->name,
		       owner);
}

static const char *
describe_way(const struct belgo_account *account)
{
	if (bg_str_equal(account->grant, BG_GRANT_NAME_CLIENT))
		return "by a client for itself";
	return bg_str_equal(account->grant, BG_GRANT_JWT_BEARER) ? "by a client that vouches for it"
								 : "by its user";
}

/* A client may vouch for any name, and so for one that a person has at the same provider. */
static belgo_rc
check_way(const struct bg_login *l, const struct belgo_account *before, struct belgo_error *err)
{
	const struct belgo_account *a = l->record->account;

	if (bg_str_equal(a->grant, before->grant) || l->wish.p.replace == BELGO_REPLACE_ANY_USER)
		return BELGO_OK;
	return bg_fail(err, BELGO_EACCOUNT, "the account %s is signed in %s, and would then be %s",
		       before->name, describe_way(before), describe_way(a));
}

/* Logging in again renews; as somebody else under a name that is taken it is refused. */
static belgo_rc
choose_name(struct bg_login *l, const struct bg_record *before, struct belgo_error *err)
{
	struct belgo_account *a = l->record->account;
	const char *given = l->wish.p.account_name;
	const struct bg_record *named;

	if (before != NULL)
		BG_TRY(check_way(l, before->account, err));
	if (given == NULL && before != NULL)
		given = before->account->name;
	if (given == NULL)
		BG_TRY(default_name(&a->name, l, err));
	else if (bg_str_set(&a->name, given) != BELGO_OK)
		return bg_fail(err, BELGO_ENOMEM, "out of memory");
	named = bg_login_account_named(l, a->name);
	if (l->wish.p.existing == BELGO_EXISTING_ONLY && before == NULL && named == NULL)
		return bg_fail(err, BELGO_EACCOUNT, "you signed in as %s, who has no account here",
			       bg_account_user(a));
	if (before != NULL)
		a->created_at = before->account->created_at;
	return named == NULL || bg_str_equal(named->account->key, a->key) ? BELGO_OK
									  : displace(l, named->account, err);
}

/* Many servers grant offline_access by the refresh token alone. @spec RFC 6749 section 3.3 */
static belgo_rc
compare_scopes(struct bg_login *l, struct belgo_error *err)
{
	BG_AUTO(bg_str_free) char *missing = NULL;
	const struct belgo_token *t = l->record->token;

	if (bg_token_scope_missing(&missing, l->provider, l->scope, t->scope) != BELGO_OK ||
	    bg_scope_minus(&l->missing, missing, t->refresh_token != NULL ? "offline_access" : NULL) !=
		BELGO_OK ||
	    bg_token_scope_beyond(&l->beyond, l->provider, l->scope, t->scope) != BELGO_OK)
		return bg_fail(err, BELGO_ENOMEM, "out of memory");
	return BELGO_OK;
}

static belgo_rc
warn_of_older_grant(struct belgo_op *op, const struct bg_record *r, struct belgo_error *err)
{
	BG_AUTO(bg_str_free) char *beyond = NULL;

	if (r->refresh_scope == NULL)
		return BELGO_OK;
	if (bg_scope_minus(&beyond, r->account->scope, r->refresh_scope) != BELGO_OK)
		return bg_fail(err, BELGO_ENOMEM, "out of memory");
	if (beyond[0] != '\0')
		bg_op_warn(op,
			   "%s sent no refresh token: the one of the earlier login stays, and refreshes "
			   "without: %s",
			   r->account->issuer, beyond);
	return BELGO_OK;
}

belgo_rc
bg_login_settle(struct belgo_op *op, struct bg_login *l, struct bg_record *before, struct belgo_error *err)
{
	struct bg_record *r = l->record;

	BG_TRY(choose_name(l, before, err));
	if (before != NULL && bg_record_keep_refresh_token(r, before) != BELGO_OK)
		return bg_fail(err, BELGO_ENOMEM, "out of memory");
	BG_TRY(warn_of_older_grant(op, r, err));
	BG_TRY(compare_scopes(l, err));
	return bg_account_result(op, r->account, r->token, err);
}

belgo_rc
bg_login_compose(struct belgo_op *op, struct bg_login *l, struct belgo_error *err)
{
	if ((l->record = bg_record_new()) == NULL)
		return bg_fail(err, BELGO_ENOMEM, "out of memory");
	BG_TRY(fill_identity(op, l, err));
	return fill_record(op, l, err);
}
