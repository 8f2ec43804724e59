// The device authorization grant, RFC 8628: what is shown to a user, how often is asked, and how it ends.
import assert from 'node:assert/strict';
import { accepted, device, refused, scenario } from '../scenario.mjs';
import { json } from '../wire.mjs';

const error = (code, status = 400) => json({ error: code }, { status });
const pending = (status) => error('authorization_pending', status);

// D01: the address that a user is sent to
for (const [title, uri] of [
  ['of plain http elsewhere', 'http://op.example/activate'],
  ['of script', 'javascript:alert(document.cookie)'],
  ['of a file', 'file:///etc/passwd'],
  ['with a line break', 'https://op.example/\r\nSet-Cookie: a=b'],
  ['with an escape sequence', 'https://op.example/\u001b[2J'],
  ['of 10 KiB', `https://op.example/${'a'.repeat(10240)}`],
  ['with a user name', 'https://accounts.example@op.example/activate'],
  ['of letters that look like others', 'https://\u0430ccounts.example/activate'],
  ['that is none', 'activate'],
  ['that is a number', 7],
])
  device(
    'D01',
    `a verification_uri ${title} is shown to nobody`,
    { device: (reply) => void (reply.verification_uri = uri) },
    refused('malformed', 'device', { hides: ['WDJB-MJHT', 'passwd', 'alert('] }),
  );
for (const [title, uri] of [
  ['https elsewhere', 'https://op.example/activate'],
  ['an international name in ASCII', 'https://xn--ccounts-2fg.example/activate'],
])
  device(
    'D01',
    `a verification_uri of ${title} is shown as it is`,
    {
      device(reply) {
        reply.verification_uri = uri;
        delete reply.verification_uri_complete;
      },
    },
    accepted({ err: new RegExp(`^  ${uri.replaceAll('.', '[.]')}$`, 'm') }),
  );
device(
  'D01',
  'an address under its older name',
  {
    device(reply) {
      reply.verification_url = reply.verification_uri;
      delete reply.verification_uri;
    },
  },
  accepted({ err: /\/activate$/m }),
);

// D02: the code that a user is shown
for (const [title, code] of [
  ['with an escape sequence', '\u001b]0;owned\u0007WDJB'],
  ['with a line break', 'WDJB\nMJHT'],
  ['of letters beyond ASCII', 'WDJB\u202eMJHT'],
  ['of 65 bytes', 'A'.repeat(65)],
  ['of half a megabyte', 'B'.repeat(524288)],
  ['that is empty', ''],
  ['that is a number', 12345678],
  ['that is missing', undefined],
])
  device(
    'D02',
    `a user_code ${title} is shown to nobody`,
    { device: (reply) => void (reply.user_code = code) },
    refused('malformed', 'device', { hides: ['AAAAAAAA', 'BBBBBBBB', 'owned'] }),
  );
device('D02', 'a user_code of 64 bytes', { device: (reply) => void (reply.user_code = 'A'.repeat(64)) }, accepted({ err: /^  A{64}$/m }));
for (const uri of ['https://elsewhere.example/?user_code=WDJB-MJHT', 'javascript:alert(1)', '', 7])
  device(
    'D02',
    `a complete address that leads elsewhere is left out: ${uri}`,
    { device: (reply) => void (reply.verification_uri_complete = uri) },
    accepted({ hides: ['elsewhere', 'alert('] }),
  );
for (const [title, change] of [
  ['empty', ''],
  ['with a line break', 'a\r\nb'],
  ['too long', 'c'.repeat(100000)],
])
  device(
    'D02',
    `a device_code that is ${title}`,
    { device: (reply) => void (reply.device_code = change) },
    refused('malformed', 'device'),
  );

// D03: times
for (const [interval, least, most] of [
  [0, 1000, 5000],
  [-1, 1000, 5000],
  ['2', 2000, 5000],
  [1.9, 1000, 5000],
  [null, 5000, 9000],
])
  scenario(
    'D03',
    `an interval of ${JSON.stringify(interval)} is waited for`,
    { long: true, device: (reply) => void (reply.interval = interval) },
    async (t) => {
      await t.device(accepted());
      const [first] = t.pauses();
      // the pause is counted from the answer, which is a little later than the request; a busy machine may add to it
      assert.ok(first >= least - 20 && first < most + 5000, `asked after ${first} ms`);
    },
  );
for (const interval of [1e9, '1e9', 9007199254740991])
  device(
    'D03',
    `an interval of ${JSON.stringify(interval)} ends with the login's time`,
    { long: true, timeout: '2s', device: (reply) => void (reply.interval = interval) },
    refused('login_timed_out', 'device', { within: 20000 }),
  );
for (const expires of [0, -5, 'soon', {}, null])
  device(
    'D03',
    `expires_in of ${JSON.stringify(expires)}`,
    { device: (reply) => void (reply.expires_in = expires) },
    refused('malformed', 'device'),
  );
device(
  'D03',
  'expires_in of an age ends with the time of the login',
  { long: true, timeout: '2s', device: (reply) => void (reply.expires_in = 1e18), poll: () => pending() },
  refused('login_timed_out', 'token', { calls: { token: 1 }, within: 20000 }),
);

// D04: how long is asked
scenario(
  'D04',
  'slow_down for ever: five seconds more each time, and the code ends it',
  { long: true, device: (reply) => void (reply.expires_in = 10), poll: () => error('slow_down') },
  async (t) => {
    await t.device(refused('login_timed_out', 'token', { calls: { token: 2 } }));
    assert.ok(t.pauses()[1] >= 5980, `asked again after ${t.pauses()[1]} ms`);
  },
);
for (const [title, poll] of [
  ['slow_down with an interval beyond the life of the code', () => json({ error: 'slow_down', interval: 61 }, { status: 400 })],
  ['429 with a Retry-After beyond it', () => json({}, { status: 429, headers: [['Retry-After', '61']] })],
])
  device(
    'D04',
    `${title}: not asked again before it ends`,
    { long: true, device: (reply) => void (reply.expires_in = 4), poll },
    refused('login_timed_out', 'token', { calls: { token: 1 }, within: 20000 }),
  );
device(
  'D04',
  'pending after the code has expired: not asked any more',
  { long: true, device: (reply) => void (reply.expires_in = 3), poll: () => pending() },
  refused('login_timed_out', 'token', { calls: { token: 2 }, within: 20000 }),
);
for (const [title, poll] of [
  ['503', () => json({}, { status: 503 })],
  ['a proxy that gives up', () => ({ status: 504, headers: [['Content-Type', 'text/html']], body: '<p>' })],
  ['a connection that is cut', () => ({ raw: '' })],
  ['an answer that is cut', () => ({ raw: 'HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{' })],
])
  scenario(
    'D04',
    `${title}: asked again after twice the time`,
    { long: true, poll: (n) => (n === 1 ? poll() : undefined) },
    async (t) => {
      await t.device(accepted({ calls: { token: 2 } }));
      assert.ok(t.pauses()[1] >= 1980, `asked again after ${t.pauses()[1]} ms`);
    },
  );
scenario(
  'D04',
  '429 with Retry-After: not asked before',
  { long: true, poll: (n) => (n === 1 ? json({}, { status: 429, headers: [['Retry-After', '4']] }) : undefined) },
  async (t) => {
    await t.device(accepted({ calls: { token: 2 } }));
    assert.ok(t.pauses()[1] >= 3980, `asked again after ${t.pauses()[1]} ms`);
  },
);

// D05: errors by every status, and under every name
for (const status of [200, 400, 401, 403, 428])
  device(
    'D05',
    `authorization_pending with ${status}: asked again`,
    { long: true, poll: (n) => (n === 1 ? pending(status) : undefined) },
    accepted({ calls: { token: 2 } }),
  );
for (const [name, code] of [
  ['access_denied', 'cancelled'],
  ['authorization_declined', 'cancelled'],
  ['expired_token', 'login_timed_out'],
  ['bad_verification_code', 'refused'],
  ['invalid_grant', 'refused'],
  ['unauthorized_client', 'refused'],
])
  for (const status of [200, 400, 403])
    device('D05', `${name} with ${status} ends it`, { poll: () => error(name, status) }, refused(code, 'token'));
for (const status of [200, 400])
  device('D05', `no codes, with ${status}`, { device: () => error('unauthorized_client', status) }, refused('refused', 'device'));
device(
  'D05',
  'an error with escapes and the code in it: printable, masked',
  {
    poll() {
      return json({ error: 'access_denied', error_description: `\u001b[31mno, ${this.deviceCode}` }, { status: 400 });
    },
  },
  refused('cancelled', 'token'),
);
device(
  'D05',
  'a redirect with the token: not followed',
  {
    poll() {
      return { status: 302, headers: [['Location', `${this.issuer}/elsewhere`]] };
    },
  },
  refused('malformed', 'token'),
);
device(
  'D05',
  'an ID token of another audience',
  { claims: (claims) => void (claims.aud = 'mallory') },
  refused('claim', 'token'),
);
