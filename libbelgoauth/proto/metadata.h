/* Between discovery.c and metadata.c: a document that went through the gate already. */
#ifndef BG_PROTO_METADATA_H
#define BG_PROTO_METADATA_H

#include "proto/discovery.h"

/* json, len: the document's own text, kept for people. */
belgo_rc bg_metadata_judge(struct bg_metadata **out, const struct belgo_provider *provider, const json_t *doc,
			   const char *json, size_t len, struct belgo_error *err) BG_MUST_USE;

#endif
