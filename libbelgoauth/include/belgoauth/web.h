/*
 * A login in a program that has its own HTTP server: one call makes the URL that the browser is sent to,
 * another takes what the browser came back with. Between them nothing is kept in memory.
 */
#ifndef BELGOAUTH_WEB_H
#define BELGOAUTH_WEB_H

#include <belgoauth/client.h>

#ifdef __cplusplus
extern "C" {
#endif

#define BELGO_WEB_KEY 32

/*
 * What both calls are made with. With put and take, what is pending lies in the program's store; without, in
 * the browser, sealed. Callbacks run on the thread that drives the operation and set err where they fail.
 */
struct belgo_web_params {
	const unsigned char *key; /* BELGO_WEB_KEY random bytes that only this program knows; required */
	const char *redirect_uri; /* the program's own: https, or http on loopback; required */
	const char *payload;      /* handed back at the end: UTF-8 without controls; of the first call only */
	/* Keeps value under id until expires_at (POSIX seconds). */
	belgo_rc (*put)(void *arg, const char *id, const char *value, int64_t expires_at,
			struct belgo_error *err);
	/* *value, malloc'd, and removes it in the same breath; BELGO_ENOTFOUND. Only an answer with the right
	 * state asks for an id that was put. */
	belgo_rc (*take)(void *arg, const char *id, char **value, struct belgo_error *err);
	/*
	 * Without put and take, before a code is exchanged: BELGO_OK the first time it sees that id,
	 * BELGO_ESTATE until expires_at from then on. NULL: the client remembers the last 4096 by itself,
	 * which will do for a program of one process.
	 */
	belgo_rc (*spend)(void *arg, const char *id, int64_t expires_at, struct belgo_error *err);
	void *arg;
};

/* Where a web login stands. */
struct belgo_web_login {
	char *url; /* first call: for the browser */
	/* first call: to be set as a cookie in this browser alone, by a name that begins with __Host-, with
	 * Path=/, Secure and HttpOnly, and without Domain, so that no other host can set it */
	char *pending;
	int64_t expires_at; /* first call: POSIX seconds */
	char *payload;      /* second call: what the first was given, or NULL */
};

/*
 * Begins: result belgo_op_web_login() with url, pending and expires_at. params as of belgo_login_op(), but
 * for listener, on_prompt and what names the redirect URI, which are not used; timeout_s (0: 300) at most
 * 3600; account_name (NULL: by the account's key) only where the program knows who signs in. Ends with
 * BELGO_EINVAL (scope and payload are too long for a cookie), as put does, and as belgo_login_op() does
 * before it waits for the browser.
 */
BELGO_EXPORT belgo_rc belgo_web_login_begin_op(struct belgo_op **out, struct belgo_client *client,
					       const struct belgo_login_params *params,
					       const struct belgo_web_params *web, struct belgo_error *err);

/* What came back: the query of the redirect or the body of a form_post, as it came, and the cookie. */
struct belgo_web_answer {
	const char *params;
	size_t len;
	const char *pending;
};
/*
 * Finishes: params and web the same as at the beginning. Result: belgo_op_account(), belgo_op_warning(), and
 * the payload in belgo_op_web_login(), which is there after a failure too once the answer has proved to be
 * this login's. Ends as belgo_login_op() does, as take and spend do, and with BELGO_ESTATE: the cookie is not
 * this browser's, this program's or this provider's, or was altered, is expired or was used before; or the
 * answer has another state.
 */
BELGO_EXPORT belgo_rc belgo_web_login_finish_op(struct belgo_op **out, struct belgo_client *client,
						const struct belgo_login_params *params,
						const struct belgo_web_params *web,
						const struct belgo_web_answer *answer,
						struct belgo_error *err);

/* Borrowed until op is freed; NULL where there is nothing to say yet. */
BELGO_EXPORT const struct belgo_web_login *belgo_op_web_login(const struct belgo_op *op);

#ifdef __cplusplus
}
#endif
#endif
