/* provider_check.c: a preset beside what its issuer publishes, line by line. It asks nobody. */
#ifndef CLI_PROVIDER_CHECK_H
#define CLI_PROVIDER_CHECK_H

#include "cli.h"

#include <jansson.h>

/* An array of {"check", "state", "detail"}; state is one of these words. */
#define CHECK_OK "ok"
#define CHECK_WARN "warn"
#define CHECK_FAIL "fail"

/* One more line. detail passes text_shown(). BELGO_ENOMEM. */
belgo_rc check_add(json_t *checks, const char *check, const char *state, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
/* How many lines are of that state. */
size_t check_count(const json_t *checks, const char *state);
/* preset: as belgo_provider_to_json() has it, its tenant in place; metadata: what the issuer publishes. */
belgo_rc check_metadata(json_t *checks, const json_t *preset, const json_t *metadata);
/* Whether a login will know who signed in. metadata NULL: the preset does without. */
belgo_rc check_user(json_t *checks, const json_t *preset, const json_t *metadata);

#endif
