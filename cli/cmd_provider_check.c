/* provider check: is a preset in order, and does it still fit what its issuer publishes? */
#include "commands.h"

#include "file.h"
#include "provider_check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PRESET_MAX (256u << 10)

struct check_args {
	const char *tenant;
};

static const struct opt opts[] = {{OPT_STRING, "tenant", 0, offsetof(struct check_args, tenant), "TENANT",
				   "the tenant to check it with", FILL_NONE},
				  {0}};

static int
is_file(const char *wanted)
{
	size_t len = strlen(wanted);

	return strstr(wanted, "://") == NULL &&
	       (strchr(wanted, '/') != NULL || (len > 5 && strcmp(wanted + len - 5, ".json") == 0));
}

/* A preset that does not read is not what was asked with, but what was asked about. */
static belgo_rc
from_file(struct found_provider *out, struct ctl *ctl, const char *path, const char *tenant,
	  struct belgo_error *err)
{
	AUTO(text_free) char *json = NULL;
	AUTO(belgo_provider_free) struct belgo_provider *provider = NULL;
	AUTO(belgo_provider_free) struct belgo_provider *placed = NULL;
	struct belgo_error why = {0};
	size_t len = 0;
	belgo_rc rc;

	TRY(file_read(&json, &len, path, PRESET_MAX, err));
	rc = belgo_provider_from_json(&provider, json, len, path, &why);
	if (rc != BELGO_OK) {
		hint_set(ctl, "See: man belgoauth-preset");
		return fail_with(err, rc == BELGO_ENOMEM ? rc : BELGO_EPROTO, "%s", why.text);
	}
	if (tenant != NULL || belgo_provider_takes_tenant(provider)) {
		TRY(belgo_provider_with_tenant(&placed, provider, tenant, err));
		belgo_provider_free(&provider);
		provider = TAKE(placed);
	}
	if ((out->source = strdup(path)) == NULL)
		return fail_memory(err);
	facts_account(ctl, NULL, NULL, belgo_provider_issuer(provider));
	ctl->facts.not_found = HINT_PUBLISHED;
	out->provider = TAKE(provider);
	return BELGO_OK;
}

static belgo_rc
preset_json(json_t **out, const struct belgo_provider *provider, struct belgo_error *err)
{
	AUTO(text_free) char *text = NULL;

	TRY(belgo_provider_to_json(&text, provider, err));
	return (*out = json_loads(text, 0, NULL)) != NULL ? BELGO_OK : fail_memory(err);
}

static int
names_all_endpoints(const json_t *preset)
{
	const char *discovery = json_string_value(json_object_get(preset, "discovery"));

	return discovery != NULL && strcmp(discovery, "none") == 0;
}

static belgo_rc
fetch(json_t **out, struct ctl *ctl, const struct belgo_provider *provider, struct belgo_error *err)
{
	AUTO(session_close) struct session session = {0};
	AUTO(belgo_op_free) struct belgo_op *op = NULL;

	TRY(session_open(&session, ctl, "memory", err));
	TRY(belgo_discover_op(&op, session.client, provider, err));
	TRY(drive(ctl, op, NULL, err));
	if (belgo_op_json(op) == NULL || (*out = json_loads(belgo_op_json(op), 0, NULL)) == NULL)
		return fail_memory(err);
	return BELGO_OK;
}

/* A preset that does without metadata is not wrong where there are none, or none that it could use. */
static belgo_rc
compare_unneeded(json_t *checks, struct ctl *ctl, const struct belgo_provider *provider, const json_t *preset,
		 struct belgo_error *err)
{
	AUTO(belgo_provider_free) struct belgo_provider *bare = NULL;
	AUTO(json_free_ptr) json_t *metadata = NULL;
	struct belgo_error why = {0};
	belgo_rc rc;

	TRY(belgo_provider_from_issuer(&bare, belgo_provider_issuer(provider), err));
	rc = fetch(&metadata, ctl, bare, &why);
	if (rc == BELGO_OK)
		return check_add(checks, "metadata", CHECK_WARN, "published, and the preset does without") ==
				   BELGO_OK &&
			       check_metadata(checks, preset, metadata) == BELGO_OK
			   ? BELGO_OK
			   : fail_memory(err);
	if (rc != BELGO_ENOTFOUND && rc != BELGO_EPROTO && rc != BELGO_EISSUER) {
		if (err != NULL && err->rc == BELGO_OK)
			*err = why;
		return rc;
	}
	rc = check_add(checks, "metadata", rc == BELGO_ENOTFOUND ? CHECK_OK : CHECK_WARN, "%s",
		       rc == BELGO_ENOTFOUND ? "none are published; the preset names the endpoints"
					     : why.text);
	return rc == BELGO_OK ? BELGO_OK : fail_memory(err);
}

static belgo_rc
compare(json_t *checks, struct ctl *ctl, const struct found_provider *found, struct belgo_error *err)
{
	AUTO(json_free_ptr) json_t *preset = NULL, *metadata = NULL;
	const char *verified_on = belgo_provider_verified_on(found->provider);
	int is_preset = belgo_provider_id(found->provider) != NULL;

	TRY(preset_json(&preset, found->provider, err));
	if (is_preset && check_add(checks, "preset", verified_on != NULL ? CHECK_OK : CHECK_WARN, "%s, %s%s",
				   found->source, verified_on != NULL ? "verified on " : "without a date",
				   verified_on != NULL ? verified_on : "") != BELGO_OK)
		return fail_memory(err);
	if (names_all_endpoints(preset))
		return check_user(checks, preset, NULL) == BELGO_OK
			   ? compare_unneeded(checks, ctl, found->provider, preset, err)
			   : fail_memory(err);
	TRY(fetch(&metadata, ctl, found->provider, err));
	if (is_preset && check_user(checks, preset, metadata) != BELGO_OK)
		return fail_memory(err);
	if (check_add(checks, "metadata", CHECK_OK, "published, and sound") != BELGO_OK ||
	    check_metadata(checks, preset, metadata) != BELGO_OK)
		return fail_memory(err);
	return BELGO_OK;
}

/* stdout stays empty where something failed, so the table goes beside the error then. */
static void
print_table(struct ctl *ctl, const json_t *checks, int failed)
{
	size_t i;
	json_t *line;

	json_array_foreach(checks, i, line)
	{
		const char *state = json_string_value(json_object_get(line, "state"));
		const char *check = json_string_value(json_object_get(line, "check"));
		const char *detail = json_string_value(json_object_get(line, "detail"));

		if (failed)
			note(ctl, "%-4s  %-30s  %s", state, check, detail);
		else
			out_printf(&ctl->out, "%-4s  %-30s  %s\n", state, check, detail);
	}
}

static belgo_rc
refuse(const struct found_provider *found, const json_t *checks, struct belgo_error *err)
{
	size_t i;
	json_t *line;

	json_array_foreach(
	    checks, i, line) if (strcmp(json_string_value(json_object_get(line, "state")), CHECK_FAIL) ==
				 0) return fail_with(err, BELGO_EPROTO,
						     "%zu of %zu checks of %s failed, the first: %s: %s",
						     check_count(checks, CHECK_FAIL), json_array_size(checks),
						     belgo_provider_issuer(found->provider),
						     json_string_value(json_object_get(line, "check")),
						     json_string_value(json_object_get(line, "detail")));
	return BELGO_OK;
}

static belgo_rc
conclude(struct ctl *ctl, const struct found_provider *found, json_t *checks, struct belgo_error *err)
{
	int failed = check_count(checks, CHECK_FAIL) > 0;
	AUTO(json_free_ptr) json_t *value = NULL;

	if (!ctl->globals.json)
		print_table(ctl, checks, failed);
	if (failed || !ctl->globals.json)
		return refuse(found, checks, err);
	value = json_pack("{s:i, s:o, s:o, s:s, s:O}", "version", 1, "provider",
			  json_text(belgo_provider_id(found->provider)), "issuer",
			  json_text(belgo_provider_issuer(found->provider)), "result",
			  check_count(checks, CHECK_WARN) > 0 ? CHECK_WARN : CHECK_OK, "checks", checks);
	out_json(&ctl->out, value);
	return BELGO_OK;
}

static belgo_rc
run(struct ctl *ctl, const struct line *line, struct belgo_error *err)
{
	const struct check_args *args = line->args;
	AUTO(found_provider_done) struct found_provider found = {0};
	AUTO(json_free_ptr) json_t *checks = json_array();

	if (checks == NULL)
		return fail_memory(err);
	if (is_file(line->operands[0]))
		TRY(from_file(&found, ctl, line->operands[0], args->tenant, err));
	else
		TRY(provider_find(&found, ctl, line->operands[0], args->tenant, err));
	TRY(compare(checks, ctl, &found, err));
	return conclude(ctl, &found, checks, err);
}

const struct command cmd_provider_check = {.name = "check",
					   .operands = "ID | FILE | URL",
					   .summary = "compare a preset with what its issuer publishes now",
					   .about = "FILE is a preset, belgoauth-preset(5); its name has a "
						    "slash in it or ends in .json. A line says ok, warn\n"
						    "or fail; one that fails makes the exit status 7.",
					   .opts = opts,
					   .args_size = sizeof(struct check_args),
					   .min = 1,
					   .max = 1,
					   .fill = FILL_PROVIDER,
					   .run = run};
