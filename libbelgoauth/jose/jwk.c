/*
 * JWK Sets: what the members of a key say about its use, and the choice of the one key for a header. The
 * numbers themselves are jwk_key.c's; fetching and caching are not done here.
 */
#include "jose/jwk.h"

#include "base/error.h"
#include "base/limits.h"
#include "base/mem.h"
#include "jose/jwk_key.h"

#include <stdlib.h>

struct bg_jwks {
	json_t *root;
	const json_t *keys; /* in root */
};

struct bg_jwk {
	EVP_PKEY *pkey;
	const struct bg_alg *alg;
	char *issuer;
};

void
bg_jwks_free(struct bg_jwks **set)
{
	if (*set != NULL)
		bg_json_free(&(*set)->root);
	free(BG_TAKE(*set));
}

void
bg_jwk_free(struct bg_jwk **key)
{
	if (*key != NULL) {
		EVP_PKEY_free((*key)->pkey);
		bg_str_free(&(*key)->issuer);
	}
	free(BG_TAKE(*key));
}

const char *
bg_jwk_issuer(const struct bg_jwk *key)
{
	return key->issuer;
}

EVP_PKEY *
bg_jwk_pkey(const struct bg_jwk *key)
{
	return key->pkey;
}

const struct bg_alg *
bg_jwk_alg(const struct bg_jwk *key)
{
	return key->alg;
}

/* @spec RFC 7517 section 5.1 */
static belgo_rc
check_keys(const json_t *keys, struct belgo_error *err)
{
	if (!json_is_array(keys))
		return bg_fail(err, BELGO_EPROTO, "the JWK Set has no array \"keys\"");
	if (json_array_size(keys) > BG_MAX_JWKS_KEYS)
		return bg_fail(err, BELGO_EPROTO, "the JWK Set has more than %d keys", BG_MAX_JWKS_KEYS);
	for (size_t i = 0; i < json_array_size(keys); i++)
		if (!json_is_object(json_array_get(keys, i)))
			return bg_fail(err, BELGO_EPROTO, "an element of the JWK Set is no object");
	return BELGO_OK;
}

belgo_rc
bg_jwks_parse(struct bg_jwks **out, const char *text, size_t len, struct belgo_error *err)
{
	BG_AUTO(bg_json_free) json_t *root = NULL;
	struct bg_jwks *set;

	BG_TRY(bg_json_object(&root, text, len, BG_MAX_JWKS, BG_JSON_NUMBERS_STRICT, "the JWK Set", err));
	BG_TRY(check_keys(json_object_get(root, "keys"), err));
	if ((set = bg_calloc(1, sizeof(*set))) == NULL)
		return bg_fail(err, BELGO_ENOMEM, "the JWK Set: out of memory");
	set->root = BG_TAKE(root);
	set->keys = json_object_get(set->root, "keys");
	*out = set;
	return BELGO_OK;
}

static const char *
text_of(const json_t *jwk, const char *name)
{
	return json_string_value(json_object_get(jwk, name));
}

int
bg_jwks_has_kid(const struct bg_jwks *set, const char *kid)
{
	for (size_t i = 0; kid != NULL && i < json_array_size(set->keys); i++) {
		const char *have = text_of(json_array_get(set->keys, i), "kid");

		if (have != NULL && bg_str_equal(have, kid))
			return 1;
	}
	return 0;
}

/* A member that limits a key: absent it limits nothing, present it must be exactly this text. */
static int
allows(const json_t *jwk, const char *name, const char *want)
{
	const json_t *member = json_object_get(jwk, name);

	return member == NULL || (json_is_string(member) && bg_str_equal(json_string_value(member), want));
}

/* @spec RFC 7517 section 4.3 */
static int
may_verify(const json_t *jwk)
{
	const json_t *ops = json_object_get(jwk, "key_ops");

	return ops == NULL || (json_is_array(ops) && bg_json_strings_has(ops, "verify"));
}

/* A provider that publishes a private or symmetric key has lost it to everyone who can read. @spec RFC 7518
 * section 6.3.2 */
int
bg_jwk_is_private(const json_t *jwk)
{
	static const char *const members[] = {"d", "p", "q", "dp", "dq", "qi", "oth", "k", "priv"};

	for (size_t i = 0; i < BG_LEN(members); i++)
		if (json_object_get(jwk, members[i]) != NULL)
			return 1;
	return 0;
}

static int
is_of_type(const json_t *jwk, const struct bg_alg *alg)
{
	static const char *const names[] = {
	    [BG_KTY_RSA] = "RSA",
	    [BG_KTY_EC] = "EC",
	    [BG_KTY_OKP] = "OKP",
	};
	const char *kty = text_of(jwk, "kty");
	const char *crv = text_of(jwk, "crv");

	return kty != NULL && alg->kty != BG_KTY_NONE && bg_str_equal(kty, names[alg->kty]) &&
	       (alg->crv == NULL || bg_str_equal(crv, alg->crv));
}

/*
 * All that can be said without touching a number.
 * @spec RFC 7515 section 4.1.4; RFC 7517 section 4; RFC 8725 section 3.1 (one algorithm per key)
 */
static int
fits(const json_t *jwk, const struct bg_alg *alg, const char *kid)
{
	const char *have = text_of(jwk, "kid");

	if (kid != NULL && (have == NULL || !bg_str_equal(have, kid)))
		return 0;
	return is_of_type(jwk, alg) && allows(jwk, "use", "sig") && allows(jwk, "alg", alg->name) &&
	       may_verify(jwk) && !bg_jwk_is_private(jwk);
}

static belgo_rc
load(struct bg_jwk **out, const json_t *jwk, const struct bg_alg *alg)
{
	BG_AUTO(bg_jwk_free) struct bg_jwk *key = bg_calloc(1, sizeof(*key));

	if (key == NULL)
		return BELGO_ENOMEM;
	key->alg = alg;
	BG_TRY(bg_str_set(&key->issuer, text_of(jwk, "issuer")));
	BG_TRY(bg_jwk_key_load(&key->pkey, jwk, alg->kty));
	*out = BG_TAKE(key);
	return BELGO_OK;
}

static belgo_rc
none_fits(const struct bg_jwks *set, const struct bg_alg *alg, const char *kid, struct belgo_error *err)
{
	if (kid != NULL && !bg_jwks_has_kid(set, kid))
		return bg_fail(err, BELGO_ENOTFOUND, "the JWK Set has no key of the token's kid");
	return bg_fail(err, BELGO_ENOTFOUND, "the JWK Set has no usable key for %s%s", alg->name,
		       kid != NULL ? " under the token's kid" : "");
}

belgo_rc
bg_jwks_select(struct bg_jwk **out, const struct bg_jwks *set, const struct bg_alg *alg, const char *kid,
	       struct belgo_error *err)
{
	BG_AUTO(bg_jwk_free) struct bg_jwk *found = NULL;

	for (size_t i = 0; i < json_array_size(set->keys); i++) {
		BG_AUTO(bg_jwk_free) struct bg_jwk *key = NULL;
		const json_t *jwk = json_array_get(set->keys, i);
		belgo_rc rc;

		if (!fits(jwk, alg, kid))
			continue;
		if ((rc = load(&key, jwk, alg)) == BELGO_ENOMEM)
			return bg_fail(err, rc, "a key of the JWK Set: out of memory");
		if (key != NULL && found != NULL)
			return bg_fail(err, BELGO_ESIGNATURE, "the JWK Set has more than one key for %s%s",
				       alg->name,
				       kid != NULL ? " under the token's kid" : " and the token names none");
		if (key != NULL)
			found = BG_TAKE(key);
	}
	if (found == NULL)
		return none_fits(set, alg, kid, err);
	*out = BG_TAKE(found);
	return BELGO_OK;
}
