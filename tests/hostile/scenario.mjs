// What a case may say, and the contract that every one of them is held to.
//
//	login(rows, title, { hooks..., args: [...] }, accepted() | refused(code, stage))
//	device(rows, title, { hooks... }, accepted() | refused(code, stage))	a login by device code
//	scenario(rows, title, hooks, async (t) => { ... })
//
// The rows are those of README.md. In a scenario t.login(want) is one login, t.ctl(args, want) any other command.
import assert from 'node:assert/strict';
import net from 'node:net';
import { Browser } from './client.mjs';
import { pause } from './wire.mjs';

export const cases = [];
const exits = {
  ok: 0,
  usage: 2,
  not_found: 3,
  client_id_missing: 3,
  login_needed: 4,
  unavailable: 5,
  tls: 5,
  refused: 6,
  malformed: 7,
  state_mismatch: 7,
  issuer_mismatch: 7,
  signature: 7,
  claim: 7,
  account_mismatch: 7,
  cancelled: 9,
  login_timed_out: 9,
};
const order = ['discovery', 'par', 'authorize', 'device', 'token', 'userinfo'];
const members = ['code', 'exit', 'hint', 'http_status', 'message', 'oauth_error', 'oauth_error_description', 'retry_after'];

export function scenario(rows, title, hooks, play) {
  cases.push({ rows: rows.split(' '), title, hooks, play, long: hooks.long });
}

export function login(rows, title, hooks, want) {
  scenario(rows, title, hooks, (t) => t.login(want));
}

export function device(rows, title, hooks, want) {
  scenario(rows, title, hooks, (t) => t.device(want));
}

// calls: how often each endpoint must have been asked, over what the stage says.
export const accepted = (more = {}) => ({ code: 'ok', ...more });
// stage: the last endpoint that was asked; whatever comes after it must not be.
export const refused = (code, stage, more = {}) => ({ code, stage, ...more });

export class Play {
  // begin(hooks): a further issuer in the same scenario
  constructor(scenario, home, ca, begin) {
    Object.assign(this, { s: scenario, home, ca, begin });
  }

  get log() {
    return this.s.log;
  }

  async login(want, { args = [], browser } = {}) {
    const hooks = this.s.hooks;
    const visit = browser ?? hooks.browser ?? ((b) => b.follow());
    const line = [
      'login',
      hooks.loginTo?.(this.s) ?? this.s.issuer,
      '--no-browser',
      '--timeout',
      hooks.timeout ?? '40s',
      '--client-id',
      this.s.clientId,
      ...this.secretArgs(),
      ...(hooks.args ?? []),
      ...args,
    ];
    const before = this.log.length;
    const kept = this.home.records();
    this.browser = undefined;
    const result = await this.run(want.text ? line : ['--json', ...line], {
      onUrl: async (url) => {
        this.browser = new Browser(url, this.ca, this.s.pushed);
        await visit.call(this.s, this.browser, this);
      },
    });
    if (result.browserError) throw result.browserError;
    this.judge(result, want);
    this.judgeCalls(want, this.log.slice(before));
    if (want.code === 'ok') assert.notEqual(result.out, '');
    else if (!want.keeps) await this.assertNothingStored(kept);
    if (this.browser?.page && want.code !== 'ok' && !want.text) this.judgePage(result.error);
    return result;
  }

  // A login by device code. The user's browser is on another machine: no page of the provider's is opened here.
  async device(want) {
    const before = this.log.length;
    const timeout = this.s.hooks.timeout ?? '40s';
    const line = ['login', this.s.issuer, '--device', '--timeout', timeout, '--client-id', this.s.clientId];
    const result = await this.run(['--json', ...line]);
    this.judge(result, want);
    this.judgeCalls({ ...want, calls: { par: 0, authorize: 0, device: 1, ...want.calls } }, this.log.slice(before));
    if (want.code === 'ok') assert.notEqual(result.out, '');
    else await this.assertNothingStored();
    return result;
  }

  // Milliseconds between the device code and each request for its token.
  pauses() {
    const asked = this.log.filter(({ endpoint }) => endpoint === 'device' || endpoint === 'token').map(({ at }) => at);
    return asked.slice(1).map((at, i) => at - asked[i]);
  }

  // A login of which nothing is judged here.
  visit(line) {
    return this.home.run(line, { onUrl: (url) => new Browser(url, this.ca).follow() });
  }

  // A stranger's listener on a free port.
  occupy(host) {
    const server = net.createServer((socket) => socket.destroy());
    return new Promise((done) =>
      server.listen(0, host, () =>
        done({
          port: server.address().port,
          close: () => new Promise((closed) => server.close(closed)),
        }),
      ),
    );
  }

  // A key for the client (ES256), whose public half the provider is told.
  async giveKey() {
    const method = this.s.hasToSign ? 'private_key_jwt' : 'none';
    const line = ['provider', 'set', this.s.issuer, '--client-id', this.s.clientId, '--generate-client-key'];
    const { out, err } = await this.home.run([...line, '--token-endpoint-auth-method', method]);
    this.s.clientKeys = JSON.parse(out || err).keys;
  }

  secretArgs() {
    if (!this.s.clientSecret) return [];
    return ['--client-secret-file', this.home.write('secret', `${this.s.clientSecret}\n`)];
  }

  async ctl(args, want = accepted(), { reveals, input } = {}) {
    const before = this.log.length;
    const result = await this.run(want.text ? args : ['--json', ...args], { reveals, input });
    this.judge(result, want);
    this.judgeOneByOne(want.calls ?? {}, this.log.slice(before));
    return result;
  }

  // verify: an access token on stdin, as a resource server sees it.
  async verify(token, args, want) {
    const before = this.log.length;
    const line = ['--json', 'verify', '--issuer', this.s.issuer, ...args];
    const result = await this.home.run(line, { input: `${token}\n` });
    assert.ok(!`${result.out}${result.err}`.includes(token), 'the token is not shown');
    this.judge(result, want);
    this.judgeOneByOne({ authorize: 0, token: 0, introspect: 0, ...want.calls }, this.log.slice(before));
    return result;
  }

  async run(args, options) {
    const result = await this.home.run(args, options);
    const said = options?.reveals ? result.err : result.out + result.err;
    for (const secret of this.s.secrets) assert.ok(!said.includes(secret), `a secret was printed: ${secret.slice(0, 12)}...`);
    return result;
  }

  // Exit status, streams, and the error as the contract wants it.
  judge(result, want) {
    const shown = `${result.err.slice(-1500)}\nstdout: ${result.out.slice(0, 500)}`;
    assert.equal(result.status, exits[want.code], `exit status; ${shown}`);
    if (want.code !== 'ok') {
      assert.equal(result.out, '', 'stdout is empty');
      result.error = want.text ? this.readText(result) : this.readJson(result.err);
      if (!want.text) assert.equal(result.error.code, want.code, shown);
      if (want.says) assert.match(result.error.message, want.says);
    }
    if (want.err) assert.match(result.err, want.err);
    for (const text of want.hides ?? [])
      assert.ok(!(result.err + result.out).includes(text), `shows what it must not: ${text}\n${shown}`);
    assert.ok(!/[^\n\x20-\x7e\u00a0-\uffff]/.test(result.err), `a control character on stderr: ${JSON.stringify(shown)}`);
    if (want.within) assert.ok(result.ms < want.within, `took ${result.ms} ms`);
  }

  // The last line of stderr is one JSON object with every member.
  readJson(err) {
    const value = JSON.parse(err.trimEnd().split('\n').at(-1));
    assert.equal(value.version, 1);
    assert.deepEqual(Object.keys(value.error).sort(), members);
    assert.ok(value.error.message.length > 10 && value.error.message.length < 400, 'a sentence');
    assert.ok(value.error.hint?.length > 0, `a line that mends it: ${JSON.stringify(value.error)}`);
    return value.error;
  }

  // One sentence after the program's name, then what the provider said if anything, then the hint: at most four lines.
  readText({ err }) {
    const lines = err.trimEnd().split('\n');
    const at = lines.findIndex((line) => line.startsWith('oauthctl: '));
    assert.ok(at >= 0, err);
    const rest = lines.slice(at);
    assert.ok(rest.length >= 2 && rest.length <= 4, `a sentence and a hint: ${rest.join('\n')}`);
    assert.ok(
      rest.at(-1).includes('oauthctl') || /wait|Try again/.test(rest.at(-1)),
      `a command that mends it: ${rest.at(-1)}`,
    );
    return { message: rest[0].slice('oauthctl: '.length), lines: rest };
  }

  // A login: what was asked up to its last stage, and that nothing was asked after it.
  judgeCalls(want, log) {
    const last = want.code === 'ok' ? order.length - 1 : order.indexOf(want.stage);
    const calls = { ...want.calls };
    order.forEach((endpoint, i) => {
      if (i > last) calls[endpoint] ??= 0;
      else if (endpoint === 'token' || endpoint === 'userinfo') calls[endpoint] ??= 1;
    });
    this.judgeOneByOne(calls, log);
  }

  // Whatever is not told in the metadata is nobody's to ask for, and no secret stands in a URL.
  judgeOneByOne(calls, log) {
    const told = log.map((entry) => `${entry.method} ${entry.path}`).join(', ');
    const count = (endpoint) => log.filter((entry) => entry.endpoint === endpoint).length;
    for (const [endpoint, n] of Object.entries({ stray: 0, ...calls })) {
      if (n !== null) assert.equal(count(endpoint), n, `calls of ${endpoint}: ${told}`);
    }
    for (const { query } of log)
      assert.ok(!query.some((name) => /^(access_token|code_verifier|client_secret)$/.test(name)), told);
  }

  async assertNothingStored(kept = []) {
    assert.deepEqual(this.home.records(), kept, 'nothing is stored');
    const list = await this.home.run(['--json', 'accounts']);
    assert.equal(list.out, '[]\n', list.err);
  }

  // The page says what stderr says, allows nothing, and shows nothing that was sent.
  judgePage(error) {
    const { headers, body } = this.browser.page;
    assert.match(headers['content-security-policy'] ?? '', /^default-src 'none';/);
    assert.equal(headers['x-content-type-options'], 'nosniff');
    assert.match(headers['cache-control'] ?? '', /no-store/);
    assert.equal(headers['referrer-policy'], 'no-referrer');
    const escaped = error.message.replace(
      /[&<>"']/g,
      (c) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' })[c],
    );
    assert.ok(
      body.includes(escaped),
      `the page says: ${body.replace(/<style[\s\S]*<\/style>|<[^>]*>/g, ' ').replace(/\s+/g, ' ')}`,
    );
    for (const secret of this.s.secrets) assert.ok(!body.includes(secret), 'a secret on the page');
  }

  // A refresh that ended after a call began counts for it, and a process knows to ten ms when it began.
  async token(want = accepted(), args = []) {
    await pause(20);
    return this.ctl(['token', ...args], want, { reveals: true });
  }
}
