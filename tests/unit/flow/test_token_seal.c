/* Tokens that are sealed inside their record: who reads them, who does not, and that nobody writes over what
 * he cannot read. */
#include "fixture.h"

#include "flow/record.h"

static const struct belgo_token_key keys[] = {{"first key of thirty-two bytes.."},
					      {"second key of thirty-two bytes."}};

/* Nonces need not be secret; no two are the same. */
static belgo_rc
count_up(void *ctx, void *buf, size_t len, struct belgo_error *err)
{
	static unsigned char n;

	(void)ctx;
	(void)err;
	memset(buf, ++n, len);
	return BELGO_OK;
}

static const struct belgo_system counting = {.random = count_up};

static struct bg_token_keys
ring(size_t first, size_t n)
{
	return (struct bg_token_keys){.keys = keys + first, .n = n, .system = &counting};
}

static void
use_keys(struct world *w, size_t first, size_t n)
{
	world_params(w)->token_keys = keys + first;
	world_params(w)->n_token_keys = n;
	world_restart(w);
}

/* The planted record as one that the first key sealed. */
static char *
sealed_text(struct planted *account)
{
	const struct bg_token_keys none = ring(0, 0), first = ring(0, 1);
	BG_AUTO(bg_record_free) struct bg_record *record = NULL;
	char *text = planted_text(account), *sealed = NULL;
	const struct belgo_blob blob = {(unsigned char *)text, strlen(text)};

	assert_int_equal(bg_record_decode(&record, &blob, account->store_key, &none, NULL), BELGO_OK);
	assert_int_equal(bg_record_encode(&sealed, record, &first), BELGO_OK);
	free(text);
	return sealed;
}

static struct planted
plant_sealed(struct world *w, int64_t left)
{
	struct planted alice = plant_alice(w, left);
	char *text = sealed_text(&alice);

	world_store_set(w, alice.store_key, text);
	free(text);
	return alice;
}

static belgo_rc
decode(struct bg_record **out, const char *text, const struct planted *account,
       const struct bg_token_keys *with, struct belgo_error *err)
{
	const struct belgo_blob blob = {(unsigned char *)(uintptr_t)text, strlen(text)};

	return bg_record_decode(out, &blob, account->store_key, with, err);
}

static void
test_token_seal__any_of_the_keys_opens_and_no_other(void **state)
{
	static const struct {
		const char *name;
		size_t first, n;
		belgo_rc want;
	} rows[] = {
	    {"the key", 0, 1, BELGO_OK},
	    {"the key before another", 0, 2, BELGO_OK},
	    {"another key", 1, 1, BELGO_ESTORE},
	    {"no key", 0, 0, BELGO_ESTORE},
	};
	struct planted alice = {.refresh_token = RT1, .id_token = "id." WORLD_SECRET};
	char *text = sealed_text(&alice);

	(void)state;
	assert_null(strstr(text, WORLD_SECRET));
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		const struct bg_token_keys with = ring(rows[i].first, rows[i].n);
		struct belgo_error err = {0};
		struct bg_record *r = NULL;

		assert_row(rows[i].name, decode(&r, text, &alice, &with, &err) == rows[i].want);
		assert_row(rows[i].name, (r != NULL) == (rows[i].want == BELGO_OK));
		if (r == NULL) {
			assert_row(rows[i].name, strstr(err.text, "which is not at hand") != NULL);
			continue;
		}
		assert_string_equal(r->token->access_token, AT1);
		assert_string_equal(r->token->refresh_token, RT1);
		assert_string_equal(r->token->id_token, "id." WORLD_SECRET);
		bg_record_free(&r);
	}
	free(text);
}

static void
test_token_seal__no_token_is_sealed_alike_twice(void **state)
{
	struct planted alice = {.refresh_token = RT1};
	char *one = sealed_text(&alice), *other = sealed_text(&alice);

	(void)state;
	assert_string_not_equal(one, other);
	free(one);
	free(other);
}

static json_t *
token_of(json_t *record)
{
	return json_object_get(record, "token");
}

static void
leave(json_t *record)
{
	(void)record;
}

static void
unseal_the_type(json_t *record) /* the twin of those that are refused: what is not sealed may change */
{
	json_object_set_new(token_of(record), "token_type", json_string("bearer"));
}

static void
swap_fields(json_t *record)
{
	json_t *access_token = json_incref(json_object_get(token_of(record), "access_token"));

	json_object_set(token_of(record), "access_token", json_object_get(token_of(record), "refresh_token"));
	json_object_set_new(token_of(record), "refresh_token", access_token);
}

static void
change_a_byte(json_t *record)
{
	json_t *value = json_object_get(token_of(record), "access_token");
	char *text = strdup(json_string_value(json_object_get(value, "sealed")));

	text[30] = text[30] == 'A' ? 'B' : 'A';
	json_object_set_new(value, "sealed", json_string(text));
	free(text);
}

static void
set_sealed(json_t *record, const char *text)
{
	json_object_set_new(json_object_get(token_of(record), "access_token"), "sealed", json_string(text));
}

static void
cut_short(json_t *record)
{
	set_sealed(record, "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
}

static void
no_base64url(json_t *record)
{
	set_sealed(record, "*");
}

static void
nothing_sealed(json_t *record)
{
	json_object_del(json_object_get(token_of(record), "access_token"), "sealed");
}

static void
no_key_named(json_t *record)
{
	json_object_del(json_object_get(token_of(record), "access_token"), "key");
}

static void
into_further(json_t *record)
{
	json_object_set_new(record, "further",
			    json_pack("[{s:{s:O, s:s}}]", "token", "access_token",
				      json_object_get(token_of(record), "access_token"), "token_type",
				      "Bearer"));
}

static void
into_another_issuer(json_t *record)
{
	json_object_set_new(json_object_get(record, "account"), "metadata_issuer",
			    json_string("https://evil.example"));
}

static void
into_another_user(json_t *record)
{
	json_object_set_new(json_object_get(record, "account"), "subject", json_string("mallory"));
}

static void
into_another_name(json_t *record) /* a twin, too */
{
	json_object_set_new(json_object_get(record, "account"), "name", json_string("other"));
}

static void
swap_keys(json_t *record)
{
	json_object_set(json_object_get(record, "login"), "dpop_key",
			json_object_get(token_of(record), "access_token"));
}

static void
test_token_seal__what_was_altered_is_not_read(void **state)
{
	static const struct {
		const char *name;
		void (*alter)(json_t *record);
		belgo_rc want;
	} rows[] = {
	    {"nothing", leave, BELGO_OK},
	    {"what is not sealed", unseal_the_type, BELGO_OK},
	    {"two tokens change places", swap_fields, BELGO_ESTORE},
	    {"one byte", change_a_byte, BELGO_ESTORE},
	    {"shorter than nonce and tag", cut_short, BELGO_ESTORE},
	    {"no base64url", no_base64url, BELGO_ESTORE},
	    {"nothing is sealed", nothing_sealed, BELGO_ESTORE},
	    {"no key is named", no_key_named, BELGO_ESTORE},
	    {"the account's own as a further token", into_further, BELGO_ESTORE},
	    {"where they would be sent", into_another_issuer, BELGO_ESTORE},
	    {"whose they are", into_another_user, BELGO_ESTORE},
	    {"what it is called", into_another_name, BELGO_OK},
	    {"a token as the key that they are bound to", swap_keys, BELGO_ESTORE},
	};
	const struct bg_token_keys first = ring(0, 1);
	struct planted alice = {.refresh_token = RT1};
	char *text = sealed_text(&alice);

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		json_t *json = json_loads(text, 0, NULL);
		struct belgo_error err = {0};
		struct bg_record *r = NULL;
		char *altered;

		rows[i].alter(json);
		altered = json_dumps(json, 0);
		assert_row(rows[i].name, decode(&r, altered, &alice, &first, &err) == rows[i].want);
		assert_row(rows[i].name,
			   (rows[i].want == BELGO_OK) == (strstr(err.text, "was altered") == NULL));
		bg_record_free(&r);
		free(altered);
		json_decref(json);
	}
	free(text);
}

/* Even where the record is made to look like the other account's. */
static void
test_token_seal__tokens_do_not_open_in_another_account(void **state)
{
	const struct bg_token_keys first = ring(0, 1);
	struct planted alice = {.refresh_token = RT1}, bob = {.subject = "bob", .refresh_token = RT2};
	char *of_alice = sealed_text(&alice), *of_bob = sealed_text(&bob), *text;
	json_t *json = json_loads(of_bob, 0, NULL), *other = json_loads(of_alice, 0, NULL);
	struct bg_record *r = NULL;
	struct belgo_error err = {0};

	(void)state;
	assert_int_equal(decode(&r, of_bob, &bob, &first, NULL), BELGO_OK);
	bg_record_free(&r);
	json_object_set(json, "token", token_of(other));
	text = json_dumps(json, 0);
	assert_int_equal(decode(&r, text, &bob, &first, &err), BELGO_ESTORE);
	assert_non_null(strstr(err.text, "was altered"));
	free(text);
	free(of_alice);
	free(of_bob);
	json_decref(json);
	json_decref(other);
}

/* @spec RFC 9449 section 11.4: who has the key can use what is bound to it */
static void
test_token_seal__key_that_tokens_are_bound_to_is_sealed_as_they_are(void **state)
{
	const struct bg_token_keys none = ring(0, 0), first = ring(0, 1);
	struct planted alice = {.refresh_token = RT1, .login = ",\"dpop_key\":\"" WORLD_SECRET "\""};
	char *text = sealed_text(&alice);
	struct bg_record *r = NULL;

	(void)state;
	assert_null(strstr(text, WORLD_SECRET));
	assert_int_equal(decode(&r, text, &alice, &none, NULL), BELGO_ESTORE);
	assert_int_equal(decode(&r, text, &alice, &first, NULL), BELGO_OK);
	assert_string_equal(r->dpop_key, WORLD_SECRET);
	bg_record_free(&r);
	free(text);
}

/* A token of few scopes that was laid where one of many is looked for would be shown to who may have few. */
static void
test_token_seal__further_token_stays_that_of_its_selection(void **state)
{
	static const char *const names[] = {"scope", "resources"};
	const struct bg_token_keys none = ring(0, 0), first = ring(0, 1);
	struct planted alice = {.refresh_token = RT1};
	char *plain = planted_text(&alice), *sealed = NULL, *altered;
	json_t *json = json_loads(plain, 0, NULL), *one;
	struct bg_record *r = NULL;

	(void)state;
	json_object_set_new(json, "further",
			    json_pack("[{s:{s:s, s:s}, s:s, s:[s]}]", "token", "access_token", AT2,
				      "token_type", "Bearer", "scope", "read", "resources",
				      "https://api.example/"));
	free(plain);
	plain = json_dumps(json, 0);
	json_decref(json);
	assert_int_equal(decode(&r, plain, &alice, &none, NULL), BELGO_OK);
	assert_int_equal(bg_record_encode(&sealed, r, &first), BELGO_OK);
	bg_record_free(&r);
	assert_int_equal(decode(&r, sealed, &alice, &first, NULL), BELGO_OK);
	assert_string_equal(r->further[0]->token->access_token, AT2);
	bg_record_free(&r);
	for (size_t i = 0; i < BG_LEN(names); i++) {
		json = json_loads(sealed, 0, NULL);
		one = json_array_get(json_object_get(json, "further"), 0);
		json_object_set_new(one, names[i],
				    i == 0 ? json_string("write") : json_pack("[s]", "https://x.example/"));
		altered = json_dumps(json, 0);
		assert_row(names[i], decode(&r, altered, &alice, &first, NULL) == BELGO_ESTORE);
		free(altered);
		json_decref(json);
	}
	free(sealed);
	free(plain);
}

/* Who can write the store, and has no key, must not get a token in clear. */
static void
test_token_seal__tokens_are_not_sent_to_an_issuer_that_the_store_names(void **state)
{
	struct world *w = provider_up();
	struct planted alice = plant_sealed(w, -1);
	json_t *json = json_loads(world_store_value(w, alice.store_key), 0, NULL);
	char *text;

	(void)state;
	into_another_issuer(json);
	text = json_dumps(json, 0);
	world_store_set(w, alice.store_key, text);
	use_keys(w, 0, 1);
	world_journal_clear(w);
	assert_int_equal(get_token_rc(w, &alice, NULL), BELGO_ESTORE);
	assert_null(strstr(world_journal(w), "evil.example"));
	free(text);
	json_decref(json);
	world_free(&w);
}

static void
test_token_seal__newer_version_is_told_from_a_missing_key(void **state)
{
	const struct bg_token_keys none = ring(0, 0);
	struct planted alice = {.refresh_token = RT1};
	char *text = sealed_text(&alice), *newer;
	json_t *json = json_loads(text, 0, NULL);
	struct bg_record *r = NULL;

	(void)state;
	json_object_set_new(json, "version", json_integer(2));
	newer = json_dumps(json, 0);
	assert_int_equal(decode(&r, newer, &alice, &none, NULL), BELGO_EVERSION);
	free(newer);
	free(text);
	json_decref(json);
}

/* The new set, staged and put, is written under the first key; what another key or none wrote is read. */
static void
test_token_seal__refresh_writes_under_the_first_key(void **state)
{
	static const struct {
		const char *name;
		int was_sealed;
		size_t first, n;
	} rows[] = {{"plain before", 0, 1, 1}, {"the same key", 1, 0, 1}};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		struct world *w = provider_up();
		struct planted alice = rows[i].was_sealed ? plant_sealed(w, -1) : plant_alice(w, -1);
		const struct bg_token_keys with = ring(rows[i].first, rows[i].n);
		struct bg_record *r = NULL;
		char *token = NULL;

		use_keys(w, rows[i].first, rows[i].n);
		answer_token(w, AT2, RT2, NULL);
		assert_row(rows[i].name, get_token(w, &alice, NULL, &token, NULL) == BELGO_OK);
		assert_string_equal(token, AT2);
		assert_row(rows[i].name, !stored_has(w, &alice, WORLD_SECRET));
		assert_row(rows[i].name, decode(&r, world_store_value(w, alice.store_key), &alice, &with,
						NULL) == BELGO_OK);
		assert_string_equal(r->token->refresh_token, RT2);
		bg_record_free(&r);
		free(token);
		world_free(&w);
	}
}

static void
test_token_seal__old_key_gives_way_to_the_new_one(void **state)
{
	static const struct belgo_token_key turned[] = {{"second key of thirty-two bytes."},
							{"first key of thirty-two bytes.."}};
	const struct bg_token_keys second = ring(1, 1);
	struct world *w = provider_up();
	struct planted alice = plant_sealed(w, -1);
	struct bg_record *r = NULL;

	(void)state;
	world_params(w)->token_keys = turned;
	world_params(w)->n_token_keys = 2;
	world_restart(w);
	assert_int_equal(decode(&r, world_store_value(w, alice.store_key), &alice, &second, NULL),
			 BELGO_ESTORE);
	answer_token(w, AT2, RT2, NULL);
	assert_int_equal(get_token_rc(w, &alice, NULL), BELGO_OK);
	assert_int_equal(decode(&r, world_store_value(w, alice.store_key), &alice, &second, NULL), BELGO_OK);
	assert_string_equal(r->token->access_token, AT2);
	bg_record_free(&r);
	world_free(&w);
}

static void
test_token_seal__without_the_key_nothing_is_sent_and_nothing_written(void **state)
{
	static const size_t n_keys[] = {0, 1};

	(void)state;
	for (size_t i = 0; i < BG_LEN(n_keys); i++) {
		struct world *w = provider_up();
		struct planted alice = plant_sealed(w, -1);
		char *before = strdup(world_store_value(w, alice.store_key));
		struct belgo_error err = {0};
		struct belgo_op *op = NULL;

		use_keys(w, 1, n_keys[i]);
		world_journal_clear(w);
		assert_int_equal(get_token_rc(w, &alice, &err), BELGO_ESTORE);
		assert_non_null(strstr(err.text, "are encrypted under the token key"));
		assert_int_equal(belgo_rename_op(&op, world_client(w), alice.key, "other", NULL), BELGO_OK);
		assert_int_equal(world_run(op, NULL), BELGO_ESTORE);
		assert_int_equal(world_count(w, "put") + world_count(w, "stage"), 0);
		assert_null(strstr(world_journal(w), "POST"));
		assert_string_equal(world_store_value(w, alice.store_key), before);
		free(before);
		world_free(&w);
	}
}

static void
test_token_seal__entropy_that_fails_writes_nothing(void **state)
{
	struct world *w = provider_up();
	struct planted alice = plant_alice(w, 600);
	struct belgo_op *op = NULL;

	(void)state;
	use_keys(w, 0, 1);
	world_spend_entropy(w);
	assert_int_equal(belgo_rename_op(&op, world_client(w), alice.key, "other", NULL), BELGO_OK);
	assert_int_not_equal(world_run(op, NULL), BELGO_OK);
	assert_true(stored_has(w, &alice, RT1));
	world_free(&w);
}

static void
test_token_seal__announced_keys_must_be_there(void **state)
{
	const struct belgo_client_params params = {.n_token_keys = 1};
	struct belgo_client *client = NULL;

	(void)state;
	assert_int_equal(belgo_client_new(&client, &params, NULL), BELGO_EINVAL);
	assert_null(client);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_token_seal__any_of_the_keys_opens_and_no_other),
	    cmocka_unit_test(test_token_seal__no_token_is_sealed_alike_twice),
	    cmocka_unit_test(test_token_seal__what_was_altered_is_not_read),
	    cmocka_unit_test(test_token_seal__tokens_do_not_open_in_another_account),
	    cmocka_unit_test(test_token_seal__key_that_tokens_are_bound_to_is_sealed_as_they_are),
	    cmocka_unit_test(test_token_seal__further_token_stays_that_of_its_selection),
	    cmocka_unit_test(test_token_seal__tokens_are_not_sent_to_an_issuer_that_the_store_names),
	    cmocka_unit_test(test_token_seal__newer_version_is_told_from_a_missing_key),
	    cmocka_unit_test(test_token_seal__refresh_writes_under_the_first_key),
	    cmocka_unit_test(test_token_seal__old_key_gives_way_to_the_new_one),
	    cmocka_unit_test(test_token_seal__without_the_key_nothing_is_sent_and_nothing_written),
	    cmocka_unit_test(test_token_seal__entropy_that_fails_writes_nothing),
	    cmocka_unit_test(test_token_seal__announced_keys_must_be_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
