/* The parts of fuzz.h. Knows nothing of any single target. */
#include "fuzz.h"

#include "base/mem.h"
#include "base/url.h"

#include <stdio.h>
#include <stdlib.h>

const char *const fuzz_secrets[] = {FUZZ_SECRET, NULL};

void
fuzz_broken(const char *file, int line, const char *condition)
{
	fprintf(stderr, "%s:%d: does not hold: %s\n", file, line, condition);
	__builtin_trap();
}

static char *
copy(const uint8_t *data, size_t size, size_t room)
{
	char *out = malloc(room == 0 ? 1 : room);

	HOLDS(out != NULL);
	if (size > 0)
		memcpy(out, data, size);
	return out;
}

char *
fuzz_bytes(const uint8_t *data, size_t size)
{
	return copy(data, size, size);
}

char *
fuzz_text(const uint8_t *data, size_t size)
{
	char *out = copy(data, size, size + 1);

	out[size] = '\0';
	return out;
}

void
fuzz_free(char **text)
{
	free(*text);
	*text = NULL;
}

const struct belgo_provider *
fuzz_provider(void)
{
	static const char preset[] =
	    "{\"id\":\"fuzz\",\"name\":\"Fuzz\",\"kind\":\"oidc\",\"issuer\":\"" FUZZ_ISSUER
	    "\",\"client_secret\":\"optional\"}";
	static struct belgo_provider *provider;
	struct belgo_error err = {0};

	if (provider == NULL &&
	    belgo_provider_from_json(&provider, preset, sizeof(preset) - 1, "preset", &err) != BELGO_OK)
		fuzz_broken(__FILE__, __LINE__, err.text);
	return provider;
}

int
fuzz_is_printable(const char *text)
{
	for (; *text != '\0'; text++)
		if (*text < 0x20 || *text > 0x7e)
			return 0;
	return 1;
}

void
fuzz_check_error(belgo_rc rc, const struct belgo_error *err, const char *const *secrets)
{
	const char *const texts[] = {
	    err->text,          err->oauth_error, err->oauth_error_description, err->oauth_error_uri,
	    err->provider_code, err->subject};

	HOLDS(rc != BELGO_OK);
	HOLDS(err->rc == rc);
	HOLDS(err->text[0] != '\0');
	HOLDS(err->retry_after >= -1);
	HOLDS(err->oauth_error_uri[0] == '\0' || bg_str_begins(err->oauth_error_uri, "https://"));
	for (size_t i = 0; i < BG_LEN(texts); i++) {
		HOLDS(fuzz_is_printable(texts[i]));
		for (const char *const *secret = secrets; secret != NULL && *secret != NULL; secret++)
			HOLDS(strstr(texts[i], *secret) == NULL);
	}
}

static char *
field(const char *text, size_t len)
{
	while (len > 0 && (*text == ' ' || *text == '\t')) {
		text++;
		len--;
	}
	return fuzz_text((const uint8_t *)text, len);
}

/* Up to the newline, *at then behind it; what a transport never lets into a header is cut off. */
static char *
take_line(const uint8_t *data, size_t size, size_t *at)
{
	const uint8_t *end = *at < size ? memchr(data + *at, '\n', size - *at) : NULL;
	size_t len = (end != NULL ? (size_t)(end - data) : size) - *at;
	char *line = fuzz_text(data + *at, len);

	*at += len + (end != NULL);
	line[strcspn(line, "\r")] = '\0';
	return line;
}

static void
add_header(struct belgo_http_response *res, const char *line)
{
	size_t name = strcspn(line, ":");

	if (line[name] == '\0' || res->n_headers == 64)
		return;
	if (res->headers == NULL && (res->headers = calloc(64, sizeof(*res->headers))) == NULL)
		fuzz_broken(__FILE__, __LINE__, "there is memory");
	res->headers[res->n_headers++] = (struct belgo_http_header){
	    .name = field(line, name),
	    .value = field(line + name + 1, strlen(line + name + 1)),
	};
}

void
fuzz_answer(struct belgo_http_response *out, const uint8_t *data, size_t size)
{
	struct belgo_http_response res = {.status = 200, .received_at = 1700000000};
	size_t at = 0;
	int ends = 0;
	int status;
	char *line = take_line(data, size, &at);

	if (sscanf(line, "%3d", &status) == 1 && status >= 100)
		res.status = status;
	while (!ends) {
		free(line);
		line = take_line(data, size, &at);
		ends = line[0] == '\0';
		add_header(&res, line);
	}
	free(line);
	res.body_len = size - at;
	res.body = fuzz_text(data + at, res.body_len);
	*out = res;
}

void
fuzz_check_endpoint(const char *text)
{
	BG_AUTO(bg_url_done) struct bg_url url = {0};

	HOLDS(bg_url_parse(&url, text) == BELGO_OK);
	HOLDS(url.scheme == BG_HTTPS && !url.has_userinfo && url.fragment == NULL);
	HOLDS(!bg_url_is_private_literal(&url) && !bg_url_is_loopback(&url));
}
