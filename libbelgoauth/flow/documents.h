/*
 * Public documents (metadata, key sets) that were fetched before: remembered in the client, and in its cache
 * for other processes. Decides freshness, RFC 9111 cut to our bounds; fetches nothing.
 */
#ifndef BG_FLOW_DOCUMENTS_H
#define BG_FLOW_DOCUMENTS_H

#include "flow/client.h"

struct bg_document {
	char *url;
	char *body;
	char *etag; /* NULL: none */
	char *last_modified;
	int64_t fetched_at; /* POSIX seconds */
	int64_t fresh_until;
	int64_t forced_at; /* the last refetch that an unknown key forced, 0: never */
};
void bg_document_free(struct bg_document **doc);

struct bg_documents *bg_documents_new(void) BG_MUST_USE;
void bg_documents_free(struct bg_documents **documents);

/* A copy, the caller's. BELGO_ENOTFOUND, BELGO_ENOMEM. */
belgo_rc bg_document_load(struct bg_document **out, const struct belgo_client *client,
			  const char *url) BG_MUST_USE;
/* Best effort: what cannot be kept is fetched again. */
void bg_document_keep(const struct belgo_client *client, const struct bg_document *doc);
int bg_document_is_fresh(const struct bg_document *doc, int64_t now);
/* Body and times from an answer 200; from 304 (old not NULL): old's body with new times. */
belgo_rc bg_document_from_response(struct bg_document **out, const char *url, const struct bg_document *old,
				   const struct belgo_http_response *res,
				   struct belgo_error *err) BG_MUST_USE;

#endif
