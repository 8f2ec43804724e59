// A provider that keeps to the specifications except where a scenario tells it not to. One process serves all scenarios: the
// scenario's id stands in the issuer's path. Everything that is asked of it is logged, for what a client must not send counts as
// much as what it must.
//
// Hooks of a scenario, all optional. Each is given the good value to change in place, or returns a reply of its own (wire.mjs):
//   metadata(document)  jwks(set)  token(reply, request)  userinfo(claims, request)  introspect(answer, request)  revoke(request)
//   any(endpoint, request)	first of all; nothing returned: as ever. request.proof is what its DPoP header says (proof.mjs)
//   challenge(value, request)	of the protected resource at /api: WWW-Authenticate, one or several, or a reply
//   resource(document)		of what it says of itself (RFC 9728)
//   redirect(parameters, query)	URLSearchParams of the authorization response; may return the query as a string
//   response(header, claims)	of the authorization response where it is a JWT (JARM); may return the whole JWT
//   par(reply, request)	of the pushed authorization request
//   register(reply, request)	of the registration endpoint, and managed(reply, request) of the client's own address
//   device(reply, request)	of the device authorization endpoint
//   poll(n)			the n-th time that the token is asked for by device code; nothing returned: the user is done
//   authorize(query)			a reply in place of the redirect
//   header(header)  claims(claims, grant)	of the ID token
//   idToken(header, claims, grant)	returns the whole token
// And how it is set up: clientSecret, or keyed: the client has a key (Play.giveKey), which 'public' does not show here; fapi: as
// the FAPI 2.0 Security Profile wants it;
// server: which of the listeners it is reached at.
import crypto from 'node:crypto';
import { b64, ecKey, rsaKey, sign } from './jose.mjs';
import { readAssertion, readProof, readRequestObject } from './proof.mjs';
import { json, serve } from './wire.mjs';

export const keys = { rsa: rsaKey('rsa-1'), rsa2: rsaKey('rsa-2'), ec: ecKey('ec-1') };
const CLIENT = 'rogue client/1';
const endpoints = {
  par: 'pushed_authorization_request_endpoint',
  authorize: 'authorization_endpoint',
  device: 'device_authorization_endpoint',
  token: 'token_endpoint',
  jwks: 'jwks_uri',
  userinfo: 'userinfo_endpoint',
  revoke: 'revocation_endpoint',
  introspect: 'introspection_endpoint',
  register: 'registration_endpoint',
};
const JWT_BEARER = 'urn:ietf:params:oauth:grant-type:jwt-bearer';
const fresh = (name) => `${name}-${crypto.randomBytes(18).toString('base64url')}`;
const formEncoded = (text) => new URLSearchParams([['', text]]).toString().slice(1);
const escape = (text) => text.replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`);

export class Scenario {
  constructor(id, origin, hooks) {
    Object.assign(this, {
      id,
      hooks,
      issuer: `${origin}/${id}`,
      clientId: CLIENT,
      key: hooks.fapi ? keys.ec : keys.rsa,
      clientKeys: hooks.keyed || hooks.fapi ? [] : undefined,
      seen: new Set(),
      log: [],
      secrets: new Set(),
      subject: '248289761001',
      clientSecret: hooks.clientSecret,
    });
    if (this.clientSecret) this.secrets.add(this.clientSecret);
  }

  secret(name) {
    const value = fresh(name);
    this.secrets.add(value);
    return value;
  }

  count(endpoint) {
    return this.log.filter((entry) => entry.endpoint === endpoint).length;
  }

  // The hook's own reply, else the good value, changed or not.
  apply(name, value, ...more) {
    return this.hooks[name]?.call(this, value, ...more) ?? json(value);
  }

  get hasToSign() {
    return this.clientKeys && this.hooks.keyed !== 'public';
  }

  authMethods() {
    if (this.hasToSign) return ['private_key_jwt'];
    return this.clientSecret ? ['client_secret_basic'] : ['none'];
  }

  // FAPI 2.0 Security Profile section 5.3.2
  fapiMetadata() {
    if (!this.hooks.fapi) return {};
    return {
      require_pushed_authorization_requests: true,
      id_token_signing_alg_values_supported: ['RS256', 'ES256', 'ES384'],
      token_endpoint_auth_signing_alg_values_supported: ['PS256', 'ES256', 'EdDSA'],
      dpop_signing_alg_values_supported: ['ES256'],
    };
  }

  metadata() {
    return this.apply('metadata', {
      issuer: this.issuer,
      ...Object.fromEntries(Object.entries(endpoints).map(([path, member]) => [member, `${this.issuer}/${path}`])),
      response_types_supported: ['code'],
      response_modes_supported: ['query', 'form_post', 'jwt', 'query.jwt', 'form_post.jwt'],
      authorization_signing_alg_values_supported: ['RS256', 'ES256'],
      code_challenge_methods_supported: ['S256'],
      id_token_signing_alg_values_supported: ['RS256', 'ES256'],
      token_endpoint_auth_methods_supported: this.authMethods(),
      scopes_supported: ['openid', 'profile', 'email', 'offline_access'],
      authorization_response_iss_parameter_supported: true,
      ...this.fapiMetadata(),
    });
  }

  jwks() {
    return this.apply('jwks', { keys: [keys.rsa.jwk, keys.ec.jwk] });
  }

  // RFC 9126
  par(request) {
    if (!this.knowsClient(request)) return json({ error: 'invalid_client' }, { status: 401 });
    this.pushed = request.form.has('request') ? this.openObject(request.form.get('request')) : request.form;
    if (!this.pushed) return json({ error: 'invalid_request_object' }, { status: 400 });
    this.pushedUri = `urn:ietf:params:oauth:request_uri:${fresh('pushed')}`;
    const reply = { request_uri: this.pushedUri, expires_in: 60 };
    return this.hooks.par?.call(this, reply, request) ?? json(reply, { status: 201 });
  }

  // RFC 7591 section 3.2.1, RFC 7592 section 3: as it was asked for, with a new token each time
  registered(request) {
    const { client_id: _, ...asked } = request.body ? JSON.parse(request.body) : this.client;
    this.client = asked;
    this.managementToken = this.secret('management');
    return {
      ...asked,
      client_id: this.clientId,
      registration_client_uri: `${this.issuer}/managed`,
      registration_access_token: this.managementToken,
    };
  }

  register(request) {
    const reply = this.registered(request);
    return this.hooks.register?.call(this, reply, request) ?? json(reply, { status: 201 });
  }

  managed(request) {
    if (request.headers.authorization !== `Bearer ${this.managementToken}`) return json({ error: 'invalid_token' }, { status: 401 });
    if (request.method === 'DELETE') return this.hooks.managed?.call(this, {}, request) ?? { status: 204 };
    return this.apply('managed', this.registered(request), request);
  }

  openObject(text) {
    const expect = { keys: this.clientKeys, audience: this.issuer, issuer: this.clientId, seen: this.seen };
    const { fault, query } = readRequestObject(text, expect);
    return fault ? undefined : query;
  }

  // What is asked for, wherever it stands. Beside a request_uri or a request stands who asks, and of an OpenID request what
  // OpenID Connect Core section 6.1 wants there, and nothing else.
  asked(query) {
    const told = [...query.keys()].sort().join(' ');
    if (query.has('request_uri'))
      return told === 'client_id request_uri' && query.get('request_uri') === this.pushedUri ? this.pushed : undefined;
    if (!query.has('request')) return this.hooks.fapi ? undefined : query;
    const object = this.openObject(query.get('request'));
    const openid = /\bopenid\b/.test(object?.get('scope') ?? '');
    return told === (openid ? 'client_id request response_type scope' : 'client_id request') ? object : undefined;
  }

  authorize(request) {
    const query = this.asked(request.query);
    if (!query) return { status: 400 };
    this.query = query;
    const reply = this.hooks.authorize?.call(this, query);
    if (reply) return reply;
    this.code = this.secret('code');
    const parameters = new URLSearchParams({ code: this.code, state: query.get('state'), iss: this.issuer });
    if (/jwt$/.test(query.get('response_mode'))) this.signResponse(parameters);
    const changed = this.hooks.redirect?.call(this, parameters, query);
    if (/^form_post/.test(query.get('response_mode'))) return this.formPage(query.get('redirect_uri'), parameters);
    const text = typeof changed === 'string' ? changed : parameters.toString();
    return { status: 302, headers: [['Location', `${query.get('redirect_uri')}?${text}`]] };
  }

  // JARM section 2.1: one JWT in place of the parameters
  signResponse(parameters) {
    const header = { alg: this.key.alg, kid: this.key.kid };
    const claims = { ...Object.fromEntries(parameters), aud: this.clientId, exp: Math.floor(Date.now() / 1000) + 300 };
    const jwt = this.hooks.response?.call(this, header, claims) ?? sign(header, claims, this.key);
    for (const name of [...parameters.keys()]) parameters.delete(name);
    parameters.set('response', jwt);
    if (jwt.length > 40) this.secrets.add(jwt);
  }

  // RFC 8628 section 3.2
  device(request) {
    if (!this.knowsClient(request)) return json({ error: 'invalid_client' }, { status: 401 });
    this.query = request.form;
    this.deviceCode = this.secret('device');
    const page = `${this.issuer}/activate`;
    return this.apply(
      'device',
      {
        device_code: this.deviceCode,
        user_code: 'WDJB-MJHT',
        verification_uri: page,
        verification_uri_complete: `${page}?user_code=WDJB-MJHT`,
        expires_in: 600,
        interval: 1,
      },
      request,
    );
  }

  formPage(action, parameters) {
    const inputs = [...parameters].map(
      ([name, value]) => `<input type="hidden" name="${escape(name)}" value="${escape(value)}">`,
    );
    const body = `<form method="post" action="${escape(action)}">${inputs.join('')}</form>`;
    return { status: 200, headers: [['Content-Type', 'text/html']], body };
  }

  // RFC 6749 section 2.3.1: id and secret are form-urlencoded before they are joined.
  knowsClient(request) {
    if (this.hasToSign) return this.knowsKey(request.form);
    if (!this.clientSecret) return request.form.get('client_id') === this.clientId && !request.headers.authorization;
    const basic = Buffer.from(`${formEncoded(this.clientId)}:${formEncoded(this.clientSecret)}`).toString('base64');
    return request.headers.authorization === `Basic ${basic}` && !request.form.has('client_secret');
  }

  knowsKey(form) {
    const expect = { audience: this.issuer, issuer: this.clientId, subject: this.clientId, keys: this.clientKeys, seen: this.seen };
    const isTyped = form.get('client_assertion_type') === 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
    return isTyped && !readAssertion(form.get('client_assertion') ?? '', expect).fault;
  }

  // RFC 7523 section 2.1
  vouches(form) {
    const expect = { audience: this.issuer, issuer: this.clientId, subject: 'robot-7', keys: this.clientKeys, seen: this.seen };
    return !readAssertion(form.get('assertion') ?? '', expect).fault;
  }

  spendsCode(form) {
    const verifier = form.get('code_verifier') ?? '';
    const challenge = crypto.createHash('sha256').update(verifier).digest('base64url');
    const good =
      this.code !== undefined &&
      form.get('code') === this.code &&
      challenge === this.query.get('code_challenge') &&
      this.query.get('code_challenge_method') === 'S256' &&
      form.get('redirect_uri') === this.query.get('redirect_uri');
    this.secrets.add(verifier);
    this.code = undefined;
    return good;
  }

  spendsDeviceCode(form) {
    const good = this.deviceCode !== undefined && form.get('device_code') === this.deviceCode;
    this.deviceCode = undefined;
    return good;
  }

  spendsRefreshToken(form) {
    const good = this.refreshToken !== undefined && form.get('refresh_token') === this.refreshToken;
    this.refreshToken = undefined;
    return good;
  }

  // What is exchanged stays good, and the account's tokens stay what they are.
  exchange(request) {
    const { form } = request;
    if (!this.knowsClient(request)) return json({ error: 'invalid_client' }, { status: 401 });
    if (form.get('subject_token') !== this.accessToken) return json({ error: 'invalid_request' }, { status: 400 });
    const reply = {
      access_token: this.secret('exchanged'),
      issued_token_type: form.get('requested_token_type') ?? 'urn:ietf:params:oauth:token-type:access_token',
      token_type: 'Bearer',
      expires_in: 60,
    };
    return this.apply('token', reply, request);
  }

  token(request) {
    const grant = request.form.get('grant_type');
    if (grant === 'urn:ietf:params:oauth:grant-type:token-exchange') return this.exchange(request);
    const byDevice = grant === 'urn:ietf:params:oauth:grant-type:device_code';
    const early = byDevice && this.hooks.poll?.call(this, this.count('token'));
    if (early) return early;
    if (request.proof?.fault || (this.hooks.fapi && !request.proof))
      return json({ error: 'invalid_dpop_proof', error_description: request.proof?.fault }, { status: 400 });
    const spend = {
      authorization_code: this.spendsCode,
      refresh_token: this.spendsRefreshToken,
      client_credentials: () => true,
      [JWT_BEARER]: this.vouches,
    };
    const good = (byDevice ? this.spendsDeviceCode : spend[grant])?.call(this, request.form);
    if (grant !== JWT_BEARER && !this.knowsClient(request)) return json({ error: 'invalid_client' }, { status: 401 });
    if (!good || !this.isBoundTo(grant, request.proof)) return json({ error: 'invalid_grant' }, { status: 400 });
    this.accessToken = this.secret('access');
    this.boundTo = request.proof?.jkt;
    const reply = { access_token: this.accessToken, token_type: this.boundTo ? 'DPoP' : 'Bearer', expires_in: 3600 };
    if (grant === 'client_credentials' || grant === JWT_BEARER) {
      reply.scope = request.form.get('scope') ?? undefined;
      return this.apply('token', reply, request);
    }
    this.refreshToken = this.secret('refresh');
    Object.assign(reply, { refresh_token: this.refreshToken, scope: this.query.get('scope') });
    if (/\bopenid\b/.test(reply.scope ?? '')) reply.id_token = this.makeIdToken(grant);
    return this.apply('token', reply, request);
  }

  // RFC 9449 sections 5 and 10
  isBoundTo(grant, proof) {
    if (grant === 'refresh_token') return this.boundTo === proof?.jkt;
    return !this.query?.has('dpop_jkt') || this.query.get('dpop_jkt') === proof?.jkt;
  }

  makeIdToken(grant) {
    const now = Math.floor(Date.now() / 1000);
    const header = { alg: this.key.alg, kid: this.key.kid };
    const claims = { iss: this.issuer, sub: this.subject, aud: this.clientId, exp: now + 300, iat: now };
    if (grant === 'authorization_code') claims.nonce = this.query.get('nonce');
    this.hooks.header?.call(this, header);
    this.hooks.claims?.call(this, claims, grant);
    const made = this.hooks.idToken?.call(this, header, claims, grant);
    const token = made === undefined ? sign(header, claims, this.key) : made;
    if (typeof token === 'string' && token.length > 40) this.secrets.add(token);
    return token;
  }

  userinfo(request) {
    const scheme = this.boundTo ? 'DPoP' : 'Bearer';
    const isProved = request.proof?.jkt === this.boundTo && !request.proof?.fault;
    if (request.headers.authorization !== `${scheme} ${this.accessToken}` || !isProved) {
      return json({ error: 'invalid_token' }, { status: 401, headers: [['WWW-Authenticate', `${scheme} error="invalid_token"`]] });
    }
    return this.apply('userinfo', { sub: this.subject, email: 'ada@example.org', email_verified: true, name: 'Ada Lovelace' }, request);
  }

  introspect(request) {
    const active = [this.accessToken, this.refreshToken].includes(request.form.get('token'));
    return this.apply('introspect', active ? { active, client_id: this.clientId, sub: this.subject } : { active }, request);
  }

  revoke(request) {
    return this.hooks.revoke?.call(this, request) ?? { status: 200 };
  }

  get resource() {
    return `${this.issuer}/api`;
  }

  // A protected resource, which takes the provider's tokens: what it says without one.
  api(request) {
    if (request.headers.authorization === `Bearer ${this.accessToken}`) return json({});
    const path = `/.well-known/oauth-protected-resource/${this.id}/api`;
    const value = `Bearer resource_metadata="${new URL(path, this.issuer)}"`;
    const made = this.hooks.challenge?.call(this, value, request) ?? value;
    if (typeof made === 'object' && !Array.isArray(made)) return made;
    return json({}, { status: 401, headers: [made].flat().map((text) => ['WWW-Authenticate', text]) });
  }

  // RFC 9728 section 2
  described(request) {
    if (!request.path.endsWith(`/${this.id}/api`)) return { status: 404 };
    return this.apply('resource', {
      resource: this.resource,
      authorization_servers: [this.issuer],
      scopes_supported: ['api.read'],
      bearer_methods_supported: ['header'],
    });
  }

  // The endpoint that a path belongs to; "guess" is metadata of what may be an issuer and is none, "stray" whatever nobody has
  // any business to ask for. "itself" is the issuer's URL, which may be a protected resource's.
  endpointOf(path) {
    if (path === `/${this.id}`) return 'itself';
    if (path.includes('/.well-known/oauth-protected-resource')) return 'described';
    if (path.includes('/.well-known/')) return path.includes(`/${this.id}/api`) ? 'guess' : 'discovery';
    const name = path.slice(`/${this.id}/`.length);
    return Object.hasOwn(endpoints, name) || ['managed', 'api'].includes(name) ? name : 'stray';
  }

  // The proof that came along, judged; undefined: none came.
  proofOf({ method, path, headers }) {
    if (headers.dpop === undefined) return undefined;
    const origin = this.issuer.startsWith('https:') ? new URL(this.issuer).origin : `http://${headers.host}`;
    const token = /^DPoP (.*)$/.exec(headers.authorization ?? '')?.[1];
    return readProof(headers.dpop, { method, url: `${origin}${path}`, token, seen: this.seen });
  }

  handle(request) {
    const url = new URL(request.target, this.issuer);
    const endpoint = this.endpointOf(url.pathname);
    Object.assign(request, { path: url.pathname, query: url.searchParams, form: new URLSearchParams(request.body) });
    request.proof = this.proofOf(request);
    this.log.push({
      endpoint,
      method: request.method,
      path: url.pathname,
      query: [...url.searchParams.keys()],
      fields: [...request.form.keys()],
      headers: Object.keys(request.headers),
      at: Date.now(),
      request,
    });
    if (this.hooks.any) {
      const reply = this.hooks.any.call(this, endpoint, request);
      if (reply) return reply;
    }
    if (endpoint === 'discovery') return this.metadata();
    return ['stray', 'guess', 'itself'].includes(endpoint) ? { status: 404 } : this[endpoint](request);
  }
}

// { http, https?: { cert, key } } in use; scenarios are added as they are begun.
export class Rogue {
  scenarios = new Map();

  async listen(certificates) {
    const handler = (request) => this.find(request.target)?.handle(request) ?? { status: 404 };
    this.servers = { http: await serve(handler), other: await serve(handler) };
    for (const [name, options] of Object.entries(certificates ?? {})) this.servers[name] = await serve(handler, options);
  }

  find(target) {
    const path = target.split('?')[0].split('/');
    return this.scenarios.get(path[1] === '.well-known' ? path[3] : path[1]);
  }

  begin(id, hooks) {
    const { server = 'http', host } = hooks;
    const isPlain = server === 'http' || server === 'other';
    const origin = isPlain ? `http://${host ?? '127.0.0.1'}` : `https://${host ?? 'localhost'}`;
    const scenario = new Scenario(id, `${origin}:${this.servers[server].port}`, hooks);
    scenario.elsewhere = `http://127.0.0.1:${this.servers.other.port}/${id}`; // the same again, at another origin
    this.scenarios.set(id, scenario);
    return scenario;
  }

  async close() {
    await Promise.all(Object.values(this.servers).map((server) => server.close()));
  }
}

export { b64 };
