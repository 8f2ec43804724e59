// Answers that the client agreed to have encrypted (JWE). Each case is right but for one thing; the key is the client's own.
import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import zlib from 'node:zlib';
import { b64, encrypt, sign } from '../jose.mjs';
import { keys } from '../rogue.mjs';
import { accepted, refused, scenario } from '../scenario.mjs';
import { json } from '../wire.mjs';

const rsa = { ...crypto.generateKeyPairSync('rsa', { modulusLength: 2048 }), alg: 'RSA-OAEP-256', enc: 'A256GCM' };
const other = crypto.generateKeyPairSync('rsa', { modulusLength: 2048 });
const ec = { ...crypto.generateKeyPairSync('ec', { namedCurve: 'P-256' }), alg: 'ECDH-ES', enc: 'A128CBC-HS256' };

// What the user has done before: told oauthctl what was agreed.
async function agree(t, own, answer) {
  const file = t.home.write('own.jwk', JSON.stringify(own.privateKey.export({ format: 'jwk' })));
  const name = `--${answer}-encrypted-response`;
  const how = ['--decryption-key-file', file, `${name}-alg`, own.alg, `${name}-enc`, own.enc];
  await t.ctl(['provider', 'set', t.s.issuer, '--client-id', t.s.clientId, ...how]);
}

// A login whose ID token is made by make(header, claims).
const idToken = (title, own, make, code = 'ok', more = {}) =>
  scenario('J16', `agreed, ${own.alg}: ${title}`, { idToken: make }, async (t) => {
    await agree(t, own, 'id-token');
    await t.login(code === 'ok' ? accepted() : refused(code, 'token', { keeps: true, ...more }));
    if (code === 'ok') return;
    const { out } = await t.home.run(['--json', 'accounts']);
    assert.equal(out, '[]\n', 'no account is stored');
  });
const signed = (h, c) => sign(h, c, keys.rsa);
const sealed = (own, pieces) => (h, c) => encrypt(signed(h, c), own.publicKey, own.alg, own.enc, pieces);
const headed = (own, more) => sealed(own, { header: (h) => ({ ...h, ...more }) });

for (const own of [rsa, ec]) {
  idToken('as it was agreed', own, sealed(own));
  idToken('signed alone', own, signed, 'signature', { says: /not encrypted/ });
  idToken('forged within', own, (h, c) => encrypt(sign(h, c, keys.rsa2), own.publicKey, own.alg, own.enc), 'signature');
  idToken('none within', own, (h, c) => encrypt(sign({ alg: 'none' }, c, null, 'none'), own.publicKey, own.alg, own.enc), 'malformed');
  idToken('claims that nobody signed', own, (h, c) => encrypt(JSON.stringify(c), own.publicKey, own.alg, own.enc), 'malformed');
  idToken('another nonce within', own, (h, c) => sealed(own)(h, { ...c, nonce: 'another' }), 'claim');
  idToken('encrypted twice', own, (h, c) => encrypt(sealed(own)(h, c), own.publicKey, own.alg, own.enc), 'malformed');
  for (const n of [0, 1, 8, 12, 15, 17]) {
    const cut = (tag) => Buffer.concat([tag, Buffer.alloc(1)]).subarray(0, n);
    idToken(`a tag of ${n} bytes`, own, sealed(own, { tag: cut }), 'malformed');
  }
  idToken('no iv', own, sealed(own, { iv: () => Buffer.alloc(0) }), 'malformed');
  idToken('a longer iv', own, sealed(own, { iv: (iv) => Buffer.concat([iv, iv]) }), 'malformed');
  idToken('another tag', own, sealed(own, { tag: () => crypto.randomBytes(16) }), 'signature');
  idToken('no text', own, sealed(own, { text: () => Buffer.alloc(0) }), 'malformed');
  for (const [title, more] of [
    ['compressed', { zip: 'DEF' }],
    ['crit', { crit: ['exp'], exp: 1 }],
    ['p2c of 2^31', { p2c: 2 ** 31, p2s: 'AAAA' }],
    ['no JWT by its cty', { cty: 'json' }],
  ])
    idToken(title, own, headed(own, more), 'malformed', { within: 20000 });
  for (const [title, more] of [
    ['RSA1_5 in the header', { alg: 'RSA1_5' }],
    ['dir in the header', { alg: 'dir' }],
    ['PBES2 in the header', { alg: 'PBES2-HS256+A128KW' }],
    ['another enc in the header', { enc: 'A192GCM' }],
    ['no alg', { alg: undefined }],
  ])
    idToken(title, own, headed(own, more), 'signature');
  idToken('as JSON', own, (h) => JSON.stringify({ protected: b64(h), ciphertext: 'AAAA' }), 'malformed');
  idToken('jwk, jku and x5u in the header, which nobody follows', own, (h, c) => {
    const more = { jku: 'https://evil.invalid/', x5u: 'https://evil.invalid/', jwk: { kty: 'oct', k: 'AAAA' } };
    return headed(own, more)(h, c);
  });
}
idToken(
  'a bomb in zip',
  rsa,
  (h, c) =>
    encrypt(zlib.deflateRawSync(Buffer.alloc(2 ** 24, 'a')), rsa.publicKey, rsa.alg, rsa.enc, { header: (x) => ({ ...x, zip: 'DEF' }) }),
  'malformed',
);
idToken('RSA1_5 in truth', rsa, (h, c) => encrypt(signed(h, c), rsa.publicKey, 'RSA1_5', rsa.enc), 'signature');
idToken('RSA1_5 under the right name', rsa, (h, c) => encrypt(signed(h, c), rsa.publicKey, 'RSA1_5', rsa.enc, { header: (x) => ({ ...x, alg: rsa.alg }) }), 'signature');
idToken('another key', rsa, (h, c) => encrypt(signed(h, c), other.publicKey, rsa.alg, rsa.enc), 'signature');
for (const [title, key, code] of [
  ['no encrypted key', () => Buffer.alloc(0), 'malformed'],
  ['an encrypted key cut short', (k) => k.subarray(1), 'malformed'],
  ['an encrypted key with a byte more', (k) => Buffer.concat([Buffer.alloc(1), k]), 'malformed'],
  ['an encrypted key of zeros', () => Buffer.alloc(256), 'signature'],
])
  idToken(title, rsa, sealed(rsa, { key }), code);
const epk = (change) => sealed(ec, { header: (h) => ({ ...h, epk: change(h.epk) }) });
const p384 = crypto.generateKeyPairSync('ec', { namedCurve: 'P-384' }).publicKey.export({ format: 'jwk' });
for (const [title, change] of [
  ['no epk', () => undefined],
  ['an epk off its curve', (k) => ({ ...k, y: k.x })],
  ['an epk of another curve', () => p384],
  ['an epk of zeros', (k) => ({ ...k, x: b64(Buffer.alloc(32)), y: b64(Buffer.alloc(32)) })],
  ['an epk with a private half', (k) => ({ ...k, d: k.x })],
  ['an epk that is a text', () => 'AAAA'],
])
  idToken(title, ec, epk(change), 'signature');
idToken('an encrypted key where there is none', ec, sealed(ec, { key: () => crypto.randomBytes(40) }), 'malformed');
idToken('text that fills no block', ec, sealed(ec, { text: (x) => x.subarray(1) }), 'malformed');
idToken('a changed last block', ec, sealed(ec, { text: (x) => Buffer.concat([x.subarray(0, -16), crypto.randomBytes(16)]) }), 'signature');
idToken('an apu of ten thousand bytes', ec, headed(ec, { apu: 'A'.repeat(1e4) }), 'malformed');

// Userinfo, after a good login; the account is as it was.
const userinfo = (title, make, code, agreed = true) =>
  scenario('J16', `userinfo ${title}`, {}, async (t) => {
    if (agreed) await agree(t, rsa, 'userinfo');
    await t.login(accepted());
    t.s.hooks.userinfo = make;
    await t.ctl(['userinfo'], code === 'ok' ? accepted() : refused(code, undefined, { hides: ['ada@example.org'] }));
  });
const answer = (make) =>
  function make_(claims) {
    return json(make({ alg: 'RS256', kid: 'rsa-1' }, { ...claims, iss: this.issuer, aud: this.clientId }), { type: 'application/jwt' });
  };
userinfo('as it was agreed', answer(sealed(rsa)), 'ok');
userinfo('signed alone, though agreed', answer(signed), 'signature');
userinfo('as JSON, though agreed', undefined, 'signature');
userinfo('encrypted, and nothing agreed', answer(sealed(rsa)), 'malformed', false);
