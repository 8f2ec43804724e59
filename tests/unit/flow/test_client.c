/* Making a client: what is put in place of what was not given, and which provider an account belongs to. */
#include "fixture.h"

#include "harness/seams_stub.h"

static void
test_client__built_in_seams_stand_in_for_missing_ones(void **state)
{
	struct belgo_client_params params = {0};
	struct belgo_client *client = NULL;

	(void)state;
	assert_int_equal(belgo_client_new(&client, &params, NULL), BELGO_OK);
	assert_ptr_equal(client->params.system, &seams_system);
	assert_ptr_equal(client->params.listener, &seams_listener);
	assert_ptr_equal(client->params.transport->ctx, &seams_curl_ctx);
	assert_int_equal(client->params.clock_tolerance, 60);
	assert_int_equal(client->params.lock_timeout_ms, 45000);
	belgo_client_free(&client);
	assert_null(client);
	belgo_client_free(&client);
}

static void
test_client__transport_that_cannot_be_made_is_told(void **state)
{
	struct belgo_client_params params = {0};
	struct belgo_client *client = NULL;

	(void)state;
	seams_curl_rc = BELGO_ENOMEM;
	assert_int_equal(belgo_client_new(&client, &params, NULL), BELGO_ENOMEM);
	seams_curl_rc = BELGO_OK;
	assert_null(client);
}

static void
test_client__bounds_are_kept(void **state)
{
	static const struct {
		const char *name;
		struct belgo_client_params params;
		belgo_rc want;
	} rows[] = {
	    {"tolerance at its bound", {.clock_tolerance = 300}, BELGO_OK},
	    {"tolerance past it", {.clock_tolerance = 301}, BELGO_EINVAL},
	    {"negative tolerance", {.clock_tolerance = -1}, BELGO_EINVAL},
	    {"negative timeout", {.lock_timeout_ms = -1}, BELGO_EINVAL},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		struct belgo_client *client = NULL;

		assert_row(rows[i].name, belgo_client_new(&client, &rows[i].params, NULL) == rows[i].want);
		belgo_client_free(&client);
	}
}

/* A program's own store or transport that is none would crash at the first use. */
static void
test_client__seams_that_lack_what_they_need_are_refused(void **state)
{
	struct world *w = world_new();
	const struct belgo_store whole = *world_store(w);
	struct belgo_store rows[6];
	const struct belgo_transport nothing = {0};
	struct belgo_client_params params = {.transport = &nothing};
	struct belgo_client *client = NULL;

	(void)state;
	assert_int_equal(belgo_client_new(&client, &params, NULL), BELGO_EINVAL);
	for (size_t i = 0; i < BG_LEN(rows); i++)
		rows[i] = whole;
	rows[0].get = NULL;
	rows[1].put = NULL;
	rows[2].remove = NULL;
	rows[3].list = NULL;
	rows[4].identity = NULL;
	rows[5].unlock = NULL;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		params = (struct belgo_client_params){.store = &rows[i]};
		assert_int_equal(belgo_client_new(&client, &params, NULL), BELGO_EINVAL);
	}
	rows[5] = (struct belgo_store){.get = whole.get,
				       .put = whole.put,
				       .remove = whole.remove,
				       .list = whole.list,
				       .identity = whole.identity};
	assert_int_equal(belgo_client_new(&client, &params, NULL), BELGO_OK);
	belgo_client_free(&client);
	world_free(&w);
}

#define OIDC(id, issuer) "{\"id\":\"" id "\",\"name\":\"N\",\"kind\":\"oidc\",\"issuer\":\"" issuer "\""

static struct belgo_provider *
provider_from(const char *preset)
{
	struct belgo_provider *p = NULL;

	assert_int_equal(belgo_provider_from_json(&p, preset, strlen(preset), "test", NULL), BELGO_OK);
	return p;
}

static belgo_rc
find_provider(void *arg, const char *id, struct belgo_provider **out, struct belgo_error *err)
{
	(void)arg;
	if (strcmp(id, "own") != 0)
		return bg_fail(err, BELGO_ENOTFOUND, "the program knows no %s", id);
	*out = provider_from(OIDC("own", "https://own.example") "}");
	return BELGO_OK;
}

static void
test_client__provider_of_an_account_is_found_with_its_tenant(void **state)
{
	static char own[] = "own", builtin[] = "builtin", gone[] = "gone", other[] = "other",
		    bare[] = WORLD_ISSUER, at_own[] = "https://own.example",
		    at_main[] = "https://main.example", at_other[] = "https://other.example";
	static const struct {
		const char *name;
		struct belgo_account account;
		int program_finds;
		belgo_rc want;
		const char *issuer;
	} rows[] = {
	    {"a bare issuer", {.metadata_issuer = bare}, 0, BELGO_OK, WORLD_ISSUER},
	    {"built in, its default tenant",
	     {.provider = builtin, .metadata_issuer = at_main},
	     0,
	     BELGO_OK,
	     at_main},
	    {"built in, another tenant",
	     {.provider = builtin, .tenant = other, .metadata_issuer = at_other},
	     0,
	     BELGO_OK,
	     at_other},
	    {"not built in", {.provider = gone}, 0, BELGO_ENOTFOUND, NULL},
	    {"the program's own, without tenants",
	     {.provider = own, .metadata_issuer = at_own},
	     1,
	     BELGO_OK,
	     at_own},
	    {"a preset of that id at another issuer (A12)",
	     {.provider = own, .metadata_issuer = bare},
	     1,
	     BELGO_EISSUER,
	     NULL},
	    {"a default tenant that was another at login (A12)",
	     {.provider = builtin, .metadata_issuer = at_other},
	     0,
	     BELGO_EISSUER,
	     NULL},
	    {"a tenant where there is none", {.provider = own, .tenant = other}, 1, BELGO_EINVAL, NULL},
	    {"unknown to the program", {.provider = builtin}, 1, BELGO_ENOTFOUND, NULL},
	};
	struct belgo_provider *p = provider_from(OIDC(
	    "builtin",
	    "https://{tenant}.example") ",\"tenant\":{\"default\":\"main\",\"words\":[\"main\",\"other\"]}}");

	(void)state;
	seams_builtin = p;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		struct world *w = world_new();
		struct belgo_provider *found = NULL;

		if (rows[i].program_finds)
			world_params(w)->find_provider = find_provider;
		world_restart(w);
		assert_row(rows[i].name, bg_client_provider(&found, world_client(w), &rows[i].account,
							    NULL) == rows[i].want);
		assert_row(rows[i].name,
			   found == NULL || strcmp(belgo_provider_issuer(found), rows[i].issuer) == 0);
		belgo_provider_free(&found);
		world_free(&w);
	}
	seams_builtin = NULL;
	belgo_provider_free(&p);
}

static void
test_client__ids_differ_wherever_their_parts_do(void **state)
{
	char a[65], b[65], c[65], d[65], e[65];

	(void)state;
	assert_int_equal(bg_account_key(a, "i", "c", "s", NULL), BELGO_OK);
	assert_int_equal(bg_account_key(b, "i", "cs", "", NULL), BELGO_OK);
	assert_int_equal(bg_client_key(c, "i", "c"), BELGO_OK);
	assert_int_equal(bg_account_key(d, "i", "c", "s", NULL), BELGO_OK);
	assert_int_equal(bg_account_key(e, "i", "c", "s", "r"), BELGO_OK);
	assert_string_not_equal(a, b);
	assert_string_not_equal(a, c);
	assert_string_not_equal(a, e);
	assert_string_equal(a, d);
	assert_int_equal(bg_check_account_key(a, NULL), BELGO_OK);
	a[0] = 'G';
	assert_int_equal(bg_check_account_key(a, NULL), BELGO_EINVAL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_client__built_in_seams_stand_in_for_missing_ones),
	    cmocka_unit_test(test_client__transport_that_cannot_be_made_is_told),
	    cmocka_unit_test(test_client__bounds_are_kept),
	    cmocka_unit_test(test_client__seams_that_lack_what_they_need_are_refused),
	    cmocka_unit_test(test_client__provider_of_an_account_is_found_with_its_tenant),
	    cmocka_unit_test(test_client__ids_differ_wherever_their_parts_do),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
