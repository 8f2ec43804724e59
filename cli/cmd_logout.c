/*
 * logout: ends the session at the provider where that is asked for, revokes there where that can be done,
 * removes here in any case, and says what happened where.
 */
#include "browser.h"
#include "commands.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct logout_args {
	int all, end_session, no_browser;
	const char *browser;
};

#define AT(member) offsetof(struct logout_args, member)
static const struct opt opts[] = {
    {OPT_FLAG, "all", 0, AT(all), NULL, "every account", FILL_NONE},
    {OPT_FLAG, "end-session", 0, AT(end_session), NULL, "sign out at the provider too, in the browser",
     FILL_NONE},
    {OPT_STRING, "browser", 0, AT(browser), "COMMAND", "the browser to open", FILL_NONE},
    {OPT_FLAG, "no-browser", 0, AT(no_browser), NULL, "only print the URL", FILL_NONE},
    {0}};
#undef AT

/* What became of the session at the provider, as --json says it and as people are told. */
struct session_end {
	const char *word, *text;
};
static const struct session_end unsupported = {"unsupported", "the provider offers no end of its session"},
				not_ended = {"no", "the session there could not be ended"},
				shown_url = {"shown", "the URL that ends the session there was printed"},
				opened = {"opened", "the browser was opened to end the session there"};

static const char *
store_words(const char *store)
{
	if (strcmp(store, "keyring") == 0)
		return "the system keyring";
	return strncmp(store, "file:", 5) == 0 ? "the encrypted file store" : "the store";
}

/* The URL holds an ID token, so that it is printed only where that is asked for. */
static const struct session_end *
visit(const struct logout_args *args, const char *name, const char *url)
{
	AUTO(text_free) char *shown = text_shown(name);

	if (!args->no_browser)
		return browser_open(browser_command(args->browser), url) ? &opened : &not_ended;
	fprintf(stderr,
		"To end the session of %s at the provider, open this URL in the browser that is signed in "
		"there. It holds an ID token: show it to nobody.\n\n  %s\n\n",
		shown != NULL ? shown : "the account", url);
	return &shown_url;
}

/* Before the account goes, whose ID token the provider is shown. What hinders it hinders no logout. */
static belgo_rc
end_session(const struct session_end **out, struct ctl *ctl, struct belgo_client *client,
	    const struct account_ref *ref, const struct logout_args *args, struct belgo_error *err)
{
	const struct belgo_end_session_params params = {.account_key = ref->key};
	AUTO(belgo_op_free) struct belgo_op *op = NULL;
	AUTO(json_free_ptr) json_t *result = NULL;
	struct belgo_error why = {0};
	belgo_rc rc;

	TRY(belgo_end_session_op(&op, client, &params, err));
	rc = drive(ctl, op, NULL, &why);
	if (rc == BELGO_EINTR) {
		*err = why;
		return rc;
	}
	*out = rc == BELGO_ENOTFOUND ? &unsupported : &not_ended;
	if (rc == BELGO_OK && (result = json_loads(belgo_op_json(op), 0, NULL)) != NULL)
		*out = visit(args, ref->name, json_string_value(json_object_get(result, "url")));
	else if (rc != BELGO_ENOTFOUND)
		warn(ctl, "the session at the provider could not be ended: %s",
		     why.text[0] != '\0' ? why.text : "out of memory");
	return BELGO_OK;
}

static void
say(struct ctl *ctl, const struct account_ref *ref, const json_t *result, const struct session_end *session)
{
	const char *revoked = json_string_value(json_object_get(result, "revoked"));
	const char *detail = json_string_value(json_object_get(result, "detail"));
	AUTO(text_free) char *name = text_shown(ref->name), *shown = text_shown(detail != NULL ? detail : "");
	const char *there = "it could not be revoked at the provider";

	if (name == NULL || shown == NULL) {
		ctl->out.failed = 1;
		return;
	}
	if (revoked != NULL && strcmp(revoked, "yes") == 0)
		there = "revoked at the provider";
	else if (revoked != NULL && strcmp(revoked, "unsupported") == 0)
		there = "the provider offers no revocation";
	out_printf(&ctl->out, "%s: removed from %s; %s%s%s%s%s%s\n", name, store_words(ref->store), there,
		   shown[0] != '\0' ? " (" : "", shown, shown[0] != '\0' ? ")" : "",
		   session != NULL ? "; " : "", session != NULL ? session->text : "");
}

static belgo_rc
drop_default(struct ctl *ctl, const char *name)
{
	const char *usual = config_string(&ctl->config, "default_account");

	if (usual == NULL || strcmp(usual, name) != 0)
		return BELGO_OK;
	return config_change(&ctl->config, config_set_default, NULL, NULL);
}

static belgo_rc
leave(struct ctl *ctl, struct belgo_client *client, const struct account_ref *ref,
      const struct logout_args *args, json_t *results, struct belgo_error *err)
{
	AUTO(belgo_op_free) struct belgo_op *op = NULL;
	AUTO(json_free_ptr) json_t *result = NULL;
	const struct session_end *session = NULL;

	facts_account(ctl, ref->name, ref->provider, ref->issuer);
	if (args->end_session)
		TRY(end_session(&session, ctl, client, ref, args, err));
	TRY(belgo_logout_op(&op, client, ref->key, err));
	TRY(account_missing(ctl, ref, drive(ctl, op, NULL, err)));
	if (belgo_op_json(op) != NULL)
		result = json_loads(belgo_op_json(op), 0, NULL);
	if (drop_default(ctl, ref->name) != BELGO_OK)
		warn(ctl, "the configuration still names %s as the default", ref->name);
	index_forget(ctl, ref->key, ref->store);
	say(ctl, ref, result, session);
	return json_array_append_new(results, json_pack("{s:i, s:o, s:b, s:O?, s:O?, s:s?}", "version", 1,
							"name", json_text(ref->name), "removed", 1, "revoked",
							json_object_get(result, "revoked"), "detail",
							json_object_get(result, "detail"), "session",
							session != NULL ? session->word : NULL)) == 0
		   ? BELGO_OK
		   : fail_memory(err);
}

/* One that cannot be removed does not keep the others from it; the first failure is what is reported. */
static belgo_rc
leave_all(struct ctl *ctl, const struct logout_args *args, json_t *results, struct belgo_error *err)
{
	AUTO(account_list_done) struct account_list list = {0};
	belgo_rc rc = BELGO_OK;
	size_t i, s;

	TRY(account_list(&list, ctl, err));
	for (s = 0; s < list.n_shelves; s++)
		for (i = 0; i < list.n && rc != BELGO_EINTR; i++) {
			const struct belgo_account *account = list.rows[i].account;
			const struct account_ref ref = {.name = account->name,
							.key = account->key,
							.store = list.shelves[s].uri,
							.provider = account->provider,
							.issuer = account->issuer};
			belgo_rc one = BELGO_OK;

			if (strcmp(list.rows[i].store, ref.store) == 0)
				one = leave(ctl, list.shelves[s].session.client, &ref, args, results, err);
			rc = rc == BELGO_OK || one == BELGO_EINTR ? one : rc;
		}
	return rc;
}

static belgo_rc
leave_one(struct ctl *ctl, const char *wanted, const struct logout_args *args, json_t *results,
	  struct belgo_error *err)
{
	AUTO(account_ref_done) struct account_ref ref = {0};
	AUTO(session_close) struct session session = {0};

	TRY(account_find(&ref, ctl, wanted, err));
	TRY(session_open(&session, ctl, ref.store, err));
	return leave(ctl, session.client, &ref, args, results, err);
}

/* All that could keep a browser from being opened, while there is an account to do it with. */
static belgo_rc
check_browser(struct ctl *ctl, const struct logout_args *args, struct belgo_error *err)
{
	if (!args->end_session && (args->browser != NULL || args->no_browser))
		return fail_with(err, BELGO_EINVAL, "--browser and --no-browser go with --end-session");
	if (args->browser != NULL && args->no_browser)
		return fail_with(err, BELGO_EINVAL, "--browser and --no-browser exclude each other");
	if (!args->end_session || args->no_browser || browser_is_there(browser_command(args->browser)))
		return BELGO_OK;
	(void)snprintf(ctl->hint, sizeof(ctl->hint), "Run: oauthctl logout --end-session --no-browser");
	return fail_with(err, BELGO_EINVAL, "there is no browser to open here; nothing was done");
}

static belgo_rc
run(struct ctl *ctl, const struct line *line, struct belgo_error *err)
{
	const struct logout_args *args = line->args;
	AUTO(json_free_ptr) json_t *results = json_array();

	if (args->all && line->n > 0)
		return fail_with(err, BELGO_EINVAL, "logout takes an account or --all, not both");
	TRY(check_browser(ctl, args, err));
	TRY(args->all ? leave_all(ctl, args, results, err)
		      : leave_one(ctl, line_operand(line, 0), args, results, err));
	if (!ctl->globals.json)
		return BELGO_OK;
	out_done(&ctl->out);
	out_json(&ctl->out, args->all ? results : json_array_get(results, 0));
	return BELGO_OK;
}

const struct command cmd_logout = {.name = "logout",
				   .operands = "[ACCOUNT]",
				   .summary = "revoke an account's tokens and remove it",
				   .about =
				       "Revokes where the provider can, always removes here, and says "
				       "what happened where. The exit status is 0 once\n"
				       "the account is gone from the store, whatever the provider said.\n"
				       "With --end-session the browser signs the user out at the "
				       "provider too.",
				   .opts = opts,
				   .args_size = sizeof(struct logout_args),
				   .max = 1,
				   .fill = FILL_ACCOUNT,
				   .run = run};
