/* The command line of belgo-issuer. */
#include "issuer.h"

#include "text.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>

static const char usage[] =
    "usage: belgo-issuer [OPTION...]\n"
    "An OpenID provider for development, on 127.0.0.1. Every client_id is a public native client; any user "
    "may sign in.\n"
    "\n"
    "  --port N              listen there (default: a free port)\n"
    "  --client ID:SECRET    a confidential client; may be given several times\n"
    "  --client-jwks ID:FILE a public client with keys on P-256, the first of each use in that JWK Set: it "
    "signs "
    "with one,\n"
    "                        and ID tokens and signed answers are encrypted to the other, use \"enc\"\n"
    "  --initial-access-token TOKEN\n"
    "                        register a client only for whoever shows it (RFC 7591)\n"
    "  --auto-approve USER   sign USER in without showing a page\n"
    "  --grant SCOPES        with --auto-approve: grant no more than these (default: what is asked for)\n"
    "  --auto-deny           the user says no, without a page\n"
    "  --pairwise SALT       another subject of a user for each client, made with SALT\n"
    "  --access-ttl S        life of an access token (default 300)\n"
    "  --first-ttl S         life of the one that a login gives (default: as --access-ttl)\n"
    "  --refresh-ttl S       life of a refresh token (default: does not end)\n"
    "  --device-interval S   least time between two requests of a device (default 5)\n"
    "  --device-ttl S        life of a device's codes (default 600)\n"
    "  --device-slow-down N  tell each device to slow down so many times first\n"
    "  --dpop-nonce          take proofs of possession (RFC 9449) only with a nonce\n"
    "  --require-par         take authorization requests only where they were pushed (RFC 9126)\n"
    "  --no-rotation         keep one refresh token for good\n"
    "  --alg ALG             ID token signature: RS256 (default), ES256 or EdDSA\n"
    "  --sign-answers        userinfo and introspection answer in JWTs, signed like ID tokens\n"
    "  --delay-ms MS         wait before each answer of the token endpoint\n"
    "  --log FILE            one line a request: time, method, path, grant type, status, outcome\n"
    "  --wire FILE           the secrets of requests and answers, for tests that look for them elsewhere\n"
    "  --lifetime S          end after that time (default 3600)\n"
    "  --tls CERT KEY        serve https with these PEM files\n";

static int
number(const char *name, const char *text, int max)
{
	char *end;
	long n = strtol(text, &end, 10);

	if (*text == '\0' || *end != '\0' || n < 0 || n > max)
		die("--%s: %s is not a number from 0 to %d", name, text, max);
	return (int)n;
}

static int
algorithm(const struct issuer *issuer, const char *text)
{
	for (int i = 0; i < KEY_COUNT; i++)
		if (strcmp(issuer->key[i].alg, text) == 0)
			return i;
	die("--alg: %s is not RS256, ES256 or EdDSA", text);
}

static void
one_option(struct issuer *issuer, int c, const char *name, char **argv)
{
	struct options *opt = &issuer->opt;

	switch (c) {
	case 'p':
		opt->port = number(name, optarg, 65535);
		break;
	case 'c':
		clients_add(issuer, optarg);
		break;
	case 'e':
		clients_add_key(issuer, optarg);
		break;
	case 'x':
		opt->initial_access_token = optarg;
		break;
	case 'u':
		opt->auto_approve = optarg;
		break;
	case 'b':
		opt->grant = optarg;
		break;
	case 'y':
		opt->auto_deny = 1;
		break;
	case 'o':
		opt->pairwise = optarg;
		break;
	case 'a':
		opt->access_ttl = number(name, optarg, 86400);
		break;
	case 'f':
		opt->first_ttl = number(name, optarg, 86400);
		break;
	case 'r':
		opt->refresh_ttl = number(name, optarg, 31536000);
		break;
	case 'i':
		opt->device_interval = number(name, optarg, 60);
		break;
	case 'v':
		opt->device_ttl = number(name, optarg, 3600);
		break;
	case 'z':
		opt->device_slow_down = number(name, optarg, 100);
		break;
	case 'k':
		opt->dpop_nonce = 1;
		issuer->dpop_nonce = text_token();
		break;
	case 'q':
		opt->require_par = 1;
		break;
	case 'n':
		opt->rotate = 0;
		break;
	case 'g':
		opt->alg = algorithm(issuer, optarg);
		break;
	case 'j':
		opt->sign_answers = 1;
		break;
	case 'd':
		opt->delay_ms = number(name, optarg, 60000);
		break;
	case 'l':
		opt->log_path = optarg;
		break;
	case 'w':
		opt->wire_path = optarg;
		break;
	case 't':
		opt->lifetime = number(name, optarg, 86400);
		break;
	case 's':
		opt->tls_cert = optarg;
		if ((opt->tls_key = argv[optind++]) == NULL)
			die("--tls: the key file is missing");
		break;
	case 'h':
		fputs(usage, stdout);
		exit(0);
	default:
		fputs(usage, stderr);
		exit(2);
	}
}

void
options_parse(struct issuer *issuer, int argc, char **argv)
{
	static const struct option options[] = {
	    {"port", required_argument, NULL, 'p'},
	    {"client", required_argument, NULL, 'c'},
	    {"client-jwks", required_argument, NULL, 'e'},
	    {"initial-access-token", required_argument, NULL, 'x'},
	    {"auto-approve", required_argument, NULL, 'u'},
	    {"access-ttl", required_argument, NULL, 'a'},
	    {"first-ttl", required_argument, NULL, 'f'},
	    {"refresh-ttl", required_argument, NULL, 'r'},
	    {"device-interval", required_argument, NULL, 'i'},
	    {"device-ttl", required_argument, NULL, 'v'},
	    {"device-slow-down", required_argument, NULL, 'z'},
	    {"dpop-nonce", no_argument, NULL, 'k'},
	    {"require-par", no_argument, NULL, 'q'},
	    {"grant", required_argument, NULL, 'b'},
	    {"auto-deny", no_argument, NULL, 'y'},
	    {"pairwise", required_argument, NULL, 'o'},
	    {"no-rotation", no_argument, NULL, 'n'},
	    {"alg", required_argument, NULL, 'g'},
	    {"sign-answers", no_argument, NULL, 'j'},
	    {"delay-ms", required_argument, NULL, 'd'},
	    {"log", required_argument, NULL, 'l'},
	    {"wire", required_argument, NULL, 'w'},
	    {"lifetime", required_argument, NULL, 't'},
	    {"tls", required_argument, NULL, 's'},
	    {"help", no_argument, NULL, 'h'},
	    {NULL, 0, NULL, 0},
	};
	int c, which = 0;

	issuer->opt.access_ttl = 300;
	issuer->opt.device_interval = 5;
	issuer->opt.device_ttl = 600;
	issuer->opt.lifetime = 3600;
	issuer->opt.rotate = 1;
	/* "+": argv is not reordered, so that the second word of --tls is the next one. */
	while ((c = getopt_long(argc, argv, "+", options, &which)) != -1)
		one_option(issuer, c, options[which].name, argv);
	if (issuer->opt.first_ttl == 0)
		issuer->opt.first_ttl = issuer->opt.access_ttl;
	if (issuer->opt.grant != NULL && issuer->opt.auto_approve == NULL)
		die("--grant goes with --auto-approve: else the page is answered");
	if (issuer->opt.auto_deny && issuer->opt.auto_approve != NULL)
		die("--auto-approve and --auto-deny do not go together");
	if (argv[optind] != NULL)
		die("unexpected argument %s", argv[optind]);
}
