// A JSON reader that keeps numbers as their text: what a test server needs to see the digits sent.

/** A number of a JSON text, as it was written. */
export class Digits {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

export type Json = null | boolean | string | Digits | Json[] | { [key: string]: Json };

const TOKEN = /\s*("(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null|[[\]{},:])/y;

/** Returns the value of a JSON text; anything after it, or not of the grammar, throws. */
export function readJson(text: string): Json {
  const tokens: string[] = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < text.trimEnd().length) {
    const at = TOKEN.lastIndex;
    const match = TOKEN.exec(text);
    if (!match) throw new Error(`no JSON at ${at}: ${text.slice(at, at + 20)}`);
    tokens.push(match[1] as string);
  }
  const reader = { tokens: tokens.values().toArray(), at: 0 };
  const value = readValue(reader);
  if (reader.at !== tokens.length) throw new Error("more than one JSON value");
  return value;
}

interface Reader {
  readonly tokens: readonly string[];
  at: number;
}

function readValue(reader: Reader): Json {
  const token = next(reader);
  if (token === "[") return readList(reader);
  if (token === "{") return readDict(reader);
  if (token.startsWith('"')) return JSON.parse(token) as string;
  if (/^[-\d]/.test(token)) return new Digits(token);
  if (token === "null") return null;
  if (token === "true" || token === "false") return token === "true";
  throw new Error(`no JSON value: ${token}`);
}

function readList(reader: Reader): Json[] {
  const list: Json[] = [];
  if (reader.tokens[reader.at] === "]") reader.at++;
  else {
    do list.push(readValue(reader));
    while (!isEnd(reader, "]"));
  }
  return list;
}

function readDict(reader: Reader): { [key: string]: Json } {
  const entries: [string, Json][] = [];
  if (reader.tokens[reader.at] === "}") reader.at++;
  else {
    do {
      const key = JSON.parse(next(reader)) as string;
      if (next(reader) !== ":") throw new Error("no colon");
      if (entries.some(([other]) => other === key)) throw new Error(`key ${key} twice`);
      entries.push([key, readValue(reader)]);
    } while (!isEnd(reader, "}"));
  }
  return Object.fromEntries(entries);
}

function isEnd(reader: Reader, end: string): boolean {
  const token = next(reader);
  if (token !== end && token !== ",") throw new Error(`wants , or ${end}, got ${token}`);
  return token === end;
}

function next(reader: Reader): string {
  const token = reader.tokens[reader.at++];
  if (token === undefined) throw new Error("JSON ends too early");
  return token;
}
