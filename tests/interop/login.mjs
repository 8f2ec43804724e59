#!/usr/bin/env node
// A user with a browser, by script: opens the authorization URL (the last argument), answers the pages of belgo-issuer, of
// oidc-provider and of the providers of proxy.mjs, and follows the redirect to the loopback callback, by GET or by a posted form.
//
//   LOGIN_USER (ada)   LOGIN_ACTION=approve|deny   LOGIN_SCOPES  what to tick, blank separated (all)
//   LOGIN_STOP=1       print the callback URL in place of opening it
//   LOGIN_OUT=FILE     write the page that the callback answered there
//   LOGIN_JAR=FILE     keep the cookies there: the user stays signed in at the provider
//
// Given the URL that ends a session, says yes to that, and is done with the page after it.
//
// Exit 0: the callback answered 200, or the session ended; 1: it did not, or there was no way on.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';

const user = process.env.LOGIN_USER || 'ada';
const deny = process.env.LOGIN_ACTION === 'deny';
const ticks = process.env.LOGIN_SCOPES?.split(' ');
const jarFile = process.env.LOGIN_JAR;
const jar = new Map();
if (jarFile && existsSync(jarFile)) {
  for (const [origin, cookies] of JSON.parse(readFileSync(jarFile, 'utf8'))) jar.set(origin, new Map(cookies));
}

const start = new URL(process.argv.at(-1));
const isLeaving = start.searchParams.has('id_token_hint');
// A pushed request hides where it leads back to: to whatever is not the provider, then.
const redirectUri = start.searchParams.get('redirect_uri');
const callback = redirectUri && new URL(redirectUri);
const isCallback = (url) => (callback ? url.origin === callback.origin && url.pathname === callback.pathname : url.origin !== start.origin);

function unescapeHtml(text) {
  const named = { amp: '&', lt: '<', gt: '>', quot: '"' };
  return text.replace(/&(?:#x([0-9a-f]+)|#(\d+)|(\w+));/gi, (all, hex, dec, name) =>
    hex ? String.fromCodePoint(parseInt(hex, 16)) : dec ? String.fromCodePoint(Number(dec)) : named[name] ?? all);
}

function attributes(tag) {
  const found = {};
  for (const [, name, , double, single, bare] of tag.matchAll(/([\w-]+)(=(?:"([^"]*)"|'([^']*)'|([^\s>]+)))?/g)) {
    found[name.toLowerCase()] = unescapeHtml(double ?? single ?? bare ?? '');
  }
  return found;
}

// The first form of a page: where it goes, and its fields as a user leaves them.
function readForm(html, base) {
  const form = /<form\b([^>]*)>([\s\S]*?)(<\/form>|$)/i.exec(html);
  if (!form) return null;
  const fields = new URLSearchParams();
  for (const [, tag] of form[2].matchAll(/<input\b([^>]*)>/gi)) {
    const { name, type, value = '' } = attributes(tag);
    if (!name || (type === 'checkbox' && ticks && !ticks.includes(value))) continue;
    fields.append(name, value);
  }
  return { url: new URL(attributes(form[1]).action || base, base), fields };
}

async function open(url, fields) {
  const origin = url.origin;
  const headers = { cookie: [...(jar.get(origin) ?? new Map())].map(([k, v]) => `${k}=${v}`).join('; '), accept: 'text/html' };
  const answer = await fetch(url, {
    method: fields ? 'POST' : 'GET', body: fields, headers, redirect: 'manual', signal: AbortSignal.timeout(20000),
  });
  for (const line of answer.headers.getSetCookie()) {
    const [, name, value] = /^([^=]+)=([^;]*)/.exec(line);
    if (!jar.has(origin)) jar.set(origin, new Map());
    jar.get(origin).set(name, value);
  }
  return answer;
}

// What the user does with a form: the next place and what is sent there.
function answerForm({ url, fields }, html) {
  if (isCallback(url)) return { url, fields };
  const abort = /href="([^"]*\/abort)"/.exec(html);
  if (deny && abort) return { url: new URL(unescapeHtml(abort[1]), url) };
  if (fields.has('login')) fields.set('login', user);
  if (fields.has('password')) fields.set('password', 'any');
  if (isLeaving) fields.set('logout', 'yes');
  if (/name=["']?action\b/.test(html)) fields.set('action', deny ? 'deny' : 'approve');
  return { url, fields };
}

async function sign() {
  let place = { url: start };
  for (let step = 0; step < 15; step += 1) {
    if (isCallback(place.url)) {
      if (process.env.LOGIN_STOP) {
        if (place.fields) console.log(`${place.url} ${place.fields}`);
        else console.log(place.url.href);
        return 0;
      }
      const answer = await open(place.url, place.fields);
      const page = await answer.text();
      if (process.env.LOGIN_OUT) writeFileSync(process.env.LOGIN_OUT, page);
      if ([302, 303].includes(answer.status)) {
        place = { url: new URL(answer.headers.get('location'), place.url) };
        const last = await open(place.url);
        if (process.env.LOGIN_OUT) writeFileSync(process.env.LOGIN_OUT, await last.text());
        return last.status === 200 ? 0 : 1;
      }
      return answer.status === 200 ? 0 : 1;
    }
    const answer = await open(place.url, place.fields);
    const location = answer.headers.get('location');
    if (location) {
      place = { url: new URL(location, place.url) };
      continue;
    }
    const html = await answer.text();
    const form = readForm(html, place.url);
    if (isLeaving && answer.status === 200 && !form) {
      if (process.env.LOGIN_OUT) writeFileSync(process.env.LOGIN_OUT, html);
      return 0;
    }
    if (!form || (answer.status !== 200 && !isCallback(form.url))) { // an error is posted from a page with its own status
      const text = html.replace(/<style[\s\S]*?<\/style>|<[^>]+>/g, ' ').replace(/\s+/g, ' ').trim().slice(0, 300);
      console.error(`no way on from ${place.url.origin}${place.url.pathname}: ${answer.status} ${text}`);
      return 1;
    }
    place = answerForm(form, html);
  }
  console.error('too many pages');
  return 1;
}

const status = await sign().catch((e) => (console.error(e.cause?.message ?? e.message), 1));
if (jarFile) writeFileSync(jarFile, JSON.stringify([...jar].map(([origin, cookies]) => [origin, [...cookies]])));
process.exit(status);
