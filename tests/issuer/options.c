/* The command line of belgo-issuer. */
#include "issuer.h"

#include "text.h"

#include <getopt.h>
#include <stddef.h>
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
    "  --resource-server ID  a client that may introspect everybody's access tokens\n"
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
    "  --hold FILE           keep what the token endpoint answers back for as long as FILE is there\n"
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

static void
set_algorithm(struct issuer *issuer, const char *text)
{
	for (int i = 0; i < KEY_COUNT; i++)
		if (strcmp(issuer->key[i].alg, text) == 0) {
			issuer->opt.alg = i;
			return;
		}
	die("--alg: %s is not RS256, ES256 or EdDSA", text);
}

static void
set_dpop_nonce(struct issuer *issuer, const char *text)
{
	(void)text;
	issuer->opt.dpop_nonce = 1;
	issuer->dpop_nonce = text_token();
}

static void
print_usage(struct issuer *issuer, const char *text)
{
	(void)issuer;
	(void)text;
	fputs(usage, stdout);
	exit(0);
}

/* What an option does: a word or a number is kept, a flag sets its member to value, or set() is called. */
enum kind { TEXT, NUMBER, FLAG, CALL, CALL_BARE };
#define AT(member) offsetof(struct options, member)
static const struct setting {
	const char *name;
	enum kind kind;
	size_t offset;
	int value; /* of a number: the greatest */
	void (*set)(struct issuer *issuer, const char *text);
} settings[] = {
    {"port", NUMBER, AT(port), 65535, NULL},
    {"client", CALL, 0, 0, clients_add},
    {"client-jwks", CALL, 0, 0, clients_add_key},
    {"initial-access-token", TEXT, AT(initial_access_token), 0, NULL},
    {"auto-approve", TEXT, AT(auto_approve), 0, NULL},
    {"grant", TEXT, AT(grant), 0, NULL},
    {"resource-server", TEXT, AT(resource_server), 0, NULL},
    {"auto-deny", FLAG, AT(auto_deny), 1, NULL},
    {"pairwise", TEXT, AT(pairwise), 0, NULL},
    {"access-ttl", NUMBER, AT(access_ttl), 86400, NULL},
    {"first-ttl", NUMBER, AT(first_ttl), 86400, NULL},
    {"refresh-ttl", NUMBER, AT(refresh_ttl), 31536000, NULL},
    {"device-interval", NUMBER, AT(device_interval), 60, NULL},
    {"device-ttl", NUMBER, AT(device_ttl), 3600, NULL},
    {"device-slow-down", NUMBER, AT(device_slow_down), 100, NULL},
    {"dpop-nonce", CALL_BARE, 0, 0, set_dpop_nonce},
    {"require-par", FLAG, AT(require_par), 1, NULL},
    {"no-rotation", FLAG, AT(rotate), 0, NULL},
    {"alg", CALL, 0, 0, set_algorithm},
    {"sign-answers", FLAG, AT(sign_answers), 1, NULL},
    {"hold", TEXT, AT(hold_path), 0, NULL},
    {"log", TEXT, AT(log_path), 0, NULL},
    {"wire", TEXT, AT(wire_path), 0, NULL},
    {"lifetime", NUMBER, AT(lifetime), 86400, NULL},
    {"tls", TEXT, AT(tls_cert), 0, NULL}, /* and the next word, its key */
    {"help", CALL_BARE, 0, 0, print_usage},
};
#undef AT
enum { SETTINGS = sizeof(settings) / sizeof(settings[0]) };

static void
apply(struct issuer *issuer, const struct setting *setting, const char *text)
{
	void *member = (char *)&issuer->opt + setting->offset;
	int n = setting->kind == NUMBER ? number(setting->name, text, setting->value) : setting->value;

	if (setting->set != NULL)
		setting->set(issuer, text);
	else if (setting->kind == TEXT)
		memcpy(member, &text, sizeof(text));
	else
		memcpy(member, &n, sizeof(n));
}

static void
read_line(struct issuer *issuer, int argc, char **argv)
{
	struct option options[SETTINGS + 1] = {0};
	int c, which = 0;

	for (int i = 0; i < SETTINGS; i++) {
		int is_bare = settings[i].kind == FLAG || settings[i].kind == CALL_BARE;

		options[i] =
		    (struct option){settings[i].name, is_bare ? no_argument : required_argument, NULL, 0};
	}
	/* "+": argv is not reordered, so that the second word of --tls is the next one. */
	while ((c = getopt_long(argc, argv, "+", options, &which)) != -1) {
		if (c != 0) {
			fputs(usage, stderr);
			exit(2);
		}
		apply(issuer, &settings[which], optarg);
		if (strcmp(settings[which].name, "tls") == 0 &&
		    (issuer->opt.tls_key = argv[optind++]) == NULL)
			die("--tls: the key file is missing");
	}
}

void
options_parse(struct issuer *issuer, int argc, char **argv)
{
	issuer->opt.access_ttl = 300;
	issuer->opt.device_interval = 5;
	issuer->opt.device_ttl = 600;
	issuer->opt.lifetime = 3600;
	issuer->opt.rotate = 1;
	read_line(issuer, argc, argv);
	if (issuer->opt.first_ttl == 0)
		issuer->opt.first_ttl = issuer->opt.access_ttl;
	if (issuer->opt.grant != NULL && issuer->opt.auto_approve == NULL)
		die("--grant goes with --auto-approve: else the page is answered");
	if (issuer->opt.auto_deny && issuer->opt.auto_approve != NULL)
		die("--auto-approve and --auto-deny do not go together");
	if (argv[optind] != NULL)
		die("unexpected argument %s", argv[optind]);
}
