/**
 * What all estimators have in common: parameters that are checked, attributes that end in an
 * underscore, `from` to build one out of what was fitted elsewhere, and refusing to work unfitted.
 *
 * A hook mostly applies what Python fitted, so `from` is a door of its own: it takes scikit-learn's
 * names, wants what the estimator needs, checks that the pieces fit each other, and passes over the
 * attributes that it has no use for.
 *
 * Invariants:
 * - A parameter that is not known, or that would not be honoured, is refused by name.
 * - An estimator is fitted when all its wanted attributes are there, and only then.
 *
 * @module
 */

import { agree, type Cell, type Label, show } from "./sklearn-classes.ts";
import {
  cellsFrom,
  isTensor,
  labelsFrom,
  tableFrom,
  tensorOf,
  vectorFrom,
} from "./sklearn-table.ts";

/** A parameter of a constructor: what it is at first, and what it may be. */
export interface Param<T> {
  readonly initial: T;
  readonly wants: string;
  holds(value: unknown): value is T;
}

export type Params = Readonly<Record<string, Param<unknown>>>;

/** What the parameters of a table are, by name. */
export type ValuesOf<P extends Params> = {
  readonly [name in keyof P]: P[name] extends Param<infer T> ? T : never;
};

/** An attribute: how it is read from what a hook gives, and whether there is no work without it. */
export interface Attribute {
  read(value: unknown, name: string): unknown;
  readonly optional?: boolean;
}

/** What an estimator says of itself. `name` is written out, for bundling renames classes. */
export interface About<P extends Params = Params> {
  readonly name: string;
  readonly params: P;
  readonly attributes: Readonly<Record<string, Attribute>>;
}

export function flag(initial: boolean): Param<boolean> {
  return param(initial, "true or false", (value) => typeof value === "boolean");
}

export function whole(initial: number, min = 1, max = Number.MAX_SAFE_INTEGER): Param<number> {
  const holds = (value: unknown) =>
    Number.isSafeInteger(value) && (value as number) >= min && (value as number) <= max;
  const to = max === Number.MAX_SAFE_INTEGER ? "" : ` to ${max}`;
  return param(initial, `a whole number from ${min}${to}`, holds);
}

export function real(initial: number, min = -Infinity, max = Infinity): Param<number> {
  const within = Number.isFinite(max) ? ` of ${min} to ${max}` : min === 0 ? " from 0" : "";
  const holds = (value: unknown) =>
    typeof value === "number" && value >= min && value <= max && Number.isFinite(value);
  return param(initial, `a number${within}`, holds);
}

type Plain = Label | null;

/** One of some values, the first at first. */
export function choice<const V extends readonly [Plain, ...Plain[]]>(...values: V) {
  const among: readonly unknown[] = values;
  return param<V[number]>(values[0], values.map(show).join(" or "), (value) => {
    return among.includes(value);
  });
}

/** What scikit-learn has and this library has not: taken with the value that it has at first. */
export function only<const T extends Plain>(initial: T): Param<T> {
  return param(initial, `nothing but ${show(initial)}`, (value) => value === initial);
}

/** Anything that `wants` describes and its user checks. */
export function other(initial: unknown, wants: string): Param<unknown> {
  return param(initial, wants, () => true);
}

/** What `one` takes or what `two` takes; at first what `one` is. */
export function either<T, U>(one: Param<T>, two: Param<U>): Param<T | U> {
  const holds = (value: unknown) => one.holds(value) || two.holds(value);
  return param<T | U>(one.initial, `${one.wants} or ${two.wants}`, holds);
}

export const nothing = choice(null);

function param<T>(initial: T, wants: string, holds: (value: unknown) => boolean): Param<T> {
  return { initial, wants, holds: holds as (value: unknown) => value is T };
}

export const vector: Attribute = { read: (value, name) => tensorOf(vectorFrom(value, name)) };

export const matrix: Attribute = {
  read: (value, name) => {
    const { data, rows, columns } = tableFrom(value, { name });
    return tensorOf(data, [rows, columns]);
  },
};

/** One number, or a list of them. */
export const numbers: Attribute = {
  read: (value, name) => (typeof value === "number" ? value : vector.read(value, name)),
};

export const labels: Attribute = { read: (value, name) => labelsFrom(value, name) };

/** A list of labels for each column, of any lengths. */
export const labelLists: Attribute = {
  read: (value, name) => {
    if (!Array.isArray(value)) throw new TypeError(`${name} wants lists, got ${show(value)}`);
    return value.map((list: unknown, i): Cell[] => {
      const rows = cellsFrom([list], { name: `${name}[${i}]` });
      return rows[0] as Cell[];
    });
  },
};

export const number: Attribute = {
  read: (value, name) => {
    if (typeof value === "number" && Number.isFinite(value)) return value;
    throw new TypeError(`${name} wants a number, got ${show(value)}`);
  },
};

/** The most columns that are believed without a table: what is counted by column takes memory. */
const COLUMNS_MAX = 1_000_000;

/** How many columns there are, where no other attribute says it. */
export const columnCount: Attribute = {
  read: (value, name) => {
    const count = Number(value);
    if (Number.isSafeInteger(count) && count >= 1 && count <= COLUMNS_MAX) return count;
    throw new RangeError(`${name} wants a whole number of 1 to ${COLUMNS_MAX}, got ${show(value)}`);
  },
};

export function optional(attribute: Attribute): Attribute {
  return { ...attribute, optional: true };
}

/** Parameters that say how to work, not what comes out: taken, and of no effect. */
const WITHOUT_EFFECT = new Set([
  "algorithm",
  "copy",
  "copy_X",
  "copy_x",
  "leaf_size",
  "n_jobs",
  "oob_score",
  "sparse",
  "sparse_output",
  "svd_solver",
  "verbose",
  "warm_start",
]);

type Fields = Record<string, unknown>;

/** The base of all estimators. A class has `about`, and declares its attributes. */
export abstract class Estimator<P extends Params = Params> {
  static readonly about: About;
  /** As `get_params()`: those given, and the initial ones. */
  readonly params: ValuesOf<P>;
  /** How many columns it was fitted with. */
  declare n_features_in_: number | undefined;

  /** @param given A dict of parameters by scikit-learn's names, or the first of them alone. */
  constructor(given?: unknown) {
    this.params = paramsFrom(new.target.about, given) as ValuesOf<P>;
  }

  /**
   * Returns an estimator with the attributes that were fitted elsewhere.
   *
   * @param given The attributes, and parameters where they differ from the initial ones.
   * @throws {TypeError | RangeError} When one is missing or does not fit the others.
   *
   * @example
   * ```js
   * const scaler = preprocessing.StandardScaler.from({ mean_: [5.8, 3.1], scale_: [0.8, 0.4] });
   * ```
   */
  static from<T extends Estimator>(
    this: { new (params?: unknown): T; readonly about: About },
    given: unknown,
  ): T {
    const { name, params, attributes } = this.about;
    if (typeof given !== "object" || given === null || Array.isArray(given)) {
      throw new TypeError(`${name}.from wants a dict of attributes, got ${show(given)}`);
    }
    const fields = Object.entries(given);
    const own = fields.filter(([key]) => Object.hasOwn(params, key) || !/^_|_$/.test(key));
    const made = new this(Object.fromEntries(own));
    const target = made as unknown as Fields;
    for (const [key, value] of fields) {
      const attribute = Object.hasOwn(attributes, key) ? attributes[key] : undefined;
      // None, of Python, is an attribute that is not there.
      if (attribute && value !== null) target[key] = attribute.read(value, `${name}.${key}`);
    }
    made.complete();
    made.needFitted();
    made.n_features_in_ = made.width();
    return made;
  }

  get_params(): Record<string, unknown> {
    return { ...this.params };
  }

  /** Returns all attributes by name, and the parameters: what `from` takes. */
  attributes(): Record<string, unknown> {
    const found: Record<string, unknown> = { ...this.params };
    for (const key of Object.keys(aboutOf(this).attributes)) {
      const value = (this as unknown as Fields)[key];
      if (value !== undefined) found[key] = value;
    }
    return found;
  }

  /** Fills in what follows from other attributes, and checks that they fit each other. */
  complete(): void {}

  /** How many columns the attributes are for; `undefined` when it does not matter. */
  width(): number | undefined {
    return undefined;
  }

  /** Returns the attributes that there is no work without, with these parameters. */
  protected wanted(): string[] {
    const { attributes } = aboutOf(this);
    return Object.keys(attributes).filter((key) => !attributes[key]?.optional);
  }

  /** @throws {Error} When an attribute is missing that there is no work without. */
  needFitted(): void {
    const { name } = aboutOf(this);
    const wanted = this.wanted();
    const missing = wanted.filter((key) => (this as unknown as Fields)[key] === undefined);
    if (missing.length === 0) return;
    const fix = `call fit(), or make it with ${name}.from({ ${wanted.join(", ")} })`;
    throw new Error(`${name} is not fitted (no ${missing.join(", ")}); ${fix}`);
  }

  protected read(X: unknown, missing = false) {
    this.needFitted();
    return tableFrom(X, { missing, columns: this.n_features_in_ });
  }
}

/** An estimator that makes tables out of tables. */
export abstract class Transformer<P extends Params = Params> extends Estimator<P> {
  abstract fit(X: unknown, y?: unknown): this;
  abstract transform(X: unknown): unknown;

  fit_transform(X: unknown, y?: unknown): unknown {
    return this.fit(X, y).transform(X);
  }
}

export function aboutOf(estimator: Estimator): About {
  return (estimator.constructor as unknown as { readonly about: About }).about;
}

/** Returns options by name, each held to its row; what is not in the table is refused. */
export function optionsFrom<P extends Params>(name: string, params: P, given: unknown) {
  return paramsFrom({ name, params, attributes: {} }, given ?? {}) as ValuesOf<P>;
}

/** Checks the shapes of a linear model: `[n, columns]` and n intercepts, or one for all. */
export function agreeLinear(name: string, coef: unknown, intercept: unknown): void {
  if (!isTensor(coef)) return;
  const outputs = coef.shape.length === 2 ? (coef.shape[0] as number) : 1;
  if (!isTensor(intercept)) return;
  agree(`${name}.intercept_`, intercept.data.length, outputs, "numbers, one for each row of coef_");
}

function paramsFrom({ name, params }: About, given: unknown): Readonly<Record<string, unknown>> {
  const names = Object.keys(params);
  const values: Record<string, unknown> = {};
  for (const key of names) values[key] = params[key]?.initial;
  for (const [key, value] of Object.entries(dictFrom(given, names[0]))) {
    const row = Object.hasOwn(params, key) ? params[key] : undefined;
    if (!row && WITHOUT_EFFECT.has(key)) continue;
    if (!row) {
      const known = names.length > 0 ? `only ${names.join(", ")}` : "no parameters";
      throw new TypeError(`${name} takes ${known} here, got ${show(key)}`);
    }
    if (value === undefined) continue;
    if (!row.holds(value)) {
      throw new TypeError(`${name} wants ${row.wants} as ${key}, got ${show(value)}`);
    }
    values[key] = value;
  }
  return Object.freeze(values);
}

function dictFrom(given: unknown, first: string | undefined): object {
  if (given === undefined) return {};
  const dict = typeof given === "object" && given !== null && !Array.isArray(given);
  return dict ? given : { [first ?? "parameter"]: given };
}

export type { Label };
