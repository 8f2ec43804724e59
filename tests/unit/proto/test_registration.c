/* Client registration: what is asked for, and which answers make a client. */
#include "base/mem.h"
#include "harness/failalloc.h"
#include "proto/registration.h"
#include "unit/proto/answer.h"

#define ISSUER "https://op.example"
#define ENDPOINT ISSUER "/register"
#define MANAGED ISSUER "/register/c1"
#define REDIRECT "http://127.0.0.1/callback"
#define DEVICE "urn:ietf:params:oauth:grant-type:device_code"

static char issuer[] = ISSUER, endpoint[] = ENDPOINT, device_endpoint[] = ISSUER "/device";
static char w_none[] = "none", w_basic[] = "client_secret_basic", w_post[] = "client_secret_post",
	    w_tls[] = "tls_client_auth", w_es256[] = "ES256", w_rs256[] = "RS256", w_hs256[] = "HS256",
	    w_code[] = "authorization_code", w_refresh[] = "refresh_token", w_device[] = DEVICE;
static const struct belgo_provider plain = {.issuer = issuer, .kind = BG_KIND_OIDC, .hooks = &bg_hooks_none};
static const char *const redirects[] = {REDIRECT};

static struct bg_registration_wish
wish_of(const struct bg_metadata *metadata)
{
	return (struct bg_registration_wish){.provider = &plain,
					     .metadata = metadata,
					     .client_name = "app",
					     .redirect_uris = redirects,
					     .n_redirect_uris = 1};
}

/* malloc'd */
static char *
asked_for(const struct bg_registration_wish *wish)
{
	BG_AUTO(bg_json_free) json_t *json = NULL;

	assert_int_equal(bg_registration_metadata(&json, wish, NULL), BELGO_OK);
	return json_dumps(json, JSON_COMPACT | JSON_SORT_KEYS);
}

/* @spec RFC 7591 section 2, 3.1 */
static void
test_registration__native_public_client_is_asked_for(void **state)
{
	const struct bg_metadata metadata = {
	    .endpoints = {.registration = endpoint, .device_authorization = device_endpoint}};
	struct bg_registration_wish wish = wish_of(&metadata);
	BG_AUTO(belgo_http_request_done) struct belgo_http_request req = {0};
	BG_AUTO(bg_json_free) json_t *json = NULL;
	char *text;

	(void)state;
	wish.scope = "openid email";
	wish.software_statement = "a.b.c";
	wish.initial_access_token = "iat";
	text = asked_for(&wish);
	assert_string_equal(text, "{\"application_type\":\"native\",\"client_name\":\"app\","
				  "\"grant_types\":[\"authorization_code\",\"refresh_token\",\"" DEVICE
				  "\"],\"redirect_uris\":[\"" REDIRECT "\"],\"response_types\":[\"code\"],"
				  "\"scope\":\"openid email\",\"software_statement\":\"a.b.c\","
				  "\"token_endpoint_auth_method\":\"none\"}");
	free(text);
	assert_int_equal(bg_registration_metadata(&json, &wish, NULL), BELGO_OK);
	assert_int_equal(bg_registration_request(&req, &wish, json, NULL), BELGO_OK);
	assert_string_equal(req.method, "POST");
	assert_string_equal(req.url, ENDPOINT);
	assert_string_equal(sent_header(&req, "Content-Type"), JSON_TYPE);
	assert_string_equal(sent_header(&req, "Accept"), JSON_TYPE);
	assert_string_equal(sent_header(&req, "Authorization"), "Bearer iat");
	assert_int_equal(req.body_len, strlen(req.body));
	assert_int_equal(req.body[0], '{');
}

static void
test_registration__without_endpoint_there_is_no_request(void **state)
{
	static const struct bg_metadata none = {.issuer = issuer};
	struct bg_registration_wish wish = wish_of(&none);
	struct belgo_http_request req = {0};
	BG_AUTO(bg_json_free) json_t *json = json_object();

	(void)state;
	assert_int_equal(bg_registration_request(&req, &wish, json, NULL), BELGO_ENOTFOUND);
	assert_null(req.url);
}

static void
test_registration__asks_for_what_the_provider_offers(void **state)
{
	static char *const both[] = {w_basic, w_none, NULL}, *const secrets[] = {w_post, w_basic, NULL},
			   *const post[] = {w_tls, w_post, NULL}, *const es[] = {w_hs256, w_es256, NULL},
			   *const rs[] = {w_rs256, w_es256, NULL}, *const code[] = {w_code, NULL},
			   *const all[] = {w_code, w_refresh, w_device, NULL};
	static const struct {
		const char *name;
		char *const *methods, *const *algs, *const *grants;
		const char *has, *has_not;
	} rows[] = {
	    {"none where nothing is listed", NULL, NULL, NULL, "\"none\"", "id_token_signed"},
	    {"none where it is listed", both, NULL, NULL, "\"none\"", "basic"},
	    {"the first known otherwise", secrets, NULL, NULL, "\"client_secret_basic\"", "none"},
	    {"what is unknown is passed over", post, NULL, NULL, "\"client_secret_post\"", "tls"},
	    {"an ID token that can be signed", NULL, es, NULL, "\"id_token_signed_response_alg\":\"ES256\"",
	     "HS256"},
	    {"RS256 needs no word", NULL, rs, NULL, "native", "id_token_signed"},
	    {"grants that are listed", NULL, NULL, code, "[\"authorization_code\"]", "refresh_token"},
	    {"no device grant without its endpoint", NULL, NULL, all, "refresh_token", "device_code"},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		const struct bg_metadata metadata = {
		    .endpoints = {.registration = endpoint},
		    .token_endpoint_auth_methods_supported = (char **)(uintptr_t)rows[i].methods,
		    .id_token_signing_alg_values_supported = (char **)(uintptr_t)rows[i].algs,
		    .grant_types_supported = (char **)(uintptr_t)rows[i].grants};
		const struct bg_registration_wish wish = wish_of(&metadata);
		char *text = asked_for(&wish);

		assert_row(rows[i].name, strstr(text, rows[i].has) != NULL);
		assert_row(rows[i].name, strstr(text, rows[i].has_not) == NULL);
		free(text);
	}
}

/* @spec RFC 8252 section 7.3 */
static void
test_registration__wish_that_no_native_client_can_have_is_refused(void **state)
{
	static char *const unknown[] = {w_tls, NULL};
	static const struct {
		const char *redirect, *method, *grant;
		belgo_rc want;
	} rows[] = {
	    {REDIRECT, NULL, NULL, BELGO_OK},
	    {"http://127.0.0.1:8400/cb", NULL, NULL, BELGO_OK},
	    {"http://[::1]/cb", NULL, NULL, BELGO_OK},
	    {"http://localhost/cb", "client_secret_post", NULL, BELGO_OK},
	    {NULL, NULL, DEVICE, BELGO_OK},
	    {NULL, NULL, NULL, BELGO_EINVAL},
	    {"https://app.example/cb", NULL, NULL, BELGO_EINVAL},
	    {"http://app.example/cb", NULL, NULL, BELGO_EINVAL},
	    {"http://127.0.0.1", NULL, NULL, BELGO_EINVAL},
	    {"http://u@127.0.0.1/cb", NULL, NULL, BELGO_EINVAL},
	    {"http://127.0.0.1/cb#f", NULL, NULL, BELGO_EINVAL},
	    {"com.example.app:/cb", NULL, NULL, BELGO_EINVAL},
	    {REDIRECT, "tls_client_auth", NULL, BELGO_EINVAL},
	    {REDIRECT, "private_key_jwt", NULL, BELGO_EINVAL}, /* without a key */
	};
	static const struct bg_metadata metadata = {.endpoints = {.registration = endpoint}},
					none_known = {.token_endpoint_auth_methods_supported =
							  (char **)(uintptr_t)unknown};
	struct bg_registration_wish wish = wish_of(&none_known);
	BG_AUTO(bg_json_free) json_t *json = NULL;

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		wish = wish_of(&metadata);
		wish.redirect_uris = &rows[i].redirect;
		wish.n_redirect_uris = rows[i].redirect != NULL;
		wish.token_endpoint_auth_method = rows[i].method;
		wish.grant_types = &rows[i].grant;
		wish.n_grant_types = rows[i].grant != NULL;
		assert_row(rows[i].redirect, bg_registration_metadata(&json, &wish, NULL) == rows[i].want);
		bg_json_free(&json);
	}
	wish = wish_of(&none_known);
	assert_int_equal(bg_registration_metadata(&json, &wish, NULL), BELGO_EPROTO);
}

static void
test_registration__token_that_fits_in_no_header_is_not_sent(void **state)
{
	static const char *const rows[] = {"", "a b", "a\r\nX: y", "\xc3\xa9"};
	static const struct bg_metadata metadata = {.endpoints = {.registration = endpoint}};
	struct bg_registration_wish wish = wish_of(&metadata);
	struct belgo_http_request req = {0};
	BG_AUTO(bg_json_free) json_t *json = json_object();

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		wish.initial_access_token = rows[i];
		assert_row(rows[i], bg_registration_request(&req, &wish, json, NULL) == BELGO_EINVAL);
	}
	assert_null(req.url);
}

static json_t *
native_request(void)
{
	return json_pack("{s:[s],s:[s,s],s:[s],s:s}", "redirect_uris", REDIRECT, "grant_types",
			 "authorization_code", "refresh_token", "response_types", "code",
			 "token_endpoint_auth_method", "none");
}

/* old NULL: of a new client. */
static belgo_rc
judge(struct bg_registration **out, const struct bg_registration *old, int status, const char *body,
      struct belgo_error *err)
{
	BG_AUTO(belgo_http_response_done)
	struct belgo_http_response res = answer(status, JSON_TYPE, body);
	BG_AUTO(bg_json_free) json_t *asked = native_request();
	const struct bg_registration_expect expect = {
	    .provider = &plain, .endpoint = ENDPOINT, .asked = asked, .old = old};

	return bg_registration_response(out, &expect, &res, err);
}

/* @spec RFC 7591 section 3.2.1 */
static void
test_registration__client_is_read(void **state)
{
	BG_AUTO(bg_registration_free) struct bg_registration *r = NULL;

	(void)state;
	assert_int_equal(
	    judge(&r, NULL, 201,
		  "{\"client_id\":\"c1\",\"client_secret\":\"s\",\"client_secret_expires_at\":99,"
		  "\"client_id_issued_at\":1,\"registration_access_token\":\"rat\","
		  "\"registration_client_uri\":\"" MANAGED "\","
		  "\"token_endpoint_auth_method\":\"client_secret_post\",\"client_name\":\"app\","
		  "\"scope\":null}",
		  NULL),
	    BELGO_OK);
	assert_string_equal(r->issuer, ISSUER);
	assert_string_equal(r->client_id, "c1");
	assert_string_equal(r->client_secret, "s");
	assert_string_equal(r->token_endpoint_auth_method, "client_secret_post");
	assert_string_equal(r->registration_access_token, "rat");
	assert_string_equal(r->registration_client_uri, MANAGED);
	assert_true(bg_registration_is_live(r, 98));
	assert_false(bg_registration_is_live(r, 99));
	assert_int_equal(json_object_size(r->metadata), 3); /* client_name, method, redirect_uris */
	assert_string_equal(
	    json_string_value(json_array_get(json_object_get(r->metadata, "redirect_uris"), 0)), REDIRECT);
}

/* @spec RFC 7591 section 3.2.1, 5; RFC 7592 section 3 */
static void
test_registration__only_answers_that_make_a_client_are_taken(void **state)
{
	static const struct {
		const char *name;
		int status;
		const char *body;
		belgo_rc want;
	} rows[] = {
	    {"least", 201, "{\"client_id\":\"c1\"}", BELGO_OK},
	    {"200", 200, "{\"client_id\":\"c1\"}", BELGO_OK},
	    {"nulls", 201, "{\"client_id\":\"c1\",\"client_secret\":null,\"redirect_uris\":null}", BELGO_OK},
	    {"204", 204, "", BELGO_EPROTO},
	    {"302", 302, "", BELGO_EPROTO},
	    {"503", 503, "", BELGO_EUNAVAILABLE},
	    {"429", 429, "{\"error\":\"x\"}", BELGO_EUNAVAILABLE},
	    {"400", 400, "{\"error\":\"invalid_redirect_uri\"}", BELGO_EDENIED},
	    {"401", 401, "{\"error\":\"invalid_token\"}", BELGO_EDENIED},
	    {"no client_id", 201, "{}", BELGO_EPROTO},
	    {"empty client_id", 201, "{\"client_id\":\"\"}", BELGO_EPROTO},
	    {"client_id of another type", 201, "{\"client_id\":7}", BELGO_EPROTO},
	    {"client_id not printable", 201, "{\"client_id\":\"c\\u00e9\"}", BELGO_EPROTO},
	    {"client_id twice", 201, "{\"client_id\":\"c\",\"client_id\":\"d\"}", BELGO_EPROTO},
	    {"secret of another type", 201, "{\"client_id\":\"c1\",\"client_secret\":{}}", BELGO_EPROTO},
	    {"negative expiry", 201, "{\"client_id\":\"c1\",\"client_secret_expires_at\":-1}", BELGO_EPROTO},
	    {"expiry as text", 201, "{\"client_id\":\"c1\",\"client_secret_expires_at\":\"0\"}",
	     BELGO_EPROTO},
	    {"method in a list of one", 201,
	     "{\"client_id\":\"c1\",\"token_endpoint_auth_method\":[\"none\"]}", BELGO_OK},
	    {"two methods", 201,
	     "{\"client_id\":\"c1\",\"token_endpoint_auth_method\":[\"none\",\"client_secret_post\"]}",
	     BELGO_EPROTO},
	    {"unknown method", 201,
	     "{\"client_id\":\"c1\",\"token_endpoint_auth_method\":\"tls_client_auth\"}", BELGO_EPROTO},
	    {"secret method without a secret", 201,
	     "{\"client_id\":\"c1\",\"token_endpoint_auth_method\":\"client_secret_basic\"}", BELGO_EPROTO},
	    {"key method without a key", 201,
	     "{\"client_id\":\"c1\",\"token_endpoint_auth_method\":\"private_key_jwt\"}", BELGO_EPROTO},
	    {"the redirect URI", 201, "{\"client_id\":\"c1\",\"redirect_uris\":[\"" REDIRECT "\"]}",
	     BELGO_OK},
	    {"another redirect URI", 201,
	     "{\"client_id\":\"c1\",\"redirect_uris\":[\"http://127.0.0.1/other\"]}", BELGO_EPROTO},
	    {"one redirect URI more", 201,
	     "{\"client_id\":\"c1\",\"redirect_uris\":[\"" REDIRECT "\",\"https://evil.example/\"]}",
	     BELGO_EPROTO},
	    {"one redirect URI more, on this machine", 201,
	     "{\"client_id\":\"c1\",\"redirect_uris\":[\"http://localhost/callback\",\"" REDIRECT "\"]}",
	     BELGO_OK},
	    {"with a port", 201,
	     "{\"client_id\":\"c1\",\"redirect_uris\":[\"http://127.0.0.1:80/callback\"]}", BELGO_OK},
	    {"another host of this machine", 201,
	     "{\"client_id\":\"c1\",\"redirect_uris\":[\"http://localhost/callback\"]}", BELGO_EPROTO},
	    {"another query", 201, "{\"client_id\":\"c1\",\"redirect_uris\":[\"" REDIRECT "?a\"]}",
	     BELGO_EPROTO},
	    {"a host that looks like this machine", 201,
	     "{\"client_id\":\"c1\",\"redirect_uris\":[\"" REDIRECT
	     "\",\"http://127.0.0.1.evil.example/callback\"]}",
	     BELGO_EPROTO},
	    {"a scheme of any program", 201,
	     "{\"client_id\":\"c1\",\"redirect_uris\":[\"" REDIRECT "\",\"com.example:/callback\"]}",
	     BELGO_EPROTO},
	    {"a user name", 201,
	     "{\"client_id\":\"c1\",\"redirect_uris\":[\"" REDIRECT "\",\"http://x@127.0.0.1/callback\"]}",
	     BELGO_EPROTO},
	    {"no redirect URI", 201, "{\"client_id\":\"c1\",\"redirect_uris\":[]}", BELGO_EPROTO},
	    {"redirect URIs no list", 201, "{\"client_id\":\"c1\",\"redirect_uris\":\"" REDIRECT "\"}",
	     BELGO_EPROTO},
	    {"fewer grants", 201, "{\"client_id\":\"c1\",\"grant_types\":[\"authorization_code\"]}",
	     BELGO_OK},
	    {"no code grant", 201, "{\"client_id\":\"c1\",\"grant_types\":[\"refresh_token\"]}",
	     BELGO_EPROTO},
	    {"no code response", 201, "{\"client_id\":\"c1\",\"response_types\":[\"id_token\"]}",
	     BELGO_EPROTO},
	    {"management elsewhere", 201,
	     "{\"client_id\":\"c1\",\"registration_access_token\":\"t\","
	     "\"registration_client_uri\":\"https://evil.example/c1\"}",
	     BELGO_EPROTO},
	    {"management on another port", 201,
	     "{\"client_id\":\"c1\",\"registration_access_token\":\"t\","
	     "\"registration_client_uri\":\"https://op.example:8443/c1\"}",
	     BELGO_EPROTO},
	    {"management by http", 201,
	     "{\"client_id\":\"c1\",\"registration_access_token\":\"t\","
	     "\"registration_client_uri\":\"http://op.example/c1\"}",
	     BELGO_EPROTO},
	    {"management token with a blank", 201,
	     "{\"client_id\":\"c1\",\"registration_access_token\":\"t u\","
	     "\"registration_client_uri\":\"" MANAGED "\"}",
	     BELGO_EPROTO},
	    {"token without management", 201, "{\"client_id\":\"c1\",\"registration_access_token\":\"t\"}",
	     BELGO_OK},
	    {"not JSON", 201, "<html>", BELGO_EPROTO},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		BG_AUTO(bg_registration_free) struct bg_registration *r = NULL;
		struct belgo_error err = {0};

		assert_row(rows[i].name, judge(&r, NULL, rows[i].status, rows[i].body, &err) == rows[i].want);
		assert_row(rows[i].name, err.rc == rows[i].want);
		assert_row(rows[i].name, (r != NULL) == (rows[i].want == BELGO_OK));
		assert_row(rows[i].name, r == NULL || r->registration_access_token == NULL);
	}
}

/* A hostile server would have us listen where another server sends the codes of another client.
 * @spec RFC 9700 section 4.4; RFC 7592 section 2.1 */
static void
test_registration__logins_listen_where_they_wished_to(void **state)
{
	static const struct {
		const char *name, *body, *want;
	} rows[] = {
	    {"another before ours", "[\"http://localhost:19044/\",\"" REDIRECT "\"]", REDIRECT},
	    {"ours, with a port", "[\"http://[::1]/\",\"http://127.0.0.1:80/callback\"]",
	     "http://127.0.0.1:80/callback"},
	    {"ours alone", "[\"" REDIRECT "\"]", REDIRECT},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++)
		for (int is_read = 0; is_read < 2; is_read++) {
			BG_AUTO(bg_registration_free) struct bg_registration *r = NULL;
			BG_AUTO(bg_str_free)
			char *body = bg_strf("{\"client_id\":\"c1\",\"redirect_uris\":%s}", rows[i].body);
			BG_AUTO(belgo_http_response_done)
			struct belgo_http_response res = answer(200, JSON_TYPE, body);
			BG_AUTO(bg_json_free) json_t *wanted = native_request();
			const struct bg_registration old = {.client_id = (char[]){"c1"}, .metadata = wanted};
			const struct bg_registration_expect expect = {.provider = &plain,
								      .endpoint = ENDPOINT,
								      .asked = is_read ? NULL : wanted,
								      .old = is_read ? &old : NULL};
			const json_t *got;

			assert_row(rows[i].name,
				   bg_registration_response(&r, &expect, &res, NULL) == BELGO_OK);
			got = json_object_get(r->metadata, "redirect_uris");
			assert_row(rows[i].name, json_array_size(got) == 1);
			assert_string_equal(json_string_value(json_array_get(got, 0)), rows[i].want);
		}
}

static void
test_registration__public_client_gets_no_secret(void **state)
{
	BG_AUTO(bg_registration_free) struct bg_registration *r = NULL;

	(void)state;
	assert_int_equal(judge(&r, NULL, 201,
			       "{\"client_id\":\"c1\",\"client_secret\":\"s\","
			       "\"token_endpoint_auth_method\":\"none\"}",
			       NULL),
			 BELGO_OK);
	assert_null(r->client_secret);
}

static struct bg_registration *
registered(void)
{
	struct bg_registration *r = NULL;

	assert_int_equal(
	    judge(&r, NULL, 201,
		  "{\"client_id\":\"c1\",\"client_secret\":\"s\",\"client_secret_expires_at\":99,"
		  "\"registration_access_token\":\"rat\",\"registration_client_uri\":\"" MANAGED
		  "\",\"token_endpoint_auth_method\":\"client_secret_post\","
		  "\"client_name\":\"app\"}",
		  NULL),
	    BELGO_OK);
	return r;
}

/* @spec RFC 7592 section 2.1, 2.2 */
static void
test_registration__answer_about_a_known_client_keeps_what_it_does_not_say(void **state)
{
	static const struct {
		const char *name, *body;
		belgo_rc want;
		const char *secret, *token;
		int64_t expires_at;
	} rows[] = {
	    {"nothing new", "{\"client_id\":\"c1\"}", BELGO_OK, "s", "rat", 99},
	    {"another secret", "{\"client_id\":\"c1\",\"client_secret\":\"n\"}", BELGO_OK, "n", "rat", 0},
	    {"another token", "{\"client_id\":\"c1\",\"registration_access_token\":\"n\"}", BELGO_OK, "s",
	     "n", 99},
	    {"another client", "{\"client_id\":\"c2\"}", BELGO_EPROTO, NULL, NULL, 0},
	    {"moved", "{\"client_id\":\"c1\",\"registration_client_uri\":\"https://evil.example/c1\"}",
	     BELGO_EPROTO, NULL, NULL, 0},
	};
	BG_AUTO(bg_registration_free) struct bg_registration *old = registered();

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		BG_AUTO(bg_registration_free) struct bg_registration *r = NULL;

		assert_row(rows[i].name, judge(&r, old, 200, rows[i].body, NULL) == rows[i].want);
		if (r == NULL)
			continue;
		assert_string_equal(r->client_secret, rows[i].secret);
		assert_string_equal(r->registration_access_token, rows[i].token);
		assert_string_equal(r->registration_client_uri, MANAGED);
		assert_int_equal(r->client_secret_expires_at, rows[i].expires_at);
	}
}

/* @spec RFC 7592 section 2.2 */
static void
test_registration__update_sends_the_whole_client(void **state)
{
	static const struct bg_metadata metadata = {.endpoints = {.registration = endpoint}};
	BG_AUTO(bg_registration_free) struct bg_registration *r = registered();
	BG_AUTO(belgo_http_request_done) struct belgo_http_request req = {0};
	BG_AUTO(bg_json_free) json_t *json = NULL;
	const struct bg_registration_wish wish = {
	    .provider = &plain, .metadata = &metadata, .client_name = "renamed"};

	(void)state;
	assert_int_equal(bg_registration_change(&json, r, &wish, NULL), BELGO_OK);
	assert_int_equal(bg_registration_manage_request(&req, "PUT", r, json, NULL), BELGO_OK);
	assert_string_equal(req.url, MANAGED);
	assert_string_equal(sent_header(&req, "Authorization"), "Bearer rat");
	assert_non_null(strstr(req.body, "\"client_id\":\"c1\""));
	assert_non_null(strstr(req.body, "\"client_name\":\"renamed\""));
	assert_non_null(strstr(req.body, "\"redirect_uris\":[\"" REDIRECT "\"]"));
	assert_null(strstr(req.body, "registration_"));
	assert_null(strstr(req.body, "client_secret_expires_at"));
}

static void
test_registration__update_that_cannot_be_is_refused(void **state)
{
	static const char far[] = "https://evil.example/";
	static const char *const uris[] = {far};
	BG_AUTO(bg_registration_free) struct bg_registration *r = registered();
	const struct bg_registration_wish rows[] = {{.token_endpoint_auth_method = "private_key_jwt"},
						    {.token_endpoint_auth_method = "x"},
						    {.redirect_uris = uris, .n_redirect_uris = 1}};
	struct belgo_http_request req = {0};
	json_t *json = NULL;

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++)
		assert_int_equal(bg_registration_change(&json, r, &rows[i], NULL), BELGO_EINVAL);
	assert_null(json);
	bg_str_free(&r->registration_client_uri);
	assert_int_equal(bg_registration_manage_request(&req, "GET", r, NULL, NULL), BELGO_ENOTFOUND);
}

/* @spec RFC 7592 section 3 */
static void
test_registration__new_management_token_counts_whatever_else_is_said(void **state)
{
	static const struct {
		const char *name;
		int status;
		const char *body, *want;
	} rows[] = {
	    {"new", 200, "{\"client_id\":\"c1\",\"registration_access_token\":\"n\"}", "n"},
	    {"beside nonsense", 200,
	     "{\"client_id\":\"c1\",\"registration_access_token\":\"n\",\"redirect_uris\":7}", "n"},
	    {"the same", 200, "{\"client_id\":\"c1\",\"registration_access_token\":\"rat\"}", NULL},
	    {"none", 200, "{\"client_id\":\"c1\"}", NULL},
	    {"another client's", 200, "{\"client_id\":\"c2\",\"registration_access_token\":\"n\"}", NULL},
	    {"of a refusal", 400, "{\"client_id\":\"c1\",\"registration_access_token\":\"n\"}", NULL},
	    {"not for a header", 200, "{\"client_id\":\"c1\",\"registration_access_token\":\"n n\"}", NULL},
	    {"no string", 200, "{\"client_id\":\"c1\",\"registration_access_token\":7}", NULL},
	    {"not JSON", 200, "n", NULL},
	};
	BG_AUTO(bg_registration_free) struct bg_registration *old = registered();

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		BG_AUTO(belgo_http_response_done)
		struct belgo_http_response res = answer(rows[i].status, JSON_TYPE, rows[i].body);
		BG_AUTO(bg_str_free) char *token = NULL;

		assert_row(rows[i].name, bg_registration_rotated(&token, old, &res, NULL) == BELGO_OK);
		assert_row(rows[i].name, bg_str_equal(token, rows[i].want));
	}
}

/* @spec RFC 7592 section 2.3 */
static void
test_registration__deletion_is_judged_by_its_status(void **state)
{
	static const struct {
		int status;
		belgo_rc want;
	} rows[] = {{204, BELGO_OK},      {200, BELGO_OK},           {202, BELGO_EPROTO}, {302, BELGO_EPROTO},
		    {401, BELGO_EDENIED}, {503, BELGO_EUNAVAILABLE}, {405, BELGO_EDENIED}};
	const struct bg_registration_expect expect = {.provider = &plain};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		BG_AUTO(belgo_http_response_done)
		struct belgo_http_response res = answer(rows[i].status, NULL, "");

		assert_int_equal(bg_registration_delete_response(&expect, &res, NULL), rows[i].want);
	}
}

static belgo_rc
ask(void)
{
	static const struct bg_metadata metadata = {.endpoints = {.registration = endpoint}};
	const struct bg_registration_wish wish = wish_of(&metadata);
	BG_AUTO(belgo_http_request_done) struct belgo_http_request req = {0};
	BG_AUTO(bg_json_free) json_t *json = NULL;

	BG_TRY(bg_registration_metadata(&json, &wish, NULL));
	return bg_registration_request(&req, &wish, json, NULL);
}

static belgo_rc
judge_and_change(const struct belgo_http_response *res)
{
	static const struct bg_metadata metadata = {.endpoints = {.registration = endpoint}};
	const struct bg_registration_wish wish = wish_of(&metadata);
	const struct bg_registration_expect expect = {.provider = &plain, .endpoint = ENDPOINT};
	BG_AUTO(bg_registration_free) struct bg_registration *r = NULL;
	BG_AUTO(bg_json_free) json_t *change = NULL;
	BG_AUTO(bg_str_free) char *token = NULL;

	BG_TRY(bg_registration_response(&r, &expect, res, NULL));
	BG_TRY(bg_registration_change(&change, r, &wish, NULL));
	return bg_registration_rotated(&token, r, res, NULL);
}

static void
test_registration__each_failed_allocation_is_reported(void **state)
{
	BG_AUTO(belgo_http_response_done)
	struct belgo_http_response res =
	    answer(200, JSON_TYPE,
		   "{\"client_id\":\"c1\",\"client_secret\":\"s\",\"registration_access_token\":\"t\","
		   "\"registration_client_uri\":\"" MANAGED "\",\"redirect_uris\":[\"" REDIRECT "\"]}");

	(void)state;
	FAILALLOC_EACH(ask());
	failalloc_spare_jansson(1);
	FAILALLOC_EACH(judge_and_change(&res));
	failalloc_spare_jansson(0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_registration__native_public_client_is_asked_for),
	    cmocka_unit_test(test_registration__without_endpoint_there_is_no_request),
	    cmocka_unit_test(test_registration__asks_for_what_the_provider_offers),
	    cmocka_unit_test(test_registration__wish_that_no_native_client_can_have_is_refused),
	    cmocka_unit_test(test_registration__token_that_fits_in_no_header_is_not_sent),
	    cmocka_unit_test(test_registration__client_is_read),
	    cmocka_unit_test(test_registration__only_answers_that_make_a_client_are_taken),
	    cmocka_unit_test(test_registration__logins_listen_where_they_wished_to),
	    cmocka_unit_test(test_registration__public_client_gets_no_secret),
	    cmocka_unit_test(test_registration__answer_about_a_known_client_keeps_what_it_does_not_say),
	    cmocka_unit_test(test_registration__update_sends_the_whole_client),
	    cmocka_unit_test(test_registration__update_that_cannot_be_is_refused),
	    cmocka_unit_test(test_registration__new_management_token_counts_whatever_else_is_said),
	    cmocka_unit_test(test_registration__deletion_is_judged_by_its_status),
	    cmocka_unit_test(test_registration__each_failed_allocation_is_reported),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
