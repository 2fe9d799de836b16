/**
 * The service over a runtime and a registry.
 *
 * A registration is kept before it is said to be there. What is kept and not live (after a restart,
 * or an older version) is made live by the first who asks for it; who asks meanwhile waits for the
 * same. A name moves to its new version at once: calls that began go on with the old one.
 *
 * @module
 */

import { Refusal } from "../faults.ts";
import type { DeployedFlow } from "../flow/endpoint.ts";
import type { FlowExample, FlowReport, FlowRuntime } from "../flow/runtime.ts";
import type { Stage, StageHook } from "../flow/stage.ts";
import type { Limits } from "../limits.ts";
import { hookErrorOf, type RegisteredHook } from "../runtime/hook.ts";
import { named, optionsFrom } from "../runtime/options.ts";
import { AtWork } from "./at-work.ts";
import {
  declarationIn,
  type FlowDeclaration,
  type HookDeclaration,
  hookFrom,
  kept,
  type StageDeclaration,
  stagesFrom,
} from "./declarations.ts";
import { Live } from "./live.ts";
import { MemoryRegistry } from "./memory-registry.ts";
import { type ModelRules, Models } from "./models.ts";
import { type Ended, type Observer, UNOBSERVED } from "./observer.ts";
import { type Found, found, refOf } from "./refs.ts";
import type { Named, Registered, Registry, Version } from "./registry.ts";
import type {
  Asking,
  CallAnswer,
  CallRequest,
  Description,
  FlowView,
  HookView,
  Listing,
  RunAnswer,
  RunRequest,
  Service,
} from "./service.ts";
import { targetFrom, withHookOf } from "./targets.ts";
import { flowView, hookView, listed } from "./views.ts";

/** What a service is made of. It owns none of it. */
export interface ServiceParts {
  readonly runtime: FlowRuntime;
  readonly registry: Registry;
  readonly models?: ModelRules | undefined;
  readonly observer?: Observer | undefined;
  /** The version of Bookend, for `describe`. */
  readonly version: string;
}

/** Hooks and flows that are live at a time; more are made again when they are asked for. */
const LIVE_HOOKS = 10_000;
const LIVE_FLOWS = 1_000;

/** What a method adds to what is known of its end. */
type Noting = (more: Ended) => void;

/** Does what callers ask. */
export class BookendService implements Service {
  readonly #parts: ServiceParts;
  readonly #limits: Limits;
  readonly #models: Models;
  readonly #observer: Observer;
  readonly #hooks = new Live<RegisteredHook>(LIVE_HOOKS);
  readonly #flows = new Live<DeployedFlow>(LIVE_FLOWS);
  readonly #atWork = new AtWork();

  constructor(parts: ServiceParts) {
    this.#parts = parts;
    this.#limits = parts.runtime.describe().limits;
    this.#models = new Models(parts.registry, parts.models ?? {});
    this.#observer = parts.observer ?? UNOBSERVED;
  }

  register(declaration: unknown, asking: Asking): Promise<HookView> {
    return this.#observed("register", asking, async () => {
      const { tenant } = asking.caller;
      const { plain, bytes, version } = kept(hookFrom(declaration));
      const place: Named = { kind: "hook", tenant, name: plain.name };
      this.#checkRoom(place, "hooksTenant");
      const hook = await this.#hooks.get(keyOf(tenant, version), () =>
        this.#register(plain, tenant, asking.signal),
      );
      const entry = { version, id: hook.id, sinceMs: Date.now(), declaration: bytes };
      await this.#put(place, entry);
      return hookView(hook, { ...place, ...entry });
    });
  }

  call(request: CallRequest, asking: Asking): Promise<CallAnswer> {
    return this.#observed(
      "call",
      asking,
      async (note) => {
        using _ = this.#atWork.begin(asking.caller);
        const { tenant } = asking.caller;
        const hook = await this.#hook(found(this.#parts.registry, "hook", tenant, request.hook));
        const { values, files } = request;
        const places = hook.kind === "pre" ? 1 : 2;
        if (values.length > places) {
          const detail = `wants at most ${places} before the files of a ${hook.kind}`;
          throw new Refusal("BAD_REQUEST", "args", `${detail}, got ${values.length}`);
        }
        const args = Array.from({ length: places }, (_unused, i) => values[i]);
        const result = await hook.callPacked([...args, files, { signal: asking.signal }]);
        const { id, kind, name } = hook;
        const answer = { hook: { id, kind, name, tenant }, ...result };
        note({ hook: answer.hook, receipt: answer.receipt });
        return answer;
      },
      request.hook,
    );
  }

  remove(what: unknown, asking: Asking): Promise<void> {
    return this.#observed("remove", asking, async () => {
      const { tenant } = asking.caller;
      const { kind, ref } = targetFrom(what);
      const one = found(this.#parts.registry, kind, tenant, ref);
      const isOne = ref !== one.name;
      const gone = isOne ? [one] : this.#parts.registry.versions(one);
      await this.#parts.registry.remove(one, isOne ? one.version : undefined);
      for (const { version } of gone) this.#unused(kind, tenant, version);
    });
  }

  deploy(declaration: unknown, asking: Asking): Promise<FlowView> {
    return this.#observed("deploy", asking, async () => {
      const given = optionsFrom(declaration, ["name", "stages", "example"]);
      const name = named(given["name"], "name");
      const stages = await this.#stages(given["stages"], asking, this.#models);
      return this.#deploy({ name, stages }, asking, given["example"]);
    });
  }

  run({ flow, data, files }: RunRequest, asking: Asking): Promise<RunAnswer> {
    return this.#observed(
      "run",
      asking,
      async (note, trace) => {
        using _ = this.#atWork.begin(asking.caller);
        const one = found(this.#parts.registry, "flow", asking.caller.tenant, flow);
        const endpoint = await this.#flow(one);
        const options = { signal: asking.signal, trace };
        const { packed, ...rest } = await endpoint.runPacked(data, files, options);
        note({ runId: rest.runId, stages: rest.stages });
        return { payload: packed.bytes, ...rest };
      },
      flow,
    );
  }

  check(declaration: unknown, asking: Asking): Promise<FlowReport> {
    return this.#observed("check", asking, async () => {
      const given = optionsFrom(declaration, ["name", "stages", "example"]);
      await using forgotten = new MemoryRegistry();
      const models = new Models(forgotten, this.#parts.models ?? {});
      const stages = await this.#stages(given["stages"], asking, models);
      const { tenant } = asking.caller;
      const example = given["example"] as FlowExample | undefined;
      const options = { tenant, example, signal: asking.signal };
      return this.#parts.runtime.check(stagesOf(stages, models), options);
    });
  }

  rollback(what: unknown, asking: Asking): Promise<HookView | FlowView> {
    return this.#observed("rollback", asking, async () => {
      const { registry } = this.#parts;
      const { tenant } = asking.caller;
      const { kind, ref, given } = targetFrom(what, ["to", "stage", "part"]);
      const now = found(registry, kind, tenant, ref);
      const to = this.#before(now, given["to"]);
      if (kind === "flow" && (given["stage"] ?? given["part"]) !== undefined) {
        return this.#deploy(withHookOf(now, to, given), asking, undefined);
      }
      // Made live first: a version that no longer works is not what a name is to stand for.
      const thing = kind === "hook" ? await this.#hook(to) : await this.#flow(to);
      await registry.move(now, to.version);
      return "stages" in thing ? flowView(thing, to) : hookView(thing, to);
    });
  }

  look(what: unknown, asking: Asking): Promise<HookView | FlowView> {
    return this.#observed("look", asking, async () => {
      const { kind, ref } = targetFrom(what);
      const one = found(this.#parts.registry, kind, asking.caller.tenant, ref);
      if (kind === "hook") return hookView(await this.#hook(one), one);
      return flowView(await this.#flow(one), one);
    });
  }

  list({ caller: { tenant } }: Asking): Listing {
    const { registry } = this.#parts;
    return { hooks: listed(registry, "hook", tenant), flows: listed(registry, "flow", tenant) };
  }

  describe({ caller: { tenant } }: Asking): Description {
    const { runtime, version } = this.#parts;
    const { libraries, tenants, snapshots: _, ...inForce } = runtime.describe();
    const own = tenants[tenant];
    const allowed = own ? libraries.filter(({ name }) => own.includes(name)) : libraries;
    return { service: "bookend", version, tenant, ...inForce, libraries: allowed };
  }

  /** Makes live what is registered, one after another: a call that needs one sooner gets it. */
  async warm(signal: AbortSignal): Promise<void> {
    const { registry } = this.#parts;
    for (const tenant of registry.tenants()) {
      for (const kind of ["hook", "flow"] as const) {
        for (const name of registry.names(kind, tenant)) {
          const one = registry.current({ kind, tenant, name });
          if (signal.aborted) return;
          const place = { kind, tenant, name };
          const make = async () => one && (await this.#live({ ...place, ...one }));
          // What fails now, fails again for who asks for it, and tells him why.
          await make().catch(() => undefined);
        }
      }
    }
  }

  #live(one: Found): Promise<unknown> {
    return one.kind === "hook" ? this.#hook(one) : this.#flow(one);
  }

  #hook(one: Found): Promise<RegisteredHook> {
    return this.#hooks.get(keyOf(one.tenant, one.version), () =>
      this.#register(declarationIn<HookDeclaration>(one.declaration), one.tenant),
    );
  }

  async #register(
    declaration: HookDeclaration,
    tenant: string,
    signal?: AbortSignal,
  ): Promise<RegisteredHook> {
    return this.#parts.runtime.register({ ...declaration, tenant, signal } as never);
  }

  #flow(one: Found): Promise<DeployedFlow> {
    return this.#flows.get(keyOf(one.tenant, one.version), () => {
      const declaration = declarationIn<FlowDeclaration>(one.declaration);
      return this.#open(declaration, { tenant: one.tenant });
    });
  }

  #open(
    { name, stages }: FlowDeclaration,
    options: { readonly tenant: string; readonly example?: unknown; readonly signal?: AbortSignal },
  ): Promise<DeployedFlow> {
    const example = options.example as FlowExample | undefined;
    return this.#parts.runtime.deploy(stagesOf(stages, this.#models), name, {
      ...options,
      example,
    });
  }

  async #deploy(
    declaration: FlowDeclaration,
    { caller: { tenant }, signal }: Asking,
    example: unknown,
  ): Promise<FlowView> {
    const { registry } = this.#parts;
    const place: Named = { kind: "flow", tenant, name: declaration.name };
    this.#checkRoom(place, "flowsTenant");
    const { bytes, version } = kept(declaration);
    const before = registry.current(place)?.version;
    const options = { tenant, example, ...(signal && { signal }) };
    const isTried = example !== undefined && example !== null;
    // An example is there to be tried, also with a flow that is live already.
    const key = keyOf(tenant, version);
    if (isTried) this.#flows.put(key, await this.#open(declaration, options));
    const endpoint = await this.#flows.get(key, () => this.#open(declaration, options));
    const entry: Version = { version, sinceMs: Date.now(), declaration: bytes };
    await this.#put(place, entry);
    if (before !== undefined && before !== version) this.#flows.drop(keyOf(tenant, before));
    return flowView(endpoint, { ...place, ...entry });
  }

  async #stages(
    stages: unknown,
    { caller: { tenant } }: Asking,
    models: Models,
  ): Promise<StageDeclaration[]> {
    const { registry } = this.#parts;
    const hookOf = (value: unknown, path: string, kind: "pre" | "post"): HookDeclaration => {
      if (typeof value === "string") return hookFrom({ source: value }, path, kind);
      const { hook } = Object(value) as Record<string, unknown>;
      if (hook === undefined) return hookFrom(value, path, kind);
      const { declaration } = found(registry, "hook", tenant, hook);
      return hookFrom(declarationIn(declaration), path, kind);
    };
    return stagesFrom(stages, hookOf, (value, path) => models.declared(value, path));
  }

  async #put(place: Named, version: Version): Promise<void> {
    const { registry } = this.#parts;
    const before = registry.versions(place).map((one) => one.version);
    await registry.put(place, version, this.#limits.versions);
    const after = new Set(registry.versions(place).map((one) => one.version));
    for (const one of before) {
      if (!after.has(one)) this.#unused(place.kind, place.tenant, one);
    }
  }

  /** Gives a version back that no name has any more. */
  #unused(kind: Registered, tenant: string, version: string): void {
    if (this.#parts.registry.find(kind, tenant, version)) return;
    if (kind === "hook") this.#hooks.drop(keyOf(tenant, version));
    else this.#flows.drop(keyOf(tenant, version));
  }

  #before(now: Found, to: unknown): Found {
    const { registry } = this.#parts;
    const { kind, tenant, name } = now;
    if (to !== undefined && to !== null) {
      const digits = typeof to === "string" && !to.includes("@") ? `${name}@${to}` : to;
      return found(registry, kind, tenant, digits);
    }
    const versions = registry.versions(now);
    const before = versions[versions.findIndex(({ version }) => version === now.version) - 1];
    if (before) return { ...now, ...before };
    throw new Refusal("BAD_REQUEST", "to", `wants a version before ${refOf(now)}, there is none`);
  }

  #checkRoom({ kind, tenant, name }: Named, limit: "hooksTenant" | "flowsTenant"): void {
    const names = this.#parts.registry.names(kind, tenant);
    const most = this.#limits[limit];
    if (names.length < most || names.includes(name)) return;
    const detail = `wants at most ${most} ${kind}s of a tenant (limits.${limit}); remove some`;
    throw new Refusal("POOL_FULL", "", detail);
  }

  async #observed<T>(
    method: string,
    asking: Asking,
    work: (note: Noting, trace: Asking["trace"]) => Promise<T>,
    target?: string,
  ): Promise<T> {
    const { caller, trace } = asking;
    const observed = this.#observer.begun({ method, caller, target, trace });
    let ended: Ended = {};
    try {
      const result = await work((more) => (ended = more), observed.trace);
      observed.ended(ended);
      return result;
    } catch (error) {
      const fault = hookErrorOf(error);
      const { code, detail, hook, receipt, runId, stages } = fault;
      observed.ended({ code, detail, hook, receipt, runId, stages });
      throw fault;
    }
  }
}

function stagesOf(stages: readonly StageDeclaration[], models: Models): Stage[] {
  return stages.map(({ model, pre, post, name }) => ({
    ...{ name, model: models.model(model), pre: hookIn(pre), post: hookIn(post) },
  }));
}

/** Where it stands says which kind it is. */
function hookIn(declaration: HookDeclaration | undefined): StageHook | undefined {
  if (!declaration) return undefined;
  const { kind: _, ...hook } = declaration;
  return hook as StageHook;
}

function keyOf(tenant: string, version: string): string {
  return `${tenant}/${version}`;
}
