/*
 * The two errors of a protected resource that another login mends. Their challenge is anybody's text until
 * the user hands it over: what it demands goes to the provider, who decides; nothing here shows it.
 */
#include "proto/step_up.h"

#include "base/error.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/text.h"
#include "proto/challenge.h"

#include <string.h>

#define WHAT "the challenge"

void
bg_step_up_done(struct bg_step_up *step_up)
{
	bg_str_free(&step_up->acr_values);
	bg_str_free(&step_up->scope);
}

static belgo_rc
read_challenge(struct bg_challenge *out, const char *value)
{
	BG_AUTO(bg_str_free) char *copy = bg_strdup(value);
	char name[] = "www-authenticate";
	struct belgo_http_header header = {.name = name, .value = copy};
	const struct belgo_http_response res = {.headers = &header, .n_headers = 1};

	return copy != NULL ? bg_challenge_error(out, &res) : BELGO_ENOMEM;
}

/* @spec RFC 9470 section 3 (a non-negative integer, as a string) */
static belgo_rc
read_max_age(int64_t *out, const char *text, struct belgo_error *err)
{
	int64_t seconds = 0;

	if (text == NULL)
		return BELGO_OK;
	if (*text == '\0' || strlen(text) > 9 || text[strspn(text, "0123456789")] != '\0')
		return bg_fail(err, BELGO_EINVAL, WHAT ": \"max_age\" is no number of seconds");
	while (*text != '\0')
		seconds = seconds * 10 + (*text++ - '0');
	*out = seconds;
	return BELGO_OK;
}

static belgo_rc
read_words(char **out, char **text, const char *name, struct belgo_error *err)
{
	if (*text == NULL || **text == '\0')
		return BELGO_OK;
	if (!bg_text_is_vschar(*text) || (*text)[strspn(*text, " ")] == '\0')
		return bg_fail(err, BELGO_EINVAL, WHAT ": \"%s\" is no list of printable words", name);
	*out = BG_TAKE(*text);
	return BELGO_OK;
}

/* @spec RFC 9470 section 3; RFC 6750 section 3.1 */
static belgo_rc
check_error(const char *error, struct belgo_error *err)
{
	if (bg_str_equal(error, "insufficient_user_authentication") ||
	    bg_str_equal(error, "insufficient_scope"))
		return BELGO_OK;
	return bg_fail(err, BELGO_EINVAL,
		       WHAT " says neither \"insufficient_user_authentication\" nor \"insufficient_scope\"");
}

/* @spec RFC 9470 section 4; RFC 6750 section 3 (scope) */
belgo_rc
bg_step_up_read(struct bg_step_up *out, const char *value, struct belgo_error *err)
{
	BG_AUTO(bg_challenge_done) struct bg_challenge challenge = {0};
	BG_AUTO(bg_step_up_done) struct bg_step_up got = {.max_age = -1};

	if (read_challenge(&challenge, value) != BELGO_OK)
		return bg_fail(err, BELGO_ENOMEM, WHAT ": out of memory");
	BG_TRY(check_error(challenge.error, err));
	BG_TRY(read_max_age(&got.max_age, challenge.max_age, err));
	BG_TRY(read_words(&got.acr_values, &challenge.acr_values, "acr_values", err));
	BG_TRY(read_words(&got.scope, &challenge.scope, "scope", err));
	if (got.acr_values == NULL && got.scope == NULL && got.max_age < 0)
		return bg_fail(err, BELGO_EINVAL, WHAT " does not say what it demands of a login");
	*out = got;
	got = (struct bg_step_up){0};
	return BELGO_OK;
}
