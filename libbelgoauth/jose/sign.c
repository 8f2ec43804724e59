/*
 * Signs with cjose, which is loaded at first need and touched by this file alone, and EdDSA, which cjose does
 * not have, with libcrypto. cjose looks neither at the curve nor at the length of a key, so every key is
 * judged before it, and what it made is taken apart and verified after it. A cjose_jwk_t counts its
 * references without a lock: it lives for one call.
 */
#include "jose/sign.h"

#include "base/base64url.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/mem.h"
#include "jose/jws.h"
#include "jose/private_key.h"
#include "jose/evp.h"

#include <cjose/cjose.h>
#include <dlfcn.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define ED_MAX_LEN 114 /* a signature of Ed448 */

/* X(name without "cjose_"). */
#define CJOSE_FUNCTIONS(X)                                                                                   \
	X(header_new)                                                                                        \
	X(header_set)                                                                                        \
	X(header_set_raw)                                                                                    \
	X(header_release)                                                                                    \
	X(jwk_import)                                                                                        \
	X(jwk_release)                                                                                       \
	X(jws_sign)                                                                                          \
	X(jws_export)                                                                                        \
	X(jws_release)

struct cjose {
#define CJOSE_MEMBER(name) __typeof__(&cjose_##name) name;
	CJOSE_FUNCTIONS(CJOSE_MEMBER)
#undef CJOSE_MEMBER
};

static pthread_once_t once = PTHREAD_ONCE_INIT;
static struct cjose cjose;
static int is_loaded;

static void
load(void)
{
	void *lib = dlopen("libcjose.so.0", RTLD_NOW | RTLD_LOCAL);

	if (lib == NULL)
		return;
		/* POSIX promises that an object pointer can carry a function; ISO C wants the copy. */
#define LOAD(name)                                                                                           \
	do {                                                                                                 \
		void *found = dlsym(lib, "cjose_" #name);                                                    \
		memcpy(&cjose.name, &found, sizeof(found));                                                  \
		if (found == NULL)                                                                           \
			return;                                                                              \
	} while (0);
	CJOSE_FUNCTIONS(LOAD)
#undef LOAD
	is_loaded = 1;
}

/* These three run only once cjose is there. */
static void
cjose_header_free(cjose_header_t **header)
{
	if (*header != NULL)
		cjose.header_release(*header);
}

static void
cjose_jwk_free(cjose_jwk_t **jwk)
{
	if (*jwk != NULL)
		cjose.jwk_release(*jwk);
}

static void
cjose_jws_free(cjose_jws_t **jws)
{
	if (*jws != NULL)
		cjose.jws_release(*jws);
}

static belgo_rc
cjose_failed(const cjose_err *why, struct belgo_error *err)
{
	if (why->code == CJOSE_ERR_NO_MEMORY)
		return bg_fail(err, BELGO_ENOMEM, "out of memory");
	return bg_fail(err, BELGO_EINVAL, "nothing can be signed with the client's key: it is malformed");
}

/* A key (`jwk`) is the one parameter of ours that is no string. */
static int
set_parameter(cjose_header_t *made, const char *name, const json_t *value, cjose_err *why)
{
	BG_AUTO(bg_str_free) char *text = NULL;

	if (json_is_string(value))
		return cjose.header_set(made, name, json_string_value(value), why);
	why->code = CJOSE_ERR_NO_MEMORY;
	return bg_json_dump(&text, value) == BELGO_OK && cjose.header_set_raw(made, name, text, why);
}

static belgo_rc
make_header(cjose_header_t **out, json_t *header, struct belgo_error *err)
{
	BG_AUTO(cjose_header_free) cjose_header_t *made = NULL;
	cjose_err why = {0};
	const char *name;
	json_t *value;

	if ((made = cjose.header_new(&why)) == NULL)
		return cjose_failed(&why, err);
	json_object_foreach(header, name, value)
	{
		if (!set_parameter(made, name, value, &why))
			return cjose_failed(&why, err);
	}
	*out = BG_TAKE(made);
	return BELGO_OK;
}

/* cjose ends the process by assert() where such a member is not base64url. The public ones were looked at
 * when the public half was made. @spec RFC 7518 sections 6.2.2 and 6.3.2 */
static belgo_rc
check_private_members(const json_t *key, struct belgo_error *err)
{
	static const char *const names[] = {"d", "p", "q", "dp", "dq", "qi"};

	for (size_t i = 0; i < BG_LEN(names); i++) {
		const char *text = json_string_value(json_object_get(key, names[i]));
		unsigned char *bytes = NULL;
		size_t len = 0;
		belgo_rc rc = text == NULL ? BELGO_OK : bg_base64url_decode(&bytes, &len, text, strlen(text));

		bg_wipe(bytes, len);
		free(bytes);
		if (rc != BELGO_OK)
			return bg_fail(err, rc == BELGO_ENOMEM ? rc : BELGO_EINVAL,
				       "the client's key: \"%s\" is not base64url", names[i]);
	}
	return BELGO_OK;
}

static belgo_rc
sign_with_cjose(char **out, json_t *header, const char *payload, const json_t *key, struct belgo_error *err)
{
	BG_AUTO(cjose_header_free) cjose_header_t *made = NULL;
	BG_AUTO(cjose_jwk_free) cjose_jwk_t *jwk = NULL;
	BG_AUTO(cjose_jws_free) cjose_jws_t *jws = NULL;
	BG_AUTO(bg_str_free) char *key_text = NULL;
	const char *compact = NULL;
	cjose_err why = {0};

	if (pthread_once(&once, load) != 0 || !is_loaded)
		return bg_fail(err, BELGO_EINTERNAL, "libcjose.so.0, which signs, could not be loaded");
	if (bg_json_dump(&key_text, key) != BELGO_OK)
		return bg_fail(err, BELGO_ENOMEM, "out of memory");
	BG_TRY(check_private_members(key, err));
	BG_TRY(make_header(&made, header, err));
	if ((jwk = cjose.jwk_import(key_text, strlen(key_text), &why)) == NULL ||
	    (jws = cjose.jws_sign(jwk, made, (const uint8_t *)payload, strlen(payload), &why)) == NULL ||
	    !cjose.jws_export(jws, &compact, &why))
		return cjose_failed(&why, err);
	*out = bg_strdup(compact);
	return *out != NULL ? BELGO_OK : bg_fail(err, BELGO_ENOMEM, "out of memory");
}

static belgo_rc
load_edwards(EVP_PKEY **out, const json_t *key)
{
	const char *d = json_string_value(json_object_get(key, "d"));
	int is_448 = bg_str_equal(json_string_value(json_object_get(key, "crv")), "Ed448");
	unsigned char *seed = NULL;
	size_t len = 0;

	if (d == NULL)
		return BELGO_EINVAL;
	BG_TRY(bg_base64url_decode(&seed, &len, d, strlen(d)));
	*out = EVP_PKEY_new_raw_private_key(is_448 ? EVP_PKEY_ED448 : EVP_PKEY_ED25519, NULL, seed, len);
	bg_wipe(seed, len);
	free(seed);
	return *out != NULL ? BELGO_OK : BELGO_EINVAL;
}

/* BASE64URL(header) "." BASE64URL(payload) */
static belgo_rc
make_input(char **out, const json_t *header, const char *payload)
{
	BG_AUTO(bg_str_free) char *header_text = NULL;
	BG_AUTO(bg_str_free) char *first = NULL;
	BG_AUTO(bg_str_free) char *second = NULL;

	BG_TRY(bg_json_dump(&header_text, header));
	BG_TRY(bg_base64url_encode(&first, header_text, strlen(header_text)));
	BG_TRY(bg_base64url_encode(&second, payload, strlen(payload)));
	*out = bg_strf("%s.%s", first, second);
	return *out != NULL ? BELGO_OK : BELGO_ENOMEM;
}

/* @spec RFC 8037 section 3.1 */
static belgo_rc
sign_with_libcrypto(char **out, json_t *header, const char *payload, const json_t *key,
		    struct belgo_error *err)
{
	BG_AUTO(bg_pkey_free) EVP_PKEY *pkey = NULL;
	BG_AUTO(bg_md_ctx_free) EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	BG_AUTO(bg_str_free) char *input = NULL;
	BG_AUTO(bg_str_free) char *last = NULL;
	unsigned char signature[ED_MAX_LEN];
	size_t len = sizeof(signature);
	belgo_rc rc;

	rc = load_edwards(&pkey, key);
	if (rc == BELGO_ENOMEM || ctx == NULL || make_input(&input, header, payload) != BELGO_OK)
		return bg_fail(err, BELGO_ENOMEM, "out of memory");
	if (rc != BELGO_OK || EVP_DigestSignInit(ctx, NULL, NULL, NULL, pkey) != 1 ||
	    EVP_DigestSign(ctx, signature, &len, (const unsigned char *)input, strlen(input)) != 1)
		return bg_fail(err, BELGO_EINVAL,
			       "nothing can be signed with the client's key: it is malformed");
	if (bg_base64url_encode(&last, signature, len) != BELGO_OK ||
	    (*out = bg_strf("%s.%s", input, last)) == NULL)
		return bg_fail(err, BELGO_ENOMEM, "out of memory");
	return BELGO_OK;
}

/* The public half, by the rules that a provider's keys are held to. */
static belgo_rc
select_public(struct bg_jwk **out, const struct bg_alg *alg, const json_t *key, struct belgo_error *err)
{
	BG_AUTO(bg_jwks_free) struct bg_jwks *set = NULL;
	BG_AUTO(bg_json_free) json_t *document = NULL;
	BG_AUTO(bg_str_free) char *text = NULL;
	belgo_rc rc;

	if ((rc = bg_private_key_public_set(&document, key, BG_KEY_SIGNS)) ||
	    (rc = bg_json_dump(&text, document)) || (rc = bg_jwks_parse(&set, text, strlen(text), NULL)) ||
	    (rc = bg_jwks_select(out, set, alg, NULL, NULL)))
		return rc == BELGO_ENOMEM
			   ? bg_fail(err, rc, "out of memory")
			   : bg_fail(err, BELGO_EINVAL,
				     "the client's key does not fit the algorithm %s, or is weak", alg->name);
	return BELGO_OK;
}

/*
 * What came out must be what went in, header and payload, for cjose does not look whether it had memory for
 * all of it; and the signature must be right: whoever sees a wrong RSA signature beside a right one can
 * compute the key (Boneh, DeMillo, Lipton 1997).
 */
static belgo_rc
check_own(const char *compact, const json_t *header, const json_t *payload, const struct bg_jwk *public_half,
	  const char *secret)
{
	BG_AUTO(bg_jws_done) struct bg_jws jws = {0};

	BG_TRY(bg_jws_parse(&jws, compact, BG_JWS_TYP_OWN, BG_MAX_JWT, "what was signed", NULL));
	if (!json_equal(jws.header, header) || !json_equal(jws.payload, payload))
		return BELGO_ENOMEM;
	return secret != NULL ? bg_jws_verify_hmac(&jws, secret, NULL)
			      : bg_jws_verify(&jws, public_half, NULL);
}

/* The secret's bytes again; they end with a NUL. */
static belgo_rc
secret_of(char **out, const json_t *key)
{
	const char *k = json_string_value(json_object_get(key, "k"));
	unsigned char *bytes = NULL;
	size_t len = 0;

	BG_TRY(bg_base64url_decode(&bytes, &len, k, strlen(k)));
	*out = (char *)bytes;
	return BELGO_OK;
}

static belgo_rc
sign(char **out, const struct bg_alg *alg, json_t *header, const json_t *payload, const json_t *key,
     struct belgo_error *err)
{
	BG_AUTO(bg_jwk_free) struct bg_jwk *public_half = NULL;
	BG_AUTO(bg_str_free) char *secret = NULL;
	BG_AUTO(bg_str_free) char *text = NULL;
	BG_AUTO(bg_str_free) char *compact = NULL;
	belgo_rc rc = bg_json_dump(&text, payload);

	if (rc == BELGO_OK && alg->family == BG_ALG_HMAC)
		rc = secret_of(&secret, key);
	if (rc != BELGO_OK)
		return bg_fail(err, rc, "out of memory");
	if (alg->family != BG_ALG_HMAC)
		BG_TRY(select_public(&public_half, alg, key, err));
	BG_TRY((alg->family == BG_ALG_EDDSA ? sign_with_libcrypto : sign_with_cjose)(&compact, header, text,
										     key, err));
	if ((rc = check_own(compact, header, payload, public_half, secret)) == BELGO_OK)
		*out = BG_TAKE(compact);
	return rc == BELGO_OK ? rc
	       : rc == BELGO_ENOMEM
		   ? bg_fail(err, rc, "out of memory")
		   : bg_fail(err, BELGO_EINVAL, "the two halves of the client's key do not belong together");
}

belgo_rc
bg_jws_sign(char **out, const struct bg_alg *alg, const json_t *header, const json_t *payload,
	    const json_t *key, struct belgo_error *err)
{
	BG_AUTO(bg_json_free) json_t *full = header != NULL ? json_deep_copy(header) : json_object();
	belgo_rc rc;

	if (!bg_private_key_fits(key, alg))
		return bg_fail(err, BELGO_EINVAL,
			       alg->family == BG_ALG_HMAC
				   ? "the client secret is too short for %s"
				   : "the client's key does not fit the algorithm %s, or is weak",
			       alg->name);
	if (full == NULL || bg_json_set_str(full, "alg", alg->name) != BELGO_OK)
		return bg_fail(err, BELGO_ENOMEM, "out of memory");
	/* What fails in here must not stand in the error queue of the program, where its own TLS would find
	 * it. */
	ERR_set_mark();
	rc = sign(out, alg, full, payload, key, err);
	ERR_pop_to_mark();
	return rc;
}
