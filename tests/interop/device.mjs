#!/usr/bin/env node
// A user with another device, by script: waits for the address and the code in what oauthctl prints (the first argument, a file),
// opens oidc-provider's page, enters the code, signs in as LOGIN_USER (ada), and says yes or, for the second argument "deny", no.
//
// Exit 0: the page that ends it was reached.
import { readFileSync } from 'node:fs';

const [file, answer] = process.argv.slice(2);
const user = process.env.LOGIN_USER || 'ada';
const jar = new Map();

async function shown() {
  for (let n = 0; n < 400; n += 1) {
    const lines = readFileSync(file, 'utf8').split('\n').filter((line) => /^ {2}\S+$/.test(line)).map((line) => line.trim());
    const uri = lines.find((line) => line.startsWith('http'));
    const code = lines.find((line) => /^[A-Z]{4}-[A-Z]{4}$/.test(line));
    if (uri && code) return { uri, code };
    await new Promise((done) => setTimeout(done, 50));
  }
  throw new Error('no code was shown');
}

async function open(url, fields) {
  const headers = { cookie: [...jar].map(([name, value]) => `${name}=${value}`).join('; '), accept: 'text/html' };
  const page = await fetch(url, {
    method: fields ? 'POST' : 'GET', body: fields, headers, redirect: 'manual', signal: AbortSignal.timeout(20000),
  });
  for (const line of page.headers.getSetCookie()) {
    const [, name, value] = /^([^=]+)=([^;]*)/.exec(line);
    jar.set(name, value);
  }
  const location = page.headers.get('location');
  return location ? open(new URL(location, url)) : { url, html: await page.text(), status: page.status };
}

// The fields of a page's first form, filled in as this user would.
function fill(html, code) {
  const fields = new URLSearchParams();
  for (const [tag] of html.matchAll(/<input\b[^>]*>/g)) {
    const name = /name="([^"]+)"/.exec(tag)?.[1];
    if (name && !/type="(submit|checkbox)"/.test(tag)) fields.append(name, /value="([^"]*)"/.exec(tag)?.[1] ?? '');
  }
  if (fields.has('user_code')) fields.set('user_code', code);
  if (fields.has('login')) fields.set('login', user);
  if (fields.has('password')) fields.set('password', 'any');
  return fields;
}

const { uri, code } = await shown();
let page = await open(new URL(uri));
for (let step = 0; step < 8; step += 1) {
  if (/Sign-in Success|Sign-in Cancel/i.test(page.html)) process.exit(0);
  const fields = fill(page.html, code);
  const abort = /href="([^"]*\/abort)"/.exec(page.html);
  const action = /<form\b[^>]*action="([^"]+)"/.exec(page.html)?.[1];
  if (answer === 'deny' && abort) page = await open(new URL(abort[1], page.url));
  else if (action) page = await open(new URL(action, page.url), fields);
  else break;
}
const last = page.html.replace(/<style[\s\S]*?<\/style>|<[^>]+>/g, ' ').replace(/\s+/g, ' ').slice(0, 300);
if (answer === 'deny' && /error|aborted|denied/i.test(last)) process.exit(0);
console.error(`no way on from ${page.url}: ${page.status} ${last}`);
process.exit(1);
