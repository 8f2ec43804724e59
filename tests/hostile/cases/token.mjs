// The token endpoint: answers that are none, that are too much, that never end. A code is sent once, whatever happens.
import assert from 'node:assert/strict';
import zlib from 'node:zlib';
import { accepted, login, refused, scenario } from '../scenario.mjs';
import { json, pause } from '../wire.mjs';

const bad = (rows, title, change, code = 'malformed', more = {}) =>
  login(
    rows,
    title,
    {
      ...more.hooks,
      long: more.long,
      token(reply, request) {
        return change.call(this, reply, request);
      },
    },
    refused(code, 'token', more),
  );
const badText = (rows, title, change, code = 'malformed', more = {}) =>
  bad(
    rows,
    title,
    function text(reply) {
      return json(change(JSON.stringify(reply), this));
    },
    code,
    more,
  );
const good = (rows, title, change, more = {}) =>
  login(
    rows,
    title,
    {
      ...more.hooks,
      token(reply) {
        return change.call(this, reply);
      },
    },
    accepted(more),
  );

for (const status of [301, 302, 303, 307, 308]) {
  bad('E01', `${status} to another path of the same host`, function go() {
    return { status, headers: [['Location', `${this.issuer}/elsewhere`]] };
  });
}
bad('E01', '307 to itself', function go() {
  return { status: 307, headers: [['Location', `${this.issuer}/token`]] };
});
for (const [server, says] of [
  ['selfSigned', /certificate is signed by itself|self.?signed|not trusted/],
  ['wrongHost', /certificate/],
  ['expired', /expired/],
  ['oldTls', /no trusted connection/],
]) {
  login('E02', `the issuer over TLS: ${server}`, { server }, refused('tls', undefined, { says }));
}
login('E02', 'the issuer over TLS, with the authority that was named', { server: 'https' }, accepted());
login(
  'E02',
  'the token endpoint over http, the issuer over https on another host',
  {
    server: 'https',
    metadata(doc) {
      doc.token_endpoint = 'http://mallory.example/token';
    },
  },
  refused('malformed', 'discovery'),
);
for (const [title, type] of [
  ['HTML', 'text/html'],
  ['text/plain', 'text/plain'],
  ['+json', 'application/x+json'],
  ['a form', 'application/x-www-form-urlencoded'],
  ['nothing', ''],
  ['jwt', 'application/jwt'],
  ['two at once', 'text/html, application/json'],
  ['json with a tail', 'application/jsonx'],
  ['JSON in another charset', 'application/json; charset=latin1'],
]) {
  bad('E03', `the type is ${title}`, (reply) => json(reply, { type }));
}
bad('E03', 'HTML as JSON', () => json('<html>login</html>'));
bad('E03', 'a form as JSON', () => json('access_token=x&token_type=Bearer'));
good('E03', 'application/json with its charset, in another case', (reply) =>
  json(reply, { type: 'Application/JSON; charset=UTF-8' }),
);
for (const [title, change] of [
  ['empty', () => ''],
  ['null', () => 'null'],
  ['an array', (t) => `[${t}]`],
  ['a string', () => '"x"'],
  ['a number', () => '5'],
  ['cut short', (t) => t.slice(0, -5)],
  ['trailing bytes', (t) => `${t}{}`],
  ['a byte order mark', (t) => `\ufeff${t}`],
  ['access_token twice', (t) => t.replace('{', '{"access_token":"x",')],
  ['access_token twice, by an escape', (t) => t.replace('{', '{"access\\u005ftoken":"x",')],
  ['NUL in the token', (t) => t.replace('"access-', '"a\\u0000ccess-')],
  ['a lone surrogate', (t) => t.replace('"access-', '"\\ud800access-')],
  ['no UTF-8', (t) => Buffer.from(t.replace('{', '{"x":"\xff",'), 'latin1')],
])
  badText('E04', `the body is ${title}`, change);
for (const [title, value] of [
  ['missing', undefined],
  ['empty', ''],
  ['a number', 5],
  ['null', null],
  ['of two MB', 'a'.repeat(2e6)],
  ['of 64 KiB and a byte', 'a'.repeat(65537)],
  ['with CR LF', 'a\r\nX-Injected: 1'],
  ['with a blank', 'a b'],
  ['with é', 'a\u00e9'],
  ['with a control character', 'a\u0001b'],
  ['an array', ['a']],
])
  bad('E05', `access_token is ${title}`, (reply) => {
    reply.access_token = value;
  });
for (const [title, value] of [
  ['missing', undefined],
  ['mac', 'mac'],
  ['DPoP unasked', 'DPoP'],
  ['an array', ['Bearer']],
  ['with a blank', 'Bearer '],
  ['null', null],
  ['empty', ''],
  ['N_A', 'N_A'],
]) {
  bad('E06', `token_type is ${title}`, (reply) => {
    reply.token_type = value;
  });
}
const in1h = () => Math.floor(Date.now() / 1000) + 3600;
for (const [text, lifetime] of [
  ['-1', null],
  ['"3600"', 3600],
  ['"3600s"', null],
  ['3600.7', null],
  ['100000000000000000000', null],
  ['9223372036854775808', null],
  ['18446744073709551616', null],
  ['1e999', null],
  ['null', null],
  ['true', null],
  ['[]', null],
  ['""', null],
  [`${'9'.repeat(400)}`, null],
]) {
  scenario(
    'E07',
    `expires_in is ${text.slice(0, 22)}`,
    {
      token(reply) {
        return json(JSON.stringify(reply).replace(/"expires_in":3600/, `"expires_in":${text}`));
      },
    },
    async (t) => {
      await t.login(accepted());
      const { expires_at: at } = JSON.parse((await t.token(accepted({ calls: { token: 0 } }))).out);
      if (lifetime === null) assert.equal(at, null);
      else assert.ok(Math.abs(at - in1h()) < 30, `${at}`);
    },
  );
}
scenario(
  'E07',
  'expires_in is 0: refreshed once and printed',
  {
    token(reply) {
      reply.expires_in = 0;
    },
  },
  async (t) => {
    await t.login(accepted());
    const { out } = await t.token(accepted({ calls: { token: 1 } }));
    assert.equal(JSON.parse(out).access_token, t.s.accessToken);
  },
);
for (const seconds of ['3155760000', '1e20']) {
  const change = (reply) => json(JSON.stringify(reply).replace('"expires_in":3600', `"expires_in":${seconds}`));
  scenario('E07', `expires_in is ${seconds}: capped at ten years`, { token: change }, async (t) => {
    await t.login(accepted());
    const { expires_at: at } = JSON.parse((await t.token()).out);
    assert.ok(at > in1h() && at - in1h() <= 3650 * 86400, `${at}`);
  });
}
bad('E08', 'id_token is missing', (reply) => {
  delete reply.id_token;
});
for (const value of [null, 5, '', ['x']])
  bad('E08', `id_token is ${JSON.stringify(value)}`, (reply) => {
    reply.id_token = value;
  });
good(
  'E09',
  'scope is narrower: a warning',
  (reply) => {
    reply.scope = 'openid';
  },
  { err: /^warning: not granted: .*email/m },
);
good(
  'E09',
  'scope is broader: a warning',
  (reply) => {
    reply.scope += ' admin';
  },
  { err: /^warning: .* granted more than was asked for: admin$/m },
);
scenario('E09', 'scope is broader: told once, and where it is as asked not at all', {}, async (t) => {
  const plain = await t.login(accepted());
  assert.doesNotMatch(plain.err, /more than was asked/);
  t.s.hooks.token = (reply) => void (reply.scope += ' admin');
  const broader = await t.login(accepted());
  assert.equal(broader.err.match(/more than was asked/g)?.length, 1);
  const refreshed = await t.token(accepted(), ['--refresh']);
  assert.doesNotMatch(refreshed.err, /more than was asked/);
});
good(
  'E09',
  'scope is of 63 KiB: told what is missing',
  (reply) => {
    reply.scope = Array.from({ length: 5000 }, (v, i) => `scope-${i}`).join(' ');
  },
  { err: /^warning: not granted: .*email/m },
);
good('E09', 'scope is empty, as if it were absent', (reply) => {
  reply.scope = '';
});
good('E09', 'scope is null', (reply) => {
  reply.scope = null;
});
for (const [title, scope] of [
  ['a number', 5],
  ['an array', ['openid']],
  ['with a control character', 'openid\u0007'],
  ['with a quote', 'open"id'],
  ['with an escape sequence', 'openid \u001b[31m'],
  ['of 800 KiB', Array.from({ length: 8e4 }, (v, i) => `scope${i}`).join(' ')],
]) {
  bad('E09', `scope is ${title}`, (reply) => {
    reply.scope = scope;
  });
}
for (const [title, value] of [
  ['a number', 5],
  ['an array', ['x']],
  ['with CR LF', 'a\r\nb'],
  ['of 70 KiB', 'a'.repeat(7e4)],
])
  bad('E10', `refresh_token is ${title}`, (reply) => {
    reply.refresh_token = value;
  });
bad('E11', '200 with an error', () => json({ error: 'invalid_grant' }), 'refused', { err: /"oauth_error":"invalid_grant"/ });
bad(
  'E11',
  '200 with an error beside a token',
  (reply) => {
    reply.error = 'invalid_request';
  },
  'refused',
);
bad('E11', '400 without an error', () => json({}, { status: 400 }), 'refused', {
  err: /"oauth_error":null.*"http_status":400/,
});
bad('E11', '400 with HTML', () => ({ status: 400, body: '<html>' }), 'refused');
for (const headers of [[], [['WWW-Authenticate', 'Basic realm="x"']]]) {
  bad(
    'E11',
    `401 invalid_client${headers.length ? ' with a challenge' : ''}`,
    () => json({ error: 'invalid_client' }, { status: 401, headers }),
    'refused',
    { err: /provider set/ },
  );
}
for (const status of [429, 503]) {
  bad(
    'E11',
    `${status} with Retry-After of ages: said, not waited for`,
    () => json({ error: 'slow_down' }, { status, headers: [['Retry-After', '1000000000']] }),
    'unavailable',
    { err: /"retry_after":1000000000/, within: 8000 },
  );
}
bad('E11', '500 with HTML', () => ({ status: 500, body: '<html>' }), 'unavailable');
bad('E11', '503 with a good token set: the status is judged first', (reply) => json(reply, { status: 503 }), 'unavailable');
for (const status of [201, 202, 204, 206]) bad('E11', `${status} with a good token set`, (reply) => json(reply, { status }));
bad('E11', '418 with a good token set', (reply) => json(reply, { status: 418 }), 'refused');

const raw = (lines, body) => ({
  raw: `HTTP/1.1 200 OK\r\n${lines}Content-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
});
const either = (rows, title, make, more = {}) =>
  scenario(
    rows,
    title,
    {
      ...more.hooks,
      token(reply) {
        return make.call(this, reply);
      },
    },
    async (t) => {
      const result = await t.visit([
        '--json',
        'login',
        t.s.issuer,
        '--no-browser',
        '--client-id',
        t.s.clientId,
        '--timeout',
        '30s',
      ]);
      assert.ok([5, 7].includes(result.status), `${result.status} ${result.err}`);
      assert.equal(result.out, '');
      assert.equal(t.s.count('token'), 1);
      assert.ok(!/out_of_memory|internal/.test(result.err), result.err);
      await t.assertNothingStored();
      if (more.within) assert.ok(result.ms < more.within, `took ${result.ms} ms`);
    },
  );
either('E12', 'a megabyte of headers', (reply) => raw(`X: ${'a'.repeat(1000)}\r\n`.repeat(1000), JSON.stringify(reply)));
either('E12', 'one header of a megabyte', (reply) => raw(`X: ${'a'.repeat(1e6)}\r\n`, JSON.stringify(reply)));
either('E12', 'ten thousand cookies', (reply) =>
  raw(Array.from({ length: 1e4 }, (v, i) => `Set-Cookie: c${i}=x\r\n`).join(''), JSON.stringify(reply)),
);
either(
  'E12',
  'a flood of 1xx',
  () => ({
    run: async (socket) => {
      for (let i = 0; i < 20000 && !socket.destroyed; i += 1)
        if (!socket.write('HTTP/1.1 103 Early Hints\r\nLink: <x>\r\n\r\n')) await pause(1);
    },
  }),
  { within: 20000 },
);
either('E12', 'a chunk extension without end', () => ({
  raw: `HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n5;${'x'.repeat(1e6)}`,
}));
either('E12', 'trailers without end', (reply) => ({
  raw: `HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n${JSON.stringify(
    reply,
  ).length.toString(16)}\r\n${JSON.stringify(reply)}\r\n0\r\n${`X: ${'a'.repeat(1000)}\r\n`.repeat(1000)}\r\n`,
}));
either('E12', 'both framings, which disagree', (reply) => ({
  raw: `HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n${JSON.stringify(
    reply,
  )}`,
}));
either('E12', 'a NUL in a header', (reply) => raw('X: a\0b\r\n', JSON.stringify(reply)));
either('E12', 'no HTTP at all', () => ({ raw: 'hello\r\n' }));
either('E12', 'two lengths that differ', (reply) => raw('Content-Length: 5\r\n', JSON.stringify(reply)));
scenario(
  'E12',
  'cookies are ignored',
  {
    token(reply) {
      return json(reply, {
        headers: [
          ['Set-Cookie', 'a=b'],
          ['Set-Cookie', 'c=d'],
        ],
      });
    },
  },
  async (t) => {
    await t.login(accepted());
    await t.token(accepted({ calls: { token: 1 } }), ['--refresh']);
    for (const { headers } of t.log) assert.ok(!headers.includes('cookie'));
  },
);
scenario('E12', 'what is sent: no Expect, no Accept-Encoding, no Referer', {}, async (t) => {
  await t.login(accepted());
  for (const { headers, endpoint } of t.log) {
    if (endpoint !== 'authorize')
      for (const name of ['expect', 'accept-encoding', 'referer', 'cookie'])
        assert.ok(!headers.includes(name), `${endpoint}: ${name}`);
  }
  const { fields } = t.log.find(({ endpoint }) => endpoint === 'token');
  assert.deepEqual([...fields].sort(), ['client_id', 'code', 'code_verifier', 'grant_type', 'redirect_uri']);
});

const stuck = { long: true, within: 55000, hooks: { long: true, timeout: '60s' } };
bad(
  'E13',
  'a byte a second: over after thirty seconds',
  (reply) => ({
    run: async (socket) => {
      const text = JSON.stringify(reply);
      socket.write(`HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: ${text.length}\r\n\r\n`);
      for (const byte of text) {
        if (socket.destroyed) return;
        socket.write(byte);
        await pause(1000);
      }
    },
  }),
  'unavailable',
  stuck,
);
bad(
  'E13',
  'a stall after the headers',
  () => ({
    run: async (socket) => {
      socket.write('HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{');
      while (!socket.destroyed) await pause(500);
    },
  }),
  'unavailable',
  stuck,
);
bad(
  'E13',
  'no answer at all: over after thirty seconds',
  () => ({
    run: async (socket) => {
      while (!socket.destroyed) await pause(500);
    },
  }),
  'unavailable',
  stuck,
);
bad('E13 E11', 'closed without an answer: the code is not sent again', () => ({ raw: '' }), 'unavailable');
bad(
  'E13 E11',
  'closed without an answer on a connection that was kept: the code is not sent again',
  () => ({ raw: '' }),
  'unavailable',
  {
    hooks: {
      async browser(b, t) {
        const text = await b.visit();
        while (t.s.count('jwks') === 0) await pause(5);
        await pause(50); // the answer has to arrive, so that its connection is free
        return b.goBack(text);
      },
    },
  },
);
bad(
  'E13',
  'closed in the middle of the body',
  (reply) => ({
    raw: `HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 9000\r\n\r\n${JSON.stringify(reply)}`,
  }),
  'unavailable',
);
for (const [name, pack] of [
  ['gzip', zlib.gzipSync],
  ['br', zlib.brotliCompressSync],
  ['deflate', zlib.deflateSync],
  ['gzip, gzip', (data) => zlib.gzipSync(zlib.gzipSync(data))],
]) {
  scenario(
    'E14',
    `a bomb in ${name}`,
    {
      token() {
        return json(this.bomb, { headers: [['Content-Encoding', name]] });
      },
    },
    async (t) => {
      t.s.bomb = pack(Buffer.alloc(5e7, ' ')); // before the time of the login is taken
      await t.login(refused('malformed', 'token', { within: 20000 }));
    },
  );
}
badText('E14 E05', 'a body of two MB', (text) => text.replace('{', `{"x":"${'a'.repeat(2e6)}",`));

bad(
  'E18',
  'a description with escape sequences, told in text',
  () =>
    json({ error: 'invalid_request', error_description: '\u001b[2J\u001b]0;t\u0007red\u202e\r\nInjected: x' }, { status: 400 }),
  'refused',
  { text: true, hides: ['\u001b', '\u202e', '\nInjected'] },
);
bad(
  'E18',
  'code, verifier and secret are echoed',
  (reply, { form, headers }) =>
    json(
      {
        error: 'invalid_request',
        error_description: `bad code=${form.get('code')} verifier=${form.get('code_verifier')} auth=${headers.authorization ?? ''}`,
        error_uri: `https://x.example/?${form.get('code')}`,
      },
      { status: 400 },
    ),
  'refused',
  { err: /bad code=/ },
);
bad(
  'E18',
  'the client secret is echoed',
  function echo() {
    return json({ error: 'invalid_client', error_description: `secret ${this.clientSecret} is wrong` }, { status: 401 });
  },
  'refused',
  { hooks: { clientSecret: 'correct horse battery staple' }, err: /is wrong/ },
);
bad(
  'E18',
  'a description of a megabyte less a little',
  () => json({ error: 'x', error_description: 'd'.repeat(9e5) }, { status: 400 }),
  'refused',
  { hides: ['d'.repeat(257)] },
);
bad(
  'E18',
  'a description of two megabytes',
  () => json({ error: 'x', error_description: 'd'.repeat(2e6) }, { status: 400 }),
  'malformed',
  { hides: ['d'.repeat(257)] },
);
bad('E18', 'an error code of ten KiB', () => json({ error: 'e'.repeat(10000) }, { status: 400 }), 'refused', {
  hides: ['e'.repeat(65)],
});
