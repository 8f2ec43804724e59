/* Introspection: an answer says whether the token is active, plain or within a JWT, and never repeats it. */
#include "fuzz.h"

#include "proto/introspect.h"

#include <stdlib.h>

static const struct bg_metadata metadata = {.issuer = (char *)(uintptr_t)FUZZ_ISSUER};

/* Has no string and no name in it, however deep, the token in it? */
static int
is_cut(const json_t *value)
{
	const char *name;
	json_t *member;
	size_t i;

	if (json_is_string(value))
		return strstr(json_string_value(value), FUZZ_SECRET) == NULL;
	json_array_foreach((json_t *)(uintptr_t)value, i, member) if (!is_cut(member)) return 0;
	json_object_foreach((json_t *)(uintptr_t)value, name,
			    member) if (strstr(name, FUZZ_SECRET) != NULL || !is_cut(member)) return 0;
	return 1;
}

static void
check(belgo_rc rc, json_t *answer, const struct belgo_error *err)
{
	HOLDS((rc == BELGO_OK) == (answer != NULL));
	if (answer == NULL) {
		fuzz_check_error(rc, err, fuzz_secrets);
		return;
	}
	HOLDS(json_is_boolean(json_object_get(answer, "active")));
	HOLDS(bg_introspect_cut(answer, FUZZ_SECRET, NULL) == BELGO_OK);
	HOLDS(is_cut(answer));
}

static void
judge_plain(const struct belgo_http_response *res)
{
	BG_AUTO(bg_json_free) json_t *answer = NULL;
	struct belgo_error err = {0};
	belgo_rc rc = bg_introspect_response(&answer, fuzz_provider(), res, fuzz_secrets, &err);

	check(rc, answer, &err);
	HOLDS(rc != BELGO_OK || res->status == 200);
}

/* As if the signature were the provider's. */
static void
judge_signed(const struct belgo_http_response *res)
{
	struct bg_signed_answer expect = bg_introspect_signed(fuzz_provider(), &metadata, "app", NULL);
	BG_AUTO(bg_jws_done) struct bg_jws jws = {0};
	BG_AUTO(bg_json_free) json_t *answer = NULL;
	struct belgo_error err = {0};
	belgo_rc rc;

	if (!bg_signed_answer_is(res, &expect))
		return;
	if ((rc = bg_signed_answer_parse(&jws, res, &expect, &err)) != BELGO_OK) {
		fuzz_check_error(rc, &err, fuzz_secrets);
		return;
	}
	HOLDS(strcmp(jws.alg->name, "RS256") == 0);
	rc = bg_introspect_claims(&answer, jws.payload, &err);
	check(rc, answer, &err);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	BG_AUTO(belgo_http_response_done) struct belgo_http_response res = {0};

	fuzz_answer(&res, data, size);
	judge_plain(&res);
	judge_signed(&res);
	return 0;
}
