// Key sets: of the wrong shape, too many, too weak, ambiguous, or unreachable. And how often they are asked for.
import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import zlib from 'node:zlib';
import { b64, edKey, rsaKey, sign } from '../jose.mjs';
import { keys } from '../rogue.mjs';
import { accepted, login, refused, scenario } from '../scenario.mjs';
import { json, pause } from '../wire.mjs';

const withKeys = (change, more = {}) => ({
  jwks(doc) {
    return change.call(this, doc);
  },
  ...more,
});
const only =
  (...jwks) =>
  (doc) => {
    doc.keys = jwks;
  };
const bad = (rows, title, change, code = 'signature', more = {}) =>
  login(rows, title, withKeys(change, more), refused(code, 'token'));
const good = (rows, title, change, more = {}) => login(rows, title, withKeys(change, more), accepted());
const signedBy = (key, header = {}) => ({
  idToken: (h, claims) => sign({ ...h, alg: key.alg, kid: key.kid, ...header }, claims, key),
});
const { rsa, rsa2, ec } = keys;
const flipped = (text) => text.slice(0, 10) + (text[10] === 'A' ? 'B' : 'A') + text.slice(11);

scenario(
  'K01',
  'unknown key ids, login after login: one refetch, then a minute of rest',
  signedBy({ ...rsa, kid: 'nobody' }),
  async (t) => {
    await t.login(refused('signature', 'token'));
    const first = t.s.count('jwks');
    for (let i = 0; i < 3; i += 1) await t.login(refused('signature', 'token', { calls: { jwks: null } }));
    assert.ok(
      first <= 2 && t.s.count('jwks') <= first + 1,
      `the key set was asked for ${t.s.count('jwks')} times in four logins`,
    );
  },
);
bad('K02', 'two keys of one kid, type and algorithm', only({ ...rsa2.jwk, kid: rsa.kid }, rsa.jwk));
good('K03', 'one kid, two types', only({ ...ec.jwk, kid: rsa.kid }, rsa.jwk));
for (const [title, more] of [
  ['use is enc', { use: 'enc' }],
  ['key_ops without verify', { use: undefined, key_ops: ['sign', 'encrypt'] }],
  ['alg is another', { alg: 'PS256' }],
  ['alg is for encryption', { alg: 'RSA-OAEP' }],
  ['use is a number', { use: 1 }],
  ['key_ops is a string', { key_ops: 'verify' }],
]) {
  bad('K04', title, only({ ...rsa.jwk, ...more }));
}
good('K04', 'neither use nor alg', only({ ...rsa.jwk, use: undefined, alg: undefined }));
bad('K05', 'a private key is published', only(rsa.privateKey.export({ format: 'jwk' })), 'signature', {
  header(h) {
    delete h.kid;
  },
});
bad(
  'K05',
  'HMAC with a key of the set',
  only({ kty: 'oct', kid: 'o', alg: 'HS256', k: b64('known-to-everybody-who-reads-the-set') }),
  'signature',
  {
    idToken: (h, claims) => sign({ alg: 'HS256', kid: 'o' }, claims, 'known-to-everybody-who-reads-the-set', 'HS256'),
  },
);
good(
  'K05',
  'a symmetric and a private key beside ours',
  only({ kty: 'oct', kid: rsa.kid, k: 'AAAA' }, rsa.jwk, { ...rsa2.jwk, d: 'AQAB' }),
);
good(
  'K06',
  'a hundred keys',
  only(...Array.from({ length: 99 }, (v, i) => ({ kty: 'RSA', kid: `k${i}`, n: 'AA', e: 'AQAB' })), rsa.jwk),
);
bad(
  'K06',
  'five hundred keys',
  only(...Array.from({ length: 499 }, (v, i) => ({ kty: 'RSA', kid: `k${i}`, n: 'AA', e: 'AQAB' })), rsa.jwk),
  'malformed',
);
bad('K06', 'a set of a megabyte', only({ ...rsa.jwk, x5c: ['A'.repeat(1e6)] }), 'malformed');
const n = Buffer.from(rsa.jwk.n, 'base64url');
for (const [title, more] of [
  ['512 bits', rsaKey('w', 'RS256', 512).jwk],
  ['1024 bits', rsaKey('w', 'RS256', 1024).jwk],
  ['16384 bits', { n: b64(crypto.randomBytes(2048).fill(0xff, 0, 1)) }],
  ['an even modulus', { n: b64(Buffer.concat([n.subarray(0, -1), Buffer.from([n.at(-1) & 0xfe])])) }],
  ['e = 1', { e: 'AQ' }],
  ['an even e', { e: 'AQAA' }],
  ['a huge e', { e: b64(Buffer.alloc(200, 0xff)) }],
  ['a modulus with a zero in front', { n: b64(Buffer.concat([Buffer.from([0]), n])) }],
  ['padding', { n: `${rsa.jwk.n}=` }],
  ['a blank', { n: `${rsa.jwk.n} ` }],
  ['plain base64', { n: n.toString('base64') }],
  ['no n', { n: undefined }],
  ['n is a number', { n: 5 }],
  ['e is empty', { e: '' }],
])
  bad('K07', title, only({ ...rsa.jwk, ...more, kid: rsa.kid }));
const ecSigned = signedBy(ec);
for (const [title, more] of [
  ['a point off the curve', { x: flipped(ec.jwk.x) }],
  ['the point (0,0)', { x: b64(Buffer.alloc(32)), y: b64(Buffer.alloc(32)) }],
  ['x too short', { x: b64(Buffer.from(ec.jwk.x, 'base64url').subarray(1)) }],
  ['x too long', { x: b64(Buffer.concat([Buffer.alloc(1), Buffer.from(ec.jwk.x, 'base64url')])) }],
  ['crv is unknown', { crv: 'P-999' }],
  ['crv is secp256k1', { crv: 'secp256k1' }],
  ['crv is another', { crv: 'P-384' }],
])
  bad('K08', title, only({ ...ec.jwk, ...more }), 'signature', ecSigned);
good('K08', 'a sound P-256 key', only(ec.jwk), ecSigned);
const ed = edKey('ed');
const edAgreed = {
  metadata(doc) {
    doc.id_token_signing_alg_values_supported.push('EdDSA');
  },
  ...signedBy(ed),
};
for (const [title, more] of [
  ['too short', { x: b64(Buffer.alloc(31, 1)) }],
  ['a point of small order', { x: b64(Buffer.concat([Buffer.from([1]), Buffer.alloc(31)])) }],
  ['X25519', { crv: 'X25519' }],
])
  bad('K09', title, only({ ...ed.jwk, ...more }), 'signature', edAgreed);
good('K09', 'a sound Ed25519 key', only(ed.jwk), edAgreed);
for (const [title, text] of [
  ['an array', '[]'],
  ['no keys', '{}'],
  ['keys is null', '{"keys":null}'],
  ['keys is an object', '{"keys":{}}'],
  ['an element is null', `{"keys":[null,${JSON.stringify(rsa.jwk)}]}`],
  ['an element is a string', '{"keys":["x"]}'],
  ['a member twice', '{"keys":[],"keys":[]}'],
  ['HTML', '<html>'],
])
  bad('K11', title, () => json(text), 'malformed');
bad('K11', 'the type is text/plain', (doc) => json(doc, { type: 'text/plain' }), 'malformed');
good('K11', 'the type is application/jwk-set+json', (doc) => json(doc, { type: 'application/jwk-set+json' }));

bad('K12', 'HTTP 500', () => ({ status: 500 }), 'unavailable');
bad('K12', 'HTTP 404', () => ({ status: 404 }), 'malformed');
bad(
  'K12',
  'a redirect',
  function go() {
    return { status: 302, headers: [['Location', `${this.issuer}/elsewhere`]] };
  },
  'malformed',
);
bad(
  'K12',
  'a gzip bomb',
  () => json(zlib.gzipSync(Buffer.alloc(5e7, ' ')), { headers: [['Content-Encoding', 'gzip']] }),
  'malformed',
);
login(
  'K12',
  'no answer: over after fifteen seconds, and the redirect is taken meanwhile',
  {
    long: true,
    jwks: () => ({
      run: async (socket) => {
        while (!socket.destroyed) await pause(500);
      },
    }),
  },
  refused('unavailable', 'token', { within: 33000 }),
);
scenario(
  'K12',
  'an old set serves the key that it knows, while no newer one is to be had',
  {
    jwks: (doc) => json(doc, { headers: [['Cache-Control', 'max-age=60']] }),
  },
  async (t) => {
    await t.login(accepted());
    t.home.ageCache(3600);
    t.s.hooks.jwks = () => ({ status: 503 });
    await t.login(accepted({ calls: { jwks: null, discovery: null } }));
    t.s.hooks.idToken = (h, claims) => sign({ ...h, kid: 'rsa-2' }, claims, rsa2);
    await t.login(refused('unavailable', 'token', { keeps: true, calls: { jwks: null, discovery: null } }));
  },
);
for (const [title, headers, seconds] of [
  ['max-age=0', [['Cache-Control', 'max-age=0']], 60],
  ['max-age=1e99', [['Cache-Control', 'max-age=1e99']], 3600],
  ['max-age of ages', [['Cache-Control', `max-age=${'9'.repeat(30)}`]], 86400],
  ['no-store', [['Cache-Control', 'no-store']], 60],
  ['nothing', [], 3600],
  ['Expires past', [['Expires', 'Thu, 01 Jan 1970 00:00:00 GMT']], 3600],
  ['max-age=-5', [['Cache-Control', 'max-age=-5']], 3600],
]) {
  scenario(
    'K13',
    `${title}: kept for ${seconds} s`,
    {
      jwks: (doc) => ({ status: 200, headers: [['Content-Type', 'application/json'], ...headers], body: JSON.stringify(doc) }),
    },
    async (t) => {
      await t.login(accepted());
      const { value: cached } = t.home.cached().find(({ key }) => key.endsWith('/jwks'));
      assert.ok(Math.abs(cached.fresh_until - cached.fetched_at - seconds) <= 1, `${cached.fresh_until - cached.fetched_at} s`);
      await t.login(accepted({ calls: { jwks: 0, discovery: 0 } }));
    },
  );
}
