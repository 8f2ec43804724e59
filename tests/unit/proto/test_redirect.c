/* The authorization response: rows A01 to A11, A19, A22 and A23 of the hostile list. */
#include "base/buf.h"
#include "base/limits.h"
#include "base/mem.h"
#include "harness/failalloc.h"
#include "harness/test.h"
#include "proto/redirect.h"

#define STATE "af0ifjsldkj"
#define ISS "&iss=https%3A%2F%2Fop.example%2Fa"

static char issuer[] = "https://op.example/a";
static const struct belgo_provider plain = {.hooks = &bg_hooks_none};
static const struct belgo_provider silent = {.hooks = &bg_hooks_none, .iss_not_sent = 1};
static const struct bg_metadata advertised = {.issuer = issuer, .iss_parameter_supported = 1};
static const struct bg_metadata unadvertised = {.issuer = issuer};

struct row {
	const char *name, *params;
	enum bg_redirect_verdict verdict;
	belgo_rc rc; /* REFUSED: the result; IGNORE: what the error says */
	const char *code;
};

static void
check(const struct row *row, const struct belgo_provider *provider, const struct bg_metadata *metadata)
{
	const struct bg_redirect_expect expect = {provider, metadata, STATE};
	BG_AUTO(bg_str_free) char *code = NULL;
	belgo_rc rc = BELGO_EINTERNAL;
	struct belgo_error err = {0};
	enum bg_redirect_verdict verdict;

	verdict = bg_redirect_judge(&code, &rc, &expect, row->params, strlen(row->params), &err);
	assert_row(row->name, verdict == row->verdict);
	assert_row(row->name, rc == (row->verdict == BG_REDIRECT_REFUSED ? row->rc : BELGO_EINTERNAL));
	assert_row(row->name, err.rc == row->rc);
	assert_row(row->name, bg_str_equal(code, row->code));
	assert_row(row->name, strstr(err.text, STATE) == NULL && strstr(err.text, "c0de") == NULL);
	assert_row(row->name, strstr(err.oauth_error_description, STATE) == NULL);

	/* The verdict does not hang on there being an error to fill. */
	bg_str_free(&code);
	assert_row(row->name,
		   verdict == bg_redirect_judge(&code, &rc, &expect, row->params, strlen(row->params), NULL));
	assert_row(row->name, bg_str_equal(code, row->code));
}

/* @spec RFC 6749 section 4.1.2, 10.12 */
static void
test_redirect__without_the_right_state_nothing_happens(void **state)
{
	static const struct row rows[] = {
	    {"twin: right", "code=c0de&state=" STATE, BG_REDIRECT_CODE, BELGO_OK, "c0de"},
	    {"A01 missing", "code=c0de", BG_REDIRECT_IGNORE, BELGO_ESTATE, NULL},
	    {"A01 empty", "code=c0de&state=", BG_REDIRECT_IGNORE, BELGO_ESTATE, NULL},
	    {"A01 wrong", "code=c0de&state=af0ifjsldkk", BG_REDIRECT_IGNORE, BELGO_ESTATE, NULL},
	    {"A01 truncated", "code=c0de&state=af0ifjsldk", BG_REDIRECT_IGNORE, BELGO_ESTATE, NULL},
	    {"A01 prolonged", "code=c0de&state=" STATE "x", BG_REDIRECT_IGNORE, BELGO_ESTATE, NULL},
	    {"A01 NUL after it", "code=c0de&state=" STATE "%00", BG_REDIRECT_IGNORE, BELGO_EPROTO, NULL},
	    {"A01 other case", "code=c0de&state=AF0IFJSLDKJ", BG_REDIRECT_IGNORE, BELGO_ESTATE, NULL},
	    {"A19 other case of the name", "code=c0de&State=" STATE, BG_REDIRECT_IGNORE, BELGO_ESTATE, NULL},
	    {"A01 nothing", "", BG_REDIRECT_IGNORE, BELGO_ESTATE, NULL},
	    {"A06 error without state", "error=access_denied", BG_REDIRECT_IGNORE, BELGO_ESTATE, NULL},
	    {"A06 error with a wrong one", "error=access_denied&error_description=pay+me&state=x",
	     BG_REDIRECT_IGNORE, BELGO_ESTATE, NULL},
	    {"A02 two wrong ones", "code=c0de&state=x&state=x", BG_REDIRECT_IGNORE, BELGO_ESTATE, NULL},
	    {"JARM without state", "response=e30.e30.", BG_REDIRECT_IGNORE, BELGO_ESTATE, NULL},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++)
		check(&rows[i], &plain, &unadvertised);
}

static void
test_redirect__no_state_of_ours_matches_nothing(void **state)
{
	const struct bg_redirect_expect expect = {&plain, &unadvertised, NULL};
	char *code = NULL;
	belgo_rc rc = BELGO_OK;

	(void)state;
	assert_int_equal(bg_redirect_judge(&code, &rc, &expect, "code=a&state=", 13, NULL),
			 BG_REDIRECT_IGNORE);
	assert_null(code);
}

/* @spec RFC 6749 section 3.1 */
static void
test_redirect__what_is_ambiguous_beside_the_right_state_ends_the_login(void **state)
{
	static const struct row rows[] = {
	    {"A02 state twice", "code=c0de&state=" STATE "&state=" STATE, BG_REDIRECT_REFUSED, BELGO_EPROTO,
	     NULL},
	    {"A02 state twice, the second right", "code=c0de&state=x&state=" STATE, BG_REDIRECT_REFUSED,
	     BELGO_EPROTO, NULL},
	    {"A02 code twice", "code=c0de&code=other&state=" STATE, BG_REDIRECT_REFUSED, BELGO_EPROTO, NULL},
	    {"A02 iss twice", "code=c0de&state=" STATE ISS ISS, BG_REDIRECT_REFUSED, BELGO_EPROTO, NULL},
	    {"A02 error twice", "error=a&error=a&state=" STATE, BG_REDIRECT_REFUSED, BELGO_EPROTO, NULL},
	    {"A03 both code and error", "code=c0de&error=a&state=" STATE, BG_REDIRECT_REFUSED, BELGO_EPROTO,
	     NULL},
	    {"A03 both, one empty", "code=c0de&error=&state=" STATE, BG_REDIRECT_REFUSED, BELGO_EPROTO, NULL},
	    {"A04 neither", "state=" STATE, BG_REDIRECT_IGNORE, BELGO_EPROTO, NULL},
	    {"A19 code in another case", "Code=c0de&state=" STATE, BG_REDIRECT_IGNORE, BELGO_EPROTO, NULL},
	    {"JARM not asked for", "response=e30.e30.&state=" STATE, BG_REDIRECT_REFUSED, BELGO_EPROTO, NULL},
	    {"A02 unknown ones repeated", "x=1&x=2&code=c0de&state=" STATE, BG_REDIRECT_CODE, BELGO_OK,
	     "c0de"},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++)
		check(&rows[i], &plain, &unadvertised);
}

/* @spec RFC 9207 section 2.4 */
static void
test_redirect__issuer_is_compared_byte_for_byte_whenever_it_is_there(void **state)
{
	static const struct row rows[] = {
	    {"twin: right", "code=c0de&state=" STATE ISS, BG_REDIRECT_CODE, BELGO_OK, "c0de"},
	    {"A05 wrong, A11 mix-up", "code=c0de&state=" STATE "&iss=https%3A%2F%2Fhonest.example",
	     BG_REDIRECT_REFUSED, BELGO_EISSUER, NULL},
	    {"A05 slash", "code=c0de&state=" STATE ISS "%2F", BG_REDIRECT_REFUSED, BELGO_EISSUER, NULL},
	    {"A05 case", "code=c0de&state=" STATE "&iss=https%3A%2F%2FOP.example%2Fa", BG_REDIRECT_REFUSED,
	     BELGO_EISSUER, NULL},
	    {"A05 port", "code=c0de&state=" STATE "&iss=https%3A%2F%2Fop.example%3A443%2Fa",
	     BG_REDIRECT_REFUSED, BELGO_EISSUER, NULL},
	    {"A05 encoded twice", "code=c0de&state=" STATE "&iss=https%3A%2F%2Fop.example%2F%2561",
	     BG_REDIRECT_REFUSED, BELGO_EISSUER, NULL},
	    {"A05 empty", "code=c0de&state=" STATE "&iss=", BG_REDIRECT_REFUSED, BELGO_EISSUER, NULL},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		check(&rows[i], &plain, &advertised);
		check(&rows[i], &plain, &unadvertised);
		check(&rows[i], &silent, &advertised);
	}
}

static void
test_redirect__issuer_may_be_absent_only_where_it_is_not_promised(void **state)
{
	static const struct row refused = {"A05, F10 advertised", "code=c0de&state=" STATE,
					   BG_REDIRECT_REFUSED, BELGO_EISSUER, NULL};
	static const struct row accepted = {"A05 unadvertised, or known not to obey",
					    "code=c0de&state=" STATE, BG_REDIRECT_CODE, BELGO_OK, "c0de"};
	static const struct row error = {"A06 error without the promised iss",
					 "error=access_denied&state=" STATE, BG_REDIRECT_REFUSED,
					 BELGO_EISSUER, NULL};

	(void)state;
	check(&refused, &plain, &advertised);
	check(&error, &plain, &advertised);
	check(&accepted, &plain, &unadvertised);
	check(&accepted, &silent, &advertised);
}

static enum bg_redirect_verdict
judge(belgo_rc *rc, const char *params, struct belgo_error *err)
{
	const struct bg_redirect_expect expect = {&plain, &advertised, STATE};
	BG_AUTO(bg_str_free) char *code = NULL;

	return bg_redirect_judge(&code, rc, &expect, params, strlen(params), err);
}

/* A06 */
static void
test_redirect__a_wrong_issuer_withholds_every_text(void **state)
{
	struct belgo_error err = {0};
	belgo_rc rc = BELGO_OK;

	(void)state;
	assert_int_equal(
	    judge(&rc,
		  "error=access_denied&error_description=call+0900&error_uri=https%3A%2F%2Fevil.example"
		  "&iss=https%3A%2F%2Fevil.example&state=" STATE,
		  &err),
	    BG_REDIRECT_REFUSED);
	assert_int_equal(rc, BELGO_EISSUER);
	assert_string_equal(err.oauth_error, "");
	assert_string_equal(err.oauth_error_description, "");
	assert_string_equal(err.oauth_error_uri, "");
	assert_null(strstr(err.text, "evil"));
}

/* @spec RFC 6749 section 4.1.2.1 */
static void
test_redirect__a_refusal_is_told_in_printable_words(void **state)
{
	static const struct {
		const char *name, *params;
		belgo_rc want;
		const char *code, *description, *uri;
	} rows[] = {
	    {"A07 access_denied", "error=access_denied", BELGO_ECANCELLED, "access_denied", "", ""},
	    {"A07 login_required", "error=login_required&error_description=not+now", BELGO_EDENIED,
	     "login_required", "not now", ""},
	    {"A07 unknown code", "error=xyzzy", BELGO_EDENIED, "xyzzy", "", ""},
	    {"A07 escapes", "error=x&error_description=%1b%5B31m%E2%80%AEred", BELGO_EDENIED, "x",
	     "?[31m???red", ""},
	    {"A08 https", "error=x&error_uri=https%3A%2F%2Fop.example%2Fhelp", BELGO_EDENIED, "x", "",
	     "https://op.example/help"},
	    {"A08 javascript", "error=x&error_uri=javascript%3Aalert(1)", BELGO_EDENIED, "x", "", ""},
	    {"A08 http", "error=x&error_uri=http%3A%2F%2Fop.example", BELGO_EDENIED, "x", "", ""},
	    {"the state echoed", "error=x&error_description=state+" STATE, BELGO_EDENIED, "x", "state [...]",
	     ""},
	    {"an empty code", "error=", BELGO_EPROTO, "", "", ""},
	    {"a code that is not printable", "error=a%0Ab", BELGO_EPROTO, "", "", ""},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		BG_AUTO(bg_str_free) char *params = bg_strf("%s&state=%s", rows[i].params, STATE ISS);
		struct belgo_error err = {0};
		belgo_rc rc = BELGO_OK;

		assert_row(rows[i].name, judge(&rc, params, &err) == BG_REDIRECT_REFUSED);
		assert_row(rows[i].name, rc == rows[i].want && err.rc == rows[i].want);
		assert_string_equal(err.oauth_error, rows[i].code);
		assert_string_equal(err.oauth_error_description, rows[i].description);
		assert_string_equal(err.oauth_error_uri, rows[i].uri);
	}
}

/* A07: a description of 60 KiB */
static void
test_redirect__a_long_description_is_cut(void **state)
{
	BG_AUTO(bg_str_free) char *filler = bg_calloc(60001, 1);
	BG_AUTO(bg_str_free) char *params = NULL;
	struct belgo_error err = {0};
	belgo_rc rc = BELGO_OK;

	(void)state;
	memset(filler, 'x', 60000);
	params = bg_strf("error=e&state=%s&error_description=%s", STATE ISS, filler);
	assert_int_equal(judge(&rc, params, &err), BG_REDIRECT_REFUSED);
	assert_int_equal(rc, BELGO_EDENIED);
	assert_int_equal(strlen(err.oauth_error_description), 200);
}

static void
test_redirect__an_error_that_is_set_already_stays(void **state)
{
	struct belgo_error err = {.rc = BELGO_EIO};
	belgo_rc rc = BELGO_OK;

	(void)state;
	assert_int_equal(judge(&rc, "error=access_denied&state=" STATE ISS, &err), BG_REDIRECT_REFUSED);
	assert_int_equal(rc, BELGO_ECANCELLED);
	assert_int_equal(err.rc, BELGO_EIO);
	assert_string_equal(err.oauth_error, "");
}

static void
test_redirect__what_no_encoder_writes_is_nobodys(void **state)
{
	static const struct row rows[] = {
	    {"A19 NUL", "code=c0de%00&state=" STATE, BG_REDIRECT_IGNORE, BELGO_EPROTO, NULL},
	    {"A19 no UTF-8", "code=c0de%ff&state=" STATE, BG_REDIRECT_IGNORE, BELGO_EPROTO, NULL},
	    {"A19 overlong", "code=%c0%af&state=" STATE, BG_REDIRECT_IGNORE, BELGO_EPROTO, NULL},
	    {"A19 bad triplet", "code=c0de%zz&state=" STATE, BG_REDIRECT_IGNORE, BELGO_EPROTO, NULL},
	    {"A19 plus is a blank", "code=c0de+b&state=" STATE, BG_REDIRECT_CODE, BELGO_OK, "c0de b"},
	    {"A19 %20 is a blank", "code=c0de%20b&state=" STATE, BG_REDIRECT_CODE, BELGO_OK, "c0de b"},
	    {"A23 not printable", "code=c0de%0a&state=" STATE, BG_REDIRECT_REFUSED, BELGO_EPROTO, NULL},
	    {"A23 not ASCII", "code=c0de%c3%a4&state=" STATE, BG_REDIRECT_REFUSED, BELGO_EPROTO, NULL},
	    {"A23 empty", "code=&state=" STATE, BG_REDIRECT_REFUSED, BELGO_EPROTO, NULL},
	    {"A23 one byte", "code=x&state=" STATE, BG_REDIRECT_CODE, BELGO_OK, "x"},
	    {"A22 unknown", "state=" STATE "&code=c0de&session_state=x&scope=a+b", BG_REDIRECT_CODE, BELGO_OK,
	     "c0de"},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++)
		check(&rows[i], &plain, &unadvertised);
}

static void
test_redirect__parameters_and_codes_have_ceilings(void **state)
{
	static const struct {
		const char *name;
		size_t code_len, n_params;
		enum bg_redirect_verdict want;
	} rows[] = {
	    {"A23 8 KiB", BG_MAX_CODE, 2, BG_REDIRECT_CODE},
	    {"A23 8 KiB and one", BG_MAX_CODE + 1, 2, BG_REDIRECT_REFUSED},
	    {"A23 16 KiB", 2 * BG_MAX_CODE, 2, BG_REDIRECT_REFUSED},
	    {"A22 64 parameters", 10, 64, BG_REDIRECT_CODE},
	    {"A22 65 parameters", 10, 65, BG_REDIRECT_IGNORE},
	    {"A22 one of 64 KiB", BG_MAX_FORM, 2, BG_REDIRECT_IGNORE},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		const struct bg_redirect_expect expect = {&plain, &unadvertised, STATE};
		BG_AUTO(bg_buf_free) struct bg_buf params = BG_BUF(2 * BG_MAX_FORM);
		BG_AUTO(bg_str_free) char *code = NULL;
		belgo_rc rc = BELGO_OK;

		assert_int_equal(bg_buf_add_str(&params, "state=" STATE "&code="), BELGO_OK);
		for (size_t n = 0; n < rows[i].code_len; n++)
			assert_int_equal(bg_buf_add_char(&params, 'x'), BELGO_OK);
		for (size_t n = 2; n < rows[i].n_params; n++)
			assert_int_equal(bg_buf_add_str(&params, "&a=b"), BELGO_OK);
		assert_row(rows[i].name, bg_redirect_judge(&code, &rc, &expect, params.data, params.len,
							   NULL) == rows[i].want);
		assert_row(rows[i].name, (code != NULL) == (rows[i].want == BG_REDIRECT_CODE));
	}
}

/* The verdict as a return code: what is wanted counts as success. */
static belgo_rc
run(const char *params, belgo_rc want)
{
	const struct bg_redirect_expect expect = {&plain, &advertised, STATE};
	BG_AUTO(bg_str_free) char *code = NULL;
	struct belgo_error err = {0};
	belgo_rc rc = BELGO_OK;

	assert_int_not_equal(bg_redirect_judge(&code, &rc, &expect, params, strlen(params), &err),
			     BG_REDIRECT_IGNORE);
	assert_int_equal(code != NULL, rc == BELGO_OK);
	return rc == want ? BELGO_OK : rc;
}

/* @spec RFC 6749 section 4.1.2, 10.12 */
static void
test_redirect__state_is_found_in_what_may_end_a_login(void **state)
{
	static const struct {
		const char *name, *params;
		belgo_rc want;
		const char *found;
	} rows[] = {
	    {"code", "code=c0de&state=" STATE, BELGO_OK, STATE},
	    {"error", "state=a%20b&error=x", BELGO_OK, "a b"},
	    {"two", "state=a&state=b&error=x", BELGO_OK, "a"},
	    {"empty", "state=&code=c0de", BELGO_OK, ""},
	    {"missing", "code=c0de", BELGO_ESTATE, NULL},
	    {"neither code nor error", "state=" STATE, BELGO_EPROTO, NULL},
	    {"not well-formed", "code=c0de&state=%zz", BELGO_EPROTO, NULL},
	    {"nothing", "", BELGO_ESTATE, NULL},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		BG_AUTO(bg_str_free) char *found = NULL;
		struct belgo_error err = {0};

		assert_row(rows[i].name, bg_redirect_state(&found, rows[i].params, strlen(rows[i].params),
							   &err) == rows[i].want);
		assert_row(rows[i].name, err.rc == rows[i].want);
		assert_row(rows[i].name, bg_str_equal(found, rows[i].found));
		assert_row(rows[i].name, strstr(err.text, STATE) == NULL && strstr(err.text, "c0de") == NULL);
	}
}

static belgo_rc
find_state(void)
{
	const char params[] = "code=c0de&state=" STATE;
	BG_AUTO(bg_str_free) char *found = NULL;

	return bg_redirect_state(&found, params, strlen(params), NULL);
}

static void
test_redirect__reports_lack_of_memory(void **state)
{
	(void)state;
	FAILALLOC_EACH(run("code=c0de&state=" STATE ISS, BELGO_OK));
	FAILALLOC_EACH_TOLERANT(
	    run("error=access_denied&error_description=x&state=" STATE ISS, BELGO_ECANCELLED));
	FAILALLOC_EACH(find_state());
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_redirect__without_the_right_state_nothing_happens),
	    cmocka_unit_test(test_redirect__no_state_of_ours_matches_nothing),
	    cmocka_unit_test(test_redirect__what_is_ambiguous_beside_the_right_state_ends_the_login),
	    cmocka_unit_test(test_redirect__issuer_is_compared_byte_for_byte_whenever_it_is_there),
	    cmocka_unit_test(test_redirect__issuer_may_be_absent_only_where_it_is_not_promised),
	    cmocka_unit_test(test_redirect__a_wrong_issuer_withholds_every_text),
	    cmocka_unit_test(test_redirect__a_refusal_is_told_in_printable_words),
	    cmocka_unit_test(test_redirect__a_long_description_is_cut),
	    cmocka_unit_test(test_redirect__an_error_that_is_set_already_stays),
	    cmocka_unit_test(test_redirect__what_no_encoder_writes_is_nobodys),
	    cmocka_unit_test(test_redirect__parameters_and_codes_have_ceilings),
	    cmocka_unit_test(test_redirect__state_is_found_in_what_may_end_a_login),
	    cmocka_unit_test(test_redirect__reports_lack_of_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
