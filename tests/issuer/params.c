/* Form-encoded parameters. Knows nothing of what they mean. */
#include "params.h"

#include "text.h"

#include <stdlib.h>
#include <string.h>

static int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)(c | 0x20);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

char *
params_unescape(const char *text, size_t len)
{
	char *out = must_alloc(len + 1), *o = out;

	for (const char *end = text + len; text < end; text++) {
		if (*text == '+') {
			*o++ = ' ';
		} else if (*text != '%') {
			*o++ = *text;
		} else {
			int high = end - text > 2 ? hex_digit(text[1]) : -1,
			    low = high < 0 ? -1 : hex_digit(text[2]);

			if (low < 0 || high * 16 + low == 0) {
				free(out);
				return NULL;
			}
			*o++ = (char)(high * 16 + low);
			text += 2;
		}
	}
	return out;
}

int
params_decode(struct params *params, const char *text)
{
	size_t len, name_len;

	for (; text != NULL && *text != '\0'; text += len + (text[len] == '&')) {
		const char *equals;

		len = strcspn(text, "&");
		if (len == 0)
			continue;
		if (params->n == PARAMS_MAX)
			return -1;
		equals = memchr(text, '=', len);
		name_len = equals != NULL ? (size_t)(equals - text) : len;
		params->item[params->n].name = params_unescape(text, name_len);
		params->item[params->n].value =
		    equals != NULL ? params_unescape(equals + 1, len - name_len - 1) : text_copy("");
		params->n++;
		if (params->item[params->n - 1].name == NULL || params->item[params->n - 1].value == NULL)
			return -1;
	}
	return 0;
}

const char *
params_get(const struct params *params, const char *name)
{
	for (size_t i = 0; i < params->n; i++)
		if (strcmp(params->item[i].name, name) == 0)
			return params->item[i].value[0] != '\0' ? params->item[i].value : NULL;
	return NULL;
}

/* @spec RFC 6749 section 3.1 and 3.2 */
const char *
params_repeated(const struct params *params)
{
	for (size_t i = 0; i < params->n; i++)
		for (size_t j = 0; j < i; j++)
			if (strcmp(params->item[i].name, params->item[j].name) == 0 &&
			    strcmp(params->item[i].name, "resource") != 0 &&
			    strcmp(params->item[i].name, "audience") != 0)
				return params->item[i].name;
	return NULL;
}

void
params_done(struct params *params)
{
	for (size_t i = 0; i < params->n; i++) {
		free(params->item[i].name);
		free(params->item[i].value);
	}
	params->n = 0;
}
