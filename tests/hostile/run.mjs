#!/usr/bin/env node
// Runs oauthctl against the rogue provider: run.mjs [--list] [WORD...]
// OAUTHCTL is the program's path; a word picks the cases whose rows or titles hold it; --list prints row and title of each case.
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Home } from './client.mjs';
import { Rogue } from './rogue.mjs';
import { cases, Play } from './scenario.mjs';

const here = path.dirname(fileURLToPath(import.meta.url));
for (const name of fs.readdirSync(path.join(here, 'cases')).sort()) await import(path.join(here, 'cases', name));

const words = process.argv.slice(2).filter((word) => !word.startsWith('--'));
if (process.argv.includes('--list')) {
  for (const { rows, title } of cases) for (const row of rows) console.log(`${row}\t${title}`);
  process.exit(0);
}
const program = process.env.OAUTHCTL;
if (!program) {
  console.error('OAUTHCTL is the path of the program');
  process.exit(2);
}
const lanes = Number(process.env.HOSTILE_LANES ?? 3);
const base = fs.mkdtempSync(path.join(os.tmpdir(), 'oauthctl-hostile.'));
const chosen = cases.filter(
  ({ rows, title }) =>
    words.length === 0 || words.some((word) => rows.some((row) => row.startsWith(word)) || title.includes(word)),
);

function certificates() {
  execFileSync('bash', [path.join(here, 'certificates.sh'), path.join(base, 'tls')], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const read = (name) => fs.readFileSync(path.join(base, 'tls', name));
  const pair = (name) => ({ cert: read(`${name}.pem`), key: read(`${name}.key`) });
  return {
    https: pair('server'),
    selfSigned: pair('self'),
    wrongHost: pair('other'),
    expired: pair('old'),
    oldTls: { ...pair('server'), maxVersion: 'TLSv1.1', minVersion: 'TLSv1', ciphers: 'DEFAULT@SECLEVEL=0' },
  };
}

const rogue = new Rogue();
await rogue.listen(certificates());
const caFile = path.join(base, 'tls', 'ca.pem');
const ca = fs.readFileSync(caFile);
let passed = 0;
let failed = 0;

async function perform(one, n) {
  const began = Date.now();
  const id = `s${n}`;
  const home = new Home(base, program);
  const scenario = rogue.begin(id, one.hooks);
  if (scenario.issuer.startsWith('https:')) one.hooks.args = ['--ca-file', caFile, ...(one.hooks.args ?? [])];
  const name = `${one.rows.join(' ')} ${one.title}`;
  try {
    await one.play(new Play(scenario, home, ca, (hooks) => rogue.begin(`${id}x`, hooks)));
    passed += 1;
    console.log(`ok ${name} (${Date.now() - began} ms)`);
  } catch (e) {
    failed += 1;
    console.log(`FAILED ${name}\n    ${String(e.stack).split('\n').slice(0, 24).join('\n    ')}`);
  } finally {
    rogue.scenarios.delete(id);
    rogue.scenarios.delete(`${id}x`);
    home.remove();
  }
}

async function lane(queue) {
  for (let next = queue.shift(); next; next = queue.shift()) await perform(next.one, next.n);
}

// Those that wait for a deadline of the product do nothing meanwhile: all of them at once, beside the others.
const numbered = chosen.map((one, n) => ({ one, n }));
const short = numbered.filter(({ one }) => !one.long);
await Promise.all([
  ...numbered.filter(({ one }) => one.long).map(({ one, n }) => perform(one, n)),
  ...Array.from({ length: lanes }, () => lane(short)),
]);
await rogue.close();
fs.rmSync(base, { recursive: true, force: true });
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed > 0 || passed === 0 ? 1 : 0);
