/*
 * Private directories and files. Every descriptor is closed on exec, no link is followed in the last
 * component, and every write, sync and rename is checked: a disk that fills up is an error where it happens,
 * never later. What close() answers after a sync says nothing more.
 */
#include "io/file.h"

#include "base/error.h"
#include "base/mem.h"

#include <belgoauth/env.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

const char *
bg_errno_text(int number)
{
	const char *text = strerrordesc_np(number);

	return text == NULL ? "unknown error" : text;
}

belgo_rc
bg_blob_set(struct belgo_blob *out, const void *data, size_t len)
{
	unsigned char *copy = bg_calloc(len + 1, 1);

	if (copy == NULL)
		return BELGO_ENOMEM;
	if (len > 0)
		memcpy(copy, data, len);
	*out = (struct belgo_blob){.data = copy, .len = len};
	return BELGO_OK;
}

static belgo_rc
failed(struct belgo_error *err, int number, const struct bg_dir *dir, const char *name)
{
	return bg_fail(err, number == ENOMEM ? BELGO_ENOMEM : BELGO_ESTORE, "%s/%s: %s", dir->path, name,
		       bg_errno_text(number));
}

static void
close_fd(int *fd)
{
	if (*fd >= 0)
		(void)close(*fd);
	*fd = -1;
}

/*
 * 0 or errno. A new directory is there after a power cut only once its parent was synced; that it is there
 * now does not say that whoever made it came so far. Where we may not write, none of us made it.
 */
static int
sync_parent(int dir)
{
	BG_AUTO(close_fd) int parent = -1;

	if (faccessat(dir, "..", W_OK, AT_EACCESS) != 0)
		return 0;
	parent = openat(dir, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return parent >= 0 && fsync(parent) == 0 ? 0 : errno;
}

static int
make_dir(const char *path)
{
	BG_AUTO(close_fd) int dir = -1;

	if (mkdir(path, 0700) != 0 && errno != EEXIST)
		return errno;
	dir = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	return dir >= 0 ? sync_parent(dir) : errno;
}

static int
make_dirs(char *path)
{
	int failure = 0;

	for (char *at = path + 1; failure == 0 && *at != '\0'; at++) {
		if (*at != '/')
			continue;
		*at = '\0';
		failure = make_dir(path);
		*at = '/';
	}
	return failure != 0 ? failure : make_dir(path);
}

static belgo_rc
check_dir(int fd, const char *path, enum bg_dir_trust trust, struct belgo_error *err)
{
	struct stat st;

	if (fstat(fd, &st) != 0)
		return bg_fail(err, BELGO_ESTORE, "%s: %s", path, bg_errno_text(errno));
	if (st.st_uid != geteuid())
		return bg_fail(err, BELGO_ESTORE, "%s belongs to another user", path);
	if ((st.st_mode & (trust == BG_DIR_PRIVATE ? 077 : 022)) != 0)
		return bg_fail(err, BELGO_ESTORE,
			       "%s is open to other users (mode %03o); it must have mode 700", path,
			       (unsigned)st.st_mode & 0777);
	return BELGO_OK;
}

/* 0 or errno. */
static int
settle(int dir)
{
	return fsync(dir) == 0 ? sync_parent(dir) : errno;
}

belgo_rc
bg_dir_open(struct bg_dir *out, const char *path, enum bg_dir_make make, enum bg_dir_trust trust,
	    struct belgo_error *err)
{
	BG_AUTO(bg_str_free) char *copy = bg_strdup(path);
	BG_AUTO(close_fd) int fd = -1;
	int failure;

	if (copy == NULL)
		return bg_fail(err, BELGO_ENOMEM, "out of memory");
	fd = open(copy, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT && make != BG_DIR_MUST_EXIST) {
		if ((failure = make_dirs(copy)) != 0)
			return bg_fail(err, BELGO_ESTORE, "%s: %s", path, bg_errno_text(failure));
		fd = open(copy, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	}
	if (fd < 0)
		return bg_fail(err, errno == ENOENT ? BELGO_ENOTFOUND : BELGO_ESTORE, "%s: %s", path,
			       bg_errno_text(errno));
	BG_TRY(check_dir(fd, path, trust, err));
	if (make == BG_DIR_SETTLE && (failure = settle(fd)) != 0)
		return bg_fail(err, BELGO_ESTORE, "%s: %s", path, bg_errno_text(failure));
	*out = (struct bg_dir){.fd = fd, .path = BG_TAKE(copy)};
	fd = -1;
	return BELGO_OK;
}

void
bg_dir_done(struct bg_dir *dir)
{
	close_fd(&dir->fd);
	bg_str_free(&dir->path);
}

/* A walk of its own: what one reads, another does not miss. NULL where the kernel refuses. */
static DIR *
entries_of(const struct bg_dir *dir)
{
	int fd = openat(dir->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *entries = fd < 0 ? NULL : fdopendir(fd);

	if (entries == NULL)
		close_fd(&fd);
	return entries;
}

int
bg_dir_is_empty(const struct bg_dir *dir)
{
	DIR *entries = entries_of(dir);
	int n = 0;

	if (entries == NULL)
		return 0;
	while (n <= 2 && readdir(entries) != NULL)
		n++;
	(void)closedir(entries);
	return n == 2; /* itself and its parent */
}

/* 0, or errno; EIO where the file ends early. */
static int
read_all(int fd, unsigned char *data, size_t len)
{
	while (len > 0) {
		ssize_t got = read(fd, data, len);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return got < 0 ? errno : EIO;
		data += got;
		len -= (size_t)got;
	}
	return 0;
}

/* O_NONBLOCK: opening a FIFO that somebody put there must not wait for a writer. */
belgo_rc
bg_file_read(struct belgo_blob *out, const struct bg_dir *dir, const char *name, size_t max,
	     struct belgo_error *err)
{
	BG_AUTO(close_fd) int fd = openat(dir->fd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	BG_AUTO(belgo_blob_done) struct belgo_blob blob = {0};
	struct stat st;
	int failure;

	if (fd < 0 && errno == ENOENT)
		return bg_fail(err, BELGO_ENOTFOUND, "%s/%s: there is no such file", dir->path, name);
	if (fd < 0 || fstat(fd, &st) != 0)
		return failed(err, errno, dir, name);
	if (!S_ISREG(st.st_mode))
		return bg_fail(err, BELGO_ESTORE, "%s/%s is not a regular file", dir->path, name);
	if (st.st_size < 0 || (uintmax_t)st.st_size > max)
		return bg_fail(err, BELGO_ESTORE, "%s/%s is larger than %zu bytes", dir->path, name, max);
	if ((blob.data = bg_calloc((size_t)st.st_size + 1, 1)) == NULL)
		return bg_fail(err, BELGO_ENOMEM, "out of memory");
	blob.len = (size_t)st.st_size;
	if ((failure = read_all(fd, blob.data, blob.len)) != 0)
		return failed(err, failure, dir, name);
	*out = blob;
	blob = (struct belgo_blob){0};
	return BELGO_OK;
}

belgo_rc
bg_file_remove(const struct bg_dir *dir, const char *name, struct belgo_error *err)
{
	if (unlinkat(dir->fd, name, 0) != 0)
		return errno == ENOENT
			   ? bg_fail(err, BELGO_ENOTFOUND, "%s/%s: there is no such file", dir->path, name)
			   : failed(err, errno, dir, name);
	return fsync(dir->fd) == 0 ? BELGO_OK : failed(err, errno, dir, name);
}

static int
is_leftover(int dir, const char *file, const char *name, int64_t now)
{
	const int64_t day = 24 * 3600;
	size_t len = strlen(name), file_len = strlen(file);
	struct stat st;

	return file_len > len + 5 && strncmp(file, name, len) == 0 && file[len] == '.' &&
	       strcmp(file + file_len - 4, ".tmp") == 0 &&
	       fstatat(dir, file, &st, AT_SYMLINK_NOFOLLOW) == 0 && st.st_mtime < now - day;
}

/* Files of processes that were killed between reserving and committing. Losing the chance to remove them is
 * no failure. */
static void
sweep(const struct bg_dir *dir, const char *name)
{
	const struct belgo_system *sys = belgo_system_default();
	DIR *entries = entries_of(dir);

	if (entries == NULL)
		return;
	for (const struct dirent *entry; (entry = readdir(entries)) != NULL;)
		if (is_leftover(dir->fd, entry->d_name, name, sys->wall_ms(sys->ctx) / 1000))
			(void)unlinkat(dir->fd, entry->d_name, 0);
	(void)closedir(entries);
}

/* A name of its own for each try: two processes that reserve at once must not share a file. */
static belgo_rc
open_temp(struct bg_temp *temp, const char *name, struct belgo_error *err)
{
	const struct belgo_system *sys = belgo_system_default();
	uint64_t unique;

	BG_TRY(sys->random(sys->ctx, &unique, sizeof(unique), err));
	if (snprintf(temp->name, sizeof(temp->name), "%s.%016llx.tmp", name, (unsigned long long)unique) >=
	    (int)sizeof(temp->name))
		return bg_fail(err, BELGO_EINVAL, "%s/%s: the name is too long", temp->dir->path, name);
	temp->fd =
	    openat(temp->dir->fd, temp->name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	return temp->fd >= 0 ? BELGO_OK : failed(err, errno, temp->dir, name);
}

belgo_rc
bg_temp_reserve(struct bg_temp *out, const struct bg_dir *dir, const char *name, size_t size,
		struct belgo_error *err)
{
	BG_AUTO(bg_temp_done) struct bg_temp temp = {.dir = dir, .fd = -1};
	int failure;

	sweep(dir, name);
	BG_TRY(open_temp(&temp, name, err));
	do {
		failure = size == 0 ? 0 : posix_fallocate(temp.fd, 0, (off_t)size);
	} while (failure == EINTR);
	if (failure != 0)
		return failed(err, failure, dir, name);
	*out = temp;
	temp = BG_TEMP_NONE;
	return BELGO_OK;
}

int
bg_temp_renew(const struct bg_temp *temp)
{
	struct stat st;

	return futimens(temp->fd, NULL) == 0 && fstat(temp->fd, &st) == 0 && st.st_nlink > 0;
}

void
bg_temp_done(struct bg_temp *temp)
{
	if (temp->fd < 0)
		return;
	close_fd(&temp->fd);
	(void)unlinkat(temp->dir->fd, temp->name, 0);
}

/* 0 or errno. The file may be longer than what it is to hold: the surplus of the reservation goes. */
static int
fill(int fd, const unsigned char *data, size_t len, enum bg_commit how)
{
	off_t at = 0;

	while ((size_t)at < len) {
		ssize_t put = pwrite(fd, data + at, len - (size_t)at, at);

		if (put < 0 && errno == EINTR)
			continue;
		if (put <= 0)
			return put < 0 ? errno : EIO;
		at += put;
	}
	if (ftruncate(fd, (off_t)len) != 0)
		return errno;
	return how == BG_COMMIT_FAST || fsync(fd) == 0 ? 0 : errno;
}

/* 0 or errno. */
static int
give_name(const struct bg_temp *temp, const char *name, enum bg_commit how)
{
	int dir = temp->dir->fd;

	if (how == BG_COMMIT_FRESH ? linkat(dir, temp->name, dir, name, 0) != 0
				   : renameat(dir, temp->name, dir, name) != 0)
		return errno;
	return how == BG_COMMIT_FAST || fsync(dir) == 0 ? 0 : errno;
}

belgo_rc
bg_temp_commit(struct bg_temp *temp, const char *name, const void *data, size_t len, enum bg_commit how,
	       struct belgo_error *err)
{
	BG_AUTO(bg_temp_done) struct bg_temp own = *temp;
	int failure;

	*temp = BG_TEMP_NONE;
	if ((failure = fill(own.fd, data, len, how)) != 0)
		return failed(err, failure, own.dir, name);
	failure = give_name(&own, name, how);
	if (failure == EEXIST && how == BG_COMMIT_FRESH)
		return bg_fail(err, BELGO_EBUSY, "%s/%s is there already", own.dir->path, name);
	if (failure != 0)
		return failed(err, failure, own.dir, name);
	return BELGO_OK;
}
