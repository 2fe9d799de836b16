/**
 * What the command line names, read: the module of a flow, its data, its files.
 *
 * @module
 */

import { readFile } from "node:fs/promises";
import { basename, resolve } from "node:path";
import { pathToFileURL } from "node:url";

import type { FlowExample } from "../flow/runtime.ts";
import type { Stage } from "../flow/stage.ts";
import type { FileInput } from "../runtime/arguments.ts";
import { UsageError } from "./arguments.ts";

/** What a flow module exports. */
export interface FlowModule {
  readonly name: string;
  readonly stages: readonly Stage[];
  readonly example: FlowExample | undefined;
}

/**
 * Imports the module of a flow: it is code of whoever calls, and runs as such.
 *
 * @throws {UsageError} When there is no such module, it fails, or exports no stages.
 */
export async function flowFrom(path: string): Promise<FlowModule> {
  const url = pathToFileURL(resolve(path)).href;
  let module: Record<string, unknown>;
  try {
    module = (await import(url)) as Record<string, unknown>;
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error);
    throw new UsageError(`The flow ${path} does not load: ${said}`, { cause: error });
  }
  const stages = module["stages"] ?? module["default"];
  if (!Array.isArray(stages)) {
    const got = Object.keys(module).join(", ") || "nothing";
    const wants = `wants a list of stages as its default export or as "stages"`;
    throw new UsageError(`The flow ${path} ${wants}; it exports ${got}`);
  }
  const { name, example } = module;
  return {
    name: typeof name === "string" ? name : nameFrom(path),
    stages: stages as Stage[],
    example: example as FlowExample | undefined,
  };
}

/** Reads JSON from a file, or from standard input. */
export async function dataFrom(path: string): Promise<unknown> {
  const text = path === "-" ? await standardInput() : (await bytesFrom(path)).toString("utf8");
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    const where = path === "-" ? "Standard input" : path;
    throw new UsageError(`${where} wants JSON: ${(error as Error).message}`, { cause: error });
  }
}

/** Reads binary files, each with its name. */
export async function filesFrom(paths: readonly string[]): Promise<FileInput[]> {
  return Promise.all(
    paths.map(async (path) => ({ data: await bytesFrom(path), name: basename(path) })),
  );
}

async function bytesFrom(path: string): Promise<Buffer<ArrayBuffer>> {
  try {
    return await readFile(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const why = code === "ENOENT" ? "there is no such file" : String((error as Error).message);
    throw new UsageError(`${path} cannot be read: ${why}`, { cause: error });
  }
}

async function standardInput(): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of process.stdin) parts.push(part as Buffer);
  return Buffer.concat(parts).toString("utf8");
}

/** `flows/my digits.ts` is the flow `my-digits`. */
function nameFrom(path: string): string {
  const name = basename(path)
    .replace(/\.[^.]*$/, "")
    .replaceAll(/[^\w-]+/g, "-");
  return name.slice(0, 64) || "flow";
}
