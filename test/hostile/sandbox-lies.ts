/**
 * What a sandbox that was taken over may do, one row each, and what its worker says of it.
 *
 * A row is read by both sides: the stand-in runs `act`, the test looks for what is `said`. The
 * calls of a block are `call`, `call + 1` and `call + 2`; the first is lied about unless `blames`
 * says otherwise.
 *
 * @module
 */

import { spawn } from "node:child_process";
import { closeSync, ftruncateSync } from "node:fs";

import { ANSWER, joinBody, OUTCOME } from "../../src/wire/records.ts";
import { Encoder } from "../../src/wire/encode.ts";
import {
  BELL,
  type Claims,
  double,
  hang,
  INBOX,
  JOURNAL,
  LIE,
  type Lie,
  put,
  record,
  REQUESTS,
  ring,
  valueBody,
} from "./sandbox-stand-in.ts";

/** One lie about a call. */
export interface CallLie extends Lie {
  readonly name: string;
  /** The fault of the one call that is blamed: its code, then its detail. */
  readonly said: RegExp;
  /** Which of the three calls that is. Those in front of it have the stand-in's word. */
  readonly blames?: 0 | 1 | undefined;
}

const LIED = /^HOOK_CRASHED: .*not to be trusted/;
const SILENT = /^HOOK_TIMEOUT: .*its process was ended/;
const ENCODER = new Encoder({
  nodesMax: 1_000_000,
  depthMax: 64,
  bytesMax: 2 ** 24,
  unsupported: "INTERNAL",
  tooLarge: "INTERNAL",
});
const encode = (value: unknown) => ENCODER.encode(value);
const hex = (text: string) => Uint8Array.from(Buffer.from(text, "hex"));
const repeated = (part: string, times: number) => hex(part.repeat(times));
/** A list of so many bytes that are each a value. */
const list = (count: number, byte: number) => {
  const bytes = new Uint8Array(5 + count).fill(byte);
  bytes[0] = 0xdd;
  new DataView(bytes.buffer).setUint32(1, count);
  return bytes;
};

const done = (call: number, claims: Claims) => put(JOURNAL, record(ANSWER.done, call, claims));
const value = (payload: Uint8Array, logs?: Uint8Array) => (call: number) =>
  done(call, { body: valueBody(payload, logs) });
const fault = (payload: Uint8Array) => (call: number) =>
  done(call, { body: new Uint8Array(joinBody(OUTCOME.fault, undefined, payload)) });
const claimed = (code: string, detail = "x") => fault(encode({ code, path: "", detail }));
const bodyOf = (text: string) => (call: number) => done(call, { body: hex(text) });
const NIL = { body: valueBody(hex("c0")) };
const forEver = (act: () => void): never => {
  for (;;) act();
};
const rings = new Uint8Array(4_096);

/** The calls, numbers and order of answers. */
const ORDER: readonly CallLie[] = [
  {
    name: "an answer twice",
    act: (call) => (double(call, LIE), double(call, LIE)),
    said: LIED,
    blames: 1,
  },
  { name: "the next call's answer", act: (call) => double(call + 1, 1), said: LIED },
  { name: "the last one's answer first", act: (call) => double(call + 2, 2), said: LIED },
  { name: "an answer of an earlier block", act: (call) => double(call - 1, 1), said: LIED },
  { name: "an answer for no call", act: () => double(0xffff_ffff, 1), said: LIED },
  { name: "kind 0", act: (call) => put(JOURNAL, record(0, call)), said: /kind 0/ },
  { name: "kind 255", act: (call) => put(JOURNAL, record(255, call)), said: /kind 255/ },
  {
    name: "that the call had died, which a worker says",
    act: (call) => put(JOURNAL, record(ANSWER.died, call, NIL)),
    said: /kind 5/,
  },
  {
    name: "that a call had not begun which had",
    act: (call) => put(JOURNAL, record(ANSWER.notBegun, call)),
    said: /not begun in time/,
  },
  {
    name: "that it loaded what was warm",
    act: (call) => put(JOURNAL, record(ANSWER.loaded, call)),
    said: /loaded a hook twice/,
  },
  {
    name: "that the block is there, twice",
    act: (call) => put(JOURNAL, record(ANSWER.reached, call)),
    said: /reached it twice/,
  },
  {
    name: "an answer, but never that the block is there",
    isReached: false,
    act: (call) => double(call, LIE),
    said: /a block not yet there/,
  },
  { name: "nothing at all", isReached: false, act: () => undefined, said: SILENT },
  { name: "nothing any more", act: () => undefined, said: SILENT },
  { name: "nothing but rings", act: () => ring(100), said: SILENT },
];

/** Lengths, and what they are lengths of. */
const LENGTHS: readonly CallLie[] = [
  { name: "a length of 2^32-1", act: (call) => done(call, { bytes: 2 ** 32 - 1 }), said: LIED },
  { name: "a length of 2^31", act: (call) => done(call, { bytes: 2 ** 31 }), said: LIED },
  { name: "a length of 17 MB", act: (call) => done(call, { bytes: 17e6 }), said: LIED },
  { name: "a byte too few", act: (call) => done(call, { ...NIL, bytes: 10 }), said: SILENT },
  { name: "a byte too many", act: (call) => done(call, { ...NIL, bytes: 8 }), said: LIED },
  { name: "a length of 0", act: (call) => done(call, { ...NIL, bytes: 0 }), said: LIED },
  {
    name: "a body of `loaded`",
    isReached: true,
    act: (call) => put(JOURNAL, record(ANSWER.loaded, call, NIL)),
    said: LIED,
  },
  {
    name: "a body of `reached`",
    isReached: false,
    act: (call) => put(JOURNAL, record(ANSWER.reached, call, NIL)),
    said: /kind 4 and 9 bytes/,
  },
  { name: "half a head", act: () => put(JOURNAL, new Uint8Array(20)), said: SILENT },
  { name: "a body of 7 bytes", act: bodyOf("00000000000000"), said: /lengths do not agree/ },
  { name: "logs beyond the body", act: bodyOf("0000000002000000c0"), said: /do not agree/ },
  { name: "logs of 2^32-1", act: bodyOf("00000000ffffffffc0"), said: /do not agree/ },
  { name: "an outcome of 7", act: bodyOf("0700000000000000c0"), said: /outcome of 7/ },
];

/** MessagePack that is none, or that would grow. */
const BOMBS: readonly CallLie[] = [
  { name: "a million lists in each other", act: value(repeated("91", 1e6)), said: LIED },
  { name: "a list of 2^32-1", act: value(hex("ddffffffff01")), said: LIED },
  { name: "8 million nils", act: value(list(8e6, 0xc0)), said: /limits.nodes/ },
  { name: "2 million empty dicts", act: value(list(2e6, 0x80)), said: /limits.nodes/ },
  { name: "a key `__proto__`", act: value(hex("81a95f5f70726f746f5f5f01")), said: /__proto__/ },
  { name: "a record of msgpackr", act: value(hex("d4724091a16101")), said: LIED },
  { name: "a tensor that lies", act: value(hex("c7095401020000ffffffffffff")), said: LIED },
  { name: "no value", act: value(new Uint8Array(0)), said: LIED },
  { name: "two values", act: value(hex("c0c0")), said: LIED },
  { name: "logs in each other", act: value(hex("c0"), repeated("91", 9_999)), said: LIED },
  { name: "10 MB of logs", act: value(hex("c0"), encode([0, "log", "x".repeat(1e7)])), said: LIED },
  { name: "60 000 log lines", act: value(hex("c0"), list(60_000, 0xa0)), said: LIED },
  { name: "logs that are no UTF-8", act: value(hex("c0"), hex("9300a1ffa0")), said: LIED },
];

/** Faults that are not a sandbox's to claim. */
const FAULTS: readonly CallLie[] = [
  { name: "a fault of the caller", act: claimed("CANCELLED"), said: /cannot know of/ },
  { name: "a fault of the host", act: claimed("POOL_FULL"), said: /cannot know of/ },
  { name: "a fault of the pool", act: claimed("HOOK_QUARANTINED"), said: /cannot know of/ },
  { name: "a code that is none", act: claimed("constructor"), said: /cannot know of/ },
  { name: "a detail of 1 MB", act: claimed("HOOK_THREW", "x".repeat(2 ** 20)), said: /too long/ },
  { name: "a fault that is a list", act: fault(hex("90")), said: /cannot know of/ },
  { name: "a fault of many levels", act: fault(repeated("91", 1e5)), said: LIED },
];

/** What it may do with its descriptors, and with itself. */
const DEEDS: readonly CallLie[] = [
  {
    name: "records without end",
    act: (call) => forEver(() => put(JOURNAL, record(ANSWER.reached, call))),
    said: /reached it twice/,
  },
  {
    name: "zeros without end, as a body",
    act: (call) => {
      put(JOURNAL, record(ANSWER.done, call, { bytes: 2 ** 24 }));
      forEver(() => put(JOURNAL, rings));
    },
    said: LIED,
  },
  { name: "rings without end", act: () => forEver(() => put(BELL, rings)), said: /rang without/ },
  { name: "stderr without end", act: () => forEver(() => put(2, rings)), said: /stderr without/ },
  {
    name: "bytes where requests come from, without end",
    act: () => forEver(() => put(REQUESTS, rings)),
    said: SILENT,
  },
  { name: "it cuts the journal", act: () => ftruncateSync(JOURNAL, 0), said: SILENT },
  {
    name: "it cuts the journal in the middle of an answer",
    act: (call) => {
      put(JOURNAL, record(ANSWER.done, call, { bytes: 100_000 }).subarray(0, 48));
      ring();
      ftruncateSync(JOURNAL, 30);
    },
    said: SILENT,
  },
  {
    name: "a journal of 1 GB of holes",
    act: () => ftruncateSync(JOURNAL, 2 ** 30),
    said: /kind 0/,
  },
  {
    name: "a journal of more than a file may be",
    act: () => ftruncateSync(JOURNAL, 2 ** 30 + 1),
    said: /^HOOK_CRASHED: .*(SIGXFSZ|exit code)/,
  },
  {
    name: "an inbox of 1 GB",
    act: () => ftruncateSync(INBOX, 2 ** 30),
    said: /^HOOK_CRASHED: .*exit code 1/,
  },
  {
    name: "it closes the bell",
    act: () => (closeSync(BELL), hang()),
    said: /closed a pipe|TIMEOUT/,
  },
  { name: "it closes its requests", act: () => closeSync(REQUESTS), said: /closed a pipe|TIMEOUT/ },
  { name: "it closes the journal", act: () => closeSync(JOURNAL), said: SILENT },
  { name: "it exits as if all were well", act: () => process.exit(0), said: /exit code 0/ },
  { name: "it ends by a signal", act: () => process.kill(process.pid, "SIGSEGV"), said: /SIGSEGV/ },
  { name: "it stops itself", act: () => process.kill(process.pid, "SIGSTOP"), said: SILENT },
  {
    name: "it says that its heap is full",
    act: () => (put(2, Buffer.from("FATAL: heap limit")), process.exit(1)),
    said: /^HOOK_MEMORY: /,
  },
  {
    name: "it ends, and leaves its pipes to a process that nobody here knows",
    act: () => {
      const stdio = ["inherit", "inherit", "inherit", REQUESTS, BELL, JOURNAL] as const;
      spawn("/bin/sleep", ["3"], { detached: true, stdio: [...stdio] });
      process.exit(0);
    },
    said: /exit code 0|^HOOK_TIMEOUT/,
  },
];

export const CALL_LIES: readonly CallLie[] = [...ORDER, ...LENGTHS, ...BOMBS, ...FAULTS, ...DEEDS];

/** What it may do when nothing is asked of it: no call is to blame, and it is replaced. */
export const IDLE_LIES: readonly (Lie & { readonly name: string })[] = [
  { name: "it answers once more, and rings", act: (call) => (double(call, 1), ring()) },
  { name: "it answers once more, in silence", act: (call) => double(call, 1) },
  { name: "it answers the next call before it comes", act: (call) => double(call + 1, 1) },
  { name: "it leaves half a head behind", act: () => put(JOURNAL, new Uint8Array(20)) },
  { name: "it makes the journal long", act: () => ftruncateSync(JOURNAL, 2 ** 30) },
  { name: "it rings and rings", act: () => ring(50_000) },
  { name: "it fills stderr", act: () => put(2, new Uint8Array(2 ** 21)) },
  { name: "it exits", act: () => process.exit(0) },
  { name: "it ends by a signal", act: () => process.kill(process.pid, "SIGKILL") },
];

/** What it may do instead of being there. */
export const START_LIES: readonly (Lie & { readonly name: string })[] = [
  { name: "it exits at once", act: () => process.exit(0) },
  { name: "it throws at once", act: () => process.exit(1) },
  { name: "it answers before it is asked", act: () => (double(1, 1), ring(), hang()) },
  { name: "it rings without end", act: () => forEver(() => put(BELL, rings)) },
];
