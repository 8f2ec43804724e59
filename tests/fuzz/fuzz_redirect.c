/*
 * The query or form body of a redirect. A code comes out only with the right state, once, beside no error,
 * and from the right issuer; what is not ours leaves no trace; and the state is in no text.
 */
#include "fuzz.h"

#include "base/form.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/text.h"
#include "proto/redirect.h"

#include <stdlib.h>

#define STATE FUZZ_SECRET

static size_t
count(const struct bg_form *form, const char *name)
{
	size_t n = 0;

	(void)bg_form_get(form, name, &n);
	return n;
}

/* The rules again, by the decoded parameters, which fuzz_form.c answers for. */
static void
check_code(const struct bg_form *form, const char *code, int must_have_iss)
{
	const char *iss = bg_form_get(form, "iss", NULL);

	HOLDS(code != NULL && *code != '\0' && strlen(code) <= BG_MAX_CODE && fuzz_is_printable(code));
	HOLDS(count(form, "state") == 1 && strcmp(bg_form_get(form, "state", NULL), STATE) == 0);
	HOLDS(count(form, "code") == 1 && strcmp(bg_form_get(form, "code", NULL), code) == 0);
	HOLDS(count(form, "error") == 0 && count(form, "response") == 0);
	HOLDS(count(form, "iss") == (iss != NULL) && (iss != NULL || !must_have_iss));
	HOLDS(iss == NULL || strcmp(iss, FUZZ_ISSUER) == 0);
}

static void
check_refused(const struct bg_form *form, belgo_rc rc, const struct belgo_error *err)
{
	int holds = 0;

	for (size_t i = 0; i < form->n; i++)
		holds |=
		    strcmp(form->params[i].name, "state") == 0 && strcmp(form->params[i].value, STATE) == 0;
	HOLDS(holds);
	HOLDS(rc == BELGO_EPROTO || rc == BELGO_EISSUER || rc == BELGO_ECANCELLED || rc == BELGO_EDENIED);
	if (err->oauth_error[0] == '\0')
		return;
	/* The provider's own words are shown only once its issuer was compared. */
	HOLDS(rc == BELGO_ECANCELLED || rc == BELGO_EDENIED);
	HOLDS(count(form, "iss") == 0 || strcmp(bg_form_get(form, "iss", NULL), FUZZ_ISSUER) == 0);
}

static void
judge(const struct bg_form *form, const char *params, size_t len, int must_have_iss)
{
	char issuer[] = FUZZ_ISSUER;
	const struct bg_metadata metadata = {.issuer = issuer, .iss_parameter_supported = must_have_iss};
	const struct bg_redirect_expect expect = {
	    .provider = fuzz_provider(), .metadata = &metadata, .state = STATE};
	BG_AUTO(bg_str_free) char *code = NULL;
	struct belgo_error err = {0};
	belgo_rc rc = BELGO_OK;
	enum bg_redirect_verdict verdict = bg_redirect_judge(&code, &rc, &expect, params, len, &err);

	HOLDS((verdict == BG_REDIRECT_CODE) == (code != NULL));
	HOLDS((verdict == BG_REDIRECT_REFUSED) == (rc != BELGO_OK));
	if (verdict == BG_REDIRECT_CODE) {
		HOLDS(err.rc == BELGO_OK);
		check_code(form, code, must_have_iss);
		return;
	}
	fuzz_check_error(err.rc, &err, fuzz_secrets);
	HOLDS(verdict != BG_REDIRECT_IGNORE || err.oauth_error[0] == '\0');
	if (verdict == BG_REDIRECT_REFUSED) {
		HOLDS(err.rc == rc);
		check_refused(form, rc, &err);
	}
}

/* What is judged to be ours is found by its state. */
static void
find_state(const struct bg_form *form, const char *params, size_t len)
{
	BG_AUTO(bg_str_free) char *state = NULL;
	struct belgo_error err = {0};
	belgo_rc rc = bg_redirect_state(&state, params, len, &err);

	HOLDS((rc == BELGO_OK) == (state != NULL));
	HOLDS((rc == BELGO_OK) ==
	      (count(form, "state") > 0 && count(form, "code") + count(form, "error") > 0));
	if (rc != BELGO_OK)
		fuzz_check_error(rc, &err, fuzz_secrets);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	BG_AUTO(fuzz_free) char *params = fuzz_bytes(data, size);
	BG_AUTO(bg_form_done) struct bg_form form = {0};

	if (bg_form_parse(&form, params, size) != BELGO_OK)
		HOLDS(form.n == 0);
	judge(&form, params, size, 0);
	judge(&form, params, size, 1);
	find_state(&form, params, size);
	return 0;
}
