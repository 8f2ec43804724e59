// The loopback listener: whatever is thrown at it, a request that is not this login's redirect changes nothing, and the true one,
// sent afterwards, is served. A response with the right state that is ambiguous, or not the issuer's, ends the login.
import assert from 'node:assert/strict';
import { accepted, login, refused, scenario } from '../scenario.mjs';
import { pause, send } from '../wire.mjs';

const csp = /^default-src 'none';/;

// Whatever the listener says: nothing of what was sent, and nothing that a browser could act on.
function judgeAnswer(answer, status, sent = '') {
  assert.equal(answer.status, status, `${sent.slice(0, 80)}: ${answer.how} ${answer.body.slice(0, 200)}`);
  if (status === 204) return;
  assert.match(answer.headers['content-security-policy'] ?? '', csp);
  assert.equal(answer.headers['x-content-type-options'], 'nosniff');
  assert.equal(answer.headers['referrer-policy'], 'no-referrer');
  assert.match(answer.headers['cache-control'] ?? '', /no-store/);
  for (const text of ['mallory', '<script>alert']) assert.ok(!answer.body.includes(text), 'reflects what was sent');
}

// Attacks first, then the true redirect: the login goes on as if nothing had been.
const survives = (rows, title, attack, hooks = {}) => login(rows, title, {
  ...hooks,
  async browser(b, t) {
    await attack(b, t);
    assert.equal(t.s.count('token'), 0, 'nothing was redeemed');
    assert.equal((await b.follow()).status, 200);
  },
}, accepted());

// The response is changed in its query's text; the state in it is right.
const ends = (rows, title, change, code, more = {}) => login(rows, title, {
  ...more.hooks,
  redirect(p) { return change(p.toString(), this, p) ?? p.toString(); },
}, refused(code, 'authorize', more));

survives('A01', 'wrong states, two hundred of them', async (b) => {
  const s = b.state;
  const wrong = ['', 'x', s.slice(0, -1), `${s}%00`, `${s}A`, s.toLowerCase(), `%20${s}`, 'A'.repeat(43)];
  for (const state of wrong) judgeAnswer(await b.callback(`code=mallory&state=${state}`), 400, state);
  judgeAnswer(await b.callback('code=mallory'), 400);
  for (let i = 0; i < 190; i += 1) assert.equal((await b.callback(`code=mallory&state=${i}`)).status, 400);
});
survives('A01', 'the state of another login', async (b, t) => {
  const other = await new Promise((done, fail) => {
    t.home.run(['login', t.s.issuer, '--no-browser', '--client-id', t.s.clientId, '--timeout', '1s'], { onUrl: async (url) => done(url) })
      .catch(fail);
  });
  judgeAnswer(await b.callback(`code=mallory&state=${new URL(other).searchParams.get('state')}`), 400);
});
for (const name of ['state', 'code', 'iss', 'error']) {
  ends('A02', `${name} stands there twice`, (text, s, p) => `${text}&${name}=${p.get(name) ?? 'access_denied'}`,
    'malformed', { hooks: name === 'error' ? { } : {} });
}
ends('A02', 'a wrong state beside the right one', (text) => `state=x&${text}`, 'malformed');
login('A02 A22', 'unknown parameters, repeated or not', { redirect: (p) => `${p}&session_state=a&session_state=b&x=%F0%9F%98%80&y` }, accepted());
ends('A03', 'code and error together', (text) => `${text}&error=access_denied`, 'malformed');
survives('A04', 'neither code nor error', async (b, t) => {
  judgeAnswer(await b.callback(`state=${b.state}&iss=${encodeURIComponent(t.s.issuer)}`), 400);
  judgeAnswer(await b.callback('x=y'), 400);
});

for (const [title, change] of [
  ['another', (iss) => `${iss}x`], ['with a slash more', (iss) => `${iss}/`], ['in another case', (iss) => iss.replace('http', 'HTTP')],
  ['percent-encoded twice', (iss) => iss.replace('/s', '/%73')], ['with the default port', (iss) => iss.replace(/:\d+/, ':80')],
  ['under another name of the same host', (iss) => iss.replace('127.0.0.1', 'localhost')], ['empty', () => ''],
]) {
  ends('A05', `iss is ${title}`, (text, s, p) => { p.set('iss', change(p.get('iss'))); return p.toString(); }, 'issuer_mismatch');
}
const unadvertised = { metadata(doc) { delete doc.authorization_response_iss_parameter_supported; } };
ends('A05', 'iss is wrong where it was not promised', (text, s, p) => { p.set('iss', 'https://mallory.example'); return p.toString(); },
  'issuer_mismatch', { hooks: unadvertised, hides: ['mallory'] });
login('A05', 'iss is absent where it was not promised', { ...unadvertised, redirect(p) { p.delete('iss'); } }, accepted());

const errorBy = (members) => (text, s, p) => new URLSearchParams({ state: p.get('state'), iss: s.issuer, ...members }).toString();
ends('A06', 'an error of another issuer is not shown', errorBy({ iss: 'https://mallory.example', error: 'server_error',
  error_description: 'call mallory', error_uri: 'https://mallory.example/help' }), 'issuer_mismatch', { hides: ['mallory', 'server_error'] });
ends('A06', 'an error without iss is not shown', (text, s, p) => `state=${p.get('state')}&error=access_denied&error_description=call+mallory`,
  'issuer_mismatch', { hides: ['call mallory'] });
survives('A06', 'an error without the right state', async (b) => {
  judgeAnswer(await b.callback('error=access_denied&error_description=mallory'), 400);
  judgeAnswer(await b.callback('error=access_denied&error_description=mallory&state=x'), 400);
});
ends('A07', 'access_denied', errorBy({ error: 'access_denied' }), 'cancelled');
ends('A07', 'login_required', errorBy({ error: 'login_required', error_description: 'sign in first' }), 'refused',
  { err: /"oauth_error_description":"sign in first"/ });
ends('A07', 'a code that nobody knows, told in text', errorBy({ error: 'x_custom' }), 'refused', { text: true, err: /^The provider said: x_custom\.$/m });
ends('A07', 'a description with escapes and a turned direction', errorBy({ error: 'x',
  error_description: 'red \u001b[31malert\u001b]0;t\u0007 \u202egnp.exe \r\nInjected: line' }), 'refused',
{ hides: ['\u001b', '\u202e', '\u0007', '\nInjected'] });
ends('A07', 'a description of ten KiB is cut', errorBy({ error: 'x', error_description: 'd'.repeat(10000) }), 'refused', { hides: ['d'.repeat(257)] });
survives('A07', 'a description of 64 KiB does not fit into a request', async (b, t) => {
  const answer = await b.callback(`error=x&state=${b.state}&iss=${t.s.issuer}&error_description=${'d'.repeat(65536)}`);
  judgeAnswer(answer, 414);
});
ends('A07', 'an error code with control characters', errorBy({ error: 'x\u0007y' }), 'malformed');
for (const uri of ['javascript:alert(1)', 'file:///etc/passwd', 'http://mallory.example/help', 'https://mallory.example/\u001b[31m']) {
  ends('A08', `error_uri ${uri.slice(0, 12)} is not shown`, errorBy({ error: 'x', error_uri: uri }), 'refused', { text: true, hides: [uri.slice(0, 12)] });
}
ends('A08', 'error_uri over https is shown', errorBy({ error: 'x', error_uri: 'https://help.example/x' }), 'refused',
  { text: true, err: /\(see https:\/\/help\.example\/x\)/ });

login('A09', 'the code of an attacker, got with another verifier', {
  redirect(p) { this.code = this.secret('stolen'); p.set('code', this.code); this.query = new URLSearchParams(this.query); this.query.set('code_challenge', 'another'); },
}, refused('refused', 'token', { err: /"oauth_error":"invalid_grant"/ }));
for (const [title, list] of [['plain alone', ['plain']], ['an empty list', []], ['s256 in small letters', ['s256']]]) {
  login('A10', `code_challenge_methods_supported: ${title}`, {
    metadata(doc) { doc.code_challenge_methods_supported = list; },
  }, refused('malformed', 'discovery', { says: /S256/ }));
}
scenario('A10', 'no list of methods: S256 all the same', {
  metadata(doc) { delete doc.code_challenge_methods_supported; },
}, async (t) => {
  await t.login(accepted());
  assert.equal(t.s.query.get('code_challenge_method'), 'S256');
  assert.equal(t.s.query.get('code_challenge').length, 43);
  assert.ok(!t.s.query.has('code_verifier'));
});
login('A11', 'mix-up: the page of one provider sends to another, which answers', {
  redirect(p) { p.set('iss', this.issuer.replace(/s\d+$/, 'honest')); },
}, refused('issuer_mismatch', 'authorize'));
scenario('A12', 'the secret of one issuer is sent to no other', {
  clientSecret: 'the-honest-secret',
  metadata(doc) { doc.token_endpoint = `${this.issuer}/elsewhere/token`; },
}, async (t) => {
  // An honest issuer's account and secret lie in the store; the attacker's metadata points at it, and at a token endpoint of its own.
  const honest = t.s;
  honest.hooks.metadata = undefined;
  await t.login(accepted());
  const evil = t.begin({ metadata(doc) {
    doc.authorization_endpoint = `${honest.issuer}/authorize`;
  }, redirect: undefined });
  honest.hooks.redirect = (p) => { p.delete('iss'); };
  const seen = [];
  evil.hooks.any = (endpoint, request) => { if (endpoint === 'token') seen.push(`${request.headers.authorization} ${request.body}`); };
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
});

survives('A13', 'other paths', async (b, t) => {
  const query = `code=mallory&state=${b.state}&iss=${encodeURIComponent(t.s.issuer)}`;
  for (const path of ['/', '/other', `${b.path}/`, `${b.path}x`, b.path.toUpperCase(), `/${b.path}`, `/x/..${b.path}`, b.path.replace('c', '%63')]) {
    judgeAnswer(await b.get(`${path}?${query}`), 404, path);
  }
});
login('A13', 'after the end nobody listens', {
  async browser(b) {
    const text = await b.visit();
    const [first, second] = await Promise.all([b.goBack(text), b.callback(text, '', { wait: 4000 })]);
    assert.equal([first, second].filter(({ status }) => status === 200).length, 1, 'the redirect counts once');
    let answer = { how: '' };
    for (let i = 0; i < 100 && answer.how !== 'ECONNREFUSED'; i += 1) {
      await pause(20);
      answer = await send(b.port, `GET ${b.path}?${text} HTTP/1.1\r\nHost: ${b.host}\r\n\r\n`, { wait: 1000 });
    }
    assert.equal(answer.how, 'ECONNREFUSED');
  },
}, accepted());
survives('A14', 'a host that is not ours, a proxy\'s form, a script of another site', async (b) => {
  const line = `GET ${b.path}?code=mallory&state=${b.state}&iss=x HTTP/1.1\r\n`;
  for (const host of ['mallory.example', `mallory.example:${b.port}`, `localhost:${b.port}`, '127.0.0.1', `127.0.0.1:${b.port + 1}`, `127.0.0.1:${b.port}.`, `a@${b.host}`]) {
    judgeAnswer(await b.raw(`${line}Host: ${host}\r\n\r\n`), 400, host);
  }
  judgeAnswer(await b.raw(`${line}\r\n`), 400, 'no Host');
  judgeAnswer(await b.raw(`${line}Host: ${b.host}\r\nHost: ${b.host}\r\n\r\n`), 400, 'two Hosts');
  judgeAnswer(await b.raw(`GET http://${b.host}${b.path}?code=x&state=${b.state} HTTP/1.1\r\nHost: ${b.host}\r\n\r\n`), 400, 'absolute form');
  judgeAnswer(await b.get(`${b.path}?code=mallory&state=${b.state}`, 'Origin: https://mallory.example\r\n'), 400, 'Origin');
  judgeAnswer(await b.get(`${b.path}?code=mallory&state=${b.state}`, 'Origin: null\r\n'), 400, 'Origin');
});
survives('A15', 'other methods, prefetches, what browsers ask for by themselves', async (b, t) => {
  const query = `code=mallory&state=${b.state}&iss=${encodeURIComponent(t.s.issuer)}`;
  for (const method of ['PUT', 'DELETE', 'OPTIONS', 'TRACE', 'PATCH', 'HEAD', 'POST', 'get']) {
    const answer = await b.raw(`${method} ${b.path}?${query} HTTP/1.1\r\nHost: ${b.host}\r\n\r\n`);
    assert.ok(answer.status >= 400 && answer.status < 500, `${method}: ${answer.status}`);
  }
  for (const target of ['/favicon.ico', '/robots.txt', '/apple-touch-icon.png']) judgeAnswer(await b.get(target), 404, target);
  for (const head of ['Sec-Purpose: prefetch', 'Sec-Purpose: prefetch;prerender', 'Purpose: prefetch']) {
    judgeAnswer(await b.callback(query, `${head}\r\n`), 204, head);
  }
});
survives('A16', 'bytes that are no request', async (b) => {
  const target = `${b.path}?code=mallory&state=${b.state}`;
  const good = `GET ${target} HTTP/1.1\r\nHost: ${b.host}\r\n`;
  const bad = {
    'a request line of 16 KiB': `GET ${target}&x=${'a'.repeat(16384)} HTTP/1.1\r\nHost: ${b.host}\r\n\r\n`,
    'a request line of 12 KiB without an end': `GET ${target}&x=${'a'.repeat(12500)}`,
    '200 fields': `${good}${'X: y\r\n'.repeat(200)}\r\n`,
    'a head of 17 KiB': `${good}${`X: ${'y'.repeat(1000)}\r\n`.repeat(17)}\r\n`,
    'a bare LF': `${good.replaceAll('\r\n', '\n')}\n`,
    'a bare CR': `${good}X: a\rb\r\n\r\n`,
    'a folded line': `${good}X: a\r\n b\r\n\r\n`,
    'NUL in a field': `${good}X: a\0b\r\n\r\n`,
    'NUL in the target': `GET ${target}\0 HTTP/1.1\r\nHost: ${b.host}\r\n\r\n`,
    'a blank before the colon': `${good}X : a\r\n\r\n`,
    'a line without a colon': `${good}Xa\r\n\r\n`,
    'no field name': `${good}: a\r\n\r\n`,
    'Transfer-Encoding and Content-Length': `${good}Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n`,
    'a chunked body': `${good}Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
    'two lengths': `${good}Content-Length: 0\r\nContent-Length: 0\r\n\r\n`,
    'a negative length': `${good}Content-Length: -1\r\n\r\n`,
    'a signed length': `${good}Content-Length: +0\r\n\r\n`,
    'two blanks': `GET  ${target} HTTP/1.1\r\nHost: ${b.host}\r\n\r\n`,
    'a tab': `GET\t${target} HTTP/1.1\r\nHost: ${b.host}\r\n\r\n`,
    'a fragment in the target': `GET ${target}#x HTTP/1.1\r\nHost: ${b.host}\r\n\r\n`,
    'HTTP/0.9': `GET ${target}\r\n`,
    'HTTP/1.10': `GET ${target} HTTP/1.10\r\nHost: ${b.host}\r\n\r\n`,
    'a blank line first': `\r\n${good}\r\n`,
    'the preface of HTTP/2': 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
    'a greeting of TLS': '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03',
    'the asterisk form': `OPTIONS * HTTP/1.1\r\nHost: ${b.host}\r\n\r\n`,
  };
  for (const [name, bytes] of Object.entries(bad)) {
    const answer = await b.raw(bytes, { wait: 4000 });
    assert.ok(answer.status >= 400 && answer.status < 600 && answer.status !== 500, `${name}: ${answer.status} ${answer.how}`);
    assert.notEqual(answer.how, 'waited', `${name}: the connection is closed`);
  }
  judgeAnswer(await b.raw(`GET ${target} HTTP/2.0\r\nHost: ${b.host}\r\n\r\n`), 505, 'HTTP/2.0');
});
login('A16', 'a redirect in HTTP/1.0, in pieces', {
  async browser(b) {
    const text = await b.visit();
    b.page = await b.raw(`GET ${b.path}?${text} HTTP/1.0\r\nHost: ${b.host}\r\n\r\n`, { pace: 1 });
    assert.equal(b.page.status, 200);
  },
}, accepted());
login('A17', 'fifty connections that drip: the true redirect is served at once, they are closed', {
  long: true,
  async browser(b) {
    const line = `GET ${b.path}?code=mallory HTTP/1.1\r\nHost: ${b.host}\r\nX: `;
    const slow = Array.from({ length: 50 }, () => b.raw(line, { pace: 1000, wait: 9000 }));
    const idle = b.raw('', { wait: 9000 });
    await pause(1000);
    const text = await b.visit();
    const began = Date.now();
    judgeAnswer(await b.callback(`code=mallory&state=${b.state}x`), 400);
    assert.ok(Date.now() - began < 1000, `answered after ${Date.now() - began} ms`);
    for (const { how, ms } of await Promise.all([...slow, idle])) assert.ok(how !== 'waited' && ms < 7000, `closed after ${ms} ms (${how})`);
    assert.equal((await b.goBack(text)).status, 200);
  },
}, accepted());
survives('A18', 'a response behind a fragment has no query', async (b) => {
  for (const target of [b.path, `${b.path}?`]) {
    const answer = await b.get(target);
    judgeAnswer(answer, 400, target);
    assert.match(answer.body, /fragment/);
    const scripts = [...answer.body.matchAll(/<script>([^<]*)<\/script>/g)].map(([, code]) => code);
    assert.ok(scripts.every((code) => !/fetch|XMLHttp|submit|location\.hash|sendBeacon/.test(code)), 'no script posts the fragment');
  }
});
survives('A19', 'escapes that no encoder writes', async (b, t) => {
  const iss = encodeURIComponent(t.s.issuer);
  for (const code of ['%zz', '%', '%4', '%00', 'a%00b', '%ff', '%c0%af', '%ed%a0%80', '%f5%80%80%80']) {
    const answer = await b.callback(`code=${code}&state=${b.state}&iss=${iss}`);
    judgeAnswer(answer, 400, code);
  }
  judgeAnswer(await b.callback(`Code=mallory&State=${b.state}`), 400, 'keys in another case');
});
login('A19', 'a plus and %20 are the same blank, small and large digits the same', {
  redirect: (p) => `${p.toString().replace('code=', 'x=a+b%20c&code=').replaceAll(/%[0-9A-F]{2}/g, (e) => e.toLowerCase())}`,
}, accepted());
const byForm = { args: ['--response-mode', 'form_post'] };
survives('A20', 'forms that are none', async (b, t) => {
  const form = `code=mallory&state=${b.state}&iss=${encodeURIComponent(t.s.issuer)}`;
  for (const type of ['text/plain', 'application/json', 'multipart/form-data; boundary=x', 'application/x-www-form-urlencodedx', '']) {
    judgeAnswer(await b.post(form, { type }), 415, type);
  }
  judgeAnswer(await b.post(form, { target: `${b.path}?${form}` }), 400, 'two places');
  judgeAnswer(await b.post(form, { target: `${b.path}?` }), 400, 'two places');
  judgeAnswer(await b.post(''), 400, 'an empty form');
  judgeAnswer(await b.post(`${form}\0`), 400, 'NUL');
  judgeAnswer(await b.callback(form), 405, 'GET');
  judgeAnswer(await b.raw(`POST ${b.path} HTTP/1.1\r\nHost: ${b.host}\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 10485760\r\n\r\n${
    form}&x=${'a'.repeat(100000)}`), 413, '10 MB');
}, byForm);
login('A20', 'a form with a charset and an Origin', {
  ...byForm,
  async browser(b) {
    b.page = await b.post(await b.visit(), { type: 'application/x-www-form-urlencoded; charset=UTF-8', head: 'Origin: https://login.example\r\n' });
    assert.equal(b.page.status, 200);
  },
}, accepted());
survives('A20', 'a form in query mode', async (b) => {
  judgeAnswer(await b.post(`code=mallory&state=${b.state}`), 405);
  judgeAnswer(await b.get(`${b.path}?code=mallory&state=${b.state}`, 'Content-Length: 1\r\n\r\nx'), 400, 'a GET with a body');
});
survives('A21', 'a script in what is sent', async (b) => {
  const script = encodeURIComponent('<script>alert(1)</script>');
  for (const target of [`${b.path}?error=${script}`, `${b.path}?error=${script}&state=${script}`, `/${script}`]) {
    const answer = await b.get(target);
    assert.ok(answer.status === 400 || answer.status === 404);
    judgeAnswer(answer, answer.status, target);
  }
});
ends('A21', 'a script in an error of the right issuer is escaped', errorBy({ error: 'x', error_description: '<script>alert(1)</script>' }), 'refused', {
  hooks: { async browser(b) { assert.ok(!(await b.follow()).body.includes('<script>alert')); } },
});
survives('A22', 'sixty-five parameters, and a thousand', async (b) => {
  for (const n of [62, 997]) judgeAnswer(await b.callback(`code=c&state=${b.state}&iss=x${'&x=y'.repeat(n)}`), 400);
});
login('A22', 'sixty-four parameters', { redirect: (p) => `${p}${'&x=y'.repeat(61)}` }, accepted());
survives('A22', 'a parameter of 64 KiB', async (b) => {
  judgeAnswer(await b.callback(`code=c&state=${b.state}&x=${'a'.repeat(65536)}`), 414);
});
const codeOf = (code) => ({ redirect(p) { this.code = code; p.set('code', code); } });
login('A23', 'a code of one byte', codeOf('c'), accepted({ }));
login('A23', 'a code of 8 KiB', codeOf('c'.repeat(8192)), accepted());
login('A23', 'a code of 8 KiB and a byte', codeOf('c'.repeat(8193)), refused('malformed', 'authorize'));
login('A23', 'an empty code', { redirect(p) { p.set('code', ''); } }, refused('malformed', 'authorize'));
for (const code of ['a\u0007b', 'a\u00e9b', 'a\r\nb']) {
  login('A23', `a code with ${encodeURIComponent(code)}`, { redirect(p) { p.set('code', code); } }, refused('malformed', 'authorize'));
}
scenario('A24', 'the port is shared with nobody, and localhost is both families', { args: ['--redirect-host', 'localhost'] }, async (t) => {
  await t.login(accepted(), { async browser(b) {
    assert.equal(b.redirect.hostname, 'localhost');
    for (const host of ['127.0.0.1', '::1']) {
      const answer = await send(b.port, `GET / HTTP/1.1\r\nHost: ${b.host}\r\n\r\n`, { host });
      judgeAnswer(answer, 404, host);
    }
    await b.follow();
  } });
});
scenario('A24', 'a port that another listens on, on any family, is not used', {}, async (t) => {
  for (const host of ['127.0.0.1', '0.0.0.0']) {
    const other = await t.occupy(host);
    const result = await t.home.run(['--json', 'login', t.s.issuer, '--no-browser', '--client-id', t.s.clientId, '--port', String(other.port), '--timeout', '2s']);
    await other.close();
    assert.notEqual(result.status, 0);
    assert.match(result.err, /"code":"(io|unavailable|usage|internal|busy)"/, host);
    assert.ok(!result.err.includes('/authorize?'), `no URL with a port that is not ours: ${result.err}`);
  }
});
