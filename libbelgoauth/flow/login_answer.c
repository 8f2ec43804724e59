/* What the browser brought back: judged at once as far as it can be without keys, and where it is signed,
 * verified. Then the code is login_finish.c's. */
#include "flow/login.h"

const char *
bg_login_response_mode(const struct belgo_login_params *params)
{
	static const char *const words[] = {[BELGO_RESPONSE_QUERY] = "query",
					    [BELGO_RESPONSE_FORM_POST] = "form_post",
					    [BELGO_RESPONSE_JWT] = "jwt",
					    [BELGO_RESPONSE_QUERY_JWT] = "query.jwt",
					    [BELGO_RESPONSE_FORM_POST_JWT] = "form_post.jwt"};

	if (!params->response_mode_set)
		return params->provider->response_mode;
	return (size_t)params->response_mode < BG_LEN(words) ? words[params->response_mode] : NULL;
}

static struct bg_redirect_expect
expected(const struct bg_login *l)
{
	return (struct bg_redirect_expect){
	    .provider = l->provider, .metadata = l->metadata, .state = l->state};
}

enum bg_redirect_verdict
bg_login_judge(struct bg_login *l, const char *params, size_t len)
{
	const struct bg_redirect_expect expect = expected(l);
	enum bg_redirect_verdict verdict;

	bg_error_init(&l->refusal);
	if (bg_jarm_is_mode(bg_login_response_mode(&l->wish.p)))
		verdict = bg_jarm_judge(&l->response, &l->refused, l->state, params, len, &l->refusal);
	else
		verdict = bg_redirect_judge(&l->code, &l->refused, &expect, params, len, &l->refusal);
	if (verdict == BG_REDIRECT_CODE || verdict == BG_REDIRECT_SIGNED)
		l->refused = BELGO_OK;
	return verdict;
}

static belgo_rc
refuse(struct belgo_op *op, belgo_rc rc, struct belgo_error *err)
{
	(void)bg_fail(err, rc, "%s", belgo_rc_str(rc));
	bg_login_failure_page(op, err);
	return rc;
}

static belgo_rc
use_code(struct belgo_op *op, struct bg_login *l, struct belgo_error *err)
{
	if (l->way->spend != NULL)
		BG_TRY(l->way->spend(op, l, err));
	return bg_login_exchange(op, l, BELGO_OK, err);
}

static belgo_rc
verified(struct belgo_op *op, void *frame, belgo_rc awaited, struct belgo_error *err)
{
	struct bg_login *l = frame;
	const struct bg_redirect_expect expect = expected(l);
	belgo_rc rc = awaited;

	if (rc == BELGO_OK)
		rc = bg_jarm_code(&l->code, &expect, l->signed_verdict.claims, err);
	return rc == BELGO_OK ? use_code(op, l, err) : refuse(op, rc, err);
}

belgo_rc
bg_login_answered(struct belgo_op *op, struct bg_login *l, struct belgo_error *err)
{
	const struct bg_redirect_expect expect = expected(l);
	belgo_rc rc = l->refused;

	if (rc != BELGO_OK)
		*err = l->refusal;
	else if (l->response == NULL)
		return use_code(op, l, err);
	else {
		l->signing = bg_jarm_expect(&expect, l->wish.p.client_id);
		l->signing.is_fapi = l->wish.p.profile == BELGO_PROFILE_FAPI2;
		rc = bg_verify_jwt_answer(op, &l->signed_verdict, l->response, &l->signing, verified, err);
	}
	return rc == BELGO_OK ? BELGO_OK : refuse(op, rc, err);
}
