/* The page for the browser: whatever a provider calls its user, the markup is that of a harmless name. */
#include "fuzz.h"

#include "base/text.h"
#include "io/page.h"

#include <stdlib.h>

/* Longer texts are cut, the harmless one perhaps elsewhere. */
#define MAX_COMPARED 1000

static size_t
count(const struct bg_buf *html, char c)
{
	size_t n = 0;

	for (size_t i = 0; i < html->len; i++)
		n += html->data[i] == c;
	return n;
}

static void
render(struct bg_buf *out, const char *text, int ok)
{
	const struct belgo_page page = {.ok = ok,
					.title = text,
					.message = text,
					.account = text,
					.scopes_granted = text,
					.scopes_refused = text,
					.stored_in = text,
					.hint = text};

	HOLDS(bg_page_html(out, &page) == BELGO_OK);
	HOLDS(out->len <= BG_MAX_PAGE && strlen(out->data) == out->len &&
	      bg_text_is_utf8(out->data, out->len));
}

static void
check_markup(const struct bg_buf *html, const char *text, int ok)
{
	BG_AUTO(fuzz_free) char *tame = fuzz_text((const uint8_t *)text, strlen(text));
	BG_AUTO(bg_buf_free) struct bg_buf harmless = BG_BUF(BG_MAX_PAGE);

	/* Scopes are broken up at blanks and slashes. */
	for (char *c = tame; *c != '\0'; c++)
		*c = *c == ' ' || *c == '/' ? *c : 'x';
	render(&harmless, tame, ok);
	for (const char *c = "<>\"'"; *c != '\0'; c++)
		HOLDS(count(html, *c) == count(&harmless, *c));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	BG_AUTO(fuzz_free) char *text = fuzz_text(data, size);

	for (int ok = 0; ok <= 1; ok++) {
		BG_AUTO(bg_buf_free) struct bg_buf html = BG_BUF(BG_MAX_PAGE);

		render(&html, text, ok);
		if (strlen(text) <= MAX_COMPARED)
			check_markup(&html, text, ok);
	}
	return 0;
}
