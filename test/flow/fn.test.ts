// `fn(...)`: what it hands to the function, what it makes of what comes back, and what it refuses.

import { describe, expect, test, vi } from "vitest";

import { Refusal } from "../../src/faults.ts";
import { fn } from "../../src/flow/models/fn.ts";
import type { OpenModel } from "../../src/flow/model.ts";

/** Returns what `work` ends with, which must be a refusal. */
async function refusalOf(work: Promise<unknown>): Promise<Refusal> {
  const error = await work.then(
    (value) => expect.unreachable(`wanted a refusal, got ${String(value)}`),
    (reason: unknown) => reason,
  );
  if (error instanceof Refusal) return error;
  throw error;
}

function open(callback: Parameters<typeof fn>[0]): Promise<OpenModel> {
  return fn(callback).open();
}

describe("fn()", () => {
  const REFUSED: readonly [name: string, args: unknown[], path: string, detail: string][] = [
    ["no function", [7], "callback", "wants a function, got number 7"],
    ["the text of one", ["(v) => v"], "callback", 'wants a function, got string "(v) => v"'],
    ["nothing", [], "callback", "wants a function, got "],
    ["null for options", [() => 1, null], "", "wants options as an object, got null"],
    ["an option nobody knows", [() => 1, { inputs: {} }], "inputs", "there are input, output"],
    ["a name that is none", [() => 1, { name: "" }], "name", "1 to 100 characters"],
    ["a long name", [() => 1, { name: "n".repeat(101) }], "name", "1 to 100 characters"],
    ["an input that is no schema", [() => 1, { input: 7 }], "input", "wants a schema"],
    ["a function in a schema", [() => 1, { output: { a: () => 1 } }], "output.a", "plain JSON"],
  ];
  test.each(REFUSED)("refuses %s at once", (_name, args, path, detail) => {
    const make = () => Reflect.apply(fn, undefined, args) as unknown;
    const wanted = { code: "BAD_REQUEST", path, detail: expect.stringContaining(detail) };
    expect(make).toThrow(expect.objectContaining(wanted));
  });

  const NAMES: readonly [
    callback: (value: unknown) => unknown,
    said: string | undefined,
    name: string,
  ][] = [
    [function double() {}, undefined, "fn double"],
    [(() => () => {})(), undefined, "fn"],
    [() => {}, "my model", "my model"],
    [
      Object.defineProperty(() => {}, "name", { value: "n".repeat(1e6) }),
      undefined,
      `fn ${"n".repeat(100)}`,
    ],
  ];
  test.each(NAMES)("is called by its name: %o, %s", (callback, said, name) => {
    expect(fn(callback, said === undefined ? {} : { name: said }).name).toBe(name);
  });

  test("keeps a copy of the schemas", async () => {
    const input = { type: "array" };
    const model = fn(() => 1, { input, output: true });
    input.type = "string";
    const opened = await model.open();
    expect(opened.input).toEqual({ type: "array" });
    expect(opened.output).toBe(true);
  });

  test("says no schema where none is said", async () => {
    const opened = await open(() => 1);
    expect([opened.input, opened.output]).toEqual([undefined, undefined]);
  });
});

describe("run", () => {
  test("hands the value on as it is and gives what the function gives, now or later", async () => {
    const value = { a: [1] };
    for (const callback of [(v: unknown) => [v], async (v: unknown) => [v]]) {
      const [got] = (await (await open(callback)).run(value)) as [unknown];
      expect(got).toBe(value);
    }
  });

  test("may overlap", async () => {
    const gates: (() => void)[] = [];
    const opened = await open((v) => new Promise((resolve) => gates.push(() => resolve(v))));
    const runs = [opened.run(1), opened.run(2)];
    await vi.waitFor(() => expect(gates.length).toBe(2));
    for (const gate of gates.toReversed()) gate();
    expect(await Promise.all(runs)).toEqual([1, 2]);
  });

  const long = "x".repeat(3000);
  const THROWN: readonly [name: string, thrown: unknown, detail: string][] = [
    ["an error", new TypeError("no such digit"), "TypeError: no such digit"],
    ["an error of lines", new Error("a\n  b\u0000\r\nc"), "Error: a b c"],
    ["a long error", new Error(long), `Error: ${"x".repeat(1021 - 7)}…`],
    ["a long error of wide text", new Error("€".repeat(3000)), `Error: ${"€".repeat(338)}…`],
    ["half a character", new Error("a\ud83d"), "Error: a\ufffd"],
    ["a string", "out of paper", 'threw string "out of paper"'],
    ["undefined", undefined, "threw nothing"],
    ["null", null, "threw null"],
    [
      "an error that throws",
      Object.defineProperty(new Error("x"), "message", {
        get() {
          throw new Error("y");
        },
      }),
      "threw what cannot be shown",
    ],
  ];
  test.each(THROWN)("makes MODEL_FAILED of %s, thrown or rejected", async (_n, thrown, detail) => {
    const throws = () => {
      throw thrown;
    };
    for (const callback of [throws, () => Promise.reject(thrown)]) {
      const refusal = await refusalOf((await open(callback)).run(1));
      expect(refusal.toFault()).toEqual({ code: "MODEL_FAILED", path: "", detail });
      expect(Buffer.byteLength(refusal.detail)).toBeLessThanOrEqual(1024);
      expect(refusal.cause).toBe(thrown);
      expect(Object.keys(refusal)).not.toContain("cause");
    }
  });

  test("a refusal's text holds no stack and no path of the host", async () => {
    const refusal = await refusalOf((await open(() => Promise.reject(new Error("no")))).run(1));
    expect(refusal.detail).not.toMatch(/\bat |fn\.test/);
  });

  test("passes the signal on, and one that is never aborted where there is none", async () => {
    const signals: AbortSignal[] = [];
    const opened = await open((_v, { signal }) => signals.push(signal));
    const { signal } = new AbortController();
    await opened.run(1, { signal });
    await opened.run(1);
    expect(signals[0]).toBe(signal);
    expect(signals[1]?.aborted).toBe(false);
  });

  test("is CANCELLED at once when the signal is aborted, though the function goes on", async () => {
    const controller = new AbortController();
    const late = Promise.withResolvers<void>();
    const opened = await open(() => late.promise);
    const run = refusalOf(opened.run(1, { signal: controller.signal }));
    await new Promise(setImmediate);
    controller.abort(new Error("enough"));
    expect(await run).toMatchObject({ code: "CANCELLED" });
    // What it ends with is for nobody: not for the process either, as an unhandled rejection.
    late.reject(new Error("too late"));
    await new Promise(setImmediate);
  });

  test("is CANCELLED when the function itself gives up because of the signal", async () => {
    const controller = new AbortController();
    const opened = await open(() => {
      controller.abort();
      controller.signal.throwIfAborted();
    });
    const refusal = await refusalOf(opened.run(1, { signal: controller.signal }));
    expect(refusal.code).toBe("CANCELLED");
  });

  test("does not begin when the signal was aborted before", async () => {
    const callback = vi.fn();
    const opened = await open(callback);
    const refusal = await refusalOf(opened.run(1, { signal: AbortSignal.abort() }));
    expect(refusal.code).toBe("CANCELLED");
    expect(callback).not.toHaveBeenCalled();
  });

  test("leaves no listener on the signal", async () => {
    const { signal } = new AbortController();
    const add = vi.spyOn(signal, "addEventListener");
    const remove = vi.spyOn(signal, "removeEventListener");
    const opened = await open(() => 1);
    await opened.run(1, { signal });
    expect(remove.mock.calls.map(([, listener]) => listener)).toEqual(
      add.mock.calls.map(([, listener]) => listener),
    );
    expect(add).toHaveBeenCalledTimes(1);
  });

  test("is CLOSED after the model was disposed of; opening again helps", async () => {
    const model = fn(() => 1);
    const opened = await model.open();
    await opened[Symbol.asyncDispose]();
    await opened[Symbol.asyncDispose]();
    expect(await refusalOf(opened.run(1))).toMatchObject({ code: "CLOSED" });
    expect(await (await model.open()).run(1)).toBe(1);
  });
});
