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

#define MUTT(more)                                                                                           \
	"{\"registration\":\"google\",\"authflow\":\"localhostauthcode\",\"email\":\"a@op.example\","        \
	"\"access_token\":\"a\",\"access_token_expiration\":\"2026-11-21T10:00:00\",\"refresh_token\":"      \
	"\"r\"" more "}"
#define GIT(more)                                                                                            \
	"protocol=https\nhost=git.example:8443\nusername=oauth2\npassword=a\npassword_expiry_utc="           \
	"1795258800\n" more

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
	    {"mutt_oauth2, the script knows the client",
	     "mutt_oauth2",
	     MUTT(""),
	     {"google", NULL, NULL, "r", NULL}},
	    {"mutt_oauth2, the file knows the client",
	     "mutt_oauth2",
	     MUTT(",\"client_id\":\"c\",\"client_secret\":\"s\""),
	     {"google", "c", "s", "r", NULL}},
	    {"mutt_oauth2, a public client",
	     "mutt_oauth2",
	     MUTT(",\"client_id\":\"c\",\"client_secret\":\"\""),
	     {"google", "c", NULL, "r", NULL}},
	    {"git-credential",
	     "git-credential",
	     GIT("oauth_refresh_token=r\n"),
	     {"https://git.example:8443", NULL, NULL, "r", NULL}},
	    {"git-credential, no last line break",
	     "git-credential",
	     GIT("oauth_refresh_token=r=="),
	     {"https://git.example:8443", NULL, NULL, "r==", NULL}},
	    {"git-credential, what repeats",
	     "git-credential",
	     GIT("state[]=a\nstate[]=b\noauth_refresh_token=r\n"),
	     {"https://git.example:8443", NULL, NULL, "r", NULL}},
	    {"git-credential ends with an empty line",
	     "git-credential",
	     GIT("oauth_refresh_token=r\n\noauth_refresh_token=other\n"),
	     {"https://git.example:8443", NULL, NULL, "r", NULL}},
	    {"git-credential, no host",
	     "git-credential",
	     "protocol=https\noauth_refresh_token=r\n",
	     {NULL, NULL, NULL, "r", NULL}},
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
	     BELGO_ELOGIN},
	    {"an empty refresh_token", "gcloud",
	     "{\"type\":\"authorized_user\",\"client_id\":\"c\",\"refresh_token\":\"\"}", BELGO_ELOGIN},
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
	    {"mutt_oauth2, encrypted", "mutt_oauth2", "-----BEGIN PGP MESSAGE-----\n\nhQ\n", BELGO_EPROTO},
	    {"mutt_oauth2, an access token alone", "mutt_oauth2",
	     "{\"registration\":\"google\",\"access_token\":\"a\",\"refresh_token\":\"\"}", BELGO_ELOGIN},
	    {"mutt_oauth2, no registration", "mutt_oauth2", "{\"refresh_token\":\"r\"}", BELGO_EPROTO},
	    {"mutt_oauth2, a number for a client_id", "mutt_oauth2", MUTT(",\"client_id\":7"), BELGO_EPROTO},
	    {"git-credential, an access token alone", "git-credential", GIT(""), BELGO_ELOGIN},
	    {"git-credential, an empty refresh token", "git-credential", GIT("oauth_refresh_token=\n"),
	     BELGO_ELOGIN},
	    {"git-credential, after an empty line", "git-credential", GIT("\noauth_refresh_token=r\n"),
	     BELGO_ELOGIN},
	    {"git-credential, two refresh tokens", "git-credential",
	     GIT("oauth_refresh_token=r\noauth_refresh_token=r\n"), BELGO_EPROTO},
	    {"git-credential-store's", "git-credential", "https://oauth2:a@git.example\n", BELGO_EPROTO},
	    {"git-credential, a line without a name", "git-credential", GIT("=r\n"), BELGO_EPROTO},
	    {"git-credential, not UTF-8", "git-credential", GIT("oauth_refresh_token=\xff\n"), BELGO_EPROTO},
	    {"git-credential's as mutt_oauth2's", "mutt_oauth2", GIT("oauth_refresh_token=r\n"),
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

/* A NUL would end the token early wherever it is a C string. */
static void
test_import_foreign__refuses_a_nul_between_the_lines(void **state)
{
	static const char text[] = GIT("oauth_refresh_token=r\0more\n");
	struct foreign_account got = {0};

	(void)state;
	assert_int_equal(foreign_account_read(&got, "git-credential", text, sizeof(text) - 1, NULL),
			 BELGO_EPROTO);
	assert_null(got.refresh_token);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_import_foreign__reads_what_each_tool_writes),
	    cmocka_unit_test(test_import_foreign__refuses_all_else),
	    cmocka_unit_test(test_import_foreign__refuses_a_nul_between_the_lines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
