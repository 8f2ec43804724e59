/*
 * The cookie of a web login. The input as a cookie: nothing opens that was not sealed here. The input as what
 * the program wants back: it comes back whole, or is no text that JSON holds.
 */
#include "fuzz.h"

#include "base/mem.h"
#include "base/text.h"
#include "proto/pending.h"

static const unsigned char key[BG_AEAD_KEY] = "a key of thirty-two bytes, fixed";
static const unsigned char nonce[BG_AEAD_NONCE] = "a nonce, 12";
static const struct bg_pending_seal how = {key, "binding"};

static void
check_cookie(const char *text)
{
	BG_AUTO(bg_pending_done) struct bg_pending out = {0};
	struct belgo_error err = {0};
	belgo_rc rc = bg_pending_open(&out, text, &how, 0, &err);

	HOLDS(rc == BELGO_ESTATE && out.state == NULL);
	fuzz_check_error(rc, &err, NULL);
}

static void
check_payload(char *payload)
{
	char state[] = "state", verifier[] = "verifier";
	struct bg_pending in = {
	    .state = state, .code_verifier = verifier, .payload = payload, .expires_at = 1};
	BG_AUTO(bg_pending_done) struct bg_pending out = {0};
	BG_AUTO(bg_str_free) char *text = NULL;

	if (!bg_text_is_utf8(payload, strlen(payload)) || bg_text_has_control(payload) ||
	    bg_pending_seal(&text, &in, &how, nonce, NULL) != BELGO_OK)
		return;
	HOLDS(bg_pending_open(&out, text, &how, 0, NULL) == BELGO_OK);
	HOLDS(strcmp(out.payload, payload) == 0 && strcmp(out.state, state) == 0);
	text[strlen(text) / 2] ^= 1;
	check_cookie(text);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	BG_AUTO(fuzz_free) char *text = fuzz_text(data, size);

	check_cookie(text);
	check_payload(text);
	return 0;
}
