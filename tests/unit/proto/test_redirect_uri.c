/* Where a login is answered that says nothing of it: row A11 of the hostile list. */
#include "base/mem.h"
#include "harness/failalloc.h"
#include "harness/test.h"
#include "proto/redirect_uri.h"

#include <belgoauth/registration.h>

static char issuer[] = "https://op.example/a";
static char other[] = "https://op.example/b";
static char preset_path[] = "/callback/x";
static char localhost[] = "localhost";
static int ports[] = {8765, 8766};

#define PROMISE "{\"authorization_response_iss_parameter_supported\":true}"

/* @spec RFC 9207 section 2.4 */
static void
test_redirect_uri__iss_is_promised_by_metadata_that_are_kept(void **state)
{
	static const struct belgo_provider plain = {.hooks = &bg_hooks_none};
	static const struct belgo_provider silent = {.hooks = &bg_hooks_none, .iss_not_sent = 1};
	static const struct bg_metadata said = {.iss_parameter_supported = 1};
	static const struct bg_metadata not_said = {0};

	(void)state;
	assert_true(bg_iss_is_promised(&plain, &said));
	assert_false(bg_iss_is_promised(&plain, &not_said));
	assert_false(bg_iss_is_promised(&silent, &said));
}

/* @spec RFC 9700 section 2.1, 4.4.2; RFC 8252 section 8.10 */
static void
test_redirect_uri__is_shared_only_where_iss_is_promised(void **state)
{
	static const struct {
		const char *name;
		struct belgo_provider provider;
		const char *metadata;
		const char *want; /* before the issuer's own path, where has_own_path */
		int has_own_path;
	} rows[] = {
	    {"promised", {.issuer = issuer}, PROMISE, "http://127.0.0.1/callback", 0},
	    {"nothing known", {.issuer = issuer}, NULL, "http://127.0.0.1", 1},
	    {"not promised", {.issuer = issuer}, "{}", "http://127.0.0.1", 1},
	    {"a word that is no promise",
	     {.issuer = issuer},
	     "{\"authorization_response_iss_parameter_supported\":\"true\"}",
	     "http://127.0.0.1",
	     1},
	    {"promised and not kept", {.issuer = issuer, .iss_not_sent = 1}, PROMISE, "http://127.0.0.1", 1},
	    {"the preset's",
	     {.issuer = issuer, .redirect_path = preset_path, .redirect_host = localhost},
	     NULL,
	     "http://localhost/callback/x",
	     0},
	    {"with its port",
	     {.issuer = issuer, .redirect_ports = ports, .n_redirect_ports = 2},
	     PROMISE,
	     "http://127.0.0.1:8765/callback",
	     0},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		BG_AUTO(bg_str_free) char *own = NULL;
		BG_AUTO(bg_str_free) char *uri = NULL;
		BG_AUTO(bg_str_free) char *want = NULL;

		assert_int_equal(belgo_redirect_path(&own, issuer, NULL), BELGO_OK);
		want = bg_strf("%s%s", rows[i].want, rows[i].has_own_path ? own : "");
		assert_row(rows[i].name, belgo_provider_redirect_uri(&uri, &rows[i].provider,
								     rows[i].metadata, NULL) == BELGO_OK);
		assert_string_equal(uri, want);
	}
}

static void
test_redirect_uri__no_two_issuers_share_a_path(void **state)
{
	BG_AUTO(bg_str_free) char *first = NULL;
	BG_AUTO(bg_str_free) char *again = NULL;
	BG_AUTO(bg_str_free) char *second = NULL;
	char *none = NULL;

	(void)state;
	assert_int_equal(belgo_redirect_path(&first, issuer, NULL), BELGO_OK);
	assert_int_equal(belgo_redirect_path(&again, issuer, NULL), BELGO_OK);
	assert_int_equal(belgo_redirect_path(&second, other, NULL), BELGO_OK);
	assert_string_equal(first, again);
	assert_string_not_equal(first, second);
	assert_int_equal(belgo_redirect_path(&none, NULL, NULL), BELGO_EINVAL);
	assert_null(none);
}

static void
test_redirect_uri__metadata_are_a_json_object(void **state)
{
	static const struct belgo_provider provider = {.issuer = issuer};
	struct belgo_error err = {0};
	char *uri = NULL;

	(void)state;
	assert_int_equal(belgo_provider_redirect_uri(&uri, &provider, "[]", &err), BELGO_EPROTO);
	assert_int_equal(err.rc, BELGO_EPROTO);
	assert_null(uri);
}

static belgo_rc
make(const char *metadata)
{
	static const struct belgo_provider provider = {.issuer = issuer};
	BG_AUTO(bg_str_free) char *uri = NULL;

	return belgo_provider_redirect_uri(&uri, &provider, metadata, NULL);
}

static void
test_redirect_uri__reports_lack_of_memory(void **state)
{
	(void)state;
	FAILALLOC_EACH(make(NULL));
	FAILALLOC_EACH(make(PROMISE));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_redirect_uri__iss_is_promised_by_metadata_that_are_kept),
	    cmocka_unit_test(test_redirect_uri__is_shared_only_where_iss_is_promised),
	    cmocka_unit_test(test_redirect_uri__no_two_issuers_share_a_path),
	    cmocka_unit_test(test_redirect_uri__metadata_are_a_json_object),
	    cmocka_unit_test(test_redirect_uri__reports_lack_of_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
