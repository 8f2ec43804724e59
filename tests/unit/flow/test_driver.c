/* The two drivers: one descriptor that is readable when there is something to do, and the loop over it. */
#include "fixture.h"

#include <poll.h>
#include <sys/resource.h>
#include <unistd.h>

#include "run/driver.h"

static struct belgo_op *
token_of(struct world *w, const struct planted *a)
{
	struct belgo_token_params params = {.account_key = a->key};
	struct belgo_op *op = NULL;

	assert_int_equal(belgo_token_op(&op, world_client(w), &params, NULL), BELGO_OK);
	return op;
}

static int
is_readable(struct belgo_op *op, int timeout_ms)
{
	struct pollfd p = {.fd = belgo_op_fd(op, NULL), .events = POLLIN};

	return poll(&p, 1, timeout_ms) == 1;
}

static void
test_driver__both_do_the_same(void **state)
{
	char *journals[2];

	(void)state;
	for (int blocking = 0; blocking <= 1; blocking++) {
		struct world *w = provider_up();
		struct planted a = plant_alice(w, -1);
		struct belgo_op *op = token_of(w, &a);

		answer_token(w, AT2, RT2, id_token_of(w, "alice", ""));
		assert_int_equal(blocking ? world_finish(op, NULL) : world_drive(w, op, NULL), BELGO_OK);
		assert_string_equal(belgo_op_token(op)->access_token, AT2);
		journals[blocking] = strdup(world_journal(w));
		belgo_op_free(&op);
		world_free(&w);
	}
	assert_string_equal(journals[0], journals[1]);
	free(journals[0]);
	free(journals[1]);
}

static void
test_driver__descriptor_is_readable_when_there_is_something_to_do(void **state)
{
	struct world *w = provider_up();
	struct planted a = plant_alice(w, -1);
	struct belgo_op *op = token_of(w, &a);
	int fd = belgo_op_fd(op, NULL);

	(void)state;
	assert_true(fd >= 0);
	assert_false(is_readable(op, 0));
	answer_token(w, AT2, RT2, NULL);
	world_hold_http(w, 1);
	world_drive_until(w, op, "GET " WORLD_METADATA);
	assert_int_equal(belgo_op_dispatch(op), BELGO_OP_RUNNING);
	assert_false(is_readable(op, 0));
	world_hold_http(w, 0);
	assert_true(is_readable(op, 1000));
	assert_int_equal(world_drive(w, op, NULL), BELGO_OK);
	assert_int_equal(belgo_op_fd(op, NULL), fd);
	assert_true(is_readable(op, 0));
	assert_int_equal(belgo_op_dispatch(op), BELGO_OP_DONE);
	assert_int_equal(belgo_op_run(op, NULL), BELGO_OK);
	belgo_op_free(&op);
	world_free(&w);
}

static pthread_t store_thread;

static void
note_thread(struct world *w, void *arg)
{
	(void)w;
	(void)arg;
	store_thread = pthread_self();
}

static void
test_driver__store_is_called_on_a_worker_by_the_descriptor_driver_alone(void **state)
{
	(void)state;
	for (int blocking = 0; blocking <= 1; blocking++) {
		struct world *w = provider_up();
		struct planted a = plant_alice(w, 3600);
		struct belgo_op *op = token_of(w, &a);

		world_store_before(w, BG_STORE_GET, note_thread, NULL);
		assert_int_equal(blocking ? world_finish(op, NULL) : world_drive(w, op, NULL), BELGO_OK);
		assert_int_equal(pthread_equal(store_thread, pthread_self()) != 0, blocking);
		belgo_op_free(&op);
		world_free(&w);
	}
}

static void
test_driver__error_of_the_worker_arrives(void **state)
{
	struct world *w = provider_up();
	struct planted a = plant_alice(w, 3600);
	struct belgo_op *op = token_of(w, &a);
	struct belgo_error err = {0};

	(void)state;
	world_store_fails(w, BG_STORE_GET, BELGO_ELOCKED, 0);
	assert_int_equal(world_drive(w, op, &err), BELGO_ELOCKED);
	assert_string_equal(err.text, "the scripted store fails");
	belgo_op_free(&op);
	world_free(&w);
}

/* A browser that asks for an icon, say, while the code is exchanged. */
static void
test_driver__listener_nobody_waits_for_does_not_keep_it_awake(void **state)
{
	struct world *w = provider_up();
	struct belgo_login_params params = login_params(w);
	struct belgo_op *op = login_of(w, &params);

	(void)state;
	answer_login(w, "alice", RT1, ",\"email\":\"a@b.example\"", "");
	world_drive_until(w, op, "GET " WORLD_JWKS);
	assert_true(is_readable(op, 1000));
	world_hold_http(w, 1);
	world_redirect(w, "code=" CODE "&state={state}");
	world_drive_until(w, op, "POST " WORLD_TOKEN);
	assert_int_equal(belgo_op_dispatch(op), BELGO_OP_RUNNING);
	assert_false(is_readable(op, 0));
	world_hold_http(w, 0);
	assert_int_equal(world_drive(w, op, NULL), BELGO_OK);
	belgo_op_free(&op);
	world_free(&w);
}

static void
test_driver__cancel_wakes_whoever_waits(void **state)
{
	struct world *w = provider_up();
	struct planted a = plant_alice(w, -1);
	struct belgo_op *op = token_of(w, &a);

	(void)state;
	world_hold_http(w, 1);
	world_drive_until(w, op, "GET " WORLD_METADATA);
	assert_int_equal(belgo_op_dispatch(op), BELGO_OP_RUNNING);
	assert_false(is_readable(op, 0));
	belgo_op_cancel(op);
	assert_true(is_readable(op, 0));
	assert_int_equal(belgo_op_dispatch(op), BELGO_OP_FAILED);
	assert_int_equal(belgo_op_result(op, NULL), BELGO_EINTR);
	assert_int_equal(world_count(w, "cancel"), 1);
	belgo_op_free(&op);
	world_free(&w);
}

static void
test_driver__cancel_before_the_start_ends_it_at_the_start(void **state)
{
	struct world *w = provider_up();
	struct planted a = plant_alice(w, 3600);
	struct belgo_op *op = token_of(w, &a);
	struct belgo_error err = {0};

	(void)state;
	belgo_op_cancel(op);
	assert_int_equal(world_run(op, &err), BELGO_EINTR);
	assert_string_equal(err.text, belgo_rc_str(BELGO_EINTR));
	assert_string_equal(world_journal(w), "");
	world_free(&w);
}

static void *
cancel_soon(void *op)
{
	belgo_op_cancel(op);
	return NULL;
}

static void
test_driver__cancel_from_another_thread_ends_a_blocking_run(void **state)
{
	struct world *w = provider_up();
	struct planted a = plant_alice(w, -1);
	struct belgo_op *op = token_of(w, &a);
	pthread_t thread;

	(void)state;
	world_hold_http(w, 1);
	assert_int_equal(pthread_create(&thread, NULL, cancel_soon, op), 0);
	assert_int_equal(world_finish(op, NULL), BELGO_EINTR);
	assert_int_equal(pthread_join(thread, NULL), 0);
	belgo_op_free(&op);
	world_free(&w);
}

static void
slow_store(struct world *w, void *arg)
{
	(void)w;
	(void)arg;
	(void)usleep(2000);
}

/* Each place where a token operation or a login may stand when its owner loses interest. Once the refresh
 * token was sent the answer is all there is, and is stored. */
static void
test_driver__operation_may_be_freed_wherever_it_stands(void **state)
{
	static const struct {
		const char *name;
		int login;
		int hold_http;
		const char *entry;
		const char *stored; /* the account's refresh token after that */
	} rows[] = {
	    {"not begun", 0, 0, NULL, RT1},
	    {"reading the record", 0, 0, "get", RT1},
	    {"taking the lock", 0, 0, "lock", RT1},
	    {"waiting for metadata", 0, 1, "GET " WORLD_METADATA, RT1},
	    {"probing", 0, 0, "probe", RT1},
	    {"waiting for tokens", 0, 0, "POST " WORLD_TOKEN, RT2},
	    {"staging", 0, 0, "stage", RT2},
	    {"putting", 0, 0, "put", RT2},
	    {"listing", 1, 0, "list", RT1},
	    {"waiting for the browser", 1, 1, "prompt", RT1},
	    {"waiting for keys too", 1, 0, "GET " WORLD_JWKS, RT1},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		struct world *w = provider_up();
		struct planted a = plant_alice(w, -1);
		struct belgo_login_params params = login_params(w);
		struct belgo_op *op = rows[i].login ? login_of(w, &params) : token_of(w, &a);

		answer_token(w, AT2, RT2, id_token_of(w, "alice", ""));
		for (int verb = BG_STORE_GET; verb <= BG_STORE_LOCK; verb++)
			world_store_before(w, (enum bg_store_verb)verb, slow_store, NULL);
		if (rows[i].hold_http && !rows[i].login)
			world_hold_http(w, 1);
		if (rows[i].entry != NULL)
			world_drive_until(w, op, rows[i].entry);
		belgo_op_free(&op);
		assert_row(rows[i].name, world_locks_taken(w) == 0);
		assert_row(rows[i].name, stored_has(w, &a, rows[i].stored));
		world_free(&w);
	}
}

/* No descriptor may be opened any more. */
static struct rlimit
close_the_table(void)
{
	struct rlimit was, none;

	assert_int_equal(getrlimit(RLIMIT_NOFILE, &was), 0);
	none = was;
	none.rlim_cur = 0;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	return was;
}

static void
test_driver__machine_without_descriptors_is_told(void **state)
{
	struct world *w = provider_up();
	struct planted a = plant_alice(w, 3600);
	struct belgo_op *op = token_of(w, &a);
	struct belgo_error err = {0}, same = {0};
	struct rlimit was = close_the_table();
	int fd = belgo_op_fd(op, &err);
	belgo_rc rc = belgo_op_run(op, &same);
	enum belgo_op_status status = belgo_op_dispatch(op);

	(void)state;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &was), 0);
	assert_int_equal(fd, -1);
	assert_int_equal(err.rc, BELGO_EINTERNAL);
	assert_non_null(strstr(err.text, "no descriptor for the operation: "));
	assert_int_equal(rc, BELGO_EINTERNAL);
	assert_int_equal(status, BELGO_OP_FAILED);
	assert_int_equal(belgo_op_result(op, NULL), BELGO_EINTERNAL);
	belgo_op_free(&op);
	world_free(&w);
}

static belgo_rc
begin_nothing(void *ctx, struct belgo_http_call **out, const struct belgo_http_request *req,
	      struct belgo_error *err)
{
	(void)ctx;
	(void)out;
	(void)req;
	return bg_fail(err, BELGO_EUNAVAILABLE, "no network here");
}

static belgo_rc
dispatch_nothing(struct belgo_http_call *call, int *done, struct belgo_error *err)
{
	(void)call;
	(void)done;
	return bg_fail(err, BELGO_EUNAVAILABLE, "the network went away");
}

static int
no_fd(const struct belgo_http_call *call)
{
	(void)call;
	return -1;
}

static void
test_driver__transport_that_fails_at_any_point_is_told(void **state)
{
	static const struct {
		const char *name;
		struct belgo_transport change;
		belgo_rc want;
		const char *text;
	} rows[] = {
	    {"at the beginning", {.begin = begin_nothing}, BELGO_EUNAVAILABLE, "no network here"},
	    {"under way", {.dispatch = dispatch_nothing}, BELGO_EUNAVAILABLE, "the network went away"},
	    {"no descriptor", {.fd = no_fd}, BELGO_EINTERNAL, "no descriptor for the exchange"},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		struct world *w = provider_up();
		struct planted a = plant_alice(w, -1);
		struct belgo_transport transport = *world_params(w)->transport;
		struct belgo_error err = {0};

		transport.begin = rows[i].change.begin != NULL ? rows[i].change.begin : transport.begin;
		transport.dispatch =
		    rows[i].change.dispatch != NULL ? rows[i].change.dispatch : transport.dispatch;
		transport.fd = rows[i].change.fd != NULL ? rows[i].change.fd : transport.fd;
		world_params(w)->transport = &transport;
		world_restart(w);
		assert_row(rows[i].name, get_token_rc(w, &a, &err) == rows[i].want);
		assert_row(rows[i].name, strcmp(err.text, rows[i].text) == 0);
		world_free(&w);
	}
}

/* Where no thread is to be had the call is made all the same. */
static void
test_driver__blocking_turns_do_not_need_a_worker(void **state)
{
	struct world *w = provider_up();
	struct planted a = plant_alice(w, 3600);
	struct belgo_op *op = token_of(w, &a);

	(void)state;
	assert_int_equal(bg_driver_turn(op, BG_STORE_INLINE, NULL), BELGO_OK);
	assert_int_equal(belgo_op_dispatch(op), BELGO_OP_DONE);
	belgo_op_free(&op);
	world_free(&w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_driver__both_do_the_same),
	    cmocka_unit_test(test_driver__descriptor_is_readable_when_there_is_something_to_do),
	    cmocka_unit_test(test_driver__store_is_called_on_a_worker_by_the_descriptor_driver_alone),
	    cmocka_unit_test(test_driver__error_of_the_worker_arrives),
	    cmocka_unit_test(test_driver__listener_nobody_waits_for_does_not_keep_it_awake),
	    cmocka_unit_test(test_driver__cancel_wakes_whoever_waits),
	    cmocka_unit_test(test_driver__cancel_before_the_start_ends_it_at_the_start),
	    cmocka_unit_test(test_driver__cancel_from_another_thread_ends_a_blocking_run),
	    cmocka_unit_test(test_driver__operation_may_be_freed_wherever_it_stands),
	    cmocka_unit_test(test_driver__machine_without_descriptors_is_told),
	    cmocka_unit_test(test_driver__transport_that_fails_at_any_point_is_told),
	    cmocka_unit_test(test_driver__blocking_turns_do_not_need_a_worker),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
