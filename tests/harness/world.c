/* The scripted world put together: clock, entropy, log, journal, and the OpenID provider in it. */
#include "harness/world_parts.h"

#include "harness/jose_make.h"
#include "proto/pkce.h"

#include <poll.h>

/* There only where the test program was joined to failalloc.c. */
int failalloc_pause(void) __attribute__((weak));
void failalloc_resume(int was) __attribute__((weak));

int
world_pause_failalloc(void)
{
	return failalloc_pause != NULL ? failalloc_pause() : 0;
}

void
world_resume_failalloc(const int *paused)
{
	if (failalloc_resume != NULL)
		failalloc_resume(*paused);
}

void
world_note(struct world *w, const char *text)
{
	WORLD_OWN_MEMORY;

	(void)pthread_mutex_lock(&w->journal_mutex);
	assert_int_equal(bg_buf_add_str(&w->journal, text), BELGO_OK);
	assert_int_equal(bg_buf_add_char(&w->journal, '\n'), BELGO_OK);
	(void)pthread_mutex_unlock(&w->journal_mutex);
}

static int64_t
wall_ms(void *ctx)
{
	return ((struct world *)ctx)->now_ms;
}

static int64_t
mono_ms(void *ctx)
{
	struct world *w = ctx;

	return w->mono_ms += w->look_ms;
}

static belgo_rc
fill_random(void *ctx, void *buf, size_t len, struct belgo_error *err)
{
	struct world *w = ctx;

	if (w->random == WORLD_NO_ENTROPY)
		return bg_fail(err, BELGO_EINTERNAL, "the scripted world has no entropy");
	memset(buf, ++w->random, len);
	return BELGO_OK;
}

char *
world_foretell(const struct world *w, int n)
{
	unsigned char bytes[BG_RANDOM_LEN];

	memset(bytes, w->random + n, sizeof(bytes));
	return jose_b64(bytes, sizeof(bytes));
}

void
world_spend_entropy(struct world *w)
{
	w->random = WORLD_NO_ENTROPY;
}

static void
log_write(void *ctx, enum belgo_log_level level, const char *text)
{
	WORLD_OWN_MEMORY;
	struct world *w = ctx;

	(void)level;
	assert_int_equal(bg_buf_add_str(&w->log, text), BELGO_OK);
	assert_int_equal(bg_buf_add_char(&w->log, '\n'), BELGO_OK);
}

struct world *
world_new(void)
{
	struct world *w = calloc(1, sizeof(*w));

	*w = (struct world){
	    .now_ms = WORLD_NOW * 1000, .mono_ms = 1000, .journal = BG_BUF(1 << 20), .log = BG_BUF(1 << 20)};
	(void)pthread_mutex_init(&w->journal_mutex, NULL);
	world_http_init(w);
	world_store_init(w);
	world_browser_init(w);
	w->system =
	    (struct belgo_system){.ctx = w, .wall_ms = wall_ms, .mono_ms = mono_ms, .random = fill_random};
	w->log_seam = (struct belgo_log){.ctx = w, .write = log_write};
	w->params = (struct belgo_client_params){.store = &w->store,
						 .transport = &w->transport,
						 .system = &w->system,
						 .cache = &w->cache,
						 .access_cache = &w->access_cache,
						 .listener = &w->listener,
						 .log = &w->log_seam,
						 .lock_timeout_ms = 60};
	world_restart(w);
	assert_int_equal(belgo_provider_from_issuer(&w->provider, WORLD_ISSUER, NULL), BELGO_OK);
	return w;
}

void
world_free(struct world **world)
{
	struct world *w = *world;

	assert_int_equal(w->locks_taken, 0);
	assert_null(strstr(world_log(w), WORLD_SECRET));
	assert_null(strstr(w->message, WORLD_SECRET));
	belgo_client_free(&w->client);
	belgo_provider_free(&w->provider);
	world_http_done(w);
	world_store_done(w);
	world_browser_done(w);
	bg_buf_free(&w->journal);
	bg_buf_free(&w->log);
	(void)pthread_mutex_destroy(&w->journal_mutex);
	free(w);
	*world = NULL;
}

struct belgo_client *
world_client(struct world *w)
{
	return w->client;
}

struct belgo_client_params *
world_params(struct world *w)
{
	return &w->params;
}

void
world_restart(struct world *w)
{
	belgo_client_free(&w->client);
	assert_int_equal(belgo_client_new(&w->client, &w->params, NULL), BELGO_OK);
}

const struct belgo_provider *
world_provider(struct world *w)
{
	return w->provider;
}

void
world_metadata(struct world *w, const char *more)
{
	char body[4096];
	const char *url = WORLD_ISSUER "/.well-known/openid-configuration";

	(void)snprintf(body, sizeof(body),
		       "{%s\"issuer\":\"" WORLD_ISSUER "\",\"authorization_endpoint\":\"" WORLD_ISSUER
		       "/auth\",\"token_endpoint\":\"" WORLD_TOKEN
		       "\",\"userinfo_endpoint\":\"" WORLD_USERINFO
		       "\",\"revocation_endpoint\":\"" WORLD_REVOKE "\",\"jwks_uri\":\"" WORLD_JWKS
		       "\",\"response_types_supported\":[\"code\"],\"code_challenge_methods_supported\":["
		       "\"S256\"],\"id_token_signing_alg_values_supported\":[\"RS256\"],"
		       "\"scopes_supported\":[\"openid\",\"email\",\"profile\",\"offline_access\"]}",
		       more);
	world_forget_answers(w, url);
	world_answer_always(w, url, 200, body);
}

char *
world_key_set(int key, const char *kid)
{
	char more[64];

	(void)snprintf(more, sizeof(more), "\"kid\":\"%s\",\"use\":\"sig\"", kid);
	return jose_jwks(jose_jwk(jose_key("RSA-2048", key), more), (char *)NULL);
}

void
world_jwks(struct world *w)
{
	char *set = world_key_set(0, "k1");

	world_answer_always(w, WORLD_JWKS, 200, set);
	free(set);
}

char *
world_id_token(const char *payload)
{
	return jose_sign(jose_key("RSA-2048", 0), "RS256", "{\"alg\":\"RS256\",\"kid\":\"k1\"}", payload);
}

const char *
world_journal(const struct world *w)
{
	return w->journal.data == NULL ? "" : w->journal.data;
}

const char *
world_log(const struct world *w)
{
	return w->log.data == NULL ? "" : w->log.data;
}

void
world_journal_clear(struct world *w)
{
	bg_buf_free(&w->journal);
}

static const char *
find_line(const char *journal, const char *entry)
{
	size_t len = strlen(entry);

	for (const char *at = journal; (at = strstr(at, entry)) != NULL; at++)
		if ((at == journal || at[-1] == '\n') && at[len] == '\n')
			return at;
	return NULL;
}

int
world_came_before(const struct world *w, const char *first, const char *second)
{
	const char *a = find_line(world_journal(w), first), *b = find_line(world_journal(w), second);

	return a != NULL && b != NULL && a < b;
}

static pthread_mutex_t *
journal_mutex(const struct world *w)
{
	return (pthread_mutex_t *)(uintptr_t)&w->journal_mutex;
}

size_t
world_count(const struct world *w, const char *entry)
{
	size_t n = 0;

	(void)pthread_mutex_lock(journal_mutex(w));
	for (const char *at = world_journal(w); (at = find_line(at, entry)) != NULL; at++)
		n++;
	(void)pthread_mutex_unlock(journal_mutex(w));
	return n;
}

void
world_advance(struct world *w, int64_t seconds)
{
	w->now_ms += seconds * 1000;
	w->mono_ms += seconds * 1000;
}

void
world_let_time_pass(struct world *w)
{
	w->look_ms = 1000;
}

int64_t
world_now_ms(const struct world *w)
{
	return w->now_ms;
}

static void
check_error(belgo_rc rc, const struct belgo_error *err)
{
	assert_int_equal(rc, err->rc);
	assert_true(rc == BELGO_OK || err->text[0] != '\0');
	assert_null(strstr(err->text, WORLD_SECRET));
	assert_null(strstr(err->oauth_error, WORLD_SECRET));
	assert_null(strstr(err->oauth_error_description, WORLD_SECRET));
}

belgo_rc
world_finish(struct belgo_op *op, struct belgo_error *err)
{
	struct belgo_error why = {0};
	belgo_rc rc = belgo_op_run(op, &why);

	check_error(rc, &why);
	if (err != NULL)
		*err = why;
	return rc;
}

belgo_rc
world_run(struct belgo_op *op, struct belgo_error *err)
{
	belgo_rc rc = world_finish(op, err);

	belgo_op_free(&op);
	return rc;
}

void
world_drive_until(struct world *w, struct belgo_op *op, const char *entry)
{
	struct pollfd p = {.fd = belgo_op_fd(op, NULL), .events = POLLIN};

	while (world_count(w, entry) == 0) {
		assert_int_equal(belgo_op_dispatch(op), BELGO_OP_RUNNING);
		if (world_count(w, entry) == 0)
			(void)poll(&p, 1, 1000);
	}
}

/* The clock moves where only time is waited for, so that nobody waits in earnest. */
belgo_rc
world_drive(struct world *w, struct belgo_op *op, struct belgo_error *err)
{
	struct belgo_error why = {0};
	struct pollfd p = {.fd = belgo_op_fd(op, NULL), .events = POLLIN};
	belgo_rc rc;

	assert_true(p.fd >= 0);
	while (belgo_op_dispatch(op) == BELGO_OP_RUNNING)
		if (poll(&p, 1, 1) == 0 && op->want == BG_WANT_TIMER)
			w->mono_ms += 250;
	rc = belgo_op_result(op, &why);
	check_error(rc, &why);
	if (err != NULL)
		*err = why;
	return rc;
}
