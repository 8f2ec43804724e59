/*
 * What the table of hostile input has of encrypted tokens (J16), and what other libraries fell for: each row
 * is right but for one thing, and its twin without that thing opens.
 */
#include "unit/jose/decrypt.h"

#define RSA .kind = "RSA-2048", .alg = "RSA-OAEP-256", .enc = "A256GCM", .plain = INNER
#define EC .kind = "P-256", .alg = "ECDH-ES", .enc = "A128GCM", .plain = INNER
#define KW .kind = "P-256", .alg = "ECDH-ES+A256KW", .enc = "A128CBC-HS256", .plain = INNER

/* All that is cryptography is right in each of these: it is the gate that refuses.
 * @spec RFC 7516 sections 4.1.1, 4.1.2 and 4.1.13; RFC 8725 sections 3.1, 3.2 and 3.6 */
static void
test_jwe__refuses_headers_that_lie_or_ask_for_more(void **state)
{
	static const struct {
		const char *name;
		struct jose_jwe how;
		belgo_rc rc;
	} rows[] = {
	    {"as agreed", {RSA}, BELGO_OK},
	    {"as agreed, with a kid and keys that nobody looks at",
	     {RSA, .more =
		       "\"kid\":\"x\",\"jku\":\"https://evil.invalid/\",\"x5u\":\"https://evil.invalid/\","
		       "\"jwk\":{\"kty\":\"oct\",\"k\":\"AAAA\"},\"x5c\":[\"AAAA\"]"},
	     BELGO_OK},
	    {"application/jwt", {RSA, .more = "\"cty\":\"application/jwt\""}, BELGO_OK},
	    {"no JWT", {RSA, .more = "\"cty\":\"json\""}, BELGO_EPROTO},
	    {"cty that is no text", {RSA, .more = "\"cty\":1"}, BELGO_EPROTO},
	    {"compressed", {RSA, .more = "\"zip\":\"DEF\""}, BELGO_EPROTO},
	    {"crit", {RSA, .more = "\"crit\":[\"exp\"],\"exp\":1"}, BELGO_EPROTO},
	    {"crit, empty", {RSA, .more = "\"crit\":[]"}, BELGO_EPROTO},
	    {"p2c of 2^31", {RSA, .more = "\"p2c\":2147483648,\"p2s\":\"AAAA\""}, BELGO_EPROTO},
	    {"twice", {RSA, .more = "\"alg\":\"RSA-OAEP-256\""}, BELGO_EPROTO},
	    {"another alg", {RSA, .says_alg = "\"RSA-OAEP\""}, BELGO_ESIGNATURE},
	    {"RSA1_5", {RSA, .says_alg = "\"RSA1_5\""}, BELGO_ESIGNATURE},
	    {"dir", {RSA, .says_alg = "\"dir\""}, BELGO_ESIGNATURE},
	    {"PBES2", {RSA, .says_alg = "\"PBES2-HS256+A128KW\""}, BELGO_ESIGNATURE},
	    {"none", {RSA, .says_alg = "\"none\""}, BELGO_ESIGNATURE},
	    {"alg in another case", {RSA, .says_alg = "\"rsa-oaep-256\""}, BELGO_ESIGNATURE},
	    {"alg that is no text", {RSA, .says_alg = "[\"RSA-OAEP-256\"]"}, BELGO_ESIGNATURE},
	    {"without alg", {RSA, .says_alg = ""}, BELGO_ESIGNATURE},
	    {"another enc", {RSA, .says_enc = "\"A128GCM\""}, BELGO_ESIGNATURE},
	    {"without enc", {RSA, .says_enc = ""}, BELGO_ESIGNATURE},
	    {"enc that is null", {RSA, .says_enc = "null"}, BELGO_ESIGNATURE},
	    {"NUL within", {RSA, .plain_len = sizeof(INNER)}, BELGO_EPROTO},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		char *token = jose_encrypt(&rows[i].how);

		assert_row(rows[i].name, decrypt_rc(token, &rows[i].how) == rows[i].rc);
		free(token);
	}
}

#define OFF_CURVE                                                                                            \
	"{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"gI0GAILBdu7T53akrFmMyGcsF3n5dO7MmwNBHKW5SV0\","           \
	"\"y\":\"SLW_xSffzlPWrHEVI30DHM_4egVwt3NQqeUD7nMFppt\"}"
#define ZERO_POINT                                                                                           \
	"{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\","           \
	"\"y\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"}"
#define NO_NUMBER                                                                                            \
	"{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"AAAA\",\"y\":\"SLW_xSffzlPWrHEVI30DHM_"                   \
	"4egVwt3NQqeUD7nMFpps\"}"
#define X25519_ZERO                                                                                          \
	"{\"kty\":\"OKP\",\"crv\":\"X25519\",\"x\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"}"
#define X25519_ONE                                                                                           \
	"{\"kty\":\"OKP\",\"crv\":\"X25519\",\"x\":\"AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"}"
#define X .kind = "X25519", .alg = "ECDH-ES", .enc = "A128GCM", .plain = INNER

/* @spec RFC 7518 section 4.6.1; RFC 8725 section 3.4 */
static void
test_jwe__refuses_keys_of_the_sender_that_are_unsound(void **state)
{
	static const struct {
		const char *name;
		struct jose_jwe how;
		belgo_rc rc;
	} rows[] = {
	    {"as agreed", {EC}, BELGO_OK},
	    {"without epk", {EC, .says_epk = ""}, BELGO_ESIGNATURE},
	    {"epk that is no object", {EC, .says_epk = "\"AAAA\""}, BELGO_ESIGNATURE},
	    {"off its curve (J16)", {EC, .says_epk = OFF_CURVE}, BELGO_ESIGNATURE},
	    {"the point at zero", {EC, .says_epk = ZERO_POINT}, BELGO_ESIGNATURE},
	    {"a short coordinate", {EC, .says_epk = NO_NUMBER}, BELGO_ESIGNATURE},
	    {"of another curve", {EC, .peer_kind = "P-384"}, BELGO_ESIGNATURE},
	    {"of another curve, larger", {EC, .peer_kind = "P-521"}, BELGO_ESIGNATURE},
	    {"X25519 for P-256", {EC, .peer_kind = "X25519"}, BELGO_ESIGNATURE},
	    {"P-256 for X25519", {X, .peer_kind = "P-256"}, BELGO_ESIGNATURE},
	    {"X25519", {X}, BELGO_OK},
	    {"X25519, zeros", {X, .says_epk = X25519_ZERO}, BELGO_ESIGNATURE},
	    {"X25519, of small order", {X, .says_epk = X25519_ONE}, BELGO_ESIGNATURE},
	    {"apu that is no text", {EC, .more = "\"apu\":1"}, BELGO_EPROTO},
	    {"apv that is not base64url", {EC, .more = "\"apv\":\"A=\""}, BELGO_EPROTO},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		char *token = jose_encrypt(&rows[i].how);

		assert_row(rows[i].name, decrypt_rc(token, &rows[i].how) == rows[i].rc);
		free(token);
	}
}

/* The sender's own key, right in every number, with its private half beside it. */
static void
test_jwe__refuses_a_private_key_of_the_sender(void **state)
{
	char *own = jose_private_jwk(jose_key("P-256", 3), NULL),
	     *public = jose_jwk(jose_key("P-256", 3), NULL);
	const struct jose_jwe bad = {EC, .says_epk = own}, good = {EC, .says_epk = public};
	char *refused = jose_encrypt(&bad), *taken = jose_encrypt(&good);

	(void)state;
	assert_int_equal(decrypt_rc(taken, &good), BELGO_OK);
	assert_int_equal(decrypt_rc(refused, &bad), BELGO_ESIGNATURE);
	free(taken);
	free(refused);
	free(public);
	free(own);
}

/* @spec RFC 7518 sections 4.6.1.2 and 4.6.1.3 */
static void
test_jwe__takes_what_names_the_parties_up_to_the_headers_limit(void **state)
{
	static char some[2000], much[9000];
	const struct jose_jwe good = {EC, .apu = some, .apv = some}, bad = {EC, .apu = much};
	char *taken, *refused;

	(void)state;
	memset(some, 'a', sizeof(some) - 1);
	memset(much, 'a', sizeof(much) - 1);
	taken = jose_encrypt(&good);
	refused = jose_encrypt(&bad);
	assert_int_equal(decrypt_rc(taken, &good), BELGO_OK);
	assert_int_equal(decrypt_rc(refused, &bad), BELGO_EPROTO);
	free(taken);
	free(refused);
}

/* Cut and lengthened segments: only the one length is taken.
 * @spec RFC 7516 section 5.2; RFC 7518 sections 4.6, 5.2.2.1 and 5.3 */
static void
test_jwe__refuses_segments_of_another_length(void **state)
{
	static const struct jose_jwe ways[] = {{RSA}, {EC}, {KW}};
	static const char *const names[] = {"header", "key", "iv", "text", "tag"};
	unsigned char zeros[600] = {0};

	(void)state;
	for (size_t i = 0; i < BG_LEN(ways); i++) {
		BG_AUTO(bg_json_free) json_t *key = own_key(ways[i].kind);
		char *token = jose_encrypt(&ways[i]);

		assert_int_equal(decrypt_as(NULL, token, key, ways[i].alg, ways[i].enc), BELGO_OK);
		for (int segment = 1; segment < 5; segment++) {
			size_t len = 0;
			unsigned char *bytes = jose_segment_bytes(&len, token, segment);

			assert_true(len < 300);
			memcpy(zeros, bytes, len);
			for (size_t n = 0; n <= len + 40; n++) {
				char *changed = jose_with_segment(token, segment, zeros, n);
				belgo_rc rc = decrypt_as(NULL, changed, key, ways[i].alg, ways[i].enc);

				if (n == len)
					assert_row(names[segment], rc == BELGO_OK);
				else
					assert_row(names[segment],
						   rc == BELGO_EPROTO ||
						       (segment == 3 && rc == BELGO_ESIGNATURE));
				free(changed);
			}
			memset(zeros, 0, sizeof(zeros));
			free(bytes);
		}
		free(token);
	}
}

/* @spec RFC 7516 section 7.1 */
static void
test_jwe__refuses_what_has_not_the_form(void **state)
{
	static const struct jose_jwe way = {EC};
	char *token = jose_encrypt(&way), *twice = NULL, *text, *long_text = calloc(1, BG_MAX_JWT + 2);
	const struct jose_jwe nested = {EC};
	struct {
		const char *name;
		char *token;
		belgo_rc rc;
	} rows[] = {
	    {"as agreed", strdup(token), BELGO_OK},
	    {"signed alone", strdup(INNER), BELGO_ESIGNATURE},
	    {"empty", strdup(""), BELGO_EPROTO},
	    {"dots", strdup("...."), BELGO_EPROTO},
	    {"four segments", strdup("a.b.c.d"), BELGO_EPROTO},
	    {"six segments", NULL, BELGO_EPROTO},
	    {"JSON", strdup("{\"protected\":\"e30\",\"iv\":\"AAAA\"}"), BELGO_EPROTO},
	    {"padded", jose_with_text(token, 4, "AAAAAAAAAAAAAAAAAAAAAA=="), BELGO_EPROTO},
	    {"a header that is no object", jose_with_segment(token, 0, "[]", 2), BELGO_EPROTO},
	    {"an empty header", jose_with_segment(token, 0, "", 0), BELGO_EPROTO},
	    {"another alphabet", jose_with_text(token, 2, "AAAA+AAAAAAAAAAA"), BELGO_EPROTO},
	    {"a line feed", NULL, BELGO_EPROTO},
	    {"too long", long_text, BELGO_EPROTO},
	};

	(void)state;
	assert_true(asprintf(&twice, "%s.AAAA", token) > 0);
	rows[5].token = twice;
	assert_true(asprintf(&text, "%s\n", token) > 0);
	rows[11].token = text;
	memset(long_text, 'A', BG_MAX_JWT + 1);
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		assert_row(rows[i].name, decrypt_rc(rows[i].token, &nested) == rows[i].rc);
		free(rows[i].token);
	}
	free(token);
}

/* RSA1_5 and its kin have no name here at all, so nobody can agree on them. */
static void
test_jwe__knows_no_algorithm_that_is_not_to_be_used(void **state)
{
	static const char *const algs[] = {
	    "RSA1_5", "dir",      "A128KW", "A256KW",  "A128GCMKW", "PBES2-HS256+A128KW",
	    "none",   "rsa-oaep", "",       "ECDH-1PU"};
	static const char *const encs[] = {"A128CBC", "A128CBC+HS256", "a128gcm", "none", "", "XC20P"};

	(void)state;
	assert_non_null(bg_jwe_alg_find("RSA-OAEP"));
	assert_non_null(bg_jwe_enc_find("A128GCM"));
	for (size_t i = 0; i < BG_LEN(algs); i++)
		assert_row(algs[i], bg_jwe_alg_find(algs[i]) == NULL);
	for (size_t i = 0; i < BG_LEN(encs); i++)
		assert_row(encs[i], bg_jwe_enc_find(encs[i]) == NULL);
	assert_null(bg_jwe_alg_find(NULL));
	assert_null(bg_jwe_enc_find(NULL));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_jwe__refuses_headers_that_lie_or_ask_for_more),
	    cmocka_unit_test(test_jwe__refuses_keys_of_the_sender_that_are_unsound),
	    cmocka_unit_test(test_jwe__refuses_a_private_key_of_the_sender),
	    cmocka_unit_test(test_jwe__takes_what_names_the_parties_up_to_the_headers_limit),
	    cmocka_unit_test(test_jwe__refuses_segments_of_another_length),
	    cmocka_unit_test(test_jwe__refuses_what_has_not_the_form),
	    cmocka_unit_test(test_jwe__knows_no_algorithm_that_is_not_to_be_used),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
