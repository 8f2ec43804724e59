/* Files of other tools: what is read from each, and what is refused. */
#include "harness/test.h"

#include "import_foreign.h"

#include <stdlib.h>
#include <string.h>

#define GCLOUD                                                                                               \
	"{\"account\":\"\",\"client_id\":\"c.example\",\"client_secret\":\"s\",\"quota_project_id\":\"p\","  \
	"\"refresh_token\":\"r\",\"type\":\"authorized_user\",\"universe_domain\":\"googleapis.com\"}"
#define OIDC_AGENT(issuer, secret, scope)                                                                    \
	"{\"name\":\"n\",\"client_name\":\"oidc-agent:n\",\"issuer_url\":\"" issuer "\","                    \
	"\"device_authorization_endpoint\":\"\",\"daeSetByUser\":0,\"client_id\":\"c\","                     \
	"\"client_secret\":\"" secret "\",\"refresh_token\":\"r\",\"cert_path\":\"\","                       \
	"\"scope\":\"" scope "\",\"redirect_uris\":[\"http://localhost:4242\"],\"username\":\"\","           \
	"\"password\":\"\"}"

static int
is(const char *got, const char *want)
{
	return want == NULL ? got == NULL : got != NULL && strcmp(got, want) == 0;
}

static void
test_import_foreign__reads_what_each_tool_writes(void **state)
{
	static const struct {
		const char *name, *format, *text;
		struct {
			const char *provider, *client_id, *secret, *token, *scope;
		} want;
	} rows[] = {
	    {"gcloud", "gcloud", GCLOUD, {"google", "c.example", "s", "r", NULL}},
	    {"oidc-agent",
	     "oidc-agent",
	     OIDC_AGENT("https://op.example/", "s", "openid email"),
	     {"https://op.example", "c", "s", "r", "openid email"}},
	    {"oidc-agent, a public client",
	     "oidc-agent",
	     OIDC_AGENT("https://op.example/realms/a/", "", ""),
	     {"https://op.example/realms/a", "c", NULL, "r", NULL}},
	    {"oidc-agent, no slash",
	     "oidc-agent",
	     OIDC_AGENT("https://op.example", "", "openid"),
	     {"https://op.example", "c", NULL, "r", "openid"}},
	    {"null is absent",
	     "oidc-agent",
	     "{\"issuer_url\":\"https://"
	     "op.example\",\"client_id\":\"c\",\"refresh_token\":\"r\",\"scope\":null}",
	     {"https://op.example", "c", NULL, "r", NULL}},
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct foreign_account got = {0};
		belgo_rc rc =
		    foreign_account_read(&got, rows[i].format, rows[i].text, strlen(rows[i].text), NULL);

		assert_row(rows[i].name, rc == BELGO_OK && is(got.provider, rows[i].want.provider) &&
					     is(got.client_id, rows[i].want.client_id) &&
					     is(got.client_secret, rows[i].want.secret) &&
					     is(got.refresh_token, rows[i].want.token) &&
					     is(got.scope, rows[i].want.scope));
		foreign_account_done(&got);
	}
}

static void
test_import_foreign__refuses_all_else(void **state)
{
	static const struct {
		const char *name, *format, *text;
		belgo_rc want;
	} rows[] = {
	    {"unknown tool", "mutt", GCLOUD, BELGO_EINVAL},
	    {"empty", "gcloud", "", BELGO_EPROTO},
	    {"no JSON", "gcloud", "refresh_token=r", BELGO_EPROTO},
	    {"an array", "gcloud", "[" GCLOUD "]", BELGO_EPROTO},
	    {"more after it", "gcloud", GCLOUD "x", BELGO_EPROTO},
	    {"a service account", "gcloud",
	     "{\"type\":\"service_account\",\"client_id\":\"c\",\"refresh_token\":\"r\"}", BELGO_EPROTO},
	    {"no type", "gcloud", "{\"client_id\":\"c\",\"refresh_token\":\"r\"}", BELGO_EPROTO},
	    {"no client_id", "gcloud", "{\"type\":\"authorized_user\",\"refresh_token\":\"r\"}",
	     BELGO_EPROTO},
	    {"no refresh_token", "gcloud", "{\"type\":\"authorized_user\",\"client_id\":\"c\"}",
	     BELGO_EPROTO},
	    {"an empty refresh_token", "gcloud",
	     "{\"type\":\"authorized_user\",\"client_id\":\"c\",\"refresh_token\":\"\"}", BELGO_EPROTO},
	    {"a refresh_token with NUL", "gcloud",
	     "{\"type\":\"authorized_user\",\"client_id\":\"c\",\"refresh_token\":\"r\\u0000\"}",
	     BELGO_EPROTO},
	    {"a number for a client_id", "gcloud",
	     "{\"type\":\"authorized_user\",\"client_id\":7,\"refresh_token\":\"r\"}", BELGO_EPROTO},
	    {"a list for a secret", "gcloud",
	     "{\"type\":\"authorized_user\",\"client_id\":\"c\",\"refresh_token\":\"r\","
	     "\"client_secret\":[]}",
	     BELGO_EPROTO},
	    {"two refresh tokens", "gcloud",
	     "{\"type\":\"authorized_user\",\"client_id\":\"c\",\"refresh_token\":\"r\","
	     "\"refresh_token\":\"r\"}",
	     BELGO_EPROTO},
	    {"gcloud's as oidc-agent's", "oidc-agent", GCLOUD, BELGO_EPROTO},
	    {"oidc-agent's as gcloud's", "gcloud", OIDC_AGENT("https://op.example/", "s", "openid"),
	     BELGO_EPROTO},
	    {"an empty issuer", "oidc-agent", OIDC_AGENT("", "s", "openid"), BELGO_EPROTO},
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct foreign_account got = {0};
		struct belgo_error err = {0};
		belgo_rc rc =
		    foreign_account_read(&got, rows[i].format, rows[i].text, strlen(rows[i].text), &err);

		assert_row(rows[i].name, rc == rows[i].want && err.rc == rc && err.text[0] != '\0' &&
					     got.refresh_token == NULL && got.provider == NULL);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_import_foreign__reads_what_each_tool_writes),
	    cmocka_unit_test(test_import_foreign__refuses_all_else),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
