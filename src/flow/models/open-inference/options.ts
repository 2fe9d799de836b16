/**
 * What the caller of `openInference` says, held to what we take, and where the server is.
 *
 * Headers and the query of the URL may hold keys. They are kept in one place, go out with each
 * request, and come up in no message: what a server says is rid of them before it is shown.
 *
 * @module
 */

import { didYouMean, isDict, pathTo, show } from "../../../contract/schema/misfit-words.ts";
import { Refusal } from "../../../faults.ts";

/** How to speak to the server of a model. */
export interface OpenInferenceOptions {
  /** The version of the model; without one the server chooses. */
  readonly version?: string | undefined;
  /** Sent with each request, such as `authorization`; their values come up in no message. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** How long one request may take, in milliseconds, its answer included. Default 30,000. */
  readonly timeoutMs?: number | undefined;
  /**
   * Whether tensors travel as bytes. Without it, they do when the server lists the extension
   * `binary_tensor_data`.
   */
  readonly binary?: boolean | undefined;
  /**
   * Whether BYTES that are UTF-8 come out as strings, which is the default. With `false` they are
   * always bytes.
   */
  readonly text?: boolean | undefined;
  /** The most bytes of one answer. Default 64 MiB. */
  readonly answerBytesMax?: number | undefined;
}

/** Where the server is and how it is asked. */
export interface Server {
  /** The URL up to where `/v2` follows; it holds no secret. */
  readonly base: string;
  /** The query of the URL with its question mark, or nothing. */
  readonly query: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  readonly answerBytesMax: number;
  /** What must not be shown, longest first. */
  readonly secrets: readonly string[];
}

/** Everything that `openInference` was told. */
export interface Settings {
  readonly server: Server;
  readonly model: string;
  /** `/v2/models/digits/versions/2`, percent-encoded. */
  readonly modelPath: string;
  readonly binary: boolean | undefined;
  readonly text: boolean;
}

const OPTIONS = ["version", "headers", "timeoutMs", "binary", "text", "answerBytesMax"];

/** Names of models are short; a longer one is a mistake and would not fit a line of a message. */
const NAME_MAX = 256;
/** `fetch` of Node gives up after 300 s without an answer, whatever we say. */
const TIMEOUT_MS = { default: 30_000, min: 1, max: 300_000 };
const MIB = 1024 * 1024;
/** As `frameBytes`: what a flow carries fits. One typed array of 1 GiB is within what V8 can. */
const ANSWER_BYTES = { default: 64 * MIB, min: 1024, max: 1024 * MIB };
const HEADERS_MAX = 64;
/** A header of fewer letters is no key, and hiding it would make every text unreadable. */
const SECRET_MIN = 4;

/** These are ours to set: they say how the body is to be read. */
const HEADERS_OURS = new Set([
  "accept-encoding",
  "connection",
  "content-encoding",
  "content-length",
  "content-type",
  "inference-header-content-length",
  "transfer-encoding",
]);

/**
 * Returns what was said, checked.
 *
 * @throws {Refusal} `BAD_REQUEST` with the name of the option in its path.
 */
export function settingsFrom(url: unknown, model: unknown, options: unknown): Settings {
  if (!isDict(options)) return refuse("options", `wants a dict, got ${show(options)}`);
  for (const key of Object.keys(options)) {
    if (!OPTIONS.includes(key)) {
      refuse(`options.${key.slice(0, 40)}`, `is no option${didYouMean(key, OPTIONS)}`);
    }
  }
  const { base, query, secrets } = placeFrom(url);
  const headers = headersFrom(options["headers"] ?? {});
  const { version } = options;
  const place = version === undefined ? "" : `/versions/${segmentFrom(version, "options.version")}`;
  const server: Server = {
    base,
    query,
    headers,
    timeoutMs: countFrom(options["timeoutMs"], "options.timeoutMs", TIMEOUT_MS),
    answerBytesMax: countFrom(options["answerBytesMax"], "options.answerBytesMax", ANSWER_BYTES),
    secrets: secretsOf([...secrets, ...Object.values(headers)]),
  };
  return {
    server,
    model: String(model),
    modelPath: `/v2/models/${segmentFrom(model, "model")}${place}`,
    binary: flagFrom(options["binary"], "options.binary"),
    text: flagFrom(options["text"], "options.text") ?? true,
  };
}

function placeFrom(value: unknown): { base: string; query: string; secrets: string[] } {
  const isUrl = typeof value === "string" || value instanceof URL;
  const url = isUrl ? URL.parse(String(value)) : null;
  if (!url || !["http:", "https:"].includes(url.protocol)) {
    return refuse(
      "url",
      `wants an http or https URL, got ${url ? url.protocol : kindOfUrl(value)}`,
    );
  }
  if (url.username || url.password) {
    refuse("url", "wants no user and password in it; set options.headers.authorization instead");
  }
  return {
    base: url.origin + url.pathname.replace(/\/+$/, ""),
    query: url.search,
    secrets: [...url.searchParams].flatMap(([name, one]) => {
      const secret = one || name;
      return [secret, encodeURIComponent(secret)];
    }),
  };
}

/** A text that is no URL may still hold a key, so it is not shown. */
function kindOfUrl(value: unknown): string {
  return typeof value === "string" ? "a string that is none" : show(value);
}

/** Returns one segment of a path. `.` and `..` would not stay one. */
function segmentFrom(value: unknown, path: string): string {
  const isName = typeof value === "string" && value.length > 0 && value.length <= NAME_MAX;
  if (!isName || value === "." || value === ".." || !value.isWellFormed()) {
    return refuse(path, `wants a name of 1 to ${NAME_MAX} characters, got ${show(value)}`);
  }
  return encodeURIComponent(value);
}

function headersFrom(value: unknown): Record<string, string> {
  const path = "options.headers";
  if (!isDict(value)) return refuse(path, `wants a dict of strings, got ${show(value)}`);
  const entries = Object.entries(value);
  if (entries.length > HEADERS_MAX) refuse(path, `wants at most ${HEADERS_MAX} headers`);
  const headers: Record<string, string> = {};
  for (const [name, one] of entries) {
    const at = pathTo(path, name);
    if (!/^[\w!#$%&'*+.^`|~-]{1,128}$/.test(name)) refuse(at, "is not the name of a header");
    if (HEADERS_OURS.has(name.toLowerCase())) refuse(at, "is not yours to set");
    // What the value is stays unsaid: it may be a key with a line feed at its end.
    if (typeof one !== "string" || !/^[\t\x20-\x7e\x80-\xff]*$/.test(one)) {
      refuse(at, "wants a string of one line in Latin-1");
    }
    headers[name.toLowerCase()] = one as string;
  }
  return headers;
}

/**
 * A key often stands behind a word, as in `Bearer …`: the parts of a value are secrets too, and so
 * is how they look within JSON.
 */
function secretsOf(values: readonly string[]): string[] {
  const parts = values.flatMap((value) => [value.trim(), ...value.split(/[\s,;]+/)]);
  const forms = parts.flatMap((part) => [part, JSON.stringify(part).slice(1, -1)]);
  const secrets = [...new Set(forms)].filter((form) => form.length >= SECRET_MIN);
  return secrets.sort((a, b) => b.length - a.length);
}

function countFrom(
  value: unknown,
  path: string,
  { default: usual, min, max }: { default: number; min: number; max: number },
): number {
  if (value === undefined) return usual;
  if (Number.isSafeInteger(value) && Number(value) >= min && Number(value) <= max) {
    return Number(value);
  }
  return refuse(path, `wants a whole number from ${min} to ${max}, got ${show(value)}`);
}

function flagFrom(value: unknown, path: string): boolean | undefined {
  if (value === undefined || typeof value === "boolean") return value;
  return refuse(path, `wants true or false, got ${show(value)}`);
}

function refuse(path: string, detail: string): never {
  throw new Refusal("BAD_REQUEST", path, detail);
}
