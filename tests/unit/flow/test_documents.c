/* Documents that were fetched before: kept in the client and the cache, and for how long. */
#include "fixture.h"

#include "flow/documents.h"

static struct bg_document *
document(const char *url, int64_t fetched_at)
{
	struct bg_document *doc = calloc(1, sizeof(*doc));

	*doc = (struct bg_document){.url = strdup(url),
				    .body = strdup("{\"a\":\"\\n\"}\n"),
				    .etag = strdup("\"e\""),
				    .last_modified = strdup("today"),
				    .fetched_at = fetched_at,
				    .fresh_until = fetched_at + 100,
				    .forced_at = 7};
	return doc;
}

static void
test_documents__come_back_as_they_were_kept(void **state)
{
	(void)state;
	for (int with_cache = 0; with_cache <= 1; with_cache++) {
		struct world *w = world_new();
		struct bg_document *doc = document("https://a.example/", WORLD_NOW), *back = NULL;

		if (!with_cache) {
			world_params(w)->cache = NULL;
			world_restart(w);
		}
		bg_document_keep(world_client(w), doc);
		if (with_cache)
			world_restart(w);
		assert_int_equal(bg_document_load(&back, world_client(w), "https://a.example/"), BELGO_OK);
		assert_string_equal(back->url, doc->url);
		assert_string_equal(back->body, doc->body);
		assert_string_equal(back->etag, doc->etag);
		assert_string_equal(back->last_modified, doc->last_modified);
		assert_int_equal(back->fetched_at, doc->fetched_at);
		assert_int_equal(back->fresh_until, doc->fresh_until);
		assert_int_equal(back->forced_at, 7);
		bg_document_free(&back);
		assert_int_equal(bg_document_load(&back, world_client(w), "https://b.example/"),
				 BELGO_ENOTFOUND);
		assert_null(back);
		bg_document_free(&doc);
		world_free(&w);
	}
}

static void
test_documents__oldest_gives_way_to_the_newest(void **state)
{
	struct world *w = world_new();
	struct bg_document *back = NULL;
	char url[64];

	(void)state;
	world_params(w)->cache = NULL;
	world_restart(w);
	for (int i = 0; i < 40; i++) {
		struct bg_document *doc;

		(void)snprintf(url, sizeof(url), "https://%d.example/", i);
		doc = document(url, WORLD_NOW);
		bg_document_keep(world_client(w), doc);
		bg_document_keep(world_client(w), doc);
		bg_document_free(&doc);
	}
	assert_int_equal(bg_document_load(&back, world_client(w), "https://0.example/"), BELGO_ENOTFOUND);
	assert_int_equal(bg_document_load(&back, world_client(w), "https://39.example/"), BELGO_OK);
	bg_document_free(&back);
	world_free(&w);
}

static void
test_documents__cache_is_asked_before_the_clients_own_memory(void **state)
{
	struct world *w = world_new();
	struct bg_document *doc = document("https://a.example/", WORLD_NOW), *back = NULL;
	struct belgo_client *other = NULL;

	(void)state;
	bg_document_keep(world_client(w), doc);
	assert_int_equal(belgo_client_new(&other, world_params(w), NULL), BELGO_OK);
	doc->fetched_at += 50;
	bg_document_keep(other, doc);
	assert_int_equal(bg_document_load(&back, world_client(w), "https://a.example/"), BELGO_OK);
	assert_int_equal(back->fetched_at, WORLD_NOW + 50);
	bg_document_free(&back);
	bg_document_free(&doc);
	belgo_client_free(&other);
	world_free(&w);
}

static void
test_documents__damaged_cache_falls_back_to_memory(void **state)
{
	static const char *const rows[] = {
	    "",
	    "[]",
	    "{\"url\":\"https://a.example/\"}",
	    "{\"url\":\"https://a.example/\",\"body\":\"x\",\"fetched_at\":\"1\",\"fresh_until\":2}",
	    "{\"url\":\"https://a.example/\",\"body\":\"x\",\"fetched_at\":1}",
	    "{\"url\":\"https://a.example/\",\"body\":\"x\",\"fetched_at\":1,\"fresh_until\":2,\"etag\":5}",
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		struct world *w = world_new();
		struct bg_document *doc = document("https://a.example/", WORLD_NOW), *back = NULL;

		bg_document_keep(world_client(w), doc);
		world_document_set(w, "https://a.example/", rows[i]);
		assert_row(rows[i],
			   bg_document_load(&back, world_client(w), "https://a.example/") == BELGO_OK);
		assert_row(rows[i], strcmp(back->body, doc->body) == 0);
		bg_document_free(&back);
		bg_document_free(&doc);
		world_free(&w);
	}
}

/* A clock that was wrong when it came must not make it last. */
static void
test_documents__document_from_the_future_is_not_fresh(void **state)
{
	static const struct {
		int64_t now;
		int fresh;
	} rows[] = {{WORLD_NOW, 1},
		    {WORLD_NOW + 99, 1},
		    {WORLD_NOW + 100, 0},
		    {WORLD_NOW - 60, 1},
		    {WORLD_NOW - 61, 0}};
	struct bg_document *doc = document("https://a.example/", WORLD_NOW);

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++)
		assert_int_equal(bg_document_is_fresh(doc, rows[i].now), rows[i].fresh);
	bg_document_free(&doc);
	bg_document_free(&doc);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_documents__come_back_as_they_were_kept),
	    cmocka_unit_test(test_documents__oldest_gives_way_to_the_newest),
	    cmocka_unit_test(test_documents__cache_is_asked_before_the_clients_own_memory),
	    cmocka_unit_test(test_documents__damaged_cache_falls_back_to_memory),
	    cmocka_unit_test(test_documents__document_from_the_future_is_not_fresh),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
