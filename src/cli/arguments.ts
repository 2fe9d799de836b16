/**
 * The command line, read: which command, and what it was told.
 *
 * @module
 */

import { parseArgs } from "node:util";

/** Something is wrong with the command line itself; the message says what and what to do. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** What there is to do. */
export type Command =
  | { readonly kind: "help" }
  | { readonly kind: "version" }
  | FlowCommand
  | LibrariesCommand
  | AddCommand
  | DoctorCommand
  | ServeCommand
  | KeysCommand;

/** Serves until a signal ends it. */
export interface ServeCommand {
  readonly kind: "serve";
  readonly config: string | undefined;
  /** Each `unix:path` or `tcp:host:port`. */
  readonly rpc: readonly string[];
  readonly http: string | undefined;
  readonly data: string | undefined;
  readonly keys: string | undefined;
  readonly workers: number | undefined;
  readonly isJson: boolean;
}

/** Makes, lists or revokes API keys. */
export type KeysCommand = {
  readonly kind: "keys";
  readonly file: string | undefined;
  readonly config: string | undefined;
  readonly isJson: boolean;
} & (
  | {
      readonly verb: "add";
      readonly tenant: string;
      readonly name: string | undefined;
      readonly calls: number | undefined;
      readonly expiresMs: number | undefined;
    }
  | { readonly verb: "list" }
  | { readonly verb: "revoke"; readonly id: string }
);

/** Attacks the installation and says what holds. */
export interface DoctorCommand {
  readonly kind: "doctor";
  /** Sections, and ids of attacks; a part of everything where there is none. */
  readonly only: readonly string[];
  readonly config: string | undefined;
  readonly workers: number | undefined;
  readonly isJson: boolean;
}

/** Lists the libraries that hooks may use. */
export interface LibrariesCommand {
  readonly kind: "libraries";
  readonly config: string | undefined;
  readonly tenant: string | undefined;
  readonly isJson: boolean;
}

/** Adds a library to a folder. */
export interface AddCommand {
  readonly kind: "add";
  /** The name of an npm package, or the path of a file. */
  readonly what: string;
  readonly folder: string;
  readonly aliases: readonly string[];
  readonly isJson: boolean;
}

/** `check` and `run` are told the same things. */
export interface FlowCommand {
  readonly kind: "check" | "run";
  /** The module that exports the stages. */
  readonly flow: string;
  /** A JSON file, or `-` for standard input. */
  readonly data: string | undefined;
  readonly files: readonly string[];
  readonly tenant: string | undefined;
  readonly workers: number | undefined;
  readonly config: string | undefined;
  readonly isJson: boolean;
}

export const HELP = `Usage: bookend <command> [options]

Commands
  check <flow>              finds what is wrong with a flow, and tries it when there is --data
  run <flow>                runs a flow once
  libraries                 lists what hooks may require
  libraries add <package>   makes an npm package (name, name@version), or a file that exports a
                            Library, into a library for hooks
  doctor                    attacks this installation, and says what holds and which levels are in
                            force
  serve                     serves hooks and flows to callers elsewhere until SIGTERM or SIGINT
  keys add                  makes an API key for --tenant and prints it, this once
  keys list                 lists API keys, without what proves them
  keys revoke <id>          takes an API key back; a server that runs knows at once

<flow> is a JavaScript or TypeScript module whose default export, or export "stages", is a list of
stages. Exports "name" and "example" ({ data, files }) are used where they are there.

Options
  --data <file>     the input as JSON; - reads standard input. Of serve: the folder that keeps what
                    is registered; default ./bookend-data
  --file <file>     a binary file for the hooks; may be given several times
  --tenant <name>   whose hooks they are; default "default"
  --workers <n>     worker processes; default 1
  --config <file>   options of the runtime as JSON: workers, limits, allowlist, jail and
                    the rest; of serve and keys also those of a server: rpc, http, data, keys
  --folder <dir>    where libraries are added; default ./libraries
  --alias <name>    what else an added library is called; may be given several times
  --only <what>     which attacks: a section (escape, returns, cpu, memory, tenants, floods,
                    payloads, images, libraries), an id such as C9, or all; may be given several
                    times; default a part that takes about 20 s
  --rpc <place>     where serve speaks MessagePack-RPC: unix:path or tcp:host:port; default
                    tcp:127.0.0.1:7070; may be given once for each
  --http <place>    where serve speaks HTTP: host:port; default 127.0.0.1:8080. Who says --rpc or
                    --http gets no default of the other
  --keys <file>     the file of API keys; default ./bookend-keys.json, which serve can do without
                    where nobody else reaches it
  --name <text>     what a key is for
  --calls <n>       calls that a key may have at work at a time
  --expires <time>  after how long a key ends: 12h, 90d, 4w; default never
  --json            prints one JSON object, for machines
  --help, --version

Exit codes
  0   it is done, or nothing is wrong
  1   the flow is not valid (FLOW_INVALID), a library cannot be added, or an attack was not held
  2   the command line is not right: an unknown option, a file that is not there
  3   the input is not what the flow takes, or the caller's doing in some other way
  4   a hook failed
  5   a model failed
  70  Bookend itself failed, or has no room
`;

const OPTIONS = {
  data: { type: "string" },
  file: { type: "string", multiple: true },
  tenant: { type: "string" },
  workers: { type: "string" },
  config: { type: "string" },
  folder: { type: "string" },
  alias: { type: "string", multiple: true },
  only: { type: "string", multiple: true },
  rpc: { type: "string", multiple: true },
  http: { type: "string" },
  keys: { type: "string" },
  name: { type: "string" },
  calls: { type: "string" },
  expires: { type: "string" },
  json: { type: "boolean" },
  help: { type: "boolean", short: "h" },
  version: { type: "boolean", short: "v" },
} as const;

/**
 * Reads the arguments behind the program's name.
 *
 * @throws {UsageError}
 */
export function commandFrom(args: readonly string[]): Command {
  const { values, positionals } = parsed(args);
  if (values.help || (positionals.length === 0 && !values.version)) return { kind: "help" };
  if (values.version) return { kind: "version" };
  const [kind, flow, ...rest] = positionals;
  if (kind === "help") return { kind };
  if (kind === "libraries") return librariesFrom(positionals.slice(1), values);
  if (kind === "doctor") return doctorFrom(positionals.slice(1), values);
  if (kind === "serve") return serveFrom(positionals.slice(1), values);
  if (kind === "keys") return keysFrom(positionals.slice(1), values);
  if (kind !== "check" && kind !== "run") {
    const there = "there are check, run, libraries, doctor, serve, keys and help";
    throw new UsageError(`There is no command ${kind}; ${there}`);
  }
  if (flow === undefined) throw new UsageError(`${kind} wants the path of a flow module`);
  if (rest.length > 0) {
    throw new UsageError(`${kind} wants one flow, got ${rest[0]} too; files go behind --file`);
  }
  const { data, file = [], tenant, config, json = false } = values;
  const workers = countFrom(values.workers);
  return { kind, flow, data, files: file, tenant, workers, config, isJson: json };
}

type Values = ReturnType<typeof parsed>["values"];

function librariesFrom(
  [verb, what, ...rest]: readonly string[],
  { config, tenant, folder = "libraries", alias = [], json = false }: Values,
): LibrariesCommand | AddCommand {
  if (verb === undefined) return { kind: "libraries", config, tenant, isJson: json };
  if (verb !== "add") throw new UsageError(`libraries has no ${verb}; there is libraries add`);
  if (what === undefined) {
    throw new UsageError("libraries add wants the name of an npm package, or the path of a file");
  }
  if (rest.length > 0) throw new UsageError(`libraries add wants one package, got ${rest[0]} too`);
  return { kind: "add", what, folder, aliases: alias, isJson: json };
}

function doctorFrom(rest: readonly string[], values: Values): DoctorCommand {
  if (rest.length > 0) throw new UsageError(`doctor takes no ${rest[0]}; attacks go behind --only`);
  const { only = [], config, json = false } = values;
  return { kind: "doctor", only, config, workers: countFrom(values.workers), isJson: json };
}

function serveFrom(rest: readonly string[], values: Values): ServeCommand {
  if (rest.length > 0) throw new UsageError(`serve takes no ${rest[0]}; it has options only`);
  const { config, rpc = [], http, data, keys, json = false } = values;
  const workers = countFrom(values.workers);
  return { kind: "serve", config, rpc, http, data, keys, workers, isJson: json };
}

function keysFrom([verb, id, ...rest]: readonly string[], values: Values): KeysCommand {
  const { config, keys: file, tenant, name, json = false } = values;
  const command = { kind: "keys", file, config, isJson: json } as const;
  const more = verb === "revoke" ? rest[0] : (id ?? rest[0]);
  if (more !== undefined) throw new UsageError(`keys ${verb} takes no ${more}`);
  if (verb === "list") return { ...command, verb };
  if (verb === "revoke") {
    if (id !== undefined) return { ...command, verb, id };
    throw new UsageError("keys revoke wants the id of a key; keys list shows them");
  }
  if (verb !== "add") {
    throw new UsageError(`keys wants add, list or revoke, got ${verb ?? "nothing"}`);
  }
  if (tenant === undefined) throw new UsageError("keys add wants --tenant <name>");
  const { calls, expiresMs } = {
    calls: callsFrom(values.calls),
    expiresMs: msFrom(values.expires),
  };
  return { ...command, verb, tenant, name, calls, expiresMs };
}

function callsFrom(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (/^[1-9]\d{0,5}$/.test(text)) return Number(text);
  throw new UsageError(`--calls wants a number from 1 on, got ${text}`);
}

const UNIT_MS = { m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 } as const;

function msFrom(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const [, count, unit] = /^([1-9]\d{0,4})([mhdw])$/.exec(text) ?? [];
  if (count !== undefined) return Number(count) * UNIT_MS[unit as keyof typeof UNIT_MS];
  throw new UsageError(`--expires wants a time such as 12h, 90d or 4w, got ${text}`);
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: OPTIONS, allowPositionals: true });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function countFrom(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (/^[1-9]\d{0,2}$/.test(text)) return Number(text);
  throw new UsageError(`--workers wants a number from 1 to 256, got ${text}`);
}
