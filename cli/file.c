/* Small files: whole reads, atomic writes, lock files. */
#include "file.h"

#include "path.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define SECRET_MAX 4096
#define LOCK_TRIES 100
#define LOCK_PAUSE_MS 20

static belgo_rc
read_all(char **out, size_t *out_len, int fd, const char *path, size_t max, struct belgo_error *err)
{
	size_t size = max + 1, len = 0; /* one more than allowed shows that there is more */
	AUTO(text_free) char *data = calloc(1, size + 1);
	ssize_t n;

	if (data == NULL)
		return fail_memory(err);
	while (len < size && (n = read(fd, data + len, size - len)) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return fail_with(err, BELGO_EIO, "%s cannot be read: %s", path, strerror(errno));
		len += (size_t)n;
	}
	if (len > max)
		return fail_with(err, BELGO_EINVAL, "%s is larger than %zu bytes", path, max);
	*out_len = len;
	*out = TAKE(data);
	return BELGO_OK;
}

static belgo_rc
cannot_open(const char *path, struct belgo_error *err)
{
	belgo_rc rc = errno == ENOENT ? BELGO_ENOTFOUND : BELGO_EIO;

	fail_with(err, rc, "%s cannot be read: %s", path, strerror(errno));
	if (err != NULL)
		snprintf(err->subject, sizeof(err->subject), "%s", path);
	return rc;
}

belgo_rc
file_read(char **out, size_t *out_len, const char *path, size_t max, struct belgo_error *err)
{
	AUTO(fd_close) int fd = -1;

	if (strcmp(path, "-") == 0)
		return read_all(out, out_len, STDIN_FILENO, "standard input", max, err);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return cannot_open(path, err);
	return read_all(out, out_len, fd, path, max, err);
}

static belgo_rc
check_private(int fd, const char *path, struct belgo_error *err)
{
	struct stat st;

	if (fstat(fd, &st) != 0)
		return fail_with(err, BELGO_EIO, "%s: %s", path, strerror(errno));
	if (!S_ISREG(st.st_mode))
		return fail_with(err, BELGO_ESTORE, "%s is not a regular file", path);
	if (st.st_uid != geteuid() && st.st_uid != 0)
		return fail_with(err, BELGO_ESTORE, "%s belongs to another user", path);
	if ((st.st_mode & 037) != 0 || ((st.st_mode & 040) != 0 && st.st_uid != 0))
		return fail_with(err, BELGO_ESTORE,
				 "%s can be read by other users (mode %03o); it must have mode 600 or 400",
				 path, (unsigned)st.st_mode & 0777);
	return BELGO_OK;
}

belgo_rc
file_read_private(char **out, size_t *out_len, const char *path, size_t max, struct belgo_error *err)
{
	AUTO(fd_close) int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);

	if (fd < 0)
		return cannot_open(path, err);
	TRY(check_private(fd, path, err));
	return read_all(out, out_len, fd, path, max, err);
}

belgo_rc
secret_from_file(char **out, const char *path, struct belgo_error *err)
{
	AUTO(text_free) char *secret = NULL;
	size_t len = 0;

	TRY(file_read(&secret, &len, path, SECRET_MAX, err));
	if (len > 0 && secret[len - 1] == '\n')
		secret[--len] = '\0';
	if (len > 0 && secret[len - 1] == '\r')
		secret[--len] = '\0';
	if (len == 0)
		return fail_with(err, BELGO_EINVAL, "%s holds no secret", path);
	if (strlen(secret) != len || strchr(secret, '\n') != NULL)
		return fail_with(err, BELGO_EINVAL, "%s holds more than one line", path);
	*out = TAKE(secret);
	return BELGO_OK;
}

static int
make_parents(char *path)
{
	char *slash;

	for (slash = strchr(path + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		if (mkdir(path, 0700) != 0 && errno != EEXIST) {
			*slash = '/';
			return -1;
		}
		*slash = '/';
	}
	return 0;
}

static int
write_durably(int fd, const char *data, size_t len)
{
	ssize_t n;

	while (len > 0) {
		n = write(fd, data, len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return -1;
		data += n;
		len -= (size_t)n;
	}
	return fsync(fd);
}

/*
 * A configuration kept elsewhere by a symbolic link (dotfiles) must stay a link. One that another user laid,
 * in /tmp say, would have any file of ours replaced.
 */
static char *
target_of(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0 && S_ISLNK(st.st_mode) && st.st_uid == geteuid() ? realpath(path, NULL)
										      : NULL;
}

belgo_rc
file_write(const char *path, const char *data, size_t len, struct belgo_error *err)
{
	AUTO(text_free) char *target = target_of(path), *temp = NULL;
	AUTO(fd_close) int fd = -1;

	if (target == NULL && (target = strdup(path)) == NULL)
		return fail_memory(err);
	if (asprintf(&temp, "%s.XXXXXX", target) < 0) {
		temp = NULL;
		return fail_memory(err);
	}
	if (make_parents(temp) != 0 || (fd = mkostemp(temp, O_CLOEXEC)) < 0)
		return fail_with(err, BELGO_EIO, "%s cannot be written: %s", path, strerror(errno));
	if (write_durably(fd, data, len) != 0 || rename(temp, target) != 0) {
		fail_with(err, BELGO_EIO, "%s cannot be written: %s", path, strerror(errno));
		unlink(temp);
		return BELGO_EIO;
	}
	return BELGO_OK;
}

belgo_rc
file_lock(int *out, const char *name, struct belgo_error *err)
{
	AUTO(text_free) char *path = path_state(name);
	AUTO(fd_close) int fd = -1;
	int tries;

	if (path == NULL)
		return fail_with(err, BELGO_EIO, "there is no state directory: HOME is not set");
	if (make_parents(path) != 0 || (fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600)) < 0)
		return fail_with(err, BELGO_EIO, "%s cannot be opened: %s", path, strerror(errno));
	for (tries = 0; flock(fd, LOCK_EX | LOCK_NB) != 0; tries++) {
		if ((errno != EWOULDBLOCK && errno != EINTR) || tries == LOCK_TRIES)
			return fail_with(err, BELGO_EBUSY, "another oauthctl holds %s", path);
		poll(NULL, 0, LOCK_PAUSE_MS);
	}
	*out = fd;
	fd = -1;
	return BELGO_OK;
}
