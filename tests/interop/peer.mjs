// What the stand-ins for real providers share: fixtures, keys, codes and tokens. Knows no provider.
import { createHash, generateKeyPairSync, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { SignJWT } from 'jose';

export const random = () => randomBytes(24).toString('base64url');
const sha256 = (text) => createHash('sha256').update(text).digest();

// A fixture with its {{words}} put in. A string that is one word takes the value's type; undefined takes the member away.
export function fixture(name, values = {}) {
  const text = readFileSync(new URL(`../data/providers/${name}.json`, import.meta.url), 'utf8');
  return JSON.parse(text, (key, value) => {
    if (typeof value !== 'string') return value;
    const whole = /^\{\{(\w+)\}\}$/.exec(value);
    return whole ? values[whole[1]] : value.replace(/\{\{(\w+)\}\}/g, (all, word) => values[word]);
  });
}

export const json = (body, status = 200, headers = {}) => ({
  status, headers: { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store', ...headers }, body: JSON.stringify(body),
});

export const redirect = (uri, fields) => {
  const url = new URL(uri);
  for (const [name, value] of Object.entries(fields)) if (value !== undefined) url.searchParams.set(name, value);
  return { status: 302, headers: { location: url.href }, body: '' };
};

export class Key {
  constructor(kid) {
    const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    Object.assign(this, { kid, privateKey, jwk: { ...publicKey.export({ format: 'jwk' }), use: 'sig', kid } });
  }

  sign(claims) {
    return new SignJWT(claims).setProtectedHeader({ typ: 'JWT', alg: 'RS256', kid: this.kid }).sign(this.privateKey);
  }
}

export const atHash = (accessToken) => sha256(accessToken).subarray(0, 16).toString('base64url');

// Codes and tokens by value. What a value stands for is the provider's business.
export class Tokens {
  #held = new Map();

  issue(kind, grant) {
    const value = `${kind}-${random()}`;
    this.#held.set(value, { kind, grant });
    return value;
  }

  find(kind, value) {
    const found = this.#held.get(value);
    return found?.kind === kind ? found.grant : null;
  }

  spend(kind, value) {
    const grant = this.find(kind, value);
    if (grant) this.#held.delete(value);
    return grant;
  }
}

// @spec RFC 7636 section 4.6
export const verifierFits = (verifier, challenge) => sha256(verifier ?? '').toString('base64url') === challenge;

export const isLoopback = (uri) => /^http:\/\/(127\.0\.0\.1|\[::1\]|localhost)(:\d+)?([/?]|$)/.test(uri ?? '');

export const bearer = (request) => /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1];
