/* proto/id_token.h: rows T01 to T15 of the hostile list, B02 to B12, F03 to F08, J03 to J05, J14, R02 and
 * R03. */
#include "harness/test.h"
#include "harness/jose_make.h"

#include "base/error.h"
#include "base/limits.h"
#include "proto/id_token.h"

#define NOW 1700000000
#define ISSUER "https://issuer.example"
#define ACCESS_TOKEN "access-token-value"
#define CODE "code-value"
#define SECRET "a-client-secret-of-at-least-32-bytes-in-length"
/* As a member of a patch: the claim is taken out. */
#define ABSENT "\"(absent)\""

static const char *const client_ids[] = {"client", "second", NULL};

struct fixture {
	struct belgo_provider provider;
	struct bg_metadata metadata;
	struct bg_hooks hooks;
	struct bg_id_token_expect expect;
	const char *alg;
	const char *kind;        /* of the key; NULL: HMAC with SECRET */
	const char *more;        /* members of the JWK */
	const char *header_more; /* members of the header, with a comma before */
	const int64_t *skew;
	struct belgo_error err;
};

static char *format(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

static char *
format(const char *fmt, ...)
{
	va_list args;
	char *text = NULL;

	va_start(args, fmt);
	assert_true(vasprintf(&text, fmt, args) >= 0);
	va_end(args);
	return text;
}

static int
set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	f->metadata.issuer = strdup(ISSUER);
	f->provider.hooks = &f->hooks;
	f->expect = (struct bg_id_token_expect){
	    .provider = &f->provider,
	    .metadata = &f->metadata,
	    .use = BG_ID_TOKEN_LOGIN,
	    .client_ids = client_ids,
	    .nonce = "nonce-1",
	    .access_token = ACCESS_TOKEN,
	    .code = CODE,
	    .max_age = -1,
	    .now = NOW,
	    .tolerance = 60,
	};
	f->alg = "RS256";
	f->kind = "RSA-2048";
	f->header_more = "";
	*state = f;
	return 0;
}

static int
tear_down(void **state)
{
	struct fixture *f = *state;

	free(f->metadata.issuer);
	free(f);
	return 0;
}

/* The payload of a good token with the members of patch put in place. */
static char *
payload_with(const char *patch)
{
	static const char good[] = "{\"iss\":\"" ISSUER "\",\"sub\":\"248289\",\"aud\":\"client\",\"nonce\":"
				   "\"nonce-1\",\"exp\":1700000300,\"iat\":1700000000}";
	json_t *claims = json_loads(good, 0, NULL);
	json_t *changes = json_loads(patch, 0, NULL);
	const char *name;
	json_t *value;
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

static char *
sign(const struct fixture *f, const char *payload)
{
	char *header = format("{\"alg\":\"%s\"%s}", f->alg, f->header_more);
	char *token = f->kind == NULL ? jose_hmac(f->alg, SECRET, strlen(SECRET), header, payload)
				      : jose_sign(jose_key(f->kind, 0), f->alg, header, payload);

	free(header);
	return token;
}

/* The key of the fixture, chosen for its algorithm. */
static struct bg_jwk *
choose_key(const struct fixture *f, int i)
{
	char *text = jose_jwks(jose_jwk(jose_key(f->kind, i), f->more), NULL);
	struct bg_jwks *set = NULL;
	struct bg_jwk *key = NULL;

	assert_int_equal(bg_jwks_parse(&set, text, strlen(text), NULL), BELGO_OK);
	assert_int_equal(bg_jwks_select(&key, set, bg_alg_find(f->alg), NULL, NULL), BELGO_OK);
	bg_jwks_free(&set);
	free(text);
	return key;
}

static belgo_rc
validate(struct fixture *f, const char *token, int key_index)
{
	struct bg_jwk *key = f->kind != NULL ? choose_key(f, key_index) : NULL;
	struct bg_jws jws = {0};
	json_t *claims = NULL;
	belgo_rc rc;

	memset(&f->err, 0, sizeof(f->err));
	rc = bg_jws_parse(&jws, token, BG_JWS_TYP_JWT, BG_MAX_JWT, "the ID token", &f->err);
	if (rc == BELGO_OK)
		rc = bg_id_token_validate(&claims, &jws, key, &f->expect, f->skew, &f->err);
	assert_int_equal(f->err.rc, rc);
	assert_true((rc == BELGO_OK) == (claims != NULL));
	assert_true(rc == BELGO_OK || f->err.text[0] != '\0');
	assert_null(strstr(f->err.text, ACCESS_TOKEN));
	assert_null(strstr(f->err.text, "nonce-1"));
	json_decref(claims);
	bg_jws_done(&jws);
	bg_jwk_free(&key);
	return rc;
}

static belgo_rc
judge(struct fixture *f, const char *patch)
{
	char *payload = payload_with(patch);
	char *token = sign(f, payload);
	belgo_rc rc = validate(f, token, 0);

	free(token);
	free(payload);
	return rc;
}

struct row {
	const char *name;
	const char *patch;
	belgo_rc want;
};

static void
judge_rows(struct fixture *f, const struct row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++)
		assert_row(rows[i].name, judge(f, rows[i].patch) == rows[i].want);
}

/* @spec OpenID Connect Core section 3.1.3.7 (2) */
static void
test_id_token__wants_the_exact_issuer(void **state)
{
	static const struct row rows[] = {
	    {"the right one", "{}", BELGO_OK},
	    {"B02 F03 other", "{\"iss\":\"" ISSUER "1\"}", BELGO_EISSUER},
	    {"T01 F04 missing", "{\"iss\":" ABSENT "}", BELGO_EPROTO},
	    {"T01 empty", "{\"iss\":\"\"}", BELGO_EPROTO},
	    {"T01 slash", "{\"iss\":\"" ISSUER "/\"}", BELGO_EISSUER},
	    {"T01 http", "{\"iss\":\"http://issuer.example\"}", BELGO_EISSUER},
	    {"T01 array", "{\"iss\":[\"" ISSUER "\"]}", BELGO_EPROTO},
	    {"T01 case", "{\"iss\":\"https://Issuer.example\"}", BELGO_EISSUER},
	    {"T01 null", "{\"iss\":null}", BELGO_EPROTO},
	};

	judge_rows(*state, rows, BG_LEN(rows));
}

/* @spec OpenID Connect Core section 2 (sub) */
static void
test_id_token__wants_a_subject_of_at_most_255_bytes(void **state)
{
	static const struct row rows[] = {
	    {"B03 missing", "{\"sub\":" ABSENT "}", BELGO_EPROTO},
	    {"T02 empty", "{\"sub\":\"\"}", BELGO_EPROTO},
	    {"T02 array", "{\"sub\":[\"a\"]}", BELGO_EPROTO},
	    {"T02 number", "{\"sub\":7}", BELGO_EPROTO},
	    {"T02 null", "{\"sub\":null}", BELGO_EPROTO},
	    {"T02 control", "{\"sub\":\"a\\u0007\"}", BELGO_EPROTO},
	    {"T02 newline", "{\"sub\":\"a\\nb\"}", BELGO_EPROTO},
	    {"T02 C1 control", "{\"sub\":\"a\\u009bb\"}", BELGO_EPROTO},
	    {"T02 unicode confusable", "{\"sub\":\"\\u0430dmin\"}", BELGO_OK},
	    {"T02 combining form", "{\"sub\":\"e\\u0301\"}", BELGO_OK},
	    {"T02 right to left", "{\"sub\":\"\\u202eabc\"}", BELGO_OK},
	};
	static const struct {
		int len;
		belgo_rc want;
	} lengths[] = {{1, BELGO_OK}, {255, BELGO_OK}, {256, BELGO_ECLAIM}, {5000, BELGO_ECLAIM}};

	judge_rows(*state, rows, BG_LEN(rows));
	for (size_t i = 0; i < BG_LEN(lengths); i++) {
		char *patch = format("{\"sub\":\"%0*d\"}", lengths[i].len, 0);

		assert_int_equal(judge(*state, patch), lengths[i].want);
		free(patch);
	}
}

/* T02: bytes are kept as they came, neither composed nor folded. */
static void
test_id_token__keeps_the_bytes_of_the_subject(void **state)
{
	struct fixture *f = *state;
	char *payload = payload_with("{\"sub\":\"e\\u0301\\u00c9\"}");
	char *token = sign(f, payload);
	struct bg_jwk *key = choose_key(f, 0);
	struct bg_jws jws = {0};
	json_t *claims = NULL;

	assert_int_equal(bg_jws_parse(&jws, token, BG_JWS_TYP_JWT, BG_MAX_JWT, "the ID token", NULL),
			 BELGO_OK);
	assert_int_equal(bg_id_token_validate(&claims, &jws, key, &f->expect, NULL, NULL), BELGO_OK);
	bg_jws_done(&jws); /* the claims live on their own */
	assert_string_equal(json_string_value(json_object_get(claims, "sub")), "e\xcc\x81\xc3\x89");
	json_decref(claims);
	bg_jwk_free(&key);
	free(token);
	free(payload);
}

/* @spec OpenID Connect Core section 3.1.3.7 (3) to (5) */
static void
test_id_token__is_for_this_client_and_nobody_else(void **state)
{
	static const struct row rows[] = {
	    {"F06 an array of one", "{\"aud\":[\"client\"]}", BELGO_OK},
	    {"an accepted second id", "{\"aud\":\"second\"}", BELGO_OK},
	    {"both of ours with azp", "{\"aud\":[\"client\",\"second\"],\"azp\":\"second\"}", BELGO_OK},
	    {"both of ours without azp", "{\"aud\":[\"client\",\"second\"]}", BELGO_ECLAIM},
	    {"B04 F03 wrong", "{\"aud\":\"client1\"}", BELGO_ECLAIM},
	    {"T03 F04 missing", "{\"aud\":" ABSENT "}", BELGO_ECLAIM},
	    {"T03 empty array", "{\"aud\":[]}", BELGO_ECLAIM},
	    {"T03 empty string", "{\"aud\":\"\"}", BELGO_ECLAIM},
	    {"T03 [null]", "{\"aud\":[null]}", BELGO_EPROTO},
	    {"T03 null", "{\"aud\":null}", BELGO_EPROTO},
	    {"T03 [other]", "{\"aud\":[\"other\"]}", BELGO_ECLAIM},
	    {"T03 F05 another beside us", "{\"aud\":[\"client\",\"client1\"]}", BELGO_ECLAIM},
	    {"T03 another before us", "{\"aud\":[\"other\",\"client\"]}", BELGO_ECLAIM},
	    {"T03 another beside us, azp us", "{\"aud\":[\"client\",\"other\"],\"azp\":\"client\"}",
	     BELGO_ECLAIM},
	    {"T03 nested", "{\"aud\":[[\"client\"]]}", BELGO_EPROTO},
	    {"T03 object", "{\"aud\":{\"client\":1}}", BELGO_EPROTO},
	    {"T03 number", "{\"aud\":7}", BELGO_EPROTO},
	    {"T03 case", "{\"aud\":\"Client\"}", BELGO_ECLAIM},
	    {"T03 prefix", "{\"aud\":\"clien\"}", BELGO_ECLAIM},
	    {"T04 azp us", "{\"azp\":\"client\"}", BELGO_OK},
	    {"T04 azp our second id", "{\"azp\":\"second\"}", BELGO_OK},
	    {"T04 azp another", "{\"azp\":\"other\"}", BELGO_ECLAIM},
	    {"T04 azp empty", "{\"azp\":\"\"}", BELGO_ECLAIM},
	    {"T04 azp an array", "{\"azp\":[\"client\"]}", BELGO_EPROTO},
	};

	judge_rows(*state, rows, BG_LEN(rows));
}

/* T03 */
static void
test_id_token__refuses_a_thousand_audiences(void **state)
{
	char *patch = format("{\"azp\":\"client\",\"aud\":[\"client\"");

	for (int i = 0; i < 999; i++) {
		char *longer = format("%s,\"c%d\"", patch, i);

		free(patch);
		patch = longer;
	}
	patch = realloc(patch, strlen(patch) + 3);
	assert_non_null(patch);
	(void)stpcpy(patch + strlen(patch), "]}");
	assert_int_equal(judge(*state, patch), BELGO_ECLAIM);
	free(patch);
}

/* The tolerance is 60 s. @spec OpenID Connect Core section 3.1.3.7 (9) and (10); RFC 7519 sections 4.1.4
 * to 4.1.6 */
static void
test_id_token__is_judged_by_its_times(void **state)
{
	static const struct row rows[] = {
	    {"T05 F04 exp missing", "{\"exp\":" ABSENT "}", BELGO_EPROTO},
	    {"T05 F08 exp 6 minutes past", "{\"exp\":1699999640}", BELGO_ECLAIM},
	    {"T05 exp just outside", "{\"exp\":1699999940}", BELGO_ECLAIM},
	    {"T05 exp just inside", "{\"exp\":1699999941}", BELGO_OK},
	    {"T05 exp with a fraction", "{\"exp\":1700000300.5}", BELGO_OK},
	    {"T05 exp with a fraction, floored", "{\"exp\":1699999940.9}", BELGO_ECLAIM},
	    {"T05 exp a string", "{\"exp\":\"1700000300\"}", BELGO_EPROTO},
	    {"T05 exp true", "{\"exp\":true}", BELGO_EPROTO},
	    {"T05 exp null", "{\"exp\":null}", BELGO_EPROTO},
	    {"T05 exp negative", "{\"exp\":-1}", BELGO_ECLAIM},
	    {"T05 exp 0", "{\"exp\":0}", BELGO_ECLAIM},
	    {"T05 exp 1e308", "{\"exp\":1e308}", BELGO_EPROTO},
	    {"T05 exp in ten years", "{\"exp\":2015360000}", BELGO_OK},
	    {"T05 exp in ten years and a second", "{\"exp\":2015360001}", BELGO_ECLAIM},
	    {"B05 iat missing", "{\"iat\":" ABSENT "}", BELGO_EPROTO},
	    {"T06 iat a minute ahead", "{\"iat\":1700000060}", BELGO_OK},
	    {"T06 iat more ahead", "{\"iat\":1700000061}", BELGO_ECLAIM},
	    {"T06 iat eleven minutes ago", "{\"iat\":1699999340}", BELGO_OK},
	    {"T06 iat older", "{\"iat\":1699999339}", BELGO_ECLAIM},
	    {"T06 iat a week ago", "{\"iat\":1699395200}", BELGO_ECLAIM},
	    {"T06 iat 1970", "{\"iat\":0}", BELGO_ECLAIM},
	    {"T06 iat a string", "{\"iat\":\"1700000000\"}", BELGO_EPROTO},
	    {"T06 nbf now", "{\"nbf\":1700000000}", BELGO_OK},
	    {"T06 nbf within", "{\"nbf\":1700000060}", BELGO_OK},
	    {"T06 nbf future", "{\"nbf\":1700000061}", BELGO_ECLAIM},
	    {"T06 nbf a string", "{\"nbf\":\"0\"}", BELGO_EPROTO},
	    {"auth_time is not judged unasked", "{\"auth_time\":\"yesterday\"}", BELGO_OK},
	};

	judge_rows(*state, rows, BG_LEN(rows));
}

static void
test_id_token__takes_the_tolerance_that_is_set(void **state)
{
	struct fixture *f = *state;

	f->expect.tolerance = 300;
	assert_int_equal(judge(f, "{\"iat\":1700000300}"), BELGO_OK);
	assert_int_equal(judge(f, "{\"iat\":1700000301}"), BELGO_ECLAIM);
	f->expect.tolerance = 0;
	assert_int_equal(judge(f, "{\"exp\":1700000001}"), BELGO_OK);
	assert_int_equal(judge(f, "{\"exp\":1700000000}"), BELGO_ECLAIM);
}

static void
test_id_token__says_which_time_is_off_and_by_how_much(void **state)
{
	static const struct {
		const char *patch;
		int64_t skew;
		const char *text;
	} rows[] = {
	    {"{\"iat\":1700000312}", 0, "the ID token was issued (iat) 312 s in the future"},
	    {"{\"iat\":1700000312}", 60, "the ID token was issued (iat) 312 s in the future"},
	    {"{\"iat\":1700000312}", -310,
	     "the ID token was issued (iat) 312 s in the future; this computer's clock is 310 s behind the "
	     "provider's"},
	    {"{\"exp\":1699999640}", 361,
	     "the ID token expired (exp) 360 s ago; this computer's clock is 361 s ahead of the provider's"},
	    {"{\"nbf\":1700000100}", -61,
	     "the ID token is not valid (nbf) until 100 s from now; this computer's clock is 61 s behind the "
	     "provider's"},
	    {"{\"iat\":1699999000}", 0, "the ID token for a fresh login was issued (iat) 1000 s ago"},
	    {"{\"exp\":2015360009}", 0, "the ID token expires (exp) only 315360009 s from now"},
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < BG_LEN(rows); i++) {
		int told = rows[i].skew > 60 || rows[i].skew < -60;

		f->skew = &rows[i].skew;
		assert_int_equal(judge(f, rows[i].patch), BELGO_ECLAIM);
		assert_string_equal(f->err.text, rows[i].text);
		assert_int_equal(f->err.has_clock_skew, told);
		assert_true(f->err.clock_skew == (told ? rows[i].skew : 0));
	}
	f->skew = NULL;
	assert_int_equal(judge(f, "{\"iat\":1700000312}"), BELGO_ECLAIM);
	assert_int_equal(f->err.has_clock_skew, 0);
}

/* A clock that is off excuses nothing else. */
static void
test_id_token__blames_the_clock_for_times_only(void **state)
{
	static const int64_t skew = -1000;
	struct fixture *f = *state;

	f->skew = &skew;
	assert_int_equal(judge(f, "{\"nonce\":\"x\"}"), BELGO_ECLAIM);
	assert_int_equal(f->err.has_clock_skew, 0);
	assert_null(strstr(f->err.text, "clock"));
	assert_int_equal(judge(f, "{}"), BELGO_OK);
}

/* @spec OpenID Connect Core section 3.1.3.7 (11) */
static void
test_id_token__carries_the_nonce_of_this_login(void **state)
{
	static const struct row rows[] = {
	    {"T07 F04 missing", "{\"nonce\":" ABSENT "}", BELGO_ECLAIM},
	    {"B12 F03 T07 wrong", "{\"nonce\":\"nonce-11\"}", BELGO_ECLAIM},
	    {"T07 prefix", "{\"nonce\":\"nonce-\"}", BELGO_ECLAIM},
	    {"T07 T15 of another session", "{\"nonce\":\"nonce-2\"}", BELGO_ECLAIM},
	    {"T07 array", "{\"nonce\":[\"nonce-1\"]}", BELGO_ECLAIM},
	    {"T07 null", "{\"nonce\":null}", BELGO_ECLAIM},
	    {"T07 number", "{\"nonce\":1}", BELGO_ECLAIM},
	    {"T07 empty", "{\"nonce\":\"\"}", BELGO_ECLAIM},
	};
	static const struct row unsent[] = {
	    {"none sent, none there", "{\"nonce\":" ABSENT "}", BELGO_OK},
	    {"T07 present when not sent", "{}", BELGO_ECLAIM},
	    {"T07 null when not sent", "{\"nonce\":null}", BELGO_ECLAIM},
	};
	struct fixture *f = *state;

	judge_rows(f, rows, BG_LEN(rows));
	f->expect.nonce = NULL;
	judge_rows(f, unsent, BG_LEN(unsent));
}

struct hash_row {
	const char *name;
	const char *alg;
	const char *covered;
	int cut; /* characters left out at the end */
	belgo_rc want;
};

static void
judge_hashes(struct fixture *f, const char *claim, const struct hash_row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		char *hash = jose_half_hash(rows[i].alg, rows[i].covered);
		char *patch = format("{\"%s\":\"%.*s\"}", claim, (int)strlen(hash) - rows[i].cut, hash);

		assert_row(rows[i].name, judge(f, patch) == rows[i].want);
		free(patch);
		free(hash);
	}
}

/* @spec OpenID Connect Core section 3.1.3.8 */
static void
test_id_token__at_hash_is_checked_where_it_is_there(void **state)
{
	static const struct hash_row rows[] = {
	    {"right", "RS256", ACCESS_TOKEN, 0, BELGO_OK},
	    {"T08 of another token", "RS256", "other", 0, BELGO_ECLAIM},
	    {"T08 truncated", "RS256", ACCESS_TOKEN, 1, BELGO_ECLAIM},
	    {"T08 empty", "RS256", ACCESS_TOKEN, 22, BELGO_ECLAIM},
	    {"T08 of another algorithm", "RS384", ACCESS_TOKEN, 0, BELGO_ECLAIM},
	    {"T08 of the code", "RS256", CODE, 0, BELGO_ECLAIM},
	};
	static const struct row others[] = {
	    {"T08 absent", "{}", BELGO_OK},
	    {"T08 array", "{\"at_hash\":[\"a\"]}", BELGO_EPROTO},
	    {"T08 number", "{\"at_hash\":7}", BELGO_EPROTO},
	    {"T08 null", "{\"at_hash\":null}", BELGO_EPROTO},
	};

	judge_hashes(*state, "at_hash", rows, BG_LEN(rows));
	judge_rows(*state, others, BG_LEN(others));
}

/* @spec OpenID Connect Core section 3.3.2.11 */
static void
test_id_token__c_hash_is_checked_where_it_is_there(void **state)
{
	static const struct hash_row rows[] = {
	    {"right", "RS256", CODE, 0, BELGO_OK},
	    {"T09 of another code", "RS256", "other", 0, BELGO_ECLAIM},
	    {"T09 of the access token", "RS256", ACCESS_TOKEN, 0, BELGO_ECLAIM},
	};
	struct fixture *f = *state;

	judge_hashes(f, "c_hash", rows, BG_LEN(rows));
	assert_non_null(strstr(f->err.text, "code"));
	assert_int_equal(judge(f, "{\"c_hash\":7}"), BELGO_EPROTO);
	assert_int_equal(judge(f, "{\"s_hash\":\"of a state that is not given here\"}"), BELGO_OK);
	f->expect.code = NULL; /* nothing to check it against */
	assert_int_equal(judge(f, "{\"c_hash\":\"x\"}"), BELGO_OK);
}

/* FAPI 1.0 Advanced, section 5.1.1 */
static void
test_id_token__s_hash_is_checked_where_it_is_there(void **state)
{
	static const struct hash_row rows[] = {
	    {"right", "RS256", "the-state", 0, BELGO_OK},
	    {"T09 of another login", "RS256", "other", 0, BELGO_ECLAIM},
	    {"T09 truncated", "RS256", "the-state", 1, BELGO_ECLAIM},
	    {"T09 of the code", "RS256", CODE, 0, BELGO_ECLAIM},
	};
	struct fixture *f = *state;

	f->expect.state = "the-state";
	judge_hashes(f, "s_hash", rows, BG_LEN(rows));
	assert_int_equal(judge(f, "{\"s_hash\":[]}"), BELGO_EPROTO);
}

/* T10 @spec OpenID Connect Core section 3.1.3.7 (13) */
static void
test_id_token__auth_time_is_wanted_where_max_age_was_asked(void **state)
{
	static const struct row rows[] = {
	    {"now", "{\"auth_time\":1700000000}", BELGO_OK},
	    {"as old as allowed", "{\"auth_time\":1699999640}", BELGO_OK},
	    {"T10 too old", "{\"auth_time\":1699999639}", BELGO_ECLAIM},
	    {"T10 missing", "{}", BELGO_EPROTO},
	    {"a little ahead", "{\"auth_time\":1700000060}", BELGO_OK},
	    {"T10 future", "{\"auth_time\":1700000061}", BELGO_ECLAIM},
	    {"T10 string", "{\"auth_time\":\"1700000000\"}", BELGO_EPROTO},
	    {"T10 null", "{\"auth_time\":null}", BELGO_EPROTO},
	};
	struct fixture *f = *state;

	f->expect.max_age = 300;
	judge_rows(f, rows, BG_LEN(rows));
	f->expect.max_age = 0;
	assert_int_equal(judge(f, "{\"auth_time\":1699999940}"), BELGO_OK);
	assert_int_equal(judge(f, "{\"auth_time\":1699999939}"), BELGO_ECLAIM);
	f->expect.max_age = INT64_MAX;
	assert_int_equal(judge(f, "{\"auth_time\":-9000000000000000}"), BELGO_OK);
}

/* T10 @spec OpenID Connect Core sections 2 (auth_time), 3.1.3.7 (13) and 5.5.1 */
static void
test_id_token__essential_auth_time_is_wanted(void **state)
{
	static const struct {
		const char *name, *claims, *patch;
		belgo_rc want;
	} rows[] = {
	    {"not asked", NULL, "{}", BELGO_OK},
	    {"not asked, and no number", NULL, "{\"auth_time\":\"now\"}", BELGO_OK},
	    {"a wish", "{\"id_token\":{\"auth_time\":{\"essential\":false}}}", "{}", BELGO_OK},
	    {"a wish of nothing", "{\"id_token\":{\"auth_time\":null}}", "{}", BELGO_OK},
	    {"of userinfo", "{\"userinfo\":{\"auth_time\":{\"essential\":true}}}", "{}", BELGO_OK},
	    {"another claim", "{\"id_token\":{\"name\":{\"essential\":true}}}", "{}", BELGO_OK},
	    {"there", "{\"id_token\":{\"auth_time\":{\"essential\":true}}}", "{\"auth_time\":1700000000}",
	     BELGO_OK},
	    {"of any age", "{\"id_token\":{\"auth_time\":{\"essential\":true}}}", "{\"auth_time\":1}",
	     BELGO_OK},
	    {"T10 missing", "{\"id_token\":{\"auth_time\":{\"essential\":true}}}", "{}", BELGO_EPROTO},
	    {"T10 missing, beside acr",
	     "{\"id_token\":{\"acr\":{\"essential\":true},\"auth_time\":{\"essential\":true}}}",
	     "{\"acr\":\"gold\"}", BELGO_EPROTO},
	    {"T10 string", "{\"id_token\":{\"auth_time\":{\"essential\":true}}}",
	     "{\"auth_time\":\"1700000000\"}", BELGO_EPROTO},
	    {"T10 future", "{\"id_token\":{\"auth_time\":{\"essential\":true}}}",
	     "{\"auth_time\":1700000061}", BELGO_ECLAIM},
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < BG_LEN(rows); i++) {
		belgo_rc rc;

		f->expect.claims = rows[i].claims;
		if ((rc = judge(f, rows[i].patch)) != rows[i].want)
			fail_msg("%s: %s", rows[i].name, belgo_rc_code(rc));
	}
	f->expect.claims = "{\"id_token\":{\"auth_time\":{\"essential\":true}}}";
	f->expect.max_age = 300;
	assert_int_equal(judge(f, "{\"auth_time\":1}"), BELGO_ECLAIM);
}

/* T11 @spec OpenID Connect Core section 5.5.1.1 */
static void
test_id_token__essential_acr_is_wanted(void **state)
{
	static const struct {
		const char *name, *claims, *patch;
		belgo_rc want;
	} rows[] = {
	    {"not asked", NULL, "{}", BELGO_OK},
	    {"not asked, and no string", NULL, "{\"acr\":5}", BELGO_OK},
	    {"a wish", "{\"id_token\":{\"acr\":{\"values\":[\"gold\"]}}}", "{\"acr\":\"tin\"}", BELGO_OK},
	    {"a wish of nothing", "{\"id_token\":{\"acr\":null}}", "{}", BELGO_OK},
	    {"of userinfo", "{\"userinfo\":{\"acr\":{\"essential\":true}}}", "{}", BELGO_OK},
	    {"any", "{\"id_token\":{\"acr\":{\"essential\":true}}}", "{\"acr\":\"tin\"}", BELGO_OK},
	    {"T11 any, absent", "{\"id_token\":{\"acr\":{\"essential\":true}}}", "{}", BELGO_ECLAIM},
	    {"one", "{\"id_token\":{\"acr\":{\"essential\":true,\"value\":\"gold\"}}}", "{\"acr\":\"gold\"}",
	     BELGO_OK},
	    {"T11 another than the one", "{\"id_token\":{\"acr\":{\"essential\":true,\"value\":\"gold\"}}}",
	     "{\"acr\":\"tin\"}", BELGO_ECLAIM},
	    {"of two", "{\"id_token\":{\"acr\":{\"essential\":true,\"values\":[\"gold\",\"tin\"]}}}",
	     "{\"acr\":\"tin\"}", BELGO_OK},
	    {"T11 another than the two",
	     "{\"id_token\":{\"acr\":{\"essential\":true,\"values\":[\"gold\",\"tin\"]}}}",
	     "{\"acr\":\"Tin\"}", BELGO_ECLAIM},
	    {"T11 no string", "{\"id_token\":{\"acr\":{\"essential\":true}}}", "{\"acr\":[\"gold\"]}",
	     BELGO_EPROTO},
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < BG_LEN(rows); i++) {
		belgo_rc rc;

		f->expect.claims = rows[i].claims;
		if ((rc = judge(f, rows[i].patch)) != rows[i].want)
			fail_msg("%s: %s", rows[i].name, belgo_rc_code(rc));
	}
}

/* T12: what a token says of an address decides nothing here. T13: copies in the header neither. */
static void
test_id_token__personal_data_and_header_copies_decide_nothing(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(judge(f, "{\"email\":\"victim@example.com\",\"email_verified\":\"true\"}"),
			 BELGO_OK);
	f->header_more = ",\"iss\":\"" ISSUER "\",\"sub\":\"248289\",\"aud\":\"client\"";
	assert_int_equal(judge(f, "{}"), BELGO_OK);
	assert_int_equal(judge(f, "{\"aud\":\"other\"}"), BELGO_ECLAIM);
	assert_int_equal(judge(f, "{\"sub\":" ABSENT "}"), BELGO_EPROTO);
}

/* B08, B10 */
static void
test_id_token__signature_is_judged_before_any_claim(void **state)
{
	struct fixture *f = *state;
	char *payload = payload_with("{\"iss\":\"https://evil.example\",\"exp\":0}");
	char *token = sign(f, payload);

	assert_int_equal(validate(f, token, 0), BELGO_EISSUER);
	assert_int_equal(validate(f, token, 1), BELGO_ESIGNATURE);
	free(token);
	free(payload);
}

/* J05, J14, F07 @spec OpenID Connect Core section 3.1.3.7 (7) */
static void
test_id_token__algorithm_is_the_configured_else_the_advertised_else_rs256(void **state)
{
	static const char *const ps_and_ed[] = {"none", "PS256", "EdDSA", "HS256", NULL};
	static const char *const only_hs256[] = {"HS256", NULL};
	static const char *const only_none[] = {"none", NULL};
	static const char *const es256[] = {"ES256", NULL};
	static const struct {
		const char *name;
		const char *const *configured;
		const char *const *advertised;
		const char *alg;
		const char *kind;
		belgo_rc want;
	} rows[] = {
	    {"no list: RS256", NULL, NULL, "RS256", "RSA-2048", BELGO_OK},
	    {"no list: PS256", NULL, NULL, "PS256", "RSA-2048", BELGO_ESIGNATURE},
	    {"no list: ES256", NULL, NULL, "ES256", "P-256", BELGO_ESIGNATURE},
	    {"no list: HS256", NULL, NULL, "HS256", NULL, BELGO_ESIGNATURE},
	    {"advertised PS256", NULL, ps_and_ed, "PS256", "RSA-2048", BELGO_OK},
	    {"J14 advertised EdDSA", NULL, ps_and_ed, "EdDSA", "Ed25519", BELGO_OK},
	    {"J14 Ed25519 is another name", NULL, ps_and_ed, "Ed25519", "Ed25519", BELGO_ESIGNATURE},
	    {"F07 RS256 where it is not advertised", NULL, ps_and_ed, "RS256", "RSA-2048", BELGO_ESIGNATURE},
	    {"J04 HS256 advertised only", NULL, ps_and_ed, "HS256", NULL, BELGO_ESIGNATURE},
	    {"nothing usable advertised", NULL, only_hs256, "RS256", "RSA-2048", BELGO_ESIGNATURE},
	    {"none advertised", NULL, only_none, "RS256", "RSA-2048", BELGO_ESIGNATURE},
	    {"configured ES256", es256, NULL, "ES256", "P-256", BELGO_OK},
	    {"F07 configured wins over advertised", es256, ps_and_ed, "PS256", "RSA-2048", BELGO_ESIGNATURE},
	    {"F07 configured ES256, RS256 comes", es256, NULL, "RS256", "RSA-2048", BELGO_ESIGNATURE},
	    {"configured HS256", only_hs256, NULL, "HS256", NULL, BELGO_OK},
	    {"J04 configured HS256, another HMAC", only_hs256, NULL, "HS384", NULL, BELGO_ESIGNATURE},
	    {"configured HS256, RS256 comes", only_hs256, NULL, "RS256", "RSA-2048", BELGO_ESIGNATURE},
	};
	struct fixture *f = *state;

	f->expect.client_secret = SECRET;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		f->provider.id_token_algs = (char **)(uintptr_t)rows[i].configured;
		f->metadata.id_token_signing_alg_values_supported = (char **)(uintptr_t)rows[i].advertised;
		f->alg = rows[i].alg;
		f->kind = rows[i].kind;
		assert_row(rows[i].name, judge(f, "{}") == rows[i].want);
	}
}

/* @spec FAPI 2.0 Security Profile section 5.4.1 */
static void
test_id_token__fapi_refuses_weaker_algorithms_though_agreed(void **state)
{
	static const char *const agreed[] = {"RS256", "PS256", NULL};
	struct fixture *f = *state;

	f->metadata.id_token_signing_alg_values_supported = (char **)(uintptr_t)agreed;
	f->kind = "RSA-2048";
	f->alg = "RS256";
	assert_int_equal(judge(f, "{}"), BELGO_OK);
	f->expect.is_fapi = 1;
	assert_int_equal(judge(f, "{}"), BELGO_ESIGNATURE);
	f->alg = "PS256";
	assert_int_equal(judge(f, "{}"), BELGO_OK);
}

/* J03: a provider configured for HMAC takes the client secret, no key of a set and no secret that is missing.
 */
static void
test_id_token__hmac_takes_the_client_secret_alone(void **state)
{
	static const char *const hs256[] = {"HS256", NULL};
	static const char *const both[] = {"HS256", "RS256", NULL};
	struct fixture *f = *state;
	struct bg_jwk *key = choose_key(f, 0);
	char *payload = payload_with("{}");
	struct bg_jws jws = {0};
	json_t *claims = NULL;
	char *token;

	f->provider.id_token_algs = (char **)(uintptr_t)hs256;
	f->alg = "HS256";
	f->kind = NULL;
	assert_int_equal(judge(f, "{}"), BELGO_ESIGNATURE);
	f->expect.client_secret = "another-client-secret-of-more-than-32-bytes";
	assert_int_equal(judge(f, "{}"), BELGO_ESIGNATURE);
	f->expect.client_secret = SECRET;
	assert_int_equal(judge(f, "{}"), BELGO_OK);

	token = sign(f, payload);
	assert_int_equal(bg_jws_parse(&jws, token, BG_JWS_TYP_JWT, BG_MAX_JWT, "the ID token", NULL),
			 BELGO_OK);
	assert_int_equal(bg_id_token_validate(&claims, &jws, key, &f->expect, NULL, NULL), BELGO_ESIGNATURE);
	bg_jws_done(&jws);
	free(token);

	/* the other way round: a token of an asymmetric algorithm and no key */
	f->provider.id_token_algs = (char **)(uintptr_t)both;
	f->alg = "RS256";
	f->kind = "RSA-2048";
	token = sign(f, payload);
	assert_int_equal(bg_jws_parse(&jws, token, BG_JWS_TYP_JWT, BG_MAX_JWT, "the ID token", NULL),
			 BELGO_OK);
	assert_int_equal(bg_id_token_validate(&claims, &jws, NULL, &f->expect, NULL, NULL), BELGO_ESIGNATURE);
	assert_null(claims);
	bg_jws_done(&jws);
	free(token);
	free(payload);
	bg_jwk_free(&key);
}

static void
test_id_token__hd_must_come_back_where_it_was_asked_for(void **state)
{
	static const struct {
		const char *asked;
		const char *patch;
		belgo_rc want;
	} rows[] = {
	    {NULL, "{}", BELGO_OK},
	    {NULL, "{\"hd\":\"other.example\"}", BELGO_OK},
	    {"corp.example", "{\"hd\":\"corp.example\"}", BELGO_OK},
	    {"corp.example", "{\"hd\":\"other.example\"}", BELGO_ECLAIM},
	    {"corp.example", "{\"hd\":\"Corp.example\"}", BELGO_ECLAIM},
	    {"corp.example", "{}", BELGO_ECLAIM},
	    {"corp.example", "{\"hd\":\"*\"}", BELGO_ECLAIM},
	    {"corp.example", "{\"hd\":[\"corp.example\"]}", BELGO_EPROTO},
	    {"*", "{\"hd\":\"any.example\"}", BELGO_OK},
	    {"*", "{\"hd\":\"\"}", BELGO_ECLAIM},
	    {"*", "{}", BELGO_ECLAIM},
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < BG_LEN(rows); i++) {
		f->expect.hd = rows[i].asked;
		assert_row(rows[i].patch, judge(f, rows[i].patch) == rows[i].want);
	}
}

static const char *hook_saw_hd;

static belgo_rc
refuse_claims(const struct belgo_provider *provider, const json_t *claims, const char *hd,
	      struct belgo_error *err)
{
	(void)provider;
	hook_saw_hd = hd;
	if (json_object_get(claims, "bad") != NULL)
		return bg_fail(err, BELGO_ECLAIM, "the hook refuses");
	return BELGO_OK;
}

static void
test_id_token__the_providers_own_check_comes_last_and_replaces_none(void **state)
{
	struct fixture *f = *state;

	f->hooks.check_claims = refuse_claims;
	f->expect.hd = "corp.example";
	hook_saw_hd = NULL;
	assert_int_equal(judge(f, "{\"nonce\":\"x\"}"), BELGO_ECLAIM);
	assert_null(hook_saw_hd);
	assert_int_equal(judge(f, "{\"bad\":1}"), BELGO_ECLAIM);
	assert_string_equal(hook_saw_hd, "corp.example");
	assert_int_equal(judge(f, "{}"), BELGO_OK);
}

static struct bg_issuer_check issuer_seen;

static belgo_rc
record_issuer(int *handled, const struct belgo_provider *provider, const struct bg_issuer_check *in,
	      struct belgo_error *err)
{
	(void)provider;
	(void)err;
	issuer_seen.place = in->place;
	assert_string_equal(in->expected, ISSUER);
	assert_string_equal(in->found, ISSUER "/tenant");
	assert_non_null(json_object_get(in->claims, "tid"));
	assert_string_equal(in->key_issuer, ISSUER "/{tenant}");
	*handled = 1;
	return BELGO_OK;
}

/* K14: the key's own issuer and the claims reach the provider's policy. */
static void
test_id_token__the_providers_issuer_policy_sees_claims_and_key(void **state)
{
	struct fixture *f = *state;

	f->hooks.match_issuer = record_issuer;
	f->more = "\"issuer\":\"" ISSUER "/{tenant}\"";
	assert_int_equal(judge(f, "{\"iss\":\"" ISSUER "/tenant\",\"tid\":\"t\"}"), BELGO_OK);
	assert_int_equal(issuer_seen.place, BG_ISSUER_IN_ID_TOKEN);
}

static void
expect_refresh(struct fixture *f, const json_t *prior)
{
	f->expect.use = BG_ID_TOKEN_REFRESH;
	f->expect.code = NULL;
	f->expect.prior_issuer = ISSUER;
	f->expect.prior_subject = "248289";
	f->expect.prior_claims = prior;
}

/* T14, R01 to R03 @spec OpenID Connect Core section 12.2 */
static void
test_id_token__at_refresh_continues_the_first_one(void **state)
{
	static const struct row rows[] = {
	    {"R01 the same", "{}", BELGO_OK},
	    {"without a nonce", "{\"nonce\":" ABSENT "}", BELGO_OK},
	    {"later", "{\"iat\":1700000030}", BELGO_OK},
	    {"an iat of long ago is no login's", "{\"iat\":1699990000}", BELGO_OK},
	    {"R02 another issuer", "{\"iss\":\"" ISSUER "1\"}", BELGO_EISSUER},
	    {"R03 T14 another subject", "{\"sub\":\"2482891\"}", BELGO_ECLAIM},
	    {"T14 another audience", "{\"aud\":\"other\"}", BELGO_ECLAIM},
	    {"T14 our second id in its place", "{\"aud\":\"second\"}", BELGO_ECLAIM},
	    {"T14 our second id beside it", "{\"aud\":[\"client\",\"second\"],\"azp\":\"client\"}",
	     BELGO_ECLAIM},
	    {"the audience as an array", "{\"aud\":[\"client\"]}", BELGO_OK},
	    {"T14 azp where none was", "{\"azp\":\"client\"}", BELGO_ECLAIM},
	    {"T14 older", "{\"iat\":1699989999}", BELGO_ECLAIM},
	    {"iat ahead", "{\"iat\":1700000061}", BELGO_ECLAIM},
	    {"T14 new nonce", "{\"nonce\":\"nonce-2\"}", BELGO_ECLAIM},
	    {"auth_time unchanged", "{\"auth_time\":1699989000}", BELGO_OK},
	    {"T14 auth_time changed", "{\"auth_time\":1699989001}", BELGO_ECLAIM},
	    {"T14 auth_time a string", "{\"auth_time\":\"1699989000\"}", BELGO_EPROTO},
	    {"expired", "{\"exp\":1699999940}", BELGO_ECLAIM},
	    {"B05 no iat", "{\"iat\":" ABSENT "}", BELGO_EPROTO},
	};
	struct fixture *f = *state;
	json_t *prior =
	    json_loads("{\"iss\":\"" ISSUER "\",\"sub\":\"248289\",\"aud\":\"client\",\"nonce\":\"nonce-1\","
		       "\"iat\":1699990000,\"auth_time\":1699989000}",
		       0, NULL);

	expect_refresh(f, prior);
	judge_rows(f, rows, BG_LEN(rows));
	json_decref(prior);
}

static void
test_id_token__at_refresh_keeps_audiences_and_authorized_party(void **state)
{
	static const struct row rows[] = {
	    {"the same", "{\"aud\":[\"client\",\"second\"],\"azp\":\"client\"}", BELGO_OK},
	    {"in another order", "{\"aud\":[\"second\",\"client\"],\"azp\":\"client\"}", BELGO_OK},
	    {"T14 one less", "{\"aud\":[\"client\"],\"azp\":\"client\"}", BELGO_ECLAIM},
	    {"T14 azp changed", "{\"aud\":[\"client\",\"second\"],\"azp\":\"second\"}", BELGO_ECLAIM},
	};
	struct fixture *f = *state;
	json_t *prior = json_loads("{\"aud\":[\"client\",\"second\"],\"azp\":\"client\"}", 0, NULL);
	json_t *broken = json_loads("{\"aud\":\"client\",\"iat\":\"x\"}", 0, NULL);

	expect_refresh(f, prior);
	judge_rows(f, rows, BG_LEN(rows));
	assert_int_equal(judge(f, "{\"aud\":[\"client\"]}"), BELGO_ECLAIM);
	f->expect.prior_claims = broken;
	assert_int_equal(judge(f, "{}"), BELGO_EPROTO);
	json_decref(broken);
	json_decref(prior);
}

/* What is not known of the first token is not compared; issuer and subject always are. */
static void
test_id_token__at_refresh_without_the_first_claims_compares_issuer_and_subject(void **state)
{
	struct fixture *f = *state;

	expect_refresh(f, NULL);
	assert_int_equal(judge(f, "{\"azp\":\"second\"}"), BELGO_OK);
	f->expect.prior_issuer = ISSUER "/old";
	assert_int_equal(judge(f, "{}"), BELGO_EISSUER);
	f->expect.prior_issuer = ISSUER;
	f->expect.prior_subject = NULL;
	assert_int_equal(judge(f, "{}"), BELGO_ECLAIM);
	f->expect.prior_subject = "248289";
	f->expect.nonce = NULL;
	assert_int_equal(judge(f, "{}"), BELGO_ECLAIM);
	assert_int_equal(judge(f, "{\"nonce\":" ABSENT "}"), BELGO_OK);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_id_token__wants_the_exact_issuer),
	    TEST(test_id_token__wants_a_subject_of_at_most_255_bytes),
	    TEST(test_id_token__keeps_the_bytes_of_the_subject),
	    TEST(test_id_token__is_for_this_client_and_nobody_else),
	    TEST(test_id_token__refuses_a_thousand_audiences),
	    TEST(test_id_token__is_judged_by_its_times),
	    TEST(test_id_token__takes_the_tolerance_that_is_set),
	    TEST(test_id_token__says_which_time_is_off_and_by_how_much),
	    TEST(test_id_token__blames_the_clock_for_times_only),
	    TEST(test_id_token__carries_the_nonce_of_this_login),
	    TEST(test_id_token__at_hash_is_checked_where_it_is_there),
	    TEST(test_id_token__c_hash_is_checked_where_it_is_there),
	    TEST(test_id_token__s_hash_is_checked_where_it_is_there),
	    TEST(test_id_token__auth_time_is_wanted_where_max_age_was_asked),
	    TEST(test_id_token__essential_auth_time_is_wanted),
	    TEST(test_id_token__essential_acr_is_wanted),
	    TEST(test_id_token__personal_data_and_header_copies_decide_nothing),
	    TEST(test_id_token__signature_is_judged_before_any_claim),
	    TEST(test_id_token__algorithm_is_the_configured_else_the_advertised_else_rs256),
	    TEST(test_id_token__fapi_refuses_weaker_algorithms_though_agreed),
	    TEST(test_id_token__hmac_takes_the_client_secret_alone),
	    TEST(test_id_token__hd_must_come_back_where_it_was_asked_for),
	    TEST(test_id_token__the_providers_own_check_comes_last_and_replaces_none),
	    TEST(test_id_token__the_providers_issuer_policy_sees_claims_and_key),
	    TEST(test_id_token__at_refresh_continues_the_first_one),
	    TEST(test_id_token__at_refresh_keeps_audiences_and_authorized_party),
	    TEST(test_id_token__at_refresh_without_the_first_claims_compares_issuer_and_subject),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
