// Attacks a login that waits for its redirect, and then brings the true one while the attack goes on.
//
//   attacker.mjs AUTHORIZATION_URL
//
// A line for each attack: NAME COUNT STATUS... (the statuses that were met, 0: closed without an answer), and at the end
// "redirect STATUS MILLISECONDS".
import net from 'node:net';

const authorization = new URL(process.argv[2]);
const redirectUri = new URL(authorization.searchParams.get('redirect_uri'));
const host = redirectUri.hostname.replace(/[[\]]/g, '');
const port = Number(redirectUri.port);
const path = redirectUri.pathname;
const head = (line, authority = redirectUri.host, more = '') => `${line} HTTP/1.1\r\nHost: ${authority}\r\n${more}\r\n`;

// Sends bytes, waits for the end of the connection: the status, or 0.
function send(bytes, { limit = 8000 } = {}) {
  return new Promise((resolve) => {
    const socket = net.connect({ host, port });
    let answer = '';
    const done = () => { socket.destroy(); resolve(Number(/^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1] ?? 0)); };
    socket.setTimeout(limit, done);
    socket.on('data', (data) => { answer += data; });
    socket.on('error', done);
    socket.on('close', done);
    socket.write(bytes);
  });
}

async function attack(name, requests, { width = 20 } = {}) {
  const met = new Map();
  let next = 0;
  const worker = async () => {
    while (next < requests.length) {
      const status = await send(requests[next++]);
      met.set(status, (met.get(status) ?? 0) + 1);
    }
  };
  await Promise.all(Array.from({ length: width }, worker));
  console.log(name, requests.length, ...[...met.keys()].sort());
}

const times = (n, make) => Array.from({ length: n }, (_, i) => make(i));
const candidate = (query) => head(`GET ${path}?${query}`);
const filler = (n) => 'a'.repeat(n);

await attack('wrong-state', times(1000, (i) => candidate(`code=c${i}&state=${filler(43)}&iss=x`)));
await attack('no-state', times(50, () => candidate('code=c')));
await attack('wrong-host', ['evil.example', 'evil.example:80', `localhost:${port}`, `${host}:1`, `${host}`, `${redirectUri.host}.evil.example`, '']
  .map((authority) => head(`GET ${path}?code=c&state=s`, authority)));
await attack('two-hosts', [head(`GET ${path}?code=c`, redirectUri.host, 'Host: evil.example\r\n')]);
await attack('foreign-origin', [head(`GET ${path}?code=c&state=s`, redirectUri.host, 'Origin: https://evil.example\r\n')]);
await attack('other-method', ['HEAD', 'OPTIONS', 'PUT', 'TRACE', 'POST', 'DELETE'].map((method) => head(`${method} ${path}?code=c&state=s`, redirectUri.host, 'Content-Length: 0\r\n')));
await attack('other-path', ['/', '/favicon.ico', `${path}/`, `${path}/../x`, '//'].map((other) => head(`GET ${other}?code=c&state=s`)));
await attack('absolute-form', [head(`GET http://${redirectUri.host}${path}?code=c&state=s`)]);
await attack('huge-head', [
  head(`GET ${path}?${filler(20000)}`), head(`GET ${path}?code=c`, redirectUri.host, `X: ${filler(100000)}\r\n`),
  head(`GET ${path}?code=c`, redirectUri.host, times(300, (i) => `X${i}: y\r\n`).join('')), filler(200000),
]);
await attack('no-http', [
  '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', `GET ${path}\r\n\r\n`,
  head(`GET ${path}?code=c`, redirectUri.host, 'Transfer-Encoding: chunked\r\nContent-Length: 3\r\n'), `GET ${path}?code=c HTTP/1.1\nHost: ${redirectUri.host}\n\n`,
  head(`GET ${path}?code=\0`), head(`GET ${path}?code=%00&state=%ff`), head(`GET ${path}?code=c`, redirectUri.host, ' folded: x\r\n'),
]);
await attack('parameters', [
  candidate(times(1000, (i) => `p${i}=v`).join('&')), candidate('code=c&code=d&state=s'), candidate(`code=${filler(9000)}&state=s`),
  candidate('code=%zz&state=s'), candidate('Code=c&State=s'), candidate('error=%3Cscript%3E&state=s'),
]);

// From here on the listener is never left alone: slow heads, and a flood that opens and abandons.
const slow = times(50, () => {
  const socket = net.connect({ host, port }, () => socket.write('GET '));
  socket.on('error', () => {});
  const drip = setInterval(() => socket.writable && socket.write('x'), 400);
  socket.on('close', () => clearInterval(drip));
  return socket;
});
await new Promise((resolve) => { setTimeout(resolve, 300); });
const flood = times(500, () => net.connect({ host, port }).on('error', () => {}));
await Promise.all(flood.map((socket) => new Promise((resolve) => { socket.on('connect', resolve).on('close', resolve).on('error', resolve); })));
console.log('flood', flood.length);
await new Promise((resolve) => { setTimeout(resolve, 500); }); // for who wants to look at the process under siege

const answer = await fetch(authorization, { redirect: 'manual' });
const location = new URL(answer.headers.get('location'));
const began = performance.now();
const status = await send(head(`GET ${location.pathname}${location.search}`));
console.log('redirect', status, Math.round(performance.now() - began));
[...slow, ...flood].forEach((socket) => socket.destroy());
