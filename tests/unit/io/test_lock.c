/* Locks: one holder at a time, whether the others are threads or processes. */
#include "scratch.h"

#include "io/lock.h"

#include <pthread.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static const char key[] = "account/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
static const char other[] = "account/bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";

static void
test_lock__is_had_once_and_again_after_release(void **state)
{
	const struct scratch *scratch = *state;
	struct belgo_lock *one = NULL, *two = NULL;
	struct belgo_error err = {0};
	long holder = 0;

	assert_int_equal(bg_lock_try(&one, &holder, scratch->path, key, &err), BELGO_OK);
	assert_int_equal(bg_lock_try(&two, &holder, scratch->path, key, &err), BELGO_EBUSY);
	assert_null(two);
	assert_int_equal(holder, getpid());
	assert_int_equal(err.rc, BELGO_OK);
	bg_lock_free(&one);
	assert_null(one);
	assert_int_equal(bg_lock_try(&two, &holder, scratch->path, key, &err), BELGO_OK);
	bg_lock_free(&two);
}

static void
test_lock__of_one_key_leaves_the_others_free(void **state)
{
	const struct scratch *scratch = *state;
	struct belgo_lock *one = NULL, *two = NULL;

	assert_int_equal(bg_lock_try(&one, NULL, scratch->path, key, NULL), BELGO_OK);
	assert_int_equal(bg_lock_try(&two, NULL, scratch->path, other, NULL), BELGO_OK);
	bg_lock_free(&one);
	bg_lock_free(&two);
}

static void
test_lock__of_a_process_that_dies_is_free(void **state)
{
	const struct scratch *scratch = *state;
	struct belgo_lock *lock = NULL;
	int ready[2], status = 0;
	long holder = 0;
	pid_t child;
	char byte;

	assert_int_equal(pipe(ready), 0);
	if ((child = fork()) == 0) {
		if (bg_lock_try(&lock, NULL, scratch->path, key, NULL) == BELGO_OK)
			(void)!write(ready[1], "x", 1);
		pause();
		_exit(1);
	}
	assert_int_equal(read(ready[0], &byte, 1), 1);
	assert_int_equal(bg_lock_try(&lock, &holder, scratch->path, key, NULL), BELGO_EBUSY);
	assert_int_equal(holder, child);
	assert_int_equal(kill(child, SIGKILL), 0);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(bg_lock_try(&lock, &holder, scratch->path, key, NULL), BELGO_OK);
	bg_lock_free(&lock);
	close(ready[0]);
	close(ready[1]);
}

static void
test_lock__is_free_though_a_child_forked_meanwhile_lives_on(void **state)
{
	const struct scratch *scratch = *state;
	struct belgo_lock *lock = NULL;
	int status = 0;
	pid_t child;

	assert_int_equal(bg_lock_try(&lock, NULL, scratch->path, key, NULL), BELGO_OK);
	if ((child = fork()) == 0) {
		pause();
		_exit(1);
	}
	bg_lock_free(&lock);
	assert_int_equal(bg_lock_try(&lock, NULL, scratch->path, key, NULL), BELGO_OK);
	bg_lock_free(&lock);
	assert_int_equal(kill(child, SIGKILL), 0);
	assert_int_equal(waitpid(child, &status, 0), child);
}

struct contest {
	const char *dir;
	struct bg_lock_table *table; /* NULL: files */
	int inside;
	int collisions;
	int had;
};

static void *
contend(void *arg)
{
	struct contest *contest = arg;

	for (int tries = 0, had = 0; tries < 200000 && had < 200; tries++) {
		struct belgo_lock *lock = NULL;
		belgo_rc rc = contest->table == NULL
				  ? bg_lock_try(&lock, NULL, contest->dir, key, NULL)
				  : bg_lock_table_try(&lock, NULL, contest->table, key, NULL);

		if (rc != BELGO_OK)
			continue;
		if (__atomic_add_fetch(&contest->inside, 1, __ATOMIC_SEQ_CST) != 1)
			__atomic_add_fetch(&contest->collisions, 1, __ATOMIC_SEQ_CST);
		__atomic_sub_fetch(&contest->inside, 1, __ATOMIC_SEQ_CST);
		__atomic_add_fetch(&contest->had, 1, __ATOMIC_SEQ_CST);
		had++;
		bg_lock_free(&lock);
	}
	return NULL;
}

static void
assert_excludes(struct contest *contest)
{
	pthread_t threads[2];

	for (size_t i = 0; i < 2; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, contend, contest), 0);
	for (size_t i = 0; i < 2; i++)
		assert_int_equal(pthread_join(threads[i], NULL), 0);
	assert_int_equal(contest->collisions, 0);
	assert_true(contest->had >= 200);
}

static void
test_lock__excludes_two_threads_of_one_process(void **state)
{
	const struct scratch *scratch = *state;
	struct contest contest = {.dir = scratch->path};

	assert_excludes(&contest);
}

static void
test_lock__table_excludes_two_threads(void **state)
{
	struct contest contest = {0};

	(void)state;
	assert_int_equal(bg_lock_table_new(&contest.table), BELGO_OK);
	assert_excludes(&contest);
	bg_lock_table_free(&contest.table);
}

static void
test_lock__makes_a_private_directory_and_refuses_an_open_one(void **state)
{
	const struct scratch *scratch = *state;
	struct belgo_lock *lock = NULL;
	struct belgo_error err = {0};
	char dir[512];
	struct stat st;

	assert_int_equal(bg_lock_try(&lock, NULL, scratch->path, key, NULL), BELGO_OK);
	bg_lock_free(&lock);
	assert_int_equal(stat(scratch_path(dir, scratch, "lock"), &st), 0);
	assert_int_equal(st.st_mode & 07777, 0700);
	assert_int_equal(chmod(dir, 0755), 0);
	assert_int_equal(bg_lock_try(&lock, NULL, scratch->path, key, &err), BELGO_ESTORE);
	assert_non_null(strstr(err.text, "is open to other users"));
	assert_null(lock);
}

static void
test_lock__does_not_follow_a_link(void **state)
{
	const struct scratch *scratch = *state;
	struct belgo_lock *lock = NULL;
	char target[512], dir[512], link[600];

	assert_int_equal(mkdir(scratch_path(dir, scratch, "lock"), 0700), 0);
	scratch_write(scratch_path(target, scratch, "target"), "keep", 4, 0600);
	snprintf(link, sizeof(link), "%s/account-%s.lock", dir, key + strlen("account/"));
	assert_int_equal(symlink(target, link), 0);
	assert_int_equal(bg_lock_try(&lock, NULL, scratch->path, key, NULL), BELGO_ESTORE);
	assert_null(lock);
	assert_int_equal(scratch_holds(target, "keep"), 1);
}

#define WITH_SCRATCH(test) cmocka_unit_test_setup_teardown(test, scratch_setup, scratch_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    WITH_SCRATCH(test_lock__is_had_once_and_again_after_release),
	    WITH_SCRATCH(test_lock__of_one_key_leaves_the_others_free),
	    WITH_SCRATCH(test_lock__of_a_process_that_dies_is_free),
	    WITH_SCRATCH(test_lock__is_free_though_a_child_forked_meanwhile_lives_on),
	    WITH_SCRATCH(test_lock__excludes_two_threads_of_one_process),
	    cmocka_unit_test(test_lock__table_excludes_two_threads),
	    WITH_SCRATCH(test_lock__makes_a_private_directory_and_refuses_an_open_one),
	    WITH_SCRATCH(test_lock__does_not_follow_a_link),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
