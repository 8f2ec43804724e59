#!/usr/bin/env node
// A user with a real browser: headless Chromium opens the authorization URL (the last argument), signs in at the pages it
// knows, allows or denies, and is done when it stands on the loopback callback's page. For oauthctl's --browser and BROWSER.
//
//   --user NAME (ada)   --deny   --page FILE (the text of the last page)   --trace FILE (each address)
//   --light FILE.png, --dark FILE.png   pictures of the last page in either colour scheme
//   --ca-spki HASH      trust the server certificate with this key (base64 of SHA-256)
//   CHROMIUM            the browser's path (/usr/bin/chromium)
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRequire } from 'node:module';

// The packages are installed beside the other peers.
const { chromium } = createRequire(new URL('../interop/package.json', import.meta.url))('playwright-core');

const BUTTON = 'button[value=approve], button[type=submit], input[type=submit]';

function parse(words) {
  const options = { user: 'ada', url: words.pop() };
  while (words.length > 0) {
    const name = words.shift().replace(/^--/, '');
    options[name] = name === 'deny' ? true : words.shift();
  }
  return options;
}

// Nothing but loopback is looked up, so that a page's web font neither stalls the login nor leaves the machine.
function flags(options) {
  const list = [
    '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--disable-background-networking', '--disable-component-update',
    '--disable-sync', '--disable-extensions', '--no-first-run', '--no-default-browser-check', '--password-store=basic',
    '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost, EXCLUDE [::1]',
  ];
  if (options['ca-spki']) list.push(`--ignore-certificate-errors-spki-list=${options['ca-spki']}`);
  return list;
}

async function press(page, options) {
  const no = page.locator('button[value=deny], a[href$="/abort"]').first();
  const user = page.locator('input[name=login], input[name=username]').first();
  const password = page.locator('input[type=password]').first();
  if (options.deny && await no.count()) return no.click();
  if (await user.count()) await user.fill(options.user);
  if (await password.count()) await password.fill('any');
  return page.locator(BUTTON).first().click();
}

async function shoot(page, scheme, path) {
  await page.setViewportSize({ width: 640, height: 560 });
  await page.emulateMedia({ colorScheme: scheme });
  await page.screenshot({ path });
}

async function sign(context, options) {
  const callback = new URL(new URL(options.url).searchParams.get('redirect_uri')).origin;
  const page = context.pages()[0] ?? await context.newPage();
  const seen = [];
  page.setDefaultTimeout(15000);
  page.on('framenavigated', (frame) => { if (frame === page.mainFrame()) seen.push(frame.url()); });
  await page.goto(options.url, { waitUntil: 'domcontentloaded' });
  const standsThere = () => new URL(page.url()).origin === callback;
  for (let step = 0; step < 8 && !standsThere(); step += 1) {
    // Either the page wants something of the user, or it moves on by itself (form_post).
    await Promise.race([page.waitForURL((url) => url.origin === callback), page.locator(BUTTON).first().waitFor()]);
    if (standsThere()) break;
    const before = page.url();
    await press(page, options);
    await page.waitForURL((url) => url.href !== before, { waitUntil: 'domcontentloaded' });
  }
  await page.waitForLoadState('load');
  for (const scheme of ['light', 'dark']) {
    if (options[scheme]) await shoot(page, scheme, options[scheme]);
  }
  if (options.page) writeFileSync(options.page, await page.locator('body').innerText());
  if (options.trace) writeFileSync(options.trace, [...seen, `now ${page.url()}`, ''].join('\n'));
  return standsThere();
}

const options = parse(process.argv.slice(2));
const profile = mkdtempSync(join(tmpdir(), 'browser-'));
const context = await chromium.launchPersistentContext(profile, {
  executablePath: process.env.CHROMIUM || '/usr/bin/chromium', headless: true, args: flags(options),
});
let done = false;
try {
  done = await sign(context, options);
} finally {
  await context.close();
  rmSync(profile, { recursive: true, force: true });
}
process.exit(done ? 0 : 1);
