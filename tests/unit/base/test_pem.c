/* What of a PEM file is its certificates, and that no key goes with them. */
#include "base/mem.h"
#include "base/pem.h"
#include "harness/test.h"

#define CERTIFICATE(text) "-----BEGIN CERTIFICATE-----\n" text "\n-----END CERTIFICATE-----\n"
#define KEY "-----BEGIN PRIVATE KEY-----\nSECRET\n-----END PRIVATE KEY-----\n"

/* @spec RFC 7468 section 2, 5 */
static void
test_pem__certificates_are_taken_out_alone(void **state)
{
	static const struct {
		const char *name, *pem, *want;
	} rows[] = {
	    {"one", CERTIFICATE("AAAA") KEY, CERTIFICATE("AAAA")},
	    {"a chain around the key", CERTIFICATE("AAAA") KEY CERTIFICATE("BBBB"),
	     CERTIFICATE("AAAA") CERTIFICATE("BBBB")},
	    {"the key first", KEY CERTIFICATE("AAAA"), CERTIFICATE("AAAA")},
	    {"text between", "prime1: SECRET\n" CERTIFICATE("AAAA") "prime2: SECRET\n" KEY,
	     CERTIFICATE("AAAA")},
	    {"no newline at the end", KEY "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----",
	     CERTIFICATE("AAAA")},
	    {"lines of another system",
	     "-----BEGIN CERTIFICATE-----\r\nAAAA\r\n-----END CERTIFICATE-----\r\n" KEY,
	     "-----BEGIN CERTIFICATE-----\r\nAAAA\r\n-----END CERTIFICATE-----\n"},
	    {"other words for one",
	     "-----BEGIN X509 CERTIFICATE-----\nAAAA\n-----END X509 CERTIFICATE-----\n",
	     "-----BEGIN X509 CERTIFICATE-----\nAAAA\n-----END X509 CERTIFICATE-----\n"},
	    {"other keys", "-----BEGIN EC PRIVATE KEY-----\nSECRET\n-----END EC PRIVATE KEY-----\n", ""},
	    {"one without an end, before the key",
	     "-----BEGIN CERTIFICATE-----\nAAAA\n" KEY CERTIFICATE("BBBB"), CERTIFICATE("BBBB")},
	    {"one that breaks off", "-----BEGIN CERTIFICATE-----\nAAAA\n", ""},
	    {"nothing", "", ""},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		BG_AUTO(bg_str_free) char *got = NULL;

		assert_row(rows[i].name, bg_pem_certificates(&got, rows[i].pem) == BELGO_OK);
		assert_row(rows[i].name, strcmp(got, rows[i].want) == 0);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_pem__certificates_are_taken_out_alone),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
