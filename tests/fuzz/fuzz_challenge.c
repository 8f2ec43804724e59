/* WWW-Authenticate: one field a line. Every word comes from a field, and none is lost on the way to an error.
 */
#include "fuzz.h"

#include "base/error.h"
#include "base/mem.h"
#include "base/text.h"
#include "proto/challenge.h"
#include "proto/reply.h"
#include "proto/step_up.h"
#include "proto/userinfo.h"

#include <stdio.h>
#include <stdlib.h>

/* The same fields after one that is none of ours change nothing. */
static void
check_again(const struct bg_challenge *first, struct belgo_http_response *res)
{
	BG_AUTO(bg_challenge_done) struct bg_challenge again = {0};

	HOLDS(bg_challenge_bearer(&again, res) == BELGO_OK);
	HOLDS(bg_str_equal(first->error, again.error));
	HOLDS(bg_str_equal(first->error_description, again.error_description));
	HOLDS(bg_str_equal(first->error_uri, again.error_uri));
	HOLDS(bg_str_equal(first->scope, again.scope));
	HOLDS(bg_str_equal(first->resource_metadata, again.resource_metadata));
}

static void
check_error(const struct bg_challenge *challenge, const struct belgo_http_response *res)
{
	struct belgo_error err = {0};
	BG_AUTO(bg_json_free) json_t *claims = NULL;
	belgo_rc rc = bg_userinfo_response(&claims, fuzz_provider(), res, "sub", fuzz_secrets, &err);

	fuzz_check_error(rc, &err, fuzz_secrets);
	HOLDS(rc == BELGO_EDENIED && claims == NULL && err.http_status == 403);
	HOLDS(challenge->error == NULL || *challenge->error == '\0' || err.oauth_error[0] != '\0');
}

/* What goes to the provider is printable, and from the text. */
static void
check_step_up(const char *text)
{
	BG_AUTO(bg_step_up_done) struct bg_step_up step_up = {0};
	struct belgo_error err = {0};
	belgo_rc rc = bg_step_up_read(&step_up, text, &err);
	const char *const words[] = {step_up.acr_values, step_up.scope};

	HOLDS(rc == BELGO_OK || rc == BELGO_EINVAL);
	HOLDS(rc == err.rc);
	HOLDS(rc != BELGO_OK || words[0] != NULL || words[1] != NULL || step_up.max_age >= 0);
	for (size_t i = 0; i < BG_LEN(words); i++)
		HOLDS(words[i] == NULL || (bg_text_is_vschar(words[i]) && strlen(words[i]) <= strlen(text)));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	BG_AUTO(fuzz_free) char *text = fuzz_text(data, size);
	BG_AUTO(belgo_http_response_done)
	struct belgo_http_response res = {.status = 403, .body = bg_strdup("")};
	BG_AUTO(bg_challenge_done) struct bg_challenge challenge = {0};
	char *rest = text, *line, *foreign = bg_strf("Bearer error=\"%*s\"", (int)size + 1, "");

	check_step_up(text);
	HOLDS((res.headers = bg_calloc(33, sizeof(*res.headers))) != NULL);
	res.headers[res.n_headers++] = (struct belgo_http_header){bg_strdup("x-authenticate"), foreign};
	while (res.n_headers < 32 && (line = strsep(&rest, "\n")) != NULL)
		res.headers[res.n_headers++] =
		    (struct belgo_http_header){bg_strdup("www-authenticate"), bg_strdup(line)};
	HOLDS(bg_challenge_bearer(&challenge, &res) == BELGO_OK);
	/* The words of the foreign field are longer than all that the others hold. */
	const char *const words[] = {challenge.error, challenge.error_description, challenge.error_uri,
				     challenge.scope, challenge.resource_metadata};
	for (size_t i = 0; i < BG_LEN(words); i++)
		HOLDS(words[i] == NULL || strlen(words[i]) <= size);
	check_again(&challenge, &res);
	check_error(&challenge, &res);
	return 0;
}
