/* The wrapped calls of fault.h. */
#include "fault.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

const struct fault faults[] = {
    {"EIO", FAULT_FAILS, EIO, 0},
    {"ENOSPC", FAULT_FAILS, ENOSPC, 0},
    {"EINTR", FAULT_FAILS, EINTR, 0},
    {"EMFILE", FAULT_FAILS, EMFILE, 0},
    {"ENOMEM", FAULT_FAILS, ENOMEM, 0},
    {"EACCES", FAULT_FAILS, EACCES, 0},
    {"EIO from then on", FAULT_FAILS, EIO, 1},
    {"EROFS from then on", FAULT_FAILS, EROFS, 1},
    {"EIO after it was done", FAULT_FAILS_AFTER, EIO, 0},
    {"short", FAULT_IS_SHORT, 0, 0},
    {NULL, FAULT_FAILS, 0, 0},
};

static struct {
	int active;
	const struct fault *fault;
	size_t at;
	size_t seen;
	const char *hit;
} state;

enum turn { TURN_PASSES, TURN_FAILS, TURN_FAILS_AFTER, TURN_IS_SHORT };

static enum turn
take_turn(const char *call)
{
	static const enum turn turns[] = {
	    [FAULT_FAILS] = TURN_FAILS,
	    [FAULT_FAILS_AFTER] = TURN_FAILS_AFTER,
	    [FAULT_IS_SHORT] = TURN_IS_SHORT,
	};

	if (!state.active)
		return TURN_PASSES;
	state.seen++;
	if (state.at == 0 || (state.fault->stays ? state.seen < state.at : state.seen != state.at))
		return TURN_PASSES;
	if (state.hit == NULL)
		state.hit = call;
	return turns[state.fault->kind];
}

void
fault_begin(const struct fault *fault, size_t at)
{
	state.active = 1;
	state.fault = fault;
	state.at = at;
	state.seen = 0;
	state.hit = NULL;
}

const char *
fault_end(void)
{
	state.active = 0;
	return state.hit;
}

static int
failed(void)
{
	errno = state.fault->number;
	return -1;
}

/* A call of type int that is done or not. */
#define WRAP(name, params, args)                                                                             \
	int __real_##name params;                                                                            \
	int __wrap_##name params;                                                                            \
	int __wrap_##name params                                                                             \
	{                                                                                                    \
		enum turn turn = take_turn(#name);                                                           \
		int result = turn == TURN_FAILS ? failed() : __real_##name args;                             \
                                                                                                             \
		return turn == TURN_FAILS_AFTER && result == 0 ? failed() : result;                          \
	}

WRAP(ftruncate, (int fd, off_t len), (fd, len))
WRAP(fstat, (int fd, struct stat *st), (fd, st))
WRAP(fstatat, (int dir, const char *path, struct stat *st, int flags), (dir, path, st, flags))
WRAP(mkdir, (const char *path, mode_t mode), (path, mode))
WRAP(renameat, (int a, const char *from, int b, const char *to), (a, from, b, to))
WRAP(linkat, (int a, const char *from, int b, const char *to, int flags), (a, from, b, to, flags))
WRAP(unlinkat, (int dir, const char *path, int flags), (dir, path, flags))

/* A descriptor that was opened and then reported as failed would be lost to the caller: not after all. */
#define WRAP_OPEN(name, params, last, args)                                                                  \
	int __real_##name params;                                                                            \
	int __wrap_##name params;                                                                            \
	int __wrap_##name params                                                                             \
	{                                                                                                    \
		enum turn turn = take_turn(#name);                                                           \
		unsigned mode = 0;                                                                           \
		va_list list;                                                                                \
                                                                                                             \
		va_start(list, last);                                                                        \
		if ((last & O_CREAT) != 0)                                                                   \
			mode = va_arg(list, unsigned);                                                       \
		va_end(list);                                                                                \
		return turn == TURN_FAILS || turn == TURN_FAILS_AFTER ? failed() : __real_##name args;       \
	}

WRAP_OPEN(open, (const char *path, int flags, ...), flags, (path, flags, mode))
WRAP_OPEN(openat, (int dir, const char *path, int flags, ...), flags, (dir, path, flags, mode))

int __wrap_fsync(int fd);
int
__wrap_fsync(int fd)
{
	(void)fd;
	return take_turn("fsync") == TURN_PASSES ? 0 : failed();
}

/* Linux closes the descriptor whatever it answers. */
int __real_close(int fd);
int __wrap_close(int fd);
int
__wrap_close(int fd)
{
	int result = __real_close(fd);

	return take_turn("close") == TURN_PASSES ? result : failed();
}

int __real_fcntl(int fd, int command, ...);
int __wrap_fcntl(int fd, int command, ...);
int
__wrap_fcntl(int fd, int command, ...)
{
	enum turn turn = take_turn("fcntl");
	va_list list;
	void *arg;
	int result;

	va_start(list, command);
	arg = va_arg(list, void *);
	va_end(list);
	result = turn == TURN_FAILS ? failed() : __real_fcntl(fd, command, arg);
	return turn == TURN_FAILS_AFTER && result == 0 ? failed() : result;
}

int __real_posix_fallocate(int fd, off_t at, off_t len);
int __wrap_posix_fallocate(int fd, off_t at, off_t len);
int
__wrap_posix_fallocate(int fd, off_t at, off_t len)
{
	enum turn turn = take_turn("posix_fallocate");
	int result = turn == TURN_FAILS ? state.fault->number : __real_posix_fallocate(fd, at, len);

	return turn == TURN_FAILS_AFTER ? state.fault->number : result;
}

#define WRAP_TRANSFER(name, params, len, args)                                                               \
	ssize_t __real_##name params;                                                                        \
	ssize_t __wrap_##name params;                                                                        \
	ssize_t __wrap_##name params                                                                         \
	{                                                                                                    \
		enum turn turn = take_turn(#name);                                                           \
		ssize_t result;                                                                              \
                                                                                                             \
		len = turn == TURN_IS_SHORT && len > 1 ? len / 2 : len;                                      \
		result = turn == TURN_FAILS ? failed() : __real_##name args;                                 \
		return turn == TURN_FAILS_AFTER ? failed() : result;                                         \
	}

WRAP_TRANSFER(read, (int fd, void *data, size_t len), len, (fd, data, len))
WRAP_TRANSFER(pread, (int fd, void *data, size_t len, off_t at), len, (fd, data, len, at))
WRAP_TRANSFER(pwrite, (int fd, const void *data, size_t len, off_t at), len, (fd, data, len, at))
WRAP_TRANSFER(getrandom, (void *data, size_t len, unsigned flags), len, (data, len, flags))

DIR *__real_fdopendir(int fd);
DIR *__wrap_fdopendir(int fd);
DIR *
__wrap_fdopendir(int fd)
{
	enum turn turn = take_turn("fdopendir");

	if (turn != TURN_FAILS && turn != TURN_FAILS_AFTER)
		return __real_fdopendir(fd);
	(void)failed();
	return NULL;
}

/* The end of a directory is NULL too, with errno as it was. */
struct dirent *__real_readdir(DIR *dir);
struct dirent *__wrap_readdir(DIR *dir);
struct dirent *
__wrap_readdir(DIR *dir)
{
	enum turn turn = take_turn("readdir");

	if (turn != TURN_FAILS && turn != TURN_FAILS_AFTER)
		return __real_readdir(dir);
	(void)failed();
	return NULL;
}
