/*
 * A preset beside what its issuer publishes. What would break or weaken a login fails; what the preset says
 * and the issuer does not, or otherwise, is warned about: presets exist because metadata are not always
 * right.
 */
#include "provider_check.h"

#include "ctl.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define DEVICE_GRANT "urn:ietf:params:oauth:grant-type:device_code"

belgo_rc
check_add(json_t *checks, const char *check, const char *state, const char *format, ...)
{
	char detail[512];
	va_list args;
	json_t *line;

	va_start(args, format);
	vsnprintf(detail, sizeof(detail), format, args);
	va_end(args);
	line = json_pack("{s:s, s:s, s:o}", "check", check, "state", state, "detail", json_text(detail));
	return json_array_append_new(checks, line) == 0 ? BELGO_OK : BELGO_ENOMEM;
}

size_t
check_count(const json_t *checks, const char *state)
{
	size_t n = 0, i;
	json_t *line;

	json_array_foreach(checks, i, line) n +=
	    strcmp(json_string_value(json_object_get(line, "state")), state) == 0;
	return n;
}

static const char *
text(const json_t *object, const char *name)
{
	const char *value = json_string_value(json_object_get(object, name));

	return value != NULL ? value : "";
}

static int
lists(const json_t *metadata, const char *name, const char *word)
{
	const json_t *array = json_object_get(metadata, name);
	size_t i;
	json_t *value;

	json_array_foreach(array, i, value) if (json_is_string(value) &&
						strcmp(json_string_value(value), word) == 0) return 1;
	return 0;
}

static int
is_published(const json_t *metadata, const char *name)
{
	return json_is_array(json_object_get(metadata, name));
}

static belgo_rc
check_issuer(json_t *checks, const json_t *preset, const json_t *metadata)
{
	const char *issuer = text(preset, "issuer"), *found = text(metadata, "issuer");

	if (strncmp(issuer, "https://", strlen("https://")) == 0)
		TRY(check_add(checks, "tls", CHECK_OK, "the certificate was verified"));
	else
		TRY(check_add(checks, "tls", CHECK_WARN, "none: the issuer is on this machine"));
	if (strcmp(issuer, found) == 0)
		return check_add(checks, "issuer", CHECK_OK, "%s", found);
	return check_add(checks, "issuer", CHECK_OK, "%s, which the strategy admits", found);
}

/* What a login must have, from either side. */
static belgo_rc
check_needed(json_t *checks, const json_t *preset, const json_t *metadata, const char *name)
{
	const char *ours = text(preset, name), *theirs = text(metadata, name);

	if (*ours == '\0' && *theirs == '\0')
		return check_add(checks, name, CHECK_FAIL, "neither published nor in the preset");
	if (*ours == '\0')
		return check_add(checks, name, CHECK_OK, "%s", theirs);
	return BELGO_OK; /* check_overrides() */
}

static belgo_rc
check_overrides(json_t *checks, const json_t *preset, const json_t *metadata)
{
	static const char *const names[] = {"authorization_endpoint",
					    "token_endpoint",
					    "userinfo_endpoint",
					    "jwks_uri",
					    "revocation_endpoint",
					    "end_session_endpoint",
					    "introspection_endpoint",
					    "registration_endpoint",
					    "device_authorization_endpoint",
					    "pushed_authorization_request_endpoint"};
	size_t i;

	for (i = 0; i < LEN(names); i++) {
		const char *ours = text(preset, names[i]), *theirs = text(metadata, names[i]);

		if (*ours == '\0')
			continue;
		if (*theirs == '\0')
			TRY(check_add(checks, names[i], CHECK_OK, "%s, which is not published", ours));
		else if (strcmp(ours, theirs) == 0)
			TRY(check_add(checks, names[i], CHECK_OK, "as it is published"));
		else
			TRY(check_add(checks, names[i], CHECK_WARN, "%s, published is %s", ours, theirs));
	}
	return BELGO_OK;
}

/* @spec RFC 7636 section 4.2; RFC 8414 section 2 */
static belgo_rc
check_pkce(json_t *checks, const json_t *preset, const json_t *metadata)
{
	static const char name[] = "code_challenge_methods_supported";

	if (lists(metadata, name, "S256"))
		return check_add(checks, "pkce", CHECK_OK, "S256");
	if (is_published(metadata, name))
		return check_add(checks, "pkce", CHECK_FAIL,
				 "the list has no S256, and nothing weaker is used");
	if (strcmp(text(preset, "pkce"), "assumed") == 0)
		return check_add(checks, "pkce", CHECK_OK, "S256, not published, assumed by the preset");
	return check_add(checks, "pkce", CHECK_WARN, "not published; S256 is sent all the same");
}

/* The method that a client with this preset comes to, where that is known without its secret. */
static const char *
expected_method(const json_t *preset)
{
	const char *method = text(preset, "token_endpoint_auth_method");

	return *method == '\0' && strcmp(text(preset, "client_secret"), "required") != 0 ? "none" : method;
}

/* Where nothing is published, client_secret_basic is meant. @spec RFC 8414 section 2 */
static belgo_rc
check_auth(json_t *checks, const json_t *preset, const json_t *metadata)
{
	static const char name[] = "token_endpoint_auth_methods_supported";
	const char *method = expected_method(preset);

	if (*method == '\0')
		return check_add(checks, "client authentication", CHECK_OK, "by what is published");
	if (lists(metadata, name, method) ||
	    (!is_published(metadata, name) && strcmp(method, "client_secret_basic") == 0))
		return check_add(checks, "client authentication", CHECK_OK, "%s", method);
	return check_add(checks, "client authentication", CHECK_WARN, "%s is not listed", method);
}

static belgo_rc
check_scopes(json_t *checks, const json_t *preset, const json_t *metadata)
{
	AUTO(text_free) char *copy = strdup(text(preset, "scope"));
	char *rest = copy, *word, unlisted[256] = "";
	size_t used = 0;

	if (copy == NULL)
		return BELGO_ENOMEM;
	if (!is_published(metadata, "scopes_supported"))
		return check_add(checks, "scopes", CHECK_OK, "none are published");
	while ((word = strsep(&rest, " ")) != NULL)
		if (*word != '\0' && !lists(metadata, "scopes_supported", word) && used < sizeof(unlisted))
			used += (size_t)snprintf(unlisted + used, sizeof(unlisted) - used, " %s", word);
	if (used > 0)
		return check_add(checks, "scopes", CHECK_WARN, "not listed:%s", unlisted);
	return check_add(checks, "scopes", CHECK_OK, "%s",
			 *text(preset, "scope") != '\0' ? text(preset, "scope") : "what is published");
}

static belgo_rc
check_grant(json_t *checks, const json_t *metadata, const char *label, const char *grant, const char *state)
{
	if (lists(metadata, "grant_types_supported", grant))
		return check_add(checks, label, CHECK_OK, "listed");
	return check_add(checks, label, state, "not listed");
}

/* @spec RFC 8414 section 2: what is left out means authorization_code and implicit */
static belgo_rc
check_grants(json_t *checks, const json_t *preset, const json_t *metadata)
{
	int by_device = strcmp(text(preset, "login"), "device") == 0;

	if (is_published(metadata, "response_types_supported") &&
	    !lists(metadata, "response_types_supported", "code"))
		TRY(check_add(checks, "response type", CHECK_FAIL, "code is not listed"));
	if (!is_published(metadata, "grant_types_supported"))
		return check_add(checks, "grants", CHECK_OK, "none are published");
	TRY(check_grant(checks, metadata, "code grant", "authorization_code",
			by_device ? CHECK_WARN : CHECK_FAIL));
	TRY(check_grant(checks, metadata, "refresh grant", "refresh_token", CHECK_WARN));
	if (by_device || *text(preset, "device_authorization_endpoint") != '\0')
		TRY(check_grant(checks, metadata, "device grant", DEVICE_GRANT, CHECK_WARN));
	return BELGO_OK;
}

static belgo_rc
check_algs(json_t *checks, const json_t *preset, const json_t *metadata)
{
	static const char name[] = "id_token_signing_alg_values_supported";
	const json_t *algs = json_object_get(preset, "id_token_algs");
	size_t i;
	json_t *alg;

	if (algs == NULL || !is_published(metadata, name))
		return BELGO_OK;
	json_array_foreach(algs, i, alg) if (lists(metadata, name, json_string_value(alg))) return check_add(
	    checks, "ID tokens", CHECK_OK, "%s", json_string_value(alg));
	return check_add(checks, "ID tokens", CHECK_FAIL, "no algorithm of the preset is listed");
}

/* @spec RFC 9207 section 3 */
static belgo_rc
check_iss(json_t *checks, const json_t *preset, const json_t *metadata)
{
	int promised =
	    json_is_true(json_object_get(metadata, "authorization_response_iss_parameter_supported"));

	if (promised && json_is_true(json_object_get(preset, "iss_not_sent")))
		return check_add(checks, "iss", CHECK_WARN, "promised, and the preset does without it");
	return check_add(checks, "iss", CHECK_OK, promised ? "promised, and required" : "not promised");
}

belgo_rc
check_user(json_t *checks, const json_t *preset, const json_t *metadata)
{
	if (strcmp(text(preset, "kind"), "oauth2") != 0)
		return BELGO_OK; /* the ID token says it */
	return check_needed(checks, preset, metadata, "userinfo_endpoint");
}

belgo_rc
check_metadata(json_t *checks, const json_t *preset, const json_t *metadata)
{
	TRY(check_issuer(checks, preset, metadata));
	TRY(check_needed(checks, preset, metadata, "authorization_endpoint"));
	TRY(check_needed(checks, preset, metadata, "token_endpoint"));
	if (strcmp(text(preset, "kind"), "oidc") == 0)
		TRY(check_needed(checks, preset, metadata, "jwks_uri"));
	TRY(check_overrides(checks, preset, metadata));
	TRY(check_pkce(checks, preset, metadata));
	TRY(check_auth(checks, preset, metadata));
	TRY(check_scopes(checks, preset, metadata));
	TRY(check_grants(checks, preset, metadata));
	TRY(check_algs(checks, preset, metadata));
	return check_iss(checks, preset, metadata);
}
