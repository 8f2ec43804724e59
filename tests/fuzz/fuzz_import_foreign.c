/* Files of other tools: what is read has all that a login needs; what is not says why, without the token. */
#include "fuzz.h"

#include "import_foreign.h"

static int
is_said(const char *value, int always)
{
	return value == NULL ? !always : value[0] != '\0';
}

static void
check_format(const char *format, int names_both, const char *text, size_t len)
{
	struct foreign_account account = {0};
	struct belgo_error err = {0};
	belgo_rc rc = foreign_account_read(&account, format, text, len, &err);

	if (rc == BELGO_OK) {
		HOLDS(is_said(account.provider, names_both));
		HOLDS(is_said(account.client_id, names_both));
		HOLDS(account.refresh_token != NULL && account.refresh_token[0] != '\0');
		HOLDS(account.client_secret == NULL || account.client_secret[0] != '\0');
		HOLDS(account.scope == NULL || account.scope[0] != '\0');
	} else {
		HOLDS((rc == BELGO_EPROTO || rc == BELGO_ELOGIN) && account.refresh_token == NULL);
		fuzz_check_error(rc, &err, fuzz_secrets);
	}
	foreign_account_done(&account);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_bytes(data, size);

	check_format("gcloud", 1, text, size);
	check_format("oidc-agent", 1, text, size);
	check_format("mutt_oauth2", 0, text, size);
	check_format("git-credential", 0, text, size);
	fuzz_free(&text);
	return 0;
}
