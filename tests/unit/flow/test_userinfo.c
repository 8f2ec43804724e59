/* The userinfo endpoint of an account: whose answer is believed, and what a refused token leads to. */
#include "fixture.h"

#include "harness/jose_make.h"

static belgo_rc
ask(struct world *w, const struct planted *a, char **json, struct belgo_error *err)
{
	struct belgo_op *op = NULL;
	belgo_rc rc;

	assert_int_equal(belgo_userinfo_op(&op, world_client(w), a->key, NULL), BELGO_OK);
	rc = world_finish(op, err);
	*json = belgo_op_json(op) == NULL ? NULL : strdup(belgo_op_json(op));
	belgo_op_free(&op);
	return rc;
}

/* @spec RFC 6750 section 2.1 */
static void
test_userinfo__answer_about_the_user_is_handed_out(void **state)
{
	struct world *w = provider_up();
	struct planted a = plant_alice(w, 3600);
	char *json = NULL;

	(void)state;
	world_answer(w, WORLD_USERINFO, 200, "{\"sub\":\"alice\",\"name\":\"Alice\"}");
	assert_int_equal(ask(w, &a, &json, NULL), BELGO_OK);
	assert_string_equal(json, "{\"sub\":\"alice\",\"name\":\"Alice\"}");
	assert_non_null(strstr(world_sent_headers(w, WORLD_USERINFO), "Authorization: Bearer " AT1));
	assert_int_equal(world_count(w, "lock"), 0);
	free(json);
	world_free(&w);
}

/* @spec OpenID Connect Core section 5.3.2 */
static void
test_userinfo__answer_about_another_user_is_refused(void **state)
{
	struct world *w = provider_up();
	struct planted a = plant_alice(w, 3600);
	char *json = NULL;

	(void)state;
	world_answer(w, WORLD_USERINFO, 200, "{\"sub\":\"mallory\"}");
	assert_int_equal(ask(w, &a, &json, NULL), BELGO_ECLAIM);
	assert_null(json);
	world_free(&w);
}

#define SIGNED_CLAIMS(iss, aud, more) "{\"iss\":\"" iss "\",\"aud\":\"" aud "\"" more "}"
#define HEADER "{\"alg\":\"RS256\",\"kid\":\"k1\"}"

/* Scripts an answer of that payload, signed with RS256 by the i-th key. */
static void
answer_signed(struct world *w, int key, const char *header, const char *payload)
{
	char *jwt = jose_sign(jose_key("RSA-2048", key), "RS256", header, payload);

	world_answer(w, WORLD_USERINFO, 200, jwt);
	world_answer_header(w, "content-type", "application/jwt");
	free(jwt);
}

/* @spec OpenID Connect Core section 5.3.2, 5.3.4 */
static void
test_userinfo__signed_answer_is_believed_once_it_is_verified(void **state)
{
	static const struct {
		const char *name, *members, *header, *payload;
		int key;
		belgo_rc want;
	} rows[] = {
	    {"good", "", HEADER, SIGNED_CLAIMS(WORLD_ISSUER, WORLD_CLIENT, ",\"sub\":\"alice\""), 0,
	     BELGO_OK},
	    {"another algorithm is advertised", "\"userinfo_signing_alg_values_supported\":[\"ES256\"],",
	     HEADER, SIGNED_CLAIMS(WORLD_ISSUER, WORLD_CLIENT, ",\"sub\":\"alice\""), 0, BELGO_ESIGNATURE},
	    {"U01 another user", "", HEADER,
	     SIGNED_CLAIMS(WORLD_ISSUER, WORLD_CLIENT, ",\"sub\":\"mallory\""), 0, BELGO_ECLAIM},
	    {"U01 no user", "", HEADER, SIGNED_CLAIMS(WORLD_ISSUER, WORLD_CLIENT, ""), 0, BELGO_ECLAIM},
	    {"U02 another client", "", HEADER, SIGNED_CLAIMS(WORLD_ISSUER, "client-2", ",\"sub\":\"alice\""),
	     0, BELGO_ECLAIM},
	    {"U02 another issuer", "", HEADER,
	     SIGNED_CLAIMS("https://evil.example", WORLD_CLIENT, ",\"sub\":\"alice\""), 0, BELGO_EISSUER},
	    {"U02 no issuer", "", HEADER, "{\"aud\":\"" WORLD_CLIENT "\",\"sub\":\"alice\"}", 0,
	     BELGO_EPROTO},
	    {"U02 none", "", "{\"alg\":\"none\"}",
	     SIGNED_CLAIMS(WORLD_ISSUER, WORLD_CLIENT, ",\"sub\":\"alice\""), 0, BELGO_ESIGNATURE},
	    {"U02 another's key", "", HEADER, SIGNED_CLAIMS(WORLD_ISSUER, WORLD_CLIENT, ",\"sub\":\"alice\""),
	     1, BELGO_ESIGNATURE},
	    {"over", "", HEADER,
	     SIGNED_CLAIMS(WORLD_ISSUER, WORLD_CLIENT, ",\"sub\":\"alice\",\"exp\":1799990000"), 0,
	     BELGO_ECLAIM},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		struct world *w = world_new();
		struct planted a = plant_alice(w, 3600);
		char *json = NULL;

		world_metadata(w, rows[i].members);
		world_jwks(w);
		answer_signed(w, rows[i].key, rows[i].header, rows[i].payload);
		assert_row(rows[i].name, ask(w, &a, &json, NULL) == rows[i].want);
		assert_row(rows[i].name, (json != NULL) == (rows[i].want == BELGO_OK));
		if (json != NULL)
			assert_string_equal(json, "{\"iss\":\"" WORLD_ISSUER "\",\"aud\":\"" WORLD_CLIENT
						  "\",\"sub\":\"alice\"}");
		free(json);
		world_free(&w);
	}
}

#define LISTS(words) "\"userinfo_signing_alg_values_supported\":[" words "],"
#define FAPI ",\"profile\":\"fapi2\""

/* @spec FAPI 2.0 Security Profile section 5.4.1 */
static void
test_userinfo__weaker_signature_is_refused_of_a_fapi_account_alone(void **state)
{
	static const struct {
		const char *name, *members, *login, *alg;
		belgo_rc want;
	} rows[] = {
	    {"held, PS256", LISTS("\"RS256\",\"PS256\""), FAPI, "PS256", BELGO_OK},
	    {"held, RS256", LISTS("\"RS256\",\"PS256\""), FAPI, "RS256", BELGO_ESIGNATURE},
	    {"held, RS256 for want of a list", "", FAPI, "RS256", BELGO_ESIGNATURE},
	    {"not held, RS256", LISTS("\"RS256\",\"PS256\""), NULL, "RS256", BELGO_OK},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		struct world *w = world_new();
		struct planted a = {.expires_at = WORLD_NOW + 3600, .login = rows[i].login};
		char header[64], *jwt, *json = NULL;

		(void)snprintf(header, sizeof(header), "{\"alg\":\"%s\",\"kid\":\"k1\"}", rows[i].alg);
		jwt = jose_sign(jose_key("RSA-2048", 0), rows[i].alg, header,
				SIGNED_CLAIMS(WORLD_ISSUER, WORLD_CLIENT, ",\"sub\":\"alice\""));
		plant(w, &a);
		world_metadata(w, rows[i].members);
		world_jwks(w);
		world_answer(w, WORLD_USERINFO, 200, jwt);
		world_answer_header(w, "content-type", "application/jwt");
		assert_row(rows[i].name, ask(w, &a, &json, NULL) == rows[i].want);
		assert_row(rows[i].name, (json != NULL) == (rows[i].want == BELGO_OK));
		free(json);
		free(jwt);
		world_free(&w);
	}
}

#define MTLS_USERINFO "https://mtls.op.example/me"
#define CERTIFICATE "\"certificate\":\"pem." WORLD_SECRET "\""

/* @spec RFC 8705 section 3, 5 */
static void
test_userinfo__certificate_that_got_the_token_is_shown_with_it(void **state)
{
	static const struct {
		const char *name, *method, *client, *metadata, *url;
		int is_shown;
	} rows[] = {
	    {"tls_client_auth", "tls_client_auth", CERTIFICATE, "", WORLD_USERINFO, 1},
	    {"self-signed", "self_signed_tls_client_auth", CERTIFICATE, "", WORLD_USERINFO, 1},
	    {"at its own endpoint", "tls_client_auth", CERTIFICATE,
	     "\"mtls_endpoint_aliases\":{\"userinfo_endpoint\":\"" MTLS_USERINFO "\"},", MTLS_USERINFO, 1},
	    {"it came later", NULL, CERTIFICATE,
	     "\"token_endpoint_auth_methods_supported\":[\"tls_client_auth\"],", WORLD_USERINFO, 1},
	    {"a secret beside it", "client_secret_basic", CERTIFICATE ",\"client_secret\":\"x\"",
	     "\"mtls_endpoint_aliases\":{\"userinfo_endpoint\":\"" MTLS_USERINFO "\"},", WORLD_USERINFO, 0},
	    {"it is gone", "tls_client_auth", "\"client_secret\":\"x\"", "", WORLD_USERINFO, 0},
	    {"no method was to be used", "none", CERTIFICATE,
	     "\"token_endpoint_auth_methods_supported\":[\"tls_client_auth\"],", WORLD_USERINFO, 0},
	    {"nothing listed takes it", NULL, CERTIFICATE,
	     "\"token_endpoint_auth_methods_supported\":[\"private_key_jwt\"],", WORLD_USERINFO, 0},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		struct world *w = world_new();
		struct planted a = {.expires_at = WORLD_NOW + 3600, .auth_method = rows[i].method};
		const char *shown;
		char *json = NULL;

		world_metadata(w, rows[i].metadata);
		plant(w, &a);
		plant_client(w, rows[i].client);
		world_answer(w, rows[i].url, 200, "{\"sub\":\"alice\"}");
		assert_row(rows[i].name, ask(w, &a, &json, NULL) == BELGO_OK);
		shown = world_sent_certificate(w, rows[i].url);
		assert_row(rows[i].name, bg_str_equal(shown, rows[i].is_shown ? "pem." WORLD_SECRET : NULL));
		free(json);
		world_free(&w);
	}
}

static void
test_userinfo__damaged_client_is_told_of(void **state)
{
	struct world *w = provider_up();
	struct planted a = plant_alice(w, 3600);
	char *json = NULL;

	(void)state;
	plant_client(w, "\"certificate\":7");
	assert_int_equal(ask(w, &a, &json, NULL), BELGO_ESTORE);
	assert_int_equal(world_count(w, "GET " WORLD_USERINFO), 0);
	world_free(&w);
}

static void
test_userinfo__token_that_ends_soon_is_refreshed_first(void **state)
{
	struct world *w = provider_up();
	struct planted a = plant_alice(w, 59);
	char *json = NULL;

	(void)state;
	answer_token(w, AT2, RT2, NULL);
	world_answer(w, WORLD_USERINFO, 200, "{\"sub\":\"alice\"}");
	assert_int_equal(ask(w, &a, &json, NULL), BELGO_OK);
	assert_non_null(strstr(world_sent_headers(w, WORLD_USERINFO), AT2));
	free(json);
	world_free(&w);
}

/* @spec RFC 6750 section 3.1 */
static void
test_userinfo__refused_token_is_refreshed_once(void **state)
{
	static const struct {
		const char *name;
		int second;
		belgo_rc want;
	} rows[] = {{"then accepted", 200, BELGO_OK}, {"refused again", 401, BELGO_ELOGIN}};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		struct world *w = provider_up();
		struct planted a = plant_alice(w, 3600);
		char *json = NULL;

		world_answer(w, WORLD_USERINFO, 401, "{}");
		world_answer_always(w, WORLD_USERINFO, rows[i].second, "{\"sub\":\"alice\"}");
		answer_token(w, AT2, RT2, NULL);
		assert_row(rows[i].name, ask(w, &a, &json, NULL) == rows[i].want);
		assert_row(rows[i].name, world_count(w, "GET " WORLD_USERINFO) == 2);
		assert_row(rows[i].name, world_count(w, "POST " WORLD_TOKEN) == 1);
		assert_row(rows[i].name, strstr(world_sent_headers(w, WORLD_USERINFO), AT2) != NULL);
		assert_row(rows[i].name, stored_has(w, &a, RT2));
		free(json);
		world_free(&w);
	}
}

static void
test_userinfo__refresh_that_fails_ends_it(void **state)
{
	struct world *w = provider_up();
	struct planted a = plant_alice(w, 3600);
	char *json = NULL;

	(void)state;
	world_answer(w, WORLD_USERINFO, 401, "{}");
	world_no_answer(w, WORLD_TOKEN, BELGO_EUNAVAILABLE);
	assert_int_equal(ask(w, &a, &json, NULL), BELGO_EUNAVAILABLE);
	assert_int_equal(world_count(w, "GET " WORLD_USERINFO), 1);
	world_free(&w);
}

static void
test_userinfo__refused_token_without_refresh_token_needs_a_login(void **state)
{
	struct world *w = provider_up();
	struct planted a = {.expires_at = WORLD_NOW + 3600};
	char *json = NULL;

	(void)state;
	plant(w, &a);
	world_answer(w, WORLD_USERINFO, 401, "{}");
	assert_int_equal(ask(w, &a, &json, NULL), BELGO_ELOGIN);
	assert_int_equal(world_count(w, "lock"), 0);
	world_free(&w);
}

static void
test_userinfo__other_failures_are_not_tried_again(void **state)
{
	static const struct {
		const char *name;
		int status;
		belgo_rc rc;
		belgo_rc want;
	} rows[] = {
	    {"forbidden", 403, BELGO_OK, BELGO_EDENIED},
	    {"unavailable", 503, BELGO_OK, BELGO_EUNAVAILABLE},
	    {"moved", 302, BELGO_OK, BELGO_EPROTO},
	    {"no answer", 0, BELGO_ETLS, BELGO_ETLS},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		struct world *w = provider_up();
		struct planted a = plant_alice(w, 3600);
		char *json = NULL;

		if (rows[i].rc != BELGO_OK)
			world_no_answer(w, WORLD_USERINFO, rows[i].rc);
		else
			world_answer(w, WORLD_USERINFO, rows[i].status, "{}");
		assert_row(rows[i].name, ask(w, &a, &json, NULL) == rows[i].want);
		assert_row(rows[i].name, world_count(w, "POST " WORLD_TOKEN) == 0);
		world_free(&w);
	}
}

static void
test_userinfo__provider_without_the_endpoint_says_so(void **state)
{
	struct world *w = world_new();
	struct planted a = plant_alice(w, 3600);
	char *json = NULL;

	(void)state;
	world_answer(w, WORLD_METADATA, 200,
		     "{\"issuer\":\"" WORLD_ISSUER "\",\"authorization_endpoint\":\"" WORLD_ISSUER
		     "/a\",\"token_endpoint\":\"" WORLD_TOKEN "\"}");
	assert_int_equal(ask(w, &a, &json, NULL), BELGO_ENOTFOUND);
	world_free(&w);
}

static void
test_userinfo__what_comes_before_may_fail_too(void **state)
{
	struct world *w = world_new();
	struct planted a = plant_alice(w, 3600), unknown = {.subject = "x"},
		       lost = {.subject = "l", .provider = "gone"};
	char *json = NULL;

	(void)state;
	planted_name(&unknown);
	lost.expires_at = WORLD_NOW + 3600;
	plant(w, &lost);
	assert_int_equal(ask(w, &unknown, &json, NULL), BELGO_ENOTFOUND);
	assert_int_equal(ask(w, &lost, &json, NULL), BELGO_ENOTFOUND);
	world_no_answer(w, WORLD_METADATA, BELGO_EUNAVAILABLE);
	assert_int_equal(ask(w, &a, &json, NULL), BELGO_EUNAVAILABLE);
	world_free(&w);
}

static void
test_userinfo__account_without_openid_compares_no_subject(void **state)
{
	struct world *w = provider_up();
	struct planted a = {.is_oauth = 1, .expires_at = WORLD_NOW + 3600};
	char *json = NULL;

	(void)state;
	plant(w, &a);
	world_answer(w, WORLD_USERINFO, 200, "{\"id\":42}");
	assert_int_equal(ask(w, &a, &json, NULL), BELGO_OK);
	assert_string_equal(json, "{\"id\":42}");
	free(json);
	world_free(&w);
}

static void
test_userinfo__key_is_checked(void **state)
{
	struct world *w = world_new();
	struct belgo_op *op = NULL;

	(void)state;
	assert_int_equal(belgo_userinfo_op(&op, world_client(w), "x", NULL), BELGO_EINVAL);
	assert_null(op);
	world_free(&w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_userinfo__answer_about_the_user_is_handed_out),
	    cmocka_unit_test(test_userinfo__answer_about_another_user_is_refused),
	    cmocka_unit_test(test_userinfo__signed_answer_is_believed_once_it_is_verified),
	    cmocka_unit_test(test_userinfo__weaker_signature_is_refused_of_a_fapi_account_alone),
	    cmocka_unit_test(test_userinfo__certificate_that_got_the_token_is_shown_with_it),
	    cmocka_unit_test(test_userinfo__damaged_client_is_told_of),
	    cmocka_unit_test(test_userinfo__token_that_ends_soon_is_refreshed_first),
	    cmocka_unit_test(test_userinfo__refused_token_is_refreshed_once),
	    cmocka_unit_test(test_userinfo__refresh_that_fails_ends_it),
	    cmocka_unit_test(test_userinfo__refused_token_without_refresh_token_needs_a_login),
	    cmocka_unit_test(test_userinfo__other_failures_are_not_tried_again),
	    cmocka_unit_test(test_userinfo__provider_without_the_endpoint_says_so),
	    cmocka_unit_test(test_userinfo__what_comes_before_may_fail_too),
	    cmocka_unit_test(test_userinfo__account_without_openid_compares_no_subject),
	    cmocka_unit_test(test_userinfo__key_is_checked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
