/*
 * Proofs of possession (RFC 9449) as a server judges them: ES256, one request each, with a nonce where the
 * issuer was told to insist on one. Whose tokens are bound to which key stands in the grant.
 */
#include "issuer.h"

#include "text.h"

#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define P256_BYTES 32
#define LEEWAY_S 60

struct seen {
	struct seen *next;
	char *jti;
};

/* A proof taken apart: three segments, of which the first two are JSON. */
struct proof {
	char *input; /* the first two, as signed */
	json_t *header, *claims;
	unsigned char *signature;
	size_t signature_len;
};

static void
proof_done(struct proof *proof)
{
	json_decref(proof->header);
	json_decref(proof->claims);
	free(proof->signature);
	free(proof->input);
}

static json_t *
decode_json(const char *text, size_t len)
{
	size_t n;
	unsigned char *bytes = text_unbase64url(text, len, &n);
	json_t *json = bytes != NULL ? json_loadb((char *)bytes, n, JSON_REJECT_DUPLICATES, NULL) : NULL;

	free(bytes);
	return json;
}

static int
take_apart(struct proof *out, const char *text)
{
	const char *second = strchr(text, '.'), *third = second != NULL ? strchr(second + 1, '.') : NULL;

	if (third == NULL || strchr(third + 1, '.') != NULL)
		return -1;
	out->input = text_format("%.*s", (int)(third - text), text);
	out->header = decode_json(text, (size_t)(second - text));
	out->claims = decode_json(second + 1, (size_t)(third - second - 1));
	out->signature = text_unbase64url(third + 1, strlen(third + 1), &out->signature_len);
	return json_is_object(out->header) && json_is_object(out->claims) && out->signature != NULL ? 0 : -1;
}

static const char *
word(const json_t *object, const char *name)
{
	const char *value = json_string_value(json_object_get(object, name));

	return value != NULL ? value : "";
}

/* 0x04 X Y */
static int
read_point(unsigned char point[1 + 2 * P256_BYTES], const json_t *jwk)
{
	static const char *const names[] = {"x", "y"};

	point[0] = 4;
	for (size_t i = 0; i < 2; i++) {
		const char *text = word(jwk, names[i]);
		size_t len = 0;
		unsigned char *bytes = text_unbase64url(text, strlen(text), &len);

		if (bytes != NULL && len == P256_BYTES)
			memcpy(point + 1 + i * P256_BYTES, bytes, P256_BYTES);
		free(bytes);
		if (len != P256_BYTES)
			return -1;
	}
	return 0;
}

EVP_PKEY *
p256_key(const json_t *jwk)
{
	unsigned char point[1 + 2 * P256_BYTES];
	char group[] = "prime256v1";
	OSSL_PARAM params[] = {
	    OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, group, 0),
	    OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, point, sizeof(point)),
	    OSSL_PARAM_construct_end(),
	};
	EVP_PKEY_CTX *ctx;
	EVP_PKEY *pkey = NULL;

	if (strcmp(word(jwk, "kty"), "EC") != 0 || strcmp(word(jwk, "crv"), "P-256") != 0 ||
	    json_object_get(jwk, "d") != NULL || read_point(point, jwk) != 0)
		return NULL;
	if ((ctx = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL)) == NULL || EVP_PKEY_fromdata_init(ctx) != 1)
		die("cannot read keys");
	if (EVP_PKEY_fromdata(ctx, &pkey, EVP_PKEY_PUBLIC_KEY, params) != 1)
		pkey = NULL;
	EVP_PKEY_CTX_free(ctx);
	return pkey;
}

/* @spec RFC 7518 section 3.4: R and S one after the other, where OpenSSL wants DER */
static int
is_signed_by(const struct proof *proof, EVP_PKEY *pkey)
{
	ECDSA_SIG *sig = ECDSA_SIG_new();
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	unsigned char *der = NULL;
	int len, is_right;

	if (sig == NULL || ctx == NULL ||
	    ECDSA_SIG_set0(sig, BN_bin2bn(proof->signature, P256_BYTES, NULL),
			   BN_bin2bn(proof->signature + P256_BYTES, P256_BYTES, NULL)) != 1 ||
	    (len = i2d_ECDSA_SIG(sig, &der)) < 0)
		die("cannot verify");
	is_right = EVP_DigestVerifyInit(ctx, NULL, EVP_sha256(), NULL, pkey) == 1 &&
		   EVP_DigestVerify(ctx, der, (size_t)len, (const unsigned char *)proof->input,
				    strlen(proof->input)) == 1;
	OPENSSL_free(der);
	ECDSA_SIG_free(sig);
	EVP_MD_CTX_free(ctx);
	return is_right;
}

json_t *
es256_claims(const char *text, const json_t *jwk)
{
	struct proof proof = {0};
	EVP_PKEY *pkey = p256_key(jwk);
	json_t *claims = NULL;

	if (take_apart(&proof, text) == 0 && pkey != NULL &&
	    strcmp(word(proof.header, "alg"), "ES256") == 0 && proof.signature_len == 2 * P256_BYTES &&
	    is_signed_by(&proof, pkey))
		claims = json_incref(proof.claims);
	EVP_PKEY_free(pkey);
	proof_done(&proof);
	return claims;
}

static char *
sha256(const char *text)
{
	unsigned char hash[32];

	if (EVP_Digest(text, strlen(text), hash, NULL, EVP_sha256(), NULL) != 1)
		die("cannot hash");
	return text_base64url(hash, sizeof(hash));
}

/* @spec RFC 7638 section 3 */
static char *
thumbprint(const json_t *jwk)
{
	char *text = text_format("{\"crv\":\"P-256\",\"kty\":\"EC\",\"x\":\"%s\",\"y\":\"%s\"}",
				 word(jwk, "x"), word(jwk, "y"));
	char *hash = sha256(text);

	free(text);
	return hash;
}

int
jti_is_new(struct issuer *issuer, const char *jti)
{
	struct seen *seen;

	for (seen = issuer->seen; seen != NULL; seen = seen->next)
		if (strcmp(seen->jti, jti) == 0)
			return 0;
	seen = must_alloc(sizeof(*seen));
	seen->jti = text_copy(jti);
	seen->next = issuer->seen;
	issuer->seen = seen;
	return 1;
}

void
dpop_done(struct issuer *issuer)
{
	while (issuer->seen != NULL) {
		struct seen *seen = issuer->seen;

		issuer->seen = seen->next;
		free(seen->jti);
		free(seen);
	}
	free(issuer->dpop_nonce);
}

static int
has_hash(const json_t *claims, const char *access_token)
{
	char *want;
	int has;

	if (access_token == NULL)
		return json_object_get(claims, "ath") == NULL;
	want = sha256(access_token);
	has = strcmp(word(claims, "ath"), want) == 0;
	free(want);
	return has;
}

/* @spec RFC 9449 section 4.3: what is wrong with it, or NULL */
static const char *
fault_of(struct issuer *issuer, const struct request *req, const struct proof *proof,
	 const char *access_token)
{
	const json_t *jwk = json_object_get(proof->header, "jwk");
	json_int_t iat = json_integer_value(json_object_get(proof->claims, "iat")), now = time(NULL);
	char *url = text_format("%s%s", issuer->base, req->path);
	int is_here = strcmp(word(proof->claims, "htu"), url) == 0;
	EVP_PKEY *pkey = p256_key(jwk);
	int is_right = pkey != NULL && proof->signature_len == 2 * P256_BYTES && is_signed_by(proof, pkey);

	free(url);
	EVP_PKEY_free(pkey);
	if (strcmp(word(proof->header, "typ"), "dpop+jwt") != 0 ||
	    strcmp(word(proof->header, "alg"), "ES256") != 0)
		return "typ or alg is wrong";
	if (!is_right)
		return "the signature is wrong";
	if (!is_here || strcmp(word(proof->claims, "htm"), req->method) != 0)
		return "it is for another request";
	if (iat < now - LEEWAY_S || iat > now + LEEWAY_S)
		return "it is not of now";
	if (!has_hash(proof->claims, access_token))
		return "ath is wrong";
	if (word(proof->claims, "jti")[0] == '\0' || !jti_is_new(issuer, word(proof->claims, "jti")))
		return "jti is missing or was used";
	return NULL;
}

/* @spec RFC 9449 section 8, 9 */
static void
refuse(const struct issuer *issuer, struct reply *reply, int is_resource, const char *error, const char *why)
{
	reply_error(reply, is_resource ? 401 : 400, error, why);
	if (is_resource) {
		char *challenge = text_format("DPoP algs=\"ES256\", error=\"%s\"", error);

		reply_header(reply, "WWW-Authenticate", challenge);
		free(challenge);
	}
	if (issuer->opt.dpop_nonce)
		reply_header(reply, "DPoP-Nonce", issuer->dpop_nonce);
}

char *
dpop_check(struct issuer *issuer, const struct request *req, const char *access_token, struct reply *reply)
{
	struct proof proof = {0};
	const char *fault = "it is no JWT";
	char *jkt = NULL;

	if (take_apart(&proof, req->dpop) == 0)
		fault = fault_of(issuer, req, &proof, access_token);
	if (fault != NULL)
		refuse(issuer, reply, access_token != NULL, "invalid_dpop_proof", fault);
	else if (issuer->opt.dpop_nonce && strcmp(word(proof.claims, "nonce"), issuer->dpop_nonce) != 0)
		refuse(issuer, reply, access_token != NULL, "use_dpop_nonce", "a nonce is wanted");
	else
		jkt = thumbprint(json_object_get(proof.header, "jwk"));
	proof_done(&proof);
	return jkt;
}

/* @spec RFC 9449 section 5 (a public client's refresh token is bound too), section 10 (dpop_jkt) */
int
dpop_fits(const struct grant *grant, const struct request *req, struct reply *reply)
{
	if (grant->jkt == NULL || (req->jkt != NULL && strcmp(grant->jkt, req->jkt) == 0))
		return 1;
	reply_error(reply, 400, "invalid_grant", "it is bound to another key");
	return 0;
}

int
dpop_bind(struct grant *grant, const struct request *req, struct reply *reply)
{
	if (!dpop_fits(grant, req, reply))
		return 0;
	if (grant->jkt == NULL && req->jkt != NULL)
		grant->jkt = text_copy(req->jkt);
	return 1;
}
