/* Every verdict and every reason, each with the row beside it that differs in one fact. */
#include "harness/test.h"

#include "base/guard.h"

#include <belgoauth/link.h>

#define ISSUER "https://op.example"
#define EMAIL "alice@op.example"

static const char *const trusted[] = {"https://other.example", ISSUER};
static const struct belgo_link_user alice = {"1", "ALICE@op.example", 1}, unproved = {"1", EMAIL, 0},
				    bob = {"2", "bob@op.example", 1}, nameless = {NULL, EMAIL, 1},
				    without = {"3", NULL, 1};

#define NOTHING BELGO_LINK_BY_NOTHING
#define VERIFIED BELGO_LINK_BY_VERIFIED_EMAIL
#define TRUSTED BELGO_LINK_BY_TRUSTED_ISSUER

struct row {
	const char *name;
	struct belgo_link_policy policy;
	enum belgo_link_intent intent;
	const struct belgo_link_user *owner, *current, *same_email;
	enum belgo_link_verdict verdict;
	enum belgo_link_reason reason;
	const struct belgo_link_user *user;
	enum belgo_verified verified;
	int refresh_profile, refresh_email, email_verified;
	int by_id_token;
	const char *issuer; /* NULL: ISSUER */
	const char *email;  /* NULL: EMAIL */
};

static const struct row sign_in_rows[] = {
    {.name = "owner signs in", .owner = &alice, .verdict = BELGO_LINK_SIGNED_IN, .user = &alice},
    {.name = "owner signs in though nobody may sign up",
     .policy = {.no_sign_up = 1, .no_implicit_sign_up = 1},
     .owner = &alice,
     .verdict = BELGO_LINK_SIGNED_IN,
     .user = &alice},
    {.name = "owner wins over who has the address",
     .policy = {.link_by = VERIFIED},
     .owner = &bob,
     .same_email = &alice,
     .verified = BELGO_VERIFIED_YES,
     .verdict = BELGO_LINK_SIGNED_IN,
     .user = &bob,
     .email_verified = 1},
    {.name = "profile is refreshed",
     .policy = {.refresh_profile = 1},
     .owner = &alice,
     .verdict = BELGO_LINK_SIGNED_IN,
     .user = &alice,
     .refresh_profile = 1},
    {.name = "ID token", .owner = &alice, .by_id_token = 1, .verdict = BELGO_LINK_SIGNED_IN, .user = &alice},
    {.name = "ID token that signs nobody in",
     .policy = {.no_id_token_sign_in = 1},
     .owner = &alice,
     .by_id_token = 1,
     .reason = BELGO_LINK_ID_TOKEN_DISABLED},
    {.name = "browser where ID tokens sign nobody in",
     .policy = {.no_id_token_sign_in = 1},
     .owner = &alice,
     .verdict = BELGO_LINK_SIGNED_IN,
     .user = &alice},
    {.name = "stranger", .verdict = BELGO_LINK_CREATED},
    {.name = "stranger whose address is verified, by nobody who is believed",
     .verified = BELGO_VERIFIED_YES,
     .verdict = BELGO_LINK_CREATED},
    {.name = "stranger whose address is verified",
     .policy = {.link_by = VERIFIED, .refresh_profile = 1},
     .verified = BELGO_VERIFIED_YES,
     .verdict = BELGO_LINK_CREATED,
     .email_verified = 1},
    {.name = "stranger whose address is not",
     .policy = {.link_by = VERIFIED},
     .verified = BELGO_VERIFIED_NO,
     .verdict = BELGO_LINK_CREATED},
    {.name = "stranger of a trusted issuer that does not say",
     .policy = {.link_by = TRUSTED, .trusted_issuers = trusted, .n_trusted_issuers = BG_LEN(trusted)},
     .verdict = BELGO_LINK_CREATED,
     .email_verified = 1},
    {.name = "stranger without address",
     .policy = {.link_by = VERIFIED},
     .email = "",
     .verified = BELGO_VERIFIED_YES,
     .verdict = BELGO_LINK_CREATED},
    {.name = "no sign-up", .policy = {.no_sign_up = 1}, .reason = BELGO_LINK_SIGNUP_DISABLED},
    {.name = "no sign-up though asked for",
     .policy = {.no_sign_up = 1},
     .intent = BELGO_LINK_SIGN_UP,
     .reason = BELGO_LINK_SIGNUP_DISABLED},
    {.name = "no implicit sign-up",
     .policy = {.no_implicit_sign_up = 1},
     .reason = BELGO_LINK_SIGNUP_DISABLED},
    {.name = "explicit sign-up",
     .policy = {.no_implicit_sign_up = 1},
     .intent = BELGO_LINK_SIGN_UP,
     .verdict = BELGO_LINK_CREATED},
};

static const struct row email_rows[] = {
    {.name = "both verified",
     .policy = {.link_by = VERIFIED},
     .same_email = &alice,
     .verified = BELGO_VERIFIED_YES,
     .verdict = BELGO_LINK_LINKED,
     .user = &alice,
     .email_verified = 1},
    {.name = "linked, and the profile refreshed",
     .policy = {.link_by = VERIFIED, .refresh_profile = 1},
     .same_email = &alice,
     .verified = BELGO_VERIFIED_YES,
     .verdict = BELGO_LINK_LINKED,
     .user = &alice,
     .refresh_profile = 1,
     .refresh_email = 1,
     .email_verified = 1},
    {.name = "linking by nothing",
     .same_email = &alice,
     .verified = BELGO_VERIFIED_YES,
     .reason = BELGO_LINK_NOT_LINKED},
    {.name = "provider has not verified",
     .policy = {.link_by = VERIFIED},
     .same_email = &alice,
     .verified = BELGO_VERIFIED_NO,
     .reason = BELGO_LINK_NOT_VERIFIED},
    {.name = "provider does not say",
     .policy = {.link_by = VERIFIED, .trusted_issuers = trusted, .n_trusted_issuers = BG_LEN(trusted)},
     .same_email = &alice,
     .reason = BELGO_LINK_NOT_VERIFIED},
    {.name = "program has not verified",
     .policy = {.link_by = VERIFIED},
     .same_email = &unproved,
     .verified = BELGO_VERIFIED_YES,
     .reason = BELGO_LINK_NOT_VERIFIED},
    {.name = "program found the wrong user",
     .policy = {.link_by = VERIFIED},
     .same_email = &bob,
     .verified = BELGO_VERIFIED_YES,
     .reason = BELGO_LINK_OTHER_EMAIL},
    {.name = "user without address",
     .policy = {.link_by = VERIFIED},
     .same_email = &without,
     .verified = BELGO_VERIFIED_YES,
     .reason = BELGO_LINK_OTHER_EMAIL},
    {.name = "trusted issuer that does not say",
     .policy = {.link_by = TRUSTED, .trusted_issuers = trusted, .n_trusted_issuers = BG_LEN(trusted)},
     .same_email = &alice,
     .verdict = BELGO_LINK_LINKED,
     .user = &alice,
     .email_verified = 1},
    {.name = "trusted issuer that says no",
     .policy = {.link_by = TRUSTED, .trusted_issuers = trusted, .n_trusted_issuers = BG_LEN(trusted)},
     .same_email = &alice,
     .verified = BELGO_VERIFIED_NO,
     .reason = BELGO_LINK_NOT_VERIFIED},
    {.name = "issuer that is not trusted",
     .policy = {.link_by = TRUSTED, .trusted_issuers = trusted, .n_trusted_issuers = BG_LEN(trusted)},
     .same_email = &alice,
     .issuer = "https://op.example.evil.example",
     .verified = BELGO_VERIFIED_YES,
     .reason = BELGO_LINK_NOT_LINKED},
    {.name = "nobody is trusted",
     .policy = {.link_by = TRUSTED},
     .same_email = &alice,
     .verified = BELGO_VERIFIED_YES,
     .reason = BELGO_LINK_NOT_LINKED},
};

#define REFRESHED .owner = &bob, .verdict = BELGO_LINK_SIGNED_IN, .user = &bob, .refresh_profile = 1

static const struct row refresh_rows[] = {
    {.name = "verified",
     .policy = {.link_by = VERIFIED, .refresh_profile = 1},
     .verified = BELGO_VERIFIED_YES,
     REFRESHED,
     .refresh_email = 1,
     .email_verified = 1},
    {.name = "verified, and the user's own already",
     .policy = {.link_by = VERIFIED, .refresh_profile = 1},
     .same_email = &bob,
     .verified = BELGO_VERIFIED_YES,
     REFRESHED,
     .refresh_email = 1,
     .email_verified = 1},
    {.name = "verified, and another user's",
     .policy = {.link_by = VERIFIED, .refresh_profile = 1},
     .same_email = &alice,
     .verified = BELGO_VERIFIED_YES,
     REFRESHED,
     .email_verified = 1},
    {.name = "verified where nobody is believed",
     .policy = {.refresh_profile = 1},
     .verified = BELGO_VERIFIED_YES,
     REFRESHED},
    {.name = "not verified",
     .policy = {.link_by = VERIFIED, .refresh_profile = 1},
     .verified = BELGO_VERIFIED_NO,
     REFRESHED},
    {.name = "the provider does not say", .policy = {.link_by = VERIFIED, .refresh_profile = 1}, REFRESHED},
    {.name = "no address",
     .policy = {.link_by = VERIFIED, .refresh_profile = 1},
     .email = "",
     .verified = BELGO_VERIFIED_YES,
     REFRESHED},
    {.name = "trusted issuer that does not say",
     .policy = {.link_by = TRUSTED,
		.trusted_issuers = trusted,
		.n_trusted_issuers = BG_LEN(trusted),
		.refresh_profile = 1},
     REFRESHED,
     .refresh_email = 1,
     .email_verified = 1},
    {.name = "issuer that is not trusted",
     .policy = {.link_by = TRUSTED, .refresh_profile = 1},
     .verified = BELGO_VERIFIED_YES,
     REFRESHED},
};

static const struct row add_rows[] = {
    {.name = "same address",
     .intent = BELGO_LINK_ADD,
     .current = &alice,
     .verdict = BELGO_LINK_LINKED,
     .user = &alice},
    {.name = "another address", .intent = BELGO_LINK_ADD, .current = &bob, .reason = BELGO_LINK_OTHER_EMAIL},
    {.name = "no address", .intent = BELGO_LINK_ADD, .current = &without, .reason = BELGO_LINK_OTHER_EMAIL},
    {.name = "another address that may be",
     .policy = {.allow_different_emails = 1, .no_sign_up = 1},
     .intent = BELGO_LINK_ADD,
     .current = &bob,
     .same_email = &alice,
     .verdict = BELGO_LINK_LINKED,
     .user = &bob},
    {.name = "has it already",
     .policy = {.refresh_profile = 1},
     .intent = BELGO_LINK_ADD,
     .owner = &unproved,
     .current = &alice,
     .verdict = BELGO_LINK_SIGNED_IN,
     .user = &alice,
     .refresh_profile = 1},
    {.name = "another user's",
     .policy = {.allow_different_emails = 1},
     .intent = BELGO_LINK_ADD,
     .owner = &alice,
     .current = &bob,
     .reason = BELGO_LINK_OTHER_USER},
    {.name = "nobody is signed in",
     .intent = BELGO_LINK_ADD,
     .owner = &alice,
     .reason = BELGO_LINK_NOT_SIGNED_IN},
    {.name = "somebody without id",
     .intent = BELGO_LINK_ADD,
     .current = &nameless,
     .reason = BELGO_LINK_NOT_SIGNED_IN},
};

static void
check_rows(const struct row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct belgo_account account = {
		    .issuer = (char *)(uintptr_t)ISSUER,
		    .subject = (char *)(uintptr_t) "alice",
		    .email = (char *)(uintptr_t)(rows[i].email != NULL ? rows[i].email : EMAIL),
		    .email_verified = rows[i].verified};
		struct belgo_link_facts facts = {.account = &account,
						 .intent = rows[i].intent,
						 .by_id_token = rows[i].by_id_token,
						 .owner = rows[i].owner,
						 .current = rows[i].current,
						 .same_email = rows[i].same_email};
		struct belgo_link_decision got;

		if (rows[i].issuer != NULL)
			account.issuer = (char *)(uintptr_t)rows[i].issuer;
		got = belgo_link_decide(&rows[i].policy, &facts);
		assert_row(rows[i].name, got.verdict == rows[i].verdict);
		assert_row(rows[i].name, got.reason == rows[i].reason);
		assert_row(rows[i].name, got.user == rows[i].user);
		assert_row(rows[i].name, got.refresh_profile == rows[i].refresh_profile);
		assert_row(rows[i].name, got.refresh_email == rows[i].refresh_email);
		assert_row(rows[i].name, got.email_verified == rows[i].email_verified);
	}
}

/* @spec OpenID Connect Core section 5.7 */
static void
test_link__owner_signs_in_and_strangers_sign_up_as_they_may(void **state)
{
	(void)state;
	check_rows(sign_in_rows, BG_LEN(sign_in_rows));
}

static void
test_link__address_links_where_both_sides_have_verified_it(void **state)
{
	(void)state;
	check_rows(email_rows, BG_LEN(email_rows));
}

static void
test_link__address_is_refreshed_where_it_would_link(void **state)
{
	(void)state;
	check_rows(refresh_rows, BG_LEN(refresh_rows));
}

/* As a program does it, whose users are one. */
static void
sign_in(struct belgo_link_user *user, const char *subject, enum belgo_verified verified,
	struct belgo_link_decision *out)
{
	const struct belgo_link_policy policy = {.link_by = VERIFIED, .refresh_profile = 1};
	struct belgo_account account = {.issuer = (char *)(uintptr_t)ISSUER,
					.subject = (char *)(uintptr_t)subject,
					.email = (char *)(uintptr_t)EMAIL,
					.email_verified = verified};
	int owns = strcmp(subject, "mallory") == 0, has_address = strcmp(user->email, EMAIL) == 0;

	*out =
	    belgo_link_decide(&policy, &(struct belgo_link_facts){.account = &account,
								  .owner = owns ? user : NULL,
								  .same_email = has_address ? user : NULL});
	if (out->refresh_email) {
		user->email = EMAIL;
		user->email_verified = 1;
	}
}

static void
test_link__nobody_gets_a_login_by_claiming_its_address(void **state)
{
	struct belgo_link_user mallory = {"1", "mallory@op.example", 1};
	struct belgo_link_decision got;

	(void)state;
	sign_in(&mallory, "mallory", BELGO_VERIFIED_NO, &got);
	assert_int_equal(got.verdict, BELGO_LINK_SIGNED_IN);
	sign_in(&mallory, "alice", BELGO_VERIFIED_YES, &got);
	assert_int_equal(got.verdict, BELGO_LINK_CREATED);
	assert_true(got.email_verified);
}

static void
test_link__who_is_signed_in_adds_what_is_nobodys(void **state)
{
	(void)state;
	check_rows(add_rows, BG_LEN(add_rows));
}

static void
test_link__login_of_nobody_signs_nobody_in(void **state)
{
	char subject[] = "client", grant[] = "client_credentials", taken[] = "refresh_token",
	     resource[] = "https://mcp.example";
	const struct {
		const char *name;
		struct belgo_account account;
		enum belgo_link_verdict want;
	} rows[] = {
	    {"user", {.subject = subject}, BELGO_LINK_SIGNED_IN},
	    {"user of a resource", {.subject = subject, .resource = resource}, BELGO_LINK_SIGNED_IN},
	    {"client", {.subject = subject, .grant = grant}, BELGO_LINK_REFUSED},
	    {"nobody's", {.subject = subject, .grant = taken}, BELGO_LINK_REFUSED},
	    {"resource", {.subject = resource, .resource = resource}, BELGO_LINK_REFUSED},
	    {"no subject", {.grant = NULL}, BELGO_LINK_REFUSED},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		struct belgo_link_decision got = belgo_link_decide(
		    &(struct belgo_link_policy){0},
		    &(struct belgo_link_facts){.account = &rows[i].account, .owner = &alice});

		assert_row(rows[i].name, got.verdict == rows[i].want);
		assert_row(rows[i].name,
			   (got.reason == BELGO_LINK_NOT_A_USER) == (rows[i].want == BELGO_LINK_REFUSED));
	}
}

static void
test_link__reasons_have_words(void **state)
{
	(void)state;
	assert_string_equal(belgo_link_reason_code(BELGO_LINK_FINE), "ok");
	assert_string_equal(belgo_link_reason_code(BELGO_LINK_NOT_LINKED), "account_not_linked");
	assert_string_equal(belgo_link_reason_code(BELGO_LINK_SIGNUP_DISABLED), "signup_disabled");
	assert_string_equal(belgo_link_reason_code(BELGO_LINK_OTHER_EMAIL), "email_does_not_match");
	assert_string_equal(belgo_link_reason_code(BELGO_LINK_NOT_VERIFIED), "email_not_verified");
	assert_string_equal(belgo_link_reason_str(BELGO_LINK_OTHER_USER), "the login is another user's");
	assert_string_equal(belgo_link_reason_code((enum belgo_link_reason)99), "unknown");
	assert_string_equal(belgo_link_reason_str((enum belgo_link_reason)99), "an unknown reason");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_link__owner_signs_in_and_strangers_sign_up_as_they_may),
	    cmocka_unit_test(test_link__address_links_where_both_sides_have_verified_it),
	    cmocka_unit_test(test_link__address_is_refreshed_where_it_would_link),
	    cmocka_unit_test(test_link__nobody_gets_a_login_by_claiming_its_address),
	    cmocka_unit_test(test_link__who_is_signed_in_adds_what_is_nobodys),
	    cmocka_unit_test(test_link__login_of_nobody_signs_nobody_in),
	    cmocka_unit_test(test_link__reasons_have_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
