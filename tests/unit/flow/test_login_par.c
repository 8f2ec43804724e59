/* A login whose authorization request is pushed, and every way in which it is not sent in the open instead.
 */
#include "fixture.h"

#define PAR WORLD_ISSUER "/par"
#define URN "urn:example:pushed"
#define PUSHED "{\"request_uri\":\"" URN "\",\"expires_in\":90}"
#define ENDPOINT "\"pushed_authorization_request_endpoint\":\"" PAR "\","
#define REQUIRED "\"require_pushed_authorization_requests\":true,"

static int64_t shown_expires_in;

static void
on_prompt(void *arg, const struct belgo_login_prompt *prompt)
{
	shown_expires_in = prompt->url_expires_in;
	world_on_prompt(arg, prompt);
}

static struct world *
par_up(const char *metadata)
{
	struct world *w = world_new();

	world_metadata(w, metadata);
	world_jwks(w);
	shown_expires_in = -1;
	return w;
}

static struct belgo_login_params
par_params(struct world *w)
{
	struct belgo_login_params params = login_params(w);

	params.on_prompt = on_prompt;
	return params;
}

/* The URL does not hold the state, so the redirect has it from the random numbers. */
static void
redirect_comes(struct world *w)
{
	char *state = world_foretell(w, 1), params[256];

	(void)snprintf(params, sizeof(params), "code=" CODE "&state=%s", state);
	world_redirect(w, params);
	free(state);
}

/* @spec RFC 9126 section 2.1, section 4 */
static void
test_login_par__request_is_pushed_and_the_url_shows_nothing_of_it(void **state)
{
	struct world *w = par_up(ENDPOINT REQUIRED);
	struct belgo_login_params params = par_params(w);
	char *expected_state = world_foretell(w, 1), want[128];

	(void)state;
	answer_login(w, "alice", RT1, ",\"email\":\"alice@op.example\"", "");
	world_answer(w, PAR, 201, PUSHED);
	redirect_comes(w);
	(void)snprintf(want, sizeof(want), "&state=%s&", expected_state);
	assert_int_equal(world_run(login_of(w, &params), NULL), BELGO_OK);
	assert_string_equal(world_url(w), WORLD_ISSUER "/auth?client_id=" WORLD_CLIENT
						       "&request_uri=urn%3Aexample%3Apushed");
	assert_non_null(strstr(world_sent(w, PAR), want));
	assert_non_null(strstr(world_sent(w, PAR), "client_id=" WORLD_CLIENT));
	assert_int_equal(shown_expires_in, 90);
	assert_true(world_came_before(w, "POST " PAR, "prompt"));
	assert_int_equal(world_count(w, "POST " PAR), 1);
	free(expected_state);
	world_free(&w);
}

static void
test_login_par__is_done_where_asked_and_else_not(void **state)
{
	static const struct {
		const char *name;
		const char *metadata;
		enum belgo_par_mode par;
		size_t n;
	} rows[] = {
	    {"offered", ENDPOINT, BELGO_PAR_AUTO, 0},
	    {"asked for", ENDPOINT, BELGO_PAR_ALWAYS, 1},
	    {"required", ENDPOINT REQUIRED, BELGO_PAR_AUTO, 1},
	    {"not required", ENDPOINT "\"require_pushed_authorization_requests\":false,", BELGO_PAR_AUTO, 0},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		struct world *w = par_up(rows[i].metadata);
		struct belgo_login_params params = par_params(w);

		params.par = rows[i].par;
		world_answer(w, PAR, 201, PUSHED);
		answer_login(w, "alice", RT1, "", "");
		redirect_comes(w);
		assert_row(rows[i].name, world_run(login_of(w, &params), NULL) == BELGO_OK);
		assert_row(rows[i].name, world_count(w, "POST " PAR) == rows[i].n);
		assert_row(rows[i].name, (shown_expires_in == 90) == (rows[i].n == 1));
		world_free(&w);
	}
}

/* No request goes out in the open where it was to be pushed: the browser is not opened at all. */
static void
test_login_par__failure_ends_the_login_before_the_browser(void **state)
{
	static const struct {
		const char *name;
		const char *metadata;
		int status;
		const char *body;
		belgo_rc want;
	} rows[] = {
	    {"no endpoint", REQUIRED, 201, PUSHED, BELGO_EPROTO},
	    {"refused", ENDPOINT, 400, "{\"error\":\"invalid_request\"}", BELGO_EDENIED},
	    {"client unknown", ENDPOINT, 401, "{\"error\":\"invalid_client\"}", BELGO_EDENIED},
	    {"not there", ENDPOINT, 404, "{}", BELGO_EDENIED},
	    {"down", ENDPOINT, 503, "{}", BELGO_EUNAVAILABLE},
	    {"busy", ENDPOINT, 429, "{}", BELGO_EUNAVAILABLE},
	    {"200", ENDPOINT, 200, PUSHED, BELGO_EPROTO},
	    {"empty", ENDPOINT, 201, "{}", BELGO_EPROTO},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		struct world *w = par_up(rows[i].metadata);
		struct belgo_login_params params = par_params(w);

		params.par = BELGO_PAR_ALWAYS;
		world_answer(w, PAR, rows[i].status, rows[i].body);
		assert_row(rows[i].name, world_run(login_of(w, &params), NULL) == rows[i].want);
		assert_row(rows[i].name, world_count(w, "prompt") == 0);
		assert_row(rows[i].name, world_count(w, "POST " WORLD_TOKEN) == 0);
		world_free(&w);
	}
}

static void
test_login_par__silence_is_told_from_refusal(void **state)
{
	struct world *w = par_up(ENDPOINT REQUIRED);
	struct belgo_login_params params = par_params(w);

	(void)state;
	world_no_answer(w, PAR, BELGO_EUNAVAILABLE);
	assert_int_equal(world_run(login_of(w, &params), NULL), BELGO_EUNAVAILABLE);
	assert_int_equal(world_count(w, "prompt"), 0);
	world_free(&w);
}

/* The endpoint of another party would be handed state, nonce and perhaps a secret. */
static void
test_login_par__endpoint_must_be_secure(void **state)
{
	struct world *w = par_up("\"pushed_authorization_request_endpoint\":\"http://op.example/par\",");
	struct belgo_login_params params = par_params(w);

	(void)state;
	params.par = BELGO_PAR_ALWAYS;
	assert_int_equal(world_run(login_of(w, &params), NULL), BELGO_EPROTO);
	world_free(&w);
}

static void
test_login_par__is_nothing_for_a_device(void **state)
{
	struct world *w = par_up(ENDPOINT);
	struct belgo_login_params params = par_params(w);
	struct belgo_op *op = NULL;

	(void)state;
	params.par = BELGO_PAR_ALWAYS;
	assert_int_equal(belgo_device_login_op(&op, world_client(w), &params, NULL), BELGO_EINVAL);
	assert_null(op);
	world_free(&w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_login_par__request_is_pushed_and_the_url_shows_nothing_of_it),
	    cmocka_unit_test(test_login_par__is_done_where_asked_and_else_not),
	    cmocka_unit_test(test_login_par__failure_ends_the_login_before_the_browser),
	    cmocka_unit_test(test_login_par__silence_is_told_from_refusal),
	    cmocka_unit_test(test_login_par__endpoint_must_be_secure),
	    cmocka_unit_test(test_login_par__is_nothing_for_a_device),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
