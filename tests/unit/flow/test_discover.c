/* Where metadata comes from: which candidate, which cache, and what each answer leads to. */
#include "fixture.h"

#include "flow/discover.h"

#define TENANT "https://op.example/t1"
#define TENANT_OPENID TENANT "/.well-known/openid-configuration"
#define TENANT_OAUTH "https://op.example/.well-known/oauth-authorization-server/t1"
#define TENANT_INSERTED "https://op.example/.well-known/openid-configuration/t1"

/* An operation that only wants cached metadata, as every other one does first. */
struct want {
	const struct belgo_provider *provider;
	struct bg_metadata *metadata;
	char **token_endpoint;
};

static void
want_free(void *frame)
{
	struct want *f = frame;

	bg_metadata_free(&f->metadata);
	free(f);
}

static belgo_rc
wanted(struct belgo_op *op, void *frame, belgo_rc awaited, struct belgo_error *err)
{
	const struct want *f = frame;

	(void)op;
	(void)err;
	if (awaited == BELGO_OK)
		*f->token_endpoint = strdup(f->metadata->endpoints.token);
	return awaited;
}

static belgo_rc
want_begin(struct belgo_op *op, void *frame, belgo_rc awaited, struct belgo_error *err)
{
	struct want *f = frame;

	(void)awaited;
	return bg_discover(op, &f->metadata, f->provider, BG_CACHED_IS_FINE, wanted, err);
}

/* *out: the token endpoint, malloc'd, or NULL. */
static belgo_rc
discover(struct world *w, const struct belgo_provider *p, char **out, struct belgo_error *err)
{
	struct want *f = calloc(1, sizeof(*f));
	struct belgo_op *op = NULL;

	*out = NULL;
	*f = (struct want){.provider = p, .token_endpoint = out};
	assert_int_equal(bg_op_new(&op, world_client(w), want_begin, f, want_free, NULL), BELGO_OK);
	return world_run(op, err);
}

static belgo_rc
discover_rc(struct world *w, const struct belgo_provider *p, struct belgo_error *err)
{
	char *endpoint = NULL;
	belgo_rc rc = discover(w, p, &endpoint, err);

	free(endpoint);
	return rc;
}

static void
test_discover__fresh_metadata_is_not_fetched_again(void **state)
{
	static const struct {
		const char *name;
		const char *cache_control;
		int64_t still_fresh;
		int64_t stale;
	} rows[] = {
	    {"an hour by default", NULL, 3599, 3600},
	    {"as the provider says", "max-age=600", 599, 600},
	    {"a minute at least", "max-age=0", 59, 60},
	    {"a day at most", "max-age=9999999", 86399, 86400},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		struct world *w = world_new();

		world_metadata(w, "");
		if (rows[i].cache_control != NULL)
			world_answer_header(w, "cache-control", rows[i].cache_control);
		assert_int_equal(discover_rc(w, world_provider(w), NULL), BELGO_OK);
		world_advance(w, rows[i].still_fresh);
		assert_int_equal(discover_rc(w, world_provider(w), NULL), BELGO_OK);
		assert_row(rows[i].name, world_count(w, "GET " WORLD_METADATA) == 1);
		world_advance(w, rows[i].stale - rows[i].still_fresh);
		assert_int_equal(discover_rc(w, world_provider(w), NULL), BELGO_OK);
		assert_row(rows[i].name, world_count(w, "GET " WORLD_METADATA) == 2);
		world_free(&w);
	}
}

static void
test_discover__metadata_is_shared_with_other_processes(void **state)
{
	struct world *w = world_new();

	(void)state;
	world_metadata(w, "");
	assert_int_equal(discover_rc(w, world_provider(w), NULL), BELGO_OK);
	world_restart(w);
	assert_int_equal(discover_rc(w, world_provider(w), NULL), BELGO_OK);
	assert_int_equal(world_count(w, "GET " WORLD_METADATA), 1);
	world_free(&w);
}

static void
test_discover__without_a_cache_the_client_remembers(void **state)
{
	struct world *w = world_new();

	(void)state;
	world_params(w)->cache = NULL;
	world_restart(w);
	world_metadata(w, "");
	assert_int_equal(discover_rc(w, world_provider(w), NULL), BELGO_OK);
	assert_int_equal(discover_rc(w, world_provider(w), NULL), BELGO_OK);
	assert_int_equal(world_count(w, "GET " WORLD_METADATA), 1);
	world_restart(w);
	assert_int_equal(discover_rc(w, world_provider(w), NULL), BELGO_OK);
	assert_int_equal(world_count(w, "GET " WORLD_METADATA), 2);
	world_free(&w);
}

/* @spec RFC 9110 section 13.1.2, 13.1.3, 15.4.5 */
static void
test_discover__stale_metadata_is_revalidated(void **state)
{
	struct world *w = world_new();

	(void)state;
	world_metadata(w, "");
	world_answer_header(w, "etag", "\"e1\"");
	world_answer_header(w, "last-modified", "Sat, 21 Nov 2026 00:00:00 GMT");
	assert_int_equal(discover_rc(w, world_provider(w), NULL), BELGO_OK);
	world_forget_answers(w, WORLD_METADATA);
	world_answer(w, WORLD_METADATA, 304, "");
	world_advance(w, 4000);
	assert_int_equal(discover_rc(w, world_provider(w), NULL), BELGO_OK);
	assert_non_null(strstr(world_sent_headers(w, WORLD_METADATA), "If-None-Match: \"e1\"\n"));
	assert_non_null(strstr(world_sent_headers(w, WORLD_METADATA), "If-Modified-Since: Sat, 21 Nov 2026"));
	assert_int_equal(discover_rc(w, world_provider(w), NULL), BELGO_OK);
	assert_int_equal(world_count(w, "GET " WORLD_METADATA), 2);
	world_answer(w, WORLD_METADATA, 304, "");
	world_advance(w, 4000);
	assert_int_equal(discover_rc(w, world_provider(w), NULL), BELGO_OK);
	assert_non_null(strstr(world_sent_headers(w, WORLD_METADATA), "If-None-Match: \"e1\"\n"));
	world_free(&w);
}

static void
test_discover__new_metadata_takes_the_place_of_stale_one(void **state)
{
	struct world *w = world_new();
	char *endpoint = NULL;

	(void)state;
	world_metadata(w, "");
	assert_int_equal(discover_rc(w, world_provider(w), NULL), BELGO_OK);
	world_forget_answers(w, WORLD_METADATA);
	world_answer(w, WORLD_METADATA, 200,
		     "{\"issuer\":\"" WORLD_ISSUER "\",\"token_endpoint\":\"" WORLD_ISSUER "/new\"}");
	world_advance(w, 4000);
	assert_int_equal(discover(w, world_provider(w), &endpoint, NULL), BELGO_OK);
	assert_string_equal(endpoint, WORLD_ISSUER "/new");
	free(endpoint);
	world_free(&w);
}

static void
test_discover__304_that_nobody_asked_for_is_no_answer(void **state)
{
	struct world *w = world_new();

	(void)state;
	world_answer(w, WORLD_METADATA, 304, "");
	assert_int_equal(discover_rc(w, world_provider(w), NULL), BELGO_EPROTO);
	world_free(&w);
}

static struct belgo_provider *
tenant_provider(void)
{
	struct belgo_provider *p = NULL;

	assert_int_equal(belgo_provider_from_issuer(&p, TENANT, NULL), BELGO_OK);
	return p;
}

static const char tenant_metadata[] = "{\"issuer\":\"" TENANT "\",\"token_endpoint\":\"" TENANT "/token\"}";

/* @spec RFC 8414 section 3.1; OpenID Connect Discovery 1.0 section 4.1 */
static void
test_discover__candidates_are_asked_in_order_until_one_answers(void **state)
{
	static const char *const order[] = {TENANT_OPENID, TENANT_OAUTH, TENANT_INSERTED};

	(void)state;
	for (size_t good = 0; good <= BG_LEN(order); good++) {
		struct belgo_provider *p = tenant_provider();
		struct world *w = world_new();
		struct belgo_error err = {0};

		if (good < BG_LEN(order))
			world_answer(w, order[good], 200, tenant_metadata);
		assert_int_equal(discover_rc(w, p, &err), good < BG_LEN(order) ? BELGO_OK : BELGO_ENOTFOUND);
		for (size_t i = 0; i < BG_LEN(order); i++) {
			char line[256];

			(void)snprintf(line, sizeof(line), "GET %s", order[i]);
			assert_int_equal(world_count(w, line), i <= good);
		}
		if (good == BG_LEN(order))
			assert_string_equal(err.text, TENANT
					    " publishes no metadata: every well-known address answered 4xx");
		world_free(&w);
		belgo_provider_free(&p);
	}
}

static void
test_discover__later_candidate_is_found_again_in_the_cache(void **state)
{
	struct belgo_provider *p = tenant_provider();
	struct world *w = world_new();

	(void)state;
	world_answer(w, TENANT_OAUTH, 200, tenant_metadata);
	assert_int_equal(discover_rc(w, p, NULL), BELGO_OK);
	world_journal_clear(w);
	assert_int_equal(discover_rc(w, p, NULL), BELGO_OK);
	assert_string_equal(world_journal(w), "");
	world_free(&w);
	belgo_provider_free(&p);
}

static void
test_discover__other_failures_than_4xx_end_the_search(void **state)
{
	static const struct {
		const char *name;
		int status;
		const char *body;
		belgo_rc rc;
		belgo_rc want;
	} rows[] = {
	    {"unavailable", 500, "{}", BELGO_OK, BELGO_EUNAVAILABLE},
	    {"too many requests", 429, "{}", BELGO_OK, BELGO_EUNAVAILABLE},
	    {"no answer", 0, "", BELGO_EUNAVAILABLE, BELGO_EUNAVAILABLE},
	    {"no trust", 0, "", BELGO_ETLS, BELGO_ETLS},
	    {"redirect", 301, "", BELGO_OK, BELGO_EPROTO},
	    {"no JSON", 200, "<html>", BELGO_OK, BELGO_EPROTO},
	    {"another issuer", 200,
	     "{\"issuer\":\"https://evil.example\",\"token_endpoint\":\"https://evil.example/t\"}", BELGO_OK,
	     BELGO_EISSUER},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		struct belgo_provider *p = tenant_provider();
		struct world *w = world_new();

		if (rows[i].rc != BELGO_OK)
			world_no_answer(w, TENANT_OPENID, rows[i].rc);
		else
			world_answer(w, TENANT_OPENID, rows[i].status, rows[i].body);
		world_answer(w, TENANT_OAUTH, 200, tenant_metadata);
		assert_row(rows[i].name, discover_rc(w, p, NULL) == rows[i].want);
		assert_row(rows[i].name, world_count(w, "GET " TENANT_OAUTH) == 0);
		assert_row(rows[i].name, world_document(w, TENANT_OPENID) == NULL);
		world_free(&w);
		belgo_provider_free(&p);
	}
}

static void
test_discover__document_that_has_moved_is_looked_for_everywhere(void **state)
{
	struct belgo_provider *p = tenant_provider();
	struct world *w = world_new();

	(void)state;
	world_answer(w, TENANT_OAUTH, 200, tenant_metadata);
	assert_int_equal(discover_rc(w, p, NULL), BELGO_OK);
	world_advance(w, 4000);
	world_journal_clear(w);
	world_answer(w, TENANT_INSERTED, 200, tenant_metadata);
	assert_int_equal(discover_rc(w, p, NULL), BELGO_OK);
	assert_string_equal(world_journal(w), "GET " TENANT_OAUTH "\nGET " TENANT_OPENID "\nGET " TENANT_OAUTH
					      "\nGET " TENANT_INSERTED "\n");
	world_free(&w);
	belgo_provider_free(&p);
}

static void
test_discover__cached_document_that_would_not_pass_is_not_believed(void **state)
{
	static const char *const rows[] = {
	    "no JSON",
	    "{}",
	    "{\"url\":\"https://elsewhere.example/"
	    "\",\"body\":\"{}\",\"fetched_at\":1,\"fresh_until\":9999999999}",
	    "{\"url\":\"" WORLD_METADATA "\",\"body\":7,\"fetched_at\":1,\"fresh_until\":9999999999}",
	    "{\"url\":\"" WORLD_METADATA
	    "\",\"body\":\"{\\\"issuer\\\":\\\"https://evil.example\\\"}\",\"etag\":\"x\","
	    "\"fetched_at\":1,\"fresh_until\":9999999999}",
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		struct world *w = world_new();

		world_metadata(w, "");
		world_document_set(w, WORLD_METADATA, rows[i]);
		assert_row(rows[i], discover_rc(w, world_provider(w), NULL) == BELGO_OK);
		assert_row(rows[i], world_count(w, "GET " WORLD_METADATA) == 1);
		assert_row(rows[i], strstr(world_sent_headers(w, WORLD_METADATA), "If-None-Match") == NULL);
		world_free(&w);
	}
}

static void
test_discover__provider_without_metadata_is_what_its_preset_says(void **state)
{
	static const char preset[] = "{\"id\":\"forge\",\"name\":\"F\",\"kind\":\"oauth2\",\"issuer\":"
				     "\"https://forge.example\",\"discovery\":\"none\","
				     "\"authorization_endpoint\":\"https://forge.example/"
				     "a\",\"token_endpoint\":\"https://forge.example/t\"}";
	struct belgo_provider *p = NULL;
	struct world *w = world_new();
	struct belgo_op *op = NULL;
	struct belgo_error err = {0};
	char *endpoint = NULL;

	(void)state;
	assert_int_equal(belgo_provider_from_json(&p, preset, strlen(preset), "test", NULL), BELGO_OK);
	assert_int_equal(discover(w, p, &endpoint, NULL), BELGO_OK);
	assert_string_equal(endpoint, "https://forge.example/t");
	assert_string_equal(world_journal(w), "");
	assert_int_equal(belgo_discover_op(&op, world_client(w), p, NULL), BELGO_OK);
	assert_int_equal(world_run(op, &err), BELGO_ENOTFOUND);
	assert_string_equal(err.text,
			    "https://forge.example publishes no metadata; its preset names the endpoints");
	free(endpoint);
	world_free(&w);
	belgo_provider_free(&p);
}

static void
test_discover__operation_looks_past_every_cache(void **state)
{
	struct world *w = world_new();
	struct belgo_op *op = NULL;

	(void)state;
	world_metadata(w, "\"extra\":1,");
	assert_int_equal(discover_rc(w, world_provider(w), NULL), BELGO_OK);
	assert_int_equal(belgo_discover_op(&op, world_client(w), world_provider(w), NULL), BELGO_OK);
	assert_int_equal(world_finish(op, NULL), BELGO_OK);
	assert_non_null(strstr(belgo_op_json(op), "\"extra\":1"));
	assert_int_equal(world_count(w, "GET " WORLD_METADATA), 2);
	belgo_op_free(&op);
	assert_int_equal(belgo_discover_op(&op, world_client(w), NULL, NULL), BELGO_EINVAL);
	world_free(&w);
}

static void
test_discover__operation_tells_what_is_wrong(void **state)
{
	struct world *w = world_new();
	struct belgo_op *op = NULL;

	(void)state;
	world_answer(w, WORLD_METADATA, 200, "[]");
	assert_int_equal(belgo_discover_op(&op, world_client(w), world_provider(w), NULL), BELGO_OK);
	assert_int_equal(world_run(op, NULL), BELGO_EPROTO);
	world_free(&w);
}

static void
test_discover__metadata_as_a_login_uses_them_come_from_the_cache(void **state)
{
	struct world *w = world_new();

	(void)state;
	world_metadata(w, "");
	for (int i = 0; i < 2; i++) {
		struct belgo_op *op = NULL;

		assert_int_equal(belgo_metadata_op(&op, world_client(w), world_provider(w), NULL), BELGO_OK);
		assert_int_equal(world_finish(op, NULL), BELGO_OK);
		assert_non_null(strstr(belgo_op_json(op), WORLD_TOKEN));
		belgo_op_free(&op);
	}
	assert_int_equal(world_count(w, "GET " WORLD_METADATA), 1);
	world_free(&w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_discover__fresh_metadata_is_not_fetched_again),
	    cmocka_unit_test(test_discover__metadata_as_a_login_uses_them_come_from_the_cache),
	    cmocka_unit_test(test_discover__metadata_is_shared_with_other_processes),
	    cmocka_unit_test(test_discover__without_a_cache_the_client_remembers),
	    cmocka_unit_test(test_discover__stale_metadata_is_revalidated),
	    cmocka_unit_test(test_discover__new_metadata_takes_the_place_of_stale_one),
	    cmocka_unit_test(test_discover__304_that_nobody_asked_for_is_no_answer),
	    cmocka_unit_test(test_discover__candidates_are_asked_in_order_until_one_answers),
	    cmocka_unit_test(test_discover__later_candidate_is_found_again_in_the_cache),
	    cmocka_unit_test(test_discover__other_failures_than_4xx_end_the_search),
	    cmocka_unit_test(test_discover__document_that_has_moved_is_looked_for_everywhere),
	    cmocka_unit_test(test_discover__cached_document_that_would_not_pass_is_not_believed),
	    cmocka_unit_test(test_discover__provider_without_metadata_is_what_its_preset_says),
	    cmocka_unit_test(test_discover__operation_looks_past_every_cache),
	    cmocka_unit_test(test_discover__operation_tells_what_is_wrong),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
