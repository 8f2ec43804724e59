/*
 * An operation from the inside: a stack of frames, each a small state machine whose states are named
 * functions. A step looks at what it had awaited, and then either awaits the next thing (one of the bg_op_
 * functions below, whose result it returns), or returns: BELGO_OK ends its frame well, anything else ends it
 * badly, and the frame below goes on with that code. Nothing here blocks; the drivers in run/ do what is
 * awaited.
 */
#ifndef BG_FLOW_OP_H
#define BG_FLOW_OP_H

#include "flow/client.h"

#include <belgoauth/web.h>

#include <stdatomic.h>

typedef belgo_rc bg_step_fn(struct belgo_op *op, void *frame, belgo_rc awaited, struct belgo_error *err);
typedef void bg_frame_free_fn(void *frame);

#define BG_MAX_FRAMES 8
#define BG_MAX_WARNINGS 8

enum bg_want {
	BG_WANT_NOTHING = 0,
	BG_WANT_HTTP = 1,
	BG_WANT_STORE = 2,
	BG_WANT_TIMER = 4,
	BG_WANT_REDIRECT = 8,
};

enum bg_store_verb {
	BG_STORE_GET,
	BG_STORE_PUT,
	BG_STORE_REMOVE,
	BG_STORE_LIST,
	BG_STORE_PROBE,
	BG_STORE_STAGE,
	BG_STORE_UNSTAGE,
	BG_STORE_LOCK
};

struct bg_store_item {
	char *key;
	struct belgo_blob blob;
};

/* One call of the store, and what it brought. Owns everything but `out`s taken from it. */
struct bg_store_job {
	enum bg_store_verb verb;
	char *key;
	char *label;
	struct belgo_blob blob;      /* PUT, STAGE: in. GET: out */
	struct bg_store_item *items; /* LIST: out */
	size_t n_items;
	struct belgo_lock *lock; /* LOCK: out */
	long holder;             /* LOCK: who has it */
	int in_recovery;         /* PUT: kept, but only beside the store */
};

struct bg_frame {
	bg_step_fn *step;
	void *ctx;
	bg_frame_free_fn *free;
};

/* Judges a redirect for the frame that waits for one; enum bg_redirect_verdict stays with the frame. 0: not
 * ours. */
typedef int bg_judge_fn(struct belgo_op *op, void *frame, const char *params, size_t len,
			struct belgo_error *err);

struct belgo_op {
	struct belgo_client *client;
	struct bg_frame stack[BG_MAX_FRAMES];
	size_t depth;
	int called; /* a step has pushed a frame */

	unsigned want;        /* enum bg_want */
	unsigned came;        /* which of them woke the step that runs */
	unsigned http_serial; /* tells one awaited exchange from the next */
	struct belgo_http_request request;
	struct belgo_http_response response;
	struct bg_store_job job;
	int64_t wake_at; /* monotonic ms */
	struct belgo_listener_session *session;
	bg_judge_fn *judge;
	const char *redirect_uri; /* where it comes back to; lives with the frame that waits */
	int page_due;             /* a candidate's connection waits for its page */

	struct belgo_lock *lock;
	int critical; /* something would be lost if it ended now */
	int64_t clock_skew;
	int has_clock_skew;

	enum belgo_op_status status;
	int begun;
	belgo_rc rc;
	struct belgo_error error;
	struct belgo_account *account;
	struct belgo_account_list *accounts;
	struct belgo_token *token;
	char *dpop_key; /* the one that token is bound to; NULL: none */
	char *json;
	struct belgo_blob data;
	const char *data_type; /* a literal */
	struct belgo_web_login web;
	int has_web; /* it is to be shown, even if the operation fails */
	char *warnings[BG_MAX_WARNINGS];

	atomic_int cancelled;
	struct bg_driver *_Atomic driver;       /* run/; belgo_op_cancel() looks at it from anywhere */
	void (*drop_http)(struct belgo_op *op); /* the driver's: forget the exchange under way */
};

/* Takes ctx on success and on failure. */
belgo_rc bg_op_new(struct belgo_op **out, struct belgo_client *client, bg_step_fn *first, void *ctx,
		   bg_frame_free_fn *free_ctx, struct belgo_error *err) BG_MUST_USE;
void bg_op_destroy(struct belgo_op *op);

/* For steps. Each sets what is awaited and the step that comes next. */
belgo_rc bg_op_call(struct belgo_op *op, bg_step_fn *first, void *ctx, bg_frame_free_fn *free_ctx,
		    bg_step_fn *next, struct belgo_error *err) BG_MUST_USE;
belgo_rc bg_op_send(struct belgo_op *op, struct belgo_http_request *req, bg_step_fn *next);
belgo_rc bg_op_sleep(struct belgo_op *op, int64_t ms, bg_step_fn *next);
/* The redirect, or the deadline (monotonic ms); with BG_WANT_HTTP also the exchange given before by
 * bg_op_send_beside. */
belgo_rc bg_op_await_redirect(struct belgo_op *op, bg_judge_fn *judge, int64_t deadline, bg_step_fn *next);
void bg_op_send_beside(struct belgo_op *op, struct belgo_http_request *req);
belgo_rc bg_op_store(struct belgo_op *op, enum bg_store_verb verb, const char *key, bg_step_fn *next,
		     struct belgo_error *err) BG_MUST_USE;
/* PUT and STAGE: data is copied. */
belgo_rc bg_op_store_data(struct belgo_op *op, enum bg_store_verb verb, const char *key, const char *label,
			  const char *data, bg_step_fn *next, struct belgo_error *err) BG_MUST_USE;
/* Holds the lock of key from then on; waits for it in small steps up to the client's timeout: BELGO_EBUSY. */
belgo_rc bg_op_lock_within(struct belgo_op *op, const char *key, int64_t ms, bg_step_fn *next,
			   struct belgo_error *err) BG_MUST_USE;
belgo_rc bg_op_lock(struct belgo_op *op, const char *key, bg_step_fn *next,
		    struct belgo_error *err) BG_MUST_USE;
void bg_op_unlock(struct belgo_op *op);
/* Something that the user should know; a warning that does not fit is dropped. */
void bg_op_warn(struct belgo_op *op, const char *fmt, ...) BG_PRINTF(2, 3);

/* *out: a fresh random text. */
belgo_rc bg_op_random_text(const struct belgo_op *op, char **out, struct belgo_error *err) BG_MUST_USE;
int64_t bg_op_now(const struct belgo_op *op);    /* POSIX seconds */
int64_t bg_op_now_ms(const struct belgo_op *op); /* POSIX milliseconds */
int64_t bg_op_mono_ms(const struct belgo_op *op);
/* The frame that runs, for a judge. */
void *bg_op_frame(const struct belgo_op *op);

/* For drivers: what was awaited has come. */
void bg_op_begin(struct belgo_op *op);
void bg_op_resume(struct belgo_op *op, unsigned came, belgo_rc rc);
/* Ends it as it stands, from outside. */
void bg_op_abort(struct belgo_op *op, belgo_rc rc);
/* Hands a candidate redirect to the judge. 1: it was ours and the operation went on. */
int bg_op_redirected(struct belgo_op *op, const char *params, size_t len, struct belgo_error *err);
/* Does the store call; may block. */
belgo_rc bg_store_job_run(struct bg_store_job *job, struct belgo_client *client, struct belgo_error *err);
void bg_store_job_done(struct bg_store_job *job);

#endif
