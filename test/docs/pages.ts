/**
 * Holds a page of `docs/` to what it shows: each hook on it answers what the Python beside it does.
 *
 * The page is the source: its Python made the answers (`pages.py`), its JavaScript is what runs,
 * and the sentence that begins "Equal" says how far the two may be apart.
 *
 * Not here: the inputs, which are with the answers in the JSON file of the page.
 *
 * @module
 */

import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";

import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { createRuntime, type DType, type Runtime, Tensor } from "../../src/index.ts";

const ROOT = join(import.meta.dirname, "../..");

/** Decoding a photograph takes long on a machine where other tests run. */
const WALL_MS = 10_000;

/** One chore of a page: what stands between its heading and the next one. */
interface Chore {
  readonly name: string;
  readonly python: string;
  readonly hook: string;
  readonly kind: "pre" | "post";
  readonly tolerance: Tolerance;
}

/** How far an answer may be from Python's. */
interface Tolerance {
  /** For each number: of it where it is larger than 1, but for elements of integer tensors. */
  readonly each: number;
  /** For the elements of a tensor, on average. */
  readonly mean: number;
}

interface Answers {
  readonly python: string;
  readonly cases: readonly { readonly input: readonly unknown[]; readonly answer: unknown }[];
}

/** Makes the tests of `docs/<page>.md`. */
export function testPage(page: string, choresMin: number): void {
  const text = readFileSync(join(ROOT, `docs/${page}.md`), "utf8");
  const chores = choresOf(text);
  const answers = answersOf(page);
  const contents = contentsOf(text);

  describe(`docs/${page}.md`, () => {
    test(`it has at least ${choresMin} chores, each with answers and in its contents`, () => {
      const names = chores.map(({ name }) => name);
      expect(names.length).toBeGreaterThanOrEqual(choresMin);
      expect(Object.keys(answers)).toEqual(names);
      expect(contents.map(([, slug]) => slug)).toEqual(names.map(slugOf));
    });

    describe("the hook answers what Python does", () => {
      let runtime: Runtime;
      beforeAll(async () => {
        runtime = await createRuntime({ workers: 1, limits: { wallMs: WALL_MS } });
      });
      afterAll(() => runtime.close());

      test.each(chores.map((chore) => [chore.name, chore] as const))("%s", async (name, chore) => {
        const expected = answers[name];
        expect(expected?.python, "run the page's script again").toBe(hashOf(chore.python));
        expect(expected?.cases.length).toBeGreaterThan(0);
        const hook = await runtime.register({ kind: chore.kind, source: chore.hook });
        const libraries = hook.libraries.join(", ") || "JavaScript";
        expect(contents).toContainEqual([name, slugOf(name), libraries]);
        for (const { input, answer } of expected?.cases ?? []) {
          const { value } = await hook.call(...(input.map(read) as [unknown]));
          await compare(value, answer, { path: "$", tolerance: chore.tolerance });
        }
      });
    });
  });
}

function answersOf(page: string): Record<string, Answers> {
  const file = new URL(`${page}.json`, import.meta.url);
  return JSON.parse(readFileSync(file, "utf8")) as Record<string, Answers>;
}

/**
 * Returns the chores of a page.
 *
 * @throws {Error} When one has not a block of each language, or does not say how equal they are.
 */
function choresOf(page: string): Chore[] {
  return page
    .split(/^### /m)
    .slice(1)
    .map((part) => {
      const name = part.slice(0, part.indexOf("\n"));
      const [python, hook] = [blockOf(part, "python", name), blockOf(part, "js", name)];
      const kind = /^(?:async )?function (pre|post)\(/.exec(hook)?.[1];
      if (!python.startsWith(`def ${kind}(`)) {
        throw new Error(`${name} wants one function in each block, pre or post in both`);
      }
      return {
        name,
        python,
        hook,
        kind: kind as Chore["kind"],
        tolerance: toleranceOf(part, name),
      };
    });
}

function blockOf(part: string, language: string, name: string): string {
  const found = [...part.matchAll(/^```(\w+)\n(.*?)^```$/gms)].filter(
    ([, tag]) => tag === language,
  );
  if (found.length === 1) return found[0]?.[2] ?? "";
  throw new Error(`${name} wants one block of ${language}, got ${found.length}`);
}

const EQUAL = /^Equal(?: within ([\d.e-]*\d)(?:, on average within ([\d.e-]*\d))?)?\.(?:\s|$)/m;

function toleranceOf(part: string, name: string): Tolerance {
  const [said, each = "0", mean = each] = EQUAL.exec(part) ?? [];
  if (said) return { each: Number(each), mean: Number(mean) };
  throw new Error(`${name} wants a sentence that begins "Equal." or "Equal within 1e-6."`);
}

/** Returns the rows of the table of contents: name, anchor, libraries. */
export function contentsOf(page: string): [name: string, slug: string, libraries: string][] {
  const rows = page.matchAll(/^\| \[(.*?)\]\(#(.*?)\) *\| (.*?) *\|$/gm);
  return [...rows].map(([, name = "", slug = "", libraries = ""]) => [name, slug, libraries]);
}

/** The anchor of a heading, as GitHub makes it. */
function slugOf(name: string): string {
  return name
    .toLowerCase()
    .replaceAll(/[^\w\- ]/g, "")
    .replaceAll(" ", "-");
}

function hashOf(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

interface Noted {
  readonly tensor?: TensorNote;
  readonly sample?: TensorNote & { readonly every: number };
  readonly png?: unknown;
  readonly file?: string;
  readonly base64?: string;
  readonly number?: string;
}

interface TensorNote {
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly data: readonly number[];
}

/** Returns what JSON has no word for: a dict of one key. */
function notedOf(value: unknown): Noted {
  const plain = typeof value !== "object" || value === null || Object.keys(value).length !== 1;
  return plain ? {} : (value as Noted);
}

/** Returns an input as a caller has it. */
function read(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(read);
  if (typeof value !== "object" || value === null) return value;
  const { tensor, file, base64, number } = notedOf(value);
  if (tensor) return tensorOf(tensor);
  if (file !== undefined) return new Uint8Array(readFileSync(join(ROOT, file)));
  if (base64 !== undefined) return new Uint8Array(Buffer.from(base64, "base64"));
  if (number !== undefined) return wordOf(number);
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, read(one)]));
}

/** Its elements may be marked as no numbers of JSON. */
function tensorOf({ dtype, shape, data }: TensorNote): Tensor {
  const { data: flat } = Tensor.from(data.map(read) as number[], dtype);
  return new Tensor(dtype, shape, flat);
}

function wordOf(word: string): number {
  return { nan: NaN, inf: Infinity, "-inf": -Infinity }[word] as number;
}

interface Place {
  readonly path: string;
  readonly tolerance: Tolerance;
  /** Whether the number is an element of an integer tensor. */
  readonly whole?: boolean;
}

/** Holds an answer to Python's; the path says where they part. */
async function compare(got: unknown, wanted: unknown, at: Place): Promise<void> {
  const noted = notedOf(wanted);
  if (noted.number !== undefined) return void compareNumber(got, wordOf(noted.number), at);
  if (noted.png !== undefined) return compare(await pixelsOf(got), noted.png, at);
  const tensor = noted.tensor ?? noted.sample;
  if (tensor) return compareTensor(got, tensor, noted.sample?.every ?? 1, at);
  if (typeof wanted === "number") return void compareNumber(got, wanted, at);
  if (typeof wanted !== "object" || wanted === null) return expect(got, at.path).toBe(wanted);
  expect(typeof got, at.path).toBe("object");
  expect(Array.isArray(got), at.path).toBe(Array.isArray(wanted));
  expect(Object.keys(got as object).sort(), at.path).toEqual(Object.keys(wanted).sort());
  for (const [key, one] of Object.entries(wanted)) {
    await compare((got as never)[key], one, { ...at, path: `${at.path}.${key}` });
  }
}

/** The elements of a tensor as plain numbers. */
function elementsOf({ dtype, data }: Tensor): number[] {
  return (new Tensor(dtype, [data.length], data).tolist() as number[]).map(Number);
}

/** Returns how far apart they are, as the tolerance counts it. */
function compareNumber(got: unknown, wanted: number, { path, tolerance, whole }: Place): number {
  if (!Number.isFinite(wanted)) {
    expect(got, path).toBe(wanted);
    return 0;
  }
  expect(typeof got, path).toBe("number");
  const apart = Math.abs((got as number) - wanted) / (whole ? 1 : Math.max(1, Math.abs(wanted)));
  expect(apart, `${path} is ${String(got)}, wanted ${wanted}`).toBeLessThanOrEqual(tolerance.each);
  return apart;
}

function compareTensor(
  got: unknown,
  { dtype, shape, data }: TensorNote,
  every: number,
  at: Place,
): void {
  if (!Tensor.is(got)) throw new Error(`${at.path} wants a tensor, got ${JSON.stringify(got)}`);
  expect([got.dtype, ...got.shape], at.path).toEqual([dtype, ...shape]);
  const elements = elementsOf(got);
  expect(data.length, at.path).toBe(Math.ceil(elements.length / every));
  const wanted = elementsOf(tensorOf({ dtype, shape: [data.length], data }));
  const whole = dtype.includes("int");
  let apart = 0;
  for (const [i, one] of wanted.entries()) {
    const place = { ...at, path: `${at.path}[${i * every}]`, whole };
    apart += compareNumber(elements[i * every], one, place);
  }
  const mean = apart / Math.max(1, wanted.length);
  expect(mean, `${at.path} on average`).toBeLessThanOrEqual(at.tolerance.mean);
}

async function pixelsOf(png: unknown): Promise<Tensor> {
  const image = sharp(Buffer.from(String(png), "base64"))
    .ensureAlpha()
    .raw();
  const { data, info } = await image.toBuffer({ resolveWithObject: true });
  return new Tensor("uint8", [info.height, info.width, 4], new Uint8Array(data));
}
