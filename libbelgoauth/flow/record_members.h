/* Which members of a record are text: freeing, copying, writing and reading walk these tables. */
#ifndef BG_FLOW_RECORD_MEMBERS_H
#define BG_FLOW_RECORD_MEMBERS_H

#include "flow/record.h"

struct bg_text_member {
	const char *name;
	size_t offset;
};
/* Of struct belgo_account, struct belgo_token and struct bg_record; each ends with a NULL name. */
extern const struct bg_text_member bg_account_texts[], bg_token_texts[], bg_record_texts[];

static inline char **
bg_text_at(void *object, const struct bg_text_member *member)
{
	return (char **)(void *)((char *)object + member->offset);
}

static inline const char *
bg_text_in(const void *object, const struct bg_text_member *member)
{
	return *(char *const *)(const void *)((const char *)object + member->offset);
}

#endif
