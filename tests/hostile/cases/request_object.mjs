// Signed authorization requests (RFC 9101): the provider opens the object with the client's key, and takes no parameter beside it.
import assert from 'node:assert/strict';
import { accepted, refused, scenario } from '../scenario.mjs';

const jar = (rows, title, hooks, want, check) =>
  scenario(rows, `request object: ${title}`, { keyed: true, args: ['--jar'], ...hooks }, async (t) => {
    await t.giveKey();
    await t.login(want);
    check?.(t, t.log.find(({ endpoint }) => endpoint === 'authorize')?.request.query);
  });
const says = (members) => ({ metadata: (doc) => void Object.assign(doc, members) });
const names = (query) => [...query.keys()].sort();

jar('JA01', 'of an OpenID request', {}, accepted(), (t, query) => {
  assert.deepEqual(names(query), ['client_id', 'request', 'response_type', 'scope']);
  assert.deepEqual([query.get('response_type'), query.get('scope')], ['code', t.s.query.get('scope')]);
});
jar('JA01', 'of one that is none', { args: ['--jar', '--no-openid', '--scope', 'api'] }, accepted(), (t, query) =>
  assert.deepEqual(names(query), ['client_id', 'request']),
);
jar('JA01', 'with all that may be asked for', {
  args: ['--jar', '--login-hint', 'ada', '--max-age', '1h', '--acr-values', 'gold', '--resource', 'https://api.example/', '--param', 'x=y'],
  claims: (c) => void Object.assign(c, { auth_time: c.iat, acr: 'gold' }),
}, accepted(), (t, query) => {
  assert.deepEqual(names(query), ['client_id', 'request', 'response_type', 'scope']);
  const claims = t.s.query;
  assert.deepEqual(
    ['login_hint', 'max_age', 'acr_values', 'resource', 'x'].map((name) => claims.get(name)),
    ['ada', '3600', 'gold', 'https://api.example/', 'y'],
  );
});
const pushed = accepted({ calls: { par: 1 } });
jar('JA01', 'pushed: the object and who sends it, and nothing in the URL', { args: ['--jar', '--par'] }, pushed, (t, query) => {
  assert.deepEqual(names(query), ['client_id', 'request_uri']);
  const { form } = t.log.find(({ endpoint }) => endpoint === 'par').request;
  assert.deepEqual(names(form), ['client_assertion', 'client_assertion_type', 'client_id', 'request']);
});
jar('JA01', 'by a public client with a key', { keyed: 'public' }, accepted());

// What the metadata demand is done unasked, or the login ends before the browser.
const unasked = { args: [] };
jar('JA02', 'required, done unasked', { ...unasked, ...says({ require_signed_request_object: true }) }, accepted(), (t, query) =>
  assert.ok(query.has('request')),
);
jar('JA02', 'not required, not done', unasked, accepted(), (t, query) => assert.ok(!query.has('request')));
scenario('JA02', 'request object: required, and there is no key', says({ require_signed_request_object: true }), (t) =>
  t.login(refused('client_id_missing', 'discovery', { says: /private key/ })),
);
for (const list of [['none'], [], ['RS256', 'PS256'], ['es256'], ['HS256']])
  jar(
    'JA02',
    `algorithms: ${JSON.stringify(list)}`,
    says({ request_object_signing_alg_values_supported: list }),
    refused('malformed', 'discovery', { says: /signature/ }),
  );
jar('JA02', 'algorithms: ES256 and none', says({ request_object_signing_alg_values_supported: ['none', 'ES256'] }), accepted());
for (const [member, value] of [
  ['require_signed_request_object', 'true'],
  ['require_signed_request_object', 1],
  ['request_object_signing_alg_values_supported', 'ES256'],
  ['request_object_signing_alg_values_supported', [1]],
])
  jar('JA02', `${member} is ${JSON.stringify(value)}`, says({ [member]: value }), refused('malformed', 'discovery'));
for (const value of [true, false])
  jar(
    'JA02',
    `require_request_uri_registration is ${value}: nothing is sent by an address of ours`,
    says({ require_request_uri_registration: value }),
    accepted(),
    (t, query) => assert.ok(!query.has('request_uri')),
  );
