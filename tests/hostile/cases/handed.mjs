// An ID token that somebody hands in: everything in it may be made up, and nothing is stored whatever it says. What is refused of an
// ID token in a login is refused here too; these are the cases in which there is no login to hold on to.
import assert from 'node:assert/strict';
import { b64, ecKey, halfHash, sign } from '../jose.mjs';
import { keys } from '../rogue.mjs';
import { accepted, refused, scenario } from '../scenario.mjs';

const phone = 'rogue phone/1';
const now = () => Math.floor(Date.now() / 1000);

// change(claims) changes them in place; hooks.make(claims, scenario) returns the whole token.
const handed = (row, title, change, want, { args = [], make, ...hooks } = {}) =>
  scenario(row, `handed in: ${title}`, hooks, async (t) => {
    const claims = { iss: t.s.issuer, sub: t.s.subject, aud: t.s.clientId, iat: now(), exp: now() + 300 };
    change?.call(t.s, claims);
    const token = make?.(claims, t.s) ?? sign({ alg: 'RS256', kid: 'rsa-1' }, claims, keys.rsa);
    if (token.length > 40) t.s.secrets.add(token);
    const line = ['verify', '--type', 'id', '--issuer', t.s.issuer, '--audience', t.s.clientId, ...args];
    const result = await t.ctl(line, { ...want, calls: { authorize: 0, token: 0, userinfo: 0, ...want.calls } }, { input: `${token}\n` });
    if (want.code === 'ok') assert.equal(JSON.parse(result.out).claims.sub, t.s.subject);
    assert.deepEqual(t.home.records(), []);
  });
const set = (members) => (claims) => Object.assign(claims, members);
const signedBy = (header, key, alg) => ({ make: (claims) => sign(header, claims, key, alg) });

handed('IH01', 'good', undefined, accepted());
handed('IH01', 'of ES256', undefined, accepted(), signedBy({ alg: 'ES256', kid: 'ec-1' }, keys.ec));
handed('IH01', 'for the phone', set({ aud: phone }), accepted(), { args: ['--audience', phone] });
handed('IH01', 'for a phone that is not ours', set({ aud: phone }), refused('claim'));
handed('IH01', 'for us, got by the phone', set({ azp: phone }), accepted(), { args: ['--audience', phone] });
handed('IH01', 'for us, got by a stranger', set({ azp: phone }), refused('claim'));
handed('IH01', 'for us and a stranger', (c) => { c.aud = [c.aud, 'https://mallory.example']; c.azp = c.aud[0]; }, refused('claim'));
handed('IH01', 'for nobody', set({ aud: undefined }), refused('claim'));
handed('IH01', 'of another issuer', set({ iss: 'https://mallory.example' }), refused('issuer_mismatch'));
handed('IH01', 'without sub', set({ sub: undefined }), refused('malformed'));
handed('IH01', 'an access token by RFC 9068', undefined, refused('malformed'), signedBy({ alg: 'RS256', kid: 'rsa-1', typ: 'at+jwt' }, keys.rsa));
handed('IH01', 'no JWT at all', undefined, refused('malformed'), { make: () => 'opaque' });

handed('IH02', 'the nonce', set({ nonce: 'n-1' }), accepted(), { args: ['--nonce', 'n-1'] });
handed('IH02', 'another nonce', set({ nonce: 'n-2' }), refused('claim'), { args: ['--nonce', 'n-1'] });
handed('IH02', 'no nonce', undefined, refused('claim'), { args: ['--nonce', 'n-1'] });
handed('IH02', 'a nonce that nobody gave', set({ nonce: 'n-1' }), refused('claim'));
handed('IH02', 'a nonce of another kind', set({ nonce: ['n-1'] }), refused('claim'), { args: ['--nonce', 'n-1'] });
handed('IH02', 'kept for eleven minutes', (c) => { c.iat -= 670; c.exp += 3600; }, refused('claim'));
handed('IH02', 'expired', (c) => { c.iat -= 300; c.exp = now() - 70; }, refused('claim'));
handed('IH02', 'without exp', set({ exp: undefined }), refused('malformed'));
handed('IH02', 'without iat', set({ iat: undefined }), refused('malformed'));

const secret = 'a secret that every phone has in it';
handed('IH03', 'not signed', undefined, refused('signature'), { make: (claims) => `${b64({ alg: 'none' })}.${b64(claims)}.AA` });
handed('IH03', 'by the client secret, which phones have', undefined, refused('signature'), signedBy({ alg: 'HS256' }, secret, 'HS256'));
handed('IH03', 'by the public key as a secret', undefined, refused('signature'), {
  make: (claims) => sign({ alg: 'HS256', kid: 'rsa-1' }, claims, keys.rsa.publicKey.export({ type: 'spki', format: 'pem' }), 'HS256'),
});
handed('IH03', 'by a key that it brings along', undefined, refused('signature'), {
  make(claims) {
    const own = ecKey('ec-1');
    return sign({ alg: 'ES256', kid: 'ec-1', jwk: own.jwk }, claims, own);
  },
});
handed('IH03', 'by a key at an address that it names', undefined, refused('signature'), {
  make: (claims, s) => sign({ alg: 'ES256', kid: 'ec-9', jku: `${s.issuer}/mine` }, claims, ecKey('ec-9')),
});
handed('IH03', 'with other claims than were signed', undefined, refused('signature'), {
  make(claims) {
    const [head, , last] = sign({ alg: 'RS256', kid: 'rsa-1' }, claims, keys.rsa).split('.');
    return `${head}.${b64({ ...claims, sub: 'admin' })}.${last}`;
  },
});
handed('IH03', 'with at_hash, and no access token beside it', set({ at_hash: halfHash('of somewhere else') }), accepted());
