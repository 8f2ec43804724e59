/* The user's picture where it is behind the access token, as bytes. What userinfo calls `picture` is only a
 * URL. */
#ifndef BG_PROTO_PHOTO_H
#define BG_PROTO_PHOTO_H

#include "proto/reply.h"

#include <belgoauth/token.h>

#define BG_MAX_PHOTO (4 * 1024 * 1024)

/* BELGO_ENOTFOUND where the provider has none. @spec RFC 6750 section 2.1 */
belgo_rc bg_photo_request(struct belgo_http_request *out, const struct belgo_provider *provider,
			  const struct belgo_token *token, struct belgo_error *err) BG_MUST_USE;
/*
 * The bytes stay in res; *media_type is one of ours, a literal. BELGO_ENOTFOUND: the user has no picture.
 * BELGO_ELOGIN: 401. BELGO_EPROTO: anything but a JPEG, PNG, GIF or WebP that begins as one.
 */
belgo_rc bg_photo_response(const char **media_type, const struct belgo_provider *provider,
			   const struct belgo_http_response *res, const char *const *secrets,
			   struct belgo_error *err) BG_MUST_USE;

#endif
