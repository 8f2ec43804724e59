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
clients_done(struct issuer *issuer)
{
	for (struct client *c = issuer->clients, *next; c != NULL; c = next) {
		next = c->next;
		free(c->id);
		free(c->secret);
		free(c);
	}
}

static const struct client *
find(const struct issuer *issuer, const char *id)
{
	for (const struct client *c = issuer->clients; c != NULL; c = c->next)
		if (strcmp(c->id, id) == 0)
			return c;
	return NULL;
}

int
clients_is_confidential(const struct issuer *issuer, const char *id)
{
	return find(issuer, id) != NULL;
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

/* May the client of that id use these credentials? secret NULL: it sent none. */
static int
judge(const struct issuer *issuer, const char *id, const char *secret, struct reply *reply)
{
	const struct client *client = find(issuer, id);

	if (client == NULL && secret == NULL)
		return 0;
	if (client != NULL && secret != NULL && text_equal(client->secret, secret))
		return 0;
	invalid_client(reply, client == NULL   ? "a public client must not authenticate"
			      : secret == NULL ? "this client must authenticate"
					       : "wrong client secret");
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
		ok = id != NULL && judge(issuer, id, secret, reply) == 0;
	} else if (strncasecmp(req->authorization, "Basic ", 6) != 0 ||
		   basic_credentials(req->authorization + 6, &id, &secret) != 0) {
		invalid_client(reply, "malformed Authorization header");
	} else if (posted_secret != NULL) {
		reply_error(reply, 400, "invalid_request", "two methods of client authentication");
	} else if (posted_id != NULL && strcmp(posted_id, id) != 0) {
		reply_error(reply, 400, "invalid_request", "client_id differs from the Authorization header");
	} else {
		ok = judge(issuer, id, secret, reply) == 0;
	}
	free(secret);
	if (ok)
		return id;
	free(id);
	return NULL;
}

/* @spec RFC 8252 section 7.3: a loopback address, any port. */
int
clients_redirect_allowed(const char *redirect_uri)
{
	static const char *const hosts[] = {"http://127.0.0.1", "http://[::1]", "http://localhost"};

	if (strchr(redirect_uri, '#') != NULL || strpbrk(redirect_uri, " \r\n\t\"<>\\") != NULL)
		return 0;
	for (size_t i = 0; i < sizeof(hosts) / sizeof(hosts[0]); i++) {
		size_t n = strlen(hosts[i]);
		const char *p = redirect_uri + n;

		if (strncmp(redirect_uri, hosts[i], n) != 0)
			continue;
		if (*p == ':')
			p += 1 + strspn(p + 1, "0123456789");
		return *p == '\0' || *p == '/' || *p == '?';
	}
	return 0;
}
