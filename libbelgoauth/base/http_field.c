/* Two field values that decide something here: Cache-Control and Content-Type. */
#include "base/http1.h"

#include "base/ascii.h"

#include <string.h>

#define MAX_DELTA 2147483648LL

/* One `name` or `name=value` of a list; the value without its quotes. */
struct item {
	const char *name, *value;
	size_t name_len, value_len;
};

static const char *
skip_blanks(const char *p)
{
	return p + strspn(p, " \t");
}

/* A quoted string without escapes, or what stands up to the separator. NULL: garbage. */
static const char *
take_value(struct item *item, const char *p, const char *stop)
{
	int quoted = (*p == '"');

	item->value = p + quoted;
	item->value_len = strcspn(item->value, quoted ? "\"\\" : stop);
	p = item->value + item->value_len;
	if (!quoted)
		return p;
	return (*p == '"') ? p + 1 : NULL;
}

/*
 * The item at p and where the next one begins; NULL: garbage. An empty item is fine.
 * @spec RFC 9110 section 5.6.1, 5.6.6
 */
static const char *
take_item(struct item *item, const char *p, char separator)
{
	const char stop[] = {separator, ' ', '\t', '"', '\0'};
	const char name_stop[] = {separator, '=', ' ', '\t', '"', '\0'};

	p = skip_blanks(p);
	*item = (struct item){.name = p, .name_len = strcspn(p, name_stop)};
	p += item->name_len;
	if (*p == '=' && (p = take_value(item, p + 1, stop)) == NULL)
		return NULL;
	p = skip_blanks(p);
	if (*p == separator)
		return p + 1;
	return (*p == '\0') ? p : NULL;
}

static int
named(const struct item *item, const char *name)
{
	return bg_equals_nocase(item->name, item->name_len, name);
}

/* @spec RFC 9111 section 1.2.2: too large a number counts as 2^31. */
static int64_t
delta_seconds(const struct item *item)
{
	int64_t n = 0;

	if (item->value_len == 0)
		return -1;
	for (size_t i = 0; i < item->value_len; i++) {
		if (!bg_is_digit(item->value[i]))
			return -1;
		n = n * 10 + (item->value[i] - '0');
		n = (n > MAX_DELTA) ? MAX_DELTA : n;
	}
	return n;
}

/* @spec RFC 9111 section 5.2.2 */
int64_t
bg_http_max_age(const char *cache_control)
{
	int64_t age = -1;
	int seen = 0;
	struct item item;

	for (const char *p = cache_control; p != NULL && *p != '\0';) {
		if ((p = take_item(&item, p, ',')) == NULL)
			return -1;
		if (named(&item, "no-store") || named(&item, "no-cache"))
			return 0;
		if (named(&item, "max-age") && !seen++)
			age = delta_seconds(&item);
	}
	return age;
}

/* @spec RFC 9110 section 8.3.1 */
int
bg_http_is_media_type(const char *content_type, const char *want)
{
	struct item item;
	const char *p;

	if (content_type == NULL || (p = take_item(&item, content_type, ';')) == NULL)
		return 0;
	if (!named(&item, want) || item.value != NULL)
		return 0;
	while (*p != '\0') {
		if ((p = take_item(&item, p, ';')) == NULL)
			return 0;
		if (item.name_len == 0 && item.value == NULL)
			continue;
		if (!named(&item, "charset") || item.value_len != 5 ||
		    strncasecmp(item.value, "utf-8", 5) != 0)
			return 0;
	}
	return 1;
}
