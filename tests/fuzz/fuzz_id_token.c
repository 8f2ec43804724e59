/*
 * The claims of an ID token whose signature is right, at a login and at a refresh. Accepted claims are looked
 * at again here, more plainly: for this client, this login, this moment, these tokens.
 */
#include "fuzz.h"

#include "base/limits.h"
#include "base/mem.h"
#include "proto/id_token_claims.h"

#include <stdlib.h>

#define NOW INT64_C(1700000000)
#define TOLERANCE 60
#define CLIENT "client"
#define OTHER_CLIENT "client-2"
#define NONCE FUZZ_SECRET
#define ACCESS_TOKEN "jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y"
#define PRIOR                                                                                                \
	"{\"iss\":\"" FUZZ_ISSUER "\",\"sub\":\"alice\",\"aud\":\"" CLIENT                                   \
	"\",\"iat\":1699999000,\"auth_time\":1699998000}"

static const char *const ours[] = {CLIENT, OTHER_CLIENT, NULL};

static const char *
text_of(const json_t *claims, const char *name)
{
	return json_string_value(json_object_get(claims, name));
}

static int
is_ours(const json_t *value)
{
	const char *text = json_string_value(value);

	return text != NULL && (strcmp(text, CLIENT) == 0 || strcmp(text, OTHER_CLIENT) == 0);
}

static int
is_for_us(const json_t *aud)
{
	const json_t *member;
	size_t i;

	if (!json_is_array(aud))
		return is_ours(aud);
	for (i = 0; (member = json_array_get(aud, i)) != NULL; i++)
		if (!is_ours(member))
			return 0;
	return json_array_size(aud) > 0;
}

static double
number_of(const json_t *claims, const char *name)
{
	const json_t *value = json_object_get(claims, name);

	HOLDS(json_is_number(value));
	return json_number_value(value);
}

static void
check_accepted(const json_t *claims, const struct bg_id_token_expect *expect)
{
	const json_t *azp = json_object_get(claims, "azp");
	const char *at_hash = text_of(claims, "at_hash"), *sub = text_of(claims, "sub");

	HOLDS(is_for_us(json_object_get(claims, "aud")) && (azp == NULL || is_ours(azp)));
	HOLDS(azp != NULL || json_array_size(json_object_get(claims, "aud")) <= 1);
	HOLDS(sub != NULL && *sub != '\0' && strlen(sub) <= BG_MAX_SUBJECT);
	HOLDS(number_of(claims, "exp") > (double)(NOW - TOLERANCE));
	HOLDS(number_of(claims, "iat") < (double)(NOW + TOLERANCE + 1));
	HOLDS(at_hash == NULL || strcmp(at_hash, "77QmUPtjPfzWtF2AnpK9RQ") == 0);
	HOLDS(json_object_get(claims, "at_hash") == NULL || at_hash != NULL);
	if (expect->use == BG_ID_TOKEN_LOGIN) {
		HOLDS(text_of(claims, "nonce") != NULL && strcmp(text_of(claims, "nonce"), NONCE) == 0);
		HOLDS(number_of(claims, "iat") >= (double)(NOW - 600 - TOLERANCE));
		HOLDS(number_of(claims, "auth_time") >= (double)(NOW - expect->max_age - TOLERANCE));
	} else if (expect->use == BG_ID_TOKEN_HANDED_IN) {
		HOLDS(json_object_get(claims, "nonce") == NULL);
		HOLDS(number_of(claims, "iat") >= (double)(NOW - 600 - TOLERANCE));
	} else {
		HOLDS(strcmp(text_of(claims, "iss"), FUZZ_ISSUER) == 0 && strcmp(sub, "alice") == 0);
		HOLDS(number_of(claims, "iat") >= 1699999000 && azp == NULL);
	}
}

static void
judge(const json_t *claims, const struct bg_id_token_expect *expect)
{
	const int64_t skew = 4000;
	struct belgo_error err = {0}, again = {0};
	belgo_rc rc = bg_id_token_check_claims(claims, bg_alg_find("RS256"), expect, NULL, &err);

	if (rc == BELGO_OK) {
		check_accepted(claims, expect);
		return;
	}
	HOLDS(rc == BELGO_ECLAIM || rc == BELGO_EPROTO || rc == BELGO_EISSUER);
	fuzz_check_error(rc, &err, fuzz_secrets);
	HOLDS(bg_id_token_check_claims(claims, bg_alg_find("RS256"), expect, &skew, &again) == rc);
	fuzz_check_error(rc, &again, fuzz_secrets);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static json_t *prior;
	BG_AUTO(fuzz_free) char *text = fuzz_bytes(data, size);
	BG_AUTO(bg_json_free) json_t *claims = NULL;
	struct bg_id_token_expect expect = {.provider = fuzz_provider(),
					    .use = BG_ID_TOKEN_LOGIN,
					    .client_ids = ours,
					    .nonce = NONCE,
					    .access_token = ACCESS_TOKEN,
					    .code = FUZZ_SECRET,
					    .max_age = 3600,
					    .now = NOW,
					    .tolerance = TOLERANCE,
					    .prior_issuer = FUZZ_ISSUER,
					    .prior_subject = "alice"};

	if (prior == NULL)
		HOLDS((prior = json_loads(PRIOR, 0, NULL)) != NULL);
	if (bg_json_object(&claims, text, size, BG_MAX_JWT, BG_JSON_NUMBERS_STRICT, "payload", NULL) !=
	    BELGO_OK)
		return 0;
	judge(claims, &expect);
	expect.use = BG_ID_TOKEN_HANDED_IN;
	expect.max_age = -1;
	expect.nonce = NULL;
	judge(claims, &expect);
	expect.use = BG_ID_TOKEN_REFRESH;
	expect.nonce = NONCE;
	expect.prior_claims = prior;
	judge(claims, &expect);
	return 0;
}
