/**
 * What a client may ask the service for: one row for each method, how its params are read and what
 * the service is asked.
 *
 * Not here: what concerns the connection alone (`auth`, `ping`, `cancel`), which is in
 * `connection.ts`.
 *
 * @module
 */

import { type Answered, callAnswered, runAnswered } from "../answers.ts";
import type { Asking, CallRequest, RunRequest, Service } from "../service.ts";
import type { Params } from "./message.ts";
import { type Bounds, callFrom, plainFrom, runFrom } from "./requests.ts";

/** What a method gives: plain data, or an answer in which there are bytes. */
export type Result =
  | { readonly kind: "value"; readonly value: unknown }
  | { readonly kind: "answer"; readonly answered: Answered };

/** One method: `T` is what its params say. */
export interface Method<T> {
  /** As people write it. */
  readonly usage: string;
  /** How many params there are at least, and before the options. */
  readonly params: readonly [least: number, most: number];
  /** Whether it goes on when its client has gone: half of it would be worse than all. */
  readonly isLasting: boolean;
  read(params: Params, bounds: Bounds): T;
  ask(service: Service, request: T, asking: Asking): Promise<Result>;
}

const CALL: Method<CallRequest> = {
  usage: "call [hook, args, files?, options?]",
  params: [2, 3],
  isLasting: false,
  read: callFrom,
  async ask(service, request, asking) {
    return { kind: "answer", answered: callAnswered(await service.call(request, asking)) };
  },
};

const RUN: Method<RunRequest> = {
  usage: "run [flow, data, files?, options?]",
  params: [2, 3],
  isLasting: false,
  read: runFrom,
  async ask(service, request, asking) {
    return { kind: "answer", answered: runAnswered(await service.run(request, asking)) };
  },
};

type Plain = "register" | "deploy" | "check" | "remove" | "rollback" | "look";

/** A method whose one param is plain data. */
function plain(name: Plain, what: string, isLasting: boolean): Method<unknown> {
  return {
    usage: `${name} [${what}, options?]`,
    params: [1, 1],
    isLasting,
    read: (params, bounds) => plainFrom(params, what, bounds),
    ask: async (service, request, asking) => ({
      kind: "value",
      value: await service[name](request, asking),
    }),
  };
}

/** A method without params, which is answered at once. */
function bare(name: "list" | "describe"): Method<undefined> {
  return {
    usage: `${name} []`,
    params: [0, 0],
    isLasting: false,
    read: () => undefined,
    ask: async (service, _request, asking) => ({ kind: "value", value: service[name](asking) }),
  };
}

/** All of them, by name. */
export const METHODS: ReadonlyMap<string, Method<unknown>> = new Map<string, Method<unknown>>([
  ["call", CALL],
  ["run", RUN],
  ["register", plain("register", "declaration", true)],
  ["deploy", plain("deploy", "declaration", true)],
  ["check", plain("check", "declaration", false)],
  ["remove", plain("remove", "what", true)],
  ["rollback", plain("rollback", "what", true)],
  ["look", plain("look", "what", false)],
  ["list", bare("list")],
  ["describe", bare("describe")],
]);
