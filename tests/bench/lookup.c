/*
 * What reading one secret costs with libsecret and nothing else: the measure for a token in the keyring.
 *
 *	lookup KEY	prints the secret whose attribute "key" is KEY
 */
#include <libsecret/secret.h>

#include <stdio.h>

static const SecretSchema schema = {.name = "org.belgoauth.Bench",
				    .attributes = {{"key", SECRET_SCHEMA_ATTRIBUTE_STRING}}};

int
main(int argc, char **argv)
{
	GError *error = NULL;
	gchar *secret;

	if (argc != 2) {
		fprintf(stderr, "usage: lookup KEY\n");
		return 2;
	}
	secret = secret_password_lookup_sync(&schema, NULL, &error, "key", argv[1], NULL);
	if (secret == NULL) {
		fprintf(stderr, "lookup: %s\n", error != NULL ? error->message : "there is no such secret");
		return 1;
	}
	puts(secret);
	secret_password_free(secret);
	return 0;
}
