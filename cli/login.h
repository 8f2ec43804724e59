/*
 * The pieces of `login`: the line's options, what is shown and opened at the start, what is watched while
 * it waits.
 */
#ifndef CLI_LOGIN_H
#define CLI_LOGIN_H

#include "ctl.h"

#include <termios.h>

struct login_args {
	const char *account;
	struct words scope, add_scope, resource, param, port, acr_values;
	const char *client_id, *client_secret_file, *tenant, *hd, *login_hint, *prompt;
	const char *redirect_host, *redirect_path, *response_mode, *browser, *ca_file, *details, *challenge,
	    *jwt_bearer_subject, *profile;
	int client_credentials, device, par, jar, no_openid, no_browser, existing_only, replace, dpop,
	    refused;
	int64_t timeout, max_age;
};

#define LOGIN_MAX_PORTS 64

/* login_args.c: the options, and whether they go together: at all, with a device code, for a client alone. */
extern const struct opt login_opts[];
belgo_rc login_args_check(const struct login_args *args, struct belgo_error *err);
belgo_rc login_args_check_device(const struct login_args *args, struct belgo_error *err);
belgo_rc login_args_check_client(const struct login_args *args, struct belgo_error *err);
enum belgo_response_mode login_args_response_mode(const struct login_args *args);

/* Where a login goes. */
struct login_target {
	struct found_provider found;
	char *resource; /* a protected resource that the provider guards, or NULL */
	char *scope;    /* what that resource wants, or NULL */
	int wants_dpop; /* it takes none but bound tokens */
};
/*
 * login_target.c: by id, issuer or protected resource. As provider_find(), and as
 * belgo_resource_discover_op() where a URL is no issuer.
 */
belgo_rc login_target_find(struct login_target *out, struct ctl *ctl, const char *wanted, const char *tenant,
			   struct belgo_error *err);
void login_target_done(struct login_target *target);

/*
 * login_trust.c: may client_id, which nobody named on the line, get tokens for the target's resource? The
 * resource chose the provider, so a client that the user has there for something else is named for it once.
 * wanted: the URL as it was typed. BELGO_EINVAL, with a hint.
 */
belgo_rc login_trust(struct ctl *ctl, const struct login_target *target, const char *wanted,
		     const char *client_id, struct belgo_error *err);

/* login_register.c: a client at provider, kept in the store; as belgo_client_register_op(). */
belgo_rc login_register(struct ctl *ctl, struct belgo_client *client, const struct belgo_provider *provider,
			const struct login_args *args, struct belgo_error *err);

/* Waiting: the status line and the redirect URL that may be pasted. */
struct login_watch {
	const struct ctl *ctl;
	struct belgo_op *op;
	struct drive hooks;
	int64_t deadline; /* 0: nobody is waited for yet */
	int64_t shown_at; /* the second for which the status line stands */
	int has_line;     /* a status line is on the screen */
	int by_device;    /* a code is typed elsewhere; nothing is to be pasted here */
	int may_paste;
	struct termios terminal; /* as it was, where may_paste */
	char *typed;
	size_t len;
};
void login_watch_begin(struct login_watch *watch, const struct ctl *ctl, int by_device);
/* From here to deadline the user is waited for. The terminal is not touched before: the store may ask there.
 */
void login_watch_start(struct login_watch *watch, int64_t deadline);
void login_watch_end(struct login_watch *watch);
/* Takes the status line off the screen before something else is printed. */
void login_watch_clear(struct login_watch *watch);

/* login_prompt.c: prints the URL, then opens the browser, or says how to get along without. */
void login_prompt(const struct ctl *ctl, const struct login_args *args, const char *provider_name,
		  const struct belgo_login_prompt *prompt, int may_paste);
/* device_prompt.c: prints where to go and the code; on a terminal a QR code too. */
void device_prompt(const struct ctl *ctl, const char *provider_name, const struct belgo_login_prompt *prompt);

#endif
