// The loopback listener: whatever is thrown at it, a request that is not this login's redirect changes nothing, and the true one,
// sent afterwards, is served.
import assert from 'node:assert/strict';
import { ends, judgeAnswer, survives } from '../attack.mjs';
import { accepted, login, refused, scenario } from '../scenario.mjs';
import { pause, send } from '../wire.mjs';

const errorBy = (members) => (text, s, p) =>
  new URLSearchParams({ state: p.get('state'), iss: s.issuer, ...members }).toString();

survives('A13', 'other paths', async (b, t) => {
  const query = `code=mallory&state=${b.state}&iss=${encodeURIComponent(t.s.issuer)}`;
  for (const path of [
    '/',
    '/other',
    `${b.path}/`,
    `${b.path}x`,
    b.path.toUpperCase(),
    `/${b.path}`,
    `/x/..${b.path}`,
    b.path.replace('c', '%63'),
  ]) {
    judgeAnswer(await b.get(`${path}?${query}`), 404, path);
  }
});
login(
  'A13',
  'after the end nobody listens',
  {
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
  },
  accepted(),
);
survives('A14', "a host that is not ours, a proxy's form, a script of another site", async (b) => {
  const line = `GET ${b.path}?code=mallory&state=${b.state}&iss=x HTTP/1.1\r\n`;
  for (const host of [
    'mallory.example',
    `mallory.example:${b.port}`,
    `localhost:${b.port}`,
    '127.0.0.1',
    `127.0.0.1:${b.port + 1}`,
    `127.0.0.1:${b.port}.`,
    `a@${b.host}`,
  ]) {
    judgeAnswer(await b.raw(`${line}Host: ${host}\r\n\r\n`), 400, host);
  }
  judgeAnswer(await b.raw(`${line}\r\n`), 400, 'no Host');
  judgeAnswer(await b.raw(`${line}Host: ${b.host}\r\nHost: ${b.host}\r\n\r\n`), 400, 'two Hosts');
  judgeAnswer(
    await b.raw(`GET http://${b.host}${b.path}?code=x&state=${b.state} HTTP/1.1\r\nHost: ${b.host}\r\n\r\n`),
    400,
    'absolute form',
  );
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
login(
  'A16',
  'a redirect in HTTP/1.0, in pieces',
  {
    async browser(b) {
      const text = await b.visit();
      b.page = await b.raw(`GET ${b.path}?${text} HTTP/1.0\r\nHost: ${b.host}\r\n\r\n`, { pace: 1 });
      assert.equal(b.page.status, 200);
    },
  },
  accepted(),
);
login(
  'A17',
  'fifty connections that drip: the true redirect is served at once, they are closed',
  {
    long: true,
    async browser(b) {
      const line = `GET ${b.path}?code=mallory HTTP/1.1\r\nHost: ${b.host}\r\nX: `;
      const slow = Array.from({ length: 50 }, () => b.raw(line, { pace: 1000, wait: 20000 }));
      const idle = b.raw('', { wait: 20000 });
      await pause(1000);
      const text = await b.visit();
      const began = Date.now();
      judgeAnswer(await b.callback(`code=mallory&state=${b.state}x`), 400);
      assert.ok(Date.now() - began < 4000, `answered after ${Date.now() - began} ms`);
      for (const { how, ms } of await Promise.all([...slow, idle]))
        assert.ok(how !== 'waited' && ms < 9500, `closed after ${ms} ms (${how})`);
      assert.equal((await b.goBack(text)).status, 200);
    },
  },
  accepted(),
);
survives('A18', 'a response behind a fragment has no query', async (b) => {
  for (const target of [b.path, `${b.path}?`]) {
    const answer = await b.get(target);
    judgeAnswer(answer, 400, target);
    assert.match(answer.body, /fragment/);
    const scripts = [...answer.body.matchAll(/<script>([^<]*)<\/script>/g)].map(([, code]) => code);
    assert.ok(
      scripts.every((code) => !/fetch|XMLHttp|submit|location\.hash|sendBeacon/.test(code)),
      'no script posts the fragment',
    );
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
login(
  'A19',
  'a plus and %20 are the same blank, small and large digits the same',
  {
    redirect: (p) =>
      `${p
        .toString()
        .replace('code=', 'x=a+b%20c&code=')
        .replaceAll(/%[0-9A-F]{2}/g, (e) => e.toLowerCase())}`,
  },
  accepted(),
);
const byForm = { args: ['--response-mode', 'form_post'] };
survives(
  'A20',
  'forms that are none',
  async (b, t) => {
    const form = `code=mallory&state=${b.state}&iss=${encodeURIComponent(t.s.issuer)}`;
    for (const type of [
      'text/plain',
      'application/json',
      'multipart/form-data; boundary=x',
      'application/x-www-form-urlencodedx',
      '',
    ]) {
      judgeAnswer(await b.post(form, { type }), 415, type);
    }
    judgeAnswer(await b.post(form, { target: `${b.path}?${form}` }), 400, 'two places');
    judgeAnswer(await b.post(form, { target: `${b.path}?` }), 400, 'two places');
    judgeAnswer(await b.post(''), 400, 'an empty form');
    judgeAnswer(await b.post(`${form}\0`), 400, 'NUL');
    judgeAnswer(await b.callback(form), 405, 'GET');
    judgeAnswer(
      await b.raw(
        `POST ${b.path} HTTP/1.1\r\nHost: ${b.host}\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 10485760\r\n\r\n${
          form
        }&x=${'a'.repeat(100000)}`,
      ),
      413,
      '10 MB',
    );
  },
  byForm,
);
login(
  'A20',
  'a form with a charset and an Origin',
  {
    ...byForm,
    async browser(b) {
      b.page = await b.post(await b.visit(), {
        type: 'application/x-www-form-urlencoded; charset=UTF-8',
        head: 'Origin: https://login.example\r\n',
      });
      assert.equal(b.page.status, 200);
    },
  },
  accepted(),
);
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
ends(
  'A21',
  'a script in an error of the right issuer is escaped',
  errorBy({ error: 'x', error_description: '<script>alert(1)</script>' }),
  'refused',
  {
    hooks: {
      async browser(b) {
        assert.ok(!(await b.follow()).body.includes('<script>alert'));
      },
    },
  },
);
survives('A22', 'sixty-five parameters, and a thousand', async (b) => {
  for (const n of [62, 997]) judgeAnswer(await b.callback(`code=c&state=${b.state}&iss=x${'&x=y'.repeat(n)}`), 400);
});
login('A22', 'sixty-four parameters', { redirect: (p) => `${p}${'&x=y'.repeat(61)}` }, accepted());
survives('A22', 'a parameter of 64 KiB', async (b) => {
  judgeAnswer(await b.callback(`code=c&state=${b.state}&x=${'a'.repeat(65536)}`), 414);
});
const codeOf = (code) => ({
  redirect(p) {
    this.code = code;
    p.set('code', code);
  },
});
login('A23', 'a code of one byte', codeOf('c'), accepted({}));
login('A23', 'a code of 8 KiB', codeOf('c'.repeat(8192)), accepted());
login('A23', 'a code of 8 KiB and a byte', codeOf('c'.repeat(8193)), refused('malformed', 'authorize'));
login(
  'A23',
  'an empty code',
  {
    redirect(p) {
      p.set('code', '');
    },
  },
  refused('malformed', 'authorize'),
);
for (const code of ['a\u0007b', 'a\u00e9b', 'a\r\nb']) {
  login(
    'A23',
    `a code with ${encodeURIComponent(code)}`,
    {
      redirect(p) {
        p.set('code', code);
      },
    },
    refused('malformed', 'authorize'),
  );
}
scenario(
  'A24',
  'the port is shared with nobody, and localhost is both families',
  { args: ['--redirect-host', 'localhost'] },
  async (t) => {
    await t.login(accepted(), {
      async browser(b) {
        assert.equal(b.redirect.hostname, 'localhost');
        for (const host of ['127.0.0.1', '::1']) {
          const answer = await send(b.port, `GET / HTTP/1.1\r\nHost: ${b.host}\r\n\r\n`, { host });
          judgeAnswer(answer, 404, host);
        }
        await b.follow();
      },
    });
  },
);
scenario('A24', 'a port that another listens on, on any family, is not used', {}, async (t) => {
  for (const [host, redirectHost] of [
    ['127.0.0.1', '127.0.0.1'],
    ['0.0.0.0', '127.0.0.1'],
    ['::', '127.0.0.1'],
    ['::1', 'localhost'],
    ['127.0.0.1', 'localhost'],
  ]) {
    const other = await t.occupy(host);
    const result = await t.home.run([
      '--json',
      'login',
      t.s.issuer,
      '--no-browser',
      '--client-id',
      t.s.clientId,
      '--redirect-host',
      redirectHost,
      '--port',
      String(other.port),
      '--timeout',
      '2s',
    ]);
    await other.close();
    assert.equal(result.status, 5, `${host}: ${result.err}`);
    assert.match(result.err, /"message":"port \d+ on (127\.0\.0\.1|localhost): in use"/, host);
    assert.ok(!result.err.includes('/authorize?'), `no URL with a port that is not ours: ${result.err}`);
  }
});
