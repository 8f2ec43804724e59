/* From an error to the command that mends it. */
#include "harness/test.h"

#include "hint.h"

#include <errno.h>

static const struct facts ada = {.verb = "token", .account = "google:ada@example.org", .provider = "google"};

static void
expect(const struct belgo_error *err, const struct facts *facts, const char *want)
{
	char got[HINT_MAX];

	hint_for(got, sizeof(got), err, facts);
	assert_string_equal(got, want);
}

static void
test_hint__is_the_exact_command(void **state)
{
	static const struct {
		struct belgo_error err;
		const char *want;
	} rows[] = {
	    {{.rc = BELGO_ELOGIN, .retry_after = -1},
	     "Run: oauthctl login google --account google:ada@example.org"},
	    {{.rc = BELGO_EINVAL, .retry_after = -1}, "See: oauthctl help token"},
	    {{.rc = BELGO_EUNAVAILABLE, .retry_after = 30},
	     "Try again in 30 s; what is stored is untouched."},
	    {{.rc = BELGO_EDENIED, .oauth_error = "invalid_scope", .retry_after = -1},
	     "To have the account given more: oauthctl login google --account google:ada@example.org "
	     "--add-scope SCOPE"},
	    {{.rc = BELGO_EDENIED, .oauth_error = "something_new", .retry_after = -1},
	     "Check how the client is registered: oauthctl provider show google"},
	    {{.rc = BELGO_EISSUER, .retry_after = -1},
	     "See what the provider publishes: oauthctl provider discover google"},
	    {{.rc = BELGO_ECLAIM, .retry_after = -1, .has_clock_skew = 1, .clock_skew = 300},
	     "This machine's clock is 300 s ahead of the provider's; set it: timedatectl set-ntp true"},
	    {{.rc = BELGO_ECLAIM, .retry_after = -1, .has_clock_skew = 1, .clock_skew = -300},
	     "This machine's clock is 300 s behind the provider's; set it: timedatectl set-ntp true"},
	    {{.rc = BELGO_EINTR, .retry_after = -1}, ""}};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		expect(&rows[i].err, &ada, rows[i].want);
}

static void
test_hint__falls_back_where_less_is_known(void **state)
{
	const struct facts none = {0}, provider = {.provider = "https://i.example"};

	(void)state;
	expect(&(struct belgo_error){.rc = BELGO_ELOGIN}, &provider, "Run: oauthctl login https://i.example");
	expect(&(struct belgo_error){.rc = BELGO_ELOGIN}, &none, "Run: oauthctl login PROVIDER");
	expect(&(struct belgo_error){.rc = BELGO_EINVAL}, &none, "See: oauthctl help");
}

static void
test_hint__repeats_the_client_id_that_was_on_the_line(void **state)
{
	const struct facts facts = {.provider = "https://i.example", .client_id = "my app"};

	(void)state;
	expect(&(struct belgo_error){.rc = BELGO_ECANCELLED}, &facts,
	       "To try again: oauthctl login https://i.example --client-id 'my app'");
	expect(&(struct belgo_error){.rc = BELGO_EISSUER}, &facts,
	       "See what the provider publishes: oauthctl provider discover https://i.example");
}

static void
test_hint__asks_for_a_secret_only_where_there_is_one(void **state)
{
	struct facts facts = {.provider = "p"};
	char got[HINT_MAX];

	(void)state;
	hint_for(got, sizeof(got), &(struct belgo_error){.rc = BELGO_ENOCLIENT}, &facts);
	assert_non_null(strstr(got, "oauthctl provider set p --client-id ID "));
	assert_null(strstr(got, "--client-secret-file"));
	facts.wants_secret = 1;
	hint_for(got, sizeof(got), &(struct belgo_error){.rc = BELGO_ENOCLIENT}, &facts);
	assert_non_null(strstr(got, "oauthctl provider set p --client-id ID --client-secret-file FILE"));
}

static void
test_hint__where_no_preset_says_how_a_client_is_registered(void **state)
{
	const struct facts facts = {.provider = "https://i.example"};

	(void)state;
	expect(&(struct belgo_error){.rc = BELGO_ENOCLIENT}, &facts,
	       "Run: oauthctl client register https://i.example   (or, with a client of your own, whose "
	       "redirect URI "
	       "oauthctl provider show https://i.example tells: oauthctl provider set https://i.example "
	       "--client-id "
	       "ID)");
}

static void
test_hint__a_full_disk_wants_room_and_no_key(void **state)
{
	const struct facts facts = {.store = "file:/var/accounts"};
	struct belgo_error full = {.rc = BELGO_ESTORE},
			   damaged = {.rc = BELGO_ESTORE, .text = "the key is wrong"};
	char got[HINT_MAX];

	(void)state;
	(void)snprintf(full.text, sizeof(full.text), "/var/accounts/x: %s", strerror(ENOSPC));
	hint_for(got, sizeof(got), &full, &facts);
	assert_non_null(strstr(got, "Make room there"));
	hint_for(got, sizeof(got), &damaged, &facts);
	assert_non_null(strstr(got, "OAUTHCTL_KEY_FILE"));
}

static void
test_hint__verbs_that_take_the_account_as_a_word_say_so(void **state)
{
	struct facts facts = {.verb = "show", .account_is_operand = 1};

	(void)state;
	expect(&(struct belgo_error){.rc = BELGO_EAMBIGUOUS}, &facts,
	       "Name one: oauthctl show NAME, or set a default: oauthctl default NAME");
	facts.account_is_operand = 0;
	expect(&(struct belgo_error){.rc = BELGO_EAMBIGUOUS}, &facts,
	       "Name one with --account, or set a default: oauthctl default NAME");
}

/* @spec RFC 7591 section 3, 3.2.2; RFC 7592 section 2 */
static void
test_hint__a_registration_is_mended_by_what_it_lacked(void **state)
{
	static const struct {
		const char *verb;
		struct belgo_error err;
		const char *expected;
	} rows[] = {
	    {"client register",
	     {.rc = BELGO_ENOTFOUND},
	     "Register it at the provider yourself, then: oauthctl provider set p --client-id ID"},
	    {"client register",
	     {.rc = BELGO_EDENIED, .http_status = 401},
	     "Get an initial access token of the provider, then: oauthctl client register p "
	     "--initial-access-token-file FILE"},
	    {"client register",
	     {.rc = BELGO_EDENIED, .http_status = 400, .oauth_error = "invalid_redirect_uri"},
	     "Name one that it takes: oauthctl client register p --redirect-uri URI"},
	    {"client register",
	     {.rc = BELGO_EDENIED, .http_status = 400},
	     "Ask for what it takes: oauthctl help client register"},
	    {"client show", {.rc = BELGO_ENOTFOUND}, "Register one anew: oauthctl client register p"},
	    {"client update",
	     {.rc = BELGO_EDENIED, .http_status = 401},
	     "Register one anew: oauthctl client register p"},
	    {"client update",
	     {.rc = BELGO_EDENIED, .http_status = 400},
	     "Check how the client is registered: oauthctl provider show p"},
	    {"show", {.rc = BELGO_ENOTFOUND}, "See which accounts there are: oauthctl accounts"},
	};
	struct facts facts = {.provider = "p"};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		(void)snprintf(facts.verb, sizeof(facts.verb), "%s", rows[i].verb);
		expect(&rows[i].err, &facts, rows[i].expected);
	}
}

static void
test_hint__quotes_what_the_shell_would_split(void **state)
{
	const struct facts facts = {.account = "o'neil;rm", .provider = "https://i.example/?a=b&c"};

	(void)state;
	expect(&(struct belgo_error){.rc = BELGO_ELOGIN}, &facts,
	       "Run: oauthctl login 'https://i.example/?a=b&c' --account 'o'\\''neil;rm'");
}

static void
test_hint__what_was_not_found_is_an_account_a_file_or_what_the_verb_says(void **state)
{
	struct facts facts = ada;
	struct belgo_error no_file = {.rc = BELGO_ENOTFOUND, .subject = "./nowhere"};

	(void)state;
	expect(&(struct belgo_error){.rc = BELGO_ENOTFOUND}, &facts, HINT_ACCOUNTS);
	facts.not_found = HINT_PUBLISHED;
	expect(&(struct belgo_error){.rc = BELGO_ENOTFOUND}, &facts,
	       "See what the provider publishes: oauthctl provider discover google");
	expect(&no_file, &facts, "Check the path.");
}

static void
test_hint__the_client_that_lacks_a_key_is_named(void **state)
{
	struct facts facts = {.provider = "https://i.example", .client_id = "my app"};

	(void)state;
	facts.no_client = "Run: oauthctl provider set {client} --generate-client-key";
	expect(&(struct belgo_error){.rc = BELGO_ENOCLIENT}, &facts,
	       "Run: oauthctl provider set https://i.example --client-id 'my app' --generate-client-key");
}

static void
test_hint__the_next_login_is_as_the_last(void **state)
{
	struct facts facts = {
	    .verb = "login", .provider = "google", .account = "ada", .login_option = "--device"};

	(void)state;
	expect(&(struct belgo_error){.rc = BELGO_ETIMEDOUT}, &facts,
	       "To have more time: oauthctl login google --account ada --device --timeout 15m");
	expect(&(struct belgo_error){.rc = BELGO_EDENIED, .oauth_error = "invalid_scope"}, &facts,
	       "Name the scopes yourself: oauthctl login google --account ada --device --scope SCOPE");
	facts = (struct facts){
	    .verb = "login", .provider = "microsoft", .account = "work", .tenant = "example.org"};
	expect(
	    &(struct belgo_error){.rc = BELGO_ETIMEDOUT}, &facts,
	    "To have more time: oauthctl login microsoft --tenant example.org --account work --timeout 15m   "
	    "(where the provider showed an error about the redirect URI: oauthctl provider show microsoft)");
	facts.verb[0] = '\0';
	expect(&(struct belgo_error){.rc = BELGO_ELOGIN}, &facts,
	       "Run: oauthctl login microsoft --tenant example.org --account work");
}

static void
test_hint__what_a_verb_asked_for_is_mended_on_its_line(void **state)
{
	struct facts facts = {.verb = "exchange", .provider = "p", .account = "ada"};

	(void)state;
	expect(&(struct belgo_error){.rc = BELGO_EDENIED, .oauth_error = "invalid_target"}, &facts,
	       "Check --resource and --audience: the provider knows no such target.");
	expect(&(struct belgo_error){.rc = BELGO_EDENIED, .oauth_error = "insufficient_scope"}, &facts,
	       "To have the account given more: oauthctl login p --account ada --add-scope SCOPE");
	(void)snprintf(facts.verb, sizeof(facts.verb), "provider discover");
	expect(&(struct belgo_error){.rc = BELGO_ENOTFOUND}, &facts,
	       "Check the URL; to see each request: oauthctl -v provider discover p");
}

static void
test_hint__a_file_store_wants_its_key_and_a_keyring_is_unlocked(void **state)
{
	struct facts facts = {.store = "file:/s"};
	char got[HINT_MAX];

	(void)state;
	hint_for(got, sizeof(got), &(struct belgo_error){.rc = BELGO_ELOCKED}, &facts);
	assert_non_null(strstr(got, "OAUTHCTL_KEY_FILE"));
	snprintf(facts.store, sizeof(facts.store), "keyring");
	hint_for(got, sizeof(got), &(struct belgo_error){.rc = BELGO_ELOCKED}, &facts);
	assert_non_null(strstr(got, "Unlock the keyring"));
}

static void
test_hint__a_client_that_found_no_keyring_is_not_told_to_log_in(void **state)
{
	struct facts facts = {.verb = "provider set", .provider = "google"};
	char got[HINT_MAX];

	(void)state;
	hint_for(got, sizeof(got), &(struct belgo_error){.rc = BELGO_ENOSTORE}, &facts);
	assert_string_equal(got, "Keep secrets in encrypted files instead: see oauthctl help headless");
	snprintf(facts.verb, sizeof(facts.verb), "login");
	hint_for(got, sizeof(got), &(struct belgo_error){.rc = BELGO_ENOSTORE}, &facts);
	assert_non_null(strstr(got, "oauthctl --store file login google"));
}

static void
test_hint__every_failure_but_three_has_one(void **state)
{
	struct facts facts = ada;
	char got[HINT_MAX];
	int rc;

	(void)state;
	for (rc = BELGO_EINVAL; rc < BELGO_EINTR; rc++) {
		hint_for(got, sizeof(got), &(struct belgo_error){.rc = (belgo_rc)rc, .retry_after = -1},
			 &facts);
		assert_row(belgo_rc_code((belgo_rc)rc), got[0] != '\0');
	}
}

static void
test_hint__too_long_a_fact_gives_another_hint_or_none(void **state)
{
	struct facts facts = ada;
	char got[32];

	(void)state;
	memset(facts.account, 'a', sizeof(facts.account) - 1);
	hint_for(got, sizeof(got), &(struct belgo_error){.rc = BELGO_ELOGIN, .retry_after = -1}, &facts);
	assert_string_equal(got, "Run: oauthctl login PROVIDER");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_hint__what_a_verb_asked_for_is_mended_on_its_line),
	    cmocka_unit_test(test_hint__a_full_disk_wants_room_and_no_key),
	    cmocka_unit_test(test_hint__verbs_that_take_the_account_as_a_word_say_so),
	    cmocka_unit_test(test_hint__what_was_not_found_is_an_account_a_file_or_what_the_verb_says),
	    cmocka_unit_test(test_hint__the_client_that_lacks_a_key_is_named),
	    cmocka_unit_test(test_hint__the_next_login_is_as_the_last),
	    cmocka_unit_test(test_hint__is_the_exact_command),
	    cmocka_unit_test(test_hint__falls_back_where_less_is_known),
	    cmocka_unit_test(test_hint__repeats_the_client_id_that_was_on_the_line),
	    cmocka_unit_test(test_hint__asks_for_a_secret_only_where_there_is_one),
	    cmocka_unit_test(test_hint__where_no_preset_says_how_a_client_is_registered),
	    cmocka_unit_test(test_hint__a_registration_is_mended_by_what_it_lacked),
	    cmocka_unit_test(test_hint__quotes_what_the_shell_would_split),
	    cmocka_unit_test(test_hint__a_file_store_wants_its_key_and_a_keyring_is_unlocked),
	    cmocka_unit_test(test_hint__a_client_that_found_no_keyring_is_not_told_to_log_in),
	    cmocka_unit_test(test_hint__every_failure_but_three_has_one),
	    cmocka_unit_test(test_hint__too_long_a_fact_gives_another_hint_or_none),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
