/**
 * The hostile tenant of a soak: attacks of the corpus, in random order, one after the other.
 *
 * He registers a hook, calls it as its row says, and takes it away.
 *
 * @module
 */

import { type Attack, type HookAttack } from "../../src/doctor/attack.ts";
import { ATTACKS } from "../../src/doctor/corpus.ts";
import { type FileInput, HookError, type PreHook, type Runtime } from "../../src/index.ts";
import type { Chance } from "./random.ts";

/** What became of the attacks. */
export interface Attacked {
  readonly attacks: number;
  /** Calls by how they ended: a code, or `value`. */
  readonly ends: Readonly<Record<string, number>>;
  /** Ends that the rows do not have, by row: the corpus is judged elsewhere. */
  readonly others: Readonly<Record<string, number>>;
  /** Ends that are neither a value nor a fault. */
  readonly untyped: readonly string[];
}

/** An attack takes so long at most, where its row does not say otherwise. */
const WALL_MS = 250;
const ROUNDS_MAX = 3;
/** That there is no room, or that a hook waits: no row has to expect it. */
const HOUSE = new Set(["POOL_FULL", "QUEUE_TIMEOUT", "HOOK_QUARANTINED"]);

/** An attack with what it sends made before: making it holds up this process for up to 150 ms. */
interface Ready extends Pick<HookAttack, "source" | "state" | "limits" | "rounds"> {
  readonly id: string;
  readonly ends: readonly string[];
  readonly data: unknown;
  readonly files: readonly FileInput[];
}

/** Returns all attacks of the corpus that are hooks, ready to be sent. */
export function readyAttacks(): readonly Ready[] {
  return ATTACKS.filter((attack): attack is Attack & HookAttack => "source" in attack).map(
    (attack) => ({ ...attack, data: attack.data?.() ?? null, files: attack.files?.() ?? [] }),
  );
}

/** Runs attacks in `lanes` lanes, at random, until `isOver`. */
export async function attack(
  runtime: Runtime,
  rows: readonly Ready[],
  { chance, lanes, isOver }: { chance: Chance; lanes: number; isOver: () => boolean },
): Promise<Attacked> {
  const ends: Record<string, number> = {};
  const others: Record<string, number> = {};
  const untyped: string[] = [];
  let attacks = 0;
  const count = (record: Record<string, number>, key: string) =>
    (record[key] = (record[key] ?? 0) + 1);
  const lane = async () => {
    while (!isOver()) {
      const row = chance.of(rows);
      attacks += 1;
      for (const end of await endsOf(runtime, row)) {
        if (end.startsWith("untyped")) untyped.push(`${row.id}: ${end}`);
        else count(ends, end);
        const isExpected = HOUSE.has(end) || row.ends.includes(end);
        if (!isExpected) count(others, `${row.id} ${end}`);
      }
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  return { attacks, ends, others, untyped };
}

async function endsOf(runtime: Runtime, row: Ready): Promise<string[]> {
  let hook: PreHook;
  try {
    const { source, state, limits } = row;
    const own = { wallMs: WALL_MS, ...limits };
    hook = await runtime.register({ kind: "pre", tenant: "hostile", source, state, limits: own });
  } catch (error) {
    return [endOf(error)];
  }
  const ends: string[] = [];
  for (let round = 0; round < Math.min(row.rounds ?? 1, ROUNDS_MAX); round++) {
    ends.push(await hook.call(row.data, row.files).then(() => "value", endOf));
  }
  await hook.remove();
  return ends;
}

function endOf(error: unknown): string {
  return error instanceof HookError ? error.code : `untyped: ${String(error)}`;
}
