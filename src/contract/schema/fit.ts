/**
 * Whether what keeps to one schema can be what another one wants: for schemas that will meet, such
 * as what a hook returns and what the next stage takes, before any value has been seen.
 *
 * Only certain conflicts are told: a misfit here means that every value of the one, its lists
 * taken as not empty and its optional keys as absent, is refused by the other. When in doubt there
 * is none; values are checked all the same when they come. So keywords that are not read here
 * (`not`, `if`, `contains`, patterns and so on) only make a schema looser.
 *
 * Invariants:
 * - No false alarm: a value without empty lists that keeps to both schemas means `undefined`.
 * - The work is bounded, whatever the schemas; beyond the bound there is no conflict.
 *
 * Not here: what one side asks of a value (`fit-view.ts`); words and hints (`fit-words.ts`).
 *
 * @module
 */

import { pathTo } from "./misfit-words.ts";
import type { Schema } from "./plain.ts";
import { plainSchema } from "./plain.ts";
import {
  choicesOf,
  countOf,
  itemsAt,
  keyAt,
  type Kind,
  kindsOf,
  numbersOf,
  prefixOf,
  type Range,
  rangeOf,
  requiredOf,
  type Side,
  tensorsOf,
  valuesOf,
  type View,
  viewOf,
} from "./fit-view.ts";
import { type Bound, clashOfTensors } from "./fit-tensor.ts";
import {
  sayAlternatives,
  sayExtra,
  sayKinds,
  sayMissing,
  sayNothing,
  sayRange,
  sayValues,
  type Words,
} from "./fit-words.ts";
import { survey } from "./survey.ts";
import { translate } from "./translate.ts";

/** Where two schemas cannot meet, and why. */
export interface Misfit {
  /** As of a value: `$[*].scores`, where `[*]` is any item. */
  readonly path: string;
  readonly detail: string;
}

/** Steps of some µs: a second at the very most, and an honest pair takes a few hundred of them. */
const STEPS_MAX = 200_000;
const DEPTH_MAX = 100;

/** A conflict, with its words still to be made: most are of branches and are never told. */
interface Found {
  readonly path: string;
  readonly words: Words;
  /** The value is of another kind: among alternatives, this one was not meant. */
  readonly isKind?: boolean;
}

/** A comparison under way. */
interface Comparison {
  readonly gives: Side;
  readonly takes: Side;
  /** Pairs that are being compared further up: a schema that refers to itself comes round. */
  readonly open: Set<string>;
  readonly ids: Map<object, number>;
  /** Named axes of both sides that have met a number. */
  bound: Bound;
  steps: number;
}

interface Pair {
  readonly g: View;
  readonly t: View;
  readonly path: string;
}

/** Thrown when the work is over its bound: then nothing is certain. */
class Exhausted extends Error {}

/**
 * Returns why no value that keeps to `gives` is what `takes` wants, or nothing when it may be.
 *
 * @param gives What comes: the schema of a hook's return, or of a model's output.
 * @param takes What is wanted where it goes.
 * @returns The first conflict that is certain, in the words of a checker (`gets` for `got`).
 * @throws {Refusal} `BAD_REQUEST` when one of them is no schema, as `compileSchema` does.
 *
 * @example
 * ```ts
 * fit(list(tensor("float64", ["batch", 9])), list(tensor("float32", ["batch", 10])));
 * // { path: "$[*]", detail: "wants float32 [batch, 10], gets float64 [batch, 9]" }
 * ```
 */
export function fit(gives: Schema, takes: Schema): Misfit | undefined {
  const [given, taken] = [plainSchema(gives, "gives"), plainSchema(takes, "takes")];
  const spend = (steps: number): void => {
    comparison.steps += steps;
    if (comparison.steps > STEPS_MAX) throw new Exhausted();
  };
  const sideOf = (schema: Schema, name: string): Side => {
    const positions = survey(schema, name);
    translate(schema, positions);
    return { positions, spend };
  };
  const comparison: Comparison = {
    gives: sideOf(given, "gives"),
    takes: sideOf(taken, "takes"),
    open: new Set(),
    ids: new Map(),
    bound: new Map(),
    steps: 0,
  };
  try {
    const found = compare([given], [taken], "$", comparison);
    return found && { path: found.path, detail: found.words() };
  } catch (error) {
    if (error instanceof Exhausted) return undefined;
    throw error;
  }
}

function compare(
  gives: readonly Schema[],
  takes: readonly Schema[],
  path: string,
  comparison: Comparison,
): Found | undefined {
  const g = viewOf(gives, comparison.gives);
  const t = viewOf(takes, comparison.takes);
  if (g.isNothing) return undefined;
  if (t.isNothing) return { path, words: sayNothing(g, comparison.gives), isKind: true };
  const key = `${idsOf(g, comparison)}/${idsOf(t, comparison)}`;
  if (comparison.open.has(key) || comparison.open.size > DEPTH_MAX) return undefined;
  comparison.open.add(key);
  const pair = { g, t, path };
  const found = clashOfKinds(pair, comparison) ?? clashOfChoices(pair, comparison);
  comparison.open.delete(key);
  return found;
}

function idsOf({ parts }: View, { ids }: Comparison): string {
  for (const part of parts) if (!ids.has(part)) ids.set(part, ids.size);
  return parts.map((part) => ids.get(part)).join();
}

/** A conflict if there is one for each kind that a value of both may be of. */
function clashOfKinds(pair: Pair, comparison: Comparison): Found | undefined {
  const { g, t, path } = pair;
  const [given, taken] = [kindsOf(g), kindsOf(t)];
  if (given.size === 0) return undefined;
  const common = [...given].filter((kind) => taken.has(kind));
  if (common.length === 0) {
    return { path, words: sayKinds(g, t, comparison), isKind: true };
  }
  const values = clashOfValues(pair, comparison);
  if (values) return values;
  // What the value might be instead is not certain, nor is what it would bind.
  const isSure = common.length === 1;
  let first: Found | undefined;
  for (const kind of common) {
    const find = () => CLASHES[kind]?.(pair, comparison);
    const found = isSure ? find() : apart(comparison, find);
    if (!found) return undefined;
    first ??= found;
  }
  return first;
}

/** Looks for a conflict, and forgets the axes that were bound on the way. */
function apart(comparison: Comparison, find: () => Found | undefined): Found | undefined {
  const { bound } = comparison;
  comparison.bound = new Map(bound);
  const found = find();
  comparison.bound = bound;
  return found;
}

type Clash = (pair: Pair, comparison: Comparison) => Found | undefined;

const CLASHES: Readonly<Partial<Record<Kind, Clash>>> = {
  integer: clashOfNumbers,
  fraction: clashOfNumbers,
  string: ({ g, t, path }) => {
    const length = (view: View): Range => rangeOf(view, "minLength", "maxLength");
    const words = sayRange(length(g), length(t), "character");
    return words && { path, words };
  },
  list: clashOfLists,
  dict: clashOfDicts,
  tensor: ({ g, t, path }, { bound }) => {
    for (const given of tensorsOf(g)) {
      for (const taken of tensorsOf(t)) {
        const words = clashOfTensors(given, taken, path, bound);
        if (words) return { path, words };
      }
    }
    return undefined;
  },
};

function clashOfValues({ g, t, path }: Pair, { gives, takes }: Comparison): Found | undefined {
  const [given, taken] = [valuesOf(g, gives), valuesOf(t, takes)];
  if (!given?.size || !taken?.size) return undefined;
  for (const key of given.keys()) if (taken.has(key)) return undefined;
  return { path, words: sayValues([...given.values()], [...taken.values()]) };
}

function clashOfNumbers({ g, t, path }: Pair): Found | undefined {
  const words = sayRange(numbersOf(g), numbersOf(t), "");
  return words && { path, words };
}

function clashOfLists({ g, t, path }: Pair, comparison: Comparison): Found | undefined {
  const [given, taken] = [countOf(g), countOf(t)];
  const words = sayRange(given, taken, "item");
  if (words) return { path, words };
  const most = Math.min(given.high, taken.high);
  const prefix = Math.max(prefixOf(g), prefixOf(t));
  // A list is taken as not empty, where it may be so.
  const sure = Math.min(most, Math.max(1, given.low, taken.low));
  for (let i = 0; i < sure && i <= prefix; i++) {
    const place = prefix === 0 ? `${path}[*]` : pathTo(path, i);
    const found = compare(itemsAt(g, i), itemsAt(t, i), place, comparison);
    if (found) return { path: found.path, words: found.words };
  }
  return undefined;
}

function clashOfDicts({ g, t, path }: Pair, comparison: Comparison): Found | undefined {
  const [sent, wanted] = [requiredOf(g), requiredOf(t)];
  comparison.gives.spend((sent.size + wanted.size) * (g.parts.length + t.parts.length));
  for (const key of wanted) {
    if (keyAt(g, key).isClosed) return { path, words: sayMissing(key, g, t) };
  }
  for (const key of sent) {
    if (keyAt(t, key).isClosed) return { path, words: sayExtra(key, g, t) };
  }
  for (const key of new Set([...sent, ...wanted])) {
    const [given, taken] = [keyAt(g, key).schemas, keyAt(t, key).schemas];
    const found = compare(given, taken, pathTo(path, key), comparison);
    if (found) return { path: found.path, words: found.words };
  }
  return undefined;
}

/** A conflict if no branch of one side can meet the other side. */
function clashOfChoices({ g, t, path }: Pair, comparison: Comparison): Found | undefined {
  const tell = (found: readonly Found[]): Found => {
    const words = sayAlternatives(alternativesOf(g), alternativesOf(t), comparison);
    return meant(found, path) ?? { path, words, isKind: true };
  };
  for (const branches of choicesOf(g)) {
    const look = (branch: Schema) => compare([branch], t.parts, path, comparison);
    const found = eachBranch(branches, comparison, look);
    if (found) return tell(found);
  }
  for (const branches of choicesOf(t)) {
    const look = (branch: Schema) => compare(g.parts, [branch], path, comparison);
    const found = eachBranch(branches, comparison, look);
    if (found) return tell(found);
  }
  return undefined;
}

function alternativesOf(view: View): readonly Schema[] {
  return choicesOf(view)[0] ?? view.parts.slice(0, 1);
}

function eachBranch(
  branches: readonly Schema[],
  comparison: Comparison,
  look: (branch: Schema) => Found | undefined,
): Found[] | undefined {
  const all: Found[] = [];
  for (const branch of branches) {
    const found = apart(comparison, () => look(branch));
    if (!found) return undefined;
    all.push(found);
  }
  return all;
}

/** Of several alternatives only one is of the kind that comes: that one was meant. */
function meant(all: readonly Found[], path: string): Found | undefined {
  const others = all.filter((found) => !(found.isKind && found.path === path));
  if (others.length === 1) return others[0];
  return all.length === 1 ? all[0] : undefined;
}
