/*
 * A client's key as a JWK: which members it has, which of them are public, which algorithms it serves. What
 * signs is sign.c's, what libcrypto reads or makes private_key_pem.c's.
 */
#include "jose/private_key.h"

#include "base/base64url.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/mem.h"
#include "jose/sign.h"
#include "jose/thumbprint.h"

#include <stdlib.h>
#include <string.h>

#define WHAT "the client's key"

/* @spec RFC 7518 section 6; RFC 8037 section 2 */
static const struct shape {
	const char *kty;
	enum bg_kty type;
	const char *public_members[4];
	const char *private_members[7];
} shapes[] = {
    {"EC", BG_KTY_EC, {"crv", "x", "y"}, {"d"}},
    {"OKP", BG_KTY_OKP, {"crv", "x"}, {"d"}},
    {"RSA", BG_KTY_RSA, {"n", "e"}, {"d", "p", "q", "dp", "dq", "qi"}},
};
static const char *const use_names[] = {[BG_KEY_SIGNS] = "sig", [BG_KEY_DECRYPTS] = "enc"};
static const char *const kept[] = {"kid", "alg", "x5t", "x5t#S256", NULL};

static const struct shape *
shape_of(const json_t *key)
{
	const char *kty = json_string_value(json_object_get(key, "kty"));

	for (size_t i = 0; i < BG_LEN(shapes); i++)
		if (bg_str_equal(shapes[i].kty, kty))
			return &shapes[i];
	return NULL;
}

static belgo_rc
copy_members(json_t *to, const json_t *from, const char *const *names, enum bg_presence presence,
	     struct belgo_error *err)
{
	for (; *names != NULL; names++) {
		const char *value = NULL;

		BG_TRY(bg_json_str(&value, from, *names, presence, WHAT, err));
		if (bg_json_set_str(to, *names, value) != BELGO_OK)
			return bg_fail(err, BELGO_ENOMEM, "out of memory");
	}
	return BELGO_OK;
}

/* What the owner of a private key does with it, in key_ops. @spec RFC 7517 section 4.3 */
static int
has_op(const json_t *ops, enum bg_key_use use)
{
	if (use == BG_KEY_SIGNS)
		return bg_json_strings_has(ops, "sign");
	return bg_json_strings_has(ops, "decrypt") || bg_json_strings_has(ops, "unwrapKey") ||
	       bg_json_strings_has(ops, "deriveKey") || bg_json_strings_has(ops, "deriveBits");
}

/*
 * A key for encryption signs nothing, whoever owns it, and the other way round.
 * @spec RFC 7517 sections 4.2 and 4.3
 */
static belgo_rc
check_use(const json_t *jwk, enum bg_key_use want, struct belgo_error *err)
{
	const char *use = NULL;
	const json_t *ops = NULL;

	BG_TRY(bg_json_str(&use, jwk, "use", BG_OPTIONAL, WHAT, err));
	BG_TRY(bg_json_strings(&ops, jwk, "key_ops", BG_OPTIONAL, WHAT, err));
	if ((use != NULL && !bg_str_equal(use, use_names[want])) || (ops != NULL && !has_op(ops, want)))
		return bg_fail(err, BELGO_EINVAL, WHAT " is not meant for %s",
			       want == BG_KEY_SIGNS ? "signing" : "decryption");
	return BELGO_OK;
}

static belgo_rc
canonical(json_t **out, const json_t *jwk, enum bg_key_use use, struct belgo_error *err)
{
	BG_AUTO(bg_json_free) json_t *key = json_object();
	const struct shape *shape = shape_of(jwk);

	if (shape == NULL)
		return bg_fail(err, BELGO_EINVAL, WHAT " has no \"kty\" that is supported: EC, OKP or RSA");
	if (json_object_get(jwk, shape->private_members[0]) == NULL)
		return bg_fail(err, BELGO_EINVAL, WHAT " has no private half (\"%s\")",
			       shape->private_members[0]);
	if (json_object_get(jwk, "oth") != NULL)
		return bg_fail(err, BELGO_EINVAL, WHAT " has more than two primes, which is not supported");
	BG_TRY(check_use(jwk, use, err));
	if (key == NULL || bg_json_set_str(key, "kty", shape->kty) != BELGO_OK)
		return bg_fail(err, BELGO_ENOMEM, "out of memory");
	BG_TRY(copy_members(key, jwk, shape->public_members, BG_REQUIRED, err));
	BG_TRY(copy_members(key, jwk, shape->private_members, BG_REQUIRED, err));
	BG_TRY(copy_members(key, jwk, kept, BG_OPTIONAL, err));
	*out = BG_TAKE(key);
	return BELGO_OK;
}

/* A key that cannot sign is refused when it comes, not at the next login. */
static belgo_rc
prove(const json_t *key, struct belgo_error *err)
{
	BG_AUTO(bg_json_free) json_t *payload = json_object();
	BG_AUTO(bg_str_free) char *compact = NULL;
	const struct bg_alg *alg = bg_private_key_alg(key, NULL);

	if (payload == NULL)
		return bg_fail(err, BELGO_ENOMEM, "out of memory");
	if (alg == NULL)
		return bg_fail(err, BELGO_EINVAL, WHAT " has a curve or an \"alg\" that is not supported");
	return bg_jws_sign(&compact, alg, NULL, payload, key, err);
}

static int
is_json(const char *text, size_t len)
{
	while (len > 0 && memchr(" \t\r\n", *text, 4) != NULL) {
		text++;
		len--;
	}
	return len > 0 && *text == '{';
}

belgo_rc
bg_private_key_take(json_t **out, const char *text, size_t len, enum bg_key_use use, struct belgo_error *err)
{
	BG_AUTO(bg_json_free) json_t *given = NULL;
	belgo_rc rc;

	if (is_json(text, len))
		rc = bg_json_object(&given, text, len, BG_MAX_PRIVATE_KEY, BG_JSON_NUMBERS_STRICT, WHAT, err);
	else
		rc = bg_private_key_from_pem(&given, text, len, err);
	if (rc == BELGO_OK)
		rc = canonical(out, given, use, err);
	/* What is wrong with it is the caller's fault, and no peer's. */
	if (rc == BELGO_EPROTO && err != NULL)
		err->rc = BELGO_EINVAL;
	return rc == BELGO_EPROTO ? BELGO_EINVAL : rc;
}

belgo_rc
bg_private_key_read(json_t **out, const char *text, size_t len, struct belgo_error *err)
{
	BG_AUTO(bg_json_free) json_t *key = NULL;

	BG_TRY(bg_private_key_take(&key, text, len, BG_KEY_SIGNS, err));
	BG_TRY(prove(key, err));
	*out = BG_TAKE(key);
	return BELGO_OK;
}

belgo_rc
bg_private_key_generate(json_t **out, const char *alg, struct belgo_error *err)
{
	BG_AUTO(bg_json_free) json_t *key = NULL;
	BG_AUTO(bg_str_free) char *thumbprint = NULL;

	BG_TRY(bg_private_key_make(&key, alg, err));
	if (bg_jwk_thumbprint(&thumbprint, key) || bg_json_set_str(key, "kid", thumbprint) ||
	    bg_json_set_str(key, "alg", alg))
		return bg_fail(err, BELGO_ENOMEM, "out of memory");
	BG_TRY(prove(key, err));
	*out = BG_TAKE(key);
	return BELGO_OK;
}

belgo_rc
bg_secret_key(json_t **out, const char *secret)
{
	BG_AUTO(bg_json_free) json_t *key = json_object();
	BG_AUTO(bg_str_free) char *octets = NULL;

	BG_TRY(bg_base64url_encode(&octets, secret, strlen(secret)));
	if (key == NULL || bg_json_set_str(key, "kty", "oct") || bg_json_set_str(key, "k", octets))
		return BELGO_ENOMEM;
	*out = BG_TAKE(key);
	return BELGO_OK;
}

static belgo_rc
public_half(json_t **out, const json_t *key, const struct shape *shape, enum bg_key_use use)
{
	BG_AUTO(bg_json_free) json_t *half = json_object();

	if (half == NULL || bg_json_set_str(half, "kty", shape->kty) ||
	    bg_json_set_str(half, "use", use_names[use]))
		return BELGO_ENOMEM;
	BG_TRY(copy_members(half, key, shape->public_members, BG_REQUIRED, NULL));
	BG_TRY(copy_members(half, key, kept, BG_OPTIONAL, NULL));
	*out = BG_TAKE(half);
	return BELGO_OK;
}

belgo_rc
bg_private_key_public_set(json_t **out, const json_t *key, enum bg_key_use use)
{
	BG_AUTO(bg_json_free) json_t *half = NULL;
	BG_AUTO(bg_json_free) json_t *keys = json_array();
	BG_AUTO(bg_json_free) json_t *set = json_object();
	const struct shape *shape = shape_of(key);

	if (shape == NULL)
		return BELGO_EINVAL;
	BG_TRY(public_half(&half, key, shape, use));
	if (set == NULL || json_array_append(keys, half) != 0 || json_object_set(set, "keys", keys) != 0)
		return BELGO_ENOMEM;
	*out = BG_TAKE(set);
	return BELGO_OK;
}

/* @spec RFC 7518 section 3.2 (a key of the hash's size or larger) */
static int
is_long_enough(const json_t *key, const struct bg_alg *alg)
{
	/* what bg_secret_key() wrote: 4 characters for 3 bytes, no padding */
	return json_string_length(json_object_get(key, "k")) * 3 / 4 >= alg->signature_len;
}

int
bg_private_key_fits(const json_t *key, const struct bg_alg *alg)
{
	const char *crv = json_string_value(json_object_get(key, "crv"));
	const char *own = json_string_value(json_object_get(key, "alg"));
	const struct shape *shape = shape_of(key);

	if (alg->family == BG_ALG_HMAC)
		return bg_str_equal(json_string_value(json_object_get(key, "kty")), "oct") &&
		       is_long_enough(key, alg);
	if (shape == NULL || shape->type != alg->kty || (own != NULL && !bg_str_equal(own, alg->name)))
		return 0;
	if (alg->family == BG_ALG_EDDSA && alg->crv == NULL)
		return bg_str_equal(crv, "Ed25519") || bg_str_equal(crv, "Ed448");
	return alg->crv == NULL || bg_str_equal(crv, alg->crv);
}

static int
is_allowed(char *const *allowed, const char *name)
{
	if (allowed == NULL)
		return 1;
	for (; *allowed != NULL; allowed++)
		if (bg_str_equal(*allowed, name))
			return 1;
	return 0;
}

/* In the order of what most providers take: a client that is registered for another one says so in the key's
 * alg. */
const struct bg_alg *
bg_private_key_alg(const json_t *key, char *const *allowed)
{
	static const char *const names[] = {"ES256", "ES384", "ES512", "EdDSA", "Ed25519", "RS256", "PS256",
					    "RS384", "PS384", "RS512", "PS512", "HS256",   "HS384", "HS512"};

	for (size_t i = 0; i < BG_LEN(names); i++) {
		const struct bg_alg *alg = bg_alg_find(names[i]);

		if (bg_private_key_fits(key, alg) && is_allowed(allowed, names[i]))
			return alg;
	}
	return NULL;
}
