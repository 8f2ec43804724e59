/* SHA-2 against the vectors of FIPS 180-4, and identities of lists. */
#include "base/digest.h"

#include "harness/test.h"

static void
hex(char *out, const unsigned char *p, size_t len)
{
	for (size_t i = 0; i < len; i++)
		(void)snprintf(out + 2 * i, 3, "%02x", p[i]);
}

static void
test_digest__gives_the_known_hashes(void **state)
{
	static const struct {
		enum bg_hash hash;
		size_t len;
		const char *want;
	} rows[] = {
	    {BG_SHA256, 32, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
	    {BG_SHA384, 48,
	     "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed"
	     "8086072ba1e7cc2358baeca134c825a7"},
	    {BG_SHA512, 64,
	     "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
	     "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f"},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		unsigned char md[BG_HASH_MAX];
		char text[2 * BG_HASH_MAX + 1];
		size_t len = 0;

		assert_int_equal(bg_digest(md, &len, rows[i].hash, "abc", 3), BELGO_OK);
		assert_int_equal(len, rows[i].len);
		hex(text, md, len);
		assert_string_equal(text, rows[i].want);
	}
}

static void
test_digest__identity_hashes_length_and_text(void **state)
{
	const char *const parts[] = {"abc"};
	unsigned char md[BG_HASH_MAX];
	char id[BG_ID_SIZE], want[2 * BG_HASH_MAX + 1];
	size_t len;

	(void)state;
	assert_int_equal(bg_digest_id(id, parts, 1), BELGO_OK);
	assert_int_equal(bg_digest(md, &len, BG_SHA256, "\0\0\0\0\0\0\0\3abc", 11), BELGO_OK);
	hex(want, md, len);
	assert_string_equal(id, want);
}

static void
test_digest__no_two_lists_share_an_identity(void **state)
{
	static const char *const lists[][3] = {
	    {"ab", "c", ""},   {"a", "bc", ""},   {"", "abc", ""},    {"abc", "", ""},
	    {"abc", NULL, ""}, {"abc", "", NULL}, {NULL, NULL, NULL}, {"", "", ""},
	};
	char ids[BG_LEN(lists) + 1][BG_ID_SIZE];

	(void)state;
	for (size_t i = 0; i < BG_LEN(lists); i++)
		assert_int_equal(bg_digest_id(ids[i], lists[i], 3), BELGO_OK);
	assert_int_equal(bg_digest_id(ids[BG_LEN(lists)], lists[0], 2), BELGO_OK);
	for (size_t i = 0; i < BG_LEN(ids); i++) {
		for (size_t j = i + 1; j < BG_LEN(ids); j++)
			assert_string_not_equal(ids[i], ids[j]);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_digest__gives_the_known_hashes),
	    cmocka_unit_test(test_digest__identity_hashes_length_and_text),
	    cmocka_unit_test(test_digest__no_two_lists_share_an_identity),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
