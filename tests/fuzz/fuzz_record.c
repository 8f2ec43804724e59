/*
 * Records as they lie in a store: an envelope of one line, then an account as JSON. What is read can be
 * written and read again to the same, so that no version of this program loses a member of its own.
 */
#include "fuzz.h"

#include "base/mem.h"
#include "flow/record.h"
#include "io/envelope.h"

#include <stdlib.h>

/* of the user alice at https://op.example, through the client c */
#define ID "73635b7f787ddf096159da2e88fc9ff86884c1a0d90794b4b0f0ab8223f38e95"

/* Records of the corpus are sealed under it; what comes out is written plain. */
static const struct belgo_token_key key = {"a key of thirty-two bytes, no 0"};
static const struct bg_token_keys keys = {.keys = &key, .n = 1}, no_keys;

static void
check_record(const struct belgo_blob *payload)
{
	BG_AUTO(bg_record_free) struct bg_record *record = NULL;
	BG_AUTO(bg_record_free) struct bg_record *copy = NULL;
	BG_AUTO(bg_str_free) char *text = NULL;
	BG_AUTO(bg_str_free) char *again = NULL;
	struct belgo_error err = {0};
	struct belgo_blob blob;
	belgo_rc rc = bg_record_decode(&record, payload, "account/" ID, &keys, &err);

	HOLDS((rc == BELGO_OK) == (record != NULL));
	if (rc != BELGO_OK) {
		HOLDS(rc == BELGO_ESTORE || rc == BELGO_EVERSION);
		fuzz_check_error(rc, &err, fuzz_secrets);
		return;
	}
	HOLDS(strcmp(record->account->key, ID) == 0 &&
	      (record->token->access_token != NULL || record->account->needs_login));
	HOLDS(bg_record_encode(&text, record, &no_keys) == BELGO_OK);
	blob = (struct belgo_blob){(unsigned char *)text, strlen(text)};
	HOLDS(bg_record_decode(&copy, &blob, "account/" ID, &no_keys, NULL) == BELGO_OK);
	HOLDS(bg_record_encode(&again, copy, &no_keys) == BELGO_OK);
	HOLDS(strcmp(text, again) == 0);
	HOLDS(copy->refreshed_at_ms == record->refreshed_at_ms && copy->pending == record->pending);
}

static void
check_envelope(const struct bg_envelope *envelope)
{
	BG_AUTO(belgo_blob_done) struct belgo_blob blob = {0};
	BG_AUTO(bg_envelope_done) struct bg_envelope again = {0};
	const struct belgo_blob *payload = &envelope->payload;

	HOLDS(envelope->seq >= 1 && payload->data[payload->len] == '\0');
	HOLDS(bg_envelope_write(&blob, envelope->seq, envelope->recovery_key, payload->data, payload->len,
				NULL) == BELGO_OK);
	HOLDS(bg_envelope_read(&again, &blob, "the record", NULL) == BELGO_OK);
	HOLDS(again.seq == envelope->seq && again.payload.len == payload->len);
	HOLDS(memcmp(again.payload.data, payload->data, payload->len) == 0);
	HOLDS(memcmp(again.recovery_key, envelope->recovery_key, BG_SEAL_KEY) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	BG_AUTO(fuzz_free) char *bytes = fuzz_bytes(data, size);
	BG_AUTO(bg_envelope_done) struct bg_envelope envelope = {0};
	const struct belgo_blob blob = {(unsigned char *)bytes, size};
	struct belgo_error err = {0};
	belgo_rc rc = bg_envelope_read(&envelope, &blob, "the record", &err);

	if (rc == BELGO_OK) {
		check_envelope(&envelope);
		check_record(&envelope.payload);
		return 0;
	}
	HOLDS((rc == BELGO_ESTORE || rc == BELGO_EVERSION) && envelope.payload.data == NULL);
	fuzz_check_error(rc, &err, fuzz_secrets);
	check_record(&blob);
	return 0;
}
