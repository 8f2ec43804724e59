/* The microsoft strategy: issuers by tenant, users by tid and oid, e-mail that proves nothing, scopes by two
 * names. */
#include "base/mem.h"
#include "harness/test.h"
#include "proto/discovery.h"

#include <belgoauth/provider.h>

#define HOST "https://login.microsoftonline.com/"
#define GUID "11111111-aaaa-4bbb-8ccc-222222222222"
#define OTHER "77777777-aaaa-4bbb-8ccc-888888888888"
#define MSA "9188040d-6c67-4c5b-b112-36a304b66dad"
#define TEMPLATE HOST "{tenantid}/v2.0"

static struct belgo_provider *
with_tenant(const char *tenant)
{
	struct belgo_provider *p = NULL;
	struct belgo_error err = {0};

	if (belgo_provider_with_tenant(&p, belgo_provider_builtin("microsoft"), tenant, &err) != BELGO_OK)
		fail_msg("%s", err.text);
	return p;
}

/* M01, M10. @spec OpenID Connect Discovery 1.0 section 4.3 */
static void
test_microsoft__metadata_issuer_is_the_tenants_M01_M10(void **state)
{
	static const struct {
		const char *tenant, *found;
		belgo_rc want;
	} rows[] = {
	    {"common", TEMPLATE, BELGO_OK},
	    {"organizations", TEMPLATE, BELGO_OK},
	    {"consumers", HOST MSA "/v2.0", BELGO_OK},
	    {GUID, HOST GUID "/v2.0", BELGO_OK},
	    {"contoso.example", HOST GUID "/v2.0", BELGO_OK},
	    {"common", HOST GUID "/v2.0", BELGO_EISSUER},
	    {"common", HOST "common/v2.0", BELGO_EISSUER},
	    {"common", HOST "{tenantId}/v2.0", BELGO_EISSUER},
	    {"common", HOST "{tenantid}{tenantid}/v2.0", BELGO_EISSUER},
	    {"common", HOST "{tenantid}/{tenantid}/v2.0", BELGO_EISSUER},
	    {"common", HOST "{tenantid}/v2.0/", BELGO_EISSUER},
	    {"common", HOST "{tenantid}/v1.0", BELGO_EISSUER},
	    {"common", "https://evil.example/{tenantid}/v2.0", BELGO_EISSUER},
	    {"common", "https://login.microsoftonline.us/{tenantid}/v2.0", BELGO_EISSUER},
	    {"common", "http://login.microsoftonline.com/{tenantid}/v2.0", BELGO_EISSUER},
	    {"common", "", BELGO_EISSUER},
	    {"consumers", TEMPLATE, BELGO_EISSUER},
	    {"consumers", HOST GUID "/v2.0", BELGO_EISSUER},
	    {GUID, TEMPLATE, BELGO_EISSUER},
	    {GUID, HOST OTHER "/v2.0", BELGO_EISSUER},
	    {GUID, HOST "11111111-AAAA-4bbb-8ccc-222222222222/v2.0", BELGO_EISSUER},
	    {"contoso.example", TEMPLATE, BELGO_EISSUER},
	    {"contoso.example", HOST "contoso.example/v2.0", BELGO_EISSUER},
	    {"contoso.example", HOST "11111111-AAAA-4bbb-8ccc-222222222222/v2.0", BELGO_EISSUER},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		BG_AUTO(belgo_provider_free) struct belgo_provider *p = with_tenant(rows[i].tenant);
		struct bg_issuer_check check = {
		    .place = BG_ISSUER_IN_METADATA, .expected = p->issuer, .found = rows[i].found};
		struct belgo_error err = {0};

		assert_row(rows[i].found, bg_provider_match_issuer(p, &check, &err) == rows[i].want);
		assert_row(rows[i].found, err.rc == rows[i].want);
	}
}

/* K14, T01. @spec OpenID Connect Core section 3.1.3.7 (2) */
static void
test_microsoft__id_token_issuer_is_the_users_tenant_T01_K14(void **state)
{
	static const struct {
		const char *name, *tenant, *expected, *tid, *found, *key;
		belgo_rc want;
	} rows[] = {
	    {"common", "common", TEMPLATE, GUID, HOST GUID "/v2.0", TEMPLATE, BELGO_OK},
	    {"key of the tenant", "common", TEMPLATE, GUID, HOST GUID "/v2.0", HOST GUID "/v2.0", BELGO_OK},
	    {"key says nothing", "common", TEMPLATE, GUID, HOST GUID "/v2.0", NULL, BELGO_OK},
	    {"common, personal", "common", TEMPLATE, MSA, HOST MSA "/v2.0", TEMPLATE, BELGO_OK},
	    {"organizations", "organizations", TEMPLATE, GUID, HOST GUID "/v2.0", TEMPLATE, BELGO_OK},
	    {"consumers", "consumers", HOST MSA "/v2.0", MSA, HOST MSA "/v2.0", HOST MSA "/v2.0", BELGO_OK},
	    {"GUID", GUID, HOST GUID "/v2.0", GUID, HOST GUID "/v2.0", NULL, BELGO_OK},
	    {"domain", "contoso.example", HOST GUID "/v2.0", GUID, HOST GUID "/v2.0", TEMPLATE, BELGO_OK},
	    {"K14 key of another tenant", "common", TEMPLATE, GUID, HOST GUID "/v2.0", HOST OTHER "/v2.0",
	     BELGO_EISSUER},
	    {"K14 key of another cloud", "common", TEMPLATE, GUID, HOST GUID "/v2.0",
	     "https://login.microsoftonline.us/{tenantid}/v2.0", BELGO_EISSUER},
	    {"K14 empty key issuer", "common", TEMPLATE, GUID, HOST GUID "/v2.0", "", BELGO_EISSUER},
	    {"T01 no tid", "common", TEMPLATE, NULL, HOST GUID "/v2.0", TEMPLATE, BELGO_EISSUER},
	    {"T01 tid no GUID", "common", TEMPLATE, "common", HOST "common/v2.0", TEMPLATE, BELGO_EISSUER},
	    {"T01 tid template", "common", TEMPLATE, "{tenantid}", TEMPLATE, TEMPLATE, BELGO_EISSUER},
	    {"T01 tid of another", "common", TEMPLATE, OTHER, HOST GUID "/v2.0", TEMPLATE, BELGO_EISSUER},
	    {"T01 literal template", "common", TEMPLATE, GUID, TEMPLATE, TEMPLATE, BELGO_EISSUER},
	    {"T01 case of tid", "common", TEMPLATE, "11111111-AAAA-4bbb-8ccc-222222222222",
	     HOST "11111111-AAAA-4bbb-8ccc-222222222222/v2.0", TEMPLATE, BELGO_EISSUER},
	    {"T01 slash", "common", TEMPLATE, GUID, HOST GUID "/v2.0/", TEMPLATE, BELGO_EISSUER},
	    {"T01 old issuer", "common", TEMPLATE, GUID, "https://sts.windows.net/" GUID "/", NULL,
	     BELGO_EISSUER},
	    {"T01 other cloud", "common", TEMPLATE, GUID, "https://login.microsoftonline.us/" GUID "/v2.0",
	     NULL, BELGO_EISSUER},
	    {"T01 other host", "common", TEMPLATE, GUID, "https://evil.example/" GUID "/v2.0", NULL,
	     BELGO_EISSUER},
	    {"T01 organizations, personal", "organizations", TEMPLATE, MSA, HOST MSA "/v2.0", TEMPLATE,
	     BELGO_EISSUER},
	    {"T01 consumers, work", "consumers", HOST MSA "/v2.0", GUID, HOST GUID "/v2.0", NULL,
	     BELGO_EISSUER},
	    {"T01 GUID, another", GUID, HOST GUID "/v2.0", OTHER, HOST OTHER "/v2.0", NULL, BELGO_EISSUER},
	    {"T01 domain, another", "contoso.example", HOST GUID "/v2.0", OTHER, HOST OTHER "/v2.0", NULL,
	     BELGO_EISSUER},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		BG_AUTO(belgo_provider_free) struct belgo_provider *p = with_tenant(rows[i].tenant);
		BG_AUTO(bg_json_free) json_t *claims = json_object();
		struct bg_issuer_check check = {.place = BG_ISSUER_IN_ID_TOKEN,
						.expected = rows[i].expected,
						.found = rows[i].found,
						.claims = claims,
						.key_issuer = rows[i].key};

		assert_int_equal(bg_json_set_str(claims, "tid", rows[i].tid), BELGO_OK);
		assert_row(rows[i].name, bg_provider_match_issuer(p, &check, NULL) == rows[i].want);
	}
}

/* A05 */
static void
test_microsoft__redirect_issuer_is_strict_A05(void **state)
{
	static const struct {
		const char *tenant, *expected, *found;
		belgo_rc want;
	} rows[] = {
	    {GUID, HOST GUID "/v2.0", HOST GUID "/v2.0", BELGO_OK},
	    {GUID, HOST GUID "/v2.0", HOST OTHER "/v2.0", BELGO_EISSUER},
	    {"common", TEMPLATE, HOST GUID "/v2.0", BELGO_OK},
	    {"common", TEMPLATE, TEMPLATE, BELGO_EISSUER},
	    {"common", TEMPLATE, "https://evil.example/" GUID "/v2.0", BELGO_EISSUER},
	    {"common", TEMPLATE, HOST GUID "/v2.0/", BELGO_EISSUER},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		BG_AUTO(belgo_provider_free) struct belgo_provider *p = with_tenant(rows[i].tenant);
		struct bg_issuer_check check = {
		    .place = BG_ISSUER_IN_REDIRECT, .expected = rows[i].expected, .found = rows[i].found};

		assert_row(rows[i].found, bg_provider_match_issuer(p, &check, NULL) == rows[i].want);
	}
}

/* M10: the exception for templates stays on the hosts that are compiled in. */
static void
test_microsoft__answers_for_its_hosts_only_M10(void **state)
{
	static const char lent[] =
	    "{\"id\":\"x\",\"issuer\":\"https://evil.example/{tenant}/v2.0\","
	    "\"strategy\":\"microsoft\",\"tenant\":{\"default\":\"common\",\"words\":[\"common\"]}}";
	static const char host_by_tenant[] =
	    "{\"id\":\"x\",\"issuer\":\"https://{tenant}/common/v2.0\",\"strategy\":\"microsoft\","
	    "\"tenant\":{\"default\":\"login.microsoftonline.com\"}}";
	BG_AUTO(belgo_provider_free) struct belgo_provider *p = NULL;
	struct belgo_provider *placed = NULL;
	struct belgo_error err = {0};

	(void)state;
	assert_int_equal(belgo_provider_from_json(&placed, lent, strlen(lent), NULL, &err), BELGO_EINVAL);
	assert_non_null(strstr(err.text, "\"strategy\""));
	assert_int_equal(belgo_provider_from_json(&p, host_by_tenant, strlen(host_by_tenant), NULL, NULL),
			 BELGO_OK);
	assert_int_equal(belgo_provider_with_tenant(&placed, p, "evil.example", NULL), BELGO_EINVAL);
	assert_null(placed);
}

static void
test_microsoft__an_issuer_of_another_form_is_refused(void **state)
{
	static const char other[] = "{\"id\":\"x\",\"issuer\":\"https://login.microsoftonline.com/common\","
				    "\"strategy\":\"microsoft\"}";
	BG_AUTO(belgo_provider_free) struct belgo_provider *p = NULL;
	struct bg_issuer_check check = {.place = BG_ISSUER_IN_METADATA,
					.expected = "https://login.microsoftonline.com/common",
					.found = "https://login.microsoftonline.com/common"};

	(void)state;
	assert_int_equal(belgo_provider_from_json(&p, other, strlen(other), NULL, NULL), BELGO_OK);
	assert_int_equal(bg_provider_match_issuer(p, &check, NULL), BELGO_EISSUER);
}

static void
test_microsoft__published_metadata_is_fit_for_login(void **state)
{
	BG_AUTO(belgo_provider_free) struct belgo_provider *p = with_tenant(NULL);
	BG_AUTO(belgo_provider_free) struct belgo_provider *consumers = with_tenant("consumers");
	BG_AUTO(bg_json_free)
	json_t *doc = json_load_file(TEST_DATA "/providers/microsoft/metadata-common.json", 0, NULL);
	BG_AUTO(bg_str_free) char *text = NULL;
	BG_AUTO(bg_metadata_free) struct bg_metadata *m = NULL;
	struct bg_metadata *none = NULL;
	struct belgo_error err = {0};

	(void)state;
	assert_non_null(doc);
	assert_int_equal(bg_json_dump(&text, doc), BELGO_OK);
	if (bg_metadata_parse(&m, p, text, strlen(text), &err) != BELGO_OK)
		fail_msg("%s", err.text);
	assert_int_equal(bg_metadata_check_login(m, p, NULL), BELGO_OK);
	assert_string_equal(m->issuer, TEMPLATE);
	assert_null(m->endpoints.revocation);
	assert_int_equal(bg_metadata_parse(&none, consumers, text, strlen(text), NULL), BELGO_EISSUER);
}

/* T12, T02 */
static void
test_microsoft__profile_is_conservative_T12_T02(void **state)
{
#define TID "\"tid\":\"" GUID "\""
#define OID "\"oid\":\"" OTHER "\""
	static const struct {
		const char *name, *claims, *subject, *email;
		enum belgo_verified verified;
	} rows[] = {
	    {"both ids", "{" TID "," OID ",\"sub\":\"s\"}", GUID "." OTHER, NULL, BELGO_VERIFIED_UNKNOWN},
	    {"no oid", "{" TID ",\"sub\":\"s\"}", NULL, NULL, BELGO_VERIFIED_UNKNOWN},
	    {"T02 oid no GUID", "{" TID ",\"oid\":\"../x\"}", NULL, NULL, BELGO_VERIFIED_UNKNOWN},
	    {"T02 oid no string", "{" TID ",\"oid\":[]}", NULL, NULL, BELGO_VERIFIED_UNKNOWN},
	    {"email", "{" TID ",\"email\":\"a@b\"}", NULL, "a@b", BELGO_VERIFIED_UNKNOWN},
	    {"T12 email_verified is not theirs", "{" TID ",\"email\":\"a@b\",\"email_verified\":true}", NULL,
	     "a@b", BELGO_VERIFIED_UNKNOWN},
	    {"edov true", "{" TID ",\"email\":\"a@b\",\"xms_edov\":true}", NULL, "a@b", BELGO_VERIFIED_YES},
	    {"edov 1", "{" TID ",\"email\":\"a@b\",\"xms_edov\":\"1\"}", NULL, "a@b", BELGO_VERIFIED_YES},
	    {"T12 edov 0", "{" TID ",\"email\":\"a@b\",\"xms_edov\":\"0\"}", NULL, "a@b",
	     BELGO_VERIFIED_UNKNOWN},
	    {"T12 edov number", "{" TID ",\"email\":\"a@b\",\"xms_edov\":1}", NULL, "a@b",
	     BELGO_VERIFIED_UNKNOWN},
	    {"T12 edov false", "{" TID ",\"email\":\"a@b\",\"xms_edov\":false}", NULL, "a@b",
	     BELGO_VERIFIED_UNKNOWN},
	    {"personal", "{\"tid\":\"" MSA "\",\"email\":\"a@b\"}", NULL, "a@b", BELGO_VERIFIED_YES},
	    {"fallback", "{" TID ",\"preferred_username\":\"u@b\"}", NULL, "u@b", BELGO_VERIFIED_UNKNOWN},
	    {"T12 fallback proves nothing",
	     "{\"tid\":\"" MSA "\",\"preferred_username\":\"u@b\",\"xms_edov\":true}", NULL, "u@b",
	     BELGO_VERIFIED_UNKNOWN},
	    {"control in email", "{\"email\":\"a\\u001b@b\",\"preferred_username\":\"u@b\"}", NULL, "u@b",
	     BELGO_VERIFIED_UNKNOWN},
	};
	const struct belgo_provider *p = belgo_provider_builtin("microsoft");

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		BG_AUTO(bg_json_free) json_t *claims = json_loads(rows[i].claims, 0, NULL);
		BG_AUTO(bg_profile_done) struct bg_profile profile = {0};

		assert_row(rows[i].name, p->hooks->map_profile(&profile, p, claims, NULL) == BELGO_OK);
		assert_row(rows[i].name, bg_str_equal(profile.subject, rows[i].subject));
		assert_row(rows[i].name, bg_str_equal(profile.email, rows[i].email));
		assert_row(rows[i].name, profile.email_verified == rows[i].verified);
	}
}

static void
test_microsoft__profile_of_a_whole_id_token(void **state)
{
	BG_AUTO(bg_json_free)
	json_t *claims = json_load_file(TEST_DATA "/providers/microsoft/id-token-claims.json", 0, NULL);
	const struct belgo_provider *p = belgo_provider_builtin("microsoft");
	BG_AUTO(bg_profile_done) struct bg_profile profile = {0};

	(void)state;
	assert_non_null(claims);
	assert_int_equal(p->hooks->map_profile(&profile, p, claims, NULL), BELGO_OK);
	assert_string_equal(profile.subject, GUID ".55555555-aaaa-4bbb-8ccc-666666666666");
	assert_string_equal(profile.name, "Ada Lovelace");
	assert_string_equal(profile.email, "ada@contoso.example");
	assert_null(profile.picture);
}

static void
test_microsoft__graph_scopes_have_two_names(void **state)
{
	static const struct {
		const char *asked, *granted;
		int want;
	} rows[] = {
	    {"User.Read", "openid https://graph.microsoft.com/User.Read", 1},
	    {"https://graph.microsoft.com/User.Read", "email User.Read", 1},
	    {"user.read", "User.Read", 1},
	    {"https://graph.microsoft.us/User.Read", "User.Read", 1},
	    {"offline_access", "openid", 1},
	    {"openid", "  openid  email", 1},
	    {"User.Read", "User.ReadWrite", 0},
	    {"User.ReadWrite", "User.Read", 0},
	    {"Mail.Read", "https://outlook.office.com/Mail.Read", 0},
	    {"User.Read", "https://evil.example/User.Read", 0},
	    {"openid", "", 0},
	    {"openid", NULL, 0},
	};
	const struct bg_hooks *hooks = belgo_provider_builtin("microsoft")->hooks;

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++)
		assert_row(rows[i].asked,
			   hooks->scope_is_granted(rows[i].asked, rows[i].granted) == rows[i].want);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_microsoft__metadata_issuer_is_the_tenants_M01_M10),
	    cmocka_unit_test(test_microsoft__id_token_issuer_is_the_users_tenant_T01_K14),
	    cmocka_unit_test(test_microsoft__redirect_issuer_is_strict_A05),
	    cmocka_unit_test(test_microsoft__answers_for_its_hosts_only_M10),
	    cmocka_unit_test(test_microsoft__an_issuer_of_another_form_is_refused),
	    cmocka_unit_test(test_microsoft__published_metadata_is_fit_for_login),
	    cmocka_unit_test(test_microsoft__profile_is_conservative_T12_T02),
	    cmocka_unit_test(test_microsoft__profile_of_a_whole_id_token),
	    cmocka_unit_test(test_microsoft__graph_scopes_have_two_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
