/* Forms: what is parsed can be written and parsed again to the same; what is written for any text is parsed.
 */
#include "fuzz.h"

#include "base/form.h"
#include "base/limits.h"
#include "base/text.h"

#include <stdlib.h>

static void
check_same(const struct bg_form *a, const struct bg_form *b)
{
	HOLDS(a->n == b->n);
	for (size_t i = 0; i < a->n; i++) {
		HOLDS(strcmp(a->params[i].name, b->params[i].name) == 0);
		HOLDS(strcmp(a->params[i].value, b->params[i].value) == 0);
	}
}

static void
check_parsed(const struct bg_form *form)
{
	BG_AUTO(bg_buf_free) struct bg_buf text = BG_BUF(4 * BG_MAX_FORM);
	BG_AUTO(bg_form_done) struct bg_form again = {0};

	HOLDS(form->n <= BG_MAX_FORM_PARAMS);
	for (size_t i = 0; i < form->n; i++) {
		HOLDS(bg_text_is_utf8(form->params[i].name, strlen(form->params[i].name)));
		HOLDS(bg_text_is_utf8(form->params[i].value, strlen(form->params[i].value)));
		HOLDS(bg_form_add(&text, form->params[i].name, form->params[i].value) == BELGO_OK);
	}
	if (text.len > BG_MAX_FORM)
		return;
	HOLDS(bg_form_parse(&again, text.data, text.len) == BELGO_OK);
	check_same(form, &again);
}

static void
check_written(const char *text)
{
	BG_AUTO(bg_buf_free) struct bg_buf form = BG_BUF(BG_MAX_FORM);
	BG_AUTO(bg_form_done) struct bg_form parsed = {0};
	size_t n;

	if (bg_form_add(&form, "a", "b") != BELGO_OK || bg_form_add(&form, text, text) != BELGO_OK)
		return;
	if (bg_form_parse(&parsed, form.data, form.len) != BELGO_OK) {
		HOLDS(!bg_text_is_utf8(text, strlen(text)));
		return;
	}
	HOLDS(parsed.n == 2 && strcmp(parsed.params[1].name, text) == 0);
	HOLDS(strcmp(parsed.params[1].value, text) == 0);
	HOLDS(bg_form_get(&parsed, text, &n) != NULL && n == 1 + (strcmp(text, "a") == 0));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	BG_AUTO(fuzz_free) char *bytes = fuzz_bytes(data, size);
	BG_AUTO(fuzz_free) char *text = fuzz_text(data, size);
	BG_AUTO(bg_form_done) struct bg_form form = {0};
	belgo_rc rc = bg_form_parse(&form, bytes, size);

	HOLDS(rc == BELGO_OK || (rc == BELGO_EPROTO && form.params == NULL));
	check_parsed(&form);
	check_written(text);
	return 0;
}
