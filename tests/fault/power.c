/* The model of power.h. What it writes itself is not recorded, since nothing is while it does. */
#include "power.h"

#include <dirent.h>
#include <fcntl.h>
#include <ftw.h>
#include <sys/stat.h>
#include <unistd.h>

enum { NODES = 48, NAMES = 16, PENDING = 12 };

struct content {
	unsigned char data[POWER_CONTENT]; /* zeros from there on */
	size_t len;
};

struct name {
	char name[POWER_NAME]; /* "": free */
	int node;
};

struct node {
	int is_dir;
	struct content now, synced;
	int is_synced; /* now is what is on the disk */
	struct name names[NAMES], synced_names[NAMES];
	struct pending {
		enum power_kind kind;
		char name[POWER_NAME], to[POWER_NAME];
		int node;
	} pending[PENDING];
	size_t n_pending;
};

struct disk {
	struct node nodes[NODES]; /* the first is the root */
	size_t n;
};

static struct name *
find(struct name names[NAMES], const char *name)
{
	for (size_t i = 0; i < NAMES; i++)
		if (strcmp(names[i].name, name) == 0)
			return &names[i];
	return NULL;
}

static void
set(struct name names[NAMES], const char *name, int node)
{
	struct name *slot = find(names, name);

	if (slot == NULL)
		assert_non_null(slot = find(names, ""));
	snprintf(slot->name, POWER_NAME, "%s", name);
	slot->node = node;
}

static void
unset(struct name names[NAMES], const char *name, int node)
{
	struct name *slot = find(names, name);

	if (slot != NULL && slot->node == node)
		slot->name[0] = '\0';
}

static void
apply(struct name names[NAMES], const struct pending *change)
{
	if (change->kind == POWER_UNLINK || change->kind == POWER_RENAME)
		unset(names, change->name, change->node);
	if (change->kind != POWER_UNLINK)
		set(names, change->to, change->node);
}

/* The node of a path as processes see it; NULL where the file has no name any more. */
static struct node *
look_up(struct disk *disk, const char *path)
{
	struct node *node = &disk->nodes[0];
	char part[POWER_NAME];

	while (*path != '\0') {
		size_t len = strcspn(path, "/");
		const struct name *name;

		snprintf(part, sizeof(part), "%.*s", (int)len, path);
		if ((name = find(node->names, part)) == NULL)
			return NULL;
		node = &disk->nodes[name->node];
		path += len + (path[len] == '/');
	}
	return node;
}

/* The directory of a path, and *name the last part. */
static struct node *
parent_of(struct disk *disk, const char *path, const char **name)
{
	const char *slash = strrchr(path, '/');
	char dir[POWER_PATH];

	snprintf(dir, sizeof(dir), "%.*s", slash == NULL ? 0 : (int)(slash - path), path);
	*name = slash == NULL ? path : slash + 1;
	return look_up(disk, dir);
}

static void
change_names(struct disk *disk, const struct power_change *change)
{
	struct pending pending = {.kind = change->kind};
	const char *name;
	struct node *dir = parent_of(disk, change->path, &name);

	assert_non_null(dir);
	assert_true(dir->n_pending < PENDING);
	snprintf(pending.name, POWER_NAME, "%s", name);
	if (change->kind == POWER_MAKE_DIR || change->kind == POWER_MAKE_FILE) {
		assert_true(disk->n < NODES);
		pending.node = (int)disk->n++;
		disk->nodes[pending.node].is_dir = change->kind == POWER_MAKE_DIR;
		snprintf(pending.to, POWER_NAME, "%s", name);
	} else {
		assert_non_null(find(dir->names, name));
		pending.node = find(dir->names, name)->node;
		snprintf(pending.to, POWER_NAME, "%s", change->to);
	}
	apply(dir->names, &pending);
	dir->pending[dir->n_pending++] = pending;
}

static void
sync_node(struct node *node)
{
	node->synced = node->now;
	node->is_synced = 1;
	memcpy(node->synced_names, node->names, sizeof(node->names));
	node->n_pending = 0;
}

static void
change_content(struct node *node, const struct power_change *change)
{
	if (node == NULL)
		return;
	node->is_synced = 0;
	if (change->kind == POWER_WRITE) {
		assert_true(change->at + change->len <= POWER_CONTENT);
		memcpy(node->now.data + change->at, change->data, change->len);
		if (node->now.len < change->at + change->len)
			node->now.len = change->at + change->len;
		return;
	}
	if (change->len < POWER_CONTENT)
		memset(node->now.data + change->len, 0, POWER_CONTENT - change->len);
	node->now.len = change->len;
}

static void
replay(struct disk *disk, const struct power_log *log, size_t n)
{
	struct node *node;

	*disk = (struct disk){.n = 1};
	disk->nodes[0].is_dir = 1;
	for (const struct power_change *at = log->changes; at < log->changes + n; at++) {
		switch (at->kind) {
		case POWER_WRITE:
		case POWER_SIZE:
			change_content(look_up(disk, at->path), at);
			break;
		case POWER_SYNC:
			if ((node = look_up(disk, at->path)) != NULL)
				sync_node(node);
			break;
		case POWER_SETTLE:
			for (size_t i = 0; i < disk->n; i++)
				sync_node(&disk->nodes[i]);
			break;
		default:
			change_names(disk, at);
		}
	}
}

/* One way in which a power cut ends. */
struct cut {
	int seen;      /* none happened: as processes see it */
	unsigned mask; /* of the pending changes of all directories: those that are on the disk */
	enum { LOST, WHOLE, HALF, ZEROS, N_TEARS } tear; /* of what was not synced in files */
};

static void
entries(struct name out[NAMES], const struct disk *disk, const struct node *dir, const struct cut *cut)
{
	unsigned bit = 0;

	memcpy(out, cut->seen ? dir->names : dir->synced_names, sizeof(dir->names));
	if (cut->seen)
		return;
	for (const struct node *at = disk->nodes; at < dir; at++)
		bit += (unsigned)at->n_pending;
	for (size_t i = 0; i < dir->n_pending; i++, bit++)
		if ((cut->mask >> bit & 1) != 0)
			apply(out, &dir->pending[i]);
}

static struct content
content(const struct node *file, const struct cut *cut)
{
	struct content out = cut->seen || file->is_synced || cut->tear != LOST ? file->now : file->synced;

	if (cut->seen || file->is_synced)
		return out;
	if (cut->tear == HALF)
		out.len /= 2;
	if (cut->tear == ZEROS)
		memset(out.data, 0, sizeof(out.data));
	return out;
}

static uint64_t
hash(uint64_t seed, const void *data, size_t len)
{
	const unsigned char *bytes = data;

	for (size_t i = 0; i < len; i++)
		seed = (seed ^ bytes[i]) * 1099511628211U;
	return seed;
}

/* A number for what lies in a directory, whatever the order of its names. */
static uint64_t
hash_dir(const struct disk *disk, const struct node *dir, const struct cut *cut)
{
	struct name names[NAMES];
	uint64_t sum = 0;

	entries(names, disk, dir, cut);
	for (size_t i = 0; i < NAMES; i++) {
		const struct node *node = &disk->nodes[names[i].node];
		uint64_t value = hash(1469598103934665603U, names[i].name, strlen(names[i].name));

		if (names[i].name[0] == '\0')
			continue;
		if (node->is_dir) {
			uint64_t inner = hash_dir(disk, node, cut);

			value = hash(value, &inner, sizeof(inner));
		} else {
			struct content file = content(node, cut);

			value = hash(value, &file.len, sizeof(file.len));
			value = hash(value, file.data, file.len < POWER_CONTENT ? file.len : POWER_CONTENT);
		}
		sum += value;
	}
	return sum;
}

static void
write_file(const char *path, const struct content *file)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	size_t len = file->len < POWER_CONTENT ? file->len : POWER_CONTENT;

	assert_true(fd >= 0);
	assert_int_equal(write(fd, file->data, len), (ssize_t)len);
	assert_int_equal(ftruncate(fd, (off_t)file->len), 0);
	assert_int_equal(close(fd), 0);
}

static void
write_dir(const struct disk *disk, const struct node *dir, const struct cut *cut, const char *path)
{
	struct name names[NAMES];

	assert_int_equal(mkdir(path, 0700), 0);
	entries(names, disk, dir, cut);
	for (size_t i = 0; i < NAMES; i++) {
		const struct node *node = &disk->nodes[names[i].node];
		struct content file = content(node, cut);
		char inner[2 * POWER_PATH];

		if (names[i].name[0] == '\0')
			continue;
		assert_true(snprintf(inner, sizeof(inner), "%s/%s", path, names[i].name) <
			    (int)sizeof(inner));
		if (node->is_dir)
			write_dir(disk, node, cut, inner);
		else
			write_file(inner, &file);
	}
}

/* Is a directory what the model says? */
static void
compare_dir(const struct disk *disk, const struct node *dir, const char *path)
{
	DIR *there = opendir(path);
	size_t n = 0, names = 0;

	assert_non_null(there);
	while (readdir(there) != NULL)
		n++;
	assert_int_equal(closedir(there), 0);
	for (size_t i = 0; i < NAMES; i++) {
		const struct node *node = &disk->nodes[dir->names[i].node];
		char inner[2 * POWER_PATH];
		unsigned char data[POWER_CONTENT] = {0};
		struct stat st;
		int fd;

		if (dir->names[i].name[0] == '\0')
			continue;
		names++;
		assert_true(snprintf(inner, sizeof(inner), "%s/%s", path, dir->names[i].name) <
			    (int)sizeof(inner));
		if (node->is_dir) {
			compare_dir(disk, node, inner);
			continue;
		}
		assert_true((fd = open(inner, O_RDONLY | O_CLOEXEC)) >= 0);
		assert_int_equal(fstat(fd, &st), 0);
		assert_int_equal(st.st_size, node->now.len);
		assert_true(read(fd, data, sizeof(data)) >= 0);
		assert_memory_equal(data, node->now.data, sizeof(data));
		assert_int_equal(close(fd), 0);
	}
	assert_int_equal(n, names + 2);
}

static struct disk disk;

void
power_compare(const struct power_log *log, const char *dir)
{
	replay(&disk, log, log->n);
	compare_dir(&disk, &disk.nodes[0], dir);
}

void
power_write_seen(const struct power_log *log, size_t n, const char *dir)
{
	replay(&disk, log, n);
	write_dir(&disk, &disk.nodes[0], &(struct cut){.seen = 1}, dir);
}

/* Hashes of the states that were met; open addressing, 0 is free. */
static struct {
	uint64_t slots[1 << 18];
	size_t n;
} met;

static int
is_new(uint64_t value)
{
	const size_t size = sizeof(met.slots) / sizeof(met.slots[0]);
	size_t at = value % size;

	while (met.slots[at] != 0 && met.slots[at] != value)
		at = (at + 1) % size;
	if (met.slots[at] == value)
		return 0;
	met.slots[at] = value;
	assert_true(++met.n < size / 2);
	return 1;
}

size_t
power_cut(const struct power_log *log, size_t n, const char *dir, uint64_t salt, void (*each)(void *arg),
	  void *arg)
{
	unsigned bits = 0;
	size_t n_new = 0;

	replay(&disk, log, n);
	for (size_t i = 0; i < disk.n; i++)
		bits += (unsigned)disk.nodes[i].n_pending;
	assert_true(bits <= PENDING);
	for (struct cut cut = {0}; cut.mask < 1U << bits; cut.mask++)
		for (cut.tear = LOST; cut.tear < N_TEARS; cut.tear++) {
			uint64_t sum = hash_dir(&disk, &disk.nodes[0], &cut);

			if (!is_new(hash(salt, &sum, sizeof(sum))))
				continue;
			n_new++;
			write_dir(&disk, &disk.nodes[0], &cut, dir);
			each(arg);
			power_remove(dir);
		}
	return n_new;
}

static int
remove_entry(const char *path, const struct stat *st, int type, struct FTW *where)
{
	(void)st;
	(void)type;
	(void)where;
	return remove(path);
}

void
power_remove(const char *dir)
{
	assert_int_equal(nftw(dir, remove_entry, 16, FTW_DEPTH | FTW_PHYS), 0);
}
