/* The presets that are shipped: each parses, says when and where it was checked, and does what its provider
 * wants. */
#include "base/mem.h"
#include "harness/test.h"
#include "proto/discovery.h"
#include "proto/userinfo.h"

#include <belgoauth/provider.h>

#include <pthread.h>

static void
test_presets__each_is_complete_and_dated(void **state)
{
	static const char *const ids[] = {"atlassian",    "auth0",    "dropbox",   "fastmail",
					  "forgejo",      "github",   "gitlab",    "google",
					  "huggingface",  "keycloak", "microsoft", "microsoft-china",
					  "microsoft-us", "okta",     "orcid",     "slack",
					  "spotify",      "yahoo",    "zoom"};
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
		assert_row(ids[n], p->notes != NULL && strstr(p->notes, "not from a live login") != NULL);
		assert_row(ids[n], p->kind == BG_KIND_OIDC || p->endpoints.userinfo != NULL);
		assert_row(ids[n], p->strategy == NULL || p->hooks != &bg_hooks_none);
	}
	assert_int_equal(n, BG_LEN(ids));
}

/* Each is answered at a place of its own: few of them promise to say who they are. Google does; and there is
 * one place for Microsoft's clouds, whose clients are registered without a path. @spec RFC 9700 section 2.1
 */
static void
test_presets__each_has_a_redirect_uri_of_its_own(void **state)
{
	const struct belgo_provider *p;

	(void)state;
	for (size_t i = 0; (p = belgo_provider_builtin_at(i)) != NULL; i++) {
		const char *id = belgo_provider_id(p);
		BG_AUTO(bg_str_free)
		char *own = bg_strf("/callback/%s%s", id, belgo_provider_takes_tenant(p) ? "/{tenant}" : "");
		const char *want = own;

		if (strcmp(id, "google") == 0)
			want = "/callback";
		else if (bg_str_begins(id, "microsoft"))
			want = "";
		assert_row(id, bg_str_equal(p->redirect_path, want));
	}
}

static void
test_presets__redirect_uri_names_the_tenant(void **state)
{
	const struct belgo_provider *open = belgo_provider_builtin("okta");
	struct belgo_provider *p = NULL;
	char *uri = NULL;

	(void)state;
	assert_int_equal(belgo_provider_with_tenant(&p, open, "dev-1.okta.com/oauth2/default", NULL),
			 BELGO_OK);
	assert_int_equal(belgo_provider_redirect_uri(&uri, p, NULL, NULL), BELGO_OK);
	assert_string_equal(uri, "http://127.0.0.1:8765/callback/okta/dev-1.okta.com/oauth2/default");
	free(uri);
	belgo_provider_free(&p);
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

/* One that wants a host of the user's, or that cannot be signed in to as it stands, is offered as what it is.
 */
static void
test_presets__a_template_says_that_it_is_one(void **state)
{
	static const char templates[] = " atlassian auth0 forgejo keycloak okta orcid yahoo ";
	static const char incomplete[] = " atlassian orcid yahoo ";

	(void)state;
	for (size_t n = 0; belgo_provider_builtin_at(n) != NULL; n++) {
		const struct belgo_provider *p = belgo_provider_builtin_at(n);
		BG_AUTO(bg_str_free) char *word = bg_strf(" %s ", p->id);
		int is_template = strstr(templates, word) != NULL;
		int is_incomplete = strstr(incomplete, word) != NULL;

		assert_row(p->id, bg_str_begins(p->setup, "This is a template") == is_template);
		assert_row(p->id, (strstr(p->name, "(template)") != NULL) == is_template);
		assert_row(p->id, (strstr(p->setup, "no complete provider") != NULL) == is_incomplete);
		assert_row(p->id,
			   is_template || !belgo_provider_takes_tenant(p) || p->tenant_default != NULL);
	}
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

static struct bg_metadata *
published(const struct belgo_provider *p, const char *id)
{
	BG_AUTO(bg_str_free)
	char *path = bg_strf(TEST_DATA "/providers/%s/openid-configuration.json", id);
	BG_AUTO(bg_json_free) json_t *doc = json_load_file(path, 0, NULL);
	BG_AUTO(bg_str_free) char *text = NULL;
	struct bg_metadata *m = NULL;
	struct belgo_error err = {0};

	assert_row(id, doc != NULL);
	assert_int_equal(bg_json_dump(&text, doc), BELGO_OK);
	if (bg_metadata_parse(&m, p, text, strlen(text), &err) != BELGO_OK)
		fail_msg("%s: %s", id, err.text);
	return m;
}

static void
test_presets__gitlab_is_generic_and_adds_the_device_endpoint(void **state)
{
	const struct belgo_provider *p = belgo_provider_builtin("gitlab");
	BG_AUTO(bg_metadata_free) struct bg_metadata *m = published(p, "gitlab");

	(void)state;
	assert_ptr_equal(p->hooks, &bg_hooks_none);
	assert_int_equal(bg_metadata_check_login(m, p, NULL), BELGO_OK);
	assert_string_equal(m->endpoints.device_authorization, "https://gitlab.com/oauth/authorize_device");
	assert_string_equal(m->endpoints.token, "https://gitlab.com/oauth/token");
}

/* What each publishes goes through the judgement of any provider, and the preset's own endpoints win. */
static void
test_presets__published_metadata_lead_to_a_login(void **state)
{
	static const struct {
		const char *id, *tenant, *authorization, *revocation;
	} rows[] = {
	    {"auth0", "example.eu.auth0.com", "https://example.eu.auth0.com/authorize",
	     "https://example.eu.auth0.com/oauth/revoke"},
	    {"huggingface", NULL, "https://huggingface.co/oauth/authorize", NULL},
	    {"keycloak", "sso.example.org/realms/staff",
	     "https://sso.example.org/realms/staff/protocol/openid-connect/auth",
	     "https://sso.example.org/realms/staff/protocol/openid-connect/revoke"},
	    {"okta", "dev-1.okta.com/oauth2/default", "https://dev-1.okta.com/oauth2/default/v1/authorize",
	     "https://dev-1.okta.com/oauth2/default/v1/revoke"},
	    {"orcid", "sandbox.orcid.org", "https://sandbox.orcid.org/oauth/authorize", NULL},
	    {"spotify", NULL, "https://accounts.spotify.com/authorize",
	     "https://accounts.spotify.com/oauth2/revoke/v1"},
	    {"yahoo", "yahoo.com", "https://api.login.yahoo.com/oauth2/request_auth",
	     "https://api.login.yahoo.com/oauth2/revoke"},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		const struct belgo_provider *p = belgo_provider_builtin(rows[i].id);
		BG_AUTO(belgo_provider_free) struct belgo_provider *placed = NULL;
		BG_AUTO(bg_metadata_free) struct bg_metadata *m = NULL;

		if (rows[i].tenant != NULL) {
			assert_row(rows[i].id,
				   belgo_provider_with_tenant(&placed, p, rows[i].tenant, NULL) == BELGO_OK);
			p = placed;
		}
		m = published(p, rows[i].id);
		assert_row(rows[i].id, bg_metadata_check_login(m, p, NULL) == BELGO_OK);
		assert_string_equal(m->endpoints.authorization, rows[i].authorization);
		assert_row(rows[i].id, bg_str_equal(m->endpoints.revocation, rows[i].revocation));
	}
}

/* A tenant with a path is one for the presets that say so; a slash belongs to the issuer that has one. */
static void
test_presets__templates_take_hosts_and_some_a_path(void **state)
{
	static const struct {
		const char *id, *tenant, *issuer; /* NULL: refused */
	} rows[] = {
	    {"keycloak", "sso.example.org/auth/realms/Staff_1.2",
	     "https://sso.example.org/auth/realms/Staff_1.2"},
	    {"keycloak", NULL, NULL},
	    {"keycloak", "sso.example.org/", NULL},
	    {"keycloak", "sso.example.org//realms", NULL},
	    {"keycloak", "sso.example.org/../x", NULL},
	    {"keycloak", "sso.example.org/realms/..", NULL},
	    {"keycloak", "sso.example.org/a?b", NULL},
	    {"keycloak", "sso.example.org/a#b", NULL},
	    {"keycloak", "sso.example.org/a%2fb", NULL},
	    {"keycloak", "sso.example.org@evil.example/a", NULL},
	    {"keycloak", "sso.example.org:8443/a", NULL},
	    {"keycloak", "/realms/staff", NULL},
	    {"okta", "dev-1.okta.com", "https://dev-1.okta.com"},
	    {"auth0", "example.eu.auth0.com", "https://example.eu.auth0.com/"},
	    {"auth0", "example.eu.auth0.com/a", NULL},
	    {"forgejo", "codeberg.org", "https://codeberg.org"},
	    {"orcid", NULL, "https://sandbox.orcid.org"},
	    {"yahoo", NULL, "https://api.login.yahoo.com"},
	    {"yahoo", "aol.com", "https://api.login.aol.com"},
	    {"microsoft", "contoso.example/a", NULL},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		BG_AUTO(belgo_provider_free) struct belgo_provider *p = NULL;
		belgo_rc rc =
		    belgo_provider_with_tenant(&p, belgo_provider_builtin(rows[i].id), rows[i].tenant, NULL);

		assert_row(rows[i].tenant, rc == (rows[i].issuer != NULL ? BELGO_OK : BELGO_EINVAL));
		assert_row(rows[i].tenant, rc != BELGO_OK || strcmp(p->issuer, rows[i].issuer) == 0);
	}
}

/* Where a client has no secret, none is ever shown; where it has one, it goes where the provider wants it. */
static void
test_presets__plain_oauth_providers_know_their_user(void **state)
{
	static const struct {
		const char *id, *secret, *answer, *subject; /* NULL: nobody */
	} rows[] = {
	    {"atlassian", "required", "{\"account_id\":\"99:a\",\"email\":\"ada@example.org\"}", "99:a"},
	    {"atlassian", "required", "{\"sub\":\"other\"}", NULL},
	    {"dropbox", "none", "{\"account_id\":\"dbid:A\",\"name\":{\"display_name\":\"Ada\"}}", "dbid:A"},
	    {"dropbox", "none", "{\"id\":\"other\"}", NULL},
	    {"fastmail", "none", "{\"username\":\"ada@example.org\",\"accounts\":{}}", "ada@example.org"},
	    {"fastmail", "none", "{\"username\":null}", NULL},
	    {"forgejo", "optional", "{\"sub\":\"7\",\"preferred_username\":\"ada\"}", "7"},
	    {"slack", "none", "{\"ok\":true,\"team_id\":\"T1\",\"user_id\":\"U1\",\"user\":\"ada\"}",
	     "T1.U1"},
	    {"slack", "none", "{\"ok\":true,\"user_id\":\"U1\"}", NULL},
	    {"slack", "none", "{\"ok\":true,\"team_id\":\"T1.U2\",\"user_id\":\"U1\"}", NULL},
	    {"spotify", "none", "{\"id\":\"ada\",\"display_name\":\"Ada\"}", "ada"},
	    {"zoom", "none", "{\"id\":\"z8yA\",\"email\":\"ada@example.org\"}", "z8yA"},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		const struct belgo_provider *p = belgo_provider_builtin(rows[i].id);
		BG_AUTO(bg_json_free) json_t *claims = json_loads(rows[i].answer, 0, NULL);
		BG_AUTO(bg_profile_done) struct bg_profile profile = {0};
		belgo_rc want = rows[i].subject != NULL ? BELGO_OK : BELGO_ECLAIM;

		assert_row(rows[i].id, strcmp(belgo_provider_client_secret(p), rows[i].secret) == 0);
		assert_row(rows[i].answer, bg_profile_map(&profile, p, claims, NULL) == want);
		assert_row(rows[i].answer, bg_str_equal(profile.subject, rows[i].subject));
	}
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

	for (size_t i = 0; i < 20; i++)
		out[i] = belgo_provider_builtin_at(i);
	return NULL;
}

/* Runs first, while nothing is parsed yet. */
static void
test_presets__threads_see_the_same_ones(void **state)
{
	const struct belgo_provider *seen[4][20];
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
	    cmocka_unit_test(test_presets__each_has_a_redirect_uri_of_its_own),
	    cmocka_unit_test(test_presets__redirect_uri_names_the_tenant),
	    cmocka_unit_test(test_presets__unknown_ids_are_none),
	    cmocka_unit_test(test_presets__google_asks_for_a_refresh_token_each_time),
	    cmocka_unit_test(test_presets__microsoft_fits_the_default_registration),
	    cmocka_unit_test(test_presets__each_cloud_has_its_tenants),
	    cmocka_unit_test(test_presets__gitlab_is_generic_and_adds_the_device_endpoint),
	    cmocka_unit_test(test_presets__published_metadata_lead_to_a_login),
	    cmocka_unit_test(test_presets__a_template_says_that_it_is_one),
	    cmocka_unit_test(test_presets__templates_take_hosts_and_some_a_path),
	    cmocka_unit_test(test_presets__plain_oauth_providers_know_their_user),
	    cmocka_unit_test(test_presets__template_is_a_valid_preset),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
