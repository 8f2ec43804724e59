/*
 * May a login become a user's? The order is the policy: whose login it is decides first, then who is signed
 * in, and an e-mail address last, for it names nobody until two sides have verified it.
 */
#include <belgoauth/link.h>

#include <string.h>

#include "base/ascii.h"
#include "base/mem.h"

static const struct {
	const char *code;
	const char *text;
} reasons[] = {
#define REASON(name, code, text) [name] = {code, text},
    BELGO_LINK_REASON_LIST(REASON)
#undef REASON
};

static int
is_reason(enum belgo_link_reason reason)
{
	return (size_t)reason < BG_LEN(reasons) && reasons[reason].code != NULL;
}

const char *
belgo_link_reason_code(enum belgo_link_reason reason)
{
	return is_reason(reason) ? reasons[reason].code : "unknown";
}

const char *
belgo_link_reason_str(enum belgo_link_reason reason)
{
	return is_reason(reason) ? reasons[reason].text : "an unknown reason";
}

static struct belgo_link_decision
refuse(enum belgo_link_reason reason)
{
	return (struct belgo_link_decision){.verdict = BELGO_LINK_REFUSED, .reason = reason};
}

/* Case is ignored in ASCII only: wider folding makes different mailboxes one. */
static int
is_same_email(const char *a, const char *b)
{
	return a != NULL && b != NULL && *a != '\0' && bg_equals_nocase(a, strlen(a), b);
}

static int
is_same_user(const struct belgo_link_user *a, const struct belgo_link_user *b)
{
	return a != NULL && b != NULL && a->id != NULL && bg_str_equal(a->id, b->id);
}

static int
is_trusted(const struct belgo_link_policy *policy, const char *issuer)
{
	for (size_t i = 0; i < policy->n_trusted_issuers; i++)
		if (issuer != NULL && bg_str_equal(policy->trusted_issuers[i], issuer))
			return 1;
	return 0;
}

/* Has the provider vouched for the address? Its word is worth what the policy says. */
static enum belgo_link_reason
judge_email(const struct belgo_link_policy *policy, const struct belgo_account *account)
{
	int trusted = is_trusted(policy, account->issuer);

	if (policy->link_by == BELGO_LINK_BY_NOTHING ||
	    (policy->link_by == BELGO_LINK_BY_TRUSTED_ISSUER && !trusted))
		return BELGO_LINK_NOT_LINKED;
	if (account->email_verified == BELGO_VERIFIED_YES)
		return BELGO_LINK_FINE;
	return policy->link_by == BELGO_LINK_BY_TRUSTED_ISSUER &&
		       account->email_verified == BELGO_VERIFIED_UNKNOWN
		   ? BELGO_LINK_FINE
		   : BELGO_LINK_NOT_VERIFIED;
}

/* The client itself, or nobody who was named. */
static int
is_user(const struct belgo_account *account)
{
	return account->grant == NULL && account->subject != NULL &&
	       !bg_str_equal(account->subject, account->resource);
}

static struct belgo_link_decision
accept(const struct belgo_link_policy *policy, const struct belgo_link_facts *facts,
       enum belgo_link_verdict verdict, const struct belgo_link_user *user)
{
	const char *email = facts->account->email;

	return (struct belgo_link_decision){.verdict = verdict,
					    .user = user,
					    .email_verified =
						email != NULL && *email != '\0' &&
						judge_email(policy, facts->account) == BELGO_LINK_FINE};
}

/* An address that anybody can claim must not become a user's, beside whose verified mark it would look
 * verified and link its true owner's login to him; nor may two users come to have one. */
static struct belgo_link_decision
accept_profile(const struct belgo_link_policy *policy, const struct belgo_link_facts *facts,
	       enum belgo_link_verdict verdict, const struct belgo_link_user *user)
{
	struct belgo_link_decision d = accept(policy, facts, verdict, user);

	d.refresh_profile = policy->refresh_profile;
	d.refresh_email = d.refresh_profile && d.email_verified &&
			  (facts->same_email == NULL || is_same_user(facts->same_email, user));
	return d;
}

static struct belgo_link_decision
add(const struct belgo_link_policy *policy, const struct belgo_link_facts *facts)
{
	if (facts->current == NULL || facts->current->id == NULL)
		return refuse(BELGO_LINK_NOT_SIGNED_IN);
	if (facts->owner != NULL && !is_same_user(facts->owner, facts->current))
		return refuse(BELGO_LINK_OTHER_USER);
	if (facts->owner != NULL)
		return accept_profile(policy, facts, BELGO_LINK_SIGNED_IN, facts->current);
	if (!policy->allow_different_emails && !is_same_email(facts->account->email, facts->current->email))
		return refuse(BELGO_LINK_OTHER_EMAIL);
	return accept(policy, facts, BELGO_LINK_LINKED, facts->current);
}

/* The user's own address must be verified too: else whoever signed up with it first gets the login. */
static struct belgo_link_decision
link_by_email(const struct belgo_link_policy *policy, const struct belgo_link_facts *facts)
{
	enum belgo_link_reason reason = judge_email(policy, facts->account);

	if (reason != BELGO_LINK_FINE)
		return refuse(reason);
	if (!is_same_email(facts->account->email, facts->same_email->email))
		return refuse(BELGO_LINK_OTHER_EMAIL);
	if (!facts->same_email->email_verified)
		return refuse(BELGO_LINK_NOT_VERIFIED);
	return accept_profile(policy, facts, BELGO_LINK_LINKED, facts->same_email);
}

/* @spec OpenID Connect Core section 5.7: issuer and subject name a user, and an e-mail address does not */
struct belgo_link_decision
belgo_link_decide(const struct belgo_link_policy *policy, const struct belgo_link_facts *facts)
{
	if (!is_user(facts->account))
		return refuse(BELGO_LINK_NOT_A_USER);
	if (facts->by_id_token && policy->no_id_token_sign_in)
		return refuse(BELGO_LINK_ID_TOKEN_DISABLED);
	if (facts->intent == BELGO_LINK_ADD)
		return add(policy, facts);
	if (facts->owner != NULL)
		return accept_profile(policy, facts, BELGO_LINK_SIGNED_IN, facts->owner);
	if (facts->same_email != NULL)
		return link_by_email(policy, facts);
	if (policy->no_sign_up || (policy->no_implicit_sign_up && facts->intent != BELGO_LINK_SIGN_UP))
		return refuse(BELGO_LINK_SIGNUP_DISABLED);
	return accept(policy, facts, BELGO_LINK_CREATED, NULL);
}
