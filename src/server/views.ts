/**
 * Hooks, flows and versions as callers see them.
 *
 * @module
 */

import type { DeployedFlow } from "../flow/endpoint.ts";
import type { RegisteredHook } from "../runtime/hook.ts";
import { type Found, refOf } from "./refs.ts";
import type { Registered, Registry } from "./registry.ts";
import type { FlowView, HookView, Listing, VersionView } from "./service.ts";

/** Returns what there is to say of a hook. */
export function hookView(hook: RegisteredHook, one: Found): HookView {
  const { id, kind, name, tenant, parameters, libraries } = hook;
  const { version } = one;
  return { id, kind, name, tenant, version, ref: refOf(one), parameters, libraries };
}

/** Returns what there is to say of a flow. */
export function flowView({ stages, takesFiles }: DeployedFlow, one: Found): FlowView {
  const { name, tenant, version } = one;
  return { name, tenant, version, ref: refOf(one), takesFiles, stages };
}

/** Returns the names of one kind that a tenant has, with their versions. */
export function listed(registry: Registry, kind: Registered, tenant: string): Listing["hooks"] {
  return registry.names(kind, tenant).map((name) => {
    const current = registry.current({ kind, tenant, name })?.version;
    const versions = registry.versions({ kind, tenant, name });
    const views = versions.map(({ version, sinceMs }): VersionView => ({
      ...{ version, ref: refOf({ name, version }) },
      ...{ since: new Date(sinceMs).toISOString(), isCurrent: version === current },
    }));
    return { name, versions: views };
  });
}
