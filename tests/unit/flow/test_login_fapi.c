/* A login that lives up to the FAPI 2.0 Security Profile, or ends before anything is sent. */
#include "fixture.h"

#include "harness/jose_make.h"

#define PAR WORLD_ISSUER "/par"
#define METADATA                                                                                             \
	"\"pushed_authorization_request_endpoint\":\"" PAR "\","                                             \
	"\"authorization_response_iss_parameter_supported\":true,"                                           \
	"\"dpop_signing_alg_values_supported\":[\"ES256\"],"                                                 \
	"\"token_endpoint_auth_methods_supported\":[\"private_key_jwt\"],"
/* What the world's metadata say of ID tokens would not do. */
#define PRESET(more) "{\"id\":\"p\",\"issuer\":\"" WORLD_ISSUER "\",\"id_token_algs\":[\"ES256\"]" more "}"
#define FAPI_PRESET PRESET(",\"profile\":\"fapi2\"")

/* The client has a key of that kind; more: further members of the metadata. */
static struct world *
client_with(const char *kind, const char *members, const char *more)
{
	struct world *w = world_new();
	char *jwk = jose_private_jwk(jose_key(kind, 0), members);
	char *metadata = NULL;
	struct belgo_op *op = NULL;

	assert_true(asprintf(&metadata, METADATA "%s", more) > 0);
	world_metadata(w, metadata);
	free(metadata);
	world_jwks(w);
	assert_int_equal(belgo_client_key_op(&op, world_client(w), WORLD_ISSUER, WORLD_CLIENT, jwk, NULL),
			 BELGO_OK);
	assert_int_equal(world_run(op, NULL), BELGO_OK);
	free(jwk);
	return w;
}

static struct world *
client_up(void)
{
	return client_with("P-256", "\"kid\":\"k1\"", "");
}

static belgo_rc
sign_in_with(struct world *w, struct belgo_login_params *params, const char *preset, struct belgo_error *err)
{
	struct belgo_provider *provider = NULL;
	belgo_rc rc;

	if (preset != NULL) {
		assert_int_equal(belgo_provider_from_json(&provider, preset, strlen(preset), "test", NULL),
				 BELGO_OK);
		params->provider = provider;
	}
	rc = world_run(login_of(w, params), err);
	belgo_provider_free(&provider);
	return rc;
}

/* Who asks by the parameter, and who by the preset. */
static belgo_rc
sign_in(struct world *w, enum belgo_security_profile profile, const char *preset, struct belgo_error *err)
{
	struct belgo_login_params params = login_params(w);

	params.profile = profile;
	return sign_in_with(w, &params, preset, err);
}

/* @spec FAPI 2.0 Security Profile section 5.3.3 */
static void
test_login_fapi__request_is_pushed_bound_and_signed(void **state)
{
	static const struct {
		const char *preset;
		enum belgo_security_profile profile;
	} rows[] = {{PRESET(""), BELGO_PROFILE_FAPI2}, {FAPI_PRESET, BELGO_PROFILE_PRESET}};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		struct world *w = client_up();

		world_answer(w, PAR, 400, "{\"error\":\"invalid_request\"}");
		assert_row(rows[i].preset,
			   sign_in(w, rows[i].profile, rows[i].preset, NULL) == BELGO_EDENIED);
		assert_row(rows[i].preset, strstr(world_sent(w, PAR), "&dpop_jkt=") != NULL);
		assert_row(rows[i].preset, strstr(world_sent(w, PAR), "&code_challenge_method=S256") != NULL);
		assert_row(rows[i].preset, strstr(world_sent(w, PAR), "&client_assertion=") != NULL);
		world_free(&w);
	}
}

/* Is the JWT that was pushed as that field signed with alg? */
static int
is_pushed(const struct world *w, const char *field, const char *alg)
{
	const char *jwt = strstr(world_sent(w, PAR), field);
	char *header, want[32];
	int is_so;

	if (jwt == NULL)
		return 0;
	header = jose_segment(jwt + strlen(field), 0);
	(void)snprintf(want, sizeof(want), "\"alg\":\"%s\"", alg);
	is_so = strstr(header, want) != NULL;
	free(header);
	return is_so;
}

#define LIST(name, words) "\"" name "_signing_alg_values_supported\":[" words "],"
#define ASSERTIONS(words) LIST("token_endpoint_auth", words)
#define REQUESTS(words) LIST("request_object", words)

/* An RSA key signs with RS256 elsewhere. @spec FAPI 2.0 Security Profile section 5.4.1 */
static void
test_login_fapi__requests_and_assertions_are_signed_with_what_the_profile_allows(void **state)
{
	static const struct {
		const char *name, *kind, *key, *metadata;
		const char *assertion, *request; /* NULL: nothing is pushed */
		belgo_rc want;
	} rows[] = {
	    {"RSA, no lists", "RSA-2048", NULL, "", "PS256", "PS256", BELGO_EDENIED},
	    {"RSA, both are taken", "RSA-2048", NULL,
	     ASSERTIONS("\"RS256\",\"PS256\"") REQUESTS("\"RS256\",\"PS256\""), "PS256", "PS256",
	     BELGO_EDENIED},
	    {"RSA, RS256 alone is taken", "RSA-2048", NULL, REQUESTS("\"RS256\""), NULL, NULL, BELGO_EPROTO},
	    {"RSA, RS256 alone of assertions", "RSA-2048", NULL, ASSERTIONS("\"RS256\""), NULL, NULL,
	     BELGO_EINVAL},
	    {"a key for RS256", "RSA-2048", "\"alg\":\"RS256\"", "", NULL, NULL, BELGO_EINVAL},
	    {"P-256", "P-256", NULL, REQUESTS("\"RS256\",\"ES256\""), "ES256", "ES256", BELGO_EDENIED},
	    {"P-384", "P-384", NULL, "", NULL, NULL, BELGO_EINVAL},
	    {"Ed25519", "Ed25519", NULL, "", "EdDSA", "EdDSA", BELGO_EDENIED},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		struct world *w = client_with(rows[i].kind, rows[i].key, rows[i].metadata);
		struct belgo_login_params params = login_params(w);

		params.jar = BELGO_JAR_ALWAYS;
		world_answer(w, PAR, 400, "{\"error\":\"invalid_request\"}");
		assert_row(rows[i].name, sign_in_with(w, &params, FAPI_PRESET, NULL) == rows[i].want);
		assert_row(rows[i].name, world_count(w, "POST " PAR) == (rows[i].request != NULL));
		if (rows[i].request != NULL) {
			assert_row(rows[i].name, is_pushed(w, "&client_assertion=", rows[i].assertion));
			assert_row(rows[i].name, is_pushed(w, "request=", rows[i].request));
		}
		world_free(&w);
	}
}

/* The client is known by its certificate, so its key signs requests alone. */
static void
test_login_fapi__key_for_requests_alone_is_held_to_the_profile_too(void **state)
{
	static const struct {
		const char *key, *says;
		belgo_rc want;
	} rows[] = {
	    {"\"kid\":\"k1\"", "endpoint", BELGO_EDENIED},
	    {"\"alg\":\"PS256\"", "endpoint", BELGO_EDENIED},
	    {"\"alg\":\"RS256\"", "signs requests by none of PS256", BELGO_EINVAL},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		struct world *w = world_new();
		struct belgo_login_params params = login_params(w);
		char *jwk = jose_private_jwk(jose_key("RSA-2048", 0), rows[i].key), *members = NULL;
		json_t *quoted = json_string(jwk);
		char *text = json_dumps(quoted, JSON_ENCODE_ANY);
		struct belgo_error err = {0};

		assert_true(asprintf(&members, "\"certificate\":\"pem." WORLD_SECRET "\",\"private_key\":%s",
				     text) > 0);
		plant_client(w, members);
		world_metadata(w, METADATA "\"tls_client_certificate_bound_access_tokens\":true,");
		world_jwks(w);
		params.token_endpoint_auth_method = "tls_client_auth";
		params.jar = BELGO_JAR_ALWAYS;
		world_answer(w, PAR, 400, "{\"error\":\"invalid_request\"}");
		assert_row(rows[i].key, sign_in_with(w, &params, FAPI_PRESET, &err) == rows[i].want);
		assert_row(rows[i].key, strstr(err.text, rows[i].says) != NULL);
		assert_row(rows[i].key, rows[i].want == BELGO_EINVAL || is_pushed(w, "request=", "PS256"));
		free(members);
		free(text);
		free(jwk);
		json_decref(quoted);
		world_free(&w);
	}
}

static void
test_login_fapi__nothing_is_sent_past_an_unmet_demand(void **state)
{
	struct belgo_error err = {0};
	struct world *w = client_up();

	(void)state;
	assert_int_equal(sign_in(w, BELGO_PROFILE_FAPI2, NULL, &err), BELGO_EPROTO);
	assert_non_null(strstr(err.text, "id_token_signing_alg_values_supported"));
	assert_int_equal(world_count(w, "POST " PAR), 0);
	assert_int_equal(world_count(w, "prompt"), 0);
	assert_int_equal(world_count(w, "listen"), 0);
	world_free(&w);
}

static void
test_login_fapi__is_for_logins_by_code_alone(void **state)
{
	struct world *w = world_new();
	struct belgo_login_params params = login_params(w);
	struct belgo_provider *provider = NULL;
	struct belgo_op *op = NULL;

	(void)state;
	params.profile = BELGO_PROFILE_FAPI2;
	assert_int_equal(belgo_device_login_op(&op, world_client(w), &params, NULL), BELGO_EINVAL);
	assert_int_equal(belgo_client_login_op(&op, world_client(w), &params, NULL), BELGO_EINVAL);
	assert_int_equal(belgo_provider_from_json(&provider, FAPI_PRESET, strlen(FAPI_PRESET), "test", NULL),
			 BELGO_OK);
	params.profile = BELGO_PROFILE_PRESET;
	params.provider = provider;
	assert_int_equal(belgo_device_login_op(&op, world_client(w), &params, NULL), BELGO_EINVAL);
	assert_null(op);
	belgo_provider_free(&provider);
	world_free(&w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_login_fapi__request_is_pushed_bound_and_signed),
	    cmocka_unit_test(
		test_login_fapi__requests_and_assertions_are_signed_with_what_the_profile_allows),
	    cmocka_unit_test(test_login_fapi__key_for_requests_alone_is_held_to_the_profile_too),
	    cmocka_unit_test(test_login_fapi__nothing_is_sent_past_an_unmet_demand),
	    cmocka_unit_test(test_login_fapi__is_for_logins_by_code_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
