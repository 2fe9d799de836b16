/**
 * TypeScript to JavaScript for a hook's text: types become blanks, so that every place stays.
 *
 * Node's own stripper does the work: a native parser compiled to WebAssembly. Hostile text hurts
 * it in two ways seen on Node 24.21. A text nested a few thousand deep overruns its stack and
 * breaks it *for the rest of the thread*; and texts of 70 characters keep it busy for minutes,
 * since it reads what may be an arrow or a type twice, each time anew inside the other. So it runs
 * in a thread of its own, thrown away after each text and ended at a deadline: a power that the
 * pure rooms are given rather than take. A guard that counts brackets and angles was tried
 * instead, and a fuzzer walked around it within a minute.
 *
 * @module
 */

import { MessageChannel, Worker, receiveMessageOnPort } from "node:worker_threads";

import type { Stripped } from "../contract/source/parse.ts";

const TOO_DEEP = {
  reason: "is nested too deeply to be read as TypeScript; split it up, or pass plain JavaScript",
  untried: true,
} as const;
/** An honest text of 256 KiB takes 100 ms with the start of the thread; the caller waits for it. */
const STRIP_MS_MAX = 1_000;

/**
 * Returns each of `programs` without its types; blocks until then, for a second at most.
 *
 * @param programs The author's text, with something before and behind it to make a program.
 * @param shifts How many characters each program has before the text.
 * @returns For each, JavaScript of the same length, or why there is none; one `untried` when the
 * text is nested too deeply to be tried at all, or took too long.
 */
export function stripTypes(
  programs: readonly string[],
  shifts: readonly number[],
): readonly Stripped[] {
  const answers = answersOf(programs);
  if (!answers) return [TOO_DEEP];
  return programs.map((program, index) => {
    const answer = answers[index] ?? {};
    const { code } = answer;
    if (typeof code !== "string") return failureOf(answer, program, shifts[index] ?? 0);
    if (code.length === program.length) return { code };
    return { reason: "its types cannot be taken out in place", offset: 0 };
  });
}

/** What the thread says of one program: the code, or its error as data. */
type Answer = { readonly [field in "code" | "fault" | "message" | "stack"]?: unknown };

/** The thread's own program. It prints no warning that the stripper is experimental. */
const THREAD = `
const { stripTypeScriptTypes } = require("node:module");
const { workerData } = require("node:worker_threads");
process.emitWarning = () => {};
const answers = workerData.programs.map((program) => {
  try {
    return { code: stripTypeScriptTypes(program, { mode: "strip" }) };
  } catch ({ code, message, stack }) {
    return { fault: code, message, stack };
  }
});
workerData.port.postMessage(answers);
Atomics.store(workerData.done, 0, 1);
Atomics.notify(workerData.done, 0);
`;

function answersOf(programs: readonly string[]): readonly Answer[] | undefined {
  const { port1, port2 } = new MessageChannel();
  const done = new Int32Array(new SharedArrayBuffer(4));
  const worker = new Worker(THREAD, {
    eval: true,
    env: {},
    execArgv: [],
    workerData: { programs, port: port2, done },
    transferList: [port2],
    resourceLimits: { maxOldGenerationSizeMb: 256 },
  });
  // A thread that dies says so on its own; the deadline has the same answer.
  worker.on("error", () => {});
  worker.unref();
  Atomics.wait(done, 0, 0, STRIP_MS_MAX);
  const received = receiveMessageOnPort(port1) as { message: readonly Answer[] } | undefined;
  port1.close();
  void worker.terminate();
  return received?.message;
}

function failureOf({ fault, message, stack }: Answer, program: string, shift: number): Stripped {
  const first = fault === "ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX";
  // Its stack was overrun, and it fails an assertion of its own.
  if (!first && fault !== "ERR_INVALID_TYPESCRIPT_SYNTAX") {
    return TOO_DEEP;
  }
  const offset = offsetIn(String(stack), program) - shift;
  return { reason: String(message).split("\n")[0] ?? "", offset: Math.max(0, offset), first };
}

/** The stripper tells its place only by a drawing: `:line`, lines, and carets below one of them. */
function offsetIn(stack: string, program: string): number {
  const [head = "", ...drawing] = stack.split("\n");
  const number = Number(/:(\d+)$/.exec(head)?.[1]);
  const lines = program.split("\n");
  const line = lines[number - 1];
  if (line === undefined) return 0;
  const carets = drawing.find((each) => /^\s*\^+\s*$/.test(each));
  // Tabs are drawn as four blanks; without carets the first word of the line has to do.
  const tabs = line.split("\t").length - 1;
  const column = carets ? carets.indexOf("^") - 3 * tabs : line.search(/\S|$/);
  const before = lines.slice(0, number - 1).reduce((sum, each) => sum + each.length + 1, 0);
  return before + Math.min(Math.max(0, column), line.length);
}
