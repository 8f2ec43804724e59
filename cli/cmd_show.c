/* show and whoami: what is known of one account, offline, without any secret. */
#include "commands.h"

#include <stdlib.h>
#include <string.h>

void
known_account_done(struct known_account *known)
{
	belgo_op_free(&known->op);
	session_close(&known->session);
	account_ref_done(&known->ref);
}

static belgo_rc
get(struct known_account *known, struct ctl *ctl, const char *wanted, struct belgo_error *err)
{
	TRY(account_find(&known->ref, ctl, wanted, err));
	TRY(session_open(&known->session, ctl, known->ref.store, err));
	TRY(belgo_account_op(&known->op, known->session.client, known->ref.key, err));
	TRY(account_missing(ctl, &known->ref, drive(ctl, known->op, NULL, err)));
	if (belgo_op_account(known->op) == NULL)
		return fail_with(err, BELGO_EINTERNAL, "the operation ended without an account");
	return BELGO_OK;
}

belgo_rc
known_account_get(struct known_account *out, struct ctl *ctl, const char *wanted, struct belgo_error *err)
{
	AUTO(known_account_done) struct known_account known = {0};

	TRY(get(&known, ctl, wanted, err));
	ctl->facts.not_found = HINT_PUBLISHED;
	*out = known;
	known = (struct known_account){0};
	return BELGO_OK;
}

static void
print(struct out *out, const char *label, const char *value)
{
	AUTO(text_free) char *shown = NULL;

	if (value == NULL || value[0] == '\0')
		return;
	if ((shown = text_shown(value)) == NULL)
		out->failed = 1;
	else
		out_printf(out, "%-16s%s\n", label, shown);
}

static void
print_time(struct out *out, const char *label, int64_t at, const char *unknown)
{
	char local[64], left[64];

	if (at <= 0) {
		print(out, label, unknown);
		return;
	}
	time_local(local, sizeof(local), at);
	time_left(left, sizeof(left), at, time_now());
	out_printf(out, "%-16s%s (%s)\n", label, local, left);
}

static void
print_past(struct out *out, const char *label, int64_t at)
{
	char local[64];

	if (at <= 0)
		return;
	time_local(local, sizeof(local), at);
	print(out, label, local);
}

static const char *
verified(const struct belgo_account *account)
{
	switch (account->email_verified) {
	case BELGO_VERIFIED_YES:
		return "verified by the provider";
	case BELGO_VERIFIED_NO:
		return "not verified";
	default:
		return NULL;
	}
}

/* Its subject was made up. */
static int
is_nobodys(const struct belgo_account *account)
{
	return account->grant != NULL && strcmp(account->grant, "refresh_token") == 0;
}

static void
print_identity(struct out *out, const struct belgo_account *account)
{
	print(out, "name", account->name);
	print(out, "provider", account->provider);
	print(out, "tenant", account->tenant);
	print(out, "issuer", account->issuer);
	print(out, "resource", account->resource);
	print(out, "subject", is_nobodys(account) ? "unknown: the provider does not say" : account->subject);
	print(out, "e-mail", account->email);
	print(out, "", account->email != NULL ? verified(account) : NULL);
	print(out, "display name", account->display_name);
}

static void
print_further(struct out *out, const struct belgo_account *account)
{
	AUTO(json_free_ptr)
	json_t *list = account->further != NULL ? json_loads(account->further, 0, NULL) : json_array();
	json_t *one, *resource;
	size_t i, j;

	if (list == NULL)
		out->failed = 1;
	json_array_foreach(list, i, one)
	{
		const char *granted = json_string_value(json_object_get(one, "granted"));
		char left[64];

		time_left(left, sizeof(left), json_integer_value(json_object_get(one, "expires_at")),
			  time_now());
		print(out, "further token", left);
		print(out, "  scopes", granted != NULL ? granted : "unknown");
		json_array_foreach(json_object_get(one, "resources"), j, resource)
		{
			print(out, "  resource", json_string_value(resource));
		}
	}
}

static void
print_all(struct ctl *ctl, const struct belgo_account *account, const char *store)
{
	const char *usual = config_string(&ctl->config, "default_account");
	struct out *out = &ctl->out;

	print_identity(out, account);
	print(out, "client id", account->client_id);
	print(out, "scopes", account->scope != NULL ? account->scope : "unknown");
	if (account->scope != NULL && account->scope_requested != NULL &&
	    strcmp(account->scope, account->scope_requested) != 0)
		print(out, "asked for", account->scope_requested);
	print(out, "details", account->authorization_details);
	print(out, "store", store);
	if (usual != NULL && account->name != NULL)
		print(out, "default", strcmp(usual, account->name) == 0 ? "yes" : "no");
	print_time(out, "access token", account->access_expires_at,
		   account->needs_login ? "none" : "of unknown lifetime");
	if (account->needs_login)
		print(out, "refresh token", "no longer accepted: a login is needed");
	else if (!account->has_refresh_token)
		print(out, "refresh token",
		      account->grant != NULL ? "not needed: the client asks for itself"
					     : "none: this login ends with its access token");
	else
		print_time(out, "refresh token", account->refresh_expires_at, "no end known");
	print_further(out, account);
	print_past(out, "last renewed", account->refreshed_at);
	print_past(out, "first login", account->created_at);
}

/* As the library describes them, in the names of this program; NULL where there is no memory. */
static json_t *
further_json(const struct belgo_account *account)
{
	AUTO(json_free_ptr)
	json_t *list = account->further != NULL ? json_loads(account->further, 0, NULL) : json_array();
	json_t *out = list != NULL ? json_array() : NULL, *one;
	size_t i;

	json_array_foreach(list, i, one)
	{
		json_array_append_new(
		    out, json_pack("{s:o, s:O, s:o}", "scopes",
				   json_scopes(json_string_value(json_object_get(one, "granted"))),
				   "resources", json_object_get(one, "resources"), "expires_at",
				   json_time(json_integer_value(json_object_get(one, "expires_at")))));
	}
	return out;
}

static json_t *
details_json(const struct belgo_account *account)
{
	const char *text = account->authorization_details;
	json_t *value = text != NULL ? json_loads(text, 0, NULL) : NULL;

	return value != NULL ? value : json_null();
}

static belgo_rc
run_show(struct ctl *ctl, const struct line *line, struct belgo_error *err)
{
	AUTO(known_account_done) struct known_account known = {0};
	AUTO(json_free_ptr) json_t *value = NULL;

	TRY(known_account_get(&known, ctl, line_operand(line, 0), err));
	if (!ctl->globals.json) {
		print_all(ctl, belgo_op_account(known.op), known.ref.store);
		return BELGO_OK;
	}
	value = account_json(ctl, belgo_op_account(known.op), known.ref.store);
	if (value == NULL ||
	    json_object_set_new(value, "further", further_json(belgo_op_account(known.op))) != 0 ||
	    json_object_set_new(value, "authorization_details", details_json(belgo_op_account(known.op))) !=
		0)
		return fail_memory(err);
	out_json(&ctl->out, value);
	return BELGO_OK;
}

static belgo_rc
run_whoami(struct ctl *ctl, const struct line *line, struct belgo_error *err)
{
	AUTO(known_account_done) struct known_account known = {0};
	AUTO(json_free_ptr) json_t *value = NULL;
	const struct belgo_account *account;

	TRY(known_account_get(&known, ctl, line_operand(line, 0), err));
	account = belgo_op_account(known.op);
	if (!ctl->globals.json) {
		print_identity(&ctl->out, account);
		return BELGO_OK;
	}
	value = json_pack("{s:i, s:o, s:o, s:o, s:o, s:o}", "version", 1, "name", json_text(account->name),
			  "provider", json_text(account->provider), "issuer", json_text(account->issuer),
			  "subject", json_text(account->subject), "email", json_text(account->email));
	out_json(&ctl->out, value);
	return BELGO_OK;
}

const struct command cmd_show = {.name = "show",
				 .operands = "[ACCOUNT]",
				 .summary = "show all that is known of an account, secrets left out",
				 .about = "Offline: nothing is asked of the provider.",
				 .max = 1,
				 .fill = FILL_ACCOUNT,
				 .run = run_show};

const struct command cmd_whoami = {
    .name = "whoami",
    .operands = "[ACCOUNT]",
    .summary = "show who an account is",
    .about = "Offline: the identity as the provider attested it at the last login or refresh.",
    .max = 1,
    .fill = FILL_ACCOUNT,
    .run = run_whoami};
