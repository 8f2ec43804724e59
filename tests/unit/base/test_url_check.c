/* Which hosts are local, and which URLs may be an issuer or an endpoint of one. */
#include "base/url.h"

#include "harness/test.h"

static void
test_url_check__tells_local_hosts_from_public_ones(void **state)
{
	static const struct {
		const char *host;
		int is_loopback, is_private;
	} rows[] = {
	    {"localhost", 1, 0},
	    {"LOCALHOST", 0, 0},
	    {"localhost.example", 0, 0},
	    {"127.0.0.1", 1, 1},
	    {"127.255.255.255", 1, 1},
	    {"128.0.0.1", 0, 0},
	    {"0.0.0.0", 0, 1},
	    {"10.0.0.1", 0, 1},
	    {"11.0.0.1", 0, 0},
	    {"100.64.0.1", 0, 1},
	    {"100.127.255.255", 0, 1},
	    {"100.128.0.1", 0, 0},
	    {"169.254.169.254", 0, 1},
	    {"169.253.0.1", 0, 0},
	    {"172.16.0.1", 0, 1},
	    {"172.31.255.255", 0, 1},
	    {"172.32.0.1", 0, 0},
	    {"192.168.1.1", 0, 1},
	    {"192.169.1.1", 0, 0},
	    {"192.0.0.8", 0, 1},
	    {"198.18.0.1", 0, 1},
	    {"198.19.255.255", 0, 1},
	    {"198.20.0.1", 0, 0},
	    {"224.0.0.1", 0, 1},
	    {"255.255.255.255", 0, 1},
	    {"223.255.255.255", 0, 0},
	    {"8.8.8.8", 0, 0},
	    {"[::1]", 1, 1},
	    {"[::]", 0, 1},
	    {"[::2]", 0, 1},
	    {"[fe80::1]", 0, 1},
	    {"[febf::1]", 0, 1},
	    {"[fec0::1]", 0, 1},
	    {"[fc00::1]", 0, 1},
	    {"[fdff::1]", 0, 1},
	    {"[ff02::1]", 0, 1},
	    {"[::ffff:127.0.0.1]", 0, 1},
	    {"[::ffff:8.8.8.8]", 0, 0},
	    {"[::ffff:a9fe:a9fe]", 0, 1},
	    {"[64:ff9b::10.0.0.1]", 0, 1},
	    {"[64:ff9b::8.8.8.8]", 0, 0},
	    {"[::10.0.0.1]", 0, 1},
	    {"[2002:a00:1::]", 0, 1},
	    {"[2002:808:808::]", 0, 0},
	    {"[2606:4700::1]", 0, 0},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		struct bg_url url = {0};
		char text[100];

		(void)snprintf(text, sizeof(text), "https://%s/", rows[i].host);
		assert_row(text, bg_url_parse(&url, text) == BELGO_OK);
		assert_row(text, bg_url_is_loopback(&url) == rows[i].is_loopback);
		assert_row(text, bg_url_is_private_literal(&url) == rows[i].is_private);
		bg_url_done(&url);
	}
}

/* @spec OpenID Connect Discovery 1.0 section 3, RFC 8414 section 2 */
static void
test_url_check__judges_issuers(void **state)
{
	static const struct {
		const char *text;
		belgo_rc want;
	} rows[] = {
	    {"https://op.example", BELGO_OK},
	    {"https://op.example/tenant/v2.0", BELGO_OK},
	    {"https://op.example:8443/", BELGO_OK},
	    {"https://10.0.0.1/", BELGO_OK},
	    {"http://127.0.0.1:8080/realms/x", BELGO_OK},
	    {"http://[::1]:8080", BELGO_OK},
	    {"http://localhost:8080", BELGO_OK},
	    {"http://op.example", BELGO_EINVAL},
	    {"http://10.0.0.1", BELGO_EINVAL},
	    {"http://localhost.example", BELGO_EINVAL},
	    {"https://user@op.example", BELGO_EINVAL},
	    {"https://op.example?x=1", BELGO_EINVAL},
	    {"https://op.example?", BELGO_EINVAL},
	    {"https://op.example#x", BELGO_EINVAL},
	    {"https://op.example#", BELGO_EINVAL},
	    {"op.example", BELGO_EINVAL},
	    {NULL, BELGO_EINVAL},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		struct belgo_error err = {0};
		const char *name = (rows[i].text == NULL) ? "NULL" : rows[i].text;

		assert_row(name, bg_url_check_issuer(rows[i].text, "issuer", &err) == rows[i].want);
		assert_row(name, err.rc == rows[i].want);
		assert_row(name, (err.text[0] != '\0') == (rows[i].want != BELGO_OK));
	}
}

static void
test_url_check__judges_endpoints_by_their_issuer(void **state)
{
	static const struct {
		const char *text, *issuer;
		belgo_rc want;
	} rows[] = {
	    {"https://op.example/token", "https://op.example", BELGO_OK},
	    {"https://other.example:8443/token?x=1", "https://op.example", BELGO_OK},
	    {"https://8.8.8.8/token", "https://op.example", BELGO_OK},
	    {"http://127.0.0.1:9/token", "http://localhost:9", BELGO_OK},
	    {"https://127.0.0.1/token", "http://127.0.0.1:9", BELGO_OK},
	    {"https://10.0.0.2/token", "https://10.0.0.1", BELGO_OK},
	    {"https://localhost/token", "https://10.0.0.1", BELGO_OK},
	    {"https://op.example/token", "https://op.example/{tenantid}", BELGO_OK},
	    {"http://op.example/token", "https://op.example", BELGO_EPROTO},
	    {"http://127.0.0.1/token", "https://op.example", BELGO_EPROTO},
	    {"http://10.0.0.1/token", "http://127.0.0.1", BELGO_EPROTO},
	    {"http://op.example/token", "http://127.0.0.1", BELGO_EPROTO},
	    {"http://127.0.0.1/token", "https://10.0.0.1", BELGO_EPROTO},
	    {"http://127.0.0.1/token", "https://op.example/{tenantid}", BELGO_EPROTO},
	    {"https://127.0.0.1/token", "https://op.example/{tenantid}", BELGO_EPROTO},
	    {"https://169.254.169.254/token", "https://op.example", BELGO_EPROTO},
	    {"https://[::ffff:169.254.169.254]/token", "https://op.example", BELGO_EPROTO},
	    {"https://localhost/token", "https://op.example", BELGO_EPROTO},
	    {"https://LocalHost/token", "https://op.example", BELGO_EPROTO},
	    {"https://x.localhost/token", "https://op.example", BELGO_EPROTO},
	    {"https://notlocalhost/token", "https://op.example", BELGO_OK},
	    {"https://user@op.example/token", "https://op.example", BELGO_EPROTO},
	    {"https://op.example/token#x", "https://op.example", BELGO_EPROTO},
	    {"https://op.example:25/token", "https://op.example", BELGO_EPROTO},
	    {"https://op.example:995/token", "https://op.example", BELGO_EPROTO},
	    {"https://op.example:24/token", "https://op.example", BELGO_OK},
	    {"file:///etc/passwd", "https://op.example", BELGO_EPROTO},
	    {"/token", "https://op.example", BELGO_EPROTO},
	    {"https://op.example/\r\nX: y", "https://op.example", BELGO_EPROTO},
	    {"https://2852039166/token", "https://op.example", BELGO_EPROTO},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		struct belgo_error err = {0};

		assert_row(rows[i].text, bg_url_check_endpoint(rows[i].text, rows[i].issuer, "token_endpoint",
							       &err) == rows[i].want);
		assert_row(rows[i].text, err.rc == rows[i].want);
		assert_row(rows[i].text,
			   (strstr(err.text, "token_endpoint") != NULL) == (rows[i].want != BELGO_OK));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_url_check__tells_local_hosts_from_public_ones),
	    cmocka_unit_test(test_url_check__judges_issuers),
	    cmocka_unit_test(test_url_check__judges_endpoints_by_their_issuer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
