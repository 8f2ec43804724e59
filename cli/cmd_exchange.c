/* exchange: a token of an account for another token, which is shown and kept nowhere. */
#include "commands.h"

#include <string.h>

struct exchange_args {
	const char *account, *actor, *requested_token_type, *subject_token_type;
	struct words audience, resource, scope;
	int no_newline;
};

static const struct opt opts[] = {
    {OPT_STRING, "account", 0, offsetof(struct exchange_args, account), "ACCOUNT",
     "name, e-mail address, provider or issuer", FILL_ACCOUNT},
    {OPT_WORDS, "audience", 0, offsetof(struct exchange_args, audience), "NAME…",
     "who the token is for, by the names that the provider has for them", FILL_NONE},
    {OPT_WORDS, "resource", 0, offsetof(struct exchange_args, resource), "URI…", "the same, by URIs",
     FILL_NONE},
    {OPT_WORDS, "scope", 0, offsetof(struct exchange_args, scope), "SCOPE…", "what it shall allow",
     FILL_NONE},
    {OPT_STRING, "requested-token-type", 0, offsetof(struct exchange_args, requested_token_type), "TYPE",
     "access_token, refresh_token, id_token, jwt, saml1, saml2 or a URI", FILL_NONE},
    {OPT_STRING, "subject-token-type", 0, offsetof(struct exchange_args, subject_token_type), "TYPE",
     "which token is given for it: access_token (if unset), refresh_token, id_token", FILL_NONE},
    {OPT_STRING, "actor", 0, offsetof(struct exchange_args, actor), "ACCOUNT",
     "who will act for the account's user: another account", FILL_ACCOUNT},
    {OPT_FLAG, "no-newline", 'n', offsetof(struct exchange_args, no_newline), NULL,
     "print no newline after the token", FILL_NONE},
    {0}};

static belgo_rc
read_kind(enum belgo_token_kind *out, const char *text, struct belgo_error *err)
{
	static const char *const names[] = {[BELGO_ACCESS_TOKEN] = "access_token",
					    [BELGO_REFRESH_TOKEN] = "refresh_token",
					    [BELGO_ID_TOKEN] = "id_token"};

	for (size_t i = 0; text != NULL && i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcmp(text, names[i]) == 0) {
			*out = (enum belgo_token_kind)i;
			return BELGO_OK;
		}
	}
	if (text != NULL)
		return fail_with(err, BELGO_EINVAL,
				 "--subject-token-type: access_token, refresh_token or id_token");
	*out = BELGO_ACCESS_TOKEN;
	return BELGO_OK;
}

/* Its token is made good here, so that an account that needs a login is named as the one that does. */
static belgo_rc
get_actor(struct live_token *out, struct ctl *ctl, const char *actor, struct belgo_error *err)
{
	const struct token_wish wish = {.account = actor, .min_valid = -1};

	return actor == NULL ? BELGO_OK : live_token_get(out, ctl, &wish, err);
}

static belgo_rc
exchange(struct belgo_op **op, struct ctl *ctl, const struct exchange_args *args,
	 const struct known_account *known, const char *actor_key, struct belgo_error *err)
{
	AUTO(text_free) char *scope = words_join(&args->scope);
	struct belgo_token_exchange_params params = {
	    .account_key = known->ref.key,
	    .requested_token_type = args->requested_token_type,
	    .audiences = (const char *const *)args->audience.items,
	    .n_audiences = args->audience.n,
	    .resources = (const char *const *)args->resource.items,
	    .n_resources = args->resource.n,
	    .scope = scope,
	    .actor_account_key = actor_key,
	};

	if (scope == NULL)
		return fail_memory(err);
	TRY(read_kind(&params.subject_token_type, args->subject_token_type, err));
	TRY(belgo_token_exchange_op(op, known->session.client, &params, err));
	return drive(ctl, *op, NULL, err);
}

static belgo_rc
print_json(struct ctl *ctl, const struct belgo_op *op, struct belgo_error *err)
{
	AUTO(json_free_ptr) json_t *value = token_json(belgo_op_token(op));
	AUTO(json_free_ptr) json_t *said = json_loads(belgo_op_json(op), 0, NULL);

	if (value == NULL || said == NULL || json_object_update(value, said) != 0)
		return fail_memory(err);
	out_json(&ctl->out, value);
	return BELGO_OK;
}

static belgo_rc
run(struct ctl *ctl, const struct line *line, struct belgo_error *err)
{
	const struct exchange_args *args = line->args;
	AUTO(live_token_done) struct live_token actor = {0};
	AUTO(known_account_done) struct known_account known = {0};
	AUTO(belgo_op_free) struct belgo_op *op = NULL;

	TRY(get_actor(&actor, ctl, args->actor, err));
	TRY(known_account_get(&known, ctl, args->account, err));
	if (args->actor != NULL && strcmp(actor.ref.store, known.ref.store) != 0)
		return fail_with(err, BELGO_EINVAL, "%s and %s lie in two stores; an exchange is within one",
				 known.ref.name, actor.ref.name);
	TRY(exchange(&op, ctl, args, &known, actor.ref.key, err));
	if (ctl->globals.json)
		return print_json(ctl, op, err);
	token_print(ctl, belgo_op_token(op), args->no_newline);
	return BELGO_OK;
}

const struct command cmd_exchange = {
    .name = "exchange",
    .operands = "",
    .summary = "exchange an account's token for another one",
    .about =
	"Gives the account's access token, refreshed where it is due, to its own provider and prints "
	"the token that the\n"
	"provider issues for it (RFC 8693): for another audience, with other scopes, of another type. The "
	"account stays as\n"
	"it is, and the new token is stored nowhere: it is a secret of whoever asked for it.",
    .opts = opts,
    .args_size = sizeof(struct exchange_args),
    .run = run};
