/* From the prompt to the redirect: who is listened to, for how long, and what is fetched meanwhile. */
#include "fixture.h"

static const char *const happy_redirect = "code=" CODE "&state={state}";

/* A login of alice that succeeds, with whatever the caller has put in its way. */
static struct belgo_op *
happy_login(struct world *w, const struct belgo_login_params *params)
{
	answer_login(w, "alice", RT1, ",\"email\":\"alice@op.example\"", ",\"expires_in\":3600");
	world_redirect(w, happy_redirect);
	return login_of(w, params);
}

static void
test_login_redirect__page_names_the_providers_error(void **state)
{
	struct world *w = provider_up();
	struct belgo_login_params params = login_params(w);

	(void)state;
	world_answer(w, WORLD_TOKEN, 400, "{\"error\":\"invalid_grant\",\"error_description\":\"too old\"}");
	world_redirect(w, happy_redirect);
	assert_int_equal(world_run(login_of(w, &params), NULL), BELGO_EDENIED);
	assert_non_null(strstr(world_page_message(w), "(invalid_grant: too old)"));
	world_free(&w);
}

/* @spec RFC 6749 section 10.12 */
static void
test_login_redirect__redirects_of_others_are_turned_away_and_it_goes_on(void **state)
{
	static const char *const rows[] = {"code=x", "code=x&state=wrong", "", "%", "state={state}"};
	struct world *w = provider_up();
	struct belgo_login_params params = login_params(w);

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++)
		world_redirect(w, rows[i]);
	assert_int_equal(world_run(happy_login(w, &params), NULL), BELGO_OK);
	assert_int_equal(world_rejections(w), BG_LEN(rows));
	assert_non_null(strstr(world_log(w), "ignored a request to the redirect address"));
	world_free(&w);
}

static void
test_login_redirect__redirects_that_are_ours_end_it(void **state)
{
	static const struct {
		const char *name;
		const char *metadata;
		const char *redirect;
		belgo_rc want;
		const char *title;
	} rows[] = {
	    {"denied", "", "error=access_denied&state={state}", BELGO_ECANCELLED, "Sign-in cancelled"},
	    {"refused", "", "error=invalid_scope&state={state}", BELGO_EDENIED, "Sign-in failed"},
	    {"two codes", "", "code=a&code=b&state={state}", BELGO_EPROTO, "Sign-in failed"},
	    {"another issuer", "", "code=a&state={state}&iss=https%3A%2F%2Fevil.example", BELGO_EISSUER,
	     "Sign-in failed"},
	    {"no issuer though promised", "\"authorization_response_iss_parameter_supported\":true,",
	     "code=a&state={state}", BELGO_EISSUER, "Sign-in failed"},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		struct world *w = world_new();
		struct belgo_login_params params = login_params(w);

		world_metadata(w, rows[i].metadata);
		world_jwks(w);
		world_redirect(w, rows[i].redirect);
		assert_row(rows[i].name, world_run(login_of(w, &params), NULL) == rows[i].want);
		assert_row(rows[i].name, strcmp(world_page_title(w), rows[i].title) == 0);
		assert_row(rows[i].name, world_count(w, "POST " WORLD_TOKEN) == 0);
		world_free(&w);
	}
}

/* @spec RFC 9207 section 2.4 */
static void
test_login_redirect__issuer_that_was_promised_and_comes_is_fine(void **state)
{
	struct world *w = world_new();
	struct belgo_login_params params = login_params(w);

	(void)state;
	world_metadata(w, "\"authorization_response_iss_parameter_supported\":true,");
	world_jwks(w);
	answer_login(w, "alice", RT1, ",\"email\":\"a@b.example\"", "");
	world_redirect(w, "code=" CODE "&state={state}&iss=https%3A%2F%2Fop.example");
	assert_int_equal(world_run(login_of(w, &params), NULL), BELGO_OK);
	world_free(&w);
}

static void
test_login_redirect__keys_are_fetched_while_the_user_is_away(void **state)
{
	struct world *w = provider_up();
	struct belgo_login_params params = login_params(w);

	(void)state;
	assert_int_equal(world_run(happy_login(w, &params), NULL), BELGO_OK);
	assert_true(world_came_before(w, "GET " WORLD_JWKS, "POST " WORLD_TOKEN));
	assert_int_equal(world_count(w, "GET " WORLD_JWKS), 1);
	world_free(&w);
}

static void
test_login_redirect__keys_that_did_not_come_meanwhile_are_fetched_afterwards(void **state)
{
	struct world *w = world_new();
	struct belgo_login_params params = login_params(w);

	(void)state;
	world_metadata(w, "");
	world_no_answer(w, WORLD_JWKS, BELGO_EUNAVAILABLE);
	world_jwks(w);
	assert_int_equal(world_run(happy_login(w, &params), NULL), BELGO_OK);
	assert_int_equal(world_count(w, "GET " WORLD_JWKS), 2);
	world_free(&w);
}

static void
test_login_redirect__slow_keys_do_not_hold_up_the_redirect(void **state)
{
	struct world *w = provider_up();
	struct belgo_login_params params = login_params(w);
	struct belgo_op *op = login_of(w, &params);

	(void)state;
	answer_login(w, "alice", RT1, ",\"email\":\"a@b.example\"", "");
	world_drive_until(w, op, "probe");
	world_hold_http(w, 1);
	world_drive_until(w, op, "GET " WORLD_JWKS);
	world_hold_http(w, 0);
	world_journal_clear(w);
	world_hold_http(w, 1);
	world_redirect(w, happy_redirect);
	assert_int_equal(belgo_op_dispatch(op), BELGO_OP_RUNNING);
	world_hold_http(w, 0);
	assert_int_equal(world_drive(w, op, NULL), BELGO_OK);
	belgo_op_free(&op);
	world_free(&w);
}

static void
test_login_redirect__nobody_coming_back_times_out(void **state)
{
	static const struct {
		const char *name;
		int timeout_s;
		int64_t just_before;
	} rows[] = {{"default", 0, 299}, {"as asked", 5, 4}};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		struct world *w = provider_up();
		struct belgo_login_params params = login_params(w);
		struct belgo_op *op = NULL;
		struct belgo_error err = {0};

		params.timeout_s = rows[i].timeout_s;
		op = login_of(w, &params);
		world_drive_until(w, op, "GET " WORLD_JWKS);
		world_advance(w, rows[i].just_before);
		assert_row(rows[i].name, belgo_op_dispatch(op) == BELGO_OP_RUNNING);
		world_advance(w, 1);
		assert_row(rows[i].name, belgo_op_dispatch(op) == BELGO_OP_FAILED);
		assert_row(rows[i].name, belgo_op_result(op, &err) == BELGO_ETIMEDOUT);
		assert_row(rows[i].name, world_count(w, "close") == 1);
		belgo_op_free(&op);
		world_free(&w);
	}
}

static void
test_login_redirect__redirect_may_be_pasted(void **state)
{
	struct world *w = provider_up();
	struct belgo_login_params params = login_params(w);
	struct belgo_op *op = login_of(w, &params);
	struct belgo_error err = {0};
	char at[128], url[256];

	(void)state;
	answer_login(w, "alice", RT1, ",\"email\":\"a@b.example\"", "");
	assert_int_equal(belgo_op_redirect(op, "code=x", &err), BELGO_EINVAL);
	world_drive_until(w, op, "GET " WORLD_JWKS);
	err = (struct belgo_error){0};
	(void)snprintf(at, sizeof(at), "%s", world_url_param(w, "redirect_uri"));
	(void)snprintf(url, sizeof(url), "%s?code=x&state=wrong", at);
	assert_int_equal(belgo_op_redirect(op, url, &err), BELGO_ESTATE);
	assert_int_equal(err.rc, BELGO_ESTATE);
	assert_true(err.text[0] != '\0');
	assert_int_equal(belgo_op_redirect(op, at, NULL), BELGO_ESTATE);
	assert_int_equal(belgo_op_dispatch(op), BELGO_OP_RUNNING);
	(void)snprintf(url, sizeof(url), "%s?code=" CODE "&state=%s#top", at, world_url_param(w, "state"));
	assert_int_equal(belgo_op_redirect(op, url, NULL), BELGO_OK);
	assert_int_equal(world_drive(w, op, NULL), BELGO_OK);
	assert_string_equal(world_page_title(w), "");
	assert_int_equal(belgo_op_redirect(op, url, NULL), BELGO_EINVAL);
	belgo_op_free(&op);
	world_free(&w);
}

/* A11: the code of another server, whose redirect URI is another. @spec RFC 9700 section 4.4.2.2 */
static void
test_login_redirect__pasted_url_of_another_place_is_refused(void **state)
{
	static const struct {
		const char *path, *place;
		belgo_rc want;
	} rows[] = {
	    {"/cb", "http://127.0.0.1:40000/callback", BELGO_ESTATE},
	    {"/cb", "http://127.0.0.1:40000/cb/", BELGO_ESTATE},
	    {"/cb", "http://127.0.0.1:40000/c", BELGO_ESTATE},
	    {"/cb", "http://127.0.0.1:40001/cb", BELGO_ESTATE},
	    {"/cb", "https://127.0.0.1:40000/cb", BELGO_ESTATE},
	    {"/cb", "http://127.0.0.1:40000/cb", BELGO_OK},
	    {"/cb", "127.0.0.1:40000/cb", BELGO_OK},
	    {"/cb", "", BELGO_OK},
	    {"", "http://127.0.0.1:40000/", BELGO_OK},
	    {"", "http://127.0.0.1:40000", BELGO_OK},
	    {"", "http://127.0.0.1:40000/cb", BELGO_ESTATE},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		struct world *w = provider_up();
		struct belgo_login_params params = login_params(w);
		struct belgo_op *op = NULL;
		struct belgo_error err = {0};
		char url[256];

		params.redirect_path = rows[i].path;
		op = login_of(w, &params);
		world_drive_until(w, op, "GET " WORLD_JWKS);
		(void)snprintf(url, sizeof(url), "%s?code=" CODE "&state=%s", rows[i].place,
			       world_url_param(w, "state"));
		assert_row(rows[i].place, belgo_op_redirect(op, url, &err) == rows[i].want);
		assert_row(rows[i].place, err.rc == rows[i].want && strstr(err.text, CODE) == NULL);
		belgo_op_free(&op);
		world_free(&w);
	}
}

static const struct belgo_listener *scripted;
static const char *own_uri;

static belgo_rc
open_at_own_uri(void *ctx, struct belgo_listener_session **out, const struct belgo_listen_params *params,
		char **redirect_uri, struct belgo_error *err)
{
	belgo_rc rc = scripted->open(ctx, out, params, redirect_uri, err);

	free(*redirect_uri);
	*redirect_uri = strdup(own_uri);
	return rc;
}

/* A program's own listener may wait at a URI of another form. @spec RFC 8252 section 7.1 */
static void
test_login_redirect__pasted_url_may_be_of_any_form_that_the_listener_gave(void **state)
{
	static const struct {
		const char *uri, *place;
		belgo_rc want;
	} rows[] = {
	    {"com.example.app:/cb", "com.example.app:/cb?", BELGO_OK},
	    {"com.example.app:/cb", "com.example.other:/cb?", BELGO_ESTATE},
	    {"http://127.0.0.1:40000/cb?app=1", "http://127.0.0.1:40000/cb?app=1&", BELGO_OK},
	    {"http://127.0.0.1:40000/cb?app=1", "http://127.0.0.1:40000/c?app=1&", BELGO_ESTATE},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		struct world *w = provider_up();
		struct belgo_login_params params = login_params(w);
		struct belgo_listener own;
		struct belgo_op *op = NULL;
		char url[256];

		scripted = world_params(w)->listener;
		own = *scripted;
		own.open = open_at_own_uri;
		own_uri = rows[i].uri;
		world_params(w)->listener = &own;
		world_restart(w);
		op = login_of(w, &params);
		world_drive_until(w, op, "GET " WORLD_JWKS);
		(void)snprintf(url, sizeof(url), "%scode=" CODE "&state=%s", rows[i].place,
			       world_url_param(w, "state"));
		assert_row(rows[i].uri, belgo_op_redirect(op, url, NULL) == rows[i].want);
		belgo_op_free(&op);
		world_free(&w);
	}
}

/* @spec RFC 9700 section 2.1; RFC 8252 section 8.10 */
static void
test_login_redirect__place_tells_the_issuer_where_the_answer_does_not(void **state)
{
	static const struct {
		const char *name, *metadata, *path;
		int is_own; /* the issuer's */
	} rows[] = {
	    {"iss is promised", "\"authorization_response_iss_parameter_supported\":true,", NULL, 0},
	    {"iss is not", "\"authorization_response_iss_parameter_supported\":false,", NULL, 1},
	    {"nothing is said", "", NULL, 1},
	    {"the caller's", "", "/callback", 0},
	};
	char *own = NULL;

	(void)state;
	assert_int_equal(belgo_redirect_path(&own, WORLD_ISSUER, NULL), BELGO_OK);
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		struct world *w = world_new();
		struct belgo_login_params params = login_params(w);
		const char *path;

		params.redirect_path = rows[i].path;
		world_metadata(w, rows[i].metadata);
		world_redirect(w, "error=access_denied&iss=https%3A%2F%2Fop.example&state={state}");
		assert_row(rows[i].name, world_run(login_of(w, &params), NULL) == BELGO_ECANCELLED);
		path = strstr(world_url_param(w, "redirect_uri"), "/callback");
		assert_row(rows[i].name, strcmp(path, rows[i].is_own ? own : "/callback") == 0);
		world_free(&w);
	}
	free(own);
}

static void
test_login_redirect__pasted_query_is_enough(void **state)
{
	struct world *w = provider_up();
	struct belgo_login_params params = login_params(w);
	struct belgo_op *op = login_of(w, &params);
	char query[128];

	(void)state;
	answer_login(w, "alice", RT1, ",\"email\":\"a@b.example\"", "");
	world_drive_until(w, op, "GET " WORLD_JWKS);
	(void)snprintf(query, sizeof(query), "code=" CODE "&state=%s", world_url_param(w, "state"));
	assert_int_equal(belgo_op_redirect(op, query, NULL), BELGO_OK);
	assert_int_equal(world_drive(w, op, NULL), BELGO_OK);
	belgo_op_free(&op);
	world_free(&w);
}

static void
test_login_redirect__broken_listener_ends_it(void **state)
{
	struct world *w = provider_up();
	struct belgo_login_params params = login_params(w);
	struct belgo_op *op = NULL;

	(void)state;
	op = login_of(w, &params);
	world_drive_until(w, op, "GET " WORLD_JWKS);
	world_break_listener(w);
	assert_int_equal(world_drive(w, op, NULL), BELGO_EIO);
	belgo_op_free(&op);
	assert_int_equal(world_run(login_of(w, &params), NULL), BELGO_EIO);
	world_free(&w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_login_redirect__page_names_the_providers_error),
	    cmocka_unit_test(test_login_redirect__redirects_of_others_are_turned_away_and_it_goes_on),
	    cmocka_unit_test(test_login_redirect__redirects_that_are_ours_end_it),
	    cmocka_unit_test(test_login_redirect__issuer_that_was_promised_and_comes_is_fine),
	    cmocka_unit_test(test_login_redirect__keys_are_fetched_while_the_user_is_away),
	    cmocka_unit_test(test_login_redirect__keys_that_did_not_come_meanwhile_are_fetched_afterwards),
	    cmocka_unit_test(test_login_redirect__slow_keys_do_not_hold_up_the_redirect),
	    cmocka_unit_test(test_login_redirect__nobody_coming_back_times_out),
	    cmocka_unit_test(test_login_redirect__redirect_may_be_pasted),
	    cmocka_unit_test(test_login_redirect__pasted_url_of_another_place_is_refused),
	    cmocka_unit_test(test_login_redirect__pasted_url_may_be_of_any_form_that_the_listener_gave),
	    cmocka_unit_test(test_login_redirect__place_tells_the_issuer_where_the_answer_does_not),
	    cmocka_unit_test(test_login_redirect__pasted_query_is_enough),
	    cmocka_unit_test(test_login_redirect__broken_listener_ends_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
