/* Which key judges an ID token, and when the provider is asked for its keys. */
#include "fixture.h"

#include "flow/documents.h"
#include "flow/verify.h"
#include "harness/jose_make.h"

struct judge {
	struct bg_metadata *metadata;
	struct bg_id_token_expect expect;
	struct bg_verdict verdict;
	char *id_token;
	int *keys_missing;
};

static const char *const our_ids[] = {WORLD_CLIENT, NULL};

static void
judge_free(void *frame)
{
	struct judge *f = frame;

	*f->keys_missing = f->verdict.keys_missing;
	bg_metadata_free(&f->metadata);
	bg_json_free(&f->verdict.claims);
	free(f->id_token);
	free(f);
}

static belgo_rc
judged(struct belgo_op *op, void *frame, belgo_rc awaited, struct belgo_error *err)
{
	const struct judge *f = frame;

	(void)op;
	(void)err;
	assert_int_equal(awaited == BELGO_OK, f->verdict.claims != NULL);
	return awaited;
}

static belgo_rc
judge_begin(struct belgo_op *op, void *frame, belgo_rc awaited, struct belgo_error *err)
{
	struct judge *f = frame;

	(void)awaited;
	return bg_verify_id_token(op, &f->verdict, f->id_token, &f->expect, judged, err);
}

/* Takes id_token. keys_missing may be NULL. */
static belgo_rc
judge_with(struct world *w, const char *jwks_uri, char *id_token, int *keys_missing, struct belgo_error *err)
{
	static const char head[] = "{\"issuer\":\"" WORLD_ISSUER "\",\"token_endpoint\":\"" WORLD_TOKEN "\"";
	struct judge *f = calloc(1, sizeof(*f));
	struct belgo_op *op = NULL;
	char metadata[512];
	int ignored;

	(void)snprintf(metadata, sizeof(metadata), "%s%s%s%s}", head,
		       jwks_uri == NULL ? "" : ",\"jwks_uri\":\"", jwks_uri == NULL ? "" : jwks_uri,
		       jwks_uri == NULL ? "" : "\"");
	f->id_token = id_token;
	f->keys_missing = keys_missing == NULL ? &ignored : keys_missing;
	assert_int_equal(bg_metadata_parse(&f->metadata, world_provider(w), metadata, strlen(metadata), NULL),
			 BELGO_OK);
	f->expect = (struct bg_id_token_expect){.provider = world_provider(w),
						.metadata = f->metadata,
						.use = BG_ID_TOKEN_LOGIN,
						.client_ids = our_ids,
						.max_age = -1};
	assert_int_equal(bg_op_new(&op, world_client(w), judge_begin, f, judge_free, NULL), BELGO_OK);
	return world_run(op, err);
}

static belgo_rc
judge(struct world *w, char *id_token)
{
	return judge_with(w, WORLD_JWKS, id_token, NULL, NULL);
}

/* Signed by the i-th key under that kid. */
static char *
signed_by(const struct world *w, int key, const char *kid)
{
	char *claims = claims_of(w, "alice", ""), *token, header[128];

	(void)snprintf(header, sizeof(header), "{\"alg\":\"RS256\",\"kid\":\"%s\"}", kid);
	token = jose_sign(jose_key("RSA-2048", key), "RS256", header, claims);
	free(claims);
	return token;
}

static void
answer_keys(struct world *w, int key, const char *kid)
{
	char *set = world_key_set(key, kid);

	world_answer(w, WORLD_JWKS, 200, set);
	free(set);
}

static void
test_verify__cached_set_serves_without_network(void **state)
{
	struct world *w = world_new();

	(void)state;
	answer_keys(w, 0, "k1");
	assert_int_equal(judge(w, signed_by(w, 0, "k1")), BELGO_OK);
	world_restart(w);
	assert_int_equal(judge(w, signed_by(w, 0, "k1")), BELGO_OK);
	assert_int_equal(world_count(w, "GET " WORLD_JWKS), 1);
	world_free(&w);
}

static void
test_verify__wrong_signature_and_wrong_claims_are_refused(void **state)
{
	struct world *w = world_new();
	int keys_missing = 1;

	(void)state;
	answer_keys(w, 0, "k1");
	assert_int_equal(judge_with(w, WORLD_JWKS, signed_by(w, 1, "k1"), &keys_missing, NULL),
			 BELGO_ESIGNATURE);
	assert_false(keys_missing);
	assert_int_equal(judge(w, id_token_of(w, "alice", ",\"nonce\":\"unasked\"")), BELGO_ECLAIM);
	assert_int_equal(world_count(w, "GET " WORLD_JWKS), 1);
	world_free(&w);
}

/* @spec OpenID Connect Core section 10.1.1 */
static void
test_verify__key_that_has_come_since_is_fetched(void **state)
{
	struct world *w = world_new();

	(void)state;
	answer_keys(w, 0, "k1");
	assert_int_equal(judge(w, signed_by(w, 0, "k1")), BELGO_OK);
	answer_keys(w, 1, "k2");
	assert_int_equal(judge(w, signed_by(w, 1, "k2")), BELGO_OK);
	assert_int_equal(world_count(w, "GET " WORLD_JWKS), 2);
	assert_null(strstr(world_sent_headers(w, WORLD_JWKS), "If-None-Match"));
	assert_int_equal(judge(w, signed_by(w, 0, "k1")), BELGO_ESIGNATURE);
	world_free(&w);
}

static void
test_verify__made_up_key_ids_force_one_fetch_a_minute_in_all_processes(void **state)
{
	struct world *w = world_new();
	struct belgo_error err = {0};

	(void)state;
	for (int i = 0; i < 4; i++)
		answer_keys(w, 0, "k1");
	assert_int_equal(judge(w, signed_by(w, 0, "k1")), BELGO_OK);
	assert_int_equal(judge_with(w, WORLD_JWKS, signed_by(w, 0, "made-up"), NULL, &err), BELGO_ESIGNATURE);
	assert_string_equal(err.text,
			    "the ID token is signed with a key that " WORLD_ISSUER " does not publish");
	assert_int_equal(world_count(w, "GET " WORLD_JWKS), 2);
	assert_int_equal(judge(w, signed_by(w, 0, "another")), BELGO_ESIGNATURE);
	world_restart(w);
	world_advance(w, 59);
	assert_int_equal(judge(w, signed_by(w, 0, "another")), BELGO_ESIGNATURE);
	assert_int_equal(world_count(w, "GET " WORLD_JWKS), 2);
	world_advance(w, 1);
	assert_int_equal(judge(w, signed_by(w, 0, "another")), BELGO_ESIGNATURE);
	assert_int_equal(world_count(w, "GET " WORLD_JWKS), 3);
	world_free(&w);
}

static void
test_verify__failed_refetch_begins_the_minute_too(void **state)
{
	struct world *w = world_new();
	int keys_missing = 0;

	(void)state;
	answer_keys(w, 0, "k1");
	assert_int_equal(judge(w, signed_by(w, 0, "k1")), BELGO_OK);
	world_no_answer(w, WORLD_JWKS, BELGO_EUNAVAILABLE);
	assert_int_equal(judge_with(w, WORLD_JWKS, signed_by(w, 0, "k2"), &keys_missing, NULL),
			 BELGO_EUNAVAILABLE);
	assert_true(keys_missing);
	assert_int_equal(judge(w, signed_by(w, 0, "k2")), BELGO_ESIGNATURE);
	assert_int_equal(world_count(w, "GET " WORLD_JWKS), 2);
	world_free(&w);
}

/* The clock was ahead when the minute began, and was put right since: that minute is over, not years away. */
static void
test_verify__minute_that_begins_in_the_future_is_none(void **state)
{
	struct world *w = world_new();

	(void)state;
	for (int i = 0; i < 4; i++)
		answer_keys(w, 0, "k1");
	answer_keys(w, 1, "k2");
	assert_int_equal(judge(w, signed_by(w, 0, "k1")), BELGO_OK);
	world_advance(w, 400 * 24 * 3600);
	assert_int_equal(judge(w, signed_by(w, 0, "k1")), BELGO_OK);
	assert_int_equal(judge(w, signed_by(w, 0, "made-up")), BELGO_ESIGNATURE);
	world_advance(w, -400 * 24 * 3600);
	assert_int_equal(judge(w, signed_by(w, 0, "k1")), BELGO_OK);
	assert_int_equal(judge(w, signed_by(w, 1, "k2")), BELGO_OK);
	world_free(&w);
}

/* Else a rotation just after a first login would be refused for a minute. */
static void
test_verify__ordinary_fetch_does_not_begin_the_minute(void **state)
{
	struct world *w = world_new();

	(void)state;
	answer_keys(w, 0, "k1");
	answer_keys(w, 1, "k2");
	assert_int_equal(judge(w, signed_by(w, 1, "k2")), BELGO_ESIGNATURE);
	assert_int_equal(world_count(w, "GET " WORLD_JWKS), 1);
	assert_int_equal(judge(w, signed_by(w, 1, "k2")), BELGO_OK);
	assert_int_equal(world_count(w, "GET " WORLD_JWKS), 2);
	world_free(&w);
}

static void
test_verify__stale_set_is_revalidated(void **state)
{
	struct world *w = world_new();

	(void)state;
	answer_keys(w, 0, "k1");
	world_answer_header(w, "etag", "\"e1\"");
	assert_int_equal(judge(w, signed_by(w, 0, "k1")), BELGO_OK);
	world_advance(w, 4000);
	world_answer(w, WORLD_JWKS, 304, "");
	assert_int_equal(judge(w, signed_by(w, 0, "k1")), BELGO_OK);
	assert_non_null(strstr(world_sent_headers(w, WORLD_JWKS), "If-None-Match: \"e1\"\n"));
	assert_int_equal(judge(w, signed_by(w, 0, "k1")), BELGO_OK);
	assert_int_equal(world_count(w, "GET " WORLD_JWKS), 2);
	world_free(&w);
}

static void
test_verify__stale_set_serves_for_a_day_while_the_provider_is_down(void **state)
{
	static const struct {
		const char *name;
		int64_t age;
		const char *kid;
		belgo_rc failure;
		belgo_rc want;
	} rows[] = {
	    {"a key that it has", 4000, "k1", BELGO_EUNAVAILABLE, BELGO_OK},
	    {"the last second", 3600 + 86400 - 1, "k1", BELGO_EUNAVAILABLE, BELGO_OK},
	    {"too old", 3600 + 86400, "k1", BELGO_EUNAVAILABLE, BELGO_EUNAVAILABLE},
	    {"a key that it has not", 4000, "k2", BELGO_EUNAVAILABLE, BELGO_EUNAVAILABLE},
	    {"not down but untrusted", 4000, "k1", BELGO_ETLS, BELGO_ETLS},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		struct world *w = world_new();

		answer_keys(w, 0, "k1");
		assert_int_equal(judge(w, signed_by(w, 0, "k1")), BELGO_OK);
		world_advance(w, rows[i].age);
		world_no_answer(w, WORLD_JWKS, rows[i].failure);
		assert_row(rows[i].name, judge(w, signed_by(w, 0, rows[i].kid)) == rows[i].want);
		world_free(&w);
	}
}

static void
test_verify__keys_that_are_not_to_be_had_are_told_from_a_refusal(void **state)
{
	static const struct {
		const char *name;
		const char *uri;
		int status;
		const char *body;
		belgo_rc want;
	} rows[] = {
	    {"no address", NULL, 0, NULL, BELGO_EPROTO},
	    {"gone", WORLD_JWKS, 404, "{}", BELGO_EPROTO},
	    {"unavailable", WORLD_JWKS, 500, "{}", BELGO_EUNAVAILABLE},
	    {"no set", WORLD_JWKS, 200, "[]", BELGO_EPROTO},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		struct world *w = world_new();
		int keys_missing = 0;

		if (rows[i].body != NULL)
			world_answer(w, WORLD_JWKS, rows[i].status, rows[i].body);
		assert_row(rows[i].name, judge_with(w, rows[i].uri, signed_by(w, 0, "k1"), &keys_missing,
						    NULL) == rows[i].want);
		assert_row(rows[i].name, keys_missing);
		assert_row(rows[i].name, world_document(w, WORLD_JWKS) == NULL);
		world_free(&w);
	}
}

static void
test_verify__cached_set_that_is_damaged_is_fetched_anew(void **state)
{
	struct world *w = world_new();

	(void)state;
	world_document_set(w, WORLD_JWKS,
			   "{\"url\":\"" WORLD_JWKS
			   "\",\"body\":\"[]\",\"etag\":\"x\",\"fetched_at\":1800000000,"
			   "\"fresh_until\":1900000000}");
	answer_keys(w, 0, "k1");
	assert_int_equal(judge(w, signed_by(w, 0, "k1")), BELGO_OK);
	assert_null(strstr(world_sent_headers(w, WORLD_JWKS), "If-None-Match"));
	world_free(&w);
}

/* @spec RFC 8725 section 3.1 */
static void
test_verify__no_algorithm_but_the_agreed_one_is_believed(void **state)
{
	struct world *w = world_new();
	char *claims = claims_of(w, "alice", ""), *set = world_key_set(0, "k1");
	char *rows[] = {
	    jose_compact("{\"alg\":\"none\",\"kid\":\"k1\"}", claims, "x", 1),
	    jose_hmac("HS256", set, strlen(set), "{\"alg\":\"HS256\",\"kid\":\"k1\"}", claims),
	    jose_sign(jose_key("RSA-2048", 0), "RS512", "{\"alg\":\"RS512\",\"kid\":\"k1\"}", claims),
	    jose_sign(jose_key("RSA-2048", 0), "PS256", "{\"alg\":\"RS256\",\"kid\":\"k1\"}", claims),
	};

	(void)state;
	world_answer_always(w, WORLD_JWKS, 200, set);
	for (size_t i = 0; i < BG_LEN(rows); i++)
		assert_int_equal(judge(w, rows[i]), BELGO_ESIGNATURE);
	free(claims);
	free(set);
	world_free(&w);
}

/* Two keys under one kid: which one it was cannot be said. */
static void
test_verify__ambiguous_key_is_refused(void **state)
{
	struct world *w = world_new();
	char *set = jose_jwks(jose_jwk(jose_key("RSA-2048", 0), "\"kid\":\"k1\""),
			      jose_jwk(jose_key("RSA-2048", 1), "\"kid\":\"k1\""), (char *)NULL);

	(void)state;
	world_answer_always(w, WORLD_JWKS, 200, set);
	assert_int_equal(judge(w, signed_by(w, 0, "k1")), BELGO_ESIGNATURE);
	free(set);
	world_free(&w);
}

/* A client that is registered for HS256, as its preset says. */
static void
test_verify__hmac_needs_no_keys_where_the_preset_names_it(void **state)
{
	static const char preset[] =
	    "{\"id\":\"mac\",\"name\":\"M\",\"kind\":\"oidc\",\"issuer\":\"" WORLD_ISSUER
	    "\",\"client_secret\":\"required\","
	    "\"id_token_algs\":[\"HS256\"]}";
	static const char secret[] = "0123456789abcdef0123456789abcdef." WORLD_SECRET;
	static const char *const good = secret, *const wrong = "fedcba9876543210fedcba9876543210";
	struct belgo_provider *p = NULL;

	(void)state;
	assert_int_equal(belgo_provider_from_json(&p, preset, strlen(preset), "test", NULL), BELGO_OK);
	for (int is_good = 0; is_good <= 1; is_good++) {
		struct world *w = world_new();
		struct belgo_login_params params = login_params(w);
		const char *key = is_good ? good : wrong;
		char *nonce = world_foretell(w, 3), more[128], *claims, *id_token;

		(void)snprintf(more, sizeof(more), ",\"nonce\":\"%s\",\"email\":\"a@b.example\"", nonce);
		claims = claims_of(w, "alice", more);
		id_token = jose_hmac("HS256", key, strlen(key), "{\"alg\":\"HS256\"}", claims);
		world_metadata(w, "");
		answer_token(w, AT1, RT1, id_token);
		world_redirect(w, "code=" CODE "&state={state}");
		params.provider = p;
		params.client_secret = secret;
		assert_int_equal(world_run(login_of(w, &params), NULL),
				 is_good ? BELGO_OK : BELGO_ESIGNATURE);
		free(nonce);
		free(claims);
		world_free(&w);
	}
	belgo_provider_free(&p);
}

/* @spec RFC 9110 section 6.6.1 */
static void
test_verify__clock_that_was_measured_to_be_wrong_is_named(void **state)
{
	struct world *w = world_new();
	struct belgo_error err = {0};
	char *token = signed_by(w, 0, "k1"), *set = world_key_set(0, "k1");

	(void)state;
	world_advance(w, 7200);
	world_answer(w, WORLD_JWKS, 200, set);
	world_answer_header(w, "date", "Fri, 15 Jan 2027 08:00:00 GMT");
	assert_int_equal(judge_with(w, WORLD_JWKS, token, NULL, &err), BELGO_ECLAIM);
	assert_true(err.has_clock_skew);
	assert_int_equal(err.clock_skew, 7200);
	assert_non_null(strstr(err.text, "this computer's clock is 7200 s ahead"));
	free(set);
	world_free(&w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_verify__cached_set_serves_without_network),
	    cmocka_unit_test(test_verify__wrong_signature_and_wrong_claims_are_refused),
	    cmocka_unit_test(test_verify__key_that_has_come_since_is_fetched),
	    cmocka_unit_test(test_verify__made_up_key_ids_force_one_fetch_a_minute_in_all_processes),
	    cmocka_unit_test(test_verify__failed_refetch_begins_the_minute_too),
	    cmocka_unit_test(test_verify__minute_that_begins_in_the_future_is_none),
	    cmocka_unit_test(test_verify__ordinary_fetch_does_not_begin_the_minute),
	    cmocka_unit_test(test_verify__stale_set_is_revalidated),
	    cmocka_unit_test(test_verify__stale_set_serves_for_a_day_while_the_provider_is_down),
	    cmocka_unit_test(test_verify__keys_that_are_not_to_be_had_are_told_from_a_refusal),
	    cmocka_unit_test(test_verify__cached_set_that_is_damaged_is_fetched_anew),
	    cmocka_unit_test(test_verify__no_algorithm_but_the_agreed_one_is_believed),
	    cmocka_unit_test(test_verify__ambiguous_key_is_refused),
	    cmocka_unit_test(test_verify__hmac_needs_no_keys_where_the_preset_names_it),
	    cmocka_unit_test(test_verify__clock_that_was_measured_to_be_wrong_is_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
