/* The photo endpoint: asked with the token in a header, believed only if it is a picture. */
#include "harness/test.h"

#include "proto/photo.h"

#include "base/error.h"
#include "base/mem.h"
#include "unit/proto/answer.h"

static struct belgo_provider provider = {.id = (char *)(uintptr_t) "p",
					 .issuer = (char *)(uintptr_t) "https://op.example",
					 .photo_endpoint = (char *)(uintptr_t) "https://op.example/photo",
					 .hooks = &bg_hooks_none};

static void
test_photo__asks_for_an_image_with_the_token_in_a_header(void **state)
{
	struct belgo_http_request req = {0};

	(void)state;
	assert_int_equal(bg_photo_request(&req, &provider, TOKEN_OF("Bearer", "at-1"), NULL), BELGO_OK);
	assert_string_equal(req.method, "GET");
	assert_string_equal(req.url, "https://op.example/photo");
	assert_string_equal(req.headers[0].value, "image/*");
	assert_string_equal(req.headers[1].value, "Bearer at-1");
	assert_int_equal(req.max_body, BG_MAX_PHOTO);
	belgo_http_request_done(&req);
}

static void
test_photo__asks_nobody_without_an_endpoint_or_with_a_broken_token(void **state)
{
	struct belgo_provider none = provider;
	struct belgo_http_request req = {0};

	(void)state;
	none.photo_endpoint = NULL;
	assert_int_equal(bg_photo_request(&req, &none, TOKEN_OF("Bearer", "at-1"), NULL), BELGO_ENOTFOUND);
	assert_int_equal(bg_photo_request(&req, &provider, TOKEN_OF("Bearer", "at\r\nX: 1"), NULL),
			 BELGO_EINVAL);
	assert_int_equal(bg_photo_request(&req, &provider, TOKEN_OF("Bearer", ""), NULL), BELGO_EINVAL);
	assert_null(req.url);
}

static void
test_photo__judges_status_type_and_first_bytes(void **state)
{
	static const struct {
		const char *name;
		int status;
		const char *type, *body;
		size_t len;
		belgo_rc want;
	} rows[] = {
	    {"jpeg", 200, "image/jpeg", "\xff\xd8\xff\xe0", 4, BELGO_OK},
	    {"png", 200, "image/png", "\x89PNG\r\n\x1a\n", 8, BELGO_OK},
	    {"gif", 200, "image/gif", "GIF89a", 6, BELGO_OK},
	    {"webp", 200, "image/webp", "RIFF....WEBP", 12, BELGO_OK},
	    {"html that says jpeg", 200, "image/jpeg", "<html>", 6, BELGO_EPROTO},
	    {"jpeg that says html", 200, "text/html", "\xff\xd8\xff\xe0", 4, BELGO_EPROTO},
	    {"cut off", 200, "image/jpeg", "\xff\xd8", 2, BELGO_EPROTO},
	    {"svg", 200, "image/svg+xml", "<svg/>", 6, BELGO_EPROTO},
	    {"empty", 200, "image/png", "", 0, BELGO_EPROTO},
	    {"none there", 404, "application/json", "{}", 2, BELGO_ENOTFOUND},
	    {"token refused", 401, "application/json", "{}", 2, BELGO_ELOGIN},
	    {"forbidden", 403, "application/json", "{}", 2, BELGO_EDENIED},
	    {"redirected", 302, "text/html", "", 0, BELGO_EPROTO},
	    {"down", 503, "text/html", "", 0, BELGO_EUNAVAILABLE},
	    {"partial", 206, "image/png", "\x89PNG\r\n\x1a\n", 8, BELGO_EPROTO},
	};
	const char *secrets[] = {"at-1", NULL};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		struct belgo_http_header header = {(char *)(uintptr_t) "content-type",
						   (char *)(uintptr_t)rows[i].type};
		struct belgo_http_response res = {.status = rows[i].status,
						  .headers = &header,
						  .n_headers = 1,
						  .body = (char *)(uintptr_t)rows[i].body,
						  .body_len = rows[i].len};
		const char *type = NULL;

		assert_row(rows[i].name,
			   bg_photo_response(&type, &provider, &res, secrets, NULL) == rows[i].want);
		assert_row(rows[i].name,
			   rows[i].want == BELGO_OK ? bg_str_equal(type, rows[i].type) : type == NULL);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_photo__asks_for_an_image_with_the_token_in_a_header),
	    cmocka_unit_test(test_photo__asks_nobody_without_an_endpoint_or_with_a_broken_token),
	    cmocka_unit_test(test_photo__judges_status_type_and_first_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
