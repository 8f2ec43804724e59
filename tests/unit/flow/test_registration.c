/* A registered client: made, used by logins and refreshes, looked after, and what failing leaves in the
 * store.
 */
#include "fixture.h"

#include "flow/registration.h"

#define REGISTER WORLD_ISSUER "/register"
#define MANAGED REGISTER "/r1"
#define RAT "rat." WORLD_SECRET
#define RAT2 "rat2." WORLD_SECRET
#define ENDPOINT_MEMBER "\"registration_endpoint\":\"" REGISTER "\","

static char record_key[BG_KEY_SIZE];

static const char *
stored(const struct world *w)
{
	assert_int_equal(bg_registration_key(record_key, WORLD_ISSUER, NULL), BELGO_OK);
	return world_store_value(w, record_key);
}

static int
stored_says(const struct world *w, const char *text)
{
	return stored(w) != NULL && strstr(stored(w), text) != NULL;
}

static struct world *
registrar_up(void)
{
	struct world *w = world_new();

	world_metadata(w, ENDPOINT_MEMBER);
	world_jwks(w);
	return w;
}

/* more: further members, as ",\"a\":1" */
static void
answer_client(struct world *w, const char *url, int status, const char *more)
{
	char body[768];

	assert_true(snprintf(body, sizeof(body), "{\"client_id\":\"" WORLD_CLIENT "\"%s}", more) <
		    (int)sizeof(body));
	world_answer(w, url, status, body);
}

#define MANAGEABLE ",\"registration_access_token\":\"" RAT "\",\"registration_client_uri\":\"" MANAGED "\""

static struct belgo_op *
registering(struct world *w)
{
	const struct belgo_client_register_params params = {.provider = world_provider(w),
							    .client_name = "app"};
	struct belgo_op *op = NULL;

	assert_int_equal(belgo_client_register_op(&op, world_client(w), &params, NULL), BELGO_OK);
	return op;
}

/* A client that can be managed lies in the store. */
static struct world *
client_up(const char *more)
{
	struct world *w = registrar_up();
	char text[512];

	(void)snprintf(text, sizeof(text), MANAGEABLE "%s", more);
	answer_client(w, REGISTER, 201, text);
	assert_int_equal(world_run(registering(w), NULL), BELGO_OK);
	world_journal_clear(w);
	return w;
}

/* @spec RFC 7591 section 3 */
static void
test_registration__client_is_stored_and_shown_without_its_secrets(void **state)
{
	struct world *w = registrar_up();
	struct belgo_op *op = registering(w);

	(void)state;
	answer_client(w, REGISTER, 201,
		      MANAGEABLE ",\"client_secret\":\"" CLIENT_SECRET "\",\"client_secret_expires_at\":0,"
				 "\"token_endpoint_auth_method\":\"client_secret_post\","
				 "\"grant_types\":[\"authorization_code\"],\"scope\":\"openid\"");
	assert_int_equal(world_finish(op, NULL), BELGO_OK);
	assert_string_equal(world_journal(w),
			    "GET " WORLD_METADATA "\nlock\nprobe\nPOST " REGISTER "\nput\nunlock\n");
	assert_non_null(strstr(world_sent(w, REGISTER), "\"redirect_uris\":[\"http://127.0.0.1/callback/"));
	assert_non_null(strstr(world_sent(w, REGISTER), "\"scope\":\"openid profile email offline_access\""));
	assert_true(stored_says(w, CLIENT_SECRET) && stored_says(w, RAT));
	assert_non_null(strstr(belgo_op_json(op), "\"client_id\":\"" WORLD_CLIENT "\""));
	assert_null(strstr(belgo_op_json(op), WORLD_SECRET));
	assert_null(strstr(world_log(w), WORLD_SECRET));
	assert_true(has_warning(op, "without the grant refresh_token"));
	assert_true(has_warning(op, "without the scope profile email offline_access"));
	belgo_op_free(&op);
	world_free(&w);
}

static void
test_registration__what_fails_leaves_the_store_as_it_was(void **state)
{
	static const struct {
		const char *name, *metadata;
		int status;
		const char *body;
		belgo_rc want;
		size_t n_sent;
	} rows[] = {
	    {"no endpoint", "", 201, "{}", BELGO_ENOTFOUND, 0},
	    {"refused", ENDPOINT_MEMBER, 400, "{\"error\":\"invalid_redirect_uri\"}", BELGO_EDENIED, 1},
	    {"not available", ENDPOINT_MEMBER, 503, "", BELGO_EUNAVAILABLE, 1},
	    {"another redirect URI", ENDPOINT_MEMBER, 201,
	     "{\"client_id\":\"c\",\"redirect_uris\":[\"https://evil.example/\"]}", BELGO_EPROTO, 1},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		struct world *w = client_up("");

		world_restart(w);
		world_metadata(w, rows[i].metadata);
		world_document_set(w, WORLD_METADATA, "x");
		world_answer(w, REGISTER, rows[i].status, rows[i].body);
		assert_row(rows[i].name, world_run(registering(w), NULL) == rows[i].want);
		assert_row(rows[i].name, world_count(w, "POST " REGISTER) == rows[i].n_sent);
		assert_row(rows[i].name, world_count(w, "put") == 0 && stored_says(w, RAT));
		assert_row(rows[i].name, world_locks_taken(w) == 0);
		world_free(&w);
	}
}

static void
test_registration__nothing_is_sent_where_nothing_can_be_kept(void **state)
{
	struct world *w = registrar_up();

	(void)state;
	world_store_fails(w, BG_STORE_PROBE, BELGO_ELOCKED, 0);
	assert_int_equal(world_run(registering(w), NULL), BELGO_ELOCKED);
	assert_int_equal(world_count(w, "POST " REGISTER), 0);
	assert_int_equal(world_locks_taken(w), 0);
	world_free(&w);
}

static belgo_rc
sign_in(struct world *w, const char *client_id, struct belgo_error *err)
{
	struct belgo_login_params params = login_params(w);
	struct belgo_op *op;
	belgo_rc rc;

	params.client_id = client_id;
	answer_login(w, "alice", RT1, "", "");
	op = login_of(w, &params);
	world_redirect(w, "code=" CODE "&state={state}");
	rc = world_finish(op, err);
	belgo_op_free(&op);
	return rc;
}

/* interop: servers compare redirect URIs as they stand, and know but one way of authentication */
static void
test_registration__login_goes_by_what_was_registered(void **state)
{
	struct world *w = registrar_up();
	static const char *const uris[] = {"http://localhost:8400/back"};
	const struct belgo_client_register_params params = {
	    .provider = world_provider(w), .client_name = "app", .redirect_uris = uris, .n_redirect_uris = 1};
	struct belgo_op *op = NULL;
	struct planted a = {0};

	(void)state;
	planted_name(&a);
	answer_client(w, REGISTER, 200,
		      ",\"client_secret\":\"" CLIENT_SECRET
		      "\",\"token_endpoint_auth_method\":\"client_secret_post\"");
	assert_int_equal(belgo_client_register_op(&op, world_client(w), &params, NULL), BELGO_OK);
	assert_int_equal(world_run(op, NULL), BELGO_OK);
	assert_int_equal(sign_in(w, NULL, NULL), BELGO_OK);
	assert_string_equal(world_url_param(w, "client_id"), WORLD_CLIENT);
	assert_non_null(strstr(world_sent(w, WORLD_TOKEN), "client_secret=" CLIENT_SECRET));

	world_advance(w, 7200);
	answer_token(w, AT2, RT2, NULL);
	assert_int_equal(get_token_rc(w, &a, NULL), BELGO_OK);
	assert_non_null(strstr(world_sent(w, WORLD_TOKEN), "client_secret=" CLIENT_SECRET));
	world_free(&w);
}

static void
test_registration__login_listens_where_the_client_was_registered(void **state)
{
	struct world *w = registrar_up();
	static const char *const uris[] = {"http://localhost:8400/back"};
	const struct belgo_client_register_params params = {
	    .provider = world_provider(w), .client_name = "app", .redirect_uris = uris, .n_redirect_uris = 1};
	struct belgo_login_params login = login_params(w);
	struct belgo_op *op = NULL;

	(void)state;
	answer_client(w, REGISTER, 201, "");
	assert_int_equal(belgo_client_register_op(&op, world_client(w), &params, NULL), BELGO_OK);
	assert_int_equal(world_run(op, NULL), BELGO_OK);
	login.client_id = NULL;
	op = login_of(w, &login);
	world_drive_until(w, op, "listen");
	assert_string_equal(world_listening(w)->host, "localhost");
	assert_string_equal(world_listening(w)->path, "/back");
	assert_int_equal(world_listening(w)->n_ports, 1);
	assert_int_equal(world_listening(w)->ports[0], 8400);
	belgo_op_free(&op);
	world_free(&w);
}

/* A12: a client of one issuer is none of another. @spec RFC 7591 section 3.2.1 (client_secret_expires_at) */
static void
test_registration__only_a_live_client_of_the_issuer_is_used(void **state)
{
	static const struct {
		const char *name, *more;
		int64_t later;
		belgo_rc want;
	} rows[] = {
	    {"for ever", ",\"client_secret\":\"s\",\"client_secret_expires_at\":0", 1000, BELGO_OK},
	    {"live", ",\"client_secret\":\"s\",\"client_secret_expires_at\":1800000100", 99, BELGO_OK},
	    {"expired", ",\"client_secret\":\"s\",\"client_secret_expires_at\":1800000100", 100,
	     BELGO_ENOCLIENT},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		struct world *w = client_up(rows[i].more);
		struct belgo_error err = {0};

		world_advance(w, rows[i].later);
		assert_row(rows[i].name, sign_in(w, NULL, &err) == rows[i].want);
		assert_row(rows[i].name, rows[i].want == BELGO_OK || strstr(err.text, "expired") != NULL);
		world_free(&w);
	}
}

static void
test_registration__record_of_another_issuer_or_damaged_is_not_used(void **state)
{
	static const struct {
		const char *name, *value;
		belgo_rc want;
	} rows[] = {
	    {"another issuer's",
	     "{\"version\":1,\"issuer\":\"https://evil.example\",\"client_id\":\"c\","
	     "\"client_secret_expires_at\":0,\"metadata\":{}}",
	     BELGO_ESTORE},
	    {"newer", "{\"version\":2}", BELGO_EVERSION},
	    {"damaged", "x", BELGO_ESTORE},
	    {"no metadata",
	     "{\"version\":1,\"issuer\":\"" WORLD_ISSUER "\",\"client_id\":\"c\","
	     "\"client_secret_expires_at\":0}",
	     BELGO_ESTORE},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		struct world *w = registrar_up();

		(void)stored(w);
		world_store_set(w, record_key, rows[i].value);
		assert_row(rows[i].name, sign_in(w, NULL, NULL) == rows[i].want);
		assert_string_equal(stored(w), rows[i].value);
		world_free(&w);
	}
}

static void
test_registration__secret_of_another_client_is_not_sent(void **state)
{
	struct world *w = client_up(",\"client_secret\":\"" CLIENT_SECRET "\"");

	(void)state;
	assert_int_not_equal(sign_in(w, "another", NULL), BELGO_ENOCLIENT);
	assert_null(strstr(world_sent(w, WORLD_TOKEN), CLIENT_SECRET));
	assert_null(strstr(world_sent_headers(w, WORLD_TOKEN), "authorization"));
	assert_null(strstr(world_sent_headers(w, WORLD_TOKEN), "Authorization"));
	world_free(&w);
}

enum verb { SHOW, UPDATE, DELETE };

static struct belgo_op *
managing(struct world *w, enum verb verb)
{
	const struct belgo_client_register_params params = {.provider = world_provider(w),
							    .client_name = "renamed"};
	struct belgo_op *op = NULL;

	assert_int_equal(verb == SHOW ? belgo_client_show_op(&op, world_client(w), params.provider, NULL)
			 : verb == UPDATE
			     ? belgo_client_update_op(&op, world_client(w), &params, NULL)
			     : belgo_client_delete_op(&op, world_client(w), params.provider, NULL),
			 BELGO_OK);
	return op;
}

/* @spec RFC 7592 section 2.1 */
static void
test_registration__show_asks_the_provider(void **state)
{
	struct world *w = client_up("");
	struct belgo_op *op = managing(w, SHOW);

	(void)state;
	answer_client(w, MANAGED, 200, ",\"client_name\":\"as it is now\"");
	assert_int_equal(world_finish(op, NULL), BELGO_OK);
	assert_non_null(strstr(world_sent_headers(w, MANAGED), "Bearer " RAT));
	assert_non_null(strstr(belgo_op_json(op), "as it is now"));
	assert_null(strstr(belgo_op_json(op), WORLD_SECRET));
	assert_true(stored_says(w, "as it is now") && stored_says(w, RAT));
	belgo_op_free(&op);
	world_free(&w);
}

static void
test_registration__show_of_what_cannot_be_managed_is_what_lies_here(void **state)
{
	struct world *w = registrar_up();
	struct belgo_op *op;

	(void)state;
	assert_int_equal(world_run(managing(w, SHOW), NULL), BELGO_ENOTFOUND);
	answer_client(w, REGISTER, 201, "");
	assert_int_equal(world_run(registering(w), NULL), BELGO_OK);
	op = managing(w, SHOW);
	assert_int_equal(world_finish(op, NULL), BELGO_OK);
	assert_non_null(strstr(belgo_op_json(op), "\"client_id\":\"" WORLD_CLIENT "\""));
	belgo_op_free(&op);
	assert_int_equal(world_run(managing(w, UPDATE), NULL), BELGO_ENOTFOUND);
	op = managing(w, DELETE);
	assert_int_equal(world_finish(op, NULL), BELGO_OK);
	assert_string_equal(belgo_op_json(op), "{\"deleted\":\"unsupported\",\"detail\":null}");
	assert_null(stored(w));
	belgo_op_free(&op);
	world_free(&w);
}

/* @spec RFC 7592 section 3: the old token is dead once the new one was sent */
static void
test_registration__new_token_is_stored_before_the_answer_is_judged(void **state)
{
	static const struct {
		const char *name, *more;
		belgo_rc want;
		size_t n_puts;
	} rows[] = {
	    {"sound", ",\"registration_access_token\":\"" RAT2 "\",\"client_name\":\"renamed\"", BELGO_OK, 2},
	    {"other redirect URIs",
	     ",\"registration_access_token\":\"" RAT2 "\",\"redirect_uris\":[\"https://evil.example/\"]",
	     BELGO_EPROTO, 1},
	    {"moved",
	     ",\"registration_access_token\":\"" RAT2
	     "\",\"registration_client_uri\":\"https://evil.example/\"",
	     BELGO_EPROTO, 1},
	    {"no new one", ",\"client_name\":\"renamed\"", BELGO_OK, 1},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		struct world *w = client_up("");
		int rotated = strstr(rows[i].more, RAT2) != NULL;

		answer_client(w, MANAGED, 200, rows[i].more);
		assert_row(rows[i].name, world_run(managing(w, UPDATE), NULL) == rows[i].want);
		assert_row(rows[i].name, world_count(w, "put") == rows[i].n_puts);
		assert_row(rows[i].name, stored_says(w, rotated ? RAT2 : RAT));
		assert_row(rows[i].name, !stored_says(w, "evil"));
		assert_row(rows[i].name, world_locks_taken(w) == 0);
		world_free(&w);
	}
}

/* The store is asked before the token may be replaced; and where the answer is lost, the user learns what
 * that can mean. */
static void
test_registration__token_that_could_not_be_kept_is_not_put_at_risk(void **state)
{
	static const enum verb verbs[] = {SHOW, UPDATE};

	(void)state;
	for (size_t i = 0; i < BG_LEN(verbs); i++) {
		struct world *w = client_up("");
		struct belgo_op *op;

		world_store_fails(w, BG_STORE_PROBE, BELGO_ESTORE, 1);
		answer_client(w, MANAGED, 200, "");
		assert_int_equal(world_run(managing(w, verbs[i]), NULL), BELGO_ESTORE);
		assert_null(world_sent(w, MANAGED));
		assert_int_equal(world_locks_taken(w), 0);
		for (int sent = 0; sent <= 1; sent++) {
			world_forget_answers(w, MANAGED);
			if (sent)
				world_breaks_off(w, MANAGED);
			else
				world_no_answer(w, MANAGED, BELGO_EUNAVAILABLE);
			op = managing(w, verbs[i]);
			assert_int_equal(world_finish(op, NULL), BELGO_EUNAVAILABLE);
			assert_int_equal(has_warning(op, "may have reached"), sent);
			belgo_op_free(&op);
		}
		world_free(&w);
	}
}

static void
test_registration__update_sends_what_is_new_and_what_is_old(void **state)
{
	struct world *w = client_up(",\"contacts\":[\"a@b.example\"]");

	(void)state;
	answer_client(w, MANAGED, 200, "");
	assert_int_equal(world_run(managing(w, UPDATE), NULL), BELGO_OK);
	assert_int_equal(world_count(w, "PUT " MANAGED), 1);
	assert_non_null(strstr(world_sent(w, MANAGED), "\"client_name\":\"renamed\""));
	assert_non_null(strstr(world_sent(w, MANAGED), "a@b.example"));
	assert_null(strstr(world_sent(w, MANAGED), WORLD_SECRET));
	world_free(&w);
}

/* @spec RFC 7592 section 2.3 */
static void
test_registration__delete_keeps_what_could_not_be_asked(void **state)
{
	static const struct {
		int status;
		const char *body;
		belgo_rc want;
		const char *deleted;
	} rows[] = {
	    {204, "", BELGO_OK, "\"yes\""}, {401, "{\"error\":\"invalid_token\"}", BELGO_OK, "\"no\""},
	    {405, "", BELGO_OK, "\"no\""},  {503, "", BELGO_EUNAVAILABLE, NULL},
	    {302, "", BELGO_EPROTO, NULL},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		struct world *w = client_up("");
		struct belgo_op *op = managing(w, DELETE);

		world_answer(w, MANAGED, rows[i].status, rows[i].body);
		assert_int_equal(world_finish(op, NULL), rows[i].want);
		assert_int_equal(stored(w) == NULL, rows[i].want == BELGO_OK);
		assert_true(rows[i].deleted == NULL || strstr(belgo_op_json(op), rows[i].deleted) != NULL);
		belgo_op_free(&op);
		world_free(&w);
	}
}

static void
test_registration__damaged_record_can_be_removed(void **state)
{
	struct world *w = registrar_up();

	(void)state;
	(void)stored(w);
	world_store_set(w, record_key, "x");
	assert_int_equal(world_run(managing(w, SHOW), NULL), BELGO_ESTORE);
	assert_int_equal(world_run(managing(w, DELETE), NULL), BELGO_OK);
	assert_null(stored(w));
	world_free(&w);
}

static void
test_registration__list_names_all_and_hides_none(void **state)
{
	struct world *w = client_up("");
	struct belgo_op *op = NULL;

	(void)state;
	world_store_set(w, "registration/x", "damaged");
	assert_int_equal(belgo_clients_op(&op, world_client(w), NULL), BELGO_OK);
	assert_int_equal(world_finish(op, NULL), BELGO_OK);
	assert_non_null(strstr(belgo_op_json(op), "{\"clients\":[{\"version\":1,\"issuer\":\"" WORLD_ISSUER));
	assert_null(strstr(belgo_op_json(op), WORLD_SECRET));
	assert_true(has_warning(op, "damaged"));
	belgo_op_free(&op);
	world_free(&w);
}

/* @spec RFC 7591 section 2 (jwks) */
static void
test_registration__key_is_made_where_the_method_wants_one(void **state)
{
	struct world *w = registrar_up();
	const struct belgo_client_register_params params = {.provider = world_provider(w),
							    .client_name = "app",
							    .token_endpoint_auth_method = "private_key_jwt"};
	struct belgo_op *op = NULL;

	(void)state;
	answer_client(w, REGISTER, 201, ",\"token_endpoint_auth_method\":\"private_key_jwt\"");
	assert_int_equal(belgo_client_register_op(&op, world_client(w), &params, NULL), BELGO_OK);
	assert_int_equal(world_run(op, NULL), BELGO_OK);
	assert_non_null(strstr(world_sent(w, REGISTER), "\"jwks\":{\"keys\":[{"));
	assert_null(strstr(world_sent(w, REGISTER), "\"d\":"));
	assert_true(stored_says(w, "private_key"));
	assert_int_equal(sign_in(w, NULL, NULL), BELGO_OK);
	assert_non_null(strstr(world_sent(w, WORLD_TOKEN), "client_assertion="));
	world_free(&w);
}

static void
test_registration__parameters_are_looked_at_first(void **state)
{
	struct world *w = registrar_up();
	const struct belgo_client_register_params nameless = {.provider = world_provider(w)},
						  homeless = {.client_name = "app"},
						  keyed = {.provider = world_provider(w),
							   .client_name = "app",
							   .jwks_uri = "https://app.example/jwks.json"};
	struct belgo_op *op = NULL;

	(void)state;
	assert_int_equal(belgo_client_register_op(&op, world_client(w), &nameless, NULL), BELGO_EINVAL);
	assert_int_equal(belgo_client_register_op(&op, world_client(w), &homeless, NULL), BELGO_EINVAL);
	assert_int_equal(belgo_client_register_op(&op, world_client(w), &keyed, NULL), BELGO_EINVAL);
	assert_int_equal(belgo_client_show_op(&op, world_client(w), NULL, NULL), BELGO_EINVAL);
	assert_null(op);
	world_free(&w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_registration__client_is_stored_and_shown_without_its_secrets),
	    cmocka_unit_test(test_registration__what_fails_leaves_the_store_as_it_was),
	    cmocka_unit_test(test_registration__nothing_is_sent_where_nothing_can_be_kept),
	    cmocka_unit_test(test_registration__login_goes_by_what_was_registered),
	    cmocka_unit_test(test_registration__login_listens_where_the_client_was_registered),
	    cmocka_unit_test(test_registration__only_a_live_client_of_the_issuer_is_used),
	    cmocka_unit_test(test_registration__record_of_another_issuer_or_damaged_is_not_used),
	    cmocka_unit_test(test_registration__secret_of_another_client_is_not_sent),
	    cmocka_unit_test(test_registration__show_asks_the_provider),
	    cmocka_unit_test(test_registration__show_of_what_cannot_be_managed_is_what_lies_here),
	    cmocka_unit_test(test_registration__new_token_is_stored_before_the_answer_is_judged),
	    cmocka_unit_test(test_registration__token_that_could_not_be_kept_is_not_put_at_risk),
	    cmocka_unit_test(test_registration__update_sends_what_is_new_and_what_is_old),
	    cmocka_unit_test(test_registration__delete_keeps_what_could_not_be_asked),
	    cmocka_unit_test(test_registration__damaged_record_can_be_removed),
	    cmocka_unit_test(test_registration__list_names_all_and_hides_none),
	    cmocka_unit_test(test_registration__key_is_made_where_the_method_wants_one),
	    cmocka_unit_test(test_registration__parameters_are_looked_at_first),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
