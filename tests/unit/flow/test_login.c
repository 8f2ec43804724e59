/* A login from its parameters to the stored account, and every way in which it does not get there. */
#include "base/limits.h"
#include "fixture.h"

static const char *const happy_redirect = "code=" CODE "&state={state}";

/* A login of alice that succeeds, with whatever the caller has put in its way. */
static struct belgo_op *
happy_login(struct world *w, const struct belgo_login_params *params)
{
	answer_login(w, "alice", RT1, ",\"email\":\"alice@op.example\"", ",\"expires_in\":3600");
	world_redirect(w, happy_redirect);
	return login_of(w, params);
}

static void
test_login__signs_in_and_stores_the_account(void **state)
{
	struct world *w = provider_up();
	struct belgo_login_params params = login_params(w);
	struct belgo_op *op = happy_login(w, &params);
	struct planted a = {0};
	const struct belgo_account *account;

	(void)state;
	planted_name(&a);
	assert_int_equal(world_finish(op, NULL), BELGO_OK);
	account = belgo_op_account(op);
	assert_string_equal(account->key, a.key);
	assert_string_equal(account->name, "op.example:alice@op.example");
	assert_string_equal(account->issuer, WORLD_ISSUER);
	assert_string_equal(account->subject, "alice");
	assert_string_equal(account->email, "alice@op.example");
	assert_string_equal(account->scope, "openid profile email offline_access");
	assert_int_equal(account->created_at, WORLD_NOW);
	assert_int_equal(account->access_expires_at, WORLD_NOW + 3600);
	assert_true(account->has_refresh_token);
	assert_string_equal(belgo_op_token(op)->access_token, AT1);
	assert_null(belgo_op_warning(op, 0));
	assert_true(stored_has(w, &a, RT1));
	assert_string_equal(world_cached_token(w), AT1);
	assert_string_equal(world_page_title(w), "Signed in");
	belgo_op_free(&op);
	world_free(&w);
}

static void
test_login__steps_come_in_the_order_that_loses_nothing(void **state)
{
	struct world *w = provider_up();
	struct belgo_login_params params = login_params(w);

	(void)state;
	assert_int_equal(world_run(happy_login(w, &params), NULL), BELGO_OK);
	assert_string_equal(world_journal(w),
			    "get\nGET " WORLD_METADATA
			    "\nget\nget\nlist\nprobe\nlisten\nprompt\nGET " WORLD_JWKS "\nPOST " WORLD_TOKEN
			    "\nlock\nget\nput\nunlock\npage ok\nclose\n");
	world_free(&w);
}

/* @spec RFC 7636 section 4.3; RFC 6749 section 4.1.1; OpenID Connect Core section 3.1.2.1 */
static void
test_login__authorization_url_says_what_was_asked(void **state)
{
	struct world *w = provider_up();
	struct belgo_login_params params = login_params(w);
	char *expected_state = world_foretell(w, 1), *expected_nonce = world_foretell(w, 3);
	static const char *const resources[] = {"https://api.example/"};
	static const struct belgo_param extra[] = {{"audience", "x y"}};
	static const int ports[] = {8765};

	(void)state;
	params.scope = "openid email";
	params.prompt = "consent";
	params.login_hint = "alice@op.example";
	params.access_type = "offline";
	params.claims = "{\"id_token\":{}}";
	params.max_age = 60;
	params.max_age_set = 1;
	params.resources = resources;
	params.n_resources = 1;
	params.extra = extra;
	params.n_extra = 1;
	params.ports = ports;
	params.n_ports = 1;
	params.redirect_host = "localhost";
	params.redirect_path = "/cb";
	params.response_mode = BELGO_RESPONSE_QUERY;
	params.response_mode_set = 1;
	world_redirect(w, "error=access_denied&state={state}");
	assert_int_equal(world_run(login_of(w, &params), NULL), BELGO_ECANCELLED);
	assert_string_equal(world_url_param(w, "response_type"), "code");
	assert_string_equal(world_url_param(w, "client_id"), WORLD_CLIENT);
	assert_string_equal(world_url_param(w, "redirect_uri"), "http://localhost:8765/cb");
	assert_string_equal(world_url_param(w, "scope"), "openid email");
	assert_string_equal(world_url_param(w, "state"), expected_state);
	assert_string_equal(world_url_param(w, "nonce"), expected_nonce);
	assert_string_equal(world_url_param(w, "code_challenge_method"), "S256");
	assert_string_equal(world_url_param(w, "prompt"), "consent");
	assert_string_equal(world_url_param(w, "login_hint"), "alice@op.example");
	assert_string_equal(world_url_param(w, "access_type"), "offline");
	assert_string_equal(world_url_param(w, "claims"), "{\"id_token\":{}}");
	assert_string_equal(world_url_param(w, "max_age"), "60");
	assert_string_equal(world_url_param(w, "resource"), "https://api.example/");
	assert_string_equal(world_url_param(w, "audience"), "x y");
	assert_string_equal(world_url_param(w, "response_mode"), "query");
	free(expected_state);
	free(expected_nonce);
	world_free(&w);
}

/* @spec RFC 7636 section 4.5; RFC 6749 section 4.1.3 */
static void
test_login__token_request_carries_verifier_and_redirect_uri(void **state)
{
	struct world *w = provider_up();
	struct belgo_login_params params = login_params(w);
	char *verifier = world_foretell(w, 2);
	char want[128];

	(void)state;
	assert_int_equal(world_run(happy_login(w, &params), NULL), BELGO_OK);
	(void)snprintf(want, sizeof(want), "code_verifier=%s", verifier);
	assert_non_null(strstr(world_sent(w, WORLD_TOKEN), want));
	assert_non_null(
	    strstr(world_sent(w, WORLD_TOKEN), "redirect_uri=http%3A%2F%2F127.0.0.1%3A40000%2Fcallback"));
	assert_non_null(strstr(world_sent(w, WORLD_TOKEN), "code=" CODE));
	free(verifier);
	world_free(&w);
}

static void
test_login__token_request_is_never_repeated(void **state)
{
	static const struct {
		const char *name;
		int status;
		const char *body;
		belgo_rc rc;
		belgo_rc want;
	} rows[] = {
	    {"no answer", 0, NULL, BELGO_EUNAVAILABLE, BELGO_EUNAVAILABLE},
	    {"unavailable", 503, "{}", BELGO_OK, BELGO_EUNAVAILABLE},
	    {"refused", 400, "{\"error\":\"invalid_grant\"}", BELGO_OK, BELGO_EDENIED},
	    {"broken", 200, "<html>", BELGO_OK, BELGO_EPROTO},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		struct world *w = provider_up();
		struct belgo_login_params params = login_params(w);

		if (rows[i].rc != BELGO_OK)
			world_no_answer(w, WORLD_TOKEN, rows[i].rc);
		else
			world_answer(w, WORLD_TOKEN, rows[i].status, rows[i].body);
		world_redirect(w, happy_redirect);
		assert_row(rows[i].name, world_run(login_of(w, &params), NULL) == rows[i].want);
		assert_row(rows[i].name, world_count(w, "POST " WORLD_TOKEN) == 1);
		assert_row(rows[i].name, strcmp(world_page_title(w), "Sign-in failed") == 0);
		assert_row(rows[i].name, world_count(w, "put") == 0);
		world_free(&w);
	}
}

/* @spec OpenID Connect Core section 3.1.3.7 */
static void
test_login__id_token_that_is_not_of_this_login_is_refused(void **state)
{
	static const struct {
		const char *name;
		const char *claims;
		belgo_rc want;
	} rows[] = {
	    {"no nonce", "", BELGO_ECLAIM},
	    {"another nonce", ",\"nonce\":\"x\"", BELGO_ECLAIM},
	    {"another access token", ",\"nonce\":\"N\",\"at_hash\":\"x\"", BELGO_ECLAIM},
	    {"another code", ",\"nonce\":\"N\",\"c_hash\":\"x\"", BELGO_ECLAIM},
	    {"another state", ",\"nonce\":\"N\",\"s_hash\":\"x\"", BELGO_ECLAIM},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		struct world *w = provider_up();
		struct belgo_login_params params = login_params(w);
		char *nonce = world_foretell(w, 3), claims[256];
		const char *at = strstr(rows[i].claims, "\"N\"");

		(void)snprintf(claims, sizeof(claims), "%s", rows[i].claims);
		if (at != NULL)
			(void)snprintf(claims, sizeof(claims), ",\"nonce\":\"%s\"%s", nonce, at + 3);
		answer_token(w, AT1, RT1, id_token_of(w, "alice", claims));
		world_redirect(w, happy_redirect);
		assert_row(rows[i].name, world_run(login_of(w, &params), NULL) == rows[i].want);
		assert_row(rows[i].name, strcmp(world_page_title(w), "Sign-in failed") == 0);
		assert_row(rows[i].name, world_count(w, "put") == 0 && world_cached_token(w) == NULL);
		free(nonce);
		world_free(&w);
	}
}

/* @spec OpenID Connect Core section 3.1.3.3 */
static void
test_login__openid_answer_without_id_token_is_refused(void **state)
{
	struct world *w = provider_up();
	struct belgo_login_params params = login_params(w);
	struct belgo_error err = {0};

	(void)state;
	answer_token(w, AT1, RT1, NULL);
	world_redirect(w, happy_redirect);
	assert_int_equal(world_run(login_of(w, &params), &err), BELGO_EPROTO);
	assert_non_null(strstr(err.text, "sent no ID token although openid was asked for"));
	world_free(&w);
}

static void
test_login__further_client_ids_and_the_domain_are_compared(void **state)
{
	static const char *const more[] = {"other-client"};
	static const struct {
		const char *name;
		const char *claims;
		belgo_rc want;
	} rows[] = {
	    {"right domain", ",\"hd\":\"b.example\",\"email\":\"a@b.example\"", BELGO_OK},
	    {"another domain", ",\"hd\":\"c.example\",\"email\":\"a@b.example\"", BELGO_ECLAIM},
	    {"another party of ours",
	     ",\"hd\":\"b.example\",\"email\":\"a@b.example\",\"azp\":\"other-client\"", BELGO_OK},
	    {"another party", ",\"hd\":\"b.example\",\"email\":\"a@b.example\",\"azp\":\"stranger\"",
	     BELGO_ECLAIM},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		struct world *w = provider_up();
		struct belgo_login_params params = login_params(w);

		params.extra_client_ids = more;
		params.n_extra_client_ids = 1;
		params.hd = "b.example";
		answer_login(w, "alice", RT1, rows[i].claims, "");
		world_redirect(w, happy_redirect);
		assert_row(rows[i].name, world_run(login_of(w, &params), NULL) == rows[i].want);
		world_free(&w);
	}
}

static void
test_login__userinfo_is_asked_only_where_the_e_mail_is_missing(void **state)
{
	static const struct {
		const char *name;
		const char *claims;
		const char *userinfo;
		const char *email; /* NULL: unknown */
		const char *warning;
		size_t asked;
	} rows[] = {
	    {"e-mail in the ID token", ",\"email\":\"a@b.example\"", "{}", "a@b.example", NULL, 0},
	    {"e-mail at the endpoint", "", "{\"sub\":\"alice\",\"email\":\"c@d.example\"}", "c@d.example",
	     NULL, 1},
	    {"another user", "", "{\"sub\":\"mallory\",\"email\":\"m@d.example\"}", NULL,
	     "the userinfo endpoint was of no use", 1},
	    {"no subject", "", "{\"email\":\"m@d.example\"}", NULL, "the userinfo endpoint was of no use", 1},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		struct world *w = provider_up();
		struct belgo_login_params params = login_params(w);
		struct belgo_op *op = NULL;
		const char *email;

		answer_login(w, "alice", RT1, rows[i].claims, "");
		world_answer(w, WORLD_USERINFO, 200, rows[i].userinfo);
		world_redirect(w, happy_redirect);
		op = login_of(w, &params);
		assert_row(rows[i].name, world_finish(op, NULL) == BELGO_OK);
		email = belgo_op_account(op)->email;
		assert_row(rows[i].name,
			   rows[i].email == NULL ? email == NULL : strcmp(email, rows[i].email) == 0);
		assert_row(rows[i].name, world_count(w, "GET " WORLD_USERINFO) == rows[i].asked);
		assert_row(rows[i].name, rows[i].warning == NULL ? belgo_op_warning(op, 0) == NULL
								 : has_warning(op, rows[i].warning));
		assert_row(rows[i].name, strcmp(belgo_op_account(op)->subject, "alice") == 0);
		belgo_op_free(&op);
		world_free(&w);
	}
}

/* @spec RFC 8705 section 3, 5 */
static void
test_login__userinfo_is_shown_the_certificate_that_got_the_token(void **state)
{
#define MTLS_TOKEN "https://mtls.op.example/token"
#define MTLS_USERINFO "https://mtls.op.example/me"
	static const char *const methods[] = {"tls_client_auth", "client_secret_post"};

	(void)state;
	for (size_t i = 0; i < BG_LEN(methods); i++) {
		struct world *w = world_new();
		struct belgo_login_params params = login_params(w);
		const char *token = i == 0 ? MTLS_TOKEN : WORLD_TOKEN;
		const char *userinfo = i == 0 ? MTLS_USERINFO : WORLD_USERINFO;

		world_metadata(w, "\"mtls_endpoint_aliases\":{\"userinfo_endpoint\":\"" MTLS_USERINFO
				  "\",\"token_endpoint\":\"" MTLS_TOKEN "\"},");
		world_jwks(w);
		plant_client(w, "\"certificate\":\"pem." WORLD_SECRET "\",\"client_secret\":\"" CLIENT_SECRET
				"\"");
		answer_login_at(w, token, "alice", RT1, "", "");
		world_answer(w, userinfo, 200, "{\"sub\":\"alice\",\"email\":\"a@b.example\"}");
		world_redirect(w, happy_redirect);
		params.token_endpoint_auth_method = methods[i];
		assert_row(methods[i], world_run(login_of(w, &params), NULL) == BELGO_OK);
		assert_row(methods[i], world_sent_headers(w, userinfo) != NULL);
		assert_row(methods[i], bg_str_equal(world_sent_certificate(w, userinfo),
						    i == 0 ? "pem." WORLD_SECRET : NULL));
		assert_row(methods[i], bg_str_equal(world_sent_certificate(w, token),
						    i == 0 ? "pem." WORLD_SECRET : NULL));
		world_free(&w);
	}
#undef MTLS_TOKEN
#undef MTLS_USERINFO
}

/* @spec OpenID Connect Core section 5.3.2 */
static void
test_login__signed_userinfo_counts_once_it_is_verified(void **state)
{
	static const char *const subjects[] = {"alice", "mallory"};

	(void)state;
	for (size_t i = 0; i < BG_LEN(subjects); i++) {
		struct world *w = provider_up();
		struct belgo_login_params params = login_params(w);
		struct belgo_op *op = NULL;
		char *jwt = id_token_of(w, subjects[i], ",\"email\":\"c@d.example\"");

		answer_login(w, "alice", RT1, "", "");
		world_answer(w, WORLD_USERINFO, 200, jwt);
		world_answer_header(w, "content-type", "application/jwt");
		world_redirect(w, happy_redirect);
		op = login_of(w, &params);
		assert_row(subjects[i], world_finish(op, NULL) == BELGO_OK);
		assert_row(subjects[i],
			   bg_str_equal(belgo_op_account(op)->email, i == 0 ? "c@d.example" : NULL));
		assert_row(subjects[i], has_warning(op, "the userinfo endpoint was of no use") == (i != 0));
		belgo_op_free(&op);
		free(jwt);
		world_free(&w);
	}
}

static void
test_login__userinfo_that_fails_costs_only_the_e_mail(void **state)
{
	struct world *w = provider_up();
	struct belgo_login_params params = login_params(w);
	struct belgo_op *op = NULL;

	(void)state;
	answer_login(w, "alice", RT1, "", "");
	world_no_answer(w, WORLD_USERINFO, BELGO_EUNAVAILABLE);
	world_redirect(w, happy_redirect);
	op = login_of(w, &params);
	assert_int_equal(world_finish(op, NULL), BELGO_OK);
	assert_string_equal(belgo_op_account(op)->name, "op.example:alice");
	belgo_op_free(&op);
	world_free(&w);
}

static void
test_login__identity_that_no_store_could_keep_is_refused(void **state)
{
	struct world *w = provider_up();
	struct belgo_login_params params = login_params(w);
	struct belgo_error err = {0};
	char *name = calloc(1, BG_MAX_RECORD + 1), *userinfo;

	(void)state;
	assert_non_null(name);
	memset(name, 'n', BG_MAX_RECORD);
	userinfo = bg_strf("{\"sub\":\"alice\",\"name\":\"%s\"}", name);
	answer_login(w, "alice", RT1, "", "");
	world_answer(w, WORLD_USERINFO, 200, userinfo);
	world_redirect(w, happy_redirect);
	assert_int_equal(world_run(login_of(w, &params), &err), BELGO_EPROTO);
	assert_true(strlen(err.text) < 200 && world_count(w, "put") == 0);
	bg_str_free(&userinfo);
	free(name);
	world_free(&w);
}

static void
test_login__what_was_not_granted_is_warned_of(void **state)
{
	static const struct {
		const char *name;
		const char *refresh_token;
		const char *more;
		const char *warning;
		const char *other;
	} rows[] = {
	    {"all granted", RT1, ",\"expires_in\":3600", NULL, NULL},
	    {"offline_access by the refresh token alone", RT1,
	     ",\"expires_in\":3600,\"scope\":\"openid profile email\"", NULL, NULL},
	    {"one scope", RT1, ",\"expires_in\":3600,\"scope\":\"openid email offline_access\"",
	     "not granted: profile", NULL},
	    {"no refresh token", NULL, ",\"expires_in\":3600",
	     WORLD_ISSUER " sent no refresh token: this login ends with its access token", NULL},
	    {"no refresh token that is missed", NULL, "", NULL, NULL},
	    {"offline_access dropped", NULL, ",\"expires_in\":3600,\"scope\":\"openid profile email\"",
	     WORLD_ISSUER " sent no refresh token and dropped offline_access", "not granted: offline_access"},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		struct world *w = provider_up();
		struct belgo_login_params params = login_params(w);
		struct belgo_op *op = NULL;

		answer_login(w, "alice", rows[i].refresh_token, ",\"email\":\"a@b.example\"", rows[i].more);
		world_redirect(w, happy_redirect);
		op = login_of(w, &params);
		assert_row(rows[i].name, world_finish(op, NULL) == BELGO_OK);
		assert_row(rows[i].name, rows[i].warning == NULL ? belgo_op_warning(op, 0) == NULL
								 : has_warning(op, rows[i].warning));
		assert_row(rows[i].name, rows[i].other == NULL || has_warning(op, rows[i].other));
		belgo_op_free(&op);
		world_free(&w);
	}
}

static void
test_login__failures_before_the_prompt_ask_nobody(void **state)
{
	static const struct {
		const char *name;
		enum bg_store_verb verb;
		belgo_rc rc;
		belgo_rc want;
	} rows[] = {
	    {"the store cannot be written", BG_STORE_PROBE, BELGO_ELOCKED, BELGO_ELOCKED},
	    {"the store cannot be listed", BG_STORE_LIST, BELGO_ELOCKED, BELGO_ELOCKED},
	    {"the client secret cannot be read", BG_STORE_GET, BELGO_ENOSTORE, BELGO_ENOSTORE},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		struct world *w = provider_up();
		struct belgo_login_params params = login_params(w);

		world_store_fails(w, rows[i].verb, rows[i].rc, 0);
		assert_row(rows[i].name, world_run(login_of(w, &params), NULL) == rows[i].want);
		assert_row(rows[i].name, world_count(w, "prompt") == 0 && world_count(w, "listen") == 0);
		world_free(&w);
	}
}

static void
test_login__unreadable_record_is_no_reason_not_to_log_in(void **state)
{
	static const belgo_rc rows[] = {BELGO_ESTORE, BELGO_EVERSION};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		struct world *w = provider_up();
		struct belgo_login_params params = login_params(w);

		world_store_set(w, "account/0", "damaged");
		world_store_fails(w, BG_STORE_LIST, rows[i], 0);
		assert_int_equal(world_run(happy_login(w, &params), NULL), BELGO_OK);
		assert_string_equal(world_store_value(w, "account/0"), "damaged");
		world_free(&w);
	}
}

static void
test_login__failures_after_the_redirect_reach_the_browser(void **state)
{
	static const struct {
		const char *name;
		enum bg_store_verb verb;
		belgo_rc rc;
	} rows[] = {
	    {"the put", BG_STORE_PUT, BELGO_ESTORE},
	    {"the lock", BG_STORE_LOCK, BELGO_EIO},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		struct world *w = provider_up();
		struct belgo_login_params params = login_params(w);

		world_store_fails(w, rows[i].verb, rows[i].rc, 0);
		assert_row(rows[i].name, world_run(happy_login(w, &params), NULL) == rows[i].rc);
		assert_row(rows[i].name, strcmp(world_page_title(w), "Sign-in failed") == 0);
		assert_row(rows[i].name, world_count(w, "page ok") == 0 && world_cached_token(w) == NULL);
		world_free(&w);
	}
}

static void
fail_get(struct world *w, void *arg)
{
	(void)arg;
	world_store_fails(w, BG_STORE_GET, BELGO_EVERSION, 0);
}

static void
test_login__record_of_a_newer_version_is_not_written_over(void **state)
{
	struct world *w = provider_up();
	struct belgo_login_params params = login_params(w);

	(void)state;
	world_store_before(w, BG_STORE_LOCK, fail_get, NULL);
	assert_int_equal(world_run(happy_login(w, &params), NULL), BELGO_EVERSION);
	assert_int_equal(world_count(w, "put"), 0);
	assert_string_equal(world_page_title(w), "Sign-in failed");
	world_free(&w);
}

static void
test_login__account_kept_beside_the_store_is_warned_of(void **state)
{
	struct world *w = provider_up();
	struct belgo_login_params params = login_params(w);
	struct belgo_op *op = happy_login(w, &params);

	(void)state;
	world_store(w)->in_recovery = 1;
	assert_int_equal(world_finish(op, NULL), BELGO_OK);
	assert_true(has_warning(op, "recovery record"));
	belgo_op_free(&op);
	world_free(&w);
}

static void
test_login__without_entropy_nothing_is_shown(void **state)
{
	struct world *w = provider_up();
	struct belgo_login_params params = login_params(w);

	(void)state;
	world_spend_entropy(w);
	assert_int_equal(world_run(login_of(w, &params), NULL), BELGO_EINTERNAL);
	assert_int_equal(world_count(w, "prompt"), 0);
	world_free(&w);
}

static void
test_login__metadata_that_allows_no_login_ends_it(void **state)
{
	struct world *w = world_new();
	struct belgo_login_params params = login_params(w);

	(void)state;
	world_answer(w, WORLD_METADATA, 200,
		     "{\"issuer\":\"" WORLD_ISSUER "\",\"token_endpoint\":\"" WORLD_TOKEN "\"}");
	assert_int_equal(world_run(login_of(w, &params), NULL), BELGO_EPROTO);
	assert_int_equal(world_count(w, "prompt"), 0);
	world_free(&w);
}

static void
test_login__client_id_must_be_known(void **state)
{
	struct world *w = provider_up();
	struct belgo_login_params params = login_params(w);
	struct belgo_error err = {0};

	(void)state;
	params.client_id = NULL;
	assert_int_equal(world_run(login_of(w, &params), &err), BELGO_ENOCLIENT);
	assert_string_equal(err.text, "no client id is known for " WORLD_ISSUER
				      ", and no client is registered at " WORLD_ISSUER);
	assert_string_equal(world_journal(w), "get\n");
	world_free(&w);
}

static void
test_login__bad_parameters_are_refused(void **state)
{
	static const char *const names[] = {"", "a b", "a/b", "a\nb"}, *const hole[] = {NULL};
	static const struct belgo_param half = {"a", NULL};
	struct world *w = world_new();
	struct belgo_login_params params = login_params(w);
	struct belgo_op *op = NULL;

	(void)state;
	for (size_t i = 0; i < BG_LEN(names); i++) {
		params.account_name = names[i];
		assert_row(names[i], belgo_login_op(&op, world_client(w), &params, NULL) == BELGO_EINVAL);
	}
	params = login_params(w);
	params.provider = NULL;
	assert_int_equal(belgo_login_op(&op, world_client(w), &params, NULL), BELGO_EINVAL);
	params = login_params(w);
	params.on_prompt = NULL;
	assert_int_equal(belgo_login_op(&op, world_client(w), &params, NULL), BELGO_EINVAL);
	params = login_params(w);
	params.timeout_s = -1;
	assert_int_equal(belgo_login_op(&op, world_client(w), &params, NULL), BELGO_EINVAL);
	params = login_params(w);
	params.max_age = -1;
	params.max_age_set = 1;
	assert_int_equal(belgo_login_op(&op, world_client(w), &params, NULL), BELGO_EINVAL);
	params = login_params(w);
	params.client_id = "";
	assert_int_equal(belgo_login_op(&op, world_client(w), &params, NULL), BELGO_EINVAL);
	params = login_params(w);
	params.profile = (enum belgo_security_profile)55;
	assert_int_equal(belgo_login_op(&op, world_client(w), &params, NULL), BELGO_EINVAL);
	params = login_params(w);
	params.resources = params.extra_client_ids = hole;
	params.n_resources = 1;
	assert_int_equal(belgo_login_op(&op, world_client(w), &params, NULL), BELGO_EINVAL);
	params.n_resources = 0;
	params.n_extra_client_ids = 1;
	assert_int_equal(belgo_login_op(&op, world_client(w), &params, NULL), BELGO_EINVAL);
	params = login_params(w);
	params.extra = &half;
	params.n_extra = 1;
	assert_int_equal(belgo_login_op(&op, world_client(w), &params, NULL), BELGO_EINVAL);
	assert_null(op);
	world_free(&w);
}

static void
test_login__client_secret_of_the_caller_is_sent_as_metadata_wants_it(void **state)
{
	struct world *w = world_new();
	struct belgo_login_params params = login_params(w);

	(void)state;
	world_metadata(w, "\"token_endpoint_auth_methods_supported\":[\"client_secret_post\"],");
	world_jwks(w);
	params.client_secret = CLIENT_SECRET;
	assert_int_equal(world_run(happy_login(w, &params), NULL), BELGO_OK);
	assert_non_null(strstr(world_sent(w, WORLD_TOKEN), "client_secret=" CLIENT_SECRET));
	world_free(&w);
}

static void
test_login__client_secret_goes_into_a_header_by_default(void **state)
{
	struct world *w = provider_up();
	struct belgo_login_params params = login_params(w);

	(void)state;
	params.client_secret = CLIENT_SECRET;
	assert_int_equal(world_run(happy_login(w, &params), NULL), BELGO_OK);
	assert_null(strstr(world_sent(w, WORLD_TOKEN), CLIENT_SECRET));
	assert_non_null(strstr(world_sent_headers(w, WORLD_TOKEN), "Authorization: Basic "));
	world_free(&w);
}

static int heard;

static void
hear(void *arg, const struct belgo_account *account, const struct belgo_token *token)
{
	assert_string_equal(account->subject, "alice");
	assert_string_equal(token->refresh_token, RT1);
	assert_null(world_cached_token(arg)); /* before anybody sees it */
	heard++;
}

static void
test_login__hooks_of_the_program_hear_of_the_new_tokens(void **state)
{
	struct world *w = world_new();
	struct belgo_login_params params = login_params(w);

	(void)state;
	heard = 0;
	world_params(w)->on_tokens_changed = hear;
	world_params(w)->callback_arg = w;
	world_restart(w);
	world_metadata(w, "");
	world_jwks(w);
	assert_int_equal(world_run(happy_login(w, &params), NULL), BELGO_OK);
	assert_int_equal(heard, 1);
	world_free(&w);
}

/* @spec RFC 9396 section 2, section 7 */
static void
test_login__authorization_details_are_asked_for_and_what_was_granted_is_kept(void **state)
{
	static const struct {
		const char *reply;
		const char *kept;
		int warns;
	} rows[] = {
	    {",\"authorization_details\":[{\"type\":\"a\",\"n\":1}]", "[{\"type\":\"a\",\"n\":1}]", 0},
	    {"", NULL, 1},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		struct world *w = provider_up();
		struct belgo_login_params params = login_params(w);
		struct belgo_op *op;

		params.authorization_details = "[{\"type\":\"a\"}]";
		answer_login(w, "alice", RT1, "", rows[i].reply);
		world_redirect(w, happy_redirect);
		op = login_of(w, &params);
		assert_int_equal(world_finish(op, NULL), BELGO_OK);
		assert_string_equal(world_url_param(w, "authorization_details"), "[{\"type\":\"a\"}]");
		assert_row(rows[i].reply,
			   bg_str_equal(belgo_op_account(op)->authorization_details, rows[i].kept));
		assert_row(rows[i].reply, has_warning(op, "authorization details") == rows[i].warns);
		belgo_op_free(&op);
		world_free(&w);
	}
}

static void
test_login__authorization_details_of_an_unknown_type_are_not_sent(void **state)
{
	struct world *w = world_new();
	struct belgo_login_params params = login_params(w);
	struct belgo_error err = {0};

	(void)state;
	world_metadata(w, "\"authorization_details_types_supported\":[\"b\"],");
	params.authorization_details = "[{\"type\":\"a\"}]";
	assert_int_equal(world_run(login_of(w, &params), &err), BELGO_EINVAL);
	assert_int_equal(world_count(w, "prompt"), 0);
	world_free(&w);
}

/* @spec OpenID Connect Core section 3.1.2.1; RFC 9470 section 5: a wish, so it costs a warning */
static void
test_login__acr_values_are_asked_for_and_missing_ones_warned_of(void **state)
{
	static const struct {
		const char *claims;
		int warns;
	} rows[] = {
	    {",\"acr\":\"silver\"", 0},      {",\"acr\":\"gold\"", 0},   {",\"acr\":\"tin\"", 1},
	    {",\"acr\":\"gold silver\"", 1}, {",\"acr\":[\"gold\"]", 1}, {"", 1},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		struct world *w = provider_up();
		struct belgo_login_params params = login_params(w);
		struct belgo_op *op;

		params.acr_values = "gold silver";
		answer_login(w, "alice", RT1, rows[i].claims, "");
		world_redirect(w, happy_redirect);
		op = login_of(w, &params);
		assert_int_equal(world_finish(op, NULL), BELGO_OK);
		assert_string_equal(world_url_param(w, "acr_values"), "gold silver");
		assert_row(rows[i].claims, has_warning(op, "acr_values") == rows[i].warns);
		belgo_op_free(&op);
		world_free(&w);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_login__signs_in_and_stores_the_account),
	    cmocka_unit_test(test_login__steps_come_in_the_order_that_loses_nothing),
	    cmocka_unit_test(test_login__authorization_url_says_what_was_asked),
	    cmocka_unit_test(test_login__token_request_carries_verifier_and_redirect_uri),
	    cmocka_unit_test(test_login__token_request_is_never_repeated),
	    cmocka_unit_test(test_login__id_token_that_is_not_of_this_login_is_refused),
	    cmocka_unit_test(test_login__openid_answer_without_id_token_is_refused),
	    cmocka_unit_test(test_login__further_client_ids_and_the_domain_are_compared),
	    cmocka_unit_test(test_login__userinfo_is_asked_only_where_the_e_mail_is_missing),
	    cmocka_unit_test(test_login__userinfo_is_shown_the_certificate_that_got_the_token),
	    cmocka_unit_test(test_login__signed_userinfo_counts_once_it_is_verified),
	    cmocka_unit_test(test_login__userinfo_that_fails_costs_only_the_e_mail),
	    cmocka_unit_test(test_login__identity_that_no_store_could_keep_is_refused),
	    cmocka_unit_test(test_login__what_was_not_granted_is_warned_of),
	    cmocka_unit_test(test_login__failures_before_the_prompt_ask_nobody),
	    cmocka_unit_test(test_login__unreadable_record_is_no_reason_not_to_log_in),
	    cmocka_unit_test(test_login__failures_after_the_redirect_reach_the_browser),
	    cmocka_unit_test(test_login__record_of_a_newer_version_is_not_written_over),
	    cmocka_unit_test(test_login__account_kept_beside_the_store_is_warned_of),
	    cmocka_unit_test(test_login__without_entropy_nothing_is_shown),
	    cmocka_unit_test(test_login__metadata_that_allows_no_login_ends_it),
	    cmocka_unit_test(test_login__client_id_must_be_known),
	    cmocka_unit_test(test_login__bad_parameters_are_refused),
	    cmocka_unit_test(test_login__client_secret_of_the_caller_is_sent_as_metadata_wants_it),
	    cmocka_unit_test(test_login__client_secret_goes_into_a_header_by_default),
	    cmocka_unit_test(test_login__hooks_of_the_program_hear_of_the_new_tokens),
	    cmocka_unit_test(test_login__authorization_details_are_asked_for_and_what_was_granted_is_kept),
	    cmocka_unit_test(test_login__authorization_details_of_an_unknown_type_are_not_sent),
	    cmocka_unit_test(test_login__acr_values_are_asked_for_and_missing_ones_warned_of),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
