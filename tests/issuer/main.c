/* belgo-issuer: starts, serves until a signal or the end of its life, and leaves nothing behind. */
#include "issuer.h"

#include "text.h"

#include <errno.h>
#include <microhttpd.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

static void
wait_for_end(const sigset_t *signals, int lifetime)
{
	struct timespec end, now, left = {0};

	clock_gettime(CLOCK_MONOTONIC, &end);
	end.tv_sec += lifetime;
	do {
		clock_gettime(CLOCK_MONOTONIC, &now);
		left.tv_sec = end.tv_sec > now.tv_sec ? end.tv_sec - now.tv_sec : 0;
	} while (sigtimedwait(signals, NULL, &left) < 0 && errno == EINTR);
}

static void
issuer_done(struct issuer *issuer)
{
	grants_done(issuer);
	clients_done(issuer);
	keys_done(issuer);
	free(issuer->base);
	if (issuer->log != NULL)
		fclose(issuer->log);
	if (issuer->wire != NULL)
		fclose(issuer->wire);
	pthread_mutex_destroy(&issuer->lock);
}

int
main(int argc, char **argv)
{
	static struct issuer issuer = {
	    .key = {[KEY_RS256] = {.alg = "RS256"},
		    [KEY_ES256] = {.alg = "ES256"},
		    [KEY_EDDSA] = {.alg = "EdDSA"}},
	    .lock = PTHREAD_MUTEX_INITIALIZER,
	};
	struct MHD_Daemon *daemon;
	sigset_t signals;

	options_parse(&issuer, argc, argv);
	/* Before the server's threads are made, so that they inherit it and only this thread sees a signal.
	 */
	sigemptyset(&signals);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGINT);
	pthread_sigmask(SIG_BLOCK, &signals, NULL);
	signal(SIGPIPE, SIG_IGN);
	if (issuer.opt.log_path != NULL && (issuer.log = fopen(issuer.opt.log_path, "we")) == NULL)
		die("%s: %s", issuer.opt.log_path, strerror(errno));
	if (issuer.opt.wire_path != NULL && (issuer.wire = fopen(issuer.opt.wire_path, "we")) == NULL)
		die("%s: %s", issuer.opt.wire_path, strerror(errno));

	keys_generate(&issuer);
	daemon = server_start(&issuer);
	printf("ready %s\n", issuer.base);
	fflush(stdout);
	wait_for_end(&signals, issuer.opt.lifetime);
	MHD_stop_daemon(daemon);
	issuer_done(&issuer);
	return 0;
}
