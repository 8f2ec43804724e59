// An MCP client made of the SDK, whose token is what `oauthctl token --account` prints: mcp_call.mjs URL ACCOUNT TOOL.
// Prints the tool's first text.
import { execFileSync } from 'node:child_process';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';

const [url, account, tool] = process.argv.slice(2);
const program = `${process.env.BIN}/oauthctl`;
const authorized = (input, init = {}) => {
  const token = execFileSync(program, ['token', '--account', account], { encoding: 'utf8' }).trim();
  const headers = new Headers(init.headers);
  headers.set('authorization', `Bearer ${token}`);
  return fetch(input, { ...init, headers });
};

const client = new Client({ name: 'test', version: '1' });
await client.connect(new StreamableHTTPClientTransport(new URL(url), { fetch: authorized }));
const answer = await client.callTool({ name: tool, arguments: {} });
console.log(answer.content[0].text);
await client.close();
