/* Which account is meant by a name, an address, a provider, or nothing at all. */
#include "ctl.h"

#include "path.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void
account_ref_done(struct account_ref *ref)
{
	free(ref->name);
	free(ref->key);
	free(ref->store);
	free(ref->provider);
	free(ref->issuer);
	*ref = (struct account_ref){0};
}

static belgo_rc
take(struct account_ref *out, struct ctl *ctl, const struct index_account *line, struct belgo_error *err)
{
	AUTO(account_ref_done)
	struct account_ref ref = {.name = strdup(line->name),
				  .key = strdup(line->key),
				  .store = strdup(line->store),
				  .provider = strdup(line->provider),
				  .issuer = strdup(line->issuer)};

	if (!ref.name || !ref.key || !ref.store || !ref.provider || !ref.issuer)
		return fail_memory(err);
	facts_account(ctl, ref.name, ref.provider, ref.issuer);
	ctl->facts.no_client = "Run: oauthctl provider set {provider} --client-id ID --client-secret-file "
			       "FILE   (or --generate-client-key)";
	*out = ref;
	ref = (struct account_ref){0};
	return BELGO_OK;
}

/* One name in several stores. */
static belgo_rc
in_several_stores(struct ctl *ctl, const struct index *index, const char *wanted, const char *fits,
		  struct belgo_error *err)
{
	char stores[256] = "";
	size_t i, used = 0;

	for (i = 0; i < index->n; i++)
		if (fits[i] && used + strlen(index->accounts[i].store) + 3 < sizeof(stores))
			used += (size_t)snprintf(stores + used, sizeof(stores) - used, "%s%s",
						 used > 0 ? ", " : "", index->accounts[i].store);
	hint_set(ctl, "Say in which store, with --store URI");
	return fail_with(err, BELGO_EAMBIGUOUS, "the account %.80s lies in several stores: %s", wanted,
			 stores);
}

static int
all_are_named(const struct index *index, const char *name, const char *fits)
{
	size_t i;

	for (i = 0; i < index->n; i++)
		if (fits[i] && (name == NULL || strcmp(index->accounts[i].name, name) != 0))
			return 0;
	return 1;
}

static belgo_rc
ambiguous(struct ctl *ctl, const struct index *index, const char *wanted, const char *fits,
	  struct belgo_error *err)
{
	char names[256] = "";
	size_t i, used = 0, shown = 0, n = 0;

	if (all_are_named(index, wanted, fits))
		return in_several_stores(ctl, index, wanted, fits, err);

	for (i = 0; i < index->n; i++) {
		if (!fits[i])
			continue;
		n++;
		if (used + strlen(index->accounts[i].name) + 3 >= sizeof(names))
			continue;
		used += (size_t)snprintf(names + used, sizeof(names) - used, "%s%s", shown++ > 0 ? ", " : "",
					 index->accounts[i].name);
	}
	if (wanted == NULL)
		return fail_with(err, BELGO_EAMBIGUOUS, "there are several accounts and none is named: %s%s",
				 names, shown < n ? ", …" : "");
	return fail_with(err, BELGO_EAMBIGUOUS, "\"%.80s\" fits several accounts: %s%s", wanted, names,
			 shown < n ? ", …" : "");
}

/* The default, where it is in the store in question; else all of them. */
static size_t
match(const struct index *index, const struct ctl *ctl, const char *wanted, const char *store, size_t *first,
      char *fits)
{
	const char *name = config_string(&ctl->config, "default_account");
	size_t n = 0;

	if (wanted != NULL)
		return index_find(index, wanted, store, first, fits);
	if (name != NULL)
		n = index_find(index, name, store, first, fits);
	return n > 0 ? n : index_find(index, NULL, store, first, fits);
}

static belgo_rc
none(struct ctl *ctl, const struct index *index, const char *wanted, struct belgo_error *err)
{
	if (index->n == 0) {
		hint_set(
		    ctl,
		    "Run: oauthctl login PROVIDER   (which providers there are: oauthctl provider list)");
		return fail_with(err, BELGO_ENOTFOUND, "there is no account yet");
	}
	if (wanted == NULL)
		return fail_with(err, BELGO_ENOTFOUND, "there is no account in this store");
	return fail_with(err, BELGO_ENOTFOUND, "there is no account \"%.128s\"", wanted);
}

static belgo_rc
look_up(struct account_ref *out, struct ctl *ctl, const char *wanted, const char *store,
	struct belgo_error *err)
{
	AUTO(index_done) struct index index = {0};
	AUTO(text_free) char *fits = NULL;
	size_t first = 0, n;

	index_load(&index);
	if ((fits = calloc(1, index.n + 1)) == NULL)
		return fail_memory(err);
	n = match(&index, ctl, wanted, store, &first, fits);
	if (n == 1)
		return take(out, ctl, &index.accounts[first], err);
	return n > 1 ? ambiguous(ctl, &index, wanted, fits, err) : none(ctl, &index, wanted, err);
}

/* What was looked for may be what could not be read. */
static belgo_rc
check_all_was_read(struct ctl *ctl, const struct account_list *list, struct belgo_error *err)
{
	size_t i;

	for (i = 0; i < list->n_shelves; i++)
		if (belgo_op_warning(list->shelves[i].op, 0) != NULL) {
			ctl->hint[0] = '\0';
			return fail_with(err, BELGO_ESTORE, "there may be such an account, but: %s",
					 belgo_op_warning(list->shelves[i].op, 0));
		}
	return BELGO_OK;
}

belgo_rc
account_find(struct account_ref *out, struct ctl *ctl, const char *wanted, struct belgo_error *err)
{
	AUTO(text_free) char *store = store_named(ctl);
	AUTO(account_list_done) struct account_list list = {0};
	struct belgo_error cause = {0};
	belgo_rc rc;

	if (wanted == NULL)
		wanted = env_get("OAUTHCTL_ACCOUNT");
	rc = look_up(out, ctl, wanted, store, &cause);
	if (rc == BELGO_ENOTFOUND) {
		ctl->hint[0] = '\0';
		cause = (struct belgo_error){0};
		TRY(account_list(&list, ctl, err));
		rc = look_up(out, ctl, wanted, store, &cause);
		if (rc == BELGO_ENOTFOUND)
			TRY(check_all_was_read(ctl, &list, err));
	}
	if (rc != BELGO_OK && err != NULL)
		*err = cause;
	return rc;
}
