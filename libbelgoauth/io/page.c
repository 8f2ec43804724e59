/*
 * Renders struct belgo_page as HTML. The look is page.css; what is said is the caller's. Text from outside is
 * cut, freed of control characters, escaped, and isolated so that it cannot turn the direction of the line.
 */
#include "io/page.h"

#include "base/base64url.h"
#include "base/digest.h"
#include "base/mem.h"
#include "base/text.h"
#include "io/page_css.h"

#include <string.h>

/* Of one member, bytes before escaping. Escaping grows a byte to six at most. */
#define MAX_TEXT 1024

/*
 * Takes the query, and with it the code, out of the address bar and the history. The code is spent by then;
 * this is for the eyes of whoever looks at the screen.
 */
static const char script[] = "history.replaceState(null,'',location.pathname)";

static const char mark_ok[] = "<path d=\"M15.5 24.5l6 6L33 18.5\"/>";
static const char mark_failed[] = "<path d=\"M17.5 17.5l13 13M30.5 17.5l-13 13\"/>";

/* Where to cut text at most max bytes long without splitting a character. */
static size_t
cut(const char *text, size_t max)
{
	size_t len = strnlen(text, max + 1);

	if (len <= max)
		return len;
	for (len = max; len > 0 && ((unsigned char)text[len] & 0xc0) == 0x80; len--)
		;
	return len;
}

static belgo_rc
add_escaped_char(struct bg_buf *out, char c, int is_utf8)
{
	switch (c) {
	case '&':
		return bg_buf_add_str(out, "&amp;");
	case '<':
		return bg_buf_add_str(out, "&lt;");
	case '>':
		return bg_buf_add_str(out, "&gt;");
	case '"':
		return bg_buf_add_str(out, "&quot;");
	case '\'':
		return bg_buf_add_str(out, "&#39;");
	default:
		break;
	}
	if ((unsigned char)c < 0x20 || c == 0x7f)
		return bg_buf_add_char(out, ' ');
	return bg_buf_add_char(out, (unsigned char)c >= 0x80 && !is_utf8 ? '?' : c);
}

static belgo_rc
add_escaped(struct bg_buf *out, const char *text, size_t len)
{
	int is_utf8 = bg_text_is_utf8(text, len);

	for (size_t i = 0; i < len; i++)
		BG_TRY(add_escaped_char(out, text[i], is_utf8));
	return BELGO_OK;
}

/* <open>text</close>; nothing for NULL and "". */
static belgo_rc
add_element(struct bg_buf *out, const char *open, const char *text, const char *close)
{
	if (text == NULL || *text == '\0')
		return BELGO_OK;
	BG_TRY(bg_buf_add_str(out, open));
	BG_TRY(add_escaped(out, text, cut(text, MAX_TEXT)));
	return bg_buf_add_str(out, close);
}

static belgo_rc
add_row(struct bg_buf *out, const char *label, const char *text)
{
	if (text == NULL || *text == '\0')
		return BELGO_OK;
	BG_TRY(bg_buf_addf(out, "<div><dt>%s</dt>", label));
	BG_TRY(add_element(out, "<dd><bdi>", text, "</bdi></dd>"));
	return bg_buf_add_str(out, "</div>\n");
}

/* Many scopes are URLs: they may be broken where their parts meet. */
static belgo_rc
add_scope(struct bg_buf *out, const char *word, size_t len)
{
	BG_TRY(bg_buf_add_str(out, "<li><bdi>"));
	while (len > 0) {
		const char *slash = memchr(word, '/', len);
		size_t part = slash != NULL ? (size_t)(slash - word) + 1 : len;

		BG_TRY(add_escaped(out, word, part));
		if (slash != NULL)
			BG_TRY(bg_buf_add_str(out, "<wbr>"));
		word += part;
		len -= part;
	}
	return bg_buf_add_str(out, "</bdi></li>");
}

/* Blank-separated words, each a list item: read one by one, and wrapped as wholes. */
static belgo_rc
add_scopes(struct bg_buf *out, const char *class, const char *label, const char *scopes)
{
	size_t left = scopes != NULL ? cut(scopes, MAX_TEXT) : 0;

	if (scopes == NULL || strspn(scopes, " ") == left)
		return BELGO_OK;
	BG_TRY(bg_buf_addf(out, "<div class=\"%s\"><dt>%s</dt><dd><ul>", class, label));
	for (const char *word = scopes, *end = scopes + left; word < end; word++) {
		size_t len = strcspn(word, " ");

		if (len > (size_t)(end - word))
			len = (size_t)(end - word);
		if (len == 0)
			continue;
		BG_TRY(add_scope(out, word, len));
		word += len;
	}
	return bg_buf_add_str(out, "</ul></dd></div>\n");
}

static int
has_rows(const struct belgo_page *page)
{
	return page->account != NULL || page->scopes_granted != NULL || page->scopes_refused != NULL ||
	       page->stored_in != NULL;
}

static belgo_rc
add_rows(struct bg_buf *out, const struct belgo_page *page)
{
	if (!has_rows(page))
		return BELGO_OK;
	BG_TRY(bg_buf_add_str(out, "<dl>\n"));
	BG_TRY(add_row(out, "Signed in as", page->account));
	BG_TRY(add_scopes(out, "granted", "Access granted", page->scopes_granted));
	BG_TRY(add_scopes(out, "refused", "Asked for, not granted", page->scopes_refused));
	BG_TRY(add_row(out, "Stored in", page->stored_in));
	return bg_buf_add_str(out, "</dl>\n");
}

static belgo_rc
add_head(struct bg_buf *out, const char *title)
{
	BG_TRY(bg_buf_add_str(out,
			      "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
			      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
			      "<meta name=\"robots\" content=\"noindex\">\n"));
	BG_TRY(add_element(out, "<title>", title, "</title>\n"));
	BG_TRY(bg_buf_add_str(out, "<style>"));
	BG_TRY(bg_buf_add_str(out, page_css));
	return bg_buf_add_str(out, "</style>\n</head>\n");
}

static const char *
title_of(const struct belgo_page *page)
{
	if (page->title != NULL && *page->title != '\0')
		return page->title;
	return page->ok ? "You are signed in" : "Sign-in failed";
}

belgo_rc
bg_page_html(struct bg_buf *out, const struct belgo_page *page)
{
	BG_TRY(add_head(out, title_of(page)));
	BG_TRY(bg_buf_addf(out, "<body>\n<main class=\"%s\">\n", page->ok ? "ok" : "failed"));
	BG_TRY(bg_buf_addf(out,
			   "<svg class=\"mark\" viewBox=\"0 0 48 48\" aria-hidden=\"true\">"
			   "<circle cx=\"24\" cy=\"24\" r=\"24\"/>%s</svg>\n",
			   page->ok ? mark_ok : mark_failed));
	BG_TRY(add_element(out, "<h1>", title_of(page), "</h1>\n"));
	BG_TRY(add_element(out, "<p class=\"message\">", page->message, "</p>\n"));
	BG_TRY(add_rows(out, page));
	BG_TRY(add_element(out, "<p class=\"hint\">", page->hint, "</p>\n"));
	BG_TRY(bg_buf_add_str(out, "<p class=\"end\">You can close this window.</p>\n</main>\n"));
	return bg_buf_addf(out, "<script>%s</script>\n</body>\n</html>\n", script);
}

static belgo_rc
add_hash(struct bg_buf *out, const char *text)
{
	BG_AUTO(bg_str_free) char *encoded = NULL;
	unsigned char hash[BG_HASH_MAX];
	size_t len;

	BG_TRY(bg_digest(hash, &len, BG_SHA256, text, strlen(text)));
	BG_TRY(bg_base64_encode(&encoded, hash, len));
	return bg_buf_addf(out, "'sha256-%s'; ", encoded);
}

belgo_rc
bg_page_policy(struct bg_buf *out)
{
	BG_TRY(bg_buf_add_str(out, "default-src 'none'; style-src "));
	BG_TRY(add_hash(out, page_css));
	BG_TRY(bg_buf_add_str(out, "script-src "));
	BG_TRY(add_hash(out, script));
	return bg_buf_add_str(out, "base-uri 'none'; form-action 'none'; frame-ancestors 'none'");
}
