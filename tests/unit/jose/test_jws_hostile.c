/* jose/jws.h taking tokens apart: rows J01, J02, J07 to J11, J15 and J16 of the hostile list, T13. */
#include "harness/test.h"
#include "harness/jose_make.h"
#include "unit/jose/verify.h"

/* J01, J07, J08, J09: what a header says. Signed rightly, so that nothing but the header is at fault. */
static void
test_jws_parse__judges_the_header(void **state)
{
	static const struct {
		const char *name;
		const char *header;
		belgo_rc want;
	} rows[] = {
	    {"plain", "{\"alg\":\"ES256\"}", BELGO_OK},
	    {"J01 none", "{\"alg\":\"none\"}", BELGO_ESIGNATURE},
	    {"J01 None", "{\"alg\":\"None\"}", BELGO_ESIGNATURE},
	    {"J01 nOnE", "{\"alg\":\"nOnE\"}", BELGO_ESIGNATURE},
	    {"J01 empty", "{\"alg\":\"\"}", BELGO_ESIGNATURE},
	    {"J01 missing", "{}", BELGO_ESIGNATURE},
	    {"J01 number", "{\"alg\":256}", BELGO_ESIGNATURE},
	    {"J01 array", "{\"alg\":[\"ES256\"]}", BELGO_ESIGNATURE},
	    {"J01 null", "{\"alg\":null}", BELGO_ESIGNATURE},
	    {"J05 RS1", "{\"alg\":\"RS1\"}", BELGO_ESIGNATURE},
	    {"J05 lower case", "{\"alg\":\"es256\"}", BELGO_ESIGNATURE},
	    {"J07 kid a path", "{\"alg\":\"ES256\",\"kid\":\"../../dev/null\"}", BELGO_OK},
	    {"J07 kid empty", "{\"alg\":\"ES256\",\"kid\":\"\"}", BELGO_OK},
	    {"J07 kid a number", "{\"alg\":\"ES256\",\"kid\":1}", BELGO_EPROTO},
	    {"J07 kid null", "{\"alg\":\"ES256\",\"kid\":null}", BELGO_EPROTO},
	    {"J07 kid an object", "{\"alg\":\"ES256\",\"kid\":{}}", BELGO_EPROTO},
	    {"J07 kid with NUL", "{\"alg\":\"ES256\",\"kid\":\"a\\u0000b\"}", BELGO_EPROTO},
	    {"J07 kid with a control", "{\"alg\":\"ES256\",\"kid\":\"a\\u001b[2J\"}", BELGO_EPROTO},
	    {"J08 crit unknown", "{\"alg\":\"ES256\",\"crit\":[\"x\"],\"x\":1}", BELGO_EPROTO},
	    {"J08 crit empty", "{\"alg\":\"ES256\",\"crit\":[]}", BELGO_EPROTO},
	    {"J08 crit null", "{\"alg\":\"ES256\",\"crit\":null}", BELGO_EPROTO},
	    {"J08 crit lists alg", "{\"alg\":\"ES256\",\"crit\":[\"alg\"]}", BELGO_EPROTO},
	    {"J08 crit duplicates", "{\"alg\":\"ES256\",\"crit\":[\"exp\",\"exp\"],\"exp\":1}", BELGO_EPROTO},
	    {"J08 b64", "{\"alg\":\"ES256\",\"b64\":false}", BELGO_EPROTO},
	    {"J08 b64 true", "{\"alg\":\"ES256\",\"b64\":true}", BELGO_EPROTO},
	    {"J08 b64 and crit", "{\"alg\":\"ES256\",\"b64\":false,\"crit\":[\"b64\"]}", BELGO_EPROTO},
	    {"J09 zip", "{\"alg\":\"ES256\",\"zip\":\"DEF\"}", BELGO_EPROTO},
	    {"J09 cty", "{\"alg\":\"ES256\",\"cty\":\"JWT\"}", BELGO_EPROTO},
	    {"J16 enc", "{\"alg\":\"ES256\",\"enc\":\"A128GCM\"}", BELGO_EPROTO},
	    {"J09 typ JWT", "{\"alg\":\"ES256\",\"typ\":\"JWT\"}", BELGO_OK},
	    {"J09 typ jwt", "{\"alg\":\"ES256\",\"typ\":\"jwt\"}", BELGO_OK},
	    {"J09 typ application/jwt", "{\"alg\":\"ES256\",\"typ\":\"application/jwt\"}", BELGO_OK},
	    {"J09 typ at+jwt", "{\"alg\":\"ES256\",\"typ\":\"at+jwt\"}", BELGO_EPROTO},
	    {"J09 typ logout+jwt", "{\"alg\":\"ES256\",\"typ\":\"logout+jwt\"}", BELGO_EPROTO},
	    {"J09 typ secevent+jwt", "{\"alg\":\"ES256\",\"typ\":\"secevent+jwt\"}", BELGO_EPROTO},
	    {"J09 typ dpop+jwt", "{\"alg\":\"ES256\",\"typ\":\"dpop+jwt\"}", BELGO_EPROTO},
	    {"J09 typ empty", "{\"alg\":\"ES256\",\"typ\":\"\"}", BELGO_EPROTO},
	    {"J09 typ a number", "{\"alg\":\"ES256\",\"typ\":1}", BELGO_EPROTO},
	    {"J10 alg twice", "{\"alg\":\"ES256\",\"alg\":\"ES256\"}", BELGO_EPROTO},
	    {"J10 alg none, then ES256", "{\"alg\":\"none\",\"alg\":\"ES256\"}", BELGO_EPROTO},
	    {"J10 alg ES256, then none", "{\"alg\":\"ES256\",\"alg\":\"none\"}", BELGO_EPROTO},
	    {"J13 no object", "[\"ES256\"]", BELGO_EPROTO},
	    {"no JSON", "ES256", BELGO_EPROTO},
	    {"trailing bytes", "{\"alg\":\"ES256\"}{}", BELGO_EPROTO},
	    {"J15 a number without end", "{\"alg\":\"ES256\",\"x\":1e999}", BELGO_EPROTO},
	    {"T13 claims in the header are ignored", "{\"alg\":\"ES256\",\"iss\":\"x\",\"sub\":7,\"aud\":[]}",
	     BELGO_OK},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		char *token = jose_sign(jose_key("P-256", 0), "ES256", rows[i].header, PAYLOAD);

		assert_row(rows[i].name, parse_rc(token) == rows[i].want);
		free(token);
	}
}

/* J07 */
static void
test_jws_parse__caps_the_kid_at_1024_bytes(void **state)
{
	static const struct {
		int len;
		belgo_rc want;
	} rows[] = {{1024, BELGO_OK}, {1025, BELGO_EPROTO}, {8192, BELGO_EPROTO}, {40000, BELGO_EPROTO}};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		char *header = format("{\"alg\":\"ES256\",\"kid\":\"%0*d\"}", rows[i].len, 0);
		char *token = jose_compact(header, PAYLOAD, "x", 1);

		assert_int_equal(parse_rc(token), rows[i].want);
		free(token);
		free(header);
	}
}

/* J09: the other types, and their absence. @spec RFC 8725 section 3.11; RFC 9068 section 4 */
static void
test_jws_parse__wants_the_type_that_was_asked_for(void **state)
{
	static const struct {
		const char *typ; /* as JSON member */
		enum bg_jws_typ want;
		belgo_rc rc;
	} rows[] = {
	    {"\"typ\":\"at+jwt\",", BG_JWS_TYP_AT_JWT, BELGO_OK},
	    {"\"typ\":\"AT+JWT\",", BG_JWS_TYP_AT_JWT, BELGO_OK},
	    {"\"typ\":\"application/at+jwt\",", BG_JWS_TYP_AT_JWT, BELGO_OK},
	    {"\"typ\":\"JWT\",", BG_JWS_TYP_AT_JWT, BELGO_EPROTO},
	    {"", BG_JWS_TYP_AT_JWT, BELGO_EPROTO},
	    {"\"typ\":\"token-introspection+jwt\",", BG_JWS_TYP_INTROSPECTION, BELGO_OK},
	    {"\"typ\":\"at+jwt\",", BG_JWS_TYP_INTROSPECTION, BELGO_EPROTO},
	    {"", BG_JWS_TYP_INTROSPECTION, BELGO_EPROTO},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		char *header = format("{%s\"alg\":\"ES256\"}", rows[i].typ);
		char *token = jose_compact(header, PAYLOAD, "x", 1);
		struct bg_jws jws = {0};

		assert_row(rows[i].typ,
			   bg_jws_parse(&jws, token, rows[i].want, 4096, "the token", NULL) == rows[i].rc);
		bg_jws_done(&jws);
		free(token);
		free(header);
	}
}

/* J02, J11, J16. H and P are the base64url of a good header and payload, S of a signature. */
#define H "eyJhbGciOiJFUzI1NiJ9"
#define P "eyJzdWIiOiJhIn0"
#define S "AAAA"

static void
test_jws_parse__wants_three_segments_of_strict_base64url(void **state)
{
	static const struct {
		const char *name;
		const char *token;
		belgo_rc want;
	} rows[] = {
	    {"as it should be", H "." P "." S, BELGO_OK},
	    {"empty text", "", BELGO_EPROTO},
	    {"J02 one segment", H, BELGO_EPROTO},
	    {"J02 two segments", H "." P, BELGO_EPROTO},
	    {"J02 no signature", H "." P ".", BELGO_EPROTO},
	    {"J02 alg none with a signature", "eyJhbGciOiJub25lIn0." P "." S, BELGO_ESIGNATURE},
	    {"J02 alg none without one", "eyJhbGciOiJub25lIn0." P ".", BELGO_EPROTO},
	    {"J02 four segments", H "." P "." S "." S, BELGO_EPROTO},
	    {"J02 four, the last empty", H "." P "." S ".", BELGO_EPROTO},
	    {"J16 five segments (JWE)", H "." P "." S "." S "." S, BELGO_EPROTO},
	    {"J16 JWE with p2c 2^31",
	     "eyJhbGciOiJQQkVTMi1IUzI1NitBMTI4S1ciLCJwMmMiOjIxNDc0ODM2NDh9." S "." S "." S "." S,
	     BELGO_EPROTO},
	    {"J02 many dots", "........", BELGO_EPROTO},
	    {"J02 JSON serialisation",
	     "{\"payload\":\"" P "\",\"protected\":\"" H "\",\"signature\":\"" S "\"}", BELGO_EPROTO},
	    {"J11 empty header", "." P "." S, BELGO_EPROTO},
	    {"J11 empty payload", H ".." S, BELGO_EPROTO},
	    {"J11 padded header", H "=." P "." S, BELGO_EPROTO},
	    {"J11 padded payload", H "." P "=." S, BELGO_EPROTO},
	    {"J11 padded signature", H "." P ".AA==", BELGO_EPROTO},
	    {"J11 plus", H "." P ".AA+A", BELGO_EPROTO},
	    {"J11 slash", H "." P ".AA/A", BELGO_EPROTO},
	    {"J11 blank before", " " H "." P "." S, BELGO_EPROTO},
	    {"J11 newline after", H "." P "." S "\n", BELGO_EPROTO},
	    {"J11 newline within", H "." P ".AA\nAA", BELGO_EPROTO},
	    {"J11 trailing bits", H "." P ".AB", BELGO_EPROTO},
	    {"J11 trailing bits of the payload", H ".eyJzdWIiOiJhIn1." S, BELGO_EPROTO},
	    {"J11 length 1 mod 4", H "." P ".AAAAA", BELGO_EPROTO},
	    {"the header that aborts cjose", "A===.e30.AAAA", BELGO_EPROTO},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++)
		assert_row(rows[i].name, parse_rc(rows[i].token) == rows[i].want);
}

/* J10, J15: payloads. */
static void
test_jws_parse__judges_the_payload_as_json(void **state)
{
	static const struct {
		const char *name;
		const char *payload;
		belgo_rc want;
	} rows[] = {
	    {"an object", "{\"sub\":\"a\"}", BELGO_OK},
	    {"an array", "[\"a\"]", BELGO_EPROTO},
	    {"a string", "\"a\"", BELGO_EPROTO},
	    {"J10 sub twice", "{\"sub\":\"a\",\"sub\":\"b\"}", BELGO_EPROTO},
	    {"J10 sub twice, escaped", "{\"sub\":\"a\",\"s\\u0075b\":\"b\"}", BELGO_EPROTO},
	    {"J15 1e999", "{\"exp\":1e999}", BELGO_EPROTO},
	    {"T02 NUL", "{\"sub\":\"a\\u0000b\"}", BELGO_EPROTO},
	    {"lone surrogate", "{\"sub\":\"\\ud800\"}", BELGO_EPROTO},
	    {"not UTF-8", "{\"sub\":\"\xff\"}", BELGO_EPROTO},
	    {"byte order mark", "\xef\xbb\xbf{\"sub\":\"a\"}", BELGO_EPROTO},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		char *token = jose_compact("{\"alg\":\"ES256\"}", rows[i].payload, "x", 1);

		assert_row(rows[i].name, parse_rc(token) == rows[i].want);
		free(token);
	}
}

/* J15: depth, digits and bytes. */
static void
test_jws_parse__caps_depth_digits_and_bytes(void **state)
{
	static const struct {
		const char *name;
		const char *fmt; /* %s: filler */
		int fill;
		char with;
		belgo_rc want;
	} rows[] = {
	    {"a long claim", "{\"a\":\"%s\"}", 40000, 'a', BELGO_OK},
	    {"J15 more than 64 KiB", "{\"a\":\"%s\"}", 50000, 'a', BELGO_EPROTO},
	    {"J15 1 MB", "{\"a\":\"%s\"}", 1000000, 'a', BELGO_EPROTO},
	    {"J15 20000 digits", "{\"a\":%s}", 20000, '9', BELGO_EPROTO},
	    {"J15 depth 1000", "{\"a\":%s}", 1000, '[', BELGO_EPROTO},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		char *fill = calloc(1, (size_t)rows[i].fill * 2 + 1);
		const char *at = strstr(rows[i].fmt, "%s");
		char *payload, *token;

		assert_non_null(fill);
		memset(fill, rows[i].with, (size_t)rows[i].fill);
		if (rows[i].with == '[')
			memset(fill + rows[i].fill, ']', (size_t)rows[i].fill);
		payload = format("%.*s%s%s", (int)(at - rows[i].fmt), rows[i].fmt, fill, at + 2);
		token = jose_compact("{\"alg\":\"ES256\"}", payload, "x", 1);
		assert_row(rows[i].name, parse_rc(token) == rows[i].want);
		free(token);
		free(payload);
		free(fill);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_jws_parse__judges_the_header),
	    cmocka_unit_test(test_jws_parse__caps_the_kid_at_1024_bytes),
	    cmocka_unit_test(test_jws_parse__wants_the_type_that_was_asked_for),
	    cmocka_unit_test(test_jws_parse__wants_three_segments_of_strict_base64url),
	    cmocka_unit_test(test_jws_parse__judges_the_payload_as_json),
	    cmocka_unit_test(test_jws_parse__caps_depth_digits_and_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
