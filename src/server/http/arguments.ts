/**
 * What a body asks for: the values and files of a call or a run, or a declaration as plain data.
 *
 * Values become `Packed` and are not decoded here. Those that came as MessagePack stay the bytes
 * that they are: they are found, scanned and handed on. Those that came as JSON are parsed, within
 * bounds, and encoded once.
 *
 * @module
 */

import { isDict } from "../../contract/schema/misfit-words.ts";
import { Refusal } from "../../faults.ts";
import type { Limits } from "../../limits.ts";
import type { FileInput } from "../../runtime/arguments.ts";
import { optionsFrom } from "../../runtime/options.ts";
import { decode } from "../../wire/decode.ts";
import { Encoder } from "../../wire/encode.ts";
import { fromJson } from "../../wire/json.ts";
import { Packed } from "../../wire/packed.ts";
import { scan, type ScanRules } from "../../wire/scan.ts";
import { bytesIn, entriesIn, itemsIn, type SliceRules } from "../../wire/slices.ts";
import { HOST_TEXT, readText } from "../../wire/text.ts";
import { fromNumpy } from "../numpy.ts";
import { type Body, type Form, MEDIA_TYPES } from "./bodies.ts";
import { partsOf } from "./multipart.ts";
import { Declined } from "./problem.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** What a request brings beside its name. */
export interface Arguments {
  /** In the order of the parameters, each where it was said. */
  readonly values: readonly Packed[];
  readonly files: readonly FileInput[];
}

/** The names that a call's values may have. A pre takes `data`, a post the other two. */
const CALL_KEYS = ["data", "result", "inputData", "files"];
const RUN_KEYS = ["data", "files"];

/** A declaration is a hook's text and its schemas, or those of 64 stages and their models. */
const DECLARATION_NODES = 1_000_000;
const DECLARATION_DEPTH = 64;

/** Around a value are the dict of the request and, of a file, a list and a dict more. */
const DEPTH_AROUND = 3;

/** Far more than any limit of files, and a list of so many is taken apart in a moment. */
const FILES_LISTED_MAX = 65_536;

/** Reads bodies. One for each door: its encoder is used for one value after another. */
export class BodyReader {
  readonly #limits: Limits;
  readonly #encoder: Encoder;
  readonly #scan: ScanRules;
  readonly #slices: SliceRules;

  constructor(limits: Limits) {
    this.#limits = limits;
    const { nodes, depth, frameBytes, files } = limits;
    this.#encoder = new Encoder({
      ...{ nodesMax: nodes, depthMax: depth, bytesMax: frameBytes },
      ...{ unsupported: "INPUT_MISMATCH", tooLarge: "INPUT_TOO_LARGE", text: HOST_TEXT },
    });
    const codes = { malformed: "BAD_REQUEST", tooLarge: "INPUT_TOO_LARGE" } as const;
    this.#scan = { nodesMax: nodes, depthMax: depth, ...codes };
    this.#slices = { itemsMax: Math.max(16, files), malformed: codes.malformed };
  }

  /**
   * Reads `{ data, files }` of a pre, or `{ result, inputData, files }` of a post.
   *
   * @throws {Refusal} `BAD_REQUEST`, `INPUT_MISMATCH` or `INPUT_TOO_LARGE`.
   * @throws {Declined} 415 when the body has a form that no call has.
   */
  async call(body: Body | undefined, contentType: string): Promise<Arguments> {
    const { values, files } = await this.#said(body, contentType, CALL_KEYS);
    const [data, result, inputData] = ["data", "result", "inputData"].map((key) => values.get(key));
    if (data && (result ?? inputData)) {
      throw new Refusal("BAD_REQUEST", "data", "wants data, or result and inputData, got both");
    }
    const first = data ?? result ?? this.#null();
    return { values: inputData ? [first, inputData] : [first], files };
  }

  /** Reads `{ data, files }` of a run; throws as {@link BodyReader.call}. */
  async run(
    body: Body | undefined,
    contentType: string,
  ): Promise<{ data: Packed; files: readonly FileInput[] }> {
    const { values, files } = await this.#said(body, contentType, RUN_KEYS);
    return { data: values.get("data") ?? this.#null(), files };
  }

  /**
   * Returns what a body says, as plain data. Without a body that is an empty dict.
   *
   * @throws {Refusal} As {@link BodyReader.call}.
   */
  declaration(body: Body | undefined): unknown {
    if (!body) return {};
    const { nodes, depth } = { nodes: DECLARATION_NODES, depth: DECLARATION_DEPTH };
    if (body.form === "json") return withFiles(fromJson(body.bytes, { nodes, depth }));
    if (body.form !== "msgpack") throw wrongForm(["json", "msgpack"]);
    const bytes = fromNumpy(body.bytes, nodes);
    scan(bytes, { ...this.#scan, nodesMax: nodes, depthMax: depth });
    return decode(bytes, readText);
  }

  /** Packs a value of ours, or one that was read from JSON. */
  packed(value: unknown, root: string): Packed {
    return new Packed(this.#encoder.encode(value, root), this.#limits);
  }

  #null(): Packed {
    return new Packed(Uint8Array.of(0xc0), this.#limits);
  }

  async #said(body: Body | undefined, contentType: string, keys: readonly string[]): Promise<Said> {
    if (!body) return { values: new Map(), files: [] };
    if (body.form === "json") return this.#fromJson(body.bytes, keys);
    if (body.form === "msgpack") return this.#fromMsgpack(body.bytes, keys);
    if (body.form === "multipart") return this.#fromMultipart(body.bytes, contentType, keys);
    throw wrongForm(["json", "msgpack", "multipart"]);
  }

  #fromJson(bytes: Bytes, keys: readonly string[]): Said {
    const { files, ...rest } = optionsFrom(this.#parsed(bytes, "body"), keys);
    const values = Object.entries(rest).map(([key, one]) => [key, this.packed(one, key)] as const);
    return { values: new Map(values), files: this.#files(files) };
  }

  /** Two values and their files, each within the limits of one: the encoder counts exactly. */
  #parsed(bytes: Bytes, what: string): unknown {
    const { nodes, depth, files } = this.#limits;
    const bounds = { nodes: 4 * nodes + 8 * files + 16, depth: depth + DEPTH_AROUND };
    return fromJson(bytes, bounds, what);
  }

  #files(files: unknown): FileInput[] {
    if (files === undefined || files === null) return [];
    return this.#list(files).map((file, i) => fileFrom(file, `files[${i}]`));
  }

  #list(files: unknown): readonly unknown[] {
    if (!Array.isArray(files)) {
      throw new Refusal("BAD_REQUEST", "files", "wants a list of { name, type, data }");
    }
    this.#checkFiles(files.length);
    return files;
  }

  #checkFiles(count: number): void {
    const { files } = this.#limits;
    if (count <= files) return;
    const detail = `wants at most ${files} files (limits.files), got ${count}`;
    throw new Refusal("INPUT_TOO_LARGE", "files", detail);
  }

  #fromMsgpack(bytes: Bytes, keys: readonly string[]): Said {
    const entries = entriesIn(bytes, this.#slices);
    if (!entries) throw new Refusal("BAD_REQUEST", "body", `wants a dict of ${keys.join(", ")}`);
    const values = new Map<string, Packed>();
    let files: FileInput[] = [];
    for (const [key, slice] of entries) {
      if (!keys.includes(key)) {
        const there = `is not an option; there are ${keys.join(", ")}`;
        throw new Refusal("BAD_REQUEST", key.slice(0, 100), there);
      }
      if (key === "files") files = this.#packedFiles(slice);
      else values.set(key, this.#scanned(slice, key));
    }
    return { values, files };
  }

  #scanned(slice: Bytes, what: string): Packed {
    try {
      const bytes = fromNumpy(slice, this.#scan.nodesMax);
      scan(bytes, this.#scan);
      return new Packed(bytes, this.#limits);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      throw new Refusal(error.code, `${what}, ${error.path}`, error.detail);
    }
  }

  /** Files stay views on the body: nobody else has it. */
  #packedFiles(slice: Bytes): FileInput[] {
    if (slice[0] === 0xc0) return [];
    // More than there may be are taken apart, so that the refusal is the one of files.
    const items = itemsIn(slice, { ...this.#slices, itemsMax: FILES_LISTED_MAX });
    return this.#list(items).map((item, i) => this.#packedFile(item as Bytes, `files[${i}]`));
  }

  #packedFile(slice: Bytes, path: string): FileInput {
    const alone = bytesIn(slice);
    if (alone) return { data: alone };
    const { data, ...about } = Object.fromEntries(entriesIn(slice, this.#slices) ?? []);
    const bytes = data && bytesIn(data);
    if (!bytes) throw noFile(path, "the bytes");
    const plain = Object.entries(about).map(([key, one]) => {
      scan(one, { ...this.#scan, nodesMax: 1 });
      return [key, decode(one, readText)] as const;
    });
    return { ...namesFrom(Object.fromEntries(plain), path), data: bytes };
  }

  async #fromMultipart(bytes: Bytes, contentType: string, keys: readonly string[]): Promise<Said> {
    const { fields, files } = await partsOf(bytes, contentType, {
      fields: keys.filter((key) => key !== "files"),
      filesMax: this.#limits.files,
    });
    this.#checkFiles(files.length);
    const values = [...fields].map(([key, part]) => {
      return [key, this.packed(this.#parsed(part, key), key)] as const;
    });
    return { values: new Map(values), files };
  }
}

interface Said {
  readonly values: ReadonlyMap<string, Packed>;
  readonly files: readonly FileInput[];
}

/** Returns the refusal of a body in a form that the path does not take. */
export function wrongForm(forms: readonly Form[]): Declined {
  const types = forms.map((form) => MEDIA_TYPES[form][0]);
  return new Declined(415, `wants a body of ${types.join(" or ")}`);
}

/** An example's files are base64 in JSON, as those of a call are. */
function withFiles(declaration: unknown): unknown {
  if (!isDict(declaration) || !isDict(declaration["example"])) return declaration;
  const { files } = declaration["example"];
  if (!Array.isArray(files)) return declaration;
  const read = files.map((file: unknown, i) => fileFrom(file, `example.files[${i}]`));
  return { ...declaration, example: { ...declaration["example"], files: read } };
}

function fileFrom(file: unknown, path: string): FileInput {
  if (!isDict(file)) throw noFile(path, "its bytes as base64");
  const { data, ...about } = optionsFrom(file, ["name", "type", "data"], path);
  if (typeof data !== "string") throw noFile(path, "its bytes as base64");
  return { ...namesFrom(about, path), data: fromBase64(data, `${path}.data`) };
}

function namesFrom(about: Record<string, unknown>, path: string): { name?: string; type?: string } {
  const { name, type } = optionsFrom(about, ["name", "type"], path);
  for (const [key, one] of Object.entries({ name, type })) {
    if (one !== undefined && one !== null && typeof one !== "string") {
      throw new Refusal("BAD_REQUEST", `${path}.${key}`, "wants a string");
    }
  }
  return {
    ...(typeof name === "string" && { name }),
    ...(typeof type === "string" && { type }),
  };
}

function noFile(path: string, how: string): Refusal {
  return new Refusal("BAD_REQUEST", path, `wants { name, type, data } with ${how} in data`);
}

/** Node's decoder leaves out what is no base64: then there are fewer bytes than there should be. */
function fromBase64(text: string, path: string): Uint8Array<ArrayBuffer> {
  const bytes = Buffer.from(text, "base64");
  const padding = text.endsWith("==") ? 2 : text.endsWith("=") ? 1 : 0;
  if (bytes.length !== Math.floor(((text.length - padding) * 3) / 4)) {
    throw new Refusal("BAD_REQUEST", path, "wants base64 without spaces, got other characters");
  }
  return bytes;
}
