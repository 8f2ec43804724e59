// An access token as a resource server sees it (RFC 9068 section 4, RFC 8725): `oauthctl verify` with the keys that the issuer
// publishes. What is wrong with a token is its sender's fault, and asks nobody; what is wrong with the keys lets nobody in.
import assert from 'node:assert/strict';
import { b64, rsaKey, sign } from '../jose.mjs';
import { keys } from '../rogue.mjs';
import { accepted, refused, scenario } from '../scenario.mjs';
import { json } from '../wire.mjs';

const { rsa, rsa2, ec } = keys;
const API = 'https://api.example/';
const ours = ['--audience', API];
const now = () => Math.floor(Date.now() / 1000);
const good = (s) => ({
  header: { alg: 'RS256', kid: rsa.kid, typ: 'at+jwt' },
  claims: { iss: s.issuer, aud: API, sub: 'ada', client_id: 'c1', jti: 'j-1', iat: now(), exp: now() + 300, scope: 'api.read api.write' },
});
// change(header, claims, scenario) in place, or gives the whole token.
const verifies = (row, title, change, want, { args = [], hooks = {} } = {}) =>
  scenario(row, `verify: ${title}`, hooks, async (t) => {
    const { header, claims } = good(t.s);
    const token = change?.(header, claims, t.s) ?? sign(header, claims, rsa);
    const { out } = await t.verify(token, [...ours, ...args], want);
    if (want.code === 'ok') assert.equal(JSON.parse(out).claims.sub, 'ada');
  });
const yes = (row, title, change, more = {}) => verifies(row, title, change && ((h, c, s) => void change(h, c, s)), accepted(), more);
const no = (row, title, code, change, more = {}) =>
  verifies(row, title, (h, c, s) => void change(h, c, s), refused(code, undefined, { calls: more.calls }), more);
// A token that is none at first sight: not even the keys are asked for.
const none = (row, title, change, code = 'malformed') =>
  verifies(row, title, change, refused(code, undefined, { calls: { discovery: 0, jwks: 0 } }));
const plain = { args: ['--type', 'jwt'] };

// AV01: what it says it is
for (const typ of ['at+jwt', 'AT+JWT', 'application/at+jwt']) yes('AV01', `typ is ${typ}`, (h) => (h.typ = typ));
for (const typ of [undefined, 'JWT', 'jwt', 'id+jwt', 'dpop+jwt', 'logout+jwt', 'at+jwtx', 'application/jwt', '', 5, null, ['at+jwt']])
  none('AV01', `typ is ${JSON.stringify(typ)}`, (h) => void (h.typ = typ));
const idToken = (h, c) => {
  delete h.typ;
  for (const name of ['client_id', 'jti', 'scope']) delete c[name];
  Object.assign(c, { nonce: 'n', aud: API });
};
none('AV01', 'an ID token for this very audience', (h, c) => void idToken(h, c));
no('AV01', 'the same where any JWT is asked for', 'claim', idToken, plain);
const untyped = (change) => (h, c) => {
  delete h.typ;
  change(c);
};
yes('AV01', 'a plain JWT', untyped(() => {}), plain);
yes('AV01', 'a nonce in a token that says that it is for access', untyped((c) => Object.assign(c, { nonce: 'n', typ: 'Bearer' })), plain);
for (const [title, more] of [
  ['an ID token that says so', { typ: 'ID' }],
  ['an ID token bound to an access token', { at_hash: 'x' }],
  ['an ID token bound to a code', { c_hash: 'x' }],
  ['a logout token', { events: { 'http://schemas.openid.net/event/backchannel-logout': {} }, sid: 's' }],
  ['an authorization response', { code: 'x', state: 'y' }],
  ['a refresh token', { token_use: 'refresh_token' }],
])
  no('AV01', `${title}, where any JWT is asked for`, 'claim', untyped((c) => Object.assign(c, more)), plain);
no('AV01', 'a token of RFC 9068 where any other JWT is asked for', 'malformed', () => {}, plain);
for (const [title, make] of [
  ['opaque', () => 'an-opaque-token'],
  ['two segments', (h, c) => sign(h, c, rsa).split('.').slice(0, 2).join('.')],
  ['without signature', (h, c) => `${b64(h)}.${b64(c)}.`],
  ['padded', (h, c) => `${sign(h, c, rsa)}==`],
  ['JSON serialization', (h, c) => JSON.stringify({ payload: b64(c), protected: b64(h), signature: 'x' })],
  ['sub twice', (h, c) => sign(JSON.stringify(h), JSON.stringify(c).replace('{', '{"sub":"mallory",'), rsa)],
  ['alg twice', (h, c) => sign(JSON.stringify(h).replace('{', '{"alg":"none",'), JSON.stringify(c), rsa)],
  ['a claim of 70 KiB', (h, c) => sign(h, { ...c, x: 'a'.repeat(52000) }, rsa)],
  ['crit', (h, c) => sign({ ...h, crit: ['exp'] }, c, rsa)],
  ['b64', (h, c) => sign({ ...h, b64: false }, c, rsa)],
])
  none('AV01', title, make);

// AV02: for whom
yes('AV02', 'aud is one of several', (h, c) => (c.aud = ['https://other.example/', API]));
for (const [title, aud, code] of [
  ['another', 'https://other.example/'],
  ['a prefix', API.slice(0, -1)],
  ['longer', `${API}v1`],
  ['in another case', API.toUpperCase()],
  ['the client', 'c1'],
  ['missing', undefined],
  ['[]', []],
  ['others in a list', ['https://other.example/', 'c1']],
  ['empty', ''],
  ['null', null, 'malformed'],
  ['an object', { [API]: true }, 'malformed'],
  ['nested', [[API]], 'malformed'],
  ['ours and a number', [API, 5], 'malformed'],
])
  no('AV02', `aud is ${title}`, code ?? 'claim', (h, c) => (c.aud = aud));

// AV03: of whom
for (const [title, change, code] of [
  ['another', () => 'https://mallory.example'],
  ['with a slash', (iss) => `${iss}/`],
  ['cut short', (iss) => iss.slice(0, -1)],
  ['in upper case', (iss) => iss.toUpperCase()],
  ['missing', () => undefined, 'malformed'],
  ['a list', (iss) => [iss], 'malformed'],
])
  no('AV03', `iss is ${title}`, code ?? 'issuer_mismatch', (h, c) => (c.iss = change(c.iss)));
scenario('AV03', 'verify: the metadata are of another issuer', { metadata: (doc) => void (doc.issuer += 'x') }, async (t) => {
  const { header, claims } = good(t.s);
  await t.verify(sign(header, claims, rsa), ours, refused('issuer_mismatch', undefined, { calls: { jwks: 0 } }));
});

// AV04: when, and all that RFC 9068 wants to be there
for (const [name, value, code] of [
  ['exp', () => now() - 90],
  ['exp', () => now() + 11 * 31557600],
  ['exp', () => undefined, 'malformed'],
  ['exp', () => String(now() + 300), 'malformed'],
  ['exp', () => null, 'malformed'],
  ['exp', () => 0],
  ['nbf', () => now() + 120],
  ['nbf', () => 'now', 'malformed'],
  ['iat', () => now() + 120],
  ['iat', () => undefined, 'malformed'],
  ['sub', () => undefined, 'malformed'],
  ['sub', () => 5, 'malformed'],
  ['client_id', () => undefined, 'malformed'],
  ['client_id', () => ['c1'], 'malformed'],
  ['jti', () => undefined, 'malformed'],
]) {
  const shown = String(JSON.stringify(value())).replace(/\d{9,}/, (n) => `now ${n > now() ? '+' : '-'} ${Math.abs(n - now())}`);
  no('AV04', `${name} is ${shown}`, code ?? 'claim', (h, c) => (c[name] = value()));
}
none('AV04', 'exp is 1e999', (h, c) => sign(JSON.stringify(h), JSON.stringify(c).replace(/"exp":\d+/, '"exp":1e999'), rsa));
yes('AV04', 'exp is past and nbf to come, within the tolerance', (h, c) =>
  Object.assign(c, { exp: now() - 20, nbf: now() + 20, iat: now() - 400 }),
);
yes('AV04', 'a client that is accepted', () => {}, { args: ['--client-id', 'c0', '--client-id', 'c1'] });
no('AV04', 'a client that is not', 'claim', () => {}, { args: ['--client-id', 'c0'] });
no('AV04', 'a client that is not, and azp says otherwise', 'claim', (h, c) => (c.azp = 'c0'), { args: ['--client-id', 'c0'] });

// AV05: by which key
for (const alg of ['none', 'None', '', 'RS1', 'rs256', null, 5])
  none('AV05', `alg is ${JSON.stringify(alg)}`, (h) => void (h.alg = alg), 'signature');
const pem = rsa.publicKey.export({ type: 'spki', format: 'pem' });
for (const [title, key] of [['its PEM', pem], ['its JWK', JSON.stringify(rsa.jwk)], ['nothing', '']])
  none('AV05', `HS256 keyed with ${title}`, (h, c) => sign({ ...h, alg: 'HS256' }, c, key, 'HS256'), 'signature');
const signedBy = (row, title, make) => verifies(row, title, make, refused('signature', undefined, { calls: { stray: 0 } }));
signedBy('AV05', 'another key under the same kid', (h, c) => sign(h, c, rsa2));
signedBy('AV05', 'RS512 with a key for RS256', (h, c) => sign({ ...h, alg: 'RS512' }, c, rsa, 'RS512'));
signedBy('AV05', 'ES256 with the kid of an RSA key', (h, c) => sign({ ...h, alg: 'ES256' }, c, ec, 'ES256'));
signedBy('AV05', 'a key in the header', (h, c) => sign({ ...h, kid: rsa2.kid, jwk: rsa2.jwk }, c, rsa2));
for (const name of ['jku', 'x5u'])
  signedBy('AV05', `${name} of an attacker: nobody goes there`, (h, c, s) =>
    sign({ ...h, kid: rsa2.kid, [name]: `${s.issuer}/evil.jwks` }, c, rsa2),
  );
for (const kid of ['../../dev/null', "' OR 1=1 --", 'http://127.0.0.1/x', ''])
  signedBy('AV05', `kid is ${JSON.stringify(kid)}`, (h, c) => sign({ ...h, kid }, c, rsa));
for (const kid of [5, null, [rsa.kid], 'k'.repeat(1025)])
  none('AV05', `kid is ${JSON.stringify(kid).slice(0, 12)}`, (h) => void (h.kid = kid));
yes('AV05', 'addresses in the header of a good token', (h, c, s) => Object.assign(h, { jku: `${s.issuer}/evil.jwks`, jwk: rsa2.jwk }));
verifies('AV05', 'the signature was changed', (h, c) => sign(h, c, rsa).replace(/\.[^.]{6}([^.]*)$/, '.AAAAAA$1'), refused('signature'));
verifies('AV05', 'ES256 with its own key', (h, c) => sign({ ...h, alg: 'ES256', kid: ec.kid }, c, ec), accepted());
for (const [algs, want] of [
  [['--alg', 'PS256 ES256'], 'signature'],
  [['--alg', 'PS256', '--alg', 'RS512'], 'signature'],
  [['--alg', 'RS256'], 'ok'],
  [['--alg', 'ES256', '--alg', 'RS256'], 'ok'],
]) {
  const asks = want === 'ok' ? accepted() : refused(want, undefined, { calls: { discovery: 0, jwks: 0 }, says: /RS256/ });
  verifies('AV05', `RS256, and the server takes ${algs.filter((word) => word !== '--alg').join(' and ')}`, undefined, asks, { args: algs });
}
for (const alg of ['none', 'HS256', 'rs256'])
  verifies('AV05', `a server that would take ${alg}`, undefined, refused('usage', undefined, { calls: { discovery: 0 } }), {
    args: ['--alg', alg],
  });
for (const [title, set] of [
  ['two keys of one kid', () => [{ ...rsa2.jwk, kid: rsa.kid }, rsa.jwk]],
  ['the key is for encryption', () => [{ ...rsa.jwk, use: 'enc' }]],
  ['the key is too short', () => [rsaKey(rsa.kid, 'RS256', 1024).jwk]],
  ['no key', () => []],
])
  no('AV05', title, 'signature', () => {}, { hooks: { jwks: (doc) => void (doc.keys = set()) } });
scenario('AV05', 'verify: made-up key ids: one fetch more a minute', {}, async (t) => {
  for (let i = 0; i < 4; i += 1) {
    const { header, claims } = good(t.s);
    await t.verify(sign({ ...header, kid: `made-up-${i}` }, claims, rsa2), ours, refused('signature'));
  }
  assert.ok(t.s.count('jwks') <= 2, `the keys were asked for ${t.s.count('jwks')} times`);
});

// AV06: bound to whom
for (const [title, cnf, code] of [
  ['a key', { jkt: '0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I' }],
  ['a certificate', { 'x5t#S256': 'bwcK0esc3ACC3DB2Y5_lESsXE8o9ltc05O89jdN-dg2' }],
  ['both', { jkt: 'x', 'x5t#S256': 'y' }],
  ['something unknown', { kid: 'x' }],
  ['nothing', {}],
  ['a number', { jkt: 5 }, 'malformed'],
  ['a string', 'x', 'malformed'],
  ['null', null, 'malformed'],
  ['a list', [{ jkt: 'x' }], 'malformed'],
])
  no('AV06', `the token is bound to ${title}, and no proof is seen`, code ?? 'claim', (h, c) => (c.cnf = cnf));

// AV07: for what
yes('AV07', 'all scopes are granted', () => {}, { args: ['--scope', 'api.read api.write'] });
for (const [title, scope, code] of [
  ['one is missing', 'api.read'],
  ['none', undefined],
  ['empty', ''],
  ['in another case', 'API.READ API.WRITE'],
  ['longer words', 'api.readx api.writex'],
  ['a number', 5, 'malformed'],
  ['an object', {}, 'malformed'],
])
  no('AV07', `scopes: ${title}`, code ?? 'claim', (h, c) => (c.scope = scope), { args: ['--scope', 'api.read api.write'] });
no('AV07', 'scp says what scope does not', 'claim', (h, c) => Object.assign(c, { scope: 'x', scp: ['api.read'] }), {
  args: ['--scope', 'api.read'],
});

// AV08: the keys cannot be had: that lets nobody in, and says nothing of the token
for (const [title, jwks, code] of [
  ['503', () => ({ status: 503 }), 'unavailable'],
  ['429', () => json({}, { status: 429 }), 'unavailable'],
  ['closed', () => ({ raw: '' }), 'unavailable'],
  ['404', () => ({ status: 404 }), 'malformed'],
  ['HTML', () => ({ body: '<html>' }), 'malformed'],
  ['five hundred keys', (doc) => json({ keys: Array(500).fill(doc.keys[0]) }), 'malformed'],
  ['a redirect', function go() {
    return { status: 302, headers: [['Location', `${this.issuer}/elsewhere`]] };
  }, 'malformed'],
])
  no('AV08', `the keys: ${title}`, code, () => {}, { hooks: { jwks } });
const kept = { jwks: (doc) => json(doc, { headers: [['Cache-Control', 'max-age=60']] }) };
scenario('AV08', 'verify: the keys are down, and an old set has this one', kept, async (t) => {
  const { header, claims } = good(t.s);
  await t.verify(sign(header, claims, rsa), ours, accepted());
  t.home.ageCache(3600);
  t.s.hooks.jwks = () => ({ status: 503 });
  await t.verify(sign(header, { ...claims, jti: 'j-2' }, rsa), ours, accepted());
  await t.verify(sign({ ...header, kid: rsa2.kid }, claims, rsa2), ours, refused('unavailable'));
});

// AV09: its issuer is asked, by this server
const asks = (row, title, introspect, want, { args = ours, token = 'opaque.token-1', metadata } = {}) =>
  scenario(row, `verify: its issuer is asked: ${title}`, { metadata, introspect }, async (t) => {
    const { out } = await t.verify(token, ['--introspect-as', 'api-server', '--scope', 'api.read', ...args], {
      ...want,
      calls: { introspect: 1, jwks: 0, ...want.calls },
    });
    if (want.code === 'ok') assert.equal(JSON.parse(out).claims.active, true);
  });
const answer = (s) => ({ active: true, iss: s.issuer, aud: API, sub: 'ada', client_id: 'c1', exp: now() + 300, scope: 'api.read' });
const says = (change) =>
  function made() {
    const body = answer(this);
    return json(change?.(body, this) ?? body);
  };
asks('AV09', 'it is good', says(), accepted());
asks('AV09', 'it says no more than it must', () => json({ active: true, aud: [API, 'x'], scope: 'api.read' }), accepted());
const left = { args: [] }; // no audience is named here either
asks('AV09', 'it leaves the audience to who asks', () => json({ active: true, scope: 'api.read', token_type: 'Bearer' }), accepted(), left);
asks('AV09', 'it says neither type nor audience', () => json({ active: true, scope: 'api.read' }), refused('claim'), left);
asks('AV09', 'the type is that of no access token', () => json({ active: true, scope: 'api.read', token_type: 'refresh' }), refused('claim'), left);
asks('AV09', 'the token is a piece of the answer', says((a) => void (a.typ = 'Refresh')), refused('claim'), { token: 'Refresh' });
for (const [title, change, code] of [
  ['not active', (a) => void (a.active = false)],
  ['nothing but that', () => ({ active: false })],
  ['active in a string', (a) => void (a.active = 'true'), 'malformed'],
  ['active by a number', (a) => void (a.active = 1), 'malformed'],
  ['no word of active', (a) => void delete a.active, 'malformed'],
  ['for another server', (a) => void (a.aud = 'https://other.example/')],
  ['for none', (a) => void delete a.aud],
  ['for an empty list', (a) => void (a.aud = [])],
  ['for a number', (a) => void (a.aud = 5), 'malformed'],
  ['of another issuer', (a) => void (a.iss = 'https://evil.example'), 'issuer_mismatch'],
  ['of an issuer with a slash more', (a) => void (a.iss += '/'), 'issuer_mismatch'],
  ['expired', (a) => void (a.exp = now() - 400)],
  ['never expiring', (a) => void (a.exp = 9e12)],
  ['expiring in a string', (a) => void (a.exp = String(a.exp)), 'malformed'],
  ['not valid yet', (a) => void (a.nbf = now() + 400)],
  ['issued in the future', (a) => void (a.iat = now() + 400)],
  ['without the scope', (a) => void (a.scope = 'api.readx')],
  ['without any scope', (a) => void delete a.scope],
  ['with a list of scopes', (a) => void (a.scope = ['api.read']), 'malformed'],
  ['a refresh token', (a) => void (a.token_use = 'refresh_token')],
  ['a refresh token, as Keycloak has it', (a) => void (a.typ = 'Refresh')],
  ['an ID token', (a) => void (a.typ = 'ID')],
  ['a logout token', (a) => void (a.typ = 'Logout')],
  ['with the scope in scp', (a) => void Object.assign(a, { scope: 'x', scp: ['api.read'] })],
  ['of a type that is none', (a) => void (a.token_type = 'N_A')],
  ['bound to a key', (a) => void Object.assign(a, { token_type: 'DPoP', cnf: { jkt: 'x' } })],
  ['bound to a key that nobody names', (a) => void (a.token_type = 'DPoP')],
  ['bound to a certificate', (a) => void (a.cnf = { 'x5t#S256': 'x' })],
  ['bound in another way', (a) => void (a.cnf = { kid: 'x' })],
])
  asks('AV09', title, says(change), refused(code ?? 'claim'));
asks('AV09', 'active there twice', () => json(`{"active":false,"active":true,"aud":"${API}","scope":"api.read"}`), refused('malformed'));
asks('AV09', 'another client than is accepted', says(), refused('claim'), { args: [...ours, '--client-id', 'c0'] });
for (const [title, make, code] of [
  ['HTML', () => json('<html>', { type: 'text/html' }), 'malformed'],
  ['an empty answer', () => ({ status: 200 }), 'malformed'],
  ['201', () => json({ active: true }, { status: 201 }), 'malformed'],
  ['a redirect', (a, r) => ({ status: 302, headers: [['Location', '/elsewhere']] }), 'malformed'],
  ['this server is nobody', () => json({ error: 'invalid_client' }, { status: 401 }), 'refused'],
  ['this server may not ask', () => ({ status: 403 }), 'refused'],
  ['503', () => ({ status: 503 }), 'unavailable'],
  ['a closed connection', () => ({ raw: '' }), 'unavailable'],
])
  asks('AV09', title, make, refused(code));
asks('AV09', 'there is no such endpoint', says(), refused('not_found', undefined, { calls: { introspect: 0 } }), {
  metadata: (doc) => void delete doc.introspection_endpoint,
});
for (const token of ['two words', 'caf\u00e9', `a\u0007b`])
  asks('AV09', `the token is ${JSON.stringify(token)}`, says(), refused('malformed', undefined, { calls: { introspect: 0 } }), { token });
const signs = (change, key = rsa) =>
  function made() {
    const header = { alg: key.alg ?? 'RS256', kid: key.kid, typ: 'token-introspection+jwt' };
    const claims = { iss: this.issuer, aud: 'api-server', iat: now(), token_introspection: answer(this) };
    change?.(claims, header);
    return json(sign({ ...header, alg: 'RS256' }, claims, key), { type: 'application/token-introspection+jwt' });
  };
const signed = { calls: { jwks: 1 } };
asks('AV09', 'it answers in a JWT', signs(), accepted(signed));
asks('AV09', 'a JWT for another client', signs((c) => void (c.aud = 'c1')), refused('claim', undefined, signed));
asks('AV09', 'a JWT of another issuer', signs((c) => void (c.iss = 'https://evil.example')), refused('issuer_mismatch', undefined, signed));
asks('AV09', 'a JWT of an hour ago', signs((c) => void (c.iat -= 3600)), refused('claim', undefined, signed));
asks('AV09', 'a JWT by another key', signs(undefined, { ...rsa2, kid: rsa.kid }), refused('signature', undefined, signed));
asks('AV09', 'a JWT that says: not active', signs((c) => void (c.token_introspection.active = false)), refused('claim', undefined, signed));
