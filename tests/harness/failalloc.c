/* The wrapped allocator of failalloc.h. Knows how to fail; when to fail is the caller's loop. */
#include "harness/failalloc.h"

#include <jansson.h>

void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t size);
char *__real_strdup(const char *s);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *p, size_t size);
char *__wrap_strdup(const char *s);

static _Thread_local struct {
	int active;
	size_t seen;
	size_t fail_at;
	int on;
	int failed;
	int was_jansson;
} state;

static int jansson_is_spared;

void
failalloc_spare_jansson(int spare)
{
	jansson_is_spared = spare;
}

static int
must_fail(int is_jansson)
{
	if (!state.active)
		return 0;
	state.seen++;
	if (state.fail_at == 0 || (state.on ? state.seen < state.fail_at : state.seen != state.fail_at))
		return 0;
	if (!state.failed)
		state.was_jansson = is_jansson;
	state.failed = 1;
	return 1;
}

void *
__wrap_malloc(size_t size)
{
	return must_fail(0) ? NULL : __real_malloc(size);
}

void *
__wrap_calloc(size_t n, size_t size)
{
	return must_fail(0) ? NULL : __real_calloc(n, size);
}

void *
__wrap_realloc(void *p, size_t size)
{
	return must_fail(0) ? NULL : __real_realloc(p, size);
}

char *
__wrap_strdup(const char *s)
{
	return must_fail(0) ? NULL : __real_strdup(s);
}

static void *
jansson_malloc(size_t size)
{
	return !jansson_is_spared && must_fail(1) ? NULL : __real_malloc(size);
}

void
failalloc_begin(size_t fail_at, int on)
{
	static int is_joined;

	if (!is_joined)
		json_set_alloc_funcs(jansson_malloc, free);
	is_joined = 1;
	memset(&state, 0, sizeof(state));
	state.fail_at = fail_at;
	state.on = on;
	state.active = 1;
}

size_t
failalloc_end(void)
{
	state.active = 0;
	return state.seen;
}

int
failalloc_pause(void)
{
	int was = state.active;

	state.active = 0;
	return was;
}

void
failalloc_resume(int was)
{
	state.active = was;
}

int
failalloc_has_failed(void)
{
	return state.failed;
}

int
failalloc_was_jansson(void)
{
	return state.was_jansson;
}

int
failalloc_judge(belgo_rc rc, size_t run, int on, enum failalloc_outcome outcome, const char *call)
{
	if (!state.failed) {
		if (rc != BELGO_OK)
			fail_msg("%s: rc %d although nothing failed in run %zu", call, (int)rc, run);
		return 0;
	}
	/* The JSON gate asks jansson a second time, which heals one failure of its lexer. */
	if (outcome == FAILALLOC_MAY_GO_ON || (rc == BELGO_OK && state.was_jansson && !on))
		return 1;
	if (rc == BELGO_OK || (rc != BELGO_ENOMEM && !state.was_jansson))
		fail_msg("%s: rc %d when allocation %zu%s failed", call, (int)rc, run,
			 on ? " and all later" : "");
	return 1;
}
