/* A table of fixed size: memory is not the attacker's to spend. Nor are other people's logins: a full table
 * forgets what it would forget next anyway, and refuses nobody. */
#include "flow/spent.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/error.h"
#include "base/mem.h"

struct bg_spent {
	pthread_mutex_t mutex;
	struct {
		char id[BG_ID_SIZE];
		int64_t expires_at; /* 0: nothing is here */
	} entries[BG_MAX_SPENT];
};

struct bg_spent *
bg_spent_new(void)
{
	struct bg_spent *spent = bg_calloc(1, sizeof(*spent));

	if (spent != NULL)
		(void)pthread_mutex_init(&spent->mutex, NULL);
	return spent;
}

void
bg_spent_free(struct bg_spent **spent)
{
	if (*spent != NULL)
		(void)pthread_mutex_destroy(&(*spent)->mutex);
	free(BG_TAKE(*spent));
}

static belgo_rc
spend(struct bg_spent *spent, const char *id, int64_t expires_at, int64_t now)
{
	size_t place = 0;

	for (size_t i = 0; i < BG_MAX_SPENT; i++) {
		if (spent->entries[i].expires_at > now && bg_str_equal(spent->entries[i].id, id))
			return BELGO_ESTATE;
		if (spent->entries[i].expires_at < spent->entries[place].expires_at)
			place = i;
	}
	(void)snprintf(spent->entries[place].id, BG_ID_SIZE, "%s", id);
	spent->entries[place].expires_at = expires_at;
	return BELGO_OK;
}

belgo_rc
bg_spend(struct bg_spent *spent, const char *id, int64_t expires_at, int64_t now, struct belgo_error *err)
{
	belgo_rc rc;

	(void)pthread_mutex_lock(&spent->mutex);
	rc = spend(spent, id, expires_at, now);
	(void)pthread_mutex_unlock(&spent->mutex);
	return rc == BELGO_OK ? BELGO_OK : bg_fail(err, rc, "this login was finished before");
}
