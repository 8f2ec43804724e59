/* export: accounts as one sealed file on stdout, for another machine or another store. */
#include "commands.h"

#include "file.h"
#include "terminal.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ACCOUNTS_MAX 1000
#define KEY_MAX (64 * 1024)

struct export_args {
	int all, with_client_secret;
	const char *passphrase_file, *recipient;
};

static const struct opt opts[] = {
    {OPT_FLAG, "all", 0, offsetof(struct export_args, all), NULL, "every account of the store", FILL_NONE},
    {OPT_STRING, "passphrase-file", 0, offsetof(struct export_args, passphrase_file), "FILE",
     "the passphrase to seal with, \"-\" for stdin", FILL_FILE},
    {OPT_STRING, "recipient", 0, offsetof(struct export_args, recipient), "FILE",
     "seal for this public key instead (X25519 or P-256; JWK or PEM)", FILL_FILE},
    {OPT_FLAG, "with-client-secret", 0, offsetof(struct export_args, with_client_secret), NULL,
     "with the secrets and keys of the accounts' clients", FILL_NONE},
    {0}};

/* The accounts that are meant, and the one store that they are in. */
struct chosen {
	char **keys;
	size_t n;
	char *store;
};

static void
chosen_done(struct chosen *chosen)
{
	size_t i;

	for (i = 0; i < chosen->n; i++)
		free(chosen->keys[i]);
	free(chosen->keys);
	free(chosen->store);
}

static belgo_rc
choose(struct chosen *chosen, struct ctl *ctl, const char *key, const char *store, struct belgo_error *err)
{
	if (chosen->store == NULL && (chosen->store = strdup(store)) == NULL)
		return fail_memory(err);
	if (strcmp(chosen->store, store) != 0) {
		hint_set(ctl, "Export each store by itself: oauthctl --store %s export --all", store);
		return fail_with(err, BELGO_EINVAL, "the accounts are in more than one store");
	}
	if ((chosen->keys[chosen->n] = strdup(key)) == NULL)
		return fail_memory(err);
	chosen->n++;
	return BELGO_OK;
}

static belgo_rc
choose_all(struct chosen *out, struct ctl *ctl, struct belgo_error *err)
{
	AUTO(account_list_done) struct account_list list = {0};
	size_t i;

	TRY(account_list(&list, ctl, err));
	if ((out->keys = calloc(list.n + 1, sizeof(char *))) == NULL)
		return fail_memory(err);
	if (list.n == 0)
		return fail_with(err, BELGO_ENOTFOUND, "there is no account to export");
	for (i = 0; i < list.n; i++)
		TRY(choose(out, ctl, list.rows[i].account->key, list.rows[i].store, err));
	return BELGO_OK;
}

/* Without a name: the one that every other verb would take. */
static belgo_rc
choose_named(struct chosen *out, struct ctl *ctl, const struct line *line, struct belgo_error *err)
{
	size_t i = 0;

	if ((out->keys = calloc(line->n + 1, sizeof(char *))) == NULL)
		return fail_memory(err);
	do {
		AUTO(account_ref_done) struct account_ref ref = {0};

		TRY(account_find(&ref, ctl, line_operand(line, i), err));
		TRY(choose(out, ctl, ref.key, ref.store, err));
	} while (++i < line->n);
	return BELGO_OK;
}

static belgo_rc
seal_with(char **passphrase, char **recipient, struct ctl *ctl, const struct export_args *args,
	  struct belgo_error *err)
{
	size_t len = 0;

	if (args->recipient != NULL)
		return file_read(recipient, &len, args->recipient, KEY_MAX, err);
	hint_set(ctl, "Name a file that holds it with --passphrase-file, or seal for a key with --recipient");
	if (args->passphrase_file != NULL)
		TRY(secret_from_file(passphrase, args->passphrase_file, err));
	else
		TRY(terminal_ask_passphrase(passphrase, ctl->globals.no_input,
					    "Passphrase to seal the file with: ", 1, err));
	ctl->hint[0] = '\0';
	return BELGO_OK;
}

static belgo_rc
check(struct ctl *ctl, const struct line *line, struct belgo_error *err)
{
	const struct export_args *args = line->args;

	if (args->all && line->n > 0)
		return fail_with(err, BELGO_EINVAL, "export takes accounts or --all, not both");
	if (args->passphrase_file != NULL && args->recipient != NULL)
		return fail_with(err, BELGO_EINVAL,
				 "export takes --passphrase-file or --recipient, not both");
	if (isatty(STDOUT_FILENO)) {
		hint_set(ctl, "Write it to a file: oauthctl export … > FILE");
		return fail_with(err, BELGO_EINVAL, "tokens are not written to a terminal, sealed or not");
	}
	return BELGO_OK;
}

static belgo_rc
run(struct ctl *ctl, const struct line *line, struct belgo_error *err)
{
	const struct export_args *args = line->args;
	AUTO(chosen_done) struct chosen chosen = {0};
	AUTO(text_free) char *passphrase = NULL, *recipient = NULL;
	AUTO(session_close) struct session session = {0};
	AUTO(belgo_op_free) struct belgo_op *op = NULL;
	struct belgo_export_params params = {.with_client_secret = args->with_client_secret};

	TRY(check(ctl, line, err));
	TRY(args->all ? choose_all(&chosen, ctl, err) : choose_named(&chosen, ctl, line, err));
	TRY(seal_with(&passphrase, &recipient, ctl, args, err));
	TRY(session_open(&session, ctl, chosen.store, err));
	params.account_keys = (const char *const *)chosen.keys;
	params.n_account_keys = chosen.n;
	params.passphrase = passphrase;
	params.recipient = recipient;
	TRY(belgo_export_op(&op, session.client, &params, err));
	TRY(drive(ctl, op, NULL, err));
	out_printf(&ctl->out, "%s\n", belgo_op_json(op));
	warn(ctl, "where a provider replaces the refresh token at each use, it works in one place only: once "
		  "the file is imported, do not use these accounts here");
	return BELGO_OK;
}

const struct command cmd_export = {
    .name = "export",
    .operands = "[ACCOUNT…]",
    .summary = "write accounts to a sealed file",
    .about = "Writes the accounts, with their refresh tokens, to standard output, sealed with a passphrase "
	     "or for the owner\n"
	     "of a key. Nothing is written to a terminal. oauthctl import takes the file.\n\n"
	     "  oauthctl export --all > accounts.sealed\n"
	     "  openssl genpkey -algorithm X25519 -out key.pem            on the machine that will import\n"
	     "  openssl pkey -in key.pem -pubout -out public.pem\n"
	     "  oauthctl export --recipient public.pem work > work.sealed",
    .opts = opts,
    .args_size = sizeof(struct export_args),
    .max = ACCOUNTS_MAX,
    .fill = FILL_ACCOUNT,
    .run = run};
