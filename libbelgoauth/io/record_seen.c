/* A list of records as last seen, by key. */
#include "io/record_seen.h"

#include "base/error.h"
#include "base/mem.h"

#include <string.h>

static void
seen_free(struct bg_seen **seen)
{
	if (*seen == NULL)
		return;
	bg_str_free(&(*seen)->key);
	bg_envelope_done(&(*seen)->record);
	belgo_blob_done(&(*seen)->set_aside);
	bg_free(seen);
}

struct bg_seen *
bg_seen_find(struct bg_seen *list, const char *key)
{
	while (list != NULL && !bg_str_equal(list->key, key))
		list = list->next;
	return list;
}

belgo_rc
bg_seen_remember(struct bg_seen **list, const char *key, const struct bg_envelope *envelope,
		 struct belgo_error *err)
{
	BG_AUTO(seen_free) struct bg_seen *fresh = NULL;
	struct bg_seen *seen = bg_seen_find(*list, key);

	if (seen == NULL) {
		fresh = bg_calloc(1, sizeof(*fresh));
		if (fresh == NULL || (fresh->key = bg_strdup(key)) == NULL)
			return bg_fail(err, BELGO_ENOMEM, "out of memory");
		fresh->next = *list;
		seen = *list = BG_TAKE(fresh);
	}
	seen->record.seq = envelope->seq;
	memcpy(seen->record.recovery_key, envelope->recovery_key, BG_SEAL_KEY);
	return BELGO_OK;
}

void
bg_seen_forget(struct bg_seen **list, const char *key)
{
	struct bg_seen *found = bg_seen_find(*list, key);

	if (found == NULL)
		return;
	while (*list != found)
		list = &(*list)->next;
	*list = found->next;
	seen_free(&found);
}
