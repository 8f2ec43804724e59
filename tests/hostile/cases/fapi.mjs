// The modules of the OpenID Foundation's plan for clients of the FAPI 2.0 Security Profile, by --profile fapi2: the request pushed,
// the client known by its key (private_key_jwt, the issuer and nobody else its audience), the tokens bound to a key (DPoP). The
// provider takes nothing less, and judges assertions and proofs by itself (proof.mjs).
import assert from 'node:assert/strict';
import { ecKey, rsaKey, sign } from '../jose.mjs';
import { keys } from '../rogue.mjs';
import { accepted, refused, scenario } from '../scenario.mjs';
import { json } from '../wire.mjs';

const known = { ...keys, es384: ecKey('ec-384', 'P-384', 'ES384'), ps256: rsaKey('ps-1', 'PS256') };
const published = (set) => void (set.keys = Object.values(known).map(({ jwk }) => jwk));
const fapi = (rows, title, hooks, want) =>
  scenario(rows, `fapi2: ${title}`, { fapi: true, args: ['--profile', 'fapi2'], jwks: published, ...hooks }, async (t) => {
    await t.giveKey();
    await t.login(want);
  });
const pushed = { calls: { par: 1 } };
const good = (rows, title, hooks, more = {}) => fapi(rows, title, hooks, accepted({ ...pushed, ...more }));
// Refused once the ID token has come: userinfo is never asked.
const bad = (rows, title, claims, code = 'claim') => fapi(rows, title, { claims }, refused(code, 'token', pushed));
// Refused before anything is pushed, let alone shown to a browser.
const unmet = (rows, title, metadata, code = 'malformed', more = {}) =>
  fapi(rows, title, { metadata: (doc) => void metadata(doc) }, refused(code, 'discovery', more));
const signed = (key, header = {}) => (h, c) => sign({ ...h, alg: key.alg, kid: key.kid, ...header }, c, key);
const now = () => Math.floor(Date.now() / 1000);

scenario('F01', 'fapi2: a login without deviation', { fapi: true, args: ['--profile', 'fapi2'] }, async (t) => {
  await t.giveKey();
  await t.login(accepted({ calls: { par: 1, token: 1, userinfo: 1 } }));
  const of = (endpoint) => t.log.find((entry) => entry.endpoint === endpoint).request;
  assert.deepEqual([...of('authorize').query.keys()].sort(), ['client_id', 'request_uri']);
  const { form } = of('par');
  assert.deepEqual([form.get('response_type'), form.get('code_challenge_method')], ['code', 'S256']);
  assert.equal(form.get('dpop_jkt'), of('token').proof.jkt);
  await t.token(accepted({ calls: { token: 1 } }), ['--refresh']);
});
good('F01', 'a nonce is wanted of each proof', {
  any(endpoint, { proof }) {
    if (!['token', 'userinfo'].includes(endpoint) || proof.claims.nonce === `of-${endpoint}`) return undefined;
    const told = ['DPoP-Nonce', `of-${endpoint}`];
    if (endpoint === 'token') return json({ error: 'use_dpop_nonce' }, { status: 400, headers: [told] });
    return json({}, { status: 401, headers: [['WWW-Authenticate', 'DPoP error="use_dpop_nonce"'], told] });
  },
}, { calls: { par: 1, token: 2, userinfo: 2 } });
unmet('F02', 'the metadata has another issuer', (doc) => (doc.issuer += 'INVALID'), 'issuer_mismatch');
bad('F03', 'iss is another', (c) => void (c.iss += '1'), 'issuer_mismatch');
bad('F03', 'aud is another', (c) => void (c.aud += '1'));
bad('F03', 'nonce is another', (c) => void (c.nonce += '1'));
for (const [name, code] of [['iss', 'malformed'], ['aud', 'claim'], ['exp', 'malformed'], ['nonce', 'claim']])
  bad('F04', `${name} is missing`, (c) => void delete c[name], code);
bad('F05', 'a second audience, and no azp', (c) => void (c.aud = [c.aud, `${c.aud}1`]));
good('F06', 'aud is an array of us alone', { claims: (c) => void (c.aud = [c.aud]) });
fapi('F07', 'alg none', { idToken: (h, c) => sign({ alg: 'none' }, c, null, 'none') }, refused('malformed', 'token', pushed));
for (const key of [known.rsa, known.es384])
  fapi('F07', `${key.alg}, which is advertised`, { idToken: signed(key) }, refused('signature', 'token', pushed));
good('F07', 'PS256', {
  metadata: (doc) => void (doc.id_token_signing_alg_values_supported = ['RS256', 'PS256']),
  idToken: signed(known.ps256),
});
// What is asked later is held to it too: answers that are JWTs, each by an algorithm that is advertised.
const both = ['RS256', 'ES256'];
const advertised = {
  metadata: (doc) =>
    void Object.assign(doc, { userinfo_signing_alg_values_supported: both, introspection_signing_alg_values_supported: both }),
};
for (const [verb, endpoint, type, wrap] of [
  ['userinfo', 'userinfo', 'jwt', (answer) => answer],
  ['introspect', 'introspect', 'token-introspection+jwt', (answer) => ({ iat: now(), token_introspection: answer })],
])
  for (const key of [known.rsa, known.ec])
    scenario('F07', `fapi2: ${verb} answers by ${key.alg}`, { fapi: true, args: ['--profile', 'fapi2'], ...advertised }, async (t) => {
      await t.giveKey();
      await t.login(accepted(pushed));
      t.s.hooks[endpoint] = function signs(answer) {
        const header = { alg: key.alg, kid: key.kid, ...(endpoint === 'introspect' && { typ: type }) };
        const claims = { ...wrap(answer), iss: this.issuer, aud: this.clientId };
        return json(sign(header, claims, key), { type: `application/${type}` });
      };
      const calls = { [endpoint]: 1 };
      await t.ctl([verb], key === known.ec ? accepted({ calls }) : refused('signature', undefined, { calls }));
    });
bad('F08', 'exp is six minutes past', (c) => void Object.assign(c, { iat: c.iat - 660, exp: c.iat - 360 }));
bad('F08', 'iat is two minutes in the future', (c) => void (c.iat = now() + 120));
bad('F08', 'nbf is two minutes in the future', (c) => void (c.nbf = now() + 120));
good('F08', 'iat and nbf are ten seconds in the future', {
  claims: (c) => void Object.assign(c, { iat: now() + 10, nbf: now() + 10 }),
});

for (const [row, title, redirect] of [
  ['F09', 'iss of the redirect is another', (p) => p.set('iss', `${p.get('iss')}1`)],
  ['F10', 'iss of the redirect is missing', (p) => p.delete('iss')],
])
  fapi(row, title, { redirect: (p) => void redirect(p) }, refused('issuer_mismatch', 'authorize', pushed));
for (const [title, redirect] of [
  ['state of the redirect is another', (p) => p.set('state', `${p.get('state')}1`)],
  ['state of the redirect is missing', (p) => p.delete('state')],
])
  fapi(
    'F11',
    title,
    {
      timeout: '10s',
      redirect: (p) => void redirect(p),
      async browser(b) {
        assert.equal((await b.follow()).status, 400);
        b.page = undefined;
      },
    },
    refused('login_timed_out', 'authorize', pushed),
  );
scenario('F12', 'fapi2: expires_in is missing', { fapi: true, args: ['--profile', 'fapi2'] }, async (t) => {
  await t.giveKey();
  t.s.hooks.token = (reply) => void delete reply.expires_in;
  await t.login(accepted(pushed));
  assert.equal(JSON.parse((await t.token(accepted({ calls: { token: 0 } }))).out).expires_at, null);
});
good('F13', 'token_type is dPoP', { token: (reply) => void (reply.token_type = 'dPoP') });
scenario('F15', 'fapi2: 401, then a refresh, with rotation', { fapi: true, args: ['--profile', 'fapi2'] }, async (t) => {
  await t.giveKey();
  await t.login(accepted(pushed));
  let times = 0;
  t.s.hooks.userinfo = () => {
    times += 1;
    return times === 1 ? json({}, { status: 401, headers: [['WWW-Authenticate', 'DPoP error="invalid_token"']] }) : undefined;
  };
  await t.ctl(['userinfo'], accepted({ calls: { userinfo: 2, token: 1 } }));
  await t.token(accepted({ calls: { token: 1 } }), ['--refresh']);
});

// What the profile demands of the provider, one at a time.
unmet('F01', 'nothing can be pushed', (doc) => delete doc.pushed_authorization_request_endpoint, 'malformed', {
  says: /pushed_authorization_request_endpoint/,
});
unmet('F01', 'no list of challenge methods', (doc) => delete doc.code_challenge_methods_supported, 'malformed', { says: /S256/ });
for (const value of [false, undefined])
  unmet('F10', `iss is ${value === false ? 'not promised' : 'promised nowhere'}`, (doc) => {
    doc.authorization_response_iss_parameter_supported = value;
  });
for (const value of [undefined, [], ['RS256'], ['none'], ['es256']])
  unmet('F01', `proofs are taken by ${JSON.stringify(value)}`, (doc) => (doc.dpop_signing_alg_values_supported = value), 'malformed', {
    says: /dpop_signing_alg_values_supported|ES256/,
  });
for (const value of [['RS256'], ['ES384'], undefined])
  unmet('F07', `ID tokens are signed by ${JSON.stringify(value)}`, (doc) => {
    doc.id_token_signing_alg_values_supported = value;
  });
fapi(
  'F01',
  'the token is bound to nothing',
  { token: (reply) => void (reply.token_type = 'Bearer') },
  refused('malformed', 'token', pushed),
);
fapi(
  'F01',
  'the pushed request is refused: nothing is sent in the open instead',
  { par: () => json({ error: 'invalid_request' }, { status: 400 }) },
  refused('refused', 'par', pushed),
);
scenario('F01', 'fapi2: a client without a key', { fapi: true, args: ['--profile', 'fapi2'] }, (t) =>
  t.login(refused('usage', 'discovery', { says: /private_key_jwt/ })),
);
const secret = { fapi: true, clientSecret: 'no-key-but-a-secret', args: ['--profile', 'fapi2'] };
scenario('F01', 'fapi2: a client with a secret', secret, async (t) => {
  t.s.hooks.metadata = (doc) => void doc.token_endpoint_auth_methods_supported.push('client_secret_basic');
  await t.login(refused('usage', 'discovery', { says: /private_key_jwt/ }));
});
