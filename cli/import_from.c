/* import --from: an account that another tool has. Its file is believed in nothing: the provider is asked, by
 * the refresh token, and who that is for is judged as at a login, or is nobody where the provider is silent.
 */
#include "import_from.h"

#include "file.h"
#include "import_foreign.h"
#include "login.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FILE_MAX (64 * 1024)

static belgo_rc
check(struct ctl *ctl, const struct import_from *from, struct belgo_error *err)
{
	if (from->account == NULL) {
		hint_set(ctl, "Run: oauthctl import --from %s --account NAME FILE", from->tool);
		return fail_with(err, BELGO_EINVAL, "--from needs --account: what to call the account");
	}
	if (strcmp(from->file, "-") == 0 && isatty(STDIN_FILENO)) {
		hint_set(ctl, "Run: oauthctl import --from %s --account NAME FILE", from->tool);
		return fail_with(err, BELGO_EINVAL, "no file is named, and none comes on standard input");
	}
	if (from->client_secret_file != NULL && strcmp(from->client_secret_file, "-") == 0 &&
	    strcmp(from->file, "-") == 0)
		return fail_with(err, BELGO_EINVAL, "standard input cannot be the file and the secret's too");
	return BELGO_OK;
}

static belgo_rc
say(char **member, const char *value, struct belgo_error *err)
{
	text_free(member);
	return value == NULL || (*member = strdup(value)) != NULL ? BELGO_OK : fail_memory(err);
}

/* What the line says stands over what the file says; the secret of another client is none of this one's. */
static belgo_rc
take_line(struct foreign_account *out, const struct import_from *from, struct belgo_error *err)
{
	if (from->provider != NULL)
		TRY(say(&out->provider, from->provider, err));
	if (from->client_id != NULL) {
		TRY(say(&out->client_id, from->client_id, err));
		TRY(say(&out->client_secret, NULL, err));
	}
	if (from->client_secret_file == NULL)
		return BELGO_OK;
	text_free(&out->client_secret);
	return secret_from_file(&out->client_secret, from->client_secret_file, err);
}

static belgo_rc
read_file(struct foreign_account *out, struct ctl *ctl, const struct import_from *from,
	  struct belgo_error *err)
{
	AUTO(text_free) char *text = NULL;
	size_t len = 0;
	belgo_rc rc;

	TRY(file_read(&text, &len, from->file, FILE_MAX, err));
	rc = foreign_account_read(out, from->tool, text, len, err);
	if (rc == BELGO_EPROTO && strcmp(from->tool, "mutt_oauth2") == 0)
		hint_set(ctl,
			 "It is decrypted first: gpg --decrypt FILE | oauthctl import --from mutt_oauth2 "
			 "--account NAME");
	else if (rc == BELGO_ELOGIN)
		hint_set(ctl, "Sign in instead: oauthctl login PROVIDER --account NAME");
	TRY(rc);
	return take_line(out, from, err);
}

static belgo_rc
find_provider(struct login_target *out, struct ctl *ctl, const struct foreign_account *foreign,
	      struct belgo_error *err)
{
	belgo_rc rc;

	hint_set(ctl,
		 "Name who gave out the token: --provider ID, or --provider https://ISSUER; see oauthctl "
		 "provider list");
	if (foreign->provider == NULL)
		return fail_with(err, BELGO_EINVAL, "the file does not say which provider its token is of");
	rc = login_target_find(out, ctl, foreign->provider, NULL, err);
	if (rc == BELGO_OK && out->resource != NULL)
		rc = fail_with(err, BELGO_EISSUER, "the issuer that the file names is none");
	if (rc != BELGO_ENOTFOUND && rc != BELGO_EISSUER)
		ctl->hint[0] = '\0';
	return rc;
}

/* A refresh token is good for the client that it was given to. */
static belgo_rc
find_client(struct foreign_account *foreign, struct ctl *ctl, const struct belgo_provider *provider,
	    struct belgo_error *err)
{
	if (foreign->client_id == NULL)
		foreign->client_id = provider_client_id(ctl, provider, NULL);
	if (foreign->client_id != NULL)
		return BELGO_OK;
	hint_set(ctl,
		 "Name the other tool's client: --client-id ID, and --client-secret-file FILE if it has a "
		 "secret");
	return fail_with(
	    err, BELGO_ENOCLIENT,
	    "the file does not say for which client its refresh token is, and none is configured");
}

static void
hint_at(struct ctl *ctl, belgo_rc rc)
{
	if (rc == BELGO_ELOGIN)
		hint_set(ctl, "Sign in instead: oauthctl login PROVIDER --account NAME");
	else if (rc == BELGO_EACCOUNT)
		hint_set(ctl, "Choose another name, or write over what is here with --replace");
	else if (rc == BELGO_EUNAVAILABLE || rc == BELGO_EBUSY || rc == BELGO_EIO || rc == BELGO_ESTORE)
		hint_set(ctl, "Try again with the same file: its refresh token is sent once, and what came "
			      "for it is kept until then");
}

static belgo_rc
spend(struct belgo_op **out, struct ctl *ctl, struct belgo_client *client, const struct import_from *from,
      const struct belgo_provider *provider, const struct foreign_account *foreign, struct belgo_error *err)
{
	const struct config_client configured =
	    config_client(&ctl->config, belgo_provider_id(provider), belgo_provider_issuer(provider));
	const struct belgo_login_params params = {
	    .provider = provider,
	    .client_id = foreign->client_id,
	    .client_secret = foreign->client_secret,
	    .token_endpoint_auth_method = configured.token_endpoint_auth_method,
	    .refresh_token = foreign->refresh_token,
	    .scope = foreign->scope,
	    .account_name = from->account,
	    .identity = BELGO_IDENTITY_OPTIONAL,
	    .replace = from->replace ? BELGO_REPLACE_ANY_USER : BELGO_REPLACE_SAME_USER};
	belgo_rc rc;

	TRY(belgo_refresh_token_login_op(out, client, &params, err));
	rc = drive(ctl, *out, NULL, err);
	hint_at(ctl, rc);
	return rc;
}

static void
print(struct ctl *ctl, const struct belgo_account *account, const char *store)
{
	AUTO(json_free_ptr) json_t *value = NULL;

	index_put(ctl, account, store);
	if (!ctl->globals.json) {
		out_printf(&ctl->out, "%s\n", account->name);
		return;
	}
	value = account_json(ctl, account, store);
	out_json(&ctl->out, value);
}

belgo_rc
import_from(struct ctl *ctl, const struct import_from *from, const char *store, struct belgo_error *err)
{
	AUTO(foreign_account_done) struct foreign_account foreign = {0};
	AUTO(login_target_done) struct login_target target = {0};
	AUTO(session_close) struct session session = {0};
	AUTO(belgo_op_free) struct belgo_op *op = NULL;

	TRY(check(ctl, from, err));
	TRY(read_file(&foreign, ctl, from, err));
	TRY(find_provider(&target, ctl, &foreign, err));
	TRY(find_client(&foreign, ctl, target.found.provider, err));
	TRY(session_open(&session, ctl, store, err));
	TRY(spend(&op, ctl, session.client, from, target.found.provider, &foreign, err));
	print(ctl, belgo_op_account(op), store);
	TRY(session_keep_secret(&session, ctl, belgo_provider_issuer(target.found.provider),
				foreign.client_id, foreign.client_secret, err));
	warn(ctl, "the refresh token was used: %s may not be able to use it any more, and must not if it can",
	     from->tool);
	return BELGO_OK;
}
