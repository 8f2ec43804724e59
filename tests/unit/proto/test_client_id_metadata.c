/* Which URL may be a client id, who takes one, and the document that stands there. */
#include "harness/failalloc.h"
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

#define PUBLIC "{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo\"}"
#define SET(key) "{\"keys\":[" key "]}"
#define KEYS_URL "https://app.example/jwks.json"

/* @spec draft-ietf-oauth-client-id-metadata-document section 4.1; RFC 7591 section 2 */
static void
test_client_id_metadata__client_with_keys_signs_and_none_has_a_secret(void **state)
{
	static const char *const uris[] = {REDIRECT};
	static const struct {
		const char *name, *method, *jwks, *jwks_uri, *want; /* NULL: refused */
	} rows[] = {
	    {"public", NULL, NULL, NULL, "none"},
	    {"public, as it is called", "none", NULL, NULL, "none"},
	    {"a key", NULL, SET(PUBLIC), NULL, "private_key_jwt"},
	    {"a key, as it is called", "private_key_jwt", SET(PUBLIC), NULL, "private_key_jwt"},
	    {"a key elsewhere", NULL, NULL, KEYS_URL, "private_key_jwt"},
	    {"both", NULL, SET(PUBLIC), KEYS_URL, NULL},
	    {"a key for nothing", "none", SET(PUBLIC), NULL, NULL},
	    {"no key", "private_key_jwt", NULL, NULL, NULL},
	    {"client_secret_basic", "client_secret_basic", NULL, NULL, NULL},
	    {"client_secret_post", "client_secret_post", SET(PUBLIC), NULL, NULL},
	    {"client_secret_jwt", "client_secret_jwt", SET(PUBLIC), NULL, NULL},
	    {"no method", "nonsense", SET(PUBLIC), NULL, NULL},
	    {"private", NULL, SET("{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"AA\",\"d\":\"AA\"}"), NULL,
	     NULL},
	    {"private beside", NULL,
	     SET(PUBLIC ",{\"kty\":\"RSA\",\"n\":\"AA\",\"e\":\"AQAB\",\"p\":\"AA\"}"), NULL, NULL},
	    {"symmetric", NULL, SET("{\"kty\":\"oct\",\"k\":\"AA\"}"), NULL, NULL},
	    {"symmetric, empty", NULL, SET("{\"kty\":\"oct\"}"), NULL, NULL},
	    {"no key at all", NULL, SET("7"), NULL, NULL},
	    {"an empty set", NULL, SET(""), NULL, NULL},
	    {"a key alone", NULL, PUBLIC, NULL, NULL},
	    {"no JSON", NULL, "x", NULL, NULL},
	    {"keys without TLS", NULL, NULL, "http://app.example/jwks.json", NULL},
	    {"keys and a password", NULL, NULL, "https://a:b@app.example/jwks.json", NULL},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		const struct bg_registration_wish wish = {.client_name = "app",
							  .redirect_uris = uris,
							  .n_redirect_uris = 1,
							  .token_endpoint_auth_method = rows[i].method,
							  .jwks = rows[i].jwks,
							  .jwks_uri = rows[i].jwks_uri};
		BG_AUTO(bg_json_free) json_t *got = NULL;
		BG_AUTO(bg_json_free)
		json_t *keys = rows[i].jwks != NULL ? json_loads(rows[i].jwks, 0, NULL) : NULL;
		belgo_rc want = rows[i].want != NULL ? BELGO_OK : BELGO_EINVAL;

		assert_row(rows[i].name, bg_client_id_metadata_document(&got, ID, &wish, NULL) == want);
		if (rows[i].want == NULL)
			continue;
		assert_row(rows[i].name, bg_str_equal(rows[i].want, json_string_value(json_object_get(
									got, "token_endpoint_auth_method"))));
		assert_row(rows[i].name, keys == NULL ? json_object_get(got, "jwks") == NULL
						      : json_equal(keys, json_object_get(got, "jwks")));
		assert_row(rows[i].name, bg_str_equal(rows[i].jwks_uri,
						      json_string_value(json_object_get(got, "jwks_uri"))));
		assert_row(rows[i].name, json_object_get(got, "client_secret") == NULL);
	}
}

static belgo_rc
describe(const char *jwks, const char *jwks_uri)
{
	static const char *const uris[] = {REDIRECT};
	const struct bg_registration_wish wish = {.client_name = "app",
						  .redirect_uris = uris,
						  .n_redirect_uris = 1,
						  .jwks = jwks,
						  .jwks_uri = jwks_uri};
	BG_AUTO(bg_json_free) json_t *got = NULL;

	return bg_client_id_metadata_document(&got, ID, &wish, NULL);
}

static void
test_client_id_metadata__reports_lack_of_memory(void **state)
{
	(void)state;
	FAILALLOC_EACH(describe(SET(PUBLIC), NULL));
	FAILALLOC_EACH(describe(NULL, KEYS_URL));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_client_id_metadata__id_is_an_https_url_with_a_path),
	    cmocka_unit_test(test_client_id_metadata__goes_only_where_it_is_fetched),
	    cmocka_unit_test(test_client_id_metadata__document_names_itself),
	    cmocka_unit_test(test_client_id_metadata__client_with_keys_signs_and_none_has_a_secret),
	    cmocka_unit_test(test_client_id_metadata__reports_lack_of_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
