/* Answers to a registration and to its management: a client that can be used and managed, or an error. */
#include "fuzz.h"

#include "base/mem.h"
#include "base/text.h"
#include "base/url.h"
#include "proto/registration.h"

#define ENDPOINT FUZZ_ISSUER "/register"

/* @spec RFC 7591 section 5: codes go nowhere but to this machine, the management token nowhere but home. */
static void
check_client(const struct bg_registration *r, const struct bg_registration_expect *expect)
{
	const json_t *uris = json_object_get(r->metadata, "redirect_uris");
	int is_same = 0;

	HOLDS(r->client_id != NULL && *r->client_id != '\0' && fuzz_is_printable(r->client_id));
	HOLDS(expect->old == NULL || strcmp(r->client_id, expect->old->client_id) == 0);
	HOLDS(r->client_secret_expires_at >= 0 && strcmp(r->issuer, FUZZ_ISSUER) == 0);
	HOLDS((r->registration_client_uri == NULL) == (r->registration_access_token == NULL));
	if (r->registration_client_uri != NULL) {
		fuzz_check_endpoint(r->registration_client_uri);
		HOLDS(bg_url_same_origin(&is_same, ENDPOINT, r->registration_client_uri) == BELGO_OK &&
		      is_same);
		HOLDS(bg_text_is_nqchar(r->registration_access_token));
	}
	HOLDS(json_object_get(r->metadata, "client_secret") == NULL);
	HOLDS(json_object_get(r->metadata, "registration_access_token") == NULL);
	HOLDS(expect->asked == NULL || json_array_size(uris) > 0);
	for (size_t i = 0; expect->asked != NULL && i < json_array_size(uris); i++)
		HOLDS(bg_registration_check_redirect(json_string_value(json_array_get(uris, i)), NULL) ==
		      BELGO_OK);
}

static void
judge(const struct belgo_http_response *res, const json_t *asked, const struct bg_registration *old)
{
	const struct bg_registration_expect expect = {.provider = fuzz_provider(),
						      .endpoint = ENDPOINT,
						      .asked = asked,
						      .old = old,
						      .secrets = fuzz_secrets};
	BG_AUTO(bg_registration_free) struct bg_registration *r = NULL;
	struct belgo_error err = {0};
	belgo_rc rc = bg_registration_response(&r, &expect, res, &err);

	HOLDS((rc == BELGO_OK) == (r != NULL));
	if (r == NULL) {
		fuzz_check_error(rc, &err, fuzz_secrets);
		return;
	}
	HOLDS(res->status == 200 || res->status == 201);
	check_client(r, &expect);
}

/* Whatever else is wrong with an answer, the token of this client alone is kept from it. */
static void
rotate(const struct belgo_http_response *res, const struct bg_registration *old)
{
	BG_AUTO(bg_str_free) char *token = NULL;

	HOLDS(bg_registration_rotated(&token, old, res, NULL) == BELGO_OK);
	HOLDS(token == NULL || (*token != '\0' && bg_text_is_nqchar(token) &&
				strcmp(token, old->registration_access_token) != 0));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char issuer[] = FUZZ_ISSUER, id[] = "c1", uri[] = ENDPOINT "/c1", token[] = "rat1";
	const struct bg_registration old = {.issuer = issuer,
					    .client_id = id,
					    .registration_client_uri = uri,
					    .registration_access_token = token};
	BG_AUTO(belgo_http_response_done) struct belgo_http_response res = {0};
	BG_AUTO(bg_json_free)
	json_t *asked = json_pack("{s:[s], s:[s]}", "redirect_uris", "http://127.0.0.1/callback",
				  "grant_types", "authorization_code");

	HOLDS(asked != NULL);
	fuzz_answer(&res, data, size);
	judge(&res, asked, NULL);
	judge(&res, asked, &old);
	judge(&res, NULL, &old);
	rotate(&res, &old);
	return 0;
}
