/*
 * The answer while it comes in: header lines and body bytes as libcurl hands them out, counted against the
 * ceilings. Keeps the header fields of the last block only; no meaning of a field is known here.
 */
#include "io/http_curl.h"

#include "base/limits.h"
#include "base/mem.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

static int
fault(struct bg_reply *reply, enum bg_reply_fault what)
{
	if (reply->fault == BG_REPLY_FINE)
		reply->fault = what;
	return 0;
}

static void
drop_headers(struct bg_reply *reply)
{
	for (size_t i = 0; i < reply->n_headers; i++) {
		bg_str_free(&reply->headers[i].name);
		bg_str_free(&reply->headers[i].value);
	}
	reply->n_headers = 0;
}

void
bg_reply_done(struct bg_reply *reply)
{
	drop_headers(reply);
	free(reply->headers);
	bg_buf_free(&reply->body);
	*reply = (struct bg_reply){0};
}

/* The array holds pointers, no text: nothing to wipe in the old one. */
static int
make_room(struct bg_reply *reply)
{
	size_t cap = reply->cap_headers == 0 ? 16 : reply->cap_headers * 2;
	struct belgo_http_header *more;

	if (reply->n_headers < reply->cap_headers)
		return 1;
	if ((more = bg_calloc(cap, sizeof(*more))) == NULL)
		return 0;
	if (reply->n_headers > 0)
		memcpy(more, reply->headers, reply->n_headers * sizeof(*more));
	free(reply->headers);
	reply->headers = more;
	reply->cap_headers = cap;
	return 1;
}

static void
trim(const char **text, size_t *len)
{
	while (*len > 0 && (**text == ' ' || **text == '\t')) {
		(*text)++;
		(*len)--;
	}
	while (*len > 0 && ((*text)[*len - 1] == ' ' || (*text)[*len - 1] == '\t'))
		(*len)--;
}

/* A line that begins with a blank goes on with the field before it. @spec RFC 9112 section 5.2 */
static int
continue_field(struct bg_reply *reply, const char *line, size_t len)
{
	char **value, *joined;

	if (reply->n_headers == 0)
		return fault(reply, BG_REPLY_MALFORMED);
	value = &reply->headers[reply->n_headers - 1].value;
	trim(&line, &len);
	if ((joined = bg_strf("%s %.*s", *value, (int)len, line)) == NULL)
		return fault(reply, BG_REPLY_NOMEM);
	bg_str_free(value);
	*value = joined;
	return 1;
}

/*
 * Two lengths that differ: a proxy in between may have read the one and libcurl reads the other, so whose
 * bytes these are is open. @spec RFC 9112 section 6.3 (5)
 */
static int
is_second_length(const struct bg_reply *reply, const struct belgo_http_header *field)
{
	if (strcmp(field->name, "content-length") != 0)
		return 0;
	for (size_t i = 0; i < reply->n_headers - 1; i++)
		if (strcmp(reply->headers[i].name, field->name) == 0 &&
		    strcmp(reply->headers[i].value, field->value) != 0)
			return 1;
	return 0;
}

/* @spec RFC 9110 section 5.1 */
static int
add_field(struct bg_reply *reply, const char *line, size_t len)
{
	const char *colon = memchr(line, ':', len), *value;
	struct belgo_http_header *field;
	size_t name_len, value_len;

	if (colon == NULL || colon == line)
		return fault(reply, BG_REPLY_MALFORMED);
	name_len = (size_t)(colon - line);
	value = colon + 1;
	value_len = len - name_len - 1;
	trim(&value, &value_len);
	if (!make_room(reply))
		return fault(reply, BG_REPLY_NOMEM);
	field = &reply->headers[reply->n_headers++];
	field->name = bg_strndup(line, name_len);
	field->value = bg_strndup(value, value_len);
	if (field->name == NULL || field->value == NULL)
		return fault(reply, BG_REPLY_NOMEM);
	for (char *c = field->name; *c != '\0'; c++)
		*c = (char)tolower((unsigned char)*c);
	return is_second_length(reply, field) ? fault(reply, BG_REPLY_MALFORMED) : 1;
}

/* "HTTP/1.1 200 OK": three digits after the first blank. libcurl has judged the line; this is only which
 * block begins. */
static int
begin_block(struct bg_reply *reply, const char *line, size_t len)
{
	const char *blank = memchr(line, ' ', len);
	size_t left = blank != NULL ? len - (size_t)(blank - line) : 0;

	if (left < 4 || !isdigit((unsigned char)blank[1]) || !isdigit((unsigned char)blank[2]) ||
	    !isdigit((unsigned char)blank[3]))
		return fault(reply, BG_REPLY_MALFORMED);
	reply->block_status = (blank[1] - '0') * 100 + (blank[2] - '0') * 10 + (blank[3] - '0');
	drop_headers(reply);
	return 1;
}

int
bg_reply_header_line(struct bg_reply *reply, const char *line, size_t len)
{
	reply->header_bytes += len;
	if (reply->header_bytes > BG_MAX_HEADERS)
		return fault(reply, BG_REPLY_HEADERS_TOO_LARGE);
	while (len > 0 && (line[len - 1] == '\n' || line[len - 1] == '\r'))
		len--;
	if (memchr(line, '\0', len) != NULL)
		return fault(reply, BG_REPLY_MALFORMED);
	/* Trailers count, but never become headers: they come after the decisions that headers are for. */
	if (reply->head_complete)
		return 1;
	if (reply->block_status == 0)
		return begin_block(reply, line, len);
	if (len == 0) {
		/* After 1xx another block follows. @spec RFC 9110 section 15.2 */
		reply->head_complete = reply->block_status >= 200 || reply->block_status == 101;
		reply->block_status = 0;
		return 1;
	}
	if (*line == ' ' || *line == '\t')
		return continue_field(reply, line, len);
	return add_field(reply, line, len);
}

int
bg_reply_body(struct bg_reply *reply, const char *data, size_t len)
{
	switch (bg_buf_add(&reply->body, data, len)) {
	case BELGO_OK:
		return 1;
	case BELGO_ENOMEM:
		return fault(reply, BG_REPLY_NOMEM);
	default:
		return fault(reply, BG_REPLY_BODY_TOO_LARGE);
	}
}
