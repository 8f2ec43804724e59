/*
 * provider set and remove: the client of a provider. Its id goes into the configuration, its secret into
 * the store.
 */
#include "commands.h"

#include "file.h"

#include <stdlib.h>
#include <string.h>

#define SECRET_FILE_MAX (64u << 10)

struct set_args {
	const char *client_id, *secret_file, *from, *method, *tenant;
	int refused;
};

static const struct opt set_opts[] = {
    {OPT_STRING, "client-id", 0, offsetof(struct set_args, client_id), "ID",
     "the client id that the provider gave you", FILL_NONE},
    {OPT_STRING, "client-secret-file", 0, offsetof(struct set_args, secret_file), "FILE",
     "a file with the client secret; - for standard input", FILL_FILE},
    {OPT_STRING, "from", 0, offsetof(struct set_args, from), "FILE",
     "a downloaded client_secret.json: id and secret", FILL_FILE},
    {OPT_STRING, "token-endpoint-auth-method", 0, offsetof(struct set_args, method), "METHOD",
     "none, client_secret_basic or client_secret_post", FILL_NONE},
    {OPT_STRING, "tenant", 0, offsetof(struct set_args, tenant), "TENANT", "the tenant to sign in at",
     FILL_NONE},
    {OPT_REFUSED, "client-secret", 0, offsetof(struct set_args, refused), NULL,
     "other users see the arguments of a command; put the secret into a file and use --client-secret-file",
     FILL_NONE},
    {0}};

/* What the options amount to. */
struct client {
	char *id, *secret;
	const char *method, *tenant;
};

static void
client_done(struct client *client)
{
	text_free(&client->id);
	text_free(&client->secret);
}

static belgo_rc
take_text(char **out, const char *value, struct belgo_error *err)
{
	text_free(out);
	return (*out = strdup(value)) != NULL ? BELGO_OK : fail_memory(err);
}

/*
 * The file that a provider's console offers: {"installed":{"client_id":…,"client_secret":…}}, or "web", or
 * bare.
 */
static belgo_rc
read_download(struct client *client, const char *path, struct belgo_error *err)
{
	AUTO(text_free) char *text = NULL;
	AUTO(json_free_ptr) json_t *root = NULL;
	const json_t *object;
	const char *id, *secret;
	size_t len = 0;

	TRY(file_read(&text, &len, path, SECRET_FILE_MAX, err));
	if ((root = json_loadb(text, len, JSON_REJECT_DUPLICATES, NULL)) == NULL || !json_is_object(root))
		return fail_with(err, BELGO_EINVAL, "--from: %s is no JSON object", path);
	object = json_object_get(root, "installed");
	if (object == NULL)
		object = json_object_get(root, "web");
	if (object == NULL)
		object = root;
	id = json_string_value(json_object_get(object, "client_id"));
	secret = json_string_value(json_object_get(object, "client_secret"));
	if (id == NULL || id[0] == '\0')
		return fail_with(err, BELGO_EINVAL, "--from: %s has no \"client_id\"", path);
	TRY(take_text(&client->id, id, err));
	return secret != NULL && secret[0] != '\0' ? take_text(&client->secret, secret, err) : BELGO_OK;
}

static belgo_rc
check_method(const char *method, struct belgo_error *err)
{
	static const char *const known[] = {"none", "client_secret_basic", "client_secret_post"};
	size_t i;

	for (i = 0; method != NULL && i < LEN(known); i++)
		if (strcmp(method, known[i]) == 0)
			return BELGO_OK;
	return method == NULL ? BELGO_OK
			      : fail_with(err, BELGO_EINVAL,
					  "--token-endpoint-auth-method is none, client_secret_basic or "
					  "client_secret_post, not \"%.40s\"",
					  method);
}

static belgo_rc
gather(struct client *client, const struct set_args *args, struct belgo_error *err)
{
	if (args->from != NULL && (args->client_id != NULL || args->secret_file != NULL))
		return fail_with(
		    err, BELGO_EINVAL,
		    "--from brings id and secret: leave --client-id and --client-secret-file out");
	if (args->from == NULL && args->client_id == NULL && args->secret_file == NULL &&
	    args->method == NULL && args->tenant == NULL)
		return fail_with(
		    err, BELGO_EINVAL,
		    "provider set has nothing to set: name --client-id, --from or another option");
	TRY(check_method(args->method, err));
	if (args->from != NULL)
		TRY(read_download(client, args->from, err));
	if (args->client_id != NULL)
		TRY(take_text(&client->id, args->client_id, err));
	if (args->secret_file != NULL)
		TRY(secret_from_file(&client->secret, args->secret_file, err));
	client->method = args->method;
	client->tenant = args->tenant;
	return BELGO_OK;
}

/* secret NULL: removes it. */
static belgo_rc
keep_secret(struct ctl *ctl, const char *issuer, const char *client_id, const char *secret,
	    struct belgo_error *err)
{
	AUTO(session_close) struct session session = {0};
	AUTO(belgo_op_free) struct belgo_op *op = NULL;
	AUTO(text_free) char *store = store_for_login(ctl);

	if (store == NULL)
		return fail_memory(err);
	TRY(session_open(&session, ctl, store, err));
	TRY(belgo_client_secret_op(&op, session.client, issuer, client_id, secret, err));
	return drive(ctl, op, NULL, err);
}

static belgo_rc
print(struct ctl *ctl, const char *provider, const char *client_id, int stored)
{
	AUTO(json_free_ptr) json_t *value = NULL;

	if (!ctl->globals.json) {
		note(ctl, "%s: saved in %s%s", provider, ctl->config.path,
		     stored ? "; the secret in the token store" : "");
		return BELGO_OK;
	}
	value = json_pack("{s:i, s:s, s:o, s:b}", "version", 1, "provider", provider, "client_id",
			  json_text(client_id), "client_secret_stored", stored);
	out_json(&ctl->out, value);
	return BELGO_OK;
}

/* The secret first: where the store refuses it, the configuration stays as it was. */
static belgo_rc
save(struct ctl *ctl, const struct found_provider *found, const char *key, const struct client *client,
     struct belgo_error *err)
{
	AUTO(text_free) char *id = provider_client_id(ctl, found->provider, client->id);
	const struct config_entry entry = {.provider = key,
					   .client = {.client_id = client->id,
						      .token_endpoint_auth_method = client->method,
						      .tenant = client->tenant}};

	if (client->secret != NULL && id == NULL)
		return fail_with(err, BELGO_EINVAL,
				 "--client-secret-file: the secret of which client? Name --client-id too");
	if (client->secret != NULL)
		TRY(keep_secret(ctl, belgo_provider_issuer(found->provider), id, client->secret, err));
	TRY(config_change(&ctl->config, config_set_client, &entry, err));
	index_restamp(ctl);
	return print(ctl, key, id, client->secret != NULL);
}

static const char *
config_key(const struct found_provider *found)
{
	const char *id = belgo_provider_id(found->provider);

	return id != NULL ? id : belgo_provider_issuer(found->provider);
}

static belgo_rc
run_set(struct ctl *ctl, const struct line *line, struct belgo_error *err)
{
	AUTO(found_provider_done) struct found_provider found = {0};
	AUTO(client_done) struct client client = {0};

	TRY(gather(&client, line->args, err));
	TRY(provider_find(&found, ctl, line->operands[0], client.tenant, err));
	return save(ctl, &found, config_key(&found), &client, err);
}

const struct command cmd_provider_set = {
    .name = "set",
    .operands = "ID",
    .summary = "remember your client at a provider",
    .about = "ID is a provider's id or an issuer URL. The client id is kept in the configuration, the secret "
	     "in the token\n"
	     "store and nowhere else. `oauthctl provider show ID` says how to get them.\n\n"
	     "  oauthctl provider set google --from ~/Downloads/client_secret_….json\n"
	     "  oauthctl provider set microsoft --client-id 11111111-2222-3333-4444-555555555555",
    .opts = set_opts,
    .args_size = sizeof(struct set_args),
    .min = 1,
    .max = 1,
    .fill = FILL_PROVIDER,
    .run = run_set};

static belgo_rc
run_remove(struct ctl *ctl, const struct line *line, struct belgo_error *err)
{
	AUTO(found_provider_done) struct found_provider found = {0};
	struct belgo_error cause = {.retry_after = -1};
	struct config_client client;
	AUTO(text_free) char *client_id = NULL;

	TRY(provider_find(&found, ctl, line->operands[0], NULL, err));
	client = config_client(&ctl->config, belgo_provider_id(found.provider),
			       belgo_provider_issuer(found.provider));
	if (client.client_id != NULL && (client_id = strdup(client.client_id)) == NULL)
		return fail_memory(err);
	hint_set(ctl, "See: oauthctl provider list");
	TRY(config_change(&ctl->config, config_remove_client, config_key(&found), err));
	ctl->hint[0] = '\0';
	if (client_id != NULL &&
	    keep_secret(ctl, belgo_provider_issuer(found.provider), client_id, NULL, &cause) != BELGO_OK)
		warn(ctl, "whether the store holds a secret of this client is not known: %s", cause.text);
	index_restamp(ctl);
	return print(ctl, config_key(&found), NULL, 0);
}

const struct command cmd_provider_remove = {
    .name = "remove",
    .operands = "ID",
    .summary = "forget your client at a provider",
    .about = "Removes client id and secret. Accounts that were signed in through it stay, with the client id "
	     "they have; where\n"
	     "their provider asks for the secret, they cannot be refreshed any more.",
    .min = 1,
    .max = 1,
    .fill = FILL_PROVIDER,
    .run = run_remove};
