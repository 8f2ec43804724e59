/*
 * What a power cut may leave of a directory. The changes that the code under test makes below it are recorded
 * (the linker wraps the calls); the beginning of that record is replayed on a model of a disk that holds
 * apart what was synced; and every state in which that disk may be found again is written out for the real
 * code to read. The model is harsher than any file system in use:
 *  - what was written to a file and not synced may be there, in part, as zeros of its length, or not at all;
 *  - of the changes of a directory that was not synced, each may be there or not, whatever became of those
 *    before and after it; a rename is there whole or not at all.
 */
#ifndef FAULT_POWER_H
#define FAULT_POWER_H

#include "harness/test.h"

#include <stddef.h>
#include <stdint.h>

enum { POWER_PATH = 256, POWER_NAME = 128, POWER_CONTENT = 2048 };

enum power_kind {
	POWER_MAKE_DIR,
	POWER_MAKE_FILE,
	POWER_WRITE,
	POWER_SIZE,
	POWER_SYNC,
	POWER_RENAME,
	POWER_LINK,
	POWER_UNLINK,
	POWER_SETTLE, /* everything, as sync(1) does */
};

struct power_change {
	enum power_kind kind;
	char path[POWER_PATH]; /* below the root; "" is the root */
	char to[POWER_NAME];   /* POWER_RENAME, POWER_LINK: the new name, in the same directory */
	size_t at, len;
	unsigned char data[POWER_CONTENT];
};

struct power_log {
	struct power_change *changes;
	size_t n;
};
/* Keeps the first n changes. */
void power_log_cut(struct power_log *log, size_t n);
void power_log_done(struct power_log *log);

/* Appends to log what changes below root (absolute) until power_pause(), which compares. */
void power_record(struct power_log *log, const char *root);
void power_pause(void);
/* The test fails where the model and a directory differ: then something changed it that is not wrapped. */
void power_compare(const struct power_log *log, const char *dir);
void power_settle(struct power_log *log);

/* Writes to dir, which must not exist, what processes see after the first n changes. */
void power_write_seen(const struct power_log *log, size_t n, const char *dir);
/* Calls each() with every state that a power cut after the first n changes may leave written to dir, which
 * is removed afterwards; a state that each() saw with the same salt already is passed over. Returns how many
 * were new. */
size_t power_cut(const struct power_log *log, size_t n, const char *dir, uint64_t salt,
		 void (*each)(void *arg), void *arg);

/* Random numbers come from here on from a counter, so that each run is the same. */
void power_seed(uint64_t seed);
void power_remove(const char *dir);

#endif
