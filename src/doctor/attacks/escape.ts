/**
 * Attempts to reach the host from inside an isolate: its globals, its functions, its paths.
 *
 * @module
 */

import { HOOK_GLOBALS, TOOL_HELPERS } from "../../contract/source/globals.ts";
import type { HookAttack } from "../attack.ts";

/** What a path of a host, or a place in its sources, looks like. */
const PATH = /(?:\/(?:usr|home|root|etc|var|tmp|opt|lib|app|work)\/|file:\/\/|node:|[A-Z]:\\)/;

const tells = (value: unknown) => PATH.test(JSON.stringify(value) ?? "");

/** Names that would be a way out, were they anything. */
const WAYS_OUT =
  "require('fs'),process,Buffer,fetch,setTimeout,setInterval,gc,ivm,global,module,exports," +
  "WebAssembly,SharedArrayBuffer,Atomics,FinalizationRegistry,WeakRef,Deno,Worker,importScripts," +
  "ShadowRealm,_ivm,bookendProgram,guest,__dirname,performance,crypto,navigator,print,load,quit";

/** All functions that can be reached from the global object, each given to `use`. */
const EACH_FUNCTION = `const each = (use) => {
  const seen = new Set(), todo = [globalThis];
  for (let at = todo.pop(); at !== undefined; at = todo.pop()) {
    if (at === null || !/^(?:object|function)$/.test(typeof at) || seen.has(at)) continue;
    seen.add(at);
    if (typeof at === "function") use(at);
    todo.push(Object.getPrototypeOf(at));
    for (const key of Reflect.ownKeys(at)) {
      const { value, get, set } = Object.getOwnPropertyDescriptor(at, key) ?? {};
      todo.push(value, get, set);
    }
  }
  return seen;
};`;

export const ESCAPE: readonly HookAttack[] = [
  {
    id: "E1",
    says: "the Function constructor, asked for process",
    source: "(d) => Object.constructor('return process')().pid",
    ends: ["HOOK_THREW"],
    detail: /process is not defined/,
  },
  {
    id: "E1.this",
    says: "the same by `this` of sloppy code",
    source: "(d) => new Function('return this')().constructor.constructor('return process')().pid",
    ends: ["HOOK_THREW"],
    detail: /process is not defined/,
  },
  {
    id: "E1.async",
    says: "the same by the constructors of async functions and generators",
    source: `async (d) => {
      const found = [];
      for (const f of [async () => {}, function* () {}, async function* () {}]) {
        try {
          const made = f.constructor("return typeof process + typeof module")();
          found.push(await (made.next ? (await made.next()).value : made));
        } catch (error) { found.push(error.name); }
      }
      return found;
    }`,
    ends: ["value"],
    holds: (value) => !/object|function/.test(String(value)),
  },
  {
    id: "E2",
    says: "every name that leads out, looked up by eval",
    source: `(d) => ${JSON.stringify(WAYS_OUT.split(","))}.filter((name) => {
      try { return (0, eval)("typeof " + name) !== "undefined"; } catch { return false; }
    })`,
    ends: ["value"],
    holds: (value) => Array.isArray(value) && value.length === 0,
  },
  {
    id: "E2.golden",
    says: "a global that nobody knows of, come with a new V8",
    source: "(d) => Object.getOwnPropertyNames(globalThis).filter((name) => !d.includes(name))",
    data: () => [...HOOK_GLOBALS, ...TOOL_HELPERS],
    ends: ["value"],
    holds: (value) => Array.isArray(value) && value.length === 0,
  },
  {
    id: "E2.caller",
    says: "the functions that called the hook, by `caller` and `arguments`",
    source: `(d) => {
      const look = new Function("let at = look; const got = []; for (let i = 0; i < 20; i++) {" +
        "try { at = at.caller; } catch (e) { got.push(e.name); break; }" +
        "if (!at) break; got.push(String(at).slice(0, 100)); } return got;" +
        "function look() {}");
      return look();
    }`,
    ends: ["value"],
    holds: (value) => !/scratch|answers|outbox/i.test(String(value)),
  },
  {
    id: "E3",
    says: "import() of a module of Node",
    source: "(d) => (0, eval)(\"import('fs')\")",
    ends: ["HOOK_THREW", "LIBRARY_REFUSED"],
    detail: /[Nn]ot supported|not on the list/,
  },
  {
    id: "E3.data",
    says: "import() of a data: module",
    source: "async (d) => Object.keys(await (0, eval)(\"import('data:text/javascript,1')\"))",
    ends: ["HOOK_THREW"],
  },
  {
    id: "E3.meta",
    says: "import.meta",
    source: "(d) => import.meta.url",
    ends: ["SYNTAX_INVALID", "NAME_UNDEFINED"],
  },
  {
    id: "E4",
    says: "a formatter of stacks that collects each frame's `this`",
    source: `(d) => {
      let frames = "kept";
      try { Error.prepareStackTrace = (e, f) => { frames = f.map((x) => String(x.getThis())); }; }
      catch { return "locked"; }
      void new Error("x").stack;
      return frames;
    }`,
    ends: ["value"],
    holds: (value) => value === "locked" || value === "kept",
  },
  {
    id: "E4.stack",
    says: "the text of a stack, which has the frames of whoever called",
    source: `(d) => {
      Error.stackTraceLimit = 1000;
      const o = {};
      Error.captureStackTrace(o);
      return [new Error("x").stack, o.stack];
    }`,
    ends: ["value"],
    holds: (value) => !tells(value),
  },
  {
    id: "E5",
    says: "the constructor of every function in reach, asked for process",
    source: `(d) => {
      ${EACH_FUNCTION}
      const found = [];
      each((f) => {
        try { if (f.constructor("return typeof process")() !== "undefined") found.push(f.name); }
        catch {}
      });
      return found;
    }`,
    ends: ["value"],
    holds: (value) => Array.isArray(value) && value.length === 0,
  },
  {
    id: "E6",
    says: "all that an error of a function of the host's tells",
    source: `(d) => {
      const said = [];
      const bad = [undefined, null, 1e9, "x", {}, [], Symbol("x"), -1];
      for (const name of ["require", "structuredClone", "atob", "btoa", "queueMicrotask"]) {
        for (const value of bad) {
          try { globalThis[name](value); }
          catch (e) { for (const key of Object.getOwnPropertyNames(e)) said.push(String(e[key])); }
        }
      }
      for (const value of bad) {
        try { new Tensor(value, value, value); } catch (e) { said.push(e.stack, e.message); }
        try { new TextDecoder(value).decode(value); } catch (e) { said.push(e.stack, e.message); }
      }
      return said;
    }`,
    ends: ["value"],
    holds: (value) => !tells(value),
  },
  {
    id: "E7",
    says: "anything of isolated-vm's in reach of the global object",
    source: `(d) => {
      ${EACH_FUNCTION}
      const names = ["applySync", "derefInto", "copySync", "applyIgnored", "createContext"];
      const found = [];
      for (const at of each(() => {})) {
        for (const name of names) {
          try { if (typeof at[name] === "function") found.push(name); } catch {}
        }
      }
      return found;
    }`,
    ends: ["value"],
    holds: (value) => Array.isArray(value) && value.length === 0,
  },
  {
    id: "E8",
    says: "the constructor of native modules",
    source: "(d) => (0, eval)(\"new ivm.NativeModule('/x.node')\")",
    ends: ["HOOK_THREW"],
    detail: /ivm is not defined/,
  },
  {
    id: "E9",
    says: "a polluted Object.prototype, seen by the next call of a fresh hook",
    source: `(d) => {
      const seen = ({}).polluted;
      Object.prototype.polluted = "polluted";
      Array.prototype.toString = () => "polluted";
      return seen ?? "clean";
    }`,
    state: "fresh",
    rounds: 2,
    ends: ["value"],
    holds: (value) => value === "clean",
  },
  {
    id: "E10",
    says: "a native of V8's own syntax",
    source: "(d) => (0, eval)('%DebugPrint(1)')",
    ends: ["HOOK_THREW"],
    detail: /SyntaxError/,
  },
  {
    id: "E11",
    says: "a proxy in the place of a value, whose traps look at who asks",
    source: `(d) => {
      const seen = [];
      const trap = (name) => (...args) => { seen.push(name); return Reflect[name](...args); };
      const names = Object.getOwnPropertyNames(Reflect);
      const traps = Object.fromEntries(names.map((n) => [n, trap(n)]));
      return new Proxy({ a: 1 }, traps);
    }`,
    ends: ["OUTPUT_UNSUPPORTED", "value"],
  },
  {
    id: "E11.export",
    says: "a hook that is a proxy of a function",
    source: "new Proxy(function () {}, { apply() { return 1; } })",
    ends: ["SYNTAX_INVALID", "SIGNATURE_INVALID"],
  },
  {
    id: "E11.text",
    says: "a text that closes the hook and goes on outside of it",
    source: "(d) => 1)}); globalThis.evil = 1; (function () { return (() => 2",
    ends: ["SYNTAX_INVALID", "SIGNATURE_INVALID"],
  },
  {
    id: "E11.comment",
    says: "a text that ends in a comment, to swallow what follows",
    source: "(d) => 1 // }) /*",
    ends: ["value", "SYNTAX_INVALID"],
    holds: (value) => value === 1,
  },
  {
    id: "E11.html",
    says: "comments of HTML, which a parser of modules does not know",
    source: "(d) => { let x = 1; x<!--x\n; return x; }",
    ends: ["value", "SYNTAX_INVALID", "NAME_UNDEFINED", "HOOK_THREW"],
  },
  {
    id: "E11.separator",
    says: "line separators in the text of a regular expression and of a string",
    source: '(d) => "\u2028\u2029".length',
    ends: ["value", "SYNTAX_INVALID"],
    holds: (value) => value === 2,
  },
  {
    id: "E12",
    says: "the object that the hook is called on",
    source: "function (d) { return this; }",
    ends: ["NAME_UNDEFINED"],
  },
  {
    id: "E12.arguments",
    says: "arguments behind those that it declares",
    source: "(d) => (function () { return arguments.length; })(...[d])",
    ends: ["value"],
    holds: (value) => value === 1,
  },
  {
    id: "E15",
    says: "poisoned setters on prototypes, to catch what the guest builds of its own",
    source: `(d) => {
      let caught = "";
      for (const type of [Object, Array, Uint8Array, Promise, Function]) {
        for (const key of ["0", "1", "2", "lines", "limits", "scratch", "value", "then", "code"]) {
          try {
            Object.defineProperty(type.prototype, key, {
              set(v) { caught += key + " "; }, get() { return undefined; },
            });
          } catch {}
        }
      }
      console.log("a", { b: 1 });
      throw new Error(caught);
    }`,
    ends: ["HOOK_THREW"],
    detail: /^Error: $/,
  },
  {
    id: "E15.call",
    says: "Function.prototype.call and apply replaced, to be handed the guest's own functions",
    source: `(d) => {
      const caught = [];
      for (const name of ["call", "apply", "bind"]) {
        const own = Function.prototype[name];
        Function.prototype[name] = function (...args) {
          caught.push(String(this).slice(0, 40));
          return Reflect.apply(own, this, args);
        };
      }
      Reflect.apply = Reflect.construct = () => { caught.push("reflect"); };
      JSON.stringify = String.prototype.slice = RegExp.prototype.exec = () => "forged";
      globalThis.caught = caught;
      console.log({ a: [1] });
      return caught;
    }`,
    ends: ["value"],
    holds: (value) => Array.isArray(value) && value.length === 0,
  },
  {
    id: "E16",
    says: "the scratch that host and guest share, looked for in all memory that is in reach",
    source: `(d) => {
      const buffer = d.buffer;
      return [buffer.byteLength, Object.prototype.toString.call(buffer), d.byteOffset];
    }`,
    data: () => new Uint8Array([1, 2, 3]),
    ends: ["value"],
    holds: (value) => JSON.stringify(value) === '[3,"[object ArrayBuffer]",0]',
  },
];
