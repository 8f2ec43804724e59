/* Answers of the token endpoint: a token set that comes out can be sent, shown and kept; else an error. */
#include "fuzz.h"

#include "base/limits.h"
#include "base/mem.h"
#include "proto/token_exchange.h"

#include <stdlib.h>
#include <strings.h>

#define NOW 1700000000

static void
check_token(const struct belgo_token *t)
{
	HOLDS(t->access_token != NULL && t->access_token[0] != '\0');
	HOLDS(fuzz_is_printable(t->access_token) && strchr(t->access_token, ' ') == NULL);
	HOLDS(strlen(t->access_token) <= BG_MAX_ACCESS_TOKEN);
	HOLDS(strcasecmp(t->token_type, "Bearer") == 0);
	HOLDS(t->refresh_token == NULL || (*t->refresh_token != '\0' && fuzz_is_printable(t->refresh_token)));
	HOLDS(t->id_token == NULL || *t->id_token != '\0');
	HOLDS(t->scope == NULL || (*t->scope != '\0' && fuzz_is_printable(t->scope)));
	HOLDS(t->authorization_details == NULL || t->authorization_details[0] == '[');
	HOLDS(t->authorization_details == NULL || strlen(t->authorization_details) <= BG_MAX_DETAILS);
	HOLDS(t->obtained_at == NOW);
	HOLDS(t->expires_at == 0 || (t->expires_at >= NOW && t->expires_at <= NOW + BG_MAX_LIFETIME_S));
	HOLDS(t->refresh_expires_at == 0 ||
	      (t->refresh_token != NULL && t->refresh_expires_at <= NOW + BG_MAX_LIFETIME_S));
}

/* A refresh that brings no refresh token leaves the old one, and no expiry of the old access token. */
static void
check_merge(struct belgo_token *t)
{
	char access[] = "old-access", type[] = "Bearer", refresh[] = "old-refresh", scope[] = "a b";
	const struct belgo_token old = {.access_token = access,
					.token_type = type,
					.refresh_token = refresh,
					.scope = scope,
					.expires_at = 1,
					.refresh_expires_at = 2};
	int rotated = t->refresh_token != NULL;
	int64_t expires_at = t->expires_at;

	HOLDS(bg_token_merge(t, &old) == BELGO_OK);
	HOLDS(strcmp(t->access_token, access) != 0 || t->expires_at != 1);
	HOLDS(t->expires_at == expires_at);
	HOLDS(t->refresh_token != NULL && (rotated || strcmp(t->refresh_token, refresh) == 0));
	HOLDS(rotated || t->refresh_expires_at == 2);
	HOLDS(t->scope != NULL);
}

static void
judge(const struct belgo_provider *provider, enum bg_grant grant, const struct belgo_http_response *res)
{
	BG_AUTO(belgo_token_free) struct belgo_token *token = NULL;
	BG_AUTO(bg_str_free) char *missing = NULL;
	struct belgo_error err = {0};
	belgo_rc rc =
	    bg_token_response(&token, provider, grant, BG_TOKEN_BEARER, res, NOW, fuzz_secrets, &err);

	HOLDS((rc == BELGO_OK) == (token != NULL));
	if (token == NULL) {
		fuzz_check_error(rc, &err, fuzz_secrets);
		return;
	}
	HOLDS(err.rc == BELGO_OK && res->status == 200);
	check_token(token);
	HOLDS(bg_token_scope_missing(&missing, provider, "openid email", token->scope) == BELGO_OK);
	HOLDS(token->scope != NULL || *missing == '\0');
	check_merge(token);
}

/* What is handed on as a token of some type is of the one that was asked for, and comes alone. */
static void
judge_exchange(const char *requested, const struct belgo_http_response *res)
{
	const struct bg_token_exchange in = {.requested_token_type = requested};
	BG_AUTO(belgo_token_free) struct belgo_token *token = NULL;
	BG_AUTO(bg_str_free) char *issued = NULL;
	struct belgo_error err = {0};
	belgo_rc rc =
	    bg_exchange_response(&token, &issued, fuzz_provider(), &in, res, NOW, fuzz_secrets, &err);

	HOLDS((rc == BELGO_OK) == (token != NULL) && (token != NULL) == (issued != NULL));
	if (token == NULL) {
		fuzz_check_error(rc, &err, fuzz_secrets);
		return;
	}
	HOLDS(requested == NULL || strcmp(issued, requested) == 0);
	HOLDS(fuzz_is_printable(issued) && strchr(issued, ':') != NULL);
	HOLDS(fuzz_is_printable(token->access_token) && strchr(token->access_token, ' ') == NULL);
	HOLDS(strcasecmp(token->token_type, "Bearer") == 0 ||
	      (strcasecmp(token->token_type, "N_A") == 0 && strcmp(issued, BG_TYPE_ACCESS_TOKEN) != 0));
	HOLDS(token->refresh_token == NULL && token->id_token == NULL && token->refresh_expires_at == 0);
}

/* What is kept of an answer that was refused can be sent, and is what one that was not refused would have
 * given. */
static void
judge_rescue(const struct belgo_http_response *res)
{
	BG_AUTO(bg_str_free) char *kept = bg_token_response_refresh_token(fuzz_provider(), res);
	BG_AUTO(belgo_token_free) struct belgo_token *token = NULL;

	HOLDS(kept == NULL || (fuzz_is_printable(kept) && *kept != '\0'));
	if (bg_token_response(&token, fuzz_provider(), BG_GRANT_REFRESH, BG_TOKEN_BEARER, res, NOW, NULL,
			      NULL) == BELGO_OK)
		HOLDS((kept == NULL) == (token->refresh_token == NULL) &&
		      (kept == NULL || strcmp(kept, token->refresh_token) == 0));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	BG_AUTO(belgo_http_response_done) struct belgo_http_response res = {0};

	fuzz_answer(&res, data, size);
	judge(fuzz_provider(), BG_GRANT_CODE, &res);
	judge(fuzz_provider(), BG_GRANT_REFRESH, &res);
	judge_rescue(&res);
	judge_exchange(NULL, &res);
	judge_exchange(BG_TYPE_ACCESS_TOKEN, &res);
	for (size_t i = 0; belgo_provider_builtin_at(i) != NULL; i++)
		judge(belgo_provider_builtin_at(i), BG_GRANT_REFRESH, &res);
	return 0;
}
