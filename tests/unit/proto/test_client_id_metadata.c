/* Which URL may be a client id, who takes one, and the document that stands there. */
#include "harness/test.h"

#include "base/mem.h"
#include "proto/client_id_metadata.h"

#define ID "https://app.example/oauth/client.json"
#define REDIRECT "http://127.0.0.1/callback"

/* @spec draft-ietf-oauth-client-id-metadata-document section 3 */
static void
test_client_id_metadata__id_is_an_https_url_with_a_path(void **state)
{
	static const struct {
		const char *id;
		belgo_rc want;
	} rows[] = {
	    {ID, BELGO_OK},
	    {"https://app.example:8443/c", BELGO_OK},
	    {"https://app.example/.well-known/c..json", BELGO_OK},
	    {"http://app.example/c", BELGO_EINVAL},
	    {"http://127.0.0.1/c", BELGO_EINVAL},
	    {"https://app.example", BELGO_EINVAL},
	    {"https://app.example/", BELGO_EINVAL},
	    {"https://app.example/a/../c", BELGO_EINVAL},
	    {"https://app.example/./c", BELGO_EINVAL},
	    {"https://app.example/a/..", BELGO_EINVAL},
	    {"https://app.example/%2E%2e/c", BELGO_EINVAL},
	    {"https://app.example/c?x", BELGO_EINVAL},
	    {"https://app.example/c#x", BELGO_EINVAL},
	    {"https://x@app.example/c", BELGO_EINVAL},
	    {"my-app", BELGO_EINVAL},
	    {"", BELGO_EINVAL},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++)
		if (bg_client_id_metadata_check(rows[i].id, NULL) != rows[i].want)
			fail_msg("%s", rows[i].id);
}

/* @spec draft-ietf-oauth-client-id-metadata-document section 6 */
static void
test_client_id_metadata__goes_only_where_it_is_fetched(void **state)
{
	static char json[] = "{}", issuer[] = "https://op.example";
	struct bg_metadata metadata = {.issuer = issuer, .json = json};

	(void)state;
	assert_int_equal(bg_client_id_metadata_offered(ID, &metadata, NULL), BELGO_EINVAL);
	assert_int_equal(bg_client_id_metadata_offered("my-app", &metadata, NULL), BELGO_OK);
	metadata.client_id_metadata_document_supported = 1;
	assert_int_equal(bg_client_id_metadata_offered(ID, &metadata, NULL), BELGO_OK);
	metadata = (struct bg_metadata){.issuer = issuer}; /* it publishes nothing */
	assert_int_equal(bg_client_id_metadata_offered(ID, &metadata, NULL), BELGO_OK);
}

/* @spec draft-ietf-oauth-client-id-metadata-document section 4, 4.1 */
static void
test_client_id_metadata__document_names_itself(void **state)
{
	static const char *const uris[] = {REDIRECT}, *const elsewhere[] = {"https://evil.example/"};
	struct bg_registration_wish wish = {
	    .client_name = "app", .redirect_uris = uris, .n_redirect_uris = 1, .scope = "openid"};
	BG_AUTO(bg_json_free) json_t *got = NULL;
	BG_AUTO(bg_json_free)
	json_t *expected =
	    json_pack("{s:s,s:s,s:[s],s:s,s:s,s:[s,s],s:[s],s:s}", "client_id", ID, "client_name", "app",
		      "redirect_uris", REDIRECT, "scope", "openid", "application_type", "native",
		      "grant_types", "authorization_code", "refresh_token", "response_types", "code",
		      "token_endpoint_auth_method", "none");

	(void)state;
	assert_int_equal(bg_client_id_metadata_document(&got, ID, &wish, NULL), BELGO_OK);
	assert_true(json_equal(got, expected));
	bg_json_free(&got);
	assert_int_equal(bg_client_id_metadata_document(&got, "my-app", &wish, NULL), BELGO_EINVAL);
	wish.redirect_uris = elsewhere;
	assert_int_equal(bg_client_id_metadata_document(&got, ID, &wish, NULL), BELGO_EINVAL);
	assert_null(got);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_client_id_metadata__id_is_an_https_url_with_a_path),
	    cmocka_unit_test(test_client_id_metadata__goes_only_where_it_is_fetched),
	    cmocka_unit_test(test_client_id_metadata__document_names_itself),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
