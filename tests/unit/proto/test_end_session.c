/* The URL that ends a session: what is in it, and what it is not made of. */
#include "base/limits.h"
#include "base/mem.h"
#include "harness/failalloc.h"
#include "harness/test.h"
#include "proto/end_session.h"

#define END "https://op.example/end"

static const struct bg_metadata usual = {.endpoints.end_session = (char *)(uintptr_t)END};
static const struct bg_metadata with_query = {.endpoints.end_session = (char *)(uintptr_t)END "?p=1"};
static const struct bg_metadata without = {.endpoints = {0}};

/* @spec OpenID Connect RP-Initiated Logout 1.0 section 2 */
static void
test_end_session__url_says_who_leaves_and_where_to(void **state)
{
	static const struct {
		const char *name;
		struct bg_end_session in;
		const char *want;
	} rows[] = {
	    {"all",
	     {&usual, "app", "a.b.c", "ada@example.org", "https://app.example/out?x=1", "st"},
	     END "?id_token_hint=a.b.c&logout_hint=ada%40example.org&client_id=app"
		 "&post_logout_redirect_uri=https%3A%2F%2Fapp.example%2Fout%3Fx%3D1&state=st"},
	    {"no ID token", {&usual, "app", NULL, NULL, NULL, NULL}, END "?client_id=app"},
	    {"no redirect, no state",
	     {&usual, "app", "a.b.c", NULL, NULL, "st"},
	     END "?id_token_hint=a.b.c&client_id=app"},
	    {"a scheme of the program's own",
	     {&usual, "app", NULL, NULL, "com.example.app:/out", "st"},
	     END "?client_id=app&post_logout_redirect_uri=com.example.app%3A%2Fout&state=st"},
	    {"an endpoint with a query",
	     {&with_query, "app", NULL, NULL, NULL, NULL},
	     END "?p=1&client_id=app"},
	    {"what would break out",
	     {&usual, "a&b=c#d", NULL, "x\r\ny", NULL, NULL},
	     END "?logout_hint=x%0D%0Ay&client_id=a%26b%3Dc%23d"},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		BG_AUTO(bg_str_free) char *url = NULL;

		assert_row(rows[i].name, bg_end_session_url(&url, &rows[i].in, NULL) == BELGO_OK);
		assert_string_equal(url, rows[i].want);
	}
}

/* L01 */
static void
test_end_session__wants_an_endpoint_and_an_absolute_redirect_uri(void **state)
{
	static const struct {
		const char *name;
		struct bg_end_session in;
		belgo_rc want;
	} rows[] = {
	    {"no endpoint", {&without, "app", "a.b.c", NULL, NULL, NULL}, BELGO_EPROTO},
	    {"relative", {&usual, "app", "a.b.c", NULL, "/out", "st"}, BELGO_EINVAL},
	    {"fragment", {&usual, "app", "a.b.c", NULL, "https://app.example/#x", "st"}, BELGO_EINVAL},
	    {"empty", {&usual, "app", "a.b.c", NULL, "", "st"}, BELGO_EINVAL},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		struct belgo_error err = {0};
		char *url = NULL;

		assert_row(rows[i].name, bg_end_session_url(&url, &rows[i].in, &err) == rows[i].want);
		assert_row(rows[i].name, err.rc == rows[i].want && strstr(err.text, "a.b.c") == NULL);
		assert_null(url);
	}
}

static void
test_end_session__url_has_a_ceiling(void **state)
{
	const size_t room = BG_MAX_URL - strlen(END "?id_token_hint=&client_id=app");

	(void)state;
	for (size_t len = room; len <= room + 1; len++) {
		BG_AUTO(bg_str_free) char *token = bg_calloc(len + 1, 1);
		BG_AUTO(bg_str_free) char *url = NULL;
		struct bg_end_session in = {.metadata = &usual, .client_id = "app", .id_token_hint = token};

		memset(token, 'x', len);
		assert_int_equal(bg_end_session_url(&url, &in, NULL), len == room ? BELGO_OK : BELGO_EINVAL);
	}
}

static belgo_rc
make(void)
{
	BG_AUTO(bg_str_free) char *url = NULL;
	struct bg_end_session in = {&usual, "app", "a.b.c", "ada", "https://app.example/out", "st"};

	return bg_end_session_url(&url, &in, NULL);
}

static void
test_end_session__reports_lack_of_memory(void **state)
{
	(void)state;
	FAILALLOC_EACH(make());
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_end_session__url_says_who_leaves_and_where_to),
	    cmocka_unit_test(test_end_session__wants_an_endpoint_and_an_absolute_redirect_uri),
	    cmocka_unit_test(test_end_session__url_has_a_ceiling),
	    cmocka_unit_test(test_end_session__reports_lack_of_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
