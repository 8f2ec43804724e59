/*
 * A client for a login that has none: registered (RFC 7591) at the provider that guards a protected resource,
 * whom the user may never have heard of. Its redirect URI has a port, for many servers compare it as it
 * stands; later logins listen there again.
 */
#include "login.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* One that is free now. @return 0 where there is none. */
static int
free_port(void)
{
	struct sockaddr_in addr = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(addr);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), port = 0;

	if (fd >= 0 && bind(fd, (const struct sockaddr *)&addr, sizeof(addr)) == 0 &&
	    getsockname(fd, (struct sockaddr *)&addr, &len) == 0)
		port = ntohs(addr.sin_port);
	if (fd >= 0)
		close(fd);
	return port;
}

belgo_rc
login_register(struct ctl *ctl, struct belgo_client *client, const struct belgo_provider *provider,
	       const struct login_args *args, struct belgo_error *err)
{
	AUTO(belgo_op_free) struct belgo_op *op = NULL;
	const char *host = args->redirect_host != NULL ? args->redirect_host : "127.0.0.1";
	AUTO(text_free) char *own = NULL;
	int port = args->port.n > 0 ? (int)strtol(args->port.items[0], NULL, 10) : free_port();
	char uri[512];
	const char *uris[] = {uri};
	const struct belgo_client_register_params params = {
	    .provider = provider, .client_name = "oauthctl", .redirect_uris = uris, .n_redirect_uris = 1};

	TRY(belgo_redirect_path(&own, belgo_provider_issuer(provider), err));
	if (snprintf(uri, sizeof(uri), "http://%s:%d%s", host, port,
		     args->redirect_path != NULL ? args->redirect_path : own) >= (int)sizeof(uri))
		return fail_with(err, BELGO_EINVAL, "--redirect-path is too long");
	TRY(belgo_client_register_op(&op, client, &params, err));
	TRY(drive(ctl, op, NULL, err));
	note(ctl, "Registered a client at %s.", belgo_provider_issuer(provider));
	return BELGO_OK;
}
