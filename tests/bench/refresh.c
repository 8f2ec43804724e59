/*
 * The least that a refresh can be with the same libraries: read the refresh token from the keyring, post it,
 * write the new one back, print the access token. No lock, no recovery, no check of what comes back: a
 * measure, no example.
 *
 *	refresh KEY TOKEN_ENDPOINT CLIENT_ID
 */
#include <curl/curl.h>
#include <jansson.h>
#include <libsecret/secret.h>

#include <stdio.h>
#include <string.h>

static const SecretSchema schema = {.name = "org.belgoauth.Bench",
				    .attributes = {{"key", SECRET_SCHEMA_ATTRIBUTE_STRING}}};

struct reply {
	char text[16384];
	size_t len;
};

static size_t
on_body(char *data, size_t size, size_t n, void *user)
{
	struct reply *reply = user;

	if (size * n > sizeof(reply->text) - reply->len)
		return 0;
	memcpy(reply->text + reply->len, data, size * n);
	reply->len += size * n;
	return size * n;
}

static json_t *
post(const char *url, const char *client_id, const char *refresh_token)
{
	static struct reply reply;
	char form[2048];
	CURL *easy = curl_easy_init();
	CURLcode code;

	snprintf(form, sizeof(form), "grant_type=refresh_token&client_id=%s&refresh_token=%s", client_id,
		 refresh_token);
	(void)curl_easy_setopt(easy, CURLOPT_URL, url);
	(void)curl_easy_setopt(easy, CURLOPT_POSTFIELDS, form);
	(void)curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
	(void)curl_easy_setopt(easy, CURLOPT_WRITEDATA, &reply);
	code = curl_easy_perform(easy);
	curl_easy_cleanup(easy);
	return code == CURLE_OK ? json_loadb(reply.text, reply.len, 0, NULL) : NULL;
}

static int
fail(const char *what, const GError *error)
{
	fprintf(stderr, "refresh: %s: %s\n", what, error != NULL ? error->message : "no reason given");
	return 1;
}

int
main(int argc, char **argv)
{
	GError *error = NULL;
	gchar *old;
	json_t *answer;
	const char *access = NULL, *next = NULL;

	if (argc != 4) {
		fprintf(stderr, "usage: refresh KEY TOKEN_ENDPOINT CLIENT_ID\n");
		return 2;
	}
	if ((old = secret_password_lookup_sync(&schema, NULL, &error, "key", argv[1], NULL)) == NULL)
		return fail("there is no refresh token", error);
	if ((answer = post(argv[2], argv[3], old)) == NULL ||
	    json_unpack(answer, "{s:s, s:s}", "access_token", &access, "refresh_token", &next) != 0)
		return fail("the issuer gave no tokens", NULL);
	if (!secret_password_store_sync(&schema, SECRET_COLLECTION_DEFAULT, "bench", next, NULL, &error,
					"key", argv[1], NULL))
		return fail("the keyring did not take the new one", error);
	puts(access);
	json_decref(answer);
	secret_password_free(old);
	return 0;
}
