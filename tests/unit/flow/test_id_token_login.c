/* A login by an ID token that another component obtained: judged before anything else, kept only with tokens.
 */
#include "fixture.h"

#include <belgoauth/link.h>

#include "harness/jose_make.h"

#define EMAIL ",\"email\":\"alice@op.example\",\"email_verified\":true"
#define PHONE "client-of-the-phone"

struct handed {
	struct world *w;
	struct belgo_login_params params;
	struct belgo_id_token_params token;
	char *id_token;
};

/* claims: of the ID token, beside the usual ones. */
static struct handed
handed(const char *claims)
{
	struct handed h = {.w = provider_up()};

	h.params = (struct belgo_login_params){.provider = world_provider(h.w), .client_id = WORLD_CLIENT};
	h.token.id_token = h.id_token = id_token_of(h.w, "alice", claims);
	return h;
}

/* Signed with the provider's key, whatever the claims. */
static struct handed
handed_raw(const char *payload)
{
	struct handed h = handed("");

	free(h.id_token);
	h.token.id_token = h.id_token = world_id_token(payload);
	return h;
}

static struct belgo_op *
op_of(struct handed *h)
{
	struct belgo_op *op = NULL;

	assert_int_equal(belgo_id_token_login_op(&op, world_client(h->w), &h->params, &h->token, NULL),
			 BELGO_OK);
	return op;
}

static belgo_rc
sign_in(struct handed *h, struct belgo_error *err)
{
	return world_run(op_of(h), err);
}

static void
done(struct handed *h)
{
	assert_null(strstr(world_log(h->w), WORLD_SECRET));
	free(h->id_token);
	world_free(&h->w);
}

static int
touched_store(const struct world *w)
{
	return world_count(w, "get") + world_count(w, "put") + world_count(w, "stage") +
		   world_count(w, "probe") + world_count(w, "list") !=
	       0;
}

/* @spec OpenID Connect Core section 3.1.3.7 */
static void
test_id_token_login__says_who_it_is_and_stores_nothing(void **state)
{
	struct handed h = handed(EMAIL ",\"nonce\":\"n-1\",\"name\":\"Alice\"");
	const struct belgo_account *account;
	struct belgo_op *op;
	struct planted a = {0};

	(void)state;
	planted_name(&a);
	h.token.nonce = "n-1";
	op = op_of(&h);
	assert_int_equal(world_finish(op, NULL), BELGO_OK);
	account = belgo_op_account(op);
	assert_string_equal(account->key, a.key);
	assert_string_equal(account->issuer, WORLD_ISSUER);
	assert_string_equal(account->subject, "alice");
	assert_string_equal(account->client_id, WORLD_CLIENT);
	assert_string_equal(account->email, "alice@op.example");
	assert_int_equal(account->email_verified, BELGO_VERIFIED_YES);
	assert_string_equal(account->display_name, "Alice");
	assert_non_null(strstr(account->name, a.key));
	assert_non_null(strstr(account->claims, "\"nonce\":\"n-1\""));
	assert_false(account->has_refresh_token);
	assert_null(belgo_op_token(op));
	assert_null(belgo_op_warning(op, 0));
	assert_false(touched_store(h.w));
	assert_int_equal(world_count(h.w, "GET " WORLD_USERINFO), 0);
	belgo_op_free(&op);
	done(&h);
}

static void
test_id_token_login__needs_no_store(void **state)
{
	struct handed h = handed("");
	struct belgo_op *op;

	(void)state;
	world_params(h.w)->store = NULL;
	world_restart(h.w);
	op = op_of(&h);
	assert_int_equal(world_finish(op, NULL), BELGO_OK);
	assert_string_equal(belgo_op_account(op)->subject, "alice");
	belgo_op_free(&op);
	done(&h);
}

/* The result is what the policy of the program is asked about. */
static void
test_id_token_login__policy_may_refuse_it(void **state)
{
	struct handed h = handed(EMAIL);
	struct belgo_link_policy policy = {0};
	struct belgo_link_facts facts = {.intent = BELGO_LINK_SIGN_UP, .by_id_token = 1};
	struct belgo_op *op = op_of(&h);

	(void)state;
	assert_int_equal(world_finish(op, NULL), BELGO_OK);
	facts.account = belgo_op_account(op);
	assert_int_equal(belgo_link_decide(&policy, &facts).verdict, BELGO_LINK_CREATED);
	policy.no_id_token_sign_in = 1;
	assert_int_equal(belgo_link_decide(&policy, &facts).reason, BELGO_LINK_ID_TOKEN_DISABLED);
	belgo_op_free(&op);
	done(&h);
}

/* What the token says, and what the program expects: each refusal has the accepting row before it. */
static void
test_id_token_login__token_is_held_to_what_was_expected(void **state)
{
	static const char *const phones[] = {PHONE};
	static const struct {
		const char *name;
		const char *claims; /* all but iss, sub, iat and exp */
		const char *nonce;
		const char *const *extra;
		const char *hd;
		int max_age;
		belgo_rc want;
	} rows[] = {
	    {"no nonce anywhere", "\"aud\":\"client-1\"", NULL, NULL, NULL, 0, BELGO_OK},
	    {"nonce that nobody gave", "\"aud\":\"client-1\",\"nonce\":\"n\"", NULL, NULL, NULL, 0,
	     BELGO_ECLAIM},
	    {"the nonce", "\"aud\":\"client-1\",\"nonce\":\"n\"", "n", NULL, NULL, 0, BELGO_OK},
	    {"another nonce", "\"aud\":\"client-1\",\"nonce\":\"m\"", "n", NULL, NULL, 0, BELGO_ECLAIM},
	    {"nonce is missing", "\"aud\":\"client-1\"", "n", NULL, NULL, 0, BELGO_ECLAIM},
	    {"nonce is no string", "\"aud\":\"client-1\",\"nonce\":1", "n", NULL, NULL, 0, BELGO_ECLAIM},
	    {"a client id of the program's", "\"aud\":\"" PHONE "\"", NULL, phones, NULL, 0, BELGO_OK},
	    {"one that it does not have", "\"aud\":\"" PHONE "\"", NULL, NULL, NULL, 0, BELGO_ECLAIM},
	    {"got by the phone for the server", "\"aud\":\"client-1\",\"azp\":\"" PHONE "\"", NULL, phones,
	     NULL, 0, BELGO_OK},
	    {"got by who knows whom", "\"aud\":\"client-1\",\"azp\":\"" PHONE "\"", NULL, NULL, NULL, 0,
	     BELGO_ECLAIM},
	    {"a stranger beside it", "\"aud\":[\"client-1\",\"x\"],\"azp\":\"client-1\"", NULL, phones, NULL,
	     0, BELGO_ECLAIM},
	    {"no audience", "\"nonce\":\"n\"", "n", NULL, NULL, 0, BELGO_ECLAIM},
	    {"the domain", "\"aud\":\"client-1\",\"hd\":\"op.example\"", NULL, NULL, "op.example", 0,
	     BELGO_OK},
	    {"another domain", "\"aud\":\"client-1\",\"hd\":\"evil.example\"", NULL, NULL, "op.example", 0,
	     BELGO_ECLAIM},
	    {"signed in just now", "\"aud\":\"client-1\",\"auth_time\":1799999990", NULL, NULL, NULL, 100,
	     BELGO_OK},
	    {"signed in long ago", "\"aud\":\"client-1\",\"auth_time\":1799990000", NULL, NULL, NULL, 100,
	     BELGO_ECLAIM},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		struct handed h;
		struct belgo_error err = {0};
		char payload[512];
		belgo_rc rc;

		(void)snprintf(payload, sizeof(payload),
			       "{\"iss\":\"" WORLD_ISSUER
			       "\",\"sub\":\"alice\",\"iat\":%lld,\"exp\":%lld,%s}",
			       WORLD_NOW, WORLD_NOW + 300, rows[i].claims);
		h = handed_raw(payload);
		h.token.nonce = rows[i].nonce;
		h.params.extra_client_ids = rows[i].extra;
		h.params.n_extra_client_ids = rows[i].extra != NULL;
		h.params.hd = rows[i].hd;
		h.params.max_age = rows[i].max_age;
		h.params.max_age_set = rows[i].max_age != 0;
		rc = sign_in(&h, &err);
		assert_row(rows[i].name, rc == rows[i].want && !touched_store(h.w));
		done(&h);
	}
}

static void
test_id_token_login__times_and_issuer(void **state)
{
	static const struct {
		const char *name;
		const char *issuer;
		int age, left;
		belgo_rc want;
	} rows[] = {
	    {"fresh", WORLD_ISSUER, 0, 300, BELGO_OK},
	    {"ten minutes old", WORLD_ISSUER, 600, 300, BELGO_OK},
	    {"eleven minutes old", WORLD_ISSUER, 661, 3000, BELGO_ECLAIM},
	    {"of the future", WORLD_ISSUER, -61, 3000, BELGO_ECLAIM},
	    {"expired", WORLD_ISSUER, 300, -61, BELGO_ECLAIM},
	    {"of another issuer", "https://evil.example", 0, 300, BELGO_EISSUER},
	    {"of the issuer and a slash", WORLD_ISSUER "/", 0, 300, BELGO_EISSUER},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		struct handed h;
		char payload[512];

		(void)snprintf(payload, sizeof(payload),
			       "{\"iss\":\"%s\",\"sub\":\"alice\",\"aud\":\"" WORLD_CLIENT
			       "\",\"iat\":%lld,\"exp\":%lld}",
			       rows[i].issuer, WORLD_NOW - rows[i].age, WORLD_NOW + rows[i].left);
		h = handed_raw(payload);
		assert_row(rows[i].name, sign_in(&h, NULL) == rows[i].want && !touched_store(h.w));
		done(&h);
	}
}

/*
 * A secret that a phone has is no provider's key: HMAC is refused even where the preset names it.
 * @spec RFC 8725 section 3.1
 */
static void
test_id_token_login__hmac_signs_nobody_in(void **state)
{
	static const char preset[] =
	    "{\"id\":\"p\",\"name\":\"P\",\"issuer\":\"" WORLD_ISSUER "\",\"id_token_algs\":[\"HS256\"]}";
	struct handed h = handed("");
	struct belgo_provider *hmac = NULL;
	char *claims = claims_of(h.w, "alice", "");

	(void)state;
	free(h.id_token);
	h.token.id_token = h.id_token =
	    jose_hmac("HS256", CLIENT_SECRET, strlen(CLIENT_SECRET), "{\"alg\":\"HS256\"}", claims);
	free(claims);
	assert_int_equal(belgo_provider_from_json(&hmac, preset, strlen(preset), "test", NULL), BELGO_OK);
	h.params.provider = hmac;
	h.params.client_secret = CLIENT_SECRET;
	assert_int_equal(sign_in(&h, NULL), BELGO_ESIGNATURE);
	belgo_provider_free(&hmac);
	done(&h);
}

/* What anybody may send. */
static void
test_id_token_login__what_is_no_token_of_the_provider_is_refused(void **state)
{
	static const struct {
		const char *name, *token;
		belgo_rc want;
	} rows[] = {
	    {"nothing", "", BELGO_EPROTO},
	    {"words", "give me access", BELGO_EPROTO},
	    {"lines", "a\nb.c.d", BELGO_EPROTO},
	    {"two parts", "e30.e30", BELGO_EPROTO},
	    {"not signed", "eyJhbGciOiJub25lIn0.e30.AA", BELGO_ESIGNATURE},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		struct handed h = handed("");

		h.token.id_token = rows[i].token;
		assert_row(rows[i].name, sign_in(&h, NULL) == rows[i].want && !touched_store(h.w));
		done(&h);
	}
}

static void
test_id_token_login__forged_signature_is_refused(void **state)
{
	struct handed h = handed("");
	char *last = strrchr(h.id_token, '.') + 5;

	(void)state;
	*last = *last == 'A' ? 'B' : 'A';
	assert_int_equal(sign_in(&h, NULL), BELGO_ESIGNATURE);
	assert_false(touched_store(h.w));
	done(&h);
}

/* @spec OpenID Connect Core section 3.1.3.8 */
static void
test_id_token_login__account_is_kept_with_its_tokens(void **state)
{
	char *half = jose_half_hash("RS256", AT1), more[256];
	struct belgo_token_params now = {.mode = BELGO_REFRESH_NOW};
	struct planted a = {0};
	const struct belgo_account *account;
	struct belgo_op *op;
	struct handed h;
	char *token = NULL;

	(void)state;
	planted_name(&a);
	(void)snprintf(more, sizeof(more), EMAIL ",\"nonce\":\"n-1\",\"at_hash\":\"%s\"", half);
	free(half);
	h = handed(more);
	h.token.nonce = "n-1";
	h.token.access_token = AT1;
	h.token.refresh_token = RT1;
	h.token.expires_at = WORLD_NOW + 3600;
	h.params.scope = "openid email";
	h.params.account_name = "hers";
	op = op_of(&h);
	assert_int_equal(world_finish(op, NULL), BELGO_OK);
	account = belgo_op_account(op);
	assert_string_equal(account->name, "hers");
	assert_string_equal(account->scope, "openid email");
	assert_true(account->has_refresh_token);
	assert_int_equal(account->access_expires_at, WORLD_NOW + 3600);
	assert_string_equal(belgo_op_token(op)->access_token, AT1);
	assert_null(belgo_op_warning(op, 0));
	belgo_op_free(&op);
	assert_true(stored_has(h.w, &a, RT1) && stored_has(h.w, &a, AT1));
	assert_int_equal(world_count(h.w, "GET " WORLD_USERINFO), 0);

	world_advance(h.w, 60);
	answer_token(h.w, AT2, RT2, id_token_of(h.w, "alice", ",\"nonce\":\"n-1\""));
	assert_int_equal(get_token(h.w, &a, &now, &token, NULL), BELGO_OK);
	assert_string_equal(token, AT2);
	free(token);
	done(&h);
}

static void
test_id_token_login__access_token_of_another_is_refused(void **state)
{
	char *half = jose_half_hash("RS256", AT2), more[256];
	struct handed h;

	(void)state;
	(void)snprintf(more, sizeof(more), ",\"at_hash\":\"%s\"", half);
	free(half);
	h = handed(more);
	h.token.access_token = AT1;
	assert_int_equal(sign_in(&h, NULL), BELGO_ECLAIM);
	assert_false(touched_store(h.w));
	done(&h);
}

/* Without at_hash the userinfo endpoint says whose the access token is. */
static void
test_id_token_login__access_token_is_proved_at_the_userinfo_endpoint(void **state)
{
	static const struct {
		const char *name;
		int status;
		const char *body;
		belgo_rc want;
	} rows[] = {
	    {"the same user", 200, "{\"sub\":\"alice\"}", BELGO_OK},
	    {"another user", 200, "{\"sub\":\"mallory\"}", BELGO_ECLAIM},
	    {"nobody", 200, "{}", BELGO_ECLAIM},
	    {"not a token", 401, "{\"error\":\"invalid_token\"}", BELGO_ELOGIN},
	    {"no answer now", 503, "", BELGO_EUNAVAILABLE},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		struct handed h = handed(EMAIL);

		h.token.access_token = AT1;
		world_answer(h.w, WORLD_USERINFO, rows[i].status, rows[i].body);
		assert_row(rows[i].name, sign_in(&h, NULL) == rows[i].want &&
					     world_count(h.w, "put") == (rows[i].want == BELGO_OK ? 1 : 0));
		done(&h);
	}
}

static void
test_id_token_login__nothing_proves_the_access_token_without_that_endpoint(void **state)
{
	struct handed h = handed(EMAIL);

	(void)state;
	world_forget_answers(h.w, WORLD_METADATA);
	world_answer_always(h.w, WORLD_METADATA, 200,
			    "{\"issuer\":\"" WORLD_ISSUER "\",\"authorization_endpoint\":\"" WORLD_ISSUER
			    "/authorize\",\"token_endpoint\":\"" WORLD_TOKEN "\",\"jwks_uri\":\"" WORLD_JWKS
			    "\",\"response_types_supported\":[\"code\"]}");
	h.token.access_token = AT1;
	assert_int_equal(sign_in(&h, NULL), BELGO_ECLAIM);
	assert_int_equal(world_count(h.w, "put"), 0);
	h.token.access_token = NULL;
	assert_int_equal(sign_in(&h, NULL), BELGO_OK);
	done(&h);
}

/* Whoever handed in a token with her address before her takes neither her name nor loses his account, and
 * nobody else's is read. */
static void
test_id_token_login__address_that_another_user_claims_is_no_name(void **state)
{
	struct handed h = handed(EMAIL);
	struct planted alice = {0}, mallory = {.subject = "mallory"};

	(void)state;
	planted_name(&alice);
	planted_name(&mallory);
	h.params.replace = BELGO_REPLACE_ANY_USER;
	h.token.access_token = AT1;
	world_answer(h.w, WORLD_USERINFO, 200, "{\"sub\":\"alice\"}");
	assert_int_equal(sign_in(&h, NULL), BELGO_OK);
	free(h.id_token);
	h.token.id_token = h.id_token = id_token_of(h.w, "mallory", EMAIL);
	world_answer(h.w, WORLD_USERINFO, 200, "{\"sub\":\"mallory\"}");
	assert_int_equal(sign_in(&h, NULL), BELGO_OK);
	assert_true(stored_has(h.w, &alice, AT1) && stored_has(h.w, &mallory, AT1));
	assert_int_equal(world_count(h.w, "list"), 0);
	done(&h);
}

/* Somebody else's account of that name is not renewed by a token of this user's. */
static void
test_id_token_login__name_of_another_user_is_refused(void **state)
{
	struct handed h = handed(EMAIL);
	struct planted bob = {.subject = "bob"};

	(void)state;
	plant(h.w, &bob);
	h.token.access_token = AT1;
	h.params.account_name = "bob";
	world_answer(h.w, WORLD_USERINFO, 200, "{\"sub\":\"alice\"}");
	assert_int_equal(sign_in(&h, NULL), BELGO_EACCOUNT);
	assert_int_equal(world_count(h.w, "put"), 0);
	done(&h);
}

static void
test_id_token_login__needs_a_client_id(void **state)
{
	struct handed h = handed("");

	(void)state;
	h.params.client_id = NULL;
	assert_int_equal(sign_in(&h, NULL), BELGO_ENOCLIENT);
	done(&h);
}

static void
test_id_token_login__what_makes_no_sense_is_refused(void **state)
{
	static const struct {
		const char *name;
		struct belgo_login_params login;
		struct belgo_id_token_params token;
	} rows[] = {
	    {"no token", {0}, {0}},
	    {"an empty nonce", {0}, {.id_token = "t", .nonce = ""}},
	    {"a nonce with a line break", {0}, {.id_token = "t", .nonce = "a\nb"}},
	    {"an empty access token", {0}, {.id_token = "t", .access_token = ""}},
	    {"a refresh token alone", {0}, {.id_token = "t", .refresh_token = RT1}},
	    {"an expiry of nothing", {0}, {.id_token = "t", .expires_at = 1}},
	    {"an expiry before time", {0}, {.id_token = "t", .access_token = AT1, .expires_at = -1}},
	    {"a name for nothing", {.account_name = "a"}, {.id_token = "t"}},
	    {"no account to renew", {.existing = BELGO_EXISTING_ONLY}, {.id_token = "t"}},
	    {"prompt", {.prompt = "login"}, {.id_token = "t"}},
	    {"dpop", {.dpop = BELGO_DPOP_ON}, {.id_token = "t"}},
	};
	static const char preset[] =
	    "{\"id\":\"p\",\"name\":\"P\",\"kind\":\"oauth2\",\"issuer\":\"" WORLD_ISSUER "\","
	    "\"discovery\":\"none\",\"authorization_endpoint\":\"" WORLD_ISSUER "/auth\","
	    "\"token_endpoint\":\"" WORLD_TOKEN "\"}";
	struct handed h = handed("");
	struct belgo_provider *oauth = NULL;
	struct belgo_op *op = NULL;

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		struct belgo_login_params params = rows[i].login;

		params.provider = h.params.provider;
		params.client_id = WORLD_CLIENT;
		assert_row(rows[i].name, belgo_id_token_login_op(&op, world_client(h.w), &params,
								 &rows[i].token, NULL) == BELGO_EINVAL &&
					     op == NULL);
	}
	assert_int_equal(belgo_provider_from_json(&oauth, preset, strlen(preset), "test", NULL), BELGO_OK);
	h.params.provider = oauth;
	assert_int_equal(belgo_id_token_login_op(&op, world_client(h.w), &h.params, &h.token, NULL),
			 BELGO_EINVAL);
	belgo_provider_free(&oauth);
	done(&h);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_id_token_login__says_who_it_is_and_stores_nothing),
	    cmocka_unit_test(test_id_token_login__needs_no_store),
	    cmocka_unit_test(test_id_token_login__policy_may_refuse_it),
	    cmocka_unit_test(test_id_token_login__token_is_held_to_what_was_expected),
	    cmocka_unit_test(test_id_token_login__times_and_issuer),
	    cmocka_unit_test(test_id_token_login__hmac_signs_nobody_in),
	    cmocka_unit_test(test_id_token_login__what_is_no_token_of_the_provider_is_refused),
	    cmocka_unit_test(test_id_token_login__forged_signature_is_refused),
	    cmocka_unit_test(test_id_token_login__account_is_kept_with_its_tokens),
	    cmocka_unit_test(test_id_token_login__access_token_of_another_is_refused),
	    cmocka_unit_test(test_id_token_login__access_token_is_proved_at_the_userinfo_endpoint),
	    cmocka_unit_test(test_id_token_login__nothing_proves_the_access_token_without_that_endpoint),
	    cmocka_unit_test(test_id_token_login__address_that_another_user_claims_is_no_name),
	    cmocka_unit_test(test_id_token_login__name_of_another_user_is_refused),
	    cmocka_unit_test(test_id_token_login__needs_a_client_id),
	    cmocka_unit_test(test_id_token_login__what_makes_no_sense_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
