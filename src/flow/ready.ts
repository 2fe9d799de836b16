/**
 * A flow made ready: its models opened, its hooks registered, and everything found on the way that
 * is wrong with it.
 *
 * What a hook must return is put together here: what it declares itself, and what follows it takes.
 * So the trusted worker that checks its answer checks both, and what does not fit is not fed on.
 *
 * @module
 */

import { fit } from "../contract/schema/fit.ts";
import { type Checker, compileSchema, type Schema } from "../contract/schema/schema.ts";
import { plainSchema } from "../contract/schema/plain.ts";
import { Refusal } from "../faults.ts";
import type { RegisteredHook } from "../runtime/hook.ts";
import type { Problem } from "../runtime/hook-error.ts";
import type { PooledHooks } from "../runtime/runtime.ts";
import type { OpenModel } from "./model.ts";
import { hookPlace, problemFrom, problemOf } from "./problem.ts";
import { type ReadStage, type StageHook, stagesFrom } from "./stage.ts";

/** A stage that can run. What could not be had is missing, and a problem says why. */
export interface ReadyStage {
  readonly stage: number;
  readonly name: string | undefined;
  readonly modelName: string;
  readonly model: OpenModel | undefined;
  readonly input: Side;
  readonly output: Side;
  readonly pre: RegisteredHook | undefined;
  readonly post: RegisteredHook | undefined;
  /** What it takes of what comes before it and gives to what comes behind, hooks and all. */
  readonly takes: Schema | undefined;
  readonly gives: Schema | undefined;
}

/** One side of a model: what it takes, or what it gives. */
export interface Side {
  readonly schema: Schema | undefined;
  readonly check: Checker | undefined;
}

/** What makes a flow ready. */
export interface ReadyOptions {
  readonly tenant: string | undefined;
  readonly signal: AbortSignal | undefined;
}

/** What a flow may end with. */
const TERMINAL: Schema = { anyOf: [{ type: "array" }, { type: "object" }, { tensor: {} }] };

/** The parts of a flow that hold something, until they are disposed of. */
export class ReadyFlow implements AsyncDisposable {
  readonly stages: readonly ReadyStage[];
  readonly problems: readonly Problem[];

  constructor(stages: readonly ReadyStage[], problems: readonly Problem[]) {
    this.stages = stages;
    this.problems = problems;
  }

  /** Whether any hook reads the files that the flow is given. */
  get takesFiles(): boolean {
    return this.stages.some(({ pre, post }) => pre?.takesFiles || post?.takesFiles);
  }

  /** Forgets the hooks and gives the models back. */
  async [Symbol.asyncDispose](): Promise<void> {
    const parts = this.stages.flatMap(({ pre, post, model }) => [pre, post, model]);
    await Promise.allSettled(parts.map((part) => part?.[Symbol.asyncDispose]()));
  }
}

/**
 * Opens the models of a flow, registers its hooks, and compares what each part gives with what the
 * next one takes.
 *
 * @throws {Refusal} `BAD_REQUEST` when `stages` is no list of stages; all else is a problem.
 */
export async function readyFlow(
  hooks: PooledHooks,
  stages: unknown,
  options: ReadyOptions,
): Promise<ReadyFlow> {
  const problems: Problem[] = [];
  const held: AsyncDisposable[] = [];
  const making = { hooks, options, problems, held };
  try {
    const read = stagesFrom(stages, problems);
    const opened = await allOf(read.map((stage) => openModel(making, stage)));
    const ready = await allOf(opened.map((stage, i) => withHooks(making, stage, opened[i + 1])));
    for (const [i, stage] of opened.entries()) {
      problems.push(...clashes(stage, opened[i + 1], i + 1 === opened.length));
    }
    return new ReadyFlow(ready, problems.toSorted(byPlace));
  } catch (error) {
    await Promise.allSettled(held.map((part) => part[Symbol.asyncDispose]()));
    throw error;
  }
}

/** In the order of the flow, whatever was found first. */
function byPlace(a: Problem, b: Problem): number {
  const part = (problem: Problem) => ["pre", "model", "post"].indexOf(problem.part ?? "");
  return (a.stage ?? 0) - (b.stage ?? 0) || part(a) - part(b);
}

/** A flow while it is made ready. */
interface Making {
  readonly hooks: PooledHooks;
  readonly options: ReadyOptions;
  readonly problems: Problem[];
  /** What was opened and registered so far. */
  readonly held: AsyncDisposable[];
}

/** As `Promise.all`, but when one fails the others are waited for: they may hold something. */
async function allOf<T>(work: readonly Promise<T>[]): Promise<T[]> {
  await Promise.allSettled(work);
  return Promise.all(work);
}

async function withHooks(
  making: Making,
  stage: OpenStage,
  next: OpenStage | undefined,
): Promise<ReadyStage> {
  const { read, ...rest } = stage;
  const [pre, post] = await allOf([
    register(making, stage, { kind: "pre", takes: stage.input.schema }),
    register(making, stage, { kind: "post", takes: takenBy(next) }),
  ]);
  const ends = { takes: takenBy(stage), gives: givenBy(stage) };
  return { ...rest, ...ends, modelName: read.model?.name ?? "", pre, post };
}

interface OpenStage extends Pick<ReadyStage, "stage" | "name" | "model" | "input" | "output"> {
  readonly read: ReadStage;
  /** What its hooks declare, as plain schemas, where they do. */
  readonly declared: Readonly<Record<"pre" | "post", Declared>>;
}

interface Declared {
  readonly accepts: Schema | undefined;
  readonly returns: Schema | undefined;
}

async function openModel(
  { options: { signal }, problems, held }: Making,
  read: ReadStage,
): Promise<OpenStage> {
  const { stage, name } = read;
  const declared = {
    pre: declaredBy(read.pre, "pre", stage, problems),
    post: declaredBy(read.post, "post", stage, problems),
  };
  const none = { schema: undefined, check: undefined };
  let model: OpenModel | undefined;
  try {
    model = await read.model?.open({ signal });
    if (model) held.push(model);
    const [input, output] = [sideOf(model?.input, "input"), sideOf(model?.output, "output")];
    return { stage, name, read, declared, model, input, output };
  } catch (error) {
    await model?.[Symbol.asyncDispose]();
    problems.push(problemFrom(error, { stage, part: "model", name: read.model?.name }));
    return { stage, name, read, declared, model: undefined, input: none, output: none };
  }
}

function sideOf(schema: unknown, name: string): Side {
  if (schema === undefined) return { schema: undefined, check: undefined };
  const plain = plainSchema(schema, name);
  return { schema: plain, check: compileSchema(plain, name) };
}

/** Returns the schemas of a hook; one that is none is left out and told. */
function declaredBy(
  hook: StageHook | undefined,
  part: "pre" | "post",
  stage: number,
  problems: Problem[],
): Declared {
  const read = (which: "accepts" | "returns"): Schema | undefined => {
    const schema = hook?.[which];
    if (schema === undefined) return undefined;
    try {
      const plain = plainSchema(schema, which);
      compileSchema(plain, which);
      return plain;
    } catch (error) {
      problems.push(problemFrom(error, { stage, part, name: hook?.name }));
      return undefined;
    }
  };
  return { accepts: read("accepts"), returns: read("returns") };
}

/** What a stage wants of what comes into it. */
function takenBy(stage: OpenStage | undefined): Schema | undefined {
  if (stage?.read.pre) return stage.declared.pre.accepts;
  return stage?.input.schema;
}

/** What a stage gives to what comes after it. */
function givenBy(stage: OpenStage): Schema | undefined {
  return stage.read.post ? stage.declared.post.returns : stage.output.schema;
}

interface Registering {
  readonly kind: "pre" | "post";
  /** What follows the hook wants of its answer. */
  readonly takes: Schema | undefined;
}

async function register(
  { hooks, options, problems, held }: Making,
  { stage, read, declared }: OpenStage,
  { kind, takes }: Registering,
): Promise<RegisteredHook | undefined> {
  const given = read[kind];
  if (!given) return undefined;
  const { source, name, limits, state } = given;
  const { accepts, returns } = declared[kind];
  try {
    const { tenant, signal } = options;
    const wanted = { kind, source, name, limits, state, accepts, returns, tenant, signal };
    const hook = await hooks.registerBefore(takes, wanted);
    held.push(hook);
    return hook;
  } catch (error) {
    const own = typeof source === "function" ? source.name : undefined;
    problems.push(problemFrom(error, { stage, part: kind, name: name ?? (own || undefined) }));
    return undefined;
  }
}

/** Where what is declared cannot meet, of one stage and of what comes after it. */
function* clashes(
  stage: OpenStage,
  next: OpenStage | undefined,
  isLast: boolean,
): Generator<Problem> {
  const { pre, post } = stage.declared;
  const place = { stage: stage.stage };
  yield* clash(pre.returns, stage.input.schema, {
    place: hookPlace(stage.stage, { kind: "pre", name: stage.read.pre?.name ?? "pre" }),
    to: `the model of stage ${stage.stage}`,
  });
  yield* clash(stage.output.schema, post.accepts, {
    place: { ...place, part: "model" },
    to: `the post of stage ${stage.stage}, which declares it (accepts)`,
  });
  const part = stage.read.post ? ("post" as const) : ("model" as const);
  const giver = { ...place, part, name: part === "post" ? stage.read.post?.name : undefined };
  if (isLast) yield* clash(givenBy(stage), TERMINAL, { place: giver, to: "the end of the flow" });
  if (!next) return;
  const to = next.read.pre ? "pre" : "model";
  yield* clash(givenBy(stage), takenBy(next), {
    place: giver,
    to: `the ${to} of stage ${next.stage}`,
  });
}

function* clash(
  gives: Schema | undefined,
  takes: Schema | undefined,
  { place, to }: { place: Parameters<typeof problemOf>[1]; to: string },
): Generator<Problem> {
  if (gives === undefined || takes === undefined) return;
  const misfit = fit(gives, takes);
  if (!misfit) return;
  const { path, detail } = misfit;
  const fault = new Refusal("OUTPUT_MISMATCH", path, `${detail}; it goes to ${to}`).toFault();
  yield problemOf(fault, place);
}
