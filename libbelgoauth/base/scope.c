/*
 * Lists of words separated by blanks. Scope lists come from the wire as long as a reply may be, so nothing
 * here takes quadratic time.
 */
#include "base/text.h"

#include "base/buf.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

struct word {
	const char *text;
	size_t len;
	size_t place; /* among all words, to restore the order after sorting */
};
struct words {
	struct word *at;
	size_t n;
};

static void
words_done(struct words *words)
{
	free(words->at);
}

/* The word at or after *p, *p then standing behind it; 0 at the end. */
static int
next_word(struct word *out, const char **p)
{
	*p += strspn(*p, " ");
	*out = (struct word){.text = *p, .len = strcspn(*p, " ")};
	*p += out->len;
	return out->len > 0;
}

static void
append(struct words *words, const char *list)
{
	struct word w;

	while (next_word(&w, &list)) {
		w.place = words->n;
		words->at[words->n++] = w;
	}
}

static belgo_rc
split(struct words *out, const char *a, const char *b)
{
	/* A word and its blank take two bytes at least. */
	size_t most = (strlen(a) + strlen(b)) / 2 + 2;

	if ((out->at = bg_calloc(most, sizeof(*out->at))) == NULL)
		return BELGO_ENOMEM;
	append(out, a);
	append(out, b);
	return BELGO_OK;
}

static int
by_text(const void *a, const void *b)
{
	const struct word *x = a, *y = b;
	int order = memcmp(x->text, y->text, x->len < y->len ? x->len : y->len);

	return (order != 0) ? order : (x->len > y->len) - (x->len < y->len);
}

static int
by_text_then_place(const void *a, const void *b)
{
	const struct word *x = a, *y = b;
	int order = by_text(a, b);

	return (order != 0) ? order : (x->place > y->place) - (x->place < y->place);
}

static int
by_place(const void *a, const void *b)
{
	const struct word *x = a, *y = b;

	return (x->place > y->place) - (x->place < y->place);
}

/* Sorts them. */
static void
drop_repeats(struct words *words)
{
	size_t kept = 0;

	qsort(words->at, words->n, sizeof(*words->at), by_text_then_place);
	for (size_t i = 0; i < words->n; i++) {
		if (kept == 0 || by_text(&words->at[kept - 1], &words->at[i]) != 0)
			words->at[kept++] = words->at[i];
	}
	words->n = kept;
}

static belgo_rc
add_word(struct bg_buf *buf, const struct word *word)
{
	if (buf->len > 0)
		BG_TRY(bg_buf_add_char(buf, ' '));
	return bg_buf_add(buf, word->text, word->len);
}

static belgo_rc
finish(char **out, struct bg_buf *buf)
{
	char *text = bg_buf_take(buf);

	if (text == NULL)
		return BELGO_ENOMEM;
	*out = text;
	return BELGO_OK;
}

static belgo_rc
join(char **out, const struct words *words)
{
	BG_AUTO(bg_buf_free) struct bg_buf text = BG_BUF(SIZE_MAX);

	for (size_t i = 0; i < words->n; i++)
		BG_TRY(add_word(&text, &words->at[i]));
	return finish(out, &text);
}

/* @spec RFC 6749 section 3.3 */
int
bg_scope_has(const char *scopes, const char *scope)
{
	struct word w;

	if (scopes == NULL || scope == NULL)
		return 0;
	while (next_word(&w, &scopes)) {
		if (w.len == strlen(scope) && memcmp(w.text, scope, w.len) == 0)
			return 1;
	}
	return 0;
}

belgo_rc
bg_scope_union(char **out, const char *a, const char *b)
{
	BG_AUTO(words_done) struct words words = {0};

	BG_TRY(split(&words, a == NULL ? "" : a, b == NULL ? "" : b));
	drop_repeats(&words);
	qsort(words.at, words.n, sizeof(*words.at), by_place);
	return join(out, &words);
}

belgo_rc
bg_scope_sorted(char **out, const char *list)
{
	BG_AUTO(words_done) struct words words = {0};

	BG_TRY(split(&words, list, ""));
	drop_repeats(&words);
	return join(out, &words);
}

belgo_rc
bg_scope_minus(char **out, const char *a, const char *b)
{
	BG_AUTO(words_done) struct words taken = {0};
	BG_AUTO(bg_buf_free) struct bg_buf text = BG_BUF(SIZE_MAX);
	struct word w;

	a = (a == NULL) ? "" : a;
	BG_TRY(split(&taken, b == NULL ? "" : b, ""));
	qsort(taken.at, taken.n, sizeof(*taken.at), by_text);
	while (next_word(&w, &a)) {
		if (bsearch(&w, taken.at, taken.n, sizeof(w), by_text) == NULL)
			BG_TRY(add_word(&text, &w));
	}
	return finish(out, &text);
}
