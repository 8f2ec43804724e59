/* A record in memory. As the JSON that the store gets it is record_json.c's. */
#include "flow/record_members.h"

#include <stdlib.h>
#include <string.h>

#include "flow/further.h"
#include "proto/token.h"

const struct bg_text_member bg_account_texts[] = {
    {"key", offsetof(struct belgo_account, key)},
    {"cache_id", offsetof(struct belgo_account, cache_id)},
    {"name", offsetof(struct belgo_account, name)},
    {"provider", offsetof(struct belgo_account, provider)},
    {"tenant", offsetof(struct belgo_account, tenant)},
    {"issuer", offsetof(struct belgo_account, issuer)},
    {"metadata_issuer", offsetof(struct belgo_account, metadata_issuer)},
    {"client_id", offsetof(struct belgo_account, client_id)},
    {"subject", offsetof(struct belgo_account, subject)},
    {"email", offsetof(struct belgo_account, email)},
    {"display_name", offsetof(struct belgo_account, display_name)},
    {"picture", offsetof(struct belgo_account, picture)},
    {"scope", offsetof(struct belgo_account, scope)},
    {"scope_requested", offsetof(struct belgo_account, scope_requested)},
    {"claims", offsetof(struct belgo_account, claims)},
    {"resource", offsetof(struct belgo_account, resource)},
    {"authorization_details", offsetof(struct belgo_account, authorization_details)},
    {"grant", offsetof(struct belgo_account, grant)},
    {NULL, 0},
};

const struct bg_text_member bg_token_texts[] = {
    {"access_token", offsetof(struct belgo_token, access_token)},
    {"token_type", offsetof(struct belgo_token, token_type)},
    {"refresh_token", offsetof(struct belgo_token, refresh_token)},
    {"id_token", offsetof(struct belgo_token, id_token)},
    {"scope", offsetof(struct belgo_token, scope)},
    {"authorization_details", offsetof(struct belgo_token, authorization_details)},
    {NULL, 0},
};

const struct bg_text_member bg_record_texts[] = {
    {"nonce", offsetof(struct bg_record, nonce)},
    {"hd", offsetof(struct bg_record, hd)},
    {"redirect_uri", offsetof(struct bg_record, redirect_uri)},
    {"token_endpoint_auth_method", offsetof(struct bg_record, token_endpoint_auth_method)},
    {"dpop_key", offsetof(struct bg_record, dpop_key)},
    {"assertion_subject", offsetof(struct bg_record, assertion_subject)},
    {"profile", offsetof(struct bg_record, profile)},
    {"refresh_scope", offsetof(struct bg_record, refresh_scope)},
    {"refresh_claims", offsetof(struct bg_record, refresh_claims)},
    {NULL, 0},
};

struct bg_record *
bg_record_new(void)
{
	struct bg_record *r = bg_calloc(1, sizeof(*r));

	if (r != NULL && ((r->account = bg_calloc(1, sizeof(*r->account))) == NULL ||
			  (r->token = bg_calloc(1, sizeof(*r->token))) == NULL))
		bg_record_free(&r);
	return r;
}

void
bg_selection_done(struct bg_selection *selection)
{
	bg_str_free(&selection->scope);
	bg_strv_free(&selection->resources);
}

void
bg_further_free(struct bg_further **further)
{
	struct bg_further *f = *further;

	if (f == NULL)
		return;
	bg_selection_done(&f->selection);
	belgo_token_free(&f->token);
	free(f);
	*further = NULL;
}

void
bg_record_free(struct bg_record **record)
{
	struct bg_record *r = *record;

	if (r == NULL)
		return;
	belgo_account_free(&r->account);
	belgo_token_free(&r->token);
	for (const struct bg_text_member *m = bg_record_texts; m->name != NULL; m++)
		bg_str_free(bg_text_at(r, m));
	bg_strv_free(&r->resources);
	bg_strv_free(&r->client_ids);
	for (size_t i = 0; i < r->n_further; i++)
		bg_further_free(&r->further[i]);
	free(r);
	*record = NULL;
}

int
bg_record_is_fapi(const struct bg_record *record)
{
	return bg_str_equal(record->profile, BG_PROFILE_NAME_FAPI2);
}

int
bg_record_is_clients(const struct bg_record *record)
{
	return bg_str_equal(record->account->grant, BG_GRANT_NAME_CLIENT) ||
	       bg_str_equal(record->account->grant, BG_GRANT_JWT_BEARER);
}

int
bg_record_is_renewable(const struct bg_record *record)
{
	return record->token->refresh_token != NULL || bg_record_is_clients(record);
}

struct belgo_account *
bg_account_dup(const struct belgo_account *account)
{
	struct belgo_account *copy = bg_calloc(1, sizeof(*copy));

	if (copy == NULL)
		return NULL;
	*copy = *account;
	copy->further = NULL;
	for (const struct bg_text_member *m = bg_account_texts; m->name != NULL; m++)
		*bg_text_at(copy, m) = NULL;
	if (bg_str_set(&copy->further, account->further) != BELGO_OK) {
		belgo_account_free(&copy);
		return NULL;
	}
	for (const struct bg_text_member *m = bg_account_texts; m->name != NULL; m++)
		if (bg_str_set(bg_text_at(copy, m), bg_text_in(account, m)) != BELGO_OK) {
			belgo_account_free(&copy);
			return NULL;
		}
	return copy;
}

struct belgo_token *
bg_token_dup(const struct belgo_token *token)
{
	struct belgo_token *copy = bg_calloc(1, sizeof(*copy));

	if (copy == NULL)
		return NULL;
	*copy = (struct belgo_token){.expires_at = token->expires_at,
				     .refresh_expires_at = token->refresh_expires_at,
				     .obtained_at = token->obtained_at};
	for (const struct bg_text_member *m = bg_token_texts; m->name != NULL; m++)
		if (bg_str_set(bg_text_at(copy, m), bg_text_in(token, m)) != BELGO_OK) {
			belgo_token_free(&copy);
			return NULL;
		}
	return copy;
}

belgo_rc
bg_record_settle(struct bg_record *record)
{
	struct belgo_account *a = record->account;

	a->access_expires_at = record->token->expires_at;
	a->refresh_expires_at = record->token->refresh_expires_at;
	a->has_refresh_token = record->token->refresh_token != NULL;
	a->refreshed_at = record->refreshed_at_ms / 1000;
	return bg_further_describe(&a->further, record);
}
