/*
 * Error answers, for a plain provider and for those with rules of their own: always a failure, with facts
 * that can be shown, and without the secret that the server echoes.
 */
#include "fuzz.h"

#include "base/mem.h"
#include "proto/reply.h"
#include "proto/revoke.h"
#include "proto/token.h"

#include <stdlib.h>

static void
judge(const struct belgo_provider *provider, const struct belgo_http_response *res)
{
	struct belgo_error err = {0}, revoke = {0}, refresh = {0}, code = {0};
	BG_AUTO(belgo_token_free) struct belgo_token *token = NULL;
	belgo_rc rc = bg_reply_refused(provider, res, "token endpoint", fuzz_secrets, &err);

	fuzz_check_error(rc, &err, fuzz_secrets);
	HOLDS(err.http_status == res->status);
	HOLDS(err.retry_after == bg_reply_retry_after(res));
	HOLDS(bg_reply_refused(provider, res, "token endpoint", fuzz_secrets, NULL) == rc);

	rc = bg_revoke_response(provider, res, fuzz_secrets, &revoke);
	if (rc == BELGO_OK)
		HOLDS(res->status == 200 || res->status == 400);
	else
		fuzz_check_error(rc, &revoke, fuzz_secrets);
	if (res->status == 200)
		return;
	rc = bg_token_response(&token, provider, BG_GRANT_REFRESH, BG_TOKEN_BEARER, res, 1700000000,
			       fuzz_secrets, &refresh);
	fuzz_check_error(rc, &refresh, fuzz_secrets);
	rc = bg_token_response(&token, provider, BG_GRANT_CODE, BG_TOKEN_BEARER, res, 1700000000,
			       fuzz_secrets, &code);
	fuzz_check_error(rc, &code, fuzz_secrets);
	HOLDS(rc != BELGO_ELOGIN && token == NULL);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	BG_AUTO(belgo_http_response_done) struct belgo_http_response res = {0};
	int64_t skew = 0;

	fuzz_answer(&res, data, size);
	HOLDS(bg_reply_retry_after(&res) >= -1);
	if (bg_reply_clock_skew(&skew, &res))
		HOLDS(skew <= res.received_at);
	judge(fuzz_provider(), &res);
	for (size_t i = 0; belgo_provider_builtin_at(i) != NULL; i++)
		judge(belgo_provider_builtin_at(i), &res);
	return 0;
}
