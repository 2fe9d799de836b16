/**
 * The dicts that stand for what numpy makes, as two dialects of Python write them.
 *
 * | written by     | what     | keys                                                          |
 * | -------------- | -------- | ------------------------------------------------------------- |
 * | msgpack-numpy  | an array | `nd` true, `type`, `shape`, `data`; from new ones `kind`      |
 * | msgpack-numpy  | a scalar | `nd` false, `type`, `data`                                    |
 * | msgpack-numpy  | complex  | `complex` true, `data`: refused                               |
 * | openpi         | an array | `__ndarray__` true, `dtype`, `shape`, `data`                  |
 * | openpi         | a scalar | `__npgeneric__` true, `dtype`, `data`: a plain number         |
 *
 * The keys are bytes, from old clients texts; their order is free. Bytes as a key cannot mean
 * anything else, so such a dict is read or refused. Texts can: there, only a dict of exactly these
 * keys, with values of their kind, is one of numpy's, and every other is left as it is.
 *
 * A look at a dict reads at most five keys and as many axes as a tensor may have, however long the
 * bytes say that they are, so that a walk over many of them stays linear.
 *
 * @module
 */

import { RANK_MAX, sizeOf } from "../../contract/tensor.ts";
import { Refusal } from "../../faults.ts";
import { type ElementType, elementType, insteadOf, typeText } from "./dtypes.ts";
import type { Span, Tokens } from "./tokens.ts";

/** What a dict stands for, and where it ends. */
export type Found = FoundArray | FoundScalar | FoundGeneric;

export interface FoundArray {
  readonly kind: "array";
  readonly type: ElementType;
  /** Outermost axis first; its product times the size of an element is the length of `data`. */
  readonly shape: readonly number[];
  readonly data: Span;
  readonly end: number;
}

/** One element, as its bytes. */
export interface FoundScalar {
  readonly kind: "scalar";
  readonly type: ElementType;
  readonly data: Span;
  readonly end: number;
}

/** One element, as the token that it already is. */
export interface FoundGeneric {
  readonly kind: "generic";
  readonly data: Span;
  readonly end: number;
}

/** The keys of each dict beside its mark, as they are called there. */
const LAYOUTS: Readonly<Record<string, readonly (readonly string[])[]>> = {
  nd: [
    ["type", "kind", "shape", "data"],
    ["type", "shape", "data"],
  ],
  "not nd": [["type", "data"]],
  __ndarray__: [["dtype", "shape", "data"]],
  __npgeneric__: [["dtype", "data"]],
};
const MARKS = ["nd", "__ndarray__", "__npgeneric__", "complex"];
const NAMES: readonly string[] = [...MARKS, "type", "dtype", "kind", "shape", "data"];
const NAME_BYTES_MAX = 13;
const AXIS_MAX = 0xffff_ffff;
const SHAPE_WANTED = `wants a list of whole numbers from 0 to ${AXIS_MAX} at shape`;

/** `[["", "|O"]]`: the type of an object array, as a structure of one field without a name. */
const OBJECT_TYPE = [0x91, 0x92, 0xa0, 0xa2, 0x7c, 0x4f];

/**
 * Returns what the dict at `at` stands for; nothing when it is an ordinary one, or is cut off.
 *
 * @param tokens Any bytes at all.
 * @throws {Refusal} `BAD_REQUEST`; `path` is where the dict is, as `byte 17`.
 */
export function numpyAt(tokens: Tokens, at: number): Found | undefined {
  const count = tokens.dict(at) ?? 0;
  // Most dicts are seen to be ordinary here.
  if (count < 2 || count > 5 || nameAt(tokens, tokens.end(at)) === undefined) return undefined;
  return new Look(tokens, at).found(count);
}

/** Returns which of numpy's keys is at `at`. */
function nameAt(tokens: Tokens, at: number): string | undefined {
  const span = tokens.blob(at);
  if (span === undefined || span.end - span.start > NAME_BYTES_MAX) return undefined;
  for (const name of NAMES) if (isName(tokens.bytes, span, name)) return name;
  return undefined;
}

function isName(bytes: Uint8Array, { start, end }: Span, name: string): boolean {
  if (name.length !== end - start) return false;
  for (let i = 0; i < name.length; i++) {
    if (bytes[start + i] !== name.charCodeAt(i)) return false;
  }
  return true;
}

class Look {
  readonly #tokens: Tokens;
  readonly #start: number;
  /** Where the value of each key is. */
  readonly #values = new Map<string, number>();
  /** Whether the mark is bytes: then the dict is one of numpy's, well or badly made. */
  #isSure = false;

  constructor(tokens: Tokens, start: number) {
    this.#tokens = tokens;
    this.#start = start;
  }

  found(count: number): Found | undefined {
    const end = this.#readKeys(count);
    const mark = MARKS.find((name) => this.#values.has(name));
    if (end === undefined || mark === undefined) return undefined;
    const truth = this.#tokens.bytes[this.#valueOf(mark)];
    const isNumber = mark === "nd" && truth === 0xc2;
    if (truth !== 0xc3 && !isNumber) return this.#odd(`wants true or false at ${mark}`);
    if (mark === "complex") return this.#isSure ? this.#refuse("a complex number", "c") : undefined;
    const layouts = LAYOUTS[isNumber ? "not nd" : mark] ?? [];
    if (!layouts.some((keys) => this.#hasOnly(mark, keys))) {
      return this.#odd(`wants the keys ${[mark, ...(layouts[0] ?? [])].join(", ")}`);
    }
    const type = this.#type(mark === "nd" ? "type" : "dtype");
    if (type === undefined) return undefined;
    if (mark === "__npgeneric__") return this.#generic(end);
    const data = this.#tokens.blob(this.#valueOf("data"));
    if (data === undefined) return this.#odd("wants bytes at data");
    return isNumber ? this.#scalar(type, data, end) : this.#array(type, data, end);
  }

  /** Finds the value of each key; returns where the dict ends when all keys are of numpy's. */
  #readKeys(count: number): number | undefined {
    const tokens = this.#tokens;
    let at = tokens.end(this.#start);
    for (let i = 0; i < count; i++) {
      const name = nameAt(tokens, at);
      if (name === undefined || this.#values.has(name)) return this.#odd("wants numpy's keys only");
      this.#isSure ||= MARKS.includes(name) && tokens.isBin(at);
      const value = tokens.end(at);
      this.#values.set(name, value);
      const end = this.#valueEnd(name, value);
      if (end === undefined || end > tokens.bytes.length) return undefined;
      at = end;
    }
    return at;
  }

  /** Steps over a value, which is not nested but for a shape. */
  #valueEnd(name: string, value: number): number | undefined {
    const tokens = this.#tokens;
    const axes = tokens.list(value);
    if (axes === undefined) {
      return tokens.dict(value) === undefined
        ? tokens.end(value)
        : this.#odd(`wants no dict at ${name}`);
    }
    const isObjects = OBJECT_TYPE.every((byte, i) => tokens.bytes[value + i] === byte);
    if (name === "type" && isObjects && this.#values.has("nd")) {
      return this.#refuse('"|O"', "O");
    }
    if (name === "type" && this.#isSure) return this.#refuse("a list of fields", "V");
    if (name !== "shape") return this.#odd(`wants no list at ${name}`);
    if (axes > RANK_MAX) return this.#odd(`wants at most ${RANK_MAX} axes, got ${axes}`);
    let at = tokens.end(value);
    for (let i = 0; i < axes; i++) {
      // What is no number may hold others: behind its head would be no key, but one of its own.
      if (tokens.integer(at) === undefined) return this.#odd(SHAPE_WANTED);
      at = tokens.end(at);
    }
    return at;
  }

  #type(key: string): ElementType | undefined {
    const kind = this.#values.has("kind") ? this.#text("kind") : "";
    if (kind === "O" || kind === "V") return this.#refuse(`kind "${kind}"`, kind);
    if (kind !== "") return this.#odd("wants nothing, O or V at kind");
    const text = this.#text(key);
    if (text === undefined) return this.#odd(`wants a text at ${key}`);
    const type = elementType(text);
    if (type) return type;
    const shown = JSON.stringify(text);
    return insteadOf(text) === undefined
      ? this.#odd(`wants a type of numpy's at ${key}, such as "<f4", got ${shown}`)
      : this.#refuse(shown, text);
  }

  #array(type: ElementType, data: Span, end: number): FoundArray | undefined {
    const shape = this.#shape();
    if (shape === undefined) return this.#odd(SHAPE_WANTED);
    const form = `${type.dtype} of shape [${shape.join(", ")}]`;
    this.#holdLength(data, type.size * sizeOf(shape), form);
    return { kind: "array", type, shape, data, end };
  }

  #shape(): number[] | undefined {
    const tokens = this.#tokens;
    const value = this.#valueOf("shape");
    const rank = tokens.list(value);
    if (rank === undefined) return undefined;
    const shape: number[] = [];
    let at = tokens.end(value);
    for (let i = 0; i < rank; i++) {
      const axis = tokens.integer(at) ?? -1;
      if (axis < 0 || axis > AXIS_MAX) return undefined;
      shape.push(axis);
      at = tokens.end(at);
    }
    return shape;
  }

  #scalar(type: ElementType, data: Span, end: number): FoundScalar {
    this.#holdLength(data, type.size, `one ${type.dtype}`);
    return { kind: "scalar", type, data, end };
  }

  #generic(end: number): FoundGeneric | undefined {
    const start = this.#valueOf("data");
    const byte = this.#tokens.bytes[start] ?? 0xc0;
    const isPlain = byte < 0x80 || byte >= 0xe0 || byte === 0xc2 || byte === 0xc3;
    if (!isPlain && !(byte >= 0xca && byte <= 0xd3)) {
      return this.#odd("wants a number or a boolean at data");
    }
    return { kind: "generic", data: { start, end: this.#tokens.end(start) }, end };
  }

  #hasOnly(mark: string, keys: readonly string[]): boolean {
    const values = this.#values;
    return (
      values.has(mark) && values.size === keys.length + 1 && keys.every((key) => values.has(key))
    );
  }

  /** Returns where a value is; what asks for it has seen that its key is there. */
  #valueOf(key: string): number {
    return this.#values.get(key) ?? this.#tokens.bytes.length;
  }

  #text(key: string): string | undefined {
    const span = this.#tokens.blob(this.#valueOf(key));
    return span && typeText(this.#tokens.bytes, span.start, span.end);
  }

  #holdLength(data: Span, wanted: number, form: string): void {
    const got = data.end - data.start;
    if (got !== wanted) this.#wrong(`wants ${wanted} bytes at data for ${form}, got ${got}`);
  }

  /** A dict that is not as numpy's are: an ordinary one, unless its keys say otherwise. */
  #odd(detail: string): undefined {
    if (this.#isSure) this.#wrong(`${detail} in a numpy array or scalar`);
  }

  #refuse(got: string, type: string): never {
    return this.#wrong(`wants an array of numbers or bools, got ${got}; ${insteadOf(type) ?? ""}`);
  }

  #wrong(detail: string): never {
    throw new Refusal("BAD_REQUEST", `byte ${this.#start}`, detail);
  }
}
