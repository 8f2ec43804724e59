/* The recorder of power.h: the wrapped calls, each done and then written down. */
#include "power.h"

#include <fcntl.h>
#include <stdarg.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

static struct {
	struct power_log *log;
	const char *root;
	int active;
	uint64_t random;
} state;

static struct power_change *
add(enum power_kind kind)
{
	struct power_log *log = state.log;
	struct power_change *grown = reallocarray(log->changes, log->n + 1, sizeof(*grown));

	assert_non_null(grown);
	log->changes = grown;
	grown[log->n] = (struct power_change){.kind = kind};
	return &grown[log->n++];
}

/* Is it below the root? Then *out is where. */
static int
below(char out[POWER_PATH], const char *path)
{
	size_t len = strlen(state.root);

	if (strncmp(path, state.root, len) != 0 || (path[len] != '\0' && path[len] != '/'))
		return 0;
	assert_true(snprintf(out, POWER_PATH, "%s", path[len] == '/' ? path + len + 1 : "") < POWER_PATH);
	return 1;
}

/* Is what fd has open there, with that name in it? */
static int
below_fd(char out[POWER_PATH], int fd, const char *name)
{
	char link[64], path[POWER_PATH * 2];
	ssize_t len;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	len = readlink(link, path, POWER_PATH);
	assert_true(len > 0 && len < POWER_PATH);
	path[len] = '\0';
	if (name != NULL)
		snprintf(path + len, POWER_PATH, "/%s", name);
	return below(out, path);
}

static void
note(enum power_kind kind, const char *path)
{
	char where[POWER_PATH];

	if (state.active && below(where, path))
		memcpy(add(kind)->path, where, POWER_PATH);
}

static struct power_change *
note_at(enum power_kind kind, int fd, const char *name)
{
	struct power_change *change;
	char where[POWER_PATH];

	if (!state.active || !below_fd(where, fd, name))
		return NULL;
	change = add(kind);
	memcpy(change->path, where, POWER_PATH);
	return change;
}

static void
note_names(enum power_kind kind, int from_dir, const char *from, int to_dir, const char *to)
{
	struct power_change *change = note_at(kind, from_dir, from);

	if (change == NULL)
		return;
	assert_int_equal(from_dir, to_dir);
	assert_true(snprintf(change->to, POWER_NAME, "%s", to) < POWER_NAME);
}

#define WRAPPED(type, name, params)                                                                          \
	type __real_##name params;                                                                           \
	type __wrap_##name params;                                                                           \
	type __wrap_##name params

WRAPPED(int, mkdir, (const char *path, mode_t mode))
{
	int result = __real_mkdir(path, mode);

	if (result == 0)
		note(POWER_MAKE_DIR, path);
	return result;
}

WRAPPED(int, openat, (int dir, const char *path, int flags, ...))
{
	int is_new = state.active && (flags & O_CREAT) != 0 && faccessat(dir, path, F_OK, 0) != 0, fd;
	unsigned mode = 0;
	va_list list;

	va_start(list, flags);
	if ((flags & O_CREAT) != 0)
		mode = va_arg(list, unsigned);
	va_end(list);
	fd = __real_openat(dir, path, flags, mode);
	if (fd >= 0 && is_new)
		(void)note_at(POWER_MAKE_FILE, dir, path);
	return fd;
}

WRAPPED(ssize_t, pwrite, (int fd, const void *data, size_t len, off_t at))
{
	ssize_t put = __real_pwrite(fd, data, len, at);
	struct power_change *change = put > 0 ? note_at(POWER_WRITE, fd, NULL) : NULL;

	if (change != NULL) {
		assert_true(put <= POWER_CONTENT);
		change->at = (size_t)at;
		change->len = (size_t)put;
		memcpy(change->data, data, (size_t)put);
	}
	return put;
}

static void
note_size(int fd, off_t len)
{
	struct power_change *change = note_at(POWER_SIZE, fd, NULL);

	if (change != NULL)
		change->len = (size_t)len;
}

WRAPPED(int, ftruncate, (int fd, off_t len))
{
	int result = __real_ftruncate(fd, len);

	if (result == 0)
		note_size(fd, len);
	return result;
}

WRAPPED(int, posix_fallocate, (int fd, off_t at, off_t len))
{
	int result = __real_posix_fallocate(fd, at, len);

	if (result == 0)
		note_size(fd, at + len); /* of new files only, which the comparison at the end holds true */
	return result;
}

/* The disk is a model: nothing is gained by asking for the real one. */
WRAPPED(int, fsync, (int fd))
{
	(void)note_at(POWER_SYNC, fd, NULL);
	return 0;
}

WRAPPED(int, renameat, (int from_dir, const char *from, int to_dir, const char *to))
{
	int result = __real_renameat(from_dir, from, to_dir, to);

	if (result == 0)
		note_names(POWER_RENAME, from_dir, from, to_dir, to);
	return result;
}

WRAPPED(int, linkat, (int from_dir, const char *from, int to_dir, const char *to, int flags))
{
	int result = __real_linkat(from_dir, from, to_dir, to, flags);

	if (result == 0)
		note_names(POWER_LINK, from_dir, from, to_dir, to);
	return result;
}

WRAPPED(int, unlinkat, (int dir, const char *path, int flags))
{
	int result = __real_unlinkat(dir, path, flags);

	if (result == 0)
		(void)note_at(POWER_UNLINK, dir, path);
	return result;
}

WRAPPED(ssize_t, getrandom, (void *data, size_t len, unsigned flags))
{
	unsigned char *bytes = data;

	(void)flags;
	for (size_t i = 0; i < len; i++) {
		state.random = state.random * 6364136223846793005U + 1442695040888963407U;
		bytes[i] = (unsigned char)(state.random >> 56);
	}
	return (ssize_t)len;
}

void
power_seed(uint64_t seed)
{
	state.random = seed;
}

void
power_log_cut(struct power_log *log, size_t n)
{
	assert_true(n <= log->n);
	log->n = n;
}

void
power_log_done(struct power_log *log)
{
	free(log->changes);
	*log = (struct power_log){0};
}

void
power_record(struct power_log *log, const char *root)
{
	state.log = log;
	state.root = root;
	state.active = 1;
}

void
power_settle(struct power_log *log)
{
	state.log = log;
	(void)add(POWER_SETTLE);
}

void
power_pause(void)
{
	state.active = 0;
	power_compare(state.log, state.root);
}
