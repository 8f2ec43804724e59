// Bytes on sockets: an HTTP/1.1 server that sends exactly what it is told to, wrong or right, and a client that does the same.
//
// A handler returns one of
//   { status, headers: [[name, value]...], body }	framed as it should be
//   { raw: string|Buffer }				these bytes, then the end of the connection
//   { run: async (socket) => {} }			whatever it writes; the connection ends when it returns
import net from 'node:net';
import tls from 'node:tls';

const reasons = { 200: 'OK', 302: 'Found', 304: 'Not Modified', 400: 'Bad Request', 401: 'Unauthorized', 404: 'Not Found' };

export function frame({ status = 200, headers = [], body = '' }) {
  const bytes = Buffer.isBuffer(body) ? body : Buffer.from(body);
  const lines = [`HTTP/1.1 ${status} ${reasons[status] ?? 'Status'}`, ...headers.map(([name, value]) => `${name}: ${value}`)];
  if (!headers.some(([name]) => /^(content-length|transfer-encoding)$/i.test(name)))
    lines.push(`Content-Length: ${bytes.length}`);
  return Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'), bytes]);
}

export function json(value, { status = 200, type = 'application/json', headers = [] } = {}) {
  const body = typeof value === 'string' || Buffer.isBuffer(value) ? value : JSON.stringify(value);
  return { status, headers: [...(type ? [['Content-Type', type]] : []), ['Cache-Control', 'no-store'], ...headers], body };
}

function parseHead(text) {
  const [first, ...lines] = text.split('\r\n');
  const [method, target] = first.split(' ');
  const headers = {};
  for (const line of lines) {
    const colon = line.indexOf(':');
    const name = line.slice(0, colon).toLowerCase();
    const value = line.slice(colon + 1).trim();
    headers[name] = name in headers ? `${headers[name]}, ${value}` : value;
  }
  return { method, target, headers };
}

// One whole request at the front of the bytes, or null.
function takeRequest(bytes) {
  const end = bytes.indexOf('\r\n\r\n');
  if (end < 0) return null;
  const request = parseHead(bytes.subarray(0, end).toString('latin1'));
  const length = Number(request.headers['content-length'] ?? 0);
  if (bytes.length < end + 4 + length) return null;
  return { ...request, body: bytes.subarray(end + 4, end + 4 + length).toString(), length: end + 4 + length };
}

async function answer(handler, request, socket) {
  const reply = await handler(request);
  if (reply.run) await reply.run(socket);
  else socket.write(reply.raw ?? frame(reply));
  return !reply.run && reply.raw === undefined;
}

async function converse(handler, socket) {
  let bytes = Buffer.alloc(0);
  for await (const chunk of socket) {
    bytes = Buffer.concat([bytes, chunk]);
    for (let request = takeRequest(bytes); request; request = takeRequest(bytes)) {
      bytes = bytes.subarray(request.length);
      if (!(await answer(handler, request, socket))) return;
    }
  }
}

// Listens on a free loopback port. Resolves to { port, close }.
export function serve(handler, secure) {
  const sockets = new Set();
  const onSocket = (socket) => {
    sockets.add(socket);
    socket.on('error', () => {}); // the peer may leave whenever it likes
    socket.on('close', () => sockets.delete(socket));
    converse(handler, socket)
      .catch((e) => e.code || console.error(e))
      .finally(() => socket.end());
  };
  const server = secure ? tls.createServer(secure, onSocket) : net.createServer(onSocket);
  server.on('tlsClientError', () => {});
  const close = () =>
    new Promise((done) => {
      server.close(done);
      for (const socket of sockets) socket.destroy();
    });
  return new Promise((done) => server.listen(0, '127.0.0.1', () => done({ port: server.address().port, close })));
}

// Sends bytes and gives what comes back until the other side ends, resets, or `wait` is over. `pace`: one byte each so many ms.
export function send(port, bytes, { host = '127.0.0.1', wait = 8000, pace = 0, end = false } = {}) {
  return new Promise((done) => {
    const began = Date.now();
    const chunks = [];
    const socket = net.connect(port, host);
    let timer;
    const finish = (how) => {
      clearTimeout(limit);
      clearInterval(timer);
      socket.destroy();
      done({ ...parseAnswer(Buffer.concat(chunks)), how, ms: Date.now() - began });
    };
    const limit = setTimeout(() => finish('waited'), wait);
    socket.on('data', (chunk) => chunks.push(chunk));
    socket.on('end', () => finish('ended'));
    socket.on('error', (e) => finish(e.code));
    socket.on('connect', () => {
      const whole = Buffer.from(bytes, 'latin1');
      let at = 0;
      if (pace === 0) socket.write(whole);
      else timer = setInterval(() => at < whole.length && socket.write(whole.subarray(at, ++at)), pace);
      if (end) socket.end();
    });
  });
}

function parseAnswer(bytes) {
  const text = bytes.toString('latin1');
  const cut = text.indexOf('\r\n\r\n');
  if (cut < 0) return { status: 0, headers: {}, body: text };
  const [first, ...lines] = text.slice(0, cut).split('\r\n');
  const headers = Object.fromEntries(
    lines.map((line) => [line.split(':')[0].toLowerCase(), line.slice(line.indexOf(':') + 1).trim()]),
  );
  return { status: Number(first.split(' ')[1]), headers, body: bytes.subarray(cut + 4).toString() };
}

export const pause = (ms) => new Promise((done) => setTimeout(done, ms));
