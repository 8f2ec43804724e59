/* import: the accounts of a sealed file on stdin, all or none; with --from import_from.c's. */
#include "commands.h"

#include "file.h"
#include "import_from.h"
#include "terminal.h"

#include <string.h>
#include <unistd.h>

#define FILE_MAX (6 * 1024 * 1024)
#define KEY_MAX (64 * 1024)

struct import_args {
	const char *passphrase_file, *key_file, *from, *account, *provider, *client_id, *client_secret_file;
	int replace;
};

static const struct opt opts[] = {
    {OPT_STRING, "from", 0, offsetof(struct import_args, from), "TOOL",
     "one account of another tool: gcloud, oidc-agent, mutt_oauth2 or git-credential", FILL_NONE},
    {OPT_STRING, "account", 0, offsetof(struct import_args, account), "NAME",
     "with --from: what to call the account", FILL_NONE},
    {OPT_STRING, "provider", 0, offsetof(struct import_args, provider), "PROVIDER",
     "with --from: whose token it is, where the file does not say", FILL_PROVIDER},
    {OPT_STRING, "client-id", 0, offsetof(struct import_args, client_id), "ID",
     "with --from: the client that the token was given to, where the file does not say", FILL_NONE},
    {OPT_STRING, "client-secret-file", 0, offsetof(struct import_args, client_secret_file), "FILE",
     "with --from: a file with that client's secret", FILL_FILE},
    {OPT_STRING, "passphrase-file", 0, offsetof(struct import_args, passphrase_file), "FILE",
     "the passphrase that it was sealed with", FILL_FILE},
    {OPT_STRING, "key-file", 0, offsetof(struct import_args, key_file), "FILE",
     "the private key that it was sealed for (JWK or PEM)", FILL_FILE},
    {OPT_FLAG, "replace", 0, offsetof(struct import_args, replace), NULL,
     "write over accounts, names and client secrets that are here", FILL_NONE},
    {0}};

static int
is_sealed_with_passphrase(const char *file, size_t len)
{
	AUTO(json_free_ptr) json_t *root = json_loadb(file, len, JSON_REJECT_DUPLICATES, NULL);

	return json_is_object(json_object_get(root, "kdf"));
}

static belgo_rc
ask(char **out, struct ctl *ctl, struct belgo_error *err)
{
	hint_set(ctl, "Name a file that holds it: oauthctl import --passphrase-file FILE");
	TRY(terminal_ask_passphrase(out, ctl->globals.no_input, "Passphrase of the sealed file: ", 0, err));
	ctl->hint[0] = '\0';
	return BELGO_OK;
}

/* Standard input is the file's. */
static belgo_rc
check(struct ctl *ctl, const struct import_args *args, struct belgo_error *err)
{
	if (args->account != NULL)
		return fail_with(err, BELGO_EINVAL, "--account goes with --from: a sealed file has names");
	if (args->provider != NULL || args->client_id != NULL || args->client_secret_file != NULL)
		return fail_with(
		    err, BELGO_EINVAL,
		    "--provider, --client-id and --client-secret-file go with --from: a sealed file "
		    "says it all");
	if (args->passphrase_file != NULL && args->key_file != NULL)
		return fail_with(err, BELGO_EINVAL, "import takes --passphrase-file or --key-file, not both");
	if ((args->passphrase_file != NULL && strcmp(args->passphrase_file, "-") == 0) ||
	    (args->key_file != NULL && strcmp(args->key_file, "-") == 0))
		return fail_with(err, BELGO_EINVAL, "the sealed file itself comes on standard input");
	if (isatty(STDIN_FILENO)) {
		hint_set(ctl, "Run: oauthctl import < FILE");
		return fail_with(err, BELGO_EINVAL, "the sealed file comes on standard input");
	}
	return BELGO_OK;
}

static void
hint_at(struct ctl *ctl, belgo_rc rc, int wants_passphrase)
{
	if (rc == BELGO_EPROTO)
		hint_set(ctl, "Check the passphrase, and that the file came over whole; nothing was stored.");
	else if (rc == BELGO_EACCOUNT)
		hint_set(ctl, "To write over what is here: oauthctl import --replace < FILE");
	else if (rc == BELGO_ENOTFOUND || rc == BELGO_EISSUER)
		hint_set(ctl, "Bring the provider's preset from where the file was made: oauthctl help "
			      "providers");
	else if (rc == BELGO_EINVAL)
		hint_set(ctl, "Name what it was sealed %s FILE < FILE",
			 wants_passphrase ? "with: oauthctl import --passphrase-file"
					  : "for: oauthctl import --key-file");
}

static belgo_rc
make(struct belgo_op **out, struct ctl *ctl, struct belgo_client *client, const struct import_args *args,
     struct belgo_error *err)
{
	AUTO(text_free) char *file = NULL, *passphrase = NULL, *key = NULL;
	struct belgo_import_params params = {.mode = args->replace ? BELGO_IMPORT_REPLACE : BELGO_IMPORT_NEW};
	size_t key_len = 0;
	belgo_rc rc;

	TRY(file_read(&file, &params.len, "-", FILE_MAX, err));
	if (args->key_file != NULL)
		TRY(file_read(&key, &key_len, args->key_file, KEY_MAX, err));
	else if (args->passphrase_file != NULL)
		TRY(secret_from_file(&passphrase, args->passphrase_file, err));
	else if (is_sealed_with_passphrase(file, params.len))
		TRY(ask(&passphrase, ctl, err));
	params.file = file;
	params.passphrase = passphrase;
	params.private_key = key;
	rc = belgo_import_op(out, client, &params, err);
	hint_at(ctl, rc, is_sealed_with_passphrase(file, params.len));
	return rc;
}

static void
print(struct ctl *ctl, const struct belgo_account_list *accounts, const char *store)
{
	AUTO(json_free_ptr) json_t *list = json_array();
	size_t i;

	for (i = 0; i < accounts->n; i++) {
		AUTO(text_free) char *name = text_shown(accounts->items[i]->name);

		index_put(ctl, accounts->items[i], store);
		if (ctl->globals.json)
			json_array_append_new(list, account_json(ctl, accounts->items[i], store));
		else
			out_printf(&ctl->out, "%s\n", name != NULL ? name : "");
	}
	if (ctl->globals.json)
		out_json(&ctl->out, json_array_size(list) == accounts->n ? list : NULL);
}

static belgo_rc
run_from(struct ctl *ctl, const struct line *line, const char *store, struct belgo_error *err)
{
	const struct import_args *args = line->args;
	const struct import_from from = {.tool = args->from,
					 .file = line->n > 0 ? line->operands[0] : "-",
					 .account = args->account,
					 .provider = args->provider,
					 .client_id = args->client_id,
					 .client_secret_file = args->client_secret_file,
					 .replace = args->replace};

	if (args->passphrase_file != NULL || args->key_file != NULL)
		return fail_with(err, BELGO_EINVAL, "--from reads files that are not sealed");
	return import_from(ctl, &from, store, err);
}

static belgo_rc
run(struct ctl *ctl, const struct line *line, struct belgo_error *err)
{
	const struct import_args *args = line->args;
	AUTO(text_free) char *store = store_for_login(ctl);
	AUTO(session_close) struct session session = {0};
	AUTO(belgo_op_free) struct belgo_op *op = NULL;
	belgo_rc rc;

	if (store == NULL)
		return fail_memory(err);
	if (args->from != NULL)
		return run_from(ctl, line, store, err);
	if (line->n > 0) {
		hint_set(ctl, "Run: oauthctl import < FILE");
		return fail_with(err, BELGO_EINVAL, "the sealed file comes on standard input");
	}
	TRY(check(ctl, args, err));
	TRY(session_open(&session, ctl, store, err));
	TRY(make(&op, ctl, session.client, args, err));
	if ((rc = drive(ctl, op, NULL, err)) != BELGO_OK) {
		hint_at(ctl, rc, 0);
		return rc;
	}
	print(ctl, belgo_op_accounts(op), store);
	return BELGO_OK;
}

const struct command cmd_import = {
    .name = "import",
    .operands = "[FILE]",
    .summary = "take the accounts of a sealed file, or one of another tool",
    .about = "Reads what oauthctl export wrote from standard input, and prints the names of the accounts. "
	     "All of them are stored\n"
	     "or none. An account or a name that is here already is refused without --replace.\n"
	     "With --from FILE is another tool's: its refresh token is used once, and what came for it is "
	     "kept.\n\n"
	     "  oauthctl import < accounts.sealed\n"
	     "  oauthctl import --key-file key.pem < work.sealed\n"
	     "  oauthctl import --from gcloud --account cloud application_default_credentials.json\n"
	     "  oidc-gen -p NAME | oauthctl import --from oidc-agent --account NAME\n"
	     "  gpg --decrypt TOKENFILE | oauthctl import --from mutt_oauth2 --account mail\n"
	     "  echo url=https://gitlab.com | git credential fill | oauthctl import --from git-credential "
	     "--account git --client-id ID",
    .opts = opts,
    .args_size = sizeof(struct import_args),
    .max = 1,
    .fill = FILL_FILE,
    .run = run};
