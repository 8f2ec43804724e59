/* What a preset's values must look like, once their JSON types are right. */
#ifndef BG_PROTO_PRESET_SHAPE_H
#define BG_PROTO_PRESET_SHAPE_H

#include "proto/provider_members.h"

/* Is it a member of a preset, or one that is left to people ("x-...")? */
int bg_preset_knows(const char *member);
/* A name and value of authorize_params: a string, and no parameter that the library sets by itself.
 * BELGO_EINVAL. */
belgo_rc bg_preset_check_param(const char *name, const json_t *value, const char *source,
			       struct belgo_error *err) BG_MUST_USE;
/* Every text member of a preset as read; not yet the URLs (bg_provider_settle). BELGO_EINVAL. */
belgo_rc bg_preset_check(const struct belgo_provider *provider, const char *source,
			 struct belgo_error *err) BG_MUST_USE;

#endif
