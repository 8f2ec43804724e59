// The authorization response: whose it is, and what it says. Where the state is right, what is ambiguous or not the issuer's ends the
// login; without it, a response is nobody's.
import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import { ends, judgeAnswer, survives } from '../attack.mjs';
import { accepted, login, refused, scenario } from '../scenario.mjs';

survives('A01', 'wrong states, two hundred of them', async (b) => {
  const s = b.state;
  const wrong = ['', 'x', s.slice(0, -1), `${s}%00`, `${s}A`, s.toLowerCase(), `%20${s}`, 'A'.repeat(43)];
  for (const state of wrong) judgeAnswer(await b.callback(`code=mallory&state=${state}`), 400, state);
  judgeAnswer(await b.callback('code=mallory'), 400);
  for (let i = 0; i < 190; i += 1) assert.equal((await b.callback(`code=mallory&state=${i}`)).status, 400);
});
survives('A01', 'the state of another login', async (b, t) => {
  const other = await new Promise((done, fail) => {
    t.home
      .run(['login', t.s.issuer, '--no-browser', '--client-id', t.s.clientId, '--timeout', '1s'], {
        onUrl: async (url) => done(url),
      })
      .catch(fail);
  });
  judgeAnswer(await b.callback(`code=mallory&state=${new URL(other).searchParams.get('state')}`), 400);
});
for (const name of ['state', 'code', 'iss']) {
  ends('A02', `${name} stands there twice`, (text, s, p) => `${text}&${name}=${p.get(name)}`, 'malformed');
}
ends(
  'A02',
  'error stands there twice, and no code',
  (text, s, p) => {
    p.delete('code');
    return `${p}&error=access_denied&error=server_error`;
  },
  'malformed',
  { hides: ['server_error'] },
);
ends('A02', 'a wrong state beside the right one', (text) => `state=x&${text}`, 'malformed');
login(
  'A02 A22',
  'unknown parameters, repeated or not',
  { redirect: (p) => `${p}&session_state=a&session_state=b&x=%F0%9F%98%80&y` },
  accepted(),
);
ends('A03', 'code and error together', (text) => `${text}&error=access_denied`, 'malformed');
survives('A04', 'neither code nor error', async (b, t) => {
  judgeAnswer(await b.callback(`state=${b.state}&iss=${encodeURIComponent(t.s.issuer)}`), 400);
  judgeAnswer(await b.callback('x=y'), 400);
});

for (const [title, change] of [
  ['another', (iss) => `${iss}x`],
  ['with a slash more', (iss) => `${iss}/`],
  ['in another case', (iss) => iss.replace('http', 'HTTP')],
  ['percent-encoded twice', (iss) => iss.replace('/s', '/%73')],
  ['with the default port', (iss) => iss.replace(/:\d+/, ':80')],
  ['under another name of the same host', (iss) => iss.replace('127.0.0.1', 'localhost')],
  ['empty', () => ''],
]) {
  ends(
    'A05',
    `iss is ${title}`,
    (text, s, p) => {
      p.set('iss', change(p.get('iss')));
      return p.toString();
    },
    'issuer_mismatch',
  );
}
const unadvertised = {
  metadata(doc) {
    delete doc.authorization_response_iss_parameter_supported;
  },
};
ends(
  'A05',
  'iss is wrong where it was not promised',
  (text, s, p) => {
    p.set('iss', 'https://mallory.example');
    return p.toString();
  },
  'issuer_mismatch',
  { hooks: unadvertised, hides: ['mallory'] },
);
login(
  'A05',
  'iss is absent where it was not promised',
  {
    ...unadvertised,
    redirect(p) {
      p.delete('iss');
    },
  },
  accepted(),
);

const errorBy = (members) => (text, s, p) =>
  new URLSearchParams({ state: p.get('state'), iss: s.issuer, ...members }).toString();
ends(
  'A06',
  'an error of another issuer is not shown',
  errorBy({
    iss: 'https://mallory.example',
    error: 'server_error',
    error_description: 'call mallory',
    error_uri: 'https://mallory.example/help',
  }),
  'issuer_mismatch',
  { hides: ['mallory', 'server_error'] },
);
ends(
  'A06',
  'an error without iss is not shown',
  (text, s, p) => `state=${p.get('state')}&error=access_denied&error_description=call+mallory`,
  'issuer_mismatch',
  { hides: ['call mallory'] },
);
survives('A06', 'an error without the right state', async (b) => {
  judgeAnswer(await b.callback('error=access_denied&error_description=mallory'), 400);
  judgeAnswer(await b.callback('error=access_denied&error_description=mallory&state=x'), 400);
});
ends('A07', 'access_denied', errorBy({ error: 'access_denied' }), 'cancelled');
ends('A07', 'login_required', errorBy({ error: 'login_required', error_description: 'sign in first' }), 'refused', {
  err: /"oauth_error_description":"sign in first"/,
});
ends('A07', 'a code that nobody knows, told in text', errorBy({ error: 'x_custom' }), 'refused', {
  text: true,
  err: /^The provider said: x_custom\.$/m,
});
ends(
  'A07',
  'a description with escapes and a turned direction',
  errorBy({ error: 'x', error_description: 'red \u001b[31malert\u001b]0;t\u0007 \u202egnp.exe \r\nInjected: line' }),
  'refused',
  { hides: ['\u001b', '\u202e', '\u0007', '\nInjected'] },
);
ends('A07', 'a description of ten KiB is cut', errorBy({ error: 'x', error_description: 'd'.repeat(10000) }), 'refused', {
  hides: ['d'.repeat(257)],
});
survives('A07', 'a description of 64 KiB does not fit into a request', async (b, t) => {
  const answer = await b.callback(`error=x&state=${b.state}&iss=${t.s.issuer}&error_description=${'d'.repeat(65536)}`);
  judgeAnswer(answer, 414);
});
ends('A07', 'an error code with control characters', errorBy({ error: 'x\u0007y' }), 'malformed');
for (const uri of [
  'javascript:alert(1)',
  'file:///etc/passwd',
  'http://mallory.example/help',
  'https://mallory.example/\u001b[31m',
]) {
  ends('A08', `error_uri ${uri.slice(0, 12)} is not shown`, errorBy({ error: 'x', error_uri: uri }), 'refused', {
    text: true,
    hides: [uri.slice(0, 12)],
  });
}
ends('A08', 'error_uri over https is shown', errorBy({ error: 'x', error_uri: 'https://help.example/x' }), 'refused', {
  text: true,
  err: /\(see https:\/\/help\.example\/x\)/,
});

login(
  'A09',
  'the code of an attacker, got with another verifier',
  {
    redirect(p) {
      this.code = this.secret('stolen');
      p.set('code', this.code);
      this.query = new URLSearchParams(this.query);
      this.query.set('code_challenge', 'another');
    },
  },
  refused('refused', 'token', { err: /"oauth_error":"invalid_grant"/ }),
);
for (const [title, list] of [
  ['plain alone', ['plain']],
  ['an empty list', []],
  ['s256 in small letters', ['s256']],
]) {
  login(
    'A10',
    `code_challenge_methods_supported: ${title}`,
    {
      metadata(doc) {
        doc.code_challenge_methods_supported = list;
      },
    },
    refused('malformed', 'discovery', { says: /S256/ }),
  );
}
scenario(
  'A10',
  'no list of methods: S256 all the same',
  {
    metadata(doc) {
      delete doc.code_challenge_methods_supported;
    },
  },
  async (t) => {
    await t.login(accepted());
    assert.equal(t.s.query.get('code_challenge_method'), 'S256');
    assert.equal(t.s.query.get('code_challenge').length, 43);
    assert.ok(!t.s.query.has('code_verifier'));
  },
);
scenario('A10', 'the provider ignores challenge and verifier: both are sent all the same', {}, async (t) => {
  t.s.spendsCode = () => true;
  await t.login(accepted());
  assert.equal(t.s.query.get('code_challenge_method'), 'S256');
  const { form } = t.log.find(({ endpoint }) => endpoint === 'token').request;
  assert.equal(crypto.createHash('sha256').update(form.get('code_verifier')).digest('base64url'), t.s.query.get('code_challenge'));
  for (const { query } of t.log) assert.ok(!query.includes('code_verifier'));
});
login(
  'A11',
  'mix-up: the page of one provider sends to another, which answers',
  {
    redirect(p) {
      p.set('iss', this.issuer.replace(/s\d+$/, 'honest'));
    },
  },
  refused('issuer_mismatch', 'authorize'),
);
// RFC 9700 section 4.4: the attacker's server passes the login on to an honest one, where the client is registered as well. Neither
// says `iss`, so what tells their answers apart is where they come back to.
const silent = {
  metadata(doc) {
    delete doc.authorization_response_iss_parameter_supported;
  },
  redirect(p) {
    p.delete('iss');
  },
};
const place = (s) => new URL(s.query.get('redirect_uri'));
for (const [title, passOn] of [
  ['as it came: the honest server knows no such redirect URI', (uri) => uri.pathname],
  ['with the redirect URI that is registered there: the code comes to a place where nobody listens', (uri, registered) => registered],
])
  scenario('A11', `mix-up without iss, passed on ${title}`, { ...silent }, async (t) => {
    const honest = t.s;
    const told = await t.ctl(['provider', 'show', honest.issuer]);
    await t.login(accepted());
    const registered = place(honest).pathname;
    assert.match(registered, /^\/callback\/[0-9a-f]{16}$/);
    assert.equal(JSON.parse(told.out).redirect_uri, `http://127.0.0.1${registered}`, 'it was told what to register');
    honest.hooks.authorize = (query) => (new URL(query.get('redirect_uri')).pathname === registered ? undefined : { status: 400 });

    const evil = t.begin({ ...silent });
    const redeemed = honest.count('token');
    const line = ['--json', 'login', evil.issuer, '--no-browser', '--client-id', honest.clientId, '--timeout', '3s'];
    const result = await t.home.run(line, {
      onUrl: async (url) => {
        const query = new URL(url).searchParams;
        const back = new URL(query.get('redirect_uri'));
        back.pathname = passOn(back, registered);
        query.set('redirect_uri', back.href);
        const answer = await fetch(`${honest.issuer}/authorize?${query}`, { redirect: 'manual' });
        if (answer.status === 302) assert.equal((await fetch(answer.headers.get('location'))).status, 404);
        else assert.equal(answer.status, 400);
      },
    });
    assert.equal(result.status, 9, result.err);
    assert.equal(evil.count('token'), 0, 'the code is not sent to the attacker');
    assert.equal(honest.count('token'), redeemed, 'and is redeemed nowhere');
  });
scenario('A11', 'where iss is promised, the place is the one of all', {}, async (t) => {
  const told = await t.ctl(['provider', 'show', t.s.issuer]);
  await t.login(accepted());
  assert.equal(place(t.s).pathname, '/callback');
  assert.equal(JSON.parse(told.out).redirect_uri, 'http://127.0.0.1/callback');
});
scenario(
  'A12',
  'the secret of one issuer is sent to no other',
  {
    clientSecret: 'the-honest-secret',
    metadata(doc) {
      doc.token_endpoint = `${this.issuer}/elsewhere/token`;
    },
  },
  async (t) => {
    // An honest issuer's account and secret lie in the store; the attacker's metadata points at it, and at a token endpoint of its own.
    const honest = t.s;
    honest.hooks.metadata = undefined;
    await t.login(accepted());
    const evil = t.begin({
      metadata(doc) {
        doc.authorization_endpoint = `${honest.issuer}/authorize`;
      },
      redirect: undefined,
    });
    honest.hooks.redirect = (p) => {
      p.delete('iss');
    };
    const seen = [];
    evil.hooks.any = (endpoint, request) => {
      if (endpoint === 'token') seen.push(`${request.headers.authorization} ${request.body}`);
    };
    const line = ['--json', 'login', evil.issuer, '--no-browser', '--client-id', honest.clientId, '--timeout', '20s'];
    const result = await t.visit(line);
    assert.equal(result.status, 7, result.err);
    assert.deepEqual(seen, [], 'no token request after a response without the promised iss');
    evil.hooks.metadata = (doc) => {
      doc.authorization_endpoint = `${honest.issuer}/authorize`;
      delete doc.authorization_response_iss_parameter_supported;
    };
    t.home.forgetCache();
    await t.visit(line);
    assert.equal(seen.length, 1, 'without iss the code goes out, which PKCE makes worthless');
    assert.ok(!seen[0].includes('the-honest-secret') && seen[0].startsWith('undefined '), seen[0]);
  },
);
