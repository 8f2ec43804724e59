/* Private directories for tests. */
#include "scratch.h"

#include <dirent.h>
#include <fcntl.h>
#include <ftw.h>
#include <sys/stat.h>
#include <unistd.h>

int
scratch_setup(void **state)
{
	struct scratch *scratch = calloc(1, sizeof(*scratch));
	const char *tmp = getenv("TMPDIR");

	snprintf(scratch->path, sizeof(scratch->path), "%s/belgo-test-XXXXXX", tmp == NULL ? "/tmp" : tmp);
	if (mkdtemp(scratch->path) == NULL)
		return -1;
	*state = scratch;
	return 0;
}

static int
remove_entry(const char *path, const struct stat *st, int type, struct FTW *where)
{
	(void)st;
	(void)type;
	(void)where;
	return remove(path);
}

int
scratch_teardown(void **state)
{
	struct scratch *scratch = *state;
	int failed = nftw(scratch->path, remove_entry, 16, FTW_DEPTH | FTW_PHYS);

	free(scratch);
	return failed;
}

const char *
scratch_path(char out[512], const struct scratch *scratch, const char *name)
{
	assert_true(snprintf(out, 512, "%s/%s", scratch->path, name) < 512);
	return out;
}

void
scratch_write(const char *path, const void *data, size_t len, unsigned mode)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, data, len), (ssize_t)len);
	assert_int_equal(fchmod(fd, (mode_t)mode), 0);
	assert_int_equal(close(fd), 0);
}

unsigned char *
scratch_read(const char *path, size_t *len)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	unsigned char *data;
	struct stat st;

	assert_true(fd >= 0 && fstat(fd, &st) == 0);
	*len = (size_t)st.st_size;
	assert_non_null(data = malloc(*len + 1));
	assert_int_equal(read(fd, data, *len), st.st_size);
	data[*len] = '\0';
	assert_int_equal(close(fd), 0);
	return data;
}

int
scratch_count(const char *dir)
{
	DIR *entries = opendir(dir);
	int n = 0;

	if (entries == NULL)
		return -1;
	for (const struct dirent *entry; (entry = readdir(entries)) != NULL;)
		n += strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
	assert_int_equal(closedir(entries), 0);
	return n;
}

void
scratch_only_entry(char out[512], const char *dir)
{
	DIR *entries = opendir(dir);

	assert_non_null(entries);
	assert_int_equal(scratch_count(dir), 1);
	for (const struct dirent *entry; (entry = readdir(entries)) != NULL;)
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			assert_true(snprintf(out, 512, "%s/%s", dir, entry->d_name) < 512);
	assert_int_equal(closedir(entries), 0);
}

static const char *wanted;
static int hits;

static int
look_into(const char *path, const struct stat *st, int type, struct FTW *where)
{
	unsigned char *data;
	size_t len;

	(void)st;
	(void)where;
	if (type != FTW_F)
		return 0;
	data = scratch_read(path, &len);
	hits += memmem(data, len, wanted, strlen(wanted)) != NULL;
	free(data);
	return 0;
}

int
scratch_holds(const char *dir, const char *text)
{
	wanted = text;
	hits = 0;
	assert_int_equal(nftw(dir, look_into, 16, FTW_PHYS), 0);
	return hits;
}
