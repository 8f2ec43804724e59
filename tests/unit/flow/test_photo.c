/* The picture behind the access token: handed out, refused, or not there. */
#include "fixture.h"

#include "harness/seams_stub.h"

#define PHOTO WORLD_ISSUER "/photo"
#define PRESET(more)                                                                                         \
	"{\"id\":\"builtin\",\"name\":\"B\",\"kind\":\"oauth2\",\"issuer\":\"" WORLD_ISSUER                  \
	"\",\"discovery\":\"none\","                                                                         \
	"\"authorization_endpoint\":\"" WORLD_ISSUER "/auth\",\"token_endpoint\":\"" WORLD_TOKEN "\"" more   \
	"}"

static struct belgo_provider *with_photo, *without_photo;

static int
make_providers(void **state)
{
	static const char yes[] = PRESET(",\"photo_endpoint\":\"" PHOTO "\""), no[] = PRESET("");

	(void)state;
	assert_int_equal(belgo_provider_from_json(&with_photo, yes, strlen(yes), "test", NULL), BELGO_OK);
	assert_int_equal(belgo_provider_from_json(&without_photo, no, strlen(no), "test", NULL), BELGO_OK);
	seams_builtin = with_photo;
	return 0;
}

static int
free_providers(void **state)
{
	(void)state;
	belgo_provider_free(&with_photo);
	belgo_provider_free(&without_photo);
	return 0;
}

static struct planted
account_of(struct world *w, const char *refresh_token)
{
	struct planted a = {.provider = "builtin",
			    .is_oauth = 1,
			    .refresh_token = refresh_token,
			    .expires_at = WORLD_NOW + 3600};

	plant(w, &a);
	return a;
}

static struct belgo_op *
photo_of(struct world *w, const struct planted *a)
{
	struct belgo_op *op = NULL;

	assert_int_equal(belgo_photo_op(&op, world_client(w), a->key, NULL), BELGO_OK);
	return op;
}

static void
answer_photo(struct world *w, int status, const char *type, const char *body)
{
	world_answer(w, PHOTO, status, body);
	world_answer_header(w, "content-type", type);
}

static void
test_photo__bytes_and_kind_are_handed_out(void **state)
{
	struct world *w = world_new();
	struct planted a = account_of(w, RT1);
	struct belgo_op *op = photo_of(w, &a);
	const char *type = NULL;
	size_t len = 0;

	(void)state;
	assert_null(belgo_op_data(op, &len, &type));
	answer_photo(w, 200, "image/gif", "GIF89a...");
	assert_int_equal(world_finish(op, NULL), BELGO_OK);
	assert_memory_equal(belgo_op_data(op, &len, NULL), "GIF89a...", 9);
	assert_non_null(belgo_op_data(op, &len, &type));
	assert_int_equal(len, 9);
	assert_string_equal(type, "image/gif");
	assert_non_null(strstr(world_sent_headers(w, PHOTO), "Authorization: Bearer " AT1));
	belgo_op_free(&op);
	world_free(&w);
}

static void
test_photo__what_is_no_picture_is_not_handed_out(void **state)
{
	static const struct {
		const char *name;
		int status;
		const char *type;
		belgo_rc want;
	} rows[] = {
	    {"none there", 404, "application/json", BELGO_ENOTFOUND},
	    {"another kind than it says", 200, "image/png", BELGO_EPROTO},
	    {"no picture", 200, "text/html", BELGO_EPROTO},
	    {"forbidden", 403, "application/json", BELGO_EDENIED},
	    {"unavailable", 503, "application/json", BELGO_EUNAVAILABLE},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		struct world *w = world_new();
		struct planted a = account_of(w, RT1);

		answer_photo(w, rows[i].status, rows[i].type, "GIF89a...");
		assert_row(rows[i].name, world_run(photo_of(w, &a), NULL) == rows[i].want);
		assert_row(rows[i].name, world_count(w, "GET " PHOTO) == 1);
		world_free(&w);
	}
}

/* @spec RFC 6750 section 3.1 */
static void
test_photo__refused_token_is_refreshed_once(void **state)
{
	static const struct {
		const char *name;
		const char *refresh_token;
		int second;
		belgo_rc want;
		size_t asked;
	} rows[] = {
	    {"then accepted", RT1, 200, BELGO_OK, 2},
	    {"refused again", RT1, 401, BELGO_ELOGIN, 2},
	    {"no refresh token", NULL, 200, BELGO_ELOGIN, 1},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		struct world *w = world_new();
		struct planted a = account_of(w, rows[i].refresh_token);

		answer_photo(w, 401, "application/json", "{}");
		answer_photo(w, rows[i].second, "image/gif", "GIF89a...");
		answer_token(w, AT2, RT2, NULL);
		assert_row(rows[i].name, world_run(photo_of(w, &a), NULL) == rows[i].want);
		assert_row(rows[i].name, world_count(w, "GET " PHOTO) == rows[i].asked);
		assert_row(rows[i].name, world_count(w, "POST " WORLD_TOKEN) == rows[i].asked - 1);
		world_free(&w);
	}
}

static void
test_photo__nothing_is_spent_where_there_is_none(void **state)
{
	struct world *w = world_new();
	struct planted a = account_of(w, RT1), unknown = {.subject = "x"};

	(void)state;
	planted_name(&unknown);
	seams_builtin = without_photo;
	assert_int_equal(world_run(photo_of(w, &a), NULL), BELGO_ENOTFOUND);
	seams_builtin = NULL;
	assert_int_equal(world_run(photo_of(w, &a), NULL), BELGO_ENOTFOUND);
	seams_builtin = with_photo;
	assert_int_equal(world_run(photo_of(w, &unknown), NULL), BELGO_ENOTFOUND);
	world_no_answer(w, PHOTO, BELGO_ETLS);
	assert_int_equal(world_run(photo_of(w, &a), NULL), BELGO_ETLS);
	assert_int_equal(world_count(w, "lock"), 0);
	world_free(&w);
}

static void
test_photo__key_is_checked(void **state)
{
	struct world *w = world_new();
	struct belgo_op *op = NULL;

	(void)state;
	assert_int_equal(belgo_photo_op(&op, world_client(w), "x", NULL), BELGO_EINVAL);
	assert_null(op);
	world_free(&w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_photo__bytes_and_kind_are_handed_out),
	    cmocka_unit_test(test_photo__what_is_no_picture_is_not_handed_out),
	    cmocka_unit_test(test_photo__refused_token_is_refreshed_once),
	    cmocka_unit_test(test_photo__nothing_is_spent_where_there_is_none),
	    cmocka_unit_test(test_photo__key_is_checked),
	};

	return cmocka_run_group_tests(tests, make_providers, free_providers);
}
