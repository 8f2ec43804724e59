/*
 * The head of an HTTP/1.x request. Judges what has come so far as early as it can, so that something that is
 * no HTTP is sent away with its first byte. Does not read bodies, and does not know which targets exist.
 */
#include "base/http1.h"

#include "base/ascii.h"
#include "base/limits.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

#define MAX_METHOD 32

struct span {
	const char *at;
	size_t len;
};
struct head {
	struct span method, target;
	struct {
		struct span name, value;
	} fields[BG_MAX_REQUEST_HEADERS];
	size_t n_fields;
	size_t n_hosts, n_lengths;
	size_t content_length;
};

enum line { LINE_MORE, LINE_WHOLE, LINE_BAD };

/* The line at *at, *at then standing behind its CRLF. @spec RFC 9112 section 2.2 */
static enum line
next_line(struct span *out, size_t *at, const char *data, size_t len)
{
	for (size_t i = *at; i < len; i++) {
		unsigned char c = (unsigned char)data[i];

		if (c == '\r') {
			if (i + 1 == len)
				return LINE_MORE;
			*out = (struct span){data + *at, i - *at};
			*at = i + 2;
			return data[i + 1] == '\n' ? LINE_WHOLE : LINE_BAD;
		}
		if ((c < 0x20 && c != '\t') || c == 0x7f)
			return LINE_BAD;
	}
	return LINE_MORE;
}

/* @spec RFC 9110 section 5.6.2 */
static size_t
token_len(struct span s)
{
	size_t n = 0;

	while (n < s.len &&
	       (bg_is_alnum(s.at[n]) || (s.at[n] != '\0' && strchr("!#$%&'*+-.^_`|~", s.at[n]) != NULL)))
		n++;
	return n;
}

static int
span_is(struct span s, const char *text)
{
	return s.len == strlen(text) && memcmp(s.at, text, s.len) == 0;
}

/* Can an unfinished first line still become a request? */
static int
begins_like_a_request(struct span line)
{
	size_t n = token_len(line);

	return n <= MAX_METHOD && (n == line.len || (n > 0 && line.at[n] == ' '));
}

/* @spec RFC 9112 section 3.2.1 */
static int
is_origin_form(struct span target)
{
	if (target.len == 0 || target.at[0] != '/')
		return 0;
	for (size_t i = 0; i < target.len; i++) {
		unsigned char c = (unsigned char)target.at[i];

		if (c < 0x21 || c > 0x7e || c == '#')
			return 0;
	}
	return 1;
}

/* @spec RFC 9112 section 2.3 */
static int
judge_version(struct span v)
{
	if (span_is(v, "HTTP/1.0") || span_is(v, "HTTP/1.1"))
		return 0;
	if (v.len == 8 && memcmp(v.at, "HTTP/", 5) == 0 && bg_is_digit(v.at[5]) && v.at[6] == '.' &&
	    bg_is_digit(v.at[7]))
		return 505;
	return 400;
}

/* 0, or the status that it deserves. @spec RFC 9112 section 3 */
static int
request_line(struct head *head, struct span line)
{
	size_t n = token_len(line);
	const char *blank;
	struct span rest, version;
	int status;

	if (line.len > BG_MAX_REQUEST_LINE)
		return 414;
	if (n == 0 || n == line.len || line.at[n] != ' ')
		return 400;
	head->method = (struct span){line.at, n};
	rest = (struct span){line.at + n + 1, line.len - n - 1};
	if ((blank = memchr(rest.at, ' ', rest.len)) == NULL)
		return 400;
	head->target = (struct span){rest.at, (size_t)(blank - rest.at)};
	version = (struct span){blank + 1, rest.len - head->target.len - 1};
	if ((status = judge_version(version)) != 0)
		return status;
	if (!span_is(head->method, "GET") && !span_is(head->method, "POST"))
		return 405;
	return is_origin_form(head->target) ? 0 : 400;
}

static struct span
trim(struct span s)
{
	while (s.len > 0 && (s.at[0] == ' ' || s.at[0] == '\t')) {
		s.at++;
		s.len--;
	}
	while (s.len > 0 && (s.at[s.len - 1] == ' ' || s.at[s.len - 1] == '\t'))
		s.len--;
	return s;
}

/* @spec RFC 9112 section 6.2, 6.3 */
static int
content_length(struct head *head, struct span value)
{
	size_t n = 0;

	if (head->n_lengths++ > 0 || value.len == 0)
		return 400;
	for (size_t i = 0; i < value.len; i++) {
		if (!bg_is_digit(value.at[i]))
			return 400;
		if (n <= BG_MAX_FORM)
			n = n * 10 + (size_t)(value.at[i] - '0');
	}
	head->content_length = n;
	return (n > BG_MAX_FORM) ? 413 : 0;
}

/* @spec RFC 9112 section 5, 5.1, 5.2 */
static int
field_line(struct head *head, struct span line)
{
	size_t n = token_len(line);
	struct span name = {line.at, n}, value;

	if (n == 0 || n == line.len || line.at[n] != ':')
		return 400;
	if (head->n_fields == BG_MAX_REQUEST_HEADERS)
		return 431;
	value = trim((struct span){line.at + n + 1, line.len - n - 1});
	head->fields[head->n_fields].name = name;
	head->fields[head->n_fields++].value = value;
	if (bg_equals_nocase(name.at, name.len, "transfer-encoding"))
		return 400;
	if (bg_equals_nocase(name.at, name.len, "host") && head->n_hosts++ > 0)
		return 400;
	return bg_equals_nocase(name.at, name.len, "content-length") ? content_length(head, value) : 0;
}

/* What an unfinished line deserves already; 0: wait for the rest. */
static int
unfinished(struct span line, int is_first, size_t len)
{
	if (is_first && !begins_like_a_request(line))
		return 400;
	if (is_first && line.len > BG_MAX_REQUEST_LINE)
		return 414;
	return (len >= BG_MAX_REQUEST_HEAD) ? 431 : 0;
}

/* A complete head: 0; an unfinished one: -1; else the status that it deserves. */
static int
scan(struct head *head, size_t *head_len, const char *data, size_t len)
{
	struct span line;
	size_t at = 0;
	int status;

	for (;;) {
		size_t begin = at;
		enum line verdict = next_line(&line, &at, data, len);

		if (verdict == LINE_BAD)
			return 400;
		if (verdict == LINE_MORE) {
			status = unfinished((struct span){data + begin, len - begin}, begin == 0, len);
			return status != 0 ? status : -1;
		}
		if (begin > 0 && line.len == 0)
			break;
		status = (begin == 0) ? request_line(head, line) : field_line(head, line);
		if (status != 0)
			return status;
		if (at > BG_MAX_REQUEST_HEAD)
			return 431;
	}
	*head_len = at;
	if (at > BG_MAX_REQUEST_HEAD)
		return 431;
	return (head->n_hosts == 1) ? 0 : 400; /* @spec RFC 9112 section 3.2 */
}

static int
build(struct bg_http1_request *req, const struct head *head)
{
	req->content_length = head->content_length;
	req->method = bg_strndup(head->method.at, head->method.len);
	req->target = bg_strndup(head->target.at, head->target.len);
	req->fields = bg_calloc(head->n_fields, sizeof(*req->fields));
	if (req->method == NULL || req->target == NULL || req->fields == NULL)
		return 0;
	for (size_t i = 0; i < head->n_fields; i++) {
		struct bg_http1_field *f = &req->fields[req->n_fields++];

		f->name = bg_strndup(head->fields[i].name.at, head->fields[i].name.len);
		f->value = bg_strndup(head->fields[i].value.at, head->fields[i].value.len);
		if (f->name == NULL || f->value == NULL)
			return 0;
		for (char *c = f->name; *c != '\0'; c++)
			*c = bg_to_lower(*c);
	}
	return 1;
}

enum bg_http1_verdict
bg_http1_parse(struct bg_http1_request *out, size_t *head_len, int *status, const char *data, size_t len)
{
	BG_AUTO(bg_http1_done) struct bg_http1_request req = {0};
	struct head head = {0};
	size_t n = 0;
	int found = scan(&head, &n, data, len);

	if (found < 0)
		return BG_HTTP1_MORE;
	if (found == 0 && !build(&req, &head))
		found = 503;
	if (found != 0) {
		*status = found;
		return BG_HTTP1_BAD;
	}
	*head_len = n;
	*out = req;
	req = (struct bg_http1_request){0};
	return BG_HTTP1_REQUEST;
}

void
bg_http1_done(struct bg_http1_request *req)
{
	for (size_t i = 0; i < req->n_fields; i++) {
		bg_str_free(&req->fields[i].name);
		bg_str_free(&req->fields[i].value);
	}
	free(req->fields);
	bg_str_free(&req->method);
	bg_str_free(&req->target);
	*req = (struct bg_http1_request){0};
}

const char *
bg_http1_field(const struct bg_http1_request *req, const char *name)
{
	for (size_t i = 0; i < req->n_fields; i++) {
		if (strcmp(req->fields[i].name, name) == 0)
			return req->fields[i].value;
	}
	return NULL;
}
