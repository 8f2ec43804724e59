/*
 * A server on loopback that says what a script tells it, whatever it is asked: well-behaved, slow, cut off,
 * or hostile. One thread, one connection at a time, no wait longer than five seconds. Over TLS with
 * certificates made on the spot.
 */
#ifndef SCRIPTED_SERVER_H
#define SCRIPTED_SERVER_H

#include <openssl/ssl.h>

#include <pthread.h>
#include <stddef.h>

struct script {
	const char *reply;  /* sent when a request has come whole */
	const char *filler; /* then this, NULL: nothing ... */
	size_t fill;        /* ... so many times */
	const char *ending; /* then this */
	int drip_ms;        /* pause after each piece of filler */
	int hold;           /* then keep the connection until the client closes it */
	int keep_alive;     /* then wait for the next request */
	int answers;        /* so many requests are answered, later ones end the connection; 0: all */
};

/* What kind of certificate. */
enum cert_kind {
	CERT_GOOD,
	CERT_SELF_SIGNED,
	CERT_OTHER_HOST,
	CERT_EXPIRED,
	CERT_NOT_YET_VALID,
	CERT_OTHER_AUTHORITY,
	CERT_FORGED, /* names the trusted authority, signed by somebody else */
};

struct scripted_server {
	struct script script;
	SSL_CTX *tls; /* NULL: plain */
	int listener;
	int stop;
	int port;
	pthread_t thread;
	/* Read these after server_stop() only. */
	int connections;
	int requests;
	char last_request[16384];
};

/* Fails the test where it cannot be had. tls: taken over. */
void server_start(struct scripted_server *server, const struct script *script, SSL_CTX *tls);
void server_stop(struct scripted_server *server);

/* A context with a fresh P-256 key and certificate for 127.0.0.1; writes the authority's certificate to
 * ca_path. */
SSL_CTX *server_tls(enum cert_kind kind, const char *ca_path);

#endif
