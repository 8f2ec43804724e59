/* Introspection of an account's token: which token is sent how, and what is believed of the answer. */
#include "fixture.h"

#include "harness/jose_make.h"

#define INTROSPECT WORLD_ISSUER "/introspect"
#define ENDPOINT "\"introspection_endpoint\":\"" INTROSPECT "\","
#define SIGNED ENDPOINT "\"introspection_signing_alg_values_supported\":[\"RS256\"],"

static struct world *
introspecting(const char *members)
{
	struct world *w = world_new();

	world_metadata(w, members);
	world_jwks(w);
	return w;
}

static belgo_rc
ask(struct world *w, const struct planted *a, enum belgo_token_kind kind, char **json,
    struct belgo_error *err)
{
	struct belgo_op *op = NULL;
	belgo_rc rc;

	assert_int_equal(belgo_introspect_op(&op, world_client(w), a->key, kind, NULL), BELGO_OK);
	rc = world_finish(op, err);
	*json = belgo_op_json(op) == NULL ? NULL : strdup(belgo_op_json(op));
	belgo_op_free(&op);
	return rc;
}

/* Scripts a signed answer of that payload. */
static void
answer_signed(struct world *w, const char *payload)
{
	char *jwt =
	    jose_sign(jose_key("RSA-2048", 0), "RS256",
		      "{\"alg\":\"RS256\",\"kid\":\"k1\",\"typ\":\"token-introspection+jwt\"}", payload);

	world_answer(w, INTROSPECT, 200, jwt);
	world_answer_header(w, "content-type", "application/token-introspection+jwt");
	free(jwt);
}

/* An access token that is over is asked about as it is: no refresh, no lock, no write.
 * @spec RFC 7662 section 2.1 */
static void
test_introspect__sends_the_stored_token_as_it_is(void **state)
{
	struct world *w = introspecting(ENDPOINT);
	struct planted a = plant_alice(w, -100);
	char *json = NULL;

	(void)state;
	world_answer(w, INTROSPECT, 200, "{\"active\":false}");
	assert_int_equal(ask(w, &a, BELGO_ACCESS_TOKEN, &json, NULL), BELGO_OK);
	assert_string_equal(json, "{\"active\":false}");
	assert_string_equal(world_sent(w, INTROSPECT),
			    "token=" AT1 "&token_type_hint=access_token&client_id=" WORLD_CLIENT);
	assert_string_equal(world_journal(w), "get\nGET " WORLD_METADATA "\nget\nget\nPOST " INTROSPECT "\n");
	free(json);
	world_answer(w, INTROSPECT, 200, "{\"active\":true,\"x\":\"" RT1 "\"}");
	assert_int_equal(ask(w, &a, BELGO_REFRESH_TOKEN, &json, NULL), BELGO_OK);
	assert_string_equal(json, "{\"active\":true,\"x\":\"[...]\"}");
	assert_non_null(strstr(world_sent(w, INTROSPECT), "token=" RT1 "&token_type_hint=refresh_token"));
	free(json);
	world_free(&w);
}

/* @spec RFC 8414 section 2 (introspection_endpoint_auth_methods_supported) */
static void
test_introspect__client_says_who_it_is_as_at_the_token_endpoint_or_as_listed(void **state)
{
	static const struct {
		const char *members, *body;
		int has_header;
		belgo_rc want;
	} rows[] = {
	    {ENDPOINT, "client_secret=" CLIENT_SECRET, 0, BELGO_OK},
	    {ENDPOINT "\"introspection_endpoint_auth_methods_supported\":[\"client_secret_post\"],",
	     "client_secret=" CLIENT_SECRET, 0, BELGO_OK},
	    {ENDPOINT "\"introspection_endpoint_auth_methods_supported\":[\"client_secret_basic\"],",
	     "token_type_hint=access_token", 1, BELGO_OK},
	    {ENDPOINT "\"introspection_endpoint_auth_methods_supported\":[\"tls_client_auth\"],", NULL, 0,
	     BELGO_EPROTO},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		struct world *w = introspecting(rows[i].members);
		struct planted a = {.refresh_token = RT1, .auth_method = "client_secret_post"};
		struct belgo_op *op = NULL;
		char *json = NULL;

		plant(w, &a);
		assert_int_equal(belgo_client_secret_op(&op, world_client(w), WORLD_ISSUER, WORLD_CLIENT,
							CLIENT_SECRET, NULL),
				 BELGO_OK);
		assert_int_equal(world_run(op, NULL), BELGO_OK);
		world_answer(w, INTROSPECT, 200, "{\"active\":true}");
		assert_row(rows[i].members, ask(w, &a, BELGO_ACCESS_TOKEN, &json, NULL) == rows[i].want);
		assert_row(rows[i].members, (world_sent(w, INTROSPECT) == NULL) == (rows[i].body == NULL));
		if (rows[i].body != NULL) {
			assert_row(rows[i].members, strstr(world_sent(w, INTROSPECT), rows[i].body) != NULL);
			assert_row(rows[i].members,
				   (strstr(world_sent_headers(w, INTROSPECT), "Authorization: Basic ") !=
				    NULL) == rows[i].has_header);
		}
		free(json);
		world_free(&w);
	}
}

/* @spec RFC 9701 section 5 */
static void
test_introspect__signed_answer_is_believed_once_it_is_verified(void **state)
{
	static const struct {
		const char *name, *members, *payload;
		belgo_rc want;
	} rows[] = {
	    {"good", SIGNED,
	     "{\"iss\":\"" WORLD_ISSUER "\",\"aud\":\"" WORLD_CLIENT
	     "\",\"iat\":1800000000,\"token_introspection\":{\"active\":true}}",
	     BELGO_OK},
	    {"unasked, and good", ENDPOINT,
	     "{\"iss\":\"" WORLD_ISSUER "\",\"aud\":\"" WORLD_CLIENT
	     "\",\"iat\":1800000000,\"token_introspection\":{\"active\":true}}",
	     BELGO_OK},
	    {"another's", SIGNED,
	     "{\"iss\":\"" WORLD_ISSUER
	     "\",\"aud\":\"client-2\",\"iat\":1800000000,\"token_introspection\":{\"active\":true}}",
	     BELGO_ECLAIM},
	    {"of another issuer", SIGNED,
	     "{\"iss\":\"https://evil.example\",\"aud\":\"" WORLD_CLIENT
	     "\",\"iat\":1800000000,\"token_introspection\":{\"active\":true}}",
	     BELGO_EISSUER},
	    {"kept for a day", SIGNED,
	     "{\"iss\":\"" WORLD_ISSUER "\",\"aud\":\"" WORLD_CLIENT
	     "\",\"iat\":1799913600,\"token_introspection\":{\"active\":true}}",
	     BELGO_ECLAIM},
	    {"without the answer", SIGNED,
	     "{\"iss\":\"" WORLD_ISSUER "\",\"aud\":\"" WORLD_CLIENT "\",\"iat\":1800000000,\"active\":true}",
	     BELGO_EPROTO},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		struct world *w = introspecting(rows[i].members);
		struct planted a = plant_alice(w, 3600);
		char *json = NULL;

		answer_signed(w, rows[i].payload);
		assert_row(rows[i].name, ask(w, &a, BELGO_ACCESS_TOKEN, &json, NULL) == rows[i].want);
		assert_row(rows[i].name, (json != NULL) == (rows[i].want == BELGO_OK));
		if (json != NULL)
			assert_string_equal(json, "{\"active\":true}");
		free(json);
		world_free(&w);
	}
}

#define BOTH ENDPOINT "\"introspection_signing_alg_values_supported\":[\"RS256\",\"PS256\"],"
#define FAPI ",\"profile\":\"fapi2\""

/* @spec FAPI 2.0 Security Profile section 5.4.1 */
static void
test_introspect__weaker_signature_is_refused_of_a_fapi_account_alone(void **state)
{
	static const struct {
		const char *name, *login, *alg;
		belgo_rc want;
	} rows[] = {
	    {"held, PS256", FAPI, "PS256", BELGO_OK},
	    {"held, RS256", FAPI, "RS256", BELGO_ESIGNATURE},
	    {"not held, RS256", NULL, "RS256", BELGO_OK},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		struct world *w = introspecting(BOTH);
		struct planted a = {.login = rows[i].login};
		char header[96], *jwt, *json = NULL;

		(void)snprintf(header, sizeof(header),
			       "{\"alg\":\"%s\",\"kid\":\"k1\",\"typ\":\"token-introspection+jwt\"}",
			       rows[i].alg);
		jwt = jose_sign(jose_key("RSA-2048", 0), rows[i].alg, header,
				"{\"iss\":\"" WORLD_ISSUER "\",\"aud\":\"" WORLD_CLIENT
				"\",\"iat\":1800000000,\"token_introspection\":{\"active\":true}}");
		plant(w, &a);
		world_answer(w, INTROSPECT, 200, jwt);
		world_answer_header(w, "content-type", "application/token-introspection+jwt");
		assert_row(rows[i].name, ask(w, &a, BELGO_ACCESS_TOKEN, &json, NULL) == rows[i].want);
		assert_row(rows[i].name, (json != NULL) == (rows[i].want == BELGO_OK));
		free(json);
		free(jwt);
		world_free(&w);
	}
}

static void
test_introspect__signed_answer_by_a_key_that_is_not_published_is_refused(void **state)
{
	struct world *w = introspecting(SIGNED);
	struct planted a = plant_alice(w, 3600);
	char *jwt = jose_sign(jose_key("RSA-2048", 1), "RS256",
			      "{\"alg\":\"RS256\",\"kid\":\"k2\",\"typ\":\"token-introspection+jwt\"}",
			      "{\"iss\":\"" WORLD_ISSUER "\",\"aud\":\"" WORLD_CLIENT
			      "\",\"iat\":1800000000,\"token_introspection\":{\"active\":true}}");
	struct belgo_error err = {0};
	char *json = NULL;

	(void)state;
	world_answer(w, INTROSPECT, 200, jwt);
	world_answer_header(w, "content-type", "application/token-introspection+jwt");
	assert_int_equal(ask(w, &a, BELGO_ACCESS_TOKEN, &json, &err), BELGO_ESIGNATURE);
	assert_string_equal(err.text, "the introspection answer is signed with a key that " WORLD_ISSUER
				      " does not publish");
	assert_null(json);
	free(jwt);
	world_free(&w);
}

static void
test_introspect__what_it_cannot_do_it_says(void **state)
{
	static const struct {
		const char *name, *members;
		const char *refresh_token;
		int status;
		const char *body;
		enum belgo_token_kind kind;
		belgo_rc want;
	} rows[] = {
	    {"no endpoint", "", RT1, 200, "{\"active\":true}", BELGO_ACCESS_TOKEN, BELGO_ENOTFOUND},
	    {"no such token", ENDPOINT, NULL, 200, "{\"active\":true}", BELGO_REFRESH_TOKEN, BELGO_ELOGIN},
	    {"refused", ENDPOINT, RT1, 401, "{\"error\":\"invalid_client\"}", BELGO_ACCESS_TOKEN,
	     BELGO_EDENIED},
	    {"down", ENDPOINT, RT1, 503, "", BELGO_ACCESS_TOKEN, BELGO_EUNAVAILABLE},
	    {"nonsense", ENDPOINT, RT1, 200, "{\"active\":1}", BELGO_ACCESS_TOKEN, BELGO_EPROTO},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		struct world *w = introspecting(rows[i].members);
		struct planted a = {.refresh_token = rows[i].refresh_token};
		char *json = NULL;

		plant(w, &a);
		world_answer(w, INTROSPECT, rows[i].status, rows[i].body);
		assert_row(rows[i].name, ask(w, &a, rows[i].kind, &json, NULL) == rows[i].want);
		assert_row(rows[i].name, json == NULL);
		world_free(&w);
	}
}

static void
test_introspect__key_and_kind_are_checked(void **state)
{
	struct world *w = world_new();
	struct planted a = plant_alice(w, 60);
	struct belgo_op *op = NULL;

	(void)state;
	assert_int_equal(belgo_introspect_op(&op, world_client(w), "x", BELGO_ACCESS_TOKEN, NULL),
			 BELGO_EINVAL);
	assert_int_equal(belgo_introspect_op(&op, world_client(w), a.key, (enum belgo_token_kind)7, NULL),
			 BELGO_EINVAL);
	assert_null(op);
	world_free(&w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_introspect__sends_the_stored_token_as_it_is),
	    cmocka_unit_test(test_introspect__client_says_who_it_is_as_at_the_token_endpoint_or_as_listed),
	    cmocka_unit_test(test_introspect__signed_answer_is_believed_once_it_is_verified),
	    cmocka_unit_test(test_introspect__weaker_signature_is_refused_of_a_fapi_account_alone),
	    cmocka_unit_test(test_introspect__signed_answer_by_a_key_that_is_not_published_is_refused),
	    cmocka_unit_test(test_introspect__what_it_cannot_do_it_says),
	    cmocka_unit_test(test_introspect__key_and_kind_are_checked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
