/* A login by device code, from its parameters to the stored account, and every way in which it ends before.
 */
#include "fixture.h"

#include <poll.h>

#define DEVICE WORLD_ISSUER "/device"
#define DEVICE_CODE "dc." WORLD_SECRET

static char shown[256]; /* what the user was told */

static void
on_prompt(void *arg, const struct belgo_login_prompt *p)
{
	(void)arg;
	assert_string_equal(p->url, p->verification_uri);
	assert_null(p->redirect_uri);
	(void)snprintf(shown, sizeof(shown), "%s %s %s %lld", p->user_code, p->verification_uri,
		       p->verification_uri_complete != NULL ? p->verification_uri_complete : "-",
		       (long long)(p->deadline - WORLD_NOW));
}

static void
answer_codes(struct world *w, const char *more)
{
	char body[512];

	assert_true(snprintf(body, sizeof(body),
			     "{\"device_code\":\"" DEVICE_CODE "\",\"user_code\":\"WDJB-MJHT\","
			     "\"verification_uri\":\"" WORLD_ISSUER "/d\"%s}",
			     more) < (int)sizeof(body));
	world_answer(w, DEVICE, 200, body);
}

/* A provider with a device endpoint, whose codes live for ten minutes. */
static struct world *
device_up(void)
{
	struct world *w = world_new();

	world_metadata(w, "\"device_authorization_endpoint\":\"" DEVICE "\",");
	world_jwks(w);
	shown[0] = '\0';
	return w;
}

static struct belgo_login_params
device_params(struct world *w)
{
	struct belgo_login_params params = login_params(w);

	params.on_prompt = on_prompt;
	return params;
}

static void
answer_success(struct world *w)
{
	answer_token(w, AT1, RT1, id_token_of(w, "alice", ",\"email\":\"alice@op.example\""));
}

static void
answer_error(struct world *w, int status, const char *error)
{
	char body[128];

	(void)snprintf(body, sizeof(body), "{\"error\":\"%s\"}", error);
	world_answer(w, WORLD_TOKEN, status, body);
}

static struct belgo_op *
device_login_of(struct world *w, const struct belgo_login_params *params)
{
	struct belgo_op *op = NULL;

	assert_int_equal(belgo_device_login_op(&op, world_client(w), params, NULL), BELGO_OK);
	return op;
}

static belgo_rc
drive_login(struct world *w, struct belgo_error *err)
{
	struct belgo_login_params params = device_params(w);
	struct belgo_op *op = device_login_of(w, &params);
	belgo_rc rc = world_drive(w, op, err);

	belgo_op_free(&op);
	return rc;
}

/* By the clock that pauses are measured with; the world begins at its first second. */
static int64_t
seconds_gone(struct world *w)
{
	const struct belgo_system *system = world_params(w)->system;

	return system->mono_ms(system->ctx) / 1000 - 1;
}

/* @spec RFC 8628 section 3.3, 3.4, 3.5 */
static void
test_device_login__signs_in_and_stores_the_account(void **state)
{
	struct world *w = device_up();
	struct belgo_login_params params = device_params(w);
	struct belgo_op *op = device_login_of(w, &params);
	struct planted a = {0};

	(void)state;
	planted_name(&a);
	answer_codes(w, ",\"expires_in\":600,\"verification_uri_complete\":\"" WORLD_ISSUER "/d?c=W\"");
	answer_error(w, 400, "authorization_pending");
	answer_success(w);
	assert_int_equal(world_drive(w, op, NULL), BELGO_OK);
	assert_string_equal(shown, "WDJB-MJHT " WORLD_ISSUER "/d " WORLD_ISSUER "/d?c=W 600");
	assert_string_equal(belgo_op_account(op)->key, a.key);
	assert_string_equal(belgo_op_account(op)->name, "op.example:alice@op.example");
	assert_string_equal(belgo_op_token(op)->access_token, AT1);
	assert_true(stored_has(w, &a, RT1));
	assert_int_equal(world_count(w, "POST " WORLD_TOKEN), 2);
	assert_int_equal(world_count(w, "listen"), 0);
	assert_true(seconds_gone(w) >= 10);
	assert_non_null(strstr(world_sent(w, WORLD_TOKEN), "device_code=" DEVICE_CODE));
	assert_non_null(strstr(world_sent(w, DEVICE), "scope=openid"));
	assert_null(strstr(world_log(w), WORLD_SECRET));
	belgo_op_free(&op);
	world_free(&w);
}

/* The record of a login without nonce and redirect URI serves a refresh like any other. */
static void
test_device_login__account_is_refreshed_like_any_other(void **state)
{
	struct world *w = device_up();
	struct planted a = {0};
	struct belgo_token_params now = {.mode = BELGO_REFRESH_NOW};
	char *token = NULL;

	(void)state;
	planted_name(&a);
	answer_codes(w, ",\"expires_in\":600");
	answer_success(w);
	assert_int_equal(drive_login(w, NULL), BELGO_OK);
	world_advance(w, 1);
	answer_token(w, AT2, RT2, id_token_of(w, "alice", ""));
	assert_int_equal(get_token(w, &a, &now, &token, NULL), BELGO_OK);
	assert_string_equal(token, AT2);
	assert_null(strstr(world_sent(w, WORLD_TOKEN), "redirect_uri"));
	free(token);
	world_free(&w);
}

/* D04 @spec RFC 8628 section 3.5 */
static void
test_device_login__interval_grows_and_stays(void **state)
{
	static const struct {
		const char *name;
		int status; /* 0: no answer */
		const char *error;
		int64_t gone; /* 5 until the first request, then two intervals */
	} rows[] = {
	    {"pending", 400, "authorization_pending", 15},
	    {"slow_down", 400, "slow_down", 5 + 10 + 10},
	    {"no answer", 0, NULL, 5 + 10 + 10},
	    {"503", 503, "x", 5 + 10 + 10},
	    {"429", 429, "x", 5 + 10 + 10},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		struct world *w = device_up();

		answer_codes(w, ",\"expires_in\":600,\"interval\":5");
		if (rows[i].status == 0)
			world_no_answer(w, WORLD_TOKEN, BELGO_EUNAVAILABLE);
		else
			answer_error(w, rows[i].status, rows[i].error);
		answer_error(w, 400, "authorization_pending");
		answer_success(w);
		assert_row(rows[i].name, drive_login(w, NULL) == BELGO_OK);
		assert_row(rows[i].name, seconds_gone(w) == rows[i].gone);
		world_free(&w);
	}
}

/* D04 */
static void
test_device_login__nothing_is_asked_after_the_codes_expired(void **state)
{
	static const struct {
		const char *name;
		int timeout_s;
		int64_t gone;
		size_t asked;
	} rows[] = {
	    {"the provider's limit", 0, 22, 4}, {"a shorter one", 12, 12, 2}, {"a longer one", 90, 22, 4}};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		struct world *w = device_up();
		struct belgo_login_params params = device_params(w);
		struct belgo_error err = {0};
		struct belgo_op *op;

		params.timeout_s = rows[i].timeout_s;
		op = device_login_of(w, &params);
		answer_codes(w, ",\"expires_in\":22,\"interval\":5");
		world_answer_always(w, WORLD_TOKEN, 400, "{\"error\":\"authorization_pending\"}");
		assert_row(rows[i].name, world_drive(w, op, &err) == BELGO_ETIMEDOUT);
		assert_row(rows[i].name, seconds_gone(w) == rows[i].gone);
		assert_row(rows[i].name, world_count(w, "POST " WORLD_TOKEN) == rows[i].asked);
		assert_row(rows[i].name, world_count(w, "put") == 0);
		belgo_op_free(&op);
		world_free(&w);
	}
}

static void
test_device_login__refusals_end_it_and_store_nothing(void **state)
{
	static const struct {
		const char *error;
		belgo_rc want;
	} rows[] = {
	    {"access_denied", BELGO_ECANCELLED}, {"authorization_declined", BELGO_ECANCELLED},
	    {"expired_token", BELGO_ETIMEDOUT},  {"bad_verification_code", BELGO_EDENIED},
	    {"invalid_grant", BELGO_EDENIED},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		struct world *w = device_up();
		struct belgo_error err = {0};

		answer_codes(w, ",\"expires_in\":600");
		answer_error(w, 400, "authorization_pending");
		answer_error(w, 400, rows[i].error);
		assert_row(rows[i].error, drive_login(w, &err) == rows[i].want);
		assert_row(rows[i].error, strcmp(err.oauth_error, rows[i].error) == 0);
		assert_row(rows[i].error, world_count(w, "put") == 0);
		world_free(&w);
	}
}

static void
test_device_login__untrusted_connection_is_not_retried(void **state)
{
	struct world *w = device_up();

	(void)state;
	answer_codes(w, ",\"expires_in\":600");
	world_no_answer(w, WORLD_TOKEN, BELGO_ETLS);
	assert_int_equal(drive_login(w, NULL), BELGO_ETLS);
	assert_int_equal(world_count(w, "POST " WORLD_TOKEN), 1);
	world_free(&w);
}

/* @spec OpenID Connect Core section 3.1.3.7 */
static void
test_device_login__id_token_is_judged_as_at_any_login(void **state)
{
	static const struct {
		const char *name, *claims;
		belgo_rc want;
	} rows[] = {
	    {"sound", "", BELGO_OK},
	    {"a nonce that was not sent", ",\"nonce\":\"n\"", BELGO_ECLAIM},
	    {"another azp", ",\"azp\":\"other\"", BELGO_ECLAIM},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		struct world *w = device_up();

		answer_codes(w, ",\"expires_in\":600");
		answer_token(w, AT1, RT1, id_token_of(w, "alice", rows[i].claims));
		world_answer(w, WORLD_USERINFO, 200, "{\"sub\":\"alice\"}");
		assert_row(rows[i].name, drive_login(w, NULL) == rows[i].want);
		assert_row(rows[i].name, world_count(w, "put") == (rows[i].want == BELGO_OK ? 1U : 0U));
		world_free(&w);
	}
}

static void
test_device_login__openid_answer_without_id_token_is_refused(void **state)
{
	struct world *w = device_up();

	(void)state;
	answer_codes(w, ",\"expires_in\":600");
	answer_token(w, AT1, RT1, NULL);
	assert_int_equal(drive_login(w, NULL), BELGO_EPROTO);
	assert_int_equal(world_count(w, "put"), 0);
	world_free(&w);
}

static void
test_device_login__provider_without_the_endpoint_is_not_asked(void **state)
{
	struct world *w = provider_up();
	struct belgo_error err = {0};

	(void)state;
	assert_int_equal(drive_login(w, &err), BELGO_ENOTFOUND);
	assert_non_null(strstr(err.text, "device_authorization_endpoint"));
	assert_int_equal(world_count(w, "POST " DEVICE), 0);
	world_free(&w);
}

static void
test_device_login__bad_answers_are_shown_to_nobody(void **state)
{
	struct world *w = device_up();

	(void)state;
	answer_codes(w, "");
	assert_int_equal(drive_login(w, NULL), BELGO_EPROTO);
	assert_string_equal(shown, "");
	world_free(&w);
}

static void
test_device_login__what_no_request_can_carry_is_refused(void **state)
{
	struct world *w = device_up();
	struct belgo_login_params good = device_params(w),
				  rows[8] = {good, good, good, good, good, good, good, good};
	struct belgo_op *op = NULL;

	(void)state;
	rows[0].prompt = "login";
	rows[1].login_hint = "alice";
	rows[2].access_type = "offline";
	rows[3].claims = "{}";
	rows[4].max_age_set = 1;
	rows[5].on_prompt = NULL;
	rows[6].acr_values = "gold";
	rows[7].challenge = "Bearer error=insufficient_scope, scope=a";
	for (size_t i = 0; i < BG_LEN(rows); i++)
		assert_int_equal(belgo_device_login_op(&op, world_client(w), &rows[i], NULL), BELGO_EINVAL);
	assert_null(op);
	op = device_login_of(w, &good);
	belgo_op_free(&op);
	world_free(&w);
}

static void
test_device_login__is_cancelled_while_it_waits(void **state)
{
	struct world *w = device_up();
	struct belgo_login_params params = device_params(w);
	struct belgo_op *op = device_login_of(w, &params);
	struct pollfd p = {.fd = belgo_op_fd(op, NULL), .events = POLLIN};

	(void)state;
	answer_codes(w, ",\"expires_in\":600");
	while (shown[0] == '\0') {
		assert_int_equal(belgo_op_dispatch(op), BELGO_OP_RUNNING);
		(void)poll(&p, 1, 1);
	}
	belgo_op_cancel(op);
	assert_int_equal(world_drive(w, op, NULL), BELGO_EINTR);
	assert_int_equal(world_count(w, "put"), 0);
	belgo_op_free(&op);
	world_free(&w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_device_login__signs_in_and_stores_the_account),
	    cmocka_unit_test(test_device_login__account_is_refreshed_like_any_other),
	    cmocka_unit_test(test_device_login__interval_grows_and_stays),
	    cmocka_unit_test(test_device_login__nothing_is_asked_after_the_codes_expired),
	    cmocka_unit_test(test_device_login__refusals_end_it_and_store_nothing),
	    cmocka_unit_test(test_device_login__untrusted_connection_is_not_retried),
	    cmocka_unit_test(test_device_login__id_token_is_judged_as_at_any_login),
	    cmocka_unit_test(test_device_login__openid_answer_without_id_token_is_refused),
	    cmocka_unit_test(test_device_login__provider_without_the_endpoint_is_not_asked),
	    cmocka_unit_test(test_device_login__bad_answers_are_shown_to_nobody),
	    cmocka_unit_test(test_device_login__what_no_request_can_carry_is_refused),
	    cmocka_unit_test(test_device_login__is_cancelled_while_it_waits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
