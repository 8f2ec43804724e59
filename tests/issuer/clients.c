/* Who is a client, how it authenticates, and where it may be redirected to. */
#include "issuer.h"

#include "text.h"

#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

void
clients_add(struct issuer *issuer, const char *id_and_secret)
{
	const char *colon = strchr(id_and_secret, ':');
	struct client *client = must_alloc(sizeof(*client));

	if (colon == NULL || colon == id_and_secret || colon[1] == '\0')
		die("--client: give ID:SECRET");
	client->id = text_format("%.*s", (int)(colon - id_and_secret), id_and_secret);
	client->secret = text_copy(colon + 1);
	client->next = issuer->clients;
	issuer->clients = client;
}

void
clients_add_key(struct issuer *issuer, const char *id_and_path)
{
	const char *colon = strchr(id_and_path, ':');
	struct client *client = must_alloc(sizeof(*client));

	if (colon == NULL || colon == id_and_path || colon[1] == '\0')
		die("--client-jwks: give ID:FILE");
	client->id = text_format("%.*s", (int)(colon - id_and_path), id_and_path);
	client->jwks_path = colon + 1;
	client->next = issuer->clients;
	issuer->clients = client;
}

json_t *
clients_key(const struct issuer *issuer, const char *id, const char *use)
{
	const struct client *client = clients_find(issuer, id);
	json_t *set =
	    client != NULL && client->jwks_path != NULL ? json_load_file(client->jwks_path, 0, NULL) : NULL;
	json_t *key = NULL, *found = NULL;
	size_t i;

	json_array_foreach(json_object_get(set, "keys"), i, key)
	{
		const char *meant_for = json_string_value(json_object_get(key, "use"));

		if (found == NULL && meant_for != NULL && strcmp(meant_for, use) == 0)
			found = json_incref(key);
	}
	json_decref(set);
	return found;
}

void
clients_done(struct issuer *issuer)
{
	for (struct client *c = issuer->clients, *next; c != NULL; c = next) {
		next = c->next;
		client_free(c);
	}
}

void
client_free(struct client *client)
{
	json_decref(client->metadata);
	free(client->registration_token);
	free(client->id);
	free(client->secret);
	free(client);
}

struct client *
clients_find(const struct issuer *issuer, const char *id)
{
	for (struct client *c = issuer->clients; c != NULL; c = c->next)
		if (strcmp(c->id, id) == 0)
			return c;
	return NULL;
}

int
clients_is_confidential(const struct issuer *issuer, const char *id)
{
	const struct client *client = clients_find(issuer, id);

	return client != NULL && client->secret != NULL;
}

int
clients_is_gone(const struct issuer *issuer, const char *id)
{
	return strncmp(id, REGISTERED_PREFIX, strlen(REGISTERED_PREFIX)) == 0 &&
	       clients_find(issuer, id) == NULL;
}

int
clients_may(const struct issuer *issuer, const char *id, const char *member, const char *value)
{
	const struct client *client = clients_find(issuer, id);
	const json_t *list = client != NULL ? json_object_get(client->metadata, member) : NULL;

	for (size_t i = 0; i < json_array_size(list); i++)
		if (strcmp(json_string_value(json_array_get(list, i)), value) == 0)
			return 1;
	return list == NULL;
}

/* Credentials of RFC 6749 section 2.3.1: base64 of form-encoded words. @return 0, or -1. */
static int
basic_credentials(const char *encoded, char **id, char **secret)
{
	size_t len = strlen(encoded);
	char *text = must_alloc(len + 4);
	const char *colon;
	int n = len % 4 == 0
		    ? EVP_DecodeBlock((unsigned char *)text, (const unsigned char *)encoded, (int)len)
		    : -1;

	*id = *secret = NULL;
	if (n > 0 && (colon = strchr(text, ':')) != NULL) {
		*id = params_unescape(text, (size_t)(colon - text));
		*secret = params_unescape(colon + 1, strlen(colon + 1));
	}
	free(text);
	return *id != NULL && *secret != NULL ? 0 : -1;
}

/* @spec RFC 6749 section 5.2: 401 with the scheme that was used. */
static void
invalid_client(struct reply *reply, const char *description)
{
	reply_error(reply, 401, "invalid_client", description);
	reply_header(reply, "WWW-Authenticate", "Basic realm=\"belgo-issuer\"");
}

/* @spec RFC 7591 section 2 (token_endpoint_auth_method): a registered client uses its method and no other. */
static int
is_its_method(const struct client *client, const struct request *req)
{
	const char *registered =
	    json_string_value(json_object_get(client->metadata, "token_endpoint_auth_method"));
	const char *used = req->authorization != NULL ? "client_secret_basic" : "client_secret_post";

	return registered == NULL || client->secret == NULL || strcmp(registered, used) == 0;
}

/* May the client of that id use these credentials? secret NULL: it sent none. */
static int
judge(const struct issuer *issuer, const struct request *req, const char *id, const char *secret,
      struct reply *reply)
{
	const struct client *client = clients_find(issuer, id);
	const char *wanted = client != NULL ? client->secret : NULL, *fault = NULL;

	if (clients_is_gone(issuer, id))
		fault = "there is no such client";
	else if (wanted == NULL && secret != NULL)
		fault = "a public client must not authenticate";
	else if (wanted != NULL && secret == NULL)
		fault = "this client must authenticate";
	else if (wanted != NULL && !text_equal(wanted, secret))
		fault = "wrong client secret";
	else if (wanted != NULL && !is_its_method(client, req))
		fault = "the client was registered for another method";
	if (fault == NULL)
		return 0;
	invalid_client(reply, fault);
	return -1;
}

/* @spec RFC 6749 section 2.3 */
char *
clients_authenticate(const struct issuer *issuer, const struct request *req, struct reply *reply)
{
	const char *posted_id = params_get(&req->form, "client_id");
	const char *posted_secret = params_get(&req->form, "client_secret");
	char *id = NULL, *secret = NULL;
	int ok = 0;

	if (req->authorization == NULL) {
		id = text_copy(posted_id);
		secret = text_copy(posted_secret);
		if (id == NULL)
			invalid_client(reply, "client_id is missing");
		ok = id != NULL && judge(issuer, req, id, secret, reply) == 0;
	} else if (strncasecmp(req->authorization, "Basic ", 6) != 0 ||
		   basic_credentials(req->authorization + 6, &id, &secret) != 0) {
		invalid_client(reply, "malformed Authorization header");
	} else if (posted_secret != NULL) {
		reply_error(reply, 400, "invalid_request", "two methods of client authentication");
	} else if (posted_id != NULL && strcmp(posted_id, id) != 0) {
		reply_error(reply, 400, "invalid_request", "client_id differs from the Authorization header");
	} else {
		ok = judge(issuer, req, id, secret, reply) == 0;
	}
	free(secret);
	if (ok)
		return id;
	free(id);
	return NULL;
}

/* Behind scheme, host and port of a loopback address; or NULL. *host_len: up to the port. */
static const char *
behind_loopback(const char *uri, size_t *host_len)
{
	static const char *const hosts[] = {"http://127.0.0.1", "http://[::1]", "http://localhost"};

	if (strchr(uri, '#') != NULL || strpbrk(uri, " \r\n\t\"<>\\") != NULL)
		return NULL;
	for (size_t i = 0; i < sizeof(hosts) / sizeof(hosts[0]); i++) {
		const char *p = uri + strlen(hosts[i]);

		if (strncmp(uri, hosts[i], strlen(hosts[i])) != 0)
			continue;
		*host_len = strlen(hosts[i]);
		if (*p == ':')
			p += 1 + strspn(p + 1, "0123456789");
		return *p == '\0' || *p == '/' || *p == '?' ? p : NULL;
	}
	return NULL;
}

/* @spec RFC 8252 section 7.3: a loopback address, any port; all else as it was registered. */
int
clients_redirect_allowed(const struct issuer *issuer, const char *id, const char *redirect_uri)
{
	const struct client *client = id != NULL ? clients_find(issuer, id) : NULL;
	const json_t *own = client != NULL ? json_object_get(client->metadata, "redirect_uris") : NULL;
	size_t len = 0, own_len = 0;
	const char *rest = behind_loopback(redirect_uri, &len);

	if (rest == NULL || own == NULL)
		return rest != NULL;
	for (size_t i = 0; i < json_array_size(own); i++) {
		const char *uri = json_string_value(json_array_get(own, i));
		const char *own_rest = behind_loopback(uri, &own_len);

		if (own_rest != NULL && own_len == len && strncmp(uri, redirect_uri, len) == 0 &&
		    strcmp(own_rest, rest) == 0)
			return 1;
	}
	return 0;
}
