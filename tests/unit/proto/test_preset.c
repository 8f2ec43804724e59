/* Presets: what is read, that nothing unknown passes, and that each refusal names the member. */
#include "base/mem.h"
#include "harness/json_text.h"
#include "harness/test.h"
#include "proto/provider_members.h"

static const char full[] = JSON({
	"id" : "full-1",
	"name" : "Full \u00e9",
	"kind" : "oauth2",
	"issuer" : "https://op.example/a",
	"discovery" : "none",
	"authorization_endpoint" : "https://op.example/authorize?x=1",
	"token_endpoint" : "https://api.example/token",
	"userinfo_endpoint" : "https://api.example/me",
	"jwks_uri" : "https://api.example/keys",
	"revocation_endpoint" : "https://api.example/revoke",
	"end_session_endpoint" : "https://api.example/logout",
	"introspection_endpoint" : "https://api.example/introspect",
	"device_authorization_endpoint" : "https://api.example/device",
	"registration_endpoint" : "https://api.example/register",
	"pushed_authorization_request_endpoint" : "https://api.example/par",
	"scope" : "openid a:b https://api.example/x",
	"client_id" : "public one",
	"client_secret" : "required",
	"token_endpoint_auth_method" : "client_secret_post",
	"assertion_audience" : "token_endpoint",
	"basic_encoding" : "raw",
	"login" : "device",
	"pkce" : "assumed",
	"offline" : "none",
	"refresh_scope" : "send",
	"redirect_host" : "localhost",
	"redirect_path" : "",
	"redirect_ports" : [ 1, 65535 ],
	"response_mode" : "form_post",
	"authorize_params" : {"audience" : "a b", "prompt" : "login"},
	"id_token_algs" : [ "ES256", "EdDSA" ],
	"token_type_default" : "Bearer",
	"dpop" : true,
	"dpop_binds" : "refresh_token",
	"profile" : "fapi2",
	"iss_not_sent" : true,
	"require_pushed_authorization_requests" : true,
	"scope_reply" : "array",
	"subject_claim" : "account_id",
	"userinfo_method" : "post_null",
	"revocation_note" : "none",
	"setup" : [ "1. one", "", "2. two" ],
	"source" : "https://op.example/docs",
	"verified_on" : "2026-11-21",
	"notes" : [ "a", "b" ],
	"x-anything" : {"y" : [ 1, null ]}
});

static belgo_rc
load(struct belgo_provider **out, const char *json, struct belgo_error *err)
{
	return belgo_provider_from_json(out, json, strlen(json), "test.json", err);
}

/* @spec OpenID Connect Core section 9; RFC 8705 section 2 */
static void
test_preset__takes_each_method_that_a_client_can_have(void **state)
{
	static const char *const methods[] = {"none",
					      "client_secret_basic",
					      "client_secret_post",
					      "client_secret_jwt",
					      "private_key_jwt",
					      "tls_client_auth",
					      "self_signed_tls_client_auth"};

	(void)state;
	for (size_t i = 0; i < BG_LEN(methods); i++) {
		BG_AUTO(belgo_provider_free) struct belgo_provider *p = NULL;
		char json[256];

		(void)snprintf(json, sizeof(json),
			       "{\"id\":\"x\",\"issuer\":\"https://op.example\","
			       "\"token_endpoint_auth_method\":\"%s\"}",
			       methods[i]);
		assert_row(methods[i], load(&p, json, NULL) == BELGO_OK);
		assert_string_equal(p->token_endpoint_auth_method, methods[i]);
	}
}

static void
test_preset__reads_every_member(void **state)
{
	BG_AUTO(belgo_provider_free) struct belgo_provider *p = NULL;
	struct belgo_error err = {0};

	(void)state;
	if (load(&p, full, &err) != BELGO_OK)
		fail_msg("%s", err.text);
	assert_string_equal(p->id, "full-1");
	assert_string_equal(p->name, "Full \xc3\xa9");
	assert_int_equal(p->kind, BG_KIND_OAUTH2);
	assert_int_equal(p->discovery, BG_DISCOVERY_NONE);
	assert_string_equal(p->endpoints.authorization, "https://op.example/authorize?x=1");
	assert_string_equal(p->endpoints.token, "https://api.example/token");
	assert_string_equal(p->endpoints.userinfo, "https://api.example/me");
	assert_string_equal(p->endpoints.jwks_uri, "https://api.example/keys");
	assert_string_equal(p->endpoints.revocation, "https://api.example/revoke");
	assert_string_equal(p->endpoints.end_session, "https://api.example/logout");
	assert_string_equal(p->endpoints.introspection, "https://api.example/introspect");
	assert_string_equal(p->endpoints.device_authorization, "https://api.example/device");
	assert_string_equal(p->endpoints.registration, "https://api.example/register");
	assert_string_equal(p->endpoints.pushed_authorization_request, "https://api.example/par");
	assert_string_equal(p->scope, "openid a:b https://api.example/x");
	assert_string_equal(p->client_id, "public one");
	assert_string_equal(p->client_secret, "required");
	assert_string_equal(p->token_endpoint_auth_method, "client_secret_post");
	assert_int_equal(p->assertion_audience, BG_AUDIENCE_TOKEN_ENDPOINT);
	assert_int_equal(p->basic_encoding, BG_BASIC_RAW);
	assert_int_equal(p->pkce, BG_PKCE_ASSUMED);
	assert_int_equal(p->offline, BG_OFFLINE_NONE);
	assert_int_equal(p->refresh_scope, BG_REFRESH_SCOPE_SEND);
	assert_string_equal(p->redirect_host, "localhost");
	assert_string_equal(p->redirect_path, "");
	assert_int_equal(p->n_redirect_ports, 2);
	assert_int_equal(p->redirect_ports[1], 65535);
	assert_string_equal(p->response_mode, "form_post");
	assert_int_equal(p->n_authorize_params, 2);
	assert_string_equal(p->authorize_params[0].name, "audience");
	assert_string_equal(p->authorize_params[0].value, "a b");
	assert_string_equal(p->id_token_algs[1], "EdDSA");
	assert_null(p->id_token_algs[2]);
	assert_string_equal(p->token_type_default, "Bearer");
	assert_int_equal(p->dpop, 1);
	assert_int_equal(p->dpop_binds, BG_DPOP_BINDS_REFRESH_TOKEN);
	assert_int_equal(p->profile, BG_PROFILE_FAPI2);
	assert_int_equal(p->iss_not_sent, 1);
	assert_int_equal(p->require_par, 1);
	assert_int_equal(p->scope_reply, BG_SCOPE_ARRAY);
	assert_string_equal(p->subject_claim, "account_id");
	assert_int_equal(p->userinfo_method, BG_USERINFO_POST_NULL);
	assert_string_equal(p->setup, "1. one\n\n2. two");
	assert_string_equal(p->verified_on, "2026-11-21");
	assert_string_equal(p->notes, "a\nb");
	assert_ptr_equal(p->hooks, &bg_hooks_none);
}

static void
test_preset__what_is_left_out_has_its_default(void **state)
{
	BG_AUTO(belgo_provider_free) struct belgo_provider *p = NULL;

	(void)state;
	assert_int_equal(load(&p, JSON({"id" : "x", "issuer" : "https://op.example"}), NULL), BELGO_OK);
	assert_string_equal(p->name, "x");
	assert_string_equal(p->client_secret, "optional");
	assert_int_equal(p->kind, BG_KIND_OIDC);
	assert_int_equal(p->discovery, BG_DISCOVERY_BOTH);
	assert_int_equal(p->pkce, BG_PKCE_AUTO);
	assert_int_equal(p->offline, BG_OFFLINE_SCOPE);
	assert_int_equal(p->refresh_scope, BG_REFRESH_SCOPE_OMIT);
	assert_int_equal(p->dpop, 0);
	assert_int_equal(p->dpop_binds, BG_DPOP_BINDS_TOKENS);
	assert_int_equal(p->profile, BG_PROFILE_NONE);
	assert_int_equal(p->iss_not_sent, 0);
	assert_int_equal(p->require_par, 0);
	assert_int_equal(p->scope_reply, BG_SCOPE_STRING);
	assert_int_equal(p->userinfo_method, BG_USERINFO_GET);
	assert_null(p->subject_claim);
	assert_null(p->redirect_path);
	assert_null(p->scope);
}

#define BASE "\"id\":\"x\",\"issuer\":\"https://op.example\""
#define WITH(member, value) "{" BASE ",\"" member "\":" value "}", member

static void
test_preset__refuses_by_the_member(void **state)
{
	static const struct {
		const char *json, *member;
	} rows[] = {
	    {WITH("isuser", "\"https://op.example\"")},
	    {WITH("endpoints", "{}")},
	    {WITH("X-case", "1")},
	    {"{\"issuer\":\"https://op.example\"}", "id"},
	    {"{\"id\":\"x\"}", "issuer"},
	    {"{\"id\":\"\",\"issuer\":\"https://op.example\"}", "id"},
	    {"{\"id\":\"Up\",\"issuer\":\"https://op.example\"}", "id"},
	    {"{\"id\":\"../x\",\"issuer\":\"https://op.example\"}", "id"},
	    {"{\"id\":\"1x\",\"issuer\":\"https://op.example\"}", "id"},
	    {"{\"id\":7,\"issuer\":\"https://op.example\"}", "id"},
	    {"{\"id\":\"x\",\"issuer\":\"http://op.example\"}", "issuer"},
	    {"{\"id\":\"x\",\"issuer\":\"https://op.example?a\"}", "issuer"},
	    {"{\"id\":\"x\",\"issuer\":[]}", "issuer"},
	    {WITH("name", "\"\"")},
	    {WITH("name", "\"a\\u001b[m\"")},
	    {WITH("kind", "\"saml\"")},
	    {WITH("kind", "null")},
	    {WITH("discovery", "true")},
	    {WITH("discovery", "\"webfinger\"")},
	    {WITH("token_endpoint", "\"http://op.example/t\"")},
	    {WITH("token_endpoint", "\"/t\"")},
	    {WITH("jwks_uri", "\"https://127.0.0.1/keys\"")},
	    {WITH("userinfo_endpoint", "7")},
	    {WITH("scope", "\"a  b\"")},
	    {WITH("scope", "\" a\"")},
	    {WITH("scope", "\"a \"")},
	    {WITH("scope", "\"a\\\"b\"")},
	    {WITH("scope", "[\"a\"]")},
	    {WITH("client_id", "\"\\u00e9\"")},
	    {WITH("client_secret", "\"s3cret\"")},
	    {WITH("token_endpoint_auth_method", "\"client_notarized_jwt\"")},
	    {WITH("assertion_audience", "\"https://op.example\"")},
	    {WITH("basic_encoding", "\"utf8\"")},
	    {WITH("login", "\"browser\"")},
	    {WITH("pkce", "\"plain\"")},
	    {WITH("pkce", "\"none\"")},
	    {WITH("offline", "\"param\"")},
	    {WITH("refresh_scope", "1")},
	    {WITH("redirect_host", "\"0.0.0.0\"")},
	    {WITH("redirect_host", "\"op.example\"")},
	    {WITH("redirect_path", "\"callback\"")},
	    {WITH("redirect_path", "\"/a?b\"")},
	    {WITH("redirect_path", "\"/{tenant}\"")},
	    {WITH("redirect_path", "\"/{x}\"")},
	    {WITH("redirect_path", "\"/a#b\"")},
	    {WITH("redirect_path", "\"/a b\"")},
	    {WITH("redirect_path", "\"@evil.example/\"")},
	    {WITH("redirect_ports", "[]")},
	    {WITH("redirect_ports", "[0]")},
	    {WITH("redirect_ports", "[65536]")},
	    {WITH("redirect_ports", "[\"80\"]")},
	    {WITH("redirect_ports", "8080")},
	    {WITH("redirect_ports", "[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17]")},
	    {WITH("response_mode", "\"fragment\"")},
	    {WITH("authorize_params", "[]")},
	    {WITH("authorize_params", "{\"a\":1}")},
	    {WITH("authorize_params", "{\"a\":\"\\n\"}")},
	    {WITH("authorize_params", "{\"\":\"a\"}")},
	    {WITH("authorize_params", "{\"state\":\"a\"}")},
	    {WITH("authorize_params", "{\"code_challenge_method\":\"plain\"}")},
	    {WITH("authorize_params", "{\"redirect_uri\":\"https://evil.example\"}")},
	    {WITH("id_token_algs", "[]")},
	    {WITH("id_token_algs", "[\"none\"]")},
	    {WITH("id_token_algs", "[\"rs256\"]")},
	    {WITH("id_token_algs", "[7]")},
	    {WITH("id_token_algs", "\"RS256\"")},
	    {WITH("token_type_default", "\"mac\"")},
	    {WITH("iss_not_sent", "\"true\"")},
	    {WITH("iss_not_sent", "1")},
	    {WITH("require_pushed_authorization_requests", "1")},
	    {WITH("profile", "\"fapi1\"")},
	    {WITH("dpop", "1")},
	    {WITH("dpop_binds", "\"all\"")},
	    {WITH("setup", "[1]")},
	    {WITH("setup", "[]")},
	    {WITH("setup", "[\"a\\nb\"]")},
	    {WITH("setup", "\"a\\nb\"")},
	    {WITH("verified_on", "\"21.11.2026\"")},
	    {WITH("verified_on", "\"2026-11-2\"")},
	    {WITH("verified_on", "\"2026-11-210\"")},
	    {WITH("notes", "1")},
	    {WITH("strategy", "\"anything\"")},
	    {WITH("subject_claim", "\"account_id\"")},
	    {"{\"id\":\"x\",\"kind\":\"oauth2\",\"issuer\":\"https://op.example\",\"subject_claim\":\"a b\"}",
	     "subject_claim"},
	    {WITH("userinfo_method", "\"put\"")},
	    {WITH("scope_reply", "\"comma\"")},
	    {WITH("tenant", "{\"path\":true}")},
	    {"{\"id\":\"x\",\"issuer\":\"https://{tenant}\",\"tenant\":{\"path\":1}}", "tenant"},
	    {WITH("tenant", "{\"default\":\"a.example\"}")},
	    {WITH("tenant", "\"a.example\"")},
	    {WITH("tenant", "{\"default\":\"a\"}")},
	    {"{\"id\":\"x\",\"issuer\":\"https://{tenant}\",\"tenant\":{\"words\":[]}}", "words"},
	    {WITH("tenant", "{\"else\":\"a\"}")},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		BG_AUTO(belgo_provider_free) struct belgo_provider *p = NULL;
		struct belgo_error err = {0};

		assert_row(rows[i].json,
			   load(&p, rows[i].json, &err) == BELGO_EINVAL && err.rc == BELGO_EINVAL);
		assert_row(rows[i].json, p == NULL && bg_str_begins(err.text, "test.json: "));
		if (strstr(err.text, rows[i].member) == NULL)
			fail_msg("row %s: \"%s\" does not name the member", rows[i].json, err.text);
	}
}

static void
test_preset__is_one_sound_json_object(void **state)
{
	static const char *const rows[] = {
	    "",
	    "[]",
	    "\"x\"",
	    "{" BASE,
	    "{" BASE "} {}",
	    "{" BASE ",\"id\":\"y\"}",
	    "\xef\xbb\xbf{" BASE "}",
	    "{" BASE ",}",
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		struct belgo_provider *p = NULL;
		struct belgo_error err = {0};

		assert_row(rows[i], load(&p, rows[i], &err) == BELGO_EINVAL && err.rc == BELGO_EINVAL);
		assert_row(rows[i], p == NULL && strstr(err.text, "test.json") != NULL);
	}
}

static void
test_preset__without_discovery_needs_its_endpoints(void **state)
{
#define NONE(rest) "{" BASE ",\"discovery\":\"none\"" rest "}"
#define AUTHORIZE ",\"authorization_endpoint\":\"https://op.example/a\""
#define TOKEN ",\"token_endpoint\":\"https://op.example/t\""
	static const struct {
		const char *json, *missing;
	} rows[] = {
	    {NONE(""), "authorization_endpoint"},
	    {NONE(AUTHORIZE), "token_endpoint"},
	    {NONE(AUTHORIZE TOKEN), "jwks_uri"},
	    {NONE(AUTHORIZE TOKEN ",\"kind\":\"oauth2\""), NULL},
	    {NONE(AUTHORIZE TOKEN ",\"jwks_uri\":\"https://op.example/k\""), NULL},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		BG_AUTO(belgo_provider_free) struct belgo_provider *p = NULL;
		struct belgo_error err = {0};
		belgo_rc rc = load(&p, rows[i].json, &err);

		assert_row(rows[i].json, rc == (rows[i].missing != NULL ? BELGO_EINVAL : BELGO_OK));
		assert_row(rows[i].json,
			   rows[i].missing == NULL || strstr(err.text, rows[i].missing) != NULL);
	}
}

static void
test_preset__notes_and_x_members_are_free(void **state)
{
	BG_AUTO(belgo_provider_free) struct belgo_provider *p = NULL;

	(void)state;
	assert_int_equal(load(&p, "{" BASE ",\"x-\":1,\"x-a\":[{}],\"notes\":{\"any\":[\"thing\"]}}", NULL),
			 BELGO_OK);
	assert_string_equal(p->notes, "{\"any\":[\"thing\"]}");
}

static void
assert_same_json(const char *a, const char *b)
{
	BG_AUTO(bg_json_free) json_t *left = json_loads(a, 0, NULL);
	BG_AUTO(bg_json_free) json_t *right = json_loads(b, 0, NULL);

	assert_true(json_equal(left, right));
}

static void
test_preset__what_is_written_reads_back_the_same(void **state)
{
	static const char many[] = JSON({
		"id" : "many",
		"issuer" : "https://login.example.com/{tenant}/v2",
		"tenant" : {"default" : "common", "words" : ["common"]}
	});
	const char *const presets[] = {full, many, "{" BASE "}"};

	(void)state;
	for (size_t i = 0; i < BG_LEN(presets); i++) {
		BG_AUTO(belgo_provider_free) struct belgo_provider *first = NULL;
		BG_AUTO(belgo_provider_free) struct belgo_provider *second = NULL;
		BG_AUTO(bg_str_free) char *once = NULL;
		BG_AUTO(bg_str_free) char *twice = NULL;

		assert_int_equal(load(&first, presets[i], NULL), BELGO_OK);
		assert_int_equal(belgo_provider_to_json(&once, first, NULL), BELGO_OK);
		assert_int_equal(load(&second, once, NULL), BELGO_OK);
		assert_int_equal(belgo_provider_to_json(&twice, second, NULL), BELGO_OK);
		assert_same_json(once, twice);
	}
}

static void
test_preset__writes_every_member_that_it_reads(void **state)
{
	BG_AUTO(belgo_provider_free) struct belgo_provider *p = NULL;
	BG_AUTO(bg_str_free) char *text = NULL;
	BG_AUTO(bg_json_free) json_t *want = json_loads(full, 0, NULL);
	BG_AUTO(bg_json_free) json_t *got = NULL;

	(void)state;
	assert_int_equal(load(&p, full, NULL), BELGO_OK);
	assert_int_equal(belgo_provider_to_json(&text, p, NULL), BELGO_OK);
	got = json_loads(text, 0, NULL);
	assert_int_equal(json_object_del(want, "x-anything"), 0);
	assert_true(json_equal(got, want));
}

static void
test_preset__a_placed_tenant_is_told_and_still_reads(void **state)
{
	BG_AUTO(belgo_provider_free) struct belgo_provider *p = NULL;
	BG_AUTO(belgo_provider_free) struct belgo_provider *placed = NULL;
	BG_AUTO(belgo_provider_free) struct belgo_provider *again = NULL;
	BG_AUTO(bg_str_free) char *text = NULL;

	(void)state;
	assert_int_equal(load(&p, JSON({"id" : "x", "issuer" : "https://{tenant}"}), NULL), BELGO_OK);
	assert_int_equal(belgo_provider_with_tenant(&placed, p, "id.example", NULL), BELGO_OK);
	assert_int_equal(belgo_provider_to_json(&text, placed, NULL), BELGO_OK);
	assert_non_null(strstr(text, "\"x-tenant\":\"id.example\""));
	assert_int_equal(load(&again, text, NULL), BELGO_OK);
	assert_string_equal(again->issuer, "https://id.example");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_preset__reads_every_member),
	    cmocka_unit_test(test_preset__takes_each_method_that_a_client_can_have),
	    cmocka_unit_test(test_preset__what_is_left_out_has_its_default),
	    cmocka_unit_test(test_preset__refuses_by_the_member),
	    cmocka_unit_test(test_preset__is_one_sound_json_object),
	    cmocka_unit_test(test_preset__without_discovery_needs_its_endpoints),
	    cmocka_unit_test(test_preset__notes_and_x_members_are_free),
	    cmocka_unit_test(test_preset__what_is_written_reads_back_the_same),
	    cmocka_unit_test(test_preset__writes_every_member_that_it_reads),
	    cmocka_unit_test(test_preset__a_placed_tenant_is_told_and_still_reads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
