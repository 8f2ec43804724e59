// ID tokens whose signature is good and whose claims are not this login's.
import assert from 'node:assert/strict';
import { halfHash, sign } from '../jose.mjs';
import { keys } from '../rogue.mjs';
import { accepted, login, refused, scenario } from '../scenario.mjs';

const bad = (rows, title, change, code = 'claim', more = {}) =>
  login(
    rows,
    title,
    {
      ...more.hooks,
      claims(c, grant) {
        change.call(this, c, grant);
      },
    },
    refused(code, 'token', more),
  );
const good = (rows, title, change, more = {}) =>
  login(
    rows,
    title,
    {
      ...more.hooks,
      claims(c) {
        change.call(this, c);
      },
    },
    accepted(more),
  );
// The payload as text, for what JSON.stringify would not write.
const asText = (change) => ({
  idToken(h, c) {
    return sign(h, change(JSON.stringify(c)), keys.rsa);
  },
});
const now = () => Math.floor(Date.now() / 1000);

for (const [title, change, code] of [
  [
    'missing',
    (c) => {
      delete c.iss;
    },
    'malformed',
  ],
  [
    'empty',
    (c) => {
      c.iss = '';
    },
    'malformed',
  ],
  [
    'with a slash',
    (c) => {
      c.iss += '/';
    },
    'issuer_mismatch',
  ],
  [
    'https',
    (c) => {
      c.iss = c.iss.replace('http:', 'https:');
    },
    'issuer_mismatch',
  ],
  [
    'an array',
    (c) => {
      c.iss = [c.iss];
    },
    'malformed',
  ],
  [
    'in upper case',
    (c) => {
      c.iss = c.iss.toUpperCase();
    },
    'issuer_mismatch',
  ],
  [
    'null',
    (c) => {
      c.iss = null;
    },
    'malformed',
  ],
])
  bad('T01', `iss is ${title}`, change, code);
for (const [title, sub, code] of [
  ['missing', undefined, 'malformed'],
  ['empty', '', 'malformed'],
  ['of 256 bytes', 'a'.repeat(256), 'claim'],
  ['an array', ['x'], 'malformed'],
  ['a number', 5, 'malformed'],
  ['with NUL', 'a\0b', 'malformed'],
  ['with a control character', 'a\u0007b', 'malformed'],
  ['with a newline', 'a\nb', 'malformed'],
  ['with DEL', 'a\u007fb', 'malformed'],
  ['null', null, 'malformed'],
])
  bad(
    'T02',
    `sub is ${title}`,
    (c) => {
      c.sub = sub;
    },
    code,
  );
for (const [title, sub] of [
  ['of 255 bytes', 'a'.repeat(255)],
  ['with a look-alike', 'p\u0430ypal'],
  ['with a combining form', 'e\u0301'],
  ['with a turned direction', 'a\u202egnp'],
]) {
  scenario(
    'T02',
    `sub ${title}: its bytes are kept, and shown without doing anything`,
    {
      claims(c) {
        c.sub = sub;
      },
      userinfo(claims) {
        claims.sub = sub;
      },
    },
    async (t) => {
      const { out } = await t.login(accepted());
      assert.equal(JSON.parse(out).subject, sub, 'not normalized');
      const shown = await t.run(['show']);
      assert.ok(!shown.out.includes('\u202e'), shown.out);
    },
  );
}
for (const [title, aud, code] of [
  ['missing', () => undefined],
  ['another', () => 'other'],
  ['an empty array', () => []],
  ['[null]', () => [null], 'malformed'],
  ['us and another', (us) => [us, 'other']],
  ['another in an array', () => ['other']],
  ['nested', (us) => [[us]], 'malformed'],
  ['a thousand others and us', (us) => [us, ...Array.from({ length: 999 }, (v, i) => `c${i}`)]],
  ['an object', (us) => ({ [us]: true }), 'malformed'],
  ['in another case', (us) => us.toUpperCase()],
  ['null', () => null, 'malformed'],
  ['empty', () => ''],
])
  bad(
    'T03',
    `aud is ${title}`,
    (c) => {
      c.aud = aud(c.aud);
    },
    code,
  );
bad('T03', 'us and another, azp is us', (c) => {
  c.azp = c.aud;
  c.aud = [c.aud, 'other'];
});
bad('T04', 'azp is another', (c) => {
  c.azp = 'other';
});
bad(
  'T04',
  'azp is a number',
  (c) => {
    c.azp = 5;
  },
  'malformed',
);
good('T04', 'azp is us', (c) => {
  c.azp = c.aud;
});
for (const [title, exp, code] of [
  ['missing', () => undefined, 'malformed'],
  ['past by more than the tolerance', () => now() - 90],
  ['a string', () => String(now() + 300), 'malformed'],
  ['negative', () => -5],
  ['0', () => 0],
  ['a boolean', () => true, 'malformed'],
  ['null', () => null, 'malformed'],
  ['in eleven years', () => now() + 11 * 31557600],
])
  bad(
    'T05',
    `exp is ${title}`,
    (c) => {
      c.exp = exp();
    },
    code,
  );
login(
  'T05',
  'exp is 1e308',
  asText((t) => t.replace(/"exp":\d+/, '"exp":1e308')),
  refused('malformed', 'token'),
);
good('T05', 'exp is past within the tolerance', (c) => {
  c.exp = now() - 30;
});
good('T05', 'exp is a fraction', (c) => {
  c.exp += 0.5;
});
for (const [title, iat, code] of [
  ['missing', () => undefined, 'malformed'],
  ['two minutes in the future', () => now() + 120],
  ['a week past', () => now() - 604800],
  ['of 1970', () => 0],
  ['a string', () => String(now()), 'malformed'],
  ['twelve minutes past', () => now() - 720],
])
  bad(
    'T06',
    `iat is ${title}`,
    (c) => {
      c.iat = iat();
    },
    code,
  );
bad('T06', 'nbf is two minutes in the future', (c) => {
  c.nbf = now() + 120;
});
bad(
  'T06',
  'nbf is a string',
  (c) => {
    c.nbf = 'now';
  },
  'malformed',
);
good('T06', 'iat and nbf are ten seconds in the future', (c) => {
  c.iat += 10;
  c.nbf = c.iat;
});
good('T06', 'iat is nine minutes past', (c) => {
  c.iat -= 540;
});
login(
  'T06',
  'this clock is wrong: the message says so',
  {
    claims(c) {
      c.iat += 7200;
      c.exp += 7200;
    },
    token(reply) {
      const date = new Date(Date.now() + 7.2e6).toUTCString();
      return {
        status: 200,
        headers: [
          ['Content-Type', 'application/json'],
          ['Date', date],
        ],
        body: JSON.stringify(reply),
      };
    },
  },
  refused('claim', 'token', { says: /clock is 7\d{3} s behind/, err: /timedatectl/ }),
);
for (const [title, change] of [
  ['missing', () => undefined],
  ['another', () => 'x'.repeat(43)],
  ['an array', (n) => [n]],
  ['a prefix', (n) => n.slice(0, -1)],
  ['longer', (n) => `${n}x`],
  ['empty', () => ''],
  ['in another case', (n) => n.toLowerCase() + n.toUpperCase()],
  ['null', () => null],
])
  bad('T07', `nonce is ${title}`, (c) => {
    c.nonce = change(c.nonce);
  });
scenario(
  'T07 E08',
  'without openid no ID token is read, whatever comes',
  {
    args: ['--no-openid', '--scope', 'api'],
    token(reply) {
      reply.id_token = 'not.a.token';
    },
    userinfo(claims) {
      claims.name = 'Ada';
    },
  },
  async (t) => {
    await t.login(accepted({ calls: { jwks: 0 } }));
    assert.ok(!t.s.query.has('nonce'));
  },
);
for (const [title, change] of [
  ['wrong', (hash) => `${hash.slice(0, -1)}${hash.at(-1) === 'A' ? 'B' : 'A'}`],
  ['truncated', (hash) => hash.slice(0, 10)],
  ['of another algorithm', (hash, text) => halfHash(text, 'sha512')],
  ['of another token', () => halfHash('other')],
]) {
  bad('T08', `at_hash is ${title}`, function at(c) {
    c.at_hash = change(halfHash(this.accessToken), this.accessToken);
  });
}
bad(
  'T08',
  'at_hash is a number',
  (c) => {
    c.at_hash = 5;
  },
  'malformed',
);
good('T08', 'at_hash is right', function at(c) {
  c.at_hash = halfHash(this.accessToken);
});
bad('T09', 's_hash is of another login', (c) => {
  c.s_hash = halfHash('other');
});
bad(
  'T09',
  's_hash is a number',
  (c) => {
    c.s_hash = 5;
  },
  'malformed',
);
good('T09', 's_hash is right', function sh(c) {
  c.s_hash = halfHash(this.query.get('state'));
});
const keepsCode = {
  redirect(p) {
    this.given = p.get('code');
  },
};
bad(
  'T09',
  'c_hash is wrong',
  (c) => {
    c.c_hash = halfHash('other');
  },
  'claim',
  { hooks: keepsCode },
);
good(
  'T09',
  'c_hash is right',
  function ch(c) {
    c.c_hash = halfHash(this.given);
  },
  { hooks: keepsCode },
);
for (const verified of [true, 'true', 1, false]) {
  scenario('T12', `the e-mail address of another user, email_verified is ${JSON.stringify(verified)}`, {}, async (t) => {
    await t.login(accepted());
    t.s.subject = 'mallory';
    t.s.hooks.claims = (c) => Object.assign(c, { email: 'ada@example.org', email_verified: verified });
    const calls = { userinfo: 0, discovery: 0, jwks: 0 };
    await t.login(
      refused('account_mismatch', 'token', { keeps: true, calls, says: /signed in as mallory, but .* is 248289761001/ }),
    );
    const { out } = await t.login(accepted({ calls }), { args: ['--account', 'other'] });
    assert.equal(JSON.parse(out).subject, 'mallory');
    const list = JSON.parse((await t.ctl(['accounts'])).out);
    assert.deepEqual(
      list.map(({ subject }) => subject).sort(),
      ['248289761001', 'mallory'],
      'an e-mail address is never a key',
    );
  });
}
login(
  'T12',
  'a hosted domain was asked for and does not come back',
  { args: ['--hd', 'example.org'] },
  refused('claim', 'token'),
);
login(
  'T12',
  'another hosted domain comes back',
  {
    args: ['--hd', 'example.org'],
    claims(c) {
      c.hd = 'mallory.example';
    },
  },
  refused('claim', 'token'),
);
login(
  'T12',
  'the hosted domain comes back',
  {
    args: ['--hd', 'example.org'],
    claims(c) {
      c.hd = 'example.org';
    },
  },
  accepted(),
);
login(
  'T13',
  'claims in the header count for nothing',
  {
    header(h) {
      Object.assign(h, { iss: 'https://mallory.example', sub: 'mallory', aud: 'other' });
    },
  },
  accepted(),
);
login(
  'T13',
  'claims in the header mend nothing',
  {
    header(h) {
      Object.assign(h, { iss: this.issuer });
    },
    claims(c) {
      c.iss = 'https://mallory.example';
    },
  },
  refused('issuer_mismatch', 'token'),
);

scenario('T15', 'an ID token is served again to the next login', {}, async (t) => {
  t.s.hooks.idToken = (h, c) => {
    t.s.kept ??= sign(h, c, keys.rsa);
    return t.s.kept;
  };
  await t.login(accepted());
  await t.login(refused('claim', 'token', { keeps: true, says: /nonce/, calls: { discovery: 0 } }));
  assert.equal(JSON.parse((await t.ctl(['accounts'])).out).length, 1);
});
