// Stands in for the Microsoft identity platform and Graph as their documents describe them: a template for an issuer under the
// tenant aliases, keys that name their own issuer and no alg, ID tokens without at_hash, `scope` wanted at each refresh, errors
// with AADSTS numbers, no revocation.
//
// Scenarios: microsoft (all as documented), microsoft-personal (a personal account), microsoft-wrong-tid (iss and tid are of two
// tenants), microsoft-no-tid, microsoft-key-issuer (the key belongs to another tenant), microsoft-other-cloud (iss of another
// cloud), microsoft-other-user (the same e-mail address in the hands of another user of another tenant), microsoft-edov (the
// address is verified), microsoft-50076 (MFA wanted, at refresh), microsoft-700082 (expired refresh token).
import { bearer, fixture, isLoopback, json, Key, redirect, Tokens, verifierFits } from './peer.mjs';

const login = 'login.microsoftonline.com';
const tenants = { work: '72f988bf-0000-4000-8000-2d7cd011db47', other: 'aaaabbbb-0000-4000-8000-cccc1111dddd', personal: '9188040d-6c67-4c5b-b112-36a304b66dad' };
const key = new Key('microsoft-1');
const tenantKey = new Key('microsoft-2');
const tokens = new Tokens();
const issuerOf = (tenant) => `https://${login}/${tenant}/v2.0`;

function user(scenario) {
  const [tenant, oid] = {
    'microsoft-personal': ['personal', '00000000-0000-0000-66f3-3332eca7ea81'],
    'microsoft-other-user': ['other', 'eeeeffff-0000-4000-8000-000011112222'],
  }[scenario] ?? ['work', '690222be-0000-4000-8000-ca5d1b6a7c2e'];
  return { tid: tenants[tenant], oid, sub: `pairwise-${oid.slice(0, 8)}`, email: 'ada@example.org' };
}

function failure(number, error, description, more = {}) {
  return json(fixture('microsoft/error', { error, description: `AADSTS${number}: ${description}`, codes: [number], code: number, ...more }), 400);
}

// The aliases answer with a template, a tenant with its own name.
function discovery({ tenant }) {
  const issuer = ['common', 'organizations'].includes(tenant) ? issuerOf('{tenantid}') : issuerOf(tenant === 'consumers' ? tenants.personal : tenant);
  return json(fixture('microsoft/openid-configuration', { tenant, issuer }));
}

function keys({ scenario }) {
  const template = scenario === 'microsoft-key-issuer' ? issuerOf(tenants.other) : issuerOf('{tenantid}');
  return json({ keys: [
    { ...key.jwk, x5t: key.kid, x5c: ['invented'], issuer: template },
    { ...tenantKey.jwk, x5t: tenantKey.kid, x5c: ['invented'], issuer: issuerOf(tenants.other) },
  ] });
}

function authorize({ query: q, scenario }) {
  if (!q.client_id || !isLoopback(q.redirect_uri)) return { status: 400, headers: { 'content-type': 'text/html' }, body: '<h1>AADSTS50011</h1>' };
  if (q.code_challenge_method !== 'S256') return redirect(q.redirect_uri, { error: 'invalid_request', error_description: 'AADSTS50149', state: q.state });
  // new URL() gives a redirect URI without path its slash, as the real one does.
  return redirect(q.redirect_uri, { code: tokens.issue('code', { ...q, user: user(scenario) }), state: q.state, session_state: 'invented' });
}

function idToken(grant, scenario) {
  const now = Math.floor(Date.now() / 1000);
  const { user: u } = grant;
  const iss = {
    'microsoft-wrong-tid': issuerOf(tenants.other), 'microsoft-other-cloud': `https://login.microsoftonline.us/${u.tid}/v2.0`,
  }[scenario] ?? issuerOf(u.tid);
  return key.sign(fixture('microsoft/id_token', {
    ...u, iss, tid: scenario === 'microsoft-no-tid' ? undefined : u.tid, client_id: grant.client_id, nonce: grant.nonce,
    xms_edov: scenario === 'microsoft-edov' ? true : undefined, iat: now, exp: now + 3600,
  }));
}

// What is wrong with a token request, or null.
function refusal(f, grant, scenario) {
  const byCode = f.grant_type === 'authorization_code';
  if (!f.client_id) return failure(900144, 'invalid_request', "The request body must contain the following parameter: 'client_id'.");
  if (!byCode && !f.scope) return failure(900144, 'invalid_request', "The request body must contain the following parameter: 'scope'.");
  if (f.client_secret) return failure(700025, 'invalid_client', 'Client is public so neither client_assertion nor client_secret should be presented.');
  if (!byCode && scenario === 'microsoft-50076') {
    return failure(50076, 'interaction_required', 'Due to a configuration change made by your administrator, or because you moved to a new location, you must use multi-factor authentication.', {
      suberror: 'basic_action', claims: '{"access_token":{"capolids":{"essential":true,"values":["invented"]}}}',
    });
  }
  if (!byCode && scenario === 'microsoft-700082') {
    return failure(700082, 'invalid_grant', 'The refresh token has expired due to inactivity.', { suberror: 'bad_token' });
  }
  if (!grant || grant.client_id !== f.client_id) return failure(70000, 'invalid_grant', 'The provided value for the grant is not valid.');
  if (byCode && grant.redirect_uri !== f.redirect_uri) return failure(50011, 'invalid_request', 'The redirect URI does not match.');
  if (byCode && !verifierFits(f.code_verifier, grant.code_challenge)) return failure(501481, 'invalid_grant', 'The Code_Verifier does not match the code_challenge.');
  return null;
}

async function token({ form: f, scenario }) {
  const byCode = f.grant_type === 'authorization_code';
  // A used refresh token goes on working there.
  const grant = byCode ? tokens.spend('code', f.code) : tokens.find('refresh', f.refresh_token);
  const refused = refusal(f, grant, scenario);
  if (refused) return refused;
  const asked = (f.scope ?? grant.scope).split(' ');
  return json(fixture(byCode ? 'microsoft/token' : 'microsoft/refresh', {
    access_token: tokens.issue('access', grant),
    refresh_token: grant.scope.includes('offline_access') ? tokens.issue('refresh', { ...grant, nonce: undefined }) : undefined,
    id_token: asked.includes('openid') ? await idToken(grant, scenario) : undefined,
    // offline_access is not repeated, and Graph's scopes come back in their long form.
    scope: asked.filter((s) => s !== 'offline_access').map((s) => (s === 'User.Read' ? 'https://graph.microsoft.com/User.Read' : s)).join(' '),
  }));
}

function graph(answer) {
  return (context) => {
    const grant = tokens.find('access', bearer(context.request));
    return grant ? answer(grant) : json(fixture('microsoft/graph_error'), 401, { 'www-authenticate': 'Bearer realm="", error="invalid_token"' });
  };
}

const photo = () => ({ status: 200, headers: { 'content-type': 'image/jpeg' }, body: Buffer.from('ffd8ffe000104a46494600010100000100010000ffd9', 'hex') });

export const routes = {
  [`GET ${login} /{tenant}/v2.0/.well-known/openid-configuration`]: discovery,
  [`GET ${login} /{tenant}/discovery/v2.0/keys`]: keys,
  [`GET ${login} /{tenant}/oauth2/v2.0/authorize`]: authorize,
  [`POST ${login} /{tenant}/oauth2/v2.0/token`]: token,
  'GET graph.microsoft.com /oidc/userinfo': graph(({ user: u }) => json(fixture('microsoft/userinfo', u))),
  'GET graph.microsoft.com /v1.0/me/photo/$value': graph(photo),
};
