/*
 * The pending authorization of a web login: members, JSON, AES-256-GCM, base64url. Whoever holds it can
 * neither read nor change it; that it serves once is its keeper's business.
 */
#include "proto/pending.h"

#include <string.h>

#include "base/base64url.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"

#define WHAT "pending login"
#define PURPOSE "belgoauth web login 1"

static const struct {
	const char *name;
	size_t offset;
	enum bg_presence presence;
} strings[] = {
#define MEMBER(name) #name, offsetof(struct bg_pending, name)
    {MEMBER(state), BG_REQUIRED}, {MEMBER(nonce), BG_OPTIONAL},    {MEMBER(code_verifier), BG_REQUIRED},
    {MEMBER(scope), BG_OPTIONAL}, {MEMBER(dpop_key), BG_OPTIONAL}, {MEMBER(payload), BG_OPTIONAL},
#undef MEMBER
};

static char **
string_at(struct bg_pending *pending, size_t i)
{
	return (char **)(void *)((char *)pending + strings[i].offset);
}

static const char *
string_in(const struct bg_pending *pending, size_t i)
{
	return *(char *const *)(const void *)((const char *)pending + strings[i].offset);
}

void
bg_pending_done(struct bg_pending *pending)
{
	for (size_t i = 0; i < BG_LEN(strings); i++)
		bg_str_free(string_at(pending, i));
}

static struct bg_aead
cipher(const struct bg_pending_seal *how, const unsigned char *nonce)
{
	return (struct bg_aead){
	    .key = how->key,
	    .nonce = nonce,
	    .aad = {{PURPOSE, sizeof(PURPOSE)}, {how->binding, strlen(how->binding)}},
	};
}

static belgo_rc
to_text(char **out, const struct bg_pending *pending)
{
	BG_AUTO(bg_json_free) json_t *json = json_object();

	if (json == NULL || bg_json_set_int(json, "expires_at", pending->expires_at) != BELGO_OK)
		return BELGO_ENOMEM;
	for (size_t i = 0; i < BG_LEN(strings); i++)
		BG_TRY(bg_json_set_str(json, strings[i].name, string_in(pending, i)));
	return bg_json_dump(out, json);
}

static belgo_rc
seal(char **out, const char *text, const struct bg_pending_seal *how, const unsigned char *nonce)
{
	BG_AUTO(bg_free) unsigned char *sealed = NULL;
	const struct bg_aead aead = cipher(how, nonce);
	size_t len = strlen(text);

	if ((BG_AEAD_NONCE + len + BG_AEAD_TAG) * 4 / 3 + 1 > BG_MAX_PENDING)
		return BELGO_EINVAL;
	if ((sealed = bg_calloc(1, BG_MAX_PENDING)) == NULL)
		return BELGO_ENOMEM;
	memcpy(sealed, nonce, BG_AEAD_NONCE);
	BG_TRY(bg_aead_seal(sealed + BG_AEAD_NONCE, &aead, text, len));
	return bg_base64url_encode(out, sealed, BG_AEAD_NONCE + len + BG_AEAD_TAG);
}

belgo_rc
bg_pending_seal(char **out, const struct bg_pending *pending, const struct bg_pending_seal *how,
		const unsigned char *nonce, struct belgo_error *err)
{
	BG_AUTO(bg_str_free) char *text = NULL;
	belgo_rc rc = to_text(&text, pending);

	if (rc == BELGO_OK)
		rc = seal(out, text, how, nonce);
	if (rc == BELGO_EINVAL)
		return bg_fail(err, rc, "scope and payload of a web login are too long for a cookie");
	return rc == BELGO_OK ? BELGO_OK
			      : bg_fail(err, rc, "a " WHAT " could not be sealed: %s", belgo_rc_str(rc));
}

static belgo_rc
from_text(struct bg_pending *out, const char *text, size_t len)
{
	BG_AUTO(bg_json_free) json_t *json = NULL;

	BG_TRY(bg_json_object(&json, text, len, BG_MAX_PENDING, BG_JSON_NUMBERS_STRICT, WHAT, NULL));
	BG_TRY(bg_json_number(&out->expires_at, json, "expires_at", BG_REQUIRED, WHAT, NULL));
	for (size_t i = 0; i < BG_LEN(strings); i++)
		BG_TRY(bg_json_str_dup(string_at(out, i), json, strings[i].name, strings[i].presence, WHAT,
				       NULL));
	return BELGO_OK;
}

static belgo_rc
unseal(struct bg_pending *out, const char *text, const struct bg_pending_seal *how)
{
	BG_AUTO(bg_free) unsigned char *sealed = NULL;
	BG_AUTO(bg_buf_free) struct bg_buf clear = BG_BUF(BG_MAX_PENDING);
	struct bg_aead aead;
	size_t len = strlen(text);

	if (len > BG_MAX_PENDING)
		return BELGO_EPROTO;
	BG_TRY(bg_base64url_decode(&sealed, &len, text, len));
	if (len < BG_AEAD_NONCE + BG_AEAD_TAG)
		return BELGO_EPROTO;
	aead = cipher(how, sealed);
	BG_TRY(bg_buf_add(&clear, sealed + BG_AEAD_NONCE,
			  len - BG_AEAD_NONCE)); /* the length of the clear text, and more */
	BG_TRY(bg_aead_open((unsigned char *)clear.data, &aead, sealed + BG_AEAD_NONCE, len - BG_AEAD_NONCE));
	return from_text(out, clear.data, len - BG_AEAD_NONCE - BG_AEAD_TAG);
}

/* Which of the reasons it is, whoever sent it need not know. @spec RFC 6749 section 10.12 */
belgo_rc
bg_pending_open(struct bg_pending *out, const char *text, const struct bg_pending_seal *how, int64_t now,
		struct belgo_error *err)
{
	BG_AUTO(bg_pending_done) struct bg_pending got = {0};
	belgo_rc rc = unseal(&got, text, how);

	if (rc == BELGO_ENOMEM || rc == BELGO_EINTERNAL)
		return bg_fail(err, rc, "a " WHAT " could not be opened: %s", belgo_rc_str(rc));
	if (rc != BELGO_OK || now >= got.expires_at)
		return bg_fail(err, BELGO_ESTATE,
			       "this browser began no such login, or too long ago: it must be begun again");
	*out = got;
	got = (struct bg_pending){0};
	return BELGO_OK;
}
