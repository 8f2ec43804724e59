/*
 * Clients whose id is the URL of a document that says who they are, which a provider fetches in place of a
 * registration: draft-ietf-oauth-client-id-metadata-document.
 */
#ifndef BG_PROTO_CLIENT_ID_METADATA_H
#define BG_PROTO_CLIENT_ID_METADATA_H

#include "proto/registration.h"

/* Is it such a URL: https, with a path, without dot segments, query, fragment and user name? BELGO_EINVAL. */
belgo_rc bg_client_id_metadata_check(const char *client_id, struct belgo_error *err) BG_MUST_USE;
/* BELGO_EINVAL: it is one, and the provider's document does not say that it fetches them. */
belgo_rc bg_client_id_metadata_offered(const char *client_id, const struct bg_metadata *metadata,
				       struct belgo_error *err) BG_MUST_USE;
/*
 * *out: the document of a native client: public, or one with keys, which authenticates by private_key_jwt. Of
 * the wish: name, redirect URIs, grants, scope, method and keys. BELGO_EINVAL: also for a method that wants a
 * secret, and for keys that are not public.
 */
belgo_rc bg_client_id_metadata_document(json_t **out, const char *client_id,
					const struct bg_registration_wish *wish,
					struct belgo_error *err) BG_MUST_USE;

#endif
