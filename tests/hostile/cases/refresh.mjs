// Refreshing: a token is spent once, what follows must go on from the login, and where it does not, the old record is kept.
import assert from 'node:assert/strict';
import { halfHash, sign } from '../jose.mjs';
import { accepted, refused, scenario } from '../scenario.mjs';
import { json, pause } from '../wire.mjs';

const now = () => Math.floor(Date.now() / 1000);

for (const [title, change] of [
  [
    'empty',
    (reply) => {
      reply.refresh_token = '';
    },
  ],
  [
    'null',
    (reply) => {
      reply.refresh_token = null;
    },
  ],
  [
    'absent',
    (reply) => {
      delete reply.refresh_token;
    },
  ],
  [
    'the same',
    (reply, { form }) => {
      reply.refresh_token = form.get('refresh_token');
    },
  ],
]) {
  scenario('E10', `refresh: refresh_token is ${title}, the old one is kept`, {}, async (t) => {
    await t.login(accepted());
    const old = t.s.refreshToken;
    t.s.hooks.token = (reply, request) => {
      assert.equal(request.form.get('refresh_token'), old);
      change(reply, request);
      t.s.refreshToken = old;
    };
    for (let i = 0; i < 2; i += 1) await t.token(accepted({ calls: { token: 1 } }), ['--refresh']);
  });
}
scenario('E10 F15', 'refresh: rotated twice, each token is spent once', {}, async (t) => {
  await t.login(accepted());
  for (let i = 0; i < 3; i += 1) await t.token(accepted({ calls: { token: 1 } }), ['--refresh']);
});
for (const [title, spoil] of [
  ['no access_token', (reply) => delete reply.access_token],
  ['token_type is mac', (reply) => Object.assign(reply, { token_type: 'mac' })],
  ['scope is a number', (reply) => Object.assign(reply, { scope: 7 })],
  ['id_token is a number', (reply) => Object.assign(reply, { id_token: 7 })],
]) {
  scenario('E16', `refresh: ${title}: refused, and the refresh token that came is the next one`, {}, async (t) => {
    await t.login(accepted());
    t.s.hooks.token = (reply) => void spoil(reply);
    await t.token(refused('malformed', undefined, { calls: { token: 1 } }), ['--refresh']);
    const came = t.s.refreshToken;
    t.s.hooks.token = (reply, request) => assert.equal(request.form.get('refresh_token'), came);
    await t.token(accepted({ calls: { token: 1 } }), ['--refresh']);
  });
}
scenario(
  'E13 E16',
  'refresh: closed without an answer on a kept connection: the refresh token is not sent again',
  {},
  async (t) => {
    await t.login(accepted());
    t.s.hooks.token = () => ({ raw: '' });
    t.home.forgetCache();
    await t.token(refused('unavailable', undefined, { calls: { token: 1 } }), ['--refresh']);
  },
);
scenario(
  'E15',
  'refresh: invalid_grant, and nobody else refreshed: a login is needed, and not asked for again',
  {},
  async (t) => {
    await t.login(accepted());
    t.s.hooks.token = () => json({ error: 'invalid_grant', error_description: 'revoked' }, { status: 400 });
    await t.token(refused('login_needed', undefined, { calls: { token: 1 }, err: /oauthctl login .*--account/ }), [
      '--refresh',
    ]);
    await t.token(refused('login_needed', undefined, { calls: { token: 0 } }), ['--refresh']);
  },
);
scenario(
  'E15',
  'refresh: many processes at once, the refresh token is spent once',
  {
    token(reply) {
      reply.expires_in = 3600;
    },
  },
  async (t) => {
    await t.login(accepted());
    const slow = t.s.hooks.token;
    t.s.hooks.token = (reply) => {
      slow(reply);
      return {
        run: async (socket) => {
          await pause(300);
          socket.write(
            Buffer.from(
              `HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: ${Buffer.byteLength(
                JSON.stringify(reply),
              )}\r\n\r\n${JSON.stringify(reply)}`,
            ),
          );
        },
      };
    };
    const before = t.s.count('token');
    const results = await Promise.all(Array.from({ length: 6 }, () => t.home.run(['token', '--min-valid', '2h'])));
    assert.deepEqual(
      results.map(({ status }) => status),
      [0, 0, 0, 0, 0, 0],
    );
    assert.equal(new Set(results.map(({ out }) => out)).size, 1);
    assert.equal(t.s.count('token') - before, 1);
  },
);
scenario(
  'E16',
  'refresh: the connection is cut in the middle of the answer: not repeated, the old record is kept, and it is said',
  {},
  async (t) => {
    await t.login(accepted());
    const kept = t.s.accessToken;
    t.s.hooks.token = (reply) => ({
      raw: `HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 9000\r\n\r\n${JSON.stringify(reply)}`,
    });
    await t.token(
      refused('unavailable', undefined, {
        calls: { token: 1 },
        says: /before the answer was whole/,
        err: /^warning: the refresh may have reached .* needs a login$/m,
      }),
      ['--refresh'],
    );
    assert.equal(JSON.parse((await t.token()).out).access_token, kept);
  },
);
for (const status of [500, 429, 503]) {
  scenario('E11', `refresh: ${status}, the old record is kept`, {}, async (t) => {
    await t.login(accepted());
    t.s.hooks.token = () => json({ error: 'invalid_grant' }, { status });
    await t.token(refused('unavailable', undefined, { calls: { token: 1 } }), ['--refresh']);
    await t.token(accepted({ calls: { token: 0 } }));
  });
}
scenario('E18', 'refresh: the refresh token is echoed', {}, async (t) => {
  await t.login(accepted());
  t.s.hooks.token = (reply, { form }) =>
    json({ error: 'invalid_request', error_description: `token ${form.get('refresh_token')} is odd` }, { status: 400 });
  await t.token(refused('refused', undefined, { calls: { token: 1 }, err: /is odd/ }), ['--refresh']);
});
for (const [title, change, code] of [
  [
    'another sub',
    (c) => {
      c.sub = 'mallory';
    },
    'claim',
  ],
  [
    'another iss',
    (c) => {
      c.iss += 'x';
    },
    'issuer_mismatch',
  ],
  [
    'another aud',
    (c) => {
      c.aud = 'other';
    },
    'claim',
  ],
  [
    'an azp that was not there',
    (c) => {
      c.azp = c.aud;
    },
    'claim',
  ],
  [
    'an older iat',
    (c) => {
      c.iat -= 100;
    },
    'claim',
  ],
  [
    'a nonce of its own',
    (c) => {
      c.nonce = 'x';
    },
    'claim',
  ],
  [
    'another auth_time',
    (c) => {
      c.auth_time += 5;
    },
    'claim',
  ],
  [
    'a wrong at_hash',
    (c) => {
      c.at_hash = halfHash('x');
    },
    'claim',
  ],
  [
    'exp past',
    (c) => {
      c.exp = c.iat - 100;
    },
    'claim',
  ],
]) {
  scenario('T14', `refresh: ${title}`, {}, async (t) => {
    const signedInAt = now() - 50;
    t.s.hooks.claims = (c, grant) => {
      c.auth_time = signedInAt;
      if (grant === 'refresh_token') change(c);
    };
    await t.login(accepted());
    const kept = t.s.accessToken;
    const before = t.home.records();
    await t.token(refused(code, undefined, { calls: { token: 1 } }), ['--refresh']);
    assert.deepEqual(t.home.records(), before, 'nothing is left beside the old record');
    assert.equal(JSON.parse((await t.token()).out).access_token, kept);
  });
}
scenario('T14', 'refresh: an alg none, and a key that nobody knows', {}, async (t) => {
  await t.login(accepted());
  const kept = t.s.accessToken;
  t.s.hooks.idToken = (h, c, grant) => (grant === 'refresh_token' ? sign({ alg: 'none' }, c, null, 'none') : undefined);
  await t.token(refused('malformed', undefined, { calls: { token: 1 } }), ['--refresh']);
  assert.equal(JSON.parse((await t.token()).out).access_token, kept);
});
scenario('T14', 'refresh: the same claims, the original nonce, a later iat', {}, async (t) => {
  t.s.hooks.claims = (c, grant) => {
    c.nonce = t.s.query.get('nonce');
    if (grant === 'refresh_token') c.iat += 5;
  };
  await t.login(accepted());
  await t.token(accepted({ calls: { token: 1 } }), ['--refresh']);
});

// Further access tokens: got by the account's refresh token, and what goes wrong with them costs the account nothing.
const api = 'https://api.example.test/';
const further = ['--resource', api, '--scope', 'email'];
for (const [title, change, want] of [
  [
    'fewer scopes than were asked for: told',
    (reply) => {
      reply.scope = 'other';
    },
    accepted({ calls: { token: 1 }, err: /^warning: not granted: email$/m }),
  ],
  [
    'an ID token of another user: not looked at, so not believed',
    (reply, t) => {
      reply.id_token = sign({ alg: 'none' }, { iss: t.s.issuer, sub: 'mallory', aud: t.s.clientId }, null, 'none');
    },
    accepted({ calls: { token: 1 } }),
  ],
  [
    'an access token that no header can hold',
    (reply) => {
      reply.access_token = 'a\r\nb';
    },
    refused('malformed', undefined, { calls: { token: 1 } }),
  ],
  [
    'no access token',
    (reply) => {
      delete reply.access_token;
    },
    refused('malformed', undefined, { calls: { token: 1 } }),
  ],
  [
    'another token type',
    (reply) => {
      reply.token_type = 'N_A';
    },
    refused('malformed', undefined, { calls: { token: 1 } }),
  ],
  ...['invalid_target', 'invalid_scope'].map((error) => [
    error,
    () => json({ error }, { status: 400 }),
    refused('refused', undefined, { calls: { token: 1 }, says: new RegExp(error) }),
  ]),
  [
    'invalid_grant, which may speak of the resource alone: no mark',
    () => json({ error: 'invalid_grant' }, { status: 400 }),
    refused('login_needed', undefined, { calls: { token: 1 } }),
  ],
]) {
  scenario('E09', `refresh: a further token: ${title}`, {}, async (t) => {
    await t.login(accepted());
    const own = t.s.accessToken;
    t.s.hooks.token = (reply, { form }) => {
      assert.equal(form.get('resource'), api);
      assert.equal(form.get('scope'), 'email');
      return change(reply, t);
    };
    const result = await t.token(want, further);
    if (want.code === 'ok') assert.notEqual(JSON.parse(result.out).access_token, own);
    assert.equal(JSON.parse((await t.token(accepted({ calls: { token: 0 } }))).out).access_token, own);
    const [account] = JSON.parse((await t.ctl(['accounts'])).out);
    assert.equal(account.needs_login, false);
    t.s.hooks.token = undefined;
    if (want.code === 'ok') await t.token(accepted({ calls: { token: 1 } }), ['--refresh']);
  });
}
scenario('E16', 'refresh: a further token: the connection is cut, the old record is kept', {}, async (t) => {
  await t.login(accepted());
  const before = t.home.records();
  t.s.hooks.token = (reply) => ({
    raw: `HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 9000\r\n\r\n${JSON.stringify(reply)}`,
  });
  await t.token(refused('unavailable', undefined, { calls: { token: 1 }, err: /may have reached/ }), further);
  assert.deepEqual(t.home.records(), before);
});
