/* A login whose answer the provider signs: what is believed of it, when, and what ends the login. */
#include "fixture.h"

#include "harness/jose_make.h"

#define OFFERED "\"response_modes_supported\":[\"query\",\"jwt\",\"query.jwt\",\"form_post.jwt\"],"
#define EMAIL ",\"email\":\"alice@op.example\""

static struct world *
signing_provider(void)
{
	struct world *w = world_new();

	world_metadata(w, OFFERED);
	world_jwks(w);
	return w;
}

static struct belgo_login_params
jarm_params(struct world *w)
{
	struct belgo_login_params params = login_params(w);

	params.response_mode_set = 1;
	params.response_mode = BELGO_RESPONSE_JWT;
	return params;
}

/* "response=" and a JWT; claims: members besides the state that the login will have. malloc'd. */
static char *
signed_with(struct world *w, int key, const char *kid, const char *claims)
{
	char *state = world_foretell(w, 1), header[64], payload[1024], *jwt, *params;
	const size_t size = 4096;

	(void)snprintf(header, sizeof(header), "{\"alg\":\"RS256\",\"kid\":\"%s\"}", kid);
	(void)snprintf(payload, sizeof(payload), "{\"state\":\"%s\",%s}", state, claims);
	jwt = jose_sign(jose_key("RSA-2048", key), "RS256", header, payload);
	assert_non_null(params = malloc(size));
	(void)snprintf(params, size, "response=%s", jwt);
	free(state);
	free(jwt);
	return params;
}

#define FOR_US "\"iss\":\"" WORLD_ISSUER "\",\"aud\":\"" WORLD_CLIENT "\",\"exp\":1800000300"

static void
answer_by(struct world *w, int key, const char *kid, const char *claims)
{
	char *params = signed_with(w, key, kid, claims);

	world_redirect(w, params);
	free(params);
}

/* @spec JARM section 2.3 */
static void
test_login_jarm__signed_answer_signs_in(void **state)
{
	static const struct {
		enum belgo_response_mode mode, listens;
		const char *word;
	} rows[] = {
	    {BELGO_RESPONSE_JWT, BELGO_RESPONSE_QUERY, "jwt"},
	    {BELGO_RESPONSE_QUERY_JWT, BELGO_RESPONSE_QUERY, "query.jwt"},
	    {BELGO_RESPONSE_FORM_POST_JWT, BELGO_RESPONSE_FORM_POST, "form_post.jwt"},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		struct world *w = signing_provider();
		struct belgo_login_params params = jarm_params(w);

		params.response_mode = rows[i].mode;
		answer_login(w, "alice", RT1, EMAIL, "");
		answer_by(w, 0, "k1", FOR_US ",\"code\":\"" CODE "\"");
		assert_int_equal(world_run(login_of(w, &params), NULL), BELGO_OK);
		assert_string_equal(world_url_param(w, "response_mode"), rows[i].word);
		assert_int_equal(world_listening(w)->mode, rows[i].listens);
		assert_non_null(strstr(world_sent(w, WORLD_TOKEN), "code=" CODE));
		assert_true(world_came_before(w, "GET " WORLD_JWKS, "POST " WORLD_TOKEN));
		assert_int_equal(world_count(w, "GET " WORLD_JWKS), 1);
		assert_string_equal(world_page_title(w), "Signed in");
		world_free(&w);
	}
}

/* Each is ours by its state, ends the login, and no code is sent. @spec JARM section 2.4 */
static void
test_login_jarm__what_does_not_verify_ends_it(void **state)
{
	static const struct {
		const char *name, *claims;
		int key;
		const char *kid;
		belgo_rc want;
	} rows[] = {
	    {"F16 another issuer",
	     "\"iss\":\"https://evil.example\",\"aud\":\"" WORLD_CLIENT
	     "\",\"exp\":1800000300,\"code\":\"" CODE "\"",
	     0, "k1", BELGO_EISSUER},
	    {"F16 no issuer", "\"aud\":\"" WORLD_CLIENT "\",\"exp\":1800000300,\"code\":\"" CODE "\"", 0,
	     "k1", BELGO_EPROTO},
	    {"F16 another audience",
	     "\"iss\":\"" WORLD_ISSUER "\",\"aud\":\"other\",\"exp\":1800000300,\"code\":\"" CODE "\"", 0,
	     "k1", BELGO_ECLAIM},
	    {"F16 no audience", "\"iss\":\"" WORLD_ISSUER "\",\"exp\":1800000300,\"code\":\"" CODE "\"", 0,
	     "k1", BELGO_ECLAIM},
	    {"F16 expired",
	     "\"iss\":\"" WORLD_ISSUER "\",\"aud\":\"" WORLD_CLIENT "\",\"exp\":1799999939,\"code\":\"" CODE
	     "\"",
	     0, "k1", BELGO_ECLAIM},
	    {"F16 no exp", "\"iss\":\"" WORLD_ISSUER "\",\"aud\":\"" WORLD_CLIENT "\",\"code\":\"" CODE "\"",
	     0, "k1", BELGO_EPROTO},
	    {"F16 another's key", FOR_US ",\"code\":\"" CODE "\"", 1, "k1", BELGO_ESIGNATURE},
	    {"F16 a key that is not published", FOR_US ",\"code\":\"" CODE "\"", 1, "k9", BELGO_ESIGNATURE},
	    {"F16 neither code nor error", FOR_US, 0, "k1", BELGO_EPROTO},
	    {"the user said no", FOR_US ",\"error\":\"access_denied\"", 0, "k1", BELGO_ECANCELLED},
	    {"an error", FOR_US ",\"error\":\"server_error\"", 0, "k1", BELGO_EDENIED},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		struct world *w = signing_provider();
		struct belgo_login_params params = jarm_params(w);
		struct belgo_error err = {0};

		answer_by(w, rows[i].key, rows[i].kid, rows[i].claims);
		assert_row(rows[i].name, world_run(login_of(w, &params), &err) == rows[i].want);
		assert_row(rows[i].name, world_count(w, "POST " WORLD_TOKEN) == 0);
		assert_row(rows[i].name, world_count(w, "put") == 0 && world_rejections(w) == 0);
		assert_row(rows[i].name, strcmp(world_page_title(w), rows[i].want == BELGO_ECANCELLED
									 ? "Sign-in cancelled"
									 : "Sign-in failed") == 0);
		assert_row(rows[i].name, strstr(world_page_message(w), err.text) != NULL);
		assert_row(rows[i].name, strstr(world_log(w), WORLD_SECRET) == NULL);
		world_free(&w);
	}
}

/* Nothing of them is ours: they are turned away, and the true one is still taken. */
static void
test_login_jarm__answers_of_others_are_turned_away_and_it_goes_on(void **state)
{
	struct world *w = signing_provider();
	struct belgo_login_params params = jarm_params(w);
	char *of_another = jose_sign(jose_key("RSA-2048", 0), "RS256", "{\"alg\":\"RS256\",\"kid\":\"k1\"}",
				     "{" FOR_US ",\"state\":\"another\",\"code\":\"" CODE "\"}");
	char replayed[2048];

	(void)state;
	(void)snprintf(replayed, sizeof(replayed), "response=%s", of_another);
	world_redirect(w, replayed);
	world_redirect(w, "response=e30.e30.AA");
	world_redirect(w, "response=e30.AA.AA.AA.AA");
	world_redirect(w, "code=x&state=wrong");
	answer_login(w, "alice", RT1, EMAIL, "");
	answer_by(w, 0, "k1", FOR_US ",\"code\":\"" CODE "\"");
	assert_int_equal(world_run(login_of(w, &params), NULL), BELGO_OK);
	assert_int_equal(world_rejections(w), 4);
	free(of_another);
	world_free(&w);
}

/* A plain answer in place of a signed one, and the other way round. */
static void
test_login_jarm__is_taken_only_where_it_was_asked_for(void **state)
{
	struct world *w = signing_provider();
	struct belgo_login_params params = jarm_params(w);

	(void)state;
	world_redirect(w, "code=" CODE "&state={state}");
	assert_int_equal(world_run(login_of(w, &params), NULL), BELGO_EPROTO);
	assert_int_equal(world_count(w, "POST " WORLD_TOKEN), 0);
	params.response_mode = BELGO_RESPONSE_QUERY;
	world_redirect(w, "response=e30.e30.AA&state={state}");
	assert_int_equal(world_run(login_of(w, &params), NULL), BELGO_EPROTO);
	assert_int_equal(world_count(w, "POST " WORLD_TOKEN), 0);
	world_free(&w);
}

static void
test_login_jarm__user_is_not_sent_to_a_provider_that_does_not_offer_it(void **state)
{
	struct world *w = world_new();
	struct belgo_login_params params = jarm_params(w);

	(void)state;
	world_metadata(w, "\"response_modes_supported\":[\"query\"],");
	world_jwks(w);
	assert_int_equal(world_run(login_of(w, &params), NULL), BELGO_EPROTO);
	assert_null(world_url(w));
	params.response_mode = (enum belgo_response_mode)7;
	assert_int_equal(belgo_login_op(&(struct belgo_op *){NULL}, world_client(w), &params, NULL),
			 BELGO_EINVAL);
	world_free(&w);
}

static void
test_login_jarm__key_that_has_come_since_is_fetched(void **state)
{
	struct world *w = signing_provider();
	struct belgo_login_params params = jarm_params(w);
	char *sets[] = {world_key_set(0, "k1"), world_key_set(0, "k2")};

	(void)state;
	world_forget_answers(w, WORLD_JWKS);
	world_answer(w, WORLD_JWKS, 200, sets[0]);
	world_answer(w, WORLD_JWKS, 200, sets[1]);
	answer_by(w, 0, "k2", FOR_US ",\"error\":\"access_denied\"");
	assert_int_equal(world_run(login_of(w, &params), NULL), BELGO_ECANCELLED);
	assert_int_equal(world_count(w, "GET " WORLD_JWKS), 2);
	free(sets[0]);
	free(sets[1]);
	world_free(&w);
}

static void
test_login_jarm__keys_that_cannot_be_had_say_nothing_of_it(void **state)
{
	struct world *w = signing_provider();
	struct belgo_login_params params = jarm_params(w);

	(void)state;
	world_forget_answers(w, WORLD_JWKS);
	world_answer_always(w, WORLD_JWKS, 503, "");
	answer_by(w, 0, "k1", FOR_US ",\"code\":\"" CODE "\"");
	assert_int_equal(world_run(login_of(w, &params), NULL), BELGO_EUNAVAILABLE);
	assert_int_equal(world_count(w, "POST " WORLD_TOKEN), 0);
	assert_string_equal(world_page_title(w), "Sign-in failed");
	world_free(&w);
}

static void
test_login_jarm__preset_may_ask_for_it(void **state)
{
	static const char preset[] = "{\"id\":\"p\",\"name\":\"P\",\"issuer\":\"" WORLD_ISSUER
				     "\",\"response_mode\":\"form_post.jwt\"}";
	struct world *w = signing_provider();
	struct belgo_login_params params = login_params(w);
	struct belgo_provider *provider = NULL;

	(void)state;
	assert_int_equal(belgo_provider_from_json(&provider, preset, strlen(preset), "test", NULL), BELGO_OK);
	params.provider = provider;
	world_redirect(w, "code=" CODE "&state={state}");
	assert_int_equal(world_run(login_of(w, &params), NULL), BELGO_EPROTO);
	assert_string_equal(world_url_param(w, "response_mode"), "form_post.jwt");
	assert_int_equal(world_listening(w)->mode, BELGO_RESPONSE_FORM_POST);
	belgo_provider_free(&provider);
	world_free(&w);
}

/* A program's own store, with room for one. */
struct kept {
	char id[65];
	char *value;
};

static belgo_rc
put(void *arg, const char *id, const char *value, int64_t expires_at, struct belgo_error *err)
{
	struct kept *kept = arg;

	(void)expires_at;
	(void)err;
	(void)snprintf(kept->id, sizeof(kept->id), "%s", id);
	kept->value = strdup(value);
	return BELGO_OK;
}

static belgo_rc
take(void *arg, const char *id, char **value, struct belgo_error *err)
{
	struct kept *kept = arg;

	(void)err;
	if (kept->value == NULL || strcmp(kept->id, id) != 0)
		return BELGO_ENOTFOUND;
	*value = BG_TAKE(kept->value);
	return BELGO_OK;
}

static char *
begin_on_the_web(struct world *w, const struct belgo_login_params *params, const struct belgo_web_params *web)
{
	struct belgo_op *op = NULL;
	char *cookie;

	answer_login(w, "alice", RT1, EMAIL, "");
	assert_int_equal(belgo_web_login_begin_op(&op, world_client(w), params, web, NULL), BELGO_OK);
	assert_int_equal(world_finish(op, NULL), BELGO_OK);
	assert_non_null(strstr(belgo_op_web_login(op)->url, "response_mode=jwt"));
	cookie = strdup(belgo_op_web_login(op)->pending);
	belgo_op_free(&op);
	return cookie;
}

static belgo_rc
finish_on_the_web(struct world *w, const struct belgo_login_params *params,
		  const struct belgo_web_params *web, const char *cookie, const char *response)
{
	const struct belgo_web_answer answer = {
	    .params = response, .len = strlen(response), .pending = cookie};
	struct belgo_op *op = NULL;

	assert_int_equal(belgo_web_login_finish_op(&op, world_client(w), params, web, &answer, NULL),
			 BELGO_OK);
	return world_run(op, NULL);
}

/* @spec JARM section 2.4 (the state is good for one answer) */
static void
test_login_jarm__works_in_two_calls_and_is_bound_to_both(void **state)
{
	static const unsigned char key[BELGO_WEB_KEY] = {1, 2, 3};
	static const struct {
		const char *name, *claims;
		int plain; /* the second call asks for a plain answer */
		belgo_rc want;
	} rows[] = {
	    {"as it was begun", FOR_US ",\"code\":\"" CODE "\"", 0, BELGO_OK},
	    {"F16 for another client",
	     "\"iss\":\"" WORLD_ISSUER "\",\"aud\":\"other\",\"exp\":1800000300,\"code\":\"" CODE "\"", 0,
	     BELGO_ECLAIM},
	    {"the user said no", FOR_US ",\"error\":\"access_denied\"", 0, BELGO_ECANCELLED},
	    {"finished by other parameters", FOR_US ",\"code\":\"" CODE "\"", 1, BELGO_ESTATE},
	};

	(void)state;
	for (size_t i = 0; i < 2 * BG_LEN(rows); i++) {
		const size_t r = i / 2;
		struct world *w = signing_provider();
		struct belgo_login_params params = jarm_params(w);
		struct kept kept = {.value = NULL};
		struct belgo_web_params web = {
		    .key = key, .redirect_uri = "https://app.example/callback", .arg = &kept};
		char *response = signed_with(w, 0, "k1", rows[r].claims), *cookie;

		if (i % 2 == 1) {
			web.put = put;
			web.take = take;
		}
		cookie = begin_on_the_web(w, &params, &web);
		assert_row(rows[r].name,
			   finish_on_the_web(w, &params, &web, cookie,
					     "response=e30.eyJzdGF0ZSI6IngifQ.AA") == BELGO_ESTATE);
		params.response_mode_set = !rows[r].plain;
		assert_row(rows[r].name,
			   finish_on_the_web(w, &params, &web, cookie, response) == rows[r].want);
		assert_row(rows[r].name,
			   world_count(w, "POST " WORLD_TOKEN) == (rows[r].want == BELGO_OK ? 1 : 0));
		if (rows[r].want == BELGO_OK)
			assert_row("replayed",
				   finish_on_the_web(w, &params, &web, cookie, response) == BELGO_ESTATE);
		free(kept.value);
		free(cookie);
		free(response);
		world_free(&w);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_login_jarm__signed_answer_signs_in),
	    cmocka_unit_test(test_login_jarm__what_does_not_verify_ends_it),
	    cmocka_unit_test(test_login_jarm__answers_of_others_are_turned_away_and_it_goes_on),
	    cmocka_unit_test(test_login_jarm__is_taken_only_where_it_was_asked_for),
	    cmocka_unit_test(test_login_jarm__user_is_not_sent_to_a_provider_that_does_not_offer_it),
	    cmocka_unit_test(test_login_jarm__key_that_has_come_since_is_fetched),
	    cmocka_unit_test(test_login_jarm__keys_that_cannot_be_had_say_nothing_of_it),
	    cmocka_unit_test(test_login_jarm__preset_may_ask_for_it),
	    cmocka_unit_test(test_login_jarm__works_in_two_calls_and_is_bound_to_both),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
