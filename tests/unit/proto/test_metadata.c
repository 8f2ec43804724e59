/* The metadata document, member by member: hostile-input.md, rows M01 to M09, and A10. */
#include "base/mem.h"
#include "harness/json_text.h"
#include "harness/test.h"
#include "proto/discovery.h"

#define ISSUER "https://op.example/realm"

static const char sound[] = JSON({
	"issuer" : "https://op.example/realm",
	"authorization_endpoint" : "https://op.example/authorize",
	"token_endpoint" : "https://api.example/token",
	"userinfo_endpoint" : "https://api.example/me",
	"jwks_uri" : "https://keys.example/jwks",
	"revocation_endpoint" : "https://api.example/revoke",
	"scopes_supported" : [ "openid", "email" ],
	"response_types_supported" : [ "code", "id_token" ],
	"response_modes_supported" : ["query"],
	"authorization_signing_alg_values_supported" : ["PS256"],
	"token_endpoint_auth_methods_supported" : ["none"],
	"code_challenge_methods_supported" : [ "plain", "S256" ],
	"id_token_signing_alg_values_supported" : [ "HS256", "RS256" ],
	"prompt_values_supported" : ["consent"],
	"authorization_response_iss_parameter_supported" : true,
	"require_pushed_authorization_requests" : true,
	"something_else" : {"endpoint" : [ "http://unknown.example", 1.5 ]}
});

static struct belgo_provider *
bare(void)
{
	struct belgo_provider *p = NULL;

	assert_int_equal(belgo_provider_from_issuer(&p, ISSUER, NULL), BELGO_OK);
	return p;
}

/* The sound document with one member set to a JSON value, or left out where value is NULL. */
static char *
with(const char *member, const char *value)
{
	BG_AUTO(bg_json_free) json_t *doc = json_loads(sound, 0, NULL);
	char *text = NULL;

	if (value == NULL)
		assert_int_equal(json_object_del(doc, member), 0);
	else
		assert_int_equal(json_object_set_new(doc, member, json_loads(value, JSON_DECODE_ANY, NULL)),
				 0);
	assert_int_equal(bg_json_dump(&text, doc), BELGO_OK);
	return text;
}

/* @spec RFC 8414 section 2; OpenID Connect Discovery 1.0 section 3; RFC 9207 section 3 */
static void
test_metadata__sound_document_is_read_whole(void **state)
{
	BG_AUTO(belgo_provider_free) struct belgo_provider *p = bare();
	BG_AUTO(bg_metadata_free) struct bg_metadata *m = NULL;
	struct belgo_error err = {0};

	(void)state;
	if (bg_metadata_parse(&m, p, sound, strlen(sound), &err) != BELGO_OK)
		fail_msg("%s", err.text);
	assert_string_equal(m->issuer, ISSUER);
	assert_string_equal(m->endpoints.authorization, "https://op.example/authorize");
	assert_string_equal(m->endpoints.token, "https://api.example/token");
	assert_string_equal(m->endpoints.userinfo, "https://api.example/me");
	assert_string_equal(m->endpoints.jwks_uri, "https://keys.example/jwks");
	assert_string_equal(m->endpoints.revocation, "https://api.example/revoke");
	assert_null(m->endpoints.end_session);
	assert_true(bg_list_has(m->scopes_supported, "email"));
	assert_false(bg_list_has(m->scopes_supported, "Email"));
	assert_true(bg_list_has(m->response_modes_supported, "query"));
	assert_true(bg_list_has(m->authorization_signing_alg_values_supported, "PS256"));
	assert_true(bg_list_has(m->token_endpoint_auth_methods_supported, "none"));
	assert_true(bg_list_has(m->prompt_values_supported, "consent"));
	assert_int_equal(m->iss_parameter_supported, 1);
	assert_int_equal(m->require_par, 1);
	assert_string_equal(m->json, sound);
	assert_int_equal(bg_metadata_check_login(m, p, NULL), BELGO_OK);
}

static void
test_metadata__what_is_optional_may_be_absent(void **state)
{
	static const char least[] = "{\"issuer\":\"" ISSUER "\"}";
	BG_AUTO(belgo_provider_free) struct belgo_provider *p = bare();
	BG_AUTO(bg_metadata_free) struct bg_metadata *m = NULL;

	(void)state;
	assert_int_equal(bg_metadata_parse(&m, p, least, strlen(least), NULL), BELGO_OK);
	assert_null(m->scopes_supported);
	assert_int_equal(m->iss_parameter_supported, 0);
	assert_int_equal(m->require_par, 0);
	assert_false(bg_list_has(m->scopes_supported, "openid"));
}

/* @spec OpenID Connect Discovery 1.0 section 4.3; RFC 8414 section 3.3 */
static void
test_metadata__refuses_another_issuer_M01(void **state)
{
	static const struct {
		const char *name, *value;
		belgo_rc want;
	} rows[] = {
	    {"M01 missing", NULL, BELGO_EPROTO},
	    {"M01 no string", "[\"" ISSUER "\"]", BELGO_EPROTO},
	    {"M01 null", "null", BELGO_EPROTO},
	    {"M01 empty", "\"\"", BELGO_EPROTO},
	    {"M01 other", "\"https://evil.example/realm\"", BELGO_EISSUER},
	    {"M01 slash added", "\"" ISSUER "/\"", BELGO_EISSUER},
	    {"M01 path cut", "\"https://op.example\"", BELGO_EISSUER},
	    {"M01 http", "\"http://op.example/realm\"", BELGO_EISSUER},
	    {"M01 userinfo", "\"https://a@op.example/realm\"", BELGO_EISSUER},
	    {"M01 query", "\"" ISSUER "?\"", BELGO_EISSUER},
	    {"M01 fragment", "\"" ISSUER "#\"", BELGO_EISSUER},
	    {"M01 homograph", "\"https://\\u043ep.example/realm\"", BELGO_EISSUER},
	    {"M01 case", "\"https://OP.example/realm\"", BELGO_EISSUER},
	    {"M01 port", "\"https://op.example:443/realm\"", BELGO_EISSUER},
	    {"M10 template", "\"https://op.example/{tenantid}\"", BELGO_EISSUER},
	};
	BG_AUTO(belgo_provider_free) struct belgo_provider *p = bare();

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		BG_AUTO(bg_str_free) char *doc = with("issuer", rows[i].value);
		struct bg_metadata *m = NULL;
		struct belgo_error err = {0};

		assert_row(rows[i].name, bg_metadata_parse(&m, p, doc, strlen(doc), &err) == rows[i].want);
		assert_row(rows[i].name, m == NULL && err.rc == rows[i].want);
	}
}

/* One endpoint that is not sound spoils the document, whichever it is. */
static void
test_metadata__refuses_an_unsound_endpoint_M02(void **state)
{
	static const char *const members[] = {"authorization_endpoint", "token_endpoint",
					      "userinfo_endpoint",      "jwks_uri",
					      "revocation_endpoint",    "end_session_endpoint",
					      "introspection_endpoint", "device_authorization_endpoint",
					      "registration_endpoint"};
	static const char *const urls[] = {
	    "\"http://api.example/x\"",
	    "\"/x\"",
	    "\"//api.example/x\"",
	    "\"api.example/x\"",
	    "\"file:///etc/passwd\"",
	    "\"javascript:alert(1)\"",
	    "\"data:text/html,x\"",
	    "\"https://api.example:25/x\"",
	    "\"https://169.254.169.254/latest\"",
	    "\"https://10.0.0.1/x\"",
	    "\"https://127.0.0.1/x\"",
	    "\"https://localhost/x\"",
	    "\"https://[::1]/x\"",
	    "\"http://127.0.0.1/x\"",
	    "\"https://a:b@api.example/x\"",
	    "\"https://api.example/x#y\"",
	    "\"https://api.example/x\\r\\nHost: y\"",
	    "\"https://api.example/ x\"",
	    "\"HTTPS://api.example/x\"",
	    "\"\"",
	    "7",
	    "[]",
	    "{}",
	    "null",
	    "true",
	};
	BG_AUTO(belgo_provider_free) struct belgo_provider *p = bare();

	(void)state;
	for (size_t i = 0; i < BG_LEN(members) * BG_LEN(urls); i++) {
		const char *url = urls[i % BG_LEN(urls)], *member = members[i / BG_LEN(urls)];
		BG_AUTO(bg_str_free) char *doc = with(member, url);
		struct bg_metadata *m = NULL;
		struct belgo_error err = {0};

		assert_row(url,
			   bg_metadata_parse(&m, p, doc, strlen(doc), &err) == BELGO_EPROTO && m == NULL);
		assert_row(url, strstr(err.text, member) != NULL);
	}
}

static void
test_metadata__loopback_issuer_may_have_loopback_endpoints(void **state)
{
	static const char doc[] =
	    JSON({"issuer" : "http://127.0.0.1:8080", "token_endpoint" : "http://127.0.0.1:8080/t"});
	BG_AUTO(belgo_provider_free) struct belgo_provider *p = NULL;
	BG_AUTO(bg_metadata_free) struct bg_metadata *m = NULL;

	(void)state;
	assert_int_equal(belgo_provider_from_issuer(&p, "http://127.0.0.1:8080", NULL), BELGO_OK);
	assert_int_equal(bg_metadata_parse(&m, p, doc, strlen(doc), NULL), BELGO_OK);
}

static void
test_metadata__refuses_wrong_types_M07(void **state)
{
	static const char *const lists[] = {"scopes_supported",
					    "response_types_supported",
					    "response_modes_supported",
					    "token_endpoint_auth_methods_supported",
					    "code_challenge_methods_supported",
					    "id_token_signing_alg_values_supported",
					    "prompt_values_supported",
					    "userinfo_signing_alg_values_supported",
					    "introspection_signing_alg_values_supported",
					    "introspection_endpoint_auth_methods_supported",
					    "introspection_endpoint_auth_signing_alg_values_supported",
					    "revocation_endpoint_auth_methods_supported",
					    "revocation_endpoint_auth_signing_alg_values_supported",
					    "authorization_details_types_supported"};
	static const char *const values[] = {"\"S256\"", "7",   "true",   "{}",
					     "null",     "[1]", "[null]", "[[\"S256\"]]"};
	static const char *const flags[] = {"authorization_response_iss_parameter_supported",
					    "require_pushed_authorization_requests",
					    "tls_client_certificate_bound_access_tokens"};
	static const char *const no_flags[] = {"\"true\"", "1", "null", "[]"};
	BG_AUTO(belgo_provider_free) struct belgo_provider *p = bare();

	(void)state;
	for (size_t i = 0; i < BG_LEN(lists) * BG_LEN(values); i++) {
		BG_AUTO(bg_str_free) char *doc = with(lists[i / BG_LEN(values)], values[i % BG_LEN(values)]);
		struct bg_metadata *m = NULL;
		struct belgo_error err = {0};

		assert_row(doc,
			   bg_metadata_parse(&m, p, doc, strlen(doc), &err) == BELGO_EPROTO && m == NULL);
		assert_row(doc, strstr(err.text, lists[i / BG_LEN(values)]) != NULL);
	}
	for (size_t i = 0; i < BG_LEN(flags) * BG_LEN(no_flags); i++) {
		BG_AUTO(bg_str_free)
		char *doc = with(flags[i / BG_LEN(no_flags)], no_flags[i % BG_LEN(no_flags)]);
		struct bg_metadata *m = NULL;

		assert_row(doc,
			   bg_metadata_parse(&m, p, doc, strlen(doc), NULL) == BELGO_EPROTO && m == NULL);
	}
}

static void
test_metadata__refuses_documents_that_mean_two_things_M05_M08(void **state)
{
#define ISS "\"issuer\":\"" ISSUER "\""
	static const char *const rows[] = {
	    "{" ISS "," ISS "}",
	    "{" ISS ",\"token_endpoint\":\"https://a.example/\",\"token_endpoint\":\"https://b.example/\"}",
	    "{" ISS ",\"x\":{\"y\":1,\"y\":2}}",
	    "{\"issuer\":\"" ISSUER "\\u0000.evil\"}",
	    "{" ISS ",\"token_endpoint\":\"https://good.example\\u0000.evil\"}",
	    "{" ISS ",\"x\":\"\\ud800\"}",
	    "{" ISS ",\"x\":\"\xff\"}",
	    "[{" ISS "}]",
	};
	BG_AUTO(belgo_provider_free) struct belgo_provider *p = bare();

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		struct bg_metadata *m = NULL;

		assert_row(rows[i], bg_metadata_parse(&m, p, rows[i], strlen(rows[i]), NULL) == BELGO_EPROTO);
		assert_row(rows[i], m == NULL);
	}
}

static void
test_metadata__refuses_more_than_256_kib_and_depth_32_M06(void **state)
{
	BG_AUTO(belgo_provider_free) struct belgo_provider *p = bare();
	BG_AUTO(bg_metadata_free) struct bg_metadata *m = NULL;
	static char doc[256 * 1024 + 2];
	static const char head[] = "{\"issuer\":\"" ISSUER "\",\"x\":\"";
	char deep[200];

	(void)state;
	memset(doc, 'a', sizeof(doc));
	memcpy(doc, head, sizeof(head) - 1);
	memcpy(doc + 256 * 1024 - 2, "\"}", 3);
	assert_int_equal(bg_metadata_parse(&m, p, doc, 256 * 1024, NULL), BELGO_OK);
	bg_metadata_free(&m);
	memcpy(doc + 256 * 1024 - 1, "\"}", 3);
	doc[256 * 1024 - 2] = 'a';
	assert_int_equal(bg_metadata_parse(&m, p, doc, 256 * 1024 + 1, NULL), BELGO_EPROTO);

	snprintf(deep, sizeof(deep), "{\"issuer\":\"" ISSUER "\",\"x\":%.40s%.40s}",
		 "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[", "]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]");
	assert_int_equal(bg_metadata_parse(&m, p, deep, strlen(deep), NULL), BELGO_EPROTO);
	assert_null(m);
}

/* A10, M09. @spec RFC 7636 section 4.2 */
static void
test_metadata__login_needs_code_and_s256_A10_M09(void **state)
{
	static const struct {
		const char *name, *member, *value;
		belgo_rc want;
	} rows[] = {
	    {"A10 plain only", "code_challenge_methods_supported", "[\"plain\"]", BELGO_EPROTO},
	    {"A10 empty list", "code_challenge_methods_supported", "[]", BELGO_EPROTO},
	    {"A10 lower case", "code_challenge_methods_supported", "[\"s256\"]", BELGO_EPROTO},
	    {"A10 not said", "code_challenge_methods_supported", NULL, BELGO_OK},
	    {"M09 no code", "response_types_supported", "[\"id_token\",\"code token\"]", BELGO_EPROTO},
	    {"M09 types not said", "response_types_supported", NULL, BELGO_OK},
	    {"M09 none", "id_token_signing_alg_values_supported", "[\"none\"]", BELGO_EPROTO},
	    {"M09 HS256", "id_token_signing_alg_values_supported", "[\"none\",\"HS256\"]", BELGO_EPROTO},
	    {"M09 unknown", "id_token_signing_alg_values_supported", "[\"rs256\",\"XX\"]", BELGO_EPROTO},
	    {"M09 EdDSA", "id_token_signing_alg_values_supported", "[\"none\",\"EdDSA\"]", BELGO_OK},
	    {"M09 algs not said", "id_token_signing_alg_values_supported", NULL, BELGO_OK},
	    {"no authorization_endpoint", "authorization_endpoint", NULL, BELGO_EPROTO},
	    {"no token_endpoint", "token_endpoint", NULL, BELGO_EPROTO},
	};
	BG_AUTO(belgo_provider_free) struct belgo_provider *p = bare();

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		BG_AUTO(bg_str_free) char *doc = with(rows[i].member, rows[i].value);
		BG_AUTO(bg_metadata_free) struct bg_metadata *m = NULL;
		struct belgo_error err = {0};

		assert_row(rows[i].name, bg_metadata_parse(&m, p, doc, strlen(doc), NULL) == BELGO_OK);
		assert_row(rows[i].name, bg_metadata_check_login(m, p, &err) == rows[i].want);
		assert_row(rows[i].name,
			   rows[i].want == BELGO_OK || strstr(err.text, rows[i].member) != NULL);
	}
}

/* "assumed" is for a server that does not say, never for one that says something weaker. */
static void
test_metadata__assumed_pkce_does_not_allow_a_list_without_s256_A10(void **state)
{
	BG_AUTO(belgo_provider_free) struct belgo_provider *p = bare();
	BG_AUTO(bg_str_free) char *doc = with("code_challenge_methods_supported", "[\"plain\"]");
	BG_AUTO(bg_metadata_free) struct bg_metadata *m = NULL;

	(void)state;
	p->pkce = BG_PKCE_ASSUMED;
	assert_int_equal(bg_metadata_parse(&m, p, doc, strlen(doc), NULL), BELGO_OK);
	assert_int_equal(bg_metadata_check_login(m, p, NULL), BELGO_EPROTO);
}

static void
test_metadata__symmetric_algorithms_only_by_configuration_M09(void **state)
{
	static char hs256[] = "HS256";
	static char *algs[] = {hs256, NULL};
	BG_AUTO(belgo_provider_free) struct belgo_provider *p = bare();
	BG_AUTO(bg_str_free) char *doc = with("id_token_signing_alg_values_supported", "[\"HS256\"]");
	BG_AUTO(bg_metadata_free) struct bg_metadata *m = NULL;

	(void)state;
	assert_int_equal(bg_metadata_parse(&m, p, doc, strlen(doc), NULL), BELGO_OK);
	assert_int_equal(bg_metadata_check_login(m, p, NULL), BELGO_EPROTO);
	p->id_token_algs = algs;
	assert_int_equal(bg_metadata_check_login(m, p, NULL), BELGO_OK);
	p->id_token_algs = NULL;
	p->kind = BG_KIND_OAUTH2;
	assert_int_equal(bg_metadata_check_login(m, p, NULL), BELGO_OK);
}

static void
test_metadata__manual_endpoints_win_one_by_one(void **state)
{
	static const char preset[] = JSON({
		"id" : "x",
		"issuer" : "https://op.example/realm",
		"token_endpoint" : "https://other.example/token",
		"device_authorization_endpoint" : "https://other.example/device"
	});
	BG_AUTO(belgo_provider_free) struct belgo_provider *p = NULL;
	BG_AUTO(bg_metadata_free) struct bg_metadata *m = NULL;

	(void)state;
	assert_int_equal(belgo_provider_from_json(&p, preset, strlen(preset), NULL, NULL), BELGO_OK);
	assert_int_equal(bg_metadata_parse(&m, p, sound, strlen(sound), NULL), BELGO_OK);
	assert_string_equal(m->endpoints.token, "https://other.example/token");
	assert_string_equal(m->endpoints.device_authorization, "https://other.example/device");
	assert_string_equal(m->endpoints.authorization, "https://op.example/authorize");
}

static void
test_metadata__manual_needs_authorization_and_token_endpoint(void **state)
{
	static const char preset[] = JSON({
		"id" : "x",
		"kind" : "oauth2",
		"issuer" : "https://op.example",
		"discovery" : "none",
		"authorization_endpoint" : "https://op.example/a",
		"token_endpoint" : "https://op.example/t"
	});
	BG_AUTO(belgo_provider_free) struct belgo_provider *p = NULL;
	BG_AUTO(bg_metadata_free) struct bg_metadata *m = NULL;

	(void)state;
	assert_int_equal(belgo_provider_from_json(&p, preset, strlen(preset), NULL, NULL), BELGO_OK);
	assert_int_equal(bg_metadata_manual(&m, p, NULL), BELGO_OK);
	assert_string_equal(m->issuer, "https://op.example");
	assert_string_equal(m->endpoints.token, "https://op.example/t");
	assert_null(m->json);
	assert_int_equal(bg_metadata_check_login(m, p, NULL), BELGO_OK);
	bg_metadata_free(&m);
	bg_str_free(&p->endpoints.token);
	assert_int_equal(bg_metadata_manual(&m, p, NULL), BELGO_EINVAL);
	assert_null(m);
}

/* @spec RFC 8705 section 5 */
static void
test_metadata__aliases_for_certificates_win_once_they_are_used(void **state)
{
	BG_AUTO(belgo_provider_free) struct belgo_provider *p = bare();
	BG_AUTO(bg_metadata_free) struct bg_metadata *m = NULL;
	BG_AUTO(bg_str_free)
	char *text = with("mtls_endpoint_aliases", "{\"token_endpoint\":\"https://mtls.example/token\"}");

	(void)state;
	assert_int_equal(bg_metadata_parse(&m, p, text, strlen(text), NULL), BELGO_OK);
	assert_string_equal(m->endpoints.token, "https://api.example/token");
	assert_int_equal(bg_metadata_use_mtls(m), BELGO_OK);
	assert_string_equal(m->endpoints.token, "https://mtls.example/token");
	assert_string_equal(m->endpoints.revocation, "https://api.example/revoke");
}

/* The client shows its certificate to none of the three. @spec RFC 8705 section 5 */
static void
test_metadata__aliases_are_for_what_the_client_itself_asks(void **state)
{
	BG_AUTO(belgo_provider_free) struct belgo_provider *p = bare();
	BG_AUTO(bg_metadata_free) struct bg_metadata *m = NULL;
	BG_AUTO(bg_str_free)
	char *text = with("mtls_endpoint_aliases",
			  "{\"authorization_endpoint\":\"https://mtls.example/auth\","
			  "\"end_session_endpoint\":\"https://mtls.example/end\","
			  "\"jwks_uri\":\"https://mtls.example/jwks\","
			  "\"pushed_authorization_request_endpoint\":\"https://mtls.example/par\","
			  "\"device_authorization_endpoint\":\"https://mtls.example/device\","
			  "\"introspection_endpoint\":\"https://mtls.example/introspect\","
			  "\"userinfo_endpoint\":\"https://mtls.example/me\","
			  "\"revocation_endpoint\":\"https://mtls.example/revoke\"}");
	BG_AUTO(bg_str_free) char *authorization = NULL, *jwks_uri = NULL, *end_session = NULL;

	(void)state;
	assert_int_equal(bg_metadata_parse(&m, p, text, strlen(text), NULL), BELGO_OK);
	assert_int_equal(bg_str_set(&authorization, m->endpoints.authorization), BELGO_OK);
	assert_int_equal(bg_str_set(&jwks_uri, m->endpoints.jwks_uri), BELGO_OK);
	assert_int_equal(bg_str_set(&end_session, m->endpoints.end_session), BELGO_OK);
	assert_int_equal(bg_metadata_use_mtls(m), BELGO_OK);
	assert_true(bg_str_equal(m->endpoints.authorization, authorization));
	assert_true(bg_str_equal(m->endpoints.jwks_uri, jwks_uri));
	assert_true(bg_str_equal(m->endpoints.end_session, end_session));
	assert_string_equal(m->endpoints.pushed_authorization_request, "https://mtls.example/par");
	assert_string_equal(m->endpoints.device_authorization, "https://mtls.example/device");
	assert_string_equal(m->endpoints.introspection, "https://mtls.example/introspect");
	assert_string_equal(m->endpoints.userinfo, "https://mtls.example/me");
	assert_string_equal(m->endpoints.revocation, "https://mtls.example/revoke");
}

static void
test_metadata__refuses_unsound_aliases_M02(void **state)
{
	static const char *const rows[] = {
	    "[]",
	    "\"https://mtls.example/token\"",
	    "{\"token_endpoint\":\"http://mtls.example/token\"}",
	    "{\"token_endpoint\":\"https://127.0.0.1/token\"}",
	    "{\"revocation_endpoint\":1}",
	    "{\"jwks_uri\":\"http://mtls.example/jwks\"}",
	};
	BG_AUTO(belgo_provider_free) struct belgo_provider *p = bare();

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		BG_AUTO(bg_metadata_free) struct bg_metadata *m = NULL;
		BG_AUTO(bg_str_free) char *text = with("mtls_endpoint_aliases", rows[i]);

		assert_row(rows[i], bg_metadata_parse(&m, p, text, strlen(text), NULL) == BELGO_EPROTO);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_metadata__sound_document_is_read_whole),
	    cmocka_unit_test(test_metadata__what_is_optional_may_be_absent),
	    cmocka_unit_test(test_metadata__aliases_for_certificates_win_once_they_are_used),
	    cmocka_unit_test(test_metadata__aliases_are_for_what_the_client_itself_asks),
	    cmocka_unit_test(test_metadata__refuses_unsound_aliases_M02),
	    cmocka_unit_test(test_metadata__refuses_another_issuer_M01),
	    cmocka_unit_test(test_metadata__refuses_an_unsound_endpoint_M02),
	    cmocka_unit_test(test_metadata__loopback_issuer_may_have_loopback_endpoints),
	    cmocka_unit_test(test_metadata__refuses_wrong_types_M07),
	    cmocka_unit_test(test_metadata__refuses_documents_that_mean_two_things_M05_M08),
	    cmocka_unit_test(test_metadata__refuses_more_than_256_kib_and_depth_32_M06),
	    cmocka_unit_test(test_metadata__login_needs_code_and_s256_A10_M09),
	    cmocka_unit_test(test_metadata__assumed_pkce_does_not_allow_a_list_without_s256_A10),
	    cmocka_unit_test(test_metadata__symmetric_algorithms_only_by_configuration_M09),
	    cmocka_unit_test(test_metadata__manual_endpoints_win_one_by_one),
	    cmocka_unit_test(test_metadata__manual_needs_authorization_and_token_endpoint),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
