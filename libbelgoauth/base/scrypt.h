/* A key from a passphrase: scrypt with r = 8 and p = 1, its cost within bounds that no file can leave. */
#ifndef BG_SCRYPT_H
#define BG_SCRYPT_H

#include "base/guard.h"

#define BG_SCRYPT_KEY 32
#define BG_SCRYPT_SALT 16
#define BG_SCRYPT_R 8
#define BG_SCRYPT_P 1
/* 128 * r * N bytes of memory: 32 to 128 MiB. */
#define BG_SCRYPT_N_MIN (1 << 15)
#define BG_SCRYPT_N_MAX (1 << 17)
#define BG_MAX_PASSPHRASE 1024 /* of a file that holds one */

/* A power of two within the bounds: neither too cheap nor dear enough to stop the machine. */
int bg_scrypt_is_bounded(int64_t n);
/* BELGO_EINVAL: n out of bounds, passphrase empty; BELGO_EINTERNAL where libcrypto fails. */
belgo_rc bg_scrypt(unsigned char out[BG_SCRYPT_KEY], const char *passphrase,
		   const unsigned char salt[BG_SCRYPT_SALT], int64_t n) BG_MUST_USE;

#endif
