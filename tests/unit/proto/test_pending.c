/* A pending web login, sealed: it comes back whole, and only by the same key and binding, in time. */
#include "harness/test.h"

#include "base/limits.h"
#include "base/mem.h"
#include "proto/pending.h"

#define NOW 1800000000

static const unsigned char key[BG_AEAD_KEY] = {1}, other_key[BG_AEAD_KEY] = {2}, nonce[BG_AEAD_NONCE] = {3};
static const struct bg_pending_seal how = {key, "binding"};

static struct bg_pending
pending_of(char *payload)
{
	static char state[] = "state", verifier[] = "verifier", scope[] = "openid email";

	return (struct bg_pending){.state = state,
				   .code_verifier = verifier,
				   .scope = scope,
				   .payload = payload,
				   .expires_at = NOW + 300};
}

static void
test_pending__comes_back_whole(void **state)
{
	char payload[] = "{\"a\":\"\xc3\xa9\"}";
	struct bg_pending in = pending_of(payload), out = {0};
	BG_AUTO(bg_str_free) char *text = NULL;

	(void)state;
	assert_int_equal(bg_pending_seal(&text, &in, &how, nonce, NULL), BELGO_OK);
	assert_int_equal(bg_pending_open(&out, text, &how, NOW + 299, NULL), BELGO_OK);
	assert_string_equal(out.state, in.state);
	assert_string_equal(out.code_verifier, in.code_verifier);
	assert_string_equal(out.scope, in.scope);
	assert_string_equal(out.payload, payload);
	assert_null(out.nonce);
	assert_null(out.dpop_key);
	assert_int_equal(out.expires_at, NOW + 300);
	bg_pending_done(&out);
}

/* @spec RFC 6749 section 10.12 */
static void
test_pending__opens_for_nobody_else(void **state)
{
	static const struct {
		const char *name;
		struct bg_pending_seal how;
		int64_t now;
	} rows[] = {
	    {"another key", {other_key, "binding"}, NOW},
	    {"another binding", {key, "bindinG"}, NOW},
	    {"no binding", {key, ""}, NOW},
	    {"too late", {key, "binding"}, NOW + 300},
	};
	struct bg_pending in = pending_of(NULL);
	BG_AUTO(bg_str_free) char *text = NULL;

	(void)state;
	assert_int_equal(bg_pending_seal(&text, &in, &how, nonce, NULL), BELGO_OK);
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		struct bg_pending out = {0};
		struct belgo_error err = {0};

		assert_row(rows[i].name,
			   bg_pending_open(&out, text, &rows[i].how, rows[i].now, &err) == BELGO_ESTATE);
		assert_row(rows[i].name, err.rc == BELGO_ESTATE && out.state == NULL);
	}
}

static void
test_pending__any_changed_character_spoils_it(void **state)
{
	struct bg_pending in = pending_of(NULL), out = {0};
	BG_AUTO(bg_str_free) char *text = NULL;
	size_t len;

	(void)state;
	assert_int_equal(bg_pending_seal(&text, &in, &how, nonce, NULL), BELGO_OK);
	len = strlen(text);
	for (size_t i = 0; i < len; i++) {
		char was = text[i];

		text[i] = was == 'A' ? 'B' : 'A';
		assert_int_equal(bg_pending_open(&out, text, &how, NOW, NULL), BELGO_ESTATE);
		text[i] = '=';
		assert_int_equal(bg_pending_open(&out, text, &how, NOW, NULL), BELGO_ESTATE);
		text[i] = '\0';
		assert_int_equal(bg_pending_open(&out, text, &how, NOW, NULL), BELGO_ESTATE);
		text[i] = was;
	}
	assert_int_equal(bg_pending_open(&out, text, &how, NOW, NULL), BELGO_OK);
	bg_pending_done(&out);
}

static void
test_pending__what_no_cookie_holds_is_not_sealed(void **state)
{
	char payload[BG_MAX_PENDING];
	struct bg_pending in = pending_of(payload), out = {0};
	struct belgo_error err = {0};
	size_t most = 0;

	(void)state;
	for (size_t len = 2000; len < sizeof(payload); len++) {
		BG_AUTO(bg_str_free) char *text = NULL;

		memset(payload, 'a', len);
		payload[len] = '\0';
		if (bg_pending_seal(&text, &in, &how, nonce, &err) != BELGO_OK)
			break;
		assert_true(strlen(text) <= BG_MAX_PENDING);
		assert_int_equal(bg_pending_open(&out, text, &how, NOW, NULL), BELGO_OK);
		bg_pending_done(&out);
		most = len;
	}
	assert_int_equal(err.rc, BELGO_EINVAL);
	assert_true(most > 2500);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_pending__comes_back_whole),
	    cmocka_unit_test(test_pending__opens_for_nobody_else),
	    cmocka_unit_test(test_pending__any_changed_character_spoils_it),
	    cmocka_unit_test(test_pending__what_no_cookie_holds_is_not_sealed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
