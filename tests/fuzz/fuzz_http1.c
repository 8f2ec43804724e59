/*
 * Requests as the loopback listener reads them. What has come so far is judged the same however it is cut;
 * nothing but a well-formed redirect to this very host and path becomes a candidate.
 */
#include "fuzz.h"

#include "base/http1.h"
#include "base/limits.h"
#include "base/mem.h"
#include "io/loopback.h"

#include <stdlib.h>

static void
check_bad(int status)
{
	HOLDS(status == 400 || status == 405 || status == 413 || status == 414 || status == 431 ||
	      status == 505);
	HOLDS(fuzz_is_printable(bg_redirect_status_message(status)));
}

static void
check_request(const struct bg_http1_request *req, const char *data, size_t head_len, size_t len)
{
	HOLDS(head_len <= len && head_len <= BG_MAX_REQUEST_HEAD && head_len >= 4);
	HOLDS(memcmp(data + head_len - 4, "\r\n\r\n", 4) == 0);
	HOLDS(strcmp(req->method, "GET") == 0 || strcmp(req->method, "POST") == 0);
	HOLDS(req->target[0] == '/' && fuzz_is_printable(req->target));
	HOLDS(bg_http1_field(req, "host") != NULL && bg_http1_field(req, "transfer-encoding") == NULL);
	HOLDS(req->content_length <= BG_MAX_FORM);
	for (size_t i = 0; i < req->n_fields; i++) {
		HOLDS(req->fields[i].name[0] != '\0' && strpbrk(req->fields[i].name, " \t\r\n:") == NULL);
		HOLDS(strpbrk(req->fields[i].value, "\r\n") == NULL);
	}
}

/* A head that is good when whole was never bad before it was; what is bad stays bad. */
static void
check_cut(enum bg_http1_verdict whole, size_t head_len, const char *data, size_t len)
{
	size_t step = len / 64 + 1;

	for (size_t n = 0; n < len; n += step) {
		BG_AUTO(fuzz_free) char *part = fuzz_bytes((const uint8_t *)data, n);
		BG_AUTO(bg_http1_done) struct bg_http1_request req = {0};
		size_t part_len = 0;
		int status = 0;
		enum bg_http1_verdict verdict = bg_http1_parse(&req, &part_len, &status, part, n);

		if (whole == BG_HTTP1_MORE)
			HOLDS(verdict == BG_HTTP1_MORE);
		if (whole == BG_HTTP1_REQUEST)
			HOLDS(verdict == (n < head_len ? BG_HTTP1_MORE : BG_HTTP1_REQUEST));
		if (whole == BG_HTTP1_BAD)
			HOLDS(verdict != BG_HTTP1_REQUEST);
	}
}

static void
check_candidate(const struct bg_loopback_rules *rules, const struct bg_http1_request *req, const char *params,
		const char *body, size_t len)
{
	size_t path = strlen(rules->path);

	HOLDS(strcmp(bg_http1_field(req, "host"), rules->authority) == 0);
	HOLDS(strncmp(req->target, rules->path, path) == 0);
	HOLDS(*params != '\0');
	if (rules->mode == BELGO_RESPONSE_FORM_POST) {
		HOLDS(strcmp(req->method, "POST") == 0 && req->target[path] == '\0');
		HOLDS(strlen(params) == len && memcmp(params, body, len) == 0);
		return;
	}
	HOLDS(strcmp(req->method, "GET") == 0 && req->target[path] == '?');
	HOLDS(strcmp(params, req->target + path + 1) == 0);
	HOLDS(bg_http1_field(req, "origin") == NULL ||
	      strcmp(bg_http1_field(req, "origin"), rules->origin) == 0);
}

static void
judge(const struct bg_http1_request *req, enum belgo_response_mode mode, const char *body, size_t len)
{
	char authority[] = "127.0.0.1:8080", origin[] = "http://127.0.0.1:8080", path[] = "/callback";
	const struct bg_loopback_rules rules = {
	    .authority = authority, .origin = origin, .path = path, .mode = mode, .port = 8080};
	struct bg_loopback_verdict verdict = {0};

	bg_loopback_judge(&verdict, &rules, req, body, len);
	HOLDS((verdict.status == 0) == (verdict.params != NULL));
	if (verdict.params != NULL)
		check_candidate(&rules, req, verdict.params, body, len);
	else
		HOLDS(verdict.status == 204 ||
		      (verdict.status >= 400 && verdict.status < 500 && fuzz_is_printable(verdict.message)));
	bg_str_free(&verdict.params);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	BG_AUTO(fuzz_free) char *text = fuzz_bytes(data, size);
	BG_AUTO(bg_http1_done) struct bg_http1_request req = {0};
	size_t head_len = 0, len;
	int status = 0;
	enum bg_http1_verdict verdict = bg_http1_parse(&req, &head_len, &status, text, size);

	check_cut(verdict, head_len, text, size);
	if (verdict == BG_HTTP1_BAD)
		check_bad(status);
	if (verdict != BG_HTTP1_REQUEST) {
		HOLDS(req.method == NULL);
		return 0;
	}
	check_request(&req, text, head_len, size);
	len = size - head_len < req.content_length ? size - head_len : req.content_length;
	judge(&req, BELGO_RESPONSE_QUERY, text + head_len, len);
	judge(&req, BELGO_RESPONSE_FORM_POST, text + head_len, len);
	return 0;
}
