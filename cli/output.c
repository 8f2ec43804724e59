/* Building the answer in memory and writing it once; text that is safe on a terminal. */
#include "output.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <wchar.h>
#include <wctype.h>

#define OUT_MAX (64u << 20)

/* Never realloc: it may leave an unwiped copy of a token behind. */
static int
make_room(struct out *out, size_t more)
{
	size_t size = out->size == 0 ? 4096 : out->size;
	char *data;

	if (more > OUT_MAX - out->len)
		return -1;
	while (size - out->len < more)
		size *= 2;
	if (size == out->size)
		return 0;
	if ((data = malloc(size)) == NULL)
		return -1;
	if (out->data != NULL) {
		memcpy(data, out->data, out->len);
		explicit_bzero(out->data, out->len);
		free(out->data);
	}
	out->data = data;
	out->size = size;
	return 0;
}

void
out_add(struct out *out, const char *data, size_t len)
{
	if (out->failed || make_room(out, len) != 0) {
		out->failed = 1;
		return;
	}
	memcpy(out->data + out->len, data, len);
	out->len += len;
}

void
out_printf(struct out *out, const char *format, ...)
{
	AUTO(text_free) char *text = NULL;
	va_list args;
	int len;

	va_start(args, format);
	len = vasprintf(&text, format, args);
	va_end(args);
	if (len < 0) {
		text = NULL;
		out->failed = 1;
		return;
	}
	out_add(out, text, (size_t)len);
}

static int
add_json(const char *data, size_t len, void *arg)
{
	struct out *out = arg;

	out_add(out, data, len);
	return out->failed ? -1 : 0;
}

/* Escaped beyond ASCII, so that no text from outside can play with the terminal. */
void
out_json(struct out *out, const json_t *value)
{
	if (value == NULL ||
	    json_dump_callback(value, add_json, out, JSON_COMPACT | JSON_ENCODE_ANY | JSON_ENSURE_ASCII) != 0)
		out->failed = 1;
	out_add(out, "\n", 1);
}

void
out_json_pretty(struct out *out, const json_t *value)
{
	if (value == NULL ||
	    json_dump_callback(value, add_json, out, JSON_INDENT(2) | JSON_ENSURE_ASCII) != 0)
		out->failed = 1;
	out_add(out, "\n", 1);
}

belgo_rc
out_commit(struct out *out, int fd, struct belgo_error *err)
{
	size_t done = 0;
	ssize_t n;

	if (out->failed)
		return fail_memory(err);
	while (done < out->len) {
		n = write(fd, out->data + done, out->len - done);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return fail_with(err, BELGO_EIO, "standard output cannot be written: %s",
					 n < 0 ? strerror(errno) : "nothing was taken");
		done += (size_t)n;
	}
	return BELGO_OK;
}

void
out_done(struct out *out)
{
	if (out->data != NULL)
		explicit_bzero(out->data, out->len);
	free(out->data);
	*out = (struct out){0};
}

static int
is_showable(wchar_t c)
{
	/* Marks and overrides of direction can make one address look like another. */
	if (c == 0x061c || c == 0x200e || c == 0x200f || (c >= 0x202a && c <= 0x202e) ||
	    (c >= 0x2066 && c <= 0x2069))
		return 0;
	return iswprint((wint_t)c);
}

char *
text_shown(const char *text)
{
	size_t left = strlen(text), used = 0, n;
	char *shown = malloc(left + 1);
	mbstate_t state = {0};
	wchar_t c;

	if (shown == NULL)
		return NULL;
	for (; left > 0; text += n, left -= n) {
		n = mbrtowc(&c, text, left, &state);
		if (n == 0 || n > left || !is_showable(c)) {
			shown[used++] = '?';
			if (n == 0 || n > left) {
				n = 1;
				state = (mbstate_t){0};
			}
			continue;
		}
		memcpy(shown + used, text, n);
		used += n;
	}
	shown[used] = '\0';
	return shown;
}

int
text_width(const char *text)
{
	size_t left = strlen(text), n;
	mbstate_t state = {0};
	int width = 0;
	wchar_t c;

	for (; left > 0; text += n, left -= n) {
		n = mbrtowc(&c, text, left, &state);
		if (n == 0 || n > left)
			return width + (int)left;
		width += wcwidth(c) > 0 ? wcwidth(c) : 0;
	}
	return width;
}

int
colour_wanted(int fd)
{
	const char *never = getenv("NO_COLOR"), *force = getenv("CLICOLOR_FORCE"), *term = getenv("TERM");

	if (never != NULL && never[0] != '\0')
		return 0;
	if (force != NULL && force[0] != '\0' && strcmp(force, "0") != 0)
		return 1;
	return isatty(fd) && (term == NULL || strcmp(term, "dumb") != 0);
}

void
json_free_ptr(json_t **value)
{
	json_decref(*value);
	*value = NULL;
}
