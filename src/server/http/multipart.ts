/**
 * `multipart/form-data`, as browsers, curl and Python's requests send files: JSON in parts with the
 * names of values, and files in parts called `files`, `file`, or `file0`, `file1`, ….
 *
 * @module
 */

import {
  Busboy,
  type BusboyConfig,
  type BusboyFileStream,
  type BusboyInstance,
} from "@fastify/busboy";

import { Refusal } from "../../faults.ts";
import type { FileInput } from "../../runtime/arguments.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** What there may be in a body. */
export interface PartRules {
  /** The parts that are values. */
  readonly fields: readonly string[];
  readonly filesMax: number;
}

/** What there was: values as the JSON that they are, and files in their order. */
export interface Parts {
  readonly fields: ReadonlyMap<string, Bytes>;
  readonly files: readonly FileInput[];
}

const FILE_NAME = /^files?(\d{0,4}|\[\])$/;
/** A part has a disposition and a type, seldom more. */
const HEADER_PAIRS = 16;
const HEADER_BYTES = 8 * 1024;

/**
 * Takes a body apart.
 *
 * @param body Read, not kept.
 * @param contentType The header, which has the boundary.
 * @throws {Refusal} `BAD_REQUEST` when it is not well formed or has a part that nobody knows;
 * `INPUT_TOO_LARGE` for too many.
 */
export function partsOf(body: Bytes, contentType: string, rules: PartRules): Promise<Parts> {
  const { promise, resolve, reject } = Promise.withResolvers<Parts>();
  const fields = new Map<string, Bytes>();
  const files: FileInput[] = [];
  const parser = parserFor(contentType, rules);
  const refuse = (error: unknown) => {
    parser.removeAllListeners();
    parser.on("error", () => undefined);
    reject(error instanceof Refusal ? error : malformed(String((error as Error).message)));
  };
  const take = (part: Part, bytes: Bytes) => {
    if (rules.fields.includes(part.name)) {
      if (fields.has(part.name)) throw malformed(`the part ${part.name} is there twice`);
      fields.set(part.name, bytes);
    } else files.push({ ...part.about, data: bytes });
  };
  parser.on("file", (field, stream, filename, _encoding, type) => {
    const name = String(field);
    if (rules.fields.includes(name) || FILE_NAME.test(name)) {
      const about = { ...(filename && { name: filename }), ...(type && { type }) };
      gather(stream, (bytes) => take({ name, about }, bytes), refuse);
    } else {
      stream.on("error", () => undefined).resume();
      refuse(unknownPart(name, rules));
    }
  });
  parser.on("filesLimit", () => refuse(tooMany(rules)));
  parser.on("error", refuse);
  parser.on("finish", () => resolve({ fields, files }));
  parser.end(body);
  return promise;
}

interface Part {
  readonly name: string;
  readonly about: { readonly name?: string; readonly type?: string };
}

function parserFor(contentType: string, { fields, filesMax }: PartRules): BusboyInstance {
  const files = fields.length + filesMax;
  const config: BusboyConfig = {
    headers: { "content-type": contentType },
    // A value and a file are the same to the parser: both are bytes until we know what they are.
    isPartAFile: () => true,
    limits: { files, parts: files + 1, headerPairs: HEADER_PAIRS, headerSize: HEADER_BYTES },
  };
  try {
    return new Busboy(config);
  } catch {
    throw malformed("there is no boundary in Content-Type");
  }
}

function gather(
  stream: BusboyFileStream,
  done: (bytes: Bytes) => void,
  refuse: (error: unknown) => void,
): void {
  const chunks: Buffer[] = [];
  stream.on("data", (chunk: Buffer) => chunks.push(chunk));
  stream.on("error", refuse);
  stream.on("end", () => {
    try {
      done(new Uint8Array(Buffer.concat(chunks)));
    } catch (error) {
      refuse(error);
    }
  });
}

function unknownPart(name: string, { fields }: PartRules): Refusal {
  const there = `there are ${fields.join(", ")}, and files, file, file0, file1, …`;
  return new Refusal("BAD_REQUEST", name.slice(0, 100), `is no part of this request; ${there}`);
}

function tooMany({ filesMax }: PartRules): Refusal {
  const detail = `wants at most ${filesMax} files (limits.files), got more`;
  return new Refusal("INPUT_TOO_LARGE", "files", detail);
}

function malformed(why: string): Refusal {
  return new Refusal(
    "BAD_REQUEST",
    "body",
    `wants multipart/form-data that is well formed: ${why}`,
  );
}
