// Pushed authorization requests (RFC 9126): an answer that is none ends the login, and nothing is sent in the open instead.
import assert from 'node:assert/strict';
import { accepted, login, refused } from '../scenario.mjs';
import { json } from '../wire.mjs';

const created = (reply) => json(reply, { status: 201 });
const bad = (rows, title, par, code = 'malformed', more = {}) =>
  login(rows, title, { args: ['--par'], par, ...more.hooks }, refused(code, 'par', { calls: { par: 1 }, ...more }));

for (const [who, hooks] of [
  ['a public client', {}],
  ['a client with a secret', { clientSecret: 'pushed client secret' }],
])
  login('PA01', `the URL of ${who} says nothing but who asks`, { args: ['--par'], ...hooks }, accepted({ calls: { par: 1 } }));
login(
  'PA01',
  'required by metadata, done unasked',
  { metadata: (m) => void (m.require_pushed_authorization_requests = true) },
  accepted({ calls: { par: 1 } }),
);
login('PA01', 'offered, and not asked for', {}, accepted({ calls: { par: 0 } }));

bad('PA02', '200 in place of 201', (reply) => json(reply));
bad('PA02', 'a redirect to the token endpoint', function redirect() {
  return { status: 307, headers: [['Location', `${this.issuer}/token`]] };
});
bad('PA02', '201 with a page', () => ({ status: 201, headers: [['Content-Type', 'text/html']], body: '<p>' }));
bad('PA02', 'a refusal', () => json({ error: 'invalid_request', error_description: 'no' }, { status: 400 }), 'refused');
bad('PA02', 'no such endpoint', () => ({ status: 404 }), 'refused');
bad('PA02', 'not now', () => json({}, { status: 503 }), 'unavailable');
bad('PA02', 'too many', () => ({ status: 429, headers: [['Retry-After', '7']] }), 'unavailable');
bad(
  'PA02',
  'a refusal that echoes state and escapes',
  (reply, { form }) =>
    json({ error: 'invalid_request', error_description: `\u001b[2J${form.get('state')}` }, { status: 400 }),
  'refused',
  { hides: ['\u001b'] },
);

for (const [title, change] of [
  ['absent', (r) => delete r.request_uri],
  ['empty', (r) => (r.request_uri = '')],
  ['null', (r) => (r.request_uri = null)],
  ['a list', (r) => (r.request_uri = [r.request_uri])],
  ['with a line break', (r) => (r.request_uri += '\r\nHost: evil')],
  ['with an escape sequence', (r) => (r.request_uri += '\u001b]0;x\u0007')],
  ['not ASCII', (r) => (r.request_uri += '\u202e')],
  ['of 16 KiB', (r) => (r.request_uri += 'x'.repeat(16384))],
])
  bad('PA03', `request_uri is ${title}`, (reply) => (change(reply), created(reply)));
for (const value of [undefined, 0, -1, '60', null, true, [60]])
  bad('PA03', `expires_in is ${JSON.stringify(value)}`, (reply) => created({ ...reply, expires_in: value }));
bad('PA03', 'request_uri stands there twice', (reply) => ({
  status: 201,
  headers: [['Content-Type', 'application/json']],
  body: `{"request_uri":"urn:x","request_uri":${JSON.stringify(reply.request_uri)},"expires_in":60}`,
}));

login(
  'PA04',
  'required, and no endpoint is named',
  {
    metadata(m) {
      m.require_pushed_authorization_requests = true;
      delete m.pushed_authorization_request_endpoint;
    },
  },
  refused('malformed', 'discovery', { says: /pushed_authorization_request_endpoint/ }),
);
for (const [title, url] of [
  ['of a file', 'file:///etc/passwd'],
  ['of plain http elsewhere', 'http://op.example/par'],
  ['with a fragment', 'https://op.example/par#x'],
  ['of a mail server', 'https://op.example:25/par'],
])
  login(
    'PA04',
    `an endpoint ${title}`,
    { args: ['--par'], metadata: (m) => void (m.pushed_authorization_request_endpoint = url) },
    refused('malformed', 'discovery'),
  );
login(
  'PA04',
  'a request_uri with parameters of its own adds none to the URL',
  {
    args: ['--par'],
    par(reply) {
      this.pushedUri = `${reply.request_uri}&client_id=mallory#x`;
      return created({ ...reply, request_uri: this.pushedUri });
    },
    browser(b) {
      const url = new URL(b.url);
      assert.deepEqual([...url.searchParams.keys()], ['client_id', 'request_uri']);
      assert.equal(url.hash, '');
      return b.follow();
    },
  },
  accepted({ calls: { par: 1 } }),
);
