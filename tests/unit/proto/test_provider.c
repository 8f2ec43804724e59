/* A provider in use: the bare issuer, the tenant, the issuer comparison. */
#include "base/mem.h"
#include "harness/json_text.h"
#include "harness/test.h"
#include "proto/provider_members.h"

#define ISSUER "https://op.example"

static const char many[] = JSON({
	"id" : "many",
	"issuer" : "https://login.example.com/{tenant}/v2",
	"tenant" : {"default" : "common", "words" : [ "common", "staff" ]},
	"device_authorization_endpoint" : "https://login.example.com/{tenant}/device?t={tenant}"
});

static struct belgo_provider *
preset(const char *json)
{
	struct belgo_provider *p = NULL;
	struct belgo_error err = {0};

	if (belgo_provider_from_json(&p, json, strlen(json), "test.json", &err) != BELGO_OK)
		fail_msg("%s", err.text);
	return p;
}

static void
test_provider__bare_issuer_is_oidc_by_discovery(void **state)
{
	BG_AUTO(belgo_provider_free) struct belgo_provider *p = NULL;

	(void)state;
	assert_int_equal(belgo_provider_from_issuer(&p, "https://op.example/realm", NULL), BELGO_OK);
	assert_null(belgo_provider_id(p));
	assert_string_equal(belgo_provider_name(p), "op.example");
	assert_string_equal(belgo_provider_issuer(p), "https://op.example/realm");
	assert_string_equal(belgo_provider_client_secret(p), "optional");
	assert_int_equal(p->kind, BG_KIND_OIDC);
	assert_int_equal(p->discovery, BG_DISCOVERY_BOTH);
	assert_ptr_equal(p->hooks, &bg_hooks_none);
	assert_false(belgo_provider_takes_tenant(p));
	assert_null(belgo_provider_setup(p));
	assert_null(belgo_provider_verified_on(p));
	assert_null(belgo_provider_scope(p));
}

/* @spec OpenID Connect Discovery 1.0 section 3; RFC 8414 section 2 */
static void
test_provider__bare_issuer_must_be_an_issuer(void **state)
{
	static const struct {
		const char *issuer;
		belgo_rc want;
	} rows[] = {
	    {"http://127.0.0.1:8080", BELGO_OK},
	    {"http://op.example", BELGO_EINVAL},
	    {"op.example", BELGO_EINVAL},
	    {"https://u@op.example", BELGO_EINVAL},
	    {"https://op.example?a=b", BELGO_EINVAL},
	    {"https://op.example#a", BELGO_EINVAL},
	    {"https://op.example/{tenant}", BELGO_EINVAL},
	    {"", BELGO_EINVAL},
	    {NULL, BELGO_EINVAL},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		BG_AUTO(belgo_provider_free) struct belgo_provider *p = NULL;
		struct belgo_error err = {0};
		const char *row = rows[i].issuer != NULL ? rows[i].issuer : "NULL";

		assert_row(row, belgo_provider_from_issuer(&p, rows[i].issuer, &err) == rows[i].want);
		assert_row(row, (p != NULL) == (rows[i].want == BELGO_OK) && err.rc == rows[i].want);
	}
}

static void
test_provider__tenant_is_put_into_issuer_and_endpoints(void **state)
{
	static const struct {
		const char *tenant, *issuer, *device;
	} rows[] = {
	    {NULL, "https://login.example.com/common/v2", "https://login.example.com/common/device?t=common"},
	    {"staff", "https://login.example.com/staff/v2", "https://login.example.com/staff/device?t=staff"},
	    {"a.b-c.example", "https://login.example.com/a.b-c.example/v2",
	     "https://login.example.com/a.b-c.example/device?t=a.b-c.example"},
	    {"0123abcd-0000-0000-0000-00000000000f",
	     "https://login.example.com/0123abcd-0000-0000-0000-00000000000f/v2",
	     "https://login.example.com/0123abcd-0000-0000-0000-00000000000f/"
	     "device?t=0123abcd-0000-0000-0000-00000000000f"},
	};
	BG_AUTO(belgo_provider_free) struct belgo_provider *p = preset(many);

	(void)state;
	assert_true(belgo_provider_takes_tenant(p));
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		BG_AUTO(belgo_provider_free) struct belgo_provider *placed = NULL;
		const char *want = rows[i].tenant != NULL ? rows[i].tenant : "common";

		assert_row(want, belgo_provider_with_tenant(&placed, p, rows[i].tenant, NULL) == BELGO_OK);
		assert_row(want, strcmp(placed->issuer, rows[i].issuer) == 0);
		assert_row(want, strcmp(placed->endpoints.device_authorization, rows[i].device) == 0);
		assert_row(want, strcmp(placed->tenant, want) == 0);
		assert_row(want, !belgo_provider_takes_tenant(placed));
	}
	assert_string_equal(p->issuer, "https://login.example.com/{tenant}/v2");
}

/* M10: one spelling only, and nothing that could become another host or path. @spec RFC 1123 section 2.1 */
static void
test_provider__refuses_a_malformed_tenant_M10(void **state)
{
	static const char *const rows[] = {
	    "",
	    "other",
	    "Common",
	    "0123ABCD-0000-0000-0000-00000000000F",
	    "0123abcd-0000-0000-0000-00000000000",
	    "A.example",
	    "a..example",
	    ".example",
	    "example.",
	    "a.-b.example",
	    "a.b-.example",
	    "a.example/x",
	    "a.example?x",
	    "a.example:8",
	    "u@a.example",
	    "../a.example",
	    "a.ex%61mple",
	    "{tenant}",
	    "a b.example",
	    "\xc3\xa9.example",
	};
	BG_AUTO(belgo_provider_free) struct belgo_provider *p = preset(many);
	char labels[300];

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		struct belgo_provider *placed = NULL;

		assert_row(rows[i], belgo_provider_with_tenant(&placed, p, rows[i], NULL) == BELGO_EINVAL);
		assert_row(rows[i], placed == NULL);
	}
	memset(labels, 'a', 64);
	strncpy(labels + 64, ".example", 9);
	assert_false(bg_tenant_is_valid(p, labels));
	assert_true(bg_tenant_is_valid(p, labels + 1));
	for (size_t i = 0; i < 298; i++)
		labels[i] = i % 2 == 0 ? 'a' : '.';
	labels[255] = '\0';
	assert_false(bg_tenant_is_valid(p, labels));
	labels[253] = '\0';
	assert_true(bg_tenant_is_valid(p, labels));
}

static void
test_provider__without_placeholder_takes_no_tenant(void **state)
{
	BG_AUTO(belgo_provider_free)
	struct belgo_provider *one = preset(JSON({"id" : "one", "issuer" : "https://op.example"}));
	BG_AUTO(belgo_provider_free) struct belgo_provider *p = preset(many);
	BG_AUTO(belgo_provider_free) struct belgo_provider *placed = NULL;
	struct belgo_provider *twice = NULL;

	(void)state;
	assert_int_equal(belgo_provider_with_tenant(&twice, one, "a.example", NULL), BELGO_EINVAL);
	assert_int_equal(belgo_provider_with_tenant(&placed, p, NULL, NULL), BELGO_OK);
	assert_int_equal(belgo_provider_with_tenant(&twice, placed, "staff", NULL), BELGO_EINVAL);
	assert_null(twice);
}

static void
test_provider__tenant_without_default_must_be_named(void **state)
{
	BG_AUTO(belgo_provider_free)
	struct belgo_provider *p = preset(JSON({"id" : "own", "issuer" : "https://{tenant}/realms/main"}));
	BG_AUTO(belgo_provider_free) struct belgo_provider *placed = NULL;
	struct belgo_error err = {0};

	(void)state;
	assert_int_equal(belgo_provider_with_tenant(&placed, p, NULL, &err), BELGO_EINVAL);
	assert_string_equal(err.text, "provider own needs a tenant, and none is named");
	assert_int_equal(belgo_provider_with_tenant(&placed, p, "id.example", NULL), BELGO_OK);
	assert_string_equal(placed->issuer, "https://id.example/realms/main");
}

/* M01, A05, T01. @spec OpenID Connect Discovery 1.0 section 4.3; RFC 9207 section 2.4; RFC 8414 section 3.3
 */
static void
test_provider__issuer_is_compared_byte_for_byte_M01_A05(void **state)
{
	static const struct {
		const char *found;
		belgo_rc want;
	} rows[] = {
	    {ISSUER, BELGO_OK},
	    {ISSUER "/", BELGO_EISSUER},
	    {"https://op.exampl", BELGO_EISSUER},
	    {"https://OP.example", BELGO_EISSUER},
	    {"https://op.example:443", BELGO_EISSUER},
	    {"https://op%2Eexample", BELGO_EISSUER},
	    {"http://op.example", BELGO_EISSUER},
	    {"op.example", BELGO_EISSUER},
	    {"", BELGO_EISSUER},
	    {NULL, BELGO_EISSUER},
	};
	static const enum bg_issuer_place places[] = {BG_ISSUER_IN_METADATA, BG_ISSUER_IN_REDIRECT,
						      BG_ISSUER_IN_ID_TOKEN, BG_ISSUER_IN_ACCESS_TOKEN};
	BG_AUTO(belgo_provider_free) struct belgo_provider *p = NULL;

	(void)state;
	assert_int_equal(belgo_provider_from_issuer(&p, ISSUER, NULL), BELGO_OK);
	for (size_t i = 0; i < BG_LEN(rows) * BG_LEN(places); i++) {
		struct bg_issuer_check check = {
		    .place = places[i % BG_LEN(places)],
		    .expected = ISSUER,
		    .found = rows[i / BG_LEN(places)].found,
		};
		struct belgo_error err = {0};

		assert_row(check.found ? check.found : "NULL",
			   bg_provider_match_issuer(p, &check, &err) == rows[i / BG_LEN(places)].want);
	}
}

static void
test_provider__says_so_where_a_slash_is_all(void **state)
{
	BG_AUTO(belgo_provider_free) struct belgo_provider *p = NULL;
	struct bg_issuer_check check = {.expected = ISSUER, .found = ISSUER "/"};
	struct belgo_error err = {0}, other = {0};

	(void)state;
	assert_int_equal(belgo_provider_from_issuer(&p, ISSUER, NULL), BELGO_OK);
	assert_int_equal(bg_provider_match_issuer(p, &check, &err), BELGO_EISSUER);
	assert_non_null(strstr(err.text, "differ by a slash"));
	check.found = "https://op.examplex";
	assert_int_equal(bg_provider_match_issuer(p, &check, &other), BELGO_EISSUER);
	assert_null(strstr(other.text, "slash"));
}

static belgo_rc
one_other(int *handled, const struct belgo_provider *provider, const struct bg_issuer_check *in,
	  struct belgo_error *err)
{
	(void)provider;
	(void)err;
	if (strcmp(in->found, "https://never.example") == 0)
		return BELGO_EISSUER;
	*handled = strcmp(in->found, "https://other.example") == 0;
	return BELGO_OK;
}

static void
test_provider__hook_answers_in_place_of_the_comparison(void **state)
{
	static const struct bg_hooks hooks = {.match_issuer = one_other};
	static const struct {
		const char *expected, *found;
		belgo_rc want;
	} rows[] = {
	    {ISSUER, "https://other.example", BELGO_OK},
	    {ISSUER, ISSUER, BELGO_OK},
	    {ISSUER, "https://third.example", BELGO_EISSUER},
	    {"https://never.example", "https://never.example", BELGO_EISSUER},
	};
	BG_AUTO(belgo_provider_free) struct belgo_provider *p = NULL;

	(void)state;
	assert_int_equal(belgo_provider_from_issuer(&p, ISSUER, NULL), BELGO_OK);
	p->hooks = &hooks;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		struct bg_issuer_check check = {.expected = rows[i].expected, .found = rows[i].found};

		assert_row(rows[i].found, bg_provider_match_issuer(p, &check, NULL) == rows[i].want);
	}
}

static void
test_provider__free_takes_null_and_nulls(void **state)
{
	struct belgo_provider *p = preset(many);

	(void)state;
	belgo_provider_free(&p);
	assert_null(p);
	belgo_provider_free(&p);
	belgo_provider_free(NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_provider__bare_issuer_is_oidc_by_discovery),
	    cmocka_unit_test(test_provider__bare_issuer_must_be_an_issuer),
	    cmocka_unit_test(test_provider__tenant_is_put_into_issuer_and_endpoints),
	    cmocka_unit_test(test_provider__refuses_a_malformed_tenant_M10),
	    cmocka_unit_test(test_provider__without_placeholder_takes_no_tenant),
	    cmocka_unit_test(test_provider__tenant_without_default_must_be_named),
	    cmocka_unit_test(test_provider__issuer_is_compared_byte_for_byte_M01_A05),
	    cmocka_unit_test(test_provider__says_so_where_a_slash_is_all),
	    cmocka_unit_test(test_provider__hook_answers_in_place_of_the_comparison),
	    cmocka_unit_test(test_provider__free_takes_null_and_nulls),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
