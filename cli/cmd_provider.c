/* provider: the group, and its verbs that only look: list, show, discover. */
#include "commands.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static json_t *
parsed(const struct belgo_provider *provider)
{
	AUTO(text_free) char *json = NULL;

	return belgo_provider_to_json(&json, provider, NULL) == BELGO_OK ? json_loads(json, 0, NULL) : NULL;
}

static json_t *
summary(const struct ctl *ctl, const struct found_provider *found)
{
	AUTO(text_free) char *client_id = provider_client_id(ctl, found->provider, NULL);

	return json_pack("{s:i, s:o, s:o, s:o, s:o, s:s, s:b, s:s, s:o}", "version", 1, "id",
			 json_text(belgo_provider_id(found->provider)), "name",
			 json_text(belgo_provider_name(found->provider)), "issuer",
			 json_text(belgo_provider_issuer(found->provider)), "client_id", json_text(client_id),
			 "client_secret", belgo_provider_client_secret(found->provider), "takes_tenant",
			 belgo_provider_takes_tenant(found->provider), "source", found->source, "verified_on",
			 json_text(belgo_provider_verified_on(found->provider)));
}

static void
print_row(struct ctl *ctl, const struct found_provider *found)
{
	AUTO(text_free) char *client_id = provider_client_id(ctl, found->provider, NULL);
	AUTO(text_free)
	char *name = text_shown(
	    belgo_provider_name(found->provider) != NULL ? belgo_provider_name(found->provider) : "");

	if (name == NULL) {
		ctl->out.failed = 1;
		return;
	}
	out_printf(&ctl->out, "%-16s  %-26s  %-12s  %s\n", belgo_provider_id(found->provider), name,
		   client_id != NULL ? "ready" : "no client id", found->source);
}

static belgo_rc
run_list(struct ctl *ctl, const struct line *line, struct belgo_error *err)
{
	AUTO(provider_list_done) struct provider_list list = {0};
	AUTO(json_free_ptr) json_t *array = NULL;
	size_t i;

	(void)line;
	TRY(provider_list(&list, ctl, err));
	if (!ctl->globals.json) {
		out_printf(&ctl->out, "%-16s  %-26s  %-12s  %s\n", "ID", "NAME", "CLIENT", "FROM");
		for (i = 0; i < list.n; i++)
			print_row(ctl, &list.items[i]);
		return BELGO_OK;
	}
	array = json_array();
	for (i = 0; i < list.n; i++)
		if (json_array_append_new(array, summary(ctl, &list.items[i])) != 0)
			return fail_memory(err);
	out_json(&ctl->out, array);
	return BELGO_OK;
}

const struct command cmd_provider_list = {.name = "list",
					  .operands = "",
					  .summary = "list the providers that are known by name",
					  .about = "CLIENT says whether a client id is known, without which "
						   "nobody can sign in there. Every other provider is named\n"
						   "by its issuer URL.",
					  .run = run_list};

static void
print(struct out *out, const char *label, const char *value)
{
	AUTO(text_free) char *shown = value != NULL ? text_shown(value) : NULL;

	if (shown != NULL)
		out_printf(out, "%-16s%s\n", label, shown);
}

/* The preset's own lines, each made safe. */
static void
print_setup(struct out *out, const char *setup)
{
	size_t len;

	for (; setup != NULL && *setup != '\0'; setup += len + (setup[len] == '\n')) {
		AUTO(text_free) char *line = NULL, *shown = NULL;

		len = strcspn(setup, "\n");
		if ((line = strndup(setup, len)) == NULL || (shown = text_shown(line)) == NULL) {
			out->failed = 1;
			return;
		}
		out_printf(out, "%s\n", shown);
	}
}

/* What the issuer publishes, where the redirect URI hangs on it; NULL: it does not. */
static belgo_rc
fetch_metadata(char **out, struct ctl *ctl, const struct belgo_provider *provider, struct belgo_error *err)
{
	AUTO(session_close) struct session session = {0};
	AUTO(belgo_op_free) struct belgo_op *op = NULL;
	AUTO(json_free_ptr) json_t *preset = parsed(provider);
	const char *discovery = json_string_value(json_object_get(preset, "discovery"));

	if (json_object_get(preset, "redirect_path") != NULL ||
	    (discovery != NULL && strcmp(discovery, "none") == 0))
		return BELGO_OK;
	TRY(session_open(&session, ctl, "memory", err));
	TRY(belgo_metadata_op(&op, session.client, provider, err));
	TRY(drive(ctl, op, NULL, err));
	return (*out = strdup(belgo_op_json(op))) != NULL ? BELGO_OK : fail_memory(err);
}

/* The one to register; *out NULL where it is not known. Who shows a provider need not reach it. */
static belgo_rc
redirect_uri(char **out, struct ctl *ctl, const char *wanted, struct belgo_error *err)
{
	AUTO(found_provider_done) struct found_provider found = {0};
	AUTO(text_free) char *metadata = NULL;
	struct belgo_error why = {0};
	belgo_rc rc;

	/* With its tenant: where that is open, so is the place. */
	if (provider_find(&found, ctl, wanted, NULL, &why) != BELGO_OK)
		return BELGO_OK;
	if ((rc = fetch_metadata(&metadata, ctl, found.provider, &why)) == BELGO_OK)
		rc = belgo_provider_redirect_uri(out, found.provider, metadata, &why);
	if (rc == BELGO_EINTR || rc == BELGO_ENOMEM)
		return fail_with(err, rc, "%s", why.text);
	if (rc != BELGO_OK)
		warn(ctl, "the redirect URI hangs on what %s publishes: %s",
		     belgo_provider_issuer(found.provider), why.text);
	return BELGO_OK;
}

static void
print_provider(struct ctl *ctl, const struct found_provider *found, const char *uri)
{
	const struct belgo_provider *provider = found->provider;
	const struct config_client client =
	    config_client(&ctl->config, belgo_provider_id(provider), belgo_provider_issuer(provider));
	AUTO(text_free) char *client_id = provider_client_id(ctl, provider, NULL);
	struct out *out = &ctl->out;

	print(out, "id", belgo_provider_id(provider));
	print(out, "name", belgo_provider_name(provider));
	print(out, "issuer", belgo_provider_issuer(provider));
	print(out, "scopes", belgo_provider_scope(provider));
	print(out, "client id", client_id != NULL ? client_id : "none yet");
	print(out, "client secret", belgo_provider_client_secret(provider));
	print(out, "authentication", client.token_endpoint_auth_method);
	print(out, "redirect URI", uri);
	print(out, "tenant", client.tenant);
	print(out, "from", found->source);
	print(out, "verified on", belgo_provider_verified_on(provider));
	if (belgo_provider_setup(provider) == NULL)
		return;
	out_printf(out, "\n");
	print_setup(out, belgo_provider_setup(provider));
}

static belgo_rc
run_show(struct ctl *ctl, const struct line *line, struct belgo_error *err)
{
	AUTO(found_provider_done) struct found_provider found = {0};
	AUTO(json_free_ptr) json_t *value = NULL;
	AUTO(text_free) char *client_id = NULL;
	AUTO(text_free) char *uri = NULL;

	TRY(provider_find_open(&found, ctl, line->operands[0], err));
	TRY(redirect_uri(&uri, ctl, line->operands[0], err));
	if (!ctl->globals.json) {
		print_provider(ctl, &found, uri);
		return BELGO_OK;
	}
	client_id = provider_client_id(ctl, found.provider, NULL);
	value = json_pack("{s:i, s:o, s:o, s:o, s:s}", "version", 1, "provider", parsed(found.provider),
			  "client_id", json_text(client_id), "redirect_uri", json_text(uri), "source",
			  found.source);
	out_json(&ctl->out, value);
	return BELGO_OK;
}

const struct command cmd_provider_show = {
    .name = "show",
    .operands = "ID | ISSUER",
    .summary = "show a provider and how a client is registered there",
    .about = "Also which redirect URI to register. That of an issuer hangs on what it publishes, so it "
	     "is asked.",
    .min = 1,
    .max = 1,
    .fill = FILL_PROVIDER,
    .run = run_show};

static belgo_rc
discover(struct ctl *ctl, const char *wanted, json_t **out, struct belgo_error *err)
{
	AUTO(found_provider_done) struct found_provider found = {0};
	AUTO(session_close) struct session session = {0};
	AUTO(belgo_op_free) struct belgo_op *op = NULL;

	TRY(provider_find(&found, ctl, wanted, NULL, err));
	TRY(session_open(&session, ctl, "memory", err));
	TRY(belgo_discover_op(&op, session.client, found.provider, err));
	TRY(drive(ctl, op, NULL, err));
	if (belgo_op_json(op) == NULL || (*out = json_loads(belgo_op_json(op), 0, NULL)) == NULL)
		return fail_memory(err);
	return BELGO_OK;
}

static belgo_rc
run_discover(struct ctl *ctl, const struct line *line, struct belgo_error *err)
{
	AUTO(json_free_ptr) json_t *metadata = NULL, *value = NULL;

	TRY(discover(ctl, line->operands[0], &metadata, err));
	if (!ctl->globals.json) {
		out_json_pretty(&ctl->out, metadata);
		return BELGO_OK;
	}
	value = json_pack("{s:i, s:O}", "version", 1, "metadata", metadata);
	out_json(&ctl->out, value);
	return BELGO_OK;
}

const struct command cmd_provider_discover = {
    .name = "discover",
    .operands = "URL",
    .summary = "fetch and check what an issuer publishes about itself",
    .about = "URL is an issuer, or the id of a known provider. What the cache holds is not asked.",
    .min = 1,
    .max = 1,
    .fill = FILL_PROVIDER,
    .run = run_discover};

static const struct command *const verbs[] = {&cmd_provider_list,
					      &cmd_provider_show,
					      &cmd_provider_discover,
					      &cmd_provider_check,
					      &cmd_provider_set,
					      &cmd_provider_remove,
					      NULL};

const struct command cmd_provider = {
    .name = "provider",
    .operands = "list | show ID|ISSUER | discover URL | check ID|FILE|URL | set ID | remove ID",
    .summary = "providers, and your clients registered there",
    .sub = verbs};
