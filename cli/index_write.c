/*
 * Writing the index. What would break a line is left out: the index is a hint, and a missing field only
 * costs time.
 */
#include "index.h"

#include "cli.h"
#include "file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *
field(const char *value)
{
	const unsigned char *p = (const unsigned char *)value;

	for (; *p != '\0'; p++)
		if (*p < ' ' || *p == 0x7f)
			return "";
	return value;
}

static void
write_account(FILE *file, const struct index_account *a)
{
	/* Without these three no line can be used. */
	if (field(a->name)[0] == '\0' || field(a->key)[0] == '\0' || field(a->store)[0] == '\0')
		return;
	fprintf(file, "account\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", a->name, a->key, field(a->cache_id),
		field(a->provider), field(a->issuer), field(a->email), a->store, field(a->subject));
}

belgo_rc
index_write(const struct index *index, const char *path, struct belgo_error *err)
{
	AUTO(text_free) char *text = NULL;
	size_t len = 0, i;
	FILE *file = open_memstream(&text, &len);

	if (file == NULL)
		return fail_memory(err);
	fprintf(file, "oauthctl-index\t1\nconfig\t%s\t%lld\t%lld\n", field(index->config_path),
		index->config.mtime_ns, index->config.size);
	if (field(index->default_name)[0] != '\0')
		fprintf(file, "default\t%s\n", index->default_name);
	for (i = 0; i < index->n; i++)
		write_account(file, &index->accounts[i]);
	if (fclose(file) != 0)
		return fail_memory(err);
	return file_write(path, text, len, err);
}
