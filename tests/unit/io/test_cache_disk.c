/* The cache of public documents: whole or not at all, and never in the way. */
#include "scratch.h"

#include <belgoauth/env.h>

#include <sys/stat.h>
#include <unistd.h>

static const char key[] = "https://op.example/.well-known/openid-configuration";

static struct belgo_cache
open_cache(const struct scratch *scratch, char dir[512])
{
	struct belgo_cache cache = {0};

	assert_int_equal(belgo_cache_disk_new(&cache, scratch_path(dir, scratch, "a/b"), NULL), BELGO_OK);
	return cache;
}

static void
assert_cached(const struct belgo_cache *cache, const char *name, const char *want)
{
	char *value = NULL;
	size_t len = 0;

	assert_int_equal(cache->get(cache->ctx, name, &value, &len), BELGO_OK);
	assert_int_equal(len, strlen(want));
	assert_string_equal(value, want);
	free(value);
}

static void
assert_miss(const struct belgo_cache *cache, const char *name)
{
	char *value = NULL;
	size_t len = 77;

	assert_int_equal(cache->get(cache->ctx, name, &value, &len), BELGO_ENOTFOUND);
	assert_null(value);
	assert_int_equal(len, 77);
}

static void
test_cache_disk__finds_what_was_put_until_it_is_removed(void **state)
{
	char dir[512];
	struct belgo_cache cache = open_cache(*state, dir);

	cache.put(cache.ctx, key, "{}", 2);
	cache.put(cache.ctx, "other", "", 0);
	assert_cached(&cache, key, "{}");
	assert_cached(&cache, "other", "");
	cache.put(cache.ctx, key, "{\"a\":1}", 7);
	assert_cached(&cache, key, "{\"a\":1}");
	cache.remove(cache.ctx, key);
	assert_miss(&cache, key);
	cache.remove(cache.ctx, key);
	assert_cached(&cache, "other", "");
	belgo_cache_done(&cache);
	assert_null(cache.ctx);
}

static void
test_cache_disk__reading_creates_nothing(void **state)
{
	char dir[512];
	struct belgo_cache cache = open_cache(*state, dir);

	assert_miss(&cache, key);
	cache.remove(cache.ctx, key);
	assert_int_equal(access(dir, F_OK), -1);
	belgo_cache_done(&cache);
}

static void
test_cache_disk__files_are_private_and_named_by_hash(void **state)
{
	char dir[512], file[512];
	struct belgo_cache cache = open_cache(*state, dir);
	struct stat st;

	cache.put(cache.ctx, "../../escape", "x", 1);
	scratch_only_entry(file, dir);
	assert_int_equal(strlen(strrchr(file, '/') + 1), 64);
	assert_int_equal(stat(file, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(stat(dir, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0700);
	belgo_cache_done(&cache);
}

static void
test_cache_disk__a_file_cut_or_changed_anywhere_is_a_miss(void **state)
{
	char dir[512], file[512];
	struct belgo_cache cache = open_cache(*state, dir);
	unsigned char *data;
	size_t len;

	cache.put(cache.ctx, key, "{\"jwks\":1}", 10);
	scratch_only_entry(file, dir);
	data = scratch_read(file, &len);
	for (size_t cut = 0; cut < len; cut++) {
		scratch_write(file, data, cut, 0600);
		assert_miss(&cache, key);
		data[cut] ^= 1;
		scratch_write(file, data, len, 0600);
		assert_miss(&cache, key);
		data[cut] ^= 1;
	}
	scratch_write(file, data, len, 0600);
	assert_cached(&cache, key, "{\"jwks\":1}");
	free(data);
	belgo_cache_done(&cache);
}

static void
test_cache_disk__the_file_of_another_key_is_a_miss(void **state)
{
	char dir[512], first[512], second[512], third[600];
	struct belgo_cache cache = open_cache(*state, dir);

	cache.put(cache.ctx, "one", "1", 1);
	scratch_only_entry(first, dir);
	snprintf(third, sizeof(third), "%s/../aside", dir);
	assert_int_equal(rename(first, third), 0);
	cache.put(cache.ctx, "two", "2", 1);
	scratch_only_entry(second, dir);
	assert_int_equal(rename(third, second), 0);
	assert_miss(&cache, "two");
	belgo_cache_done(&cache);
}

static void
test_cache_disk__keeps_nothing_above_a_mebibyte(void **state)
{
	static char large[1024 * 1024];
	char dir[512];
	struct belgo_cache cache = open_cache(*state, dir);
	char *value = NULL;
	size_t len = 0;

	memset(large, 'a', sizeof(large));
	cache.put(cache.ctx, key, large, sizeof(large));
	assert_miss(&cache, key);
	cache.put(cache.ctx, key, large, sizeof(large) - 1024);
	assert_int_equal(cache.get(cache.ctx, key, &value, &len), BELGO_OK);
	assert_int_equal(len, sizeof(large) - 1024);
	free(value);
	belgo_cache_done(&cache);
}

static void
test_cache_disk__does_not_trust_a_directory_that_others_can_write(void **state)
{
	char dir[512];
	struct belgo_cache cache = open_cache(*state, dir);

	cache.put(cache.ctx, key, "{}", 2);
	assert_int_equal(chmod(dir, 0777), 0);
	assert_miss(&cache, key);
	assert_int_equal(chmod(dir, 0755), 0);
	assert_cached(&cache, key, "{}");
	belgo_cache_done(&cache);
}

static void
test_cache_disk__wants_an_absolute_directory(void **state)
{
	struct belgo_cache cache = {0};

	(void)state;
	assert_int_equal(belgo_cache_disk_new(&cache, "relative", NULL), BELGO_EINVAL);
	assert_int_equal(belgo_cache_disk_new(&cache, NULL, NULL), BELGO_EINVAL);
	assert_null(cache.ctx);
}

#define WITH_SCRATCH(test) cmocka_unit_test_setup_teardown(test, scratch_setup, scratch_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    WITH_SCRATCH(test_cache_disk__finds_what_was_put_until_it_is_removed),
	    WITH_SCRATCH(test_cache_disk__reading_creates_nothing),
	    WITH_SCRATCH(test_cache_disk__files_are_private_and_named_by_hash),
	    WITH_SCRATCH(test_cache_disk__a_file_cut_or_changed_anywhere_is_a_miss),
	    WITH_SCRATCH(test_cache_disk__the_file_of_another_key_is_a_miss),
	    WITH_SCRATCH(test_cache_disk__keeps_nothing_above_a_mebibyte),
	    WITH_SCRATCH(test_cache_disk__does_not_trust_a_directory_that_others_can_write),
	    cmocka_unit_test(test_cache_disk__wants_an_absolute_directory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
