/* config.json: read strictly, rewritten whole, unknown members kept. */
#include "config.h"

#include "file.h"
#include "path.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CONFIG_MAX (1u << 20)

static belgo_rc
broken(const struct config *config, struct belgo_error *err, const char *where, const char *what)
{
	fail_with(err, BELGO_ENOTFOUND, "the configuration %s cannot be used: %s%s", config->path, where,
		  what);
	if (err != NULL)
		snprintf(err->subject, sizeof(err->subject), "%s", config->path);
	return BELGO_ENOTFOUND;
}

static int
is_string_or_absent(const json_t *object, const char *member)
{
	const json_t *value = json_object_get(object, member);

	return value == NULL || json_is_string(value);
}

/* @spec OpenID Connect Core section 9; RFC 8705 section 2 */
int
config_method_is_known(const char *method)
{
	static const char *const known[] = {"none",
					    "client_secret_basic",
					    "client_secret_post",
					    "client_secret_jwt",
					    "private_key_jwt",
					    "tls_client_auth",
					    "self_signed_tls_client_auth"};
	size_t i = 0;

	while (i < LEN(known) && strcmp(known[i], method) != 0)
		i++;
	return i < LEN(known);
}

static const char *const client_members[] = {"client_id", "token_endpoint_auth_method", "tenant"};

static belgo_rc
check_client(const struct config *config, const json_t *client, struct belgo_error *err)
{
	const char *method;
	size_t i;

	for (i = 0; i < LEN(client_members); i++)
		if (!is_string_or_absent(client, client_members[i]))
			return broken(config, err, client_members[i], " is no string");
	if (json_object_get(client, "client_secret") != NULL)
		return broken(config, err, "\"client_secret\"",
			      " does not belong here; see oauthctl provider set --client-secret-file");
	method = json_string_value(json_object_get(client, "token_endpoint_auth_method"));
	if (method != NULL && !config_method_is_known(method))
		return broken(config, err, "\"token_endpoint_auth_method\"",
			      " is no method that is known; see man oauthctl-config");
	return BELGO_OK;
}

static belgo_rc
check_clients(const struct config *config, struct belgo_error *err)
{
	json_t *clients = json_object_get(config->root, "clients"), *client;
	const char *name;

	if (clients != NULL && !json_is_object(clients))
		return broken(config, err, "\"clients\"", " is no object");
	json_object_foreach(clients, name, client)
	{
		if (!json_is_object(client))
			return broken(config, err, "\"clients\"", " holds something that is no object");
		TRY(check_client(config, client, err));
	}
	return BELGO_OK;
}

static int
is_store(const char *uri)
{
	return uri == NULL || strcmp(uri, "keyring") == 0 || strcmp(uri, "file") == 0 ||
	       strncmp(uri, "file:", 5) == 0 || strcmp(uri, "memory") == 0;
}

static int
is_keyring_timeout(json_int_t seconds)
{
	return seconds >= 1 && seconds <= 60;
}

static belgo_rc
check(const struct config *config, struct belgo_error *err)
{
	const json_t *version = json_object_get(config->root, "version");
	const json_t *timeout = json_object_get(config->root, "keyring_timeout");

	if (!json_is_object(config->root))
		return broken(config, err, "", "it is no JSON object");
	if (version != NULL && !json_is_integer(version))
		return broken(config, err, "\"version\"", " is no number");
	if (version != NULL && json_integer_value(version) != 1)
		return broken(config, err, "", "a newer oauthctl wrote it");
	if (!is_string_or_absent(config->root, "store"))
		return broken(config, err, "\"store\"", " is no string");
	if (!is_store(json_string_value(json_object_get(config->root, "store"))))
		return broken(config, err, "\"store\"", " is no store: keyring, file, file:DIR or memory");
	if (!is_string_or_absent(config->root, "token_key_file"))
		return broken(config, err, "\"token_key_file\"", " is no string");
	if (!is_string_or_absent(config->root, "default_account"))
		return broken(config, err, "\"default_account\"", " is no string");
	if (timeout != NULL &&
	    (!json_is_integer(timeout) || !is_keyring_timeout(json_integer_value(timeout))))
		return broken(config, err, "\"keyring_timeout\"", " is no number of seconds from 1 to 60");
	return check_clients(config, err);
}

static belgo_rc
parse(struct config *config, const char *text, size_t len, struct belgo_error *err)
{
	json_error_t at;
	char where[32], *quote;

	config->root = json_loadb(text, len, JSON_REJECT_DUPLICATES, &at);
	if (config->root != NULL)
		return check(config, err);
	snprintf(where, sizeof(where), "line %d: ", at.line);
	/* The words of the file itself stay out: they may be a secret that was put in the wrong place. */
	quote = strstr(at.text, " near ");
	if (quote != NULL)
		*quote = '\0';
	return broken(config, err, where, at.text);
}

static belgo_rc
read_file(struct config *config, struct belgo_error *err)
{
	AUTO(text_free) char *text = NULL;
	struct belgo_error cause = {0};
	size_t len = 0;
	belgo_rc rc;

	json_free_ptr(&config->root);
	index_stamp_of(&config->stamp, config->path);
	rc = file_read(&text, &len, config->path, CONFIG_MAX, &cause);
	if (rc == BELGO_ENOTFOUND) {
		config->root = json_object();
		return config->root == NULL ? fail_memory(err) : BELGO_OK;
	}
	if (rc != BELGO_OK)
		return fail_with(err, rc, "%s", cause.text);
	return parse(config, text, len, err);
}

belgo_rc
config_load(struct config *config, const char *flag, struct belgo_error *err)
{
	if ((config->path = path_config_file(flag)) == NULL)
		return fail_with(err, BELGO_ENOTFOUND,
				 "there is no configuration directory: HOME is not set");
	return read_file(config, err);
}

void
config_done(struct config *config)
{
	free(config->path);
	json_decref(config->root);
	*config = (struct config){0};
}

const char *
config_string(const struct config *config, const char *member)
{
	return json_string_value(json_object_get(config->root, member));
}

belgo_rc
config_keyring_timeout(int *out, const struct config *config, const char *variable, struct belgo_error *err)
{
	const json_t *configured = json_object_get(config->root, "keyring_timeout");
	char *end = NULL;
	long seconds;

	if (variable == NULL) {
		*out = (int)json_integer_value(configured);
		return BELGO_OK;
	}
	seconds = strtol(variable, &end, 10);
	if (variable[0] < '0' || variable[0] > '9' || *end != '\0' || !is_keyring_timeout(seconds))
		return fail_with(err, BELGO_EINVAL,
				 "OAUTHCTL_KEYRING_TIMEOUT is no number of seconds from 1 to 60");
	*out = (int)seconds;
	return BELGO_OK;
}

struct config_client
config_client(const struct config *config, const char *id, const char *issuer)
{
	const json_t *clients = json_object_get(config->root, "clients"), *client = NULL;

	if (id != NULL)
		client = json_object_get(clients, id);
	if (client == NULL && issuer != NULL)
		client = json_object_get(clients, issuer);
	return (struct config_client){
	    .client_id = json_string_value(json_object_get(client, "client_id")),
	    .token_endpoint_auth_method =
		json_string_value(json_object_get(client, "token_endpoint_auth_method")),
	    .tenant = json_string_value(json_object_get(client, "tenant")),
	};
}

belgo_rc
config_change(struct config *config,
	      belgo_rc (*change)(json_t *root, const void *arg, struct belgo_error *err), const void *arg,
	      struct belgo_error *err)
{
	AUTO(fd_close) int lock = -1;
	AUTO(text_free) char *text = NULL;
	AUTO(text_free) char *line = NULL;
	int len;

	TRY(file_lock(&lock, "lock/config", err));
	TRY(read_file(config, err));
	TRY(change(config->root, arg, err));
	if (json_object_get(config->root, "version") == NULL &&
	    json_object_set_new(config->root, "version", json_integer(1)) != 0)
		return fail_memory(err);
	text = json_dumps(config->root, JSON_INDENT(2));
	if (text == NULL || (len = asprintf(&line, "%s\n", text)) < 0) {
		line = NULL;
		return fail_memory(err);
	}
	TRY(file_write(config->path, line, (size_t)len, err));
	index_stamp_of(&config->stamp, config->path);
	return BELGO_OK;
}

belgo_rc
config_set_default(json_t *root, const void *name, struct belgo_error *err)
{
	if (name == NULL) {
		json_object_del(root, "default_account");
		return BELGO_OK;
	}
	if (json_object_set_new(root, "default_account", json_string(name)) != 0)
		return fail_memory(err);
	return BELGO_OK;
}

static json_t *
object_in(json_t *parent, const char *name)
{
	json_t *object = json_object_get(parent, name);

	if (object != NULL)
		return object;
	return json_object_set_new(parent, name, json_object()) == 0 ? json_object_get(parent, name) : NULL;
}

belgo_rc
config_set_client(json_t *root, const void *arg, struct belgo_error *err)
{
	const struct config_entry *entry = arg;
	const char *values[] = {entry->client.client_id, entry->client.token_endpoint_auth_method,
				entry->client.tenant};
	json_t *clients = object_in(root, "clients");
	json_t *client = clients != NULL ? object_in(clients, entry->provider) : NULL;
	size_t i;

	for (i = 0; i < LEN(client_members); i++)
		if (client == NULL || (values[i] != NULL && json_object_set_new(client, client_members[i],
										json_string(values[i])) != 0))
			return fail_memory(err);
	return BELGO_OK;
}

belgo_rc
config_remove_client(json_t *root, const void *provider, struct belgo_error *err)
{
	json_t *clients = json_object_get(root, "clients");

	if (json_object_del(clients, provider) != 0)
		return fail_with(err, BELGO_ENOTFOUND, "the configuration has no client for %s",
				 (const char *)provider);
	if (json_object_size(clients) == 0)
		json_object_del(root, "clients");
	return BELGO_OK;
}
