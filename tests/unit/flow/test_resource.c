/* Protected resources: how their authorization server is found, and logins that are for one. */
#include "fixture.h"

#define MCP "https://api.example/mcp"
#define WELL_KNOWN "https://api.example/.well-known/oauth-protected-resource"
#define PRM(resource, more)                                                                                  \
	"{\"resource\":\"" resource "\",\"authorization_servers\":[\"" WORLD_ISSUER "\"]" more "}"
#define FOUND(resource, more)                                                                                \
	"{\"authorization_servers\":[\"" WORLD_ISSUER "\"],\"resource\":\"" resource "\"" more "}"

static belgo_rc
discover(char **out, struct world *w, struct belgo_error *err)
{
	struct belgo_op *op = NULL;
	belgo_rc rc;

	assert_int_equal(belgo_resource_discover_op(&op, world_client(w), MCP, NULL), BELGO_OK);
	rc = world_finish(op, err);
	*out = rc == BELGO_OK ? strdup(belgo_op_json(op)) : NULL;
	belgo_op_free(&op);
	return rc;
}

struct found {
	const char *name, *challenge; /* NULL: the resource answers 200 */
	const char *at, *document;
	const char *want;
};

/* @spec RFC 9728 section 3.1, 5.1; MCP 2026-07-28 */
static void
test_resource__server_is_found_by_challenge_or_well_known_address(void **state)
{
	static const struct found rows[] = {
	    {"announced, with its scope",
	     "Bearer scope=\"mcp.read\", resource_metadata=\"https://api.example/prm\"",
	     "https://api.example/prm", PRM(MCP, ",\"scopes_supported\":[\"a\",\"b\"]"),
	     FOUND(MCP, ",\"scope\":\"mcp.read\"")},
	    {"beside another scheme",
	     "Basic realm=\"x\", Bearer error=\"invalid_token\", "
	     "resource_metadata=\"https://api.example/prm\"",
	     "https://api.example/prm", PRM(MCP, ""), FOUND(MCP, "")},
	    {"announced for bound tokens",
	     "DPoP algs=\"ES256\", scope=\"mcp.read\", "
	     "resource_metadata=\"https://api.example/prm\"",
	     "https://api.example/prm", PRM(MCP, ",\"dpop_bound_access_tokens_required\":true"),
	     FOUND(MCP, ",\"scope\":\"mcp.read\",\"dpop_bound_access_tokens_required\":true")},
	    {"for both kinds: Bearer counts",
	     "DPoP scope=\"x\", resource_metadata=\"https://api.example/x\", "
	     "Bearer resource_metadata=\"https://api.example/prm\"",
	     "https://api.example/prm", PRM(MCP, ",\"dpop_bound_access_tokens_required\":false"),
	     FOUND(MCP, "")},
	    {"for both kinds, said beside one",
	     "Bearer realm=\"x\", DPoP resource_metadata=\"https://api.example/prm\"",
	     "https://api.example/prm", PRM(MCP, ""), FOUND(MCP, "")},
	    {"well known, scopes of the document", "Bearer, realm=\"MCP Server\"", WELL_KNOWN "/mcp",
	     PRM(MCP, ",\"scopes_supported\":[\"a\",\"b\"]"), FOUND(MCP, ",\"scope\":\"a b\"")},
	    {"well known, of the origin", "Bearer", WELL_KNOWN, PRM("https://api.example", ""),
	     FOUND("https://api.example", "")},
	    {"no challenge at all", NULL, WELL_KNOWN "/mcp", PRM(MCP, ""), FOUND(MCP, "")},
	    {"nothing written, but guarded", "Bearer", "https://api.example/nowhere", "{}",
	     "{\"authorization_servers\":[\"https://api.example\"],\"resource\":\"" MCP
	     "\",\"assumed\":true}"},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		struct world *w = world_new();
		char *found = NULL;

		world_answer(w, MCP, rows[i].challenge == NULL ? 200 : 401, "{}");
		if (rows[i].challenge != NULL)
			world_answer_header(w, "WWW-Authenticate", rows[i].challenge);
		world_answer(w, rows[i].at, 200, rows[i].document);
		assert_row(rows[i].name, discover(&found, w, NULL) == BELGO_OK);
		assert_string_equal(found, rows[i].want);
		assert_row(rows[i].name, strstr(world_sent_headers(w, MCP), "uthorization") == NULL);
		free(found);
		world_free(&w);
	}
}

static void
test_resource__nothing_is_followed_that_is_not_believed(void **state)
{
	static const struct {
		const char *name;
		int status;
		const char *challenge, *document;
		belgo_rc want;
		const char *journal; /* the last request */
	} rows[] = {
	    {"no resource at all", 200, NULL, NULL, BELGO_ENOTFOUND, "GET " WELL_KNOWN "\n"},
	    {"down", 503, NULL, PRM(MCP, ""), BELGO_EUNAVAILABLE, "GET " MCP "\n"},
	    {"too busy", 429, NULL, PRM(MCP, ""), BELGO_EUNAVAILABLE, "GET " MCP "\n"},
	    {"announced on this machine", 401, "Bearer resource_metadata=\"http://127.0.0.1/prm\"",
	     PRM(MCP, ""), BELGO_EPROTO, "GET " MCP "\n"},
	    {"a scope that no request can hold", 401, "Bearer scope=\"a\x1b[31m\"", PRM(MCP, ""),
	     BELGO_EPROTO, "GET " MCP "\n"},
	    {"of another resource", 401, "Bearer", PRM("https://other.example/mcp", ""), BELGO_EISSUER,
	     "GET " WELL_KNOWN "/mcp\n"},
	    {"a server without TLS", 401, "Bearer",
	     "{\"resource\":\"" MCP "\",\"authorization_servers\":[\"http://op.example\"]}", BELGO_EPROTO,
	     "GET " WELL_KNOWN "/mcp\n"},
	    {"announced on this machine, for bound tokens", 401,
	     "DPoP resource_metadata=\"http://127.0.0.1/prm\"", PRM(MCP, ""), BELGO_EPROTO, "GET " MCP "\n"},
	    {"a demand of another type", 401, "Bearer",
	     PRM(MCP, ",\"dpop_bound_access_tokens_required\":\"true\""), BELGO_EPROTO,
	     "GET " WELL_KNOWN "/mcp\n"},
	    {"no document", 401, "Bearer", "<html>", BELGO_EPROTO, "GET " WELL_KNOWN "/mcp\n"},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		struct world *w = world_new();
		struct belgo_error err = {0};
		const char *last;
		char *found = NULL;

		world_answer(w, MCP, rows[i].status, "{}");
		if (rows[i].challenge != NULL)
			world_answer_header(w, "WWW-Authenticate", rows[i].challenge);
		if (rows[i].document != NULL)
			world_answer(w, WELL_KNOWN "/mcp", 200, rows[i].document);
		assert_row(rows[i].name, discover(&found, w, &err) == rows[i].want && err.rc == rows[i].want);
		last = strstr(world_journal(w), rows[i].journal);
		assert_row(rows[i].name, last != NULL && strstr(last + 1, "GET ") == NULL);
		free(found);
		world_free(&w);
	}
}

#define METADATA(more)                                                                                       \
	"{\"issuer\":\"" WORLD_ISSUER "\",\"authorization_endpoint\":\"" WORLD_ISSUER                        \
	"/auth\",\"token_endpoint\":\"" WORLD_TOKEN "\"" more "}"

static struct belgo_login_params
resource_login(struct world *w, const char *const *resource)
{
	struct belgo_login_params params = login_params(w);

	params.resources = resource;
	params.n_resources = 1;
	params.protected_resource = 1;
	params.scope = "mcp.read";
	return params;
}

static const char *const mcp[] = {MCP};
static const char *const other[] = {"https://api.example/other"};

static void
answer_code(struct world *w)
{
	char *reply = token_reply(AT1, RT1, NULL, ",\"expires_in\":3600,\"scope\":\"mcp.read\"");

	world_answer(w, WORLD_TOKEN, 200, reply);
	free(reply);
	world_redirect(w, "code=" CODE "&state={state}");
}

/* Nobody says who signed in, and nobody is asked. @spec RFC 8707 section 2 */
static void
test_resource__login_needs_no_user_and_asks_for_the_resource_alone(void **state)
{
	struct world *w = world_new();
	struct belgo_login_params params = resource_login(w, mcp);
	struct belgo_op *op = NULL;

	(void)state;
	world_metadata(w, "");
	answer_code(w);
	op = login_of(w, &params);
	assert_int_equal(world_finish(op, NULL), BELGO_OK);
	assert_string_equal(world_url_param(w, "scope"), "mcp.read offline_access");
	assert_string_equal(world_url_param(w, "resource"), MCP);
	assert_null(world_url_param(w, "nonce"));
	assert_non_null(strstr(world_sent(w, WORLD_TOKEN), "resource=https%3A%2F%2Fapi.example%2Fmcp"));
	assert_int_equal(world_count(w, "GET " WORLD_USERINFO), 0);
	assert_string_equal(belgo_op_account(op)->name, "api.example:mcp");
	assert_string_equal(belgo_op_account(op)->subject, MCP);
	belgo_op_free(&op);
	world_free(&w);
}

/* Two resources of one server are two accounts, the same one again is the same account. */
static void
test_resource__each_has_an_account_of_its_own(void **state)
{
	struct world *w = world_new();
	const char *const *rows[] = {mcp, other, mcp};
	char keys[3][65];

	(void)state;
	world_metadata(w, "");
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		struct belgo_login_params params = resource_login(w, rows[i]);
		struct belgo_op *op = NULL;

		answer_code(w);
		op = login_of(w, &params);
		assert_int_equal(world_finish(op, NULL), BELGO_OK);
		memcpy(keys[i], belgo_op_account(op)->key, sizeof(keys[i]));
		belgo_op_free(&op);
	}
	assert_string_not_equal(keys[0], keys[1]);
	assert_string_equal(keys[0], keys[2]);
	world_free(&w);
}

static void
test_resource__who_signed_in_is_known_where_openid_was_asked_for(void **state)
{
	struct world *w = provider_up();
	struct belgo_login_params params = resource_login(w, mcp);
	struct belgo_op *op = NULL;

	(void)state;
	world_metadata(w, "");
	params.scope = "openid mcp.read";
	answer_login(w, "alice", RT1, ",\"email\":\"alice@op.example\"", "");
	world_redirect(w, "code=" CODE "&state={state}");
	op = login_of(w, &params);
	assert_int_equal(world_finish(op, NULL), BELGO_OK);
	assert_string_equal(belgo_op_account(op)->subject, "alice");
	assert_string_equal(belgo_op_account(op)->name, "api.example:alice@op.example");
	belgo_op_free(&op);
	world_free(&w);
}

/* @spec MCP 2026-07-28: no S256 in the metadata, no login */
static void
test_resource__login_wants_s256_in_the_metadata(void **state)
{
	static const struct {
		const char *name, *metadata;
		belgo_rc want;
	} rows[] = {
	    {"named", METADATA(",\"code_challenge_methods_supported\":[\"S256\"]"), BELGO_OK},
	    {"among others", METADATA(",\"code_challenge_methods_supported\":[\"plain\",\"S256\"]"),
	     BELGO_OK},
	    {"not said", METADATA(""), BELGO_EPROTO},
	    {"plain only", METADATA(",\"code_challenge_methods_supported\":[\"plain\"]"), BELGO_EPROTO},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		struct world *w = world_new();
		struct belgo_login_params params = resource_login(w, mcp);
		struct belgo_error err = {0};

		world_answer(w, WORLD_METADATA, 200, rows[i].metadata);
		answer_code(w);
		assert_row(rows[i].name, world_run(login_of(w, &params), &err) == rows[i].want);
		assert_row(rows[i].name, (rows[i].want == BELGO_OK) == (world_url(w) != NULL));
		world_free(&w);
	}
}

#define OAUTH_METADATA WORLD_ISSUER "/.well-known/oauth-authorization-server"
#define S256 ",\"code_challenge_methods_supported\":[\"S256\"]"

/* @spec MCP 2025-11-25: RFC 8414 before OpenID; the issuer is compared all the same */
static void
test_resource__named_server_is_looked_up_as_oauth_has_it(void **state)
{
	static const struct {
		const char *name;
		int oauth_status;
		const char *oauth, *openid;
		belgo_rc want;
		size_t openid_asked;
	} rows[] = {
	    {"S256 in the RFC 8414 document alone", 200, METADATA(S256), METADATA(""), BELGO_OK, 0},
	    {"HTML in place of the other", 200, METADATA(S256), "<html>", BELGO_OK, 0},
	    {"the OpenID document alone", 404, "{}", METADATA(S256), BELGO_OK, 1},
	    {"S256 in the OpenID document alone", 200, METADATA(""), METADATA(S256), BELGO_EPROTO, 0},
	    {"another issuer", 200, "{\"issuer\":\"https://evil.example\"}", METADATA(S256), BELGO_EISSUER,
	     0},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		struct world *w = world_new();
		struct belgo_login_params params = resource_login(w, mcp);

		world_answer(w, OAUTH_METADATA, rows[i].oauth_status, rows[i].oauth);
		world_answer(w, WORLD_METADATA, 200, rows[i].openid);
		answer_code(w);
		assert_row(rows[i].name, world_run(login_of(w, &params), NULL) == rows[i].want);
		assert_row(rows[i].name, world_count(w, "GET " OAUTH_METADATA) == 1);
		assert_row(rows[i].name, world_count(w, "GET " WORLD_METADATA) == rows[i].openid_asked);
		world_free(&w);
	}
}

/* What another login cached of the same server is no answer to the first question, and a refresh, in another
 * process too, asks where the login did. */
static void
test_resource__named_server_is_found_again_where_it_was(void **state)
{
	struct world *w = world_new();
	struct belgo_login_params params = resource_login(w, mcp);
	struct belgo_op *op = NULL;
	struct planted a = {0};

	(void)state;
	world_answer(w, WORLD_METADATA, 200, METADATA(""));
	assert_int_equal(belgo_metadata_op(&op, world_client(w), world_provider(w), NULL), BELGO_OK);
	assert_int_equal(world_run(op, NULL), BELGO_OK);
	world_answer(w, OAUTH_METADATA, 200, METADATA(S256));
	answer_code(w);
	op = login_of(w, &params);
	assert_int_equal(world_finish(op, NULL), BELGO_OK);
	memcpy(a.key, belgo_op_account(op)->key, sizeof(a.key));
	belgo_op_free(&op);
	world_restart(w);
	world_advance(w, 100000);
	world_answer(w, OAUTH_METADATA, 200, METADATA(S256));
	world_answer(w, WORLD_TOKEN, 200, "{\"access_token\":\"" AT3 "\",\"token_type\":\"Bearer\"}");
	assert_int_equal(get_token_rc(w, &a, NULL), BELGO_OK);
	assert_int_equal(world_count(w, "GET " OAUTH_METADATA), 2);
	assert_int_equal(world_count(w, "GET " WORLD_METADATA), 1);
	world_free(&w);
}

static void
test_resource__login_is_for_exactly_one(void **state)
{
	static const char *const two[] = {MCP, "https://api.example/other"};
	struct world *w = world_new();
	struct belgo_login_params params = resource_login(w, two);
	struct belgo_op *op = NULL;

	(void)state;
	for (size_t n = 0; n <= 2; n += 2) {
		params.n_resources = n;
		assert_int_equal(belgo_login_op(&op, world_client(w), &params, NULL), BELGO_EINVAL);
		assert_null(op);
	}
	assert_int_equal(belgo_resource_discover_op(&op, world_client(w), NULL, NULL), BELGO_EINVAL);
	assert_int_equal(belgo_resource_discover_op(&op, world_client(w), "http://api.example/", NULL),
			 BELGO_EINVAL);
	world_free(&w);
}

/* @spec MCP 2026-07-28: the union of old and challenged scopes */
static void
test_resource__step_up_keeps_what_was_granted(void **state)
{
	struct world *w = world_new();
	struct belgo_login_params params = resource_login(w, mcp), elsewhere = resource_login(w, other);

	(void)state;
	world_metadata(w, "");
	answer_code(w);
	assert_int_equal(world_run(login_of(w, &params), NULL), BELGO_OK);
	answer_code(w);
	assert_int_equal(world_run(login_of(w, &elsewhere), NULL), BELGO_OK);
	params.scope = "mcp.write";
	params.scope_mode = BELGO_SCOPE_ADD;
	answer_code(w);
	assert_int_equal(world_run(login_of(w, &params), NULL), BELGO_OK);
	assert_string_equal(world_url_param(w, "scope"), "mcp.read mcp.write offline_access");
	world_free(&w);
}

#define API "https://api.example"
#define API_METADATA API "/.well-known/openid-configuration"
#define API_TOKEN API "/token"

/* A login for a resource that says nothing; the provider is the caller's. */
static struct belgo_login_params
silent_login(struct world *w, struct belgo_provider **provider)
{
	struct belgo_login_params params = resource_login(w, mcp);

	assert_int_equal(belgo_provider_from_resource(provider, MCP, NULL), BELGO_OK);
	params.provider = *provider;
	return params;
}

static void
answer_code_at(struct world *w, const char *endpoint, const char *redirect)
{
	char *id_token = id_token_of(w, "mallory", "");
	char *reply = token_reply(AT1, RT1, id_token, ",\"expires_in\":60");

	world_answer(w, endpoint, 200, reply);
	world_redirect(w, redirect);
	free(reply);
	free(id_token);
}

/* What nobody asked for by name, an ID token, is not looked at. @spec MCP 2025-03-26 */
static void
test_resource__silent_origin_is_asked_at_fixed_paths(void **state)
{
	struct world *w = world_new();
	struct belgo_provider *provider = NULL;
	struct belgo_login_params params = silent_login(w, &provider);
	struct belgo_op *op = NULL;
	struct planted a = {0};
	char *token = NULL;

	(void)state;
	params.scope = "openid mcp.read";
	answer_code_at(w, API_TOKEN, "code=" CODE "&state={state}");
	op = login_of(w, &params);
	assert_int_equal(world_finish(op, NULL), BELGO_OK);
	assert_int_equal(world_count(w, "GET " API "/.well-known/oauth-authorization-server"), 1);
	assert_true(world_came_before(w, "GET " API_METADATA, "prompt"));
	assert_non_null(strstr(world_url(w), API "/authorize?"));
	assert_string_equal(world_url_param(w, "code_challenge_method"), "S256");
	assert_string_equal(world_url_param(w, "resource"), MCP);
	assert_null(world_url_param(w, "nonce"));
	assert_true(has_warning(op, API " publishes nothing"));
	assert_string_equal(belgo_op_account(op)->issuer, API);
	assert_int_equal(belgo_op_account(op)->at_fixed_paths, 1);
	assert_null(belgo_op_account(op)->claims);
	memcpy(a.key, belgo_op_account(op)->key, sizeof(a.key));
	belgo_op_free(&op);
	belgo_provider_free(&provider);
	/* and a refresh finds the way, in another process too */
	world_restart(w);
	world_answer(w, API_TOKEN, 200, "{\"access_token\":\"" AT3 "\",\"token_type\":\"Bearer\"}");
	world_advance(w, 120);
	assert_int_equal(get_token(w, &a, NULL, &token, NULL), BELGO_OK);
	assert_string_equal(token, AT3);
	assert_non_null(strstr(world_sent(w, API_TOKEN), "refresh_token=" RT1));
	free(token);
	world_free(&w);
}

/* Not being able to ask, or being told nonsense, is no silence. */
static void
test_resource__anything_but_silence_is_no_reason_to_assume(void **state)
{
	static const struct {
		const char *name;
		int status;
		const char *document;
		belgo_rc want;
	} rows[] = {
	    {"silence", 404, "{}", BELGO_OK},
	    {"forbidden", 403, "{}", BELGO_OK},
	    {"failing", 500, "{}", BELGO_EUNAVAILABLE},
	    {"too busy", 429, "{}", BELGO_EUNAVAILABLE},
	    {"elsewhere", 302, "{}", BELGO_EPROTO},
	    {"nothing", 204, "", BELGO_EPROTO},
	    {"no document", 200, "<html>", BELGO_EPROTO},
	    {"no endpoints", 200, "{\"issuer\":\"" API "\"}", BELGO_EPROTO},
	    {"of another", 200, METADATA(""), BELGO_EISSUER},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		struct world *w = world_new();
		struct belgo_provider *provider = NULL;
		struct belgo_login_params params = silent_login(w, &provider);

		world_answer(w, API_METADATA, rows[i].status, rows[i].document);
		answer_code_at(w, API_TOKEN, "code=" CODE "&state={state}");
		assert_row(rows[i].name, world_run(login_of(w, &params), NULL) == rows[i].want);
		assert_row(rows[i].name, (world_url(w) != NULL) == (rows[i].want == BELGO_OK));
		assert_row(rows[i].name,
			   (world_count(w, "POST " API_TOKEN) == 1) == (rows[i].want == BELGO_OK));
		belgo_provider_free(&provider);
		world_free(&w);
	}
}

static void
test_resource__what_its_origin_publishes_is_what_counts(void **state)
{
	struct world *w = world_new();
	struct belgo_provider *provider = NULL;
	struct belgo_login_params params = silent_login(w, &provider);
	struct belgo_op *op = NULL;

	(void)state;
	world_answer(w, API_METADATA, 200,
		     "{\"issuer\":\"" API "\",\"authorization_endpoint\":\"" API
		     "/login\",\"token_endpoint\":\"" API
		     "/oauth/token\",\"code_challenge_methods_supported\":[\"S256\"]}");
	answer_code_at(w, API "/oauth/token", "code=" CODE "&state={state}");
	op = login_of(w, &params);
	assert_int_equal(world_finish(op, NULL), BELGO_OK);
	assert_non_null(strstr(world_url(w), API "/login?"));
	assert_int_equal(belgo_op_account(op)->at_fixed_paths, 0);
	assert_false(has_warning(op, "publishes nothing"));
	belgo_op_free(&op);
	belgo_provider_free(&provider);
	world_free(&w);
}

/* @spec RFC 9207 section 2.4: the issuer is the origin, to the byte */
static void
test_resource__silent_origin_is_held_to_its_name(void **state)
{
	static const struct {
		const char *redirect;
		belgo_rc want;
	} rows[] = {
	    {"code=" CODE "&state={state}&iss=https%3A%2F%2Fapi.example", BELGO_OK},
	    {"code=" CODE "&state={state}&iss=https%3A%2F%2Fapi.example%2F", BELGO_EISSUER},
	    {"code=" CODE "&state={state}&iss=https%3A%2F%2Fop.example", BELGO_EISSUER},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		struct world *w = world_new();
		struct belgo_provider *provider = NULL;
		struct belgo_login_params params = silent_login(w, &provider);

		answer_code_at(w, API_TOKEN, rows[i].redirect);
		assert_row(rows[i].redirect, world_run(login_of(w, &params), NULL) == rows[i].want);
		assert_row(rows[i].redirect,
			   (world_count(w, "POST " API_TOKEN) == 1) == (rows[i].want == BELGO_OK));
		belgo_provider_free(&provider);
		world_free(&w);
	}
}

static void
test_resource__fixed_paths_are_for_the_origins_own_resources_alone(void **state)
{
	static const char *const elsewhere[] = {"https://api.example.org/mcp"};
	struct world *w = world_new();
	struct belgo_provider *provider = NULL;
	struct belgo_login_params params = silent_login(w, &provider);
	struct belgo_op *op = NULL;

	(void)state;
	params.resources = elsewhere;
	assert_int_equal(belgo_login_op(&op, world_client(w), &params, NULL), BELGO_EINVAL);
	params.resources = mcp;
	params.protected_resource = 0;
	assert_int_equal(belgo_login_op(&op, world_client(w), &params, NULL), BELGO_EINVAL);
	assert_null(op);
	belgo_provider_free(&provider);
	/* an issuer that publishes nothing is none */
	assert_int_equal(belgo_provider_from_issuer(&provider, API, NULL), BELGO_OK);
	params = resource_login(w, mcp);
	params.provider = provider;
	assert_int_equal(world_run(login_of(w, &params), NULL), BELGO_ENOTFOUND);
	assert_null(world_url(w));
	belgo_provider_free(&provider);
	world_free(&w);
}

#define EVIL "https://evil.example/mcp"

/* A record that was tampered with sends no refresh token to where it never came from. */
static void
test_resource__account_is_not_moved_to_another_origin(void **state)
{
	static const struct {
		const char *name, *members, *resource; /* that its key is made of */
		belgo_rc want;
	} rows[] = {
	    {"another origin", ",\"at_fixed_paths\":1", EVIL, BELGO_EISSUER},
	    {"another origin alone", ",\"resource\":\"" EVIL "\",\"at_fixed_paths\":1", NULL, BELGO_EISSUER},
	    {"none", ",\"at_fixed_paths\":1", NULL, BELGO_ESTORE},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		struct world *w = world_new();
		struct planted a = {.is_oauth = 1,
				    .account = rows[i].members,
				    .resource = rows[i].resource,
				    .refresh_token = RT1,
				    .expires_at = WORLD_NOW - 1};

		plant(w, &a);
		assert_row(rows[i].name, get_token_rc(w, &a, NULL) == rows[i].want);
		assert_row(rows[i].name, strstr(world_journal(w), "POST ") == NULL);
		world_free(&w);
	}
}

static void
test_resource__silent_origin_registers_clients_at_its_fixed_path(void **state)
{
	static const char *const uris[] = {"http://127.0.0.1:8123/callback"};
	struct world *w = world_new();
	struct belgo_client_register_params params = {
	    .client_name = "app", .redirect_uris = uris, .n_redirect_uris = 1};
	struct belgo_provider *provider = NULL;
	struct belgo_op *op = NULL;

	(void)state;
	assert_int_equal(belgo_provider_from_resource(&provider, MCP, NULL), BELGO_OK);
	params.provider = provider;
	world_answer(w, API "/register", 201,
		     "{\"client_id\":\"c\",\"redirect_uris\":[\"http://127.0.0.1:8123/callback\"]}");
	assert_int_equal(belgo_client_register_op(&op, world_client(w), &params, NULL), BELGO_OK);
	assert_int_equal(world_run(op, NULL), BELGO_OK);
	assert_non_null(strstr(world_sent(w, API "/register"), "\"native\""));
	/* or has no such path, which is no refusal */
	assert_int_equal(belgo_client_register_op(&op, world_client(w), &params, NULL), BELGO_OK);
	assert_int_equal(world_run(op, NULL), BELGO_ENOTFOUND);
	world_answer(w, API "/register", 403, "{\"error\":\"access_denied\"}");
	assert_int_equal(belgo_client_register_op(&op, world_client(w), &params, NULL), BELGO_OK);
	assert_int_equal(world_run(op, NULL), BELGO_EDENIED);
	belgo_provider_free(&provider);
	world_free(&w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_resource__server_is_found_by_challenge_or_well_known_address),
	    cmocka_unit_test(test_resource__nothing_is_followed_that_is_not_believed),
	    cmocka_unit_test(test_resource__login_needs_no_user_and_asks_for_the_resource_alone),
	    cmocka_unit_test(test_resource__each_has_an_account_of_its_own),
	    cmocka_unit_test(test_resource__who_signed_in_is_known_where_openid_was_asked_for),
	    cmocka_unit_test(test_resource__login_wants_s256_in_the_metadata),
	    cmocka_unit_test(test_resource__named_server_is_looked_up_as_oauth_has_it),
	    cmocka_unit_test(test_resource__named_server_is_found_again_where_it_was),
	    cmocka_unit_test(test_resource__login_is_for_exactly_one),
	    cmocka_unit_test(test_resource__silent_origin_is_asked_at_fixed_paths),
	    cmocka_unit_test(test_resource__anything_but_silence_is_no_reason_to_assume),
	    cmocka_unit_test(test_resource__what_its_origin_publishes_is_what_counts),
	    cmocka_unit_test(test_resource__silent_origin_is_held_to_its_name),
	    cmocka_unit_test(test_resource__fixed_paths_are_for_the_origins_own_resources_alone),
	    cmocka_unit_test(test_resource__account_is_not_moved_to_another_origin),
	    cmocka_unit_test(test_resource__silent_origin_registers_clients_at_its_fixed_path),
	    cmocka_unit_test(test_resource__step_up_keeps_what_was_granted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
