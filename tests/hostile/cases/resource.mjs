// Login at a protected resource (RFC 9728, as MCP's servers have it): what guards it is only known from what it says itself, so
// nothing of that is believed beyond the resource, and no token ever goes there.
import assert from 'node:assert/strict';
import zlib from 'node:zlib';
import { accepted, refused, scenario } from '../scenario.mjs';
import { json, pause } from '../wire.mjs';

const to = (s) => s.resource;
// The token is for the resource alone: userinfo is not asked. What was asked of it came without a token.
const play = (want) => async (t) => {
  await t.login(want);
  for (const { endpoint, request } of t.log)
    if (endpoint !== 'userinfo') assert.equal(request.headers.authorization, undefined, `a token at ${endpoint}`);
};
const good = (rows, title, hooks = {}, more = {}) =>
  scenario(rows, title, { loginTo: to, ...hooks }, play(accepted({ ...more, calls: { userinfo: 0, ...more.calls } })));
// Nobody is sent to a browser, and the authorization server is asked nothing (stage: unless it says how far it came).
const bad = (rows, title, hooks, code = 'malformed', { server = 0, stage = 'discovery', ...more } = {}) =>
  scenario(
    rows,
    title,
    { loginTo: to, ...hooks },
    play(refused(code, stage, { ...more, calls: { discovery: server, ...more.calls } })),
  );
const document = (change) => ({ resource: (doc) => void change(doc) });
const answer = (make) => ({
  resource(doc) {
    return make.call(this, doc);
  },
});

// PR01: the challenge
good('PR01', 'a challenge says where the metadata lies', {}, { calls: { api: 1, described: 1, discovery: 1 } });
good('PR01', 'no challenge: they lie at a well-known address', { challenge: () => [] });
good('PR01', 'two challenges, one of another scheme', {
  challenge: (value) => ['Basic realm="x", resource_metadata="https://mallory.example/x"', value],
});
good('PR01', 'two of one scheme: the first counts', {
  challenge(value) {
    return [value, `Bearer resource_metadata="${this.issuer}/evil"`];
  },
});
good('PR01', 'both in one field, in another case', { challenge: (value) => `Negotiate YII=, ${value.replace('Bearer', 'bEARER')}` });
good('PR01', 'a challenge for bound tokens alone', { challenge: (value) => value.replace('Bearer', 'DPoP algs="ES256",') }, {
  calls: { api: 1, described: 1 },
});
good('PR01', 'the address is at another origin, the document is about this resource', {
  challenge(value) {
    return value.replace(new URL(this.issuer).origin, new URL(this.elsewhere).origin);
  },
});
bad('PR01', 'the address is at another origin, the document about a resource there', {
  challenge(value) {
    return value.replace(new URL(this.issuer).origin, new URL(this.elsewhere).origin);
  },
  resource(doc) {
    doc.resource = `${this.elsewhere}/api`;
  },
}, 'issuer_mismatch', { calls: { described: 1 } });
for (const url of [
  'http://mallory.example/x',
  'file:///etc/passwd',
  'javascript:alert(1)',
  '/relative',
  'https://a@mallory.example/',
  'https://mallory.example:25/',
  'https://mallory.example/#x',
  'https://mallory.example/a b',
  'https://mallory.example/\u00e9',
  '',
])
  bad('PR01', `the address is ${JSON.stringify(url)}`, { challenge: () => `Bearer resource_metadata="${url}"` }, 'malformed', {
    calls: { api: 1, described: 0 },
  });
bad('PR01', 'a challenge of 64 KiB', { challenge: (value) => `${value}, x="${'a'.repeat(65536)}"` }, 'malformed', {
  calls: { api: 1, described: 0 },
});
good('PR01', 'a challenge of 32 KiB', { challenge: (value) => `${value}, x="${'a'.repeat(32768)}"` });
good('PR01', 'a scope in the challenge counts before those of the document', { challenge: (value) => `${value}, scope="api.write"` }, {
  err: /scope=(\S*\+)?api\.write/,
});
for (const [title, scope] of [
  ['a control character', 'a\u0001b'],
  ['a quotation mark', 'a\\"b'],
  ['an escape sequence', 'a\u001b[31m'],
  ['letters beyond ASCII', 'a\u00e9'],
])
  bad('PR01', `${title} in the scope of a challenge`, { challenge: (value) => `${value}, scope="${scope}"` }, 'malformed', {
    calls: { api: 1, described: 0 },
    hides: ['\u001b', '%1B'],
  });
for (const status of [429, 500, 503])
  bad('PR01', `the resource answers ${status}`, { challenge: () => json({}, { status, headers: [['Retry-After', '7']] }) }, 'unavailable', {
    calls: { api: 1, described: 0 },
    err: /"retry_after":7/,
  });

// PR02: whose document it is
for (const [title, change] of [
  ['another host', () => 'https://mallory.example/api'],
  ['another port', (url, s) => `${s.elsewhere}/api`],
  ['another scheme', (url) => url.replace('http:', 'https:')],
  ['another path', (url) => url.replace(/api$/, 'other')],
  ['a path beneath it', (url) => `${url}/x`],
  ['what it is part of', (url) => url.replace(/\/api$/, '')],
  ['half a segment', (url) => url.slice(0, -1)],
  ['one with a user name', (url) => url.replace('//', '//a@')],
  ['one with a fragment', (url) => `${url}#x`],
  ['one with a query', (url) => `${url}?x`],
  ['a look-alike', (url) => url.replace('api', '\u0430pi')],
])
  bad(
    'PR02',
    `the document is about ${title}`,
    {
      resource(doc) {
        doc.resource = change(doc.resource, this);
      },
    },
    title === 'a look-alike' ? 'malformed' : 'issuer_mismatch',
  );
for (const value of [undefined, null, 1, '', ['http://127.0.0.1/'], 'api', 'urn:x'])
  bad('PR02', `resource is ${JSON.stringify(value)}`, document((doc) => (doc.resource = value)));

// PR03: who guards it
for (const value of [undefined, null, [], 'https://op.example', [1], [null], {}, [['https://op.example']]])
  bad('PR03', `authorization_servers is ${JSON.stringify(value)}`, document((doc) => (doc.authorization_servers = value)));
for (const url of [
  'http://mallory.example',
  'http://10.0.0.1/',
  'http://169.254.169.254/',
  'https://a@mallory.example',
  'https://mallory.example/?x',
  'https://mallory.example/#x',
  'https://mallory.example:25',
  'javascript:alert(1)',
  'file:///etc/passwd',
  'op.example',
  '',
]) {
  bad('PR03', `an authorization server is ${JSON.stringify(url)}`, document((doc) => (doc.authorization_servers = [url])));
  bad('PR03', `one of two authorization servers is ${JSON.stringify(url)}`, document((doc) => doc.authorization_servers.push(url)));
}
good('PR03', 'two authorization servers: the first is asked, the second not', {
  resource(doc) {
    doc.authorization_servers.push(`${this.issuer}/second`);
  },
});
for (const [title, reply] of [
  ['whose OpenID document does not say S256', (doc) => (delete doc.code_challenge_methods_supported, json(doc))],
  ['with HTML in place of its OpenID document', () => ({ headers: [['Content-Type', 'text/html']], body: '<html>' })],
  ['whose OpenID document is of another issuer', (doc) => json({ ...doc, issuer: 'https://mallory.example' })],
])
  good('PR03', `an authorization server ${title}: RFC 8414 comes first`, {
    any(endpoint, { path }) {
      if (endpoint !== 'discovery' || path.includes('/oauth-authorization-server/')) return undefined;
      return reply(JSON.parse(this.metadata().body));
    },
  }, { calls: { discovery: 1 } });
bad('PR03', 'an authorization server whose RFC 8414 document is of another issuer: no other is asked', {
  any(endpoint, { path }) {
    if (endpoint !== 'discovery' || !path.includes('/oauth-authorization-server/')) return undefined;
    return json({ ...JSON.parse(this.metadata().body), issuer: 'https://mallory.example' });
  },
}, 'issuer_mismatch', { server: 1 });
good('PR03', 'one of them twice', document((doc) => doc.authorization_servers.push(doc.authorization_servers[0])));
for (const [title, metadata, code] of [
  ['whose metadata are of another issuer', (doc) => (doc.issuer += 'x'), 'issuer_mismatch'],
  ['that does not say S256', (doc) => delete doc.code_challenge_methods_supported, 'malformed'],
  ['whose token endpoint is nobody\'s', (doc) => (doc.token_endpoint = 'http://mallory.example/'), 'malformed'],
])
  bad('PR03', `an authorization server ${title}`, { metadata: (doc) => void metadata(doc) }, code, { server: 1 });

// PR04: what comes in place of a document. The resource's own word on where it lies is the only one.
for (const status of [301, 302, 303, 307, 308])
  bad('PR04', `a redirect by ${status}`, answer(function go() {
    return { status, headers: [['Location', `${this.issuer}/elsewhere`]] };
  }));
for (const [title, make] of [
  ['HTML', () => ({ headers: [['Content-Type', 'text/html']], body: '<html>' })],
  ['a document as text/plain', (doc) => json(doc, { type: 'text/plain' })],
  ['a document without a type', (doc) => json(doc, { type: '' })],
  ['a JWT', (doc) => json(doc, { type: 'application/jwt' })],
  ['204', () => ({ status: 204 })],
  ['an array', (doc) => json([doc])],
  ['null', () => json('null')],
  ['a document and more', (doc) => json(`${JSON.stringify(doc)}x`)],
  ['a document with resource twice', (doc) => json(JSON.stringify(doc).replace('{', '{"resource":"https://mallory.example",'))],
  [
    'a document with authorization_servers twice',
    (doc) => json(JSON.stringify(doc).replace(/}$/, ',"authorization_servers":["https://mallory.example"]}')),
  ],
  ['300 KiB', (doc) => json({ ...doc, x: 'a'.repeat(3e5) })],
  ['ten MB', (doc) => json({ ...doc, x: 'a'.repeat(1e7) })],
  ['thirty-three deep', (doc) => json(JSON.stringify(doc).replace('{', `{"x":${'['.repeat(32)}${']'.repeat(32)},`))],
  ['NUL in the resource', (doc) => json(JSON.stringify(doc).replace('/api"', '/api\\u0000.evil"'))],
  ['a gzip bomb', () => json(zlib.gzipSync(Buffer.alloc(5e7, ' ')), { headers: [['Content-Encoding', 'gzip']] })],
])
  bad('PR04', title, answer(make), 'malformed', { within: 8000 });
for (const status of [429, 503])
  bad('PR04', `${status}: later`, answer(() => json({}, { status, headers: [['Retry-After', '7']] })), 'unavailable', {
    err: /"retry_after":7/,
  });
bad(
  'PR04',
  'chunks without end',
  answer(() => ({
    run: async (socket) => {
      socket.write('HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n');
      for (let i = 0; i < 5000 && !socket.destroyed; i += 1)
        if (!socket.write(`4000\r\n${' '.repeat(16384)}\r\n`))
          await Promise.race([new Promise((done) => socket.once('drain', done)), pause(200)]);
    },
  })),
  'malformed',
  { within: 8000 },
);
// Then it may be a server older than such documents (MCP of 2025-03-26): its own origin, and nobody else's, is tried.
bad(
  'PR04',
  'the announced address is 404: no other is tried, and the user is sent to its own origin alone',
  {
    timeout: '2s',
    ...answer(() => ({ status: 404 })),
    browser(b, t) {
      assert.equal(new URL(b.url).origin, new URL(t.s.issuer).origin);
      assert.equal(b.query.get('code_challenge_method'), 'S256');
    },
  },
  'login_timed_out',
  { calls: { described: 1 } },
);
for (const [title, change] of [
  ['scopes_supported with a control character', (doc) => (doc.scopes_supported = ['a\u0001b'])],
  ['scopes_supported with a blank', (doc) => (doc.scopes_supported = ['a b'])],
  ['scopes_supported with an empty word', (doc) => (doc.scopes_supported = [''])],
  ['scopes_supported with a number', (doc) => (doc.scopes_supported = [1])],
  ['scopes_supported that is a string', (doc) => (doc.scopes_supported = 'api.read')],
  ['scopes_supported of 64 KiB', (doc) => (doc.scopes_supported = Array(64).fill('a'.repeat(1024)))],
  ['a token wanted in the query', (doc) => (doc.bearer_methods_supported = ['query'])],
  ['a token wanted in the body', (doc) => (doc.bearer_methods_supported = ['body'])],
  ['methods that are no list', (doc) => (doc.bearer_methods_supported = 'header')],
])
  bad('PR04', title, document(change));

// The URL is looked at as an issuer first. What that finds is no reason not to ask the resource, and what ends the login where
// the resource says nothing.
const guesses = [
  ['a page', () => ({ headers: [['Content-Type', 'text/html']], body: '<html>' }), 'malformed'],
  ["its origin's own metadata", (s) => json(JSON.parse(s.metadata().body)), 'issuer_mismatch'],
];
for (const [title, reply, code] of guesses) {
  const guess = (more) => ({
    any(endpoint) {
      return endpoint === 'guess' ? reply(this) : more?.(endpoint);
    },
  });
  good('PR04', `${title} where an issuer's metadata would be: the resource is asked`, guess());
  bad(
    'PR04',
    `${title} where an issuer's metadata would be, and no resource: the first is told`,
    guess((endpoint) => (['api', 'described'].includes(endpoint) ? { status: 404 } : undefined)),
    code,
    { says: /provider metadata|metadata: the issuer/ },
  );
  bad(
    'PR04',
    `${title} where an issuer's metadata would be, and a page in place of the resource's: the first is told`,
    guess((endpoint) => (endpoint === 'described' ? { headers: [['Content-Type', 'text/html']], body: '<html>' } : undefined)),
    code,
    { says: /provider metadata|metadata: the issuer/ },
  );
  bad(
    'PR04',
    `${title} where an issuer's metadata would be, and a resource that only asks for a token: its origin is not assumed`,
    guess((endpoint) => (endpoint === 'described' ? { status: 404 } : undefined)),
    code,
    { says: /provider metadata|metadata: the issuer/ },
  );
}

// PR05: one token, one resource
scenario('PR05', 'a token is asked for this resource, and a refresh too', { loginTo: to }, async (t) => {
  await t.login(accepted({ calls: { userinfo: 0 } }));
  await t.token(accepted({ calls: { token: 1 } }), ['--refresh']);
  const of = (endpoint) => t.log.filter((entry) => entry.endpoint === endpoint).map(({ request }) => request);
  assert.equal(of('authorize')[0].query.get('resource'), t.s.resource);
  assert.deepEqual(
    of('token').map(({ form }) => form.get('resource')),
    [t.s.resource, t.s.resource],
  );
});
scenario('PR05', 'the token of one resource is sent to no other, and the other is another account', { loginTo: to }, async (t) => {
  await t.login(accepted({ calls: { userinfo: 0 } }));
  const first = t.s.accessToken;
  const other = t.begin({ server: 'other', resource: (doc) => void (doc.authorization_servers = [t.s.issuer]) });
  const line = ['--json', 'login', other.resource, '--no-browser', '--client-id', t.s.clientId, '--timeout', '40s'];
  const result = await t.visit(line);
  assert.equal(result.status, 0, result.err);
  assert.notEqual(t.s.accessToken, first);
  assert.ok(other.log.length > 0);
  for (const { request } of [...other.log, ...t.log]) assert.equal(request.headers.authorization, undefined, request.path);
  assert.equal(t.s.query.get('resource'), other.resource);
  const held = async (url) => JSON.parse((await t.token(accepted({ calls: { token: 0 } }), ['--account', url])).out).access_token;
  assert.deepEqual([await held(t.s.resource), await held(other.resource)], [first, t.s.accessToken]);
});
scenario('PR05', 'a login anew asks the resource without the token that is there', { loginTo: to }, async (t) => {
  await t.login(accepted({ calls: { userinfo: 0 } }));
  const before = t.log.length;
  await t.login(accepted({ calls: { userinfo: 0, discovery: 0 } }));
  const asked = t.log.slice(before).filter(({ endpoint }) => endpoint === 'api');
  assert.deepEqual(
    asked.map(({ request }) => request.headers.authorization),
    [undefined],
  );
});

// It says itself that nothing but a bound token is of use there (RFC 9728 section 2).
scenario(
  'PR05',
  'a resource that wants bound tokens gets them unasked',
  { loginTo: to, ...document((doc) => (doc.dpop_bound_access_tokens_required = true)) },
  async (t) => {
    await t.login(accepted({ calls: { userinfo: 0 } }));
    assert.ok(t.s.boundTo, 'the token is bound');
    assert.equal(t.s.query.get('dpop_jkt'), t.s.boundTo);
  },
);
scenario('PR05', 'one that does not say so gets a bearer token', { loginTo: to }, async (t) => {
  await t.login(accepted({ calls: { userinfo: 0 } }));
  assert.equal(t.s.boundTo, undefined);
});
bad('PR05', 'bound tokens are wanted, the server issues others', {
  ...document((doc) => (doc.dpop_bound_access_tokens_required = true)),
  token: (reply) => void (reply.token_type = 'Bearer'),
}, 'malformed', { server: null, stage: 'token', calls: { token: 1 } });
for (const value of ['true', 1, {}])
  bad('PR05', `bound tokens are wanted by ${JSON.stringify(value)}`, document((doc) => (doc.dpop_bound_access_tokens_required = value)));

// PR06: a resource that sends elsewhere is asked no further
for (const status of [301, 302, 307, 308]) {
  const go = (path) =>
    function redirect() {
      return { status, headers: [['Location', `${this.issuer}/${path}`]] };
    };
  good('PR06', `the resource redirects by ${status}: not followed, its own well-known address counts`, { challenge: go('elsewhere') }, {
    calls: { api: 1, described: 1 },
  });
  bad(
    'PR06',
    `the resource redirects by ${status}, and says nothing of itself`,
    { challenge: go('elsewhere'), resource: () => ({ status: 404 }) },
    'not_found',
    { calls: { api: 1, described: 1 } },
  );
}
