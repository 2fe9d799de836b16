// A promise that was rejected and that nobody waits for: the hook's mistake, said as such, with its
// place and what was logged before.

import { expect, test } from "vitest";

import { createRuntime } from "../../src/index.ts";
import { faultOf } from "./faults.ts";

const LEFT = "in a promise that nothing waits for: await it, return it, or catch it";

const ROWS: readonly [says: string, source: string, detail: string, at?: object][] = [
  [
    "an error",
    "(d) => { Promise.reject(new TypeError('no')); return 1 }",
    `TypeError: no (${LEFT})`,
    { line: 1, column: 25 },
  ],
  [
    "an async function that is not awaited",
    "async (d) => {\n  const f = async () => { throw new RangeError('late') };\n  f(); return 1 }",
    `RangeError: late (${LEFT})`,
    { line: 2, column: 33 },
  ],
  ["a text", "(d) => { Promise.reject('text'); return 1 }", `text (${LEFT})`],
  ["nothing", "(d) => { Promise.reject(); return 1 }", `undefined (${LEFT})`],
  [
    "an object",
    "(d) => { Promise.reject({ a: 1 }); return 1 }",
    `something that is no Error (${LEFT})`,
  ],
  [
    "a vast message",
    "(d) => { Promise.reject(new Error('x'.repeat(5e6))); return 1 }",
    `Error: ${"x".repeat(493)} (${LEFT})`,
    { line: 1, column: 25 },
  ],
];

for (const isolation of ["process", "thread"] as const) {
  test(`a rejection that nobody waits for is the hook's own fault, in ${isolation} isolation`, async () => {
    await using runtime = await createRuntime({ workers: 1, isolation });
    for (const [says, source, detail, at] of ROWS) {
      const logging = source.replace("=> {", "=> {console.log('on the way');");
      const hook = await runtime.register({ kind: "pre", source });
      const fault = await faultOf(hook.call(0));
      expect({ says, code: fault.code, detail: fault.detail, at: fault.at }).toEqual({
        ...{ says, code: "HOOK_THREW", detail, at },
      });
      const logs = await faultOf(
        (await runtime.register({ kind: "pre", source: logging })).call(0),
      );
      expect(logs.logs.map(({ text }) => text)).toEqual(["on the way"]);
    }
  });
}

test("one that is caught, or returned, is none", async () => {
  await using runtime = await createRuntime({ workers: 1 });
  const caught = "(d) => { Promise.reject(1).catch(() => 0); return 1 }";
  const returned =
    "(d) => { const p = Promise.reject(new Error('no')); return p.catch((e) => e.message) }";
  for (const [source, value] of [
    [caught, 1],
    [returned, "no"],
  ] as const) {
    await using hook = await runtime.register({ kind: "pre", source });
    expect((await hook.call(0)).value).toBe(value);
  }
});
