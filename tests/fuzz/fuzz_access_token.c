/*
 * The claims of an access token whose signature is right, as a resource server reads them: by RFC 9068,
 * before it, and as what the issuer answered. What is let in is looked at again here, more plainly.
 */
#include "fuzz.h"

#include "base/limits.h"
#include "base/mem.h"
#include "proto/access_token.h"

#include <strings.h>

#define NOW INT64_C(1700000000)
#define TOLERANCE 60
#define SCOPE "read"

static char api[] = "https://api.example", short_name[] = "api", app[] = "app", other[] = "other";
static char *audiences[] = {api, short_name, NULL};
static char *client_ids[] = {app, other, NULL};

static const char *
text_of(const json_t *claims, const char *name)
{
	return json_string_value(json_object_get(claims, name));
}

/* Is value one of the words, or a list with one of them? */
static int
has_one_of(const json_t *value, char *const *words)
{
	const json_t *member;
	size_t i;

	for (; *words != NULL; words++) {
		if (json_is_string(value) && strcmp(json_string_value(value), *words) == 0)
			return 1;
		json_array_foreach(value, i,
				   member) if (json_is_string(member) &&
					       strcmp(json_string_value(member), *words) == 0) return 1;
	}
	return 0;
}

static int
grants(const json_t *value, const char *scope)
{
	const char *text = json_string_value(value), *at;
	char word[] = SCOPE, *words[] = {word, NULL};

	if (has_one_of(value, words))
		return 1;
	for (at = text; at != NULL && (at = strstr(at, scope)) != NULL; at++)
		if ((at == text || at[-1] == ' ') && (at[strlen(scope)] == ' ' || at[strlen(scope)] == '\0'))
			return 1;
	return 0;
}

static double
number_of(const json_t *claims, const char *name, double otherwise)
{
	const json_t *value = json_object_get(claims, name);

	HOLDS(value == NULL || json_is_number(value) || json_is_null(value));
	return json_is_number(value) ? json_number_value(value) : otherwise;
}

static void
check_answer(const json_t *answer)
{
	const char *issuer = text_of(answer, "iss"), *type = text_of(answer, "token_type");
	int is_dpop = type != NULL && strcasecmp(type, "DPoP") == 0;

	HOLDS(json_is_true(json_object_get(answer, "active")));
	HOLDS(issuer == NULL || strcmp(issuer, FUZZ_ISSUER) == 0);
	HOLDS(type == NULL || is_dpop || strcasecmp(type, "Bearer") == 0);
	HOLDS(!is_dpop || text_of(json_object_get(answer, "cnf"), "jkt") != NULL);
}

/* None of another kind, whatever says so. */
static void
check_kind(const json_t *claims, const struct bg_access_token_expect *expect)
{
	static const char *const foreign[] = {"at_hash", "c_hash", "s_hash", "events", "code", "error"};
	const char *use = text_of(claims, "token_use"), *typ = text_of(claims, "typ");

	HOLDS(use == NULL || (strcasecmp(use, "refresh_token") != 0 && strcasecmp(use, "id") != 0));
	HOLDS(typ == NULL || (strcasecmp(typ, "Refresh") != 0 && strcasecmp(typ, "ID") != 0));
	if (expect->profile == BELGO_ACCESS_TOKEN_RFC9068 || expect->is_answer)
		return;
	for (size_t i = 0; i < BG_LEN(foreign); i++)
		HOLDS(json_object_get(claims, foreign[i]) == NULL);
	HOLDS(json_object_get(claims, "nonce") == NULL || use != NULL || typ != NULL);
}

static void
check_accepted(const json_t *claims, const struct bg_access_token_expect *expect)
{
	const json_t *cnf = json_object_get(claims, "cnf");
	double exp = number_of(claims, "exp", expect->is_answer ? (double)NOW : 0);

	if (expect->is_answer)
		check_answer(claims);
	check_kind(claims, expect);
	HOLDS(has_one_of(json_object_get(claims, "aud"), audiences));
	HOLDS(exp > (double)(NOW - TOLERANCE));
	HOLDS(exp <= (double)(NOW + BG_MAX_LIFETIME_S));
	HOLDS(number_of(claims, "iat", 0) < (double)(NOW + TOLERANCE + 1));
	HOLDS(number_of(claims, "nbf", 0) < (double)(NOW + TOLERANCE + 1));
	HOLDS(cnf == NULL || (expect->checked_bindings == BELGO_BINDING_DPOP && text_of(cnf, "jkt") != NULL &&
			      text_of(cnf, "x5t#S256") == NULL));
	if (expect->profile == BELGO_ACCESS_TOKEN_RFC9068) {
		HOLDS(has_one_of(json_object_get(claims, "client_id"), client_ids));
		HOLDS(text_of(claims, "client_id") != NULL && text_of(claims, "sub") != NULL);
		HOLDS(text_of(claims, "jti") != NULL && json_is_number(json_object_get(claims, "iat")));
		HOLDS(grants(json_object_get(claims, "scope"), SCOPE));
	} else {
		HOLDS(grants(json_object_get(claims, "scp"), SCOPE) ||
		      grants(json_object_get(claims, "scope"), SCOPE));
	}
}

static belgo_rc
look(const json_t *claims, const struct bg_access_token_expect *expect, struct belgo_error *err)
{
	return expect->is_answer ? bg_access_token_check_answer(claims, expect, err)
				 : bg_access_token_check_claims(claims, expect, err);
}

/* Who is told that nothing but scope is missing gets 403, so that must be the truth. */
static void
judge(const json_t *claims, struct bg_access_token_expect expect)
{
	struct belgo_error err = {0};
	belgo_rc rc = look(claims, &expect, &err);

	if (rc == BELGO_OK) {
		check_accepted(claims, &expect);
		return;
	}
	HOLDS(rc == BELGO_ECLAIM || rc == BELGO_EPROTO || (expect.is_answer && rc == BELGO_EISSUER));
	fuzz_check_error(rc, &err, fuzz_secrets);
	HOLDS(err.oauth_error[0] == '\0' ||
	      (rc == BELGO_ECLAIM && strcmp(err.oauth_error, "insufficient_scope") == 0));
	expect.scope = NULL;
	HOLDS(err.oauth_error[0] == '\0' || look(claims, &expect, NULL) == BELGO_OK);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	BG_AUTO(fuzz_free) char *text = fuzz_bytes(data, size);
	BG_AUTO(bg_json_free) json_t *claims = NULL;
	struct bg_access_token_expect expect = {.provider = fuzz_provider(),
						.issuer = FUZZ_ISSUER,
						.profile = BELGO_ACCESS_TOKEN_RFC9068,
						.audiences = audiences,
						.client_ids = client_ids,
						.scope = SCOPE,
						.now = NOW,
						.tolerance = TOLERANCE};

	if (bg_json_object(&claims, text, size, BG_MAX_JWT, BG_JSON_NUMBERS_STRICT, "payload", NULL) !=
	    BELGO_OK)
		return 0;
	judge(claims, expect);
	expect.profile = BELGO_ACCESS_TOKEN_PLAIN_JWT;
	expect.client_ids = NULL;
	expect.checked_bindings = BELGO_BINDING_DPOP;
	judge(claims, expect);
	expect.is_answer = 1;
	judge(claims, expect);
	return 0;
}
