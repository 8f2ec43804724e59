// Stands in for Google as its documents describe it: four hosts, `iss` advertised and sent, no offline_access scope, a refresh
// that returns no refresh token, a revocation endpoint that answers 400 to what it does not know.
//
// Scenarios: google (all as documented), google-legacy-iss (the ID token's issuer without its scheme, which Google may send),
// google-other-iss, google-no-iss (missing in the redirect), google-wrong-iss (in the redirect), google-wrong-aud, google-azp
// (another client's azp), google-at-hash, google-hd-none, google-hd-other, google-invalid-grant (at refresh),
// google-revoke-unknown (at revocation).
import { atHash, bearer, fixture, isLoopback, json, Key, redirect, Tokens, verifierFits } from './peer.mjs';

const issuer = 'https://accounts.google.com';
const key = new Key('google-1');
const spare = new Key('google-2');
const tokens = new Tokens();
const scopes = { openid: 'openid', email: 'https://www.googleapis.com/auth/userinfo.email', profile: 'https://www.googleapis.com/auth/userinfo.profile' };

function hd(scenario) {
  if (scenario === 'google-hd-none') return undefined;
  return scenario === 'google-hd-other' ? 'other.example' : 'example.org';
}

function authorize({ query: q, scenario }) {
  if (!q.client_id || !isLoopback(q.redirect_uri) || q.response_type !== 'code') {
    return { status: 400, headers: { 'content-type': 'text/html' }, body: '<h1>Error 400: redirect_uri_mismatch</h1>' };
  }
  const iss = { 'google-no-iss': undefined, 'google-wrong-iss': 'https://accounts.example.org' };
  const answer = { iss: scenario in iss ? iss[scenario] : issuer, state: q.state };
  if (/\boffline_access\b/.test(q.scope)) return redirect(q.redirect_uri, { ...answer, error: 'invalid_scope' });
  if (q.code_challenge_method !== 'S256') return redirect(q.redirect_uri, { ...answer, error: 'invalid_request' });
  const scope = q.scope.split(' ').map((s) => scopes[s] ?? s).join(' ');
  // Google's redirect carries more than the specification names.
  return redirect(q.redirect_uri, { ...answer, code: tokens.issue('code', { ...q, scope }), scope, authuser: '0', prompt: 'consent' });
}

async function idToken(grant, accessToken, scenario, nonce) {
  const now = Math.floor(Date.now() / 1000);
  const iss = { 'google-legacy-iss': 'accounts.google.com', 'google-other-iss': 'https://accounts.google.com.example.org' }[scenario];
  return key.sign(fixture('google/id_token', {
    iss: iss ?? issuer, client_id: scenario === 'google-wrong-aud' ? 'somebody-else' : grant.client_id,
    azp: scenario === 'google-azp' ? 'somebody-else' : grant.client_id, hd: hd(scenario), nonce, iat: now, exp: now + 3599,
    at_hash: atHash(scenario === 'google-at-hash' ? 'another token' : accessToken),
  }));
}

async function token({ form: f, scenario }) {
  const byCode = f.grant_type === 'authorization_code';
  const grant = byCode ? tokens.spend('code', f.code) : tokens.find('refresh', f.refresh_token);
  const dead = !byCode && scenario === 'google-invalid-grant';
  if (!grant || dead || grant.client_id !== f.client_id) return json(fixture('google/invalid_grant'), 400);
  if (byCode && (grant.redirect_uri !== f.redirect_uri || !verifierFits(f.code_verifier, grant.code_challenge))) {
    return json(fixture('google/invalid_grant'), 400);
  }
  const accessToken = tokens.issue('ya29.access', grant);
  return json(fixture(byCode ? 'google/token' : 'google/refresh', {
    access_token: accessToken, refresh_token: tokens.issue('refresh', grant), scope: grant.scope,
    id_token: await idToken(grant, accessToken, scenario, byCode ? grant.nonce : undefined),
  }));
}

function userinfo({ request, scenario }) {
  if (!tokens.find('ya29.access', bearer(request))) {
    return json({ error: 'invalid_request', error_description: 'Invalid Credentials' }, 401, { 'www-authenticate': 'Bearer realm="https://accounts.google.com/", error="invalid_token"' });
  }
  return json(fixture('google/userinfo', { hd: hd(scenario) }));
}

function revoke({ form: f, scenario }) {
  if (scenario === 'google-revoke-unknown') return json(fixture('google/revoke_invalid'), 400);
  const known = tokens.spend('refresh', f.token) ?? tokens.spend('ya29.access', f.token);
  return known ? json({}) : json(fixture('google/revoke_invalid'), 400);
}

const certs = () => json({ keys: [spare, key].map((k) => ({ ...k.jwk, alg: 'RS256' })) }, 200, { 'cache-control': 'public, max-age=21600' });

export const routes = {
  'GET accounts.google.com /.well-known/openid-configuration': () => json(fixture('google/openid-configuration')),
  'GET accounts.google.com /o/oauth2/v2/auth': authorize,
  'POST oauth2.googleapis.com /token': token,
  'POST oauth2.googleapis.com /revoke': revoke,
  'GET openidconnect.googleapis.com /v1/userinfo': userinfo,
  'GET www.googleapis.com /oauth2/v3/certs': certs,
};
