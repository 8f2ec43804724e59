/* The formats of other tools' files, as a table. Pure: a text in, strings out; whether the refresh token in
 * them is any good is asked by import_from.c. */
#include "import_foreign.h"

#include "output.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static belgo_rc read_json(json_t **out, const char *text, size_t len, struct belgo_error *err);
static belgo_rc read_lines(json_t **out, const char *text, size_t len, struct belgo_error *err);

static const struct format {
	const char *name;
	belgo_rc (*read)(json_t **out, const char *text, size_t len, struct belgo_error *err);
	const char *provider;        /* always this one, or */
	const char *provider_member; /* named here, or NULL: it is at protocol://host */
	const char *type;            /* what the member "type" must be; NULL: there is none */
	const char *refresh_token;
	int names_client; /* always */
} formats[] = {{"gcloud", read_json, "google", NULL, "authorized_user", "refresh_token", 1},
	       {"oidc-agent", read_json, NULL, "issuer_url", NULL, "refresh_token", 1},
	       {"mutt_oauth2", read_json, NULL, "registration", NULL, "refresh_token", 0},
	       {"git-credential", read_lines, NULL, NULL, NULL, "oauth_refresh_token", 0}};

static const struct format *
find_format(const char *name)
{
	size_t i;

	for (i = 0; i < LEN(formats); i++)
		if (strcmp(formats[i].name, name) == 0)
			return &formats[i];
	return NULL;
}

static belgo_rc
read_json(json_t **out, const char *text, size_t len, struct belgo_error *err)
{
	AUTO(json_free_ptr) json_t *root = json_loadb(text, len, JSON_REJECT_DUPLICATES, NULL);

	if (!json_is_object(root))
		return fail_with(err, BELGO_EPROTO, "the file is no JSON object");
	*out = TAKE(root);
	return BELGO_OK;
}

/* A name that ends in [] repeats, and nothing of the kind is looked at. */
static belgo_rc
add_line(json_t *root, const char *line, size_t len, struct belgo_error *err)
{
	const char *equals = memchr(line, '=', len);
	AUTO(text_free) char *name = NULL;
	json_t *value;

	if (equals == NULL || equals == line)
		return fail_with(err, BELGO_EPROTO, "the file is not of lines NAME=VALUE");
	if (equals[-1] == ']')
		return BELGO_OK;
	if ((name = strndup(line, (size_t)(equals - line))) == NULL)
		return fail_memory(err);
	if (json_object_get(root, name) != NULL)
		return fail_with(err, BELGO_EPROTO, "the file gives one name two values");
	value = json_stringn(equals + 1, len - (size_t)(equals + 1 - line));
	return json_object_set_new(root, name, value) == 0
		   ? BELGO_OK
		   : fail_with(err, BELGO_EPROTO, "the file is no text of UTF-8");
}

/* What git's credential helpers speak: lines up to an empty one. */
static belgo_rc
read_lines(json_t **out, const char *text, size_t len, struct belgo_error *err)
{
	AUTO(json_free_ptr) json_t *root = json_object();
	const char *line = text, *end = text + len;

	if (root == NULL)
		return fail_memory(err);
	if (memchr(text, '\0', len) != NULL)
		return fail_with(err, BELGO_EPROTO, "the file has a NUL in it");
	while (line < end && *line != '\n') {
		const char *stop = memchr(line, '\n', (size_t)(end - line));

		stop = stop != NULL ? stop : end;
		TRY(add_line(root, line, (size_t)(stop - line), err));
		line = stop < end ? stop + 1 : end;
	}
	*out = TAKE(root);
	return BELGO_OK;
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

static belgo_rc
find_host(char **out, const json_t *root, struct belgo_error *err)
{
	AUTO(text_free) char *protocol = NULL, *host = NULL;

	TRY(take(&protocol, root, "protocol", err));
	TRY(take(&host, root, "host", err));
	if (protocol == NULL || host == NULL)
		return BELGO_OK;
	if (asprintf(out, "%s://%s", protocol, host) < 0) {
		*out = NULL;
		return fail_memory(err);
	}
	return BELGO_OK;
}

/* oidc-agent ends every issuer with a slash, whether the issuer does or not. */
static belgo_rc
find_provider(char **out, const struct format *format, const json_t *root, struct belgo_error *err)
{
	size_t len;

	if (format->provider != NULL)
		return (*out = strdup(format->provider)) != NULL ? BELGO_OK : fail_memory(err);
	if (format->provider_member == NULL)
		return find_host(out, root, err);
	TRY(need(out, root, format->provider_member, err));
	len = strlen(*out);
	if (len > 1 && (*out)[len - 1] == '/')
		(*out)[len - 1] = '\0';
	return BELGO_OK;
}

static belgo_rc
find_refresh_token(char **out, const struct format *format, const json_t *root, struct belgo_error *err)
{
	TRY(take(out, root, format->refresh_token, err));
	return *out != NULL ? BELGO_OK
			    : fail_with(err, BELGO_ELOGIN,
					"the file has no %s, and an access token alone cannot be taken over",
					format->refresh_token);
}

belgo_rc
foreign_account_read(struct foreign_account *out, const char *format, const char *text, size_t len,
		     struct belgo_error *err)
{
	AUTO(foreign_account_done) struct foreign_account account = {0};
	AUTO(json_free_ptr) json_t *root = NULL;
	const struct format *known = find_format(format);

	if (known == NULL)
		return fail_with(err, BELGO_EINVAL,
				 "--from is gcloud, oidc-agent, mutt_oauth2 or git-credential, not \"%.40s\"",
				 format);
	TRY(known->read(&root, text, len, err));
	TRY(check_type(known, root, err));
	TRY(find_provider(&account.provider, known, root, err));
	TRY((known->names_client ? need : take)(&account.client_id, root, "client_id", err));
	TRY(find_refresh_token(&account.refresh_token, known, root, err));
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
