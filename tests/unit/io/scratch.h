/* A private directory for one test, and what tests do to the files in it. */
#ifndef TESTS_UNIT_IO_SCRATCH_H
#define TESTS_UNIT_IO_SCRATCH_H

#include "harness/test.h"

#include <stddef.h>

struct scratch {
	char path[256];
};

/* For cmocka_unit_test_setup_teardown: *state is the struct scratch. */
int scratch_setup(void **state);
int scratch_teardown(void **state);

/* path/name, in a buffer of the caller. */
const char *scratch_path(char out[512], const struct scratch *scratch, const char *name);
void scratch_write(const char *path, const void *data, size_t len, unsigned mode);
/* Malloc'd; the test fails where it cannot be read. */
unsigned char *scratch_read(const char *path, size_t *len);
/* The only entry of a directory; the test fails where there are none or more. */
void scratch_only_entry(char out[512], const char *dir);
/* Entries but for "." and ".."; -1 where there is no directory. */
int scratch_count(const char *dir);
/* Does text stand anywhere in a file below dir? */
int scratch_holds(const char *dir, const char *text);

#endif
