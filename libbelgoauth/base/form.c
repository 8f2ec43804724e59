/*
 * application/x-www-form-urlencoded both ways. Decoding is strict, for what comes here was written by a
 * browser or an authorization server; what a name means is the caller's matter.
 */
#include "base/form.h"

#include "base/ascii.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/text.h"

#include <stdlib.h>
#include <string.h>

/* @spec RFC 6749 appendix B */
static belgo_rc
encode(struct bg_buf *out, const char *text)
{
	static const char digits[] = "0123456789ABCDEF";

	for (; *text != '\0'; text++) {
		unsigned char c = (unsigned char)*text;
		char triplet[3] = {'%', digits[c >> 4], digits[c & 15]};

		if (bg_is_alnum(*text) || strchr("*-._", *text) != NULL)
			BG_TRY(bg_buf_add_char(out, *text));
		else if (*text == ' ')
			BG_TRY(bg_buf_add_char(out, '+'));
		else
			BG_TRY(bg_buf_add(out, triplet, sizeof(triplet)));
	}
	return BELGO_OK;
}

belgo_rc
bg_form_encode(struct bg_buf *out, const char *text)
{
	BG_AUTO(bg_buf_free) struct bg_buf piece = BG_BUF(out->max);

	BG_TRY(encode(&piece, text));
	return bg_buf_add(out, piece.data, piece.len);
}

belgo_rc
bg_form_add(struct bg_buf *form, const char *name, const char *value)
{
	BG_AUTO(bg_buf_free) struct bg_buf piece = BG_BUF(form->max);

	if (value == NULL)
		return BELGO_OK;
	if (form->len > 0)
		BG_TRY(bg_buf_add_char(&piece, '&'));
	BG_TRY(encode(&piece, name));
	BG_TRY(bg_buf_add_char(&piece, '='));
	BG_TRY(encode(&piece, value));
	return bg_buf_add(form, piece.data, piece.len);
}

/* @spec RFC 8707 section 2; RFC 8693 section 2.1: one parameter for each */
belgo_rc
bg_form_add_each(struct bg_buf *form, const char *name, const char *const *values, size_t n)
{
	for (size_t i = 0; i < n; i++)
		BG_TRY(bg_form_add(form, name, values[i]));
	return BELGO_OK;
}

/* The decoded text; BELGO_EPROTO for what no encoder writes. */
static belgo_rc
decode(char **out, const char *s, size_t len)
{
	BG_AUTO(bg_str_free) char *text = bg_strndup(s, len);
	size_t n = 0;

	if (text == NULL)
		return BELGO_ENOMEM;
	for (size_t i = 0; i < len; i++) {
		int high, low;

		if (s[i] != '%') {
			text[n++] = (s[i] == '+') ? ' ' : s[i];
			continue;
		}
		high = (len - i > 2) ? bg_hex_value(s[i + 1]) : -1;
		low = (len - i > 2) ? bg_hex_value(s[i + 2]) : -1;
		if (high < 0 || low < 0 || high + low == 0)
			return BELGO_EPROTO;
		text[n++] = (char)(high << 4 | low);
		i += 2;
	}
	bg_wipe(text + n, len - n);
	if (!bg_text_is_utf8(text, n))
		return BELGO_EPROTO;
	*out = BG_TAKE(text);
	return BELGO_OK;
}

static belgo_rc
add_param(struct bg_form *form, const char *s, size_t len)
{
	const char *eq = memchr(s, '=', len);
	size_t name_len = (eq == NULL) ? len : (size_t)(eq - s);
	struct bg_form_param *param;

	if (form->n == BG_MAX_FORM_PARAMS)
		return BELGO_EPROTO;
	param = &form->params[form->n++];
	BG_TRY(decode(&param->name, s, name_len));
	return (eq == NULL) ? decode(&param->value, "", 0)
			    : decode(&param->value, eq + 1, len - name_len - 1);
}

static int
has_raw_bytes(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if ((unsigned char)text[i] < 0x21 || (unsigned char)text[i] > 0x7e)
			return 1;
	}
	return 0;
}

belgo_rc
bg_form_parse(struct bg_form *out, const char *text, size_t len)
{
	BG_AUTO(bg_form_done) struct bg_form form = {0};

	if (len > BG_MAX_FORM || has_raw_bytes(text, len))
		return BELGO_EPROTO;
	if ((form.params = bg_calloc(BG_MAX_FORM_PARAMS, sizeof(*form.params))) == NULL)
		return BELGO_ENOMEM;
	for (size_t at = 0, n; at < len; at += n + 1) {
		const char *amp = memchr(text + at, '&', len - at);

		n = (amp == NULL) ? len - at : (size_t)(amp - (text + at));
		if (n > 0)
			BG_TRY(add_param(&form, text + at, n));
	}
	*out = form;
	form = (struct bg_form){0};
	return BELGO_OK;
}

void
bg_form_done(struct bg_form *form)
{
	for (size_t i = 0; i < form->n; i++) {
		bg_str_free(&form->params[i].name);
		bg_str_free(&form->params[i].value);
	}
	free(form->params);
	*form = (struct bg_form){0};
}

const char *
bg_form_get(const struct bg_form *form, const char *name, size_t *count)
{
	const char *value = NULL;
	size_t n = 0;

	for (size_t i = 0; i < form->n; i++) {
		if (strcmp(form->params[i].name, name) != 0)
			continue;
		if (n++ == 0)
			value = form->params[i].value;
	}
	if (count != NULL)
		*count = n;
	return value;
}
