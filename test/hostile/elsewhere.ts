// Rows of the threat model that no hook can be the whole of: where they are tested instead, and what
// of the threat model is no matter here.

/** The row, the file that tests it, and the title of the test as it stands there. */
export const HELD_ELSEWHERE: readonly (readonly [id: string, file: string, title: string])[] = [
  [
    "E13",
    "test/runtime/containment.test.ts",
    "a polluted Object.prototype does not reach the environment of a sandbox",
  ],
  ["E14", "test/pool/jail.test.ts", "whoever takes over a sandbox can not: %s"],
  ["X4", "test/runtime/containment.test.ts", "each call of it keeps its own deadline"],
  ["X8", "test/pool/snapshots.test.ts", "shares nothing with another one that woke from the same"],
  [
    "X9",
    "test/runtime/containment.test.ts",
    "when the sandbox dies, the answers before it stand, one call is blamed, the rest run once",
  ],
  [
    "C22",
    "test/pool/queue.test.ts",
    "gives tenants the same time, whatever each of their calls takes",
  ],
  ["M11", "test/runtime/containment.test.ts", "it leaves no process and no descriptor behind"],
  [
    "M14",
    "test/runtime/conformance.test.ts",
    "a fresh hook's contexts are given back: many calls fit a small heap",
  ],
  [
    "P14",
    "test/wire/msgpackr.test.ts",
    "its own extensions are refused: dates, sets, errors, records",
  ],
  [
    "B4",
    "test/library/add.test.ts",
    "does not load a bundle that was changed, says which, and runs the others",
  ],
];

/** Rows about functions of the host in an isolate: there are none, and E5 and E7 look for some. */
export const NO_HOST_FUNCTIONS: readonly string[] = ["C4", "C5", "C6", "S4"];
