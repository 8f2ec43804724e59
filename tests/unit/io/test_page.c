/* The page that answers the browser: nothing in it but what was meant, and a policy that fits it. */
#include "harness/test.h"

#include "io/page.h"

#include <openssl/evp.h>

struct fixture {
	struct bg_buf html;
};

static void
render(struct fixture *f, const struct belgo_page *page)
{
	bg_buf_free(&f->html);
	f->html = BG_BUF(BG_MAX_PAGE);
	assert_int_equal(bg_page_html(&f->html, page), BELGO_OK);
}

static int
has(const struct fixture *f, const char *text)
{
	return strstr(f->html.data, text) != NULL;
}

static void
test_page__says_who_what_and_where(void **state)
{
	struct fixture f = {0};
	const struct belgo_page page = {
	    .ok = 1,
	    .title = "Welcome",
	    .message = "All is well.",
	    .account = "ada@example.org",
	    .scopes_granted = " openid  email ",
	    .scopes_refused = "https://api.example/a",
	    .stored_in = "the keyring",
	    .hint = "Try it.",
	};

	(void)state;
	render(&f, &page);
	assert_true(strncmp(f.html.data, "<!doctype html>\n<html lang=\"en\">", 32) == 0);
	assert_true(has(&f, "<title>Welcome</title>"));
	assert_true(has(&f, "<h1>Welcome</h1>"));
	assert_true(has(&f, "<meta name=\"viewport\""));
	assert_true(has(&f, "<main class=\"ok\">"));
	assert_true(has(&f, "All is well."));
	assert_true(has(&f, "<bdi>ada@example.org</bdi>"));
	assert_true(has(&f, "<ul><li><bdi>openid</bdi></li><li><bdi>email</bdi></li></ul>"));
	assert_true(has(&f, "<li><bdi>https:/<wbr>/<wbr>api.example/<wbr>a</bdi></li>"));
	assert_true(has(&f, "<bdi>the keyring</bdi>"));
	assert_true(has(&f, "Try it."));
	assert_true(has(&f, "You can close this window."));
	bg_buf_free(&f.html);
}

static void
test_page__leaves_out_what_is_not_there(void **state)
{
	struct fixture f = {0};

	(void)state;
	render(&f, &(struct belgo_page){.ok = 0, .scopes_granted = "  "});
	assert_true(has(&f, "<main class=\"failed\">"));
	assert_true(has(&f, "<h1>Sign-in failed</h1>"));
	assert_false(has(&f, "<dt>"));
	assert_false(has(&f, "class=\"hint\""));
	render(&f, &(struct belgo_page){.ok = 1});
	assert_true(has(&f, "<h1>You are signed in</h1>"));
	assert_false(has(&f, "<dl>"));
	bg_buf_free(&f.html);
}

static void
test_page__escapes_every_member(void **state)
{
	static const char evil[] = "<script>'\"&</script>\x1b[31m\n";
	static const char safe[] = "&lt;script&gt;&#39;&quot;&amp;&lt;/";
	struct fixture f = {0};
	const struct belgo_page page = {
	    .title = evil,
	    .message = evil,
	    .account = evil,
	    .scopes_granted = evil,
	    .scopes_refused = evil,
	    .stored_in = evil,
	    .hint = evil,
	};
	size_t found = 0;

	(void)state;
	render(&f, &page);
	for (const char *at = f.html.data; (at = strstr(at, safe)) != NULL; at++)
		found++;
	assert_int_equal(found, 8); /* the title twice */
	assert_null(strstr(f.html.data, "<script>'"));
	assert_null(strchr(f.html.data, '\x1b'));
	bg_buf_free(&f.html);
}

static void
test_page__cuts_long_text_between_characters(void **state)
{
	struct fixture f = {0};
	char text[1100];

	(void)state;
	memset(text, 'a', sizeof(text));
	memcpy(text + 1023, "\xc3\xa9", 2);
	text[sizeof(text) - 1] = '\0';
	render(&f, &(struct belgo_page){.ok = 1, .message = text});
	assert_true(has(&f, "aaa</p>"));
	assert_null(strchr(f.html.data, '\xc3'));
	memcpy(text + 1022,
	       "\xc3\xa9"
	       "a",
	       3);
	render(&f, &(struct belgo_page){.ok = 1, .message = text});
	assert_true(has(&f, "a\xc3\xa9</p>"));
	bg_buf_free(&f.html);
}

static void
test_page__shows_no_bytes_that_are_not_utf8(void **state)
{
	struct fixture f = {0};

	(void)state;
	render(&f, &(struct belgo_page){.ok = 1, .account = "Ad\xc3\xa8le"});
	assert_true(has(&f, "<bdi>Ad\xc3\xa8le</bdi>"));
	render(&f, &(struct belgo_page){.ok = 1, .account = "Ad\xff\xc0le"});
	assert_true(has(&f, "<bdi>Ad??le</bdi>"));
	bg_buf_free(&f.html);
}

static void
test_page__fits_its_ceiling_at_its_longest(void **state)
{
	struct fixture f = {0};
	char text[2000], scopes[2000];
	const struct belgo_page page = {
	    .title = text,
	    .message = text,
	    .account = text,
	    .scopes_granted = scopes,
	    .scopes_refused = scopes,
	    .stored_in = text,
	    .hint = text,
	};

	(void)state;
	memset(text, '"', sizeof(text));
	for (size_t i = 0; i < sizeof(scopes); i++)
		scopes[i] = i % 2 == 0 ? '"' : ' ';
	text[sizeof(text) - 1] = scopes[sizeof(scopes) - 1] = '\0';
	render(&f, &page);
	assert_true(has(&f, "</html>"));
	bg_buf_free(&f.html);
}

/* The hash of what stands between two marks, as a browser computes it. Content Security Policy Level 3,
 * section 6.7.2.3 */
static void
hash_between(char out[80], const char *html, const char *from, const char *to)
{
	const char *start = strstr(html, from), *end;
	unsigned char hash[EVP_MAX_MD_SIZE], encoded[64];
	unsigned int len;

	assert_non_null(start);
	start += strlen(from);
	end = strstr(start, to);
	assert_non_null(end);
	assert_int_equal(EVP_Digest(start, (size_t)(end - start), hash, &len, EVP_sha256(), NULL), 1);
	assert_int_equal(EVP_EncodeBlock(encoded, hash, (int)len), 44);
	(void)snprintf(out, 80, "'sha256-%s'", (const char *)encoded);
}

static void
test_page__is_let_in_by_its_own_policy(void **state)
{
	struct fixture f = {0};
	struct bg_buf policy = BG_BUF(1024);
	char style[80], script[80], want[512];

	(void)state;
	render(&f, &(struct belgo_page){.ok = 1});
	assert_int_equal(bg_page_policy(&policy), BELGO_OK);
	hash_between(style, f.html.data, "<style>", "</style>");
	hash_between(script, f.html.data, "<script>", "</script>");
	(void)snprintf(want, sizeof(want),
		       "default-src 'none'; style-src %s; script-src %s; base-uri 'none'; form-action "
		       "'none'; frame-ancestors 'none'",
		       style, script);
	assert_string_equal(policy.data, want);
	assert_true(has(&f, "<script>history.replaceState(null,'',location.pathname)</script>"));
	/* Nothing from anywhere else. */
	assert_false(has(&f, "http"));
	assert_false(has(&f, "url("));
	assert_false(has(&f, " style="));
	assert_false(has(&f, "@import"));
	bg_buf_free(&policy);
	bg_buf_free(&f.html);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_page__says_who_what_and_where),
	    cmocka_unit_test(test_page__leaves_out_what_is_not_there),
	    cmocka_unit_test(test_page__escapes_every_member),
	    cmocka_unit_test(test_page__cuts_long_text_between_characters),
	    cmocka_unit_test(test_page__shows_no_bytes_that_are_not_utf8),
	    cmocka_unit_test(test_page__fits_its_ceiling_at_its_longest),
	    cmocka_unit_test(test_page__is_let_in_by_its_own_policy),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
