#include "fixture.h"

static char *format(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
static char *
format(const char *fmt, ...)
{
	char *out = NULL;
	va_list ap;

	va_start(ap, fmt);
	assert_true(vasprintf(&out, fmt, ap) >= 0);
	va_end(ap);
	return out;
}

/* ,"name":"value" or nothing; the ring outlives one format(). */
static const char *
member(const char *name, const char *value)
{
	static char ring[16][8192];
	static size_t next;
	char *out = ring[next++ % 16];

	out[0] = '\0';
	if (value != NULL)
		assert_true(snprintf(out, sizeof(ring[0]), ",\"%s\":\"%s\"", name, value) <
			    (int)sizeof(ring[0]));
	return out;
}

struct world *
provider_up(void)
{
	struct world *w = world_new();

	world_metadata(w, "");
	world_jwks(w);
	return w;
}

static const char *
or_else(const char *value, const char *other)
{
	return value != NULL ? value : other;
}

void
planted_name(struct planted *a)
{
	a->subject = or_else(a->subject, "alice");
	a->name = or_else(a->name, a->subject);
	a->issuer = or_else(a->issuer, WORLD_ISSUER);
	assert_int_equal(bg_account_key(a->key, a->issuer, WORLD_CLIENT, a->subject, a->resource), BELGO_OK);
	(void)snprintf(a->store_key, sizeof(a->store_key), "account/%s", a->key);
}

char *
planted_text(struct planted *a)
{
	const char *login = or_else(a->login, "");
	char *claims, *text, *method;

	planted_name(a);
	method = a->auth_method != NULL ? format("\"token_endpoint_auth_method\":\"%s\"", a->auth_method)
					: strdup("");
	login += a->auth_method == NULL && *login == ',';
	claims = a->is_oauth ? strdup("")
			     : format(",\"claims\":\"{\\\"iss\\\":\\\"%s\\\",\\\"sub\\\":\\\"%s\\\","
				      "\\\"aud\\\":\\\"" WORLD_CLIENT "\\\",\\\"iat\\\":%lld}\"",
				      a->issuer, a->subject, (long long)WORLD_NOW - 7200);
	text = format(
	    "{\"version\":1,\"account\":{\"key\":\"%s\",\"cache_id\":\"%064d\",\"name\":\"%s\",\"issuer\":\"%"
	    "s\","
	    "\"metadata_issuer\":\"%s\",\"client_id\":\"" WORLD_CLIENT
	    "\",\"subject\":\"%s\",\"scope\":\"%s\",\"scope_requested\":\"%s\",\"created_at\":1700000000,"
	    "\"needs_login\":%d%s%s%s%s%s%s},\"token\":{\"access_token\":\"%s\",\"token_type\":\"%s\","
	    "\"scope\":\"%s\",\"expires_at\":%lld,\"refresh_expires_at\":%lld%s%s},"
	    "\"login\":{%s%s},\"refreshed_at_ms\":%lld,\"pending\":%d}",
	    a->key, 0, a->name, a->issuer, a->issuer, a->subject, or_else(a->scope, "openid email"),
	    or_else(a->scope, "openid email"), a->needs_login, member("provider", a->provider),
	    member("email", a->email), member("grant", a->grant), member("resource", a->resource), claims,
	    or_else(a->account, ""), or_else(a->access_token, AT1), or_else(a->token_type, "Bearer"),
	    or_else(a->scope, "openid email"), (long long)a->expires_at, (long long)a->refresh_expires_at,
	    member("refresh_token", a->refresh_token), member("id_token", a->id_token), method, login,
	    (long long)a->refreshed_at_ms, a->pending);
	free(claims);
	free(method);
	return text;
}

void
plant(struct world *w, struct planted *a)
{
	char *text = planted_text(a);

	world_store_set(w, a->store_key, text);
	free(text);
}

void
plant_staged(struct world *w, struct planted *a)
{
	char *text = planted_text(a);

	world_store_set_staged(w, a->store_key, text);
	free(text);
}

struct planted
plant_alice(struct world *w, int64_t left)
{
	struct planted a = {.refresh_token = RT1,
			    .expires_at = WORLD_NOW + left,
			    .refreshed_at_ms = (WORLD_NOW - 3600) * 1000};

	plant(w, &a);
	return a;
}

char *
claims_of(const struct world *w, const char *subject, const char *more)
{
	long long now = world_now_ms(w) / 1000;

	return format("{\"iss\":\"" WORLD_ISSUER "\",\"sub\":\"%s\",\"aud\":\"" WORLD_CLIENT
		      "\",\"iat\":%lld,\"exp\":%lld%s}",
		      subject, now, now + 3600, more);
}

char *
id_token_of(const struct world *w, const char *subject, const char *more)
{
	char *claims = claims_of(w, subject, more), *token = world_id_token(claims);

	free(claims);
	return token;
}

char *
token_reply(const char *access_token, const char *refresh_token, const char *id_token, const char *more)
{
	return format("{\"access_token\":\"%s\",\"token_type\":\"Bearer\"%s%s%s}", access_token,
		      member("refresh_token", refresh_token), member("id_token", id_token), more);
}

void
answer_token(struct world *w, const char *access_token, const char *refresh_token, char *id_token)
{
	char *reply = token_reply(access_token, refresh_token, id_token, ",\"expires_in\":3600");

	world_answer(w, WORLD_TOKEN, 200, reply);
	free(reply);
	free(id_token);
}

belgo_rc
get_token(struct world *w, const struct planted *account, const struct belgo_token_params *more, char **out,
	  struct belgo_error *err)
{
	struct belgo_token_params params = more != NULL ? *more : (struct belgo_token_params){0};
	struct belgo_op *op = NULL;
	belgo_rc rc;

	params.account_key = account->key;
	assert_int_equal(belgo_token_op(&op, world_client(w), &params, err), BELGO_OK);
	rc = world_finish(op, err);
	*out = NULL;
	if (rc == BELGO_OK) {
		assert_non_null(belgo_op_account(op));
		*out = strdup(belgo_op_token(op)->access_token);
	} else {
		assert_null(belgo_op_token(op));
		/* whose login is due is told */
		assert_true(belgo_op_account(op) == NULL ||
			    (rc == BELGO_ELOGIN && strcmp(belgo_op_account(op)->key, account->key) == 0));
	}
	belgo_op_free(&op);
	return rc;
}

belgo_rc
get_token_rc(struct world *w, const struct planted *account, struct belgo_error *err)
{
	char *token = NULL;
	belgo_rc rc = get_token(w, account, NULL, &token, err);

	free(token);
	return rc;
}

int
stored_has(const struct world *w, const struct planted *account, const char *text)
{
	const char *value = world_store_value(w, account->store_key);

	return value != NULL && strstr(value, text) != NULL;
}

void
plant_client(struct world *w, const char *members)
{
	char id[BG_ID_SIZE], key[BG_KEY_SIZE], value[4096];

	assert_int_equal(bg_client_key(id, WORLD_ISSUER, WORLD_CLIENT), BELGO_OK);
	bg_store_key(key, "client", id);
	(void)snprintf(value, sizeof(value), "{\"version\":1,%s}", members);
	world_store_set(w, key, value);
}

struct belgo_login_params
login_params(struct world *w)
{
	return (struct belgo_login_params){.provider = world_provider(w),
					   .client_id = WORLD_CLIENT,
					   .on_prompt = world_on_prompt,
					   .prompt_arg = w};
}

/* State, verifier and nonce are drawn in that order, and what the world draws can be foretold. */
void
answer_login_at(struct world *w, const char *url, const char *subject, const char *refresh_token,
		const char *more_claims, const char *more_reply)
{
	char *nonce = world_foretell(w, 3);
	char *claims = format(",\"nonce\":\"%s\"%s", nonce, more_claims);
	char *id_token = id_token_of(w, subject, claims);
	char *reply = token_reply(AT1, refresh_token, id_token, more_reply);

	world_answer(w, url, 200, reply);
	free(reply);
	free(id_token);
	free(claims);
	free(nonce);
}

void
answer_login(struct world *w, const char *subject, const char *refresh_token, const char *more_claims,
	     const char *more_reply)
{
	answer_login_at(w, WORLD_TOKEN, subject, refresh_token, more_claims, more_reply);
}

struct belgo_op *
login_of(struct world *w, const struct belgo_login_params *params)
{
	struct belgo_op *op = NULL;

	assert_int_equal(belgo_login_op(&op, world_client(w), params, NULL), BELGO_OK);
	return op;
}

int
has_warning(const struct belgo_op *op, const char *text)
{
	const char *warning;

	for (size_t i = 0; (warning = belgo_op_warning(op, i)) != NULL; i++)
		if (strstr(warning, text) != NULL)
			return 1;
	return 0;
}
