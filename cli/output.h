/*
 * The two streams. stdout is built in memory and written once, at success; everything else goes to stderr.
 * What comes from the wire or a store passes text_shown() first.
 */
#ifndef CLI_OUTPUT_H
#define CLI_OUTPUT_H

#include "cli.h"

#include <jansson.h>

struct out {
	char *data;
	size_t len, size;
	int failed; /* memory ran out: the whole answer is void */
};

void out_add(struct out *out, const char *data, size_t len);
void out_printf(struct out *out, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* One value on one line. */
void out_json(struct out *out, const json_t *value);
/* The same for people: indented. */
void out_json_pretty(struct out *out, const json_t *value);
/* Writes all or fails; nothing is left. */
belgo_rc out_commit(struct out *out, int fd, struct belgo_error *err);
void out_done(struct out *out);

/*
 * text as UTF-8 that a terminal can be given: no control characters, no direction overrides. malloc'd or
 * NULL.
 */
char *text_shown(const char *text);
/* Columns that it takes up. */
int text_width(const char *text);

/* Whether colour is wanted on fd: a terminal, NO_COLOR unset; or CLICOLOR_FORCE. */
int colour_wanted(int fd);

void json_free_ptr(json_t **value);

#endif
