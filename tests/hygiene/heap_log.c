/*
 * malloc() and its kin, put before the C library's: every library of the process comes by here, and is
 * written down by its return address. While the log is kept nothing is used twice, so whose a piece of memory
 * was is beyond doubt.
 */
#include "heap_log.h"

#include <malloc.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define MAX_EVENTS ((size_t)1 << 21)
#define BG_SEEN __attribute__((visibility("default")))

struct heap_log {
	atomic_size_t n;
	struct heap_event events[MAX_EVENTS];
};

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t n, size_t size);
void *__libc_memalign(size_t alignment, size_t size);
void __libc_free(void *block);

static struct heap_log *heap_log;

int
heap_log_start(void)
{
	void *shared = mmap(NULL, sizeof(*heap_log), PROT_READ | PROT_WRITE,
			    MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (shared == MAP_FAILED)
		return -1;
	heap_log = shared;
	return 0;
}

static void
note(uintptr_t block, size_t len, const void *caller, int is_free)
{
	size_t i;

	if (heap_log == NULL || block == 0)
		return;
	i = atomic_fetch_add(&heap_log->n, 1);
	if (i < MAX_EVENTS)
		heap_log->events[i] = (struct heap_event){block, len, (uintptr_t)caller, is_free};
}

const struct heap_event *
heap_log_last(uintptr_t address)
{
	size_t n = heap_log->n < MAX_EVENTS ? heap_log->n : MAX_EVENTS;

	while (n-- > 0) {
		const struct heap_event *event = &heap_log->events[n];

		if (address >= event->block && address - event->block < event->len)
			return event;
	}
	return NULL;
}

int
heap_log_is_whole(void)
{
	return heap_log->n <= MAX_EVENTS;
}

int
heap_log_covers(uintptr_t address)
{
	return address - (uintptr_t)heap_log < sizeof(*heap_log);
}

/* From here on the process's. */
void *malloc(size_t size) BG_SEEN;
void *calloc(size_t n, size_t size) BG_SEEN;
void *realloc(void *old, size_t size) BG_SEEN;
void free(void *block) BG_SEEN;
int posix_memalign(void **out, size_t alignment, size_t size) BG_SEEN;
void *aligned_alloc(size_t alignment, size_t size) BG_SEEN;

void *
malloc(size_t size)
{
	void *block = __libc_malloc(size);

	note((uintptr_t)block, malloc_usable_size(block), __builtin_return_address(0), 0);
	return block;
}

void *
calloc(size_t n, size_t size)
{
	void *block = __libc_calloc(n, size);

	note((uintptr_t)block, malloc_usable_size(block), __builtin_return_address(0), 0);
	return block;
}

/* Always moves, as one that grows for long does in the end. */
void *
realloc(void *old, size_t size)
{
	size_t len = malloc_usable_size(old);
	void *block = __libc_malloc(size);

	if (block == NULL)
		return NULL;
	note((uintptr_t)block, malloc_usable_size(block), __builtin_return_address(0), 0);
	if (old != NULL) {
		memcpy(block, old, len < size ? len : size);
		note((uintptr_t)old, len, __builtin_return_address(0), 1);
	}
	return block;
}

/* What is freed is not handed out again: it stays as it was in that moment, for the scan to see. */
void
free(void *block)
{
	note((uintptr_t)block, malloc_usable_size(block), __builtin_return_address(0), 1);
	if (heap_log == NULL)
		__libc_free(block);
}

void *
aligned_alloc(size_t alignment, size_t size)
{
	void *block = __libc_memalign(alignment, size);

	note((uintptr_t)block, malloc_usable_size(block), __builtin_return_address(0), 0);
	return block;
}

int
posix_memalign(void **out, size_t alignment, size_t size)
{
	void *block = __libc_memalign(alignment, size);

	if (block == NULL)
		return 12; /* ENOMEM: errno is not for this one to touch */
	note((uintptr_t)block, malloc_usable_size(block), __builtin_return_address(0), 0);
	*out = block;
	return 0;
}
