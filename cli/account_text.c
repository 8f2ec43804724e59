/* An account as JSON, and times as people read them. */
#include "ctl.h"

#include "duration.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

int64_t
time_now(void)
{
	struct timespec now = {0};

	clock_gettime(CLOCK_REALTIME, &now);
	return now.tv_sec;
}

json_t *
json_text(const char *text)
{
	AUTO(text_free) char *shown = NULL;
	json_t *value;

	if (text == NULL)
		return json_null();
	if ((value = json_string(text)) != NULL)
		return value;
	/* Not UTF-8: the store was tampered with, or a provider was careless. */
	shown = text_shown(text);
	return shown != NULL ? json_string(shown) : NULL;
}

json_t *
json_time(int64_t at)
{
	return at > 0 ? json_integer(at) : json_null();
}

json_t *
json_scopes(const char *scope)
{
	json_t *array = json_array();
	size_t n;

	for (; scope != NULL && *(scope += strspn(scope, " ")) != '\0'; scope += n) {
		n = strcspn(scope, " ");
		json_array_append_new(array, json_stringn(scope, n));
	}
	return array;
}

static int
is_default(const struct ctl *ctl, const struct belgo_account *account)
{
	const char *name = config_string(&ctl->config, "default_account");

	return name != NULL && account->name != NULL && strcmp(name, account->name) == 0;
}

json_t *
account_json(const struct ctl *ctl, const struct belgo_account *account, const char *store)
{
	return json_pack("{s:i, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:b, s:o, s:o, s:b, s:o}", "version",
			 1, "name", json_text(account->name), "provider", json_text(account->provider),
			 "issuer", json_text(account->issuer), "subject", json_text(account->subject),
			 "client_id", json_text(account->client_id), "email", json_text(account->email),
			 "scopes", json_scopes(account->scope), "store", json_text(store), "default",
			 is_default(ctl, account), "access_expires_at", json_time(account->access_expires_at),
			 "refresh_expires_at", json_time(account->refresh_expires_at), "needs_login",
			 account->needs_login != 0, "resource", json_text(account->resource));
}

void
time_left(char *out, size_t size, int64_t at, int64_t now)
{
	char left[32];

	if (at <= 0) {
		snprintf(out, size, "unknown");
	} else if (at <= now) {
		snprintf(out, size, "expired");
	} else {
		duration_text(left, sizeof(left), at - now);
		snprintf(out, size, "%s left", left);
	}
}

void
time_local(char *out, size_t size, int64_t at)
{
	time_t seconds = (time_t)at;
	struct tm local;

	if (localtime_r(&seconds, &local) == NULL || strftime(out, size, "%Y-%m-%d %H:%M:%S %Z", &local) == 0)
		snprintf(out, size, "%lld", (long long)at);
}
