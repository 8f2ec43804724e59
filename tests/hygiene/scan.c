/*
 * Looks for secrets in all the memory that another process can write. A piece of a secret is enough: the heap
 * writes its own pointers over the beginning of what was freed.
 */
#include "scan.h"

#include "heap_log.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PIECE ((size_t)12)
#define STEP ((size_t)4)
#define CHUNK ((size_t)1 << 20)
#define MAX_MAPS 4096

struct map {
	uintptr_t begin, end, offset;
	int writable;
	char path[128];
};

struct target {
	struct map maps[MAX_MAPS];
	size_t n;
	int mem;
};

static int
read_maps(struct target *target, pid_t pid)
{
	char path[64], line[512];
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/maps", (int)pid);
	if ((file = fopen(path, "re")) == NULL)
		return -1;
	while (target->n < MAX_MAPS && fgets(line, sizeof(line), file) != NULL) {
		struct map *map = &target->maps[target->n];
		char perms[5] = "";
		int name = 0;

		if (sscanf(line, "%" SCNxPTR "-%" SCNxPTR " %4s %" SCNxPTR " %*s %*s %n", &map->begin,
			   &map->end, perms, &map->offset, &name) < 4)
			continue;
		line[strcspn(line, "\n")] = '\0';
		snprintf(map->path, sizeof(map->path), "%s", name > 0 ? line + name : "");
		map->writable = perms[0] == 'r' && perms[1] == 'w' && strcmp(map->path, "[vvar]") != 0;
		target->n++;
	}
	fclose(file);
	return target->n < MAX_MAPS ? 0 : -1;
}

static const char *
base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash != NULL ? slash + 1 : path;
}

static const struct map *
map_of(const struct target *target, uintptr_t address)
{
	for (size_t i = 0; i < target->n; i++)
		if (address >= target->maps[i].begin && address < target->maps[i].end)
			return &target->maps[i];
	return NULL;
}

/* Addresses within a library count from where its first part is. */
static uintptr_t
library_base(const struct target *target, const struct map *map)
{
	for (size_t i = 0; i < target->n; i++)
		if (strcmp(target->maps[i].path, map->path) == 0 && target->maps[i].offset == 0)
			return target->maps[i].begin;
	return map->begin;
}

static void
find_owner(struct trace *trace, const struct target *target, const struct map *map, uintptr_t address)
{
	const struct heap_event *event = heap_log_last(address);
	const struct map *code = event != NULL ? map_of(target, event->caller) : NULL;

	if (strcmp(map->path, "[stack]") == 0) {
		snprintf(trace->owner, sizeof(trace->owner), "stack");
	} else if (code != NULL) {
		snprintf(trace->owner, sizeof(trace->owner), "%s%s",
			 event->is_free ? "" : "live: ", base_name(code->path));
		trace->offset = event->caller - library_base(target, code);
	} else if (map->path[0] == '/') {
		snprintf(trace->owner, sizeof(trace->owner), "static data of %s", base_name(map->path));
	} else {
		snprintf(trace->owner, sizeof(trace->owner), "unknown%s", map->path);
	}
}

static void
add(struct traces *out, const struct trace *found)
{
	for (size_t i = 0; i < out->n; i++) {
		const struct trace *known = &out->list[i];

		if (known->secret == found->secret && known->offset == found->offset &&
		    strcmp(known->owner, found->owner) == 0)
			return;
	}
	if (out->n < sizeof(out->list) / sizeof(out->list[0]))
		out->list[out->n++] = *found;
}

static void
look_for(struct traces *out, const struct target *target, const struct map *map, const char *data, size_t len,
	 uintptr_t base, const struct secret *secret)
{
	for (size_t at = 0; at + PIECE <= secret->len; at += STEP) {
		const char *p = data;

		while ((p = memmem(p, len - (size_t)(p - data), secret->value + at, PIECE)) != NULL) {
			struct trace found = {.secret = secret->name};

			find_owner(&found, target, map, base + (uintptr_t)(p - data));
			add(out, &found);
			p++;
		}
	}
}

static void
scan_map(struct traces *out, const struct target *target, const struct map *map, char *buffer,
	 const struct secret *secrets, size_t n)
{
	for (uintptr_t at = map->begin; at < map->end; at += CHUNK) {
		size_t left = map->end - at, want = CHUNK + MAX_SECRET;
		ssize_t got = pread(target->mem, buffer, left < want ? left : want, (off_t)at);

		if (got <= 0)
			continue;
		out->bytes += (size_t)got;
		for (size_t i = 0; i < n; i++)
			look_for(out, target, map, buffer, (size_t)got, at, &secrets[i]);
	}
}

int
scan(struct traces *out, pid_t pid, const struct secret *secrets, size_t n)
{
	struct target *target = calloc(1, sizeof(*target));
	char *buffer = malloc(CHUNK + MAX_SECRET), path[64];
	int rc = -1;

	snprintf(path, sizeof(path), "/proc/%d/mem", (int)pid);
	if (target != NULL && buffer != NULL && (target->mem = open(path, O_RDONLY | O_CLOEXEC)) >= 0) {
		rc = read_maps(target, pid);
		for (size_t i = 0; rc == 0 && i < target->n; i++)
			if (target->maps[i].writable && !heap_log_covers(target->maps[i].begin))
				scan_map(out, target, &target->maps[i], buffer, secrets, n);
		close(target->mem);
	}
	free(buffer);
	free(target);
	return rc;
}
