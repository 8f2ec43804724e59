/* A resource server's question, end to end: whose keys are asked for, how often, and what comes out. */
#include "fixture.h"

#include "harness/jose_make.h"

static const char *const audiences[] = {"https://api.example"};

static char *
token_by(struct world *w, int key, const char *kid, const char *more)
{
	char *payload = NULL, header[96], *token;
	long long now = (long long)(world_now_ms(w) / 1000);

	assert_true(asprintf(&payload,
			     "{\"iss\":\"" WORLD_ISSUER
			     "\",\"sub\":\"ada\",\"aud\":\"https://api.example\",\"client_id\":\"app\","
			     "\"jti\":\"" WORLD_SECRET "\",\"exp\":%lld,\"iat\":%lld%s}",
			     now + 300, now, more) > 0);
	(void)snprintf(header, sizeof(header), "{\"alg\":\"RS256\",\"typ\":\"at+jwt\",\"kid\":\"%s\"}", kid);
	token = jose_sign(jose_key("RSA-2048", key), "RS256", header, payload);
	free(payload);
	return token;
}

/* json may be NULL. */
static belgo_rc
verify_with(struct world *w, const char *jwks, const char *jwks_uri, char *token, char **json,
	    struct belgo_error *err)
{
	struct belgo_access_token_params params = {.provider = world_provider(w),
						   .token = token,
						   .audiences = audiences,
						   .n_audiences = 1,
						   .scope = "read",
						   .jwks = jwks,
						   .jwks_uri = jwks_uri};
	struct belgo_op *op = NULL;
	belgo_rc rc;

	assert_int_equal(belgo_access_token_verify_op(&op, world_client(w), &params, NULL), BELGO_OK);
	free(token); /* it was copied */
	rc = world_finish(op, err);
	assert_int_equal(rc == BELGO_OK, belgo_op_json(op) != NULL);
	if (json != NULL && rc == BELGO_OK)
		*json = strdup(belgo_op_json(op));
	belgo_op_free(&op);
	return rc;
}

static belgo_rc
verify(struct world *w, char *token, char **json, struct belgo_error *err)
{
	return verify_with(w, NULL, NULL, token, json, err);
}

static void
test_access_token__claims_of_a_good_token_are_handed_out(void **state)
{
	struct world *w = provider_up();
	char *json = NULL;

	(void)state;
	world_jwks(w);
	assert_int_equal(verify(w, token_by(w, 0, "k1", ",\"scope\":\"read\""), &json, NULL), BELGO_OK);
	assert_non_null(strstr(json, "\"sub\":\"ada\""));
	assert_null(strstr(world_log(w), WORLD_SECRET));
	free(json);
	world_free(&w);
}

static void
test_access_token__refusal_says_why_and_shows_nothing_of_the_token(void **state)
{
	struct world *w = provider_up();
	struct belgo_error err = {0};

	(void)state;
	world_jwks(w);
	assert_int_equal(verify(w, token_by(w, 0, "k1", ""), NULL, &err), BELGO_ECLAIM);
	assert_string_equal(err.oauth_error, "insufficient_scope");
	assert_string_equal(err.text, "the access token does not grant the scope \"read\"");
	world_free(&w);
}

static void
test_access_token__token_that_is_none_asks_nobody(void **state)
{
	struct world *w = provider_up();

	(void)state;
	assert_int_equal(verify(w, strdup("no.jwt"), NULL, NULL), BELGO_EPROTO);
	assert_int_equal(world_count(w, "GET " WORLD_METADATA), 0);
	assert_int_equal(world_count(w, "GET " WORLD_JWKS), 0);
	world_free(&w);
}

/* Whoever may send tokens may make up key ids. */
static void
test_access_token__made_up_key_ids_force_one_fetch_a_minute(void **state)
{
	struct world *w = world_new();
	char *set = world_key_set(0, "k1");

	(void)state;
	world_metadata(w, "");
	world_answer_always(w, WORLD_JWKS, 200, set);
	free(set);
	assert_int_equal(verify(w, token_by(w, 0, "k1", ",\"scope\":\"read\""), NULL, NULL), BELGO_OK);
	for (int i = 0; i < 5; i++)
		assert_int_equal(verify(w, token_by(w, 1, "made-up", ",\"scope\":\"read\""), NULL, NULL),
				 BELGO_ESIGNATURE);
	assert_int_equal(world_count(w, "GET " WORLD_JWKS), 2);
	world_free(&w);
}

static void
test_access_token__keys_that_are_not_to_be_had_refuse_nobody(void **state)
{
	struct world *w = world_new();

	(void)state;
	world_metadata(w, "");
	world_no_answer(w, WORLD_JWKS, BELGO_EUNAVAILABLE);
	assert_int_equal(verify(w, token_by(w, 0, "k1", ",\"scope\":\"read\""), NULL, NULL),
			 BELGO_EUNAVAILABLE);
	world_free(&w);
}

static void
test_access_token__issuer_token_and_audience_are_needed(void **state)
{
	struct world *w = world_new();
	const struct belgo_access_token_params rows[] = {
	    {.token = "x", .audiences = audiences, .n_audiences = 1},
	    {.provider = world_provider(w), .audiences = audiences, .n_audiences = 1},
	    {.provider = world_provider(w), .token = "x"},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		struct belgo_op *op = NULL;

		assert_int_equal(belgo_access_token_verify_op(&op, world_client(w), &rows[i], NULL),
				 BELGO_EINVAL);
		assert_null(op);
	}
	world_free(&w);
}

static void
test_access_token__keys_at_hand_are_the_only_ones_and_ask_nobody(void **state)
{
	struct world *w = world_new();
	char *set = world_key_set(0, "k1");
	struct belgo_error err = {0};

	(void)state;
	assert_int_equal(verify_with(w, set, NULL, token_by(w, 0, "k1", ",\"scope\":\"read\""), NULL, NULL),
			 BELGO_OK);
	assert_int_equal(verify_with(w, set, NULL, token_by(w, 1, "k2", ",\"scope\":\"read\""), NULL, &err),
			 BELGO_ESIGNATURE);
	assert_string_equal(err.text,
			    "the access token is signed with a key that is not in the given key set");
	assert_int_equal(verify_with(w, set, NULL, token_by(w, 1, "k1", ",\"scope\":\"read\""), NULL, NULL),
			 BELGO_ESIGNATURE);
	assert_int_equal(
	    verify_with(w, set, NULL, token_by(w, 0, "k1", ",\"iss\":\"https://other.example\""), NULL, NULL),
	    BELGO_EPROTO);
	assert_int_equal(world_count(w, "GET "), 0);
	free(set);
	world_free(&w);
}

static void
test_access_token__keys_at_a_named_url_need_no_metadata(void **state)
{
	struct world *w = world_new();

	(void)state;
	world_jwks(w);
	assert_int_equal(
	    verify_with(w, NULL, WORLD_JWKS, token_by(w, 0, "k1", ",\"scope\":\"read\""), NULL, NULL),
	    BELGO_OK);
	assert_int_equal(world_count(w, "GET " WORLD_JWKS), 1);
	assert_int_equal(world_count(w, "GET " WORLD_METADATA), 0);
	world_free(&w);
}

static void
test_access_token__unusable_keys_are_the_callers_mistake(void **state)
{
	static const struct {
		const char *jwks, *jwks_uri;
	} rows[] = {{"{\"keys\":[]}", WORLD_JWKS},
		    {"no JSON", NULL},
		    {"{}", NULL},
		    {NULL, "http://op.example/jwks"},
		    {NULL, "file:///etc/passwd"}};
	struct world *w = world_new();

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		struct belgo_access_token_params params = {.provider = world_provider(w),
							   .token = "x",
							   .audiences = audiences,
							   .n_audiences = 1,
							   .jwks = rows[i].jwks,
							   .jwks_uri = rows[i].jwks_uri};
		struct belgo_error err = {0};
		struct belgo_op *op = NULL;

		assert_int_equal(belgo_access_token_verify_op(&op, world_client(w), &params, &err),
				 BELGO_EINVAL);
		assert_int_equal(err.rc, BELGO_EINVAL);
		assert_null(op);
	}
	world_free(&w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_access_token__claims_of_a_good_token_are_handed_out),
	    cmocka_unit_test(test_access_token__refusal_says_why_and_shows_nothing_of_the_token),
	    cmocka_unit_test(test_access_token__token_that_is_none_asks_nobody),
	    cmocka_unit_test(test_access_token__made_up_key_ids_force_one_fetch_a_minute),
	    cmocka_unit_test(test_access_token__keys_that_are_not_to_be_had_refuse_nobody),
	    cmocka_unit_test(test_access_token__issuer_token_and_audience_are_needed),
	    cmocka_unit_test(test_access_token__keys_at_hand_are_the_only_ones_and_ask_nobody),
	    cmocka_unit_test(test_access_token__keys_at_a_named_url_need_no_metadata),
	    cmocka_unit_test(test_access_token__unusable_keys_are_the_callers_mistake),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
