/* Form-encoded parameters, of a query or of a body. */
#ifndef ISSUER_PARAMS_H
#define ISSUER_PARAMS_H

#include <stddef.h>

#define PARAMS_MAX 64

struct params {
	size_t n;
	struct {
		char *name;
		char *value;
	} item[PARAMS_MAX];
};

/* Adds what stands in application/x-www-form-urlencoded text; text may be NULL. @return 0, or -1 when it is
 * malformed or too long. */
int params_decode(struct params *params, const char *text);
/* Decodes one form-encoded word; malloc'd, or NULL. */
char *params_unescape(const char *text, size_t len);
/* The value, or NULL where it is absent or empty (RFC 6749 section 3.1: treated alike). */
const char *params_get(const struct params *params, const char *name);
/* The name of a parameter that stands there twice, or NULL. `resource` may, by RFC 8707. */
const char *params_repeated(const struct params *params);
void params_done(struct params *params);

#endif
