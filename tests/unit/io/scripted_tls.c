/* Certificates for scripted_server.h, made with libcrypto when a test wants them: nothing that could expire
 * in a file. */
#include "harness/test.h"

#include "scripted_server.h"

#include <openssl/pem.h>
#include <openssl/x509v3.h>

#define HOUR 3600L

static void
add_extension(X509 *cert, int nid, const char *value)
{
	X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, NULL, nid, value);

	assert_non_null(extension);
	assert_int_equal(X509_add_ext(cert, extension, -1), 1);
	X509_EXTENSION_free(extension);
}

static void
set_name(X509 *cert, const char *name)
{
	assert_int_equal(X509_NAME_add_entry_by_txt(X509_get_subject_name(cert), "CN", MBSTRING_ASC,
						    (const unsigned char *)name, -1, -1, 0),
			 1);
}

static X509 *
make_cert(EVP_PKEY *key, const char *name, long from, long until)
{
	static long serial = 1;
	X509 *cert = X509_new();

	assert_non_null(cert);
	assert_int_equal(X509_set_version(cert, X509_VERSION_3), 1);
	assert_int_equal(ASN1_INTEGER_set(X509_get_serialNumber(cert), serial++), 1);
	assert_non_null(X509_gmtime_adj(X509_getm_notBefore(cert), from));
	assert_non_null(X509_gmtime_adj(X509_getm_notAfter(cert), until));
	assert_int_equal(X509_set_pubkey(cert, key), 1);
	set_name(cert, name);
	return cert;
}

static void
sign_cert(X509 *cert, const X509 *issuer, EVP_PKEY *key)
{
	assert_int_equal(X509_set_issuer_name(cert, X509_get_subject_name(issuer)), 1);
	assert_true(X509_sign(cert, key, EVP_sha256()) > 0);
}

static X509 *
make_authority(EVP_PKEY *key, const char *name)
{
	X509 *ca = make_cert(key, name, -HOUR, HOUR);

	add_extension(ca, NID_basic_constraints, "critical,CA:TRUE");
	add_extension(ca, NID_key_usage, "critical,keyCertSign");
	sign_cert(ca, ca, key);
	return ca;
}

static void
write_pem(const char *path, X509 *cert)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	assert_int_equal(PEM_write_X509(file, cert), 1);
	assert_int_equal(fclose(file), 0);
}

static X509 *
make_leaf(enum cert_kind kind, EVP_PKEY *key)
{
	long from = kind == CERT_NOT_YET_VALID ? HOUR : -2 * HOUR;
	X509 *leaf = make_cert(key, "Test server", from, kind == CERT_EXPIRED ? -HOUR : 2 * HOUR);

	add_extension(leaf, NID_subject_alt_name,
		      kind == CERT_OTHER_HOST ? "DNS:other.example,IP:127.0.0.2" : "IP:127.0.0.1");
	return leaf;
}

SSL_CTX *
server_tls(enum cert_kind kind, const char *ca_path)
{
	SSL_CTX *tls = SSL_CTX_new(TLS_server_method());
	EVP_PKEY *key = EVP_EC_gen("P-256"), *ca_key = EVP_EC_gen("P-256"), *other_key = EVP_EC_gen("P-256");
	X509 *ca = make_authority(ca_key, "Test authority"), *leaf = make_leaf(kind, key);
	X509 *other = make_authority(other_key, kind == CERT_FORGED ? "Test authority" : "Other authority");

	sign_cert(leaf, kind == CERT_SELF_SIGNED ? leaf : ca, kind == CERT_SELF_SIGNED ? key : ca_key);
	write_pem(ca_path, kind == CERT_OTHER_AUTHORITY || kind == CERT_FORGED ? other : ca);
	assert_non_null(tls);
	assert_int_equal(SSL_CTX_use_certificate(tls, leaf), 1);
	assert_int_equal(SSL_CTX_use_PrivateKey(tls, key), 1);
	X509_free(leaf);
	X509_free(ca);
	X509_free(other);
	EVP_PKEY_free(key);
	EVP_PKEY_free(ca_key);
	EVP_PKEY_free(other_key);
	return tls;
}
