/* Frames of an operation: what a step may await, how failures travel, and what is left when one ends early.
 */
#include "fixture.h"

/* A frame whose steps a test writes; counts how often it was freed. */
struct probe {
	int *freed;
	int depth;
	belgo_rc end_with;
};

static void
probe_free(void *frame)
{
	struct probe *p = frame;

	if (p->freed != NULL)
		++*p->freed;
	free(p);
}

static struct probe *
probe_new(int *freed, int depth, belgo_rc end_with)
{
	struct probe *p = calloc(1, sizeof(*p));

	*p = (struct probe){.freed = freed, .depth = depth, .end_with = end_with};
	return p;
}

static belgo_rc
pass_on(struct belgo_op *op, void *frame, belgo_rc awaited, struct belgo_error *err)
{
	(void)op;
	(void)frame;
	(void)err;
	return awaited;
}

static belgo_rc
nest(struct belgo_op *op, void *frame, belgo_rc awaited, struct belgo_error *err)
{
	const struct probe *p = frame;

	(void)awaited;
	if (p->depth == 0)
		return p->end_with == BELGO_OK ? BELGO_OK
					       : bg_fail(err, p->end_with, "the innermost frame says so");
	return bg_op_call(op, nest, probe_new(p->freed, p->depth - 1, p->end_with), probe_free, pass_on, err);
}

static struct belgo_op *
op_of(struct world *w, bg_step_fn *first, struct probe *p)
{
	struct belgo_op *op = NULL;

	assert_int_equal(bg_op_new(&op, world_client(w), first, p, probe_free, NULL), BELGO_OK);
	return op;
}

static void
test_op__nested_frames_end_in_order_and_are_freed(void **state)
{
	struct world *w = world_new();
	int freed = 0;

	(void)state;
	assert_int_equal(world_run(op_of(w, nest, probe_new(&freed, BG_MAX_FRAMES - 1, BELGO_OK)), NULL),
			 BELGO_OK);
	assert_int_equal(freed, BG_MAX_FRAMES);
	world_free(&w);
}

static void
test_op__nesting_too_deeply_is_refused(void **state)
{
	struct world *w = world_new();
	struct belgo_error err = {0};
	int freed = 0;

	(void)state;
	assert_int_equal(world_run(op_of(w, nest, probe_new(&freed, BG_MAX_FRAMES, BELGO_OK)), &err),
			 BELGO_EINTERNAL);
	assert_string_equal(err.text, "an operation nests too deeply");
	assert_int_equal(freed, BG_MAX_FRAMES + 1);
	world_free(&w);
}

static void
test_op__failure_travels_down_with_its_first_cause(void **state)
{
	struct world *w = world_new();
	struct belgo_error err = {0};

	(void)state;
	assert_int_equal(world_run(op_of(w, nest, probe_new(NULL, 3, BELGO_EDENIED)), &err), BELGO_EDENIED);
	assert_string_equal(err.text, "the innermost frame says so");
	assert_int_equal(err.retry_after, -1);
	world_free(&w);
}

static belgo_rc
fail_in_silence(struct belgo_op *op, void *frame, belgo_rc awaited, struct belgo_error *err)
{
	(void)op;
	(void)frame;
	(void)awaited;
	(void)err;
	return BELGO_ESTORE;
}

static void
test_op__failure_without_words_gets_some(void **state)
{
	struct world *w = world_new();
	struct belgo_error err = {0};

	(void)state;
	assert_int_equal(world_run(op_of(w, fail_in_silence, probe_new(NULL, 0, BELGO_OK)), &err),
			 BELGO_ESTORE);
	assert_string_equal(err.text, belgo_rc_str(BELGO_ESTORE));
	world_free(&w);
}

static belgo_rc
fail_and_go_on(struct belgo_op *op, void *frame, belgo_rc awaited, struct belgo_error *err)
{
	(void)op;
	(void)frame;
	(void)awaited;
	(void)bg_fail(err, BELGO_EPROTO, "something small");
	return BELGO_OK;
}

static void
test_op__success_leaves_no_error_behind(void **state)
{
	struct world *w = world_new();
	struct belgo_error err = {0};

	(void)state;
	assert_int_equal(world_run(op_of(w, fail_and_go_on, probe_new(NULL, 0, BELGO_OK)), &err), BELGO_OK);
	assert_string_equal(err.text, "");
	world_free(&w);
}

static belgo_rc
warn_much(struct belgo_op *op, void *frame, belgo_rc awaited, struct belgo_error *err)
{
	(void)frame;
	(void)awaited;
	(void)err;
	for (int i = 0; i < BG_MAX_WARNINGS + 2; i++)
		bg_op_warn(op, "warning %d", i);
	return BELGO_OK;
}

static void
test_op__warnings_are_kept_up_to_a_bound(void **state)
{
	struct world *w = world_new();
	struct belgo_op *op = op_of(w, warn_much, probe_new(NULL, 0, BELGO_OK));

	(void)state;
	assert_int_equal(world_finish(op, NULL), BELGO_OK);
	assert_string_equal(belgo_op_warning(op, 0), "warning 0");
	assert_string_equal(belgo_op_warning(op, BG_MAX_WARNINGS - 1), "warning 7");
	assert_null(belgo_op_warning(op, BG_MAX_WARNINGS));
	belgo_op_free(&op);
	world_free(&w);
}

static void
test_op__results_are_there_only_after_success(void **state)
{
	struct world *w = world_new();
	struct belgo_op *op = op_of(w, warn_much, probe_new(NULL, 0, BELGO_OK));
	struct belgo_error err = {0};

	(void)state;
	assert_int_equal(belgo_op_result(op, &err), BELGO_EINVAL);
	assert_string_equal(err.text, "the operation is still running");
	assert_null(belgo_op_account(op));
	assert_null(belgo_op_accounts(op));
	assert_null(belgo_op_token(op));
	assert_null(belgo_op_json(op));
	belgo_op_free(&op);
	assert_null(op);
	belgo_op_free(&op);
	world_free(&w);
}

static belgo_rc
slept(struct belgo_op *op, void *frame, belgo_rc awaited, struct belgo_error *err)
{
	(void)frame;
	(void)err;
	assert_int_equal(op->came, BG_WANT_TIMER);
	return awaited;
}

static belgo_rc
sleep_long(struct belgo_op *op, void *frame, belgo_rc awaited, struct belgo_error *err)
{
	(void)frame;
	(void)awaited;
	(void)err;
	return bg_op_sleep(op, 1000, slept);
}

static void
test_op__sleeps_by_the_clock_of_the_seam(void **state)
{
	struct world *w = world_new();
	struct belgo_op *op = op_of(w, sleep_long, probe_new(NULL, 0, BELGO_OK));

	(void)state;
	assert_int_equal(belgo_op_dispatch(op), BELGO_OP_RUNNING);
	assert_int_equal(belgo_op_dispatch(op), BELGO_OP_RUNNING);
	world_advance(w, 1);
	assert_int_equal(belgo_op_dispatch(op), BELGO_OP_DONE);
	belgo_op_free(&op);
	world_free(&w);
}

static belgo_rc
take_lock(struct belgo_op *op, void *frame, belgo_rc awaited, struct belgo_error *err)
{
	(void)frame;
	(void)awaited;
	return bg_op_lock(op, "account/x", pass_on, err);
}

static void
test_op__lock_is_given_back_at_the_end(void **state)
{
	struct world *w = world_new();

	(void)state;
	assert_int_equal(world_run(op_of(w, take_lock, probe_new(NULL, 0, BELGO_OK)), NULL), BELGO_OK);
	assert_string_equal(world_journal(w), "lock\nunlock\n");
	world_free(&w);
}

static void
test_op__busy_lock_is_waited_for_and_then_names_its_holder(void **state)
{
	static const struct {
		const char *name;
		int holder;
		const char *text;
	} rows[] = {
	    {"known", 4711, "process 4711 has been holding the account's lock for too long"},
	    {"unknown", -1, "another process has been holding the account's lock for too long"},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		struct world *w = world_new();
		struct belgo_op *op = op_of(w, take_lock, probe_new(NULL, 0, BELGO_OK));
		struct belgo_error err = {0};

		world_hold_locks(w, rows[i].holder);
		assert_row(rows[i].name, world_drive(w, op, &err) == BELGO_EBUSY);
		assert_row(rows[i].name, strcmp(err.text, rows[i].text) == 0);
		assert_row(rows[i].name, world_count(w, "lock") > 1);
		belgo_op_free(&op);
		world_free(&w);
	}
}

static void
give_up_lock(struct world *w, void *arg)
{
	(void)arg;
	world_hold_locks(w, 0);
}

static void
hold_once_more(struct world *w, void *arg)
{
	world_store_before(w, BG_STORE_LOCK, give_up_lock, arg);
}

static void
test_op__lock_that_comes_free_is_taken(void **state)
{
	struct world *w = world_new();
	struct belgo_op *op = op_of(w, take_lock, probe_new(NULL, 0, BELGO_OK));

	(void)state;
	world_hold_locks(w, 1);
	world_store_before(w, BG_STORE_LOCK, hold_once_more, NULL);
	assert_int_equal(world_drive(w, op, NULL), BELGO_OK);
	assert_string_equal(world_journal(w), "lock\nlock\nunlock\n");
	belgo_op_free(&op);
	world_free(&w);
}

static void
test_op__store_that_cannot_lock_ends_it(void **state)
{
	struct world *w = world_new();

	(void)state;
	world_store_fails(w, BG_STORE_LOCK, BELGO_EIO, 0);
	assert_int_equal(world_run(op_of(w, take_lock, probe_new(NULL, 0, BELGO_OK)), NULL), BELGO_EIO);
	assert_int_equal(world_count(w, "lock"), 1);
	world_free(&w);
}

static belgo_rc
unknown_verb(struct belgo_op *op, void *frame, belgo_rc awaited, struct belgo_error *err)
{
	(void)frame;
	(void)awaited;
	return bg_op_store(op, (enum bg_store_verb)99, "account/x", pass_on, err);
}

static void
test_op__unknown_store_call_is_an_error(void **state)
{
	struct world *w = world_new();

	(void)state;
	assert_int_equal(world_run(op_of(w, unknown_verb, probe_new(NULL, 0, BELGO_OK)), NULL),
			 BELGO_EINTERNAL);
	world_free(&w);
}

static belgo_rc
stage_something(struct belgo_op *op, void *frame, belgo_rc awaited, struct belgo_error *err)
{
	(void)frame;
	(void)awaited;
	return bg_op_store_data(op, BG_STORE_STAGE, "account/x", "label", "data", pass_on, err);
}

static belgo_rc
unstage_something(struct belgo_op *op, void *frame, belgo_rc awaited, struct belgo_error *err)
{
	(void)frame;
	(void)awaited;
	return bg_op_store(op, BG_STORE_UNSTAGE, "account/x", pass_on, err);
}

static void
test_op__store_that_cannot_stage_is_not_asked_to(void **state)
{
	struct world *w = world_new();

	(void)state;
	world_store(w)->stage = NULL;
	world_store(w)->unstage = NULL;
	assert_int_equal(world_run(op_of(w, stage_something, probe_new(NULL, 0, BELGO_OK)), NULL), BELGO_OK);
	assert_int_equal(world_run(op_of(w, unstage_something, probe_new(NULL, 0, BELGO_OK)), NULL),
			 BELGO_OK);
	assert_string_equal(world_journal(w), "");
	world_free(&w);
}

static void
test_op__client_without_a_store_says_so(void **state)
{
	struct world *w = world_new();
	struct belgo_error err = {0};

	(void)state;
	world_params(w)->store = NULL;
	world_restart(w);
	assert_int_equal(world_run(op_of(w, unstage_something, probe_new(NULL, 0, BELGO_OK)), &err),
			 BELGO_EINVAL);
	assert_string_equal(err.text, "this client has no store");
	world_free(&w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_op__nested_frames_end_in_order_and_are_freed),
	    cmocka_unit_test(test_op__nesting_too_deeply_is_refused),
	    cmocka_unit_test(test_op__failure_travels_down_with_its_first_cause),
	    cmocka_unit_test(test_op__failure_without_words_gets_some),
	    cmocka_unit_test(test_op__success_leaves_no_error_behind),
	    cmocka_unit_test(test_op__warnings_are_kept_up_to_a_bound),
	    cmocka_unit_test(test_op__results_are_there_only_after_success),
	    cmocka_unit_test(test_op__sleeps_by_the_clock_of_the_seam),
	    cmocka_unit_test(test_op__lock_is_given_back_at_the_end),
	    cmocka_unit_test(test_op__busy_lock_is_waited_for_and_then_names_its_holder),
	    cmocka_unit_test(test_op__lock_that_comes_free_is_taken),
	    cmocka_unit_test(test_op__store_that_cannot_lock_ends_it),
	    cmocka_unit_test(test_op__unknown_store_call_is_an_error),
	    cmocka_unit_test(test_op__store_that_cannot_stage_is_not_asked_to),
	    cmocka_unit_test(test_op__client_without_a_store_says_so),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
