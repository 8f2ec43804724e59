/*
 * Memory that is wiped when it dies, and comparison that does not tell by its duration where two secrets
 * differ. Copies inside libcrypto, jansson and the C library are not in its reach.
 */
#include "base/mem.h"

#include <belgoauth/env.h>
#include <belgoauth/store.h>

#include <openssl/crypto.h>

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void
bg_wipe(void *p, size_t len)
{
	if (p != NULL && len > 0)
		OPENSSL_cleanse(p, len);
}

void *
bg_calloc(size_t n, size_t size)
{
	/* An empty object has an address too, so that NULL always means one thing. */
	return (n == 0 || size == 0) ? calloc(1, 1) : calloc(n, size);
}

char *
bg_strndup(const char *s, size_t len)
{
	char *copy;

	if (s == NULL || (copy = malloc(len + 1)) == NULL)
		return NULL;
	memcpy(copy, s, len);
	copy[len] = '\0';
	return copy;
}

char *
bg_strdup(const char *s)
{
	return (s == NULL) ? NULL : bg_strndup(s, strlen(s));
}

char *
bg_strf(const char *fmt, ...)
{
	va_list args;
	char *s = NULL;
	int len;

	va_start(args, fmt);
	len = vsnprintf(NULL, 0, fmt, args);
	va_end(args);
	if (len < 0 || (s = malloc((size_t)len + 1)) == NULL)
		return NULL;
	va_start(args, fmt);
	(void)vsnprintf(s, (size_t)len + 1, fmt, args);
	va_end(args);
	return s;
}

belgo_rc
bg_str_set(char **out, const char *s)
{
	char *copy = NULL;

	/* The copy comes first: s may be a part of the old value. */
	if (s != NULL && (copy = bg_strdup(s)) == NULL)
		return BELGO_ENOMEM;
	bg_str_free(out);
	*out = copy;
	return BELGO_OK;
}

void
belgo_secret_free(char *secret)
{
	if (secret == NULL)
		return;
	bg_wipe(secret, strlen(secret));
	free(secret);
}

void
bg_str_free(char **s)
{
	if (s == NULL)
		return;
	belgo_secret_free(*s);
	*s = NULL;
}

void
bg_bytes_done(struct bg_bytes *bytes)
{
	if (bytes->data != NULL)
		bg_wipe(bytes->data, bytes->len);
	free(BG_TAKE(bytes->data));
	bytes->len = 0;
}

void
bg_free(void *p_to_pointer)
{
	static void *const none = NULL;
	void *p;

	/* By memcpy: the pointer behind it has another type than void *, which may not be read through a void
	 * **. */
	memcpy(&p, p_to_pointer, sizeof(p));
	free(p);
	memcpy(p_to_pointer, &none, sizeof(none));
}

void
bg_strv_free(char ***list)
{
	if (list == NULL || *list == NULL)
		return;
	for (char **s = *list; *s != NULL; s++)
		belgo_secret_free(*s);
	free(*list);
	*list = NULL;
}

void
belgo_blob_done(struct belgo_blob *blob)
{
	if (blob == NULL)
		return;
	bg_wipe(blob->data, blob->len);
	free(blob->data);
	*blob = (struct belgo_blob){0};
}

int
bg_mem_equal(const void *a, size_t a_len, const void *b, size_t b_len)
{
	return a != NULL && b != NULL && a_len == b_len && CRYPTO_memcmp(a, b, a_len) == 0;
}

int
bg_str_equal_secret(const char *a, const char *b)
{
	return a != NULL && b != NULL && bg_mem_equal(a, strlen(a), b, strlen(b));
}

int
bg_str_equal(const char *a, const char *b)
{
	return (a == NULL || b == NULL) ? a == b : strcmp(a, b) == 0;
}

int
bg_str_begins(const char *s, const char *prefix)
{
	return s != NULL && prefix != NULL && strncmp(s, prefix, strlen(prefix)) == 0;
}

belgo_rc
bg_strv_dup(char ***out, const char *const *list, size_t n)
{
	BG_AUTO(bg_strv_free) char **copy = NULL;

	if (n == 0)
		return BELGO_OK;
	if ((copy = bg_calloc(n + 1, sizeof(*copy))) == NULL)
		return BELGO_ENOMEM;
	for (size_t i = 0; i < n; i++)
		if ((copy[i] = bg_strdup(list[i])) == NULL)
			return BELGO_ENOMEM;
	*out = BG_TAKE(copy);
	return BELGO_OK;
}

size_t
bg_strv_len(char *const *list)
{
	size_t n = 0;

	while (list != NULL && list[n] != NULL)
		n++;
	return n;
}
