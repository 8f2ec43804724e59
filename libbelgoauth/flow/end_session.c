/*
 * The URL by which an account's user ends the session at the provider, in the browser. The account and its
 * tokens stay as they are: that end is logout's.
 */
#include "proto/end_session.h"

#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "flow/account.h"
#include "flow/discover.h"

struct end_session {
	char account_key[BG_ID_SIZE];
	char *post_logout_redirect_uri;
	struct bg_record *record;
	struct belgo_provider *provider;
	struct bg_metadata *metadata;
};

static void
end_session_free(void *frame)
{
	struct end_session *f = frame;

	bg_str_free(&f->post_logout_redirect_uri);
	bg_record_free(&f->record);
	belgo_provider_free(&f->provider);
	bg_metadata_free(&f->metadata);
	free(f);
}

static bg_step_fn loaded, discovered;

static belgo_rc
begin(struct belgo_op *op, void *frame, belgo_rc awaited, struct belgo_error *err)
{
	struct end_session *f = frame;

	(void)awaited;
	return bg_account_load(op, &f->record, f->account_key, loaded, err);
}

static belgo_rc
loaded(struct belgo_op *op, void *frame, belgo_rc awaited, struct belgo_error *err)
{
	struct end_session *f = frame;

	BG_TRY(awaited);
	if (f->record->account->grant != NULL)
		return bg_fail(err, BELGO_ENOTFOUND, "the account %s is no user's: nobody is signed in",
			       f->record->account->name);
	BG_TRY(bg_client_provider(&f->provider, op->client, f->record->account, err));
	return bg_discover(op, &f->metadata, f->provider, BG_CACHED_IS_FINE, discovered, err);
}

static belgo_rc
finish(struct belgo_op *op, const char *url, const char *state, struct belgo_error *err)
{
	BG_AUTO(bg_json_free) json_t *json = json_object();

	if (json == NULL || bg_json_set_str(json, "url", url) ||
	    json_object_set_new(json, "state", state == NULL ? json_null() : json_string(state)) != 0 ||
	    bg_json_dump(&op->json, json))
		return bg_fail(err, BELGO_ENOMEM, "out of memory");
	return BELGO_OK;
}

/* An ID token that was not judged yet is shown to nobody. @spec OpenID Connect RP-Initiated Logout 1.0
 * section 2, 3 */
static belgo_rc
discovered(struct belgo_op *op, void *frame, belgo_rc awaited, struct belgo_error *err)
{
	struct end_session *f = frame;
	BG_AUTO(bg_str_free) char *state = NULL;
	BG_AUTO(bg_str_free) char *url = NULL;
	struct bg_end_session in = {.metadata = f->metadata,
				    .client_id = f->record->account->client_id,
				    .logout_hint = f->record->account->email,
				    .post_logout_redirect_uri = f->post_logout_redirect_uri};

	BG_TRY(awaited);
	if (f->metadata->endpoints.end_session == NULL)
		return bg_fail(err, BELGO_ENOTFOUND, "%s offers no end of its session", f->metadata->issuer);
	if (f->post_logout_redirect_uri != NULL)
		BG_TRY(bg_op_random_text(op, &state, err));
	in.state = state;
	if (!f->record->pending)
		in.id_token_hint = f->record->token->id_token;
	BG_TRY(bg_end_session_url(&url, &in, err));
	return finish(op, url, state, err);
}

belgo_rc
belgo_end_session_op(struct belgo_op **out, struct belgo_client *client,
		     const struct belgo_end_session_params *params, struct belgo_error *err)
{
	struct end_session *f;

	BG_TRY(bg_check_account_key(params->account_key, err));
	if ((f = bg_calloc(1, sizeof(*f))) == NULL)
		return bg_fail(err, BELGO_ENOMEM, "out of memory");
	memcpy(f->account_key, params->account_key, sizeof(f->account_key));
	if (bg_str_set(&f->post_logout_redirect_uri, params->post_logout_redirect_uri) != BELGO_OK) {
		end_session_free(f);
		return bg_fail(err, BELGO_ENOMEM, "out of memory");
	}
	return bg_op_new(out, client, begin, f, end_session_free, err);
}
