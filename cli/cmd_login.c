/* login: a user signs in at a provider, in the browser or by a code on another device; the account is stored
 * and its name printed. */
#include "commands.h"

#include "file.h"
#include "login.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DETAILS_MAX 32768
#define CHALLENGE_MAX 32768

/* Everything that lives as long as the login. */
struct login {
	struct ctl *ctl;
	const struct login_args *args;
	struct login_target target;
	struct session session;
	struct belgo_op *op;
	int by_device, by_client;
	struct login_watch watch;
	char *store, *client_id, *client_secret, *scope, *add_scope, *acr_values, *details, *challenge;
	struct belgo_param *params;
	size_t n_params;
	int ports[LOGIN_MAX_PORTS];
};

static void
login_done(struct login *login)
{
	size_t i;

	belgo_op_free(&login->op);
	session_close(&login->session);
	login_target_done(&login->target);
	free(login->store);
	free(login->client_id);
	text_free(&login->client_secret);
	free(login->scope);
	free(login->add_scope);
	free(login->acr_values);
	text_free(&login->details);
	text_free(&login->challenge);
	for (i = 0; i < login->n_params; i++) {
		union {
			const char *name;
			char *owned;
		} item = {.name = login->params[i].name};
		free(item.owned);
	}
	free(login->params);
}

/* NAME=VALUE is cut in a copy; the value is borrowed from it. */
static belgo_rc
split_params(struct login *login, struct belgo_error *err)
{
	const struct words *words = &login->args->param;
	size_t i;

	if ((login->params = calloc(words->n + 1, sizeof(*login->params))) == NULL)
		return fail_memory(err);
	for (i = 0; i < words->n; i++) {
		char *copy = strdup(words->items[i]), *equals = copy != NULL ? strchr(copy, '=') : NULL;

		if (copy == NULL)
			return fail_memory(err);
		login->params[login->n_params++] =
		    (struct belgo_param){.name = copy, .value = equals != NULL ? equals + 1 : ""};
		if (equals == NULL || equals == copy)
			return fail_with(err, BELGO_EINVAL, "--param wants NAME=VALUE");
		*equals = '\0';
	}
	return BELGO_OK;
}

/* The issuer stands in an account as it was at its login; a preset with many tenants has no single one. */
static int
is_at(const struct belgo_provider *provider, const char *resource, const struct belgo_account *account)
{
	const char *id = belgo_provider_id(provider), *issuer = belgo_provider_issuer(provider);

	if (resource != NULL || account->resource != NULL)
		return resource != NULL && account->resource != NULL &&
		       strcmp(resource, account->resource) == 0;
	if (id != NULL || account->provider != NULL)
		return id != NULL && account->provider != NULL && strcmp(id, account->provider) == 0;
	return issuer != NULL && account->metadata_issuer != NULL &&
	       strcmp(issuer, account->metadata_issuer) == 0;
}

/*
 * Where --account names an account that exists, it is renewed where it lies and through the client that it
 * has, so that the line which an error advises is enough. Whatever goes wrong here, the login itself will
 * say.
 */
static belgo_rc
renew_in_place(struct login *login, struct belgo_error *err)
{
	AUTO(known_account_done) struct known_account known = {0};
	AUTO(index_done) struct index index = {0};
	struct belgo_error ignored = {0};
	const struct belgo_account *account;
	const char *name = login->args->account;
	size_t i = 0;

	index_load(&index);
	while (name != NULL && i < index.n && strcmp(index.accounts[i].name, name) != 0)
		i++;
	if (name == NULL || i == index.n || known_account_get(&known, login->ctl, name, &ignored) != BELGO_OK)
		return BELGO_OK;
	account = belgo_op_account(known.op);
	if (!is_at(login->target.found.provider, login->target.resource, account))
		return BELGO_OK;
	free(login->store);
	if ((login->store = strdup(known.ref.store)) == NULL)
		return fail_memory(err);
	if (login->client_id == NULL && account->client_id != NULL &&
	    (login->client_id = strdup(account->client_id)) == NULL)
		return fail_memory(err);
	return BELGO_OK;
}

static belgo_rc
choose_client(struct login *login, const char *wanted, struct belgo_error *err)
{
	const struct belgo_provider *provider = login->target.found.provider;

	login->client_id = provider_client_id(login->ctl, provider, login->args->client_id);
	if (login->target.resource != NULL && login->args->client_id == NULL && login->client_id != NULL)
		TRY(login_trust(login->ctl, &login->target, wanted, login->client_id, err));
	TRY(renew_in_place(login, err));
	if (login->args->client_secret_file == NULL)
		return BELGO_OK;
	return secret_from_file(&login->client_secret, login->args->client_secret_file, err);
}

/* JSON begins with a bracket, which nobody's file does. */
static belgo_rc
read_details(struct login *login, struct belgo_error *err)
{
	const char *given = login->args->details;
	size_t len;

	if (given == NULL)
		return BELGO_OK;
	if (given[strspn(given, " \t\r\n")] != '[')
		return file_read(&login->details, &len, given, DETAILS_MAX, err);
	return (login->details = strdup(given)) != NULL ? BELGO_OK : fail_memory(err);
}

static belgo_rc
read_challenge(struct login *login, struct belgo_error *err)
{
	size_t len;

	if (login->args->challenge == NULL)
		return BELGO_OK;
	return file_read(&login->challenge, &len, login->args->challenge, CHALLENGE_MAX, err);
}

/* What this line had must be on the next one too. */
static void
remember_for_hint(struct login *login, const char *wanted)
{
	const struct login_args *args = login->args;
	struct facts *facts = &login->ctl->facts;

	facts_account(login->ctl, args->account, wanted, NULL);
	if (args->client_id != NULL)
		snprintf(facts->client_id, sizeof(facts->client_id), "%s", args->client_id);
	if (args->tenant != NULL)
		snprintf(facts->tenant, sizeof(facts->tenant), "%s", args->tenant);
	facts->login_option = args->device                       ? "--device"
			      : args->client_credentials         ? "--client-credentials"
			      : args->jwt_bearer_subject != NULL ? "--jwt-bearer-subject SUBJECT"
								 : NULL;
	facts->no_client = login->client_id == NULL ? NULL
			   : args->client_credentials
			       ? "Run: oauthctl provider set {client} --generate-client-key   (or "
				 "--client-secret-file FILE)"
			       : "Run: oauthctl provider set {client} --generate-client-key";
	if (args->existing_only || args->add_scope.n > 0)
		facts->not_found = HINT_ACCOUNTS;
}

static belgo_rc
prepare(struct login *login, const char *wanted, struct belgo_error *err)
{
	const struct login_args *args = login->args;
	size_t i;

	TRY(login_args_check(args, err));
	TRY(split_params(login, err));
	TRY(read_details(login, err));
	TRY(read_challenge(login, err));
	for (i = 0; i < args->port.n; i++)
		login->ports[i] = (int)strtol(args->port.items[i], NULL, 10);
	login->ctl->ca_file = args->ca_file;
	TRY(login_target_find(&login->target, login->ctl, wanted, args->tenant, err));
	if (login->target.resource != NULL && args->resource.n > 0)
		return fail_with(err, BELGO_EINVAL, "--resource: the login is for %s alone",
				 login->target.resource);
	login->by_client = args->client_credentials || args->jwt_bearer_subject != NULL;
	if (login->by_client)
		TRY(login_args_check_client(args, err));
	login->by_device = args->device ||
			   (!login->by_client && belgo_provider_prefers_device(login->target.found.provider));
	if (login->by_device)
		TRY(login_args_check_device(args, err));
	login->store = store_for_login(login->ctl);
	TRY(choose_client(login, wanted, err));
	remember_for_hint(login, wanted);
	login->scope = words_join(&args->scope);
	login->add_scope = words_join(&args->add_scope);
	login->acr_values = words_join(&args->acr_values);
	if (login->scope == NULL || login->add_scope == NULL || login->acr_values == NULL ||
	    login->store == NULL)
		return fail_memory(err);
	return BELGO_OK;
}

static void
on_prompt(void *arg, const struct belgo_login_prompt *prompt)
{
	struct login *login = arg;
	const char *name = belgo_provider_name(login->target.found.provider);

	if (name == NULL)
		name = belgo_provider_issuer(login->target.found.provider);
	login_watch_start(&login->watch, prompt->deadline);
	if (login->by_device)
		device_prompt(login->ctl, name, prompt);
	else
		login_prompt(login->ctl, login->args, name, prompt, login->watch.may_paste);
}

/* *out: of both lists, borrowed; free(). C does not take an array of char * for one of const char *. */
static belgo_rc
gather_resources(const char ***out, size_t *n, const struct login *login, struct belgo_error *err)
{
	const struct words *named = &login->args->resource;
	const char **all = calloc(named->n + 2, sizeof(*all));
	size_t i;

	if (all == NULL)
		return fail_memory(err);
	for (i = 0; i < named->n; i++)
		all[i] = named->items[i];
	if (login->target.resource != NULL)
		all[i++] = login->target.resource;
	*out = all;
	*n = i;
	return BELGO_OK;
}

/* What the line says, as the library wants it. */
static void
fill_params(struct belgo_login_params *out, struct login *login, const char *const *resources,
	    size_t n_resources)
{
	const struct login_args *args = login->args;
	const struct login_target *target = &login->target;
	const struct config_client client =
	    config_client(&login->ctl->config, belgo_provider_id(target->found.provider),
			  belgo_provider_issuer(target->found.provider));
	const int adds = args->add_scope.n > 0;

	*out = (struct belgo_login_params){
	    .provider = login->target.found.provider,
	    .client_id = login->client_id,
	    .client_secret = login->client_secret,
	    .token_endpoint_auth_method = client.token_endpoint_auth_method,
	    .account_name = args->account,
	    .scope = adds                      ? login->add_scope
		     : args->scope.n > 0       ? login->scope
		     : args->challenge == NULL ? target->scope
					       : NULL,
	    .scope_mode = adds ? BELGO_SCOPE_ADD : BELGO_SCOPE_REPLACE,
	    .openid_mode = args->no_openid ? BELGO_OPENID_NEVER : BELGO_OPENID_AUTO,
	    .resources = resources,
	    .n_resources = n_resources,
	    .protected_resource = target->resource != NULL,
	    .prompt = args->prompt,
	    .login_hint = args->login_hint,
	    .hd = args->hd,
	    .extra = login->params,
	    .n_extra = login->n_params,
	    .response_mode = login_args_response_mode(args),
	    .response_mode_set = args->response_mode != NULL,
	    .redirect_host = args->redirect_host,
	    .redirect_path = args->redirect_path,
	    .ports = login->ports,
	    .n_ports = args->port.n,
	    .timeout_s = args->timeout > 0 ? (int)args->timeout : 0,
	    .replace = args->replace ? BELGO_REPLACE_ANY_USER : BELGO_REPLACE_SAME_USER,
	    .existing = args->existing_only ? BELGO_EXISTING_ONLY : BELGO_EXISTING_ANY,
	    .dpop = args->dpop || target->wants_dpop ? BELGO_DPOP_ON : BELGO_DPOP_PRESET,
	    .on_prompt = on_prompt,
	    .prompt_arg = login,
	    .authorization_details = login->details,
	    .acr_values = args->acr_values.n > 0 ? login->acr_values : NULL,
	    .challenge = login->challenge,
	    .max_age = args->max_age,
	    .max_age_set = args->max_age >= 0,
	    .jwt_bearer_subject = args->jwt_bearer_subject,
	    .profile = args->profile != NULL ? BELGO_PROFILE_FAPI2 : BELGO_PROFILE_PRESET,
	    .jar = args->jar ? BELGO_JAR_ALWAYS : BELGO_JAR_AUTO,
	    .par = args->par ? BELGO_PAR_ALWAYS : BELGO_PAR_AUTO};
}

static belgo_rc
begin(struct login *login, struct belgo_error *err)
{
	struct belgo_login_params params;
	const char **resources = NULL;
	size_t n_resources = 0;
	belgo_rc rc;

	TRY(gather_resources(&resources, &n_resources, login, err));
	fill_params(&params, login, resources, n_resources);
	rc = (login->by_client   ? belgo_client_login_op
	      : login->by_device ? belgo_device_login_op
				 : belgo_login_op)(&login->op, login->session.client, &params, err);
	free(resources);
	return rc;
}

static const char *
store_words(const char *store)
{
	if (strcmp(store, "keyring") == 0)
		return "in the system keyring";
	return strcmp(store, "memory") == 0 ? "nowhere: they are lost now" : "encrypted in files";
}

static belgo_rc
print(struct login *login, const struct belgo_account *account)
{
	AUTO(json_free_ptr) json_t *value = NULL;
	struct ctl *ctl = login->ctl;

	note(ctl, "Signed in as %s; the tokens are kept %s.", account->name, store_words(login->store));
	if (!ctl->globals.json) {
		out_printf(&ctl->out, "%s\n", account->name);
		return BELGO_OK;
	}
	value = account_json(ctl, account, login->store);
	out_json(&ctl->out, value);
	return BELGO_OK;
}

static belgo_rc
sign_in(struct login *login, struct belgo_error *err)
{
	belgo_rc rc;

	belgo_op_free(&login->op);
	TRY(begin(login, err));
	login_watch_begin(&login->watch, login->ctl, login->by_device);
	login->watch.op = login->op;
	rc = drive(login->ctl, login->op, &login->watch.hooks, err);
	login_watch_end(&login->watch);
	if (rc == BELGO_EACCOUNT && login->args->existing_only && login->args->account == NULL)
		hint_set(login->ctl, "To have an account made, leave out --existing-only.");
	return rc;
}

/* Whoever signs in for a protected resource did not choose its provider, and need not know it. */
static belgo_rc
sign_in_registered(struct login *login, struct belgo_error *err)
{
	struct belgo_error why = {0};
	belgo_rc rc = sign_in(login, &why);

	if (rc == BELGO_ENOCLIENT && login->target.resource != NULL && !login->by_client) {
		rc = login_register(login->ctl, login->session.client, login->target.found.provider,
				    login->args, err);
		if (rc != BELGO_ENOTFOUND)
			return rc == BELGO_OK ? sign_in(login, err) : rc;
		rc = BELGO_ENOCLIENT; /* it registers nobody */
		facts_account(login->ctl, NULL, belgo_provider_issuer(login->target.found.provider), NULL);
		login->ctl->facts.no_client = "Register a client at {provider}, for the redirect URI that "
					      "oauthctl provider show {provider} "
					      "tells, and name it with --client-id";
	}
	if (err != NULL && rc != BELGO_OK)
		*err = why;
	return rc;
}

/* A login under another name gives the account that name; where it was the default, it stays so. */
static void
follow_name(struct login *login, const struct belgo_account *account)
{
	AUTO(index_done) struct index index = {0};

	index_load(&index);
	for (size_t i = 0; i < index.n; i++)
		if (strcmp(index.accounts[i].key, account->key) == 0 &&
		    strcmp(index.accounts[i].store, login->store) == 0 &&
		    default_follow(login->ctl, index.accounts[i].name, account->name, NULL) != BELGO_OK)
			warn(login->ctl, "the configuration still names %s as the default",
			     index.accounts[i].name);
}

static belgo_rc
act(struct login *login, struct belgo_error *err)
{
	const struct belgo_account *account;

	TRY(session_open(&login->session, login->ctl, login->store, err));
	TRY(sign_in_registered(login, err));
	if ((account = belgo_op_account(login->op)) == NULL || account->name == NULL)
		return fail_with(err, BELGO_EINTERNAL, "the login ended without an account");
	facts_account(login->ctl, account->name, NULL, NULL);
	follow_name(login, account);
	index_put(login->ctl, account, login->store);
	TRY(session_keep_secret(&login->session, login->ctl,
				belgo_provider_issuer(login->target.found.provider), login->client_id,
				login->client_secret, err));
	return print(login, account);
}

static belgo_rc
run(struct ctl *ctl, const struct line *line, struct belgo_error *err)
{
	AUTO(login_done) struct login login = {.ctl = ctl, .args = line->args};

	TRY(prepare(&login, line->operands[0], err));
	return act(&login, err);
}

const struct command cmd_login = {
    .name = "login",
    .operands = "PROVIDER | ISSUER-URL | RESOURCE-URL",
    .summary = "sign in, in the browser or by a device code, and keep the account",
    .about =
	"Prints the URL, opens the browser, and waits for it on a loopback address. Without a display "
	"or over SSH it also\n"
	"says how to come in from another machine. Prints the account's name. Who is signed in already "
	"is renewed.\n"
	"A URL that publishes no provider's metadata is tried as a protected resource, an MCP server say: it "
	"names its\nprovider itself.\n"
	"With --device it opens and waits for nothing here: it shows a code, to be entered on any other "
	"device.\n"
	"With --client-credentials nobody signs in: the account is the client's own, for services.\n\n"
	"  oauthctl login google\n"
	"  oauthctl login microsoft --account work --tenant example.org\n"
	"  oauthctl login microsoft --device\n"
	"  oauthctl login https://login.example.org --client-id my-app --scope \"openid email\"\n"
	"  oauthctl login https://mcp.example.org/mcp --client-id my-app",
    .opts = login_opts,
    .args_size = sizeof(struct login_args),
    .min = 1,
    .max = 1,
    .fill = FILL_PROVIDER,
    .run = run};
