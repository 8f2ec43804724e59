/*
 * Tokens bound to a key: a proof with every request that asks for them or carries them, another where the
 * server wants its nonce, and nothing lost or let through on the way. E17.
 */
#include "fixture.h"

#include "harness/jose_make.h"
#include "jose/thumbprint.h"

#include <jansson.h>

#define REPLY(type, at, rt)                                                                                  \
	"{\"access_token\":\"" at "\",\"token_type\":\"" type                                                \
	"\",\"expires_in\":3600,\"refresh_token\":\"" rt "\"}"
#define WANTS_NONCE "{\"error\":\"use_dpop_nonce\"}"

static char *
stored_key(void)
{
	char *jwk = jose_private_jwk(jose_key("P-256", 0), "\"alg\":\"ES256\"");
	json_t *text = json_string(jwk);
	char *quoted = json_dumps(text, JSON_ENCODE_ANY), *member = NULL;

	assert_true(asprintf(&member, ",\"dpop_key\":%s", quoted) > 0);
	free(quoted);
	json_decref(text);
	free(jwk);
	return member;
}

/* An OAuth account whose bound access token has ended, or ends in `left` seconds. */
static struct planted
plant_bound(struct world *w, const char *type, int64_t left)
{
	char *key = stored_key();
	struct planted a = {.refresh_token = RT1,
			    .expires_at = WORLD_NOW + left,
			    .refreshed_at_ms = (WORLD_NOW - 3600) * 1000,
			    .token_type = type,
			    .is_oauth = 1,
			    .login = key};

	plant(w, &a);
	a.login = NULL;
	free(key);
	return a;
}

/* The value of a header of the last request there, malloc'd, or NULL; it may stand there once only. */
static char *
sent(const struct world *w, const char *url, const char *name)
{
	const char *headers = world_sent_headers(w, url), *at = NULL;
	char begin[64];

	(void)snprintf(begin, sizeof(begin), "%s: ", name);
	assert_non_null(headers);
	if ((at = strstr(headers, begin)) == NULL)
		return NULL;
	at += strlen(begin);
	assert_null(strstr(at, begin));
	return strndup(at, strcspn(at, "\n"));
}

/* One claim of the last proof, as compact JSON text; NULL: it has none. malloc'd. */
static char *
proved(const struct world *w, const char *url, const char *claim)
{
	char *proof = sent(w, url, "DPoP"), *text, *value;
	json_t *claims;

	assert_non_null(proof);
	text = jose_segment(proof, 1);
	claims = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
	value = json_dumps(json_object_get(claims, claim), JSON_ENCODE_ANY);
	json_decref(claims);
	free(text);
	free(proof);
	return value;
}

static void
check_claim(const struct world *w, const char *url, const char *claim, const char *want)
{
	char *found = proved(w, url, claim);

	if (want == NULL)
		assert_null(found);
	else
		assert_string_equal(found, want);
	free(found);
}

/* @spec RFC 9449 section 5 */
static void
test_dpop__refresh_is_proved_with_the_stored_key(void **state)
{
	struct world *w = world_new();
	struct planted a = plant_bound(w, "DPoP", -1);
	char *proof;

	(void)state;
	world_metadata(w, "");
	world_answer(w, WORLD_TOKEN, 200, REPLY("DPoP", AT2, RT2));
	assert_int_equal(get_token_rc(w, &a, NULL), BELGO_OK);
	proof = sent(w, WORLD_TOKEN, "DPoP");
	assert_true(jose_is_signed(jose_key("P-256", 0), "ES256", proof));
	free(proof);
	check_claim(w, WORLD_TOKEN, "htm", "\"POST\"");
	check_claim(w, WORLD_TOKEN, "htu", "\"" WORLD_TOKEN "\"");
	check_claim(w, WORLD_TOKEN, "iat", "1800000000");
	check_claim(w, WORLD_TOKEN, "ath", NULL);
	check_claim(w, WORLD_TOKEN, "nonce", NULL);
	assert_true(stored_has(w, &a, "dpop_key"));
	assert_true(stored_has(w, &a, RT2));
	assert_null(world_cached_token(w)); /* who reads the cache has no key */
	world_free(&w);
}

/* A refresh token is not spent by a refusal of the proof. @spec RFC 9449 section 8 */
static void
test_dpop__nonce_is_answered_once_under_the_same_lock(void **state)
{
	struct world *w = world_new();
	struct planted a = plant_bound(w, "DPoP", -1);
	char *first, *second;

	(void)state;
	world_metadata(w, "");
	world_answer(w, WORLD_TOKEN, 400, WANTS_NONCE);
	world_answer_header(w, "DPoP-Nonce", "n-1");
	world_answer(w, WORLD_TOKEN, 200, REPLY("DPoP", AT2, RT2));
	world_answer_header(w, "DPoP-Nonce", "n-2");
	assert_int_equal(get_token_rc(w, &a, NULL), BELGO_OK);
	assert_int_equal(world_count(w, "POST " WORLD_TOKEN), 2);
	assert_int_equal(world_count(w, "unlock"), 1);
	check_claim(w, WORLD_TOKEN, "nonce", "\"n-1\"");
	first = proved(w, WORLD_TOKEN, "jti");
	assert_non_null(strstr(world_sent(w, WORLD_TOKEN), "refresh_token=rt1"));

	/* The next nonce came with the tokens: this time nothing is refused. @spec RFC 9449 section 8.2 */
	world_advance(w, 7200);
	world_answer(w, WORLD_TOKEN, 200, REPLY("DPoP", AT3, RT3));
	assert_int_equal(get_token_rc(w, &a, NULL), BELGO_OK);
	assert_int_equal(world_count(w, "POST " WORLD_TOKEN), 3);
	check_claim(w, WORLD_TOKEN, "nonce", "\"n-2\"");
	second = proved(w, WORLD_TOKEN, "jti");
	assert_string_not_equal(first, second);
	free(second);
	free(first);

	/* Another client knows nothing of it. */
	world_restart(w);
	world_advance(w, 7200);
	world_answer(w, WORLD_TOKEN, 200, REPLY("DPoP", AT1, RT1));
	assert_int_equal(get_token_rc(w, &a, NULL), BELGO_OK);
	check_claim(w, WORLD_TOKEN, "nonce", NULL);
	world_free(&w);
}

static void
test_dpop__nonce_without_end_ends_the_refresh_and_costs_nothing(void **state)
{
	struct world *w = world_new();
	struct planted a = plant_bound(w, "DPoP", -1);
	struct belgo_error err = {0};

	(void)state;
	world_metadata(w, "");
	world_answer_always(w, WORLD_TOKEN, 400, WANTS_NONCE);
	world_answer_header(w, "DPoP-Nonce", "n-1");
	assert_int_equal(get_token_rc(w, &a, &err), BELGO_EDENIED);
	assert_string_equal(err.oauth_error, "use_dpop_nonce");
	assert_int_equal(world_count(w, "POST " WORLD_TOKEN), 2);
	assert_true(stored_has(w, &a, RT1));
	assert_true(stored_has(w, &a, "\"needs_login\":0"));
	world_free(&w);
}

/* A second proof is made only for what one could mend. */
static void
test_dpop__another_refusal_is_not_answered(void **state)
{
	static const struct {
		const char *name, *body, *nonce, *date;
		size_t want;
	} rows[] = {
	    {"no nonce given", WANTS_NONCE, NULL, NULL, 1},
	    {"nonce that no proof carries", WANTS_NONCE, "a b", NULL, 1},
	    {"another error", "{\"error\":\"invalid_request\"}", "n", NULL, 1},
	    {"proof refused, clocks agree", "{\"error\":\"invalid_dpop_proof\"}", "n",
	     "Fri, 15 Jan 2027 08:00:00 GMT", 1},
	    {"proof refused, clock known to be wrong", "{\"error\":\"invalid_dpop_proof\"}", "n",
	     "Fri, 15 Jan 2027 07:00:00 GMT", 2},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		struct world *w = world_new();
		struct planted a = plant_bound(w, "DPoP", -1);

		world_metadata(w, "");
		world_answer_always(w, WORLD_TOKEN, 400, rows[i].body);
		if (rows[i].nonce != NULL)
			world_answer_header(w, "DPoP-Nonce", rows[i].nonce);
		if (rows[i].date != NULL)
			world_answer_header(w, "Date", rows[i].date);
		assert_row(rows[i].name, get_token_rc(w, &a, NULL) == BELGO_EDENIED);
		assert_row(rows[i].name, world_count(w, "POST " WORLD_TOKEN) == rows[i].want);
		assert_true(stored_has(w, &a, RT1));
		world_free(&w);
	}
}

/* @spec RFC 9449 section 11.1 (iat by whose clock) */
static void
test_dpop__second_proof_goes_by_their_clock(void **state)
{
	struct world *w = world_new();
	struct planted a = plant_bound(w, "DPoP", -1);

	(void)state;
	world_metadata(w, "");
	world_answer(w, WORLD_TOKEN, 400, "{\"error\":\"invalid_dpop_proof\"}");
	world_answer_header(w, "Date", "Fri, 15 Jan 2027 07:00:00 GMT"); /* an hour before WORLD_NOW */
	world_answer(w, WORLD_TOKEN, 200, REPLY("DPoP", AT2, RT2));
	assert_int_equal(get_token_rc(w, &a, NULL), BELGO_OK);
	check_claim(w, WORLD_TOKEN, "iat", "1799996400");
	world_free(&w);
}

/* @spec RFC 9449 section 5: token_type */
static void
test_dpop__tokens_that_are_not_as_they_were_are_refused(void **state)
{
	static const struct {
		const char *name, *had, *reply;
		belgo_rc want;
	} rows[] = {
	    {"bound as before", "DPoP", REPLY("dpop", AT2, RT2), BELGO_OK},
	    {"downgraded", "DPoP", REPLY("Bearer", AT2, RT2), BELGO_EPROTO},
	    {"its refresh token alone was bound", "Bearer", REPLY("Bearer", AT2, RT2), BELGO_OK},
	    {"bound unasked", "Bearer", REPLY("DPoP", AT2, RT2), BELGO_EPROTO},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		struct world *w = world_new();
		struct planted a = plant_bound(w, rows[i].had, -1);

		world_metadata(w, "");
		world_answer(w, WORLD_TOKEN, 200, rows[i].reply);
		assert_row(rows[i].name, get_token_rc(w, &a, NULL) == rows[i].want);
		assert_row(rows[i].name, stored_has(w, &a, AT2) == (rows[i].want == BELGO_OK));
		world_free(&w);
	}
}

static void
test_dpop__damaged_key_is_known_before_the_token_is_spent(void **state)
{
	struct world *w = world_new();
	struct planted a = {.refresh_token = RT1,
			    .expires_at = WORLD_NOW - 1,
			    .token_type = "DPoP",
			    .is_oauth = 1,
			    .login = ",\"dpop_key\":\"no key\""};

	(void)state;
	plant(w, &a);
	world_metadata(w, "");
	assert_int_equal(get_token_rc(w, &a, NULL), BELGO_ESTORE);
	assert_int_equal(world_count(w, "POST " WORLD_TOKEN), 0);
	world_free(&w);
}

/* @spec RFC 9449 section 7.1, 9 */
static void
test_dpop__userinfo_is_asked_with_token_proof_and_nonce(void **state)
{
	struct world *w = world_new();
	struct planted a = plant_bound(w, "DPoP", 3600);
	struct belgo_op *op = NULL;
	char *authorization;

	(void)state;
	world_metadata(w, "");
	world_answer(w, WORLD_USERINFO, 401, "{}");
	world_answer_header(w, "WWW-Authenticate", "DPoP error=\"use_dpop_nonce\"");
	world_answer_header(w, "DPoP-Nonce", "n-1");
	world_answer(w, WORLD_USERINFO, 200, "{\"sub\":\"alice\"}");
	assert_int_equal(belgo_userinfo_op(&op, world_client(w), a.key, NULL), BELGO_OK);
	assert_int_equal(world_run(op, NULL), BELGO_OK);
	assert_int_equal(world_count(w, "GET " WORLD_USERINFO), 2);
	assert_int_equal(world_count(w, "POST " WORLD_TOKEN), 0); /* the token was not to blame */
	authorization = sent(w, WORLD_USERINFO, "Authorization");
	assert_string_equal(authorization, "DPoP " AT1);
	free(authorization);
	check_claim(w, WORLD_USERINFO, "nonce", "\"n-1\"");
	check_claim(w, WORLD_USERINFO, "htm", "\"GET\"");
	world_free(&w);
}

/* The nonce of a token endpoint is none of the resource's, even on one host. @spec RFC 9449 section 9 */
static void
test_dpop__nonces_are_kept_by_role(void **state)
{
	struct world *w = world_new();
	struct planted a = plant_bound(w, "DPoP", -1);
	struct belgo_op *op = NULL;

	(void)state;
	world_metadata(w, "");
	world_answer(w, WORLD_TOKEN, 200, REPLY("DPoP", AT2, RT2));
	world_answer_header(w, "DPoP-Nonce", "n-token");
	world_answer(w, WORLD_USERINFO, 200, "{\"sub\":\"alice\"}");
	assert_int_equal(belgo_userinfo_op(&op, world_client(w), a.key, NULL), BELGO_OK);
	assert_int_equal(world_run(op, NULL), BELGO_OK);
	check_claim(w, WORLD_USERINFO, "nonce", NULL);
	world_free(&w);
}

static struct belgo_op *
proof_of(struct world *w, const struct planted *a, const struct belgo_proof_params *request)
{
	const struct belgo_token_params params = {.account_key = a->key};
	struct belgo_op *op = NULL;

	assert_int_equal(belgo_proof_op(&op, world_client(w), &params, request, NULL), BELGO_OK);
	return op;
}

/* @spec RFC 9449 section 4.2 */
static void
test_dpop__caller_gets_a_proof_for_a_request_of_his_own(void **state)
{
	struct world *w = world_new();
	struct planted a = plant_bound(w, "DPoP", 3600);
	struct belgo_op *op = proof_of(
	    w, &a,
	    &(struct belgo_proof_params){.method = "PUT", .url = "https://rs.example/a?b", .nonce = "n"});
	json_t *json, *claims;
	const char *proof;
	char *text;

	(void)state;
	assert_int_equal(world_finish(op, NULL), BELGO_OK);
	json = json_loads(belgo_op_json(op), 0, NULL);
	proof = json_string_value(json_object_get(json, "dpop"));
	assert_true(jose_is_signed(jose_key("P-256", 0), "ES256", proof));
	text = jose_segment(proof, 1);
	claims = json_loads(text, 0, NULL);
	assert_string_equal(json_string_value(json_object_get(claims, "htm")), "PUT");
	assert_string_equal(json_string_value(json_object_get(claims, "htu")), "https://rs.example/a");
	assert_string_equal(json_string_value(json_object_get(claims, "nonce")), "n");
	assert_non_null(json_object_get(claims, "ath"));
	assert_string_equal(belgo_op_token(op)->access_token, AT1);
	json_decref(claims);
	free(text);
	json_decref(json);
	belgo_op_free(&op);
	world_free(&w);
}

static void
test_dpop__no_proof_goes_with_a_token_that_is_not_bound(void **state)
{
	struct world *w = world_new();
	struct planted bearer = plant_bound(w, "Bearer", 3600);
	const struct belgo_proof_params request = {.method = "GET", .url = "https://rs.example/"};

	(void)state;
	assert_int_equal(world_run(proof_of(w, &bearer, &request), NULL), BELGO_ENOTFOUND);
	world_free(&w);
}

static void
test_dpop__no_proof_is_made_for_what_is_no_request(void **state)
{
	static const struct belgo_proof_params rows[] = {
	    {.url = "https://rs.example/"},
	    {.method = "GET"},
	    {.method = "GET", .url = "https://rs.example/", .nonce = "a b"},
	};
	struct world *w = world_new();
	struct planted a = plant_bound(w, "DPoP", 3600);
	const struct belgo_token_params params = {.account_key = a.key};
	struct belgo_op *op = NULL;

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++)
		assert_int_equal(belgo_proof_op(&op, world_client(w), &params, &rows[i], NULL), BELGO_EINVAL);
	assert_int_equal(
	    world_run(proof_of(w, &a, &(struct belgo_proof_params){.method = "GET", .url = "ftp://x/"}),
		      NULL),
	    BELGO_EINVAL);
	assert_null(op);
	world_free(&w);
}

static struct belgo_op *
bound_login(struct world *w)
{
	struct belgo_login_params params = login_params(w);
	struct belgo_op *op;

	params.dpop = BELGO_DPOP_ON;
	params.openid_mode = BELGO_OPENID_NEVER;
	params.scope = "a";
	op = login_of(w, &params);
	world_drive_until(w, op, "listen");
	world_redirect(w, "code=" CODE "&state={state}");
	return op;
}

/* @spec RFC 9449 sections 5, 8 and 10 */
static void
test_dpop__login_binds_code_and_tokens_to_a_fresh_key(void **state)
{
	struct world *w = provider_up();
	struct planted a = {.is_oauth = 1};
	struct belgo_op *op = bound_login(w);
	const char *jkt;

	(void)state;
	world_answer(w, WORLD_TOKEN, 400, WANTS_NONCE);
	world_answer_header(w, "DPoP-Nonce", "n-1");
	world_answer(w, WORLD_TOKEN, 200, REPLY("DPoP", AT1, RT1));
	world_answer(w, WORLD_USERINFO, 401, "{}");
	world_answer_header(w, "WWW-Authenticate", "DPoP error=\"use_dpop_nonce\"");
	world_answer_header(w, "DPoP-Nonce", "n-2");
	world_answer(w, WORLD_USERINFO, 200, "{\"sub\":\"alice\"}");
	jkt = world_url_param(w, "dpop_jkt");
	assert_non_null(jkt);
	assert_int_equal(strlen(jkt), 43);
	assert_int_equal(world_run(op, NULL), BELGO_OK);
	assert_int_equal(world_count(w, "POST " WORLD_TOKEN), 2);
	check_claim(w, WORLD_TOKEN, "nonce", "\"n-1\"");
	check_claim(w, WORLD_USERINFO, "nonce", "\"n-2\"");
	planted_name(&a);
	assert_true(stored_has(w, &a, "\"token_type\":\"DPoP\""));
	assert_true(stored_has(w, &a, "dpop_key"));
	assert_null(world_cached_token(w));
	world_free(&w);
}

/* A provider that binds refresh tokens alone: the proof names the code, and access tokens stay as they are.
 */
static void
test_dpop__refresh_token_alone_is_bound_where_the_preset_says_so(void **state)
{
	static const char preset[] =
	    "{\"id\":\"p\",\"issuer\":\"" WORLD_ISSUER "\",\"dpop_binds\":\"refresh_token\"}";
	struct world *w = provider_up();
	struct belgo_login_params params = login_params(w);
	struct belgo_provider *provider = NULL;
	struct planted a = {.is_oauth = 1};
	struct belgo_op *op;

	(void)state;
	assert_int_equal(belgo_provider_from_json(&provider, preset, strlen(preset), "p.json", NULL),
			 BELGO_OK);
	params.provider = provider;
	params.dpop = BELGO_DPOP_ON;
	params.openid_mode = BELGO_OPENID_NEVER;
	params.scope = "a";
	op = login_of(w, &params);
	world_drive_until(w, op, "listen");
	assert_null(world_url_param(w, "dpop_jkt"));
	world_redirect(w, "code=" CODE "&state={state}");
	world_answer(w, WORLD_TOKEN, 200, REPLY("Bearer", AT1, RT1));
	world_answer(w, WORLD_USERINFO, 200, "{\"sub\":\"alice\"}");
	assert_int_equal(world_run(op, NULL), BELGO_OK);
	/* BASE64URL(SHA-256("code.S3CRET")), computed elsewhere */
	check_claim(w, WORLD_TOKEN, "jti", "\"458XBHPDPyzHza61p4kvtt2PEduz9v9udSRj7OTqM1E\"");
	assert_null(sent(w, WORLD_USERINFO, "DPoP"));
	planted_name(&a);
	assert_true(stored_has(w, &a, "dpop_key"));
	assert_true(stored_has(w, &a, "\"token_type\":\"Bearer\""));
	belgo_provider_free(&provider);
	world_free(&w);
}

static void
test_dpop__login_takes_no_token_that_is_not_bound(void **state)
{
	struct world *w = provider_up();
	struct planted a = {.is_oauth = 1};
	struct belgo_op *op = bound_login(w);

	(void)state;
	world_answer(w, WORLD_TOKEN, 200, REPLY("Bearer", AT1, RT1));
	assert_int_equal(world_run(op, NULL), BELGO_EPROTO);
	planted_name(&a);
	assert_null(world_store_value(w, a.store_key));
	world_free(&w);
}

static void
test_dpop__login_without_it_sends_no_proof(void **state)
{
	struct world *w = provider_up();
	struct belgo_login_params params = login_params(w);
	struct belgo_op *op;

	(void)state;
	answer_login(w, "alice", RT1, ",\"email\":\"alice@op.example\"", "");
	op = login_of(w, &params);
	world_drive_until(w, op, "listen");
	assert_null(world_url_param(w, "dpop_jkt"));
	world_redirect(w, "code=" CODE "&state={state}");
	assert_int_equal(world_run(op, NULL), BELGO_OK);
	assert_null(sent(w, WORLD_TOKEN, "DPoP"));
	world_free(&w);
}

/* @spec RFC 9449 section 5.1 */
static void
test_dpop__login_needs_an_algorithm_that_the_provider_takes(void **state)
{
	struct world *w = world_new();
	struct belgo_login_params params = login_params(w);

	(void)state;
	params.dpop = BELGO_DPOP_ON;
	world_metadata(w, "\"dpop_signing_alg_values_supported\":[\"PS256\"],");
	assert_int_equal(world_run(login_of(w, &params), NULL), BELGO_EPROTO);
	assert_null(world_url(w));
	world_free(&w);
}

/* An account that was bound stays so when it is renewed by its name. */
static void
test_dpop__renewed_account_stays_bound(void **state)
{
	struct world *w = provider_up();
	struct planted a = plant_bound(w, "DPoP", -1);
	struct belgo_login_params params = login_params(w);
	struct belgo_op *op;

	(void)state;
	params.account_name = a.name;
	op = login_of(w, &params);
	world_drive_until(w, op, "listen");
	assert_non_null(world_url_param(w, "dpop_jkt"));
	belgo_op_free(&op);
	params.dpop = BELGO_DPOP_OFF;
	op = login_of(w, &params);
	world_journal_clear(w);
	world_drive_until(w, op, "listen");
	assert_null(world_url_param(w, "dpop_jkt"));
	belgo_op_free(&op);
	world_free(&w);
}

/* Of the key of plant_bound(), malloc'd. */
static char *
own_thumbprint(void)
{
	char *text = jose_private_jwk(jose_key("P-256", 0), NULL), *thumbprint = NULL;
	json_t *jwk = json_loads(text, 0, NULL);

	assert_int_equal(bg_jwk_thumbprint(&thumbprint, jwk), BELGO_OK);
	json_decref(jwk);
	free(text);
	return thumbprint;
}

/* alice logs in again by her name, at a provider that then gives no refresh token. *jkt: what the code is
 * bound to, malloc'd. */
static void
log_in_again(struct world *w, const struct planted *a, char **jkt)
{
	struct belgo_login_params params = login_params(w);
	struct belgo_op *op;

	params.account_name = a->name;
	params.openid_mode = BELGO_OPENID_NEVER;
	params.scope = "a";
	op = login_of(w, &params);
	world_drive_until(w, op, "listen");
	*jkt = strdup(world_url_param(w, "dpop_jkt"));
	world_redirect(w, "code=" CODE "&state={state}");
	world_answer(w, WORLD_TOKEN, 200,
		     "{\"access_token\":\"" AT2 "\",\"token_type\":\"DPoP\",\"expires_in\":3600}");
	world_answer(w, WORLD_USERINFO, 200, "{\"sub\":\"alice\"}");
	assert_int_equal(world_run(op, NULL), BELGO_OK);
	assert_true(stored_has(w, a, AT2));
}

static void
test_dpop__renewed_account_keeps_its_key_and_so_its_refresh_token(void **state)
{
	static const struct {
		const char *name, *members;
		int is_kept;
	} rows[] = {
	    {"any algorithm", "", 1},
	    {"the key's", "\"dpop_signing_alg_values_supported\":[\"EdDSA\",\"ES256\"],", 1},
	    {"another algorithm", "\"dpop_signing_alg_values_supported\":[\"EdDSA\"],", 0},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		struct world *w = world_new();
		struct planted a = plant_bound(w, "DPoP", -1);
		char *own = own_thumbprint(), *jkt = NULL;

		world_metadata(w, rows[i].members);
		log_in_again(w, &a, &jkt);
		assert_row(rows[i].name, (strcmp(own, jkt) == 0) == rows[i].is_kept);
		assert_row(rows[i].name, stored_has(w, &a, RT1) == rows[i].is_kept);
		free(jkt);
		free(own);
		world_free(&w);
	}
}

/* What is damaged must not stand in the way of the login that mends it. */
static void
test_dpop__damaged_key_gives_way_to_a_fresh_one(void **state)
{
	struct world *w = world_new();
	struct planted a = {
	    .refresh_token = RT1, .is_oauth = 1, .token_type = "DPoP", .login = ",\"dpop_key\":\"{\""};
	char *jkt = NULL;

	(void)state;
	world_metadata(w, "");
	plant(w, &a);
	log_in_again(w, &a, &jkt);
	assert_int_equal(strlen(jkt), 43);
	assert_false(stored_has(w, &a, RT1));
	free(jkt);
	world_free(&w);
}

/* Each question of a device may be told of a new nonce. @spec RFC 9449 section 5, 8 */
static void
test_dpop__device_proves_each_question(void **state)
{
	struct world *w = world_new();
	struct belgo_login_params params = login_params(w);
	struct belgo_op *op = NULL;

	(void)state;
	params.dpop = BELGO_DPOP_ON;
	params.openid_mode = BELGO_OPENID_NEVER;
	params.scope = "a";
	world_metadata(w, "\"device_authorization_endpoint\":\"" WORLD_ISSUER "/device\",");
	world_answer(w, WORLD_ISSUER "/device", 200,
		     "{\"device_code\":\"dc." WORLD_SECRET "\",\"user_code\":\"U\",\"expires_in\":600,"
		     "\"verification_uri\":\"" WORLD_ISSUER "/d\"}");
	world_answer(w, WORLD_TOKEN, 400, WANTS_NONCE);
	world_answer_header(w, "DPoP-Nonce", "n-1");
	world_answer(w, WORLD_TOKEN, 400, "{\"error\":\"authorization_pending\"}");
	world_answer(w, WORLD_TOKEN, 400, WANTS_NONCE);
	world_answer_header(w, "DPoP-Nonce", "n-2");
	world_answer(w, WORLD_TOKEN, 200, REPLY("DPoP", AT1, RT1));
	world_answer(w, WORLD_USERINFO, 200, "{\"sub\":\"alice\"}");
	assert_int_equal(belgo_device_login_op(&op, world_client(w), &params, NULL), BELGO_OK);
	assert_int_equal(world_drive(w, op, NULL), BELGO_OK);
	assert_int_equal(world_count(w, "POST " WORLD_TOKEN), 4);
	check_claim(w, WORLD_TOKEN, "nonce", "\"n-2\"");
	belgo_op_free(&op);
	world_free(&w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_dpop__refresh_is_proved_with_the_stored_key),
	    cmocka_unit_test(test_dpop__nonce_is_answered_once_under_the_same_lock),
	    cmocka_unit_test(test_dpop__nonce_without_end_ends_the_refresh_and_costs_nothing),
	    cmocka_unit_test(test_dpop__another_refusal_is_not_answered),
	    cmocka_unit_test(test_dpop__second_proof_goes_by_their_clock),
	    cmocka_unit_test(test_dpop__tokens_that_are_not_as_they_were_are_refused),
	    cmocka_unit_test(test_dpop__damaged_key_is_known_before_the_token_is_spent),
	    cmocka_unit_test(test_dpop__userinfo_is_asked_with_token_proof_and_nonce),
	    cmocka_unit_test(test_dpop__nonces_are_kept_by_role),
	    cmocka_unit_test(test_dpop__caller_gets_a_proof_for_a_request_of_his_own),
	    cmocka_unit_test(test_dpop__no_proof_goes_with_a_token_that_is_not_bound),
	    cmocka_unit_test(test_dpop__no_proof_is_made_for_what_is_no_request),
	    cmocka_unit_test(test_dpop__login_binds_code_and_tokens_to_a_fresh_key),
	    cmocka_unit_test(test_dpop__refresh_token_alone_is_bound_where_the_preset_says_so),
	    cmocka_unit_test(test_dpop__login_takes_no_token_that_is_not_bound),
	    cmocka_unit_test(test_dpop__login_without_it_sends_no_proof),
	    cmocka_unit_test(test_dpop__login_needs_an_algorithm_that_the_provider_takes),
	    cmocka_unit_test(test_dpop__renewed_account_stays_bound),
	    cmocka_unit_test(test_dpop__renewed_account_keeps_its_key_and_so_its_refresh_token),
	    cmocka_unit_test(test_dpop__damaged_key_gives_way_to_a_fresh_one),
	    cmocka_unit_test(test_dpop__device_proves_each_question),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
