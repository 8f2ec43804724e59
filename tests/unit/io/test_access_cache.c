/* The access-token cache in the kernel's user keyring; where the kernel has none for us, these tests are
 * skipped. */
#include "harness/test.h"

#include "io/access_cache.h"

#include <belgoauth/env.h>

#include <linux/keyctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* An id that no account has: a hash never begins so. */
static char id[65];
static char buf[BG_ACCESS_CACHE_MAX];

static int
setup(void **state)
{
	(void)state;
	memset(id, '0', 64);
	snprintf(id, sizeof(id), "%056d%08x", 0, (unsigned)getpid());
	return 0;
}

static int
teardown(void **state)
{
	const struct belgo_access_cache *cache = belgo_access_cache_kernel();

	(void)state;
	cache->purge(cache->ctx, id);
	return 0;
}

static void
skip_without_keyring(void)
{
	long key =
	    syscall(SYS_add_key, "user", "belgoauth:test", "x", (size_t)1, (long)KEY_SPEC_USER_KEYRING);

	if (key < 0)
		skip();
	syscall(SYS_keyctl, KEYCTL_UNLINK, key, (long)KEY_SPEC_USER_KEYRING, 0, 0);
}

static int
is_cached(void)
{
	size_t len = 0;

	return bg_access_cache_get(id, buf, sizeof(buf), &len) == 0;
}

static void
put(const char *type, const char *token, int64_t expires_at, int64_t now)
{
	const struct belgo_access_cache *cache = belgo_access_cache_kernel();

	cache->put(cache->ctx, id, type, token, expires_at, now);
}

static void
test_access_cache__finds_what_was_put_until_it_is_purged(void **state)
{
	const struct belgo_access_cache *cache = belgo_access_cache_kernel();
	struct bg_access_cached cached = {0};
	size_t len = 0;

	(void)state;
	skip_without_keyring();
	assert_false(is_cached());
	put("Bearer", "t0ken", 5000, 1000);
	assert_int_equal(bg_access_cache_get(id, buf, sizeof(buf), &len), 0);
	assert_int_equal(bg_access_cache_parse(&cached, buf, len), 0);
	assert_int_equal(cached.expires_at, 5000);
	assert_string_equal(cached.token_type, "Bearer");
	assert_string_equal(cached.access_token, "t0ken");
	cache->purge(cache->ctx, id);
	assert_false(is_cached());
}

static void
test_access_cache__a_second_put_replaces_the_first(void **state)
{
	struct bg_access_cached cached = {0};
	size_t len = 0;

	(void)state;
	skip_without_keyring();
	put("Bearer", "first", 5000, 1000);
	put("Bearer", "second", 6000, 1000);
	assert_int_equal(bg_access_cache_get(id, buf, sizeof(buf), &len), 0);
	assert_int_equal(bg_access_cache_parse(&cached, buf, len), 0);
	assert_string_equal(cached.access_token, "second");
}

static void
test_access_cache__never_keeps_what_has_expired_or_could_not_be_read_back(void **state)
{
	static const struct {
		const char *name, *type, *token;
		int64_t expires_at;
		int keep;
	} rows[] = {
	    {"good", "Bearer", "t", 1001, 1},        {"unknown expiry", "Bearer", "t", 0, 1},
	    {"expires now", "Bearer", "t", 1000, 0}, {"expired", "Bearer", "t", 999, 0},
	    {"negative", "Bearer", "t", -1, 0},      {"newline in token", "Bearer", "a\nb", 5000, 0},
	    {"empty token", "Bearer", "", 5000, 0},  {"newline in type", "Be\narer", "t", 5000, 0},
	    {"no type", NULL, "t", 5000, 0},         {"no token", "Bearer", NULL, 5000, 0},
	};

	(void)state;
	skip_without_keyring();
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		put("Bearer", "older", 5000, 1000);
		put(rows[i].type, rows[i].token, rows[i].expires_at, 1000);
		assert_row(rows[i].name, is_cached() == rows[i].keep);
	}
}

static void
test_access_cache__skips_what_is_too_large_and_drops_the_older_one(void **state)
{
	static char large[BG_ACCESS_CACHE_MAX + 1];

	(void)state;
	skip_without_keyring();
	memset(large, 'a', sizeof(large) - 1);
	put("Bearer", "older", 5000, 1000);
	put("Bearer", large, 5000, 1000);
	assert_false(is_cached());
}

static void
test_access_cache__a_buffer_that_is_too_small_gets_nothing(void **state)
{
	char small[8];
	size_t len = 7;

	(void)state;
	skip_without_keyring();
	put("Bearer", "0123456789", 5000, 1000);
	assert_int_equal(bg_access_cache_get(id, small, sizeof(small), &len), -1);
	assert_int_equal(len, 7);
	assert_null(memmem(small, sizeof(small), "50", 2));
	assert_int_equal(bg_access_cache_get(id, small, 0, &len), -1);
}

/* The kernel's own clock: what is asked of it is one second, and the key is gone when it says so. */
static void
test_access_cache__the_kernel_ends_it(void **state)
{
	struct timespec pause = {.tv_nsec = 20 * 1000 * 1000};
	int gone = 0;

	(void)state;
	skip_without_keyring();
	put("Bearer", "t", 1003, 1000);
	assert_true(is_cached());
	for (int i = 0; i < 1000 && !(gone = !is_cached()); i++)
		nanosleep(&pause, NULL);
	assert_true(gone);
}

/* Of the four parties only possessor and user may do anything; the user may read, for sessions that do not
 * possess. */
static void
test_access_cache__others_have_no_access(void **state)
{
	char description[128] = "", text[128];
	unsigned mask = 0;
	long key;

	(void)state;
	skip_without_keyring();
	put("Bearer", "t", 5000, 1000);
	snprintf(description, sizeof(description), "belgoauth:%s", id);
	key = syscall(SYS_keyctl, KEYCTL_SEARCH, (long)KEY_SPEC_USER_KEYRING, "user", description, 0);
	assert_true(key > 0);
	assert_true(syscall(SYS_keyctl, KEYCTL_DESCRIBE, key, text, sizeof(text), 0) > 0);
	assert_int_equal(sscanf(text, "user;%*d;%*d;%x;", &mask), 1);
	assert_int_equal(mask & 0xffff, 0);
	assert_int_equal(mask & 0x00ff0000, 0x000b0000);
}

static void
test_access_cache__a_malformed_id_is_a_miss(void **state)
{
	static const char *const ids[] = {"", "abc", "../../etc", NULL};
	size_t len = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++)
		assert_int_equal(bg_access_cache_get(ids[i], buf, sizeof(buf), &len), -1);
}

static void
test_access_cache__parse_takes_only_whole_entries(void **state)
{
	static const struct {
		const char *name, *input;
		size_t len;
		int want;
	} rows[] = {
	    {"whole", "5000\nBearer\nt", 13, 0},
	    {"unknown expiry", "0\nDPoP\nt", 8, 0},
	    {"empty", "", 0, -1},
	    {"no token", "5000\nBearer", 11, -1},
	    {"empty token", "5000\nBearer\n", 12, -1},
	    {"empty type", "5000\n\nt", 7, -1},
	    {"no expiry", "\nBearer\nt", 9, -1},
	    {"negative expiry", "-5\nBearer\nt", 11, -1},
	    {"expiry with a tail", "5000x\nBearer\nt", 14, -1},
	    {"expiry too long", "1234567890123456\nBearer\nt", 25, -1},
	    {"newline in token", "5000\nBearer\nt\nu", 15, -1},
	    {"NUL inside", "5000\nBearer\nt\0u", 15, -1},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct bg_access_cached cached = {.expires_at = -7};
		char copy[64] = "";

		memcpy(copy, rows[i].input, rows[i].len);
		assert_row(rows[i].name, bg_access_cache_parse(&cached, copy, rows[i].len) == rows[i].want);
		assert_row(rows[i].name, (cached.expires_at == -7) == (rows[i].want != 0));
	}
}

#define KERNEL(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    KERNEL(test_access_cache__finds_what_was_put_until_it_is_purged),
	    KERNEL(test_access_cache__a_second_put_replaces_the_first),
	    KERNEL(test_access_cache__never_keeps_what_has_expired_or_could_not_be_read_back),
	    KERNEL(test_access_cache__skips_what_is_too_large_and_drops_the_older_one),
	    KERNEL(test_access_cache__a_buffer_that_is_too_small_gets_nothing),
	    KERNEL(test_access_cache__the_kernel_ends_it),
	    KERNEL(test_access_cache__others_have_no_access),
	    cmocka_unit_test(test_access_cache__a_malformed_id_is_a_miss),
	    cmocka_unit_test(test_access_cache__parse_takes_only_whole_entries),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
