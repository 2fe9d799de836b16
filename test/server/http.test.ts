// The HTTP door over a real service: what each path takes and gives, in each form.

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { pack, unpack } from "msgpackr";

import { type FlowRuntime, startRuntime } from "../../src/flow/runtime.ts";
import { ask, json, openDoor, type TestDoor } from "./http-server.ts";

let runtime: FlowRuntime;
let door: TestDoor;
beforeAll(async () => {
  runtime = await startRuntime({ workers: 1 });
  door = await openDoor(runtime);
});
afterAll(async () => {
  await door[Symbol.asyncDispose]();
  await runtime.close();
});

test("smoke", async () => {
  const made = await json(door, "/v1/hooks", {
    kind: "pre",
    name: "up",
    source: "(d) => ({ n: d.n + 1 })",
  });
  console.log(made);
  console.log(await json(door, "/v1/hooks/up/call", { data: { n: 1 } }));
  console.log(await json(door, "/v1/hooks"));
  console.log(await json(door, "/v1/hooks/none"));
  console.log(await json(door, "/v1/nope"));
  console.log(await json(door, "/v1/hooks/up/call"));
  const body = new Uint8Array(pack({ data: { n: 2 } }));
  const answer = await ask(door, "/v1/hooks/up/call", {
    body,
    headers: { "content-type": "application/msgpack" },
  });
  console.log(answer.status, answer.headers, unpack(new Uint8Array(await answer.arrayBuffer())));
  console.log(await json(door, "/v1/describe"));
  console.log(
    await json(door, "/healthz"),
    await json(door, "/readyz"),
    (await json(door, "/openapi.json")).status,
  );
  console.log(await json(door, "/v1/hooks/up/call", {}, { key: null }));
  const t = performance.now();
  for (let i = 0; i < 500; i++) await json(door, "/v1/hooks/up/call", { data: { n: 1 } });
  console.log((performance.now() - t) / 500, "ms/call");
});
