/* verify: what a resource server asks of a token that it is shown, or a program of an ID token that is handed
 * in. The token comes on stdin and is not shown. */
#include "commands.h"

#include "file.h"

#include <string.h>
#include <unistd.h>

/* Far more than the library takes: a token that is too long is refused like any other. */
#define TOKEN_MAX (1024 * 1024)
#define KEYS_MAX (512 * 1024)

struct verify_args {
	const char *issuer, *jwks, *type, *nonce, *introspect_as;
	struct words audience, scope, client_id, alg;
};

#define AT(member) offsetof(struct verify_args, member)
static const struct opt opts[] = {
    {OPT_STRING, "issuer", 0, AT(issuer), "ISSUER",
     "who must have issued it: a URL or a provider's id (required)", FILL_PROVIDER},
    {OPT_REPEAT, "audience", 0, AT(audience), "NAME",
     "a name of this server; one must be in the token (required, but with --introspect-as). Of an ID token: "
     "a client id of yours",
     FILL_NONE},
    {OPT_WORDS, "scope", 0, AT(scope), "SCOPE", "what it must grant, all of it", FILL_NONE},
    {OPT_REPEAT, "client-id", 0, AT(client_id), "ID", "a client whose tokens are accepted; otherwise any",
     FILL_NONE},
    {OPT_WORDS, "alg", 0, AT(alg), "ALG",
     "an algorithm that may have signed it, as PS256; otherwise any with a public key", FILL_NONE},
    {OPT_STRING, "jwks", 0, AT(jwks), "FILE|URL", "the issuer's keys; otherwise those that it publishes",
     FILL_FILE},
    {OPT_STRING, "introspect-as", 0, AT(introspect_as), "ID",
     "this server's own client id: ask the issuer about the token, which may be of any kind", FILL_NONE},
    {OPT_STRING, "type", 0, AT(type), "TYPE", "access (RFC 9068, the default), id, or jwt for all others",
     FILL_NONE},
    {OPT_STRING, "nonce", 0, AT(nonce), "NONCE",
     "of an ID token: the nonce that it must carry; otherwise none", FILL_NONE},
    {0}};

static int
is_url(const char *keys)
{
	return keys != NULL && strstr(keys, "://") != NULL;
}

static int
is_of_type(const struct verify_args *args, const char *type)
{
	return strcmp(args->type != NULL ? args->type : "access", type) == 0;
}

static belgo_rc
check_type(const struct verify_args *args, struct belgo_error *err)
{
	int is_id = is_of_type(args, "id");

	if (!is_id && !is_of_type(args, "access") && !is_of_type(args, "jwt"))
		return fail_with(err, BELGO_EINVAL, "--type is one of access, id, jwt, not \"%.40s\"",
				 args->type);
	if (is_id && (args->scope.n > 0 || args->client_id.n > 0 || args->alg.n > 0 || args->jwks != NULL))
		return fail_with(
		    err, BELGO_EINVAL,
		    "an ID token is for the client ids of --audience, by the keys and algorithms that its "
		    "issuer publishes: no --scope, --client-id, --alg and --jwks");
	if (!is_id && args->nonce != NULL)
		return fail_with(err, BELGO_EINVAL, "--nonce is for --type id");
	if (args->introspect_as != NULL && (args->type != NULL || args->alg.n > 0 || args->jwks != NULL))
		return fail_with(
		    err, BELGO_EINVAL,
		    "where the issuer is asked, neither its keys nor the token's type and algorithm matter: "
		    "no --jwks, --type and --alg with --introspect-as");
	return BELGO_OK;
}

/* Standard input is the token's. */
static belgo_rc
check(struct ctl *ctl, const struct verify_args *args, struct belgo_error *err)
{
	if (args->issuer == NULL)
		return fail_with(err, BELGO_EINVAL, "verify needs --issuer: nobody else's token is accepted");
	if (args->audience.n == 0 && args->introspect_as == NULL)
		return fail_with(err, BELGO_EINVAL,
				 "verify needs --audience: a token for another server is none for this one");
	TRY(check_type(args, err));
	if (args->jwks != NULL && strcmp(args->jwks, "-") == 0)
		return fail_with(err, BELGO_EINVAL, "the token itself comes on standard input");
	if (isatty(STDIN_FILENO)) {
		hint_set(ctl, "Run: oauthctl verify --issuer ISSUER --audience NAME < FILE");
		return fail_with(err, BELGO_EINVAL, "the token comes on standard input");
	}
	return BELGO_OK;
}

/* A NUL in it must not hide what follows. */
static belgo_rc
read_token(char **out, struct belgo_error *err)
{
	AUTO(text_free) char *token = NULL;
	size_t len = 0;

	TRY(file_read(&token, &len, "-", TOKEN_MAX + 2, err));
	while (len > 0 && (token[len - 1] == '\n' || token[len - 1] == '\r'))
		token[--len] = '\0';
	if (len == 0)
		return fail_with(err, BELGO_EINVAL, "standard input holds no token");
	if (strlen(token) != len || strpbrk(token, "\r\n") != NULL)
		return fail_with(err, BELGO_EINVAL, "standard input holds more than one token");
	*out = TAKE(token);
	return BELGO_OK;
}

static belgo_rc
read_keys(char **out, const char *path, struct belgo_error *err)
{
	AUTO(text_free) char *keys = NULL;
	size_t len = 0;

	TRY(file_read(&keys, &len, path, KEYS_MAX, err));
	if (strlen(keys) != len)
		return fail_with(err, BELGO_EINVAL, "%s holds no JWK Set", path);
	*out = TAKE(keys);
	return BELGO_OK;
}

/* What `provider set` was told of the client, where it is that one. */
static const char *
auth_method(const struct ctl *ctl, const struct belgo_provider *provider, const struct verify_args *args)
{
	const struct config_client client =
	    config_client(&ctl->config, belgo_provider_id(provider), belgo_provider_issuer(provider));

	return args->introspect_as != NULL && client.client_id != NULL &&
		       strcmp(client.client_id, args->introspect_as) == 0
		   ? client.token_endpoint_auth_method
		   : NULL;
}

static belgo_rc
make(struct belgo_op **out, struct ctl *ctl, struct belgo_client *client,
     const struct belgo_provider *provider, const struct verify_args *args, struct belgo_error *err)
{
	AUTO(text_free) char *keys = NULL, *token = NULL, *scope = words_join(&args->scope);
	struct belgo_access_token_params params = {
	    .provider = provider,
	    .audiences = (const char *const *)args->audience.items,
	    .n_audiences = args->audience.n,
	    .client_ids = (const char *const *)args->client_id.items,
	    .n_client_ids = args->client_id.n,
	    .algs = (const char *const *)args->alg.items,
	    .n_algs = args->alg.n,
	    .profile = is_of_type(args, "jwt") ? BELGO_ACCESS_TOKEN_PLAIN_JWT : BELGO_ACCESS_TOKEN_RFC9068,
	    .jwks_uri = is_url(args->jwks) ? args->jwks : NULL,
	    .introspect_as = args->introspect_as,
	    .token_endpoint_auth_method = auth_method(ctl, provider, args)};

	if (scope == NULL)
		return fail_memory(err);
	if (args->jwks != NULL && !is_url(args->jwks))
		TRY(read_keys(&keys, args->jwks, err));
	TRY(read_token(&token, err));
	params.scope = scope;
	params.jwks = keys;
	params.token = token;
	return belgo_access_token_verify_op(out, client, &params, err);
}

/* As a program judges one that is handed in: nothing is stored. */
static belgo_rc
make_id(struct belgo_op **out, struct belgo_client *client, const struct belgo_provider *provider,
	const struct verify_args *args, struct belgo_error *err)
{
	AUTO(text_free) char *token = NULL;
	const struct belgo_login_params params = {.provider = provider,
						  .client_id = args->audience.items[0],
						  .extra_client_ids =
						      (const char *const *)&args->audience.items[1],
						  .n_extra_client_ids = args->audience.n - 1};
	struct belgo_id_token_params handed = {.nonce = args->nonce};

	TRY(read_token(&token, err));
	handed.id_token = token;
	return belgo_id_token_login_op(out, client, &params, &handed, err);
}

/* Nothing of a store is wanted but what proves this server's client. */
static belgo_rc
open_session(struct session *out, struct ctl *ctl, const struct verify_args *args, struct belgo_error *err)
{
	AUTO(text_free) char *store = args->introspect_as != NULL ? store_for_login(ctl) : strdup("memory");

	return store != NULL ? session_open(out, ctl, store, err) : fail_memory(err);
}

/* The refusal is ours: no provider said anything. What mends it is with the token's sender or on this line.
 */
static void
put_refusal(struct ctl *ctl, belgo_rc rc, const struct verify_args *args, struct belgo_error *err)
{
	if (rc == BELGO_ECLAIM ||
	    (is_of_type(args, "id") && (rc == BELGO_EPROTO || rc == BELGO_ESIGNATURE))) {
		err->oauth_error[0] = '\0';
		hint_set(ctl, "Refuse it, or name what is accepted: see oauthctl help verify");
	} else if (rc == BELGO_ESIGNATURE && args->jwks != NULL)
		hint_set(ctl, "Refuse it, or check that these are the issuer's keys: %s", args->jwks);
	else if (rc == BELGO_EPROTO && args->type == NULL && args->introspect_as == NULL)
		hint_set(ctl,
			 "If its issuer's tokens are opaque: oauthctl verify --introspect-as ID; if they do "
			 "not follow RFC 9068: see --type jwt in oauthctl-verify(1)");
	else if (rc == BELGO_ENOSTORE || rc == BELGO_ELOCKED) /* no login mends that */
		hint_set(ctl, "Keep what proves this server in encrypted files: see oauthctl help headless");
}

static belgo_rc
judge(struct ctl *ctl, const struct verify_args *args, struct belgo_error *err)
{
	AUTO(found_provider_done) struct found_provider found = {0};
	AUTO(session_close) struct session session = {0};
	AUTO(belgo_op_free) struct belgo_op *op = NULL;

	TRY(provider_find(&found, ctl, args->issuer, NULL, err));
	TRY(open_session(&session, ctl, args, err));
	TRY(is_of_type(args, "id") ? make_id(&op, session.client, found.provider, args, err)
				   : make(&op, ctl, session.client, found.provider, args, err));
	TRY(drive(ctl, op, NULL, err));
	return claims_print(ctl, is_of_type(args, "id") ? belgo_op_account(op)->claims : belgo_op_json(op),
			    err);
}

static belgo_rc
run(struct ctl *ctl, const struct line *line, struct belgo_error *err)
{
	belgo_rc rc;

	TRY(check(ctl, line->args, err));
	if ((rc = judge(ctl, line->args, err)) != BELGO_OK)
		put_refusal(ctl, rc, line->args, err);
	return rc;
}

const struct command cmd_verify = {
    .name = "verify",
    .operands = "",
    .summary = "check a token that this server is shown, on stdin, and print its claims",
    .about =
	"For resource servers: is this token the issuer's, for this server, and valid now? Exit status 7: it "
	"is refused. A token\n"
	"that is bound to a key is refused too, for its proof is not seen here. It is judged as a JWT by the "
	"issuer's keys, or by\n"
	"what the issuer says of it with --introspect-as; what proves that client is what `provider set` "
	"stored. "
	"With --type id, for\n"
	"programs that are handed ID tokens.",
    .opts = opts,
    .args_size = sizeof(struct verify_args),
    .run = run};
