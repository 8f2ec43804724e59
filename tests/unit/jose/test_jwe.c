/*
 * What is encrypted for the client: every algorithm opens, the published examples open, and nothing does that
 * was changed by a single bit.
 */
#include "unit/jose/decrypt.h"

static const char *const encs[] = {"A128GCM",       "A192GCM",       "A256GCM",
				   "A128CBC-HS256", "A192CBC-HS384", "A256CBC-HS512"};
static const struct {
	const char *alg;
	const char *kind;
} ways[] = {
    {"RSA-OAEP", "RSA-2048"},     {"RSA-OAEP-256", "RSA-2048"}, {"RSA-OAEP-384", "RSA-2048"},
    {"RSA-OAEP-512", "RSA-3072"}, {"ECDH-ES", "P-256"},         {"ECDH-ES", "P-384"},
    {"ECDH-ES", "P-521"},         {"ECDH-ES", "X25519"},        {"ECDH-ES+A128KW", "P-256"},
    {"ECDH-ES+A192KW", "P-384"},  {"ECDH-ES+A256KW", "P-521"},  {"ECDH-ES+A256KW", "X25519"},
};

static void
opens(const struct jose_jwe *how, const json_t *key)
{
	char *token = jose_encrypt(how), *clear = NULL;
	char name[64];

	(void)snprintf(name, sizeof(name), "%s %s %s", how->kind, how->alg, how->enc);
	assert_row(name, decrypt_as(&clear, token, key, how->alg, how->enc) == BELGO_OK);
	assert_row(name, strcmp(clear, how->plain) == 0);
	bg_str_free(&clear);
	free(token);
}

/* @spec RFC 7518 sections 4.3, 4.4, 4.6.2, 5.2.2.2 and 5.3 */
static void
test_jwe__opens_under_every_algorithm(void **state)
{
	(void)state;
	for (size_t i = 0; i < BG_LEN(ways); i++) {
		BG_AUTO(bg_json_free) json_t *key = own_key(ways[i].kind);

		for (size_t k = 0; k < BG_LEN(encs); k++) {
			struct jose_jwe how = {
			    .kind = ways[i].kind, .alg = ways[i].alg, .enc = encs[k], .plain = INNER};

			opens(&how, key);
			how.more = "\"cty\":\"JWT\",\"typ\":\"JWT\",\"kid\":\"another\"";
			how.apu = "Alice";
			how.apv = "Bob";
			opens(&how, key);
		}
	}
}

/* Text of any length: CBC pads, GCM does not. */
static void
test_jwe__opens_text_of_every_length(void **state)
{
	BG_AUTO(bg_json_free) json_t *key = own_key("P-256");
	char text[40];

	(void)state;
	for (size_t n = 1; n < sizeof(text); n++) {
		memset(text, 'a', n);
		text[n] = '\0';
		for (size_t k = 0; k < BG_LEN(encs); k++)
			opens(
			    &(struct jose_jwe){
				.kind = "P-256", .alg = "ECDH-ES", .enc = encs[k], .plain = text},
			    key);
	}
}

#define N                                                                                                    \
	"oahUIoWw0K0usKNuOR6H4wkf4oBUXHTxRvgb48E-BVvxkeDNjbC4he8rUWcJoZmds2h7M70imEVhRU5djINXtqllXI"         \
	"4DFqcI1DgjT9LewND8MW2Krf3Spsk_ZkoFnilakGygTwpZ3uesH-PFABNIUYpOiN15dsQRkgr0vEhxN92i2asbOenS"         \
	"ZeyaxziK72UwxrrKoExv6kc5twXTq4h-QChLOln0_mtUZwfsRaMStPs6mS6XrgxnxbWhojf663tuEQueGC-FCMfra3"         \
	"6C9knDFGzKsNa7LZK2djYgyD3JR_MB_4NUJW_TqOQtwHYbxevoJArm-L5StowjzGy-_bq6Gw"
#define D                                                                                                    \
	"kLdtIj6GbDks_ApCSTYQtelcNttlKiOyPzMrXHeI-yk1F7-kpDxY4-WY5NWV5KntaEeXS1j82E375xxhWMHXyvjYec"         \
	"PT9fpwR_M9gV8n9Hrh2anTpTD93Dt62ypW3yDsJzBnTnrYu1iwWRgBKrEYY46qAZIrA2xAwnm2X7uGR1hghkqDp0Vq"         \
	"j3kbSCz1XyfCs6_LehBwtxHIyh8Ripy40p24moOAbgxVw3rxT_vlt3UVe4WO3JkJOzlpUf-KTVI2Ptgm-dARxTEtE-"         \
	"id-4OJr0h-K-VFs3VSndVTIznSxfyrj8ILL6MG_Uv8YAu7VILSB3lOW085-4qE3DzgrTjgyQ"
#define P                                                                                                    \
	"1r52Xk46c-LsfB5P442p7atdPUrxQSy4mti_tZI3Mgf2EuFVbUoDBvaRQ-SWxkbkmoEzL7JXroSBjSrK3YIQgYdMgy"         \
	"AEPTPjXv_hI2_1eTSPVZfzL0lffNn03IXqWF5MDFuoUYE0hzb2vhrlN_rKrbfDIwUbTrjjgieRbwC6Cl0"
#define Q                                                                                                    \
	"wLb35x7hmQWZsWJmB_vle87ihgZ19S8lBEROLIsZG4ayZVe9Hi9gDVCOBmUDdaDYVTSNx_8Fyw1YYa9XGrGnDew00J"         \
	"28cRUoeBB_jKI1oma0Orv1T9aXIWxKwd4gvxFImOWr3QRL9KEBRzk2RatUBnmDZJTIAfwTs0g68UZHvtc"
#define DP                                                                                                   \
	"ZK-YwE7diUh0qR1tR7w8WHtolDx3MZ_OTowiFvgfeQ3SiresXjm9gZ5KLhMXvo-uz-KUJWDxS5pFQ_M0evdo1dKiRT"         \
	"jVw_x4NyqyXPM5nULPkcpU827rnpZzAJKpdhWAgqrXGKAECQH0Xt4taznjnd_zVpAmZZq60WPMBMfKcuE"
#define DQ                                                                                                   \
	"Dq0gfgJ1DdFGXiLvQEZnuKEN0UUmsJBxkjydc3j4ZYdBiMRAy86x0vHCjywcMlYYg4yoC4YZa9hNVcsjqA3FeiL19r"         \
	"k8g6Qn29Tt0cj8qqyFpz9vNDBUfCAiJVeESOjJDZPYHdHY8v1b-o-Z2X5tvLx-TCekf7oxyeKDUqKWjis"
#define QI                                                                                                   \
	"VIMpMYbPf47dT1w_zDUXfPimsSegnMOA1zTaX7aGk_8urY6R8-ZW1FxU7AlWAyLWybqq6t16VFd7hQd0y6flUK4SlO"         \
	"ydB61gwanOsXGOAOv82cHq0E3eL4HrtZkUuKvnPrMnsUUFlfUdybVzxyjz9JF_XyaY14ardLSjf4L_FNY"
#define A1_TOKEN                                                                                             \
	"eyJhbGciOiJSU0EtT0FFUCIsImVuYyI6IkEyNTZHQ00ifQ.OKOawDo13gRp2ojaHV7LFpZcgV7T6DVZKTyKOMTYUmK"         \
	"oTCVJRgckCL9kiMT03JGeipsEdY3mx_etLbbWSrFr05kLzcSr4qKAq7YN7e9jwQRb23nfa6c9d-StnImGyFDbSv04u"         \
	"VuxIp5Zms1gNxKKK2Da14B8S4rzVRltdYwam_lDp5XnZAYpQdb76FdIKLaVmqgfwX7XWRxv2322i-vDxRfqNzo_tET"         \
	"KzpVLzfiwQyeyPGLBIO56YJ7eObdv0je81860ppamavo35UgoRdbYaBcoh9QcfylQr66oc6vFWXRcZ_ZT2LawVCWTI"         \
	"y3brGPi6UklfCpIMfIjf7iGdXKHzg.48V1_ALb6US04U3b.5eym8TW_c8SuK0ltJ3rpYIzOeDQz7TALvtu6UG9oMo4"         \
	"vpzs9tX_EFShS8iB7j6jiSdiwkIr3ajwQzaBtQD_A.XFBoMYUZodetZdvTiFvSkQ"

/* @spec RFC 7516 appendix A.1 */
static void
test_jwe__opens_the_example_of_rfc_7516(void **state)
{
	static const char text[] =
	    "{\"kty\":\"RSA\",\"n\":\"" N "\",\"e\":\"AQAB\",\"d\":\"" D "\",\"p\":\"" P "\",\"q\":\"" Q
	    "\",\"dp\":\"" DP "\",\"dq\":\"" DQ "\",\"qi\":\"" QI "\"}";
	BG_AUTO(bg_json_free) json_t *key = NULL;
	BG_AUTO(bg_str_free) char *clear = NULL;

	(void)state;
	assert_int_equal(bg_decryption_key_read(&key, text, strlen(text), NULL), BELGO_OK);
	assert_int_equal(decrypt_as(&clear, A1_TOKEN, key, "RSA-OAEP", "A256GCM"), BELGO_OK);
	assert_string_equal(clear, "The true sign of intelligence is not knowledge but imagination.");
	assert_int_equal(decrypt_as(NULL, A1_TOKEN, key, "RSA-OAEP-256", "A256GCM"), BELGO_ESIGNATURE);
}

/* @spec RFC 7518 appendix C */
static void
test_jwe__agrees_as_in_the_example_of_rfc_7518(void **state)
{
	static const char bob[] = "{\"kty\":\"EC\",\"crv\":\"P-256\","
				  "\"x\":\"weNJy2HscCSM6AEDTDg04biOvhFhyyWvOHQfeF_PxMQ\","
				  "\"y\":\"e8lnCO-AlStT-NJVX-crhB7QRYhiix03illJOVAOyck\","
				  "\"d\":\"VEmDZpDXXK8p8N0Cndsxs924q6nS1RXFASRl6BfUqdw\"}";
	static const char alice[] = "{\"kty\":\"EC\",\"crv\":\"P-256\","
				    "\"x\":\"gI0GAILBdu7T53akrFmMyGcsF3n5dO7MmwNBHKW5SV0\","
				    "\"y\":\"SLW_xSffzlPWrHEVI30DHM_4egVwt3NQqeUD7nMFpps\"}";
	static const unsigned char want[16] = {86, 170, 141, 234, 248, 35,  109, 32,
					       92, 34,  40,  205, 113, 167, 16,  26};
	unsigned char alices[] = "Alice", bobs[] = "Bob";
	struct bg_jwe_agreed agreed = {bg_jwe_alg_find("ECDH-ES"), bg_jwe_enc_find("A128GCM"), NULL};
	struct bg_jwe jwe = {.agreed = &agreed, .apu = {alices, 5}, .apv = {bobs, 3}};
	BG_AUTO(bg_json_free) json_t *own = json_loads(bob, 0, NULL);
	BG_AUTO(bg_json_free) json_t *peer = json_loads(alice, 0, NULL);
	unsigned char key[BG_JWE_KEY_MAX];

	(void)state;
	assert_int_equal(bg_decryption_key_load(&jwe.own, own), BELGO_OK);
	assert_int_equal(bg_peer_key_load(&jwe.peer, peer), BELGO_OK);
	assert_int_equal(bg_jwe_find_key(key, &jwe), BELGO_OK);
	assert_memory_equal(key, want, sizeof(want));
	jwe.apv.len = 2;
	assert_int_equal(bg_jwe_find_key(key, &jwe), BELGO_OK);
	assert_memory_not_equal(key, want, sizeof(want));
	EVP_PKEY_free(jwe.own);
	EVP_PKEY_free(jwe.peer);
}

/* Every bit of every segment; of the header and of an RSA key one bit in each byte. */
static void
test_jwe__opens_nothing_that_was_changed(void **state)
{
	static const struct jose_jwe rows[] = {
	    {.kind = "RSA-2048", .alg = "RSA-OAEP-256", .enc = "A256GCM", .plain = INNER},
	    {.kind = "P-256", .alg = "ECDH-ES", .enc = "A128CBC-HS256", .plain = INNER},
	    {.kind = "P-256", .alg = "ECDH-ES+A256KW", .enc = "A256CBC-HS512", .plain = INNER},
	    {.kind = "X25519", .alg = "ECDH-ES+A128KW", .enc = "A128GCM", .plain = INNER},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		BG_AUTO(bg_json_free) json_t *key = own_key(rows[i].kind);
		char *token = jose_encrypt(&rows[i]);

		assert_row(rows[i].alg, decrypt_as(NULL, token, key, rows[i].alg, rows[i].enc) == BELGO_OK);
		for (int segment = 0; segment < 5; segment++) {
			size_t len = 0, step = segment == 0 || (i == 0 && segment == 1) ? 8 : 1;
			unsigned char *bytes = jose_segment_bytes(&len, token, segment);

			for (size_t bit = 0; bit < 8 * len; bit += step) {
				size_t at = step == 8 ? bit + bit / 8 % 8 : bit;
				char *changed;

				bytes[at / 8] ^= (unsigned char)(1u << at % 8);
				changed = jose_with_segment(token, segment, bytes, len);
				assert_row(rows[i].alg, decrypt_as(NULL, changed, key, rows[i].alg,
								   rows[i].enc) != BELGO_OK);
				bytes[at / 8] ^= (unsigned char)(1u << at % 8);
				free(changed);
			}
			free(bytes);
		}
		free(token);
	}
}

/* Whatever is wrong, the words are the same: nobody learns how far a token came.
 * @spec RFC 7516 section 11.5 */
static void
test_jwe__says_the_same_of_a_wrong_key_and_of_a_wrong_tag(void **state)
{
	const struct jose_jwe how = {
	    .kind = "RSA-2048", .alg = "RSA-OAEP", .enc = "A128CBC-HS256", .plain = INNER};
	const struct jose_jwe short_key = {.kind = "RSA-2048",
					   .alg = "RSA-OAEP",
					   .enc = "A128CBC-HS256",
					   .plain = INNER,
					   .content_key = "0123456789abcdef0123456789abcde",
					   .content_key_len = 31};
	BG_AUTO(bg_json_free) json_t *key = own_key("RSA-2048");
	const struct bg_jwe_agreed agreed = {bg_jwe_alg_find("RSA-OAEP"), bg_jwe_enc_find("A128CBC-HS256"),
					     key};
	char *good = jose_encrypt(&how);
	unsigned char zeros[256] = {0};
	char *tokens[] = {jose_with_segment(good, 4, zeros, 16), jose_with_segment(good, 1, zeros, 256),
			  jose_with_segment(good, 3, zeros, 32), jose_encrypt(&short_key)};

	(void)state;
	for (size_t i = 0; i < BG_LEN(tokens); i++) {
		struct belgo_error err = {0};
		char *clear = NULL;

		assert_int_equal(bg_jwe_decrypt(&clear, tokens[i], &agreed, BG_MAX_JWT, "the token", &err),
				 BELGO_ESIGNATURE);
		assert_string_equal(err.text, "the token does not decrypt with the client's key");
		free(tokens[i]);
	}
	free(good);
}

/* Zeros take the place of a key that was not to be had; a text under zeros opens nonetheless never. */
static void
test_jwe__takes_no_text_under_the_key_that_stands_in(void **state)
{
	static const unsigned char zeros[32];
	const struct jose_jwe how = {.kind = "RSA-2048",
				     .alg = "RSA-OAEP",
				     .enc = "A256GCM",
				     .plain = INNER,
				     .content_key = zeros,
				     .content_key_len = sizeof(zeros)};
	unsigned char junk[256] = {1};
	char *under_zeros = jose_encrypt(&how),
	     *no_key = jose_with_segment(under_zeros, 1, junk, sizeof(junk));

	(void)state;
	assert_int_equal(decrypt_rc(under_zeros, &how), BELGO_OK); /* a poor key, but the one that was sent */
	assert_int_equal(decrypt_rc(no_key, &how), BELGO_ESIGNATURE);
	free(no_key);
	free(under_zeros);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_jwe__opens_under_every_algorithm),
	    cmocka_unit_test(test_jwe__opens_text_of_every_length),
	    cmocka_unit_test(test_jwe__opens_the_example_of_rfc_7516),
	    cmocka_unit_test(test_jwe__agrees_as_in_the_example_of_rfc_7518),
	    cmocka_unit_test(test_jwe__opens_nothing_that_was_changed),
	    cmocka_unit_test(test_jwe__says_the_same_of_a_wrong_key_and_of_a_wrong_tag),
	    cmocka_unit_test(test_jwe__takes_no_text_under_the_key_that_stands_in),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
