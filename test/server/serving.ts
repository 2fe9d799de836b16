// A server as a process of its own, for tests that talk to it and end it. It is spoken to over HTTP.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";

const CLI = join(import.meta.dirname, "../../src/cli.ts");

/** What came of a request. */
export interface Answer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

/** A server that runs, or has ended. */
export interface Serving extends AsyncDisposable {
  readonly pid: number;
  /** What it said of itself when it listened. */
  readonly info: Readonly<Record<string, unknown>>;
  /** The address of its HTTP door. */
  readonly url: string;
  /** Sends a body to a path. */
  post(path: string, body: unknown, key?: string): Promise<Answer>;
  kill(signal: NodeJS.Signals): void;
  /** How it ended: an exit code, or the name of a signal. */
  readonly ended: Promise<number | string>;
}

/** What a command printed before it ended. */
export interface Ran {
  readonly code: number | string;
  readonly out: string;
  readonly err: string;
}

/** Runs a command to its end. */
export async function ran(args: readonly string[], cwd: string): Promise<Ran> {
  const { child, said, ended } = begun(args, cwd);
  child.stdin.end();
  return { code: await ended, ...said };
}

/** Starts a server, with one worker, on any port; settles when it listens. */
export async function serving(args: readonly string[], cwd: string): Promise<Serving> {
  const all = ["serve", "--json", "--http", "127.0.0.1:0", "--workers", "1", ...args];
  const { child, said, ended } = begun(all, cwd);
  const line = await firstLine(said, child.stdout, ended);
  const info = JSON.parse(line) as Record<string, unknown>;
  const url = String((info["addresses"] as string[]).find((one) => one.startsWith("http:")));
  return {
    ...{ pid: child.pid ?? 0, info, url, ended },
    kill: (signal) => void child.kill(signal),
    post: (path, body, key) => posted(`${url}${path}`, body, key),
    [Symbol.asyncDispose]: async () => {
      child.kill("SIGKILL");
      await ended;
    },
  };
}

async function posted(url: string, body: unknown, key?: string): Promise<Answer> {
  const headers = {
    "content-type": "application/json",
    ...(key !== undefined && { authorization: `Bearer ${key}` }),
  };
  const response = await fetch(url, { method: "POST", headers, body: JSON.stringify(body) });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

/** Starts a command. */
export function begun(args: readonly string[], cwd: string) {
  const child = spawn(process.execPath, ["--no-warnings", CLI, ...args], {
    ...{ cwd, env: { NO_COLOR: "1" } },
  });
  const said = { out: "", err: "" };
  child.stdout.on("data", (part: Buffer) => (said.out += part.toString()));
  child.stderr.on("data", (part: Buffer) => (said.err += part.toString()));
  const ended = new Promise<number | string>((resolve) =>
    child.once("close", (code, signal) => resolve(code ?? signal ?? "")),
  );
  return { child, said, ended };
}

async function firstLine(
  said: { readonly out: string; readonly err: string },
  stdout: NodeJS.ReadableStream,
  ended: Promise<unknown>,
): Promise<string> {
  const over = ended.then(() => "over");
  while (!said.out.includes("\n")) {
    if ((await Promise.race([once(stdout, "data"), over])) === "over") break;
  }
  const [line = ""] = said.out.split("\n");
  if (line === "") throw new Error(`the server ended before it listened: ${said.err}`);
  return line;
}
