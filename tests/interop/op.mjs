// oidc-provider, an OpenID provider nobody here wrote, set up as a strict peer on 127.0.0.1. Prints "ready ISSUER".
//
//   PORT        where to listen (0: a free port)       ACCESS_TTL    life of an access token, seconds (60)
//   CLOCK       so many seconds is its clock ahead, or below 0 behind
//   ROTATE=0    keep one refresh token                 TLS_CERT, TLS_KEY   serve https with these PEM files
//   LIFETIME    end after so many seconds (600)
//   CLIENT_CA   with TLS: a client mtls shows a certificate of this authority for CN=client, at a port of its own, which the
//               metadata's mtls_endpoint_aliases name: at the first one nobody is asked for a certificate
//   DPOP_NONCE=1  proofs of possession must carry the server's nonce
//   FAPI=1      the clients fapi, fapi-rsa and pkjwt are held to the FAPI 2.0 Security Profile
//   CLIENT_JWK_OUT   write the private key of the client pkjwt to this file, a JWK, and that of fapi-rsa to the same with ".rsa"
//   INITIAL_ACCESS_TOKEN   register clients only for whoever shows it
//   ENCRYPTED_OUT    a directory, which gets ID.jwk for each client ID of `encrypted`: the private key that opens what is encrypted for it
//   CLIENT_DOCUMENTS   with TLS: a directory of client ID metadata documents, served by "documents URL", an origin of its own
//   CLIENT_JWKS      a file with a JWK Set: the keys of a client pkown, which says who it is by them
//
// Clients: native, es256, ps256, eddsa, paronly, dpop, signed (public, loopback redirects; paronly must push its requests, dpop bind its tokens, signed gets signed answers to userinfo and introspection); service (no user; with a secret); basic, post (with a secret; a wrong encoding of the
// first one's is noticed); those of `encrypted`; csjwt, pkjwt, vouching (which sign assertions); pairwise.
import { once } from 'node:events';
import { createServer as createHttp } from 'node:http';
import { createServer as createHttps } from 'node:https';
import { X509Certificate, randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { Provider, errors } from 'oidc-provider';
import { createLocalJWKSet, exportJWK, generateKeyPair, jwtVerify } from 'jose';

const env = process.env;
const tls = env.TLS_CERT && env.TLS_KEY ? { cert: readFileSync(env.TLS_CERT), key: readFileSync(env.TLS_KEY) } : null;
const mtls = tls && env.CLIENT_CA ? { ...tls, ca: readFileSync(env.CLIENT_CA), requestCert: true, rejectUnauthorized: false } : null;
const deviceCode = 'urn:ietf:params:oauth:grant-type:device_code';
const tokenExchange = 'urn:ietf:params:oauth:grant-type:token-exchange';
const jwtBearer = 'urn:ietf:params:oauth:grant-type:jwt-bearer';
const callback = 'http://127.0.0.1/callback';
const seconds = (name, otherwise) => Number(env[name] ?? otherwise);
const trueNow = Date.now;
Date.now = () => trueNow() + 1000 * seconds('CLOCK', 0);

// Who is on this machine may be fetched from too: the provider's guard against such addresses is taken off.
const fetchAnywhere = (url, options) => fetch(url, { ...options, dispatcher: undefined });
const documents = tls && env.CLIENT_DOCUMENTS ? createHttps(tls, (req, res) => {
  let body;
  try {
    body = readFileSync(join(env.CLIENT_DOCUMENTS, basename(req.url)));
  } catch {
    return res.writeHead(404).end();
  }
  return res.writeHead(200, { 'content-type': 'application/json' }).end(body);
}) : null;

async function signingKey(alg) {
  const { privateKey } = await generateKeyPair(alg, { extractable: true });
  return { ...(await exportJWK(privateKey)), use: 'sig', alg, kid: `sig-${alg}` };
}

function client(id, more = {}) {
  return {
    client_id: id, application_type: 'native', token_endpoint_auth_method: 'none', response_types: ['code'],
    grant_types: ['authorization_code', 'refresh_token'], redirect_uris: [callback], ...more,
  };
}

function confidential(id, secret, method, more = {}) {
  return client(id, { client_secret: secret, token_endpoint_auth_method: method, ...more });
}

const clients = [
  client('native', { authorization_details_types: ['account'], grant_types: ['authorization_code', 'refresh_token', deviceCode, tokenExchange] }),
  client('es256', { id_token_signed_response_alg: 'ES256', authorization_signed_response_alg: 'ES256' }),
  client('ps256', { id_token_signed_response_alg: 'PS256', authorization_signed_response_alg: 'PS256' }),
  client('paronly', { require_pushed_authorization_requests: true }),
  client('dpop', { dpop_bound_access_tokens: true, grant_types: ['authorization_code', 'refresh_token', deviceCode] }),
  client('eddsa', { id_token_signed_response_alg: 'EdDSA', authorization_signed_response_alg: 'EdDSA' }),
  confidential('hs256', 'answers-signed-with-this-secret-32', 'client_secret_basic', { authorization_signed_response_alg: 'HS256' }),
  client('signed', { userinfo_signed_response_alg: 'ES256', introspection_signed_response_alg: 'PS256' }),
  confidential('basic', 'one+two/%three :four=', 'client_secret_basic'),
  confidential('post', 'posted-secret-posted-secret-posted', 'client_secret_post'),
  confidential('csjwt', 'signing-secret-signing-secret-32', 'client_secret_jwt'),
  client('service', {
    client_secret: 'service-secret-service-secret-32', token_endpoint_auth_method: 'client_secret_basic',
    application_type: 'web', grant_types: ['client_credentials'], redirect_uris: [], response_types: [],
  }),
  confidential('pairwise', 'pairwise-secret-pairwise-secret', 'client_secret_basic', { subject_type: 'pairwise' }),
  ...(mtls ? [client('mtls', {
    token_endpoint_auth_method: 'tls_client_auth', tls_client_auth_subject_dn: 'client', tls_client_certificate_bound_access_tokens: true,
  })] : []),
];

// What each of these is answered is signed, and then encrypted for it.
const encrypted = [
  ['enc-rsa-oaep-256', 'RSA-OAEP-256', 'A256GCM'],
  ['enc-rsa-oaep', 'RSA-OAEP', 'A128CBC-HS256'],
  ['enc-ecdh-es', 'ECDH-ES', 'A128GCM'],
  ['enc-ecdh-es-cbc', 'ECDH-ES', 'A256CBC-HS512', 'P-521'],
  ['enc-a256kw', 'ECDH-ES+A256KW', 'A192CBC-HS384', 'P-384'],
  ['enc-x25519', 'ECDH-ES+A128KW', 'A192GCM', 'X25519'],
];

async function encrypting() {
  const list = [];
  for (const [id, alg, enc, crv] of env.ENCRYPTED_OUT ? encrypted : []) {
    const { publicKey, privateKey } = await generateKeyPair(alg, { crv, extractable: true });
    const named = { use: 'enc', kid: id };
    writeFileSync(`${env.ENCRYPTED_OUT}/${id}.jwk`, JSON.stringify({ ...(await exportJWK(privateKey)), ...named }), { mode: 0o600 });
    const all = (name) => ({ [`${name}_encrypted_response_alg`]: alg, [`${name}_encrypted_response_enc`]: enc });
    list.push(client(id, {
      jwks: { keys: [{ ...(await exportJWK(publicKey)), ...named }] }, id_token_signed_response_alg: 'ES256',
      userinfo_signed_response_alg: 'ES256', introspection_signed_response_alg: 'PS256', ...all('id_token'), ...all('userinfo'), ...all('introspection'),
    }));
  }
  return list;
}

async function signing() {
  const { publicKey, privateKey } = await generateKeyPair('ES256', { extractable: true });
  const named = { use: 'sig', kid: 'client-key' };
  if (env.CLIENT_JWK_OUT) {
    writeFileSync(env.CLIENT_JWK_OUT, JSON.stringify({ ...(await exportJWK(privateKey)), ...named }), { mode: 0o600 });
  }
  const rsa = await generateKeyPair('PS256', { extractable: true });
  if (env.CLIENT_JWK_OUT) writeFileSync(`${env.CLIENT_JWK_OUT}.rsa`, JSON.stringify(await exportJWK(rsa.privateKey)), { mode: 0o600 });
  const byKey = (id, jwks) => client(id, { token_endpoint_auth_method: 'private_key_jwt', jwks });
  const list = [byKey('pkjwt', { keys: [{ ...(await exportJWK(publicKey)), ...named }] })];
  list.push({ ...list[0], client_id: 'fapi', dpop_bound_access_tokens: true, id_token_signed_response_alg: 'PS256', authorization_signed_response_alg: 'PS256' });
  list.push({ ...list[1], client_id: 'fapi-rsa', jwks: { keys: [await exportJWK(rsa.publicKey)] } });
  list.push({ ...list[0], client_id: 'vouching', grant_types: [jwtBearer], redirect_uris: [], response_types: [] });
  list.push({ ...list[0], client_id: 'jar', authorization_details_types: ['account'], require_signed_request_object: true, request_object_signing_alg: 'ES256' });
  if (env.CLIENT_JWKS) {
    list.push(byKey('pkown', JSON.parse(readFileSync(env.CLIENT_JWKS, 'utf8'))));
  }
  return list;
}

// Tokens for an API of its own are JWTs, but opaque for one; a resource that nobody runs is refused.
const resourceIndicators = {
  enabled: true,
  defaultResource: () => undefined,
  getResourceServerInfo: (ctx, resource) => {
    if (!resource.startsWith('https://api.example.test/')) throw new errors.InvalidTarget();
    const accessTokenFormat = resource.endsWith('/opaque') ? 'opaque' : 'jwt';
    return { scope: 'api.read api.write', audience: resource, accessTokenFormat, accessTokenTTL: 60 };
  },
};

function settings(keys, more, aliases) {
  return {
    discovery: { mtls_endpoint_aliases: aliases },
    clients: [...clients, ...more],
    fetch: fetchAnywhere,
    jwks: { keys },
    cookies: { keys: ['loopback only'] },
    scopes: ['openid', 'offline_access', 'profile', 'email'],
    acrValues: ['gold', 'silver'],
    claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name', 'preferred_username', 'updated_at'] },
    conformIdTokenClaims: false,
    subjectTypes: ['public', 'pairwise'],
    pairwiseIdentifier: (ctx, account, { clientId }) => `pairwise-${clientId}-${account}`,
    clientAuthMethods: ['none', 'client_secret_basic', 'client_secret_post', 'client_secret_jwt', 'private_key_jwt', ...(mtls ? ['tls_client_auth'] : [])],
    enabledJWA: {
      idTokenSigningAlgValues: ['RS256', 'PS256', 'ES256', 'EdDSA'],
      userinfoSigningAlgValues: ['RS256', 'PS256', 'ES256', 'EdDSA'],
      authorizationSigningAlgValues: ['HS256', 'RS256', 'PS256', 'ES256', 'EdDSA'],
      introspectionSigningAlgValues: ['RS256', 'PS256', 'ES256', 'EdDSA'],
      ...Object.fromEntries(['idToken', 'userinfo', 'introspection'].flatMap((name) => [
        [`${name}EncryptionAlgValues`, [...new Set(encrypted.map(([, alg]) => alg))]],
        [`${name}EncryptionEncValues`, [...new Set(encrypted.map(([, , enc]) => enc))]],
      ])),
      clientAuthSigningAlgValues: ['HS256', 'RS256', 'PS256', 'ES256', 'EdDSA'],
    },
    pkce: { required: () => true },
    rotateRefreshToken: () => env.ROTATE !== '0',
    ttl: {
      AccessToken: seconds('ACCESS_TTL', 60), AuthorizationCode: 60, Grant: 86400, IdToken: 900, Interaction: 600,
      RefreshToken: 86400, Session: 86400,
    },
    features: {
      mTLS: {
        enabled: Boolean(mtls), tlsClientAuth: true, certificateBoundAccessTokens: true,
        getCertificate: (ctx) => {
          const { raw } = ctx.socket.getPeerCertificate();
          return raw && new X509Certificate(raw);
        },
        certificateAuthorized: (ctx) => ctx.socket.authorized,
        certificateSubjectMatches: (ctx, property, expected) => ctx.socket.getPeerCertificate().subject.CN === expected,
      },
      devInteractions: { enabled: true }, revocation: { enabled: true }, introspection: { enabled: true },
      jwtResponseModes: { enabled: true }, jwtIntrospection: { enabled: true }, jwtUserinfo: { enabled: true }, encryption: { enabled: true },
      rpInitiatedLogout: { enabled: true }, claimsParameter: { enabled: true }, deviceFlow: { enabled: true },
      pushedAuthorizationRequests: { enabled: true }, requestObjects: { enabled: true },
      registration: { enabled: true, initialAccessToken: env.INITIAL_ACCESS_TOKEN ?? false },
      clientIdMetadataDocument: { enabled: Boolean(documents), ack: 'draft-02' },
      registrationManagement: { enabled: true, rotateRegistrationAccessToken: true },
      resourceIndicators, clientCredentials: { enabled: true },
      fapi: { enabled: true, profile: (ctx, client) => (['fapi', 'fapi-rsa', 'pkjwt'].includes(client?.clientId) && env.FAPI === '1' ? '2.0' : undefined) },
      dPoP: { enabled: true, nonceSecret: randomBytes(32), requireNonce: () => env.DPOP_NONCE === '1' },
      richAuthorizationRequests: {
        enabled: true,
        types: { account: { validate() {} } },
        authorizationDetailsForGrantSource: (ctx) => ctx.oidc.params?.authorization_details && JSON.parse(ctx.oidc.params.authorization_details),
        authorizationDetailsForAccessToken: (ctx, token, source) => source.rar,
        authorizationDetailsForIntrospection: (ctx, token) => token.rar,
      },
    },
    findAccount: (ctx, id) => ({
      accountId: id,
      claims: () => ({
        sub: id, name: `User ${id}`, preferred_username: id, email: `${id}@example.test`, email_verified: true,
        updated_at: 1700000000,
      }),
    }),
  };
}

// Token exchange is not built in, but a grant can be: of what follows, reading the form, authenticating the client, finding,
// making and expiring tokens and every error answer are the provider's own.
function addTokenExchange(provider) {
  const type = 'urn:ietf:params:oauth:token-type:access_token';
  const words = (text) => (text ?? '').split(' ').filter(Boolean);
  const handler = async (ctx) => {
    const { client, params } = ctx.oidc;
    const subject = params.subject_token_type === type && (await provider.AccessToken.find(params.subject_token));
    if (!subject || subject.clientId !== client.clientId) throw new errors.InvalidRequest('subject_token is not a live one');
    if ((params.requested_token_type ?? type) !== type) throw new errors.InvalidRequest('requested_token_type is not supported');
    const token = new provider.AccessToken({
      accountId: subject.accountId, claims: subject.claims, client, grantId: subject.grantId, gty: 'token_exchange',
      sessionUid: subject.sessionUid, expiresWithSession: subject.expiresWithSession,
    });
    const has = words(subject.scope);
    if (words(params.scope).some((scope) => !has.includes(scope))) throw new errors.InvalidScope('more than the subject token has', params.scope);
    token.scope = params.scope ?? subject.scope;
    if (params.resource) {
      const info = resourceIndicators.getResourceServerInfo(ctx, params.resource);
      token.resourceServer = new provider.ResourceServer(params.resource, info);
    }
    ctx.body = {
      access_token: await token.save(), issued_token_type: type, token_type: token.tokenType, expires_in: token.expiration,
      scope: token.scope,
    };
  };
  const names = ['subject_token', 'subject_token_type', 'requested_token_type', 'audience', 'resource', 'scope'];
  provider.registerGrantType(tokenExchange, handler, names);
}

// Nor is this one: whom a client vouches for, by its key. The provider authenticates the client, another library reads the assertion.
// @spec RFC 7523 sections 2.1 and 3
function addJwtBearer(provider) {
  const seen = new Set();
  const handler = async (ctx) => {
    const { client, params } = ctx.oidc;
    const { payload } = await jwtVerify(params.assertion, createLocalJWKSet(client.jwks), {
      issuer: client.clientId, audience: provider.issuer, requiredClaims: ['sub', 'exp', 'jti'], maxTokenAge: 60,
    }).catch((e) => { throw new errors.InvalidGrant(e.message); });
    if (seen.has(payload.jti)) throw new errors.InvalidGrant('it was used before');
    seen.add(payload.jti);
    const grant = new provider.Grant({ accountId: payload.sub, clientId: client.clientId });
    const token = new provider.AccessToken({ accountId: payload.sub, client, gty: 'jwt_bearer', scope: params.scope });
    if (params.resource) {
      const info = resourceIndicators.getResourceServerInfo(ctx, params.resource);
      token.resourceServer = new provider.ResourceServer(params.resource, info);
      grant.addResourceScope(params.resource, params.scope ?? '');
    }
    token.grantId = await grant.save();
    ctx.body = { access_token: await token.save(), token_type: token.tokenType, expires_in: token.expiration, scope: token.scope };
  };
  provider.registerGrantType(jwtBearer, handler, ['assertion', 'scope', 'resource']);
}

// @spec RFC 8705 section 5
function aliasesAt(origin) {
  return { token_endpoint: `${origin}/token`, userinfo_endpoint: `${origin}/me`, revocation_endpoint: `${origin}/token/revocation` };
}

// The issuer's name holds its port, so the port is found first and the provider made then.
const server = tls ? createHttps(tls) : createHttp();
const forCertificates = mtls && createHttps(mtls);
if (documents) await once(documents.listen(0, '127.0.0.1'), 'listening');
if (forCertificates) await once(forCertificates.listen(0, '127.0.0.1'), 'listening');
server.listen(seconds('PORT', 0), '127.0.0.1', async () => {
  const issuer = `${tls ? 'https' : 'http'}://127.0.0.1:${server.address().port}`;
  const aliases = forCertificates ? aliasesAt(`https://127.0.0.1:${forCertificates.address().port}`) : undefined;
  const keys = await Promise.all(['RS256', 'PS256', 'ES256', 'EdDSA'].map(signingKey));
  const provider = new Provider(issuer, settings(keys, [...(await signing()), ...(await encrypting())], aliases));
  addTokenExchange(provider);
  addJwtBearer(provider);
  // Whoever signs in on its development pages has signed in as the client wished.
  Object.defineProperty(provider.OIDCContext.prototype, 'acr', { get() { return this.params?.acr_values?.split(' ').find((acr) => ['gold', 'silver'].includes(acr)); } });
  for (const event of ['authorization.error', 'pushed_authorization_request.error', 'grant.error', 'userinfo.error', 'introspection.error', 'revocation.error', 'server_error']) {
    provider.on(event, (ctx, e) => console.error(`${event}: ${e.error ?? e.message} ${e.error_detail ?? e.error_description ?? ''}`));
  }
  server.on('request', provider.callback());
  forCertificates?.on('request', provider.callback());
  if (documents) console.log(`documents https://127.0.0.1:${documents.address().port}`);
  console.log(`ready ${issuer}`);
});
setTimeout(() => process.exit(0), seconds('LIFETIME', 600) * 1000).unref();
process.on('SIGTERM', () => process.exit(0));
