/* How an access token goes along with a request, by its type. The proof beside it is dpop.c's. */
#include "proto/token.h"

#include "base/mem.h"
#include "base/text.h"
#include "proto/reply.h"

#include <strings.h>

int
bg_token_is_bound(const struct belgo_token *token)
{
	return token->token_type != NULL && strcasecmp(token->token_type, "DPoP") == 0;
}

/* @spec RFC 6750 section 2.1; RFC 9449 section 7.1 */
belgo_rc
bg_token_authorize(struct belgo_http_request *req, const struct belgo_token *token)
{
	BG_AUTO(bg_str_free) char *value = NULL;

	if (token->access_token == NULL || *token->access_token == '\0' ||
	    !bg_text_is_nqchar(token->access_token))
		return BELGO_EINVAL;
	value = bg_strf("%s %s", bg_token_is_bound(token) ? "DPoP" : "Bearer", token->access_token);
	return value != NULL ? bg_request_header(req, "Authorization", value) : BELGO_ENOMEM;
}
