/*
 * Sealed files. The input as a file: nothing opens but the one that was sealed with this key, for this name.
 * The input as content: it comes back whole, and no longer once any byte of the file was changed.
 */
#include "fuzz.h"

#include "io/seal.h"

#include <stdlib.h>

#define NAME "account/name"

static const unsigned char key[BG_SEAL_KEY] = "a key of thirty-two bytes, fixed";

/* Only the seeds hold a file that was sealed with the key above; it says so. */
static void
check_file(const struct belgo_blob *file)
{
	BG_AUTO(belgo_blob_done) struct belgo_blob plain = {0};
	struct belgo_error err = {0};
	belgo_rc rc = bg_unseal(&plain, key, NAME, file, "the file", &err);

	if (rc == BELGO_OK) {
		HOLDS(plain.len == 7 && memcmp(plain.data, "genuine", 8) == 0);
		return;
	}
	HOLDS((rc == BELGO_ESTORE || rc == BELGO_EVERSION) && plain.data == NULL);
	fuzz_check_error(rc, &err, NULL);
}

static void
check_content(const uint8_t *data, size_t size)
{
	BG_AUTO(belgo_blob_done) struct belgo_blob file = {0};
	BG_AUTO(belgo_blob_done) struct belgo_blob plain = {0};
	struct belgo_blob none = {0};
	size_t at = size > 0 ? data[0] : 0;

	HOLDS(bg_seal(&file, key, NAME, data, size, NULL) == BELGO_OK);
	HOLDS(file.len == size + BG_SEAL_OVERHEAD);
	HOLDS(bg_unseal(&plain, key, NAME, &file, "the file", NULL) == BELGO_OK);
	HOLDS(plain.len == size && (size == 0 || memcmp(plain.data, data, size) == 0));
	HOLDS(bg_unseal(&none, key, NAME "2", &file, "the file", NULL) == BELGO_ESTORE);
	file.data[at % file.len] ^= 1;
	HOLDS(bg_unseal(&none, key, NAME, &file, "the file", NULL) != BELGO_OK);
	file.data[at % file.len] ^= 1;
	file.len--;
	HOLDS(bg_unseal(&none, key, NAME, &file, "the file", NULL) == BELGO_ESTORE);
	file.len++;
	HOLDS(none.data == NULL);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	BG_AUTO(fuzz_free) char *bytes = fuzz_bytes(data, size);
	const struct belgo_blob file = {(unsigned char *)bytes, size};

	check_file(&file);
	check_content((const uint8_t *)bytes, size);
	return 0;
}
