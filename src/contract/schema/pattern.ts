/**
 * Regular expressions of a tenant, admitted only with a bound on what they may cost.
 *
 * V8 backtracks: a match may try every way in which a pattern can be laid over a string. We count
 * the ways before we compile: a pattern costs at most `ways * length ** loops`, where every choice
 * (`a|b`, `a?`, `a{2,5}`) multiplies the ways and every loop without end (`a*`, `a+`, a search that
 * is not anchored) is one more power of the length. A loop around a choice has no such bound
 * and is refused, as are lookarounds and backreferences. From the bound follows how long a string
 * may be that the pattern is laid over; a longer one is a misfit.
 *
 * @module
 */

import { Refusal } from "../../faults.ts";

/** A bound on the ways to match: `ways * length ** loops`. */
interface Cost {
  readonly ways: number;
  readonly loops: number;
}

/** A pattern, and the longest string that it may be laid over, in UTF-16 units. */
export interface Pattern {
  readonly regexp: RegExp;
  readonly lengthMax: number;
  /** What laying it over a string of `length` costs at most, in steps of the check's budget. */
  cost(length: number): number;
}

/** Ways that one match may try: at about 5 ns each, 50 ms. */
const WAYS_MAX = 1e7;
const LENGTH_MAX = 10_000;
/** A pattern that is safe on shorter strings only is of no use to anybody. */
const LENGTH_LEAST = 32;
const PATTERN_CHARS_MAX = 1_000;

/**
 * Returns `source` compiled, with its bound.
 *
 * @param source The pattern, in the `u` dialect of JavaScript, as JSON Schema has it.
 * @param path Where it stands, for the refusal.
 * @throws {Refusal} `BAD_REQUEST` when it does not parse or has no useful bound.
 *
 * @example
 * ```ts
 * patternFrom("^[a-z]+$", "returns.pattern").lengthMax; // 10_000
 * patternFrom("^(a+)+$", "returns.pattern"); // Refusal: wants no loop around a choice …
 * ```
 */
export function patternFrom(source: string, path: string): Pattern {
  if (source.length > PATTERN_CHARS_MAX) {
    refuse(path, `wants a pattern of at most ${PATTERN_CHARS_MAX} characters`);
  }
  let regexp: RegExp;
  try {
    regexp = new RegExp(source, "u");
  } catch (error) {
    return refuse(path, `wants a regular expression: ${(error as Error).message.slice(0, 120)}`);
  }
  const cost = costOf({ source, path, at: 0, anchored: source.startsWith("^") });
  const lengthMax = Math.min(LENGTH_MAX, Math.floor((WAYS_MAX / cost.ways) ** (1 / cost.loops)));
  if (cost.ways > WAYS_MAX || lengthMax < LENGTH_LEAST) {
    refuse(
      path,
      "wants a pattern with fewer loops and choices: this one may match in too many ways",
    );
  }
  return {
    regexp,
    lengthMax,
    cost: (length) => 1 + Math.ceil((cost.ways * length ** cost.loops) / 10),
  };
}

interface Reader {
  readonly source: string;
  readonly path: string;
  readonly anchored: boolean;
  at: number;
}

function costOf(reader: Reader): Cost {
  const { ways, loops } = alternatives(reader);
  // `^a|b` is anchored on its left only; an unanchored search starts at every character.
  const anchored = reader.anchored && !reader.source.includes("|");
  return { ways, loops: loops + (anchored ? 0 : 1) };
}

/** `a|b|c`, to the end of its group: the ways add up. */
function alternatives(reader: Reader): Cost {
  let sum = sequence(reader);
  while (reader.source[reader.at] === "|") {
    reader.at++;
    const { ways, loops } = sequence(reader);
    sum = { ways: sum.ways + ways, loops: Math.max(sum.loops, loops) };
  }
  return sum;
}

/** `abc`: the ways multiply. */
function sequence(reader: Reader): Cost {
  let product: Cost = { ways: 1, loops: 0 };
  while (reader.at < reader.source.length && !"|)".includes(reader.source[reader.at] ?? "")) {
    const { ways, loops } = repeated(atom(reader), reader);
    product = { ways: product.ways * ways, loops: product.loops + loops };
  }
  return product;
}

function atom(reader: Reader): Cost {
  const { source } = reader;
  const char = source[reader.at];
  if (char === "(") return group(reader);
  if (char === "[") reader.at = classEnd(source, reader.at);
  else if (char === "\\") escape(reader);
  else reader.at += (source.codePointAt(reader.at) ?? 0) > 0xffff ? 2 : 1;
  return { ways: 1, loops: 0 };
}

function group(reader: Reader): Cost {
  const open = /\((\?(?:<(?![=!])[^>]*>|:)|(?!\?))/y;
  open.lastIndex = reader.at;
  const opened = open.exec(reader.source);
  if (!opened) return refuse(reader.path, "wants no lookaround and no flags in its pattern");
  reader.at += opened[0].length;
  const inner = alternatives(reader);
  reader.at++;
  return inner;
}

function classEnd(source: string, start: number): number {
  let at = start + 1;
  while (source[at] !== "]") at += source[at] === "\\" ? 2 : 1;
  return at + 1;
}

function escape(reader: Reader): void {
  const long = /\\(?:[pP]\{[^}]*\}|u\{[^}]*\}|u[\da-fA-F]{4}|x[\da-fA-F]{2}|c[a-zA-Z]|.)/sy;
  long.lastIndex = reader.at;
  const [text] = long.exec(reader.source) ?? ["\\"];
  if (/^\\[1-9k]/.test(text)) refuse(reader.path, "wants no backreference in its pattern");
  reader.at += text.length;
}

/** What follows an atom: `*`, `+`, `?`, `{2}`, `{2,}`, `{2,5}`, or nothing. */
function repeated(inner: Cost, reader: Reader): Cost {
  const quantifier = /(?:([*+?])|\{(\d+)(?:(,)(\d*))?\})\??/y;
  quantifier.lastIndex = reader.at;
  const found = quantifier.exec(reader.source);
  if (!found) return inner;
  reader.at += found[0].length;
  const [, sign, least, comma, most] = found;
  const min = sign ? Number(sign === "+") : Number(least);
  const max = sign ? (sign === "?" ? 1 : Infinity) : comma ? (most ? Number(most) : Infinity) : min;
  if (max < Infinity) {
    const ways = (max - min + 1) * inner.ways ** max;
    return { ways: Number.isFinite(ways) ? ways : Infinity, loops: inner.loops * max };
  }
  if (inner.ways > 1 || inner.loops > 0) {
    refuse(reader.path, "wants no loop around a choice or another loop in its pattern");
  }
  return { ways: 1, loops: 1 };
}

function refuse(path: string, detail: string): never {
  throw new Refusal("BAD_REQUEST", path, detail);
}
