/* The process that is watched: signs in, refreshes, frees everything, and tells which secrets it met. */
#ifndef SIGNIN_H
#define SIGNIN_H

#include <belgoauth/listener.h>

#include <stddef.h>

struct signin {
	const char *issuer;
	const char *client_id;
	const char *secret;  /* of the client */
	const char *method;  /* token_endpoint_auth_method */
	const char *ca_file; /* NULL: none */
	const char *browser; /* its command */
	const char *store;   /* its URI */
	const char *key_file;
	const char *state_dir;
	enum belgo_response_mode mode;
};

/* One secret that was met; kept nowhere in this process. */
typedef void (*signin_tell)(void *arg, const char *name, const char *value, size_t len);

/* 0: signed in and refreshed, and everything that was made is gone. */
int signin_and_refresh(const struct signin *how, signin_tell tell, void *arg);

#endif
