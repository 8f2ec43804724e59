/* Sealed files for the owner of a key: what opens, what does not, and why. Hostile files are more in
 * tests/hostile/sealed.sh. */
#include "jose/sealed.h"

#include "base/error.h"
#include "base/mem.h"
#include "harness/test.h"

#define PLAIN "{\"what\":\"S3CRET\"}"

/* RFC 7748 section 6.1: Alice's and Bob's keys. */
#define X25519_PUBLIC                                                                                        \
	"{\"kty\":\"OKP\",\"crv\":\"X25519\",\"x\":\"hSDwCYkwp1R0i33ctD73Wg2_Og0mOBr066SpjqqbTmo\"}"
#define X25519_PRIVATE                                                                                       \
	"{\"kty\":\"OKP\",\"crv\":\"X25519\",\"x\":\"hSDwCYkwp1R0i33ctD73Wg2_Og0mOBr066SpjqqbTmo\","         \
	"\"d\":\"dwdtCnMYpX08FsFyUbJmRd9ML4frwJkqsXf7pR25LCo\"}"
#define OTHER_PRIVATE                                                                                        \
	"{\"kty\":\"OKP\",\"crv\":\"X25519\",\"x\":\"3p7bfXt9wbTTW2HC7OQ1Nz-DQ8hbeGdNrfx-FG-IK08\","         \
	"\"d\":\"XasIfmJKikt54X-Lg4AO5m87sSkmGLb9HC-LJ_-I4Os\"}"
/* RFC 7517 appendix A.2. */
#define P256_X "\"x\":\"MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4\""
#define P256_Y "\"y\":\"4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM\""
#define P256_D "\"d\":\"870MB6gfuTJ4HtUnUvYMyJpr5eUZNP4Bk43bVdj3eAE\""
#define P256_PUBLIC "{\"kty\":\"EC\",\"crv\":\"P-256\"," P256_X "," P256_Y "}"
#define P256_PRIVATE "{\"kty\":\"EC\",\"crv\":\"P-256\"," P256_X "," P256_Y "," P256_D "}"

static char *
sealed_for(const char *recipient)
{
	const struct bg_sealing how = {.recipient = recipient, .nonce = "a nonce here"};
	char *file = NULL;

	assert_int_equal(bg_sealed_write(&file, &how, PLAIN, NULL), BELGO_OK);
	assert_null(strstr(file, "S3CRET"));
	return file;
}

static belgo_rc
open_with(const char *file, const struct bg_opening *how, struct belgo_error *err)
{
	char *text = NULL;
	size_t len = 0;
	belgo_rc rc = bg_sealed_read(&text, &len, how, file, strlen(file), err);

	assert_true((rc == BELGO_OK) == (text != NULL));
	if (text != NULL) {
		assert_string_equal(text, PLAIN);
		assert_int_equal(len, strlen(PLAIN));
	}
	bg_str_free(&text);
	return rc;
}

/* @spec RFC 7748 section 6.1; RFC 5869 section 2 */
static void
test_sealed__opens_with_the_recipients_key_and_no_other(void **state)
{
	static const struct {
		const char *name;
		const char *recipient;
		const char *key;
		belgo_rc want;
	} rows[] = {
	    {"X25519", X25519_PUBLIC, X25519_PRIVATE, BELGO_OK},
	    {"X25519, from the private key", X25519_PRIVATE, X25519_PRIVATE, BELGO_OK},
	    {"P-256", P256_PUBLIC, P256_PRIVATE, BELGO_OK},
	    {"another key", X25519_PUBLIC, OTHER_PRIVATE, BELGO_EINVAL},
	    {"another curve", X25519_PUBLIC, P256_PRIVATE, BELGO_EINVAL},
	    {"the public half", X25519_PUBLIC, X25519_PUBLIC, BELGO_EINVAL},
	    {"no key", X25519_PUBLIC, NULL, BELGO_EINVAL},
	    {"no key at all", X25519_PUBLIC, "", BELGO_EINVAL},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		const struct bg_opening how = {.passphrase = "x", .private_key = rows[i].key};
		struct belgo_error err = {0};
		char *file = sealed_for(rows[i].recipient);
		belgo_rc rc = open_with(file, &how, &err);

		assert_row(rows[i].name, rc == rows[i].want && err.rc == rows[i].want);
		bg_str_free(&file);
	}
}

/* @spec RFC 8037 section 2; RFC 7518 section 6.2.1 */
static void
test_sealed__is_for_sound_keys_only(void **state)
{
	static const struct {
		const char *name;
		const char *recipient;
	} rows[] = {
	    {"zeros", "{\"kty\":\"OKP\",\"crv\":\"X25519\",\"x\":"
		      "\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"}"},
	    {"short", "{\"kty\":\"OKP\",\"crv\":\"X25519\",\"x\":\"AAAA\"}"},
	    {"of signatures", "{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":"
			      "\"hSDwCYkwp1R0i33ctD73Wg2_Og0mOBr066SpjqqbTmo\"}"},
	    {"another curve", "{\"kty\":\"EC\",\"crv\":\"P-384\"," P256_X "," P256_Y "}"},
	    {"off the curve", "{\"kty\":\"EC\",\"crv\":\"P-256\"," P256_X ",\"y\":"
			      "\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"}"},
	    {"half a point", "{\"kty\":\"EC\",\"crv\":\"P-256\"," P256_X "}"},
	    {"no JSON", "{"},
	    {"no PEM", "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n"},
	    {"nothing", ""},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		const struct bg_sealing how = {.recipient = rows[i].recipient};
		struct belgo_error err = {0};
		char *file = NULL;

		assert_row(rows[i].name, bg_sealed_write(&file, &how, PLAIN, &err) == BELGO_EINVAL);
		assert_row(rows[i].name, file == NULL && err.rc == BELGO_EINVAL);
	}
}

static void
test_sealed__private_key_must_fit_its_public_half(void **state)
{
	static const char *const keys[] = {
	    "{\"kty\":\"OKP\",\"crv\":\"X25519\",\"x\":\"hSDwCYkwp1R0i33ctD73Wg2_Og0mOBr066SpjqqbTmo\","
	    "\"d\":\"XasIfmJKikt54X-Lg4AO5m87sSkmGLb9HC-LJ_-I4Os\"}",
	    "{\"kty\":\"EC\",\"crv\":\"P-256\"," P256_X "," P256_Y
	    ",\"d\":\"XasIfmJKikt54X-Lg4AO5m87sSkmGLb9HC-LJ_-I4Os\"}",
	};
	static const char *const recipients[] = {X25519_PUBLIC, P256_PUBLIC};

	(void)state;
	for (size_t i = 0; i < BG_LEN(keys); i++) {
		const struct bg_opening how = {.private_key = keys[i]};
		char *file = sealed_for(recipients[i]);

		assert_int_equal(open_with(file, &how, NULL), BELGO_EINVAL);
		bg_str_free(&file);
	}
}

static void
test_sealed__passphrase_is_asked_for_and_must_be_the_same(void **state)
{
	const struct bg_sealing how = {.passphrase = "correct horse", .salt = "sixteen of salt"};
	struct belgo_error err = {0}, none = {0};
	char *file = NULL;

	(void)state;
	assert_int_equal(bg_sealed_write(&file, &how, PLAIN, NULL), BELGO_OK);
	assert_int_equal(open_with(file, &(struct bg_opening){.passphrase = "correct horse"}, NULL),
			 BELGO_OK);
	assert_int_equal(open_with(file, &(struct bg_opening){.passphrase = "correct mule"}, &err),
			 BELGO_EPROTO);
	assert_non_null(strstr(err.text, "the passphrase is another one"));
	assert_int_equal(open_with(file, &(struct bg_opening){.private_key = P256_PRIVATE}, &none),
			 BELGO_EINVAL);
	assert_non_null(strstr(none.text, "opens with a passphrase"));
	bg_str_free(&file);
}

static void
test_sealed__is_sealed_in_one_way(void **state)
{
	static const struct bg_sealing ways[] = {
	    {0}, {.passphrase = "x", .recipient = X25519_PUBLIC}, {.passphrase = ""}};
	char *file = NULL;

	(void)state;
	for (size_t i = 0; i < BG_LEN(ways); i++)
		assert_int_equal(bg_sealed_write(&file, &ways[i], PLAIN, NULL), BELGO_EINVAL);
	assert_null(file);
}

/* Every member says how it was sealed, so none may be another. */
static void
test_sealed__one_changed_byte_opens_nothing(void **state)
{
	const struct bg_opening how = {.private_key = X25519_PRIVATE};
	char *file = sealed_for(X25519_PUBLIC);

	(void)state;
	for (size_t i = 0; file[i] != '\0'; i++) {
		char kept = file[i];

		file[i] = kept == 'A' ? 'B' : 'A';
		assert_int_not_equal(open_with(file, &how, NULL), BELGO_OK);
		file[i] = kept;
	}
	assert_int_equal(open_with(file, &how, NULL), BELGO_OK);
	bg_str_free(&file);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_sealed__opens_with_the_recipients_key_and_no_other),
	    cmocka_unit_test(test_sealed__is_for_sound_keys_only),
	    cmocka_unit_test(test_sealed__private_key_must_fit_its_public_half),
	    cmocka_unit_test(test_sealed__passphrase_is_asked_for_and_must_be_the_same),
	    cmocka_unit_test(test_sealed__is_sealed_in_one_way),
	    cmocka_unit_test(test_sealed__one_changed_byte_opens_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
