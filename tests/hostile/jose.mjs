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
