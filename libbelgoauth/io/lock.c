/*
 * Locks by open file description: they die with their holder however it dies, and exclude the threads of one
 * process as well, since each try opens a description of its own. The files stay: removing one would let two
 * processes lock two files of the same name.
 */
#include "io/lock.h"

#include "base/error.h"
#include "base/mem.h"
#include "io/file.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

struct belgo_lock {
	int fd; /* -1 where it stands in a table */
	struct bg_lock_table *table;
	char *key;
	struct belgo_lock *next;
};

struct bg_lock_table {
	pthread_mutex_t mutex;
	struct belgo_lock *held;
};

static void
lock_drop(struct belgo_lock **lock)
{
	if (*lock == NULL)
		return;
	if ((*lock)->fd >= 0)
		(void)close((*lock)->fd);
	bg_str_free(&(*lock)->key);
	bg_free(lock);
}

static belgo_rc
lock_new(struct belgo_lock **out, const char *key, struct belgo_error *err)
{
	BG_AUTO(lock_drop) struct belgo_lock *lock = bg_calloc(1, sizeof(*lock));

	if (lock == NULL)
		return bg_fail(err, BELGO_ENOMEM, "out of memory");
	lock->fd = -1;
	if ((lock->key = bg_strdup(key)) == NULL)
		return bg_fail(err, BELGO_ENOMEM, "out of memory");
	*out = BG_TAKE(lock);
	return BELGO_OK;
}

/* What the holder wrote into the file; 0 where it is not a process id. */
static long
read_holder(int fd)
{
	char text[24];
	ssize_t len = pread(fd, text, sizeof(text) - 1, 0);
	long pid = 0;

	for (ssize_t i = 0; i < len && i < 10 && text[i] >= '0' && text[i] <= '9'; i++)
		pid = pid * 10 + (text[i] - '0');
	return pid;
}

/* Only a help for people: the lock holds whether or not the name of its holder could be written. */
static void
write_holder(int fd)
{
	char text[24];
	int len = snprintf(text, sizeof(text), "%ld\n", (long)getpid());

	if (pwrite(fd, text, (size_t)len, 0) == len)
		(void)!ftruncate(fd, len);
}

static void
file_name(char *out, size_t size, const char *key)
{
	(void)snprintf(out, size, "%s.lock", key);
	for (char *at = out; *at != '\0'; at++)
		if (*at == '/')
			*at = '-';
}

belgo_rc
bg_lock_try(struct belgo_lock **out, long *holder, const char *state_dir, const char *key,
	    struct belgo_error *err)
{
	BG_AUTO(bg_str_free) char *path = bg_strf("%s/lock", state_dir);
	BG_AUTO(bg_dir_done) struct bg_dir dir = BG_DIR_CLOSED;
	BG_AUTO(lock_drop) struct belgo_lock *lock = NULL;
	struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
	char name[128];

	if (path == NULL)
		return bg_fail(err, BELGO_ENOMEM, "out of memory");
	BG_TRY(lock_new(&lock, key, err));
	BG_TRY(bg_dir_open(&dir, path, BG_DIR_MAKE, BG_DIR_PRIVATE, err));
	file_name(name, sizeof(name), key);
	lock->fd = openat(dir.fd, name, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600);
	if (lock->fd < 0)
		return bg_fail(err, BELGO_ESTORE, "%s/%s: %s", path, name, bg_errno_text(errno));
	if (fcntl(lock->fd, F_OFD_SETLK, &whole) != 0) {
		if (errno != EAGAIN && errno != EACCES)
			return bg_fail(err, BELGO_ESTORE, "%s/%s cannot be locked: %s", path, name,
				       bg_errno_text(errno));
		if (holder != NULL)
			*holder = read_holder(lock->fd);
		return BELGO_EBUSY;
	}
	write_holder(lock->fd);
	*out = BG_TAKE(lock);
	return BELGO_OK;
}

belgo_rc
bg_lock_table_new(struct bg_lock_table **out)
{
	struct bg_lock_table *table = bg_calloc(1, sizeof(*table));

	if (table == NULL)
		return BELGO_ENOMEM;
	if (pthread_mutex_init(&table->mutex, NULL) != 0) {
		bg_free(&table);
		return BELGO_ENOMEM;
	}
	*out = table;
	return BELGO_OK;
}

void
bg_lock_table_free(struct bg_lock_table **table)
{
	if (*table == NULL)
		return;
	(void)pthread_mutex_destroy(&(*table)->mutex);
	bg_free(table);
}

static int
is_held(const struct bg_lock_table *table, const char *key)
{
	for (const struct belgo_lock *lock = table->held; lock != NULL; lock = lock->next)
		if (bg_str_equal(lock->key, key))
			return 1;
	return 0;
}

belgo_rc
bg_lock_table_try(struct belgo_lock **out, long *holder, struct bg_lock_table *table, const char *key,
		  struct belgo_error *err)
{
	BG_AUTO(lock_drop) struct belgo_lock *lock = NULL;
	int busy;

	BG_TRY(lock_new(&lock, key, err));
	(void)pthread_mutex_lock(&table->mutex);
	busy = is_held(table, key);
	if (!busy) {
		lock->table = table;
		lock->next = table->held;
		table->held = lock;
	}
	(void)pthread_mutex_unlock(&table->mutex);
	if (busy) {
		if (holder != NULL)
			*holder = (long)getpid();
		return BELGO_EBUSY;
	}
	*out = BG_TAKE(lock);
	return BELGO_OK;
}

static void
table_release(struct belgo_lock *lock)
{
	struct bg_lock_table *table = lock->table;
	struct belgo_lock **at;

	(void)pthread_mutex_lock(&table->mutex);
	for (at = &table->held; *at != NULL && *at != lock;)
		at = &(*at)->next;
	if (*at != NULL)
		*at = lock->next;
	(void)pthread_mutex_unlock(&table->mutex);
}

const char *
bg_lock_key(const struct belgo_lock *lock)
{
	return lock->key;
}

/* Unlocked before it is closed: a child that was forked meanwhile shares the description and would keep the
 * lock. */
void
bg_lock_free(struct belgo_lock **lock)
{
	struct flock whole = {.l_type = F_UNLCK, .l_whence = SEEK_SET};

	if (*lock == NULL)
		return;
	if ((*lock)->table != NULL)
		table_release(*lock);
	else
		(void)fcntl((*lock)->fd, F_OFD_SETLK, &whole);
	lock_drop(lock);
}
