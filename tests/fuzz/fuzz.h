/*
 * What the fuzz targets share. A target is one file with one LLVMFuzzerTestOneInput(); libFuzzer or replay.c
 * calls it. It says with HOLDS() what must be true of every input, which is more than that nothing crashes.
 */
#ifndef FUZZ_FUZZ_H
#define FUZZ_FUZZ_H

#include "base/json.h"
#include "proto/discovery.h"

#include <belgoauth/transport.h>

#include <stddef.h>
#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Stops the program, with the condition on standard error, where it does not hold. */
#define HOLDS(condition)                                                                                     \
	do {                                                                                                 \
		if (!(condition))                                                                            \
			fuzz_broken(__FILE__, __LINE__, #condition);                                         \
	} while (0)
void fuzz_broken(const char *file, int line, const char *condition) __attribute__((noreturn));

/* Copies that end where the input ends, so that AddressSanitizer sees the first byte read past it; free(). */
char *fuzz_bytes(const uint8_t *data, size_t size);
/* With a NUL after the last byte. */
char *fuzz_text(const uint8_t *data, size_t size);
void fuzz_free(char **text);

/* Stands for every secret: it must turn up in no error, whatever the input echoes. */
#define FUZZ_SECRET "s3cr3t-V4lue"
extern const char *const fuzz_secrets[]; /* FUZZ_SECRET and a NULL */

/* An issuer, and the preset of an OpenID provider there: no endpoint of its own. */
#define FUZZ_ISSUER "https://op.example"
const struct belgo_provider *fuzz_provider(void);

/*
 * A failure as the caller meets it: an error that is set, with this rc, in printable ASCII, and without any
 * of the secrets (NULL: none to look for).
 */
void fuzz_check_error(belgo_rc rc, const struct belgo_error *err, const char *const *secrets);
int fuzz_is_printable(const char *text);

/*
 * An HTTP answer from text as one reads it:
 *
 *	200
 *	content-type: application/json
 *
 *	{"the": "body"}
 *
 * Always makes one; a missing status is 200. For belgo_http_response_done().
 */
void fuzz_answer(struct belgo_http_response *out, const uint8_t *data, size_t size);

/* An endpoint that was let through: https, no fragment, no user name, no address of a private network. */
void fuzz_check_endpoint(const char *url);

#endif
