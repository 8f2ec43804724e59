/*
 * Sealed files of oauthctl export. The input as a file: nothing opens but the seeds, which were sealed for
 * the key below. The input as what was sealed: accounts that pass are sound, and the same when written and
 * read again.
 */
#include "fuzz.h"

#include "base/mem.h"
#include "flow/bundle.h"
#include "jose/sealed.h"

#include <stdlib.h>

/* RFC 7748 section 6.1. */
#define PRIVATE                                                                                              \
	"{\"kty\":\"OKP\",\"crv\":\"X25519\",\"x\":\"hSDwCYkwp1R0i33ctD73Wg2_Og0mOBr066SpjqqbTmo\","         \
	"\"d\":\"dwdtCnMYpX08FsFyUbJmRd9ML4frwJkqsXf7pR25LCo\"}"

/* Without a passphrase scrypt never runs: a file cannot make this machine work. */
static void
check_file(const char *text, size_t len)
{
	const struct bg_opening how = {.private_key = PRIVATE};
	BG_AUTO(bg_str_free) char *plain = NULL;
	struct belgo_error err = {0};
	size_t plain_len = 0;
	belgo_rc rc = bg_sealed_read(&plain, &plain_len, &how, text, len, &err);

	HOLDS((rc == BELGO_OK) == (plain != NULL));
	if (rc == BELGO_OK) {
		HOLDS(strcmp(plain, "genuine") == 0 && plain_len == 7);
		return;
	}
	HOLDS(rc == BELGO_EPROTO || rc == BELGO_EVERSION || rc == BELGO_EINVAL);
	fuzz_check_error(rc, &err, fuzz_secrets);
}

static void
check_record(const struct bg_record *record)
{
	const struct belgo_account *a = record->account;
	char key[BG_ID_SIZE];

	HOLDS(bg_account_key(key, a->issuer, a->client_id, a->subject, a->resource) == BELGO_OK);
	HOLDS(strcmp(key, a->key) == 0);
	HOLDS(belgo_account_name_is_valid(a->name) && !record->pending);
	HOLDS(record->token->access_token != NULL || a->needs_login);
}

static void
check_bundle(const char *text, size_t len)
{
	BG_AUTO(bg_bundle_done) struct bg_bundle bundle = {0};
	BG_AUTO(bg_bundle_done) struct bg_bundle copy = {0};
	BG_AUTO(bg_str_free) char *written = NULL;
	BG_AUTO(bg_str_free) char *again = NULL;
	struct belgo_error err = {0};
	belgo_rc rc = bg_bundle_decode(&bundle, text, len, &err);

	if (rc != BELGO_OK) {
		HOLDS(rc == BELGO_EPROTO || rc == BELGO_EVERSION);
		HOLDS(bundle.records == NULL && bundle.clients == NULL);
		fuzz_check_error(rc, &err, fuzz_secrets);
		return;
	}
	HOLDS(bundle.n_records > 0 && bundle.n_clients <= bundle.n_records);
	for (size_t i = 0; i < bundle.n_records; i++)
		check_record(bundle.records[i]);
	HOLDS(bg_bundle_encode(&written, &bundle) == BELGO_OK);
	HOLDS(bg_bundle_decode(&copy, written, strlen(written), NULL) == BELGO_OK);
	HOLDS(bg_bundle_encode(&again, &copy) == BELGO_OK);
	HOLDS(strcmp(written, again) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	BG_AUTO(fuzz_free) char *text = fuzz_bytes(data, size);

	check_file(text, size);
	check_bundle(text, size);
	return 0;
}
