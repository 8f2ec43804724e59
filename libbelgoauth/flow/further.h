/*
 * Further access tokens of an account, each for a selection of scopes and resources (RFC 8707), got by the
 * account's one refresh token and kept in its record. Pure.
 */
#ifndef BG_FLOW_FURTHER_H
#define BG_FLOW_FURTHER_H

#include "flow/record.h"

/*
 * *out: scopes and resources sorted, each once; NULL where none is named. BELGO_EINVAL for what is no list
 * of scopes, for a resource that is no absolute URI without a fragment, and for more than
 * BG_MAX_SELECTION bytes.
 */
belgo_rc bg_selection_make(struct bg_selection *out, const char *scope, const char *const *resources,
			   size_t n_resources, struct belgo_error *err) BG_MUST_USE;
int bg_selection_is_empty(const struct bg_selection *selection);

/* NULL: the account has none for it. */
const struct bg_further *bg_further_find(const struct bg_record *record,
					 const struct bg_selection *selection);
/*
 * Takes *token into the record, in place of what was there for that selection; a token without a scope has
 * what was asked for. For want of room the least recently obtained go, at last the new one itself.
 * BELGO_ENOMEM.
 */
belgo_rc bg_further_keep(struct bg_record *record, const struct bg_selection *selection,
			 struct belgo_token **token, int64_t now_ms) BG_MUST_USE;
/* *out: what they are for and how long they live, as struct belgo_account has it; NULL where there is none.
 * BELGO_ENOMEM. */
belgo_rc bg_further_describe(char **out, const struct bg_record *record) BG_MUST_USE;

#endif
