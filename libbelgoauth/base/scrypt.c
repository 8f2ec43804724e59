/* One call of libcrypto, with its bounds checked before it allocates. */
#include "base/scrypt.h"

#include <openssl/evp.h>
#include <string.h>

int
bg_scrypt_is_bounded(int64_t n)
{
	return n >= BG_SCRYPT_N_MIN && n <= BG_SCRYPT_N_MAX && (n & (n - 1)) == 0;
}

/* @spec RFC 7914 section 6 */
belgo_rc
bg_scrypt(unsigned char out[BG_SCRYPT_KEY], const char *passphrase, const unsigned char salt[BG_SCRYPT_SALT],
	  int64_t n)
{
	size_t len = strlen(passphrase);
	uint64_t memory = 128 * (uint64_t)BG_SCRYPT_R * (uint64_t)n + 1024 * 1024;

	if (!bg_scrypt_is_bounded(n) || len == 0)
		return BELGO_EINVAL;
	return EVP_PBE_scrypt(passphrase, len, salt, BG_SCRYPT_SALT, (uint64_t)n, BG_SCRYPT_R, BG_SCRYPT_P,
			      memory, out, BG_SCRYPT_KEY) == 1
		   ? BELGO_OK
		   : BELGO_EINTERNAL;
}
