// Keys, and compact JWS in which every part may be wrong. Knows no provider.
import crypto from 'node:crypto';

export const b64 = (value) =>
  Buffer.from(typeof value === 'object' && !Buffer.isBuffer(value) ? JSON.stringify(value) : value).toString('base64url');

// Made as text and read back: Node 20 can wait for itself for ever where a key that it has just made is exported while memory is
// collected.
function makeKey(kid, alg, type, options) {
  const made = crypto.generateKeyPairSync(type, {
    ...options,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  const privateKey = crypto.createPrivateKey(made.privateKey);
  const publicKey = crypto.createPublicKey(made.publicKey);
  const jwk = { ...publicKey.export({ format: 'jwk' }), kid, use: 'sig', alg };
  return { kid, alg, jwk, privateKey, publicKey };
}

export const rsaKey = (kid, alg = 'RS256', bits = 2048) => makeKey(kid, alg, 'rsa', { modulusLength: bits });
export const ecKey = (kid, curve = 'P-256', alg = 'ES256') => makeKey(kid, alg, 'ec', { namedCurve: curve });
export const edKey = (kid, alg = 'EdDSA') => makeKey(kid, alg, 'ed25519');

const hashOf = (alg) => `sha${alg.slice(2)}`;

export function signature(input, alg, key) {
  if (alg === 'none') return Buffer.alloc(0);
  if (alg.startsWith('HS')) return crypto.createHmac(hashOf(alg), key).update(input).digest();
  const data = Buffer.from(input);
  if (alg.startsWith('PS')) {
    const padding = crypto.constants.RSA_PKCS1_PSS_PADDING;
    return crypto.sign(hashOf(alg), data, { key, padding, saltLength: crypto.constants.RSA_PSS_SALTLEN_DIGEST });
  }
  if (alg.startsWith('RS')) return crypto.sign(hashOf(alg), data, key);
  if (alg.startsWith('ES')) return crypto.sign(hashOf(alg), data, { key, dsaEncoding: 'ieee-p1363' });
  return crypto.sign(null, data, key);
}

// header and payload: objects, or the very text. alg: what the signature is made with, whatever the header says.
export function sign(header, payload, key, alg = key?.alg) {
  const input = `${b64(header)}.${b64(payload)}`;
  return `${input}.${b64(signature(input, alg, key?.privateKey ?? key))}`;
}

export const halfHash = (text, hash = 'sha256') => {
  const digest = crypto.createHash(hash).update(text).digest();
  return digest.subarray(0, digest.length / 2).toString('base64url');
};

// Compact JWE in which every part may be wrong. pieces: { header, key, iv, text, tag } in place of the right ones; text is what is
// sealed. AES-GCM with a nonce of 12 bytes, or AES-CBC under HMAC.
export function encrypt(text, to, alg, enc, pieces = {}) {
  const size = { A256GCM: 32, 'A128CBC-HS256': 32 }[enc];
  const { cek, key, epk } = contentKey(to, alg, enc, size);
  const header = pieces.header?.({ alg, enc, cty: 'JWT', ...(epk && { epk }) }) ?? { alg, enc, cty: 'JWT', ...(epk && { epk }) };
  const aad = b64(header);
  const made = { key, ...(enc.endsWith('GCM') ? sealGcm(text, cek, aad) : sealCbc(text, cek, aad)) };
  const piece = (name) => b64(pieces[name]?.(made[name]) ?? made[name]);
  return `${aad}.${piece('key')}.${piece('iv')}.${piece('text')}.${piece('tag')}`;
}

function contentKey(to, alg, enc, size) {
  if (alg === 'ECDH-ES') {
    const { privateKey, publicKey } = crypto.generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const counted = (bytes) => Buffer.concat([word(bytes.length), bytes]);
    const none = Buffer.alloc(0);
    const info = [word(1), crypto.diffieHellman({ privateKey, publicKey: to }), counted(Buffer.from(enc)), counted(none), counted(none), word(size * 8)];
    const cek = crypto.createHash('sha256').update(Buffer.concat(info)).digest();
    return { cek: cek.subarray(0, size), key: none, epk: publicKey.export({ format: 'jwk' }) };
  }
  const cek = crypto.randomBytes(size);
  const how = { key: to, padding: crypto.constants.RSA_PKCS1_OAEP_PADDING, oaepHash: alg === 'RSA-OAEP' ? 'sha1' : 'sha256' };
  if (alg === 'RSA1_5') how.padding = crypto.constants.RSA_PKCS1_PADDING;
  return { cek, key: crypto.publicEncrypt(how, cek) };
}

function word(n) {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(n);
  return bytes;
}

function sealGcm(text, cek, aad) {
  const iv = crypto.randomBytes(12);
  const cipher = crypto.createCipheriv('aes-256-gcm', cek, iv).setAAD(Buffer.from(aad));
  const sealed = Buffer.concat([cipher.update(text), cipher.final()]);
  return { iv, text: sealed, tag: cipher.getAuthTag() };
}

function sealCbc(text, cek, aad) {
  const iv = crypto.randomBytes(16);
  const cipher = crypto.createCipheriv('aes-128-cbc', cek.subarray(16), iv);
  const sealed = Buffer.concat([cipher.update(text), cipher.final()]);
  const mac = crypto.createHmac('sha256', cek.subarray(0, 16));
  mac.update(aad).update(iv).update(sealed).update(Buffer.concat([word(0), word(aad.length * 8)]));
  return { iv, text: sealed, tag: mac.digest().subarray(0, 16) };
}
