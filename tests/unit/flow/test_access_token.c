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

/* Takes op. json may be NULL. */
static belgo_rc
finish(struct belgo_op *op, char **json, struct belgo_error *err)
{
	belgo_rc rc = world_finish(op, err);

	assert_int_equal(rc == BELGO_OK, belgo_op_json(op) != NULL);
	if (json != NULL && rc == BELGO_OK)
		*json = strdup(belgo_op_json(op));
	belgo_op_free(&op);
	return rc;
}

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

	assert_int_equal(belgo_access_token_verify_op(&op, world_client(w), &params, NULL), BELGO_OK);
	free(token); /* it was copied */
	return finish(op, json, err);
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
/* RS256 signs here. @spec RFC 8725 section 3.1 */
static void
test_access_token__algorithm_that_is_not_listed_asks_nobody(void **state)
{
	static const char *const ps256[] = {"PS256"}, *const both[] = {"PS256", "RS256"};
	struct world *w = provider_up();
	char *token = token_by(w, 0, "k1", "");
	struct belgo_access_token_params params = {
	    .provider = world_provider(w), .token = token, .audiences = audiences, .n_audiences = 1};
	struct belgo_error err = {0};
	struct belgo_op *op = NULL;

	(void)state;
	world_jwks(w);
	params.algs = ps256;
	params.n_algs = 1;
	assert_int_equal(belgo_access_token_verify_op(&op, world_client(w), &params, NULL), BELGO_OK);
	assert_int_equal(finish(op, NULL, &err), BELGO_ESIGNATURE);
	assert_string_equal(err.text, "the access token is signed with RS256, which is not accepted here");
	assert_int_equal(world_count(w, "GET " WORLD_METADATA), 0);
	params.algs = both;
	params.n_algs = 2;
	assert_int_equal(belgo_access_token_verify_op(&op, world_client(w), &params, NULL), BELGO_OK);
	assert_int_equal(finish(op, NULL, NULL), BELGO_OK);
	free(token);
	world_free(&w);
}

static void
test_access_token__algorithms_are_those_of_public_keys(void **state)
{
	static const char *const rows[] = {"none", "HS256", "HS512", "es256", "RS1", "", NULL};
	struct world *w = world_new();

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		const char *algs[] = {"ES256", rows[i]};
		struct belgo_access_token_params params = {.provider = world_provider(w),
							   .token = "x",
							   .audiences = audiences,
							   .n_audiences = 1,
							   .algs = algs,
							   .n_algs = 2};
		struct belgo_op *op = NULL;

		assert_int_equal(belgo_access_token_verify_op(&op, world_client(w), &params, NULL),
				 BELGO_EINVAL);
		params.n_algs = 1;
		params.introspect_as = "api-server";
		assert_int_equal(belgo_access_token_verify_op(&op, world_client(w), &params, NULL),
				 BELGO_EINVAL);
		assert_null(op);
	}
	world_free(&w);
}

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
	static const char *const hole[] = {"https://api.example", NULL};
	struct world *w = world_new();
	const struct belgo_access_token_params rows[] = {
	    {.provider = world_provider(w), .token = "x", .audiences = hole, .n_audiences = 2},
	    {.provider = world_provider(w), .token = "x", .n_audiences = 1},
	    {.provider = world_provider(w), .token = "x", .introspect_as = ""},
	    {.provider = world_provider(w),
	     .token = "x",
	     .audiences = audiences,
	     .n_audiences = 1,
	     .client_ids = hole,
	     .n_client_ids = 2},
	    {.provider = world_provider(w),
	     .token = "x",
	     .audiences = audiences,
	     .n_audiences = 1,
	     .profile = (enum belgo_access_token_profile)9},
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

#define INTROSPECT WORLD_ISSUER "/introspect"
#define SERVER "api-server"

static struct world *
introspecting(const char *members)
{
	struct world *w = world_new();
	char all[256];

	(void)snprintf(all, sizeof(all), "\"introspection_endpoint\":\"" INTROSPECT "\",%s", members);
	world_metadata(w, all);
	world_jwks(w);
	return w;
}

/* With and without the secret, and for no name of this server where is_for_anybody. */
static belgo_rc
ask(struct world *w, const char *token, const char *secret, int is_for_anybody, char **json,
    struct belgo_error *err)
{
	struct belgo_access_token_params params = {.provider = world_provider(w),
						   .token = token,
						   .audiences = audiences,
						   .n_audiences = is_for_anybody ? 0 : 1,
						   .scope = "read",
						   .introspect_as = SERVER,
						   .client_secret = secret};
	struct belgo_op *op = NULL;

	assert_int_equal(belgo_access_token_verify_op(&op, world_client(w), &params, NULL), BELGO_OK);
	return finish(op, json, err);
}

/* @spec RFC 7662 section 2.1, 2.2 */
static void
test_access_token__issuer_is_asked_by_the_server_that_was_shown_it(void **state)
{
	struct world *w = introspecting("");
	char *json = NULL;

	(void)state;
	world_params(w)->store = NULL; /* a resource server has none */
	world_restart(w);
	world_answer(w, INTROSPECT, 200,
		     "{\"active\":true,\"sub\":\"ada\",\"aud\":\"https://"
		     "api.example\",\"scope\":\"read\",\"echo\":\"" AT1 "\"}");
	assert_int_equal(ask(w, AT1, CLIENT_SECRET, 0, &json, NULL), BELGO_OK);
	assert_string_equal(json, "{\"active\":true,\"sub\":\"ada\",\"aud\":\"https://api.example\","
				  "\"scope\":\"read\",\"echo\":\"[...]\"}");
	assert_string_equal(world_sent(w, INTROSPECT), "token=" AT1 "&token_type_hint=access_token");
	assert_non_null(strstr(world_sent_headers(w, INTROSPECT), "Authorization: Basic "));
	assert_null(strstr(world_log(w), WORLD_SECRET));
	free(json);
	world_free(&w);
}

static void
test_access_token__issuers_answer_refuses(void **state)
{
	static const struct {
		const char *answer, *text;
		belgo_rc want;
	} rows[] = {
	    {"{\"active\":false}", "the access token is not active, as " WORLD_ISSUER " says", BELGO_ECLAIM},
	    {"{\"active\":true,\"scope\":\"read\"}",
	     "the access token is not meant for this resource server (aud)", BELGO_ECLAIM},
	    {"{\"active\":true,\"scope\":\"read\",\"aud\":\"https://other.example\"}",
	     "the access token is not meant for this resource server (aud)", BELGO_ECLAIM},
	    {"{\"active\":true,\"aud\":\"https://api.example\"}",
	     "the access token does not grant the scope \"read\"", BELGO_ECLAIM},
	    {"{\"active\":true,\"aud\":\"https://api.example\",\"scope\":\"read\",\"iss\":\"https://" AT1
	     "\"}",
	     "the access token is of another issuer (iss), as " WORLD_ISSUER " says", BELGO_EISSUER},
	    {"{\"active\":\"true\"}", "introspection endpoint: \"active\" is neither true nor false",
	     BELGO_EPROTO},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		struct world *w = introspecting("");
		struct belgo_error err = {0};

		world_answer(w, INTROSPECT, 200, rows[i].answer);
		assert_row(rows[i].answer, ask(w, AT1, CLIENT_SECRET, 0, NULL, &err) == rows[i].want);
		assert_string_equal(err.text, rows[i].text);
		world_free(&w);
	}
}

/* The token is its sender's choice: a piece of an answer that is cut out for it has been judged. */
static void
test_access_token__answer_is_judged_as_it_came(void **state)
{
	struct world *w = introspecting("");

	(void)state;
	world_answer_always(
	    w, INTROSPECT, 200,
	    "{\"active\":true,\"aud\":\"https://api.example\",\"scope\":\"read\",\"typ\":\"Refresh\"}");
	assert_int_equal(ask(w, "typ", CLIENT_SECRET, 0, NULL, NULL), BELGO_ECLAIM);
	assert_int_equal(ask(w, "Refresh", CLIENT_SECRET, 0, NULL, NULL), BELGO_ECLAIM);
	world_free(&w);
}

/* @spec RFC 7662 section 4: an issuer that knows who asks judges whether the token is for it */
static void
test_access_token__audience_may_be_left_to_the_issuer_that_is_asked(void **state)
{
	struct world *w = introspecting("");

	(void)state;
	world_answer_always(w, INTROSPECT, 200,
			    "{\"active\":true,\"token_type\":\"Bearer\",\"scope\":\"read\"}");
	assert_int_equal(ask(w, AT1, CLIENT_SECRET, 1, NULL, NULL), BELGO_OK);
	assert_int_equal(ask(w, AT1, CLIENT_SECRET, 0, NULL, NULL), BELGO_ECLAIM);
	world_free(&w);
}

/* What the store has of the client is used where no secret is given; without either the client has none. */
static void
test_access_token__server_proves_itself_by_what_the_store_has_of_it(void **state)
{
	struct world *w = introspecting("\"introspection_endpoint_auth_methods_supported\":"
					"[\"client_secret_post\"],");
	struct belgo_op *op = NULL;

	(void)state;
	assert_int_equal(
	    belgo_client_secret_op(&op, world_client(w), WORLD_ISSUER, SERVER, CLIENT_SECRET, NULL),
	    BELGO_OK);
	assert_int_equal(world_run(op, NULL), BELGO_OK);
	world_answer(w, INTROSPECT, 200, "{\"active\":true,\"token_type\":\"Bearer\",\"scope\":\"read\"}");
	assert_int_equal(ask(w, AT1, NULL, 1, NULL, NULL), BELGO_OK);
	assert_non_null(strstr(world_sent(w, INTROSPECT), "client_id=" SERVER "&client_secret=cs."));
	world_free(&w);
}

static void
test_access_token__server_proves_itself_by_the_method_that_it_names(void **state)
{
	struct world *w = introspecting("");
	struct belgo_access_token_params params = {.provider = world_provider(w),
						   .token = AT1,
						   .introspect_as = SERVER,
						   .client_secret = CLIENT_SECRET,
						   .token_endpoint_auth_method = "client_secret_post"};
	struct belgo_op *op = NULL;

	(void)state;
	world_answer(w, INTROSPECT, 200, "{\"active\":true,\"token_type\":\"Bearer\"}");
	assert_int_equal(belgo_access_token_verify_op(&op, world_client(w), &params, NULL), BELGO_OK);
	assert_int_equal(world_run(op, NULL), BELGO_OK);
	assert_non_null(strstr(world_sent(w, INTROSPECT), "client_secret=cs."));
	params.token_endpoint_auth_method = "private_key_jwt"; /* and there is no key */
	assert_int_equal(belgo_access_token_verify_op(&op, world_client(w), &params, NULL), BELGO_OK);
	assert_int_equal(world_run(op, NULL), BELGO_EINVAL);
	params.token_endpoint_auth_method = "any";
	assert_int_equal(belgo_access_token_verify_op(&op, world_client(w), &params, NULL), BELGO_EINVAL);
	world_free(&w);
	w = introspecting("\"introspection_endpoint_auth_methods_supported\":[\"client_secret_basic\"],");
	params.provider = world_provider(w);
	params.token_endpoint_auth_method = "private_key_jwt";
	assert_int_equal(belgo_access_token_verify_op(&op, world_client(w), &params, NULL), BELGO_OK);
	assert_int_equal(world_run(op, NULL), BELGO_EINVAL); /* the secret goes by no other way */
	assert_int_equal(world_count(w, "POST " INTROSPECT), 0);
	world_free(&w);
}

/* That the server may not ask says nothing of the token. */
static void
test_access_token__issuer_that_does_not_answer_the_server_refuses_no_token(void **state)
{
	struct world *w = introspecting("");
	struct belgo_error err = {0};

	(void)state;
	world_answer(w, INTROSPECT, 401, "{\"error\":\"invalid_client\"}");
	assert_int_equal(ask(w, AT1, "wrong." WORLD_SECRET, 0, NULL, &err), BELGO_EDENIED);
	assert_string_equal(err.oauth_error, "invalid_client");
	world_no_answer(w, INTROSPECT, BELGO_EUNAVAILABLE);
	assert_int_equal(ask(w, AT1, CLIENT_SECRET, 0, NULL, NULL), BELGO_EUNAVAILABLE);
	world_free(&w);
	w = provider_up();
	assert_int_equal(ask(w, AT1, CLIENT_SECRET, 0, NULL, &err), BELGO_ENOTFOUND);
	world_free(&w);
}

/* @spec RFC 9701 section 5 */
static void
test_access_token__signed_answer_is_for_the_server_that_asked(void **state)
{
	static const struct {
		const char *aud;
		belgo_rc want;
	} rows[] = {{SERVER, BELGO_OK}, {WORLD_CLIENT, BELGO_ECLAIM}};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		struct world *w =
		    introspecting("\"introspection_signing_alg_values_supported\":[\"RS256\"],");
		char payload[320], *jwt;

		(void)snprintf(
		    payload, sizeof(payload),
		    "{\"iss\":\"" WORLD_ISSUER "\",\"aud\":\"%s\",\"iat\":%lld,"
		    "\"token_introspection\":{\"active\":true,\"token_type\":\"Bearer\",\"scope\":\"read\"}}",
		    rows[i].aud, WORLD_NOW);
		jwt = jose_sign(jose_key("RSA-2048", 0), "RS256",
				"{\"alg\":\"RS256\",\"kid\":\"k1\",\"typ\":\"token-introspection+jwt\"}",
				payload);
		world_answer(w, INTROSPECT, 200, jwt);
		world_answer_header(w, "content-type", "application/token-introspection+jwt");
		assert_row(rows[i].aud, ask(w, AT1, CLIENT_SECRET, 1, NULL, NULL) == rows[i].want);
		free(jwt);
		world_free(&w);
	}
}

/* @spec RFC 6750 section 2.1 */
static void
test_access_token__what_no_issuer_made_is_not_asked_about(void **state)
{
	struct world *w = introspecting("");
	char *long_one = calloc(1, 64 * 1024 + 2);
	const char *const rows[] = {"", "two words", "line\nbreak", "\x7f", "t\xc3\xb6ken", long_one};

	(void)state;
	assert_non_null(long_one);
	memset(long_one, 'a', 64 * 1024 + 1);
	for (size_t i = 0; i < BG_LEN(rows); i++)
		assert_int_equal(ask(w, rows[i], CLIENT_SECRET, 0, NULL, NULL), BELGO_EPROTO);
	assert_int_equal(world_count(w, "POST " INTROSPECT), 0);
	free(long_one);
	world_free(&w);
}

static void
test_access_token__issuer_is_asked_or_its_keys_are_given(void **state)
{
	struct world *w = world_new();
	struct belgo_access_token_params params = {
	    .provider = world_provider(w), .token = "x", .introspect_as = SERVER, .jwks = "{\"keys\":[]}"};
	struct belgo_op *op = NULL;

	(void)state;
	assert_int_equal(belgo_access_token_verify_op(&op, world_client(w), &params, NULL), BELGO_EINVAL);
	params.jwks = NULL;
	params.jwks_uri = WORLD_JWKS;
	assert_int_equal(belgo_access_token_verify_op(&op, world_client(w), &params, NULL), BELGO_EINVAL);
	assert_null(op);
	world_free(&w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_access_token__claims_of_a_good_token_are_handed_out),
	    cmocka_unit_test(test_access_token__refusal_says_why_and_shows_nothing_of_the_token),
	    cmocka_unit_test(test_access_token__token_that_is_none_asks_nobody),
	    cmocka_unit_test(test_access_token__algorithm_that_is_not_listed_asks_nobody),
	    cmocka_unit_test(test_access_token__algorithms_are_those_of_public_keys),
	    cmocka_unit_test(test_access_token__made_up_key_ids_force_one_fetch_a_minute),
	    cmocka_unit_test(test_access_token__keys_that_are_not_to_be_had_refuse_nobody),
	    cmocka_unit_test(test_access_token__issuer_token_and_audience_are_needed),
	    cmocka_unit_test(test_access_token__keys_at_hand_are_the_only_ones_and_ask_nobody),
	    cmocka_unit_test(test_access_token__keys_at_a_named_url_need_no_metadata),
	    cmocka_unit_test(test_access_token__unusable_keys_are_the_callers_mistake),
	    cmocka_unit_test(test_access_token__issuer_is_asked_by_the_server_that_was_shown_it),
	    cmocka_unit_test(test_access_token__issuers_answer_refuses),
	    cmocka_unit_test(test_access_token__answer_is_judged_as_it_came),
	    cmocka_unit_test(test_access_token__audience_may_be_left_to_the_issuer_that_is_asked),
	    cmocka_unit_test(test_access_token__server_proves_itself_by_what_the_store_has_of_it),
	    cmocka_unit_test(test_access_token__server_proves_itself_by_the_method_that_it_names),
	    cmocka_unit_test(test_access_token__issuer_that_does_not_answer_the_server_refuses_no_token),
	    cmocka_unit_test(test_access_token__signed_answer_is_for_the_server_that_asked),
	    cmocka_unit_test(test_access_token__what_no_issuer_made_is_not_asked_about),
	    cmocka_unit_test(test_access_token__issuer_is_asked_or_its_keys_are_given),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
