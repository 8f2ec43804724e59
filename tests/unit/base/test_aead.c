/* AES-256-GCM against a known answer, and what must not open; scrypt against a known answer, and its bounds.
 */
#include "base/aead.h"
#include "base/scrypt.h"

#include "harness/test.h"

/* NIST SP 800-38D, test case 16 of the GCM paper: key, nonce, 20 bytes bound, 60 sealed. */
static const unsigned char key[BG_AEAD_KEY] = {
    0xfe, 0xff, 0xe9, 0x92, 0x86, 0x65, 0x73, 0x1c, 0x6d, 0x6a, 0x8f, 0x94, 0x67, 0x30, 0x83, 0x08,
    0xfe, 0xff, 0xe9, 0x92, 0x86, 0x65, 0x73, 0x1c, 0x6d, 0x6a, 0x8f, 0x94, 0x67, 0x30, 0x83, 0x08};
static const unsigned char nonce[BG_AEAD_NONCE] = {0xca, 0xfe, 0xba, 0xbe, 0xfa, 0xce,
						   0xdb, 0xad, 0xde, 0xca, 0xf8, 0x88};
static const unsigned char bound[] = {0xfe, 0xed, 0xfa, 0xce, 0xde, 0xad, 0xbe, 0xef, 0xfe, 0xed,
				      0xfa, 0xce, 0xde, 0xad, 0xbe, 0xef, 0xab, 0xad, 0xda, 0xd2};
static const unsigned char plain[] = {0xd9, 0x31, 0x32, 0x25, 0xf8, 0x84, 0x06, 0xe5, 0xa5, 0x59, 0x09, 0xc5,
				      0xaf, 0xf5, 0x26, 0x9a, 0x86, 0xa7, 0xa9, 0x53, 0x15, 0x34, 0xf7, 0xda,
				      0x2e, 0x4c, 0x30, 0x3d, 0x8a, 0x31, 0x8a, 0x72, 0x1c, 0x3c, 0x0c, 0x95,
				      0x95, 0x68, 0x09, 0x53, 0x2f, 0xcf, 0x0e, 0x24, 0x49, 0xa6, 0xb5, 0x25,
				      0xb1, 0x6a, 0xed, 0xf5, 0xaa, 0x0d, 0xe6, 0x57, 0xba, 0x63, 0x7b, 0x39};
static const unsigned char want[sizeof(plain) + BG_AEAD_TAG] = {
    0x52, 0x2d, 0xc1, 0xf0, 0x99, 0x56, 0x7d, 0x07, 0xf4, 0x7f, 0x37, 0xa3, 0x2a, 0x84, 0x42, 0x7d,
    0x64, 0x3a, 0x8c, 0xdc, 0xbf, 0xe5, 0xc0, 0xc9, 0x75, 0x98, 0xa2, 0xbd, 0x25, 0x55, 0xd1, 0xaa,
    0x8c, 0xb0, 0x8e, 0x48, 0x59, 0x0d, 0xbb, 0x3d, 0xa7, 0xb0, 0x8b, 0x10, 0x56, 0x82, 0x88, 0x38,
    0xc5, 0xf6, 0x1e, 0x63, 0x93, 0xba, 0x7a, 0x0a, 0xbc, 0xc9, 0xf6, 0x62, 0x76, 0xfc, 0x6e, 0xce,
    0x0f, 0x4e, 0x17, 0x68, 0xcd, 0xdf, 0x88, 0x53, 0xbb, 0x2d, 0x55, 0x1b};

/* The bound bytes are one text, wherever they are parted. */
static void
test_aead__gives_the_known_answer(void **state)
{
	(void)state;
	for (size_t parted = 0; parted <= sizeof(bound); parted += 5) {
		const struct bg_aead how = {
		    .key = key,
		    .nonce = nonce,
		    .aad = {{bound, parted}, {bound + parted, sizeof(bound) - parted}}};
		unsigned char sealed[sizeof(want)], opened[sizeof(plain)];

		assert_int_equal(bg_aead_seal(sealed, &how, plain, sizeof(plain)), BELGO_OK);
		assert_memory_equal(sealed, want, sizeof(want));
		assert_int_equal(bg_aead_open(opened, &how, sealed, sizeof(sealed)), BELGO_OK);
		assert_memory_equal(opened, plain, sizeof(plain));
	}
}

static void
test_aead__opens_nothing_that_was_changed(void **state)
{
	static const unsigned char zeros[sizeof(plain)];
	const struct bg_aead how = {.key = key, .nonce = nonce, .aad = {{bound, sizeof(bound)}}};
	const struct bg_aead less = {.key = key, .nonce = nonce, .aad = {{bound, sizeof(bound) - 1}}};
	const struct bg_aead other_nonce = {.key = key, .nonce = key, .aad = {{bound, sizeof(bound)}}};
	unsigned char opened[sizeof(plain)];

	(void)state;
	for (size_t i = 0; i < sizeof(want); i++) {
		unsigned char sealed[sizeof(want)];

		memcpy(sealed, want, sizeof(want));
		sealed[i] ^= 1;
		memset(opened, 1, sizeof(opened));
		assert_int_equal(bg_aead_open(opened, &how, sealed, sizeof(sealed)), BELGO_EPROTO);
		assert_memory_equal(opened, zeros, sizeof(zeros));
	}
	for (size_t len = 0; len < sizeof(want); len++)
		assert_int_equal(bg_aead_open(opened, &how, want, len), BELGO_EPROTO);
	assert_int_equal(bg_aead_open(opened, &less, want, sizeof(want)), BELGO_EPROTO);
	assert_int_equal(bg_aead_open(opened, &other_nonce, want, sizeof(want)), BELGO_EPROTO);
}

/* Made with another implementation of scrypt. @spec RFC 7914 section 6 */
static void
test_scrypt__gives_the_known_answer(void **state)
{
	static const unsigned char salt[BG_SCRYPT_SALT] = {0, 1, 2,  3,  4,  5,  6,  7,
							   8, 9, 10, 11, 12, 13, 14, 15};
	static const unsigned char known[BG_SCRYPT_KEY] = {
	    0x5c, 0x66, 0x26, 0x28, 0xac, 0x4e, 0xb1, 0x06, 0x8a, 0x28, 0x7e, 0x2a, 0xa2, 0xa2, 0x02, 0xae,
	    0x24, 0x8e, 0x98, 0xdb, 0x04, 0xd6, 0x1d, 0x33, 0x27, 0xe7, 0x34, 0x2d, 0xb6, 0xec, 0x70, 0x97};
	unsigned char out[BG_SCRYPT_KEY];

	(void)state;
	assert_int_equal(bg_scrypt(out, "correct horse", salt, 1 << 15), BELGO_OK);
	assert_memory_equal(out, known, sizeof(known));
	assert_int_equal(bg_scrypt(out, "", salt, 1 << 15), BELGO_EINVAL);
}

static void
test_scrypt__cost_stays_within_its_bounds(void **state)
{
	static const int64_t good[] = {1 << 15, 1 << 16, 1 << 17};
	static const int64_t bad[] = {-1, 0, 1, 2, 1 << 14, (1 << 15) + 1, 1 << 18, INT64_MAX, INT64_MIN};
	unsigned char out[BG_SCRYPT_KEY];

	(void)state;
	for (size_t i = 0; i < BG_LEN(good); i++)
		assert_true(bg_scrypt_is_bounded(good[i]));
	for (size_t i = 0; i < BG_LEN(bad); i++) {
		assert_false(bg_scrypt_is_bounded(bad[i]));
		assert_int_equal(bg_scrypt(out, "correct horse", key, bad[i]), BELGO_EINVAL);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_aead__gives_the_known_answer),
	    cmocka_unit_test(test_aead__opens_nothing_that_was_changed),
	    cmocka_unit_test(test_scrypt__gives_the_known_answer),
	    cmocka_unit_test(test_scrypt__cost_stays_within_its_bounds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
