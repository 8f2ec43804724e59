/* Selections of scopes and resources as sorted lists, and the further tokens of a record by them. */
#include "flow/further.h"

#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/text.h"
#include "base/url.h"

static int
by_text(const void *a, const void *b)
{
	const char *const *x = a, *const *y = b;

	return strcmp(*x, *y);
}

static void
sort_once_each(char **list)
{
	size_t n = bg_strv_len(list), kept = 0;

	qsort(list, n, sizeof(*list), by_text);
	for (size_t i = 0; i < n; i++) {
		if (kept > 0 && strcmp(list[kept - 1], list[i]) == 0)
			bg_str_free(&list[i]);
		else
			list[kept++] = list[i];
	}
	list[kept] = NULL;
}

/*
 * What was granted is no bound: some refresh tokens are good for scopes that the login did not ask for, and
 * the server judges. @spec RFC 6749 section 3.3, section 6 (which forbids to ask for more); RFC 8707 section
 * 2
 */
static belgo_rc
check_selection(const char *scope, const char *const *resources, size_t n, struct belgo_error *err)
{
	size_t len = scope != NULL ? strlen(scope) : 0;

	if (scope != NULL && (!bg_text_is_vschar(scope) || strpbrk(scope, "\"\\") != NULL))
		return bg_fail(err, BELGO_EINVAL, "the scopes of an access token are no list of scopes");
	for (size_t i = 0; i < n; i++) {
		if (resources[i] == NULL || !bg_uri_is_absolute(resources[i]))
			return bg_fail(
			    err, BELGO_EINVAL,
			    "resource %zu of an access token is no absolute URI without a fragment", i + 1);
		len += strlen(resources[i]);
	}
	if (len > BG_MAX_SELECTION)
		return bg_fail(err, BELGO_EINVAL,
			       "the scopes and resources of an access token are longer than %d bytes",
			       BG_MAX_SELECTION);
	return BELGO_OK;
}

belgo_rc
bg_selection_make(struct bg_selection *out, const char *scope, const char *const *resources,
		  size_t n_resources, struct belgo_error *err)
{
	BG_AUTO(bg_selection_done) struct bg_selection made = {0};

	BG_TRY(check_selection(scope, resources, n_resources, err));
	if ((scope != NULL && bg_scope_sorted(&made.scope, scope) != BELGO_OK) ||
	    bg_strv_dup(&made.resources, resources, n_resources) != BELGO_OK)
		return bg_fail(err, BELGO_ENOMEM, "out of memory");
	if (made.scope != NULL && made.scope[0] == '\0')
		bg_str_free(&made.scope);
	if (made.resources != NULL)
		sort_once_each(made.resources);
	*out = made;
	made = (struct bg_selection){0};
	return BELGO_OK;
}

int
bg_selection_is_empty(const struct bg_selection *selection)
{
	return selection->scope == NULL && selection->resources == NULL;
}

static int
is_same(const struct bg_selection *a, const struct bg_selection *b)
{
	size_t n = bg_strv_len(a->resources);

	if (!bg_str_equal(a->scope, b->scope) || n != bg_strv_len(b->resources))
		return 0;
	for (size_t i = 0; i < n; i++)
		if (strcmp(a->resources[i], b->resources[i]) != 0)
			return 0;
	return 1;
}

const struct bg_further *
bg_further_find(const struct bg_record *record, const struct bg_selection *selection)
{
	for (size_t i = 0; i < record->n_further; i++)
		if (is_same(&record->further[i]->selection, selection))
			return record->further[i];
	return NULL;
}

static size_t
len_of(const char *text)
{
	return text != NULL ? strlen(text) : 0;
}

static size_t
size_of(const struct bg_further *f)
{
	size_t size = len_of(f->selection.scope) + len_of(f->token->access_token) +
		      len_of(f->token->token_type) + len_of(f->token->scope) +
		      len_of(f->token->authorization_details);

	for (size_t i = 0; i < bg_strv_len(f->selection.resources); i++)
		size += len_of(f->selection.resources[i]);
	return size;
}

static void
drop(struct bg_record *r, size_t i)
{
	bg_further_free(&r->further[i]);
	r->n_further--;
	memmove(&r->further[i], &r->further[i + 1], (r->n_further - i) * sizeof(r->further[0]));
	r->further[r->n_further] = NULL;
}

static void
make_room(struct bg_record *r)
{
	size_t size = 0, n = r->n_further;

	while (n > 0 && (size += size_of(r->further[n - 1])) <= BG_MAX_FURTHER_SIZE)
		n--;
	while (n > 0)
		drop(r, --n);
}

belgo_rc
bg_further_keep(struct bg_record *record, const struct bg_selection *selection, struct belgo_token **token,
		int64_t now_ms)
{
	BG_AUTO(bg_further_free) struct bg_further *f = bg_calloc(1, sizeof(*f));
	const char *asked = selection->scope != NULL ? selection->scope : record->token->scope;

	if (f == NULL || bg_str_set(&f->selection.scope, selection->scope) != BELGO_OK ||
	    bg_strv_dup(&f->selection.resources, (const char *const *)selection->resources,
			bg_strv_len(selection->resources)) != BELGO_OK ||
	    ((*token)->scope == NULL && bg_str_set(&(*token)->scope, asked) != BELGO_OK))
		return BELGO_ENOMEM;
	f->token = BG_TAKE(*token);
	f->refreshed_at_ms = now_ms;
	for (size_t i = 0; i < record->n_further; i++)
		if (is_same(&record->further[i]->selection, selection)) {
			drop(record, i);
			break;
		}
	if (record->n_further == BG_MAX_FURTHER)
		drop(record, 0);
	record->further[record->n_further++] = BG_TAKE(f);
	make_room(record);
	return BELGO_OK;
}

static belgo_rc
describe_one(json_t *list, const struct bg_further *f)
{
	json_t *one = json_object(), *resources = json_array();

	if (json_array_append_new(list, one) != 0) { /* it took one, even so */
		json_decref(resources);
		return BELGO_ENOMEM;
	}
	if (json_object_set_new(one, "resources", resources) != 0)
		return BELGO_ENOMEM;
	for (size_t i = 0; i < bg_strv_len(f->selection.resources); i++)
		if (json_array_append_new(resources, json_string(f->selection.resources[i])) != 0)
			return BELGO_ENOMEM;
	BG_TRY(bg_json_set_str(one, "scope", f->selection.scope));
	BG_TRY(bg_json_set_str(one, "granted", f->token->scope));
	return bg_json_set_int(one, "expires_at", f->token->expires_at);
}

belgo_rc
bg_further_describe(char **out, const struct bg_record *record)
{
	BG_AUTO(bg_json_free) json_t *list = NULL;

	if (record->n_further == 0) {
		bg_str_free(out);
		return BELGO_OK;
	}
	if ((list = json_array()) == NULL)
		return BELGO_ENOMEM;
	for (size_t i = 0; i < record->n_further; i++)
		BG_TRY(describe_one(list, record->further[i]));
	bg_str_free(out);
	return bg_json_dump(out, list);
}
