"use strict";
// The npm package mongodb-atlas-api-client, unmodified: HTTP digest through urllib. It does not look at the status of an
// answer, so an error comes back as data.

const assert = require("node:assert/strict");
const { randomBytes, X509Certificate } = require("node:crypto");
const test = require("node:test");
const getClient = require("mongodb-atlas-api-client");

const env = (name) => {
  const value = process.env[`TELAMON_${name}`];
  assert.ok(value, `TELAMON_${name} is not set: start these tests with tests/clients/run`);
  return value;
};
const orgId = env("ORG_ID");
const neverExisted = "5f00000000000000000000cc";

const clientOf = (projectId, credentials = {}) =>
  getClient({
    publicKey: env("PUBLIC_KEY"),
    privateKey: env("PRIVATE_KEY"),
    baseUrl: `${env("BASE_URL")}/api/atlas/v2`,
    projectId,
    ...credentials,
  });

// Version 2 of the API wants a date. The headers of a call replace those that the package would send, the type of the
// body included.
const type = "application/vnd.atlas.2025-03-12+json";
const read = { httpOptions: { headers: { Accept: type } } };
const write = { httpOptions: { headers: { Accept: type, "Content-Type": "application/json" } } };
const unique = (prefix) => `${prefix}-${randomBytes(6).toString("hex")}`;

const makeProject = async (t) => {
  const made = await clientOf().project.create({ name: unique("node"), orgId }, write);
  assert.ok(made.id, JSON.stringify(made));
  t.after(() => clientOf().project.delete(made.id, read));
  return made;
};

test("organizations", async () => {
  const { organization } = clientOf();
  const page = await organization.getAll({ ...read, itemsPerPage: 500 });
  assert.ok(page.results.some(({ id }) => id === orgId));
  assert.equal((await organization.getById(orgId, read)).id, orgId);
  const projects = await organization.getAllProjectsForOrganization(orgId, read);
  assert.ok(projects.results.some(({ id }) => id === env("GROUP_ID")));
});

test("projects", async (t) => {
  const { project } = clientOf();
  const made = await makeProject(t);
  assert.equal(made.orgId, orgId);
  const page = await project.getAll({ ...read, itemsPerPage: 500 });
  assert.ok(page.results.some(({ id }) => id === made.id));
  assert.equal(page.totalCount, page.results.length);
  assert.equal((await project.getById(made.id, read)).name, made.name);
  assert.equal((await project.getByName(made.name, read)).id, made.id);
  assert.equal((await project.create({ name: made.name, orgId }, write)).errorCode, "GROUP_ALREADY_EXISTS");

  assert.equal(await project.delete(made.id, read), true);
  assert.equal((await project.getById(made.id, read)).errorCode, "RESOURCE_NOT_FOUND");
  assert.equal((await project.getById(neverExisted, read)).errorCode, "GROUP_NOT_FOUND");
});

test("database users", async (t) => {
  const project = await makeProject(t);
  const { user, event } = clientOf(project.id);
  const username = unique("user");
  const roles = [{ databaseName: "shop", roleName: "readWrite" }];
  const made = await user.create(
    { databaseName: "admin", username, password: "correct horse battery staple", roles },
    write,
  );
  assert.deepEqual([made.username, made.password, made.roles], [username, undefined, roles]);
  assert.deepEqual((await user.getAll(read)).results.map((one) => one.username), [username]);

  const fewer = [{ databaseName: "shop", roleName: "read" }];
  assert.deepEqual((await user.update(username, { roles: fewer }, write)).roles, fewer);
  assert.deepEqual((await user.get(username, read)).roles, fewer);
  assert.equal(await user.delete(username, read), true);
  assert.equal((await user.get(username, read)).errorCode, "USERNAME_NOT_FOUND");

  const names = (await event.getAll(read)).results.map(({ eventTypeName }) => eventTypeName);
  for (const name of ["MONGODB_USER_ADDED", "MONGODB_USER_UPDATED", "MONGODB_USER_DELETED"]) {
    assert.ok(names.includes(name), `${name} is not among ${names}`);
  }
});

test("the certificate of a user that this package made", async (t) => {
  const project = await makeProject(t);
  const username = unique("certificate");
  const body = {
    databaseName: "$external",
    username,
    x509Type: "MANAGED",
    roles: [{ databaseName: "admin", roleName: "readAnyDatabase" }],
  };
  assert.equal((await clientOf(project.id).user.create(body, write)).x509Type, "MANAGED");

  // The package has no call for certificates; its HTTP library has.
  const { request } = require("urllib");
  const made = await request(`${env("BASE_URL")}/api/atlas/v2/groups/${project.id}/databaseUsers/${username}/certs`, {
    method: "POST",
    digestAuth: `${env("PUBLIC_KEY")}:${env("PRIVATE_KEY")}`,
    data: { monthsUntilExpiration: 3 },
    headers: write.httpOptions.headers,
    dataType: "text",
  });
  assert.equal(made.status, 201);
  assert.equal(new X509Certificate(made.data).subject, `CN=${username}`);
});

test("without a date in Accept", async () => {
  assert.equal((await clientOf().project.getAll()).errorCode, "INVALID_VERSION_DATE");
});

test("a wrong key", async () => {
  const answer = await clientOf(undefined, { privateKey: "wrong" }).project.getAll(read);
  assert.equal(answer.error, 401);
});
