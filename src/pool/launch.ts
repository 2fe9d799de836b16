/**
 * How a program of `bundles/` is started: in the jail that this machine can build.
 *
 * Whoever takes over such a process by a hole in V8 has what the process has, so it has nothing: no
 * environment, no files but Node, the bundles and one addon, no network, no other process to see,
 * few system calls, and little room for files of its own.
 *
 * Invariants:
 * - The path of nothing on the host is told to a process in the jail.
 * - A program is started with no environment, whatever prototypes were polluted here.
 *
 * Not here: what the program is asked to do, and when it is ended.
 *
 * @module
 */

import { type ChildProcess, execFile, spawn, type StdioOptions } from "node:child_process";
import { existsSync, realpathSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import type { Readable, Writable } from "node:stream";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

import { Refusal } from "../faults.ts";
import { seccompFilter } from "./seccomp.ts";

/** What stands around a process that runs hooks, strongest first. */
export type JailLevel = "bubblewrap" | "permission" | "none";

/** Whether there has to be a jail. */
export type JailOption = "auto" | "required" | "off";

/** All that it takes to start a program. Plain data. */
export interface Launch {
  readonly level: JailLevel;
  /** Folders as paths: the bundles, then those that libraries lie in. */
  readonly bundles: string;
  readonly libraries: readonly string[];
  /** The file of isolated-vm's addon. */
  readonly addon: string;
  /** What Node runs on beside its own file, for a jail: the C library, the loader. */
  readonly sharedObjects: readonly string[];
}

/** A program that was started. */
export interface Program {
  /** Its `close` says that nothing of it is left. */
  readonly child: ChildProcess;
  /** Ends it, and what built its jail, at once. */
  kill(): void;
  /** The process itself, which bubblewrap's own is not; nothing when it did not come so far. */
  readonly pid: Promise<number | undefined>;
}

type ProgramName = "sandbox" | "snapshot" | "trial";

const BUBBLEWRAP = ["/usr/bin/bwrap", "/usr/local/bin/bwrap", "/bin/bwrap"];
const SHELL = "/bin/sh";
/** Where things lie in there. */
const INSIDE = { node: "/node", bundles: "/bookend", addon: "/isolated-vm.node" };
/** Descriptors of a program: its own come from 3 on; these two are bubblewrap's. */
const OWN_DESCRIPTORS = 4;
const FILTER = 3 + OWN_DESCRIPTORS;
const ABOUT = FILTER + 1;
/** The units of `ulimit -f`. */
const FILE_BLOCK_BYTES = 512;
const DESCRIPTORS_MAX = 64;
const TRIED_MS_MAX = 10_000;

/**
 * Returns how programs are started here.
 *
 * @param folders The bundles, and the folders that libraries lie in: `file:` URLs.
 * @throws {Refusal} `INTERNAL` when a jail is required and cannot be had.
 */
export async function launchFor(
  jail: JailOption,
  folders: { readonly bundles: string; readonly libraries: readonly string[] },
): Promise<Launch> {
  const bundles = realpathSync(fileURLToPath(folders.bundles));
  const libraries = folders.libraries.map((folder) => realpathSync(fileURLToPath(folder)));
  const bare = { bundles, libraries, addon: addonFile(), sharedObjects: [] };
  if (jail === "off") return { ...bare, level: "none" };
  const launch = { ...bare, sharedObjects: await sharedObjects() };
  const why = await whyNoBubblewrap({ ...launch, level: "bubblewrap" });
  if (why === undefined) return { ...launch, level: "bubblewrap" };
  if (jail === "auto") return { ...launch, level: "permission" };
  const detail = `jail "required" wants bubblewrap, and ${why}; install it, or allow less`;
  throw new Refusal("INTERNAL", "jail", detail);
}

/** What a program gets and what it may. */
export interface ProgramOptions {
  /** What it finds from 3 on, four at most. */
  readonly descriptors: readonly ("pipe" | number)[];
  /** How long a file may become that it writes to. */
  readonly fileBytesMax: number;
}

/** Starts a program. */
export function start(launch: Launch, name: ProgramName, options: ProgramOptions): Program {
  const { descriptors, fileBytesMax } = options;
  const isJailed = launch.level === "bubblewrap";
  const own = [
    ...descriptors,
    ...Array<"ignore">(OWN_DESCRIPTORS - descriptors.length).fill("ignore"),
  ];
  const stdin = name === "sandbox" ? "ignore" : "pipe";
  const stdio: StdioOptions = [
    stdin,
    "ignore",
    "pipe",
    ...own,
    ...(isJailed ? (["pipe", "pipe"] as const) : []),
  ];
  // With a process group of its own: bubblewrap dies with its parent and takes the sandbox along,
  // but only from a certain moment of its start on.
  const child = spawn(SHELL, ["-c", bounds(fileBytesMax), ...commandOf(launch, name)], {
    // Made without a prototype: `spawn` reads it with for-in, so a polluted one would get in.
    env: Object.create(null) as NodeJS.ProcessEnv,
    cwd: "/",
    detached: true,
    stdio,
  });
  const kill = () => killGroup(child.pid);
  child.once("exit", kill);
  if (!isJailed) return { child, kill, pid: Promise.resolve(child.pid) };
  const filter = child.stdio[FILTER] as Writable | null;
  filter?.on("error", () => undefined);
  filter?.end(seccompFilter(process.arch) ?? new Uint8Array(0));
  return { child, kill, pid: pidFrom(child.stdio[ABOUT] as Readable | null) };
}

/** Ends all processes that a program consists of; its number is that of the one started first. */
export function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // It was gone already.
  }
}

/**
 * The shell sets what a process cannot set for itself without an addon, and becomes the command: no
 * core dumps with data of tenants in them, few descriptors, short files; and when the machine runs
 * out of memory, this is what it takes first.
 */
function bounds(fileBytesMax: number): string {
  const blocks = Math.ceil(fileBytesMax / FILE_BLOCK_BYTES);
  const limits = `ulimit -c 0; ulimit -n ${DESCRIPTORS_MAX}; ulimit -f ${blocks}`;
  // What a shell adds to an empty environment.
  const clear = "unset PWD OLDPWD SHLVL";
  const first = "{ echo 1000 > /proc/self/oom_score_adj; } 2>/dev/null";
  return `${limits}; ${clear}; ${first}; exec "$0" "$@"`;
}

function commandOf(launch: Launch, name: ProgramName): string[] {
  if (launch.level !== "bubblewrap") {
    const { bundles, libraries, addon } = launch;
    const reads = [bundles, addon, ...libraries].map((path) => `--allow-fs-read=${path}`);
    const permission = ["--permission", "--allow-addons", "--no-warnings", ...reads];
    const flags = launch.level === "permission" ? permission : [];
    const node = [process.execPath, "--disable-sigusr1", ...flags];
    return [...node, join(bundles, `${name}.js`), addon, ...libraries];
  }
  const folders = launch.libraries.map((_, i) => insideFolder(i));
  const program = [`${INSIDE.bundles}/${name}.js`, INSIDE.addon, ...folders];
  return [bubblewrap() ?? "", ...wallsOf(launch), INSIDE.node, "--disable-sigusr1", ...program];
}

function wallsOf(launch: Launch): string[] {
  const binds: [from: string, to: string][] = [
    ...launch.sharedObjects.map((path): [string, string] => [path, path]),
    [process.execPath, INSIDE.node],
    [launch.bundles, INSIDE.bundles],
    [launch.addon, INSIDE.addon],
    ...launch.libraries.map((folder, i): [string, string] => [folder, insideFolder(i)]),
  ];
  const filter = seccompFilter(process.arch) ? ["--seccomp", `${FILTER}`] : [];
  return [
    ...["--unshare-all", "--die-with-parent", "--as-pid-1", "--clearenv"],
    ...["--cap-drop", "ALL", "--hostname", "bookend"],
    ...binds.flatMap(([from, to]) => ["--ro-bind", from, to]),
    ...["--remount-ro", "/", "--chdir", "/"],
    ...filter,
    ...["--info-fd", `${ABOUT}`],
  ];
}

function insideFolder(index: number): string {
  return `/libraries-${index}`;
}

/**
 * Asked of a Node that does nothing else: this process may have loaded addons, which are nobody's
 * business in there, nor are their paths.
 */
function sharedObjects(): Promise<readonly string[]> {
  ownObjects ??= listedObjects();
  return ownObjects;
}

let ownObjects: Promise<readonly string[]> | undefined;

async function listedObjects(): Promise<readonly string[]> {
  const print = "JSON.stringify(process.report.getReport().sharedObjects ?? [])";
  const env = Object.create(null) as NodeJS.ProcessEnv;
  const { stdout } = await promisify(execFile)(process.execPath, ["-p", print], { env });
  const paths = JSON.parse(stdout) as string[];
  return paths.filter((path) => path.startsWith("/") && existsSync(path));
}

function bubblewrap(): string | undefined {
  return BUBBLEWRAP.find((path) => existsSync(path));
}

/** Tries it: a machine may have it and forbid what it does. */
async function whyNoBubblewrap(launch: Launch): Promise<string | undefined> {
  const { platform } = process;
  if (platform !== "linux") return `it is there on Linux only, and this is ${platform}`;
  if (bubblewrap() === undefined) return `there is none at ${BUBBLEWRAP.join(", ")}`;
  const { child, kill } = start(launch, "trial", { descriptors: ["pipe"], fileBytesMax: 0 });
  child.stdin?.on("error", () => undefined);
  child.stdin?.end('"hello"');
  let said = "";
  child.stderr?.on("data", (part: Buffer) => (said = (said + part.toString()).slice(-400)));
  const timer = setTimeout(kill, TRIED_MS_MAX);
  const code = await new Promise<number | null>((resolve) => {
    child.once("error", () => resolve(null));
    child.once("close", resolve);
  });
  clearTimeout(timer);
  return code === 0 ? undefined : `it does not work here (${said.trim() || `exit code ${code}`})`;
}

/** Found as isolated-vm itself finds it, and not loaded: this process never does. */
function addonFile(): string {
  const require = createRequire(import.meta.url);
  const folder = dirname(require.resolve("isolated-vm/package.json"));
  const finder = createRequire(join(folder, "package.json"))("node-gyp-build") as {
    path(folder: string): string;
  };
  return realpathSync(finder.path(folder));
}

async function pidFrom(about: Readable | null): Promise<number | undefined> {
  let text = "";
  try {
    for await (const part of about ?? []) text += String(part);
    const { "child-pid": pid } = JSON.parse(text) as Record<string, unknown>;
    return Number.isSafeInteger(pid) ? Number(pid) : undefined;
  } catch {
    return undefined;
  }
}
