/* The steps of judging an ID token or a signed answer: find its key, then ask proto what it says. */
#include "flow/verify.h"

#include <stdlib.h>

struct verify {
	struct bg_verdict *out;
	const struct bg_id_token_expect *expect; /* one of these two, the other is NULL */
	const struct bg_signed_answer *of_answer;
	char *clear; /* of an ID token that came encrypted */
	struct bg_jws jws;
	struct bg_key_search search;
	struct bg_jwk *key;
};

void
bg_verdict_done(struct bg_verdict *verdict)
{
	bg_json_free(&verdict->claims);
	bg_str_free(&verdict->id_token);
	verdict->keys_missing = 0;
}

void
bg_verdict_take_id_token(struct bg_verdict *verdict, struct belgo_token *token)
{
	if (verdict->id_token == NULL)
		return;
	bg_str_free(&token->id_token);
	token->id_token = BG_TAKE(verdict->id_token);
}

static void
verify_free(void *frame)
{
	struct verify *v = frame;

	bg_str_free(&v->clear);
	bg_jws_done(&v->jws);
	bg_jwk_free(&v->key);
	free(v);
}

static belgo_rc
conclude_answer(struct belgo_op *op, struct verify *v, struct belgo_error *err)
{
	struct bg_signed_answer expect = *v->of_answer;

	expect.now = bg_op_now(op);
	expect.tolerance = op->client->params.clock_tolerance;
	return bg_signed_answer_validate(&v->out->claims, &v->jws, v->key, &expect, err);
}

static belgo_rc
conclude(struct belgo_op *op, void *frame, belgo_rc awaited, struct belgo_error *err)
{
	struct verify *v = frame;
	struct bg_id_token_expect expect;

	BG_TRY(awaited);
	if (v->expect == NULL)
		return conclude_answer(op, v, err);
	expect = *v->expect;
	if (expect.now == 0)
		expect.now = bg_op_now(op);
	expect.tolerance = op->client->params.clock_tolerance;
	BG_TRY(bg_id_token_validate(&v->out->claims, &v->jws, v->key, &expect,
				    op->has_clock_skew ? &op->clock_skew : NULL, err));
	v->out->id_token = BG_TAKE(v->clear);
	return BELGO_OK;
}

static belgo_rc
begin(struct belgo_op *op, void *frame, belgo_rc awaited, struct belgo_error *err)
{
	struct verify *v = frame;

	if (!bg_alg_is_asymmetric(v->jws.alg))
		return conclude(op, v, awaited, err);
	return bg_find_key(op, &v->key, &v->out->keys_missing, &v->search, conclude, err);
}

static void
search_at(struct verify *v, const struct bg_metadata *metadata, const char *what)
{
	v->search = (struct bg_key_search){.jws = &v->jws,
					   .issuer = metadata->issuer,
					   .jwks_uri = metadata->endpoints.jwks_uri,
					   .what = what};
}

belgo_rc
bg_verify_id_token(struct belgo_op *op, struct bg_verdict *out, const char *id_token,
		   const struct bg_id_token_expect *expect, bg_step_fn *next, struct belgo_error *err)
{
	struct verify *v = bg_calloc(1, sizeof(*v));
	belgo_rc rc;

	if (v == NULL)
		return bg_fail(err, BELGO_ENOMEM, "out of memory");
	*v = (struct verify){.out = out, .expect = expect};
	search_at(v, expect->metadata, "the ID token");
	if ((rc = bg_encryption_open(&v->clear, id_token, expect->encryption, BG_ENCRYPTED_ID_TOKEN,
				     "ID token", err)) ||
	    (rc = bg_jws_parse(&v->jws, v->clear != NULL ? v->clear : id_token, BG_JWS_TYP_JWT, BG_MAX_JWT,
			       "ID token", err)) ||
	    (rc = bg_id_token_check_alg(&v->jws, expect, err))) {
		verify_free(v);
		return rc;
	}
	return bg_op_call(op, begin, v, verify_free, next, err);
}

/* jwt NULL: it is the body of the answer that has just come. */
static belgo_rc
verify_answer(struct belgo_op *op, struct bg_verdict *out, const char *jwt,
	      const struct bg_signed_answer *expect, bg_step_fn *next, struct belgo_error *err)
{
	struct verify *v = bg_calloc(1, sizeof(*v));
	belgo_rc rc;

	if (v == NULL)
		return bg_fail(err, BELGO_ENOMEM, "out of memory");
	*v = (struct verify){.out = out, .of_answer = expect};
	search_at(v, expect->metadata, expect->what);
	rc = jwt != NULL ? bg_signed_answer_parse_jwt(&v->jws, jwt, expect, err)
			 : bg_signed_answer_parse(&v->jws, &op->response, expect, err);
	if (rc != BELGO_OK) {
		verify_free(v);
		return rc;
	}
	return bg_op_call(op, begin, v, verify_free, next, err);
}

belgo_rc
bg_verify_answer(struct belgo_op *op, struct bg_verdict *out, const struct bg_signed_answer *expect,
		 bg_step_fn *next, struct belgo_error *err)
{
	return verify_answer(op, out, NULL, expect, next, err);
}

belgo_rc
bg_verify_jwt_answer(struct belgo_op *op, struct bg_verdict *out, const char *jwt,
		     const struct bg_signed_answer *expect, bg_step_fn *next, struct belgo_error *err)
{
	return verify_answer(op, out, jwt, expect, next, err);
}
