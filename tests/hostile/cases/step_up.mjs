// Another login because a resource demanded one (RFC 9470, RFC 6750 section 3.1). The challenge is anybody's text: it is read for
// three demands, and the provider decides. One login each, however often the resource says no.
import assert from 'node:assert/strict';
import { accepted, login, refused, scenario } from '../scenario.mjs';

const again = { discovery: 0, jwks: 0 };
const challenged = (t, value) => ['--challenge', t.home.write('challenge', value)];
const demand = (more) => `Bearer error="insufficient_user_authentication"${more}`;
const now = () => Math.floor(Date.now() / 1000);
// After a login, a second one by the challenge.
const steps = (row, title, value, hooks, want, check) =>
  scenario(row, `step up: ${title}`, {}, async (t) => {
    await t.login(accepted());
    Object.assign(t.s.hooks, hooks);
    const text = typeof value === 'function' ? value(t.s) : value;
    const result = await t.login({ keeps: true, ...want, calls: { ...again, ...want.calls } }, { args: challenged(t, text) });
    if (want.code !== 'ok') await t.token(accepted({ calls: { token: 0 } }));
    check?.(t, result);
  });

// SU01: what is demanded, and whether it is reached
const reached = (acr) => ({ claims: (c) => void Object.assign(c, { acr, auth_time: now() }) });
steps('SU01', 'the acr is reached', demand(', acr_values="gold"'), reached('gold'), accepted({ hides: ['acr_values)'] }), (t) =>
  assert.equal(t.s.query.get('acr_values'), 'gold'),
);
for (const acr of ['silver', 'goldx', 'GOLD', '', undefined])
  steps('SU01 T11', `the acr is ${JSON.stringify(acr)} in place of it: told`, demand(', acr_values="gold"'), reached(acr), accepted({
    err: /^warning: .*acr_values/m,
  }));
steps('SU01', 'the acr is a list', demand(', acr_values="gold"'), reached(['gold']), accepted({ err: /^warning: .*acr_values/m }));
for (const max of ['"soon"', '"-1"', '"1e3"', '"5.5"', '"0x10"', '" 5"', '""', `"${'9'.repeat(30)}"`, '-1'])
  scenario('SU01', `step up: max_age is ${max.slice(0, 12)}: nothing is asked`, {}, async (t) => {
    await t.login(accepted());
    const line = ['login', t.s.issuer, '--no-browser', '--client-id', t.s.clientId, ...challenged(t, demand(`, max_age=${max}`))];
    await t.ctl(line, refused('usage', undefined, { calls: { authorize: 0, token: 0 } }));
  });
for (const value of [
  '',
  'Basic realm="x"',
  'Bearer realm="x"',
  'Bearer error="invalid_token", acr_values="gold"',
  'Bearer error="insufficient_scope"',
  demand(', acr_values="a\u0001b"'),
  demand(', acr_values="\u001b[31m"'),
  'Bearer error="insufficient_scope", scope="a\u00e9"',
  'Digest error="insufficient_scope", scope="api.write"',
])
  scenario('SU01', `step up: a challenge that demands nothing of a login: ${JSON.stringify(value.slice(0, 60))}`, {}, async (t) => {
    await t.login(accepted());
    const line = ['--json', 'login', t.s.issuer, '--no-browser', '--client-id', t.s.clientId, '--timeout', '1s', ...challenged(t, value)];
    const before = t.log.length;
    const { status, out, err } = await t.home.run(line);
    assert.ok([2, 7].includes(status), `${status} ${err}`);
    assert.ok(out === '' && !err.includes('\u001b') && !err.includes('/authorize?'), err);
    assert.deepEqual(t.log.slice(before).map(({ endpoint }) => endpoint), []);
  });

// SU02: max_age is held to by auth_time (T10)
const aged = demand(', max_age="60"');
for (const [title, auth_time, code] of [
  ['missing', () => undefined, 'malformed'],
  ['too old', () => now() - 600, 'claim'],
  ['of tomorrow', () => now() + 86400, 'claim'],
  ['a string', () => String(now()), 'malformed'],
  ['null', () => null, 'malformed'],
]) {
  steps('SU02 T10', `auth_time is ${title}`, aged, { claims: (c) => void (c.auth_time = auth_time()) }, refused(code, 'token'));
  login(
    'T10',
    `auth_time is ${title} where max_age was asked for`,
    { args: ['--max-age', '60s'], claims: (c) => void (c.auth_time = auth_time()) },
    refused(code, 'token'),
  );
}
steps('SU02 T10', 'auth_time is now', aged, { claims: (c) => void (c.auth_time = now()) }, accepted(), (t) => {
  assert.equal(t.s.query.get('max_age'), '60');
});
login('T10', 'auth_time is in time', { args: ['--max-age', '60s'], claims: (c) => void (c.auth_time = now() - 30) }, accepted());

// SU03: scopes
steps('SU03', 'a scope more, with those that were granted', 'Bearer error="insufficient_scope", scope="api.write"', {}, accepted(), (t) => {
  assert.deepEqual(t.s.query.get('scope').split(' ').sort(), ['api.write', 'email', 'offline_access', 'openid', 'profile']);
});
scenario('SU03', 'step up: the scope is never granted, and demanded again and again: one login each, and it is told', {}, async (t) => {
  await t.login(accepted());
  t.s.hooks.token = (reply) => void (reply.scope = reply.scope.replace(' api.write', ''));
  for (let i = 0; i < 2; i += 1)
    await t.login(accepted({ calls: { ...again, authorize: 1, token: 1 }, err: /^warning: not granted: api\.write$/m }), {
      args: challenged(t, 'Bearer error="insufficient_scope", scope="api.write"'),
    });
});
scenario('SU03', 'userinfo says insufficient_scope for ever: no login, no refresh', {}, async (t) => {
  await t.login(accepted());
  t.s.hooks.userinfo = () => ({
    status: 403,
    headers: [['WWW-Authenticate', 'Bearer error="insufficient_scope", scope="api.write"']],
  });
  for (let i = 0; i < 2; i += 1)
    await t.ctl(['userinfo'], refused('refused', undefined, { calls: { userinfo: 1, token: 0, authorize: 0 }, err: /insufficient_scope/ }));
});
steps(
  'SU03',
  'what the challenge of another origin names besides is not asked',
  (s) => `Bearer error="insufficient_scope", scope="api.write", resource_metadata="${s.elsewhere}/evil", error_uri="${s.issuer}/evil"`,
  {},
  accepted({ calls: { stray: 0, described: 0 } }),
);
