/* The frames of an operation and what they may await. Knows no protocol. */
#include "flow/op.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/pkce.h"
#include "proto/reply.h"

#define LOCK_RETRY_MIN_MS 5
#define LOCK_RETRY_MAX_MS 40

belgo_rc
bg_op_new(struct belgo_op **out, struct belgo_client *client, bg_step_fn *first, void *ctx,
	  bg_frame_free_fn *free_ctx, struct belgo_error *err)
{
	struct belgo_op *op = bg_calloc(1, sizeof(*op));

	if (op == NULL) {
		free_ctx(ctx);
		return bg_fail(err, BELGO_ENOMEM, "out of memory");
	}
	op->client = client;
	op->stack[0] = (struct bg_frame){.step = first, .ctx = ctx, .free = free_ctx};
	op->depth = 1;
	op->status = BELGO_OP_RUNNING;
	bg_error_init(&op->error);
	atomic_init(&op->cancelled, 0);
	*out = op;
	return BELGO_OK;
}

static void
pop_frame(struct belgo_op *op)
{
	struct bg_frame *frame = &op->stack[--op->depth];

	if (frame->free != NULL)
		frame->free(frame->ctx);
	*frame = (struct bg_frame){0};
}

void
bg_op_unlock(struct belgo_op *op)
{
	const struct belgo_store *store = op->client->params.store;

	if (op->lock != NULL)
		store->unlock(store->ctx, BG_TAKE(op->lock));
}

void
bg_op_destroy(struct belgo_op *op)
{
	while (op->depth > 0)
		pop_frame(op);
	if (op->session != NULL)
		op->client->params.listener->close(op->session);
	if (op->lock == NULL) /* taken on the worker, and no step has seen it yet */
		op->lock = BG_TAKE(op->job.lock);
	bg_op_unlock(op);
	belgo_http_request_done(&op->request);
	belgo_http_response_done(&op->response);
	bg_store_job_done(&op->job);
	belgo_account_free(&op->account);
	belgo_account_list_free(&op->accounts);
	belgo_token_free(&op->token);
	bg_str_free(&op->dpop_key);
	bg_str_free(&op->json);
	belgo_blob_done(&op->data);
	bg_str_free(&op->web.url);
	bg_str_free(&op->web.pending);
	bg_str_free(&op->web.payload);
	for (size_t i = 0; i < BG_MAX_WARNINGS; i++)
		bg_str_free(&op->warnings[i]);
	bg_wipe(op, sizeof(*op));
	free(op);
}

static struct bg_frame *
top(struct belgo_op *op)
{
	return &op->stack[op->depth - 1];
}

void *
bg_op_frame(const struct belgo_op *op)
{
	return op->stack[op->depth - 1].ctx;
}

static void
finish(struct belgo_op *op, belgo_rc rc)
{
	if (op->drop_http != NULL)
		op->drop_http(op);
	while (op->depth > 0)
		pop_frame(op);
	if (op->session != NULL) {
		op->client->params.listener->close(op->session);
		op->session = NULL;
	}
	bg_op_unlock(op);
	op->want = BG_WANT_NOTHING;
	op->critical = 0;
	op->rc = rc;
	op->status = rc == BELGO_OK ? BELGO_OP_DONE : BELGO_OP_FAILED;
	if (rc != BELGO_OK) /* a step that forgot to say why must not end in silence */
		(void)bg_fail(&op->error, rc, "%s", belgo_rc_str(rc));
	else
		bg_error_reset(&op->error);
	if (op->error.rc != BELGO_OK && op->has_clock_skew && !op->error.has_clock_skew) {
		op->error.has_clock_skew = 1;
		op->error.clock_skew = op->clock_skew;
	}
}

/* Runs steps until one awaits something or the last frame has ended. */
static void
advance(struct belgo_op *op, belgo_rc awaited)
{
	while (op->depth > 0) {
		struct bg_frame *frame = top(op);
		belgo_rc rc;

		op->want = BG_WANT_NOTHING;
		op->called = 0;
		rc = frame->step(op, frame->ctx, awaited, &op->error);
		if (rc == BELGO_OK && op->want != BG_WANT_NOTHING)
			return;
		awaited = BELGO_OK;
		if (rc == BELGO_OK && op->called)
			continue;
		pop_frame(op);
		awaited = rc;
	}
	finish(op, awaited);
}

void
bg_op_begin(struct belgo_op *op)
{
	op->begun = 1;
	advance(op, BELGO_OK);
}

void
bg_op_resume(struct belgo_op *op, unsigned came, belgo_rc rc)
{
	op->came = came;
	if ((came & BG_WANT_HTTP) && rc == BELGO_OK) {
		op->response.received_at = bg_op_now(op); /* the transport may know another clock */
		if (bg_reply_clock_skew(&op->clock_skew,
					&op->response)) /* an answer without Date unmeasures nothing */
			op->has_clock_skew = 1;
		bg_log(op->client->params.log, BELGO_LOG_DEBUG, "%s answered %d", op->request.what,
		       op->response.status);
	}
	if (!(came & BG_WANT_HTTP) && op->drop_http != NULL)
		op->drop_http(op); /* what did not come is no longer awaited */
	advance(op, rc);
	if (!(op->want & BG_WANT_HTTP))
		belgo_http_request_done(&op->request);
}

void
bg_op_abort(struct belgo_op *op, belgo_rc rc)
{
	if (op->error.rc != rc) /* what went wrong on the way is not why it ends */
		bg_error_reset(&op->error);
	finish(op, rc);
}

belgo_rc
bg_op_call(struct belgo_op *op, bg_step_fn *first, void *ctx, bg_frame_free_fn *free_ctx, bg_step_fn *next,
	   struct belgo_error *err)
{
	if (ctx == NULL)
		return bg_fail(err, BELGO_ENOMEM, "out of memory");
	if (op->depth == BG_MAX_FRAMES) {
		free_ctx(ctx);
		return bg_fail(err, BELGO_EINTERNAL, "an operation nests too deeply");
	}
	top(op)->step = next;
	op->stack[op->depth++] = (struct bg_frame){.step = first, .ctx = ctx, .free = free_ctx};
	op->called = 1;
	return BELGO_OK;
}

/* Scheme, host and path of a URL; the query may hold what nobody should read. */
static void
log_request(const struct belgo_op *op, const struct belgo_http_request *req)
{
	bg_log(op->client->params.log, BELGO_LOG_DEBUG, "%s %.*s (%s)", req->method,
	       (int)strcspn(req->url, "?#"), req->url, req->what);
}

void
bg_op_send_beside(struct belgo_op *op, struct belgo_http_request *req)
{
	log_request(op, req);
	belgo_http_request_done(&op->request);
	belgo_http_response_done(&op->response);
	op->request = *req;
	*req = (struct belgo_http_request){0};
	op->http_serial++;
	op->want |= BG_WANT_HTTP;
}

belgo_rc
bg_op_send(struct belgo_op *op, struct belgo_http_request *req, bg_step_fn *next)
{
	bg_op_send_beside(op, req);
	top(op)->step = next;
	return BELGO_OK;
}

belgo_rc
bg_op_sleep(struct belgo_op *op, int64_t ms, bg_step_fn *next)
{
	op->wake_at = bg_op_mono_ms(op) + ms;
	op->want |= BG_WANT_TIMER;
	top(op)->step = next;
	return BELGO_OK;
}

belgo_rc
bg_op_await_redirect(struct belgo_op *op, bg_judge_fn *judge, int64_t deadline, bg_step_fn *next)
{
	op->judge = judge;
	op->wake_at = deadline;
	op->want |= BG_WANT_REDIRECT | BG_WANT_TIMER;
	top(op)->step = next;
	return BELGO_OK;
}

int
bg_op_redirected(struct belgo_op *op, const char *params, size_t len, struct belgo_error *err)
{
	if (!(op->want & BG_WANT_REDIRECT) || !op->judge(op, bg_op_frame(op), params, len, err))
		return 0;
	bg_op_resume(op, BG_WANT_REDIRECT, BELGO_OK);
	return 1;
}

belgo_rc
bg_op_store_data(struct belgo_op *op, enum bg_store_verb verb, const char *key, const char *label,
		 const char *data, bg_step_fn *next, struct belgo_error *err)
{
	struct bg_store_job job = {.verb = verb};

	bg_store_job_done(&op->job);
	job.key = bg_strdup(key);
	job.label = bg_strdup(label);
	job.blob.data = (unsigned char *)bg_strdup(data);
	job.blob.len = data == NULL ? 0 : strlen(data);
	op->job = job;
	if ((key != NULL && job.key == NULL) || (label != NULL && job.label == NULL) ||
	    (data != NULL && job.blob.data == NULL))
		return bg_fail(err, BELGO_ENOMEM, "out of memory");
	op->want |= BG_WANT_STORE;
	top(op)->step = next;
	return BELGO_OK;
}

belgo_rc
bg_op_store(struct belgo_op *op, enum bg_store_verb verb, const char *key, bg_step_fn *next,
	    struct belgo_error *err)
{
	return bg_op_store_data(op, verb, key, NULL, NULL, next, err);
}

struct lock_frame {
	char *key;
	int64_t deadline;
	int64_t pause;
};

static void
lock_frame_free(void *frame)
{
	struct lock_frame *f = frame;

	bg_str_free(&f->key);
	free(f);
}

static bg_step_fn lock_tried;

static belgo_rc
lock_try(struct belgo_op *op, void *frame, belgo_rc awaited, struct belgo_error *err)
{
	struct lock_frame *f = frame;

	(void)awaited;
	return bg_op_store(op, BG_STORE_LOCK, f->key, lock_tried, err);
}

/* A lock has no descriptor: it is tried again after a pause that grows a little, and differs between waiters.
 */
static belgo_rc
lock_tried(struct belgo_op *op, void *frame, belgo_rc awaited, struct belgo_error *err)
{
	struct lock_frame *f = frame;
	int64_t now = bg_op_mono_ms(op);
	unsigned char noise = 0;

	if (awaited == BELGO_OK)
		op->lock = BG_TAKE(op->job.lock);
	if (awaited != BELGO_EBUSY)
		return awaited;
	bg_error_reset(err);
	if (now >= f->deadline && op->job.holder > 0)
		return bg_fail(err, BELGO_EBUSY,
			       "process %ld has been holding the account's lock for too long",
			       op->job.holder);
	if (now >= f->deadline)
		return bg_fail(err, BELGO_EBUSY,
			       "another process has been holding the account's lock for too long");
	f->pause = f->pause * 3 / 2 > LOCK_RETRY_MAX_MS ? LOCK_RETRY_MAX_MS : f->pause * 3 / 2;
	(void)op->client->params.system->random(op->client->params.system->ctx, &noise, 1, NULL);
	return bg_op_sleep(op, f->pause + noise % LOCK_RETRY_MIN_MS, lock_try);
}

belgo_rc
bg_op_lock(struct belgo_op *op, const char *key, bg_step_fn *next, struct belgo_error *err)
{
	return bg_op_lock_within(op, key, op->client->params.lock_timeout_ms, next, err);
}

belgo_rc
bg_op_lock_within(struct belgo_op *op, const char *key, int64_t ms, bg_step_fn *next, struct belgo_error *err)
{
	struct lock_frame *f = bg_calloc(1, sizeof(*f));

	if (f == NULL || (f->key = bg_strdup(key)) == NULL) {
		free(f);
		return bg_fail(err, BELGO_ENOMEM, "out of memory");
	}
	f->deadline = bg_op_mono_ms(op) + ms;
	f->pause = LOCK_RETRY_MIN_MS;
	return bg_op_call(op, lock_try, f, lock_frame_free, next, err);
}

void
bg_op_warn(struct belgo_op *op, const char *fmt, ...)
{
	char text[512];
	va_list ap;
	size_t i = 0;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	while (i < BG_MAX_WARNINGS && op->warnings[i] != NULL)
		i++;
	if (i < BG_MAX_WARNINGS)
		op->warnings[i] = bg_strdup(text);
}

/* @spec RFC 9700 section 2.1; RFC 9449 section 11.1 */
belgo_rc
bg_op_random_text(const struct belgo_op *op, char **out, struct belgo_error *err)
{
	const struct belgo_system *system = op->client->params.system;
	unsigned char random[BG_RANDOM_LEN];
	belgo_rc rc = system->random(system->ctx, random, sizeof(random), err);

	if (rc == BELGO_OK && (rc = bg_random_text(out, random)) != BELGO_OK)
		(void)bg_fail(err, rc, "out of memory");
	bg_wipe(random, sizeof(random));
	return rc;
}

int64_t
bg_op_now_ms(const struct belgo_op *op)
{
	const struct belgo_system *system = op->client->params.system;

	return system->wall_ms(system->ctx);
}

int64_t
bg_op_now(const struct belgo_op *op)
{
	return bg_op_now_ms(op) / 1000;
}

int64_t
bg_op_mono_ms(const struct belgo_op *op)
{
	const struct belgo_system *system = op->client->params.system;

	return system->mono_ms(system->ctx);
}
