/* From the scope to the tokens by a device code: two codes, one for the user and one for this program, and
 * the asking until the user has typed the first. What comes before is login.c's, what after login_finish.c's.
 */
#include "flow/login.h"

static bg_step_fn authorized, poll, polled;

static belgo_rc
ask_for_codes(struct belgo_op *op, void *frame, belgo_rc awaited, struct belgo_error *err)
{
	struct bg_login *l = frame;
	const struct belgo_login_params *p = &l->wish.p;
	struct belgo_http_request req = {0};
	struct bg_device_authorize in = {.provider = l->provider,
					 .metadata = l->metadata,
					 .auth = l->auth,
					 .scope = l->scope[0] == '\0' ? NULL : l->scope,
					 .authorization_details = p->authorization_details,
					 .resources = p->resources,
					 .n_resources = p->n_resources,
					 .extra = p->extra,
					 .n_extra = p->n_extra};

	BG_TRY(awaited);
	BG_TRY(bg_auth_stamp(op, &in.auth, err));
	BG_TRY(bg_device_request(&req, &in, err));
	return bg_op_send(op, &req, authorized);
}

static void
show(struct belgo_op *op, const struct bg_login *l, int64_t lifetime)
{
	struct belgo_login_prompt prompt = {
	    .url = l->device.verification_uri,
	    .deadline = bg_op_now(op) + lifetime,
	    .user_code = l->device.user_code,
	    .verification_uri = l->device.verification_uri,
	    .verification_uri_complete = l->device.verification_uri_complete,
	};

	l->wish.p.on_prompt(l->wish.p.prompt_arg, &prompt);
}

static belgo_rc
pause_then_poll(struct belgo_op *op, const struct bg_login *l)
{
	int64_t left = l->deadline - bg_op_mono_ms(op), pause = l->device.interval * 1000;

	return bg_op_sleep(op, pause < left ? pause : left > 0 ? left : 0, poll);
}

static belgo_rc
authorized(struct belgo_op *op, void *frame, belgo_rc awaited, struct belgo_error *err)
{
	struct bg_login *l = frame;
	const char *secrets[] = {l->credentials.secret, NULL};
	int64_t lifetime;

	BG_TRY(awaited);
	BG_TRY(bg_device_response(&l->device, l->provider, &op->response, secrets, err));
	belgo_http_response_done(&op->response);
	lifetime = l->device.expires_in;
	if (l->wish.p.timeout_s > 0 && l->wish.p.timeout_s < lifetime)
		lifetime = l->wish.p.timeout_s;
	l->deadline = bg_op_mono_ms(op) + lifetime * 1000;
	show(op, l, lifetime);
	return pause_then_poll(op, l);
}

/* @spec RFC 8628 section 3.4 */
static belgo_rc
poll(struct belgo_op *op, void *frame, belgo_rc awaited, struct belgo_error *err)
{
	struct bg_login *l = frame;
	struct belgo_http_request req = {0};
	struct bg_device_exchange in = {.metadata = l->metadata,
					.auth = l->auth,
					.device_code = l->device.device_code,
					.resources = l->wish.p.resources,
					.n_resources = l->wish.p.n_resources};

	BG_TRY(awaited);
	if (bg_op_mono_ms(op) >= l->deadline)
		return bg_fail(err, BELGO_ETIMEDOUT, "the code was not entered in time");
	BG_TRY(bg_auth_stamp(op, &in.auth, err));
	BG_TRY(bg_device_token_request(&req, &in, err));
	return bg_token_send(op, &req, &l->dpop, NULL, polled, err);
}

/* An answer that does not come says nothing about the user. @spec RFC 8628 section 3.5 */
static belgo_rc
polled(struct belgo_op *op, void *frame, belgo_rc awaited, struct belgo_error *err)
{
	struct bg_login *l = frame;
	const char *secrets[] = {l->device.device_code, l->credentials.secret, NULL};

	if (awaited == BELGO_EUNAVAILABLE) {
		bg_error_reset(err);
		l->device.interval = bg_device_backoff(l->device.interval);
		return pause_then_poll(op, l);
	}
	BG_TRY(awaited);
	if (bg_token_again(op, &l->dpop))
		return poll(op, l, BELGO_OK, err);
	BG_TRY(bg_device_token_response(&l->token, &l->device.interval, l->provider, l->token_type,
					&op->response, bg_op_now(op), secrets, err));
	if (l->token != NULL)
		return bg_login_accept(op, l, err);
	belgo_http_response_done(&op->response);
	return pause_then_poll(op, l);
}

belgo_rc
belgo_device_login_op(struct belgo_op **out, struct belgo_client *client,
		      const struct belgo_login_params *params, struct belgo_error *err)
{
	static const struct bg_login_way by_device_code = {.check = bg_metadata_check_device,
							   .ask = ask_for_codes};

	if (params->prompt != NULL || params->login_hint != NULL || params->access_type != NULL ||
	    params->claims != NULL || params->acr_values != NULL || params->max_age_set ||
	    params->challenge != NULL || params->par != BELGO_PAR_AUTO || params->jar != BELGO_JAR_AUTO)
		return bg_fail(err, BELGO_EINVAL,
			       "a device login has no request for prompt, login_hint, access_type, claims, "
			       "acr_values, max_age and challenge, and none to push or sign");
	return bg_login_op_new(out, client, params, &by_device_code, err);
}
