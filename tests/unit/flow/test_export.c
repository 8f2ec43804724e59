/* Accounts from one store into a sealed file and into another store: what goes along, what is refused, and
 * that all of it is stored or nothing. */
#include "fixture.h"

#include "jose/sealed.h"

#define PUBLIC "{\"kty\":\"OKP\",\"crv\":\"X25519\",\"x\":\"hSDwCYkwp1R0i33ctD73Wg2_Og0mOBr066SpjqqbTmo\"}"
#define PRIVATE                                                                                              \
	"{\"kty\":\"OKP\",\"crv\":\"X25519\",\"x\":\"hSDwCYkwp1R0i33ctD73Wg2_Og0mOBr066SpjqqbTmo\","         \
	"\"d\":\"dwdtCnMYpX08FsFyUbJmRd9ML4frwJkqsXf7pR25LCo\"}"

/* A certificate of P-256 and its key, made for this test; as it stands in JSON. */
#define CERTIFICATE                                                                                          \
	"-----BEGIN CERTIFICATE-----\\n"                                                                     \
	"MIIBeDCCAR+gAwIBAgIUVc1hdjnqA+x7yUoVcqg2ugrpOPwwCgYIKoZIzj0EAwIw\\n"                                \
	"ETEPMA0GA1UEAwwGY2xpZW50MCAXDTI2MTEyMTExMjMwNloYDzIxMjYxMDI4MTEy\\n"                                \
	"MzA2WjARMQ8wDQYDVQQDDAZjbGllbnQwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNC\\n"                                \
	"AAQt3J2dFeu8Urg+Q1MgXKn7b5XI7Dsmx9RIxS2memtbPaf7JCMVSj+ztqOvv0nm\\n"                                \
	"RI2Ko2z9RBrQJh4ASa7WjM1Qo1MwUTAdBgNVHQ4EFgQUrgYuvyAdinuxDfdLP4RY\\n"                                \
	"BRpMzPowHwYDVR0jBBgwFoAUrgYuvyAdinuxDfdLP4RYBRpMzPowDwYDVR0TAQH/\\n"                                \
	"BAUwAwEB/zAKBggqhkjOPQQDAgNHADBEAiBSHEd0sI9OGz1/eZVJadPs785OtL9A\\n"                                \
	"lc8hHxRXARfSjQIgM3G48mBB4Mc81kXamOwkoz5fbhXEtGf0P7tNLTM/3qA=\\n"                                    \
	"-----END CERTIFICATE-----\\n"                                                                       \
	"-----BEGIN PRIVATE KEY-----\\n"                                                                     \
	"MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgmAE0NEvyXG7Q/F2X\\n"                                \
	"QFRZPbocEf2D5qxjdw3Y/y3yHmyhRANCAAQt3J2dFeu8Urg+Q1MgXKn7b5XI7Dsm\\n"                                \
	"x9RIxS2memtbPaf7JCMVSj+ztqOvv0nmRI2Ko2z9RBrQJh4ASa7WjM1Q\\n"                                        \
	"-----END PRIVATE KEY-----\\n"
#define MEMBER_CERTIFICATE "\"certificate\":\"" CERTIFICATE "\""
#define MEMBER_SECRET "\"client_secret\":\"" CLIENT_SECRET "\""
#define MEMBER_ANOTHER "\"client_secret\":\"another." WORLD_SECRET "\""

static belgo_rc
export_keys(struct world *w, const char *const *keys, size_t n, int with_secret, char **file,
	    struct belgo_error *err)
{
	const struct belgo_export_params params = {.account_keys = keys,
						   .n_account_keys = n,
						   .recipient = PUBLIC,
						   .with_client_secret = with_secret};
	struct belgo_op *op = NULL;
	belgo_rc rc;

	assert_int_equal(belgo_export_op(&op, world_client(w), &params, NULL), BELGO_OK);
	rc = world_finish(op, err);
	assert_true((rc == BELGO_OK) == (belgo_op_json(op) != NULL));
	*file = belgo_op_json(op) == NULL ? NULL : strdup(belgo_op_json(op));
	belgo_op_free(&op);
	return rc;
}

static struct belgo_op *
import_op(struct world *w, const char *file, enum belgo_import_mode mode)
{
	const struct belgo_import_params params = {
	    .file = file, .len = strlen(file), .private_key = PRIVATE, .mode = mode};
	struct belgo_op *op = NULL;

	assert_int_equal(belgo_import_op(&op, world_client(w), &params, NULL), BELGO_OK);
	return op;
}

static belgo_rc
import(struct world *w, const char *file, enum belgo_import_mode mode, struct belgo_error *err)
{
	return world_run(import_op(w, file, mode), err);
}

static void
keep_secret(struct world *w, const char *secret)
{
	struct belgo_op *op = NULL;

	assert_int_equal(
	    belgo_client_secret_op(&op, world_client(w), WORLD_ISSUER, WORLD_CLIENT, secret, NULL), BELGO_OK);
	assert_int_equal(world_run(op, NULL), BELGO_OK);
}

static const char *
stored_secret(struct world *w)
{
	char id[BG_ID_SIZE], key[BG_KEY_SIZE];

	assert_int_equal(bg_client_key(id, WORLD_ISSUER, WORLD_CLIENT), BELGO_OK);
	bg_store_key(key, "client", id);
	return world_store_value(w, key);
}

/* Alice and Bob in a world of their own, exported. */
static char *
file_of_two(struct planted *alice, struct planted *bob, int with_secret)
{
	struct world *w = provider_up();
	const char *keys[2] = {alice->key, bob->key};
	char *file = NULL;

	*alice = plant_alice(w, 60);
	*bob = (struct planted){.subject = "bob", .refresh_token = RT2};
	plant(w, bob);
	keep_secret(w, CLIENT_SECRET);
	world_journal_clear(w);
	assert_int_equal(export_keys(w, keys, 2, with_secret, &file, NULL), BELGO_OK);
	assert_int_equal(world_count(w, "put"), 0);
	assert_null(strstr(file, WORLD_SECRET));
	world_free(&w);
	return file;
}

static void
test_export__accounts_arrive_as_they_were(void **state)
{
	struct planted alice = {0}, bob = {0};
	char *file = file_of_two(&alice, &bob, 0);
	struct world *w = provider_up();
	struct belgo_op *op = import_op(w, file, BELGO_IMPORT_NEW);
	char *token = NULL;

	(void)state;
	assert_int_equal(world_finish(op, NULL), BELGO_OK);
	assert_int_equal(belgo_op_accounts(op)->n, 2);
	assert_string_equal(belgo_op_accounts(op)->items[1]->subject, "bob");
	belgo_op_free(&op);
	assert_true(stored_has(w, &alice, RT1) && stored_has(w, &bob, RT2));
	assert_int_equal(get_token(w, &alice, NULL, &token, NULL), BELGO_OK);
	assert_string_equal(token, AT1);
	assert_null(stored_secret(w));
	free(token);
	free(file);
	world_free(&w);
}

static void
test_export__client_secret_goes_along_only_where_that_was_asked_for(void **state)
{
	struct planted alice = {0}, bob = {0};
	char *file = file_of_two(&alice, &bob, 1);
	struct world *w = provider_up();

	(void)state;
	assert_int_equal(import(w, file, BELGO_IMPORT_NEW, NULL), BELGO_OK);
	assert_non_null(strstr(stored_secret(w), CLIENT_SECRET));
	free(file);
	world_free(&w);
}

/* The published key of RFC 7518 appendix C. */
#define ENCRYPTION(alg)                                                                                      \
	"\"encryption\":{\"key\":{\"kty\":\"EC\",\"crv\":\"P-256\","                                         \
	"\"x\":\"weNJy2HscCSM6AEDTDg04biOvhFhyyWvOHQfeF_PxMQ\","                                             \
	"\"y\":\"e8lnCO-AlStT-NJVX-crhB7QRYhiix03illJOVAOyck\","                                             \
	"\"d\":\"VEmDZpDXXK8p8N0Cndsxs924q6nS1RXFASRl6BfUqdw\"},"                                            \
	"\"userinfo_encrypted_response_alg\":\"" alg "\",\"userinfo_encrypted_response_enc\":\"A128GCM\"}"

static void
test_export__what_was_agreed_on_encryption_goes_along_with_the_secret(void **state)
{
	static const struct {
		const char *there; /* what lies in the store that it comes to */
		enum belgo_import_mode mode;
		belgo_rc want;
	} rows[] = {
	    {NULL, BELGO_IMPORT_NEW, BELGO_OK},
	    {ENCRYPTION("ECDH-ES"), BELGO_IMPORT_NEW, BELGO_OK},
	    {ENCRYPTION("ECDH-ES+A128KW"), BELGO_IMPORT_NEW, BELGO_EACCOUNT},
	    {ENCRYPTION("ECDH-ES+A128KW"), BELGO_IMPORT_REPLACE, BELGO_OK},
	    {"\"client_secret\":\"x\"", BELGO_IMPORT_NEW, BELGO_EACCOUNT},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct world *w = provider_up();
		struct planted a = plant_alice(w, 60);
		const char *keys[] = {a.key};
		char *file = NULL;

		plant_client(w, ENCRYPTION("ECDH-ES"));
		assert_int_equal(export_keys(w, keys, 1, 1, &file, NULL), BELGO_OK);
		world_free(&w);
		w = provider_up();
		if (rows[i].there != NULL)
			plant_client(w, rows[i].there);
		assert_int_equal(import(w, file, rows[i].mode, NULL), rows[i].want);
		if (rows[i].want == BELGO_OK)
			assert_non_null(
			    strstr(stored_secret(w), "\"userinfo_encrypted_response_alg\":\"ECDH-ES\""));
		free(file);
		world_free(&w);
	}
}

static void
test_export__reads_each_account_under_its_lock(void **state)
{
	struct world *w = provider_up();
	struct planted a = plant_alice(w, 60);
	const char *keys[] = {a.key};
	struct belgo_error err = {0};
	char *file = NULL;

	(void)state;
	assert_int_equal(export_keys(w, keys, 1, 0, &file, NULL), BELGO_OK);
	assert_string_equal(world_journal(w), "lock\nget\nunlock\n");
	free(file);
	a.pending = 1;
	a.id_token = "x";
	plant(w, &a);
	assert_int_equal(export_keys(w, keys, 1, 0, &file, &err), BELGO_EBUSY);
	assert_non_null(strstr(err.text, "a refresh to finish first"));
	world_store_set(w, a.store_key, NULL);
	assert_int_equal(export_keys(w, keys, 1, 0, &file, NULL), BELGO_ENOTFOUND);
	world_free(&w);
}

static void
test_export__arguments_are_judged_before_anything_is_read(void **state)
{
	struct world *w = provider_up();
	struct planted a = plant_alice(w, 60);
	const char *once[] = {a.key}, *twice[] = {a.key, a.key}, *malformed[] = {"../x"};
	const struct {
		const char *name;
		struct belgo_export_params params;
	} rows[] = {
	    {"no account", {.recipient = PUBLIC}},
	    {"an account twice", {.account_keys = twice, .n_account_keys = 2, .recipient = PUBLIC}},
	    {"no account's key", {.account_keys = malformed, .n_account_keys = 1, .recipient = PUBLIC}},
	    {"nobody to open it", {.account_keys = once, .n_account_keys = 1}},
	    {"an empty passphrase", {.account_keys = once, .n_account_keys = 1, .passphrase = ""}},
	    {"both", {.account_keys = once, .n_account_keys = 1, .passphrase = "x", .recipient = PUBLIC}},
	};
	struct belgo_op *op = NULL;

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++)
		assert_row(rows[i].name,
			   belgo_export_op(&op, world_client(w), &rows[i].params, NULL) == BELGO_EINVAL);
	assert_null(op);
	world_free(&w);
}

static void
test_import__what_is_here_stays_unless_it_may_be_replaced(void **state)
{
	struct planted alice = {0}, bob = {0}, here;
	char *file = file_of_two(&alice, &bob, 1);
	struct world *w = provider_up();
	struct belgo_error err = {0};

	(void)state;
	here = (struct planted){.subject = "bob", .refresh_token = RT3};
	plant(w, &here);
	assert_int_equal(import(w, file, BELGO_IMPORT_NEW, &err), BELGO_EACCOUNT);
	assert_non_null(strstr(err.text, "exists here already"));
	assert_null(world_store_value(w, alice.store_key));
	assert_int_equal(world_count(w, "put"), 0);
	assert_int_equal(import(w, file, BELGO_IMPORT_REPLACE, NULL), BELGO_OK);
	assert_true(stored_has(w, &here, RT2));
	free(file);
	world_free(&w);
}

static void
test_import__another_secret_of_the_client_stays_unless_it_may_be_replaced(void **state)
{
	struct planted alice = {0}, bob = {0};
	char *file = file_of_two(&alice, &bob, 1);
	struct world *w = provider_up();

	(void)state;
	keep_secret(w, "another." WORLD_SECRET);
	world_journal_clear(w);
	assert_int_equal(import(w, file, BELGO_IMPORT_NEW, NULL), BELGO_EACCOUNT);
	assert_int_equal(world_count(w, "put"), 0);
	keep_secret(w, CLIENT_SECRET);
	assert_int_equal(import(w, file, BELGO_IMPORT_NEW, NULL), BELGO_OK);
	free(file);
	world_free(&w);
}

/* Alice, whose client has that, exported with it. */
static char *
file_of_alice(const char *members)
{
	struct world *w = provider_up();
	struct planted alice = plant_alice(w, 60);
	const char *key = alice.key;
	char *file = NULL;

	plant_client(w, members);
	assert_int_equal(export_keys(w, &key, 1, 1, &file, NULL), BELGO_OK);
	world_free(&w);
	return file;
}

/* What the file lacks stays; what it has must be here alike, or may be replaced. */
static void
test_import__all_that_a_client_has_is_compared_and_what_the_file_lacks_stays(void **state)
{
	static const struct {
		const char *name, *here, *in_file;
		enum belgo_import_mode mode;
		belgo_rc want;
		int certificate, secret;
	} rows[] = {
	    {"a certificate goes along", NULL, MEMBER_CERTIFICATE, BELGO_IMPORT_NEW, BELGO_OK, 1, 0},
	    {"the file has the secret alone", MEMBER_SECRET "," MEMBER_CERTIFICATE, MEMBER_SECRET,
	     BELGO_IMPORT_NEW, BELGO_OK, 1, 1},
	    {"and it is another", MEMBER_ANOTHER "," MEMBER_CERTIFICATE, MEMBER_SECRET, BELGO_IMPORT_NEW,
	     BELGO_EACCOUNT, 1, 0},
	    {"which may be replaced", MEMBER_ANOTHER "," MEMBER_CERTIFICATE, MEMBER_SECRET,
	     BELGO_IMPORT_REPLACE, BELGO_OK, 1, 1},
	    {"the file has a certificate more", MEMBER_SECRET, MEMBER_SECRET "," MEMBER_CERTIFICATE,
	     BELGO_IMPORT_NEW, BELGO_EACCOUNT, 0, 1},
	    {"which may be added", MEMBER_SECRET, MEMBER_CERTIFICATE, BELGO_IMPORT_REPLACE, BELGO_OK, 1, 1},
	    {"another certificate is here", "\"certificate\":\"another\"", MEMBER_CERTIFICATE,
	     BELGO_IMPORT_NEW, BELGO_EACCOUNT, 0, 0},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		char *file = file_of_alice(rows[i].in_file);
		struct world *w = provider_up();

		if (rows[i].here != NULL)
			plant_client(w, rows[i].here);
		assert_row(rows[i].name, import(w, file, rows[i].mode, NULL) == rows[i].want);
		assert_row(rows[i].name,
			   (strstr(stored_secret(w), "BEGIN CERTIFICATE") != NULL) == rows[i].certificate);
		assert_row(rows[i].name, (strstr(stored_secret(w), CLIENT_SECRET) != NULL) == rows[i].secret);
		free(file);
		world_free(&w);
	}
}

/* Anybody can seal for a recipient whose key is public. */
static void
test_import__client_in_the_file_is_that_of_an_account_in_it(void **state)
{
	static const struct {
		const char *name, *clients;
		belgo_rc want;
	} rows[] = {
#define OF(issuer, id, more) "{\"issuer\":\"" issuer "\",\"client_id\":\"" id "\"," more "}"
	    {"its own", OF(WORLD_ISSUER, WORLD_CLIENT, MEMBER_SECRET), BELGO_OK},
	    {"another client", OF(WORLD_ISSUER, "client-2", MEMBER_SECRET), BELGO_EPROTO},
	    {"another issuer", OF("https://other.example", WORLD_CLIENT, MEMBER_SECRET), BELGO_EPROTO},
	    {"a certificate", OF(WORLD_ISSUER, WORLD_CLIENT, MEMBER_CERTIFICATE), BELGO_OK},
	    {"one that is none", OF(WORLD_ISSUER, WORLD_CLIENT, "\"certificate\":\"x\""), BELGO_EPROTO},
	    {"a key that is none", OF(WORLD_ISSUER, WORLD_CLIENT, "\"private_key\":\"{}\""), BELGO_EPROTO},
#undef OF
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		struct world *w = provider_up();
		struct planted alice = {.refresh_token = RT1};
		const struct bg_sealing how = {.recipient = PUBLIC};
		char *account = planted_text(&alice), *file = NULL;
		char *text =
		    bg_strf("{\"version\":1,\"accounts\":[%s],\"clients\":[%s]}", account, rows[i].clients);
		struct belgo_import_params params = {.private_key = PRIVATE};
		struct belgo_op *op = NULL;

		assert_int_equal(bg_sealed_write(&file, &how, text, NULL), BELGO_OK);
		params.file = file;
		params.len = strlen(file);
		assert_row(rows[i].name,
			   belgo_import_op(&op, world_client(w), &params, NULL) == rows[i].want);
		belgo_op_free(&op);
		free(file);
		free(text);
		free(account);
		world_free(&w);
	}
}

static void
test_import__name_of_another_user_is_taken_over_only_where_asked(void **state)
{
	struct planted alice = {0}, bob = {0},
		       carol = {.subject = "carol", .name = "alice", .refresh_token = RT3};
	char *file = file_of_two(&alice, &bob, 0);
	struct world *w = provider_up();
	struct belgo_error err = {0};

	(void)state;
	plant(w, &carol);
	assert_int_equal(import(w, file, BELGO_IMPORT_NEW, &err), BELGO_EACCOUNT);
	assert_non_null(strstr(err.text, "the account alice is carol here, and alice in the file"));
	assert_int_equal(world_count(w, "put"), 0);
	assert_int_equal(import(w, file, BELGO_IMPORT_REPLACE, NULL), BELGO_OK);
	assert_null(world_store_value(w, carol.store_key));
	assert_true(stored_has(w, &alice, RT1));
	free(file);
	world_free(&w);
}

/* The second put fails: the first account is as it was, whether there was one or not. */
static void
test_import__all_or_nothing(void **state)
{
	(void)state;
	for (int replaced = 0; replaced <= 1; replaced++) {
		struct planted alice = {0}, bob = {0}, here = {.refresh_token = RT3};
		char *file = file_of_two(&alice, &bob, 0);
		struct world *w = provider_up();
		struct belgo_error err = {0};
		struct belgo_op *op;

		if (replaced)
			plant(w, &here);
		op = import_op(w, file, BELGO_IMPORT_REPLACE);
		world_drive_until(w, op, "put");
		world_store_fails(w, BG_STORE_PUT, BELGO_ENOSTORE, 1);
		assert_int_equal(world_drive(w, op, &err), BELGO_ENOSTORE);
		belgo_op_free(&op);
		assert_null(world_store_value(w, bob.store_key));
		if (replaced)
			assert_true(stored_has(w, &here, RT3));
		else
			assert_null(world_store_value(w, alice.store_key));
		assert_int_equal(world_locks_taken(w), 0);
		free(file);
		world_free(&w);
	}
}

static void
test_import__record_that_cannot_be_read_is_not_written_over(void **state)
{
	static const struct {
		const char *value;
		belgo_rc want;
	} rows[] = {{"{\"version\":99}", BELGO_EVERSION}, {"damaged", BELGO_ESTORE}};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		struct planted alice = {0}, bob = {0};
		char *file = file_of_two(&alice, &bob, 0);
		struct world *w = provider_up();

		world_store_set(w, bob.store_key, rows[i].value);
		assert_int_equal(import(w, file, BELGO_IMPORT_REPLACE, NULL), rows[i].want);
		assert_string_equal(world_store_value(w, bob.store_key), rows[i].value);
		assert_null(world_store_value(w, alice.store_key));
		free(file);
		world_free(&w);
	}
}

static void
test_import__without_a_store_is_refused(void **state)
{
	struct planted alice = {0}, bob = {0};
	char *file = file_of_two(&alice, &bob, 0);
	struct world *w = provider_up();
	struct belgo_error err = {0};

	(void)state;
	world_params(w)->store = NULL;
	world_restart(w);
	assert_int_equal(import(w, file, BELGO_IMPORT_NEW, &err), BELGO_EINVAL);
	assert_string_equal(err.text, "this client has no store");
	free(file);
	world_free(&w);
}

static void
test_import__file_is_judged_before_there_is_an_operation(void **state)
{
	static const char *const files[] = {"", "{}", "x", "{\"format\":\"oauthctl-export\",\"version\":1}"};
	struct world *w = provider_up();
	struct belgo_op *op = NULL;

	(void)state;
	for (size_t i = 0; i < BG_LEN(files); i++) {
		const struct belgo_import_params params = {
		    .file = files[i], .len = strlen(files[i]), .private_key = PRIVATE};

		assert_row(files[i], belgo_import_op(&op, world_client(w), &params, NULL) == BELGO_EPROTO);
	}
	assert_int_equal(belgo_import_op(&op, world_client(w), &(struct belgo_import_params){0}, NULL),
			 BELGO_EINVAL);
	assert_null(op);
	world_free(&w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_export__accounts_arrive_as_they_were),
	    cmocka_unit_test(test_export__client_secret_goes_along_only_where_that_was_asked_for),
	    cmocka_unit_test(test_export__what_was_agreed_on_encryption_goes_along_with_the_secret),
	    cmocka_unit_test(test_export__reads_each_account_under_its_lock),
	    cmocka_unit_test(test_export__arguments_are_judged_before_anything_is_read),
	    cmocka_unit_test(test_import__what_is_here_stays_unless_it_may_be_replaced),
	    cmocka_unit_test(test_import__another_secret_of_the_client_stays_unless_it_may_be_replaced),
	    cmocka_unit_test(test_import__all_that_a_client_has_is_compared_and_what_the_file_lacks_stays),
	    cmocka_unit_test(test_import__client_in_the_file_is_that_of_an_account_in_it),
	    cmocka_unit_test(test_import__name_of_another_user_is_taken_over_only_where_asked),
	    cmocka_unit_test(test_import__all_or_nothing),
	    cmocka_unit_test(test_import__without_a_store_is_refused),
	    cmocka_unit_test(test_import__record_that_cannot_be_read_is_not_written_over),
	    cmocka_unit_test(test_import__file_is_judged_before_there_is_an_operation),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
