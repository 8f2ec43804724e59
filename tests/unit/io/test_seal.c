/* Sealing and envelopes: what comes back is what was put in, or nothing. */
#include "harness/test.h"

#include "io/envelope.h"
#include "io/file.h"
#include "io/seal.h"

static const unsigned char key[BG_SEAL_KEY] = "0123456789abcdef0123456789abcdef";
static const unsigned char other_key[BG_SEAL_KEY] = "0123456789abcdef0123456789abcdeg";
static const char text[] = "a refresh token";

static struct belgo_blob
sealed_text(void)
{
	struct belgo_blob sealed = {0};

	assert_int_equal(bg_seal(&sealed, key, "here", text, sizeof(text), NULL), BELGO_OK);
	return sealed;
}

static void
test_seal__opens_what_it_sealed(void **state)
{
	struct belgo_blob sealed = sealed_text(), open = {0};

	(void)state;
	assert_int_equal(sealed.len, sizeof(text) + BG_SEAL_OVERHEAD);
	assert_null(memmem(sealed.data, sealed.len, text, 4));
	assert_int_equal(bg_unseal(&open, key, "here", &sealed, "it", NULL), BELGO_OK);
	assert_int_equal(open.len, sizeof(text));
	assert_memory_equal(open.data, text, sizeof(text));
	belgo_blob_done(&sealed);
	belgo_blob_done(&open);
}

static void
test_seal__opens_an_empty_record(void **state)
{
	struct belgo_blob sealed = {0}, open = {0};

	(void)state;
	assert_int_equal(bg_seal(&sealed, key, "here", NULL, 0, NULL), BELGO_OK);
	assert_int_equal(bg_unseal(&open, key, "here", &sealed, "it", NULL), BELGO_OK);
	assert_int_equal(open.len, 0);
	belgo_blob_done(&sealed);
	belgo_blob_done(&open);
}

static void
test_seal__never_seals_twice_alike(void **state)
{
	struct belgo_blob one = sealed_text(), two = sealed_text();

	(void)state;
	assert_memory_not_equal(one.data, two.data, one.len);
	belgo_blob_done(&one);
	belgo_blob_done(&two);
}

static void
test_seal__does_not_open_with_another_key_or_context(void **state)
{
	struct belgo_blob sealed = sealed_text(), open = {0};
	struct belgo_error err = {0};

	(void)state;
	assert_int_equal(bg_unseal(&open, other_key, "here", &sealed, "it", &err), BELGO_ESTORE);
	assert_string_equal(err.text, "it is damaged, or was sealed with another key");
	assert_int_equal(bg_unseal(&open, key, "there", &sealed, "it", NULL), BELGO_ESTORE);
	assert_null(open.data);
	belgo_blob_done(&sealed);
}

static void
test_seal__does_not_open_one_cut_at_any_length(void **state)
{
	struct belgo_blob sealed = sealed_text(), open = {0};

	(void)state;
	for (size_t len = 0; len < sealed.len; len++) {
		struct belgo_blob cut = {.data = sealed.data, .len = len};

		assert_int_equal(bg_unseal(&open, key, "here", &cut, "it", NULL), BELGO_ESTORE);
	}
	assert_null(open.data);
	belgo_blob_done(&sealed);
}

static void
test_seal__does_not_open_one_with_any_bit_changed(void **state)
{
	struct belgo_blob sealed = sealed_text(), open = {0};

	(void)state;
	for (size_t bit = 0; bit < sealed.len * 8; bit++) {
		belgo_rc rc;

		sealed.data[bit / 8] ^= (unsigned char)(1 << bit % 8);
		rc = bg_unseal(&open, key, "here", &sealed, "it", NULL);
		/* Byte 6 is the version: one that is higher is not damage. */
		assert_int_equal(rc, bit / 8 == 6 && sealed.data[6] > 1 ? BELGO_EVERSION : BELGO_ESTORE);
		sealed.data[bit / 8] ^= (unsigned char)(1 << bit % 8);
	}
	assert_null(open.data);
	belgo_blob_done(&sealed);
}

static void
test_envelope__reads_what_it_wrote(void **state)
{
	struct belgo_blob blob = {0};
	struct bg_envelope envelope = {0};

	(void)state;
	assert_int_equal(bg_envelope_write(&blob, 41, key, text, sizeof(text), NULL), BELGO_OK);
	assert_int_equal(bg_envelope_read(&envelope, &blob, "it", NULL), BELGO_OK);
	assert_int_equal(envelope.seq, 41);
	assert_memory_equal(envelope.recovery_key, key, BG_SEAL_KEY);
	assert_int_equal(envelope.payload.len, sizeof(text));
	assert_memory_equal(envelope.payload.data, text, sizeof(text));
	belgo_blob_done(&blob);
	bg_envelope_done(&envelope);
}

#define KEY43 "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

static void
test_envelope__tells_damage_from_a_newer_version(void **state)
{
	static const struct {
		const char *name, *input;
		belgo_rc want;
	} rows[] = {
	    {"whole", "belgoauth-record 1 1 " KEY43 "\nx", BELGO_OK},
	    {"whole, no payload", "belgoauth-record 1 1 " KEY43 "\n", BELGO_OK},
	    {"newer", "belgoauth-record 2 whatever\n", BELGO_EVERSION},
	    {"much newer", "belgoauth-record 10 1 " KEY43 "\nx", BELGO_EVERSION},
	    {"version 0", "belgoauth-record 0 1 " KEY43 "\nx", BELGO_ESTORE},
	    {"no version", "belgoauth-record ", BELGO_ESTORE},
	    {"another's", "{\"access_token\":\"x\"}", BELGO_ESTORE},
	    {"empty", "", BELGO_ESTORE},
	    {"sequence 0", "belgoauth-record 1 0 " KEY43 "\nx", BELGO_ESTORE},
	    {"negative sequence", "belgoauth-record 1 -1 " KEY43 "\nx", BELGO_ESTORE},
	    {"sequence too long", "belgoauth-record 1 12345678901234567 " KEY43 "\nx", BELGO_ESTORE},
	    {"short key", "belgoauth-record 1 1 AAAA\nx", BELGO_ESTORE},
	    {"padded key", "belgoauth-record 1 1 AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\nx",
	     BELGO_ESTORE},
	    {"no end of line", "belgoauth-record 1 1 " KEY43, BELGO_ESTORE},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		struct bg_envelope envelope = {0};
		struct belgo_blob blob = {0};
		belgo_rc rc;

		assert_int_equal(bg_blob_set(&blob, rows[i].input, strlen(rows[i].input)), BELGO_OK);
		rc = bg_envelope_read(&envelope, &blob, "it", NULL);
		assert_row(rows[i].name, rc == rows[i].want);
		assert_row(rows[i].name, rc == BELGO_OK || envelope.payload.data == NULL);
		belgo_blob_done(&blob);
		bg_envelope_done(&envelope);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_seal__opens_what_it_sealed),
	    cmocka_unit_test(test_seal__opens_an_empty_record),
	    cmocka_unit_test(test_seal__never_seals_twice_alike),
	    cmocka_unit_test(test_seal__does_not_open_with_another_key_or_context),
	    cmocka_unit_test(test_seal__does_not_open_one_cut_at_any_length),
	    cmocka_unit_test(test_seal__does_not_open_one_with_any_bit_changed),
	    cmocka_unit_test(test_envelope__reads_what_it_wrote),
	    cmocka_unit_test(test_envelope__tells_damage_from_a_newer_version),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
