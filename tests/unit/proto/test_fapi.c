/* Each demand of the FAPI 2.0 Security Profile: met, and the one change by which it is not. */
#include "harness/test.h"

#include "harness/failalloc.h"

#include "base/mem.h"
#include "proto/fapi.h"

/* A row is the sound one but for what it names again. */
#pragma GCC diagnostic ignored "-Woverride-init"

#define ISSUER "https://op.example"
#define ED25519                                                                                              \
	"{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"d\":\"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A\",\"x\":"  \
	"\"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo\"}"
#define ED448 "{\"kty\":\"OKP\",\"crv\":\"Ed448\",\"d\":\"AA\",\"x\":\"AA\"}"

static char own[] = ISSUER "/own";

/* What a login is judged by, as it may vary. */
struct row {
	const char *name;
	const char *issuer, *par, *pkce, *dpop, *id_token; /* of metadata; a list has one word */
	int iss, binds_certificates;
	enum bg_auth_method method;
	const char *audience; /* of the client's assertions */
	int oauth2, without_dpop, iss_not_sent;
	const char *preset_alg;
	struct bg_endpoints endpoints; /* the preset's */
	enum bg_dpop_binds binds;
	belgo_rc want;
	const char *says;
};

#define SOUND                                                                                                \
	.issuer = ISSUER, .par = ISSUER "/par", .pkce = "S256", .dpop = "ES256", .id_token = "PS256",        \
	.iss = 1, .method = BG_AUTH_PRIVATE_KEY_JWT, .audience = ISSUER
#define MTLS SOUND, .audience = NULL, .binds_certificates = 1, .method

static belgo_rc
judge_by(belgo_rc (*check)(const struct bg_fapi *in, struct belgo_error *err), const struct row *r,
	 struct belgo_error *err)
{
	char *pkce[] = {(char *)(uintptr_t)r->pkce, NULL}, *dpop[] = {(char *)(uintptr_t)r->dpop, NULL};
	char *id_token[] = {(char *)(uintptr_t)r->id_token, NULL};
	char *preset[] = {(char *)(uintptr_t)r->preset_alg, NULL};
	const struct belgo_provider provider = {.kind = r->oauth2 ? BG_KIND_OAUTH2 : BG_KIND_OIDC,
						.endpoints = r->endpoints,
						.iss_not_sent = r->iss_not_sent,
						.dpop_binds = r->binds,
						.id_token_algs = r->preset_alg != NULL ? preset : NULL};
	const struct bg_metadata metadata = {
	    .issuer = (char *)(uintptr_t)r->issuer,
	    .endpoints.pushed_authorization_request = (char *)(uintptr_t)r->par,
	    .code_challenge_methods_supported = r->pkce != NULL ? pkce : NULL,
	    .dpop_signing_alg_values_supported = r->dpop != NULL ? dpop : NULL,
	    .id_token_signing_alg_values_supported = r->id_token != NULL ? id_token : NULL,
	    .iss_parameter_supported = r->iss,
	    .certificate_bound_tokens = r->binds_certificates};
	const struct bg_client_auth auth = {.method = r->method, .audience = r->audience};
	const struct bg_fapi in = {
	    .provider = &provider, .metadata = &metadata, .auth = &auth, .is_without_dpop = r->without_dpop};

	return check(&in, err);
}

static belgo_rc
judge(const struct row *r, struct belgo_error *err)
{
	return judge_by(bg_fapi_check, r, err);
}

/* @spec FAPI 2.0 Security Profile section 5.2.1, 5.3.2, 5.3.3, 5.3.3.1, 5.4.1; RFC 8705 section 3.3 */
static void
test_fapi__each_demand_is_met_or_named(void **state)
{
	static const struct row rows[] = {
	    {"sound", SOUND},
	    {"loopback", SOUND, .issuer = "http://127.0.0.1:8080", .audience = "http://127.0.0.1:8080"},
	    {"plain http", SOUND, .issuer = "http://op.example", .want = BELGO_EPROTO, .says = "https"},
	    {"no PAR", SOUND, .par = NULL, .want = BELGO_EPROTO,
	     .says = "pushed_authorization_request_endpoint"},
	    {"no PKCE", SOUND, .pkce = NULL, .want = BELGO_EPROTO, .says = "S256"},
	    {"plain PKCE", SOUND, .pkce = "plain", .want = BELGO_EPROTO, .says = "S256"},
	    {"no iss", SOUND, .iss = 0, .want = BELGO_EPROTO,
	     .says = "authorization_response_iss_parameter_supported"},
	    {"iss not sent", SOUND, .iss_not_sent = 1, .want = BELGO_EINVAL, .says = "iss_not_sent"},
	    {"tls", MTLS = BG_AUTH_TLS},
	    {"self-signed", MTLS = BG_AUTH_SELF_SIGNED_TLS},
	    {"public", SOUND, .method = BG_AUTH_NONE, .want = BELGO_EINVAL, .says = "private_key_jwt"},
	    {"basic", SOUND, .method = BG_AUTH_BASIC, .want = BELGO_EINVAL, .says = "private_key_jwt"},
	    {"post", SOUND, .method = BG_AUTH_POST, .want = BELGO_EINVAL, .says = "private_key_jwt"},
	    {"secret jwt", SOUND, .method = BG_AUTH_SECRET_JWT, .want = BELGO_EINVAL,
	     .says = "private_key_jwt"},
	    {"audience", SOUND, .audience = ISSUER "/token", .want = BELGO_EINVAL,
	     .says = "assertion_audience"},
	    {"DPoP by EdDSA", SOUND, .dpop = "EdDSA"},
	    {"DPoP by RS256", SOUND, .dpop = "RS256", .want = BELGO_EPROTO, .says = "dpop_signing_alg"},
	    {"no DPoP", SOUND, .dpop = NULL, .want = BELGO_EPROTO, .says = "dpop_signing_alg"},
	    {"certificate for DPoP", MTLS = BG_AUTH_TLS, .dpop = NULL},
	    {"certificate that binds nothing", MTLS = BG_AUTH_TLS, .dpop = NULL, .binds_certificates = 0,
	     .want = BELGO_EPROTO, .says = "dpop_signing_alg"},
	    {"certificates of others", SOUND, .dpop = NULL, .binds_certificates = 1, .want = BELGO_EPROTO,
	     .says = "dpop_signing_alg"},
	    {"DPoP not wanted", SOUND, .without_dpop = 1, .want = BELGO_EINVAL, .says = "switched off"},
	    {"nor needed", MTLS = BG_AUTH_TLS, .without_dpop = 1},
	    {"refresh tokens alone", SOUND, .binds = BG_DPOP_BINDS_REFRESH_TOKEN, .want = BELGO_EINVAL,
	     .says = "dpop_binds"},
	    {"ID token ES256", SOUND, .id_token = "ES256"},
	    {"ID token RS256", SOUND, .id_token = "RS256", .want = BELGO_EPROTO, .says = "id_token_signing"},
	    {"ID token unsaid", SOUND, .id_token = NULL, .want = BELGO_EPROTO, .says = "id_token_signing"},
	    {"no ID token at all", SOUND, .id_token = NULL, .oauth2 = 1},
	    {"preset EdDSA", SOUND, .id_token = NULL, .preset_alg = "EdDSA"},
	    {"preset HS256", SOUND, .preset_alg = "HS256", .want = BELGO_EINVAL, .says = "id_token_algs"},
	    {"preset token endpoint", SOUND, .endpoints.token = own, .want = BELGO_EINVAL,
	     .says = "endpoints"},
	    {"preset keys", SOUND, .endpoints.jwks_uri = own, .want = BELGO_EINVAL, .says = "endpoints"},
	    {"preset PAR", SOUND, .endpoints.pushed_authorization_request = own, .want = BELGO_EINVAL,
	     .says = "endpoints"},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		struct belgo_error err = {0};

		assert_row(rows[i].name, judge(&rows[i], &err) == rows[i].want);
		assert_row(rows[i].name, rows[i].says == NULL || strstr(err.text, rows[i].says) != NULL);
	}
}

/* @spec FAPI 2.0 Security Profile section 5.2.1, 5.3.3, 5.4.1: what a browser carried is past by then */
static void
test_fapi__tokens_are_renewed_by_a_strong_client(void **state)
{
	static const struct row rows[] = {
	    {"sound", SOUND},
	    {"no PAR", SOUND, .par = NULL},
	    {"no PKCE", SOUND, .pkce = NULL},
	    {"no iss", SOUND, .iss = 0},
	    {"tls", MTLS = BG_AUTH_TLS, .without_dpop = 1},
	    {"plain http", SOUND, .issuer = "http://op.example", .want = BELGO_EPROTO, .says = "https"},
	    {"public", SOUND, .method = BG_AUTH_NONE, .want = BELGO_EINVAL, .says = "private_key_jwt"},
	    {"post", SOUND, .method = BG_AUTH_POST, .want = BELGO_EINVAL, .says = "private_key_jwt"},
	    {"preset token endpoint", SOUND, .endpoints.token = own, .want = BELGO_EINVAL,
	     .says = "endpoints"},
	    {"unbound", SOUND, .without_dpop = 1, .want = BELGO_EINVAL, .says = "switched off"},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		struct belgo_error err = {0};

		assert_row(rows[i].name, judge_by(bg_fapi_check_tokens, &rows[i], &err) == rows[i].want);
		assert_row(rows[i].name, rows[i].says == NULL || strstr(err.text, rows[i].says) != NULL);
	}
}

/* @spec FAPI 2.0 Security Profile section 5.4.1 */
static void
test_fapi__three_algorithms_may_sign(void **state)
{
	static const struct {
		const char *alg;
		size_t len;
		int want;
	} rows[] = {
	    {"PS256", 256, 1}, {"PS384", 256, 0}, {"RS256", 256, 0}, {"ES256", 64, 1},   {"ES384", 96, 0},
	    {"HS256", 32, 0},  {"EdDSA", 64, 1},  {"EdDSA", 114, 0}, {"Ed25519", 64, 0},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		const struct bg_jws jws = {.alg = bg_alg_find(rows[i].alg), .signature_len = rows[i].len};

		assert_row(rows[i].alg, bg_fapi_allows_signature(&jws) == rows[i].want);
	}
}

/* @spec FAPI 2.0 Security Profile section 5.4.1 */
static void
test_fapi__a_key_signs_with_one_of_the_three_or_with_none(void **state)
{
	static const char *const none[] = {NULL}, *const rs256[] = {"RS256", NULL};
	static const char *const all[] = {"RS256", "ES384", "EdDSA", "ES256", "PS256", NULL};
	static const struct {
		const char *key;
		const char *const *listed;
		const char *want;
	} rows[] = {
	    {"{\"kty\":\"RSA\"}", NULL, "PS256"},
	    {"{\"kty\":\"RSA\"}", all, "PS256"},
	    {"{\"kty\":\"RSA\"}", rs256, NULL},
	    {"{\"kty\":\"RSA\"}", none, NULL},
	    {"{\"kty\":\"RSA\",\"alg\":\"PS256\"}", all, "PS256"},
	    {"{\"kty\":\"RSA\",\"alg\":\"RS256\"}", all, NULL},
	    {"{\"kty\":\"EC\",\"crv\":\"P-256\"}", NULL, "ES256"},
	    {"{\"kty\":\"EC\",\"crv\":\"P-384\"}", all, NULL},
	    {ED25519, NULL, "EdDSA"},
	    {ED25519, all, "EdDSA"},
	    {ED448, NULL, NULL},
	    {ED448, all, NULL},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		json_t *key = json_loads(rows[i].key, 0, NULL);
		const struct bg_alg *alg = bg_fapi_alg(key, (char *const *)(uintptr_t)rows[i].listed);

		assert_row(rows[i].key, bg_str_equal(alg != NULL ? alg->name : NULL, rows[i].want));
		json_decref(key);
	}
}

static void
test_fapi__out_of_memory_is_said(void **state)
{
	static const struct row row = {"sound", SOUND};

	(void)state;
	FAILALLOC_EACH(judge(&row, NULL));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_fapi__each_demand_is_met_or_named),
	    cmocka_unit_test(test_fapi__tokens_are_renewed_by_a_strong_client),
	    cmocka_unit_test(test_fapi__three_algorithms_may_sign),
	    cmocka_unit_test(test_fapi__a_key_signs_with_one_of_the_three_or_with_none),
	    cmocka_unit_test(test_fapi__out_of_memory_is_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
