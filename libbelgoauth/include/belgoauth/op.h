/*
 * Operations. An operation is made by a function of client.h, driven to its end, and then asked for its
 * result. Two ways to drive it: belgo_op_run() blocks; belgo_op_fd() and belgo_op_dispatch() hang it on an
 * event loop.
 */
#ifndef BELGOAUTH_OP_H
#define BELGOAUTH_OP_H

#include <belgoauth/error.h>
#include <belgoauth/token.h>

#ifdef __cplusplus
extern "C" {
#endif

struct belgo_op;

enum belgo_op_status { BELGO_OP_RUNNING, BELGO_OP_DONE, BELGO_OP_FAILED };

/*
 * Runs op to its end on this thread.
 * @return what the operation ended with; BELGO_EINTR after belgo_op_cancel().
 */
BELGO_EXPORT belgo_rc belgo_op_run(struct belgo_op *op, struct belgo_error *err);

/*
 * One descriptor, readable (POLLIN) whenever belgo_op_dispatch() has something to do; the same for the life
 * of op and closed with it. -1 and err set where the machine has none left. Call dispatch once to start.
 */
BELGO_EXPORT int belgo_op_fd(struct belgo_op *op, struct belgo_error *err);
/*
 * Does what can be done without waiting for the network, the store or the user. Two things take a moment: the
 * closing page of a login is handed to the browser, for half a second at most where that does not take it,
 * and an export under a passphrase derives its key, which is meant to be slow. Where no thread can be
 * started, the store is called here. After DONE or FAILED it does nothing more.
 */
BELGO_EXPORT enum belgo_op_status belgo_op_dispatch(struct belgo_op *op);

/*
 * Asks op to end with BELGO_EINTR. It does so at the next point where nothing can be lost: once a refresh
 * token was sent, only after its answer is stored. May be called from any thread and from a signal handler.
 */
BELGO_EXPORT void belgo_op_cancel(struct belgo_op *op);
/*
 * Ends op and frees it with its results. Where what it has sent cannot be sent again (a refresh token, a
 * code), it first waits for the answer and stores it, which the timeouts of request and store bound,
 * and calls the client's callbacks for it: a program that must not wait cancels op and drives it to its end.
 */
BELGO_EXPORT void belgo_op_free(struct belgo_op **op);

/* How op ended; err is filled as the operation left it. BELGO_EINVAL while it runs. */
BELGO_EXPORT belgo_rc belgo_op_result(const struct belgo_op *op, struct belgo_error *err);

/*
 * Login operations: gives a redirect URL that the user pasted (or its bare query), in place of one that the
 * listener receives. @return BELGO_OK (it belongs to this login, whatever comes of it); BELGO_ESTATE (it does
 * not: the login goes on); BELGO_EINVAL (op is not waiting for one).
 */
BELGO_EXPORT belgo_rc belgo_op_redirect(struct belgo_op *op, const char *url, struct belgo_error *err);

/* Results, borrowed until op is freed; NULL where the operation has none. Text is UTF-8. The account may be
 * known too where op ended with BELGO_ELOGIN: whose login is due, and by its grant in which way. */
BELGO_EXPORT const struct belgo_account *belgo_op_account(const struct belgo_op *op);
BELGO_EXPORT const struct belgo_account_list *belgo_op_accounts(const struct belgo_op *op);
BELGO_EXPORT const struct belgo_token *belgo_op_token(const struct belgo_op *op);
/* What an operation found that is neither account nor token: each one's own text says what. One JSON object.
 */
BELGO_EXPORT const char *belgo_op_json(const struct belgo_op *op);
/*
 * belgo_photo_op(): the picture's bytes. *len and *media_type (a literal such as "image/jpeg"; may be NULL)
 * are set where there is a result.
 */
BELGO_EXPORT const void *belgo_op_data(const struct belgo_op *op, size_t *len, const char **media_type);
/* What the user should know although the operation succeeded: the i-th sentence, or NULL past the last. */
BELGO_EXPORT const char *belgo_op_warning(const struct belgo_op *op, size_t i);

#ifdef __cplusplus
}
#endif
#endif
