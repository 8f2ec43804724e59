// After the login: userinfo, revocation, logout and the end of the session. Introspection has a file of its own.
import assert from 'node:assert/strict';
import { b64, sign } from '../jose.mjs';
import { keys } from '../rogue.mjs';
import { accepted, refused, scenario } from '../scenario.mjs';
import { json, pause } from '../wire.mjs';

// The command, after a good login. What it refuses leaves stdout empty and the account as it was. The name is in no other answer, the
// e-mail address is the account's name too.
const userinfo = (rows, title, answer, want) =>
  scenario(rows, title, {}, async (t) => {
    await t.login(accepted());
    t.s.hooks.userinfo = answer;
    const { out } = await t.ctl(['userinfo'], want);
    t.s.hooks.userinfo = undefined;
    if (want.claims) assert.deepEqual(JSON.parse(out).claims, want.claims);
    await t.ctl(['userinfo'], accepted({ calls: { userinfo: 1, token: 0 } }));
  });
const once = { calls: { userinfo: 1, token: 0 } };
for (const [title, change, code] of [
  [
    'missing',
    (c) => {
      delete c.sub;
    },
    'claim',
  ],
  [
    'another',
    (c) => {
      c.sub += 'x';
    },
    'claim',
  ],
  [
    'an array',
    (c) => {
      c.sub = [c.sub];
    },
    'claim',
  ],
  [
    'null',
    (c) => {
      c.sub = null;
    },
    'claim',
  ],
  ['there twice', (c) => json(JSON.stringify(c).replace('{', '{"sub":"mallory",')), 'malformed'],
  ['there twice, the good one first', (c) => json(JSON.stringify(c).replace(/}$/, ',"sub":"mallory"}')), 'malformed'],
])
  userinfo('U01', `sub is ${title}`, change, refused(code, undefined, { ...once, hides: ['Lovelace'] }));
userinfo(
  'U01',
  'sub is the same',
  (c) => {
    delete c.email;
  },
  accepted({ ...once, claims: { sub: '248289761001', email_verified: true, name: 'Ada Lovelace' } }),
);
const jwt = (change = () => {}, token = (h, c) => sign(h, c, keys.rsa)) =>
  function make(claims) {
    const c = { ...claims, iss: this.issuer, aud: this.clientId };
    const h = { alg: 'RS256', kid: 'rsa-1' };
    change(c, h);
    return json(token(h, c), { type: 'application/jwt' });
  };
const altered = (token, claims) => {
  const [header, , signature] = token.split('.');
  return `${header}.${b64(claims)}.${signature}`;
};
userinfo('U02', 'a JWT that the provider signed', jwt(), accepted(once));
userinfo(
  'U02',
  'a JWT with a list of audiences, this client among them',
  jwt((c) => {
    c.aud = ['other', c.aud];
  }),
  accepted(once),
);
for (const [title, change, code, token] of [
  ['without signature', undefined, 'malformed', (h, c) => sign({ alg: 'none' }, c, null, 'none')],
  ['signed by somebody else', undefined, 'signature', (h, c) => sign(h, c, keys.rsa2)],
  ['signed with an algorithm that was not agreed', undefined, 'signature', (h, c) => sign({ alg: 'ES256', kid: 'ec-1' }, c, keys.ec)],
  ['whose claims were changed after', undefined, 'signature', (h, c) => altered(sign(h, c, keys.rsa), { ...c, name: 'Eve' })],
  ['that is none', undefined, 'malformed', () => 'a.b.c'],
  ['that is encrypted', undefined, 'malformed', (h, c) => `${sign(h, c, keys.rsa)}.a.b`],
  ['that is JSON', undefined, 'malformed', (h, c) => c],
  [
    'of another issuer',
    (c) => {
      c.iss += 'x';
    },
    'issuer_mismatch',
  ],
  [
    'of no issuer',
    (c) => {
      delete c.iss;
    },
    'malformed',
  ],
  [
    'for another client',
    (c) => {
      c.aud = 'other';
    },
    'claim',
  ],
  [
    'for nobody',
    (c) => {
      delete c.aud;
    },
    'claim',
  ],
  [
    'that is over',
    (c) => {
      c.exp = Math.floor(Date.now() / 1000) - 3600;
    },
    'claim',
  ],
  [
    'about another user',
    (c) => {
      c.sub += 'x';
    },
    'claim',
  ],
  [
    'of another type',
    (c, h) => {
      h.typ = 'at+jwt';
    },
    'malformed',
  ],
])
  userinfo('U02', `a JWT ${title}`, jwt(change, token), refused(code, undefined, { ...once, hides: ['Lovelace'] }));
userinfo('U02', 'JSON as text/plain', (c) => json(c, { type: 'text/plain' }), refused('malformed', undefined, once));

const challenge = (error) => [['WWW-Authenticate', `Bearer error="${error}", error_description="\u0007told"`]];
userinfo(
  'U03',
  '401 for ever: one refresh, then it ends',
  () => json({}, { status: 401, headers: challenge('invalid_token') }),
  refused('login_needed', undefined, { calls: { userinfo: 2, token: 1 } }),
);
scenario('U03 F15', '401 once: one refresh, and the new token is used', {}, async (t) => {
  await t.login(accepted());
  let times = 0;
  t.s.hooks.userinfo = () => {
    times += 1;
    return times === 1 ? json({}, { status: 401, headers: challenge('invalid_token') }) : undefined;
  };
  await t.ctl(['userinfo'], accepted({ calls: { userinfo: 2, token: 1 } }));
});
userinfo(
  'U03',
  '403',
  () => json({}, { status: 403, headers: challenge('insufficient_scope') }),
  refused('refused', undefined, { ...once, err: /insufficient_scope/ }),
);
userinfo(
  'U03',
  'a redirect to another path',
  function go() {
    return { status: 302, headers: [['Location', `${this.issuer}/elsewhere`]] };
  },
  refused('malformed', undefined, once),
);
userinfo(
  'U03',
  'a redirect by 307 to another host',
  () => ({ status: 307, headers: [['Location', 'http://127.0.0.2/elsewhere']] }),
  refused('malformed', undefined, once),
);
userinfo('U03', '503', () => ({ status: 503 }), refused('unavailable', undefined, once));
scenario(
  'U03',
  'at login: the answer is a redirect, and the token goes nowhere',
  {
    userinfo() {
      return { status: 302, headers: [['Location', `${this.issuer}/elsewhere`]] };
    },
  },
  async (t) => {
    await t.login(accepted({ err: /userinfo endpoint was of no use/ }));
  },
);
for (const picture of ['http://127.0.0.1/p', 'file:///etc/passwd', 'https://169.254.169.254/p', 'own']) {
  scenario(
    'U04',
    `picture ${picture} is not fetched`,
    {
      userinfo(c) {
        c.picture = picture === 'own' ? `${this.issuer}/picture` : picture;
      },
      claims(c) {
        c.picture = `${this.issuer}/picture`;
      },
    },
    async (t) => {
      await t.login(accepted());
      await t.ctl(['userinfo'], accepted(once));
      await t.ctl(['show']);
      assert.equal(t.s.count('stray'), 0);
    },
  );
}
for (const name of ['name', 'email', 'picture'])
  scenario('U01', `at login: ${name} of 900 KB`, { userinfo: (c) => void (c[name] = 'a'.repeat(9e5)) }, async (t) => {
    await t.login(refused('malformed', 'userinfo', { says: /too large to be kept/ }));
  });
scenario(
  'U01',
  'claims with escape sequences are printed without them',
  {
    userinfo(c) {
      c.name = 'red\u001b[31m\u202e\r\nx: y';
    },
  },
  async (t) => {
    await t.login(accepted());
    const { out } = await t.run(['userinfo']);
    assert.ok(!/[\u001b\u202e\r]/.test(out) && !/^x: y$/m.test(out), JSON.stringify(out));
  },
);

const revokes = (title, answer, told, more = {}) =>
  scenario('V01', title, { revoke: answer, long: more.long }, async (t) => {
    await t.login(accepted());
    const sent = t.s.refreshToken;
    let token;
    t.s.hooks.revoke = function note(request) {
      token = request.form.get('token');
      return answer.call(this, request);
    };
    const { out, ms } = await t.ctl(['logout'], accepted({ calls: { revoke: 1 } }));
    assert.equal(token, sent, 'the refresh token is revoked');
    assert.equal(JSON.parse(out).revoked, told, out);
    await t.assertNothingStored();
    if (more.within) assert.ok(ms < more.within, `took ${ms} ms`);
  });
revokes('200', () => ({ status: 200 }), 'yes');
revokes('200 with a page', () => ({ status: 200, headers: [['Content-Type', 'text/html']], body: '<html>' }), 'yes');
revokes('400 invalid_token is as good', () => json({ error: 'invalid_token' }, { status: 400 }), 'yes');
revokes('400 unsupported_token_type', () => json({ error: 'unsupported_token_type' }, { status: 400 }), 'no');
revokes('401 invalid_client', () => json({ error: 'invalid_client' }, { status: 401 }), 'no');
revokes('404', () => ({ status: 404 }), 'no');
revokes('503', () => ({ status: 503, headers: [['Retry-After', '1000000']] }), 'no');
revokes(
  'a redirect',
  function go() {
    return { status: 307, headers: [['Location', `${this.issuer}/elsewhere`]] };
  },
  'no',
);
revokes('closed without an answer', () => ({ raw: '' }), 'no');
revokes(
  'no answer: over after thirty seconds',
  () => ({
    run: async (socket) => {
      while (!socket.destroyed) await pause(500);
    },
  }),
  'no',
  { long: true, within: 55000 },
);
revokes(
  'the token is echoed',
  ({ form }) => json({ error: 'x', error_description: `token ${form.get('token')}` }, { status: 400 }),
  'no',
);
scenario(
  'V01',
  'there is no revocation endpoint',
  {
    metadata(doc) {
      delete doc.revocation_endpoint;
    },
  },
  async (t) => {
    await t.login(accepted());
    const { out } = await t.ctl(['logout'], accepted({ calls: { revoke: 0 } }));
    assert.equal(JSON.parse(out).revoked, 'unsupported');
    await t.assertNothingStored();
  },
);

// The verb alone: what the provider did not take stays, and works.
const ends = (title, answer, want) =>
  scenario('V02', title, { revoke: answer }, async (t) => {
    await t.login(accepted());
    const { out } = await t.ctl(['revoke'], want);
    const gone = want.code === 'ok';
    if (gone) assert.equal(JSON.parse(out).needs_login, true);
    await t.token(gone ? refused('login_needed', undefined, { calls: { token: 0 } }) : accepted({ calls: { token: 0 } }));
  });
const told = { calls: { revoke: 1, token: 0 } };
ends('revoke: 200', () => ({ status: 200 }), accepted(told));
ends('revoke: 400 invalid_token is as good', () => json({ error: 'invalid_token' }, { status: 400 }), accepted(told));
ends('revoke: 201', () => ({ status: 201 }), refused('malformed', undefined, told));
ends('revoke: 400', () => json({ error: 'unsupported_token_type' }, { status: 400 }), refused('refused', undefined, told));
ends('revoke: 401 invalid_token', () => json({ error: 'invalid_token' }, { status: 401 }), refused('refused', undefined, told));
ends('revoke: 404', () => ({ status: 404 }), refused('refused', undefined, told));
ends('revoke: 503', () => ({ status: 503 }), refused('unavailable', undefined, told));
ends('revoke: closed without an answer', () => ({ raw: '' }), refused('unavailable', undefined, told));
ends(
  'revoke: a redirect',
  function go() {
    return { status: 307, headers: [['Location', `${this.issuer}/elsewhere`]] };
  },
  refused('malformed', undefined, told),
);
ends(
  'revoke: the token is echoed',
  ({ form }) => json({ error: 'x', error_description: `token ${form.get('token')}` }, { status: 400 }),
  refused('refused', undefined, told),
);

// The end of the session: the browser is sent to what the metadata names, or nowhere. Nothing that comes back from there is read.
const leaves = (title, change, session, shows) =>
  scenario('L01', title, {}, async (t) => {
    await t.login(accepted());
    t.home.forgetCache();
    t.s.hooks.metadata = change;
    const { out, err } = await t.home.run(['--json', 'logout', '--end-session', '--no-browser']);
    assert.equal(JSON.parse(out).session, session, err);
    assert.equal(err.includes('id_token_hint='), shows, err);
    assert.ok(!out.includes('id_token_hint') && !err.includes('mallory'), err);
    await t.assertNothingStored();
  });
leaves(
  'a session is ended where the metadata says',
  (doc) => {
    doc.end_session_endpoint = `${doc.issuer}/end`;
  },
  'shown',
  true,
);
leaves('there is no such endpoint', undefined, 'unsupported', false);
for (const url of [
  'http://mallory.example/end',
  'javascript:alert("mallory")',
  'https://ada@mallory.example/end',
  'https://mallory.example/end#id_token_hint=',
  'https://mallory.example/e nd',
  '//mallory.example/end',
  ['https://mallory.example/end'],
]) {
  leaves(
    `end_session_endpoint is ${JSON.stringify(url)}`,
    (doc) => {
      doc.end_session_endpoint = url;
    },
    'no',
    false,
  );
}
