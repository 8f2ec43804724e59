/* Looks for secrets in all the memory that another process can write, and says whose it was. */
#ifndef SCAN_H
#define SCAN_H

#include <stddef.h>
#include <sys/types.h>

#define MAX_SECRETS 32
#define MAX_SECRET 4096

struct secret {
	char name[32];
	char value[MAX_SECRET];
	size_t len;
};

/* Who left what. */
struct trace {
	const char *secret;
	char owner[64]; /* a library, "stack", "static data of X"; "live: X" for what was not freed */
	size_t offset;  /* of the code that freed it, in that library */
};

struct traces {
	struct trace list[256];
	size_t n;
	size_t bytes; /* that were looked at */
};

/* The process must stand still. 0: done. */
int scan(struct traces *out, pid_t pid, const struct secret *secrets, size_t n);

#endif
