/*
 * Compact JWS. Input that begins with a brace is "HEADER\nPAYLOAD\nSIGNATURE" and is encoded here, so that
 * the fuzzer need not find base64url. The private halves of the keys below were thrown away after the seeds
 * were signed: nothing but those texts may ever verify.
 */
#include "fuzz.h"

#include "base/base64url.h"
#include "base/buf.h"
#include "base/limits.h"
#include "base/mem.h"
#include "jose/jws.h"

#include <stdlib.h>

static const char keys[] =
    "{\"keys\":[{\"kty\":\"RSA\",\"kid\":\"r\",\"e\":\"AQAB\",\"n\":\"x9aFljF1HmzWs3i9smbWWabtP9-"
    "pPYt8WQCP81CXdJQ"
    "an7V_Wy2lSXlkpJG03JXkrVksJUKsHMeYPzZUR4gdWi_eJPG5-AVVWOr6lycVDnPj0XZ-abN69xZeEIaQ4TWljEKJaB-"
    "nfYIKxxsKhBl2"
    "pqo9JVz3PByz0lv2MRBIq7EsKiniijGRguS0M6ffklw5BHziEUp-zInwGikj59o3RFvq2kvLr_ydbxG4-enF35o462etjFQ-06-"
    "4Rzl15"
    "2yzDFWbD5DYbkAushMzm5jrlrL806t129DKL9UypijRGPHR-nkIRJppUwqeK2Jnw-WBx6S4vbappYgox8MLUQlvew\"},"
    "{\"kty\":\"EC\",\"kid\":\"e\",\"crv\":\"P-256\",\"x\":\"H7ee_6eiU0hA53eF18baFfn0FDw3fLXQ4bTK6_fiRPk\","
    "\"y\":\"2XsdrvbqwccEbRTpPrMlCwHAvR-S9ej4CrzQ_AloUvM\"},"
    "{\"kty\":\"OKP\",\"kid\":\"o\",\"crv\":\"Ed25519\",\"x\":\"dLNVmMsjy9x1EYrHTQ_"
    "vD23Tkrnf78vNoX0QTTNqBZg\"}]}";

static const struct bg_jwks *
key_set(void)
{
	static struct bg_jwks *set;

	if (set == NULL)
		HOLDS(bg_jwks_parse(&set, keys, sizeof(keys) - 1, NULL) == BELGO_OK);
	return set;
}

static void
add_segment(struct bg_buf *out, const char *data, size_t len)
{
	BG_AUTO(bg_str_free) char *text = NULL;

	HOLDS(bg_base64url_encode(&text, data, len) == BELGO_OK);
	HOLDS(bg_buf_add_str(out, out->len > 0 ? "." : "") == BELGO_OK);
	HOLDS(bg_buf_add_str(out, text) == BELGO_OK);
}

static char *
compact_of(const uint8_t *data, size_t size)
{
	BG_AUTO(fuzz_free) char *text = fuzz_text(data, size);
	BG_AUTO(bg_buf_free) struct bg_buf out = BG_BUF(4 * size + 16);
	char *line = text, *end = text + size;

	if (size == 0 || text[0] != '{')
		return bg_strndup(text, size);
	for (int i = 0; i < 3 && line <= end; i++) {
		char *newline = i < 2 ? memchr(line, '\n', (size_t)(end - line)) : NULL;
		char *stop = newline != NULL ? newline : end;

		add_segment(&out, line, (size_t)(stop - line));
		line = stop + 1;
	}
	return bg_buf_take(&out);
}

static void
check_parsed(const struct bg_jws *jws, const char *compact)
{
	BG_AUTO(bg_str_free) char *signature = NULL;

	HOLDS(jws->alg != NULL && json_is_object(jws->header) && json_is_object(jws->payload));
	HOLDS(strcmp(json_string_value(json_object_get(jws->header, "alg")), jws->alg->name) == 0);
	HOLDS(strcasecmp(jws->alg->name, "none") != 0);
	HOLDS(json_object_get(jws->header, "crit") == NULL && json_object_get(jws->header, "b64") == NULL);
	HOLDS(jws->kid == NULL || strlen(jws->kid) <= BG_MAX_KID);
	/* All of the text is either signed or signature, in its one spelling. */
	HOLDS(bg_base64url_encode(&signature, jws->signature, jws->signature_len) == BELGO_OK);
	HOLDS(memcmp(compact, jws->signing_input, jws->signing_input_len) == 0);
	HOLDS(compact[jws->signing_input_len] == '.');
	HOLDS(strcmp(compact + jws->signing_input_len + 1, signature) == 0);
}

static void
check_verified(const struct bg_jws *jws)
{
	BG_AUTO(bg_jwk_free) struct bg_jwk *key = NULL;
	struct belgo_error err = {0};
	belgo_rc rc = bg_jws_verify_hmac(jws, keys, &err);

	HOLDS(rc == BELGO_ESIGNATURE);
	fuzz_check_error(rc, &err, NULL);
	if (bg_jwks_select(&key, key_set(), jws->alg, jws->kid, NULL) != BELGO_OK)
		return;
	err = (struct belgo_error){0};
	rc = bg_jws_verify(jws, key, &err);
	if (rc == BELGO_OK) {
		HOLDS(strcmp(json_string_value(json_object_get(jws->payload, "sub")), "genuine") == 0);
		return;
	}
	HOLDS(rc == BELGO_ESIGNATURE);
	fuzz_check_error(rc, &err, NULL);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	BG_AUTO(bg_str_free) char *compact = compact_of(data, size);
	BG_AUTO(bg_jws_done) struct bg_jws jws = {0};
	struct belgo_error err = {0};
	belgo_rc rc;

	HOLDS(compact != NULL);
	rc = bg_jws_parse(&jws, compact, BG_JWS_TYP_JWT, BG_MAX_JWT, "the ID token", &err);
	if (rc != BELGO_OK) {
		HOLDS((rc == BELGO_EPROTO || rc == BELGO_ESIGNATURE) && jws.header == NULL);
		fuzz_check_error(rc, &err, NULL);
		return 0;
	}
	check_parsed(&jws, compact);
	check_verified(&jws);
	return 0;
}
