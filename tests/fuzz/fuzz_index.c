/* The index of accounts: a damaged one is a worse hint and nothing else; what is found says what was asked
 * for. */
#include "fuzz.h"

#include "index.h"

#include <stdlib.h>
#include <unistd.h>

static const char *const wanted[] = {NULL, "", "work", "a@example.com", "op", FUZZ_ISSUER};

static void
check_find(const struct index *index, const char *name, const char *store)
{
	char *fits = calloc(index->n + 1, 1);
	size_t first = SIZE_MAX, marked = 0, n;

	HOLDS(fits != NULL);
	n = index_find(index, name, store, &first, fits);
	HOLDS(n <= index->n && (n == 0) == (first == SIZE_MAX));
	for (size_t i = 0; i < index->n; i++)
		marked += fits[i] == 1;
	HOLDS(marked == n && (n == 0 || (first < index->n && fits[first])));
	if (n > 0) {
		const struct index_account *a = &index->accounts[first];

		HOLDS(name == NULL || strcmp(a->name, name) == 0 || strcmp(a->email, name) == 0 ||
		      strcmp(a->provider, name) == 0 || strcmp(a->issuer, name) == 0);
		HOLDS(store == NULL || strcmp(a->store, store) == 0);
	}
	free(fits);
}

static int
is_clean(const char *text)
{
	for (; *text != '\0'; text++)
		if ((unsigned char)*text < ' ' || *text == 0x7f)
			return 0;
	return 1;
}

/* Those whose lines stand: all of which are found again after writing. */
static size_t
count_usable(const struct index *index)
{
	size_t n = 0;

	for (size_t i = 0; i < index->n; i++) {
		const struct index_account *a = &index->accounts[i];

		n += *a->name != '\0' && *a->key != '\0' && *a->store != '\0' && is_clean(a->name) &&
		     is_clean(a->key) && is_clean(a->store);
	}
	return n;
}

static void
check_written(const struct index *index)
{
	static char path[] = "/tmp/belgo-fuzz-XXXXXX";
	static int made;
	struct index again = {0};

	if (!made)
		HOLDS(close(mkstemp(path)) == 0);
	made = 1;
	HOLDS(index_write(index, path, NULL) == BELGO_OK);
	HOLDS(index_read(&again, path) == 0);
	HOLDS(unlink(path) == 0);
	HOLDS(again.n == count_usable(index));
	HOLDS(!is_clean(index->default_name) || strcmp(again.default_name, index->default_name) == 0);
	HOLDS(again.config.mtime_ns == index->config.mtime_ns && again.config.size == index->config.size);
	index_done(&again);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct index index = {0};

	if (index_parse(&index, fuzz_text(data, size)) != 0) {
		HOLDS(index.text == NULL && index.accounts == NULL);
		return 0;
	}
	for (size_t i = 0; i < BG_LEN(wanted); i++) {
		check_find(&index, wanted[i], NULL);
		check_find(&index, wanted[i], "keyring");
	}
	check_written(&index);
	index_done(&index);
	return 0;
}
