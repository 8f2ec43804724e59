/* header and dpop: what a request carries, the access token and, where it is bound to a key, a proof. */
#include "commands.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

struct header_args {
	const char *account, *method, *url, *nonce;
	int64_t min_valid;
	struct words scope, resource;
};

static const struct opt opts[] = {{OPT_STRING, "account", 0, offsetof(struct header_args, account), "ACCOUNT",
				   "name, e-mail address, provider or issuer", FILL_ACCOUNT},
				  {OPT_DURATION, "min-valid", 0, offsetof(struct header_args, min_valid),
				   "DURATION", "refresh unless valid for so long (60s)", FILL_NONE},
				  {OPT_WORDS, "scope", 0, offsetof(struct header_args, scope), "SCOPE…",
				   "a further token, for these scopes alone", FILL_NONE},
				  {OPT_WORDS, "resource", 0, offsetof(struct header_args, resource), "URI…",
				   "a further token, for these resources alone", FILL_NONE},
				  {OPT_STRING, "method", 0, offsetof(struct header_args, method), "METHOD",
				   "the request's method, for a token that needs a proof (GET)", FILL_NONE},
				  {OPT_STRING, "url", 0, offsetof(struct header_args, url), "URL",
				   "the request's URL, for a token that needs a proof", FILL_NONE},
				  {OPT_STRING, "nonce", 0, offsetof(struct header_args, nonce), "NONCE",
				   "what the server sent in DPoP-Nonce", FILL_NONE},
				  {0}};

static int
is_bound(const struct belgo_token *token)
{
	return strcasecmp(token->token_type, "DPoP") == 0;
}

static struct token_wish
wish_of(const struct header_args *args)
{
	return (struct token_wish){.account = args->account,
				   .min_valid = args->min_valid,
				   .scope = args->scope,
				   .resource = args->resource};
}

/* *out: {"dpop":PROOF} */
static belgo_rc
prove(json_t **out, struct live_token *live, struct ctl *ctl, const struct header_args *args,
      struct belgo_error *err)
{
	const struct token_wish wish = wish_of(args);
	const struct belgo_proof_params request = {
	    .method = args->method != NULL ? args->method : "GET", .url = args->url, .nonce = args->nonce};

	if (args->url == NULL)
		return fail_with(
		    err, BELGO_EINVAL,
		    "the access token of %s goes along with a proof for one request: name it with "
		    "--url and --method",
		    live->ref.name);
	TRY(live_token_prove(live, ctl, &wish, &request, err));
	*out = json_loads(belgo_op_json(live->op), 0, NULL);
	return *out != NULL ? BELGO_OK : fail_memory(err);
}

static belgo_rc
run_header(struct ctl *ctl, const struct line *line, struct belgo_error *err)
{
	const struct header_args *args = line->args;
	const struct token_wish wish = wish_of(args);
	AUTO(live_token_done) struct live_token live = {0};
	AUTO(json_free_ptr) json_t *proof = NULL, *value = NULL;
	const struct belgo_token *token;
	const char *scheme = "Bearer";

	TRY(live_token_get(&live, ctl, &wish, err));
	if (is_bound(belgo_op_token(live.op))) {
		TRY(prove(&proof, &live, ctl, args, err));
		scheme = "DPoP";
	}
	token = belgo_op_token(live.op);
	/*
	 * @spec RFC 6750 section 2.1, RFC 9449 section 7.1: the only schemes spoken here: another type of
	 * token would be refused, or misused.
	 */
	if (strcasecmp(token->token_type, scheme) != 0)
		return fail_with(err, BELGO_EPROTO,
				 "the access token of %s is of type %.40s, which has no header of its own",
				 live.ref.name, token->token_type);
	if (!ctl->globals.json) {
		out_printf(&ctl->out, "Authorization: %s %s\n", scheme, token->access_token);
		if (proof != NULL)
			out_printf(&ctl->out, "DPoP: %s\n",
				   json_string_value(json_object_get(proof, "dpop")));
		return BELGO_OK;
	}
	value = json_pack("{s:i, s:s, s:s++, s:o}", "version", 1, "name", "Authorization", "value", scheme,
			  " ", token->access_token, "expires_at", json_time(token->expires_at));
	if (value != NULL && proof != NULL && json_object_update(value, proof) != 0)
		return fail_memory(err);
	out_json(&ctl->out, value);
	return BELGO_OK;
}

const struct command cmd_header = {
    .name = "header",
    .operands = "",
    .summary = "print the header \"Authorization: …\"",
    .about = "For curl, without the token in its arguments:\n\n"
	     "  oauthctl header | curl -H @- https://api.example.org/\n\n"
	     "A token that is bound to a key (login --dpop) is of use only with a proof for the one request, "
	     "which is\n"
	     "printed as a second header:\n\n"
	     "  oauthctl header --url https://api.example.org/ | curl -H @- https://api.example.org/",
    .opts = opts,
    .args_size = sizeof(struct header_args),
    .run = run_header};

static belgo_rc
run_dpop(struct ctl *ctl, const struct line *line, struct belgo_error *err)
{
	const struct header_args *args = line->args;
	const struct token_wish wish = wish_of(args);
	AUTO(live_token_done) struct live_token live = {0};
	AUTO(json_free_ptr) json_t *proof = NULL, *value = NULL;

	TRY(live_token_get(&live, ctl, &wish, err));
	TRY(prove(&proof, &live, ctl, args, err));
	if (!ctl->globals.json) {
		out_printf(&ctl->out, "%s\n", json_string_value(json_object_get(proof, "dpop")));
		return BELGO_OK;
	}
	value = json_pack("{s:i, s:O}", "version", 1, "dpop", json_object_get(proof, "dpop"));
	out_json(&ctl->out, value);
	return BELGO_OK;
}

const struct command cmd_dpop = {
    .name = "dpop",
    .operands = "",
    .summary = "print a proof for one request with a bound token",
    .about = "The proof (DPoP, RFC 9449) shows the server at --url that the account's access token is used "
	     "by whom it was\n"
	     "given to; it serves one request, of that method, with the token that `oauthctl token` prints. "
	     "A server may\n"
	     "want its own nonce in it: it answers 401 with a header DPoP-Nonce, and --nonce takes that.\n\n"
	     "  oauthctl dpop --method POST --url https://api.example.org/items",
    .opts = opts,
    .args_size = sizeof(struct header_args),
    .run = run_dpop};
