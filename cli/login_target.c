/*
 * Where a login goes: a provider by id or issuer, or else the provider that guards a protected resource. A
 * URL is tried as an issuer first; only one that publishes nothing to sign in with is asked for a token's
 * sake.
 */
#include "login.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void
login_target_done(struct login_target *target)
{
	found_provider_done(&target->found);
	free(target->resource);
	free(target->scope);
	*target = (struct login_target){0};
}

/* Runs op and parses its result. Frees op. */
static belgo_rc
ask(json_t **out, struct ctl *ctl, struct belgo_op *made, struct belgo_error *err)
{
	AUTO(belgo_op_free) struct belgo_op *op = made;

	TRY(drive(ctl, op, NULL, err));
	*out = json_loads(belgo_op_json(op), 0, NULL);
	return *out != NULL ? BELGO_OK : fail_memory(err);
}

static belgo_rc
publishes_metadata(struct ctl *ctl, struct belgo_client *client, const struct belgo_provider *provider,
		   struct belgo_error *err)
{
	AUTO(json_free_ptr) json_t *metadata = NULL;
	struct belgo_op *op = NULL;

	TRY(belgo_metadata_op(&op, client, provider, err));
	return ask(&metadata, ctl, op, err);
}

/* Nobody types the slash that the issuer of a bare host may have. */
static belgo_rc
try_with_slash(struct login_target *target, struct ctl *ctl, struct belgo_client *client, const char *url,
	       struct belgo_error *err)
{
	AUTO(found_provider_done) struct found_provider found = {0};
	AUTO(text_free) char *longer = NULL;
	const char *host = strstr(url, "://") + 3;

	if (host[strcspn(host, "/?#")] != '\0')
		return BELGO_EISSUER;
	if (asprintf(&longer, "%s/", url) < 0)
		return fail_memory(err);
	TRY(provider_find(&found, ctl, longer, NULL, err));
	TRY(publishes_metadata(ctl, client, found.provider, err));
	found_provider_done(&target->found);
	target->found = found;
	found = (struct found_provider){0};
	return BELGO_OK;
}

static int
is_assumed(const json_t *found)
{
	return json_is_true(json_object_get(found, "assumed"));
}

/* What has no preset is known only from what the resource says. */
static belgo_rc
provider_of_resource(struct belgo_provider **out, const json_t *found, const char *server,
		     const char *resource, struct belgo_error *err)
{
	belgo_provider_free(out);
	return is_assumed(found) ? belgo_provider_from_resource(out, resource, err)
				 : belgo_provider_from_authorization_server(out, server, err);
}

/* What is found there is the client's to choose from: the first. */
static belgo_rc
take_resource(struct login_target *target, struct ctl *ctl, const json_t *found, struct belgo_error *err)
{
	const char *server =
	    json_string_value(json_array_get(json_object_get(found, "authorization_servers"), 0));
	const char *resource = json_string_value(json_object_get(found, "resource"));
	const char *scope = json_string_value(json_object_get(found, "scope"));
	AUTO(text_free) char *shown = text_shown(scope != NULL ? scope : "");

	if (server == NULL || resource == NULL || (target->resource = strdup(resource)) == NULL ||
	    (scope != NULL && (target->scope = strdup(scope)) == NULL) || shown == NULL)
		return fail_memory(err);
	target->wants_dpop = json_is_true(json_object_get(found, "dpop_bound_access_tokens_required"));
	note(ctl, "%s takes tokens of %s.%s%s", resource, server, scope != NULL ? " It wants: " : "", shown);
	found_provider_done(&target->found);
	TRY(provider_find(&target->found, ctl, server, NULL, err));
	if (strcmp(target->found.source, "issuer") != 0)
		return BELGO_OK;
	return provider_of_resource(&target->found.provider, found, server, resource, err);
}

/* What may be said of a resource that only asks for a token: an older MCP server does no more. */
enum silence { SILENCE_IS_ENOUGH, SILENCE_IS_NOTHING };

static belgo_rc
find_resource(struct login_target *target, struct ctl *ctl, struct belgo_client *client, const char *url,
	      enum silence silence, struct belgo_error *err)
{
	AUTO(json_free_ptr) json_t *found = NULL;
	struct belgo_op *op = NULL;

	TRY(belgo_resource_discover_op(&op, client, url, err));
	TRY(ask(&found, ctl, op, err));
	if (silence == SILENCE_IS_NOTHING && is_assumed(found))
		return BELGO_ENOTFOUND;
	return take_resource(target, ctl, found, err);
}

static belgo_rc
told(struct belgo_error *err, const struct belgo_error *cause)
{
	if (err != NULL)
		*err = *cause;
	return cause->rc;
}

/* No metadata of an issuer lie there: nothing, or what servers put in place of what they do not know. */
static int
is_no_issuer(belgo_rc rc)
{
	return rc == BELGO_ENOTFOUND || rc == BELGO_EISSUER || rc == BELGO_EPROTO;
}

/* Of the two failures the one that is told is what was wrong with the URL as an issuer, unless it publishes
 * nothing as one and is a resource. */
static belgo_rc
resolve_url(struct login_target *target, struct ctl *ctl, const char *url, struct belgo_error *as_issuer,
	    struct belgo_error *err)
{
	AUTO(session_close) struct session session = {0};
	struct belgo_error as_resource = {0};
	belgo_rc rc = BELGO_ENOTFOUND;
	enum silence silence;

	TRY(session_open(&session, ctl, "memory", err));
	if (target->found.provider != NULL)
		rc = publishes_metadata(ctl, session.client, target->found.provider, as_issuer);
	if (rc == BELGO_EISSUER && try_with_slash(target, ctl, session.client, url, NULL) == BELGO_OK)
		rc = BELGO_OK;
	if (rc == BELGO_OK)
		return BELGO_OK;
	if (!is_no_issuer(rc))
		return told(err, as_issuer);
	silence = rc == BELGO_ENOTFOUND ? SILENCE_IS_ENOUGH : SILENCE_IS_NOTHING;
	if (find_resource(target, ctl, session.client, url, silence, &as_resource) == BELGO_OK)
		return BELGO_OK;
	if (as_resource.rc == BELGO_EINTR || as_resource.rc == BELGO_ENOMEM)
		return told(err, &as_resource);
	return told(err,
		    rc == BELGO_ENOTFOUND && as_resource.rc != BELGO_ENOTFOUND ? &as_resource : as_issuer);
}

belgo_rc
login_target_find(struct login_target *out, struct ctl *ctl, const char *wanted, const char *tenant,
		  struct belgo_error *err)
{
	AUTO(login_target_done) struct login_target target = {0};
	struct belgo_error why = {0};
	belgo_rc rc = provider_find(&target.found, ctl, wanted, tenant, &why);
	int is_url = strstr(wanted, "://") != NULL;

	/* A URL that cannot be an issuer's, for its query say, may still be a resource's. */
	if (rc != BELGO_OK && !(is_url && rc == BELGO_EINVAL))
		return told(err, &why);
	if (is_url && (rc != BELGO_OK || strcmp(target.found.source, "issuer") == 0))
		TRY(resolve_url(&target, ctl, wanted, &why, err));
	*out = target;
	target = (struct login_target){0};
	return BELGO_OK;
}
