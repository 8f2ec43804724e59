/* From an error to the exact command that mends it. */
#include "hint.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define LEN(array) (sizeof(array) / sizeof((array)[0]))

/*
 * The first row that fits is taken; "" fits every OAuth error. A template with a fact that is unknown does
 * not fit.
 */
static const struct {
	belgo_rc rc;
	const char *oauth_error;
	const char *template;
} table[] = {
    {BELGO_EINVAL, "", "See: oauthctl help {verb}"},
    {BELGO_EINVAL, "", "See: oauthctl help"},
    {BELGO_ENOTFOUND, "", HINT_ACCOUNTS},
    {BELGO_EAMBIGUOUS, "", "Name one with --account, or set a default: oauthctl default NAME"},
    {BELGO_ELOGIN, "", "Run: oauthctl login {login}"},
    {BELGO_ELOGIN, "", "Run: oauthctl login PROVIDER"},
    {BELGO_EUNAVAILABLE, "", "Try again in {retry_after} s; what is stored is untouched."},
    {BELGO_EUNAVAILABLE, "", "Try again later; what is stored is untouched. To see each request, add -v."},
    {BELGO_ETLS, "",
     "If the provider's certificate comes from a private authority, name its file in the environment: "
     "SSL_CERT_FILE=FILE"},
    {BELGO_EBUSY, "", "Try again when the other process has ended; what is stored is untouched."},
    {BELGO_EDENIED, "invalid_client",
     "Check the client id and secret, then: oauthctl provider set {provider} --client-id ID "
     "--client-secret-file FILE"},
    {BELGO_EDENIED, "unauthorized_client",
     "Check how the client is registered: oauthctl provider show {provider}"},
    {BELGO_EDENIED, "invalid_scope", "Name the scopes yourself: oauthctl login {login} --scope SCOPE"},
    {BELGO_EDENIED, "unmet_authentication_requirements",
     "Ask for another way to sign in: oauthctl login {login} --acr-values VALUE"},
    {BELGO_EDENIED, "invalid_target", "Check the resource: oauthctl login {login} --resource URI"},
    {BELGO_EDENIED, "invalid_authorization_details",
     "Check which types the provider knows: oauthctl provider discover {provider}"},
    {BELGO_EDENIED, "", "Check how the client is registered: oauthctl provider show {provider}"},
    {BELGO_EDENIED, "", "To see each request, add -v."},
    {BELGO_ESTATE, "", "Begin anew: oauthctl login {login}"},
    {BELGO_EACCOUNT, "",
     "Sign in as the other user under another name with --account NAME, or take the name over: oauthctl "
     "login {login} --replace"},
    {BELGO_EPROTO, "", HINT_PUBLISHED},
    {BELGO_EISSUER, "", HINT_PUBLISHED},
    {BELGO_ESIGNATURE, "", HINT_PUBLISHED},
    {BELGO_ECLAIM, "", "Check this machine's clock (timedatectl), then: oauthctl login {login}"},
    {BELGO_ESTORE, "", "To see what the store does: oauthctl -v accounts"},
    {BELGO_ELOCKED, "",
     "Unlock the keyring in your desktop session, or keep accounts in encrypted files: oauthctl --store file "
     "login {login}"},
    {BELGO_ELOCKED, "",
     "Unlock the keyring in your desktop session, or keep accounts in encrypted files: see oauthctl help "
     "headless"},
    {BELGO_ENOSTORE, "", "Keep accounts in encrypted files instead: oauthctl --store file login {login}"},
    {BELGO_ENOSTORE, "", "Keep accounts in encrypted files instead: see oauthctl help headless"},
    {BELGO_EVERSION, "", "Update oauthctl; the record was left as it is."},
    {BELGO_ECANCELLED, "", "To try again: oauthctl login {login}"},
    {BELGO_ETIMEDOUT, "", "To have more time: oauthctl login {login} --timeout 15m"},
};

/* A value that the shell would not take as one word stands in single quotes. */
static int
is_plain(const char *value)
{
	static const char plain[] =
	    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.:/@%+=,";

	return value[0] != '\0' && value[strspn(value, plain)] == '\0';
}

static int
put(char *out, size_t size, size_t *used, const char *text, size_t len)
{
	if (len >= size - *used)
		return -1;
	memcpy(out + *used, text, len);
	*used += len;
	out[*used] = '\0';
	return 0;
}

static int
put_quoted(char *out, size_t size, size_t *used, const char *value)
{
	const char *p;

	if (is_plain(value))
		return put(out, size, used, value, strlen(value));
	if (put(out, size, used, "'", 1) != 0)
		return -1;
	for (p = value; *p != '\0'; p++)
		if (*p == '\'' ? put(out, size, used, "'\\''", 4) : put(out, size, used, p, 1))
			return -1;
	return put(out, size, used, "'", 1);
}

static const char *
fact(const struct facts *facts, const char *name, size_t len)
{
	const struct {
		const char *name, *value;
	} known[] = {{"verb", facts->verb}, {"account", facts->account}, {"provider", facts->provider}};
	size_t i;

	for (i = 0; i < LEN(known); i++)
		if (strlen(known[i].name) == len && memcmp(known[i].name, name, len) == 0)
			return known[i].value;
	return "";
}

/* " OPTION VALUE"; nothing where there is no value. */
static int
put_option(char *out, size_t size, size_t *used, const char *option, const char *value)
{
	if (value[0] == '\0')
		return 0;
	if (put(out, size, used, " ", 1) != 0 || put(out, size, used, option, strlen(option)) != 0 ||
	    put(out, size, used, " ", 1) != 0)
		return -1;
	return put_quoted(out, size, used, value);
}

static int
put_client(char *out, size_t size, size_t *used, const struct facts *facts)
{
	if (facts->provider[0] == '\0' || put_quoted(out, size, used, facts->provider) != 0)
		return -1;
	return put_option(out, size, used, "--client-id", facts->client_id);
}

static int
put_login(char *out, size_t size, size_t *used, const struct facts *facts)
{
	const char *option = facts->login_option;

	if (put_client(out, size, used, facts) != 0 ||
	    put_option(out, size, used, "--tenant", facts->tenant) != 0 ||
	    put_option(out, size, used, "--account", facts->account) != 0)
		return -1;
	if (option == NULL)
		return 0;
	return put(out, size, used, " ", 1) != 0 ? -1 : put(out, size, used, option, strlen(option));
}

/* One {name}. @return 0, or -1 where the fact is missing or does not fit. */
static int
put_fact(char *out, size_t size, size_t *used, const char *name, size_t len, const struct facts *facts,
	 int64_t retry_after)
{
	char number[24];
	const char *value = fact(facts, name, len);

	if (len == strlen("login") && memcmp(name, "login", len) == 0)
		return put_login(out, size, used, facts);
	if (len == strlen("client") && memcmp(name, "client", len) == 0)
		return put_client(out, size, used, facts);
	if (len == strlen("retry_after") && memcmp(name, "retry_after", len) == 0) {
		if (retry_after < 0)
			return -1;
		snprintf(number, sizeof(number), "%lld", (long long)retry_after);
		return put(out, size, used, number, strlen(number));
	}
	if (value[0] == '\0')
		return -1;
	/* A verb may be two words, "provider set"; it is ours and needs no quotes. */
	return value == facts->verb ? put(out, size, used, value, strlen(value))
				    : put_quoted(out, size, used, value);
}

/* @return 0, or -1 where a fact is missing. */
static int
expand(char *out, size_t size, const char *template, const struct facts *facts, int64_t retry_after)
{
	size_t used = 0, len;
	const char *p;
	int rc;

	out[0] = '\0';
	for (p = template; *p != '\0'; p += len) {
		if (*p == '{') {
			len = strcspn(p, "}") + 1;
			rc = put_fact(out, size, &used, p + 1, len - 2, facts, retry_after);
		} else {
			len = strcspn(p, "{");
			rc = put(out, size, &used, p, len);
		}
		if (rc != 0)
			return -1;
	}
	return 0;
}

/* Of the verbs of `client`. @spec RFC 7591 section 3, 3.2.2; RFC 7592 section 2 */
static int
by_client(char *out, size_t size, const struct belgo_error *err, const struct facts *facts)
{
	static const char verb[] = "client ";
	const char *template = NULL;

	if (strncmp(facts->verb, verb, strlen(verb)) != 0)
		return -1;
	if (strcmp(facts->verb, "client register") != 0)
		template = err->rc == BELGO_ENOTFOUND || (err->rc == BELGO_EDENIED && err->http_status == 401)
			       ? "Register one anew: oauthctl client register {provider}"
			       : NULL;
	else if (err->rc == BELGO_ENOTFOUND)
		template = "Register it at the provider yourself, then: oauthctl provider set {provider} "
			   "--client-id ID";
	else if (err->rc == BELGO_EDENIED && (err->http_status == 401 || err->http_status == 403))
		template = "Get an initial access token of the provider, then: oauthctl client register "
			   "{provider} --initial-access-token-file FILE";
	else if (err->rc == BELGO_EDENIED && strcmp(err->oauth_error, "invalid_redirect_uri") == 0)
		template = "Name one that it takes: oauthctl client register {provider} --redirect-uri URI";
	else if (err->rc == BELGO_EDENIED)
		template = "Ask for what it takes: oauthctl help client register";
	return template != NULL ? expand(out, size, template, facts, -1) : -1;
}

/* A provider with a preset says how a client is got; any other one may register it by itself. */
static int
by_want_of_client(char *out, size_t size, const struct facts *facts)
{
	if (facts->no_client != NULL)
		return expand(out, size, facts->no_client, facts, -1);
	if (strstr(facts->provider, "://") != NULL)
		return expand(
		    out, size,
		    "Run: oauthctl client register {provider}   (or, with a client of your own, "
		    "whose redirect URI oauthctl provider show {provider} tells: oauthctl provider set "
		    "{provider} --client-id ID)",
		    facts, -1);
	return expand(
	    out, size,
	    facts->wants_secret
		? "Run: oauthctl provider set {provider} --client-id ID --client-secret-file FILE   "
		  "(how to get them: oauthctl provider show {provider})"
		: "Run: oauthctl provider set {provider} --client-id ID   (how to get one: oauthctl "
		  "provider show {provider})",
	    facts, -1);
}

/* The system's own words stand in the error's text. */
static int
has_no_room(const struct belgo_error *err)
{
	static const int codes[] = {ENOSPC, EDQUOT, EROFS};
	size_t i;

	for (i = 0; i < LEN(codes); i++)
		if (strstr(err->text, strerror(codes[i])) != NULL)
			return 1;
	return 0;
}

static int
by_store(char *out, size_t size, const struct belgo_error *err, const struct facts *facts)
{
	if (err->rc == BELGO_ESTORE && has_no_room(err))
		return expand(
		    out, size,
		    "Make room there, or keep accounts elsewhere: --store file:DIR; what is stored is "
		    "untouched.",
		    facts, -1);
	/* The keyring is unlocked by a person, a file store by its key. */
	if ((err->rc == BELGO_ELOCKED || err->rc == BELGO_ESTORE) && strncmp(facts->store, "file:", 5) == 0)
		return expand(
		    out, size,
		    "Check OAUTHCTL_KEY_FILE or OAUTHCTL_PASSPHRASE_FILE: see oauthctl help headless", facts,
		    -1);
	/* A login without the client that could not be set would fail next. */
	if ((err->rc == BELGO_ELOCKED || err->rc == BELGO_ENOSTORE) &&
	    strcmp(facts->verb, "provider set") == 0)
		return expand(out, size,
			      "Keep secrets in encrypted files instead: see oauthctl help headless", facts,
			      -1);
	return -1;
}

static int
by_circumstance(char *out, size_t size, const struct belgo_error *err, const struct facts *facts)
{
	if (err->rc == BELGO_ENOCLIENT)
		return by_want_of_client(out, size, facts);
	if (err->rc == BELGO_ENOTFOUND && err->subject[0] != '\0')
		return expand(out, size, "Check the path.", facts, -1);
	if (by_client(out, size, err, facts) == 0)
		return 0;
	if (err->rc == BELGO_EAMBIGUOUS && facts->account_is_operand)
		return expand(out, size,
			      "Name one: oauthctl {verb} NAME, or set a default: oauthctl default NAME",
			      facts, -1);
	if (err->rc == BELGO_ENOTFOUND && strcmp(facts->verb, "provider discover") == 0)
		return expand(out, size,
			      "Check the URL; to see each request: oauthctl -v provider discover {provider}",
			      facts, -1);
	if (err->rc == BELGO_ENOTFOUND && facts->not_found != NULL)
		return expand(out, size, facts->not_found, facts, -1);
	/* The provider does not send a browser back to a place that it does not know. */
	if (err->rc == BELGO_ETIMEDOUT && strcmp(facts->verb, "login") == 0 && facts->login_option == NULL)
		return expand(
		    out, size,
		    "To have more time: oauthctl login {login} --timeout 15m   (where the provider showed "
		    "an error about the redirect URI: oauthctl provider show {provider})",
		    facts, -1);
	if (err->rc == BELGO_EDENIED && strcmp(err->oauth_error, "invalid_target") == 0 &&
	    strcmp(facts->verb, "exchange") == 0)
		return expand(out, size,
			      "Check --resource and --audience: the provider knows no such target.", facts,
			      -1);
	/* A login names its scopes; what else asks for one asks for more than its account was given. */
	if (err->rc == BELGO_EDENIED &&
	    (strcmp(err->oauth_error, "invalid_scope") == 0 ||
	     strcmp(err->oauth_error, "insufficient_scope") == 0) &&
	    facts->account[0] != '\0' && strcmp(facts->verb, "login") != 0)
		return expand(out, size,
			      "To have the account given more: oauthctl login {login} --add-scope SCOPE",
			      facts, -1);
	if (err->has_clock_skew && (err->clock_skew > 60 || err->clock_skew < -60) &&
	    belgo_rc_exit(err->rc) == 7) {
		snprintf(out, size,
			 "This machine's clock is %lld s %s the provider's; set it: timedatectl set-ntp true",
			 (long long)(err->clock_skew > 0 ? err->clock_skew : -err->clock_skew),
			 err->clock_skew > 0 ? "ahead of" : "behind");
		return 0;
	}
	return by_store(out, size, err, facts);
}

void
hint_for(char *out, size_t size, const struct belgo_error *err, const struct facts *facts)
{
	size_t i;

	out[0] = '\0';
	if (by_circumstance(out, size, err, facts) == 0)
		return;
	for (i = 0; i < LEN(table); i++) {
		if (table[i].rc != err->rc ||
		    (table[i].oauth_error[0] != '\0' && strcmp(table[i].oauth_error, err->oauth_error) != 0))
			continue;
		if (expand(out, size, table[i].template, facts, err->retry_after) == 0)
			return;
	}
	out[0] = '\0';
}
