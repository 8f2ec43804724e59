/* Userinfo: claims are believed only about the user of the ID token, and a profile can be shown. */
#include "fuzz.h"

#include "base/limits.h"
#include "base/mem.h"
#include "base/text.h"
#include "proto/userinfo.h"

#include <stdlib.h>

#define SUBJECT "248289761001"

static void
check_profile(const struct belgo_provider *provider, const json_t *claims)
{
	BG_AUTO(bg_profile_done) struct bg_profile profile = {0};
	struct belgo_error err = {0};
	belgo_rc rc = bg_profile_map(&profile, provider, claims, &err);
	const char *const texts[] = {profile.email, profile.name, profile.picture};

	if (rc != BELGO_OK) {
		HOLDS(profile.email == NULL && profile.name == NULL);
		fuzz_check_error(rc, &err, fuzz_secrets);
		return;
	}
	HOLDS(profile.subject == NULL || (*profile.subject != '\0' && !bg_text_has_control(profile.subject) &&
					  strlen(profile.subject) <= BG_MAX_SUBJECT));
	for (size_t i = 0; i < BG_LEN(texts); i++)
		HOLDS(texts[i] == NULL || (*texts[i] != '\0' && !bg_text_has_control(texts[i])));
}

static void
judge(const struct belgo_provider *provider, const struct belgo_http_response *res, const char *subject)
{
	BG_AUTO(bg_json_free) json_t *claims = NULL;
	struct belgo_error err = {0};
	belgo_rc rc = bg_userinfo_response(&claims, provider, res, subject, fuzz_secrets, &err);

	HOLDS((rc == BELGO_OK) == (claims != NULL));
	if (claims == NULL) {
		fuzz_check_error(rc, &err, fuzz_secrets);
		return;
	}
	HOLDS(res->status == 200);
	if (subject != NULL)
		HOLDS(strcmp(json_string_value(json_object_get(claims, "sub")), subject) == 0);
	check_profile(provider, claims);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	BG_AUTO(belgo_http_response_done) struct belgo_http_response res = {0};

	fuzz_answer(&res, data, size);
	judge(fuzz_provider(), &res, SUBJECT);
	judge(fuzz_provider(), &res, NULL);
	for (size_t i = 0; belgo_provider_builtin_at(i) != NULL; i++)
		judge(belgo_provider_builtin_at(i), &res, SUBJECT);
	return 0;
}
