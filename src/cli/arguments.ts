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
export type Command = { readonly kind: "help" } | { readonly kind: "version" } | FlowCommand;

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
  readonly isJson: boolean;
}

export const HELP = `Usage: bookend <command> <flow> [options]

Commands
  check <flow>   finds what is wrong with a flow, and tries it when there is --data
  run <flow>     runs a flow once

<flow> is a JavaScript or TypeScript module whose default export, or export "stages", is a list of
stages. Exports "name" and "example" ({ data, files }) are used where they are there.

Options
  --data <file>     the input as JSON; - reads standard input
  --file <file>     a binary file for the hooks; may be given several times
  --tenant <name>   whose hooks they are; default "default"
  --workers <n>     worker processes; default 1
  --json            prints one JSON object, for machines
  --help, --version

Exit codes
  0   it is done, or nothing is wrong
  1   the flow is not valid (FLOW_INVALID)
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
  if (kind !== "check" && kind !== "run") {
    throw new UsageError(`There is no command ${kind}; there are check, run and help`);
  }
  if (flow === undefined) throw new UsageError(`${kind} wants the path of a flow module`);
  if (rest.length > 0) {
    throw new UsageError(`${kind} wants one flow, got ${rest[0]} too; files go behind --file`);
  }
  const { data, file = [], tenant, workers, json = false } = values;
  return { kind, flow, data, files: file, tenant, workers: countFrom(workers), isJson: json };
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
