/* A login in two calls: what the first hands out, who may finish it, and how often. */
#include "fixture.h"

#include "flow/spent.h"

#define REDIRECT_URI "https://app.example/callback"
#define PAYLOAD "{\"return_to\":\"/inbox\"}"

static const unsigned char key[BELGO_WEB_KEY] = {1, 2, 3}, other_key[BELGO_WEB_KEY] = {3, 2, 1};

static struct belgo_web_params
web_params(void)
{
	return (struct belgo_web_params){.key = key, .redirect_uri = REDIRECT_URI, .payload = PAYLOAD};
}

/* The two values that go through the browser. */
struct browser {
	char *url;
	char *cookie;
	char answer[256];
};

static void
browser_done(struct browser *b)
{
	free(b->url);
	free(b->cookie);
}

/* Begins a login that will succeed, of a user with alice's address, and goes where it says. */
static struct browser
begin_as(struct world *w, const char *subject, const struct belgo_login_params *params,
	 const struct belgo_web_params *web)
{
	struct browser b = {0};
	struct belgo_op *op = NULL;
	const struct belgo_web_login *got;
	char *state = world_foretell(w, 1);

	answer_login(w, subject, RT1, ",\"email\":\"alice@op.example\"", ",\"expires_in\":3600");
	assert_int_equal(belgo_web_login_begin_op(&op, world_client(w), params, web, NULL), BELGO_OK);
	assert_null(belgo_op_web_login(op));
	assert_int_equal(world_finish(op, NULL), BELGO_OK);
	got = belgo_op_web_login(op);
	assert_non_null(got);
	assert_null(got->payload);
	assert_int_equal(got->expires_at,
			 world_now_ms(w) / 1000 + (params->timeout_s == 0 ? 300 : params->timeout_s));
	b.url = strdup(got->url);
	b.cookie = strdup(got->pending);
	(void)snprintf(b.answer, sizeof(b.answer), "code=" CODE "&state=%s", state);
	belgo_op_free(&op);
	free(state);
	return b;
}

static struct browser
begin(struct world *w, const struct belgo_login_params *params, const struct belgo_web_params *web)
{
	return begin_as(w, "alice", params, web);
}

/* *payload, malloc'd: what the program gets back, or NULL. */
static belgo_rc
finish(struct world *w, const struct belgo_login_params *params, const struct belgo_web_params *web,
       const struct browser *b, char **payload, struct belgo_error *err)
{
	struct belgo_web_answer answer = {
	    .params = b->answer, .len = strlen(b->answer), .pending = b->cookie};
	struct belgo_op *op = NULL;
	belgo_rc rc = belgo_web_login_finish_op(&op, world_client(w), params, web, &answer, err);

	if (payload != NULL)
		*payload = NULL;
	if (rc != BELGO_OK)
		return rc;
	rc = world_finish(op, err);
	assert_int_equal(belgo_op_account(op) != NULL, rc == BELGO_OK);
	if (payload != NULL && belgo_op_web_login(op) != NULL)
		*payload = strdup(belgo_op_web_login(op)->payload);
	belgo_op_free(&op);
	return rc;
}

/* @spec RFC 6749 section 4.1.3; RFC 7636 section 4.5 */
static void
test_web_login__two_calls_sign_in_and_bring_the_payload_back(void **state)
{
	static const char *const modes[] = {NULL, "form_post"};

	(void)state;
	for (size_t i = 0; i < BG_LEN(modes); i++) {
		struct world *w = provider_up();
		struct belgo_login_params params = login_params(w);
		struct belgo_web_params web = web_params();
		struct browser b;
		char *payload;

		params.on_prompt = NULL;
		params.response_mode_set = modes[i] != NULL;
		params.response_mode = BELGO_RESPONSE_FORM_POST;
		b = begin(w, &params, &web);
		assert_non_null(strstr(b.url, "redirect_uri=https%3A%2F%2Fapp.example%2Fcallback"));
		assert_int_equal(strstr(b.url, "response_mode=form_post") != NULL, modes[i] != NULL);
		world_restart(w); /* nothing was kept in memory */
		assert_int_equal(finish(w, &params, &web, &b, &payload, NULL), BELGO_OK);
		assert_string_equal(payload, PAYLOAD);
		assert_non_null(strstr(world_sent(w, WORLD_TOKEN), "redirect_uri=https%3A%2F%2Fapp.example"));
		assert_int_equal(world_count(w, "open"), 0);
		assert_int_equal(world_count(w, "put"), 1);
		free(payload);
		browser_done(&b);
		world_free(&w);
	}
}

/* What is in the cookie is nobody's to read. */
static void
test_web_login__cookie_shows_nothing_of_the_login(void **state)
{
	struct world *w = provider_up();
	struct belgo_login_params params = login_params(w);
	struct belgo_web_params web = web_params();
	char *secret = world_foretell(w, 1);
	struct browser b = begin(w, &params, &web), again = begin(w, &params, &web);

	(void)state;
	assert_non_null(strstr(b.url, secret));
	assert_null(strstr(b.cookie, secret));
	assert_int_equal(strspn(b.cookie, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"),
			 strlen(b.cookie));
	assert_string_not_equal(b.cookie, again.cookie);
	browser_done(&b);
	browser_done(&again);
	free(secret);
	world_free(&w);
}

enum harm {
	NO_HARM,
	OTHER_STATE,
	OTHER_BROWSER,
	OTHER_KEY,
	OTHER_REDIRECT_URI,
	OTHER_CLIENT,
	OTHER_MAX_AGE,
	OTHER_CHALLENGE,
	ALTERED,
	CUT,
	NO_COOKIE,
	EMPTY_COOKIE,
	EXPIRED,
	JUST_IN_TIME,
};

static void
do_harm(enum harm harm, struct world *w, struct belgo_login_params *params, struct belgo_web_params *web,
	struct browser *b)
{
	struct browser other;

	switch (harm) {
	case NO_HARM:
		break;
	case OTHER_STATE:
		b->answer[strlen(b->answer) - 1] ^= 1;
		break;
	case OTHER_BROWSER:
		other = begin(w, params, web);
		free(b->cookie);
		b->cookie = strdup(other.cookie);
		browser_done(&other);
		break;
	case OTHER_KEY:
		web->key = other_key;
		break;
	case OTHER_REDIRECT_URI:
		web->redirect_uri = "https://app.example/other";
		break;
	case OTHER_CLIENT:
		params->client_id = "client-2";
		break;
	case OTHER_MAX_AGE:
		params->max_age_set = 1;
		break;
	case OTHER_CHALLENGE:
		params->challenge = "Bearer error=\"insufficient_user_authentication\", max_age=\"5\"";
		break;
	case ALTERED:
		b->cookie[40] = b->cookie[40] == 'A' ? 'B' : 'A';
		break;
	case CUT:
		b->cookie[strlen(b->cookie) - 4] = '\0';
		break;
	case NO_COOKIE:
		free(b->cookie);
		b->cookie = NULL;
		break;
	case EMPTY_COOKIE:
		b->cookie[0] = '\0';
		break;
	case EXPIRED:
		world_advance(w, 300);
		break;
	case JUST_IN_TIME:
		world_advance(w, 299);
		break;
	}
}

/* @spec RFC 6749 section 10.12; RFC 9700 section 4.7 */
static void
test_web_login__only_the_browser_that_began_finishes(void **state)
{
	static const struct {
		const char *name;
		enum harm harm;
		belgo_rc want;
	} rows[] = {
	    {"as it was", NO_HARM, BELGO_OK},
	    {"just in time", JUST_IN_TIME, BELGO_OK},
	    {"expired", EXPIRED, BELGO_ESTATE},
	    {"another state", OTHER_STATE, BELGO_ESTATE},
	    {"another browser's cookie", OTHER_BROWSER, BELGO_ESTATE},
	    {"another key", OTHER_KEY, BELGO_ESTATE},
	    {"another redirect URI", OTHER_REDIRECT_URI, BELGO_ESTATE},
	    {"another client", OTHER_CLIENT, BELGO_ESTATE},
	    {"another max_age", OTHER_MAX_AGE, BELGO_ESTATE},
	    {"another challenge", OTHER_CHALLENGE, BELGO_ESTATE},
	    {"altered cookie", ALTERED, BELGO_ESTATE},
	    {"cut cookie", CUT, BELGO_ESTATE},
	    {"no cookie", NO_COOKIE, BELGO_ESTATE},
	    {"empty cookie", EMPTY_COOKIE, BELGO_ESTATE},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		struct world *w = provider_up();
		struct belgo_login_params params = login_params(w);
		struct belgo_web_params web = web_params();
		struct browser b = begin(w, &params, &web);
		struct belgo_error err = {0};
		char *payload;

		do_harm(rows[i].harm, w, &params, &web, &b);
		assert_row(rows[i].name, finish(w, &params, &web, &b, &payload, &err) == rows[i].want);
		assert_row(rows[i].name, err.rc == rows[i].want);
		assert_row(rows[i].name, (payload != NULL) == (rows[i].want == BELGO_OK));
		assert_row(rows[i].name,
			   world_count(w, "POST " WORLD_TOKEN) == (size_t)(rows[i].want == BELGO_OK));
		free(payload);
		browser_done(&b);
		world_free(&w);
	}
}

/* @spec RFC 9207 section 2.4; RFC 6749 section 4.1.2.1 */
static void
test_web_login__payload_comes_back_when_the_provider_says_no(void **state)
{
	static const struct {
		const char *name;
		const char *answer;
		belgo_rc want;
	} rows[] = {
	    {"denied", "error=access_denied", BELGO_ECANCELLED},
	    {"refused", "error=server_error", BELGO_EDENIED},
	    {"another issuer", "code=a&iss=https%3A%2F%2Fevil.example", BELGO_EISSUER},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		struct world *w = provider_up();
		struct belgo_login_params params = login_params(w);
		struct belgo_web_params web = web_params();
		char *secret = world_foretell(w, 1), *payload;
		struct browser b = begin(w, &params, &web);

		(void)snprintf(b.answer, sizeof(b.answer), "%s&state=%s", rows[i].answer, secret);
		assert_row(rows[i].name, finish(w, &params, &web, &b, &payload, NULL) == rows[i].want);
		assert_row(rows[i].name, payload != NULL && strcmp(payload, PAYLOAD) == 0);
		free(payload);
		/* no code was sent, so the login may still be finished */
		(void)snprintf(b.answer, sizeof(b.answer), "code=" CODE "&state=%s", secret);
		assert_row(rows[i].name, finish(w, &params, &web, &b, NULL, NULL) == BELGO_OK);
		free(secret);
		browser_done(&b);
		world_free(&w);
	}
}

static void
test_web_login__is_finished_once(void **state)
{
	struct world *w = provider_up();
	struct belgo_login_params params = login_params(w);
	struct belgo_web_params web = web_params();
	struct browser b = begin(w, &params, &web), wrong = b;
	struct belgo_error err = {0};

	(void)state;
	(void)snprintf(wrong.answer, sizeof(wrong.answer), "code=x&state=wrong");
	assert_int_equal(finish(w, &params, &web, &wrong, NULL, NULL), BELGO_ESTATE);
	assert_int_equal(finish(w, &params, &web, &b, NULL, NULL), BELGO_OK);
	assert_int_equal(finish(w, &params, &web, &b, NULL, &err), BELGO_ESTATE);
	assert_non_null(strstr(err.text, "finished before"));
	assert_int_equal(world_count(w, "POST " WORLD_TOKEN), 1);
	browser_done(&b);
	world_free(&w);
}

/* A program's own memory, of one entry. */
struct memory {
	char id[65];
	char *value;
	int64_t expires_at;
	int calls;
};

static belgo_rc
memory_put(void *arg, const char *id, const char *value, int64_t expires_at, struct belgo_error *err)
{
	struct memory *m = arg;

	(void)err;
	free(m->value);
	(void)snprintf(m->id, sizeof(m->id), "%s", id);
	m->value = strdup(value);
	m->expires_at = expires_at;
	return BELGO_OK;
}

static belgo_rc
memory_take(void *arg, const char *id, char **value, struct belgo_error *err)
{
	struct memory *m = arg;

	(void)err;
	if (m->value == NULL || strcmp(m->id, id) != 0)
		return BELGO_ENOTFOUND;
	*value = BG_TAKE(m->value);
	return BELGO_OK;
}

static belgo_rc
memory_fails(void *arg, const char *id, const char *value, int64_t expires_at, struct belgo_error *err)
{
	(void)arg;
	(void)id;
	(void)value;
	(void)expires_at;
	(void)err;
	return BELGO_EIO;
}

static void
test_web_login__program_may_keep_what_is_pending(void **state)
{
	struct world *w = provider_up();
	struct belgo_login_params params = login_params(w);
	struct belgo_web_params web = web_params();
	struct memory memory = {0};
	struct browser b, other;
	char *payload;

	(void)state;
	web.put = memory_put;
	web.take = memory_take;
	web.arg = &memory;
	b = begin(w, &params, &web);
	assert_int_equal(strlen(b.cookie), 43);
	assert_int_equal(memory.expires_at, world_now_ms(w) / 1000 + 300);
	assert_null(strstr(memory.value, b.cookie));
	assert_null(strstr(memory.id, b.cookie));
	other = b;
	other.cookie = memory.id; /* who has read the store finishes nothing */
	assert_int_equal(finish(w, &params, &web, &other, NULL, NULL), BELGO_ESTATE);
	assert_int_equal(finish(w, &params, &web, &b, &payload, NULL), BELGO_OK);
	assert_string_equal(payload, PAYLOAD);
	assert_null(memory.value);
	assert_int_equal(finish(w, &params, &web, &b, NULL, NULL), BELGO_ESTATE);
	assert_int_equal(world_count(w, "POST " WORLD_TOKEN), 1);
	free(payload);
	browser_done(&b);
	world_free(&w);
}

/* Any page can send the browser to the redirect URI. @spec RFC 6749 section 10.12 */
static void
test_web_login__what_is_kept_is_taken_by_its_answer_alone(void **state)
{
	static const char *const answers[] = {"code=x&state=wrong",  "code=x&state=", "code=x", "state=%zz",
					      "error=access_denied", "other=1",       ""};

	(void)state;
	for (size_t i = 0; i <= BG_LEN(answers); i++) {
		struct world *w = provider_up();
		struct belgo_login_params params = login_params(w);
		struct belgo_web_params web = web_params();
		struct memory memory = {0};
		char *secret = world_foretell(w, 1);
		struct browser b, other;

		web.put = memory_put;
		web.take = memory_take;
		web.arg = &memory;
		other = b = begin(w, &params, &web);
		if (i < BG_LEN(answers))
			(void)snprintf(other.answer, sizeof(other.answer), "%s", answers[i]);
		else /* ours, and ends nothing */
			(void)snprintf(other.answer, sizeof(other.answer), "state=%s", secret);
		assert_row(other.answer, finish(w, &params, &web, &other, NULL, NULL) != BELGO_OK);
		assert_row(other.answer, finish(w, &params, &web, &b, NULL, NULL) == BELGO_OK);
		assert_null(memory.value);
		free(secret);
		browser_done(&b);
		world_free(&w);
	}
}

static void
test_web_login__what_is_kept_outlives_what_fails_before_its_answer_is_judged(void **state)
{
	struct world *w = provider_up();
	struct belgo_login_params params = login_params(w);
	struct belgo_web_params web = web_params();
	struct memory memory = {0};
	struct browser b;

	(void)state;
	web.put = memory_put;
	web.take = memory_take;
	web.arg = &memory;
	b = begin(w, &params, &web);
	world_store_fails(w, BG_STORE_PROBE, BELGO_EIO, 1);
	assert_int_equal(finish(w, &params, &web, &b, NULL, NULL), BELGO_EIO);
	world_params(w)->cache = NULL;
	world_restart(w);
	world_forget_answers(w, WORLD_METADATA);
	world_no_answer(w, WORLD_METADATA, BELGO_EUNAVAILABLE);
	assert_int_equal(finish(w, &params, &web, &b, NULL, NULL), BELGO_EUNAVAILABLE);
	world_metadata(w, "");
	assert_int_equal(finish(w, &params, &web, &b, NULL, NULL), BELGO_OK);
	browser_done(&b);
	world_free(&w);
}

static void
test_web_login__store_that_fails_hands_out_nothing(void **state)
{
	struct world *w = provider_up();
	struct belgo_login_params params = login_params(w);
	struct belgo_web_params web = web_params();
	struct belgo_op *op = NULL;

	(void)state;
	web.put = memory_fails;
	web.take = memory_take;
	assert_int_equal(belgo_web_login_begin_op(&op, world_client(w), &params, &web, NULL), BELGO_OK);
	assert_int_equal(world_finish(op, NULL), BELGO_EIO);
	assert_null(belgo_op_web_login(op));
	belgo_op_free(&op);
	world_free(&w);
}

static belgo_rc
spend_once(void *arg, const char *id, int64_t expires_at, struct belgo_error *err)
{
	struct memory *m = arg;

	(void)err;
	m->expires_at = expires_at;
	if (m->calls++ > 0 && strcmp(m->id, id) == 0)
		return BELGO_ESTATE;
	(void)snprintf(m->id, sizeof(m->id), "%s", id);
	return BELGO_OK;
}

static void
test_web_login__several_processes_share_what_was_used(void **state)
{
	struct world *w = provider_up();
	struct belgo_login_params params = login_params(w);
	struct belgo_web_params web = web_params();
	struct memory memory = {0};
	struct browser b;

	(void)state;
	web.spend = spend_once;
	web.arg = &memory;
	b = begin(w, &params, &web);
	assert_int_equal(finish(w, &params, &web, &b, NULL, NULL), BELGO_OK);
	assert_int_equal(memory.expires_at, world_now_ms(w) / 1000 + 300);
	world_restart(w);
	assert_int_equal(finish(w, &params, &web, &b, NULL, NULL), BELGO_ESTATE);
	assert_int_equal(memory.calls, 2);
	browser_done(&b);
	world_free(&w);
}

/* Anybody begins logins and makes up refusals of them, at no cost: they must not fill what is bounded. */
static void
test_web_login__only_what_is_exchanged_is_remembered(void **state)
{
	static const struct {
		const char *name;
		const char *answer;
		int calls;
	} rows[] = {
	    {"code", "code=" CODE, 1},
	    {"refusal", "error=access_denied", 0},
	    {"refusal twice over", "error=a&error=b", 0},
	    {"another issuer", "code=a&iss=https%3A%2F%2Fevil.example", 0},
	    {"neither", "other=1", 0},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		struct world *w = provider_up();
		struct belgo_login_params params = login_params(w);
		struct belgo_web_params web = web_params();
		struct memory memory = {0};
		char *secret = world_foretell(w, 1);
		struct browser b;

		web.spend = spend_once;
		web.arg = &memory;
		b = begin(w, &params, &web);
		(void)snprintf(b.answer, sizeof(b.answer), "%s&state=%s", rows[i].answer, secret);
		assert_row(rows[i].name,
			   (finish(w, &params, &web, &b, NULL, NULL) == BELGO_OK) == rows[i].calls);
		assert_row(rows[i].name, memory.calls == rows[i].calls);
		free(secret);
		browser_done(&b);
		world_free(&w);
	}
}

static belgo_rc
sign_in(struct world *w, const char *subject, const struct belgo_login_params *params)
{
	struct belgo_web_params web = web_params();
	struct browser b = begin_as(w, subject, params, &web);
	belgo_rc rc = finish(w, params, &web, &b, NULL, NULL);

	browser_done(&b);
	return rc;
}

static int
has_name_of_its_key(const struct world *w, const struct planted *account)
{
	char name[128];

	(void)snprintf(name, sizeof(name), "\"name\":\"op.example:%s\"", account->key);
	return stored_has(w, account, name);
}

/* An address is easily claimed: who is first with another's keeps nobody out and loses nothing. */
static void
test_web_login__account_is_not_named_by_what_users_claim(void **state)
{
	static const enum belgo_replace_mode modes[] = {BELGO_REPLACE_SAME_USER, BELGO_REPLACE_ANY_USER};

	(void)state;
	for (size_t i = 0; i < BG_LEN(modes); i++) {
		struct world *w = provider_up();
		struct belgo_login_params params = login_params(w);
		struct planted alice = {0}, mallory = {.subject = "mallory"};

		planted_name(&alice);
		planted_name(&mallory);
		params.replace = modes[i];
		assert_int_equal(sign_in(w, "mallory", &params), BELGO_OK);
		assert_int_equal(sign_in(w, "alice", &params), BELGO_OK);
		assert_int_equal(sign_in(w, "mallory", &params), BELGO_OK);
		assert_true(has_name_of_its_key(w, &alice));
		assert_true(has_name_of_its_key(w, &mallory));
		assert_int_equal(world_count(w, "remove"), 0);
		world_free(&w);
	}
}

/* A name that the program gave is its own: signing in again keeps it, and nobody else gets it. */
static void
test_web_login__name_that_the_program_gave_stays(void **state)
{
	struct world *w = provider_up();
	struct belgo_login_params params = login_params(w);
	struct planted alice = {.name = "work"};

	(void)state;
	plant(w, &alice);
	assert_int_equal(sign_in(w, "alice", &params), BELGO_OK);
	assert_true(stored_has(w, &alice, "\"name\":\"work\""));
	params.account_name = "work";
	assert_int_equal(sign_in(w, "bob", &params), BELGO_EACCOUNT);
	assert_true(stored_has(w, &alice, "\"name\":\"work\""));
	params.replace = BELGO_REPLACE_ANY_USER;
	assert_int_equal(sign_in(w, "bob", &params), BELGO_OK);
	assert_null(world_store_value(w, alice.store_key));
	world_free(&w);
}

/* The store is read for one account, not for all that a program's users have. */
static void
test_web_login__only_a_name_or_scopes_to_add_need_all_accounts(void **state)
{
	static const struct {
		const char *name;
		struct belgo_login_params more;
		size_t begun, finished;
	} rows[] = {
	    {"neither", {.scope = "openid"}, 0, 0},
	    {"known users only", {.existing = BELGO_EXISTING_ONLY}, 0, 0},
	    {"whoever it is", {.replace = BELGO_REPLACE_ANY_USER}, 0, 0},
	    {"a name", {.account_name = "work"}, 1, 2},
	    {"scopes to add", {.scope_mode = BELGO_SCOPE_ADD, .scope = "files"}, 1, 2},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		struct world *w = provider_up();
		struct belgo_login_params params = rows[i].more;
		struct belgo_web_params web = web_params();
		struct planted alice = {.name = "work"};
		struct browser b;

		params.provider = world_provider(w);
		params.client_id = WORLD_CLIENT;
		plant(w, &alice);
		b = begin(w, &params, &web);
		assert_row(rows[i].name, world_count(w, "list") == rows[i].begun);
		assert_row(rows[i].name, finish(w, &params, &web, &b, NULL, NULL) == BELGO_OK);
		assert_row(rows[i].name, world_count(w, "list") == rows[i].finished);
		assert_row(rows[i].name, stored_has(w, &alice, "\"name\":\"work\""));
		assert_row(rows[i].name, stored_has(w, &alice, "\"created_at\":1700000000"));
		browser_done(&b);
		world_free(&w);
	}
}

static void
test_web_login__stranger_is_told_from_a_known_user_without_a_list(void **state)
{
	struct world *w = provider_up();
	struct belgo_login_params params = login_params(w);
	struct planted alice = {.name = "work"};

	(void)state;
	plant(w, &alice);
	params.existing = BELGO_EXISTING_ONLY;
	assert_int_equal(sign_in(w, "bob", &params), BELGO_EACCOUNT);
	assert_int_equal(world_count(w, "put"), 0);
	assert_int_equal(sign_in(w, "alice", &params), BELGO_OK);
	assert_int_equal(world_count(w, "put"), 1);
	world_free(&w);
}

/* @spec RFC 9449 section 10 */
static void
test_web_login__key_of_the_tokens_survives(void **state)
{
	struct world *w = provider_up();
	struct belgo_login_params params = login_params(w);
	struct belgo_web_params web = web_params();
	struct browser b;

	(void)state;
	params.dpop = BELGO_DPOP_ON;
	params.scope = "read";
	params.openid_mode = BELGO_OPENID_NEVER;
	b = begin(w, &params, &web);
	world_forget_answers(w, WORLD_TOKEN);
	world_answer(w, WORLD_TOKEN, 200, "{\"access_token\":\"" AT1 "\",\"token_type\":\"DPoP\"}");
	world_answer(w, WORLD_USERINFO, 200, "{\"sub\":\"alice\"}");
	assert_non_null(strstr(b.url, "dpop_jkt="));
	assert_int_equal(finish(w, &params, &web, &b, NULL, NULL), BELGO_OK);
	assert_non_null(strstr(world_sent_headers(w, WORLD_TOKEN), "DPoP: "));
	browser_done(&b);
	world_free(&w);
}

/* @spec RFC 9126 section 4 */
static void
test_web_login__pushed_request_leaves_its_handle_in_the_url(void **state)
{
	struct world *w = world_new();
	struct belgo_login_params params = login_params(w);
	struct belgo_web_params web = web_params();
	struct browser b;

	(void)state;
	world_metadata(w, "\"pushed_authorization_request_endpoint\":\"" WORLD_ISSUER "/par\",");
	world_jwks(w);
	world_answer(w, WORLD_ISSUER "/par", 201, "{\"request_uri\":\"urn:1\",\"expires_in\":60}");
	params.par = BELGO_PAR_ALWAYS;
	b = begin(w, &params, &web);
	assert_non_null(strstr(b.url, "request_uri=urn%3A1"));
	assert_null(strstr(b.url, "state="));
	assert_int_equal(finish(w, &params, &web, &b, NULL, NULL), BELGO_OK);
	browser_done(&b);
	world_free(&w);
}

static void
test_web_login__wrong_parameters_make_no_operation(void **state)
{
	static const struct {
		const char *name;
		struct belgo_web_params web;
		int timeout_s;
		belgo_rc want;
	} rows[] = {
	    {"right", {.key = key, .redirect_uri = REDIRECT_URI}, 3600, BELGO_OK},
	    {"loopback", {.key = key, .redirect_uri = "http://127.0.0.1:1/"}, 0, BELGO_OK},
	    {"no key", {.redirect_uri = REDIRECT_URI}, 0, BELGO_EINVAL},
	    {"no redirect URI", {.key = key}, 0, BELGO_EINVAL},
	    {"http", {.key = key, .redirect_uri = "http://app.example/"}, 0, BELGO_EINVAL},
	    {"fragment", {.key = key, .redirect_uri = REDIRECT_URI "#a"}, 0, BELGO_EINVAL},
	    {"user name", {.key = key, .redirect_uri = "https://a@app.example/"}, 0, BELGO_EINVAL},
	    {"no URL", {.key = key, .redirect_uri = "app"}, 0, BELGO_EINVAL},
	    {"control", {.key = key, .redirect_uri = REDIRECT_URI, .payload = "a\nb"}, 0, BELGO_EINVAL},
	    {"no UTF-8", {.key = key, .redirect_uri = REDIRECT_URI, .payload = "\xff"}, 0, BELGO_EINVAL},
	    {"too long", {.key = key, .redirect_uri = REDIRECT_URI}, 3601, BELGO_EINVAL},
	    {"put alone", {.key = key, .redirect_uri = REDIRECT_URI, .put = memory_put}, 0, BELGO_EINVAL},
	    {"take alone", {.key = key, .redirect_uri = REDIRECT_URI, .take = memory_take}, 0, BELGO_EINVAL},
	    {"both ways",
	     {.key = key,
	      .redirect_uri = REDIRECT_URI,
	      .put = memory_put,
	      .take = memory_take,
	      .spend = spend_once},
	     0,
	     BELGO_EINVAL},
	};
	struct world *w = provider_up();

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		struct belgo_login_params params = login_params(w);
		struct belgo_op *op = NULL;
		struct belgo_error err = {0};

		params.timeout_s = rows[i].timeout_s;
		assert_row(rows[i].name, belgo_web_login_begin_op(&op, world_client(w), &params, &rows[i].web,
								  &err) == rows[i].want);
		assert_row(rows[i].name, err.rc == rows[i].want);
		belgo_op_free(&op);
	}
	world_free(&w);
}

static void
test_web_login__what_no_cookie_holds_is_refused(void **state)
{
	struct world *w = provider_up();
	struct belgo_login_params params = login_params(w);
	struct belgo_web_params web = web_params();
	struct belgo_op *op = NULL;
	char payload[3801];

	(void)state;
	memset(payload, 'a', sizeof(payload) - 1);
	payload[sizeof(payload) - 1] = '\0';
	web.payload = payload;
	assert_int_equal(belgo_web_login_begin_op(&op, world_client(w), &params, &web, NULL), BELGO_OK);
	assert_int_equal(world_finish(op, NULL), BELGO_EINVAL);
	assert_null(belgo_op_web_login(op));
	belgo_op_free(&op);
	world_free(&w);
}

static void
test_web_login__spent_ids_are_remembered_until_they_expire(void **state)
{
	struct bg_spent *spent = bg_spent_new();
	struct belgo_error err = {0};

	(void)state;
	assert_non_null(spent);
	assert_int_equal(bg_spend(spent, "a", 100, 50, NULL), BELGO_OK);
	assert_int_equal(bg_spend(spent, "b", 101, 50, NULL), BELGO_OK);
	assert_int_equal(bg_spend(spent, "a", 100, 99, &err), BELGO_ESTATE);
	assert_int_equal(err.rc, BELGO_ESTATE);
	assert_int_equal(bg_spend(spent, "a", 200, 100, NULL), BELGO_OK);
	assert_int_equal(bg_spend(spent, "b", 101, 100, NULL), BELGO_ESTATE);
	bg_spent_free(&spent);
	assert_null(spent);
}

/* Who fills the table with logins of his own keeps nobody out. */
static void
test_web_login__full_table_forgets_what_expires_first(void **state)
{
	struct bg_spent *spent = bg_spent_new();
	char id[16];

	(void)state;
	assert_non_null(spent);
	for (int i = 0; i < BG_MAX_SPENT; i++) {
		(void)snprintf(id, sizeof(id), "%d", i);
		assert_int_equal(bg_spend(spent, id, i == 7 ? 99 : 100, 50, NULL), BELGO_OK);
	}
	assert_int_equal(bg_spend(spent, "7", 99, 50, NULL), BELGO_ESTATE);
	assert_int_equal(bg_spend(spent, "new", 101, 50, NULL), BELGO_OK);
	assert_int_equal(bg_spend(spent, "new", 101, 50, NULL), BELGO_ESTATE);
	assert_int_equal(bg_spend(spent, "8", 100, 50, NULL), BELGO_ESTATE);
	assert_int_equal(bg_spend(spent, "7", 99, 50, NULL), BELGO_OK);
	bg_spent_free(&spent);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_web_login__two_calls_sign_in_and_bring_the_payload_back),
	    cmocka_unit_test(test_web_login__cookie_shows_nothing_of_the_login),
	    cmocka_unit_test(test_web_login__only_the_browser_that_began_finishes),
	    cmocka_unit_test(test_web_login__payload_comes_back_when_the_provider_says_no),
	    cmocka_unit_test(test_web_login__is_finished_once),
	    cmocka_unit_test(test_web_login__program_may_keep_what_is_pending),
	    cmocka_unit_test(test_web_login__what_is_kept_is_taken_by_its_answer_alone),
	    cmocka_unit_test(test_web_login__what_is_kept_outlives_what_fails_before_its_answer_is_judged),
	    cmocka_unit_test(test_web_login__store_that_fails_hands_out_nothing),
	    cmocka_unit_test(test_web_login__several_processes_share_what_was_used),
	    cmocka_unit_test(test_web_login__only_what_is_exchanged_is_remembered),
	    cmocka_unit_test(test_web_login__account_is_not_named_by_what_users_claim),
	    cmocka_unit_test(test_web_login__name_that_the_program_gave_stays),
	    cmocka_unit_test(test_web_login__only_a_name_or_scopes_to_add_need_all_accounts),
	    cmocka_unit_test(test_web_login__stranger_is_told_from_a_known_user_without_a_list),
	    cmocka_unit_test(test_web_login__key_of_the_tokens_survives),
	    cmocka_unit_test(test_web_login__pushed_request_leaves_its_handle_in_the_url),
	    cmocka_unit_test(test_web_login__wrong_parameters_make_no_operation),
	    cmocka_unit_test(test_web_login__what_no_cookie_holds_is_refused),
	    cmocka_unit_test(test_web_login__spent_ids_are_remembered_until_they_expire),
	    cmocka_unit_test(test_web_login__full_table_forgets_what_expires_first),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
