/*
 * The index: which accounts there are, in which store, under which key. A hint without secrets, read by the
 *fast path and by completion, rebuilt from the stores by `accounts`. One record a line, fields separated by
 *tabs:
 *
 *	oauthctl-index	1
 *	config	PATH	MTIME-NS	SIZE		the configuration that the next line was taken from
 *	default	NAME
 *	account	NAME	KEY	CACHE-ID	PROVIDER	ISSUER	EMAIL	STORE	SUBJECT
 */
#ifndef CLI_INDEX_H
#define CLI_INDEX_H

#include <belgoauth/error.h>

#include <stddef.h>

struct index_account {
	const char *name;
	const char *key;
	const char *cache_id;
	const char *provider; /* "" for a bare issuer */
	const char *issuer;
	const char *email;
	const char *store;
	const char *subject;
};

/* A file as it was when it was read: whoever sees another stamp must read it anew. */
struct index_stamp {
	long long mtime_ns; /* 0: no such file */
	long long size;
};

struct index {
	char *text; /* what every string below points into */
	struct index_account *accounts;
	size_t n;
	const char *default_name; /* "" for none */
	const char *config_path;
	struct index_stamp config;
};

/* index_read.c: libc only. */

/* Takes text (malloc'd) in every case. @return 0, or -1 where it is no index of this version. */
int index_parse(struct index *out, char *text);
/* @return 0, or -1 where there is none that this user wrote. */
int index_read(struct index *out, const char *path);
void index_done(struct index *index);

/* The stamp of a file; a missing file has one too. */
void index_stamp_of(struct index_stamp *out, const char *path);
int index_stamp_equal(const struct index_stamp *a, const struct index_stamp *b);

/*
 * How many accounts fit: the exact name, else an exact e-mail address, else a provider id, else an issuer;
 * wanted NULL: all. store NULL: in any. The first that fits is *first, and fits[i] (fits may be NULL) says of
 * each whether it does.
 */
size_t index_find(const struct index *index, const char *wanted, const char *store, size_t *first,
		  char *fits);

/* index_write.c: the full program only. */

/* Writes the whole index, atomically and 0600, making the directory where needed. */
belgo_rc index_write(const struct index *index, const char *path, struct belgo_error *err);

#endif
