/*
 * Keys that a client is to sign with, PEM or JWK as a user has them: what is taken signs, comes out the same
 * when it is written and read again, and shows nothing of its private half to a provider.
 */
#include "fuzz.h"

#include "base/mem.h"
#include "jose/jws.h"
#include "jose/private_key.h"

#include <stdlib.h>

/* RFC 7517, RFC 7518 section 6, RFC 8037: the private members, and the symmetric one. */
static void
check_public(const json_t *key)
{
	static const char *const private_members[] = {"d", "p", "q", "dp", "dq", "qi", "oth", "k"};
	BG_AUTO(bg_json_free) json_t *set = NULL;
	const json_t *keys, *jwk;

	HOLDS(bg_private_key_public_set(&set, key, BG_KEY_SIGNS) == BELGO_OK);
	keys = json_object_get(set, "keys");
	HOLDS(json_object_size(set) == 1 && json_array_size(keys) == 1);
	jwk = json_array_get(keys, 0);
	for (size_t i = 0; i < BG_LEN(private_members); i++)
		HOLDS(json_object_get(jwk, private_members[i]) == NULL);
	HOLDS(json_equal(json_object_get(jwk, "kty"), json_object_get(key, "kty")));
}

static void
check_again(json_t *key)
{
	BG_AUTO(bg_str_free) char *text = NULL;
	BG_AUTO(bg_json_free) json_t *again = NULL;

	HOLDS(bg_json_dump(&text, key) == BELGO_OK);
	HOLDS(bg_private_key_read(&again, text, strlen(text), NULL) == BELGO_OK);
	HOLDS(json_equal(again, key));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	BG_AUTO(fuzz_free) char *text = fuzz_bytes(data, size);
	BG_AUTO(bg_json_free) json_t *key = NULL;
	const struct bg_alg *alg;
	struct belgo_error err = {0};
	belgo_rc rc = bg_private_key_read(&key, text, size, &err);

	HOLDS((rc == BELGO_OK) == (key != NULL));
	if (rc != BELGO_OK) {
		HOLDS(rc == BELGO_EINVAL);
		fuzz_check_error(rc, &err, fuzz_secrets);
		return 0;
	}
	HOLDS(err.rc == BELGO_OK);
	HOLDS((alg = bg_private_key_alg(key, NULL)) != NULL && bg_private_key_fits(key, alg));
	check_public(key);
	check_again(key);
	return 0;
}
