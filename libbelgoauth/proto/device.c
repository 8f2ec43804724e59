/*
 * The device authorization grant: its two requests, and what may be believed of their answers. When to ask
 * again, and when to stop, is the flow's.
 */
#include "proto/device.h"

#include "base/error.h"
#include "base/form.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/text.h"
#include "base/url.h"
#include "proto/authorize.h"
#include "proto/details.h"
#include "proto/reply.h"

#include <string.h>

#define WHAT "device authorization endpoint"

#define MAX_USER_CODE 64
#define MAX_VERIFICATION_URI (8 * 1024)
#define MAX_LIFETIME_S 3600
#define INTERVAL_DEFAULT_S 5
#define INTERVAL_MAX_S MAX_LIFETIME_S /* no code outlives it */
#define BACKOFF_MAX_S 60
#define SLOW_DOWN_S 5

void
bg_device_done(struct bg_device *device)
{
	bg_str_free(&device->device_code);
	bg_str_free(&device->user_code);
	bg_str_free(&device->verification_uri);
	bg_str_free(&device->verification_uri_complete);
}

/* The request's own members stand in the form already; authentication comes last. */
static belgo_rc
finish(struct belgo_http_request *out, const char *endpoint, const char *what,
       const struct bg_client_auth *auth, struct bg_buf *form, struct belgo_error *err)
{
	BG_AUTO(belgo_http_request_done) struct belgo_http_request req = {0};
	belgo_rc rc;

	if ((rc = bg_request_begin(&req, "POST", endpoint, what)) ||
	    (rc = bg_client_auth_apply(&req, form, auth, err)) || (rc = bg_request_take_form(&req, form)))
		return bg_fail(err, rc, "request to the %s: %s", what, belgo_rc_str(rc));
	*out = req;
	req = (struct belgo_http_request){0};
	return BELGO_OK;
}

belgo_rc
bg_device_request(struct belgo_http_request *out, const struct bg_device_authorize *in,
		  struct belgo_error *err)
{
	BG_AUTO(bg_buf_free) struct bg_buf form = BG_BUF(BG_MAX_FORM);
	const char *endpoint = in->metadata->endpoints.device_authorization;
	belgo_rc rc;

	if (endpoint == NULL)
		return bg_fail(err, BELGO_ENOTFOUND,
			       "the provider's metadata names no device authorization endpoint");
	BG_TRY(bg_details_check(in->authorization_details, in->metadata, err));
	BG_TRY(bg_further_params_check(in->extra, in->n_extra, WHAT, err));
	if ((rc = bg_form_add(&form, "scope", in->scope)) ||
	    (rc = bg_form_add(&form, "authorization_details", in->authorization_details)) ||
	    (rc = bg_form_add_each(&form, "resource", in->resources, in->n_resources)) ||
	    (rc = bg_further_params_add(&form, in->extra, in->n_extra)))
		return bg_fail(err, rc, "request to the " WHAT ": %s", belgo_rc_str(rc));
	return finish(out, endpoint, WHAT, &in->auth, &form, err);
}

/*
 * Seconds in a number or in digits, from 0 to max; otherwise where it says nothing. Servers write strings,
 * and 1e9.
 */
static int64_t
read_seconds(const json_t *value, int64_t otherwise, int64_t max)
{
	double real = json_is_real(value) ? json_real_value(value) : 0;
	int64_t seconds = otherwise;

	if (json_is_integer(value))
		seconds = json_integer_value(value);
	else if (json_is_real(value))
		seconds = real >= (double)max ? max : real > 0 ? (int64_t)real : 0;
	else if (json_is_string(value) && bg_text_to_int(&seconds, json_string_value(value)) != BELGO_OK)
		return otherwise;
	if (seconds < 0)
		return 0;
	return seconds < max ? seconds : max;
}

static int64_t
read_interval(const json_t *reply)
{
	int64_t interval =
	    read_seconds(json_object_get(reply, "interval"), INTERVAL_DEFAULT_S, INTERVAL_MAX_S);

	return interval > 0 ? interval : 1;
}

static belgo_rc
read_code(char **out, const json_t *reply, const char *name, size_t max, struct belgo_error *err)
{
	const char *text;

	BG_TRY(bg_json_str(&text, reply, name, BG_REQUIRED, WHAT, err));
	if (!bg_text_is_vschar(text) || strlen(text) > max)
		return bg_fail(err, BELGO_EPROTO, WHAT ": \"%s\" is not printable, or longer than %zu bytes",
			       name, max);
	return bg_str_set(out, text) == BELGO_OK ? BELGO_OK
						 : bg_fail(err, BELGO_ENOMEM, WHAT ": out of memory");
}

/* Some servers wrote their answers before the RFC's name was found. */
static const char *
name_of_uri(const json_t *reply)
{
	return json_object_get(reply, "verification_uri") == NULL &&
		       json_object_get(reply, "verification_url") != NULL
		   ? "verification_url"
		   : "verification_uri";
}

static belgo_rc
read_uri(char **out, const struct belgo_provider *provider, const json_t *reply, struct belgo_error *err)
{
	const char *name = name_of_uri(reply), *text;

	BG_TRY(bg_json_str(&text, reply, name, BG_REQUIRED, WHAT, err));
	if (strlen(text) > MAX_VERIFICATION_URI)
		return bg_fail(err, BELGO_EPROTO, WHAT ": \"%s\" is longer than %d bytes", name,
			       MAX_VERIFICATION_URI);
	BG_TRY(bg_url_check_endpoint(text, provider->issuer, name, err));
	return bg_str_set(out, text) == BELGO_OK ? BELGO_OK
						 : bg_fail(err, BELGO_ENOMEM, WHAT ": out of memory");
}

/*
 * A convenience that may be done without: one that leads elsewhere, or nowhere, is left out.
 * @spec RFC 8628 section 3.3.1
 */
static belgo_rc
read_complete(struct bg_device *d, const json_t *reply, struct belgo_error *err)
{
	const char *text = json_string_value(json_object_get(reply, "verification_uri_complete"));
	int is_same = 0;

	if (text == NULL || strlen(text) > MAX_VERIFICATION_URI)
		return BELGO_OK;
	if (bg_url_same_origin(&is_same, d->verification_uri, text) != BELGO_OK ||
	    (is_same && bg_str_set(&d->verification_uri_complete, text) != BELGO_OK))
		return bg_fail(err, BELGO_ENOMEM, WHAT ": out of memory");
	return BELGO_OK;
}

static belgo_rc
read_device(struct bg_device *out, const struct belgo_provider *provider, const json_t *reply,
	    struct belgo_error *err)
{
	BG_AUTO(bg_device_done)
	struct bg_device d = {.interval = read_interval(reply),
			      .expires_in =
				  read_seconds(json_object_get(reply, "expires_in"), 0, MAX_LIFETIME_S)};

	BG_TRY(read_code(&d.device_code, reply, "device_code", BG_MAX_CODE, err));
	BG_TRY(read_code(&d.user_code, reply, "user_code", MAX_USER_CODE, err));
	BG_TRY(read_uri(&d.verification_uri, provider, reply, err));
	BG_TRY(read_complete(&d, reply, err));
	if (d.expires_in == 0)
		return bg_fail(err, BELGO_EPROTO, WHAT ": \"expires_in\" is not a number of seconds above 0");
	*out = d;
	d = (struct bg_device){0};
	return BELGO_OK;
}

belgo_rc
bg_device_response(struct bg_device *out, const struct belgo_provider *provider,
		   const struct belgo_http_response *res, const char *const *secrets, struct belgo_error *err)
{
	BG_AUTO(bg_json_free) json_t *reply = NULL;
	const json_t *error;

	BG_TRY(bg_reply_check_available(res, WHAT, err));
	if (res->status >= 400)
		return bg_reply_refused(provider, res, WHAT, secrets, err);
	if (res->status != 200)
		return bg_reply_unexpected(res, WHAT, err);
	BG_TRY(bg_reply_json(&reply, res, BG_MAX_REPLY, BG_JSON_NUMBERS_DEFUSE, WHAT, err));
	error = json_object_get(reply, "error");
	if (error != NULL && !json_is_null(error))
		return bg_reply_refused(provider, res, WHAT, secrets, err);
	return read_device(out, provider, reply, err);
}

belgo_rc
bg_device_token_request(struct belgo_http_request *out, const struct bg_device_exchange *in,
			struct belgo_error *err)
{
	BG_AUTO(bg_buf_free) struct bg_buf form = BG_BUF(BG_MAX_FORM);
	belgo_rc rc;

	if (in->metadata->endpoints.token == NULL)
		return bg_fail(err, BELGO_EPROTO, "the provider's metadata names no token endpoint");
	if ((rc = bg_form_add(&form, "grant_type", BG_GRANT_DEVICE_CODE)) ||
	    (rc = bg_form_add(&form, "device_code", in->device_code)) ||
	    (rc = bg_form_add_each(&form, "resource", in->resources, in->n_resources)))
		return bg_fail(err, rc, "request for tokens: %s", belgo_rc_str(rc));
	return finish(out, in->metadata->endpoints.token, "token endpoint", &in->auth, &form, err);
}

/* Twice the time, which grows to a minute by itself; longer only where the server asked for that. */
int64_t
bg_device_backoff(int64_t interval)
{
	int64_t most = interval > BACKOFF_MAX_S ? interval : BACKOFF_MAX_S;

	return interval < most / 2 ? interval * 2 : most;
}

static int64_t
at_most_a_lifetime(int64_t interval)
{
	return interval < INTERVAL_MAX_S ? interval : INTERVAL_MAX_S;
}

/* Five seconds more from now on, or what the answer itself asks for beyond that. @spec RFC 8628 section 3.5
 */
static belgo_rc
slow_down(int64_t *interval, const struct belgo_http_response *res, struct belgo_error *why)
{
	BG_AUTO(bg_json_free) json_t *reply = NULL;
	int64_t asked;

	BG_TRY(bg_reply_json(&reply, res, BG_MAX_REPLY, BG_JSON_NUMBERS_DEFUSE, "token endpoint", why));
	asked = read_seconds(json_object_get(reply, "interval"), 0, INTERVAL_MAX_S);
	if (asked < *interval + SLOW_DOWN_S)
		asked = *interval + SLOW_DOWN_S;
	*interval = at_most_a_lifetime(asked);
	return BELGO_OK;
}

/* The end of the asking, under the names that servers have for it. @spec RFC 8628 section 3.5 */
static belgo_rc
give_up(struct belgo_error *why)
{
	static const struct {
		const char *code;
		belgo_rc rc;
		const char *text;
	} ends[] = {
	    {"access_denied", BELGO_ECANCELLED, "the sign-in was denied on the other device"},
	    {"authorization_declined", BELGO_ECANCELLED, "the sign-in was denied on the other device"},
	    {"expired_token", BELGO_ETIMEDOUT, "the code was not entered in time"},
	    {"bad_verification_code", BELGO_EDENIED, "the provider does not know its own device code"},
	};

	for (size_t i = 0; i < BG_LEN(ends); i++) {
		if (strcmp(why->oauth_error, ends[i].code) != 0)
			continue;
		why->rc = BELGO_OK;
		return bg_fail(why, ends[i].rc, "%s", ends[i].text);
	}
	return why->rc;
}

/* By what the body says; the statuses of these answers are 200, 400, 401, 403 and 428. */
static belgo_rc
judge_refusal(int64_t *interval, const struct belgo_http_response *res, struct belgo_error *why)
{
	if (strcmp(why->oauth_error, "authorization_pending") == 0)
		return BELGO_OK;
	if (strcmp(why->oauth_error, "slow_down") == 0) {
		bg_error_reset(why);
		return slow_down(interval, res, why);
	}
	if (why->rc == BELGO_EUNAVAILABLE) {
		*interval = bg_device_backoff(*interval);
		if (why->retry_after > *interval)
			*interval = at_most_a_lifetime(why->retry_after);
		return BELGO_OK;
	}
	return give_up(why);
}

belgo_rc
bg_device_token_response(struct belgo_token **out, int64_t *interval, const struct belgo_provider *provider,
			 enum bg_token_type type, const struct belgo_http_response *res, int64_t now,
			 const char *const *secrets, struct belgo_error *err)
{
	struct belgo_token *token = NULL;
	struct belgo_error why;
	belgo_rc rc;

	bg_error_init(&why);
	rc = bg_token_response(&token, provider, BG_GRANT_DEVICE, type, res, now, secrets, &why);
	if (rc != BELGO_OK)
		rc = judge_refusal(interval, res, &why);
	if (rc == BELGO_OK)
		*out = token;
	else if (err != NULL && err->rc == BELGO_OK) {
		memcpy(why.subject, err->subject, sizeof(why.subject));
		*err = why;
	}
	return rc;
}
