/*
 * Reads a client's certificate once, when it is handed in, so that a wrong file is told at once and not by an
 * alert in the middle of a handshake. What is sent is made of the same text by the transport.
 */
#include "jose/certificate.h"

#include "base/base64url.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/mem.h"
#include "jose/evp.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <limits.h>
#include <string.h>
#include <time.h>

#define WHAT "client certificate"

static void
x509_free(X509 **certificate)
{
	X509_free(*certificate);
}

/* Nobody is asked for a passphrase. */
static int
no_passphrase(char *out, int size, int writing, void *user)
{
	(void)out;
	(void)size;
	(void)writing;
	(void)user;
	return -1;
}

static belgo_rc
describe(json_t **out, X509 *certificate)
{
	BG_AUTO(bg_json_free) json_t *json = json_object();
	BG_AUTO(bg_str_free) char *thumbprint = NULL;
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned int len = 0;
	char subject[256];
	struct tm end;

	if (json == NULL || X509_digest(certificate, EVP_sha256(), digest, &len) != 1 ||
	    X509_NAME_oneline(X509_get_subject_name(certificate), subject, sizeof(subject)) == NULL)
		return BELGO_ENOMEM;
	BG_TRY(bg_base64url_encode(&thumbprint, digest, len));
	BG_TRY(bg_json_set_str(json, "x5t#S256", thumbprint));
	BG_TRY(bg_json_set_str(json, "subject", subject));
	if (ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &end) == 1)
		BG_TRY(bg_json_set_int(json, "not_after", timegm(&end)));
	*out = BG_TAKE(json);
	return BELGO_OK;
}

/* @spec RFC 8705 section 3.1 (x5t#S256) */
belgo_rc
bg_certificate_check(json_t **out, const char *pem, size_t len, struct belgo_error *err)
{
	BG_AUTO(bg_bio_free) BIO *first = NULL;
	BG_AUTO(bg_bio_free) BIO *second = NULL;
	BG_AUTO(x509_free) X509 *certificate = NULL;
	BG_AUTO(bg_pkey_free) EVP_PKEY *key = NULL;
	const char *why = NULL;
	belgo_rc rc;

	if (len == 0 || len > BG_MAX_PRIVATE_KEY || memchr(pem, '\0', len) != NULL)
		return bg_fail(err, BELGO_EINVAL, WHAT ": not a PEM file of at most %d bytes",
			       BG_MAX_PRIVATE_KEY);
	if ((first = BIO_new_mem_buf(pem, (int)len)) == NULL ||
	    (second = BIO_new_mem_buf(pem, (int)len)) == NULL)
		return bg_fail(err, BELGO_ENOMEM, WHAT ": out of memory");
	certificate = PEM_read_bio_X509(first, NULL, no_passphrase, NULL);
	key = PEM_read_bio_PrivateKey(second, NULL, no_passphrase, NULL);
	if (certificate == NULL)
		why = "the file holds no certificate";
	else if (key == NULL)
		why = "the file holds no private key, or one with a passphrase";
	else if (X509_check_private_key(certificate, key) != 1)
		why = "the private key is not that of the first certificate";
	ERR_clear_error();
	if (why != NULL)
		return bg_fail(err, BELGO_EINVAL, WHAT ": %s", why);
	rc = describe(out, certificate);
	return rc == BELGO_OK ? rc : bg_fail(err, rc, WHAT ": out of memory");
}
