// Metadata that is somebody else's, means two things, or never ends. Nothing of it may reach the browser or a token endpoint.
import assert from 'node:assert/strict';
import zlib from 'node:zlib';
import { accepted, login, refused, scenario } from '../scenario.mjs';
import { json, pause } from '../wire.mjs';

const bad = (rows, title, change, code = 'malformed', more = {}) =>
  login(
    rows,
    title,
    {
      metadata(doc) {
        return change.call(this, doc);
      },
      ...more.hooks,
    },
    refused(code, 'discovery', more),
  );
// The document as text, changed by hand.
const badText = (rows, title, change, code = 'malformed', more = {}) =>
  bad(
    rows,
    title,
    function change_(doc) {
      return json(change(JSON.stringify(doc), this));
    },
    code,
    more,
  );

for (const [title, change, code] of [
  ['missing', () => undefined, 'malformed'],
  ['null', () => null, 'malformed'],
  ['a number', () => 1, 'malformed'],
  ['an array', (iss) => [iss], 'malformed'],
  ['empty', () => '', 'malformed'],
  ['another', () => 'https://mallory.example', 'issuer_mismatch'],
  ['with a slash more', (iss) => `${iss}/`, 'issuer_mismatch'],
  ['cut short', (iss) => iss.slice(0, -1), 'issuer_mismatch'],
  ['https', (iss) => iss.replace('http:', 'https:'), 'issuer_mismatch'],
  ['with a user', (iss) => iss.replace('//', '//a@'), 'issuer_mismatch'],
  ['with a query', (iss) => `${iss}?x`, 'issuer_mismatch'],
  ['with a fragment', (iss) => `${iss}#x`, 'issuer_mismatch'],
  ['in upper case', (iss) => iss.toUpperCase(), 'issuer_mismatch'],
  ['a look-alike', (iss) => iss.replace('s', '\u0455'), 'issuer_mismatch'],
]) {
  bad(
    'M01',
    `issuer is ${title}`,
    (doc) => {
      doc.issuer = change(doc.issuer);
    },
    code,
  );
}
scenario('M01', 'an issuer that is none is refused before anything is sent', {}, async (t) => {
  const { issuer } = t.s;
  for (const url of [
    `${issuer}#x`,
    issuer.replace('//', '//user@'),
    'http://192.0.2.1/x',
    'ftp://127.0.0.1/',
  ]) {
    const result = await t.home.run(['--json', 'login', url, '--no-browser', '--client-id', 'x', '--timeout', '1s']);
    assert.ok([2, 3].includes(result.status), `${url}: ${result.status} ${result.err}`);
    assert.equal(result.out, '');
  }
  assert.deepEqual(t.log, []);
});
for (const member of ['authorization_endpoint', 'token_endpoint', 'userinfo_endpoint', 'jwks_uri', 'revocation_endpoint']) {
  bad('M02', `${member} is http on another host`, (doc) => {
    doc[member] = 'http://mallory.example/x';
  });
}
for (const url of [
  '/relative',
  '//127.0.0.1/x',
  'file:///etc/passwd',
  'javascript:alert(1)',
  'data:text/html,x',
  'https://mail.example:25/',
  'https://a@mallory.example/',
  'https://x.example/#frag',
  'https://x.example/a\r\nX: y',
  'https://x.example/a b',
  'https://',
  '',
  'http://169.254.169.254/latest',
]) {
  bad('M02', `token_endpoint is ${JSON.stringify(url)}`, (doc) => {
    doc.token_endpoint = url;
  });
}
// A loopback issuer may have private addresses; a public one may not: a preset file names it and its endpoints, without discovery.
scenario('M02', 'private addresses of a public issuer', {}, async (t) => {
  const open = (url) => {
    const preset = { id: 'rogue', name: 'Rogue', issuer: 'https://login.example', kind: 'oauth2', discovery: 'none' };
    const endpoints = { authorization_endpoint: 'https://login.example/authorize', token_endpoint: url };
    t.home.write('config/oauthctl/providers/rogue.json', JSON.stringify({ ...preset, ...endpoints }));
    return t.home.run(['--json', 'login', 'rogue', '--no-browser', '--client-id', 'x', '--timeout', '1s']);
  };
  for (const host of ['169.254.169.254', '10.0.0.1', '[::1]', 'localhost', '127.0.0.1']) {
    const result = await open(`https://${host}/x`);
    assert.match(result.err, /is left out: .*private network/, host);
    assert.ok(!result.err.includes('/authorize?'), host);
    assert.equal(result.status, 3);
  }
  const control = await open('https://login.example/token');
  assert.match(control.err, /https:\/\/login\.example\/authorize\?/, 'the same preset with a public address');
  assert.equal(control.status, 9);
});
for (const status of [301, 302, 303, 307, 308]) {
  bad('M03', `a redirect by ${status}`, function go() {
    return { status, headers: [['Location', `${this.issuer}/elsewhere`]] };
  });
}
for (const status of [302, 307]) {
  bad(
    'M03',
    `a redirect by ${status} to another origin, which has a good document`,
    function go({ issuer }) {
      const isFirst = this.count('discovery') === 1;
      return isFirst ? { status, headers: [['Location', `${this.elsewhere}/.well-known/openid-configuration`]] } : json({ issuer });
    },
    'malformed',
    { calls: { discovery: 1 } },
  );
}
bad('M03', 'a redirect to the other well-known address', function go() {
  return {
    status: 302,
    headers: [['Location', this.issuer.replace(/\/(s\d+)$/, '/.well-known/oauth-authorization-server/$1')]],
  };
});

login(
  'M04',
  'the first candidate is 404, the second is good',
  {
    any(endpoint, { path }) {
      return endpoint === 'discovery' && path.endsWith('openid-configuration') && path.startsWith('/s')
        ? { status: 404 }
        : null;
    },
  },
  accepted({ calls: { discovery: 2 } }),
);
// Then the URL itself is asked, for it may be a protected resource.
bad('M04', 'every candidate is 404', () => ({ status: 404 }), 'not_found', {
  calls: { discovery: 3, described: 1, itself: 1 },
});
bad(
  'M04',
  'the first candidate is 404, the second is down: later, not never',
  function down() {
    return this.log.at(-1).path.endsWith('openid-configuration') && this.count('discovery') === 1 ? { status: 404 } : { status: 503 };
  },
  'unavailable',
  { calls: { discovery: 2 } },
);
for (const status of [429, 500, 503]) {
  bad(
    'M04',
    `HTTP ${status} is not the end of the world`,
    () => json({}, { status, headers: [['Retry-After', '7']] }),
    'unavailable',
    { calls: { discovery: 1 }, err: /"retry_after":7/ },
  );
}
bad(
  'M04',
  'a mismatch at the first candidate ends it',
  (doc) => {
    doc.issuer += 'x';
  },
  'issuer_mismatch',
  { calls: { discovery: 1 } },
);
for (const [title, make] of [
  ['200 with HTML', () => ({ headers: [['Content-Type', 'text/html']], body: '<html>' })],
  ['a document as text/plain', (doc) => json(doc, { type: 'text/plain' })],
  ['a document without a type', (doc) => json(doc, { type: '' })],
  ['a document as JWT', (doc) => json(doc, { type: 'application/jwt' })],
  ['204', () => ({ status: 204 })],
  ['206', (doc) => json(doc, { status: 206 })],
  ['304 unasked', () => ({ status: 304 })],
])
  bad('M04', title, make);
for (const [title, change] of [
  ['an empty body', () => ''],
  ['blanks', () => '  '],
  ['a byte order mark', (text) => `\ufeff${text}`],
  ['UTF-16', (text) => Buffer.from(text, 'utf16le')],
  ['trailing garbage', (text) => `${text}x`],
  ['two documents', (text) => text + text],
  ['NaN', (text) => text.replace('"code"', 'NaN')],
  ['a comment', (text) => `/* */${text}`],
  ['cut short', (text) => text.slice(0, -1)],
  ['a trailing comma', (text) => text.replace(/}$/, ',}')],
  ['single quotes', (text) => text.replaceAll('"', "'")],
  ['an array', (text) => `[${text}]`],
  ['null', () => 'null'],
  ['a string', () => '"x"'],
  ['an overlong escape', (text) => Buffer.concat([Buffer.from(text.slice(0, -1)), Buffer.from(',"x":"\xc0\xaf"}', 'latin1')])],
])
  badText('M04 M08', title, change);
badText('M05', 'issuer twice', (text) => text.replace('{', '{"issuer":"https://mallory.example",'));
badText('M05', 'issuer twice, the good one first', (text) => text.replace(/}$/, ',"issuer":"https://mallory.example"}'));
badText('M05', 'token_endpoint twice, once by an escape', (text) =>
  text.replace('{', '{"token\\u005fendpoint":"https://mallory.example/",'),
);
badText('M05', 'a key twice deep inside', (text) => text.replace('{', '{"x":{"y":[{"a":1,"a":2}]},'));

const over = { within: 8000 };
badText('M06', 'ten MB', (text) => text.replace('{', `{"x":"${'a'.repeat(10e6)}",`), 'malformed', over);
badText('M06', 'one string of 256 KiB', (text) => text.replace('{', `{"x":"${'a'.repeat(262144)}",`), 'malformed', over);
badText(
  'M06',
  'a hundred thousand arrays deep',
  (text) => text.replace('{', `{"x":${'['.repeat(1e5)}${']'.repeat(1e5)},`),
  'malformed',
  over,
);
badText('M06', 'thirty-three deep', (text) => text.replace('{', `{"x":${'['.repeat(32)}${']'.repeat(32)},`));
login(
  'M06',
  'thirty-two deep',
  {
    metadata(doc) {
      return json(JSON.stringify(doc).replace('{', `{"x":${'['.repeat(31)}${']'.repeat(31)},`));
    },
  },
  accepted(),
);
badText(
  'M06',
  'twenty thousand keys',
  (text) => text.replace('{', `{${Array.from({ length: 3e4 }, (v, i) => `"k${i}":${i}`).join()},`),
  'malformed',
  over,
);
bad(
  'M06',
  'a gzip bomb',
  () => json(zlib.gzipSync(Buffer.alloc(5e7, ' ')), { headers: [['Content-Encoding', 'gzip']] }),
  'malformed',
  over,
);
bad('M06', 'a good document, compressed unasked', (doc) =>
  json(zlib.gzipSync(JSON.stringify(doc)), { headers: [['Content-Encoding', 'gzip']] }),
);
bad(
  'M06',
  'a length that is announced and huge',
  () => ({ raw: 'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 99999999999\r\n\r\n{' }),
  'malformed',
  over,
);
bad(
  'M06',
  'a length that lies: less comes',
  (doc) => ({
    ...json(doc),
    headers: [
      ['Content-Type', 'application/json'],
      ['Content-Length', '9000'],
    ],
    body: JSON.stringify(doc),
  }),
  'unavailable',
  { within: 28000, hooks: { long: true } },
);
bad('M06', 'a length that lies: more comes', (doc) => ({
  raw: `HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 10\r\n\r\n${JSON.stringify(doc)}`,
}));
bad(
  'M06',
  'chunks without end, fast',
  () => ({
    run: async (socket) => {
      socket.write('HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n');
      for (let i = 0; i < 5000 && !socket.destroyed; i += 1) {
        if (!socket.write(`4000\r\n${' '.repeat(16384)}\r\n`))
          await Promise.race([new Promise((done) => socket.once('drain', done)), pause(200)]);
      }
    },
  }),
  'malformed',
  over,
);
bad(
  'M06',
  'chunks without end, slow: over after fifteen seconds',
  () => ({
    run: async (socket) => {
      socket.write('HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n');
      for (let i = 0; i < 400 && !socket.destroyed; i += 1) {
        socket.write(`20\r\n${' '.repeat(32)}\r\n`);
        await pause(250);
      }
    },
  }),
  'unavailable',
  { within: 28000, hooks: { long: true } },
);

for (const [member, value] of [
  ['authorization_endpoint', ['https://x.example/']],
  ['token_endpoint', 1],
  ['token_endpoint', {}],
  ['jwks_uri', true],
  ['userinfo_endpoint', ['x']],
  ['code_challenge_methods_supported', 'S256'],
  ['code_challenge_methods_supported', { S256: true }],
  ['response_types_supported', 'code'],
  ['response_types_supported', [1]],
  ['id_token_signing_alg_values_supported', 'RS256'],
  ['id_token_signing_alg_values_supported', [null]],
  ['scopes_supported', 'openid'],
  ['scopes_supported', true],
  ['response_types_supported', false],
  ['token_endpoint_auth_methods_supported', 5],
  ['authorization_response_iss_parameter_supported', 'true'],
  ['authorization_response_iss_parameter_supported', 1],
])
  bad('M07', `${member} is ${JSON.stringify(value)}`, (doc) => {
    doc[member] = value;
  });
badText('M07', 'a number too large for any', (text) => text.replace('{', '{"x":1e999,'));
login(
  'M07',
  'members that nobody knows, of every kind',
  {
    metadata(doc) {
      Object.assign(doc, {
        x: null,
        y: [1, 'a', {}],
        z: { a: [true] },
        mtls_endpoint_aliases: { token_endpoint: 'https://mallory.example/' },
      });
    },
  },
  accepted(),
);
for (const [title, change] of [
  ['NUL in issuer', (text, s) => text.replace(s.issuer, `${s.issuer}\\u0000.evil`)],
  ['NUL in an endpoint', (text) => text.replace('/token"', '/token\\u0000.evil"')],
  ['a lone surrogate', (text) => text.replace('{', '{"x":"\\ud800",')],
  ['NUL as a byte', (text) => text.replace('{', '{"x":"a\0b",')],
  ['a control character in a string', (text) => text.replace('{', '{"x":"a\u0001b",')],
  ['a byte that is no UTF-8', (text) => Buffer.from(text.replace('{', '{"x":"\xff",'), 'latin1')],
])
  badText('M08', title, change);
bad(
  'M09',
  'no response type "code"',
  (doc) => {
    doc.response_types_supported = ['id_token', 'code token'];
  },
  'malformed',
  { says: /"code"/ },
);
for (const list of [['none'], ['none', 'HS256'], [], ['rs256']]) {
  bad(
    'M09',
    `algorithms: ${JSON.stringify(list)}`,
    (doc) => {
      doc.id_token_signing_alg_values_supported = list;
    },
    'malformed',
    { says: /public key/ },
  );
}
for (const missing of ['authorization_endpoint', 'token_endpoint']) {
  bad(
    'M09',
    `no ${missing}`,
    (doc) => {
      delete doc[missing];
    },
    'malformed',
    { says: new RegExp(missing) },
  );
}
for (const issuer of ['https://login.microsoftonline.com/{tenantid}/v2.0', 'https://login.microsoftonline.com/common/v2.0']) {
  bad(
    'M10',
    `a template of another company, ${issuer.slice(34, 44)}`,
    (doc) => {
      doc.issuer = issuer;
    },
    'issuer_mismatch',
  );
}
bad(
  'M10',
  'a template of our own host',
  (doc) => {
    doc.issuer = doc.issuer.replace(/s\d+$/, '{tenantid}');
  },
  'issuer_mismatch',
);
scenario('M11', 'the metadata changes between authorization and callback', {}, async (t) => {
  t.s.hooks.authorize = () => {
    t.s.hooks.metadata = (doc) => {
      for (const name of Object.keys(doc)) if (/_endpoint$|_uri$/.test(name)) doc[name] = `${t.s.issuer}/evil`;
    };
  };
  await t.login(accepted({ calls: { discovery: 1 } }));
  t.home.forgetCache();
  t.s.hooks.authorize = undefined;
  await t.ctl(['provider', 'discover', t.s.issuer], accepted({ calls: { discovery: 1 } }));
});
