/**
 * Attacks on other tenants: what is left for them to find, and how their answers could be forged.
 *
 * The other tenant's next call is part of every attack: the prober compares its answer. What is
 * here is meant to change it.
 *
 * @module
 */

import type { HookAttack } from "../attack.ts";

export const TENANTS: readonly HookAttack[] = [
  {
    id: "X1",
    says: "patches what every hook uses, and keeps what it sees",
    source: `(d) => {
      globalThis.secret = "attacker";
      const own = Array.prototype.map;
      Array.prototype.map = function (...args) {
        globalThis.secret = this;
        return own.apply(this, args);
      };
      Array.prototype.push = Array.prototype.join = () => "forged";
      String.prototype.toUpperCase = () => "forged";
      Math.max = Math.min = () => 7;
      return 1;
    }`,
    rounds: 2,
    ends: ["value", "HOOK_THREW"],
  },
  {
    id: "X2",
    says: "forges answers by the intrinsics that an encoder uses",
    source: `(d) => {
      const forged = () => "forged";
      JSON.stringify = JSON.parse = forged;
      Uint8Array.prototype.set = Uint8Array.prototype.subarray = forged;
      DataView.prototype.setFloat64 = DataView.prototype.setUint32 = forged;
      Object.keys = Reflect.ownKeys = () => ["forged"];
      Array.isArray = () => false;
      Function.prototype.call = Function.prototype.apply = forged;
      return { right: [1, 2.5, "x"] };
    }`,
    ends: ["value"],
    holds: (value) => JSON.stringify(value) === '{"right":[1,2.5,"x"]}',
  },
  {
    id: "X2.tensor",
    says: "forges the tensors of whoever comes next",
    source: `(d) => {
      try { Tensor.from = () => "forged"; } catch {}
      try { Tensor.prototype.tolist = () => ["forged"]; } catch {}
      try { globalThis.Tensor = class { constructor() { return "forged"; } }; } catch {}
      return 1;
    }`,
    ends: ["value"],
  },
  {
    id: "X3",
    says: "leaves a storm of microtasks behind for the next in the process",
    source: `(d) => {
      const f = () => Promise.resolve().then(f).then(f);
      try { return 1; } finally { f(); }
    }`,
    ends: ["HOOK_TIMEOUT", "HOOK_MEMORY"],
  },
  {
    id: "X3.pending",
    says: "leaves promises behind that a later call settles",
    source: `async (d) => {
      const earlier = globalThis.release;
      const wait = new Promise((resolve) => { globalThis.release = resolve; });
      if (earlier) { earlier("of an earlier call"); return "mine"; }
      return await wait;
    }`,
    rounds: 2,
    ends: ["HOOK_UNSETTLED", "value"],
    holds: (value) => value === "mine",
  },
  {
    id: "X5",
    says: "a tenant whose name is a property of every object",
    source: "(d) => 1",
    tenant: "__proto__",
    ends: ["value", "BAD_REQUEST"],
  },
  {
    id: "X5.constructor",
    says: "another one",
    source: "(d) => 1",
    tenant: "constructor",
    ends: ["value"],
  },
  {
    id: "X5.path",
    says: "a tenant whose name leads to another one's",
    source: "(d) => 1",
    tenant: "../victim",
    ends: ["BAD_REQUEST"],
  },
  {
    id: "X5.nul",
    says: "a tenant whose name ends before its end",
    source: "(d) => 1",
    tenant: "victim\0x",
    ends: ["BAD_REQUEST"],
  },
  {
    id: "X5.long",
    says: "a tenant with a name of a megabyte",
    source: "(d) => 1",
    tenant: "t".repeat(2 ** 20),
    ends: ["BAD_REQUEST"],
  },
  {
    id: "X6",
    says: "memory that nobody wrote to, in new buffers of every size",
    source: `(d) => {
      for (let size = 1; size <= 1 << 20; size *= 2) {
        for (let i = 0; i < 8; i++) {
          const bytes = new Uint8Array(size);
          for (let at = 0; at < size; at++) if (bytes[at] !== 0) return [size, at, bytes[at]];
        }
      }
      return "zeros";
    }`,
    limits: { wallMs: 2_000 },
    ends: ["value"],
    holds: (value) => value === "zeros",
  },
  {
    id: "X6.files",
    says: "what lies around a file in the memory of whoever sent it",
    source: `(d, files) => files.map((file) => [
      file.byteLength, file.buffer.byteLength, file.byteOffset, [...file].join() === "1,2,3",
    ])`,
    files: () => [Buffer.from([1, 2, 3]), new Uint8Array([0, 1, 2, 3, 4]).subarray(1, 4)],
    ends: ["value"],
    holds: (value) => JSON.stringify(value) === "[[3,3,0,true],[3,3,0,true]]",
  },
  {
    id: "X7",
    says: "a channel by registered symbols",
    source: `(d) => {
      const key = Symbol.for("between tenants");
      const seen = globalThis[key] ?? Object.prototype[key] ?? Tensor[key] ?? "nothing";
      Object.prototype[key] = globalThis[key] = "attacker";
      try { Tensor[key] = "attacker"; } catch {}
      return seen;
    }`,
    state: "fresh",
    rounds: 3,
    ends: ["value"],
    holds: (value) => value === "nothing",
  },
  {
    id: "X10",
    says: "calls of one tenant that take the whole of the queue",
    source: "(d) => { const t = Date.now(); while (Date.now() - t < 5); return 1; }",
    atOnce: 150,
    ends: ["value", "POOL_FULL"],
  },
];
