/* A client's certificate, as it is handed in. */
#include "base/mem.h"
#include "harness/test.h"
#include "jose/certificate.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <stdlib.h>

static EVP_PKEY *key, *other;

static char *
text_of(BIO *bio)
{
	char *data = NULL;
	long len = BIO_get_mem_data(bio, &data);
	char *text = strndup(data, (size_t)len);

	BIO_free(bio);
	return text;
}

/* malloc'd. */
static char *
certificate_of(EVP_PKEY *owner)
{
	X509 *x = X509_new();
	BIO *bio = BIO_new(BIO_s_mem());

	X509_set_version(x, 2);
	X509_gmtime_adj(X509_getm_notBefore(x), 0);
	ASN1_TIME_set(X509_getm_notAfter(x), 2000000000);
	X509_set_pubkey(x, owner);
	X509_NAME_add_entry_by_txt(X509_get_subject_name(x), "CN", MBSTRING_ASC,
				   (const unsigned char *)"client", -1, -1, 0);
	X509_set_issuer_name(x, X509_get_subject_name(x));
	assert_true(X509_sign(x, owner, EVP_sha256()) > 0);
	assert_int_equal(PEM_write_bio_X509(bio, x), 1);
	X509_free(x);
	return text_of(bio);
}

static char *
key_of(EVP_PKEY *owner, const EVP_CIPHER *cipher)
{
	BIO *bio = BIO_new(BIO_s_mem());

	assert_int_equal(PEM_write_bio_PKCS8PrivateKey(bio, owner, cipher, cipher == NULL ? NULL : "secret",
						       cipher == NULL ? 0 : 6, NULL, NULL),
			 1);
	return text_of(bio);
}

/* @spec RFC 8705 section 3.1 (x5t#S256) */
static void
test_certificate__comes_with_its_own_private_key(void **state)
{
	char *mine = certificate_of(key), *theirs = certificate_of(other);
	char *plain = key_of(key, NULL), *sealed = key_of(key, EVP_aes_256_cbc());
	const struct {
		const char *name, *first, *second, *third;
		belgo_rc want;
	} rows[] = {
	    {"certificate and key", mine, plain, "", BELGO_OK},
	    {"key and certificate", plain, mine, "", BELGO_OK},
	    {"with the rest of a chain", mine, theirs, plain, BELGO_OK},
	    {"another's certificate", theirs, plain, "", BELGO_EINVAL},
	    {"a key that wants a passphrase", mine, sealed, "", BELGO_EINVAL},
	    {"no key", mine, "", "", BELGO_EINVAL},
	    {"no certificate", plain, "", "", BELGO_EINVAL},
	    {"nothing", "", "", "", BELGO_EINVAL},
	    {"no PEM", "hello", "", "", BELGO_EINVAL},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		BG_AUTO(bg_json_free) json_t *shown = NULL;
		BG_AUTO(bg_str_free)
		char *pem = bg_strf("%s%s%s", rows[i].first, rows[i].second, rows[i].third);
		struct belgo_error err = {0};

		assert_row(rows[i].name,
			   bg_certificate_check(&shown, pem, strlen(pem), &err) == rows[i].want);
		assert_row(rows[i].name, err.rc == rows[i].want);
		if (rows[i].want != BELGO_OK)
			continue;
		assert_string_equal(json_string_value(json_object_get(shown, "subject")), "/CN=client");
		assert_int_equal(strlen(json_string_value(json_object_get(shown, "x5t#S256"))), 43);
		assert_int_equal(json_integer_value(json_object_get(shown, "not_after")), 2000000000);
		assert_int_equal(json_object_size(shown), 3);
	}
	free(mine);
	free(theirs);
	free(plain);
	free(sealed);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_certificate__comes_with_its_own_private_key),
	};
	int failed;

	key = EVP_EC_gen("P-256");
	other = EVP_EC_gen("P-256");
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	EVP_PKEY_free(key);
	EVP_PKEY_free(other);
	return failed;
}
