/* How a client says who it is. */
#include "base/form.h"
#include "base/limits.h"
#include "base/mem.h"
#include "harness/failalloc.h"
#include "proto/client_auth.h"
#include "proto/reply.h"
#include "unit/proto/answer.h"

static char none[] = "none", basic[] = "client_secret_basic", post[] = "client_secret_post",
	    jwt[] = "private_key_jwt";
static char *no_methods[] = {NULL};
static char *both[] = {post, basic, NULL};
static char *only_post[] = {none, post, NULL};
static char *only_jwt[] = {jwt, NULL};
static char *only_none[] = {none, NULL};

/* @spec OpenID Connect Core section 9 */
static void
test_client_auth__knows_three_methods_by_name(void **state)
{
	static const struct {
		const char *name;
		belgo_rc want;
		enum bg_auth_method method;
	} rows[] = {
	    {"none", BELGO_OK, BG_AUTH_NONE},
	    {"client_secret_basic", BELGO_OK, BG_AUTH_BASIC},
	    {"client_secret_post", BELGO_OK, BG_AUTH_POST},
	    {"private_key_jwt", BELGO_EINVAL, BG_AUTH_NONE},
	    {"Client_Secret_Basic", BELGO_EINVAL, BG_AUTH_NONE},
	    {"", BELGO_EINVAL, BG_AUTH_NONE},
	};
	enum bg_auth_method method;

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		method = BG_AUTH_NONE;
		assert_row(rows[i].name, bg_auth_method_parse(&method, rows[i].name, NULL) == rows[i].want);
		assert_row(rows[i].name, method == rows[i].method);
	}
	assert_int_equal(bg_auth_method_parse(&method, NULL, NULL), BELGO_EINVAL);
}

/* @spec RFC 8414 section 2; RFC 6749 section 2.3 */
static void
test_client_auth__chooses_by_question_preset_and_metadata(void **state)
{
	static const struct {
		const char *name, *asked, *secret;
		char *preset;
		char **listed;
		belgo_rc want;
		enum bg_auth_method method;
	} rows[] = {
	    {"nothing listed", NULL, "s", NULL, NULL, BELGO_OK, BG_AUTH_BASIC},
	    {"basic before post", NULL, "s", NULL, both, BELGO_OK, BG_AUTH_BASIC},
	    {"post where basic is not listed", NULL, "s", NULL, only_post, BELGO_OK, BG_AUTH_POST},
	    {"nothing fits", NULL, "s", NULL, only_jwt, BELGO_EPROTO, BG_AUTH_NONE},
	    {"only none listed", NULL, "s", NULL, only_none, BELGO_EPROTO, BG_AUTH_NONE},
	    {"an empty list", NULL, "s", NULL, no_methods, BELGO_EPROTO, BG_AUTH_NONE},
	    {"preset before metadata", NULL, "s", post, both, BELGO_OK, BG_AUTH_POST},
	    {"preset unknown", NULL, "s", jwt, both, BELGO_EINVAL, BG_AUTH_NONE},
	    {"asked before preset", "client_secret_basic", "s", post, only_post, BELGO_OK, BG_AUTH_BASIC},
	    {"asked for none though a secret is there", "none", "s", post, both, BELGO_OK, BG_AUTH_NONE},
	    {"asked for the unknown", "private_key_jwt", "s", NULL, both, BELGO_EINVAL, BG_AUTH_NONE},
	    {"no secret", NULL, NULL, NULL, both, BELGO_OK, BG_AUTH_NONE},
	    {"no secret whatever the preset says", NULL, NULL, post, only_post, BELGO_OK, BG_AUTH_NONE},
	    {"an empty secret is none", NULL, "", NULL, both, BELGO_OK, BG_AUTH_NONE},
	    {"asked for basic without a secret", "client_secret_basic", NULL, NULL, both, BELGO_EINVAL,
	     BG_AUTH_NONE},
	    {"asked for post with an empty secret", "client_secret_post", "", NULL, both, BELGO_EINVAL,
	     BG_AUTH_NONE},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		const struct belgo_provider provider = {
		    .token_endpoint_auth_method = rows[i].preset,
		    .hooks = &bg_hooks_none,
		};
		const struct bg_metadata metadata = {.token_endpoint_auth_methods_supported = rows[i].listed};
		enum bg_auth_method method = BG_AUTH_NONE;
		struct belgo_error err = {0};

		assert_row(rows[i].name, bg_auth_method_choose(&method, &provider, &metadata, rows[i].asked,
							       rows[i].secret, &err) == rows[i].want);
		assert_row(rows[i].name, method == rows[i].method);
		assert_row(rows[i].name, err.rc == rows[i].want);
	}
}

/* @spec RFC 6749 section 2.3.1; B14: both are form-encoded before they are joined */
static void
test_client_auth__each_method_sends_itself_and_no_other(void **state)
{
	static const struct {
		const char *name;
		struct bg_client_auth auth;
		const char *header, *form;
	} rows[] = {
	    {"none", {BG_AUTH_NONE, "my app", NULL}, NULL, "a=b&client_id=my+app"},
	    {"none keeps a secret to itself", {BG_AUTH_NONE, "app", "s"}, NULL, "a=b&client_id=app"},
	    {"post",
	     {BG_AUTH_POST, "app", "s3cr+t/of conf"},
	     NULL,
	     "a=b&client_id=app&client_secret=s3cr%2Bt%2Fof+conf"},
	    /* my%3Aapp:s3cr%2Bt%2Fof+conf */
	    {"B14 basic",
	     {BG_AUTH_BASIC, "my:app", "s3cr+t/of conf"},
	     "Basic bXklM0FhcHA6czNjciUyQnQlMkZvZitjb25m",
	     "a=b"},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		BG_AUTO(belgo_http_request_done) struct belgo_http_request req = {0};
		BG_AUTO(bg_buf_free) struct bg_buf form = BG_BUF(BG_MAX_FORM);
		const char *header;

		assert_int_equal(bg_form_add(&form, "a", "b"), BELGO_OK);
		assert_row(rows[i].name, bg_client_auth_apply(&req, &form, &rows[i].auth) == BELGO_OK);
		header = sent_header(&req, "Authorization");
		assert_row(rows[i].name, bg_str_equal(header, rows[i].header));
		assert_string_equal(form.data, rows[i].form);
	}
}

static void
test_client_auth__refuses_what_is_incomplete(void **state)
{
	static const struct {
		const char *name;
		struct bg_client_auth auth;
	} rows[] = {
	    {"none without an id", {BG_AUTH_NONE, NULL, NULL}},
	    {"basic without a secret", {BG_AUTH_BASIC, "app", NULL}},
	    {"post without a secret", {BG_AUTH_POST, "app", NULL}},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		BG_AUTO(belgo_http_request_done) struct belgo_http_request req = {0};
		BG_AUTO(bg_buf_free) struct bg_buf form = BG_BUF(BG_MAX_FORM);

		assert_row(rows[i].name, bg_client_auth_apply(&req, &form, &rows[i].auth) == BELGO_EINVAL);
		assert_row(rows[i].name, req.n_headers == 0 && form.len == 0);
	}
}

static belgo_rc
apply(enum bg_auth_method method)
{
	BG_AUTO(belgo_http_request_done) struct belgo_http_request req = {0};
	BG_AUTO(bg_buf_free) struct bg_buf form = BG_BUF(BG_MAX_FORM);
	const struct bg_client_auth auth = {method, "app", "secret"};

	return bg_client_auth_apply(&req, &form, &auth);
}

static void
test_client_auth__reports_lack_of_memory(void **state)
{
	(void)state;
	FAILALLOC_EACH(apply(BG_AUTH_NONE));
	FAILALLOC_EACH(apply(BG_AUTH_BASIC));
	FAILALLOC_EACH(apply(BG_AUTH_POST));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_client_auth__knows_three_methods_by_name),
	    cmocka_unit_test(test_client_auth__chooses_by_question_preset_and_metadata),
	    cmocka_unit_test(test_client_auth__each_method_sends_itself_and_no_other),
	    cmocka_unit_test(test_client_auth__refuses_what_is_incomplete),
	    cmocka_unit_test(test_client_auth__reports_lack_of_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
