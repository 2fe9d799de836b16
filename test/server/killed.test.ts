// Sandboxes of a server are killed from outside while clients call: each death costs the one call
// that ran in it, and nobody else's.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterAll, beforeAll, expect, test } from "vitest";

import { type Client, connect } from "../../src/client/client.ts";
import { HookError } from "../../src/index.ts";
import { type Server, startServer } from "../../src/server/serve.ts";
import { sandboxes } from "../runtime/processes.ts";

const CALLS = 3_000;
const AT_ONCE = 48;
const KILLS = 5;
const TENTH = CALLS / (KILLS + 1);

const folder = mkdtempSync(join(tmpdir(), "bookend-killed-"));
let server: Server;
let clients: readonly Client[];
beforeAll(async () => {
  const rpc = { unix: join(folder, "s") };
  server = await startServer({ rpc, data: false, workers: 2, log: "silent" });
  const [address = ""] = server.addresses;
  clients = await Promise.all([connect(address), connect(address)]);
});
afterAll(async () => {
  for (const client of clients) await client.close();
  await server.close();
  rmSync(folder, { recursive: true, force: true });
});

test("kill -9 of sandboxes under load loses nobody else's call", async () => {
  const [one, two] = clients as [Client, Client];
  const source = "(d) => ({ id: d.id, square: d.id * d.id })";
  const hook = await one.register({ kind: "pre", name: "square", source });
  const same = await two.register({ kind: "pre", name: "square", source });
  const ends: string[] = [];
  let next = 0;
  let kills = 0;
  const lane = async (from: number) => {
    const own = from % 2 === 0 ? hook : same;
    while (next < CALLS) {
      const id = next++;
      if (id > TENTH * (kills + 1) && kills < KILLS) {
        kills += 1;
        // The group: what built the jail, and what is in it.
        for (const pid of sandboxes().slice(0, 1)) process.kill(-pid, "SIGKILL");
      }
      try {
        const { value } = await own.call({ id });
        expect(value).toEqual({ id, square: id * id });
        ends.push("value");
      } catch (error) {
        if (!(error instanceof HookError)) throw error;
        ends.push(error.code);
      }
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, (_, i) => lane(i)));
  expect(ends).toHaveLength(CALLS);
  expect(kills).toBe(KILLS);
  const others = ends.filter((end) => end !== "value");
  // A sandbox that was idle, or a spare, costs no call.
  expect(others.length).toBeLessThanOrEqual(KILLS);
  expect(new Set(others)).toEqual(new Set(others.length > 0 ? ["HOOK_CRASHED"] : []));
});
