/* A client's private key: kept, made, removed, and what is signed with it at each endpoint. */
#include "fixture.h"

#include "harness/jose_make.h"

#define JWT_METHODS                                                                                          \
	"\"token_endpoint_auth_methods_supported\":[\"private_key_jwt\",\"client_secret_jwt\"],"             \
	"\"token_endpoint_auth_signing_alg_values_supported\":[\"ES256\",\"HS256\"],"
#define LONG_SECRET CLIENT_SECRET ".0123456789abcdef0123456789abcdef"

static char record_key[80];

static const char *
stored(const struct world *w)
{
	char id[65];

	assert_int_equal(bg_client_key(id, WORLD_ISSUER, WORLD_CLIENT), BELGO_OK);
	(void)snprintf(record_key, sizeof(record_key), "client/%s", id);
	return world_store_value(w, record_key);
}

/* json: what the operation hands out, malloc'd, or NULL. */
static belgo_rc
finish(struct belgo_op *op, char **json)
{
	belgo_rc rc = world_finish(op, NULL);

	if (json != NULL)
		*json = belgo_op_json(op) != NULL ? strdup(belgo_op_json(op)) : NULL;
	belgo_op_free(&op);
	return rc;
}

static belgo_rc
keep_key(struct world *w, const char *key, char **json)
{
	struct belgo_op *op = NULL;

	BG_TRY(belgo_client_key_op(&op, world_client(w), WORLD_ISSUER, WORLD_CLIENT, key, NULL));
	return finish(op, json);
}

static belgo_rc
keep_secret(struct world *w, const char *secret)
{
	struct belgo_op *op = NULL;

	BG_TRY(belgo_client_secret_op(&op, world_client(w), WORLD_ISSUER, WORLD_CLIENT, secret, NULL));
	return finish(op, NULL);
}

static struct world *
client_with_key(void)
{
	struct world *w = world_new();
	char *jwk = jose_private_jwk(jose_key("P-256", 0), "\"kid\":\"k1\"");

	world_metadata(w, JWT_METHODS);
	world_jwks(w);
	assert_int_equal(keep_key(w, jwk, NULL), BELGO_OK);
	free(jwk);
	return w;
}

/* The assertion in a body; malloc'd. */
static char *
assertion_in(const char *body)
{
	static const char name[] = "&client_assertion=";
	const char *at;

	assert_non_null(body);
	assert_non_null(strstr(body, "client_id=" WORLD_CLIENT "&client_assertion_type="
				     "urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer"));
	assert_null(strstr(body, "client_secret="));
	at = strstr(body, name);
	assert_non_null(at);
	at += strlen(name);
	return strndup(at, strcspn(at, "&"));
}

/* Made just now for the issuer, and by that key. Returns its jti, malloc'd. */
static char *
check_assertion(const struct world *w, const char *url)
{
	char *jwt = assertion_in(world_sent(w, url)), *text = jose_segment(jwt, 1), *jti;
	json_t *claims = json_loads(text, 0, NULL);

	assert_string_equal(json_string_value(json_object_get(claims, "iss")), WORLD_CLIENT);
	assert_string_equal(json_string_value(json_object_get(claims, "sub")), WORLD_CLIENT);
	assert_string_equal(json_string_value(json_object_get(claims, "aud")), WORLD_ISSUER);
	assert_int_equal(json_integer_value(json_object_get(claims, "iat")), world_now_ms(w) / 1000);
	assert_int_equal(json_integer_value(json_object_get(claims, "exp")), world_now_ms(w) / 1000 + 60);
	assert_true(jose_is_signed(jose_key("P-256", 0), "ES256", jwt));
	jti = strdup(json_string_value(json_object_get(claims, "jti")));
	assert_int_equal(strlen(jti), 43);
	json_decref(claims);
	free(text);
	free(jwt);
	return jti;
}

/* @spec RFC 7523 section 2.2; OpenID Connect Core section 9 (jti) */
static void
test_client_key__login_refresh_and_revocation_are_signed_each_anew(void **state)
{
	struct world *w = client_with_key();
	struct belgo_login_params params = login_params(w);
	struct belgo_op *op;
	struct planted a = {0};
	const struct belgo_token_params now = {.mode = BELGO_REFRESH_NOW};
	char *first, *second, *third, *token;

	(void)state;
	answer_login(w, "alice", RT1, "", "");
	op = login_of(w, &params);
	world_drive_until(w, op, "listen");
	world_advance(w, 100); /* the user takes a while: the assertion is made when it is needed */
	world_redirect(w, "code=" CODE "&state={state}");
	assert_int_equal(world_run(op, NULL), BELGO_OK);
	first = check_assertion(w, WORLD_TOKEN);

	planted_name(&a);
	world_advance(w, 7200);
	answer_token(w, AT2, RT2, NULL);
	assert_int_equal(get_token(w, &a, &now, &token, NULL), BELGO_OK);
	free(token);
	second = check_assertion(w, WORLD_TOKEN);

	world_answer(w, WORLD_REVOKE, 200, "");
	assert_int_equal(belgo_logout_op(&op, world_client(w), a.key, NULL), BELGO_OK);
	assert_int_equal(world_run(op, NULL), BELGO_OK);
	third = check_assertion(w, WORLD_REVOKE);
	assert_string_not_equal(first, second);
	assert_string_not_equal(second, third);
	free(third);
	free(second);
	free(first);
	world_free(&w);
}

/* @spec RFC 8628 sections 3.1 and 3.4: the client authenticates as at the token endpoint */
static void
test_client_key__device_codes_and_each_question_are_signed(void **state)
{
	static const char device[] = WORLD_ISSUER "/device";
	struct world *w = client_with_key();
	struct belgo_login_params params = login_params(w);
	struct belgo_op *op = NULL;
	char *asked, *polled;

	(void)state;
	world_metadata(w, JWT_METHODS "\"device_authorization_endpoint\":\"" WORLD_ISSUER "/device\",");
	world_answer(w, device, 200,
		     "{\"device_code\":\"dc." WORLD_SECRET "\",\"user_code\":\"U\",\"expires_in\":600,"
		     "\"verification_uri\":\"" WORLD_ISSUER "/d\"}");
	world_answer(w, WORLD_TOKEN, 400, "{\"error\":\"authorization_pending\"}");
	answer_token(w, AT1, RT1, id_token_of(w, "alice", ",\"email\":\"alice@op.example\""));
	assert_int_equal(belgo_device_login_op(&op, world_client(w), &params, NULL), BELGO_OK);
	assert_int_equal(world_drive(w, op, NULL), BELGO_OK);
	assert_int_equal(world_count(w, "POST " WORLD_TOKEN), 2);
	asked = check_assertion(w, device);
	polled = check_assertion(w, WORLD_TOKEN);
	assert_string_not_equal(asked, polled);
	free(polled);
	free(asked);
	belgo_op_free(&op);
	world_free(&w);
}

static struct planted
plant_expired(struct world *w, const char *method)
{
	struct planted a = {.refresh_token = RT1, .expires_at = WORLD_NOW - 1, .auth_method = method};

	plant(w, &a);
	return a;
}

static void
test_client_key__secret_signs_too(void **state)
{
	struct world *w = world_new();
	struct planted a = plant_expired(w, "client_secret_jwt");
	char *jwt;

	(void)state;
	world_metadata(w, JWT_METHODS);
	assert_int_equal(keep_secret(w, LONG_SECRET), BELGO_OK);
	answer_token(w, AT2, RT2, NULL);
	assert_int_equal(get_token_rc(w, &a, NULL), BELGO_OK);
	jwt = assertion_in(world_sent(w, WORLD_TOKEN));
	assert_true(jose_is_hmac("HS256", LONG_SECRET, strlen(LONG_SECRET), jwt));
	free(jwt);
	world_free(&w);
}

/* What cannot be signed is known before the refresh token is spent. */
static void
test_client_key__nothing_is_spent_where_nothing_can_be_signed(void **state)
{
	static const struct {
		const char *name;
		const char *method;
		const char *secret;
		const char *metadata;
		belgo_rc want;
	} rows[] = {
	    {"short secret", "client_secret_jwt", "short", JWT_METHODS, BELGO_EINVAL},
	    {"no algorithm in common", "private_key_jwt", NULL,
	     "\"token_endpoint_auth_signing_alg_values_supported\":[\"RS256\"],", BELGO_EPROTO},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		struct world *w = client_with_key();
		struct planted a = plant_expired(w, rows[i].method);

		world_metadata(w, rows[i].metadata);
		if (rows[i].secret != NULL)
			assert_int_equal(keep_secret(w, rows[i].secret), BELGO_OK);
		assert_row(rows[i].name, get_token_rc(w, &a, NULL) == rows[i].want);
		assert_row(rows[i].name, world_count(w, "POST " WORLD_TOKEN) == 0);
		assert_row(rows[i].name, stored_has(w, &a, RT1));
		world_free(&w);
	}
}

static void
test_client_key__without_entropy_nothing_is_sent(void **state)
{
	struct world *w = client_with_key();
	struct planted a = plant_expired(w, "private_key_jwt");

	(void)state;
	world_spend_entropy(w);
	assert_int_not_equal(get_token_rc(w, &a, NULL), BELGO_OK);
	assert_int_equal(world_count(w, "POST " WORLD_TOKEN), 0);
	world_free(&w);
}

static void
test_client_key__damaged_in_the_store_stops_a_refresh(void **state)
{
	struct world *w = client_with_key();
	struct planted a = plant_expired(w, "private_key_jwt");

	(void)state;
	assert_non_null(stored(w));
	world_store_set(w, record_key, "{\"version\":1,\"private_key\":\"{}\"}");
	assert_int_not_equal(get_token_rc(w, &a, NULL), BELGO_OK);
	assert_int_equal(world_count(w, "POST " WORLD_TOKEN), 0);
	world_free(&w);
}

static void
test_client_key__that_came_after_the_login_is_used(void **state)
{
	struct world *w = client_with_key();
	struct planted a = plant_expired(w, NULL);

	(void)state;
	answer_token(w, AT2, RT2, NULL);
	assert_int_equal(get_token_rc(w, &a, NULL), BELGO_OK);
	free(check_assertion(w, WORLD_TOKEN));
	world_free(&w);
}

static void
test_client_key__secret_and_key_stand_beside_each_other(void **state)
{
	struct world *w = client_with_key();

	(void)state;
	assert_int_equal(keep_secret(w, CLIENT_SECRET), BELGO_OK);
	assert_non_null(strstr(stored(w), CLIENT_SECRET));
	assert_non_null(strstr(stored(w), "private_key"));
	assert_int_equal(keep_key(w, NULL, NULL), BELGO_OK);
	assert_non_null(strstr(stored(w), CLIENT_SECRET));
	assert_null(strstr(stored(w), "private_key"));
	assert_int_equal(keep_secret(w, NULL), BELGO_OK);
	assert_null(stored(w));
	assert_int_equal(keep_key(w, NULL, NULL), BELGO_OK);
	world_free(&w);
}

/* What cannot be read may hold the other half. */
static void
test_client_key__record_that_cannot_be_read_is_not_written_over(void **state)
{
	static const struct {
		const char *name;
		const char *value;
		belgo_rc set, removed;
	} rows[] = {
	    {"damaged", "x", BELGO_ESTORE, BELGO_OK},
	    {"of a newer version", "{\"version\":2}", BELGO_EVERSION, BELGO_EVERSION},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		struct world *w = client_with_key();

		assert_non_null(stored(w));
		world_store_set(w, record_key, rows[i].value);
		assert_row(rows[i].name, keep_secret(w, CLIENT_SECRET) == rows[i].set);
		assert_string_equal(stored(w), rows[i].value);
		assert_row(rows[i].name, keep_secret(w, NULL) == rows[i].removed);
		assert_row(rows[i].name, (stored(w) == NULL) == (rows[i].removed == BELGO_OK));
		world_free(&w);
	}
}

static void
test_client_key__public_half_is_handed_out(void **state)
{
	struct world *w = world_new();
	char *jwk = jose_private_jwk(jose_key("Ed25519", 0), "\"kid\":\"k\"");
	char *x = jose_jwk_number(jose_key("Ed25519", 0), "x"), *json = NULL;
	json_t *set, *half;

	(void)state;
	assert_int_equal(keep_key(w, jwk, &json), BELGO_OK);
	set = json_loads(json, 0, NULL);
	half = json_array_get(json_object_get(set, "keys"), 0);
	assert_int_equal(json_object_size(half), 5);
	assert_string_equal(json_string_value(json_object_get(half, "kid")), "k");
	assert_string_equal(json_string_value(json_object_get(half, "use")), "sig");
	assert_string_equal(json_string_value(json_object_get(half, "x")), x);
	json_decref(set);
	free(json);
	assert_int_equal(keep_key(w, NULL, &json), BELGO_OK);
	assert_null(json);
	free(x);
	free(jwk);
	world_free(&w);
}

static void
test_client_key__fresh_one_signs_the_next_refresh(void **state)
{
	struct world *w = world_new();
	struct planted a = plant_expired(w, "private_key_jwt");
	struct belgo_op *op = NULL;
	char *json = NULL, *jwt, *header, *kid = NULL;

	(void)state;
	world_metadata(w, JWT_METHODS);
	assert_int_equal(
	    belgo_client_key_generate_op(&op, world_client(w), WORLD_ISSUER, WORLD_CLIENT, NULL, NULL),
	    BELGO_OK);
	assert_int_equal(finish(op, &json), BELGO_OK);
	assert_null(strstr(json, "\"d\""));
	answer_token(w, AT2, RT2, NULL);
	assert_int_equal(get_token_rc(w, &a, NULL), BELGO_OK);
	jwt = assertion_in(world_sent(w, WORLD_TOKEN));
	header = jose_segment(jwt, 0);
	kid = strstr(header, "\"kid\":\"");
	assert_non_null(kid);
	kid = strndup(kid + 7, 43);
	assert_non_null(strstr(json, kid));
	free(kid);
	free(header);
	free(jwt);
	free(json);
	world_free(&w);
}

static void
test_client_key__only_keys_that_sign_make_an_operation(void **state)
{
	struct world *w = world_new();
	char *weak = jose_private_jwk(jose_key("RSA-1024", 0), NULL),
	     *pub = jose_jwk(jose_key("P-256", 0), NULL);
	const char *const rows[] = {"", "x", "{}", weak, pub};
	struct belgo_op *op = NULL;

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++)
		assert_row(rows[i], belgo_client_key_op(&op, world_client(w), WORLD_ISSUER, WORLD_CLIENT,
							rows[i], NULL) == BELGO_EINVAL);
	assert_int_equal(belgo_client_key_op(&op, world_client(w), NULL, WORLD_CLIENT, NULL, NULL),
			 BELGO_EINVAL);
	assert_int_equal(belgo_client_key_op(&op, world_client(w), WORLD_ISSUER, NULL, NULL, NULL),
			 BELGO_EINVAL);
	assert_int_equal(
	    belgo_client_key_generate_op(&op, world_client(w), WORLD_ISSUER, WORLD_CLIENT, "RS256", NULL),
	    BELGO_EINVAL);
	assert_null(op);
	free(pub);
	free(weak);
	world_free(&w);
}

/* @spec RFC 9101 section 4, section 5, section 10.5 */
static void
test_client_key__requests_are_signed_where_asked_or_required(void **state)
{
	static const struct {
		const char *name, *metadata;
		enum belgo_jar_mode jar;
		int is_signed;
	} rows[] = {
	    {"asked", JWT_METHODS, BELGO_JAR_ALWAYS, 1},
	    {"required", JWT_METHODS "\"require_signed_request_object\":true,", BELGO_JAR_AUTO, 1},
	    {"neither", JWT_METHODS "\"require_signed_request_object\":false,", BELGO_JAR_AUTO, 0},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		struct world *w = client_with_key();
		struct belgo_login_params params = login_params(w);
		char *expected = world_foretell(w, 1), redirect[256], *payload = NULL;
		BG_AUTO(bg_json_free) json_t *claims = NULL;
		BG_AUTO(bg_str_free) char *request = NULL;

		world_metadata(w, rows[i].metadata);
		params.jar = rows[i].jar;
		answer_login(w, "alice", RT1, "", "");
		(void)snprintf(redirect, sizeof(redirect), "code=" CODE "&state=%s", expected);
		world_redirect(w, redirect);
		assert_row(rows[i].name, world_run(login_of(w, &params), NULL) == BELGO_OK);
		request = bg_strdup(world_url_param(w, "request"));
		assert_row(rows[i].name, (request != NULL) == rows[i].is_signed);
		assert_row(rows[i].name, (world_url_param(w, "state") == NULL) == rows[i].is_signed);
		if (request != NULL) {
			assert_true(jose_is_signed(jose_key("P-256", 0), "ES256", request));
			payload = jose_segment(request, 1);
			claims = json_loads(payload, 0, NULL);
			assert_string_equal(json_string_value(json_object_get(claims, "state")), expected);
			assert_string_equal(json_string_value(json_object_get(claims, "aud")), WORLD_ISSUER);
		}
		free(payload);
		free(expected);
		world_free(&w);
	}
}

static void
test_client_key__request_that_cannot_be_signed_is_not_sent(void **state)
{
	struct world *with_key = client_with_key(), *without = provider_up();
	struct belgo_login_params params = login_params(with_key), bare = login_params(without);

	(void)state;
	world_metadata(with_key, JWT_METHODS
		       "\"request_object_signing_alg_values_supported\":[\"none\",\"HS256\",\"RS256\"],");
	params.jar = bare.jar = BELGO_JAR_ALWAYS;
	assert_int_equal(world_run(login_of(with_key, &params), NULL), BELGO_EPROTO);
	assert_int_equal(world_count(with_key, "prompt"), 0);
	assert_int_equal(world_run(login_of(without, &bare), NULL), BELGO_ENOCLIENT);
	assert_int_equal(world_count(without, "prompt"), 0);
	world_free(&with_key);
	world_free(&without);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_client_key__login_refresh_and_revocation_are_signed_each_anew),
	    cmocka_unit_test(test_client_key__device_codes_and_each_question_are_signed),
	    cmocka_unit_test(test_client_key__secret_signs_too),
	    cmocka_unit_test(test_client_key__nothing_is_spent_where_nothing_can_be_signed),
	    cmocka_unit_test(test_client_key__without_entropy_nothing_is_sent),
	    cmocka_unit_test(test_client_key__damaged_in_the_store_stops_a_refresh),
	    cmocka_unit_test(test_client_key__that_came_after_the_login_is_used),
	    cmocka_unit_test(test_client_key__secret_and_key_stand_beside_each_other),
	    cmocka_unit_test(test_client_key__record_that_cannot_be_read_is_not_written_over),
	    cmocka_unit_test(test_client_key__public_half_is_handed_out),
	    cmocka_unit_test(test_client_key__fresh_one_signs_the_next_refresh),
	    cmocka_unit_test(test_client_key__only_keys_that_sign_make_an_operation),
	    cmocka_unit_test(test_client_key__requests_are_signed_where_asked_or_required),
	    cmocka_unit_test(test_client_key__request_that_cannot_be_signed_is_not_sent),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
