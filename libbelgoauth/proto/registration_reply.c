/*
 * What a provider made of a registration: whether it is a client that can be used, and no other than was
 * asked for. When to keep a new registration access token is the flow's business.
 */
#include "proto/registration.h"

#include "base/error.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/text.h"
#include "base/url.h"
#include "proto/reply.h"

#include <string.h>

#define WHAT "client registration"

/* Kept apart from the rest of what the provider says: secret, or not to be sent back (RFC 7592 section 2.2).
 */
static const char *const apart[] = {"client_id",
				    "client_id_issued_at",
				    "client_secret",
				    "client_secret_expires_at",
				    "registration_access_token",
				    "registration_client_uri"};

/* Some servers write null for what they do not have. */
static void
drop_nulls(json_t *object)
{
	const char *name;
	json_t *value;
	void *next;

	json_object_foreach_safe(object, next, name, value) if (json_is_null(value))
	    json_object_del(object, name);
}

static belgo_rc
fault(struct belgo_error *err, const char *what)
{
	return bg_fail(err, BELGO_EPROTO, WHAT ": %s", what);
}

static belgo_rc
copy(char **out, const char *text, struct belgo_error *err)
{
	return bg_str_set(out, text) == BELGO_OK ? BELGO_OK
						 : bg_fail(err, BELGO_ENOMEM, WHAT ": out of memory");
}

/* A member that is sent back in forms and headers; the old value where there is none. */
static belgo_rc
read_plain(char **out, const json_t *reply, const char *name, enum bg_presence presence, const char *old,
	   struct belgo_error *err)
{
	const char *text;

	BG_TRY(bg_json_str(&text, reply, name, presence, WHAT, err));
	if (text != NULL && (!bg_text_is_vschar(text) || strlen(text) > BG_MAX_ACCESS_TOKEN))
		return bg_fail(err, BELGO_EPROTO, WHAT ": \"%s\" is not printable, or longer than %d bytes",
			       name, BG_MAX_ACCESS_TOKEN);
	return copy(out, text != NULL && *text != '\0' ? text : old, err);
}

/* @spec RFC 7591 section 3.2.1; RFC 7592 section 2.2 (the client id never changes) */
static belgo_rc
read_client(struct bg_registration *r, const struct bg_registration_expect *expect, const json_t *reply,
	    struct belgo_error *err)
{
	const struct bg_registration *old = expect->old;

	BG_TRY(read_plain(&r->client_id, reply, "client_id", BG_REQUIRED, NULL, err));
	if (old != NULL && strcmp(r->client_id, old->client_id) != 0)
		return fault(err, "the answer is about another client");
	BG_TRY(read_plain(&r->client_secret, reply, "client_secret", BG_OPTIONAL,
			  old != NULL ? old->client_secret : NULL, err));
	if (old != NULL && bg_str_equal(r->client_secret, old->client_secret))
		r->client_secret_expires_at = old->client_secret_expires_at;
	BG_TRY(bg_json_number(&r->client_secret_expires_at, reply, "client_secret_expires_at", BG_OPTIONAL,
			      WHAT, err));
	if (r->client_secret_expires_at < 0)
		return fault(err, "\"client_secret_expires_at\" is negative");
	BG_TRY(copy(&r->private_key, expect->private_key, err));
	return copy(&r->issuer, expect->provider->issuer, err);
}

/* The token manages the client, so it goes nowhere but where the client was registered. */
static belgo_rc
read_management(struct bg_registration *r, const struct bg_registration_expect *expect, const json_t *reply,
		struct belgo_error *err)
{
	const struct bg_registration *old = expect->old;
	int is_same = 0;

	BG_TRY(read_plain(&r->registration_client_uri, reply, "registration_client_uri", BG_OPTIONAL,
			  old != NULL ? old->registration_client_uri : NULL, err));
	BG_TRY(read_plain(&r->registration_access_token, reply, "registration_access_token", BG_OPTIONAL,
			  old != NULL ? old->registration_access_token : NULL, err));
	if (r->registration_client_uri == NULL || r->registration_access_token == NULL) {
		bg_str_free(&r->registration_client_uri);
		bg_str_free(&r->registration_access_token);
		return BELGO_OK;
	}
	if (!bg_text_is_nqchar(r->registration_access_token))
		return fault(err, "\"registration_access_token\" fits in no header");
	BG_TRY(bg_url_check_endpoint(r->registration_client_uri, expect->provider->issuer,
				     "registration_client_uri", err));
	if (bg_url_same_origin(&is_same, expect->endpoint, r->registration_client_uri) != BELGO_OK)
		return bg_fail(err, BELGO_ENOMEM, WHAT ": out of memory");
	return is_same ? BELGO_OK
		       : fault(err, "\"registration_client_uri\" is on another host than the registration");
}

static belgo_rc
check_method(const struct bg_registration *r, struct belgo_error *err)
{
	const struct bg_client_auth have = {.client_secret = r->client_secret, .private_key = r->private_key};
	enum bg_auth_method method;

	if (bg_auth_method_parse(&method, r->token_endpoint_auth_method, NULL) != BELGO_OK)
		return fault(err, "the client was registered for a client authentication unknown here");
	if (method != BG_AUTH_NONE && !bg_auth_method_is_possible(method, &have))
		return bg_fail(err, BELGO_EPROTO, WHAT ": the client was registered for %s, without a %s",
			       r->token_endpoint_auth_method,
			       method == BG_AUTH_PRIVATE_KEY_JWT ? "key"
			       : bg_auth_method_is_tls(method)   ? "certificate"
								 : "secret");
	return BELGO_OK;
}

/* Whatever was asked for, this is what the provider goes by. A server that repeats the request and says
 * nothing of this leaves it to the metadata. */
static belgo_rc
read_method(struct bg_registration *r, json_t *reply, struct belgo_error *err)
{
	static const char name[] = "token_endpoint_auth_method";
	json_t *value = json_object_get(reply, name);

	/* seen in the wild: a list of one */
	if (json_array_size(value) == 1 && json_object_set(reply, name, json_array_get(value, 0)) != 0)
		return bg_fail(err, BELGO_ENOMEM, WHAT ": out of memory");
	BG_TRY(bg_json_str_dup(&r->token_endpoint_auth_method, reply, name, BG_OPTIONAL, WHAT, err));
	if (r->token_endpoint_auth_method == NULL)
		return BELGO_OK;
	if (strcmp(r->token_endpoint_auth_method, "none") == 0)
		bg_str_free(&r->client_secret); /* nobody asks for it, and nobody gets it */
	return check_method(r, err);
}

/* Servers write and leave out ports as they like, since a native client chooses its port at each login.
 * @spec RFC 8252 section 7.3 */
static belgo_rc
is_same_but_for_port(int *out, const char *a, const char *b)
{
	BG_AUTO(bg_url_done) struct bg_url one = {0}, other = {0};
	belgo_rc rc = bg_url_parse(&one, a);

	if (rc == BELGO_OK)
		rc = bg_url_parse(&other, b);
	if (rc == BELGO_ENOMEM)
		return rc;
	*out = rc == BELGO_OK && strcmp(one.host, other.host) == 0 && strcmp(one.path, other.path) == 0 &&
	       bg_str_equal(one.query, other.query) &&
	       (!one.has_port || !other.has_port || one.port == other.port);
	return BELGO_OK;
}

static belgo_rc
is_one_of(int *out, const json_t *wanted, const char *uri)
{
	*out = 0;
	for (size_t i = 0; i < json_array_size(wanted) && !*out; i++)
		BG_TRY(is_same_but_for_port(out, json_string_value(json_array_get(wanted, i)), uri));
	return BELGO_OK;
}

/* *out: those of got that were wanted. Codes go nowhere but to this machine. */
static belgo_rc
keep_wanted(json_t *out, const json_t *wanted, const json_t *got, struct belgo_error *err)
{
	for (size_t i = 0; i < json_array_size(got); i++) {
		const char *uri = json_string_value(json_array_get(got, i));
		int is_wanted = 0;
		belgo_rc rc = bg_registration_check_redirect(uri, NULL);

		if (rc == BELGO_EINVAL)
			return fault(err, "a redirect URI was registered that leads away from this machine");
		if (rc != BELGO_OK || is_one_of(&is_wanted, wanted, uri) != BELGO_OK ||
		    (is_wanted && json_array_append_new(out, json_string(uri)) != 0))
			return bg_fail(err, BELGO_ENOMEM, WHAT ": out of memory");
	}
	return BELGO_OK;
}

/*
 * Logins listen where they wished to, never where the server says: it could name the redirect URI of a
 * client of another server, and be sent that one's code. A server that does not list the URIs has taken them.
 * @spec RFC 7591 section 3.2.1, 5; RFC 9700 section 4.4
 */
static belgo_rc
take_redirect_uris(const struct bg_registration_expect *expect, json_t *reply, struct belgo_error *err)
{
	const json_t *known = expect->asked != NULL ? expect->asked
			      : expect->old != NULL ? expect->old->metadata
						    : NULL;
	json_t *wanted = json_object_get(known, "redirect_uris");
	BG_AUTO(bg_json_free) json_t *kept = NULL;
	const json_t *got = NULL;

	BG_TRY(bg_json_strings(&got, reply, "redirect_uris", BG_OPTIONAL, WHAT, err));
	if (got == NULL) {
		kept = json_incref(wanted);
	} else {
		if ((kept = json_array()) == NULL)
			return bg_fail(err, BELGO_ENOMEM, WHAT ": out of memory");
		BG_TRY(keep_wanted(kept, wanted, got, err));
		if (json_array_size(kept) == 0 && json_array_size(wanted) > 0)
			return fault(err, "other redirect URIs were registered than were asked for");
	}
	if (kept != NULL && json_object_set(reply, "redirect_uris", kept) != 0)
		return bg_fail(err, BELGO_ENOMEM, WHAT ": out of memory");
	return BELGO_OK;
}

/* Less may be registered than was asked for, but not so little that nobody can sign in. */
static belgo_rc
check_grants(const json_t *asked, const json_t *reply, struct belgo_error *err)
{
	static const struct {
		const char *member, *needed;
	} rows[] = {{"grant_types", "authorization_code"}, {"response_types", "code"}};

	for (size_t i = 0; i < BG_LEN(rows); i++) {
		const json_t *got = NULL;

		BG_TRY(bg_json_strings(&got, reply, rows[i].member, BG_OPTIONAL, WHAT, err));
		if (got != NULL &&
		    bg_json_strings_has(json_object_get(asked, rows[i].member), rows[i].needed) &&
		    !bg_json_strings_has(got, rows[i].needed))
			return bg_fail(err, BELGO_EPROTO, WHAT ": the client was registered without \"%s\"",
				       rows[i].needed);
	}
	return BELGO_OK;
}

static belgo_rc
read_reply(json_t **out, const struct belgo_http_response *res, struct belgo_error *err)
{
	BG_AUTO(bg_json_free) json_t *reply = NULL;

	BG_TRY(bg_reply_json(&reply, res, BG_MAX_REGISTRATION, BG_JSON_NUMBERS_STRICT, WHAT, err));
	drop_nulls(reply);
	*out = BG_TAKE(reply);
	return BELGO_OK;
}

/* @spec RFC 7591 section 3.2.1, 3.2.2; RFC 7592 section 2.1, 3 */
belgo_rc
bg_registration_response(struct bg_registration **out, const struct bg_registration_expect *expect,
			 const struct belgo_http_response *res, struct belgo_error *err)
{
	BG_AUTO(bg_registration_free) struct bg_registration *r = NULL;
	BG_AUTO(bg_json_free) json_t *reply = NULL;

	BG_TRY(bg_reply_check_available(res, WHAT, err));
	if (res->status >= 400)
		return bg_reply_refused(expect->provider, res, WHAT, expect->secrets, err);
	if (res->status != 200 && res->status != 201)
		return bg_reply_unexpected(res, WHAT, err);
	BG_TRY(read_reply(&reply, res, err));
	if ((r = bg_calloc(1, sizeof(*r))) == NULL)
		return bg_fail(err, BELGO_ENOMEM, WHAT ": out of memory");
	BG_TRY(read_client(r, expect, reply, err));
	BG_TRY(read_management(r, expect, reply, err));
	BG_TRY(read_method(r, reply, err));
	BG_TRY(take_redirect_uris(expect, reply, err));
	BG_TRY(check_grants(expect->asked, reply, err));
	for (size_t i = 0; i < BG_LEN(apart); i++)
		(void)json_object_del(reply, apart[i]);
	r->metadata = BG_TAKE(reply);
	*out = BG_TAKE(r);
	return BELGO_OK;
}

/* @spec RFC 7592 section 3: the old token may be dead from now on */
belgo_rc
bg_registration_rotated(char **out, const struct bg_registration *old, const struct belgo_http_response *res,
			struct belgo_error *err)
{
	BG_AUTO(bg_json_free) json_t *reply = NULL;
	const char *id, *token;
	belgo_rc rc;

	*out = NULL;
	if (res->status != 200 || (rc = read_reply(&reply, res, NULL)) == BELGO_EPROTO)
		return BELGO_OK;
	if (rc != BELGO_OK)
		return bg_fail(err, rc, WHAT ": out of memory");
	id = json_string_value(json_object_get(reply, "client_id"));
	token = json_string_value(json_object_get(reply, "registration_access_token"));
	if (!bg_str_equal(id, old->client_id) || token == NULL || *token == '\0' ||
	    !bg_text_is_nqchar(token) || strlen(token) > BG_MAX_ACCESS_TOKEN ||
	    bg_str_equal_secret(token, old->registration_access_token))
		return BELGO_OK;
	return copy(out, token, err);
}

/* @spec RFC 7592 section 2.3 */
belgo_rc
bg_registration_delete_response(const struct bg_registration_expect *expect,
				const struct belgo_http_response *res, struct belgo_error *err)
{
	BG_TRY(bg_reply_check_available(res, WHAT, err));
	if (res->status >= 400)
		return bg_reply_refused(expect->provider, res, WHAT, expect->secrets, err);
	return res->status == 204 || res->status == 200 ? BELGO_OK : bg_reply_unexpected(res, WHAT, err);
}
