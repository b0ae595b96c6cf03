"use strict";
// MongoDB's MCP server, unmodified, started as its documentation says and driven over standard input and output through
// its tools. It wants https, with a certificate from an authority that it trusts.

const assert = require("node:assert/strict");
const { spawn } = require("node:child_process");
const { randomBytes } = require("node:crypto");
const { join } = require("node:path");
const readline = require("node:readline");
const { after, before, test } = require("node:test");

const env = (name) => {
  const value = process.env[`TELAMON_${name}`];
  assert.ok(value, `TELAMON_${name} is not set: start these tests with tests/clients/run`);
  return value;
};
const orgId = env("ORG_ID");
const projectId = env("GROUP_ID");
const unique = (prefix) => `${prefix}-${randomBytes(6).toString("hex")}`;

/** A running MCP server. */
class Session {
  constructor(settings) {
    this.waiting = new Map();
    this.next = 0;
    this.process = spawn(join(__dirname, "node_modules/.bin/mongodb-mcp-server"), [], {
      stdio: ["pipe", "pipe", "ignore"],
      env: {
        PATH: process.env.PATH,
        HOME: process.env.HOME,
        MDB_MCP_API_BASE_URL: `${env("BASE_URL")}/`,
        MDB_MCP_API_CLIENT_ID: env("CLIENT_ID"),
        MDB_MCP_API_CLIENT_SECRET: env("CLIENT_SECRET"),
        MDB_MCP_CONFIRMATION_REQUIRED_TOOLS: "",
        MDB_MCP_TELEMETRY: "disabled",
        MDB_MCP_LOGGERS: "stderr",
        // The API is called with the one, the caller's own address is asked for with the other.
        SSL_CERT_FILE: env("CA_FILE"),
        NODE_EXTRA_CA_CERTS: env("CA_FILE"),
        ...settings,
      },
    });
    readline.createInterface({ input: this.process.stdout }).on("line", (line) => {
      const message = JSON.parse(line);
      this.waiting.get(message.id)?.(message);
      this.waiting.delete(message.id);
    });
  }

  send(message) {
    this.process.stdin.write(`${JSON.stringify({ jsonrpc: "2.0", ...message })}\n`);
  }

  request(method, params) {
    const id = ++this.next;
    return new Promise((resolve) => {
      this.waiting.set(id, resolve);
      this.send({ id, method, params });
    });
  }

  async begin() {
    const clientInfo = { name: "telamon-clients", version: "1" };
    await this.request("initialize", { protocolVersion: "2025-06-18", capabilities: {}, clientInfo });
    this.send({ method: "notifications/initialized" });
  }

  /** The texts of a tool's answer, joined. */
  async tool(name, args = {}) {
    const { result, error } = await this.request("tools/call", { name, arguments: args });
    assert.ok(result, JSON.stringify(error));
    const text = result.content.map((part) => part.text).join("\n");
    return { text, failed: result.isError === true };
  }

  async does(name, args, wanted) {
    const { text, failed } = await this.tool(name, args);
    assert.equal(failed, false, text);
    for (const part of wanted) assert.ok(text.includes(part), `${name} says nothing of ${part}: ${text}`);
  }

  end() {
    this.process.kill();
  }
}

let mcp;
before(async () => {
  mcp = new Session({});
  await mcp.begin();
});
after(() => mcp.end());

test("organizations and projects", async () => {
  await mcp.does("atlas-list-orgs", {}, [orgId]);
  const projectName = unique("mcp");
  await mcp.does("atlas-create-project", { projectName, orgId }, [`Project "${projectName}" created successfully`]);
  await mcp.does("atlas-list-projects", { orgId, limit: 100 }, [projectName, projectId]);
  const again = await mcp.tool("atlas-create-project", { projectName, orgId });
  assert.ok(again.failed && again.text.includes("already exists"), again.text);
});

test("database users, and the caller's own address", async () => {
  const username = unique("mcp");
  const roles = [{ roleName: "readWrite", databaseName: "shop", collectionName: "orders" }];
  const made = await mcp.tool("atlas-create-db-user", { projectId, username, roles });
  assert.equal(made.failed, false, made.text);
  assert.ok(made.text.includes(username), made.text);
  assert.ok(made.text.includes("Your current IP address has been added"), made.text);
  await mcp.does("atlas-inspect-access-list", { projectId }, ["127.0.0.1"]);
  await mcp.does("atlas-list-db-users", { projectId }, [username, "readWrite", "orders"]);
});

test("the access list", async () => {
  const entries = { ipAddresses: ["192.0.2.1"], cidrBlocks: ["198.51.100.0/24"], comment: "by mcp" };
  await mcp.does("atlas-create-access-list", { projectId, ...entries }, ["IP/CIDR ranges added to access list"]);
  await mcp.does("atlas-create-access-list", { projectId, ...entries }, ["IP/CIDR ranges added to access list"]);
  const shown = ["192.0.2.1", "198.51.100.0/24", "by mcp"];
  await mcp.does("atlas-inspect-access-list", { projectId }, shown);
});

test("a wrong secret is an error that a person understands", async () => {
  const wrong = new Session({ MDB_MCP_API_CLIENT_SECRET: "mdb_sa_sk_wrong" });
  try {
    await wrong.begin();
    const { text, failed } = await wrong.tool("atlas-list-orgs");
    assert.ok(failed && text.includes("401"), text);
  } finally {
    wrong.end();
  }
});
