/**
 * Keeps every object that anybody gets out of WebAssembly, for tests that look for them elsewhere.
 *
 * It is evaluated in the isolate, before the guest takes the API: what the guest takes is watched.
 *
 * @module
 */

type Api = Record<string, { readonly prototype: object } & (new (...args: never[]) => object)>;
type Method = (this: unknown, ...args: unknown[]) => unknown;

// What is asked for later is taken now: the hook of a test replaces all that it finds.
const { apply, construct } = Reflect;
const { keys } = Object;
const kept = new Set<unknown>();
const hasKept = Set.prototype.has.bind(kept);
const addKept = Set.prototype.add.bind(kept);

export const secrets = {
  /** Calls into a module that have not returned. */
  depth: 0,
  /** How often a module was entered. */
  entries: 0,
  has: (value: unknown): boolean => hasKept(value),
  keep<Value>(value: Value): Value {
    addKept(value);
    return value;
  },
};

const api = (globalThis as unknown as { WebAssembly: Api }).WebAssembly;
secrets.keep(api);
for (const name of Object.getOwnPropertyNames(api)) {
  const type = secrets.keep(api[name]);
  if (typeof type !== "function" || !type.prototype) continue;
  secrets.keep(type.prototype);
  watchMembers(type.prototype);
}
for (const name of ["Module", "Instance"]) watchMade(name);

function watchMade(name: string): void {
  const type = api[name] as Api[string];
  const traps = {
    construct: (target: Api[string], args: never[]) => secrets.keep(construct(target, args)),
  };
  Object.defineProperty(api, name, { value: secrets.keep(new Proxy(type, traps)) });
}

/** What a getter or a method gives is kept, and so is all that `exports` holds. */
function watchMembers(prototype: object): void {
  for (const key of Reflect.ownKeys(prototype)) {
    const property = Object.getOwnPropertyDescriptor(prototype, key) as PropertyDescriptor;
    if (property.get) property.get = watched(property.get, key === "exports");
    else if (key !== "constructor" && typeof property.value === "function") {
      property.value = watched(property.value as Method, false);
    }
    if (property.configurable) Object.defineProperty(prototype, key, property);
  }
}

function watched(method: Method, isExports: boolean): Method {
  return function (this: unknown, ...args) {
    const value = apply(method, this, args) as unknown;
    if (isExports) return exportsOf(value as Record<string, unknown>);
    if (typeof value === "function") return entered(value as Method);
    return typeof value === "object" && value !== null ? secrets.keep(value) : value;
  };
}

function exportsOf(exports: Record<string, unknown>): object {
  const copy: Record<string, unknown> = secrets.keep({ __proto__: null } as never);
  secrets.keep(exports);
  const names = keys(exports);
  for (let i = 0; i < names.length; i++) {
    const name = names[i] as string;
    const value = secrets.keep(exports[name]);
    copy[name] = typeof value === "function" ? entered(value as Method) : value;
  }
  return copy;
}

/** A function of a module that counts while it runs. */
function entered(callable: Method): Method {
  secrets.keep(callable);
  return secrets.keep((...args: unknown[]) => {
    secrets.depth += 1;
    secrets.entries += 1;
    try {
      return apply(callable, undefined, args) as unknown;
    } finally {
      secrets.depth -= 1;
    }
  });
}
