// Tokens without a user: client credentials (RFC 6749 section 4.4), and assertions about a subject (RFC 7523 section 2.1).
import assert from 'node:assert/strict';
import { accepted, refused, scenario } from '../scenario.mjs';
import { json } from '../wire.mjs';

const grants = {
  'client credentials': {
    grant: 'client_credentials',
    hooks: { clientSecret: 'secret-of-a-service' },
    args: (t) => ['--client-credentials', ...t.secretArgs()],
  },
  'an assertion': {
    grant: 'urn:ietf:params:oauth:grant-type:jwt-bearer',
    hooks: { keyed: 'public' },
    args: () => ['--jwt-bearer-subject', 'robot-7'],
  },
};
const only = { token: 1, authorize: 0, userinfo: 0, jwks: 0 };
const asked = (t) => t.log.filter(({ endpoint }) => endpoint === 'token').map(({ request }) => request.form);

for (const [name, { grant, hooks, args }] of Object.entries(grants)) {
  const begin = async (t, want, more = []) => {
    if (t.s.clientKeys) await t.giveKey();
    const kept = t.home.records();
    const line = ['login', t.s.issuer, '--client-id', t.s.clientId, ...args(t), '--scope', 'api.read api.write', ...more];
    const result = await t.ctl(line, { ...want, calls: { ...only, ...want.calls } });
    if (want.code !== 'ok') await t.assertNothingStored(kept);
    assert.deepEqual(new Set(asked(t).map((form) => form.get('grant_type'))), new Set([grant]));
    return result;
  };
  const good = (row, title, token, more = {}) =>
    scenario(row, `${name}: ${title}`, { ...hooks, token }, async (t) => {
      const { out } = await begin(t, accepted(more));
      await more.check?.(t, JSON.parse(out));
    });
  const bad = (row, title, token, code, more = {}) =>
    scenario(row, `${name}: ${title}`, { ...hooks, token }, (t) => begin(t, refused(code, undefined, more)));
  const set = (members) => (reply) => void Object.assign(reply, members);

  good('CG01', 'a token', undefined, {
    async check(t) {
      await t.token(accepted({ calls: { token: 1 } }), ['--refresh']);
      if (grant === 'client_credentials') return;
      assert.notEqual(asked(t)[0].get('assertion'), asked(t)[1].get('assertion'), 'an assertion serves once');
    },
  });
  good('CG01', 'a refresh token comes, and is not kept', set({ refresh_token: 'refresh-that-nobody-wants' }), {
    async check(t) {
      await t.token(accepted({ calls: { token: 1 } }), ['--refresh']);
      for (const form of asked(t)) assert.ok(!form.has('refresh_token') && form.get('grant_type') === grant);
      await t.ctl(['logout'], accepted({ calls: { revoke: null } }));
      for (const { request } of t.log.filter(({ endpoint }) => endpoint === 'revoke'))
        assert.notEqual(request.form.get('token'), 'refresh-that-nobody-wants');
    },
  });
  good('CG01', 'an ID token of somebody comes unasked: not looked at', set({ id_token: 'not.a.token' }), {
    check: (t, account) => assert.equal(account.subject, grant === 'client_credentials' ? t.s.clientId : 'robot-7'),
  });
  good('CG01', 'fewer scopes: told', set({ scope: 'api.read' }), { err: /^warning: not granted: api\.write$/m });
  good('CG01', 'more scopes: kept as they came', set({ scope: 'api.read api.write admin' }), {
    check: (t, account) => assert.deepEqual(account.scopes, ['api.read', 'api.write', 'admin']),
  });
  good('CG01', 'expires_in is missing', (reply) => void delete reply.expires_in);
  for (const [title, members] of [
    ['no token', { access_token: undefined }],
    ['a token that fits in no header', { access_token: 'a\r\nX: y' }],
    ['token_type DPoP', { token_type: 'DPoP' }],
    ['token_type N_A', { token_type: 'N_A' }],
    ['no token_type', { token_type: undefined }],
    ['a scope that is a list', { scope: ['api.read'] }],
    ['a scope with an escape sequence', { scope: 'api.read \u001b[31m' }],
  ])
    bad('CG02', title, set(members), 'malformed');
  bad('CG02', '200 with an error', () => json({ error: 'invalid_client' }), 'refused', { err: /"oauth_error":"invalid_client"/ });
  for (const [status, error] of [[400, 'invalid_scope'], [400, 'invalid_grant'], [400, 'unauthorized_client'], [401, 'invalid_client']])
    bad('CG02', `${status} ${error}`, () => json({ error }, { status }), 'refused', { err: new RegExp(`"oauth_error":"${error}"`) });
  bad('CG02', '400 with a page', () => ({ status: 400, body: '<html>' }), 'refused');
  bad('CG02', '503 with a good answer', (reply) => json(reply, { status: 503 }), 'unavailable');
  bad('CG02', 'JSON as text/html', (reply) => json(reply, { type: 'text/html' }), 'malformed');
  bad('CG02', 'cut in the middle', (reply) => ({
    raw: `HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 9000\r\n\r\n${JSON.stringify(reply)}`,
  }), 'unavailable');
  bad('CG02', 'a redirect', function go() {
    return { status: 307, headers: [['Location', `${this.issuer}/elsewhere`]] };
  }, 'malformed');
  bad('CG02', 'the secret is echoed', function echo() {
    return json({ error: 'invalid_client', error_description: `no: ${this.clientSecret}` }, { status: 401 });
  }, 'refused', { err: /"oauth_error_description":"no: / });
  scenario('CG02', `${name}: invalid_grant when the token is due again: no mark, the account stays`, hooks, async (t) => {
    await begin(t, accepted());
    t.s.hooks.token = () => json({ error: 'invalid_grant' }, { status: 400 });
    await t.token(refused('refused', undefined, { calls: { token: 1 } }), ['--refresh']);
    t.s.hooks.token = undefined;
    await t.token(accepted({ calls: { token: 1 } }), ['--refresh']);
  });
}
