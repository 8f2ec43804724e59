/* Answers of the pushed authorization request endpoint: a request_uri that can stand in a URL, or an error.
 */
#include "fuzz.h"

#include "base/form.h"
#include "base/mem.h"
#include "proto/par.h"

/* It is one parameter of the URL, whatever is in it. */
static void
check_url(const char *request_uri)
{
	static char endpoint[] = FUZZ_ISSUER "/authorize", issuer[] = FUZZ_ISSUER;
	const struct bg_metadata metadata = {.issuer = issuer, .endpoints = {.authorization = endpoint}};
	const struct bg_authorize in = {.provider = fuzz_provider(),
					.metadata = &metadata,
					.client_id = "app",
					.redirect_uri = "http://127.0.0.1:1/callback",
					.state = "state",
					.code_verifier = "verifier",
					.max_age = -1,
					.request_uri = request_uri};
	BG_AUTO(bg_str_free) char *url = NULL;
	BG_AUTO(bg_form_done) struct bg_form form = {0};
	const char *query;

	HOLDS(bg_authorize_url(&url, &in, NULL) == BELGO_OK);
	query = strchr(url, '?') + 1;
	HOLDS(bg_form_parse(&form, query, strlen(query)) == BELGO_OK && form.n == 2);
	HOLDS(strcmp(bg_form_get(&form, "client_id", NULL), "app") == 0);
	HOLDS(strcmp(bg_form_get(&form, "request_uri", NULL), request_uri) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	BG_AUTO(belgo_http_response_done) struct belgo_http_response res = {0};
	BG_AUTO(bg_pushed_done) struct bg_pushed pushed = {0};
	struct belgo_error err = {0};
	belgo_rc rc;

	fuzz_answer(&res, data, size);
	rc = bg_par_response(&pushed, fuzz_provider(), &res, fuzz_secrets, &err);
	HOLDS((rc == BELGO_OK) == (pushed.request_uri != NULL));
	if (rc != BELGO_OK) {
		fuzz_check_error(rc, &err, fuzz_secrets);
		return 0;
	}
	HOLDS(err.rc == BELGO_OK && res.status == 201);
	HOLDS(pushed.request_uri[0] != '\0' && strlen(pushed.request_uri) <= 2048);
	HOLDS(fuzz_is_printable(pushed.request_uri) && strchr(pushed.request_uri, ' ') == NULL);
	HOLDS(pushed.expires_in >= 1 && pushed.expires_in <= 3600);
	check_url(pushed.request_uri);
	return 0;
}
