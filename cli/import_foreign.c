/* The formats of other tools' files, as a table. Pure: a text in, strings out; whether the refresh token in
 * them is any good is asked by import_from.c. */
#include "import_foreign.h"

#include "output.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

static const struct format {
	const char *name;
	const char *provider; /* NULL: the file names its issuer in issuer_url */
	const char *type;     /* what the member "type" must be; NULL: there is none */
} formats[] = {{"gcloud", "google", "authorized_user"}, {"oidc-agent", NULL, NULL}};

static const struct format *
find_format(const char *name)
{
	size_t i;

	for (i = 0; i < LEN(formats); i++)
		if (strcmp(formats[i].name, name) == 0)
			return &formats[i];
	return NULL;
}

/* Absent and empty are the same to these tools: *out stays NULL. */
static belgo_rc
take(char **out, const json_t *root, const char *name, struct belgo_error *err)
{
	const json_t *value = json_object_get(root, name);

	if (value == NULL || json_is_null(value))
		return BELGO_OK;
	if (!json_is_string(value))
		return fail_with(err, BELGO_EPROTO, "the file's member %s is no string", name);
	if (json_string_length(value) == 0)
		return BELGO_OK;
	return (*out = strdup(json_string_value(value))) != NULL ? BELGO_OK : fail_memory(err);
}

static belgo_rc
need(char **out, const json_t *root, const char *name, struct belgo_error *err)
{
	TRY(take(out, root, name, err));
	return *out != NULL ? BELGO_OK : fail_with(err, BELGO_EPROTO, "the file has no %s", name);
}

static belgo_rc
check_type(const struct format *format, const json_t *root, struct belgo_error *err)
{
	const char *type = json_string_value(json_object_get(root, "type"));

	if (format->type == NULL || (type != NULL && strcmp(type, format->type) == 0))
		return BELGO_OK;
	return fail_with(err, BELGO_EPROTO,
			 "the file is not of the type %s: it holds no user's refresh token", format->type);
}

/* oidc-agent ends every issuer with a slash, whether the issuer does or not. */
static belgo_rc
find_provider(char **out, const struct format *format, const json_t *root, struct belgo_error *err)
{
	size_t len;

	if (format->provider != NULL)
		return (*out = strdup(format->provider)) != NULL ? BELGO_OK : fail_memory(err);
	TRY(need(out, root, "issuer_url", err));
	len = strlen(*out);
	if (len > 1 && (*out)[len - 1] == '/')
		(*out)[len - 1] = '\0';
	return BELGO_OK;
}

belgo_rc
foreign_account_read(struct foreign_account *out, const char *format, const char *text, size_t len,
		     struct belgo_error *err)
{
	AUTO(foreign_account_done) struct foreign_account account = {0};
	AUTO(json_free_ptr) json_t *root = NULL;
	const struct format *known = find_format(format);

	if (known == NULL)
		return fail_with(err, BELGO_EINVAL, "--from is gcloud or oidc-agent, not \"%.40s\"", format);
	root = json_loadb(text, len, JSON_REJECT_DUPLICATES, NULL);
	if (!json_is_object(root))
		return fail_with(err, BELGO_EPROTO, "the file is no JSON object, as %s writes it",
				 known->name);
	TRY(check_type(known, root, err));
	TRY(find_provider(&account.provider, known, root, err));
	TRY(need(&account.client_id, root, "client_id", err));
	TRY(need(&account.refresh_token, root, "refresh_token", err));
	TRY(take(&account.client_secret, root, "client_secret", err));
	TRY(take(&account.scope, root, "scope", err));
	*out = account;
	account = (struct foreign_account){0};
	return BELGO_OK;
}

void
foreign_account_done(struct foreign_account *account)
{
	text_free(&account->provider);
	text_free(&account->client_id);
	text_free(&account->client_secret);
	text_free(&account->refresh_token);
	text_free(&account->scope);
}
