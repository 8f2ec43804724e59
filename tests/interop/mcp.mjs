// An MCP server and its authorization server, both made of the Model Context Protocol SDK's own parts: its router, its
// bearer check, its streamable HTTP transport. Prints "ready URL" of the MCP server. Nothing is asked of a user: who comes to
// /authorize is let in. Refresh tokens rotate, and one that comes twice ends its grant.
//
//   ACCESS_TTL    life of an access token, seconds (60)      LIFETIME    end after so many seconds (300)
//   ANNOUNCE=0    the challenge does not say where the metadata are
//   SILENT=1      a server of revision 2025-03-26: it is its own authorization server at /authorize, /token and /register, and
//                 publishes nothing. "broken": its well-known addresses answer 500
//   OPENID=bare   the authorization server publishes an OpenID document too, which does not say S256. "html": both servers answer
//                 whatever they do not know with a page
//
// GET /counts of the authorization server: how often each thing happened. /mcp wants the scope mcp.read, /write mcp.write too.
import { randomBytes } from 'node:crypto';
import express from 'express';
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import { authorizationHandler } from '@modelcontextprotocol/sdk/server/auth/handlers/authorize.js';
import { clientRegistrationHandler } from '@modelcontextprotocol/sdk/server/auth/handlers/register.js';
import { tokenHandler } from '@modelcontextprotocol/sdk/server/auth/handlers/token.js';
import { requireBearerAuth } from '@modelcontextprotocol/sdk/server/auth/middleware/bearerAuth.js';
import {
  createOAuthMetadata, getOAuthProtectedResourceMetadataUrl, mcpAuthMetadataRouter, mcpAuthRouter,
} from '@modelcontextprotocol/sdk/server/auth/router.js';
import { InvalidGrantError, InvalidScopeError, InvalidTargetError, InvalidTokenError } from '@modelcontextprotocol/sdk/server/auth/errors.js';

const env = process.env;
const seconds = (name, otherwise) => Number(env[name] ?? otherwise);
const now = () => Math.floor(Date.now() / 1000);
const scopesSupported = ['mcp.read', 'mcp.write', 'offline_access'];
setTimeout(() => process.exit(0), seconds('LIFETIME', 300) * 1000).unref();

async function listen(app) {
  const server = app.listen(0, '127.0.0.1');
  await new Promise((done) => server.once('listening', done));
  return `http://127.0.0.1:${server.address().port}`;
}

class Grants {
  clients = new Map();
  codes = new Map();
  tokens = new Map();
  counts = { registered: 0, authorized: 0, exchanged: 0, refreshed: 0, reused: 0 };

  constructor(resources) {
    this.resources = resources;
  }

  issue(grant) {
    const [access, refresh] = ['at', 'rt'].map((kind) => `${kind}-${randomBytes(24).toString('base64url')}`);
    this.tokens.set(access, { grant, kind: 'access', expiresAt: now() + seconds('ACCESS_TTL', 60) });
    this.tokens.set(refresh, { grant, kind: 'refresh' });
    return {
      access_token: access, token_type: 'Bearer', expires_in: seconds('ACCESS_TTL', 60), refresh_token: refresh, scope: grant.scopes.join(' '),
    };
  }

  end(grant) {
    for (const [value, token] of this.tokens) if (token.grant === grant) this.tokens.delete(value);
  }

  clientsStore = {
    getClient: (id) => this.clients.get(id),
    registerClient: (client) => {
      this.counts.registered += 1;
      this.clients.set(client.client_id, client);
      return client;
    },
  };

  checkTarget(resource) {
    if (resource && !this.resources().includes(resource.href)) throw new InvalidTargetError('no such resource');
  }

  async authorize(client, params, res) {
    this.checkTarget(params.resource);
    const code = randomBytes(16).toString('base64url');
    this.codes.set(code, { client, params });
    this.counts.authorized += 1;
    const url = new URL(params.redirectUri);
    url.searchParams.set('code', code);
    if (params.state) url.searchParams.set('state', params.state);
    res.redirect(url.href);
  }

  async challengeForAuthorizationCode(client, code) {
    if (!this.codes.has(code)) throw new InvalidGrantError('no such code');
    return this.codes.get(code).params.codeChallenge;
  }

  async exchangeAuthorizationCode(client, code, verifier, redirectUri, resource) {
    const held = this.codes.get(code);
    this.codes.delete(code);
    if (!held || held.client.client_id !== client.client_id || redirectUri !== held.params.redirectUri) throw new InvalidGrantError('no such code');
    if (resource?.href !== held.params.resource?.href) throw new InvalidTargetError('another resource than was asked for');
    this.counts.exchanged += 1;
    return this.issue({ client: client.client_id, scopes: held.params.scopes ?? [], resource });
  }

  async exchangeRefreshToken(client, value, scopes, resource) {
    const token = this.tokens.get(value);
    if (token?.kind !== 'refresh' || token.grant.client !== client.client_id) throw new InvalidGrantError('no such refresh token');
    if (token.used) {
      this.counts.reused += 1;
      this.end(token.grant);
      throw new InvalidGrantError('this refresh token was used before');
    }
    if (resource?.href !== token.grant.resource?.href) throw new InvalidTargetError('another resource than was granted');
    if (scopes?.some((scope) => !token.grant.scopes.includes(scope))) throw new InvalidScopeError('more than was granted');
    token.used = true;
    this.counts.refreshed += 1;
    return this.issue(token.grant);
  }

  async verifyAccessToken(value) {
    const token = this.tokens.get(value);
    if (token?.kind !== 'access' || token.expiresAt < now()) throw new InvalidTokenError('no such token');
    const { client, scopes, resource } = token.grant;
    return { token: value, clientId: client, scopes, expiresAt: token.expiresAt, resource };
  }

  async revokeToken(client, { token }) {
    const held = this.tokens.get(token);
    if (held?.grant.client === client.client_id) this.end(held.grant);
  }
}

async function callMcp(req, res) {
  const server = new McpServer({ name: 'peer', version: '1' });
  server.registerTool('whoami', { description: 'the client and its scopes' }, () => ({
    content: [{ type: 'text', text: `${req.auth.clientId} ${req.auth.scopes.join(' ')}` }],
  }));
  const transport = new StreamableHTTPServerTransport({ sessionIdGenerator: undefined, enableJsonResponse: true });
  res.on('close', () => transport.close());
  await server.connect(transport);
  await transport.handleRequest(req, res, req.body);
}

const as = express();
const rs = express();
const issuerUrl = new URL(await listen(as));
const resourceUrl = new URL(await listen(rs));
const mcpUrl = new URL('/mcp', resourceUrl);
const writeUrl = new URL('/write', resourceUrl);
const grants = new Grants(() => [mcpUrl.href, writeUrl.href]);
const options = { provider: grants, issuerUrl, scopesSupported };
for (const name of ['authorizationOptions', 'clientRegistrationOptions', 'revocationOptions', 'tokenOptions']) options[name] = { rateLimit: false };

const counts = (req, res) => res.json(grants.counts);
as.get('/counts', counts);
as.use(mcpAuthRouter(options));
const { code_challenge_methods_supported: _, ...bare } = createOAuthMetadata(options);
if (env.OPENID === 'bare') as.get('/.well-known/openid-configuration', (req, res) => res.json(bare));
const welcome = (req, res) => res.type('html').send('<!doctype html><title>Welcome</title>');
if (env.OPENID === 'html') as.use(welcome);
if (env.SILENT) {
  const open = { provider: grants, clientsStore: grants.clientsStore, rateLimit: false };
  rs.get('/counts', counts);
  if (env.SILENT === 'broken') rs.use('/.well-known', (req, res) => res.status(500).end());
  rs.use('/authorize', authorizationHandler(open));
  rs.use('/token', tokenHandler(open));
  rs.use('/register', clientRegistrationHandler(open));
}
rs.use(express.json());
for (const [url, needed] of [[mcpUrl, ['mcp.read']], [writeUrl, ['mcp.read', 'mcp.write']]]) {
  if (!env.SILENT) rs.use(mcpAuthMetadataRouter({ oauthMetadata: createOAuthMetadata(options), resourceServerUrl: url, scopesSupported: needed }));
  const announced = env.SILENT || env.ANNOUNCE === '0' ? undefined : getOAuthProtectedResourceMetadataUrl(url);
  rs.all(url.pathname, requireBearerAuth({ verifier: grants, requiredScopes: needed, resourceMetadataUrl: announced }), callMcp);
}
if (env.OPENID === 'html') rs.use(welcome);
console.log(`issuer ${(env.SILENT ? resourceUrl : issuerUrl).origin}`);
console.log(`ready ${mcpUrl.href}`);
