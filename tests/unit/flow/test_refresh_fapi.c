/* A login that lived up to the FAPI 2.0 Security Profile, and what is held to it afterwards. */
#include "fixture.h"

#include "harness/jose_make.h"

#define PAR WORLD_ISSUER "/par"
#define INTROSPECT WORLD_ISSUER "/introspect"
#define KEPT "\"profile\":\"fapi2\""
static const char metadata[] =
    "{\"issuer\":\"" WORLD_ISSUER "\",\"authorization_endpoint\":\"" WORLD_ISSUER "/auth\","
    "\"token_endpoint\":\"" WORLD_TOKEN "\",\"jwks_uri\":\"" WORLD_JWKS "\","
    "\"introspection_endpoint\":\"" INTROSPECT "\",\"revocation_endpoint\":\"" WORLD_REVOKE "\","
    "\"pushed_authorization_request_endpoint\":\"" PAR "\",\"response_types_supported\":[\"code\"],"
    "\"code_challenge_methods_supported\":[\"S256\"],\"scopes_supported\":[\"openid\"],"
    "\"authorization_response_iss_parameter_supported\":true,"
    "\"dpop_signing_alg_values_supported\":[\"ES256\"],"
    "\"token_endpoint_auth_methods_supported\":[\"private_key_jwt\",\"client_secret_post\"],"
    "\"id_token_signing_alg_values_supported\":[\"RS256\",\"ES256\"]}";

/* The provider signs by either algorithm; the client has a key of that kind. */
static struct world *
fapi_up_with(const char *kind)
{
	struct world *w = world_new();
	char *set = jose_jwks(jose_jwk(jose_key("RSA-2048", 0), "\"kid\":\"r1\""),
			      jose_jwk(jose_key("P-256", 1), "\"kid\":\"e1\""), (char *)NULL);
	char *jwk = jose_private_jwk(jose_key(kind, 0), "\"kid\":\"k1\"");
	struct belgo_op *op = NULL;

	world_answer_always(w, WORLD_METADATA, 200, metadata);
	world_answer_always(w, WORLD_JWKS, 200, set);
	assert_int_equal(belgo_client_key_op(&op, world_client(w), WORLD_ISSUER, WORLD_CLIENT, jwk, NULL),
			 BELGO_OK);
	assert_int_equal(world_run(op, NULL), BELGO_OK);
	free(set);
	free(jwk);
	return w;
}

static struct world *
fapi_up(void)
{
	return fapi_up_with("P-256");
}

static char *
signed_by(const struct world *w, const char *alg, const char *more)
{
	char *claims = claims_of(w, "alice", more), *token;

	token = strcmp(alg, "ES256") == 0
		    ? jose_sign(jose_key("P-256", 1), alg, "{\"alg\":\"ES256\",\"kid\":\"e1\"}", claims)
		    : jose_sign(jose_key("RSA-2048", 0), alg, "{\"alg\":\"RS256\",\"kid\":\"r1\"}", claims);
	free(claims);
	return token;
}

static void
answer(struct world *w, const char *type, const char *at, const char *rt, char *id_token)
{
	char *reply = NULL;

	assert_true(asprintf(&reply,
			     "{\"access_token\":\"%s\",\"token_type\":\"%s\",\"expires_in\":3600,"
			     "\"refresh_token\":\"%s\",\"id_token\":\"%s\"}",
			     at, type, rt, id_token) > 0);
	world_answer(w, WORLD_TOKEN, 200, reply);
	free(reply);
	free(id_token);
}

static void
answer_all(struct world *w, const char *type)
{
	char *state = world_foretell(w, 1), *nonce = world_foretell(w, 3), more[128], redirect[256];

	(void)snprintf(more, sizeof(more), ",\"nonce\":\"%s\"", nonce);
	(void)snprintf(redirect, sizeof(redirect), "code=" CODE "&state=%s&iss=https%%3A%%2F%%2Fop.example",
		       state);
	world_answer(w, PAR, 201, "{\"request_uri\":\"urn:x\",\"expires_in\":60}");
	world_redirect(w, redirect);
	answer(w, type, AT1, RT1, signed_by(w, "ES256", more));
	free(state);
	free(nonce);
}

/* @spec FAPI 2.0 Security Profile section 5.3.3 */
static void
test_refresh_fapi__account_keeps_what_its_login_was_held_to(void **state)
{
	static const struct {
		const char *name, *type;
		enum belgo_security_profile profile;
	} rows[] = {{"held", "DPoP", BELGO_PROFILE_FAPI2}, {"not held", "Bearer", BELGO_PROFILE_PRESET}};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		struct world *w = fapi_up();
		struct belgo_login_params params = login_params(w);
		struct planted a = {0};

		planted_name(&a);
		answer_all(w, rows[i].type);
		params.profile = rows[i].profile;
		assert_row(rows[i].name, world_run(login_of(w, &params), NULL) == BELGO_OK);
		assert_row(rows[i].name, stored_has(w, &a, AT1));
		assert_row(rows[i].name, stored_has(w, &a, KEPT) == (rows[i].profile == BELGO_PROFILE_FAPI2));
		world_free(&w);
	}
}

/* An account whose bound access token has ended; login: further members of "login". */
static struct planted
plant_bound(struct world *w, const char *login)
{
	char *jwk = jose_private_jwk(jose_key("P-256", 2), "\"alg\":\"ES256\"");
	json_t *text = json_string(jwk);
	char *quoted = json_dumps(text, JSON_ENCODE_ANY), *members = NULL;
	struct planted a = {.refresh_token = RT1,
			    .token_type = "DPoP",
			    .expires_at = WORLD_NOW - 1,
			    .refreshed_at_ms = (WORLD_NOW - 3600) * 1000};

	assert_true(asprintf(&members, ",\"dpop_key\":%s%s", quoted, login) > 0);
	a.login = members;
	plant(w, &a);
	a.login = NULL;
	free(members);
	free(quoted);
	free(jwk);
	json_decref(text);
	return a;
}

/* @spec FAPI 2.0 Security Profile section 5.4.1 */
static void
test_refresh_fapi__weaker_id_token_is_refused_of_such_an_account_alone(void **state)
{
	static const struct {
		const char *name, *login, *alg;
		belgo_rc want;
	} rows[] = {
	    {"held, ES256", "," KEPT, "ES256", BELGO_OK},
	    {"held, RS256", "," KEPT, "RS256", BELGO_ESIGNATURE},
	    {"not held, RS256", "", "RS256", BELGO_OK},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		struct world *w = fapi_up();
		struct planted a = plant_bound(w, rows[i].login);

		answer(w, "DPoP", AT2, RT2, signed_by(w, rows[i].alg, ""));
		assert_row(rows[i].name, get_token_rc(w, &a, NULL) == rows[i].want);
		assert_row(rows[i].name, stored_has(w, &a, rows[i].want == BELGO_OK ? AT2 : AT1));
		assert_row(rows[i].name, stored_has(w, &a, KEPT) == (rows[i].login[0] != '\0'));
		world_free(&w);
	}
}

/* @spec FAPI 2.0 Security Profile section 5.3.3: the refresh token waits for a client that may show it */
static void
test_refresh_fapi__weaker_client_sends_nothing(void **state)
{
	static const struct {
		const char *name, *login, *scope;
		belgo_rc want;
		size_t sent;
	} rows[] = {
	    {"held", "," KEPT, NULL, BELGO_EINVAL, 0},
	    {"held, a further token", "," KEPT, "openid", BELGO_EINVAL, 0},
	    {"not held", "", NULL, BELGO_OK, 1},
	    {"not held, a further token", "", "openid", BELGO_OK, 1},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		struct world *w = fapi_up();
		struct planted a = plant_bound(w, rows[i].login);
		struct belgo_token_params params = {.scope = rows[i].scope};
		struct belgo_error err = {0};
		char *token = NULL;

		plant_client(w, "\"client_secret\":\"" CLIENT_SECRET "\"");
		answer(w, "DPoP", AT2, RT2, signed_by(w, "ES256", ""));
		assert_row(rows[i].name, get_token(w, &a, &params, &token, &err) == rows[i].want);
		assert_row(rows[i].name, world_count(w, "POST " WORLD_TOKEN) == rows[i].sent);
		assert_row(rows[i].name, rows[i].want == BELGO_OK || strstr(err.text, "FAPI 2.0: ") != NULL);
		assert_row(rows[i].name, stored_has(w, &a, rows[i].want == BELGO_OK ? RT2 : RT1));
		free(token);
		world_free(&w);
	}
}

/* Whatever came back: was the client's assertion signed with alg? */
static int
is_asserted(const struct world *w, const char *url, const char *alg)
{
	static const char field[] = "client_assertion=";
	const char *jwt = world_sent(w, url) != NULL ? strstr(world_sent(w, url), field) : NULL;
	char *header, want[32];
	int is_so;

	assert_non_null(jwt);
	header = jose_segment(jwt + strlen(field), 0);
	(void)snprintf(want, sizeof(want), "\"alg\":\"%s\"", alg);
	is_so = strstr(header, want) != NULL;
	free(header);
	return is_so;
}

/* @spec FAPI 2.0 Security Profile section 5.4.1 */
static void
test_refresh_fapi__client_signs_strongly_for_such_an_account_wherever_it_asks(void **state)
{
	static const struct {
		const char *login, *alg;
	} rows[] = {{"," KEPT, "PS256"}, {"", "RS256"}};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		struct world *w = fapi_up_with("RSA-2048");
		struct planted a = plant_bound(w, rows[i].login);
		struct belgo_op *op = NULL;

		(void)get_token_rc(w, &a, NULL);
		assert_row(rows[i].alg, is_asserted(w, WORLD_TOKEN, rows[i].alg));
		assert_int_equal(belgo_introspect_op(&op, world_client(w), a.key, BELGO_REFRESH_TOKEN, NULL),
				 BELGO_OK);
		(void)world_run(op, NULL);
		assert_row(rows[i].alg, is_asserted(w, INTROSPECT, rows[i].alg));
		assert_int_equal(belgo_revoke_op(&op, world_client(w), a.key, NULL), BELGO_OK);
		(void)world_run(op, NULL);
		assert_row(rows[i].alg, is_asserted(w, WORLD_REVOKE, rows[i].alg));
		world_free(&w);
	}
}

/* A profile that nobody here knows is not taken for none. */
static void
test_refresh_fapi__unknown_profile_is_no_profile_at_all(void **state)
{
	struct world *w = fapi_up();
	struct planted a = plant_bound(w, ",\"profile\":\"fapi3\"");

	(void)state;
	assert_int_equal(get_token_rc(w, &a, NULL), BELGO_ESTORE);
	assert_int_equal(world_count(w, "POST " WORLD_TOKEN), 0);
	world_free(&w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_refresh_fapi__account_keeps_what_its_login_was_held_to),
	    cmocka_unit_test(test_refresh_fapi__weaker_id_token_is_refused_of_such_an_account_alone),
	    cmocka_unit_test(test_refresh_fapi__weaker_client_sends_nothing),
	    cmocka_unit_test(test_refresh_fapi__client_signs_strongly_for_such_an_account_wherever_it_asks),
	    cmocka_unit_test(test_refresh_fapi__unknown_profile_is_no_profile_at_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
