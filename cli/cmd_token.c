/* token: the live access token on stdout; and what header, dpop, exec and exchange share with it. */
#include "commands.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define MIN_VALID_S 60

struct token_args {
	const char *account;
	int64_t min_valid;
	struct words scope, resource;
	int refresh, no_newline;
};

static const struct opt token_opts[] = {
    {OPT_STRING, "account", 0, offsetof(struct token_args, account), "ACCOUNT",
     "name, e-mail address, provider or issuer", FILL_ACCOUNT},
    {OPT_DURATION, "min-valid", 0, offsetof(struct token_args, min_valid), "DURATION",
     "refresh unless valid for so long (60s)", FILL_NONE},
    {OPT_WORDS, "scope", 0, offsetof(struct token_args, scope), "SCOPE…",
     "a further token, for these scopes alone", FILL_NONE},
    {OPT_WORDS, "resource", 0, offsetof(struct token_args, resource), "URI…",
     "a further token, for these resources alone", FILL_NONE},
    {OPT_FLAG, "refresh", 0, offsetof(struct token_args, refresh), NULL, "refresh in any case", FILL_NONE},
    {OPT_FLAG, "no-newline", 'n', offsetof(struct token_args, no_newline), NULL,
     "print no newline after the token", FILL_NONE},
    {0}};

/*
 * When this process was started, by the wall clock: a refresh that another process ended after that counts
 * for this call too, although setting up took a while. Falls back to now.
 */
static int64_t
process_start_ms(void)
{
	struct timespec wall = {0}, boot = {0};
	unsigned long long ticks = 0;
	int64_t now_ms, up_ms, start_ms;
	char stat[1024], *p;
	size_t n = 0;
	FILE *file = fopen("/proc/self/stat", "re");

	clock_gettime(CLOCK_REALTIME, &wall);
	clock_gettime(CLOCK_BOOTTIME, &boot);
	now_ms = (int64_t)wall.tv_sec * 1000 + wall.tv_nsec / 1000000;
	if (file != NULL) {
		n = fread(stat, 1, sizeof(stat) - 1, file);
		fclose(file);
	}
	stat[n] = '\0';
	/* The name in parentheses may hold anything; field 22 is the twentieth after it. */
	p = strrchr(stat, ')');
	if (p == NULL ||
	    sscanf(p + 1, " %*c %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %llu",
		   &ticks) != 1)
		return now_ms;
	up_ms = (int64_t)boot.tv_sec * 1000 + boot.tv_nsec / 1000000;
	start_ms = (int64_t)(ticks * 1000 / (unsigned long long)sysconf(_SC_CLK_TCK));
	return start_ms > up_ms ? now_ms : now_ms - (up_ms - start_ms);
}

belgo_rc
account_missing(struct ctl *ctl, const struct account_ref *ref, belgo_rc rc)
{
	if (rc == BELGO_ENOTFOUND)
		index_forget(ctl, ref->key, ref->store);
	return rc;
}

void
live_token_done(struct live_token *live)
{
	belgo_op_free(&live->op);
	session_close(&live->session);
	account_ref_done(&live->ref);
}

static belgo_rc
get(struct live_token *live, struct ctl *ctl, const struct token_wish *wish, struct belgo_error *err)
{
	AUTO(text_free) char *scope = words_join(&wish->scope);
	struct belgo_token_params params = {.min_valid = wish->min_valid >= 0 ? wish->min_valid : MIN_VALID_S,
					    .mode = wish->mode,
					    .began_at_ms = process_start_ms(),
					    .scope = scope,
					    .resources = (const char *const *)wish->resource.items,
					    .n_resources = wish->resource.n};
	const struct belgo_account *account;

	if (scope == NULL)
		return fail_memory(err);
	TRY(account_find(&live->ref, ctl, wish->account, err));
	params.account_key = live->ref.key;
	TRY(session_open(&live->session, ctl, live->ref.store, err));
	TRY(belgo_token_op(&live->op, live->session.client, &params, err));
	TRY(account_missing(ctl, &live->ref, drive(ctl, live->op, NULL, err)));
	if (belgo_op_token(live->op) == NULL)
		return fail_with(err, BELGO_EINTERNAL, "the operation ended without a token");
	account = belgo_op_account(live->op);
	if (account != NULL && account->name != NULL && strcmp(account->name, live->ref.name) != 0)
		index_put(ctl, account, live->ref.store);
	else
		index_restamp(ctl);
	return BELGO_OK;
}

belgo_rc
live_token_get(struct live_token *out, struct ctl *ctl, const struct token_wish *wish,
	       struct belgo_error *err)
{
	AUTO(live_token_done) struct live_token live = {0};

	TRY(get(&live, ctl, wish, err));
	*out = live;
	live = (struct live_token){0};
	return BELGO_OK;
}

belgo_rc
live_token_prove(struct live_token *live, struct ctl *ctl, const struct token_wish *wish,
		 const struct belgo_proof_params *request, struct belgo_error *err)
{
	AUTO(text_free) char *scope = words_join(&wish->scope);
	const struct belgo_token_params params = {.account_key = live->ref.key,
						  .scope = scope,
						  .resources = (const char *const *)wish->resource.items,
						  .n_resources = wish->resource.n};

	if (scope == NULL)
		return fail_memory(err);
	ctl->facts.not_found = "To bind its tokens: oauthctl login {login} --dpop";
	belgo_op_free(&live->op);
	TRY(belgo_proof_op(&live->op, live->session.client, &params, request, err));
	return drive(ctl, live->op, NULL, err);
}

json_t *
token_json(const struct belgo_token *token)
{
	return json_pack("{s:i, s:s, s:s, s:o, s:o}", "version", 1, "access_token", token->access_token,
			 "token_type", token->token_type, "expires_at", json_time(token->expires_at),
			 "scopes", json_scopes(token->scope));
}

void
token_print(struct ctl *ctl, const struct belgo_token *token, int no_newline)
{
	out_add(&ctl->out, token->access_token, strlen(token->access_token));
	if (!no_newline)
		out_add(&ctl->out, "\n", 1);
}

static belgo_rc
run_token(struct ctl *ctl, const struct line *line, struct belgo_error *err)
{
	const struct token_args *args = line->args;
	const struct token_wish wish = {.account = args->account,
					.min_valid = args->min_valid,
					.mode = args->refresh ? BELGO_REFRESH_NOW : BELGO_REFRESH_ON_DEMAND,
					.scope = args->scope,
					.resource = args->resource};
	AUTO(live_token_done) struct live_token live = {0};

	TRY(live_token_get(&live, ctl, &wish, err));
	if (ctl->globals.json) {
		AUTO(json_free_ptr) json_t *value = token_json(belgo_op_token(live.op));

		out_json(&ctl->out, value);
	} else {
		token_print(ctl, belgo_op_token(live.op), args->no_newline);
	}
	return BELGO_OK;
}

const struct command cmd_token = {
    .name = "token",
    .operands = "",
    .summary = "print a live access token",
    .about =
	"The token is valid for at least --min-valid when it is printed; otherwise it is refreshed first, "
	"once for\n"
	"all processes that ask. It never opens a browser: where a login is needed, the exit status is 4.\n"
	"With --scope or --resource it is a further token of the same account, got by the same refresh token "
	"and "
	"kept\n"
	"beside the account's own.\n\n"
	"  curl -H \"Authorization: Bearer $(oauthctl token)\" …     shows the token in `ps`; better:\n"
	"  oauthctl header | curl -H @- https://api.example.org/",
    .opts = token_opts,
    .args_size = sizeof(struct token_args),
    .run = run_token};
