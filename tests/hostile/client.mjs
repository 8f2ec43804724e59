// The other side of each scenario: the real oauthctl in a throw-away home, and a user's browser by script.
import { spawn } from 'node:child_process';
import crypto from 'node:crypto';
import fs from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import path from 'node:path';
import { send } from './wire.mjs';

const LIMIT_MS = 75000;

// A home of its own: nothing of the caller's is read or written.
export class Home {
  constructor(base, program) {
    this.dir = fs.mkdtempSync(path.join(base, 'home.'));
    this.program = program;
    fs.writeFileSync(path.join(this.dir, 'key'), crypto.randomBytes(32), { mode: 0o600 });
    const kept = Object.entries(process.env).filter(([name]) => /^(PATH|TMPDIR|[A-Z]+SAN_OPTIONS)$/.test(name));
    this.env = {
      ...Object.fromEntries(kept),
      HOME: this.dir,
      LC_ALL: 'C.UTF-8',
      OAUTHCTL_STORE: 'file',
      OAUTHCTL_NO_INPUT: '1',
      OAUTHCTL_KEY_FILE: path.join(this.dir, 'key'),
      OAUTHCTL_ACCESS_CACHE: 'off',
    };
    for (const name of ['CONFIG', 'STATE', 'CACHE', 'DATA']) {
      this.env[`XDG_${name}_HOME`] = path.join(this.dir, name.toLowerCase());
      fs.mkdirSync(this.env[`XDG_${name}_HOME`]);
    }
  }

  write(name, text) {
    const file = path.join(this.dir, name);
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(file, text, { mode: 0o600 });
    return file;
  }

  // Sealed records, wherever the file store and the recovery keep them. params.json is how the store's key is made, no record.
  records() {
    const found = [];
    for (const part of ['store', 'recovery']) {
      const dir = path.join(this.env.XDG_STATE_HOME, 'oauthctl', part);
      if (fs.existsSync(dir)) found.push(...fs.readdirSync(dir).filter((name) => !/^(\.|params\.json$)/.test(name)));
    }
    return found;
  }

  // As on another machine, or a day later.
  forgetCache() {
    fs.rmSync(this.env.XDG_CACHE_HOME, { recursive: true, force: true });
    fs.mkdirSync(this.env.XDG_CACHE_HOME);
  }

  // What is cached, by file: magic and hash on one line, the key on the next, and the document with its times.
  cached() {
    const dir = path.join(this.env.XDG_CACHE_HOME, 'oauthctl');
    const files = fs
      .readdirSync(dir, { recursive: true })
      .map((name) => path.join(dir, name))
      .filter((name) => fs.statSync(name).isFile());
    return files.map((file) => {
      const [head, key, ...rest] = fs.readFileSync(file, 'utf8').split('\n');
      return { file, magic: head.slice(0, -64), key, value: JSON.parse(rest.join('\n')) };
    });
  }

  // So many seconds pass for what is cached.
  ageCache(seconds) {
    for (const { file, magic, key, value } of this.cached()) {
      for (const member of ['fetched_at', 'fresh_until', 'forced_at']) value[member] -= seconds;
      const text = `${key}\n${JSON.stringify(value)}`;
      fs.writeFileSync(file, `${magic}${crypto.createHash('sha256').update(text).digest('hex')}\n${text}`);
    }
  }

  remove() {
    fs.rmSync(this.dir, { recursive: true, force: true });
  }

  // Runs to the end. onUrl is called with the authorization URL as soon as it is printed; input: for standard input.
  run(args, { onUrl, input } = {}) {
    return new Promise((done) => {
      const child = spawn(this.program, args, { env: this.env, cwd: this.dir, stdio: [input ? 'pipe' : 'ignore', 'pipe', 'pipe'] });
      child.stdin?.on('error', () => {}).end(input);
      const result = { out: '', err: '', began: Date.now() };
      let browsing;
      const limit = setTimeout(() => child.kill('SIGKILL'), LIMIT_MS);
      child.stdout.on('data', (chunk) => {
        result.out += chunk;
      });
      child.stderr.on('data', (chunk) => {
        result.err += chunk;
        const url = /^ {2}(https?:\/\/\S+)\n/m.exec(result.err);
        if (url && onUrl && !browsing)
          browsing = onUrl(url[1]).catch((e) => {
            result.browserError = e;
          });
      });
      child.on('close', async (status, signal) => {
        clearTimeout(limit);
        result.ms = Date.now() - result.began;
        await browsing;
        done({ ...result, status: signal ?? status });
      });
    });
  }
}

// A request as a browser makes it, to the provider's pages. Redirects are not followed here.
export function ask(url, { ca } = {}) {
  return new Promise((done, fail) => {
    const get = url.startsWith('https:') ? https.get : http.get;
    get(url, { agent: false, ca, rejectUnauthorized: ca !== undefined }, (answer) => {
      const chunks = [];
      answer.on('data', (chunk) => chunks.push(chunk));
      answer.on('end', () =>
        done({ status: answer.statusCode, headers: answer.headers, body: Buffer.concat(chunks).toString() }),
      );
    }).on('error', fail);
  });
}

const unescape = (html) => html.replace(/&#(\d+);/g, (all, code) => String.fromCharCode(Number(code)));

// The parameters that the URL holds in the open, or in a signed object.
function parametersOf(url) {
  const { searchParams } = new URL(url);
  if (!searchParams.has('request')) return searchParams;
  return new URLSearchParams(JSON.parse(Buffer.from(searchParams.get('request').split('.')[1], 'base64url')));
}

// The browser of one login. Everything sent to the loopback listener goes out byte by byte as it is written here.
export class Browser {
  // pushed: the parameters of a pushed request, which the URL does not hold.
  constructor(url, ca, pushed) {
    this.url = url;
    this.ca = ca;
    this.query = pushed ?? parametersOf(url);
    this.state = this.query.get('state');
    this.redirect = new URL(this.query.get('redirect_uri'));
    this.port = Number(this.redirect.port);
    this.host = this.redirect.host;
    this.path = this.redirect.pathname;
  }

  raw(bytes, options) {
    return send(this.port, bytes, options);
  }

  // head: further field lines.
  get(target, head = '', options = {}) {
    return this.raw(`GET ${target} HTTP/1.1\r\nHost: ${this.host}\r\n${head}\r\n`, options);
  }

  callback(query, head, options) {
    return this.get(`${this.path}?${query}`, head, options);
  }

  post(body, { type = 'application/x-www-form-urlencoded', target = this.path, head = '', method = 'POST' } = {}) {
    const typed = type ? `Content-Type: ${type}\r\n` : '';
    return this.raw(
      `${method} ${target} HTTP/1.1\r\nHost: ${this.host}\r\n${typed}Content-Length: ${Buffer.byteLength(body, 'latin1')}\r\n${
        head
      }\r\n${body}`,
      { wait: 60000 },
    );
  }

  // Opens the provider's page. Gives the query, or the form's fields, with which it sends the browser back.
  async visit() {
    const answer = await ask(this.url, { ca: this.ca });
    if (answer.status !== 200) return new URL(answer.headers.location).search.slice(1);
    const inputs = [...answer.body.matchAll(/name="([^"]*)" value="([^"]*)"/g)];
    return new URLSearchParams(inputs.map(([, name, value]) => [unescape(name), unescape(value)])).toString();
  }

  async goBack(text) {
    this.page = await (/^form_post/.test(this.query.get('response_mode'))
      ? this.post(text)
      : this.callback(text, '', { wait: 60000 }));
    return this.page;
  }

  async follow() {
    return this.goBack(await this.visit());
  }
}
