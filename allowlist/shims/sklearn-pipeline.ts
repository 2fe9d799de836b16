/**
 * `sklearn.pipeline`: transformers and an estimator, one behind the other.
 *
 * A step is any object with scikit-learn's methods, also one that a hook wrote itself. A pipeline
 * of steps that were built with `from` is fitted.
 *
 * @module
 */

import { aboutOf, Estimator } from "./sklearn-estimator.ts";
import { show } from "./sklearn-classes.ts";

type Method = (...values: unknown[]) => unknown;

/** One step: its name, and the object whose methods are called. */
type Step = readonly [name: string, step: object];

/** Steps in order; all but the last one transform. */
export class Pipeline {
  readonly steps: readonly Step[];

  /** @param steps A list of `[name, step]`; names differ. */
  constructor(steps: unknown) {
    this.steps = Object.freeze(stepsFrom(steps));
  }

  get named_steps(): Readonly<Record<string, object>> {
    const dict = Object.create(null) as Record<string, object>;
    for (const [name, step] of this.steps) dict[name] = step;
    return dict;
  }

  fit(X: unknown, y?: unknown): this {
    call(this.#last(), "fit", this.#fitted(X, y), y);
    return this;
  }

  fit_transform(X: unknown, y?: unknown): unknown {
    return call(this.#last(), "fit_transform", this.#fitted(X, y), y);
  }

  fit_predict(X: unknown, y?: unknown): unknown {
    return call(this.#last(), "fit_predict", this.#fitted(X, y), y);
  }

  inverse_transform(X: unknown): unknown {
    return this.steps.reduceRight((value, step) => call(step, "inverse_transform", value), X);
  }

  transform(X: unknown): unknown {
    return this.#applied("transform", X);
  }

  predict(X: unknown): unknown {
    return this.#applied("predict", X);
  }

  predict_proba(X: unknown): unknown {
    return this.#applied("predict_proba", X);
  }

  predict_log_proba(X: unknown): unknown {
    return this.#applied("predict_log_proba", X);
  }

  decision_function(X: unknown): unknown {
    return this.#applied("decision_function", X);
  }

  score(X: unknown, y?: unknown): unknown {
    return this.#applied("score", X, y);
  }

  #last(): Step {
    return this.steps.at(-1) as Step;
  }

  #fitted(X: unknown, y: unknown): unknown {
    const before = this.steps.slice(0, -1);
    return before.reduce((value, step) => call(step, "fit_transform", value, y), X);
  }

  /** Calls a method of the last step on what the others make of `X`. */
  #applied(method: string, X: unknown, ...rest: unknown[]): unknown {
    const before = this.steps.slice(0, -1);
    const made = before.reduce((value, step) => call(step, "transform", value), X);
    return call(this.#last(), method, made, ...rest);
  }
}

/** Returns a pipeline in which each step is named after its class, in small letters. */
export function make_pipeline(...steps: unknown[]): Pipeline {
  const names = steps.map((step) => {
    if (step instanceof Estimator) return aboutOf(step).name.toLowerCase();
    return step instanceof Pipeline ? "pipeline" : "step";
  });
  const seen = new Map<string, number>();
  const named = names.map((name, i) => {
    const nth = (seen.get(name) ?? 0) + 1;
    seen.set(name, nth);
    const several = names.filter((other) => other === name).length > 1;
    return [several ? `${name}-${nth}` : name, steps[i]];
  });
  return new Pipeline(named);
}

function stepsFrom(given: unknown): Step[] {
  if (!Array.isArray(given) || given.length === 0) {
    throw new TypeError(`Pipeline wants a list of [name, step], got ${show(given)}`);
  }
  const steps = given.map((pair: unknown, i): Step => {
    const [name, step] = (Array.isArray(pair) ? pair : []) as unknown[];
    if (typeof name === "string" && typeof step === "object" && step !== null) return [name, step];
    throw new TypeError(`Pipeline wants [name, step] at $[${i}], got ${show(pair)}`);
  });
  if (new Set(steps.map(([name]) => name)).size === steps.length) return steps;
  throw new TypeError("Pipeline wants names that differ");
}

function call(step: Step, method: string, ...values: unknown[]): unknown {
  const [name, object] = step;
  const found = (object as { readonly [name: string]: unknown })[method];
  if (typeof found === "function") return (found as Method).apply(object, values);
  const fit = method === "fit_transform" || method === "fit_predict" ? method.slice(4) : undefined;
  if (fit === undefined)
    throw new TypeError(`Step ${show(name)} of the pipeline has no ${method}()`);
  // A transformer that a hook wrote need not have both in one.
  call(step, "fit", ...values);
  return call(step, fit, values[0]);
}
