/*
 * Return codes and the error object. Every function that can fail returns a belgo_rc and takes, as its
 * last parameter, a struct belgo_error that belongs to the caller and may be NULL.
 */
#ifndef BELGOAUTH_ERROR_H
#define BELGOAUTH_ERROR_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define BELGO_EXPORT __attribute__((visibility("default")))

/*
 * X(name, exit status of oauthctl, word for programs, sentence for people).
 * This list is the enum, belgo_rc_code(), belgo_rc_str(), belgo_rc_exit() and the table in belgoauth(3).
 */
#define BELGO_RC_LIST(X)                                                                                     \
	X(BELGO_OK, 0, "ok", "success")                                                                      \
	X(BELGO_ENOMEM, 1, "out_of_memory", "out of memory")                                                 \
	X(BELGO_EINTERNAL, 1, "internal", "an unexpected local failure")                                     \
	X(BELGO_EIO, 1, "io", "a local file could not be read or written")                                   \
	X(BELGO_EINVAL, 2, "usage", "an argument is wrong")                                                  \
	X(BELGO_ENOTFOUND, 3, "not_found", "no such account, provider or metadata")                          \
	X(BELGO_ENOCLIENT, 3, "client_id_missing", "no client id is configured")                             \
	X(BELGO_EAMBIGUOUS, 3, "ambiguous", "more than one account fits")                                    \
	X(BELGO_ELOGIN, 4, "login_needed", "the user must log in again")                                     \
	X(BELGO_EUNAVAILABLE, 5, "unavailable", "no usable answer; try later")                               \
	X(BELGO_ETLS, 5, "tls", "the connection is not trusted")                                             \
	X(BELGO_EBUSY, 5, "busy", "another process holds the lock")                                          \
	X(BELGO_EDENIED, 6, "refused", "the provider refused")                                               \
	X(BELGO_EPROTO, 7, "malformed", "an answer breaks the specification")                                \
	X(BELGO_ESTATE, 7, "state_mismatch", "the answer does not belong to this login")                     \
	X(BELGO_EISSUER, 7, "issuer_mismatch", "the issuer is not the expected one")                         \
	X(BELGO_ESIGNATURE, 7, "signature", "a signature or key is not acceptable")                          \
	X(BELGO_ECLAIM, 7, "claim", "a claim is not acceptable")                                             \
	X(BELGO_EACCOUNT, 7, "account_mismatch", "another user signed in")                                   \
	X(BELGO_ESTORE, 8, "store", "the store failed")                                                      \
	X(BELGO_ELOCKED, 8, "store_locked", "the store is locked")                                           \
	X(BELGO_ENOSTORE, 8, "store_missing", "there is no store")                                           \
	X(BELGO_EVERSION, 8, "store_version", "the record was written by a newer version")                   \
	X(BELGO_ECANCELLED, 9, "cancelled", "the user said no")                                              \
	X(BELGO_ETIMEDOUT, 9, "login_timed_out", "the user did not finish in time")                          \
	X(BELGO_EINTR, 130, "interrupted", "interrupted")

typedef enum belgo_rc {
#define BELGO_RC_ENUM(name, exit, code, text) name,
	BELGO_RC_LIST(BELGO_RC_ENUM)
#undef BELGO_RC_ENUM
} belgo_rc;

/*
 * What went wrong. Owned by the caller, never allocates, begins as { 0 }; the first cause wins: a function
 * that is handed an error that is already set leaves it as it is. No member ever holds a secret.
 * Members from the wire hold printable ASCII only. Members are only ever appended.
 */
struct belgo_error {
	belgo_rc rc;
	char text[384];       /* one sentence for people: what failed and on what */
	char oauth_error[64]; /* RFC 6749 section 5.2 `error`, or "" */
	char oauth_error_description[256];
	char oauth_error_uri[256]; /* https only */
	int http_status;           /* 0: no HTTP answer was judged */
	int64_t retry_after;       /* seconds, -1: not said */
	int64_t clock_skew;        /* seconds this clock is ahead of the provider's; see has_clock_skew */
	int has_clock_skew;
	char provider_code[64]; /* the provider's own code, such as AADSTS50011, or "" */
	int request_sent;  /* an exchange failed after its request had gone out, so the peer may have acted on
			      it */
	char subject[256]; /* the account, issuer or path that the error is about, or "" */
};

/* The word for programs ("state_mismatch"). Never NULL; "internal" for an unknown value. */
BELGO_EXPORT const char *belgo_rc_code(belgo_rc rc);
/* The sentence for people. Never NULL. */
BELGO_EXPORT const char *belgo_rc_str(belgo_rc rc);
/* The exit status that oauthctl gives it: 0 to 9, or 130. */
BELGO_EXPORT int belgo_rc_exit(belgo_rc rc);

/* The library's version, "0.1.0". */
BELGO_EXPORT const char *belgo_version(void);

#ifdef __cplusplus
}
#endif
#endif
