/*
 * Twenty ways in which real providers depart from the specifications, one test each, with what they answer in
 * tests/data/providers/. The table there names fixture and test; what must stay refused stands beside what is
 * taken.
 */
#include "base/mem.h"
#include "harness/test.h"
#include "proto/client_auth.h"
#include "proto/device.h"
#include "proto/photo.h"
#include "proto/resource.h"
#include "proto/revoke.h"
#include "proto/token.h"
#include "proto/userinfo.h"
#include "unit/proto/answer.h"

#include <belgoauth/provider.h>

static const struct belgo_provider plain = {.hooks = &bg_hooks_none};
static const struct belgo_provider takes_arrays = {.hooks = &bg_hooks_none, .scope_reply = BG_SCOPE_ARRAY};
static const struct belgo_provider leaves_type_out = {.hooks = &bg_hooks_none,
						      .token_type_default = (char *)(uintptr_t) "Bearer"};

static json_t *
fixture(const char *path)
{
	BG_AUTO(bg_str_free) char *full = bg_strf(TEST_DATA "/providers/%s", path);
	json_t *json = json_load_file(full, 0, NULL);

	assert_row(path, json != NULL);
	return json;
}

/* An answer whose body is that member of the fixture; NULL: the whole of it. */
static struct belgo_http_response
answer_of(int status, const json_t *json, const char *member)
{
	BG_AUTO(bg_str_free) char *body = NULL;
	const json_t *value = member != NULL ? json_object_get(json, member) : json;

	assert_row(member, value != NULL);
	assert_int_equal(bg_json_dump(&body, value), BELGO_OK);
	return answer(status, JSON_TYPE, body);
}

static belgo_rc
token_of(struct belgo_token **out, const struct belgo_provider *p, const json_t *json, const char *member)
{
	BG_AUTO(belgo_http_response_done) struct belgo_http_response res = answer_of(200, json, member);

	return bg_token_response(out, p, BG_GRANT_CODE, BG_TOKEN_BEARER, &res, RECEIVED_AT, NULL, NULL);
}

static belgo_rc
metadata_of(struct bg_metadata **out, const struct belgo_provider *p, const char *path)
{
	BG_AUTO(bg_json_free) json_t *json = fixture(path);
	BG_AUTO(bg_str_free) char *text = NULL;

	assert_int_equal(bg_json_dump(&text, json), BELGO_OK);
	return bg_metadata_parse(out, p, text, strlen(text), NULL);
}

/* JSON is asked for by name; a form that comes all the same is not read. */
static void
test_anomaly__01_form_encoded_success(void **state)
{
	BG_AUTO(belgo_http_request_done) struct belgo_http_request req = {0};
	char body[128] = "";
	FILE *f = fopen(TEST_DATA "/providers/anomalies/01-form-body.txt", "r");
	BG_AUTO(belgo_http_response_done) struct belgo_http_response res = {0};
	struct belgo_token *t = NULL;

	(void)state;
	assert_non_null(f);
	assert_non_null(fgets(body, sizeof(body), f));
	(void)fclose(f);
	assert_int_equal(bg_request_begin(&req, "POST", "https://op.example/token", "token endpoint"),
			 BELGO_OK);
	assert_string_equal(sent_header(&req, "Accept"), "application/json");
	res = answer(200, "application/x-www-form-urlencoded", body);
	assert_int_equal(bg_token_response(&t, belgo_provider_builtin("github"), BG_GRANT_CODE,
					   BG_TOKEN_BEARER, &res, RECEIVED_AT, NULL, NULL),
			 BELGO_EPROTO);
	assert_null(t);
}

static void
test_anomaly__02_error_in_200(void **state)
{
	BG_AUTO(bg_json_free) json_t *json = fixture("anomalies/02-error-in-200.json");
	struct belgo_token *t = NULL;

	(void)state;
	assert_int_equal(token_of(&t, belgo_provider_builtin("github"), json, "github"), BELGO_EDENIED);
	assert_int_equal(token_of(&t, belgo_provider_builtin("slack"), json, "slack"), BELGO_EDENIED);
	assert_int_equal(token_of(&t, &plain, json, "withings"), BELGO_EPROTO);
	assert_null(t);
}

static void
test_anomaly__03_error_under_other_keys(void **state)
{
	static const char *const shapes[] = {"quota", "twitch", "list", "nested"};
	static const char *const codes[] = {"rate_limit_exceeded", "", "", "InvalidAuthenticationToken"};
	BG_AUTO(bg_json_free) json_t *json = fixture("anomalies/03-error-keys.json");

	(void)state;
	for (size_t i = 0; i < BG_LEN(shapes); i++) {
		BG_AUTO(belgo_http_response_done)
		struct belgo_http_response res = answer_of(403, json, shapes[i]);
		struct belgo_error err = {0};

		assert_row(shapes[i], bg_reply_refused(&plain, &res, "endpoint", NULL, &err) != BELGO_OK);
		assert_row(shapes[i], strcmp(err.oauth_error, codes[i]) == 0);
		assert_row(shapes[i], err.http_status == 403);
	}
}

static void
test_anomaly__04_scope_in_other_shapes(void **state)
{
	BG_AUTO(bg_json_free) json_t *json = fixture("anomalies/04-scope.json");
	BG_AUTO(belgo_token_free) struct belgo_token *array = NULL;
	BG_AUTO(belgo_token_free) struct belgo_token *comma = NULL;
	BG_AUTO(belgo_token_free) struct belgo_token *absent = NULL;
	BG_AUTO(belgo_token_free) struct belgo_token *alias = NULL;
	BG_AUTO(bg_str_free) char *missing = NULL;
	struct belgo_token *none = NULL;

	(void)state;
	assert_int_equal(token_of(&array, &takes_arrays, json, "array"), BELGO_OK);
	assert_string_equal(array->scope, "chat:read user:read:email");
	assert_int_equal(token_of(&none, &plain, json, "array"), BELGO_EPROTO);
	assert_int_equal(token_of(&none, &takes_arrays, json, "array_of_blanks"), BELGO_EPROTO);
	assert_int_equal(token_of(&comma, belgo_provider_builtin("github"), json, "comma"), BELGO_OK);
	assert_string_equal(comma->scope, "read:user user:email");
	assert_int_equal(token_of(&absent, &plain, json, "absent"), BELGO_OK);
	assert_null(absent->scope);
	assert_int_equal(token_of(&alias, belgo_provider_builtin("google"), json, "alias"), BELGO_OK);
	assert_int_equal(
	    bg_token_scope_missing(&missing, belgo_provider_builtin("google"), "openid email", alias->scope),
	    BELGO_OK);
	assert_string_equal(missing, "");
}

static void
test_anomaly__05_expires_in_of_any_kind(void **state)
{
	static const struct {
		const char *shape;
		int64_t want;
	} rows[] = {
	    {"string", RECEIVED_AT + 3600},
	    {"float", RECEIVED_AT + 3600},
	    {"zero", RECEIVED_AT},
	    {"fraction", 0},
	    {"word", 0},
	    {"absent", 0},
	};
	BG_AUTO(bg_json_free) json_t *json = fixture("anomalies/05-expires-in.json");

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		BG_AUTO(belgo_token_free) struct belgo_token *t = NULL;

		assert_row(rows[i].shape, token_of(&t, &plain, json, rows[i].shape) == BELGO_OK);
		assert_row(rows[i].shape, t->expires_at == rows[i].want);
	}
}

static void
test_anomaly__06_token_type_by_other_words(void **state)
{
	const struct belgo_provider *slack = belgo_provider_builtin("slack");
	const struct {
		const struct belgo_provider *p;
		const char *shape;
		belgo_rc want;
	} rows[] = {
	    {&plain, "lower", BELGO_OK},       {&plain, "upper", BELGO_OK},
	    {&plain, "missing", BELGO_EPROTO}, {&leaves_type_out, "missing", BELGO_OK},
	    {&plain, "user", BELGO_EPROTO},    {&leaves_type_out, "user", BELGO_EPROTO},
	    {slack, "user", BELGO_OK},         {slack, "bot", BELGO_EPROTO},
	};
	BG_AUTO(bg_json_free) json_t *json = fixture("anomalies/06-token-type.json");

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		BG_AUTO(belgo_token_free) struct belgo_token *t = NULL;

		assert_row(rows[i].shape, token_of(&t, rows[i].p, json, rows[i].shape) == rows[i].want);
	}
}

/* What an account with this set holds after a refresh that was answered with the fixture. */
static struct belgo_token *
refreshed(const char *path)
{
	BG_AUTO(bg_json_free) json_t *json = fixture(path);
	struct belgo_token *t = NULL;
	const struct belgo_token old = {.access_token = (char *)(uintptr_t) "at-1",
					.token_type = (char *)(uintptr_t) "Bearer",
					.refresh_token = (char *)(uintptr_t) "rt-1",
					.scope = (char *)(uintptr_t) "a b",
					.expires_at = 1,
					.refresh_expires_at = 2};

	assert_int_equal(token_of(&t, &plain, json, NULL), BELGO_OK);
	assert_int_equal(bg_token_merge(t, &old), BELGO_OK);
	return t;
}

static void
test_anomaly__07_refresh_without_refresh_token(void **state)
{
	BG_AUTO(belgo_token_free)
	struct belgo_token *t = refreshed("anomalies/07-refresh-without-token.json");

	(void)state;
	assert_string_equal(t->access_token, "at-2");
	assert_string_equal(t->refresh_token, "rt-1");
	assert_int_equal(t->refresh_expires_at, 2);
}

static void
test_anomaly__08_refresh_with_another_refresh_token(void **state)
{
	BG_AUTO(belgo_token_free)
	struct belgo_token *t = refreshed("anomalies/08-refresh-with-new-token.json");

	(void)state;
	assert_string_equal(t->refresh_token, "rt-2");
	assert_int_equal(t->refresh_expires_at, 0);
}

/* The old access token is dead: nothing of it may be left, its expiry neither. */
static void
test_anomaly__09_refresh_ends_the_old_access_token(void **state)
{
	BG_AUTO(belgo_token_free)
	struct belgo_token *t = refreshed("anomalies/09-refresh-kills-access-token.json");

	(void)state;
	assert_string_equal(t->access_token, "at-2");
	assert_int_equal(t->expires_at, RECEIVED_AT + 7200);
}

static void
test_anomaly__10_device_codes_with_another_address(void **state)
{
	BG_AUTO(bg_json_free) json_t *json = fixture("anomalies/10-device-codes.json");
	BG_AUTO(belgo_http_response_done) struct belgo_http_response url = answer_of(200, json, "google");
	BG_AUTO(belgo_http_response_done) struct belgo_http_response uri = answer_of(200, json, "microsoft");
	BG_AUTO(belgo_http_response_done) struct belgo_http_response none = answer_of(200, json, "neither");
	BG_AUTO(bg_device_done) struct bg_device d = {0};
	BG_AUTO(bg_device_done) struct bg_device other = {0};

	(void)state;
	assert_int_equal(bg_device_response(&d, &plain, &url, NULL, NULL), BELGO_OK);
	assert_string_equal(d.verification_uri, "https://www.google.com/device");
	assert_int_equal(bg_device_response(&other, &plain, &uri, NULL, NULL), BELGO_OK);
	assert_null(other.verification_uri_complete);
	bg_device_done(&other);
	other = (struct bg_device){0};
	assert_int_equal(bg_device_response(&other, &plain, &none, NULL, NULL), BELGO_EPROTO);
}

/* The status means nothing, the error everything. */
static void
test_anomaly__11_device_polls_under_any_status(void **state)
{
	BG_AUTO(bg_json_free) json_t *rows = fixture("anomalies/11-device-polls.json");
	size_t i;
	json_t *row;

	(void)state;
	assert_int_equal(json_array_size(rows), 7);
	json_array_foreach(rows, i, row)
	{
		BG_AUTO(belgo_http_response_done)
		struct belgo_http_response res =
		    answer_of((int)json_integer_value(json_object_get(row, "status")), row, "body");
		struct belgo_token *t = NULL;
		int64_t interval = 5;
		belgo_rc rc = bg_device_token_response(&t, &interval, &plain, BG_TOKEN_BEARER, &res,
						       RECEIVED_AT, NULL, NULL);

		assert_row(res.body, (rc != BELGO_OK) == json_is_true(json_object_get(row, "ends")));
		assert_null(t);
	}
}

/* An issuer is what the preset says, to the last slash, or what a strategy admits on its own hosts. */
static void
test_anomaly__12_issuers_of_many_forms(void **state)
{
	static const struct {
		const char *issuer, *path;
		belgo_rc want;
	} rows[] = {
	    {"https://example.eu.auth0.com/", "auth0/openid-configuration.json", BELGO_OK},
	    {"https://example.eu.auth0.com", "auth0/openid-configuration.json", BELGO_EISSUER},
	    {"https://sso.example.org/realms/staff", "keycloak/openid-configuration.json", BELGO_OK},
	    {"https://sso.example.org/realms", "keycloak/openid-configuration.json", BELGO_EISSUER},
	    {"https://login.yahoo.com", "yahoo/openid-configuration.json", BELGO_EISSUER},
	    {"https://login.microsoftonline.com/common/v2.0", "microsoft/metadata-common.json",
	     BELGO_EISSUER},
	};
	BG_AUTO(belgo_provider_free) struct belgo_provider *common = NULL;
	BG_AUTO(bg_metadata_free) struct bg_metadata *admitted = NULL;

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		BG_AUTO(belgo_provider_free) struct belgo_provider *p = NULL;
		BG_AUTO(bg_metadata_free) struct bg_metadata *m = NULL;

		assert_int_equal(belgo_provider_from_issuer(&p, rows[i].issuer, NULL), BELGO_OK);
		assert_row(rows[i].issuer, metadata_of(&m, p, rows[i].path) == rows[i].want);
	}
	assert_int_equal(
	    belgo_provider_with_tenant(&common, belgo_provider_builtin("microsoft"), "common", NULL),
	    BELGO_OK);
	assert_int_equal(metadata_of(&admitted, common, "microsoft/metadata-common.json"), BELGO_OK);
}

static void
test_anomaly__13_endpoints_on_foreign_hosts(void **state)
{
	BG_AUTO(bg_metadata_free) struct bg_metadata *m = NULL;

	(void)state;
	assert_int_equal(
	    metadata_of(&m, belgo_provider_builtin("google"), "google/openid-configuration.json"), BELGO_OK);
	assert_true(bg_str_begins(m->endpoints.authorization, "https://accounts.google.com/"));
	assert_true(bg_str_begins(m->endpoints.token, "https://oauth2.googleapis.com/"));
	assert_true(bg_str_begins(m->endpoints.userinfo, "https://openidconnect.googleapis.com/"));
	assert_true(bg_str_begins(m->endpoints.jwks_uri, "https://www.googleapis.com/"));
}

/* Who answers a revocation as a token endpoint would has revoked nothing. */
static void
test_anomaly__14_revocation_at_the_token_endpoint(void **state)
{
	BG_AUTO(belgo_provider_free) struct belgo_provider *p = NULL;
	BG_AUTO(bg_metadata_free) struct bg_metadata *m = NULL;
	BG_AUTO(belgo_http_request_done) struct belgo_http_request req = {0};
	BG_AUTO(belgo_http_response_done)
	struct belgo_http_response no = answer(400, JSON_TYPE, "{\"error\":\"unsupported_grant_type\"}");
	struct bg_revoke in = {.provider = &plain,
			       .auth = {.method = BG_AUTH_NONE, .client_id = "app"},
			       .token = "rt",
			       .token_type_hint = "refresh_token"};

	(void)state;
	assert_int_equal(belgo_provider_from_issuer(&p, "https://mcp.example.com", NULL), BELGO_OK);
	assert_int_equal(metadata_of(&m, p, "anomalies/14-revocation-at-token-endpoint.json"), BELGO_OK);
	assert_string_equal(m->endpoints.revocation, m->endpoints.token);
	in.endpoint = m->endpoints.revocation;
	assert_int_equal(bg_revoke_request(&req, &in, NULL), BELGO_OK);
	assert_string_equal(req.url, "https://mcp.example.com/token");
	assert_null(strstr(req.body, "grant_type"));
	assert_int_equal(bg_revoke_response(&plain, &no, NULL, NULL), BELGO_EDENIED);
}

static void
test_anomaly__15_public_clients_unlisted(void **state)
{
	static const char *const ids[] = {"gitlab", "google", "spotify"};

	(void)state;
	for (size_t i = 0; i < BG_LEN(ids); i++) {
		const struct belgo_provider *p = belgo_provider_builtin(ids[i]);
		BG_AUTO(bg_str_free) char *path = bg_strf("%s/openid-configuration.json", ids[i]);
		BG_AUTO(bg_metadata_free) struct bg_metadata *m = NULL;
		struct bg_client_auth auth = {.client_id = "app"};

		assert_row(ids[i], metadata_of(&m, p, path) == BELGO_OK);
		assert_row(ids[i], !bg_list_has(m->token_endpoint_auth_methods_supported, "none"));
		assert_row(ids[i], bg_client_auth_choose(&auth, p, m, NULL, NULL) == BELGO_OK);
		assert_row(ids[i], auth.method == BG_AUTH_NONE);
	}
}

/* Only a preset may say that S256 works where nobody lists it. */
static void
test_anomaly__16_pkce_unadvertised(void **state)
{
	BG_AUTO(belgo_provider_free) struct belgo_provider *p = NULL;
	BG_AUTO(bg_metadata_free) struct bg_metadata *m = NULL;

	(void)state;
	assert_int_equal(belgo_provider_with_tenant(&p, belgo_provider_builtin("microsoft"), "common", NULL),
			 BELGO_OK);
	assert_int_equal(metadata_of(&m, p, "microsoft/metadata-common.json"), BELGO_OK);
	assert_null(m->code_challenge_methods_supported);
	assert_int_equal(bg_metadata_check_pkce(m, p, NULL), BELGO_OK);
	assert_int_equal(bg_metadata_check_pkce(m, &plain, NULL), BELGO_EPROTO);
}

static void
test_anomaly__17_email_verified_in_words(void **state)
{
	static const struct {
		const char *shape;
		enum belgo_verified want;
	} rows[] = {
	    {"true", BELGO_VERIFIED_YES},     {"\"true\"", BELGO_VERIFIED_YES},
	    {"\"false\"", BELGO_VERIFIED_NO}, {"\"yes\"", BELGO_VERIFIED_UNKNOWN},
	    {"1", BELGO_VERIFIED_UNKNOWN},    {"absent", BELGO_VERIFIED_UNKNOWN},
	};
	BG_AUTO(bg_json_free) json_t *json = fixture("anomalies/17-email-verified.json");

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		BG_AUTO(bg_profile_done) struct bg_profile profile = {0};
		const json_t *claims = json_object_get(json, rows[i].shape);

		assert_row(rows[i].shape, claims != NULL);
		assert_row(rows[i].shape, bg_profile_map(&profile, &plain, claims, NULL) == BELGO_OK);
		assert_row(rows[i].shape, profile.email_verified == rows[i].want);
	}
}

/* The token goes where the preset says, never where an answer's `picture` leads. */
static void
test_anomaly__18_picture_behind_the_token(void **state)
{
	BG_AUTO(bg_json_free) json_t *claims = fixture("microsoft/userinfo.json");
	const struct belgo_provider *p = belgo_provider_builtin("microsoft");
	BG_AUTO(belgo_http_request_done) struct belgo_http_request req = {0};
	struct belgo_http_request none = {0};

	(void)state;
	assert_non_null(json_string_value(json_object_get(claims, "picture")));
	assert_int_equal(bg_photo_request(&req, p, TOKEN_OF("Bearer", "at"), NULL), BELGO_OK);
	assert_string_equal(req.url, "https://graph.microsoft.com/v1.0/me/photo/$value");
	assert_string_equal(sent_header(&req, "Authorization"), "Bearer at");
	assert_int_equal(bg_photo_request(&none, &plain, TOKEN_OF("Bearer", "at"), NULL), BELGO_ENOTFOUND);
}

/* The document's own spelling is what tokens are asked for, once origin and path agree. */
static void
test_anomaly__19_resource_differs_by_a_slash(void **state)
{
	BG_AUTO(bg_json_free) json_t *json = fixture("anomalies/19-resource-slash.json");
	BG_AUTO(belgo_http_response_done) struct belgo_http_response res = answer_of(200, json, NULL);
	BG_AUTO(bg_resource_done) struct bg_resource found = {0};
	struct bg_resource other = {0};

	(void)state;
	assert_int_equal(bg_resource_metadata_response(
			     &found, "https://mcp.example.com",
			     "https://mcp.example.com/.well-known/oauth-protected-resource", &res, NULL),
			 BELGO_OK);
	assert_string_equal(found.resource, "https://mcp.example.com/");
	assert_string_equal(found.authorization_servers[0], "https://mcp.example.com/");
	assert_int_equal(bg_resource_metadata_response(
			     &other, "https://mcp.example.net",
			     "https://mcp.example.net/.well-known/oauth-protected-resource", &res, NULL),
			 BELGO_EISSUER);
}

static void
test_anomaly__20_refresh_without_scope(void **state)
{
	BG_AUTO(belgo_token_free)
	struct belgo_token *t = refreshed("anomalies/20-refresh-without-scope.json");

	(void)state;
	assert_string_equal(t->scope, "a b");
	assert_string_equal(t->refresh_token, "rt-2");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_anomaly__01_form_encoded_success),
	    cmocka_unit_test(test_anomaly__02_error_in_200),
	    cmocka_unit_test(test_anomaly__03_error_under_other_keys),
	    cmocka_unit_test(test_anomaly__04_scope_in_other_shapes),
	    cmocka_unit_test(test_anomaly__05_expires_in_of_any_kind),
	    cmocka_unit_test(test_anomaly__06_token_type_by_other_words),
	    cmocka_unit_test(test_anomaly__07_refresh_without_refresh_token),
	    cmocka_unit_test(test_anomaly__08_refresh_with_another_refresh_token),
	    cmocka_unit_test(test_anomaly__09_refresh_ends_the_old_access_token),
	    cmocka_unit_test(test_anomaly__10_device_codes_with_another_address),
	    cmocka_unit_test(test_anomaly__11_device_polls_under_any_status),
	    cmocka_unit_test(test_anomaly__12_issuers_of_many_forms),
	    cmocka_unit_test(test_anomaly__13_endpoints_on_foreign_hosts),
	    cmocka_unit_test(test_anomaly__14_revocation_at_the_token_endpoint),
	    cmocka_unit_test(test_anomaly__15_public_clients_unlisted),
	    cmocka_unit_test(test_anomaly__16_pkce_unadvertised),
	    cmocka_unit_test(test_anomaly__17_email_verified_in_words),
	    cmocka_unit_test(test_anomaly__18_picture_behind_the_token),
	    cmocka_unit_test(test_anomaly__19_resource_differs_by_a_slash),
	    cmocka_unit_test(test_anomaly__20_refresh_without_scope),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
