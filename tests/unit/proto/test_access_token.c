/* proto/access_token.h: what a resource server lets in, and each thing that it does not. */
#include "harness/test.h"
#include "harness/jose_make.h"

#include "base/error.h"
#include "base/mem.h"
#include "proto/access_token.h"

#define NOW 1700000000
#define ISSUER "https://issuer.example"
/* As a member of a patch: the claim is taken out. */
#define ABSENT "\"(absent)\""

static char api_url[] = "https://api.example", api[] = "api", app[] = "app", other[] = "other";
static char *audiences[] = {api_url, api, NULL};
static char *client_ids[] = {app, other, NULL};
static const struct belgo_provider provider = {.hooks = &bg_hooks_none};

static struct bg_access_token_expect
expectation(enum belgo_access_token_profile profile)
{
	return (struct bg_access_token_expect){.provider = &provider,
					       .issuer = ISSUER,
					       .profile = profile,
					       .audiences = audiences,
					       .now = NOW,
					       .tolerance = 60};
}

static char *
payload_with(const char *patch)
{
	static const char good[] =
	    "{\"iss\":\"" ISSUER "\",\"sub\":\"ada\",\"aud\":\"https://api.example\",\"client_id\":\"app\","
	    "\"jti\":\"1\",\"exp\":1700000300,\"iat\":1700000000,\"scope\":\"read write\"}";
	json_t *claims = json_loads(good, 0, NULL), *changes = json_loads(patch, 0, NULL), *value;
	const char *name;
	char *text;

	assert_non_null(claims);
	assert_non_null(changes);
	json_object_foreach(changes, name, value)
	{
		if (json_is_string(value) && strcmp(json_string_value(value), "(absent)") == 0)
			(void)json_object_del(claims, name);
		else
			assert_int_equal(json_object_set(claims, name, value), 0);
	}
	text = json_dumps(claims, JSON_COMPACT);
	json_decref(changes);
	json_decref(claims);
	return text;
}

/* Signed by the first key, judged by the key_index-th. */
static belgo_rc
judge_by(int key_index, const char *typ, const char *patch, const struct bg_access_token_expect *expect,
	 struct belgo_error *err)
{
	char *payload = payload_with(patch), header[96], *token, *set;
	BG_AUTO(bg_jws_done) struct bg_jws jws = {0};
	BG_AUTO(bg_jwks_free) struct bg_jwks *keys = NULL;
	BG_AUTO(bg_jwk_free) struct bg_jwk *key = NULL;
	json_t *claims = NULL;
	belgo_rc rc;

	(void)snprintf(header, sizeof(header), "{\"alg\":\"ES256\"%s%s%s}", typ != NULL ? ",\"typ\":\"" : "",
		       typ != NULL ? typ : "", typ != NULL ? "\"" : "");
	token = jose_sign(jose_key("P-256", 0), "ES256", header, payload);
	set = jose_jwks(jose_jwk(jose_key("P-256", key_index), NULL), (char *)NULL);
	assert_int_equal(bg_jwks_parse(&keys, set, strlen(set), NULL), BELGO_OK);
	assert_int_equal(bg_jwks_select(&key, keys, bg_alg_find("ES256"), NULL, NULL), BELGO_OK);
	rc = bg_access_token_parse(&jws, token, expect, err);
	if (rc == BELGO_OK)
		rc = bg_access_token_validate(&claims, &jws, key, expect, err);
	assert_int_equal(rc == BELGO_OK, claims != NULL);
	json_decref(claims);
	free(payload);
	free(token);
	free(set);
	return rc;
}

static belgo_rc
judge(const char *typ, const char *patch, const struct bg_access_token_expect *expect,
      struct belgo_error *err)
{
	return judge_by(0, typ, patch, expect, err);
}

/* @spec RFC 9068 sections 2.1, 2.2 and 4; RFC 7519 sections 4.1.3 to 4.1.6 */
static void
test_access_token__profile_of_rfc_9068_is_held_to(void **state)
{
	static const struct {
		const char *name, *typ, *patch;
		belgo_rc want;
	} rows[] = {
	    {"good", "at+jwt", "{}", BELGO_OK},
	    {"the long type", "application/at+jwt", "{}", BELGO_OK},
	    {"no type", NULL, "{}", BELGO_EPROTO},
	    {"an ID token's type", "JWT", "{}", BELGO_EPROTO},
	    {"a logout token", "logout+jwt", "{}", BELGO_EPROTO},
	    {"another issuer", "at+jwt", "{\"iss\":\"https://evil.example\"}", BELGO_EISSUER},
	    {"a slash more", "at+jwt", "{\"iss\":\"" ISSUER "/\"}", BELGO_EISSUER},
	    {"no issuer", "at+jwt", "{\"iss\":" ABSENT "}", BELGO_EPROTO},
	    {"the other name of ours", "at+jwt", "{\"aud\":\"api\"}", BELGO_OK},
	    {"one of several audiences", "at+jwt", "{\"aud\":[\"else\",\"api\"]}", BELGO_OK},
	    {"another audience", "at+jwt", "{\"aud\":\"https://api.example/\"}", BELGO_ECLAIM},
	    {"no audience of several", "at+jwt", "{\"aud\":[\"a\",\"b\"]}", BELGO_ECLAIM},
	    {"an empty list", "at+jwt", "{\"aud\":[]}", BELGO_ECLAIM},
	    {"no audience", "at+jwt", "{\"aud\":" ABSENT "}", BELGO_ECLAIM},
	    {"an audience that is no string", "at+jwt", "{\"aud\":[\"api\",1]}", BELGO_EPROTO},
	    {"expired within the tolerance", "at+jwt", "{\"exp\":1699999941}", BELGO_OK},
	    {"expired", "at+jwt", "{\"exp\":1699999940}", BELGO_ECLAIM},
	    {"never expires", "at+jwt", "{\"exp\":9000000000}", BELGO_ECLAIM},
	    {"no expiry", "at+jwt", "{\"exp\":" ABSENT "}", BELGO_EPROTO},
	    {"an expiry that is a string", "at+jwt", "{\"exp\":\"1700000300\"}", BELGO_EPROTO},
	    {"issued soon", "at+jwt", "{\"iat\":1700000060}", BELGO_OK},
	    {"issued in the future", "at+jwt", "{\"iat\":1700000061}", BELGO_ECLAIM},
	    {"no time of issue", "at+jwt", "{\"iat\":" ABSENT "}", BELGO_EPROTO},
	    {"valid already", "at+jwt", "{\"nbf\":1700000060}", BELGO_OK},
	    {"not valid yet", "at+jwt", "{\"nbf\":1700000061}", BELGO_ECLAIM},
	    {"no subject", "at+jwt", "{\"sub\":" ABSENT "}", BELGO_EPROTO},
	    {"no client", "at+jwt", "{\"client_id\":" ABSENT "}", BELGO_EPROTO},
	    {"no id", "at+jwt", "{\"jti\":" ABSENT "}", BELGO_EPROTO},
	};
	struct bg_access_token_expect expect = expectation(BELGO_ACCESS_TOKEN_RFC9068);

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++)
		assert_row(rows[i].name, judge(rows[i].typ, rows[i].patch, &expect, NULL) == rows[i].want);
}

static void
test_access_token__plain_jwt_may_lack_what_older_servers_leave_out(void **state)
{
	static const struct {
		const char *name, *typ, *patch;
		belgo_rc want;
	} rows[] = {
	    {"no type", NULL, "{}", BELGO_OK},
	    {"JWT", "JWT", "{}", BELGO_OK},
	    {"no jti, sub and iat", "JWT", "{\"jti\":" ABSENT ",\"sub\":" ABSENT ",\"iat\":" ABSENT "}",
	     BELGO_OK},
	    {"another kind of token", "logout+jwt", "{}", BELGO_EPROTO},
	    {"no expiry", "JWT", "{\"exp\":" ABSENT "}", BELGO_EPROTO},
	    {"another issuer", "JWT", "{\"iss\":\"https://evil.example\"}", BELGO_EISSUER},
	    {"another audience", "JWT", "{\"aud\":\"app\"}", BELGO_ECLAIM},
	};
	struct bg_access_token_expect expect = expectation(BELGO_ACCESS_TOKEN_PLAIN_JWT);

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++)
		assert_row(rows[i].name, judge(rows[i].typ, rows[i].patch, &expect, NULL) == rows[i].want);
}

/* Of the same issuer, with our audience. The type tells in RFC 9068. @spec RFC 8725 section 3.12 */
static void
test_access_token__plain_jwt_is_no_token_for_something_else(void **state)
{
	static const struct {
		const char *name, *patch;
		belgo_rc plain, rfc9068;
	} rows[] = {
	    {"an ID token of a login", "{\"nonce\":\"n\"}", BELGO_ECLAIM, BELGO_OK},
	    {"an ID token beside an access token", "{\"at_hash\":\"x\"}", BELGO_ECLAIM, BELGO_OK},
	    {"an ID token beside a code", "{\"c_hash\":\"x\"}", BELGO_ECLAIM, BELGO_OK},
	    {"FAPI 1.0's", "{\"s_hash\":\"x\"}", BELGO_ECLAIM, BELGO_OK},
	    {"a logout token", "{\"events\":{\"http://schemas.openid.net/event/backchannel-logout\":{}}}",
	     BELGO_ECLAIM, BELGO_OK},
	    {"an authorization response", "{\"code\":\"x\",\"state\":\"x\"}", BELGO_ECLAIM, BELGO_OK},
	    {"an authorization response that refuses", "{\"error\":\"access_denied\"}", BELGO_ECLAIM,
	     BELGO_OK},
	    {"a member of another type", "{\"nonce\":1}", BELGO_ECLAIM, BELGO_OK},
	    {"it says so (typ)", "{\"typ\":\"ID\"}", BELGO_ECLAIM, BELGO_ECLAIM},
	    {"a refresh token", "{\"typ\":\"Refresh\"}", BELGO_ECLAIM, BELGO_ECLAIM},
	    {"a logout token (typ)", "{\"typ\":\"Logout\"}", BELGO_ECLAIM, BELGO_ECLAIM},
	    {"it says so (token_use)", "{\"token_use\":\"id\"}", BELGO_ECLAIM, BELGO_ECLAIM},
	    {"an access token (token_use)", "{\"token_use\":\"access\"}", BELGO_OK, BELGO_OK},
	    {"an access token (typ)", "{\"typ\":\"Bearer\"}", BELGO_OK, BELGO_OK},
	    {"Keycloak's, before its version 25", "{\"typ\":\"Bearer\",\"nonce\":\"n\"}", BELGO_OK, BELGO_OK},
	    {"the same, bound to a key", "{\"typ\":\"DPoP\",\"nonce\":\"n\"}", BELGO_OK, BELGO_OK},
	    {"which has nothing else of an ID token", "{\"typ\":\"Bearer\",\"at_hash\":\"x\"}", BELGO_ECLAIM,
	     BELGO_OK},
	    {"of another type all the same", "{\"typ\":\"JWT\",\"nonce\":\"n\"}", BELGO_ECLAIM, BELGO_OK},
	    {"a type that is no text", "{\"typ\":1}", BELGO_EPROTO, BELGO_EPROTO},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		struct bg_access_token_expect expect = expectation(BELGO_ACCESS_TOKEN_PLAIN_JWT);

		assert_row(rows[i].name, judge("JWT", rows[i].patch, &expect, NULL) == rows[i].plain);
		expect.profile = BELGO_ACCESS_TOKEN_RFC9068;
		assert_row(rows[i].name, judge("at+jwt", rows[i].patch, &expect, NULL) == rows[i].rfc9068);
	}
}

static void
test_access_token__only_the_listed_clients_are_let_in(void **state)
{
	static const struct {
		const char *name, *patch;
		belgo_rc rfc9068, plain;
	} rows[] = {
	    {"listed", "{}", BELGO_OK, BELGO_OK},
	    {"not listed", "{\"client_id\":\"evil\"}", BELGO_ECLAIM, BELGO_ECLAIM},
	    {"azp", "{\"client_id\":" ABSENT ",\"azp\":\"other\"}", BELGO_EPROTO, BELGO_OK},
	    {"appid", "{\"client_id\":" ABSENT ",\"appid\":\"app\"}", BELGO_EPROTO, BELGO_OK},
	    {"azp does not outweigh client_id", "{\"client_id\":\"evil\",\"azp\":\"app\"}", BELGO_ECLAIM,
	     BELGO_ECLAIM},
	    {"none", "{\"client_id\":" ABSENT "}", BELGO_EPROTO, BELGO_ECLAIM},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		struct bg_access_token_expect expect = expectation(BELGO_ACCESS_TOKEN_RFC9068);

		expect.client_ids = client_ids;
		assert_row(rows[i].name, judge("at+jwt", rows[i].patch, &expect, NULL) == rows[i].rfc9068);
		expect.profile = BELGO_ACCESS_TOKEN_PLAIN_JWT;
		assert_row(rows[i].name, judge("JWT", rows[i].patch, &expect, NULL) == rows[i].plain);
	}
}

/* @spec RFC 7800 section 3.1; RFC 9449 section 7.1; RFC 8705 section 3 */
static void
test_access_token__bound_token_is_refused_where_its_proof_is_not_checked(void **state)
{
#define BOTH (BELGO_BINDING_DPOP | BELGO_BINDING_CERTIFICATE)
	static const struct {
		const char *name, *patch;
		unsigned checked;
		belgo_rc want;
	} rows[] = {
	    {"jkt unchecked", "{\"cnf\":{\"jkt\":\"x\"}}", BELGO_BINDING_CERTIFICATE, BELGO_ECLAIM},
	    {"jkt checked", "{\"cnf\":{\"jkt\":\"x\"}}", BELGO_BINDING_DPOP, BELGO_OK},
	    {"x5t unchecked", "{\"cnf\":{\"x5t#S256\":\"x\"}}", BELGO_BINDING_DPOP, BELGO_ECLAIM},
	    {"x5t checked", "{\"cnf\":{\"x5t#S256\":\"x\"}}", BELGO_BINDING_CERTIFICATE, BELGO_OK},
	    {"one of two", "{\"cnf\":{\"jkt\":\"x\",\"x5t#S256\":\"x\"}}", BELGO_BINDING_DPOP, BELGO_ECLAIM},
	    {"both", "{\"cnf\":{\"jkt\":\"x\",\"x5t#S256\":\"x\"}}", BOTH, BELGO_OK},
	    {"unknown", "{\"cnf\":{\"kid\":\"x\"}}", BOTH, BELGO_ECLAIM},
	    {"empty", "{\"cnf\":{}}", BOTH, BELGO_ECLAIM},
	    {"no object", "{\"cnf\":\"x\"}", BOTH, BELGO_EPROTO},
	    {"null", "{\"cnf\":null}", BOTH, BELGO_EPROTO},
	    {"jkt is no string", "{\"cnf\":{\"jkt\":1}}", BOTH, BELGO_EPROTO},
	    {"unbound", "{}", BELGO_BINDING_NONE, BELGO_OK},
	};
#undef BOTH

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		struct bg_access_token_expect expect = expectation(BELGO_ACCESS_TOKEN_RFC9068);

		expect.checked_bindings = rows[i].checked;
		assert_row(rows[i].name, judge("at+jwt", rows[i].patch, &expect, NULL) == rows[i].want);
	}
}

/* @spec RFC 9068 section 2.2.3; RFC 6750 section 3.1 */
static void
test_access_token__every_scope_must_be_granted(void **state)
{
	static const struct {
		const char *name, *scope, *patch;
		int rfc9068, plain;
	} rows[] = {
	    {"all", " write  read ", "{}", 1, 1},
	    {"none asked", NULL, "{\"scope\":" ABSENT "}", 1, 1},
	    {"one is missing", "read delete", "{}", 0, 0},
	    {"part of a word", "rea", "{}", 0, 0},
	    {"none granted", "read", "{\"scope\":" ABSENT "}", 0, 0},
	    {"scp", "read", "{\"scope\":" ABSENT ",\"scp\":\"read\"}", 0, 1},
	    {"scp as a list", "read", "{\"scope\":" ABSENT ",\"scp\":[\"write\",\"read\"]}", 0, 1},
	    {"scp lacks it", "write", "{\"scp\":[\"read\"]}", 1, 0},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		struct bg_access_token_expect expect = expectation(BELGO_ACCESS_TOKEN_RFC9068);
		struct belgo_error err = {0};

		expect.scope = rows[i].scope;
		assert_row(rows[i].name, judge("at+jwt", rows[i].patch, &expect, &err) ==
					     (rows[i].rfc9068 ? BELGO_OK : BELGO_ECLAIM));
		assert_row(rows[i].name,
			   (strcmp(err.oauth_error, "insufficient_scope") == 0) == !rows[i].rfc9068);
		expect.profile = BELGO_ACCESS_TOKEN_PLAIN_JWT;
		assert_row(rows[i].name, judge("JWT", rows[i].patch, &expect, NULL) ==
					     (rows[i].plain ? BELGO_OK : BELGO_ECLAIM));
	}
}

/* @spec RFC 9068 section 4; RFC 8725 section 3.1 */
static void
test_access_token__no_other_key_and_no_shared_secret_sign(void **state)
{
	struct bg_access_token_expect expect = expectation(BELGO_ACCESS_TOKEN_RFC9068);
	BG_AUTO(bg_jws_done) struct bg_jws jws = {0};
	char *payload = payload_with("{}"), secret[32] = {0};
	char *token =
	    jose_hmac("HS256", secret, sizeof(secret), "{\"alg\":\"HS256\",\"typ\":\"at+jwt\"}", payload);

	(void)state;
	assert_int_equal(judge_by(1, "at+jwt", "{}", &expect, NULL), BELGO_ESIGNATURE);
	assert_int_equal(bg_access_token_parse(&jws, token, &expect, NULL), BELGO_ESIGNATURE);
	free(payload);
	free(token);
}

/* The token of these tests is ES256's. @spec RFC 8725 section 3.1 */
static void
test_access_token__only_the_listed_algorithms_sign(void **state)
{
	static char es256[] = "ES256", es384[] = "ES384", ps256[] = "PS256", small[] = "es256";
	static char *one[] = {es256, NULL}, *several[] = {ps256, es256, NULL},
		    *others[] = {ps256, es384, NULL};
	static char *in_another_case[] = {small, NULL}, *nothing[] = {NULL};
	static const struct {
		const char *name;
		char **algs;
		belgo_rc want;
	} rows[] = {
	    {"no list", NULL, BELGO_OK},
	    {"the one", one, BELGO_OK},
	    {"one of several", several, BELGO_OK},
	    {"others", others, BELGO_ESIGNATURE},
	    {"es256", in_another_case, BELGO_ESIGNATURE},
	    {"an empty list", nothing, BELGO_ESIGNATURE},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		struct bg_access_token_expect expect = expectation(BELGO_ACCESS_TOKEN_RFC9068);
		struct belgo_error err = {0};

		expect.algs = rows[i].algs;
		assert_row(rows[i].name, judge("at+jwt", "{}", &expect, &err) == rows[i].want);
		assert_row(rows[i].name, (strstr(err.text, "ES256") != NULL) == (rows[i].want != BELGO_OK));
		expect.profile = BELGO_ACCESS_TOKEN_PLAIN_JWT;
		assert_row(rows[i].name, judge("JWT", "{}", &expect, NULL) == rows[i].want);
	}
}

/* @spec RFC 7662 section 2.2; RFC 9449 section 6.2; RFC 8705 section 3.2 */
static void
test_access_token__answer_of_the_issuer_lets_in_what_a_jwt_would(void **state)
{
	static const struct {
		const char *name, *answer;
		int is_for_anybody;
		belgo_rc want;
	} rows[] = {
	    {"good", "{\"active\":true,\"aud\":\"api\",\"scope\":\"read write\"}", 0, BELGO_OK},
	    {"with all there is",
	     "{\"active\":true,\"iss\":\"" ISSUER
	     "\",\"aud\":[\"else\",\"api\"],\"sub\":\"ada\",\"exp\":1700000300,"
	     "\"iat\":1700000000,\"nbf\":1700000000,\"client_id\":\"app\",\"jti\":\"1\",\"token_type\":"
	     "\"bearer\","
	     "\"token_use\":\"access_token\",\"typ\":\"Bearer\",\"scope\":\"read write\"}",
	     0, BELGO_OK},
	    {"not active", "{\"active\":false,\"aud\":\"api\",\"scope\":\"read\"}", 0, BELGO_ECLAIM},
	    {"another audience", "{\"active\":true,\"aud\":\"else\",\"scope\":\"read\"}", 0, BELGO_ECLAIM},
	    {"no audience", "{\"active\":true,\"scope\":\"read\"}", 0, BELGO_ECLAIM},
	    {"no audience, left to the issuer",
	     "{\"active\":true,\"token_type\":\"Bearer\",\"scope\":\"read\"}", 1, BELGO_OK},
	    {"no audience and no type: a refresh token, for all that is known",
	     "{\"active\":true,\"scope\":\"read\"}", 1, BELGO_ECLAIM},
	    {"scp is another's", "{\"active\":true,\"aud\":\"api\",\"scope\":\"x\",\"scp\":[\"read\"]}", 0,
	     BELGO_ECLAIM},
	    {"a logout token", "{\"active\":true,\"aud\":\"api\",\"typ\":\"Logout\",\"scope\":\"read\"}", 0,
	     BELGO_ECLAIM},
	    {"another issuer",
	     "{\"active\":true,\"aud\":\"api\",\"iss\":\"https://evil.example\",\"scope\":\"read\"}", 0,
	     BELGO_EISSUER},
	    {"expired", "{\"active\":true,\"aud\":\"api\",\"exp\":1699999940,\"scope\":\"read\"}", 0,
	     BELGO_ECLAIM},
	    {"not valid yet", "{\"active\":true,\"aud\":\"api\",\"nbf\":1700000061,\"scope\":\"read\"}", 0,
	     BELGO_ECLAIM},
	    {"of the future", "{\"active\":true,\"aud\":\"api\",\"iat\":1700000061,\"scope\":\"read\"}", 0,
	     BELGO_ECLAIM},
	    {"less scope", "{\"active\":true,\"aud\":\"api\",\"scope\":\"write\"}", 0, BELGO_ECLAIM},
	    {"no scope", "{\"active\":true,\"aud\":\"api\"}", 0, BELGO_ECLAIM},
	    {"a refresh token (token_use)",
	     "{\"active\":true,\"aud\":\"api\",\"token_use\":\"refresh_token\",\"scope\":\"read\"}", 0,
	     BELGO_ECLAIM},
	    {"a refresh token (typ)",
	     "{\"active\":true,\"aud\":\"api\",\"typ\":\"Refresh\",\"scope\":\"read\"}", 0, BELGO_ECLAIM},
	    {"a refresh token without end",
	     "{\"active\":true,\"aud\":\"api\",\"typ\":\"Offline\",\"scope\":\"read\"}", 0, BELGO_ECLAIM},
	    {"an ID token", "{\"active\":true,\"aud\":\"api\",\"typ\":\"ID\",\"scope\":\"read\"}", 0,
	     BELGO_ECLAIM},
	    {"a use that is no text", "{\"active\":true,\"aud\":\"api\",\"token_use\":1,\"scope\":\"read\"}",
	     0, BELGO_EPROTO},
	    {"a type that is none",
	     "{\"active\":true,\"aud\":\"api\",\"token_type\":\"N_A\",\"scope\":\"read\"}", 0, BELGO_ECLAIM},
	    {"DPoP and no key",
	     "{\"active\":true,\"aud\":\"api\",\"token_type\":\"DPoP\",\"scope\":\"read\"}", 0, BELGO_ECLAIM},
	    {"a key",
	     "{\"active\":true,\"aud\":\"api\",\"token_type\":\"DPoP\",\"cnf\":{\"jkt\":\"x\"},\"scope\":"
	     "\"read\"}",
	     0, BELGO_ECLAIM},
	    {"a certificate",
	     "{\"active\":true,\"aud\":\"api\",\"cnf\":{\"x5t#S256\":\"x\"},\"scope\":\"read\"}", 0,
	     BELGO_ECLAIM},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		struct bg_access_token_expect expect = expectation(BELGO_ACCESS_TOKEN_PLAIN_JWT);
		BG_AUTO(bg_json_free) json_t *answer = json_loads(rows[i].answer, 0, NULL);

		expect.is_answer = 1;
		expect.scope = "read";
		if (rows[i].is_for_anybody)
			expect.audiences = NULL;
		assert_row(rows[i].name, bg_access_token_check_answer(answer, &expect, NULL) == rows[i].want);
	}
}

static void
test_access_token__answer_of_a_bound_token_is_for_who_checks_the_proof(void **state)
{
	struct bg_access_token_expect expect = expectation(BELGO_ACCESS_TOKEN_PLAIN_JWT);
	BG_AUTO(bg_json_free)
	json_t *answer =
	    json_loads("{\"active\":true,\"token_type\":\"DPoP\",\"cnf\":{\"jkt\":\"x\"}}", 0, NULL);

	(void)state;
	expect.is_answer = 1;
	expect.audiences = NULL; /* its type says what it is */
	expect.checked_bindings = BELGO_BINDING_CERTIFICATE;
	assert_int_equal(bg_access_token_check_answer(answer, &expect, NULL), BELGO_ECLAIM);
	expect.checked_bindings = BELGO_BINDING_DPOP;
	assert_int_equal(bg_access_token_check_answer(answer, &expect, NULL), BELGO_OK);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_access_token__profile_of_rfc_9068_is_held_to),
	    cmocka_unit_test(test_access_token__plain_jwt_may_lack_what_older_servers_leave_out),
	    cmocka_unit_test(test_access_token__plain_jwt_is_no_token_for_something_else),
	    cmocka_unit_test(test_access_token__only_the_listed_clients_are_let_in),
	    cmocka_unit_test(test_access_token__bound_token_is_refused_where_its_proof_is_not_checked),
	    cmocka_unit_test(test_access_token__every_scope_must_be_granted),
	    cmocka_unit_test(test_access_token__no_other_key_and_no_shared_secret_sign),
	    cmocka_unit_test(test_access_token__only_the_listed_algorithms_sign),
	    cmocka_unit_test(test_access_token__answer_of_the_issuer_lets_in_what_a_jwt_would),
	    cmocka_unit_test(test_access_token__answer_of_a_bound_token_is_for_who_checks_the_proof),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
