/* Records: what is written is read, and what cannot be read is left alone. */
#include "fixture.h"

#include "flow/further.h"

/* of the subject s at the issuer i, through the client c */
#define KEY "6bfc322978820a87e2e7ad20b692372e44ce6c8b2faddc84d7c03776d936ad26"

static const struct bg_token_keys no_keys;

static belgo_rc
decode(struct bg_record **out, const char *text, struct belgo_error *err)
{
	struct belgo_blob blob = {.data = (unsigned char *)(uintptr_t)text, .len = strlen(text)};

	return bg_record_decode(out, &blob, "account/" KEY, &no_keys, err);
}

static void
add_further(struct bg_record *r)
{
	static const char *const list[] = {"https://c.example/"};
	struct bg_selection selection = {0};
	struct belgo_token *token = bg_calloc(1, sizeof(*token));

	token->access_token = strdup("further");
	token->token_type = strdup("Bearer");
	token->scope = strdup("x");
	token->expires_at = 16;
	assert_int_equal(bg_selection_make(&selection, "y x", list, 1, NULL), BELGO_OK);
	assert_int_equal(bg_further_keep(r, &selection, &token, 17001), BELGO_OK);
	bg_selection_done(&selection);
}

/* Every member has a value of its own. */
static struct bg_record *
full_record(void)
{
	static const char *const list[] = {"https://a.example/", "https://b.example/"};
	struct bg_record *r = bg_record_new();
	struct belgo_account *a = r->account;
	struct belgo_token *t = r->token;
	char **strings[] = {&a->cache_id,        &a->name,
			    &a->provider,        &a->tenant,
			    &a->issuer,          &a->metadata_issuer,
			    &a->client_id,       &a->subject,
			    &a->email,           &a->display_name,
			    &a->picture,         &a->scope,
			    &a->scope_requested, &a->claims,
			    &a->grant,           &a->authorization_details,
			    &t->access_token,    &t->token_type,
			    &t->refresh_token,   &t->id_token,
			    &t->scope,           &t->authorization_details,
			    &r->nonce,           &r->hd,
			    &r->redirect_uri,    &r->token_endpoint_auth_method};

	for (size_t i = 0; i < BG_LEN(strings); i++)
		assert_true(asprintf(strings[i], "value %zu", i) > 0);
	assert_true(bg_str_set(&a->issuer, "i") == BELGO_OK && bg_str_set(&a->client_id, "c") == BELGO_OK &&
		    bg_str_set(&a->subject, "s") == BELGO_OK && bg_str_set(&a->key, KEY) == BELGO_OK);
	r->profile = strdup("fapi2");
	a->email_verified = BELGO_VERIFIED_YES;
	a->created_at = 11;
	a->needs_login = 1;
	t->expires_at = 12;
	t->refresh_expires_at = 13;
	t->obtained_at = 14;
	assert_int_equal(bg_strv_dup(&r->resources, list, 2), BELGO_OK);
	assert_int_equal(bg_strv_dup(&r->client_ids, list + 1, 1), BELGO_OK);
	r->refreshed_at_ms = 15001;
	r->pending = 1;
	add_further(r);
	assert_int_equal(bg_record_settle(r), BELGO_OK);
	return r;
}

static void
assert_same_account(const struct belgo_account *a, const struct belgo_account *b)
{
	assert_string_equal(a->key, b->key);
	assert_string_equal(a->cache_id, b->cache_id);
	assert_string_equal(a->name, b->name);
	assert_string_equal(a->provider, b->provider);
	assert_string_equal(a->tenant, b->tenant);
	assert_string_equal(a->issuer, b->issuer);
	assert_string_equal(a->metadata_issuer, b->metadata_issuer);
	assert_string_equal(a->client_id, b->client_id);
	assert_string_equal(a->subject, b->subject);
	assert_string_equal(a->email, b->email);
	assert_string_equal(a->display_name, b->display_name);
	assert_string_equal(a->picture, b->picture);
	assert_string_equal(a->scope, b->scope);
	assert_string_equal(a->scope_requested, b->scope_requested);
	assert_string_equal(a->claims, b->claims);
	assert_string_equal(a->further, b->further);
	assert_string_equal(a->authorization_details, b->authorization_details);
	assert_string_equal(a->grant, b->grant);
	assert_int_equal(a->email_verified, b->email_verified);
	assert_int_equal(a->access_expires_at, b->access_expires_at);
	assert_int_equal(a->refresh_expires_at, b->refresh_expires_at);
	assert_int_equal(a->refreshed_at, b->refreshed_at);
	assert_int_equal(a->created_at, b->created_at);
	assert_int_equal(a->has_refresh_token, b->has_refresh_token);
	assert_int_equal(a->needs_login, b->needs_login);
}

static void
assert_same_token(const struct belgo_token *a, const struct belgo_token *b)
{
	assert_string_equal(a->access_token, b->access_token);
	assert_string_equal(a->token_type, b->token_type);
	assert_string_equal(a->refresh_token, b->refresh_token);
	assert_string_equal(a->id_token, b->id_token);
	assert_string_equal(a->scope, b->scope);
	assert_string_equal(a->authorization_details, b->authorization_details);
	assert_int_equal(a->expires_at, b->expires_at);
	assert_int_equal(a->refresh_expires_at, b->refresh_expires_at);
	assert_int_equal(a->obtained_at, b->obtained_at);
}

static void
test_record__every_member_comes_back(void **state)
{
	struct bg_record *r = full_record(), *back = NULL;
	char *text = NULL;

	(void)state;
	assert_int_equal(bg_record_encode(&text, r, &no_keys), BELGO_OK);
	assert_int_equal(decode(&back, text, NULL), BELGO_OK);
	assert_same_account(r->account, back->account);
	assert_same_token(r->token, back->token);
	assert_string_equal(back->nonce, r->nonce);
	assert_string_equal(back->hd, r->hd);
	assert_string_equal(back->redirect_uri, r->redirect_uri);
	assert_string_equal(back->token_endpoint_auth_method, r->token_endpoint_auth_method);
	assert_string_equal(back->profile, "fapi2");
	assert_int_equal(bg_strv_len(back->resources), 2);
	assert_string_equal(back->resources[1], "https://b.example/");
	assert_int_equal(bg_strv_len(back->client_ids), 1);
	assert_int_equal(back->refreshed_at_ms, 15001);
	assert_int_equal(back->pending, 1);
	assert_int_equal(back->n_further, 1);
	assert_string_equal(back->further[0]->selection.scope, "x y");
	assert_string_equal(back->further[0]->selection.resources[0], "https://c.example/");
	assert_int_equal(back->further[0]->refreshed_at_ms, 17001);
	assert_string_equal(back->further[0]->token->access_token, "further");
	assert_int_equal(back->further[0]->token->expires_at, 16);
	free(text);
	bg_record_free(&r);
	bg_record_free(&back);
}

static void
test_record__copies_are_whole(void **state)
{
	struct bg_record *r = full_record();
	struct belgo_account *a = bg_account_dup(r->account);
	struct belgo_token *t = bg_token_dup(r->token);

	(void)state;
	assert_same_account(a, r->account);
	assert_same_token(t, r->token);
	assert_ptr_not_equal(a->name, r->account->name);
	belgo_account_free(&a);
	belgo_token_free(&t);
	bg_record_free(&r);
}

/* The least that is a record. */
#define ACCOUNT                                                                                              \
	"\"key\":\"" KEY                                                                                     \
	"\",\"name\":\"n\",\"issuer\":\"i\",\"metadata_issuer\":\"i\",\"client_id\":\"c\",\"subject\":\"s\""
#define TOKEN "\"access_token\":\"a\",\"token_type\":\"Bearer\""
#define FURTHER "{\"token\":{" TOKEN "}}"
#define FOUR FURTHER "," FURTHER "," FURTHER "," FURTHER
#define RECORD(account, token, more) "{\"version\":1,\"account\":{" account "},\"token\":{" token "}" more "}"

static void
test_record__what_is_not_there_is_unknown(void **state)
{
	struct bg_record *r = NULL;

	(void)state;
	assert_int_equal(decode(&r, RECORD(ACCOUNT, TOKEN, ""), NULL), BELGO_OK);
	assert_null(r->account->email);
	assert_null(r->token->refresh_token);
	assert_false(r->account->has_refresh_token);
	assert_null(r->resources);
	assert_null(r->account->further);
	assert_int_equal(bg_strv_len(r->resources), 0);
	assert_int_equal(r->account->created_at, 0);
	assert_false(r->pending);
	bg_record_free(&r);
}

static void
test_record__sixteen_further_tokens_are_read(void **state)
{
	struct bg_record *r = NULL;

	(void)state;
	assert_int_equal(
	    decode(&r, RECORD(ACCOUNT, TOKEN, ",\"further\":[" FOUR "," FOUR "," FOUR "," FOUR "]"), NULL),
	    BELGO_OK);
	assert_int_equal(r->n_further, BG_MAX_FURTHER);
	bg_record_free(&r);
}

/* What a provider once sent as a name stays readable, whatever stands in it. */
static void
test_record__control_characters_in_names_come_back(void **state)
{
	struct bg_record *r = full_record(), *back = NULL;
	char *text = NULL;

	(void)state;
	bg_str_free(&r->account->display_name);
	r->account->display_name = strdup("a\xc2\x9b"
					  "31m\x1b[0m\n\xc3\xa4");
	assert_int_equal(bg_record_encode(&text, r, &no_keys), BELGO_OK);
	assert_int_equal(decode(&back, text, NULL), BELGO_OK);
	assert_string_equal(back->account->display_name, r->account->display_name);
	free(text);
	bg_record_free(&r);
	bg_record_free(&back);
}

static void
test_record__text_that_is_no_utf8_is_not_written(void **state)
{
	struct bg_record *r = full_record();
	char *text = NULL;

	(void)state;
	bg_str_free(&r->hd);
	r->hd = strdup("\xff");
	assert_int_equal(bg_record_encode(&text, r, &no_keys), BELGO_EINVAL);
	assert_null(text);
	bg_record_free(&r);
}

static void
test_record__newer_version_is_told_from_damage(void **state)
{
	struct bg_record *r = NULL;
	struct belgo_error err = {0};

	(void)state;
	assert_int_equal(decode(&r, "{\"version\":2,\"anything\":[]}", &err), BELGO_EVERSION);
	assert_string_equal(err.text,
			    "the record account/" KEY " was written by a newer version; it is left as it is");
	assert_null(r);
}

static void
test_record__damage_is_an_error_of_the_store(void **state)
{
	static const struct {
		const char *name;
		const char *text;
	} rows[] = {
	    {"empty", ""},
	    {"no object", "[]"},
	    {"no version", "{}"},
	    {"a version that is no number", "{\"version\":\"1\"}"},
	    {"nothing in it", "{\"version\":1}"},
	    {"an account that is no object", "{\"version\":1,\"account\":[],\"token\":{}}"},
	    {"no access token", RECORD(ACCOUNT, "\"token_type\":\"Bearer\"", "")},
	    {"no token type", RECORD(ACCOUNT, "\"access_token\":\"a\"", "")},
	    {"another account's", RECORD("\"key\":\"x\",\"name\":\"n\",\"issuer\":\"i\",\"metadata_issuer\":"
					 "\"i\",\"client_id\":\"c\",\"subject\":\"s\"",
					 TOKEN, "")},
	    {"no name",
	     RECORD("\"key\":\"" KEY
		    "\",\"issuer\":\"i\",\"metadata_issuer\":\"i\",\"client_id\":\"c\",\"subject\":\"s\"",
		    TOKEN, "")},
	    {"a name that is no string", RECORD(ACCOUNT ",\"email\":7", TOKEN, "")},
	    {"an unknown verification", RECORD(ACCOUNT ",\"email_verified\":9", TOKEN, "")},
	    {"a verification that is no number", RECORD(ACCOUNT ",\"email_verified\":\"yes\"", TOKEN, "")},
	    {"a mark that is no number", RECORD(ACCOUNT ",\"needs_login\":true", TOKEN, "")},
	    {"a time that is no number", RECORD(ACCOUNT, TOKEN ",\"expires_at\":\"soon\"", "")},
	    {"another time that is no number", RECORD(ACCOUNT, TOKEN ",\"refresh_expires_at\":[]", "")},
	    {"a token that is no string", RECORD(ACCOUNT, TOKEN ",\"id_token\":null", "")},
	    {"resources that are no list", RECORD(ACCOUNT, TOKEN, ",\"login\":{\"resources\":\"x\"}")},
	    {"resources that are no strings", RECORD(ACCOUNT, TOKEN, ",\"login\":{\"resources\":[1]}")},
	    {"client ids that are no list", RECORD(ACCOUNT, TOKEN, ",\"login\":{\"client_ids\":{}}")},
	    {"a nonce that is no string", RECORD(ACCOUNT, TOKEN, ",\"login\":{\"nonce\":1}")},
	    {"a refresh that is no time", RECORD(ACCOUNT, TOKEN, ",\"refreshed_at_ms\":\"x\"")},
	    {"pending that is no number", RECORD(ACCOUNT, TOKEN, ",\"pending\":\"x\"")},
	    {"pending that an int would take for 0", RECORD(ACCOUNT, TOKEN, ",\"pending\":4294967296")},
	    {"a verification that an int would take for 1",
	     RECORD(ACCOUNT ",\"email_verified\":4294967297", TOKEN, "")},
	    {"further tokens that are no list", RECORD(ACCOUNT, TOKEN, ",\"further\":{}")},
	    {"a further token that is no object", RECORD(ACCOUNT, TOKEN, ",\"further\":[1]")},
	    {"a further token without its token", RECORD(ACCOUNT, TOKEN, ",\"further\":[{\"scope\":\"a\"}]")},
	    {"a further token without a type",
	     RECORD(ACCOUNT, TOKEN, ",\"further\":[{\"token\":{\"access_token\":\"a\"}}]")},
	    {"a further token whose resources are no list",
	     RECORD(ACCOUNT, TOKEN, ",\"further\":[{\"token\":{" TOKEN "},\"resources\":\"x\"}]")},
	    {"seventeen further tokens",
	     RECORD(ACCOUNT, TOKEN, ",\"further\":[" FOUR "," FOUR "," FOUR "," FOUR "," FURTHER "]")},
	    {"a member twice", RECORD(ACCOUNT ",\"name\":\"m\"", TOKEN, "")},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		struct bg_record *r = NULL;
		struct belgo_error err = {0};

		assert_row(rows[i].name, decode(&r, rows[i].text, &err) == BELGO_ESTORE);
		assert_row(rows[i].name,
			   r == NULL && strstr(err.text, "is damaged; it is left as it is") != NULL);
	}
}

static void
test_record__no_beginning_of_a_record_is_a_record(void **state)
{
	struct bg_record *r = full_record(), *back = NULL;
	char *text = NULL;
	size_t len;

	(void)state;
	assert_int_equal(bg_record_encode(&text, r, &no_keys), BELGO_OK);
	len = strlen(text);
	for (size_t i = 0; i < len; i++) {
		struct belgo_blob blob = {.data = (unsigned char *)strndup(text, i), .len = i};

		assert_int_equal(bg_record_decode(&back, &blob, "account/" KEY, &no_keys, NULL),
				 BELGO_ESTORE);
		assert_null(back);
		belgo_blob_done(&blob);
	}
	free(text);
	bg_record_free(&r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_record__every_member_comes_back),
	    cmocka_unit_test(test_record__copies_are_whole),
	    cmocka_unit_test(test_record__what_is_not_there_is_unknown),
	    cmocka_unit_test(test_record__sixteen_further_tokens_are_read),
	    cmocka_unit_test(test_record__control_characters_in_names_come_back),
	    cmocka_unit_test(test_record__text_that_is_no_utf8_is_not_written),
	    cmocka_unit_test(test_record__newer_version_is_told_from_damage),
	    cmocka_unit_test(test_record__damage_is_an_error_of_the_store),
	    cmocka_unit_test(test_record__no_beginning_of_a_record_is_a_record),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
