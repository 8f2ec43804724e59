/*
 * Locks while each system call fails in turn: one that is had excludes, one that is not had is reported as
 * what it is, and letting go works whatever the kernel answers.
 */
#include "fault.h"
#include "scratch.h"

#include "io/lock.h"

static const char key[] = "account/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

static void
assert_lock(const struct scratch *scratch, belgo_rc want, const char *where)
{
	struct belgo_lock *lock = NULL;
	long holder = -1;
	belgo_rc rc = bg_lock_try(&lock, &holder, scratch->path, key, NULL);

	if (rc != want)
		fail_msg("%s: the next try answers %d", where, (int)rc);
	bg_lock_free(&lock);
}

/* Returns 0 where there were not so many calls. held: by another, which must keep it. */
static int
run_try(const struct fault *fault, size_t at, int held)
{
	struct belgo_lock *lock = NULL, *first = NULL;
	struct belgo_error err = {0};
	const char *hit;
	char where[160];
	void *scratch = NULL;
	long holder = -1;
	int fds;
	belgo_rc rc;

	assert_int_equal(scratch_setup(&scratch), 0);
	fds = scratch_count("/proc/self/fd");
	if (held)
		assert_int_equal(bg_lock_try(&first, NULL, ((struct scratch *)scratch)->path, key, NULL),
				 BELGO_OK);
	fault_begin(fault, at);
	rc = bg_lock_try(&lock, &holder, ((struct scratch *)scratch)->path, key, &err);
	hit = fault_end();
	snprintf(where, sizeof(where), "%s at call %zu (%s), %s", fault->name, at, hit != NULL ? hit : "none",
		 held ? "held" : "free");
	if ((rc == BELGO_OK) != (lock != NULL) || (held && rc == BELGO_OK))
		fail_msg("%s: rc %d", where, (int)rc);
	if (hit == NULL && rc != (held ? BELGO_EBUSY : BELGO_OK))
		fail_msg("%s: rc %d", where, (int)rc);
	if (rc != BELGO_OK && rc != BELGO_EBUSY && (err.rc != rc || err.text[0] == '\0'))
		fail_msg("%s: rc %d, but the error says %d", where, (int)rc, (int)err.rc);
	assert_lock(scratch, rc == BELGO_OK || held ? BELGO_EBUSY : BELGO_OK, where);
	bg_lock_free(&lock);
	bg_lock_free(&first);
	assert_lock(scratch, BELGO_OK, where);
	if (scratch_count("/proc/self/fd") != fds)
		fail_msg("%s: a descriptor is left open", where);
	assert_int_equal(scratch_teardown(&scratch), 0);
	return hit != NULL;
}

static void
test_lock__is_had_or_reported_whichever_system_call_fails(void **state)
{
	(void)state;
	for (const struct fault *fault = faults; fault->name != NULL; fault++)
		for (int held = 0; held <= 1; held++)
			for (size_t at = 1; run_try(fault, at, held); at++)
				;
}

static void
test_lock__is_let_go_whatever_the_kernel_answers(void **state)
{
	const struct scratch *scratch = *state;

	for (const struct fault *fault = faults; fault->name != NULL; fault++) {
		const char *hit = "";

		for (size_t at = 1; hit != NULL; at++) {
			struct belgo_lock *lock = NULL;

			assert_int_equal(bg_lock_try(&lock, NULL, scratch->path, key, NULL), BELGO_OK);
			fault_begin(fault, at);
			bg_lock_free(&lock);
			hit = fault_end();
			assert_lock(scratch, BELGO_OK, fault->name);
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_lock__is_had_or_reported_whichever_system_call_fails),
	    cmocka_unit_test_setup_teardown(test_lock__is_let_go_whatever_the_kernel_answers, scratch_setup,
					    scratch_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
