/*
 * Recovery records on the disk. The first byte says what the rest is: 'f' the whole file, 's' the content of
 * a file that is sealed as the stored record wants it, sequence number first. What is answered follows the
 * stored record by one, and no reader removes anything.
 */
#include "fuzz.h"

#include "base/digest.h"
#include "base/mem.h"
#include "io/recovery.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define KEY "account/0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define IDENTITY "fuzz"
#define SEQ 0x4142 /* "AB": the fuzzer finds its neighbours */

static char state_dir[] = "/tmp/belgo-fuzz-XXXXXX";
static char path[256];
static char id[BG_ID_SIZE];

static void
clean_up(void)
{
	char dir[64];

	(void)unlink(path);
	(void)snprintf(dir, sizeof(dir), "%s/recovery", state_dir);
	(void)rmdir(dir);
	(void)rmdir(state_dir);
}

static void
set_up(void)
{
	const char *parts[] = {"recovery", IDENTITY, KEY};
	char dir[64];

	HOLDS(mkdtemp(state_dir) != NULL);
	(void)snprintf(dir, sizeof(dir), "%s/recovery", state_dir);
	HOLDS(mkdir(dir, 0700) == 0);
	HOLDS(bg_digest_id(id, parts, BG_LEN(parts)) == BELGO_OK);
	(void)snprintf(path, sizeof(path), "%s/%s", dir, id);
	HOLDS(atexit(clean_up) == 0);
}

static void
write_file(const void *data, size_t len)
{
	FILE *file = fopen(path, "wb");

	HOLDS(file != NULL && fwrite(data, 1, len, file) == len);
	HOLDS(fclose(file) == 0);
}

static uint64_t
sequence(const uint8_t *data)
{
	uint64_t seq = 0;

	for (int i = 0; i < 8; i++)
		seq = seq << 8 | data[i];
	return seq;
}

/* data: the content as it was sealed. */
static void
check_sealed(belgo_rc rc, const struct belgo_blob *found, const uint8_t *data, size_t size)
{
	int follows = size >= 8 && sequence(data) == SEQ + 1;

	HOLDS((rc == BELGO_OK) == follows && (rc == BELGO_OK || rc == BELGO_ENOTFOUND));
	if (follows)
		HOLDS(found->len == size - 8 && memcmp(found->data, data + 8, found->len) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bg_envelope stored = {.seq = SEQ, .recovery_key = "the key that the record brings.."};
	BG_AUTO(bg_recovery_free) struct bg_recovery *recovery = NULL;
	BG_AUTO(belgo_blob_done) struct belgo_blob sealed = {0};
	BG_AUTO(belgo_blob_done) struct belgo_blob found = {0};
	struct belgo_error err = {0};
	belgo_rc rc;

	if (size == 0 || (data[0] != 'f' && data[0] != 's'))
		return 0;
	if (path[0] == '\0')
		set_up();
	if (data[0] == 's') {
		HOLDS(bg_seal(&sealed, stored.recovery_key, id, data + 1, size - 1, NULL) == BELGO_OK);
		write_file(sealed.data, sealed.len);
	} else {
		write_file(data + 1, size - 1);
	}
	HOLDS(bg_recovery_new(&recovery, state_dir, IDENTITY, NULL) == BELGO_OK);
	rc = bg_recovery_read(recovery, KEY, &stored, &found, &err);
	HOLDS((rc == BELGO_OK) == (found.data != NULL));
	if (data[0] == 's')
		check_sealed(rc, &found, data + 1, size - 1);
	else
		HOLDS(rc == BELGO_ENOTFOUND || rc == BELGO_EVERSION);
	HOLDS(rc == BELGO_ENOTFOUND || rc == BELGO_OK || err.rc == rc);
	/* A reader holds no lock, so it removes nothing. */
	HOLDS(access(path, F_OK) == 0);
	HOLDS(bg_recovery_drop(recovery, KEY, NULL) == BELGO_OK && access(path, F_OK) != 0);
	return 0;
}
