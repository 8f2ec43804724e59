/* What flow/ asks of io/ and providers/ by name, as test programs that link neither set it. */
#ifndef HARNESS_SEAMS_STUB_H
#define HARNESS_SEAMS_STUB_H

#include <belgoauth/belgoauth.h>

extern struct belgo_system seams_system;
extern struct belgo_listener seams_listener;
/* What belgo_transport_curl_new() answers; with BELGO_OK it hands out a transport with this context. */
extern belgo_rc seams_curl_rc;
extern int seams_curl_ctx;
/* The built-in provider "builtin", or NULL: there is none. */
extern const struct belgo_provider *seams_builtin;

#endif
