/*
 * The loopback listener and the browser, as seams. The built-in listener binds loopback addresses only,
 * speaks a strict subset of HTTP/1.1 and answers everything that is not a candidate redirect by itself.
 */
#ifndef BELGOAUTH_LISTENER_H
#define BELGOAUTH_LISTENER_H

#include <belgoauth/error.h>

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* How the answer comes. The last three, of a login only: as a JWT that the provider signs (JARM), by query
 * for the first two. */
enum belgo_response_mode {
	BELGO_RESPONSE_QUERY,
	BELGO_RESPONSE_FORM_POST,
	BELGO_RESPONSE_JWT,
	BELGO_RESPONSE_QUERY_JWT,
	BELGO_RESPONSE_FORM_POST_JWT
};

/* Where to listen. */
struct belgo_listen_params {
	const char *host; /* "127.0.0.1", "[::1]" or "localhost" (both families) */
	const int *ports; /* tried in order; n_ports 0: any free one */
	size_t n_ports;
	const char *path;              /* "/callback", begins with a slash; "" for none */
	enum belgo_response_mode mode; /* QUERY or FORM_POST */
};

/* What the answering page says; every member is text, escaped by the listener. NULL: left out. */
struct belgo_page {
	int ok; /* 0: a failure page */
	const char *title;
	const char *message;
	const char *account;
	const char *scopes_granted;
	const char *scopes_refused;
	const char *stored_in;
	const char *hint;
};

struct belgo_listener_session; /* one bound listener; the listener's own */

/*
 * open() binds and fills *redirect_uri (malloc'd). fd() is one pollable descriptor; dispatch() serves what is
 * ready and, where a candidate redirect stands complete, gives its parameters in *params (malloc'd, as
 * application/x-www-form-urlencoded, without the question mark), else NULL. The candidate's connection stays
 * open until reject() (status 400 and a short page; goes on listening) or answer() (the page; the listener is
 * then done). While one candidate is under judgement no other is handed out. close() closes every socket.
 */
struct belgo_listener {
	void *ctx;
	belgo_rc (*open)(void *ctx, struct belgo_listener_session **out,
			 const struct belgo_listen_params *params, char **redirect_uri,
			 struct belgo_error *err);
	int (*fd)(const struct belgo_listener_session *session);
	belgo_rc (*dispatch)(struct belgo_listener_session *session, char **params, struct belgo_error *err);
	void (*reject)(struct belgo_listener_session *session, const char *why);
	void (*answer)(struct belgo_listener_session *session, const struct belgo_page *page);
	void (*close)(struct belgo_listener_session *session);
};
/* The built-in loopback listener. */
BELGO_EXPORT const struct belgo_listener *belgo_listener_loopback(void);

/* How to open a browser. */
struct belgo_browser_params {
	const char *command;      /* colon list as $BROWSER; NULL: the desktop's opener */
	const char *const *scrub; /* names of environment variables kept from the child; NULL-terminated */
	size_t n_scrub;
};
/*
 * Starts a browser on url without waiting for it; its output goes nowhere. Only http and https URLs; no
 * shell.
 * @return BELGO_OK; BELGO_ENOTFOUND (no opener found); BELGO_EINVAL (url); BELGO_EINTERNAL.
 */
BELGO_EXPORT belgo_rc belgo_browser_open(const char *url, const struct belgo_browser_params *params,
					 struct belgo_error *err);

#ifdef __cplusplus
}
#endif
#endif
