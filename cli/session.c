/* A client on one store, with the seams as the environment and the options want them. */
#include "ctl.h"

#include "path.h"
#include "terminal.h"
#include "token_keys.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Passphrases that one may type for a store; as many as the library asks for at once. */
#define TRIES 3

static const char *
first_variable(const char *const *names)
{
	const char *value = NULL;

	for (; *names != NULL && value == NULL; names++)
		value = env_get(*names);
	return value;
}

char *
store_named(const struct ctl *ctl)
{
	const char *store = ctl->globals.store != NULL ? ctl->globals.store : env_get("OAUTHCTL_STORE");

	return store != NULL ? path_store_uri(store) : NULL;
}

char *
store_for_login(const struct ctl *ctl)
{
	const char *configured = config_string(&ctl->config, "store");
	char *named = store_named(ctl);

	return named != NULL ? named : path_store_uri(configured != NULL ? configured : "keyring");
}

/* The variable's path, else that of systemd's credential, where the unit loads one. */
static char *
key_file(const char *name, const char *credential)
{
	const char *named = env_get(name), *dir = env_get("CREDENTIALS_DIRECTORY");
	char *path = NULL;

	if (named != NULL)
		return strdup(named);
	if (dir == NULL || asprintf(&path, "%s/%s", dir, credential) < 0)
		return NULL;
	if (access(path, F_OK) == 0)
		return path;
	free(path);
	return NULL;
}

/* By uri; made where there is none. NULL: out of memory. */
static struct passphrase *
passphrase_of(struct ctl *ctl, const char *uri)
{
	struct passphrase *entry = ctl->passphrases;

	while (entry != NULL && strcmp(entry->uri, uri) != 0)
		entry = entry->next;
	if (entry != NULL)
		return entry;
	if ((entry = calloc(1, sizeof(*entry))) == NULL || (entry->uri = strdup(uri)) == NULL) {
		free(entry);
		return NULL;
	}
	entry->ctl = ctl;
	entry->next = ctl->passphrases;
	return ctl->passphrases = entry;
}

void
passphrases_free(struct ctl *ctl)
{
	while (ctl->passphrases != NULL) {
		struct passphrase *entry = ctl->passphrases;

		ctl->passphrases = entry->next;
		text_free(&entry->text);
		free(entry->uri);
		free(entry);
	}
}

static belgo_rc
type_passphrase(struct passphrase *entry, enum belgo_ask why, struct belgo_error *err)
{
	static const char *const questions[] = {
	    [BELGO_ASK_OPEN] = "Passphrase of the token store: ",
	    [BELGO_ASK_AGAIN] = "That does not open the token store. Its passphrase: ",
	    [BELGO_ASK_NEW] = "Passphrase for a new token store: ",
	};

	entry->typed++;
	text_free(&entry->text);
	if (entry->ctl->globals.no_input)
		return fail_with(
		    err, BELGO_ELOCKED,
		    "the file store needs its key, and --no-input forbids to ask for the passphrase");
	return terminal_ask_secret(&entry->text, questions[why], why == BELGO_ASK_NEW, err);
}

static belgo_rc
ask_passphrase(void *arg, enum belgo_ask why, char **out, struct belgo_error *err)
{
	struct passphrase *entry = arg;
	belgo_rc rc = BELGO_OK;

	/* Who left, or was wrong so often, is not asked once more by the next call to the store. */
	if (entry->is_over || (why == BELGO_ASK_AGAIN && entry->typed >= TRIES))
		return fail_with(err, BELGO_ELOCKED, "no passphrase was given that opens the token store");
	if (why != BELGO_ASK_OPEN || entry->text == NULL)
		rc = type_passphrase(entry, why, err);
	entry->is_over = rc != BELGO_OK;
	if (rc == BELGO_OK && (*out = strdup(entry->text)) == NULL)
		rc = fail_memory(err);
	return rc;
}

static belgo_rc
open_store(struct belgo_store **out, struct ctl *ctl, const char *uri, struct belgo_error *err)
{
	AUTO(text_free) char *state = path_state(""), *key = key_file("OAUTHCTL_KEY_FILE", "oauthctl.key");
	struct passphrase *passphrase = passphrase_of(ctl, uri);
	int keyring_timeout = 0;

	TRY(config_keyring_timeout(&keyring_timeout, &ctl->config, env_get("OAUTHCTL_KEYRING_TIMEOUT"), err));
	const struct belgo_store_params params = {
	    .uri = uri,
	    .state_dir = state,
	    .prompt = !ctl->globals.no_input && (terminal_has_display() || terminal_is_attended())
			  ? BELGO_PROMPT_ALLOWED
			  : BELGO_PROMPT_NEVER,
	    .budget_ms = keyring_timeout * 1000,
	    .key_file = key,
	    .passphrase_file = env_get("OAUTHCTL_PASSPHRASE_FILE"),
	    .ask_passphrase = ask_passphrase,
	    .ask_arg = passphrase};

	if (passphrase == NULL)
		return fail_memory(err);
	if (state == NULL)
		return fail_with(err, BELGO_EIO, "there is no state directory: HOME is not set");
	snprintf(ctl->facts.store, sizeof(ctl->facts.store), "%s", uri);
	return belgo_store_open(out, &params, err);
}

static belgo_rc
open_token_keys(struct token_keys **out, const struct ctl *ctl, struct belgo_error *err)
{
	AUTO(text_free) char *found = key_file("OAUTHCTL_TOKEN_KEY_FILE", "oauthctl.token-key");
	AUTO(token_keys_free) struct token_keys *keys = NULL;
	const char *path = found != NULL ? found : config_string(&ctl->config, "token_key_file");

	if (path == NULL)
		return BELGO_OK;
	if ((keys = calloc(1, sizeof(*keys))) == NULL)
		return fail_memory(err);
	TRY(token_keys_read(keys, path, err));
	*out = TAKE(keys);
	return BELGO_OK;
}

static void
write_log(void *arg, enum belgo_log_level level, const char *text)
{
	const struct ctl *ctl = arg;
	static const char *const names[] = {"debug", "info", "warning"};

	if (ctl->globals.verbose)
		fprintf(stderr, "[%s] %s\n", (size_t)level < LEN(names) ? names[level] : "log", text);
}

static belgo_rc
open_transport(struct ctl *ctl, struct belgo_error *err)
{
	static const char *const proxies[] = {"https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY", NULL};
	static const char *const exceptions[] = {"no_proxy", "NO_PROXY", NULL};
	const struct belgo_curl_params params = {.ca_file = ctl->ca_file != NULL ? ctl->ca_file
										 : env_get("SSL_CERT_FILE"),
						 .proxy = first_variable(proxies),
						 .no_proxy = first_variable(exceptions),
						 .user_agent = "oauthctl/" BELGOAUTH_VERSION};

	if (ctl->has_transport)
		return BELGO_OK;
	TRY(belgo_transport_curl_new(&ctl->transport, &params, err));
	ctl->has_transport = 1;
	return BELGO_OK;
}

static belgo_rc
open_cache(struct ctl *ctl, struct belgo_error *err)
{
	AUTO(text_free) char *dir = path_cache("");

	if (ctl->has_cache || dir == NULL)
		return BELGO_OK;
	TRY(belgo_cache_disk_new(&ctl->cache, dir, err));
	ctl->has_cache = 1;
	return BELGO_OK;
}

static belgo_rc
find_provider(void *arg, const char *id, struct belgo_provider **out, struct belgo_error *err)
{
	AUTO(found_provider_done) struct found_provider found = {0};

	TRY(provider_find_open(&found, arg, id, err));
	*out = TAKE(found.provider);
	return BELGO_OK;
}

static belgo_rc
find_secret(void *arg, const char *provider_id, const char *issuer, const char *client_id, char **out,
	    struct belgo_error *err)
{
	const char *secret = provider_id != NULL ? provider_variable(provider_id, "CLIENT_SECRET") : NULL;
	const char *owner = provider_id != NULL ? provider_variable(provider_id, "CLIENT_ID") : NULL;

	(void)arg;
	(void)issuer;
	/* Beside a client id it is the secret of that client, and no other's. */
	if (secret == NULL || (owner != NULL && strcmp(owner, client_id) != 0))
		return BELGO_ENOTFOUND;
	if ((*out = strdup(secret)) == NULL)
		return fail_memory(err);
	return BELGO_OK;
}

static void
keep_nothing(void *ctx, const char *id, const char *token_type, const char *access_token, int64_t expires_at,
	     int64_t now)
{
	(void)ctx;
	(void)id;
	(void)token_type;
	(void)access_token;
	(void)expires_at;
	(void)now;
}

/* Turned off, nothing is put into it; what was put there before is still taken out, at a logout above all. */
static const struct belgo_access_cache *
access_cache(struct ctl *ctl)
{
	const char *value = env_get("OAUTHCTL_ACCESS_CACHE");

	ctl->access_cache = *belgo_access_cache_kernel();
	if (value != NULL && strcmp(value, "off") == 0)
		ctl->access_cache.put = keep_nothing;
	return &ctl->access_cache;
}

belgo_rc
session_open(struct session *out, struct ctl *ctl, const char *uri, struct belgo_error *err)
{
	AUTO(session_close) struct session session = {0};

	ctl->log = (struct belgo_log){.ctx = ctl, .write = write_log};
	TRY(open_transport(ctl, err));
	TRY(open_cache(ctl, err));
	TRY(open_token_keys(&session.token_keys, ctl, err));
	TRY(open_store(&session.store, ctl, uri, err));
	const struct belgo_client_params params = {
	    .store = session.store,
	    .transport = &ctl->transport,
	    .cache = ctl->has_cache ? &ctl->cache : NULL,
	    .access_cache = access_cache(ctl),
	    .log = ctl->globals.verbose ? &ctl->log : NULL,
	    .find_provider = find_provider,
	    .find_arg = ctl,
	    .find_secret = find_secret,
	    .callback_arg = ctl,
	    .token_keys = session.token_keys != NULL ? session.token_keys->keys : NULL,
	    .n_token_keys = session.token_keys != NULL ? session.token_keys->n : 0};
	TRY(belgo_client_new(&session.client, &params, err));
	*out = session;
	session = (struct session){0};
	return BELGO_OK;
}

void
session_close(struct session *session)
{
	belgo_client_free(&session->client);
	belgo_store_free(&session->store);
	token_keys_free(&session->token_keys);
}

belgo_rc
session_keep_secret(const struct session *session, struct ctl *ctl, const char *issuer, const char *client_id,
		    const char *secret, struct belgo_error *err)
{
	AUTO(belgo_op_free) struct belgo_op *op = NULL;

	if (secret == NULL)
		return BELGO_OK;
	TRY(belgo_client_secret_op(&op, session->client, issuer, client_id, secret, err));
	return drive(ctl, op, NULL, err);
}
