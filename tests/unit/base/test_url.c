/* Taking URLs to pieces: what is accepted whole, and what a browser would have repaired. */
#include "base/url.h"

#include "base/limits.h"
#include "base/mem.h"
#include "harness/test.h"

static void
test_url__gives_every_part(void **state)
{
	struct bg_url url = {0};

	(void)state;
	assert_int_equal(bg_url_parse(&url, "https://u:p@Op.example:8443/a/b%20c?x=1&y=/?#frag"), BELGO_OK);
	assert_int_equal(url.scheme, BG_HTTPS);
	assert_string_equal(url.host, "Op.example");
	assert_int_equal(url.port, 8443);
	assert_true(url.has_port);
	assert_true(url.has_userinfo);
	assert_false(url.is_ipv6);
	assert_string_equal(url.path, "/a/b%20c");
	assert_string_equal(url.query, "x=1&y=/?");
	assert_string_equal(url.fragment, "frag");
	bg_url_done(&url);
	assert_null(url.host);
}

static void
test_url__absent_parts_are_told_from_empty_ones(void **state)
{
	struct bg_url url = {0};

	(void)state;
	assert_int_equal(bg_url_parse(&url, "http://op.example"), BELGO_OK);
	assert_int_equal(url.port, 80);
	assert_false(url.has_port || url.has_userinfo);
	assert_string_equal(url.path, "");
	assert_null(url.query);
	assert_null(url.fragment);
	bg_url_done(&url);
	assert_int_equal(bg_url_parse(&url, "https://op.example?#"), BELGO_OK);
	assert_int_equal(url.port, 443);
	assert_string_equal(url.path, "");
	assert_string_equal(url.query, "");
	assert_string_equal(url.fragment, "");
	bg_url_done(&url);
}

/* @spec RFC 3986 section 3.2.2 */
static void
test_url__accepts_hosts_as_they_should_be(void **state)
{
	static const struct {
		const char *text, *host;
		int is_ipv6;
	} rows[] = {
	    {"https://127.0.0.1/", "127.0.0.1", 0},
	    {"https://255.255.255.255:1", "255.255.255.255", 0},
	    {"https://[::1]:65535/", "::1", 1},
	    {"https://[2001:db8::7]", "2001:db8::7", 1},
	    {"https://[::ffff:10.0.0.1]/", "::ffff:10.0.0.1", 1},
	    {"https://localhost", "localhost", 0},
	    {"https://xn--bcher-kva.example/", "xn--bcher-kva.example", 0},
	    {"https://a_b.example/", "a_b.example", 0},
	    {"https://1and1.example/", "1and1.example", 0},
	    {"https://127.0.0.1.example/", "127.0.0.1.example", 0},
	    {"https://face.be/", "face.be", 0},
	    {"https://@op.example/", "op.example", 0},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		struct bg_url url = {0};

		assert_row(rows[i].text, bg_url_parse(&url, rows[i].text) == BELGO_OK);
		assert_row(rows[i].text, bg_str_equal(url.host, rows[i].host));
		assert_row(rows[i].text, url.is_ipv6 == rows[i].is_ipv6);
		bg_url_done(&url);
	}
}

/* @spec RFC 3986 section 2, 3.2.2, 3.2.3 */
static void
test_url__rejects_what_a_browser_would_repair(void **state)
{
	static const char *const rows[] = {
	    /* scheme */
	    "",
	    "op.example",
	    "/relative",
	    "//op.example/",
	    "HTTPS://op.example/",
	    "Http://op.example/",
	    "ftp://op.example/",
	    "file:///etc/passwd",
	    "javascript:alert(1)",
	    "data:text/html,x",
	    "https:op.example",
	    "https:/op.example",
	    " https://op.example/",
	    "https",
	    /* host */
	    "https://",
	    "https:///path",
	    "https://:443/",
	    "https://?x",
	    "https://u@/",
	    "https://.example/",
	    "https://op..example/",
	    "https://op.example./",
	    "https://op%2eexample/",
	    "https://op!example/",
	    "https://b\xc3\xbc"
	    "cher.example/",
	    "https://op.example\\@evil.example/",
	    "https://u@v@op.example/",
	    "https://op.example%00.evil/",
	    "https://op example/",
	    /* numbers that resolvers understand and people do not */
	    "https://2130706433/",
	    "https://0x7f.1/",
	    "https://127.1/",
	    "https://0x7f000001/",
	    "https://0177.0.0.1/",
	    "https://127.0.0.01/",
	    "https://256.0.0.1/",
	    "https://1.2.3.4.5/",
	    "https://127.0.0.1./",
	    "https://0x/",
	    "https://a.0X7F/",
	    "https://example.1/",
	    "https://1.2.3/",
	    /* IPv6 */
	    "https://[::1/",
	    "https://[]/",
	    "https://[::1]x/",
	    "https://[fe80::1%25eth0]/",
	    "https://[v1.x]/",
	    "https://::1/",
	    "https://[::g]/",
	    "https://[127.0.0.1]/",
	    "https://x[::1]/",
	    /* port */
	    "https://op.example:/",
	    "https://op.example:0/",
	    "https://op.example:65536/",
	    "https://op.example:0443/",
	    "https://op.example:+1/",
	    "https://op.example:1a/",
	    "https://op.example:123456/",
	    "https://op.example:443:1/",
	    /* the rest */
	    "https://op.example/a b",
	    "https://op.example/\t",
	    "https://op.example/\r\nHost: x",
	    "https://op.example/\x7f",
	    "https://op.example\\path",
	    "https://op.example/\\",
	    "https://op.example/%",
	    "https://op.example/%4",
	    "https://op.example/%zz",
	    "https://op.example/\xc3\xa9",
	    "https://op.example/{tenant}",
	    "https://op.example/?a|b",
	    "https://op.example/?[",
	    "https://op.example/#a#b",
	    "https://op.example/?\"",
	    "https://u%@op.example/",
	    "https://u[@op.example/",
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		struct bg_url url = {0};

		assert_row(rows[i], bg_url_parse(&url, rows[i]) == BELGO_EINVAL);
		assert_row(rows[i], url.host == NULL);
	}
	assert_int_equal(bg_url_parse(&(struct bg_url){0}, NULL), BELGO_EINVAL);
}

/* A URL of just len bytes. */
static char *
url_of(size_t len)
{
	char *text = bg_calloc(len + 1, 1);

	assert_non_null(text);
	memset(text, 'a', len);
	memcpy(text, "https://op.example/", strlen("https://op.example/"));
	return text;
}

static void
test_url__takes_just_its_ceilings(void **state)
{
	char host[300], text[400], *longest = url_of(BG_MAX_URL), *longer = url_of(BG_MAX_URL + 1);
	struct bg_url url = {0};

	(void)state;
	assert_int_equal(bg_url_parse(&url, longest), BELGO_OK);
	bg_url_done(&url);
	assert_int_equal(bg_url_parse(&url, longer), BELGO_EINVAL);
	bg_str_free(&longest);
	bg_str_free(&longer);

	memset(host, 'a', sizeof(host));
	(void)snprintf(text, sizeof(text), "https://%.63s.example/", host);
	assert_int_equal(bg_url_parse(&url, text), BELGO_OK);
	bg_url_done(&url);
	(void)snprintf(text, sizeof(text), "https://%.64s.example/", host);
	assert_int_equal(bg_url_parse(&url, text), BELGO_EINVAL);
	(void)snprintf(text, sizeof(text), "https://%.63s.%.63s.%.63s.%.61s/", host, host, host, host);
	assert_int_equal(bg_url_parse(&url, text), BELGO_OK);
	bg_url_done(&url);
	(void)snprintf(text, sizeof(text), "https://%.63s.%.63s.%.63s.%.62s/", host, host, host, host);
	assert_int_equal(bg_url_parse(&url, text), BELGO_EINVAL);
}

static void
test_url__with_query_finds_the_right_joint(void **state)
{
	static const struct {
		const char *text, *query, *want;
	} rows[] = {
	    {"https://op.example/a", "x=1", "https://op.example/a?x=1"},
	    {"https://op.example/a?p=q", "x=1", "https://op.example/a?p=q&x=1"},
	    {"https://op.example/a?", "x=1", "https://op.example/a?x=1"},
	    {"https://op.example/a", "", "https://op.example/a"},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		char *url = bg_url_with_query(rows[i].text, rows[i].query);

		assert_string_equal(url, rows[i].want);
		bg_str_free(&url);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_url__gives_every_part),
	    cmocka_unit_test(test_url__absent_parts_are_told_from_empty_ones),
	    cmocka_unit_test(test_url__accepts_hosts_as_they_should_be),
	    cmocka_unit_test(test_url__rejects_what_a_browser_would_repair),
	    cmocka_unit_test(test_url__takes_just_its_ceilings),
	    cmocka_unit_test(test_url__with_query_finds_the_right_joint),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
