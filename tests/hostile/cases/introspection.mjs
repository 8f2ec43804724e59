// What the provider says of a token: nothing that could be taken for another answer is passed on.
import assert from 'node:assert/strict';
import { sign } from '../jose.mjs';
import { keys } from '../rogue.mjs';
import { accepted, refused, scenario } from '../scenario.mjs';
import { json } from '../wire.mjs';

const asked = { calls: { introspect: 1, token: 0 } };

// The command, after a good login; the account is as it was, whatever came.
const introspects = (row, title, answer, want) =>
  scenario(row, title, { introspect: answer }, async (t) => {
    await t.login(accepted());
    const { out } = await t.ctl(['introspect'], want);
    if (want.claims) assert.deepEqual(JSON.parse(out).claims, want.claims);
    await t.token(accepted({ calls: { token: 0 } }));
  });
const good = (claims) => accepted({ ...asked, claims });
const bad = (code) => refused(code, undefined, asked);

introspects('I01', 'active', undefined, good({ active: true, client_id: 'rogue client/1', sub: '248289761001' }));
introspects('I01', 'no longer active', () => json({ active: false }), good({ active: false }));
for (const active of [undefined, null, 1, 'true', [true], {}]) {
  introspects('I01', `active is ${JSON.stringify(active)}`, () => json({ active }), bad('malformed'));
}
for (const [member, value] of [
  ['exp', '1800000000'],
  ['iat', null],
  ['nbf', {}],
  ['scope', ['openid']],
  ['client_id', 1],
  ['sub', ['x']],
  ['iss', true],
  ['aud', { a: 1 }],
  ['aud', [1]],
]) {
  introspects('I01', `${member} is ${JSON.stringify(value)}`, () => json({ active: true, [member]: value }), bad('malformed'));
}
introspects('I01', 'active there twice', () => json('{"active":false,"active":true}'), bad('malformed'));
introspects('I01', 'a list', () => json([{ active: true }]), bad('malformed'));
introspects('I01', 'JSON as text/html', () => json({ active: true }, { type: 'text/html' }), bad('malformed'));
introspects('I01', '201', () => json({ active: true }, { status: 201 }), bad('malformed'));
introspects('I01', '401', () => json({ error: 'invalid_client' }, { status: 401 }), bad('refused'));
introspects('I01', '503', () => json({ active: true }, { status: 503 }), bad('unavailable'));
introspects(
  'I01',
  'a redirect',
  function go() {
    return { status: 307, headers: [['Location', `${this.issuer}/elsewhere`]] };
  },
  bad('malformed'),
);
introspects(
  'I01',
  'the token is echoed',
  (answer, { form }) => json({ active: true, jti: form.get('token'), more: [{ deep: `<${form.get('token')}>` }] }),
  good({ active: true, jti: '[...]', more: [{ deep: '[...]' }] }),
);
introspects(
  'I01',
  'the token is echoed in an error',
  (answer, { form }) => json({ error: 'x', error_description: form.get('token') }, { status: 400 }),
  bad('refused'),
);
scenario(
  'I01',
  'escape sequences are printed without them',
  {
    introspect(answer) {
      answer.username = 'red\u001b[31m\u202e\r\nactive: false';
    },
  },
  async (t) => {
    await t.login(accepted());
    const { out } = await t.run(['introspect']);
    assert.ok(!/[\u001b\u202e\r]/.test(out) && !/^active: false$/m.test(out), JSON.stringify(out));
  },
);
scenario(
  'I01',
  'there is no such endpoint',
  {
    metadata(doc) {
      delete doc.introspection_endpoint;
    },
  },
  async (t) => {
    await t.login(accepted());
    await t.ctl(['introspect'], refused('not_found', undefined, { calls: { introspect: 0 } }));
  },
);

const TYPE = 'token-introspection+jwt';
const jwt = (change = () => {}, token = (h, c) => sign(h, c, keys.rsa)) =>
  function make(answer) {
    const claims = {
      iss: this.issuer,
      aud: this.clientId,
      iat: Math.floor(Date.now() / 1000),
      token_introspection: answer,
    };
    const header = { alg: 'RS256', kid: 'rsa-1', typ: TYPE };
    change(claims, header);
    return json(token(header, claims), { type: `application/${TYPE}` });
  };
introspects('I02', 'signed', jwt(), good({ active: true, client_id: 'rogue client/1', sub: '248289761001' }));
for (const [title, change, code, token] of [
  ['without signature', undefined, 'malformed', (h, c) => sign({ alg: 'none', typ: TYPE }, c, null, 'none')],
  ['signed by somebody else', undefined, 'signature', (h, c) => sign(h, c, keys.rsa2)],
  ['signed with another algorithm', undefined, 'signature', (h, c) => sign({ ...h, alg: 'ES256', kid: 'ec-1' }, c, keys.ec)],
  ['signed with the client id', undefined, 'signature', (h, c) => sign({ ...h, alg: 'HS256' }, c, c.aud, 'HS256')],
  ['that is none', undefined, 'malformed', () => 'a.b.c'],
  ['that is JSON', undefined, 'malformed', (h, c) => c.token_introspection],
  [
    'without a type',
    (c, h) => {
      delete h.typ;
    },
    'malformed',
  ],
  [
    'of the type of an ID token',
    (c, h) => {
      h.typ = 'JWT';
    },
    'malformed',
  ],
  [
    'of another issuer',
    (c) => {
      c.iss += 'x';
    },
    'issuer_mismatch',
  ],
  [
    'for another client',
    (c) => {
      c.aud = 'other';
    },
    'claim',
  ],
  [
    'without a time',
    (c) => {
      delete c.iat;
    },
    'malformed',
  ],
  [
    'kept for an hour',
    (c) => {
      c.iat -= 3600;
    },
    'claim',
  ],
  [
    'of tomorrow',
    (c) => {
      c.iat += 86400;
    },
    'claim',
  ],
  [
    'without the answer',
    (c) => {
      c.active = true;
      delete c.token_introspection;
    },
    'malformed',
  ],
  [
    'whose answer is a string',
    (c) => {
      c.token_introspection = '{"active":true}';
    },
    'malformed',
  ],
  [
    'whose answer does not say whether',
    (c) => {
      delete c.token_introspection.active;
    },
    'malformed',
  ],
]) {
  introspects('I02', `a JWT ${title}`, jwt(change, token), bad(code));
}
