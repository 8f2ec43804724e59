/*
 * Each allocation of an operation fails in turn: nothing leaks, nothing crashes, nothing is lost, and what
 * ends well has done what it says.
 */
#include "fixture.h"

#include "harness/failalloc.h"
#include "harness/jwe_make.h"
#include "harness/seams_stub.h"

/* What a run has come to; read before the operation is freed. */
#define RESOURCE "https://api.example/mcp"

struct outcome {
	belgo_rc rc;
	belgo_rc told; /* what the error says */
	size_t n_accounts;
	int warned;
	int json;
	size_t n_data;
	int web;
};

struct scenario {
	const char *name;
	/* Not disturbed. */
	void (*prepare)(struct world *w, struct planted *a);
	belgo_rc (*make)(struct belgo_op **op, struct world *w, const struct planted *a);
	void (*check)(struct world *w, struct planted *a, const struct outcome *got);
	int has_escapes; /* in JSON that it parses: see failalloc_spare_jansson() */
};

/* The world's provider always answers alike, so what is costly to make is made once. */
static char *key_set, *access_token, *refresh_reply, *login_reply, *again_reply, *signed_reply,
    *signed_claims, *signed_redirect;
static char *encrypted_reply;
static struct belgo_provider *with_photo;

#define PHOTO WORLD_ISSUER "/photo"

static void
refresh_is_answered(struct world *w, struct planted *a)
{
	world_metadata(w, "");
	world_answer_always(w, WORLD_JWKS, 200, key_set);
	world_answer_always(w, WORLD_TOKEN, 200, refresh_reply);
	*a = plant_alice(w, -1);
}

/* Nothing is published. */
static void
refresh_is_answered_in_silence(struct world *w, struct planted *a)
{
	*a = (struct planted){.issuer = "https://api.example",
			      .resource = RESOURCE,
			      .account = ",\"at_fixed_paths\":1",
			      .is_oauth = 1,
			      .refresh_token = RT1,
			      .expires_at = WORLD_NOW - 1};
	plant(w, a);
	world_answer_always(w, "https://api.example/token", 200, refresh_reply);
}

static void
replies_are_made(struct world *w, struct planted *a, const char *metadata)
{
	struct planted bob = {.subject = "bob", .is_oauth = 1};

	world_metadata(w, metadata);
	world_answer_always(w, WORLD_JWKS, 200, key_set);
	world_answer_always(w, WORLD_TOKEN, 200, login_reply);
	world_answer_always(w, WORLD_USERINFO, 200, "{\"sub\":\"alice\",\"email\":\"alice@op.example\"}");
	plant(w, &bob);
	planted_name(a);
}

static void
login_is_answered(struct world *w, struct planted *a)
{
	replies_are_made(w, a, "");
	world_redirect(w, "code=" CODE "&state={state}");
}

/* Of who has an account with another scope, and without a new refresh token. */
static void
login_again_is_answered(struct world *w, struct planted *a)
{
	login_is_answered(w, a);
	world_forget_answers(w, WORLD_TOKEN);
	world_answer_always(w, WORLD_TOKEN, 200, again_reply);
	a->refresh_token = RT1;
	a->name = "work";
	a->scope = "openid files";
	plant(w, a);
}

static void
signed_login_is_answered(struct world *w, struct planted *a)
{
	replies_are_made(w, a, "");
	world_redirect(w, signed_redirect);
}

/* The ID token of refresh_reply has no nonce. */
static void
refresh_token_login_is_answered(struct world *w, struct planted *a)
{
	replies_are_made(w, a, "");
	world_forget_answers(w, WORLD_TOKEN);
	world_answer_always(w, WORLD_TOKEN, 200, refresh_reply);
}

static void
refresh_token_login_is_nobodys(struct world *w, struct planted *a)
{
	char reply[256];

	replies_are_made(w, a, "");
	world_forget_answers(w, WORLD_TOKEN);
	(void)snprintf(reply, sizeof(reply),
		       "{\"access_token\":\"%s\",\"token_type\":\"Bearer\",\"refresh_token\":\"%s\"}", AT2,
		       RT2);
	world_answer_always(w, WORLD_TOKEN, 200, reply);
	world_forget_answers(w, WORLD_USERINFO);
	world_answer_always(w, WORLD_USERINFO, 401, "{}");
}

/* The URL does not hold the state. */
static void
pushed_login_is_answered(struct world *w, struct planted *a)
{
	char *state = world_foretell(w, 1), params[256];

	replies_are_made(w, a,
			 "\"pushed_authorization_request_endpoint\":\"" WORLD_ISSUER
			 "/par\",\"require_pushed_authorization_requests\":true,");
	world_answer_always(w, WORLD_ISSUER "/par", 201, "{\"request_uri\":\"urn:1\",\"expires_in\":60}");
	(void)snprintf(params, sizeof(params), "code=" CODE "&state=%s", state);
	world_redirect(w, params);
	free(state);
}

static belgo_rc
make_token(struct belgo_op **op, struct world *w, const struct planted *a)
{
	struct belgo_token_params params = {.account_key = a->key};

	return belgo_token_op(op, world_client(w), &params, NULL);
}

static belgo_rc
make_further(struct belgo_op **op, struct world *w, const struct planted *a)
{
	static const char *const list[] = {"https://api.example/", "https://other.example/"};
	struct belgo_token_params params = {
	    .account_key = a->key, .scope = "b a", .resources = list, .n_resources = 2};

	return belgo_token_op(op, world_client(w), &params, NULL);
}

/* The account's own access token is expired, and stays it. */
static void
check_further(struct world *w, struct planted *a, const struct outcome *got)
{
	assert_true(stored_has(w, a, AT1) && (stored_has(w, a, RT1) || stored_has(w, a, RT2)));
	assert_true(!stored_has(w, a, AT2) || stored_has(w, a, RT2));
	assert_true(got->rc != BELGO_OK || stored_has(w, a, AT2));
	assert_null(world_cached_token(w));
}

static belgo_rc
make_login(struct belgo_op **op, struct world *w, const struct planted *a)
{
	static const char *const list[] = {"https://api.example/", "https://other.example/"};
	static const struct belgo_param extra[] = {{"a", "b"}, {"c", "d"}};
	static const int ports[] = {1, 2};
	struct belgo_login_params params = login_params(w);

	(void)a;
	params.account_name = "work";
	params.client_secret = CLIENT_SECRET;
	params.login_hint = "alice";
	params.resources = list;
	params.n_resources = 2;
	params.extra_client_ids = list;
	params.n_extra_client_ids = 2;
	params.extra = extra;
	params.n_extra = 2;
	params.ports = ports;
	params.n_ports = 2;
	return belgo_login_op(op, world_client(w), &params, NULL);
}

static belgo_rc
make_jarm_login(struct belgo_op **op, struct world *w, const struct planted *a)
{
	struct belgo_login_params params = login_params(w);

	(void)a;
	params.response_mode_set = 1;
	params.response_mode = BELGO_RESPONSE_JWT;
	return belgo_login_op(op, world_client(w), &params, NULL);
}

static belgo_rc
make_client_login(struct belgo_op **op, struct world *w, const struct planted *a)
{
	const struct belgo_login_params params = {.provider = world_provider(w),
						  .client_id = WORLD_CLIENT,
						  .client_secret = CLIENT_SECRET,
						  .scope = "a"};

	(void)a;
	return belgo_client_login_op(op, world_client(w), &params, NULL);
}

static void
check_client_login(struct world *w, struct planted *a, const struct outcome *got)
{
	(void)a;
	assert_true(got->rc != BELGO_OK || world_count(w, "put") == 1);
}

/* What came was held before, or could not be. */
static void
check_nobodys_login(struct world *w, struct planted *a, const struct outcome *got)
{
	size_t puts = world_count(w, "put");

	(void)a;
	assert_true(got->rc != BELGO_OK || puts == 1 || puts == 2);
}

static void
check_refresh_token_login(struct world *w, struct planted *a, const struct outcome *got)
{
	assert_true(got->rc != BELGO_OK || stored_has(w, a, RT2));
}

static belgo_rc
make_refresh_token_login(struct belgo_op **op, struct world *w, const struct planted *a)
{
	const struct belgo_login_params params = {.provider = world_provider(w),
						  .client_id = WORLD_CLIENT,
						  .client_secret = CLIENT_SECRET,
						  .refresh_token = RT1,
						  .account_name = "moved",
						  .identity = BELGO_IDENTITY_OPTIONAL,
						  .scope = "openid"};

	(void)a;
	return belgo_refresh_token_login_op(op, world_client(w), &params, NULL);
}

static belgo_rc
make_id_token_login(struct belgo_op **op, struct world *w, const struct planted *a)
{
	static const char *const more[] = {"client-of-the-phone"};
	const struct belgo_login_params params = {.provider = world_provider(w),
						  .client_id = WORLD_CLIENT,
						  .extra_client_ids = more,
						  .n_extra_client_ids = 1,
						  .account_name = "handed",
						  .scope = "openid"};
	const struct belgo_id_token_params token = {
	    .id_token = signed_claims, .access_token = AT1, .refresh_token = RT1};

	(void)a;
	return belgo_id_token_login_op(op, world_client(w), &params, &token, NULL);
}

static belgo_rc
make_bare_id_token_login(struct belgo_op **op, struct world *w, const struct planted *a)
{
	const struct belgo_login_params params = {.provider = world_provider(w), .client_id = WORLD_CLIENT};
	const struct belgo_id_token_params token = {.id_token = signed_claims};

	(void)a;
	return belgo_id_token_login_op(op, world_client(w), &params, &token, NULL);
}

static void
check_bare_id_token_login(struct world *w, struct planted *a, const struct outcome *got)
{
	(void)a;
	(void)got;
	assert_int_equal(world_count(w, "put") + world_count(w, "stage"), 0);
}

static belgo_rc
make_replacing_login(struct belgo_op **op, struct world *w, const struct planted *a)
{
	struct belgo_login_params params = login_params(w);

	(void)a;
	params.account_name = "bob";
	params.replace = BELGO_REPLACE_ANY_USER;
	return belgo_login_op(op, world_client(w), &params, NULL);
}

static belgo_rc
make_accounts(struct belgo_op **op, struct world *w, const struct planted *a)
{
	(void)a;
	return belgo_accounts_op(op, world_client(w), NULL);
}

static belgo_rc
make_rename(struct belgo_op **op, struct world *w, const struct planted *a)
{
	return belgo_rename_op(op, world_client(w), a->key, "work", NULL);
}

static belgo_rc
make_logout(struct belgo_op **op, struct world *w, const struct planted *a)
{
	return belgo_logout_op(op, world_client(w), a->key, NULL);
}

static belgo_rc
make_userinfo(struct belgo_op **op, struct world *w, const struct planted *a)
{
	return belgo_userinfo_op(op, world_client(w), a->key, NULL);
}

static belgo_rc
make_end_session(struct belgo_op **op, struct world *w, const struct planted *a)
{
	const struct belgo_end_session_params params = {
	    .account_key = a->key, .post_logout_redirect_uri = "https://app.example/out"};

	return belgo_end_session_op(op, world_client(w), &params, NULL);
}

static belgo_rc
make_revoke(struct belgo_op **op, struct world *w, const struct planted *a)
{
	return belgo_revoke_op(op, world_client(w), a->key, NULL);
}

static belgo_rc
make_exchange(struct belgo_op **op, struct world *w, const struct planted *a)
{
	static const char *const list[] = {"https://api.example/", "https://other.example/"};
	const struct belgo_token_exchange_params params = {.account_key = a->key,
							   .actor_account_key = a->key,
							   .requested_token_type = "jwt",
							   .resources = list,
							   .n_resources = 2,
							   .audiences = list,
							   .n_audiences = 2,
							   .scope = "b a"};

	return belgo_token_exchange_op(op, world_client(w), &params, NULL);
}

static belgo_rc
make_access_token_asking(struct belgo_op **op, struct world *w, const struct planted *a)
{
	static const char *const names[] = {"https://api.example"};
	struct belgo_access_token_params params = {.provider = world_provider(w),
						   .token = AT1,
						   .audiences = names,
						   .n_audiences = BG_LEN(names),
						   .scope = "read",
						   .introspect_as = WORLD_CLIENT,
						   .client_secret = CLIENT_SECRET};

	(void)a;
	return belgo_access_token_verify_op(op, world_client(w), &params, NULL);
}

static belgo_rc
make_introspect(struct belgo_op **op, struct world *w, const struct planted *a)
{
	return belgo_introspect_op(op, world_client(w), a->key, BELGO_ACCESS_TOKEN, NULL);
}

static belgo_rc
make_discovery(struct belgo_op **op, struct world *w, const struct planted *a)
{
	(void)a;
	return belgo_discover_op(op, world_client(w), world_provider(w), NULL);
}

static void
resource_is_guarded(struct world *w, struct planted *a)
{
	static const char metadata[] = "https://api.example/.well-known/oauth-protected-resource/mcp";

	world_answer_always(w, RESOURCE, 401, "{}");
	world_answer_header(w, "WWW-Authenticate", "Bearer scope=\"read\"");
	world_answer_always(w, metadata, 200,
			    "{\"resource\":\"" RESOURCE "\",\"authorization_servers\":[\"" WORLD_ISSUER
			    "\"]}");
	planted_name(a);
}

static void
resource_is_silent(struct world *w, struct planted *a)
{
	world_answer_always(w, RESOURCE, 401, "{}");
	planted_name(a);
}

static belgo_rc
make_resource_discovery(struct belgo_op **op, struct world *w, const struct planted *a)
{
	(void)a;
	return belgo_resource_discover_op(op, world_client(w), RESOURCE, NULL);
}

static belgo_rc
make_photo(struct belgo_op **op, struct world *w, const struct planted *a)
{
	return belgo_photo_op(op, world_client(w), a->key, NULL);
}

static belgo_rc
judge_access_token(struct belgo_op **op, struct world *w, const char *jwks, const char *jwks_uri)
{
	static const char *const names[] = {WORLD_CLIENT};
	struct belgo_access_token_params params = {.provider = world_provider(w),
						   .token = access_token,
						   .audiences = names,
						   .n_audiences = BG_LEN(names),
						   .client_ids = names,
						   .n_client_ids = BG_LEN(names),
						   .scope = "read write",
						   .profile = BELGO_ACCESS_TOKEN_PLAIN_JWT,
						   .jwks = jwks,
						   .jwks_uri = jwks_uri};

	return belgo_access_token_verify_op(op, world_client(w), &params, NULL);
}

static belgo_rc
make_access_token(struct belgo_op **op, struct world *w, const struct planted *a)
{
	(void)a;
	return judge_access_token(op, w, NULL, NULL);
}

static belgo_rc
make_access_token_with_keys(struct belgo_op **op, struct world *w, const struct planted *a)
{
	(void)a;
	return judge_access_token(op, w, key_set, NULL);
}

static belgo_rc
make_access_token_with_keys_elsewhere(struct belgo_op **op, struct world *w, const struct planted *a)
{
	(void)a;
	return judge_access_token(op, w, NULL, WORLD_JWKS);
}

static belgo_rc
make_secret(struct belgo_op **op, struct world *w, const struct planted *a)
{
	(void)a;
	return belgo_client_secret_op(op, world_client(w), WORLD_ISSUER, WORLD_CLIENT, CLIENT_SECRET, NULL);
}

static char *private_key;

static belgo_rc
make_key(struct belgo_op **op, struct world *w, const struct planted *a)
{
	(void)a;
	return belgo_client_key_op(op, world_client(w), WORLD_ISSUER, WORLD_CLIENT, private_key, NULL);
}

static belgo_rc
make_encryption(struct belgo_op **op, struct world *w, const struct planted *a)
{
	const struct belgo_client_encryption encryption = {.key = private_key,
							   .id_token_encrypted_response_alg = "ECDH-ES"};

	(void)a;
	return belgo_client_encryption_op(op, world_client(w), WORLD_ISSUER, WORLD_CLIENT, &encryption, NULL);
}

static void
refresh_is_encrypted(struct world *w, struct planted *a)
{
	char members[1024];

	world_answer_always(w, WORLD_TOKEN, 200, encrypted_reply);
	refresh_is_answered(w, a);
	(void)snprintf(members, sizeof(members),
		       "\"encryption\":{\"key\":%s,\"id_token_encrypted_response_alg\":\"ECDH-ES\","
		       "\"id_token_encrypted_response_enc\":\"A128GCM\"}",
		       private_key);
	plant_client(w, members);
}

static void
refresh_is_signed(struct world *w, struct planted *a)
{
	char id[BG_ID_SIZE], key[BG_KEY_SIZE];
	BG_AUTO(bg_json_free)
	json_t *record = json_pack("{s:i,s:s}", "version", 1, "private_key", private_key);
	char *text = json_dumps(record, 0);

	assert_non_null(text);
	refresh_is_answered(w, a);
	world_metadata(w, "\"token_endpoint_auth_methods_supported\":[\"private_key_jwt\"],");
	assert_int_equal(bg_client_key(id, WORLD_ISSUER, WORLD_CLIENT), BELGO_OK);
	bg_store_key(key, "client", id);
	world_store_set(w, key, text);
	free(text);
}

static belgo_rc
make_vouching_login(struct belgo_op **op, struct world *w, const struct planted *a)
{
	const struct belgo_login_params params = {.provider = world_provider(w),
						  .client_id = WORLD_CLIENT,
						  .scope = "a",
						  .jwt_bearer_subject = "robot"};

	(void)a;
	return belgo_client_login_op(op, world_client(w), &params, NULL);
}

static void
check_vouching_login(struct world *w, struct planted *a, const struct outcome *got)
{
	const char *body = world_sent(w, WORLD_TOKEN);

	(void)a;
	assert_true(body == NULL ||
		    (strstr(body, "&assertion=ey") != NULL && strstr(body, "&client_assertion=ey") != NULL));
	assert_true(got->rc != BELGO_OK || body != NULL);
}

static void
registration_is_answered(struct world *w, struct planted *a)
{
	(void)a;
	world_metadata(w, "\"registration_endpoint\":\"" WORLD_ISSUER "/register\",");
	world_answer_always(w, WORLD_ISSUER "/register", 201,
			    "{\"client_id\":\"c\",\"registration_access_token\":\"rat\","
			    "\"registration_client_uri\":\"" WORLD_ISSUER "/register\"}");
}

static belgo_rc
make_registration(struct belgo_op **op, struct world *w, const struct planted *a)
{
	const struct belgo_client_register_params params = {.provider = world_provider(w),
							    .client_name = "app"};

	(void)a;
	return belgo_client_register_op(op, world_client(w), &params, NULL);
}

static void
client_is_registered(struct world *w, struct planted *a)
{
	struct belgo_op *op = NULL;

	registration_is_answered(w, a);
	assert_int_equal(make_registration(&op, w, a), BELGO_OK);
	assert_int_equal(world_run(op, NULL), BELGO_OK);
	world_forget_answers(w, WORLD_ISSUER "/register");
	world_answer_always(w, WORLD_ISSUER "/register", 200,
			    "{\"client_id\":\"c\",\"registration_access_token\":\"rat2\"}");
	world_journal_clear(w);
}

static belgo_rc
make_update(struct belgo_op **op, struct world *w, const struct planted *a)
{
	const struct belgo_client_register_params params = {.provider = world_provider(w),
							    .client_name = "renamed"};

	(void)a;
	return belgo_client_update_op(op, world_client(w), &params, NULL);
}

/* Either refresh token is there, and with it the next call goes on. */
static void
check_token(struct world *w, struct planted *a, const struct outcome *got)
{
	if (got->rc == BELGO_OK)
		assert_true(stored_has(w, a, RT2) && stored_has(w, a, "\"pending\":0"));
	else
		assert_true(stored_has(w, a, RT1) || stored_has(w, a, RT2));
	assert_false(stored_has(w, a, "\"needs_login\":1"));
	assert_int_equal(get_token_rc(w, a, NULL), BELGO_OK);
	assert_true(stored_has(w, a, RT2));
}

static void
check_login(struct world *w, struct planted *a, const struct outcome *got)
{
	assert_int_equal(world_count(w, "page ok"), got->rc == BELGO_OK);
	assert_true(got->rc != BELGO_OK || stored_has(w, a, RT1));
}

static void
check_login_again(struct world *w, struct planted *a, const struct outcome *got)
{
	check_login(w, a, got);
	assert_true(stored_has(w, a, RT1));
	assert_int_equal(stored_has(w, a, "refresh_scope"), world_count(w, "put") > 0);
}

static void
two_accounts(struct world *w, struct planted *a)
{
	struct planted bob = {.subject = "bob", .is_oauth = 1};

	*a = (struct planted){.refresh_token = RT1, .is_oauth = 1};
	plant(w, a);
	plant(w, &bob);
}

static void
check_accounts(struct world *w, struct planted *a, const struct outcome *got)
{
	(void)w;
	(void)a;
	assert_true(got->rc != BELGO_OK || got->n_accounts == 2 || got->warned || failalloc_was_jansson());
}

static void
check_rename(struct world *w, struct planted *a, const struct outcome *got)
{
	assert_true(stored_has(w, a, got->rc == BELGO_OK ? "\"name\":\"work\"" : "\"name\":"));
	assert_true(stored_has(w, a, RT1));
}

static void
accounts_are_sealed(struct world *w, struct planted *a)
{
	static const struct belgo_token_key key = {"a key of thirty-two bytes, no 0"};
	struct belgo_op *op = NULL;

	two_accounts(w, a);
	world_params(w)->token_keys = &key;
	world_params(w)->n_token_keys = 1;
	world_restart(w);
	assert_int_equal(belgo_rename_op(&op, world_client(w), a->key, "sealed", NULL), BELGO_OK);
	assert_int_equal(world_run(op, NULL), BELGO_OK);
}

/* It still opens, and no token of it was ever written in the clear. */
static void
check_sealed(struct world *w, struct planted *a, const struct outcome *got)
{
	struct belgo_op *op = NULL;

	assert_true(stored_has(w, a, got->rc == BELGO_OK ? "\"name\":\"work\"" : "\"sealed\":"));
	assert_false(stored_has(w, a, WORLD_SECRET));
	assert_int_equal(belgo_account_op(&op, world_client(w), a->key, NULL), BELGO_OK);
	assert_int_equal(world_run(op, NULL), BELGO_OK);
}

static void
logout_is_answered(struct world *w, struct planted *a)
{
	world_metadata(w, "");
	world_answer_always(w, WORLD_REVOKE, 200, "");
	two_accounts(w, a);
}

static void
check_logout(struct world *w, struct planted *a, const struct outcome *got)
{
	assert_true(got->rc != BELGO_OK || (world_store_value(w, a->store_key) == NULL && got->json));
}

/* What was not told is still there. */
static void
check_revoke(struct world *w, struct planted *a, const struct outcome *got)
{
	assert_true(got->rc != BELGO_OK || stored_has(w, a, "\"needs_login\":1"));
	assert_int_equal(stored_has(w, a, RT1), world_count(w, "put") == 0);
}

static void
session_can_be_ended(struct world *w, struct planted *a)
{
	world_metadata(w, "\"end_session_endpoint\":\"" WORLD_ISSUER "/end\",");
	two_accounts(w, a);
}

static void
introspection_is_answered(struct world *w, struct planted *a)
{
	world_metadata(w, "\"introspection_endpoint\":\"" WORLD_ISSUER "/introspect\",");
	world_answer_always(w, WORLD_JWKS, 200, key_set);
	world_answer_always(w, WORLD_ISSUER "/introspect", 200, signed_reply);
	world_answer_header(w, "content-type", "application/token-introspection+jwt");
	two_accounts(w, a);
}

static void
exchange_is_answered(struct world *w, struct planted *a)
{
	world_metadata(w, "");
	*a = (struct planted){.refresh_token = RT1, .expires_at = WORLD_NOW + 3600};
	plant(w, a);
	world_answer_always(w, WORLD_TOKEN, 200,
			    "{\"access_token\":\"" AT2 "\",\"token_type\":\"N_A\",\"scope\":\"b\","
			    "\"issued_token_type\":\"urn:ietf:params:oauth:token-type:jwt\"}");
}

static void
check_exchange(struct world *w, struct planted *a, const struct outcome *got)
{
	assert_true(got->rc != BELGO_OK || got->json);
	assert_true(stored_has(w, a, AT1) && !stored_has(w, a, AT2));
}

static void
userinfo_is_answered(struct world *w, struct planted *a)
{
	refresh_is_answered(w, a);
	two_accounts(w, a);
	world_answer(w, WORLD_USERINFO, 401, "{}");
	world_answer_always(w, WORLD_USERINFO, 200, "{\"sub\":\"alice\"}");
}

static void
userinfo_wants_a_certificate(struct world *w, struct planted *a)
{
	userinfo_is_answered(w, a);
	world_metadata(w, "\"token_endpoint_auth_methods_supported\":[\"tls_client_auth\"],"
			  "\"mtls_endpoint_aliases\":{\"token_endpoint\":\"" WORLD_TOKEN "\"},");
	plant_client(w, "\"certificate\":\"pem." WORLD_SECRET "\"");
}

static void
userinfo_is_signed(struct world *w, struct planted *a)
{
	refresh_is_answered(w, a);
	two_accounts(w, a);
	world_answer_always(w, WORLD_USERINFO, 200, signed_claims);
	world_answer_header(w, "content-type", "application/jwt");
}

static void
check_json(struct world *w, struct planted *a, const struct outcome *got)
{
	(void)w;
	(void)a;
	assert_true(got->rc != BELGO_OK || got->json);
}

static void
photo_is_answered(struct world *w, struct planted *a)
{
	*a = (struct planted){
	    .provider = "builtin", .is_oauth = 1, .refresh_token = RT1, .expires_at = WORLD_NOW + 3600};
	plant(w, a);
	world_answer_always(w, PHOTO, 200, "GIF89a...");
	world_answer_header(w, "content-type", "image/gif");
}

static void
check_photo(struct world *w, struct planted *a, const struct outcome *got)
{
	assert_true(got->rc != BELGO_OK || got->n_data == strlen("GIF89a..."));
	assert_true(stored_has(w, a, RT1));
}

static void
check_secret(struct world *w, struct planted *a, const struct outcome *got)
{
	(void)a;
	assert_int_equal(world_count(w, "put"), got->rc == BELGO_OK);
}

static struct outcome
run(const struct scenario *s, struct world *w, const struct planted *a)
{
	struct belgo_error err = {0};
	struct belgo_op *op = NULL;
	struct outcome got = {.rc = s->make(&op, w, a)};

	got.told = got.rc;
	if (got.rc != BELGO_OK)
		return got;
	got.rc = belgo_op_run(op, &err);
	got.told = err.rc;
	if (belgo_op_accounts(op) != NULL)
		got.n_accounts = belgo_op_accounts(op)->n;
	got.warned = belgo_op_warning(op, 0) != NULL;
	got.json = belgo_op_json(op) != NULL;
	(void)belgo_op_data(op, &got.n_data, NULL);
	got.web = belgo_op_web_login(op) != NULL;
	belgo_op_free(&op);
	return got;
}

/* 0 once the run had nothing left to fail. */
static int
fail_one(const struct scenario *s, size_t n, int on)
{
	struct world *w = world_new();
	struct planted a = {0};
	struct outcome got;

	world_params(w)->cache = NULL; /* it hands out documents within documents */
	world_restart(w);
	s->prepare(w, &a);
	failalloc_begin(n, on);
	got = run(s, w, &a);
	(void)failalloc_end();
	if (got.rc != BELGO_OK && got.rc != BELGO_ENOMEM && !failalloc_was_jansson())
		fail_msg("%s: rc %d when allocation %zu%s failed", s->name, (int)got.rc, n,
			 on ? " and all later" : "");
	if (got.told != got.rc)
		fail_msg("%s: rc %d but error %d when allocation %zu failed", s->name, (int)got.rc,
			 (int)got.told, n);
	s->check(w, &a, &got);
	world_free(&w);
	return failalloc_judge(got.rc, n, on, FAILALLOC_MAY_GO_ON, s->name);
}

static void
fail_each(const struct scenario *s)
{
	failalloc_spare_jansson(s->has_escapes);
	for (int on = 0; on <= 1; on++) {
		size_t n = 1;

		while (fail_one(s, n, on))
			n++;
		assert_true(n > 10);
	}
}

static void
test_failalloc__refresh_loses_no_refresh_token(void **state)
{
	(void)state;
	fail_each(&(struct scenario){"refresh", refresh_is_answered, make_token, check_token, 1});
	fail_each(&(struct scenario){"refresh at fixed paths", refresh_is_answered_in_silence, make_token,
				     check_token, 1});
	fail_each(&(struct scenario){"encrypted refresh", refresh_is_encrypted, make_token, check_token, 1});
}

static void
test_failalloc__further_token_costs_the_account_nothing(void **state)
{
	(void)state;
	fail_each(&(struct scenario){"further token", refresh_is_answered, make_further, check_further, 1});
}

static void
test_failalloc__login_tells_no_success_that_it_has_not(void **state)
{
	(void)state;
	fail_each(&(struct scenario){"login", login_is_answered, make_login, check_login, 0});
	fail_each(
	    &(struct scenario){"login again", login_again_is_answered, make_login, check_login_again, 1});
	fail_each(
	    &(struct scenario){"replacing login", login_is_answered, make_replacing_login, check_login, 0});
	fail_each(&(struct scenario){"client's login", login_is_answered, make_client_login,
				     check_client_login, 0});
	fail_each(&(struct scenario){"login by a refresh token", refresh_token_login_is_answered,
				     make_refresh_token_login, check_refresh_token_login, 0});
	fail_each(&(struct scenario){"login by an ID token", refresh_token_login_is_answered,
				     make_id_token_login, check_client_login, 0});
	fail_each(&(struct scenario){"login by an ID token alone", refresh_token_login_is_answered,
				     make_bare_id_token_login, check_bare_id_token_login, 0});
	fail_each(&(struct scenario){"login by nobody's refresh token", refresh_token_login_is_nobodys,
				     make_refresh_token_login, check_nobodys_login, 0});
	/* A state whose byte jansson's lexer drops is another login's, which is waited past: that never ends
	 * here. */
	fail_each(&(struct scenario){"login with a signed answer", signed_login_is_answered, make_jarm_login,
				     check_client_login, 1});
	fail_each(&(struct scenario){"pushed login", pushed_login_is_answered, make_login, check_login, 0});
}

#define DEVICE WORLD_ISSUER "/device"

static void
shown_to_nobody(void *arg, const struct belgo_login_prompt *prompt)
{
	(void)arg;
	assert_non_null(prompt->user_code);
}

/* Asked for twice. No ID token of a device login has a nonce, nor has that of a refresh. */
static void
device_login_is_answered(struct world *w, struct planted *a)
{
	planted_name(a);
	world_metadata(w, "\"device_authorization_endpoint\":\"" DEVICE "\",");
	world_answer_always(w, WORLD_JWKS, 200, key_set);
	world_answer_always(w, WORLD_USERINFO, 200, "{\"sub\":\"alice\"}");
	world_answer(w, DEVICE, 200,
		     "{\"device_code\":\"dc\",\"user_code\":\"WDJB-MJHT\",\"expires_in\":600,\"interval\":1,"
		     "\"verification_uri\":\"" WORLD_ISSUER "/d\","
		     "\"verification_uri_complete\":\"" WORLD_ISSUER "/d?c=W\"}");
	world_answer(w, WORLD_TOKEN, 400, "{\"error\":\"authorization_pending\"}");
	world_answer_always(w, WORLD_TOKEN, 200, refresh_reply);
	world_let_time_pass(w);
}

static belgo_rc
make_device_login(struct belgo_op **op, struct world *w, const struct planted *a)
{
	struct belgo_login_params params = login_params(w);

	(void)a;
	params.account_name = "work";
	params.on_prompt = shown_to_nobody;
	return belgo_device_login_op(op, world_client(w), &params, NULL);
}

static void
check_device_login(struct world *w, struct planted *a, const struct outcome *got)
{
	assert_true(got->rc != BELGO_OK ||
		    (stored_has(w, a, RT2) && world_count(w, "POST " WORLD_TOKEN) == 2));
	assert_int_equal(world_count(w, "listen"), 0);
}

static void
test_failalloc__device_login_tells_no_success_that_it_has_not(void **state)
{
	(void)state;
	fail_each(&(struct scenario){"device login", device_login_is_answered, make_device_login,
				     check_device_login, 0});
}

static const unsigned char web_key[BELGO_WEB_KEY] = {1};
static const struct belgo_web_params web = {
    .key = web_key, .redirect_uri = "https://app.example/", .payload = "p"};
static char *web_cookie, *web_answer;

static void
web_login_is_answered(struct world *w, struct planted *a)
{
	replies_are_made(w, a, "");
}

static belgo_rc
make_web_begin(struct belgo_op **op, struct world *w, const struct planted *a)
{
	struct belgo_login_params params = login_params(w);

	(void)a;
	return belgo_web_login_begin_op(op, world_client(w), &params, &web, NULL);
}

static belgo_rc
make_web_finish(struct belgo_op **op, struct world *w, const struct planted *a)
{
	struct belgo_login_params params = login_params(w);
	const struct belgo_web_answer answer = {
	    .params = web_answer, .len = strlen(web_answer), .pending = web_cookie};

	(void)a;
	return belgo_web_login_finish_op(op, world_client(w), &params, &web, &answer, NULL);
}

static void
web_login_is_begun(struct world *w, struct planted *a)
{
	struct belgo_op *op = NULL;
	char *state = world_foretell(w, 1);

	replies_are_made(w, a, "");
	assert_int_equal(make_web_begin(&op, w, a), BELGO_OK);
	assert_int_equal(world_finish(op, NULL), BELGO_OK);
	free(web_cookie);
	free(web_answer);
	web_cookie = strdup(belgo_op_web_login(op)->pending);
	assert_true(asprintf(&web_answer, "code=" CODE "&state=%s", state) > 0);
	belgo_op_free(&op);
	free(state);
}

static void
check_web_begin(struct world *w, struct planted *a, const struct outcome *got)
{
	(void)a;
	assert_int_equal(world_count(w, "put"), 0);
	assert_int_equal(got->web, got->rc == BELGO_OK);
}

static void
check_web_finish(struct world *w, struct planted *a, const struct outcome *got)
{
	assert_true(got->rc != BELGO_OK || (got->web && stored_has(w, a, RT1)));
}

static void
test_failalloc__web_login_tells_no_success_that_it_has_not(void **state)
{
	(void)state;
	fail_each(&(struct scenario){"web begin", web_login_is_answered, make_web_begin, check_web_begin, 0});
	fail_each(&(struct scenario){"web finish", web_login_is_begun, make_web_finish, check_web_finish, 0});
	free(BG_TAKE(web_cookie));
	free(BG_TAKE(web_answer));
}

static void
test_failalloc__accounts_are_all_listed_or_missed_aloud(void **state)
{
	(void)state;
	fail_each(&(struct scenario){"accounts", two_accounts, make_accounts, check_accounts, 0});
}

static void
test_failalloc__rename_keeps_the_account(void **state)
{
	(void)state;
	fail_each(&(struct scenario){"rename", two_accounts, make_rename, check_rename, 0});
	fail_each(&(struct scenario){"sealed tokens", accounts_are_sealed, make_rename, check_sealed, 0});
}

static void
test_failalloc__logout_removes_what_it_says(void **state)
{
	(void)state;
	fail_each(&(struct scenario){"logout", logout_is_answered, make_logout, check_logout, 0});
}

static void
test_failalloc__revocation_forgets_what_was_told(void **state)
{
	(void)state;
	fail_each(&(struct scenario){"revoke", logout_is_answered, make_revoke, check_revoke, 0});
}

static void
test_failalloc__introspection_hands_out_an_answer_or_an_error(void **state)
{
	(void)state;
	fail_each(
	    &(struct scenario){"introspect", introspection_is_answered, make_introspect, check_json, 0});
}

static void
keys_are_answered(struct world *w, struct planted *a)
{
	(void)a;
	world_metadata(w, "");
	world_answer_always(w, WORLD_JWKS, 200, key_set);
}

static void
test_failalloc__access_token_is_judged_or_an_error(void **state)
{
	(void)state;
	fail_each(&(struct scenario){"access token", keys_are_answered, make_access_token, check_json, 0});
	fail_each(&(struct scenario){"access token, keys given", keys_are_answered,
				     make_access_token_with_keys, check_json, 0});
	fail_each(&(struct scenario){"access token, keys elsewhere", keys_are_answered,
				     make_access_token_with_keys_elsewhere, check_json, 0});
	fail_each(&(struct scenario){"access token, issuer asked", introspection_is_answered,
				     make_access_token_asking, check_json, 0});
}

static void
test_failalloc__exchange_hands_out_a_token_or_an_error(void **state)
{
	(void)state;
	fail_each(&(struct scenario){"exchange", exchange_is_answered, make_exchange, check_exchange, 0});
}

static void
test_failalloc__session_is_ended_by_a_whole_url_or_none(void **state)
{
	(void)state;
	fail_each(&(struct scenario){"end session", session_can_be_ended, make_end_session, check_json, 0});
}

static void
test_failalloc__userinfo_hands_out_claims_or_an_error(void **state)
{
	(void)state;
	fail_each(&(struct scenario){"userinfo", userinfo_is_answered, make_userinfo, check_json, 0});
	fail_each(&(struct scenario){"userinfo for a certificate", userinfo_wants_a_certificate,
				     make_userinfo, check_json, 0});
	fail_each(&(struct scenario){"signed userinfo", userinfo_is_signed, make_userinfo, check_json, 0});
}

static void
test_failalloc__discovery_hands_out_metadata_or_an_error(void **state)
{
	(void)state;
	fail_each(&(struct scenario){"discovery", refresh_is_answered, make_discovery, check_json, 0});
}

static void
test_failalloc__resource_names_its_servers_or_an_error_is_told(void **state)
{
	(void)state;
	fail_each(
	    &(struct scenario){"resource", resource_is_guarded, make_resource_discovery, check_json, 0});
	fail_each(&(struct scenario){"silent resource", resource_is_silent, make_resource_discovery,
				     check_json, 0});
}

static void
test_failalloc__photo_is_handed_out_whole_or_not(void **state)
{
	(void)state;
	fail_each(&(struct scenario){"photo", photo_is_answered, make_photo, check_photo, 0});
}

/* What was signed is all there, or was not sent. */
static void
check_signed(struct world *w, struct planted *a, const struct outcome *got)
{
	const char *body = world_sent(w, WORLD_TOKEN);

	check_token(w, a, got);
	assert_true(body == NULL || strstr(body, "&client_assertion=ey") != NULL);
	assert_true(got->rc != BELGO_OK || body != NULL);
}

static void
test_failalloc__assertion_about_a_subject_is_whole_or_not_sent(void **state)
{
	(void)state;
	fail_each(&(struct scenario){"vouching login", refresh_is_signed, make_vouching_login,
				     check_vouching_login, 1});
}

static void
test_failalloc__key_is_kept_or_not(void **state)
{
	(void)state;
	fail_each(&(struct scenario){"key", refresh_is_answered, make_key, check_secret, 0});
	fail_each(&(struct scenario){"encryption", refresh_is_answered, make_encryption, check_secret, 1});
}

static void
test_failalloc__refresh_that_is_signed_loses_nothing(void **state)
{
	(void)state;
	fail_each(&(struct scenario){"signed refresh", refresh_is_signed, make_token, check_signed, 1});
}

static void
test_failalloc__secret_is_kept_or_not(void **state)
{
	(void)state;
	fail_each(&(struct scenario){"secret", refresh_is_answered, make_secret, check_secret, 0});
}

#define RECIPIENT "{\"kty\":\"OKP\",\"crv\":\"X25519\",\"x\":\"hSDwCYkwp1R0i33ctD73Wg2_Og0mOBr066SpjqqbTmo\"}"
#define RECIPIENT_PRIVATE                                                                                    \
	"{\"kty\":\"OKP\",\"crv\":\"X25519\",\"x\":\"hSDwCYkwp1R0i33ctD73Wg2_Og0mOBr066SpjqqbTmo\","         \
	"\"d\":\"dwdtCnMYpX08FsFyUbJmRd9ML4frwJkqsXf7pR25LCo\"}"

static char *sealed;

static belgo_rc
make_export(struct belgo_op **op, struct world *w, const struct planted *a)
{
	const char *keys[] = {a->key};
	const struct belgo_export_params params = {
	    .account_keys = keys, .n_account_keys = 1, .recipient = RECIPIENT};

	return belgo_export_op(op, world_client(w), &params, NULL);
}

static belgo_rc
make_import(struct belgo_op **op, struct world *w, const struct planted *a)
{
	const struct belgo_import_params params = {.file = sealed,
						   .len = strlen(sealed),
						   .private_key = RECIPIENT_PRIVATE,
						   .mode = BELGO_IMPORT_REPLACE};

	(void)a;
	return belgo_import_op(op, world_client(w), &params, NULL);
}

static void
seal_alice(void)
{
	struct world *w = world_new();
	struct planted a = {.refresh_token = RT2, .is_oauth = 1};
	struct belgo_op *op = NULL;

	plant(w, &a);
	assert_int_equal(make_export(&op, w, &a), BELGO_OK);
	assert_int_equal(world_finish(op, NULL), BELGO_OK);
	sealed = strdup(belgo_op_json(op));
	belgo_op_free(&op);
	world_free(&w);
}

/* As in the file, or as it was. */
static void
check_import(struct world *w, struct planted *a, const struct outcome *got)
{
	assert_true(stored_has(w, a, got->rc == BELGO_OK ? RT2 : "\"name\":\"alice\""));
	assert_true(got->rc == BELGO_OK || stored_has(w, a, RT1) || got->warned);
	assert_true(got->rc != BELGO_OK || got->n_accounts == 1);
}

static void
test_failalloc__export_seals_all_or_nothing(void **state)
{
	(void)state;
	fail_each(&(struct scenario){"export", two_accounts, make_export, check_json, 0});
}

static void
test_failalloc__import_stores_all_or_nothing(void **state)
{
	(void)state;
	seal_alice();
	fail_each(&(struct scenario){"import", two_accounts, make_import, check_import, 0});
	free(sealed);
}

static void
check_registration(struct world *w, struct planted *a, const struct outcome *got)
{
	(void)a;
	assert_true(got->rc != BELGO_OK || (got->json && world_count(w, "put") == 1));
}

static void
test_failalloc__client_is_registered_and_kept_or_not(void **state)
{
	(void)state;
	fail_each(&(struct scenario){"register", registration_is_answered, make_registration,
				     check_registration, 1});
}

/* Whatever else fails, a new management token is kept once it was read. */
static void
check_update(struct world *w, struct planted *a, const struct outcome *got)
{
	(void)a;
	assert_true(got->rc != BELGO_OK || (got->json && world_count(w, "put") == 2));
}

static void
test_failalloc__client_is_updated_or_not(void **state)
{
	(void)state;
	fail_each(&(struct scenario){"update", client_is_registered, make_update, check_update, 1});
}

static belgo_rc
make_client(void)
{
	struct belgo_client_params params = {0};
	struct belgo_client *client = NULL;
	belgo_rc rc = belgo_client_new(&client, &params, NULL);

	belgo_client_free(&client);
	return rc;
}

static void
test_failalloc__client_is_made_or_not(void **state)
{
	(void)state;
	FAILALLOC_EACH(make_client());
}

/* What the browser brings of the answer to the first login of a world. */
static char *
signed_redirect_of(const struct world *w)
{
	char *state = world_foretell(w, 1), *jwt, *params;
	char payload[256];

	(void)snprintf(payload, sizeof(payload),
		       "{\"iss\":\"" WORLD_ISSUER "\",\"aud\":\"" WORLD_CLIENT
		       "\",\"exp\":1800000300,\"state\":\"%s\",\"code\":\"" CODE "\"}",
		       state);
	jwt = world_id_token(payload);
	params = bg_strf("response=%s", jwt);
	free(state);
	free(jwt);
	return params;
}

static int
make_replies(void **state)
{
	static const char preset[] =
	    "{\"id\":\"builtin\",\"name\":\"B\",\"kind\":\"oauth2\",\"issuer\":\"" WORLD_ISSUER "\","
	    "\"discovery\":\"none\",\"authorization_endpoint\":\"" WORLD_ISSUER
	    "/auth\",\"token_endpoint\":\"" WORLD_TOKEN "\",\"photo_endpoint\":\"" PHOTO "\"}";
	struct world *w = world_new();
	char *nonce = world_foretell(w, 3), more[128], *id_token;

	(void)state;
	key_set = world_key_set(0, "k1");
	access_token = id_token_of(w, "alice", ",\"azp\":\"" WORLD_CLIENT "\",\"scope\":\"write read\"");
	private_key = jose_private_jwk(jose_key("P-256", 0), "\"kid\":\"k\"");
	signed_reply = jose_sign(jose_key("RSA-2048", 0), "RS256",
				 "{\"alg\":\"RS256\",\"kid\":\"k1\",\"typ\":\"token-introspection+jwt\"}",
				 "{\"iss\":\"" WORLD_ISSUER "\",\"aud\":\"" WORLD_CLIENT
				 "\",\"iat\":1800000000,\"token_introspection\":{\"active\":true,"
				 "\"aud\":\"https://api.example\",\"scope\":\"read\"}}");
	signed_claims = id_token_of(w, "alice", "");
	refresh_reply = token_reply(AT2, RT2, signed_claims, ",\"expires_in\":3600");
	id_token = jose_encrypt(
	    &(struct jose_jwe){.kind = "P-256", .alg = "ECDH-ES", .enc = "A128GCM", .plain = signed_claims});
	encrypted_reply = token_reply(AT2, RT2, id_token, ",\"expires_in\":3600");
	free(id_token);
	assert_int_equal(belgo_provider_from_json(&with_photo, preset, strlen(preset), "test", NULL),
			 BELGO_OK);
	seams_builtin = with_photo;
	signed_redirect = signed_redirect_of(w);
	(void)snprintf(more, sizeof(more), ",\"nonce\":\"%s\"", nonce);
	id_token = id_token_of(w, "alice", more);
	again_reply = token_reply(AT1, NULL, id_token, ",\"expires_in\":3600,\"scope\":\"openid email\"");
	login_reply = token_reply(AT1, RT1, id_token, ",\"expires_in\":3600,\"scope\":\"openid email\"");
	free(id_token);
	free(nonce);
	world_free(&w);
	return 0;
}

static int
free_replies(void **state)
{
	(void)state;
	free(key_set);
	free(access_token);
	free(private_key);
	free(refresh_reply);
	free(encrypted_reply);
	free(login_reply);
	free(again_reply);
	free(signed_reply);
	free(signed_claims);
	free(signed_redirect);
	belgo_provider_free(&with_photo);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_failalloc__refresh_loses_no_refresh_token),
	    cmocka_unit_test(test_failalloc__further_token_costs_the_account_nothing),
	    cmocka_unit_test(test_failalloc__login_tells_no_success_that_it_has_not),
	    cmocka_unit_test(test_failalloc__device_login_tells_no_success_that_it_has_not),
	    cmocka_unit_test(test_failalloc__web_login_tells_no_success_that_it_has_not),
	    cmocka_unit_test(test_failalloc__accounts_are_all_listed_or_missed_aloud),
	    cmocka_unit_test(test_failalloc__rename_keeps_the_account),
	    cmocka_unit_test(test_failalloc__logout_removes_what_it_says),
	    cmocka_unit_test(test_failalloc__revocation_forgets_what_was_told),
	    cmocka_unit_test(test_failalloc__introspection_hands_out_an_answer_or_an_error),
	    cmocka_unit_test(test_failalloc__access_token_is_judged_or_an_error),
	    cmocka_unit_test(test_failalloc__exchange_hands_out_a_token_or_an_error),
	    cmocka_unit_test(test_failalloc__session_is_ended_by_a_whole_url_or_none),
	    cmocka_unit_test(test_failalloc__userinfo_hands_out_claims_or_an_error),
	    cmocka_unit_test(test_failalloc__discovery_hands_out_metadata_or_an_error),
	    cmocka_unit_test(test_failalloc__resource_names_its_servers_or_an_error_is_told),
	    cmocka_unit_test(test_failalloc__photo_is_handed_out_whole_or_not),
	    cmocka_unit_test(test_failalloc__secret_is_kept_or_not),
	    cmocka_unit_test(test_failalloc__export_seals_all_or_nothing),
	    cmocka_unit_test(test_failalloc__import_stores_all_or_nothing),
	    cmocka_unit_test(test_failalloc__assertion_about_a_subject_is_whole_or_not_sent),
	    cmocka_unit_test(test_failalloc__key_is_kept_or_not),
	    cmocka_unit_test(test_failalloc__refresh_that_is_signed_loses_nothing),
	    cmocka_unit_test(test_failalloc__client_is_made_or_not),
	    cmocka_unit_test(test_failalloc__client_is_registered_and_kept_or_not),
	    cmocka_unit_test(test_failalloc__client_is_updated_or_not),
	};

	return cmocka_run_group_tests(tests, make_replies, free_replies);
}
