/* A directory for one test program, with HOME and the XDG variables pointing into it. */
#ifndef UNIT_CLI_SCRATCH_DIR_H
#define UNIT_CLI_SCRATCH_DIR_H

#include "harness/test.h"

#include <ftw.h>
#include <unistd.h>

static char scratch[64];

static inline int
scratch_setup(void **state)
{
	(void)state;
	snprintf(scratch, sizeof(scratch), "/tmp/oauthctl-unit.XXXXXX");
	if (mkdtemp(scratch) == NULL)
		return -1;
	unsetenv("OAUTHCTL_CONFIG");
	setenv("HOME", scratch, 1);
	setenv("XDG_CONFIG_HOME", scratch, 1);
	setenv("XDG_STATE_HOME", scratch, 1);
	return 0;
}

static inline int
scratch_remove_one(const char *path, const struct stat *st, int kind, struct FTW *where)
{
	(void)st;
	(void)kind;
	(void)where;
	return remove(path);
}

static inline int
scratch_teardown(void **state)
{
	(void)state;
	return nftw(scratch, scratch_remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

/* The path of a file in it; four results live at a time. */
static inline const char *
scratch_path(const char *name)
{
	static char paths[4][256];
	static unsigned next;
	char *path = paths[next++ % 4];

	snprintf(path, sizeof(paths[0]), "%s/%s", scratch, name);
	return path;
}

static inline void
scratch_write(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	fputs(text, file);
	assert_int_equal(fclose(file), 0);
}

#endif
