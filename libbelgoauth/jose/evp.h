/* libcrypto's objects under BG_AUTO: each free() of theirs in the form that takes the address of a variable.
 */
#ifndef BG_JOSE_EVP_H
#define BG_JOSE_EVP_H

#include <openssl/bn.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>

#define BG_EVP_FREE(name, type, release)                                                                     \
	static inline void name(type **p)                                                                    \
	{                                                                                                    \
		release(*p);                                                                                 \
	}

BG_EVP_FREE(bg_bio_free, BIO, BIO_free)
BG_EVP_FREE(bg_bn_free, BIGNUM, BN_clear_free)
BG_EVP_FREE(bg_bld_free, OSSL_PARAM_BLD, OSSL_PARAM_BLD_free)
BG_EVP_FREE(bg_ossl_params_free, OSSL_PARAM, OSSL_PARAM_free)
BG_EVP_FREE(bg_ossl_merged_free, OSSL_PARAM, OPENSSL_free)
BG_EVP_FREE(bg_pkey_free, EVP_PKEY, EVP_PKEY_free)
BG_EVP_FREE(bg_pkey_ctx_free, EVP_PKEY_CTX, EVP_PKEY_CTX_free)
BG_EVP_FREE(bg_md_ctx_free, EVP_MD_CTX, EVP_MD_CTX_free)

#endif
