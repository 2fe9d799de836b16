#!/usr/bin/env node
/**
 * The command line: `bookend check flow.ts`, `bookend run flow.ts --data data.json --file a.png`,
 * `bookend libraries`, `bookend libraries add left-pad`, `bookend doctor`, `bookend serve`,
 * `bookend keys add --tenant acme`.
 *
 * The only file that reads the command line. What it does is a promise to scripts: one JSON object
 * on standard output with `--json`, reports there without it, faults on standard error, and the
 * exit codes that `HELP` lists.
 *
 * @module
 */

import { readFileSync } from "node:fs";

import {
  type AddCommand,
  type Command,
  commandFrom,
  type DoctorCommand,
  type FlowCommand,
  HELP,
  type KeysCommand,
  type LibrariesCommand,
  type ServeCommand,
  UsageError,
} from "./cli/arguments.ts";
import { diagnosisData, diagnosisLine, levelLines, probedLines } from "./cli/doctor.ts";
import { dataFrom, filesFrom, flowFrom, type FlowModule } from "./cli/input.ts";
import { keys } from "./cli/keys.ts";
import { toJson } from "./wire/json.ts";
import { addedLines, refusedLines, tableOf } from "./cli/libraries.ts";
import { checkLines, faultLines, runLines } from "./cli/report.ts";
import { chosen, diagnose } from "./doctor/doctor.ts";
import { FAULTS } from "./faults.ts";
import { createRuntime, type FlowExample, type Runtime } from "./flow/runtime.ts";
import { addLibrary, LibraryRefused } from "./library/add.ts";
import { configFrom } from "./runtime/config.ts";
import { hookErrorOf } from "./runtime/hook.ts";
import { HookError } from "./runtime/hook-error.ts";
import { allowedLibraries } from "./runtime/runtime.ts";

const EXIT = { ok: 0, invalid: 1, usage: 2, caller: 3, hook: 4, model: 5, host: 70 } as const;

/** Runs a command and returns its exit code. */
async function main(args: readonly string[]): Promise<number> {
  let command: Command = { kind: "help" };
  try {
    command = commandFrom(args);
    if (command.kind === "help") return print(HELP);
    if (command.kind === "version") return print(`${version()}\n`);
    if (command.kind === "libraries") return libraries(command);
    if (command.kind === "add") return await add(command);
    if (command.kind === "doctor") return await doctor(command);
    if (command.kind === "serve") return await server(command);
    if (command.kind === "keys") return await apiKeys(command);
    return await flow(command);
  } catch (error) {
    const isJson = "isJson" in command && command.isJson;
    if (error instanceof LibraryRefused) return notAdded(error, isJson);
    if (!(error instanceof UsageError)) return failed(hookErrorOf(error), isJson);
    if (isJson)
      print(`${toJson({ ok: false, error: { code: "USAGE", detail: error.message } })}\n`);
    else process.stderr.write(`bookend: ${error.message}\nbookend help says more.\n`);
    return EXIT.usage;
  }
}

async function flow(command: FlowCommand): Promise<number> {
  const module = await flowFrom(command.flow);
  const example = await exampleFrom(command, module);
  // A signal, not an exit: sandboxes are ended and models are given back on the way out.
  const controller = new AbortController();
  process.once("SIGINT", () => controller.abort());
  process.once("SIGTERM", () => controller.abort());
  const config = command.config === undefined ? {} : configFrom(command.config);
  const { workers = config.workers ?? 1 } = command;
  await using runtime = await createRuntime({ ...config, workers });
  const { signal } = controller;
  if (command.kind === "check") return await check(runtime, { command, module, example, signal });
  // Awaited here, for the runtime is closed when this function is left.
  return await run(runtime, { command, module, example, signal });
}

interface Work {
  readonly command: FlowCommand;
  readonly module: FlowModule;
  readonly example: FlowExample | undefined;
  readonly signal: AbortSignal;
}

async function check(runtime: Runtime, work: Work): Promise<number> {
  const { command, module, example, signal } = work;
  const options = { tenant: command.tenant, signal, ...(example && { example }) };
  const report = await runtime.check(module.stages, options);
  const { ok, problems, stages, isTried } = report;
  if (command.isJson) print(`${toJson({ ok, name: module.name, isTried, problems, stages })}\n`);
  else print(`${checkLines(module.name, report).join("\n")}\n`);
  return ok ? EXIT.ok : EXIT.invalid;
}

async function run(runtime: Runtime, work: Work): Promise<number> {
  const { command, module, example, signal } = work;
  const options = { tenant: command.tenant, signal };
  const endpoint = await runtime.deploy(module.stages, module.name, options);
  const { data = null, files = [] } = example ?? {};
  const result = await endpoint.run(data, files, { signal });
  if (command.isJson) print(`${toJson({ ok: true, name: module.name, ...result })}\n`);
  else print(`${runLines(module.name, result).join("\n")}\n`);
  return EXIT.ok;
}

/** Without a runtime: what lock files say is enough. */
function libraries({ config, tenant = "default", isJson }: LibrariesCommand): number {
  const { allowlist } = config === undefined ? {} : configFrom(config);
  const list = allowedLibraries(allowlist, tenant);
  return print(isJson ? `${toJson({ ok: true, libraries: list })}\n` : `${tableOf(list)}\n`);
}

async function add({ what, folder, aliases, isJson }: AddCommand): Promise<number> {
  const bundles = new URL("../bundles/", import.meta.url);
  const added = await addLibrary({ what, folder, aliases, bundles });
  if (!isJson) return print(`${addedLines(added, folder).join("\n")}\n`);
  const { entry, lacks, made, trial } = added;
  const found = { lacks, unlicensed: made.unlicensed };
  return print(`${toJson({ ok: true, library: entry, exports: trial.exports, ...found })}\n`);
}

/** Its own runtime, with the options that the operator's has. */
async function doctor({ only, config, workers = 1, isJson }: DoctorCommand): Promise<number> {
  const attacks = attacksFrom(only);
  const options = config === undefined ? {} : configFrom(config);
  await using runtime = await createRuntime({ ...options, workers });
  const diagnosis = await diagnose(runtime, attacks, (news) => {
    if (isJson) return;
    print(`${("attack" in news ? probedLines(news) : levelLines(news)).join("\n")}\n`);
  });
  print(isJson ? `${toJson(diagnosisData(diagnosis))}\n` : `\n${diagnosisLine(diagnosis)}\n`);
  return diagnosis.ok ? EXIT.ok : EXIT.invalid;
}

async function server(command: ServeCommand): Promise<number> {
  // What a server is made of takes longer to load than the other commands take to run.
  const { serve } = await import("./cli/serve.ts");
  await serve(command, print);
  return EXIT.ok;
}

async function apiKeys(command: KeysCommand): Promise<number> {
  const { out, err = "" } = await keys(command, Date.now());
  process.stderr.write(err);
  return print(out);
}

function attacksFrom(only: readonly string[]): ReturnType<typeof chosen> {
  try {
    return chosen(only);
  } catch (error) {
    throw new UsageError((error as Error).message, { cause: error });
  }
}

function notAdded(error: LibraryRefused, isJson: boolean): number {
  const { message, lacks } = error;
  if (isJson)
    print(`${toJson({ ok: false, error: { code: "LIBRARY", detail: message, lacks } })}\n`);
  else process.stderr.write(`bookend: ${refusedLines(error).join("\n")}\n`);
  return EXIT.invalid;
}

/** What the command line gives, or else what the module says. */
async function exampleFrom(
  { data, files, kind }: FlowCommand,
  { example }: FlowModule,
): Promise<FlowExample | undefined> {
  if (data === undefined && files.length === 0) {
    if (example !== undefined || kind === "check") return example;
    throw new UsageError("run wants --data <file>, or an export example of the flow module");
  }
  return {
    data: data === undefined ? null : await dataFrom(data),
    files: await filesFrom(files),
  };
}

function failed(error: HookError, isJson: boolean): number {
  if (isJson) {
    const { code, path, detail, at, stage, hook, logs, receipt, runId, stages, problems } = error;
    const said = { code, path, detail, message: error.message, at, stage, hook, logs, receipt };
    print(`${toJson({ ok: false, error: { ...said, problems }, runId, stages })}\n`);
  } else {
    process.stderr.write(`${faultLines(error).join("\n")}\n`);
  }
  return error.code === "FLOW_INVALID" ? EXIT.invalid : EXIT[FAULTS[error.code].blame];
}

function print(text: string): number {
  process.stdout.write(text);
  return EXIT.ok;
}

function version(): string {
  const about = JSON.parse(
    readFileSync(new URL("../package.json", import.meta.url), "utf8"),
  ) as Record<string, unknown>;
  return String(about["version"]);
}

process.exitCode = await main(process.argv.slice(2));
