// Tokens that are bound to a key (RFC 9449): what a server may want in a proof, how often it is given that, and which type of token
// is taken. The provider judges every proof by itself (proof.mjs).
import assert from 'node:assert/strict';
import { accepted, device, login, refused, scenario } from '../scenario.mjs';
import { json } from '../wire.mjs';

const args = ['--dpop'];
const refusal = (headers, status = 400, error = 'use_dpop_nonce') => json({ error }, { status, headers });
// The endpoint wants this nonce, and says so until it comes. again: how often it was asked in all.
const wants = (endpoint, nonce, headers = [['DPoP-Nonce', nonce]], status = 400) => ({
  args,
  any(asked, { proof }) {
    return asked === endpoint && proof?.claims.nonce !== nonce ? refusal(headers, status) : undefined;
  },
});
const proofs = (t, endpoint) => t.log.filter((entry) => entry.endpoint === endpoint).map(({ request }) => request.proof);

scenario('F01', 'a login with bound tokens, and never a nonce', { args }, async (t) => {
  await t.login(accepted({ calls: { token: 1, userinfo: 1 } }));
  const [token] = proofs(t, 'token');
  const [userinfo] = proofs(t, 'userinfo');
  assert.equal(t.s.query.get('dpop_jkt'), token.jkt, 'the code is bound too');
  assert.equal(userinfo.jkt, token.jkt, 'one key');
  assert.deepEqual([token.claims.nonce, userinfo.claims.nonce], [undefined, undefined]);
  await t.token(accepted({ calls: { token: 1 } }), ['--refresh']);
  await t.ctl(['userinfo'], accepted({ calls: { userinfo: 1, token: 0 } }));
  assert.deepEqual(
    t.log.filter(({ endpoint, request }) => request.proof && endpoint !== 'token' && endpoint !== 'userinfo'),
    [],
    'no proof goes anywhere else',
  );
});
scenario('F01', 'without --dpop there is no proof', {}, async (t) => {
  await t.login(accepted());
  assert.deepEqual(
    t.log.filter(({ request }) => request.proof),
    [],
  );
});
for (const type of ['dPoP', 'DPOP', 'dpop'])
  login('F13', `token_type is ${type}`, { args, token: (reply) => void (reply.token_type = type) }, accepted());

login('E17', 'the token endpoint wants a nonce', wants('token', 'n-1'), accepted({ calls: { token: 2 } }));
login('E17', 'with 401', wants('token', 'n-1', undefined, 401), accepted({ calls: { token: 2 } }));
login('E17', 'a nonce of all characters and 1024 bytes', wants('token', `!#[]~${'n'.repeat(1019)}`), accepted({ calls: { token: 2 } }));
scenario('E17', 'userinfo wants a nonce, and gets none of the token endpoint', {}, async (t) => {
  Object.assign(t.s.hooks, {
    args,
    any(endpoint, { proof }) {
      if (endpoint === 'token' && proof.claims.nonce !== 'of-token') return refusal([['DPoP-Nonce', 'of-token']]);
      if (endpoint !== 'userinfo' || proof.claims.nonce === 'of-userinfo') return undefined;
      return json({}, { status: 401, headers: [['WWW-Authenticate', 'DPoP error="use_dpop_nonce"'], ['DPoP-Nonce', 'of-userinfo']] });
    },
  });
  await t.login(accepted({ calls: { token: 2, userinfo: 2 } }));
  assert.deepEqual(
    proofs(t, 'userinfo').map(({ claims }) => claims.nonce),
    [undefined, 'of-userinfo'],
  );
  assert.equal(new Set(t.log.flatMap(({ request }) => request.proof?.claims.jti ?? [])).size, 4, 'each proof is another');
});
scenario('E17', 'the nonce of one origin is used at no other', {}, async (t) => {
  Object.assign(t.s.hooks, {
    args,
    metadata: (doc) => void (doc.userinfo_endpoint = `${t.s.elsewhere}/userinfo`),
    token: (reply) => json(reply, { headers: [['DPoP-Nonce', 'of-one-origin']] }),
  });
  await t.login(accepted());
  assert.equal(proofs(t, 'userinfo')[0].claims.nonce, undefined);
  const { out } = await t.ctl(['dpop', '--url', `${t.s.elsewhere}/api`], accepted({ calls: { api: 0 } }));
  const claims = JSON.parse(Buffer.from(JSON.parse(out).dpop.split('.')[1], 'base64url'));
  assert.deepEqual([claims.nonce, claims.htu], [undefined, `${t.s.elsewhere}/api`]);
});
scenario('E17', 'the nonce of an answer goes into the next proof', { long: true }, async (t) => {
  Object.assign(t.s.hooks, {
    poll: (n) => (n === 1 ? json({ error: 'authorization_pending' }, { status: 400, headers: [['DPoP-Nonce', 'next']] }) : undefined),
  });
  const line = ['login', t.s.issuer, '--device', '--dpop', '--timeout', '40s', '--client-id', t.s.clientId];
  await t.ctl(line, accepted({ calls: { token: 2 } }));
  assert.deepEqual(
    proofs(t, 'token').map(({ claims }) => claims.nonce),
    [undefined, 'next'],
  );
});

// Without end: one more proof, and no third.
let turn = 0;
const endless = { args, any: (endpoint) => (endpoint === 'token' ? refusal([['DPoP-Nonce', `n-${(turn += 1)}`]]) : undefined) };
login('E17', 'another nonce for ever: one retry', endless, refused('refused', 'token', { calls: { token: 2 }, err: /use_dpop_nonce/ }));
scenario('E17', 'another nonce for ever at a refresh: one retry, nothing is lost', { args }, async (t) => {
  await t.login(accepted());
  t.s.hooks.any = endless.any;
  const before = t.home.records();
  await t.token(refused('refused', undefined, { calls: { token: 2 } }), ['--refresh']);
  assert.deepEqual(t.home.records(), before);
  t.s.hooks.any = undefined;
  await t.token(accepted({ calls: { token: 1 } }), ['--refresh']);
});
const resourceWants = (value, headers = [['DPoP-Nonce', 'x']]) => ({
  any(endpoint, { proof }) {
    if (endpoint !== 'userinfo' || proof.claims.nonce === 'never') return undefined;
    return json({}, { status: 401, headers: [['WWW-Authenticate', value], ...headers] });
  },
});
scenario('E17', 'another nonce for ever at userinfo: one retry, and no refresh for it', { args }, async (t) => {
  await t.login(accepted());
  Object.assign(t.s.hooks, resourceWants('DPoP error="use_dpop_nonce"'));
  await t.ctl(['userinfo'], refused('refused', undefined, { calls: { userinfo: 2, token: 0 }, err: /use_dpop_nonce/ }));
});
scenario('E17', 'the nonce is wanted at userinfo during a login for ever: one retry, then without it', { args }, async (t) => {
  Object.assign(t.s.hooks, resourceWants('DPoP error="use_dpop_nonce"'));
  await t.login(accepted({ calls: { userinfo: 2 }, err: /userinfo endpoint was of no use/ }));
});
login(
  'E17',
  'invalid_dpop_proof, and their clock is ours: no retry',
  { args, any: (endpoint) => (endpoint === 'token' ? refusal([['DPoP-Nonce', 'n']], 400, 'invalid_dpop_proof') : undefined) },
  refused('refused', 'token', { calls: { token: 1 }, err: /invalid_dpop_proof/ }),
);
const late = () => [['Date', new Date(Date.now() + 7.2e6).toUTCString()]];
scenario('E17', 'invalid_dpop_proof, and their clock is another: one proof by theirs', {}, async (t) => {
  Object.assign(t.s.hooks, {
    args,
    any: (endpoint) => (endpoint === 'token' ? refusal(late(), 400, 'invalid_dpop_proof') : undefined),
  });
  await t.login(refused('refused', 'token', { calls: { token: 2 } }));
  const [first, second] = proofs(t, 'token').map(({ claims }) => claims.iat);
  assert.ok(Math.abs(second - first - 7200) < 60, `${second - first} s later`);
});

// What no proof can carry is no nonce: then nothing is asked again.
for (const [title, headers] of [
  ['none', []],
  ['empty', [['DPoP-Nonce', '']]],
  ['with a blank', [['DPoP-Nonce', 'a b']]],
  ['with a quote', [['DPoP-Nonce', 'a"b']]],
  ['with a backslash', [['DPoP-Nonce', 'a\\b']]],
  ['with a tab', [['DPoP-Nonce', 'a\tb']]],
  ['with DEL', [['DPoP-Nonce', 'a\x7fb']]],
  ['with \\u00e9', [['DPoP-Nonce', 'a\u00e9b']]],
  ['with an escape sequence', [['DPoP-Nonce', 'a\x1b[31m']]],
  ['of 1025 bytes', [['DPoP-Nonce', 'n'.repeat(1025)]]],
  ['of 60 KiB', [['DPoP-Nonce', 'n'.repeat(61440)]]],
  ['there twice', [['DPoP-Nonce', 'a'], ['dpop-nonce', 'b']]],
  ['on two lines', [['DPoP-Nonce', 'a\r\n b']]],
  ['with a bare CR', [['DPoP-Nonce', 'a\rInjected: 1']]],
])
  login(
    'E17',
    `the nonce is ${title}: no retry`,
    { args, any: (endpoint) => (endpoint === 'token' ? refusal(headers) : undefined) },
    refused('refused', 'token', { calls: { token: 1 }, err: /use_dpop_nonce/, hides: ['nnnnnn', '\u001b'] }),
  );
for (const [title, value, code] of [
  ['of 64 KiB: more than all fields may be', 'n'.repeat(65536), 'malformed'],
  ['with NUL', 'a\0b', 'malformed'],
])
  login(
    'E17',
    `the nonce is ${title}`,
    { args, any: (endpoint) => (endpoint === 'token' ? refusal([['DPoP-Nonce', value]]) : undefined) },
    refused(code, 'token', { calls: { token: 1 } }),
  );
scenario('E17', 'what stands behind CR LF is another field, and part of no nonce', {}, async (t) => {
  Object.assign(t.s.hooks, wants('token', 'a', [['DPoP-Nonce', 'a\r\nInjected: b']]));
  await t.login(accepted({ calls: { token: 2 } }));
});

for (const scheme of ['dpop', 'DPOP', 'dPoP'])
  scenario('F14', `userinfo names the scheme ${scheme}`, { args }, async (t) => {
    Object.assign(t.s.hooks, {
      any(endpoint, { proof }) {
        if (endpoint !== 'userinfo' || proof.claims.nonce === 'n') return undefined;
        return json({}, { status: 401, headers: [['WWW-Authenticate', `${scheme} error="use_dpop_nonce"`], ['DPoP-Nonce', 'n']] });
      },
    });
    await t.login(accepted({ calls: { userinfo: 2 } }));
  });
scenario('F14', 'another scheme asks for no proof', { args }, async (t) => {
  Object.assign(t.s.hooks, resourceWants('Bearer error="use_dpop_nonce"'));
  await t.login(accepted({ calls: { userinfo: 1 }, err: /userinfo endpoint was of no use/ }));
});
scenario('F14 U03', '403 in the scheme DPoP: its error is told', { args }, async (t) => {
  await t.login(accepted());
  t.s.hooks.userinfo = () => json({}, { status: 403, headers: [['WWW-Authenticate', 'dPoP error="insufficient_scope"']] });
  await t.ctl(['userinfo'], refused('refused', undefined, { calls: { userinfo: 1, token: 0 }, err: /"oauth_error":"insufficient_scope"/ }));
});

for (const type of ['Bearer', 'mac', 'N_A', '', null, undefined, ['DPoP'], 'DPoP '])
  login(
    'E06',
    `token_type is ${JSON.stringify(type)} where DPoP was asked for`,
    { args, token: (reply) => void (reply.token_type = type) },
    refused('malformed', 'token'),
  );
device(
  'E06',
  'token_type is DPoP unasked, by device code',
  { token: (reply) => void (reply.token_type = 'DPoP') },
  refused('malformed', 'token'),
);
for (const [title, bound, type] of [
  ['a bound account gets Bearer', args, 'Bearer'],
  ['an account that is not bound gets DPoP', [], 'DPoP'],
])
  scenario('E06', `refresh: ${title}: the old record is kept`, { args: bound }, async (t) => {
    await t.login(accepted());
    const kept = t.s.accessToken;
    t.s.hooks.token = (reply) => void (reply.token_type = type);
    await t.token(refused('malformed', undefined, { calls: { token: 1 } }), ['--refresh']);
    assert.equal(JSON.parse((await t.token(accepted({ calls: { token: 0 } }))).out).access_token, kept);
  });
scenario('E06 U03', 'a token that was bound to the key of another: one refresh, then it ends', { args }, async (t) => {
  await t.login(accepted());
  t.s.hooks.token = () => void (t.s.boundTo = 'the-thumbprint-of-another-key');
  t.s.boundTo = 'the-thumbprint-of-another-key';
  t.s.isBoundTo = () => true;
  await t.ctl(['userinfo'], refused('login_needed', undefined, { calls: { userinfo: 2, token: 1 } }));
});
