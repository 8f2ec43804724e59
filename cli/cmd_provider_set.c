/*
 * provider set and remove: the client of a provider. Its id goes into the configuration, its secret and its
 * private key into the store.
 */
#include "commands.h"

#include "file.h"

#include <stdlib.h>
#include <string.h>

#define SECRET_FILE_MAX (64u << 10)

struct set_args {
	const char *client_id, *secret_file, *key_file, *certificate_file, *from, *method, *tenant;
	const char *decryption_key_file;
	struct belgo_client_encryption encryption; /* all but its key */
	int generate_key, generate_decryption_key, refused;
};

#define AT(member) offsetof(struct set_args, encryption.member)

static const struct opt set_opts[] = {
    {OPT_STRING, "client-id", 0, offsetof(struct set_args, client_id), "ID",
     "the client id that the provider gave you", FILL_NONE},
    {OPT_STRING, "client-secret-file", 0, offsetof(struct set_args, secret_file), "FILE",
     "a file with the client secret; - for standard input", FILL_FILE},
    {OPT_STRING, "client-key-file", 0, offsetof(struct set_args, key_file), "FILE",
     "a file with the client's private key, JWK or PEM; - for standard input", FILL_FILE},
    {OPT_STRING, "client-certificate-file", 0, offsetof(struct set_args, certificate_file), "FILE",
     "a PEM file with the client's certificate for TLS and its private key", FILL_FILE},
    {OPT_FLAG, "generate-client-key", 0, offsetof(struct set_args, generate_key), NULL,
     "make the client's private key (ES256), and print the public half to register", FILL_NONE},
    {OPT_STRING, "decryption-key-file", 0, offsetof(struct set_args, decryption_key_file), "FILE",
     "a file with the private key that opens what is encrypted for the client, JWK or PEM", FILL_FILE},
    {OPT_FLAG, "generate-decryption-key", 0, offsetof(struct set_args, generate_decryption_key), NULL,
     "make that key (P-256), and print the public half to register", FILL_NONE},
    {OPT_STRING, "id-token-encrypted-response-alg", 0, AT(id_token_encrypted_response_alg), "ALG",
     "ID tokens come encrypted: RSA-OAEP, RSA-OAEP-256, ECDH-ES, ECDH-ES+A128KW and the like", FILL_NONE},
    {OPT_STRING, "id-token-encrypted-response-enc", 0, AT(id_token_encrypted_response_enc), "ENC",
     "how their content is: A128CBC-HS256 (default), A256GCM and the like", FILL_NONE},
    {OPT_STRING, "userinfo-encrypted-response-alg", 0, AT(userinfo_encrypted_response_alg), "ALG",
     "userinfo comes encrypted", FILL_NONE},
    {OPT_STRING, "userinfo-encrypted-response-enc", 0, AT(userinfo_encrypted_response_enc), "ENC",
     "how its content is", FILL_NONE},
    {OPT_STRING, "introspection-encrypted-response-alg", 0, AT(introspection_encrypted_response_alg), "ALG",
     "answers to introspection come encrypted", FILL_NONE},
    {OPT_STRING, "introspection-encrypted-response-enc", 0, AT(introspection_encrypted_response_enc), "ENC",
     "how their content is", FILL_NONE},
    {OPT_STRING, "from", 0, offsetof(struct set_args, from), "FILE",
     "a downloaded client_secret.json: id and secret", FILL_FILE},
    {OPT_STRING, "token-endpoint-auth-method", 0, offsetof(struct set_args, method), "METHOD",
     "none, client_secret_basic, client_secret_post, client_secret_jwt, private_key_jwt, tls_client_auth or "
     "self_signed_tls_client_auth",
     FILL_NONE},
    {OPT_STRING, "tenant", 0, offsetof(struct set_args, tenant), "TENANT", "the tenant to sign in at",
     FILL_NONE},
    {OPT_REFUSED, "client-secret", 0, offsetof(struct set_args, refused), NULL,
     "other users see the arguments of a command; put the secret into a file and use --client-secret-file",
     FILL_NONE},
    {0}};
#undef AT

/* What the options amount to. */
struct client {
	char *id, *secret, *key, *certificate, *decryption_key;
	struct belgo_client_encryption encryption;
	char *public_keys; /* what came of the keys: the JWK Set to be registered */
	int generate_key, decrypts;
	const char *method, *tenant;
};

static void
client_done(struct client *client)
{
	text_free(&client->id);
	text_free(&client->secret);
	text_free(&client->key);
	text_free(&client->certificate);
	text_free(&client->decryption_key);
	free(client->public_keys);
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
	if (method == NULL || config_method_is_known(method))
		return BELGO_OK;
	return fail_with(
	    err, BELGO_EINVAL,
	    "--token-endpoint-auth-method is none, client_secret_basic, client_secret_post, "
	    "client_secret_jwt, private_key_jwt, tls_client_auth or self_signed_tls_client_auth, not "
	    "\"%.40s\"",
	    method);
}

static belgo_rc
read_key(char **out, const char *option, const char *path, struct belgo_error *err)
{
	AUTO(text_free) char *text = NULL;
	size_t len = 0;

	TRY(file_read(&text, &len, path, SECRET_FILE_MAX, err));
	if (len == 0 || strlen(text) != len)
		return fail_with(err, BELGO_EINVAL, "%s: %s holds no key", option, path);
	*out = TAKE(text);
	return BELGO_OK;
}

static int
names_encryption(const struct belgo_client_encryption *e)
{
	return e->id_token_encrypted_response_alg != NULL || e->id_token_encrypted_response_enc != NULL ||
	       e->userinfo_encrypted_response_alg != NULL || e->userinfo_encrypted_response_enc != NULL ||
	       e->introspection_encrypted_response_alg != NULL ||
	       e->introspection_encrypted_response_enc != NULL;
}

/* Key and algorithms go together: each replaces what was set before. */
static belgo_rc
check_encryption(const struct set_args *args, struct belgo_error *err)
{
	int has_key = args->decryption_key_file != NULL || args->generate_decryption_key;

	if (args->decryption_key_file != NULL && args->generate_decryption_key)
		return fail_with(err, BELGO_EINVAL,
				 "--decryption-key-file brings a key: leave --generate-decryption-key out");
	if (names_encryption(&args->encryption) && !has_key)
		return fail_with(err, BELGO_EINVAL,
				 "what is encrypted for the client needs a key to be opened: name "
				 "--decryption-key-file or --generate-decryption-key");
	if (!names_encryption(&args->encryption) && has_key)
		return fail_with(err, BELGO_EINVAL,
				 "say what the decryption key opens: name --id-token-encrypted-response-alg, "
				 "--userinfo-encrypted-response-alg or "
				 "--introspection-encrypted-response-alg");
	return BELGO_OK;
}

static belgo_rc
check_combination(const struct set_args *args, struct belgo_error *err)
{
	if (args->from != NULL && (args->client_id != NULL || args->secret_file != NULL))
		return fail_with(
		    err, BELGO_EINVAL,
		    "--from brings id and secret: leave --client-id and --client-secret-file out");
	if (args->key_file != NULL && args->generate_key)
		return fail_with(err, BELGO_EINVAL,
				 "--client-key-file brings a key: leave --generate-client-key out");
	TRY(check_encryption(args, err));
	if (args->from == NULL && args->client_id == NULL && args->secret_file == NULL &&
	    args->key_file == NULL && args->certificate_file == NULL && !args->generate_key &&
	    !names_encryption(&args->encryption) && args->method == NULL && args->tenant == NULL)
		return fail_with(
		    err, BELGO_EINVAL,
		    "provider set has nothing to set: name --client-id, --from or another option");
	return check_method(args->method, err);
}

static belgo_rc
gather(struct client *client, const struct set_args *args, struct belgo_error *err)
{
	TRY(check_combination(args, err));
	if (args->from != NULL)
		TRY(read_download(client, args->from, err));
	if (args->client_id != NULL)
		TRY(take_text(&client->id, args->client_id, err));
	if (args->secret_file != NULL)
		TRY(secret_from_file(&client->secret, args->secret_file, err));
	if (args->key_file != NULL)
		TRY(read_key(&client->key, "--client-key-file", args->key_file, err));
	if (args->certificate_file != NULL)
		TRY(read_key(&client->certificate, "--client-certificate-file", args->certificate_file, err));
	if (args->decryption_key_file != NULL)
		TRY(read_key(&client->decryption_key, "--decryption-key-file", args->decryption_key_file,
			     err));
	client->encryption = args->encryption;
	client->encryption.key = client->decryption_key;
	client->decrypts = names_encryption(&args->encryption);
	client->generate_key = args->generate_key;
	client->method = args->method;
	client->tenant = args->tenant;
	return BELGO_OK;
}

/* *all: one JWK Set of the keys in it and of those in more. */
static belgo_rc
add_keys(char **all, const char *more, struct belgo_error *err)
{
	AUTO(json_free_ptr) json_t *set = json_loads(*all != NULL ? *all : "{\"keys\":[]}", 0, NULL);
	AUTO(json_free_ptr) json_t *added = json_loads(more, 0, NULL);
	char *text;

	if (json_array_extend(json_object_get(set, "keys"), json_object_get(added, "keys")) != 0 ||
	    (text = json_dumps(set, JSON_COMPACT)) == NULL)
		return fail_memory(err);
	free(*all);
	*all = text;
	return BELGO_OK;
}

/* Runs op to its end and frees it. public_keys (may be NULL): what it hands out is added to them. */
static belgo_rc
keep(struct ctl *ctl, struct belgo_op *op, char **public_keys, struct belgo_error *err)
{
	AUTO(belgo_op_free) struct belgo_op *owned = op;
	const char *json;

	TRY(drive(ctl, owned, NULL, err));
	json = belgo_op_json(owned);
	return public_keys != NULL && json != NULL ? add_keys(public_keys, json, err) : BELGO_OK;
}

static belgo_rc
keep_credentials(struct ctl *ctl, const char *issuer, const char *id, struct client *client,
		 struct belgo_error *err)
{
	AUTO(session_close) struct session session = {0};
	AUTO(text_free) char *store = store_for_login(ctl);
	struct belgo_op *op = NULL;

	if (store == NULL)
		return fail_memory(err);
	TRY(session_open(&session, ctl, store, err));
	if (client->key != NULL)
		TRY(belgo_client_key_op(&op, session.client, issuer, id, client->key, err));
	else if (client->generate_key)
		TRY(belgo_client_key_generate_op(&op, session.client, issuer, id, NULL, err));
	if (op != NULL)
		TRY(keep(ctl, op, &client->public_keys, err));
	if (client->decrypts) {
		TRY(belgo_client_encryption_op(&op, session.client, issuer, id, &client->encryption, err));
		TRY(keep(ctl, op, &client->public_keys, err));
	}
	if (client->certificate != NULL) {
		TRY(belgo_client_certificate_op(&op, session.client, issuer, id, client->certificate, err));
		TRY(keep(ctl, op, NULL, err));
	}
	if (client->secret == NULL)
		return BELGO_OK;
	TRY(belgo_client_secret_op(&op, session.client, issuer, id, client->secret, err));
	return keep(ctl, op, NULL, err);
}

static belgo_rc
remove_credentials(struct ctl *ctl, const char *issuer, const char *id, struct belgo_error *err)
{
	AUTO(session_close) struct session session = {0};
	AUTO(text_free) char *store = store_for_login(ctl);
	struct belgo_op *op = NULL;

	if (store == NULL)
		return fail_memory(err);
	TRY(session_open(&session, ctl, store, err));
	TRY(belgo_client_secret_op(&op, session.client, issuer, id, NULL, err));
	TRY(keep(ctl, op, NULL, err));
	TRY(belgo_client_key_op(&op, session.client, issuer, id, NULL, err));
	TRY(keep(ctl, op, NULL, err));
	TRY(belgo_client_certificate_op(&op, session.client, issuer, id, NULL, err));
	TRY(keep(ctl, op, NULL, err));
	TRY(belgo_client_encryption_op(&op, session.client, issuer, id, NULL, err));
	return keep(ctl, op, NULL, err);
}

/* What does not lie in the configuration, as "; kept in the token store: secret, private key". */
static void
describe_kept(char *out, size_t size, const struct client *client)
{
	const char *const kept[] = {client->secret != NULL ? "secret" : NULL,
				    client->key != NULL || client->generate_key ? "private key" : NULL,
				    client->decrypts ? "decryption key" : NULL,
				    client->certificate != NULL ? "certificate with its key" : NULL};
	size_t len = 0;

	out[0] = '\0';
	for (size_t i = 0; i < LEN(kept); i++)
		if (kept[i] != NULL)
			len += (size_t)snprintf(out + len, size - len, "%s%s",
						len == 0 ? "; kept in the token store: " : ", ", kept[i]);
}

static belgo_rc
print(struct ctl *ctl, const char *provider, const char *client_id, const struct client *client)
{
	AUTO(json_free_ptr) json_t *value = NULL;
	char kept[128];

	if (!ctl->globals.json) {
		describe_kept(kept, sizeof(kept), client);
		note(ctl, "%s: saved in %s%s", provider, ctl->config.path, kept);
		if (client->public_keys != NULL)
			out_printf(&ctl->out, "%s\n", client->public_keys);
		return BELGO_OK;
	}
	value = json_pack("{s:i, s:s, s:o, s:b}", "version", 1, "provider", provider, "client_id",
			  json_text(client_id), "client_secret_stored", client->secret != NULL);
	if (client->public_keys != NULL &&
	    json_object_set_new(value, "client_jwks", json_loads(client->public_keys, 0, NULL)) != 0)
		return BELGO_ENOMEM;
	out_json(&ctl->out, value);
	return BELGO_OK;
}

/* The secret first: where the store refuses it, the configuration stays as it was. */
static belgo_rc
save(struct ctl *ctl, const struct found_provider *found, const char *key, struct client *client,
     struct belgo_error *err)
{
	AUTO(text_free) char *id = provider_client_id(ctl, found->provider, client->id);
	const struct config_entry entry = {.provider = key,
					   .client = {.client_id = client->id,
						      .token_endpoint_auth_method = client->method,
						      .tenant = client->tenant}};

	int has_credentials = client->secret != NULL || client->key != NULL || client->certificate != NULL ||
			      client->generate_key || client->decrypts;

	if (has_credentials && id == NULL)
		return fail_with(err, BELGO_EINVAL, "%s: the %s of which client? Name --client-id too",
				 client->secret != NULL        ? "--client-secret-file"
				 : client->key != NULL         ? "--client-key-file"
				 : client->certificate != NULL ? "--client-certificate-file"
				 : client->generate_key        ? "--generate-client-key"
							       : "the decryption key",
				 client->secret != NULL                               ? "secret"
				 : client->key == NULL && client->certificate != NULL ? "certificate"
										      : "key");
	if (has_credentials)
		TRY(keep_credentials(ctl, belgo_provider_issuer(found->provider), id, client, err));
	TRY(config_change(&ctl->config, config_set_client, &entry, err));
	index_restamp(ctl);
	return print(ctl, key, id, client);
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
    .about = "ID is a provider's id or an issuer URL. The client id is kept in the configuration, secret and "
	     "private key in the\n"
	     "token store and nowhere else. `oauthctl provider show ID` says how to get them.\n\n"
	     "  oauthctl provider set google --from ~/Downloads/client_secret_….json\n"
	     "  oauthctl provider set microsoft --client-id 11111111-2222-3333-4444-555555555555\n"
	     "  oauthctl provider set https://login.example.org --client-id my-app --generate-client-key",
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
	    remove_credentials(ctl, belgo_provider_issuer(found.provider), client_id, &cause) != BELGO_OK)
		warn(ctl, "whether the store holds a secret or a key of this client is not known: %s",
		     cause.text);
	index_restamp(ctl);
	if (ctl->globals.json)
		return print(ctl, config_key(&found), NULL, &(struct client){0});
	note(ctl, "%s: forgotten; removed from %s", config_key(&found), ctl->config.path);
	return BELGO_OK;
}

const struct command cmd_provider_remove = {
    .name = "remove",
    .operands = "ID",
    .summary = "forget your client at a provider",
    .about = "Forgets client id, secret, private key and certificate. Accounts that were signed in through "
	     "it stay, with "
	     "the client id "
	     "they have; where\n"
	     "their provider asks for one of these, they cannot be refreshed any more.",
    .min = 1,
    .max = 1,
    .fill = FILL_PROVIDER,
    .run = run_remove};
