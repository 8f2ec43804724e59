/*
 * A signed redirect, before and after its signature: what is taken for ours holds our state and is alone, and
 * what its claims say is judged no more kindly than the same said plainly.
 */
#include "fuzz.h"

#include "base/form.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"
#include "proto/jarm.h"

#include <stdlib.h>

#define STATE FUZZ_SECRET

static char issuer[] = FUZZ_ISSUER;

static size_t
count(const struct bg_form *form, const char *name)
{
	size_t n = 0;

	(void)bg_form_get(form, name, &n);
	return n;
}

/* It says of itself what it was taken for. */
static void
check_ours(const struct bg_form *form, const char *response)
{
	BG_AUTO(bg_json_free) json_t *payload = NULL;

	HOLDS(count(form, "response") == 1 && strcmp(bg_form_get(form, "response", NULL), response) == 0);
	HOLDS(bg_jws_peek(&payload, response, BG_MAX_JWT, "it", NULL) == BELGO_OK);
	HOLDS(strcmp(json_string_value(json_object_get(payload, "state")), STATE) == 0);
}

/* What is ours is found by its state. */
static void
find_state(const char *params, size_t size, int is_ours)
{
	BG_AUTO(bg_str_free) char *state = NULL;
	belgo_rc rc = bg_jarm_state(&state, params, size, NULL);

	HOLDS((rc == BELGO_OK) == (state != NULL));
	HOLDS(rc == BELGO_OK || rc == BELGO_EPROTO || rc == BELGO_ESTATE);
	HOLDS(!is_ours || strcmp(state, STATE) == 0);
}

static void
judge_redirect(const char *params, size_t size)
{
	BG_AUTO(bg_form_done) struct bg_form form = {0};
	BG_AUTO(bg_str_free) char *response = NULL;
	struct belgo_error err = {0};
	belgo_rc rc = BELGO_OK;
	enum bg_redirect_verdict verdict = bg_jarm_judge(&response, &rc, STATE, params, size, &err);

	HOLDS(bg_form_parse(&form, params, size) == BELGO_OK || verdict == BG_REDIRECT_IGNORE);
	HOLDS(verdict != BG_REDIRECT_CODE && (verdict == BG_REDIRECT_SIGNED) == (response != NULL));
	find_state(params, size, verdict == BG_REDIRECT_SIGNED);
	HOLDS((verdict == BG_REDIRECT_REFUSED) == (rc == BELGO_EPROTO) && (rc == BELGO_OK || rc == err.rc));
	if (verdict == BG_REDIRECT_SIGNED) {
		HOLDS(err.rc == BELGO_OK);
		check_ours(&form, response);
		return;
	}
	HOLDS(err.oauth_error[0] == '\0');
	fuzz_check_error(err.rc, &err, fuzz_secrets);
}

static void
judge_claims(const json_t *claims)
{
	const struct bg_metadata metadata = {.issuer = issuer, .iss_parameter_supported = 1};
	const struct bg_redirect_expect expect = {fuzz_provider(), &metadata, STATE};
	BG_AUTO(bg_str_free) char *code = NULL;
	struct belgo_error err = {0};
	belgo_rc rc = bg_jarm_code(&code, &expect, claims, &err);

	HOLDS((rc == BELGO_OK) == (code != NULL) && rc == err.rc);
	if (rc != BELGO_OK) {
		fuzz_check_error(rc, &err, fuzz_secrets);
		return;
	}
	HOLDS(*code != '\0' && strlen(code) <= BG_MAX_CODE && fuzz_is_printable(code));
	HOLDS(strcmp(json_string_value(json_object_get(claims, "code")), code) == 0);
	HOLDS(strcmp(json_string_value(json_object_get(claims, "state")), STATE) == 0);
	HOLDS(strcmp(json_string_value(json_object_get(claims, "iss")), FUZZ_ISSUER) == 0);
	HOLDS(json_object_get(claims, "error") == NULL);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	BG_AUTO(fuzz_free) char *text = fuzz_bytes(data, size);
	BG_AUTO(bg_json_free) json_t *claims = NULL;

	judge_redirect(text, size);
	if (bg_json_object(&claims, text, size, BG_MAX_JWT, BG_JSON_NUMBERS_STRICT, "payload", NULL) ==
	    BELGO_OK)
		judge_claims(claims);
	return 0;
}
