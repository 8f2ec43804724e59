/*
 * The end of token sets and accounts: every member is wiped, the public ones too, so that nobody has to judge
 * which of them is a secret. How they are made is the business of token_response.c and of the flows.
 */
#include <belgoauth/token.h>

#include "base/mem.h"

#include <stdlib.h>

void
belgo_token_free(struct belgo_token **token)
{
	struct belgo_token *t = token != NULL ? *token : NULL;

	if (t == NULL)
		return;
	bg_str_free(&t->access_token);
	bg_str_free(&t->token_type);
	bg_str_free(&t->refresh_token);
	bg_str_free(&t->id_token);
	bg_str_free(&t->scope);
	bg_str_free(&t->authorization_details);
	free(t);
	*token = NULL;
}

static void
free_members(struct belgo_account *a)
{
	char **const members[] = {
	    &a->key,
	    &a->cache_id,
	    &a->name,
	    &a->provider,
	    &a->tenant,
	    &a->issuer,
	    &a->metadata_issuer,
	    &a->client_id,
	    &a->subject,
	    &a->email,
	    &a->picture,
	    &a->display_name,
	    &a->scope,
	    &a->claims,
	    &a->scope_requested,
	    &a->further,
	    &a->resource,
	    &a->authorization_details,
	    &a->grant,
	};

	for (size_t i = 0; i < BG_LEN(members); i++)
		bg_str_free(members[i]);
}

void
belgo_account_free(struct belgo_account **account)
{
	if (account == NULL || *account == NULL)
		return;
	free_members(*account);
	free(*account);
	*account = NULL;
}

void
belgo_account_list_free(struct belgo_account_list **list)
{
	struct belgo_account_list *l = list != NULL ? *list : NULL;

	if (l == NULL)
		return;
	for (size_t i = 0; l->items != NULL && i < l->n; i++)
		belgo_account_free(&l->items[i]);
	free(l->items);
	free(l);
	*list = NULL;
}
