/*
 * What all JSON answers have in common: the status is judged first, then the media type, then the document.
 * What its members mean is each exchange's own business; what an error answer says is read in error_reply.c.
 */
#include "proto/reply.h"

#include "base/error.h"
#include "base/http1.h"
#include "base/text.h"

static int
is_unset(const struct belgo_error *err)
{
	return err != NULL && err->rc == BELGO_OK;
}

/* The facts of the answer that a failure is about; the first cause keeps its own. */
static void
record(struct belgo_error *err, const struct belgo_http_response *res)
{
	err->http_status = res->status;
	err->retry_after = bg_reply_retry_after(res);
	err->has_clock_skew = bg_reply_clock_skew(&err->clock_skew, res);
}

static belgo_rc
fail_with(struct belgo_error *err, const struct belgo_http_response *res, belgo_rc rc, const char *what,
	  const char *why)
{
	if (is_unset(err))
		record(err, res);
	return bg_fail(err, rc, "%s: %s (HTTP %d)", what, why, res->status);
}

/* @spec RFC 9110 section 15; RFC 6585 section 4 */
belgo_rc
bg_reply_check_available(const struct belgo_http_response *res, const char *what, struct belgo_error *err)
{
	if (res->status >= 500 || res->status == 429)
		return fail_with(err, res, BELGO_EUNAVAILABLE, what, "not available now");
	/* Following would hand a code or a token to whoever is named there. */
	if (res->status >= 300 && res->status < 400)
		return fail_with(err, res, BELGO_EPROTO, what,
				 "answered with a redirect, which is never followed");
	return res->status < 200 ? bg_reply_unexpected(res, what, err) : BELGO_OK;
}

belgo_rc
bg_reply_unexpected(const struct belgo_http_response *res, const char *what, struct belgo_error *err)
{
	return fail_with(err, res, BELGO_EPROTO, what, "answered with an unexpected status");
}

belgo_rc
bg_reply_json(json_t **out, const struct belgo_http_response *res, size_t max, enum bg_json_numbers numbers,
	      const char *what, struct belgo_error *err)
{
	const char *type = belgo_http_response_header(res, "content-type");
	int is_first = is_unset(err);
	belgo_rc rc;

	if (!bg_http_is_media_type(type, "application/json"))
		return fail_with(err, res, BELGO_EPROTO, what, "the answer is not application/json");
	rc = bg_json_object(out, res->body, res->body_len, max, numbers, what, err);
	if (rc != BELGO_OK && is_first)
		record(err, res);
	return rc;
}

/* @spec RFC 9110 section 10.2.3 */
int64_t
bg_reply_retry_after(const struct belgo_http_response *res)
{
	static const char *const names[] = {"retry-after", "x-retry-after"};

	for (size_t i = 0; i < BG_LEN(names); i++) {
		const char *value = belgo_http_response_header(res, names[i]);
		int64_t n;

		if (value == NULL)
			continue;
		if (bg_text_to_int(&n, value) == BELGO_OK)
			return n;
		if ((n = bg_http_date(value)) >= 0)
			return n > res->received_at ? n - res->received_at : 0;
	}
	return -1;
}

/* @spec RFC 9110 section 6.6.1 */
int
bg_reply_clock_skew(int64_t *out, const struct belgo_http_response *res)
{
	const char *date = belgo_http_response_header(res, "date");
	int64_t there = date != NULL ? bg_http_date(date) : -1;

	if (there < 0)
		return 0;
	*out = res->received_at - there;
	return 1;
}
