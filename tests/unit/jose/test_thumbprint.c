/* The name of a key: the RFCs' own examples, and keys that have none. */
#include "harness/test.h"

#include "base/mem.h"
#include "harness/json_text.h"
#include "jose/thumbprint.h"

static const struct row {
	const char *name;
	const char *key;
	const char *want; /* NULL: refused */
} rows[] = {
    /* @spec RFC 7638 section 3.1 */
    {"RSA of RFC 7638",
     "{\"kty\":\"RSA\",\"e\":\"AQAB\",\"alg\":\"RS256\",\"kid\":\"2011-04-29\",\"n\":\""
     "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZC"
     "iFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZg"
     "nYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIq"
     "bw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw\"}",
     "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"},
    /* @spec RFC 8037 appendix A.3 */
    {"Ed25519 of RFC 8037, its private half beside", JSON({
	     "kty" : "OKP",
	     "crv" : "Ed25519",
	     "d" : "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A",
	     "x" : "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"
     }),
     "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"},
    /* @spec RFC 9449 section 6.1 (the key of section 4.1, its jkt) */
    {"P-256 of RFC 9449", JSON({
	     "kty" : "EC",
	     "x" : "l8tFrhx-34tV3hRICRDY9zCkDlpBhF42UQUfWVAWBFs",
	     "y" : "9VE4jf_Ok_o64zbTTlcuNJajHmt6v9TDVrU0CdvGRDA",
	     "crv" : "P-256"
     }),
     "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I"},
    {"no type", JSON({"crv" : "P-256", "x" : "AA", "y" : "AA"}), NULL},
    {"a secret", JSON({"kty" : "oct", "k" : "AA"}), NULL},
    {"half a point", JSON({"kty" : "EC", "crv" : "P-256", "x" : "AA"}), NULL},
    {"a number that is none", JSON({"kty" : "RSA", "n" : "AA", "e" : 3}), NULL},
};

/* @spec RFC 7638 section 3 */
static void
test_thumbprint__is_made_of_the_required_members_alone(void **state)
{
	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		BG_AUTO(bg_json_free) json_t *key = json_loads(rows[i].key, 0, NULL);
		BG_AUTO(bg_str_free) char *found = NULL;
		belgo_rc rc = bg_jwk_thumbprint(&found, key);

		assert_row(rows[i].name, rc == (rows[i].want != NULL ? BELGO_OK : BELGO_EINVAL));
		assert_row(rows[i].name, bg_str_equal(found, rows[i].want));
	}
}

static void
test_thumbprint__required_members_hold_no_private_half(void **state)
{
	BG_AUTO(bg_json_free) json_t *key = json_loads(rows[1].key, 0, NULL);
	BG_AUTO(bg_json_free) json_t *half = NULL;

	(void)state;
	assert_int_equal(bg_jwk_required_members(&half, key), BELGO_OK);
	assert_int_equal(json_object_size(half), 3);
	assert_null(json_object_get(half, "d"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_thumbprint__is_made_of_the_required_members_alone),
	    cmocka_unit_test(test_thumbprint__required_members_hold_no_private_half),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
