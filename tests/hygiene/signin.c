/*
 * Signs in and refreshes as any program would. The transport in between looks at each request and answer and
 * tells which secrets are in it, from where they lie: this file makes no copy of any.
 */
#include "signin.h"

#include <belgoauth/belgoauth.h>

#include <stdio.h>
#include <string.h>

struct watch {
	const struct signin *how;
	signin_tell tell;
	void *arg;
	struct belgo_transport inner;
	const struct belgo_http_request *request;
	int n_answers; /* of the token endpoint */
};

/* Tells what stands between `before` and one of `ends`. */
static void
tell_between(const struct watch *watch, const char *text, const char *before, const char *ends,
	     const char *name)
{
	const char *value = text != NULL ? strstr(text, before) : NULL;

	if (value == NULL)
		return;
	value += strlen(before);
	watch->tell(watch->arg, name, value, strcspn(value, ends));
}

static belgo_rc
begin(void *ctx, struct belgo_http_call **out, const struct belgo_http_request *req, struct belgo_error *err)
{
	struct watch *watch = ctx;

	watch->request = req;
	for (size_t i = 0; i < req->n_headers; i++)
		if (strcmp(req->headers[i].name, "Authorization") == 0)
			tell_between(watch, req->headers[i].value, "Basic ", "", "client secret as Basic");
	tell_between(watch, req->body, "&code=", "&", "code");
	tell_between(watch, req->body, "code_verifier=", "&", "code_verifier");
	tell_between(watch, req->body, "client_secret=", "&", "client secret");
	return watch->inner.begin(watch->inner.ctx, out, req, err);
}

static struct watch *watching; /* finish() is told of the call only */

static belgo_rc
finish(struct belgo_http_call *call, struct belgo_http_response *out, struct belgo_error *err)
{
	belgo_rc rc = watching->inner.finish(call, out, err);

	if (rc == BELGO_OK && strstr(watching->request->url, "/token") != NULL) {
		tell_between(watching, out->body, "\"access_token\":\"", "\"", "access token");
		tell_between(watching, out->body, "\"refresh_token\":\"", "\"",
			     watching->n_answers++ == 0 ? "first refresh token" : "new refresh token");
		tell_between(watching, out->body, "\"id_token\":\"", "\"", "ID token");
	}
	return rc;
}

static void
open_browser(void *arg, const struct belgo_login_prompt *prompt)
{
	const struct watch *watch = arg;
	const struct belgo_browser_params params = {.command = watch->how->browser};
	struct belgo_error err = {0};

	tell_between(watch, prompt->url, "&state=", "&", "state");
	tell_between(watch, prompt->url, "&nonce=", "&", "nonce");
	if (belgo_browser_open(prompt->url, &params, &err) != BELGO_OK)
		fprintf(stderr, "signin: %s\n", err.text);
}

/* As `oauthctl provider set` does: the login takes it from the store. */
static belgo_rc
keep_secret(struct belgo_client *client, const struct signin *how, struct belgo_error *err)
{
	struct belgo_op *op = NULL;
	belgo_rc rc = belgo_client_secret_op(&op, client, how->issuer, how->client_id, how->secret, err);

	if (rc == BELGO_OK)
		rc = belgo_op_run(op, err);
	belgo_op_free(&op);
	return rc;
}

static belgo_rc
log_in(struct belgo_client *client, const struct watch *watch, const struct belgo_provider *provider,
       char key[65], struct belgo_error *err)
{
	const struct belgo_login_params params = {.provider = provider,
						  .client_id = watch->how->client_id,
						  .token_endpoint_auth_method = watch->how->method,
						  .response_mode = watch->how->mode,
						  .response_mode_set = 1,
						  .timeout_s = 30,
						  .on_prompt = open_browser,
						  .prompt_arg = (void *)(uintptr_t)watch};
	struct belgo_op *op = NULL;
	belgo_rc rc = belgo_login_op(&op, client, &params, err);

	if (rc == BELGO_OK)
		rc = belgo_op_run(op, err);
	if (rc == BELGO_OK)
		snprintf(key, 65, "%s", belgo_op_account(op)->key);
	belgo_op_free(&op);
	return rc;
}

static belgo_rc
refresh(struct belgo_client *client, const char *key, struct belgo_error *err)
{
	const struct belgo_token_params params = {.account_key = key,
						  .mode = BELGO_REFRESH_NOW,
						  .began_at_ms = belgo_system_default()->wall_ms(NULL) + 1};
	struct belgo_op *op = NULL;
	belgo_rc rc = belgo_token_op(&op, client, &params, err);

	if (rc == BELGO_OK)
		rc = belgo_op_run(op, err);
	belgo_op_free(&op);
	return rc;
}

static belgo_rc
with_client(struct watch *watch, struct belgo_store *store, const struct belgo_provider *provider,
	    struct belgo_error *err)
{
	struct belgo_transport transport = {.ctx = watch,
					    .begin = begin,
					    .fd = watch->inner.fd,
					    .dispatch = watch->inner.dispatch,
					    .finish = finish,
					    .cancel = watch->inner.cancel};
	const struct belgo_client_params params = {.store = store, .transport = &transport};
	struct belgo_client *client = NULL;
	char key[65] = "";
	belgo_rc rc = belgo_client_new(&client, &params, err);

	if (rc == BELGO_OK)
		rc = keep_secret(client, watch->how, err);
	if (rc == BELGO_OK)
		rc = log_in(client, watch, provider, key, err);
	if (rc == BELGO_OK)
		rc = refresh(client, key, err);
	belgo_client_free(&client);
	return rc;
}

int
signin_and_refresh(const struct signin *how, signin_tell tell, void *arg)
{
	const struct belgo_curl_params curl = {.ca_file = how->ca_file};
	const struct belgo_store_params place = {
	    .uri = how->store, .state_dir = how->state_dir, .key_file = how->key_file};
	struct watch watch = {.how = how, .tell = tell, .arg = arg};
	struct belgo_store *store = NULL;
	struct belgo_provider *provider = NULL;
	struct belgo_error err = {0};
	belgo_rc rc = belgo_store_open(&store, &place, &err);

	watching = &watch;
	if (rc == BELGO_OK)
		rc = belgo_provider_from_issuer(&provider, how->issuer, &err);
	if (rc == BELGO_OK)
		rc = belgo_transport_curl_new(&watch.inner, &curl, &err);
	if (rc == BELGO_OK) {
		rc = with_client(&watch, store, provider, &err);
		belgo_transport_done(&watch.inner);
	}
	belgo_provider_free(&provider);
	belgo_store_free(&store);
	if (rc != BELGO_OK)
		fprintf(stderr, "signin: %s\n", err.text);
	return rc == BELGO_OK ? 0 : -1;
}
