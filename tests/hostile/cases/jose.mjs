// ID tokens whose outer shell is wrong: algorithm, header, segments, signature. Each is served by an otherwise flawless login.
import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import { b64, edKey, sign, signature } from '../jose.mjs';
import { keys } from '../rogue.mjs';
import { accepted, login, refused, scenario } from '../scenario.mjs';

const { rsa, rsa2, ec } = keys;
const kid = rsa.kid;
// make(header, claims): the token. Either word will do where it matters little which check is the first.
const bad = (rows, title, make, code = 'malformed', more = {}) =>
  login(
    rows,
    title,
    {
      ...more.hooks,
      idToken(header, claims) {
        return make.call(this, header, claims);
      },
    },
    refused(code, 'token', more),
  );
const good = (rows, title, make, hooks = {}) => login(rows, title, { ...hooks, idToken: make }, accepted());
const headed = (change) => (header, claims) => sign(change(header), claims, rsa);

for (const alg of [
  'none',
  'None',
  'nOnE',
  'NONE',
  '',
  7,
  ['RS256'],
  null,
  { RS256: 1 },
  'RS256 ',
  'rs256',
  'ES256K',
  'RS1',
  'XX256',
]) {
  bad(
    'J01 J05',
    `alg is ${JSON.stringify(alg)}`,
    headed((h) => ({ ...h, alg })),
    'signature',
  );
}
bad(
  'J01',
  'alg is missing',
  headed((h) => ({ kid: h.kid })),
  'signature',
);
bad(
  'J02',
  'none, and a signature',
  headed((h) => ({ ...h, alg: 'none' })),
  'signature',
);
bad('J02', 'RS256, and no signature', (h, c) => `${b64(h)}.${b64(c)}.`);
for (const [title, make] of [
  ['two segments', (t) => t.split('.').slice(0, 2).join('.')],
  ['four', (t) => `${t}.AAAA`],
  ['five', (t) => `${t}.AAAA.AAAA`],
  ['one', (t) => t.split('.')[0]],
  ['only dots', () => '..'],
  ['a dot behind', (t) => `${t}.`],
  ['a dot in front', (t) => `.${t}`],
]) {
  bad('J02 J16', `segments: ${title}`, (h, c) => make(sign(h, c, rsa)));
}
bad('J02', 'JSON serialization, as text', (h, c) => {
  const [header, payload, mac] = sign(h, c, rsa).split('.');
  return JSON.stringify({ payload, protected: header, signature: mac });
});
bad('J02', 'JSON serialization, as an object', (h, c) => ({ payload: b64(c), signatures: [] }), 'malformed');

const pem = (type, format = 'pem') => rsa.publicKey.export({ type, format });
const spki = pem('spki');
const encodings = {
  'PKCS#8 PEM': spki,
  'PKCS#1 PEM': pem('pkcs1'),
  'PKCS#8 PEM without newline': spki.trimEnd(),
  'PKCS#1 PEM without newline': pem('pkcs1').trimEnd(),
  'PKCS#8 PEM with CRLF': spki.replaceAll('\n', '\r\n'),
  'PKCS#8 DER': pem('spki', 'der'),
  'PKCS#1 DER': pem('pkcs1', 'der'),
  'the base64 body': spki.split('\n').slice(1, -2).join(''),
  'the JWK': JSON.stringify(rsa.jwk),
  'the JWK set': JSON.stringify({ keys: [rsa.jwk] }),
  n: rsa.jwk.n,
  'n as bytes': Buffer.from(rsa.jwk.n, 'base64url'),
  e: rsa.jwk.e,
  kid,
  nothing: '',
};
for (const [name, key] of Object.entries(encodings)) {
  bad('J03', `HS256 keyed with ${name}`, (h, c) => sign({ alg: 'HS256', kid }, c, key, 'HS256'), 'signature');
}
bad(
  'J04',
  'HS256 with the real client secret',
  function hmac(h, c) {
    return sign({ alg: 'HS256' }, c, this.clientSecret, 'HS256');
  },
  'signature',
  {
    hooks: {
      clientSecret: 'a-client-secret-of-some-length-and-more',
      metadata(doc) {
        doc.id_token_signing_alg_values_supported.push('HS256');
      },
    },
  },
);
bad('J05', 'PS256 with a key for RS256', (h, c) => sign({ ...h, alg: 'PS256' }, c, rsa, 'PS256'), 'signature', {
  hooks: {
    metadata(doc) {
      doc.id_token_signing_alg_values_supported.push('PS256');
    },
  },
});
bad('J05', 'PS256 that is not agreed', (h, c) => sign({ ...h, alg: 'PS256' }, c, rsa, 'PS256'), 'signature');
bad('J05', 'RS512 with a key for RS256', (h, c) => sign({ ...h, alg: 'RS512' }, c, rsa, 'RS512'), 'signature', {
  hooks: {
    metadata(doc) {
      doc.id_token_signing_alg_values_supported.push('RS512');
    },
  },
});
bad('J05', 'ES256 with the kid of an RSA key', (h, c) => sign({ alg: 'ES256', kid }, c, ec, 'ES256'), 'signature');
bad('J05', 'ES384 on P-256', (h, c) => sign({ alg: 'ES384', kid: ec.kid }, c, ec, 'ES384'), 'signature', {
  hooks: {
    metadata(doc) {
      doc.id_token_signing_alg_values_supported.push('ES384');
    },
  },
});
bad('J05', 'no list in the metadata: RS256 alone', (h, c) => sign({ alg: 'ES256', kid: ec.kid }, c, ec), 'signature', {
  hooks: {
    metadata(doc) {
      delete doc.id_token_signing_alg_values_supported;
    },
  },
});
good('J05', 'no list in the metadata: RS256', (h, c) => sign(h, c, rsa), {
  metadata(doc) {
    delete doc.id_token_signing_alg_values_supported;
  },
});
good('J05 J12', 'ES256 with its own key', (h, c) => sign({ alg: 'ES256', kid: ec.kid }, c, ec));

// Whatever address the header names, nobody goes there: each would be a stray request in the log.
const lure = (name) =>
  function make(h, c) {
    const url =
      name === 'x5c' ? [rsa2.publicKey.export({ type: 'spki', format: 'der' }).toString('base64')] : `${this.issuer}/evil.jwks`;
    return sign({ ...h, kid: rsa2.kid, [name]: url }, c, rsa2);
  };
bad(
  'J06',
  'a key in the header, and signed with it',
  (h, c) => sign({ ...h, kid: rsa2.kid, jwk: rsa2.jwk }, c, rsa2),
  'signature',
);
bad('J06', 'a key in the header under the kid of a real one', (h, c) => sign({ ...h, jwk: rsa2.jwk }, c, rsa2), 'signature');
for (const name of ['jku', 'x5u', 'x5c', 'x5t']) bad('J06', `${name} of an attacker`, lure(name), 'signature');
bad(
  'J06',
  'jku with the honest host as a user name',
  function make(h, c) {
    return sign({ ...h, jku: this.issuer.replace('//', '//good@'), kid: rsa2.kid }, c, rsa2);
  },
  'signature',
);
bad('J06', 'jku is a file', (h, c) => sign({ ...h, jku: 'file:///etc/passwd', kid: rsa2.kid }, c, rsa2), 'signature');
login(
  'J06',
  'addresses in the header of a good token',
  {
    idToken(h, c) {
      return sign({ ...h, jku: `${this.issuer}/evil.jwks`, x5u: `${this.issuer}/evil.pem`, jwk: rsa2.jwk }, c, rsa);
    },
  },
  accepted(),
);
for (const value of ['../../dev/null', "' OR 1=1 --", '| id', 'a\0b', 'http://127.0.0.1/x', '']) {
  bad(
    'J07',
    `kid is ${JSON.stringify(value)}`,
    (h, c) => sign({ ...h, kid: value }, c, rsa),
    value.includes('\0') ? 'malformed' : 'signature',
  );
}
for (const value of [5, null, ['rsa-1'], { kid: 'rsa-1' }, true, 'k'.repeat(65536), 'k'.repeat(1025)]) {
  bad('J07', `kid is ${JSON.stringify(value).slice(0, 12)} (${JSON.stringify(value).length})`, (h, c) =>
    sign({ ...h, kid: value }, c, rsa),
  );
}
for (const more of [
  { crit: ['x'], x: 1 },
  { crit: [] },
  { crit: ['exp', 'exp'], exp: 1 },
  { crit: ['alg'] },
  { crit: 'b64' },
  { crit: null },
  { b64: false },
  { b64: false, crit: ['b64'] },
  { b64: true, crit: ['b64'] },
])
  bad(
    'J08',
    JSON.stringify(more),
    headed((h) => ({ ...h, ...more })),
  );
bad(
  'J09',
  'zip',
  headed((h) => ({ ...h, zip: 'DEF' })),
);
bad(
  'J09',
  'cty JWT',
  headed((h) => ({ ...h, cty: 'JWT' })),
);
for (const typ of ['at+jwt', 'logout+jwt', 'secevent+jwt', 'dpop+jwt', 'JOSE', '', 5, null])
  bad(
    'J09',
    `typ ${JSON.stringify(typ)}`,
    headed((h) => ({ ...h, typ })),
  );
for (const typ of ['JWT', 'jwt'])
  good(
    'J09',
    `typ ${typ}`,
    headed((h) => ({ ...h, typ })),
  );
const text = (h, c, header, payload) => sign(header(JSON.stringify(h)), payload(JSON.stringify(c)), rsa);
const same = (t) => t;
const front = (more) => (t) => t.replace('{', `{${more},`);
const back = (more) => (t) => t.replace(/}$/, `,${more}}`);
for (const [title, header, payload] of [
  ['alg twice', front('"alg":"none"'), same],
  ['alg twice, the other order', back('"alg":"none"'), same],
  ['kid twice', back('"kid":"x"'), same],
  ['sub twice', same, front('"sub":"mallory"')],
  ['sub twice, the other order', same, back('"sub":"mallory"')],
  ['sub twice by an escape', same, front('"s\\u0075b":"mallory"')],
  ['a claim twice, deep inside', same, front('"x":{"a":1,"a":2}')],
])
  bad('J10', title, (h, c) => text(h, c, header, payload));
for (const [title, change] of [
  ['padding', (t) => t.replace(/\.([^.]*)\./, '.$1=.')],
  ['padding behind', (t) => `${t}==`],
  ['a blank', (t) => `${t} `],
  ['a newline', (t) => `${t}\n`],
  ['a newline inside', (t) => t.replace('.', '\n.')],
  ['plus and slash', (t) => t.replaceAll('-', '+').replaceAll('_', '/')],
  ['a length that no bytes have', (t) => `${t}AAA`],
  [
    'bits that mean nothing',
    (t) => {
      const i = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
      return t.slice(0, -1) + i[i.indexOf(t.at(-1)) ^ 1];
    },
  ],
  ['an empty header', (t) => `.${t.split('.').slice(1).join('.')}`],
  ['an empty payload', (t) => t.replace(/\.[^.]*\./, '..')],
])
  bad('J11', title, (h, c) => change(sign(h, c, rsa)));
const N = BigInt('0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551');
const bytes = (value) => Buffer.from(value.toString(16).padStart(64, '0'), 'hex');
const ecToken = (change) => (h, c) => {
  const input = `${b64({ alg: 'ES256', kid: ec.kid })}.${b64(c)}`;
  return `${input}.${b64(change(signature(input, 'ES256', ec.privateKey), input))}`;
};
for (const [title, change] of [
  ['DER', (raw, input) => crypto.sign('sha256', Buffer.from(input), ec.privateKey)],
  ['r = 0', (raw) => Buffer.concat([Buffer.alloc(32), raw.subarray(32)])],
  ['s = 0', (raw) => Buffer.concat([raw.subarray(0, 32), Buffer.alloc(32)])],
  ['all zero', () => Buffer.alloc(64)],
  ['r = n', (raw) => Buffer.concat([bytes(N), raw.subarray(32)])],
  ['s = n', (raw) => Buffer.concat([raw.subarray(0, 32), bytes(N)])],
  ['one byte less', (raw) => raw.subarray(1)],
  ['one byte more', (raw) => Buffer.concat([raw, Buffer.alloc(1)])],
])
  bad('J12', title, ecToken(change), 'signature');
good(
  'J12',
  'a high s',
  ecToken((raw) => Buffer.concat([raw.subarray(0, 32), bytes(N - BigInt(`0x${raw.subarray(32).toString('hex')}`))])),
);
const rsaToken = (change) => (h, c) => {
  const input = `${b64(h)}.${b64(c)}`;
  return `${input}.${b64(change(signature(input, 'RS256', rsa.privateKey), input))}`;
};
for (const [title, change] of [
  ['a byte less', (raw) => raw.subarray(0, -1)],
  ['a byte more', (raw) => Buffer.concat([raw, Buffer.alloc(1)])],
  ['a zero in front', (raw) => Buffer.concat([Buffer.alloc(1), raw])],
  ['one byte', () => Buffer.from([1])],
  ['SHA-1', (raw, input) => crypto.sign('sha1', Buffer.from(input), rsa.privateKey)],
  ['SHA-512', (raw, input) => crypto.sign('sha512', Buffer.from(input), rsa.privateKey)],
  ['no DigestInfo', (raw, input) => crypto.privateEncrypt(rsa.privateKey, crypto.createHash('sha256').update(input).digest())],
])
  bad('J13', title, rsaToken(change), 'signature');
const ed = edKey('ed-1');
const L = 2n ** 252n + 27742317777372353535851937790883648493n;
const little = (bytes) => BigInt(`0x${Buffer.from(bytes).reverse().toString('hex') || '0'}`);
const edAgreed = (alg, keyOf = () => ed) => ({
  metadata: (doc) => void doc.id_token_signing_alg_values_supported.push(alg),
  jwks: (doc) => void (doc.keys = [rsa.jwk, keyOf().jwk]),
});
const edToken = (alg, change = (raw) => raw, key = ed) => (h, c) => {
  const input = `${b64({ alg, kid: key.kid })}.${b64(c)}`;
  return `${input}.${b64(change(signature(input, 'EdDSA', key.privateKey)))}`;
};
good('J14', 'EdDSA where it is agreed', edToken('EdDSA'), edAgreed('EdDSA'));
bad('J14', 'EdDSA that is not agreed', edToken('EdDSA'), 'signature', { hooks: { jwks: edAgreed().jwks } });
bad('J14', 'Ed25519 where EdDSA is agreed', edToken('Ed25519'), 'signature', { hooks: edAgreed('EdDSA') });
bad('J14', 'EdDSA with a key of another curve, X25519', edToken('EdDSA'), 'signature', {
  hooks: edAgreed('EdDSA', () => ({ jwk: { ...ed.jwk, crv: 'X25519' } })),
});
for (const [title, change] of [
  [
    'S above the order',
    (raw) => {
      const s = Buffer.from((little(raw.subarray(32)) + L).toString(16).padStart(64, '0'), 'hex').reverse();
      return Buffer.concat([raw.subarray(0, 32), s]);
    },
  ],
  ['a byte less', (raw) => raw.subarray(0, -1)],
  ['a byte more', (raw) => Buffer.concat([raw, Buffer.alloc(1)])],
  ['all zero', () => Buffer.alloc(64)],
])
  bad('J14', `EdDSA: ${title}`, edToken('EdDSA', change), 'signature', { hooks: edAgreed('EdDSA') });
bad('J15', 'a token of a megabyte', (h, c) => sign(h, { ...c, x: 'a'.repeat(7e5) }, rsa));
bad('J15', 'ten thousand claims', (h, c) =>
  sign(h, { ...c, ...Object.fromEntries(Array.from({ length: 1e4 }, (v, i) => [`k${i}`, i])) }, rsa),
);
bad('J15', 'a thousand deep', (h, c) => text(h, c, same, front(`"x":${'['.repeat(1000)}${']'.repeat(1000)}`)));
bad('J15', 'a number too large', (h, c) => text(h, c, same, front('"x":1e999')));
bad('J15', 'an integer of twenty thousand digits', (h, c) => text(h, c, same, front(`"x":${'9'.repeat(2e4)}`)));
good('J15', 'a token of 60 KiB', (h, c) => sign(h, { ...c, x: 'a'.repeat(45000) }, rsa));
for (const header of [
  { alg: 'RSA1_5', enc: 'A128CBC-HS256' },
  { alg: 'dir', enc: 'A256GCM' },
  { alg: 'PBES2-HS256+A128KW', enc: 'A128GCM', p2c: 2 ** 31 - 1, p2s: 'AAAA' },
]) {
  bad('J16', `encrypted with ${header.alg}`, () => `${b64(header)}.AAAA.AAAA.AAAA.AAAA`, 'malformed', { within: 5000 });
}
scenario('J03', 'the control of these: a good token of the same provider', {}, async (t) => {
  await t.login(accepted());
  assert.equal(t.s.count('stray'), 0);
});
