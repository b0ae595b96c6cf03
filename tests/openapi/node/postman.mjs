// Converts the document into a Postman collection, which must have one request for every operation.
import { readFileSync } from "node:fs";
import converter from "openapi-to-postmanv2";

const data = readFileSync(process.argv[2], "utf8");
const methods = new Set(["get", "post", "put", "patch", "delete"]);
const operations = Object.values(JSON.parse(data).paths).flatMap((item) =>
  Object.keys(item).filter((key) => methods.has(key)),
);

const requests = (items) => items.flatMap((item) => (item.item ? requests(item.item) : [item.request]));

converter.convertV2({ type: "string", data }, { folderStrategy: "Tags" }, (error, conversion) => {
  if (error || !conversion.result) {
    console.error("the conversion failed:", error ?? conversion.reason);
    process.exit(1);
  }
  const made = requests(conversion.output[0].data.item);
  const named = made.filter((request) => request.name && request.method && request.url);
  console.log(`${named.length} requests for ${operations.length} operations`);
  process.exit(named.length === operations.length ? 0 : 1);
});
