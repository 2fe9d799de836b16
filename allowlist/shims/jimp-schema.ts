/**
 * In place of zod, for the options of jimp's methods: the dozen of its words that jimp uses.
 *
 * zod is a sixth of jimp's own code and a quarter of what an isolate with jimp in it wakes with,
 * and its messages are pages of JSON. A refusal here says which option wants what.
 *
 * @module
 */

import { said } from "./jsquash-values.ts";

/** Says why a value does not fit. */
class Misfit extends TypeError {}

type Check = (value: unknown, at: string) => unknown;

/** What a value has to be. */
class Schema {
  /** Returns the value, of objects only what the schema names; or throws. */
  readonly check: Check;

  constructor(check: Check) {
    this.check = check;
  }

  parse(value: unknown): unknown {
    return this.check(value, "options");
  }

  optional(): Schema {
    return new Schema((value, at) => (value === undefined ? undefined : this.check(value, at)));
  }

  array(): ListSchema {
    return new ListSchema(this, 0);
  }
}

class NumberSchema extends Schema {
  readonly #least: number;
  readonly #most: number;

  constructor(least = -Infinity, most = Infinity) {
    super((value, at) => {
      if (typeof value === "number" && value >= least && value <= most) return value;
      const from = least === -Infinity ? "" : ` of at least ${least}`;
      const to = most === Infinity ? "" : `${from === "" ? " of" : " and"} at most ${most}`;
      return refuse(at, `a number${from}${to}`, value);
    });
    this.#least = least;
    this.#most = most;
  }

  min(least: number): NumberSchema {
    return new NumberSchema(least, this.#most);
  }

  max(most: number): NumberSchema {
    return new NumberSchema(this.#least, most);
  }
}

class ListSchema extends Schema {
  readonly #item: Schema;

  constructor(item: Schema, lengthMin: number) {
    super((value, at) => {
      if (!Array.isArray(value) || value.length < lengthMin) {
        return refuse(at, lengthMin > 0 ? `a list of at least ${lengthMin}` : "a list", value);
      }
      return value.map((one, i) => item.check(one, `${at}[${i}]`));
    });
    this.#item = item;
  }

  min(lengthMin: number): ListSchema {
    return new ListSchema(this.#item, lengthMin);
  }
}

function refuse(at: string, wants: string, value: unknown): never {
  throw new Misfit(`${at} wants ${wants}, got ${said(value)}`);
}

const one = (wants: string, fits: (value: unknown) => boolean) =>
  new Schema((value, at) => (fits(value) ? value : refuse(at, wants, value)));

function objectOf(shape: Readonly<Record<string, Schema>>): Schema {
  const names = Object.keys(shape);
  return new Schema((value, at) => {
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      return refuse(at, "an object", value);
    }
    const given = value as Readonly<Record<string, unknown>>;
    const out: Record<string, unknown> = {};
    for (const name of names) {
      const checked = shape[name]?.check(given[name], `${at}.${name}`);
      if (checked !== undefined || name in given) out[name] = checked;
    }
    return out;
  });
}

function tupleOf(items: readonly Schema[]): Schema {
  return new Schema((value, at) => {
    if (!Array.isArray(value) || value.length !== items.length) {
      return refuse(at, `a list of ${items.length}`, value);
    }
    return items.map((item, i) => item.check(value[i], `${at}[${i}]`));
  });
}

/** The first that fits. When none does, the last one's reason is given: jimp puts objects last. */
function unionOf(schemas: readonly Schema[]): Schema {
  return new Schema((value, at) => {
    let why: unknown;
    for (const schema of schemas) {
      try {
        return schema.check(value, at);
      } catch (error) {
        if (!(error instanceof Misfit)) throw error;
        why = error;
      }
    }
    throw why;
  });
}

function enumOf(names: Readonly<Record<string, unknown>>): Schema {
  // An enum of numbers also has its numbers for names.
  const values = Object.keys(names).filter(
    (name) => typeof names[names[name] as string] !== "number",
  );
  const known = values.map((name) => names[name]);
  return one(`one of ${known.map(String).join(", ")}`, (value) => known.includes(value));
}

/** The words, by the names that zod has for them. */
export const z = {
  number: () => new NumberSchema(),
  string: () => one("a string", (value) => typeof value === "string"),
  boolean: () => one("true or false", (value) => typeof value === "boolean"),
  literal: (word: unknown) => one(JSON.stringify(word), (value) => value === word),
  instanceof: (type: new (...args: never[]) => object) =>
    one(`a ${type.name}`, (value) => value instanceof type),
  nativeEnum: enumOf,
  object: objectOf,
  tuple: tupleOf,
  union: unionOf,
  array: (item: Schema) => item.array(),
};

export default z;
