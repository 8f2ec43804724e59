/* Every ceiling of the library in one place. Bytes unless the name says otherwise. */
#ifndef BG_LIMITS_H
#define BG_LIMITS_H

#define BG_MAX_URL (32 * 1024)
#define BG_MAX_FORM (64 * 1024)
#define BG_MAX_FORM_PARAMS 64
#define BG_MAX_CODE (8 * 1024)
#define BG_MAX_METADATA (256 * 1024)
#define BG_MAX_JWKS (512 * 1024)
#define BG_MAX_JWKS_KEYS 100
#define BG_MAX_REPLY (1024 * 1024)
#define BG_MAX_HEADERS (64 * 1024)
#define BG_MAX_JWT (64 * 1024)
#define BG_MAX_JOSE_HEADER (8 * 1024)
#define BG_MAX_KID 1024
#define BG_MAX_DPOP_NONCE 1024
#define BG_MAX_PRIVATE_KEY (64 * 1024)
#define BG_MAX_ACCESS_TOKEN (64 * 1024)
#define BG_MAX_SUBJECT 255
#define BG_MAX_DETAILS (64 * 1024)
#define BG_MAX_JSON_DEPTH 32
#define BG_MAX_RECORD (512 * 1024)
/* Of further access tokens: what one may be asked for, and all together in a record. */
#define BG_MAX_SELECTION (8 * 1024)
#define BG_MAX_FURTHER_SIZE (80 * 1024)
#define BG_MAX_EXPORT (4 * 1024 * 1024)      /* what is sealed */
#define BG_MAX_EXPORT_FILE (6 * 1024 * 1024) /* the file, by a third larger */
#define BG_MAX_EXPORT_ACCOUNTS 1000
#define BG_MAX_REGISTRATION (128 * 1024)
#define BG_MAX_PENDING 3800 /* leaves a cookie of 4096 bytes room for name and attributes */

#define BG_MAX_REQUEST_LINE (12 * 1024)
#define BG_MAX_REQUEST_HEAD (16 * 1024)
#define BG_MAX_REQUEST_HEADERS 100

#define BG_TIMEOUT_METADATA_MS 15000
#define BG_TIMEOUT_TOKEN_MS 30000
#define BG_MAX_LIFETIME_S (10LL * 365 * 24 * 3600)

#endif
