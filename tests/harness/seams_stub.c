/* What flow/ asks of io/ and providers/ by name, for test programs that link neither. */
#include <belgoauth/belgoauth.h>

const struct belgo_system *
belgo_system_default(void)
{
	return NULL;
}

const struct belgo_listener *
belgo_listener_loopback(void)
{
	return NULL;
}

belgo_rc
belgo_transport_curl_new(struct belgo_transport *out, const struct belgo_curl_params *params, struct belgo_error *err)
{
	(void)out;
	(void)params;
	(void)err;
	return BELGO_EINTERNAL;
}

void
belgo_transport_done(struct belgo_transport *transport)
{
	(void)transport;
}

const struct belgo_provider *
belgo_provider_builtin(const char *id)
{
	(void)id;
	return NULL;
}
