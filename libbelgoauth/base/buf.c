/*
 * A growing byte buffer with a ceiling. It never leaves an unwiped copy behind, which is why it moves by
 * hand and not by realloc().
 */
#include "base/buf.h"

#include "base/mem.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_CAP 64

static belgo_rc
move_to(struct bg_buf *buf, size_t cap)
{
	char *data = malloc(cap);

	if (data == NULL)
		return BELGO_ENOMEM;
	if (buf->data != NULL)
		memcpy(data, buf->data, buf->len);
	data[buf->len] = '\0';
	bg_wipe(buf->data, buf->cap);
	free(buf->data);
	buf->data = data;
	buf->cap = cap;
	return BELGO_OK;
}

/* Room for len more bytes and a NUL. */
static belgo_rc
make_room(struct bg_buf *buf, size_t len)
{
	size_t need, cap;

	if (len > buf->max - buf->len)
		return BELGO_EINVAL;
	need = buf->len + len + 1;
	if (need <= buf->cap)
		return BELGO_OK;
	cap = (buf->cap == 0) ? FIRST_CAP : buf->cap * 2;
	return move_to(buf, cap < need ? need : cap);
}

belgo_rc
bg_buf_add(struct bg_buf *buf, const void *data, size_t len)
{
	BG_TRY(make_room(buf, len));
	if (len > 0)
		memcpy(buf->data + buf->len, data, len);
	buf->len += len;
	buf->data[buf->len] = '\0';
	return BELGO_OK;
}

belgo_rc
bg_buf_add_str(struct bg_buf *buf, const char *s)
{
	return (s == NULL) ? BELGO_EINVAL : bg_buf_add(buf, s, strlen(s));
}

belgo_rc
bg_buf_add_char(struct bg_buf *buf, char c)
{
	return bg_buf_add(buf, &c, 1);
}

belgo_rc
bg_buf_addf(struct bg_buf *buf, const char *fmt, ...)
{
	va_list args;
	int len;

	va_start(args, fmt);
	len = vsnprintf(NULL, 0, fmt, args);
	va_end(args);
	if (len < 0)
		return BELGO_EINVAL;
	BG_TRY(make_room(buf, (size_t)len));
	va_start(args, fmt);
	(void)vsnprintf(buf->data + buf->len, (size_t)len + 1, fmt, args);
	va_end(args);
	buf->len += (size_t)len;
	return BELGO_OK;
}

char *
bg_buf_take(struct bg_buf *buf)
{
	char *s = (buf->data != NULL) ? buf->data : bg_strdup("");

	*buf = BG_BUF(buf->max);
	return s;
}

void
bg_buf_free(struct bg_buf *buf)
{
	bg_wipe(buf->data, buf->cap);
	free(buf->data);
	*buf = BG_BUF(buf->max);
}
