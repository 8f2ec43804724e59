// What the cases around the redirect have in common: attacks that must change nothing, and responses that must end the login.
import assert from 'node:assert/strict';
import { accepted, login, refused } from './scenario.mjs';

const csp = /^default-src 'none';/;

// Whatever the listener says: nothing of what was sent, and nothing that a browser could act on.
export function judgeAnswer(answer, status, sent = '') {
  assert.equal(answer.status, status, `${sent.slice(0, 80)}: ${answer.how} ${answer.body.slice(0, 200)}`);
  if (status === 204) return;
  assert.match(answer.headers['content-security-policy'] ?? '', csp);
  assert.equal(answer.headers['x-content-type-options'], 'nosniff');
  assert.equal(answer.headers['referrer-policy'], 'no-referrer');
  assert.match(answer.headers['cache-control'] ?? '', /no-store/);
  for (const text of ['mallory', '<script>alert']) assert.ok(!answer.body.includes(text), 'reflects what was sent');
}

// Attacks first, then the true redirect: the login goes on as if nothing had been.
export const survives = (rows, title, attack, hooks = {}) =>
  login(
    rows,
    title,
    {
      ...hooks,
      async browser(b, t) {
        await attack(b, t);
        assert.equal(t.s.count('token'), 0, 'nothing was redeemed');
        assert.equal((await b.follow()).status, 200);
      },
    },
    accepted(),
  );

// The response is changed in its query's text; the state in it is right.
export const ends = (rows, title, change, code, more = {}) =>
  login(
    rows,
    title,
    {
      ...more.hooks,
      redirect(p) {
        return change(p.toString(), this, p) ?? p.toString();
      },
    },
    refused(code, 'authorize', more),
  );
