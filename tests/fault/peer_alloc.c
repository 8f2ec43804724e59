/*
 * A discovery, a login and a refresh over TLS while the allocations of libcurl and of OpenSSL fail in turn:
 * count them, then fail the first, the second, ... alone, and with all that come after. Each run is a process
 * of its own, for what these libraries set up they set up once. It ends with a clean error or with success,
 * leaks nothing, and the account that was there before yields a token to the next process, undisturbed.
 *
 *	peer_alloc ISSUER CA_FILE DIRECTORY KEY_FILE STEP [SECONDS]
 *
 * STEP: every STEP-th allocation until the first answer is there, which is OpenSSL's start almost alone; of
 * those that follow a hundred times as many. With SECONDS, every allocation instead, in an order that soon
 *has looked everywhere, until that time has passed; a scenario has a third of it. One refresh token may go:
 *the one whose answer died in libcurl, or came when there was no memory any more, ever, to seal it with. What
 *the libraries do to themselves is named in known[].
 */
#include <belgoauth/belgoauth.h>

#include <curl/curl.h>
#include <openssl/crypto.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { LOGIN_S = 20, HANGS_S = 60 };

struct setting {
	const char *issuer, *ca_file, *dir, *key_file;
	char store[512], browser[512];
};

/* What a run tells its parent, in memory that both have. */
static struct result {
	size_t seen, at;
	size_t seen_first; /* when the first answer was there */
	int stays, is_armed, is_over;
	int has_failed;
	char where[96]; /* which allocation was the first to fail */
	char account[65];
	int answered; /* the token endpoint's answer came to the library */
	int staged;   /* and was brought to the disk */
	belgo_rc rc;
	struct belgo_error err;
} * shared;

/*
 * What OpenSSL 3.0 does when one of its own allocations fails, by the file that it is in. Nothing else is
 * excused.
 */
static const struct known {
	const char *file;
	int crashes; /* else it leaks */
	const char *why;
} known[] = {
    {"crypto/threads_pthread.c", 1, "a library context takes the lock that it could not make"},
    {"crypto/core_namemap.c", 0, "a name that could not be added is forgotten as it is"},
};

/* ---- The allocators ---- */

static int
fails(const char *file, int line)
{
	if (!shared->is_armed)
		return 0;
	shared->seen++;
	if (shared->at == 0 || (shared->stays ? shared->seen < shared->at : shared->seen != shared->at))
		return 0;
	if (!shared->has_failed)
		snprintf(shared->where, sizeof(shared->where), "%s:%d", file, line);
	shared->has_failed = 1;
	errno = ENOMEM;
	return 1;
}

static void *
crypto_malloc(size_t size, const char *file, int line)
{
	return fails(file, line) ? NULL : malloc(size);
}

static void *
crypto_realloc(void *old, size_t size, const char *file, int line)
{
	return fails(file, line) ? NULL : realloc(old, size);
}

static void
crypto_free(void *memory, const char *file, int line)
{
	(void)file;
	(void)line;
	free(memory);
}

static void *
curl_malloc(size_t size)
{
	return fails("libcurl malloc", 0) ? NULL : malloc(size);
}

static void *
curl_calloc(size_t n, size_t size)
{
	return fails("libcurl calloc", 0) ? NULL : calloc(n, size);
}

static void *
curl_realloc(void *old, size_t size)
{
	return fails("libcurl realloc", 0) ? NULL : realloc(old, size);
}

static char *
curl_strdup(const char *text)
{
	return fails("libcurl strdup", 0) ? NULL : strdup(text);
}

/* ---- One run ---- */

struct session {
	const struct setting *setting;
	struct belgo_store *store;
	struct belgo_provider *provider;
	struct belgo_transport curl, transport;
	struct belgo_client *client;
};

static struct belgo_transport *curl_transport; /* finish() is told of the call only */
static int at_token_endpoint;

static belgo_rc
begin(void *ctx, struct belgo_http_call **out, const struct belgo_http_request *req, struct belgo_error *err)
{
	at_token_endpoint = strstr(req->url, "/token") != NULL;
	return curl_transport->begin(ctx, out, req, err);
}

static belgo_rc
finish(struct belgo_http_call *call, struct belgo_http_response *out, struct belgo_error *err)
{
	belgo_rc rc = curl_transport->finish(call, out, err);

	shared->answered |= rc == BELGO_OK && at_token_endpoint;
	if (shared->seen_first == 0)
		shared->seen_first = shared->seen;
	return rc;
}

static belgo_rc (*stage_on_disk)(void *ctx, const char *key, const void *data, size_t len,
				 struct belgo_error *err);

static belgo_rc
stage(void *ctx, const char *key, const void *data, size_t len, struct belgo_error *err)
{
	belgo_rc rc = stage_on_disk(ctx, key, data, len, err);

	shared->staged |= rc == BELGO_OK;
	return rc;
}

static belgo_rc
open_session(struct session *session, struct belgo_error *err)
{
	const struct setting *setting = session->setting;
	const struct belgo_curl_params curl = {.ca_file = setting->ca_file};
	const struct belgo_store_params place = {
	    .uri = setting->store, .state_dir = setting->dir, .key_file = setting->key_file};
	belgo_rc rc = belgo_store_open(&session->store, &place, err);

	if (rc == BELGO_OK)
		rc = belgo_provider_from_issuer(&session->provider, setting->issuer, err);
	if (rc == BELGO_OK)
		rc = belgo_transport_curl_new(&session->curl, &curl, err);
	if (rc != BELGO_OK)
		return rc;
	stage_on_disk = session->store->stage;
	session->store->stage = stage;
	curl_transport = &session->curl;
	session->transport = session->curl;
	session->transport.begin = begin;
	session->transport.finish = finish;
	const struct belgo_client_params params = {.store = session->store, .transport = &session->transport};
	return belgo_client_new(&session->client, &params, err);
}

static void
close_session(struct session *session)
{
	belgo_client_free(&session->client);
	belgo_transport_done(&session->curl);
	belgo_provider_free(&session->provider);
	belgo_store_free(&session->store);
}

static belgo_rc
make_discovery(struct belgo_op **op, struct session *session, struct belgo_error *err)
{
	return belgo_discover_op(op, session->client, session->provider, err);
}

static void
open_browser(void *arg, const struct belgo_login_prompt *prompt)
{
	const struct setting *setting = arg;
	const struct belgo_browser_params params = {.command = setting->browser};

	(void)belgo_browser_open(prompt->url, &params, NULL);
}

static belgo_rc
make_login(struct belgo_op **op, struct session *session, struct belgo_error *err)
{
	const struct belgo_login_params params = {.provider = session->provider,
						  .client_id = "demo",
						  .timeout_s = LOGIN_S,
						  .on_prompt = open_browser,
						  .prompt_arg = (void *)(uintptr_t)session->setting};

	return belgo_login_op(op, session->client, &params, err);
}

static belgo_rc
make_refresh(struct belgo_op **op, struct session *session, struct belgo_error *err)
{
	const struct belgo_token_params params = {.account_key = shared->account,
						  .mode = BELGO_REFRESH_NOW,
						  .began_at_ms = belgo_system_default()->wall_ms(NULL) + 1};

	return belgo_token_op(op, session->client, &params, err);
}

static belgo_rc
has_token(const struct belgo_op *op)
{
	const struct belgo_token *token = belgo_op_token(op);

	return token != NULL && token->access_token != NULL;
}

static belgo_rc
has_metadata(const struct belgo_op *op)
{
	return belgo_op_json(op) != NULL;
}

static const struct scenario {
	const char *name;
	belgo_rc (*make)(struct belgo_op **op, struct session *session, struct belgo_error *err);
	belgo_rc (*is_done)(const struct belgo_op *op);
} discovery = {"discovery", make_discovery, has_metadata}, login = {"login", make_login, has_token},
  refresh = {"refresh", make_refresh, has_token};

static _Noreturn void
run_here(const struct scenario *scenario, const struct setting *setting)
{
	struct session session = {.setting = setting};
	struct belgo_op *op = NULL;
	int is_hollow = 0;

	(void)alarm(HANGS_S);
	shared->is_armed = 1;
	(void)curl_global_init_mem(CURL_GLOBAL_DEFAULT, curl_malloc, free, curl_realloc, curl_strdup,
				   curl_calloc);
	shared->rc = open_session(&session, &shared->err);
	if (shared->rc == BELGO_OK)
		shared->rc = scenario->make(&op, &session, &shared->err);
	if (shared->rc == BELGO_OK) {
		shared->rc = belgo_op_run(op, &shared->err);
		is_hollow = shared->rc == BELGO_OK && !scenario->is_done(op);
	}
	if (shared->rc == BELGO_OK && belgo_op_account(op) != NULL)
		snprintf(shared->account, sizeof(shared->account), "%s", belgo_op_account(op)->key);
	belgo_op_free(&op);
	close_session(&session);
	shared->is_armed = 0;
	shared->is_over = 1;
	exit(is_hollow ? 3 : 0);
}

/* @return how the process ended: 0 unless it crashed, hung, leaked, or had nothing to show for its success.
 */
static int
run(const struct scenario *scenario, const struct setting *setting, size_t at, int stays)
{
	int status = -1;
	pid_t pid;

	shared->seen = shared->seen_first = 0;
	shared->at = at;
	shared->stays = stays;
	shared->has_failed = shared->answered = shared->staged = shared->is_armed = shared->is_over = 0;
	shared->where[0] = '\0';
	shared->rc = BELGO_EINTERNAL;
	shared->err = (struct belgo_error){0};
	fflush(NULL);
	if ((pid = fork()) == 0)
		run_here(scenario, setting);
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return -1;
	return status;
}

/* ---- All of them ---- */

static struct {
	size_t failed, went_on, reported, excused, lost, faults;
} count;

static void
fault(const struct scenario *scenario, const struct result *was, const char *what)
{
	count.faults++;
	printf("FAULT: %s: allocation %zu%s (%s): %s: rc %d, \"%s\"\n", scenario->name, was->at,
	       was->stays ? " and all later" : "", was->where, what, (int)was->rc, was->err.text);
}

static int
is_excused(int crashed)
{
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (strstr(shared->where, known[i].file) != NULL && known[i].crashes == crashed)
			return 1;
	return 0;
}

/* Does the next process get a token? If not, it must be for the one reason that there may be. */
static void
check_account(const struct scenario *scenario, const struct setting *setting)
{
	const struct result was = *shared;

	if (run(&refresh, setting, 0, 0) == 0 && shared->rc == BELGO_OK)
		return;
	if (scenario == &refresh && was.rc != BELGO_OK && shared->rc == BELGO_ELOGIN &&
	    (!was.answered || (was.stays && !was.staged)))
		count.lost++;
	else
		fault(scenario, &was, "the account yields no token afterwards");
	if (run(&login, setting, 0, 0) != 0 || shared->rc != BELGO_OK)
		fault(scenario, &was, "nor does a new login");
}

/* Returns 0 once nothing was left to fail. */
static int
fail_one(const struct scenario *scenario, const struct setting *setting, size_t at, int stays)
{
	int status = run(scenario, setting, at, stays);

	if (status == 0 && !shared->has_failed)
		return 0;
	count.failed++;
	if (status != 0 && is_excused(!shared->is_over))
		count.excused++;
	else if (status != 0)
		fault(scenario, shared,
		      shared->is_over ? "it leaked, or succeeded in nothing" : "it crashed, or hung");
	else if (shared->rc == BELGO_OK)
		count.went_on++;
	else if (shared->err.rc == shared->rc && shared->err.text[0] != '\0')
		count.reported++;
	else
		fault(scenario, shared, "no clean error");
	if (scenario != &discovery)
		check_account(scenario, setting);
	return 1;
}

static time_t
seconds_now(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec;
}

/* 7919 is prime, and no number of allocations seen here is a multiple of it: each comes up once. */
static void
fail_all(const struct scenario *scenario, const struct setting *setting, size_t all, long seconds)
{
	const time_t end = seconds_now() + seconds;

	for (size_t i = 0; i < 2 * all && seconds_now() < end; i++)
		(void)fail_one(scenario, setting, i / 2 * 7919 % all + 1, i % 2 != 0);
}

static void
fail_some(const struct scenario *scenario, const struct setting *setting, size_t start, size_t step)
{
	for (int stays = 0; stays <= 1; stays++)
		for (size_t at = 1; fail_one(scenario, setting, at, stays);)
			at = at >= start ? at + (step + 99) / 100 : at + step < start ? at + step : start;
}

/* step 0: all, for so many seconds. */
static void
fail_each(const struct scenario *scenario, const struct setting *setting, size_t step, long seconds)
{
	const size_t before = count.failed;
	size_t start, all;

	if (run(scenario, setting, 0, 0) != 0 || shared->rc != BELGO_OK)
		fault(scenario, shared, "it fails undisturbed");
	start = shared->seen_first;
	all = shared->seen;
	if (step != 0)
		fail_some(scenario, setting, start, step);
	else
		fail_all(scenario, setting, all, seconds);
	printf("%s: %zu allocations, %zu of them until the first answer; %zu failed\n", scenario->name, all,
	       start, count.failed - before);
}

int
main(int argc, char **argv)
{
	static struct setting setting;
	size_t step;
	long seconds;

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (argc < 6 || argc > 7 || (step = strtoul(argv[5], NULL, 10)) == 0 ||
	    (seconds = argc == 7 ? strtol(argv[6], NULL, 10) : 0) < 0 ||
	    CRYPTO_set_mem_functions(crypto_malloc, crypto_realloc, crypto_free) != 1)
		return 2;
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared == MAP_FAILED)
		return 2;
	setting =
	    (struct setting){.issuer = argv[1], .ca_file = argv[2], .dir = argv[3], .key_file = argv[4]};
	snprintf(setting.store, sizeof(setting.store), "file:%s/store", setting.dir);
	snprintf(setting.browser, sizeof(setting.browser), "curl -sSL -o /dev/null --cacert %s",
		 setting.ca_file);
	if (run(&login, &setting, 0, 0) != 0 || shared->rc != BELGO_OK) {
		printf("undisturbed: %s\n", shared->err.text);
		return 2;
	}
	if (seconds > 0)
		step = 0;
	fail_each(&discovery, &setting, step, seconds / 3);
	fail_each(&login, &setting, step, seconds / 3);
	fail_each(&refresh, &setting, step, seconds / 3);
	printf("%zu allocations failed: %zu runs went on without, %zu reported it, %zu ended in what is "
	       "known of "
	       "OpenSSL, %zu answers were lost so; %zu faults\n",
	       count.failed, count.went_on, count.reported, count.excused, count.lost, count.faults);
	return count.faults == 0 && count.reported > 0 ? 0 : 1;
}
