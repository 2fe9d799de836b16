/**
 * The names that a hook finds in its world, and what to do about those that it may miss. Data only.
 *
 * The intrinsics are what a bare isolate of V8 13.6 has (Node 24), seen with isolated-vm, less the
 * five that the guest removes: they share memory, block, or make garbage collection visible.
 *
 * Not here: how a free name is found (`names.ts`), and the guest that removes and adds (`guest/`).
 *
 * @module
 */

const INTRINSICS = [
  "AggregateError Array ArrayBuffer AsyncDisposableStack BigInt BigInt64Array BigUint64Array",
  "Boolean DataView Date DisposableStack Error EvalError Float16Array Float32Array Float64Array",
  "Function Infinity Int16Array Int32Array Int8Array Intl Iterator JSON Map Math NaN Number Object",
  "Promise Proxy RangeError ReferenceError Reflect RegExp Set String SuppressedError Symbol",
  "SyntaxError TypeError URIError Uint16Array Uint32Array Uint8Array Uint8ClampedArray WeakMap",
  "WeakSet decodeURI decodeURIComponent encodeURI encodeURIComponent escape eval globalThis",
  "isFinite isNaN parseFloat parseInt undefined unescape",
];

const ADDED_BY_GUEST = [
  "Tensor TextDecoder TextEncoder atob btoa console queueMicrotask require structuredClone",
];

/** Every global name that a hook may use: the intrinsics that stay, and what the guest adds. */
export const HOOK_GLOBALS: readonly string[] = Object.freeze(
  [...INTRINSICS, ...ADDED_BY_GUEST].flatMap((line) => line.split(" ")).sort(),
);

/** Helpers that build tools write into a function's text, harmless, and defined by the guest. */
export const TOOL_HELPERS: readonly string[] = Object.freeze(["__name"]);

/** Names that only a build or test tool writes: the function was rewritten before it came to us. */
export const TOOL_NAMES: readonly RegExp[] = [
  /^__(?:vite|vi_|name|toESM|toCommonJS|commonJS|export|esm|require|spread|rest|await|async)/i,
  /^__(?:publicField|private|webpack|decorate|param|metadata|awaiter|generator|importDefault)/,
  /^(?:cov_|_?_?coverage|__cov|_interopRequire|_async_to|_asyncTo|_object|_jsx|_ts_|stryMutAct)/,
  /^(?:__import|import_|_import)\w*/,
];

const NO_TIMER = "there are no timers: a hook runs to its end on promises alone";
const NO_NETWORK = "there is no network: pass what is needed with the data or as a file";
const NO_FILE = "there are no files of the machine: read the `files` parameter instead";
const NO_MODULE = 'there is no module around the hook: use `require("name")` with an allowed name';
const NO_PAGE = "there is no page and no browser";
const NO_SHARING = "it is taken away, because it would share memory or let threads wait";
const NO_COLLECTOR = "it is taken away, because it shows when memory is collected";

/** Names of Node and of browsers that a hook does not have, each with what to do instead. */
export const FOREIGN_NAMES: ReadonlyMap<string, string> = new Map([
  ["process", "there is no process and no environment: pass settings with the data"],
  ["Buffer", "use `Uint8Array`, with `TextEncoder`, `TextDecoder`, `atob` and `btoa`"],
  ["global", "write `globalThis`"],
  ...namesWith(NO_TIMER, "setTimeout setInterval setImmediate clearTimeout clearInterval"),
  ...namesWith(NO_TIMER, "clearImmediate requestAnimationFrame scheduler"),
  ...namesWith(NO_NETWORK, "fetch XMLHttpRequest WebSocket EventSource Request Response Headers"),
  ...namesWith(NO_NETWORK, "http https net dns axios URL URLSearchParams FormData"),
  ...namesWith(NO_FILE, "fs path os stream child_process Deno Bun Blob File FileReader"),
  ...namesWith(NO_MODULE, "module exports __dirname __filename"),
  ...namesWith(NO_PAGE, "window document self navigator location localStorage sessionStorage"),
  ...namesWith(NO_PAGE, "Image ImageData HTMLElement OffscreenCanvas alert Worker"),
  ["crypto", "use `Math.random()` where it need not be secret; there is no cryptography"],
  ["performance", "use `Date.now()`"],
  ["AbortController", "a call is ended from outside: the hook need not watch for it"],
  ...namesWith(NO_SHARING, "WebAssembly SharedArrayBuffer Atomics"),
  ...namesWith(NO_COLLECTOR, "FinalizationRegistry WeakRef"),
]);

function namesWith(instead: string, names: string): [string, string][] {
  return names.split(" ").map((name) => [name, instead]);
}

/** What people call a library in code, in lower case, and the names it may have on the list. */
export const LIBRARY_SHORTHANDS: ReadonlyMap<string, readonly string[]> = new Map([
  ["np", ["numjs", "numpy"]],
  ["nj", ["numjs", "numpy"]],
  ["numpy", ["numjs", "numpy"]],
  ["jimp", ["jimp"]],
  ["pil", ["jimp", "pillow", "PIL"]],
  ["pd", ["pandas", "arquero"]],
  ["tf", ["@tensorflow/tfjs", "tensorflow"]],
  ["cv", ["opencv", "cv2", "opencv.js"]],
  ["cv2", ["opencv", "cv2", "opencv.js"]],
  ["torch", ["torch", "pytorch"]],
  ["_", ["lodash"]],
  ["math", ["mathjs"]],
]);
