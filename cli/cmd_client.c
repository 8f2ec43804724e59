/* client: clients that are registered dynamically (RFC 7591), and looking after them (RFC 7592). */
#include "commands.h"

#include "file.h"

#include <stdlib.h>
#include <string.h>

#define KEYS_FILE_MAX (64u << 10)
#define AT(member) offsetof(struct client_args, member)

struct client_args {
	const char *name, *method, *token_file, *statement_file, *client_id, *jwks;
	struct words redirect_uris, scope, grants;
	int refused;
};

/* Updating knows all but the first REGISTER_ONLY of them. */
#define REGISTER_ONLY 3
static const struct opt opts[] = {
    {OPT_STRING, "initial-access-token-file", 0, AT(token_file), "FILE",
     "a file with the token that the provider asks for; - for standard input", FILL_FILE},
    {OPT_STRING, "software-statement-file", 0, AT(statement_file), "FILE",
     "a file with a JWT in which somebody vouches for the client", FILL_FILE},
    {OPT_REFUSED, "initial-access-token", 0, AT(refused), NULL,
     "other users see the arguments of a command; put the token into a file and use "
     "--initial-access-token-file",
     FILL_NONE},
    {OPT_STRING, "name", 0, AT(name), "NAME", "what users are shown", FILL_NONE},
    {OPT_REPEAT, "redirect-uri", 0, AT(redirect_uris), "URI", "where logins listen, on loopback; repeats",
     FILL_NONE},
    {OPT_WORDS, "scope", 0, AT(scope), "SCOPE…", "what the client may ask for", FILL_NONE},
    {OPT_STRING, "auth-method", 0, AT(method), "METHOD",
     "none, client_secret_basic, client_secret_post, client_secret_jwt or private_key_jwt", FILL_NONE},
    {OPT_WORDS, "grant", 0, AT(grants), "GRANT…", "authorization_code, refresh_token, …", FILL_NONE},
    {0}};

/* The provider, the store that a login would use, and one operation on them. */
struct client_run {
	struct found_provider found;
	struct session session;
	struct belgo_op *op;
};

static void
client_run_done(struct client_run *run)
{
	belgo_op_free(&run->op);
	session_close(&run->session);
	found_provider_done(&run->found);
}

static belgo_rc
open_store(struct client_run *out, struct ctl *ctl, struct belgo_error *err)
{
	AUTO(text_free) char *store = store_for_login(ctl);

	return store != NULL ? session_open(&out->session, ctl, store, err) : fail_memory(err);
}

static belgo_rc
open_at(struct client_run *out, struct ctl *ctl, const char *provider, struct belgo_error *err)
{
	TRY(provider_find(&out->found, ctl, provider, NULL, err));
	return open_store(out, ctl, err);
}

/* Runs the operation and parses its result. */
static belgo_rc
ask(json_t **out, struct client_run *run, struct ctl *ctl, struct belgo_error *err)
{
	TRY(drive(ctl, run->op, NULL, err));
	*out = json_loads(belgo_op_json(run->op), 0, NULL);
	return *out != NULL ? BELGO_OK : fail_memory(err);
}

/* A client for people: what is kept of it, then what the provider says of it. */
static void
print_client(struct out *out, json_t *client)
{
	AUTO(json_free_ptr) json_t *metadata = json_incref(json_object_get(client, "metadata"));

	json_object_del(client, "version");
	json_object_del(client, "metadata");
	json_object_del(metadata, "token_endpoint_auth_method");
	if (json_integer_value(json_object_get(client, "client_secret_expires_at")) == 0)
		json_object_del(client, "client_secret_expires_at"); /* it does not expire */
	claims_print_lines(out, client);
	claims_print_lines(out, metadata);
}

static belgo_rc
print_result(struct ctl *ctl, struct client_run *run, struct belgo_error *err)
{
	AUTO(json_free_ptr) json_t *client = NULL;

	TRY(ask(&client, run, ctl, err));
	if (!ctl->globals.json)
		print_client(&ctl->out, client);
	else if (json_object_set_new(client, "version", json_integer(1)) == 0)
		out_json(&ctl->out, client);
	else
		return fail_memory(err);
	return BELGO_OK;
}

/* The texts that params borrow. */
struct texts {
	char *scope, *token, *statement, *jwks;
};

static void
texts_done(struct texts *texts)
{
	free(texts->scope);
	text_free(&texts->token);
	text_free(&texts->statement);
	free(texts->jwks);
}

static belgo_rc
params_of(struct belgo_client_register_params *out, struct texts *texts, const struct client_args *args,
	  const struct belgo_provider *provider, struct belgo_error *err)
{
	if (args->scope.n > 0 && (texts->scope = words_join(&args->scope)) == NULL)
		return fail_memory(err);
	if (args->token_file != NULL)
		TRY(secret_from_file(&texts->token, args->token_file, err));
	if (args->statement_file != NULL)
		TRY(secret_from_file(&texts->statement, args->statement_file, err));
	*out = (struct belgo_client_register_params){
	    .provider = provider,
	    .client_name = args->name,
	    .redirect_uris = (const char *const *)args->redirect_uris.items,
	    .n_redirect_uris = args->redirect_uris.n,
	    .grant_types = (const char *const *)args->grants.items,
	    .n_grant_types = args->grants.n,
	    .scope = texts->scope,
	    .token_endpoint_auth_method = args->method,
	    .initial_access_token = texts->token,
	    .software_statement = texts->statement,
	};
	return BELGO_OK;
}

static belgo_rc
run_register(struct ctl *ctl, const struct line *line, struct belgo_error *err)
{
	const struct client_args *args = line->args;
	AUTO(client_run_done) struct client_run run = {0};
	AUTO(texts_done) struct texts texts = {0};
	struct belgo_client_register_params params;

	TRY(open_at(&run, ctl, line->operands[0], err));
	TRY(params_of(&params, &texts, args, run.found.provider, err));
	if (params.client_name == NULL)
		params.client_name = "oauthctl";
	TRY(belgo_client_register_op(&run.op, run.session.client, &params, err));
	TRY(print_result(ctl, &run, err));
	note(ctl, "Logins use this client now: oauthctl login %s", line->operands[0]);
	return BELGO_OK;
}

static const struct command cmd_client_register = {
    .name = "register",
    .operands = "ISSUER",
    .summary = "register a client at a provider that registers them by itself",
    .about =
	"ISSUER is an issuer URL or a provider's id. The client is native and, if the provider takes it, "
	"without a secret.\n"
	"It is kept in the token store, one for each issuer, and a login without a client id uses it. One "
	"that was\n"
	"registered before is replaced: oauthctl client delete ISSUER ends it at the provider too.\n\n"
	"  oauthctl client register https://login.example.org\n"
	"  oauthctl client register https://login.example.org --name 'Backup of Ada' \\\n"
	"      --redirect-uri http://127.0.0.1/backup --initial-access-token-file token",
    .opts = opts,
    .args_size = sizeof(struct client_args),
    .min = 1,
    .max = 1,
    .fill = FILL_PROVIDER,
    .run = run_register};

static belgo_rc
run_show(struct ctl *ctl, const struct line *line, struct belgo_error *err)
{
	AUTO(client_run_done) struct client_run run = {0};

	TRY(open_at(&run, ctl, line->operands[0], err));
	TRY(belgo_client_show_op(&run.op, run.session.client, run.found.provider, err));
	return print_result(ctl, &run, err);
}

static const struct command cmd_client_show = {
    .name = "show",
    .operands = "ISSUER",
    .summary = "show the client that was registered at a provider",
    .about = "As the provider has it now; or as it is stored, where the provider does not let clients be "
	     "managed.\nNo secret is shown.",
    .min = 1,
    .max = 1,
    .fill = FILL_PROVIDER,
    .run = run_show};

static belgo_rc
run_update(struct ctl *ctl, const struct line *line, struct belgo_error *err)
{
	const struct client_args *args = line->args;
	AUTO(client_run_done) struct client_run run = {0};
	AUTO(texts_done) struct texts texts = {0};
	struct belgo_client_register_params params;

	if (args->name == NULL && args->method == NULL && args->redirect_uris.n == 0 && args->scope.n == 0 &&
	    args->grants.n == 0)
		return fail_with(
		    err, BELGO_EINVAL,
		    "client update has nothing to change: name --redirect-uri or another option");
	TRY(open_at(&run, ctl, line->operands[0], err));
	TRY(params_of(&params, &texts, args, run.found.provider, err));
	TRY(belgo_client_update_op(&run.op, run.session.client, &params, err));
	return print_result(ctl, &run, err);
}

static const struct command cmd_client_update = {
    .name = "update",
    .operands = "ISSUER",
    .summary = "change the client that was registered at a provider",
    .about = "Changes what is named and leaves the rest as it is; a list is replaced as a whole.",
    .opts = opts + REGISTER_ONLY,
    .args_size = sizeof(struct client_args),
    .min = 1,
    .max = 1,
    .fill = FILL_PROVIDER,
    .run = run_update};

static void
say_deleted(struct out *out, const char *issuer, const json_t *result)
{
	const char *deleted = json_string_value(json_object_get(result, "deleted"));
	const char *detail = json_string_value(json_object_get(result, "detail"));
	AUTO(text_free) char *shown = text_shown(detail != NULL ? detail : "");
	const char *there = "the provider did not delete it";

	if (deleted == NULL || shown == NULL) {
		out->failed = 1;
		return;
	}
	if (strcmp(deleted, "yes") == 0)
		there = "deleted at the provider";
	else if (strcmp(deleted, "unsupported") == 0)
		there = "the provider does not let clients be managed";
	out_printf(out, "%s: the client is removed from the store; %s%s%s%s\n", issuer, there,
		   shown[0] != '\0' ? " (" : "", shown, shown[0] != '\0' ? ")" : "");
}

static belgo_rc
run_delete(struct ctl *ctl, const struct line *line, struct belgo_error *err)
{
	AUTO(client_run_done) struct client_run run = {0};
	AUTO(json_free_ptr) json_t *result = NULL;
	const char *issuer;

	TRY(open_at(&run, ctl, line->operands[0], err));
	issuer = belgo_provider_issuer(run.found.provider);
	TRY(belgo_client_delete_op(&run.op, run.session.client, run.found.provider, err));
	TRY(ask(&result, &run, ctl, err));
	if (!ctl->globals.json)
		say_deleted(&ctl->out, issuer, result);
	else if (json_object_set_new(result, "version", json_integer(1)) == 0 &&
		 json_object_set_new(result, "issuer", json_text(issuer)) == 0)
		out_json(&ctl->out, result);
	else
		return fail_memory(err);
	return BELGO_OK;
}

static const struct command cmd_client_delete = {
    .name = "delete",
    .operands = "ISSUER",
    .summary = "delete the client that was registered at a provider",
    .about =
	"Where the provider refuses, the client is removed from the store all the same; where it cannot be "
	"reached, nothing\nchanges. Accounts that were signed in through the client stay, and cannot be "
	"refreshed any more.",
    .min = 1,
    .max = 1,
    .fill = FILL_PROVIDER,
    .run = run_delete};

static void
print_row(struct out *out, const json_t *client)
{
	AUTO(text_free) char *issuer = text_shown(json_string_value(json_object_get(client, "issuer")));
	AUTO(text_free) char *id = text_shown(json_string_value(json_object_get(client, "client_id")));

	if (issuer == NULL || id == NULL)
		out->failed = 1;
	else
		out_printf(out, "%-40s  %s\n", issuer, id);
}

static belgo_rc
run_list(struct ctl *ctl, const struct line *line, struct belgo_error *err)
{
	AUTO(client_run_done) struct client_run run = {0};
	AUTO(json_free_ptr) json_t *result = NULL;
	json_t *clients, *client;
	size_t i;

	(void)line;
	TRY(open_store(&run, ctl, err));
	TRY(belgo_clients_op(&run.op, run.session.client, err));
	TRY(ask(&result, &run, ctl, err));
	clients = json_object_get(result, "clients");
	if (!ctl->globals.json)
		out_printf(&ctl->out, "%-40s  %s\n", "ISSUER", "CLIENT ID");
	json_array_foreach(clients, i, client)
	{
		if (!ctl->globals.json)
			print_row(&ctl->out, client);
		else if (json_object_set_new(client, "version", json_integer(1)) != 0)
			return fail_memory(err);
	}
	if (ctl->globals.json)
		out_json(&ctl->out, clients);
	return BELGO_OK;
}

static const struct command cmd_client_list = {.name = "list",
					       .operands = "",
					       .summary = "list the clients that were registered from here",
					       .run = run_list};

static const struct opt metadata_opts[] = {
    {OPT_STRING, "client-id", 0, AT(client_id), "URL", "where the document will be published", FILL_NONE},
    {OPT_STRING, "name", 0, AT(name), "NAME", "what users are shown", FILL_NONE},
    {OPT_REPEAT, "redirect-uri", 0, AT(redirect_uris), "URI", "where logins listen, on loopback; repeats",
     FILL_NONE},
    {OPT_WORDS, "scope", 0, AT(scope), "SCOPE…", "what the client may ask for", FILL_NONE},
    {OPT_WORDS, "grant", 0, AT(grants), "GRANT…", "authorization_code, refresh_token, …", FILL_NONE},
    {OPT_STRING, "jwks", 0, AT(jwks), "FILE|URL",
     "the client's public keys: it authenticates by private_key_jwt", FILL_FILE},
    {0}};

static belgo_rc
take_keys(struct belgo_client_register_params *out, struct texts *texts, const char *jwks,
	  struct belgo_error *err)
{
	size_t len;

	if (jwks != NULL && strstr(jwks, "://") != NULL)
		out->jwks_uri = jwks;
	else if (jwks != NULL)
		TRY(file_read(&texts->jwks, &len, jwks, KEYS_FILE_MAX, err));
	out->jwks = texts->jwks;
	return BELGO_OK;
}

static belgo_rc
run_metadata(struct ctl *ctl, const struct line *line, struct belgo_error *err)
{
	static const char *const usual[] = {"http://127.0.0.1/callback"};
	const struct client_args *args = line->args;
	AUTO(texts_done) struct texts texts = {0};
	AUTO(text_free) char *document = NULL;
	AUTO(json_free_ptr) json_t *json = NULL;
	struct belgo_client_register_params params;

	if (args->client_id == NULL)
		return fail_with(err, BELGO_EINVAL, "client metadata wants --client-id URL");
	TRY(params_of(&params, &texts, args, NULL, err));
	TRY(take_keys(&params, &texts, args->jwks, err));
	if (params.client_name == NULL)
		params.client_name = "oauthctl";
	if (params.n_redirect_uris == 0) {
		params.redirect_uris = usual;
		params.n_redirect_uris = LEN(usual);
	}
	TRY(belgo_client_id_metadata(&document, args->client_id, &params, err));
	if ((json = json_loads(document, 0, NULL)) == NULL)
		return fail_memory(err);
	(ctl->globals.json ? out_json : out_json_pretty)(&ctl->out, json);
	return BELGO_OK;
}

static const struct command cmd_client_metadata = {
    .name = "metadata",
    .operands = "",
    .summary = "print the document to publish for a client id that is a URL",
    .about =
	"Some providers fetch who a client is from the URL that its id is, in place of a registration "
	"(client_id_metadata_document_supported). Nothing is sent or kept. One that does not promise iss\n"
	"(RFC 9207) is answered at a redirect URI of its own, which `oauthctl provider show ISSUER` tells: "
	"name it\n"
	"with --redirect-uri, and http://127.0.0.1/callback for all that promise it. One such URI a "
	"document: "
	"of two\n"
	"servers that both find both in it, one could have itself sent the other's codes.\n\n"
	"  oauthctl client metadata --client-id https://app.example/oauth.json > oauth.json\n"
	"  oauthctl login https://login.example.org --client-id https://app.example/oauth.json\n\n"
	"A client with a key: oauthctl provider set ISSUER --client-id URL --generate-client-key prints what "
	"--jwks takes.",
    .opts = metadata_opts,
    .args_size = sizeof(struct client_args),
    .run = run_metadata};

static const struct command *const verbs[] = {&cmd_client_register,
					      &cmd_client_show,
					      &cmd_client_update,
					      &cmd_client_delete,
					      &cmd_client_list,
					      &cmd_client_metadata,
					      NULL};

const struct command cmd_client = {
    .name = "client",
    .operands = "register ISSUER | show ISSUER | update ISSUER | delete ISSUER | list | metadata",
    .summary = "clients that are registered dynamically",
    .sub = verbs};
