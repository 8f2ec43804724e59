/* A login in a program with its own HTTP server, in two operations. The first ends with the URL; what the
 * second needs lies meanwhile in the browser or in the program's store, sealed by proto/pending.c. Neither
 * listens. */
#include "flow/login.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "flow/spent.h"
#include "proto/pending.h"

#define MAX_TIMEOUT_S 3600

struct bg_web {
	struct belgo_web_params p; /* key and payload point below */
	unsigned char key[BG_AEAD_KEY];
	char *payload;
	char *redirect_uri;
	char binding[BG_ID_SIZE];
	/* the answer */
	char *params;
	size_t len;
	char *cookie;
	struct bg_pending pending;
};

void
bg_web_free(struct bg_web **web)
{
	struct bg_web *w = BG_TAKE(*web);

	if (w == NULL)
		return;
	bg_str_free(&w->payload);
	bg_str_free(&w->redirect_uri);
	bg_str_free(&w->params);
	bg_str_free(&w->cookie);
	bg_pending_done(&w->pending);
	bg_wipe(w, sizeof(*w));
	free(w);
}

static struct bg_pending_seal
seal_of(const struct bg_web *w)
{
	return (struct bg_pending_seal){.key = w->key, .binding = w->binding};
}

/* What a program's store and a table of spent logins know one by; it opens nothing. cookie: NULL in the
 * table.
 */
static belgo_rc
id_of(char out[BG_ID_SIZE], const char *state, const char *cookie, struct belgo_error *err)
{
	const char *parts[] = {"web login", state, cookie};

	return bg_digest_id(out, parts, BG_LEN(parts)) == BELGO_OK
		   ? BELGO_OK
		   : bg_fail(err, BELGO_EINTERNAL, "no digest could be made");
}

/* @spec RFC 6749 section 3.1.2; RFC 9700 section 2.6 */
static belgo_rc
check_redirect_uri(const char *uri, struct belgo_error *err)
{
	BG_AUTO(bg_url_done) struct bg_url url = {0};
	belgo_rc rc = uri == NULL ? BELGO_EINVAL : bg_url_parse(&url, uri);

	if (rc == BELGO_ENOMEM)
		return bg_fail(err, rc, "out of memory");
	if (rc != BELGO_OK || url.has_userinfo || url.fragment != NULL ||
	    (url.scheme == BG_HTTP && !bg_url_is_loopback(&url)))
		return bg_fail(err, BELGO_EINVAL,
			       "the redirect URI of a web login is https, or http on loopback, without user "
			       "name and fragment");
	return BELGO_OK;
}

static belgo_rc
check_params(const struct belgo_login_params *p, const struct belgo_web_params *web, struct belgo_error *err)
{
	if (p->provider == NULL || web->key == NULL)
		return bg_fail(err, BELGO_EINVAL, "a web login needs a provider and a key");
	if ((web->put == NULL) != (web->take == NULL) || (web->put != NULL && web->spend != NULL))
		return bg_fail(err, BELGO_EINVAL,
			       "a web login is kept by put and take together, or its use is told by spend");
	if (web->payload != NULL &&
	    (!bg_text_is_utf8(web->payload, strlen(web->payload)) || bg_text_has_control(web->payload)))
		return bg_fail(err, BELGO_EINVAL, "the payload of a web login is UTF-8 without controls");
	if (p->timeout_s > MAX_TIMEOUT_S)
		return bg_fail(err, BELGO_EINVAL, "a web login lasts at most %d seconds", MAX_TIMEOUT_S);
	return check_redirect_uri(web->redirect_uri, err);
}

/* All that the answer will be judged by and that the caller gives twice: another value opens nothing. */
static belgo_rc
bind_params(struct bg_web *w, const struct belgo_login_params *p)
{
	char max_age[24];
	const char *mode = bg_login_response_mode(p);
	const char *parts[] = {"web login binding",
			       belgo_provider_issuer(p->provider),
			       p->client_id,
			       w->redirect_uri,
			       p->hd,
			       p->claims,
			       p->max_age_set ? max_age : NULL,
			       p->challenge,
			       bg_jarm_is_mode(mode) ? mode : NULL,
			       p->profile == BELGO_PROFILE_FAPI2 ? "fapi2" : NULL,
			       p->protected_resource && p->n_resources > 0 ? p->resources[0] : NULL};

	(void)snprintf(max_age, sizeof(max_age), "%lld", (long long)p->max_age);
	return bg_digest_id(w->binding, parts, BG_LEN(parts));
}

static belgo_rc
web_new(struct bg_web **out, const struct belgo_login_params *p, const struct belgo_web_params *in,
	struct belgo_error *err)
{
	BG_AUTO(bg_web_free) struct bg_web *w = NULL;

	BG_TRY(check_params(p, in, err));
	if ((w = bg_calloc(1, sizeof(*w))) == NULL || bg_str_set(&w->payload, in->payload) != BELGO_OK ||
	    bg_str_set(&w->redirect_uri, in->redirect_uri) != BELGO_OK)
		return bg_fail(err, BELGO_ENOMEM, "out of memory");
	w->p = *in;
	w->p.key = NULL; /* copied, as the strings are */
	w->p.payload = w->p.redirect_uri = NULL;
	memcpy(w->key, in->key, sizeof(w->key));
	if (bind_params(w, p) != BELGO_OK)
		return bg_fail(err, BELGO_EINTERNAL, "no digest could be made");
	*out = BG_TAKE(w);
	return BELGO_OK;
}

/* Takes *web on success. */
static belgo_rc
op_new(struct belgo_op **out, struct belgo_client *client, const struct belgo_login_params *params,
       const struct bg_login_way *way, struct bg_web **web, struct belgo_error *err)
{
	struct bg_login *l;

	BG_TRY(bg_login_op_new(out, client, params, way, err));
	l = bg_op_frame(*out);
	l->web = BG_TAKE(*web);
	return BELGO_OK;
}

static belgo_rc
ask(struct belgo_op *op, void *frame, belgo_rc awaited, struct belgo_error *err)
{
	struct bg_login *l = frame;

	BG_TRY(awaited);
	if (bg_str_set(&l->redirect_uri, l->web->redirect_uri) != BELGO_OK)
		return bg_fail(err, BELGO_ENOMEM, "out of memory");
	return bg_login_authorize(op, l, err);
}

static belgo_rc
fill_pending(struct bg_pending *out, const struct bg_login *l, int64_t expires_at)
{
	if (bg_str_set(&out->state, l->state) || bg_str_set(&out->nonce, l->nonce) ||
	    bg_str_set(&out->code_verifier, l->code_verifier) || bg_str_set(&out->scope, l->scope) ||
	    bg_str_set(&out->payload, l->web->payload) ||
	    (l->dpop.key != NULL && bg_json_dump(&out->dpop_key, l->dpop.key) != BELGO_OK))
		return BELGO_ENOMEM;
	out->expires_at = expires_at;
	return BELGO_OK;
}

static belgo_rc
seal(char **out, struct belgo_op *op, const struct bg_login *l, int64_t expires_at, struct belgo_error *err)
{
	const struct belgo_system *system = op->client->params.system;
	const struct bg_pending_seal how = seal_of(l->web);
	BG_AUTO(bg_pending_done) struct bg_pending pending = {0};
	unsigned char nonce[BG_AEAD_NONCE];

	if (fill_pending(&pending, l, expires_at) != BELGO_OK)
		return bg_fail(err, BELGO_ENOMEM, "out of memory");
	BG_TRY(system->random(system->ctx, nonce, sizeof(nonce), err));
	return bg_pending_seal(out, &pending, &how, nonce, err);
}

/* With a store of the program's the browser still gets a secret, so that nobody else's browser can finish. */
static belgo_rc
keep(struct belgo_op *op, const struct bg_login *l, char **sealed, int64_t expires_at,
     struct belgo_error *err)
{
	const struct bg_web *w = l->web;
	char id[BG_ID_SIZE];

	if (w->p.put == NULL) {
		op->web.pending = BG_TAKE(*sealed);
		return BELGO_OK;
	}
	BG_TRY(bg_op_random_text(op, &op->web.pending, err));
	BG_TRY(id_of(id, l->state, op->web.pending, err));
	return w->p.put(w->p.arg, id, *sealed, expires_at, err);
}

static belgo_rc
hand_out(struct belgo_op *op, void *frame, belgo_rc awaited, struct belgo_error *err)
{
	struct bg_login *l = frame;
	BG_AUTO(bg_str_free) char *sealed = NULL;
	int64_t expires_at = bg_op_now(op) + bg_login_timeout_s(l);

	BG_TRY(awaited);
	if (l->pushed.expires_in > 0 && bg_op_now(op) + l->pushed.expires_in < expires_at)
		bg_op_warn(op, "the URL must be opened within %lld seconds", (long long)l->pushed.expires_in);
	BG_TRY(seal(&sealed, op, l, expires_at, err));
	BG_TRY(bg_login_url(&op->web.url, l, err));
	BG_TRY(keep(op, l, &sealed, expires_at, err));
	op->web.expires_at = expires_at;
	op->has_web = 1;
	return BELGO_OK;
}

belgo_rc
belgo_web_login_begin_op(struct belgo_op **out, struct belgo_client *client,
			 const struct belgo_login_params *params, const struct belgo_web_params *web,
			 struct belgo_error *err)
{
	static const struct bg_login_way begins = {.check = bg_metadata_check_login,
						   .ask = ask,
						   .send = hand_out,
						   .is_by_code = 1,
						   .has_no_prompt = 1,
						   .is_for_strangers = 1};
	BG_AUTO(bg_web_free) struct bg_web *w = NULL;

	BG_TRY(web_new(&w, params, web, err));
	return op_new(out, client, params, &begins, &w, err);
}

static belgo_rc
open_pending(const struct belgo_op *op, struct bg_web *w, const char *sealed, struct belgo_error *err)
{
	const struct bg_pending_seal how = seal_of(w);

	return bg_pending_open(&w->pending, sealed, &how, bg_op_now(op), err);
}

/* The browser's is opened before anything is asked of anybody. The program's is had but once, so it stays
 * where it is until nothing is missing that the answer is judged by. */
static belgo_rc
finish_begin(struct belgo_op *op, void *frame, belgo_rc awaited, struct belgo_error *err)
{
	struct bg_login *l = frame;

	BG_TRY(awaited);
	if (l->web->p.take == NULL)
		BG_TRY(open_pending(op, l->web, l->web->cookie, err));
	return bg_login_begin(op, l, BELGO_OK, err);
}

/* Any page can send the browser here with its cookie, but with its state only who was told it: so without the
 * state nothing is found, and nothing lost. @spec RFC 6749 section 10.12 */
static belgo_rc
take_pending(const struct belgo_op *op, struct bg_login *l, struct belgo_error *err)
{
	struct bg_web *w = l->web;
	int is_signed = bg_jarm_is_mode(bg_login_response_mode(&l->wish.p));
	BG_AUTO(bg_str_free) char *state = NULL;
	BG_AUTO(bg_str_free) char *sealed = NULL;
	char id[BG_ID_SIZE];
	belgo_rc rc;

	BG_TRY((is_signed ? bg_jarm_state : bg_redirect_state)(&state, w->params, w->len, err));
	BG_TRY(id_of(id, state, w->cookie, err));
	rc = w->p.take(w->p.arg, id, &sealed, err);
	if (rc == BELGO_ENOTFOUND) {
		bg_error_reset(err);
		return bg_fail(err, BELGO_ESTATE, "no such login is pending: it must be begun again");
	}
	BG_TRY(rc);
	if (sealed == NULL)
		return bg_fail(err, BELGO_EINVAL, "take gave nothing");
	return open_pending(op, w, sealed, err);
}

/* The login as it was when the browser left. */
static belgo_rc
restore(struct bg_login *l, struct belgo_error *err)
{
	const struct bg_pending *p = &l->web->pending;

	if (bg_str_set(&l->state, p->state) || bg_str_set(&l->nonce, p->nonce) ||
	    bg_str_set(&l->code_verifier, p->code_verifier) ||
	    bg_str_set(&l->scope, p->scope != NULL ? p->scope : "") ||
	    bg_str_set(&l->redirect_uri, l->web->redirect_uri))
		return bg_fail(err, BELGO_ENOMEM, "out of memory");
	l->is_openid = l->nonce != NULL;
	l->token_type = p->dpop_key != NULL && l->provider->dpop_binds != BG_DPOP_BINDS_REFRESH_TOKEN
			    ? BG_TOKEN_DPOP
			    : (enum bg_token_type)0;
	return bg_dpop_load(&l->dpop, p->dpop_key, err);
}

/* State and verifier serve one code; a refusal brings none, and anybody makes up as many as he likes.
 * @spec RFC 9700 section 2.1.1 */
static belgo_rc
spend(struct belgo_op *op, const struct bg_login *l, struct belgo_error *err)
{
	const struct bg_web *w = l->web;
	char id[BG_ID_SIZE];

	if (w->p.take != NULL)
		return BELGO_OK;
	BG_TRY(id_of(id, w->pending.state, NULL, err));
	if (w->p.spend != NULL)
		return w->p.spend(w->p.arg, id, w->pending.expires_at, err);
	return bg_spend(op->client->spent, id, w->pending.expires_at, bg_op_now(op), err);
}

static belgo_rc
answered(struct belgo_op *op, void *frame, belgo_rc awaited, struct belgo_error *err)
{
	struct bg_login *l = frame;

	BG_TRY(awaited);
	if (l->web->p.take != NULL)
		BG_TRY(take_pending(op, l, err));
	BG_TRY(restore(l, err));
	if (bg_login_judge(l, l->web->params, l->web->len) == BG_REDIRECT_IGNORE) {
		*err = l->refusal;
		return l->refusal.rc;
	}
	op->web.payload = BG_TAKE(l->web->pending.payload);
	op->has_web = 1;
	return bg_login_answered(op, l, err);
}

belgo_rc
belgo_web_login_finish_op(struct belgo_op **out, struct belgo_client *client,
			  const struct belgo_login_params *params, const struct belgo_web_params *web,
			  const struct belgo_web_answer *answer, struct belgo_error *err)
{
	static const struct bg_login_way finishes = {.check = bg_metadata_check_login,
						     .ask = answered,
						     .first = finish_begin,
						     .spend = spend,
						     .is_by_code = 1,
						     .has_no_prompt = 1,
						     .is_for_strangers = 1};
	BG_AUTO(bg_web_free) struct bg_web *w = NULL;

	if (answer->params == NULL || answer->pending == NULL)
		return bg_fail(err, BELGO_ESTATE, "the browser brought no answer or no cookie of a login");
	if (answer->len > BG_MAX_FORM)
		return bg_fail(err, BELGO_EPROTO, "the browser's answer is longer than %d bytes",
			       BG_MAX_FORM);
	BG_TRY(web_new(&w, params, web, err));
	if ((w->params = bg_strndup(answer->params, answer->len)) == NULL ||
	    (w->cookie = bg_strdup(answer->pending)) == NULL)
		return bg_fail(err, BELGO_ENOMEM, "out of memory");
	w->len = answer->len;
	return op_new(out, client, params, &finishes, &w, err);
}
