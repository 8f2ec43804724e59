// An OpenID provider that is well-behaved but for one answer. The issuer's path says which one and how:
//
//   http://127.0.0.1:PORT/WHERE-HOW
//
// WHERE  discovery, jwks, code, refresh, userinfo, or nowhere
// HOW    endless (a body without end), big (10 MB of JSON), headers (1 MB of them), deep (100 000 arrays in one another), mute
//        (accepts and says nothing), drip (a byte in half a second), steady (as slow as is not yet "stalled"), ahead and behind (its
//        clock is two hours off)
import { createHash, generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import { createServer } from 'node:http';

const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const jwk = { ...publicKey.export({ format: 'jwk' }), use: 'sig', alg: 'RS256', kid: 'rogue' };
const codes = new Map(); // code: what its authorization request said
const base64url = (value) => Buffer.from(value).toString('base64url');
const now = () => Math.floor(Date.now() / 1000);

function idToken(claims) {
  const text = `${base64url(JSON.stringify({ alg: 'RS256', kid: 'rogue' }))}.${base64url(JSON.stringify(claims))}`;
  return `${text}.${sign('sha256', Buffer.from(text), privateKey).toString('base64url')}`;
}

const JSON_HEAD = { 'content-type': 'application/json' };
const slowly = (res, piece, ms) => {
  const timer = setInterval(() => res.write(piece), ms);
  res.on('close', () => clearInterval(timer));
};
const bad = {
  endless(res) {
    res.writeHead(200, JSON_HEAD);
    const piece = Buffer.alloc(65536, ' ');
    const go = () => { while (!res.destroyed && res.write(piece)); };
    res.on('drain', go);
    go();
  },
  big(res) { res.writeHead(200, JSON_HEAD).end(JSON.stringify({ access_token: 'a', pad: 'x'.repeat(10e6) })); },
  headers(res) {
    for (let i = 0; i < 128; i += 1) res.setHeader(`x-${i}`, 'y'.repeat(8000));
    res.writeHead(200, JSON_HEAD).end('{}');
  },
  deep(res) { res.writeHead(200, JSON_HEAD).end(`{"keys":${'['.repeat(1e5)}${']'.repeat(1e5)}}`); },
  mute() {},
  drip(res) { res.writeHead(200, JSON_HEAD); slowly(res, ' ', 500); },
  steady(res) { res.writeHead(200, JSON_HEAD); slowly(res, ' '.repeat(40), 500); },
};

function tokens(issuer, grant, offset, body) {
  const access = randomBytes(24).toString('base64url');
  const at = now() + offset;
  const hash = createHash('sha256').update(access).digest().subarray(0, 16).toString('base64url');
  const answer = { access_token: access, token_type: 'Bearer', expires_in: 600, refresh_token: randomBytes(24).toString('base64url') };
  if (body.get('grant_type') === 'authorization_code') {
    const claims = { iss: issuer, sub: 'ada', aud: grant.client_id, nonce: grant.nonce, iat: at, exp: at + 600, at_hash: hash, email: 'ada@example.org' };
    answer.id_token = idToken(claims);
  }
  return answer;
}

const server = createServer({ keepAliveTimeout: 1000 }, async (req, res) => {
  const url = new URL(req.url, base);
  const scene = /(\w+)-(\w+)/.exec(url.pathname.replace(/openid-configuration|oauth-authorization-server|well-known/g, ''));
  if (!scene) return res.writeHead(404).end();
  const [name, where, how] = scene;
  const issuer = `${base}/${name}`;
  const offset = { ahead: 7200, behind: -7200 }[how] ?? 0;
  res.sendDate = false;
  res.setHeader('date', new Date((now() + offset) * 1000).toUTCString());
  const body = new URLSearchParams(await new Promise((resolve) => {
    let text = '';
    req.on('data', (data) => { text += data; }).on('end', () => resolve(text));
  }));
  const answer = (is, value) => (is === where && bad[how] ? bad[how](res) : res.writeHead(200, JSON_HEAD).end(JSON.stringify(value())));
  if (url.pathname.endsWith('/openid-configuration') || url.pathname.includes('/oauth-authorization-server')) {
    return answer('discovery', () => ({
      issuer, authorization_endpoint: `${issuer}/authorize`, token_endpoint: `${issuer}/token`, jwks_uri: `${issuer}/jwks`,
      userinfo_endpoint: `${issuer}/userinfo`, response_types_supported: ['code'], subject_types_supported: ['public'],
      id_token_signing_alg_values_supported: ['RS256'], code_challenge_methods_supported: ['S256'], authorization_response_iss_parameter_supported: true,
    }));
  }
  switch (url.pathname.split('/').pop()) {
    case 'authorize': {
      const code = randomBytes(16).toString('hex');
      codes.set(code, Object.fromEntries(url.searchParams));
      const to = new URL(url.searchParams.get('redirect_uri'));
      for (const [key, value] of Object.entries({ code, state: url.searchParams.get('state'), iss: issuer })) to.searchParams.set(key, value);
      return res.writeHead(302, { location: to.href }).end();
    }
    case 'token':
      return answer(body.get('grant_type') === 'refresh_token' ? 'refresh' : 'code', () => tokens(issuer, codes.get(body.get('code')), offset, body));
    case 'jwks': return answer('jwks', () => ({ keys: [jwk] }));
    case 'userinfo': return answer('userinfo', () => ({ sub: 'ada', email: 'ada@example.org' }));
    default: return res.writeHead(404).end();
  }
});
let base;
server.listen(0, '127.0.0.1', () => {
  base = `http://127.0.0.1:${server.address().port}`;
  console.log(`ready ${base}`);
});
