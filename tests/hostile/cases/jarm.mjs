// The authorization response as a JWT (JARM): what is signed by nobody, for somebody else or of another time ends the login before the
// code is sent; what is another login's is nobody's.
import { judgeAnswer } from '../attack.mjs';
import { b64, ecKey, edKey, sign } from '../jose.mjs';
import { keys } from '../rogue.mjs';
import { accepted, login, refused, scenario } from '../scenario.mjs';

const now = () => Math.floor(Date.now() / 1000);
const jarm = (title, hooks, want, mode = 'jwt') =>
  login('F16', `signed answer: ${title}`, { args: ['--response-mode', mode], ...hooks }, want);
const claims = (change) => ({
  response(h, c) {
    change.call(this, c, h);
  },
});
const whole = (make) => ({
  response(h, c) {
    return make.call(this, h, c);
  },
});
const bad = (title, change, code = 'claim') => jarm(title, claims(change), refused(code, 'authorize'));
const forged = (title, make, code = 'signature') => jarm(title, whole(make), refused(code, 'authorize'));

for (const mode of ['jwt', 'query.jwt', 'form_post.jwt']) jarm(`good, ${mode}`, {}, accepted(), mode);
jarm('of ES256', whole((h, c) => sign({ alg: 'ES256', kid: 'ec-1' }, c, keys.ec)), accepted());
jarm('for several audiences', claims((c) => { c.aud = ['https://other.example', c.aud]; }), accepted());
jarm('access_denied', claims((c) => { delete c.code; c.error = 'access_denied'; }), refused('cancelled', 'authorize'));
jarm(
  'an error with escapes',
  claims((c) => { delete c.code; Object.assign(c, { error: 'server_error', error_description: 'red\u001b[31m\u202e' }); }),
  refused('refused', 'authorize', { err: /"oauth_error_description":"red\?\[31m/ }),
);

bad('without iss', (c) => { delete c.iss; }, 'malformed');
bad('of another issuer', (c) => { c.iss = 'https://mallory.example'; }, 'issuer_mismatch');
bad('of the issuer and a slash', (c) => { c.iss += '/'; }, 'issuer_mismatch');
bad('without aud', (c) => { delete c.aud; });
bad('for another client', (c) => { c.aud = 'another client'; });
bad('for others', (c) => { c.aud = ['https://other.example', { id: c.aud }]; });
bad('without exp', (c) => { delete c.exp; }, 'malformed');
bad('expired', (c) => { c.exp = now() - 70; });
bad('exp is a text', (c) => { c.exp = String(c.exp); }, 'malformed');
bad('of the future', (c) => { c.nbf = now() + 300; });
bad('code and error', (c) => { c.error = 'access_denied'; }, 'malformed');
bad('neither code nor error', (c) => { delete c.code; }, 'malformed');
bad('a code that is no text', (c) => { c.code = [c.code]; }, 'malformed');
bad('a type of another kind', (c, h) => { h.typ = 'at+jwt'; }, 'malformed');
bad('crit', (c, h) => { h.crit = ['exp']; }, 'malformed');

forged('not signed', (h, c) => `${b64({ alg: 'none' })}.${b64(c)}.`, 'malformed');
forged('by none', (h, c) => `${b64({ alg: 'none' })}.${b64(c)}.AA`);
forged('by another key of that kid', (h, c) => sign({ alg: 'ES256', kid: 'ec-1' }, c, ecKey('ec-1')));
forged('by a key that it brings along', (h, c) => {
  const own = ecKey('own');
  return sign({ alg: 'ES256', kid: 'own', jwk: own.jwk }, c, own);
});
forged('by a key at an address that it names', function make(h, c) {
  return sign({ alg: 'ES256', kid: 'own', jku: `${this.issuer}/mine` }, c, ecKey('own'));
});
forged('by an algorithm that is not advertised', (h, c) => sign({ alg: 'EdDSA', kid: 'ed' }, c, edKey('ed')));
forged('by the public key as a secret', (h, c) =>
  sign({ alg: 'HS256', kid: 'rsa-1' }, c, keys.rsa.publicKey.export({ type: 'spki', format: 'pem' }), 'HS256'));
forged('with another code than was signed', (h, c) => {
  const [head, , last] = sign(h, c, keys.rsa).split('.');
  return `${head}.${b64({ ...c, code: 'mallory' })}.${last}`;
});

// What stands beside it, or in place of it.
const query = (title, change, want) => jarm(title, { redirect(p) { return change.call(this, p); } }, want);
query('a plain answer', function plain() {
  return new URLSearchParams({ code: this.code, state: this.query.get('state'), iss: this.issuer }).toString();
}, refused('malformed', 'authorize'));
query('a plain error', function plain() {
  return new URLSearchParams({ error: 'access_denied', error_description: 'call mallory', state: this.query.get('state') }).toString();
}, refused('malformed', 'authorize', { hides: ['call mallory'] }));
query('twice', (p) => `${p}&${p}`, refused('malformed', 'authorize'));
query('with what is not signed beside it', (p) => `${p}&code=mallory&iss=x&session_state=y`, accepted());
login('F16', 'signed answer: where a plain one was asked for', {
  redirect(p) {
    return `response=${sign({ alg: 'RS256', kid: 'rsa-1' }, { ...Object.fromEntries(p), aud: this.clientId, exp: now() + 300 }, keys.rsa)}&state=${p.get('state')}`;
  },
}, refused('malformed', 'authorize'));

scenario('F16', 'signed answer: others, before the true one', { args: ['--response-mode', 'jwt'] }, (t) =>
  t.login(accepted(), {
    browser: async (b) => {
      const other = { iss: t.s.issuer, aud: t.s.clientId, exp: now() + 300, code: 'mallory' };
      const header = { alg: 'RS256', kid: 'rsa-1' };
      for (const c of [other, { ...other, state: 'x' }, { ...other, state: `${b.state}x` }, { ...other, state: [b.state] }])
        judgeAnswer(await b.callback(`response=${sign(header, c, keys.rsa)}`), 400);
      for (const text of ['', 'x', 'a.b.c', 'e30.e30.AA', 'e30.AA.AA.AA.AA', `${'A'.repeat(9000)}.e30.AA`])
        judgeAnswer(await b.callback(`response=${text}`), 400);
      judgeAnswer(await b.callback('code=mallory&state=x'), 400);
      await b.follow();
    },
  }));
scenario('F16', 'signed answer: that of an earlier login', { args: ['--response-mode', 'jwt'] }, async (t) => {
  let kept;
  await t.login(accepted(), {
    browser: async (b) => {
      kept = await b.visit();
      await b.goBack(kept);
    },
  });
  await t.login(accepted(), {
    browser: async (b) => {
      judgeAnswer(await b.callback(kept), 400);
      await b.follow();
    },
  });
});
jarm('not offered', {
  metadata(doc) {
    doc.response_modes_supported = ['query', 'form_post'];
  },
}, refused('malformed', 'discovery', { calls: { authorize: 0 } }));
jarm('the keys were replaced just before', {
  jwks(set) {
    if (this.query === undefined) set.keys = [];
  },
}, accepted({ calls: { jwks: null } }));
