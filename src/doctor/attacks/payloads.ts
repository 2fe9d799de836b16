/**
 * Attacks on whoever reads data: MessagePack frames from outside, and values handed to a call.
 *
 * @module
 */

import type { AttackRow, FrameAttack, HookAttack } from "../attack.ts";

const REFUSED = ["BAD_REQUEST"] as const;

const hex = (text: string) => Uint8Array.from(Buffer.from(text.replaceAll(" ", ""), "hex"));
const repeated = (part: string, count: number, end: string) => hex(part.repeat(count) + end);

/** A frame, as hexadecimal digits. */
function frame(id: string, says: string, digits: string): FrameAttack {
  return { id, says, frame: () => hex(digits), ends: REFUSED };
}

const FRAMES: readonly FrameAttack[] = [
  {
    id: "P1",
    says: "a million lists in each other",
    frame: () => repeated("91", 1e6, "c0"),
    ends: ["BAD_REQUEST", "INPUT_TOO_LARGE"],
  },
  {
    id: "P1.dicts",
    says: "two hundred thousand dicts in each other",
    frame: () => repeated("81a161", 2e5, "c0"),
    ends: ["BAD_REQUEST", "INPUT_TOO_LARGE"],
  },
  frame("P2.list", "a list that says it has four billion elements", "dd ffffffff 01"),
  frame("P2.dict", "a dict that says so", "df ffffffff a161 01"),
  frame("P2.text", "a text that says it is four billion bytes", "db ffffffff 61"),
  frame("P2.bytes", "bytes that say so", "c6 ffffffff 00"),
  frame("P2.ext", "an extension that says so", "c9 ffffffff 54 00"),
  frame("P2.odd", "a dict with half a pair", "82 a161 01 a162"),
  {
    id: "P3",
    says: "sixteen million nils in sixteen megabytes",
    frame: () => Buffer.concat([hex("dd00ffffff"), Buffer.alloc(0xffffff, 0xc0)]),
    ends: ["INPUT_TOO_LARGE", "BAD_REQUEST"],
  },
  {
    id: "P3.dicts",
    says: "65 535 empty dicts over and over, each dearer than it looks",
    frame: () => {
      const dicts = Buffer.concat([hex("dcffff"), Buffer.alloc(0xffff, 0x80)]);
      return Buffer.concat([hex("dc0020"), ...Array<Buffer>(32).fill(dicts)]);
    },
    ends: ["INPUT_TOO_LARGE", "BAD_REQUEST"],
  },
  frame("P5", "a cycle, by msgpackr's own extension", "d6 69 00000001 91 d6 70 00000001"),
  frame("P6", "a regular expression, by extension", `d47800 92 d90a 5e28612b292b2478797a a0`),
  frame("P7.date", "a date, by extension", "d6 ff 00000000"),
  frame("P7.error", "an error, by extension", "d4 65 00 93 a5 4572726f72 a1 78 c0"),
  frame("P8", "a definition of a record, by extension", "d4 72 40 91 a161 01"),
  frame("P9.never", "the byte that MessagePack never uses", "c1"),
  frame("P10.key", "a dict whose key is a list", "81 91 01 02"),
  frame("P10.number", "a dict whose key is a number", "81 01 02"),
  frame("P10.bytes", "a dict whose key is bytes", "81 c4 01 61 02"),
  frame("P10.proto", "a dict with the key __proto__", "81 a9 5f5f70726f746f5f5f 80"),
  frame("P11.utf8", "a text that is no UTF-8", "a2 ff fe"),
  frame("P11.surrogate", "a text with half a letter", "a3 ed a0 80"),
  frame("P11.overlong", "a letter in more bytes than it needs", "a2 c0 af"),
  frame("P12.two", "two values in one frame", "01 02"),
  frame("P12.empty", "nothing", ""),
  frame("P12.short", "a list that ends early", "93 01 02"),
  frame("P13.tensor", "a tensor whose shape and bytes disagree", "c7 06 54 0a 01 ffffffff"),
  frame("P13.dtype", "a tensor of a type that is none", "d6 54 ff 00 00 00"),
  frame("P13.rank", "a tensor of 255 dimensions", "c7 08 54 0a ff 0000 0000 0000"),
];

/** Values that a caller hands on from somewhere, to an honest hook. */
const VALUES: readonly HookAttack[] = [
  {
    id: "P20.nodes",
    says: "more values than a hook takes, in one list",
    source: "(d) => d.length",
    data: () => Array<number>(1_000_001).fill(0),
    ends: ["INPUT_TOO_LARGE"],
  },
  {
    id: "P20.depth",
    says: "a hundred thousand lists in each other",
    source: "(d) => d.length",
    data: () => {
      let deep: unknown[] = [];
      for (let i = 0; i < 1e5; i++) deep = [deep];
      return deep;
    },
    ends: ["INPUT_TOO_LARGE"],
  },
  {
    id: "P20.cycle",
    says: "a cycle",
    source: "(d) => d.length",
    data: () => {
      const cycle: unknown[] = [];
      cycle.push(cycle);
      return cycle;
    },
    ends: ["INPUT_MISMATCH", "INPUT_TOO_LARGE"],
  },
  {
    id: "P20.shared",
    says: "a graph of 2^30 paths",
    source: "(d) => d.length",
    data: () => {
      let shared: unknown[] = [1];
      for (let i = 0; i < 30; i++) shared = [shared, shared];
      return shared;
    },
    ends: ["INPUT_TOO_LARGE"],
  },
  {
    id: "P20.proto",
    says: "a dict with the key __proto__, given to a hook that merges dicts",
    source: "(d) => { const o = Object.assign({}, d, d.a); return [o.polluted, ({}).polluted]; }",
    data: () => JSON.parse('{"a": {"__proto__": {"polluted": 1}}}') as unknown,
    ends: ["INPUT_MISMATCH", "value"],
    holds: (value) => String(value) === ",",
  },
  {
    id: "P20.text",
    says: "a text that fills the hook's heap as soon as it is taken apart",
    source: "(d) => d.split('').map((c) => ({ c })).length",
    data: () => "x".repeat(2 ** 22),
    ends: ["HOOK_MEMORY", "HOOK_TIMEOUT", "HOOK_CRASHED", "HOOK_THREW"],
  },
  {
    id: "P20.frame",
    says: "more bytes than a call may bring",
    source: "(d, files) => files.length",
    // One buffer many times: together over the most that any operator may allow.
    files: () => Array<Uint8Array>(16).fill(new Uint8Array(17 << 20)),
    ends: ["INPUT_TOO_LARGE"],
  },
  {
    id: "P20.files",
    says: "more files than a call may bring",
    source: "(d, files) => files.length",
    files: () => Array.from({ length: 257 }, () => new Uint8Array(1)),
    ends: ["INPUT_TOO_LARGE"],
  },
  {
    id: "P20.names",
    says: "files with names that are paths, of a megabyte, and with ends in them",
    source: "(d, files) => files.map(({ name }) => name.length)",
    files: () =>
      ["../../etc/passwd", "a\0b", "n".repeat(2 ** 20), "__proto__"].map((name) => ({
        data: new Uint8Array(1),
        name,
      })),
    ends: ["value", "INPUT_TOO_LARGE", "INPUT_MISMATCH"],
  },
  {
    id: "P20.tensor",
    says: "numbers that are none, and too large for what a hook makes of them",
    source: "(d) => Tensor.from(d, 'int8').tolist()",
    data: () => [NaN, Infinity, 1e308, -0, 2 ** 53],
    ends: ["value", "HOOK_THREW"],
  },
];

export const PAYLOADS: readonly AttackRow[] = [...FRAMES, ...VALUES];
