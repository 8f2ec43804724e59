/*
 * The members of a provider as a table, so that reading, writing, copying and freeing a preset cannot
 * disagree. Names are those of the JSON preset, which are RFC 8414's where it has one.
 */
#ifndef BG_PROTO_PROVIDER_MEMBERS_H
#define BG_PROTO_PROVIDER_MEMBERS_H

#include "proto/provider.h"

enum bg_member_type {
	BG_MEMBER_TEXT,   /* char *; one of choices where there are any */
	BG_MEMBER_LINES,  /* char *; in JSON a string, or an array of lines */
	BG_MEMBER_CHOICE, /* an enum whose values are the indices of choices */
	BG_MEMBER_FLAG,   /* an int; in JSON true or false */
	BG_MEMBER_LIST,   /* char **, NULL-terminated */
};

struct bg_member {
	const char *name;
	enum bg_member_type type;
	size_t offset;              /* in struct belgo_provider */
	const char *const *choices; /* NULL-terminated, or NULL */
};
/* Ends with a NULL name. The members with a shape of their own (endpoints, ports, parameters, tenant) are not
 * in it. */
extern const struct bg_member bg_provider_members[];

struct bg_endpoint_member {
	const char *name;
	size_t offset; /* in struct bg_endpoints */
};
/* Ends with a NULL name. */
extern const struct bg_endpoint_member bg_endpoint_members[];

/* Where a member lies: text (TEXT, LINES), a list, or a number for bg_member_choice(). */
char **bg_member_text(struct belgo_provider *provider, const struct bg_member *member);
const char *bg_member_text_value(const struct belgo_provider *provider, const struct bg_member *member);
char ***bg_member_list(struct belgo_provider *provider, const struct bg_member *member);
char *const *bg_member_list_value(const struct belgo_provider *provider, const struct bg_member *member);
unsigned bg_member_choice(const struct belgo_provider *provider, const struct bg_member *member);
void bg_member_choose(struct belgo_provider *provider, const struct bg_member *member, unsigned value);
char **bg_endpoint(struct bg_endpoints *endpoints, const struct bg_endpoint_member *member);
const char *bg_endpoint_value(const struct bg_endpoints *endpoints, const struct bg_endpoint_member *member);

void bg_endpoints_done(struct bg_endpoints *endpoints);
/* Every member of from that is set takes the place of out's. BELGO_ENOMEM. */
belgo_rc bg_endpoints_overlay(struct bg_endpoints *out, const struct bg_endpoints *from) BG_MUST_USE;
/* A copy of everything. BELGO_ENOMEM. */
belgo_rc bg_provider_dup(struct belgo_provider **out, const struct belgo_provider *provider) BG_MUST_USE;

/* Stands in issuer and endpoints for what belgo_provider_with_tenant() puts there. */
#define BG_TENANT_PLACEHOLDER "{tenant}"
/* A word that the preset allows, a lower-case GUID, or a lower-case domain name. */
int bg_tenant_is_valid(const struct belgo_provider *provider, const char *tenant);

/*
 * Issuer and endpoints as URLs, the endpoints that discovery "none" cannot do without, and the strategy for
 * the issuer's host, which becomes provider->hooks. For a provider whose placeholder is filled. BELGO_EINVAL;
 * `source` names the preset.
 */
belgo_rc bg_provider_settle(struct belgo_provider *provider, const char *source,
			    struct belgo_error *err) BG_MUST_USE;

#endif
