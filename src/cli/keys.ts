/**
 * `bookend keys`: makes, lists and revokes API keys.
 *
 * @module
 */

import { DEFAULT_KEYS, serverConfigFrom } from "../server/config.ts";
import { addKey, type KeyRow, readKeys, revokeKey } from "../server/keys.ts";
import type { KeysCommand } from "./arguments.ts";
import { toJson } from "../wire/json.ts";

/** What goes where: the key alone to standard output, so that a script can take it. */
export interface Said {
  readonly out: string;
  readonly err?: string;
}

/**
 * Does what was asked for.
 *
 * @throws {Refusal} `BAD_REQUEST`.
 */
export async function keys(command: KeysCommand, nowMs: number): Promise<Said> {
  const path = pathFrom(command);
  if (command.verb === "add") return added(command, path, nowMs);
  if (command.verb === "list") return listed(command, path, nowMs);
  const row = await revokeKey(path, command.id);
  if (command.isJson) return { out: `${toJson({ ok: true, revoked: shown(row, nowMs) })}\n` };
  return { out: `revoked ${row.id} of tenant ${row.tenant}\n` };
}

async function added(
  { tenant, name, calls, expiresMs, isJson }: Extract<KeysCommand, { verb: "add" }>,
  path: string,
  nowMs: number,
): Promise<Said> {
  const { key, row } = await addKey(path, { tenant, name, calls, expiresMs }, nowMs);
  if (isJson) return { out: `${toJson({ ok: true, key, ...shown(row, nowMs) })}\n` };
  const until = row.expires === undefined ? "" : ` until ${row.expires}`;
  const err = `A key of tenant ${tenant}${until}. It is shown this once: ${path} holds its hash.\n`;
  return { out: `${key}\n`, err };
}

function listed({ isJson }: KeysCommand, path: string, nowMs: number): Said {
  const rows = readKeys(path);
  if (isJson) {
    return { out: `${toJson({ ok: true, keys: rows.map((row) => shown(row, nowMs)) })}\n` };
  }
  if (rows.length === 0) return { out: `no keys in ${path}\n` };
  const head = ["id", "tenant", "name", "calls", "since", "expires"];
  const table = rows.map((row) => {
    const { id, tenant, name, calls = "", since, expires = "never" } = row;
    const ended = isOver(row, nowMs) ? " (over)" : "";
    return [id, tenant, name, String(calls), since, `${expires}${ended}`];
  });
  return { out: `${columns([head, ...table]).join("\n")}\n` };
}

/** All but what proves it. */
function shown(row: KeyRow, nowMs: number): object {
  const { id, tenant, name, calls = null, since, expires = null } = row;
  return { id, tenant, name, calls, since, expires, isOver: isOver(row, nowMs) };
}

function isOver({ expires }: KeyRow, nowMs: number): boolean {
  return expires !== undefined && Date.parse(expires) <= nowMs;
}

function columns(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, i) => Math.max(...rows.map((row) => row[i]?.length ?? 0)));
  return rows.map((row) =>
    row
      .map((cell, i) => cell.padEnd(widths[i] ?? 0))
      .join("  ")
      .trimEnd(),
  );
}

/** The file that a server with the same words would read. */
function pathFrom({ file, config }: KeysCommand): string {
  if (file !== undefined) return file;
  return (config === undefined ? undefined : serverConfigFrom(config).keys) ?? DEFAULT_KEYS;
}
