/* Answers that the provider encrypts for the client: agreed, opened and judged; and no way around that. */
#include "fixture.h"

#include "harness/jwe_make.h"

#define INTROSPECT WORLD_ISSUER "/introspect"
#define ENDPOINT "\"introspection_endpoint\":\"" INTROSPECT "\","
#define ENC "A256GCM"
#define ALG "ECDH-ES+A128KW"

static const struct belgo_client_encryption id_token_alone = {.id_token_encrypted_response_alg = ALG,
							      .id_token_encrypted_response_enc = ENC};
static const struct belgo_client_encryption userinfo_alone = {.userinfo_encrypted_response_alg = ALG,
							      .userinfo_encrypted_response_enc = ENC};
static const struct belgo_client_encryption introspection_alone = {
    .introspection_encrypted_response_alg = ALG, .introspection_encrypted_response_enc = ENC};

/* json: what the operation hands out, malloc'd; may be NULL. */
static belgo_rc
agree(struct world *w, const struct belgo_client_encryption *what, char **json, struct belgo_error *err)
{
	char *jwk = jose_private_jwk(jose_key("P-256", 0), "\"kid\":\"e1\"");
	struct belgo_client_encryption wish = {0};
	struct belgo_op *op = NULL;
	belgo_rc rc;

	if (what != NULL) {
		wish = *what;
		wish.key = what->key == NULL ? jwk : what->key;
	}
	rc = belgo_client_encryption_op(&op, world_client(w), WORLD_ISSUER, WORLD_CLIENT,
					what == NULL ? NULL : &wish, err);
	free(jwk);
	if (rc != BELGO_OK)
		return rc;
	rc = world_finish(op, err);
	if (json != NULL)
		*json = belgo_op_json(op) != NULL ? strdup(belgo_op_json(op)) : NULL;
	belgo_op_free(&op);
	return rc;
}

static struct world *
agreed_world(const struct belgo_client_encryption *what, const char *metadata)
{
	struct world *w = world_new();

	world_metadata(w, metadata);
	world_jwks(w);
	if (what != NULL)
		assert_int_equal(agree(w, what, NULL, NULL), BELGO_OK);
	world_journal_clear(w);
	return w;
}

static const char *
client_record(const struct world *w)
{
	static char key[80];
	char id[65];

	assert_int_equal(bg_client_key(id, WORLD_ISSUER, WORLD_CLIENT), BELGO_OK);
	(void)snprintf(key, sizeof(key), "client/%s", id);
	return world_store_value(w, key);
}

/* For the key of agree(); frees plain. */
static char *
sealed_with(char *plain, const char *alg, const char *enc)
{
	char *token =
	    jose_encrypt(&(struct jose_jwe){.kind = "P-256", .alg = alg, .enc = enc, .plain = plain});

	free(plain);
	return token;
}

static char *
sealed(char *plain)
{
	return sealed_with(plain, ALG, ENC);
}

static void
test_encryption__is_kept_beside_the_secret_and_shows_its_public_half(void **state)
{
	struct world *w = agreed_world(NULL, "");
	struct belgo_op *op = NULL;
	char *json = NULL;

	(void)state;
	assert_int_equal(
	    belgo_client_secret_op(&op, world_client(w), WORLD_ISSUER, WORLD_CLIENT, CLIENT_SECRET, NULL),
	    BELGO_OK);
	assert_int_equal(world_run(op, NULL), BELGO_OK);
	assert_int_equal(agree(w, &id_token_alone, &json, NULL), BELGO_OK);
	assert_non_null(strstr(json, "\"use\":\"enc\""));
	assert_non_null(strstr(json, "\"kid\":\"e1\""));
	assert_null(strstr(json, "\"d\":"));
	free(json);
	assert_non_null(strstr(client_record(w), "\"id_token_encrypted_response_alg\":\"" ALG "\""));
	assert_non_null(strstr(client_record(w), CLIENT_SECRET));
	assert_int_equal(agree(w, NULL, &json, NULL), BELGO_OK);
	assert_null(json);
	assert_null(strstr(client_record(w), "encrypt"));
	assert_non_null(strstr(client_record(w), CLIENT_SECRET));
	world_free(&w);
}

static void
test_encryption__alone_makes_a_record_and_its_removal_none(void **state)
{
	struct world *w = agreed_world(&userinfo_alone, "");

	(void)state;
	assert_non_null(client_record(w));
	assert_non_null(strstr(client_record(w), "\"userinfo_encrypted_response_enc\":\"" ENC "\""));
	assert_int_equal(agree(w, NULL, NULL, NULL), BELGO_OK);
	assert_null(client_record(w));
	assert_int_equal(agree(w, NULL, NULL, NULL), BELGO_OK);
	world_free(&w);
}

/* @spec OpenID Connect Dynamic Client Registration 1.0 section 2 */
static void
test_encryption__is_agreed_in_algorithms_that_are_known_and_fit_the_key(void **state)
{
	static const struct {
		const char *name;
		struct belgo_client_encryption what;
		belgo_rc want;
		const char *kept;
	} rows[] = {
	    {"enc by default", {.id_token_encrypted_response_alg = "ECDH-ES"}, BELGO_OK, "A128CBC-HS256"},
	    {"all three",
	     {.id_token_encrypted_response_alg = "ECDH-ES",
	      .userinfo_encrypted_response_alg = "ECDH-ES+A256KW",
	      .introspection_encrypted_response_alg = "ECDH-ES"},
	     BELGO_OK,
	     "A256KW"},
	    {"none", {0}, BELGO_EINVAL, NULL},
	    {"enc without alg", {.userinfo_encrypted_response_enc = ENC}, BELGO_EINVAL, NULL},
	    {"RSA1_5", {.id_token_encrypted_response_alg = "RSA1_5"}, BELGO_EINVAL, NULL},
	    {"dir", {.id_token_encrypted_response_alg = "dir"}, BELGO_EINVAL, NULL},
	    {"unknown enc",
	     {.id_token_encrypted_response_alg = "ECDH-ES", .id_token_encrypted_response_enc = "XC20P"},
	     BELGO_EINVAL,
	     NULL},
	    {"the key is of another kind",
	     {.id_token_encrypted_response_alg = "RSA-OAEP"},
	     BELGO_EINVAL,
	     NULL},
	    {"no key", {.key = "x", .id_token_encrypted_response_alg = "ECDH-ES"}, BELGO_EINVAL, NULL},
	    {"a key to sign with",
	     {.key = "{\"kty\":\"EC\",\"use\":\"sig\",\"crv\":\"P-256\",\"x\":\"a\",\"y\":\"a\",\"d\":\"a\"}",
	      .id_token_encrypted_response_alg = "ECDH-ES"},
	     BELGO_EINVAL,
	     NULL},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		struct world *w = agreed_world(NULL, "");
		struct belgo_error err = {0};

		assert_row(rows[i].name, agree(w, &rows[i].what, NULL, &err) == rows[i].want);
		assert_row(rows[i].name, (client_record(w) != NULL) == (rows[i].want == BELGO_OK));
		if (rows[i].kept != NULL)
			assert_row(rows[i].name, strstr(client_record(w), rows[i].kept) != NULL);
		world_free(&w);
	}
}

/* A key that nobody gave is made, and opens what is made for what it showed. */
static void
test_encryption__makes_a_key_where_none_is_given(void **state)
{
	struct world *w = agreed_world(NULL, "");
	const struct belgo_client_encryption wish = {.id_token_encrypted_response_alg = "ECDH-ES"};
	const struct belgo_client_encryption rsa = {.id_token_encrypted_response_alg = "RSA-OAEP"};
	struct belgo_op *op = NULL;

	(void)state;
	assert_int_equal(
	    belgo_client_encryption_op(&op, world_client(w), WORLD_ISSUER, WORLD_CLIENT, &wish, NULL),
	    BELGO_OK);
	assert_int_equal(world_finish(op, NULL), BELGO_OK);
	assert_non_null(strstr(belgo_op_json(op), "\"crv\":\"P-256\""));
	belgo_op_free(&op);
	assert_int_equal(
	    belgo_client_encryption_op(&op, world_client(w), WORLD_ISSUER, WORLD_CLIENT, &rsa, NULL),
	    BELGO_EINVAL);
	world_free(&w);
}

/* The ID token of the login that comes next. */
static char *
token_for_login(const struct world *w, const char *subject)
{
	char *nonce = world_foretell(w, 3), *claims = NULL, *token;

	assert_true(asprintf(&claims, ",\"nonce\":\"%s\",\"email\":\"a@x\"", nonce) > 0);
	token = id_token_of(w, subject, claims);
	free(claims);
	free(nonce);
	return token;
}

static belgo_rc
log_in(struct world *w, char *id_token, struct belgo_error *err, char **kept)
{
	struct belgo_login_params params = login_params(w);
	char *reply = token_reply(AT1, RT1, id_token, "");
	struct belgo_op *op;
	belgo_rc rc;

	world_answer(w, WORLD_TOKEN, 200, reply);
	op = login_of(w, &params);
	world_drive_until(w, op, "listen");
	world_redirect(w, "code=" CODE "&state={state}");
	rc = world_finish(op, err);
	*kept = rc == BELGO_OK ? strdup(belgo_op_token(op)->id_token) : NULL;
	belgo_op_free(&op);
	free(reply);
	free(id_token);
	return rc;
}

static char *
as_is(char *token)
{
	return token;
}

static char *
twice(char *token)
{
	return sealed(sealed(token));
}

static char *
with_another_enc(char *token)
{
	return sealed_with(token, ALG, "A128GCM");
}

static char *
with_another_alg(char *token)
{
	return sealed_with(token, "ECDH-ES", ENC);
}

static char *
of_claims_alone(char *token)
{
	free(token);
	return sealed(
	    strdup("{\"iss\":\"" WORLD_ISSUER "\",\"sub\":\"alice\",\"aud\":\"" WORLD_CLIENT "\"}"));
}

static char *
unsigned_within(char *token)
{
	char *dot = strrchr(token, '.'), *cut = NULL;

	assert_true(asprintf(&cut, "eyJhbGciOiJub25lIn0%.*s", (int)(dot - strchr(token, '.')) + 1,
			     strchr(token, '.')) > 0);
	free(token);
	return sealed(cut);
}

static char *
forged_within(char *token)
{
	char *dot = strrchr(token, '.');

	dot[5] = dot[5] == 'A' ? 'B' : 'A';
	return sealed(token);
}

static char *
to_another_key(char *token)
{
	const struct jose_jwe how = {.kind = "P-256", .alg = ALG, .enc = ENC, .plain = token};
	char *compact = jose_encrypt(&how);
	size_t len = 0;
	unsigned char *bytes = jose_segment_bytes(&len, compact, 1);
	char *changed;

	bytes[3] ^= 1;
	changed = jose_with_segment(compact, 1, bytes, len);
	free(bytes);
	free(compact);
	free(token);
	return changed;
}

/* @spec OpenID Connect Core section 3.1.3.7 (1); RFC 8725 section 3.2 */
static void
test_encryption__id_token_of_a_login_is_opened_and_judged_as_ever(void **state)
{
	static const struct {
		const char *name;
		const struct belgo_client_encryption *agreed;
		char *(*make)(char *token);
		const char *subject;
		belgo_rc want;
	} rows[] = {
	    {"agreed, and so it comes", &id_token_alone, sealed, "alice", BELGO_OK},
	    {"signed alone, and nothing agreed", NULL, as_is, "alice", BELGO_OK},
	    {"J16 encrypted, and nothing agreed", NULL, sealed, "alice", BELGO_EPROTO},
	    {"J16 encrypted, and userinfo agreed", &userinfo_alone, sealed, "alice", BELGO_EPROTO},
	    {"signed alone, though agreed", &id_token_alone, as_is, "alice", BELGO_ESIGNATURE},
	    {"with another enc", &id_token_alone, with_another_enc, "alice", BELGO_ESIGNATURE},
	    {"with another alg", &id_token_alone, with_another_alg, "alice", BELGO_ESIGNATURE},
	    {"of claims that nobody signed", &id_token_alone, of_claims_alone, "alice", BELGO_EPROTO},
	    {"alg none within", &id_token_alone, unsigned_within, "alice", BELGO_EPROTO},
	    {"forged within", &id_token_alone, forged_within, "alice", BELGO_ESIGNATURE},
	    {"encrypted twice", &id_token_alone, twice, "alice", BELGO_EPROTO},
	    {"for another key", &id_token_alone, to_another_key, "alice", BELGO_ESIGNATURE},
	    {"an empty subject within", &id_token_alone, sealed, "", BELGO_EPROTO},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		struct world *w = agreed_world(rows[i].agreed, "");
		char *token = token_for_login(w, rows[i].subject), *plain = strdup(token), *kept = NULL;
		struct belgo_error err = {0};

		assert_row(rows[i].name, log_in(w, rows[i].make(token), &err, &kept) == rows[i].want);
		assert_row(rows[i].name, err.rc == rows[i].want);
		/* what is kept, handed out and sent as a hint is the signed token */
		assert_row(rows[i].name, (kept != NULL) == (rows[i].want == BELGO_OK));
		if (kept != NULL)
			assert_row(rows[i].name, strcmp(kept, plain) == 0);
		free(plain);
		free(kept);
		world_free(&w);
	}
}

/* The secret comes from the program, the agreement from the store. */
static belgo_rc
find_secret(void *arg, const char *provider, const char *issuer, const char *client_id, char **out,
	    struct belgo_error *err)
{
	(void)arg;
	(void)provider;
	(void)issuer;
	(void)client_id;
	(void)err;
	*out = strdup(CLIENT_SECRET);
	return BELGO_OK;
}

static void
test_encryption__holds_whoever_knows_the_secret(void **state)
{
	(void)state;
	for (int is_given = 0; is_given <= 1; is_given++) {
		struct world *w = agreed_world(&id_token_alone, "");
		struct belgo_login_params params = login_params(w);
		struct belgo_op *op;
		char *reply, *token;

		if (is_given)
			params.client_secret = CLIENT_SECRET;
		else
			world_params(w)->find_secret = find_secret;
		world_restart(w);
		params.provider = world_provider(w);
		token = sealed(token_for_login(w, "alice"));
		reply = token_reply(AT1, RT1, token, "");
		world_answer(w, WORLD_TOKEN, 200, reply);
		op = login_of(w, &params);
		world_drive_until(w, op, "listen");
		world_redirect(w, "code=" CODE "&state={state}");
		assert_int_equal(world_run(op, NULL), BELGO_OK);
		free(reply);
		free(token);
		world_free(&w);
	}
}

/* Staged as it came, kept as it was signed; what is refused brings the old record back. */
static void
test_encryption__id_token_of_a_refresh_is_opened_too(void **state)
{
	struct world *w = agreed_world(&id_token_alone, "");
	struct planted a = plant_alice(w, -1);
	char *token = id_token_of(w, "alice", "");

	(void)state;
	answer_token(w, AT2, RT2, sealed(strdup(token)));
	assert_int_equal(get_token_rc(w, &a, NULL), BELGO_OK);
	assert_true(stored_has(w, &a, token) && stored_has(w, &a, RT2));
	assert_true(world_came_before(w, "stage", "put"));
	world_advance(w, 7200);
	answer_token(w, AT3, RT3, token); /* frees it */
	assert_int_equal(get_token_rc(w, &a, NULL), BELGO_ESIGNATURE);
	assert_true(stored_has(w, &a, RT2) && !stored_has(w, &a, RT3));
	assert_null(world_store_staged(w, a.store_key));
	world_free(&w);
}

/* What cannot be read is known before the refresh token is spent. */
static void
test_encryption__that_is_damaged_costs_no_refresh_token(void **state)
{
	static const char *const damaged[] = {
	    "\"encryption\":1",
	    "\"encryption\":{}",
	    "\"encryption\":{\"key\":{\"kty\":\"EC\"},\"id_token_encrypted_response_alg\":\"ECDH-ES\"}",
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(damaged); i++) {
		struct world *w = agreed_world(NULL, "");
		struct planted a = plant_alice(w, -1);

		plant_client(w, damaged[i]);
		assert_row(damaged[i], get_token_rc(w, &a, NULL) == BELGO_ESTORE);
		assert_row(damaged[i], world_sent(w, WORLD_TOKEN) == NULL && stored_has(w, &a, RT1));
		world_free(&w);
	}
}

#define CLAIMS "{\"iss\":\"" WORLD_ISSUER "\",\"aud\":\"" WORLD_CLIENT "\",\"sub\":\"alice\"}"
#define ABOUT                                                                                                \
	"{\"iss\":\"" WORLD_ISSUER "\",\"aud\":\"" WORLD_CLIENT                                              \
	"\",\"iat\":1800000000,\"token_introspection\":{\"active\":true}}"

static char *
signed_text(const char *header, const char *payload)
{
	return jose_sign(jose_key("RSA-2048", 0), "RS256", header, payload);
}

static char *
userinfo_jwt(void)
{
	return signed_text("{\"alg\":\"RS256\",\"kid\":\"k1\"}", CLAIMS);
}

static char *
introspection_jwt(void)
{
	return signed_text("{\"alg\":\"RS256\",\"kid\":\"k1\",\"typ\":\"token-introspection+jwt\"}", ABOUT);
}

struct answer {
	const char *name;
	const struct belgo_client_encryption *agreed;
	const char *media_type;
	char *(*make)(char *token); /* NULL: JSON */
	belgo_rc want;
};

static belgo_rc
ask(struct world *w, const char *url, const struct answer *row, char *jwt, const char *json,
    struct belgo_op *op)
{
	char *body = row->make != NULL ? row->make(jwt) : strdup(json);
	belgo_rc rc;

	if (row->make == NULL)
		free(jwt);
	world_answer(w, url, 200, body);
	world_answer_header(w, "content-type", row->media_type);
	free(body);
	rc = world_finish(op, NULL);
	assert_row(row->name, (belgo_op_json(op) != NULL) == (rc == BELGO_OK));
	belgo_op_free(&op);
	return rc;
}

/* @spec OpenID Connect Core section 5.3.2 */
static void
test_encryption__userinfo_comes_as_it_was_agreed_or_not_at_all(void **state)
{
	static const struct answer rows[] = {
	    {"as agreed", &userinfo_alone, "application/jwt", sealed, BELGO_OK},
	    {"nothing agreed", NULL, "application/json", NULL, BELGO_OK},
	    {"nothing agreed, signed", NULL, "application/jwt", as_is, BELGO_OK},
	    {"nothing agreed, encrypted", NULL, "application/jwt", sealed, BELGO_EPROTO},
	    {"another answer agreed", &id_token_alone, "application/jwt", sealed, BELGO_EPROTO},
	    {"JSON, though agreed", &userinfo_alone, "application/json", NULL, BELGO_ESIGNATURE},
	    {"signed, though agreed", &userinfo_alone, "application/jwt", as_is, BELGO_ESIGNATURE},
	    {"encrypted, as JSON", &userinfo_alone, "application/json", sealed, BELGO_ESIGNATURE},
	    {"claims that nobody signed", &userinfo_alone, "application/jwt", of_claims_alone, BELGO_EPROTO},
	    {"forged within", &userinfo_alone, "application/jwt", forged_within, BELGO_ESIGNATURE},
	    {"another enc", &userinfo_alone, "application/jwt", with_another_enc, BELGO_ESIGNATURE},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		struct world *w = agreed_world(rows[i].agreed, "");
		struct planted a = plant_alice(w, 3600);
		struct belgo_op *op = NULL;

		assert_int_equal(belgo_userinfo_op(&op, world_client(w), a.key, NULL), BELGO_OK);
		assert_row(rows[i].name,
			   ask(w, WORLD_USERINFO, &rows[i], userinfo_jwt(), CLAIMS, op) == rows[i].want);
		if (rows[i].agreed == &userinfo_alone)
			assert_row(rows[i].name, strcasestr(world_sent_headers(w, WORLD_USERINFO),
							    "accept: application/jwt\n") != NULL);
		world_free(&w);
	}
}

/* @spec RFC 9701 section 5 */
static void
test_encryption__introspection_comes_as_it_was_agreed_or_not_at_all(void **state)
{
	static const char jwt[] = "application/token-introspection+jwt";
	static const struct answer rows[] = {
	    {"as agreed", &introspection_alone, jwt, sealed, BELGO_OK},
	    {"nothing agreed", NULL, "application/json", NULL, BELGO_OK},
	    {"nothing agreed, encrypted", NULL, jwt, sealed, BELGO_EPROTO},
	    {"JSON, though agreed", &introspection_alone, "application/json", NULL, BELGO_ESIGNATURE},
	    {"signed, though agreed", &introspection_alone, jwt, as_is, BELGO_ESIGNATURE},
	    {"forged within", &introspection_alone, jwt, forged_within, BELGO_ESIGNATURE},
	    {"encrypted twice", &introspection_alone, jwt, twice, BELGO_EPROTO},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		struct world *w = agreed_world(rows[i].agreed, ENDPOINT);
		struct planted a = plant_alice(w, 3600);
		struct belgo_op *op = NULL;

		assert_int_equal(belgo_introspect_op(&op, world_client(w), a.key, BELGO_ACCESS_TOKEN, NULL),
				 BELGO_OK);
		assert_row(rows[i].name, ask(w, INTROSPECT, &rows[i], introspection_jwt(),
					     "{\"active\":true}", op) == rows[i].want);
		if (rows[i].agreed != NULL)
			assert_row(rows[i].name,
				   strcasestr(world_sent_headers(w, INTROSPECT),
					      "accept: application/token-introspection+jwt\n") != NULL);
		world_free(&w);
	}
}

/* A refusal is no answer: it comes in the open, and keeps its words. */
static void
test_encryption__errors_come_in_the_open(void **state)
{
	struct world *w = agreed_world(&userinfo_alone, "");
	struct planted a = plant_alice(w, 3600);
	struct belgo_op *op = NULL;

	(void)state;
	world_answer(w, WORLD_USERINFO, 403, "{\"error\":\"insufficient_scope\"}");
	assert_int_equal(belgo_userinfo_op(&op, world_client(w), a.key, NULL), BELGO_OK);
	assert_int_equal(world_run(op, NULL), BELGO_EDENIED);
	world_free(&w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_encryption__is_kept_beside_the_secret_and_shows_its_public_half),
	    cmocka_unit_test(test_encryption__alone_makes_a_record_and_its_removal_none),
	    cmocka_unit_test(test_encryption__is_agreed_in_algorithms_that_are_known_and_fit_the_key),
	    cmocka_unit_test(test_encryption__makes_a_key_where_none_is_given),
	    cmocka_unit_test(test_encryption__id_token_of_a_login_is_opened_and_judged_as_ever),
	    cmocka_unit_test(test_encryption__holds_whoever_knows_the_secret),
	    cmocka_unit_test(test_encryption__id_token_of_a_refresh_is_opened_too),
	    cmocka_unit_test(test_encryption__that_is_damaged_costs_no_refresh_token),
	    cmocka_unit_test(test_encryption__userinfo_comes_as_it_was_agreed_or_not_at_all),
	    cmocka_unit_test(test_encryption__introspection_comes_as_it_was_agreed_or_not_at_all),
	    cmocka_unit_test(test_encryption__errors_come_in_the_open),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
