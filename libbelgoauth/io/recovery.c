/*
 * Recovery records: state_dir/recovery/ID, sealed with the key that lies in the stored record, so that nobody
 * reads them who cannot read the store. ID is a hash of store and key, and bound into the seal. Inside: the
 * sequence number, eight bytes, most significant first, and the payload.
 */
#include "io/recovery.h"

#include "base/digest.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/mem.h"
#include "io/file.h"

#include <string.h>

enum { SEQ_SIZE = 8, RESERVED = BG_MAX_RECORD + SEQ_SIZE + BG_SEAL_OVERHEAD };

/* Room for one record. There are several where several accounts are refreshed at once. */
struct reservation {
	char id[BG_ID_SIZE];
	struct bg_dir dir; /* of temp, which borrows it */
	struct bg_temp temp;
	struct reservation *next;
};

struct bg_recovery {
	char *path;
	char *identity;
	struct reservation *reserved;
};

belgo_rc
bg_recovery_new(struct bg_recovery **out, const char *state_dir, const char *identity,
		struct belgo_error *err)
{
	BG_AUTO(bg_recovery_free) struct bg_recovery *recovery = bg_calloc(1, sizeof(*recovery));

	if (recovery == NULL)
		return bg_fail(err, BELGO_ENOMEM, "out of memory");
	recovery->path = bg_strf("%s/recovery", state_dir);
	recovery->identity = bg_strdup(identity);
	if (recovery->path == NULL || recovery->identity == NULL)
		return bg_fail(err, BELGO_ENOMEM, "out of memory");
	*out = BG_TAKE(recovery);
	return BELGO_OK;
}

static void
reservation_free(struct reservation **reservation)
{
	if (*reservation == NULL)
		return;
	bg_temp_done(&(*reservation)->temp);
	bg_dir_done(&(*reservation)->dir);
	bg_free(reservation);
}

/* Taken out of the list; NULL where there is none. */
static struct reservation *
take_reservation(struct bg_recovery *recovery, const char *id)
{
	struct reservation **at = &recovery->reserved, *found;

	while (*at != NULL && !bg_str_equal((*at)->id, id))
		at = &(*at)->next;
	if ((found = *at) != NULL)
		*at = found->next;
	return found;
}

void
bg_recovery_free(struct bg_recovery **recovery)
{
	if (*recovery == NULL)
		return;
	for (struct reservation *at = (*recovery)->reserved, *next; at != NULL; at = next) {
		next = at->next;
		reservation_free(&at);
	}
	bg_str_free(&(*recovery)->path);
	bg_str_free(&(*recovery)->identity);
	bg_free(recovery);
}

static belgo_rc
record_id(char out[BG_ID_SIZE], const struct bg_recovery *recovery, const char *key, struct belgo_error *err)
{
	const char *parts[] = {"recovery", recovery->identity, key};
	belgo_rc rc = bg_digest_id(out, parts, BG_LEN(parts));

	return rc == BELGO_OK ? rc : bg_fail(err, rc, "a recovery record: %s", belgo_rc_str(rc));
}

static belgo_rc
reserve(struct reservation **out, struct bg_recovery *recovery, const char *id, struct belgo_error *err)
{
	BG_AUTO(reservation_free) struct reservation *room = take_reservation(recovery, id);

	if (room != NULL && !bg_temp_renew(&room->temp))
		reservation_free(&room);
	if (room == NULL) {
		if ((room = bg_calloc(1, sizeof(*room))) == NULL)
			return bg_fail(err, BELGO_ENOMEM, "out of memory");
		room->dir = BG_DIR_CLOSED;
		room->temp = BG_TEMP_NONE;
		memcpy(room->id, id, sizeof(room->id));
		BG_TRY(bg_dir_open(&room->dir, recovery->path, BG_DIR_SETTLE, BG_DIR_PRIVATE, err));
		BG_TRY(bg_temp_reserve(&room->temp, &room->dir, id, RESERVED, err));
	}
	*out = BG_TAKE(room);
	return BELGO_OK;
}

belgo_rc
bg_recovery_reserve(struct bg_recovery *recovery, const char *key, struct belgo_error *err)
{
	struct reservation *room;
	char id[BG_ID_SIZE];

	BG_TRY(record_id(id, recovery, key, err));
	BG_TRY(reserve(&room, recovery, id, err));
	room->next = recovery->reserved;
	recovery->reserved = room;
	return BELGO_OK;
}

void
bg_recovery_release(struct bg_recovery *recovery, const char *key)
{
	struct reservation *room;
	char id[BG_ID_SIZE];

	if (recovery->reserved == NULL || record_id(id, recovery, key, NULL) != BELGO_OK)
		return;
	room = take_reservation(recovery, id);
	reservation_free(&room);
}

static belgo_rc
seal_record(struct belgo_blob *out, const char *id, const struct bg_envelope *stored, const void *data,
	    size_t len, struct belgo_error *err)
{
	BG_AUTO(belgo_blob_done) struct belgo_blob plain = {0};
	uint64_t seq = (uint64_t)stored->seq + 1;

	if (len > BG_MAX_RECORD)
		return bg_fail(err, BELGO_EINVAL, "a recovery record could not be made: it is too large");
	if ((plain.data = bg_calloc(len + SEQ_SIZE, 1)) == NULL)
		return bg_fail(err, BELGO_ENOMEM, "out of memory");
	plain.len = len + SEQ_SIZE;
	for (int i = 0; i < SEQ_SIZE; i++)
		plain.data[i] = (unsigned char)(seq >> (56 - 8 * i));
	if (len > 0)
		memcpy(plain.data + SEQ_SIZE, data, len);
	return bg_seal(out, stored->recovery_key, id, plain.data, plain.len, err);
}

belgo_rc
bg_recovery_write(struct bg_recovery *recovery, const char *key, const struct bg_envelope *stored,
		  const void *data, size_t len, struct belgo_error *err)
{
	BG_AUTO(belgo_blob_done) struct belgo_blob sealed = {0};
	BG_AUTO(reservation_free) struct reservation *room = NULL;
	char id[BG_ID_SIZE];

	BG_TRY(record_id(id, recovery, key, err));
	BG_TRY(seal_record(&sealed, id, stored, data, len, err));
	BG_TRY(reserve(&room, recovery, id, err));
	return bg_temp_commit(&room->temp, id, sealed.data, sealed.len, BG_COMMIT_DURABLE, err);
}

static belgo_rc
open_dir(struct bg_dir *out, const struct bg_recovery *recovery, struct belgo_error *err)
{
	struct belgo_error local = {0};
	belgo_rc rc = bg_dir_open(out, recovery->path, BG_DIR_MUST_EXIST, BG_DIR_PRIVATE, &local);

	return rc == BELGO_OK || rc == BELGO_ENOTFOUND ? rc : bg_fail(err, rc, "%s", local.text);
}

static uint64_t
sequence(const struct belgo_blob *plain)
{
	uint64_t seq = 0;

	for (size_t i = 0; i < SEQ_SIZE; i++)
		seq = seq << 8 | plain->data[i];
	return seq;
}

/* BELGO_ENOTFOUND leaves err alone: no recovery record is the common case, not a failure. */
static belgo_rc
read_record(struct belgo_blob *out, const struct bg_dir *dir, const char *id,
	    const struct bg_envelope *stored, struct belgo_error *err)
{
	BG_AUTO(belgo_blob_done) struct belgo_blob sealed = {0};
	struct belgo_error local = {0};
	belgo_rc rc;

	rc = bg_file_read(&sealed, dir, id, BG_MAX_RECORD + SEQ_SIZE + BG_SEAL_OVERHEAD, &local);
	if (rc == BELGO_OK) {
		rc = bg_unseal(out, stored->recovery_key, id, &sealed, "a recovery record", &local);
		if (rc == BELGO_ESTORE || (rc == BELGO_OK && out->len < SEQ_SIZE))
			return BELGO_ENOTFOUND;
	}
	return rc == BELGO_OK || rc == BELGO_ENOTFOUND ? rc : bg_fail(err, rc, "%s", local.text);
}

belgo_rc
bg_recovery_read(struct bg_recovery *recovery, const char *key, const struct bg_envelope *stored,
		 struct belgo_blob *out, struct belgo_error *err)
{
	BG_AUTO(bg_dir_done) struct bg_dir dir = BG_DIR_CLOSED;
	BG_AUTO(belgo_blob_done) struct belgo_blob plain = {0};
	char id[BG_ID_SIZE];
	belgo_rc rc;

	BG_TRY(open_dir(&dir, recovery, err));
	/* Nearly always so, and then OpenSSL need not be started for a hash: a fifth of the time of reading a
	 * token. */
	if (bg_dir_is_empty(&dir))
		return BELGO_ENOTFOUND;
	BG_TRY(record_id(id, recovery, key, err));
	BG_TRY(read_record(&plain, &dir, id, stored, err));
	/* One that was overtaken is left to the next put(): a reader holds no lock, and by the time it
	 * removed the file that could be a newer one. */
	if (sequence(&plain) != (uint64_t)stored->seq + 1)
		return BELGO_ENOTFOUND;
	rc = bg_blob_set(out, plain.data + SEQ_SIZE, plain.len - SEQ_SIZE);
	return rc == BELGO_OK ? rc : bg_fail(err, rc, "out of memory");
}

belgo_rc
bg_recovery_drop(struct bg_recovery *recovery, const char *key, struct belgo_error *err)
{
	BG_AUTO(bg_dir_done) struct bg_dir dir = BG_DIR_CLOSED;
	struct belgo_error local = {0};
	char id[BG_ID_SIZE];
	belgo_rc rc;

	BG_TRY(record_id(id, recovery, key, err));
	rc = open_dir(&dir, recovery, err);
	if (rc == BELGO_OK)
		rc = bg_file_remove(&dir, id, &local);
	return rc == BELGO_OK || rc == BELGO_ENOTFOUND ? BELGO_OK : bg_fail(err, rc, "%s", local.text);
}
