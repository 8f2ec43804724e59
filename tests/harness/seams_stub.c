#include "harness/seams_stub.h"

#include <string.h>

struct belgo_system seams_system;
struct belgo_listener seams_listener;
belgo_rc seams_curl_rc;
int seams_curl_ctx;
const struct belgo_provider *seams_builtin;

const struct belgo_system *
belgo_system_default(void)
{
	return &seams_system;
}

const struct belgo_listener *
belgo_listener_loopback(void)
{
	return &seams_listener;
}

belgo_rc
belgo_transport_curl_new(struct belgo_transport *out, const struct belgo_curl_params *params,
			 struct belgo_error *err)
{
	(void)params;
	(void)err;
	if (seams_curl_rc == BELGO_OK)
		*out = (struct belgo_transport){.ctx = &seams_curl_ctx};
	return seams_curl_rc;
}

const struct belgo_provider *
belgo_provider_builtin(const char *id)
{
	return strcmp(id, "builtin") == 0 ? seams_builtin : NULL;
}
