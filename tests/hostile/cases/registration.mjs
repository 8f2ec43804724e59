// Registration (RFC 7591) and management (RFC 7592): a client that is more, less or somewhere else than was asked for.
import assert from 'node:assert/strict';
import { accepted, refused, scenario } from '../scenario.mjs';
import { json } from '../wire.mjs';

const created = (reply) => json(reply, { status: 201 });
const clients = async (t) => JSON.parse((await t.home.run(['--json', 'client', 'list'])).out);

// What is refused is not kept; what is taken is, and a login goes by it.
const registers = (row, title, register, want, args = []) =>
  scenario(row, title, { register }, async (t) => {
    await t.ctl(['client', 'register', t.s.issuer, ...args], { ...want, calls: { register: 1, managed: 0, ...want.calls } });
    assert.equal((await clients(t)).length, want.code === 'ok' ? 1 : 0);
  });
const changed = (change) => (reply) => (change(reply), created(reply));
const good = (row, title, change, args) => registers(row, title, changed(change), accepted(), args);
const bad = (row, title, change, args) => registers(row, title, changed(change), refused('malformed'), args);

good('RG01', 'as it was asked for', () => {});
for (const member of ['client_secret', 'client_secret_expires_at', 'scope', 'registration_client_uri', 'registration_access_token', 'redirect_uris'])
  good('RG01', `${member} is null`, (r) => (r[member] = null));
for (const id of [undefined, null, '', 7, ['c'], 'c\u00e9', 'c\r\nHost: evil', 'x'.repeat(100000)])
  bad('RG01', `client_id is ${String(JSON.stringify(id)).slice(0, 30)}`, (r) => (r.client_id = id));
for (const [member, value] of [
  ['client_secret', {}],
  ['client_secret', 's\u202e'],
  ['client_secret_expires_at', -1],
  ['client_secret_expires_at', '0'],
  ['token_endpoint_auth_method', 'tls_client_auth'],
  ['token_endpoint_auth_method', 'client_secret_basic'],
  ['token_endpoint_auth_method', 'private_key_jwt'],
  ['grant_types', ['client_credentials']],
  ['grant_types', 'authorization_code'],
  ['response_types', ['token']],
])
  bad('RG01', `${member} is ${JSON.stringify(value)}`, (r) => (r[member] = value));

good('RG02', 'redirect URIs in another order', (r) => r.redirect_uris.reverse(), [
  '--redirect-uri',
  'http://127.0.0.1/a',
  '--redirect-uri',
  'http://127.0.0.1/b',
]);
good('RG02', 'a port that nobody asked for', (r) => (r.redirect_uris = r.redirect_uris.map((uri) => uri.replace('127.0.0.1', '127.0.0.1:8123'))));
good('RG02', 'a further one on this machine', (r) => r.redirect_uris.push('http://localhost/callback'));
// The client of another server, before whose redirect URI the login would wait for that server's code: it listens
// where it wished to, at a path that no other issuer's logins have.
scenario(
  'A11 RG02',
  'mix-up without iss: the client and the redirect URI of another server',
  { register: changed((r) => r.redirect_uris.unshift('http://localhost:19044/callback')) },
  async (t) => {
    await t.ctl(['client', 'register', t.s.issuer], accepted());
    const [kept] = (await clients(t))[0].metadata.redirect_uris;
    assert.match(kept, /^http:\/\/127\.0\.0\.1\/callback\/[0-9a-f]{16}$/);
    await t.login(accepted());
    assert.equal(new URL(t.s.query.get('redirect_uri')).pathname, new URL(kept).pathname);
  },
);
for (const uri of [
  'https://evil.example/',
  'http://127.0.0.1.evil.example/callback',
  'http://127.0.0.1@evil.example/callback',
  'http://evil.example/#http://127.0.0.1/callback',
  'http://2130706433/callback',
  'com.example.app:/callback',
  'javascript:alert(1)',
  '',
  7,
])
  bad('RG02', `one more: ${JSON.stringify(uri)}`, (r) => r.redirect_uris.push(uri));
bad('RG02', 'another one', (r) => (r.redirect_uris = ['http://127.0.0.1/another']));
bad('RG02', 'none', (r) => (r.redirect_uris = []));

for (const [title, uri] of [
  ['on another host', 'https://evil.example/managed'],
  ['on another port', 'http://127.0.0.1:9/managed'],
  ['of a file', 'file:///etc/passwd'],
  ['with a user name', 'http://x@127.0.0.1/managed'],
  ['without a host', '/managed'],
])
  bad('RG03', `managed ${title}`, (r) => (r.registration_client_uri = uri));
for (const token of ['t\r\nHost: evil', 't t', 'x'.repeat(100000), {}])
  bad('RG03', `its token is ${JSON.stringify(token).slice(0, 30)}`, (r) => (r.registration_access_token = token));

const answers = (row, title, reply, code) => registers(row, title, reply, refused(code));
answers('RG04', 'a refusal that echoes escapes', () => json({ error: 'invalid_client_metadata', error_description: '\u001b[2Jno' }, { status: 400 }), 'refused');
answers('RG04', 'not now', () => json({}, { status: 503 }), 'unavailable');
answers('RG04', 'too many', () => ({ status: 429, headers: [['Retry-After', '7']] }), 'unavailable');
answers('RG04', 'a page', () => ({ status: 201, headers: [['Content-Type', 'text/html']], body: '<p>' }), 'malformed');
answers('RG04', 'a list', () => created([{ client_id: 'c' }]), 'malformed');
answers('RG04', 'client_id twice', () => created('{"client_id":"c","client_id":"d"}'), 'malformed');
answers('RG04', 'a megabyte', (reply) => created({ ...reply, more: 'x'.repeat(1 << 20) }), 'malformed');
answers('RG04', 'a redirect', function away() {
  return { status: 307, headers: [['Location', `${this.issuer}/elsewhere`]] };
}, 'malformed');
scenario('RG04', 'the initial access token is echoed', {
  register: (reply, { headers }) => json({ error: 'invalid_token', error_description: headers.authorization }, { status: 401 }),
}, async (t) => {
  t.s.secrets.add('initial-7Hs6dF3-token');
  const file = t.home.write('initial', 'initial-7Hs6dF3-token\n');
  await t.ctl(['client', 'register', t.s.issuer, '--initial-access-token-file', file], refused('refused', undefined, { calls: { register: 1 } }));
});

// A change that is refused here leaves the client as it was, but for the token, without which it would be lost.
const manages = (title, managed, want, verb = ['update', '--name', 'new']) =>
  scenario('RG05', title, { managed }, async (t) => {
    await t.ctl(['client', 'register', t.s.issuer], accepted());
    const before = (await clients(t))[0];
    await t.ctl(['client', verb[0], t.s.issuer, ...verb.slice(1)], { ...want, calls: { managed: 1 } });
    assert.deepEqual((await clients(t))[0], before);
    t.s.hooks.managed = undefined;
    await t.ctl(['client', 'update', t.s.issuer, '--name', 'newer'], accepted({ calls: { managed: 1 } }));
    assert.equal((await clients(t))[0].metadata.client_name, 'newer');
  });
const change = (edit) => (reply) => void edit(reply);
manages('redirect URIs elsewhere', change((r) => (r.redirect_uris = ['https://evil.example/'])), refused('malformed'));
manages('another method, without a secret', change((r) => (r.token_endpoint_auth_method = 'client_secret_post')), refused('malformed'));
manages('managed elsewhere from now on', change((r) => (r.registration_client_uri = 'https://evil.example/managed')), refused('malformed'));
scenario('RG05', 'another client: neither it nor its token', { managed: (r) => void (r.client_id = 'mallory') }, async (t) => {
  await t.ctl(['client', 'register', t.s.issuer], accepted());
  const token = t.s.managementToken;
  await t.ctl(['client', 'show', t.s.issuer], refused('malformed', undefined, { calls: { managed: 1 } }));
  Object.assign(t.s, { managementToken: token });
  t.s.hooks.managed = undefined;
  await t.ctl(['client', 'show', t.s.issuer], accepted({ calls: { managed: 1 } }));
});
for (const [title, reply, deleted] of [
  ['deleted', { status: 204 }, 'yes'],
  ['refused', json({ error: 'access_denied' }, { status: 403 }), 'no'],
])
  scenario('RG05', `deleting is ${title}: gone here`, { managed: () => reply }, async (t) => {
    await t.ctl(['client', 'register', t.s.issuer], accepted());
    const { out } = await t.ctl(['client', 'delete', t.s.issuer], accepted({ calls: { managed: 1 } }));
    assert.equal(JSON.parse(out).deleted, deleted);
    assert.deepEqual(await clients(t), []);
  });
scenario('RG05', 'deleting is not answered: kept', { managed: () => json({}, { status: 503 }) }, async (t) => {
  await t.ctl(['client', 'register', t.s.issuer], accepted());
  await t.ctl(['client', 'delete', t.s.issuer], refused('unavailable', undefined, { calls: { managed: 1 } }));
  assert.equal((await clients(t)).length, 1);
});
