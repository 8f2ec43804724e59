/*
 * Answers to a login by device code: the codes that a user is shown, and what comes while the token is asked
 * for. Every input is read as either.
 */
#include "fuzz.h"

#include "base/limits.h"
#include "base/mem.h"
#include "base/url.h"
#include "proto/device.h"

#define NOW 1700000000

/* What a terminal is to show, and a browser to open. */
static void
check_codes(const struct bg_device *d)
{
	int is_same = 0;

	HOLDS(d->device_code[0] != '\0' && strlen(d->device_code) <= BG_MAX_CODE);
	HOLDS(d->user_code[0] != '\0' && strlen(d->user_code) <= 64 && fuzz_is_printable(d->user_code));
	HOLDS(fuzz_is_printable(d->device_code) && fuzz_is_printable(d->verification_uri));
	fuzz_check_endpoint(d->verification_uri);
	HOLDS(d->expires_in >= 1 && d->expires_in <= 3600);
	HOLDS(d->interval >= 1 && d->interval <= 3600);
	if (d->verification_uri_complete == NULL)
		return;
	HOLDS(bg_url_same_origin(&is_same, d->verification_uri, d->verification_uri_complete) == BELGO_OK);
	HOLDS(is_same && fuzz_is_printable(d->verification_uri_complete));
}

static void
judge_codes(const struct belgo_provider *provider, const struct belgo_http_response *res)
{
	BG_AUTO(bg_device_done) struct bg_device device = {0};
	struct belgo_error err = {0};
	belgo_rc rc = bg_device_response(&device, provider, res, fuzz_secrets, &err);

	HOLDS((rc == BELGO_OK) == (device.device_code != NULL));
	if (rc != BELGO_OK) {
		fuzz_check_error(rc, &err, fuzz_secrets);
		return;
	}
	HOLDS(err.rc == BELGO_OK && res->status == 200);
	check_codes(&device);
}

/* A token, an error, or "ask again" after no less than before. */
static void
judge_poll(const struct belgo_provider *provider, const struct belgo_http_response *res, int64_t before)
{
	BG_AUTO(belgo_token_free) struct belgo_token *token = NULL;
	struct belgo_error err = {0};
	int64_t interval = before;
	belgo_rc rc = bg_device_token_response(&token, &interval, provider, BG_TOKEN_BEARER, res, NOW,
					       fuzz_secrets, &err);

	HOLDS(interval >= before && interval <= 3600);
	if (rc != BELGO_OK) {
		HOLDS(token == NULL);
		fuzz_check_error(rc, &err, fuzz_secrets);
		return;
	}
	HOLDS(err.rc == BELGO_OK);
	HOLDS(token == NULL || (token->access_token != NULL && res->status == 200));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	BG_AUTO(belgo_http_response_done) struct belgo_http_response res = {0};

	fuzz_answer(&res, data, size);
	judge_codes(fuzz_provider(), &res);
	judge_poll(fuzz_provider(), &res, 1);
	judge_poll(fuzz_provider(), &res, 3600);
	for (size_t i = 0; belgo_provider_builtin_at(i) != NULL; i++) {
		judge_codes(belgo_provider_builtin_at(i), &res);
		judge_poll(belgo_provider_builtin_at(i), &res, 5);
	}
	return 0;
}
