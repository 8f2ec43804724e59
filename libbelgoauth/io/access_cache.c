/*
 * The access-token cache: one key of type "user" for each account in the kernel's user keyring, which the
 * kernel itself forgets when the token expires. Raw system calls: the library that wraps them would cost more
 * time than they do. Whatever goes wrong is a cache miss.
 */
#include "io/access_cache.h"

#include <belgoauth/env.h>

#include <linux/keyctl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { DESCRIPTION_SIZE = 80, UNKNOWN_LIFETIME_S = 3600 };

/* Permission bits of a key, from the kernel's include/linux/key.h, which is not among the headers for
 * programs. */
#define POSSESSOR_ALL 0x3f000000UL
#define USER_VIEW 0x00010000UL
#define USER_READ 0x00020000UL
#define USER_SEARCH 0x00080000UL

static long
keyctl(int command, unsigned long a, unsigned long b, unsigned long c, unsigned long d)
{
	return syscall(SYS_keyctl, command, a, b, c, d);
}

static unsigned long
address(const void *p)
{
	return (unsigned long)(uintptr_t)p;
}

/* Special keyrings have negative numbers. */
static unsigned long
ring(int id)
{
	return (unsigned long)(long)id;
}

static int
describe(char out[DESCRIPTION_SIZE], const char *id)
{
	if (id == NULL || strspn(id, "0123456789abcdef") != 64 || id[64] != '\0')
		return -1;
	return snprintf(out, DESCRIPTION_SIZE, "belgoauth:%s", id) < DESCRIPTION_SIZE ? 0 : -1;
}

static long
find(const char *id)
{
	char description[DESCRIPTION_SIZE];

	if (describe(description, id) != 0)
		return -1;
	return keyctl(KEYCTL_SEARCH, ring(KEY_SPEC_USER_KEYRING), address("user"), address(description), 0);
}

/* The kernel says how long the entry is, however little fits. */
int
bg_access_cache_get(const char *id, char *buf, size_t size, size_t *len)
{
	long key = find(id);
	long got =
	    key < 0 || size == 0 ? -1 : keyctl(KEYCTL_READ, (unsigned long)key, address(buf), size - 1, 0);

	if (got < 0 || (size_t)got > size - 1) {
		explicit_bzero(buf, size);
		return -1;
	}
	buf[got] = '\0';
	*len = (size_t)got;
	return 0;
}

static int
parse_seconds(int64_t *out, const char *text)
{
	int64_t seconds = 0;
	size_t len = strspn(text, "0123456789");

	if (len == 0 || len > 15 || text[len] != '\0')
		return -1;
	for (size_t i = 0; i < len; i++)
		seconds = seconds * 10 + (text[i] - '0');
	*out = seconds;
	return 0;
}

static int
is_word(const char *text)
{
	for (const char *at = text; *at != '\0'; at++)
		if (*at <= ' ' || *at > '~')
			return 0;
	return *text != '\0';
}

int
bg_access_cache_parse(struct bg_access_cached *out, char *buf, size_t len)
{
	struct bg_access_cached cached = {0};
	char *type = memchr(buf, '\n', len);
	char *token = type == NULL ? NULL : memchr(type + 1, '\n', len - (size_t)(type + 1 - buf));

	if (token == NULL || memchr(buf, '\0', len) != NULL)
		return -1;
	*type++ = '\0';
	*token++ = '\0';
	if (parse_seconds(&cached.expires_at, buf) != 0 || !is_word(type) || !is_word(token))
		return -1;
	cached.token_type = type;
	cached.access_token = token;
	*out = cached;
	return 0;
}

static void
purge(void *ctx, const char *id)
{
	long key = find(id);

	(void)ctx;
	if (key < 0)
		return;
	if (keyctl(KEYCTL_UNLINK, (unsigned long)key, ring(KEY_SPEC_USER_KEYRING), 0, 0) != 0)
		(void)keyctl(KEYCTL_INVALIDATE, (unsigned long)key, 0, 0, 0);
}

/*
 * Read access for the user, beside the possessor: a login session whose keyring does not lead to the user
 * keyring (cron, su) does not possess what it finds there.
 */
static int
restrict_key(long key, unsigned long lifetime)
{
	if (keyctl(KEYCTL_SETPERM, (unsigned long)key, POSSESSOR_ALL | USER_VIEW | USER_READ | USER_SEARCH, 0,
		   0) != 0)
		return -1;
	return keyctl(KEYCTL_SET_TIMEOUT, (unsigned long)key, lifetime, 0, 0) == 0 ? 0 : -1;
}

/* For the same sessions: through a keyring of this thread, for as long as it takes, the key is possessed. */
static int
restrict_as_possessor(long key, unsigned long lifetime)
{
	unsigned long user = ring(KEY_SPEC_USER_KEYRING), thread = ring(KEY_SPEC_THREAD_KEYRING);
	int done;

	if (keyctl(KEYCTL_LINK, user, thread, 0, 0) != 0)
		return -1;
	done = restrict_key(key, lifetime);
	(void)keyctl(KEYCTL_UNLINK, user, thread, 0, 0);
	return done;
}

static long
add(const char *id, const char *payload, size_t len)
{
	char description[DESCRIPTION_SIZE];

	if (describe(description, id) != 0)
		return -1;
	return syscall(SYS_add_key, "user", description, payload, len, ring(KEY_SPEC_USER_KEYRING));
}

/* A key that cannot be given its end must not stay. */
static void
store(const char *id, const char *payload, size_t len, unsigned long lifetime)
{
	long key = add(id, payload, len);

	if (key >= 0 && restrict_key(key, lifetime) != 0 && restrict_as_possessor(key, lifetime) != 0)
		purge(NULL, id);
}

static void
put(void *ctx, const char *id, const char *token_type, const char *access_token, int64_t expires_at,
    int64_t now)
{
	int64_t lifetime = expires_at == 0 ? UNKNOWN_LIFETIME_S : expires_at - now;
	char *payload;
	int len;

	purge(ctx, id);
	if (token_type == NULL || access_token == NULL || !is_word(token_type) || !is_word(access_token) ||
	    expires_at < 0 || lifetime <= 0 || lifetime > INT32_MAX ||
	    (payload = malloc(BG_ACCESS_CACHE_MAX)) == NULL)
		return;
	len = snprintf(payload, BG_ACCESS_CACHE_MAX, "%lld\n%s\n%s", (long long)expires_at, token_type,
		       access_token);
	if (len > 0 && len < BG_ACCESS_CACHE_MAX)
		store(id, payload, (size_t)len, (unsigned long)lifetime);
	explicit_bzero(payload, BG_ACCESS_CACHE_MAX);
	free(payload);
}

const struct belgo_access_cache *
belgo_access_cache_kernel(void)
{
	static const struct belgo_access_cache kernel = {.put = put, .purge = purge};

	return &kernel;
}
