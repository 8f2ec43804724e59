// An HTTP proxy behind which the hosts of Google and Microsoft are programs of ours, with certificates of a throw-away CA.
// Prints "ready http://127.0.0.1:PORT", which is what https_proxy takes. No other host can be reached through it.
//
//   proxy.mjs CA_DIRECTORY [SCENARIO]       CA_DIRECTORY as mkca.sh makes it with the names that `proxy.mjs --hosts` prints
//   PUT /scenario                           changes the scenario (google.mjs and microsoft.mjs say which there are)
//   LOG_FILE                                one line a request: METHOD HOST PATH FIELD,FIELD AUTHORIZATION STATUS; never a value
//   LIFETIME                                end after so many seconds (600)
import { appendFileSync, readFileSync } from 'node:fs';
import { createServer as createHttp } from 'node:http';
import { createServer as createHttps } from 'node:https';

const hosts = ['accounts.google.com', 'oauth2.googleapis.com', 'openidconnect.googleapis.com', 'www.googleapis.com', 'login.microsoftonline.com', 'graph.microsoft.com'];
if (process.argv[2] === '--hosts') {
  console.log(hosts.join(' '));
  process.exit(0);
}
const routes = { ...(await import('./google.mjs')).routes, ...(await import('./microsoft.mjs')).routes };
const [, , directory, first = 'documented'] = process.argv;
let scenario = first;

function readBody(request) {
  return new Promise((resolve, reject) => {
    let text = '';
    request.setEncoding('utf8').on('data', (part) => { text += part; }).on('end', () => resolve(text)).on('error', reject);
  });
}

// A route's path may begin with {tenant}, which is one segment.
function find(method, host, path) {
  for (const [route, handle] of Object.entries(routes)) {
    const [wantedMethod, wantedHost, wantedPath] = route.split(' ');
    const [, tenant] = /^\/([^/]+)/.exec(path) ?? [];
    if (method === wantedMethod && host === wantedHost && path === wantedPath.replace('{tenant}', tenant)) return { handle, tenant };
  }
  return null;
}

function log(request, host, url, fields, status) {
  if (!process.env.LOG_FILE) return;
  const [scheme = '-'] = (request.headers.authorization ?? '').split(' ').filter(Boolean);
  appendFileSync(process.env.LOG_FILE, `${request.method} ${host} ${url.pathname} ${[...fields].sort().join(',') || '-'} ${scheme} ${status}\n`);
}

async function serve(request, response) {
  const host = (request.headers.host ?? '').replace(/:443$/, '');
  const url = new URL(request.url, `https://${host}`);
  const body = await readBody(request);
  const isForm = (request.headers['content-type'] ?? '').startsWith('application/x-www-form-urlencoded');
  const query = Object.fromEntries(url.searchParams);
  const form = isForm ? Object.fromEntries(new URLSearchParams(body)) : {};
  const found = find(request.method, host, url.pathname);
  const answer = found
    ? await found.handle({ request, query, form, scenario, tenant: found.tenant })
    : { status: 404, headers: { 'content-type': 'text/html' }, body: '<h1>404</h1>' };
  log(request, host, url, [...Object.keys(query), ...Object.keys(form)], answer.status);
  response.writeHead(answer.status, answer.headers).end(answer.body);
}

const inner = createHttps({ key: readFileSync(`${directory}/server.key`), cert: readFileSync(`${directory}/server.pem`) }, (request, response) => {
  serve(request, response).catch((e) => {
    console.error(e);
    response.writeHead(500).end();
  });
});
inner.on('tlsClientError', () => {}); // a client that does not trust the CA is one of the tests

const proxy = createHttp(async (request, response) => {
  if (request.method !== 'PUT' || request.url !== '/scenario') return response.writeHead(405).end();
  scenario = (await readBody(request)).trim();
  return response.writeHead(204).end();
});
proxy.on('connect', (request, socket, head) => {
  const [host, port] = request.url.split(':');
  socket.on('error', () => {});
  if (!hosts.includes(host) || port !== '443') {
    if (process.env.LOG_FILE) appendFileSync(process.env.LOG_FILE, `CONNECT ${request.url} refused\n`);
    socket.end('HTTP/1.1 502 Bad Gateway\r\n\r\n');
    return;
  }
  socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
  if (head.length > 0) socket.unshift(head);
  inner.emit('connection', socket);
});
proxy.listen(0, '127.0.0.1', () => console.log(`ready http://127.0.0.1:${proxy.address().port}`));
setTimeout(() => process.exit(0), Number(process.env.LIFETIME ?? 600) * 1000).unref();
process.on('SIGTERM', () => process.exit(0));
