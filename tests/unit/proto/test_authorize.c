/* The authorization request and its scope. */
#include "base/form.h"
#include "base/limits.h"
#include "base/mem.h"
#include "harness/json_text.h"
#include "harness/test.h"
#include "proto/authorize.h"

#define VERIFIER "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
#define CHALLENGE "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM" /* RFC 7636 appendix B */

static const char preset[] = JSON({
	"id" : "x",
	"issuer" : "https://op.example",
	"discovery" : "none",
	"authorization_endpoint" : "https://op.example/authorize",
	"token_endpoint" : "https://op.example/token",
	"jwks_uri" : "https://op.example/keys",
	"authorize_params" : {"access_type" : "offline", "audience" : "https://api.example"}
});

struct fixture {
	struct belgo_provider *provider;
	struct bg_metadata *metadata;
	struct bg_authorize in;
};

static void
set_up(struct fixture *f)
{
	*f = (struct fixture){0};
	assert_int_equal(belgo_provider_from_json(&f->provider, preset, strlen(preset), NULL, NULL),
			 BELGO_OK);
	assert_int_equal(bg_metadata_manual(&f->metadata, f->provider, NULL), BELGO_OK);
	f->in = (struct bg_authorize){
	    .provider = f->provider,
	    .metadata = f->metadata,
	    .client_id = "client",
	    .redirect_uri = "http://127.0.0.1:1/callback",
	    .state = "STATE",
	    .code_verifier = VERIFIER,
	    .max_age = -1,
	};
}

static void
tear_down(struct fixture *f)
{
	bg_metadata_free(&f->metadata);
	belgo_provider_free(&f->provider);
}

/* The request's parameters, parsed back; the endpoint must stand before them. */
static void
build(struct bg_form *out, const struct fixture *f, const char *endpoint)
{
	BG_AUTO(bg_str_free) char *url = NULL;
	struct belgo_error err = {0};
	size_t len = strlen(endpoint);

	if (bg_authorize_url(&url, &f->in, &err) != BELGO_OK)
		fail_msg("%s", err.text);
	assert_int_equal(strncmp(url, endpoint, len), 0);
	assert_int_equal(bg_form_parse(out, url + len, strlen(url) - len), BELGO_OK);
}

static void
assert_param(const struct bg_form *form, const char *name, const char *value)
{
	size_t n;
	const char *found = bg_form_get(form, name, &n);

	assert_row(name, n == (value != NULL ? 1u : 0u));
	assert_row(name, bg_str_equal(found, value));
}

/* @spec RFC 6749 section 4.1.1; RFC 7636 section 4.2, 4.3; OpenID Connect Core section 3.1.2.1 */
static void
test_authorize__sends_what_the_protocol_wants(void **state)
{
	BG_AUTO(tear_down) struct fixture f;
	BG_AUTO(bg_form_done) struct bg_form form = {0};

	(void)state;
	set_up(&f);
	f.in.scope = "openid a+b";
	f.in.nonce = "NONCE";
	f.in.response_mode = "form_post";
	f.in.login_hint = "ada+x@example.org";
	f.in.hd = "example.org";
	f.in.prompt = "select_account";
	f.in.claims = "{\"id_token\":{\"auth_time\":{\"essential\":true}}}";
	f.in.max_age = 0;
	build(&form, &f, "https://op.example/authorize?");
	assert_param(&form, "response_type", "code");
	assert_param(&form, "client_id", "client");
	assert_param(&form, "redirect_uri", "http://127.0.0.1:1/callback");
	assert_param(&form, "scope", "openid a+b");
	assert_param(&form, "state", "STATE");
	assert_param(&form, "nonce", "NONCE");
	assert_param(&form, "code_challenge", CHALLENGE);
	assert_param(&form, "code_challenge_method", "S256");
	assert_param(&form, "code_verifier", NULL);
	assert_param(&form, "response_mode", "form_post");
	assert_param(&form, "login_hint", "ada+x@example.org");
	assert_param(&form, "hd", "example.org");
	assert_param(&form, "prompt", "select_account");
	assert_param(&form, "claims", f.in.claims);
	assert_param(&form, "max_age", "0");
	assert_param(&form, "access_type", "offline");
	assert_param(&form, "audience", "https://api.example");
}

static void
test_authorize__leaves_out_what_is_not_asked_for(void **state)
{
	static const char *const absent[] = {"scope", "nonce",  "response_mode", "prompt",  "login_hint",
					     "hd",    "claims", "max_age",       "resource"};
	BG_AUTO(tear_down) struct fixture f;
	BG_AUTO(bg_form_done) struct bg_form form = {0};

	(void)state;
	set_up(&f);
	f.in.scope = "";
	build(&form, &f, "https://op.example/authorize?");
	for (size_t i = 0; i < BG_LEN(absent); i++)
		assert_param(&form, absent[i], NULL);
}

/* @spec RFC 6749 section 3.1: a query that the endpoint has already is kept */
static void
test_authorize__keeps_the_query_of_the_endpoint(void **state)
{
	BG_AUTO(tear_down) struct fixture f;
	BG_AUTO(bg_form_done) struct bg_form form = {0};

	(void)state;
	set_up(&f);
	assert_int_equal(bg_str_set(&f.metadata->endpoints.authorization, "https://op.example/a?p=1"),
			 BELGO_OK);
	build(&form, &f, "https://op.example/a?p=1&");
	assert_param(&form, "response_type", "code");
}

/* @spec RFC 8707 section 2 */
static void
test_authorize__repeats_resources(void **state)
{
	static const char *const resources[] = {"https://a.example/mcp", "urn:example:b"};
	BG_AUTO(tear_down) struct fixture f;
	BG_AUTO(bg_str_free) char *url = NULL;

	(void)state;
	set_up(&f);
	f.in.resources = resources;
	f.in.n_resources = 2;
	assert_int_equal(bg_authorize_url(&url, &f.in, NULL), BELGO_OK);
	assert_non_null(strstr(url, "&resource=https%3A%2F%2Fa.example%2Fmcp&resource=urn%3Aexample%3Ab"));
}

/* @spec RFC 8707 section 2; RFC 3986 section 4.3 */
static void
test_authorize__refuses_a_resource_that_is_none(void **state)
{
	static const char *const rows[] = {"",       "/mcp", "a.example",   "https://a.example/#x",
					   "https:", "1a:b", "https://a b", "https://\xc3\xa9.example",
					   NULL};
	BG_AUTO(tear_down) struct fixture f;

	(void)state;
	set_up(&f);
	f.in.n_resources = 1;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		char *url = NULL;

		f.in.resources = &rows[i];
		assert_row(rows[i] != NULL ? rows[i] : "NULL",
			   bg_authorize_url(&url, &f.in, NULL) == BELGO_EINVAL);
		assert_null(url);
	}
}

static void
test_authorize__extra_wins_over_the_preset(void **state)
{
	static const struct belgo_param extra[] = {
	    {"access_type", "online"}, {"audience", ""}, {"x-y", "a&b=c"}};
	BG_AUTO(tear_down) struct fixture f;
	BG_AUTO(bg_form_done) struct bg_form form = {0};

	(void)state;
	set_up(&f);
	f.in.extra = extra;
	f.in.n_extra = 3;
	build(&form, &f, "https://op.example/authorize?");
	assert_param(&form, "access_type", "online");
	assert_param(&form, "audience", NULL);
	assert_param(&form, "x-y", "a&b=c");
}

static void
test_authorize__a_setting_of_its_own_wins_over_the_preset(void **state)
{
	BG_AUTO(tear_down) struct fixture f;
	BG_AUTO(bg_form_done) struct bg_form form = {0};

	(void)state;
	set_up(&f);
	f.in.access_type = "online";
	build(&form, &f, "https://op.example/authorize?");
	assert_param(&form, "access_type", "online");
}

static void
test_authorize__refuses_an_extra_that_would_replace_ours(void **state)
{
	static const struct {
		const char *name;
		struct belgo_param extra[2];
	} rows[] = {
	    {"client_id", {{"client_id", "other"}}},
	    {"redirect_uri", {{"redirect_uri", "https://evil.example"}}},
	    {"response_type", {{"response_type", "token"}}},
	    {"response_mode", {{"response_mode", "fragment"}}},
	    {"scope", {{"scope", "x"}}},
	    {"state", {{"state", "x"}}},
	    {"nonce", {{"nonce", "x"}}},
	    {"code_challenge", {{"code_challenge", "x"}}},
	    {"code_challenge_method", {{"code_challenge_method", "plain"}}},
	    {"resource", {{"resource", "https://x.example"}}},
	    {"max_age", {{"max_age", "1"}}},
	    {"hd", {{"hd", "x.example"}}},
	    {"claims", {{"claims", "{}"}}},
	    {"request", {{"request", "x"}}},
	    {"request_uri", {{"request_uri", "https://x.example"}}},
	    {"client_secret", {{"client_secret", "x"}}},
	    {"code_verifier", {{"code_verifier", "x"}}},
	    {"empty", {{"state", ""}}},
	    {"twice", {{"a", "1"}, {"a", "1"}}},
	    {"prompt beside its setting", {{"prompt", "login"}}},
	    {"no name", {{"", "x"}}},
	    {"no name at all", {{NULL, "x"}}},
	    {"no value", {{"a", NULL}}},
	    {"name with a blank", {{"a b", "x"}}},
	    {"value not UTF-8", {{"a", "\xff"}}},
	};
	BG_AUTO(tear_down) struct fixture f;

	(void)state;
	set_up(&f);
	f.in.prompt = "consent";
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		struct belgo_error err = {0};
		char *url = NULL;

		f.in.extra = rows[i].extra;
		f.in.n_extra = rows[i].extra[1].name != NULL ? 2 : 1;
		assert_row(rows[i].name, bg_authorize_url(&url, &f.in, &err) == BELGO_EINVAL && url == NULL);
		assert_row(rows[i].name, err.rc == BELGO_EINVAL && err.text[0] != '\0');
	}
}

/* @spec OpenID Connect Core section 11 */
static void
test_authorize__asks_for_consent_with_offline_access(void **state)
{
	static char login[] = "login", consent[] = "consent";
	static char *without[] = {login, NULL}, *with[] = {login, consent, NULL};
	static const struct belgo_param extra[] = {{"prompt", "none"}}, empty[] = {{"prompt", ""}};
	static const struct {
		const char *name, *scope;
		enum bg_offline offline;
		const char *prompt;
		const struct belgo_param *extra;
		char **supported;
		const char *want;
	} rows[] = {
	    {"asked", "openid offline_access", BG_OFFLINE_SCOPE, NULL, NULL, NULL, "consent"},
	    {"supported", "openid offline_access", BG_OFFLINE_SCOPE, NULL, NULL, with, "consent"},
	    {"unsupported", "openid offline_access", BG_OFFLINE_SCOPE, NULL, NULL, without, NULL},
	    {"no such scope", "openid xoffline_access", BG_OFFLINE_SCOPE, NULL, NULL, NULL, NULL},
	    {"preset says none", "openid offline_access", BG_OFFLINE_NONE, NULL, NULL, NULL, NULL},
	    {"caller's own", "openid offline_access", BG_OFFLINE_SCOPE, "login", NULL, NULL, "login+consent"},
	    {"caller's two", "openid offline_access", BG_OFFLINE_SCOPE, "login select_account", NULL, NULL,
	     "login+select_account+consent"},
	    {"consent among the caller's", "openid offline_access", BG_OFFLINE_SCOPE, "consent login", NULL,
	     NULL, "consent+login"},
	    {"caller's none", "openid offline_access", BG_OFFLINE_SCOPE, "none", NULL, NULL, "none"},
	    {"caller's own, no such scope", "openid", BG_OFFLINE_SCOPE, "login", NULL, NULL, "login"},
	    {"caller's own, unsupported", "openid offline_access", BG_OFFLINE_SCOPE, "login", NULL, without,
	     "login"},
	    {"caller's own, preset says none", "openid offline_access", BG_OFFLINE_NONE, "login", NULL, NULL,
	     "login"},
	    {"caller's extra", "openid offline_access", BG_OFFLINE_SCOPE, NULL, extra, NULL, "none"},
	    {"caller's empty extra", "openid offline_access", BG_OFFLINE_SCOPE, NULL, empty, NULL, NULL},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		BG_AUTO(tear_down) struct fixture f;
		BG_AUTO(bg_str_free) char *url = NULL;
		BG_AUTO(bg_str_free)
		char *want = bg_strf("&prompt=%s", rows[i].want != NULL ? rows[i].want : "");
		const char *found;

		set_up(&f);
		f.provider->offline = rows[i].offline;
		f.in.scope = rows[i].scope;
		f.in.prompt = rows[i].prompt;
		f.in.extra = rows[i].extra;
		f.in.n_extra = rows[i].extra != NULL;
		f.metadata->prompt_values_supported = rows[i].supported;
		assert_row(rows[i].name, bg_authorize_url(&url, &f.in, NULL) == BELGO_OK);
		found = strstr(url, want);
		assert_row(rows[i].name, (found != NULL) == (rows[i].want != NULL));
		assert_row(rows[i].name, found == NULL || strchr("&", found[strlen(want)]) != NULL);
		f.metadata->prompt_values_supported = NULL;
	}
}

/* @spec OpenID Connect Core section 5.5 */
static void
test_authorize__refuses_incomplete_requests(void **state)
{
	static const struct {
		const char *name, *claims;
		int cut;
		belgo_rc want;
	} rows[] = {
	    {"claims no object", "[]", 0, BELGO_EINVAL}, {"claims no JSON", "{", 0, BELGO_EINVAL},
	    {"claims fine", "{}", 0, BELGO_OK},          {"no client_id", NULL, 1, BELGO_EINVAL},
	    {"no redirect_uri", NULL, 2, BELGO_EINVAL},  {"no state", NULL, 3, BELGO_EINVAL},
	    {"no code_verifier", NULL, 4, BELGO_EINVAL}, {"no endpoint", NULL, 5, BELGO_EPROTO},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		BG_AUTO(tear_down) struct fixture f;
		BG_AUTO(bg_str_free) char *url = NULL;

		set_up(&f);
		f.in.claims = rows[i].claims;
		f.in.client_id = rows[i].cut == 1 ? NULL : f.in.client_id;
		f.in.redirect_uri = rows[i].cut == 2 ? NULL : f.in.redirect_uri;
		f.in.state = rows[i].cut == 3 ? NULL : f.in.state;
		f.in.code_verifier = rows[i].cut == 4 ? NULL : f.in.code_verifier;
		if (rows[i].cut == 5)
			bg_str_free(&f.metadata->endpoints.authorization);
		assert_row(rows[i].name, bg_authorize_url(&url, &f.in, NULL) == rows[i].want);
		assert_row(rows[i].name, (url != NULL) == (rows[i].want == BELGO_OK));
	}
}

static void
test_authorize__refuses_to_grow_beyond_a_url(void **state)
{
	static char hint[BG_MAX_URL + 1];
	BG_AUTO(tear_down) struct fixture f;
	BG_AUTO(bg_str_free) char *least = NULL;
	BG_AUTO(bg_str_free) char *longest = NULL;
	char *url = NULL;
	size_t room;

	(void)state;
	set_up(&f);
	f.in.login_hint = "";
	assert_int_equal(bg_authorize_url(&least, &f.in, NULL), BELGO_OK);
	room = BG_MAX_URL - strlen(least);
	memset(hint, 'a', sizeof(hint) - 1);
	f.in.login_hint = hint;
	assert_int_equal(bg_authorize_url(&url, &f.in, NULL), BELGO_EINVAL);
	hint[room + 1] = '\0';
	assert_int_equal(bg_authorize_url(&url, &f.in, NULL), BELGO_EINVAL);
	assert_null(url);
	hint[room] = '\0';
	assert_int_equal(bg_authorize_url(&longest, &f.in, NULL), BELGO_OK);
	assert_int_equal(strlen(longest), BG_MAX_URL);
}

/* @spec RFC 6749 section 3.3; OpenID Connect Core section 3.1.2.1; OpenID Connect Discovery 1.0 section 3 */
static void
test_authorize_scope__follows_the_caller_the_account_the_preset(void **state)
{
	static char openid[] = "openid", email[] = "email", offline[] = "offline_access", own[] = "own",
		    rs256[] = "RS256";
	static char *oidc[] = {openid, own, offline, NULL}, *plain[] = {email, own, offline, NULL},
		    *algs[] = {rs256, NULL};
	static const struct {
		const char *name, *id, *preset, *scope, *had;
		enum bg_kind kind;
		enum belgo_scope_mode mode;
		enum belgo_openid_mode openid_mode;
		char **supported, **algs;
		const char *want;
	} rows[] = {
	    {.name = "preset", .id = "x", .preset = "openid email", .want = "openid email"},
	    {.name = "preset gets openid", .id = "x", .preset = "email", .want = "openid email"},
	    {.name = "preset for plain OAuth",
	     .id = "x",
	     .preset = "email",
	     .kind = BG_KIND_OAUTH2,
	     .want = "email"},
	    {.name = "replace", .id = "x", .preset = "openid email", .scope = "a a b", .want = "openid a b"},
	    {.name = "replace for plain OAuth", .id = "x", .scope = "a", .kind = BG_KIND_OAUTH2, .want = "a"},
	    {.name = "replace by nothing",
	     .id = "x",
	     .preset = "openid email",
	     .scope = "",
	     .want = "openid"},
	    {.name = "never",
	     .id = "x",
	     .preset = "openid email",
	     .openid_mode = BELGO_OPENID_NEVER,
	     .want = "email"},
	    {.name = "never, and asked",
	     .id = "x",
	     .scope = "a openid",
	     .openid_mode = BELGO_OPENID_NEVER,
	     .want = "a"},
	    {.name = "add to the account",
	     .id = "x",
	     .preset = "openid email",
	     .scope = "b c",
	     .mode = BELGO_SCOPE_ADD,
	     .had = "openid a b",
	     .want = "openid a b c"},
	    {.name = "add without an account",
	     .id = "x",
	     .preset = "openid email",
	     .scope = "b",
	     .mode = BELGO_SCOPE_ADD,
	     .want = "openid email b"},
	    {.name = "bare, cut", .supported = oidc, .want = "openid offline_access"},
	    {.name = "bare, nothing said", .want = ""},
	    {.name = "bare, OpenID by its algorithms",
	     .algs = algs,
	     .want = "openid profile email offline_access"},
	    {.name = "bare, openid unlisted",
	     .algs = algs,
	     .supported = plain,
	     .want = "openid email offline_access"},
	    {.name = "bare, plain OAuth", .supported = plain, .want = "email offline_access"},
	    {.name = "bare, asked, plain OAuth", .supported = plain, .scope = "own", .want = "own"},
	    {.name = "bare, asked, OpenID", .supported = oidc, .scope = "own", .want = "openid own"},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		BG_AUTO(belgo_provider_free) struct belgo_provider *p = NULL;
		BG_AUTO(bg_str_free) char *scope = NULL;
		struct bg_metadata m = {.scopes_supported = rows[i].supported,
					.id_token_signing_alg_values_supported = rows[i].algs};
		struct bg_scope_request in = {.provider = NULL,
					      .metadata = &m,
					      .scope = rows[i].scope,
					      .mode = rows[i].mode,
					      .openid_mode = rows[i].openid_mode,
					      .had = rows[i].had};

		assert_int_equal(belgo_provider_from_issuer(&p, "https://op.example", NULL), BELGO_OK);
		p->kind = rows[i].kind;
		assert_int_equal(bg_str_set(&p->id, rows[i].id), BELGO_OK);
		assert_int_equal(bg_str_set(&p->scope, rows[i].preset), BELGO_OK);
		in.provider = p;
		assert_row(rows[i].name, bg_authorize_scope(&scope, &in) == BELGO_OK);
		assert_row(rows[i].name, strcmp(scope, rows[i].want) == 0);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_authorize__sends_what_the_protocol_wants),
	    cmocka_unit_test(test_authorize__leaves_out_what_is_not_asked_for),
	    cmocka_unit_test(test_authorize__keeps_the_query_of_the_endpoint),
	    cmocka_unit_test(test_authorize__repeats_resources),
	    cmocka_unit_test(test_authorize__refuses_a_resource_that_is_none),
	    cmocka_unit_test(test_authorize__extra_wins_over_the_preset),
	    cmocka_unit_test(test_authorize__a_setting_of_its_own_wins_over_the_preset),
	    cmocka_unit_test(test_authorize__refuses_an_extra_that_would_replace_ours),
	    cmocka_unit_test(test_authorize__asks_for_consent_with_offline_access),
	    cmocka_unit_test(test_authorize__refuses_incomplete_requests),
	    cmocka_unit_test(test_authorize__refuses_to_grow_beyond_a_url),
	    cmocka_unit_test(test_authorize_scope__follows_the_caller_the_account_the_preset),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
