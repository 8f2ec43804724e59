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

static struct world *
client_up(void)
{
	struct world *w = world_new();
	char *jwk = jose_private_jwk(jose_key("P-256", 0), "\"kid\":\"k1\"");
	struct belgo_op *op = NULL;

	world_metadata(w, METADATA);
	world_jwks(w);
	assert_int_equal(belgo_client_key_op(&op, world_client(w), WORLD_ISSUER, WORLD_CLIENT, jwk, NULL),
			 BELGO_OK);
	assert_int_equal(world_run(op, NULL), BELGO_OK);
	free(jwk);
	return w;
}

/* Who asks by the parameter, and who by the preset. */
static belgo_rc
sign_in(struct world *w, enum belgo_security_profile profile, const char *preset, struct belgo_error *err)
{
	struct belgo_login_params params = login_params(w);
	struct belgo_provider *provider = NULL;
	belgo_rc rc;

	params.profile = profile;
	if (preset != NULL) {
		assert_int_equal(belgo_provider_from_json(&provider, preset, strlen(preset), "test", NULL),
				 BELGO_OK);
		params.provider = provider;
	}
	rc = world_run(login_of(w, &params), err);
	belgo_provider_free(&provider);
	return rc;
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
	    cmocka_unit_test(test_login_fapi__nothing_is_sent_past_an_unmet_demand),
	    cmocka_unit_test(test_login_fapi__is_for_logins_by_code_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
