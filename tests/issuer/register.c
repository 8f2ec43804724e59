/* Registering clients (RFC 7591) and looking after them (RFC 7592). What a client may do later is
 * clients.c's. */
#include "issuer.h"

#include "text.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const char grants[] = "authorization_code refresh_token urn:ietf:params:oauth:grant-type:device_code";
static const char methods[] = "none client_secret_basic client_secret_post";

/* @spec RFC 6750 section 2.1, 3 */
static int
check_bearer(const struct request *req, struct reply *reply, const char *wanted)
{
	const char *header = req->authorization;

	if (header != NULL && strncasecmp(header, "Bearer ", 7) == 0 && wanted != NULL &&
	    text_equal(header + 7, wanted))
		return 0;
	reply_error(reply, 401, "invalid_token", "the token of this registration is needed");
	reply_header(reply, "WWW-Authenticate", "Bearer realm=\"belgo-issuer\", error=\"invalid_token\"");
	return -1;
}

static const char *
string_of(const json_t *object, const char *name, const char *otherwise)
{
	const json_t *value = json_object_get(object, name);

	return value == NULL ? otherwise : json_is_string(value) ? json_string_value(value) : "";
}

/* A list of words that all stand in `known`; NULL `known`: any. */
static int
is_list(const json_t *list, const char *known)
{
	for (size_t i = 0; i < json_array_size(list); i++) {
		const char *word = json_string_value(json_array_get(list, i));

		if (word == NULL || (known != NULL && !text_has_word(known, word)))
			return 0;
	}
	return json_is_array(list);
}

static int
has(const json_t *list, const char *word)
{
	for (size_t i = 0; i < json_array_size(list); i++)
		if (strcmp(json_string_value(json_array_get(list, i)), word) == 0)
			return 1;
	return 0;
}

/* @spec RFC 7591 section 2, 3.2.2; RFC 8252 section 7.3 */
static struct fault
judge_redirects(const struct issuer *issuer, const json_t *metadata)
{
	const json_t *uris = json_object_get(metadata, "redirect_uris");

	if (has(json_object_get(metadata, "grant_types"), "authorization_code") && json_array_size(uris) == 0)
		return (struct fault){"invalid_redirect_uri", "redirect_uris is missing"};
	if (uris != NULL && !is_list(uris, NULL))
		return (struct fault){"invalid_redirect_uri", "redirect_uris is no list of URIs"};
	for (size_t i = 0; i < json_array_size(uris); i++)
		if (!clients_redirect_allowed(issuer, NULL, json_string_value(json_array_get(uris, i))))
			return (struct fault){"invalid_redirect_uri", "a redirect URI is not on loopback"};
	return (struct fault){NULL, NULL};
}

/* @spec RFC 7591 section 2, 2.1, 3.2.2 */
static struct fault
judge(const struct issuer *issuer, const json_t *metadata)
{
	const json_t *types = json_object_get(metadata, "response_types"),
		     *granted = json_object_get(metadata, "grant_types");
	const char *scope = string_of(metadata, "scope", "");
	char *known = text_common_words(scope, ISSUER_SCOPES);
	const char *subjects = issuer->opt.pairwise != NULL ? "pairwise" : "public";
	int scope_is_known = strlen(known) == strlen(scope);

	free(known);
	if (json_object_get(metadata, "software_statement") != NULL)
		return (struct fault){"unapproved_software_statement", "nobody is vouched for here"};
	if (!is_list(granted, grants) || !is_list(types, "code") ||
	    has(granted, "authorization_code") != has(types, "code"))
		return (struct fault){"invalid_client_metadata", "grant_types and response_types"};
	if (!text_has_word(methods, string_of(metadata, "token_endpoint_auth_method", "")))
		return (struct fault){"invalid_client_metadata", "token_endpoint_auth_method"};
	if (strcmp(string_of(metadata, "application_type", "native"), "native") != 0)
		return (struct fault){"invalid_client_metadata", "only native clients are registered here"};
	if (!scope_is_known)
		return (struct fault){"invalid_client_metadata", "a scope is not known here"};
	if (strcmp(string_of(metadata, "subject_type", subjects), subjects) != 0)
		return (struct fault){"invalid_client_metadata", "subject_type is another one here"};
	return judge_redirects(issuer, metadata);
}

/* What the client says of itself, with the defaults of RFC 7591 section 2; or NULL, with *reply filled. */
static json_t *
read_metadata(const struct issuer *issuer, const struct request *req, struct reply *reply)
{
	int is_json =
	    req->content_type != NULL && strncasecmp(req->content_type, "application/json", 16) == 0;
	json_t *metadata =
	    is_json ? json_loadb(req->body, req->body_len, JSON_REJECT_DUPLICATES, NULL) : NULL;
	json_t *defaults = json_pack("{s:[s], s:[s], s:s, s:s}", "grant_types", "authorization_code",
				     "response_types", "code", "token_endpoint_auth_method",
				     "client_secret_basic", "client_name", "a client without a name");
	struct fault fault = {"invalid_client_metadata", "one JSON object is wanted, as application/json"};

	if (json_is_object(metadata)) {
		json_object_update_missing(metadata, defaults);
		fault = judge(issuer, metadata);
	}
	json_decref(defaults);
	if (fault.error == NULL)
		return metadata;
	json_decref(metadata);
	reply_error(reply, 400, fault.error, fault.description);
	return NULL;
}

/* A client with a method that needs a secret has one. */
static void
give_secret(struct client *client)
{
	const char *method = string_of(client->metadata, "token_endpoint_auth_method", "none");

	if (strcmp(method, "none") == 0) {
		free(client->secret);
		client->secret = NULL;
	} else if (client->secret == NULL) {
		client->secret = text_token();
	}
}

/* @spec RFC 7592 section 3: this one is good from now on, and no older one. */
static void
give_token(struct client *client)
{
	free(client->registration_token);
	client->registration_token = text_token();
}

/* @spec RFC 7591 section 3.2.1; RFC 7592 section 3 */
static void
reply_client(const struct issuer *issuer, const struct client *client, struct reply *reply, unsigned status)
{
	json_t *answer = json_copy(client->metadata);
	char *uri = text_format("%s/register/%s", issuer->base, client->id);

	json_object_set_new(answer, "client_id", json_string(client->id));
	json_object_set_new(answer, "client_id_issued_at", json_integer(client->issued_at));
	if (client->secret != NULL) {
		json_object_set_new(answer, "client_secret", json_string(client->secret));
		json_object_set_new(answer, "client_secret_expires_at", json_integer(0));
	}
	json_object_set_new(answer, "registration_client_uri", json_string(uri));
	json_object_set_new(answer, "registration_access_token", json_string(client->registration_token));
	free(uri);
	reply_json(reply, status, answer);
}

/* @spec RFC 7591 section 3 */
void
endpoint_register(struct issuer *issuer, struct request *req, struct reply *reply)
{
	const char *initial = issuer->opt.initial_access_token;
	struct client *client;
	json_t *metadata;
	char *token;

	if (initial != NULL && check_bearer(req, reply, initial) != 0)
		return;
	if ((metadata = read_metadata(issuer, req, reply)) == NULL)
		return;
	token = text_token();
	client = must_alloc(sizeof(*client));
	*client = (struct client){.next = issuer->clients,
				  .id = text_format(REGISTERED_PREFIX "%.16s", token),
				  .metadata = metadata,
				  .issued_at = time(NULL)};
	free(token);
	give_secret(client);
	give_token(client);
	issuer->clients = client;
	reply_client(issuer, client, reply, 201);
}

/* @spec RFC 7592 section 2.2: the client's own id and secret, and nothing that the server alone decides. */
static int
check_change(const struct client *client, json_t *metadata, struct reply *reply)
{
	static const char *const forbidden[] = {"registration_access_token", "registration_client_uri",
						"client_secret_expires_at", "client_id_issued_at"};
	int is_ours = strcmp(string_of(metadata, "client_id", ""), client->id) == 0 &&
		      (json_object_get(metadata, "client_secret") == NULL ||
		       text_equal(string_of(metadata, "client_secret", ""),
				  client->secret != NULL ? client->secret : ""));

	for (size_t i = 0; i < sizeof(forbidden) / sizeof(forbidden[0]); i++)
		if (json_object_get(metadata, forbidden[i]) != NULL)
			is_ours = 0;
	if (!is_ours) {
		reply_error(reply, 400, "invalid_request", "that is not this client's to say");
		return -1;
	}
	json_object_del(metadata, "client_id");
	json_object_del(metadata, "client_secret");
	return 0;
}

static void
change(const struct issuer *issuer, struct client *client, const struct request *req, struct reply *reply)
{
	json_t *metadata = read_metadata(issuer, req, reply);

	if (metadata == NULL)
		return;
	if (check_change(client, metadata, reply) != 0) {
		json_decref(metadata);
		return;
	}
	json_decref(client->metadata);
	client->metadata = metadata;
	give_secret(client);
	give_token(client);
	reply_client(issuer, client, reply, 200);
}

/* @spec RFC 7592 section 2.3, 5: what was granted to it ends with it. */
static void
delete_client(struct issuer *issuer, struct client *client, struct reply *reply)
{
	struct client **at = &issuer->clients;

	while (*at != client)
		at = &(*at)->next;
	*at = client->next;
	grants_revoke(issuer, client->id);
	client_free(client);
	reply_text(reply, 204, "application/json", text_copy(""));
}

/* @spec RFC 7592 section 2, 2.1: of a client that is not there it is said that the token is wrong. */
void
endpoint_registration(struct issuer *issuer, struct request *req, struct reply *reply)
{
	struct client *client = clients_find(issuer, req->path + strlen("/register/"));

	if (check_bearer(req, reply, client != NULL ? client->registration_token : NULL) != 0)
		return;
	if (strcmp(req->method, "DELETE") == 0) {
		delete_client(issuer, client, reply);
	} else if (strcmp(req->method, "PUT") == 0) {
		change(issuer, client, req, reply);
	} else {
		give_token(client);
		reply_client(issuer, client, reply, 200);
	}
}
