#!/usr/bin/env node
// Sealed files of oauthctl export by oauthctl-export(5) alone, with Node's own cryptography: opened, made, and made wrong.
//
//	sealed.mjs open FILE PASSPHRASE|KEY.pem		prints what is in it
//	sealed.mjs seal PLAIN PASSPHRASE|PUBLIC.pem	prints a sealed file with the JSON of the file PLAIN in it
//	sealed.mjs break FILE CASE			prints the file with one thing wrong outside
//	sealed.mjs poison PLAIN CASE			prints the JSON with one thing wrong inside
import {
  createCipheriv, createDecipheriv, createHash, createPrivateKey, createPublicKey, diffieHellman, generateKeyPairSync, hkdfSync,
  randomBytes, scryptSync,
} from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';

const b64 = (bytes) => Buffer.from(bytes).toString('base64url');
const bytes = (text) => Buffer.from(text, 'base64url');
const scrypt = (passphrase, kdf) => scryptSync(passphrase, bytes(kdf.salt), 32, { N: kdf.n, r: kdf.r, p: kdf.p, maxmem: 2 ** 28 });

// X25519's 32 bytes, or SEC 1's uncompressed point.
function point(key) {
  const jwk = key.export({ format: 'jwk' });
  return jwk.kty === 'OKP' ? bytes(jwk.x) : Buffer.concat([Buffer.from([4]), bytes(jwk.x), bytes(jwk.y)]);
}
function agreed(privateKey, publicKey, epk, recipient) {
  const secret = diffieHellman({ privateKey, publicKey });
  const info = Buffer.concat([Buffer.from('oauthctl-export 1\0'), point(epk), point(recipient)]);
  return Buffer.from(hkdfSync('sha256', secret, Buffer.alloc(0), info, 32));
}

function open(file, how) {
  const { ciphertext, ...header } = file;
  let key;
  if (header.kdf) {
    key = scrypt(how, header.kdf);
  } else {
    const own = createPrivateKey(readFileSync(how));
    const epk = createPublicKey({ key: header.recipient.epk, format: 'jwk' });
    key = agreed(own, epk, epk, createPublicKey(own));
  }
  const sealed = bytes(ciphertext);
  const cipher = createDecipheriv('aes-256-gcm', key, bytes(header.nonce));
  cipher.setAAD(Buffer.from(JSON.stringify(header)));
  cipher.setAuthTag(sealed.subarray(-16));
  return Buffer.concat([cipher.update(sealed.subarray(0, -16)), cipher.final()]).toString();
}

function seal(plain, how) {
  const header = { format: 'oauthctl-export', version: 1 };
  let key;
  if (existsSync(how)) {
    const recipient = createPublicKey(readFileSync(how));
    const fresh = recipient.asymmetricKeyType === 'x25519' ? generateKeyPairSync('x25519') : generateKeyPairSync('ec', { namedCurve: 'P-256' });
    key = agreed(fresh.privateKey, recipient, fresh.publicKey, recipient);
    const kid = createHash('sha256').update(point(recipient)).digest('base64url');
    header.recipient = { alg: 'ECDH-ES+HKDF-SHA256', kid, epk: fresh.publicKey.export({ format: 'jwk' }) };
  } else {
    header.kdf = { name: 'scrypt', n: 32768, r: 8, p: 1, salt: b64(randomBytes(16)) };
    key = scrypt(how, header.kdf);
  }
  const nonce = randomBytes(12);
  header.nonce = b64(nonce);
  const cipher = createCipheriv('aes-256-gcm', key, nonce);
  cipher.setAAD(Buffer.from(JSON.stringify(header)));
  return { ...header, ciphertext: b64(Buffer.concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()])) };
}

const flip = (text, at) => text.slice(0, at) + (text[at] === 'A' ? 'B' : 'A') + text.slice(at + 1);
const breaks = {
  'another format': (f) => { f.format = 'something-else'; },
  'a newer version': (f) => { f.version = 2; },
  'a version that never was': (f) => { f.version = 0; },
  'a member too many': (f) => { f.comment = 'x'; },
  'scrypt that costs terabytes': (f) => { f.kdf.n = 2 ** 31; },
  'scrypt of a large block': (f) => { f.kdf.r = 2 ** 20; },
  'scrypt many times over': (f) => { f.kdf.p = 2 ** 20; },
  'scrypt that costs nothing': (f) => { f.kdf.n = 2; },
  'scrypt by no power of two': (f) => { f.kdf.n = 40000; },
  'another kdf': (f) => { f.kdf.name = 'pbkdf2'; },
  'a short salt': (f) => { f.kdf.salt = 'AAAA'; },
  'cheaper scrypt than it was sealed with': (f) => { f.kdf.n /= 2; },
  'another salt': (f) => { f.kdf.salt = flip(f.kdf.salt, 0); },
  'another nonce': (f) => { f.nonce = flip(f.nonce, 0); },
  'a short nonce': (f) => { f.nonce = 'AAAA'; },
  'a changed ciphertext': (f) => { f.ciphertext = flip(f.ciphertext, 9); },
  'a changed tag': (f) => { f.ciphertext = flip(f.ciphertext, f.ciphertext.length - 3); },
  'a ciphertext cut short': (f) => { f.ciphertext = f.ciphertext.slice(0, -8); },
  'a ciphertext shorter than its tag': (f) => { f.ciphertext = 'AAAA'; },
  'a ciphertext with padding': (f) => { f.ciphertext += '='; },
  'a ciphertext that is a number': (f) => { f.ciphertext = 1; },
  'neither kdf nor recipient': (f) => { f.extra = f.kdf; delete f.kdf; },
  'an ephemeral key of zeros': (f) => { f.recipient.epk.x = b64(Buffer.alloc(32)); },
  'an ephemeral key off its curve': (f) => { f.recipient.epk = { kty: 'EC', crv: 'P-256', x: b64(Buffer.alloc(32, 1)), y: b64(Buffer.alloc(32, 1)) }; },
  'another ephemeral key': (f) => { f.recipient.epk = generateKeyPairSync('x25519').publicKey.export({ format: 'jwk' }); },
  'another agreement': (f) => { f.recipient.alg = 'ECDH-ES'; },
};
const poisons = {
  'no accounts': (p) => { p.accounts = []; },
  'accounts that are no array': (p) => { p.accounts = { length: 1 }; },
  'a key that is not its own': (p) => { p.accounts[0].account.key = 'a'.repeat(64); },
  'the key of another user': (p) => { p.accounts[0].account.subject = 'mallory'; },
  'a key that climbs out of the store': (p) => { p.accounts[0].account.key = '../../../../etc/passwd'; },
  'a name that commands the terminal': (p) => { p.accounts[0].account.name = '\u001b[2Jada'; },
  'a name with a slash': (p) => { p.accounts[0].account.name = '../ada'; },
  'an account twice': (p) => { p.accounts.push(p.accounts[0]); },
  'an account without access token': (p) => { delete p.accounts[0].token.access_token; },
  'a record of a newer version': (p) => { p.accounts[0].version = 2; },
  'a refresh that was not judged': (p) => { p.accounts[0].pending = 1; },
  'a newer version inside': (p) => { p.version = 2; },
  'an issuer in clear text': (p) => { p.accounts[0].account.metadata_issuer = 'http://op.example'; },
  'a preset whose issuer is another': (p) => { p.accounts[0].account.provider = 'google'; },
  'a preset that nobody has': (p) => { p.accounts[0].account.provider = 'nobody'; },
  'a client without a secret': (p) => { p.clients = [{ issuer: 'https://op.example', client_id: 'a' }]; },
  'a private key that is none': (p) => { p.clients = [{ issuer: 'https://op.example', client_id: 'a', private_key: '{}' }]; },
  'more clients than accounts': (p) => { p.clients = [1, 2].map((n) => ({ issuer: 'https://op.example', client_id: `${n}`, client_secret: 'x' })); },
};

const [verb, file, how] = process.argv.slice(2);
const text = file && readFileSync(file, 'utf8');
const changed = (changes) => {
  const value = JSON.parse(text);
  changes[how](value);
  return JSON.stringify(value);
};
const verbs = {
  open: () => open(JSON.parse(text), how),
  seal: () => JSON.stringify(seal(text, how)),
  break: () => changed(breaks),
  poison: () => changed(poisons),
  breaks: () => Object.keys(breaks).join('\n'),
  poisons: () => Object.keys(poisons).join('\n'),
};
process.stdout.write(`${verbs[verb]()}\n`);
