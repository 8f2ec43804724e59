// The modules of the OpenID Foundation's plans for relying parties: basic, config, form post, refresh, and those of FAPI 2 that
// meet a plain client with a code and PKCE. The suite takes a userinfo request for acceptance, and so does this.
import assert from 'node:assert/strict';
import { ecKey, edKey, rsaKey, sign } from '../jose.mjs';
import { keys } from '../rogue.mjs';
import { accepted, login, refused, scenario } from '../scenario.mjs';
import { json } from '../wire.mjs';

const drop = (name) => ({
  claims(c) {
    delete c[name];
  },
});
const set = (name, change) => ({
  claims(c) {
    c[name] = change(c[name], this);
  },
});
const tampered = (header, claims) => {
  const token = sign(header, claims, keys.rsa);
  const at = token.lastIndexOf('.') + 20;
  return token.slice(0, at) + (token[at] === 'A' ? 'B' : 'A') + token.slice(at + 1);
};

// Each of the basic plan's modules; run again with response_mode=form_post.
const basic = [
  ['B01', 'a login without deviation', {}, accepted({ calls: { discovery: 1, authorize: 1, token: 1, userinfo: 1 } })],
  ['B02 F03', 'iss of the ID token is another', set('iss', (iss) => `${iss}1`), refused('issuer_mismatch', 'token')],
  ['B03', 'sub is missing', drop('sub'), refused('malformed', 'token')],
  ['B04 F03', 'aud is another client', set('aud', (aud) => `${aud}1`), refused('claim', 'token')],
  ['B05', 'iat is missing', drop('iat'), refused('malformed', 'token')],
  [
    'B06',
    'no kid in the token, one key without kid',
    {
      jwks(doc) {
        doc.keys = [{ ...keys.rsa.jwk, kid: undefined }];
      },
      header(h) {
        delete h.kid;
      },
    },
    accepted(),
  ],
  [
    'B07',
    'no kid in the token, twelve keys without kid',
    {
      jwks(doc) {
        const made = [rsaKey, () => ecKey('x'), () => ecKey('x', 'secp256k1', 'ES256K'), () => edKey('x')];
        doc.keys = made
          .flatMap((make) => [make('x'), make('x'), make('x')])
          .map(({ jwk }) => ({ ...jwk, kid: undefined, alg: undefined }));
        doc.keys[1] = { ...keys.rsa.jwk, kid: undefined };
      },
      header(h) {
        delete h.kid;
      },
    },
    refused('signature', 'token'),
  ],
  ['B08', 'RS256 with a kid', {}, accepted()],
  [
    'B09',
    'alg none',
    { idToken: (header, claims) => sign({ alg: 'none' }, claims, null, 'none') },
    refused('malformed', 'token'),
  ],
  ['B10', 'a signature that was tampered with', { idToken: tampered }, refused('signature', 'token')],
  [
    'B11',
    'userinfo is about somebody else',
    {
      userinfo(claims) {
        claims.sub += 'invalid';
      },
    },
    accepted({
      err: /userinfo endpoint was of no use/,
      hides: ['ada@example.org'],
    }),
  ],
  ['B12 F03', 'nonce is another', set('nonce', (nonce) => `${nonce}1`), refused('claim', 'token')],
  ['B13', 'the claims of userinfo are read', {}, accepted({ name: /:ada@example\.org"/ })],
  ['B14', 'client_secret_basic, with id and secret form-urlencoded', { clientSecret: 'a+b %/:é~' }, accepted()],
];

for (const [rows, title, hooks, want] of basic) {
  const play = async (t) => {
    const { out } = await t.login(want);
    if (want.name) assert.match(out, want.name);
  };
  scenario(rows, title, hooks, play);
  scenario('FP01', `by form_post: ${title}`, { ...hooks, args: ['--response-mode', 'form_post'] }, play);
}
login(
  'FP02',
  'an error comes by form',
  {
    args: ['--response-mode', 'form_post', '--prompt', 'none', '--max-age', '0'],
    redirect(p, query) {
      assert.deepEqual([query.get('prompt'), query.get('max_age')], ['none', '0']);
      p.delete('code');
      p.set('error', 'login_required');
      p.set('error_description', 'prompt=none');
    },
  },
  refused('refused', 'authorize', { err: /"oauth_error":"login_required","oauth_error_description":"prompt=none"/ }),
);

login(
  'C01',
  'the endpoints of the metadata are used',
  {
    metadata(doc) {
      doc.userinfo_endpoint += '?from=metadata';
    },
  },
  accepted({ calls: { discovery: 1 } }),
);
login(
  'C02',
  'jwks_uri has a path that nobody can guess',
  {
    metadata(doc) {
      doc.jwks_uri = doc.jwks_uri.replace(/jwks$/, 'k3y5/jwks');
    },
    any(endpoint, { path }) {
      return path.endsWith('/k3y5/jwks')
        ? this.log.splice(-1, 1, { ...this.log.at(-1), endpoint: 'jwks' }) && this.jwks()
        : null;
    },
  },
  accepted(),
);
login(
  'C03 F02',
  'the metadata has another issuer',
  {
    metadata(doc) {
      doc.issuer += 'INVALID';
    },
  },
  refused('issuer_mismatch', 'discovery'),
);
login(
  'C04 F07',
  'alg none, by metadata of the config plan',
  {
    metadata(doc) {
      doc.id_token_signing_alg_values_supported.push('none');
    },
    idToken: (header, claims) => sign({ alg: 'none' }, claims, null, 'none'),
  },
  refused('malformed', 'token'),
);

const rotating = () => {
  let key = rsaKey('before');
  return {
    jwks(doc) {
      doc.keys = [key.jwk];
    },
    idToken: (header, claims) => sign({ ...header, kid: key.kid }, claims, key),
    rotate(kid) {
      key = rsaKey(kid);
    },
  };
};
scenario('C05', 'the keys are replaced just before signing', { ...rotating(), token() {} }, async (t) => {
  const { hooks } = t.s;
  hooks.claims = () => hooks.rotate('after');
  await t.login(accepted({ calls: { jwks: 2 } }), {
    browser: async (b) => {
      const query = await b.visit();
      while (t.s.count('jwks') === 0) await new Promise((done) => setTimeout(done, 10));
      return b.goBack(query);
    },
  });
});
scenario('C06', 'the keys are replaced between two logins', rotating(), async (t) => {
  await t.login(accepted());
  t.s.hooks.rotate('after');
  await t.login(accepted({ calls: { jwks: 1, discovery: 0 } }));
});

login(
  'DY01 U02',
  'userinfo answers with a signed JWT',
  {
    userinfo(claims) {
      return json(sign({ alg: 'RS256', kid: 'rsa-1' }, { ...claims, iss: this.issuer, aud: this.clientId }, keys.rsa), {
        type: 'application/jwt',
      });
    },
  },
  accepted({ name: /:ada@example\.org"/ }),
);

const refreshed = (change) => ({
  claims(c, grant) {
    if (grant === 'refresh_token') change(c);
  },
});
scenario('R01', 'a refresh, and userinfo with the new token', {}, async (t) => {
  await t.login(accepted());
  const first = t.s.accessToken;
  const { out } = await t.token(accepted(), ['--refresh']);
  assert.notEqual(t.s.accessToken, first);
  assert.equal(JSON.parse(out).access_token, t.s.accessToken);
  await t.ctl(['userinfo'], accepted({ calls: { userinfo: 1, token: 0 } }));
});
for (const [row, title, change, code] of [
  [
    'R02',
    'iss of the refreshed ID token is another',
    (c) => {
      c.iss += '1';
    },
    'issuer_mismatch',
  ],
  [
    'R03',
    'sub of the refreshed ID token is another',
    (c) => {
      c.sub += '1';
    },
    'claim',
  ],
]) {
  scenario(row, title, refreshed(change), async (t) => {
    await t.login(accepted());
    const first = t.s.accessToken;
    await t.token(refused(code, undefined, { calls: { token: 1, userinfo: 0 } }), ['--refresh']);
    const { out } = await t.token(accepted());
    assert.equal(JSON.parse(out).access_token, first, 'the old record is kept');
  });
}

login('F04', 'iss is missing', drop('iss'), refused('malformed', 'token'));
login('F04', 'aud is missing', drop('aud'), refused('claim', 'token'));
login('F04', 'exp is missing', drop('exp'), refused('malformed', 'token'));
login('F04', 'nonce is missing', drop('nonce'), refused('claim', 'token'));
login(
  'F05',
  'a second audience, and no azp',
  set('aud', (aud) => [aud, `${aud}1`]),
  refused('claim', 'token'),
);
login(
  'F06',
  'aud is an array of us alone',
  set('aud', (aud) => [aud]),
  accepted(),
);
login(
  'F07',
  'RS256 where ES256 is agreed',
  {
    metadata(doc) {
      doc.id_token_signing_alg_values_supported = ['ES256'];
    },
  },
  refused('signature', 'token'),
);
login(
  'F07',
  'ES256 where ES256 is agreed',
  {
    metadata(doc) {
      doc.id_token_signing_alg_values_supported = ['ES256'];
    },
    idToken: (header, claims) => sign({ alg: 'ES256', kid: keys.ec.kid }, claims, keys.ec),
  },
  accepted(),
);
login(
  'F08',
  'exp is six minutes past',
  {
    claims(c) {
      c.iat -= 660;
      c.exp = c.iat + 300;
    },
  },
  refused('claim', 'token'),
);
login(
  'F09',
  'iss of the redirect is another',
  {
    redirect(p) {
      p.set('iss', `${this.issuer}1`);
    },
  },
  refused('issuer_mismatch', 'authorize'),
);
login(
  'F10',
  'iss of the redirect is missing though it was promised',
  {
    redirect(p) {
      p.delete('iss');
    },
  },
  refused('issuer_mismatch', 'authorize'),
);
for (const [title, change] of [
  ['state of the redirect is another', (p) => p.set('state', `${p.get('state')}1`)],
  ['state of the redirect is missing', (p) => p.delete('state')],
]) {
  login(
    'F11',
    title,
    {
      timeout: '10s',
      redirect: change,
      async browser(b) {
        assert.equal((await b.follow()).status, 400);
        b.page = undefined;
      },
    },
    refused('login_timed_out', 'authorize'),
  );
}
scenario(
  'F12',
  'expires_in is missing',
  {
    token(reply) {
      delete reply.expires_in;
    },
  },
  async (t) => {
    await t.login(accepted());
    assert.equal(JSON.parse((await t.token(accepted({ calls: { token: 0 } }))).out).expires_at, null);
  },
);
login(
  'F13',
  'token_type in another case',
  {
    token(reply) {
      reply.token_type = 'bEARER';
    },
  },
  accepted(),
);
