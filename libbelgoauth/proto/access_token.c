/*
 * Access tokens that are shown to us: signature, issuer, kind, audience, times, client, binding, and scope
 * last, for that alone is the token's holder's to mend. Who found the key or asked the issuer, and what a
 * proof of possession looks like, is not known here.
 */
#include "proto/access_token.h"

#include "base/error.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/text.h"
#include "proto/discovery.h"

#include <inttypes.h>
#include <string.h>
#include <strings.h>

#define WHAT "the access token"

/* HMAC would let whoever checks a token make one. @spec RFC 9068 sections 2.1 and 4; RFC 8725 section 3.1 */
belgo_rc
bg_access_token_parse(struct bg_jws *out, const char *token, const struct bg_access_token_expect *expect,
		      struct belgo_error *err)
{
	BG_AUTO(bg_jws_done) struct bg_jws jws = {0};
	enum bg_jws_typ typ =
	    expect->profile == BELGO_ACCESS_TOKEN_RFC9068 ? BG_JWS_TYP_AT_JWT : BG_JWS_TYP_JWT;

	BG_TRY(bg_jws_parse(&jws, token, typ, BG_MAX_JWT, WHAT, err));
	if (!bg_alg_is_asymmetric(jws.alg))
		return bg_fail(err, BELGO_ESIGNATURE, WHAT " is signed with %s, which no public key verifies",
			       jws.alg->name);
	if (expect->algs != NULL && !bg_list_has(expect->algs, jws.alg->name))
		return bg_fail(err, BELGO_ESIGNATURE, WHAT " is signed with %s, which is not accepted here",
			       jws.alg->name);
	*out = jws;
	jws = (struct bg_jws){0};
	return BELGO_OK;
}

/* key: NULL for an answer. @spec RFC 9068 section 4 (iss) */
static belgo_rc
check_issuer(const json_t *claims, const struct bg_jwk *key, const struct bg_access_token_expect *expect,
	     struct belgo_error *err)
{
	struct bg_issuer_check check = {.place = BG_ISSUER_IN_ACCESS_TOKEN,
					.expected = expect->issuer,
					.claims = claims,
					.key_issuer = key != NULL ? bg_jwk_issuer(key) : NULL};

	BG_TRY(bg_json_str(&check.found, claims, "iss", expect->is_answer ? BG_OPTIONAL : BG_REQUIRED, WHAT,
			   err));
	if (check.found == NULL)
		return BELGO_OK;
	if (!expect->is_answer)
		return bg_provider_match_issuer(expect->provider, &check, err);
	/* Not in its words: an answer may hold the token anywhere. */
	if (bg_provider_match_issuer(expect->provider, &check, NULL) != BELGO_OK)
		return bg_fail(err, BELGO_EISSUER, WHAT " is of another issuer (iss), as %s says",
			       expect->issuer);
	return BELGO_OK;
}

/* What a member that is a string or a list of strings holds; the second is *list. */
static belgo_rc
one_or_more(const char **one, const json_t **list, const json_t *claims, const char *name,
	    struct belgo_error *err)
{
	*one = NULL;
	*list = NULL;
	if (json_is_array(json_object_get(claims, name)))
		return bg_json_strings(list, claims, name, BG_OPTIONAL, WHAT, err);
	return bg_json_str(one, claims, name, BG_OPTIONAL, WHAT, err);
}

/* A token for several servers is none of ours to refuse, as long as one of them is us. @spec RFC 9068
 * section 4 (aud); RFC 7519 section 4.1.3; RFC 7662 section 4 (an issuer that knows who asks) */
static belgo_rc
check_audience(const json_t *claims, const struct bg_access_token_expect *expect, struct belgo_error *err)
{
	const json_t *list;
	const char *one;

	if (expect->is_answer && expect->audiences == NULL)
		return BELGO_OK;
	BG_TRY(one_or_more(&one, &list, claims, "aud", err));
	for (char *const *ours = expect->audiences; *ours != NULL; ours++)
		if ((one != NULL && bg_str_equal(one, *ours)) || bg_json_strings_has(list, *ours))
			return BELGO_OK;
	return bg_fail(err, BELGO_ECLAIM, WHAT " is not meant for this resource server (aud)");
}

/* @spec RFC 9068 section 4 (exp); RFC 7519 sections 4.1.4 to 4.1.6 */
static belgo_rc
check_times(const json_t *claims, const struct bg_access_token_expect *expect, struct belgo_error *err)
{
	enum bg_presence issued = expect->profile == BELGO_ACCESS_TOKEN_RFC9068 ? BG_REQUIRED : BG_OPTIONAL;
	enum bg_presence ends = expect->is_answer ? BG_OPTIONAL : BG_REQUIRED;
	int64_t exp = expect->now + 1, iat = expect->now, nbf = expect->now;

	BG_TRY(bg_json_number(&exp, claims, "exp", ends, WHAT, err));
	BG_TRY(bg_json_number(&iat, claims, "iat", issued, WHAT, err));
	BG_TRY(bg_json_number(&nbf, claims, "nbf", BG_OPTIONAL, WHAT, err));
	if (exp <= expect->now - expect->tolerance)
		return bg_fail(err, BELGO_ECLAIM, WHAT " expired (exp) %" PRId64 " s ago", expect->now - exp);
	if (exp - expect->now > BG_MAX_LIFETIME_S)
		return bg_fail(err, BELGO_ECLAIM, WHAT " expires (exp) only %" PRId64 " s from now",
			       exp - expect->now);
	if (iat > expect->now + expect->tolerance)
		return bg_fail(err, BELGO_ECLAIM, WHAT " was issued (iat) %" PRId64 " s in the future",
			       iat - expect->now);
	if (nbf > expect->now + expect->tolerance)
		return bg_fail(err, BELGO_ECLAIM, WHAT " is not valid (nbf) until %" PRId64 " s from now",
			       nbf - expect->now);
	return BELGO_OK;
}

/* @spec RFC 9068 section 2.2 */
static belgo_rc
check_members(const json_t *claims, const struct bg_access_token_expect *expect, struct belgo_error *err)
{
	static const char *const names[] = {"sub", "client_id", "jti"};
	enum bg_presence presence = expect->profile == BELGO_ACCESS_TOKEN_RFC9068 ? BG_REQUIRED : BG_OPTIONAL;
	const char *value;

	for (size_t i = 0; i < BG_LEN(names); i++)
		BG_TRY(bg_json_str(&value, claims, names[i], presence, WHAT, err));
	return BELGO_OK;
}

/* Before RFC 9068 servers said azp, or appid. */
static belgo_rc
check_client(const json_t *claims, const struct bg_access_token_expect *expect, struct belgo_error *err)
{
	static const char *const names[] = {"client_id", "azp", "appid"};
	size_t n = expect->profile == BELGO_ACCESS_TOKEN_RFC9068 ? 1 : BG_LEN(names);
	const char *client_id = NULL;

	if (expect->client_ids == NULL)
		return BELGO_OK;
	for (size_t i = 0; i < n && client_id == NULL; i++)
		BG_TRY(bg_json_str(&client_id, claims, names[i], BG_OPTIONAL, WHAT, err));
	if (client_id == NULL || !bg_list_has(expect->client_ids, client_id))
		return bg_fail(err, BELGO_ECLAIM, WHAT " was issued to a client that is not accepted");
	return BELGO_OK;
}

/*
 * A bound token is no bearer token: taken without its proof it would be worth to a thief what it is worth to
 * its owner. A confirmation that is not known cannot be checked by anybody here.
 * @spec RFC 7800 section 3.1; RFC 9449 section 7.1; RFC 8705 section 3
 */
static belgo_rc
check_binding(const json_t *claims, const struct bg_access_token_expect *expect, struct belgo_error *err)
{
	const json_t *cnf = json_object_get(claims, "cnf");
	const char *jkt, *thumbprint;

	if (cnf == NULL)
		return BELGO_OK;
	if (!json_is_object(cnf))
		return bg_fail(err, BELGO_EPROTO, WHAT ": its confirmation (cnf) is no object");
	BG_TRY(bg_json_str(&jkt, cnf, "jkt", BG_OPTIONAL, WHAT, err));
	BG_TRY(bg_json_str(&thumbprint, cnf, "x5t#S256", BG_OPTIONAL, WHAT, err));
	if (jkt == NULL && thumbprint == NULL)
		return bg_fail(err, BELGO_ECLAIM, WHAT " is bound (cnf) in a way that is not supported");
	if (jkt != NULL && (expect->checked_bindings & BELGO_BINDING_DPOP) == 0)
		return bg_fail(err, BELGO_ECLAIM,
			       WHAT " is bound to a key (cnf jkt); it is worth nothing without a DPoP proof");
	if (thumbprint != NULL && (expect->checked_bindings & BELGO_BINDING_CERTIFICATE) == 0)
		return bg_fail(err, BELGO_ECLAIM,
			       WHAT " is bound to a certificate (cnf x5t#S256), which is not checked here");
	return BELGO_OK;
}

static int
is_granted(const char *scope, const char *granted, const json_t *list)
{
	return bg_scope_has(granted, scope) || bg_json_strings_has(list, scope);
}

/* Before RFC 9068 servers said scp, a list at some. @spec RFC 9068 section 2.2.3; RFC 6750 section 3.1 */
static belgo_rc
check_scope(const json_t *claims, const struct bg_access_token_expect *expect, struct belgo_error *err)
{
	int is_old = expect->profile != BELGO_ACCESS_TOKEN_RFC9068 && !expect->is_answer;
	const char *name = is_old && json_object_get(claims, "scp") != NULL ? "scp" : "scope";
	const json_t *list;
	const char *granted;

	BG_TRY(one_or_more(&granted, &list, claims, name, err));
	for (const char *at = expect->scope; at != NULL && *(at += strspn(at, " ")) != '\0';
	     at += strcspn(at, " ")) {
		BG_AUTO(bg_str_free) char *scope = bg_strndup(at, strcspn(at, " "));

		if (scope == NULL)
			return bg_fail(err, BELGO_ENOMEM, "out of memory");
		if (is_granted(scope, granted, list))
			continue;
		if (err != NULL && err->rc == BELGO_OK)
			(void)snprintf(err->oauth_error, sizeof(err->oauth_error), "insufficient_scope");
		return bg_fail(err, BELGO_ECLAIM, WHAT " does not grant the scope \"%s\"", scope);
	}
	return BELGO_OK;
}

static int
is_one_of(const char *word, const char *const *words, size_t n)
{
	for (size_t i = 0; word != NULL && i < n; i++)
		if (strcasecmp(word, words[i]) == 0)
			return 1;
	return 0;
}

/* No specification has a member for it: many servers say in token_use that a token is for them or for its
 * client alone, Keycloak in typ. *is_access: it says that it is an access token. */
static belgo_rc
check_use(int *is_access, const json_t *claims, struct belgo_error *err)
{
	static const char *const members[] = {"token_use", "typ"};
	static const char *const ours[] = {"access_token", "access", "bearer", "dpop"};
	static const char *const others[] = {"refresh_token", "refresh", "offline",
					     "id_token",      "id",      "logout"};
	const char *use;

	*is_access = 0;
	for (size_t i = 0; i < BG_LEN(members); i++) {
		BG_TRY(bg_json_str(&use, claims, members[i], BG_OPTIONAL, WHAT, err));
		if (is_one_of(use, others, BG_LEN(others)))
			return bg_fail(err, BELGO_ECLAIM, "the token is no access token (%s)", members[i]);
		*is_access |= is_one_of(use, ours, BG_LEN(ours));
	}
	return BELGO_OK;
}

/*
 * What ID tokens, logout tokens and authorization responses (JARM) have, and access tokens have not; but
 * those of Keycloak had the nonce as well before its version 25, and say what they are. What is in the header
 * is no matter here.
 * @spec RFC 8725 section 3.12 (a plain JWT's type does not tell)
 */
static belgo_rc
check_kind(const json_t *claims, const struct bg_access_token_expect *expect, struct belgo_error *err)
{
	static const char *const foreign[] = {"at_hash", "c_hash", "s_hash", "events",
					      "code",    "error",  "nonce"};
	int is_access;

	BG_TRY(check_use(&is_access, claims, err));
	if (expect->profile == BELGO_ACCESS_TOKEN_RFC9068 || expect->is_answer)
		return BELGO_OK;
	for (size_t i = 0; i < BG_LEN(foreign); i++)
		if (json_object_get(claims, foreign[i]) != NULL &&
		    !(is_access && bg_str_equal(foreign[i], "nonce")))
			return bg_fail(err, BELGO_ECLAIM, "the token is no access token (%s)", foreign[i]);
	return BELGO_OK;
}

belgo_rc
bg_access_token_check_claims(const json_t *claims, const struct bg_access_token_expect *expect,
			     struct belgo_error *err)
{
	BG_TRY(check_kind(claims, expect, err));
	BG_TRY(check_audience(claims, expect, err));
	BG_TRY(check_times(claims, expect, err));
	BG_TRY(check_members(claims, expect, err));
	BG_TRY(check_client(claims, expect, err));
	BG_TRY(check_binding(claims, expect, err));
	return check_scope(claims, expect, err);
}

belgo_rc
bg_access_token_validate(json_t **claims, const struct bg_jws *jws, const struct bg_jwk *key,
			 const struct bg_access_token_expect *expect, struct belgo_error *err)
{
	BG_TRY(bg_jws_verify(jws, key, err));
	BG_TRY(check_issuer(jws->payload, key, expect, err));
	BG_TRY(bg_access_token_check_claims(jws->payload, expect, err));
	*claims = json_incref(jws->payload);
	return BELGO_OK;
}

/*
 * The type of an access token is what tells it from a refresh token, of which servers say no type and no
 * audience either; so one of both must be there.
 * @spec RFC 7662 section 2.2 (token_type); RFC 9449 section 6.2
 */
static belgo_rc
check_token_type(const json_t *answer, const struct bg_access_token_expect *expect, struct belgo_error *err)
{
	const char *type;

	BG_TRY(bg_json_str(&type, answer, "token_type", BG_OPTIONAL, WHAT, err));
	if (type == NULL)
		return expect->audiences != NULL
			   ? BELGO_OK
			   : bg_fail(err, BELGO_ECLAIM,
				     "nobody says that the token is an access token (token_type, or aud)");
	if (strcasecmp(type, "Bearer") == 0)
		return BELGO_OK;
	if (strcasecmp(type, "DPoP") != 0)
		return bg_fail(err, BELGO_ECLAIM, WHAT " is of a type that is not supported (token_type)");
	if (json_object_get(json_object_get(answer, "cnf"), "jkt") == NULL)
		return bg_fail(err, BELGO_ECLAIM,
			       WHAT " is bound to a key (token_type DPoP), and nobody says which (cnf)");
	return BELGO_OK;
}

belgo_rc
bg_access_token_check_answer(const json_t *answer, const struct bg_access_token_expect *expect,
			     struct belgo_error *err)
{
	if (!json_is_true(json_object_get(answer, "active")))
		return bg_fail(err, BELGO_ECLAIM, WHAT " is not active, as %s says", expect->issuer);
	BG_TRY(check_token_type(answer, expect, err));
	BG_TRY(check_issuer(answer, NULL, expect, err));
	return bg_access_token_check_claims(answer, expect, err);
}
