// Rich authorization requests (RFC 9396): what was granted is kept as JSON, and what is none is refused.
import { accepted, login, refused } from '../scenario.mjs';

const asked = ['--authorization-details', '[{"type":"account"}]'];

login('RA01', 'granted as asked', { args: asked, token: (r) => void (r.authorization_details = [{ type: 'account' }]) }, accepted());
login('RA01', 'said nothing of', { args: asked }, accepted({ err: /does not say which authorization details/ }));
login('RA01', 'granted unasked', { token: (r) => void (r.authorization_details = [{ type: 'x', y: { z: 1 } }]) }, accepted());
for (const value of [null, {}, 'account', ['account'], [{}], [{ type: '' }], [{ type: 7 }], [[{ type: 'a' }]]])
  login(
    'RA02',
    `granted is ${JSON.stringify(value)}`,
    { args: asked, token: (r) => void (r.authorization_details = value) },
    refused('malformed', 'token'),
  );
login(
  'RA02',
  'granted is 128 KiB',
  { args: asked, token: (r) => void (r.authorization_details = [{ type: 'x'.repeat(131072) }]) },
  refused('malformed', 'token'),
);
