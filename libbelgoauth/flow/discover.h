/* The metadata of a provider: from the caches while fresh, revalidated or fetched otherwise. */
#ifndef BG_FLOW_DISCOVER_H
#define BG_FLOW_DISCOVER_H

#include "flow/op.h"
#include "proto/discovery.h"

enum bg_freshness { BG_CACHED_IS_FINE, BG_FETCH_ANEW };

/*
 * Fills *out (the caller's, where its frame keeps it) before `next` runs. provider and *out outlive the
 * frame. Ends with BELGO_ENOTFOUND where every candidate answered 4xx.
 */
belgo_rc bg_discover(struct belgo_op *op, struct bg_metadata **out, const struct belgo_provider *provider,
		     enum bg_freshness freshness, bg_step_fn *next, struct belgo_error *err) BG_MUST_USE;

#endif
