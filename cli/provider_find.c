/* Providers by id or issuer: the user's preset files over the installed ones over the built-in. */
#include "ctl.h"

#include "file.h"
#include "path.h"

#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PRESET_MAX (256u << 10)
#define ID_MAX_LEN 64

/* PREFIX/libexec/oauthctl/oauthctl-main has its data in PREFIX/share/oauthctl. */
static char *
installed_dir(void)
{
	char exe[PATH_MAX / 2];
	ssize_t n = readlink("/proc/self/exe", exe, sizeof(exe) - 1);
	char *dir = NULL;
	int up;

	if (n <= 0 || (size_t)n == sizeof(exe) - 1)
		return NULL;
	exe[n] = '\0';
	for (up = 0; up < 3; up++) {
		char *slash = strrchr(exe, '/');

		if (slash == NULL)
			return NULL;
		*slash = '\0';
	}
	return asprintf(&dir, "%s/share/oauthctl/providers", exe) < 0 ? NULL : dir;
}

void
found_provider_done(struct found_provider *found)
{
	belgo_provider_free(&found->provider);
	free(found->source);
	found->source = NULL;
}

void
provider_list_done(struct provider_list *list)
{
	size_t i;

	for (i = 0; i < list->n; i++)
		found_provider_done(&list->items[i]);
	free(list->items);
	*list = (struct provider_list){0};
}

static int
has_id(const struct provider_list *list, const char *id)
{
	size_t i;

	for (i = 0; i < list->n; i++)
		if (strcmp(belgo_provider_id(list->items[i].provider), id) == 0)
			return 1;
	return 0;
}

/* Takes the provider, unless one of the same id is there already: whoever comes first wins. */
static belgo_rc
add(struct provider_list *list, struct belgo_provider **provider, const char *source, struct belgo_error *err)
{
	struct found_provider *items;
	char *copy;

	if (belgo_provider_id(*provider) == NULL || has_id(list, belgo_provider_id(*provider)))
		return BELGO_OK;
	items = reallocarray(list->items, list->n + 1, sizeof(*items));
	if (items == NULL)
		return fail_memory(err);
	list->items = items;
	if ((copy = strdup(source)) == NULL)
		return fail_memory(err);
	items[list->n++] = (struct found_provider){.provider = TAKE(*provider), .source = copy};
	return BELGO_OK;
}

static belgo_rc
add_file(struct provider_list *list, struct ctl *ctl, const char *dir, const char *name,
	 struct belgo_error *err)
{
	AUTO(belgo_provider_free) struct belgo_provider *provider = NULL;
	AUTO(text_free) char *path = NULL, *json = NULL;
	struct belgo_error cause = {0};
	size_t len = 0;

	if (asprintf(&path, "%s/%s", dir, name) < 0) {
		path = NULL;
		return fail_memory(err);
	}
	/* One broken file must not take the other providers away. */
	if (file_read(&json, &len, path, PRESET_MAX, &cause) != BELGO_OK ||
	    belgo_provider_from_json(&provider, json, len, path, &cause) != BELGO_OK) {
		warn(ctl, "%s is left out: %s", path, cause.text);
		return BELGO_OK;
	}
	return add(list, &provider, path, err);
}

static int
is_preset(const struct dirent *entry)
{
	size_t len = strlen(entry->d_name);

	return entry->d_name[0] != '.' && len > 5 && strcmp(entry->d_name + len - 5, ".json") == 0;
}

static belgo_rc
add_dir(struct provider_list *list, struct ctl *ctl, const char *dir, struct belgo_error *err)
{
	struct dirent **entries = NULL;
	belgo_rc rc = BELGO_OK;
	int n, i;

	if (dir == NULL || (n = scandir(dir, &entries, is_preset, alphasort)) < 0)
		return BELGO_OK; /* there need not be any */
	for (i = 0; i < n; i++) {
		if (rc == BELGO_OK)
			rc = add_file(list, ctl, dir, entries[i]->d_name, err);
		free(entries[i]);
	}
	free(entries);
	return rc;
}

/* A provider is made from JSON and written as JSON again: so a built-in one becomes the caller's own. */
static belgo_rc
copy_builtin(struct belgo_provider **out, const struct belgo_provider *builtin, struct belgo_error *err)
{
	AUTO(text_free) char *json = NULL;

	TRY(belgo_provider_to_json(&json, builtin, err));
	return belgo_provider_from_json(out, json, strlen(json), belgo_provider_id(builtin), err);
}

static belgo_rc
add_builtins(struct provider_list *list, struct belgo_error *err)
{
	const struct belgo_provider *builtin;
	size_t i;

	for (i = 0; (builtin = belgo_provider_builtin_at(i)) != NULL; i++) {
		AUTO(belgo_provider_free) struct belgo_provider *copy = NULL;

		TRY(copy_builtin(&copy, builtin, err));
		TRY(add(list, &copy, "built-in", err));
	}
	return BELGO_OK;
}

static int
by_id(const void *a, const void *b)
{
	const struct found_provider *x = a, *y = b;

	return strcmp(belgo_provider_id(x->provider), belgo_provider_id(y->provider));
}

belgo_rc
provider_list(struct provider_list *out, struct ctl *ctl, struct belgo_error *err)
{
	AUTO(provider_list_done) struct provider_list list = {0};
	AUTO(text_free) char *user = path_config("providers"), *installed = installed_dir();

	TRY(add_dir(&list, ctl, user, err));
	TRY(add_dir(&list, ctl, installed, err));
	TRY(add_builtins(&list, err));
	if (list.n > 0)
		qsort(list.items, list.n, sizeof(*list.items), by_id);
	*out = list;
	list = (struct provider_list){0};
	return BELGO_OK;
}

static int
answers_to(const struct belgo_provider *provider, const char *wanted)
{
	const char *issuer = belgo_provider_issuer(provider);

	return strcmp(belgo_provider_id(provider), wanted) == 0 ||
	       (issuer != NULL && strcmp(issuer, wanted) == 0);
}

static belgo_rc
none(struct ctl *ctl, const struct provider_list *list, const char *wanted, struct belgo_error *err)
{
	char known[256] = "";
	size_t i, used = 0;

	for (i = 0; i < list->n && used < sizeof(known) - ID_MAX_LEN; i++)
		used += (size_t)snprintf(known + used, sizeof(known) - used, "%s%.*s", i > 0 ? ", " : "",
					 ID_MAX_LEN - 3, belgo_provider_id(list->items[i].provider));
	hint_set(ctl, "See: oauthctl provider list; any other provider is named by its issuer, https://…");
	return fail_with(err, BELGO_ENOTFOUND, "there is no provider \"%.60s\"%s%s", wanted,
			 known[0] != '\0' ? "; there are " : "", known);
}

/* With the tenant still open, as the library wants it of find_provider. */
static belgo_rc
find_open(struct found_provider *out, struct ctl *ctl, const char *wanted, struct belgo_error *err)
{
	AUTO(provider_list_done) struct provider_list list = {0};
	size_t i;

	TRY(provider_list(&list, ctl, err));
	for (i = 0; i < list.n; i++)
		if (answers_to(list.items[i].provider, wanted)) {
			*out = list.items[i];
			list.items[i] = (struct found_provider){0};
			return BELGO_OK;
		}
	if (strstr(wanted, "://") == NULL)
		return none(ctl, &list, wanted, err);
	TRY(belgo_provider_from_issuer(&out->provider, wanted, err));
	return (out->source = strdup("issuer")) != NULL ? BELGO_OK : fail_memory(err);
}

belgo_rc
provider_find_open(struct found_provider *out, struct ctl *ctl, const char *wanted, struct belgo_error *err)
{
	AUTO(found_provider_done) struct found_provider found = {0};

	facts_account(ctl, NULL, wanted, NULL);
	TRY(find_open(&found, ctl, wanted, err));
	ctl->facts.not_found = HINT_PUBLISHED;
	*out = found;
	found = (struct found_provider){0};
	return BELGO_OK;
}

belgo_rc
provider_find(struct found_provider *out, struct ctl *ctl, const char *wanted, const char *tenant,
	      struct belgo_error *err)
{
	AUTO(found_provider_done) struct found_provider found = {0};
	AUTO(belgo_provider_free) struct belgo_provider *whole = NULL;

	TRY(provider_find_open(&found, ctl, wanted, err));
	if (tenant == NULL && belgo_provider_takes_tenant(found.provider))
		tenant = config_client(&ctl->config, belgo_provider_id(found.provider), wanted).tenant;
	if (tenant != NULL || belgo_provider_takes_tenant(found.provider)) {
		TRY(belgo_provider_with_tenant(&whole, found.provider, tenant, err));
		belgo_provider_free(&found.provider);
		found.provider = TAKE(whole);
	}
	ctl->facts.wants_secret = strcmp(belgo_provider_client_secret(found.provider), "required") == 0;
	*out = found;
	found = (struct found_provider){0};
	return BELGO_OK;
}

const char *
provider_variable(const char *id, const char *suffix)
{
	char name[ID_MAX_LEN + 32];
	char *p;

	if (strlen(id) > ID_MAX_LEN)
		return NULL;
	snprintf(name, sizeof(name), "OAUTHCTL_%s_%s", id, suffix);
	for (p = name + strlen("OAUTHCTL_"); *p != '\0'; p++)
		*p = *p == '-' ? '_' : (char)(*p >= 'a' && *p <= 'z' ? *p - 'a' + 'A' : *p);
	return env_get(name);
}

char *
provider_client_id(const struct ctl *ctl, const struct belgo_provider *provider, const char *flag)
{
	const char *id = belgo_provider_id(provider), *value = flag;
	AUTO(json_free_ptr) json_t *preset = NULL;
	AUTO(text_free) char *json = NULL;

	if (value == NULL && id != NULL)
		value = provider_variable(id, "CLIENT_ID");
	if (value == NULL)
		value = config_client(&ctl->config, id, belgo_provider_issuer(provider)).client_id;
	if (value == NULL && belgo_provider_to_json(&json, provider, NULL) == BELGO_OK) {
		preset = json_loads(json, 0, NULL);
		value = json_string_value(json_object_get(preset, "client_id"));
	}
	return value != NULL ? strdup(value) : NULL;
}
