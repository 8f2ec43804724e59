/* Signs a user in at any OpenID provider and prints who it was: signin ISSUER CLIENT_ID */
#include <belgoauth/belgoauth.h>
#include <stdio.h>

static void
show(void *arg, const struct belgo_login_prompt *prompt)
{
	(void)arg;
	fprintf(stderr, "Sign in at %s\n", prompt->url);
	(void)belgo_browser_open(prompt->url, NULL, NULL);
}

int
main(int argc, char **argv)
{
	struct belgo_error err = {0};
	struct belgo_store *store = NULL;
	struct belgo_provider *provider = NULL;
	struct belgo_client *client = NULL;
	struct belgo_op *op = NULL;
	struct belgo_login_params login = {.on_prompt = show};

	if (argc != 3) {
		fprintf(stderr, "usage: signin ISSUER CLIENT_ID\n");
		return 2;
	}
	login.client_id = argv[2];
	if (!belgo_store_open(&store, &(struct belgo_store_params){.uri = "memory"}, &err) &&
	    !belgo_client_new(&client, &(struct belgo_client_params){.store = store}, &err) &&
	    !belgo_provider_from_issuer(&provider, argv[1], &err)) {
		login.provider = provider;
		if (!belgo_login_op(&op, client, &login, &err) && !belgo_op_run(op, &err))
			printf("Signed in as %s\n", belgo_op_account(op)->name);
	}
	if (err.rc != BELGO_OK)
		fprintf(stderr, "signin: %s\n", err.text);
	belgo_op_free(&op);
	belgo_provider_free(&provider);
	belgo_client_free(&client);
	belgo_store_free(&store);
	return belgo_rc_exit(err.rc);
}
