// A token for another one: what the provider did not say, or says of something else, is not handed on.
import assert from 'node:assert/strict';
import { accepted, refused, scenario } from '../scenario.mjs';
import { json } from '../wire.mjs';

const urn = 'urn:ietf:params:oauth:token-type:';
const grant = 'urn:ietf:params:oauth:grant-type:token-exchange';

// The command, after a good login; the account is as it was, whatever came.
const exchanges = (title, change, want, args = []) =>
  scenario('X01', title, {}, async (t) => {
    await t.login(accepted());
    const before = t.home.records();
    t.s.hooks.token = (reply) => change?.(reply, t);
    const { out } = await t.ctl(['exchange', ...args], want, { reveals: true });
    if (want.code === 'ok') assert.notEqual(JSON.parse(out).access_token, t.s.accessToken);
    assert.deepEqual(t.home.records(), before);
    await t.token(accepted({ calls: { token: 0 } }));
  });
const once = { calls: { token: 1 } };
const set = (members) => (reply) => {
  Object.assign(reply, members);
};

exchanges('exchange: good', undefined, accepted(once));
exchanges('exchange: a JWT that is no access token', set({ token_type: 'N_A' }), accepted(once), ['--requested-token-type', 'jwt']);
exchanges('exchange: with a refresh token, which is not kept', set({ refresh_token: 'r' }), accepted(once));
for (const issued of [undefined, null, 1, '', 'access_token', 'urn:a b', `${urn}access_token\u001b[2J`, [`${urn}access_token`]]) {
  exchanges(`exchange: issued_token_type is ${JSON.stringify(issued)}`, set({ issued_token_type: issued }), refused('malformed', undefined, once));
}
exchanges(
  'exchange: an access token where a JWT was asked for',
  set({ issued_token_type: `${urn}access_token` }),
  refused('malformed', undefined, once),
  ['--requested-token-type', 'jwt'],
);
for (const type of ['N_A', 'DPoP', 'mac', '', null, undefined]) {
  exchanges(`exchange: an access token of the type ${JSON.stringify(type)}`, set({ token_type: type }), refused('malformed', undefined, once));
}
for (const token of [undefined, null, '', 'a\r\nb', 'a'.repeat(70000)]) {
  exchanges(`exchange: the token is ${JSON.stringify(token)?.slice(0, 20)}`, set({ access_token: token }), refused('malformed', undefined, once));
}
exchanges(
  'exchange: a redirect',
  (reply, t) => ({ status: 307, headers: [['Location', `${t.s.issuer}/elsewhere`]] }),
  refused('malformed', undefined, once),
);
exchanges('exchange: 201', (reply) => json(reply, { status: 201 }), refused('malformed', undefined, once));
exchanges('exchange: 503', (reply) => json(reply, { status: 503 }), refused('unavailable', undefined, once));
for (const error of ['invalid_target', 'invalid_scope', 'unsupported_grant_type', 'invalid_client']) {
  exchanges(
    `exchange: ${error}`,
    (reply, t) => json({ error, error_description: `no ${t.s.accessToken}` }, { status: error === 'invalid_client' ? 401 : 400 }),
    refused('refused', undefined, { ...once, says: new RegExp(error) }),
  );
}

// How often it is refused, and how many requests that makes: the exchange, a refresh, the exchange.
for (const [error, times, want] of [
  ['invalid_request', 1, accepted({ calls: { token: 3 } })],
  ['invalid_grant', 1, accepted({ calls: { token: 3 } })],
  ['invalid_request', Infinity, refused('refused', undefined, { calls: { token: 3 } })],
  ['invalid_grant', Infinity, refused('refused', undefined, { calls: { token: 3 } })],
]) {
  scenario('X02', `exchange: ${error}, ${times} times`, {}, async (t) => {
    await t.login(accepted());
    let left = times;
    t.s.hooks.token = (reply, { form }) => {
      if (form.get('grant_type') !== grant || left === 0) return undefined;
      left -= 1;
      return json({ error }, { status: 400 });
    };
    await t.ctl(['exchange'], want, { reveals: true });
    const { out } = await t.token(accepted({ calls: { token: 0 } }));
    assert.equal(JSON.parse(out).access_token, t.s.accessToken);
    const [account] = JSON.parse((await t.ctl(['accounts'])).out);
    assert.equal(account.needs_login, false);
  });
}
