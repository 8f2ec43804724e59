// What a client signs, as a server reads it: proofs of possession (RFC 9449), assertions (RFC 7523), request objects (RFC 9101).
// Each reader gives what was signed, or { fault }: why it is none.
import crypto from 'node:crypto';

const algs = { ES256: 'P-256', EdDSA: 'Ed25519' };
const decode = (part) => JSON.parse(Buffer.from(part, 'base64url'));
const now = () => Math.floor(Date.now() / 1000);

export const tokenHash = (token) => crypto.createHash('sha256').update(token).digest('base64url');

// RFC 7638
export function thumbprint({ kty, crv, x, y }) {
  return tokenHash(JSON.stringify(kty === 'EC' ? { crv, kty, x, y } : { crv, kty, x }));
}

// The header and the claims of a JWT that this public key verifies.
function open(text, keyOf) {
  const parts = text.split('.');
  if (parts.length !== 3) return { fault: 'no JWT' };
  const header = decode(parts[0]);
  const jwk = keyOf(header);
  if (algs[header.alg] !== jwk?.crv) return { fault: `alg ${header.alg}` };
  const key = { key: crypto.createPublicKey({ key: jwk, format: 'jwk' }), dsaEncoding: 'ieee-p1363' };
  const hash = header.alg === 'EdDSA' ? null : 'sha256';
  if (!crypto.verify(hash, Buffer.from(`${parts[0]}.${parts[1]}`), key, Buffer.from(parts[2], 'base64url')))
    return { fault: 'signature' };
  return { header, claims: decode(parts[1]), jwk };
}

const fresh = (seen, jti) => typeof jti === 'string' && jti.length >= 20 && !seen.has(jti) && seen.add(jti);

// RFC 9449 section 4.3, but for the nonce, which is the scenario's to want. { jkt, claims } or { fault }
export function readProof(text, { method, url, token, seen }) {
  const proof = open(text, ({ jwk, typ }) => (typ === 'dpop+jwt' && !('d' in (jwk ?? {})) ? jwk : undefined));
  if (proof.fault) return proof;
  const { claims, jwk } = proof;
  const faults = {
    htm: claims.htm !== method,
    htu: claims.htu !== url,
    iat: !(Math.abs(claims.iat - now()) <= 60),
    jti: !fresh(seen, claims.jti),
    ath: claims.ath !== (token === undefined ? undefined : tokenHash(token)),
  };
  const fault = Object.keys(faults).find((name) => faults[name]);
  return { fault, jkt: thumbprint(jwk), claims };
}

// RFC 7523 section 3, as FAPI 2.0 has it: the issuer and nobody else is the audience, and it is a string.
export function readAssertion(text, { keys, audience, issuer, subject, seen }) {
  const got = open(text, ({ kid }) => keys.find((key) => kid === undefined || key.kid === kid));
  if (got.fault) return got;
  const { claims } = got;
  const faults = {
    iss: claims.iss !== issuer,
    sub: claims.sub !== subject,
    aud: claims.aud !== audience,
    exp: !(claims.exp > now() && claims.exp <= now() + 300),
    iat: claims.iat !== undefined && !(Math.abs(claims.iat - now()) <= 10),
    jti: !fresh(seen, claims.jti),
  };
  return { fault: Object.keys(faults).find((name) => faults[name]), claims };
}

// RFC 9101 section 4: the parameters, all of them strings.
export function readRequestObject(text, { keys, audience, issuer, seen }) {
  const got = open(text, ({ typ }) => (typ === 'oauth-authz-req+jwt' ? keys[0] : undefined));
  if (got.fault) return got;
  const { iss, aud, exp, nbf, iat, jti, ...parameters } = got.claims;
  const faults = {
    iss: iss !== issuer,
    aud: aud !== audience,
    sub: 'sub' in parameters,
    nested: 'request' in parameters || 'request_uri' in parameters,
    exp: !(exp > now() && exp <= now() + 600 && nbf >= exp - 3600 && iat <= now() + 10),
    jti: !fresh(seen, jti),
  };
  const query = new URLSearchParams(Object.entries(parameters).map(([name, value]) => [name, String(value)]));
  return { fault: Object.keys(faults).find((name) => faults[name]), query };
}
