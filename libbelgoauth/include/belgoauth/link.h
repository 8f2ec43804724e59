/*
 * Linking: may a login sign in, be added to or make a user of the program's own? Asked after a login; the
 * users, and what is done about the answer, are the program's.
 */
#ifndef BELGOAUTH_LINK_H
#define BELGOAUTH_LINK_H

#include <belgoauth/error.h>
#include <belgoauth/token.h>

#ifdef __cplusplus
extern "C" {
#endif

/* When an e-mail address that login and user share links them. */
enum belgo_link_by {
	BELGO_LINK_BY_NOTHING,        /* never: users link when they are signed in */
	BELGO_LINK_BY_VERIFIED_EMAIL, /* where the provider says that it has verified the address */
	BELGO_LINK_BY_TRUSTED_ISSUER, /* the same, of trusted issuers only, whose silence counts as yes */
};

/* A policy; { 0 } lets everybody sign up, and links nobody who is not signed in. */
struct belgo_link_policy {
	int no_sign_up;          /* no login makes a user */
	int no_implicit_sign_up; /* only one with BELGO_LINK_SIGN_UP does */
	int no_id_token_sign_in; /* an ID token that was handed in signs nobody in */
	enum belgo_link_by link_by;
	const char *const *trusted_issuers; /* values of struct belgo_account, issuer */
	size_t n_trusted_issuers;
	int allow_different_emails; /* a user who is signed in may add a login with another address */
	/* signing in brings the user's profile up to date, but for an address that would not link */
	int refresh_profile;
};

enum belgo_link_intent {
	BELGO_LINK_SIGN_IN,
	BELGO_LINK_SIGN_UP, /* sign in, and make a user where there is none: the user has said so */
	BELGO_LINK_ADD      /* add this login to the user who is signed in */
};

/* A user of the program. */
struct belgo_link_user {
	const char *id;     /* the program's, one for each user */
	const char *email;  /* NULL: none */
	int email_verified; /* the program has made sure of it */
};

/* What is known. Users are NULL where there is none. */
struct belgo_link_facts {
	const struct belgo_account *account; /* who logged in; required */
	enum belgo_link_intent intent;
	int by_id_token; /* an ID token was handed in, and no browser was sent to the provider */
	const struct belgo_link_user *owner;      /* has this login: its issuer and subject */
	const struct belgo_link_user *current;    /* is signed in; of BELGO_LINK_ADD only */
	const struct belgo_link_user *same_email; /* has this e-mail address, the owner or somebody else */
};

enum belgo_link_verdict {
	BELGO_LINK_REFUSED,
	BELGO_LINK_SIGNED_IN, /* `user` has this login already */
	BELGO_LINK_LINKED,    /* add the login to `user`, who is then signed in */
	BELGO_LINK_CREATED    /* make a user, and add the login */
};

/* X(name, word for programs, sentence for people). */
#define BELGO_LINK_REASON_LIST(X)                                                                            \
	X(BELGO_LINK_FINE, "ok", "the login is accepted")                                                    \
	X(BELGO_LINK_NOT_A_USER, "not_a_user", "the login is no user's")                                     \
	X(BELGO_LINK_ID_TOKEN_DISABLED, "id_token_sign_in_disabled", "an ID token signs nobody in here")     \
	X(BELGO_LINK_SIGNUP_DISABLED, "signup_disabled", "the login is unknown, and makes no new user")      \
	X(BELGO_LINK_NOT_LINKED, "account_not_linked", "a user with this address must sign in and link it")  \
	X(BELGO_LINK_NOT_VERIFIED, "email_not_verified", "the e-mail address is not verified")               \
	X(BELGO_LINK_OTHER_EMAIL, "email_does_not_match", "the login has another e-mail address")            \
	X(BELGO_LINK_OTHER_USER, "linked_to_another_user", "the login is another user's")                    \
	X(BELGO_LINK_NOT_SIGNED_IN, "not_signed_in", "nobody is signed in to add the login to")

enum belgo_link_reason {
#define BELGO_LINK_REASON_ENUM(name, code, text) name,
	BELGO_LINK_REASON_LIST(BELGO_LINK_REASON_ENUM)
#undef BELGO_LINK_REASON_ENUM
};

struct belgo_link_decision {
	enum belgo_link_verdict verdict;
	enum belgo_link_reason reason;
	const struct belgo_link_user *user; /* one of the facts', or NULL */
	int refresh_profile;                /* take the account's name and picture for the user's */
	/* take its address too, and it is verified; else the user's stays, with email_verified as it is */
	int refresh_email;
	/* by the policy the account's address is verified; of BELGO_LINK_CREATED, the new user's too */
	int email_verified;
};

/* Decides by nothing but what it is given, and does nothing. */
BELGO_EXPORT struct belgo_link_decision belgo_link_decide(const struct belgo_link_policy *policy,
							  const struct belgo_link_facts *facts);
/* The word for programs, and the sentence for people. */
BELGO_EXPORT const char *belgo_link_reason_code(enum belgo_link_reason reason);
BELGO_EXPORT const char *belgo_link_reason_str(enum belgo_link_reason reason);

#ifdef __cplusplus
}
#endif
#endif
