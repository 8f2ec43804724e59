/* Clients at their providers: what they prove themselves with, and how they are registered. */
#ifndef BELGOAUTH_REGISTRATION_H
#define BELGOAUTH_REGISTRATION_H

#include <belgoauth/client.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Keeps a client secret in the store, by issuer and client_id; secret NULL removes it. For all accounts of
 * that client at once. Ends with BELGO_ESTORE and its kin.
 */
BELGO_EXPORT belgo_rc belgo_client_secret_op(struct belgo_op **out, struct belgo_client *client,
					     const char *issuer, const char *client_id, const char *secret,
					     struct belgo_error *err);
/*
 * Keeps the private key that a client signs its assertions with (private_key_jwt), beside its secret: a JWK,
 * or PEM without a passphrase; RSA of 2048 bits or more, P-256, P-384, P-521, Ed25519 or Ed448. Key NULL
 * removes it. Makes the operation only for a key that signs: BELGO_EINVAL otherwise, and BELGO_EINTERNAL
 * where libcjose is missing. Result: belgo_op_json(), the public half as a JWK Set to be registered; none
 * where the key was removed. Ends with BELGO_EBUSY, BELGO_ESTORE and its kin.
 */
BELGO_EXPORT belgo_rc belgo_client_key_op(struct belgo_op **out, struct belgo_client *client,
					  const char *issuer, const char *client_id, const char *key,
					  struct belgo_error *err);
/* The same with a fresh key for alg: "ES256", NULL for it, or "EdDSA". BELGO_EINVAL for another. */
BELGO_EXPORT belgo_rc belgo_client_key_generate_op(struct belgo_op **out, struct belgo_client *client,
						   const char *issuer, const char *client_id, const char *alg,
						   struct belgo_error *err);

/* What a client wants to be registered as (RFC 7591); always as a native one. NULL and 0: the default. */
struct belgo_client_register_params {
	const struct belgo_provider *provider; /* required; borrowed until the operation is freed */
	const char *client_name;               /* what users are shown; required */
	const char *const *redirect_uris;      /* on loopback; 0: at belgo_redirect_path() */
	size_t n_redirect_uris;
	const char *const
	    *grant_types; /* 0: authorization_code, refresh_token and the device grant, if offered */
	size_t n_grant_types;
	const char *scope;                      /* blank separated; NULL: that of a login */
	const char *token_endpoint_auth_method; /* NULL: none, if the provider takes it */
	const char *initial_access_token;       /* NULL: registration is open */
	const char *software_statement;         /* a JWT */
	/* belgo_client_id_metadata() alone: the client's public keys, a JWK Set, or the https URL of one */
	const char *jwks;
	const char *jwks_uri;
};
/*
 * The path of a redirect URI that logins at this issuer share with no other: "/callback/" and 16 hexadecimal
 * digits. Register with it, and a server that passes a login on to another one is not sent the code, whether
 * or not that one says `iss` (RFC 9700 section 4.4.2.2). *out: free(). BELGO_EINVAL (no issuer),
 * BELGO_ENOMEM.
 */
BELGO_EXPORT belgo_rc belgo_redirect_path(char **out, const char *issuer, struct belgo_error *err);
/*
 * Registers a client and keeps it in the store, one for each issuer; logins without a client_id use it. Where
 * the method is private_key_jwt a key is made for it. Result: belgo_op_json(), the client without its
 * secrets:
 * {"issuer","client_id","client_secret_expires_at","token_endpoint_auth_method","registration_client_uri",
 * "metadata":{}}; belgo_op_warning(). Ends with BELGO_ENOTFOUND (no metadata, or no registration_endpoint),
 * BELGO_EINVAL, BELGO_EUNAVAILABLE, BELGO_ETLS, BELGO_EDENIED, BELGO_EPROTO, BELGO_EISSUER, BELGO_EBUSY,
 * BELGO_ESTORE and its kin, BELGO_EINTR.
 */
BELGO_EXPORT belgo_rc belgo_client_register_op(struct belgo_op **out, struct belgo_client *client,
					       const struct belgo_client_register_params *params,
					       struct belgo_error *err);
/*
 * The client registered at the provider, as the provider has it now (RFC 7592), or as it lies in the store
 * where the provider does not let it be managed. Result and ends as of registering; BELGO_ENOTFOUND: there is
 * none.
 */
BELGO_EXPORT belgo_rc belgo_client_show_op(struct belgo_op **out, struct belgo_client *client,
					   const struct belgo_provider *provider, struct belgo_error *err);
/* Changes what params name; the rest, and both tokens, stay. Result and ends as of showing; BELGO_ENOTFOUND
 * also where the client cannot be managed. */
BELGO_EXPORT belgo_rc belgo_client_update_op(struct belgo_op **out, struct belgo_client *client,
					     const struct belgo_client_register_params *params,
					     struct belgo_error *err);
/*
 * Has the provider delete the client, and removes it from the store unless the provider could not be reached.
 * Result: belgo_op_json(), {"deleted":"yes"|"no"|"unsupported","detail":TEXT or null}. Ends as showing.
 */
BELGO_EXPORT belgo_rc belgo_client_delete_op(struct belgo_op **out, struct belgo_client *client,
					     const struct belgo_provider *provider, struct belgo_error *err);
/* All registered clients of the store. Result: belgo_op_json(), {"clients":[...]}; belgo_op_warning(). Ends
 * with BELGO_ESTORE and its kin. */
BELGO_EXPORT belgo_rc belgo_clients_op(struct belgo_op **out, struct belgo_client *client,
				       struct belgo_error *err);
/*
 * The document to be published at client_id, which is a URL, for providers that fetch it in place of a
 * registration (draft-ietf-oauth-client-id-metadata-document). *out: JSON; free(). Of params: client_name
 * (required), redirect_uris (required), grant_types, scope; with jwks or jwks_uri the client authenticates by
 * private_key_jwt, else it is public. BELGO_EINVAL (also for any other token_endpoint_auth_method, and for
 * keys that are not public), BELGO_ENOMEM.
 */
BELGO_EXPORT belgo_rc belgo_client_id_metadata(char **out, const char *client_id,
					       const struct belgo_client_register_params *params,
					       struct belgo_error *err);

/*
 * Keeps the certificate that a client shows in TLS (tls_client_auth, self_signed_tls_client_auth), beside its
 * secret: PEM of the certificate, perhaps its chain, and its private key without a passphrase. NULL removes
 * it. BELGO_EINVAL where they are not that. Result: belgo_op_json(), {"subject","x5t#S256","not_after"}. Ends
 * with BELGO_EBUSY, BELGO_ESTORE and its kin.
 */
BELGO_EXPORT belgo_rc belgo_client_certificate_op(struct belgo_op **out, struct belgo_client *client,
						  const char *issuer, const char *client_id, const char *pem,
						  struct belgo_error *err);

/*
 * Which answers the provider encrypts for the client, and how, by the names of the metadata it was registered
 * with (OpenID Connect Registration 1.0 section 2, RFC 9701 section 6). alg: RSA-OAEP, RSA-OAEP-256, -384 or
 * -512, ECDH-ES, ECDH-ES+A128KW, +A192KW or +A256KW; NULL: that answer is not encrypted. enc: A128CBC-HS256
 * (also for NULL), A192CBC-HS384, A256CBC-HS512, A128GCM, A192GCM or A256GCM.
 */
struct belgo_client_encryption {
	const char
	    *key; /* private: RSA, P-256, P-384, P-521 or X25519, JWK or PEM; NULL: one of P-256 is made */
	const char *id_token_encrypted_response_alg;
	const char *id_token_encrypted_response_enc;
	const char *userinfo_encrypted_response_alg;
	const char *userinfo_encrypted_response_enc;
	const char *introspection_encrypted_response_alg;
	const char *introspection_encrypted_response_enc;
};
/*
 * Stores, or with NULL removes, that. From then on an answer that it names is refused when it comes in the
 * open, or encrypted otherwise, and all others when they come encrypted; what is within is signed, and judged
 * as ever. Result: belgo_op_json(), {"keys":[]} with the public key, to be registered. Copied. BELGO_EINVAL:
 * an algorithm or the key; ends with BELGO_EBUSY, BELGO_ESTORE and its kin.
 */
BELGO_EXPORT belgo_rc belgo_client_encryption_op(struct belgo_op **out, struct belgo_client *client,
						 const char *issuer, const char *client_id,
						 const struct belgo_client_encryption *encryption,
						 struct belgo_error *err);

#ifdef __cplusplus
}
#endif
#endif
