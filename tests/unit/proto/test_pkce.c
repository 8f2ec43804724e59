/* PKCE and the other texts of random bytes. */
#include "base/mem.h"
#include "harness/failalloc.h"
#include "harness/test.h"
#include "proto/pkce.h"

#define VERIFIER "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"

/* RFC 7636 appendix B */
static const unsigned char octets[BG_RANDOM_LEN] = {
    116, 24,  223, 180, 151, 153, 224, 37,  79, 250, 96, 125, 216, 173, 187, 186,
    22,  212, 37,  77,  105, 214, 191, 240, 91, 88,  5,  88,  83,  132, 141, 121,
};

/* @spec RFC 7636 section 4.1 */
static void
test_pkce__random_text_is_the_verifier_of_appendix_b(void **state)
{
	BG_AUTO(bg_str_free) char *text = NULL;

	(void)state;
	assert_int_equal(bg_random_text(&text, octets), BELGO_OK);
	assert_string_equal(text, VERIFIER);
}

/* @spec RFC 7636 section 4.2 */
static void
test_pkce__challenge_is_that_of_appendix_b(void **state)
{
	BG_AUTO(bg_str_free) char *challenge = NULL;

	(void)state;
	assert_int_equal(bg_pkce_challenge(&challenge, VERIFIER), BELGO_OK);
	assert_string_equal(challenge, "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
}

#define TEN "abcdefghi~"

/* @spec RFC 7636 section 4.1 */
static void
test_pkce__challenge_wants_43_to_128_unreserved_characters(void **state)
{
	static const struct {
		const char *name, *verifier;
		belgo_rc want;
	} rows[] = {
	    {"43", TEN TEN TEN TEN "-._", BELGO_OK},
	    {"42", TEN TEN TEN TEN "-.", BELGO_EINVAL},
	    {"128", TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN "12345678", BELGO_OK},
	    {"129", TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN "123456789", BELGO_EINVAL},
	    {"blank", TEN TEN TEN TEN "a b", BELGO_EINVAL},
	    {"plus", TEN TEN TEN TEN "a+b", BELGO_EINVAL},
	    {"not ASCII", TEN TEN TEN TEN "\xc3\xa4z", BELGO_EINVAL},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		BG_AUTO(bg_str_free) char *challenge = NULL;

		assert_row(rows[i].name, bg_pkce_challenge(&challenge, rows[i].verifier) == rows[i].want);
		assert_row(rows[i].name, (challenge != NULL) == (rows[i].want == BELGO_OK));
	}
}

static belgo_rc
make_both(void)
{
	BG_AUTO(bg_str_free) char *text = NULL;
	BG_AUTO(bg_str_free) char *challenge = NULL;

	BG_TRY(bg_random_text(&text, octets));
	return bg_pkce_challenge(&challenge, text);
}

static void
test_pkce__reports_lack_of_memory(void **state)
{
	(void)state;
	FAILALLOC_EACH(make_both());
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_pkce__random_text_is_the_verifier_of_appendix_b),
	    cmocka_unit_test(test_pkce__challenge_is_that_of_appendix_b),
	    cmocka_unit_test(test_pkce__challenge_wants_43_to_128_unreserved_characters),
	    cmocka_unit_test(test_pkce__reports_lack_of_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
