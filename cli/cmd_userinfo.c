/* userinfo: what the provider says of the user now, and the user's picture where it keeps one. */
#include "commands.h"
#include "file.h"

#include <stdlib.h>
#include <string.h>

struct userinfo_args {
	const char *account;
	const char *photo;
};

static const struct opt opts[] = {{OPT_STRING, "account", 0, offsetof(struct userinfo_args, account),
				   "ACCOUNT", "name, e-mail address, provider or issuer", FILL_ACCOUNT},
				  {OPT_STRING, "photo", 0, offsetof(struct userinfo_args, photo), "FILE",
				   "write the user's picture to FILE (- for stdout)", FILL_FILE},
				  {0}};

static belgo_rc
ask(struct ctl *ctl, const struct known_account *known, struct belgo_error *err)
{
	AUTO(belgo_op_free) struct belgo_op *op = NULL;

	TRY(belgo_userinfo_op(&op, known->session.client, known->ref.key, err));
	TRY(drive(ctl, op, NULL, err));
	return claims_print(ctl, belgo_op_json(op), err);
}

/* The bytes go to a file of the user's, or bare to stdout. */
static belgo_rc
keep_photo(struct ctl *ctl, const char *path, const struct belgo_op *op, struct belgo_error *err)
{
	AUTO(json_free_ptr) json_t *value = NULL;
	const char *media_type = NULL;
	size_t len = 0;
	const void *bytes = belgo_op_data(op, &len, &media_type);

	if (strcmp(path, "-") == 0) {
		out_add(&ctl->out, bytes, len);
		return BELGO_OK;
	}
	TRY(file_write(path, bytes, len, err));
	if (!ctl->globals.json) {
		out_printf(&ctl->out, "%s\n", media_type);
		return BELGO_OK;
	}
	value = json_pack("{s:i, s:s, s:s, s:I}", "version", 1, "photo", path, "media_type", media_type,
			  "bytes", (json_int_t)len);
	out_json(&ctl->out, value);
	return BELGO_OK;
}

static belgo_rc
fetch_photo(struct ctl *ctl, const struct known_account *known, const char *path, struct belgo_error *err)
{
	AUTO(belgo_op_free) struct belgo_op *op = NULL;

	if (ctl->globals.json && strcmp(path, "-") == 0)
		return fail_with(err, BELGO_EINVAL, "--json and --photo - both want standard output");
	ctl->facts.not_found = "See what else is known of the user: oauthctl userinfo --account {account}";
	TRY(belgo_photo_op(&op, known->session.client, known->ref.key, err));
	TRY(drive(ctl, op, NULL, err));
	return keep_photo(ctl, path, op, err);
}

static belgo_rc
run(struct ctl *ctl, const struct line *line, struct belgo_error *err)
{
	const struct userinfo_args *args = line->args;
	AUTO(known_account_done) struct known_account known = {0};

	TRY(known_account_get(&known, ctl, args->account, err));
	return args->photo != NULL ? fetch_photo(ctl, &known, args->photo, err) : ask(ctl, &known, err);
}

const struct command cmd_userinfo = {
    .name = "userinfo",
    .operands = "",
    .summary = "ask the provider who the user is",
    .about =
	"Prints the claims of the userinfo endpoint, once it has shown to speak of the account's own user. "
	"With --photo, writes the user's picture instead, where the provider keeps one behind the token.",
    .opts = opts,
    .args_size = sizeof(struct userinfo_args),
    .run = run};
