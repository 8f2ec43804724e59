/*
 * Private directories and files: opened without following links, written whole or not at all. Knows nothing
 * of what it writes; every text that can reach an error is a path or the kernel's word for what happened.
 */
#ifndef BG_IO_FILE_H
#define BG_IO_FILE_H

#include "base/guard.h"

#include <belgoauth/store.h>

struct bg_dir {
	int fd; /* -1: not open */
	char *path;
};
#define BG_DIR_CLOSED ((struct bg_dir){.fd = -1})

enum bg_dir_make {
	BG_DIR_MUST_EXIST,
	BG_DIR_MAKE,
	BG_DIR_SETTLE, /* made likewise; and it survives a power cut with all that a process found there,
			  whoever left it and was killed before it could see to that itself */
};
enum bg_dir_trust {
	BG_DIR_PRIVATE, /* nobody but its owner may even look */
	BG_DIR_OWN,     /* nobody but its owner may write: what lies there is public */
};

/*
 * Opens a directory that belongs to the effective user. What is missing is made with mode 0700, parents too,
 * unless it is BG_DIR_MUST_EXIST. BELGO_ENOTFOUND where it is not there; BELGO_ESTORE for a link, another's
 * directory, open access, and for whatever else the kernel refuses.
 */
belgo_rc bg_dir_open(struct bg_dir *out, const char *path, enum bg_dir_make make, enum bg_dir_trust trust,
		     struct belgo_error *err) BG_MUST_USE;
void bg_dir_done(struct bg_dir *dir);
/* 0 as well where it cannot be read. */
int bg_dir_is_empty(const struct bg_dir *dir);

/* A whole regular file of at most max bytes. BELGO_ENOTFOUND; BELGO_ESTORE naming the file; BELGO_ENOMEM. */
belgo_rc bg_file_read(struct belgo_blob *out, const struct bg_dir *dir, const char *name, size_t max,
		      struct belgo_error *err) BG_MUST_USE;
/* Gone when it returns BELGO_OK, after a power cut too; BELGO_ENOTFOUND; BELGO_ESTORE. */
belgo_rc bg_file_remove(const struct bg_dir *dir, const char *name, struct belgo_error *err) BG_MUST_USE;

/* A file that has no name yet that anybody looks for. dir must outlive it. */
struct bg_temp {
	const struct bg_dir *dir;
	int fd; /* -1: none */
	char name[128];
};
#define BG_TEMP_NONE ((struct bg_temp){.fd = -1})

enum bg_commit {
	BG_COMMIT_DURABLE, /* survives a power cut */
	BG_COMMIT_FRESH,   /* durable, and BELGO_EBUSY where the name is taken already */
	BG_COMMIT_FAST,    /* whole for every reader, but a power cut may lose or damage it */
};

/* Makes a file beside name, with size bytes of disk that are its own already. BELGO_ESTORE. */
belgo_rc bg_temp_reserve(struct bg_temp *out, const struct bg_dir *dir, const char *name, size_t size,
			 struct belgo_error *err) BG_MUST_USE;
/* Whether it was not swept away as a leftover of a process that died; if so, it will not be for a day. */
int bg_temp_renew(const struct bg_temp *temp) BG_MUST_USE;
/* Fills it with data and gives it its name. It is none afterwards, whatever happens. */
belgo_rc bg_temp_commit(struct bg_temp *temp, const char *name, const void *data, size_t len,
			enum bg_commit how, struct belgo_error *err) BG_MUST_USE;
/* Takes it away. */
void bg_temp_done(struct bg_temp *temp);

/* A static word for errno that no locale changes. */
const char *bg_errno_text(int number);
/* Copies len bytes, with a NUL after the last. BELGO_ENOMEM. */
belgo_rc bg_blob_set(struct belgo_blob *out, const void *data, size_t len) BG_MUST_USE;

#endif
