/* The presets that are shipped: each parses, says when and where it was checked, and does what its provider
 * wants. */
#include "base/mem.h"
#include "harness/test.h"
#include "proto/discovery.h"

#include <belgoauth/provider.h>

#include <pthread.h>

static void
test_presets__each_is_complete_and_dated(void **state)
{
	static const char *const ids[] = {"github",    "gitlab",          "google",
					  "microsoft", "microsoft-china", "microsoft-us"};
	size_t n = 0;

	(void)state;
	for (; belgo_provider_builtin_at(n) != NULL; n++) {
		const struct belgo_provider *p = belgo_provider_builtin_at(n);

		assert_true(n < BG_LEN(ids));
		assert_string_equal(belgo_provider_id(p), ids[n]);
		assert_ptr_equal(belgo_provider_builtin(ids[n]), p);
		assert_row(ids[n], p->source != NULL && bg_str_begins(p->source, "https://"));
		assert_row(ids[n], bg_str_begins(belgo_provider_verified_on(p), "20"));
		assert_row(ids[n], strstr(belgo_provider_setup(p), "1. Open https://") != NULL);
		assert_row(ids[n], strstr(belgo_provider_setup(p), "oauthctl login ") != NULL);
		assert_row(ids[n], belgo_provider_scope(p) != NULL);
		assert_row(ids[n], p->strategy == NULL || p->hooks != &bg_hooks_none);
	}
	assert_int_equal(n, BG_LEN(ids));
}

static void
test_presets__unknown_ids_are_none(void **state)
{
	(void)state;
	assert_null(belgo_provider_builtin("template"));
	assert_null(belgo_provider_builtin("Google"));
	assert_null(belgo_provider_builtin(""));
	assert_null(belgo_provider_builtin(NULL));
	assert_null(belgo_provider_builtin_at((size_t)-1));
}

static const char *
param(const struct belgo_provider *p, const char *name)
{
	for (size_t i = 0; i < p->n_authorize_params; i++)
		if (strcmp(p->authorize_params[i].name, name) == 0)
			return p->authorize_params[i].value;
	return NULL;
}

static void
test_presets__google_asks_for_a_refresh_token_each_time(void **state)
{
	const struct belgo_provider *p = belgo_provider_builtin("google");

	(void)state;
	assert_string_equal(param(p, "access_type"), "offline");
	assert_string_equal(param(p, "prompt"), "consent");
	assert_null(param(p, "include_granted_scopes"));
	assert_string_equal(p->scope, "openid email profile");
	assert_string_equal(belgo_provider_client_secret(p), "optional");
	assert_string_equal(p->token_endpoint_auth_method, "client_secret_post");
	assert_string_equal(p->redirect_host, "127.0.0.1");
	assert_false(belgo_provider_takes_tenant(p));
}

static void
test_presets__microsoft_fits_the_default_registration(void **state)
{
	static const char *const ids[] = {"microsoft", "microsoft-china", "microsoft-us"};

	(void)state;
	for (size_t i = 0; i < BG_LEN(ids); i++) {
		const struct belgo_provider *p = belgo_provider_builtin(ids[i]);

		assert_row(ids[i], belgo_provider_takes_tenant(p));
		assert_row(ids[i], strcmp(p->redirect_host, "localhost") == 0 && p->redirect_path[0] == '\0');
		assert_row(ids[i], p->pkce == BG_PKCE_ASSUMED && p->refresh_scope == BG_REFRESH_SCOPE_SEND);
		assert_row(ids[i],
			   p->offline == BG_OFFLINE_NONE && strstr(p->scope, "offline_access") != NULL);
		assert_row(ids[i], p->revocation_note != NULL);
	}
}

static void
test_presets__each_cloud_has_its_tenants(void **state)
{
	static const struct {
		const char *id, *tenant, *issuer;
	} rows[] = {
	    {"microsoft", NULL, "https://login.microsoftonline.com/common/v2.0"},
	    {"microsoft", "consumers", "https://login.microsoftonline.com/consumers/v2.0"},
	    {"microsoft", "contoso.onmicrosoft.com",
	     "https://login.microsoftonline.com/contoso.onmicrosoft.com/v2.0"},
	    {"microsoft-us", NULL, "https://login.microsoftonline.us/organizations/v2.0"},
	    {"microsoft-us", "consumers", NULL},
	    {"microsoft-china", NULL, "https://login.partner.microsoftonline.cn/organizations/v2.0"},
	    {"microsoft-china", "common", NULL},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		BG_AUTO(belgo_provider_free) struct belgo_provider *p = NULL;
		belgo_rc rc =
		    belgo_provider_with_tenant(&p, belgo_provider_builtin(rows[i].id), rows[i].tenant, NULL);

		assert_row(rows[i].id, rc == (rows[i].issuer != NULL ? BELGO_OK : BELGO_EINVAL));
		assert_row(rows[i].id, rc != BELGO_OK || strcmp(p->issuer, rows[i].issuer) == 0);
	}
}

static void
test_presets__gitlab_is_generic_and_adds_the_device_endpoint(void **state)
{
	BG_AUTO(bg_json_free)
	json_t *doc = json_load_file(TEST_DATA "/providers/gitlab/openid-configuration.json", 0, NULL);
	const struct belgo_provider *p = belgo_provider_builtin("gitlab");
	BG_AUTO(bg_str_free) char *text = NULL;
	BG_AUTO(bg_metadata_free) struct bg_metadata *m = NULL;

	(void)state;
	assert_ptr_equal(p->hooks, &bg_hooks_none);
	assert_non_null(doc);
	assert_int_equal(bg_json_dump(&text, doc), BELGO_OK);
	assert_int_equal(bg_metadata_parse(&m, p, text, strlen(text), NULL), BELGO_OK);
	assert_int_equal(bg_metadata_check_login(m, p, NULL), BELGO_OK);
	assert_string_equal(m->endpoints.device_authorization, "https://gitlab.com/oauth/authorize_device");
	assert_string_equal(m->endpoints.token, "https://gitlab.com/oauth/token");
}

static void
test_presets__template_is_a_valid_preset(void **state)
{
	BG_AUTO(bg_json_free)
	json_t *doc = json_load_file(TEST_DATA "/../../providers/template.json", 0, NULL);
	BG_AUTO(bg_str_free) char *text = NULL;
	BG_AUTO(belgo_provider_free) struct belgo_provider *p = NULL;
	BG_AUTO(belgo_provider_free) struct belgo_provider *placed = NULL;
	struct belgo_error err = {0};

	(void)state;
	assert_non_null(doc);
	assert_int_equal(bg_json_dump(&text, doc), BELGO_OK);
	if (belgo_provider_from_json(&p, text, strlen(text), "template.json", &err) != BELGO_OK)
		fail_msg("%s", err.text);
	assert_int_equal(belgo_provider_with_tenant(&placed, p, "staging", NULL), BELGO_OK);
	assert_string_equal(placed->endpoints.device_authorization,
			    "https://login.example.org/staging/device");
}

static void *
all_builtins(void *arg)
{
	const struct belgo_provider **out = arg;

	for (size_t i = 0; i < 8; i++)
		out[i] = belgo_provider_builtin_at(i);
	return NULL;
}

/* Runs first, while nothing is parsed yet. */
static void
test_presets__threads_see_the_same_ones(void **state)
{
	const struct belgo_provider *seen[4][8];
	pthread_t threads[4];

	(void)state;
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, all_builtins, seen[i]), 0);
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(pthread_join(threads[i], NULL), 0);
	assert_non_null(seen[0][0]);
	for (size_t i = 1; i < 4; i++)
		assert_memory_equal(seen[i], seen[0], sizeof(seen[0]));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_presets__threads_see_the_same_ones),
	    cmocka_unit_test(test_presets__each_is_complete_and_dated),
	    cmocka_unit_test(test_presets__unknown_ids_are_none),
	    cmocka_unit_test(test_presets__google_asks_for_a_refresh_token_each_time),
	    cmocka_unit_test(test_presets__microsoft_fits_the_default_registration),
	    cmocka_unit_test(test_presets__each_cloud_has_its_tenants),
	    cmocka_unit_test(test_presets__gitlab_is_generic_and_adds_the_device_endpoint),
	    cmocka_unit_test(test_presets__template_is_a_valid_preset),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
