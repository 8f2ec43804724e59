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

/* A claim as one line: strings bare, all else as JSON. */
static char *
claim_text(const json_t *value)
{
	if (json_is_string(value))
		return text_shown(json_string_value(value));
	return json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT | JSON_ENSURE_ASCII);
}

static void
print_claims(struct out *out, json_t *claims)
{
	const char *name;
	json_t *value;

	json_object_foreach(claims, name, value)
	{
		AUTO(text_free) char *label = text_shown(name), *text = claim_text(value);

		if (label == NULL || text == NULL)
			out->failed = 1;
		else
			out_printf(out, "%s: %s\n", label, text);
	}
}

static belgo_rc
ask(struct ctl *ctl, const struct account_ref *ref, json_t **claims, struct belgo_error *err)
{
	AUTO(session_close) struct session session = {0};
	AUTO(belgo_op_free) struct belgo_op *op = NULL;
	const char *json;

	TRY(session_open(&session, ctl, ref->store, err));
	TRY(belgo_userinfo_op(&op, session.client, ref->key, err));
	TRY(drive(ctl, op, NULL, err));
	json = belgo_op_json(op);
	if (json == NULL || (*claims = json_loads(json, 0, NULL)) == NULL)
		return fail_memory(err);
	return BELGO_OK;
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
fetch_photo(struct ctl *ctl, const struct account_ref *ref, const char *path, struct belgo_error *err)
{
	AUTO(session_close) struct session session = {0};
	AUTO(belgo_op_free) struct belgo_op *op = NULL;

	if (ctl->globals.json && strcmp(path, "-") == 0)
		return fail_with(err, BELGO_EINVAL, "--json and --photo - both want standard output");
	TRY(session_open(&session, ctl, ref->store, err));
	TRY(belgo_photo_op(&op, session.client, ref->key, err));
	TRY(drive(ctl, op, NULL, err));
	return keep_photo(ctl, path, op, err);
}

static belgo_rc
run(struct ctl *ctl, const struct line *line, struct belgo_error *err)
{
	const struct userinfo_args *args = line->args;
	AUTO(account_ref_done) struct account_ref ref = {0};
	AUTO(json_free_ptr) json_t *claims = NULL, *value = NULL;

	TRY(account_find(&ref, ctl, args->account, err));
	if (args->photo != NULL)
		return fetch_photo(ctl, &ref, args->photo, err);
	TRY(ask(ctl, &ref, &claims, err));
	if (!ctl->globals.json) {
		print_claims(&ctl->out, claims);
		return BELGO_OK;
	}
	value = json_pack("{s:i, s:O}", "version", 1, "claims", claims);
	out_json(&ctl->out, value);
	return BELGO_OK;
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
