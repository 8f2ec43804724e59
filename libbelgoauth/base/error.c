/*
 * The error object and the words for return codes. Answers for what reaches people being printable, and for
 * the first cause staying. What may be said at all is each caller's matter.
 */
#include "base/error.h"

#include "base/mem.h"
#include "base/text.h"

#include <belgoauth/env.h>

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define MAX_DESCRIPTION 200

static const struct {
	int exit;
	const char *code;
	const char *text;
} rc_table[] = {
#define RC_ROW(name, exit, code, text) [name] = {exit, code, text},
    BELGO_RC_LIST(RC_ROW)
#undef RC_ROW
};

/* Through int: an enum may be unsigned, and a caller may hand over anything. */
static size_t
rc_row(belgo_rc rc)
{
	int i = (int)rc;

	return (i < 0 || (size_t)i >= BG_LEN(rc_table)) ? (size_t)BELGO_EINTERNAL : (size_t)i;
}

const char *
belgo_rc_code(belgo_rc rc)
{
	return rc_table[rc_row(rc)].code;
}

const char *
belgo_rc_str(belgo_rc rc)
{
	return rc_table[rc_row(rc)].text;
}

int
belgo_rc_exit(belgo_rc rc)
{
	return rc_table[rc_row(rc)].exit;
}

const char *
belgo_version(void)
{
	return BELGOAUTH_VERSION;
}

belgo_rc
bg_fail(struct belgo_error *err, belgo_rc rc, const char *fmt, ...)
{
	va_list args;
	char text[sizeof(err->text)];

	if (err == NULL || err->rc != BELGO_OK)
		return rc;
	va_start(args, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);

	/* A caller's { 0 }: a wait of no seconds is something that an answer said, and there was none. */
	if (err->retry_after == 0 && err->http_status == 0)
		err->retry_after = -1;
	err->rc = rc;
	belgo_text_printable(err->text, sizeof(err->text), text);
	return rc;
}

void
bg_error_init(struct belgo_error *err)
{
	if (err != NULL)
		*err = (struct belgo_error){.retry_after = -1};
}

void
bg_error_reset(struct belgo_error *err)
{
	bg_error_init(err);
}

/* @spec RFC 6749 section 5.2 */
void
bg_error_set_oauth(struct belgo_error *err, const char *code, const char *description, const char *uri)
{
	if (err == NULL)
		return;
	belgo_text_printable(err->oauth_error, sizeof(err->oauth_error), code);
	belgo_text_printable(err->oauth_error_description, MAX_DESCRIPTION + 1, description);

	/* A cut or mended address would lead somewhere else: the whole of it or nothing. */
	err->oauth_error_uri[0] = '\0';
	if (bg_str_begins(uri, "https://") && bg_text_is_nqchar(uri) &&
	    strlen(uri) < sizeof(err->oauth_error_uri))
		memcpy(err->oauth_error_uri, uri, strlen(uri) + 1);
}
