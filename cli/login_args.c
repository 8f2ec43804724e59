/* The line of a login: its options, and which of them go together. */
#include "login.h"

#include <stdio.h>
#include <string.h>

#define AT(member) offsetof(struct login_args, member)

const struct opt login_opts[] = {
    {OPT_STRING, "account", 0, AT(account), "NAME", "what to call the account (PROVIDER:EMAIL)", FILL_NONE},
    {OPT_WORDS, "scope", 0, AT(scope), "SCOPE…", "these scopes in place of the provider's usual ones",
     FILL_NONE},
    {OPT_WORDS, "add-scope", 0, AT(add_scope), "SCOPE…", "these scopes besides those the account has",
     FILL_NONE},
    {OPT_FLAG, "device", 0, AT(device), NULL, "sign in on another device, by a code that is shown here",
     FILL_NONE},
    {OPT_FLAG, "client-credentials", 0, AT(client_credentials), NULL,
     "sign in as the client itself, without a user", FILL_NONE},
    {OPT_STRING, "jwt-bearer-subject", 0, AT(jwt_bearer_subject), "SUBJECT",
     "sign in for that subject by an assertion that the client signs with its key", FILL_NONE},
    {OPT_FLAG, "no-openid", 0, AT(no_openid), NULL, "do not add the scope openid", FILL_NONE},
    {OPT_STRING, "client-id", 0, AT(client_id), "ID", "the client to sign in through", FILL_NONE},
    {OPT_STRING, "client-secret-file", 0, AT(client_secret_file), "FILE",
     "a file with its secret; - for standard input", FILL_FILE},
    {OPT_REFUSED, "client-secret", 0, AT(refused), NULL,
     "other users see the arguments of a command; put the secret into a file and use --client-secret-file",
     FILL_NONE},
    {OPT_STRING, "tenant", 0, AT(tenant), "TENANT", "the tenant to sign in at", FILL_NONE},
    {OPT_STRING, "hd", 0, AT(hd), "DOMAIN", "only accounts of this hosted domain", FILL_NONE},
    {OPT_STRING, "login-hint", 0, AT(login_hint), "HINT", "who is going to sign in, mostly an e-mail address",
     FILL_NONE},
    {OPT_WORDS, "resource", 0, AT(resource), "URI…", "what the tokens are for (RFC 8707)", FILL_NONE},
    {OPT_REPEAT, "param", 0, AT(param), "NAME=VALUE", "a further parameter of the authorization request",
     FILL_NONE},
    {OPT_STRING, "prompt", 0, AT(prompt), "PROMPT", "login, consent, select_account or none", FILL_NONE},
    {OPT_STRING, "authorization-details", 0, AT(details), "FILE|JSON",
     "what to ask for beyond scopes, a JSON array (RFC 9396)", FILL_FILE},
    {OPT_WORDS, "acr-values", 0, AT(acr_values), "VALUE…", "how to sign in, the best first; a wish",
     FILL_NONE},
    {OPT_DURATION, "max-age", 0, AT(max_age), "DURATION", "sign in anew unless it was done within that time",
     FILL_NONE},
    {OPT_STRING, "challenge", 0, AT(challenge), "FILE",
     "what a resource demanded in WWW-Authenticate (RFC 9470); - for standard input", FILL_FILE},
    {OPT_FLAG, "par", 0, AT(par), NULL, "push the request to the provider first (RFC 9126)", FILL_NONE},
    {OPT_FLAG, "jar", 0, AT(jar), NULL, "sign the request with the client's private key (RFC 9101)",
     FILL_NONE},
    {OPT_STRING, "profile", 0, AT(profile), "PROFILE",
     "fapi2: refuse what falls short of the FAPI 2.0 Security Profile", FILL_NONE},
    {OPT_PORTS, "port", 0, AT(port), "PORT[,PORT…]", "listen here, the first one that is free", FILL_NONE},
    {OPT_STRING, "redirect-host", 0, AT(redirect_host), "HOST", "127.0.0.1, [::1] or localhost", FILL_NONE},
    {OPT_STRING, "redirect-path", 0, AT(redirect_path), "PATH",
     "the path of the redirect URI (see: provider show)", FILL_NONE},
    {OPT_DURATION, "timeout", 0, AT(timeout), "DURATION", "give up after so long (5m)", FILL_NONE},
    {OPT_STRING, "browser", 0, AT(browser), "COMMAND", "open this browser; %s stands for the URL", FILL_NONE},
    {OPT_FLAG, "no-browser", 0, AT(no_browser), NULL, "only print the URL", FILL_NONE},
    {OPT_STRING, "response-mode", 0, AT(response_mode), "MODE",
     "query, form_post; or as a signed JWT (JARM): jwt, query.jwt, form_post.jwt", FILL_NONE},
    {OPT_FLAG, "existing-only", 0, AT(existing_only), NULL, "renew an account, make no new one", FILL_NONE},
    {OPT_FLAG, "replace", 0, AT(replace), NULL, "let another user take over the account's name", FILL_NONE},
    {OPT_FLAG, "dpop", 0, AT(dpop), NULL, "bind the tokens to a key that stays with the account (RFC 9449)",
     FILL_NONE},
    {OPT_STRING, "ca-file", 0, AT(ca_file), "FILE", "trust these certificate authorities (PEM)", FILL_FILE},
    {0}};

static const char *const response_modes[] = {[BELGO_RESPONSE_QUERY] = "query",
					     [BELGO_RESPONSE_FORM_POST] = "form_post",
					     [BELGO_RESPONSE_JWT] = "jwt",
					     [BELGO_RESPONSE_QUERY_JWT] = "query.jwt",
					     [BELGO_RESPONSE_FORM_POST_JWT] = "form_post.jwt",
					     NULL};

static belgo_rc
one_of(const char *option, const char *value, const char *const *allowed, struct belgo_error *err)
{
	char list[128] = "";
	size_t i, used = 0;

	for (i = 0; value != NULL && allowed[i] != NULL; i++) {
		if (strcmp(value, allowed[i]) == 0)
			return BELGO_OK;
		used +=
		    (size_t)snprintf(list + used, sizeof(list) - used, "%s%s", i > 0 ? ", " : "", allowed[i]);
	}
	return value == NULL
		   ? BELGO_OK
		   : fail_with(err, BELGO_EINVAL, "%s is one of %s, not \"%.40s\"", option, list, value);
}

belgo_rc
login_args_check(const struct login_args *args, struct belgo_error *err)
{
	static const char *const hosts[] = {"127.0.0.1", "[::1]", "localhost", NULL};
	static const char *const profiles[] = {"fapi2", NULL};

	TRY(one_of("--redirect-host", args->redirect_host, hosts, err));
	TRY(one_of("--response-mode", args->response_mode, response_modes, err));
	TRY(one_of("--profile", args->profile, profiles, err));
	if (args->scope.n > 0 && args->add_scope.n > 0)
		return fail_with(err, BELGO_EINVAL, "--scope and --add-scope exclude each other");
	if (args->challenge != NULL && (args->scope.n > 0 || args->acr_values.n > 0 || args->max_age >= 0))
		return fail_with(
		    err, BELGO_EINVAL,
		    "--challenge excludes --scope, --acr-values and --max-age: it says them itself");
	if (args->browser != NULL && args->no_browser)
		return fail_with(err, BELGO_EINVAL, "--browser and --no-browser exclude each other");
	if (args->account != NULL && !belgo_account_name_is_valid(args->account))
		return fail_with(
		    err, BELGO_EINVAL,
		    "--account: a name is printable, without blanks and slashes, and at most 128 bytes long");
	if (args->redirect_path != NULL && args->redirect_path[0] != '/')
		return fail_with(err, BELGO_EINVAL, "--redirect-path begins with a slash");
	if (args->timeout == 0 || args->timeout > 86400)
		return fail_with(err, BELGO_EINVAL, "--timeout is between 1s and 1d");
	if (args->port.n > LOGIN_MAX_PORTS)
		return fail_with(err, BELGO_EINVAL, "--port: %d ports are enough", LOGIN_MAX_PORTS);
	return BELGO_OK;
}

/* What only a login in a browser on this machine can have. */
belgo_rc
login_args_check_device(const struct login_args *args, struct belgo_error *err)
{
	const struct {
		const char *option;
		int is_given;
	} options[] = {
	    {"--browser", args->browser != NULL},
	    {"--port", args->port.n > 0},
	    {"--redirect-host", args->redirect_host != NULL},
	    {"--redirect-path", args->redirect_path != NULL},
	    {"--response-mode", args->response_mode != NULL},
	    {"--prompt", args->prompt != NULL},
	    {"--login-hint", args->login_hint != NULL},
	    {"--acr-values", args->acr_values.n > 0},
	    {"--max-age", args->max_age >= 0},
	    {"--challenge", args->challenge != NULL},
	    {"--par", args->par},
	    {"--jar", args->jar},
	    {"--profile", args->profile != NULL},
	};
	size_t i;

	for (i = 0; i < LEN(options); i++)
		if (options[i].is_given)
			return fail_with(err, BELGO_EINVAL, "a login without a browser cannot have %s",
					 options[i].option);
	return BELGO_OK;
}

/* What only a user can have. */
belgo_rc
login_args_check_client(const struct login_args *args, struct belgo_error *err)
{
	const struct {
		const char *option;
		int is_given;
	} options[] = {
	    {"--jwt-bearer-subject", args->client_credentials && args->jwt_bearer_subject != NULL},
	    {"--device", args->device},
	    {"--hd", args->hd != NULL},
	    {"--param", args->param.n > 0},
	    {"--add-scope", args->add_scope.n > 0},
	};
	size_t i;

	for (i = 0; i < LEN(options); i++)
		if (options[i].is_given)
			return fail_with(err, BELGO_EINVAL, "%s cannot have %s",
					 args->client_credentials ? "--client-credentials"
								  : "--jwt-bearer-subject",
					 options[i].option);
	return login_args_check_device(args, err);
}

enum belgo_response_mode
login_args_response_mode(const struct login_args *args)
{
	int mode = BELGO_RESPONSE_FORM_POST_JWT;

	while (mode > BELGO_RESPONSE_QUERY &&
	       (args->response_mode == NULL || strcmp(args->response_mode, response_modes[mode]) != 0))
		mode--;
	return (enum belgo_response_mode)mode;
}
